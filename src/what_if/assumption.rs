//! The assumptions that can decide about a rollout, and the levels at which each is tried.

use super::change;
use crate::analysis::Assumption;
use crate::distribution::Distribution;
use crate::scenario::{NEW_TEMPLATE, Scenario};

/// How many times as long something takes, in tenths: from 1.1 to 5 times.
const TENTHS: std::ops::RangeInclusive<u32> = 11..=50;

/// Shares that are tried.
const SHARES: [f64; 23] = [
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.07, 0.1,
    0.15, 0.2, 0.25, 0.3, 0.4, 0.5,
];

/// The greatest share of pods that never become Ready that is tried.
const WORST_NEVER_READY: f64 = 0.1;

/// Mean times until a node is lost, in days.
const DAYS: [f64; 10] = [365.0, 180.0, 90.0, 60.0, 30.0, 14.0, 7.0, 3.0, 2.0, 1.0];

/// What is seen of machines where nothing is written: about one loss in two years.
const USUAL_DAYS: f64 = 730.0;

/// A share that counts as given where nothing happens, so that distances can be compared.
const HARDLY: f64 = 0.0005;

/// Those that can be changed in `scenario`.
pub(super) fn of(scenario: &Scenario) -> Vec<Assumption> {
    // Pods and nodes that follow a script draw nothing that could be changed.
    let scripted = scenario.script.is_some();
    Assumption::ALL.into_iter().filter(|one| !scripted && !levels(*one, scenario).is_empty()).collect()
}

/// The keys whose values an assumption is about; the first that a scenario rests on counts.
pub(super) const fn keys(assumption: Assumption) -> &'static [&'static str] {
    match assumption {
        Assumption::SpareNodes => &["cluster.nodes"],
        Assumption::StartUp => &["pods.new.warmUp", "pods.warmUp", "pods.new.start", "pods.start"],
        Assumption::Pull => &["pods.new.pull", "pods.pull", "pods.new.imageSize", "pods.imageSize"],
        Assumption::Stopping => &["pods.old.termination", "pods.termination"],
        Assumption::NeverReady => &["pods.new.neverReady", "pods.neverReady"],
        Assumption::Crash => &["pods.new.crash", "pods.crash"],
        Assumption::NodeLoss => &["cluster.loss.meanTimeToLoss", "cluster.loss.timeToLoss", "cluster.loss"],
        Assumption::Quota => &["cluster.quota.pods", "cluster.quota"],
    }
}

/// What is written, in the unit of the levels.
pub(super) fn given(assumption: Assumption, scenario: &Scenario) -> Option<f64> {
    let model = scenario.pods.get(NEW_TEMPLATE as usize)?;
    match assumption {
        Assumption::SpareNodes => Some(change::spare_nodes(scenario).len() as f64),
        Assumption::StartUp | Assumption::Pull | Assumption::Stopping => Some(1.0),
        Assumption::NeverReady => Some(model.never_ready),
        Assumption::Crash => Some(model.crash),
        Assumption::NodeLoss => {
            let loss = scenario.cluster.loss.as_ref()?;
            loss.time_to_loss.mean().map(|seconds| seconds / 86_400.0)
        }
        Assumption::Quota => scenario.cluster.pod_quota.map(f64::from),
    }
}

/// The levels at which it is tried, each farther from what is written than the one before. None where it cannot be changed.
pub(super) fn levels(assumption: Assumption, scenario: &Scenario) -> Vec<f64> {
    let written = given(assumption, scenario);
    let Some(model) = scenario.pods.get(NEW_TEMPLATE as usize) else { return Vec::new() };
    let factors = || TENTHS.map(|tenths| f64::from(tenths) / 10.0).collect();
    let beyond = |share: f64, most: f64| SHARES.into_iter().filter(|one| *one > share && *one <= most).collect();
    let down = |from: f64, to: f64| {
        let steps = (from - to).max(0.0) as u32;
        (1..=steps).map(|step| from - f64::from(step)).collect()
    };
    let takes_time = |one: &Distribution| one.as_constant().is_none_or(|time| !time.is_zero());
    match assumption {
        Assumption::SpareNodes => down(written.unwrap_or(0.0), 0.0),
        Assumption::StartUp => factors(),
        Assumption::Pull if model.cached < 1.0 && takes_time(&model.pull) => factors(),
        Assumption::Stopping if scenario.pods.iter().any(|model| takes_time(&model.termination)) => factors(),
        Assumption::Pull | Assumption::Stopping => Vec::new(),
        Assumption::NeverReady => beyond(model.never_ready, WORST_NEVER_READY),
        Assumption::Crash => beyond(model.crash, 1.0),
        Assumption::NodeLoss => DAYS.into_iter().filter(|days| written.is_none_or(|written| *days < written)).collect(),
        Assumption::Quota => {
            written.map_or(Vec::new(), |written| down(written, f64::from(scenario.found_replicas().max(0))))
        }
    }
}

/// How far `level` is from what is written: how many times as much, or as little.
pub(super) fn times(assumption: Assumption, scenario: &Scenario, level: f64) -> f64 {
    let written = given(assumption, scenario);
    match assumption {
        Assumption::StartUp | Assumption::Pull | Assumption::Stopping => level,
        Assumption::NeverReady | Assumption::Crash => level / written.unwrap_or(0.0).max(HARDLY),
        Assumption::NodeLoss => written.unwrap_or(USUAL_DAYS) / level,
        Assumption::SpareNodes | Assumption::Quota => (written.unwrap_or(0.0) + 1.0) / (level + 1.0),
    }
}
