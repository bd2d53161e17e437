//! A snapshot of a simulated rollout, as `kubectl get` would show it at an instant: with stamps in whole seconds.

use rollcast::k8s::controller_revision::ControllerRevision;
use rollcast::k8s::daemon_set::DaemonSet;
use rollcast::k8s::fenceposts::max_replicas;
use rollcast::k8s::kubectl::{RolloutPhase, rollout_status};
use rollcast::k8s::objects::{
    ConditionStatus, Deployment, DeploymentSpec, DeploymentStatus, ProgressReason, ReplicaSetStatus, Template,
};
use rollcast::k8s::stateful_set::StatefulSet;
use rollcast::scenario::{
    Found, FoundDaemonSet, FoundDeployment, FoundPhase, FoundPlace, FoundPod, FoundProgressing, FoundReplicaSet,
    FoundStatefulSet, FoundWorkload, Membership, OLD_TEMPLATE, Scenario, Stamp, Start, Throttle, World,
};
use rollcast::sim::{Fact, NodeId, Observer, Simulator, Span};
use rollcast::time::{NANOS_PER_SECOND, SimDuration, SimTime};

#[derive(Clone, Copy, Debug, Default)]
struct Pod {
    owner: u16,
    template: Template,
    ordinal: Option<u32>,
    node: Option<NodeId>,
    created: Option<SimTime>,
    bound: Option<SimTime>,
    started: Option<SimTime>,
    ready: Option<SimTime>,
    lost_readiness: Option<SimTime>,
    exited: Option<SimTime>,
    told: Option<SimTime>,
    ran_when_told: bool,
    unschedulable: bool,
    restarts: u16,
    over: bool,
}

#[derive(Clone, Copy, Debug)]
struct Set {
    template: Template,
    created: SimTime,
    replicas: i32,
    generation: i64,
    status: ReplicaSetStatus,
}

/// Follows a rollout until an instant after its start.
pub(crate) struct Camera<'a> {
    scenario: &'a Scenario,
    after: SimDuration,
    taken_at: Option<SimTime>,
    pods: Vec<Pod>,
    sets: Vec<Set>,
    spec: DeploymentSpec,
    generation: i64,
    status: DeploymentStatus,
    found: u32,
    /// The rollout is complete.
    complete: bool,
    /// The StatefulSet that the world has instead of a Deployment.
    stateful_set: Option<StatefulSet>,
    /// The DaemonSet, whose pods have their nodes in place of ordinals.
    daemon_set: Option<DaemonSet>,
}

impl<'a> Camera<'a> {
    /// One for a steady Deployment, that takes its picture so long after the start.
    pub(crate) fn new(scenario: &'a Scenario, after: SimDuration) -> Self {
        let replicas = scenario.found_replicas();
        let spec = DeploymentSpec { template: OLD_TEMPLATE, replicas, ..scenario.deployment };
        let status = ReplicaSetStatus {
            observed_generation: 1,
            replicas,
            ready_replicas: replicas,
            available_replicas: replicas,
            terminating_replicas: 0,
            replica_failure: false,
        };
        Self {
            scenario,
            after,
            taken_at: None,
            pods: Vec::new(),
            sets: vec![Set { template: OLD_TEMPLATE, created: SimTime::ZERO, replicas, generation: 1, status }],
            spec,
            generation: 1,
            status: DeploymentStatus {
                observed_generation: 1,
                replicas,
                updated_replicas: replicas,
                ready_replicas: replicas,
                available_replicas: replicas,
                available: Some(true),
                revision: 1,
                ..DeploymentStatus::default()
            },
            found: 0,
            complete: false,
            stateful_set: scenario.stateful_set().map(|set| StatefulSet::complete(&set.spec, OLD_TEMPLATE)),
            daemon_set: scenario.daemon_set().map(|set| DaemonSet::complete(&set.spec, OLD_TEMPLATE, set.nodes)),
        }
    }

    /// The instant of the picture.
    pub(crate) fn taken_at(&self) -> SimTime {
        self.taken_at.expect("the run has begun")
    }

    /// The picture.
    pub(crate) fn found(&self) -> Found {
        let at = self.taken_at();
        let pods = self.pods.iter().filter(|pod| !pod.over).map(|pod| self.pod(pod, at)).collect();
        let workload = match (&self.stateful_set, &self.daemon_set) {
            (None, None) => FoundWorkload::deployment(self.deployment(at), pods),
            (Some(set), _) => FoundWorkload::stateful_set(found_set(set), pods),
            (None, Some(set)) => {
                let is_new = |pod: &&Pod| !pod.over && pod.template != OLD_TEMPLATE;
                let new = self.pods.iter().find(is_new).map(|pod| pod.template);
                let mut found = FoundDaemonSet::new(set.spec, set.status, revisions(new));
                found.generation = set.generation;
                FoundWorkload::daemon_set(found, pods)
            }
        };
        let mut found = Found::of(workload);
        found.within_second = Some((at.as_nanos() % NANOS_PER_SECOND) as u32);
        found
    }

