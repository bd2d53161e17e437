//! One mechanism at a time: each alone decides how long a rollout takes or whether it ends, and the answer is known.

use rollcast::k8s::fenceposts::IntOrPercent;
use rollcast::metrics::{Outcome, Record};
use rollcast::scenario::{
    Budget, Constraint, Domain, Limit, LowerPriority, Node, Preference, Scenario, SlowNodes, Step, StepAction,
    Throttle, Wish,
};
use rollcast::sim::{Fact, Observer, Simulator, StallCause};
use rollcast::time::{SimDuration, SimTime};

use crate::world::{RETRIES, ROLLING, assert_takes, curves, pods, replicate, scenario, seconds};

const TEN_SECONDS: u128 = 10_000_000_000;

fn share(records: &[Record], which: impl Fn(&Record) -> bool) -> f64 {
    records.iter().filter(|record| which(record)).count() as f64 / records.len() as f64
}

/// Four pods on one node, each of which must check its image with the registry for 3 s before it starts for 10 s: one
/// after the other, in pairs, or at once.
#[test]
fn a_node_has_so_many_pulls_at_a_time() {
    let mut world = scenario(4, ROLLING(4, 0));
    world.cluster.nodes.truncate(1);
    world.pods[1].pull_check = Some(seconds(3.0));
    for (pulls, expected) in [(1, 22.0), (2, 16.0), (3, 16.0), (4, 13.0)] {
        world.cluster.parallel_pulls = pulls;
        assert_takes(&world, expected);
    }
}

/// Scheduled a second apart onto one node, the k-th pod finds k - 1 others starting: 10 s become 10, 15, 20 and 25 s.
#[test]
fn pods_that_start_together_slow_each_other() {
    let mut world = scenario(4, ROLLING(4, 0));
    world.cluster.nodes.truncate(1);
    world.control_plane.scheduling = seconds(1.0);
    world.pods[1].crowding = 0.5;
    assert_takes(&world, 4.0 + 25.0);
    world.pods[1].crowding = 0.0;
    assert_takes(&world, 4.0 + 10.0);
}

/// One pod with a pull of 4 s and a start of 10 s, on a node that is three times as slow with probability 1/2.
#[test]
fn slow_nodes_take_longer() {
    let mut world = scenario(1, ROLLING(1, 0));
    (world.pods[1].pull, world.pods[1].cached) = (seconds(4.0), 0.0);
    world.cluster.slow_nodes = Some(SlowNodes { share: 0.5, factor: 3.0 });
    let records = replicate(&world, 2000);
    let slow = share(&records, |record| record.duration >= SimDuration::from_secs(42));
    let fast = share(&records, |record| record.duration < SimDuration::from_secs_f64(14.0 + RETRIES));
    assert_eq!(slow + fast, 1.0);
    assert!((slow - 0.5).abs() < 4.0 * 0.0112, "{slow}");
}

/// Four nodes and four pods at once, one on each: the rollout ends if all nodes are good.
#[test]
fn a_bad_node_holds_up_its_pods() {
    let mut world = scenario(4, ROLLING(4, 0));
    world.cluster.nodes.iter_mut().for_each(|node| node.pod_load = 0.1);
    world.cluster.bad_nodes = 0.1;
    let records = replicate(&world, 2000);
    let stuck = share(&records, |record| record.outcome == Outcome::Unfinished);
    assert!((stuck - (1.0 - 0.9_f64.powi(4))).abs() < 4.0 * 0.0106, "{stuck}");
    assert!(records.iter().all(|record| record.stall.is_none_or(|(_, cause)| cause == StallCause::Readiness)));
}

/// Ten Deployments share 50 requests a second and a burst of 10: one Deployment has 5 a second after a first one.
/// Twenty creations take 19 / 5 s at least, and their Events need tokens too.
#[test]
fn a_fleet_shares_the_controllers_limit() {
    let mut world = scenario(20, ROLLING(20, 0));
    world.control_plane.controller_qps = Throttle { qps: 50.0, burst: 10 };
    world.control_plane.fleet = 10;
    let duration = replicate(&world, 1)[0].duration.as_secs_f64();
    assert!(duration > 13.8, "{duration}");
    let mut alone = world.clone();
    alone.control_plane.fleet = 1;
    alone.control_plane.controller_qps = Throttle { qps: 5.0, burst: 1 };
    assert_eq!(replicate(&world, 1), replicate(&alone, 1), "a tenth of the limit, written by hand");
}

/// Pods of ten Deployments are scheduled in turn, 100 ms each: the fourth of ours is bound after 4 s.
#[test]
fn a_fleet_shares_the_scheduler() {
    let mut world = scenario(4, ROLLING(4, 0));
    world.control_plane.scheduling = seconds(0.1);
    world.control_plane.fleet = 10;
    assert_takes(&world, 4.0 + 10.0);
}

