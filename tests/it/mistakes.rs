//! All mistakes of an input in one message: in order of lines, and none that only follows from another.

use std::fs;

use crate::cli::{rollcast, text};

/// The places that the message of a refused run names, as `line:column`, or the option.
fn places(file: &str, more: &[&str]) -> (Vec<String>, String) {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("given.yaml");
    fs::write(&path, file).expect("room on the disk");
    let name = path.display().to_string();
    let output = rollcast(&[&["run", &name][..], more].concat());
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    let of_line = |line: &str| {
        let line = line.strip_prefix("rollcast: ").unwrap_or(line);
        if let Some(place) = line.strip_prefix(&format!("{name}:")) {
            return place.split(": ").next().map(str::to_owned);
        }
        line.starts_with("--set ").then(|| line.split(':').next().unwrap_or(line).to_owned())
    };
    (message.lines().filter_map(of_line).collect(), message)
}

const EXPERIMENT: &str = "\
deployment:
  spec:
    replicas: \"8\"
    template: {spec: {containers: [{name: app, image: x}]}}
pods:
  strat: 5s
  warmUp: {p50: 45, p99: 60s}
  new: {crahs: 2%}
cluster:
  nodes: many
traffic: {rate: x, capacity: 4}
sweep:
  maxUnavailable: [0, abc]
objectives: [p95 duratio <= 5m]
";

#[test]
fn every_mistake_of_an_experiment_is_reported_once_and_in_order() {
    let (places, message) = places(EXPERIMENT, &["--set", "pods.badVersion=7"]);
    let expected = ["3:15", "6:3", "7:12", "8:9", "10:10", "11:17", "13:23", "14:14", "--set pods.badVersion=7"];
    assert_eq!(places, expected, "{message}");
}

#[test]
fn every_mistake_of_a_manifest_is_reported() {
    let manifest = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: \"8\"
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: A_P
          image: [x]
";
    let (places, message) = places(manifest, &[]);
    assert_eq!(places, ["5:13", "11:17", "12:18"], "{message}");
}

#[test]
fn what_only_follows_from_a_mistake_is_not_reported() {
    let spec = "{template: {spec: {containers: [{name: app, image: x}]}}}";
    for (text, expected) in [
        // The objective is about requests, and traffic was left out.
        (format!("deployment: {{spec: {spec}}}\ntraffic: 5\nobjectives: [p95 lost_requests <= 5]\n"), vec!["2:10"]),
        ("deployment: none.yaml\npods: {start: 1s}\n".to_owned(), vec!["1:13"]),
        // Without the label the selector would not match.
        (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  \
             template:\n    metadata: {labels: {app: web, b: \"o r\"}}\n    spec: {containers: [{name: a, image: b}]}\n"
                .to_owned(),
            vec!["7:38"],
        ),
    ] {
        let (places, message) = places(&text, &[]);
        assert_eq!(places, expected, "{message}");
    }
}
