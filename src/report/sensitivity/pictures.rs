//! The charts of the answer: for each figure how far each factor alone moves it.

use super::table::rows;
use super::words::{name, span, value};
use crate::metrics::Unit;
use crate::report::chart::tornado::{Bar, Side, Tornado};
use crate::report::chart::{Chart, ChartTable, tornado};
use crate::report::format;
use crate::sensitivity::{Outcome, Sensitivity};

/// A chart for each figure that something moves.
pub(super) fn charts(found: &Sensitivity) -> Vec<Chart> {
    found.outcomes.iter().filter_map(|outcome| chart(found, outcome)).collect()
}

fn chart(found: &Sensitivity, outcome: &Outcome) -> Option<Chart> {
    let written = outcome.as_written.value?;
    let moving = outcome.order().into_iter().filter(|place| outcome.swing(*place) > 0.0);
    let bars: Vec<Bar> = moving.map(|place| bar(found, outcome, place, written)).collect();
    let headline = &outcome.headline;
    let unit = headline.figure.unit();
    let own = rows(found, outcome, true);
    let mut table = ChartTable::new(own.headings.iter().copied());
    table.rows = own.rows;
    let one = Tornado {
        title: format!("{}, if one thing were different", format::capital(headline.row)),
        bars,
        written,
        written_label: format!("as written {}", value(headline, Some(written))),
        is_time: unit == Unit::Seconds,
        is_share: unit == Unit::Share,
        note: format!(
            "Each bar changes one thing: {} at each end with the same random numbers. Thin lines below: 95% limits.",
            format::plural(u64::from(found.replications), "rollout")
        ),
        table,
    };
    tornado::chart(&format!("sensitivity-{}.svg", headline.figure.column()), &one)
}

fn bar(found: &Sensitivity, outcome: &Outcome, place: usize, written: f64) -> Bar {
    let range = &found.ranges[place];
    let side = |end: &crate::sensitivity::End| Side {
        label: value(&outcome.headline, end.value),
        value: end.value,
        limits: end
            .difference
            .and_then(|difference| difference.low.zip(difference.high))
            .map(|(low, high)| [(written + low).max(0.0), (written + high).max(0.0)]),
    };
    let [low, high] = &outcome.ends[place];
    Bar { name: format!("{}: {}", name(range.factor), span(range)), ends: [side(low), side(high)] }
}
