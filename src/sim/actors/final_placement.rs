//! Somebody asks where the pods stand when what is measured is over.

use crate::scenario::SUBJECT;
use crate::sim::observation::{Fact, Observer};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::time::SimTime;

/// Reports where the pods of the version stand that the Deployment asks for, if that is wanted and there are any.
pub(crate) fn report<O: Observer>(run: &mut Run<'_, O>, at: SimTime) {
    let Some(asked) = run.scenario.placement else { return };
    let scenario = run.scenario;
    let template = run.deployment(SUBJECT).spec.template;
    let model = &scenario.pods[usize::from(template)];
    let State { final_placement, volumes, nodes, pods, .. } = &mut *run.state;
    let within = if model.volumes.is_empty() { &[][..] } else { volumes.reach(&model.volumes, scenario, nodes, at) };
    if let Some(placed) = final_placement.count(pods, (template, model), (nodes, within), asked.zones) {
        run.observer.fact(at, Fact::Placed(SUBJECT, placed));
    }
}
