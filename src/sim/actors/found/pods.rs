//! Pods of a snapshot: where they stand, and what everybody sees of them.

use super::clock::{Which, instant};
use crate::k8s::kubelet::CrashLoopBackOff;
use crate::random::Purpose;
use crate::scenario::{Found, FoundPhase, FoundPlace, FoundPod, FoundWorkload, Stamp, Template, WorkloadId};
use crate::sim::observation::{Fact, Observer, OwnerId, PodId};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::sim::state::pods::{Pod, UNSCHEDULED};
use crate::sim::state::workload::Available;
use crate::time::{SimDuration, SimTime};

/// Puts the pods of a workload where they stand.
pub(super) fn place_all<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, found: &Found, own: &FoundWorkload) {
    for pod in own.standing() {
        let template = own.template_of(pod);
        let owner = found.owner_of(w, pod);
        let id = make(run, (w, owner, template), pod);
        take_room(run, id);
        show_to_controller(run, w, id, pod, own.window_of(pod));
        run.charge_quotas(template, 1);
        let node = run.state.pods[id as usize].node;
        if O::DETAIL && node != UNSCHEDULED {
            run.emit(Fact::PodFound { pod: id, node });
        }
    }
    run.workload(w).available = Available { count: own.counts().available, ..Available::default() };
}

/// The place of a pod among those of its template: its address for random numbers.
fn number<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, template: Template, pod: &FoundPod) -> u32 {
    if let FoundPlace::Ordinal { ordinal, .. } = pod.place {
        let work = &mut run.state.stateful_sets.sets[usize::from(w)];
        let start = work.object.as_ref().map_or(0, |object| object.spec.start_ordinal.max(0) as u32);
        return work.number(template, ordinal.saturating_sub(start));
    }
    if let (FoundPlace::Node { node, .. }, None) = (pod.place, &run.scenario.script) {
        return run.state.daemon_sets.sets[usize::from(w)].number(template, node);
    }
    let next = &mut run.state.pods_of[usize::from(template)];
    *next += 1;
    *next - 1
}

/// A pod as it is, with what its stamps say.
fn make<O: Observer>(
    run: &mut Run<'_, O>,
    (w, owner, template): (WorkloadId, OwnerId, Template),
    found: &FoundPod,
) -> PodId {
    let number = number(run, w, template, found);
    let drawn = run.draws.bits(template, Purpose::Uid, u64::from(number));
    let mut pod = Pod::new(owner, template, number, found.uid.unwrap_or(drawn), SimTime::ZERO);
    pod.created = instant(run, (template, number), found.created, Which::Created);
    pod.node = found.node.unwrap_or(UNSCHEDULED);
    pod.bound = found.node.is_some();
    pod.restarts = found.restarts;
    pod.failed = found.restarts > 0;
    pod.deletion_cost = found.deletion_cost;
    if found.deletion_cost != 0 {
        run.state.sets.rank_by_deletion_cost();
    }
    let mut at = |stamp: Stamp, which| instant(run, (template, number), stamp, which);
    let runs_since = |pod: &mut Pod, started: SimTime| {
        (pod.seen_at, pod.pulled_at, pod.started_at) = (started, started, started);
    };
    match found.phase {
        FoundPhase::Unscheduled { unschedulable } => pod.unschedulable = unschedulable,
        FoundPhase::Starting { bound } | FoundPhase::PullFailing { bound } => pod.seen_at = at(bound, Which::Begun),
        FoundPhase::Warming { started } => runs_since(&mut pod, at(started, Which::Begun)),
        FoundPhase::Ready { started, since } => {
            let started = at(started, Which::Begun);
            pod.ready_at = at(since, Which::Since).max(started);
            runs_since(&mut pod, started);
            (pod.ready, pod.seen_ready) = (true, true);
        }
        FoundPhase::NotReady { started, since } => {
            let started = at(started, Which::Begun);
            pod.ready_at = at(since, Which::Since).max(started);
            runs_since(&mut pod, started);
        }
        FoundPhase::BackingOff { exited, killed_by } => {
            let exited = at(exited, Which::Begun);
            runs_since(&mut pod, exited);
            (pod.backing_off, pod.failed, pod.last_killed_by) = (true, true, killed_by);
        }
        FoundPhase::Terminating { told, .. } => {
            pod.exits_at = at(told, Which::Begun);
            (pod.terminating, pod.seen_terminating) = (true, true);
        }
        FoundPhase::Failed => {}
    }
    pod.back_off = CrashLoopBackOff::after(u32::from(found.restarts), pod.started_at);
    push(run, pod)
}

fn push<O: Observer>(run: &mut Run<'_, O>, pod: Pod) -> PodId {
    let id = run.state.pods.len() as PodId;
    run.state.pods.push(pod);
    let worker = run.state.sets.worker(pod.owner);
    worker.members.push(id);
    worker.live += 1;
    id
}

/// A pod takes its room, and with it the volumes that only one node can have.
fn take_room<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let Pod { node, template, ready, terminating, .. } = run.state.pods[id as usize];
    if node == UNSCHEDULED {
        return;
    }
    run.state.nodes.occupy(node, template);
    run.state.nodes.states[node as usize].ready += u32::from(ready);
    if terminating {
        run.state.nodes.retire(node, template, false);
    }
    for &volume in &run.scenario.pods[usize::from(template)].volumes {
        run.state.volumes.hold(volume, node, run.scenario);
    }
}

/// The controller that owns a pod sees it as it is. `window`: for how many seconds it has to be Ready to be available.
fn show_to_controller<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, id: PodId, found: &FoundPod, window: i32) {
    let available = found.is_available(window);
    let pod = &mut run.state.pods[id as usize];
    (pod.available, pod.seen_available) = (available, available);
    let pod = *pod;
    let worker = run.state.sets.worker(pod.owner);
    worker.active += i32::from(!pod.terminating);
    worker.terminating += i32::from(pod.terminating);
    worker.ready += i32::from(pod.ready);
    worker.available += i32::from(available);
    if O::MANY && run.stateful_set(run.workload_of(id)).is_some() {
        run.state.stateful_sets.sets[usize::from(w)].show(id, &pod);
    }
    if let (true, FoundPlace::Node { node, .. }) = (O::MANY, found.place) {
        run.state.daemon_sets.sets[usize::from(w)].show(id, &pod, node);
    }
    if pod.ready && !available {
        let due = pod.ready_at.truncated() + SimDuration::from_secs(window.max(0) as u64);
        run.schedule(due, Event::PodAvailable { pod: id });
    }
}
