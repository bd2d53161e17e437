//! The rows of the table: one for each number at a time.

use super::phrases::name;
use super::sentences::fit;
use crate::analysis::capacity::{Capacity, Demand, Trial};
use crate::report::format;
use crate::scenario::Room;
use crate::stats::Estimate;

/// Heading of a group of columns, those of its columns, and whether a narrow table has them.
const HEADINGS: [(&str, &str, bool); 12] = [
    ("", "rollouts", true),
    ("extra pods", "p50", true),
    ("", "p95", true),
    ("", "p99", true),
    ("extra CPU", "p50", true),
    ("", "p95", true),
    ("", "p99", true),
    ("extra GiB", "p50", false),
    ("", "p95", false),
    ("", "p99", true),
    ("", "room", true),
    ("all done", "p95", true),
];

/// Headings and rows.
pub(super) struct Rows {
    /// Two headings for each column.
    pub(super) headings: Vec<[&'static str; 2]>,
    /// A row for each trial.
    pub(super) rows: Vec<Vec<String>>,
}

/// The table; `narrow` leaves out some columns.
pub(super) fn rows(capacity: &Capacity, narrow: bool) -> Rows {
    let shown = |place: usize| !narrow || HEADINGS[place].2;
    let mut headings: Vec<[&'static str; 2]> = Vec::new();
    for (place, (group, column, _)) in HEADINGS.iter().enumerate() {
        if shown(place) {
            let group = if narrow && place == 9 { "GiB" } else { group };
            headings.push([group, column]);
        }
    }
    let row = |(place, trial): (usize, &Trial)| {
        let cells = cells(capacity, trial, capacity.best == Some(place));
        cells.into_iter().enumerate().filter(|(column, _)| shown(*column)).map(|(_, cell)| cell).collect()
    };
    Rows { headings, rows: capacity.trials.iter().enumerate().map(row).collect() }
}

fn cells(capacity: &Capacity, trial: &Trial, best: bool) -> Vec<String> {
    let mut cells = vec![format!("{}{}", if best { "★ " } else { "" }, name(trial))];
    for (place, scale) in [(Room::PODS, 1.0), (Room::CPU, 1000.0), (Room::MEMORY, 1_073_741_824.0)] {
        let own = capacity.resources.iter().position(|resource| resource.place == place);
        let demand = own.and_then(|own| trial.demand.get(own));
        let cell = |of: &dyn Fn(&Demand) -> Estimate| {
            demand.and_then(|demand| of(demand).value).map_or("–".into(), |value| format::number(value / scale))
        };
        cells.extend([cell(&|one| one.p50), cell(&|one| one.p95), cell(&|one| one.p99)]);
    }
    cells.push(fit(capacity, trial));
    cells.push(trial.done_p95.value.map_or("–".into(), format::time));
    cells
}
