//! What happened to a workload, put together from all files: the course of its spec, of its ReplicaSets and of its pods.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::event::{Hint, Told};
use super::mounts::{self, VolumesSeen};
use super::object_seen::{self, ObjectSeen};
use super::patch::applied;
use super::pod::{PodLife, fresh};
use super::sighting::{By, Happening, Of, Sighting};
use super::source::{At, Source, nanos_at, text_at};
use super::target::{Kind, Target};
use super::versions::key;

/// The spec of the workload from an instant on.
#[derive(Clone, Debug)]
pub(super) struct SpecSeen {
    pub(super) at: At,
    pub(super) spec: Value,
    /// The patch that made it so, as far as it is logged. `kubectl rollout undo` sends a list of steps.
    pub(super) patch: Value,
    /// The workload was created then.
    pub(super) created: bool,
}

/// A change of a ReplicaSet's size.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Resized {
    pub(super) at: At,
    pub(super) set: String,
    /// `None`: no source tells.
    pub(super) from: Option<i32>,
    pub(super) to: i32,
}

/// The status of the workload at an instant, and the generation of its spec then.
#[derive(Clone, Debug)]
pub(super) struct StatusSeen {
    pub(super) at: At,
    pub(super) status: Value,
    pub(super) generation: i64,
}

/// What happened.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    pub(super) specs: Vec<SpecSeen>,
    pub(super) statuses: Vec<StatusSeen>,
    pub(super) resized: Vec<Resized>,
    /// Which source the sizes come from.
    pub(super) sizes_from: Option<Source>,
    /// The template of each ReplicaSet or revision, by name or hash.
    pub(super) templates: BTreeMap<String, String>,
    /// The size of each ReplicaSet when it was first seen.
    pub(super) first_sizes: BTreeMap<String, (At, i32)>,
    pub(super) pods: BTreeMap<String, PodLife>,
    pub(super) refused: Vec<(At, String)>,
    /// The ReplicaSets whose condition says that their pods are refused, from when on, and until when it was seen.
    pub(super) refusing: Vec<(String, At, Option<At>)>,
    pub(super) nodes: Vec<ObjectSeen>,
    pub(super) quotas: Vec<ObjectSeen>,
    pub(super) budgets: Vec<ObjectSeen>,
    pub(super) claims: Vec<ObjectSeen>,
    pub(super) volumes: Vec<ObjectSeen>,
    pub(super) attachments: Vec<ObjectSeen>,
    /// It is that of a Deployment.
    pub(super) of_deployment: bool,
    /// When each pod had its volumes is known.
    pub(super) knows_mounts: bool,
    /// When a volume was attached for a pod, as events tell.
    pub(super) attached: BTreeMap<(String, String), At>,
    /// The pods of others that there are, as they were seen last.
    pub(super) others: Vec<Value>,
    /// When each template's ReplicaSet was created.
    pub(super) born: BTreeMap<String, i64>,
    /// The last line of the lists that a watch begins with: from then on every change is seen.
    pub(super) watch_began: Option<At>,
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
}

impl History {
    /// Puts together what the sources tell, the most trusted first.
    pub(super) fn of(target: &Target, audit: &[Sighting], seen: &[Sighting], hints: &[Hint]) -> Self {
        let mut history = Self::default();
        history.take_specs(audit, seen);
        let listed = seen.iter().filter(|one| one.listed && !one.of.is_elsewhere());
        history.watch_began = listed.map(|one| one.at).max();
        let sizes = [audit, seen].map(Sizes::of);
        for sighting in audit.iter().chain(seen) {
            history.take(target, sighting);
        }
        // At level Request creations do not name the pods.
        let is_named = |line: &Sighting| line.of == Of::Pod && line.what == Happening::Created && !line.name.is_empty();
        let grew = sizes[0].resized.iter().any(|one| one.from.is_some_and(|from| from < one.to));
        let are_named = !grew || audit.iter().any(is_named);
        if let Some(first) = audit.first().filter(|_| are_named) {
            history.pods.values_mut().for_each(|pod| pod.was_logged_from(first.at.nanos));
        }
        history.of_deployment = target.kind == Kind::Deployment;
        history.take_sizes(sizes, hints);
        history.find_deleted_by_others();
        for hint in hints {
            history.take_hint(target, hint);
        }
        let History { nodes, quotas, budgets, claims, volumes, attachments, .. } = &mut history;
        for of in [nodes, quotas, budgets, claims, volumes, attachments] {
            of.sort_by_key(|seen| seen.at);
            object_seen::complete(of);
            let mut known = BTreeSet::new();
            for seen in of.iter_mut() {
                seen.since_before = known.insert(seen.name.clone()) && seen.at.source == Source::Objects;
            }
        }
        history.refused.sort_by_key(|(at, _)| *at);
        history.find_mounts();
        history
    }

