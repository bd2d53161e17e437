//! Objectives about what several workloads take of their cluster together: `cluster p99 peak_cpu_cores <= 40`.

use crate::input::experiment::objective::{CLUSTER, ObjectiveError, STATISTICS};
use crate::input::tree::error::quoted;
use crate::input::tree::near::unknown;
use crate::input::tree::quantity::{parse_bytes, parse_duration, parse_share};
use crate::metrics::{CLUSTER_METRICS, CLUSTER_RATES, ClusterMetric, ClusterUnit, Statistic};

/// A statistic of the cluster and its limit.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterObjective {
    /// As the user wrote it.
    pub text: String,
    /// The metric or the rate, as files call it.
    pub name: &'static str,
    /// What is computed of it.
    pub statistic: Statistic,
    /// What its values are counted in.
    pub unit: ClusterUnit,
    /// The value must be at most (true) or at least (false) the limit.
    pub at_most: bool,
    /// The limit, in the unit.
    pub limit: f64,
}

impl ClusterObjective {
    /// Reads [`Self::text`] again.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ObjectiveError> {
        read(text.trim()).map_err(ObjectiveError::new)
    }
}

fn read(text: &str) -> Result<ClusterObjective, String> {
    let rest = text.strip_prefix(CLUSTER).unwrap_or(text);
    let (left, at_most, right) = match (rest.split_once("<="), rest.split_once(">=")) {
        (Some((left, right)), None) => (left, true, right.trim()),
        (None, Some((left, right))) => (left, false, right.trim()),
        _ => {
            return Err(format!(
                "{} is no objective: limits are written with <= or >=, such as `cluster p99 peak_cpu_cores <= 40`",
                quoted(text)
            ));
        }
    };
    let words: Vec<&str> = left.split_whitespace().collect();
    let (statistic, name, unit) = match words[..] {
        [word, name] => of_metric(word, name)?,
        [name] => of_rate(name)?,
        _ => {
            return Err(format!(
                "{} needs a statistic and a metric of a cluster, such as `cluster p99 peak_cpu_cores`",
                quoted(left.trim())
            ));
        }
    };
    Ok(ClusterObjective { text: text.to_owned(), name, statistic, unit, at_most, limit: limit(unit, right)? })
}

fn of_metric(word: &str, name: &str) -> Result<(Statistic, &'static str, ClusterUnit), String> {
    let words = STATISTICS.map(Statistic::as_str);
    let statistic = STATISTICS.into_iter().find(|known| known.as_str() == word);
    let Some(statistic) = statistic else { return Err(unknown("statistic", word, &words)) };
    if let Some(rate) = CLUSTER_RATES.iter().find(|rate| rate.name == name) {
        return Err(format!("{} is one number, without a statistic: leave {word} out", rate.name));
    }
    let names: Vec<&str> = CLUSTER_METRICS.iter().map(|metric| metric.name).collect();
    let metric = ClusterMetric::named(name).ok_or_else(|| unknown("metric of a cluster", name, &names))?;
    Ok((statistic, metric.name, metric.unit))
}

fn of_rate(name: &str) -> Result<(Statistic, &'static str, ClusterUnit), String> {
    if ClusterMetric::named(name).is_some() {
        let words = STATISTICS.map(Statistic::as_str).join(", ");
        return Err(format!("{name} needs a statistic before it: one of {words}"));
    }
    let names: Vec<&str> = CLUSTER_RATES.iter().map(|rate| rate.name).collect();
    let rate = CLUSTER_RATES.iter().find(|rate| rate.name == name);
    let rate = rate.ok_or_else(|| unknown("rate of a cluster", name, &names))?;
    Ok((Statistic::Rate, rate.name, ClusterUnit::Share))
}

fn limit(unit: ClusterUnit, text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    match unit {
        ClusterUnit::Share => parse_share(text),
        ClusterUnit::Seconds => number.map_or_else(|| parse_duration(text).map(|time| time.as_secs_f64()), Ok),
        ClusterUnit::Bytes => number.map_or_else(|| parse_bytes(text).map(|bytes| bytes as f64), Ok),
        _ => number.ok_or_else(|| format!("{} is no number", quoted(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_the_units_of_the_metric() {
        for (text, name, statistic, at_most, limit) in [
            ("cluster p99 peak_cpu_cores <= 40", "peak_cpu_cores", Statistic::P99, true, 40.0),
            ("cluster p95 duration_s <= 30m", "duration_s", Statistic::P95, true, 1800.0),
            ("cluster max peak_memory_bytes <= 64Gi", "peak_memory_bytes", Statistic::Max, true, 68_719_476_736.0),
            ("cluster all_done_rate >= 99%", "all_done_rate", Statistic::Rate, false, 0.99),
            ("cluster no_node_rate <= 0.01", "no_node_rate", Statistic::Rate, true, 0.01),
        ] {
            let read = ClusterObjective::parse(text).unwrap();
            assert_eq!((read.name, read.statistic, read.at_most, read.limit), (name, statistic, at_most, limit));
            assert_eq!(read.text, text);
        }
    }

    #[test]
    fn mistakes_say_what_to_write() {
        for (text, said) in [
            ("cluster p99 peak_cpu <= 40", "unknown metric of a cluster `peak_cpu`"),
            ("cluster peak_cpu_cores <= 40", "peak_cpu_cores needs a statistic before it"),
            ("cluster p90 duration_s <= 1m", "unknown statistic `p90`"),
            ("cluster p95 all_done_rate >= 99%", "without a statistic: leave p95 out"),
            ("cluster p95 duration_s < 1m", "limits are written with <= or >="),
            ("cluster p99 peak_cpu_cores <= many", "`many` is no number"),
        ] {
            let error = ClusterObjective::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
