//! What the API server admits and what nodes have room for, each alone deciding whether a manifest's rollout completes.

use std::fs;

use serde_json::Value;

use super::cli::{rollcast, text};

/// Three replicas, of which one may be more and none less, with what the container asks for, and the objects beside them.
pub(crate) fn manifest(container: &str, pod: &str, beside: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec:\n  replicas: 3\n  selector: \
         {{matchLabels: {{app: web}}}}\n  strategy: {{rollingUpdate: {{maxSurge: 1, maxUnavailable: 0}}}}\n  template:\n    \
         metadata: {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: web, image: \"web:1\"{container}}}]{pod}}}\n{beside}"
    )
}

fn answer(manifest: &str, more: &[&str]) -> Value {
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = place.path().join("app.yaml");
    fs::write(&file, manifest).expect("room on the disk");
    let name = file.display().to_string();
    let output = rollcast(&[&["run", &name, "--quiet", "--format", "json", "--replications", "10"], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}{manifest}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The exit code and the words on standard error.
pub(crate) fn output(manifest: &str) -> (Option<i32>, String) {
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = place.path().join("app.yaml");
    fs::write(&file, manifest).expect("room on the disk");
    let output = rollcast(&["run", &file.display().to_string(), "--replications", "10"]);
    (output.status.code(), text(&output.stderr).to_owned())
}

fn rate(answer: &Value, metric: &str) -> f64 {
    let statistics = answer["statistics"].as_array().expect("a list");
    let found = statistics.iter().find(|one| one["metric"] == metric && one["statistic"] == "rate");
    found.and_then(|one| one["value"].as_f64()).expect("a rate")
}

/// The cause for which every rollout stalls; none where every one completes.
fn cause(answer: &Value) -> Option<&'static str> {
    match (rate(answer, "completed_rate"), rate(answer, "stalled_rate")) {
        (1.0, 0.0) => None,
        (0.0, 1.0) => {
            let causes = ["quota", "capacity"];
            causes.into_iter().find(|cause| rate(answer, &format!("stall_cause_{cause}")) == 1.0)
        }
        other => panic!("some complete and some do not: {other:?}"),
    }
}

pub(crate) fn outcome(manifest: &str, more: &[&str]) -> Option<&'static str> {
    cause(&answer(manifest, more))
}

pub(crate) fn says(manifest: &str, words: &str) {
    let answer = answer(manifest, &[]);
    let assumed = answer["assumed"].as_array().expect("a list");
    assert!(assumed.iter().any(|one| one.as_str().expect("a sentence").contains(words)), "{words}: {assumed:?}");
}

fn quota(hard: &str, used: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: q, namespace: shop}}\nspec: {{hard: {{{hard}}}}}\nstatus: \
         {{used: {{{used}}}}}\n"
    )
}

fn range(item: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: LimitRange\nmetadata: {{name: l, namespace: shop}}\nspec: {{limits: [{item}]}}\n"
    )
}

fn node(allocatable: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Node\nmetadata: {{name: n1}}\nstatus: {{allocatable: {{cpu: 8, memory: 64Gi, pods: 110, \
         {allocatable}}}}}\n"
    )
}

const ONE_CPU: &str = ", resources: {requests: {cpu: 1}, limits: {cpu: 2}}";
const GPU: &str = ", resources: {limits: {nvidia.com/gpu: 1}}";

#[test]
fn devices_of_nodes_leave_room_or_not() {
    assert_eq!(outcome(&manifest(GPU, "", &node("nvidia.com/gpu: 3")), &[]), Some("capacity"));
    assert_eq!(outcome(&manifest(GPU, "", &node("nvidia.com/gpu: 4")), &[]), None);
    let storage = ", resources: {requests: {ephemeral-storage: 10Gi}}";
    assert_eq!(outcome(&manifest(storage, "", &node("ephemeral-storage: 39Gi")), &[]), Some("capacity"));
    assert_eq!(outcome(&manifest(storage, "", &node("ephemeral-storage: 40Gi")), &[]), None);
}

