//! What the input writes, field by field, so that two inputs can be held against each other.

use crate::input::experiment::Experiment;
use crate::input::keys::defaults;
use crate::input::keys::paths::paths;
use crate::input::kubernetes::border::{
    AUTOSCALER, BUDGET, CLAIM, DEPLOYMENT, Leaf, NODE, Object, PERSISTENT_VOLUME, QUOTA, Role, SPEC, leaves, leaves_of,
};
use crate::input::kubernetes::manifest::{READ, full_name};
use crate::input::kubernetes::object::{name_of, namespace_of, objects};
use crate::input::source::InputFile;
use crate::input::tree::error::InputError;
use crate::input::tree::yaml::{At, Node, Value};

/// A value that the input writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Kind and name of the object that it stands in; empty for the experiment and its Deployment.
    pub object: String,
    /// Its path there. Paths in the pod's spec and in the Deployment's spec leave out where that stands.
    pub path: String,
    /// Its text on one line.
    pub text: String,
    /// What it means to the forecast.
    pub role: Role,
}

/// Keys of an experiment that are no part of a scenario, and those that are read for themselves.
const LEFT_OUT: [&str; 4] = ["name", "sweep", "baseline", "deployment"];
/// Keys of `deployment` that say where the Deployment stands.
const WHERE: [&str; 4] = ["manifest", "name", "spec", "metadata"];

/// Kinds whose objects come and go by themselves.
const OF_A_MOMENT: [&str; 4] = ["Pod", "ReplicaSet", "Event", "VolumeAttachment"];

/// The default of a key of the experiment, as it would be written.
#[must_use]
pub fn default_of(path: &str) -> Option<&'static str> {
    let row = |path: &str| defaults::TABLE.iter().find(|row| row.field == path).map(|row| row.value);
    let of_both =
        || ["pods.old.", "pods.new."].iter().find_map(|start| row(&format!("pods.{}", path.strip_prefix(start)?)));
    row(path).or_else(of_both)
}

impl InputFile {
    /// Namespace and name of each Deployment that the input leaves to choose from; empty where it names its Deployment.
    pub(crate) fn deployments(&self, experiment: &Experiment<'_>) -> Result<Vec<String>, InputError> {
        let tree = experiment.tree();
        let swept = tree.map()?.get("sweep").and_then(|sweep| sweep.map().ok());
        let names_it =
            swept.is_some_and(|sweep| sweep.entries.iter().any(|entry| entry.key.starts_with("deployment.name")));
        let Some((manifests, None)) = manifest_of(tree)?.filter(|_| !names_it) else { return Ok(Vec::new()) };
        let documents = self.documents_of(&manifests, &tree.at)?;
        let found = objects(&documents)?;
        found.into_iter().filter(|(kind, _)| *kind == "Deployment").map(|(_, node)| full_name(node)).collect()
    }

    /// What the input writes of the scenario that `experiment` describes, of which the Deployment is `deployment` where the
    /// manifest has several.
    pub(crate) fn written(
        &self,
        experiment: &Experiment<'_>,
        deployment: Option<&str>,
    ) -> Result<Vec<Written>, InputError> {
        let tree = experiment.tree();
        let mut written = Vec::new();
        for entry in tree.map()?.entries.iter().filter(|entry| !LEFT_OUT.contains(&entry.key.as_str())) {
            keys(&entry.value, &entry.key, &mut written);
        }
        if let Some(node) = tree.map()?.get("deployment").filter(|node| node.map().is_ok()) {
            let overridden = node.map()?.entries.iter().filter(|entry| !WHERE.contains(&entry.key.as_str()));
            overridden.for_each(|entry| keys(&entry.value, &entry.key, &mut written));
            if let Some(spec) = node.map()?.get("spec") {
                written.extend(leaves(spec, &SPEC).into_iter().map(of_deployment));
            }
        }
        if let Some((manifests, name)) = manifest_of(tree)? {
            let name = deployment.map(str::to_owned).or(name);
            for (kind, node) in objects(&self.documents_of(&manifests, &tree.at)?)? {
                written.extend(of_object(kind, node, name.as_deref())?);
            }
        }
        Ok(written)
    }

    fn documents_of(&self, manifests: &[String], at: &At) -> Result<Vec<Node>, InputError> {
        let mut found = Vec::new();
        for name in manifests {
            found.extend(self.files().all_documents(&self.files().manifest(name, at)?)?.iter().cloned());
        }
        Ok(found)
    }
}

/// Files of a manifest, and the Deployment that is named there.
type NamedManifest = (Vec<String>, Option<String>);

