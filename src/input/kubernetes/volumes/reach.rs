//! Which nodes a PersistentVolume can be attached to.

use std::collections::BTreeSet;

use crate::input::kubernetes::label_selector::text;
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::node_affinity::NodeChoice;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;

/// Labels of a PersistentVolume that say where it is.
///
/// Upstream: `pkg/scheduler/framework/plugins/volumezone/volume_zone.go: topologyLabels`.
const TOPOLOGY: [&str; 4] = [
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/region",
];
const ZONE: &str = TOPOLOGY[0];

/// Which nodes a PersistentVolume can be attached to: by its `nodeAffinity` and by its labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    affinity: NodeChoice,
    /// Keys, each with the values that it may have.
    labels: Vec<(String, Vec<String>)>,
}

/// The labels of the nodes of a forecast.
#[derive(Debug, Default)]
pub(crate) struct NodeLabels {
    /// Labels that at least one Node object has.
    known: BTreeSet<String>,
}

impl NodeLabels {
    /// The labels that the Node objects have.
    pub(crate) fn of(machines: &[Machine]) -> Self {
        Self { known: machines.iter().flat_map(|machine| machine.labels.keys().cloned()).collect() }
    }
}

impl Reach {
    /// Reads a PersistentVolume.
    pub(super) fn read(volume: &Map<'_>) -> Result<Self, InputError> {
        let labels = volume.map("metadata")?.map(|metadata| metadata.map("labels")).transpose()?.flatten();
        let values = |key: &str| {
            let value = text(labels.as_ref()?, key)?;
            Some((key.to_owned(), value.split("__").map(str::to_owned).collect()))
        };
        let affinity = volume.map("spec")?.map(|spec| spec.map("nodeAffinity")).transpose()?.flatten();
        let required = affinity.map(|affinity| affinity.map("required")).transpose()?.flatten();
        Ok(Self {
            affinity: required.as_ref().map(NodeChoice::of_terms).transpose()?.unwrap_or_default(),
            labels: TOPOLOGY.iter().filter_map(|key| values(key)).collect(),
        })
    }

    /// Whether it leaves out any node at all.
    pub(crate) fn is_limited(&self) -> bool {
        self.affinity.asks_for_labels() || !self.labels.is_empty()
    }

    /// Whether it names single nodes.
    pub(crate) fn names_nodes(&self) -> bool {
        self.affinity.names_nodes().is_some()
    }

    /// Whether a node can have the volume. Labels that no node of the input has are not asked for, except that a driver's own
    /// label of the zone is taken as the zone.
    pub(crate) fn contains(&self, machine: &Machine, labels: &NodeLabels) -> bool {
        let mut machine = machine.clone();
        let mut known = |key: &str| {
            if labels.known.contains(key) || machine.labels.contains_key(key) {
                return true;
            }
            let zone = machine.zone().cloned().filter(|_| key.ends_with("/zone"));
            zone.is_some_and(|zone| machine.labels.insert(key.to_owned(), zone).is_none())
        };
        let affinity = self.affinity.about(&mut known);
        let asked: Vec<_> = self.labels.iter().filter(|(key, _)| known(key)).collect();
        let has = |(key, values): &&(String, Vec<String>)| {
            machine.labels.get(key).is_some_and(|value| values.contains(value))
        };
        asked.iter().all(has) && affinity.does_not_match(&machine).is_none()
    }

    /// What a node without labels, in a zone of this name, stands for here.
    pub(crate) fn machine_in(zone: Option<&String>) -> Machine {
        let labels = zone.map(|zone| (ZONE.to_owned(), zone.clone()));
        Machine { labels: labels.into_iter().collect(), ..Machine::default() }
    }
}
