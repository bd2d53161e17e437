//! Pods over time: quantile bands over the replications, for the scenarios that stand for the rest.

use plotters::style::RGBColor;

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, Canvas, LABEL, picture, text_width};
use super::colour::{BLUE, GREY, INK, VERMILLION};
use super::drawn::Chart;
use super::names::replications;
use crate::analysis::headlines::{DIP_POD_SECONDS, DURATION_P95, PODS_P95, STALLED, SURGE};
use crate::analysis::{ScenarioResult, TimelineRow, least, most};
use crate::report::format;

/// The scenarios that are shown, each with the reason.
type Chosen<'a> = Vec<(String, &'a ScenarioResult)>;

/// Room at the right of a panel, for the names of bounds.
const MARGIN: i32 = 100;

/// Ready pods have the colour of available ones, which they become.
const READY: RGBColor = BLUE;
/// Two lines are drawn as two where this part of a panel's height lies between them.
const CLEAR: f64 = 0.01;

/// What a chart counts over time.
struct PodsOverTime {
    file: &'static str,
    title: &'static str,
    /// The band, and the line of the other count.
    band: fn(&TimelineRow) -> &[f64; 5],
    line: fn(&TimelineRow) -> &[f64; 5],
    colours: (RGBColor, RGBColor),
    /// Whether Ready pods are drawn where they are not the available ones.
    ready: bool,
    key: [&'static str; 2],
    bounds: fn(&ScenarioResult) -> Vec<(&'static str, f64)>,
}

const AVAILABLE: PodsOverTime = PodsOverTime {
    file: "availability.svg",
    title: "Available pods over time",
    band: |row| &row.available,
    line: |row| &row.footprint,
    colours: (BLUE, VERMILLION),
    ready: true,
    key: ["available, median", "on nodes, median"],
    bounds: |result| {
        vec![
            ("desired", f64::from(result.replicas)),
            ("objective", f64::from(result.bounds.objective)),
            ("floor", f64::from(result.bounds.floor)),
        ]
    },
};

const FOOTPRINT: PodsOverTime = PodsOverTime {
    file: "footprint.svg",
    title: "Pods on nodes over time, Terminating ones included",
    band: |row| &row.footprint,
    line: |row| &row.available,
    colours: (VERMILLION, BLUE),
    ready: false,
    key: ["on nodes, median", "available, median"],
    bounds: |result| {
        vec![
            ("desired", f64::from(result.replicas)),
            ("maxSurge", f64::from(result.bounds.ceiling)),
            ("room on nodes", result.bounds.capacity as f64),
        ]
    },
};

/// A chart of availability and one of footprint: a panel for the only scenario, or for the extremes of several.
pub(super) fn charts(seed: u64, results: &[ScenarioResult]) -> Vec<Chart> {
    let drawable: Vec<_> = results.iter().filter(|result| result.timeline.len() > 1).collect();
    [(AVAILABLE, extremes(&drawable)), (FOOTPRINT, extremes_of_room(&drawable))]
        .into_iter()
        .filter(|(_, panels)| !panels.is_empty())
        .map(|(counted, panels)| chart(&counted, &panels, drawable.len(), seed))
        .collect()
}

fn chart(counted: &PodsOverTime, panels: &Chosen<'_>, drawable: usize, seed: u64) -> Chart {
    let shown: Vec<_> = panels.iter().map(|(_, result)| *result).collect();
    let mut subtitle = format!("Quantiles at each instant; {}.", replications(&shown, seed));
    if panels.len() < drawable {
        subtitle.push_str(&format!(" {} of {} scenarios.", panels.len(), format::count(drawable as u64)));
    }
    let across = if panels.len() == 1 { 1 } else { 2 };
    // Long parameters take a second line.
    let lines = shown.iter().map(|result| parameters(result, across).len()).max().unwrap_or(0) as i32;
    let size = if across == 1 { (860, 382 + 18 * lines) } else { (560, 332 + 18 * lines) };
    let rows = (panels.len() as i32 + across - 1) / across;
    let same = shown.iter().all(|result| result.replicas == shown[0].replicas);
    let range = |result: &ScenarioResult| if same { range(counted, &shown) } else { range(counted, &[result]) };
    let parts = |result: &&ScenarioResult| result.timeline.iter().any(|row| apart(row, range(result)));
    let ready = counted.ready && shown.iter().any(parts);
    let drawing = picture(size.0 * across, size.1 * rows + 40, counted.title, &subtitle, |canvas, top| {
        key(canvas, top + 14, counted, ready);
        for (number, (why, result)) in (0..).zip(panels) {
            let corner = (number % across * size.0, top + 40 + number / across * size.1);
            let text = (why.as_str(), parameters(result, across), lines);
            panel(canvas, corner, size, text, result, counted, range(result));
        }
    });
    Chart::of(counted.file, counted.title, drawing)
}

/// In two lines at most.
fn parameters(result: &ScenarioResult, across: i32) -> Vec<String> {
    let columns = if across == 1 { 96 } else { 60 };
    let mut lines = format::wrap(&format::parameters(&result.parameters), columns);
    if lines.len() > 2 {
        lines[1] = format::shorten(&lines[1..].join(" "), columns);
        lines.truncate(2);
    }
    lines.into_iter().map(|line| format::shorten(&line, columns)).collect()
}

/// Up to four scenarios with the reason for each: the fastest, the least dip, the most dip, the most stalls.
fn extremes<'a>(results: &[&'a ScenarioResult]) -> Chosen<'a> {
    let stalling = most(results, STALLED.figure).filter(|result| result.value(STALLED.figure) > Some(0.0));
    chosen(
        results,
        [
            ("Fastest", least(results, DURATION_P95.figure)),
            ("Least dip", least(results, DIP_POD_SECONDS.figure)),
            ("Most dip", most(results, DIP_POD_SECONDS.figure)),
            ("Most stalls", stalling),
        ],
    )
}

