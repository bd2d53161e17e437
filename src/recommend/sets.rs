//! The strategies of a StatefulSet and of a DaemonSet to choose from.
//!
//! `minReadySeconds` stays as it is, as that of a Deployment does: a lower one is always faster, and what it guards against comes after
//! the end of the rollouts that are forecast. `partition` says which pods are to have the new version, so that it is no strategy.

use crate::k8s::daemon_set::{DaemonSetSpec, validate};
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::stateful_set::{PodManagementPolicy, RollingUpdate, StatefulSetSpec, UpdateStrategy};
use crate::scenario::{DaemonSet, SetSpec, StatefulSet};

/// `maxUnavailable` of a StatefulSet that is tried, where its cluster heeds it.
const PODS: [IntOrPercent; 5] = [
    IntOrPercent::Int(1),
    IntOrPercent::Int(2),
    IntOrPercent::Percent(25),
    IntOrPercent::Percent(50),
    IntOrPercent::Percent(100),
];

/// `maxUnavailable` and `maxSurge` of a DaemonSet that are tried, each where the other is 0.
const NODES: [IntOrPercent; 5] = [
    IntOrPercent::Int(1),
    IntOrPercent::Percent(10),
    IntOrPercent::Percent(25),
    IntOrPercent::Percent(50),
    IntOrPercent::Percent(100),
];

/// How many strategies are tried at most beside the one that a set has.
pub(super) const MOST: usize = 2 * PODS.len();

const NONE: IntOrPercent = IntOrPercent::Int(0);

/// What is tried in the place of `own`.
pub(super) fn around(own: SetSpec) -> Vec<SetSpec> {
    match own {
        SetSpec::StatefulSet(set) => of_stateful_set(set).into_iter().map(SetSpec::StatefulSet).collect(),
        SetSpec::DaemonSet(set) => of_daemon_set(set).into_iter().map(SetSpec::DaemonSet).collect(),
    }
}

fn of_stateful_set(own: StatefulSet) -> Vec<StatefulSet> {
    let of_policy = |policy| {
        let spec = StatefulSetSpec { pod_management_policy: policy, ..own.spec };
        let set = StatefulSet { spec, ..own };
        let limits = PODS.iter().filter(|_| own.max_unavailable_gate).map(move |pods| with_max_unavailable(set, *pods));
        std::iter::once(set).chain(limits)
    };
    let policies = [PodManagementPolicy::OrderedReady, PodManagementPolicy::Parallel];
    policies.into_iter().flat_map(of_policy).collect()
}

fn with_max_unavailable(set: StatefulSet, pods: IntOrPercent) -> StatefulSet {
    let update = match set.spec.update {
        UpdateStrategy::OnDelete => UpdateStrategy::OnDelete,
        UpdateStrategy::RollingUpdate(block) => {
            let partition = block.map_or(0, |block| block.partition);
            UpdateStrategy::RollingUpdate(Some(RollingUpdate { partition, max_unavailable: Some(pods) }))
        }
    };
    StatefulSet { spec: StatefulSetSpec { update, ..set.spec }, ..set }
}

fn of_daemon_set(own: DaemonSet) -> Vec<DaemonSet> {
    let with = |max_surge, max_unavailable| DaemonSet {
        spec: DaemonSetSpec { max_surge, max_unavailable, ..own.spec },
        ..own
    };
    let unavailable = NODES.into_iter().map(|nodes| with(NONE, nodes));
    let surge = NODES.into_iter().map(|nodes| with(nodes, NONE));
    unavailable.chain(surge).filter(|set| validate(&set.spec).is_ok()).collect()
}

/// Whether a controller treats two sets alike: the limits are the same numbers of pods or nodes, and all else is the same.
pub(super) fn do_the_same(a: &SetSpec, b: &SetSpec) -> bool {
    match (a, b) {
        (SetSpec::StatefulSet(a), SetSpec::StatefulSet(b)) => {
            a.max_unavailable() == b.max_unavailable() && without_limit(*a) == without_limit(*b)
        }
        (SetSpec::DaemonSet(a), SetSpec::DaemonSet(b)) => {
            let limits = |set: &DaemonSet| DaemonSet::limits(&set.spec, set.nodes);
            let (max_surge, max_unavailable) = (b.spec.max_surge, b.spec.max_unavailable);
            let spec = DaemonSetSpec { max_surge, max_unavailable, ..a.spec };
            limits(a) == limits(b) && DaemonSet { spec, ..*a } == *b
        }
        _ => false,
    }
}

/// Without `maxUnavailable`, which counts as a number of pods.
fn without_limit(set: StatefulSet) -> StatefulSet {
    let update = match set.spec.update {
        UpdateStrategy::RollingUpdate(Some(block)) => {
            UpdateStrategy::RollingUpdate(Some(RollingUpdate { max_unavailable: None, ..block }))
        }
        other => other,
    };
    StatefulSet { spec: StatefulSetSpec { update, ..set.spec }, ..set }
}
