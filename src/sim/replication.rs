//! One replication: how a run starts, when it ends, and which event goes to which actor.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::k8s::daemon_set;
use crate::k8s::objects::DeploymentSpec;
use crate::k8s::stateful_set::{self, StatefulSetSpec};
use crate::random::Purpose;
use crate::scenario::{NEW_TEMPLATE, OLD_TEMPLATE, SUBJECT, Start, Template, WorkloadId};
use crate::sim::actors::{
    bare_pods, cluster_autoscaler, daemon_set_controller, deployment_controller, drain, endpoints, final_placement,
    found, horizontal_autoscaler, kubelet, leader, measured_event, node_lifecycle, node_loss, node_removal, outages,
    past_scheduler, pipeline, pod_garbage, pod_lifecycle, preemption, release, replica_set_controller, scale_down,
    schedule_one, scheduler, stateful_set_controller, timeline, volume_binding, waiting_for_volumes,
};
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::run::{Drain, Run};
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::pods::Pod;
use crate::sim::state::steady::{steady_deployment, steady_replica_set};
use crate::sim::state::workload::Available;
use crate::time::{SimDuration, SimTime};

/// The rollout starts this long after the simulation's epoch, so that older objects have times too.
const BEFORE_START: SimTime = SimTime::from_secs(2 * 86_400);

/// How old the pods are that a rollout finds: far from a change of their age's power of two, for any horizon to come.
const AGE_AT_START: SimDuration = SimDuration::from_secs(86_400);

/// Puts the Deployment into the steady state before the rollout and changes its template. A run that starts from nothing
/// starts without Deployment instead, on a whole second; one that starts from a snapshot, with what that shows.
pub(crate) fn start<O: Observer>(run: &mut Run<'_, O>) {
    let scenario = run.scenario;
    match &scenario.start {
        Start::Nothing => {
            run.state.reset(scenario, run.world, BEFORE_START);
            if let Some(world) = run.world.filter(|world| world.workloads.iter().any(|own| !own.has_replica_sets())) {
                // Sets own their pods by the numbers of their workloads; ReplicaSets come after them.
                run.state.next_replica_set = world.workloads.len() as WorkloadId;
            }
            bare_pods::start(run);
        }
        Start::Steady => {
            let phase = clock_phase(run);
            run.state.reset(scenario, run.world, BEFORE_START + phase);
            start_steady(run);
            start_the_rest(run);
            begin_what_is_measured(run);
        }
        Start::Found(found) => {
            let phase =
                found.within_second.map_or_else(|| clock_phase(run), |nanos| SimDuration::from_nanos(nanos.into()));
            run.state.reset(scenario, run.world, found::BEFORE_SNAPSHOT + phase);
            found::start(run, found);
            start_the_rest(run);
            begin_what_is_measured(run);
            for workload in 0..found.workloads.len() as WorkloadId {
                found::take_stock(run, workload);
            }
        }
    }
    for (number, step) in scenario.timeline.iter().enumerate() {
        run.schedule(run.state.start + step.at, Event::Step(number as u16));
    }
}

/// Where in a wall-clock second the run starts.
fn clock_phase<O: Observer>(run: &mut Run<'_, O>) -> SimDuration {
    SimDuration::from_nanos(run.draws.bits(OLD_TEMPLATE, Purpose::ClockPhase, 0) % crate::time::NANOS_PER_SECOND)
}

/// Whoever works beside the controllers starts.
fn start_the_rest<O: Observer>(run: &mut Run<'_, O>) {
    node_loss::schedule_all(run);
    drain::schedule_upgrade(run);
    scale_down::start(run);
    endpoints::start(run);
    horizontal_autoscaler::start(run);
}

/// What is measured begins.
fn begin_what_is_measured<O: Observer>(run: &mut Run<'_, O>) {
    if let Some(world) = run.world
        && O::MANY
    {
        return release::start(run, world);
    }
    measured_event::begin(run);
    if let Some(delay) = run.scenario.rollback.after {
        run.schedule(run.state.start + delay, Event::Undo { workload: SUBJECT, template: NEW_TEMPLATE });
    }
}

/// A workload as the run finds it.
struct Found {
    workload: WorkloadId,
    spec: DeploymentSpec,
    template: Template,
    replicas: u32,
}

