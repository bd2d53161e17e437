//! What a cluster logged becomes a recording, and the recording replays as it happened.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use rollcast::record::{self, Asked, Recorded, Target};
use rollcast::replay;
use serde_json::{Value, json};

use crate::cli::{rollcast, text};

pub(crate) fn incidents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/incidents")
}

pub(crate) const CASES: [&str; 13] = [
    "01-steady",
    "02-healthy-early",
    "04-min-ready",
    "05-never-ready",
    "07-quota",
    "09-anti-affinity",
    "10-taint",
    "11-rollback",
    "13-paused",
    "14-rollover",
    "16-slow-stop",
    "18-sts-partition",
    "19-daemonset",
];

fn truth(case: &str) -> Value {
    let text = fs::read_to_string(incidents().join(case).join("truth.json")).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

/// The workload of a case: namespace, kind and name.
fn target(case: &str) -> Target {
    let truth = truth(case);
    let parts: Vec<&str> = truth["object"].as_str().expect("text").split('/').collect();
    let mut target: Target = format!("{}/{}", parts[1], parts[2]).parse().expect("a workload");
    target.namespace = parts[0].into();
    target
}

pub(crate) fn asked(case: &str) -> Asked {
    Asked { target: target(case), beside: Vec::new(), since: None, until: None }
}

pub(crate) fn recorded(case: &str, file: &str) -> Recorded {
    record::record(&[incidents().join(case).join(file)], &asked(case)).expect("a recording")
}

/// Seconds of the minute of an instant.
fn second_of(instant: &Value) -> f64 {
    let text = instant.as_str().expect("text");
    let clock = text.split('T').nth(1).expect("a clock").trim_end_matches('Z');
    clock.split(':').map(|part| part.parse::<f64>().expect("a number")).fold(0.0, |sum, part| 60.0 * sum + part)
}

/// When a ReplicaSet of a template was scaled from how many pods to how many.
type Scaling = (f64, String, i64, i64);

/// The sizes of a recording and of the truth, by image and version: instants from the truth's beginning.
fn sizes(case: &str, recorded: &Recorded) -> (Vec<Scaling>, Vec<Scaling>) {
    let truth = truth(case);
    let read = |lines: &Value, offset: f64| -> Vec<Scaling> {
        let lines = lines.as_array().expect("a list").iter();
        let line = |line: &Value| {
            let number = |place: usize| line[place].as_i64().expect("a number");
            (
                line[0].as_f64().expect("a time") + offset,
                line[1].as_str().expect("text").to_owned(),
                number(2),
                number(3),
            )
        };
        lines.map(line).collect()
    };
    let offset = second_of(&recorded.recording["began"]) - second_of(&truth["t0"]);
    (read(&recorded.recording["expect"]["scaling"], offset), read(&truth["scaling"], 0.0))
}

/// The greatest distance of two instants; panics where order or sizes differ.
fn farthest(case: &str, recorded: &Recorded) -> f64 {
    let (got, expected) = sizes(case, recorded);
    assert_eq!(got.len(), expected.len(), "{case}: {got:?}\n{expected:?}");
    let mut versions: Vec<(String, String)> = Vec::new();
    let mut farthest: f64 = 0.0;
    for (one, other) in got.iter().zip(&expected) {
        assert_eq!((one.2, one.3), (other.2, other.3), "{case}: {one:?} {other:?}");
        let known = versions.iter().find(|(image, version)| *image == other.1 || *version == one.1);
        match known {
            Some(pair) => assert_eq!(*pair, (other.1.clone(), one.1.clone()), "{case}"),
            None => versions.push((other.1.clone(), one.1.clone())),
        }
        farthest = farthest.max((one.0 - other.0).abs());
    }
    farthest
}

fn deployments() -> impl Iterator<Item = &'static str> {
    CASES.into_iter().filter(|case| !case.starts_with("18") && !case.starts_with("19"))
}

#[test]
fn an_audit_log_gives_the_sizes_that_there_were() {
    for case in deployments() {
        let farthest = farthest(case, &recorded(case, "audit.log"));
        assert!(farthest < 0.3, "{case}: {farthest} s");
    }
}

#[test]
fn a_watch_gives_the_same_sizes_in_the_same_order_to_the_second() {
    for case in deployments() {
        let recorded = recorded(case, "watch.jsonl");
        assert!(farthest(case, &recorded) < 1.5, "{case}");
        let sizes = recorded.parts.iter().find(|part| part.part == "sizes of ReplicaSets").expect("a part");
        assert_eq!(sizes.source.as_deref(), Some("watch, to the second"), "{case}");
    }
}

