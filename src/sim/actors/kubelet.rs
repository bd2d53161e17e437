//! The kubelets: they pull images, start containers, run probes and restart what has exited.
//!
//! The timing rules are [`crate::k8s::kubelet`]. Everything that happens to a pod by itself is drawn when it starts, and only
//! its next visible step is an event.

use crate::k8s::kubelet;
use crate::k8s::prober::{Course, KillingProbe, Start};
use crate::random::Purpose;
use crate::sim::actors::{endpoints, init_containers, leader, pod_lifecycle, scripted_pods, volume_attachment};
use crate::sim::observation::{Fact, FailureReason, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::event::{Detail, Event};
use crate::sim::state::nodes::Health;
use crate::sim::state::pods::{Next, Pod};
use crate::time::SimTime;
use crate::traffic::OnSigterm;

/// A probe has given up on a container: how the kubelet ends it.
#[derive(Clone, Copy, Debug)]
struct Kill {
    at: SimTime,
    by: KillingProbe,
    sigterm_at: SimTime,
    gone_at: SimTime,
}

/// A pod's position in a stream of random numbers: first attempts lie side by side, later ones far beyond.
pub(crate) fn position(pod: &Pod) -> u64 {
    u64::from(pod.restarts) << 32 | u64::from(pod.number)
}

/// The kubelet of a pod's node has seen it, at `seen`.
#[inline(always)]
pub(crate) fn start_pod<O: Observer>(run: &mut Run<'_, O>, id: PodId, seen: SimTime) {
    let (template, number, node) = {
        let pod = &run.state.pods[id as usize];
        (pod.template, pod.number, pod.node)
    };
    if run.state.nodes.states[node as usize].health != Health::Up {
        run.state.pods[id as usize].lost = true;
        return;
    }
    if let Some(script) = &run.scenario.script {
        // Its times count from when it has its volumes.
        if volume_attachment::has_volumes(run, id, seen) {
            scripted_pods::start(run, script, id);
        }
        return;
    }
    run.state.pods[id as usize].seen_at = seen;
    let model = &run.scenario.pods[usize::from(template)];
    if run.draws.chance(model.refused, template, Purpose::Refused, u64::from(number)) {
        return pod_lifecycle::plan_step(run, id, Next::Refused, seen);
    }
    if !volume_attachment::has_volumes(run, id, seen) {
        return;
    }
    if model.init_containers.is_empty() {
        pull_and_start(run, id, seen);
    } else {
        initialize(run, id, seen);
    }
}

/// Runs a pod's init containers, from `from` on; the other containers have their turn when those have ended.
pub(crate) fn initialize<O: Observer>(run: &mut Run<'_, O>, id: PodId, from: SimTime) {
    let pod = &mut run.state.pods[id as usize];
    (pod.pulled_at, pod.started_at, pod.exits_at) = (SimTime::NEVER, SimTime::NEVER, SimTime::NEVER);
    pod.backing_off = false;
    let pod = *pod;
    if O::DETAIL {
        run.schedule(from, Event::Detail { pod: id, epoch: pod.epoch, what: Detail::Initializing });
    }
    let slowness = slowness(run, pod.node) * crowding_factor(run, &pod);
    let turn = init_containers::run_all(run, id, from, slowness);
    pod_lifecycle::plan_step(run, id, Next::Initialized, turn);
}

/// Pulls the image for a pod whose containers have their turn at `seen`, and starts them.
#[inline(always)]
fn pull_and_start<O: Observer>(run: &mut Run<'_, O>, id: PodId, seen: SimTime) {
    let (template, number, node) = {
        let pod = &run.state.pods[id as usize];
        (pod.template, pod.number, pod.node)
    };
    let pulled = pull(run, template, number, node, seen);
    let model = &run.scenario.pods[usize::from(template)];
    let at = u64::from(number);
    let never_ready = run.draws.chance(model.bad_version, template, Purpose::BadVersion, 0)
        || run.draws.chance(model.never_ready, template, Purpose::NeverReady, at)
        || run.draws.chance(run.scenario.cluster.bad_nodes, 0, Purpose::BadNode, u64::from(node));
    let pod = &mut run.state.pods[id as usize];
    pod.pulled_at = pulled;
    pod.never_ready = never_ready;
    let epoch = pod.epoch;
    if O::DETAIL {
        if pulled > seen {
            run.schedule(seen, Event::Detail { pod: id, epoch, what: Detail::Pulling });
        }
        let what = if pulled == seen { Detail::Present } else { Detail::Pulled };
        run.schedule(pulled, Event::Detail { pod: id, epoch, what });
    }
    start_containers(run, id, pulled);
}

/// The factor by which pulls and start-ups take longer on a node.
pub(crate) fn slowness<O: Observer>(run: &mut Run<'_, O>, node: NodeId) -> f64 {
    match run.scenario.cluster.slow_nodes {
        Some(slow) if run.draws.chance(slow.share, 0, Purpose::SlowNode, u64::from(node)) => slow.factor,
        _ => 1.0,
    }
}

/// When the image is on the node for a pod that needs it at `seen`. A node pulls only a few images at a time.
fn pull<O: Observer>(run: &mut Run<'_, O>, template: u16, number: u32, node: NodeId, seen: SimTime) -> SimTime {
    let model = &run.scenario.pods[usize::from(template)];
    let known = *run.state.nodes.image(template, node);
    // Where pulls may fail a pod does not wait for another's, which may be backing off.
    if known <= seen || (!known.is_never() && model.pull_failure <= 0.0) {
        return check_image(run, template, number, node, known.max(seen));
    }
    let fresh = run.state.nodes.states[node as usize].fresh;
    let cached =
        known.is_never() && !fresh && run.draws.chance(model.cached, template, Purpose::Cached, u64::from(node));
    if cached {
        *run.state.nodes.image(template, node) = SimTime::ZERO;
        return check_image(run, template, number, node, seen);
    }
    let slowness = slowness(run, node);
    let length = run.draws.duration(&model.pull, template, Purpose::Pull, u64::from(number)).stretched(slowness);
    let first = run.state.nodes.queue_pull(node, seen, length);
    let present = pull_until_success(run, (template, number), (first, 0), slowness).min(known);
    *run.state.nodes.image(template, node) = present;
    present.max(seen)
}

/// When the registry has answered for an image that is on the node at `from`.
///
/// Upstream: `pkg/kubelet/images/image_manager.go: EnsureImageExists`: the answer is waited for in the queue of pulls.
fn check_image<O: Observer>(run: &mut Run<'_, O>, template: u16, number: u32, node: NodeId, from: SimTime) -> SimTime {
    let Some(check) = &run.scenario.pods[usize::from(template)].pull_check else { return from };
    let length = run.draws.duration(check, template, Purpose::PullCheck, u64::from(number));
    run.state.nodes.queue_pull(node, from, length)
}

/// When a pod's pull succeeds of which an attempt ends at `end`, after `failed` that have failed. Later attempts do not wait for other
/// pods' pulls.
pub(crate) fn pull_until_success<O: Observer>(
    run: &mut Run<'_, O>,
    (template, number): (u16, u32),
    (mut end, failed): (SimTime, u32),
    slowness: f64,
) -> SimTime {
    let model = &run.scenario.pods[usize::from(template)];
    let horizon = run.last_instant();
    for failures in failed.. {
        let at = u64::from(failures) << 32 | u64::from(number);
        if !run.draws.chance(model.pull_failure, template, Purpose::PullFailure, at) {
            break;
        }
        if end > horizon {
            return SimTime::NEVER;
        }
        let jitter = run.draws.uniform(template, Purpose::PullRetry, at);
        let next = u64::from(failures + 1) << 32 | u64::from(number);
        end = kubelet::pull_again_at(end, failures, jitter)
            + run.draws.duration(&model.pull, template, Purpose::Pull, next).stretched(slowness);
    }
    end
}

/// Starts a pod's containers at `from`, for the first time or again, and draws what will happen to them.
pub(crate) fn start_containers<O: Observer>(run: &mut Run<'_, O>, id: PodId, from: SimTime) {
    let pod = run.state.pods[id as usize];
    let (template, at) = (pod.template, position(&pod));
    let model = &run.scenario.pods[usize::from(template)];
    let slowness = slowness(run, pod.node) * crowding_factor(run, &pod);
    let begun = from + run.draws.duration(&model.start, template, Purpose::Start, at).stretched(slowness);
    begin_containers(run, (id, &pod), begun, slowness);
}

/// Draws what will happen to a pod's containers, which are started at `begun`. What they do until they are Ready takes `slowness`
/// times as long.
#[inline(always)]
pub(crate) fn begin_containers<O: Observer>(
    run: &mut Run<'_, O>,
    (id, pod): (PodId, &Pod),
    begun: SimTime,
    slowness: f64,
) {
    let (template, at) = (pod.template, position(pod));
    let model = &run.scenario.pods[usize::from(template)];
    let started = if model.post_start.is_some() { run_hooks(run, id, begun) } else { begun };
    let mut exits = SimTime::NEVER;
    if run.draws.chance(model.crash, template, Purpose::Crash, at) {
        exits = begun + run.draws.duration(&model.crash_after, template, Purpose::CrashAfter, at);
    }
    if model.evicted > 0.0 {
        exits = exits.min(eviction(run, id, begun));
    }
    let answers = if model.probes.any() {
        begun + run.draws.duration(&model.warm_up, template, Purpose::WarmUp, at).stretched(slowness)
    } else {
        begun
    };
    if O::DETAIL {
        run.schedule(started, Event::Detail { pod: id, epoch: pod.epoch, what: Detail::Started });
    }
    follow(run, (id, pod), Attempt { begun, started, answers, exits });
}

/// One attempt of a pod's containers, as far as it is known before its probes are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// When the containers were started.
    pub(crate) begun: SimTime,
    /// From when on their kubelet sees them run.
    pub(crate) started: SimTime,
    /// From when on they would answer their probes.
    pub(crate) answers: SimTime,
    /// When one of them exits by itself, or the pod is evicted.
    pub(crate) exits: SimTime,
}

