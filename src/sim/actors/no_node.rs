//! Why a pod has no node, in the scheduler's words: for the report of a stall and for the event log.

use crate::random::Purpose;
use crate::scenario::{Refusal, Refusals, Scheduling};
use crate::sim::observation::{Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::refusals;
use crate::time::SimDuration;

/// Why no node takes a pod.
pub(crate) fn refusals<O: Observer>(run: &mut Run<'_, O>, pod: PodId) -> Refusals {
    if is_gated(run, pod) {
        let mut refusals = Refusals::default();
        refusals.add(Refusal::Gated, 1);
        return refusals;
    }
    let template = run.state.pods[pod as usize].template;
    let (model, cluster) = (&run.scenario.pods[usize::from(template)], &run.scenario.cluster);
    let (scenario, now) = (run.scenario, run.now());
    let State { search, nodes, volumes, pods, .. } = &mut *run.state;
    let reachable = volumes.reachable(&model.volumes, scenario, pods, nodes, now);
    refusals::refusals(search, nodes, template, model, cluster, reachable)
}

/// Whether the gates of a pod have not been lifted yet.
fn is_gated<O: Observer>(run: &mut Run<'_, O>, pod: PodId) -> bool {
    let created = run.state.pods[pod as usize].created;
    match gated_for(run, pod) {
        Gated::No => false,
        Gated::For(length) => run.now() < created + length,
        Gated::ForEver => true,
    }
}

/// How long the gates of a pod hold it back from its creation on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gated {
    /// It has none.
    No,
    For(SimDuration),
    ForEver,
}

/// How long the gates of a pod hold it back.
pub(crate) fn gated_for<O: Observer>(run: &mut Run<'_, O>, pod: PodId) -> Gated {
    let (template, number) = (run.state.pods[pod as usize].template, run.state.pods[pod as usize].number);
    match &run.scenario.pods[usize::from(template)].scheduling {
        Scheduling::Gated(Some(lifted)) => {
            Gated::For(run.draws.duration(lifted, template, Purpose::GatesLifted, u64::from(number)))
        }
        Scheduling::Gated(None) => Gated::ForEver,
        Scheduling::Scheduler | Scheduling::Bound(_) => Gated::No,
    }
}
