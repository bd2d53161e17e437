//! Deployments, StatefulSets and DaemonSets of a recording that begins in the middle of a rollout, as the simulator finds them.

use std::sync::Arc;

use super::began::Start;
use super::found::{self, Owner, Pair, There, stamp};
use super::progress::{reason_word, status_word};
use super::recording::Recording;
use super::stop::{Result, Templates, unsupported, wrong};
use crate::k8s::controller_revision::ControllerRevision;
use crate::k8s::daemon_set::{DaemonSetSpec, DaemonSetStatus};
use crate::k8s::fenceposts::{max_replicas, min_available};
use crate::k8s::objects::{
    ConditionStatus, DeploymentSpec, DeploymentStatus, ProgressReason, ReplicaSetStatus, Template,
};
use crate::k8s::stateful_set::{StatefulSetSpec, StatefulSetStatus};
use crate::scenario::{
    Found, FoundDaemonSet, FoundDeployment, FoundPlace, FoundProgressing, FoundRefused, FoundReplicaSet,
    FoundStatefulSet, FoundWorkload, Scenario,
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

/// Gives the templates that were there numbers.
pub(super) fn number_templates(recording: &Recording, templates: &mut Templates) -> Result<()> {
    let Some(start) = recording.start.as_ref().filter(|start| start.is_mid_rollout()) else { return Ok(()) };
    templates_there(start).iter().try_for_each(|name| templates.number(name).map(drop))
}

/// The part of a recording that says what was there, where it begins in the middle of a rollout.
pub(super) fn mid_rollout(recording: &Recording) -> Option<&Start> {
    recording.start.as_ref().filter(|start| start.is_mid_rollout())
}

fn alone(recording: &Recording) -> Result<()> {
    if recording.others.is_empty() {
        return Ok(());
    }
    unsupported("extra.deployments beside a beginning in the middle of a rollout")
}

fn number(templates: &Templates, name: &str) -> Template {
    templates.names.iter().position(|known| known == name).unwrap_or_default() as Template
}

/// Has a scenario begin with a Deployment as it was.
pub(super) fn deployment(
    recording: &Recording,
    start: &Start,
    (spec, templates): (DeploymentSpec, &Templates),
    scenario: &mut Scenario,
) -> Result<There> {
    alone(recording)?;
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
    let mut pairs = found::pods(recording, start, (Owner::ReplicaSets, &sizes), (templates, script))?;
    // ReplicaSets in order of their age; the Deployment's own is the newest.
    let last = names.len() - 1;
    names[..last].sort_by(|one, other| born(&pairs, one).total_cmp(&born(&pairs, other)));
    for pair in &mut pairs {
        let place = names.iter().position(|name| is_of(&pair.there.name, name)).unwrap_or_default();
        pair.found.place = FoundPlace::ReplicaSet(place as u16);
    }
    let sets: Vec<FoundReplicaSet> = (1..)
        .zip(&names)
        .map(|(revision, name)| {
            let own = || pairs.iter().filter(|pair| is_of(&pair.there.name, name));
            let replicas = size(name) as i32;
            let [pods, ready, available, terminating] = found::counts(own(), spec.min_ready_seconds);
            let mut set = FoundReplicaSet::new(number(templates, name), replicas);
            set.created = stamp(recording.within_second, born(&pairs, name)).second;
            (set.revision, set.min_ready_seconds) = (revision, spec.min_ready_seconds);
            (set.desired_replicas, set.max_replicas) = (Some(spec.replicas), Some(max_replicas(&spec)));
            set.status = ReplicaSetStatus {
                observed_generation: 1,
                replicas: pods,
                ready_replicas: ready,
                available_replicas: available,
                terminating_replicas: terminating,
                replica_failure: start.refused.contains_key(name),
            };
            let first = start.refused.get(name).map(|at| stamp(recording.within_second, at.0));
            set.refused = first.map(|first| FoundRefused { first, last: None });
            set
        })
        .collect();
    let progressing = progressing(recording, start, &spec, &pairs)?;
    let spec = DeploymentSpec { template: number(templates, &start.template), ..spec };
    let mut object = FoundDeployment::new(spec, sets);
    object.status = status(&object, &spec);
    object.progressing = progressing;
    let there = There {
        sets: (0..).zip(&sizes).map(|(place, _)| (place, names[usize::from(place)].clone(), 0)).collect(),
        progressing: progressing.map(|one| (status_word(one.status).to_owned(), reason_word(one.reason).to_owned())),
        pods: Vec::new(),
    };
    let sets = there.sets.iter().map(|(place, name, _)| (*place, name.clone(), size(name) as i32)).collect();
    let (found_pods, pods) = pairs.into_iter().map(|pair| (pair.found, pair.there)).unzip();
    begin_with(scenario, recording, FoundWorkload::deployment(object, found_pods));
    scenario.deployment = spec;
    Ok(There { sets, pods, ..there })
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
    start: &Start,
    spec: &DeploymentSpec,
    pairs: &[Pair],
) -> Result<Option<FoundProgressing>> {
    let second = |at: f64| stamp(recording.within_second, at).second;
    if let Some((at, status, reason)) = &start.progressing {
        const STATUSES: [ConditionStatus; 3] =
            [ConditionStatus::True, ConditionStatus::False, ConditionStatus::Unknown];
        let status_of = STATUSES.into_iter().find(|known| status_word(*known) == status);
        let reason_of = REASONS.into_iter().find(|known| reason_word(*known) == reason);
        let (Some(status), Some(reason)) = (status_of, reason_of) else {
            let advice =
                format!("{status:?}, {reason:?} is no condition of Kubernetes such as \"True\", \"ReplicaSetUpdated\"");
            return wrong("start.progressing", advice);
        };
        let last = second(at.0);
        return Ok(Some(FoundProgressing { status, reason, last_update: last, last_transition: last }));
    }
    let own = pairs.iter().filter(|pair| is_of(&pair.there.name, &start.template));
    let instants = own.flat_map(|pair| pair.there.ready_since.into_iter().chain([pair.there.life.created]));
    let last = second(instants.reduce(f64::max).unwrap_or(0.0));
    let (status, reason) = match spec.paused {
        true => (ConditionStatus::Unknown, ProgressReason::DeploymentPaused),
        false => (ConditionStatus::True, ProgressReason::ReplicaSetUpdated),
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

/// Has a scenario begin with a StatefulSet as it was; gives its spec, with the template that it has.
pub(super) fn stateful_set(
    recording: &Recording,
    start: &Start,
    (spec, templates): (StatefulSetSpec, &Templates),
    scenario: &mut Scenario,
) -> Result<There> {
    alone(recording)?;
    let new = number(templates, &start.template);
    let first = spec.start_ordinal.max(0) as u32;
    let sizes = sizes_of_set(start, spec.replicas.max(0) as u32);
    let script = scenario.script.get_or_insert_default();
    let pairs = found::pods(recording, start, (Owner::StatefulSet(first), &sizes), (templates, script))?;
    let names = templates_there(start);
    let old = names.first().map_or(new, |name| number(templates, name));
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
    let object = FoundStatefulSet::new(spec, status, revisions(&names, templates));
    Ok(begin_with_set(scenario, recording, pairs, |pods| FoundWorkload::stateful_set(object, pods)))
}

/// The same for a DaemonSet.
pub(super) fn daemon_set(
    recording: &Recording,
    start: &Start,
    (spec, templates): (DaemonSetSpec, &Templates),
    scenario: &mut Scenario,
) -> Result<There> {
    alone(recording)?;
    let new = number(templates, &start.template);
    let nodes = recording.cluster.nodes;
    let sizes = sizes_of_set(start, nodes);
    let script = scenario.script.get_or_insert_default();
    let pairs = found::pods(recording, start, (Owner::DaemonSet, &sizes), (templates, script))?;
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
    let object = FoundDaemonSet::new(spec, status, revisions(&templates_there(start), templates));
    Ok(begin_with_set(scenario, recording, pairs, |pods| FoundWorkload::daemon_set(object, pods)))
}

/// The revisions of templates, the workload's own as the newest.
fn revisions(names: &[String], templates: &Templates) -> Vec<ControllerRevision> {
    let numbered = (1..).zip(names);
    numbered.map(|(place, name)| ControllerRevision { template: number(templates, name), number: place }).collect()
}

fn begin_with_set(
    scenario: &mut Scenario,
    recording: &Recording,
    pairs: Vec<Pair>,
    workload: impl FnOnce(Vec<crate::scenario::FoundPod>) -> FoundWorkload,
) -> There {
    let (found, pods) = pairs.into_iter().map(|pair| (pair.found, pair.there)).unzip();
    begin_with(scenario, recording, workload(found));
    There { pods, ..There::default() }
}

fn begin_with(scenario: &mut Scenario, recording: &Recording, workload: FoundWorkload) {
    let mut found = Found::of(workload);
    found.within_second = Some((recording.within_second * 1e9).round() as u32);
    scenario.start = crate::scenario::Start::Found(Arc::new(found));
}
