//! What the workloads of a world share, against what can be worked out by hand, against room that is taken from the start, and against
//! the approximation by a fleet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rollcast::distribution::{Distribution, Shape};
use rollcast::scenario::{Change, Node, PodModel, Room, Scenario, Throttle, WorkloadId, World};
use rollcast::sim::{Fact, Simulator, WorldObserver};
use rollcast::time::SimTime;

use crate::workloads::{huge, record, record_of, vast, world};
use crate::world::{ROLLING, exponential, pods, seconds};

/// All facts of a world.
#[derive(Default)]
struct All(Vec<(SimTime, Fact)>);

impl WorldObserver for All {
    fn of_workload(&mut self, _: SimTime, _: WorkloadId, _: Fact) {}

    fn of_world(&mut self, at: SimTime, fact: Fact) {
        self.0.push((at, fact));
    }
}

fn facts(world: &World) -> Vec<(SimTime, Fact)> {
    let mut all = All::default();
    Simulator::new(7).run_world(&AtomicBool::new(false), world, 0, &mut all).expect("nobody stops it");
    all.0
}

/// So many workloads alike, without latency.
fn alike(workloads: usize, replicas: i32) -> World {
    let names: Vec<String> = (0..workloads).map(|number| format!("w{number}")).collect();
    let of: Vec<(&str, u64, i32)> = (1..).zip(&names).map(|(key, name)| (name.as_str(), key, replicas)).collect();
    let mut world = world(&of, huge);
    let control_plane = &mut world.shared.control_plane;
    (control_plane.api_latency, control_plane.watch_latency) = (seconds(0.0), seconds(0.0));
    (control_plane.deployment_workers, control_plane.replica_set_workers) = (5, 5);
    world
}

/// Every request takes a second and nothing else takes any time, so that a controller's writes of one instant are its workers at work.
#[test]
fn no_controller_has_more_than_five_workers() {
    let mut world = alike(12, 1);
    world.shared.control_plane.api_latency = seconds(1.0);
    world.shared.pods.fill(pods(seconds(0.0), seconds(0.0)));
    let (mut of_deployments, mut of_sets) = (BTreeMap::<SimTime, u32>::new(), BTreeMap::<SimTime, u32>::new());
    for (at, fact) in facts(&world) {
        match fact {
            Fact::ReplicaSetCreated { .. } | Fact::ReplicaSetScaled { .. } | Fact::DeploymentStatus { .. } => {
                *of_deployments.entry(at).or_default() += 1;
            }
            Fact::PodCreated { .. } | Fact::PodTerminating { .. } => *of_sets.entry(at).or_default() += 1,
            _ => {}
        }
    }
    assert_eq!(of_deployments.values().max(), Some(&5));
    assert_eq!(of_sets.values().max(), Some(&5));
}

/// Twenty workloads get 25 pods each, which the ReplicaSet controller asks for one by one: it may send 30 requests at once and 20 a
/// second. So the last pod comes after (20 * 25 - 30) / 20 s, but for what else takes its turn before: the Events, which are written one
/// after the other, and the ReplicaSets' statuses, 60 requests at most.
#[test]
fn the_last_of_all_pods_comes_when_the_shared_limit_lets_it() {
    let (workloads, replicas) = (20, 25);
    let mut world = alike(workloads, replicas);
    world.shared.control_plane.controller_qps = Throttle { qps: 20.0, burst: 30 };
    world.shared.pods.fill(pods(seconds(10_000.0), seconds(0.0)));
    for workload in &mut world.workloads {
        workload.change = Change::Scale { from: 0 };
        workload.deployment.progress_deadline_seconds = Some(100);
    }
    let all = facts(&world);
    let start = all.iter().find(|(_, fact)| matches!(fact, Fact::Begun(_))).expect("it begins").0;
    let created: Vec<f64> = all
        .iter()
        .filter(|(_, fact)| matches!(fact, Fact::PodCreated { .. }))
        .map(|(at, _)| at.since(start).as_secs_f64())
        .collect();
    assert_eq!(created.len(), workloads * replicas as usize);
    for (place, at) in created.iter().enumerate() {
        let least = (place as f64 + 1.0 - 30.0) / 20.0;
        assert!(*at >= least - 1e-6, "pod {place} at {at} s, before {least} s");
    }
    let (last, expected) = (created.last().expect("a pod"), (500.0 - 30.0) / 20.0);
    assert!((expected..=expected + 60.0 / 20.0).contains(last), "{last} s where {expected} s is expected");
}

