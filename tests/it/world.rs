//! Scenarios for tests, without latency or failures unless a test adds them.

use std::sync::LazyLock;

use rollcast::distribution::{Distribution, Shape};
use rollcast::k8s::fenceposts::IntOrPercent;
use rollcast::k8s::objects::{DeploymentSpec, Strategy};
use rollcast::k8s::version::Kubernetes;
use rollcast::metrics::{Bands, BandsRow, Extremes, METRICS, Meter, Outcome, Record};
use rollcast::scenario::{Cluster, ControlPlane, NEW_TEMPLATE, Node, PodModel, Probes, Scenario, Scheduling, Throttle};
use rollcast::sim::Simulator;
use rollcast::time::{SimDuration, SimTime};

/// The scenario that the library builds without any settings.
static DEFAULTS: LazyLock<Scenario> = LazyLock::new(|| Scenario::builder(1).expect("a size").build());

pub(crate) const ROLLING: fn(i32, i32) -> Strategy = |surge, unavailable| Strategy::RollingUpdate {
    max_surge: IntOrPercent::Int(surge),
    max_unavailable: IntOrPercent::Int(unavailable),
};

pub(crate) fn seconds(seconds: f64) -> Distribution {
    Distribution::constant(SimDuration::from_secs_f64(seconds))
}

pub(crate) fn exponential(mean: f64) -> Distribution {
    Distribution::new(Shape::Exponential { mean }, 0.0, None).expect("a positive mean")
}

/// Pods that start in `start` and end in `termination`, and never fail.
pub(crate) fn pods(start: Distribution, termination: Distribution) -> PodModel {
    let mut model = DEFAULTS.pods[0].clone();
    model.pull = seconds(0.0);
    model.pull_failure = 0.0;
    model.pull_check = None;
    model.crowding = 0.0;
    model.cached = 1.0;
    model.start = start;
    model.warm_up = seconds(0.0);
    model.termination = termination;
    model.grace = SimDuration::from_secs(30);
    model.pre_stop = SimDuration::ZERO;
    model.probes = Probes::default();
    model.crash = 0.0;
    model.crash_after = seconds(1.0);
    model.never_ready = 0.0;
    model.flap = 0.0;
    model.flap_after = seconds(1.0);
    model.flap_for = seconds(1.0);
    model.constraints = Vec::new();
    model.preferences = Vec::new();
    model.topology = None;
    model.scheduling = Scheduling::Scheduler;
    model.bad_version = 0.0;
    model.init_containers = Vec::new();
    model.post_start = None;
    model.readiness_gate = None;
    model.refused = 0.0;
    model.evicted = 0.0;
    model.evicted_after = seconds(1.0);
    model.leader = None;
    model
}

/// A rollout in a world without latency, limits or failures; new pods start in 10 s, old ones end in 2 s.
pub(crate) fn scenario(replicas: i32, strategy: Strategy) -> Scenario {
    let model = pods(seconds(10.0), seconds(2.0));
    let node = Node { zone: 0, slots: 1_000_000, base_load: 0.0, pod_load: 1e-6 };
    let unlimited = Throttle { qps: 0.0, burst: 0 };
    let mut world = DEFAULTS.clone();
    world.deployment = DeploymentSpec {
        replicas,
        strategy,
        min_ready_seconds: 0,
        progress_deadline_seconds: Some(600),
        revision_history_limit: Some(10),
        paused: false,
        template: NEW_TEMPLATE,
        pod_replacement_policy: None,
    };
    world.pods = vec![model.clone(), model];
    world.cluster = Cluster::of(vec![node; 4]);
    world.control_plane = ControlPlane {
        api_latency: seconds(0.0),
        watch_latency: seconds(0.0),
        scheduling: seconds(0.0),
        endpoint_propagation: seconds(0.0),
        controller_qps: unlimited,
        scheduler_qps: unlimited,
        fleet: 1,
        deployment_workers: 5,
        replica_set_workers: 5,
        node_eviction_rate: 0.1,
        kubernetes: Kubernetes::default(),
    };
    world.availability_objective = 0.9;
    world.horizon = SimDuration::from_secs(36_000);
    world
}

/// The records of the first `count` replications.
pub(crate) fn replicate(scenario: &Scenario, count: u32) -> Vec<Record> {
    replicate_with(1, scenario, count)
}

/// The records of the first `count` replications under a seed.
pub(crate) fn replicate_with(seed: u64, scenario: &Scenario, count: u32) -> Vec<Record> {
    let mut simulator = Simulator::new(seed);
    let mut meter = Meter::default();
    (0..count)
        .map(|replication| {
            meter.begin(scenario);
            let span = simulator.run(scenario, replication, &mut meter);
            meter.finish(scenario, span)
        })
        .collect()
}

/// When each of the first `count` replications starts, and its pods over time.
pub(crate) fn curves(scenario: &Scenario, count: u32) -> Vec<(SimTime, Vec<BandsRow>)> {
    let mut simulator = Simulator::new(1);
    let mut meter = Meter::default();
    (0..count)
        .map(|replication| {
            meter.begin(scenario);
            let span = simulator.run(scenario, replication, &mut meter);
            meter.finish(scenario, span);
            let mut bands = Bands::new(scenario.deployment.replicas.max(0) as u32);
            bands.add(meter.curve());
            (span.start, bands.rows())
        })
        .collect()
}

/// The values of a record agree with the units that their metrics declare, and with the ranges of their `scenario`.
pub(crate) fn assert_units(record: &Record, scenario: &Scenario) {
    let extremes = Extremes::of(scenario);
    for metric in METRICS {
        let Some(value) = (metric.get)(record) else { continue };
        let case = format!("{} is {value} {:?}: {record:?}", metric.name, metric.unit);
        assert!(value.is_finite() && value >= 0.0 && value <= (metric.range)(&extremes).high, "{case}");
        assert!(!metric.unit.is_whole() || value.fract() == 0.0, "{case}");
    }
}

/// Conflicts between the two controllers cost a few retries of 5 ms; everything else takes no time here.
pub(crate) const RETRIES: f64 = 0.2;

/// All of a few rollouts complete after a length between these, in seconds.
pub(crate) fn assert_takes_between(world: &Scenario, from: f64, to: f64) {
    for record in replicate(world, 5) {
        let duration = record.duration.as_secs_f64();
        assert_eq!(record.outcome, Outcome::Completed);
        assert!((from..to + RETRIES).contains(&duration), "{duration}, not {from} to {to}");
    }
}

/// All of a few rollouts complete after `expected` seconds.
pub(crate) fn assert_takes(world: &Scenario, expected: f64) {
    assert_takes_between(world, expected, expected);
}

/// Mean and standard error of the rollout's duration, in seconds.
pub(crate) fn mean_duration(records: &[Record]) -> (f64, f64) {
    let n = records.len() as f64;
    let values: Vec<f64> = records.iter().map(|record| record.duration.as_secs_f64()).collect();
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}
