//! The workloads as they are written, with the Deployments that files have.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::input::experiment::deployment::{Manifests, names, section_of};
use crate::input::experiment::world::overlay::laid_over;
use crate::input::keys::event::SCALE;
use crate::input::keys::workloads::{ENTRY, EVENT, EVENTS, OF_FILES, REST};
use crate::input::kubernetes::manifest::{
    DAEMON_SET as DAEMON_SET_KIND, DEPLOYMENT as DEPLOYMENT_KIND, Manifest, STATEFUL_SET as STATEFUL_SET_KIND,
    identity, key_of,
};
use crate::input::kubernetes::object::{name_of, namespace_of};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::near::unknown;
use crate::input::tree::quantity::duration;
use crate::input::tree::yaml::{At, Entry as Key, Node, Value};
use crate::time::SimDuration;

/// Most workloads of a world.
const MOST_WORKLOADS: usize = 1000;

/// Keys of an experiment that a workload does not take over, because it has its own or because they say what is run and asked.
const NOT_OF_ONE: [&str; 13] = [
    "daemonSet",
    "statefulSet",
    "workloads",
    "release",
    "deployment",
    "event",
    "pods",
    "sweep",
    "baseline",
    "objectives",
    "replications",
    "sampling",
    "seed",
];

/// A workload as it is written.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Namespace and name.
    pub(super) name: String,
    /// Where it is written.
    pub(super) at: At,
    /// Whether it is a Deployment, a StatefulSet or a DaemonSet.
    pub(super) kind: &'static str,
    /// The `deployment` or the `statefulSet` of an experiment about it alone; a map.
    pub(super) deployment: Node,
    pub(super) event: Option<Node>,
    pub(super) pods: Option<Node>,
    /// When its event happens; `None`: when the release has it.
    pub(super) time: Option<SimDuration>,
    /// It is the experiment's own Deployment, with the random numbers that it has alone.
    is_own: bool,
}

impl Entry {
    /// Whether something happens to it.
    pub(super) fn moves(&self) -> bool {
        self.event.as_ref().is_none_or(|event| event.plain_text() != Some("none"))
    }

    /// What tells it from all other workloads of the input.
    pub(super) fn identity(&self) -> String {
        identity(self.kind, &self.name)
    }

    /// Which random numbers are its own.
    pub(super) fn key(&self) -> u64 {
        if self.is_own {
            return 0;
        }
        let hash = Sha256::digest(format!("{}/{}", self.kind, self.name));
        let first = hash.iter().take(8).rev().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        first.max(1)
    }

    /// The experiment about it alone, which `top` is with others.
    pub(super) fn tree(&self, top: &Map<'_>) -> Result<Node, InputError> {
        let shared = top.entries.iter().filter(|entry| !NOT_OF_ONE.contains(&entry.key.as_str()));
        let mut entries: Vec<Key> = shared.cloned().collect();
        let pods = laid_over(top.get("pods"), self.pods.as_ref())?;
        let own = [(key_of(self.kind), Some(self.deployment.clone())), ("event", self.event.clone()), ("pods", pods)];
        for (key, value) in own {
            entries.extend(value.map(|value| Key { key: key.into(), at: value.at.clone(), value }));
        }
        Ok(Node { at: top.at.clone(), value: Value::Map(entries) })
    }
}

