//! Completion over time: for each scenario the share of rollouts completed by a time.

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Canvas, LABEL, picture, text_width};
use super::colour::{GREY, LINES};
use super::drawn::Chart;
use super::names::{Names, replications};
use crate::analysis::headlines::{DURATION_P95, UNFINISHED};
use crate::analysis::{ScenarioResult, spread};
use crate::report::format;

const WIDTH: i32 = 960;
const HEIGHT: i32 = 420;
const TITLE: &str = "Share of rollouts completed over time";
/// What the right end of the time axis may hide of a curve.
const TAIL: f64 = 0.005;

/// The curves; more scenarios than colours are thinned evenly in order of their p95 duration.
pub(super) fn chart(seed: u64, results: &[ScenarioResult]) -> Option<Chart> {
    let drawable: Vec<_> = results.iter().filter(|r| !r.statistics.completion.is_empty()).collect();
    if drawable.is_empty() {
        return None;
    }
    let shown = spread(&by_speed(&drawable), LINES.len());
    let (end, cut) = end(&shown);
    let mut subtitle = format!("{}.", replications(&shown, seed));
    if shown.len() < drawable.len() {
        let (shown, all) = (shown.len(), format::count(drawable.len() as u64));
        subtitle.push_str(&format!(" {shown} of {all} scenarios, evenly spaced in order of p95 duration."));
    }
    if shown.iter().any(|result| censored(result)) {
        subtitle.push_str(" + at the end: the rest was still unfinished when the watch ended (censored).");
    } else {
        subtitle.push_str(" A curve that levels off below 100 % has rollouts that never completed.");
    }
    if cut {
        subtitle.push_str(" The last 0.5 % of the slowest completions lie beyond the right edge.");
    }
    let first = first(&shown);
    // Where one scenario takes ten times as long as another, a linear axis would show only the slow one.
    let ratios = first > 0.0 && end > 12.0 * first;
    if ratios {
        subtitle.push_str(" The time axis is logarithmic.");
    }
    let names = Names::of(&shown, 38);
    let drawing = picture(WIDTH, HEIGHT, TITLE, &subtitle, |canvas, top| {
        let plot = Plot {
            x: if ratios {
                Axis::logarithmic(Quantity::Time, first * 0.8, end, (84, 600))
            } else {
                Axis::new(Quantity::Time, 0.0, end, (84, 600))
            },
            y: Axis::new(Quantity::Share, 0.0, 1.0, (top + HEIGHT - 60, top + 16)),
        };
        plot.frame(canvas, "time since the rollout's start", "rollouts completed");
        for (number, (result, colour)) in shown.iter().zip(LINES).enumerate() {
            let line = steps(&plot, &result.statistics.completion);
            let covering = shown[number + 1..].iter().filter(|later| coincide(&plot, result, later)).count() as u32;
            canvas.line(&line, colour, 2 + 2 * covering.min(3));
            if let (true, Some((x, y))) = (censored(result), line.last().copied()) {
                canvas.line(&[(x - 6, y), (x + 6, y)], colour, 2);
                canvas.line(&[(x, y - 6), (x, y + 6)], colour, 2);
            }
        }
        if shown.len() > 1 {
            labels(canvas, &plot, &shown);
        }
        key(canvas, top + 26, &names);
    });
    Some(Chart::of("durations.svg", TITLE, drawing))
}

/// Whether some rollouts were unfinished at the horizon.
fn censored(result: &ScenarioResult) -> bool {
    result.value(UNFINISHED.figure) > Some(0.0)
}

/// Where a curve reaches a share; `None` where it does not, or beyond the right edge.
fn reached(plot: &Plot, result: &ScenarioResult, share: f64) -> Option<i32> {
    let point = result.statistics.completion.iter().find(|point| point.1 >= share)?;
    Some(plot.x.at(point.0)).filter(|x| *x < plot.x.last())
}

/// Whether one curve would hide the other.
fn coincide(plot: &Plot, one: &ScenarioResult, other: &ScenarioResult) -> bool {
    let near = |share| match (reached(plot, one, share), reached(plot, other, share)) {
        (Some(a), Some(b)) => (a - b).abs() <= 2,
        (a, b) => a == b,
    };
    (1..20).map(|twentieth| f64::from(twentieth) / 20.0).all(near)
}

