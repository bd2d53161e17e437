//! What a caller of the library may choose about a run, and why a run may give no answer.

use std::convert::Infallible;
use std::fmt;
use std::ops::ControlFlow;

use crate::plan::MAX_AT_ONCE;
use crate::sweep::SweepError;

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Replications that are finished, of all scenarios together.
    pub done: u64,
    /// The most replications that the run can need. A run with precision targets may need fewer.
    pub most: u64,
}

/// Options of a run. The default uses one thread for each core, runs as many replications as the experiment asks for, keeps
/// the record of every replication and reports to nobody.
#[derive(Default)]
pub struct RunOptions<'a> {
    pub(super) threads: usize,
    pub(super) replications: Option<u32>,
    pub(super) drop_records: bool,
    pub(super) watch: Option<Watch<'a>>,
}

/// What [`RunOptions::on_progress`] takes.
type Watch<'a> = Box<dyn FnMut(Progress) -> ControlFlow<()> + 'a>;

impl<'a> RunOptions<'a> {
    /// The default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Uses `threads` worker threads, at most 1024; 0 means one for each core. The results do not depend on this number.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Runs exactly this number of replications of each scenario, from 1 to 1,000,000, instead of what the experiment asks
    /// for. Precision targets then decide nothing. Where the experiment's sampling is stratified, the size of its groups stays,
    /// and there must be 20 of them.
    #[must_use]
    pub fn replications(mut self, replications: u32) -> Self {
        self.replications = Some(replications);
        self
    }

    /// Keeps no record of single replications ([`Forecast::records`](super::Forecast::records) stays empty), so that a large
    /// sweep takes little memory.
    #[must_use]
    pub fn without_records(mut self) -> Self {
        self.drop_records = true;
        self
    }

    /// Calls `watch` on the caller's own thread whenever up to 256 more replications are finished. When it returns
    /// [`ControlFlow::Break`], the run ends soon with [`RunError::Interrupted`].
    #[must_use]
    pub fn on_progress(mut self, watch: impl FnMut(Progress) -> ControlFlow<()> + 'a) -> Self {
        self.watch = Some(Box::new(watch));
        self
    }
}

impl fmt::Debug for RunOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOptions")
            .field("threads", &self.threads)
            .field("replications", &self.replications)
            .field("drop_records", &self.drop_records)
            .field("watch", &self.watch.is_some())
            .finish()
    }
}

/// Why a run gave no results.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The caller's progress function asked for the end.
    #[error("the run was interrupted")]
    Interrupted,
    /// The operating system did not give the worker threads.
    #[error("cannot start worker threads: {0}")]
    Threads(String),
    /// The experiment has no scenario with this number.
    #[error("there is no scenario {0}: the numbers are those of Experiment::scenarios")]
    NoScenario(u32),
    /// The scenarios that were built in code are no strategies to choose between.
    #[error("{0}")]
    NoChoice(String),
    /// The replications are fewer than the experiment's stratified sampling needs.
    #[error(
        "{replications} replications are too few for the groups of the experiment's stratified sampling: choose {least} or more"
    )]
    Groups {
        /// The number that was asked for.
        replications: u32,
        /// The least number that can be run.
        least: u32,
    },
    /// The number of replications is out of range.
    #[error("{0} replications cannot be run: choose 1 to {MAX_AT_ONCE}")]
    Replications(u32),
}

impl From<SweepError<Infallible>> for RunError {
    fn from(error: SweepError<Infallible>) -> Self {
        match error {
            SweepError::Interrupted => Self::Interrupted,
            SweepError::Threads(text) => Self::Threads(text),
            // A run of the library simulates what it does not know, and keeps everything in memory.
            other @ (SweepError::Missing { .. } | SweepError::Scratch(_)) => Self::Threads(other.to_string()),
            SweepError::Consumer(never) => match never {},
        }
    }
}
