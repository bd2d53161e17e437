//! All failures at once, at random: pods always live and end in order, and nodes never have more pods than they can
//! hold.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use rollcast::diagnosis::{Account, Role, rows};
use rollcast::k8s::fenceposts::IntOrPercent;
use rollcast::k8s::objects::Strategy as Rollout;
use rollcast::metrics::{Meter, Outcome, Record};
use rollcast::scenario::{
    Autoscaler, Budget, Constraint, Domain, InitContainer, Lease, Limit, LowerPriority, Node, NodeLoss, OLD_TEMPLATE,
    PodModel, Preference, Probe, Probes, Rollback, ScaleDown, Scenario, Sidecar, SlowNodes, Step, StepAction, Throttle,
    Upgrade, Wish,
};
use rollcast::sim::{Fact, NodeId, Observer, Simulator};
use rollcast::time::{SimDuration, SimTime};

use crate::world::{ROLLING, assert_units, exponential, pods, scenario, seconds};

const REPLICATIONS: u32 = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pod {
    node: Option<NodeId>,
    ready: bool,
    available: bool,
    terminating: bool,
    gone: bool,
}

/// Follows every pod through its life and panics at an impossible event.
struct Lives {
    at: SimTime,
    pods: Vec<Pod>,
    slots: Vec<u32>,
    on: BTreeMap<NodeId, u32>,
    /// Largest number of pods, least Ready and least available, over all states that lasted.
    peaks: (u32, u32, u32),
}

impl Lives {
    fn new(scenario: &Scenario) -> Self {
        let old = Pod { ready: true, available: true, node: Some(NodeId::MAX), ..Pod::default() };
        Self {
            at: SimTime::ZERO,
            pods: (0..scenario.target().desired)
                .map(|number| {
                    let ready = number < scenario.ready_at_start();
                    Pod { ready, available: ready, ..old }
                })
                .collect(),
            slots: scenario.cluster.nodes.iter().map(|node| node.slots).collect(),
            on: BTreeMap::new(),
            peaks: (0, u32::MAX, u32::MAX),
        }
    }

    fn count(&self, which: impl Fn(&Pod) -> bool) -> u32 {
        self.pods.iter().filter(|pod| which(pod)).count() as u32
    }

    /// Counts the state that has lasted until now.
    fn measure(&mut self) {
        let (peak, ready, available) = self.peaks;
        self.peaks = (
            peak.max(self.count(|pod| !pod.gone && pod.node.is_some())),
            ready.min(self.count(|pod| pod.ready)),
            available.min(self.count(|pod| pod.available)),
        );
    }

    /// A pod ends, and its node has room again.
    fn leave(&mut self, id: u32) {
        let pod = self.alive(id);
        pod.gone = true;
        if let Some(node) = pod.node.filter(|node| *node != NodeId::MAX) {
            *self.on.get_mut(&node).expect("it was there") -= 1;
        }
    }

    fn alive(&mut self, id: u32) -> &mut Pod {
        let pod = &mut self.pods[id as usize];
        assert!(!pod.gone, "pod {id} is gone");
        pod
    }
}

impl Observer for Lives {
    const DETAIL: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        assert!(self.at <= at, "time runs backwards at {fact:?}");
        if self.at < at && self.at > SimTime::ZERO {
            self.measure();
        }
        self.at = at;
        match fact {
            Fact::PodCreated { pod, .. } => {
                assert_eq!(pod as usize, self.pods.len(), "pods are numbered in order of creation");
                self.pods.push(Pod::default());
            }
            Fact::PodScheduled { pod, node } => {
                let entry = self.alive(pod);
                assert!(entry.node.is_none() && !entry.terminating, "pod {pod} is bound twice or too late");
                entry.node = Some(node);
                *self.on.entry(node).or_default() += 1;
                assert!(self.on[&node] <= self.slots[node as usize], "node {node} is too full");
            }
            Fact::ContainersStarted(pod) | Fact::ContainerRestarted(pod) | Fact::ContainerExited { pod, .. } => {
                self.alive(pod);
            }
            Fact::PodReady(pod) => {
                let pod = self.alive(pod);
                assert!(!pod.ready && !pod.terminating);
                pod.ready = true;
            }
            Fact::PodAvailable(pod) => {
                let pod = self.alive(pod);
                assert!(pod.ready && !pod.available && !pod.terminating);
                pod.available = true;
            }
            Fact::PodNotReady { pod, was_available } => {
                let pod = self.alive(pod);
                assert_eq!(pod.available, was_available);
                (pod.ready, pod.available) = (false, false);
            }
            Fact::PodUnavailable(pod) => assert!(std::mem::take(&mut self.alive(pod).available)),
            Fact::PodTerminating { pod, was } => {
                let pod = self.alive(pod);
                assert!(!pod.terminating && (was.ready, was.available) == (pod.ready, pod.available));
                *pod = Pod { ready: false, available: false, terminating: true, ..*pod };
            }
            Fact::PodGone(pod) => {
                assert!(self.alive(pod).terminating);
                self.leave(pod);
            }
            Fact::PodFailed { pod, was, .. } => {
                let entry = self.alive(pod);
                assert!(!entry.terminating && entry.node.is_some());
                assert_eq!((was.ready, was.available), (entry.ready, entry.available));
                (entry.ready, entry.available) = (false, false);
                self.leave(pod);
            }
            Fact::ReplicaSetStatus { status, .. } => {
                assert!(0 <= status.available_replicas && status.available_replicas <= status.ready_replicas);
                assert!(status.ready_replicas <= status.replicas && status.terminating_replicas >= 0, "{status:?}");
            }
            Fact::Stalled { held, of, .. } => assert!(held <= of),
            _ => {}
        }
    }
}

