//! The changes of a pod, whichever actor makes them: it becomes Ready, stops being Ready, gets its deletion timestamp,
//! is gone.
//!
//! Each of these is one function, so that counts, caches, endpoints and facts change together.

use crate::k8s::kubelet;
use crate::k8s::objects::{ReplicaSetId, Template};
use crate::random::Purpose;
use crate::script::Script;
use crate::sim::actors::{api_server, endpoints, init_containers, leader, scheduler, volume_attachment};
use crate::sim::observation::{Fact, FailureReason, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::pods::{Next, Phase, Pod, UNSCHEDULED};
use crate::sim::state::replica_set_work::PodChange;
use crate::sim::state::{daemon_set_work, stateful_set_work};
use crate::time::{SimDuration, SimTime};
use crate::traffic::Listed;

/// Sets a pod's next own step.
#[inline(always)]
pub(crate) fn plan_step<O: Observer>(run: &mut Run<'_, O>, id: PodId, next: Next, due: SimTime) {
    let pod = &mut run.state.pods[id as usize];
    pod.next = next;
    let epoch = pod.epoch;
    run.schedule(due, Event::Pod { pod: id, epoch });
}

/// A pod becomes Ready; its kubelet publishes that, and its availability follows after `minReadySeconds`.
pub(crate) fn set_ready<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let now = run.now();
    let pod = &mut run.state.pods[id as usize];
    pod.ready = true;
    pod.ready_at = now;
    let set = pod.owner;
    let node = pod.node;
    if let Some(node) = run.state.nodes.states.get_mut(node as usize) {
        node.ready += 1;
    }
    run.emit(Fact::PodReady(id));
    let due = now.truncated() + window(run, set);
    if due <= now {
        set_available(run, id);
    } else {
        run.schedule(due, Event::PodAvailable { pod: id });
    }
    let w = run.workload_of_set(set);
    let published = now + run.api_latency(w);
    api_server::send_pod(run, published, id, PodChange::Ready);
    endpoints::publish(run, published, id, Listed::Ready);
}

/// A pod has been Ready for `minReadySeconds`.
pub(crate) fn set_available<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    run.state.pods[id as usize].available = true;
    run.emit(Fact::PodAvailable(id));
}

/// `minReadySeconds` of a ReplicaSet, or of the StatefulSet or DaemonSet that owns pods in its place.
pub(crate) fn window<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) -> SimDuration {
    if O::MANY
        && let Some(set) = run.stateful_set_of(id)
    {
        return stateful_set_work::window(&set);
    }
    if O::MANY
        && let Some(set) = run.daemon_set_object(run.workload_of_set(id))
    {
        return daemon_set_work::window(&set);
    }
    let seconds = run.replica_set(id).map_or(0, |set| set.min_ready_seconds);
    SimDuration::from_secs(seconds.max(0) as u64)
}

/// Applies a changed `minReadySeconds` to the pods of a ReplicaSet.
pub(crate) fn change_window<O: Observer>(run: &mut Run<'_, O>, set: ReplicaSetId) {
    let (now, window) = (run.now(), window(run, set));
    for place in 0..run.state.sets.members(set).len() {
        let id = run.state.sets.members(set)[place];
        let pod = run.state.pods[id as usize];
        if !pod.ready || pod.terminating {
            continue;
        }
        let due = pod.ready_at.truncated() + window;
        if pod.available && due > now {
            run.state.pods[id as usize].available = false;
            run.emit(Fact::PodUnavailable(id));
            run.state.sets.see_unavailable(&mut run.state.pods[id as usize]);
        }
        run.schedule(due, Event::PodAvailable { pod: id });
    }
}

/// A pod stops being Ready, and its kubelet publishes that.
pub(crate) fn set_not_ready<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    lose_readiness(run, id);
    let w = run.workload_of(id);
    let published = run.now() + run.api_latency(w);
    api_server::send_pod(run, published, id, PodChange::NotReady);
    endpoints::publish(run, published, id, Listed::No);
}

/// A pod stops being Ready, and no kubelet publishes it, because its node is lost.
pub(crate) fn lose_readiness<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let pod = &mut run.state.pods[id as usize];
    let was_available = pod.available;
    if let Some(node) = run.state.nodes.states.get_mut(pod.node as usize) {
        node.ready -= u32::from(pod.ready);
    }
    pod.ready = false;
    pod.available = false;
    run.emit(Fact::PodNotReady { pod: id, was_available });
}

