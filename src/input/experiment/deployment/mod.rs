//! The Deployment of an experiment: a manifest's or the experiment's own, and what overrides it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::input::experiment::version::{AskedVersion, ClusterVersion};
use crate::input::keys::deployment::{DAEMON_SET, DEPLOYMENT, STATEFUL_SET};
use crate::input::keys::key::Section;
use crate::input::kubernetes::admission::Admission;
use crate::input::kubernetes::border::{Unmodelled, only_known_in, only_known_in_strategy};
use crate::input::kubernetes::daemon_set_spec::{self, OverriddenDaemonSet};
use crate::input::kubernetes::deployment_spec::{self, Overridden};
use crate::input::kubernetes::deployment_status::{UNDER_WAY, unfinished_change};
use crate::input::kubernetes::disruption_budget::budget;
use crate::input::kubernetes::host_ports::HostPort;
use crate::input::kubernetes::label_selector::selects;
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::manifest::{
    DAEMON_SET as DAEMON_SET_KIND, DEPLOYMENT as DEPLOYMENT_KIND, DeploymentObject, Manifest,
    STATEFUL_SET as STATEFUL_SET_KIND,
};
use crate::input::kubernetes::namespaces::{Namespaces, owned};
use crate::input::kubernetes::object::namespace_of;
use crate::input::kubernetes::other_objects::Report;
use crate::input::kubernetes::placement::PodNamespace;
use crate::input::kubernetes::pod_template::PodTemplate;
use crate::input::kubernetes::pod_terms::{Neighbour, Seen};
use crate::input::kubernetes::replicas::{Evidence, running};
use crate::input::kubernetes::standing::Subject;
use crate::input::kubernetes::stateful_set_spec::{self, OverriddenSet};
use crate::input::kubernetes::stored::{TEMPLATE_OF_OBJECT, TEMPLATE_OF_SPEC, stored};
use crate::input::kubernetes::validation;
use crate::input::kubernetes::volumes::Storage;
use crate::input::snapshot::Snapshot;
use crate::input::tree::error::{InputError, Problem, quoted};
use crate::input::tree::fields::Map;
use crate::input::tree::files::Files;
use crate::input::tree::yaml::{At, Node, Source, Value};
use crate::k8s::disruption::Budget;
use crate::k8s::fenceposts::max_surge;
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::{DeploymentSpec, Strategy};
use crate::scenario::{DaemonSet, NEW_TEMPLATE, StatefulSet};

/// A Deployment as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    pub(crate) name: String,
    pub(crate) namespace: String,
    /// The spec; of a StatefulSet what a Deployment has too.
    pub(crate) spec: DeploymentSpec,
    /// The StatefulSet that it is; `None`: it is a Deployment.
    pub(crate) stateful_set: Option<StatefulSet>,
    /// The DaemonSet that it is.
    pub(crate) daemon_set: Option<DaemonSet>,
    pub(crate) template: PodTemplate,
    /// Node objects of the manifest.
    pub(crate) machines: Rc<Vec<Machine>>,
    /// Pods of other owners that stand on these Nodes; none that belongs to the Deployment itself.
    pub(crate) neighbours: Rc<Vec<Neighbour>>,
    /// Where its own pods are, by the position of the Node.
    pub(crate) found_on: Vec<usize>,
    /// What the forecast assumes of the Nodes and of the pods on them, in sentences that every answer repeats.
    pub(crate) assumed_of_nodes: Vec<String>,
    /// The Namespaces of the manifest.
    pub(crate) namespaces: Namespaces,
    /// The PodDisruptionBudget of the manifest that selects its pods.
    pub(crate) budget: Option<Budget>,
    /// The HorizontalPodAutoscaler of the manifest that scales it.
    pub(crate) autoscaler: Option<Node>,
    /// What the API server does with its pods.
    pub(crate) admission: Admission,
    /// The version of the cluster.
    pub(crate) version: ClusterVersion,
    /// What is set in the input and not modelled.
    pub(crate) unmodelled: Vec<Unmodelled>,
    /// What the input does not say and the forecast assumes, in sentences that every answer repeats.
    pub(crate) assumed: Vec<String>,
    pub(crate) notes: Vec<String>,
}