fn at(seconds: u64, action: StepAction) -> Vec<Step> {
    vec![Step { at: SimDuration::from_secs(seconds), action }]
}

/// Two waves of 10 s. No controller runs from 5 s to 25 s: the first pod is Ready at 10 s, and no controller acts on it
/// before 25 s. An outage from 12 s to 20 s, when both waves wait for pods, costs no time.
#[test]
fn an_election_stops_the_controllers() {
    let mut world = scenario(2, ROLLING(1, 0));
    for (from, length, expected) in [(5, 20, 35.0), (12, 7, 20.0)] {
        world.timeline = at(from, StepAction::ControllersDown(SimDuration::from_secs(length)));
        assert_takes(&world, expected);
    }
}

/// The same while the controller's own timer counts available pods: minReadySeconds of 10 s end during the outage.
#[test]
fn a_timer_that_ends_during_an_election_is_looked_at_after_it() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.deployment.min_ready_seconds = 10;
    world.timeline = at(15, StepAction::ControllersDown(SimDuration::from_secs(30)));
    assert_takes(&world, 45.0);
}

/// No pod is scheduled in the first 7 s of the rollout: every later event is delayed by that time.
#[test]
fn a_scheduler_that_is_down_schedules_later() {
    let mut world = scenario(2, ROLLING(2, 0));
    world.timeline = at(0, StepAction::SchedulerDown(SimDuration::from_secs(7)));
    assert_takes(&world, 17.0);
}

/// Every request takes a second or two longer. Nine of them follow each other: a ReplicaSet and its pod are created,
/// the pod is bound and reports Ready, the ReplicaSet reports its status, the old one is scaled down, and three more
/// statuses.
#[test]
fn a_slow_api_adds_up() {
    let mut world = scenario(1, ROLLING(1, 0));
    let slow = |by| at(0, StepAction::ApiSlow { by: SimDuration::from_secs(by), length: SimDuration::from_secs(60) });
    let mut durations = Vec::new();
    for by in [1, 2] {
        world.timeline = slow(by);
        durations.push(replicate(&world, 1)[0].duration.as_secs_f64());
    }
    let (one, two) = (durations[0] - 10.0, durations[1] - 10.0);
    assert!((two - 2.0 * one).abs() < RETRIES && (one - 9.0).abs() < RETRIES, "{one} {two}");
}

/// Containers exit 50 s after they became Ready: the rollout is complete by then, unless minReadySeconds is longer.
/// Then each return to Ready is progress, and at most 5 min of back-off and 10 s of start pass without progress: a
/// deadline of 10 min is never exceeded.
#[test]
fn late_crashes_are_not_seen_by_the_deadline() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.pods[1] = pods(seconds(10.0), seconds(2.0));
    (world.pods[1].crash, world.pods[1].crash_after) = (1.0, seconds(60.0));
    assert_takes(&world, 10.0);
    world.deployment.min_ready_seconds = 61;
    for (deadline, cause) in [(600, None), (200, Some(StallCause::Crash))] {
        world.deployment.progress_deadline_seconds = Some(deadline);
        let record = replicate(&world, 1)[0];
        assert_eq!((record.outcome, record.stall.map(|(_, cause)| cause)), (Outcome::Unfinished, cause));
    }
}

/// All four pods are replaced at once. New ones are Ready after 10 s, whatever minReadySeconds is, and available
/// minReadySeconds after the whole second in which they became Ready.
#[test]
fn min_ready_seconds_sets_ready_and_available_apart() {
    let mut world = scenario(4, ROLLING(0, 4));
    for apart in [0, 5, 30] {
        world.deployment.min_ready_seconds = apart;
        for (start, rows) in curves(&world, 20) {
            let ready = start + SimDuration::from_secs(10);
            let available = ready.max(ready.truncated() + SimDuration::from_secs(apart as u64));
            for row in rows {
                let from = |instant| [if start + row.at >= instant { 4.0 } else { 0.0 }; 5];
                assert_eq!((row.ready, row.available), (from(ready), from(available)), "{apart}: {:?}", row.at);
            }
        }
    }
}

/// Three zones of two nodes with room for three pods each, and six pods, two in each zone; zone 0 then has no room left
/// beside them.
fn three_zones(limit: Limit) -> Scenario {
    let mut world = scenario(6, ROLLING(3, 0));
    let node = |zone, slots| Node { zone, slots, base_load: 0.0, pod_load: 0.1 };
    world.cluster.nodes = (0..6).map(|number| node(number % 3, if number % 3 == 0 { 1 } else { 3 })).collect();
    let constraint = Constraint { domain: Domain::Zone, limit, own_revision: false };
    world.pods.iter_mut().for_each(|model| model.constraints = vec![constraint]);
    world
}