    fn deployment(&self, at: SimTime) -> FoundDeployment {
        let second = |whole: u64| whole as i64 - at.whole_seconds() as i64;
        let sets = self.sets.iter().enumerate().map(|(number, set)| {
            let mut found = FoundReplicaSet::new(set.template, set.replicas);
            found.created = second(set.created.whole_seconds());
            found.generation = set.generation;
            found.min_ready_seconds = self.spec.min_ready_seconds;
            found.revision = number as i64 + 1;
            found.desired_replicas = Some(self.spec.replicas);
            found.max_replicas = Some(max_replicas(&self.spec));
            found.status = set.status;
            found
        });
        let mut found = FoundDeployment::new(self.spec, sets.collect());
        found.generation = self.generation;
        found.status = DeploymentStatus { progressing: None, ..self.status };
        found.progressing = match self.status.progressing {
            Some(progressing) => Some(FoundProgressing {
                status: progressing.status,
                reason: progressing.reason,
                last_update: second(progressing.last_update),
                last_transition: second(progressing.last_transition),
            }),
            None => self.spec.progress_deadline_seconds.map(|_| FoundProgressing {
                status: ConditionStatus::True,
                reason: ProgressReason::NewReplicaSetAvailable,
                last_update: -86_400,
                last_transition: -86_400,
            }),
        };
        found
    }

    fn pod(&self, pod: &Pod, at: SimTime) -> FoundPod {
        let stamp = |instant: SimTime| Stamp::whole(instant.whole_seconds() as i64 - at.whole_seconds() as i64);
        let long_ago = Stamp::whole(-86_400);
        let of = |instant: Option<SimTime>| instant.map_or(long_ago, stamp);
        let place = match (pod.ordinal, pod.template) {
            (None, _) => FoundPlace::ReplicaSet(pod.owner),
            (Some(node), template) if self.daemon_set.is_some() => FoundPlace::Node { node, template },
            (Some(ordinal), template) => FoundPlace::Ordinal { ordinal, template },
        };
        let mut found = FoundPod::new(place, of(pod.created));
        found.node = pod.node;
        found.restarts = pod.restarts;
        found.phase = if let Some(told) = pod.told {
            let grace = self.scenario.pods[usize::from(pod.template)].grace;
            FoundPhase::Terminating { told: stamp(told), grace, ran: pod.ran_when_told }
        } else if pod.node.is_none() {
            FoundPhase::Unscheduled { unschedulable: pod.unschedulable }
        } else if let Some(exited) = pod.exited {
            FoundPhase::BackingOff { exited: stamp(exited), killed_by: None }
        } else if let Some(since) = pod.lost_readiness {
            FoundPhase::NotReady { started: of(pod.started), since: stamp(since) }
        } else if pod.ready.is_some() {
            FoundPhase::Ready {
                started: of(pod.started.filter(|at| *at != SimTime::ZERO)),
                since: of(pod.ready.filter(|at| *at != SimTime::ZERO)),
            }
        } else if pod.started.is_some() {
            FoundPhase::Warming { started: of(pod.started) }
        } else {
            FoundPhase::Starting { bound: of(pod.bound) }
        };
        found
    }

    fn pod_of(&mut self, pod: u32) -> &mut Pod {
        &mut self.pods[pod as usize]
    }
}

