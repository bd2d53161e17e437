//! Kubernetes manifests: which Deployments and Nodes a file holds.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::input::kubernetes::machine::{Machine, kubelet_version};
use crate::input::kubernetes::namespaces::labels_of;
use crate::input::kubernetes::object::{name_of, namespace_of, objects};
use crate::input::kubernetes::other_files::no_deployment;
use crate::input::kubernetes::other_objects::OtherObjects;
use crate::input::kubernetes::pod_terms::Seen;
use crate::input::kubernetes::standing::{OtherWorkload, StandingPods, Subject, standing};
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::fields::Map;
use crate::input::tree::near::nearest;
use crate::input::tree::yaml::{At, Node};
use crate::k8s::version::Version;

/// Most notes on single objects of one file.
const MAX_NOTES: usize = 20;

/// Kinds of workloads that are simulated.
pub(crate) const DEPLOYMENT: &str = "Deployment";
pub(crate) const STATEFUL_SET: &str = "StatefulSet";
pub(crate) const DAEMON_SET: &str = "DaemonSet";

/// All of them.
const ROLLED: [&str; 3] = [DEPLOYMENT, STATEFUL_SET, DAEMON_SET];

/// Kinds of objects that affect a rollout.
pub(crate) const READ: &[&str] = &[
    "Deployment",
    "Node",
    "ResourceQuota",
    "LimitRange",
    "RuntimeClass",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "Namespace",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "CSINode",
    "VolumeAttachment",
];

/// What a manifest file holds.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    /// What is written in its files.
    files: Vec<Rc<Vec<Node>>>,
    /// The workloads of the kinds that are simulated, in the order of the file.
    workloads: Vec<DeploymentObject>,
    /// The number of objects of each kind.
    kinds: BTreeMap<String, usize>,
    /// The number of objects of each kind that does not affect a rollout.
    ignored: BTreeMap<String, usize>,
    /// Node objects that say what they offer.
    pub(crate) machines: Vec<Machine>,
    /// The newest version of the Node objects' kubelets.
    pub(crate) kubelet: Option<Version>,
    /// All objects but the Deployments, each kept once.
    pub(crate) others: OtherObjects,
    /// Single objects that were not used.
    notes: Vec<String>,
}

/// A Deployment, a StatefulSet or a DaemonSet of the file, not read yet.
#[derive(Debug)]
pub(crate) struct DeploymentObject {
    /// Its kind.
    pub(crate) kind: &'static str,
    pub(crate) namespace: String,
    /// The namespace is written, and not the default one.
    says_namespace: bool,
    pub(crate) name: String,
    pub(crate) node: Node,
}

impl DeploymentObject {
    /// The same object with another text.
    pub(crate) fn with(&self, node: Node) -> Self {
        Self { namespace: self.namespace.clone(), name: self.name.clone(), node, ..*self }
    }
}

/// The API group of a Deployment or a StatefulSet that is not Kubernetes' own.
fn foreign_group<'a>(kind: &str, object: &Map<'a>) -> Result<Option<&'a str>, InputError> {
    let version = object.read("apiVersion", Node::text)?;
    let group = version.and_then(|version| version.split_once('/')).map(|(group, _)| group);
    Ok(group.filter(|group| is_rolled(kind) && !matches!(*group, "apps" | "extensions")))
}

impl Manifest {
    /// Sorts the objects of the documents of some files, lists opened.
    pub(crate) fn read(files: Vec<Rc<Vec<Node>>>) -> Result<Self, InputError> {
        let mut manifest = Self::default();
        for documents in &files {
            for (kind, object) in objects(documents)? {
                manifest.take(kind, object)?;
            }
        }
        manifest.files = files;
        if manifest.notes.len() > MAX_NOTES {
            let more = manifest.notes.len() - MAX_NOTES;
            manifest.notes.truncate(MAX_NOTES);
            manifest.notes.push(format!("{more} more objects were not used"));
        }
        if !manifest.machines.is_empty() {
            // Their pods stand on the Nodes.
            manifest.ignored.retain(|kind, _| kind != "Pod" && !OtherWorkload::keeps_pods(kind));
        }
        Ok(manifest)
    }

