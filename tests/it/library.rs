//! The library as another crate uses it: the examples run and print the expected output, and the public interface gives
//! the same results as the commands.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::Command;

use rollcast::metrics::metric;
use rollcast::{
    Experiment, Fact, Figure, IntOrPercent, Objective, Observer, Outcome, Overrides, RunError, RunOptions, Scenario,
    SimTime, Statistic, Strategy,
};

use crate::cli::{root, succeeds, text};

/// The output of an example. `cargo test` builds the examples before it runs this.
fn example(name: &str) -> String {
    let tests = std::env::current_exe().expect("the path of this program");
    let folder = tests.parent().and_then(|deps| deps.parent()).expect("the folder of the build").join("examples");
    let program: PathBuf = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let output = Command::new(&program).output().unwrap_or_else(|error| {
        panic!("{} cannot be run ({error}): `cargo build --examples` builds it", program.display())
    });
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn one_rollout_is_traced() {
    let log = example("one_rollout");
    let completed = log.lines().filter(|line| line.starts_with("Completed after ")).count();
    assert_eq!(completed, 1, "{log}");
    assert!(log.contains("deployment") && log.contains("at least 3 pods were available, at most "), "{log}");
}

#[test]
fn a_sweep_is_a_table() {
    let table = example("sweep");
    // Kubernetes refuses maxSurge 0 with maxUnavailable 0.
    assert_eq!(table.lines().count(), 1 + 5, "{table}");
    assert!(table.contains("maxSurge: 25%, maxUnavailable: 1"), "{table}");
}

#[test]
fn an_own_observer_counts() {
    let answer = example("own_observer");
    assert!(answer.contains("100 rollouts") && answer.contains(" s in half of them"), "{answer}");
    assert!(!answer.contains("for 0.0 s in half"), "{answer}");
}

#[test]
fn a_recommendation_names_the_best() {
    let answer = example("recommendation");
    assert!(answer.starts_with("shop: ") && answer.contains("best: maxSurge "), "{answer}");
}

const EXPERIMENT: &str = "experiments/first-look.yaml";

/// `rollcast run --format json` gives the same numbers.
#[test]
fn the_command_and_the_library_agree() {
    let overrides = Overrides { replications: Some(50), ..Overrides::default() };
    let experiment = Experiment::from_file_with(root().join(EXPERIMENT), &overrides).expect("an experiment");
    let forecasts = experiment.run_with(RunOptions::new().threads(2)).expect("forecasts");
    let arguments = ["run", EXPERIMENT, "--scenario", "3", "--replications", "50", "--format", "json", "--quiet"];
    let answer: serde_json::Value = serde_json::from_str(&succeeds(&arguments)).expect("one JSON object");
    let p50 = forecasts[3].value(Figure::of(&metric::DURATION, Statistic::P50)).expect("a quantile");
    let lines = answer["statistics"].as_array().expect("statistics");
    let line = lines.iter().find(|line| line["metric"] == "duration_s" && line["statistic"] == "p50").expect("a line");
    assert_eq!(line["value"], p50);
    assert_eq!(forecasts.len(), experiment.scenarios().len());
    assert_eq!(forecasts[3].records.len(), 50);
}

#[derive(Default)]
struct Facts(Vec<(SimTime, Fact)>);

impl Observer for Facts {
    const DETAIL: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        self.0.push((at, fact));
    }
}

#[test]
fn a_replication_is_repeated_alone() {
    let experiment = Experiment::from_file(root().join(EXPERIMENT)).expect("an experiment");
    let forecasts = experiment.run_with(RunOptions::new().replications(30)).expect("forecasts");
    assert_eq!(experiment.record(2, 17), Ok(forecasts[2].records[17]));
    let [mut first, mut second] = [Facts::default(), Facts::default()];
    let span = experiment.replicate(2, 17, &mut first).expect("a scenario");
    assert_eq!(experiment.replicate(2, 17, &mut second), Ok(span));
    assert!(first.0.len() > 20 && first.0 == second.0);
    let completed = forecasts[2].records[17].outcome == Outcome::Completed;
    assert_eq!(span.end.is_some(), completed);
    assert_eq!(experiment.replicate(99, 0, &mut first), Err(RunError::NoScenario(99)));
}

#[test]
fn a_run_reports_and_can_be_ended() {
    let experiment = Experiment::from_file(root().join(EXPERIMENT)).expect("an experiment");
    let mut seen = Vec::new();
    let options = RunOptions::new().replications(300).without_records().on_progress(|progress| {
        seen.push(progress.done);
        ControlFlow::Continue(())
    });
    let forecasts = experiment.run_with(options).expect("forecasts");
    assert!(forecasts.iter().all(|forecast| forecast.records.is_empty() && forecast.result.statistics.n == 300));
    assert_eq!(seen.last(), Some(&(300 * forecasts.len() as u64)));
    let options = RunOptions::new().on_progress(|_| ControlFlow::Break(()));
    assert_eq!(experiment.run_with(options), Err(RunError::Interrupted));
    assert_eq!(experiment.run_with(RunOptions::new().replications(0)), Err(RunError::Replications(0)));
}

/// A scenario that is built has the defaults of an experiment that sets the same fields.
#[test]
fn built_and_read_scenarios_are_the_same() {
    let text = "deployment: {spec: {replicas: 7, strategy: {rollingUpdate: {maxSurge: 2}}, \
                template: {spec: {containers: [{name: app, image: app}]}}}}";
    let read = Experiment::from_yaml(text).expect("an experiment");
    let strategy =
        Strategy::RollingUpdate { max_surge: IntOrPercent::Int(2), max_unavailable: IntOrPercent::Percent(25) };
    let built = Scenario::builder(7).expect("a size").strategy(strategy).build();
    assert_eq!(read.scenarios(), std::slice::from_ref(&built));
    let experiment = Experiment::from_scenarios("built", [built]).expect("an experiment");
    let [read, built] = [read, experiment].map(|one| one.run_with(RunOptions::new().replications(20)).expect("a run"));
    assert_eq!(read, built);
}

#[test]
fn what_cannot_be_is_refused() {
    let message = |text: &str| Experiment::from_yaml(text).expect_err("an error").to_string();
    assert!(message("deployment: {spec: {replicas: x}}").starts_with("experiment:1:"), "{}", message("{}"));
    assert!(message("deployment: no-such.yaml").contains("no-such.yaml"));
    assert!(Scenario::builder(-1).is_err());
    assert!(Experiment::from_scenarios("none", []).is_err());
    let scenario = |replicas| Scenario::builder(replicas).expect("a size");
    let unequal = [scenario(3).parameter("a", 1).build(), scenario(3).parameter("b", 1).build()];
    assert!(Experiment::from_scenarios("unequal", unequal).is_err());
    let invalid = scenario(3).min_ready_seconds(-1).build();
    assert!(Experiment::from_scenarios("invalid", [invalid]).is_err());
    let experiment = Experiment::from_scenarios("one", [scenario(3).build()]).expect("an experiment");
    assert!(experiment.clone().with_objective("p95 of something").is_err());
    let objective = experiment.with_objective("completed_rate >= 95%").expect("an objective");
    assert_eq!(objective.objectives(), [Objective::parse("completed_rate >= 95%").expect("an objective")]);
}
