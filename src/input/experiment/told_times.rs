//! Times that the objects beside the workload tell, where nobody writes them: how long the images of its pods took.

use super::Experiment;
use crate::input::experiment::deployment::names;
use crate::input::experiment::premises::OF_EVENTS;
use crate::input::experiment::scenario::workload_node;
use crate::input::kubernetes::object::objects;
use crate::input::snapshot::{Asked, Kind, Snapshot};
use crate::input::tree::error::InputError;
use crate::input::tree::yaml::{Node, Value};

/// What is told: the path of a key, its value, and where it comes from.
type Told = (String, String, String);

/// Keys that say how long a pull takes.
const OF_PULLS: [&str; 3] = ["pull", "imageSize", "registryThroughput"];

impl Experiment<'_> {
    /// Takes up what the input tells of the only workload, unless it is written or swept: how long a pull takes, where five pods tell it.
    /// `recorded`: what it told when it was read as a whole, of which a copy has a part.
    pub(crate) fn take_told(&mut self, recorded: &[Told]) -> Result<(), InputError> {
        if self.says_pulls() || self.written_at(&["workloads"]).is_some() {
            return Ok(());
        }
        let told = match recorded {
            [] if !self.files.are_copies() => self.told_pull().into_iter().collect(),
            recorded => recorded.to_vec(),
        };
        told.iter().try_for_each(|(path, value, origin)| self.set_text(path, value, origin))?;
        self.told = told;
        Ok(())
    }

    /// Whether the experiment says how long a pull takes, or tries several lengths.
    fn says_pulls(&self) -> bool {
        let sweep = self.written_at(&["sweep"]).map(Node::flow).unwrap_or_default();
        OF_PULLS.iter().any(|key| {
            let paths = [&["pods", *key][..], &["pods", "new", *key], &["pods", "old", *key]];
            sweep.contains(key) || paths.iter().any(|path| self.written_at(path).is_some())
        })
    }

    fn told_pull(&self) -> Option<Told> {
        let snapshot = self.snapshot_of_files().ok().flatten()?;
        let (value, pods) = snapshot.start_up.written_pull()?;
        Some(("pods.pull".into(), format!("{value} # {pods} values"), format!("{OF_EVENTS}{pods} pods")))
    }

    /// What the files of the workload show of it, where they have events.
    fn snapshot_of_files(&self) -> Result<Option<Snapshot>, InputError> {
        let map = self.tree.map()?;
        let (kind, node) = workload_node(&map)?;
        let (path, name) = match &node.value {
            Value::Map(_) => {
                let own = node.map()?;
                let Some(path) = own.get("manifest") else { return Ok(None) };
                (path, own.get("name"))
            }
            _ => (node, None),
        };
        let sources = names(path)?.into_iter().map(|(name, at)| self.files.manifest(name, at));
        let sources = sources.collect::<Result<Vec<_>, _>>()?;
        let read = sources.iter().map(|source| self.files.documents(source)).collect::<Result<Vec<_>, _>>()?;
        let joined: Vec<Node>;
        let documents: &[Node] = match &read[..] {
            [only] => only,
            several => {
                joined = several.iter().flat_map(|documents| documents.iter().cloned()).collect();
                &joined
            }
        };
        if objects(documents)?.iter().all(|(kind, _)| *kind != "Event") {
            return Ok(None);
        }
        let manifest = self.manifests.get(path)?;
        let found = manifest.choose_of(kind, name.map(Node::text).transpose()?, &path.at)?;
        let (namespace, name) = (Some(found.namespace.clone()), Some(found.name.clone()));
        let asked = Asked { kind: Kind::named(kind), namespace, name, at: None };
        Snapshot::read(documents, &asked, "").map(Some)
    }
}
