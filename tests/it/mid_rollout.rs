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
fn begun_at(case: &str, from: u64) -> Recorded {
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
    let text: String = listed.chain(later).map(|line| format!("{line}\n")).collect();
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
