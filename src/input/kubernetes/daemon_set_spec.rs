//! The spec of a DaemonSet with the defaults of the API: one reader for manifests, experiments and recordings, which look their
//! fields up in different ways.
//!
//! Upstream: `pkg/apis/apps/v1/defaults.go: SetDefaults_DaemonSet`.

use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::near::unknown;
use crate::input::tree::quantity::int_or_percent;
use crate::input::tree::yaml::{Node, Value};
use crate::k8s::daemon_set::DaemonSetSpec;
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::Template;

/// A place where the fields of a spec are written. `None` stands for a field that is not.
pub(crate) trait DaemonSetFields {
    /// Why a field cannot be read.
    type Error;

    /// `minReadySeconds`
    fn min_ready_seconds(&self) -> Result<Option<i32>, Self::Error>;

    /// The update strategy, with as much of it as is written.
    fn update(&self) -> Result<WrittenUpdate, Self::Error>;
}

/// An update strategy as it is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WrittenUpdate {
    /// The type is `OnDelete`.
    pub(crate) on_delete: bool,
    pub(crate) max_surge: Option<IntOrPercent>,
    pub(crate) max_unavailable: Option<IntOrPercent>,
}

/// Reads a spec of pods of `template`.
pub(crate) fn read<F: DaemonSetFields>(fields: &F, template: Template) -> Result<DaemonSetSpec, F::Error> {
    let written = fields.update()?;
    Ok(DaemonSetSpec {
        on_delete: written.on_delete,
        max_surge: written.max_surge.unwrap_or(IntOrPercent::Int(0)),
        max_unavailable: written.max_unavailable.unwrap_or(IntOrPercent::Int(1)),
        min_ready_seconds: fields.min_ready_seconds()?.unwrap_or(0),
        template,
    })
}

/// Whether the type of an update strategy is `OnDelete`; `None`: there is none of this name.
pub(crate) fn is_on_delete(word: &str) -> Option<bool> {
    match word {
        "RollingUpdate" => Some(false),
        "OnDelete" => Some(true),
        _ => None,
    }
}

/// A spec in a manifest or an experiment, and the fields of the experiment that are written in its place.
pub(crate) struct OverriddenDaemonSet<'a> {
    /// The spec.
    pub(crate) spec: Map<'a>,
    /// Fields by their bare names, `maxSurge` and `maxUnavailable` among them.
    pub(crate) overrides: Option<Map<'a>>,
}

impl<'a> OverriddenDaemonSet<'a> {
    fn field(&self, name: &str) -> Option<&'a Node> {
        self.overrides.and_then(|map| map.get(name)).or_else(|| self.spec.get(name))
    }
}

impl DaemonSetFields for OverriddenDaemonSet<'_> {
    type Error = Problem;

    fn min_ready_seconds(&self) -> Result<Option<i32>, Problem> {
        Ok(self.field("minReadySeconds").map(Node::i32).transpose()?)
    }

    fn update(&self) -> Result<WrittenUpdate, Problem> {
        let mut written = self.field("updateStrategy").map(update).transpose()?.unwrap_or_default();
        if let Some(map) = self.overrides {
            written.max_surge = map.read("maxSurge", int_or_percent)?.or(written.max_surge);
            written.max_unavailable = map.read("maxUnavailable", int_or_percent)?.or(written.max_unavailable);
        }
        Ok(written)
    }
}

/// `{type, rollingUpdate: {maxSurge, maxUnavailable}}`, or just the type.
fn update(node: &Node) -> Result<WrittenUpdate, InputError> {
    if matches!(node.value, Value::Scalar(_)) {
        return Ok(WrittenUpdate { on_delete: on_delete(node)?, ..WrittenUpdate::default() });
    }
    let map = node.map()?;
    let mut written =
        WrittenUpdate { on_delete: map.read("type", on_delete)?.unwrap_or(false), ..WrittenUpdate::default() };
    if let Some(block) = map.map("rollingUpdate")? {
        written.max_surge = block.read("maxSurge", int_or_percent)?;
        written.max_unavailable = block.read("maxUnavailable", int_or_percent)?;
    }
    Ok(written)
}

fn on_delete(node: &Node) -> Result<bool, InputError> {
    let text = node.text()?;
    let refused = || node.at.error(unknown("type of an update strategy", text, &["RollingUpdate", "OnDelete"]));
    is_on_delete(text).ok_or_else(refused)
}