/// The pieces of the deciding chain follow each other from the start to the end, and the table of pods has them all.
fn assert_accounted(account: &Account, record: &Record) {
    assert_eq!(account.duration().is_some(), record.outcome != Outcome::Unfinished, "{record:?}");
    let Some(end) = account.end else { return };
    let mut at = account.start;
    for piece in &account.chain {
        assert!(piece.from == at && piece.to > at, "{piece:?} of {:?}", account.chain);
        at = piece.to;
    }
    assert_eq!(at, end, "{:?}", account.chain);
    let parts = account.parts().into_iter().fold(SimDuration::ZERO, |sum, (_, length)| sum + length);
    assert_eq!(parts, record.duration);
    let deciding: Vec<_> = rows(account, 0, 0, Role::Typical).into_iter().filter(|row| row.deciding).collect();
    let seconds: f64 = deciding.iter().map(|row| row.to_s - row.from_s).sum();
    assert!((seconds - record.duration.as_secs_f64()).abs() < 1e-6, "{deciding:?} {:?}", account.chain);
}

fn checked(scenario: &Scenario) -> Vec<Record> {
    let mut simulator = Simulator::new(5);
    let mut meter = Meter::default();
    (0..REPLICATIONS)
        .map(|replication| {
            let mut lives = Lives::new(scenario);
            let observed = simulator.run(scenario, replication, &mut lives);
            meter.begin(scenario);
            let span = simulator.run(scenario, replication, &mut meter);
            assert_eq!((observed.start, observed.end), (span.start, span.end), "who looks changes nothing");
            let record = meter.finish(scenario, span);
            assert_units(&record, scenario);
            if observed.end.is_none() {
                lives.measure();
            }
            let measured = (record.peak_footprint, record.min_ready, record.min_available);
            // A rollout that is undone at once takes no time.
            assert!(record.duration.is_zero() || measured == lives.peaks, "{:?} {record:?}", lives.peaks);
            assert_accounted(&Account::of(&mut simulator, scenario, replication), &record);
            let pending = record.pending_pod_nanos > 0;
            assert!(pending || record.peak_footprint >= record.peak_pods, "{record:?}");
            let created = lives.pods.len() as i32 - scenario.deployment.replicas;
            assert_eq!(record.pods_created as i32, created);
            record
        })
        .collect()
}

fn share() -> impl Strategy<Value = f64> {
    prop_oneof![3 => Just(0.0), 1 => 0.0..0.5_f64]
}

fn step() -> impl Strategy<Value = Step> {
    let length = (1_u64..60).prop_map(SimDuration::from_secs);
    let action = prop_oneof![
        (0..10_i32).prop_map(StepAction::Scale),
        Just(StepAction::Pause),
        Just(StepAction::Resume),
        Just(StepAction::Undo),
        Just(StepAction::SetTemplate(OLD_TEMPLATE)),
        Just(StepAction::SetStrategy(Rollout::Recreate)),
        (0..30_i32).prop_map(StepAction::SetMinReadySeconds),
        (5..20_u32).prop_map(|pods| StepAction::SetPodQuota(Some(pods))),
        (0..5_u32).prop_map(StepAction::Drain),
        length.clone().prop_map(StepAction::ControllersDown),
        length.clone().prop_map(StepAction::SchedulerDown),
        (1_u64..3, length).prop_map(|(by, length)| StepAction::ApiSlow { by: SimDuration::from_secs(by), length }),
    ];
    (0_u64..120, action).prop_map(|(at, action)| Step { at: SimDuration::from_secs(at), action })
}

