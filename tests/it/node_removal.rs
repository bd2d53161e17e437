//! Nodes that an autoscaler takes away: when it does, what of the pods, and what keeps it from doing so.

use rollcast::distribution::Distribution;
use rollcast::k8s::fenceposts::IntOrPercent;
use rollcast::scenario::{Autoscaler, Budget, ScaleDown, Scenario, Step, StepAction};
use rollcast::sim::{Fact, Observer, Simulator};
use rollcast::time::{SimDuration, SimTime};

use crate::world::{ROLLING, scenario, seconds};

/// When nodes closed, came and went, since the start, in whole seconds.
#[derive(Default, Debug)]
struct Nodes {
    facts: Vec<(SimTime, &'static str, u32)>,
}

impl Observer for Nodes {
    const DETAIL: bool = false;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        let (what, node) = match fact {
            Fact::NodeCordoned(node) => ("closed", node),
            Fact::NodeUncordoned(node) => ("open", node),
            Fact::NodeAdded(node) => ("added", node),
            Fact::NodeRemoved(node) => ("removed", node),
            _ => return,
        };
        self.facts.push((at, what, node));
    }
}

fn facts(world: &Scenario) -> Vec<(u64, &'static str, u32)> {
    let mut nodes = Nodes::default();
    let span = Simulator::new(1).run(world, 0, &mut nodes);
    nodes.facts.iter().map(|(at, what, node)| (at.since(span.start).as_secs_f64() as u64, *what, *node)).collect()
}

/// A paused rollout of four pods on three nodes of four places, which hold 2, 1 and 1: those with one are little used.
fn paused() -> Scenario {
    let mut world = scenario(4, ROLLING(1, 0));
    world.deployment.paused = true;
    world.horizon = SimDuration::from_secs(600);
    world.cluster.nodes.truncate(3);
    world.cluster.nodes.iter_mut().for_each(|node| (node.slots, node.pod_load) = (4, 0.25));
    world
}

fn autoscaler(nodes: u32, scale_down: Option<ScaleDown>) -> Option<Autoscaler> {
    let provisioning: Distribution = seconds(60.0);
    Some(Autoscaler { nodes, scan_interval: SimDuration::from_secs(10), provisioning, scale_down })
}

fn scale_down(least_nodes: u32, little_used: Option<u32>) -> Option<ScaleDown> {
    Some(ScaleDown {
        unneeded_time: SimDuration::from_secs(60),
        delay_after_add: SimDuration::from_secs(100),
        least_nodes,
        little_used: vec![little_used; 3],
    })
}

/// A scan every 10 s finds two nodes little used. The seventh takes the first of them: its pod is evicted 5 s later, ends in 2 s,
/// when the second look finds the node empty. Two nodes must stay.
#[test]
fn a_node_that_is_not_needed_goes_after_its_time() {
    let mut world = paused();
    world.cluster.autoscaler = autoscaler(0, scale_down(2, Some(1)));
    let found = facts(&world);
    let [(closed, "closed", 1), (removed, "removed", 1)] = found[..] else { panic!("{found:?}") };
    assert!((60..70).contains(&closed), "{found:?}");
    assert_eq!(removed - closed, 5 + 2, "{found:?}");
}

/// Three pods on three nodes, of which one may go. While its pod takes 25 s to end more scans come, and one more node is little
/// used then: it must stay.
#[test]
fn a_node_that_is_being_emptied_counts_as_gone() {
    let mut world = paused();
    world.deployment.replicas = 3;
    world.pods[0].termination = seconds(25.0);
    world.cluster.autoscaler = autoscaler(0, scale_down(2, Some(1)));
    let found = facts(&world);
    let [(closed, "closed", 0), (removed, "removed", 0)] = found[..] else { panic!("{found:?}") };
    assert_eq!(removed - closed, 5 + 25, "{found:?}");
}

/// Where other pods use the nodes, where more pods are on them, where all must stay, and where the budget allows no eviction, none
/// goes.
#[test]
fn a_node_that_is_needed_stays() {
    let mut world = paused();
    for (least, little_used) in [(2, None), (2, Some(0)), (3, Some(1))] {
        world.cluster.autoscaler = autoscaler(0, scale_down(least, little_used));
        assert!(facts(&world).is_empty(), "{least} {little_used:?}");
    }
    world.cluster.autoscaler = autoscaler(0, scale_down(2, Some(1)));
    world.cluster.disruption_budget = Some(Budget::min_available(IntOrPercent::Int(4)));
    assert!(facts(&world).is_empty());
    world.cluster.disruption_budget = None;
    world.cluster.nodes.iter_mut().for_each(|node| node.slots = 2);
    world.cluster.nodes[0].slots = 2;
    world.deployment.replicas = 6;
    assert!(facts(&world).is_empty(), "the pods fit nowhere else");
}

/// Karpenter looks once more for 15 s, then drains: the eviction is at once, and the look after 2 s finds the node empty.
/// With a replacement the drain waits for the 60 s that a node takes to come.
#[test]
fn a_consolidated_node_goes_after_its_replacement_has_come() {
    let mut world = paused();
    let step = |replacement| {
        vec![Step { at: SimDuration::from_secs(100), action: StepAction::Consolidate { node: 2, replacement } }]
    };
    world.timeline = step(false);
    assert_eq!(facts(&world), [(115, "closed", 2), (117, "removed", 2)]);
    let spare = world.cluster.nodes[0];
    world.cluster.nodes.push(spare);
    world.cluster.autoscaler = autoscaler(1, None);
    world.timeline = step(true);
    assert_eq!(facts(&world), [(115, "closed", 2), (175, "added", 3), (177, "removed", 2)]);
    // The budget forbids it for ever.
    world.cluster.disruption_budget = Some(Budget::min_available(IntOrPercent::Int(4)));
    assert_eq!(facts(&world), [(115, "closed", 2), (175, "added", 3)]);
}