/// maxSkew 1 lets each of the other zones take one of the first three pods; the third waits, since zone 0 is full and a
/// second pod elsewhere would be two more than in zone 0. Old pods may go from any zone, so the rollout still ends
/// where one of zone 0 goes; with maxSkew 2 no pod waits.
#[test]
fn a_hard_spread_keeps_pods_waiting() {
    let free = replicate(&three_zones(Limit::Skew { most: 2, min_domains: 1 }), 50);
    assert!(free.iter().all(|record| record.pending_pod_nanos == 0));
    let records = replicate(&three_zones(Limit::Skew { most: 1, min_domains: 1 }), 50);
    assert!(records.iter().all(|record| record.pending_pod_nanos >= TEN_SECONDS), "until the first two are available");
}

/// Two old pods in zones 1 and 2, none in zone 0, which has no room: with maxSkew 1 a new pod would be the second one
/// in its zone and fits nowhere. Where only pods of its own revision count it is the first.
#[test]
fn a_spread_of_the_own_revision_does_not_see_old_pods() {
    let mut world = three_zones(Limit::Skew { most: 1, min_domains: 1 });
    world.cluster.nodes.iter_mut().filter(|node| node.zone == 0).for_each(|node| node.slots = 0);
    world.deployment.replicas = 2;
    world.deployment.strategy = ROLLING(2, 0);
    assert_eq!(replicate(&world, 1)[0].stall.map(|(_, cause)| cause), Some(StallCause::Capacity));
    world.pods.iter_mut().for_each(|model| model.constraints[0].own_revision = true);
    assert_takes(&world, 10.0);
}

/// One pod for each of three zones, and all zones occupied: no pod can surge, and an old pod must be gone, not only
/// terminating, before another is bound: three waves of 2 s and 10 s.
#[test]
fn anti_affinity_by_zone_leaves_no_room_for_a_surge() {
    let mut world = three_zones(Limit::One);
    world.deployment.replicas = 3;
    world.deployment.strategy = ROLLING(1, 0);
    assert_eq!(replicate(&world, 1)[0].stall.map(|(_, cause)| cause), Some(StallCause::Capacity));
    world.deployment.strategy = ROLLING(0, 1);
    assert_takes(&world, 36.0);
}

/// Two nodes with two pods each, where one is drained before the rollout changes anything: its two pods go at once,
/// whatever maxUnavailable is, and are replaced on the other node after 10 s; a budget of one lets them go one by one.
#[test]
fn a_drained_node_gives_its_pods_away() {
    let mut world = scenario(4, ROLLING(1, 0));
    world.cluster.nodes.truncate(2);
    world.timeline = at(0, StepAction::Drain(1));
    assert!(replicate(&world, 20).iter().all(|record| record.min_available == 2));
    world.cluster.disruption_budget = Some(Budget::max_unavailable(IntOrPercent::Int(1)));
    assert!(replicate(&world, 20).iter().all(|record| record.min_available == 3));
}

/// Two zones, where minDomains requires three: the least number of pods in a zone counts as 0, so each zone may have
/// one pod.
#[test]
fn too_few_domains_leave_room_for_one_pod_in_each() {
    let mut world = three_zones(Limit::Skew { most: 1, min_domains: 3 });
    world.cluster.nodes.retain(|node| node.zone > 0);
    world.cluster.nodes.iter_mut().for_each(|node| node.zone -= 1);
    world.deployment.replicas = 2;
    world.deployment.strategy = ROLLING(1, 0);
    assert_eq!(replicate(&world, 1)[0].stall.map(|(_, cause)| cause), Some(StallCause::Capacity));
    let enough = Limit::Skew { most: 1, min_domains: 2 };
    world.pods.iter_mut().for_each(|model| model.constraints[0].limit = enough);
    assert_takes(&world, 20.0);
}

/// Four nodes with a pod each, and no two pods of a revision on one node: all four new pods find room at once.
#[test]
fn anti_affinity_of_the_own_revision_lets_new_pods_beside_old_ones() {
    let mut world = scenario(4, ROLLING(4, 0));
    world.cluster.nodes.truncate(4);
    let apart = |own_revision| vec![Constraint { domain: Domain::Node, limit: Limit::One, own_revision }];
    world.pods.iter_mut().for_each(|model| model.constraints = apart(true));
    assert_takes(&world, 10.0);
    world.pods.iter_mut().for_each(|model| model.constraints = apart(false));
    assert_eq!(replicate(&world, 1)[0].stall.map(|(_, cause)| cause), Some(StallCause::Capacity));
}

