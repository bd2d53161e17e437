//! `measured`: limits hold what the measurements of latencies leave open.

use std::fs;

use rollcast::metrics::metric;
use rollcast::random::{Draws, Purpose};
use rollcast::{Distribution, Experiment, Figure, Forecast, RunOptions, Shape, Statistic};
use serde_json::Value;

use crate::cli::{refuses, rollcast, succeeds, text};

const MEAN: Figure = Figure::of(&metric::DURATION, Statistic::RestrictedMean);

fn experiment(measured: &str, more: &str) -> String {
    format!(
        "deployment: {{metadata: {{name: web}}, spec: {{replicas: 4, template: {{spec: {{containers: [{{name: app, image: app, readinessProbe: {{tcpSocket: {{port: 80}}, periodSeconds: 1}}}}]}}}}}}}}\n\
         pods: {{start: 1s, pull: 0s, termination: 1s, crash: 0%, warmUp: {{lognormal: {{median: 20s, sigma: 0.4}}{measured}}}}}\n\
         replications: 200\n{more}"
    )
}

fn run(measured: &str, more: &str) -> Vec<Forecast> {
    Experiment::from_yaml(&experiment(measured, more)).expect("valid").run().expect("a run")
}

fn limits(forecast: &Forecast, figure: Figure) -> (f64, f64) {
    let estimate = forecast.figure(figure).expect("a figure");
    (estimate.low.expect("a limit"), estimate.high.expect("a limit"))
}

#[test]
fn limits_are_wider_by_the_measurements_and_nothing_else_changes() {
    let (known, measured) = (&run("", "")[0], &run(", measured: {values: 26}", "")[0]);
    assert_eq!(known.records, measured.records, "the rollouts are those of the fitted latencies");
    assert!(known.result.inputs.is_none());
    for (without, with) in known.result.statistics.lines.iter().zip(&measured.result.statistics.lines) {
        assert_eq!((without.figure, without.estimate.value), (with.figure, with.estimate.value));
        let wider = |low: Option<f64>, high: Option<f64>| low.zip(high).is_none_or(|(inner, outer)| inner <= outer);
        assert!(wider(with.estimate.low, without.estimate.low) && wider(without.estimate.high, with.estimate.high));
    }
    // A duration that is a sum of warm-ups moves with their median, which 26 values know to 0.4/√26, and a little with sigma.
    let inputs = measured.result.inputs.as_ref().expect("measured");
    let parts = inputs.parts(MEAN).expect("limits");
    let mean = measured.value(MEAN).expect("a mean");
    let by_median = 2.04 * 0.4 / 26_f64.sqrt() * mean;
    assert!((0.75..1.9).contains(&(parts.inputs / by_median)), "{} for {by_median}", parts.inputs);
    assert!(parts.is_of_inputs() && parts.replications_for_half().is_none());
    // A hundred times as many values leave a tenth of it.
    let many = &run(", measured: {values: 2600}", "")[0];
    let tenth = many.result.inputs.as_ref().expect("measured").parts(MEAN).expect("limits").inputs;
    assert!((0.05..0.2).contains(&(tenth / parts.inputs)), "{tenth} of {}", parts.inputs);
}

#[test]
fn threads_parts_and_order_change_nothing() {
    let sweep = ", measured: {values: 26}";
    let both = Experiment::from_yaml(&experiment(sweep, "sweep: {maxSurge: [1, 2]}\nbaseline: 0\n")).expect("valid");
    let alone = both.run_with(RunOptions::new().threads(1)).expect("a run");
    let together = both.run_with(RunOptions::new().threads(4)).expect("a run");
    assert_eq!(alone, together);
    // The difference of two scenarios has the same latencies in each draw: it is known better than either.
    let difference = alone[1].result.differences.iter().find(|one| one.figure == MEAN).expect("a difference");
    let (low, high) = difference.paired.difference.low.zip(difference.paired.difference.high).expect("limits");
    let (least, most) = limits(&alone[0], MEAN);
    assert!(high < 0.0 && high - low < most - least, "{low} to {high}, {least} to {most}");
    // The scenario alone has the limits that it has in the sweep.
    let single = run(sweep, "sweep: {maxSurge: [2]}\n");
    assert_eq!(single[0].result.inputs, alone[1].result.inputs);
}