/// Failures of pods: pull failures, crashes, never Ready, flaps, a bad version, crowding.
fn pod_troubles() -> impl Strategy<Value = ([f64; 6], Probes, bool)> {
    let probe = proptest::option::of((0_u64..5, 1_u64..11, 1_u32..4).prop_map(|(delay, period, failures)| Probe {
        initial_delay: SimDuration::from_secs(delay),
        period: SimDuration::from_secs(period),
        success_threshold: 1,
        failure_threshold: failures,
        grace: None,
    }));
    let probes = (probe.clone(), probe.clone(), probe);
    let shares = [share(), share(), share(), share(), share(), share()];
    let probes = probes.prop_map(|(startup, readiness, liveness)| Probes { startup, readiness, liveness });
    (shares, probes, any::<bool>())
}

/// What runs before the containers and beside them, hooks, gates, pods that fail, and a leader.
fn stages() -> impl Strategy<Value = PodModel> {
    let probe = proptest::option::of((1_u64..5, 1_u32..4).prop_map(|(period, failures)| Probe {
        initial_delay: SimDuration::ZERO,
        period: SimDuration::from_secs(period),
        success_threshold: 1,
        failure_threshold: failures,
        grace: (failures == 1).then_some(SimDuration::from_secs(3)),
    }));
    let container = prop_oneof![
        Just(InitContainer::Plain { run: exponential(3.0) }),
        (probe.clone(), probe).prop_map(|(startup, readiness)| InitContainer::Sidecar(Box::new(Sidecar {
            start: exponential(1.0),
            warm_up: exponential(3.0),
            probes: Probes { startup, readiness, liveness: None },
            pre_stop: SimDuration::from_secs(2),
            termination: exponential(4.0),
        }))),
    ];
    let containers = proptest::collection::vec(container, 0..3);
    let others = (any::<bool>(), any::<bool>(), proptest::bool::weighted(0.2));
    (containers, others, share(), share()).prop_map(|(init_containers, (hooks, gates, leader), refused, evicted)| {
        let mut model = pods(seconds(0.0), seconds(0.0));
        model.init_containers = init_containers;
        model.post_start = hooks.then(|| exponential(3.0));
        model.readiness_gate = gates.then(|| exponential(5.0));
        (model.refused, model.evicted, model.evicted_after) = (refused / 2.0, evicted, exponential(60.0));
        let (duration, retry) = (SimDuration::from_secs(15), SimDuration::from_secs(2));
        model.leader = leader.then_some(Lease { duration, retry });
        model
    })
}

/// Failures of nodes, and the actors that add or remove them.
fn cluster(zones: u16) -> impl Strategy<Value = rollcast::scenario::Cluster> {
    let loss = (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(zone, notice, back)| NodeLoss {
        time_to_loss: exponential(600.0),
        time_to_zone_loss: zone.then(|| exponential(1200.0)),
        notice: notice.then(|| SimDuration::from_secs(60)),
        detection: seconds(50.0),
        toleration: SimDuration::from_secs(100),
        recovery: back.then(|| exponential(100.0)),
    });
    let upgrade = (0_u64..60, 1_u32..3).prop_map(|(start, at_once)| Upgrade {
        start: SimDuration::from_secs(start),
        at_once,
        takes: exponential(30.0),
    });
    let lower_priority = (1_u32..4).prop_map(|pods| LowerPriority { pods, termination: exponential(5.0) });
    let odd = (share(), share(), 1_u32..4, proptest::option::of(lower_priority), any::<bool>());
    let limits = (proptest::option::of(1..4_i32), proptest::option::of(10_u32..16), odd);
    (2..6_u32, 0..3_u32, proptest::option::of(loss), proptest::option::of(upgrade), limits).prop_map(
        move |(slots, more, loss, upgrade, (budget, pod_quota, odd))| {
            let (slow, bad_nodes, parallel_pulls, lower_priority, unlike) = odd;
            let node = |number| Node { zone: number as u16 % zones, slots, base_load: 0.0, pod_load: 0.1 };
            let unlike = |mut node: Node| {
                node.base_load = if unlike { 0.1 * f64::from(node.zone) } else { 0.0 };
                node
            };
            rollcast::scenario::Cluster {
                nodes: (0..5 + more).map(node).map(unlike).collect(),
                // A third of these worlds says where two of the old pods are.
                found_on: if parallel_pulls == 3 { vec![1, 1] } else { Vec::new() },
                parallel_pulls,
                slow_nodes: Some(SlowNodes { share: slow, factor: 3.0 }),
                bad_nodes,
                loss,
                autoscaler: (more > 0).then(|| Autoscaler {
                    nodes: more,
                    scan_interval: SimDuration::from_secs(10),
                    provisioning: exponential(60.0),
                    // Half of these worlds take nodes away.
                    scale_down: (parallel_pulls % 2 == 0).then(|| scale_down(5 + more)),
                }),
                upgrade,
                disruption_budget: budget.map(|pods| Budget::max_unavailable(IntOrPercent::Int(pods))),
                pod_quota,
                lower_priority,
                explanation: rollcast::scenario::Explanation::default().into(),
            }
        },
    )
}