pub(crate) fn replayed(case: &str, recorded: &Recorded) -> replay::Answer {
    let recording = replay::parse(Path::new("incident.json"), &record::text(&recorded.recording)).expect(case);
    replay::answer(&recording)
}

#[test]
fn what_was_recorded_replays_as_it_happened() {
    for file in ["audit.log", "watch.jsonl"] {
        for case in CASES {
            let answer = replayed(case, &recorded(case, file));
            assert_eq!(answer.matched, Some(true), "{case}, {file}: {}", answer.to_text());
        }
    }
}

#[test]
fn what_a_watch_of_pods_cannot_tell_is_said_and_taken_as_it_was() {
    // No file has the quota: the refusals tell how many pods there could be.
    let quota = recorded("07-quota", "watch.jsonl");
    let actions = quota.recording["actions"].as_array().expect("a list");
    let limits: Vec<(&Value, bool)> = actions
        .iter()
        .filter(|one| one["do"] == "quota")
        .map(|one| (&one["pods"], (20.6..41.0).contains(&one["at"].as_f64().expect("a time"))))
        .collect();
    assert_eq!(limits, [(&json!(8), false), (&Value::Null, true)], "{actions:?}");
    assert!(quota.remarks.iter().any(|remark| remark.starts_with("no file has the quota")), "{:?}", quota.remarks);
    // No file has the nodes: pods that found none wait as long as they did.
    for (case, waiting) in [("10-taint", 7), ("16-slow-stop", 6)] {
        let recorded = recorded(case, "watch.jsonl");
        let waits = recorded.recording["pods"]["no_node_for_seconds"]["v2"].as_object().expect("a table");
        assert_eq!(waits.len(), waiting, "{case}: {waits:?}");
        assert!(waits.values().any(|wait| wait.as_f64() > Some(3.0)), "{case}: {waits:?}");
        assert!(recorded.remarks.iter().any(|remark| remark.contains("they wait as long as they did")), "{case}");
    }
    // Anti-affinity is in the template: the rules decide it, and another strategy may help.
    let apart = recorded("09-anti-affinity", "watch.jsonl");
    assert!(apart.recording["pods"].get("no_node_for_seconds").is_none(), "{}", apart.recording["pods"]);
}

/// Pods of a StatefulSet and of a DaemonSet: `delete` and `create` by turns, by ordinal or node.
#[test]
fn moves_of_sets_are_recorded() {
    for file in ["audit.log", "watch.jsonl"] {
        let ledger = recorded("18-sts-partition", file);
        let places = |recorded: &Recorded| -> Vec<(String, u64, String)> {
            let lines = recorded.recording["expect"]["moves"].as_array().expect("a list").clone();
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            lines.iter().map(|line| (text(&line[1]), line[2].as_u64().expect("a place"), text(&line[3]))).collect()
        };
        let expected = [4, 3, 2].map(|ordinal| {
            [("delete".to_owned(), ordinal, "v1".to_owned()), ("create".to_owned(), ordinal, "v2".to_owned())]
        });
        assert_eq!(places(&ledger), expected.concat(), "{file}");
        let actions: Vec<&Value> =
            ledger.recording["actions"].as_array().expect("a list").iter().map(|one| &one["do"]).collect();
        assert_eq!(actions, ["patch-spec", "set-template"], "{file}");
        let agent = places(&recorded("19-daemonset", file));
        let each = agent.chunks(2).map(|pair| (pair[0].1, pair[1].1));
        assert!(each.clone().all(|(gone, new)| gone == new), "{file}: {agent:?}");
        let mut nodes: Vec<u64> = each.map(|(gone, _)| gone).collect();
        nodes.sort_unstable();
        assert_eq!(nodes, [0, 1, 2, 3, 4, 5], "{file}");
    }
}

