//! Node objects: what they offer, and what keeps pods from them.

use std::collections::BTreeMap;

use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::kubernetes::object::name_of;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::{cpu_millis, memory_bytes};
use crate::input::tree::yaml::Node;

/// What a Node object offers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Machine {
    /// Its labels, and its name under [`Self::NAME`].
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) cordoned: bool,
    pub(crate) taints: Vec<Taint>,
    pub(crate) capacity: Capacity,
}

impl Machine {
    pub(crate) const NAME: &str = "metadata.name";

    /// Reads a Node object; `None`: it has no `status.allocatable`.
    pub(crate) fn read(object: &Map<'_>) -> Result<Option<Self>, InputError> {
        let spec = object.map("spec")?;
        let cordoned =
            spec.as_ref().map(|spec| spec.read("unschedulable", Node::bool)).transpose()?.flatten() == Some(true);
        let Some(allocatable) = object.map("status")?.map(|status| status.map("allocatable")).transpose()?.flatten()
        else {
            return Ok(None);
        };
        let labels = object.map("metadata")?.map(|metadata| metadata.map("labels")).transpose()?.flatten();
        let entries = labels.map_or(&[][..], |labels| labels.entries);
        let text = |node: &Node| node.text().unwrap_or_default().to_owned();
        let labels = entries.iter().map(|entry| (entry.key.clone(), text(&entry.value)));
        let taints = spec.as_ref().map(Taint::read).transpose()?.unwrap_or_default();
        let capacity = Capacity {
            cpu_millis: allocatable.read("cpu", cpu_millis)?.unwrap_or(0),
            memory_bytes: allocatable.read("memory", memory_bytes)?.unwrap_or(0),
            pods: allocatable.read("pods", pod_count)?.unwrap_or(0),
        };
        let name = name_of(object).unwrap_or_default().to_owned();
        let labels = labels.chain([(Self::NAME.to_owned(), name)]).collect();
        Ok(Some(Self { labels, cordoned, taints, capacity }))
    }

    pub(crate) fn name(&self) -> &str {
        self.labels.get(Self::NAME).map_or("", String::as_str)
    }

    /// `topology.kubernetes.io/zone`, where it is set.
    pub(crate) fn zone(&self) -> Option<&String> {
        self.labels.get("topology.kubernetes.io/zone")
    }
}

/// Amounts of what the scheduler counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Capacity {
    pub(crate) cpu_millis: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) pods: u64,
}

/// A taint that keeps pods from a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taint {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) effect: String,
}

impl Taint {
    /// The taints of a Node's spec that keep pods out.
    pub(crate) fn read(spec: &Map<'_>) -> Result<Vec<Self>, InputError> {
        let owned = |map: &Map<'_>, key| text(map, key).unwrap_or_default().to_owned();
        let taints = maps(spec.list("taints")?)?;
        let read = taints.iter().map(|taint| Self {
            key: owned(taint, "key"),
            value: owned(taint, "value"),
            effect: owned(taint, "effect"),
        });
        Ok(read.filter(|taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute")).collect())
    }
}

/// A number of pods, which the API keeps as an amount like any other.
pub(crate) fn pod_count(node: &Node) -> Result<u64, InputError> {
    memory_bytes(node).map_err(|_| node.wrong("a number of pods"))
}
