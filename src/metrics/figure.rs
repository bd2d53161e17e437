//! Figures: a statistic of a metric or rate, as objectives, tables and sentences name it.

use serde::{Deserialize, Serialize};

use crate::metrics::metric::{About, Metric, Unit};
use crate::metrics::rate::RolloutRate;

/// What is computed of the values that the rollouts of a scenario have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Statistic {
    /// The share of rollouts that a rate counts. Rates have no other statistic.
    Rate,
    /// Mean.
    Mean,
    /// Standard deviation.
    Sd,
    /// Least value.
    Min,
    /// Greatest value.
    Max,
    /// Mean of a time to an event, where what has not happened by the horizon counts as the horizon.
    RestrictedMean,
    /// 5th percentile.
    P05,
    /// Median.
    P50,
    /// 75th percentile.
    P75,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
}

impl Statistic {
    /// Every statistic.
    pub const ALL: [Self; 11] = [
        Self::Rate,
        Self::Mean,
        Self::Sd,
        Self::Min,
        Self::Max,
        Self::RestrictedMean,
        Self::P05,
        Self::P50,
        Self::P75,
        Self::P95,
        Self::P99,
    ];

    /// The word in files, and in objectives.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Mean => "mean",
            Self::Sd => "sd",
            Self::Min => "min",
            Self::Max => "max",
            Self::RestrictedMean => "restricted_mean",
            Self::P05 => "p05",
            Self::P50 => "p50",
            Self::P75 => "p75",
            Self::P95 => "p95",
            Self::P99 => "p99",
        }
    }

    /// The statistic that files call `word`.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|statistic| statistic.as_str() == word)
    }

    /// The share of values that are at most this statistic; `None` for what is no quantile.
    #[must_use]
    pub const fn quantile(self) -> Option<f64> {
        match self {
            Self::P05 => Some(0.05),
            Self::P50 => Some(0.5),
            Self::P75 => Some(0.75),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
            Self::Rate | Self::Mean | Self::Sd | Self::Min | Self::Max | Self::RestrictedMean => None,
        }
    }
}

/// What a figure is computed of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Measure {
    /// The values of a metric.
    Metric(#[serde(with = "by_name")] &'static Metric),
    /// A share of the rollouts.
    Rate(RolloutRate),
}

/// A metric of the table is written by its name.
mod by_name {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::metrics::metric::Metric;

    pub(super) fn serialize<S: Serializer>(metric: &&'static Metric, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(metric.name)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<&'static Metric, D::Error> {
        let name = String::deserialize(from)?;
        Metric::named(&name).ok_or_else(|| de::Error::custom("no such metric"))
    }
}

impl Measure {
    /// The name in files: the column of `replications.csv`, or that of the rate.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Metric(metric) => metric.name,
            Self::Rate(rate) => rate.name(),
        }
    }

    /// What values are counted in.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::Metric(metric) => metric.unit,
            Self::Rate(_) => Unit::Share,
        }
    }

    /// What it is about, which decides which experiments have it.
    #[must_use]
    pub const fn about(self) -> About {
        match self {
            Self::Metric(metric) => metric.about,
            Self::Rate(_) => About::Rollout,
        }
    }
}

/// A statistic of a metric, or a rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is computed of.
    pub measure: Measure,
    /// What is computed.
    pub statistic: Statistic,
}

impl Figure {
    /// `statistic` of `metric`.
    #[must_use]
    pub const fn of(metric: &'static Metric, statistic: Statistic) -> Self {
        Self { measure: Measure::Metric(metric), statistic }
    }

    /// A rate.
    #[must_use]
    pub const fn rate(rate: RolloutRate) -> Self {
        Self { measure: Measure::Rate(rate), statistic: Statistic::Rate }
    }

    /// What its value is counted in.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.measure.unit()
    }

    /// Its column in `summary.csv`: `duration_s_p95`, `stalled_rate`.
    #[must_use]
    pub fn column(self) -> String {
        match self.measure {
            Measure::Metric(metric) => format!("{}_{}", metric.name, self.statistic.as_str()),
            Measure::Rate(rate) => rate.name().into(),
        }
    }

    /// As an objective names it: `p95 duration_s`, `stalled_rate`.
    #[must_use]
    pub fn text(self) -> String {
        match self.measure {
            Measure::Metric(metric) => format!("{} {}", self.statistic.as_str(), metric.name),
            Measure::Rate(rate) => rate.name().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::METRICS;

    #[test]
    fn words_read_back() {
        for statistic in Statistic::ALL {
            assert_eq!(Statistic::named(statistic.as_str()), Some(statistic));
        }
        for metric in METRICS {
            assert_eq!(Metric::named(metric.name), Some(metric));
        }
        for rate in RolloutRate::ASKED {
            assert_eq!(RolloutRate::named(rate.name()), Some(rate));
        }
        assert_eq!(RolloutRate::named("stall_cause_quota"), None);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
        names.extend(RolloutRate::ASKED.map(RolloutRate::name));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
