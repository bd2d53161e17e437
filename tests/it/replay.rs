//! The program refuses recordings that are wrong and says how to correct them, and every replay ends.

use std::path::Path;

use proptest::prelude::*;
use rollcast::replay::{self, Recording, ReplayError};
use serde_json::{Value, json};

use crate::cli::{rollcast, text};

fn recording() -> Value {
    json!({
        "deployment": {"replicas": 2, "progressDeadlineSeconds": 30},
        "cluster": {"nodes": 2, "mode": "fast"},
        "pods": {
            "default_ready_after_seconds": {"v1": 1, "v2": 3},
            "terminate_after_seconds": {"default": 1},
            "readiness_toggles": {"v1": {"0": [2, 9, 12]}},
        },
        "actions": [
            {"at": 0, "do": "create", "template": "v1"},
            {"at": 5, "do": "set-template", "template": "v2"},
        ],
        "ended_at": 60,
    })
}

fn read(value: &Value) -> Result<Recording, ReplayError> {
    replay::parse(Path::new("incident.json"), &value.to_string())
}

/// The recording with `value` at `pointer`, whose last part need not exist.
fn with(pointer: &str, value: Value) -> Value {
    let mut changed = recording();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    match changed.pointer_mut(parent).expect("a parent") {
        Value::Array(items) => items.push(value),
        object => object[name] = value,
    }
    changed
}

fn refused(value: &Value) -> String {
    read(value).expect_err(&value.to_string()).to_string()
}

#[test]
fn instants_that_do_not_ascend_are_refused() {
    for toggles in [json!([2, 9, 2]), json!([2, 2]), json!([5, 4.999])] {
        let error = refused(&with("/pods/readiness_toggles/v1/0", toggles));
        assert!(
            error.starts_with("incident.json: pods.readiness_toggles.v1.0: ") && error.contains("ascend"),
            "{error}"
        );
    }
    assert!(refused(&with("/pods/readiness_toggles/v1/0", json!([-1, 2]))).contains("-1 is not a time"));
    assert!(read(&with("/pods/readiness_toggles/v1/0", json!([0, 2.5, 3]))).is_ok());
}

#[test]
fn unknown_keys_are_refused_wherever_they_stand() {
    let slips = [
        ("/endedAt", json!(5), "endedAt: unknown key `endedAt`; did you mean `ended_at`?"),
        ("/deployment/replica", json!(5), "deployment.replica: unknown key `replica`; did you mean `replicas`?"),
        ("/deployment/strategy", json!({"rollingupdate": {}}), "deployment.strategy.rollingupdate: unknown key"),
        ("/deployment/template", json!({"spec": {"container": []}}), "deployment.template.spec.container: unknown key"),
        ("/deployment/template", json!({"metadata": {"label": {}}}), "deployment.template.metadata.label: unknown key"),
        (
            "/deployment/template",
            json!({"spec": {"containers": [{"readinesProbe": {}}]}}),
            "deployment.template.spec.containers[0].readinesProbe: unknown key",
        ),
        ("/cluster/node", json!(5), "cluster.node: unknown key `node`; did you mean `nodes`?"),
        ("/pods/ready_after", json!({}), "pods.ready_after: unknown key"),
        ("/expect", json!({"scalings": []}), "expect.scalings: unknown key `scalings`; did you mean `scaling`?"),
        ("/actions/2", json!({"at": 9, "do": "scale", "replicas": 3, "replcas": 3}), "actions[2].replcas: unknown key"),
        (
            "/actions/2",
            json!({"at": 9, "do": "patch-spec", "spec": {"template": {"metadata": {"labels": {"version": "v3"}}, "specs": {}}}}),
            "actions[2].spec.template.specs: unknown key",
        ),
    ];
    for (pointer, value, expected) in slips {
        let error = refused(&with(pointer, value));
        assert!(error.starts_with(&format!("incident.json: {expected}")), "{error}");
    }
    for pointer in ["/about", "/cluster/note", "/pods/about", "/expect"] {
        let remark = if pointer == "/expect" { json!({"note": "seen by hand"}) } else { json!("seen by hand") };
        assert!(read(&with(pointer, remark)).is_ok(), "{pointer}");
    }
}

