//! StatefulSets: recordings of a real control plane, decision for decision, times that can be computed by hand, and invariants.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rollcast::k8s::int_or_percent::IntOrPercent;
use rollcast::k8s::stateful_set::{PodManagementPolicy, RollingUpdate, StatefulSetSpec, UpdateStrategy};
use rollcast::metrics::{Meter, Outcome, Record};
use rollcast::replay;
use rollcast::scenario::{Change, MeasuredEvent, Membership, Scenario, StatefulSet, Workload, WorkloadId, World};
use rollcast::sim::{Fact, Observer, PodId, Simulator};
use rollcast::time::{SimDuration, SimTime};
use serde_json::{Value, json};

use crate::cli::{refuses, rollcast, succeeds, text};
use crate::workloads::{huge, vast, world as world_of_deployments};
use crate::world::{ROLLING, exponential, pods, scenario, seconds};

fn recordings() -> Vec<(PathBuf, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/statefulset");
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

#[test]
fn every_recording_matches() {
    let all = recordings();
    assert_eq!(all.len(), 23);
    let differences: Vec<_> = all.iter().filter_map(|(path, recording)| difference(path, recording)).collect();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// A single move that is another one is found.
#[test]
fn another_move_differs() {
    for (path, recording) in recordings() {
        let moves = recording["expect"]["moves"].as_array().expect("moves").len();
        for changed in [0, moves / 2, moves - 1] {
            let mut other = recording.clone();
            other["expect"]["moves"][changed][2] = json!(97);
            assert!(difference(&path, &other).is_some(), "{} {changed}", path.display());
            let mut later = recording.clone();
            later["expect"]["moves"][changed][0] = json!(99.0);
            assert!(difference(&path, &later).is_some(), "{} {changed}", path.display());
        }
    }
}

/// The block, the policy, the gate and the partition decide in recordings: without them these differ.
#[test]
fn what_is_written_decides() {
    let block = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}});
    let changes: [(&str, &str, Value); 5] = [
        ("s-ordered-deleted-mid", "/statefulset/updateStrategy", block),
        ("s-parallel-stuck-fixforward", "/statefulset/podManagementPolicy", json!("OrderedReady")),
        ("s-gate-mu2-r6", "/feature_gates", json!("")),
        ("s-ordered-partition-pod-deleted", "/statefulset/updateStrategy/rollingUpdate/partition", json!(0)),
        ("s-ondelete", "/statefulset/updateStrategy/type", json!("RollingUpdate")),
    ];
    for (name, place, value) in changes {
        let all = recordings();
        let (path, recording) = all.iter().find(|(_, recording)| recording["name"] == name).expect("a recording");
        let mut other = recording.clone();
        *other.pointer_mut(place).expect("a field") = value;
        assert!(difference(path, &other).is_some(), "{name}");
    }
}

pub(crate) fn spec(replicas: i32) -> StatefulSetSpec {
    StatefulSetSpec {
        replicas,
        start_ordinal: 0,
        pod_management_policy: PodManagementPolicy::OrderedReady,
        update: UpdateStrategy::RollingUpdate(Some(RollingUpdate { partition: 0, max_unavailable: None })),
        min_ready_seconds: 0,
        template: 1,
    }
}

pub(crate) fn rolling(partition: i32, max_unavailable: i32) -> UpdateStrategy {
    let max_unavailable = Some(IntOrPercent::Int(max_unavailable));
    UpdateStrategy::RollingUpdate(Some(RollingUpdate { partition, max_unavailable }))
}

/// A world without latency, limits or failures, in which this StatefulSet rolls alone.
pub(crate) fn alone(set: StatefulSet, change: impl FnOnce(&mut Scenario, &mut Workload)) -> Scenario {
    let mut shared = scenario(set.spec.replicas, ROLLING(0, 1));
    shared.deployment = set.as_deployment();
    let mut workload = Workload::of_stateful_set("shop/db", 0, set, 0);
    change(&mut shared, &mut workload);
    let room = huge(shared.cluster.nodes.len(), &vec![[100, 1]; shared.pods.len()]);
    let mut member = shared.clone();
    if let Change::Scale { from } = workload.change {
        member.event = MeasuredEvent::Scale { from };
    }
    let world = Arc::new(World::new(shared, vec![workload], room));
    member.world = Some(Membership { world, workload: 0 });
    member
}

pub(crate) fn record_of(scenario: &Scenario, replication: u32) -> Record {
    let mut meter = Meter::default();
    meter.begin(scenario);
    let span = Simulator::new(7).run(scenario, replication, &mut meter);
    meter.finish(scenario, span)
}

fn duration(set: StatefulSet, change: impl FnOnce(&mut Scenario, &mut Workload)) -> f64 {
    let record = record_of(&alone(set, change), 0);
    assert_eq!(record.outcome, Outcome::Completed, "{set:?}");
    record.duration.as_secs_f64()
}

