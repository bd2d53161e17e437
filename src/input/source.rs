//! The files on the command line: an experiment, manifests, or both. They give the tree of an experiment in all cases.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::input::experiment::path::set;
use crate::input::given::recorded_names;
use crate::input::kubernetes::manifest::{DAEMON_SET, STATEFUL_SET, rolled_kind};
use crate::input::kubernetes::object::is_manifest;
use crate::input::kubernetes::other_files::other_file;
use crate::input::kubernetes::unread::unread;
use crate::input::snapshot::{Asked, Snapshot};
use crate::input::tree::error::InputError;
use crate::input::tree::files::{Files, InputCopy, too_large};
use crate::input::tree::yaml::{At, Entry, Node, Source, Value};

/// The files that were given, and the reader of those that they name.
pub(crate) struct InputFile {
    roots: Vec<Root>,
    files: Files,
}

/// A file that was given.
struct Root {
    /// What it is called among the inputs.
    name: String,
    source: Rc<Source>,
    documents: Rc<Vec<Node>>,
}

impl InputFile {
    /// Reads the files. Others that an experiment names are looked for in its folder.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Self, InputError> {
        let mut files = Files::new(Path::new("")).with_large_manifests(unread());
        let mut roots = Vec::new();
        for (path, recorded) in paths.iter().zip(recorded_names(paths)) {
            roots.push(Root::of(&files, files.root(path, &recorded)?, &recorded, paths.len())?);
        }
        let experiment = roots.iter().position(|root| !is_manifest(&root.documents)).unwrap_or(0);
        files.look_in(paths.get(experiment).and_then(|path| path.parent()).unwrap_or(Path::new("")));
        Self { roots, files }.checked()
    }

    /// Reads files again from `copies` of what was read then, of which the first `count` were given.
    pub(crate) fn read_again(copies: &[InputCopy], count: usize) -> Result<Self, InputError> {
        let files = Files::of_copies(copies).with_large_manifests(unread());
        let mut roots = Vec::new();
        for copy in copies.iter().take(count) {
            roots.push(Root::of(&files, files.root(Path::new(&copy.path), &copy.path)?, &copy.path, count)?);
        }
        Self { roots, files }.checked()
    }

    /// Takes `text` as if it were a file in `folder`; others are looked for there.
    pub(crate) fn of_text(text: &str, folder: &Path) -> Result<Self, InputError> {
        let files = Files::new(folder);
        let roots = vec![Root::of(&files, files.root_text(text)?, "", 1)?];
        Self { roots, files }.checked()
    }

    fn checked(self) -> Result<Self, InputError> {
        if self.roots.is_empty() {
            return Err(InputError::new("no input is given"));
        }
        Ok(self)
    }

    pub(crate) fn files(&self) -> &Files {
        &self.files
    }

    /// What the files show of one workload at an instant.
    pub(crate) fn snapshot(&self, asked: &Asked) -> Result<Snapshot, InputError> {
        let name = self.roots.first().map_or("", |root| root.name.as_str());
        if let [only] = &self.roots[..] {
            // A large list is not copied.
            return Snapshot::read(&self.documents(only), asked, name);
        }
        let documents: Vec<Node> = self.roots.iter().flat_map(|root| self.documents(root).into_owned()).collect();
        Snapshot::read(&documents, asked, name)
    }

    /// The names under which several files that were given are recorded; none where there is one.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.roots.iter().map(|root| root.name.clone()).collect();
        if self.roots.len() > 1 { names } else { Vec::new() }
    }

    /// Reads with `read` what the files describe; where something is wrong, the error names all mistakes that can be found.
    pub(crate) fn read_all<T>(&self, read: impl Fn() -> Result<T, InputError>) -> Result<T, InputError> {
        self.files.left_out.read_all(read)
    }

    /// The experiment's tree; for manifests, one that names nothing but them. `deployment` chooses among several.
    pub(crate) fn tree(&self, deployment: Option<&str>) -> Result<Node, InputError> {
        let mut tree = match &self.roots[..] {
            [only] => self.tree_of(only)?,
            several => self.tree_of_several(several)?,
        };
        tree.map().map_err(|_| tree.wrong("an experiment (a map of keys and values) or a Kubernetes manifest"))?;
        if let Some(name) = deployment {
            let key = workload_key(&tree)?;
            choose(&mut tree, key, name)?;
        }
        Ok(tree)
    }

    /// The same for the workload of a kind with a full name, also where the files have workloads of other kinds beside it.
    pub(crate) fn tree_of_kind(&self, kind: &str, name: &str) -> Result<Node, InputError> {
        let mut tree = self.tree(None)?;
        let (own, key) = (workload_key(&tree)?, key_of(kind));
        if let Value::Map(entries) = &mut tree.value {
            let named = entries.iter_mut().filter(|entry| entry.key == own);
            named.for_each(|entry| entry.key = key.to_owned());
        }
        choose(&mut tree, key, name)?;
        Ok(tree)
    }

    /// The same, of several workloads: those of all manifests, or those that the experiment has. `deployment` chooses one of them
    /// by its name, or those of a namespace.
    pub(crate) fn world_tree(&self, deployment: Option<&str>) -> Result<Node, InputError> {
        let mut tree = self.tree(None)?;
        if tree.map()?.get("workloads").is_none() {
            let key = workload_key(&tree)?;
            let node = tree.map()?.get(key).cloned();
            let node = node.ok_or_else(|| {
                tree.at.error("the key `workloads` is missing: add workloads: {manifest: FILE}, the path of a manifest")
            })?;
            let workloads = all_beside(key, node)?;
            if let Value::Map(entries) = &mut tree.value {
                entries.retain(|entry| entry.key != key);
            }
            let at = workloads.at.clone();
            set(&mut tree, &["workloads".into()], &at, workloads)?;
        }
        let Some(name) = deployment else { return Ok(tree) };
        let option = Rc::new(Source { name: "--deployment".into(), text: name.into() });
        let at = At::start(&option);
        let (key, value) = match name.strip_suffix('/') {
            Some(namespace) => ("namespace", Node::plain(at.clone(), namespace)),
            None => ("names", Node { at: at.clone(), value: Value::List(vec![Node::plain(at.clone(), name)]) }),
        };
        if !tree.map()?.require("workloads")?.map().is_ok_and(|map| map.get("manifest").is_some()) {
            return Err(at.error("the workloads are a list, of which none can be chosen here: change the list"));
        }
        set(&mut tree, &["workloads".into(), key.into()], &at, value)?;
        Ok(tree)
    }

    /// What is written in a file, without what is known to be wrong.
    fn documents<'r>(&self, root: &'r Root) -> Cow<'r, [Node]> {
        self.files.left_out.of(Cow::Borrowed(&root.documents[..]))
    }

    fn tree_of(&self, root: &Root) -> Result<Node, InputError> {
        let documents = self.documents(root);
        if is_manifest(&documents) {
            // The manifest is read from what is here already: standard input can be read only once.
            let key = key_of(rolled_kind(&documents)?);
            return of_manifests(key, &At::start(&root.source), [root.source.name.clone()]);
        }
        root.experiment(&documents)
    }

    /// One experiment at most; all other files are manifests, whose objects are taken together.
    fn tree_of_several(&self, roots: &[Root]) -> Result<Node, InputError> {
        let (mut experiment, mut manifests, mut objects) = (None, Vec::new(), Vec::new());
        for root in roots {
            let documents = self.documents(root);
            if documents.is_empty() {
                continue;
            }
            if is_manifest(&documents) {
                manifests.push(root.name.clone());
                objects.extend(documents.iter().cloned());
                continue;
            }
            let tree = root.experiment(&documents)?;
            if let Some((_, first)) = experiment.replace((tree, root)) {
                let first: &Root = first;
                return Err(InputError::in_file(
                    &root.source.name,
                    format!("is a second experiment beside {}: give one, and manifests", first.source.name),
                ));
            }
        }
        let start = At::start(&roots[0].source);
        let key = key_of(rolled_kind(&objects)?);
        match experiment {
            None if manifests.is_empty() => {
                Err(start.error("the files are empty: write an experiment or name a manifest"))
            }
            None => of_manifests(key, &start, manifests),
            Some((tree, _)) if manifests.is_empty() => Ok(tree),
            Some((tree, root)) => with_manifests(tree, key, &At::start(&root.source), manifests),
        }
    }
}

