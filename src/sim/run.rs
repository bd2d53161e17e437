//! One run: its state, how it starts, and which event goes to whom.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::engine::Agenda;
use crate::k8s::objects::{
    ConditionStatus, Deployment, DeploymentSpec, DeploymentStatus, ProgressReason, Progressing, ReplicaSet,
    ReplicaSetId, ReplicaSetStatus, Template,
};
use crate::random::{Draws, Purpose};
use crate::scenario::{NEW_TEMPLATE, OLD_TEMPLATE, Scenario};
use crate::sim::autoscaler::Autoscaler;
use crate::sim::deployment_controller::DeploymentController;
use crate::sim::endpoints::Endpoints;
use crate::sim::event::Event;
use crate::sim::horizontal::HorizontalAutoscaler;
use crate::sim::nodes::Nodes;
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::outage::Outages;
use crate::sim::placement::Search;
use crate::sim::pods::Pod;
use crate::sim::preemption::LowerPriority;
use crate::sim::replica_set_controller::ReplicaSetController;
use crate::sim::scheduler::Scheduler;
use crate::sim::zones::Zones;
use crate::time::{SimDuration, SimTime};

/// The rollout starts this long after the simulation's epoch, so that older things have times too.
const BEFORE_START: SimTime = SimTime::from_secs(2 * 86_400);
/// How old the pods are that a rollout finds: far from a change of their age's power of two, for any horizon to come.
const AGE_AT_START: SimDuration = SimDuration::from_secs(86_400);

/// After so many events a run looks whether it is to stop: far less than a tenth of a second.
const EVENTS_BETWEEN_LOOKS: u32 = 4096;

/// Everything that changes in a run. Reused from run to run, so that nothing is allocated once it has grown.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) agenda: Agenda<Event>,
    pub(super) start: SimTime,
    /// The Deployment as the API server has it.
    pub(super) deployment: Option<Deployment>,
    /// The ReplicaSets as the API server has them, oldest first.
    pub(super) replica_sets: Vec<ReplicaSet>,
    pub(super) resource_version: u64,
    pub(super) next_replica_set: ReplicaSetId,
    pub(super) deployments: DeploymentController,
    pub(super) sets: ReplicaSetController,
    pub(super) scheduler: Scheduler,
    pub(super) pods: Vec<Pod>,
    /// Pods created so far, by template.
    pub(super) pods_of: Vec<u32>,
    pub(super) nodes: Nodes,
    pub(super) search: Search,
    pub(super) zones: Zones,
    pub(super) lower_priority: LowerPriority,
    pub(super) autoscaler: Autoscaler,
    pub(super) endpoints: Endpoints,
    pub(super) horizontal: HorizontalAutoscaler,
    /// API requests and watch deliveries so far: their addresses for random numbers.
    pub(super) requests: u64,
    pub(super) deliveries: u64,
    /// ResourceQuota on pods.
    pub(super) quota: Option<u32>,
    pub(super) outages: Outages,
    pub(super) stalled: bool,
    pub(super) done: bool,
    /// The automatic undo has been made.
    pub(super) rolled_back: bool,
    pub(super) objective: Objective,
}

/// What a pipeline sees that holds availability against its objective.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Objective {
    pub(super) available: u32,
    /// Availability is below the objective.
    pub(super) short: bool,
    /// How often that has changed.
    pub(super) changes: u32,
}

/// A run in progress.
pub(super) struct Run<'a, O> {
    pub(super) scenario: &'a Scenario,
    pub(super) state: &'a mut State,
    pub(super) draws: &'a mut Draws,
    pub(super) observer: &'a mut O,
    /// Where the run goes on after the rollout's end until its pods are drained: those before this one are.
    pub(super) drain: Option<PodId>,
}

