//! Deployments, StatefulSets and DaemonSets that were there when a recording begins, as the simulator finds them.

use std::sync::Arc;

use super::began::Start;
use super::found::{self, Of, Owner, Pair, There, stamp};
use super::progress::{reason_word, status_word};
use super::recording::Recording;
use super::stop::{Result, Templates, wrong};
use crate::k8s::controller_revision::ControllerRevision;
use crate::k8s::daemon_set::{DaemonSetSpec, DaemonSetStatus};
use crate::k8s::fenceposts::{max_replicas, min_available};
use crate::k8s::objects::{
    ConditionStatus, DeploymentSpec, DeploymentStatus, ProgressReason, ReplicaSetStatus, Template,
};
use crate::k8s::stateful_set::{StatefulSetSpec, StatefulSetStatus};
use crate::scenario::{
    Found, FoundDaemonSet, FoundDeployment, FoundObject, FoundPlace, FoundProgressing, FoundRefused, FoundReplicaSet,
    FoundStatefulSet, FoundWorkload, SUBJECT, Scenario, WorkloadId,
};

/// How long before the beginning ReplicaSets are taken to have been created of which no pod is listed [s].
const BEFORE: f64 = -3600.0;

/// The templates that were there: the others first, then the workload's own.
fn templates_there(start: &Start) -> Vec<String> {
    let others = start.others.keys().filter(|name| **name != start.template).cloned();
    let mut names: Vec<String> = others.collect();
    for pod in &start.pods {
        let of = pod.pod.rsplit_once('-').map_or("", |(of, _)| of);
        if of != start.template && !of.is_empty() && !names.iter().any(|known| known == of) {
            names.push(of.to_owned());
        }
    }
    names.push(start.template.clone());
    names
}

/// What was there of a workload, by its name, where the run finds it; without a name of the one that the recording is about.
fn start_of<'a>(recording: &'a Recording, name: Option<&str>) -> Option<&'a Start> {
    let start = start(recording)?;
    name.map_or(Some(start), |name| start.deployments.get(name))
}

/// Gives the templates of a workload that were there numbers.
pub(super) fn number_templates(recording: &Recording, name: Option<&str>, templates: &mut Templates) -> Result<()> {
    let Some(start) = start_of(recording, name) else { return Ok(()) };
    templates_there(start).iter().try_for_each(|name| templates.number(name).map(drop))
}

/// What was there, where the run finds it: in the middle of a rollout, beside other Deployments, or where volumes bind pods to a node.
/// Otherwise the pods come up before the instant 0.
pub(super) fn start(recording: &Recording) -> Option<&Start> {
    recording.start.as_ref().filter(|start| start.is_detailed() || recording.volumes.bind_pods())
}

fn number(templates: &Templates, name: &str) -> Template {
    templates.names.iter().position(|known| known == name).unwrap_or_default() as Template
}

/// A workload as the run finds it, and as who observes it does.
type FoundOne = (FoundWorkload, There);

/// Has a scenario begin with the Deployments of a recording as they were; `None`: they are created.
pub(super) fn deployments(
    recording: &Recording,
    specs: &[DeploymentSpec],
    templates: &Templates,
    scenario: &mut Scenario,
) -> Result<Option<There>> {
    let Some(start) = start(recording) else { return Ok(None) };
    let of = Of { workload: SUBJECT, start, path: "start" };
    let first = deployment(recording, of, (specs[0], templates), scenario)?;
    scenario.deployment = DeploymentSpec { template: number(templates, &start.template), ..specs[0] };
    begin(recording, first, (specs, templates), scenario).map(Some)
}

