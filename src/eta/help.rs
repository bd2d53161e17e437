//! What would help: what a person can do about a cause, and where that can be simulated how long it takes then.

use std::sync::Arc;

use super::State;
use super::cause::{Cause, CauseKind, gives_nothing_first};
use super::forecast::Forecast;
use super::hypotheses::Worlds;
use crate::input::snapshot::Snapshot;
use crate::k8s::daemon_set::DaemonSetSpec;
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::{DeploymentSpec, Strategy};
use crate::recommend::Replicator;
use crate::scenario::{FoundObject, Scenario, Start};

/// What a person can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `kubectl rollout resume`
    Resume,
    /// Raise the ResourceQuota.
    RaiseQuota,
    /// Let an old pod go first: `maxSurge: 0, maxUnavailable: 1`.
    OldPodFirst,
    /// `kubectl rollout undo`
    Undo,
    /// Take the taints away, or tolerate them.
    Taints,
    /// Make room on the nodes.
    MakeRoom,
    /// Delete the pods that are to be replaced.
    DeletePods,
}

impl Action {
    /// The word for it in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::RaiseQuota => "raise_quota",
            Self::OldPodFirst => "old_pod_first",
            Self::Undo => "undo",
            Self::Taints => "taints",
            Self::MakeRoom => "make_room",
            Self::DeletePods => "delete_pods",
        }
    }
}

/// What would help, and how long the rollout takes then.
#[derive(Clone, Debug, PartialEq)]
pub struct Help {
    /// What a person does at the instant of the snapshot.
    pub action: Action,
    /// When the rollout completes then; `None`: that is not simulated.
    pub forecast: Option<Forecast>,
}

/// What was simulated: the same rollouts, if somebody does that at once.
pub(super) fn tried(
    (worlds, count): (&Worlds, u32),
    snapshot: &Snapshot,
    (state, causes): (State, &[Cause]),
    run: &Replicator,
) -> Vec<Help> {
    let has = |kind: CauseKind| causes.iter().any(|cause| cause.kind == kind);
    let no_room = has(CauseKind::AntiAffinity) || has(CauseKind::NoNode) || has(CauseKind::Taint);
    let actions = [
        (Action::Resume, has(CauseKind::Paused)),
        (Action::RaiseQuota, has(CauseKind::Quota)),
        (Action::OldPodFirst, (no_room || has(CauseKind::Quota)) && gives_nothing_first(snapshot)),
    ];
    let mut found = Vec::new();
    for (action, _) in actions.into_iter().filter(|(_, is_asked)| *is_asked) {
        let records = worlds.records(count, run, |scenario| with(scenario, action));
        let forecast = Forecast::of(&records, worlds.horizon(), snapshot, state);
        found.push(Help { action, forecast: Some(forecast) });
    }
    found
}

/// The scenario in which somebody has done that.
fn with(mut scenario: Scenario, action: Action) -> Scenario {
    match action {
        Action::Resume => change_strategy(&mut scenario, |spec| spec.paused = false, |_| ()),
        Action::RaiseQuota => {
            scenario.simulated_mut().cluster.pod_quota = None;
            if let Some(own) = &mut scenario.world {
                Arc::make_mut(&mut own.world).quotas.clear();
            }
        }
        Action::OldPodFirst => {
            let (max_surge, max_unavailable) = (IntOrPercent::Int(0), IntOrPercent::Int(1));
            change_strategy(
                &mut scenario,
                |spec| spec.strategy = Strategy::RollingUpdate { max_surge, max_unavailable },
                |spec| (spec.max_surge, spec.max_unavailable) = (max_surge, max_unavailable),
            );
        }
        Action::Undo | Action::Taints | Action::MakeRoom | Action::DeletePods => {}
    }
    scenario
}

/// Changes what the workload of a scenario asks for, also as the run finds it. A StatefulSet has nothing of what is changed here.
fn change_strategy(
    scenario: &mut Scenario,
    of_deployment: impl Fn(&mut DeploymentSpec),
    of_daemon_set: impl Fn(&mut DaemonSetSpec),
) {
    of_deployment(&mut scenario.deployment);
    if let Some(own) = &mut scenario.world {
        let workloads = &mut Arc::make_mut(&mut own.world).workloads;
        for workload in workloads.iter_mut().filter(|workload| workload.daemon_set.is_some()) {
            workload.daemon_set.iter_mut().for_each(|set| of_daemon_set(&mut set.spec));
            workload.deployment = workload.daemon_set.map_or(workload.deployment, |set| set.as_deployment());
        }
    }
    let Start::Found(found) = &mut scenario.simulated_mut().start else { return };
    match Arc::make_mut(found).workloads.first_mut().map(|own| &mut own.object) {
        Some(FoundObject::Deployment(found)) => of_deployment(&mut found.spec),
        Some(FoundObject::DaemonSet(found)) => of_daemon_set(&mut found.spec),
        Some(FoundObject::StatefulSet(_) | FoundObject::Nothing) | None => {}
    }
}

/// What is advised without a simulation.
pub(super) fn advice(causes: &[Cause]) -> Vec<Help> {
    let mut actions = Vec::new();
    for cause in causes {
        let action = match cause.kind {
            CauseKind::Image | CauseKind::Config | CauseKind::Crash | CauseKind::NotReady => Some(Action::Undo),
            CauseKind::Taint => Some(Action::Taints),
            CauseKind::NoNode => Some(Action::MakeRoom),
            CauseKind::OnDelete => Some(Action::DeletePods),
            _ => None,
        };
        actions.extend(action.filter(|action| !actions.contains(action)));
    }
    actions.into_iter().map(|action| Help { action, forecast: None }).collect()
}
