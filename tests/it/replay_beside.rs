//! What an incident has beside its Deployment, computed by hand: pods without an owner, quotas on resources, an autoscaler, nodes that go.

use std::path::Path;

use rollcast::replay::{self, Answer};
use serde_json::{Value, json};

use crate::cli::{rollcast, text};

/// Four pods of one core on two nodes of four; the second version comes at 10 s.
fn recording() -> Value {
    json!({
        "deployment": {"replicas": 4, "strategy": {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}},
        "cluster": {"nodes": 2, "mode": "fast", "node_cpu": "4", "pod_cpu_request": "1"},
        "pods": {
            "default_ready_after_seconds": {"v1": 1, "v2": 3},
            "terminate_after_seconds": {"filler": 5, "default": 1},
        },
        "extra": {},
        "actions": [{"at": 0, "do": "create"}, {"at": 10, "do": "set-template", "template": "v2"}],
        "ended_at": 60,
    })
}

fn answer(recording: &Value) -> Answer {
    replay::answer(&replay::parse(Path::new("incident.json"), &recording.to_string()).expect("it is readable"))
}

fn refused(recording: &Value) -> String {
    replay::parse(Path::new("incident.json"), &recording.to_string()).expect_err("a refusal").to_string()
}

#[track_caller]
fn near(value: Option<f64>, expected: f64) {
    assert!(value.is_some_and(|value| (value - expected).abs() < 0.5), "{value:?} and not {expected}");
}

/// Two batches of two pods, each Ready after 3 s.
#[test]
fn without_others_nothing_waits() {
    near(answer(&recording()).complete_at.got, 16.0);
}

/// Four pods of others fill the nodes. Of lower priority they make room for the first two new pods, which wait 5 s for that; the next two
/// take the room of old pods, or of those of others that have gone.
#[test]
fn pods_of_lower_priority_make_room() {
    let mut full = recording();
    full["extra"] = json!({"fillers": [{"cpu": "1", "count": 4, "priority": -100}]});
    let made = answer(&full);
    near(made.complete_at.got, 10.0 + 5.0 + 3.0 + 1.0 + 3.0);
    full["extra"]["fillers"][0]["priority"] = json!(0);
    let stuck = answer(&full);
    assert_eq!((stuck.complete_at.got, stuck.outcome.got.as_str()), (None, "incomplete"), "equals do not make room");
    full["extra"]["priority"] = json!("prio-high");
    near(answer(&full).complete_at.got, 22.0);
}

