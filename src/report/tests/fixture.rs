//! Made-up plans and results that look like real ones, and the comparison with golden files.

use std::path::Path;

use crate::analysis::headlines::{AVAILABLE_P05, COMPLETED, DURATION_P50, DURATION_P95, STALLED, UNFINISHED};
use crate::analysis::{LevelRow, ScenarioResult, Statistics, StatisticsLine, TimelineRow};
use crate::distribution::Distribution;
use crate::k8s::objects::{DeploymentSpec, Strategy};
use crate::metrics::{Bounds, Figure, Outcome, Record, StallCause, Statistic, metric};
use crate::plan::{Input, Overrides, Plan, Skipped};
use crate::random::Sampling;
use crate::scenario::{
    Cluster, ControlPlane, MeasuredEvent, NEW_TEMPLATE, Observe, Rollback, Scenario, Start, Throttle, Until, Volumes,
};
use crate::stats::Estimate;
use crate::time::SimDuration;

const REPLICAS: u32 = 20;

/// Holds `tests/golden/NAME` to `bytes`.
pub(in crate::report) fn golden(name: &str, bytes: &[u8]) {
    crate::golden_file::golden(&format!("tests/golden/{name}"), &String::from_utf8_lossy(bytes));
}

/// Names of the files and folders in `directory`, in order of the alphabet.
pub(in crate::report) fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(in crate::report) fn scenario(id: u32, parameters: &[(&str, &str)]) -> Scenario {
    let instant = Distribution::constant(SimDuration::ZERO);
    let throttle = Throttle { qps: 50.0, burst: 100 };
    Scenario {
        id,
        parameters: pairs(parameters),
        deployment: DeploymentSpec {
            replicas: REPLICAS as i32,
            strategy: Strategy::Recreate,
            min_ready_seconds: 0,
            progress_deadline_seconds: Some(600),
            revision_history_limit: Some(10),
            paused: false,
            template: NEW_TEMPLATE,
            pod_replacement_policy: None,
        },
        pods: Vec::new(),
        cluster: Cluster::of(Vec::new()),
        volumes: Volumes::none(),
        control_plane: ControlPlane {
            api_latency: instant.clone(),
            watch_latency: instant.clone(),
            fleet: 1,
            scheduling: instant.clone(),
            endpoint_propagation: instant,
            controller_qps: throttle,
            scheduler_qps: throttle,
            deployment_workers: 5,
            replica_set_workers: 5,
            node_eviction_rate: 0.1,
            kubernetes: crate::k8s::version::Kubernetes::default(),
        },
        timeline: Vec::new(),
        rollback: Rollback::default(),
        traffic: None,
        horizontal_autoscaler: None,
        availability_objective: 0.9,
        horizon: SimDuration::from_secs(3600),
        start: Start::Steady,
        event: MeasuredEvent::Rollout,
        until: Until::Success { observe: Observe::Not },
        placement: None,
        tools: Vec::new(),
        script: None,
        node_monitor: None,
        world: None,
    }
}

pub(in crate::report) fn record(number: u32) -> Record {
    let stall = (number % 3 == 1).then_some((SimDuration::from_secs(600), StallCause::Readiness));
    Record {
        outcome: if number % 3 == 1 { Outcome::Unfinished } else { Outcome::Completed },
        stall,
        duration: SimDuration::from_millis(32_800 + 100 * u64::from(number)),
        longest_progress_gap: SimDuration::from_nanos(4_123_456_789),
        desired: 20,
        min_available: 18,
        min_ready: 19,
        dip_depth_ppb: 100_000_000,
        dip_count: 2,
        dip: SimDuration::from_secs(33),
        dip_pod_nanos: 12_500_000_000,
        peak_pods: 25,
        peak_footprint: 24,
        surge_pod_nanos: 1_000_000_001,
        pods_created: 20,
        pods_failed: number,
        ..Record::default()
    }
}

