//! How often rollouts stall, with the uncertainty of each rate.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, Canvas, LABEL, picture, text_width};
use super::colour::{GREY, GRID, INK, VERMILLION};
use super::{Chart, Names, replications};
use crate::analysis::ScenarioResult;
use crate::report::human;
use crate::report::select::value;
use crate::stats::Estimate;

const TITLE: &str = "Share of rollouts that stalled";
const BARS: usize = 20;
const ROW: i32 = 26;

/// Bars for the scenarios that stall most; none where nothing stalled.
pub(super) fn chart(seed: u64, results: &[ScenarioResult]) -> Option<Chart> {
    let mut order: Vec<_> = results.iter().filter(|r| value(r, "stalled_rate", "rate") > Some(0.0)).collect();
    if order.is_empty() {
        return None;
    }
    let rate = |r: &ScenarioResult| value(r, "stalled_rate", "rate").unwrap_or(0.0);
    order.sort_by(|a, b| rate(b).total_cmp(&rate(a)).then(a.scenario.cmp(&b.scenario)));
    let shown = &order[..order.len().min(BARS)];
    let estimates: Vec<_> =
        shown.iter().filter_map(|r| Some((*r, r.statistics.get("stalled_rate", "rate")?))).collect();
    let mut names = Names::of(shown, 46);
    names.heading = names.heading.map(|heading| human::shorten(&heading, 56));
    let labels = names.names.iter().chain(&names.heading);
    let left = 30 + labels.map(|label| text_width(label, LABEL.size)).max().unwrap_or(0);
    let head = if names.heading.is_some() { ROW } else { 0 };
    let height = 76 + head + ROW * estimates.len() as i32;
    let width = left + 560;
    let drawing = picture(width, height, TITLE, &subtitle(results, &order, seed), |canvas, top| {
        let highest = estimates.iter().filter_map(|(_, e)| e.high.or(e.value)).fold(0.0, f64::max).min(1.0);
        let x = Axis::new(Quantity::Share, 0.0, (highest * 1.05).min(1.0), (left, width - 90));
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

fn subtitle(results: &[ScenarioResult], order: &[&ScenarioResult], seed: u64) -> String {
    let mut text = format!("Bars with 95 % Wilson intervals; {}.", replications(order, seed));
    if let Some(next) = order.get(BARS).and_then(|result| value(result, "stalled_rate", "rate")) {
        let more = human::plural((order.len() - BARS) as u64, "more scenario");
        text.push_str(&format!(" The {BARS} highest; {more} stalled in at most {}.", human::percent(next)));
    }
    let never = results.len() - order.len();
    if never > 0 {
        let scenarios = human::plural(never as u64, "scenario");
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
    canvas.area(&[(x.first(), y - 8), (x.at(rate), y - 8), (x.at(rate), y + 8), (x.first(), y + 8)], VERMILLION, 0.75);
    let mut end = x.at(rate);
    if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
        let (low, high) = (x.at(low), x.at(high));
        canvas.line(&[(low, y), (high, y)], INK, 1);
        for end in [low, high] {
            canvas.line(&[(end, y - 4), (end, y + 4)], INK, 1);
        }
        end = high;
    }
    canvas.text((end + 10, y), &human::percent(rate), LABEL);
}
