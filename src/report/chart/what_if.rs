//! What would change an answer: how far each changed assumption moves the duration, from what it is as written.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, LABEL};
use super::colour::{GREY, GRID, INK};
use super::drawn::{Chart, ChartTable};
use super::marks::{Marks, Role, Shown, legend, mark};
use super::objectives::limit;
use super::sheet::{SMALL, Sheet, Sign};
use crate::analysis::headlines::DURATION_P95;
use crate::analysis::{ScenarioResult, WhatIfRow};
use crate::report::format;
use crate::report::provenance::Provenance;
use crate::report::what_if::{outcome, words};

const TITLE: &str = "What would change the answer";
/// Height of a row: its words, and the line below them.
const ROW: i32 = 38;
/// Pixels at the right for rollouts that never complete.
const NEVER: i32 = 44;

/// A chart for each scenario with what-if runs: the recommended ones and those that run now.
pub(super) fn charts(provenance: &Provenance, results: &[ScenarioResult], marks: &Marks) -> Vec<Chart> {
    let rows = || results.iter().filter(|result| is_drawn(result)).flat_map(|result| &result.what_if);
    let times = || rows().filter_map(known_s).chain(objective(provenance));
    // All have the same axis, so that they can be compared.
    let ends = (times().fold(f64::INFINITY, f64::min) / 1.3, times().fold(0.0, f64::max) * 1.3);
    results.iter().filter_map(|result| chart(provenance, result, marks, ends)).collect()
}

/// Whether the picture of a scenario has a row.
fn is_drawn(result: &ScenarioResult) -> bool {
    matches!(result.what_if.as_slice(), [as_written, _, ..] if as_written.duration_p95_s > Some(0.0))
}

/// The limit of the p95 of the duration.
fn objective(provenance: &Provenance) -> Option<f64> {
    limit(&provenance.objectives, DURATION_P95.figure).filter(|limit| limit.1).map(|limit| limit.0)
}

fn chart(provenance: &Provenance, result: &ScenarioResult, marks: &Marks, ends: (f64, f64)) -> Option<Chart> {
    let (as_written, changed) = result.what_if.split_first().filter(|_| is_drawn(result))?;
    let start = as_written.duration_p95_s?;
    let shown = Shown { result, role: marks.role(result.scenario), why: String::new() };
    let limit = objective(provenance);
    let name = format::shorten(&shown.name(), 90);
    let note = format!(
        "Each row changes one thing: {} with the same random numbers, seed {}.",
        format::plural(as_written.replications, "rollout"),
        provenance.seed
    );
    let groups = groups(changed);
    Some(Chart::sheet(&format!("what-if-{}.svg", result.scenario), TITLE, table(&result.what_if), |sheet| {
        sheet.heading(TITLE);
        sheet.subheading(&name, shown.colour(INK));
        let mut entries = legend(std::iter::once(shown.role));
        if limit.is_some() {
            entries.push((Sign::Dashes, "objective".into()));
        }
        sheet.legend(&entries);
        draw(sheet, &groups, Scale { start, limit, ends }, shown.role);
        sheet.note(&note);
    }))
}

/// The rows that turn the answer, and the others, each with a heading.
fn groups(rows: &[WhatIfRow]) -> Vec<(&'static str, Vec<&WhatIfRow>)> {
    let of = |turns: bool| rows.iter().filter(|row| row.turns() == turns).collect::<Vec<_>>();
    let groups = [("No longer met, or no longer shown to be:", of(true)), ("Still met:", of(false))];
    groups.into_iter().filter(|(_, rows)| !rows.is_empty()).collect()
}

fn table(rows: &[WhatIfRow]) -> ChartTable {
    let mut table = ChartTable::new(["if this were so", "duration, p95", "stalled", "objectives"]);
    let row = |row: &WhatIfRow| {
        let duration =
            if row.completes { row.duration_p95_s.map_or("–".into(), format::time) } else { "never".into() };
        let stalled = row.stalled_rate.map_or("–".into(), format::share);
        let answer = if row.changed.is_some() { outcome(row) } else { "as written".into() };
        vec![words(row), duration, stalled, answer]
    };
    table.rows = rows.iter().map(row).collect();
    table
}

/// Where the lines of a picture begin and its axis ends, in seconds.
struct Scale {
    start: f64,
    limit: Option<f64>,
    ends: (f64, f64),
}

