//! Node objects: what they offer, and what keeps pods from them.

use std::collections::BTreeMap;

use crate::input::kubernetes::amounts::Amounts;
use crate::input::kubernetes::host_ports::HostPort;
use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::kubernetes::object::name_of;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;
use crate::k8s::version::Version;

/// What a Node object offers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Machine {
    /// Its labels, and its name under [`Self::NAME`].
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) cordoned: bool,
    /// Taints that keep pods out.
    pub(crate) taints: Vec<Taint>,
    /// Taints that make the scheduler look elsewhere first (`PreferNoSchedule`).
    pub(crate) discouraging: Vec<Taint>,
    /// What it offers to pods: everything that is not named here it does not have.
    pub(crate) capacity: Amounts,
    /// What the pods of others take of it.
    pub(crate) used: Amounts,
    /// Ports of it that they have.
    pub(crate) ports: Vec<HostPort>,
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
        let discouraging = spec.as_ref().map(Taint::discouraging).transpose()?.unwrap_or_default();
        let capacity = Amounts::read(&allocatable)?;
        let name = name_of(object).unwrap_or_default().to_owned();
        let labels = labels.chain([(Self::NAME.to_owned(), name)]).collect();
        Ok(Some(Self { labels, cordoned, taints, discouraging, capacity, used: Amounts::default(), ports: Vec::new() }))
    }

    /// Leaves out the taints that it has because its kubelet does not report, or reports that it is not Ready.
    pub(crate) fn forget_silence(&mut self) {
        const OF_SILENCE: [&str; 2] = ["node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready"];
        self.taints.retain(|taint| !OF_SILENCE.contains(&taint.key.as_str()));
    }

    pub(crate) fn name(&self) -> &str {
        self.labels.get(Self::NAME).map_or("", String::as_str)
    }

    /// `topology.kubernetes.io/zone`, where it is set.
    pub(crate) fn zone(&self) -> Option<&String> {
        self.labels.get("topology.kubernetes.io/zone")
    }
}

/// The version of the kubelet of a Node object, where it says one.
pub(crate) fn kubelet_version(object: &Map<'_>) -> Result<Option<Version>, InputError> {
    let Some(status) = object.map("status")? else { return Ok(None) };
    let Some(info) = status.map("nodeInfo")? else { return Ok(None) };
    Ok(text(&info, "kubeletVersion").and_then(Version::parse))
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
        Self::with_effect(spec, |effect| matches!(effect, "NoSchedule" | "NoExecute"))
    }

    fn discouraging(spec: &Map<'_>) -> Result<Vec<Self>, InputError> {
        Self::with_effect(spec, |effect| effect == "PreferNoSchedule")
    }

    fn with_effect(spec: &Map<'_>, is_asked: impl Fn(&str) -> bool) -> Result<Vec<Self>, InputError> {
        let owned = |map: &Map<'_>, key| text(map, key).unwrap_or_default().to_owned();
        let taints = maps(spec.list("taints")?)?;
        let read = taints.iter().map(|taint| Self {
            key: owned(taint, "key"),
            value: owned(taint, "value"),
            effect: owned(taint, "effect"),
        });
        Ok(read.filter(|taint| is_asked(&taint.effect)).collect())
    }
}
