//! What must hold at every instant in every world of several workloads: nodes and quotas hold what is on them, evictions leave what a
//! budget asks for, and no pod that would fit is forgotten.

use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use rollcast::k8s::fenceposts::IntOrPercent;
use rollcast::k8s::objects::{DeploymentSpec, Strategy as Rollout};
use rollcast::scenario::{
    Budget, Change, Cluster, Node, NodeLoss, OnStall, Order, Quota, Room, Scenario, Throttle, Upgrade, Workload,
    WorkloadId, World,
};
use rollcast::sim::{Fact, Simulator, WorldObserver, WorldSpan};
use rollcast::time::{SimDuration, SimTime};

use crate::workloads::vast;
use crate::world::{ROLLING, exponential, pods, seconds};

/// The longest that a pod that fits may wait for its next attempt: upstream's longest back-off, and some time for the attempt.
const LONGEST_WAIT: SimDuration = SimDuration::from_secs(12);

#[derive(Clone, Copy, Debug, Default)]
struct Pod {
    workload: WorkloadId,
    template: u16,
    node: Option<usize>,
    ready: bool,
    available: bool,
    terminating: bool,
    ended: bool,
    /// Since when it waits although a node has room for it.
    fits_since: Option<SimTime>,
}

#[derive(Clone, Copy, Debug, Default)]
struct NodeSeen {
    cordoned: bool,
    lost: bool,
}

/// Follows a world, and panics where a rule is broken.
struct Rules<'a> {
    world: &'a World,
    at: SimTime,
    pods: Vec<Pod>,
    nodes: Vec<NodeSeen>,
    /// Pods created of each workload, by its own numbers.
    own: Vec<u32>,
    /// How often a quota refused pods.
    refused: u32,
    evictions: u32,
}

impl<'a> Rules<'a> {
    fn new(world: &'a World) -> Self {
        let mut pods = Vec::new();
        for (w, workload) in (0..).zip(&world.workloads) {
            let found = workload.found_on.iter().take(world.found(w) as usize);
            pods.extend(found.map(|node| Pod {
                workload: w,
                template: workload.old,
                node: Some(*node as usize),
                ready: true,
                available: true,
                ..Pod::default()
            }));
        }
        let nodes = vec![NodeSeen::default(); world.shared.cluster.nodes.len()];
        let own = (0..).zip(&world.workloads).map(|(w, _)| world.found(w)).collect();
        Self { world, at: SimTime::ZERO, pods, nodes, own, refused: 0, evictions: 0 }
    }

    fn asked(&self, template: u16) -> &[u64] {
        self.world.room.asked_by(template)
    }

    /// What the pods on a node ask for, by resource.
    fn taken(&self, node: usize) -> Vec<u64> {
        let mut sums = vec![0; self.world.room.resources.len()];
        for pod in self.pods.iter().filter(|pod| pod.node == Some(node) && !pod.ended) {
            sums.iter_mut().zip(self.asked(pod.template)).for_each(|(sum, asked)| *sum += asked);
        }
        sums
    }

    fn holds(&self, node: usize, more: &[u64]) -> bool {
        let free = self.world.room.free_on(node).iter().zip(self.taken(node)).zip(more);
        free.into_iter().all(|((free, taken), more)| *more == 0 || taken + more <= *free)
    }

    fn check_quotas(&self) {
        for quota in &self.world.quotas {
            for (resource, hard) in quota.hard.iter().enumerate() {
                let charged = |pod: &Pod| quota.charged[usize::from(pod.template)].get(resource).copied().unwrap_or(0);
                let used: u64 = self.pods.iter().filter(|pod| !pod.ended).map(charged).sum();
                assert!(used <= *hard, "{used} of {hard} {}", quota.resources[resource]);
            }
        }
    }

