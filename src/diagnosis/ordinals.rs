//! What the decisions of the StatefulSet controller follow from, which knows its pods by their ordinals.

use std::collections::BTreeMap;

use super::life::Release;
use crate::scenario::StatefulSet;
use crate::time::SimTime;

/// What is known of the pods of a StatefulSet by their ordinals.
#[derive(Clone, Debug)]
pub(super) struct Ordinals {
    /// `podManagementPolicy: OrderedReady`: nothing is done while a pod is not available.
    ordered: bool,
    /// By ordinal: the end of the last pod that had it.
    ended: BTreeMap<u32, Release>,
    /// What has last let the controller go on.
    pub(super) released: Release,
    /// The start, or the last change of the StatefulSet.
    changed: Release,
}

impl Ordinals {
    pub(super) fn of(set: &StatefulSet) -> Self {
        Self {
            ordered: set.spec.is_ordered(),
            ended: BTreeMap::new(),
            released: Release::Start,
            changed: Release::Start,
        }
    }

    /// The StatefulSet is changed.
    pub(super) fn change(&mut self, at: SimTime) {
        self.changed = Release::Changed(at);
        self.released = self.changed;
    }

    /// A pod with an ordinal has ended: another one of the same name may come.
    pub(super) fn end(&mut self, ordinal: u32, release: Release) {
        self.ended.insert(ordinal, release);
    }

    /// What lets a pod with an ordinal come now: the end of the one before it, or where the pods come in order the last thing that
    /// let the controller go on, if that was later.
    pub(super) fn cause(&self, ordinal: u32) -> Release {
        match self.ended.get(&ordinal) {
            Some(end) if !self.ordered || end.at() >= self.released.at() => *end,
            _ if self.ordered => self.released,
            _ => self.changed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::stateful_set::{PodManagementPolicy, RollingUpdate, StatefulSetSpec, UpdateStrategy};

    fn ordinals(policy: PodManagementPolicy) -> Ordinals {
        let spec = StatefulSetSpec {
            replicas: 3,
            start_ordinal: 3,
            pod_management_policy: policy,
            update: UpdateStrategy::RollingUpdate(Some(RollingUpdate { partition: 0, max_unavailable: None })),
            min_ready_seconds: 0,
            template: 1,
        };
        Ordinals::of(&StatefulSet::new(spec))
    }

    #[test]
    fn a_pod_comes_after_the_one_of_its_name_and_in_order_after_the_last_that_was_available() {
        let at = SimTime::from_secs;
        for (policy, later) in [
            (PodManagementPolicy::OrderedReady, Release::Available(7, at(30))),
            (PodManagementPolicy::Parallel, Release::Gone(4, at(20))),
        ] {
            let mut known = ordinals(policy);
            assert_eq!(known.cause(3), Release::Start);
            known.released = Release::Available(6, at(10));
            known.end(4, Release::Gone(4, at(20)));
            assert_eq!(known.cause(4), Release::Gone(4, at(20)), "{policy:?}: gone after another was available");
            known.released = Release::Available(7, at(30));
            assert_eq!(known.cause(4), later, "{policy:?}: another was available after it was gone");
            known.change(at(40));
            assert_eq!(known.cause(5), Release::Changed(at(40)), "{policy:?}: no pod of this name has ended");
        }
    }
}
