//! Deployments, ReplicaSets and StatefulSets of a snapshot, as the API server and the controllers have them.

use super::clock::{BEFORE_SNAPSHOT, whole_second};
use crate::k8s::backoff;
use crate::k8s::daemon_set::DaemonSet;
use crate::k8s::objects::{Deployment, DeploymentStatus, Progressing, ReplicaSet};
use crate::k8s::stateful_set::StatefulSet;
use crate::random::Purpose;
use crate::scenario::{
    Found, FoundDaemonSet, FoundDeployment, FoundObject, FoundRefused, FoundReplicaSet, FoundStatefulSet,
    FoundWorkload, Stamp, WorkloadId,
};
use crate::sim::observation::Observer;
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::time::{NANOS_PER_SECOND, SimDuration, SimTime};

/// Every object has this resource version: what is written later has a higher one.
const VERSION: u64 = 1;

/// Takes up what a snapshot shows of an object.
pub(super) fn adopt<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, found: &Found, object: &FoundObject) {
    match object {
        FoundObject::Deployment(deployment) => adopt_deployment(run, w, found, deployment),
        FoundObject::StatefulSet(set) => adopt_stateful_set(run, w, set),
        FoundObject::DaemonSet(set) => adopt_daemon_set(run, w, set),
        FoundObject::Nothing => run.state.sets.adopt_other(w, w),
    }
}

fn adopt_deployment<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, found: &Found, own: &FoundDeployment) {
    let deployment = deployment(own);
    let workload = run.workload(w);
    workload.deployment = Some(deployment);
    let sets = (0..).zip(&own.replica_sets).map(|(place, set)| replica_set(found.owner(w, place), set));
    workload.replica_sets.extend(sets);
    let State { workloads, sets, .. } = &mut *run.state;
    let workload = workloads.of_mut(O::MANY, w);
    workload.work.adopt_all(deployment, &workload.replica_sets);
    for set in &workload.replica_sets {
        sets.adopt(*set, w);
    }
}

fn deployment(own: &FoundDeployment) -> Deployment {
    let progressing = own.progressing.map(|found| Progressing {
        status: found.status,
        reason: found.reason,
        last_update: whole_second(found.last_update),
        last_transition: whole_second(found.last_transition),
    });
    Deployment {
        generation: own.generation,
        resource_version: VERSION,
        spec: own.spec,
        status: DeploymentStatus { progressing, ..own.status },
    }
}

fn replica_set(id: u16, own: &FoundReplicaSet) -> ReplicaSet {
    ReplicaSet {
        id,
        template: own.template,
        created: whole_second(own.created),
        generation: own.generation,
        resource_version: VERSION,
        deleting: false,
        replicas: own.replicas,
        min_ready_seconds: own.min_ready_seconds,
        revision: own.revision,
        desired_replicas: own.desired_replicas,
        max_replicas: own.max_replicas,
        replicas_before_scale: None,
        status: own.status,
    }
}

fn adopt_stateful_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, own: &FoundStatefulSet) {
    run.state.sets.adopt_other(w, w);
    let object =
        StatefulSet { generation: own.generation, resource_version: VERSION, spec: own.spec, status: own.status };
    let wanted = run.stateful_set(w).map_or(0, |set| set.spec.replicas);
    let work = &mut run.state.stateful_sets.sets[usize::from(w)];
    // The times of a script are listed for as many pods as there ever are.
    work.most = if run.scenario.script.is_some() { run.scenario.most_desired() } else { 0 };
    work.most = work.most.max(own.spec.replicas.max(wanted).max(1) as u32);
    work.object = Some(object);
    work.cached = Some(object);
    work.revisions.extend(&own.revisions);
}

fn adopt_daemon_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, own: &FoundDaemonSet) {
    run.state.sets.adopt_other(w, w);
    let object =
        DaemonSet { generation: own.generation, resource_version: VERSION, spec: own.spec, status: own.status };
    let work = &mut run.state.daemon_sets.sets[usize::from(w)];
    work.object = Some(object);
    work.cached = Some(object);
    work.told = own.status.desired_number_scheduled;
    work.revisions.extend(&own.revisions);
}

/// Has every controller of a workload look at it now; a ReplicaSet whose pods are refused has its next try when its back-off
/// ends.
pub(super) fn queue_keys<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, found: &Found) {
    let now = run.now();
    let Some(FoundWorkload { object, .. }) = found.workloads.get(usize::from(w)) else { return };
    let State { workloads, stateful_sets, daemon_sets, agenda, .. } = &mut *run.state;
    let own = match object {
        FoundObject::Deployment(own) => own,
        FoundObject::StatefulSet(_) => return stateful_sets.sets[usize::from(w)].requeue_at(w, now, agenda),
        FoundObject::DaemonSet(_) => return daemon_sets.sets[usize::from(w)].requeue_at(w, now, agenda),
        FoundObject::Nothing => return,
    };
    workloads.of_mut(O::MANY, w).work.requeue_at(now, agenda);
    for (place, set) in (0..).zip(&own.replica_sets) {
        let id = found.owner(w, place);
        let (failures, due) = match set.refused {
            Some(refused) => next_try(run, set.template, refused),
            None => (0, now),
        };
        let worker = run.state.sets.worker(id);
        (worker.failures, worker.retry) = (failures, Some(due));
        run.schedule(due, Event::ReplicaSetRetry { id });
    }
}

/// How often pods have been refused in a row, and when they are asked for again. The n-th refusal comes 5 · (2ⁿ⁻¹ - 1) ms after
/// the first one, and the next try 5 · 2ⁿ⁻¹ ms after it.
fn next_try<O: Observer>(run: &mut Run<'_, O>, template: u16, refused: FoundRefused) -> (u32, SimTime) {
    let mut instant = |stamp: Stamp, position| {
        let part = run.draws.uniform(template, Purpose::StampPart, u64::MAX - position);
        let nanos = stamp.nanos.unwrap_or((part * NANOS_PER_SECOND as f64) as u32);
        SimTime::from_secs(whole_second(stamp.second)) + SimDuration::from_nanos(u64::from(nanos))
    };
    let first = instant(refused.first, 1);
    let last = refused.last.map(|last| instant(last, 0));
    let now = run.now();
    let (mut failures, mut at) = (1, first);
    let mut next = at + backoff::rate_limited_delay(0);
    // Of a row whose last refusal is known, the one nearest to it; otherwise the last one before now.
    while next <= last.unwrap_or(now).min(now) {
        at = next;
        next = at + backoff::rate_limited_delay(failures);
        failures += 1;
    }
    let at = last.map_or(at, |last| last.max(at));
    (failures, (at + backoff::rate_limited_delay(failures - 1)).max(now).max(BEFORE_SNAPSHOT))
}