/// Reads the workloads of an experiment, which may have a `deployment` beside them.
pub(super) fn entries(map: &Map<'_>, manifests: &Manifests<'_>) -> Result<Vec<Entry>, InputError> {
    let mut reading = Reading { manifests, files: Vec::new(), found: Vec::new() };
    let own = own_workload(map)?;
    own.map_or(Ok(()), |(_, node)| reading.add_files(files_of(node)))?;
    let workloads = match (map.get("workloads"), own) {
        (Some(workloads), _) => Some(workloads),
        (None, Some((STATEFUL_SET_KIND | DAEMON_SET_KIND, _))) => None,
        (None, _) => Some(map.require("workloads")?),
    };
    let list = workloads.map_or_else(|| Ok(Vec::new()), listed)?;
    for item in &list {
        reading.add_files(match item.what {
            What::One(_, node) => files_of(node),
            What::All(map) => map.get("manifest"),
        })?;
    }
    if let Some((kind, node)) = own {
        let item = Item { map: map.emptied().with_names(&ENTRY), what: What::One(kind, node), stays: false };
        reading.add_one((kind, node), &item, true)?;
        if workloads.is_none() {
            let event = map.get("event").map(checked_event).transpose()?.cloned();
            reading.found.iter_mut().for_each(|entry| entry.event = event.clone());
        }
    }
    for item in &list {
        if let What::One(kind, node) = item.what {
            reading.add_one((kind, node), item, false)?;
        }
    }
    let named: BTreeSet<String> = reading.found.iter().map(Entry::identity).collect();
    let explicit = std::mem::take(&mut reading.found);
    let mut explicit = explicit.into_iter();
    if own.is_some() {
        reading.found.extend(explicit.next());
    }
    for item in &list {
        match item.what {
            What::All(map) => reading.add_all(map, item, &named)?,
            What::One(..) => reading.found.extend(explicit.next()),
        }
    }
    checked(reading.found, workloads.unwrap_or(&Node { at: map.at.clone(), value: Value::Null }))
}

/// The workload that the experiment has itself, with its kind.
fn own_workload<'a>(map: &Map<'a>) -> Result<Option<(&'static str, &'a Node)>, InputError> {
    let all = [(DEPLOYMENT_KIND, "deployment"), (STATEFUL_SET_KIND, "statefulSet"), (DAEMON_SET_KIND, "daemonSet")];
    let mut written = all.iter().filter_map(|(kind, key)| Some((*kind, map.get(key)?)));
    match (written.next(), written.next()) {
        (_, Some((_, node))) => Err(node.at.error(
            "write either `deployment` or `statefulSet` or `daemonSet` at the top, and the other one in `workloads`",
        )),
        (own, None) => Ok(own),
    }
}

/// Refuses a world without workloads, with too many, or with one that stands there twice.
fn checked(found: Vec<Entry>, workloads: &Node) -> Result<Vec<Entry>, InputError> {
    if found.is_empty() {
        return Err(workloads.at.error(
            "there is no workload: write `workloads: {manifest: FILE}`, or a list of entries such as `- deployment: {manifest: FILE, \
             name: NAMESPACE/NAME}`",
        ));
    }
    if found.len() > MOST_WORKLOADS {
        return Err(workloads.at.error(format!(
            "there are {} workloads, more than {MOST_WORKLOADS}: choose some by `namespace` or `names`; the pods of the others stand on the \
             Nodes",
            found.len()
        )));
    }
    let mut seen = BTreeMap::new();
    let mut before =
        found.iter().filter_map(|entry| seen.insert(entry.name.as_str(), entry.kind).map(|kind| (entry, kind)));
    let message = match before.next() {
        None => None,
        Some((twin, kind)) if twin.kind == kind => {
            Some(twin.at.error(format!("{} is a workload already: write it once", twin.name)))
        }
        Some((twin, kind)) => Some(twin.at.error(format!(
            "{} is the name of a {kind} and of a {}, and workloads are told apart by their names: choose one of them by `names`, or give \
             them entries of their own with different names",
            twin.name, twin.kind
        ))),
    };
    message.map_or(Ok(found), Err)
}

/// One entry of `workloads`.
struct Item<'a> {
    /// What is written for each workload that it stands for.
    map: Map<'a>,
    what: What<'a>,
    /// Nothing happens to what it stands for, unless an event is written.
    stays: bool,
}

/// What an entry stands for.
#[derive(Clone, Copy)]
enum What<'a> {
    /// The workload of a kind that a `deployment` or a `statefulSet` describes.
    One(&'static str, &'a Node),
    /// The workloads of the files that a map names.
    All(Map<'a>),
}

