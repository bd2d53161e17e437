//! A pipeline that watches a rollout and undoes it.

use crate::k8s::objects::Template;
use crate::scenario::WorkloadId;
use crate::sim::actors::{kubectl, release, stall_cause};
use crate::sim::observation::Observer;
use crate::sim::run::Run;
use crate::sim::state::event::Event;

/// A pipeline undoes a template, once, unless somebody has replaced it meanwhile, or its rollout is over.
pub(crate) fn automatic_undo<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, template: Template) {
    let is_over = if O::MANY && run.world.is_some() { run.workload(w).course.over } else { run.state.done };
    if run.wanted(w).1 == template && !run.workload(w).rolled_back && !is_over {
        run.workload(w).rolled_back = true;
        kubectl::undo_to(run, w, None);
    }
}

/// Availability has been below its objective for as long as the pipeline waits, unless it changed meanwhile.
pub(crate) fn breached<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, changes: u32) {
    if run.workload(w).available.changes == changes {
        let template = run.new_template(w);
        automatic_undo(run, w, template);
    }
}

/// The progress deadline has passed: reports the cause, and schedules the undo of the template if the pipeline undoes
/// stalled rollouts.
pub(crate) fn note_stall<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, template: Template) {
    let stalled = stall_cause::of(run, w, template);
    run.emit(stalled);
    if !run.workload(w).stalled
        && let Some(delay) = run.rollback(w).after_stall
    {
        let at = run.now() + delay;
        run.schedule(at, Event::Undo { workload: w, template });
    }
    run.workload(w).stalled = true;
    if O::MANY {
        release::stalled(run, w);
    }
}