fn draw(sheet: &mut Sheet, groups: &[(&'static str, Vec<&WhatIfRow>)], scale: Scale, role: Role) {
    let Scale { start, limit, ends } = scale;
    let pixels = (24, sheet.right() - NEVER);
    let x = Axis::logarithmic(Quantity::Time, ends.0, ends.1, pixels);
    let count: usize = groups.iter().map(|(_, rows)| rows.len()).sum();
    let (top, height) = (sheet.y, ROW * count as i32 + 22 * groups.len() as i32);
    let bottom = top + height;
    for (value, label) in x.ticks(if sheet.is_narrow() { 4 } else { 7 }) {
        sheet.canvas.line(&[(x.at(value), top), (x.at(value), bottom)], GRID, 1);
        sheet.canvas.text((x.at(value), bottom + 12), &label, LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
    }
    let from = x.at(start);
    sheet.canvas.line(&[(from, top), (from, bottom)], GREY, 1);
    if let Some(limit) = limit {
        sheet.canvas.dashes((x.at(limit), bottom), (x.at(limit), top), INK);
    }
    let columns = (f64::from(sheet.width - 30) / 7.3) as usize;
    let mut y = top;
    for (heading, rows) in groups {
        sheet.canvas.tag((8, y + 10), heading, LABEL.size(SMALL).bold());
        y += 22;
        for row in rows {
            let text = if row.turns() { format!("{}: {}", words(row), outcome(row)) } else { words(row) };
            sheet.canvas.tag((14, y + 8), &format::shorten(&text, columns), LABEL.size(SMALL));
            let (line, end) = (y + 26, known_s(row).map_or(sheet.right() - NEVER / 2, |seconds| x.at(seconds)));
            sheet.canvas.line(&[(from, line), (end, line)], GREY, 2);
            mark(&mut sheet.canvas, (end, line), role, INK);
            y += ROW;
        }
    }
    let middle = i32::midpoint(pixels.0, pixels.1);
    let about = format!("p95 of the duration, logarithmic; as written {}", format::time(start));
    sheet.canvas.text((middle, bottom + 30), &about, LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
    let never = groups.iter().flat_map(|(_, rows)| rows).any(|row| known_s(row).is_none());
    if never {
        let at = (sheet.right() - NEVER / 2, bottom + 12);
        sheet.canvas.text(at, "never", LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
    }
    sheet.y = bottom + 52;
}

/// The p95 of the duration; `None` where it is beyond every limit.
fn known_s(row: &WhatIfRow) -> Option<f64> {
    row.duration_p95_s.filter(|seconds| row.completes && *seconds > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Assumption, Change};
    use crate::report::tests::fixture;

    /// A row whose p95 is so many seconds.
    fn row(seconds: f64, changed: Option<Change>) -> WhatIfRow {
        WhatIfRow {
            changed,
            met: Some(true),
            completes: true,
            objective: None,
            missed: false,
            value: None,
            low: None,
            high: None,
            duration_p95_s: Some(seconds),
            stalled_rate: Some(0.0),
            replications: 1000,
        }
    }

    #[test]
    fn pictures_of_two_scenarios_have_the_same_axis() {
        let (plan, mut results) = fixture::sweep(&["0", "25%"], &["25%"], &[]);
        let change = Change {
            assumption: Assumption::StartUp,
            given: Some(1.0),
            premise: None,
            level: 2.0,
            before: None,
            times: 2.0,
        };
        results[0].what_if = vec![row(60.0, None), row(70.0, Some(change.clone()))];
        results[1].what_if = vec![row(1000.0, None), row(2000.0, Some(change))];
        let pictures: Vec<String> =
            charts(&Provenance::of(&plan), &results, &Marks::default()).iter().map(Chart::in_page).collect();
        assert_eq!(pictures.len(), 2);
        // The ticks stand one below the other at the same places.
        let ticks = |picture: &str| -> Vec<String> {
            let texts = picture.split("<text x=\"").skip(1).filter_map(|text| text.split_once("</text>"));
            let ticks = texts.map(|(text, _)| text).filter(|text| text.ends_with("m") && !text.contains(' '));
            ticks.filter_map(|text| Some(format!("{} {}", text.split_once('"')?.0, text.rsplit_once('>')?.1))).collect()
        };
        assert_eq!(ticks(&pictures[0]), ticks(&pictures[1]));
        let marks = |picture: &str| picture.matches("<text").count();
        assert_eq!(marks(&pictures[0]), marks(&pictures[1]));
        assert!(pictures[0].contains("m</text>"), "{}", pictures[0]);
    }
}