impl Root {
    fn of(files: &Files, source: Rc<Source>, name: &str, count: usize) -> Result<Self, InputError> {
        let documents = files.all_documents(&source)?;
        if files.is_large(&source) && !is_manifest(&documents) {
            return Err(InputError::in_file(&source.name, too_large()));
        }
        let name = if count > 1 { name.to_owned() } else { source.name.clone() };
        Ok(Self { name, source, documents })
    }

    /// The experiment that the file is.
    fn experiment(&self, documents: &[Node]) -> Result<Node, InputError> {
        match documents {
            [] => {
                let start = At::start(&self.source);
                Err(start.error("the file is empty: write an experiment or name a manifest"))
            }
            [first, ..] if is_wrapped_experiment(first) => Err(first.at.error(
                "an experiment has no apiVersion, kind or spec: write its keys (deployment, pods, cluster, sweep, objectives) at the \
                 top of the file; `rollcast new` writes one to start from",
            )),
            [only] => match only.map().ok().and_then(|map| other_file(&map, &self.source.name)) {
                Some(message) => Err(only.at.error(message)),
                None => Ok(only.clone()),
            },
            [_, second, ..] => Err(second.at.error("an experiment is one document: leave out the second")),
        }
    }
}

/// An experiment that names manifests and nothing else.
fn of_manifests(key: &str, start: &At, names: impl IntoIterator<Item = String>) -> Result<Node, InputError> {
    let mut tree = Node { at: start.clone(), value: Value::Map(Vec::new()) };
    set(&mut tree, &[key.into(), "manifest".into()], start, listed(start, names))?;
    Ok(tree)
}