/// Two full nodes, each with an old pod and two of lower priority, which take 60 s to go. The node that makes room for
/// the new pod is drained after 5 s, and the old pod that goes there needs a replacement, for which the other node
/// makes room. When that old pod is gone after 2 s the scheduler tries the new pod again, which does not wait for room
/// on a cordoned node.
#[test]
fn a_pod_does_not_wait_for_room_on_a_node_that_closes() {
    let mut world = scenario(2, ROLLING(1, 0));
    world.cluster.nodes.truncate(2);
    world.cluster.nodes.iter_mut().for_each(|node| node.slots = 3);
    world.cluster.lower_priority = Some(LowerPriority { pods: 3, termination: seconds(60.0) });
    world.timeline = at(5, StepAction::Drain(0));
    let mut preempted = Preempted::default();
    let span = Simulator::new(1).run(&world, 0, &mut preempted);
    let seconds: Vec<_> =
        preempted.on.iter().map(|(at, node)| (at.since(span.start).as_secs_f64() as u64, *node)).collect();
    assert_eq!(seconds, [(0, 0), (5, 1), (7, 1)]);
}

/// The facts about preempted pods of lower priority, in order.
#[derive(Default)]
struct Preempted {
    on: Vec<(SimTime, u32)>,
}

impl Observer for Preempted {
    const DETAIL: bool = false;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        if let Fact::Preempted { node, .. } = fact {
            self.on.push((at, node));
        }
    }
}

/// A node with room for `slots` pods, all occupied: two old pods, and the rest of lower priority, which take 7 s to go.
fn full_node(slots: u32, surge: i32) -> Scenario {
    let mut world = scenario(2, ROLLING(surge, 0));
    world.cluster.nodes.truncate(1);
    world.cluster.nodes[0].slots = slots;
    world.cluster.lower_priority = Some(LowerPriority { pods: slots, termination: seconds(7.0) });
    world
}

/// Two pods of lower priority take 7 s to go, and the new ones in their room start in 10 s.
#[test]
fn pods_of_lower_priority_make_room() {
    assert_takes(&full_node(4, 2), 17.0);
    let mut alone = full_node(4, 2);
    alone.cluster.lower_priority = None;
    assert_takes(&alone, 10.0);
    let mut full = full_node(2, 2);
    full.deployment.progress_deadline_seconds = Some(60);
    assert_eq!(replicate(&full, 1)[0].stall.map(|(_, cause)| cause), Some(StallCause::Capacity));
}

/// Room for one more pod, made in 7 s; the first new pod starts in 10 s, then an old one takes 2 s to go. The second
/// new pod and the displaced one both need its room, and the displaced one comes second: 7 + 10 + 2 + 10 s.
#[test]
fn what_was_displaced_comes_back_last() {
    assert_takes(&full_node(3, 1), 29.0);
}

/// Counts the new pods on each node.
#[derive(Default)]
struct Places {
    new: Vec<bool>,
    on: [u32; 2],
}

impl Observer for Places {
    const DETAIL: bool = false;

    fn fact(&mut self, _: SimTime, fact: Fact) {
        match fact {
            Fact::PodCreated { pod, .. } => {
                self.new.resize(pod as usize, false);
                self.new.push(true);
            }
            Fact::PodScheduled { pod, node } if self.new[pod as usize] => self.on[node as usize] += 1,
            _ => {}
        }
    }
}

/// An empty node and one that is a fifth full: the least allocated one takes all four new pods. Where the pods prefer
/// to be spread, two go to each: at the second and the fourth the preference is worth 26 and 18 points to the other
/// node, whose load costs it 15.
#[test]
fn a_wish_to_be_spread_outweighs_some_load() {
    let mut world = scenario(4, ROLLING(4, 0));
    let node = |base_load| Node { zone: 0, slots: 20, base_load, pod_load: 0.01 };
    world.cluster.nodes = vec![node(0.0), node(0.2)].into();
    let places = |world: &Scenario| -> [u32; 2] {
        let mut places = Places::default();
        Simulator::new(1).run(world, 0, &mut places);
        places.on
    };
    assert_eq!(places(&world), [4, 0]);
    world.pods[1].preferences = Preference::SYSTEM_DEFAULT.to_vec();
    assert_eq!(places(&world), [2, 2]);
    let apart = Preference { domain: Domain::Node, wish: Wish::Apart { weight: 100 }, own_revision: true };
    world.pods[1].preferences = vec![apart];
    assert_eq!(places(&world), [2, 2]);
}