fn scale_down(nodes: u32) -> ScaleDown {
    ScaleDown {
        unneeded_time: SimDuration::from_secs(30),
        delay_after_add: SimDuration::from_secs(30),
        least_nodes: 2,
        little_used: vec![Some(1); nodes as usize],
    }
}

fn constraints() -> impl Strategy<Value = Vec<Constraint>> {
    let limit = prop_oneof![
        (1_u32..4, 1_u32..4).prop_map(|(most, min_domains)| Limit::Skew { most, min_domains }),
        Just(Limit::One)
    ];
    let one = (prop_oneof![Just(Domain::Node), Just(Domain::Zone)], limit, any::<bool>())
        .prop_map(|(domain, limit, own_revision)| Constraint { domain, limit, own_revision });
    prop_oneof![2 => Just(Vec::new()), 1 => proptest::collection::vec(one, 1..3)]
}

fn preferences() -> impl Strategy<Value = Vec<Preference>> {
    let apart = vec![Preference { domain: Domain::Node, wish: Wish::Apart { weight: 50 }, own_revision: false }];
    prop_oneof![2 => Just(Vec::new()), 1 => Just(Preference::SYSTEM_DEFAULT.to_vec()), 1 => Just(apart)]
}

fn world() -> impl Strategy<Value = Scenario> {
    let rollout = (1..10_i32, 0..4_i32, 0..4_i32, 0..20_i32);
    let rollback = (0..4_u8).prop_map(|which| Rollback {
        after_stall: (which == 1).then(|| SimDuration::from_secs(20)),
        after: (which == 2).then(|| SimDuration::from_secs(90)),
        after_breach: (which == 3).then(|| SimDuration::from_secs(15)),
    });
    let steps = proptest::collection::vec(step(), 0..4);
    let rest = (1_u32..5, any::<bool>(), rollback, steps, (constraints(), preferences(), stages()));
    (rollout, pod_troubles(), cluster(3), rest).prop_map(
        |((replicas, surge, unavailable, min_ready), (shares, probes, limited), cluster, rest)| {
            let (fleet, slow, rollback, mut timeline, (constraints, preferences, stages)) = rest;
            let surge = if surge + unavailable == 0 { 1 } else { surge };
            let mut world = scenario(replicas, ROLLING(surge, unavailable));
            world.deployment.min_ready_seconds = min_ready;
            world.deployment.progress_deadline_seconds = Some(60);
            world.horizon = SimDuration::from_secs(1500);
            world.cluster = cluster;
            world.rollback = rollback;
            timeline.sort_by_key(|step| step.at);
            world.timeline = timeline;
            world.control_plane.fleet = fleet;
            if limited {
                world.control_plane.controller_qps = Throttle { qps: 20.0, burst: 30 };
                world.control_plane.scheduler_qps = Throttle { qps: 50.0, burst: 100 };
            }
            if slow {
                world.control_plane.api_latency = exponential(0.05);
                world.control_plane.watch_latency = exponential(0.05);
                world.control_plane.scheduling = exponential(0.02);
            }
            let model = &mut world.pods[1];
            (model.start, model.warm_up, model.termination) = (exponential(4.0), exponential(8.0), exponential(8.0));
            (model.pull, model.cached) = (exponential(5.0), 0.3);
            model.pull_check = limited.then(|| exponential(0.3));
            [model.pull_failure, model.crash, model.never_ready, model.flap, model.bad_version, model.crowding] =
                shares;
            (model.crash_after, model.flap_after, model.flap_for) =
                (exponential(9.0), exponential(20.0), exponential(9.0));
            model.probes = probes;
            model.init_containers = stages.init_containers;
            (model.post_start, model.readiness_gate) = (stages.post_start, stages.readiness_gate);
            (model.refused, model.evicted, model.evicted_after) =
                (stages.refused, stages.evicted, stages.evicted_after);
            for model in &mut world.pods {
                model.pre_stop = SimDuration::from_secs(u64::from(slow) * 3);
                model.leader = stages.leader;
                model.constraints.clone_from(&constraints);
                model.preferences.clone_from(&preferences);
            }
            world
        },
    )
}

