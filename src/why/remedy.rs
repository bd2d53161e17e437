//! What might help: changes of a scenario whose effect can be measured.

use crate::analysis::Assumption;
use crate::diagnosis::Part;
use crate::k8s::daemon_set::DaemonSetSpec;
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::Strategy;
use crate::k8s::prober::Probe;
use crate::scenario::{DaemonSet, Node, PodModel, Scenario, SetSpec, Throttle};
use crate::sim::StallCause;
use crate::what_if::changed;

/// A change of a scenario. The values say what it was and what it is then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// One more node, as the largest one.
    OneMoreNode,
    /// The image is on every node before the rollout.
    ImageThere,
    /// Image pulls take half as long.
    QuickPulls,
    /// Half as many image pulls fail.
    FewerFailedPulls,
    /// Init containers take half as long.
    QuickInitContainers,
    /// Containers start in half the time.
    QuickStart,
    /// The warm-up takes half as long.
    QuickWarmUp,
    /// Old pods end in half the time.
    QuickEnd,
    /// `minReadySeconds` 0.
    NoMinReady {
        /// `minReadySeconds` as it is.
        from: i32,
    },
    /// All new pods may come at once.
    AllAtOnce {
        /// `maxSurge` as it is.
        from: IntOrPercent,
    },
    /// One old pod may go before a new one is available.
    OneUnavailable,
    /// No pods beside the wanted ones: one old pod goes for each new one.
    OneForOne,
    /// All old pods end before new ones come.
    Recreate,
    /// Half as many pods never become Ready.
    FewerNeverReady,
    /// Half as many containers exit.
    FewerCrashes,
    /// The startup probe waits twice as long.
    PatientStartupProbe {
        /// `failureThreshold` as it is.
        from: u32,
    },
    /// The liveness probe waits twice as long.
    PatientLivenessProbe {
        /// `failureThreshold` as it is.
        from: u32,
    },
    /// The quota leaves room for all pods of both versions.
    LargerQuota {
        /// Pods that it leaves now.
        from: u32,
        /// Pods that it leaves then.
        to: u32,
    },
    /// No node is lost.
    NoNodeLoss,
    /// Controllers and scheduler have no client limits.
    NoClientLimits,
    /// `progressDeadlineSeconds` three times as long.
    LongerDeadline {
        /// `progressDeadlineSeconds` as it is.
        from: i32,
        /// As it is then.
        to: i32,
    },
}

/// Of the parts of a rollout's time, those that take less than this share of it are not worth a remedy.
const WORTH: f64 = 0.05;

/// What is tried at half its size.
const HALF: f64 = 0.5;

/// A deadline that is tried is so many times as long.
const DEADLINE_FACTOR: i32 = 3;

impl Remedy {
    /// What might help a rollout whose time has these parts, as shares of it, the largest first.
    #[must_use]
    pub fn for_time(scenario: &Scenario, parts: &[(Part, f64)]) -> Vec<Self> {
        let large = parts.iter().filter(|(_, share)| *share >= WORTH);
        let mut remedies: Vec<Self> = large.flat_map(|(part, _)| for_part(*part, scenario)).collect();
        remedies.extend(all_at_once(scenario));
        remedies.retain(|remedy| remedy.is_for(scenario));
        remedies
    }

    /// Whether a workload has what the remedy changes: a StatefulSet has neither extra pods nor a strategy Recreate, and how many of its
    /// pods may be unavailable is no matter of these remedies. A DaemonSet has one pod more with each node.
    fn is_for(self, scenario: &Scenario) -> bool {
        let of_deployments = matches!(self, Self::OneUnavailable | Self::OneForOne | Self::Recreate);
        match scenario.set() {
            None => true,
            Some(SetSpec::StatefulSet(_)) => !of_deployments && !matches!(self, Self::AllAtOnce { .. }),
            Some(SetSpec::DaemonSet(_)) => !of_deployments && self != Self::OneMoreNode,
        }
    }

    /// What might help a rollout that stalled for this cause.
    #[must_use]
    pub fn for_stall(scenario: &Scenario, cause: StallCause) -> Vec<Self> {
        let mut remedies = for_cause(cause, scenario);
        if let Some(from) = scenario.deployment.progress_deadline_seconds {
            remedies.push(Self::LongerDeadline { from, to: from.saturating_mul(DEADLINE_FACTOR) });
        }
        remedies.extend(all_at_once(scenario));
        remedies
    }

