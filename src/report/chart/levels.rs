//! Available pods over time, as shares of the rollouts by level, above the lines of completion.

use plotters::style::RGBColor;

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, LABEL};
use super::colour::{GREY, INK, LEVELS};
use super::completion;
use super::drawn::{Chart, ChartTable};
use super::marks::{Marks, Shown};
use super::names::replications;
use super::over_time::{LEFT, end, times, title};
use super::sheet::{SMALL, Sheet, Sign};
use crate::analysis::{LevelRow, ScenarioResult};
use crate::report::format;

const TITLE: &str = "Available pods over time, as shares of the rollouts";
const HEIGHT: i32 = 96;
/// A level in which never more than this share of the rollouts is has no entry in the legend.
const SEEN: f64 = 0.001;

/// A level of availability of a scenario.
struct Level {
    name: String,
    colour: RGBColor,
    /// By time in seconds the share of rollouts with fewer pods than the level above begins at, which are in this level or below.
    at_most: Vec<(f64, f64)>,
    /// The greatest share of rollouts that are in it at once.
    most: f64,
}

/// The chart; a sentence where all pods are always available.
pub(super) fn chart(seed: u64, results: &[ScenarioResult], marks: &Marks) -> Result<Chart, Option<String>> {
    let drawable: Vec<_> = results.iter().filter(|result| !result.levels.is_empty()).collect();
    let shown = marks.panels(&drawable);
    if shown.is_empty() {
        return Err(None);
    }
    let mut all: Vec<Vec<Level>> = shown.iter().map(|one| levels(one.result)).collect();
    let fewer = all.iter().map(|levels| most_with_fewer(levels)).fold(0.0, f64::max);
    if fewer < SEEN {
        return Err(Some(constant(&shown, fewer)));
    }
    let same = shown.iter().all(|one| one.result.replicas == shown[0].result.replicas);
    if same {
        paint(&mut all);
    } else {
        all.chunks_mut(1).for_each(paint);
    }
    let end = end(&shown);
    let table = table(&shown, &all);
    let note = note(&shown, seed, drawable.len());
    Ok(Chart::sheet("availability.svg", TITLE, table, |sheet| {
        sheet.heading(TITLE);
        if same {
            let first = &all[0];
            let seen = |place: usize| place == 0 || all.iter().any(|levels| levels[place].most >= SEEN);
            let entries = (0..first.len()).filter(|place| seen(*place));
            sheet.legend(&entries.map(|place| entry(&first[place])).collect::<Vec<_>>());
        }
        for (one, levels) in shown.iter().zip(&all) {
            panel(sheet, one, levels, end, !same);
        }
        completion::lines(sheet, &shown, Axis::new(Quantity::Time, 0.0, end, (LEFT, sheet.right())));
        sheet.note(&note);
    }))
}

/// Gives the levels that are seen in one of the panels colours as far apart as there are.
fn paint(panels: &mut [Vec<Level>]) {
    let places = panels.iter().map(Vec::len).max().unwrap_or(0);
    let is_seen =
        |place: usize| place == 0 || panels.iter().any(|levels| levels.get(place).is_some_and(|one| one.most >= SEEN));
    let seen: Vec<bool> = (0..places).map(is_seen).collect();
    let last = seen.iter().filter(|seen| **seen).count().saturating_sub(1).max(1);
    // Only having no pod at all is as dark as can be.
    let darkest = if seen.last() == Some(&true) { LEVELS.len() - 1 } else { LEVELS.len() - 3 };
    for levels in panels {
        for (place, level) in levels.iter_mut().enumerate() {
            let rank = seen.iter().take(place).filter(|seen| **seen).count();
            level.colour = LEVELS[(rank * darkest / last).min(darkest)];
        }
    }
}

fn entry(level: &Level) -> (Sign, String) {
    (Sign::Patch(level.colour), level.name.clone())
}

/// The greatest share of rollouts in which fewer than all pods are available at once.
fn most_with_fewer(levels: &[Level]) -> f64 {
    let below = levels.get(1).map(|level| level.at_most.as_slice()).unwrap_or_default();
    below.iter().map(|(_, share)| *share).fold(0.0, f64::max)
}

