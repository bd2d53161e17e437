//! A pipeline that watches the rollout and undoes it.

use crate::k8s::objects::Template;
use crate::scenario::NEW_TEMPLATE;
use crate::sim::actors::{kubectl, stall_cause};
use crate::sim::observation::Observer;
use crate::sim::run::Run;
use crate::sim::state::event::Event;

/// A pipeline undoes a template, once, unless somebody has replaced it meanwhile, or its rollout is over.
pub(crate) fn automatic_undo<O: Observer>(run: &mut Run<'_, O>, template: Template) {
    if run.deployment().spec.template == template && !run.state.rolled_back && !run.state.done {
        run.state.rolled_back = true;
        kubectl::undo_to(run, None);
    }
}

/// Availability has been below its objective for as long as the pipeline waits, unless it changed meanwhile.
pub(crate) fn breached<O: Observer>(run: &mut Run<'_, O>, changes: u32) {
    if run.state.available.changes == changes {
        automatic_undo(run, NEW_TEMPLATE);
    }
}

/// The progress deadline has passed: reports the cause, and schedules the undo of the template if the pipeline undoes
/// stalled rollouts.
pub(crate) fn note_stall<O: Observer>(run: &mut Run<'_, O>, template: Template) {
    let stalled = stall_cause::of(run, template);
    run.emit(stalled);
    if !run.state.stalled
        && let Some(delay) = run.scenario.rollback.after_stall
    {
        let at = run.now() + delay;
        run.schedule(at, Event::Undo { template });
    }
    run.state.stalled = true;
}