/// Plans what comes next of an attempt.
#[inline(always)]
pub(crate) fn follow<O: Observer>(run: &mut Run<'_, O>, (id, pod): (PodId, &Pod), attempt: Attempt) {
    let model = &run.scenario.pods[usize::from(pod.template)];
    let Attempt { started, mut exits, .. } = attempt;
    let (mut ready, killed) = follow_probes(run, pod, attempt);
    if !model.init_containers.is_empty() || model.readiness_gate.is_some() {
        ready = pod_ready_at(run, id, ready, killed.as_ref());
    }
    let killed = killed.filter(|killed| killed.at < exits);
    exits = killed.map_or(exits, |killed| exits.min(killed.gone_at));
    let pod = &mut run.state.pods[id as usize];
    pod.started_at = started;
    pod.exits_at = exits;
    pod.backing_off = false;
    pod.killed_by = killed.map(|killed| killed.by);
    if let Some(killed) = killed {
        plan_kill(run, id, &killed, ready);
    }
    let (next, due) = if exits <= ready { (Next::Exit, exits) } else { (Next::Ready, ready) };
    pod_lifecycle::plan_step(run, id, next, due);
}

/// When the postStart hooks of containers that were started at `begun` have ended.
///
/// Upstream: `pkg/kubelet/kuberuntime/kuberuntime_container.go: startContainer`.
#[inline(never)]
fn run_hooks<O: Observer>(run: &mut Run<'_, O>, id: PodId, begun: SimTime) -> SimTime {
    let pod = run.state.pods[id as usize];
    let Some(hooks) = &run.scenario.pods[usize::from(pod.template)].post_start else { return begun };
    run.state.stages.of_mut(id).hooks_from = begun;
    begun + run.draws.duration(hooks, pod.template, Purpose::PostStart, position(&pod))
}