/// Has an experiment be about the workload with this name, which stands under `key`.
fn choose(tree: &mut Node, key: &str, name: &str) -> Result<(), InputError> {
    if tree.map()?.get("workloads").is_some() {
        return Err(InputError::new(
            "--deployment chooses one Deployment, and the experiment has `workloads`: leave the option out, or write \
             --set workloads.names=[NAMESPACE/NAME]",
        ));
    }
    let option = Rc::new(Source { name: "--deployment".into(), text: name.into() });
    let at = At::start(&option);
    set(tree, &[key.into(), "name".into()], &at, Node::plain(at.clone(), name))
}

/// The key under which an experiment names the workload of a manifest.
fn key_of(kind: &str) -> &'static str {
    match kind {
        STATEFUL_SET => "statefulSet",
        DAEMON_SET => "daemonSet",
        _ => "deployment",
    }
}

/// The same of an experiment that is there.
fn workload_key(tree: &Node) -> Result<&'static str, InputError> {
    let map = tree.map()?;
    Ok(["statefulSet", "daemonSet"].into_iter().find(|key| map.get(key).is_some()).unwrap_or("deployment"))
}

/// All workloads beside the one that `deployment`, the value of `key`, names, and that one.
fn all_beside(key: &str, deployment: Node) -> Result<Node, InputError> {
    let manifest = match &deployment.value {
        Value::Map(_) => {
            let map = deployment.map()?;
            let changed = map
                .entries
                .iter()
                .find(|entry| !matches!(entry.key.as_str(), "manifest" | "name" | "spec" | "metadata"));
            if let Some(entry) = changed {
                return Err(entry.at.error(format!(
                    "`{}` is written for one workload: write workloads: {{manifest: FILE}} for all, and workloads.*.{} in place of it",
                    entry.key, entry.key
                )));
            }
            match map.get("manifest") {
                Some(manifest) => manifest.clone(),
                None => {
                    let at = deployment.at.clone();
                    let entry = Entry { key: key.into(), at: at.clone(), value: deployment };
                    let item = Node { at: at.clone(), value: Value::Map(vec![entry]) };
                    return Ok(Node { at, value: Value::List(vec![item]) });
                }
            }
        }
        _ => deployment,
    };
    let at = manifest.at.clone();
    let entry = Entry { key: "manifest".into(), at: at.clone(), value: manifest };
    Ok(Node { at, value: Value::Map(vec![entry]) })
}

/// One name as text, several as a list.
fn listed(at: &At, names: impl IntoIterator<Item = String>) -> Node {
    let mut names: Vec<Node> = names.into_iter().map(|name| Node::plain(at.clone(), name)).collect();
    match (names.len(), names.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            names.extend(last);
            Node { at: at.clone(), value: Value::List(names) }
        }
    }
}

/// `experiment` with the objects of `manifests` beside those of the manifest that it names, if it names one.
fn with_manifests(mut experiment: Node, key: &str, start: &At, manifests: Vec<String>) -> Result<Node, InputError> {
    let map = experiment.map()?;
    let named = ["deployment", "statefulSet", "daemonSet"].iter().any(|key| map.get(key).is_some());
    let key = if named { workload_key(&experiment)? } else { key };
    if let Some(workloads) = experiment.map()?.get("workloads") {
        return Err(workloads.at.error(format!(
            "an experiment with `workloads` names its manifests itself: add {} to the list `manifest` there",
            manifests.join(", ")
        )));
    }
    let deployment = experiment.map()?.get(key).cloned();
    let own = match deployment.as_ref().map(|node| &node.value) {
        None => None,
        Some(Value::Map(_)) => {
            let map = deployment.as_ref().map(Node::map).transpose()?;
            if let Some(spec) = map.and_then(|map| map.get("spec")) {
                return Err(spec.at.error(
                    "a `spec` that is written in the experiment has no other objects beside it: write deployment: FILE, or give \
                     the experiment alone",
                ));
            }
            map.and_then(|map| map.get("manifest")).cloned()
        }
        Some(_) => deployment,
    };
    let own = own.map(|node| match node.value {
        Value::List(items) => items,
        _ => vec![node],
    });
    let mut all = own.unwrap_or_default();
    all.extend(manifests.into_iter().map(|name| Node::plain(start.clone(), name)));
    let manifest = Node { at: start.clone(), value: Value::List(all) };
    set(&mut experiment, &[key.into(), "manifest".into()], start, manifest)?;
    Ok(experiment)
}

/// Whether somebody wrote an experiment as if it were an object of Kubernetes.
fn is_wrapped_experiment(node: &Node) -> bool {
    let Ok(map) = node.map() else { return false };
    let text = |key: &str| map.get(key).and_then(|node| node.text().ok()).unwrap_or("");
    text("apiVersion").starts_with("rollcast") || (text("kind") == "Experiment" && text("apiVersion").is_empty())
}