/// The most and the fewest pods at once, and the most and the least pods above the desired ones over time.
fn extremes_of_room<'a>(results: &[&'a ScenarioResult]) -> Chosen<'a> {
    chosen(
        results,
        [
            ("Most pods at once", most(results, PODS_P95.figure)),
            ("Fewest pods at once", least(results, PODS_P95.figure)),
            ("Most surge", most(results, SURGE.figure)),
            ("Least surge", least(results, SURGE.figure)),
        ],
    )
}

/// The candidates, each scenario once.
fn chosen<'a>(results: &[&'a ScenarioResult], candidates: [(&str, Option<&'a ScenarioResult>); 4]) -> Chosen<'a> {
    if let [only] = results {
        return vec![(String::new(), only)];
    }
    let mut chosen: Chosen<'a> = Vec::new();
    for (why, result) in candidates.into_iter().filter_map(|(why, result)| Some((why, result?))) {
        match chosen.iter_mut().find(|(_, other)| other.scenario == result.scenario) {
            Some((known, _)) => known.push_str(&format!(", {}", why.to_lowercase())),
            None => chosen.push((why.to_owned(), result)),
        }
    }
    if chosen.is_empty() { results.first().map(|first| (String::new(), *first)).into_iter().collect() } else { chosen }
}

/// Least and greatest number of pods to draw: from 0 unless everything happens far above it.
fn range(counted: &PodsOverTime, results: &[&ScenarioResult]) -> (f64, f64) {
    let rows = || results.iter().flat_map(|result| &result.timeline);
    let counts = |level: usize| rows().flat_map(move |row| [(counted.band)(row)[level], (counted.line)(row)[2]]);
    let desired = || results.iter().map(|result| f64::from(result.replicas));
    let low = counts(0).chain(desired()).fold(f64::INFINITY, f64::min);
    let high = counts(4).chain(desired()).fold(0.0, f64::max);
    let room = ((high - low) * 0.08).max(1.0);
    (if low < 0.6 * high { 0.0 } else { (low - room).max(0.0) }, high + room)
}

fn panel(
    canvas: &mut Canvas,
    (left, top): (i32, i32),
    (width, height): (i32, i32),
    (why, parameters, lines): (&str, Vec<String>, i32),
    result: &ScenarioResult,
    counted: &PodsOverTime,
    (low, high): (f64, f64),
) {
    let number = format!("{why}{}scenario {}", if why.is_empty() { "" } else { ": " }, result.scenario);
    canvas.text((left + 84, top + 10), &number, LABEL.bold());
    for (number, line) in (0..).zip(&parameters) {
        canvas.text((left + 84, top + 28 + 18 * number), line, LABEL.colour(GREY));
    }
    let end = result.timeline.last().map_or(0.0, |row| row.at_s);
    let plot = Plot {
        x: Axis::new(Quantity::Time, 0.0, end, (left + 84, left + width - MARGIN)),
        y: Axis::new(Quantity::Count, low, high, (top + height - 62, top + 28 + 18 * lines)),
    };
    plot.frame(canvas, "time since the rollout's start", "pods");
    let (band, line) = (counted.band, counted.line);
    bands(canvas, &plot, &result.timeline, counted);
    canvas.line(&steps(&plot, &result.timeline, |row| line(row)[2]), counted.colours.1, 2);
    if counted.ready {
        ready(canvas, &plot, &result.timeline, (low, high));
    }
    canvas.line(&steps(&plot, &result.timeline, |row| band(row)[2]), counted.colours.0, 2);
    bounds(canvas, &plot, &(counted.bounds)(result), (low, high));
}

/// Whether the medians of Ready and available pods are clear of each other.
fn apart(row: &TimelineRow, (low, high): (f64, f64)) -> bool {
    (row.ready[2] - row.available[2]).abs() >= CLEAR * (high - low)
}

/// The median of Ready pods, drawn only where it differs visibly from that of available ones.
fn ready(canvas: &mut Canvas, plot: &Plot, rows: &[TimelineRow], range: (f64, f64)) {
    let mut next = 0;
    for run in rows.chunk_by(|a, b| apart(a, range) == apart(b, range)) {
        let first = next;
        next += run.len();
        if !apart(&run[0], range) {
            continue;
        }
        let mut line = steps(plot, &rows[first..rows.len().min(next + 1)], |row| row.ready[2]);
        if first > 0 {
            line.insert(0, (plot.x.at(run[0].at_s), plot.y.at(rows[first - 1].available[2])));
        }
        canvas.broken(&line, READY, 1);
    }
}

/// Dashed lines with their names at the right edge, one below another. A bound above the picture is named at the top.
fn bounds(canvas: &mut Canvas, plot: &Plot, bounds: &[(&str, f64)], (low, high): (f64, f64)) {
    let small = LABEL.size(11).colour(GREY);
    let mut inside: Vec<_> = bounds.iter().filter(|(_, pods)| (low..=high).contains(pods)).collect();
    inside.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (right, mut lowest) = (plot.x.last(), i32::MIN);
    for (name, pods) in bounds.iter().filter(|(_, pods)| *pods > high) {
        let y = (plot.y.last() - 10).max(lowest.saturating_add(14));
        canvas.text((right + 4, y), &format!("↑ {name}"), small);
        canvas.text((right + 12, y + 13), &format::number(*pods), small);
        lowest = y + 13;
    }
    for (name, pods) in inside {
        let y = plot.y.at(*pods);
        canvas.dashes((plot.x.first(), y), (right, y), INK);
        lowest = y.max(lowest.saturating_add(14));
        canvas.line(&[(right + 2, y), (right + 9, lowest)], GREY, 1);
        canvas.text((right + 12, lowest), name, small);
    }
}

fn bands(canvas: &mut Canvas, plot: &Plot, rows: &[TimelineRow], counted: &PodsOverTime) {
    let band = counted.band;
    for (lower, upper, opacity) in [(0, 4, 0.18), (1, 3, 0.3)] {
        let mut outline = steps(plot, rows, |row| band(row)[lower]);
        outline.extend(steps(plot, rows, |row| band(row)[upper]).into_iter().rev());
        canvas.area(&outline, counted.colours.0, opacity);
    }
}

/// Counts of pods change in steps.
fn steps(plot: &Plot, rows: &[TimelineRow], pods: impl Fn(&TimelineRow) -> f64) -> Vec<(i32, i32)> {
    let mut points: Vec<(i32, i32)> = Vec::with_capacity(2 * rows.len());
    for row in rows {
        let (x, y) = (plot.x.at(row.at_s), plot.y.at(pods(row)));
        if let Some((_, before)) = points.last().copied() {
            points.push((x, before));
        }
        points.push((x, y));
    }
    points.dedup();
    points
}

fn key(canvas: &mut Canvas, y: i32, counted: &PodsOverTime, ready: bool) {
    let (band, line) = counted.colours;
    let mut x = 20;
    let names = [counted.key[0], "p25 to p75", "p05 to p95", counted.key[1], "Ready, median"];
    for (number, text) in names.iter().take(if ready { 5 } else { 4 }).enumerate() {
        let (from, to) = ((x, y), (x + 26, y));
        match number {
            0 => canvas.line(&[from, to], band, 3),
            1 | 2 => canvas.area(&square(x, y), band, if number == 1 { 0.42 } else { 0.18 }),
            3 => canvas.line(&[from, to], line, 3),
            _ => canvas.broken(&[from, to], READY, 1),
        }
        canvas.text((x + 33, y), text, LABEL.colour(GREY).at(Anchor::Left));
        x += 46 + text_width(text, LABEL.size);
    }
}

fn square(x: i32, y: i32) -> [(i32, i32); 4] {
    [(x, y - 8), (x + 26, y - 8), (x + 26, y + 8), (x, y + 8)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture;

    #[test]
    fn panels_are_the_extremes_each_once() {
        let (_, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        let panels = extremes(&results.iter().collect::<Vec<_>>());
        let panels: Vec<_> = panels.iter().map(|(why, result)| (why.as_str(), result.scenario)).collect();
        assert_eq!(panels, [("Fastest, least dip, most stalls", 3), ("Most dip", 0)]);
    }

    #[test]
    fn ready_is_drawn_and_named_only_where_it_is_not_available() {
        let (_, mut results) = fixture::one();
        let shown = |results: &[ScenarioResult]| {
            charts(1, results).iter().map(|chart| chart.svg.contains("Ready, median")).collect::<Vec<_>>()
        };
        assert_eq!(shown(&results), [true, false]);
        for row in &mut results[0].timeline {
            row.ready = row.available;
        }
        assert_eq!(shown(&results), [false, false]);
    }
}
