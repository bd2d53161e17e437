//! What a recording says of persistent volumes: the claims of the workload's templates, where their volumes can be, and how long they took to
//! move from node to node.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::begin::Beginning;
use super::history::History;
use super::mounts::{Attachment, claims_of};
use super::names::Named;
use super::node_choice;
use super::source::{seconds, text_at};
use super::surroundings::Nodes;

/// What is written of volumes.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// `extra.claims`
    pub(super) claims: Vec<Value>,
    /// Keys of `cluster`.
    pub(super) cluster: Map<String, Value>,
    /// `pods.attach_seconds`
    pub(super) attach: Map<String, Value>,
    pub(super) remarks: Vec<String>,
}

/// The claims of the templates that the workload had, and how long their volumes took.
pub(super) fn written(history: &History, beginning: &Beginning, nodes: &Nodes, pods: &[Named<'_>]) -> Written {
    let mut written = Written::default();
    let by_claim = named(beginning);
    let attachments = history.volumes_seen().attachments();
    let all = beginning.versions.templates().count();
    let mut exclusive = BTreeSet::new();
    for (claim, names) in &by_claim {
        let Some(object) = history.volumes_seen().claim(claim, beginning.zero) else {
            written.remarks.push(format!("claim {claim} is in no file: give `kubectl get pvc,pv -A -o json`"));
            continue;
        };
        match one(history, (claim, object), (nodes, beginning.zero), &attachments) {
            Err(why) => written.remarks.push(why),
            Ok((mut line, volume)) => {
                if names.len() < all {
                    line["templates"] = json!(names);
                }
                exclusive.extend(volume);
                written.claims.push(line);
            }
        }
    }
    if !exclusive.is_empty() {
        written.take_times(history, pods, &attachments, &exclusive);
    }
    written
}

/// The versions whose templates name each claim.
fn named(beginning: &Beginning) -> BTreeMap<String, Vec<String>> {
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (version, template) in beginning.versions.templates() {
        let claims: BTreeSet<&str> = template.get("spec").into_iter().flat_map(claims_of).collect();
        for claim in claims {
            named.entry(claim.into()).or_default().push(version.clone());
        }
    }
    named
}

/// A claim as it is written, and its volume where one node alone can have it; or why it is left out.
fn one(
    history: &History,
    (name, claim): (&str, &Value),
    (nodes, zero): (&Nodes, i64),
    attachments: &[Attachment],
) -> Result<(Value, Option<String>), String> {
    let seen = history.volumes_seen();
    let Some(volume) = text_at(claim, "/spec/volumeName").filter(|volume| !volume.is_empty()) else {
        return Err(format!("claim {name} had no volume at the beginning: what its pods waited for is in their times"));
    };
    let Some(access) = seen.access(claim) else {
        return Err(format!("claim {name} has no access modes: it is left out"));
    };
    let is_exclusive = matches!(access, "ReadWriteOnce" | "ReadWriteOncePod");
    if access == "ReadWriteOnce" && !history.knows_mounts {
        return Err(format!(
            "when the volume of claim {name} was attached is in no file: the wait for it is in the pods' times, also under other \
             settings (give `kubectl get volumeattachments -o json --watch --output-watch-events` or events)"
        ));
    }
    let mut line = json!({"name": name, "access": access});
    if let Some(allowed) = seen.volume_of(claim).and_then(|volume| reach(history, volume, nodes)) {
        line["nodes"] = json!(allowed);
    }
    let had = |one: &&Attachment| {
        one.volume == volume
            && one.from.is_some_and(|from| from.nanos <= zero)
            && one.gone.is_none_or(|gone| gone.nanos > zero)
    };
    let attached = attachments.iter().rfind(had).filter(|_| is_exclusive);
    if let Some(node) = attached.and_then(|one| nodes.number(&one.node)) {
        line["attached"] = json!(node);
    }
    Ok((line, is_exclusive.then(|| volume.to_owned())))
}

/// The nodes that can have a volume by its node affinity; `None`: all, or their labels are not known.
fn reach(history: &History, volume: &Value, nodes: &Nodes) -> Option<Vec<usize>> {
    let required = volume.pointer("/spec/nodeAffinity/required")?;
    let asks =
        json!({"spec": {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}}});
    let object =
        |name: &String| history.nodes.iter().find_map(|seen| seen.object.as_ref().filter(|_| seen.name == *name));
    let objects: Vec<&Value> = nodes.names().iter().map(object).collect::<Option<_>>()?;
    let allowed = objects.iter().enumerate().filter(|(_, node)| node_choice::takes(&asks, node));
    let allowed: Vec<usize> = allowed.map(|(place, _)| place).collect();
    (!allowed.is_empty() && allowed.len() < objects.len()).then_some(allowed)
}

impl Written {
    /// How long volumes took to be attached for each pod once they were free, and to be detached.
    fn take_times(
        &mut self,
        history: &History,
        pods: &[Named<'_>],
        attachments: &[Attachment],
        exclusive: &BTreeSet<String>,
    ) {
        let own = || attachments.iter().filter(|one| exclusive.contains(&one.volume));
        let mut detached = Vec::new();
        for one in own() {
            let Some(gone) = one.gone else { continue };
            let on_it = pods.iter().filter(|pod| pod.life.bound.as_ref().is_some_and(|(_, node)| *node == one.node));
            let last = on_it.filter_map(|pod| pod.life.gone).filter(|at| at.nanos <= gone.nanos).max();
            detached.extend(last.map(|last| seconds(gone.nanos - last.nanos)));
        }
        let mut attached = Vec::new();
        for pod in pods.iter().filter(|pod| !pod.found) {
            let (Some((bound, node)), Some(mounted)) = (&pod.life.bound, pod.life.mounted) else { continue };
            let left = own().filter(|one| one.node != *node).filter_map(|one| one.gone);
            let free = left.filter(|gone| gone.nanos <= mounted.nanos).max().unwrap_or(*bound).max(*bound);
            let length = seconds(mounted.nanos - free.nanos);
            // One that was there already was not attached for this pod.
            if mounted > *bound {
                attached.push(length);
                self.attach.entry(pod.version.clone()).or_insert_with(|| json!({}))[pod.index.to_string()] =
                    json!(length);
            }
        }
        let usual = |mut lengths: Vec<f64>| {
            lengths.sort_by(f64::total_cmp);
            lengths.get(lengths.len() / 2).copied().unwrap_or(0.0)
        };
        self.cluster.insert("volume_attach_seconds".into(), json!(usual(attached)));
        self.cluster.insert("volume_detach_seconds".into(), json!(usual(detached)));
        if !history.knows_mounts {
            self.remarks.push(
                "when volumes were attached and detached is in no file: both are in the times of the pods that waited for it".into(),
            );
        }
    }
}
