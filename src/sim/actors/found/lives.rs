//! What each pod of a snapshot does next, drawn so that it agrees with what it has done so far.

use super::clock::whole_second;
use super::evidence;
use crate::distribution::{Distribution, LEAST_LEFT};
use crate::k8s::kubelet as rules;
use crate::random::Purpose;
use crate::scenario::{Found, FoundPhase, Scheduling};
use crate::sim::actors::kubelet::{self, Attempt};
use crate::sim::actors::{past_scheduler, pod_lifecycle, scripted_pods, volume_attachment};
use crate::sim::observation::{Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::nodes::Health;
use crate::sim::state::pods::{Next, Pod, UNSCHEDULED};
use crate::time::{SimDuration, SimTime};

/// How often something that has been drawn and does not agree with the snapshot is drawn again.
const TRIES: u64 = 64;

/// Where the containers of a version run, and where the snapshot says so, its images are.
pub(super) fn know_images<O: Observer>(run: &mut Run<'_, O>, found: &Found) {
    for image in found.images.iter().filter(|image| image.present) {
        *run.state.nodes.image(image.template, image.node) = SimTime::ZERO;
    }
    for id in 0..run.state.pods.len() {
        let pod = run.state.pods[id];
        let ran = pod.terminating || !pod.started_at.is_never();
        if pod.node != UNSCHEDULED && ran {
            *run.state.nodes.image(pod.template, pod.node) = SimTime::ZERO;
        }
    }
}

/// Nodes whose kubelets do not report take no pods; what is on them is lost, until its toleration is over.
pub(super) fn silence_nodes<O: Observer>(run: &mut Run<'_, O>, found: &Found) {
    for silent in &found.silent_nodes {
        let node = silent.node;
        run.state.nodes.set_health(node, Health::Unreachable);
        let zone = run.scenario.cluster.nodes[node as usize].zone;
        run.state.zones.states[usize::from(zone)].unreachable += 1;
        run.each_pod_on(node, |run, id| run.state.pods[id as usize].lost = true);
        // One that has no taint yet gets it about now.
        let now = run.now();
        let tainted = silent.tainted.map_or(now, |tainted| SimTime::from_secs(whole_second(tainted.second)));
        let due = (tainted + silent.toleration).max(now);
        run.state.nodes.states[node as usize].eviction = due;
        run.schedule(due, Event::NodeEvicted { node });
    }
}

/// Every pod goes on.
pub(super) fn go_on<O: Observer>(run: &mut Run<'_, O>, found: &Found) {
    let pods = found.workloads.iter().flat_map(|own| own.standing());
    for (id, pod) in (0..).zip(pods) {
        let state = run.state.pods[id as usize];
        if state.lost {
            continue;
        }
        match pod.phase {
            FoundPhase::Unscheduled { .. } => wait_for_node(run, id),
            FoundPhase::Starting { .. } => start(run, id, found),
            FoundPhase::PullFailing { .. } => pull_again(run, id),
            FoundPhase::Warming { .. } => warm_up(run, id),
            FoundPhase::Ready { .. } => stay_ready(run, id),
            FoundPhase::NotReady { .. } => become_ready_again(run, id),
            FoundPhase::BackingOff { .. } => back_off(run, id),
            FoundPhase::Terminating { grace, ran, .. } => end(run, id, grace, ran),
            FoundPhase::Failed => {}
        }
    }
}

/// Every pod goes on as its script says.
pub(super) fn follow_script<O: Observer>(run: &mut Run<'_, O>, found: &Found) {
    let State { volumes, pods, .. } = &mut *run.state;
    volumes.stay(run.scenario, pods);
    let pods = found.workloads.iter().flat_map(|own| own.standing());
    for (id, pod) in (0..).zip(pods) {
        match pod.phase {
            FoundPhase::Failed => {}
            FoundPhase::Unscheduled { .. } => past_scheduler::wait_on(run, id),
            FoundPhase::Terminating { .. } => scripted_pods::go_on_ending(run, id),
            FoundPhase::Starting { .. } | FoundPhase::Warming { .. } if volume_attachment::found_waiting(run, id) => {}
            _ => scripted_pods::go_on(run, id),
        }
    }
    volume_attachment::leave_unwanted(run);
}

/// A pod's own place among random numbers that later tries need.
fn place_of_try(pod: &Pod, attempt: u64, what: u64) -> u64 {
    attempt << 32 | u64::from(pod.number) << 2 | what
}

/// The whole of a length of time of which `elapsed` has passed, with the number at the address that it has without a snapshot too.
/// What should have ended within the last second ends now; `None`: nothing takes so long.
fn whole<O: Observer>(
    run: &mut Run<'_, O>,
    distribution: &Distribution,
    (pod, purpose): (&Pod, Purpose),
    (elapsed, slowness): (SimDuration, f64),
) -> Option<SimDuration> {
    let u = run.draws.uniform(pod.template, purpose, kubelet::position(pod));
    let seconds = elapsed.as_secs_f64() / slowness;
    if let Some(length) = distribution.residual(u, seconds) {
        return Some(length.stretched(slowness).max(elapsed));
    }
    let late = distribution.beyond((elapsed.as_secs_f64() - 1.0) / slowness) >= LEAST_LEFT;
    late.then_some(elapsed)
}

/// The scheduler looks at a pod that has no node, or will when its gates are lifted.
fn wait_for_node<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let (now, pod) = (run.now(), run.state.pods[id as usize]);
    match &run.scenario.pods[usize::from(pod.template)].scheduling {
        Scheduling::Scheduler => run.state.scheduler.queue.add(id, now),
        Scheduling::Gated(Some(gates)) => {
            run.state.pods[id as usize].unschedulable = true;
            let u = run.draws.uniform(pod.template, Purpose::GatesLifted, u64::from(pod.number));
            let length = gates.residual(u, now.since(pod.created).as_secs_f64());
            let lifted = length.map_or(SimTime::NEVER, |length| pod.created + length);
            run.schedule(lifted, Event::GatesLifted { pod: id });
        }
        Scheduling::Scripted => past_scheduler::wait_on(run, id),
        Scheduling::Gated(None) => run.state.pods[id as usize].unschedulable = true,
        Scheduling::Bound(_) => past_scheduler::receive_pods(run, pod.template, id, 1),
    }
}

