//! Why no node took the pods of stalled rollouts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metrics::Record;
use crate::scenario::Refusals;

/// The most frequent reason for which no node took the pods that waited for one when a rollout stalled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
        let mut counts = NoNodeCounts::default();
        records.iter().for_each(|record| counts.add(record));
        counts.most_frequent(resources)
    }
}

/// How often stalled rollouts waited for a node for each reason.
#[derive(Clone, Debug, Default)]
pub(super) struct NoNodeCounts {
    counts: BTreeMap<Refusals, u64>,
    stalled: u64,
}

impl NoNodeCounts {
    /// Counts a rollout.
    pub(super) fn add(&mut self, record: &Record) {
        if record.stall.is_none() {
            return;
        }
        self.stalled += 1;
        if !record.refusals.is_empty() {
            *self.counts.entry(record.refusals).or_default() += 1;
        }
    }

    pub(super) fn most_frequent(self, resources: &[String]) -> Option<NoNode> {
        // Of equally frequent ones the first in their own order.
        let (refusals, rollouts) = self.counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
        Some(NoNode { message: refusals.message(resources), rollouts, stalled: self.stalled })
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