/// A sweep over `maxSurge` x `maxUnavailable`, repeated for each of `min_ready` where there are any.
pub(in crate::report) fn sweep(
    surges: &[&str],
    unavailables: &[&str],
    min_ready: &[&str],
) -> (Plan, Vec<ScenarioResult>) {
    let mut plan = plan(min_ready.is_empty());
    let mut results = Vec::new();
    let once: &[&str] = &["0"];
    for seconds in if min_ready.is_empty() { once } else { min_ready } {
        for surge in surges {
            for unavailable in unavailables {
                let mut parameters = vec![("maxSurge", *surge), ("maxUnavailable", *unavailable)];
                if !min_ready.is_empty() {
                    parameters.push(("minReadySeconds", *seconds));
                }
                if pods(surge) + pods(unavailable) < 0.5 {
                    let reason = "maxUnavailable may not be 0 when maxSurge is 0".into();
                    plan.skipped.push(Skipped { parameters: pairs(&parameters), reason });
                    continue;
                }
                let id = results.len() as u32;
                plan.scenarios.push(scenario(id, &parameters));
                results.push(result(id, &parameters, pods(surge), pods(unavailable), pods(seconds)));
            }
        }
    }
    (plan, results)
}

/// One scenario, nothing swept.
pub(in crate::report) fn one() -> (Plan, Vec<ScenarioResult>) {
    let mut plan = plan(true);
    plan.parameters.clear();
    plan.scenarios.push(scenario(0, &[]));
    (plan, vec![result(0, &[], 5.0, 5.0, 10.0)])
}

fn plan(two: bool) -> Plan {
    let paths = ["maxSurge", "maxUnavailable", "minReadySeconds"];
    Plan {
        name: "Web API".into(),
        parameters: paths[..if two { 2 } else { 3 }].iter().map(|path| (*path).to_owned()).collect(),
        scenarios: Vec::new(),
        skipped: Vec::new(),
        replications: 1000,
        precision: None,
        sampling: Sampling::Plain,
        baseline: None,
        cells: None,
        present: None,
        seed: 42,
        objectives: Vec::new(),
        cluster_objectives: Vec::new(),
        inputs: vec![Input {
            path: "web.yaml".into(),
            sha256: "cd".repeat(32),
            bytes: 812,
            copy: b"web".as_slice().into(),
            reduced: false,
        }],
        caveats: crate::plan::Caveats::default(),
        premises: Vec::new(),
        notes: vec!["no readiness probe: pods are Ready as soon as they run".into()],
        overrides: Overrides::default(),
        shard: None,
        predicted: Vec::new(),
        pieces: None,
    }
}

fn pairs(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
}

fn pods(value: &str) -> f64 {
    value.strip_suffix('%').map_or_else(|| value.parse().unwrap(), |p| p.parse::<f64>().unwrap() * 0.2)
}

fn result(id: u32, parameters: &[(&str, &str)], surge: f64, unavailable: f64, seconds: f64) -> ScenarioResult {
    let desired = f64::from(REPLICAS);
    let batch = (surge + unavailable).min(2.0 * desired);
    let median = (desired / batch).ceil() * (18.0 + seconds) * (1.0 + 0.002 * batch) + 7.3;
    let dip = (unavailable / desired * 0.93).min(1.0);
    let stalled = if surge < 0.5 { 0.0 } else { 0.004 + 0.011 * surge / desired };
    ScenarioResult {
        scenario: id,
        parameters: pairs(parameters),
        replicas: REPLICAS,
        bounds: Bounds {
            floor: (desired - unavailable) as u32,
            objective: 18,
            ceiling: (desired + surge) as u32,
            capacity: 48,
        },
        statistics: Statistics {
            n: 1000,
            lines: lines(median, dip, stalled, surge, desired, unavailable),
            completion: completion(median, 1.0 - stalled),
        },
        timeline: timeline(median, unavailable, surge, desired),
        levels: levels(median, unavailable, desired),
        achieved: Vec::new(),
        differences: Vec::new(),
        no_node: None,
        inputs: None,
        what_if: Vec::new(),
        chosen: Default::default(),
        pods: Vec::new(),
        cluster: None,
    }
}

