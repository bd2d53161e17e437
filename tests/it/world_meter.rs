//! What is measured of a world: of each workload what is measured of it alone, and of the cluster what can be added up by hand.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rollcast::metrics::{ClusterMeter, ClusterRecord, Meter, Outcome, Record, ReleaseOutcome, WorldMeter};
use rollcast::scenario::{Change, Membership, Quota, Refusals, Room, Scenario, Target, WorkloadId, World};
use rollcast::sim::{Fact, Simulator, Span, StallCause, Was, WorldObserver, WorldSpan};
use rollcast::time::{SimDuration, SimTime};

use crate::workloads::{GIB, huge, vast, world};
use crate::world::{pods, seconds};

/// The workloads of a world, each as a scenario of its own.
fn members(world: &World) -> Vec<Scenario> {
    let shared = Arc::new(world.clone());
    let member = |(workload, own): (WorkloadId, &rollcast::scenario::Workload)| {
        let mut scenario = vast(own.deployment.replicas);
        scenario.world = Some(Membership { world: Arc::clone(&shared), workload });
        scenario
    };
    (0..).zip(&world.workloads).map(member).collect()
}

/// One pass for all workloads.
fn measured(
    meter: &mut WorldMeter,
    world: &World,
    members: &[Scenario],
    replication: u32,
) -> (Vec<Record>, ClusterRecord) {
    meter.begin(world, members);
    let span = Simulator::new(7).run_world(&AtomicBool::new(false), world, replication, meter);
    meter.finish(world, members, &span.expect("nobody stops it"))
}

/// A meter that is told every fact, also those that it does not need.
struct ToldAll(WorldMeter);

impl WorldObserver for ToldAll {
    fn of_workload(&mut self, at: SimTime, workload: WorkloadId, fact: Fact) {
        self.0.of_workload(at, workload, fact);
    }

    fn of_world(&mut self, at: SimTime, fact: Fact) {
        self.0.of_world(at, fact);
    }
}

#[test]
fn facts_that_no_metric_needs_change_no_record() {
    let mut stalls = world(&[("a", 1, 4), ("b", 2, 7), ("c", 3, 2)], huge);
    stalls.workloads[1].at = Some(SimDuration::from_secs(40));
    for model in &mut stalls.shared.pods {
        model.never_ready = 0.1;
    }
    let members = members(&stalls);
    for replication in 0..20 {
        let told = measured(&mut WorldMeter::default(), &stalls, &members, replication);
        let mut all = ToldAll(WorldMeter::default());
        all.0.begin(&stalls, &members);
        let span = Simulator::new(7).run_whole_world(&stalls, replication, &mut all);
        assert_eq!(all.0.finish(&stalls, &members, &span), told);
    }
}

/// One pass for each.
fn one_by_one(members: &[Scenario], replication: u32) -> Vec<Record> {
    let of = |member: &Scenario| {
        let mut meter = Meter::default();
        meter.begin(member);
        let span = Simulator::new(7).run(member, replication, &mut meter);
        meter.finish(member, span)
    };
    members.iter().map(of).collect()
}

#[test]
fn one_pass_measures_of_each_workload_what_is_measured_of_it_alone() {
    let mut staggered = world(&[("a", 1, 4), ("b", 2, 7), ("c", 3, 2)], huge);
    staggered.workloads[1].at = Some(SimDuration::from_secs(40));
    staggered.workloads[2].change = Change::Nothing;
    let members = members(&staggered);
    let mut meter = WorldMeter::default();
    for replication in 0..20 {
        let (records, cluster) = measured(&mut meter, &staggered, &members, replication);
        assert_eq!(records, one_by_one(&members, replication));
        assert_eq!(cluster.found_pods, 13);
        assert_eq!(cluster.outcome, ReleaseOutcome::AllDone);
        let most: u32 = records.iter().map(|record| record.peak_pods).sum();
        assert!(cluster.peak_pods > 13, "a rollout creates pods beside those that stand");
        assert!(cluster.peak_placed <= records.iter().map(|record| record.peak_footprint).sum());
        assert!(most >= 13);
    }
}