/// Gives a pod its deletion timestamp; false if it had one. `own`: the ReplicaSet controller asked for it.
pub(crate) fn terminate<O: Observer>(run: &mut Run<'_, O>, id: PodId, own: bool) -> bool {
    let now = run.now();
    let pod = &mut run.state.pods[id as usize];
    if pod.terminating {
        return false;
    }
    let was = pod.was();
    pod.terminating = true;
    pod.epoch = pod.epoch.wrapping_add(1);
    pod.ready = false;
    pod.available = false;
    let pod = *pod;
    run.emit(Fact::PodTerminating { pod: id, was });
    let change = if own { PodChange::Deleted } else { PodChange::Terminating };
    api_server::send_pod(run, now, id, change);
    endpoints::publish_termination(run, id);
    if run.state.leader.in_use {
        leader::terminating(run, id, was.ready);
    }
    if pod.node == UNSCHEDULED {
        end_without_node(run, id);
        return true;
    }
    run.state.nodes.retire(pod.node, pod.template, was.ready);
    run.node_changed(pod.owner, pod.node);
    if !pod.is_scheduled() || is_deleted_at_once(run, pod.template) {
        leave_node(run, id);
        return true;
    }
    let due = containers_gone(run, id, &pod);
    run.state.pods[id as usize].exits_at = due;
    if !pod.lost {
        let State { departures, pods, agenda, .. } = &mut *run.state;
        departures.schedule(due, id, Event::PodGone { pod: id }, pods, agenda);
    }
    true
}

/// Without a grace period the API server does not wait for the kubelet.
///
/// Upstream: `pkg/registry/core/pod/strategy.go: CheckGracefulDelete`, `apiserver/pkg/registry/generic/registry/store.go: Delete`.
fn is_deleted_at_once<O: Observer>(run: &Run<'_, O>, template: Template) -> bool {
    run.scenario.script.is_none() && run.scenario.pods[usize::from(template)].grace.is_zero()
}

fn containers_gone<O: Observer>(run: &mut Run<'_, O>, id: PodId, pod: &Pod) -> SimTime {
    if let Some(script) = &run.scenario.script {
        return run.now() + scripted_termination(script, pod);
    }
    let w = run.workload_of(id);
    let seen = run.now() + run.watch_latency(w);
    if run.scenario.pods[usize::from(pod.template)].uses_volumes() && run.state.stages.of(id).mounted_at > seen {
        // The kubelet gives up waiting for volumes at once.
        return seen;
    }
    let (begins, gone) = end_containers(run, id, pod, seen);
    if run.scenario.pods[usize::from(pod.template)].init_containers.is_empty() {
        return gone;
    }
    init_containers::end_sidecars(run, id, begins, gone)
}

/// How long a script has a pod's containers take to end.
#[cold]
fn scripted_termination(script: &Script, pod: &Pod) -> SimDuration {
    let pods = script.pods.get(usize::from(pod.template));
    pods.map_or(SimDuration::ZERO, |pods| pods.termination.of(pod.number).unwrap_or_default())
}

/// When the kubelet begins to end the containers of a pod whose deletion it sees at `seen`, and when they are gone, without
/// sidecars.
fn end_containers<O: Observer>(run: &mut Run<'_, O>, id: PodId, pod: &Pod, seen: SimTime) -> (SimTime, SimTime) {
    let (model, number) = (&run.scenario.pods[usize::from(pod.template)], u64::from(pod.number));
    let mut begins = seen;
    match pod.phase(seen) {
        // No container runs, so none gets the hook or the signal.
        Phase::Unscheduled | Phase::BackingOff => return (seen, seen),
        // The init container that runs gets the signal; none follows it.
        Phase::Initializing => {
            let shutdown = run.draws.duration(&model.termination, pod.template, Purpose::Termination, number);
            return (seen, kubelet::containers_gone_at(seen, model.grace, SimDuration::ZERO, shutdown));
        }
        // The kubelet does nothing between two attempts at a pull, which may all fail, as a snapshot shows of a pod.
        Phase::Pulling if model.pull_failure > 0.0 || pod.pulled_at.is_never() => return (seen, seen),
        // It will never pull anything.
        Phase::Pulling if pod.next == Next::Refused => return (seen, seen),
        // A hook under way is waited for, and then the container is ended as any other.
        Phase::Starting if model.post_start.is_some() && run.state.stages.of(id).hooks_from <= seen => {
            begins = pod.started_at;
        }
        // A pull or a start under way is not interrupted; containers that have not started have nothing to shut down.
        Phase::Pulling | Phase::Starting => {
            let returned = pod.pulled_at.max(seen);
            return (returned, returned);
        }
        Phase::Running => {}
    }
    let shutdown = run.draws.duration(&model.termination, pod.template, Purpose::Termination, number);
    let gone = kubelet::containers_gone_at(begins, model.grace, model.pre_stop, shutdown);
    endpoints::schedule_end_of_answers(run, id, kubelet::sigterm_at(begins, model.grace, model.pre_stop), gone);
    (begins, gone)
}

