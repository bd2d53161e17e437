//! The ReplicaSets of a Deployment, and the ControllerRevisions of a StatefulSet or a DaemonSet.

use super::identity::is_same_template;
use super::object::{at, controller, count, mark, owned};
use super::subject::{Kind, Workload};
use crate::input::kubernetes::object::{name_of, namespace_of};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// A version of the pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// Its name.
    pub name: String,
    /// The label of its pods that names it.
    pub hash: String,
    /// Its UID; empty where the object is not in the file.
    pub uid: String,
    /// Its revision.
    pub revision: u64,
    /// When it was created; a rollback uses an old one again.
    pub created: i64,
    /// Pods that it is to have; of a ControllerRevision 0.
    pub replicas: i32,
    /// The annotation `deployment.kubernetes.io/max-replicas`.
    pub max_replicas: Option<i32>,
    /// The annotation `deployment.kubernetes.io/desired-replicas`.
    pub desired_replicas: Option<i32>,
    /// It has the workload's present template.
    pub is_new: bool,
    /// The images of its template, in the order of its containers.
    pub images: Vec<String>,
    /// Since when creating its pods fails, and the message.
    pub failure: Option<(i64, String)>,
    /// `metadata.generation`
    pub generation: u32,
    /// `spec.minReadySeconds`
    pub min_ready_seconds: u32,
    /// The generation that its controller has seen.
    pub observed_generation: u32,
    /// The counts of its status: pods, Ready ones, available ones, those that are being deleted.
    pub counts: [u32; 4],
}

/// The sets of a workload, by revision. Those without pods are history; they stay, because a rollback uses them.
pub(super) fn read<'a>(
    all: &[(&str, &'a Node)],
    workload: &Workload,
    object: &Map<'_>,
) -> Result<Vec<Set>, InputError> {
    let kind = if workload.kind == Kind::Deployment { "ReplicaSet" } else { "ControllerRevision" };
    // A ControllerRevision has the template in a copy of the parts of its owner that it remembers.
    let holder = |set: &Map<'a>| match workload.kind {
        Kind::Deployment => set.map("spec"),
        _ => set.map("data")?.map(|data| data.map("spec")).transpose().map(Option::flatten),
    };
    let mut found: Vec<(Set, Option<&Node>)> = Vec::new();
    for (_, node) in all.iter().filter(|(known, _)| *known == kind) {
        let set = node.map()?;
        let Some(metadata) = set.map("metadata")? else { continue };
        let is_own = controller(&metadata).is_some_and(|(uid, name)| workload.is_called(uid, name));
        if namespace_of(&set)? == workload.namespace && is_own {
            let template = holder(&set)?.and_then(|spec| spec.get("template"));
            found.push((one(&set, &metadata, workload.kind)?, template));
        }
    }
    found.sort_by(|(one, _), (other, _)| {
        (one.revision, one.created, &one.name).cmp(&(other.revision, other.created, &other.name))
    });
    let new = match workload.kind {
        Kind::Deployment => of_template(&found, object)?,
        // The status is of the template before.
        _ if workload.observed_generation < workload.generation => of_template(&found, object)?,
        _ => found.iter().rposition(|(set, _)| Some(&set.name) == workload.update_revision.as_ref()).or(last(&found)),
    };
    let mut sets: Vec<Set> = found.into_iter().map(|(set, _)| set).collect();
    if let Some(set) = new.and_then(|new| sets.get_mut(new)) {
        set.is_new = true;
    }
    Ok(sets)
}

/// The place of the newest one.
fn last<T>(found: &[T]) -> Option<usize> {
    found.len().checked_sub(1)
}

