//! How often rollouts stall, against the objective, and why.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, Canvas, LABEL};
use super::colour::{GREY, GRID, INK};
use super::drawn::{Chart, ChartTable};
use super::marks::{Marks, Role, Shown, legend, mark};
use super::names::replications;
use super::objectives::limit;
use super::sheet::{SMALL, Sheet, Sign};
use crate::analysis::ScenarioResult;
use crate::analysis::headlines::STALLED;
use crate::metrics::{Figure, RolloutRate, StallCause};
use crate::report::format;
use crate::report::provenance::Provenance;
use crate::stats::Estimate;

const TITLE: &str = "Rollouts that stall";
/// Rows at most.
const ROWS: usize = 12;
/// Height of a row with its causes.
const ROW: i32 = 40;

/// A scenario of the chart.
struct Row<'a> {
    shown: Shown<'a>,
    estimate: Estimate,
    causes: Vec<(StallCause, u64)>,
}

/// The chart; a sentence where no rollout stalls.
pub(super) fn chart(
    provenance: &Provenance,
    results: &[ScenarioResult],
    marks: &Marks,
) -> Result<Chart, Option<String>> {
    let known: Vec<_> = results.iter().filter(|result| result.value(STALLED.figure).is_some()).collect();
    if known.iter().all(|result| result.value(STALLED.figure) == Some(0.0)) {
        return Err(none(&known));
    }
    let rows = rows(&known, marks);
    let limit = limit(&provenance.objectives, STALLED.figure).filter(|limit| limit.1).map(|limit| limit.0);
    let shown: Vec<_> = rows.iter().map(|row| row.shown.result).collect();
    let mut note = format!("Lines: 95% limits; {}.", replications(&shown, provenance.seed));
    if rows.len() < known.len() {
        note.push_str(&format!(
            " {} of {} scenarios: those with a mark, and the highest.",
            rows.len(),
            format::count(known.len() as u64)
        ));
    }
    Ok(Chart::sheet("stalled.svg", TITLE, table(&rows), |sheet| {
        sheet.heading(TITLE);
        let mut entries = legend(rows.iter().map(|row| row.shown.role));
        if limit.is_some() {
            entries.push((Sign::Dashes, "objective".into()));
        }
        sheet.legend(&entries);
        draw(sheet, &rows, limit);
        sheet.note(&note);
    }))
}

/// None of all rollouts, and what that proves.
fn none(known: &[&ScenarioResult]) -> Option<String> {
    let rollouts: u64 = known.iter().map(|result| result.statistics.n).sum();
    let most = known.iter().filter_map(|result| result.statistics.get(STALLED.figure)?.high).fold(0.0, f64::max);
    let all = format::plural(rollouts, "rollout");
    let each = if known.len() > 1 { " in each scenario" } else { "" };
    (rollouts > 0)
        .then(|| format!("None of {all} stalled: at most {} do{each}, with 95% confidence.", format::share(most)))
}

/// The scenarios with a mark first, then those that stall most.
fn rows<'a>(known: &[&'a ScenarioResult], marks: &Marks) -> Vec<Row<'a>> {
    let rate = |result: &ScenarioResult| result.value(STALLED.figure).unwrap_or(0.0);
    let mut order = known.to_vec();
    let is_marked = |result: &ScenarioResult| marks.role(result.scenario) != Role::Other;
    order.sort_by(|a, b| {
        is_marked(b).cmp(&is_marked(a)).then(rate(b).total_cmp(&rate(a))).then(a.scenario.cmp(&b.scenario))
    });
    order.truncate(ROWS);
    order.sort_by(|a, b| rate(a).total_cmp(&rate(b)).then(a.scenario.cmp(&b.scenario)));
    let row = |result: &'a ScenarioResult| {
        let estimate = *result.statistics.get(STALLED.figure)?;
        let shown = Shown { result, role: marks.role(result.scenario), why: String::new() };
        Some(Row { shown, estimate, causes: causes(result) })
    };
    order.into_iter().filter_map(row).collect()
}

/// How many rollouts stalled for each cause, the most first.
fn causes(result: &ScenarioResult) -> Vec<(StallCause, u64)> {
    let count = |cause: StallCause| {
        let rate = result.value(Figure::rate(RolloutRate::StalledBy(cause)))?;
        Some((cause, (rate * result.statistics.n as f64).round() as u64)).filter(|(_, count)| *count > 0)
    };
    let mut causes: Vec<_> = StallCause::ALL.into_iter().filter_map(count).collect();
    causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    causes
}