/// When the image of a pod that is bound is on its node, and its containers are started.
#[derive(Clone, Copy, Debug)]
struct Begins {
    pulled: SimTime,
    begun: SimTime,
}

/// A pod is bound, and its containers have not run.
fn start<O: Observer>(run: &mut Run<'_, O>, id: PodId, found: &Found) {
    let pod = run.state.pods[id as usize];
    if !run.scenario.pods[usize::from(pod.template)].init_containers.is_empty() {
        return kubelet::initialize(run, id, pod.seen_at);
    }
    let slowness = kubelet::slowness(run, pod.node) * kubelet::crowding_factor(run, &pod);
    let Begins { pulled, begun } = draw_start(run, &pod, found, slowness);
    let image = run.state.nodes.image(pod.template, pod.node);
    if image.is_never() {
        *image = pulled;
    }
    run.state.pods[id as usize].pulled_at = pulled;
    kubelet::begin_containers(run, (id, &pod), begun, slowness);
}

/// Draws pulls and starts until the containers have not run yet. From outside both look alike.
fn draw_start<O: Observer>(run: &mut Run<'_, O>, pod: &Pod, found: &Found, slowness: f64) -> Begins {
    let now = run.now();
    let model = &run.scenario.pods[usize::from(pod.template)];
    let is_certain = is_pull_certain(run, pod, found);
    let first = draw_pull(run, pod, found, 0);
    if is_certain || first > now {
        return begin_after(run, pod, first, slowness);
    }
    for attempt in 0..TRIES {
        let pulled = draw_pull(run, pod, found, attempt);
        if pulled > now {
            return begin_after(run, pod, pulled, slowness);
        }
        let u = match attempt {
            0 => run.draws.uniform(pod.template, Purpose::Start, kubelet::position(pod)),
            _ => run.draws.uniform(pod.template, Purpose::Residual, place_of_try(pod, attempt, 0)),
        };
        let begun = pulled + model.start.quantile(u).stretched(slowness);
        if begun > now {
            return Begins { pulled, begun };
        }
    }
    begin_after(run, pod, first, slowness)
}

/// Whether it is known when the image of a pod was on its node.
fn is_pull_certain<O: Observer>(run: &mut Run<'_, O>, pod: &Pod, found: &Found) -> bool {
    let model = &run.scenario.pods[usize::from(pod.template)];
    let known = !run.state.nodes.image(pod.template, pod.node).is_never();
    let cached = share_cached(model.cached, pod, found);
    known || cached >= 1.0 || (cached <= 0.0 && model.pull.as_constant().is_some())
}

/// The probability that a node had the images of a version before its pod came.
fn share_cached(usual: f64, pod: &Pod, found: &Found) -> f64 {
    let absent =
        found.images.iter().any(|image| !image.present && image.node == pod.node && image.template == pod.template);
    if absent { 0.0 } else { usual }
}