/// When the containers of a pod that run since `begun` have ended because their kubelet needs their memory or disk, if ever.
///
/// Upstream: `pkg/kubelet/eviction/eviction_manager.go: evictPod`: with a grace period of 1 s.
#[inline(never)]
fn eviction<O: Observer>(run: &mut Run<'_, O>, id: PodId, begun: SimTime) -> SimTime {
    let pod = run.state.pods[id as usize];
    let (model, template, at) = (&run.scenario.pods[usize::from(pod.template)], pod.template, u64::from(pod.number));
    if run.state.stages.of(id).evicted_at.is_never() && run.draws.chance(model.evicted, template, Purpose::Evicted, at)
    {
        let evicted = begun + run.draws.duration(&model.evicted_after, template, Purpose::EvictedAfter, at);
        let shutdown = run.draws.duration(&model.termination, template, Purpose::EvictedTermination, at);
        let gone = kubelet::containers_gone_at(evicted, kubelet::EVICTION_GRACE, model.pre_stop, shutdown);
        run.state.stages.of_mut(id).evicted_at = gone;
    }
    run.state.stages.of(id).evicted_at.max(begun)
}

/// When a pod is Ready whose containers are so at `containers`: its sidecars and its readiness gates come in addition. A gate
/// that was true once stays so.
#[inline(never)]
fn pod_ready_at<O: Observer>(run: &mut Run<'_, O>, id: PodId, containers: SimTime, killed: Option<&Kill>) -> SimTime {
    let pod = run.state.pods[id as usize];
    let mut ready = containers.max(run.state.stages.of(id).sidecars_ready_at);
    let gate = &run.scenario.pods[usize::from(pod.template)].readiness_gate;
    if let Some(gate) = gate
        && pod.ready_at.is_never()
        && !ready.is_never()
    {
        ready += run.draws.duration(gate, pod.template, Purpose::ReadinessGate, position(&pod));
    }
    if killed.is_some_and(|killed| ready >= killed.sigterm_at) && !ignores_sigterm(run) {
        return SimTime::NEVER;
    }
    ready
}

