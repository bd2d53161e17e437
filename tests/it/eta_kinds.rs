//! Kinds of trouble that no recording has: recorded snapshots, changed by hand.

use std::fs;

use serde_json::{Value, json};

use crate::cli::{root, succeeds};

/// A recorded snapshot with every item changed.
pub(crate) fn changed(case: &str, change: impl Fn(&mut Value)) -> Value {
    let text = fs::read_to_string(root().join(format!("tests/recordings/snapshots/{case}.json"))).expect("a snapshot");
    let mut list: Value = serde_json::from_str(&text).expect("JSON");
    list["items"].as_array_mut().expect("a list").iter_mut().for_each(change);
    list
}

pub(crate) fn eta(list: &Value, words: &[&str]) -> Value {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("snapshot.json");
    fs::write(&file, list.to_string()).expect("room on the disk");
    let file = file.to_str().expect("a path");
    let answer = succeeds(&[&["eta", file, "-o", "json", "--replications", "200"], words].concat());
    serde_json::from_str(&answer).expect("JSON")
}

/// Whether an item is a pod of checkout's new version in `02-healthy-early`.
fn is_new_pod(item: &Value) -> bool {
    item["kind"] == "Pod"
        && item["metadata"]["name"].as_str().is_some_and(|name| name.starts_with("checkout-75bfdfb84-"))
}

/// The answer where the new pods' containers wait for this reason.
fn waiting(reason: &str, message: &str) -> Value {
    let list = changed("02-healthy-early", |item| {
        if is_new_pod(item) {
            let status = &mut item["status"]["containerStatuses"][0];
            status["state"] = json!({"waiting": {"reason": reason, "message": message}});
            status["restartCount"] = json!(if reason == "CrashLoopBackOff" { 4 } else { 0 });
            let ended = json!({"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-29T11:54:46Z"});
            status["lastState"] = if reason == "CrashLoopBackOff" { json!({"terminated": ended}) } else { json!({}) };
        }
    });
    eta(&list, &["deploy/checkout"])
}

#[track_caller]
pub(crate) fn stays(answer: &Value, cause: &str, evidence: &str) {
    assert_eq!(answer["waits_for"][0]["cause"], cause, "{answer}");
    assert!(answer["waits_for"][0]["evidence"].to_string().contains(evidence), "{answer}");
    assert_eq!(answer["forecast"]["p50_s"]["value"], Value::Null, "{answer}");
    assert!(answer["forecast"]["never"]["value"].as_f64() > Some(0.9), "{answer}");
}

#[test]
fn an_image_a_container_or_a_program_that_fails_each_time_keeps_it_from_ending() {
    stays(&waiting("ImagePullBackOff", "Back-off pulling image \"x\": not found"), "image", "not found");
    stays(&waiting("CreateContainerConfigError", "secret \"db\" not found"), "config", "secret \\\"db\\\" not found");
    stays(
        &waiting("CrashLoopBackOff", "back-off 1m20s restarting failed container"),
        "crash",
        "OOMKilled with exit code 137",
    );
}

#[test]
fn a_pod_that_the_api_server_refuses_for_what_it_is_stays_refused() {
    let message = "pods \"checkout-1\" is forbidden: violates PodSecurity \"restricted:latest\"";
    let list = changed("07-quota", |item| {
        if item["kind"] == "ReplicaSet" && item["status"]["conditions"].is_array() {
            item["status"]["conditions"][0]["message"] = json!(message);
        }
        if item["kind"] == "ResourceQuota" {
            item["spec"]["hard"] = json!({"pods": "1000"});
        }
    });
    stays(&eta(&list, &["deploy/checkout"]), "cannot_create", "violates PodSecurity");
}

#[test]
fn a_quota_that_the_list_lacks_still_refuses() {
    let mut list = changed("07-quota", |_| ());
    list["items"].as_array_mut().expect("a list").retain(|item| item["kind"] != "ResourceQuota");
    stays(&eta(&list, &["deploy/checkout"]), "quota", "exceeded quota: mem-limits");
}