/// What is used of a file with Kubernetes objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Used {
    /// The Deployments and StatefulSets that were chosen, by what tells them from others.
    pub(crate) deployments: BTreeSet<String>,
    /// There are Node objects in it, or in a file that is taken together with it: pods may stand on them.
    pub(crate) beside_nodes: bool,
}

/// Manifests, each read once.
pub(crate) struct Manifests<'a> {
    files: &'a Files,
    /// By the paths of its files.
    read: RefCell<BTreeMap<Vec<String>, Rc<Manifest>>>,
    /// What is used of each file, by its name.
    used: RefCell<BTreeMap<String, Used>>,
    /// What stood on the Nodes when that was asked last, by the paths and the names of the Deployments that are simulated.
    occupied: RefCell<Vec<Asked>>,
}

/// What stands on the Nodes of files beside the Deployments with these full names.
type Asked = ((Vec<String>, BTreeSet<String>), Rc<Occupied>);

/// Nodes, and what stands on them while Deployments are simulated.
#[derive(Debug)]
struct Occupied {
    machines: Rc<Vec<Machine>>,
    neighbours: Rc<Vec<Neighbour>>,
    assumed: Vec<String>,
    /// By full name of a Deployment that is simulated: the places of the Nodes of its own pods.
    own: BTreeMap<String, Vec<usize>>,
}

impl Occupied {
    fn read(manifest: &Manifest, simulated: &BTreeSet<String>) -> Result<Self, InputError> {
        let mut subjects = Vec::new();
        let mut own_names = Vec::new();
        for found in manifest.simulated(simulated) {
            own_names.push(found.identity());
            let spec = found.node.map()?.map("spec")?;
            let selector = spec.map(|spec| spec.map("selector")).transpose()?.flatten();
            subjects.push(Subject { kind: found.kind, namespace: &found.namespace, name: &found.name, selector });
        }
        let standing = manifest.standing(&subjects)?;
        let (mut machines, mut neighbours) = (manifest.machines.clone(), Vec::new());
        for pod in &standing.pods {
            let machine = &mut machines[pod.machine];
            machine.used.add(&pod.request);
            machine.ports.extend(HostPort::of(&pod.spec)?);
            let seen = Seen { namespace: pod.namespace.to_owned(), labels: owned(pod.labels) };
            neighbours.push(Neighbour::read(seen, Some(&pod.spec), pod.machine, pod.terminating)?);
        }
        let own = own_names.into_iter().zip(standing.own).collect();
        Ok(Self { machines: machines.into(), neighbours: neighbours.into(), assumed: standing.assumed, own })
    }
}

impl<'a> Manifests<'a> {
    pub(crate) fn new(files: &'a Files) -> Self {
        Self { files, read: RefCell::default(), used: RefCell::default(), occupied: RefCell::default() }
    }

    /// What is used so far of a file; `None`: it was not read as a manifest.
    pub(crate) fn used(&self, name: &str) -> Option<Used> {
        self.used.borrow().get(name).cloned()
    }

    /// The Deployment that was chosen is used of whichever of the files has it.
    fn use_of(&self, path: &Node, found: &DeploymentObject) -> Result<(), InputError> {
        for source in self.sources(path)? {
            self.used.borrow_mut().entry(source.name.clone()).or_default().deployments.insert(found.identity());
        }
        Ok(())
    }

    /// The file at a path, or the files of a list.
    fn sources(&self, path: &Node) -> Result<Vec<Rc<Source>>, InputError> {
        names(path)?.into_iter().map(|(name, at)| self.files.manifest(name, at)).collect()
    }

    /// What stands on the Nodes of the manifest at `path` beside the pods of the Deployments with the full names `simulated`.
    fn occupied(
        &self,
        path: &Node,
        manifest: &Manifest,
        simulated: &BTreeSet<String>,
    ) -> Result<Rc<Occupied>, InputError> {
        let key = (paths(path)?, simulated.clone());
        if let Some((_, known)) = self.occupied.borrow().iter().find(|(known, _)| *known == key) {
            return Ok(Rc::clone(known));
        }
        let occupied = Rc::new(Occupied::read(manifest, simulated)?);
        // Of several Deployments alone each asks for its own.
        let mut kept = self.occupied.borrow_mut();
        kept.clear();
        kept.push((key, Rc::clone(&occupied)));
        Ok(occupied)
    }

