//! How many rollouts a chart shows.

use crate::analysis::ScenarioResult;
use crate::report::format;

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