    /// Notes which waiting pods a working node has room for. One that has waited for too long has been forgotten.
    fn check_waiting(&mut self) {
        for id in 0..self.pods.len() {
            let pod = self.pods[id];
            let waits = pod.node.is_none() && !pod.terminating && !pod.ended;
            let open = &self.world.workloads[usize::from(pod.workload)].open;
            let asked = self.asked(pod.template).to_vec();
            let takes = |node: usize| {
                let NodeSeen { cordoned, lost } = self.nodes[node];
                !cordoned && !lost && open.get(node).is_none_or(|open| *open) && self.holds(node, &asked)
            };
            let fits = waits && (0..self.nodes.len()).any(takes);
            let since = pod.fits_since.unwrap_or(self.at);
            assert!(!fits || self.at.since(since) <= LONGEST_WAIT, "pod {id} has fitted since {since:?}: {pod:?}");
            self.pods[id].fits_since = fits.then_some(since);
        }
    }

    fn pod(&mut self, id: u32) -> &mut Pod {
        let pod = &mut self.pods[id as usize];
        assert!(!pod.ended, "pod {id} has ended");
        pod
    }

    fn bind(&mut self, id: u32, node: usize) {
        let asked = self.asked(self.pods[id as usize].template).to_vec();
        assert!(self.holds(node, &asked), "node {node} is too full for pod {id}: {:?}", self.taken(node));
        let pod = self.pod(id);
        assert!(pod.node.is_none() && !pod.terminating);
        pod.node = Some(node);
        let w = usize::from(pod.workload);
        assert!(self.world.workloads[w].open.get(node).is_none_or(|open| *open), "node {node} is closed to it");
    }

    /// Only evictions delete pods of a workload that does not move, where no node is lost. Those of pods that are Ready leave what its
    /// budget asks for.
    fn check_budget(&mut self, id: u32, was_ready: bool) {
        let w = self.pods[id as usize].workload;
        let own = &self.world.workloads[usize::from(w)];
        let evicted = was_ready && !own.moves() && self.world.shared.cluster.loss.is_none();
        let Some(budget) = own.budget.filter(|_| evicted) else { return };
        self.evictions += 1;
        let healthy = self.pods.iter().filter(|pod| pod.workload == w && pod.ready && !pod.terminating).count();
        let least = budget.desired_healthy(own.deployment.replicas as u32);
        assert!(healthy as u32 >= least, "{healthy} healthy pods of {least} after the eviction of {id}");
    }

    fn follow_pod(&mut self, fact: Fact) {
        match fact {
            Fact::PodCreated { pod, workload, template, .. } => {
                assert_eq!(pod as usize, self.pods.len(), "pods are numbered in order of creation");
                assert_eq!(self.world.workload_of(template), workload);
                self.pods.push(Pod { workload, template, ..Pod::default() });
                self.check_quotas();
            }
            Fact::PodScheduled { pod, node } => self.bind(pod, node as usize),
            Fact::PodReady(pod) => {
                let pod = self.pod(pod);
                assert!(!pod.ready && !pod.terminating && pod.node.is_some());
                pod.ready = true;
            }
            Fact::PodAvailable(pod) => {
                let pod = self.pod(pod);
                assert!(pod.ready && !pod.available && !pod.terminating);
                pod.available = true;
            }
            Fact::PodNotReady { pod, was_available } => {
                let pod = self.pod(pod);
                assert!(pod.ready && pod.available == was_available);
                (pod.ready, pod.available) = (false, false);
            }
            Fact::PodUnavailable(pod) => assert!(std::mem::take(&mut self.pod(pod).available)),
            Fact::PodTerminating { pod: id, was } => {
                let pod = self.pod(id);
                assert!(!pod.terminating && (was.ready, was.available) == (pod.ready, pod.available));
                *pod = Pod { ready: false, available: false, terminating: true, ..*pod };
                self.check_budget(id, was.ready);
            }
            Fact::PodGone(pod) => {
                let pod = &mut self.pods[pod as usize];
                assert!(pod.terminating);
                pod.ended = true;
            }
            Fact::PodFailed { pod, .. } => {
                let pod = self.pod(pod);
                *pod = Pod { ready: false, available: false, terminating: true, ended: true, ..*pod };
            }
            _ => {}
        }
    }
}

