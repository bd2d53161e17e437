//! Many observed rollouts against the forecast that was made before: where reality fell in the predicted distribution.

mod rollouts;

use std::collections::BTreeMap;

use serde::Serialize;

pub use rollouts::{Rollout, read};

use crate::experiment::Forecast;
use crate::metrics::{Outcome, Record};
use crate::scenario::{NEW_TEMPLATE, Scenario};
use crate::stats::{exact_limits, holm, uniform};

/// A p-value below this says that the forecast is off.
const SIGNIFICANT: f64 = 0.05;
/// The tail on each side of the limits of a share.
const TAIL: f64 = 0.025;
/// Points at which the start-up of a pod is worked out.
const POINTS: u32 = 4096;

/// How many of the observed rollouts took at most what a quantile of the forecast says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// The quantile of the forecast, in seconds; `None`: too many simulated rollouts never complete.
    pub forecast_s: Option<f64>,
    /// The share that took at most that; `None` where it is not known of all.
    pub share: Option<f64>,
    /// Lower limit of the share behind it, 95 %.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// Whether the forecast of a workload holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// There are too few rollouts to say.
    TooFew,
    /// What was observed does not contradict it.
    NotContradicted,
    /// Rollouts took longer than forecast.
    Slower,
    /// Rollouts were quicker than forecast.
    Quicker,
    /// Rollouts varied more than forecast.
    VariesMore,
    /// Rollouts varied less than forecast.
    VariesLess,
}

/// Start-up of new pods, observed and modelled.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StartUp {
    /// Rollouts of which it was observed.
    pub n: usize,
    /// Median over rollouts of the median of their pods, in seconds.
    pub observed_s: f64,
    /// Median of the model, in seconds.
    pub model_s: f64,
    /// In how many rollouts it was longer than in the model.
    pub longer: usize,
    /// Whether that is too many or too few for chance.
    pub off: bool,
}

/// The observed rollouts of one workload against its forecast.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The workload; `None`: the experiment has one, and the table does not name it.
    pub workload: Option<String>,
    /// Observed rollouts.
    pub n: usize,
    /// Those that were not complete while they were followed.
    pub not_complete: usize,
    /// Distance of where they fell in the forecast from uniform (Kolmogorov and Smirnov).
    pub distance: f64,
    /// Probability of that distance if the forecast is right, adjusted for the number of workloads; `None`: too few rollouts.
    pub p: Option<f64>,
    /// Share below the median of the forecast; half of them are expected.
    pub p50: Coverage,
    /// The same of the 95th percentile.
    pub p95: Coverage,
    /// What it means.
    pub verdict: Verdict,
    /// Start-up, where it was observed.
    pub start_up: Option<StartUp>,
}

/// Judges every workload of which rollouts were observed. `forecasts` and `scenarios` are those of an experiment without a sweep.
///
/// # Errors
/// Where it is not clear which forecast a rollout belongs to.
pub fn judge(forecasts: &[Forecast], scenarios: &[Scenario], observed: &[Rollout]) -> Result<Vec<Judged>, String> {
    if observed.is_empty() {
        return Err("no rollout was observed: the table is empty".into());
    }
    let mut judged = Vec::new();
    for (place, own) in by_forecast(forecasts, observed)? {
        let name = own.iter().find_map(|rollout| rollout.workload.clone());
        judged.push(one(name, &forecasts[place].records, scenarios.get(place), &own));
    }
    let adjusted = holm(&judged.iter().map(|one| one.p).collect::<Vec<_>>());
    for (one, p) in judged.iter_mut().zip(adjusted) {
        one.p = p;
        if p.is_some_and(|p| p >= SIGNIFICANT) {
            one.verdict = Verdict::NotContradicted;
        }
    }
    Ok(judged)
}

/// The observed rollouts of each forecast.
fn by_forecast<'a>(
    forecasts: &[Forecast],
    observed: &'a [Rollout],
) -> Result<BTreeMap<usize, Vec<&'a Rollout>>, String> {
    let names: std::collections::BTreeSet<&str> = observed.iter().filter_map(|one| one.workload.as_deref()).collect();
    let of = |forecast: &Forecast| {
        let last = forecast.result.parameters.last().filter(|(name, _)| name == "workload");
        last.map(|(_, value)| value.clone())
    };
    if let [only] = forecasts
        && of(only).is_none()
    {
        if names.len() > 1 {
            let list: Vec<&str> = names.into_iter().take(5).collect();
            return Err(format!(
                "the experiment forecasts one workload, and the table has several ({}): give one table for each, or an experiment with `workloads`",
                list.join(", ")
            ));
        }
        return Ok(BTreeMap::from([(0, observed.iter().collect())]));
    }
    let known: Vec<String> = forecasts.iter().map(|forecast| of(forecast).unwrap_or_default()).collect();
    if known.iter().any(String::is_empty) {
        return Err(
            "the experiment has several scenarios: give one without `sweep`, or choose values with --set".into()
        );
    }
    let mut groups: BTreeMap<usize, Vec<&Rollout>> = BTreeMap::new();
    for rollout in observed {
        let name = rollout
            .workload
            .as_deref()
            .ok_or("a rollout has no workload, and the experiment has several: add the column `workload`")?;
        let is_it = |known: &String| known == name || known.rsplit_once('/').is_some_and(|(_, short)| short == name);
        let place = known
            .iter()
            .position(is_it)
            .ok_or_else(|| format!("the experiment has no workload `{name}`: it has {}", known.join(", ")))?;
        groups.entry(place).or_default().push(rollout);
    }
    Ok(groups)
}

