//! The actions of a recording as steps of a timeline.

use serde_json::Value;

use super::budget;
use super::deployments::{Creation, Written};
use super::nodes::{self, needed};
use super::quotas;
use super::recording::{Action, Recording, Seconds};
use super::stop::{MOST_PODS, Result, Stop, Templates, unsupported, wrong};
use crate::k8s::objects::Template;
use crate::scenario::{DeploymentAction, SUBJECT, ScriptAction, ScriptedPod, SpecPatch, Step, StepAction, WorkloadId};
use crate::time::SimDuration;

/// The only annotation that has an effect.
pub(super) const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// Reads the actions in order of time, because patches build on each other.
pub(super) fn read(
    recording: &Recording,
    creations: &[Creation],
    written: Vec<Written>,
    templates: &mut Templates,
) -> Result<Vec<Step>> {
    let mut reader = Reader::new(recording, creations, written, templates);
    let mut actions: Vec<_> = recording.actions.iter().enumerate().collect();
    actions.sort_by(|(_, one), (_, other)| one.at.0.total_cmp(&other.at.0));
    let mut timeline: Vec<Step> = nodes::absent_at_first(recording).collect();
    for (number, action) in actions {
        let Seconds(at) = action.at;
        let path = format!("actions[{number}]");
        let step = reader.read(&path, action)?;
        timeline.extend(step.map(|action| Step { at: SimDuration::from_secs_f64(at), action }));
        if action.what == "crash-pod" {
            timeline.push(restart(&path, action, reader.pod(&path, action)?)?);
        }
    }
    Ok(timeline)
}

/// The container of a crashed pod is back.
pub(super) fn restart(path: &str, action: &Action, pod: ScriptedPod) -> Result<Step> {
    let Seconds(down) = needed(action.down, path, "down")?;
    let at = SimDuration::from_secs_f64(action.at.0 + down);
    Ok(Step { at, action: StepAction::Scripted(ScriptAction::RestartPod(pod)) })
}

/// A step about a Deployment, which may be another than the first.
fn of(w: WorkloadId, step: StepAction) -> StepAction {
    if w == SUBJECT {
        return step;
    }
    let patch = |patch| StepAction::Scripted(ScriptAction::Other(w, DeploymentAction::Patch(patch)));
    let none = SpecPatch::default();
    match step {
        StepAction::Scripted(ScriptAction::Create) => {
            StepAction::Scripted(ScriptAction::Other(w, DeploymentAction::Create))
        }
        StepAction::Undo => StepAction::Scripted(ScriptAction::Other(w, DeploymentAction::Undo(None))),
        StepAction::UndoTo(revision) => {
            StepAction::Scripted(ScriptAction::Other(w, DeploymentAction::Undo(Some(revision))))
        }
        StepAction::Scale(replicas) => patch(SpecPatch { replicas: Some(replicas), ..none }),
        StepAction::Pause => patch(SpecPatch { paused: Some(true), ..none }),
        StepAction::Resume => patch(SpecPatch { paused: Some(false), ..none }),
        StepAction::SetTemplate(template) => patch(SpecPatch { template: Some(template), ..none }),
        StepAction::Patch(written) => patch(written),
        // About pods, which their template tells, or about nodes.
        other => other,
    }
}

/// Reads one action after the other.
pub(super) struct Reader<'a> {
    recording: &'a Recording,
    creations: &'a [Creation],
    written: Vec<Written>,
    templates: &'a mut Templates,
}

impl<'a> Reader<'a> {
    /// One for the Deployments of a recording, which are created and written so.
    pub(super) fn new(
        recording: &'a Recording,
        creations: &'a [Creation],
        written: Vec<Written>,
        templates: &'a mut Templates,
    ) -> Self {
        Self { recording, creations, written, templates }
    }

    /// The Deployments as they are after the actions that were read.
    pub(super) fn into_written(self) -> Vec<Written> {
        self.written
    }

