//! Recordings that begin in the middle of a rollout: watches that were begun late, and starts that are written by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rollcast::record::{self, Recorded};
use rollcast::replay::{self, Answer, Recording};
use serde_json::{Value, json};

use crate::record::{CASES, asked, incidents, recorded, replayed};

/// The fields of one object over those of another.
fn over(below: &Value, above: &Value) -> Value {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            let mut both = below.clone();
            for (name, value) in above {
                let old = both.get(name).cloned().unwrap_or(Value::Null);
                both.insert(name.clone(), over(&old, value));
            }
            both.into()
        }
        (_, above) => above.clone(),
    }
}

fn version(line: &Value) -> u64 {
    line["object"]["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse().ok()).expect("a version")
}

/// The watch of a case as it would be if somebody had begun it behind the line of a version: first what there is, then what changes.
fn watched_from(case: &str, from: u64) -> String {
    let text = fs::read_to_string(incidents().join(case).join("watch.jsonl")).expect("a file");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let mut ordered: Vec<&Value> = lines.iter().collect();
    ordered.sort_by_key(|line| version(line));
    let mut there: BTreeMap<String, Value> = BTreeMap::new();
    for line in ordered.iter().filter(|line| version(line) <= from) {
        let object = &line["object"];
        let key = format!("{} {}", object["kind"], object["metadata"]["name"]);
        if line["type"] == "DELETED" {
            there.remove(&key);
        } else {
            // Lines of changes have what changed; a watch prints whole objects.
            let whole = there.get(&key).map_or_else(|| object.clone(), |known| over(known, object));
            there.insert(key, whole);
        }
    }
    let listed = there.into_values().map(|object| json!({"type": "ADDED", "object": object}));
    let later = lines.iter().filter(|line| version(line) > from).cloned();
    listed.chain(later).map(|line| format!("{line}\n")).collect()
}

/// What is recorded of such a watch.
fn begun_at(case: &str, from: u64) -> Recorded {
    let text = watched_from(case, from);
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("late.jsonl");
    fs::write(&file, text).expect("room on the disk");
    record::record(&[file], &asked(case)).expect("a recording")
}

/// The versions of the lines about the workload's own objects, from its first change on.
fn versions(case: &str) -> Vec<u64> {
    let text = fs::read_to_string(incidents().join(case).join("watch.jsonl")).expect("a file");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let kind = ["Deployment", "StatefulSet", "DaemonSet"];
    let is_workload = |line: &&Value| kind.iter().any(|kind| line["object"]["kind"] == *kind);
    let mut changes: Vec<u64> =
        lines.iter().filter(is_workload).filter(|line| line["type"] == "MODIFIED").map(version).collect();
    changes.sort_unstable();
    let mut own: Vec<u64> = lines.iter().map(version).filter(|one| *one > changes[0]).collect();
    own.sort_unstable();
    own
}

/// The sizes of a recording, without their instants.
fn sizes(recorded: &Recorded) -> Vec<(i64, i64)> {
    let lines = recorded.recording["expect"]["scaling"].as_array().cloned().unwrap_or_default();
    lines.iter().map(|line| (line[2].as_i64().expect("a size"), line[3].as_i64().expect("a size"))).collect()
}

#[test]
fn a_watch_that_begins_late_has_what_came_after_and_replays_as_it_happened() {
    let mut starts = 0;
    for case in CASES {
        let (all, own) = (sizes(&recorded(case, "watch.jsonl")), versions(case));
        for part in [0.2, 0.5] {
            let from = own[(own.len() as f64 * part) as usize];
            let late = begun_at(case, from);
            assert!(all.ends_with(&sizes(&late)), "{case} at {part}: {:?} is not the end of {all:?}", sizes(&late));
            starts += usize::from(late.recording["start"].get("pods").is_some());
            let answer = replayed(case, &late);
            let recording = record::text(&late.recording);
            assert_eq!(answer.matched, Some(true), "{case} at {part}: {}\n{recording}", answer.to_text());
        }
    }
    assert!(starts >= 20, "{starts} begin in the middle of a rollout");
}

/// How many of the 44 audit logs that begin late replay as it happened. A log names the pods that somebody wrote about, and not which of the
/// others were Ready by then: mostly the sizes come in the same order, and at other instants.
const LATE_LOGS: usize = 4;

/// The audit log of a case as it would be if it had been kept from a part of the rollout on, counted in lines from its first change.
fn logged_from(case: &str, part: f64) -> Recorded {
    let text = fs::read_to_string(incidents().join(case).join("audit.log")).expect("a file");
    let lines: Vec<&str> = text.lines().collect();
    let is_change = |line: &&str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let by_hand = line["user"]["username"].as_str().is_some_and(|user| !user.starts_with("system:"));
        by_hand && line["verb"] != "create" && line["objectRef"]["resource"] == "deployments"
    };
    let first = lines.iter().position(is_change).expect("a change") + 1;
    let from = first + ((lines.len() - first) as f64 * part) as usize;
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("late.log");
    fs::write(&file, lines[from..].join("\n")).expect("room on the disk");
    record::record(&[file], &asked(case)).expect("a recording")
}

