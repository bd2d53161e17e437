//! DaemonSets: recordings of a real control plane, times that can be computed by hand, and invariants.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rollcast::k8s::daemon_set::DaemonSetSpec;
use rollcast::k8s::int_or_percent::IntOrPercent;
use rollcast::metrics::{Meter, Outcome, Record};
use rollcast::replay;
use rollcast::scenario::{Autoscaler, Membership, Room, Scenario, Upgrade, Workload, World};
use rollcast::sim::{Fact, NodeId, Observer, PodId, Simulator};
use rollcast::time::{SimDuration, SimTime};
use serde_json::{Value, json};

use crate::cli::{refuses, succeeds};
use crate::workloads::huge;
use crate::world::{ROLLING, exponential, pods, scenario, seconds};

fn recordings() -> Vec<(PathBuf, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/daemonset");
    let mut paths: Vec<PathBuf> =
        folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a file");
        let value = serde_json::from_str(&text).expect("JSON");
        (path, value)
    };
    paths.into_iter().map(read).collect()
}

fn difference(path: &Path, recording: &Value) -> Option<String> {
    let recording = replay::parse(path, &recording.to_string()).expect("a readable recording");
    let answer = replay::answer(&recording);
    assert_eq!(answer.unsupported, None, "{}", path.display());
    assert!(answer.matched.is_some(), "{}", path.display());
    answer.first_difference
}

fn named(name: &str) -> (PathBuf, Value) {
    let all = recordings();
    all.into_iter().find(|(_, recording)| recording["name"] == name).expect("a recording")
}