/// A Deployment as it was.
fn deployment(
    recording: &Recording,
    of: Of<'_>,
    (spec, templates): (DeploymentSpec, &Templates),
    scenario: &mut Scenario,
) -> Result<FoundOne> {
    let start = of.start;
    let mut names = templates_there(start);
    let listed = |name: &str| start.pods.iter().filter(|pod| is_of(&pod.pod, name) && pod.deleted.is_none()).count();
    let size = |name: &str| match (name == start.template, start.replicas) {
        (true, Some(size)) => size,
        (true, None) if !start.pods.is_empty() => listed(name) as u32,
        (true, None) => spec.replicas.max(0) as u32,
        (false, _) => start.others.get(name).copied().unwrap_or(0),
    };
    let sizes: Vec<(String, u32)> = names.iter().map(|name| (name.clone(), size(name))).collect();
    let script = scenario.script.get_or_insert_default();
    let mut pairs = found::pods(recording, of, (Owner::ReplicaSets, &sizes), (templates, script))?;
    // ReplicaSets in order of their age; the Deployment's own is the newest.
    let last = names.len() - 1;
    names[..last].sort_by(|one, other| born(&pairs, one).total_cmp(&born(&pairs, other)));
    for pair in &mut pairs {
        let place = names.iter().position(|name| is_of(&pair.there.name, name)).unwrap_or_default();
        pair.found.place = FoundPlace::ReplicaSet(place as u16);
    }
    let of_name = |(revision, name): (i64, &String)| {
        replica_set(recording, of, (spec, &pairs), (revision, name, number(templates, name), size(name) as i32))
    };
    let sets: Vec<FoundReplicaSet> = (1..).zip(&names).map(of_name).collect();
    let spec = DeploymentSpec { template: number(templates, &start.template), ..spec };
    let mut object = FoundDeployment::new(spec, sets);
    object.status = status(&object, &spec);
    object.progressing = progressing(recording, of, (&spec, &object.status), &pairs)?;
    let words = |one: FoundProgressing| (status_word(one.status).to_owned(), reason_word(one.reason).to_owned());
    let progressing = object.progressing.map(words);
    let sets = (0..).zip(&names).map(|(place, name)| (place, name.clone(), size(name) as i32)).collect();
    let (found_pods, pods) = pairs.into_iter().map(|pair| (pair.found, pair.there)).unzip();
    Ok((FoundWorkload::deployment(object, found_pods), There { sets, pods, progressing }))
}

/// A ReplicaSet as it was: its revision, the name and the number of its template, and its size.
fn replica_set(
    recording: &Recording,
    of: Of<'_>,
    (spec, pairs): (DeploymentSpec, &[Pair]),
    (revision, name, template, replicas): (i64, &str, Template, i32),
) -> FoundReplicaSet {
    let own = || pairs.iter().filter(|pair| is_of(&pair.there.name, name));
    let [pods, ready, available, terminating] = found::counts(own(), spec.min_ready_seconds);
    let mut set = FoundReplicaSet::new(template, replicas);
    set.created = stamp(recording.within_second, born(pairs, name)).second;
    (set.revision, set.min_ready_seconds) = (revision, spec.min_ready_seconds);
    (set.desired_replicas, set.max_replicas) = (Some(spec.replicas), Some(max_replicas(&spec)));
    set.status = ReplicaSetStatus {
        observed_generation: 1,
        replicas: pods,
        ready_replicas: ready,
        available_replicas: available,
        terminating_replicas: terminating,
        replica_failure: of.start.refused.contains_key(name),
    };
    let first = of.start.refused.get(name).map(|at| stamp(recording.within_second, at.0));
    set.refused = first.map(|first| FoundRefused { first, last: None });
    set
}

/// When the first of a template's pods was created.
fn born(pairs: &[Pair], template: &str) -> f64 {
    let own = pairs.iter().filter(|pair| is_of(&pair.there.name, template)).map(|pair| pair.there.life.created);
    own.reduce(f64::min).unwrap_or(BEFORE)
}

/// Whether a pod is of a template, by its name.
fn is_of(pod: &str, template: &str) -> bool {
    pod.rsplit_once('-').is_some_and(|(of, _)| of == template)
}

/// The status of a Deployment whose controller has seen its ReplicaSets.
fn status(object: &FoundDeployment, spec: &DeploymentSpec) -> DeploymentStatus {
    let sum = |of: fn(&ReplicaSetStatus) -> i32| object.replica_sets.iter().map(|set| of(&set.status)).sum::<i32>();
    let wanted: i32 = object.replica_sets.iter().map(|set| set.replicas).sum();
    let available = sum(|status| status.available_replicas);
    let own = object.replica_sets.last().map(|set| set.status).unwrap_or_default();
    DeploymentStatus {
        observed_generation: 1,
        replicas: sum(|status| status.replicas),
        updated_replicas: own.replicas,
        ready_replicas: sum(|status| status.ready_replicas),
        available_replicas: available,
        unavailable_replicas: (wanted - available).max(0),
        terminating_replicas: sum(|status| status.terminating_replicas),
        available: Some(available >= min_available(spec)),
        progressing: None,
        replica_failure: object.replica_sets.iter().any(|set| set.status.replica_failure),
        revision: object.replica_sets.len() as i64,
    }
}

