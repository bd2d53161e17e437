//! The strategies to choose from.

use super::sets;
use crate::k8s::fenceposts::{IntOrPercent, Limits};
use crate::k8s::objects::{DeploymentSpec, Strategy};
use crate::k8s::validation::validate;
use crate::metrics::Bounds;
use crate::plan::{Decision, chosen_of, limits};
use crate::scenario::{Scenario, SetSpec};

/// Tried where an experiment sweeps no strategy, beside as many pods as the nodes have room for.
const SURGES: [IntOrPercent; 5] = [
    IntOrPercent::Int(0),
    IntOrPercent::Int(1),
    IntOrPercent::Percent(25),
    IntOrPercent::Percent(50),
    IntOrPercent::Percent(100),
];
const UNAVAILABLES: [IntOrPercent; 4] =
    [IntOrPercent::Int(0), IntOrPercent::Int(1), IntOrPercent::Percent(25), IntOrPercent::Percent(50)];

/// Where the strategies come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The experiment sweeps them.
    Swept,
    /// The manifest's own, and rolling updates with `maxSurge` 0, 1, 25%, 50% and 100% and `maxUnavailable` 0, 1, 25%
    /// and 50%, as far as they differ in pods; a `maxSurge` of as many pods as the nodes have room for, where that is fewer than
    /// 100%; and Recreate, where a volume keeps new pods from running beside old ones. Of a StatefulSet and a DaemonSet what its
    /// kind has: both values of `podManagementPolicy`, and `maxUnavailable` where the cluster heeds it; or `maxUnavailable` with
    /// `maxSurge` 0, and `maxSurge` with `maxUnavailable` 0.
    Around,
}

/// The strategies of a case.
pub(super) struct Set {
    pub(super) origin: Origin,
    /// First those to choose from.
    pub(super) scenarios: Vec<Scenario>,
    /// How many those are.
    pub(super) eligible: usize,
    /// Which is the manifest's own.
    pub(super) own: Option<usize>,
}

/// How many strategies a case has at most, the manifest's own included.
pub(super) fn most(decision: &Decision) -> usize {
    let recreate = usize::from(decision.own.as_ref().is_some_and(needs_recreate));
    let around = ((SURGES.len() + 1) * UNAVAILABLES.len() + recreate).max(sets::MOST);
    1 + decision.case.alternatives.len().max(around)
}

pub(super) fn of(decision: &Decision) -> Set {
    let swept = &decision.case.alternatives;
    let (origin, mut scenarios) = match (&decision.own, swept.is_empty()) {
        (Some(own), true) => (Origin::Around, around(own)),
        _ => (Origin::Swept, swept.clone()),
    };
    let eligible = scenarios.len();
    let own = decision.own.as_ref().map(|own| {
        let known = scenarios.iter().position(|one| do_the_same(one, own));
        known.unwrap_or_else(|| {
            scenarios.push(named(own.clone()));
            scenarios.len() - 1
        })
    });
    Set { origin, scenarios, eligible, own }
}

/// The manifest's own strategy, then the grid without strategies that give the same numbers of pods.
fn around(own: &Scenario) -> Vec<Scenario> {
    let mut strategies = vec![named(own.clone())];
    if let Some(set) = own.set() {
        for other in sets::around(set) {
            let scenario = own.with_set(other);
            if !strategies.iter().any(|known| do_the_same(known, &scenario)) {
                strategies.push(named(scenario));
            }
        }
        return strategies;
    }
    for max_surge in SURGES.into_iter().chain(room(own)) {
        for max_unavailable in UNAVAILABLES {
            let strategy = Strategy::RollingUpdate { max_surge, max_unavailable };
            let deployment = DeploymentSpec { strategy, ..own.deployment };
            let known = strategies.iter().any(|one| does_the_same((&one.deployment, None), (&deployment, None)));
            if !known && validate(&deployment).is_ok() {
                strategies.push(Scenario { deployment, parameters: limits(&strategy), ..own.clone() });
            }
        }
    }
    let deployment = DeploymentSpec { strategy: Strategy::Recreate, ..own.deployment };
    if needs_recreate(own) && own.deployment.is_rolling_update() {
        strategies.push(Scenario { deployment, parameters: limits(&deployment.strategy), ..own.clone() });
    }
    strategies
}

/// A surge of as many pods as the nodes have room for, where that is fewer than a second set of all pods.
fn room(own: &Scenario) -> Option<IntOrPercent> {
    let replicas = u64::try_from(own.deployment.replicas).unwrap_or(0);
    let spare = Bounds::of(own).capacity.checked_sub(replicas).filter(|spare| (1..replicas).contains(spare))?;
    i32::try_from(spare).ok().map(IntOrPercent::Int)
}

/// Whether old and new pods cannot run beside each other, so that Recreate may be the only strategy that completes.
fn needs_recreate(own: &Scenario) -> bool {
    own.exclusive_volume().is_some()
}

/// The scenario with parameters that name its strategy.
fn named(scenario: Scenario) -> Scenario {
    Scenario { parameters: chosen_of(&scenario.deployment, scenario.set().as_ref()), ..scenario }
}

/// Whether the controllers treat two scenarios alike.
pub(super) fn do_the_same(a: &Scenario, b: &Scenario) -> bool {
    does_the_same((&a.deployment, a.set().as_ref()), (&b.deployment, b.set().as_ref()))
}

/// Whether the object must be deleted and created again to get from `now` to a strategy, because the API server lets nobody change its
/// `podManagementPolicy`.
pub(super) fn needs_new_object(one: &Scenario, now: &Scenario) -> bool {
    is_of_another_policy(one.set().as_ref(), now.set().as_ref())
}

/// The same of sets.
pub(super) fn is_of_another_policy(one: Option<&SetSpec>, now: Option<&SetSpec>) -> bool {
    match (one, now) {
        (Some(SetSpec::StatefulSet(own)), Some(SetSpec::StatefulSet(now))) => {
            own.spec.pod_management_policy != now.spec.pod_management_policy
        }
        _ => false,
    }
}

/// Whether the controllers treat two workloads alike, which are Deployments or have sets beside them.
pub(super) fn does_the_same(
    (a, set_a): (&DeploymentSpec, Option<&SetSpec>),
    (b, set_b): (&DeploymentSpec, Option<&SetSpec>),
) -> bool {
    match (set_a, set_b) {
        (Some(a), Some(b)) => sets::do_the_same(a, b),
        (None, None) => {
            a.is_rolling_update() == b.is_rolling_update()
                && Limits::of(a) == Limits::of(b)
                && DeploymentSpec { strategy: b.strategy, ..*a } == *b
        }
        _ => false,
    }
}
