//! The program as a user sees it: what it prints to which stream, which files it leaves, and its exit codes.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn rollcast(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
pub(crate) fn succeeds(arguments: &[&str]) -> String {
    let output = rollcast(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
pub(crate) fn refuses(arguments: &[&str], words: &[&str]) {
    let output = rollcast(arguments);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert!(output.stdout.is_empty());
    for word in words {
        assert!(message.contains(word), "{arguments:?} says nothing of {word}: {message}");
    }
}

#[test]
fn a_malformed_recording_is_refused_with_file_and_field() {
    refuses(
        &["replay", "tests/fixtures/bad-incident.json"],
        &["bad-incident.json", "actions[1].replicas", "is missing"],
    );
    refuses(&["replay", "tests/fixtures/no-such.json"], &["no-such.json"]);
}

pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).expect("inside").display().to_string());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_sweep_writes_the_same_directory_for_any_number_of_threads() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let sweep = |name: &str, threads: &str| {
        let out = place.path().join(name);
        let out_text = out.display().to_string();
        let arguments = ["sweep", "experiments/first-look.yaml", "--out", &out_text];
        succeeds(&[&arguments[..], &["--replications", "300", "--threads", threads]].concat());
        out
    };
    let (one, two, three) = (sweep("one", "1"), sweep("two", "2"), sweep("three", "3"));
    let names = files(&one);
    for name in ["replications.csv", "summary.csv", "statistics.csv", "timeline.csv", "datapackage.json"] {
        assert!(names.contains(&name.to_owned()), "{name} is missing: {names:?}");
    }
    assert!(names.iter().any(|name| name.ends_with(".svg")));
    for other in [&two, &three] {
        assert_eq!(names, files(other));
        for name in &names {
            assert!(fs::read(one.join(name)).unwrap() == fs::read(other.join(name)).unwrap(), "{name} differs");
        }
    }
}