impl Found {
    fn of(run: &Run<'_, impl Observer>, workload: WorkloadId) -> Self {
        let (spec, template, replicas) = match run.world {
            None => (run.scenario.deployment, OLD_TEMPLATE, run.scenario.found_replicas()),
            Some(world) => {
                let own = &world.workloads[usize::from(workload)];
                (own.deployment, own.old, own.found_replicas())
            }
        };
        Self { workload, spec: DeploymentSpec { replicas, ..spec }, template, replicas: replicas.max(0) as u32 }
    }
}

/// The old versions have been complete for a long time.
fn start_steady<O: Observer>(run: &mut Run<'_, O>) {
    let born = SimTime::ZERO + BEFORE_START.since(SimTime::ZERO + AGE_AT_START);
    let count = run.world.map_or(1, |world| world.workloads.len()) as WorkloadId;
    let mut first = 0;
    for workload in 0..count {
        let found = Found::of(run, workload);
        start_workload(run, &found, born);
        if !restore_old_pods(run, &found, first) {
            (0..found.replicas).for_each(|number| place_old_pod(run, &found, number, born));
        }
        note_old_pods(run, &found, first);
        first += found.replicas;
    }
    let State { kept_start, nodes, search, pods, .. } = &mut *run.state;
    if kept_start.pods().is_none() && first > 0 {
        kept_start.keep(run.scenario, run.world, (nodes, search, pods));
    }
    leader::start(run);
    preemption::start(run);
}

/// A workload as the API server and the controllers know them.
fn start_workload<O: Observer>(run: &mut Run<'_, O>, found: &Found, born: SimTime) {
    run.state.next_replica_set = found.workload + 1;
    if O::MANY && !run.has_replica_sets(found.workload) {
        return run.state.sets.adopt_other(found.workload, found.workload);
    }
    let deployment = steady_deployment(&found.spec, found.template, born);
    let set = steady_replica_set(found.workload, &deployment.spec, born);
    let own = run.workload(found.workload);
    own.deployment = Some(deployment);
    own.replica_sets.push(set);
    own.work.adopt(deployment, set);
    run.state.sets.adopt(set, found.workload);
}

/// The pods of a workload stand as in the replication before; false where they are to be placed. The first has the number `first`.
fn restore_old_pods<O: Observer>(run: &mut Run<'_, O>, found: &Found, first: PodId) -> bool {
    let (State { kept_start, pods, .. }, draws) = (&mut *run.state, &mut *run.draws);
    let Some(kept) = kept_start.pods() else { return false };
    let own = kept[first as usize..][..found.replicas as usize].iter().zip(0..);
    pods.extend(own.map(|(pod, number)| Pod { uid: draws.bits(found.template, Purpose::Uid, number), ..*pod }));
    true
}

/// The pods of a workload, of which the first has the number `first`.
fn note_old_pods<O: Observer>(run: &mut Run<'_, O>, found: &Found, first: PodId) {
    if O::DETAIL {
        for pod in first..first + found.replicas {
            run.emit(Fact::PodFound { pod, node: run.state.pods[pod as usize].node });
        }
    }
    run.charge_quotas(found.template, found.replicas);
    run.workload(found.workload).available = Available { count: found.replicas, ..Available::default() };
    run.state.pods_of[usize::from(found.template)] = found.replicas;
    run.state.sets.start_with(found.workload, first, found.replicas);
    if O::MANY {
        adopt_stateful_set(run, found, first);
        adopt_daemon_set(run, found, first);
    }
}

/// A StatefulSet as the API server and its controller know it.
fn adopt_stateful_set<O: Observer>(run: &mut Run<'_, O>, found: &Found, first: PodId) {
    let Some(set) = run.stateful_set(found.workload) else { return };
    let before = StatefulSetSpec { replicas: found.replicas as i32, ..set.spec };
    let work = &mut run.state.stateful_sets.sets[usize::from(found.workload)];
    work.most = before.replicas.max(set.spec.replicas).max(1) as u32;
    work.adopt(stateful_set::StatefulSet::complete(&before, found.template), first);
}

