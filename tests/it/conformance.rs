//! Recordings of a real control plane against the simulated one.

use std::path::{Path, PathBuf};

use rollcast::replay::{self, Summary};

fn recordings(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of recordings");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    paths
}

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

/// Set `ROLLCAST_RECORDINGS` to a folder to print all differences of its recordings.
#[test]
fn every_recording_matches() {
    let elsewhere = std::env::var_os("ROLLCAST_RECORDINGS");
    let folder = elsewhere.as_ref().map_or_else(own, PathBuf::from);
    let mut summary = Summary::default();
    let mut differences = String::new();
    for path in recordings(&folder) {
        let recording = replay::load(&path).expect("a readable recording");
        let answer = replay::answer(&recording);
        summary.add(&answer);
        if answer.matched != Some(true) || elsewhere.is_none() && answer.replays.is_some() {
            differences += &answer.to_text();
        }
    }
    println!("{differences}{summary}");
    assert!(summary.matched > 0 && differences.is_empty(), "{differences}{summary}");
}

/// In what the first replay of each recording of `apart` differs; others match, because milliseconds decide. `tests/recordings/README.md` has
/// the reasons.
const APART: [(&str, &str); 2] = [
    ("n-big2-r100-minready4-random-defaultqps", "scaling 5: observed v1 75 -> 73"),
    ("n-two-shared-quota-scale", "scaling 10: v1 1 -> 0"),
];

fn apart(name: &str) -> PathBuf {
    own().join("apart").join(format!("{name}.json"))
}

#[test]
fn recordings_apart_differ_as_is_written() {
    let files: Vec<PathBuf> = APART.iter().map(|(name, _)| apart(name)).collect();
    assert_eq!(recordings(&own().join("apart")), files);
    let readme = std::fs::read_to_string(own().join("README.md")).expect("a file");
    for (name, expected) in APART {
        let answer = replay::answer(&replay::load(&apart(name)).expect("a readable recording"));
        assert_eq!(answer.matched, Some(true), "{}", answer.to_text());
        assert!(answer.to_text().contains("Milliseconds decide: "), "{}", answer.to_text());
        let replays = answer.replays.expect("it is not the first one that matches");
        assert!(replays.first_difference.starts_with(expected), "{name}: {}", replays.first_difference);
        assert!((1..replays.of).contains(&replays.matched), "{name}: {replays:?}");
        assert!(readme.contains(&format!("`{name}`")), "{name} has no reason in README.md");
    }
}

/// Most nodes follow from the rules of the scheduler; where these leave a choice, the recorded node is taken and counted. Without the
/// records nothing is.
#[test]
fn nodes_that_are_taken_as_recorded_are_counted() {
    let mut sum = replay::Placement::default();
    for path in recordings(&own()) {
        let mut recording: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&path).expect("a file")).expect("JSON");
        let recorded = recording["expect"]["placement"].as_array().map_or(0, Vec::len);
        let placement = |recording: &serde_json::Value| {
            let recording = replay::parse(&path, &recording.to_string()).expect("a readable recording");
            replay::run(&recording).expect("a supported recording").placement
        };
        let counted = placement(&recording);
        assert!(counted.given + counted.other <= counted.recorded && counted.recorded <= recorded, "{counted:?}");
        sum.recorded += counted.recorded;
        sum.given += counted.given;
        sum.other += counted.other;
        recording["expect"]["placement"] = serde_json::Value::Null;
        assert_eq!(placement(&recording), replay::Placement::default(), "{}", path.display());
    }
    assert!(sum.recorded > 2000 && sum.given * 3 < sum.recorded && sum.other * 10 < sum.recorded, "{sum:?}");
}

/// The machine that it was recorded on was about three times slower than what is assumed.
#[test]
fn a_slower_control_plane_decides_a_race_for_a_quota() {
    let path = apart("n-two-shared-quota-scale");
    let mut slower: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).expect("a file")).expect("JSON");
    slower["cluster"]["request_seconds"] = serde_json::json!(0.0135);
    let answer = replay::answer(&replay::parse(&path, &slower.to_string()).expect("a readable recording"));
    assert_eq!((answer.matched, &answer.replays), (Some(true), &None), "{}", answer.to_text());
}

/// Three recordings of topology spread and anti-affinity in which these rules alone decide when pods are created: without them
/// they differ.
#[test]
fn rules_of_placement_decide() {
    for name in ["anti-one-spare", "anti-required-terminating", "hard-matchlabelkeys"] {
        let path = own().join(format!("n-spread-{name}.json"));
        let written: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&path).expect("a file")).expect("JSON");
        let mut without = written.clone();
        without["extra"] = serde_json::json!({});
        let matches = |recording: &serde_json::Value| {
            replay::answer(&replay::parse(&path, &recording.to_string()).expect("a readable recording")).matched
        };
        assert_eq!((matches(&written), matches(&without)), (Some(true), Some(false)), "{name}");
    }
}

/// Which of two equal nodes took a pod, and how old the last heartbeat of a node was when it fell silent, is chance that replay takes
/// from the recording: without either the recordings of lost nodes differ.
#[test]
fn chance_is_taken_from_the_recording() {
    for (name, field) in [("n-loss-toleration-0", "placement"), ("n-loss-partial-3-of-5", "nodes")] {
        let path = own().join(format!("{name}.json"));
        let written: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&path).expect("a file")).expect("JSON");
        let mut without = written.clone();
        without["expect"][field] = serde_json::Value::Null;
        let matches = |recording: &serde_json::Value| {
            replay::answer(&replay::parse(&path, &recording.to_string()).expect("a readable recording")).matched
        };
        assert_eq!((matches(&written), matches(&without)), (Some(true), Some(false)), "{name} without {field}");
    }
}

/// How many of all recorded deletions concern the same pod within half a second. Pods between which no rule decides are
/// deleted in the recorded order or, with `backwards`, in the opposite one.
fn same_pods(backwards: bool) -> (usize, usize) {
    let (mut same, mut all) = (0, 0);
    for path in recordings(&own()) {
        let mut value: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&path).expect("a file")).expect("JSON");
        let list = value["expect"]["deletions"].as_array_mut().expect("a list of deletions");
        let expected: Vec<(f64, String)> =
            list.iter().map(|d| serde_json::from_value(d.clone()).expect("instant and pod")).collect();
        if backwards {
            list.reverse();
        }
        let recording = replay::parse(&path, &value.to_string()).expect("a readable recording");
        let observed = replay::run(&recording).expect("a supported recording");
        let near =
            |(at, pod): &&(f64, String)| observed.deletions.iter().any(|d| d.1 == *pod && (d.0 - at).abs() < 0.5);
        all += expected.len();
        same += expected.iter().filter(near).count();
    }
    (same, all)
}

/// A ranking that decides wrongly differs even when ties follow the recorded order, and one that decides too little
/// differs when they follow the opposite order. The remaining differences depend on milliseconds: on how many new pods
/// were bound, and so increased the rank of old ones, when the first were chosen.
#[test]
fn the_ranking_decides_what_it_should_and_no_more() {
    let ((lucky, all), (unlucky, _)) = (same_pods(false), same_pods(true));
    let counts = format!("{lucky} and {unlucky} of {all} deletions hit the same pod");
    assert!(lucky * 100 > all * 75 && unlucky * 100 > all * 33, "{counts}");
}