/// When the image of a pod is on its node, in a try to agree with the snapshot.
fn draw_pull<O: Observer>(run: &mut Run<'_, O>, pod: &Pod, found: &Found, attempt: u64) -> SimTime {
    let model = &run.scenario.pods[usize::from(pod.template)];
    let known = *run.state.nodes.image(pod.template, pod.node);
    if !known.is_never() {
        return known.max(pod.seen_at);
    }
    let share = share_cached(model.cached, pod, found);
    let cached = match attempt {
        0 => run.draws.chance(share, pod.template, Purpose::Cached, u64::from(pod.node)),
        _ => run.draws.chance(share, pod.template, Purpose::Residual, place_of_try(pod, attempt, 1)),
    };
    if cached {
        return pod.seen_at;
    }
    let slowness = kubelet::slowness(run, pod.node);
    let (purpose, position) = match attempt {
        0 => (Purpose::Pull, u64::from(pod.number)),
        _ => (Purpose::Residual, place_of_try(pod, attempt, 2)),
    };
    pod.seen_at + run.draws.duration(&model.pull, pod.template, purpose, position).stretched(slowness)
}

/// The start of containers whose image is on the node at `pulled`, and which have not run.
fn begin_after<O: Observer>(run: &mut Run<'_, O>, pod: &Pod, pulled: SimTime, slowness: f64) -> Begins {
    let now = run.now();
    let model = &run.scenario.pods[usize::from(pod.template)];
    if pulled > now {
        // What comes after the first attempt at a pull is as it always is.
        let pulled = kubelet::pull_until_success(run, (pod.template, pod.number), (pulled, 0), slowness);
        let start = run.draws.duration(&model.start, pod.template, Purpose::Start, kubelet::position(pod));
        return Begins { pulled, begun: pulled + start.stretched(slowness) };
    }
    let elapsed = now.since(pulled);
    let start = whole(run, &model.start, (pod, Purpose::Start), (elapsed, slowness));
    Begins { pulled, begun: start.map_or(SimTime::NEVER, |start| pulled + start) }
}

/// A pod's image could not be pulled: every attempt until now has failed. Where pulls never fail by themselves, the image is not
/// there, and no later attempt gets it.
fn pull_again<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let (now, pod) = (run.now(), run.state.pods[id as usize]);
    let model = &run.scenario.pods[usize::from(pod.template)];
    if model.pull_failure <= 0.0 {
        return;
    }
    let slowness = kubelet::slowness(run, pod.node);
    let number = u64::from(pod.number);
    let mut failures: u32 = 0;
    let mut end =
        pod.seen_at + run.draws.duration(&model.pull, pod.template, Purpose::Pull, number).stretched(slowness);
    while end <= now {
        let at = u64::from(failures) << 32 | number;
        let jitter = run.draws.uniform(pod.template, Purpose::PullRetry, at);
        let again = rules::pull_again_at(end, failures, jitter);
        failures += 1;
        let next = u64::from(failures) << 32 | number;
        end = again + run.draws.duration(&model.pull, pod.template, Purpose::Pull, next).stretched(slowness);
    }
    let pulled = kubelet::pull_until_success(run, (pod.template, pod.number), (end, failures), slowness);
    *run.state.nodes.image(pod.template, pod.node) = pulled;
    run.state.pods[id as usize].pulled_at = pulled;
    kubelet::start_containers(run, id, pulled);
}

/// When something happens that happens to a container with a probability, so long after `since`, and has not happened.
fn hazard<O: Observer>(
    run: &mut Run<'_, O>,
    (probability, after): (f64, &Distribution),
    (pod, whether, when): (&Pod, Purpose, Purpose),
    since: SimTime,
) -> SimTime {
    if probability <= 0.0 {
        return SimTime::NEVER;
    }
    let elapsed = run.now().since(since);
    let left = probability * after.beyond(elapsed.as_secs_f64());
    let now = left / (left + 1.0 - probability).max(f64::MIN_POSITIVE);
    let position = kubelet::position(pod);
    if !run.draws.chance(now, pod.template, whether, position) {
        return SimTime::NEVER;
    }
    whole(run, after, (pod, when), (elapsed, 1.0)).map_or(SimTime::NEVER, |length| since + length)
}

/// When a container that runs exits by itself, or its pod is evicted.
fn exit<O: Observer>(run: &mut Run<'_, O>, id: PodId) -> SimTime {
    let pod = run.state.pods[id as usize];
    let model = &run.scenario.pods[usize::from(pod.template)];
    let begun = pod.started_at;
    let crash = (model.crash, &model.crash_after);
    let exits = hazard(run, crash, (&pod, Purpose::Crash, Purpose::CrashAfter), begun);
    let eviction = (model.evicted, &model.evicted_after);
    let evicted = hazard(run, eviction, (&pod, Purpose::Evicted, Purpose::EvictedAfter), begun);
    if !evicted.is_never() {
        let at = u64::from(pod.number);
        let shutdown = run.draws.duration(&model.termination, pod.template, Purpose::EvictedTermination, at);
        let gone = rules::containers_gone_at(evicted, rules::EVICTION_GRACE, model.pre_stop, shutdown);
        run.state.stages.of_mut(id).evicted_at = gone;
    }
    exits.min(run.state.stages.of(id).evicted_at)
}

