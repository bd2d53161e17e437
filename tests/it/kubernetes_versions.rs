//! The version of Kubernetes: what a forecast shows of it, what is refused, and where it stands in answers and files.

use std::fs;

use rollcast::k8s::version::gates;
use serde_json::Value;

use crate::cli::{refuses, rollcast, root, succeeds, text};

const LEDGER: &str = "experiments/statefulset-canary.yaml";

/// Twelve pods on nodes with room for twelve, so that new ones wait until old ones are gone.
const FULL: &str = "
deployment:
  spec:
    replicas: 12
    strategy: {rollingUpdate: {maxSurge: 50%, maxUnavailable: 25%}}
    selector: {matchLabels: {app: a}}
    template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: 'a:1'}]}}
cluster: {nodes: 3, allocatable: {pods: 4}}
pods: {start: 1s, pull: 0s, crash: 0, termination: {uniform: {low: 1s, high: 12s}}}
replications: 40
";

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    fn write(&self, name: &str, content: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, content).expect("room on the disk");
        path.display().to_string()
    }
}

fn json(arguments: &[&str]) -> Value {
    let output = rollcast(&[arguments, &["--quiet", "--format", "json"]].concat());
    assert!(output.status.code() <= Some(1), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn statistic(answer: &Value, metric: &str, statistic: &str) -> f64 {
    let rows = answer["statistics"].as_array().expect("a list");
    let is_it = |row: &&Value| row["metric"] == metric && row["statistic"] == statistic;
    rows.iter().find(is_it).and_then(|row| row["value"].as_f64()).expect("a statistic")
}

fn source<'a>(answer: &'a Value, key: &str) -> &'a Value {
    let sources = answer["sources"].as_array().expect("sources");
    sources.iter().find(|one| one["key"] == key).unwrap_or(&Value::Null)
}

fn assumed(answer: &Value) -> String {
    answer["assumed"].to_string()
}

/// The first patches of 1.35 had the gate on, and a minor version alone is its latest patch.
#[test]
fn max_unavailable_of_a_stateful_set_counts_in_the_first_patches_of_1_35() {
    let median = |version: &str| {
        let version = format!("kubernetes={version}");
        let sets = ["--set", "maxUnavailable=2", "--set", "podManagementPolicy=Parallel", "--set", &version];
        statistic(&json(&[&["run", LEDGER, "--replications", "30"], &sets[..]].concat()), "duration_s", "p50")
    };
    let [with, without, newest] = ["1.35.3", "1.35", "1.36"].map(median);
    assert!(with < 0.75 * without, "{with} {without}");
    assert_eq!(without, newest);
    let told =
        rollcast(&["run", LEDGER, "--replications", "5", "--set", "maxUnavailable=2", "--set", "kubernetes=1.31"]);
    assert!(text(&told.stderr).contains("off by default in Kubernetes 1.31"), "{}", text(&told.stderr));
}

/// Up to 1.32 a pod that found no node waits for the end of its back-off, though it could have the room at once.
#[test]
fn back_offs_of_pods_without_a_node_are_waited_for_up_to_1_32() {
    let place = Place::new();
    let file = place.write("full.yaml", FULL);
    let of = |sets: &[&str]| {
        let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        let answer = json(&[&["run", &file], &sets[..]].concat());
        (statistic(&answer, "duration_s", "mean"), statistic(&answer, "pending_pod_seconds", "mean"))
    };
    let [old, new, newest] = ["kubernetes=1.32", "kubernetes=1.33", "kubernetes=1.36"].map(|set| of(&[set]));
    assert_eq!(new, newest);
    assert_eq!(of(&[]), newest);
    assert!(old.0 > new.0 + 1.0 && old.1 > new.1 + 5.0, "{old:?} {new:?}");
    assert_eq!(of(&["kubernetes=1.33", "featureGates.SchedulerPopFromBackoffQ=false"]), old);
}

