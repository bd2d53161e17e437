//! With what a plan is run, and why a run without a consumer ends early.

use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

use crate::sweep::SweepError;

/// How a plan is run.
#[derive(Clone, Copy, Debug)]
pub struct Effort<'a> {
    /// Number of worker threads; 0 means one for each core.
    pub threads: usize,
    /// Whoever sets this ends the run soon.
    pub stop: &'a AtomicBool,
}

/// The error of a run whose consumer cannot fail, for one whose consumer can.
pub(super) fn without_consumer<E>(error: SweepError<Infallible>) -> SweepError<E> {
    match error {
        SweepError::Interrupted => SweepError::Interrupted,
        SweepError::Threads(text) => SweepError::Threads(text),
        SweepError::Missing { scenario, first } => SweepError::Missing { scenario, first },
        SweepError::Scratch(text) => SweepError::Scratch(text),
        SweepError::Consumer(never) => match never {},
    }
}
