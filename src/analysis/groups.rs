//! Limits where replications are sampled in groups: those of independent groups in the place of those of independent records.

use super::difference::{Compared, Difference, differences, pairs};
use super::scope::{Scope, Seen};
use super::statistics::{Statistics, StatisticsLine, restricted};
use crate::metrics::{Figure, Kind, Measure, Metric, Outcome, Record, RolloutRate, Statistic, metric};
use crate::stats::{Confidence, Estimate, Paired, mean_in_groups, quantile_in_groups, share_in_groups};

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
        let paired = match in_groups(figure, &paired, missed) {
            None => paired,
            Some(Compared::Share(rate)) => {
                paired.shares_in_groups(&pairs(first, second, |record| rate.counts(record)), size)
            }
            Some(Compared::Of(value)) => {
                paired.in_groups(&pairs(first, second, |record| value.of(record, horizon)), size)
            }
        };
        Difference { figure, paired }
    };
    plain.into_iter().map(regrouped).collect()
}

/// What groups are asked about a difference; `None`: its limits stay those of independent pairs. `missed`: something rare may not
/// have been seen.
pub(super) fn in_groups(figure: Figure, plain: &Paired, missed: bool) -> Option<Compared> {
    match Compared::of(figure) {
        _ if plain.values.is_none() || figure.statistic.quantile().is_some() => None,
        // The spread of the groups knows nothing of what none of them has seen; the plain limits reckon with it.
        Compared::Of(_) if missed => None,
        compared => Some(compared),
    }
}

/// What groups say of figures, where they say anything.
pub(super) trait OfGroups {
    /// A share, and its limits.
    fn share(&self, rate: RolloutRate) -> Option<(f64, (f64, f64))>;
    /// The limits of the restricted mean of the duration.
    fn restricted_mean(&self) -> Option<(f64, f64)>;
    /// The limits of the mean of a metric.
    fn mean(&self, metric: &Metric) -> Option<(f64, f64)>;
    /// The limits of a quantile of a metric. A time to an event that did not come by the horizon, to which all are watched, is
    /// infinite.
    fn quantile(&self, metric: &Metric, q: f64) -> Option<(Option<f64>, Option<f64>)>;
}

/// The estimate of `figure`, which is `plain` with limits of independent records, with those of the groups. Means have wider ones by
/// what the groups cannot have seen either.
pub(super) fn limited(groups: &impl OfGroups, seen: &Seen<'_>, figure: Figure, plain: Estimate) -> Estimate {
    let with = |(low, high): (Option<f64>, Option<f64>)| Estimate { low, high, ..plain };
    let both = |(low, high): (f64, f64)| with((Some(low), Some(high)));
    let restricted_mean = || groups.restricted_mean().map(|(low, high)| seen.of(&metric::DURATION).widened(low, high));
    match (figure.measure, figure.statistic, figure.statistic.quantile()) {
        (Measure::Rate(rate), ..) => {
            // An incidence after censoring is no share.
            let limits = groups.share(rate).filter(|(share, _)| plain.value == Some(*share));
            limits.map_or(plain, |(_, limits)| both(limits))
        }
        // Rollouts that have such a value are few in every group, and their number differs.
        (Measure::Metric(metric), ..) if matches!(metric.kind, Kind::Conditional | Kind::Watched) => plain,
        (Measure::Metric(_), Statistic::RestrictedMean, _) => restricted_mean().map_or(plain, both),
        (Measure::Metric(metric), Statistic::Mean, _) if metric.kind == Kind::Duration && plain.value.is_none() => {
            // Rollouts that were not completed bound the mean from below alone.
            let low = restricted_mean().map(|(low, _)| low).filter(|_| plain.low.is_some());
            Estimate { low: low.or(plain.low), ..plain }
        }
        (Measure::Metric(metric), Statistic::Mean, _) => {
            let limits = groups.mean(metric).map(|(low, high)| seen.of(metric).widened(low, high));
            limits.map_or(plain, both)
        }
        (Measure::Metric(metric), _, Some(q)) if plain.value.is_some() => {
            groups.quantile(metric, q).map_or(plain, with)
        }
        _ => plain,
    }
}

/// What groups say of one measure, whose values are kept.
struct OfMeasure<'a> {
    grouped: &'a Grouped<'a>,
    values: Values,
}

impl OfGroups for OfMeasure<'_> {
    fn share(&self, rate: RolloutRate) -> Option<(f64, (f64, f64))> {
        let Grouped { records, size, seen } = *self.grouped;
        let is: Vec<bool> = records.iter().map(|record| rate.counts(record)).collect();
        let share = rate.count(records) as f64 / records.len() as f64;
        Some((share, share_in_groups(&is, size, seen.confidence)?))
    }

    fn restricted_mean(&self) -> Option<(f64, f64)> {
        let Grouped { records, size, seen } = *self.grouped;
        let times: Vec<_> = records.iter().map(|record| restricted(record, seen.horizon())).collect();
        mean_in_groups(&times, size, seen.confidence).map(|mean| (mean.low, mean.high))
    }

    fn mean(&self, _: &Metric) -> Option<(f64, f64)> {
        let Grouped { size, seen, .. } = *self.grouped;
        mean_in_groups(&self.values.all, size, seen.confidence).map(|mean| (mean.low, mean.high))
    }

    fn quantile(&self, _: &Metric, q: f64) -> Option<(Option<f64>, Option<f64>)> {
        let Grouped { size, seen, .. } = *self.grouped;
        quantile_in_groups(&self.values.all, &self.values.sorted, q, size, seen.confidence)
    }
}

impl Grouped<'_> {
    /// Gives the estimates of one measure the limits of the groups.
    fn limit(&self, lines: &mut [StatisticsLine]) {
        let Some(measure) = lines.first().map(|line| line.figure.measure) else { return };
        let values = match measure {
            Measure::Metric(metric) => self.values(metric),
            Measure::Rate(_) => Values::default(),
        };
        let of_measure = OfMeasure { grouped: self, values };
        lines.iter_mut().for_each(|line| line.estimate = limited(&of_measure, self.seen, line.figure, line.estimate));
    }

    /// The estimate of `figure`, which is `plain` with limits of independent records, with those of the groups.
    pub(super) fn of(&self, figure: Figure, plain: Estimate) -> Estimate {
        let mut line = [StatisticsLine { figure, estimate: plain }];
        self.limit(&mut line);
        line[0].estimate
    }

    /// The values of a metric.
    fn values(&self, metric: &Metric) -> Values {
        let never = |record: &Record| metric.kind == Kind::Duration && record.outcome != Outcome::Completed;
        let value = |record: &Record| if never(record) { Some(f64::INFINITY) } else { (metric.get)(record) };
        let all: Vec<f64> = self.records.iter().filter_map(value).collect();
        let mut sorted = all.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        Values { all, sorted }
    }
}
