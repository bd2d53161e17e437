//! Several workloads in one world: each rolls as it does alone where nothing is shared, and what is shared is shared as upstream
//! shares it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rollcast::k8s::objects::DeploymentSpec;
use rollcast::metrics::{Meter, Record};
use rollcast::scenario::{
    Change, Membership, OnStall, Order, PodModel, Room, Scenario, Throttle, Workload, WorkloadId, World,
};
use rollcast::sim::{Fact, Observer, Simulator, WorldObserver, WorldSpan};
use rollcast::time::{SimDuration, SimTime};

use crate::world::{ROLLING, exponential, pods, scenario, seconds};

/// Collects all facts; `MANY`: as an observer of several workloads, which takes another way through the simulator.
#[derive(Debug, Default, PartialEq)]
struct Facts<const MANY: bool>(Vec<(SimTime, String)>);

impl<const MANY: bool> Observer for Facts<MANY> {
    const DETAIL: bool = true;
    const MANY: bool = MANY;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        self.0.push((at, format!("{fact:?}")));
    }
}

/// The same facts come whether the simulator may have several workloads or not.
#[test]
fn one_workload_rolls_the_same_among_several_and_alone() {
    for name in
        ["first-look", "node-loss", "probes", "quota", "rollback", "spread", "upgrade", "autoscaler", "unsteady"]
    {
        let path = format!("{}/experiments/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let plan = rollcast::plan::Plan::load(path.as_ref(), &Default::default()).expect("a plan");
        for scenario in plan.scenarios.iter().take(3) {
            for replication in 0..3 {
                let (mut alone, mut among) = (Facts::<false>::default(), Facts::<true>::default());
                let spans = (
                    Simulator::new(plan.seed).run(scenario, replication, &mut alone),
                    Simulator::new(plan.seed).run(scenario, replication, &mut among),
                );
                assert_eq!(spans.0, spans.1, "{name}");
                assert!(alone.0 == among.0, "{name}, scenario {}, replication {replication}", scenario.id);
            }
        }
    }
}

/// Pods with drawn times, some of which crash.
fn model() -> PodModel {
    let mut model = pods(exponential(3.0), exponential(2.0));
    model.warm_up = exponential(5.0);
    model.crash = 0.1;
    model.crash_after = exponential(4.0);
    model
}

/// A workload alone, on one node that holds everything, with all images, no limit of any client, and no time for scheduling. The
/// control plane's latencies are drawn.
pub(crate) fn vast(replicas: i32) -> Scenario {
    let mut scenario = scenario(replicas, ROLLING(2, 1));
    scenario.pods = vec![model(), model()];
    scenario.cluster.nodes.truncate(1);
    (scenario.control_plane.api_latency, scenario.control_plane.watch_latency) = (exponential(0.01), exponential(0.02));
    (scenario.control_plane.deployment_workers, scenario.control_plane.replica_set_workers) = (1_000, 1_000);
    scenario.horizon = SimDuration::from_secs(600);
    scenario
}

pub(crate) const GIB: u64 = 1 << 30;

/// A world of these workloads: name, key and replicas.
pub(crate) fn world(of: &[(&str, u64, i32)], room: impl Fn(usize, &[[u64; 2]]) -> Room) -> World {
    let mut shared = vast(of[0].2);
    let deployment = shared.deployment;
    let workloads = of.iter().enumerate().map(|(number, &(name, key, replicas))| {
        let old = 2 * number as u16;
        Workload::new(name, key, DeploymentSpec { replicas, template: old + 1, ..deployment }, old)
    });
    let workloads: Vec<Workload> = workloads.collect();
    shared.pods = of.iter().flat_map(|_| [model(), model()]).collect();
    let room = room(shared.cluster.nodes.len(), &vec![[100, GIB / 10]; shared.pods.len()]);
    World::new(shared, workloads, room)
}

pub(crate) fn huge(nodes: usize, asked: &[[u64; 2]]) -> Room {
    Room::alike(nodes, [10_000_000, 1 << 50, 100_000], asked)
}

/// The record of a workload of a world.
pub(crate) fn record(world: &Arc<World>, workload: WorkloadId, member: &Scenario, replication: u32) -> Record {
    let mut scenario = member.clone();
    scenario.world = Some(Membership { world: Arc::clone(world), workload });
    record_of(&scenario, replication)
}

pub(crate) fn record_of(scenario: &Scenario, replication: u32) -> Record {
    let mut meter = Meter::default();
    meter.begin(scenario);
    let span = Simulator::new(7).run(scenario, replication, &mut meter);
    meter.finish(scenario, span)
}

/// Workloads that share nothing that matters roll each as if it were alone, whichever others there are and in whatever order.
#[test]
fn neighbours_change_nothing_where_nothing_is_shared() {
    let sizes: BTreeMap<u64, i32> = [(0, 7), (11, 3), (12, 10), (13, 1)].into();
    let named = |key: u64| (["a", "b", "c", "d"][(key % 10) as usize], key, sizes[&key]);
    let all = [0, 11, 12, 13].map(named);
    let other_order = [13, 12, 0, 11].map(named);
    for replication in 0..20 {
        for (number, &(name, key, replicas)) in all.iter().enumerate() {
            let member = vast(replicas);
            let by_itself = Arc::new(world(&[(name, key, replicas)], huge));
            let expected = record(&by_itself, 0, &member, replication);
            let among = Arc::new(world(&all, huge));
            assert_eq!(record(&among, number as u16, &member, replication), expected, "{name}");
            let place = other_order.iter().position(|other| other.1 == key).expect("it is there");
            let among = Arc::new(world(&other_order, huge));
            assert_eq!(record(&among, place as u16, &member, replication), expected, "{name} in another order");
            if key == 0 {
                assert_eq!(record_of(&member, replication), expected, "key 0 has the numbers of a Deployment alone");
            }
        }
    }
}

/// Facts of a world, and when each workload began and was over.
#[derive(Default)]
struct Watched {
    begun: BTreeMap<WorkloadId, SimTime>,
    over: BTreeMap<WorkloadId, SimTime>,
    pods_seen: usize,
    own: usize,
}

impl WorldObserver for Watched {
    fn of_workload(&mut self, _: SimTime, _: WorkloadId, fact: Fact) {
        self.own += usize::from(matches!(fact, Fact::PodCreated { .. }));
    }

    fn of_world(&mut self, at: SimTime, fact: Fact) {
        match fact {
            Fact::Begun(workload) => _ = self.begun.insert(workload, at),
            Fact::RolloutOver(workload) => _ = self.over.insert(workload, at),
            Fact::PodCreated { .. } => self.pods_seen += 1,
            _ => {}
        }
    }
}

fn run(world: &World, replication: u32) -> (WorldSpan, Watched) {
    let mut watched = Watched::default();
    let span = Simulator::new(7).run_world(&AtomicBool::new(false), world, replication, &mut watched);
    (span.expect("nobody stops it"), watched)
}

fn length(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

const FOUR: [(&str, u64, i32); 4] = [("a", 1, 4), ("b", 2, 4), ("c", 3, 4), ("d", 4, 4)];

#[test]
fn a_release_begins_each_workload_in_its_turn() {
    let mut world = world(&FOUR, huge);
    let begun = |world: &World| {
        let (span, watched) = run(world, 0);
        assert!(span.end.is_some() && !span.stopped, "all are done");
        assert_eq!(
            span.workloads.iter().map(|own| own.start).collect::<Vec<_>>(),
            watched.begun.values().copied().collect::<Vec<_>>()
        );
        assert_eq!(watched.over.values().max().copied(), span.end);
        (watched.begun.into_values().collect::<Vec<_>>(), watched.over.into_values().collect::<Vec<_>>())
    };
    let (together, _) = begun(&world);
    assert!(together.iter().all(|at| *at == together[0]));
    world.release.order = Order::AtOnce(1);
    world.release.pause = length(10);
    let (begins, ends) = begun(&world);
    assert!(begins.iter().skip(1).zip(&ends).all(|(next, end)| *next == *end + length(10)));
    world.release.order = Order::Waves(vec![vec![3], vec![0, 2], vec![1]]);
    let (begins, ends) = begun(&world);
    assert_eq!([begins[0], begins[2]], [ends[3] + length(10); 2]);
    assert_eq!(begins[1], ends[0].max(ends[2]) + length(10));
    world.release.order = Order::AtOnce(2);
    world.release.pause = SimDuration::ZERO;
    let (begins, ends) = begun(&world);
    assert_eq!(begins[0], begins[1]);
    assert_eq!(begins[2], ends[0].min(ends[1]));
}

/// A rollout that stalls stops the release, or not, or is undone, as the release says.
#[test]
fn a_stalled_rollout_stops_the_release() {
    let mut world = world(&FOUR, huge);
    world.shared.pods[1].never_ready = 1.0;
    world.release.order = Order::AtOnce(1);
    for workload in &mut world.workloads {
        workload.deployment.progress_deadline_seconds = Some(60);
    }
    let (span, watched) = run(&world, 0);
    assert_eq!((watched.begun.len(), span.stopped, span.end), (1, true, None));
    world.release.on_stall = OnStall::Continue;
    let (span, watched) = run(&world, 0);
    assert_eq!((watched.begun.len(), watched.over.len(), span.stopped, span.end), (4, 4, false, None));
    assert!(span.workloads[1..].iter().all(|own| own.end.is_some()));
    world.release.on_stall = OnStall::Undo;
    let (span, watched) = run(&world, 0);
    assert_eq!((watched.begun.len(), span.stopped), (1, true));
    assert!(span.workloads[0].end.is_some(), "the undo is complete");
}

#[test]
fn a_workload_may_have_a_time_of_its_own_another_size_or_nothing() {
    let mut world = world(&FOUR, huge);
    world.workloads[1].at = Some(length(90));
    world.workloads[2].change = Change::Scale { from: 1 };
    world.workloads[3].change = Change::Nothing;
    let (span, watched) = run(&world, 0);
    assert_eq!(watched.begun[&1], span.start + length(90));
    assert_eq!([watched.begun[&0], watched.begun[&2], watched.begun[&3]], [span.start; 3]);
    assert!(!watched.over.contains_key(&3) && span.workloads[3].end == Some(span.followed_until));
    assert!(watched.pods_seen >= 4 + 4 + 3 && watched.own <= watched.pods_seen);
}

/// The controllers' clients are shared: many rollouts at once cannot be faster than their requests.
#[test]
fn all_workloads_share_the_clients_of_the_controllers() {
    let of: Vec<(String, u64, i32)> = (0..40).map(|number| (format!("w{number}"), number + 1, 5)).collect();
    let of: Vec<(&str, u64, i32)> = of.iter().map(|(name, key, replicas)| (name.as_str(), *key, *replicas)).collect();
    let of_quick_pods = |of: &[(&str, u64, i32)]| {
        let mut world = world(of, huge);
        world.shared.pods.fill(pods(seconds(0.0), seconds(0.0)));
        world.shared.control_plane.controller_qps = Throttle { qps: 20.0, burst: 30 };
        world
    };
    let (few, _) = run(&of_quick_pods(&of[..1]), 0);
    let (many, watched) = run(&of_quick_pods(&of), 0);
    let length = |span: &WorldSpan| span.end.expect("done").since(span.start).as_secs_f64();
    // Each rollout creates 5 pods and deletes 5, and each pod is an Event besides: 40 rollouts need 400 requests of the ReplicaSet
    // controller at least, of which 30 go out at once and the others at 20 a second.
    assert!(length(&many) >= (400.0 - 30.0) / 20.0, "{}", length(&many));
    assert!(length(&few) < 10.0, "{}", length(&few));
    assert_eq!(watched.over.len(), 40);
}
