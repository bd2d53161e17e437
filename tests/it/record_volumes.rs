//! What `record` writes of persistent volumes and of budgets, from streams made by hand, and that it replays as it happened.

use std::fs;
use std::path::Path;

use rollcast::record::{self, Asked, Recorded};
use rollcast::replay;
use serde_json::{Value, json};

/// A stream with arrivals, whose lines are written in order.
#[derive(Default)]
struct Stream {
    lines: String,
    version: u32,
}

fn clock(second: f64) -> String {
    format!("2026-03-01T10:00:{second:06.3}Z")
}

impl Stream {
    fn line(&mut self, at: f64, kind: &str, mut object: Value) {
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.lines += &format!("{}\n", json!({"type": kind, "at": clock(at), "object": object}));
    }
}

fn template(image: u32) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "containers": [{"name": "web", "image": format!("web:{image}")}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
        }
    })
}

fn deployment(image: u32, ready: u32) -> Value {
    json!({
        "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "generation": image},
        "spec": {"replicas": 1, "strategy": {"type": "Recreate"}, "template": template(image)},
        "status": {"observedGeneration": image, "replicas": ready, "updatedReplicas": ready, "availableReplicas": ready, "readyReplicas": ready}
    })
}

fn set(image: u32, replicas: u32, observed: bool) -> Value {
    let mut set = json!({
        "kind": "ReplicaSet", "metadata": {"name": format!("web-{image}"), "namespace": "shop",
            "ownerReferences": [{"kind": "Deployment", "name": "web", "controller": true}]},
        "spec": {"replicas": replicas, "template": template(image)}, "status": {"replicas": replicas}
    });
    if observed {
        set["status"]["observedGeneration"] = json!(1);
    }
    set
}

/// The states of a pod, by the conditions and times that it has by then.
fn pod(image: u32, node: Option<&str>, running: Option<f64>, ready: bool) -> Value {
    let mut spec = template(image)["spec"].clone();
    let mut conditions = vec![json!({"type": "Ready", "status": if ready { "True" } else { "False" }})];
    if let Some(node) = node {
        spec["nodeName"] = json!(node);
        conditions.push(json!({"type": "PodScheduled", "status": "True"}));
    }
    let state =
        running.map_or_else(|| json!({"waiting": {}}), |at| json!({"running": {"startedAt": clock(at.floor())}}));
    json!({
        "kind": "Pod", "metadata": {"name": format!("web-{image}-x"), "namespace": "shop",
            "ownerReferences": [{"kind": "ReplicaSet", "name": format!("web-{image}"), "controller": true}]},
        "spec": spec, "status": {"conditions": conditions, "containerStatuses": [{"state": state, "restartCount": 0}]}
    })
}

fn node(name: &str) -> Value {
    json!({"kind": "Node", "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}}})
}

fn claim(mode: &str) -> Value {
    json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "shop"},
        "spec": {"accessModes": [mode], "volumeName": "pv-1"}, "status": {"phase": "Bound"}})
}

fn volume() -> Value {
    json!({"kind": "PersistentVolume", "metadata": {"name": "pv-1"}, "spec": {"nodeAffinity": {"required": {"nodeSelectorTerms":
        [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["n0", "n1"]}]}]}}}})
}

fn attachment(node: &str, attached: bool) -> Value {
    json!({"kind": "VolumeAttachment", "metadata": {"name": format!("csi-{node}"), "creationTimestamp": clock(1.0)},
        "spec": {"attacher": "csi.example.com", "nodeName": node, "source": {"persistentVolumeName": "pv-1"}},
        "status": {"attached": attached}})
}

/// The second version of a pod under Recreate goes from node n0 to node n1: the old one is gone at 12 s, its volume is detached at 17 s and
/// attached at 24 s, and the new pod is Ready at 28 s.
fn moved(mode: &str, with_attachments: bool) -> Stream {
    let mut stream = Stream::default();
    stream.line(2.0, "ADDED", claim(mode));
    stream.line(2.0, "ADDED", volume());
    ["n0", "n1", "n2"].iter().for_each(|name| stream.line(2.0, "ADDED", node(name)));
    if with_attachments {
        stream.line(2.0, "ADDED", attachment("n0", true));
    }
    stream.line(2.0, "ADDED", deployment(1, 1));
    stream.line(2.0, "ADDED", set(1, 1, true));
    let old = |asked: bool| {
        let mut pod = pod(1, Some("n0"), Some(1.0), true);
        pod["metadata"]["creationTimestamp"] = json!(clock(0.0));
        if asked {
            pod["metadata"]["deletionTimestamp"] = json!(clock(40.0));
            pod["metadata"]["deletionGracePeriodSeconds"] = json!(30);
        }
        pod
    };
    stream.line(2.0, "ADDED", old(false));
    stream.line(10.0, "MODIFIED", deployment(2, 0));
    stream.line(10.01, "MODIFIED", set(1, 0, true));
    stream.line(10.02, "MODIFIED", old(true));
    stream.line(12.0, "DELETED", old(true));
    stream.line(12.02, "ADDED", set(2, 1, false));
    let new = |node, running, ready| {
        let mut pod = pod(2, node, running, ready);
        pod["metadata"]["creationTimestamp"] = json!(clock(12.0));
        pod
    };
    stream.line(12.04, "ADDED", new(None, None, false));
    stream.line(12.05, "MODIFIED", new(Some("n1"), None, false));
    if with_attachments {
        stream.line(17.0, "DELETED", attachment("n0", false));
        stream.line(17.1, "ADDED", attachment("n1", false));
        stream.line(24.0, "MODIFIED", attachment("n1", true));
    }
    stream.line(25.0, "MODIFIED", new(Some("n1"), Some(25.0), false));
    stream.line(28.0, "MODIFIED", new(Some("n1"), Some(25.0), true));
    stream.line(28.05, "MODIFIED", deployment(2, 1));
    stream
}