#[test]
fn numbers_have_limits() {
    let table = [
        ("/ended_at", json!(5e7), "ended_at: 50000000 is too late: a recording lasts at most 2592000 s"),
        ("/ended_at", json!(4), "actions[1].at: 5 is after ended_at, 4"),
        ("/actions/2", json!({"at": 3e6, "do": "pause"}), "actions[2].at: 3000000 is too late"),
        ("/cluster/kube_api_qps_burst", json!([-1, 5]), "cluster.kube_api_qps_burst: [-1, 5] is no limit"),
        (
            "/cluster/scheduler_client_qps_burst",
            json!([5, 0]),
            "cluster.scheduler_client_qps_burst: [5, 0] is no limit",
        ),
        ("/cluster/node_monitor_period_seconds", json!(0), "cluster.node_monitor_period_seconds: must be at least 0.1"),
        ("/cluster/pods_per_node", json!(4_000_000_000_u32), "cluster.pods_per_node: must be at most 100000"),
        ("/cluster/node_zones", json!([0]), "cluster.node_zones: names the zones of 1 nodes: there are 2"),
        ("/pods/ready_after_seconds", json!({"v1": vec![1; 100_001]}), "pods.ready_after_seconds.v1: 100001 entries"),
        ("/pods/terminate_after_seconds", json!({"v1": "soon"}), "pods.terminate_after_seconds: neither seconds, nor"),
        (
            "/expect",
            json!({"outcome": "completed"}),
            "expect.outcome: unknown outcome `completed`; did you mean `complete`?",
        ),
        ("/expect", json!({"instants_within_s": -1}), "expect.instants_within_s: -1 is no tolerance"),
    ];
    for (pointer, value, expected) in table {
        let error = refused(&with(pointer, value));
        assert!(error.starts_with(&format!("incident.json: {expected}")), "{error}");
    }
    let actions = vec![json!({"at": 1, "do": "pause"}); 10_001];
    assert!(refused(&with("/actions", json!(actions))).contains("10001 are too many"));
}

#[test]
fn what_is_no_recording_is_distinguished() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = [
        ("a.yaml", "apiVersion: apps/v1\nkind: Deployment\n", "a.yaml is not JSON: expected value at line 1 column 1"),
        (
            "b.json",
            r#"{"apiVersion": "v1", "kind": "List", "items": []}"#,
            "b.json holds a Kubernetes List, and no recording",
        ),
        ("c.json", "[1, 2]", "c.json holds a JSON list, and no recording"),
    ];
    for (name, contents, expected) in cases {
        let file = folder.path().join(name);
        std::fs::write(&file, contents).expect("a file");
        let output = rollcast(&["replay", file.to_str().expect("a path")]);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        for part in [expected, "tests/recordings/README.md", "rollcast run"] {
            assert!(error.contains(part), "{part} is missing: {error}");
        }
    }
    assert!(refused(&json!({"deployment": {}})).contains("actions: is missing: list what happened and when"));
}

