//! Several PodDisruptionBudgets in one recording, computed by hand.

use std::path::Path;

use rollcast::replay::{self, Answer};
use serde_json::{Value, json};

/// Two Deployments of two pods on two nodes. A drained node has one pod of each.
fn recording(actions: &[Value]) -> Value {
    let created = [json!({"at": 0, "do": "create"}), json!({"at": 0, "do": "create", "name": "api", "template": "a1"})];
    let drain = json!({"at": 10, "do": "drain", "node": 0});
    let actions: Vec<Value> = [&created[..], actions, &[drain][..]].concat();
    json!({
        "deployment": {"replicas": 2},
        "cluster": {"nodes": 2, "mode": "fast", "pods_per_node": 8},
        "pods": {"default_ready_after_seconds": {"v1": 2, "a1": 2}, "terminate_after_seconds": 1},
        "extra": {"deployments": {"api": {"replicas": 2}}},
        "actions": actions,
        "ended_at": 60
    })
}

fn answer(recording: &Value) -> Answer {
    replay::answer(&replay::parse(Path::new("incident.json"), &recording.to_string()).expect("it is readable"))
}

/// When a pod of each Deployment was told to go, in whole seconds.
fn gone(actions: &[Value]) -> Vec<(i64, char)> {
    let answer = answer(&recording(actions));
    let all = answer.deletions.got.iter().map(|(at, pod)| (at.round() as i64, pod.chars().next().expect("a name")));
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    all
}

fn budget(at: u32, of: Value, name: &str, least: u32) -> Value {
    json!({"at": at, "do": "pdb", "name": of, "budget": name, "spec": {"minAvailable": least}})
}

#[test]
fn each_deployment_has_a_budget_of_its_own() {
    assert_eq!(gone(&[]), [(10, 'a'), (10, 'v')]);
    let own = budget(1, Value::Null, "web", 2);
    assert_eq!(gone(std::slice::from_ref(&own)), [(10, 'a')], "the first may not go");
    let of_api = budget(1, json!("api"), "api", 2);
    assert_eq!(gone(std::slice::from_ref(&of_api)), [(10, 'v')]);
    assert_eq!(gone(&[own, of_api]), []);
}

/// A drain asks again every 5 s: 20 s after its begin the budget has become smaller, or is gone.
#[test]
fn a_budget_changes_and_goes() {
    let strict = budget(1, Value::Null, "web", 2);
    assert_eq!(gone(&[strict.clone(), budget(28, Value::Null, "web", 1)]), [(10, 'a'), (30, 'v')]);
    let deleted = json!({"at": 33, "do": "delete-pdb", "budget": "web"});
    assert_eq!(gone(&[strict, deleted]), [(10, 'a'), (35, 'v')]);
}

/// The API server evicts no pod that two budgets select, whatever they say.
#[test]
fn two_budgets_for_the_same_pods_forbid_every_eviction() {
    let (one, other) = (budget(1, Value::Null, "one", 0), budget(1, Value::Null, "other", 0));
    assert_eq!(gone(std::slice::from_ref(&one)), [(10, 'a'), (10, 'v')]);
    assert_eq!(gone(&[one.clone(), other.clone()]), [(10, 'a')]);
    let deleted = json!({"at": 18, "do": "delete-pdb", "budget": "one"});
    assert_eq!(gone(&[one, other, deleted]), [(10, 'a'), (20, 'v')]);
}

#[test]
fn mistakes_say_what_to_write() {
    let refused = |action: Value| {
        let text = recording(&[action]).to_string();
        replay::parse(Path::new("incident.json"), &text).expect_err("a refusal").to_string()
    };
    let nothing = json!({"at": 1, "do": "pdb", "budget": "web"});
    assert!(refused(nothing).contains("actions[2].spec: is missing"));
    let nobody = json!({"at": 1, "do": "pdb", "name": "web", "spec": {"minAvailable": 1}});
    assert!(refused(nobody).contains("\"web\" is no Deployment of extra.deployments"));
}
