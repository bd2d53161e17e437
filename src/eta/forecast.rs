//! When simulated rollouts that go on from a snapshot complete.

use super::State;
use crate::input::snapshot::Snapshot;
use crate::metrics::{Outcome, Record};
use crate::stats::{Estimate, OrderStatistic, proportion};
use crate::time::SimDuration;

/// When the rollouts complete. Lengths of time are in seconds from the snapshot, of a workload at rest from the start of a rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Simulated rollouts.
    pub n: u32,
    /// The 5th, 50th and 95th percentiles of the time until it completes. Rollouts that do not complete count as the longest; `None`
    /// in a value: so many do not.
    pub p05: Estimate,
    /// See `p05`.
    pub p50: Estimate,
    /// See `p05`.
    pub p95: Estimate,
    /// The share that does not complete within the horizon.
    pub never: Estimate,
    /// The share whose progress deadline passes before they complete; `None`: there is no deadline, or it has passed already.
    pub deadline: Option<Estimate>,
    /// How long the rollouts are followed.
    pub horizon_s: f64,
    /// The probability that the new version's pods do not become Ready, by what the snapshot shows.
    pub stuck: f64,
}

impl Forecast {
    pub(super) fn of(records: &[Record], horizon: SimDuration, snapshot: &Snapshot, state: State) -> Self {
        let n = records.len() as u64;
        let is_complete = |record: &&Record| record.outcome == Outcome::Completed;
        let done = records.iter().filter(is_complete).map(|record| record.duration.as_secs_f64());
        let mut done: Vec<f64> = done.collect();
        let stalled = records.iter().filter(|record| record.stall.is_some()).count() as u64;
        let waits = snapshot.workload.progress_deadline_seconds.is_some() && !matches!(state, State::Stalled(_));
        let never = proportion(n - done.len() as u64, n);
        done.resize(records.len(), f64::INFINITY);
        done.sort_by(f64::total_cmp);
        let at = |q: f64| finite(OrderStatistic::new(done.len(), q).estimate(&done));
        Self {
            n: u32::try_from(n).unwrap_or(u32::MAX),
            p05: at(0.05),
            p50: at(0.5),
            p95: at(0.95),
            never,
            // The deadline stands still while a rollout is paused.
            deadline: (waits && state != State::Paused).then(|| proportion(stalled, n)),
            horizon_s: horizon.as_secs_f64(),
            stuck: 0.0,
        }
    }

    /// Whether most rollouts complete.
    #[must_use]
    pub fn completes(&self) -> bool {
        self.p50.value.is_some()
    }
}

/// A time that nothing reaches is none.
fn finite(estimate: Estimate) -> Estimate {
    let known = |value: Option<f64>| value.filter(|value| value.is_finite());
    Estimate { value: known(estimate.value), low: known(estimate.low), high: known(estimate.high), ..estimate }
}
