//! Pods and nodes that fail, in one way at a time, compared with results computed by hand.

use rollcast::k8s::objects::Strategy;
use rollcast::scenario::{Node, NodeLoss, Scenario};
use rollcast::sim::{Fact, NodeId, Observer, Simulator, StallCause};
use rollcast::time::{SimDuration, SimTime};

use crate::world::{ROLLING, assert_takes, assert_takes_between, exponential, replicate, scenario, seconds};

/// A pull of 4 s and a start of 10 s; where the node has the image already, the start alone.
#[test]
fn a_warm_cache_saves_the_pull() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.pods[1].pull = seconds(4.0);
    assert_takes(&world, 10.0);
    world.pods[1].cached = 0.0;
    assert_takes(&world, 14.0);
}

/// The pod is Ready at 10 s, not Ready at 13 s and Ready again at 17 s; the 5 s of minReadySeconds count from the whole
/// second of the last time.
#[test]
fn a_pod_that_flaps_begins_anew() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.deployment.min_ready_seconds = 5;
    assert_takes_between(&world, 14.0, 15.0);
    (world.pods[1].flap, world.pods[1].flap_after, world.pods[1].flap_for) = (1.0, seconds(3.0), seconds(4.0));
    assert_takes_between(&world, 21.0, 22.0);
}

/// One pod in three never becomes Ready: with a single pod that share of rollouts stalls, ten minutes after its last
/// progress.
#[test]
fn a_pod_that_is_never_ready_stalls_its_rollout() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.pods[1].never_ready = 1.0 / 3.0;
    let records = replicate(&world, 3000);
    let stalls: Vec<_> = records.iter().filter_map(|record| record.stall).collect();
    let share = stalls.len() as f64 / 3000.0;
    assert!((share - 1.0 / 3.0).abs() < 0.035, "{share} is more than four standard errors off");
    for (at, cause) in stalls {
        assert_eq!(cause, StallCause::Readiness);
        assert!((600.0..602.5).contains(&at.as_secs_f64()), "{at:?}: the deadline counts whole seconds");
    }
}

/// Under Recreate the new pod waits until the old one is gone: its hook of 5 s, then 7 s of shutting down, then 10 s of
/// start. The kubelet kills what takes longer than the grace period at its end, hook included; after a hook that uses
/// the whole grace period 2 s remain.
#[test]
fn termination_takes_hook_and_shutdown_within_the_grace_period() {
    let mut world = scenario(1, Strategy::Recreate);
    world.pods[0].pre_stop = SimDuration::from_secs(5);
    for (shutdown, gone) in [(7.0, 12.0), (60.0, 30.0)] {
        world.pods[0].termination = seconds(shutdown);
        assert_takes(&world, gone + 10.0);
    }
    world.pods[0].pre_stop = SimDuration::from_secs(300);
    assert_takes(&world, 42.0);
}

/// The facts about nodes and the old pods on them.
#[derive(Default)]
struct Nodes {
    on: Vec<Option<NodeId>>,
    lost: Vec<(SimTime, NodeId)>,
    evicted: Vec<(SimTime, NodeId)>,
    deleted: Vec<(SimTime, NodeId)>,
    gone: usize,
}

impl Observer for Nodes {
    const DETAIL: bool = false;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        match fact {
            Fact::NodeLost(node) => self.lost.push((at, node)),
            Fact::NodeEvicted(node) => self.evicted.push((at, node)),
            Fact::PodScheduled { pod, node } => {
                self.on.resize(self.on.len().max(pod as usize + 1), None);
                self.on[pod as usize] = Some(node);
            }
            Fact::PodTerminating { pod, .. } => {
                self.deleted.extend(self.on.get(pod as usize).copied().flatten().map(|node| (at, node)));
            }
            Fact::PodGone(_) => self.gone += 1,
            _ => {}
        }
    }
}

/// Two zones of three nodes, and a new pod that takes a day to start: nothing else happens for half an hour.
fn two_zones(loss: NodeLoss) -> Scenario {
    let mut world = scenario(1, ROLLING(1, 0));
    world.cluster.nodes =
        (0..6).map(|number| Node { zone: number % 2, slots: 9, base_load: 0.0, pod_load: 0.1 }).collect();
    world.pods[1].start = seconds(86_400.0);
    world.deployment.progress_deadline_seconds = None;
    world.horizon = SimDuration::from_secs(1800);
    world.cluster.loss = Some(loss);
    world
}

pub(crate) fn loss() -> NodeLoss {
    NodeLoss {
        time_to_loss: seconds(1e9),
        time_to_zone_loss: None,
        notice: None,
        detection: seconds(50.0),
        toleration: SimDuration::from_secs(300),
        recovery: None,
    }
}

fn observed(world: &Scenario) -> Vec<Nodes> {
    let mut simulator = Simulator::new(1);
    let run = |replication| {
        let mut nodes = Nodes::default();
        simulator.run(world, replication, &mut nodes);
        nodes
    };
    (0..400).map(run).collect()
}

/// The controller marks the node after 50 s, taints it at once and evicts its pods 300 s later; the pods then have
/// their deletion timestamps, and are never gone. Where the machine is back after 340 s there is no eviction.
#[test]
fn a_lost_node_is_evicted_after_detection_and_toleration() {
    let mut lost = loss();
    lost.time_to_loss = exponential(20_000.0);
    let alone = |nodes: &&Nodes| nodes.lost.len() == 1 && !nodes.evicted.is_empty();
    let worlds = observed(&two_zones(lost.clone()));
    let mut with_new_pod = 0;
    for nodes in worlds.iter().filter(alone) {
        let [(at, node)] = nodes.lost[..] else { unreachable!("one was lost") };
        assert_eq!(nodes.evicted, [(at + SimDuration::from_secs(350), node)]);
        if nodes.on.iter().flatten().next() == Some(&node) {
            assert_eq!(nodes.deleted, nodes.evicted);
            assert_eq!(nodes.gone, 0, "nobody confirms it");
            with_new_pod += 1;
        }
    }
    assert!(with_new_pod > 5, "{with_new_pod} show it");
    lost.recovery = Some(seconds(340.0));
    assert!(observed(&two_zones(lost)).iter().all(|nodes| nodes.evicted.is_empty()));
}

/// All nodes of a zone are lost together: with no healthy node left in it, its nodes are tainted one every ten seconds.
/// When the other zone is lost within that time, the control plane is assumed to be at fault and no pod is evicted.
#[test]
fn a_lost_zone_is_evicted_node_by_node_and_a_lost_cluster_not_at_all() {
    let mut lost = loss();
    lost.time_to_zone_loss = Some(exponential(3000.0));
    let after = |since: SimTime, nodes: &Nodes| -> Vec<f64> {
        nodes.evicted.iter().map(|(at, _)| at.since(since).as_secs_f64()).collect()
    };
    let (mut one, mut both) = (0, 0);
    for nodes in observed(&two_zones(lost)) {
        match nodes.lost[..] {
            [(first, _), _, _] if nodes.evicted.len() == 3 => {
                assert_eq!(after(first, &nodes), [350.0, 360.0, 370.0]);
                one += 1;
            }
            [(first, _), _, _, (second, _), _, _] if second.since(first) < SimDuration::from_secs(50) => {
                assert_eq!(nodes.evicted, []);
                both += 1;
            }
            _ => {}
        }
    }
    assert!(one > 20 && both > 2, "{one} and {both} show it");
}
