//! The parts of a study become the bytes of one machine, and what is missing, damaged or of something else is named.

use std::fs;
use std::path::{Path, PathBuf};

use rollcast::report::study;

use crate::cli::{files, rollcast, succeeds, text};

const FIRST_LOOK: &str = "experiments/first-look.yaml";
const PRECISE: &str = "replications={min: 1, max: 2000, targets: [duration_s mean ±2%]}";

fn path(path: &Path) -> String {
    path.display().to_string()
}

fn said(arguments: &[&str]) -> (Option<i32>, String) {
    let output = rollcast(arguments);
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[track_caller]
fn assert_same(one: &Path, other: &Path) {
    assert_eq!(files(one), files(other));
    for name in files(one) {
        assert!(fs::read(one.join(&name)).unwrap() == fs::read(other.join(&name)).unwrap(), "{name} differs");
    }
}

fn plan(place: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    plan_of(FIRST_LOOK, place, name, arguments)
}

fn plan_of(experiment: &str, place: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let out = place.join(name);
    succeeds(&[&["plan", experiment, "--quiet", "--out", &path(&out)], arguments].concat());
    out
}

fn run_part(study: &Path, part: usize) {
    succeeds(&["part", &path(&study.join("plan.json")), &part.to_string(), "--quiet"]);
}

/// The file of a part of the round that is planned.
fn file_of(place: &Path, part: u32) -> PathBuf {
    place.join("parts").join(study::read(place).unwrap().0.part_name(part))
}

#[test]
fn parts_become_what_one_machine_gives_with_and_without_memory() {
    let place = tempfile::tempdir().unwrap();
    let [whole, joined, spilled] = ["whole", "joined", "spilled"].map(|name| place.path().join(name));
    succeeds(&["sweep", FIRST_LOOK, "--quiet", "--replications", "600", "--out", &path(&whole)]);
    let study = plan(place.path(), "study", &["--replications", "600", "--parts", "7"]);
    (0..7).for_each(|part| run_part(&study, part));
    succeeds(&["merge", &path(&study), "--quiet", "--out", &path(&joined)]);
    assert_same(&whole, &joined);
    let named: Vec<String> = (0..7).map(|part| path(&file_of(&study, part))).collect();
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    succeeds(&[&["merge", "--quiet", "--memory", "1000", "--out", &path(&spilled)], &named[..]].concat());
    assert_same(&whole, &spilled);
}

#[test]
fn what_is_missing_damaged_or_foreign_is_named() {
    let place = tempfile::tempdir().unwrap();
    let study = plan(place.path(), "study", &["--replications", "300", "--parts", "4"]);
    let (study_text, out) = (path(&study), path(&place.path().join("out")));
    let merged = |more: &[&str]| said(&[&["merge", "--quiet", "--out", &out], more].concat());
    [0, 3].into_iter().for_each(|part| run_part(&study, part));
    let (code, status) = said(&["status", &study_text]);
    assert!(code == Some(1) && status.starts_with("2 of 4 parts, "), "{code:?} {status}");
    assert!(status.ends_with("missing --array=1-2\n"), "{status}");
    let answer = rollcast(&["status", &study_text, "--format", "json"]);
    assert_eq!(answer.status.code(), Some(1));
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!((&answer["missing"], &answer["array"]), (&serde_json::json!([1, 2]), &"1-2".into()));
    let (code, text) = merged(&[&study_text]);
    assert!(code == Some(75) && text.contains("2 parts of 4 are missing; run them again: --array=1-2"), "{text}");

    [1, 2].into_iter().for_each(|part| run_part(&study, part));
    assert_eq!(said(&["status", &study_text]).0, Some(0));
    let (one, two) = (file_of(&study, 1), path(&file_of(&study, 2)));
    let bytes = fs::read(&one).unwrap();
    fs::write(&one, &bytes[..bytes.len() - 1]).unwrap();
    let (code, text) = merged(&[&study_text]);
    assert!(code == Some(75) && text.contains(&format!("{}: not whole", one.display())), "{text}");
    assert!(text.contains("--array=1\n"), "{text}");
    fs::write(&one, bytes).unwrap();

    let other = plan(place.path(), "other", &["--replications", "300", "--parts", "4", "--seed", "2"]);
    run_part(&other, 0);
    let stranger = study.join("parts").join(file_of(&other, 0).file_name().unwrap());
    fs::copy(file_of(&other, 0), &stranger).unwrap();
    let (code, text) = merged(&[&path(&stranger), &two]);
    assert!(code == Some(2) && text.contains("a part of another study"), "{text}");
    let (code, text) = merged(&[&two, FIRST_LOOK]);
    assert!(code == Some(2) && text.contains("first-look.yaml is no part of a study"), "{text}");
    succeeds(&["merge", "--quiet", "--out", &out, &study_text, "--watch"]);
}

/// The decisions at the looks are those of one machine, and so are the bytes; every round runs only what is not decided.
#[test]
fn rounds_stop_where_one_machine_stops() {
    let place = tempfile::tempdir().unwrap();
    let [whole, joined] = ["whole", "joined"].map(|name| place.path().join(name));
    succeeds(&["sweep", FIRST_LOOK, "--quiet", "--set", PRECISE, "--out", &path(&whole)]);
    let study = plan(place.path(), "study", &["--set", PRECISE, "--parts", "3"]);
    let mut rounds = 0;
    loop {
        rounds += 1;
        assert!(rounds < 10, "the rounds do not end");
        (0..3).for_each(|part| run_part(&study, part));
        let (code, text) = said(&["merge", &path(&study), "--out", &path(&joined)]);
        match code {
            Some(4) => assert!(text.contains(&format!("Round {} is planned", rounds + 1)), "{text}"),
            Some(0) => break,
            _ => panic!("{code:?} {text}"),
        }
    }
    assert!(rounds > 1, "one round says nothing");
    assert_same(&whole, &joined);
}

/// Baselines, groups of stratified sampling, precision targets and worlds: with 1,000 bytes of memory nothing of a scenario is kept, and
/// every file is the one that a sweep writes, which keeps everything.
#[test]
fn whatever_is_asked_is_the_same_without_memory() {
    let baseline = "baseline={maxSurge: 0, maxUnavailable: 25%}";
    let targets =
        "replications={min: 1, max: 1500, targets: [duration_s p95 ±6%, stalled_rate +-1%, duration_s mean ±2%]}";
    let (short, worlds) = ("tests/fixtures/release/short.yaml", "sweep={workloads.*.maxSurge: [0, 100%]}");
    for (experiment, settings) in [
        (FIRST_LOOK, &["replications=300", baseline][..]),
        (FIRST_LOOK, &["replications=300", "sampling=stratified", baseline]),
        (FIRST_LOOK, &[targets, baseline]),
        (FIRST_LOOK, &[targets, "sampling=stratified", baseline]),
        (short, &["replications=300", worlds]),
        (short, &["replications=300", "sampling=stratified", worlds]),
    ] {
        let place = tempfile::tempdir().unwrap();
        let [whole, joined] = ["whole", "joined"].map(|name| place.path().join(name));
        let settings: Vec<&str> = settings.iter().flat_map(|one| ["--set", one]).collect();
        succeeds(&[&["sweep", experiment, "--quiet", "--out", &path(&whole)], &settings[..]].concat());
        let study = plan_of(experiment, place.path(), "study", &[&["--parts", "3"], &settings[..]].concat());
        loop {
            (0..3).for_each(|part| run_part(&study, part));
            let merge = ["merge", &path(&study), "--quiet", "--memory", "1000", "--out", &path(&joined)];
            match said(&merge) {
                (Some(4), _) => {}
                (Some(0), _) => break,
                (code, text) => panic!("{experiment} {settings:?}: {code:?} {text}"),
            }
        }
        assert_same(&whole, &joined);
    }
}

/// A merge that is killed goes on after the scenarios that it has finished, and with other options it is refused.
#[cfg(unix)]
#[test]
fn a_merge_that_is_killed_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let [whole, joined] = ["whole", "joined"].map(|name| place.path().join(name));
    let sweep = format!("sweep={{minReadySeconds: {:?}, maxSurge: [1, 2]}}", (0..70).collect::<Vec<_>>());
    let settings = ["--set", &sweep, "--replications", "120", "--set", "objectives=[]"];
    succeeds(&[&["sweep", FIRST_LOOK, "--quiet", "--out", &path(&whole)], &settings[..]].concat());
    let study = plan(place.path(), "study", &[&["--parts", "2"], &settings[..]].concat());
    (0..2).for_each(|part| run_part(&study, part));
    let (study, out) = (path(&study), path(&joined));
    let merge = ["merge", &study, "--memory", "1000", "--threads", "1", "--out", &out];
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rollcast"));
    let mut child =
        command.args(merge).current_dir(crate::cli::root()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let journal = place.path().join("joined.unfinished/blocks.bin");
    // Behind the first line stand the length of an entry, 8 bytes of its hash, and the entry.
    let holds_one = |bytes: Vec<u8>| {
        let rest = bytes.iter().position(|byte| *byte == b'\n').map_or(&[][..], |end| &bytes[end + 1..]);
        rest.first_chunk().is_some_and(|length| rest.len() >= 12 + u32::from_le_bytes(*length) as usize)
    };
    while !fs::read(&journal).is_ok_and(holds_one) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it wrote down what it had finished");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child.kill().and_then(|()| child.wait()).unwrap();
    let (code, text) = said(&[&merge[..], &["--replications-limit", "0"]].concat());
    assert!(code == Some(2) && text.contains("other options"), "{text}");
    let (code, text) = said(&merge);
    assert!(code == Some(0) && text.contains("scenarios that an earlier merge has finished"), "{code:?} {text}");
    assert_same(&whole, &joined);
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 3, "nothing else is left");
}

/// The glob of the guide finds what a killed task left too.
#[test]
fn shards_that_are_unfinished_are_missing_and_not_in_the_way() {
    let place = tempfile::tempdir().unwrap();
    let shard = |k: u32| {
        let out = path(&place.path().join(format!("part-{k}")));
        let of = format!("{k}/2");
        succeeds(&["sweep", FIRST_LOOK, "--quiet", "--replications", "20", "--shard", &of, "--out", &out]);
        out
    };
    let (first, unfinished) = (shard(0), path(&place.path().join("part-1.unfinished")));
    fs::create_dir(&unfinished).unwrap();
    let out = path(&place.path().join("out"));
    let (code, text) = said(&["merge", &first, &unfinished, "--out", &out]);
    assert!(code == Some(2) && text.contains("shard 1/2 is missing"), "{text}");
    assert!(text.contains("part-1.unfinished left out"), "{text}");
    let second = shard(1);
    succeeds(&["merge", &first, &second, &unfinished, "--quiet", "--out", &out]);
}
