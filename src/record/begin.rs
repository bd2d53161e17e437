//! Where a recording begins: what ran before the first change, and which changes followed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::history::{History, Resized, SpecSeen};
use super::source::{At, Source};
use super::versions::{Versions, key};

/// A change of the workload's spec.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) at: At,
    pub(super) before: Value,
    pub(super) after: Value,
    pub(super) patch: Value,
}

/// What the workload was when the recording begins.
#[derive(Clone, Debug)]
pub(super) struct Beginning {
    /// The instant 0 of the recording, in nanoseconds since 1970.
    pub(super) zero: i64,
    /// Its spec then.
    pub(super) spec: Value,
    /// It did not exist and is created at the instant 0.
    pub(super) is_created: bool,
    /// A rollout was in progress then.
    pub(super) is_mid_rollout: bool,
    /// The changes that follow.
    pub(super) changes: Vec<Change>,
    /// What of the spec before the first change is not known, and what is taken instead.
    pub(super) assumed: Vec<String>,
    /// The sizes of ReplicaSets at the instant 0, by the key of their template.
    pub(super) sizes: BTreeMap<String, i32>,
    pub(super) versions: Versions,
    /// In the middle of a rollout, by version: pods that were there and that no file names.
    pub(super) unnamed: BTreeMap<String, u32>,
}

/// How long after the beginning the controllers' writes about what came before are taken to be over, in nanoseconds.
const SETTLING: i64 = 100_000_000;

impl Beginning {
    /// Until when what a controller writes is about what came before: in the middle of a rollout it may be in the middle of a sync.
    pub(super) const fn settled(&self) -> i64 {
        if self.is_mid_rollout { self.zero + SETTLING } else { self.zero }
    }
}

/// Finds the beginning; `since` is the instant 0 where the user gives it. `None`: no file has the workload itself.
pub(super) fn begin(history: &History, since: Option<i64>) -> Option<Beginning> {
    let (first, mut assumed) = first_spec(history)?;
    let mut changes = changes(history, &first);
    // A watch has the spec from its beginning on.
    if changes.is_empty() && history.specs.len() == 1 && first.at.source != Source::Watch {
        changes = from_sizes(history, &first.spec);
    }
    let base = changes.first().map_or_else(|| first.spec.clone(), |change| change.before.clone());
    let created = history.specs.first().filter(|seen| seen.created).map(|seen| seen.at.nanos);
    let (zero, is_created) = match (since, changes.first()) {
        (Some(since), _) => (since, created.is_some_and(|at| at >= since)),
        (None, Some(change)) if is_settled(history, change.at.nanos) => (change.at.nanos, false),
        (None, _) if created.is_some() => (created?, true),
        (None, change) => {
            // In the middle of a rollout: from when on everything is seen.
            let began = history.watch_began.map(|at| at.nanos + 1);
            let began = began.filter(|began| change.is_none_or(|change| *began <= change.at.nanos));
            (began.or(change.map(|change| change.at.nanos)).or(history.first).or(history.last)?, false)
        }
    };
    let later = changes.iter().position(|change| change.at.nanos >= zero).unwrap_or(changes.len());
    let earlier = changes.drain(..later).next_back();
    if earlier.is_some() {
        assumed.clear();
    }
    let spec = earlier.map_or(base, |change| change.after);
    let own = key(&spec["template"]);
    let mut sizes = sizes_at(history, zero);
    // A ReplicaSet that nobody wrote to since the log began has the size that the status tells.
    let updated = history.status_at(zero).and_then(|seen| seen.status.get("updatedReplicas")).and_then(Value::as_i64);
    if let Some(updated) = updated.filter(|updated| *updated > 0 && history.of_deployment && !is_created) {
        sizes.entry(own.clone()).or_insert(i32::try_from(updated).unwrap_or(i32::MAX));
    }
    let wanted = spec.get("replicas").and_then(Value::as_i64).unwrap_or(1);
    let is_whole =
        sizes.is_empty() || sizes.len() == 1 && sizes.get(&own).is_some_and(|size| i64::from(*size) == wanted);
    let there = Pods::at(history, zero);
    let is_mid_rollout = !is_created && (!is_whole || !is_settled(history, zero) || !there.are_all_ready(&own));
    let mut versions = Versions::default();
    if is_mid_rollout {
        // Older versions come first.
        let of_pods =
            there.templates.iter().filter(|(key, _)| !sizes.contains_key(*key)).map(|(key, born)| (key, Some(born)));
        let of_sets = sizes.keys().map(|key| (key, history.born.get(key)));
        let mut older: Vec<(&String, Option<&i64>)> = of_sets.chain(of_pods).filter(|(key, _)| **key != own).collect();
        older.sort_by_key(|(_, born)| *born);
        older.into_iter().for_each(|(key, _)| drop(versions.name(key)));
    }
    versions.name(&own);
    for change in &changes {
        versions.name(&key(&change.after["template"]));
    }
    Some(Beginning {
        zero,
        spec,
        is_created,
        is_mid_rollout,
        changes,
        assumed,
        sizes,
        versions,
        unnamed: BTreeMap::new(),
    })
}

