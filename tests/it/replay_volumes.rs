//! Persistent volumes of recordings, computed by hand.
//!
//! Where nothing else is said a volume is detached in 8 s and attached in 9 s, a new pod is Ready 3 s after it has its volume, and an old one
//! is gone 1 s after it was told to stop.

use std::path::Path;

use rollcast::replay::{self, Answer};
use serde_json::{Value, json};

/// One pod, which stands on the first of two nodes with its volume; the second version comes at 10 s, for the other node where both are
/// free.
fn recording(strategy: &Value, claim: &Value) -> Value {
    json!({
        "deployment": {"replicas": 1, "strategy": strategy, "progressDeadlineSeconds": 60},
        "cluster": {"nodes": 2, "mode": "fast"},
        "start": {"template": "v1"},
        "pods": {"default_ready_after_seconds": {"v1": 1, "v2": 3}, "terminate_after_seconds": 1},
        "extra": {"claims": [claim]},
        "actions": [{"at": 10, "do": "set-template", "template": "v2"}],
        "ended_at": 120,
        "expect": {"placement": [["v2-0", null, 1]]}
    })
}

fn rolling(surge: u32, unavailable: u32) -> Value {
    json!({"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}})
}

fn recreate() -> Value {
    json!({"type": "Recreate"})
}

fn answer(recording: &Value) -> Answer {
    replay::answer(&replay::parse(Path::new("incident.json"), &recording.to_string()).expect("it is readable"))
}

#[track_caller]
fn takes(recording: &Value, expected: f64) {
    let answer = answer(recording);
    let got = answer.complete_at.got;
    assert!(got.is_some_and(|got| (got - expected).abs() < 0.5), "{got:?} and not {expected}\n{}", answer.to_text());
}

#[track_caller]
fn stalls(recording: &Value) -> String {
    let answer = answer(recording);
    assert_eq!(answer.outcome.got, "progress-deadline-exceeded", "{}", answer.to_text());
    answer.stalled.expect("it says why").1
}

/// The old pod keeps the volume on its node, and the new one waits for it on another: multi-attach. On one node there is no trouble.
#[test]
fn a_new_pod_on_another_node_waits_for_the_volume() {
    let mut world = recording(&rolling(1, 0), &json!({"name": "data", "attached": 0}));
    stalls(&world);
    world["cluster"]["nodes"] = json!(1);
    world["expect"] = Value::Null;
    takes(&world, 13.0);
    let shared = recording(&rolling(1, 0), &json!({"name": "data", "access": "ReadWriteMany"}));
    takes(&shared, 13.0);
}

/// The old pod is gone after 1 s, its volume is detached 8 s later, attached in 9 s, and the pod is Ready 3 s later. Each of the times can be
/// said, and that of one pod.
#[test]
fn a_volume_moves_when_the_old_pod_is_gone() {
    let mut world = recording(&recreate(), &json!({"name": "data"}));
    takes(&world, 10.0 + 1.0 + 8.0 + 9.0 + 3.0);
    world["cluster"]["volume_attach_seconds"] = json!(4);
    world["cluster"]["volume_detach_seconds"] = json!(2);
    takes(&world, 10.0 + 1.0 + 2.0 + 4.0 + 3.0);
    world["pods"]["attach_seconds"] = json!({"v2": {"0": 7}});
    takes(&world, 10.0 + 1.0 + 2.0 + 7.0 + 3.0);
    // To the node that has it, it does not move.
    world["expect"]["placement"] = json!([["v2-0", null, 0]]);
    takes(&world, 10.0 + 1.0 + 3.0);
}

/// `ReadWriteOncePod`: no node for the second pod until the first is gone.
#[test]
fn a_volume_of_one_pod_keeps_the_others_pending() {
    let claim = json!({"name": "data", "access": "ReadWriteOncePod"});
    let why = stalls(&recording(&rolling(1, 0), &claim));
    assert!(why.contains("volume"), "{why}");
    let moves = answer(&recording(&rolling(0, 1), &claim));
    let complete = moves.complete_at.got.expect("it is complete");
    // The scheduler looks again within a second or two of the end of the old pod.
    assert!((30.5..34.5).contains(&complete), "{complete}");
}

/// The volume is in the second zone, whose node is full.
#[test]
fn a_volume_is_in_a_zone_or_on_nodes() {
    let mut world = recording(&rolling(1, 0), &json!({"name": "data", "access": "ReadWriteMany", "zone": 1}));
    world["cluster"] = json!({"nodes": 3, "mode": "fast", "node_zones": [0, 1, 0], "pods_per_node": 1});
    stalls(&world);
    world["cluster"]["pods_per_node"] = json!(2);
    takes(&world, 13.0);
    world["extra"]["claims"][0] = json!({"name": "data", "access": "ReadWriteMany", "nodes": [0, 2]});
    world["cluster"]["pods_per_node"] = json!(1);
    takes(&world, 13.0);
}

/// A volume that is still to be made is made for the first pod that has a node: 5 s until it is bound, 9 s until it is attached.
#[test]
fn a_claim_without_a_volume_gets_one_with_its_first_pod() {
    let mut world = recording(&recreate(), &json!({"name": "data", "bound": false}));
    world["start"] = Value::Null;
    world["actions"] = json!([{"at": 0, "do": "create"}]);
    takes(&world, 5.0 + 9.0 + 1.0);
    world["cluster"]["volume_provision_seconds"] = json!(2);
    takes(&world, 2.0 + 9.0 + 1.0);
}

/// A node attaches two volumes: the third pod, with one of its own, finds no place there.
#[test]
fn nodes_attach_a_number_of_volumes() {
    let mut world = recording(&rolling(1, 0), &json!({"name": "data", "access": "ReadOnlyMany"}));
    world["deployment"]["replicas"] = json!(2);
    world["cluster"] = json!({"nodes": 1, "mode": "fast", "volumes_per_node": 3, "volume_attach_seconds": 1});
    world["extra"]["own_volumes"] = json!(1);
    world["expect"] = Value::Null;
    stalls(&world);
    world["cluster"]["volumes_per_node"] = json!([4]);
    // Each new pod waits 5 s until its own volume is made and 1 s until that is attached, the second one until an old one is gone.
    takes(&world, 10.0 + (5.0 + 1.0 + 3.0) + 1.0 + (5.0 + 1.0 + 3.0));
}

/// A recording that begins while a pod waits: the old one, on its way out, is gone at 0.5 s.
#[test]
fn a_pod_that_waits_at_the_beginning_gets_its_volume() {
    let mut world = recording(&rolling(1, 0), &json!({"name": "data", "attached": 0}));
    world["start"] = json!({
        "template": "v2", "replicas": 1, "others": {"v1": 0},
        "pods": [{"pod": "v1-0", "node": 0, "deleted": -0.5}, {"pod": "v2-0", "created": -5, "node": 1}]
    });
    world["actions"] = json!([]);
    takes(&world, 0.5 + 8.0 + 9.0 + 3.0);
    // The old one is gone already, and nobody wants the volume where it is.
    world["start"]["pods"] = json!([{"pod": "v2-0", "created": -5, "node": 1}]);
    takes(&world, 8.0 + 9.0 + 3.0);
}

/// Two versions with claims of their own: the new one has another volume, and does not wait.
#[test]
fn templates_name_their_own_claims() {
    let mut world = recording(&rolling(1, 0), &json!({"name": "old", "templates": ["v1"]}));
    world["extra"]["claims"].as_array_mut().expect("a list").push(json!({"name": "new", "templates": ["v2"]}));
    takes(&world, 10.0 + 9.0 + 3.0);
}

#[test]
fn mistakes_say_what_to_write() {
    let refused = |claim: Value| {
        let text = recording(&recreate(), &claim).to_string();
        replay::parse(Path::new("incident.json"), &text).expect_err("a refusal").to_string()
    };
    for (claim, said) in [
        (json!({"name": "data", "attached": 2}), "extra.claims[0]: there is no node 2: the cluster has 2"),
        (json!({"name": "data", "zone": 3}), "extra.claims[0]: no node can have its volume"),
        (json!({"name": "data", "access": "Once"}), "unknown variant `Once`"),
        (json!({"name": "data", "templates": ["v9"]}), "\"v9\" is a template that nothing of the recording has"),
        (json!({"name": "data", "bound": false, "zone": 0}), "has no volume yet"),
        (json!({"claim": "data"}), "unknown field `claim`"),
    ] {
        assert!(refused(claim.clone()).contains(said), "{}", refused(claim));
    }
}
