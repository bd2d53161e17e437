//! A StatefulSet or a DaemonSet of a scenario, whichever it is, for whoever chooses how its pods are replaced.

use std::sync::Arc;

use crate::k8s::daemon_set::DaemonSetSpec;
use crate::k8s::objects::DeploymentSpec;
use crate::k8s::stateful_set::{RollingUpdate, StatefulSetSpec, UpdateStrategy};
use crate::scenario::{DaemonSet, Membership, Scenario, StatefulSet};

/// The StatefulSet or the DaemonSet that a scenario is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetSpec {
    /// A StatefulSet.
    StatefulSet(StatefulSet),
    /// A DaemonSet.
    DaemonSet(DaemonSet),
}

impl SetSpec {
    /// What a Deployment has too.
    #[must_use]
    pub fn as_deployment(&self) -> DeploymentSpec {
        match self {
            Self::StatefulSet(set) => set.as_deployment(),
            Self::DaemonSet(set) => set.as_deployment(),
        }
    }

    /// Whether nobody's pods are replaced before somebody deletes them.
    #[must_use]
    pub fn is_on_delete(&self) -> bool {
        match self {
            Self::StatefulSet(set) => set.spec.update == UpdateStrategy::OnDelete,
            Self::DaemonSet(set) => set.spec.on_delete,
        }
    }

    /// The same with what a person chooses in `other`: `podManagementPolicy`, `maxUnavailable`, `maxSurge` and `minReadySeconds`. A
    /// set of another kind has nothing of that, and changes nothing.
    #[must_use]
    pub fn with_strategy_of(self, other: &Self) -> Self {
        match (self, other) {
            (Self::StatefulSet(own), Self::StatefulSet(other)) => Self::StatefulSet(StatefulSet {
                spec: StatefulSetSpec {
                    pod_management_policy: other.spec.pod_management_policy,
                    min_ready_seconds: other.spec.min_ready_seconds,
                    update: with_max_unavailable(own.spec.update, other.spec.update),
                    ..own.spec
                },
                ..own
            }),
            (Self::DaemonSet(own), Self::DaemonSet(other)) => Self::DaemonSet(DaemonSet {
                spec: DaemonSetSpec { template: own.spec.template, on_delete: own.spec.on_delete, ..other.spec },
                ..own
            }),
            _ => self,
        }
    }
}

/// The `maxUnavailable` of `other`, and the partition of `own`.
fn with_max_unavailable(own: UpdateStrategy, other: UpdateStrategy) -> UpdateStrategy {
    let (UpdateStrategy::RollingUpdate(block), UpdateStrategy::RollingUpdate(other)) = (own, other) else { return own };
    let max_unavailable = other.and_then(|other| other.max_unavailable);
    // A block that is not there is not made for nothing, because it would have a partition.
    let block = block.or_else(|| max_unavailable.map(|_| RollingUpdate { partition: 0, max_unavailable }));
    UpdateStrategy::RollingUpdate(block.map(|block| RollingUpdate { max_unavailable, ..block }))
}

impl Scenario {
    /// The StatefulSet or DaemonSet that the scenario is about; `None`: it is about a Deployment.
    #[must_use]
    pub fn set(&self) -> Option<SetSpec> {
        let of_nodes = || self.daemon_set().copied().map(SetSpec::DaemonSet);
        self.stateful_set().copied().map(SetSpec::StatefulSet).or_else(of_nodes)
    }

    /// Whether a rollout takes a pod away before the one in its place comes, whatever the strategy: pods of a StatefulSet have names,
    /// and a node of a DaemonSet may have no room for a second pod.
    #[must_use]
    pub fn replaces_in_place(&self) -> bool {
        let Some(own) = &self.world else { return false };
        let (room, workload) = (&own.world.room, &own.world.workloads[usize::from(own.workload)]);
        let takes_both = |node: &u32| {
            let asked = room.asked_by(workload.old).iter().zip(room.asked_by(workload.new));
            room.free_on(*node as usize).iter().zip(asked).all(|(free, (old, new))| old.saturating_add(*new) <= *free)
        };
        match self.set() {
            None => false,
            Some(SetSpec::StatefulSet(_)) => true,
            Some(SetSpec::DaemonSet(_)) => !workload.found_on.iter().all(takes_both),
        }
    }

    /// The scenario with another spec of the set that it is about, in the world that it is in. A Deployment stays as it is.
    #[must_use]
    pub fn with_set(&self, set: SetSpec) -> Self {
        let mut changed = self.clone();
        let Some(Membership { world, workload }) = &mut changed.world else { return changed };
        let (world, number) = (Arc::make_mut(world), usize::from(*workload));
        let own = &mut world.workloads[number];
        match set {
            SetSpec::StatefulSet(set) => own.stateful_set = Some(set),
            SetSpec::DaemonSet(set) => own.daemon_set = Some(set),
        }
        own.deployment = set.as_deployment();
        changed.deployment = DeploymentSpec { template: self.deployment.template, ..own.deployment };
        if number == 0 {
            world.shared.deployment = own.deployment;
        }
        changed
    }
}