/// Old pods end in 2 s and new ones start in 10 s.
#[test]
fn durations_by_hand() {
    let set = |spec| StatefulSet::new(spec);
    let gated = |spec| {
        let mut set = StatefulSet::new(spec);
        set.max_unavailable_gate = true;
        set
    };
    let parallel = |spec| StatefulSetSpec { pod_management_policy: PodManagementPolicy::Parallel, ..spec };
    let scaled = |_: &mut Scenario, workload: &mut Workload| workload.change = Change::Scale { from: 1 };
    let down = |_: &mut Scenario, workload: &mut Workload| workload.change = Change::Scale { from: 6 };
    let none = |_: &mut Scenario, _: &mut Workload| {};
    // One pod after the other, each of which must be gone before its successor is created.
    assert_eq!(duration(set(spec(5)), none), 5.0 * 12.0);
    assert_eq!(duration(set(parallel(spec(5))), none), 5.0 * 12.0);
    assert_eq!(duration(set(StatefulSetSpec { update: rolling(3, 1), ..spec(5) }), none), 2.0 * 12.0);
    assert_eq!(duration(set(StatefulSetSpec { update: rolling(5, 1), ..spec(5) }), none), 0.0);
    // Without the feature gate maxUnavailable has no effect. With it two pods go at once, and in order come one by one.
    assert_eq!(duration(set(StatefulSetSpec { update: rolling(0, 2), ..spec(4) }), none), 4.0 * 12.0);
    assert_eq!(duration(gated(StatefulSetSpec { update: rolling(0, 2), ..spec(4) }), none), 2.0 * 22.0);
    assert_eq!(duration(gated(parallel(StatefulSetSpec { update: rolling(0, 2), ..spec(4) })), none), 2.0 * 12.0);
    // Pods are created one after the other, or all at once; they are deleted one after the other, or all at once.
    assert_eq!(duration(set(spec(4)), scaled), 3.0 * 10.0);
    assert_eq!(duration(set(parallel(spec(4))), scaled), 10.0);
    let ends = |set: StatefulSet| record_of(&alone(set, down), 0);
    assert_eq!(ends(set(spec(2))).outcome, Outcome::Completed);
}

/// A pod is Ready at a fraction of a second and available on the whole second that is `minReadySeconds` after the one before.
#[test]
fn min_ready_seconds_of_all_pods_but_the_last() {
    let set = StatefulSet::new(StatefulSetSpec { min_ready_seconds: 20, ..spec(3) });
    for replication in 0..5 {
        let record = record_of(&alone(set, |_, _| {}), replication);
        let seconds = record.duration.as_secs_f64();
        let most = 3.0 * 12.0 + 2.0 * 20.0;
        assert!(seconds > most - 2.0 && seconds <= most, "{seconds}");
    }
}

/// A version that never becomes Ready stops an OrderedReady set at its first pod, and no deadline ends that.
#[test]
fn a_broken_version_stops_at_the_highest_pod() {
    let broken = |shared: &mut Scenario, _: &mut Workload| {
        shared.pods[1].never_ready = 1.0;
        shared.horizon = SimDuration::from_secs(3600);
    };
    let record = record_of(&alone(StatefulSet::new(spec(5)), broken), 0);
    assert_eq!((record.outcome, record.min_available, record.stall), (Outcome::Unfinished, 4, None));
    assert_eq!(record.pods_created, 1);
    // `kubectl rollout undo` does not help: the controller waits for the broken pod.
    let undone = |shared: &mut Scenario, workload: &mut Workload| {
        broken(shared, workload);
        workload.rollback.after = Some(SimDuration::from_secs(300));
    };
    let ordered = record_of(&alone(StatefulSet::new(spec(5)), undone), 0);
    assert_eq!((ordered.outcome, ordered.min_available), (Outcome::Unfinished, 4));
    let parallel = StatefulSetSpec { pod_management_policy: PodManagementPolicy::Parallel, ..spec(5) };
    let parallel = record_of(&alone(StatefulSet::new(parallel), undone), 0);
    assert_eq!((parallel.outcome, parallel.duration.as_secs_f64()), (Outcome::RolledBack, 300.0 + 12.0));
}

/// Pods that are there: ordinals, and whether they are ready.
#[derive(Default)]
struct Names {
    pods: Vec<(PodId, u32, bool)>,
    begun: bool,
    /// The fewest that are ready, from the beginning on.
    least_ready: usize,
}

impl Observer for Names {
    const DETAIL: bool = true;
    const MANY: bool = true;