impl WorldObserver for Rules<'_> {
    fn of_workload(&mut self, _: SimTime, workload: WorkloadId, fact: Fact) {
        if let Fact::PodCreated { pod, .. } = fact {
            let own = &mut self.own[usize::from(workload)];
            assert_eq!(pod, *own, "each workload has numbers of its own");
            *own += 1;
        }
    }

    fn of_world(&mut self, at: SimTime, fact: Fact) {
        assert!(self.at <= at, "time runs backwards at {fact:?}");
        if self.at < at {
            self.check_waiting();
            self.at = at;
        }
        match fact {
            Fact::NodeCordoned(node) => self.nodes[node as usize].cordoned = true,
            Fact::NodeUncordoned(node) => self.nodes[node as usize].cordoned = false,
            Fact::NodeLost(node) => self.nodes[node as usize].lost = true,
            Fact::NodeBack(node) => self.nodes[node as usize].lost = false,
            Fact::QuotaRefused { pods, .. } => self.refused += pods,
            fact => self.follow_pod(fact),
        }
    }
}

fn checked(world: &World, replication: u32) -> (WorldSpan, u32, u32) {
    let mut rules = Rules::new(world);
    let span = Simulator::new(7).run_world(&AtomicBool::new(false), world, replication, &mut rules);
    (span.expect("nobody stops it"), rules.refused, rules.evictions)
}

/// Puts the pods that a run finds on the first nodes that have room, and takes replicas away where none has.
fn find_places(world: &mut World) {
    let width = world.room.resources.len();
    let mut free = world.room.free.clone();
    for workload in &mut world.workloads {
        let asked = world.room.asked_by(workload.old);
        let mut places = Vec::new();
        for _ in 0..workload.found_replicas() {
            let open = |node: usize| workload.open.get(node).is_none_or(|open| *open);
            let holds = |node: usize| (0..width).all(|of| asked[of] <= free[node * width + of]);
            let Some(node) = (0..free.len() / width).find(|&node| open(node) && holds(node)) else { break };
            (0..width).for_each(|of| free[node * width + of] -= asked[of]);
            places.push(node as u32);
        }
        let found = places.len() as i32;
        match &mut workload.change {
            Change::Scale { from } => *from = found,
            Change::Rollout | Change::Nothing => workload.deployment.replicas = found,
            _ => {}
        }
        workload.found_on = places;
    }
}

/// One workload of a random world.
#[derive(Clone, Debug)]
struct Drawn {
    replicas: i32,
    strategy: Rollout,
    change: Change,
    budget: bool,
    /// What its pods ask for of each resource.
    asked: [u64; 4],
    /// The node that is closed to it.
    closed: Option<usize>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let strategy = prop_oneof![
        4 => (0..3_i32, 0..3_i32).prop_map(|(surge, down)| ROLLING(if surge + down == 0 { 1 } else { surge }, down)),
        1 => Just(Rollout::Recreate),
    ];
    let change = prop_oneof![
        3 => Just(Change::Rollout),
        1 => (0..4_i32).prop_map(|from| Change::Scale { from }),
        2 => Just(Change::Nothing),
    ];
    let asked = (50_u64..300, 1_u64..4, 0_u64..2).prop_map(|(cpu, memory, gpu)| [cpu, memory, 1, gpu]);
    (1..5_i32, strategy, change, any::<bool>(), asked, proptest::option::weighted(0.3, 0_usize..3)).prop_map(
        |(replicas, strategy, change, budget, asked, closed)| Drawn {
            replicas,
            strategy,
            change,
            budget,
            asked,
            closed,
        },
    )
}

/// What befalls nodes.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    None,
    Upgrade,
    Loss,
}