/// The factor by which a pod's start-up takes longer because others start on its node.
pub(crate) fn crowding_factor<O: Observer>(run: &Run<'_, O>, pod: &Pod) -> f64 {
    let crowding = run.scenario.pods[usize::from(pod.template)].crowding;
    if crowding <= 0.0 {
        return 1.0;
    }
    let node = &run.state.nodes.states[pod.node as usize];
    1.0 + crowding * f64::from((node.active - node.ready).saturating_sub(1))
}

/// Schedules the pod's reports during a probe's kill. A container that became Ready during its preStop hook answers
/// until the signal.
#[inline(never)]
fn plan_kill<O: Observer>(run: &mut Run<'_, O>, id: PodId, kill: &Kill, ready: SimTime) {
    if O::DETAIL {
        let epoch = run.state.pods[id as usize].epoch;
        run.schedule(kill.at, Event::Detail { pod: id, epoch, what: Detail::Killed(kill.by) });
    }
    if ready < kill.sigterm_at {
        endpoints::schedule_end_of_answers(run, id, kill.sigterm_at, kill.gone_at);
    }
}

/// Whether the application continues to answer when it gets SIGTERM.
fn ignores_sigterm<O: Observer>(run: &Run<'_, O>) -> bool {
    run.scenario.traffic.as_ref().is_some_and(|traffic| traffic.on_sigterm == OnSigterm::Serve)
}

/// When a pod becomes Ready, and how a probe ends its containers. An application that heeds SIGTERM does not continue its start
/// after it.
#[inline(always)]
fn follow_probes<O: Observer>(run: &mut Run<'_, O>, pod: &Pod, attempt: Attempt) -> (SimTime, Option<Kill>) {
    let Attempt { begun, started, answers, .. } = attempt;
    let model = &run.scenario.pods[usize::from(pod.template)];
    if !model.probes.any() {
        return (if pod.never_ready { SimTime::NEVER } else { started }, None);
    }
    let at = position(pod);
    // What makes a version never Ready need not make it fail its liveness probe.
    let answers_at = if pod.never_ready { SimTime::NEVER } else { answers };
    let start = Start { seen_at: pod.seen_at, started_at: begun, running_at: started, answers_at, alive_at: answers };
    let Course { mut ready_at, killed_at, killed_by } = model.probes.course(&start);
    if pod.never_ready {
        ready_at = SimTime::NEVER;
    }
    let Some(by) = killed_by else { return (ready_at, None) };
    let shutdown = run.draws.duration(&model.termination, pod.template, Purpose::Kill, at);
    let grace = model.probes.grace(by).unwrap_or(model.grace);
    let sigterm_at = kubelet::sigterm_at(killed_at, grace, model.pre_stop);
    let gone_at = kubelet::containers_gone_at(killed_at, grace, model.pre_stop, shutdown);
    if ready_at >= sigterm_at && !ignores_sigterm(run) {
        ready_at = SimTime::NEVER;
    }
    (ready_at, Some(Kill { at: killed_at, by, sigterm_at, gone_at }))
}

/// Reports what happened to a pod and changes nothing else, unless the event has been overtaken.
pub(crate) fn report_detail<O: Observer>(run: &mut Run<'_, O>, id: PodId, epoch: u16, what: Detail) {
    if run.state.pods[id as usize].epoch == epoch {
        run.emit(match what {
            Detail::Initializing => Fact::Initializing(id),
            Detail::Pulling => Fact::Pulling(id),
            Detail::Pulled => Fact::Pulled { pod: id, present: false },
            Detail::Present => Fact::Pulled { pod: id, present: true },
            Detail::Started => Fact::ContainersStarted(id),
            Detail::Killed(by) => Fact::ContainerKilled { pod: id, by },
        });
    }
}

/// A pod takes the step that was planned for it, unless the event has been overtaken.
pub(crate) fn next_step<O: Observer>(run: &mut Run<'_, O>, id: PodId, epoch: u16) {
    let pod = &run.state.pods[id as usize];
    if pod.epoch != epoch {
        return;
    }
    match pod.next {
        Next::Rest => {}
        Next::Refused => pod_lifecycle::fail(run, id, FailureReason::Refused),
        Next::Initialized => {
            let now = run.now();
            pull_and_start(run, id, now);
        }
        Next::Ready => first_ready(run, id),
        Next::Exit => container_exited(run, id),
        Next::Restart => restart(run, id),
        Next::Script => scripted_pods::follow(run, id),
        Next::FlapDown => flap_down(run, id),
        Next::FlapUp => {
            pod_lifecycle::set_ready(run, id);
            plan_exit(run, id);
        }
    }
}