    fn fact(&mut self, _: SimTime, fact: Fact) {
        match fact {
            Fact::PodFound { pod, .. } => self.pods.push((pod, pod, true)),
            Fact::PodCreated { pod, ordinal, .. } => {
                let ordinal = ordinal.expect("a pod of a StatefulSet");
                assert!(self.pods.iter().all(|known| known.1 != ordinal), "two pods {ordinal}");
                self.pods.push((pod, ordinal, false));
            }
            Fact::PodReady(pod) => self.pods.iter_mut().filter(|known| known.0 == pod).for_each(|pod| pod.2 = true),
            Fact::PodTerminating { pod, .. } | Fact::PodNotReady { pod, .. } | Fact::PodFailed { pod, .. } => {
                self.pods.iter_mut().filter(|known| known.0 == pod).for_each(|pod| pod.2 = false);
            }
            Fact::PodGone(pod) | Fact::FailedPodDeleted(pod) => self.pods.retain(|known| known.0 != pod),
            Fact::Begun(_) => self.begun = true,
            _ => {}
        }
        if !self.begun {
            return;
        }
        self.least_ready = self.least_ready.min(self.pods.iter().filter(|pod| pod.2).count());
    }
}

/// Whatever the latencies, there is never a second pod of one name, an ordered set never loses a second pod by its own doing, and
/// what is wanted is there in the end.
#[test]
fn names_are_unique_and_ordered_sets_lose_one_pod_at_a_time() {
    for replication in 0..30 {
        for (policy, from) in [PodManagementPolicy::OrderedReady, PodManagementPolicy::Parallel]
            .into_iter()
            .flat_map(|policy| [None, Some(2), Some(6)].map(|from| (policy, from)))
        {
            let set = StatefulSet::new(StatefulSetSpec { pod_management_policy: policy, ..spec(4) });
            let slow = |shared: &mut Scenario, workload: &mut Workload| {
                shared.pods = vec![pods(exponential(4.0), exponential(3.0)); 2];
                shared.control_plane.api_latency = exponential(0.5);
                shared.control_plane.watch_latency = exponential(0.5);
                workload.change = from.map_or(Change::Rollout, |from| Change::Scale { from });
            };
            let mut names = Names { least_ready: usize::MAX, ..Names::default() };
            let scenario = alone(set, slow);
            let found = from.unwrap_or(4) as usize;
            let span = Simulator::new(3).run(&scenario, replication, &mut names);
            assert!(span.end.is_some(), "{policy:?} {from:?}");
            if policy == PodManagementPolicy::OrderedReady && from.is_none() {
                assert!(names.least_ready == found - 1, "{} {from:?}", names.least_ready);
            }
            if from != Some(6) {
                assert_eq!(names.pods.iter().filter(|pod| pod.2).count(), 4, "{policy:?} {from:?}");
            }
        }
    }
}

/// A pod that crashes for good is deleted and created again without end, and its name is free each time.
#[test]
fn failed_pods_are_replaced() {
    let failing = |shared: &mut Scenario, _: &mut Workload| {
        shared.pods[1].evicted = 0.5;
        shared.pods[1].evicted_after = seconds(3.0);
        shared.control_plane.api_latency = seconds(0.01);
        shared.control_plane.watch_latency = seconds(0.02);
    };
    let mut failed = 0;
    for replication in 0..20 {
        let scenario = alone(StatefulSet::new(spec(3)), failing);
        let record = record_of(&scenario, replication);
        assert_eq!(record.outcome, Outcome::Completed);
        failed += record.pods_failed;
        Simulator::new(7).run(&scenario, replication, &mut Names::default());
    }
    assert!(failed > 10, "{failed}");
}

/// A StatefulSet and a Deployment that share nothing that matters roll each as if it were alone.
#[test]
fn neighbours_change_nothing_where_nothing_is_shared() {
    let set = StatefulSet::new(StatefulSetSpec { template: 3, ..spec(5) });
    let build = |with_deployment: bool, with_set: bool| {
        let mut world = world_of_deployments(&[("a", 11, 7), ("b", 12, 5)], huge);
        let old = world.workloads[1].old;
        world.workloads[1] = Workload::of_stateful_set("b", 12, set, old);
        for (own, keep) in [with_deployment, with_set].into_iter().enumerate() {
            if !keep {
                world.workloads[own].change = Change::Nothing;
            }
        }
        Arc::new(world)
    };
    let record = |world: &Arc<World>, workload: WorkloadId, replicas: i32, replication: u32| {
        let mut member = vast(replicas);
        member.world = Some(Membership { world: Arc::clone(world), workload });
        record_of(&member, replication)
    };
    for replication in 0..20 {
        let both = build(true, true);
        assert_eq!(record(&both, 0, 7, replication), record(&build(true, false), 0, 7, replication));
        assert_eq!(record(&both, 1, 5, replication), record(&build(false, true), 1, 5, replication));
    }
}

