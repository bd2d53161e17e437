//! One replication: how a run starts, when it ends, and which event goes to which actor.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::k8s::objects::DeploymentSpec;
use crate::random::Purpose;
use crate::scenario::{NEW_TEMPLATE, OLD_TEMPLATE, SUBJECT, Start};
use crate::sim::actors::{
    cluster_autoscaler, deployment_controller, drain, endpoints, final_placement, horizontal_autoscaler, kubelet,
    leader, measured_event, node_lifecycle, node_loss, node_removal, outages, past_scheduler, pipeline, pod_lifecycle,
    preemption, replica_set_controller, scale_down, schedule_one, scheduler, timeline, volume_binding,
    waiting_for_volumes,
};
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::sim::state::pods::Pod;
use crate::sim::state::steady::{steady_deployment, steady_replica_set};
use crate::sim::state::{Available, State};
use crate::time::{SimDuration, SimTime};

/// The rollout starts this long after the simulation's epoch, so that older objects have times too.
const BEFORE_START: SimTime = SimTime::from_secs(2 * 86_400);

/// How old the pods are that a rollout finds: far from a change of their age's power of two, for any horizon to come.
const AGE_AT_START: SimDuration = SimDuration::from_secs(86_400);

/// A run checks whether it was interrupted after this many events, which take far less than a tenth of a second: reading the
/// flag before each event would be felt.
const EVENTS_BETWEEN_LOOKS: u32 = 4096;

/// Puts the Deployment into the steady state before the rollout and changes its template. A run that starts from nothing
/// starts without Deployment instead, on a whole second.
pub(crate) fn start<O: Observer>(run: &mut Run<'_, O>) {
    let scenario = run.scenario;
    if scenario.start == Start::Nothing {
        run.state.reset(scenario, BEFORE_START);
    } else {
        let phase = run.draws.bits(OLD_TEMPLATE, Purpose::ClockPhase, 0) % crate::time::NANOS_PER_SECOND;
        run.state.reset(scenario, BEFORE_START + SimDuration::from_nanos(phase));
        start_steady(run);
        node_loss::schedule_all(run);
        drain::schedule_upgrade(run);
        scale_down::start(run);
        endpoints::start(run);
        horizontal_autoscaler::start(run);
        measured_event::begin(run);
        if let Some(delay) = scenario.rollback.after {
            run.schedule(run.state.start + delay, Event::Undo { template: NEW_TEMPLATE });
        }
    }
    for (number, step) in scenario.timeline.iter().enumerate() {
        run.schedule(run.state.start + step.at, Event::Step(number as u16));
    }
}

/// The old version has been complete for a long time.
fn start_steady<O: Observer>(run: &mut Run<'_, O>) {
    let scenario = run.scenario;
    let state = &mut *run.state;
    let born = BEFORE_START.since(SimTime::ZERO + AGE_AT_START);
    let spec = DeploymentSpec { replicas: scenario.found_replicas(), ..scenario.deployment };
    let deployment = steady_deployment(&spec, SimTime::ZERO + born);
    let set = steady_replica_set(&deployment.spec, SimTime::ZERO + born);
    state.deployment = Some(deployment);
    state.replica_sets.push(set);
    state.deployments.adopt(deployment, set);
    state.sets.adopt(set);
    state.next_replica_set = 1;
    start_old_pods(run, SimTime::ZERO + born);
    leader::start(run);
    preemption::start(run);
}

fn start_old_pods<O: Observer>(run: &mut Run<'_, O>, born: SimTime) {
    let replicas = run.scenario.found_replicas().max(0) as u32;
    if run.state.pods.is_empty() {
        for number in 0..replicas {
            place_old_pod(run, number, born);
        }
        let State { kept_start, nodes, search, pods, .. } = &mut *run.state;
        // Where the nodes were searched in part, the next search goes on from there, and that is not kept.
        if replicas > 0 && search.begins_at_first_node() {
            kept_start.keep(run.scenario, nodes, pods);
        }
    }
    for number in 0..replicas {
        run.state.pods[number as usize].uid = run.draws.bits(OLD_TEMPLATE, Purpose::Uid, u64::from(number));
        if O::DETAIL {
            run.emit(Fact::PodFound { pod: number, node: run.state.pods[number as usize].node });
        }
    }
    run.state.available = Available { count: replicas, ..Available::default() };
    run.state.pods_of[usize::from(OLD_TEMPLATE)] = replicas;
    run.state.sets.start_with(0, replicas);
}