    /// What was not used, where so many StatefulSets and DaemonSets are simulated.
    pub(crate) fn notes(&self, [stateful_sets, daemon_sets]: [usize; 2]) -> Vec<String> {
        let left = |kind: &str, count: usize| match kind {
            STATEFUL_SET => count - stateful_sets.min(count),
            DAEMON_SET => count - daemon_sets.min(count),
            _ => count,
        };
        let ignored = self.ignored.iter().map(|(kind, count)| (kind, left(kind, *count)));
        let kinds: Vec<String> =
            ignored.filter(|(_, count)| *count > 0).map(|(kind, count)| format!("{count} {kind}")).collect();
        let ignored = (!kinds.is_empty()).then(|| format!("ignored: {}", kinds.join(", ")));
        self.notes.iter().cloned().chain(ignored).collect()
    }

    fn take(&mut self, kind: &str, node: &Node) -> Result<(), InputError> {
        let object = node.map()?;
        self.others.take(kind, node, &object)?;
        let foreign = foreign_group(kind, &object)?;
        let named = foreign.map_or_else(|| kind.to_owned(), |group| format!("{kind} ({group})"));
        let kind = if foreign.is_some() { "" } else { kind };
        if !matches!(kind, "List" | "DeploymentList" | "NodeList") {
            *self.kinds.entry(named.chars().take(60).collect()).or_default() += 1;
        }
        match kind {
            DEPLOYMENT => self.workloads.push(found(node, DEPLOYMENT)?),
            "Node" => match Machine::read(&object)? {
                Some(machine) => {
                    self.machines.push(machine);
                    self.kubelet = self.kubelet.max(kubelet_version(&object)?);
                }
                None => {
                    let name = name_of(&object).unwrap_or_default();
                    self.notes.push(format!("Node {name} was left out: it has no status.allocatable"));
                }
            },
            kind if READ.contains(&kind) || matches!(kind, "List" | "DeploymentList" | "NodeList") => {}
            STATEFUL_SET => {
                self.workloads.push(found(node, STATEFUL_SET)?);
                *self.ignored.entry(named).or_default() += 1;
            }
            DAEMON_SET => {
                self.workloads.push(found(node, DAEMON_SET)?);
                // Where there are Nodes its pods stand on them, as those of others do.
                *self.ignored.entry(named).or_default() += 1;
            }
            _ => *self.ignored.entry(named.chars().take(60).collect()).or_default() += 1,
        }
        Ok(())
    }

    /// Its Pod objects, which are many and are not kept twice.
    pub(crate) fn pods(&self) -> Result<Vec<&Node>, InputError> {
        let mut pods = Vec::new();
        for documents in &self.files {
            pods.extend(objects(documents)?.into_iter().filter(|(kind, _)| *kind == "Pod").map(|(_, pod)| pod));
        }
        Ok(pods)
    }

    /// Whether there are Node objects.
    pub(crate) fn has_nodes(&self) -> bool {
        self.kinds.contains_key("Node")
    }