fn random_world() -> impl Strategy<Value = World> {
    let nodes = proptest::collection::vec((300_u64..900, 4_u64..12, 3_u64..9, 0_u64..4), 3..5);
    let trouble = prop_oneof![Just(Trouble::None), Just(Trouble::Upgrade), Just(Trouble::Loss)];
    let order = prop_oneof![2 => Just(Order::Together), 1 => Just(Order::AtOnce(1))];
    let rest = (trouble, order, proptest::option::of(0_u64..4), any::<bool>(), any::<bool>());
    (proptest::collection::vec(drawn(), 2..5), nodes, rest)
        .prop_map(|(drawn, nodes, (trouble, order, quota, limited, crashing))| {
            let mut world = World::new(shared(&drawn, nodes.len(), trouble), Vec::new(), room(&drawn, &nodes));
            world.workloads =
                drawn.iter().enumerate().map(|(number, one)| workload(number, one, nodes.len())).collect();
            world.release.order = order;
            world.release.on_stall = OnStall::Continue;
            if limited {
                world.shared.control_plane.controller_qps = Throttle { qps: 20.0, burst: 30 };
                world.shared.control_plane.scheduler_qps = Throttle { qps: 5.0, burst: 5 };
                world.shared.control_plane.scheduling = exponential(0.02);
            }
            if crashing && !matches!(trouble, Trouble::Upgrade) {
                world.shared.pods.iter_mut().for_each(|model| (model.crash, model.never_ready) = (0.1, 0.05));
            }
            find_places(&mut world);
            if let Some(more) = quota {
                let found: u64 = (0..).zip(&world.workloads).map(|(w, _)| u64::from(world.found(w))).sum();
                world.quotas.push(quota_of_pods(found + more, world.shared.pods.len()));
            }
            world
        })
        // One that has no pod at all has nothing to say.
        .prop_filter("pods", |world| world.workloads.iter().any(|workload| workload.deployment.replicas > 0))
}

fn quota_of_pods(hard: u64, templates: usize) -> Quota {
    Quota {
        name: "shop/all".to_owned(),
        resources: vec!["pods".to_owned()],
        hard: vec![hard],
        charged: vec![vec![1]; templates],
    }
}

fn shared(drawn: &[Drawn], nodes: usize, trouble: Trouble) -> Scenario {
    let mut shared = vast(1);
    let mut model = pods(exponential(3.0), exponential(4.0));
    model.warm_up = exponential(5.0);
    model.crash_after = exponential(9.0);
    shared.pods = vec![model; 2 * drawn.len()];
    shared.cluster = Cluster::of(vec![Node { zone: 0, slots: 0, base_load: 0.0, pod_load: 0.0 }; nodes]);
    match trouble {
        Trouble::None => {}
        Trouble::Upgrade => {
            let start = SimDuration::from_secs(2);
            shared.cluster.upgrade = Some(Upgrade { start, at_once: 1, takes: exponential(20.0) });
        }
        Trouble::Loss => {
            shared.cluster.loss = Some(NodeLoss {
                time_to_loss: exponential(120.0),
                time_to_zone_loss: None,
                notice: None,
                detection: seconds(20.0),
                toleration: SimDuration::from_secs(10),
                recovery: Some(exponential(60.0)),
            });
        }
    }
    (shared.control_plane.deployment_workers, shared.control_plane.replica_set_workers) = (2, 2);
    shared.horizon = SimDuration::from_secs(300);
    shared
}

fn room(drawn: &[Drawn], nodes: &[(u64, u64, u64, u64)]) -> Room {
    let mut room = Room::alike(0, [0; 3], &[]);
    room.resources.push("example.com/gpu".to_owned());
    for (cpu, memory, pods, gpus) in nodes {
        room.free.extend([cpu, memory, pods, gpus]);
        room.allocatable.push([*cpu, *memory]);
        room.taken.push([0; 2]);
    }
    for one in drawn {
        room.asked.extend(one.asked.repeat(2));
        room.scored.extend([[one.asked[0], one.asked[1]]; 2]);
    }
    room
}

