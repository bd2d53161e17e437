//! Limits where replications are sampled in groups: those of independent groups in the place of those of independent records.

use super::difference::{Difference, differences, pairs};
use super::scope::{Scope, Seen};
use super::statistics::{Statistics, StatisticsLine, restricted};
use crate::metrics::{Figure, Kind, Measure, Metric, Outcome, Record, Statistic, metric};
use crate::stats::{Confidence, Estimate, mean_in_groups, quantile_in_groups, share_in_groups};

/// The records of a scenario in order of replication, in groups of `size`, and what they leave open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grouped<'a> {
    pub(super) records: &'a [Record],
    pub(super) size: usize,
    pub(super) seen: &'a Seen<'a>,
}

/// A metric's values in order of replication, and the same in ascending order.
#[derive(Default)]
struct Values {
    all: Vec<f64>,
    sorted: Vec<f64>,
}

impl Statistics {
    /// [`Self::of`] with limits for records that were sampled in groups of `group`; `None`: the records are independent.
    #[must_use]
    pub fn sampled(records: &[Record], scope: &Scope, group: Option<u32>) -> Self {
        let mut statistics = Self::of(records, scope);
        if let Some(size) = group {
            let seen = scope.seen(records, Confidence::USUAL);
            let grouped = Grouped { records, size: size as usize, seen: &seen };
            let lines = statistics.lines.chunk_by_mut(|one, next| one.figure.measure == next.figure.measure);
            lines.for_each(|lines| grouped.limit(lines));
        }
        statistics
    }
}

/// [`super::differences`] with limits for records that were sampled in groups of `group`; `None`: the records are
/// independent. The limits of differences of quantiles stay those of independent pairs, which are wider.
#[must_use]
pub fn sampled_differences(
    first: (&[Record], &Scope),
    second: (&[Record], &Scope),
    group: Option<u32>,
) -> Vec<Difference> {
    let plain = differences(first, second);
    let horizon = first.1.horizon.min(second.1.horizon);
    let missed = [first, second]
        .iter()
        .any(|(records, scope)| scope.seen(records, Confidence::USUAL).may_have_missed_something());
    let (first, second) = (first.0, second.0);
    let Some(size) = group.map(|group| group as usize) else { return plain };
    let regrouped = |Difference { figure, paired }| {
        let paired = match (figure.measure, figure.statistic) {
            _ if paired.values.is_none() => paired,
            (Measure::Rate(rate), _) => {
                paired.shares_in_groups(&pairs(first, second, |record| rate.counts(record)), size)
            }
            // The spread of the groups knows nothing of what none of them has seen; the plain limits reckon with it.
            (Measure::Metric(_), Statistic::RestrictedMean | Statistic::Mean) if missed => paired,
            (Measure::Metric(_), Statistic::RestrictedMean) => {
                paired.in_groups(&pairs(first, second, |record| restricted(record, horizon)), size)
            }
            (Measure::Metric(metric), Statistic::Mean) => {
                let value = |record: &Record| (metric.get)(record).unwrap_or_default();
                paired.in_groups(&pairs(first, second, value), size)
            }
            _ => paired,
        };
        Difference { figure, paired }
    };
    plain.into_iter().map(regrouped).collect()
}

impl Grouped<'_> {
    /// Gives the estimates of one measure the limits of the groups.
    fn limit(&self, lines: &mut [StatisticsLine]) {
        let Some(measure) = lines.first().map(|line| line.figure.measure) else { return };
        let values = match measure {
            // Rollouts that have such a value are few in every group, and their number differs.
            Measure::Metric(metric) if matches!(metric.kind, Kind::Conditional | Kind::Watched) => return,
            Measure::Metric(metric) => self.values(metric),
            Measure::Rate(_) => Values::default(),
        };
        lines.iter_mut().for_each(|line| line.estimate = self.estimate(line.figure, line.estimate, &values));
    }

    /// The estimate of `figure`, which is `plain` with limits of independent records, with those of the groups.
    pub(super) fn of(&self, figure: Figure, plain: Estimate) -> Estimate {
        let mut line = [StatisticsLine { figure, estimate: plain }];
        self.limit(&mut line);
        line[0].estimate
    }

    fn estimate(&self, figure: Figure, plain: Estimate, values: &Values) -> Estimate {
        let limited = |(low, high): (Option<f64>, Option<f64>)| Estimate { low, high, ..plain };
        let both = |(low, high): (f64, f64)| limited((Some(low), Some(high)));
        match (figure.measure, figure.statistic, figure.statistic.quantile()) {
            (Measure::Rate(rate), ..) => {
                let is: Vec<bool> = self.records.iter().map(|record| rate.counts(record)).collect();
                let share = rate.count(self.records) as f64 / self.records.len() as f64;
                // An incidence after censoring is no share.
                let limits =
                    share_in_groups(&is, self.size, self.seen.confidence).filter(|_| plain.value == Some(share));
                limits.map_or(plain, both)
            }
            (Measure::Metric(_), Statistic::RestrictedMean, _) => self.restricted_mean().map_or(plain, both),
            (Measure::Metric(metric), Statistic::Mean, _) if metric.kind == Kind::Duration && plain.value.is_none() => {
                // Rollouts that were not completed bound the mean from below alone.
                let low = self.restricted_mean().map(|(low, _)| low).filter(|_| plain.low.is_some());
                Estimate { low: low.or(plain.low), ..plain }
            }
            (Measure::Metric(metric), Statistic::Mean, _) => self.mean(metric, &values.all).map_or(plain, both),
            (Measure::Metric(_), _, Some(q)) if plain.value.is_some() => {
                let limits = quantile_in_groups(&values.all, &values.sorted, q, self.size, self.seen.confidence);
                limits.map_or(plain, limited)
            }
            _ => plain,
        }
    }

    fn restricted_mean(&self) -> Option<(f64, f64)> {
        let times: Vec<_> = self.records.iter().map(|record| restricted(record, self.seen.horizon())).collect();
        self.mean(&metric::DURATION, &times)
    }

    /// The limits of the mean of `values` of `metric`, wider by what the groups cannot have seen either.
    fn mean(&self, metric: &Metric, values: &[f64]) -> Option<(f64, f64)> {
        let mean = mean_in_groups(values, self.size, self.seen.confidence)?;
        Some(self.seen.of(metric).widened(mean.low, mean.high))
    }

    /// The values of a metric. A time to an event that did not come by the horizon, to which all are watched, is infinite.
    fn values(&self, metric: &Metric) -> Values {
        let never = |record: &Record| metric.kind == Kind::Duration && record.outcome != Outcome::Completed;
        let value = |record: &Record| if never(record) { Some(f64::INFINITY) } else { (metric.get)(record) };
        let all: Vec<f64> = self.records.iter().filter_map(value).collect();
        let mut sorted = all.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        Values { all, sorted }
    }
}