    /// The manifest at a path, or of several files whose objects are taken together.
    pub(crate) fn get(&self, path: &Node) -> Result<Rc<Manifest>, InputError> {
        let key = paths(path)?;
        if let Some(manifest) = self.read.borrow().get(&key) {
            return Ok(Rc::clone(manifest));
        }
        let sources = self.sources(path)?;
        let documents: Vec<_> = sources.iter().map(|source| self.files.documents(source)).collect::<Result<_, _>>()?;
        let manifest = Rc::new(Manifest::read(documents)?);
        for source in &sources {
            let mut used = self.used.borrow_mut();
            used.entry(source.name.clone()).or_default().beside_nodes |= manifest.has_nodes();
        }
        self.read.borrow_mut().insert(key, Rc::clone(&manifest));
        Ok(manifest)
    }
}

/// The paths of a manifest's files.
fn paths(path: &Node) -> Result<Vec<String>, InputError> {
    Ok(names(path)?.into_iter().map(|(name, _)| name.to_owned()).collect())
}

/// The paths of a manifest's files, each with its place.
pub(crate) fn names(path: &Node) -> Result<Vec<(&str, &At)>, InputError> {
    const EXPECTED: &str = "the path of a manifest, or a map with `manifest` or `spec`";
    let name = |node: &'_ Node| node.text().map_err(|_| node.wrong(EXPECTED)).map(|_| ());
    match &path.value {
        Value::List(items) if !items.is_empty() => {
            items.iter().try_for_each(name)?;
            items.iter().map(|item| Ok((item.text()?, &item.at))).collect()
        }
        _ => {
            name(path)?;
            Ok(vec![(path.text()?, &path.at)])
        }
    }
}

/// Reads the `deployment` or the `statefulSet` of an experiment, which may have a `horizontalPodAutoscaler` of its own. `simulated`: the full names of
/// all Deployments that are simulated together; empty: this one alone.
pub(crate) fn workload(
    (kind, node): (&'static str, &Node),
    autoscaler: Option<&Node>,
    manifests: &Manifests<'_>,
    simulated: &BTreeSet<String>,
    asked: &AskedVersion,
) -> Result<Workload, Problem> {
    if matches!(node.value, Value::Scalar(_)) {
        return from_manifest((kind, node, None), None, autoscaler, manifests, simulated, asked);
    }
    let map = node.map()?.of(section_of(kind))?;
    if kind == DEPLOYMENT_KIND {
        map.get("strategy").map_or(Ok(()), only_known_in_strategy)?;
    }
    match (map.get("manifest"), map.get("spec")) {
        (Some(path), None) => {
            from_manifest((kind, path, map.get("name")), Some(map), autoscaler, manifests, simulated, asked)
        }
        (None, Some(spec)) => {
            let version = asked.of_cluster(None)?;
            let name = match map.map("metadata")? {
                Some(metadata) => metadata.read("name", Node::text)?,
                None => map.read("name", Node::text)?,
            };
            only_known_in(kind, spec)?;
            let name = name.unwrap_or(match kind {
                STATEFUL_SET_KIND => "statefulset",
                DAEMON_SET_KIND => "daemonset",
                _ => "deployment",
            });
            let home = PodNamespace { name: namespace_of(&map)?, all: &Namespaces::default() };
            let stored = stored(spec, TEMPLATE_OF_SPEC, version.kubernetes)?;
            let spec = stored.as_ref().map_or(spec, |stored| &stored.node);
            let mut workload = read((kind, name), &spec.map()?, Some(map), home, version)?;
            workload.assumed.extend(stored.iter().flat_map(|stored| stored.told.iter().cloned()));
            let evidence = Evidence { place: "spec", status: None, autoscaler: None, written: autoscaler };
            workload.settle_replicas(&spec.map()?, Some(map), &evidence)?;
            let pod = spec.map()?.require("template")?.map()?.require("spec")?;
            workload.template.volumes = Storage::default().volumes_of(&pod.map()?, "default")?;
            Ok(workload.with_report(Report::of_spec(kind, name, spec)))
        }
        (Some(_), Some(spec)) => Err(spec.at.error("write either `manifest` or `spec`, not both"))?,
        (None, None) => Err(map.at.error(format!("no {kind} here: add `manifest: FILE`, or write its `spec`")))?,
    }
}

/// The keys of a workload of a kind.
pub(crate) fn section_of(kind: &str) -> &'static Section {
    match kind {
        STATEFUL_SET_KIND => &STATEFUL_SET,
        DAEMON_SET_KIND => &DAEMON_SET,
        _ => &DEPLOYMENT,
    }
}