    /// The pods of others than `subjects` on the Nodes.
    pub(crate) fn standing<'n>(&'n self, subjects: &[Subject<'_>]) -> Result<StandingPods<'n>, InputError> {
        let deployments = self.of_kind(DEPLOYMENT).map(|found| (DEPLOYMENT, &found.node));
        let others = self.others.keeping_pods.iter().map(|(kind, node)| (kind.as_str(), node));
        let mut workloads = Vec::new();
        for (kind, node) in deployments.chain(others) {
            workloads.extend(OtherWorkload::read(kind, &node.map()?)?);
        }
        standing(&self.pods()?, &workloads, subjects, &self.machines)
    }

    /// The Deployments of the file whose full names are among `simulated`, or all others, each with what terms see of its pods.
    pub(crate) fn pods_of(&self, simulated: &BTreeSet<String>, among: bool) -> Result<Vec<(String, Seen)>, InputError> {
        let mut pods = Vec::new();
        // What is not simulated is told of Deployments alone.
        let all = self.workloads.iter().filter(|found| among || found.kind == DEPLOYMENT);
        for other in all.filter(|other| simulated.contains(&other.identity()) == among) {
            let spec = other.node.map()?.map("spec")?;
            let Some(template) = spec.map(|spec| spec.map("template")).transpose()?.flatten() else { continue };
            let seen = Seen { namespace: other.namespace.clone(), labels: labels_of(&template)? };
            pods.push((if among { other.full_name() } else { other.name.clone() }, seen));
        }
        Ok(pods)
    }

    /// Its workloads that are simulated.
    pub(crate) fn simulated<'m>(
        &'m self,
        simulated: &'m BTreeSet<String>,
    ) -> impl Iterator<Item = &'m DeploymentObject> {
        self.workloads.iter().filter(|found| simulated.contains(&found.identity()))
    }

    /// Its workloads of the kinds that can be simulated, in the order of the file.
    pub(crate) fn workloads(&self) -> &[DeploymentObject] {
        &self.workloads
    }

    /// Those of one kind.
    fn of_kind<'m>(&'m self, kind: &'m str) -> impl Iterator<Item = &'m DeploymentObject> {
        self.workloads.iter().filter(move |found| found.kind == kind)
    }

    /// Why there is none to simulate.
    pub(crate) fn no_deployment(&self) -> String {
        no_deployment(&self.kinds)
    }

    /// The workload called `[namespace/]name`, of whichever kind. `at` is the place that an error names.
    pub(crate) fn choose_any(&self, name: &str, at: &At) -> Result<&DeploymentObject, InputError> {
        let has = |kind: &&str| self.of_kind(kind).any(|found| found.is(name) || found.may_be(name));
        let kinds: Vec<&str> = ROLLED.into_iter().filter(has).collect();
        match kinds[..] {
            [kind] => self.choose_of(kind, Some(name), at),
            [] => Err(at.error(self.not_found(name))),
            _ => Err(at.error(format!(
                "a {} and a {} are both called {}: give the one that is meant an entry of its own, such as `- {}: {{manifest: FILE, name: {name}}}`",
                kinds[0],
                kinds[1],
                quoted(name),
                key_of(kinds[1]),
            ))),
        }
    }

    /// The workload of a kind that is called `[namespace/]name`, or the only one. `at` is the place that an error names.
    pub(crate) fn choose_of(&self, kind: &str, name: Option<&str>, at: &At) -> Result<&DeploymentObject, InputError> {
        let all: Vec<&DeploymentObject> = self.workloads.iter().filter(|found| found.kind == kind).collect();
        let mut matching = all.clone();
        matching.retain(|found| name.is_none_or(|name| found.is(name)));
        if matching.is_empty() {
            matching.extend(all.iter().filter(|found| name.is_some_and(|name| found.may_be(name))));
        }
        match (&matching[..], name) {
            ([only], _) => Ok(only),
            ([], Some(name)) if !all.is_empty() => Err(at.error(self.not_found_of(kind, name))),
            ([], _) if kind != DEPLOYMENT => Err(at.error(format!("no {kind} is in the manifest"))),
            ([], _) => Err(at.error(no_deployment(&self.kinds))),
            ([first, rest @ ..], _) => {
                if let Some(twin) = rest.iter().find(|found| found.full_name() == first.full_name())
                    && (name.is_some() || matching.len() == 2)
                {
                    let (one, other) = (&first.node.at, &twin.node.at);
                    let lines = if one.file() == other.file() {
                        format!("in line {} and in line {}", one.line(), other.line())
                    } else {
                        format!("at {}:{} and at {}:{}", one.file(), one.line(), other.file(), other.line())
                    };
                    let name = first.full_name();
                    return Err(at.error(format!("{kind} {name} stands there twice, {lines}: leave one of them out")));
                }
                let names: Vec<String> = matching.iter().map(|found| found.full_name()).collect();
                let advice = match name {
                    None if kind != DEPLOYMENT => {
                        format!("choose with {}: {{manifest: FILE, name: NAME}}", key_of(kind))
                    }
                    Some(name) if name.ends_with('/') => "choose one of them with `--deployment NAME`".into(),
                    Some(_) => "choose one of them by NAMESPACE/NAME".into(),
                    None => "choose with `--deployment [NAMESPACE/]NAME`, or deployment: {manifest: FILE, name: NAME}"
                        .into(),
                };
                Err(at.error(format!("several {kind}s match: {}\n{advice}", listed(&names))))
            }
        }
    }

    /// That no workload is called so, or is in the namespace of `NAMESPACE/`.
    pub(crate) fn not_found(&self, name: &str) -> String {
        let kinds: BTreeSet<&str> = self.workloads.iter().map(|found| found.kind).collect();
        let kind = if kinds.len() > 1 { "workload" } else { kinds.first().copied().unwrap_or(DEPLOYMENT) };
        not_found(kind, self.workloads.iter(), name)
    }

    /// The same of a kind. One of another kind that has the name is named by the key for that kind.
    fn not_found_of(&self, kind: &str, name: &str) -> String {
        match self.workloads.iter().find(|found| found.kind != kind && found.is(name) && !name.ends_with('/')) {
            Some(other) => format!(
                "{} is a {}: write {}: {{manifest: FILE, name: {}}}",
                quoted(name),
                other.kind,
                key_of(other.kind),
                other.full_name()
            ),
            None => not_found(kind, self.of_kind(kind), name),
        }
    }
}