/// A pod of two cores needs two pods of one core to go, and they go from one node.
#[test]
fn as_few_pods_go_as_must() {
    let mut full = recording();
    full["deployment"] = json!({"replicas": 1, "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}});
    full["cluster"]["pod_cpu_request"] = json!("2");
    full["extra"] = json!({"fillers": [
        {"cpu": "1", "count": 2, "node": 0, "priority": -1},
        {"cpu": "500m", "count": 8, "node": 1, "priority": -1},
    ]});
    // The first pod stands beside the first two, which are fewer than four of the second.
    let one = answer(&full);
    near(one.complete_at.got, 10.0 + 5.0 + 3.0);
}

#[test]
fn a_quota_on_cpu_is_a_number_of_pods() {
    let with = |action: Value| {
        let mut recording = recording();
        recording["actions"].as_array_mut().expect("a list").insert(0, action);
        answer(&recording)
    };
    let by_cpu = with(json!({"at": 0, "do": "quota", "hard": {"requests.cpu": "5500m", "pods": 9}}));
    let by_pods = with(json!({"at": 0, "do": "quota", "pods": 5}));
    assert_eq!((&by_cpu.scaling, by_cpu.max_total_pods_sustained.got), (&by_pods.scaling, 5));
}

#[test]
fn memory_is_room_too() {
    let mut full = recording();
    full["cluster"]["pod_memory_request"] = json!("1Gi");
    full["cluster"]["node_memory"] = json!(["2Gi", "2Gi"]);
    assert_eq!(answer(&full).complete_at.got, None, "four pods fill the nodes");
    full["cluster"]["node_memory"] = json!(["2Gi", "3Gi"]);
    assert!(answer(&full).complete_at.got.is_some_and(|at| at > 20.0), "one at a time");
}

/// Four pods that use 800m each of the 1000m they ask for, with a target of half: after 15 s seven are wanted, since the limit of 4 more
/// and the double of four leave eight, and 3200m of 500m are 6.4.
#[test]
fn an_autoscaler_follows_the_recorded_use() {
    let mut scaled = recording();
    scaled["actions"][1] =
        json!({"at": 5, "do": "hpa", "spec": {"maxReplicas": 12, "targetCPUUtilizationPercentage": 50}});
    scaled["extra"] = json!({"cpu": [[0, 3200]]});
    let changes = answer(&scaled).scaling.got;
    assert_eq!((changes.len(), changes[1].2, changes[1].3), (2, 4, 7), "{changes:?}");
    near(Some(changes[1].0), 20.0);
    scaled["extra"] = json!({});
    assert!(refused(&scaled).contains("extra.cpu: is missing"), "{}", refused(&scaled));
}

/// The collector of pods finds those of a node without an object 40 to 60 s later.
#[test]
fn pods_of_a_removed_node_come_back_elsewhere() {
    let mut gone = recording();
    gone["actions"][1] = json!({"at": 10, "do": "node-remove", "node": 0});
    gone["ended_at"] = json!(90);
    let answer = answer(&gone);
    assert_eq!(answer.deletions.got.len(), 2, "{:?}", answer.deletions.got);
    assert!(answer.deletions.got.iter().all(|(at, _)| (50.0..=70.0).contains(at)), "{:?}", answer.deletions.got);
    let low = answer.low_point.expect("a low point");
    assert_eq!((low.available, low.told_to_stop.len()), (2, 2), "{low:?}");
}

#[test]
fn a_taint_that_evicts_takes_the_pods_at_once() {
    let mut tainted = recording();
    tainted["actions"][1] = json!({"at": 10, "do": "taint", "node": 1, "effect": "NoExecute"});
    let answer = answer(&tainted);
    assert!(answer.deletions.got.len() == 2 && answer.deletions.got.iter().all(|(at, _)| (at - 10.0).abs() < 0.1));
    near(answer.complete_at.got, 11.0);
}

#[test]
fn mistakes_say_what_to_write() {
    for (pointer, value, said) in [
        ("/extra", json!({"priority": "high"}), "extra.priority: \"high\" is no priority"),
        ("/extra", json!({"fillers": [{"cpu": "x"}]}), "extra.fillers[0].cpu: \"x\" is no quantity of processors"),
        ("/extra", json!({"fillers": [{"cpu": "1", "node": 7}]}), "extra.fillers[0].node: there is no such node"),
        ("/extra", json!({"fillers": [{"cpus": "1"}]}), "unknown field `cpus`"),
        ("/cluster/node_memory", json!("lots"), "cluster.node_memory: \"lots\" is no amount of memory"),
        ("/actions/1", json!({"at": 1, "do": "quota", "hard": {"cpu": "few"}}), "hard.cpu: \"few\" is no quantity"),
        ("/actions/1", json!({"at": 1, "do": "hpa"}), "spec: is missing"),
    ] {
        let mut wrong = recording();
        match wrong.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => wrong["cluster"]["node_memory"] = value,
        }
        wrong["cluster"]["pod_memory_request"] = json!("1Mi");
        assert!(refused(&wrong).contains(said), "{}", refused(&wrong));
    }
}

/// What was running begins before the instant 0, of a DaemonSet too.
#[test]
fn a_daemon_set_that_was_running() {
    let mut running = recording();
    let fields = running.as_object_mut().expect("an object");
    fields.remove("deployment");
    running["daemonset"] = json!({});
    running["start"] = json!({"template": "v1", "replicas": 2});
    running["actions"] = json!([{"at": 10, "do": "set-template", "template": "v2"}]);
    let answer = answer(&running);
    near(answer.complete_at.got, 10.0 + 2.0 * (1.0 + 3.0));
    assert_eq!(answer.moves.expect("moves").got.len(), 4);
}

/// Four pods of one core on two nodes of four, of which one alone may be used: it is full, and no new pod finds a place.
#[test]
fn nodes_that_the_labels_choose_are_the_only_ones() {
    let mut chosen = recording();
    chosen["extra"] = json!({"allowed_nodes": [1]});
    let stuck = answer(&chosen);
    assert_eq!((stuck.complete_at.got, stuck.outcome.got.as_str()), (None, "incomplete"), "{}", stuck.to_text());
    // With both nodes it goes on.
    chosen["extra"] = json!({"allowed_nodes": [0, 1]});
    near(answer(&chosen).complete_at.got, 16.0);
    chosen["extra"] = json!({"allowed_nodes": [1]});
    // Room for six: the second batch waits until old pods are gone.
    chosen["cluster"]["node_cpu"] = json!("6");
    near(answer(&chosen).complete_at.got, 10.0 + 3.0 + 1.0 + 3.0);
    chosen["extra"] = json!({"allowed_nodes": [2]});
    assert!(refused(&chosen).contains("extra.allowed_nodes: there is no node 2"), "{}", refused(&chosen));
}

/// Each pod has the port of its node for itself until it is gone: on three nodes two pods leave one for the first new pod, and each
/// that stops leaves the next one its node.
#[test]
fn a_port_of_the_host_is_for_one_pod_of_a_node() {
    let mut ports = recording();
    ports["deployment"] = json!({"replicas": 2, "strategy": {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}});
    ports["cluster"]["nodes"] = json!(3);
    near(answer(&ports).complete_at.got, 13.0);
    ports["extra"] = json!({"host_ports": [8080]});
    near(answer(&ports).complete_at.got, 13.0 + 1.0 + 3.0);
    ports["cluster"]["nodes"] = json!(2);
    assert_eq!(answer(&ports).outcome.got, "incomplete");
    ports["extra"] = json!({"host_ports": [0]});
    assert!(refused(&ports).contains("0 is no port"), "{}", refused(&ports));
}

/// Pods that found no node for a time, for reasons that the recording does not have, find none for as long.
#[test]
fn pods_wait_for_a_node_as_long_as_they_did() {
    let mut waits = recording();
    waits["pods"]["no_node_for_seconds"] = json!({"v2": {"0": 4, "1": 7}});
    // The first batch is Ready after 7 and 10 s, and a pod of the second batch comes for each of them.
    near(answer(&waits).complete_at.got, 10.0 + 10.0 + 3.0);
    waits["pods"]["no_node_for_seconds"] = json!({"v2": {"0": "never"}});
    let stuck = answer(&waits);
    assert_eq!(stuck.outcome.got, "incomplete", "{}", stuck.to_text());
    waits["pods"]["no_node_for_seconds"] = json!({"v2": {"first": 1}});
    assert!(refused(&waits).contains("no_node_for_seconds"), "{}", refused(&waits));
}

/// A Deployment beside a StatefulSet or a DaemonSet: both roll at the same time, each by its own rules.
#[test]
fn a_deployment_stands_beside_a_set() {
    let mut both = recording();
    let fields = both.as_object_mut().expect("an object");
    fields.remove("deployment");
    both["statefulset"] = json!({"replicas": 2});
    both["pods"]["default_ready_after_seconds"] = json!({"v1": 1, "v2": 3, "a1": 1, "a2": 2});
    both["extra"] = json!({"deployments": {"api": {"replicas": 2, "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}}});
    both["actions"] = json!([
        {"at": 0, "do": "create"},
        {"at": 0, "do": "create", "name": "api", "template": "a1"},
        {"at": 10, "do": "set-template", "template": "v2"},
        {"at": 12, "do": "set-template", "name": "api", "template": "a2"}
    ]);
    let answer = self::answer(&both);
    // Each pod of the set takes 1 s to go and 3 s to come, each of the Deployment 2 s to come.
    near(answer.complete_at.got, 10.0 + 2.0 * 4.0);
    assert_eq!(answer.others.len(), 1);
    near(answer.others[0].complete_at, 12.0 + 2.0 * 2.0);
    assert_eq!(answer.moves.as_ref().expect("moves").got.len(), 6, "{}", answer.to_text());
    let sizes: Vec<(&str, i32)> = answer.scaling.got.iter().map(|(_, of, _, to)| (of.as_str(), *to)).collect();
    assert_eq!(sizes, [("a1", 2), ("a2", 1), ("a1", 1), ("a2", 2), ("a1", 0)]);
    let mut daemon = both.clone();
    daemon.as_object_mut().expect("an object").remove("statefulset");
    daemon["daemonset"] = json!({});
    let answer = self::answer(&daemon);
    near(answer.complete_at.got, 18.0);
    near(answer.others[0].complete_at, 16.0);
    both["actions"][3]["name"] = json!("web");
    assert!(refused(&both).contains("\"web\" is no Deployment of extra.deployments"), "{}", refused(&both));
}

#[test]
fn a_compressed_file_says_how_to_read_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("snap.json.gz");
    std::fs::write(&file, [0x1f, 0x8b, 8, 0]).expect("written");
    for command in [&["eta"][..], &["run"], &["replay"]] {
        let output = rollcast(&[command, &[file.to_str().expect("text")]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains("gunzip"), "{command:?}: {}", text(&output.stderr));
    }
}

/// Neither the file nor what is printed has a name of the cluster.
#[test]
fn a_recording_can_hide_its_names() {
    let log = "tests/recordings/incidents/07-quota/audit.log";
    let words = ["record", "deploy/checkout", "-n", "shop", "-f", log, "--anonymise=k"];
    let output = rollcast(&words);
    let all = format!("{}{}", text(&output.stdout), text(&output.stderr).replace(log, ""));
    assert!(output.status.success(), "{all}");
    for name in ["checkout", "shop", "node-a1", "mem-limits", "registry.example.com"] {
        assert!(!all.contains(name), "{name} is in\n{all}");
    }
    assert_eq!(output.stdout, rollcast(&words).stdout);
}

/// The page has the answer and the picture, and no name where they are to be hidden.
#[test]
fn eta_writes_a_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("eta.html");
    let place = file.to_str().expect("text");
    let snapshot = "tests/recordings/snapshots/04-min-ready.json";
    let words = ["eta", snapshot, "deploy/checkout", "--replications", "100", "--html", place];
    let output = rollcast(&words);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let page = std::fs::read_to_string(&file).expect("a page");
    for part in ["Time left", "Progress deadline", "It waits for", "New pods available", "What the answer rests on"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.contains("checkout") && !page.contains("<script"));
    let hidden = rollcast(&[&words[..], &["--anonymise=k", "-n", "shop"]].concat());
    assert!(hidden.status.success(), "{}", text(&hidden.stderr));
    let page = std::fs::read_to_string(&file).expect("a page");
    assert!(!page.contains("checkout") && !page.contains("shop"), "{page}");
    let own = rollcast(&["eta", snapshot, "deploy/checkout", "--html", snapshot]);
    assert!(text(&own.stderr).contains("is an input of this command"), "{}", text(&own.stderr));
}
