//! Where the pods stand when the event is over, in words, where an experiment asks for it.

use super::event::ROLLOUT;
use super::format;
use crate::analysis::{ScenarioResult, most};
use crate::metrics::metric::{NODE_SKEW, ONE_ZONE, ZONE_SKEW};
use crate::metrics::{Figure, Metric, Statistic};

/// How often all pods are in one zone.
const IN_ONE_ZONE: Figure = Figure::of(&ONE_ZONE, Statistic::Mean);

/// `zone skew mean 0.4, max 2   node skew mean 1, max 1   all in one zone 0 % (0 % to 0.4 %)`; `None`: nobody asks.
pub(super) fn line(result: &ScenarioResult) -> Option<String> {
    result.statistics.get(IN_ONE_ZONE)?;
    let known = |(name, metric)| Some(format!("{name} skew {}", skew(result, metric)?));
    let mut parts: Vec<String> = [("zone", &ZONE_SKEW), ("node", &NODE_SKEW)].into_iter().filter_map(known).collect();
    parts.extend(share(result).map(|share| format!("all in one zone {share}")));
    Some(if parts.is_empty() { "no pod has a node".into() } else { parts.join("   ") })
}

/// Which scenario of several spreads its pods worst.
pub(super) fn sentence(all: &[&ScenarioResult], called: fn(&ScenarioResult) -> String) -> Option<String> {
    let of_zones = Figure::of(&ZONE_SKEW, Statistic::Mean);
    let worst = most(all, of_zones)?;
    let mut text = match worst.value(of_zones)? {
        none if none <= 0.0 => "Pods stand evenly over zones at the end in every scenario".to_owned(),
        _ => {
            let skew = skew(worst, &ZONE_SKEW)?;
            format!("Pods stand least evenly over zones at the end in {}: skew {skew}", called(worst))
        }
    };
    if let Some(worst) = most(all, IN_ONE_ZONE).filter(|result| result.value(IN_ONE_ZONE) > Some(0.0)) {
        text.push_str(&format!(
            "; all in one zone most often in {}: {} of the {ROLLOUT}s",
            called(worst),
            share(worst)?
        ));
    }
    Some(text + ".")
}

/// `mean 0.4, max 2`
fn skew(result: &ScenarioResult, metric: &'static Metric) -> Option<String> {
    let value = |statistic| Some(format::value(metric.unit, result.value(Figure::of(metric, statistic))?));
    Some(format!("mean {}, max {}", value(Statistic::Mean)?, value(Statistic::Max)?))
}

/// `12 % (10 % to 14 %)`
fn share(result: &ScenarioResult) -> Option<String> {
    let estimate = result.statistics.get(IN_ONE_ZONE)?;
    let share = format::share(estimate.value?);
    Some(match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{share} ({} to {})", format::share(low), format::share(high)),
        _ => share,
    })
}