/// The key under which an experiment names a workload of a kind.
pub(crate) fn key_of(kind: &str) -> &'static str {
    match kind {
        STATEFUL_SET => "statefulSet",
        DAEMON_SET => "daemonSet",
        _ => "deployment",
    }
}

fn not_found<'m>(kind: &str, all: impl Iterator<Item = &'m DeploymentObject>, name: &str) -> String {
    let all: Vec<&DeploymentObject> = all.collect();
    let full: Vec<String> = all.iter().map(|found| found.full_name()).collect();
    if let Some(namespace) = name.strip_suffix('/') {
        return format!("no {kind} is in the namespace {}; there are: {}", quoted(namespace), listed(&full));
    }
    let shorts = all.iter().map(|found| found.name.as_str());
    let candidates: Vec<&str> = shorts.chain(full.iter().map(String::as_str)).collect();
    match nearest(name, &candidates) {
        Some(near) => format!("no {kind} {} is there; did you mean `{near}`?", quoted(name)),
        None => format!("no {kind} {} is there; there are: {}", quoted(name), listed(&full)),
    }
}

/// The kind of the workload that documents are about: the first of Deployment, StatefulSet and DaemonSet that they hold.
pub(crate) fn rolled_kind(documents: &[Node]) -> Result<&'static str, InputError> {
    let all = [DEPLOYMENT, STATEFUL_SET, DAEMON_SET];
    let mut first = all.len();
    for (kind, object) in objects(documents)? {
        if foreign_group(kind, &object.map()?)?.is_none() {
            first = first.min(all.iter().position(|known| *known == kind).unwrap_or(all.len()));
        }
    }
    Ok(all.get(first).copied().unwrap_or(DEPLOYMENT))
}

/// Whether workloads of a kind are simulated.
pub(crate) fn is_rolled(kind: &str) -> bool {
    ROLLED.contains(&kind)
}

/// What tells a workload from all others of the input: of a Deployment its full name, of others their kind too.
pub(crate) fn identity(kind: &str, full_name: &str) -> String {
    if kind == DEPLOYMENT { full_name.to_owned() } else { format!("{kind} {full_name}") }
}

impl DeploymentObject {
    /// Whether it is what `[NAMESPACE/]NAME` names, or one in what `NAMESPACE/` names.
    fn is(&self, wanted: &str) -> bool {
        match wanted.split_once('/') {
            Some((namespace, name)) => self.namespace == namespace && (name.is_empty() || self.name == name),
            None => self.name == wanted,
        }
    }

    /// Whether it could be that: an object without a namespace belongs to the one that the user names, as for kubectl.
    fn may_be(&self, wanted: &str) -> bool {
        let name = wanted.split_once('/').map(|(_, name)| name);
        !self.says_namespace && name.is_some_and(|name| name.is_empty() || self.name == name)
    }

    /// What tells it from all other workloads of the input.
    pub(crate) fn identity(&self) -> String {
        identity(self.kind, &self.full_name())
    }