fn from_manifest(
    (kind, path, name): (&'static str, &Node, Option<&Node>),
    overrides: Option<Map<'_>>,
    written: Option<&Node>,
    manifests: &Manifests<'_>,
    simulated: &BTreeSet<String>,
    asked: &AskedVersion,
) -> Result<Workload, Problem> {
    let manifest = manifests.get(path)?;
    let at = name.map_or(&path.at, |name| &name.at);
    let found = manifest.choose_of(kind, name.map(Node::text).transpose()?, at)?;
    manifests.use_of(path, found)?;
    let object = found.node.map()?;
    // A copy of a manifest that was used lacks what no forecast depends on, and was valid as a whole.
    if !manifests.files.are_copies() {
        validation::check(&object)?;
    }
    let version = asked.of_cluster(manifest.kubelet)?;
    let stored = stored(&found.node, TEMPLATE_OF_OBJECT, version.kubernetes)?;
    let rewritten = stored.as_ref().map(|stored| found.with(stored.node.clone()));
    let found = rewritten.as_ref().unwrap_or(found);
    let object = found.node.map()?;
    let spec = object.require("spec")?;
    let namespaces = Namespaces::read(&manifest.others.namespaces)?;
    let home = PodNamespace { name: &found.namespace, all: &namespaces };
    let mut workload = read((kind, &found.name), &spec.map()?, overrides, home, version)?;
    workload.assumed.extend(stored.into_iter().flat_map(|stored| stored.told));
    let pod = spec.map()?.require("template")?.map()?.require("spec")?;
    workload.template.volumes = manifest.others.storage.volumes_of(&pod.map()?, &found.namespace)?;
    workload.namespaces = namespaces;
    let own = BTreeSet::from([found.identity()]);
    let simulated = if simulated.is_empty() { &own } else { simulated };
    workload.stand(&*manifests.occupied(path, &manifest, simulated)?, &found.identity());
    workload.name_uncounted(manifest.pods_of(simulated, false)?);
    workload.autoscaler = chosen_autoscaler(&manifest.others.autoscalers, found)?.cloned();
    workload.budget = chosen_budget(&manifest.others.budgets, found, &mut workload.assumed)?;
    let of_kind = |kind: &str| manifest.simulated(simulated).filter(|found| found.kind == kind).count();
    let sets = [STATEFUL_SET_KIND, DAEMON_SET_KIND].map(of_kind);
    workload.notes.extend(manifest.notes(sets));
    let (status, autoscaler) = (object.map("status")?, workload.autoscaler.clone());
    let evidence = Evidence { place: "manifest", status, autoscaler: autoscaler.as_ref(), written };
    workload.settle_replicas(&spec.map()?, overrides, &evidence)?;
    workload.admit(&manifest, found)?;
    if kind == DEPLOYMENT_KIND {
        workload.assumed.extend(unfinished_change(&object, &found.namespace, workload.spec.replicas)?);
    }
    let counts = [simulated.len().saturating_sub(sets[0] + sets[1]), sets[0], sets[1]];
    let mut report = manifest.others.report((kind, &found.node), workload.autoscaler.as_ref(), counts)?;
    if !report.about_others.is_empty() && workload.is_about_any(manifest.pods_of(simulated, true)?, &found.full_name())
    {
        // Those pods move in the same run, and are counted where they are.
        report.about_others.clear();
    }
    Ok(workload.with_report(report))
}

impl Workload {
    /// Takes up what an answer must say about it. A claim that one pod alone uses is no obstacle where the old pod goes first.
    fn with_report(mut self, report: Report) -> Self {
        let goes_first = self.spec.strategy == Strategy::Recreate || max_surge(&self.spec) == 0;
        let alone = goes_first && self.spec.replicas <= 1;
        let about_others = if self.neighbours.is_empty() { report.about_others } else { Vec::new() };
        self.unmodelled.extend(about_others.into_iter().chain(report.unmodelled).map(|mut one| {
            one.decides &= !(alone && one.field.starts_with("spec.template.spec.volumes."));
            one
        }));
        self.assumed.extend(report.assumed);
        self
    }

    /// Looks at its pods as the API server does, beside the other objects of the manifest.
    fn admit(&mut self, manifest: &Manifest, found: &DeploymentObject) -> Result<(), InputError> {
        let object = found.node.map()?;
        let spec = object.require("spec")?.map()?;
        let running = running(object.map("status")?, &spec)?.unwrap_or(self.spec.replicas);
        let running = u64::try_from(running).unwrap_or(0);
        let pod = spec.require("template")?.map()?.require("spec")?.map()?;
        self.admission = Admission::of(&manifest.others, &found.namespace, &pod, &mut self.template, running)?;
        Ok(())
    }

    /// Whether a term is about pods of others than the Deployment called `own`.
    fn is_about_any(&self, pods: Vec<(String, Seen)>, own: &str) -> bool {
        let placement = &self.template.placement;
        pods.iter().any(|(name, pod)| name != own && placement.is_about(pod, &self.namespaces))
    }

    /// Names Deployments of the file whose pods a term is about while it is not known where they are.
    fn name_uncounted(&mut self, beside: Vec<(String, Seen)>) {
        let placement = &self.template.placement;
        let is_meant = |pod: &Seen| self.neighbours.is_empty() && placement.is_about(pod, &self.namespaces);
        let names = beside.into_iter().filter(|(_, pod)| is_meant(pod)).map(|(name, _)| name);
        let sentence = |name: String| {
            format!(
                "Deployment {name}: the pods' topology spread or affinity is about its pods too, which are not counted: the input \
                 does not say on which Nodes they are"
            )
        };
        self.assumed.extend(names.map(sentence).collect::<Vec<_>>());
    }

    /// Takes up the pods of others that stand on its Nodes, and its own of this full name.
    fn stand(&mut self, occupied: &Occupied, name: &str) {
        self.machines = Rc::clone(&occupied.machines);
        self.neighbours = Rc::clone(&occupied.neighbours);
        self.assumed_of_nodes.clone_from(&occupied.assumed);
        self.found_on = occupied.own.get(name).cloned().unwrap_or_default();
    }

    /// Takes the nodes of all its pods for nodes where some are: also of those that go. What is under way is no assumption then.
    pub(crate) fn stand_as_in(&mut self, snapshot: &Snapshot) {
        self.assumed.retain(|sentence| !sentence.contains(UNDER_WAY));
        self.unmodelled.retain(|one| one.field != "status.terminatingReplicas");
        let places: BTreeMap<&str, usize> =
            self.machines.iter().enumerate().map(|(place, machine)| (machine.name(), place)).collect();
        let names = snapshot.pods.iter().filter_map(|pod| pod.node.as_deref());
        let mut found_on: Vec<usize> = names.filter_map(|name| places.get(name).copied()).collect();
        found_on.sort_unstable();
        self.found_on = found_on;
        let silent = snapshot.nodes.iter().filter(|node| !node.is_ready);
        let silent: Vec<usize> = silent.filter_map(|node| places.get(node.name.as_str()).copied()).collect();
        if !silent.is_empty() {
            // The run itself knows that such a node is silent, and whose pods stay there.
            let machines = Rc::make_mut(&mut self.machines);
            silent.into_iter().for_each(|place| machines[place].forget_silence());
        }
    }

    /// Fills in the replicas that neither the spec nor an override writes, and says where they are from.
    fn settle_replicas(
        &mut self,
        spec: &Map<'_>,
        overrides: Option<Map<'_>>,
        evidence: &Evidence<'_>,
    ) -> Result<(), InputError> {
        if self.daemon_set.is_some() {
            // It has none of its own.
            return Ok(());
        }
        if spec.get("replicas").or_else(|| overrides.and_then(|map| map.get("replicas"))).is_none() {
            let (replicas, message) = evidence.replicas()?;
            self.spec.replicas = replicas;
            self.assumed.push(message);
        }
        Ok(())
    }
}

/// The autoscaler that scales the Deployment. The API server lets several stand; here the first counts.
fn chosen_autoscaler<'m>(objects: &'m [Node], found: &DeploymentObject) -> Result<Option<&'m Node>, Problem> {
    for object in objects {
        let map = object.map()?;
        let Some(spec) = map.map("spec")? else { continue };
        let Some(target) = spec.map("scaleTargetRef")? else { continue };
        let kind = target.read("kind", Node::text)?.unwrap_or(DEPLOYMENT_KIND);
        let name = target.read("name", Node::text)?;
        if kind == found.kind && name == Some(&found.name) && namespace_of(&map)? == found.namespace {
            return Ok(Some(object));
        }
    }
    Ok(None)
}