/// What is said instead of a chart; `fewer` is the greatest share of rollouts in which fewer than all pods are available at once.
fn constant(shown: &[Shown<'_>], fewer: f64) -> String {
    let pods = shown.iter().map(|one| one.result.replicas);
    let (least, most) = (pods.clone().min().unwrap_or(0), pods.max().unwrap_or(0));
    let pods = if least == most { format!("all {} pods", format::count(most.into())) } else { "all pods".into() };
    let run = shown.iter().map(|one| one.result.statistics.n);
    let (least, most) = (run.clone().min().unwrap_or(0), run.max().unwrap_or(0));
    let each = if shown.len() == 1 { "" } else { " of each scenario" };
    let rollouts = match (least == most, least) {
        (true, 1) => format!("the one simulated rollout{each}"),
        (true, _) => format!("the {} simulated rollouts{each}", format::count(most)),
        (false, _) => format!("the {} to {} simulated rollouts{each}", format::count(least), format::count(most)),
    };
    match (fewer > 0.0, least) {
        (true, _) => format!("At any moment {pods} are available in more than 99.9% of {rollouts}."),
        (false, 0 | 1) => format!("{} stay available in {rollouts}. Others may differ.", format::capital(&pods)),
        (false, _) => format!("{} stay available in all of {rollouts}.", format::capital(&pods)),
    }
}

/// The levels of a scenario, all pods first.
fn levels(result: &ScenarioResult) -> Vec<Level> {
    let steps: Vec<&[LevelRow]> = result.levels.chunk_by(|a, b| a.level == b.level).collect();
    let count = steps.len() + 1;
    let mut levels = Vec::with_capacity(count);
    let mut above: Option<u32> = None;
    for place in 0..count {
        let from = steps.get(place).map_or(0, |rows| rows[0].level);
        // Fewer than the level above begins at; of the highest level that is everybody.
        let at_most = match place.checked_sub(1).and_then(|place| steps.get(place)) {
            None => vec![(0.0, 1.0)],
            Some(rows) => rows.iter().map(|row| (row.at_s, 1.0 - row.share)).collect(),
        };
        let most = most_in(steps.get(place.wrapping_sub(1)).copied(), steps.get(place).copied());
        levels.push(Level { name: name(from, above), colour: LEVELS[0], at_most, most });
        above = Some(from);
    }
    levels
}

/// The greatest share of rollouts between two levels: fewer pods than `above` begins at, and at least as many as `from`.
fn most_in(above: Option<&[LevelRow]>, from: Option<&[LevelRow]>) -> f64 {
    let rows = above.into_iter().chain(from).flatten();
    let at = |rows: Option<&[LevelRow]>, at_s: f64, none: f64| {
        let held = rows.and_then(|rows| rows.iter().take_while(|row| row.at_s <= at_s).last());
        held.map_or(none, |row| row.share)
    };
    rows.map(|row| at(from, row.at_s, 1.0) - at(above, row.at_s, 0.0)).fold(0.0, f64::max)
}

/// `12 (all)`, `11`, `6 to 8`, `none`.
fn name(from: u32, above: Option<u32>) -> String {
    let count = |pods: u32| format::count(pods.into());
    match above {
        None => format!("{} available (all)", count(from)),
        Some(1) => "none".into(),
        Some(above) if above == from + 1 => count(from),
        Some(above) => format!("{} to {}", count(from), count(above - 1)),
    }
}

fn note(shown: &[Shown<'_>], seed: u64, all: usize) -> String {
    let results: Vec<_> = shown.iter().map(|one| one.result).collect();
    let mut note = format!(
        "Each panel: the share of the rollouts with so many pods at each time; {}.",
        replications(&results, seed)
    );
    if shown.len() < all {
        note.push_str(&format!(" {} of {} scenarios.", shown.len(), format::count(all as u64)));
    }
    note
}

fn panel(sheet: &mut Sheet, shown: &Shown<'_>, levels: &[Level], end: f64, legend: bool) {
    title(sheet, shown);
    if legend {
        let seen = levels.iter().enumerate().filter(|(place, level)| *place == 0 || level.most >= SEEN);
        sheet.legend(&seen.map(|(_, level)| entry(level)).collect::<Vec<_>>());
    }
    let (top, bottom) = (sheet.y - 4, sheet.y - 4 + HEIGHT);
    let plot = Plot {
        x: Axis::new(Quantity::Time, 0.0, end, (LEFT, sheet.right())),
        y: Axis::new(Quantity::Share, 0.0, 1.0, (bottom, top)),
    };
    let canvas = &mut sheet.canvas;
    for level in levels {
        canvas.area(&outline(&plot, &level.at_most), level.colour, 1.0);
    }
    for (share, label) in [(0.0, "0%"), (0.5, "50%"), (1.0, "100%")] {
        let y = plot.y.at(share);
        canvas.text((LEFT - 6, y), label, LABEL.size(SMALL).at(Anchor::Right).colour(GREY));
    }
    canvas.line(&[(LEFT, top), (LEFT, bottom), (plot.x.last(), bottom)], INK, 1);
    times(canvas, &plot);
    sheet.y = bottom + 34;
}

/// The area below a share that changes in steps.
fn outline(plot: &Plot, steps: &[(f64, f64)]) -> Vec<(i32, i32)> {
    let mut points = vec![(plot.x.first(), plot.y.first())];
    let mut height = plot.y.first();
    for (time, share) in steps.iter().filter(|(time, _)| plot.x.at(*time) < plot.x.last()) {
        let (x, y) = (plot.x.at(*time), plot.y.at(*share));
        points.extend([(x, height), (x, y)]);
        height = y;
    }
    points.extend([(plot.x.last(), height), (plot.x.last(), plot.y.first())]);
    points.dedup();
    points
}

/// For every level the greatest share of rollouts that are in it at once.
fn table(shown: &[Shown<'_>], all: &[Vec<Level>]) -> ChartTable {
    let mut table = ChartTable::new(["scenario", "pods available", "most rollouts at once"]);
    for (one, levels) in shown.iter().zip(all) {
        for level in levels.iter().filter(|level| level.most > 0.0) {
            let name = if one.name().is_empty() { format!("scenario {}", one.result.scenario) } else { one.name() };
            table.rows.push(vec![name, level.name.replace(" available", ""), format::share(level.most)]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture;

    /// The sentence of a sweep in which all pods stay available but for `fewer` of the rollouts.
    fn said(scenarios: usize, run: u64, fewer: f64) -> Result<(), Option<String>> {
        let (_, results) = fixture::one();
        let mut result = results[0].clone();
        result.statistics.n = run;
        for row in &mut result.levels {
            row.share = 1.0 - fewer;
        }
        let results: Vec<_> =
            (0..).take(scenarios).map(|scenario| ScenarioResult { scenario, ..result.clone() }).collect();
        let marks = Marks { recommended: vec![0], now: vec![1], ..Marks::default() };
        chart(42, &results, &marks).map(|_| ())
    }

    #[test]
    fn what_is_constant_is_said_with_the_rollouts_that_show_it() {
        for (scenarios, run, fewer, sentence) in [
            (1, 2000, 0.0, "All 20 pods stay available in all of the 2,000 simulated rollouts."),
            (2, 2000, 0.0, "All 20 pods stay available in all of the 2,000 simulated rollouts of each scenario."),
            (
                1,
                2000,
                0.0005,
                "At any moment all 20 pods are available in more than 99.9% of the 2,000 simulated rollouts.",
            ),
            (1, 1, 0.0, "All 20 pods stay available in the one simulated rollout. Others may differ."),
            (2, 1, 0.0, "All 20 pods stay available in the one simulated rollout of each scenario. Others may differ."),
        ] {
            assert_eq!(said(scenarios, run, fewer), Err(Some(sentence.into())));
        }
        assert_eq!(said(1, 1000, 0.001), Ok(()), "a chart");
    }

    #[test]
    fn levels_are_named_and_their_shares_add_up() {
        let (_, results) = fixture::one();
        let levels = levels(&results[0]);
        let names: Vec<_> = levels.iter().map(|level| level.name.as_str()).collect();
        assert_eq!(names, ["20 available (all)", "19", "18", "15 to 17", "10 to 14", "1 to 9", "none"]);
        assert_eq!(levels[0].most, 1.0, "all are available at the start");
        assert_eq!(levels[6].most, 0.0);
        assert_eq!(
            (name(0, Some(4)), name(3, Some(4)), name(0, Some(1))),
            ("0 to 3".into(), "3".into(), "none".into())
        );
    }
}