#[test]
fn devices_are_certain_where_an_experiment_says_how_many_a_node_has() {
    let of = |more: &[&str]| {
        let answer = answer(&manifest(GPU, "", ""), more);
        (cause(&answer), answer["conditional"].as_bool().expect("true or false"))
    };
    assert_eq!(of(&[]), (None, true));
    let nodes = ["--set", "cluster.nodes=3", "--set", "cluster.allocatable.nvidia.com/gpu=1"];
    assert_eq!(of(&nodes), (Some("capacity"), false));
    let more = [&nodes[..], &["--set", "cluster.nodes=4"]].concat();
    assert_eq!(of(&more), (None, false));
    let used =
        [&more[..], &["--set", "cluster.allocatable.nvidia.com/gpu=2", "--set", "cluster.used.nvidia.com/gpu=1"]];
    assert_eq!(of(&used.concat()), (None, false));
}

#[test]
fn a_quota_counts_limits_and_what_others_use() {
    let of = |hard: &str, used: &str| outcome(&manifest(ONE_CPU, "", &quota(hard, used)), &[]);
    assert_eq!(of("limits.cpu: 10", "limits.cpu: 9"), Some("quota"), "9 and 2 are more than 10");
    assert_eq!(of("limits.cpu: 11", "limits.cpu: 9"), None);
    assert_eq!(of("requests.cpu: 6", "requests.cpu: 5500m"), Some("quota"));
    assert_eq!(of("count/pods: 3", "count/pods: 3"), Some("quota"));
    assert_eq!(of("limits.cpu: 1", "limits.cpu: 9"), Some("quota"), "over-full: the old pods run on");
}

#[test]
fn a_quota_counts_only_the_pods_in_its_scopes() {
    let beside =
        |scope: &str| quota("pods: 3", "pods: 3").replace("}\nstatus", &format!(", scopes: [{scope}]}}\nstatus"));
    assert_eq!(outcome(&manifest(ONE_CPU, "", &beside("BestEffort")), &[]), None);
    assert_eq!(outcome(&manifest(ONE_CPU, "", &beside("NotBestEffort")), &[]), Some("quota"));
}

#[test]
fn a_container_that_leaves_out_what_a_quota_counts_is_refused_until_a_limit_range_fills_it_in() {
    let beside = quota("requests.cpu: 100", "");
    let silent = manifest("", "", &beside);
    assert_eq!(outcome(&silent, &["--set", "maxUnavailable=1"]), Some("quota"));
    says(&silent, "some do not state requests.cpu (web)");
    assert_eq!(
        outcome(&manifest("", "", &(beside + &range("{type: Container, defaultRequest: {cpu: 1}}"))), &[]),
        None
    );
}

#[test]
fn a_limit_range_fills_in_requests_that_nodes_have_no_room_for() {
    let of = |max: &str| {
        outcome(&manifest("", "", &(range(&format!("{{type: Container, max: {{cpu: {max}}}}}")) + &node(""))), &[])
    };
    assert_eq!(of("2500m"), Some("capacity"), "3 times 2.5 go into 8, and a fourth does not");
    assert_eq!(of("2"), None);
}

#[test]
fn what_a_limit_range_fills_in_and_nobody_knows_of_nodes_is_told() {
    let beside = range("{type: Container, default: {ephemeral-storage: 1Gi}}");
    let answer = answer(&manifest(ONE_CPU, "", &beside), &[]);
    let field = "spec.template.spec.containers.resources.requests.ephemeral-storage";
    assert_eq!((&answer["conditional"], &answer["unmodelled"][0]["field"]), (&Value::Bool(true), &Value::from(field)));
    assert_eq!(
        outcome(&manifest(ONE_CPU, "", &(beside.clone() + &node("ephemeral-storage: 3Gi"))), &[]),
        Some("capacity")
    );
    assert_eq!(outcome(&manifest(ONE_CPU, "", &(beside + &node("ephemeral-storage: 4Gi"))), &[]), None);
}