    /// The status at an instant; where an audit log begins later, as it has it first, which is what was so before.
    pub(super) fn status_at(&self, nanos: i64) -> Option<&StatusSeen> {
        let before = self.statuses.iter().rfind(|seen| seen.at.nanos <= nanos);
        before.or_else(|| self.statuses.first().filter(|seen| seen.at.source == Source::Audit))
    }

    /// The nodes that its pods were on.
    pub(super) fn nodes_of_pods(&self) -> impl Iterator<Item = String> {
        self.pods.values().filter_map(|pod| Some(pod.bound.as_ref()?.1.clone()))
    }

    /// What was seen of volumes.
    pub(super) fn volumes_seen(&self) -> VolumesSeen<'_> {
        VolumesSeen {
            claims: &self.claims,
            volumes: &self.volumes,
            attachments: &self.attachments,
            events: &self.attached,
        }
    }

    fn find_mounts(&mut self) {
        let mut pods = std::mem::take(&mut self.pods);
        self.knows_mounts = mounts::find(&mut pods, self.volumes_seen());
        self.pods = pods;
    }

    /// The course of the spec: as the audit log tells it, with what was seen before the first line of it.
    fn take_specs(&mut self, audit: &[Sighting], seen: &[Sighting]) {
        let of_workload = |sighting: &&Sighting| sighting.of == Of::Workload;
        let first = audit.iter().find(of_workload).map(|sighting| sighting.at);
        let before = seen.iter().filter(of_workload).filter(|one| first.is_none_or(|first| is_before(one.at, first)));
        let before: Vec<&Sighting> = before.collect();
        for sighting in before.into_iter().chain(audit.iter().filter(of_workload)) {
            self.take_spec(sighting);
        }
    }

    fn take_spec(&mut self, sighting: &Sighting) {
        let last = self.specs.last().map(|seen| seen.spec.clone());
        let spec = match (&sighting.what, last.clone()) {
            (Happening::Scaled(replicas), Some(mut spec)) => {
                spec["replicas"] = Value::from(*replicas);
                spec
            }
            (Happening::Patched, Some(spec)) => match applied(spec, &sighting.patch) {
                Some(spec) => spec,
                None => return,
            },
            (Happening::Created | Happening::Seen, _) => match sighting.object.get("spec") {
                Some(spec) => spec.clone(),
                None => return,
            },
            _ => return,
        };
        if let Some(status) = sighting.object.get("status") {
            let generation = sighting.object.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
            self.statuses.push(StatusSeen { at: sighting.at, status: status.clone(), generation });
        }
        if last.as_ref() != Some(&spec) {
            let created = sighting.what == Happening::Created;
            let (at, patch) = (sighting.at, sighting.patch.clone());
            self.specs.push(SpecSeen { at, spec, patch, created });
        }
    }

    fn take(&mut self, target: &Target, sighting: &Sighting) {
        let at = sighting.at;
        let is_of_volumes = matches!(sighting.of, Of::Claim | Of::Volume | Of::Attachment);
        if sighting.of != Of::OtherPod && !is_of_volumes && at.source != Source::Objects && at.nanos > 0 {
            self.first = Some(self.first.map_or(at.nanos, |first| first.min(at.nanos)));
        }
        if sighting.of.is_own() {
            self.last = Some(self.last.map_or(at.nanos, |last| last.max(at.nanos)));
        }
        let is_patch = sighting.what == Happening::Patched;
        let known = if is_patch { &sighting.patch } else { &sighting.object };
        let seen = || ObjectSeen {
            at,
            since_before: false,
            name: sighting.name.clone(),
            object: (sighting.what != Happening::Gone).then(|| known.clone()),
            is_patch,
        };
        match sighting.of {
            Of::Workload => {}
            Of::ReplicaSet | Of::Revision => {
                self.take_template(sighting);
                self.take_failure(sighting);
            }
            Of::Pod => self.take_pod(target, sighting),
            // Of those the last state counts, which is kept as the files are read.
            Of::OtherPod => {}
            Of::Node => self.nodes.push(seen()),
            Of::Quota => self.quotas.push(seen()),
            Of::Budget => self.budgets.push(seen()),
            Of::Claim => self.claims.push(seen()),
            Of::Volume => self.volumes.push(seen()),
            Of::Attachment => self.attachments.push(seen()),
        }
    }

    fn take_template(&mut self, sighting: &Sighting) {
        let object = &sighting.object;
        let template = object.pointer("/spec/template").or(object.pointer("/data/spec/template"));
        let Some(template) = template else { return };
        let hash = ["/metadata/labels/controller.kubernetes.io~1hash", "/metadata/labels/controller-revision-hash"];
        let hash = hash.iter().find_map(|label| text_at(object, label));
        let names = std::iter::once(sighting.name.as_str()).chain(hash);
        let key = key(template);
        if let Some(created) = nanos_at(object, "/metadata/creationTimestamp") {
            let born = self.born.entry(key.clone()).or_insert(created);
            *born = created.min(*born);
        }
        for name in names {
            self.templates.entry(name.to_owned()).or_insert_with(|| key.clone());
        }
    }

    /// A ReplicaSet whose pods the API server refuses says so in a condition, once. An audit log has each refusal itself.
    fn take_failure(&mut self, sighting: &Sighting) {
        let Some(status) = sighting.object.get("status").filter(|_| sighting.at.source != Source::Audit) else {
            return;
        };
        let conditions = status.get("conditions").and_then(Value::as_array).into_iter().flatten();
        let mut failures = conditions.filter(|one| {
            text_at(one, "/type") == Some("ReplicaFailure")
                && text_at(one, "/status") == Some("True")
                && text_at(one, "/reason") == Some("FailedCreate")
        });
        let known = self.refusing.iter_mut().find(|(set, _, until)| *set == sighting.name && until.is_none());
        match (failures.next(), known) {
            (None, None) | (Some(_), Some(_)) => {}
            (None, Some((.., until))) => *until = Some(sighting.at),
            (Some(failure), None) => {
                let since = nanos_at(failure, "/lastTransitionTime");
                let at = since.map_or(sighting.at, |since| fresh(sighting.at, since));
                self.refusing.push((sighting.name.clone(), at, None));
                if self.refused.iter().all(|(known, _)| known.source != Source::Audit) {
                    self.refused.push((at, text_at(failure, "/message").unwrap_or_default().to_owned()));
                }
            }
        }
    }

    fn take_pod(&mut self, target: &Target, sighting: &Sighting) {
        if let Happening::Refused(why) = &sighting.what {
            return self.refused.push((sighting.at, why.clone()));
        }
        if sighting.name.is_empty() {
            return;
        }
        let owner = target.owner_of_pod(&sighting.object).or_else(|| target.owner_by_name(&sighting.name));
        let owner = owner.filter(|_| target.kind == Kind::Deployment);
        let new = || PodLife::new(&sighting.name, owner);
        let name = self.incarnation(target, sighting);
        self.pods.entry(name).or_insert_with(new).take(sighting);
    }

    /// A pod of a StatefulSet has the name of the one before it: each has an entry of its own.
    fn incarnation(&self, target: &Target, sighting: &Sighting) -> String {
        if target.kind != Kind::StatefulSet {
            return sighting.name.clone();
        }
        let uid = text_at(&sighting.object, "/metadata/uid");
        let mut number = 0;
        loop {
            let name = format!("{} {number:06}", sighting.name);
            let Some(known) = self.pods.get(&name) else { return name };
            let is_same = match (&known.uid, uid) {
                (Some(known), Some(uid)) => known == uid,
                _ => known.gone.is_none_or(|gone| sighting.at.nanos <= gone.nanos),
            };
            if is_same {
                return name;
            }
            number += 1;
        }
    }

    /// The sizes are those of the most trusted source that tells every change.
    fn take_sizes(&mut self, [audit, seen]: [Sizes; 2], hints: &[Hint]) {
        let from_events = || {
            let resized = hints.iter().filter_map(|hint| match &hint.told {
                Told::Scaled { set, from, to } => Some(Resized { at: hint.at, set: set.clone(), from: *from, to: *to }),
                _ => None,
            });
            let mut resized: Vec<Resized> = resized.collect();
            resized.sort_by_key(|one| one.at);
            resized
        };
        for (name, first) in seen.first.iter().chain(&audit.first) {
            self.first_sizes.insert(name.clone(), *first);
        }
        (self.resized, self.sizes_from) = if !audit.resized.is_empty() {
            (audit.resized, Some(Source::Audit))
        } else if !seen.resized.is_empty() && seen.watched {
            (seen.resized, Some(Source::Watch))
        } else {
            let resized = from_events();
            let source = (!resized.is_empty()).then_some(Source::Events);
            (resized, source)
        };
    }

    /// A watch does not tell who deleted a pod. Where its ReplicaSet had no pod too many, it was not the controller.
    fn find_deleted_by_others(&mut self) {
        let is_live = |pod: &PodLife, at: At| {
            pod.created.is_some_and(|created| created <= at)
                && [pod.asked, pod.gone, pod.failed].into_iter().flatten().all(|end| end >= at)
        };
        let size_at = |set: &str, at: At| {
            let changed = self.resized.iter().rfind(|one| one.set == set && one.at <= at).map(|one| one.to);
            changed.or_else(|| self.first_sizes.get(set).map(|(_, size)| *size))
        };
        let by_others = |pod: &PodLife| {
            let asked = pod.asked.filter(|at| at.source == Source::Watch)?;
            let set = pod.owner.as_deref()?;
            let size = size_at(set, asked).filter(|_| pod.asked_by == Some(By::Unknown) && pod.failed.is_none())?;
            let own = self.pods.values().filter(|other| other.owner.as_deref() == Some(set) && is_live(other, asked));
            (own.count() as i64 <= i64::from(size)).then(|| pod.name.clone())
        };
        let names: BTreeSet<String> = self.pods.values().filter_map(by_others).collect();
        for pod in self.pods.values_mut().filter(|pod| names.contains(&pod.name)) {
            pod.asked_by = Some(By::Person);
        }
    }

    /// Events fill in what no better source told.
    fn take_hint(&mut self, target: &Target, hint: &Hint) {
        let at = hint.at;
        let name = match &hint.told {
            Told::Scaled { .. } => return,
            Told::Refused(why) => {
                let is_known = self.refused.iter().any(|(known, _)| known.source != Source::Events);
                if !is_known {
                    self.refused.push((at, why.clone()));
                }
                return;
            }
            Told::Attached { pod, volume } => {
                self.attached.entry((pod.clone(), volume.clone())).or_insert(at);
                return;
            }
            Told::Created(pod) | Told::Deleted(pod) | Told::Bound { pod, .. } | Told::Unschedulable { pod, .. } => pod,
        };
        // Which of several pods of one name is meant, events do not tell.
        if target.kind == Kind::StatefulSet {
            return;
        }
        let owner = target.owner_by_name(name).filter(|_| target.kind == Kind::Deployment);
        let pod = self.pods.entry(name.clone()).or_insert_with(|| PodLife::new(name, owner));
        match &hint.told {
            Told::Created(_) => {
                pod.created.get_or_insert(at);
            }
            Told::Deleted(_) => {
                pod.asked.get_or_insert(at);
                pod.asked_by.get_or_insert(By::Machine);
            }
            // The scheduler's events alone are more exact than the stamps of objects.
            Told::Bound { node, .. } if at.exact && pod.bound.as_ref().is_none_or(|(known, _)| !known.exact) => {
                pod.bound = Some((at, node.clone()));
            }
            Told::Bound { node, .. } => {
                pod.bound.get_or_insert((at, node.clone()));
            }
            Told::Unschedulable { why, .. } => {
                pod.unschedulable.get_or_insert((at, why.clone()));
            }
            Told::Scaled { .. } | Told::Refused(_) | Told::Attached { .. } => {}
        }
        self.last = Some(self.last.map_or(at.nanos, |last| last.max(at.nanos)));
    }
}