    /// The scenario with the change; `None` where the change would change nothing, or is not possible.
    #[must_use]
    pub fn applied(self, scenario: &Scenario) -> Option<Scenario> {
        match self {
            Self::LargerQuota { to, .. } => return what_if(scenario, Assumption::Quota, f64::from(to)),
            Self::AllAtOnce { .. } if scenario.daemon_set().is_some() => return second_pods(scenario),
            Self::QuickEnd => return what_if(scenario, Assumption::Stopping, HALF),
            Self::QuickPulls => return what_if(scenario, Assumption::Pull, HALF),
            Self::FewerCrashes => {
                let crash = scenario.pods.last().map_or(0.0, |model| model.crash);
                return what_if(scenario, Assumption::Crash, HALF * crash);
            }
            _ => {}
        }
        scenario.changed(|changed| self.apply(changed)).filter(|changed| changed != scenario)
    }

    fn apply(self, changed: &mut Scenario) -> Option<()> {
        match self {
            Self::OneMoreNode => add_node(changed)?,
            Self::NoNodeLoss => changed.cluster.loss = None,
            Self::NoClientLimits => {
                let none = Throttle { qps: 0.0, burst: 0 };
                (changed.control_plane.controller_qps, changed.control_plane.scheduler_qps) = (none, none);
            }
            Self::NoMinReady { .. } => changed.deployment.min_ready_seconds = 0,
            Self::LongerDeadline { to, .. } => changed.deployment.progress_deadline_seconds = Some(to),
            Self::Recreate => changed.deployment.strategy = Strategy::Recreate,
            Self::AllAtOnce { .. } | Self::OneUnavailable | Self::OneForOne => set_limits(changed, self),
            _ => changed.pods.iter_mut().skip(1).for_each(|model| change_pods(model, self)),
        }
        Some(())
    }
}

/// The scenario with an assumption at another level, as a search for what would change an answer makes it; `None` where that
/// changes nothing.
fn what_if(scenario: &Scenario, assumption: Assumption, level: f64) -> Option<Scenario> {
    changed(scenario, assumption, level).filter(|changed| changed != scenario)
}

fn for_part(part: Part, scenario: &Scenario) -> Vec<Remedy> {
    match part {
        Part::Node => vec![Remedy::OneMoreNode, Remedy::OneUnavailable],
        Part::OldPods => vec![Remedy::QuickEnd, Remedy::OneMoreNode],
        Part::Volumes => vec![Remedy::Recreate],
        Part::InitContainers => vec![Remedy::QuickInitContainers],
        Part::Pull => vec![Remedy::ImageThere, Remedy::QuickPulls],
        Part::Start => vec![Remedy::QuickStart],
        Part::WarmUp => vec![Remedy::QuickWarmUp],
        Part::Restart | Part::NotReady => vec![Remedy::FewerCrashes, Remedy::FewerNeverReady],
        Part::MinReady => vec![Remedy::NoMinReady { from: scenario.deployment.min_ready_seconds }],
        Part::Lost => vec![Remedy::NoNodeLoss],
        Part::Before => Vec::new(),
        Part::Controllers => vec![Remedy::NoClientLimits],
    }
}

