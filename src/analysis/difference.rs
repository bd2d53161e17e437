//! Two scenarios under the same luck.

use super::{RESTRICTED_MEAN, restricted};
use crate::metrics::{METRICS, Outcome, Record};
use crate::stats::Paired;
use crate::time::SimDuration;

/// How a figure of one scenario differs from that of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Metric or rate.
    pub metric: &'static str,
    /// `rate`, `mean`, `restricted_mean`, `p50` or `p95`.
    pub statistic: &'static str,
    /// The second less the first, replication by replication.
    pub paired: Paired,
}

const MEANS: [&str; 5] = ["dip_depth", "dip_pod_seconds", "peak_footprint", "surge_pod_seconds", "pending_pod_seconds"];

/// Compares the headline figures of two scenarios, whose records stand in order of replication. Where one has more
/// replications than the other, the rest is left out.
///
/// Durations are compared up to `horizon`, the earlier of the two: by their restricted means, in which a rollout that was
/// not completed counts as the horizon, and by quantiles, in which it counts as later than any. Both are what
/// Kaplan-Meier curves give where all are watched equally long.
#[must_use]
pub fn differences(first: &[Record], second: &[Record], horizon: SimDuration) -> Vec<Difference> {
    let figure = |metric, statistic, paired| Difference { metric, statistic, paired };
    let share = |holds: fn(&Record) -> bool| Paired::shares(&pairs(first, second, holds));
    let completed = |record: &Record| {
        let time = restricted(record, horizon);
        if time < horizon.as_secs_f64() { time } else { f64::INFINITY }
    };
    let times = pairs(first, second, completed);
    let restricted = pairs(first, second, |record| restricted(record, horizon));
    let mut lines = vec![
        figure("stalled_rate", "rate", share(|record| record.stall.is_some())),
        figure("unfinished_rate", "rate", share(|record| record.outcome == Outcome::Unfinished)),
        figure("duration_s", RESTRICTED_MEAN, Paired::of(&restricted)),
        figure("duration_s", "p50", Paired::quantile(&times, 0.5)),
        figure("duration_s", "p95", Paired::quantile(&times, 0.95)),
    ];
    for metric in METRICS.iter().filter(|metric| MEANS.contains(&metric.name)) {
        let values = pairs(first, second, |record| (metric.get)(record).unwrap_or_default());
        lines.push(figure(metric.name, "mean", Paired::of(&values)));
    }
    lines
}

fn pairs<T>(first: &[Record], second: &[Record], value: impl Fn(&Record) -> T) -> Vec<(T, T)> {
    first.iter().zip(second).map(|(first, second)| (value(first), value(second))).collect()
}
