//! The pods and the ReplicaSets that a replication finds.

use super::life::{Change, Life, Release};
use super::phase::Phase;
use super::set::Set;
use crate::k8s::objects::Template;
use crate::scenario::{FoundObject, FoundPhase, FoundPlace, FoundPod, FoundWorkload, Scenario};
use crate::sim::OwnerId;
use crate::time::SimTime;

/// What a replication finds.
pub(super) struct FoundLives {
    pub(super) pods: Vec<Life>,
    pub(super) sets: Vec<Set>,
    /// How many pods there have been of each template.
    pub(super) pods_of: Vec<u32>,
}

impl FoundLives {
    /// What a replication of `scenario` finds.
    pub(super) fn of(scenario: &Scenario) -> Self {
        match scenario.found_here() {
            Some(found) => Self::of_snapshot(found),
            None => Self::steady(scenario),
        }
    }

    fn steady(scenario: &Scenario) -> Self {
        let found = scenario.found_replicas().max(0);
        let mut set = Set::of(0, found);
        (set.live, set.available) = (found, scenario.ready_at_start().min(found as u32) as i32);
        set.told = set.available;
        let pods = (0..found as u32).map(|number| {
            let phase = if number < scenario.ready_at_start() { Phase::Available } else { Phase::NotReady };
            life((0, place(scenario, number)), 0, phase)
        });
        Self { pods: pods.collect(), sets: vec![set], pods_of: vec![found as u32] }
    }

    fn of_snapshot(found: &FoundWorkload) -> Self {
        let mut all = Self { pods: Vec::new(), sets: sets(found), pods_of: Vec::new() };
        for pod in found.standing() {
            let (template, owner) = (found.template_of(pod), owner(pod));
            let place = usize::from(template);
            all.pods_of.resize(all.pods_of.len().max(place + 1), 0);
            let number = match pod.place {
                FoundPlace::Ordinal { ordinal, .. } => ordinal,
                _ => all.pods_of[place],
            };
            all.pods_of[place] += 1;
            let available = pod.is_available(found.window_of(pod));
            if let Some(set) = all.sets.get_mut(usize::from(owner)) {
                set.live += i32::from(!pod.is_terminating());
                set.available += i32::from(available);
            }
            all.pods.push(life((template, number), owner, phase(pod, available)));
        }
        all
    }
}

/// What the pod with a number among those that are found is known by.
fn place(scenario: &Scenario, number: u32) -> u32 {
    let own = scenario.world.as_ref().filter(|_| scenario.daemon_set().is_some());
    let nodes = own.map(|own| &own.world.workloads[usize::from(own.workload)].found_on);
    nodes.and_then(|nodes| nodes.get(number as usize).copied()).unwrap_or(scenario.first_ordinal() + number)
}

fn life((version, number): (Template, u32), owner: OwnerId, phase: Phase) -> Life {
    Life {
        version,
        number,
        owner,
        node: None,
        found: true,
        changes: vec![Change { at: SimTime::ZERO, phase }],
        incidents: Vec::new(),
        released: Release::Start,
        dismissed: Release::Start,
    }
}

/// The owners of pods, without their pods.
fn sets(found: &FoundWorkload) -> Vec<Set> {
    match &found.object {
        FoundObject::Deployment(deployment) => {
            let of = |set: &crate::scenario::FoundReplicaSet| Set {
                told: set.status.available_replicas,
                ..Set::of(set.template, set.replicas)
            };
            deployment.replica_sets.iter().map(of).collect()
        }
        FoundObject::StatefulSet(set) => vec![Set::of(0, set.spec.replicas)],
        FoundObject::DaemonSet(set) => vec![Set::of(0, set.status.desired_number_scheduled)],
        FoundObject::Nothing => Vec::new(),
    }
}

fn owner(pod: &FoundPod) -> OwnerId {
    match pod.place {
        FoundPlace::ReplicaSet(place) => place,
        _ => 0,
    }
}

fn phase(pod: &FoundPod, available: bool) -> Phase {
    match pod.phase {
        FoundPhase::Unscheduled { unschedulable: true } => Phase::Waiting,
        FoundPhase::Unscheduled { .. } => Phase::Scheduling,
        FoundPhase::Starting { .. } => Phase::Starting,
        FoundPhase::PullFailing { .. } => Phase::Pulling,
        FoundPhase::Warming { .. } => Phase::WarmingUp,
        FoundPhase::Ready { .. } if available => Phase::Available,
        FoundPhase::Ready { .. } => Phase::Ready,
        FoundPhase::NotReady { .. } => Phase::NotReady,
        FoundPhase::BackingOff { .. } => Phase::Restarting,
        FoundPhase::Terminating { .. } | FoundPhase::Failed => Phase::Terminating,
    }
}
