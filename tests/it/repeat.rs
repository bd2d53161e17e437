//! Results can be repeated: verified from their own inputs, resumed after a kill, and joined from shards, with the same
//! bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rollcast::report::build::Build;
use rollcast::report::datapackage::as_of;

use crate::cli::{files, refuses, rollcast, root, succeeds, text};

const FIRST_LOOK: &str = "experiments/first-look.yaml";

fn path(path: &Path) -> String {
    path.display().to_string()
}

/// Runs a sweep and returns its directory.
#[track_caller]
fn sweep(place: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let out = place.join(name);
    succeeds(&[&["sweep", FIRST_LOOK, "--quiet", "--out", &path(&out)], arguments].concat());
    out
}

#[track_caller]
fn assert_same(one: &Path, other: &Path) {
    assert_eq!(files(one), files(other));
    for name in files(one) {
        assert!(fs::read(one.join(&name)).unwrap() == fs::read(other.join(&name)).unwrap(), "{name} differs");
    }
}

#[track_caller]
fn verified(out: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = rollcast(&[&["verify", "--quiet", &path(out)], arguments].concat());
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

fn change(file: &Path, from: &str, to: &str) {
    let before = fs::read_to_string(file).unwrap();
    let after = before.replacen(from, to, 1);
    assert_ne!(before, after, "{} does not hold {from}", file.display());
    fs::write(file, after).unwrap();
}

#[test]
fn the_committed_results_verify() {
    let (code, text) = verified(Path::new("results/first-look"), &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("5 scenarios, 5,000 rollouts run again, 20 files with the same bytes."), "{text}");
    // The committed result leaves its replications.csv out.
    let (code, text) = verified(Path::new("results/fleet-capacity"), &["--sample", "1"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("12 scenarios, 24,000 rollouts"), "{text}");
}

/// What made a result is not a part of it: another build that comes to the same bytes verifies it, and both are named.
#[test]
fn a_result_of_another_build_verifies_and_both_builds_are_named() {
    let place = tempfile::tempdir().unwrap();
    let out = sweep(place.path(), "out", &["--replications", "20"]);
    let file = out.join("datapackage.json");
    let ours = fs::read(&file).unwrap();
    let commit = "c0ffee".repeat(6) + "beef";
    let other = Build { commit: commit.clone(), ..Build::default() };
    for (build, named) in [(Some(&other), commit.as_str()), (None, "commit unknown")] {
        let theirs = as_of(&ours, build).unwrap();
        assert_ne!(theirs, ours);
        fs::write(&file, &theirs).unwrap();
        let output = rollcast(&["verify", &path(&out)]);
        let notes = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{notes}{}", text(&output.stdout));
        let line = |word: &str| notes.lines().find(|line| line.contains(word)).unwrap_or_else(|| panic!("{notes}"));
        assert!(line("made by rollcast").contains(named), "{notes}");
        assert!(line("checked by rollcast").contains(&Build::this().to_string()), "{notes}");
        assert!(fs::read(&file).unwrap() == theirs, "verify changed the result");
    }
    fs::write(&file, as_of(&ours, Some(&other)).unwrap()).unwrap();
    let found: serde_json::Value = serde_json::from_str(&verified(&out, &["--format", "json"]).1).unwrap();
    assert_eq!((&found["matched"], &found["made_by"]["commit"]), (&true.into(), &commit.into()));
    assert_eq!(found["checked_by"]["lock_file"], Build::this().lock_file);
    // Another block beside it is still compared.
    change(&file, "\"seed\": 1", "\"seed\": 2");
    assert_eq!(verified(&out, &[]).0, Some(1));
}

#[test]
fn overrides_are_recorded_and_a_result_can_be_moved() {
    let place = tempfile::tempdir().unwrap();
    let arguments = ["--replications", "30", "--seed", "9", "--set", "maxSurge=1", "--set", "pods.new.crash=3%"];
    let out = sweep(place.path(), "out", &arguments);
    let moved = place.path().join("elsewhere");
    fs::rename(&out, &moved).unwrap();
    let (code, text) = verified(&moved, &[]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(verified(&moved, &["--sample", "1"]).0, Some(0));
    // The copies of the inputs are an experiment that can be run as it is.
    let again = place.path().join("again");
    let experiment = path(&moved.join("inputs/first-look.yaml"));
    succeeds(&[&["sweep", &experiment, "--quiet", "--out", &path(&again)], &arguments[..]].concat());
    assert_same(&moved, &again);
    let package = fs::read_to_string(moved.join("datapackage.json")).unwrap();
    assert!(!package.contains(&path(place.path())), "a path of this machine is in datapackage.json");
}

#[test]
fn a_manifest_alone_and_standard_input_verify() {
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (place.path().join("one"), place.path().join("two"));
    let manifest = root().join("experiments/manifests/checkout.yaml");
    succeeds(&["sweep", &path(&manifest), "--quiet", "--out", &path(&one), "--replications", "10"]);
    let piped = Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(["sweep", "-", "--quiet", "--out", &path(&two), "--replications", "10"])
        .stdin(fs::File::open(manifest).unwrap())
        .output()
        .unwrap();
    assert!(piped.status.success(), "{}", text(&piped.stderr));
    for out in [one, two] {
        let (code, text) = verified(&out, &[]);
        assert_eq!(code, Some(0), "{text}");
    }
}

#[test]
fn a_changed_result_is_reported_with_its_row() {
    let place = tempfile::tempdir().unwrap();
    let out = sweep(place.path(), "out", &["--replications", "300"]);
    let rows = out.join("replications.csv");
    let before = fs::read_to_string(&rows).unwrap();
    let row = before.lines().nth(412).unwrap().to_owned();
    let wrong = row.replacen("completed", "superseded", 1);
    change(&rows, &format!("\n{row}\n"), &format!("\n{wrong}\n"));
    let (code, text) = verified(&out, &[]);
    assert_eq!(code, Some(1), "{text}");
    for line in [
        "replications.csv: was changed",
        "row 412 (line 413)",
        &format!("recorded: {wrong}"),
        &format!("repeated: {row}"),
    ] {
        assert!(text.contains(line), "no {line} in {text}");
    }
    assert!(text.contains("1 of 20 files differ"), "{text}");

    // `verify` also finds a change whose author corrected the hash, at least with a sample of the changed scenario.
    let sha256 = |file: &Path| rollcast::report::hash::sha256_of(file).unwrap();
    let (old, package) = (sha256(&rows), out.join("datapackage.json"));
    fs::write(&rows, &before).unwrap();
    change(&package, &sha256(&rows), &old);
    fs::write(&rows, before.replacen(&row, &wrong, 1)).unwrap();
    let (code, text) = verified(&out, &["--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &found["matched"], &found["replications"]), (Some(1), &false.into(), &1500.into()));
    assert_eq!(found["files"][0]["first_difference"]["row"]["row"], 412);
    let codes: Vec<_> = (1..=5).map(|k| verified(&out, &["--sample", &k.to_string()]).0).collect();
    assert_eq!(codes[4], Some(1));
    assert!(codes.is_sorted(), "a larger sample holds the smaller ones: {codes:?}");
}

#[test]
fn other_changes_are_reported_too() {
    let place = tempfile::tempdir().unwrap();
    let fresh = |name: &str| sweep(place.path(), name, &["--replications", "20"]);
    let assert_reported = |out: &Path, expected: i32, words: &[&str]| {
        let (code, text) = verified(out, &[]);
        assert_eq!(code, Some(expected), "{text}");
        for word in words {
            assert!(text.contains(word), "no {word} in {text}");
        }
    };
    let out = fresh("chart");
    change(&out.join("charts/durations.svg"), "</svg>", "</svg >");
    assert_reported(&out, 1, &["charts/durations.svg: was changed", "first in byte"]);
    let out = fresh("missing");
    fs::remove_file(out.join("summary.csv")).unwrap();
    assert_reported(&out, 1, &["summary.csv: is missing"]);
    let out = fresh("input");
    change(&out.join("inputs/manifests/checkout.yaml"), "replicas", "replicas ");
    assert_reported(&out, 1, &["inputs/manifests/checkout.yaml: is not the input that was recorded"]);
    let out = fresh("description");
    change(&out.join("datapackage.json"), "Number of the scenario", "The scenario's number");
    assert_reported(&out, 1, &["datapackage.json: comes out different"]);
    let out = fresh("copies");
    fs::remove_dir_all(out.join("inputs")).unwrap();
    assert_reported(&out, 2, &["cannot read", "first-look.yaml"]);
    let out = fresh("outside");
    change(&out.join("datapackage.json"), "\"charts/durations.svg\"", "\"../durations.svg\"");
    assert_reported(&out, 2, &["../durations.svg", "not in the directory"]);
    assert_reported(place.path(), 2, &["is not a result directory"]);
    assert_reported(Path::new("no-such-directory"), 2, &["no-such-directory"]);
}

/// Starts a sweep that takes a while, as a child process.
fn start(out: &Path, threads: &str, replications: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(["sweep", FIRST_LOOK, "--threads", threads])
        .args(replications)
        .arg("--out")
        .arg(out)
        .current_dir(root())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

const LONG: &str = "6000";
const FIXED: [&str; 2] = ["--replications", LONG];
/// Targets that need some thousand replications, and not the same number for each scenario.
const TARGETS: [&str; 2] =
    ["--set", "replications={min: 200, max: 5000, targets: [duration_s p95 ±3%, stalled_rate ±0.4%]}"];

fn unfinished(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap().to_owned();
    name.push(".unfinished");
    out.with_file_name(name)
}

/// Waits until the file of blocks has grown by `bytes`; panics if the child ends before.
fn wait_for_work(child: &mut Child, out: &Path, bytes: u64) {
    let size = || fs::metadata(unfinished(out).join("blocks.bin")).map_or(0, |file| file.len());
    let before = size();
    for _ in 0..60_000 {
        if size() >= before + bytes {
            return;
        }
        assert!(child.try_wait().unwrap().is_none(), "the sweep ended before it could be killed");
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("the sweep does not get on");
}

/// The number of rollouts that the sweep found complete.
fn went_on_after(output: &Output) -> u64 {
    let message = text(&output.stderr);
    let number = message.split("going on after ").nth(1).and_then(|rest| rest.split(' ').next());
    number.unwrap_or_else(|| panic!("it began anew: {message}")).parse().unwrap()
}

#[test]
fn a_killed_sweep_goes_on_and_ends_with_the_same_bytes() {
    let place = tempfile::tempdir().unwrap();
    let whole = sweep(place.path(), "whole", &["--replications", LONG]);
    let out = place.path().join("out");
    let mut done = 0;
    for threads in ["1", "2"] {
        let mut child = start(&out, threads, &FIXED);
        wait_for_work(&mut child, &out, 60_000);
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(!out.exists(), "a result that is not finished is visible");
        if done > 0 {
            assert!(went_on_after(&output) >= done);
        }
        let mut saved = rollcast::blocks::Saved::default();
        saved.add(&unfinished(&out).join("blocks.bin")).unwrap();
        assert!(saved.replications() > done && saved.replications() < 30_000, "{}", saved.replications());
        done = saved.replications();
    }
    let arguments = ["sweep", FIRST_LOOK, "--replications", LONG, "--resume", "--out", &path(&out)];
    let output = rollcast(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(went_on_after(&output), done, "finished work was not taken up");
    assert_same(&whole, &out);
    assert!(!unfinished(&out).exists());
    refuses(&arguments, &["--resume", "no unfinished work"]);
}

/// The sweep is killed repeatedly, also while it writes the tables, and each time the file loses what the program had
/// not yet flushed to the disk.
#[test]
fn a_sweep_with_targets_survives_kills_anywhere() {
    let place = tempfile::tempdir().unwrap();
    let whole = sweep(place.path(), "whole", &TARGETS);
    let rows = fs::read_to_string(whole.join("precision.csv")).unwrap();
    let counts: std::collections::BTreeSet<_> = rows.lines().skip(1).filter_map(|row| row.rsplit(',').next()).collect();
    assert!(counts.len() > 1, "every scenario has {counts:?}");
    let out = place.path().join("out");
    let blocks = unfinished(&out).join("blocks.bin");
    for (kill, bytes) in [1, 50_000, 200_000, 100_000, 300_000].into_iter().enumerate() {
        let mut child = start(&out, ["1", "2", "3"][kill % 3], &TARGETS);
        wait_for_work(&mut child, &out, bytes);
        child.kill().unwrap();
        child.wait().unwrap();
        let mut left = fs::read(&blocks).unwrap();
        let length = left.len();
        match kill {
            1 => left.truncate(length - length / 7),
            2 => left[length - 5000..].fill(0),
            3 => left[length / 2] ^= 4,
            _ => {}
        }
        fs::write(&blocks, left).unwrap();
    }
    // At the end the sweep is killed while it writes its tables, or at whatever point it has reached.
    let mut child = start(&out, "2", &TARGETS);
    while child.try_wait().unwrap().is_none() && !unfinished(&out).join("new/summary.csv").exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    succeeds(&[&["sweep", FIRST_LOOK, "--quiet", "--out", &path(&out)], &TARGETS[..]].concat());
    assert_same(&whole, &out);
    assert!(!unfinished(&out).exists());
}

#[test]
fn unfinished_work_never_mixes_with_another_experiment() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let mut child = start(&out, "1", &FIXED);
    wait_for_work(&mut child, &out, 30_000);
    let busy = rollcast(&["sweep", FIRST_LOOK, "--out", &path(&out)]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(text(&busy.stderr).contains("another rollcast is writing"), "{}", text(&busy.stderr));
    let other = ["sweep", FIRST_LOOK, "--seed", "8", "--replications", "10", "--out", &path(&out)];
    refuses(&[&other[..], &["--resume"]].concat(), &["other inputs"]);
    refuses(
        &["merge", "--out", &path(&out), &path(&sweep(place.path(), "part", &["--shard", "0/1"]))],
        &["unfinished"],
    );
    let output = rollcast(&other);
    assert!(text(&output.stderr).contains("begun anew"), "{}", text(&output.stderr));
    assert_same(&sweep(place.path(), "alone", &["--seed", "8", "--replications", "10"]), &out);
}

/// Ctrl-C in the middle of a sweep: the program ends soon, says how to resume, and leaves no half-written result.
#[cfg(unix)]
#[test]
fn an_interrupted_sweep_says_how_to_go_on() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    interrupt(&out, &FIXED, "of 30000 rollouts are kept in");
    let mut left = files(&unfinished(&out));
    left.sort();
    assert_eq!(left, ["blocks.bin", "identity.json", "rollcast.lock"]);
    interrupt(&place.path().join("targets"), &TARGETS, "of at most 25000 rollouts are kept in");
}

#[cfg(unix)]
fn interrupt(out: &Path, replications: &[&str], words: &str) {
    let mut child = start(out, "2", replications);
    wait_for_work(&mut child, out, 30_000);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(75), "{message}");
    for word in ["interrupted", words, ".unfinished", "the same command goes on"] {
        assert!(message.contains(word), "no {word} in {message}");
    }
    assert!(!out.exists());
}

#[test]
fn shards_join_to_the_bytes_of_the_whole() {
    let place = tempfile::tempdir().unwrap();
    let whole = sweep(place.path(), "whole", &["--replications", "300"]);
    for of in [1, 2, 5] {
        let mut parts: Vec<String> = (0..of)
            .map(|k| {
                let (name, shard) = (format!("part-{k}-of-{of}"), format!("{k}/{of}"));
                path(&sweep(place.path(), &name, &["--replications", "300", "--shard", &shard]))
            })
            .collect();
        parts.reverse();
        let joined = place.path().join(format!("joined-{of}"));
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let summary = succeeds(&[&["merge", "--out", &path(&joined), "--quiet"], &parts[..]].concat());
        assert_same(&whole, &joined);
        assert!(summary.contains("Fastest: scenario"), "{summary}");
        assert_eq!(verified(Path::new(parts[0]), &[]).0, Some(0));
    }
}

#[test]
fn what_is_not_one_sweep_is_not_joined() {
    let place = tempfile::tempdir().unwrap();
    let part = |name: &str, shard: &str, more: &[&str]| {
        path(&sweep(place.path(), name, &[&["--replications", "10", "--shard", shard], more].concat()))
    };
    let out = path(&place.path().join("joined"));
    let refused = |parts: &[&str], words: &[&str]| refuses(&[&["merge", "--out", &out], parts].concat(), words);
    let (first, second) = (part("first", "0/2", &[]), part("second", "1/2", &[]));
    refused(&[&first], &["shard 1/2 is missing"]);
    refused(&[&first, &first], &["both shard 0/2"]);
    refused(&[&first, &part("third", "2/3", &[])], &["the number of shards"]);
    refused(&[&first, &part("seed", "1/2", &["--seed", "5"])], &["differ in what the command line changed"]);
    refused(&[&path(&sweep(place.path(), "whole", &["--replications", "10"]))], &["is a whole result"]);
    refuses(&["merge", "--out", &second, &first, &second], &["is one of the shards"]);
    let experiment = place.path().join("first-look.yaml");
    let changed = fs::read_to_string(root().join(FIRST_LOOK)).unwrap() + "# another\n";
    fs::write(&experiment, changed).unwrap();
    fs::create_dir(place.path().join("manifests")).unwrap();
    fs::copy(root().join("experiments/manifests/checkout.yaml"), place.path().join("manifests/checkout.yaml")).unwrap();
    let other = path(&place.path().join("other"));
    let arguments = ["sweep", &path(&experiment), "--replications", "10", "--shard", "1/2", "--out", &other];
    succeeds(&arguments);
    refused(&[&first, &other], &["differ in their input first-look.yaml"]);
    let blocks = place.path().join("second/blocks.bin");
    let mut bytes = fs::read(&blocks).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&blocks, bytes).unwrap();
    refused(&[&first, &second], &["blocks.bin is not as it was written"]);
    refuses(&["sweep", FIRST_LOOK, "--shard", "2/2", "--out", &out], &["counted from 0"]);
    assert!(!Path::new(&out).exists());
}
