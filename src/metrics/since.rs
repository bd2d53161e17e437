//! Since when something has been true of a pod, by the pod's number.

use crate::sim::PodId;
use crate::time::SimTime;

/// Instants by pod. Numbers of pods are dense, so that a list answers without a search and, once it is long enough, without
/// an allocation.
#[derive(Debug, Default)]
pub(super) struct Since(Vec<SimTime>);

impl Since {
    /// Forgets every pod.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn begin(&mut self, pod: PodId, at: SimTime) {
        let place = pod as usize;
        if self.0.len() <= place {
            self.0.resize(place + 1, SimTime::NEVER);
        }
        self.0[place] = at;
    }

    /// When it began; `None` where it had not, or has ended before.
    pub(super) fn end(&mut self, pod: PodId) -> Option<SimTime> {
        let since = std::mem::replace(self.0.get_mut(pod as usize)?, SimTime::NEVER);
        (!since.is_never()).then_some(since)
    }

    /// The earliest instant since when it is true of a pod still.
    pub(super) fn earliest(&self) -> Option<SimTime> {
        self.0.iter().copied().min().filter(|since| !since.is_never())
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
        since.begin(3, at(5));
        since.begin(1, at(7));
        assert_eq!((since.earliest(), since.end(2)), (Some(at(5)), None));
        assert_eq!((since.end(3), since.end(3)), (Some(at(5)), None));
        assert_eq!((since.earliest(), since.end(1), since.earliest()), (Some(at(7)), Some(at(7)), None));
        since.begin(0, at(9));
        since.clear();
        assert_eq!((since.earliest(), since.end(0)), (None, None));
    }
}
