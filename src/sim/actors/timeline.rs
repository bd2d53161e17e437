//! The timeline: each step of a scenario goes to the actor that carries it out.

use crate::scenario::{SUBJECT, SpecPatch, StepAction};
use crate::sim::actors::{drain, kubectl, node_removal, outages, script_actions};
use crate::sim::observation::{Observer, Outage};
use crate::sim::run::Run;

/// Carries out a step of the timeline.
pub(crate) fn step<O: Observer>(run: &mut Run<'_, O>, number: u16) {
    let Some(step) = run.scenario.timeline.get(usize::from(number)) else { return };
    match step.action {
        StepAction::Scale(replicas) => {
            kubectl::patch(run, SUBJECT, &SpecPatch { replicas: Some(replicas), ..SpecPatch::default() })
        }
        StepAction::Pause => kubectl::edit_spec(run, SUBJECT, |spec| spec.paused = true),
        StepAction::Resume => kubectl::edit_spec(run, SUBJECT, |spec| spec.paused = false),
        StepAction::Undo => kubectl::undo_to(run, SUBJECT, None),
        StepAction::UndoTo(revision) => kubectl::undo_to(run, SUBJECT, Some(revision)),
        StepAction::SetTemplate(template) => kubectl::edit_spec(run, SUBJECT, |spec| spec.template = template),
        StepAction::SetStrategy(strategy) => kubectl::edit_spec(run, SUBJECT, |spec| spec.strategy = strategy),
        StepAction::SetMinReadySeconds(seconds) => {
            kubectl::edit_spec(run, SUBJECT, |spec| spec.min_ready_seconds = seconds)
        }
        StepAction::Patch(patch) => kubectl::patch(run, SUBJECT, &patch),
        StepAction::ControllersDown(length) => outages::begin(run, Outage::Controllers, length),
        StepAction::SchedulerDown(length) => outages::begin(run, Outage::Scheduler, length),
        StepAction::ApiSlow { by, length } => outages::slow_api(run, by, length),
        StepAction::Drain(node) => drain::drain_by_hand(run, node),
        StepAction::Consolidate { node, replacement } => node_removal::consolidate(run, node, replacement),
        StepAction::SetPodQuota(quota) => run.state.quota = quota,
        StepAction::Scripted(action) => script_actions::act(run, action),
    }
}