/// The default of a lost node's detection goes with the version, and what is written stays.
#[test]
fn a_lost_node_is_noticed_sooner_up_to_1_31() {
    let place = Place::new();
    let file = place.write(
        "full.yaml",
        &format!("{FULL}\nobserve: 10s\n").replace("nodes: 3,", "nodes: 6, loss: {meanTimeToLoss: 1d},"),
    );
    let of = |version: &str| json(&["run", &file, "--set", &format!("kubernetes={version}"), "--replications", "5"]);
    for (version, seconds) in [("1.31", [40.0, 49.8]), ("1.32", [50.0, 59.8])] {
        let answer = of(version);
        let found = source(&answer, "cluster.loss.detection");
        assert_eq!(found["source"], "assumed");
        assert_eq!(found["seconds"], serde_json::json!(seconds), "{version}");
    }
}

/// A StatefulSet's controller before 1.36 looks again `minReadySeconds` after its last look.
#[test]
fn availability_in_a_stateful_set_is_noticed_late_up_to_1_35() {
    let duration = |version: &str| {
        let version = format!("kubernetes={version}");
        let sets = ["--set", "podManagementPolicy=Parallel", "--set", "minReadySeconds=30", "--set", &version];
        statistic(&json(&[&["run", LEDGER, "--replications", "30"], &sets[..]].concat()), "duration_s", "mean")
    };
    let [old, new] = ["1.35", "1.36"].map(duration);
    assert!(old > new + 10.0, "{old} {new}");
}

#[test]
fn the_version_stands_in_answers_and_in_the_data_package() {
    let place = Place::new();
    let file = place.write("full.yaml", &format!("{FULL}\nkubernetes: 1.30\n"));
    let found = json(&["run", &file, "--replications", "5"]);
    assert_eq!(
        (&source(&found, "kubernetes")["value"], &source(&found, "kubernetes")["source"]),
        (&"1.30".into(), &"written".into())
    );
    let plain = json(&["run", LEDGER, "--replications", "5"]);
    assert_eq!(source(&plain, "kubernetes"), &Value::Null, "the default is not shown");
    let package = |name: &str, sets: &[&str]| {
        let out = place.0.path().join(name).display().to_string();
        succeeds(&[&["sweep", &file, "--quiet", "--out", &out], sets].concat());
        let package = fs::read_to_string(format!("{out}/datapackage.json")).expect("a data package");
        let package: Value = serde_json::from_str(&package).expect("JSON");
        succeeds(&["verify", &out]);
        package["rollcast"]["kubernetes"].clone()
    };
    assert_eq!(package("a", &[]), "1.30");
    assert_eq!(package("b", &["--set", "kubernetes=1.33.2"]), "1.33.2");
}

/// The control plane is never older than its kubelets.
#[test]
fn the_version_of_a_cluster_is_read_from_its_nodes() {
    let place = Place::new();
    let manifest = fs::read_to_string(root().join("experiments/manifests/checkout.yaml")).expect("a manifest");
    let with = |versions: &[&str]| {
        let node = |(number, version): (usize, &&str)| {
            format!(
                "\n---\napiVersion: v1\nkind: Node\nmetadata: {{name: n{number}}}\nstatus: {{nodeInfo: {{kubeletVersion: {version}, \
                 osImage: Linux}}, allocatable: {{cpu: 8, memory: 32Gi, pods: 110}}}}\n"
            )
        };
        let nodes: String = versions.iter().enumerate().map(node).collect();
        place.write("shop.yaml", &format!("{manifest}{nodes}"))
    };
    let file = with(&["v1.30.9-eks-1a2b3c4", "v1.31.2-eks-1a2b3c4"]);
    let answer = json(&["run", &file, "--replications", "5"]);
    let found = source(&answer, "kubernetes");
    assert_eq!((&found["value"], &found["source"]), (&"1.31".into(), &"read".into()), "{answer}");
    let answer = json(&["run", &file, "--replications", "5", "--set", "kubernetes=1.36"]);
    assert_eq!(source(&answer, "kubernetes")["source"], "written");
    let answer = json(&["run", &with(&["v1.40.3", "v1.39.3"]), "--replications", "5"]);
    assert_eq!(source(&answer, "kubernetes")["value"], "1.36");
    assert!(assumed(&answer).contains("kubelets are of Kubernetes 1.40, whose rules are not known here"), "{answer}");
}