#[cfg(unix)]
#[test]
fn a_file_without_end_is_refused() {
    let output = rollcast(&["replay", "/dev/zero"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("is larger than 64 MiB"), "{}", text(&output.stderr));
}

#[test]
fn what_is_not_modelled_is_not_passed_over() {
    for (pointer, value, what) in [
        ("/actions/2", json!({"at": 9, "do": "restart-kubelet", "node": 0}), "action restart-kubelet"),
        ("/actions/2", json!({"at": 9, "do": "quota", "hard": {"services": 3}}), "a quota on services"),
        (
            "/actions/2",
            json!({"at": 9, "do": "taint", "node": 0, "effect": "Prefer"}),
            "a taint with the effect Prefer",
        ),
    ] {
        let answer = replay::answer(&read(&with(pointer, value)).expect("it is readable"));
        assert_eq!(answer.unsupported.as_deref(), Some(what));
    }
    assert!(replay::answer(&read(&with("/extra", json!({}))).expect("it is readable")).unsupported.is_none());
}

/// `v1-0` is bound at once and would be Ready at 8 s; the recording says that it stops being Ready at 4 s, which is
/// impossible.
#[test]
fn a_pod_that_is_not_ready_cannot_become_unready() {
    let mut changed = recording();
    changed["pods"] = json!({"default_ready_after_seconds": {"v1": 8}});
    changed["actions"] =
        json!([{"at": 0, "do": "create"}, {"at": 4, "do": "pod-unready", "template": "v1", "index": 0}]);
    let answer = replay::answer(&read(&changed).expect("it is readable"));
    assert!((8.0..8.1).contains(&answer.complete_at.got.expect("both become Ready")), "{answer:?}");
    changed["actions"][1]["at"] = json!(12);
    let answer = replay::answer(&read(&changed).expect("it is readable"));
    assert_eq!(
        (answer.outcome.got.as_str(), answer.min_ready.got),
        ("incomplete", 1),
        "one that is Ready stops for good"
    );
}

#[test]
fn the_outcome_is_stated_in_sentences() {
    let text_of = |changed: &Value| replay::answer(&read(changed).expect("it is readable")).to_text();
    let mut changed = recording();
    assert!(text_of(&changed).contains("  The rollout of v2 was complete at 11.1 s.\n"), "{}", text_of(&changed));
    changed["expect"] = json!({"outcome": "complete"});
    assert!(text_of(&changed).contains("matched\n  The rollout of v2 was complete at"), "{}", text_of(&changed));
    changed["expect"] = Value::Null;
    changed["pods"]["default_ready_after_seconds"]["v2"] = json!("never");
    let stalled = text_of(&changed);
    for part in [
        "The rollout of v2 stalled at 43.0 s ",
        "(ProgressDeadlineExceeded; readiness: the one new pod that is not available is running and not Ready), and was not",
        "when the recording ended at 60.0 s.",
        "False ProgressDeadlineExceeded. Revision: 2.",
        "available from the first action",
    ] {
        assert!(stalled.contains(part), "{part} is missing: {stalled}");
    }
    changed["actions"].as_array_mut().expect("a list").push(json!({"at": 50, "do": "undo"}));
    assert!(
        text_of(&changed).contains("The rollout was rolled back: v1 was complete again at 5"),
        "{}",
        text_of(&changed)
    );
    changed["deployment"]["replicas"] = json!(-1);
    assert!(text_of(&changed).contains("The API server refused the Deployment"), "{}", text_of(&changed));
}

/// Values that files written by hand may contain by mistake.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!("never")),
        Just(json!([])),
        Just(json!({})),
        Just(json!(0)),
        Just(json!(1e-9)),
        Just(json!(2_592_000)),
        Just(json!(1e9)),
        Just(json!([3, 2, 1])),
        Just(json!([0.5, 1e-9])),
        (-5_i64..100).prop_map(|number| json!(number)),
        (0.0_f64..50.0).prop_map(|number| json!(number)),
    ]
}

/// Pointers to every value within `value`.
fn pointers(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| pointers(value, &format!("{path}/{key}"), found)),
        Value::Array(items) => {
            (0..).zip(items).for_each(|(place, value): (usize, _)| pointers(value, &format!("{path}/{place}"), found));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// A replay that does not end fails by the time limit of the tests.
    #[test]
    fn changed_recordings_end(changes in prop::collection::vec((any::<prop::sample::Index>(), odd()), 1..4)) {
        let text = include_str!("../fixtures/incident.json");
        let mut changed: Value = serde_json::from_str(text).expect("JSON");
        for (place, value) in changes {
            let mut places = Vec::new();
            pointers(&changed, "", &mut places);
            if let Some(found) = changed.pointer_mut(&places[place.index(places.len())]) {
                *found = value;
            }
        }
        if let Ok(recording) = read(&changed) {
            let answer = replay::answer(&recording);
            prop_assert!(answer.to_text().ends_with('\n'));
        }
    }
}

/// The recording with a second Deployment `api`, which is created at 1 s.
fn two() -> Value {
    let mut changed = with("/extra", json!({"deployments": {"api": {"replicas": 3}}}));
    changed["pods"]["default_ready_after_seconds"]["a1"] = json!(1);
    let actions = changed["actions"].as_array_mut().expect("a list");
    actions.push(json!({"at": 1, "do": "create", "template": "a1", "name": "api"}));
    changed
}

