//! The DaemonSet of a recording as the API server stores it, and the actions about it and its nodes as steps of a timeline.

use serde_json::{Map, Value};

use super::deployments_beside::Beside;
use super::json_fields::JsonFields;
use super::keys;
use super::merge::merge;
use super::nodes::{self, needed};
use super::quotas;
use super::recording::{Action, Recording, Seconds};
use super::stop::{Result, Stop, Templates, unsupported};
use crate::input::daemon_set_spec::{self, DaemonSetFields, WrittenUpdate};
use crate::k8s::daemon_set::{DaemonSetSpec, validate};
use crate::scenario::{DaemonUpdate, OLD_TEMPLATE, ScriptAction, ScriptedPod, SpecPatch, Step, StepAction};
use crate::time::SimDuration;

/// The `apps/v1` fields of a DaemonSet's spec.
#[derive(Clone, Debug)]
pub(super) struct Manifest(Map<String, Value>);

impl Manifest {
    /// The fields as sent, and the block that the API server adds to a rolling update.
    pub(super) fn new(mut fields: Map<String, Value>) -> Self {
        let strategy = fields.entry("updateStrategy").or_insert(Value::Null);
        if strategy.is_null() {
            *strategy = Value::Object(Map::new());
        }
        if let Value::Object(strategy) = strategy
            && strategy.get("type").is_none_or(|kind| kind.is_null() || kind == "RollingUpdate")
        {
            let block = strategy.entry("rollingUpdate").or_insert(Value::Null);
            if block.is_null() {
                *block = Value::Object(Map::new());
            }
        }
        Self(fields)
    }

    /// The spec; `path` is the path of its fields in the file.
    ///
    /// # Errors
    /// [`Stop::Rejected`] where the API server refuses it.
    pub(super) fn spec(&self, path: &str) -> Result<DaemonSetSpec> {
        let spec = daemon_set_spec::read(&JsonFields { path, fields: &self.0 }, OLD_TEMPLATE)?;
        validate(&spec).map_err(|_| Stop::Rejected)?;
        Ok(spec)
    }

    /// Applies a merge patch (RFC 7386) of the spec at `path` of the file.
    fn patch(&mut self, path: &str, patch: &Map<String, Value>) -> Result<SpecPatch> {
        if patch.contains_key("template") {
            return unsupported("a patch of the template of a DaemonSet: write the action set-template");
        }
        let mut merged = Value::Object(self.0.clone());
        merge(&mut merged, &Value::Object(patch.clone()));
        let Value::Object(fields) = merged else { return Err(Stop::Rejected) };
        let merged = Self::new(fields);
        let spec = merged.spec(path)?;
        *self = merged;
        let DaemonSetSpec { on_delete, max_surge, max_unavailable, .. } = spec;
        let update = DaemonUpdate { on_delete, max_surge, max_unavailable };
        Ok(SpecPatch {
            min_ready_seconds: Some(spec.min_ready_seconds).filter(|_| patch.contains_key("minReadySeconds")),
            daemon_update: Some(update).filter(|_| patch.contains_key("updateStrategy")),
            ..SpecPatch::default()
        })
    }
}

/// Reads the actions in order of time, because patches build on each other.
pub(super) fn read(
    recording: &Recording,
    mut manifest: Manifest,
    (templates, beside): (&mut Templates, &mut Beside<'_>),
) -> Result<Vec<Step>> {
    let mut actions: Vec<_> = recording.actions.iter().enumerate().collect();
    actions.sort_by(|(_, one), (_, other)| one.at.0.total_cmp(&other.at.0));
    let mut timeline: Vec<Step> = nodes::absent_at_first(recording).collect();
    for (number, action) in actions {
        let Seconds(at) = action.at;
        let path = format!("actions[{number}]");
        let step = match beside.step(recording, &path, (action, templates))? {
            Some(step) => Some(step),
            None if action.name.is_some() => None,
            None => step(recording, &path, action, &mut manifest, templates)?,
        };
        timeline.extend(step.map(|action| Step { at: SimDuration::from_secs_f64(at), action }));
    }
    Ok(timeline)
}

/// Converts an action; `None`: the API server answers with an error, and nothing changes.
fn step(
    recording: &Recording,
    path: &str,
    action: &Action,
    manifest: &mut Manifest,
    templates: &mut Templates,
) -> Result<Option<StepAction>> {
    let pod = || Ok(ScriptedPod { template: None, number: needed(action.index, path, "index")? });
    Ok(Some(match action.what.as_str() {
        "set-template" => {
            StepAction::SetTemplate(templates.number(&needed(action.template.clone(), path, "template")?)?)
        }
        "undo" => match &action.resolved_template {
            Some(found) => StepAction::SetTemplate(templates.number(found)?),
            None => action.to_revision.map_or(StepAction::Undo, StepAction::UndoTo),
        },
        "quota" => StepAction::SetPodQuota(quotas::pods(recording, path, action)?),
        "patch-spec" => {
            let patch = needed(action.spec.as_ref(), path, "spec")?;
            keys::only_in_daemon_set(patch, &format!("{path}.spec")).map_err(Stop::Wrong)?;
            match manifest.patch(&format!("{path}.spec"), patch) {
                Ok(patch) => StepAction::Patch(patch),
                Err(Stop::Rejected) => return Ok(None),
                Err(stop) => return Err(stop),
            }
        }
        "create" => StepAction::Scripted(ScriptAction::Create),
        "delete-pod" => StepAction::Scripted(ScriptAction::DeletePod(pod()?)),
        "fail-pod" => StepAction::Scripted(ScriptAction::FailPod(pod()?)),
        "pod-unready" => StepAction::Scripted(ScriptAction::SetReady(pod()?, false)),
        "pod-ready" => StepAction::Scripted(ScriptAction::SetReady(pod()?, true)),
        "drain" => return unsupported("action drain on a DaemonSet, whose pods it leaves"),
        other => match nodes::step(recording, path, action)? {
            Some(step) => step,
            None => return unsupported(format!("action {other} on a DaemonSet")),
        },
    }))
}

impl DaemonSetFields for JsonFields<'_> {
    type Error = Stop;

    fn min_ready_seconds(&self) -> Result<Option<i32>> {
        self.whole(self.fields.get("minReadySeconds"), "minReadySeconds")
    }

    fn update(&self) -> Result<WrittenUpdate> {
        let strategy = self.fields.get("updateStrategy");
        let block = strategy.and_then(|strategy| strategy.get("rollingUpdate"));
        let kind = strategy.and_then(|strategy| strategy.get("type"));
        let on_delete = self.word(kind, "updateStrategy.type", daemon_set_spec::is_on_delete)?.unwrap_or(false);
        Ok(WrittenUpdate {
            on_delete,
            max_surge: self.limit("updateStrategy", block, "maxSurge")?,
            max_unavailable: self.limit("updateStrategy", block, "maxUnavailable")?,
        })
    }
}
