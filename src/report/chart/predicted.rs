//! A map of the grid of `maxSurge` and `maxUnavailable` in which most cells are predicted from the others: these are hatched.

use super::canvas::{Anchor, LABEL};
use super::colour::{GREY, INK, NEUTRAL, ON_CELL};
use super::drawn::{Chart, ChartTable};
use super::order::ordered;
use super::sheet::{SMALL, Sheet, Sign};

/// Left of the cells, for the values of maxUnavailable.
const GUTTER: i32 = 56;
/// Height of a cell, and its width at most.
const ROW: i32 = 24;
const WIDEST: i32 = 74;
/// Combinations of the other parameters that are drawn.
const WORLDS: usize = 6;

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Cell {
    /// `maxSurge` and `maxUnavailable` as they are written.
    pub(in crate::report) place: [String; 2],
    /// The other parameters in words.
    pub(in crate::report) world: String,
    pub(in crate::report) value: f64,
    pub(in crate::report) text: String,
    /// The limits in words where it is predicted.
    pub(in crate::report) predicted: Option<String>,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Predicted {
    pub(in crate::report) title: String,
    pub(in crate::report) cells: Vec<Cell>,
    pub(in crate::report) replicas: Vec<u32>,
    pub(in crate::report) note: String,
}

/// The chart; `None` unless both parameters have several values.
pub(in crate::report) fn chart(file: &str, one: &Predicted) -> Option<Chart> {
    let values = |which: usize| ordered(one.cells.iter().map(|cell| cell.place[which].as_str()), &one.replicas);
    let sides = [values(0), values(1)];
    if sides.iter().any(|side| side.len() < 2) {
        return None;
    }
    let mut worlds: Vec<&str> = Vec::new();
    for cell in &one.cells {
        if !worlds.contains(&cell.world.as_str()) {
            worlds.push(&cell.world);
        }
    }
    let shown = &worlds[..worlds.len().min(WORLDS)];
    let mut note = one.note.clone();
    if shown.len() < worlds.len() {
        note.push_str(&format!(" {} of {} combinations of the other parameters.", shown.len(), worlds.len()));
    }
    Some(Chart::sheet(file, &one.title, table(&one.cells), |sheet| {
        sheet.heading(&one.title);
        sheet.legend(&[
            (Sign::Patch(NEUTRAL[2]), "simulated; the more the darker".into()),
            (Sign::Hatch, "predicted, not simulated".into()),
        ]);
        for world in shown {
            map(sheet, one, &sides, world);
        }
        sheet.note(&note);
    }))
}

fn table(cells: &[Cell]) -> ChartTable {
    let mut table = ChartTable::new(["maxSurge", "maxUnavailable", "other parameters", "value", "how it is known"]);
    let row = |cell: &Cell| {
        let known = cell.predicted.as_ref().map_or("simulated".into(), |limits| format!("predicted, {limits}"));
        vec![cell.place[0].clone(), cell.place[1].clone(), cell.world.clone(), cell.text.clone(), known]
    };
    table.rows = cells.iter().map(row).collect();
    table
}

fn map(sheet: &mut Sheet, one: &Predicted, [surges, unavailables]: &[Vec<&str>; 2], world: &str) {
    if !world.is_empty() {
        sheet.subheading(world, INK);
    }
    let (top, look) = (sheet.y - 4, LABEL.size(11).colour(GREY));
    let width = ((sheet.right() - GUTTER) / surges.len().max(1) as i32).min(WIDEST);
    let values = one.cells.iter().map(|cell| cell.value).filter(|value| value.is_finite());
    let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    for cell in one.cells.iter().filter(|cell| cell.world == world) {
        let place = |values: &[&str], which: usize| values.iter().position(|value| *value == cell.place[which]);
        let Some((column, row)) = place(surges, 0).zip(place(unavailables, 1)) else { continue };
        let from = (GUTTER + column as i32 * width, top + row as i32 * ROW);
        let to = (from.0 + width - 3, from.1 + ROW - 3);
        let third = ((cell.value - low) / (high - low).max(1e-12) * 3.0).clamp(0.0, 2.0) as usize;
        sheet.canvas.rectangle(from, to, NEUTRAL[third]);
        if cell.predicted.is_some() {
            sheet.canvas.hatch(from, to, GREY);
        } else {
            sheet.canvas.frame(from, to, INK);
        }
        if super::canvas::text_width(&cell.text, 11) + 4 <= width {
            let centre = (i32::midpoint(from.0, to.0), i32::midpoint(from.1, to.1));
            let left = centre.0 - super::canvas::text_width(&cell.text, 11) / 2;
            sheet.canvas.tag((left, centre.1), &cell.text, LABEL.size(11).colour(ON_CELL));
        }
    }
    for (row, unavailable) in unavailables.iter().enumerate() {
        let y = top + row as i32 * ROW + ROW / 2 - 1;
        sheet.canvas.text((GUTTER - 6, y), unavailable, look.at(Anchor::Right));
    }
    let bottom = top + ROW * unavailables.len() as i32;
    let widest = surges.iter().map(|surge| super::canvas::text_width(surge, 11)).max().unwrap_or(0) + 4;
    let every = ((widest + width - 1) / width.max(1)).max(1) as usize;
    for (column, surge) in surges.iter().enumerate().step_by(every) {
        sheet.canvas.text((GUTTER + column as i32 * width + width / 2, bottom + 8), surge, look.at(Anchor::Middle));
    }
    let middle = GUTTER + width * surges.len() as i32 / 2;
    sheet.canvas.text(
        (middle, bottom + 22),
        "maxSurge, by maxUnavailable",
        LABEL.size(SMALL).colour(GREY).at(Anchor::Middle),
    );
    sheet.y = bottom + 46;
}
