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
        if answer.matched != Some(true) {
            differences += &answer.to_text();
        }
    }
    println!("{differences}{summary}");
    assert!(summary.matched > 0 && differences.is_empty(), "{differences}{summary}");
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