/// The oldest set with the workload's template; where none has it, its controller has not made one yet.
///
/// Upstream: `pkg/controller/deployment/util/deployment_util.go: FindNewReplicaSet`.
fn of_template(found: &[(Set, Option<&Node>)], object: &Map<'_>) -> Result<Option<usize>, InputError> {
    let spec = object.map("spec")?;
    let Some(template) = spec.and_then(|spec| spec.get("template")) else { return Ok(last(found)) };
    let same = |(_, own): &(&Set, Option<&Node>)| own.is_some_and(|own| is_same_template(own, template));
    let places = found.iter().enumerate().filter(|(_, (set, own))| same(&(set, *own)));
    Ok(places.min_by_key(|(_, (set, _))| (set.created, set.name.clone())).map(|(place, _)| place))
}

fn one(set: &Map<'_>, metadata: &Map<'_>, kind: Kind) -> Result<Set, InputError> {
    let spec = set.map("spec")?;
    let number = |key: &str| mark(metadata, "annotations", key).and_then(|text| text.parse::<i32>().ok());
    let name = name_of(set).unwrap_or_default();
    let (hash, revision) = match kind {
        Kind::Deployment => {
            let revision = mark(metadata, "annotations", "deployment.kubernetes.io/revision");
            let hash = mark(metadata, "labels", "pod-template-hash").unwrap_or_default();
            (hash.to_owned(), revision.and_then(|text| text.parse().ok()).unwrap_or(0))
        }
        // Pods of a StatefulSet are labelled with the revision's name, those of a DaemonSet with its hash.
        Kind::StatefulSet => (name.to_owned(), u64::from(count(set, "revision")?)),
        Kind::DaemonSet => {
            let hash = mark(metadata, "labels", "controller-revision-hash");
            let hash = hash.or_else(|| name.rsplit('-').next()).unwrap_or_default();
            (hash.to_owned(), u64::from(count(set, "revision")?))
        }
    };
    let template = match kind {
        Kind::Deployment => spec.map(|spec| spec.map("template")).transpose()?.flatten(),
        _ => {
            let data = set.map("data")?.map(|data| data.map("spec")).transpose()?.flatten();
            data.map(|data| data.map("template")).transpose()?.flatten()
        }
    };
    let status = set.map("status")?;
    let of_status = |key: &str| status.as_ref().map_or(Ok(0), |status| count(status, key));
    Ok(Set {
        name: name.to_owned(),
        hash,
        uid: owned(metadata, "uid"),
        revision,
        created: at(metadata, "creationTimestamp")?.unwrap_or(0),
        replicas: spec.map(|spec| spec.read("replicas", Node::i32)).transpose()?.flatten().unwrap_or(0),
        max_replicas: number("deployment.kubernetes.io/max-replicas"),
        desired_replicas: number("deployment.kubernetes.io/desired-replicas"),
        is_new: false,
        images: template.map_or_else(|| Ok(Vec::new()), |template| images(&template))?,
        failure: failure(set)?,
        generation: count(metadata, "generation")?,
        min_ready_seconds: spec.map_or(Ok(0), |spec| count(&spec, "minReadySeconds"))?,
        observed_generation: of_status("observedGeneration")?,
        counts: [
            of_status("replicas")?,
            of_status("readyReplicas")?,
            of_status("availableReplicas")?,
            of_status("terminatingReplicas")?,
        ],
    })
}

/// The images of a template's containers.
fn images(template: &Map<'_>) -> Result<Vec<String>, InputError> {
    let Some(spec) = template.map("spec")? else { return Ok(Vec::new()) };
    spec.list("containers")?.iter().map(|container| Ok(owned(&container.map()?, "image"))).collect()
}

/// Since when a ReplicaSet cannot create its pods, and why.
fn failure(set: &Map<'_>) -> Result<Option<(i64, String)>, InputError> {
    let Some(status) = set.map("status")? else { return Ok(None) };
    let found = super::condition::conditions(&status)?;
    let failing = found.into_iter().find(|condition| condition.name == "ReplicaFailure" && condition.holds);
    Ok(failing.and_then(|condition| Some((condition.changed?, condition.message))))
}
