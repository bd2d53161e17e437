//! What a snapshot says about numbers of pods.

use crate::k8s::objects::{ReplicaSetId, Template};
use crate::scenario::found::{Found, FoundObject, FoundPhase, FoundPlace, FoundPod, FoundWorkload};
use crate::scenario::target::WorkloadId;

/// Pods at the start of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FoundCounts {
    /// All that have a number in the run: the first ones.
    pub all: u32,
    /// Those without a deletion timestamp.
    pub pods: u32,
    /// Those on nodes, with those that terminate.
    pub placed: u32,
    /// Ready ones without a deletion timestamp.
    pub ready: u32,
    /// Available ones.
    pub available: u32,
}

impl FoundCounts {
    /// So many pods that have been available for a long time.
    #[must_use]
    pub const fn steady(pods: u32, ready: u32) -> Self {
        Self { all: pods, pods, placed: pods, ready, available: ready }
    }

    /// Pods that are on no node.
    #[must_use]
    pub const fn pending(self) -> u32 {
        self.all - self.placed
    }
}

impl FoundPod {
    /// Whether a run finds it. One that has ended is no part of it, nor one that was deleted before it got a node: that is gone.
    #[must_use]
    pub const fn stands(&self) -> bool {
        match self.phase {
            FoundPhase::Failed => false,
            FoundPhase::Terminating { .. } => self.node.is_some(),
            _ => true,
        }
    }

    /// Whether it has a deletion timestamp.
    #[must_use]
    pub const fn is_terminating(&self) -> bool {
        matches!(self.phase, FoundPhase::Terminating { .. })
    }

    /// Whether it is available when it has to be Ready for so many seconds.
    #[must_use]
    pub const fn is_available(&self, min_ready_seconds: i32) -> bool {
        match self.phase {
            FoundPhase::Ready { since, .. } => since.second + min_ready_seconds as i64 <= 0,
            _ => false,
        }
    }
}

impl FoundWorkload {
    /// The pods that a run finds, in order.
    pub fn standing(&self) -> impl Iterator<Item = &FoundPod> {
        self.pods.iter().filter(|pod| pod.stands())
    }

    /// The template of a pod.
    #[must_use]
    pub fn template_of(&self, pod: &FoundPod) -> Template {
        match (pod.place, &self.object) {
            (FoundPlace::Ordinal { template, .. } | FoundPlace::Node { template, .. }, _) => template,
            (FoundPlace::ReplicaSet(place), FoundObject::Deployment(found)) => {
                found.replica_sets.get(usize::from(place)).map_or(found.spec.template, |set| set.template)
            }
            (FoundPlace::ReplicaSet(_), FoundObject::StatefulSet(found)) => found.spec.template,
            (FoundPlace::ReplicaSet(_), FoundObject::DaemonSet(found)) => found.spec.template,
            (FoundPlace::ReplicaSet(_), FoundObject::Nothing) => 0,
        }
    }

    /// For how many seconds a pod has to be Ready to be available.
    #[must_use]
    pub fn window_of(&self, pod: &FoundPod) -> i32 {
        match (&self.object, pod.place) {
            (FoundObject::StatefulSet(found), _) => found.spec.min_ready_seconds,
            (FoundObject::DaemonSet(found), _) => found.spec.min_ready_seconds,
            (FoundObject::Deployment(found), FoundPlace::ReplicaSet(place)) => {
                let set = found.replica_sets.get(usize::from(place));
                set.map_or(found.spec.min_ready_seconds, |set| set.min_ready_seconds)
            }
            (FoundObject::Deployment(found), _) => found.spec.min_ready_seconds,
            (FoundObject::Nothing, _) => 0,
        }
    }

    /// How many owners of pods it has: ReplicaSets, or itself.
    #[must_use]
    pub fn owners(&self) -> u16 {
        match &self.object {
            FoundObject::Deployment(found) => found.replica_sets.len() as u16,
            FoundObject::StatefulSet(_) | FoundObject::DaemonSet(_) => 1,
            // The number of its workload is kept for it.
            FoundObject::Nothing => 1,
        }
    }

    /// How many pods one of its owners is to have.
    #[must_use]
    pub fn size_of(&self, place: u16) -> i32 {
        match &self.object {
            FoundObject::Deployment(found) => found.replica_sets.get(usize::from(place)).map_or(0, |set| set.replicas),
            FoundObject::StatefulSet(found) => found.spec.replicas,
            FoundObject::DaemonSet(found) => found.status.desired_number_scheduled,
            FoundObject::Nothing => 0,
        }
    }

    /// Its pods at the start of a run, in numbers.
    #[must_use]
    pub fn counts(&self) -> FoundCounts {
        let mut counts = FoundCounts::default();
        for pod in self.standing() {
            counts.all += 1;
            counts.pods += u32::from(!pod.is_terminating());
            counts.placed += u32::from(pod.node.is_some());
            counts.ready += u32::from(matches!(pod.phase, FoundPhase::Ready { .. }));
            counts.available += u32::from(pod.is_available(self.window_of(pod)));
        }
        counts
    }
}

impl Found {
    /// The number that a run gives to an owner of pods, by its place in its workload. The first one of each workload has the number of
    /// the workload; those after it follow behind all workloads.
    #[must_use]
    pub fn owner(&self, workload: WorkloadId, place: u16) -> ReplicaSetId {
        if place == 0 {
            return workload;
        }
        let before = self.workloads[..usize::from(workload)].iter().map(|own| own.owners().saturating_sub(1));
        self.workloads.len() as u16 + before.sum::<u16>() + place - 1
    }

    /// The number of the owner of a pod.
    #[must_use]
    pub fn owner_of(&self, workload: WorkloadId, pod: &FoundPod) -> ReplicaSetId {
        match pod.place {
            FoundPlace::ReplicaSet(place) => self.owner(workload, place),
            FoundPlace::Ordinal { .. } | FoundPlace::Node { .. } => workload,
        }
    }

    /// How many numbers of owners are given away.
    #[must_use]
    pub fn owners(&self) -> ReplicaSetId {
        let more = self.workloads.iter().map(|own| own.owners().saturating_sub(1));
        self.workloads.len() as u16 + more.sum::<u16>()
    }
}
