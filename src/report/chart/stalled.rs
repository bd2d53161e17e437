//! How often rollouts stall, with the uncertainty of each rate.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, Canvas, LABEL, picture, text_width};
use super::colour::{GREY, GRID, INK, VERMILLION};
use super::drawn::Chart;
use super::names::{Names, replications};
use crate::analysis::ScenarioResult;
use crate::analysis::headlines::STALLED;
use crate::report::format;
use crate::stats::Estimate;

const TITLE: &str = "Share of rollouts that stalled";
const BARS: usize = 20;
const ROW: i32 = 26;

/// Bars for the scenarios that stall most; none where nothing stalled.
pub(super) fn chart(seed: u64, results: &[ScenarioResult]) -> Option<Chart> {
    let mut order: Vec<_> = results.iter().filter(|r| r.value(STALLED.figure) > Some(0.0)).collect();
    if order.is_empty() {
        return None;
    }
    let rate = |r: &ScenarioResult| r.value(STALLED.figure).unwrap_or(0.0);
    order.sort_by(|a, b| rate(b).total_cmp(&rate(a)).then(a.scenario.cmp(&b.scenario)));
    let shown = &order[..order.len().min(BARS)];
    let estimates: Vec<_> = shown.iter().filter_map(|r| Some((*r, r.statistics.get(STALLED.figure)?))).collect();
    let mut names = Names::of(shown, 46);
    names.heading = names.heading.map(|heading| format::shorten(&heading, 56));
    let labels = names.names.iter().chain(&names.heading);
    let left = 30 + labels.map(|label| text_width(label, LABEL.size)).max().unwrap_or(0);
    let head = if names.heading.is_some() { ROW } else { 0 };
    let height = 76 + head + ROW * estimates.len() as i32;
    let width = left + 560;
    let wide = is_wide(&estimates.iter().map(|(_, estimate)| *estimate).collect::<Vec<_>>());
    let mut subtitle = subtitle(results, &order, seed);
    if wide {
        subtitle = subtitle.replacen("Bars with", "Logarithmic scale; rates with", 1);
    }
    let drawing = picture(width, height, TITLE, &subtitle, |canvas, top| {
        let x = axis(&estimates.iter().map(|(_, estimate)| *estimate).collect::<Vec<_>>(), (left, width - 90));
        grid(canvas, &x, top, top + height - 60);
        if let Some(heading) = &names.heading {
            canvas.text((left - 10, top + 8 + ROW / 2), heading, LABEL.at(Anchor::Right).colour(GREY));
        }
        for (number, ((_, estimate), label)) in (0..).zip(estimates.iter().zip(&names.names)) {
            let y = top + 8 + head + ROW * number + ROW / 2;
            canvas.text((left - 10, y), label, LABEL.at(Anchor::Right));
            bar(canvas, &x, y, estimate);
        }
    });
    Some(Chart::of("stalled.svg", TITLE, drawing))
}

/// The axis begins at 0, unless the lowest rate would then be too small to see.
fn axis(estimates: &[&Estimate], pixels: (i32, i32)) -> Axis {
    let high = estimates.iter().filter_map(|e| e.high.or(e.value)).fold(0.0, f64::max).min(1.0);
    let end = (high * 1.05).min(1.0);
    if is_wide(estimates) {
        let low = estimates.iter().filter_map(|e| e.low.or(e.value)).filter(|low| *low > 0.0).fold(1.0, f64::min);
        return Axis::logarithmic(Quantity::Share, low.clamp(1e-5, 0.001), (high * 1.25).min(1.0), pixels);
    }
    Axis::new(Quantity::Share, 0.0, end, pixels)
}

/// Whether the greatest rate is many times the least.
fn is_wide(estimates: &[&Estimate]) -> bool {
    let values = || estimates.iter().filter_map(|estimate| estimate.value);
    values().fold(0.0, f64::max) > 20.0 * values().fold(1.0, f64::min)
}

fn subtitle(results: &[ScenarioResult], order: &[&ScenarioResult], seed: u64) -> String {
    let mut text = format!("Bars with 95 % Wilson intervals; {}.", replications(order, seed));
    if let Some(next) = order.get(BARS).and_then(|result| result.value(STALLED.figure)) {
        let more = format::plural((order.len() - BARS) as u64, "more scenario");
        text.push_str(&format!(" The {BARS} highest; {more} stalled in at most {}.", format::percent(next)));
    }
    let never = results.len() - order.len();
    if never > 0 {
        let scenarios = format::plural(never as u64, "scenario");
        text.push_str(&format!(" {scenarios} never stalled and {} not shown.", if never == 1 { "is" } else { "are" }));
    }
    text
}

fn grid(canvas: &mut Canvas, x: &Axis, top: i32, bottom: i32) {
    for (value, label) in x.ticks(6) {
        canvas.line(&[(x.at(value), top), (x.at(value), bottom)], GRID, 1);
        canvas.text((x.at(value), bottom + 14), &label, LABEL.at(Anchor::Middle));
    }
    canvas.line(&[(x.first(), top), (x.first(), bottom)], INK, 1);
    let middle = i32::midpoint(x.first(), x.last());
    canvas.text((middle, bottom + 36), "rollouts that stalled", LABEL.at(Anchor::Middle));
}

fn bar(canvas: &mut Canvas, x: &Axis, y: i32, estimate: &Estimate) {
    let rate = estimate.value.unwrap_or(0.0);
    let mut end = x.at(rate);
    // A logarithmic axis has no 0 for a bar to begin at.
    if !x.is_logarithmic() {
        canvas.area(&[(x.first(), y - 8), (end, y - 8), (end, y + 8), (x.first(), y + 8)], VERMILLION, 0.75);
    }
    if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
        let (low, high) = (x.at(low), x.at(high));
        canvas.line(&[(low, y), (high, y)], INK, 1);
        for end in [low, high] {
            canvas.line(&[(end, y - 4), (end, y + 4)], INK, 1);
        }
        end = high;
    }
    if x.is_logarithmic() {
        canvas.disc((x.at(rate), y), 5, VERMILLION);
    }
    canvas.text((end + 10, y), &format::percent(rate), LABEL);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(value: f64) -> Estimate {
        Estimate { low: Some(value / 2.0), high: Some((2.0 * value).min(1.0)), ..Estimate::point(value, 1000) }
    }

    #[test]
    fn one_in_a_thousand_is_seen_beside_all() {
        let rates = [0.6, 0.001].map(estimate);
        let axis = axis(&rates.iter().collect::<Vec<_>>(), (100, 500));
        assert!(axis.is_logarithmic());
        assert!(axis.at(0.001) > 115 && axis.at(0.6) < 495, "{axis:?}");
        assert!(axis.ticks(6).iter().any(|(_, label)| label == "0.1 %"), "{axis:?}");
    }

    #[test]
    fn rates_of_one_size_stand_on_nought() {
        let rates = [0.003, 0.001].map(estimate);
        let axis = axis(&rates.iter().collect::<Vec<_>>(), (100, 500));
        assert!(!axis.is_logarithmic());
        assert_eq!(axis.at(0.0), 100);
        assert!(axis.at(0.001) > 150);
    }
}