#[test]
fn an_audit_log_that_begins_late_has_what_came_after() {
    let (mut wrong, mut matched) = (String::new(), 0);
    for case in CASES.into_iter().filter(|case| !case.starts_with("18") && !case.starts_with("19")) {
        let all = sizes(&recorded(case, "audit.log"));
        for part in [0.1, 0.3, 0.5, 0.7] {
            let late = logged_from(case, part);
            assert!(
                all.ends_with(&sizes(&late)) || case == "14-rollover",
                "{case} at {part}: {:?} of {all:?}",
                sizes(&late)
            );
            let answer = replayed(case, &late);
            if answer.matched == Some(true) {
                matched += 1;
            } else {
                wrong += &format!("{case} at {part}: {}\n", answer.first_difference.unwrap_or_default());
            }
        }
    }
    assert!(matched >= LATE_LOGS, "{matched} of 44\n{wrong}");
}

/// A Deployment of another name that did the same at the same time, line by line.
fn with_a_twin(text: &str) -> String {
    let twice = |line: &str| {
        let mut own: Value = serde_json::from_str(line).expect("JSON");
        let mut twin: Value = serde_json::from_str(&line.replace("checkout", "basket")).expect("JSON");
        for (part, line) in [&mut own, &mut twin].into_iter().enumerate() {
            let place = 2 * version(line) + part as u64;
            line["object"]["metadata"]["resourceVersion"] = json!(place.to_string());
        }
        format!("{own}\n{twin}\n")
    };
    text.lines().map(twice).collect()
}

/// Two Deployments in the middle of their rollouts: each goes on, and both end as they did.
#[test]
fn another_deployment_is_recorded_beside_it() {
    let case = "02-healthy-early";
    let own = versions(case);
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("late.jsonl");
    let text = with_a_twin(&watched_from(case, own[own.len() / 4]));
    fs::write(&file, text).expect("room on the disk");
    let mut both = asked(case);
    let twin = record::Target { name: "basket".into(), ..both.target.clone() };
    both.beside.push(twin.clone());
    let recorded = record::record(std::slice::from_ref(&file), &both).expect("a recording");
    let start = &recorded.recording["start"];
    let pods = |start: &Value| start["pods"].as_array().expect("a list").len();
    assert_eq!(pods(start), pods(&start["deployments"]["basket"]), "{start}");
    assert!(recorded.recording["extra"]["deployments"]["basket"]["replicas"].is_number());
    let answer = replayed(case, &recorded);
    let sizes = |prefix: &str, lines: &[(f64, String, i32, i32)]| -> Vec<(String, i32, i32)> {
        let own = lines.iter().filter_map(|(_, of, from, to)| Some((of.strip_prefix(prefix)?.to_owned(), *from, *to)));
        own.filter(|(of, ..)| !of.contains('-')).collect()
    };
    let expected = answer.scaling.expected.as_ref().expect("what was recorded");
    for prefix in ["", "basket-"] {
        assert_eq!(sizes(prefix, &answer.scaling.got), sizes(prefix, expected), "{prefix}: {}", answer.to_text());
    }
    let ends = (answer.complete_at.got, answer.others[0].complete_at);
    assert!(ends.0.zip(ends.1).is_some_and(|(one, other)| (one - other).abs() < 0.5), "{ends:?}");
    // What cannot be recorded beside it.
    let refused = |other: record::Target| {
        let asked = record::Asked { beside: vec![other], ..asked(case) };
        record::record(std::slice::from_ref(&file), &asked).expect_err("a refusal").to_string()
    };
    assert!(refused(asked(case).target).contains("it is recorded already"));
    assert!(refused(record::Target { kind: record::Kind::StatefulSet, ..twin.clone() }).contains("write deploy/NAME"));
    assert!(refused(record::Target { name: "nobody".into(), ..twin }).contains("nothing in the files is about it"));
}