fn lines(median: f64, dip: f64, stalled: f64, surge: f64, desired: f64, unavailable: f64) -> Vec<StatisticsLine> {
    let limits = |value: f64, spread: f64| (Some((value - spread).max(0.0)), Some(value + spread));
    let line = |figure, value: f64, spread: f64| {
        let (low, high) = limits(value, spread);
        StatisticsLine { figure, estimate: Estimate { low, high, carriers: Some(100), ..Estimate::point(value, 1000) } }
    };
    let missing =
        |figure| StatisticsLine { figure, estimate: Estimate { low: Some(900.0), ..Estimate::unknown(1000) } };
    let slow = median > 500.0;
    let p95 = DURATION_P95.figure;
    let below = Figure::of(&metric::BELOW_OBJECTIVE, Statistic::P95);
    let mut lines = vec![
        line(COMPLETED.figure, 1.0 - stalled, 0.004),
        line(STALLED.figure, stalled, 0.004),
        line(UNFINISHED.figure, stalled, 0.004),
        line(DURATION_P50.figure, median, 0.02 * median),
        line(AVAILABLE_P05.figure, desired - unavailable, 0.0),
        line(below, if desired - unavailable < 18.0 { 0.3 * median } else { 0.0 }, 0.0),
        if slow { missing(p95) } else { line(p95, 1.34 * median, 0.04 * median) },
    ];
    let below = if dip < 0.12 { 0.0 } else { 20.0 };
    lines.push(line(Figure::of(&metric::BELOW_OBJECTIVE, Statistic::P95), below, 0.0));
    lines.push(line(AVAILABLE_P05.figure, (desired * (1.0 - dip)).ceil(), 0.0));
    for (metric, mean, most) in [
        (&metric::DIP_DEPTH, dip, 1.0),
        (&metric::DIP_POD_SECONDS, dip * desired * median * 0.6, 1e9),
        (&metric::PEAK_FOOTPRINT, desired + surge, 1e9),
        (&metric::PEAK_PODS, desired + surge + 2.0, 1e9),
        (&metric::SURGE_POD_SECONDS, surge * median * 0.7, 1e9),
    ] {
        lines.push(line(Figure::of(metric, Statistic::Mean), mean, 0.02 * mean));
        lines.push(line(Figure::of(metric, Statistic::P95), (1.04 * mean).min(most), 0.03 * mean));
        lines.push(line(Figure::of(metric, Statistic::Max), mean * 1.08, 0.0));
    }
    lines
}

fn completion(median: f64, share: f64) -> Vec<(f64, f64)> {
    let point = |step: u32| {
        let u = (f64::from(step) + 0.5) / 120.0;
        let rounded = |value: f64, parts: f64| (value * parts).round() / parts;
        let time = median * (0.16 * (u / (1.0 - u)).ln()).exp();
        (rounded(time, 1e3), rounded(share * f64::from(step + 1) / 120.0, 1e6))
    };
    (0..120).map(point).collect()
}

/// From the first to the last batch the pods of a batch are missing in more and then in fewer of the rollouts.
fn levels(median: f64, unavailable: f64, desired: f64) -> Vec<LevelRow> {
    let of_level = |level: u32| {
        let missing = f64::from(level) > desired - unavailable;
        let row = move |step: u32| {
            let at_s = median * 1.6 * f64::from(step) / 80.0;
            let done = (f64::from(step) / 50.0).min(1.0);
            let share = if missing && step > 0 { (done * done * 1e6).round() / 1e6 } else { 1.0 };
            LevelRow { at_s, level, share }
        };
        (0..if missing { 51 } else { 1 }).map(row)
    };
    crate::metrics::levels(desired as u32).into_iter().flat_map(of_level).collect()
}

fn timeline(median: f64, unavailable: f64, surge: f64, desired: f64) -> Vec<TimelineRow> {
    let row = |step: u32| {
        let at_s = median * 1.6 * f64::from(step) / 80.0;
        let stage = |end: f64| {
            let x = at_s / (median * end);
            if x <= 0.02 || x >= 1.0 { 0.0 } else { 0.6 + 0.4 * (x * 40.0).sin().abs() }
        };
        let ends = [1.4, 1.15, 1.0, 0.9, 0.75];
        let available = ends.map(|end| (desired - unavailable * stage(end)).max(0.0).round());
        // Pods are Ready a little before they are available.
        let ready =
            available.map(|available| if at_s < 0.1 * median { available } else { (available + 1.0).min(desired) });
        let footprint = [0.75, 0.9, 1.0, 1.15, 1.4].map(|end| (desired + surge * stage(end)).round());
        TimelineRow { at_s, available, ready, footprint }
    };
    (0..=80).map(row).collect()
}