/// The files of the manifest that an experiment names, and the Deployment that it names there.
fn manifest_of(tree: &Node) -> Result<Option<NamedManifest>, InputError> {
    let Some(node) = tree.map()?.get("deployment") else { return Ok(None) };
    let names = |node: &Node| match &node.value {
        Value::List(items) => items.iter().map(|item| item.text().map(str::to_owned)).collect(),
        _ => node.text().map(|name| vec![name.to_owned()]),
    };
    if !matches!(node.value, Value::Map(_)) {
        return Ok(Some((names(node)?, None)));
    }
    let map = node.map()?;
    let name = map.read("name", Node::text)?.map(str::to_owned);
    Ok(map.get("manifest").map(names).transpose()?.map(|files| (files, name)))
}

/// The keys below `path`, each with its value on one line.
fn keys(node: &Node, path: &str, written: &mut Vec<Written>) {
    let start = format!("{}.", path.replacen("pods.old", "pods", 1).replacen("pods.new", "pods", 1));
    match &node.value {
        Value::Null => {}
        Value::Map(entries) if paths().iter().any(|(known, _)| known.starts_with(&start)) => {
            entries.iter().for_each(|entry| keys(&entry.value, &format!("{path}.{}", entry.key), written));
        }
        _ => written.push(Written { object: String::new(), path: path.into(), text: node.flow(), role: Role::Used }),
    }
}

/// What an object of a manifest sets. Of the Deployments only the one called `name` counts, or the only one.
fn of_object(kind: &str, node: &Node, name: Option<&str>) -> Result<Vec<Written>, InputError> {
    let map = node.map()?;
    let full = format!("{}/{}", namespace_of(&map)?, name_of(&map).unwrap_or("unnamed"));
    if kind == "Deployment" {
        let is_it = name.is_none_or(|name| match name.strip_suffix('/') {
            Some(namespace) => full.split('/').next() == Some(namespace),
            None => full == name || full.rsplit('/').next() == Some(name),
        });
        let kept = leaves(node, &DEPLOYMENT).into_iter().filter_map(of_metadata_and_status);
        return Ok(if is_it { kept.map(of_deployment).collect() } else { Vec::new() });
    }
    let object = format!("{kind} {}", if kind == "Node" { full.trim_start_matches("default/") } else { &full });
    let whole = |(path, text, role)| Written { object: object.clone(), path, text, role };
    Ok(match table_of(kind) {
        _ if OF_A_MOMENT.contains(&kind) => Vec::new(),
        Some(table) => {
            leaves(node, table).into_iter().filter(|(_, _, role)| *role != Role::Harmless).map(whole).collect()
        }
        None => {
            let role = if READ.contains(&kind) { Role::Used } else { Role::Unread };
            leaves_of(node, role).into_iter().filter(|(path, ..)| !is_of_the_server(path)).map(whole).collect()
        }
    })
}

/// What people write in the metadata of a Deployment changes no rollout; what the API server writes there is no change of theirs.
fn of_metadata_and_status(leaf: Leaf) -> Option<Leaf> {
    let (path, text, role) = leaf;
    let is_people_s = ["metadata.labels", "metadata.annotations"].iter().any(|start| path.starts_with(start));
    let last_applied =
        path.contains("kubectl.kubernetes.io/last-applied") || path.contains("deployment.kubernetes.io/");
    match path.split('.').next() {
        Some("metadata") if is_people_s && !last_applied => Some((path, text, Role::Harmless)),
        Some("metadata" | "apiVersion" | "kind") => None,
        Some("status") if role == Role::Harmless => None,
        _ => Some((path, text, role)),
    }
}

/// Whether the API server writes the field itself.
fn is_of_the_server(path: &str) -> bool {
    path == "apiVersion" || path == "kind" || path.starts_with("status") || path.starts_with("metadata.")
}

/// The table of the API's border for objects of `kind` that a forecast reads beside the Deployment.
fn table_of(kind: &str) -> Option<&'static Object> {
    match kind {
        "Node" => Some(&NODE),
        "ResourceQuota" => Some(&QUOTA),
        "HorizontalPodAutoscaler" => Some(&AUTOSCALER),
        "PodDisruptionBudget" => Some(&BUDGET),
        "PersistentVolumeClaim" => Some(&CLAIM),
        "PersistentVolume" => Some(&PERSISTENT_VOLUME),
        _ => None,
    }
}

/// A field of the Deployment by its path in the pod's spec, or in the Deployment's.
fn of_deployment((path, text, role): Leaf) -> Written {
    let short = ["spec.template.spec.", "template.spec.", "spec."].iter().find_map(|start| path.strip_prefix(start));
    Written { object: String::new(), path: short.unwrap_or(&path).into(), text, role }
}
