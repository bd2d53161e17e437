//! From the records of a cluster to statistics.

use crate::metrics::metric::Kind;
use crate::metrics::{
    CLUSTER_METRICS, CLUSTER_RATES, ClusterMetric, ClusterRate, ClusterRecord, ClusterUnit, ReleaseOutcome, Statistic,
    other_series,
};
use crate::scenario::World;
use crate::stats::{
    Confidence, Estimate, Known, Moments, OrderStatistic, mean_in_groups, proportion, quantile_in_groups,
    share_in_groups,
};

/// The quantiles of every metric.
const QUANTILES: [Statistic; 5] = [Statistic::P05, Statistic::P50, Statistic::P75, Statistic::P95, Statistic::P99];

/// One line of `cluster-statistics.csv`.
#[derive(Clone, Debug, PartialEq)]
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
        lines.extend(values(&Values::of_metric(metric, records), metric.unit, metric.name, group));
    }
    for (place, series) in other_series(world).iter().enumerate() {
        let own = |record: &ClusterRecord| record.peaks().nth(place).map_or(0.0, |peak| peak as f64 / series.in_one);
        lines.extend(values(&Values::new(records.iter().map(own).collect()), series.unit, &series.column(), group));
    }
    lines
}

fn share(rate: &ClusterRate, records: &[ClusterRecord], group: Option<usize>) -> ClusterLine {
    let is: Vec<bool> = records.iter().map(rate.counts).collect();
    let plain = proportion(is.iter().filter(|one| **one).count() as u64, is.len() as u64);
    let limits = group.and_then(|size| share_in_groups(&is, size, Confidence::USUAL));
    let estimate = limits.map_or(plain, |(low, high)| Estimate { low: Some(low), high: Some(high), ..plain });
    ClusterLine { name: rate.name.into(), unit: ClusterUnit::Share, statistic: Statistic::Rate, estimate }
}

/// Values in order of replication, and the same in ascending order. The time until all rollouts were complete is infinite where they
/// were not.
struct Values {
    all: Vec<f64>,
    sorted: Vec<f64>,
}

impl Values {
    fn new(all: Vec<f64>) -> Self {
        let mut sorted = all.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { all, sorted }
    }

    fn of_metric(metric: &ClusterMetric, records: &[ClusterRecord]) -> Self {
        let never = |record: &ClusterRecord| metric.kind == Kind::Duration && record.outcome != ReleaseOutcome::AllDone;
        let value = |record: &ClusterRecord| if never(record) { f64::INFINITY } else { (metric.get)(record) };
        Self::new(records.iter().map(value).collect())
    }

    fn is_finite(&self) -> bool {
        self.sorted.last().is_none_or(|last| last.is_finite())
    }
}

/// Mean, standard deviation, extremes and quantiles. A mean of times is given only where every release was all done.
fn values(values: &Values, unit: ClusterUnit, name: &str, group: Option<usize>) -> Vec<ClusterLine> {
    let line = |statistic, estimate| ClusterLine { name: name.to_owned(), unit, statistic, estimate };
    let n = values.all.len() as u64;
    let moments = Moments::of(&values.all).filter(|_| values.is_finite());
    let known = Known::between(0.0, f64::INFINITY);
    let mean = moments.map_or(Estimate::unknown(n), |moments| moments.mean_at(&known, Confidence::USUAL));
    let grouped =
        group.filter(|_| moments.is_some()).and_then(|size| mean_in_groups(&values.all, size, Confidence::USUAL));
    let mean =
        grouped.map_or(mean, |limits| Estimate { low: Some(limits.low.max(0.0)), high: Some(limits.high), ..mean });
    let extreme = |value: Option<&f64>| {
        value.filter(|value| value.is_finite()).map_or(Estimate::unknown(n), |value| Estimate::point(*value, n))
    };
    let mut lines = vec![
        line(Statistic::Mean, mean),
        line(Statistic::Sd, moments.map_or(Estimate::unknown(n), |moments| moments.sd())),
        line(Statistic::Min, extreme(values.sorted.first())),
        line(Statistic::Max, extreme(values.sorted.last())),
    ];
    lines.extend(
        QUANTILES
            .into_iter()
            .filter_map(|statistic| Some(line(statistic, quantile(values, statistic.quantile()?, group)))),
    );
    lines
}

fn quantile(values: &Values, q: f64, group: Option<usize>) -> Estimate {
    let plain = OrderStatistic::new(values.sorted.len(), q).estimate(&values.sorted);
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let value = finite(plain.value);
    let plain = Estimate {
        value,
        low: finite(plain.low),
        high: finite(plain.high),
        carriers: plain.carriers.filter(|_| value.is_some()),
        ..plain
    };
    let limits = group
        .filter(|_| value.is_some())
        .and_then(|size| quantile_in_groups(&values.all, &values.sorted, q, size, Confidence::USUAL));
    limits.map_or(plain, |(low, high)| Estimate { low, high, ..plain })
}