/// A DaemonSet as the API server and its controller know it.
fn adopt_daemon_set<O: Observer>(run: &mut Run<'_, O>, found: &Found, first: PodId) {
    let Some(set) = run.daemon_set(found.workload) else { return };
    let object = daemon_set::DaemonSet::complete(&set.spec, found.template, found.replicas as i32);
    let State { daemon_sets, pods, .. } = &mut *run.state;
    let nodes: Vec<_> = pods[first as usize..][..found.replicas as usize].iter().map(|pod| pod.node).collect();
    let work = &mut daemon_sets.sets[usize::from(found.workload)];
    work.told = found.replicas as i32;
    work.adopt(object, first, &nodes);
}

fn place_old_pod<O: Observer>(run: &mut Run<'_, O>, found: &Found, number: u32, born: SimTime) {
    let template = found.template;
    let uid = run.draws.bits(template, Purpose::Uid, u64::from(number));
    let mut pod = Pod::new(found.workload, template, number, uid, born);
    // If the constraints leave no node, the least loaded node with room takes the pod; if none has room, the first one.
    let model = &run.scenario.pods[usize::from(template)];
    let own = run.world.map(|world| &world.workloads[usize::from(found.workload)].found_on);
    let found_on = own.unwrap_or(&run.scenario.cluster.found_on).get(number as usize).copied();
    let node = if !model.volumes.is_empty() {
        volume_binding::place_old(run, template, found.replicas, found_on)
    } else if let Some(node) = found_on {
        node
    } else {
        let State { nodes, search, .. } = &mut *run.state;
        search.place_old(nodes, template, model).or_else(|| nodes.place(template)).unwrap_or_default()
    };
    pod.node = node;
    if O::MANY && run.daemon_set(found.workload).is_some() {
        pod.number = node;
    }
    pod.bound = true;
    pod.pulled_at = born;
    pod.started_at = born;
    pod.ready_at = born;
    (pod.ready, pod.available, pod.seen_ready, pod.seen_available) = (true, true, true, true);
    run.state.nodes.occupy(node, template);
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
    let last = run.latest_end();
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
        let State { agenda, outages, .. } = &mut *run.state;
        let Some(event) = agenda.pop_until(last) else { return Pause::NoEvent };
        if outages.stop_at(agenda.now()) && outages::put_off(run, event) {
            continue;
        }
        handle(run, event);
        if run.state.done {
            return Pause::Done;
        }
    }
    Pause::Stopped
}

/// Whether the run goes on although it has been followed for as long as was asked, because of requests.
#[cold]
fn waits_for_requests<O: Observer>(run: &mut Run<'_, O>, course: &mut Course) -> bool {
    let horizon = run.latest_end();
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
        if O::MANY && run.world.is_some() {
            return is_draining(run);
        }
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
        deployment_controller::resume(run, SUBJECT);
    }
    let in_window = observes && run.now() <= course.window && measured_event::is_observed(run);
    unsettled || is_draining(run) || in_window
}

/// Whether the run continues because a pod that the rollout has deleted is not gone yet.
fn is_draining<O: Observer>(run: &mut Run<'_, O>) -> bool {
    let Some(Drain { workload, first }) = run.drain else { return false };
    let alone = run.world.is_none();
    let template = run.wanted(workload).1;
    let mut pods = first..run.state.pods.len() as PodId;
    let waits = |id: &PodId| {
        let pod = &run.state.pods[*id as usize];
        // All old pods of a Deployment alone will go; a StatefulSet keeps those below its partition.
        let goes = pod.terminating || alone && pod.template != template;
        !pod.gone && goes && (alone || run.workload_of(*id) == workload)
    };
    let next = pods.find(waits);
    run.drain = Some(Drain { workload, first: next.unwrap_or(first) });
    next.is_some()
}

/// Pods arrive in the cache of the controller that owns them.
#[inline(always)]
fn receive_pods<O: Observer>(run: &mut Run<'_, O>, workload: WorkloadId) {
    if O::MANY && run.stateful_set(workload).is_some() {
        stateful_set_controller::receive_pods(run, workload);
    } else if O::MANY && run.daemon_set(workload).is_some() {
        daemon_set_controller::receive_pods(run, workload);
    } else {
        replica_set_controller::receive_pods(run, workload);
    }
}