#[test]
fn every_answer_says_what_its_limits_consist_of() {
    let found: Value =
        serde_json::from_str(&succeeds(&["run", "tests/fixtures/measured.yaml", "--format", "json"])).expect("JSON");
    let inputs = &found["input_uncertainty"];
    assert_eq!(inputs["measurements"][0]["key"], "pods.start");
    assert_eq!((&inputs["draws"], &inputs["replications"]), (&Value::from(32), &Value::from(100)));
    let p95 = |list: &Value| {
        let row = list
            .as_array()
            .expect("a list")
            .iter()
            .find(|row| row["metric"] == "duration_s" && row["statistic"] == "p95");
        row.expect("the figure").clone()
    };
    let (own, whole) = (p95(&inputs["statistics"]), p95(&found["statistics"]));
    assert!(own["input_sd"].as_f64() > Some(3.0));
    assert!(
        whole["low"].as_f64() < own["simulated_low"].as_f64()
            && whole["high"].as_f64() > own["simulated_high"].as_f64()
    );
    let place = tempfile::tempdir().expect("a folder");
    let out = place.path().join("out").display().to_string();
    let said = succeeds(&["sweep", "tests/fixtures/measured.yaml", "--out", &out, "--quiet"]);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("The limits hold what the measurements leave open: start 25 values and warmUp 24 values."),
        "{said}"
    );
    assert!(said.contains("To halve them measure more (start "), "{said}");
    let table = fs::read_to_string(format!("{out}/input-uncertainty.csv")).expect("the table");
    assert!(table.starts_with("scenario,metric,statistic,simulated_low,simulated_high,input_sd,draws\n"), "{table}");
}

#[test]
fn a_recommendation_is_made_again_in_each_draw() {
    let recommended = |path: &str| {
        let asked = "objectives=[availability: 50%]";
        let more = ["--set", "sweep={maxSurge: [1, 2]}", "--set", asked, "--what-if", "none", "--quiet"];
        let said = text(&rollcast(&[&["recommend", path], &more[..]].concat()).stdout);
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let said = recommended("tests/fixtures/measured.yaml");
    assert!(said.contains("in 32 draws, by the estimates of 100 rollouts each, it is the choice in"), "{said}");
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("experiment.yaml");
    fs::write(&path, experiment("", "")).expect("room on the disk");
    let known = recommended(&path.display().to_string());
    assert!(known.contains("Recommended:") && !known.contains("Measurements:"), "{known}");
}

#[test]
fn what_cannot_be_measured_is_refused_with_its_place() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("experiment.yaml");
    for (measured, message) in [
        ("{values: 2}", "values"),
        ("{timeError: 5%}", "is missing here"),
        ("{values: 26, shapeError: 5%}", "timeError is missing beside shapeError"),
        ("{values: 26, timeError: 5}", ""),
        ("{values: 26, timeError: 5%, correlation: 2}", "a correlation lies between -1 and 1"),
        ("{values: 26, error: 5%}", "error"),
    ] {
        fs::write(&path, experiment(&format!(", measured: {measured}"), "")).expect("room on the disk");
        let path = path.display().to_string();
        if message.is_empty() {
            succeeds(&["run", &path, "--replications", "20"]);
        } else {
            refuses(&["run", &path], &[message, ":2:"]);
        }
    }
}

/// A small version of the experiment in Methods: 26 warm-ups drawn from a known distribution, fitted by the product, and run. The
/// limits hold the mean duration with the true distribution; those of the rollouts alone mostly do not.
#[test]
fn limits_hold_the_truth_behind_the_measurements() {
    const SEEDS: u64 = 10;
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("values.csv");
    let with_warm_up = |warm_up: &str| {
        Experiment::from_yaml(&format!(
            "deployment: {{metadata: {{name: web}}, spec: {{replicas: 2, template: {{spec: {{containers: [{{name: app, image: app, readinessProbe: {{tcpSocket: {{port: 80}}, periodSeconds: 1}}}}]}}}}}}}}\n\
             pods: {{start: 1s, pull: 0s, termination: 1s, crash: 0%, warmUp: {warm_up}}}\nreplications: 200\n"
        ))
        .expect("valid")
    };
    let truth = with_warm_up("{lognormal: {median: 20s, sigma: 0.4}}");
    let truth = truth.run_with(RunOptions::new().replications(4000)).expect("a run")[0].value(MEAN).expect("a mean");
    let (mut with, mut without) = (0, 0);
    for seed in 1..=SEEDS {
        let mut draws = Draws::new(seed);
        let one = Distribution::new(Shape::LogNormal { mu: 20_f64.ln(), sigma: 0.4 }, 0.0, None).expect("valid");
        let rows = (0..26).map(|k| format!("{}\n", one.quantile(draws.uniform(0, Purpose::WarmUp, k)).as_secs_f64()));
        fs::write(&path, format!("warm_up_s\n{}", rows.collect::<String>())).expect("room on the disk");
        let fitted = succeeds(&["fit", &path.display().to_string(), "--format", "yaml", "--quiet"]);
        let warm_up = fitted.lines().find_map(|line| line.trim().strip_prefix("warmUp: ")).expect("the field");
        let forecast = &with_warm_up(warm_up.split("   #").next().expect("a part")).run().expect("a run")[0];
        let (low, high) = limits(forecast, MEAN);
        with += u64::from(low <= truth && truth <= high);
        let inputs = forecast.result.inputs.as_ref().expect("measured");
        let simulated = inputs.lines.iter().find(|line| line.figure == MEAN).expect("the figure").simulated;
        without += u64::from(simulated.low <= Some(truth) && Some(truth) <= simulated.high);
    }
    assert!(with >= 9 && without <= 6, "{with} and {without} of {SEEDS}");
}
