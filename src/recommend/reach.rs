//! The values that a criterion can have in a rollout.
//!
//! The choice reckons with events that no replication has shown, so it must know how much such an event could cost.

use super::criterion::{Criterion, Weight};
use crate::metrics::{Extremes, Metric, Record, metric};
use crate::scenario::Scenario;
use crate::stats::Reach;
use crate::time::SimDuration;

/// How many times the greatest value that was seen is taken for the greatest possible where a metric has no bound.
const TAKEN: f64 = 10.0;

/// Whether a bound of every metric that `criterion` counts is known beforehand.
pub(super) fn is_known(criterion: &Criterion, scenario: &Scenario) -> bool {
    let known = |weight: &Weight| greatest(weight.metric, scenario).is_some();
    match criterion {
        Criterion::Duration | Criterion::Surge => true,
        Criterion::Cost(weights) => weights.iter().all(known),
    }
}

/// The most extreme sum of those terms of a cost that have no bound beforehand.
pub(super) fn unbounded(criterion: &Criterion, scenario: &Scenario, records: &[Record], horizon: SimDuration) -> f64 {
    let Criterion::Cost(weights) = criterion else { return 0.0 };
    let open = weights.iter().filter(|weight| greatest(weight.metric, scenario).is_none());
    open.map(|weight| {
        let seen = records.iter().map(|record| weight.of(record, horizon).abs()).fold(0.0, f64::max);
        seen.max(weight.factor.abs())
    })
    .sum()
}

/// What `criterion` can be in a rollout of `scenario`; `unbounded` is what its terms without a bound came to at most.
pub(super) fn of(criterion: &Criterion, scenario: &Scenario, horizon: SimDuration, unbounded: f64) -> Reach {
    let up_to = |greatest: f64| Reach { least: 0.0, greatest };
    match criterion {
        Criterion::Duration => up_to(horizon.as_secs_f64()),
        Criterion::Surge => up_to(greatest(&metric::SURGE_POD_SECONDS, scenario).unwrap_or(0.0)),
        Criterion::Cost(weights) => {
            let taken = TAKEN * unbounded;
            let any_negative = weights.iter().any(|one| one.factor < 0.0 && greatest(one.metric, scenario).is_none());
            let mut reach = Reach { least: if any_negative { -taken } else { 0.0 }, greatest: taken };
            for weight in weights {
                let term = weight.factor * greatest(weight.metric, scenario).unwrap_or(0.0);
                reach.least += term.min(0.0);
                reach.greatest += term.max(0.0);
            }
            reach
        }
    }
}

/// The most that a metric can be in a rollout; `None` where nothing bounds it that is known before.
fn greatest(metric: &Metric, scenario: &Scenario) -> Option<f64> {
    let high = (metric.range)(&Extremes::of(scenario)).high;
    high.is_finite().then_some(high)
}
