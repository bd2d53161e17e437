//! The file on the command line: an experiment, or a bare manifest. It gives the tree of an experiment in both cases.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::input::experiment::path::set;
use crate::input::kubernetes::object::is_manifest;
use crate::input::kubernetes::other_files::other_file;
use crate::input::tree::error::InputError;
use crate::input::tree::files::{Files, InputCopy};
use crate::input::tree::yaml::{At, Node, Source, Value, documents};

/// The file that was given, and the reader of those that it names.
pub(crate) struct InputFile {
    source: Rc<Source>,
    documents: Vec<Node>,
    files: Files,
}

impl InputFile {
    /// Reads the file. Files that it names are looked for in its folder.
    pub(crate) fn read(path: &Path) -> Result<Self, InputError> {
        let folder = path.parent().map(PathBuf::from).unwrap_or_default();
        Self::of(path, Files::new(&folder))
    }

    /// Reads a file again from `copies` of what was read then, the root's first.
    pub(crate) fn read_again(copies: &[InputCopy]) -> Result<Self, InputError> {
        let first = copies.first().ok_or_else(|| InputError::new("no input is recorded"))?;
        Self::of(Path::new(&first.path), Files::of_copies(copies))
    }

    /// Takes `text` as if it were a file in `folder`; others are looked for there.
    pub(crate) fn of_text(text: &str, folder: &Path) -> Result<Self, InputError> {
        let files = Files::new(folder);
        let source = files.root_text(text)?;
        Self::from_source(source, files)
    }

    fn of(path: &Path, files: Files) -> Result<Self, InputError> {
        let source = files.root(path)?;
        Self::from_source(source, files)
    }

    fn from_source(source: Rc<Source>, files: Files) -> Result<Self, InputError> {
        let documents = documents(&source)?;
        Ok(Self { source, documents, files })
    }

    pub(crate) fn files(&self) -> &Files {
        &self.files
    }

    /// The experiment's tree; for a manifest, one that names nothing but it. `deployment` chooses among several.
    pub(crate) fn tree(&self, deployment: Option<&str>) -> Result<Node, InputError> {
        let start = At::start(&self.source);
        let mut tree = match &self.documents[..] {
            [] => return Err(start.error("the file is empty: write an experiment or name a manifest")),
            [first, ..] if is_wrapped_experiment(first) => {
                return Err(first.at.error(
                    "an experiment has no apiVersion, kind or spec: write its keys (deployment, pods, cluster, sweep, objectives) at the \
                     top of the file; `rollcast new` writes one to start from",
                ));
            }
            documents if is_manifest(documents) => {
                let mut tree = Node { at: start.clone(), value: Value::Map(Vec::new()) };
                // The manifest is read from what is here already: standard input can be read only once.
                let path = Node::plain(start.clone(), self.source.name.clone());
                set(&mut tree, &["deployment".into(), "manifest".into()], &start, path)?;
                tree
            }
            [only] => {
                if let Some(message) = only.map().ok().and_then(|map| other_file(&map, &self.source.name)) {
                    return Err(only.at.error(message));
                }
                only.clone()
            }
            [_, second, ..] => return Err(second.at.error("an experiment is one document: leave out the second")),
        };
        tree.map().map_err(|_| tree.wrong("an experiment (a map of keys and values) or a Kubernetes manifest"))?;
        if let Some(name) = deployment {
            let option = Rc::new(Source { name: "--deployment".into(), text: name.into() });
            let at = At::start(&option);
            set(&mut tree, &["deployment".into(), "name".into()], &at, Node::plain(at.clone(), name))?;
        }
        Ok(tree)
    }
}

/// Whether somebody wrote an experiment as if it were an object of Kubernetes.
fn is_wrapped_experiment(node: &Node) -> bool {
    let Ok(map) = node.map() else { return false };
    let text = |key: &str| map.get(key).and_then(|node| node.text().ok()).unwrap_or("");
    text("apiVersion").starts_with("rollcast") || (text("kind") == "Experiment" && text("apiVersion").is_empty())
}