#[test]
fn a_workload_that_never_began_is_not_complete_and_keeps_its_pods() {
    let mut waves = world(&[("a", 1, 4), ("b", 2, 7)], huge);
    waves.release.order = rollcast::scenario::Order::AtOnce(1);
    // Its new pods never get ready, so that it stalls and the release stops.
    waves.shared.pods[1] = pods(seconds(10_000.0), seconds(0.0));
    waves.workloads[0].deployment.progress_deadline_seconds = Some(60);
    let members = members(&waves);
    let mut meter = WorldMeter::default();
    // What another world has left in the meter is in no record.
    let calm = world(&[("c", 5, 30), ("d", 6, 30)], huge);
    measured(&mut meter, &calm, &self::members(&calm), 0);
    let (records, cluster) = measured(&mut meter, &waves, &members, 0);
    assert_eq!(records, one_by_one(&members, 0));
    let never = &records[1];
    assert_eq!((never.outcome, never.duration), (Outcome::Unfinished, members[1].horizon));
    assert_eq!((never.min_available, never.peak_pods, never.dip_pod_nanos), (7, 7, 0));
    assert_eq!((cluster.outcome, cluster.stalled_workloads), (ReleaseOutcome::Stopped, 1));
    assert_eq!(cluster.unfinished_workloads, 2);
}

fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

fn created(pod: u32, workload: WorkloadId, owner: u16, template: u16) -> Fact {
    Fact::PodCreated { pod, workload, owner, template, ordinal: None }
}

/// Two workloads of one pod each on one node of 300 thousandths of a core; pods of `b` ask for 200 and all others for 100.
fn two() -> World {
    let room = |nodes: usize, asked: &[[u64; 2]]| {
        let asked: Vec<[u64; 2]> = (0..asked.len()).map(|t| [if t < 2 { 100 } else { 200 }, GIB]).collect();
        Room::alike(nodes, [300, 100 * GIB, 100], &asked)
    };
    world(&[("a", 1, 1), ("b", 2, 1)], room)
}

fn span(end: Option<SimTime>, until: SimTime) -> WorldSpan {
    let own = Span { start: at(0), end, followed_until: until, events: 0 };
    WorldSpan { start: at(0), end, followed_until: until, stopped: false, workloads: vec![own; 2] }
}

/// Pods of the world: 0 and 1 stand, 2 is new of `a`, 3 is new of `b`.
#[test]
fn amounts_are_added_up_over_time() {
    let world = two();
    let mut meter = ClusterMeter::default();
    meter.begin(&world);
    let was = Was { scheduled: true, ready: true, available: true };
    let facts = [
        (0, Fact::Begun(0)),
        (0, Fact::ReplicaSetCreated { workload: 0, id: 2, template: 1, replicas: 1 }),
        (1, created(2, 0, 2, 1)),
        (3, Fact::PodUnschedulable { pod: 2, refusals: Refusals::default() }),
        (4, Fact::PodUnschedulable { pod: 2, refusals: Refusals::default() }),
        (4, Fact::ReplicaSetCreated { workload: 1, id: 3, template: 3, replicas: 1 }),
        (4, Fact::QuotaRefused { workload: 1, owner: 3, pods: 1 }),
        (6, created(3, 1, 3, 3)),
        (6, Fact::NodeAdded(7)),
        (7, Fact::PodTerminating { pod: 0, was }),
        (9, Fact::PodGone(0)),
        (9, Fact::PodScheduled { pod: 2, node: 0 }),
        // It lasts no time, and is in no extreme.
        (9, Fact::PodScheduled { pod: 3, node: 0 }),
        (9, Fact::PodGone(1)),
        (20, Fact::RolloutOver(1)),
    ];
    for (second, fact) in facts {
        meter.fact(at(second), fact);
    }
    let record = meter.finish(&world, &span(Some(at(20)), at(20)));
    assert_eq!((record.outcome, record.duration), (ReleaseOutcome::AllDone, SimDuration::from_secs(20)));
    assert_eq!((record.found_pods, record.peak_pods, record.peak_placed, record.peak_pending), (2, 4, 2, 2));
    // Pod 2 waits from 1 to 9 and pod 3 from 6 to 9.
    assert_eq!(record.pending_pod_nanos, (8 + 3) * 1_000_000_000);
    // 300 at first, 400 from 1 on, 600 from 6 to 9, then 300.
    assert_eq!((record.found_cpu_millis, record.peak_cpu_millis, record.peak_placed_cpu_millis), (300, 600, 300));
    assert_eq!(record.extra_cpu_milli_nanos, (100 * 5 + 300 * 3) * 1_000_000_000);
    assert_eq!((record.found_memory_bytes, record.peak_memory_bytes), (2 * GIB, 4 * GIB));
    assert_eq!(record.pods_at_peak, [2, 2]);
    // More than the room of 300 from 1 to 9.
    assert_eq!(record.over_room, SimDuration::from_secs(8));
    assert_eq!((record.unschedulable_pods, record.quota_refused_pods), (1, 1));
    assert_eq!(record.quota_blocked, SimDuration::from_secs(2));
    assert_eq!((record.nodes_added, record.nodes_lost), (1, 0));
}