    /// Converts an action; `None`: it changes nothing that is modelled.
    pub(super) fn read(&mut self, path: &str, action: &Action) -> Result<Option<StepAction>> {
        let w = self.workload(path, action)?;
        let step = match action.what.as_str() {
            "create" => StepAction::Scripted(ScriptAction::Create),
            "set-template" => StepAction::SetTemplate(self.template(path, action)?),
            "scale" => match needed(action.replicas, path, "replicas")? {
                many if i64::from(many) > MOST_PODS => return unsupported(format!("{many} replicas")),
                replicas => StepAction::Scale(replicas),
            },
            "pause" => StepAction::Pause,
            "resume" => StepAction::Resume,
            "undo" => match &action.resolved_template {
                Some(found) => StepAction::SetTemplate(self.templates.number(found)?),
                None => action.to_revision.map_or(StepAction::Undo, StepAction::UndoTo),
            },
            "delete-pod" => StepAction::Scripted(ScriptAction::DeletePod(self.pod(path, action)?)),
            "fail-pod" => StepAction::Scripted(ScriptAction::FailPod(self.pod(path, action)?)),
            "pod-unready" => StepAction::Scripted(ScriptAction::SetReady(self.pod(path, action)?, false)),
            "pod-ready" => StepAction::Scripted(ScriptAction::SetReady(self.pod(path, action)?, true)),
            "crash-pod" => StepAction::Scripted(ScriptAction::CrashPod(self.pod(path, action)?)),
            "evict-pod" => StepAction::Scripted(ScriptAction::EvictPod(self.pod(path, action)?)),
            "force-delete-pod" => StepAction::Scripted(ScriptAction::RemovePod(self.pod(path, action)?)),
            "pdb" | "delete-pdb" => return budget::step(self.recording, path, action, w).map(Some),
            "quota" => StepAction::SetPodQuota(quotas::pods(self.recording, path, action)?),
            "hpa" => StepAction::Scripted(ScriptAction::Autoscale),
            "annotate-pod" => return self.annotation(path, action),
            "patch-spec" => return Ok(self.patch(path, action, w)?.map(|step| of(w, step))),
            other => match nodes::step(self.recording, path, action)? {
                Some(step) => step,
                None => return unsupported(format!("action {other}")),
            },
        };
        Ok(Some(of(w, step)))
    }

    /// The Deployment that the action names.
    fn workload(&self, path: &str, action: &Action) -> Result<WorkloadId> {
        let found = self.creations.iter().position(|creation| creation.name == action.name);
        found.map_or_else(
            || {
                let name = action.name.as_deref().unwrap_or_default();
                wrong(format!("{path}.name"), format!("{name:?} is no Deployment of extra.deployments"))
            },
            |place| Ok(place as WorkloadId),
        )
    }

    fn template(&mut self, path: &str, action: &Action) -> Result<Template> {
        self.templates.number(&needed(action.template.clone(), path, "template")?)
    }

    fn pod(&mut self, path: &str, action: &Action) -> Result<ScriptedPod> {
        Ok(ScriptedPod { template: Some(self.template(path, action)?), number: needed(action.index, path, "index")? })
    }

    /// Converts a change of annotations, of which only the deletion cost has an effect.
    fn annotation(&mut self, path: &str, action: &Action) -> Result<Option<StepAction>> {
        let pod = self.pod(path, action)?;
        let annotations = needed(action.annotations.as_ref(), path, "annotations")?;
        let cost = annotations.get(DELETION_COST).and_then(deletion_cost);
        Ok(cost.map(|cost| StepAction::Scripted(ScriptAction::SetDeletionCost(pod, cost))))
    }

    fn patch(&mut self, path: &str, action: &Action, w: WorkloadId) -> Result<Option<StepAction>> {
        let patch = needed(action.spec.as_ref(), path, "spec")?;
        let w = usize::from(w);
        if action.at < self.creations[w].at {
            return Ok(None);
        }
        match self.written[w].manifest.patch(&format!("{path}.spec"), patch, self.templates) {
            Ok(patch) => Ok(Some(StepAction::Patch(patch))),
            // The API server answered with an error; the rollout continues.
            Err(Stop::Rejected) => Ok(None),
            Err(stop) => Err(stop),
        }
    }
}

/// The deletion cost of an annotation; `None`: the API server refuses it, and the pod is unchanged.
///
/// Upstream: `pkg/apis/core/helper/helpers.go: GetDeletionCostFromPodAnnotations`.
pub(super) fn deletion_cost(annotation: &Value) -> Option<i32> {
    match annotation.as_str() {
        Some(text) if text.starts_with('+') || (text.starts_with('0') && text != "0") => None,
        Some(text) => text.parse().ok(),
        None => annotation.as_i64()?.try_into().ok(),
    }
}
