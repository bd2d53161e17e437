//! From the records of a cluster to statistics.

use serde::{Deserialize, Serialize};

use crate::metrics::metric::Kind;
use crate::metrics::{
    CLUSTER_METRICS, CLUSTER_RATES, ClusterMetric, ClusterRate, ClusterRecord, ClusterUnit, ReleaseOutcome, Statistic,
    other_series,
};
use crate::scenario::World;
use crate::stats::{
    Confidence, Estimate, GroupedMean, Known, Moments, OrderStatistic, mean_in_groups, proportion, quantile_in_groups,
    share_in_groups,
};

/// The quantiles of every metric.
pub(in crate::analysis) const QUANTILES: [Statistic; 5] =
    [Statistic::P05, Statistic::P50, Statistic::P75, Statistic::P95, Statistic::P99];

/// One line of `cluster-statistics.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterLine {
    /// What it is of: a metric, a rate, or the most of a resource.
    pub name: String,
    /// What its values are counted in.
    pub unit: ClusterUnit,
    /// What was computed.
    pub statistic: Statistic,
    /// The number and its limits.
    pub estimate: Estimate,
}

/// Rates, then the metrics of all clusters, then the peaks of what only some worlds have.
pub(super) fn lines(world: &World, records: &[ClusterRecord], group: Option<u32>) -> Vec<ClusterLine> {
    let group = group.map(|size| size as usize);
    let mut lines: Vec<ClusterLine> = CLUSTER_RATES.iter().map(|rate| share(rate, records, group)).collect();
    for metric in CLUSTER_METRICS {
        let all = records.iter().map(|record| time_or_never(metric, record)).collect();
        lines.extend(summary_lines(&Values::new(all, group), metric.unit, metric.name));
    }
    for (place, series) in other_series(world).iter().enumerate() {
        let own = |record: &ClusterRecord| record.peaks().nth(place).map_or(0.0, |peak| peak as f64 / series.in_one);
        let all = records.iter().map(own).collect();
        lines.extend(summary_lines(&Values::new(all, group), series.unit, &series.column()));
    }
    lines
}

/// The value of a metric in a release. The time until all rollouts were complete is infinite where they were not.
pub(in crate::analysis) fn time_or_never(metric: &ClusterMetric, record: &ClusterRecord) -> f64 {
    let never = metric.kind == Kind::Duration && record.outcome != ReleaseOutcome::AllDone;
    if never { f64::INFINITY } else { (metric.get)(record) }
}

fn share(rate: &ClusterRate, records: &[ClusterRecord], group: Option<usize>) -> ClusterLine {
    let is: Vec<bool> = records.iter().map(rate.counts).collect();
    let limits = group.and_then(|size| share_in_groups(&is, size, Confidence::USUAL));
    share_line(rate, is.iter().filter(|one| **one).count() as u64, is.len() as u64, limits)
}

/// The line of a rate that `count` of `n` releases have, with limits by groups where these give any.
pub(in crate::analysis) fn share_line(
    rate: &ClusterRate,
    count: u64,
    n: u64,
    limits: Option<(f64, f64)>,
) -> ClusterLine {
    let plain = proportion(count, n);
    let estimate = limits.map_or(plain, |(low, high)| Estimate { low: Some(low), high: Some(high), ..plain });
    ClusterLine { name: rate.name.into(), unit: ClusterUnit::Share, statistic: Statistic::Rate, estimate }
}

/// The values of all releases, as far as their summary asks for them. Times that never came are infinite.
pub(in crate::analysis) trait Summarised {
    /// How many there are.
    fn n(&self) -> u64;
    /// The least and the greatest.
    fn ends(&self) -> Option<(f64, f64)>;
    /// Their moments, which mean nothing where one is infinite.
    fn moments(&self) -> Option<Moments>;
    /// A quantile, with limits of independent releases.
    fn quantile(&self, q: f64) -> Estimate;
    /// What groups say of the mean, where there are groups.
    fn mean_in_groups(&self) -> Option<GroupedMean>;
    /// What groups say of a quantile, where there are groups.
    fn quantile_in_groups(&self, q: f64) -> Option<(Option<f64>, Option<f64>)>;
}

/// Values in order of replication, and the same in ascending order.
struct Values {
    all: Vec<f64>,
    sorted: Vec<f64>,
    group: Option<usize>,
}

impl Values {
    fn new(all: Vec<f64>, group: Option<usize>) -> Self {
        let mut sorted = all.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { all, sorted, group }
    }
}

impl Summarised for Values {
    fn n(&self) -> u64 {
        self.all.len() as u64
    }

    fn ends(&self) -> Option<(f64, f64)> {
        self.sorted.first().copied().zip(self.sorted.last().copied())
    }

    fn moments(&self) -> Option<Moments> {
        Moments::of(&self.all)
    }

    fn quantile(&self, q: f64) -> Estimate {
        OrderStatistic::new(self.sorted.len(), q).estimate(&self.sorted)
    }

    fn mean_in_groups(&self) -> Option<GroupedMean> {
        mean_in_groups(&self.all, self.group?, Confidence::USUAL)
    }

    fn quantile_in_groups(&self, q: f64) -> Option<(Option<f64>, Option<f64>)> {
        quantile_in_groups(&self.all, &self.sorted, q, self.group?, Confidence::USUAL)
    }
}

/// Mean, standard deviation, extremes and quantiles. A mean of times is given only where every release was all done.
pub(in crate::analysis) fn summary_lines(values: &impl Summarised, unit: ClusterUnit, name: &str) -> Vec<ClusterLine> {
    let line = |statistic, estimate| ClusterLine { name: name.to_owned(), unit, statistic, estimate };
    let (n, ends) = (values.n(), values.ends());
    let moments = values.moments().filter(|_| ends.is_none_or(|(_, greatest)| greatest.is_finite()));
    let known = Known::between(0.0, f64::INFINITY);
    let mean = moments.map_or(Estimate::unknown(n), |moments| moments.mean_at(&known, Confidence::USUAL));
    let grouped = moments.and_then(|_| values.mean_in_groups());
    let mean =
        grouped.map_or(mean, |limits| Estimate { low: Some(limits.low.max(0.0)), high: Some(limits.high), ..mean });
    let extreme = |value: Option<f64>| {
        value.filter(|value| value.is_finite()).map_or(Estimate::unknown(n), |value| Estimate::point(value, n))
    };
    let mut lines = vec![
        line(Statistic::Mean, mean),
        line(Statistic::Sd, moments.map_or(Estimate::unknown(n), |moments| moments.sd())),
        line(Statistic::Min, extreme(ends.map(|(least, _)| least))),
        line(Statistic::Max, extreme(ends.map(|(_, greatest)| greatest))),
    ];
    lines.extend(
        QUANTILES.into_iter().filter_map(|statistic| Some(line(statistic, quantile(values, statistic.quantile()?)))),
    );
    lines
}

fn quantile(values: &impl Summarised, q: f64) -> Estimate {
    let plain = values.quantile(q);
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let value = finite(plain.value);
    let plain = Estimate {
        value,
        low: finite(plain.low),
        high: finite(plain.high),
        carriers: plain.carriers.filter(|_| value.is_some()),
        ..plain
    };
    let limits = value.and_then(|_| values.quantile_in_groups(q));
    limits.map_or(plain, |(low, high)| Estimate { low, high, ..plain })
}
