//! `rollcast fit` as a user sees it: three kinds of files as input, text, JSON and YAML as output, and messages for all
//! other files.
//!
//! `UPDATE_EXPECT=1 cargo test --test it fit` writes the golden answers anew.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::cli::{refuses, rollcast, root, succeeds, text};

const PODS: &str = "tests/fixtures/pods.json";
const COLUMNS: &str = "tests/fixtures/latencies.csv";
const HISTOGRAM: &str = "tests/fixtures/histogram.txt";

/// Runs `rollcast` in `folder` with `input` on its standard input.
fn run_in(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that refuses its arguments does not read its input.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("an end")
}

#[track_caller]
fn golden(name: &str, arguments: &[&str]) {
    let output = rollcast(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let answer = text(&output.stdout) + "\n" + &text(&output.stderr);
    crate::golden_file::golden(&format!("tests/golden/{name}.txt"), &answer);
}

#[test]
fn answers_are_as_they_were() {
    golden("fit-pods", &["fit", PODS]);
    golden("fit-columns", &["fit", COLUMNS, "--censored", "open"]);
    golden("fit-histogram", &["fit", HISTOGRAM]);
}

fn json(arguments: &[&str]) -> serde_json::Value {
    let answer = succeeds(&[arguments, &["--format", "json", "--quiet"]].concat());
    serde_json::from_str(&answer).expect("one JSON object")
}

/// Every block of YAML can be pasted into an experiment that runs.
#[test]
fn the_yaml_is_an_experiments() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let folder = place.path();
    for file in [PODS, COLUMNS, HISTOGRAM, "experiments/manifests/checkout.yaml"] {
        let name = Path::new(file).file_name().expect("a name");
        fs::copy(root().join(file), folder.join(name)).expect("room on the disk");
    }
    let mut blocks = 0;
    for arguments in
        [&["pods.json"][..], &["latencies.csv"], &["latencies.csv", "--censored", "open"], &["histogram.txt"]]
    {
        let fit = [&["fit"], arguments, &["--format", "json"]].concat();
        let answer = run_in(folder, &fit, b"");
        let answer: serde_json::Value = serde_json::from_slice(&answer.stdout).expect("one JSON object");
        for block in answer["yaml"].as_array().expect("blocks") {
            let experiment = format!("deployment: checkout.yaml\n{}", block.as_str().expect("text"));
            fs::write(folder.join("experiment.yaml"), &experiment).expect("room on the disk");
            let run = run_in(folder, &["run", "experiment.yaml", "--replications", "5", "--quiet"], b"");
            assert_eq!(run.status.code(), Some(0), "{experiment}{}", text(&run.stderr));
            blocks += 1;
        }
    }
    assert!(blocks >= 4, "{blocks}");
}

#[test]
fn pods_are_sorted_out() {
    let answer = json(&["fit", PODS]);
    let [start, warm_up] = &answer["samples"].as_array().expect("samples")[..] else { panic!("{answer}") };
    // 24 pods that are Ready, one that only runs, and one that has not started.
    assert_eq!((&start["n"], &start["censored"]), (&26.into(), &1.into()));
    assert_eq!((&warm_up["n"], &warm_up["censored"]), (&25.into(), &1.into()));
    assert_eq!(warm_up["field"], "warmUp");
    let notes = answer["notes"].to_string();
    for words in [
        "1 with a container that was restarted",
        "1 being deleted",
        "1 that ended",
        "1 without status",
        "1 not scheduled",
    ] {
        assert!(notes.contains(words), "{words} is not among {notes}");
    }
    assert!(!notes.contains("owners"), "two ReplicaSets of one Deployment are one owner: {notes}");
}

#[test]
fn columns_by_name_and_from_standard_input() {
    let answer = json(&["fit", COLUMNS, "--column", "pull"]);
    assert_eq!(answer["samples"].as_array().expect("samples").len(), 1);
    assert_eq!(answer["samples"][0]["outcome"], "no_family_fits");
    assert_eq!(answer["samples"][0]["distribution"], "{empirical: {csv: tests/fixtures/latencies.csv, column: pull}}");
    let input = fs::read(root().join(COLUMNS)).expect("the file");
    let output = run_in(&root(), &["fit", "-", "--column", "pull", "--format", "json"], &input);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let values = answer["samples"][0]["distribution"].as_str().expect("text");
    assert!(values.starts_with("{empirical: {values: [0.85, 0.87, 0.89, "), "{values}");
}