/// A watch does not tell who deleted a pod: where its ReplicaSet had none too many, it was not the controller.
#[test]
fn a_pod_that_somebody_deleted_is_an_action_of_a_watch() {
    let of_pods = |recorded: &Recorded| {
        let actions = recorded.recording["actions"].as_array().expect("a list").iter();
        actions.filter(|one| one["do"] == "delete-pod").cloned().collect::<Vec<Value>>()
    };
    for case in CASES {
        assert_eq!(of_pods(&recorded(case, "watch.jsonl")), Vec::<Value>::new(), "{case}");
    }
    let case = "01-steady";
    let text = fs::read_to_string(incidents().join(case).join("watch.jsonl")).expect("a file");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let is_new = |line: &Value| {
        line["object"]["metadata"]["name"].as_str().is_some_and(|name| name.starts_with("checkout-75bfdfb84-"))
    };
    // A pod of the new version, complete and Ready, is told to go a minute after all is done.
    let mut last = lines.rev().find(is_new).expect("a new pod");
    last["type"] = json!("MODIFIED");
    last["object"]["metadata"]["resourceVersion"] = json!("99000000");
    last["object"]["metadata"]["deletionTimestamp"] = json!("2026-11-29T11:56:30Z");
    last["object"]["metadata"]["deletionGracePeriodSeconds"] = json!(30);
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("watch.jsonl");
    fs::write(&file, format!("{text}{last}\n")).expect("room on the disk");
    let recorded = record::record(&[file], &asked(case)).expect("a recording");
    let deleted = of_pods(&recorded);
    assert_eq!(deleted.len(), 1, "{}", recorded.recording["actions"]);
    assert_eq!(deleted[0]["template"], "v2");
}

#[test]
fn what_people_did_is_an_action() {
    let table: [(&str, &[&str]); 5] = [
        ("02-healthy-early", &["set-template"]),
        ("07-quota", &["quota", "set-template", "quota"]),
        ("11-rollback", &["set-template", "undo"]),
        ("13-paused", &["set-template", "pause", "resume"]),
        ("14-rollover", &["set-template", "set-template"]),
    ];
    for (case, expected) in table {
        let recorded = recorded(case, "audit.log");
        let actions = recorded.recording["actions"].as_array().expect("a list").iter();
        let what: Vec<&str> = actions.map(|one| one["do"].as_str().expect("text")).collect();
        assert_eq!(what, expected, "{case}");
        assert_eq!(recorded.recording["start"]["template"], "v1", "{case}");
    }
    let quota = recorded("07-quota", "audit.log").recording["actions"].clone();
    assert_eq!((&quota[0]["pods"], &quota[2]["at"]), (&json!(8), &json!(30.0)), "{quota}");
    let undone = recorded("11-rollback", "audit.log").recording["actions"][1].clone();
    assert_eq!(undone["resolved_template"], "v1");
}

/// An audit log of which a policy kept something back.
fn kept_back(case: &str, change: impl Fn(&mut Value)) -> Recorded {
    let text = fs::read_to_string(incidents().join(case).join("audit.log")).expect("a file");
    let lines = text.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        change(&mut line);
        format!("{line}\n")
    });
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("audit.log");
    fs::write(&file, lines.collect::<String>()).expect("room on the disk");
    record::record(&[file], &asked(case)).expect("a recording")
}

#[test]
fn one_user_for_all_controllers_changes_nothing() {
    let of_one_user = kept_back("11-rollback", |line| {
        if line["user"]["username"].as_str().is_some_and(|user| user.starts_with("system:serviceaccount:kube-system:"))
        {
            line["user"]["username"] = "system:kube-controller-manager".into();
        }
    });
    assert_eq!(of_one_user.recording, recorded("11-rollback", "audit.log").recording);
}

#[test]
fn pods_at_level_request_are_told_and_their_bindings_name_them() {
    let recorded = kept_back("02-healthy-early", |line| {
        if line["objectRef"]["resource"] == "pods" {
            line["level"] = "Request".into();
            line["responseObject"] = Value::Null;
        }
    });
    assert!(farthest("02-healthy-early", &recorded) < 0.3);
    let remarks = recorded.remarks.join("\n");
    assert!(remarks.contains("writes of pods are logged without"), "{remarks}");
    let bound = recorded.parts.iter().find(|part| part.part == "when pods were bound").expect("a part");
    assert_eq!(bound.remark, "8 of 8 new pods");
}

