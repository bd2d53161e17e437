//! Since when something has been true of a pod, by the pod's number.

use crate::sim::PodId;
use crate::time::SimTime;

/// Instants by pod. Pods are numbered in the order in which they are created, so that a list answers without a search and,
/// once it is long enough, grows without an allocation.
#[derive(Debug, Default)]
pub(super) struct Since {
    /// The pod that was created first.
    first: PodId,
    /// Of that pod and all after it.
    instants: Vec<SimTime>,
}

impl Since {
    /// Forgets every pod.
    pub(super) fn clear(&mut self) {
        self.instants.clear();
    }

    /// The next pod was created, of which it is true since `at`; [`SimTime::NEVER`]: it is not true of that pod.
    pub(super) fn created(&mut self, pod: PodId, at: SimTime) {
        if self.instants.is_empty() {
            self.first = pod;
        }
        debug_assert_eq!(pod, self.first + self.instants.len() as PodId, "pods are numbered in order of creation");
        self.instants.push(at);
    }

    /// Of every pod of which it is true, it has been so since `at`.
    pub(super) fn restart(&mut self, at: SimTime) {
        self.instants.iter_mut().filter(|since| !since.is_never()).for_each(|since| *since = at);
    }

    /// It is no longer true of `pod`: since when it was. `None` where it was not true.
    pub(super) fn end(&mut self, pod: PodId) -> Option<SimTime> {
        let place = pod.wrapping_sub(self.first) as usize;
        let since = std::mem::replace(self.instants.get_mut(place)?, SimTime::NEVER);
        (!since.is_never()).then_some(since)
    }

    /// The earliest instant since when it is true of a pod still.
    pub(super) fn earliest(&self) -> Option<SimTime> {
        self.instants.iter().copied().find(|since| !since.is_never())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_began_ends_once() {
        let mut since = Since::default();
        let at = SimTime::from_secs;
        assert_eq!((since.end(3), since.earliest()), (None, None));
        since.created(3, at(5));
        since.created(4, SimTime::NEVER);
        since.created(5, at(7));
        assert_eq!((since.earliest(), since.end(4), since.end(2), since.end(6)), (Some(at(5)), None, None, None));
        assert_eq!((since.end(3), since.end(3)), (Some(at(5)), None));
        assert_eq!((since.earliest(), since.end(5), since.earliest()), (Some(at(7)), Some(at(7)), None));
        since.clear();
        since.created(0, at(9));
        assert_eq!((since.earliest(), since.end(0), since.end(5)), (Some(at(9)), Some(at(9)), None));
    }
}
