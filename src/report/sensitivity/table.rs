//! A table for each figure, for the terminal, for documents and for the page.

use super::words::{level, name, span, value};
use crate::analysis::Headline;
use crate::report::format;
use crate::sensitivity::{Outcome, Range, Sensitivity};
use crate::stats::Estimate;
use crate::stats::sensitivity::Index;

/// Headings and rows.
pub(super) struct Rows {
    pub(super) headings: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
    /// Factors that move nothing.
    pub(super) still: Vec<&'static str>,
}

/// The rows of a figure, the factor first that moves it farthest alone. Those that move nothing are named only. Without
/// `limits` shares have none.
pub(super) fn rows(found: &Sensitivity, outcome: &Outcome, limits: bool) -> Rows {
    let mut headings = vec!["factor", "range", "as written", "low end", "high end"];
    if found.screening.is_some() {
        headings.extend(["effect", "spread"]);
    }
    let shares = outcome.indices.iter().any(Option::is_some);
    if shares {
        headings.extend(["alone", "with others"]);
    }
    let (still, moving): (Vec<usize>, Vec<usize>) =
        outcome.order().into_iter().partition(|place| is_still(outcome, *place));
    let rows = moving.into_iter().map(|place| row(found, outcome, place, (shares, limits))).collect();
    Rows { headings, rows, still: still.into_iter().map(|place| name(found.ranges[place].factor)).collect() }
}

fn is_still(outcome: &Outcome, factor: usize) -> bool {
    let effect = outcome.effects.get(factor).and_then(|effect| effect.mu_star.value).unwrap_or(0.0);
    outcome.swing(factor) == 0.0 && effect == 0.0
}

fn row(found: &Sensitivity, outcome: &Outcome, place: usize, (shares, limits): (bool, bool)) -> Vec<String> {
    let range: &Range = &found.ranges[place];
    let given = if range.factor.is_time() { "1".into() } else { level(range, range.given) };
    let mut cells = vec![name(range.factor).to_owned(), span(range), given];
    cells.extend(outcome.ends[place].map(|end| value(&outcome.headline, end.value)));
    if found.screening.is_some() {
        let effect = outcome.effects.get(place);
        let size = |value: Option<f64>| value.map_or("–".into(), |value| amount(&outcome.headline, value));
        cells.push(size(effect.and_then(|effect| effect.mu_star.value)));
        cells.push(size(effect.and_then(|effect| effect.sigma)));
    }
    if shares {
        let index = outcome.indices.get(place).copied().flatten();
        cells.extend(of_index(index, limits));
    }
    cells
}

/// What a figure changes by, without a sign.
fn amount(headline: &Headline, by: f64) -> String {
    super::words::distance(headline, by).trim_end_matches(" pods").trim_end_matches(" pod").to_owned()
}

fn of_index(index: Option<Index>, limits: bool) -> [String; 2] {
    let cell = |estimate: Estimate, limits: bool| {
        let text = estimate.value.map_or("–".into(), format::share);
        match estimate.low.zip(estimate.high).filter(|_| limits) {
            Some((low, high)) => format!("{text} ({} to {})", format::share(low), format::share(high)),
            None => text,
        }
    };
    index.map_or(["–".into(), "–".into()], |index| [cell(index.first, false), cell(index.total, limits)])
}