/// Containers run, and the pod has not been Ready.
fn warm_up<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let pod = run.state.pods[id as usize];
    let model = &run.scenario.pods[usize::from(pod.template)];
    let mut answers = pod.started_at;
    if model.probes.any() {
        let state = evidence::unready(run, &pod);
        let possible = model.possible_warm_ups(&state);
        let u = run.draws.uniform(pod.template, Purpose::WarmUp, kubelet::position(&pod));
        let length = model.warm_up.between(u, possible.above, possible.most);
        answers = length.map_or(SimTime::NEVER, |length| pod.started_at + length.stretched(state.slowness));
    }
    let exits = exit(run, id);
    kubelet::follow(run, (id, &pod), Attempt { begun: pod.started_at, started: pod.started_at, answers, exits });
}

/// A pod is Ready, and may lose that.
fn stay_ready<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let exits = exit(run, id);
    run.state.pods[id as usize].exits_at = exits;
    let pod = run.state.pods[id as usize];
    let model = &run.scenario.pods[usize::from(pod.template)];
    let flap = (model.flap, &model.flap_after);
    let due = hazard(run, flap, (&pod, Purpose::Flap, Purpose::FlapAfter), pod.ready_at);
    if due < exits {
        pod_lifecycle::plan_step(run, id, Next::FlapDown, due);
    } else {
        kubelet::plan_exit(run, id);
    }
}

/// A pod that was Ready is not so now. Where the model has no such loss, nothing tells when it would end, and it does not.
fn become_ready_again<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let exits = exit(run, id);
    run.state.pods[id as usize].exits_at = exits;
    let pod = run.state.pods[id as usize];
    let model = &run.scenario.pods[usize::from(pod.template)];
    let elapsed = run.now().since(pod.ready_at);
    let length = match model.flap > 0.0 {
        true => whole(run, &model.flap_for, (&pod, Purpose::FlapFor), (elapsed, 1.0)),
        false => None,
    };
    match length.map(|length| pod.ready_at + length) {
        Some(up) if up < exits => pod_lifecycle::plan_step(run, id, Next::FlapUp, up),
        _ => kubelet::plan_exit(run, id),
    }
}

/// A container has exited and waits.
fn back_off<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let (now, pod) = (run.now(), run.state.pods[id as usize]);
    let exited = pod.started_at;
    let (mut back_off, mut due) = (pod.back_off, exited);
    for attempt in 0..TRIES {
        let jitter = match (pod.restarts, attempt) {
            (0, _) => 0.0,
            (_, 0) => run.draws.uniform(pod.template, Purpose::Restart, kubelet::position(&pod)),
            _ => run.draws.uniform(pod.template, Purpose::Residual, place_of_try(&pod, attempt, 3)),
        };
        back_off = pod.back_off;
        due = back_off.restart_at(exited, jitter);
        if due > now {
            break;
        }
    }
    run.state.pods[id as usize].back_off = back_off;
    pod_lifecycle::plan_step(run, id, Next::Restart, due);
}

/// A pod was told to go, and its containers end.
fn end<O: Observer>(run: &mut Run<'_, O>, id: PodId, grace: SimDuration, ran: bool) {
    let (now, pod) = (run.now(), run.state.pods[id as usize]);
    let model = &run.scenario.pods[usize::from(pod.template)];
    let mut gone = now;
    if ran {
        let told = pod.exits_at;
        let u = run.draws.uniform(pod.template, Purpose::Termination, u64::from(pod.number));
        let signal = rules::sigterm_at(told, grace, model.pre_stop);
        // What has not ended by the end of its grace period is killed, so that only what it takes above the rest matters.
        let passed = now.since(signal).as_secs_f64();
        let shutdown =
            if signal > now { Some(model.termination.quantile(u)) } else { model.termination.residual(u, passed) };
        gone = rules::containers_gone_at(told, grace, model.pre_stop, shutdown.unwrap_or(SimDuration::MAX));
    }
    run.state.pods[id as usize].exits_at = gone.max(now);
    let State { departures, pods, agenda, .. } = &mut *run.state;
    departures.schedule(gone.max(now), id, Event::PodGone { pod: id }, pods, agenda);
}
