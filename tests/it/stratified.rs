//! `sampling: stratified`: the same rollouts everywhere, narrower limits, and what is refused.

use std::fs;

use rollcast::analysis::headlines;
use rollcast::metrics::metric;
use rollcast::{Experiment, Figure, Overrides, RunError, RunOptions, Statistic};
use serde_json::Value;

use crate::cli::{refuses, rollcast, succeeds, text};

const EXPERIMENT: &str = "
deployment: {metadata: {name: web}, spec: {replicas: 6, template: {spec: {containers: [{name: app, image: app}]}}}}
pods:
  start: {lognormal: {p50: 2s, p99: 4500ms}}
  warmUp: {lognormal: {p50: 8s, p99: 30s}}
  termination: {exponential: {mean: 3s}}
  crash: 5%
sweep: {maxSurge: [1, 50%]}
replications: 1000
";

fn experiment(sampling: &str) -> Experiment {
    Experiment::from_yaml(&format!("{EXPERIMENT}sampling: {sampling}\n")).expect("a valid experiment")
}

fn file(place: &tempfile::TempDir, more: &str) -> String {
    let path = place.path().join("experiment.yaml");
    fs::write(&path, format!("{EXPERIMENT}{more}\n")).expect("room on the disk");
    path.display().to_string()
}

#[test]
fn single_rollouts_are_those_of_the_run() {
    let stratified = experiment("stratified");
    let forecasts = stratified.run().expect("a run");
    let built = experiment("plain").with_stratified_sampling().expect("enough replications");
    assert_eq!(built.run().expect("a run"), forecasts);
    for replication in [0, 49, 50, 999] {
        let record = stratified.record(1, replication).expect("a record");
        assert_eq!(record, forecasts[1].records[replication as usize]);
        assert_ne!(record, experiment("plain").record(1, replication).expect("a record"));
    }
    // The size of a group is the experiment's own.
    let more = stratified.run_with(RunOptions::new().replications(1500)).expect("a run");
    assert_eq!(more[0].records[..1000], forecasts[0].records[..]);
    let few = stratified.run_with(RunOptions::new().replications(999)).expect_err("19 groups");
    assert_eq!(few, RunError::Groups { replications: 999, least: 1000 });
}

#[test]
fn limits_are_narrower_and_hold_the_same_truth() {
    let (plain, stratified) = (experiment("plain"), experiment("stratified"));
    let (plain, stratified) = (plain.run().expect("a run"), stratified.run().expect("a run"));
    let limits = |forecast: &rollcast::Forecast, figure| {
        let estimate = forecast.figure(figure).expect("a figure");
        (estimate.low.expect("a limit"), estimate.high.expect("a limit"))
    };
    let means = [&metric::SURGE_POD_SECONDS, &metric::DIP_POD_SECONDS];
    let restricted = Figure::of(&metric::DURATION, Statistic::RestrictedMean);
    let figures = means.map(|metric| Figure::of(metric, Statistic::Mean)).into_iter();
    for figure in figures.chain([restricted, headlines::DURATION_P50.figure]) {
        for (plain, stratified) in plain.iter().zip(&stratified) {
            let (wide, narrow) = (limits(plain, figure), limits(stratified, figure));
            assert!(wide.0 < narrow.1 && narrow.0 < wide.1, "{}: {wide:?}, {narrow:?}", figure.text());
        }
    }
    let width = |forecasts: &[rollcast::Forecast]| {
        let (low, high) = limits(&forecasts[1], restricted);
        high - low
    };
    assert!(width(&stratified) < 0.75 * width(&plain), "{} of {}", width(&stratified), width(&plain));
}

