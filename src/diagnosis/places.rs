//! What the decisions of a controller follow from that knows each pod by its place: of a StatefulSet by its ordinal, of a DaemonSet by
//! the node that it is for.

use std::collections::BTreeMap;

use super::life::Release;
use crate::scenario::{Scenario, SetSpec};
use crate::time::SimTime;

/// What a pod waits for before it may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// The end of the one before it, and until all are available (`podManagementPolicy: OrderedReady`).
    OneAfterTheOther,
    /// The end of the one before it.
    InPlace,
    /// Until others are available; the one before it goes then (`maxSurge`).
    Beside,
}

/// What is known of the pods by their places.
#[derive(Clone, Debug)]
pub(super) struct Places {
    order: Order,
    /// `kubectl rollout status` waits until pods are Ready, and not until they are available.
    pub(super) until_ready: bool,
    /// `kubectl rollout status` waits until old pods are gone.
    pub(super) until_gone: bool,
    /// By place: the end of the last pod that had it.
    ended: BTreeMap<u32, Release>,
    /// By place: the last pod there that became available.
    came: BTreeMap<u32, Release>,
    /// What has last let the controller go on.
    pub(super) released: Release,
    /// The start, or the last change of the set.
    changed: Release,
}

impl Places {
    /// `None`: the scenario is about a Deployment, whose pods have no places.
    pub(super) fn of(scenario: &Scenario) -> Option<Self> {
        let (order, until_ready) = match scenario.set()? {
            SetSpec::StatefulSet(set) if set.spec.is_ordered() => (Order::OneAfterTheOther, true),
            SetSpec::StatefulSet(_) => (Order::InPlace, true),
            SetSpec::DaemonSet(set) if set.spec.allows_surge() => (Order::Beside, false),
            SetSpec::DaemonSet(_) => (Order::InPlace, false),
        };
        Some(Self {
            order,
            until_ready,
            until_gone: order == Order::Beside,
            ended: BTreeMap::new(),
            came: BTreeMap::new(),
            released: Release::Start,
            changed: Release::Start,
        })
    }

    /// The set is changed.
    pub(super) fn change(&mut self, at: SimTime) {
        self.changed = Release::Changed(at);
        self.released = self.changed;
    }

    /// A pod with a place has ended: another one may have it.
    pub(super) fn end(&mut self, place: u32, release: Release) {
        self.ended.insert(place, release);
    }

    /// A pod with a place has become available.
    pub(super) fn available(&mut self, place: u32, release: Release) {
        self.released = release;
        self.came.insert(place, release);
    }

    /// What lets a pod with a place come now: the end of the one before it, or where the controller waits for others the last thing
    /// that let it go on, if that was later.
    pub(super) fn cause(&self, place: u32) -> Release {
        let waits = self.order != Order::InPlace;
        match self.ended.get(&place) {
            Some(end) if !waits || end.at() >= self.released.at() => *end,
            _ if waits => self.released,
            _ => self.changed,
        }
    }

    /// What lets the old pod of a place go now: that others are available, or where the new one stands beside it that this one is.
    pub(super) fn dismissal(&self, place: u32) -> Release {
        match self.came.get(&place) {
            Some(came) if self.order == Order::Beside => *came,
            _ => self.released,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(order: Order) -> Places {
        Places {
            order,
            until_ready: false,
            until_gone: false,
            ended: BTreeMap::new(),
            came: BTreeMap::new(),
            released: Release::Start,
            changed: Release::Start,
        }
    }

    #[test]
    fn a_pod_comes_after_the_one_of_its_name_and_in_order_after_the_last_that_was_available() {
        let at = SimTime::from_secs;
        for (order, later) in
            [(Order::OneAfterTheOther, Release::Available(7, at(30))), (Order::InPlace, Release::Gone(4, at(20)))]
        {
            let mut known = places(order);
            assert_eq!(known.cause(3), Release::Start);
            known.released = Release::Available(6, at(10));
            known.end(4, Release::Gone(4, at(20)));
            assert_eq!(known.cause(4), Release::Gone(4, at(20)), "{order:?}: gone after another was available");
            known.released = Release::Available(7, at(30));
            assert_eq!(known.cause(4), later, "{order:?}: another was available after it was gone");
            known.change(at(40));
            assert_eq!(known.cause(5), Release::Changed(at(40)), "{order:?}: no pod of this name has ended");
        }
    }

    /// With `maxSurge` the new pod of a node comes when another one is available, and the old one goes when the new one is.
    #[test]
    fn the_old_pod_of_a_node_goes_when_the_new_one_beside_it_is_available() {
        let at = SimTime::from_secs;
        let mut known = places(Order::Beside);
        assert_eq!((known.cause(0), known.dismissal(0)), (Release::Start, Release::Start));
        known.available(0, Release::Available(3, at(10)));
        assert_eq!(known.cause(1), Release::Available(3, at(10)));
        known.available(1, Release::Available(4, at(20)));
        assert_eq!(known.dismissal(0), Release::Available(3, at(10)));
        assert_eq!(known.dismissal(2), Release::Available(4, at(20)));
        known.end(2, Release::Replaced(2, at(30)));
        assert_eq!(known.cause(2), Release::Replaced(2, at(30)), "a pod that was lost is replaced");
    }
}
