//! Availability over time: quantile bands over the replications, for the scenarios that stand for the rest.

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, Canvas, LABEL, picture, text_width};
use super::colour::{BLUE, GREY, INK, VERMILLION};
use super::{Chart, replications};
use crate::analysis::{ScenarioResult, TimelineRow};
use crate::report::human;
use crate::report::select::{extreme, value};

const TITLE: &str = "Available pods over time";

/// A panel for the only scenario, or for the extremes of several.
pub(super) fn charts(seed: u64, results: &[ScenarioResult]) -> Option<Chart> {
    let drawable: Vec<_> = results.iter().filter(|result| result.timeline.len() > 1).collect();
    let panels = extremes(&drawable);
    if panels.is_empty() {
        return None;
    }
    let shown: Vec<_> = panels.iter().map(|(_, result)| *result).collect();
    let mut subtitle = format!("Quantiles at each instant; {}.", replications(&shown, seed));
    if panels.len() < drawable.len() {
        subtitle.push_str(&format!(" {} of {} scenarios.", panels.len(), human::count(drawable.len() as u64)));
    }
    let across = if panels.len() == 1 { 1 } else { 2 };
    let size = if across == 1 { (860, 400) } else { (540, 350) };
    let rows = (panels.len() as i32 + across - 1) / across;
    let svg = picture(size.0 * across, size.1 * rows + 40, TITLE, &subtitle, |canvas, top| {
        key(canvas, top + 14);
        for (number, (why, result)) in (0..).zip(&panels) {
            let corner = (number % across * size.0, top + 40 + number / across * size.1);
            let same = shown.iter().all(|other| other.replicas == result.replicas);
            let range = if same { range(&shown) } else { range(&[result]) };
            panel(canvas, corner, size, why, result, range);
        }
    });
    Some(Chart { file: "availability.svg".into(), title: TITLE.into(), svg })
}

/// Up to four scenarios with what makes each worth a look: the fastest, the safest, the deepest dip, the most stalls.
fn extremes<'a>(results: &[&'a ScenarioResult]) -> Vec<(String, &'a ScenarioResult)> {
    if let [only] = results {
        return vec![(String::new(), only)];
    }
    let stalling =
        extreme(results, "stalled_rate", "rate", -1.0).filter(|r| value(r, "stalled_rate", "rate") > Some(0.0));
    let candidates = [
        ("Fastest", extreme(results, "duration_s", "p95", 1.0)),
        ("Least dip", extreme(results, "dip_pod_seconds", "mean", 1.0)),
        ("Most dip", extreme(results, "dip_pod_seconds", "mean", -1.0)),
        ("Most stalls", stalling),
    ];
    let mut chosen: Vec<(String, &ScenarioResult)> = Vec::new();
    for (why, result) in candidates.into_iter().filter_map(|(why, result)| Some((why, result?))) {
        match chosen.iter_mut().find(|(_, other)| other.scenario == result.scenario) {
            Some((known, _)) => known.push_str(&format!(", {}", why.to_lowercase())),
            None => chosen.push((why.to_owned(), result)),
        }
    }
    if chosen.is_empty() {
        results.first().map(|first| vec![(String::new(), *first)]).unwrap_or_default()
    } else {
        chosen
    }
}

/// Least and greatest number of pods to draw: from 0 unless everything happens far above it.
fn range(results: &[&ScenarioResult]) -> (f64, f64) {
    let rows = || results.iter().flat_map(|result| &result.timeline);
    let desired = || results.iter().map(|result| f64::from(result.replicas));
    let low =
        rows().flat_map(|row| [row.available[0], row.footprint[2]]).chain(desired()).fold(f64::INFINITY, f64::min);
    let high = rows().flat_map(|row| [row.available[4], row.footprint[2]]).chain(desired()).fold(0.0, f64::max);
    let room = ((high - low) * 0.08).max(1.0);
    (if low < 0.6 * high { 0.0 } else { (low - room).max(0.0) }, high + room)
}

fn panel(
    canvas: &mut Canvas<'_>,
    (left, top): (i32, i32),
    (width, height): (i32, i32),
    why: &str,
    result: &ScenarioResult,
    (low, high): (f64, f64),
) {
    let number = format!("{why}{}scenario {}", if why.is_empty() { "" } else { ": " }, result.scenario);
    canvas.text((left + 84, top + 10), &number, LABEL.bold());
    let parameters = human::shorten(&human::parameters(&result.parameters), ((width - 114) / 7) as usize);
    canvas.text((left + 84, top + 28), &parameters, LABEL.colour(GREY));
    let end = result.timeline.last().map_or(0.0, |row| row.at_s);
    let plot = Plot {
        x: Axis::new(Quantity::Time, 0.0, end, (left + 84, left + width - 30)),
        y: Axis::new(Quantity::Number, low, high, (top + height - 62, top + 46)),
    };
    plot.frame(canvas, "time since the rollout's start", "pods");
    bands(canvas, &plot, &result.timeline);
    let y = plot.y.at(f64::from(result.replicas));
    canvas.dashes((plot.x.first(), y), (plot.x.last(), y), INK);
    canvas.line(&steps(&plot, &result.timeline, |row| row.footprint[2]), VERMILLION, 2);
    canvas.line(&steps(&plot, &result.timeline, |row| row.available[2]), BLUE, 2);
}

fn bands(canvas: &mut Canvas<'_>, plot: &Plot, rows: &[TimelineRow]) {
    for (lower, upper, opacity) in [(0, 4, 0.18), (1, 3, 0.3)] {
        let mut outline = steps(plot, rows, |row| row.available[lower]);
        outline.extend(steps(plot, rows, |row| row.available[upper]).into_iter().rev());
        canvas.area(&outline, BLUE, opacity);
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

fn key(canvas: &mut Canvas<'_>, y: i32) {
    let mut x = 20;
    for (number, text) in
        ["available, median", "p25 to p75", "p05 to p95", "footprint, median", "desired"].iter().enumerate()
    {
        let (from, to) = ((x, y), (x + 26, y));
        match number {
            0 => canvas.line(&[from, to], BLUE, 3),
            1 | 2 => canvas.area(&square(x, y), BLUE, if number == 1 { 0.42 } else { 0.18 }),
            3 => canvas.line(&[from, to], VERMILLION, 3),
            _ => canvas.dashes(from, to, INK),
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
    use crate::report::fixture;

    #[test]
    fn panels_are_the_extremes_each_once() {
        let (_, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        let panels = extremes(&results.iter().collect::<Vec<_>>());
        let panels: Vec<_> = panels.iter().map(|(why, result)| (why.as_str(), result.scenario)).collect();
        assert_eq!(panels, [("Fastest, least dip, most stalls", 3), ("Most dip", 0)]);
    }
}