#[test]
fn refused_writes_and_dry_runs_change_nothing() {
    let scaled = |code: u64, uri: &str| {
        let line = json!({"apiVersion": "audit.k8s.io/v1", "kind": "Event", "level": "RequestResponse", "stage": "ResponseComplete",
            "requestURI": uri, "verb": "patch", "user": {"username": "sre@example.com"},
            "objectRef": {"resource": "deployments", "subresource": "scale", "namespace": "shop", "name": "checkout"},
            "responseStatus": {"code": code}, "responseObject": {"kind": "Scale", "spec": {"replicas": 3}},
            "stageTimestamp": "2026-11-29T11:54:50.000000Z"});
        let place = tempfile::tempdir().expect("a directory");
        let more = place.path().join("more.log");
        fs::write(&more, line.to_string()).expect("room on the disk");
        let case = "02-healthy-early";
        let files = [incidents().join(case).join("audit.log"), more];
        record::record(&files, &asked(case)).expect("a recording").recording["actions"].clone()
    };
    let path = "/apis/apps/v1/namespaces/shop/deployments/checkout/scale";
    let before = recorded("02-healthy-early", "audit.log").recording["actions"].clone();
    assert_eq!(scaled(409, path), before);
    assert_eq!(scaled(200, &format!("{path}?dryRun=All")), before);
    assert_eq!(scaled(200, path)[1], json!({"at": 4.528, "do": "scale", "replicas": 3}));
}

/// The lines of a watch without the kind of change, as `kubectl get -o json --watch` alone prints them: indented objects one after another.
#[test]
fn a_watch_of_bare_objects_is_read() {
    let case = "14-rollover";
    let text = fs::read_to_string(incidents().join(case).join("watch.jsonl")).expect("a file");
    let bare: String = text
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            serde_json::to_string_pretty(&line["object"]).expect("text") + "\n"
        })
        .collect();
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("watch.json");
    fs::write(&file, bare).expect("room on the disk");
    let read = record::record(&[file], &asked(case)).expect("a recording");
    assert_eq!(read.recording["expect"]["scaling"], recorded(case, "watch.jsonl").recording["expect"]["scaling"]);
}

/// Whichever stream comes first in a file, and whichever file comes first: resource versions order them.
#[test]
fn streams_in_another_order_give_the_same_recording() {
    for case in ["02-healthy-early", "10-taint", "14-rollover", "18-sts-partition"] {
        let text = fs::read_to_string(incidents().join(case).join("watch.jsonl")).expect("a file");
        let mut by_kind: std::collections::BTreeMap<String, Vec<&str>> = std::collections::BTreeMap::new();
        for line in text.lines() {
            let object: Value = serde_json::from_str(line).expect("JSON");
            by_kind.entry(object["object"]["kind"].to_string()).or_default().push(line);
        }
        let streams: Vec<String> = by_kind.values().map(|lines| lines.join("\n") + "\n").collect();
        let longest = by_kind.values().map(Vec::len).max().unwrap_or(0);
        let by_turns: String = (0..longest)
            .flat_map(|place| by_kind.values().rev().filter_map(move |lines| lines.get(place)))
            .map(|line| format!("{line}\n"))
            .collect();
        let place = tempfile::tempdir().expect("a directory");
        let of = |texts: &[String]| {
            let files: Vec<PathBuf> =
                (0..texts.len()).map(|number| place.path().join(format!("{number}.jsonl"))).collect();
            files.iter().zip(texts).for_each(|(file, text)| fs::write(file, text).expect("room on the disk"));
            record::record(&files, &asked(case)).expect("a recording").recording
        };
        let expected = recorded(case, "watch.jsonl").recording;
        let backwards: Vec<String> = streams.iter().rev().cloned().collect();
        for (how, texts) in [
            ("one after another", vec![streams.concat()]),
            ("by turns", vec![by_turns]),
            ("as files", streams.clone()),
            ("as files from the last on", backwards),
        ] {
            assert_eq!(of(&texts), expected, "{case}, {how}");
        }
    }
    // Lines of an audit log that several API servers wrote: two files, given in either order.
    let case = "11-rollback";
    let text = fs::read_to_string(incidents().join(case).join("audit.log")).expect("a file");
    let place = tempfile::tempdir().expect("a directory");
    let files = [place.path().join("a.log"), place.path().join("b.log")];
    for (number, file) in files.iter().enumerate() {
        let half: String = text.lines().skip(number).step_by(2).map(|line| format!("{line}\n")).collect();
        fs::write(file, half).expect("room on the disk");
    }
    let of = |files: &[PathBuf]| record::record(files, &asked(case)).expect("a recording").recording;
    let [one, other] = files;
    let expected = recorded(case, "audit.log").recording;
    assert_eq!((of(&[one.clone(), other.clone()]), of(&[other, one])), (expected.clone(), expected));
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let place = tempfile::tempdir().expect("a directory");
    let run = |name: &str, bytes: &[u8]| -> Output {
        let file = place.path().join(name);
        fs::write(&file, bytes).expect("room on the disk");
        rollcast(&["record", "deploy/checkout", "-n", "shop", "-f", file.to_str().expect("text")])
    };
    let table: [(&str, &[u8], &str); 5] = [
        ("audit.log.gz", &[0x1f, 0x8b, 8, 0], "gunzip -c"),
        ("cut.json", b"{\"kind\": \"List\", ", "is no JSON from here on"),
        ("words.txt", b"it was slow", "holds no line of an audit log"),
        (
            "other.json",
            br#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b"}}"#,
            "check name and namespace",
        ),
        ("nothing.json", b"", "holds no line of an audit log"),
    ];
    for (name, bytes, expected) in table {
        let output = run(name, bytes);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(text(&output.stderr).contains(expected), "{name}: {}", text(&output.stderr));
    }
}