/// A pod is created at 5 s, and another one is gone in the same instant: nodes never have three pods, but admission counted three.
#[test]
fn a_state_of_no_length_is_a_peak_of_a_quota_alone() {
    let mut world = two();
    let resources = vec!["pods".to_owned(), "requests.cpu".to_owned()];
    let charged = [[1, 100], [1, 100], [1, 200], [1, 200]].map(|each| each.to_vec()).to_vec();
    world.quotas = vec![Quota { name: "ResourceQuota shop/most".into(), resources, hard: vec![10, 10_000], charged }];
    let mut meter = ClusterMeter::default();
    meter.begin(&world);
    meter.fact(at(0), Fact::Begun(0));
    meter.fact(at(0), Fact::ReplicaSetCreated { workload: 0, id: 2, template: 1, replicas: 1 });
    meter.fact(at(5), created(2, 0, 2, 1));
    meter.fact(at(5), Fact::PodGone(0));
    let record = meter.finish(&world, &span(Some(at(20)), at(20)));
    assert_eq!((record.peak_pods, record.peak_cpu_millis), (2, 300));
    assert_eq!(record.peak_quotas, [3, 400]);
}

#[test]
fn what_is_not_complete_is_counted_and_followed_to_the_end() {
    let world = two();
    let mut meter = ClusterMeter::default();
    for undone in [false, true] {
        meter.begin(&world);
        let target = |version: u16| {
            let mut target = Target::default();
            target.version = version;
            target
        };
        let stalled = |workload: WorkloadId| Fact::Stalled {
            workload,
            cause: StallCause::Capacity,
            held: 1,
            of: 1,
            refusals: Refusals::default(),
        };
        meter.fact(at(0), Fact::Target { workload: 0, target: target(1) });
        meter.fact(at(5), stalled(0));
        meter.fact(at(5), stalled(0));
        if undone {
            meter.fact(at(6), Fact::Target { workload: 0, target: target(0) });
        }
        let record = meter.finish(&world, &span(undone.then(|| at(30)), at(40)));
        assert_eq!((record.outcome, record.duration), (ReleaseOutcome::Unfinished, SimDuration::from_secs(40)));
        assert_eq!((record.stalled_workloads, record.unfinished_workloads), (1, if undone { 1 } else { 2 }));
    }
}

#[test]
fn a_world_without_movement_has_the_pods_that_it_finds() {
    let mut still = two();
    still.workloads.iter_mut().for_each(|workload| workload.change = Change::Nothing);
    let (records, cluster) = measured(&mut WorldMeter::default(), &still, &members(&still), 0);
    assert_eq!(records.len(), 2);
    assert_eq!((cluster.peak_pods, cluster.peak_cpu_millis, cluster.extra_cpu_milli_nanos), (2, 300, 0));
    assert_eq!((cluster.unfinished_workloads, cluster.over_room), (0, SimDuration::ZERO));
}
