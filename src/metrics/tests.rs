//! The records that tests are made of.

use super::{Outcome, Record};
use crate::time::SimDuration;

/// A rollout of ten replicas that ended after whole seconds. A test changes what it is about.
pub(crate) fn record(outcome: Outcome, seconds: u64) -> Record {
    Record {
        outcome,
        duration: SimDuration::from_secs(seconds),
        desired: 10,
        min_available: 9,
        min_ready: 9,
        peak_pods: 12,
        peak_footprint: 12,
        pods_created: 10,
        ..Record::default()
    }
}