/// The program gives a message and exit code 2 for every file that contains no measurements.
#[test]
fn unusable_files_are_reported() {
    let pod = |status: &str| {
        format!("{{\"kind\": \"Pod\", \"metadata\": {{\"name\": \"a\"}}, \"spec\": {{}}, \"status\": {status}}}")
    };
    let scheduled = |at: &str| {
        pod(&format!(
            "{{\"conditions\": [{{\"type\": \"PodScheduled\", \"status\": \"True\", \"lastTransitionTime\": {at}}}]}}"
        ))
    };
    let cases: &[(&[u8], &[&str])] = &[
        (b"", &["no column holds"]),
        (b"{\"kind\": \"List\", \"items\": []}", &["no pod is here"]),
        (b"{\"kind\": \"List\", \"items\": [{\"kind\": \"Node\"}]}", &["other kinds", "kubectl get pods"]),
        (b"{\"kind\": \"PodList\", \"items\": [{}]}", &["1 without status"]),
        (b"[\"a\"]", &["expected pods"]),
        (b"{\"kind\": \"List\", \"items\": [3]}", &["-:1:28", "expected pods"]),
        (b"[1, 2]", &["value: 2 values", "a fit needs 5"]),
        (b"{\"kind\": ", &["this is not YAML"]),
        (scheduled("\"yesterday\"").as_bytes().to_vec().leak(), &["expected an instant", "yesterday"]),
        (
            scheduled("\"2026-01-01T00:00:00Z\"").as_bytes().to_vec().leak(),
            &["start: 1 values, 1 of them lower bounds"],
        ),
        (b"ready\n1\n2\n3\n4\n", &["ready: 4 values", "a fit needs 5"]),
        (b"ready\n1\n2\n-3\n4\n5\n6\n", &["-:4: column `ready`", "0 or more"]),
        (b"ready\nNaN\n2\n", &["ready: 1 values"]),
        (b"ready\n1\n\xff\n", &["line 3"]),
        (b"a_bucket{le=\"1\"} 9\n", &["-:1", "+Inf"]),
        (b"a_bucket{le=\"1\"} 9\na_bucket{le=\"+Inf\"} 8\n", &["-:2", "cumulative"]),
        (b"a_bucket{le=\"1\"} 9\na_bucket{le=\"+Inf\"} 9\n", &["one bucket"]),
        (b"a_bucket{le=\"1\"} 0\na_bucket{le=\"+Inf\"} 0\n", &["0 values"]),
    ];
    for (input, words) in cases {
        let output = run_in(&root(), &["fit", "-"], input);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{}: {message}", text(input));
        assert!(output.stdout.is_empty());
        for word in *words {
            assert!(message.contains(word), "{} says nothing of {word}: {message}", text(input));
        }
    }
    refuses(&["fit", "no-such.json"], &["no-such.json"]);
    refuses(&["fit", PODS, "--column", "a"], &["--column does not go with pods"]);
    refuses(&["fit", COLUMNS, "--unit", "weeks"], &["--unit is one of"]);
    refuses(&["fit", HISTOGRAM, "--metric", "web_start"], &["web_start_seconds"]);
}

#[test]
fn equal_values_are_a_constant_and_zeros_leave_families_out() {
    let equal = run_in(&root(), &["fit", "-"], b"warmUp\n8\n8\n8\n8\n8\n8\n");
    assert!(
        text(&equal.stdout).contains("  warmUp: 8s   # 6 values, as good as all the same"),
        "{}",
        text(&equal.stdout)
    );
    let zeros = run_in(&root(), &["fit", "-"], b"warmUp\n0\n0\n1.5\n8\n3\n6\n");
    assert!(
        text(&zeros.stdout).contains("Left out: lognormal, gamma, weibull (never exactly 0)."),
        "{}",
        text(&zeros.stdout)
    );
}

/// A container that hangs is not a slow start.
#[test]
fn a_bound_far_out_is_asked_about() {
    let columns = "warmUp,open\n8,\n9,\n7,\n11,\n8.5,\n10,\n600,1\n";
    let output = run_in(&root(), &["fit", "-", "--censored", "open"], columns.as_bytes());
    assert!(text(&output.stderr).contains("a lower bound of 600 s is far above the largest value, 11 s"));
    let usual = run_in(&root(), &["fit", "-", "--censored", "open"], columns.replace("600", "12").as_bytes());
    assert!(!text(&usual.stderr).contains("far above"), "{}", text(&usual.stderr));
}

/// The guide shows the output of the program.
#[test]
fn the_guide_shows_the_answer() {
    let guide = fs::read_to_string(root().join("docs/guide/latencies.md")).expect("the page");
    let answer = succeeds(&["fit", PODS, "--quiet"]);
    assert!(guide.contains(answer.trim_end()), "the guide shows another answer than\n{answer}");
}

#[test]
fn the_part_to_paste_alone_and_an_experiment_with_it_are_experiments() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let pods = succeeds(&["fit", "tests/fixtures/pods.json", "--quiet", "-o", "yaml"]);
    assert!(pods.starts_with("pods:\n  start: "), "{pods}");
    let experiment = place.path().join("exp.yaml");
    let spec = "deployment: {spec: {replicas: 2, template: {spec: {containers: [{name: app, image: app}]}}}} # mine\n";
    for before in [spec.to_owned(), format!("{spec}pods:\n  # Ours.\n  crash: 0\n")] {
        std::fs::write(&experiment, &before).expect("room on the disk");
        let name = experiment.display().to_string();
        let merged = succeeds(&["fit", "tests/fixtures/pods.json", "--quiet", "--into", &name]);
        assert!(before.lines().all(|line| merged.contains(line)) && merged.contains("\n  start: "), "{merged}");
        std::fs::write(&experiment, &merged).expect("room on the disk");
        succeeds(&["run", &name, "--replications", "10", "--quiet"]);
        crate::cli::refuses(
            &["fit", "tests/fixtures/pods.json", "--quiet", "--into", &name],
            &["is written here already"],
        );
    }
}
