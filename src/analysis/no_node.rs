//! Why no node took the pods of stalled rollouts.

use std::collections::BTreeMap;

use crate::metrics::Record;
use crate::scenario::Refusals;

/// The most frequent reason for which no node took the pods that waited for one when a rollout stalled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoNode {
    /// As the scheduler says it: nodes by reason.
    pub message: String,
    /// Stalled rollouts with this message.
    pub rollouts: u64,
    /// All stalled rollouts.
    pub stalled: u64,
}

impl NoNode {
    /// What is known from its three parts.
    #[must_use]
    pub const fn new(message: String, rollouts: u64, stalled: u64) -> Self {
        Self { message, rollouts, stalled }
    }

    /// The most frequent one of the records; `None` where no stalled rollout waited for a node. `resources` names what
    /// [`Refusals`] only number.
    #[must_use]
    pub fn of(records: &[Record], resources: &[String]) -> Option<Self> {
        let mut counts: BTreeMap<Refusals, u64> = BTreeMap::new();
        let stalled = || records.iter().filter(|record| record.stall.is_some());
        for record in stalled().filter(|record| !record.refusals.is_empty()) {
            *counts.entry(record.refusals).or_default() += 1;
        }
        // Of equally frequent ones the first in their own order.
        let (refusals, rollouts) = counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
        Some(Self { message: refusals.message(resources), rollouts, stalled: stalled().count() as u64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::StallCause;
    use crate::scenario::Refusal;
    use crate::time::SimDuration;

    #[test]
    fn the_most_frequent_message_of_stalled_rollouts_counts() {
        let record = |stalled: bool, refusal: Option<Refusal>| {
            let stall = stalled.then_some((SimDuration::from_secs(600), StallCause::Capacity));
            let mut record = Record { stall, ..Record::default() };
            refusal.into_iter().for_each(|refusal| record.refusals.add(refusal, 3));
            record
        };
        let records = [
            record(true, Some(Refusal::Cpu)),
            record(true, Some(Refusal::Spread)),
            record(true, Some(Refusal::Spread)),
            record(true, None),
            record(false, None),
        ];
        let found = NoNode::of(&records, &[]).unwrap();
        assert_eq!((found.rollouts, found.stalled), (2, 4));
        assert_eq!(found.message, "0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints");
        assert_eq!(NoNode::of(&records[3..], &[]), None);
    }
}