/// The entries of the key `workloads`; a map stands for all workloads of its files.
fn listed(node: &Node) -> Result<Vec<Item<'_>>, InputError> {
    match &node.value {
        Value::List(items) => items.iter().map(entry).collect(),
        Value::Map(_) => {
            let map = node.map()?;
            let is_entry = map
                .entries
                .iter()
                .any(|entry| matches!(entry.key.as_str(), "deployment" | "statefulSet" | "daemonSet" | "rest"));
            if is_entry {
                return Err(map.at.error("several workloads are a list: write `- ` before each entry"));
            }
            let map = map.of(&OF_FILES)?;
            map.require("manifest")?;
            Ok(vec![Item { map, what: What::All(map), stays: false }])
        }
        _ => Err(node.wrong("a map such as {manifest: shop.yaml}, or a list of entries with `deployment` or `rest`")),
    }
}

fn entry(node: &Node) -> Result<Item<'_>, InputError> {
    let map = node.map().map_err(|_| node.wrong("a map with `deployment` or `rest`"))?.of(&ENTRY)?;
    match (own_workload(&map)?, map.get("rest")) {
        (Some((kind, node)), None) => Ok(Item { map, what: What::One(kind, node), stays: false }),
        (None, Some(rest)) => {
            let rest = rest.map()?.of(&REST)?;
            rest.require("manifest")?;
            Ok(Item { map, what: What::All(rest), stays: true })
        }
        _ => Err(map.at.error(
            "an entry has either `deployment`, `statefulSet` or `daemonSet`, or `rest` for all others of a file",
        )),
    }
}

/// The path of the manifest that a `deployment` names.
fn files_of(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::Map(_) => node.map().ok()?.get("manifest"),
        Value::Scalar(_) => Some(node),
        _ => None,
    }
}

/// The work of [`entries`].
struct Reading<'a> {
    manifests: &'a Manifests<'a>,
    /// All files: their objects are taken together, so that all workloads see the same Nodes and pods.
    files: Vec<Node>,
    found: Vec<Entry>,
}

