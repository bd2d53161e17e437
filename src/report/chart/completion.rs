//! The share of rollouts completed by a time.

use plotters::style::RGBColor;

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, Canvas, LABEL, text_width};
use super::colour::{BAD, GREY, GRID, INK, LINES};
use super::drawn::{Chart, ChartTable};
use super::marks::{Marks, Role, Shown};
use super::names::replications;
use super::over_time::{LEFT, end, reached, steps, times};
use super::sheet::{SMALL, Sheet, Sign};
use crate::analysis::ScenarioResult;
use crate::analysis::headlines::{COMPLETED, DURATION_P50, DURATION_P95};
use crate::report::format;

const TITLE: &str = "Rollouts completed by a time";

/// Lines of the scenarios that the text names; nothing where [`super::levels`] has the same lines already.
pub(super) fn chart(seed: u64, results: &[ScenarioResult], marks: &Marks) -> Option<Chart> {
    let drawable: Vec<_> = results.iter().filter(|result| is_drawable(result)).collect();
    let shown = marks.named(&drawable);
    if shown.is_empty() {
        return None;
    }
    let mut note =
        format!("{}.", format::capital(&replications(&shown.iter().map(|one| one.result).collect::<Vec<_>>(), seed)));
    if shown.len() < results.len() {
        note.push_str(&format!(" {} of {} scenarios.", shown.len(), format::count(results.len() as u64)));
    }
    if shown.iter().any(|one| one.result.value(COMPLETED.figure) < Some(1.0)) {
        note.push_str(" A line that ends below 100% has rollouts that were not complete when the watch ended.");
    }
    Some(Chart::sheet("durations.svg", TITLE, table(&shown), |sheet| {
        sheet.heading(TITLE);
        let names = shown.iter().zip(colours(&shown)).map(|(one, colour)| (sign(one, colour), named(one)));
        sheet.legend(&names.collect::<Vec<_>>());
        let height = if sheet.is_narrow() { 190 } else { 250 };
        let x = time_axis(&shown, (LEFT, sheet.right()));
        draw(sheet, &shown, x, height);
        if x.is_logarithmic() {
            sheet.note("The time axis is logarithmic.");
        }
        sheet.note(&note);
    }))
}

