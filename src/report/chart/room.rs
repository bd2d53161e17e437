//! Pods on nodes over time, against the room that the nodes have.

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, Canvas, LABEL};
use super::colour::{GREY, GRID, INK};
use super::drawn::{Chart, ChartTable};
use super::marks::{Marks, Shown};
use super::names::replications;
use super::over_time::{LEFT, end, held, times, title};
use super::sheet::{SMALL, Sheet, Sign};
use crate::analysis::ScenarioResult;
use crate::analysis::headlines::PODS_P95;
use crate::report::format;

const TITLE: &str = "Pods on nodes over time, Terminating ones included";
const HEIGHT: i32 = 130;

/// The chart; a sentence where there are never more pods on nodes than wanted.
pub(super) fn chart(seed: u64, results: &[ScenarioResult], marks: &Marks) -> Result<Chart, Option<String>> {
    let drawable: Vec<_> = results.iter().filter(|result| result.timeline.len() > 1).collect();
    let shown = marks.panels(&drawable);
    if shown.is_empty() {
        return Err(None);
    }
    let is_constant = |one: &Shown<'_>| {
        let wanted = f64::from(one.result.replicas);
        one.result.timeline.iter().all(|row| row.footprint[4] <= wanted)
    };
    if shown.iter().all(is_constant) {
        return Err(Some("In 95 of 100 rollouts there are never more pods on nodes than wanted.".into()));
    }
    let end = end(&shown);
    let same = shown.iter().all(|one| one.result.replicas == shown[0].result.replicas);
    let results: Vec<_> = shown.iter().map(|one| one.result).collect();
    let mut note = format!("Quantiles at each time; {}.", replications(&results, seed));
    if shown.len() < drawable.len() {
        note.push_str(&format!(" {} of {} scenarios.", shown.len(), format::count(drawable.len() as u64)));
    }
    Ok(Chart::sheet("room.svg", TITLE, table(&shown), |sheet| {
        sheet.heading(TITLE);
        sheet.legend(&[
            (Sign::Line(INK), "median".into()),
            (Sign::Band(INK), "90 of 100 rollouts".into()),
            (Sign::Dashes, "wanted, and room on nodes".into()),
        ]);
        for one in &shown {
            let most = if same { most(&results) } else { most(&[one.result]) };
            panel(sheet, one, end, most);
        }
        sheet.note(&note);
    }))
}

/// The greatest number of pods to draw. A room far above all pods is named at the top.
fn most(results: &[&ScenarioResult]) -> f64 {
    let pods = results.iter().flat_map(|result| &result.timeline).map(|row| row.footprint[4]);
    let wanted = results.iter().map(|result| f64::from(result.replicas));
    let most = pods.chain(wanted).fold(1.0, f64::max);
    let room = results.iter().map(|result| result.bounds.capacity as f64).filter(|room| *room <= 1.6 * most);
    room.fold(most, f64::max) * 1.08
}

fn panel(sheet: &mut Sheet, shown: &Shown<'_>, end: f64, most: f64) {
    title(sheet, shown);
    let (top, bottom) = (sheet.y - 4, sheet.y - 4 + HEIGHT);
    let margin = if sheet.is_narrow() { 62 } else { 110 };
    let plot = Plot {
        x: Axis::new(Quantity::Time, 0.0, end, (LEFT, sheet.right() - margin)),
        y: Axis::new(Quantity::Count, 0.0, most, (bottom, top)),
    };
    let canvas = &mut sheet.canvas;
    for (value, label) in plot.y.ticks(4) {
        let y = plot.y.at(value);
        canvas.line(&[(LEFT, y), (plot.x.last(), y)], GRID, 1);
        canvas.text((LEFT - 6, y), &label, LABEL.size(SMALL).at(Anchor::Right).colour(GREY));
    }
    let colour = shown.colour(INK);
    let levels = |quantile: usize| shown.result.timeline.iter().map(move |row| (row.at_s, row.footprint[quantile]));
    let mut outline = held(&plot, levels(0));
    outline.extend(held(&plot, levels(4)).into_iter().rev());
    canvas.area(&outline, colour, 0.25);
    canvas.line(&held(&plot, levels(2)), colour, 2);
    canvas.line(&[(LEFT, top), (LEFT, bottom), (plot.x.last(), bottom)], INK, 1);
    bounds(canvas, &plot, shown.result, most);
    times(canvas, &plot);
    sheet.y = bottom + 34;
}

/// Dashed lines with their names at the right edge.
fn bounds(canvas: &mut Canvas, plot: &Plot, result: &ScenarioResult, most: f64) {
    let look = LABEL.size(SMALL).colour(GREY);
    let right = plot.x.last();
    let wanted = f64::from(result.replicas);
    let room = result.bounds.capacity as f64;
    let at = |pods: f64| plot.y.at(pods);
    canvas.dashes((plot.x.first(), at(wanted)), (right, at(wanted)), INK);
    let room_y = if room > most { plot.y.last() + 2 } else { at(room) };
    if room <= most {
        canvas.dashes((plot.x.first(), room_y), (right, room_y), INK);
    }
    let arrow = if room > most { "↑ " } else { "" };
    let (upper, lower) = (room_y.min(at(wanted) - 15), at(wanted).max(room_y.min(at(wanted)) + 15));
    let texts = [
        (room, format!("{arrow}room {}", format::number(room))),
        (wanted, format!("wanted {}", format::number(wanted))),
    ];
    let [first, second] = if room >= wanted { [&texts[0].1, &texts[1].1] } else { [&texts[1].1, &texts[0].1] };
    if (room - wanted).abs() < 0.5 {
        canvas.text((right + 6, at(wanted)), &texts[0].1, look);
    } else if room >= wanted {
        canvas.text((right + 6, upper), first, look);
        canvas.text((right + 6, at(wanted)), second, look);
    } else {
        canvas.text((right + 6, at(wanted)), first, look);
        canvas.text((right + 6, lower.max(at(room))), second, look);
    }
}

fn table(shown: &[Shown<'_>]) -> ChartTable {
    let mut table =
        ChartTable::new(["scenario", "wanted", "most pods on nodes in 95 of 100 rollouts", "room on nodes"]);
    for one in shown {
        let name = if one.name().is_empty() { format!("scenario {}", one.result.scenario) } else { one.name() };
        let pods = one.result.value(PODS_P95.figure).map_or("–".to_owned(), format::number);
        let room = format::count(one.result.bounds.capacity);
        table.rows.push(vec![name, format::count(one.result.replicas.into()), pods, room]);
    }
    table
}