/// The events that most rollouts have. They are apart from the others, so that the loop over them stays small: whatever one of its arms
/// needs a register for is written to memory at every event.
#[inline(always)]
fn handle<O: Observer>(run: &mut Run<'_, O>, event: Event) {
    // One that is alone is known beforehand, and need not be passed on.
    let own = |workload| if O::MANY { workload } else { SUBJECT };
    match event {
        Event::DeploymentWatch { workload } => deployment_controller::receive_changes(run, own(workload)),
        Event::DeploymentTimer { workload } => deployment_controller::timer_due(run, own(workload)),
        Event::DeploymentWrite { workload } => deployment_controller::write_committed(run, own(workload)),
        Event::ReplicaSetWatch { workload } => replica_set_controller::receive_sets(run, own(workload)),
        Event::PodWatch { workload } => receive_pods(run, own(workload)),
        Event::CreatePods { id, count } => replica_set_controller::create_pods(run, id, count),
        Event::DeletePods { id, count } => replica_set_controller::delete_pods(run, id, count),
        Event::ReplicaSetStatus { id } => replica_set_controller::status_committed(run, id),
        Event::SchedulerWatch { workload, count } => scheduler::receive_pods(run, own(workload), count),
        Event::Scheduled => schedule_one::end_cycle(run),
        Event::Bound { pod, epoch } => schedule_one::bind_all(run, pod, epoch),
        Event::Pod { pod, epoch } => kubelet::next_step(run, pod, epoch),
        Event::PodAvailable { pod } => replica_set_controller::pods_available(run, pod),
        Event::PodGone { pod } => pod_lifecycle::pods_gone(run, pod),
        _ => handle_rare(run, event),
    }
}

/// The events of nodes, volumes, requests and tools, and those that begin something.
#[cold]
#[inline(never)]
fn handle_rare<O: Observer>(run: &mut Run<'_, O>, event: Event) {
    match event {
        Event::Step(number) => timeline::step(run, number),
        Event::Begin { workload } => release::begin(run, workload),
        Event::Watched { workload } => release::watched(run, workload),
        Event::Release => release::pause_over(run),
        Event::Undo { workload, template } => pipeline::automatic_undo(run, workload, template),
        Event::Breached { workload, changes } => pipeline::breached(run, workload, changes),
        Event::ReplicaSetRetry { id } => replica_set_controller::retry_due(run, id),
        Event::GatesLifted { pod } => past_scheduler::lift_gates(run, pod),
        Event::BackOffOver => scheduler::start_cycle(run),
        Event::Mounted { pod, epoch } => waiting_for_volumes::mounted(run, pod, epoch),
        Event::VolumeFree { volume, epoch } => waiting_for_volumes::free(run, volume, epoch),
        Event::VolumeBound => scheduler::room_appeared(run),
        Event::Detail { pod, epoch, what } => kubelet::report_detail(run, pod, epoch, what),
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
        _ => handle_set(run, event),
    }
}

/// The events of StatefulSets and DaemonSets, which a Deployment alone does not have.
fn handle_set<O: Observer>(run: &mut Run<'_, O>, event: Event) {
    if !O::MANY {
        return;
    }
    match event {
        Event::StatefulSetWatch { workload } => stateful_set_controller::receive_object(run, workload),
        Event::StatefulSetTimer { workload } => stateful_set_controller::timer_due(run, workload),
        Event::StatefulSetRevision { workload } => stateful_set_controller::revision_written(run, workload),
        Event::StatefulSetPods { workload, count } => stateful_set_controller::pods_answered(run, workload, count),
        Event::StatefulSetStatus { workload } => stateful_set_controller::status_committed(run, workload),
        Event::StatefulSetStatusRetry { workload } => stateful_set_controller::retry_status(run, workload),
        Event::DaemonSetWatch { workload } => daemon_set_controller::receive_object(run, workload),
        Event::DaemonSetNode { workload, node } => daemon_set_controller::receive_node(run, workload, node),
        Event::DaemonSetTimer { workload } => daemon_set_controller::timer_due(run, workload),
        Event::DaemonSetRevision { workload } => daemon_set_controller::revision_written(run, workload),
        Event::DaemonSetPods { workload, count } => daemon_set_controller::pods_answered(run, workload, count),
        Event::DaemonSetStatus { workload } => daemon_set_controller::status_committed(run, workload),
        Event::PodsCollected { node } => pod_garbage::collect(run, node),
        _ => {}
    }
}
