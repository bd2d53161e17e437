//! What scenarios are called in charts, and how many rollouts a chart shows.

use crate::analysis::ScenarioResult;
use crate::report::format;

/// The names of scenarios in a chart.
pub(super) struct Names {
    /// Says what the parts of a name are, where the names do not.
    pub(super) heading: Option<String>,
    pub(super) names: Vec<String>,
}

impl Names {
    /// Names of at most `limit` characters: `3: maxSurge 25%, maxUnavailable 0` where all fit, else `3: 25% / 0` under
    /// a heading.
    pub(super) fn of(results: &[&ScenarioResult], limit: usize) -> Self {
        let names: Vec<_> = results.iter().map(|result| name(result)).collect();
        if names.iter().all(|name| name.chars().count() <= limit) {
            return Self { heading: None, names };
        }
        let paths = results.first().into_iter().flat_map(|result| &result.parameters).map(|(path, _)| path.as_str());
        let heading = format!("scenario: {}", format::names(paths).join(" / "));
        Self { heading: Some(heading), names: results.iter().map(|result| short(result, limit)).collect() }
    }
}

/// `3: 25% / 0` in at most `limit` characters. The longest values are cut first, so that short ones stay whole.
fn short(result: &ScenarioResult, limit: usize) -> String {
    let with = |longest: usize| {
        let values = result.parameters.iter().map(|(_, value)| format::shorten(value, longest)).collect::<Vec<_>>();
        format!("{}: {}", result.scenario, values.join(" / "))
    };
    let fitting = (4..=limit).rev().map(with).find(|name| name.chars().count() <= limit);
    fitting.unwrap_or_else(|| format::shorten(&with(4), limit))
}

/// `3: maxSurge 25%, maxUnavailable 0`
pub(super) fn name(result: &ScenarioResult) -> String {
    if result.parameters.is_empty() {
        return format!("scenario {}", result.scenario);
    }
    format!("{}: {}", result.scenario, format::parameters(&result.parameters))
}

/// `1,000 replications each, seed 42`, or the range where scenarios differ.
pub(super) fn replications(results: &[&ScenarioResult], seed: u64) -> String {
    let n = || results.iter().map(|result| result.statistics.n);
    let (least, most) = (n().min().unwrap_or(0), n().max().unwrap_or(0));
    let each = match (least == most, results.len()) {
        (true, 1) => format::plural(least, "replication"),
        (true, _) => format!("{} each", format::plural(least, "replication")),
        (false, _) => format!("{} to {} replications each", format::count(least), format::count(most)),
    };
    format!("{each}, seed {seed}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture;

    #[test]
    fn long_values_are_cut_before_short_ones() {
        let (_, mut results) = fixture::sweep(&["25%"], &["0"], &["0"]);
        results[0].parameters[2].1 = "a value that is far too long for any chart".into();
        assert_eq!(short(&results[0], 30), "0: 25% / 0 / a value that is …");
        results[0].parameters = (0..40).map(|n| (n.to_string(), "12345".into())).collect();
        assert_eq!(short(&results[0], 30).chars().count(), 30);
    }
}