    /// Namespace and name.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

fn listed(names: &[String]) -> String {
    const MOST: usize = 30;
    let more = if names.len() > MOST { format!(" and {} more", names.len() - MOST) } else { String::new() };
    names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ") + &more
}

fn found(node: &Node, kind: &'static str) -> Result<DeploymentObject, InputError> {
    let object = node.map()?;
    let metadata = object.map("metadata")?;
    let name = metadata.map(|map| map.read("name", Node::text)).transpose()?.flatten().unwrap_or("unnamed");
    let written = metadata.map(|map| map.read("namespace", Node::text)).transpose()?.flatten();
    Ok(DeploymentObject {
        kind,
        namespace: namespace_of(&object)?.to_owned(),
        says_namespace: written.is_some_and(|namespace| !namespace.is_empty()),
        name: name.to_owned(),
        node: node.clone(),
    })
}

/// Namespace and name of a workload.
pub(crate) fn full_name(node: &Node) -> Result<String, InputError> {
    found(node, DEPLOYMENT).map(|found| found.full_name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::kubernetes::amounts::{CPU, MEMORY};
    use crate::input::tree::yaml::{documents, source};

    fn manifest(text: &str) -> Manifest {
        Manifest::read(vec![documents(&source(text)).unwrap().into()]).unwrap()
    }

    fn chosen(manifest: &Manifest, name: Option<&str>) -> Result<String, String> {
        let at = At::start(&source(""));
        manifest.choose_of(DEPLOYMENT, name, &at).map(DeploymentObject::full_name).map_err(|error| error.message)
    }

    #[test]
    fn lists_are_opened_and_other_kinds_noted() {
        let manifest = manifest(include_str!("../../../tests/fixtures/shop-list.yaml"));
        assert_eq!(chosen(&manifest, Some("shop/cart")).unwrap(), "shop/cart");
        assert_eq!(chosen(&manifest, Some("front")).unwrap(), "shop/front");
        assert_eq!(manifest.notes([0, 0]), ["ignored: 1 Service"]);
        let is_it = |machine: &&Machine| {
            let capacity = &machine.capacity;
            let amounts = (capacity.get(CPU), capacity.get(MEMORY), capacity.get("pods"));
            machine.zone().is_some_and(|zone| zone == "eu-1a") && amounts == (3920, 12_878_560 << 10, 110)
        };
        assert_eq!(manifest.machines.iter().filter(is_it).count(), 1);
        assert_eq!(manifest.machines.iter().filter(|machine| !machine.taints.is_empty()).count(), 1);
    }

    #[test]
    fn choosing() {
        let manifest = manifest(include_str!("../../../tests/fixtures/shop-list.yaml"));
        let several = chosen(&manifest, None).unwrap_err();
        assert!(several.starts_with("several Deployments match: shop/front, shop/cart\nchoose with"), "{several}");
        let near = chosen(&manifest, Some("shop/card")).unwrap_err();
        assert_eq!(near, "no Deployment `shop/card` is there; did you mean `shop/cart`?");
        let far = chosen(&manifest, Some("database")).unwrap_err();
        assert_eq!(far, "no Deployment `database` is there; there are: shop/front, shop/cart");
        assert!(chosen(&Manifest::default(), None).unwrap_err().starts_with("no Deployment is in the manifest"));
    }

    #[test]
    fn two_of_one_name_are_reported_with_their_lines() {
        let one = |namespace: &str| format!("kind: Deployment\nmetadata: {{name: web, namespace: {namespace}}}\n---\n");
        let twins = manifest(&(one("a") + &one("b") + &one("a")));
        let error = chosen(&twins, Some("a/web")).unwrap_err();
        assert_eq!(error, "Deployment a/web stands there twice, in line 1 and in line 7: leave one of them out");
        assert!(chosen(&twins, Some("web")).unwrap_err().contains("stands there twice"));
        let two = manifest(&(one("a") + &one("b")));
        assert_eq!(
            chosen(&two, Some("web")).unwrap_err(),
            "several Deployments match: a/web, b/web\nchoose one of them by NAMESPACE/NAME"
        );
        assert_eq!(chosen(&two, Some("b/web")).unwrap(), "b/web");
    }

    #[test]
    fn arrays_typed_lists_and_holes_are_read() {
        for text in [
            "[{kind: Deployment, metadata: {name: web}}, ~]",
            "{kind: DeploymentList, items: [{metadata: {name: web}}]}",
            "{kind: List, items: [~, {kind: Deployment, metadata: {name: web}}]}",
            "{kind: Deployment, metadata: {name: web}}\n{kind: Service}\n---\nkind: Service\n",
        ] {
            assert_eq!(chosen(&manifest(text), None).unwrap(), "default/web", "{text}");
        }
        let other = manifest("{apiVersion: platform.example/v1, kind: Deployment, metadata: {name: web}}");
        assert!(chosen(&other, None).unwrap_err().contains("only 1 Deployment (platform.example)"));
        assert!(chosen(&manifest("[]"), None).unwrap_err().contains("no object at all"));
    }
}