#[test]
fn pods_on_a_node_that_does_not_report_are_named() {
    let list = changed("02-healthy-early", |item| {
        if item["kind"] == "Node" && item["metadata"]["name"] == "node-a2" {
            item["status"]["conditions"] =
                json!([{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]);
        }
    });
    let answer = eta(&list, &["deploy/checkout"]);
    let lost = answer["waits_for"].as_array().expect("a list").iter().find(|cause| cause["cause"] == "lost_node");
    let lost = lost.unwrap_or_else(|| panic!("{answer}"));
    assert!(lost["evidence"].to_string().contains("node-a2"), "{lost}");
}

#[test]
fn a_change_that_the_controller_has_not_seen_is_in_progress() {
    let list = changed("01-steady", |item| {
        if item["kind"] == "Deployment" && item["metadata"]["name"] == "checkout" {
            item["metadata"]["generation"] = json!(2);
            item["spec"]["template"]["spec"]["containers"][0]["image"] =
                json!("registry.example.com/shop/checkout:2.0.0");
        }
    });
    let answer = eta(&list, &["deploy/checkout"]);
    assert_eq!((&answer["state"], &answer["waits_for"][0]["cause"]), (&json!("rolling"), &json!("not_seen")));
    assert!(answer["forecast"]["p50_s"]["value"].as_f64() > Some(2.0), "{answer}");
}

#[test]
fn a_status_that_lags_is_no_completion() {
    // The template was changed, the new ReplicaSet is there, and the Deployment's status is still that of the old one.
    let list = changed("02-healthy-early", |item| {
        if item["kind"] == "Deployment" && item["metadata"]["name"] == "checkout" {
            item["metadata"]["generation"] = json!(3);
        }
    });
    assert_eq!(eta(&list, &["deploy/checkout"])["state"], "rolling");
}

#[test]
fn yaml_and_a_bare_list_are_read_as_json_is() {
    let list = changed("02-healthy-early", |_| ());
    let whole = eta(&list, &["deploy/checkout"]);
    let bare = eta(&list["items"], &["deploy/checkout"]);
    assert_eq!(whole["forecast"], bare["forecast"]);
}

/// The same snapshot with pulls that took so many times as long, and pods that started as much later.
fn pulled(event: impl Fn(f64) -> String) -> Value {
    changed("13-paused", |item| {
        let is_pull = item["kind"] == "Event" && item["reason"] == "Pulled";
        let message = item["message"].as_str().unwrap_or_default().to_owned();
        if let Some(rest) = message.split_once(" in ").map(|(_, rest)| rest).filter(|_| is_pull) {
            let seconds: f64 = rest.split('s').next().and_then(|word| word.parse().ok()).expect("seconds");
            item["message"] = json!(event(seconds));
        }
        if item["kind"] == "Deployment" && item["metadata"]["name"] == "checkout" {
            item["spec"]["paused"] = json!(false);
        }
    })
}

fn as_told(seconds: f64) -> String {
    format!(
        "Successfully pulled image \"checkout:1.9.0\" in {seconds}s ({seconds}s including waiting). Image size: 1 bytes."
    )
}

#[test]
fn the_events_of_pulls_tell_how_long_they_took() {
    let words = |list: &Value| {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("snapshot.json");
        fs::write(&file, list.to_string()).expect("room on the disk");
        let text = succeeds(&["eta", file.to_str().expect("a path"), "deploy/checkout", "--replications", "50"]);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let own = words(&pulled(as_told));
    assert!(own.contains("Pulls: fitted to what events say of 5 pods, in the middle 1.5s."), "{own}");
    // What no event tells is not separated from the start.
    let untold = words(&pulled(|_| "Container image \"checkout:1.9.0\" already present on machine".into()));
    assert!(!untold.contains("Pulls:") && untold.contains("Start-up: fitted to 5 new pods Ready"), "{untold}");
    // Where the pulls alone took the time, nodes that have the image are quick: three of the missing pods go there.
    let p05 = |list: &Value| eta(list, &["deploy/checkout"])["forecast"]["p05_s"]["value"].as_f64().expect("a time");
    assert!(p05(&pulled(as_told)) <= p05(&pulled(|_| "already present on machine".into())) + 0.5);
}

/// What `eta` takes from the events, a forecast of the next rollout takes too, and what was taken is repeated from the result.
#[test]
fn a_forecast_of_the_next_rollout_takes_pulls_from_the_events() {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("snapshot.json");
    fs::write(&file, pulled(as_told).to_string()).expect("room on the disk");
    let file = file.to_str().expect("a path");
    let run = |words: &[&str]| {
        let own = ["run", file, "--deployment", "shop/checkout", "--replications", "20", "-q", "--what-if", "none"];
        succeeds(&[&own[..], words].concat()).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let told = run(&[]);
    assert!(told.contains("(measured, 5 values, events Pulled of 5 pods)"), "{told}");
    assert!(!run(&["--set", "pods.pull=2s"]).contains("events Pulled"), "what is written counts");
    assert!(!run(&["--set", "pods.imageSize=1GB"]).contains("events Pulled"), "what is written counts");
    let out = place.path().join("out");
    let out = out.to_str().expect("a path");
    succeeds(&[
        "sweep",
        file,
        "--deployment",
        "shop/checkout",
        "--replications",
        "20",
        "-q",
        "--what-if",
        "none",
        "--out",
        out,
    ]);
    succeeds(&["verify", out, "-q"]);
}