/// The pods that were there at an instant, where a watch shows all of them.
#[derive(Debug, Default)]
struct Pods {
    /// The templates of those that were not told to go, each with when the first of its pods was created.
    templates: BTreeMap<String, i64>,
    /// One of them was not Ready.
    some_unready: bool,
    /// There were more or fewer than the spec wanted.
    missing: bool,
}

impl Pods {
    fn at(history: &History, nanos: i64) -> Self {
        let mut there = Self::default();
        if history.watch_began.is_none_or(|began| began.nanos >= nanos) {
            return there;
        }
        let mut count = 0;
        for pod in history.pods.values().filter(|pod| pod.is_seen && pod.is_active(nanos)) {
            count += 1;
            there.some_unready |= pod.ready_since(nanos).is_none();
            let key = pod.owner.as_ref().and_then(|owner| history.templates.get(owner));
            if let (Some(key), Some(created)) = (key, pod.created) {
                let born = there.templates.entry(key.clone()).or_insert(created.nanos);
                *born = created.nanos.min(*born);
            }
        }
        let spec = history.specs.iter().rfind(|seen| seen.at.nanos < nanos);
        let wanted = spec.and_then(|seen| seen.spec.get("replicas")).and_then(Value::as_i64);
        there.missing = wanted.is_some_and(|wanted| wanted != count);
        there
    }

    /// Whether all that are wanted were there and Ready, with this template.
    fn are_all_ready(&self, own: &str) -> bool {
        !self.some_unready && !self.missing && self.templates.keys().all(|key| key == own)
    }
}

/// The spec before the first change that is known, and what of it is assumed.
fn first_spec(history: &History) -> Option<(SpecSeen, Vec<String>)> {
    let first = history.specs.first()?;
    let status = history.statuses.first();
    let observed = status.and_then(|seen| seen.status.get("observedGeneration")).and_then(Value::as_i64);
    let is_change = !first.created
        && first.at.source == Source::Audit
        && status.is_some_and(|seen| seen.at == first.at && seen.generation > observed.unwrap_or(0));
    if !is_change {
        return Some((first.clone(), Vec::new()));
    }
    let changed = changed_fields(&first.patch);
    let mut spec = first.spec.clone();
    let mut assumed = Vec::new();
    let own = key(&first.spec["template"]);
    let old = largest_other(history, &own, first.at.nanos).or_else(|| template_of_pods(history, &own, first.at.nanos));
    if changed.iter().any(|field| field == "template") {
        spec["template"] = old.and_then(|key| serde_json::from_str(&key).ok()).unwrap_or(Value::Null);
    }
    if changed.iter().any(|field| field == "replicas") {
        let own = history.statuses.first().and_then(|seen| seen.status.get("replicas")).and_then(Value::as_i64);
        spec["replicas"] = Value::from(own.unwrap_or(0));
    }
    let others = changed.iter().filter(|field| !matches!(field.as_str(), "template" | "replicas"));
    for field in others {
        if let Some(fields) = spec.as_object_mut() {
            fields.remove(field);
        }
        assumed.push(format!("{field} before the first change is not known: the default of Kubernetes is taken"));
    }
    if first.patch.is_null() {
        let advice = "the spec before the first write, which replaced all of it, is not known: it is taken as after it";
        assumed.push(advice.into());
    }
    Some((SpecSeen { spec, patch: Value::Null, ..first.clone() }, assumed))
}