/// Whether what was seen once came before a write: by resource version where both have one.
fn is_before(seen: At, write: At) -> bool {
    if seen.order > 0 && write.order > 0 { seen.order < write.order } else { seen.nanos < write.nanos }
}

/// The sizes of ReplicaSets as one source tells them.
#[derive(Debug, Default)]
struct Sizes {
    resized: Vec<Resized>,
    first: BTreeMap<String, (At, i32)>,
    watched: bool,
}

impl Sizes {
    fn of(sightings: &[Sighting]) -> Self {
        let mut sizes = Self::default();
        let mut now: BTreeMap<&str, i32> = BTreeMap::new();
        for sighting in sightings.iter().filter(|sighting| sighting.of == Of::ReplicaSet) {
            sizes.watched |= sighting.at.source == Source::Watch;
            let replicas = match &sighting.what {
                Happening::Scaled(replicas) => Some(*replicas),
                Happening::Created | Happening::Seen => {
                    sighting.object.pointer("/spec/replicas").and_then(Value::as_i64)
                }
                _ => None,
            };
            let Some(to) = replicas.and_then(|replicas| i32::try_from(replicas).ok()) else { continue };
            let known = now.insert(&sighting.name, to);
            let is_new = known.is_none() && sighting.what == Happening::Created;
            let from = if is_new { Some(0) } else { known.or_else(|| just_changed(&sighting.object)) };
            if known.is_none() {
                sizes.first.insert(sighting.name.clone(), (sighting.at, if is_new { 0 } else { from.unwrap_or(to) }));
            }
            if is_new || from.is_some_and(|from| from != to) {
                sizes.resized.push(Resized { at: sighting.at, set: sighting.name.clone(), from, to });
            }
        }
        sizes
    }
}

/// How large a ReplicaSet was whose size has just been changed: its controller has not looked at it since, and its status is of before.
fn just_changed(set: &Value) -> Option<i32> {
    let whole = |path: &str| set.pointer(path).and_then(Value::as_i64);
    let is_ahead = whole("/metadata/generation")? > whole("/status/observedGeneration")?;
    i32::try_from(whole("/status/replicas").filter(|_| is_ahead)?).ok()
}
