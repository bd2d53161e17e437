//! Charts as PNG: written only on request, and kept by every later command on the directory.

use std::fs;
use std::path::Path;

use crate::cli::{files, refuses, rollcast, root, succeeds, text};

fn sweep(out: &Path, more: &[&str]) {
    let out = out.display().to_string();
    let first = ["sweep", "experiments/first-look.yaml", "--replications", "100", "--quiet", "--out", &out];
    succeeds(&[&first[..], more].concat());
}

fn pictures(out: &Path, ending: &str) -> Vec<String> {
    files(out).into_iter().filter(|file| file.ends_with(ending)).map(|file| file.replace(ending, "")).collect()
}

/// Width and height in pixels.
fn size(file: &Path) -> (u32, u32) {
    let bytes = fs::read(file).expect("a picture");
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && &bytes[12..16] == b"IHDR", "{} is no PNG", file.display());
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}

#[test]
fn png_is_written_where_asked_for_and_kept_by_all_commands() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let [without, with, again, joined] = ["without", "with", "again", "joined"].map(|name| place.path().join(name));
    sweep(&without, &[]);
    assert!(pictures(&without, ".png").is_empty());
    sweep(&with, &["--png"]);
    assert_eq!(pictures(&with, ".png"), pictures(&with, ".svg"));
    assert!(pictures(&with, ".png").len() >= 5);
    let svg = fs::read_to_string(with.join("charts/durations.svg")).expect("a chart");
    let (width, height) = size(&with.join("charts/durations.png"));
    assert!(svg.contains(&format!("<svg width=\"{}\" height=\"{}\"", width / 3, height / 3)));

    // The bytes are the same with another number of threads, and when drawn from the tables alone.
    sweep(&again, &["--png", "--threads", "1"]);
    let same = |other: &Path| {
        for file in files(&with) {
            assert!(fs::read(with.join(&file)).ok() == fs::read(other.join(&file)).ok(), "{file} differs");
        }
    };
    same(&again);
    let answer = succeeds(&["report", &without.display().to_string(), "--png", "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    assert!(answer["files"].as_array().is_some_and(|files| files.contains(&"charts/durations.png".into())), "{answer}");
    assert_eq!(answer["changed"], serde_json::json!([]));
    for file in files(&with).iter().filter(|file| *file != "datapackage.json") {
        assert!(fs::read(with.join(file)).ok() == fs::read(without.join(file)).ok(), "{file} differs");
    }

    // Names in the description are unique, as its standard requires.
    let package = fs::read_to_string(with.join("datapackage.json")).expect("a description");
    let package: serde_json::Value = serde_json::from_str(&package).expect("JSON");
    let resources = package["resources"].as_array().expect("resources");
    let mut names: Vec<_> = resources.iter().map(|resource| resource["name"].to_string()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), resources.len());
    assert!(resources.iter().any(|resource| resource["mediatype"] == "image/png"));

    // `rollcast report` draws existing PNG files again without the option, and does not draw removed ones.
    fs::write(with.join("charts/durations.png"), "old").expect("room");
    succeeds(&["report", &with.display().to_string()]);
    same(&again);
    let out = with.display().to_string();
    assert!(succeeds(&["verify", &out, "--quiet"]).contains("with the same bytes"));
    for file in pictures(&again, ".png") {
        fs::remove_file(again.join(file + ".png")).expect("it was there");
    }
    let out = again.display().to_string();
    succeeds(&["report", &out]);
    assert!(succeeds(&["verify", &out, "--quiet"]).contains("with the same bytes"));

    // No shard has pictures; the merged result has those that are asked for.
    let shards: Vec<String> = (0..2).map(|k| place.path().join(format!("shard-{k}")).display().to_string()).collect();
    sweep(Path::new(&shards[0]), &["--shard", "0/2", "--png"]);
    sweep(Path::new(&shards[1]), &["--shard", "1/2"]);
    assert!(succeeds(&["verify", &shards[0], "--quiet"]).contains("with the same bytes"));
    refuses(&["report", &shards[0]], &["is of a shard, which has no tables"]);
    let out = joined.display().to_string();
    succeeds(&["merge", &shards[0], &shards[1], "--out", &out, "--png", "--quiet"]);
    same(&joined);
}

#[test]
fn pods_are_drawn_in_the_form_that_the_name_asks_for() {
    let place = tempfile::tempdir().expect("a temporary directory");
    for (name, png) in [("pods.png", true), ("PODS.PNG", true), ("pods.svg", false), ("pods", false)] {
        let file = place.path().join(name);
        succeeds(&["trace", "experiments/first-look.yaml", "--chart", &file.display().to_string()]);
        if png {
            assert_eq!(size(&file).0, 3 * 820);
        } else {
            assert!(fs::read_to_string(&file).expect("text").starts_with("<svg"));
        }
    }
    let nowhere = rollcast(&["trace", "experiments/first-look.yaml", "--chart", "no/such/place.png"]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", text(&nowhere.stderr));
    refuses(&["report", "experiments"], &["datapackage.json"]);
}

#[test]
fn a_run_shows_its_course_in_lines() {
    let run = |arguments: &[&str]| {
        let first = ["run", "experiments/first-look.yaml", "--scenario", "0", "--replications", "100"];
        succeeds(&[&first[..], arguments].concat())
    };
    let output = run(&[]);
    for label in ["available, median", "available, p05", "pods on nodes, p95", "completions"] {
        let line = output.lines().find(|line| line.trim_start().starts_with(label)).expect(label);
        assert_eq!(line.split('|').nth(1).map(|plot| plot.chars().count()), Some(40), "{line}");
    }
    // The output to a pipe does not depend on the terminal.
    let dumb = std::process::Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(["run", "experiments/first-look.yaml", "--scenario", "0", "--replications", "100"])
        .env("LC_ALL", "C")
        .env("TERM", "dumb")
        .env("NO_COLOR", "1")
        .current_dir(root())
        .output();
    assert_eq!(text(&dumb.expect("the program starts").stdout), output);
    assert!(!run(&["--format", "json"]).contains('█'));
}