#[test]
fn a_result_says_so_and_can_be_repeated_drawn_again_and_merged() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = file(&place, "sampling: stratified\nbaseline: 0");
    let out = |name: &str| place.path().join(name).display().to_string();
    succeeds(&["sweep", &path, "--quiet", "--replications", "200", "--out", &out("whole")]);
    let package = fs::read_to_string(place.path().join("whole/datapackage.json")).expect("a description");
    let package: serde_json::Value = serde_json::from_str(&package).expect("JSON");
    assert_eq!(package["rollcast"]["sampling"]["stratified"]["group"], 10);
    succeeds(&["verify", &out("whole"), "--quiet"]);
    let page = fs::read(place.path().join("whole/report.html")).expect("a page");
    assert!(String::from_utf8_lossy(&page).contains("stratified in groups of 10 replications"));
    succeeds(&["report", &out("whole")]);
    assert!(fs::read(place.path().join("whole/report.html")).expect("a page") == page);
    for (name, shard) in [("first", "0/2"), ("second", "1/2")] {
        succeeds(&["sweep", &path, "--quiet", "--replications", "200", "--shard", shard, "--out", &out(name)]);
    }
    succeeds(&["merge", "--quiet", "--out", &out("merged"), &out("first"), &out("second")]);
    let table = |name: &str| fs::read(place.path().join(name).join("comparisons.csv")).expect("a table");
    assert!(table("merged") == table("whole"));
    // A part whose description tells of other groups.
    let second = place.path().join("second/datapackage.json");
    let description = fs::read_to_string(&second).expect("a description").replace("\"group\": 10", "\"group\": 5");
    fs::write(&second, description).expect("room on the disk");
    let parts = [out("other"), out("first"), out("second")];
    refuses(&["merge", "--out", &parts[0], &parts[1], &parts[2]], &["differ in how replications are sampled"]);
}

#[test]
fn a_trace_says_which_sweep_it_is_of() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = file(&place, "sampling: stratified");
    let output = rollcast(&["trace", &path, "--scenario", "1", "--replication", "7", "--format", "json"]);
    let said = text(&output.stderr);
    assert!(said.contains("stratified in groups of 50") && said.contains("a sweep of 1,000 replications"), "{said}");
    let lines = experiment("stratified").trace(1, 7).expect("a trace");
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::to_value(line).expect("JSON")).collect();
    let printed = text(&output.stdout);
    let printed = printed.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line.as_object_mut().expect("an object").remove("format"), Some(1.into()));
        line
    });
    assert_eq!(printed.collect::<Vec<_>>(), lines);
}

#[test]
fn targets_are_looked_at_when_there_are_twenty_groups() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("out").display().to_string();
    let path = file(&place, "sampling: stratified");
    let targets = "replications={max: 9000, targets: [duration_s restricted_mean ±3%, stalled_rate ±50%]}";
    succeeds(&["sweep", &path, "--set", targets, "--quiet", "--out", &out]);
    let package = fs::read_to_string(place.path().join("out/datapackage.json")).expect("a description");
    let package: serde_json::Value = serde_json::from_str(&package).expect("JSON");
    assert_eq!(
        package["rollcast"]["precision"]["looks"],
        serde_json::json!([1280, 1792, 2560, 3584, 5120, 7168, 9000])
    );
    assert_eq!(package["rollcast"]["sampling"]["stratified"]["group"], 64);
    succeeds(&["verify", &out, "--quiet"]);
}

#[test]
fn too_few_replications_and_other_words_are_refused() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = file(&place, "sampling: stratified");
    let few = ["needs 40 replications (20 groups of two), and there are 39", "sampling: plain"];
    refuses(&["run", &path, "--replications", "39"], &few);
    let targets = "replications={max: 1000, targets: [stalled_rate ±1%]}";
    refuses(&["sweep", &path, "--set", targets, "--out", "/nowhere"], &["looks at 1280 replications first"]);
    refuses(&["run", &path, "--set", "sampling=stratifed"], &["did you mean `stratified`?"]);
    let few = format!("{EXPERIMENT}sampling: stratified\n");
    let overrides = Overrides { replications: Some(12), ..Overrides::default() };
    let error = Experiment::from_yaml_in(&few, place.path(), &overrides).expect_err("too few").to_string();
    assert!(error.contains("there are 12"), "{error}");
}