/// Worlds that are tried where `WORLDS` does not say another number, and worlds of one seed.
const WORLDS: u32 = 1000;

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}: a number, not {text}")))
}

/// Tries worlds, a thousand of each seed from `WORLDS_SEED` on. Of the first failure: which seed brings it about, and the smallest world
/// like it.
fn first_failure(worlds: u32, holds: impl Fn(Scenario) -> Result<(), TestCaseError>) -> Option<String> {
    let first = number("WORLDS_SEED", 1);
    (0..worlds.div_ceil(WORLDS)).find_map(|lot| {
        let (seed, cases) = (first + lot, WORLDS.min(worlds - lot * WORLDS));
        let rng_seed = RngSeed::Fixed(u64::from(seed));
        let config = ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() };
        let error = TestRunner::new(config).run(&world(), &holds).err()?;
        Some(format!("seed {seed} (repeat it with WORLDS={cases} WORLDS_SEED={seed}): {error}"))
    })
}

fn whatever_happens(worlds: u32, holds: impl Fn(Scenario) -> Result<(), TestCaseError>) {
    if let Some(failure) = first_failure(worlds, holds) {
        panic!("{failure}");
    }
}

#[test]
fn a_failure_names_its_seed_and_the_smallest_world_like_it() {
    let broken = |world: Scenario| {
        prop_assert!(world.deployment.replicas < 5, "five replicas are too many");
        Ok(())
    };
    let failure = first_failure(1000, broken).expect("some world has five replicas");
    assert!(failure.starts_with("seed ") && failure.contains(" WORLDS_SEED="), "{failure}");
    assert!(failure.contains("five replicas are too many") && failure.contains("replicas: 5,"), "{failure}");
    assert_eq!(first_failure(1000, broken), Some(failure), "the seed repeats it");
}

#[test]
fn lives_are_in_order_whatever_happens() {
    whatever_happens(number("WORLDS", WORLDS), |world| {
        for record in checked(&world) {
            let horizon = world.horizon;
            prop_assert!(record.duration <= horizon);
            prop_assert!((record.outcome == Outcome::Unfinished) == (record.duration == horizon), "{record:?}");
            prop_assert!(record.stall.is_none_or(|(at, _)| at <= record.duration), "{record:?}");
            prop_assert!(record.below_floor <= record.duration && record.dip <= record.duration, "{record:?}");
            prop_assert!(record.min_available <= record.min_ready, "{record:?}");
            prop_assert!(record.pods_failed <= record.pods_created);
            let added = world.cluster.autoscaler.as_ref().map_or(0, |autoscaler| autoscaler.nodes);
            prop_assert!(record.nodes_added <= added, "{record:?}");
        }
        Ok(())
    });
}

/// Facts as text; `MANY`: by the simulator's way for several workloads.
#[derive(Default)]
struct Told<const MANY: bool>(Vec<String>);

impl<const MANY: bool> Observer for Told<MANY> {
    const DETAIL: bool = true;
    const MANY: bool = MANY;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        self.0.push(format!("{at:?} {fact:?}"));
    }
}

#[test]
fn one_workload_comes_out_the_same_among_several() {
    whatever_happens(number("WORLDS", 150), |world| {
        let (mut alone, mut among) = (Told::<false>::default(), Told::<true>::default());
        let spans = (Simulator::new(1).run(&world, 0, &mut alone), Simulator::new(1).run(&world, 0, &mut among));
        prop_assert_eq!(spans.0, spans.1);
        prop_assert!(alone.0 == among.0);
        Ok(())
    });
}