/// The fields of the spec that a patch names.
fn changed_fields(patch: &Value) -> Vec<String> {
    match patch {
        Value::Array(steps) => {
            let paths = steps.iter().filter_map(|step| step.get("path")?.as_str()?.strip_prefix("/spec/"));
            paths.filter_map(|path| path.split('/').next()).map(str::to_owned).collect()
        }
        other => {
            other.get("spec").and_then(Value::as_object).map(|spec| spec.keys().cloned().collect()).unwrap_or_default()
        }
    }
}

/// The template of the largest other ReplicaSet at an instant.
fn largest_other(history: &History, own: &str, nanos: i64) -> Option<String> {
    let sizes = sizes_at(history, nanos);
    sizes.into_iter().filter(|(key, _)| key != own).max_by_key(|(_, size)| *size).map(|(key, _)| key)
}

/// Of a StatefulSet or a DaemonSet: the other template that most pods had at an instant.
fn template_of_pods(history: &History, own: &str, nanos: i64) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for pod in history.pods.values().filter(|pod| pod.is_active(nanos)) {
        let key = pod.owner.as_ref().and_then(|owner| history.templates.get(owner));
        if let Some(key) = key.filter(|key| *key != own) {
            *counts.entry(key).or_insert(0) += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(key, _)| key.to_owned())
}

fn changes(history: &History, first: &SpecSeen) -> Vec<Change> {
    let known = history.specs.first().filter(|seen| seen.spec != first.spec);
    let specs: Vec<&SpecSeen> = std::iter::once(first).chain(known).chain(history.specs.iter().skip(1)).collect();
    let pairs = specs.windows(2).filter(|pair| pair[0].spec != pair[1].spec);
    pairs
        .map(|pair| Change {
            at: pair[1].at,
            before: pair[0].spec.clone(),
            after: pair[1].spec.clone(),
            patch: pair[1].patch.clone(),
        })
        .collect()
}

/// Where the spec was seen once, ReplicaSets that grew from nothing tell when a template came.
fn from_sizes(history: &History, spec: &Value) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let grown = history.resized.iter().filter(|one| one.from == Some(0) && history.templates.contains_key(&one.set));
    let template = |set: &str| history.templates.get(set).and_then(|key| serde_json::from_str::<Value>(key).ok());
    for one in grown {
        let Some(after) = template(&one.set) else { continue };
        let before = match changes.last() {
            Some(last) => last.after["template"].clone(),
            None => {
                let shrunk = history.resized.iter().find(|other| other.set != one.set && other.from > Some(other.to));
                let Some(before) = shrunk.and_then(|other| template(&other.set)) else { continue };
                before
            }
        };
        if before == after {
            continue;
        }
        let with = |template: Value| {
            let mut spec = spec.clone();
            spec["template"] = template;
            spec
        };
        changes.push(Change { at: one.at, before: with(before), after: with(after), patch: Value::Null });
    }
    changes
}

/// Whether all pods that are wanted were there and available, as its status last said before an instant.
fn is_settled(history: &History, nanos: i64) -> bool {
    let before = history.status_at(nanos - 1);
    before.is_none_or(|seen| {
        let count = |name: &str| seen.status.get(name).and_then(Value::as_i64).unwrap_or(0);
        // A DaemonSet counts nodes.
        let names = match seen.status.get("desiredNumberScheduled") {
            Some(_) => ["desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable"],
            None => ["replicas", "updatedReplicas", "availableReplicas"],
        };
        names.iter().all(|name| count(name) == count(names[0]))
    })
}

/// The sizes of ReplicaSets just before an instant, by the key of their template; those of size 0 are left out.
fn sizes_at(history: &History, nanos: i64) -> BTreeMap<String, i32> {
    let mut by_set: BTreeMap<&str, i32> = BTreeMap::new();
    for (set, (_, size)) in &history.first_sizes {
        by_set.insert(set, *size);
    }
    let earlier = |one: &&Resized| one.at.nanos < nanos;
    let unseen = history.resized.iter().filter(|one| !history.first_sizes.contains_key(&one.set));
    for one in unseen {
        by_set.entry(&one.set).or_insert(one.from.unwrap_or(0));
    }
    for one in history.resized.iter().filter(earlier) {
        by_set.insert(&one.set, one.to);
    }
    let mut sizes = BTreeMap::new();
    for (set, size) in by_set.into_iter().filter(|(_, size)| *size > 0) {
        let key = history.templates.get(set).cloned().unwrap_or_else(|| set.to_owned());
        *sizes.entry(key).or_insert(0) += size;
    }
    sizes
}