#[test]
fn a_result_keeps_what_admission_reads() {
    let class = "---\napiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: kata, annotations: {private: x}}\nhandler: \
                 kata\noverhead: {podFixed: {cpu: 1100m}}\n";
    let beside = range("{type: Container, defaultRequest: {memory: 1Gi}}")
        + &quota("limits.cpu: 10", "limits.cpu: 9")
        + class
        + &node("");
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = place.path().join("app.yaml");
    fs::write(&file, manifest(ONE_CPU, ", runtimeClassName: kata", &beside)).expect("room on the disk");
    let (file, out) = (file.display().to_string(), place.path().join("out").display().to_string());
    let sweep =
        ["sweep", &file, "--out", &out, "--replications", "20", "--quiet", "--set", "sweep={maxUnavailable: [0, 1]}"];
    assert_eq!(rollcast(&sweep).status.code(), Some(0));
    fs::remove_file(&file).expect("it is there");
    let verified = rollcast(&["verify", &out, "--quiet"]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stderr));
}

#[test]
fn a_limit_range_refuses_every_new_pod() {
    let ratio = manifest(ONE_CPU, "", &range("{type: Container, maxLimitRequestRatio: {cpu: 1}}"));
    assert_eq!(outcome(&ratio, &[]), Some("quota"));
    says(&ratio, "LimitRange shop/l refuses every new pod: maxLimitRequestRatio cpu is 1");
    let raised = manifest(ONE_CPU, "", &range("{type: Container, maxLimitRequestRatio: {cpu: 2}}"));
    assert_eq!(outcome(&raised, &[]), None);
}

#[test]
fn a_runtime_class_adds_its_overhead_to_each_pod() {
    let of = |cpu: &str| {
        let class = format!(
            "---\napiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {{name: kata}}\nhandler: kata\noverhead: {{podFixed: \
             {{cpu: {cpu}}}}}\n"
        );
        outcome(&manifest(ONE_CPU, ", runtimeClassName: kata", &(class + &node(""))), &[])
    };
    assert_eq!(of("1100m"), Some("capacity"), "3 times 2.1 go into 8, and a fourth does not");
    assert_eq!(of("1"), None);
}

/// A Deployment that names no namespace is in `default`, and a quota of another one does not hold for it, which is told.
#[test]
fn a_quota_beside_a_deployment_without_namespace_is_told() {
    let full = manifest(", resources: {requests: {cpu: 1}}", "", &quota("pods: 3", "pods: 3"));
    assert_eq!(outcome(&full, &[]), Some("quota"));
    let without = full.replacen("name: web, namespace: shop", "name: web", 1);
    assert_eq!(outcome(&without, &[]), None);
    says(&without, "what the input has in other namespaces (1 ResourceQuota) does not hold for it");
}

/// Without Node objects nobody says how many pods that need a node each can be there at once: the answer says what it takes.
#[test]
fn pods_that_need_a_node_each_ask_for_the_number_of_nodes() {
    let ports = manifest(", ports: [{containerPort: 80, hostPort: 80}]", "", "");
    assert_eq!(outcome(&ports, &[]), None);
    says(&ports, "each pod needs a node to itself");
    assert_eq!(outcome(&ports, &["--set", "cluster.nodes=3"]), Some("capacity"));
    let assumed = answer(&ports, &["--set", "cluster.nodes=4"])["assumed"].to_string();
    assert!(!assumed.contains("to itself"), "{assumed}");
}

#[test]
fn a_stall_says_what_is_waited_for() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = place.path().join("app.yaml");
    fs::write(&file, manifest(ONE_CPU, "", &quota("limits.cpu: 6", "limits.cpu: 6"))).expect("room on the disk");
    let output = rollcast(&["run", "--quiet", "--replications", "10", &file.display().to_string()]);
    let said = text(&output.stdout);
    assert!(said.contains("Stalled, 10 of 10: 10 lack pods that the API server refuses."), "{said}");
}
