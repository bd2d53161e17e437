//! The persistent volume claims that pods of a recording name, as its `extra` has them.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::stop::FieldError;
use crate::scenario::{Access, Binding, Volume};

/// Most claims of a recording.
const MOST_CLAIMS: usize = 1000;

/// What `extra` says about volumes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Claims {
    /// Claims that several pods name.
    pub(super) claims: Vec<Claim>,
    /// How many volumes are made for each pod alone.
    pub(super) own_volumes: u32,
}

/// A claim that pods name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    /// Its name.
    name: String,
    /// By whom its volume can be used at the same time.
    #[serde(default)]
    access: Mode,
    /// The zone that the volume is in.
    zone: Option<u16>,
    /// The only nodes that can have it.
    nodes: Option<Vec<u32>>,
    /// The node that has it when the recording begins.
    attached: Option<u32>,
    /// It has a volume; otherwise that is made for the first pod that gets a node.
    #[serde(default = "yes")]
    bound: bool,
    /// The templates whose pods name it; without it all of the workload that the recording is about.
    templates: Option<Vec<String>>,
}

/// An access mode, as Kubernetes has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[expect(clippy::enum_variant_names, reason = "the names are those of the API")]
enum Mode {
    #[default]
    ReadWriteOnce,
    ReadWriteOncePod,
    ReadWriteMany,
    ReadOnlyMany,
}

const fn yes() -> bool {
    true
}

impl Mode {
    const fn access(self) -> Access {
        match self {
            Self::ReadWriteOnce => Access::OneNode,
            Self::ReadWriteOncePod => Access::OnePod,
            Self::ReadWriteMany | Self::ReadOnlyMany => Access::Many,
        }
    }
}

impl Claim {
    /// Whether pods on one node alone can use its volume.
    fn is_exclusive(&self) -> bool {
        self.access.access() != Access::Many && self.bound
    }

    /// The templates whose pods name it, where it has a list of them.
    pub(super) fn templates(&self) -> &[String] {
        self.templates.as_deref().unwrap_or_default()
    }

    /// Whether a node of a zone can have its volume.
    fn may_be_on(&self, node: u32, zone: u16) -> bool {
        self.nodes.as_ref().is_none_or(|nodes| nodes.contains(&node)) && self.zone.is_none_or(|own| own == zone)
    }

    /// Whether the pods of a template name it; `own`: the template is of the workload that the recording is about.
    pub(super) fn is_named_by(&self, template: &str, own: bool) -> bool {
        self.templates.as_ref().map_or(own, |templates| templates.iter().any(|name| name == template))
    }

    /// Its volume, on nodes that are in these zones.
    pub(super) fn volume(&self, path: &str, zones: &[u16]) -> Result<Volume, FieldError> {
        let nodes = zones.len();
        let unknown = self.nodes.iter().flatten().chain(&self.attached).find(|node| **node as usize >= nodes);
        if let Some(node) = unknown {
            let reason = format!("there is no node {node}: the cluster has {nodes}, counted from 0");
            return Err(FieldError::new(path, reason));
        }
        let allowed: Vec<bool> = (0..).zip(zones).map(|(node, zone)| self.may_be_on(node, *zone)).collect();
        if !allowed.contains(&true) {
            return Err(FieldError::new(path, "no node can have its volume: correct `zone` or `nodes`"));
        }
        let binding = match (self.bound, allowed.contains(&false)) {
            (false, _) => Binding::FirstConsumer,
            (true, true) => Binding::Nodes(allowed),
            (true, false) => Binding::Anywhere,
        };
        let attached = self.attached.filter(|_| self.is_exclusive());
        Ok(Volume { claim: self.name.clone(), access: self.access.access(), binding, attached })
    }
}

impl Claims {
    /// Reads `extra`.
    pub(super) fn read(extra: &Map<String, Value>) -> Result<Self, FieldError> {
        let read = Self::deserialize(Value::Object(extra.clone()));
        let read = read.map_err(|error| FieldError::new("extra", error))?;
        let count = read.claims.len();
        if count > MOST_CLAIMS {
            return Err(FieldError::new("extra.claims", format!("{count} are too many: at most {MOST_CLAIMS}")));
        }
        for (place, claim) in read.claims.iter().enumerate() {
            if !claim.bound && (claim.attached.is_some() || claim.nodes.is_some() || claim.zone.is_some()) {
                let reason =
                    "has no volume yet, so that nothing says where it is: leave `attached`, `nodes` and `zone` out";
                return Err(FieldError::new(format!("extra.claims[{place}]"), reason));
            }
        }
        Ok(read)
    }

    /// Whether a volume that was there when the recording begins binds pods to its node.
    pub(super) fn bind_pods(&self) -> bool {
        self.claims.iter().any(Claim::is_exclusive)
    }

    /// Whether a pod of a template on a node waits for a volume that another node has when the recording begins.
    pub(super) fn are_elsewhere(&self, (template, own): (&str, bool), node: u32) -> bool {
        let named = self.claims.iter().filter(|claim| claim.is_exclusive() && claim.is_named_by(template, own));
        named.filter_map(|claim| claim.attached).any(|attached| attached != node)
    }

    /// The node of the pods of a template that name a volume that one node alone can have: where the recording has it, else the first
    /// one that can. `own`: the template is of the workload that the recording is about.
    pub(super) fn node_of(&self, (template, own): (&str, bool), zones: &[u16]) -> Option<u32> {
        let mut named = self.claims.iter().filter(|claim| claim.is_exclusive() && claim.is_named_by(template, own));
        let first = |claim: &Claim| (0..).zip(zones).find(|(node, zone)| claim.may_be_on(*node, **zone));
        named.find_map(|claim| claim.attached.or_else(|| first(claim).map(|(node, _)| node)))
    }
}
