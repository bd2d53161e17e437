//! Histograms of many replications at the points of a grid, as changes from one point to the next.

use super::curve::POINTS;

/// At each grid point, the number of replications that reach a value, less those that leave it. One more point after
/// the last counts the changes after it, when the longest replications have ended.
pub(super) type Changes = [i32; POINTS + 1];

/// Leaves every other point out: what changes at one of those changes at the next.
pub(super) fn halve(changes: &mut Changes) {
    for point in 1..=POINTS / 2 {
        changes[point] = changes[2 * point - 1] + changes[2 * point];
    }
    changes[POINTS / 2 + 1..].fill(0);
}

/// The place in `histogram` that holds the `level` quantile of `n` replications; `None`: it holds fewer.
pub(super) fn quantile(histogram: impl IntoIterator<Item = i32>, level: f64, n: u32) -> Option<usize> {
    let rank = (level * f64::from(n)).ceil().max(1.0) as i64;
    let mut below = 0;
    histogram.into_iter().position(|count| {
        below += i64::from(count);
        below >= rank
    })
}