fn place_old_pod<O: Observer>(run: &mut Run<'_, O>, number: u32, born: SimTime) {
    let mut pod = Pod::new(0, OLD_TEMPLATE, number, 0, born);
    // If the constraints leave no node, the least loaded node with room takes the pod; if none has room, the first one.
    let model = &run.scenario.pods[usize::from(OLD_TEMPLATE)];
    let found_on = run.scenario.cluster.found_on.get(number as usize).copied();
    let node = if !model.volumes.is_empty() {
        volume_binding::place_old(run, found_on)
    } else if let Some(node) = found_on {
        node
    } else {
        let State { nodes, search, .. } = &mut *run.state;
        search.place_old(nodes, OLD_TEMPLATE, model).or_else(|| nodes.place()).unwrap_or_default()
    };
    pod.node = node;
    pod.bound = true;
    pod.pulled_at = born;
    pod.started_at = born;
    pod.ready_at = born;
    (pod.ready, pod.available, pod.seen_ready, pod.seen_available) = (true, true, true, true);
    run.state.nodes.occupy(node, OLD_TEMPLATE);
    run.state.nodes.states[node as usize].ready += 1;
    run.state.pods.push(pod);
}

/// How far a run has come.
#[derive(Debug)]
pub(crate) struct Course {
    /// When what is measured was over.
    pub(crate) end: Option<SimTime>,
    /// No event after this is handled.
    pub(crate) last: SimTime,
    /// Until then the run is followed after the end.
    window: SimTime,
    /// Nothing was left to be followed before that.
    pub(crate) complete: bool,
    /// It was interrupted.
    pub(crate) stopped: bool,
    /// After the end, in a run that is followed: all who send requests know what happened.
    settled: bool,
}

/// Runs until what is measured is over or the horizon is reached, and after the end until all who send requests know what
/// happened and the pods are warm, and for as long as the scenario asks.
pub(crate) fn run_events<O: Observer>(run: &mut Run<'_, O>, stop: &AtomicBool) -> Course {
    let last = run.state.start + run.scenario.horizon;
    let mut course = Course { end: None, last, window: last, complete: false, stopped: false, settled: false };
    loop {
        let goes_on = match handle_events(run, course.last, stop) {
            Pause::NoEvent => waits_for_requests(run, &mut course),
            Pause::Done => {
                course.complete = !continues_after_end(run, &mut course);
                !course.complete
            }
            Pause::Stopped => {
                course.stopped = true;
                false
            }
        };
        if !goes_on {
            return course;
        }
    }
}

/// Why the handling of events pauses.
enum Pause {
    /// No event is left until the last instant.
    NoEvent,
    /// What is measured is over.
    Done,
    /// The run was interrupted.
    Stopped,
}

/// Handles events. This loop is kept apart from what is seldom: whatever else it had to remember would be written to memory and
/// read again at every event.
#[inline(never)]
fn handle_events<O: Observer>(run: &mut Run<'_, O>, last: SimTime, stop: &AtomicBool) -> Pause {
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..EVENTS_BETWEEN_LOOKS {
            let Some(event) = run.state.agenda.pop_until(last) else { return Pause::NoEvent };
            if !outages::put_off(run, event) {
                handle(run, event);
            }
            if run.state.done {
                return Pause::Done;
            }
        }
    }
    Pause::Stopped
}

/// Whether the run goes on although it has been followed for as long as was asked, because of requests.
#[cold]
fn waits_for_requests<O: Observer>(run: &mut Run<'_, O>, course: &mut Course) -> bool {
    let horizon = run.state.start + run.scenario.horizon;
    let waits = course.end.is_some() && run.scenario.traffic.is_some() && !course.settled && course.last < horizon;
    if waits {
        course.last = horizon;
    }
    waits
}

/// Whether the run continues although what is measured is over: because of pods or of requests, or because it is to be followed.
/// If it is not, no outage stops any actor from then on.
#[cold]
fn continues_after_end<O: Observer>(run: &mut Run<'_, O>, course: &mut Course) -> bool {
    let observes = run.scenario.observes();
    if !run.is_watching() {
        run.state.outages.end_all_stops();
    }
    if course.end.is_none() {
        let now = run.now();
        course.end = Some(now);
        final_placement::report(run, now);
        if run.scenario.traffic.is_some() {
            endpoints::wait_until_settled(run);
        } else if run.drain.is_some() || observes {
            run.emit(Fact::RolloutOver(SUBJECT));
        }
        if observes {
            course.window = measured_event::observe(run);
            course.last = course.window;
        }
    }
    let unsettled = run.scenario.traffic.is_some() && !run.state.endpoints.settled();
    if observes && !unsettled && !course.settled {
        course.settled = true;
        run.state.followed = true;
        run.state.outages.resume_stops();
        if run.scenario.traffic.is_some() {
            run.emit(Fact::RequestsSettled(SUBJECT));
        }
        deployment_controller::resume(run);
    }
    let in_window = observes && run.now() <= course.window && measured_event::is_observed(run);
    unsettled || is_draining(run) || in_window
}