/// The budget of the Deployment's namespace that selects its pods. Where several do the API refuses evictions; here the
/// first counts.
fn chosen_budget(
    objects: &[Node],
    found: &DeploymentObject,
    assumed: &mut Vec<String>,
) -> Result<Option<Budget>, Problem> {
    let template = found.node.map()?.require("spec")?.map()?.require("template")?.map()?;
    let labels = template.map("metadata")?.map(|metadata| metadata.map("labels")).transpose()?.flatten();
    let mut budgets = Vec::new();
    for object in objects {
        let object = object.map()?;
        let Some(spec) = object.map("spec")?.filter(|_| namespace_of(&object).ok() == Some(&found.namespace)) else {
            continue;
        };
        if spec.map("selector")?.is_some_and(|selector| selects(&selector, labels)) {
            budgets.push(budget(&spec)?);
        }
    }
    if budgets.len() > 1 {
        assumed.push(
            "several PodDisruptionBudgets select these pods: the API refuses to evict pods with more than one, so that \
             no drain moves them"
                .into(),
        );
        return Ok(Some(Budget::max_unavailable(IntOrPercent::Int(0))));
    }
    Ok(budgets.first().copied())
}

fn read(
    (kind, name): (&str, &str),
    spec: &Map<'_>,
    overrides: Option<Map<'_>>,
    home: PodNamespace<'_>,
    version: ClusterVersion,
) -> Result<Workload, Problem> {
    let template = spec.require("template")?.map()?;
    let pod = template.require("spec")?.map()?;
    let host_network = pod.read("hostNetwork", Node::bool)?.unwrap_or(false);
    let template = PodTemplate::read(&pod, template.map("metadata")?, home)?;
    let mut notes = template.notes.clone();
    let mut assumed = template.assumed.clone();
    assumed.extend(version.told.iter().cloned());
    if spec.get("podReplacementPolicy").is_some() {
        notes.push(
            "spec.podReplacementPolicy was ignored: Kubernetes 1.36 has no such field; to try the proposal write \
             proposals: {podReplacementPolicy: ...} in an experiment, or --set proposals.podReplacementPolicy=..."
                .into(),
        );
    }
    let stateful_set = if kind == STATEFUL_SET_KIND {
        Some(StatefulSet::new(stateful_set_spec::read(&OverriddenSet { spec: *spec, overrides }, NEW_TEMPLATE)?))
    } else {
        None
    };
    let mut template = template;
    let daemon_set = if kind == DAEMON_SET_KIND {
        template.node_choice.tolerate_as_daemon(host_network);
        let set = daemon_set_spec::read(&OverriddenDaemonSet { spec: *spec, overrides }, NEW_TEMPLATE)?;
        let tolerates_unreachable = template.node_choice.tolerates_unreachable();
        let mut set = DaemonSet::new(set, 0);
        set.tolerates_unreachable = tolerates_unreachable;
        Some(set)
    } else {
        None
    };
    Ok(Workload {
        name: name.into(),
        namespace: home.name.into(),
        spec: match (&stateful_set, &daemon_set) {
            (Some(set), _) => set.as_deployment(),
            (None, Some(set)) => set.as_deployment(),
            (None, None) => deployment_spec::read(&Overridden { spec: *spec, overrides }, NEW_TEMPLATE)?,
        },
        stateful_set,
        daemon_set,
        template,
        machines: Rc::default(),
        admission: Admission::default(),
        neighbours: Rc::default(),
        assumed_of_nodes: Vec::new(),
        found_on: Vec::new(),
        namespaces: Namespaces::default(),
        budget: None,
        autoscaler: None,
        version,
        unmodelled: Vec::new(),
        assumed,
        notes,
    })
}

/// Refuses sizes that no simulation here can hold.
pub(crate) fn check_size(replicas: i32, node: &Node) -> Result<(), InputError> {
    const MOST: i32 = 1_000_000;
    if replicas > MOST {
        let number = quoted(&replicas.to_string());
        return Err(node.at.error(format!("{number} replicas are more than {MOST}: simulate a smaller Deployment")));
    }
    Ok(())
}

mod daemon_set;
mod stateful_set;

#[cfg(test)]
mod tests;
