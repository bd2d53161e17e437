//! The figures that few experiments have: of requests, and of what comes after the end.

use crate::analysis::ScenarioResult;
use crate::analysis::headlines::LOST_REQUESTS;
use crate::metrics::{Figure, Metric, Statistic, metric};
use crate::report::tools::{AskedTool, TOOLS};
use crate::report::{format, limits, trust};

/// What a line is called, the metric, and what is said of it.
type Line = (&'static str, &'static Metric, &'static [Statistic]);

const WORST: &[Statistic] = &[Statistic::Mean, Statistic::P95, Statistic::Max];

/// Where runs are followed after their end.
const AFTER: [Line; 6] = [
    ("last old pod gone", &metric::OLD_PODS_GONE, &[Statistic::P50, Statistic::P95, Statistic::P99]),
    ("then: available", &metric::AFTER_MIN_AVAILABLE, &[Statistic::Mean, Statistic::P05, Statistic::Min]),
    ("then: missing pod-s", &metric::AFTER_DIP_POD_SECONDS, WORST),
    ("then: failed pods", &metric::AFTER_PODS_FAILED, WORST),
    ("then: restarts", &metric::AFTER_RESTARTS, WORST),
    ("then: pods at once", &metric::AFTER_PEAK_FOOTPRINT, WORST),
];
/// Where there is traffic.
const REQUESTS: [Line; 5] = [
    ("lost requests", &metric::LOST_REQUESTS, WORST),
    ("share of requests", &metric::LOST_FRACTION, WORST),
    ("of them: dead pod", &metric::LOST_TO_DEAD_ENDPOINTS, &[Statistic::Mean]),
    ("no pod", &metric::LOST_TO_NO_ENDPOINTS, &[Statistic::Mean]),
    ("overload", &metric::LOST_TO_OVERLOAD, &[Statistic::Mean]),
];

/// The lines about tools: name and figures.
pub(super) fn tools(result: &ScenarioResult) -> Vec<(&'static str, String)> {
    let of_tool = |asked: &AskedTool| {
        let failed = asked.failed(result)?;
        let when = figures(result, asked.done, &[Statistic::P50, Statistic::P95, Statistic::Max]);
        Some((asked.label, format!("{when}   fails {failed}")))
    };
    TOOLS.iter().filter_map(of_tool).collect()
}

/// The lines: name and figures.
pub(super) fn lines(result: &ScenarioResult) -> Vec<(&'static str, String)> {
    let requests = result.statistics.get(LOST_REQUESTS.figure).is_some();
    let after = result.statistics.get(Figure::of(&metric::AFTER_MIN_AVAILABLE, Statistic::Mean)).is_some();
    let of_requests = REQUESTS.iter().filter(|_| requests);
    let of_after = AFTER.iter().filter(|_| after);
    of_requests
        .chain(of_after)
        .map(|(label, metric, statistics)| (*label, figures(result, metric, statistics)))
        .collect()
}

/// `p50 3m 12s   p95 4m 05s (3m 58s to 4m 11s)`: limits only of the figure that decisions rest on, where they are worth showing.
fn figures(result: &ScenarioResult, metric: &'static Metric, statistics: &[Statistic]) -> String {
    let figure = |statistic: &Statistic| {
        let figure = Figure::of(metric, *statistic);
        let estimate = result.statistics.get(figure)?;
        let value = estimate.value.map_or("–".into(), |value| format::shown(metric.unit, value));
        let mut text = format!("{} {value}", statistic.as_str());
        let decisive = matches!(statistic, Statistic::P95 | Statistic::Mean);
        if let Some((low, high)) = limits::worth(figure, estimate, None).filter(|_| decisive) {
            text.push_str(&format!(" ({low} to {high})"));
        }
        Some(if estimate.is_carried_by_few() { trust::grey(&text) } else { text })
    };
    let figures: Vec<_> = statistics.iter().filter_map(figure).collect();
    if figures.is_empty() { "–".into() } else { figures.join("   ") }
}
