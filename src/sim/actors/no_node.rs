//! Why a pod has no node, in the scheduler's words: for the report of a stall and for the event log.

use crate::random::Purpose;
use crate::scenario::{Refusal, Refusals, Scheduling, Template};
use crate::sim::observation::{Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::refusals;
use crate::time::SimDuration;

/// Why no node takes a pod.
pub(crate) fn refusals<O: Observer>(run: &mut Run<'_, O>, pod: PodId) -> Refusals {
    let template = run.state.pods[pod as usize].template;
    if is_gated(run, pod) {
        let mut refusals = Refusals::default();
        match run.scenario.pods[usize::from(template)].scheduling {
            Scheduling::Scripted => refusals.add(Refusal::Room, run.scenario.cluster.nodes.len() as u32),
            _ => refusals.add(Refusal::Gated, 1),
        }
        return refusals;
    }
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

/// How long the script says that no node takes a pod.
fn held_for<O: Observer>(run: &Run<'_, O>, template: Template, number: u32) -> Gated {
    let own = run.scenario.script.as_ref().and_then(|script| script.pods.get(usize::from(template)));
    match own.and_then(|own| own.held.get(&number)) {
        None => Gated::No,
        Some(Some(length)) => Gated::For(*length),
        Some(None) => Gated::ForEver,
    }
}

/// How long the gates of a pod hold it back.
pub(crate) fn gated_for<O: Observer>(run: &mut Run<'_, O>, pod: PodId) -> Gated {
    let (template, number) = (run.state.pods[pod as usize].template, run.state.pods[pod as usize].number);
    match &run.scenario.pods[usize::from(template)].scheduling {
        Scheduling::Gated(Some(lifted)) => {
            Gated::For(run.draws.duration(lifted, template, Purpose::GatesLifted, u64::from(number)))
        }
        Scheduling::Gated(None) => Gated::ForEver,
        Scheduling::Scripted => held_for(run, template, number),
        Scheduling::Scheduler | Scheduling::Bound(_) => Gated::No,
    }
}
