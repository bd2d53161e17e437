//! `sampling: controlled`: the rollouts of plain sampling, a mean duration that is known better, and what is refused.

use std::fs;

use rollcast::approximation::Approximation;
use rollcast::metrics::metric;
use rollcast::plan::{Overrides, Plan};
use rollcast::{Experiment, Figure, Forecast, Statistic};

use crate::cli::{refuses, succeeds};

const EXPERIMENT: &str = "
deployment: {metadata: {name: web}, spec: {replicas: 6, minReadySeconds: 2, template: {spec: {containers: [{name: app, image: app, \
     readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 2}}]}}}}
pods:
  start: {lognormal: {p50: 2s, p99: 4500ms}}
  warmUp: {lognormal: {p50: 8s, p99: 30s}}
  termination: {exponential: {mean: 3s}}
  crash: 5%
  crashAfter: {exponential: {mean: 10s}}
sweep: {maxSurge: [1, 50%]}
replications: 400
";

fn yaml(sampling: &str) -> String {
    format!("{EXPERIMENT}sampling: {sampling}\n")
}

fn forecasts(sampling: &str) -> Vec<Forecast> {
    Experiment::from_yaml(&yaml(sampling)).expect("a valid experiment").run().expect("a run")
}

fn file(place: &tempfile::TempDir, text: &str) -> String {
    let path = place.path().join("experiment.yaml");
    fs::write(&path, text).expect("room on the disk");
    path.display().to_string()
}

#[test]
fn the_mean_duration_is_known_better_and_all_else_is_that_of_the_same_rollouts() {
    let (plain, controlled) = (forecasts("plain"), forecasts("controlled"));
    let means = [Statistic::Mean, Statistic::RestrictedMean].map(|statistic| Figure::of(&metric::DURATION, statistic));
    for (plain, controlled) in plain.iter().zip(&controlled) {
        assert_eq!(plain.records, controlled.records);
        for (one, other) in plain.result.statistics.lines.iter().zip(&controlled.result.statistics.lines) {
            if !means.contains(&one.figure) {
                assert_eq!(one, other);
            }
        }
        let limits = |forecast: &Forecast| {
            let estimate = forecast.figure(means[1]).expect("a figure");
            assert!(estimate.value > estimate.low && estimate.value < estimate.high, "{estimate:?}");
            (estimate.low.expect("a limit"), estimate.high.expect("a limit"))
        };
        let (wide, narrow) = (limits(plain), limits(controlled));
        assert!(narrow.1 - narrow.0 < 0.5 * (wide.1 - wide.0), "{narrow:?} for {wide:?}");
        assert!(narrow.0 < wide.1 && wide.0 < narrow.1, "{narrow:?} for {wide:?}");
        assert_eq!(controlled.figure(means[0]), controlled.figure(means[1]));
    }
}

/// Both have the same expectation, also where nodes are lost, pods never become Ready and probes end containers.
#[test]
fn the_mean_of_the_control_is_that_of_the_control_in_replications() {
    const REPLICATIONS: u32 = 2000;
    let place = tempfile::tempdir().expect("a temporary directory");
    let more = "cluster: {nodes: 3, loss: {timeToLoss: {exponential: {mean: 10m}}, detection: 40s, toleration: 60s}}\n";
    let liveness =
        "livenessProbe: {httpGet: {path: /, port: 80}, initialDelaySeconds: 5, periodSeconds: 5}, readinessProbe";
    for text in [
        EXPERIMENT.to_owned(),
        format!("{EXPERIMENT}{more}"),
        EXPERIMENT.replace("  crash: 5%", "  crash: 5%\n  new: {neverReady: 1%, badVersion: 1%, imageSize: 200MB}"),
        EXPERIMENT.replace("readinessProbe", liveness),
    ] {
        let plan = Plan::load(file(&place, &text).as_ref(), &Overrides::default()).expect("a plan");
        for scenario in &plan.scenarios {
            let mut control = Approximation::of(scenario, 5).expect("a control");
            let own: Vec<f64> = (0..REPLICATIONS).map(|replication| control.at(replication)).collect();
            let means = control.means(20, 200).means;
            let moments = |values: &[f64]| {
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
                (mean, squares / (values.len() - 1) as f64 / values.len() as f64)
            };
            let ((one, of_one), (other, of_other)) = (moments(&own), moments(&means));
            let z = (one - other) / (of_one + of_other).sqrt();
            assert!(z.abs() < 4.0, "{one} and {other}: {z}\n{text}");
            assert!(means.windows(2).any(|pair| pair[0] != pair[1]));
            assert_eq!(control.at(7), own[7]);
        }
    }
}

#[test]
fn a_result_says_so_and_can_be_repeated_drawn_again_and_merged() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = file(&place, &yaml("controlled"));
    let out = |name: &str| place.path().join(name).display().to_string();
    let replications = ["--quiet", "--replications", "300"];
    succeeds(&[&["sweep", &path, "--out", &out("whole"), "--threads", "2"][..], &replications].concat());
    let package = fs::read_to_string(place.path().join("whole/datapackage.json")).expect("a description");
    let package: serde_json::Value = serde_json::from_str(&package).expect("JSON");
    assert_eq!(package["rollcast"]["sampling"]["controlled"], true);
    succeeds(&["verify", &out("whole"), "--quiet"]);
    let page = fs::read(place.path().join("whole/report.html")).expect("a page");
    assert!(String::from_utf8_lossy(&page).contains("control variate"));
    succeeds(&["report", &out("whole")]);
    assert!(fs::read(place.path().join("whole/report.html")).expect("a page") == page);
    for (name, shard) in [("first", "0/2"), ("second", "1/2")] {
        succeeds(&[&["sweep", &path, "--shard", shard, "--out", &out(name)][..], &replications].concat());
    }
    let table = |name: &str| fs::read(place.path().join(name).join("statistics.csv")).expect("a table");
    for (name, memory) in [("merged", "1GB"), ("small", "1000")] {
        succeeds(&["merge", "--quiet", "--memory", memory, "--out", &out(name), &out("first"), &out("second")]);
        assert!(table(name) == table("whole"), "{name}");
    }
}

#[test]
fn what_has_no_control_is_refused() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = file(&place, &yaml("controlled"));
    let targets = "replications={max: 5000, targets: [stalled_rate ±1%]}";
    refuses(&["run", &path, "--set", targets], &["a fixed number of replications"]);
    refuses(&["run", &path, "--set", "maxSurge=1", "--set", "sampling=controled"], &["did you mean `controlled`?"]);
    let recreate = EXPERIMENT
        .replace("minReadySeconds: 2", "strategy: {type: Recreate}")
        .replace("sweep: {maxSurge: [1, 50%]}\n", "");
    let path = file(&place, &format!("{recreate}sampling: controlled\n"));
    refuses(&["run", &path], &["rolling update of one Deployment"]);
}
