//! Which limits of an estimate people are shown.
//!
//! Limits that nobody needs hide those that matter. They are shown where they leave an objective open, where they are wide,
//! and of every share of rollouts, because such a share says nothing without them.

use super::format;
use crate::metrics::{Figure, Measure};
use crate::stats::Estimate;

/// Limits that are further apart than this share of the value are wide.
const WIDE: f64 = 0.05;

/// The limits of `estimate`, as they are written, where they are worth showing. `limit` is what an objective asks of the
/// figure. A length or a number that cannot be negative has no negative limit, and limits that would be written alike are none.
pub(crate) fn worth(figure: Figure, estimate: &Estimate, limit: Option<f64>) -> Option<(String, String)> {
    let finite = |end: Option<f64>| end.filter(|end| end.is_finite()).map(|end| end.max(0.0));
    let (value, low, high) = (finite(estimate.value)?, finite(estimate.low)?, finite(estimate.high)?);
    let is_open = limit.is_some_and(|limit| low < limit && limit < high);
    let is_rate = matches!(figure.measure, Measure::Rate(_));
    if !is_open && !is_rate && high - low <= WIDE * value {
        return None;
    }
    let show = |value| format::shown(figure.unit(), value);
    let (low, high) = (show(low), show(high));
    (low != high).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::headlines::{DURATION_P95, PODS_P95, STALLED};

    #[test]
    fn limits_are_shown_where_they_say_something() {
        let estimate = |low, high| Estimate { low: Some(low), high: Some(high), ..Estimate::point(100.0, 1000) };
        let shown = |figure, low, high, limit| worth(figure, &estimate(low, high), limit);
        let text = |low: &str, high: &str| Some((low.to_owned(), high.to_owned()));
        let p95 = DURATION_P95.figure;
        assert_eq!(shown(p95, 98.0, 102.0, None), None, "narrow");
        assert_eq!(shown(p95, 90.0, 110.0, None), text("1m 30s", "1m 50s"), "wide");
        assert_eq!(shown(p95, 98.0, 102.0, Some(101.0)), text("1m 38s", "1m 42s"), "open");
        assert_eq!(shown(p95, 98.0, 102.0, Some(120.0)), None, "decided");
        assert_eq!(shown(PODS_P95.figure, 99.9, 100.1, Some(100.0)), text("99.9", "100"));
        assert_eq!(shown(PODS_P95.figure, 100.0, 100.0, None), None, "never 24 (24 to 24)");
        assert_eq!(shown(p95, -20.0, 200.0, None), text("0s", "3m 20s"), "no length is negative");
        let rate = Estimate { low: Some(0.0044), high: Some(0.0095), ..Estimate::point(0.0065, 4000) };
        assert_eq!(worth(STALLED.figure, &rate, None), text("0.44%", "0.95%"));
        assert_eq!(worth(p95, &Estimate::unknown(3), None), None);
    }
}
