//! `rollcast sensitivity`: rollouts whose duration is a known function of what is varied, the result folder, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::{files, refuses, rollcast, succeeds, text};
use crate::golden_file::golden;
use crate::golden_part::golden_part;

/// Old pods take 5 s to stop and new ones 10 s to start, all at once: 15 s, and what the controllers need.
const ADDED: &str = "
name: added
deployment:
  spec:
    replicas: 3
    strategy: {type: Recreate}
    template: {spec: {containers: [{name: app, image: example/app}]}}
pods: {start: 10s, warmUp: 0s, termination: 5s, pull: 0s, crash: 0, neverReady: 0}
replications: 100
seed: 3
";

fn experiment(place: &Path) -> PathBuf {
    let file = place.join("added.yaml");
    fs::write(&file, ADDED).expect("a file");
    file
}

fn words(path: &Path) -> &str {
    path.to_str().expect("a path")
}

const BOTH: [&str; 4] = ["--factor", "pods.start=0.5..2", "--factor", "pods.termination=0.5..2"];

fn answer(file: &Path, options: &[&str]) -> Value {
    let ask = [&["sensitivity", words(file), "--quiet", "-o", "json"], &BOTH[..], options].concat();
    serde_json::from_str(&succeeds(&ask)).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// The duration is 10 a + 5 b, where a and b have logarithms that are uniform from a half to two: each has the mean 1.5 / ln 4
/// and the mean square 3.75 / (2 ln 4).
#[test]
fn a_sum_has_the_indices_of_its_parts() {
    let place = tempfile::tempdir().expect("a folder");
    let found = answer(&experiment(place.path()), &["--trajectories", "20", "--rows", "256"]);
    let duration = &found["outcomes"][0];
    assert_eq!((duration["metric"].as_str(), duration["statistic"].as_str()), (Some("duration_s"), Some("p95")));
    let written = number(&duration["as_written"]["value"]);
    assert!((15.0..17.0).contains(&written), "{written}");
    for (effect, (seconds, share)) in
        duration["effects"].as_array().expect("a list").iter().zip([(10.0, 0.8), (5.0, 0.2)])
    {
        let end = |end: &str| number(&effect[end]["value"]) - written;
        assert!((end("at_low") + 0.5 * seconds).abs() < 0.3, "{effect}");
        assert!((end("at_high") - seconds).abs() < 0.3, "{effect}");
        // Between 1/2 and 2 the duration grows by one and a half times the length of time. Logarithms have equal room, so that a
        // step of two thirds of the range moves it by 4^(1/3) and 4^(2/3) of where it begins; the mean over both is this.
        let step = libm::pow(4.0, 2.0 / 3.0) - 1.0;
        let mean = 0.5 * (0.5 * step + 0.5 * libm::pow(4.0, 1.0 / 3.0) * step) * 1.5 * seconds;
        let mu = number(&effect["mu_star"]["value"]);
        assert!((mu - mean).abs() < 0.12 * mean, "{mu} {mean}");
        for index in ["first", "total"] {
            let of = |limit: &str| number(&effect[index][limit]);
            assert!((of("value") - share).abs() < 0.15, "{index} {share}: {}", effect[index]);
            assert!(of("low") < share + 0.02 && of("high") > share - 0.02, "{index} {share}: {}", effect[index]);
            assert!(of("low") < of("high"));
        }
    }
    assert!(
        found["answer"].as_str().is_some_and(|answer| answer.starts_with("Container start ")),
        "{}",
        found["answer"]
    );
}

#[test]
fn the_answer_does_not_depend_on_threads() {
    let place = tempfile::tempdir().expect("a folder");
    let file = experiment(place.path());
    let ask = |threads: &str| {
        let few = ["--trajectories", "3", "--rows", "5", "--threads", threads];
        succeeds(&[&["sensitivity", words(&file), "--quiet"], &few[..]].concat())
    };
    assert_eq!(ask("1"), ask("3"));
}

/// The columns of every table, as `datapackage.json` describes them.
fn columns(folder: &Path) -> String {
    let package = fs::read_to_string(folder.join("datapackage.json")).expect("a package");
    let package: Value = serde_json::from_str(&package).expect("JSON");
    let mut text = String::new();
    for resource in package["resources"].as_array().expect("a list").iter().filter(|one| one["format"] == "csv") {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        text.push_str(&format!("\n`{}`: {}.\n\n", word(&resource["path"]), word(&resource["title"])));
        text.push_str("| column | type | unit | meaning |\n|---|---|---|---|\n");
        for field in resource["schema"]["fields"].as_array().expect("a list") {
            let [name, kind, unit, meaning] = ["name", "type", "unit", "description"].map(|key| word(&field[key]));
            text.push_str(&format!("| `{name}` | {kind} | {unit} | {meaning} |\n"));
        }
    }
    text + "\n"
}

/// The page without what has golden files of its own or is the style of all pages.
fn frame(page: &str) -> String {
    let (before, after) = page.split_once("<style>").expect("a style");
    let mut frame = format!("{before}[style]");
    let mut rest = after.split_once("</style>").expect("an end").1;
    while let Some((before, after)) = rest.split_once("<svg") {
        frame.push_str(before);
        frame.push_str("[svg]");
        rest = after.split_once("</svg>").expect("an end").1;
    }
    (frame + rest).replace(concat!("rollcast ", env!("CARGO_PKG_VERSION")), "rollcast VERSION")
}

#[test]
fn the_folder_has_points_that_other_programs_read_and_verify_repeats_it() {
    let place = tempfile::tempdir().expect("a folder");
    let (file, out) = (experiment(place.path()), place.path().join("out"));
    let few = ["--trajectories", "3", "--rows", "5", "--out", words(&out)];
    let said = succeeds(&[&["sensitivity", words(&file), "--quiet"], &BOTH[..], &few].concat());
    golden("tests/golden/sensitivity.txt", &said);
    assert_eq!(
        files(&out),
        [
            "charts/sensitivity-duration_s_p95.svg",
            "datapackage.json",
            "inputs/added.yaml",
            "report.html",
            "sensitivity-factors.csv",
            "sensitivity-indices-problem.csv",
            "sensitivity-indices.csv",
            "sensitivity-screening-problem.csv",
            "sensitivity-screening.csv",
            "sensitivity.csv",
        ]
    );
    let read = |name: &str| fs::read_to_string(out.join(name)).expect("a file");
    // Lines that begin with # are comments for SALib's read_param_file.
    let problem = "# name,lower_bound,upper_bound\npods.start,0,1\npods.termination,0,1\n";
    assert_eq!(read("sensitivity-screening-problem.csv"), problem);
    assert_eq!(read("sensitivity-indices-problem.csv"), problem);
    assert_eq!(read("sensitivity-screening.csv").lines().count(), 1 + 3 * 3, "three trajectories of three points");
    assert_eq!(read("sensitivity-indices.csv").lines().count(), 1 + 5 * 4, "five rows of four points");
    golden("tests/golden/sensitivity-report.html", &frame(&read("report.html")));
    golden("tests/golden/sensitivity-duration_s_p95.svg", &read("charts/sensitivity-duration_s_p95.svg"));
    golden_part("docs/reference/files.md", "sensitivity files", &columns(&out));
    let verified = succeeds(&["verify", words(&out), "--quiet"]);
    assert!(verified.contains("34 points, 3,400 rollouts run again, 9 files with the same bytes"), "{verified}");
    refuses(&["report", words(&out)], &["is of `rollcast sensitivity`", "give the same command again"]);
    fs::write(out.join("sensitivity.csv"), "metric\n").expect("a file");
    assert_eq!(rollcast(&["verify", words(&out), "--quiet"]).status.code(), Some(1));
}

/// Twice the replicas are read from the input again, so that everything that follows from their number is as it would be written.
#[test]
fn replicas_are_those_of_an_input_that_says_so() {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("rolling.yaml");
    let rolling =
        ADDED.replace("strategy: {type: Recreate}", "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}");
    fs::write(&file, rolling).expect("a file");
    let none = ["--factor", "replicas", "--factor", "maxSurge=1..3", "--trajectories", "0", "--rows", "0"];
    let ask = [&["sensitivity", words(&file), "--quiet", "-o", "json"], &none[..]].concat();
    let found: Value = serde_json::from_str(&succeeds(&ask)).expect("JSON");
    let duration = &found["outcomes"][0];
    for (factor, (end, setting)) in
        [(0, ("at_high", "replicas=6")), (0, ("at_low", "replicas=2")), (1, ("at_high", "maxSurge=3"))]
    {
        let run = succeeds(&["run", words(&file), "--quiet", "-o", "json", "--set", setting]);
        let run: Value = serde_json::from_str(run.lines().next().unwrap_or_default()).expect("JSON");
        let lines = run["statistics"].as_array().expect("a list");
        let p95 =
            lines.iter().find(|line| line["metric"] == "duration_s" && line["statistic"] == "p95").expect("a line");
        assert_eq!(duration["effects"][factor][end]["value"], p95["value"], "{setting}");
    }
}

#[test]
fn what_cannot_be_varied_is_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let file = experiment(place.path());
    let ask = |options: &[&str], expected: &[&str]| {
        refuses(&[&["sensitivity", words(&file), "--quiet"], options].concat(), expected);
    };
    ask(&["--factor", "pods.starts"], &["`pods.starts` is no factor", "pods.start, pods.warmUp"]);
    ask(&["--factor", "pods.start=2"], &["is no range", "0.5..2"]);
    ask(&["--factor", "pods.start=2..1"], &["is no range"]);
    ask(&["--factor", "pods.start=0..1"], &["--factor pods.start", "from 0.01 to 100"]);
    ask(&["--factor", "maxSurge"], &["the strategy is Recreate"]);
    ask(&["--factor", "pods.pull"], &["nothing would change"]);
    ask(&["--factor", "pods.start", "--factor", "pods.start"], &["given twice"]);
    ask(&["--replications", "99"], &["too few for a 95th percentile", "--replications 100"]);
    let manifest = "experiments/manifests/checkout.yaml";
    let none =
        ["sensitivity", manifest, "--quiet", "--factor", "maxSurge=0%..25%", "--factor", "maxUnavailable=0%..25%"];
    refuses(&none, &["at the least levels", "both 0"]);
    refuses(&["sensitivity", manifest, "--quiet", "--factor", "maxSurge=0..3"], &["written in percent"]);
    let shop =
        ["sensitivity", "-f", "tests/fixtures/shop-cluster.yaml", "-n", "shop", "--quiet", "--deployment", "nobody"];
    assert_eq!(rollcast(&shop).status.code(), Some(2), "{}", text(&rollcast(&shop).stderr));
    fs::write(place.path().join("two.yaml"), "workloads: [{deployment: {name: a, replicas: 2, spec: {template: {spec: {containers: [{name: a, image: a}]}}}}, event: rollout}, {deployment: {name: b, replicas: 2, spec: {template: {spec: {containers: [{name: a, image: a}]}}}}, event: rollout}]\n").expect("a file");
    let two = place.path().join("two.yaml");
    refuses(&["sensitivity", words(&two), "--quiet"], &["several workloads share the cluster"]);
}