impl Observer for Camera<'_> {
    const DETAIL: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        if matches!(fact, Fact::Target { .. }) && self.taken_at.is_none() {
            self.taken_at = Some(at + self.after);
        }
        if self.taken_at.is_some_and(|taken| at > taken) {
            return;
        }
        match fact {
            Fact::DeploymentSpec { spec, .. } => {
                self.generation += i64::from(spec != self.spec);
                self.spec = spec;
            }
            Fact::DeploymentStatus { status, .. } => {
                self.status = status;
                let deployment =
                    Deployment { generation: self.generation, resource_version: 1, spec: self.spec, status };
                self.complete = rollout_status(&deployment) == RolloutPhase::Done;
            }
            Fact::StatefulSetSpec { spec, .. } => {
                if let Some(set) = &mut self.stateful_set {
                    set.generation += i64::from(spec != set.spec);
                    set.spec = spec;
                }
            }
            Fact::StatefulSetStatus { status, .. } => {
                if let Some(set) = &mut self.stateful_set {
                    set.status = status;
                }
            }
            Fact::DaemonSetSpec { spec, .. } => {
                if let Some(set) = &mut self.daemon_set {
                    set.generation += i64::from(spec != set.spec);
                    set.spec = spec;
                }
            }
            Fact::DaemonSetStatus { status, .. } => {
                if let Some(set) = &mut self.daemon_set {
                    set.status = status;
                }
            }
            Fact::ReplicaSetCreated { template, replicas, .. } => self.sets.push(Set {
                template,
                created: at,
                replicas,
                generation: 1,
                status: ReplicaSetStatus::default(),
            }),
            Fact::ReplicaSetScaled { id, to, .. } => {
                let set = &mut self.sets[usize::from(id)];
                set.replicas = to;
                set.generation += 1;
            }
            Fact::ReplicaSetStatus { id, status } => self.sets[usize::from(id)].status = status,
            Fact::PodFound { pod, node } => {
                assert_eq!(pod, self.found);
                self.found += 1;
                let long_ago = Some(SimTime::ZERO);
                let ordinal = self.stateful_set.map(|set| set.spec.start_ordinal as u32 + pod);
                let ordinal = ordinal.or(self.daemon_set.map(|_| node));
                self.pods.push(Pod { ordinal, node: Some(node), started: long_ago, ready: long_ago, ..Pod::default() });
            }
            Fact::PodCreated { pod, owner, template, ordinal, .. } => {
                assert_eq!(pod as usize, self.pods.len());
                self.pods.push(Pod { owner, template, ordinal, created: Some(at), ..Pod::default() });
            }
            Fact::PodUnschedulable { pod, .. } => self.pod_of(pod).unschedulable = true,
            Fact::PodScheduled { pod, node } => {
                let pod = self.pod_of(pod);
                (pod.node, pod.bound) = (Some(node), Some(at));
            }
            Fact::ContainersStarted(pod) => {
                let pod = self.pod_of(pod);
                (pod.started, pod.exited) = (Some(at), None);
            }
            Fact::ContainerExited { pod, .. } => {
                let pod = self.pod_of(pod);
                (pod.exited, pod.ready, pod.lost_readiness) = (Some(at), None, None);
            }
            Fact::ContainerRestarted(pod) => self.pod_of(pod).restarts += 1,
            Fact::PodReady(pod) => {
                let pod = self.pod_of(pod);
                (pod.ready, pod.lost_readiness) = (Some(at), None);
            }
            Fact::PodNotReady { pod, .. } => {
                let pod = self.pod_of(pod);
                pod.lost_readiness = pod.ready.map(|_| at);
            }
            Fact::PodTerminating { pod, .. } => {
                let pod = self.pod_of(pod);
                (pod.told, pod.ran_when_told) = (Some(at), pod.started.is_some() && pod.exited.is_none());
            }
            Fact::PodFailed { pod, .. } | Fact::PodGone(pod) => self.pod_of(pod).over = true,
            _ => {}
        }
    }
}

/// The template that is rolled out has a revision as soon as the status names it.
fn found_set(set: &StatefulSet) -> FoundStatefulSet {
    let new = set.status.update_revision.filter(|template| *template != OLD_TEMPLATE);
    let mut found = FoundStatefulSet::new(set.spec, set.status, revisions(new));
    found.generation = set.generation;
    found
}

/// The revision of the old template, and that of the new one where there is one.
fn revisions(new: Option<Template>) -> Vec<ControllerRevision> {
    let old = ControllerRevision { template: OLD_TEMPLATE, number: 1 };
    [old].into_iter().chain(new.map(|template| ControllerRevision { template, number: 2 })).collect()
}

/// The same for one workload of a world.
pub(crate) fn from_member(scenario: &Scenario, found: Found) -> Scenario {
    let own = scenario.world.as_ref().expect("a world");
    let mut world = World::clone(&own.world);
    world.shared = from(&world.shared, found);
    let mut member = scenario.clone();
    member.world = Some(Membership { world: world.into(), workload: own.workload });
    member
}

/// A picture of one replication, and the run that was photographed; `None` where its rollout was over by then.
pub(crate) fn photograph(
    simulator: &mut Simulator,
    scenario: &Scenario,
    replication: u32,
    after: SimDuration,
) -> Option<(Found, SimTime, Span)> {
    let mut camera = Camera::new(scenario, after);
    let span = simulator.run(scenario, replication, &mut camera);
    if span.end.is_some_and(|end| end <= camera.taken_at()) {
        return None;
    }
    Some((camera.found(), camera.taken_at(), span))
}

/// The scenario that goes on from a picture.
pub(crate) fn from(scenario: &Scenario, found: Found) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.start = Start::Found(found.into());
    // Worlds of tests have clients without limits, which no experiment has.
    let mut checked = scenario.clone();
    let limit = Throttle { qps: 1e6, burst: 1 };
    (checked.control_plane.controller_qps, checked.control_plane.scheduler_qps) = (limit, limit);
    checked.check().expect("a picture has a meaning");
    scenario
}