/// The same pods under another strategy, from the middle on.
#[test]
fn what_if_works_from_the_middle_on() {
    let own = versions("02-healthy-early");
    let late = begun_at("02-healthy-early", own[own.len() / 4]);
    let recording = replay::parse(Path::new("late.json"), &record::text(&late.recording)).expect("a recording");
    let faster = replay::what_if(&recording, &[("maxSurge".into(), "100%".into())]).expect("an answer");
    assert_eq!((&*faster.as_it_was.outcome, &*faster.with_settings.outcome), ("complete", "complete"));
    let ends = [faster.as_it_was.complete_at, faster.with_settings.complete_at];
    assert!(ends[1] < ends[0], "{ends:?}");
}

fn by_hand(start: &Value, more: &Value) -> Recording {
    let mut recording = json!({
        "deployment": {"replicas": 4, "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}, "progressDeadlineSeconds": 60},
        "cluster": {"nodes": 3},
        "start": start,
        "pods": {"default_ready_after_seconds": {"v1": 8, "v2": 9}, "terminate_after_seconds": 3},
        "actions": [],
        "ended_at": 120
    });
    for (key, value) in more.as_object().expect("an object") {
        recording[key] = value.clone();
    }
    replay::parse(Path::new("by-hand.json"), &recording.to_string()).expect("a recording")
}

fn scaled(answer: &Answer) -> Vec<(i64, &str, i32, i32)> {
    answer.scaling.got.iter().map(|(at, of, from, to)| (at.round() as i64, of.as_str(), *from, *to)).collect()
}

#[test]
fn pods_go_on_from_where_they_were() {
    let middle = json!({
        "template": "v2", "replicas": 2, "others": {"v1": 3},
        "pods": [{"pod": "v1-0"}, {"pod": "v1-1"}, {"pod": "v1-2"}, {"pod": "v1-3", "deleted": -1.5},
                 {"pod": "v2-0", "created": -11}, {"pod": "v2-1", "created": -1.4, "bound": -1.3}],
        "progressing": [-1.5, "True", "ReplicaSetUpdated"]
    });
    let answer = replay::answer(&by_hand(&middle, &json!({})));
    // v2-1 is Ready at 7.7 s, 9 s after it was bound; one old pod goes for it, and so on each 9 s.
    let expected = [(8, "v1", 3, 2), (8, "v2", 2, 3), (17, "v1", 2, 1), (17, "v2", 3, 4), (26, "v1", 1, 0)];
    assert_eq!(scaled(&answer), expected, "{}", answer.to_text());
    assert_eq!((answer.min_available.got, answer.max_spec_replicas_sum.got), (4, 5), "{}", answer.to_text());
    assert_eq!(answer.complete_at.got.map(f64::round), Some(26.0));
    // The deadline counts from the last progress: 60 s after 1.5 s before the beginning.
    let stuck =
        json!({"pods": {"ready_after_seconds": {"v2": [9, "never"]}, "default_ready_after_seconds": {"v1": 8}}});
    let answer = replay::answer(&by_hand(&middle, &stuck));
    let stalled = answer.stalled.as_ref().map(|(at, _)| at.round());
    assert_eq!(stalled, Some(59.0), "{}", answer.to_text());
}

#[test]
fn counts_alone_are_pods_that_are_ready() {
    let answer = replay::answer(&by_hand(&json!({"template": "v2", "replicas": 1, "others": {"v1": 4}}), &json!({})));
    assert_eq!(scaled(&answer)[..2], [(0, "v1", 4, 3), (0, "v2", 1, 2)], "{}", answer.to_text());
    assert_eq!(answer.outcome.got, "complete");
}

#[test]
fn sets_go_on_from_the_middle() {
    let of_set = |start: Value| {
        let text = json!({
            "statefulset": {"replicas": 4}, "cluster": {"nodes": 3}, "start": start,
            "pods": {"default_ready_after_seconds": {"v1": 2, "v2": 5}, "terminate_after_seconds": 1},
            "actions": [], "ended_at": 60
        });
        replay::answer(&replay::parse(Path::new("set.json"), &text.to_string()).expect("a recording"))
    };
    // Ordinal 3 is done, 2 starts since 2 s, and 1 and 0 follow.
    let pods =
        json!([{"pod": "v1-0"}, {"pod": "v1-1"}, {"pod": "v2-3", "created": -20}, {"pod": "v2-2", "created": -2}]);
    let answer = of_set(json!({"template": "v2", "others": {"v1": 2}, "pods": pods}));
    let moves = answer.moves.as_ref().expect("moves").got.clone();
    let places: Vec<(&str, u32)> = moves.iter().map(|(_, what, place, _)| (what.as_str(), *place)).collect();
    assert_eq!(places, [("delete", 1), ("create", 1), ("delete", 0), ("create", 0)], "{}", answer.to_text());
    assert_eq!(moves[0].0.round(), 3.0, "{}", answer.to_text());
    assert_eq!(answer.outcome.got, "complete", "{}", answer.to_text());
}

#[test]
fn what_is_wrong_in_a_start_is_said() {
    let refused = |start: &Value, words: &str| {
        let text = json!({"deployment": {"replicas": 4}, "start": start, "actions": [], "ended_at": 9});
        let error = replay::parse(Path::new("by-hand.json"), &text.to_string()).expect_err("refused").to_string();
        assert!(error.contains(words), "{error}");
    };
    let pods = |pods: Value| json!({"template": "v2", "others": {"v1": 3}, "pods": pods});
    refused(&pods(json!([{"pod": "v3-0"}, {"pod": "web"}])), "start.pods[1].pod");
    refused(&pods(json!([{"pod": "v1-1"}])), "v1-1 stands where v1-0 is expected");
    refused(&pods(json!([{"pod": "v1-0", "node": 1}])), "there is no node 1");
    refused(&pods(json!([{"pod": "v1-0", "created": 3}])), "3 is not before the beginning");
    refused(&json!({"progressing": [-1, "Yes", "Because"]}), "is no condition of Kubernetes");
}

/// Another Deployment was in the middle of a rollout too, a third one is created later: each goes on by itself, on the same nodes.
#[test]
fn other_deployments_go_on_from_the_middle() {
    let start = json!({
        "template": "v2", "replicas": 2, "others": {"v1": 3},
        "pods": [{"pod": "v1-0"}, {"pod": "v1-1"}, {"pod": "v1-2"},
                 {"pod": "v2-0", "created": -11}, {"pod": "v2-1", "created": -1.4}],
        "deployments": {"api": {
            "template": "a2", "replicas": 1, "others": {"a1": 2},
            "pods": [{"pod": "a1-0"}, {"pod": "a1-1"}, {"pod": "a2-0", "created": -4}]
        }}
    });
    let rolling = json!({"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}});
    let more = json!({
        "extra": {"deployments": {
            "api": {"replicas": 2, "strategy": rolling},
            "aside": {"replicas": 1}, "web": {"replicas": 1}
        }},
        "pods": {"default_ready_after_seconds": {"v1": 8, "v2": 9, "a1": 5, "a2": 6, "w1": 2, "b1": 2}, "terminate_after_seconds": 3},
        "actions": [
            {"at": 20, "do": "create", "name": "aside", "template": "b1"},
            {"at": 30, "do": "create", "name": "web", "template": "w1"}
        ]
    });
    let answer = replay::answer(&by_hand(&start, &more));
    assert_eq!(answer.complete_at.got.map(f64::round), Some(26.0), "{}", answer.to_text());
    // a2-0 is Ready after 2 s and the second one 6 s later.
    let ends: Vec<(&str, Option<f64>)> =
        answer.others.iter().map(|other| (other.name.as_str(), other.complete_at.map(f64::round))).collect();
    assert_eq!(ends, [("api", Some(8.0)), ("aside", Some(22.0)), ("web", Some(32.0))], "{}", answer.to_text());
    let of_api: Vec<_> = scaled(&answer).into_iter().filter(|(_, of, ..)| of.starts_with('a')).collect();
    assert_eq!(of_api, [(2, "a1", 2, 1), (2, "a2", 1, 2), (8, "a1", 1, 0)], "{}", answer.to_text());
    // What is done to another one finds it.
    let mut scaled_up = more.clone();
    scaled_up["actions"] = json!([{"at": 12, "do": "scale", "name": "api", "replicas": 3},
        {"at": 20, "do": "create", "name": "aside", "template": "b1"}, {"at": 20, "do": "create", "name": "web", "template": "w1"}]);
    let answer = replay::answer(&by_hand(&start, &scaled_up));
    assert!(scaled(&answer).contains(&(12, "a2", 2, 3)), "{}", answer.to_text());
}

/// Beside a StatefulSet and a DaemonSet, and beside what was complete.
#[test]
fn deployments_beside_a_set_go_on_from_the_middle() {
    let of = |kind: &str, fields: Value| {
        let text = json!({
            kind: fields, "cluster": {"nodes": 2},
            "start": {"template": "v1", "deployments": {"api": {"template": "a2", "replicas": 1, "others": {"a1": 2}}}},
            "extra": {"deployments": {"api": {"replicas": 2, "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}}},
            "pods": {"default_ready_after_seconds": {"v1": 2, "v2": 5, "a1": 1, "a2": 4}, "terminate_after_seconds": 1},
            "actions": [{"at": 10, "do": "set-template", "template": "v2"}], "ended_at": 60
        });
        replay::answer(&replay::parse(Path::new("set.json"), &text.to_string()).expect("a recording"))
    };
    for (kind, fields) in [("statefulset", json!({"replicas": 2})), ("daemonset", json!({}))] {
        let answer = of(kind, fields);
        assert_eq!(answer.moves.as_ref().expect("moves").got.len(), 4, "{kind}: {}", answer.to_text());
        assert_eq!(answer.complete_at.got.map(f64::round), Some(10.0 + 2.0 * 6.0), "{kind}: {}", answer.to_text());
        // The pod of a2 that was there has been Ready for long: the second one needs 4 s.
        let api = &answer.others[0];
        assert_eq!((&*api.outcome, api.complete_at.map(f64::round)), ("complete", Some(4.0)), "{}", answer.to_text());
    }
}

#[test]
fn what_is_wrong_of_another_deployment_is_said() {
    let refused = |start: Value, actions: Value, words: &str| {
        let text = json!({"deployment": {"replicas": 1}, "extra": {"deployments": {"api": {"replicas": 1}}},
            "start": start, "actions": actions, "ended_at": 9});
        let error = replay::parse(Path::new("by-hand.json"), &text.to_string()).expect_err("refused").to_string();
        assert!(error.contains(words), "{error}");
    };
    let of = |name: &str, own: Value| json!({"template": "v1", "deployments": {name: own}});
    refused(of("web", json!({})), json!([]), "start.deployments.web: is no Deployment of extra.deployments");
    let create = json!([{"at": 0, "do": "create", "name": "api", "template": "a1"}]);
    refused(of("api", json!({"template": "a1"})), create, "start.deployments.api: stands beside the action create");
    let pods = json!({"template": "a1", "pods": [{"pod": "a1-0"}, {"pod": "a1-2"}]});
    refused(of("api", pods), json!([]), "start.deployments.api.pods: a1-2 stands where a1-1 is expected");
    let nested = json!({"template": "a1", "deployments": {"b": {}}});
    refused(of("api", nested), json!([]), "start.deployments.api: has deployments of its own");
    refused(of("api", json!({})), json!([]), "v1 is a template of another Deployment");
}