/// The condition Progressing as it was; where the recording does not say, the rollout last progressed when a pod was created or became
/// Ready.
fn progressing(
    recording: &Recording,
    of: Of<'_>,
    (spec, now): (&DeploymentSpec, &DeploymentStatus),
    pairs: &[Pair],
) -> Result<Option<FoundProgressing>> {
    let start = of.start;
    let second = |at: f64| stamp(recording.within_second, at).second;
    if let Some((at, status, reason)) = &start.progressing {
        const STATUSES: [ConditionStatus; 3] =
            [ConditionStatus::True, ConditionStatus::False, ConditionStatus::Unknown];
        let status_of = STATUSES.into_iter().find(|known| status_word(*known) == status);
        let reason_of = REASONS.into_iter().find(|known| reason_word(*known) == reason);
        let (Some(status), Some(reason)) = (status_of, reason_of) else {
            let advice =
                format!("{status:?}, {reason:?} is no condition of Kubernetes such as \"True\", \"ReplicaSetUpdated\"");
            return wrong(format!("{}.progressing", of.path), advice);
        };
        let last = second(at.0);
        return Ok(Some(FoundProgressing { status, reason, last_update: last, last_transition: last }));
    }
    let own = pairs.iter().filter(|pair| is_of(&pair.there.name, &start.template));
    let instants = own.flat_map(|pair| pair.there.ready_since.into_iter().chain([pair.there.life.created]));
    let last = second(instants.reduce(f64::max).unwrap_or(0.0));
    let is_complete = [now.updated_replicas, now.replicas, now.available_replicas] == [spec.replicas; 3];
    let (status, reason) = match (spec.paused, is_complete) {
        (true, _) => (ConditionStatus::Unknown, ProgressReason::DeploymentPaused),
        (false, true) => (ConditionStatus::True, ProgressReason::NewReplicaSetAvailable),
        (false, false) => (ConditionStatus::True, ProgressReason::ReplicaSetUpdated),
    };
    let has_deadline = spec.progress_deadline_seconds.is_some();
    Ok(has_deadline.then_some(FoundProgressing { status, reason, last_update: last, last_transition: last }))
}

const REASONS: [ProgressReason; 8] = [
    ProgressReason::NewReplicaSetCreated,
    ProgressReason::FoundNewReplicaSet,
    ProgressReason::ReplicaSetUpdated,
    ProgressReason::NewReplicaSetAvailable,
    ProgressReason::ProgressDeadlineExceeded,
    ProgressReason::ReplicaSetCreateError,
    ProgressReason::DeploymentPaused,
    ProgressReason::DeploymentResumed,
];

/// How many pods of each template a set has where the recording does not list them.
fn sizes_of_set(start: &Start, wanted: u32) -> Vec<(String, u32)> {
    let others = || start.others.iter().filter(|(name, _)| **name != start.template);
    let rest = wanted.saturating_sub(others().map(|(_, size)| *size).sum());
    let own = (start.template.clone(), start.replicas.unwrap_or(rest));
    // Controllers begin with the highest ordinal.
    others().map(|(name, size)| (name.clone(), *size)).chain([own]).collect()
}

/// Has a scenario begin with a StatefulSet as it was, and with what stood beside it; `None`: it is created.
pub(super) fn stateful_set(
    recording: &Recording,
    (spec, specs): (StatefulSetSpec, &[DeploymentSpec]),
    templates: &Templates,
    scenario: &mut Scenario,
) -> Result<Option<There>> {
    let Some(start) = start(recording) else { return Ok(None) };
    let first = spec.start_ordinal.max(0) as u32;
    let kind = (Owner::StatefulSet(first), spec.replicas.max(0) as u32);
    let one = set(recording, (start, templates), kind, scenario, |pairs, revisions, new| {
        let old = revisions.first().map_or(new, |revision| revision.template);
        let live = |template: Template| {
            let own = pairs.iter().filter(|pair| pair.there.template == template && !pair.found.is_terminating());
            own.count() as i32
        };
        let [live_pods, ready, available, _] = found::counts(pairs.iter(), spec.min_ready_seconds);
        debug_assert!(live_pods <= pairs.len() as i32);
        let status = StatefulSetStatus {
            observed_generation: 1,
            replicas: pairs.len() as i32,
            ready_replicas: ready,
            available_replicas: available,
            current_replicas: live(old),
            updated_replicas: live(new),
            current_revision: Some(old),
            update_revision: Some(new),
        };
        let spec = StatefulSetSpec { template: new, ..spec };
        FoundObject::StatefulSet(FoundStatefulSet::new(spec, status, revisions))
    })?;
    begin(recording, one, (specs, templates), scenario).map(Some)
}