/// What the API server of the version does not store has no effect, and the answer says so.
#[test]
fn fields_that_a_version_does_not_store_are_left_out() {
    let place = Place::new();
    let with = |fields: &str| {
        let spec = format!("spec: {{{fields}, containers: [{{name: a, image: 'a:1'}}]}}");
        place.write("pod.yaml", &FULL.replace("spec: {containers: [{name: a, image: 'a:1'}]}", &spec))
    };
    let told = |fields: &str, version: &str| {
        let answer = json(&["run", &with(fields), "--replications", "5", "--set", &format!("kubernetes={version}")]);
        assumed(&answer)
    };
    let pod = "resources: {requests: {cpu: 500m}}";
    assert!(told(pod, "1.33").contains("spec.template.spec.resources is left out"), "{}", told(pod, "1.33"));
    assert!(told(pod, "1.31").contains("does not know it (`kubectl apply` refuses such a manifest)"));
    assert!(!told(pod, "1.34").contains("is left out"));
    let apart = "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, \
        labelSelector: {matchLabels: {app: b}}, matchLabelKeys: [pod-template-hash]}]}}";
    assert!(told(apart, "1.30").contains("the feature gate MatchLabelKeysInPodAffinity is off"));
    assert!(!told(apart, "1.31").contains("is left out"));
    let sidecar = with("initContainers: [{name: b, image: 'b:1', restartPolicy: Always}]");
    let run = |file: &str, version: &str| {
        ["run".to_owned(), file.to_owned(), "--set".into(), format!("kubernetes={version}")]
    };
    let refused = |file: &str, version: &str, words: &[&str]| {
        let arguments = run(file, version);
        refuses(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), words);
    };
    refused(&sidecar, "1.28", &["initContainers.restartPolicy", "write kubernetes: 1.29"]);
    json(&["run", &sidecar, "--replications", "5", "--set", "kubernetes=1.29"]);
    let hook = |seconds: u32| {
        let container = format!("{{name: a, image: 'a:1', lifecycle: {{preStop: {{sleep: {{seconds: {seconds}}}}}}}}}");
        place.write("hook.yaml", &FULL.replace("{name: a, image: 'a:1'}", &container))
    };
    refused(&hook(5), "1.28", &["preStop.sleep", "does not know the action sleep"]);
    refused(&hook(0), "1.32", &["sleep of 0 seconds"]);
    let gone = |version: &str| {
        let answer = json(&["run", &hook(20), "--replications", "20", "--set", &format!("kubernetes={version}")]);
        (statistic(&answer, "duration_s", "p50"), assumed(&answer))
    };
    let (old, told) = gone("1.29");
    let (new, _) = gone("1.30");
    assert!(old < new, "without the sleep old pods are gone sooner: {old} {new}");
    assert!(told.contains("lifecycle.preStop.sleep is left out"), "{told}");
}

#[test]
fn versions_and_gates_that_do_not_exist_are_refused_with_what_to_do() {
    for (set, words) in [
        ("kubernetes=1.27", &["`1.27` is no version of Kubernetes", "write 1.28 to 1.36", "1.33.2"][..]),
        ("kubernetes=1.37", &["write 1.28 to 1.36"]),
        ("kubernetes=latest", &["`latest` is no version of Kubernetes"]),
        ("kubernetes=1.3x", &["is no version of Kubernetes"]),
        ("kubernetes=[1]", &["text"]),
        ("featureGates.Sidecar=true", &["unknown key `Sidecar`", "SidecarContainers"]),
        ("featureGates.SidecarContainers=false", &["is always on in Kubernetes 1.36: leave it out"]),
    ] {
        refuses(&["run", LEDGER, "--set", set], words);
    }
    let old = ["run", LEDGER, "--set", "kubernetes=1.32", "--set", "featureGates.SchedulerPopFromBackoffQ=true"];
    refuses(&old, &["Kubernetes 1.32 has no feature gate SchedulerPopFromBackoffQ: leave it out"]);
}

/// The page says of every gate from which version it counts.
#[test]
fn the_page_of_versions_has_every_gate() {
    let page = fs::read_to_string(root().join("docs/model/versions.md")).expect("the page");
    for gate in gates() {
        assert!(page.contains(&format!("`{gate}`")), "{gate} is not on the page");
    }
}