/// The number of each scenario at its curve, where there is room.
fn labels(canvas: &mut Canvas, plot: &Plot, shown: &[&ScenarioResult]) {
    let mut taken: Vec<(i32, i32, i32)> = Vec::new();
    for result in shown {
        let text = result.scenario.to_string();
        let width = text_width(&text, 11) + 4;
        let places = [0.5, 0.6, 0.4, 0.7, 0.3, 0.8, 0.2].into_iter();
        let mut places = places.filter_map(|share| Some((reached(plot, result, share)? + 6, plot.y.at(share))));
        let free = |(x, y): &(i32, i32)| {
            let apart = |other: &(i32, i32, i32)| (other.1 - y).abs() >= 13 || x + width < other.0 || other.2 < *x;
            x + width < plot.x.last() && taken.iter().all(apart)
        };
        if let Some((x, y)) = places.find(free) {
            canvas.tag((x, y), &text, LABEL.size(11));
            taken.push((x, y, x + width));
        }
    }
}

fn key(canvas: &mut Canvas, top: i32, names: &Names) {
    let mut y = top;
    if let Some(heading) = &names.heading {
        for line in format::wrap(heading, 40) {
            canvas.text((622, y), &line, LABEL.colour(GREY));
            y += 20;
        }
        y += 4;
    }
    for (name, colour) in names.names.iter().zip(LINES) {
        canvas.line(&[(622, y), (646, y)], colour, 3);
        canvas.text((654, y), name, LABEL);
        y += 24;
    }
}

/// Fastest p95 first; those without one are slowest.
fn by_speed<'a>(results: &[&'a ScenarioResult]) -> Vec<&'a ScenarioResult> {
    let mut order = results.to_vec();
    let key = |r: &ScenarioResult| r.value(DURATION_P95.figure).unwrap_or(f64::INFINITY);
    order.sort_by(|a, b| key(a).total_cmp(&key(b)).then(a.scenario.cmp(&b.scenario)));
    order
}

/// When the first rollout of all is completed.
fn first(shown: &[&ScenarioResult]) -> f64 {
    let times = shown.iter().filter_map(|result| result.statistics.completion.iter().find(|point| point.1 > 0.0));
    times.map(|point| point.0).fold(f64::INFINITY, f64::min)
}

/// Where the time axis ends, and whether that hides the tail of a curve.
fn end(shown: &[&ScenarioResult]) -> (f64, bool) {
    let mut end: f64 = 0.0;
    let mut last: f64 = 0.0;
    for result in shown {
        let curve = &result.statistics.completion;
        let all = curve.last().map_or(0.0, |point| point.1);
        let nearly = curve.iter().find(|point| point.1 >= all * (1.0 - TAIL)).map_or(0.0, |point| point.0);
        end = end.max(nearly);
        last = last.max(curve.last().map_or(0.0, |point| point.0));
    }
    if last <= 1.3 * end { (last * 1.02, false) } else { (end * 1.05, true) }
}

fn steps(plot: &Plot, curve: &[(f64, f64)]) -> Vec<(i32, i32)> {
    let mut points = vec![(plot.x.first(), plot.y.first())];
    let mut height = plot.y.first();
    for (time, share) in curve {
        if plot.x.at(*time) >= plot.x.last() {
            break;
        }
        let (x, y) = (plot.x.at(*time), plot.y.at(*share));
        points.extend([(x, height), (x, y)]);
        height = y;
    }
    points.push((plot.x.last(), height));
    points.dedup();
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture;

    #[test]
    fn curves_are_listed_fastest_first() {
        let (_, results) = fixture::sweep(&["1", "2", "5"], &["0", "3"], &["0", "30"]);
        let order = by_speed(&results.iter().collect::<Vec<_>>());
        let p95: Vec<_> = order.iter().map(|r| r.value(DURATION_P95.figure).unwrap_or(f64::INFINITY)).collect();
        assert!(p95.is_sorted());
        assert_eq!(p95.last(), Some(&f64::INFINITY));
    }

    #[test]
    fn curve_stays_level_to_the_right_edge() {
        let axes = |q, pixels| Axis::new(q, 0.0, 1.0, pixels);
        let plot = Plot { x: axes(Quantity::Number, (0, 100)), y: axes(Quantity::Share, (100, 0)) };
        assert_eq!(steps(&plot, &[(0.5, 0.4)]), [(0, 100), (50, 100), (50, 60), (100, 60)]);
    }
}