/// The same for a DaemonSet.
pub(super) fn daemon_set(
    recording: &Recording,
    (spec, specs): (DaemonSetSpec, &[DeploymentSpec]),
    templates: &Templates,
    scenario: &mut Scenario,
) -> Result<Option<There>> {
    let Some(start) = start(recording) else { return Ok(None) };
    let nodes = recording.cluster.nodes;
    let one = set(recording, (start, templates), (Owner::DaemonSet, nodes), scenario, |pairs, revisions, new| {
        let mut on: Vec<Option<u32>> = pairs.iter().map(|pair| pair.found.node).collect();
        on.sort_unstable();
        on.dedup();
        let [_, ready, available, _] = found::counts(pairs.iter(), spec.min_ready_seconds);
        let status = DaemonSetStatus {
            observed_generation: 1,
            desired_number_scheduled: nodes as i32,
            current_number_scheduled: on.len() as i32,
            number_misscheduled: 0,
            number_ready: ready,
            number_available: available,
            updated_number_scheduled: pairs.iter().filter(|pair| pair.there.template == new).count() as i32,
        };
        let spec = DaemonSetSpec { template: new, ..spec };
        FoundObject::DaemonSet(FoundDaemonSet::new(spec, status, revisions))
    })?;
    begin(recording, one, (specs, templates), scenario).map(Some)
}

/// A StatefulSet or a DaemonSet as it was. `owner` and `wanted`: what it is, and how many pods it wants; `object` makes it from its pods,
/// its revisions and its template.
fn set(
    recording: &Recording,
    (start, templates): (&Start, &Templates),
    (owner, wanted): (Owner, u32),
    scenario: &mut Scenario,
    object: impl FnOnce(&[Pair], Vec<ControllerRevision>, Template) -> FoundObject,
) -> Result<FoundOne> {
    let sizes = sizes_of_set(start, wanted);
    let script = scenario.script.get_or_insert_default();
    let of = Of { workload: SUBJECT, start, path: "start" };
    let pairs = found::pods(recording, of, (owner, &sizes), (templates, script))?;
    let object = object(&pairs, revisions(&templates_there(start), templates), number(templates, &start.template));
    let (found, pods) = pairs.into_iter().map(|pair| (pair.found, pair.there)).unzip();
    Ok((FoundWorkload::of(object, found), There { pods, ..There::default() }))
}

/// The revisions of templates, the workload's own as the newest.
fn revisions(names: &[String], templates: &Templates) -> Vec<ControllerRevision> {
    let numbered = (1..).zip(names);
    numbered.map(|(place, name)| ControllerRevision { template: number(templates, name), number: place }).collect()
}

/// Has a scenario begin with the workload that the recording is about, and the Deployments beside it: those that there were, and those that
/// are still to be created.
fn begin(
    recording: &Recording,
    first: FoundOne,
    (specs, templates): (&[DeploymentSpec], &Templates),
    scenario: &mut Scenario,
) -> Result<There> {
    let mut all = vec![first];
    for (name, spec) in recording.others.keys().zip(specs.iter().skip(1)) {
        let one = match start_of(recording, Some(name)) {
            None => (FoundWorkload::nothing(), There::default()),
            Some(start) => {
                let of = Of { workload: all.len() as WorkloadId, start, path: &format!("start.deployments.{name}") };
                deployment(recording, of, (*spec, templates), scenario)?
            }
        };
        all.push(one);
    }
    let (workloads, mut theirs): (Vec<FoundWorkload>, Vec<There>) = all.into_iter().unzip();
    let found = Found::of_all(workloads, (recording.within_second * 1e9).round() as u32);
    let mut there = There { progressing: theirs[0].progressing.take(), ..There::default() };
    for (w, own) in (0..).zip(theirs) {
        there.sets.extend(own.sets.into_iter().map(|(place, name, size)| (found.owner(w, place), name, size)));
        there.pods.extend(own.pods);
    }
    scenario.start = crate::scenario::Start::Found(Arc::new(found));
    Ok(there)
}