impl Row<'_> {
    fn name(&self) -> String {
        let name = self.shown.name();
        if name.is_empty() { "rollouts".into() } else { name }
    }

    /// `26 of 4,000: node loss 24, capacity 2`
    fn text(&self) -> String {
        let n = self.shown.result.statistics.n;
        let value = self.estimate.value.unwrap_or(0.0);
        let stalled = (value * n as f64).round() as u64;
        let causes: Vec<_> =
            self.causes.iter().map(|(cause, count)| format!("{} {}", words(*cause), format::count(*count))).collect();
        let of = if stalled == 0 {
            format!("none of {}", format::count(n))
        } else {
            format!("{} of {}", format::count(stalled), format::count(n))
        };
        [of, causes.join(", ")].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
    }
}

fn words(cause: StallCause) -> String {
    cause.as_str().replace('_', " ")
}

fn draw(sheet: &mut Sheet, rows: &[Row<'_>], limit: Option<f64>) {
    let high = rows.iter().filter_map(|row| row.estimate.high.or(row.estimate.value)).chain(limit).fold(0.0, f64::max);
    let values = || rows.iter().filter_map(|row| row.estimate.value).filter(|value| *value > 0.0);
    let (least, most) = (values().fold(1.0, f64::min), values().fold(0.0, f64::max));
    let pixels = (24, sheet.right() - 56);
    // On a linear axis the lowest rate would be too small to see.
    let x = if most > 20.0 * least {
        Axis::logarithmic(Quantity::Share, (least / 3.0).clamp(1e-5, 0.001), (high * 1.25).min(1.0), pixels)
    } else {
        Axis::new(Quantity::Share, 0.0, (high * 1.08).min(1.0), pixels)
    };
    // Narrow screens have the causes in a line of their own.
    let two = sheet.is_narrow();
    let height = if two { ROW + 16 } else { ROW };
    let (top, bottom) = (sheet.y, sheet.y + height * rows.len() as i32);
    for (value, label) in x.ticks(if sheet.is_narrow() { 4 } else { 7 }) {
        sheet.canvas.line(&[(x.at(value), top), (x.at(value), bottom)], GRID, 1);
        sheet.canvas.text((x.at(value), bottom + 12), &label, LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
    }
    if let Some(limit) = limit {
        sheet.canvas.dashes((x.at(limit), bottom), (x.at(limit), top), INK);
    }
    let columns = (f64::from(sheet.width - 30) / 7.3) as usize;
    for (number, row) in (0..).zip(rows) {
        let y = top + height * number;
        let texts = if two { vec![row.name(), row.text()] } else { vec![format!("{} · {}", row.name(), row.text())] };
        for (line, text) in (0..).zip(&texts) {
            let text = format::shorten(text, columns);
            sheet.canvas.tag((14, y + 8 + 16 * line), &text, LABEL.size(SMALL).colour(row.shown.colour(INK)));
        }
        row.dot(&mut sheet.canvas, &x, y + height - 13);
    }
    let axis = if x.is_logarithmic() { "share of rollouts, logarithmic" } else { "share of rollouts" };
    let middle = i32::midpoint(pixels.0, pixels.1);
    sheet.canvas.text((middle, bottom + 30), axis, LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
    sheet.y = bottom + 52;
}

impl Row<'_> {
    fn dot(&self, canvas: &mut Canvas, x: &Axis, y: i32) {
        let value = self.estimate.value.unwrap_or(0.0);
        let colour = self.shown.colour(INK);
        let mut end = x.at(value) + 10;
        if let (Some(low), Some(high)) = (self.estimate.low, self.estimate.high) {
            canvas.line(&[(x.at(low), y), (x.at(high), y)], colour, 2);
            end = end.max(x.at(high) + 6);
        }
        mark(canvas, (x.at(value), y), self.shown.role, INK);
        canvas.tag((end + 2, y), &format::share(value), LABEL.size(SMALL).bold().colour(colour));
    }
}

fn table(rows: &[Row<'_>]) -> ChartTable {
    let mut table = ChartTable::new(["scenario", "stalled", "95% limits", "rollouts and causes"]);
    for row in rows {
        let show = |value: Option<f64>| value.map_or("–".to_owned(), format::share);
        let limits = format!("{} to {}", show(row.estimate.low), show(row.estimate.high));
        table.rows.push(vec![row.name(), show(row.estimate.value), limits, row.text()]);
    }
    table
}
