//! The spec of a StatefulSet with the defaults of the API: one reader for manifests, experiments and recordings, which look their
//! fields up in different ways.
//!
//! Upstream: `pkg/apis/apps/v1/defaults.go: SetDefaults_StatefulSet`, `pkg/apis/apps/validation/validation.go:
//! ValidateStatefulSetSpec`.

use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::near::unknown;
use crate::input::tree::quantity::int_or_percent;
use crate::input::tree::yaml::{Node, Value};
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::Template;
use crate::k8s::stateful_set::{PodManagementPolicy, RollingUpdate, StatefulSetSpec, UpdateStrategy};

/// Why the API server refuses a block beside the type `OnDelete`.
const BOTH: &str = "spec.updateStrategy.rollingUpdate must not be given when the type is OnDelete: leave out the block or \
    change the type.";

/// A place where the fields of a spec are written. `None` stands for a field that is not.
pub(crate) trait StatefulSetFields {
    /// Why a field cannot be read.
    type Error;

    /// A whole number of 32 bits.
    fn integer(&self, field: &str) -> Result<Option<i32>, Self::Error>;

    /// `ordinals.start`
    fn start_ordinal(&self) -> Result<Option<i32>, Self::Error>;

    /// `podManagementPolicy`
    fn policy(&self) -> Result<Option<PodManagementPolicy>, Self::Error>;

    /// The update strategy, with as much of it as is written.
    fn update(&self) -> Result<WrittenUpdate, Self::Error>;

    /// The error that the API server refuses the spec.
    fn refused(reason: &str) -> Self::Error;
}

/// Reads a spec of pods of `template`.
pub(crate) fn read<F: StatefulSetFields>(fields: &F, template: Template) -> Result<StatefulSetSpec, F::Error> {
    let integer = |field: &str, default: i32| fields.integer(field).map(|number| number.unwrap_or(default));
    Ok(StatefulSetSpec {
        replicas: integer("replicas", 1)?,
        start_ordinal: fields.start_ordinal()?.unwrap_or(0),
        pod_management_policy: fields.policy()?.unwrap_or(PodManagementPolicy::OrderedReady),
        update: fields.update()?.with_defaults().map_err(F::refused)?,
        min_ready_seconds: integer("minReadySeconds", 0)?,
        template,
    })
}

/// A `podManagementPolicy`; `None`: there is none of this name.
pub(crate) fn policy(word: &str) -> Option<PodManagementPolicy> {
    match word {
        "OrderedReady" => Some(PodManagementPolicy::OrderedReady),
        "Parallel" => Some(PodManagementPolicy::Parallel),
        _ => None,
    }
}

/// The types of an update strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpdateType {
    RollingUpdate,
    OnDelete,
}

impl UpdateType {
    /// The type of this name.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "RollingUpdate" => Some(Self::RollingUpdate),
            "OnDelete" => Some(Self::OnDelete),
            _ => None,
        }
    }
}

/// An update strategy as it is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WrittenUpdate {
    /// `type`
    pub(crate) kind: Option<UpdateType>,
    /// There is a block `rollingUpdate`.
    pub(crate) block: bool,
    pub(crate) partition: Option<i32>,
    pub(crate) max_unavailable: Option<IntOrPercent>,
}

impl WrittenUpdate {
    /// A type that is written keeps a block that is not; without a type the API server adds the block.
    fn with_defaults(self) -> Result<UpdateStrategy, &'static str> {
        let block = self.block || self.partition.is_some() || self.max_unavailable.is_some();
        match self.kind {
            Some(UpdateType::OnDelete) if block => Err(BOTH),
            Some(UpdateType::OnDelete) => Ok(UpdateStrategy::OnDelete),
            Some(UpdateType::RollingUpdate) if !block => Ok(UpdateStrategy::RollingUpdate(None)),
            Some(UpdateType::RollingUpdate) | None => Ok(UpdateStrategy::RollingUpdate(Some(RollingUpdate {
                partition: self.partition.unwrap_or(0),
                max_unavailable: self.max_unavailable,
            }))),
        }
    }
}

/// A spec in a manifest or an experiment, and the fields of the experiment that are written in its place.
pub(crate) struct OverriddenSet<'a> {
    /// The spec.
    pub(crate) spec: Map<'a>,
    /// Fields by their bare names, `partition` and `maxUnavailable` among them.
    pub(crate) overrides: Option<Map<'a>>,
}

impl<'a> OverriddenSet<'a> {
    fn field(&self, name: &str) -> Option<&'a Node> {
        self.overrides.and_then(|map| map.get(name)).or_else(|| self.spec.get(name))
    }
}

impl StatefulSetFields for OverriddenSet<'_> {
    type Error = Problem;

    fn integer(&self, field: &str) -> Result<Option<i32>, Problem> {
        Ok(self.field(field).map(Node::i32).transpose()?)
    }

    fn start_ordinal(&self) -> Result<Option<i32>, Problem> {
        let ordinals = self.spec.map("ordinals")?;
        Ok(ordinals.map(|ordinals| ordinals.read("start", Node::i32)).transpose()?.flatten())
    }

    fn policy(&self) -> Result<Option<PodManagementPolicy>, Problem> {
        let read = |node: &Node| word(node, "podManagementPolicy", policy, &["OrderedReady", "Parallel"]);
        Ok(self.field("podManagementPolicy").map(read).transpose()?)
    }

    fn update(&self) -> Result<WrittenUpdate, Problem> {
        let mut written = self.field("updateStrategy").map(update).transpose()?.unwrap_or_default();
        if let Some(map) = self.overrides {
            written.partition = map.read("partition", Node::i32)?.or(written.partition);
            written.max_unavailable = map.read("maxUnavailable", int_or_percent)?.or(written.max_unavailable);
        }
        Ok(written)
    }

    fn refused(reason: &str) -> Problem {
        Problem::Refused(reason.into())
    }
}

/// `{type, rollingUpdate: {partition, maxUnavailable}}`, or just the type.
fn update(node: &Node) -> Result<WrittenUpdate, InputError> {
    if matches!(node.value, Value::Scalar(_)) {
        return Ok(WrittenUpdate { kind: Some(update_type(node)?), ..WrittenUpdate::default() });
    }
    let map = node.map()?;
    let block = map.map("rollingUpdate")?;
    let mut written =
        WrittenUpdate { kind: map.read("type", update_type)?, block: block.is_some(), ..WrittenUpdate::default() };
    if let Some(block) = block {
        written.partition = block.read("partition", Node::i32)?;
        written.max_unavailable = block.read("maxUnavailable", int_or_percent)?;
    }
    Ok(written)
}

fn update_type(node: &Node) -> Result<UpdateType, InputError> {
    word(node, "type of an update strategy", UpdateType::parse, &["RollingUpdate", "OnDelete"])
}

fn word<T>(node: &Node, what: &str, parse: impl Fn(&str) -> Option<T>, valid: &[&str]) -> Result<T, InputError> {
    let text = node.text()?;
    parse(text).ok_or_else(|| node.at.error(unknown(what, text, valid)))
}