/// Where one scenario takes ten times as long as another, a linear axis would show only the slow one.
fn time_axis(shown: &[Shown<'_>], pixels: (i32, i32)) -> Axis {
    let end = end(shown);
    let firsts = shown.iter().filter_map(|one| reached(one.result, 0.0));
    let first = firsts.fold(f64::INFINITY, f64::min);
    if first.is_finite() && first > 0.0 && end > 12.0 * first {
        return Axis::logarithmic(Quantity::Time, first * 0.8, end, pixels);
    }
    Axis::new(Quantity::Time, 0.0, end, pixels)
}

fn named(one: &Shown<'_>) -> String {
    let name = one.name();
    if name.is_empty() { "rollouts".into() } else { format::shorten(&name, 100) }
}

fn sign(one: &Shown<'_>, colour: RGBColor) -> Sign {
    match one.role {
        Role::Recommended | Role::Both => Sign::Star,
        Role::Now => Sign::Ring,
        Role::Other => Sign::Line(colour),
    }
}

fn is_drawable(result: &ScenarioResult) -> bool {
    !result.statistics.completion.is_empty() || result.value(COMPLETED.figure) == Some(0.0)
}

/// A colour for each scenario: its own where it has a mark, and none of these for the others.
fn colours(shown: &[Shown<'_>]) -> Vec<RGBColor> {
    let mut others = [LINES[2], LINES[5], LINES[6], LINES[1], LINES[7], LINES[4]].into_iter().cycle();
    shown
        .iter()
        .map(|one| if one.role == Role::Other { others.next().unwrap_or(INK) } else { one.colour(INK) })
        .collect()
}

/// The lines below panels with the same time axis.
pub(super) fn lines(sheet: &mut Sheet, shown: &[Shown<'_>], x: Axis) {
    let drawn: Vec<_> = shown.iter().filter(|one| is_drawable(one.result)).cloned().collect();
    if drawn.is_empty() {
        return;
    }
    sheet.subheading("Rollouts complete", INK);
    draw(sheet, &drawn, x, 96);
}

fn draw(sheet: &mut Sheet, shown: &[Shown<'_>], x: Axis, height: i32) {
    let (top, bottom) = (sheet.y - 4, sheet.y - 4 + height);
    let plot = Plot { x, y: Axis::new(Quantity::Share, 0.0, 1.0, (bottom, top)) };
    let canvas = &mut sheet.canvas;
    for share in [0.0, 0.5, 1.0] {
        let y = plot.y.at(share);
        canvas.line(&[(LEFT, y), (plot.x.last(), y)], GRID, 1);
        canvas.text((LEFT - 6, y), &format::share(share), LABEL.size(SMALL).at(Anchor::Right).colour(GREY));
    }
    let colours = colours(shown);
    for (one, colour) in shown.iter().zip(&colours) {
        canvas.line(&steps(&plot, &one.result.statistics.completion), *colour, 2);
    }
    canvas.line(&[(LEFT, top), (LEFT, bottom), (plot.x.last(), bottom)], INK, 1);
    labels(canvas, &plot, shown, &colours);
    times(canvas, &plot);
    let middle = i32::midpoint(LEFT, plot.x.last());
    let text = "time since the rollout's start";
    canvas.text((middle, bottom + 32), text, LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
    sheet.y = bottom + 54;
}

/// `recommended` or `now`; of several with the same mark what tells them apart.
fn line_label(one: &Shown<'_>, shown: &[Shown<'_>]) -> String {
    if shown.iter().filter(|other| other.role == one.role).count() < 2 {
        return one.label();
    }
    let differs = |pair: &&(String, String)| shown.iter().any(|other| !other.result.parameters.contains(pair));
    let own: Vec<_> = one.result.parameters.iter().filter(differs).cloned().collect();
    format::shorten(&format::parameters(&own), 30)
}

/// `recommended` and `now` at their lines, and `never` at the right edge of what never completes.
fn labels(canvas: &mut Canvas, plot: &Plot, shown: &[Shown<'_>], colours: &[RGBColor]) {
    let mut never = plot.y.first() - 10;
    let mut taken: Vec<[i32; 4]> = Vec::new();
    for (one, colour) in shown.iter().zip(colours) {
        if one.result.statistics.completion.is_empty() {
            let text = if one.label().is_empty() { "never".into() } else { format!("{}: never", one.label()) };
            canvas.text((plot.x.last() - 4, never), &text, LABEL.size(SMALL).bold().at(Anchor::Right).colour(BAD));
            never -= 15;
            continue;
        }
        if one.role == Role::Other || shown.len() == 1 {
            continue;
        }
        let (text, half) = (line_label(one, shown), SMALL as i32 / 2 + 1);
        let width = text_width(&text, SMALL) + 4;
        let places = [0.5, 0.3, 0.7, 0.15, 0.85].into_iter().filter_map(|share| {
            let x = plot.x.at(reached(one.result, share)?);
            Some([(x + 6, share), (x - width - 4, share)])
        });
        let area = |(x, share): (i32, f64)| {
            let y = plot.y.at(share);
            [x, y - half, x + width, y + half]
        };
        let free = |place: &(i32, f64)| {
            let [left, top, right, bottom] = area(*place);
            let apart = |other: &[i32; 4]| other[2] < left || right < other[0] || other[3] < top || bottom < other[1];
            left > plot.x.first() && right < plot.x.last() && taken.iter().all(apart)
        };
        if let Some(place) = places.flatten().find(free) {
            canvas.tag((place.0, plot.y.at(place.1)), &text, LABEL.size(SMALL).bold().colour(*colour));
            taken.push(area(place));
        }
    }
}

fn table(shown: &[Shown<'_>]) -> ChartTable {
    let mut table = ChartTable::new(["scenario", "half complete by", "95 of 100 complete by", "complete"]);
    for one in shown {
        let text = |value: Option<f64>, show: fn(f64) -> String| value.map_or("–".to_owned(), show);
        table.rows.push(vec![
            named(one),
            text(one.result.value(DURATION_P50.figure), format::time),
            text(one.result.value(DURATION_P95.figure), format::time),
            text(one.result.value(COMPLETED.figure), format::share),
        ]);
    }
    table
}
