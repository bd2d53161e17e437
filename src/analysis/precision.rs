//! Whether the records of a scenario are as precise as was asked for.
//!
//! A scenario is looked at after batches fixed beforehand ([`crate::plan::Precision::looks`]). At each look every
//! target's interval is made at a level ([`Plan::confidence_of_each_look`]) at which the intervals of all looks hold at
//! once with the stated confidence, and so does the one at which the scenario stopped: repeated confidence intervals
//! (Jennison and Turnbull, Journal of the Royal Statistical Society B 51 (1989), 305-361).

use serde::{Deserialize, Serialize};

use super::groups::Grouped;
use super::scope::{Scope, Seen};
use super::statistics::{completion_sample, duration_quantile, incidence_curve, restricted_mean};
use crate::metrics::{Kind, Measure, Metric, Outcome, Record, Statistic};
use crate::plan::{Plan, Target, Width};
use crate::stats::{Confidence, Estimate, Moments, OrderStatistic, proportion_at_least};
use crate::time::SimDuration;

/// What a precision target came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Achieved {
    /// The target.
    pub target: Target,
    /// The estimate with limits that hold whichever look was the last.
    pub estimate: Estimate,
    /// From the estimate to the farther limit; `None` where one is missing.
    pub half_width: Option<f64>,
    /// The half-width that was asked for, in the metric's unit; `None` where it is relative and there is no estimate.
    pub wanted: Option<f64>,
}

impl Achieved {
    /// Whether the half-width is as small as wanted. One of 0 is that of a quantile of whole numbers, whose limits are
    /// values that were observed; of a mean it would say only that nothing else was seen, and meets no target.
    #[must_use]
    pub fn met(&self) -> bool {
        let exact = self.target.figure.statistic.quantile().is_some();
        self.half_width.zip(self.wanted).is_some_and(|(half, wanted)| half <= wanted && (half > 0.0 || exact))
    }
}

/// Whether `records` meet every precision target of `plan` with limits at the level `confidence`; without targets always.
#[must_use]
pub fn precise(plan: &Plan, records: &[Record], scope: &Scope, confidence: Confidence) -> bool {
    achieved(plan, records, scope, confidence).iter().all(Achieved::met)
}

/// The precision that `records` of the scenario of `scope` reach for each target of `plan`, with
/// limits at the level `confidence`: [`Plan::confidence_of_each_look`].
#[must_use]
pub fn achieved(plan: &Plan, records: &[Record], scope: &Scope, confidence: Confidence) -> Vec<Achieved> {
    let Some(precision) = &plan.precision else { return Vec::new() };
    let seen = scope.seen(records, confidence);
    let grouped = plan.sampling.group().map(|size| Grouped { records, size: size as usize, seen: &seen });
    let estimate = |target: &Target| {
        let plain = estimate(target, records, scope.horizon, &seen);
        grouped.as_ref().map_or(plain, |grouped| grouped.of(target.figure, plain))
    };
    precision.targets.iter().map(|target| achieve(target, estimate(target))).collect()
}

/// What a target came to whose figure has that estimate.
pub(super) fn achieve(target: &Target, estimate: Estimate) -> Achieved {
    let Estimate { value, low, high, .. } = estimate;
    let half_width = value.zip(low.zip(high)).map(|(value, (low, high))| (value - low).max(high - value));
    let wanted = match target.width {
        Width::Absolute(width) => Some(width),
        // Law's correction: with a share of the estimate the error could be a larger share of the true value
        // (Simulation Modeling and Analysis, 5th edition, section 9.4.1).
        Width::Relative(share) => value.map(|value| value.abs() * share / (1.0 + share)),
    };
    Achieved { target: target.clone(), estimate, half_width, wanted }
}

fn estimate(target: &Target, records: &[Record], horizon: SimDuration, seen: &Seen<'_>) -> Estimate {
    match target.figure.measure {
        Measure::Rate(rate) => proportion_at_least(rate.count(records), records.len() as u64, seen.confidence),
        Measure::Metric(metric) if metric.kind == Kind::Duration => {
            duration(metric, target.figure.statistic, records, horizon, seen)
        }
        Measure::Metric(metric) => value(metric, target.figure.statistic, records, seen),
    }
}

/// The estimate for a time to an event, which some rollouts may not have reached.
fn duration(
    metric: &Metric,
    statistic: Statistic,
    records: &[Record],
    horizon: SimDuration,
    seen: &Seen<'_>,
) -> Estimate {
    match (statistic, statistic.quantile()) {
        (Statistic::RestrictedMean, _) => restricted_mean(records, horizon, seen),
        (_, Some(q)) => {
            let sample = completion_sample(records);
            let curve = incidence_curve(&sample, Outcome::Completed);
            duration_quantile(&sample, &curve, q, seen.confidence)
        }
        _ if records.iter().any(|record| record.outcome != Outcome::Completed) => {
            Estimate::unknown(records.len() as u64)
        }
        _ => value(metric, statistic, records, seen),
    }
}

/// The estimate for a number that every rollout has, whatever its end.
fn value(metric: &Metric, statistic: Statistic, records: &[Record], seen: &Seen<'_>) -> Estimate {
    let unknown = Estimate::unknown(records.len() as u64);
    let mut values: Vec<f64> = records.iter().filter_map(metric.get).collect();
    match (statistic, statistic.quantile()) {
        (Statistic::Mean, _) => {
            Moments::of(&values).map_or(unknown, |moments| moments.mean_at(&seen.of(metric), seen.confidence))
        }
        (_, Some(q)) => {
            values.sort_unstable_by(f64::total_cmp);
            OrderStatistic::at(values.len(), q, seen.confidence).estimate(&values)
        }
        _ => unknown,
    }
}