/// Deletions and creations of a rollout, in order, for a StatefulSet whose nodes are lost: the name is not free before its pod is gone.
#[test]
fn a_lost_node_keeps_the_name() {
    let lost = |shared: &mut Scenario, _: &mut Workload| {
        shared.cluster.loss = Some(crate::failures::loss());
        shared.horizon = SimDuration::from_secs(3600);
    };
    for replication in 0..30 {
        let scenario = alone(StatefulSet::new(spec(4)), lost);
        let mut names = Names::default();
        Simulator::new(5).run(&scenario, replication, &mut names);
    }
}

const LEDGER: &str = "experiments/manifests/ledger.yaml";

/// The whole way from a manifest to a result, which can be made again from what it has copied.
#[test]
fn a_manifest_with_a_stateful_set_runs_and_is_verified() {
    let text = succeeds(&["run", LEDGER, "--replications", "40", "--set", "partition=3"]);
    for part in ["podManagementPolicy OrderedReady, partition 3", "workload shop/ledger", "has no progress deadline"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("out").display().to_string();
    let sweep = "sweep={podManagementPolicy: [OrderedReady, Parallel], minReadySeconds: [0, 20], replicas: [2, 4]}";
    succeeds(&["sweep", LEDGER, "--replications", "20", "--quiet", "--set", sweep, "--out", &out]);
    let summary = std::fs::read_to_string(format!("{out}/summary.csv")).expect("a table");
    assert_eq!(summary.lines().count(), 9, "{summary}");
    let copied = std::fs::read_dir(format!("{out}/inputs")).expect("a folder").count();
    assert!(copied > 0);
    succeeds(&["verify", &out]);
}

/// What has no meaning for a StatefulSet, or is not there yet, is refused with what to do.
#[test]
fn what_a_stateful_set_does_not_have_is_refused() {
    let set = |value: &'static str| ["run", LEDGER, "--replications", "5", "--set", value];
    for (value, words) in [
        ("maxSurge=1", &["unknown key `maxSurge`", "partition"][..]),
        ("partition=-1", &["partition: -1 must not be negative"]),
        ("podManagementPolicy=Ordered", &["unknown podManagementPolicy `Ordered`", "OrderedReady"]),
        ("deployment=x.yaml", &["either `deployment` or `statefulSet`"]),
        ("traffic={rate: 5, capacity: 1}", &["requests are simulated for one Deployment alone"]),
        ("event={drain: 0}", &["unknown key `drain`", "scale"]),
    ] {
        refuses(&set(value), words);
    }
    let wrong = "maxUnavailable=0";
    refuses(
        &[&set(wrong)[..], &["--set", "featureGates.MaxUnavailableStatefulSet=true"]].concat(),
        &["greater than 0"],
    );
    let told = rollcast(&set("maxUnavailable=2"));
    assert!(text(&told.stderr).contains("featureGates: {MaxUnavailableStatefulSet: true}"), "{}", text(&told.stderr));
}

/// With the feature gate two pods are updated at once, and the answer is shorter.
#[test]
fn the_feature_gate_gives_max_unavailable_its_effect() {
    let median = |gate: &str| {
        let gate = format!("featureGates.MaxUnavailableStatefulSet={gate}");
        let sets = ["--set", "maxUnavailable=2", "--set", "podManagementPolicy=Parallel", "--set", &gate];
        let answer = [&["run", LEDGER, "--replications", "40", "--format", "json"][..], &sets].concat();
        let answer: Value = serde_json::from_str(&succeeds(&answer)).expect("JSON");
        let rows = answer["statistics"].as_array().expect("a list");
        let is_it = |row: &&Value| row["metric"] == "duration_s" && row["statistic"] == "p50";
        rows.iter().find(is_it).and_then(|row| row["value"].as_f64()).expect("a median")
    };
    let (with, without) = (median("true"), median("false"));
    assert!(with < 0.75 * without, "{with} {without}");
}

/// A StatefulSet among others is named by its kind, and may have the name of a Deployment.
#[test]
fn a_stateful_set_rolls_among_others() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("mix.yaml");
    let folder = crate::cli::root().join("experiments/manifests").display().to_string();
    let mix = format!(
        "workloads:\n- deployment: {folder}/checkout.yaml\n- statefulSet: {folder}/ledger.yaml\nrelease: {{order: inTurn}}\nreplications: 20\n"
    );
    std::fs::write(&path, mix).expect("room on the disk");
    let out = place.path().join("out").display().to_string();
    succeeds(&["sweep", &path.display().to_string(), "--quiet", "--out", &out]);
    let table = std::fs::read_to_string(format!("{out}/replications.csv")).expect("a table");
    for name in ["shop/checkout", "shop/ledger"] {
        assert_eq!(table.lines().filter(|line| line.contains(name)).count(), 20, "{name}");
    }
    succeeds(&["verify", &out]);
}