fn workload(number: usize, one: &Drawn, nodes: usize) -> Workload {
    let old = 2 * number as u16;
    let spec = DeploymentSpec {
        replicas: one.replicas,
        strategy: one.strategy,
        progress_deadline_seconds: Some(60),
        template: old + 1,
        ..vast(1).deployment
    };
    let mut workload = Workload::new(&format!("shop/w{number}"), number as u64 + 1, spec, old);
    workload.change = one.change;
    workload.budget = one.budget.then_some(Budget::max_unavailable(IntOrPercent::Int(1)));
    workload.open = one.closed.map_or_else(Vec::new, |closed| (0..nodes).map(|node| node != closed).collect());
    workload
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rules_hold_at_every_instant_in_every_world(world in random_world()) {
        for replication in 0..3 {
            checked(&world, replication);
        }
    }
}

/// The worlds above are worth something only if what they are about happens in them.
#[test]
fn quotas_refuse_and_budgets_are_asked_in_random_worlds() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut refused, mut evictions, mut unfinished) = (0, 0, 0);
    for _ in 0..100 {
        let world = random_world().new_tree(&mut runner).expect("a world").current();
        let (span, more_refused, more_evictions) = checked(&world, 0);
        refused += more_refused;
        evictions += more_evictions;
        unfinished += u32::from(span.end.is_none());
    }
    assert!(refused > 50 && evictions > 10 && (5..95).contains(&unfinished), "{refused} {evictions} {unfinished}");
}

/// Two small Deployments on two small nodes, in every strategy: where each may always go below what it wants, both get done.
#[test]
fn two_small_deployments_on_two_small_nodes_in_every_way() {
    let strategies = [ROLLING(1, 0), ROLLING(0, 1), ROLLING(1, 1), Rollout::Recreate];
    let (mut worlds, mut complete) = (0, 0);
    for (replicas, slots, latency) in all_of([1, 2], [1, 2], [0.0, 0.02]) {
        for (other, first, second) in all_of([1, 2], strategies, strategies) {
            if replicas + other > 2 * slots {
                continue;
            }
            let one = |replicas, strategy| Drawn {
                replicas,
                strategy,
                change: Change::Rollout,
                budget: false,
                asked: [1, 1, 1, 0],
                closed: None,
            };
            let drawn = [one(replicas, first), one(other, second)];
            let nodes = [(1000, 1000, slots as u64, 0); 2];
            let mut world = World::new(shared(&drawn, 2, Trouble::None), Vec::new(), room(&drawn, &nodes));
            world.workloads = drawn.iter().enumerate().map(|(number, one)| workload(number, one, 2)).collect();
            world.release.on_stall = OnStall::Continue;
            let constant = seconds(latency);
            (world.shared.control_plane.api_latency, world.shared.control_plane.watch_latency) =
                (constant.clone(), constant);
            find_places(&mut world);
            for replication in 0..2 {
                let (span, ..) = checked(&world, replication);
                let case = format!("{replicas} {first:?}, {other} {second:?}, {slots} slots, latency {latency}");
                let never_waits = |strategy: Rollout| strategy != ROLLING(1, 0);
                let has_room = replicas + other < 2 * slots;
                assert!(span.end.is_some() || !(has_room || never_waits(first) && never_waits(second)), "{case}");
                complete += u32::from(span.end.is_some());
                worlds += 1;
            }
        }
    }
    assert!(worlds > 300 && complete < worlds, "{complete} of {worlds} are complete");
}

/// Every choice of one of each.
fn all_of<A: Copy, B: Copy, C: Copy>(
    a: impl IntoIterator<Item = A>,
    b: impl IntoIterator<Item = B> + Clone,
    c: impl IntoIterator<Item = C> + Clone,
) -> Vec<(A, B, C)> {
    let pairs = a.into_iter().flat_map(|a| b.clone().into_iter().map(move |b| (a, b)));
    pairs.flat_map(|(a, b)| c.clone().into_iter().map(move |c| (a, b, c))).collect()
}