#[test]
fn a_bare_manifest_runs_with_defaults() {
    let output = succeeds(&["run", "experiments/manifests/checkout.yaml", "--replications", "100"]);
    assert!(output.contains("100 simulated rollouts"), "{output}");
    let json = succeeds(&["run", "experiments/manifests/checkout.yaml", "--replications", "50", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&json).expect("valid JSON");
    assert_eq!(value["replications"], 50);
}

#[test]
fn standard_input_is_a_manifest() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(["run", "-", "--replications", "20"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let manifest = fs::read(root().join("experiments/manifests/checkout.yaml")).expect("the manifest");
    child.stdin.take().expect("a pipe").write_all(&manifest).expect("room in the pipe");
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn several_deployments_need_a_choice() {
    refuses(&["run", "experiments/manifests/shop.yaml"], &["shop/frontend", "shop/session-store", "--deployment"]);
    refuses(&["run", "experiments/manifests/shop.yaml", "--deployment", "shop/cartt"], &["shop/cart"]);
    succeeds(&["run", "experiments/manifests/shop.yaml", "--deployment", "cart", "--replications", "10"]);
}

#[test]
fn mistakes_are_named_with_their_place() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = place.path().join("typo.yaml");
    fs::write(&file, "deployment:\n  spec: {replicas: 3}\nsweep:\n  maxSurg: [1, 2]\n").expect("room on the disk");
    refuses(&["run", &file.display().to_string()], &["typo.yaml:4:3", "maxSurge"]);
    refuses(&["run", "no-such-file.yaml"], &["no-such-file.yaml"]);
    refuses(&["run", "experiments/first-look.yaml", "--scenario", "99"], &["99"]);
    let first_look = |set| ["run", "experiments/first-look.yaml", "--set", set];
    refuses(&first_look("pods.new.crsh=1%"), &["crash"]);
    refuses(&first_look("strategy.type=Recreate"), &["unknown parameter `strategy.type`; did you mean `strategy`?"]);
    refuses(&first_look("replicas="), &["no value for replicas"]);
    refuses(&first_look("objectives=[availability: 90%, availability: 70%]"), &["a second availability objective"]);
    refuses(&[&first_look("replicas=2")[..], &["--threads", "5000"]].concat(), &["1024"]);
    let slip = "deployment:\n  spec:\n    replcias: 5\n    template: {spec: {containers: [{name: a, image: b}]}}\n";
    fs::write(&file, slip).expect("room on the disk");
    refuses(
        &["run", &file.display().to_string()],
        &["typo.yaml:3:5", "unknown key `replcias`; did you mean `replicas`?"],
    );
}

/// The program reports rollouts that never complete as such, whichever command is used.
#[test]
fn what_never_completes_meets_nothing_and_is_not_recommended() {
    let manifest = "experiments/manifests/checkout.yaml";
    let bad = ["--set", "pods.badVersion=100%", "--replications", "200"];
    let objectives = ["--set", "objectives=[p95 duration_s <= 10m, max duration_s <= 10m]"];
    let answer = succeeds(&[&["run", manifest][..], &bad, &objectives].concat());
    assert_eq!(answer.matches(": not met").count(), 2, "{answer}");
    let output = rollcast(&[&["recommend", manifest][..], &bad].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("none completed"), "{}", text(&output.stdout));
}

#[test]
fn rollouts_that_are_undone_are_counted() {
    let undo = "timeline=[{at: 5s, undo: true}]";
    let answer = succeeds(&["run", "experiments/manifests/checkout.yaml", "--replications", "50", "--set", undo]);
    let line = answer.lines().find(|line| line.trim_start().starts_with("rolled back")).expect("a line");
    assert!(line.contains("100%") && !answer.contains("superseded"), "{answer}");
}

#[test]
fn a_chart_is_not_written_over_an_input() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = place.path().join("web.yaml");
    fs::copy(root().join("experiments/manifests/checkout.yaml"), &file).expect("room on the disk");
    let before = fs::read(&file).expect("the manifest");
    let name = file.display().to_string();
    refuses(&["trace", &name, "--chart", &name], &["web.yaml is an input"]);
    assert_eq!(fs::read(&file).expect("the manifest"), before);
    let inside = place.path().join("web.yaml/pages").display().to_string();
    for arguments in [&["new", &inside][..], &["man", "--out", &inside], &["trace", &name, "--chart", &inside]] {
        assert_eq!(rollcast(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn unmet_objectives_are_an_answer_only_under_check() {
    let run = ["run", "experiments/first-look.yaml", "--scenario", "0", "--replications", "50"];
    let arguments = [&run[..], &["--set", "pods.new.badVersion=100%"]].concat();
    assert_eq!(rollcast(&arguments).status.code(), Some(0));
    assert_eq!(rollcast(&[&arguments[..], &["--check"]].concat()).status.code(), Some(1));
}

/// No stall was seen, but two hundred rollouts do not show that at most one in a thousand stalls.
#[test]
fn check_wants_objectives_shown_and_not_only_unrefuted() {
    let exit = |command: &[&str], objective: &str| {
        let set = format!("objectives=[availability: 0, {objective}]");
        let place = tempfile::tempdir().expect("a temporary directory");
        let out = place.path().join("out").display().to_string();
        let mut arguments =
            [command, &["experiments/first-look.yaml", "--quiet", "--check", "--set", &set][..]].concat();
        if command[0] == "sweep" {
            arguments.extend(["--out", &out]);
        }
        rollcast(&arguments).status.code()
    };
    for command in [&["run", "--replications", "200", "--scenario", "0"][..], &["sweep", "--replications", "200"]] {
        assert_eq!(exit(command, "stalled_rate <= 5%"), Some(0), "{command:?}");
        assert_eq!(exit(command, "stalled_rate <= 0.1%"), Some(1), "{command:?}");
        assert_eq!(exit(command, "p95 duration_s <= 2m"), Some(1), "{command:?}");
    }
    // Two hundred rollouts are enough for the one scenario that meets the objective, and the others do not matter.
    assert_eq!(exit(&["run", "--replications", "200", "--scenario", "3"], "p95 duration_s <= 2m"), Some(0));
}

#[test]
fn a_recommendation_is_a_patch_or_a_reason() {
    let experiment = "experiments/first-look.yaml";
    let found = succeeds(&["recommend", experiment, "--what-if", "none", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&found).expect("valid JSON");
    let chosen = &found["cases"][0]["recommended"];
    assert_eq!(chosen["parameters"]["maxSurge"], "100%");
    assert_eq!(chosen["patch"]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"], 0);
    assert_eq!(chosen["decided"], true);
    let cheap = succeeds(&["recommend", experiment, "--what-if", "none", "--by", "surge", "--threads", "1"]);
    assert!(cheap.contains("Recommended: maxSurge 25%, maxUnavailable 0."), "{cheap}");
    let weights = ["--weight", "surge_pod_seconds=1", "--weight", "duration_s=0"];
    let cost = succeeds(&[&["recommend", experiment, "--what-if", "none", "--by", "cost"][..], &weights].concat());
    assert!(cost.contains("Recommended: maxSurge 25%, maxUnavailable 0."), "{cost}");

    let never = rollcast(&["recommend", experiment, "--set", "objectives=[p95 duration_s <= 10s]"]);
    assert_eq!(never.status.code(), Some(1));
    assert!(text(&never.stdout).contains("In the way: p95 duration_s <= 10s"), "{}", text(&never.stdout));

    let bare = rollcast(&["recommend", "experiments/manifests/checkout.yaml", "--replications", "300"]);
    assert_eq!(bare.status.code(), Some(0), "{}", text(&bare.stderr));
    assert!(text(&bare.stdout).replace('\n', " ").contains("the default floor is asked for"), "{}", text(&bare.stdout));
    let certain =
        rollcast(&["recommend", experiment, "--set", "objectives=[stalled_rate <= 0%]", "--replications", "300"]);
    assert_eq!(certain.status.code(), Some(1));
    assert!(text(&certain.stdout).contains("No number of replications can show stalled_rate <= 0%"));
    let alone =
        ["recommend", experiment, "--set", "sweep={maxSurge: [100%], maxUnavailable: [0]}", "--replications", "600"];
    assert!(succeeds(&alone).contains("Recommended: maxSurge 100%, maxUnavailable 0."));
    let equal = ["recommend", experiment, "--by", "cost", "--weight", "surge_pod_seconds=0"];
    assert!(succeeds(&equal).contains("Recommended: "));
    refuses(&["recommend", experiment, "--by", "cost"], &["--weight METRIC=NUMBER"]);
    refuses(&["recommend", experiment, "--by", "cost", "--weight", "dip=1"], &["dip", "dip_pod_seconds"]);
    refuses(&["recommend", experiment, "--confidence", "2"], &["0.5 to 0.9999"]);
}

#[test]
fn a_new_experiment_runs_and_overwrites_nothing() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = place.path().join("new.yaml").display().to_string();
    assert!(succeeds(&["new", &file]).is_empty());
    let written = fs::read_to_string(&file).expect("the experiment");
    assert_eq!(written, succeeds(&["new"]));
    assert!(succeeds(&["run", &file, "--replications", "20"]).contains("20 simulated rollouts"));
    refuses(&["new", &file], &["new.yaml", "exists already"]);
    assert_eq!(fs::read_to_string(&file).expect("the experiment"), written);
}

#[test]
fn completions_manual_and_schema_know_every_command() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("man").display().to_string();
    succeeds(&["man", "--out", &out]);
    let pages = files(&place.path().join("man"));
    for command in
        ["sweep", "run", "trace", "replay", "recommend", "fit", "new", "schema", "completions", "man", "defaults"]
    {
        assert!(pages.contains(&format!("rollcast-{command}.1")), "no page for {command}: {pages:?}");
        for shell in ["bash", "zsh", "fish"] {
            assert!(succeeds(&["completions", shell]).contains(command), "{shell} does not know {command}");
        }
    }
    let schema: serde_json::Value = serde_json::from_str(&succeeds(&["schema"])).expect("JSON");
    assert_eq!(schema["additionalProperties"], false);
    refuses(&["completions", "tcsh"], &["bash"]);
}

#[test]
fn a_trace_is_printed_and_stops_when_nobody_reads() {
    let log = succeeds(&["trace", "experiments/first-look.yaml", "--replication", "3"]);
    for word in [
        "SpecChanged",
        "Scaled",
        "Pulling",
        "Pulled",
        "Started",
        "Ready",
        "Terminating",
        "NewReplicaSetAvailable",
        "The rollout ended",
    ] {
        assert!(log.contains(word), "no {word} in {log}");
    }
    let number = |word: &str| log.lines().filter(|line| line.split_whitespace().nth(2) == Some(word)).count();
    assert!(
        number("Gone") > 0 && number("Gone") == number("Terminating"),
        "every old pod is followed to its end: {log}"
    );
    let has = |is_wanted: fn(&str) -> bool| log.lines().any(is_wanted);
    assert!(has(|line| line.ends_with("s: kubectl rollout status reported success.")), "{log}");
    assert!(has(|line| line.starts_with("The last pod that was told to go was gone after ")), "{log}");
    let json = succeeds(&["trace", "experiments/first-look.yaml", "--replication", "3", "--format", "json"]);
    assert!(json.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));

    let mut child = Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(["trace", "experiments/first-look.yaml"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

/// The README shows what the program prints; the module `documents` runs the rest of its commands.
#[test]
fn the_readme_shows_what_is_printed() {
    let readme = fs::read_to_string(root().join("README.md")).expect("a README");
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("out").display().to_string();
    let summary = succeeds(&["sweep", "experiments/first-look.yaml", "--out", &out, "--quiet"]);
    let table = summary.split("\n\n").next().expect("a table");
    assert!(readme.contains(table), "the README shows another table than\n{summary}");
    let recommendation = succeeds(&["recommend", "experiments/first-look.yaml", "--quiet"]);
    let recommended = recommendation.split("\n\n").find(|part| part.contains("Recommended:")).expect("a sentence");
    assert!(readme.contains(recommended), "the README shows another recommendation than\n{recommendation}");
    let gains = recommendation.lines().filter(|line| line.contains("maxSurge: ") || line.contains("maxUnavailable: "));
    for line in gains {
        assert!(readme.contains(line), "the README shows other gains than\n{line}");
    }
}

/// Files that a sweep writes only on request: targets, looks and the comparison with a baseline.
#[test]
fn a_sweep_with_targets_and_a_baseline_describes_both() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = |threads: &str, name: &str| {
        let out = place.path().join(threads);
        let text = out.display().to_string();
        let precision = "replications={min: 200, max: 1500, targets: [duration_s p95 ±6%, stalled_rate +-1%]}";
        let baseline = "baseline={maxSurge: 0, maxUnavailable: 25%}";
        let words = [
            "sweep",
            "experiments/first-look.yaml",
            "--set",
            precision,
            "--set",
            baseline,
            "--what-if",
            "none",
            "--quiet",
        ];
        succeeds(&[&words[..], &["--threads", threads, "--out", &text]].concat());
        fs::read_to_string(out.join(name)).expect("the file is written")
    };
    for name in ["precision.csv", "comparisons.csv", "summary.csv", "statistics.csv", "datapackage.json"] {
        assert!(file("1", name) == file("3", name), "{name}: 1 and 3 threads differ");
    }
    let precision = file("1", "precision.csv");
    assert_eq!(precision.lines().count(), 1 + 5 * 2);
    assert!(precision.contains("duration_s p95 ±6%,duration_s,p95,"));
    let comparisons = file("1", "comparisons.csv");
    assert_eq!(comparisons.lines().count(), 1 + 4 * 10, "every scenario but the baseline");
    let package: serde_json::Value = serde_json::from_str(&file("1", "datapackage.json")).expect("JSON");
    assert_eq!(package["rollcast"]["baseline"], 0);
    assert_eq!(package["rollcast"]["precision"]["looks"], serde_json::json!([256, 512, 768, 1024, 1500]));
    let resources = package["resources"].as_array().expect("a list");
    for name in ["precision.csv", "comparisons.csv"] {
        assert!(resources.iter().any(|resource| resource["path"] == name), "{name} is not described");
    }
}

#[test]
fn two_scenarios_are_compared() {
    let words = ["compare", "experiments/first-look.yaml", "0", "2", "--replications", "800", "--quiet"];
    let table = succeeds(&words);
    assert!(table.starts_with("Scenario 2 (maxSurge 25%, maxUnavailable 25%) less scenario 0"), "{table}");
    let json = succeeds(&[&words[..], &["--format", "json"]].concat());
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let mean = &value["differences"][2];
    assert_eq!(
        (&mean["metric"], &mean["statistic"], &mean["n"]),
        (&"duration_s".into(), &"restricted_mean".into(), &800.into())
    );
    assert!(mean["variance_ratio"].as_f64() > Some(1.5), "{mean}");
    assert!(mean["high"].as_f64() < Some(-30.0), "{mean}");
    refuses(&["compare", "experiments/first-look.yaml", "0", "9"], &["no scenario 9", "0 to 4"]);
    refuses(&["compare", "experiments/first-look.yaml", "1", "1"], &["itself"]);
}

/// A baseline that names some of the parameters is another scenario in each cell of the others.
#[test]
fn a_baseline_that_names_some_parameters_is_taken_within_each_cell() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("out");
    let text_of_out = out.display().to_string();
    let sweep = |baseline: &str| {
        let arguments = ["sweep", "experiments/first-look.yaml", "--replications", "80", "--out", &text_of_out];
        rollcast(&[&arguments[..], &["--set", baseline]].concat())
    };
    let answer = text(&sweep("baseline={maxSurge: 25%}").stdout).replace('\n', " ");
    assert!(answer.contains("Against the baseline (maxSurge 25%) of the cell, 2 cells in all"), "{answer}");
    let mut pairs: Vec<(String, String)> = Vec::new();
    let table = fs::read_to_string(out.join("comparisons.csv")).expect("the table");
    for row in csv::Reader::from_reader(table.as_bytes()).records() {
        let row = row.expect("a row");
        pairs.push((row[0].to_owned(), row[1].to_owned()));
    }
    pairs.dedup();
    let expected = [("2", "0"), ("1", "3"), ("2", "4")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(pairs, expected, "same maxUnavailable, and maxSurge 25%");
    let package = fs::read(out.join("datapackage.json")).expect("the package");
    let package: serde_json::Value = serde_json::from_slice(&package).expect("JSON");
    assert_eq!(package["rollcast"]["baselines"], serde_json::json!([1, 2]));
    // The pair of one cell is what `compare` says of the two scenarios.
    let words = ["compare", "experiments/first-look.yaml", "1", "3", "--replications", "80", "--quiet", "-o", "json"];
    let compared: serde_json::Value = serde_json::from_str(&succeeds(&words)).expect("JSON");
    let first = csv::Reader::from_reader(table.as_bytes())
        .records()
        .filter_map(Result::ok)
        .find(|row| &row[1] == "3" && &row[2] == "duration_s" && &row[3] == "restricted_mean");
    let mean =
        compared["differences"].as_array().expect("a list").iter().find(|row| row["statistic"] == "restricted_mean");
    let (first, mean) = (first.expect("a row"), mean.expect("a difference"));
    assert_eq!(first[6].parse::<f64>().ok(), mean["difference"].as_f64());
    let notes = text(&sweep("baseline={maxUnavailable: 0}").stderr);
    assert!(notes.contains("baseline: 1 scenario is compared with none"), "{notes}");
}

#[test]
fn foreign_directories_are_left_alone() {
    let place = tempfile::tempdir().expect("a temporary directory");
    fs::write(place.path().join("thesis.txt"), "years of work").expect("room on the disk");
    let out = place.path().display().to_string();
    let output = rollcast(&["sweep", "experiments/first-look.yaml", "--replications", "1", "--out", &out]);
    assert_ne!(output.status.code(), Some(0));
    assert_eq!(files(place.path()), ["thesis.txt"]);
    let out = place.path().join("out");
    let sweep = ["sweep", "experiments/first-look.yaml", "--replications", "1", "--out", &out.display().to_string()];
    succeeds(&sweep);
    fs::write(out.join("notes.txt"), "mine").expect("room on the disk");
    let output = rollcast(&sweep);
    assert!(text(&output.stderr).contains("notes.txt"), "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(2));
    assert!(out.join("notes.txt").exists());
}

#[test]
fn the_long_version_names_the_build() {
    let version = format!("rollcast {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(succeeds(&["-V"]), version);
    let build = rollcast::report::build::Build::this();
    assert_eq!(succeeds(&["--version"]), format!("{version}{build}\n"));
}

#[test]
fn a_large_sweep_says_what_it_takes_before_it_begins() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("out").display().to_string();
    let sweep =
        ["sweep", "experiments/first-look.yaml", "--replications", "1000000", "--stop-after", "1s", "--out", &out];
    let output = rollcast(&sweep);
    assert_eq!(output.status.code(), Some(75), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    // Five strategies, 140 bytes a row, 290 bytes a record.
    assert!(
        said.contains("note: this sweep is large: 5,000,000 rollouts of 5 scenarios, about 668 MiB of rows"),
        "{said}"
    );
    let out = place.path().join("small").display().to_string();
    let output = rollcast(&["sweep", "experiments/first-look.yaml", "--replications", "2", "--out", &out]);
    assert!(!text(&output.stderr).contains("is large"));
}
