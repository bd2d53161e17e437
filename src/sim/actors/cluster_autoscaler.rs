//! The cluster autoscaler: it adds nodes when pods fit on none. The rules are [`crate::k8s::autoscaler`].

use crate::k8s::autoscaler::nodes_to_add;
use crate::random::Purpose;
use crate::scenario::Autoscaler as Model;
use crate::sim::observation::{Fact, NodeId, Observer};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::cluster_autoscaler::Autoscaler;
use crate::sim::state::event::Event;
use crate::time::SimDuration;

/// A pod fits nowhere: the autoscaler finds it at its next scan.
pub(crate) fn schedule_scan<O: Observer>(run: &mut Run<'_, O>) {
    let Some(autoscaler) = &run.scenario.cluster.autoscaler else { return };
    let spare = autoscaler.nodes;
    let interval = autoscaler.scan_interval.as_nanos().max(1);
    if run.state.autoscaler.scanning || run.state.autoscaler.asked == spare {
        return;
    }
    run.state.autoscaler.scanning = true;
    let phase = phase(run, autoscaler);
    let since = run.now().since(run.state.start).as_nanos();
    let scans = since.saturating_sub(phase).div_ceil(interval);
    let at = run.state.start + SimDuration::from_nanos(phase + scans * interval);
    run.schedule(at, Event::Scan);
}

/// How long after the start the first scan comes, in nanoseconds.
pub(super) fn phase<O: Observer>(run: &mut Run<'_, O>, autoscaler: &Model) -> u64 {
    (run.draws.uniform(0, Purpose::ScanPhase, 0) * autoscaler.scan_interval.as_nanos().max(1) as f64) as u64
}

/// Asks for as many nodes as the pods that fit nowhere need.
pub(crate) fn scan<O: Observer>(run: &mut Run<'_, O>) {
    let Some(autoscaler) = &run.scenario.cluster.autoscaler else { return };
    run.state.autoscaler.scanning = false;
    let first = run.state.nodes.states.len() as u32 - autoscaler.nodes;
    let Autoscaler { asked, there, .. } = &run.state.autoscaler;
    let (asked, there) = (*asked, *there);
    let State { scheduler, pods, stages, lower_priority, .. } = &*run.state;
    let pending = scheduler.unschedulable_pods(pods, stages).count() as u32 + lower_priority.displaced();
    let per_node = run.scenario.cluster.nodes.last().map_or(0, |node| node.slots);
    let coming = (asked - there).saturating_mul(per_node);
    let more = match run.state.nodes.amounts() {
        None => nodes_to_add(pending, coming, per_node, autoscaler.nodes - asked),
        Some(_) => nodes_needed(run, first as usize),
    };
    for node in first + asked..first + asked + more {
        let length = run.draws.duration(&autoscaler.provisioning, 0, Purpose::Provisioning, u64::from(node));
        let at = run.now() + length;
        run.schedule(at, Event::NodeAdded { node });
    }
    run.state.autoscaler.asked += more;
}

/// How many nodes the pods that fit nowhere need beside those that are on their way, where pods differ in size: each goes to the
/// first node with room. `first`: the first node that the autoscaler may add.
fn nodes_needed<O: Observer>(run: &mut Run<'_, O>, first: usize) -> u32 {
    let State { scheduler, pods, stages, nodes, autoscaler, .. } = &mut *run.state;
    let Some(amounts) = nodes.amounts() else { return 0 };
    let new = first + autoscaler.asked as usize;
    autoscaler.empty.clear();
    autoscaler.empty.extend((first..new).filter(|&node| nodes.states[node].absent));
    let coming = autoscaler.empty.len();
    autoscaler.empty.extend(new..nodes.states.len());
    let waiting = scheduler.unschedulable_pods(pods, stages).map(|pod| pods[pod as usize].template);
    amounts.nodes_needed(&autoscaler.empty, coming, waiting, &mut autoscaler.bins) as u32
}

/// A node that it has asked for is there and Ready.
pub(crate) fn add_node<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    run.state.autoscaler.there += 1;
    if let Some(scale_down) = run.scenario.cluster.autoscaler.as_ref().and_then(|own| own.scale_down.as_ref()) {
        let until = run.now() + scale_down.delay_after_add;
        run.state.autoscaler.keeps_until = until.max(run.state.autoscaler.keeps_until);
    }
    let zone = run.scenario.cluster.nodes[node as usize].zone;
    run.state.zones.states[usize::from(zone)].nodes += 1;
    run.state.nodes.add(node);
    run.emit(Fact::NodeAdded(node));
}
