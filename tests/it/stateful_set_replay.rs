//! Recordings of StatefulSets made by hand, whose moves follow from the rules of the StatefulSet controller
//! (`pkg/controller/statefulset/stateful_set_control.go`), of evictions and of the API server.

use std::path::Path;

use rollcast::replay;
use serde_json::{Value, json};

/// A recording of three pods that are Ready half a second after they are bound, those of the new version after 2 s, and gone 1 s
/// after their deletion. They are there when 7 s have passed, on one node.
fn recording(spec: &Value, pods: &Value, actions: Value) -> Value {
    let mut all = json!({
        "ready_after_seconds": {}, "default_ready_after_seconds": {"v1": 0.5, "v2": 2.0},
        "running_after_seconds": 0.1, "terminate_after_seconds": {"default": 1}
    });
    for (key, value) in pods.as_object().expect("a map") {
        all[key] = value.clone();
    }
    let mut set =
        json!({"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}});
    for (key, value) in spec.as_object().expect("a map") {
        set[key] = value.clone();
    }
    json!({
        "name": "by-hand", "kind": "StatefulSet", "feature_gates": "", "statefulset": set,
        "cluster": {"nodes": 1, "pods_per_node": 110, "node_monitor_grace_period_seconds": 8, "toleration_seconds": 300,
            "flags": ["--kube-api-qps=500", "--kube-api-burst=1000", "--node-monitor-period=1s"]},
        "pods": all, "actions": actions, "ended_at": 40
    })
}

/// The moves after 6 s, each with its time in half seconds: the controllers need less than a quarter of one.
fn moves(recording: &Value) -> Vec<String> {
    let recording = replay::parse(Path::new("by-hand.json"), &recording.to_string()).expect("a readable recording");
    let answer = replay::answer(&recording);
    assert_eq!(answer.unsupported, None);
    let got = answer.moves.expect("moves").got;
    let line = |(at, what, place, template): &(f64, String, u32, String)| {
        format!("{:.1} {what} {place} {template}", (at * 2.0).round() / 2.0)
    };
    got.iter().filter(|(at, ..)| *at > 6.0).map(line).collect()
}

fn with(actions: Value) -> Vec<String> {
    let mut all = vec![json!({"at": 0, "do": "create", "template": "v1"})];
    all.extend(actions.as_array().expect("a list").iter().cloned());
    moves(&recording(&json!({}), &json!({}), Value::Array(all)))
}

fn update(more: Value) -> Vec<String> {
    let mut all = vec![json!({"at": 7, "do": "set-template", "template": "v2"})];
    all.extend(more.as_array().expect("a list").iter().cloned());
    with(Value::Array(all))
}

#[test]
fn an_update_by_hand() {
    assert_eq!(
        update(json!([])),
        [
            "7.0 delete 2 v1",
            "8.0 create 2 v2",
            "10.0 delete 1 v1",
            "11.0 create 1 v2",
            "13.0 delete 0 v1",
            "14.0 create 0 v2"
        ]
    );
}

/// OrderedReady: nothing is done while a pod is not Ready. The container of pod 0 is away from 8.5 s to 16 s.
#[test]
fn a_crashed_pod_holds_the_update_up() {
    let found = update(json!([{"at": 8.5, "do": "crash-pod", "index": 0, "down": 7.5}]));
    assert_eq!(found[..2], ["7.0 delete 2 v1", "8.0 create 2 v2"]);
    assert_eq!(found[2], "16.0 delete 1 v1", "{found:?}");
    // Parallel: without the gate the update looks from the highest pod down, and not at pods that it has not come to.
    let parallel = json!({"podManagementPolicy": "Parallel"});
    let actions = json!([
        {"at": 0, "do": "create", "template": "v1"}, {"at": 7, "do": "set-template", "template": "v2"},
        {"at": 8.5, "do": "crash-pod", "index": 0, "down": 7.5}
    ]);
    let found = moves(&recording(&parallel, &json!({}), actions));
    assert_eq!(found[2], "10.0 delete 1 v1", "{found:?}");
}

/// An eviction is a deletion; the pod comes back with its name and, outside of an update, its version.
#[test]
fn an_evicted_pod_comes_back_unless_the_budget_forbids_it() {
    let evict = json!({"at": 8, "do": "evict-pod", "index": 1});
    assert_eq!(with(json!([evict])), ["8.0 delete 1 v1", "9.0 create 1 v1"]);
    let budget = |pods: u32| json!({"at": 6.5, "do": "pdb", "spec": {"minAvailable": pods}});
    assert_eq!(with(json!([budget(3), evict])), [""; 0]);
    assert_eq!(with(json!([budget(2), evict])), ["8.0 delete 1 v1", "9.0 create 1 v1"]);
    // While one pod is not Ready, none may go.
    let crash = json!({"at": 7, "do": "crash-pod", "index": 0, "down": 20});
    assert_eq!(with(json!([budget(2), crash, evict])), [""; 0]);
}

/// All pods of a drained node go at once. In order they come back one after the other, and none before there is a node.
#[test]
fn drained_pods_come_back_in_order() {
    let found = with(json!([{"at": 8, "do": "drain", "node": 0}, {"at": 20, "do": "uncordon", "node": 0}]));
    assert_eq!(found[..3], ["8.0 delete 0 v1", "8.0 delete 1 v1", "8.0 delete 2 v1"]);
    assert_eq!(found[3], "9.0 create 0 v1");
    assert_eq!(found.len(), 6, "{found:?}");
    assert!(found[4].ends_with("create 1 v1") && found[5].ends_with("create 2 v1"), "{found:?}");
    let second: f64 = found[4].split(' ').next().and_then(|text| text.parse().ok()).expect("a number");
    assert!((20.5..26.0).contains(&second), "after the node is open again: {found:?}");
    // A cordoned node takes no new pods and keeps those that it has.
    let cordoned = with(json!([{"at": 8, "do": "cordon", "node": 0}, {"at": 9, "do": "delete-pod", "index": 2}]));
    assert_eq!(cordoned, ["9.0 delete 2 v1", "10.0 create 2 v1"]);
}

/// A pod that is deleted by force is gone at once, also where its kubelet is silent and would never end it.
#[test]
fn a_pod_that_is_deleted_by_force_frees_its_name() {
    let delete = |what: &str| json!({"at": 12, "do": what, "index": 1});
    let down = json!({"at": 8, "do": "node-down", "node": 0});
    assert_eq!(with(json!([delete("force-delete-pod")])), ["12.0 delete 1 v1", "12.0 create 1 v1"]);
    assert_eq!(with(json!([down, delete("delete-pod")])), ["12.0 delete 1 v1"]);
    let found = with(
        json!([{"at": 8, "do": "delete-pod", "index": 2}, down, {"at": 20, "do": "force-delete-pod", "index": 2}]),
    );
    assert_eq!(found[0], "8.0 delete 2 v1");
    assert_eq!(found.len(), 2, "{found:?}");
}

/// A failed pod is deleted and created again, before the update goes on.
#[test]
fn a_failed_pod_is_made_again() {
    assert_eq!(with(json!([{"at": 8, "do": "fail-pod", "index": 1}])), ["8.0 delete 1 v1", "8.0 create 1 v1"]);
}

/// The new pod 2 is Ready after 1 s, and not Ready from 3 s to 8 s after it was bound. That holds up pod 0, and pod 1 no more.
#[test]
fn readiness_that_comes_and_goes_is_followed_by_ordinal() {
    let actions =
        json!([{"at": 0, "do": "create", "template": "v1"}, {"at": 7, "do": "set-template", "template": "v2"}]);
    let pods = json!({"readiness_toggles": {"v2": {"2": [1.0, 3.0, 8.0]}}});
    let found = moves(&recording(&json!({}), &pods, actions.clone()));
    assert_eq!(
        found,
        [
            "7.0 delete 2 v1",
            "8.0 create 2 v2",
            "9.0 delete 1 v1",
            "10.0 create 1 v2",
            "16.0 delete 0 v1",
            "17.0 create 0 v2"
        ]
    );
    // Ordinals that begin elsewhere are meant where they are named.
    let start = json!({"ordinals": {"start": 5}});
    let by_ordinal = |ordinal: u32| json!({"readiness_toggles": {"v2": {ordinal.to_string(): [1.0, 3.0, 8.0]}}});
    let found = moves(&recording(&start, &by_ordinal(7), actions.clone()));
    assert_eq!(found[..3], ["7.0 delete 7 v1", "8.0 create 7 v2", "9.0 delete 6 v1"]);
    assert_eq!(found[4], "16.0 delete 5 v1");
    let none = moves(&recording(&start, &by_ordinal(2), actions));
    assert_eq!(none[2], "10.0 delete 6 v1");
}

/// Actions name pods by their ordinals.
#[test]
fn actions_name_ordinals() {
    let start = json!({"ordinals": {"start": 5}});
    let actions = json!([{"at": 0, "do": "create", "template": "v1"}, {"at": 8, "do": "delete-pod", "index": 6}]);
    assert_eq!(moves(&recording(&start, &json!({}), actions)), ["8.0 delete 6 v1", "9.0 create 6 v1"]);
    let nobody = json!([{"at": 0, "do": "create", "template": "v1"}, {"at": 8, "do": "delete-pod", "index": 1}]);
    assert_eq!(moves(&recording(&start, &json!({}), nobody)), [""; 0]);
}