impl Reading<'_> {
    fn add_files(&mut self, path: Option<&Node>) -> Result<(), InputError> {
        let Some(path) = path else { return Ok(()) };
        for (name, at) in names(path)? {
            if self.files.iter().all(|file| file.text().ok() != Some(name)) {
                self.files.push(Node::plain(at.clone(), name));
            }
        }
        Ok(())
    }

    /// All files, as one manifest.
    fn path(&self, at: &At) -> Node {
        match &self.files[..] {
            [only] => only.clone(),
            several => Node { at: at.clone(), value: Value::List(several.to_vec()) },
        }
    }

    /// A workload by itself.
    fn add_one(
        &mut self,
        (kind, node): (&'static str, &Node),
        item: &Item<'_>,
        is_own: bool,
    ) -> Result<(), InputError> {
        let map = if matches!(node.value, Value::Map(_)) { Some(node.map()?.of(section_of(kind))?) } else { None };
        let (name, deployment) = match files_of(node) {
            Some(path) => {
                let chosen = map.and_then(|map| map.get("name"));
                let at = chosen.map_or(&path.at, |name| &name.at);
                let manifest = self.manifests.get(path)?;
                let found = manifest.choose_of(kind, chosen.map(Node::text).transpose()?, at)?;
                let name = found.full_name();
                let others = map.iter().flat_map(|map| map.entries);
                let others = others.filter(|entry| entry.key != "manifest" && entry.key != "name");
                (name.clone(), self.deployment(&name, at, others.cloned().collect()))
            }
            None => {
                let map = node.map()?;
                let of_spec = map.get("spec").is_some();
                let name = name_of(&map).or(map.read("name", Node::text)?);
                let name = name.filter(|_| of_spec).unwrap_or(key_of(kind));
                (format!("{}/{name}", namespace_of(&map)?), node.clone())
            }
        };
        self.push((kind, name), &node.at, deployment, item, is_own)
    }

    /// All workloads of the files of an entry, but those that are `named` elsewhere.
    fn add_all(&mut self, map: Map<'_>, item: &Item<'_>, named: &BTreeSet<String>) -> Result<(), InputError> {
        let path = map.require("manifest")?;
        let manifest = self.manifests.get(path)?;
        if manifest.workloads().is_empty() {
            return Err(path.at.error(manifest.no_deployment()));
        }
        let namespace = map.get("namespace").map(|node| Ok::<_, InputError>((node.text()?, node))).transpose()?;
        let wanted = if item.stays { None } else { wanted(&map, &manifest)? };
        for found in manifest.workloads() {
            let name = found.full_name();
            let is_there = namespace.is_none_or(|(namespace, _)| found.namespace == namespace);
            let is_wanted = wanted.as_ref().is_none_or(|wanted| wanted.contains(&found.identity()));
            if is_there && is_wanted && !named.contains(&found.identity()) {
                let deployment = self.deployment(&name, &path.at, Vec::new());
                self.push((found.kind, name), &path.at, deployment, item, false)?;
                let waits = waits_for_deletion(&found.node)?;
                if let Some(entry) = self.found.last_mut().filter(|entry| waits && entry.event.is_none()) {
                    entry.event = Some(Node::plain(path.at.clone(), "none"));
                }
            }
        }
        match namespace {
            Some((namespace, node)) if manifest.workloads().iter().all(|found| found.namespace != namespace) => {
                Err(node.at.error(manifest.not_found(&format!("{namespace}/"))))
            }
            _ => Ok(()),
        }
    }

    /// The `deployment` of an experiment: one of the files by its full name, with what is written in its place.
    fn deployment(&self, name: &str, at: &At, mut entries: Vec<Key>) -> Node {
        let values = [("manifest", self.path(at)), ("name", Node::plain(at.clone(), name))];
        entries.extend(values.map(|(key, value)| Key { key: key.into(), at: at.clone(), value }));
        Node { at: at.clone(), value: Value::Map(entries) }
    }

    fn push(
        &mut self,
        (kind, name): (&'static str, String),
        at: &At,
        deployment: Node,
        item: &Item<'_>,
        is_own: bool,
    ) -> Result<(), InputError> {
        let event = match item.map.get("event") {
            Some(node) => Some(checked_event(node)?.clone()),
            None => item.stays.then(|| Node::plain(item.map.at.clone(), "none")),
        };
        let time = item.map.read("at", duration)?;
        let pods = item.map.get("pods").cloned();
        self.found.push(Entry { name, kind, at: at.clone(), deployment, event, pods, time, is_own });
        Ok(())
    }
}

/// Whether a new version of an object makes nobody replace its pods: `updateStrategy: {type: OnDelete}`.
fn waits_for_deletion(object: &Node) -> Result<bool, InputError> {
    let Some(spec) = object.map()?.map("spec")? else { return Ok(false) };
    let Some(strategy) = spec.map("updateStrategy")? else { return Ok(false) };
    Ok(strategy.read("type", Node::text)? == Some("OnDelete"))
}

/// What is named under `names`; `None`: all workloads are meant.
fn wanted(map: &Map<'_>, manifest: &Manifest) -> Result<Option<BTreeSet<String>>, InputError> {
    let Some(node) = map.get("names") else { return Ok(None) };
    let mut wanted = BTreeSet::new();
    for name in node.list().map_err(|_| node.wrong("a list of names such as [shop/cart]"))? {
        let found = manifest.choose_any(name.text()?, &name.at)?;
        let full = found.full_name();
        if !wanted.insert(found.identity()) {
            return Err(name.at.error(format!("{full} is named already: write it once")));
        }
    }
    if wanted.is_empty() {
        Err(node.at.error("no workload is named: name one at least, or leave names out"))
    } else {
        Ok(Some(wanted))
    }
}

/// An event that a workload may have.
pub(super) fn checked_event(node: &Node) -> Result<&Node, InputError> {
    match node.plain_text() {
        Some(word) if EVENTS.contains(&word) => {}
        Some(word) => {
            let valid: Vec<&str> = EVENTS.iter().copied().chain(EVENT.names()).collect();
            return Err(node.at.error(unknown("event of a workload", word, &valid)));
        }
        None => {
            let map = node.map()?.of(&EVENT)?;
            map.require("scale")?.map()?.of(&SCALE)?;
        }
    }
    Ok(node)
}