fn first_ready<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let template = run.state.pods[id as usize].template;
    if run.scenario.pods[usize::from(template)].leader.is_some() && !leader::takes_lease(run, id) {
        plan_exit(run, id);
        return leader::wait(run, id);
    }
    endpoints::pod_answers(run, id);
    pod_lifecycle::set_ready(run, id);
    let pod = run.state.pods[id as usize];
    let model = &run.scenario.pods[usize::from(pod.template)];
    let (template, at) = (pod.template, position(&pod));
    if run.draws.chance(model.flap, template, Purpose::Flap, at) {
        let due = run.now() + run.draws.duration(&model.flap_after, template, Purpose::FlapAfter, at);
        if due < pod.exits_at {
            return pod_lifecycle::plan_step(run, id, Next::FlapDown, due);
        }
    }
    plan_exit(run, id);
}

pub(crate) fn plan_exit<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let due = run.state.pods[id as usize].exits_at;
    let next = if due.is_never() { Next::Rest } else { Next::Exit };
    pod_lifecycle::plan_step(run, id, next, due);
}

fn flap_down<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    pod_lifecycle::set_not_ready(run, id);
    let pod = run.state.pods[id as usize];
    let model = &run.scenario.pods[usize::from(pod.template)];
    let length = run.draws.duration(&model.flap_for, pod.template, Purpose::FlapFor, position(&pod));
    let up = run.now() + length;
    let (next, due) = if up < pod.exits_at { (Next::FlapUp, up) } else { (Next::Exit, pod.exits_at) };
    pod_lifecycle::plan_step(run, id, next, due);
}

fn container_exited<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let template = run.state.pods[id as usize].template;
    if run.scenario.pods[usize::from(template)].evicted > 0.0 && run.state.stages.of(id).evicted_at <= run.now() {
        return pod_lifecycle::fail(run, id, FailureReason::Evicted);
    }
    let pod = &mut run.state.pods[id as usize];
    pod.backing_off = true;
    let first = !pod.failed;
    pod.failed = true;
    pod.exits_at = SimTime::NEVER;
    pod.last_killed_by = pod.killed_by;
    let killed_by = pod.killed_by;
    let (was_ready, restarts, template, at) = (pod.ready, pod.restarts, pod.template, position(pod));
    run.emit(Fact::ContainerExited { pod: id, first, killed_by });
    endpoints::pod_falls_silent(run, id);
    if was_ready {
        pod_lifecycle::set_not_ready(run, id);
    }
    // The first restart is immediate and draws nothing.
    let jitter = if restarts == 0 { 0.0 } else { run.draws.uniform(template, Purpose::Restart, at) };
    let now = run.now();
    let due = run.state.pods[id as usize].back_off.restart_at(now, jitter);
    pod_lifecycle::plan_step(run, id, Next::Restart, due);
    if run.state.leader.in_use {
        leader::stopped(run, id, killed_by.is_some());
    }
}

fn restart<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let now = run.now();
    let pod = &mut run.state.pods[id as usize];
    pod.restarts = pod.restarts.saturating_add(1);
    run.emit(Fact::ContainerRestarted(id));
    start_containers(run, id, now);
}

/// Restarts a pod's containers after its node has come back.
pub(crate) fn revive<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let pod = &mut run.state.pods[id as usize];
    pod.lost = false;
    let (pulled, started) = (pod.pulled_at, pod.started_at);
    let template = pod.template;
    let now = run.now();
    if pulled.is_never() {
        start_pod(run, id, now);
    } else if !run.scenario.pods[usize::from(template)].init_containers.is_empty() {
        initialize_again(run, id, started);
    } else if started.is_never() {
        start_containers(run, id, pulled.max(now));
    } else {
        restart(run, id);
    }
}

/// The sandbox of a pod is new, so that its init containers run again.
fn initialize_again<O: Observer>(run: &mut Run<'_, O>, id: PodId, started: SimTime) {
    let now = run.now();
    if !started.is_never() {
        let pod = &mut run.state.pods[id as usize];
        pod.restarts = pod.restarts.saturating_add(1);
        run.emit(Fact::ContainerRestarted(id));
    }
    initialize(run, id, now);
}