fn for_cause(cause: StallCause, scenario: &Scenario) -> Vec<Remedy> {
    let probes = scenario.pods.last().map(|model| model.probes).unwrap_or_default();
    match cause {
        StallCause::Capacity => vec![Remedy::OneMoreNode, Remedy::OneUnavailable, Remedy::OneForOne],
        StallCause::Quota => {
            let larger = scenario.cluster.pod_quota.map(|from| {
                let to = from.max(scenario.target().desired.saturating_mul(2));
                Remedy::LargerQuota { from, to }
            });
            larger.into_iter().chain([Remedy::OneForOne]).collect()
        }
        StallCause::Volume => vec![Remedy::Recreate],
        StallCause::ImagePull => vec![Remedy::ImageThere, Remedy::FewerFailedPulls, Remedy::QuickPulls],
        StallCause::Crash => vec![Remedy::FewerCrashes],
        StallCause::StartupProbe => {
            let patient = probes.startup.map(|probe| Remedy::PatientStartupProbe { from: probe.failure_threshold });
            [Remedy::FewerNeverReady].into_iter().chain(patient).collect()
        }
        StallCause::LivenessProbe => {
            let patient = probes.liveness.map(|probe| Remedy::PatientLivenessProbe { from: probe.failure_threshold });
            [Remedy::FewerNeverReady, Remedy::QuickWarmUp].into_iter().chain(patient).collect()
        }
        StallCause::Readiness => vec![Remedy::FewerNeverReady, Remedy::QuickWarmUp],
        StallCause::NodeLoss => vec![Remedy::NoNodeLoss],
        StallCause::ControlPlane => vec![Remedy::NoClientLimits],
    }
}

/// The scenario of a DaemonSet whose nodes may all have a second pod at once.
fn second_pods(scenario: &Scenario) -> Option<Scenario> {
    let set = scenario.daemon_set()?;
    let (max_surge, max_unavailable) = (IntOrPercent::Percent(100), IntOrPercent::Int(0));
    let spec = DaemonSetSpec { max_surge, max_unavailable, ..set.spec };
    let changed = scenario.with_set(SetSpec::DaemonSet(DaemonSet { spec, ..*set }));
    (changed != *scenario).then_some(changed)
}

fn all_at_once(scenario: &Scenario) -> Option<Remedy> {
    if let Some(set) = scenario.daemon_set() {
        return Some(Remedy::AllAtOnce { from: set.spec.max_surge });
    }
    match scenario.deployment.strategy {
        Strategy::RollingUpdate { max_surge, .. } => Some(Remedy::AllAtOnce { from: max_surge }),
        Strategy::Recreate => None,
    }
}

fn set_limits(scenario: &mut Scenario, remedy: Remedy) {
    if let Strategy::RollingUpdate { max_surge, max_unavailable } = &mut scenario.deployment.strategy {
        match remedy {
            Remedy::AllAtOnce { .. } => *max_surge = IntOrPercent::Percent(100),
            Remedy::OneForOne => (*max_surge, *max_unavailable) = (IntOrPercent::Int(0), IntOrPercent::Int(1)),
            _ if matches!(max_unavailable, IntOrPercent::Int(0) | IntOrPercent::Percent(0)) => {
                *max_unavailable = IntOrPercent::Int(1);
            }
            _ => {}
        }
    }
}

fn change_pods(model: &mut PodModel, remedy: Remedy) {
    let patient = |probe: Probe| Probe { failure_threshold: probe.failure_threshold.saturating_mul(2), ..probe };
    match remedy {
        Remedy::ImageThere => model.cached = 1.0,
        Remedy::FewerFailedPulls => model.pull_failure /= 2.0,
        Remedy::QuickStart => model.start = model.start.scaled(HALF),
        Remedy::QuickWarmUp => model.warm_up = model.warm_up.scaled(HALF),
        Remedy::QuickInitContainers => model.init_containers.iter_mut().for_each(|one| one.scale(HALF)),
        Remedy::FewerNeverReady => {
            (model.never_ready, model.bad_version) = (model.never_ready / 2.0, model.bad_version / 2.0)
        }
        Remedy::PatientStartupProbe { .. } => model.probes.startup = model.probes.startup.map(patient),
        Remedy::PatientLivenessProbe { .. } => model.probes.liveness = model.probes.liveness.map(patient),
        _ => {}
    }
}

/// One more node, where nothing is known of single nodes that would have to be known of this one too.
fn add_node(scenario: &mut Scenario) -> Option<()> {
    let cluster = &mut scenario.cluster;
    let alike = scenario.pods.iter().all(|model| model.topology.is_none()) && cluster.autoscaler.is_none();
    let largest = cluster.nodes.iter().max_by_key(|node| node.slots).filter(|node| alike && node.slots > 0)?;
    let node = Node { ..*largest };
    cluster.nodes.push(node);
    if let Some(refusal) = cluster.explanation.full.last().copied() {
        cluster.explanation.full.push(refusal);
    }
    Some(())
}
