//! The library as another crate uses it: the examples run and print the expected output, and the public interface gives
//! the same results as the commands.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::Command;

use rollcast::metrics::metric;
use rollcast::plan::Plan;
use rollcast::scenario::{Autoscaler, AutoscalerSpec, Cluster, Probe, Traffic, Upgrade};
use rollcast::traffic::{OnSigterm, Rate};
use rollcast::{
    Criterion, Distribution, Experiment, Fact, Figure, IntOrPercent, Objective, Observer, Outcome, Overrides, RunError,
    RunOptions, Scenario, ScenarioBuilder, SimDuration, SimTime, Statistic, Step, StepAction, Strategy,
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

fn builder() -> ScenarioBuilder {
    Scenario::builder(3).expect("a size")
}

fn traffic(rate: f64) -> Traffic {
    Traffic {
        rate: Rate::constant(rate),
        capacity: 100.0,
        warm_up: None,
        on_sigterm: OnSigterm::Stop,
        load_balancer: None,
        cpu_at_capacity: 1.0,
    }
}

/// What the library says about a scenario of 3 pods after `change`.
fn refusal(change: &dyn Fn(&mut Scenario)) -> String {
    let mut scenario = builder().build();
    change(&mut scenario);
    Experiment::from_scenarios("one", [scenario]).map_or_else(|error| error.to_string(), |_| "accepted".into())
}

fn step(action: StepAction) -> impl Fn(&mut Scenario) {
    move |scenario| scenario.timeline = vec![Step { at: SimDuration::from_secs(1), action }]
}

/// A change of a scenario, and a part of the message about it.
type Case<'a> = (&'a dyn Fn(&mut Scenario), &'a str);

fn check(cases: &[Case<'_>]) {
    for (change, message) in cases {
        let refusal = refusal(change);
        assert!(refusal.starts_with("scenario 0: ") && refusal.contains(message), "{message}: {refusal}");
    }
}

#[test]
fn pods_that_cannot_be_are_refused() {
    let idle = Probe {
        initial_delay: SimDuration::ZERO,
        period: SimDuration::ZERO,
        success_threshold: 1,
        failure_threshold: 1,
        grace: None,
    };
    check(&[
        (&|one| one.pods.clear(), "pods is a list of 0: it must be a list of at least 2"),
        (&|one| one.pods.truncate(1), "pods is a list of 1"),
        (&|one| one.deployment.template = 9, "deployment.template is 9: it must be 0 to 1"),
        (&|one| one.deployment.replicas = i32::MAX, "deployment.replicas is 2147483647: it must be 0 to "),
        (&|one| one.pods[1].crash = 2.0, "pods[1].crash is 2: it must be a number from 0 to 1"),
        (&|one| one.pods[1].crash = f64::NAN, "pods[1].crash is NaN"),
        (&|one| one.pods[0].never_ready = -1.0, "pods[0].never_ready is -1"),
        (&|one| one.pods[0].cached = 1.5, "pods[0].cached is 1.5"),
        (&|one| one.pods[0].crowding = -5.0, "pods[0].crowding is -5: it must be a number from 0 to 100"),
        (&|one| one.pods[1].probes.readiness = Some(idle), "pods[1].probes.readiness.period is 0 s"),
    ]);
}

#[test]
fn clusters_that_cannot_be_are_refused() {
    let autoscaler = |nodes| {
        let wait = Distribution::constant(SimDuration::from_secs(60));
        Autoscaler { nodes, scan_interval: SimDuration::from_secs(10), provisioning: wait, scale_down: None }
    };
    let upgrade =
        Upgrade { start: SimDuration::ZERO, at_once: 0, takes: Distribution::constant(SimDuration::from_secs(60)) };
    check(&[
        (&|one| one.cluster = Cluster::of(Vec::new()), "cluster.nodes is empty: it must be a list of at least 1 node"),
        (&|one| one.cluster.nodes.clear(), "cluster.nodes is empty"),
        (&|one| one.cluster.nodes[0].pod_load = f64::NAN, "cluster.nodes[0].pod_load is NaN"),
        (&|one| one.cluster.bad_nodes = 1.1, "cluster.bad_nodes is 1.1"),
        (&|one| one.cluster.parallel_pulls = 0, "cluster.parallel_pulls is 0: it must be 1 or more"),
        (&|one| one.cluster.autoscaler = Some(autoscaler(1000)), "cluster.autoscaler.nodes is 1000"),
        (&|one| one.cluster.upgrade = Some(upgrade.clone()), "cluster.upgrade.at_once is 0"),
        (&|one| one.control_plane.fleet = 0, "control_plane.fleet is 0"),
        (&|one| one.control_plane.scheduler_qps.qps = 0.0, "control_plane.scheduler_qps.qps is 0"),
        (&|one| one.control_plane.node_eviction_rate = f64::INFINITY, "control_plane.node_eviction_rate is inf"),
    ]);
}

#[test]
fn events_and_limits_that_cannot_be_are_refused() {
    let early = [5, 1].map(|second| Step { at: SimDuration::from_secs(second), action: StepAction::Pause });
    let autoscaler = AutoscalerSpec { min_replicas: 1, max_replicas: 5, target: 80, behavior: None };
    check(&[
        (&step(StepAction::SetTemplate(9)), "timeline[0].action is 9: it must be 0 to 1"),
        (
            &step(StepAction::Drain(1000)),
            "timeline[0].action is a drain of node 1000: it must be a drain of node 0 to ",
        ),
        (&step(StepAction::Scale(-1)), "timeline[0].action is -1"),
        (&|one| one.timeline = early.to_vec(), "timeline is not in order of time"),
        (&|one| one.availability_objective = 7.0, "availability_objective is 7: it must be a number from 0 to 1"),
        (&|one| one.horizon = SimDuration::ZERO, "horizon is 0 s: it must be more than 0 s and at most 30 days"),
        (&|one| one.horizon = SimDuration::MAX, "at most 30 days"),
        (&|one| one.traffic = Some(traffic(-1.0)), "traffic.rate is -1"),
        (&|one| one.traffic = Some(traffic(f64::NAN)), "traffic.rate is NaN"),
        (&|one| one.traffic = Some(Traffic { capacity: 0.0, ..traffic(1.0) }), "traffic.capacity is 0"),
        (&|one| one.horizontal_autoscaler = Some(autoscaler.clone()), "None where there is no `traffic`"),
    ]);
}

/// What is read from files has no fault that the check of built scenarios finds.
#[test]
fn scenarios_of_files_pass_the_check() {
    let files =
        std::fs::read_dir(root().join("experiments")).expect("the experiments").map(|file| file.expect("a file"));
    let files = files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    let mut scenarios = 0;
    for file in files {
        let plan = Plan::load(&file, &Overrides::default()).expect("an experiment");
        for scenario in &plan.scenarios {
            assert_eq!(scenario.check(), Ok(()), "{}", file.display());
            scenarios += 1;
        }
    }
    assert!(scenarios > 100, "{scenarios}");
}

#[test]
fn an_objective_is_checked_as_in_a_file() {
    let experiment = Experiment::from_scenarios("one", [builder().build()]).expect("an experiment");
    let refused = |experiment: &Experiment, text: &str| {
        experiment.clone().with_objective(text).expect_err("an error").to_string()
    };
    let requests = "p95 lost_requests <= 5";
    assert!(refused(&experiment, requests).contains("there is no `traffic`"), "{}", refused(&experiment, requests));
    assert!(refused(&experiment, "availability: 900%").contains("900%"));
    let experiment = experiment.with_objective("availability: 75%").expect("an objective");
    assert_eq!(experiment.scenarios()[0].availability_objective, 0.75);
    assert!(refused(&experiment, "availability: 80%").contains("second availability objective"));
    let busy = Experiment::from_scenarios("busy", [builder().traffic(traffic(10.0)).build()]).expect("an experiment");
    assert!(busy.with_objective(requests).is_ok());
}

/// A scenario with two strategies, by its surge, and two worlds, by the length of a start.
fn choice(surge: i32, start: u64) -> ScenarioBuilder {
    let max_unavailable = IntOrPercent::Int(1);
    let start = Distribution::constant(SimDuration::from_secs(start));
    builder()
        .strategy(Strategy::RollingUpdate { max_surge: IntOrPercent::Int(surge), max_unavailable })
        .pods(|pods| pods.start = start.clone())
}

fn recommended(scenarios: Vec<Scenario>) -> Result<Vec<rollcast::Recommendation>, RunError> {
    Experiment::from_scenarios("web", scenarios).expect("an experiment").recommend(Criterion::Duration)
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(path, value)| ((*path).into(), (*value).into())).collect()
}

#[test]
fn a_world_is_not_recommended_as_a_strategy() {
    let scenarios = [("fast", 5), ("slow", 50)].map(|(name, start)| choice(1, start).parameter("start", name).build());
    let answers = recommended(scenarios.to_vec()).expect("answers");
    let cases: Vec<_> = answers.iter().map(|answer| answer.case.clone()).collect();
    assert_eq!(cases, [pairs(&[("start", "fast")]), pairs(&[("start", "slow")])]);
    assert!(answers.iter().all(|answer| answer.own == Some(0) && answer.strategies.len() > 2));
    let unnamed = recommended(vec![choice(1, 5).build(), choice(1, 50).build()]);
    let Err(RunError::NoChoice(message)) = unnamed else { panic!("{unnamed:?}") };
    assert!(message.starts_with("scenario 0 and scenario 1 differ in more than the strategy"), "{message}");
}

#[test]
fn strategies_that_were_built_are_chosen_in_each_world() {
    let mut scenarios = Vec::new();
    for (name, start) in [("fast", 5), ("slow", 50)] {
        for surge in [0, 2] {
            scenarios.push(choice(surge, start).parameter("start", name).parameter("maxSurge", surge).build());
        }
    }
    let answers = recommended(scenarios).expect("answers");
    assert_eq!(answers.len(), 2);
    for answer in &answers {
        let named: Vec<_> = answer.strategies.iter().map(|one| one.parameters.clone()).collect();
        assert_eq!(named, [pairs(&[("maxSurge", "0")]), pairs(&[("maxSurge", "2")])]);
        assert_eq!(answer.own, None);
    }
}

#[test]
fn strategies_without_parameters_are_named() {
    let answers = recommended(vec![choice(0, 5).build(), choice(2, 5).min_ready_seconds(9).build()]).expect("answers");
    let named: Vec<_> = answers[0].strategies.iter().map(|one| one.parameters.clone()).collect();
    let expected = [("0", "0"), ("2", "9")]
        .map(|(surge, ready)| pairs(&[("maxSurge", surge), ("maxUnavailable", "1"), ("minReadySeconds", ready)]));
    assert_eq!(named, expected);
}
