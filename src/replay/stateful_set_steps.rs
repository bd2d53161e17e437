//! The StatefulSet of a recording as the API server stores it, and the actions about it as steps of a timeline.

use serde_json::{Map, Value};

use super::budget;
use super::deployments_beside::Beside;
use super::json_fields::JsonFields;
use super::keys;
use super::merge::merge;
use super::nodes::{self, needed};
use super::quotas;
use super::recording::{Action, Recording, Seconds};
use super::steps::restart;
use super::stop::{MOST_PODS, Result, Stop, Templates, unsupported};
use crate::input::stateful_set_spec::{self, StatefulSetFields, UpdateType, WrittenUpdate};
use crate::k8s::stateful_set::{PodManagementPolicy, StatefulSetSpec, validate};
use crate::scenario::{OLD_TEMPLATE, SUBJECT, ScriptAction, ScriptedPod, SpecPatch, Step, StepAction};
use crate::time::SimDuration;

/// The `apps/v1` fields of a StatefulSet's spec.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    fields: Map<String, Value>,
    gate: bool,
}

impl Manifest {
    /// The fields as sent. `gate`: `MaxUnavailableStatefulSet` is on.
    pub(super) fn new(fields: Map<String, Value>, gate: bool) -> Self {
        Self { fields, gate }
    }

    /// The spec; `path` is the path of its fields in the file.
    ///
    /// # Errors
    /// [`Stop::Rejected`] where the API server refuses it.
    pub(super) fn spec(&self, path: &str) -> Result<StatefulSetSpec> {
        let fields = JsonFields { path, fields: &self.fields };
        if let Some(replicas) = fields.integer("replicas")?.filter(|replicas| i64::from(*replicas) > MOST_PODS) {
            return unsupported(format!("{replicas} replicas"));
        }
        let spec = stateful_set_spec::read(&fields, OLD_TEMPLATE)?;
        validate(&spec, self.gate).map_err(|_| Stop::Rejected)?;
        Ok(spec)
    }

    /// Applies a merge patch (RFC 7386) of the spec at `path` of the file.
    fn patch(&mut self, path: &str, patch: &Map<String, Value>) -> Result<SpecPatch> {
        if patch.contains_key("template") {
            return unsupported("a patch of the template of a StatefulSet: write the action set-template");
        }
        let before = self.spec(path)?;
        let mut merged = Value::Object(self.fields.clone());
        merge(&mut merged, &Value::Object(patch.clone()));
        let Value::Object(fields) = merged else { return Err(Stop::Rejected) };
        let merged = Self::new(fields, self.gate);
        let spec = merged.spec(path)?;
        // Both are immutable in effect: the first by validation, the second is not followed here.
        if spec.pod_management_policy != before.pod_management_policy {
            return Err(Stop::Rejected);
        }
        if spec.start_ordinal != before.start_ordinal {
            return unsupported("a change of ordinals.start");
        }
        *self = merged;
        Ok(SpecPatch {
            replicas: Some(spec.replicas).filter(|_| patch.contains_key("replicas")),
            min_ready_seconds: Some(spec.min_ready_seconds).filter(|_| patch.contains_key("minReadySeconds")),
            update: Some(spec.update).filter(|_| patch.contains_key("updateStrategy")),
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
        if action.what == "crash-pod" {
            timeline.push(restart(&path, action, pod(&path, action)?)?);
        }
    }
    Ok(timeline)
}

/// The pod with the ordinal that an action names.
fn pod(path: &str, action: &Action) -> Result<ScriptedPod> {
    Ok(ScriptedPod { template: None, number: needed(action.index, path, "index")? })
}

/// Converts an action; `None`: it is no change, or the API server answers with an error, and nothing changes.
fn step(
    recording: &Recording,
    path: &str,
    action: &Action,
    manifest: &mut Manifest,
    templates: &mut Templates,
) -> Result<Option<StepAction>> {
    let pod = || pod(path, action);
    Ok(Some(match action.what.as_str() {
        "create" => StepAction::Scripted(ScriptAction::Create),
        "set-template" => {
            StepAction::SetTemplate(templates.number(&needed(action.template.clone(), path, "template")?)?)
        }
        "scale" => match needed(action.replicas, path, "replicas")? {
            many if i64::from(many) > MOST_PODS => return unsupported(format!("{many} replicas")),
            replicas => StepAction::Scale(replicas),
        },
        "undo" => match &action.resolved_template {
            Some(found) => StepAction::SetTemplate(templates.number(found)?),
            None => action.to_revision.map_or(StepAction::Undo, StepAction::UndoTo),
        },
        "delete-pod" => StepAction::Scripted(ScriptAction::DeletePod(pod()?)),
        "fail-pod" => StepAction::Scripted(ScriptAction::FailPod(pod()?)),
        "pod-unready" => StepAction::Scripted(ScriptAction::SetReady(pod()?, false)),
        "pod-ready" => StepAction::Scripted(ScriptAction::SetReady(pod()?, true)),
        "crash-pod" => StepAction::Scripted(ScriptAction::CrashPod(pod()?)),
        "evict-pod" => StepAction::Scripted(ScriptAction::EvictPod(pod()?)),
        "force-delete-pod" => StepAction::Scripted(ScriptAction::RemovePod(pod()?)),
        "pdb" | "delete-pdb" => budget::step(recording, path, action, SUBJECT)?,
        "quota" => StepAction::SetPodQuota(quotas::pods(recording, path, action)?),
        "patch-spec" => {
            let patch = needed(action.spec.as_ref(), path, "spec")?;
            keys::only_in_stateful_set(patch, &format!("{path}.spec")).map_err(Stop::Wrong)?;
            match manifest.patch(&format!("{path}.spec"), patch) {
                Ok(patch) => StepAction::Patch(patch),
                Err(Stop::Rejected) => return Ok(None),
                Err(stop) => return Err(stop),
            }
        }
        other => match nodes::step(recording, path, action)? {
            Some(step) => step,
            None => return unsupported(format!("action {other} on a StatefulSet")),
        },
    }))
}

impl StatefulSetFields for JsonFields<'_> {
    type Error = Stop;

    fn integer(&self, field: &str) -> Result<Option<i32>> {
        self.whole(self.fields.get(field), field)
    }

    fn start_ordinal(&self) -> Result<Option<i32>> {
        self.whole(self.fields.get("ordinals").and_then(|ordinals| ordinals.get("start")), "ordinals.start")
    }

    fn policy(&self) -> Result<Option<PodManagementPolicy>> {
        const NAME: &str = "podManagementPolicy";
        self.word(self.fields.get(NAME), NAME, stateful_set_spec::policy)
    }

    fn update(&self) -> Result<WrittenUpdate> {
        let strategy = self.fields.get("updateStrategy");
        let block = strategy.and_then(|strategy| strategy.get("rollingUpdate")).filter(|block| !block.is_null());
        let within = |name| block.and_then(|block| block.get(name));
        let kind = strategy.and_then(|strategy| strategy.get("type"));
        Ok(WrittenUpdate {
            kind: self.word(kind, "updateStrategy.type", UpdateType::parse)?,
            block: block.is_some(),
            partition: self.whole(within("partition"), "updateStrategy.rollingUpdate.partition")?,
            max_unavailable: self.limit("updateStrategy", block, "maxUnavailable")?,
        })
    }

    fn refused(_: &str) -> Stop {
        Stop::Rejected
    }
}