#[test]
fn another_deployment_has_actions_of_its_own() {
    let mut changed = two();
    let actions = changed["actions"].as_array_mut().expect("a list");
    actions.push(json!({"at": 20, "do": "scale", "replicas": 1, "name": "api"}));
    actions.push(json!({"at": 25, "do": "patch-spec", "name": "api", "spec": {"minReadySeconds": 20, "template": {"metadata": {"labels": {"version": "a2"}}}}}));
    actions.push(json!({"at": 40, "do": "undo", "name": "api"}));
    let answer = replay::answer(&read(&changed).expect("it is readable"));
    let of_api: Vec<_> =
        answer.scaling.got.iter().filter(|one| one.1.starts_with('a')).map(|s| (&*s.1, s.2, s.3)).collect();
    assert_eq!(of_api, [("a1", 0, 3), ("a1", 3, 1), ("a2", 0, 1), ("a2", 1, 0)], "{answer:?}");
    assert_eq!(answer.versions, ["v1", "v2"], "the first is the one that the answer is about");
    let text = answer.to_text();
    assert!(text.contains("  The rollout of the Deployment api was complete at 40."), "{text}");
    let answered = serde_json::to_value(&answer).expect("JSON");
    assert_eq!(answered["others"][0]["name"], "api");
    assert_eq!(answered["others"][0]["outcome"], "complete");
}

#[test]
fn slips_about_several_deployments_are_refused() {
    let table = [
        (
            "/actions/1",
            json!({"at": 5, "do": "pause", "name": "ape"}),
            "actions[1].name: \"ape\" is no Deployment of extra.deployments",
        ),
        ("/actions/2/template", json!("v2"), "actions[2].template: v2 is a template of another Deployment"),
        ("/actions/2/do", json!("pause"), "extra.deployments.api: is never created"),
        ("/extra/deployments/api/replica", json!(3), "extra.deployments.api.replica: unknown key `replica`"),
        (
            "/extra/deployments/api/replicas",
            json!("many"),
            "extra.deployments.api.replicas: \"many\" is no whole number",
        ),
        ("/cluster/request_seconds", json!(61), "cluster.request_seconds: must be at most 60"),
    ];
    for (pointer, value, expected) in table {
        let mut changed = two();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        match changed.pointer_mut(parent).expect("a parent") {
            Value::Array(items) => items[name.parse::<usize>().expect("a place")] = value,
            object => object[name] = value,
        }
        let error = read(&changed).expect_err(pointer).to_string();
        assert!(error.starts_with(&format!("incident.json: {expected}")), "{error}");
    }
}

/// One of two pods crashes, and an eviction is forbidden while it is down.
#[test]
fn a_crashed_pod_counts_for_the_budget() {
    let mut changed = recording();
    changed["pods"]["readiness_toggles"] = json!({});
    changed["actions"] = json!([
        {"at": 0, "do": "create", "template": "v1"},
        {"at": 2, "do": "pdb", "spec": {"minAvailable": 1}},
        {"at": 10, "do": "crash-pod", "template": "v1", "index": 0, "down": 5},
        {"at": 12, "do": "evict-pod", "template": "v1", "index": 1},
        {"at": 20, "do": "evict-pod", "template": "v1", "index": 1},
        {"at": 30, "do": "drain", "node": 0},
    ]);
    let answer = replay::answer(&read(&changed).expect("it is readable"));
    let times: Vec<f64> = answer.deletions.got.iter().map(|(at, _)| at.floor()).collect();
    assert_eq!(answer.deletions.got[0].1, "v1-1");
    assert!(times[0] == 20.0 && times[1..].iter().all(|at| *at >= 30.0) && times.len() >= 2, "{times:?}");
    assert_eq!(answer.min_ready.got, 1);
    let mut slip = changed.clone();
    let crash = json!({"at": 30, "do": "crash-pod", "template": "v1", "index": 0});
    slip["actions"].as_array_mut().expect("a list").push(crash);
    assert!(read(&slip).expect_err("no `down`").to_string().contains("actions[6].down: is missing"));
    let mut slip = changed;
    slip["actions"][1]["spec"] = json!({"minAvailable": 1, "maxUnavailable": 1});
    assert!(read(&slip).expect_err("both").to_string().contains("either minAvailable or maxUnavailable"));
}
