//! What the simulated scenarios of a grid say of those that are not simulated.

use super::headlines::{AVAILABLE_P05, DURATION_P95, Headline, PODS_P95};
use super::result::ScenarioResult;
use crate::stats::Estimate;
use crate::stats::kriging::{Observed, Predicted, Surface};

/// The figures that are predicted.
const FIGURES: [Headline; 3] = [DURATION_P95, AVAILABLE_P05, PODS_P95];

/// Standard errors between two 95 % limits.
const BETWEEN_LIMITS: f64 = 2.0 * 1.959_963_984_540_054;

/// What is predicted of one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The figure.
    pub headline: Headline,
    /// For each scenario that is not simulated, in their order.
    pub values: Vec<Predicted>,
    /// How well each simulated scenario is predicted by the others.
    pub held_out: HeldOut,
}

/// How well scenarios are predicted whose simulation is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// How many were left out, each alone.
    pub n: u64,
    /// The median of the sizes of errors, as shares of what was simulated.
    pub median: f64,
    /// Their 95th percentile.
    pub p95: f64,
    /// The share of scenarios whose 95 % limits hold what was simulated.
    pub held: f64,
}

/// Predicts every figure that all `results` have, where the result of number i lies at `at[i]`, for the points `wanted`.
#[must_use]
pub fn predictions(results: &[&ScenarioResult], at: &[Vec<f64>], wanted: &[Vec<f64>]) -> Vec<Prediction> {
    FIGURES.into_iter().filter_map(|headline| prediction(headline, results, at, wanted)).collect()
}

fn prediction(
    headline: Headline,
    results: &[&ScenarioResult],
    at: &[Vec<f64>],
    wanted: &[Vec<f64>],
) -> Option<Prediction> {
    // Lengths of time have errors in proportion to their size, and so have their logarithms none.
    let is_time = headline == DURATION_P95;
    let estimates: Option<Vec<&Estimate>> =
        results.iter().map(|result| result.statistics.get(headline.figure).filter(|one| one.value.is_some())).collect();
    let observed: Vec<Observed> =
        estimates?.into_iter().zip(at).map(|(one, at)| observed(one, at, is_time)).collect::<Option<_>>()?;
    let surface = Surface::of(observed)?;
    let back = |one: Predicted| {
        let value = |value: f64| if is_time { libm::exp(value) } else { value.max(0.0) };
        Predicted { value: value(one.value), low: value(one.low), high: value(one.high) }
    };
    let left_out: Vec<Predicted> = surface.left_out().into_iter().map(back).collect();
    Some(Prediction {
        headline,
        values: wanted.iter().map(|point| back(surface.at(point))).collect(),
        held_out: held_out(&estimates_of(results, headline), &left_out)?,
    })
}

fn estimates_of(results: &[&ScenarioResult], headline: Headline) -> Vec<f64> {
    results.iter().filter_map(|result| result.value(headline.figure)).collect()
}

/// What was simulated, with the variance of its error. A time is taken by its logarithm.
fn observed(one: &Estimate, at: &[f64], is_time: bool) -> Option<Observed> {
    let value = one.value?;
    let width = one.low.zip(one.high).map_or(0.0, |(low, high)| (high - low).max(0.0));
    let error = width / BETWEEN_LIMITS;
    if is_time {
        let relative = error / value;
        return (value > 0.0).then(|| Observed {
            at: at.to_vec(),
            value: libm::log(value),
            variance: relative * relative,
        });
    }
    Some(Observed { at: at.to_vec(), value, variance: error * error })
}

fn held_out(simulated: &[f64], predicted: &[Predicted]) -> Option<HeldOut> {
    let mut errors: Vec<f64> = simulated
        .iter()
        .zip(predicted)
        .map(|(value, predicted)| (predicted.value - value).abs() / value.abs().max(1e-9))
        .collect();
    errors.sort_by(f64::total_cmp);
    let inside = simulated.iter().zip(predicted).filter(|(value, one)| (one.low..=one.high).contains(*value)).count();
    let at = |share: f64| errors.get(((errors.len() as f64 * share).ceil() as usize).max(1) - 1).copied();
    let n = errors.len() as u64;
    Some(HeldOut { n, median: at(0.5)?, p95: at(0.95)?, held: inside as f64 / n as f64 })
}