#[test]
fn every_recording_matches() {
    let all = recordings();
    assert_eq!(all.len(), 18);
    let differences: Vec<_> = all.iter().filter_map(|(path, recording)| difference(path, recording)).collect();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// A single move that is another one is found, where the moves are compared.
#[test]
fn another_move_differs() {
    for (path, recording) in recordings().iter().filter(|(_, recording)| recording["repeatable"] == json!(true)) {
        let moves = recording["expect"]["moves"].as_array().expect("moves").len();
        for changed in [0, moves / 2, moves - 1] {
            let mut other = recording.clone();
            other["expect"]["moves"][changed][3] = json!("v7");
            assert!(difference(path, &other).is_some(), "{} {changed}", path.display());
            let mut later = recording.clone();
            later["expect"]["moves"][changed][0] = json!(99.0);
            assert!(difference(path, &later).is_some(), "{} {changed}", path.display());
        }
    }
}

/// Each of these fields decides in a recording: with another value it differs.
#[test]
fn what_is_written_decides() {
    let rolling = "/daemonset/updateStrategy/rollingUpdate";
    let changes: [(&str, String, Value); 6] = [
        ("d-ondelete", "/daemonset/updateStrategy/type".into(), json!("RollingUpdate")),
        ("d-mu10pct-r8", format!("{rolling}/maxUnavailable"), json!("20%")),
        ("d-surge40pct-r4", format!("{rolling}/maxSurge"), json!("25%")),
        ("d-mu1-minready4", "/daemonset/minReadySeconds".into(), json!(0)),
        ("d-surge1-full-node", "/cluster/node_cpu".into(), json!("2")),
        ("d-mu1-node-tainted-noexecute", "/actions/2/effect".into(), json!("NoSchedule")),
    ];
    for (name, place, value) in changes {
        let (path, mut recording) = named(name);
        *recording.pointer_mut(&place).expect("a field") = value;
        assert!(difference(&path, &recording).is_some(), "{name}");
    }
}

/// With which of its nodes an update begins is chance that the replay takes from the recording: it decides which of those that are
/// then made unready have been updated.
#[test]
fn the_order_of_nodes_is_taken_from_the_recording() {
    let (path, recording) = named("d-mu1-flap-new");
    let mut without = recording.clone();
    let unknown = json!([[0.0, "create", 9, "v1"]]);
    without["expect"]["moves"] = unknown;
    let replayed = |recording: &Value| {
        let recording = replay::parse(&path, &recording.to_string()).expect("a readable recording");
        replay::run(&recording).expect("what is modelled").moves
    };
    let turns = |moves: &[replay::Move]| moves.iter().map(|one| (one.created, one.ordinal)).collect::<Vec<_>>();
    assert_ne!(turns(&replayed(&recording)), turns(&replayed(&without)));
}

/// A node that comes late gets a pod of the newest template, and one whose object goes has none that counts.
#[test]
fn nodes_come_and_go_in_a_recording() {
    let (path, mut recording) = named("d-surge1-r4");
    recording.as_object_mut().expect("an object").remove("expect");
    let actions = recording["actions"].as_array_mut().expect("a list");
    actions.push(json!({"at": 7.5, "do": "node-add", "node": 4}));
    actions.push(json!({"at": 21.0, "do": "node-remove", "node": 0}));
    recording["ended_at"] = json!(90.0);
    let recording = replay::parse(&path, &recording.to_string()).expect("a readable recording");
    let observed = replay::run(&recording).expect("what is modelled");
    let late: Vec<_> = observed.moves.iter().filter(|one| one.ordinal == 4).collect();
    assert_eq!(late.iter().map(|one| (one.created, one.template.as_str())).collect::<Vec<_>>(), [(true, "v2")]);
    assert!((7.5..7.6).contains(&late[0].at), "{late:?}");
    let last = observed.moves.last().expect("moves");
    assert_eq!((last.created, last.ordinal, last.at), (false, 0, 80.0), "found by the look at 40 s, and 40 s later");
}

/// One pod of a DaemonSet on each node, which is replaced by a new one.
pub(crate) fn spec(max_surge: i32, max_unavailable: i32) -> DaemonSetSpec {
    DaemonSetSpec {
        on_delete: false,
        max_surge: IntOrPercent::Int(max_surge),
        max_unavailable: IntOrPercent::Int(max_unavailable),
        min_ready_seconds: 0,
        template: 1,
    }
}

/// A world without latency, limits or failures, in which this DaemonSet rolls alone on so many nodes.
pub(crate) fn alone(
    spec: DaemonSetSpec,
    nodes: usize,
    change: impl FnOnce(&mut Scenario, &mut Workload, &mut Room),
) -> Scenario {
    let mut shared = scenario(nodes as i32, ROLLING(0, 1));
    let node = shared.cluster.nodes[0];
    shared.cluster.nodes = vec![node; nodes].into();
    let mut workload = Workload::of_daemon_set("ops/agent", 0, spec, 0, vec![true; nodes], nodes);
    let mut room = huge(nodes, &vec![[100, 1]; shared.pods.len()]);
    change(&mut shared, &mut workload, &mut room);
    shared.deployment = workload.deployment;
    let mut member = shared.clone();
    let world = Arc::new(World::new(shared, vec![workload], room));
    member.world = Some(Membership { world, workload: 0 });
    member
}

fn nothing(_: &mut Scenario, _: &mut Workload, _: &mut Room) {}

fn record_of(scenario: &Scenario, replication: u32) -> Record {
    let mut meter = Meter::default();
    meter.begin(scenario);
    let span = Simulator::new(7).run(scenario, replication, &mut meter);
    meter.finish(scenario, span)
}

/// Old pods end in 2 s and new ones start in 10 s.
#[test]
fn durations_by_hand() {
    let duration = |spec: DaemonSetSpec, nodes: usize| {
        let record = record_of(&alone(spec, nodes, nothing), 0);
        assert_eq!(record.outcome, Outcome::Completed, "{spec:?}");
        record.duration.as_secs_f64()
    };
    // n nodes, k at a time: each waits until the old pod is gone.
    for nodes in [1_usize, 2, 5, 7] {
        for at_once in [1, 2, 3, 7] {
            let waves = nodes.div_ceil(at_once as usize) as f64;
            assert_eq!(duration(spec(0, at_once), nodes), waves * 12.0, "{nodes} nodes, maxUnavailable {at_once}");
            // Old pods end while the next ones start; only the last ones are waited for.
            assert_eq!(duration(spec(at_once, 0), nodes), waves * 10.0 + 2.0, "{nodes} nodes, maxSurge {at_once}");
        }
    }
    let percent = |percent| DaemonSetSpec { max_unavailable: IntOrPercent::Percent(percent), ..spec(0, 1) };
    assert_eq!(duration(percent(10), 15), 8.0 * 12.0, "a tenth of 15 nodes is rounded up to two");
    assert_eq!(duration(percent(1), 5), 5.0 * 12.0, "and a hundredth of 5 nodes to one");
}

/// A pod is Ready at a fraction of a second and available on the whole second that is `minReadySeconds` after the one before; of pods
/// of one wave the controller may notice that late, by the time between them at most.
#[test]
fn min_ready_seconds_of_all_pods() {
    let set = DaemonSetSpec { min_ready_seconds: 20, ..spec(0, 1) };
    for replication in 0..5 {
        let record = record_of(&alone(set, 3, nothing), replication);
        let duration = record.duration.as_secs_f64();
        assert!(duration > 3.0 * 32.0 - 3.0 && duration <= 3.0 * 32.0, "{duration}");
        assert_eq!((record.outcome, record.min_available), (Outcome::Completed, 2));
    }
}

/// A version that never becomes Ready stops at the first nodes, and no deadline ends that. Undoing it mends it at once: a pod that is
/// not available is replaced whatever the limit.
#[test]
fn a_broken_version_stops_at_the_first_nodes() {
    let broken = |shared: &mut Scenario, _: &mut Workload, _: &mut Room| {
        shared.pods[1].never_ready = 1.0;
        shared.horizon = SimDuration::from_secs(3600);
    };
    for at_once in [1, 2] {
        let record = record_of(&alone(spec(0, at_once), 5, broken), 0);
        assert_eq!(
            (record.outcome, record.min_available, record.stall),
            (Outcome::Unfinished, 5 - at_once as u32, None)
        );
        assert_eq!(record.pods_created, at_once as u32);
        let surging = record_of(&alone(spec(at_once, 0), 5, broken), 0);
        assert_eq!((surging.outcome, surging.min_available), (Outcome::Unfinished, 5));
        let undone = |shared: &mut Scenario, workload: &mut Workload, room: &mut Room| {
            broken(shared, workload, room);
            workload.rollback.after = Some(SimDuration::from_secs(300));
        };
        let record = record_of(&alone(spec(0, at_once), 5, undone), 0);
        assert_eq!((record.outcome, record.duration.as_secs_f64()), (Outcome::RolledBack, 300.0 + 12.0));
    }
}

/// What happened on the nodes of a DaemonSet. Pods that are there: the node of each, its template, whether it has a deletion timestamp, and whether it is ready.
#[derive(Default)]
pub(crate) struct Nodes {
    pub(crate) pods: BTreeMap<PodId, (NodeId, u16, bool, bool)>,
    /// Most pods without a deletion timestamp on one node, and most nodes at once whose ready pod the controller has taken away.
    pub(crate) most_on_node: usize,
    pub(crate) most_taken: usize,
    begun: bool,
    old: Vec<NodeId>,
}

impl Observer for Nodes {
    const DETAIL: bool = true;
    const MANY: bool = true;

    fn fact(&mut self, _: SimTime, fact: Fact) {
        match fact {
            Fact::PodFound { pod, node } => {
                self.pods.insert(pod, (node, 0, false, true));
                self.old.push(node);
            }
            Fact::PodCreated { pod, template, ordinal, .. } => {
                let node = ordinal.expect("a pod of a DaemonSet");
                self.pods.insert(pod, (node, template, false, false));
            }
            Fact::PodScheduled { pod, node } => assert_eq!(self.pods[&pod].0, node, "it is bound where it belongs"),
            Fact::PodReady(pod) => self.pods.get_mut(&pod).expect("a pod").3 = true,
            Fact::PodNotReady { pod, .. } => self.pods.get_mut(&pod).expect("a pod").3 = false,
            Fact::PodTerminating { pod, .. } | Fact::PodFailed { pod, .. } => {
                let pod = self.pods.get_mut(&pod).expect("a pod");
                (pod.2, pod.3) = (true, false);
            }
            Fact::PodGone(pod) | Fact::FailedPodDeleted(pod) => drop(self.pods.remove(&pod)),
            Fact::Begun(_) => self.begun = true,
            _ => {}
        }
        if self.begun {
            let on = |node: NodeId| self.pods.values().filter(move |pod| pod.0 == node);
            let staying = self.old.iter().map(|&node| on(node).filter(|pod| !pod.2).count()).max().unwrap_or(0);
            let taken = self.old.iter().filter(|&&node| on(node).all(|pod| !pod.3)).count();
            self.most_on_node = self.most_on_node.max(staying);
            self.most_taken = self.most_taken.max(taken);
        }
    }
}

/// Whatever the latencies: a node has one pod, or two where nodes may have two; no more nodes than allowed are without a ready pod by
/// the controller's own doing; and in the end each node has one pod of the new version.
#[test]
fn no_more_nodes_than_allowed_are_without_a_pod() {
    for replication in 0..15 {
        for (surge, unavailable, nodes) in [(0, 1, 1), (0, 1, 4), (0, 2, 5), (0, 3, 3), (1, 0, 1), (1, 0, 4), (3, 0, 5)]
        {
            let slow = |shared: &mut Scenario, _: &mut Workload, _: &mut Room| {
                shared.pods = vec![pods(exponential(4.0), exponential(3.0)); 2];
                shared.control_plane.api_latency = exponential(0.5);
                shared.control_plane.watch_latency = exponential(0.5);
                shared.horizon = SimDuration::from_secs(3600);
            };
            let scenario = alone(spec(surge, unavailable), nodes, slow);
            let mut seen = Nodes::default();
            let span = Simulator::new(3).run(&scenario, replication, &mut seen);
            let case =
                format!("maxSurge {surge}, maxUnavailable {unavailable}, {nodes} nodes, replication {replication}");
            assert!(span.end.is_some(), "{case}");
            assert!(seen.most_taken <= unavailable as usize, "{case}: {}", seen.most_taken);
            assert!(seen.most_on_node <= 1 + usize::from(surge > 0), "{case}: {}", seen.most_on_node);
            let ends: Vec<_> = seen.pods.values().filter(|pod| !pod.2).map(|pod| (pod.0, pod.1, pod.3)).collect();
            let mut expected: Vec<_> = (0..nodes as NodeId).map(|node| (node, 1, true)).collect();
            let mut ends = ends;
            ends.sort_unstable();
            expected.sort_unstable();
            assert_eq!(ends, expected, "{case}");
        }
    }
}

/// Which nodes come first is drawn.
#[test]
fn the_order_of_nodes_is_drawn() {
    struct First(Option<NodeId>);
    impl Observer for First {
        const DETAIL: bool = false;
        const MANY: bool = true;
        fn fact(&mut self, _: SimTime, fact: Fact) {
            if let Fact::PodCreated { ordinal, .. } = fact {
                self.0 = self.0.or(ordinal);
            }
        }
    }
    let scenario = alone(spec(0, 1), 4, nothing);
    let mut firsts = [0_u32; 4];
    for replication in 0..400 {
        let mut first = First(None);
        Simulator::new(7).run(&scenario, replication, &mut first);
        firsts[first.0.expect("a new pod") as usize] += 1;
    }
    // 100 each, give or take four standard deviations.
    assert!(firsts.iter().all(|&count| (65..=135).contains(&count)), "{firsts:?}");
}

/// A node that is lost takes the place of maxUnavailable: its pod is deleted and never gone, and no other node is updated. With room
/// for one more, or with pods that come beside the old ones, the update goes on around it.
#[test]
fn a_dead_node_stops_an_update() {
    let at_start = |shared: &mut Scenario, _: &mut Workload, _: &mut Room| {
        // Each node is lost once in 3,000 s in the mean, and never comes back.
        let mut loss = crate::failures::loss();
        loss.time_to_loss = exponential(3_000.0);
        shared.cluster.loss = Some(loss);
        shared.horizon = SimDuration::from_secs(3600);
    };
    let ended = |spec: DaemonSetSpec| {
        let records: Vec<_> = (0..20).map(|replication| record_of(&alone(spec, 20, at_start), replication)).collect();
        records.iter().filter(|record| record.outcome == Outcome::Completed).count()
    };
    let (one, surge) = (ended(spec(0, 1)), ended(spec(1, 0)));
    assert!(one < 10, "{one} of 20 updates ended with maxUnavailable 1");
    assert_eq!(surge, 20);
}

/// A pod that waits for its own full node would not be helped by another one: the cluster autoscaler adds none.
#[test]
fn a_daemon_set_asks_for_no_node() {
    let full = |shared: &mut Scenario, workload: &mut Workload, room: &mut Room| {
        let node = shared.cluster.nodes[0];
        shared.cluster.nodes.push(node);
        shared.cluster.autoscaler = Some(Autoscaler {
            nodes: 1,
            scan_interval: SimDuration::from_secs(10),
            provisioning: seconds(30.0),
            scale_down: None,
        });
        shared.horizon = SimDuration::from_secs(600);
        *workload = Workload::of_daemon_set("ops/agent", 0, spec(1, 0), 0, vec![true; 5], 4);
        *room = Room::alike(5, [150, 1 << 30, 110], &[[100, 1]; 2]);
    };
    let record = record_of(&alone(spec(1, 0), 4, full), 0);
    assert_eq!((record.outcome, record.desired, record.nodes_added), (Outcome::Unfinished, 4, 0));
    assert!(record.longest_pending.as_secs_f64() > 500.0);
}

/// Nodes that are drained and replaced keep no pod, and the new machine gets the new version without a turn of the update.
#[test]
fn replaced_nodes_get_the_new_version() {
    let replaced = |shared: &mut Scenario, _: &mut Workload, _: &mut Room| {
        let start = SimDuration::from_secs(1);
        shared.cluster.upgrade = Some(Upgrade { start, at_once: 1, takes: seconds(60.0) });
        shared.horizon = SimDuration::from_secs(3600);
    };
    let record = record_of(&alone(DaemonSetSpec { on_delete: true, ..spec(0, 1) }, 3, replaced), 0);
    // `kubectl rollout status` of OnDelete never says that it is done.
    assert_eq!((record.outcome, record.pods_created), (Outcome::Unfinished, 3));
    let record = record_of(&alone(spec(0, 1), 3, replaced), 0);
    assert_eq!(record.outcome, Outcome::Completed);
}

/// Where a node has room for one pod, maxSurge can replace none, and nothing says so but the pod that waits.
#[test]
fn full_nodes_let_no_second_pod_in() {
    let full = |shared: &mut Scenario, _: &mut Workload, room: &mut Room| {
        *room = Room::alike(3, [150, 1 << 30, 110], &[[100, 1]; 2]);
        shared.horizon = SimDuration::from_secs(3600);
    };
    let record = record_of(&alone(spec(1, 0), 3, full), 0);
    assert_eq!((record.outcome, record.min_available, record.pods_created), (Outcome::Unfinished, 3, 1));
    assert!(record.longest_pending.as_secs_f64() > 3_500.0);
    assert_eq!(record_of(&alone(spec(0, 1), 3, full), 0).outcome, Outcome::Completed);
}

/// A pod that fails is deleted and created again, each time later, and the update goes on with the next node when one stays.
#[test]
fn failed_pods_are_replaced_after_a_while() {
    let failing = |shared: &mut Scenario, _: &mut Workload, _: &mut Room| {
        shared.pods[1].evicted = 0.5;
        shared.pods[1].evicted_after = seconds(3.0);
        shared.control_plane.api_latency = seconds(0.01);
        shared.control_plane.watch_latency = seconds(0.02);
        shared.horizon = SimDuration::from_secs(3600);
    };
    let mut failed = 0;
    for replication in 0..20 {
        let record = record_of(&alone(spec(0, 1), 3, failing), replication);
        assert_eq!(record.outcome, Outcome::Completed);
        failed += record.pods_failed;
    }
    assert!(failed > 10, "{failed}");
}

const AGENT: &str = "experiments/manifests/agent.yaml";

/// The whole way from a manifest to a result, which can be made again from what it has copied.
#[test]
fn a_manifest_with_a_daemon_set_runs_and_is_verified() {
    let text = succeeds(&["run", AGENT, "--replications", "20", "--set", "cluster.nodes=6"]);
    for part in ["agent, 6 replicas", "maxSurge 0, maxUnavailable 1", "has no progress deadline", "6 of 6"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("out").display().to_string();
    let sweep = "sweep={maxUnavailable: [1, 50%], minReadySeconds: [0, 20]}";
    let nodes = "cluster.nodes=4";
    succeeds(&["sweep", AGENT, "--replications", "10", "--quiet", "--set", nodes, "--set", sweep, "--out", &out]);
    let summary = std::fs::read_to_string(format!("{out}/summary.csv")).expect("a table");
    assert_eq!(summary.lines().count(), 5, "{summary}");
    succeeds(&["verify", &out]);
}

/// What has no meaning for a DaemonSet, or is not there yet, is refused with what to do.
#[test]
fn what_a_daemon_set_does_not_have_is_refused() {
    let set = |value: &'static str| ["run", AGENT, "--replications", "5", "--set", "cluster.nodes=3", "--set", value];
    for (value, words) in [
        ("replicas=3", &["unknown key `replicas`"][..]),
        ("maxSurge=1", &["maxUnavailable 1, which is 1 where it is not written", "write maxUnavailable: 0"]),
        ("maxUnavailable=0", &["must not be 0 where maxSurge is 0"]),
        ("maxUnavailable=101%", &["must not be more than 100%"]),
        ("updateStrategy=OnDelete", &["OnDelete", "write updateStrategy: RollingUpdate"]),
        ("deployment=x.yaml", &["either `deployment` or `statefulSet` or `daemonSet`"]),
    ] {
        refuses(&set(value), words);
    }
    refuses(&["run", AGENT], &["a pod on each node", "cluster.nodes"]);
}

/// A DaemonSet among others is named by its kind.
#[test]
fn a_daemon_set_rolls_among_others() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("mix.yaml");
    let folder = crate::cli::root().join("experiments/manifests").display().to_string();
    let mix = format!(
        "workloads:\n- deployment: {folder}/checkout.yaml\n- daemonSet: {folder}/agent.yaml\ncluster: {{nodes: 8, allocatable: {{cpu: 8, \
         memory: 32Gi}}}}\nreplications: 10\n"
    );
    std::fs::write(&path, mix).expect("room on the disk");
    let out = place.path().join("out").display().to_string();
    succeeds(&["sweep", &path.display().to_string(), "--quiet", "--out", &out]);
    let table = std::fs::read_to_string(format!("{out}/replications.csv")).expect("a table");
    for name in ["shop/checkout", "ops/agent"] {
        assert_eq!(table.lines().filter(|line| line.contains(name)).count(), 10, "{name}");
    }
    succeeds(&["verify", &out]);
}

/// Nodes that the template does not choose, or whose taints it does not tolerate, have no pod; a cordoned one has.
#[test]
fn eligible_nodes_are_those_of_labels_and_taints() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("nodes.yaml");
    let node = |name: &str, rest: &str| {
        format!(
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{kubernetes.io/os: linux}}}}\nspec: {{{rest}}}\nstatus: \
             {{allocatable: {{cpu: '4', memory: 16Gi, pods: '110'}}}}\n"
        )
    };
    let taint = "taints: [{key: gpu, effect: NoSchedule}]";
    let nodes = [node("a", ""), node("b", "unschedulable: true"), node("c", taint), node("d", "")].concat();
    std::fs::write(&path, nodes).expect("room on the disk");
    let text = succeeds(&["run", AGENT, &path.display().to_string(), "--replications", "5"]);
    assert!(text.contains("agent, 3 replicas"), "{text}");
    assert!(text.contains("3 of 4"), "{text}");
}

/// Pods on the host's network tolerate a node without a network, as those do that set it up; others wait for it.
#[test]
fn pods_on_the_host_network_need_no_network() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("nodes.yaml");
    let node = |name: &str, spec: &str| {
        format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\nstatus: {{allocatable: {{cpu: \"4\", memory: 16Gi, \
             pods: \"110\"}}}}\n---\n"
        )
    };
    let taint = "taints: [{key: node.kubernetes.io/network-unavailable, effect: NoSchedule}]";
    std::fs::write(&path, [node("a", ""), node("b", taint)].concat()).expect("room on the disk");
    let plain = std::fs::read_to_string(crate::cli::root().join(AGENT)).expect("a manifest");
    let hosted = folder.path().join("agent.yaml");
    std::fs::write(&hosted, plain.replace("    spec:\n", "    spec:\n      hostNetwork: true\n"))
        .expect("room on the disk");
    let nodes = |file: &str| succeeds(&["run", file, &path.display().to_string(), "--replications", "5"]);
    assert!(nodes(AGENT).contains("agent, 1 replica"));
    assert!(nodes(&hosted.display().to_string()).contains("agent, 2 replicas"));
}