impl<O: Observer> Run<'_, O> {
    pub(super) fn now(&self) -> SimTime {
        self.state.agenda.now()
    }

    /// Inlined, so that a fact of which the observer makes nothing is not even put together.
    #[inline(always)]
    pub(super) fn tell(&mut self, fact: Fact) {
        let now = self.now();
        self.observer.fact(now, fact);
        if let Some(more) = fact.more_available()
            && let Some(patience) = self.scenario.rollback.after_breach
        {
            self.watch_objective(more, patience);
        }
    }

    #[inline(always)]
    pub(super) fn schedule(&mut self, at: SimTime, event: Event) {
        self.state.agenda.schedule(at, event);
    }

    pub(super) fn next_version(&mut self) -> u64 {
        self.state.resource_version += 1;
        self.state.resource_version
    }

    pub(super) fn deployment(&mut self) -> &mut Deployment {
        self.state.deployment.get_or_insert_with(|| steady_deployment(&self.scenario.deployment, SimTime::ZERO))
    }

    /// How long the next API request takes.
    pub(super) fn api_latency(&mut self) -> SimDuration {
        self.state.requests += 1;
        let latency = &self.scenario.control_plane.api_latency;
        self.draws.duration(latency, 0, Purpose::Api, self.state.requests) + self.state.outages.api_delay(self.now())
    }

    /// How long the next watch delivery takes.
    pub(super) fn watch_latency(&mut self) -> SimDuration {
        self.state.deliveries += 1;
        let latency = &self.scenario.control_plane.watch_latency;
        self.draws.duration(latency, 0, Purpose::Watch, self.state.deliveries)
    }

    /// The ReplicaSet as the API server has it.
    pub(super) fn replica_set(&mut self, id: ReplicaSetId) -> Option<&mut ReplicaSet> {
        self.state.replica_sets.iter_mut().find(|set| set.id == id)
    }

    /// Puts the Deployment in the steady state before the rollout, then changes its template. Where there is a script the
    /// run starts from nothing instead, on a whole second.
    pub(super) fn start(&mut self) {
        let scenario = self.scenario;
        if scenario.script.is_some() {
            self.reset(BEFORE_START);
        } else {
            let phase = self.draws.bits(OLD_TEMPLATE, Purpose::ClockPhase, 0) % crate::time::NANOS_PER_SECOND;
            self.reset(BEFORE_START + SimDuration::from_nanos(phase));
            self.start_steady();
            self.schedule_node_losses();
            self.schedule_upgrade();
            self.start_endpoints();
            self.start_horizontal_autoscaler();
            self.change_spec(|spec| spec.template = NEW_TEMPLATE);
            if let Some(delay) = scenario.rollback.after {
                self.schedule(self.state.start + delay, Event::Undo { template: NEW_TEMPLATE });
            }
        }
        for (number, step) in scenario.timeline.iter().enumerate() {
            self.schedule(self.state.start + step.at, Event::Step(number as u16));
        }
    }

    /// A world without Deployment and pods.
    fn reset(&mut self, start: SimTime) {
        let scenario = self.scenario;
        let state = &mut *self.state;
        state.agenda.reset(start);
        state.start = start;
        state.nodes.reset(&scenario.cluster, &scenario.pods);
        state.search.reset(scenario.cluster.nodes.len());
        state.zones.reset(&scenario.cluster, scenario.control_plane.node_eviction_rate);
        state.lower_priority.reset();
        state.autoscaler.reset();
        state.endpoints.reset();
        state.horizontal.reset();
        state.scheduler.reset(&scenario.control_plane);
        state.pods.clear();
        state.pods_of.clear();
        state.pods_of.resize(scenario.pods.len(), 0);
        state.resource_version = 1;
        state.next_replica_set = 0;
        state.requests = 0;
        state.deliveries = 0;
        state.quota = scenario.cluster.pod_quota;
        state.outages = Outages::default();
        state.stalled = false;
        state.done = false;
        state.rolled_back = false;
        state.objective = Objective::default();
        state.deployment = None;
        state.replica_sets.clear();
        state.deployments.reset(&scenario.control_plane);
        state.sets.reset(&scenario.control_plane);
    }

    /// The old version, complete for long.
    fn start_steady(&mut self) {
        let scenario = self.scenario;
        let state = &mut *self.state;
        let born = BEFORE_START.since(SimTime::ZERO + AGE_AT_START);
        let deployment = steady_deployment(&scenario.deployment, SimTime::ZERO + born);
        let set = steady_replica_set(&deployment.spec, SimTime::ZERO + born);
        state.deployment = Some(deployment);
        state.replica_sets.push(set);
        state.deployments.adopt(deployment, set);
        state.sets.adopt(set);
        state.next_replica_set = 1;
        self.start_old_pods(SimTime::ZERO + born);
        self.start_lower_priority();
    }

    fn start_old_pods(&mut self, born: SimTime) {
        let replicas = self.scenario.deployment.replicas.max(0) as u32;
        for number in 0..replicas {
            let uid = self.draws.bits(OLD_TEMPLATE, Purpose::Uid, u64::from(number));
            let mut pod = Pod::new(0, OLD_TEMPLATE, number, uid, born);
            // Where the cluster is too small for them the rest stand somewhere else, on a node of their own.
            let State { nodes, search, .. } = &mut *self.state;
            let within = search.place_old(nodes, OLD_TEMPLATE, &self.scenario.pods[usize::from(OLD_TEMPLATE)]);
            let node = within.or_else(|| nodes.place()).unwrap_or_default();
            pod.node = node;
            pod.bound = true;
            pod.pulled_at = born;
            pod.started_at = born;
            pod.ready_at = born;
            (pod.ready, pod.available, pod.seen_ready, pod.seen_available) = (true, true, true, true);
            self.state.nodes.occupy(node, OLD_TEMPLATE);
            self.state.nodes.states[node as usize].ready += 1;
            self.state.pods.push(pod);
        }
        self.state.objective = Objective { available: replicas, ..Objective::default() };
        self.state.pods_of[usize::from(OLD_TEMPLATE)] = replicas;
        self.state.sets.start_with(0, replicas);
    }

    /// Changes the Deployment's spec as the API server does: generation and resource version grow, watchers are told.
    pub(super) fn change_spec(&mut self, change: impl FnOnce(&mut DeploymentSpec)) {
        let version = self.next_version();
        let deployment = self.deployment();
        let mut spec = deployment.spec;
        change(&mut spec);
        if spec == deployment.spec {
            return;
        }
        deployment.spec = spec;
        deployment.generation += 1;
        deployment.resource_version = version;
        self.tell(Fact::DeploymentSpec(spec));
        self.send_deployment();
    }

    /// Runs until the rollout ends or the horizon is reached, and then until all who send requests know what the rollout
    /// did and its pods are warm; gives the time the rollout ended at, if it did, and whether `stop` cut it short.
    pub(super) fn run(&mut self, stop: &AtomicBool) -> (Option<SimTime>, bool) {
        let horizon = self.state.start + self.scenario.horizon;
        let mut end = None;
        while !stop.load(Ordering::Relaxed) {
            for _ in 0..EVENTS_BETWEEN_LOOKS {
                let Some(event) = self.state.agenda.pop_until(horizon) else { return (end, false) };
                if !self.put_off(event) {
                    self.handle(event);
                }
                if self.state.done && !self.goes_on(&mut end) {
                    return (end, false);
                }
            }
        }
        (end, true)
    }

    /// Whether the rollout, which is done, has left something to be followed. By then no outage stops anything.
    #[cold]
    fn goes_on(&mut self, end: &mut Option<SimTime>) -> bool {
        self.state.outages.let_work();
        if end.is_none() {
            *end = Some(self.now());
            if self.scenario.traffic.is_some() {
                self.wait_for_endpoints();
            } else if self.drain.is_some() {
                self.tell(Fact::RolloutOver);
            }
        }
        let unsettled = self.scenario.traffic.is_some() && !self.state.endpoints.settled();
        unsettled || self.is_draining()
    }

    /// Whether the run is to go on because of a pod that the rollout told to go and that is not gone.
    fn is_draining(&mut self) -> bool {
        let Some(drained) = self.drain else { return false };
        let template = self.deployment().spec.template;
        let pods = self.state.pods.iter().enumerate().skip(drained as usize);
        let waits = |pod: &Pod| !pod.gone && (pod.terminating || pod.template != template);
        let next = pods.filter(|(_, pod)| waits(pod)).map(|(id, _)| id as PodId).next();
        self.drain = Some(next.unwrap_or(drained));
        next.is_some()
    }

    #[inline(always)]
    fn handle(&mut self, event: Event) {
        match event {
            Event::Step(number) => self.step(number),
            Event::Undo { template } => self.automatic_undo(template),
            Event::Breached { changes } => self.breached(changes),
            Event::DeploymentWatch => self.deployment_watch(),
            Event::DeploymentTimer => self.deployment_timer(),
            Event::DeploymentWrite => self.deployment_write(),
            Event::ReplicaSetWatch => self.replica_set_watch(),
            Event::PodWatch => self.pod_watch(),
            Event::CreatePods { id, count } => self.create_pods(id, count),
            Event::DeletePods { id, count } => self.delete_pods(id, count),
            Event::ReplicaSetRetry { id } => self.retry_set(id),
            Event::ReplicaSetStatus { id } => self.replica_set_status(id),
            Event::SchedulerWatch { count } => self.scheduler_watch(count),
            Event::Scheduled => self.scheduled(),
            Event::Bound { pod, epoch } => self.bound(pod, epoch),
            Event::Detail { pod, epoch, what } => self.detail(pod, epoch, what),
            Event::Pod { pod, epoch } => self.pod_step(pod, epoch),
            Event::PodAvailable { pod } => self.pods_available(pod),
            Event::PodGone { pod } => self.pod_gone(pod),
            Event::NodeLost { node } => self.node_loss_due(node),
            Event::ZoneLost { zone } => self.zone_lost(zone),
            Event::NodeUnreachable { node } => self.node_unreachable(node),
            Event::NodeTainted { zone } => self.node_tainted(zone),
            Event::NodeEvicted { node } => self.node_evicted(node),
            Event::NodeBack { node } => self.node_back(node),
            Event::Scan => self.scan(),
            Event::NodeAdded { node } => self.node_added(node),
            Event::VictimGone { node } => self.victim_gone(node),
            Event::Drain { node } => self.drain(node),
            Event::Upgraded { node } => self.upgraded(node),
            Event::Notice { node } => self.notice(node),
            Event::Endpoint { pod, listed } => self.endpoint_known(pod, listed),
            Event::Silent { pod } => self.pod_falls_silent(pod),
            Event::Warm => self.one_less_open(),
            Event::Scrape => self.scrape(),
            Event::AutoscalerSync => self.autoscaler_sync(),
        }
    }
}