fn recorded(stream: &Stream) -> Recorded {
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("watch.jsonl");
    fs::write(&file, &stream.lines).expect("room on the disk");
    let mut target: record::Target = "deploy/web".parse().expect("a workload");
    target.namespace = "shop".into();
    record::record(&[file], &Asked { target, beside: Vec::new(), since: None, until: None }).expect("a recording")
}

fn answer(recorded: &Recorded) -> replay::Answer {
    let text = record::text(&recorded.recording);
    replay::answer(&replay::parse(Path::new("incident.json"), &text).expect("it is readable"))
}

#[test]
fn a_volume_that_moved_is_recorded_and_replays_as_it_did() {
    for mode in ["ReadWriteOnce", "ReadWriteOncePod"] {
        let recorded = recorded(&moved(mode, true));
        let recording = &recorded.recording;
        let expected = json!([{"name": "data", "access": mode, "nodes": [0, 1], "attached": 0}]);
        assert_eq!(recording["extra"]["claims"], expected, "{mode}");
        let cluster = &recording["cluster"];
        assert_eq!((&cluster["volume_attach_seconds"], &cluster["volume_detach_seconds"]), (&json!(7.0), &json!(5.0)));
        // The pod's own time counts from when it had the volume.
        assert_eq!(recording["pods"]["ready_after_seconds"]["v2"], json!([4.0]));
        let answer = answer(&recorded);
        assert_eq!(answer.matched, Some(true), "{mode}: {}\n{recording:#}", answer.to_text());
        assert!(answer.complete_at.got.is_some_and(|at| (at - 18.0).abs() < 0.5), "{}", answer.to_text());
        // On the node where the volume is nothing would have moved.
        let mut stayed = recording.clone();
        stayed["cluster"]["nodes"] = json!(1);
        stayed["cluster"].as_object_mut().expect("an object").remove("node_zones");
        stayed["extra"]["claims"][0]["nodes"] = Value::Null;
        stayed["expect"] = Value::Null;
        let recording = replay::parse(Path::new("incident.json"), &stayed.to_string()).expect("it is readable");
        let at = replay::answer(&recording).complete_at.got;
        assert!(at.is_some_and(|at| (at - 6.0).abs() < 0.5), "{at:?}");
    }
}

/// Without attachments the wait is in the pod's time, and the answer says so; who may use the volume decides all the same.
#[test]
fn without_attachments_the_wait_is_in_the_pods_times() {
    let shared = recorded(&moved("ReadWriteOnce", false));
    assert!(shared.recording.get("extra").is_none_or(|extra| extra.get("claims").is_none()), "{}", shared.recording);
    assert!(shared.remarks.iter().any(|remark| remark.starts_with("when the volume of claim data was attached")));
    let alone = recorded(&moved("ReadWriteOncePod", false));
    assert_eq!(alone.recording["extra"]["claims"][0]["access"], "ReadWriteOncePod");
    assert_eq!(alone.recording["cluster"]["volume_attach_seconds"], json!(0.0));
    for recorded in [shared, alone] {
        assert_eq!(recorded.recording["pods"]["ready_after_seconds"]["v2"], json!([15.95]));
        let answer = answer(&recorded);
        assert_eq!(answer.matched, Some(true), "{}", answer.to_text());
    }
}

/// Budgets that select the pods: one from the beginning on, which is changed, and a second one for a time.
#[test]
fn budgets_are_recorded_as_they_came_and_went() {
    let budget = |name: &str, app: &str, least: u32| {
        json!({"kind": "PodDisruptionBudget", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"minAvailable": least, "selector": {"matchLabels": {"app": app}}}, "status": {"currentHealthy": least}})
    };
    let mut stream = Stream::default();
    stream.line(1.0, "ADDED", budget("web", "web", 0));
    stream.line(1.0, "ADDED", budget("others", "api", 1));
    let before = moved("ReadWriteMany", false);
    let offset = stream.version;
    for line in before.lines.lines() {
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        let version: u32 = line["object"]["metadata"]["resourceVersion"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .expect("a version");
        line["object"]["metadata"]["resourceVersion"] = json!((version + offset).to_string());
        stream.lines += &format!("{line}\n");
    }
    stream.version = 1000;
    stream.line(30.0, "MODIFIED", budget("web", "web", 1));
    stream.line(31.0, "ADDED", budget("more", "web", 1));
    stream.line(33.0, "DELETED", budget("more", "web", 1));
    let recorded = recorded(&stream);
    let actions = recorded.recording["actions"].as_array().expect("a list");
    let about: Vec<&Value> = actions.iter().filter(|one| one.get("budget").is_some()).collect();
    let expected = [
        json!({"at": 0.0, "do": "pdb", "budget": "web", "spec": {"minAvailable": 0}}),
        json!({"at": 20.0, "do": "pdb", "budget": "web", "spec": {"minAvailable": 1}}),
        json!({"at": 21.0, "do": "pdb", "budget": "more", "spec": {"minAvailable": 1}}),
        json!({"at": 23.0, "do": "delete-pdb", "budget": "more"}),
    ];
    assert_eq!(about, expected.iter().collect::<Vec<_>>());
    assert_eq!(answer(&recorded).matched, Some(true));
}