/// Pods that stand on nodes and that nothing happens to take the same room as what the nodes have less.
#[test]
fn a_workload_that_does_not_move_is_room_that_is_taken() {
    const EIGHTH: [u64; 2] = [1_000, 1 << 30];
    let standing = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
    let free = |taken: &[u32]| {
        let mut room = Room::alike(3, [8_000, 8 << 30, 8], &[EIGHTH; 4]);
        for node in taken {
            let node = *node as usize;
            for (of, amount) in [(Room::CPU, EIGHTH[0]), (Room::MEMORY, EIGHTH[1]), (Room::PODS, 1)] {
                room.free[3 * node + of] -= amount;
            }
            (0..2).for_each(|of| room.taken[node][of] += EIGHTH[of]);
        }
        room
    };
    let three_nodes = |mut world: World| {
        world.shared.cluster.nodes = vec![Node { zone: 0, slots: 0, base_load: 0.0, pod_load: 0.0 }; 3].into();
        // Pods pull one after the other on each node, so that it matters where they are.
        world.shared.pods.iter_mut().for_each(|model| (model.pull, model.cached) = (exponential(3.0), 0.5));
        Arc::new(world)
    };
    let member = vast(9);
    let mut simulated = world(&[("mover", 1, 9), ("still", 2, standing.len() as i32)], |_, _| free(&[]));
    simulated.workloads[1].change = Change::Nothing;
    simulated.workloads[1].found_on = standing.to_vec();
    // The mover's pods are found where they are in the other world, too.
    let found_on = vec![0, 0, 1, 1, 1, 1, 2, 2, 2];
    simulated.workloads[0].found_on.clone_from(&found_on);
    let mut folded = world(&[("mover", 1, 9)], |_, _| free(&standing));
    folded.workloads[0].found_on = found_on;
    let (simulated, folded) = (three_nodes(simulated), three_nodes(folded));
    let mut waited = 0;
    for replication in 0..30 {
        let expected = record(&folded, 0, &member, replication);
        assert_eq!(record(&simulated, 0, &member, replication), expected);
        waited += u32::from(expected.pending_pod_nanos > 1_000_000_000);
    }
    assert!(waited > 20, "the nodes are so full that pods wait: {waited}");
}

/// Pods that start in 2 to 10 s and end in 1 to 3 s.
fn ordinary() -> PodModel {
    let uniform = |low, high| Distribution::new(Shape::Uniform { low, high }, 0.0, None).expect("an interval");
    pods(uniform(2.0, 10.0), uniform(1.0, 3.0))
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// A fleet is too slow, never too fast: each Deployment has its fixed share of the limits there, and workers of its own that write
/// every status. `docs/model/simplified.md` has the figures.
#[test]
fn a_fleet_is_slower_than_as_many_workloads() {
    let usual = |scenario: &mut Scenario| {
        scenario.deployment.strategy = ROLLING(3, 2);
        scenario.pods.fill(ordinary());
        let control_plane = &mut scenario.control_plane;
        (control_plane.deployment_workers, control_plane.replica_set_workers) = (5, 5);
        (control_plane.api_latency, control_plane.watch_latency) = (exponential(0.005), exponential(0.01));
        control_plane.controller_qps = Throttle { qps: 20.0, burst: 30 };
        control_plane.scheduler_qps = Throttle { qps: 50.0, burst: 100 };
    };
    for (size, expected) in [(1, 0.95..1.05), (5, 1.0..1.25), (20, 1.3..1.8)] {
        let mut member = vast(10);
        usual(&mut member);
        member.control_plane.fleet = size as u32;
        let replications = 0..60;
        let of_fleet = replications.map(|replication| record_of(&member, replication).duration.as_secs_f64()).collect();
        let mut world = alike(size, 10);
        usual(&mut world.shared);
        world.workloads.iter_mut().for_each(|workload| workload.deployment.strategy = ROLLING(3, 2));
        let mut of_world = Vec::new();
        for replication in 0..(60 / size as u32).max(3) {
            let stop = AtomicBool::new(false);
            let span = Simulator::new(7).run_world(&stop, &world, replication, &mut All::default());
            let spans = span.expect("nobody stops it").workloads;
            of_world.extend(spans.iter().map(|own| own.end.expect("complete").since(own.start).as_secs_f64()));
        }
        let ratio = median(of_fleet) / median(of_world);
        assert!(expected.contains(&ratio), "{size} Deployments: {ratio}");
    }
}