/// A Deployment whose old template has been complete for long.
fn steady_deployment(spec: &DeploymentSpec, born: SimTime) -> Deployment {
    let progressing = spec.progress_deadline_seconds.map(|_| Progressing {
        status: ConditionStatus::True,
        reason: ProgressReason::NewReplicaSetAvailable,
        last_update: born.whole_seconds(),
        last_transition: born.whole_seconds(),
    });
    let status = DeploymentStatus {
        observed_generation: 1,
        replicas: spec.replicas,
        updated_replicas: spec.replicas,
        ready_replicas: spec.replicas,
        available_replicas: spec.replicas,
        unavailable_replicas: 0,
        terminating_replicas: 0,
        available: Some(true),
        progressing,
        replica_failure: false,
        revision: 1,
    };
    Deployment { generation: 1, resource_version: 1, spec: DeploymentSpec { template: OLD_TEMPLATE, ..*spec }, status }
}

fn steady_replica_set(spec: &DeploymentSpec, born: SimTime) -> ReplicaSet {
    let template: Template = OLD_TEMPLATE;
    ReplicaSet {
        id: 0,
        template,
        created: born.whole_seconds(),
        generation: 1,
        resource_version: 1,
        deleting: false,
        replicas: spec.replicas,
        min_ready_seconds: spec.min_ready_seconds,
        revision: 1,
        desired_replicas: Some(spec.replicas),
        max_replicas: Some(crate::k8s::fenceposts::max_replicas(spec)),
        replicas_before_scale: None,
        status: ReplicaSetStatus {
            observed_generation: 1,
            replicas: spec.replicas,
            ready_replicas: spec.replicas,
            available_replicas: spec.replicas,
            terminating_replicas: 0,
            replica_failure: false,
        },
    }
}