#[test]
fn the_program_writes_a_recording_that_it_replays() {
    let place = tempfile::tempdir().expect("a directory");
    let out = place.path().join("incident.json");
    let log = incidents().join("05-never-ready/audit.log");
    let arguments = ["record", "deploy/checkout", "-n", "shop", "-f", log.to_str().expect("text")];
    let output = rollcast(&[&arguments[..], &["--out", out.to_str().expect("text")]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("8 pods running as v1") && said.contains("Its progress deadline was exceeded"), "{said}");
    let replayed = rollcast(&["replay", out.to_str().expect("text")]);
    assert!(text(&replayed.stdout).contains("1 matched"), "{}", text(&replayed.stdout));
    // Without --out the recording alone is on standard output.
    let printed = rollcast(&arguments);
    assert_eq!(text(&printed.stdout), fs::read_to_string(&out).expect("a file"));
}

fn what_if(case: &str, settings: &[(&str, &str)]) -> replay::WhatIf {
    let recorded = recorded(case, "audit.log");
    let recording = replay::parse(Path::new("incident.json"), &record::text(&recorded.recording)).expect(case);
    let settings: Vec<(String, String)> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    replay::what_if(&recording, &settings).expect("an answer")
}

#[test]
fn the_same_pods_under_another_strategy() {
    // Without a pod to spare no pod is missing; one at a time takes longer; as it was gives what was recorded.
    let none_missing = what_if("02-healthy-early", &[("maxUnavailable", "0")]);
    assert_eq!((none_missing.as_it_was.min_available, none_missing.with_settings.min_available), (Some(6), Some(8)));
    let one_by_one = what_if("02-healthy-early", &[("maxUnavailable", "0"), ("maxSurge", "1")]);
    let at = |course: &replay::Course| course.complete_at.expect("it is complete");
    assert!(at(&one_by_one.with_settings) > at(&one_by_one.as_it_was) + 5.0, "{one_by_one:?}");
    let recorded = one_by_one.recorded.as_ref().expect("what was recorded");
    assert!((at(recorded) - at(&one_by_one.as_it_was)).abs() < 0.3);
    assert_eq!(one_by_one.without_time, 0);
    // Everything at once: the eight new pods begin together, so that it takes as long as the slowest of them.
    let at_once = what_if("02-healthy-early", &[("maxSurge", "100%")]);
    assert!(at(&at_once.with_settings) < at(&at_once.as_it_was), "{at_once:?}");
    // A setting that people changed during the incident is the other one all along.
    let all = what_if("18-sts-partition", &[("partition", "0")]);
    assert!(at(&all.with_settings) > at(&all.as_it_was) + 3.0, "{all:?}");
    assert!(all.to_text().contains("later"), "{}", all.to_text());
}

#[test]
fn settings_that_are_none_are_refused() {
    let recording = replay::load(Path::new("tests/fixtures/stuck.json")).expect("a recording");
    let refused = |name: &str, value: &str| {
        replay::what_if(&recording, &[(name.to_owned(), value.to_owned())]).expect_err("a refusal")
    };
    assert!(refused("maxSurg", "1").contains("did you mean `maxSurge`?"));
    assert!(refused("maxSurge", "many").contains("`many` is not a number or a share such as 25%"));
    assert!(refused("partition", "1").contains("unknown setting"));
}