/// The containers of terminating pods have ended.
pub(crate) fn pods_gone<O: Observer>(run: &mut Run<'_, O>, first: PodId) {
    let mut next = Some(first);
    while let Some(id) = next {
        next = run.state.pods[id as usize].joined.take();
        containers_ended(run, id);
    }
}

/// The API server removes a pod without waiting for its kubelet, also that of a lost node.
#[cold]
pub(crate) fn remove<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    terminate(run, id, false);
    run.state.pods[id as usize].lost = false;
    containers_ended(run, id);
}

/// The containers of a terminating pod have ended, and its node has room again.
pub(crate) fn containers_ended<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let pod = &run.state.pods[id as usize];
    if pod.lost || pod.gone {
        return;
    }
    leave_node(run, id);
}

/// A pod is gone, and its node has room again.
fn leave_node<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let pod = &run.state.pods[id as usize];
    let (node, template) = (pod.node, pod.template);
    run.state.nodes.vacate(node, template);
    end_pod(run, id);
    scheduler::room_appeared(run);
}

/// A pod is gone that the scheduler has given no node.
#[cold]
#[inline(never)]
fn end_without_node<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    end_pod(run, id);
}

#[inline(always)]
fn end_pod<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let now = run.now();
    let pod = &mut run.state.pods[id as usize];
    pod.gone = true;
    let (set, template) = (pod.owner, pod.template);
    run.state.leaving.note_gone(template, now);
    run.state.sets.forget_pod(set);
    run.release_quotas(template);
    run.emit(Fact::PodGone(id));
    volume_attachment::pod_ended(run, id);
    api_server::send_pod(run, now, id, PodChange::Gone);
    endpoints::pod_falls_silent(run, id);
    endpoints::publish(run, now, id, Listed::No);
    api_server::send_pod_gone(run, id);
    if run.state.leader.in_use {
        leader::stopped(run, id, true);
    }
}

/// The kubelet ends a pod for good: its phase becomes Failed. Its object stays, its room and its quota are free.
///
/// Upstream: `pkg/kubelet/kubelet.go: rejectPod`, `pkg/kubelet/eviction/eviction_manager.go: evictPod`;
/// `pkg/controller/controller_utils.go: IsPodActive`.
#[cold]
pub(crate) fn fail<O: Observer>(run: &mut Run<'_, O>, id: PodId, reason: FailureReason) {
    let pod = &mut run.state.pods[id as usize];
    if pod.terminating {
        return;
    }
    let (was, first, node, template, set) = (pod.was(), !pod.failed, pod.node, pod.template, pod.owner);
    (pod.terminating, pod.gone, pod.failed) = (true, true, true);
    (pod.ready, pod.available) = (false, false);
    pod.epoch = pod.epoch.wrapping_add(1);
    run.emit(Fact::PodFailed { pod: id, was, first, reason });
    volume_attachment::pod_ended(run, id);
    run.state.nodes.retire(node, template, was.ready);
    run.state.nodes.vacate(node, template);
    run.node_changed(set, node);
    run.state.sets.forget_pod(set);
    run.release_quotas(template);
    let w = run.workload_of_set(set);
    let published = run.now() + run.api_latency(w);
    api_server::send_pod(run, published, id, PodChange::Failed);
    endpoints::pod_falls_silent(run, id);
    endpoints::publish(run, published, id, Listed::No);
    api_server::send_pod_gone(run, id);
    if run.state.leader.in_use {
        leader::stopped(run, id, true);
    }
    scheduler::room_appeared(run);
}
