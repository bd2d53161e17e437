//! The scheduler's rules about persistent volumes: which nodes can have those of a pod, and when they are bound.
//!
//! Upstream: `pkg/scheduler/framework/plugins/volumebinding`, `volumezone`, `volumerestrictions`. That a volume is attached to
//! one node at a time is no rule of the scheduler.

use crate::random::Purpose;
use crate::scenario::{Binding, Template};
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::pods::{Held, Pod};
use crate::sim::state::volumes::{address, any_exclusive, own_volume};
use crate::time::SimDuration;

/// The node of a pod whose volumes may leave it few; and why they leave it none, if they alone do.
/// `recorded` is the node that a script has for it: of equals that one is taken.
pub(crate) fn find_node<O: Observer>(run: &mut Run<'_, O>, id: PodId, recorded: Option<NodeId>) -> Option<NodeId> {
    let (scenario, now) = (run.scenario, run.now());
    let State { volumes, search, nodes, pods, stages, .. } = &mut *run.state;
    let template = pods[id as usize].template;
    let model = &scenario.pods[usize::from(template)];
    let (found, held) = match volumes.within(&model.volumes, scenario, pods, nodes, now) {
        None => (None, Some(Held::Nowhere)),
        Some(within) => {
            let is_narrow = within.contains(&false);
            let found = match recorded {
                Some(recorded) => search.place_as_recorded(nodes, template, model, (recorded, within)),
                None if is_narrow => search.place_within(nodes, template, model, within).map(|node| (node, node)),
                None => search.place_for(nodes, template, model).map(|node| (node, node)),
            };
            let is_elsewhere = found.is_none() && is_narrow && search.any_fits(nodes, template, model);
            (found, is_elsewhere.then_some(Held::Elsewhere))
        }
    };
    stages.of_mut(id).held = held;
    let (node, own) = found?;
    if node != own {
        run.emit(Fact::NodeGiven(id));
    }
    Some(node)
}

/// Leaves, of the nodes that a search allows, those that can have the volumes of a pod.
pub(crate) fn narrow_search<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let (scenario, now) = (run.scenario, run.now());
    let State { volumes, search, nodes, pods, .. } = &mut *run.state;
    let model = &scenario.pods[usize::from(pods[id as usize].template)];
    if !model.volumes.is_empty() {
        search.narrow(nodes, volumes.within(&model.volumes, scenario, pods, nodes, now).unwrap_or(&[]));
    }
}

/// The node of an old pod that uses volumes. All that share one that is attached to one node stand on it; which node that is
/// nobody knows, unless the input says so, and it is drawn; `replicas` of them stand in all. `known` is where the input shows this pod.
pub(crate) fn place_old<O: Observer>(
    run: &mut Run<'_, O>,
    template: Template,
    replicas: u32,
    known: Option<NodeId>,
) -> NodeId {
    let scenario = run.scenario;
    let drawn = run.draws.uniform(template, Purpose::VolumeNode, 0);
    let State { volumes, search, nodes, .. } = &mut *run.state;
    let model = &scenario.pods[usize::from(template)];
    let is_exclusive = any_exclusive(&model.volumes, scenario);
    let within = volumes.within_at_start(&model.volumes, scenario, nodes, (template, replicas));
    let with_room =
        || (0..within.len()).filter(|&node| within[node] && nodes.fits(node, template)).map(|node| node as NodeId);
    let found = if is_exclusive {
        with_room().nth((drawn * with_room().count() as f64) as usize)
    } else {
        search.place_within(nodes, template, model, within).or_else(|| with_room().next())
    };
    let node = known.or(found).or_else(|| nodes.place(template)).unwrap_or_default();
    volumes.stand(&model.volumes, scenario, node);
    node
}

/// How long the binding of a pod waits for volumes that are made for it.
pub(crate) fn provision<O: Observer>(run: &mut Run<'_, O>, id: PodId) -> SimDuration {
    let Pod { template, number, node, .. } = run.state.pods[id as usize];
    let model = &run.scenario.pods[usize::from(template)];
    let now = run.now();
    let mut bound_at = now;
    for &volume in &model.volumes {
        let place = usize::from(volume);
        if run.scenario.volumes.list[place].binding != Binding::FirstConsumer {
            continue;
        }
        if run.state.volumes.states[place].made_for.is_none() {
            let at = now + provisioned_in(run, template, address(volume, number));
            run.state.volumes.states[place].made_for = Some((node, at));
            run.schedule(at, Event::VolumeBound);
        }
        bound_at = bound_at.max(run.state.volumes.states[place].made_for.map_or(now, |(_, at)| at));
    }
    for own in 0..model.own_volumes {
        bound_at = bound_at.max(now + provisioned_in(run, template, address(own_volume(own), number)));
    }
    bound_at.since(now)
}

fn provisioned_in<O: Observer>(run: &mut Run<'_, O>, template: u16, position: u64) -> SimDuration {
    run.draws.duration(&run.scenario.volumes.provision, template, Purpose::VolumeProvision, position)
}