/// Durations of the simulated rollouts that were complete, in seconds and in order, and how many rollouts were simulated.
struct Predicted {
    sorted: Vec<f64>,
    n: usize,
}

impl Predicted {
    fn of(records: &[Record]) -> Self {
        let complete = records.iter().filter(|record| record.outcome == Outcome::Completed);
        let mut sorted: Vec<f64> = complete.map(|record| record.duration.as_secs_f64()).collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted, n: records.len().max(1) }
    }

    /// The share of simulated rollouts that take less than `seconds`, and that of those that take at most that.
    fn shares(&self, seconds: f64) -> (f64, f64) {
        let below = self.sorted.partition_point(|one| *one < seconds);
        let at_most = self.sorted.partition_point(|one| *one <= seconds);
        (below as f64 / self.n as f64, at_most as f64 / self.n as f64)
    }

    /// Where a rollout fell: an interval where only that is known.
    fn place(&self, rollout: &Rollout) -> (f64, f64) {
        match (rollout.duration, rollout.followed) {
            (Some(duration), _) => self.shares(duration),
            (None, Some(followed)) => (self.shares(followed).1, 1.0),
            (None, None) => (self.sorted.len() as f64 / self.n as f64, 1.0),
        }
    }

    fn quantile(&self, q: f64) -> Option<f64> {
        let place = (q * self.n as f64).ceil() as usize;
        self.sorted.get(place.max(1) - 1).copied()
    }

    /// How many of the observed rollouts took at most a quantile.
    fn coverage(&self, q: f64, observed: &[&Rollout]) -> Coverage {
        let forecast = self.quantile(q);
        let limit = forecast.unwrap_or(f64::INFINITY);
        let surely = observed.iter().filter(|one| one.duration.is_some_and(|duration| duration <= limit)).count();
        let is_possible =
            |one: &&&Rollout| one.duration.is_none() && one.followed.is_some_and(|followed| followed < limit);
        let possibly = surely + observed.iter().filter(is_possible).count();
        let n = observed.len() as u64;
        let low = exact_limits(surely as u64, n, TAIL).0;
        let high = exact_limits(possibly as u64, n, TAIL).1;
        let share = (surely == possibly).then(|| surely as f64 / n as f64);
        Coverage { forecast_s: forecast, share, low, high }
    }
}

fn one(workload: Option<String>, records: &[Record], scenario: Option<&Scenario>, observed: &[&Rollout]) -> Judged {
    let predicted = Predicted::of(records);
    let places: Vec<(f64, f64)> = observed.iter().map(|rollout| predicted.place(rollout)).collect();
    let distance = uniform::distance(&places);
    let p = uniform::p_value(distance, places.len());
    let verdict = match p {
        None => Verdict::TooFew,
        Some(p) if p >= SIGNIFICANT => Verdict::NotContradicted,
        Some(_) => direction(&places),
    };
    Judged {
        workload,
        n: observed.len(),
        not_complete: observed.iter().filter(|one| one.duration.is_none()).count(),
        distance,
        p,
        p50: predicted.coverage(0.5, observed),
        p95: predicted.coverage(0.95, observed),
        verdict,
        start_up: scenario.and_then(|scenario| start_up(scenario, observed)),
    }
}

/// In which way the places are not uniform.
fn direction(places: &[(f64, f64)]) -> Verdict {
    let middle: Vec<f64> = places.iter().map(|(low, high)| (low + high) / 2.0).collect();
    let n = middle.len() as f64;
    let mean = middle.iter().sum::<f64>() / n;
    // Three standard deviations of the mean of uniform values.
    let far = 3.0 * (1.0 / (12.0 * n)).sqrt();
    let central = middle.iter().filter(|place| (0.25..=0.75).contains(*place)).count() as f64 / n;
    if mean > 0.5 + far {
        Verdict::Slower
    } else if mean < 0.5 - far {
        Verdict::Quicker
    } else if central > 0.5 {
        Verdict::VariesLess
    } else {
        Verdict::VariesMore
    }
}

/// Start-up, where it was observed.
fn start_up(scenario: &Scenario, observed: &[&Rollout]) -> Option<StartUp> {
    let mut seen: Vec<f64> = observed.iter().filter_map(|one| one.start_up).collect();
    let model_s = modelled_start_up(scenario)?;
    seen.sort_by(f64::total_cmp);
    let observed_s = *seen.get(seen.len() / 2)?;
    let longer = seen.iter().filter(|one| **one > model_s).count();
    let (low, high) = exact_limits(longer as u64, seen.len() as u64, TAIL);
    Some(StartUp { n: seen.len(), observed_s, model_s, longer, off: low > 0.5 || high < 0.5 })
}

/// The median of pull, start and warm-up together, in seconds: at points that fill the cube evenly (van der Corput's sequences).
fn modelled_start_up(scenario: &Scenario) -> Option<f64> {
    let model = scenario.pods.get(usize::from(NEW_TEMPLATE)).or_else(|| scenario.pods.first())?;
    let time = |point: u32| {
        let [cached, pull, start, warm_up] = [2, 3, 5, 7].map(|base| radical_inverse(point + 1, base));
        let pull = if cached < model.cached { 0.0 } else { model.pull.quantile(pull).as_secs_f64() };
        pull + model.start.quantile(start).as_secs_f64() + model.warm_up.quantile(warm_up).as_secs_f64()
    };
    let mut times: Vec<f64> = (0..POINTS).map(time).collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

/// The digits of a number in a base, mirrored at the point.
fn radical_inverse(mut number: u32, base: u32) -> f64 {
    let (mut value, mut place) = (0.0, 1.0);
    while number > 0 {
        place /= f64::from(base);
        value += f64::from(number % base) * place;
        number /= base;
    }
    value
}