/// Whether the run continues because a pod that the rollout has deleted is not gone yet.
fn is_draining<O: Observer>(run: &mut Run<'_, O>) -> bool {
    let Some(drained) = run.drain else { return false };
    let template = run.deployment().spec.template;
    let pods = run.state.pods.iter().enumerate().skip(drained as usize);
    let waits = |pod: &Pod| !pod.gone && (pod.terminating || pod.template != template);
    let next = pods.filter(|(_, pod)| waits(pod)).map(|(id, _)| id as PodId).next();
    run.drain = Some(next.unwrap_or(drained));
    next.is_some()
}

/// Every event goes to the one actor that handles it.
#[inline(always)]
fn handle<O: Observer>(run: &mut Run<'_, O>, event: Event) {
    match event {
        Event::Step(number) => timeline::step(run, number),
        Event::Undo { template } => pipeline::automatic_undo(run, template),
        Event::Breached { changes } => pipeline::breached(run, changes),
        Event::DeploymentWatch => deployment_controller::receive_changes(run),
        Event::DeploymentTimer => deployment_controller::timer_due(run),
        Event::DeploymentWrite => deployment_controller::write_committed(run),
        Event::ReplicaSetWatch => replica_set_controller::receive_sets(run),
        Event::PodWatch => replica_set_controller::receive_pods(run),
        Event::CreatePods { id, count } => replica_set_controller::create_pods(run, id, count),
        Event::DeletePods { id, count } => replica_set_controller::delete_pods(run, id, count),
        Event::ReplicaSetRetry { id } => replica_set_controller::retry_due(run, id),
        Event::ReplicaSetStatus { id } => replica_set_controller::status_committed(run, id),
        Event::SchedulerWatch { count } => scheduler::receive_pods(run, count),
        Event::GatesLifted { pod } => past_scheduler::lift_gates(run, pod),
        Event::Scheduled => schedule_one::end_cycle(run),
        Event::Bound { pod, epoch } => schedule_one::bind_all(run, pod, epoch),
        Event::Mounted { pod, epoch } => waiting_for_volumes::mounted(run, pod, epoch),
        Event::VolumeFree { volume, epoch } => waiting_for_volumes::free(run, volume, epoch),
        Event::VolumeBound => scheduler::room_appeared(run),
        Event::Detail { pod, epoch, what } => kubelet::report_detail(run, pod, epoch, what),
        Event::Pod { pod, epoch } => kubelet::next_step(run, pod, epoch),
        Event::PodAvailable { pod } => replica_set_controller::pods_available(run, pod),
        Event::PodGone { pod } => pod_lifecycle::pods_gone(run, pod),
        Event::NodeLost { node } => node_loss::loss_due(run, node),
        Event::ZoneLost { zone } => node_loss::zone_lost(run, zone),
        Event::NodeUnreachable { node } => node_lifecycle::mark_unreachable(run, node),
        Event::NodeTainted { zone } => node_lifecycle::taint(run, zone),
        Event::NodeEvicted { node } => node_lifecycle::evict(run, node),
        Event::NodeBack { node } => node_loss::node_returns(run, node),
        Event::Scan => cluster_autoscaler::scan(run),
        Event::NodeAdded { node } => node_loss::node_arrives(run, node),
        Event::ScaleDownScan => scale_down::scan(run),
        Event::NodeRemoval { node } => node_removal::step(run, node),
        Event::Consolidation { node, replacement } => node_removal::begin_consolidation(run, node, replacement),
        Event::VictimGone { node } => scheduler::victim_gone(run, node),
        Event::Drain { node } => drain::drain_node(run, node),
        Event::Upgraded { node } => drain::upgraded(run, node),
        Event::Notice { node } => drain::notice(run, node),
        Event::Endpoint { pod, listed } => endpoints::learn(run, pod, listed),
        Event::Silent { pod } => endpoints::pod_falls_silent(run, pod),
        Event::Warm => endpoints::settle_one(run),
        Event::Scrape => horizontal_autoscaler::scrape(run),
        Event::AutoscalerSync => horizontal_autoscaler::sync(run),
    }
}
