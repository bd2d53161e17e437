//! Leader election among the pods of the Deployment, where only the holder of the lease is Ready.
//!
//! Upstream: `client-go/tools/leaderelection/leaderelection.go: acquire, renew, release`. A holder that gets SIGTERM gives the
//! lease up when its containers have ended (`ReleaseOnCancel`); one that is lost or crashes keeps it until it runs out.

use crate::random::Purpose;
use crate::scenario::{OLD_TEMPLATE, SUBJECT};
use crate::sim::observation::{Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::pods::Next;
use crate::sim::state::steady::one_ready;
use crate::sim::state::workload::Workload;
use crate::time::{SimDuration, SimTime};

/// Of the pods that a run finds only the first is Ready, where only the holder of the lease is: the Deployment has never been
/// complete with more than one.
pub(crate) fn start<O: Observer>(run: &mut Run<'_, O>) {
    let replicas = run.scenario.found_replicas().max(0) as u32;
    if run.scenario.pods[usize::from(OLD_TEMPLATE)].leader.is_none() || replicas == 0 {
        return;
    }
    let State { pods, nodes, leader, sets, workloads, .. } = &mut *run.state;
    let Workload { available, deployment, replica_sets, work, .. } = workloads.of_mut(O::MANY, SUBJECT);
    leader.holder = Some(0);
    for (id, pod) in pods.iter_mut().enumerate().skip(1) {
        (pod.ready, pod.available, pod.seen_ready, pod.seen_available) = (false, false, false, false);
        pod.ready_at = SimTime::NEVER;
        nodes.states[pod.node as usize].ready -= 1;
        leader.waiting.push(id as PodId);
    }
    available.count = 1;
    let (Some(deployment), Some(set)) = (deployment, replica_sets.first_mut()) else { return };
    one_ready(deployment, set);
    work.show_start(*deployment, *set);
    sets.adopt(*set, SUBJECT);
    let worker = sets.worker(set.id);
    (worker.ready, worker.available) = (1, 1);
}

/// Whether a pod that lacks nothing else becomes Ready now: it holds the lease, or takes it because nobody does.
pub(crate) fn takes_lease<O: Observer>(run: &mut Run<'_, O>, id: PodId) -> bool {
    let now = run.now();
    let leader = &mut run.state.leader;
    if leader.holder.is_none() && leader.free_at <= now {
        leader.leave(id);
        leader.holder = Some(id);
    }
    leader.holder == Some(id)
}

/// A pod lacks nothing but the lease.
pub(crate) fn wait<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    run.state.leader.wait(id);
    if run.state.leader.holder.is_none() {
        elect(run);
    }
}

/// A pod stops: the others may take its lease at once where it has given that up, or else when the lease has run out.
pub(crate) fn stopped<O: Observer>(run: &mut Run<'_, O>, id: PodId, given_up: bool) {
    let template = run.state.pods[id as usize].template;
    let lease = run.scenario.pods[usize::from(template)].leader.map_or(SimDuration::ZERO, |lease| lease.duration);
    let free_at = run.now() + if given_up { SimDuration::ZERO } else { lease };
    let leader = &mut run.state.leader;
    leader.leave(id);
    if leader.holder == Some(id) {
        leader.holder = None;
        leader.free_at = free_at;
        elect(run);
    }
}

/// A pod gets its deletion timestamp. As long as its containers run a leader remains one.
pub(crate) fn terminating<O: Observer>(run: &mut Run<'_, O>, id: PodId, was_ready: bool) {
    if !was_ready {
        stopped(run, id, true);
    }
}

/// The waiting pod that tries first after the lease is free takes it.
fn elect<O: Observer>(run: &mut Run<'_, O>) {
    run.state.leader.elections += 1;
    let from = run.now().max(run.state.leader.free_at);
    let mut first: Option<(SimTime, PodId)> = None;
    for place in 0..run.state.leader.waiting.len() {
        let id = run.state.leader.waiting[place];
        let due = from + next_try(run, id);
        let pod = &run.state.pods[id as usize];
        let able = !pod.terminating && !pod.lost && !pod.backing_off && due < pod.exits_at;
        if able && first.is_none_or(|first| (due, id) < first) {
            first = Some((due, id));
        }
    }
    let Some((due, id)) = first else { return };
    run.state.leader.leave(id);
    run.state.leader.holder = Some(id);
    let pod = &mut run.state.pods[id as usize];
    pod.epoch = pod.epoch.wrapping_add(1);
    pod.next = Next::Ready;
    let epoch = pod.epoch;
    run.schedule(due, Event::Pod { pod: id, epoch });
}

/// How long after the lease is free a pod tries to take it: each pod tries once in an interval.
fn next_try<O: Observer>(run: &mut Run<'_, O>, id: PodId) -> SimDuration {
    let pod = run.state.pods[id as usize];
    let Some(lease) = run.scenario.pods[usize::from(pod.template)].leader else { return SimDuration::ZERO };
    let at = u64::from(run.state.leader.elections) << 32 | u64::from(pod.number);
    let part = run.draws.uniform(pod.template, Purpose::LeaseRetry, at);
    SimDuration::from_secs_f64(lease.retry.as_secs_f64() * part)
}
