//! Speed against availability: the scenarios that no other beats in both.

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Canvas, LABEL, picture, text_width};
use super::colour::{GREY, INK, scale};
use super::{Chart, Names, replications};
use crate::analysis::ScenarioResult;
use crate::report::human;
use crate::report::select::{Point, front, spread, value};

const TITLE: &str = "What speed costs in availability";
const WIDTH: i32 = 980;
const HEIGHT: i32 = 470;
const NAMED: usize = 12;
const RIGHT: i32 = 590;

/// The chart; it takes three scenarios to speak of a trade-off.
pub(super) fn chart(seed: u64, results: &[ScenarioResult]) -> Option<Chart> {
    let points: Vec<_> = results.iter().filter_map(Point::of).collect();
    if points.len() < 3 {
        return None;
    }
    let front = front(&points);
    let shown: Vec<_> = points.iter().map(|point| point.result).collect();
    let mut subtitle = format!(
        "Left and low is better. The line joins the scenarios that no other beats in both; darker points use more surge. {}.",
        replications(&shown, seed)
    );
    let missing = results.len() - points.len();
    if missing > 0 {
        let scenarios = human::plural(missing as u64, "scenario");
        subtitle.push_str(&format!(" {scenarios} without a p95 duration not shown."));
    }
    let drawing = picture(WIDTH, HEIGHT, TITLE, &subtitle, |canvas, top| draw(canvas, top, &points, &front));
    Some(Chart::of("trade-off.svg", TITLE, drawing))
}

fn surge(point: &Point<'_>) -> f64 {
    value(point.result, "surge_pod_seconds", "mean").unwrap_or(0.0)
}

fn draw(canvas: &mut Canvas, top: i32, points: &[Point<'_>], front: &[Point<'_>]) {
    let most = |get: fn(&Point<'_>) -> f64| points.iter().map(get).fold(0.0, f64::max);
    let plot = Plot {
        x: Axis::new(Quantity::Time, 0.0, most(|p| p.duration) * 1.05, (100, RIGHT)),
        y: Axis::new(Quantity::Number, 0.0, most(|p| p.dip) * 1.08, (top + HEIGHT - 66, top + 16)),
    };
    plot.frame(canvas, "duration, 95th percentile", "mean dip [pod-seconds]");
    let at = |point: &Point<'_>| (plot.x.at(point.duration), plot.y.at(point.dip));
    let line: Vec<_> = front.iter().map(at).collect();
    canvas.line(&line, INK, 1);
    let scale_of_surge = Axis::new(Quantity::Number, 0.0, most(surge), (top + HEIGHT - 66, top + HEIGHT - 186));
    let on_front = |point: &Point<'_>| front.iter().any(|other| other.result.scenario == point.result.scenario);
    for point in points.iter().filter(|point| !on_front(point)).chain(front) {
        canvas.disc(at(point), if on_front(point) { 7 } else { 4 }, scale(scale_of_surge.share(surge(point))));
    }
    labels(canvas, &plot, front, &points.iter().map(at).collect::<Vec<_>>());
    key(canvas, top, front);
    surge_bar(canvas, RIGHT + 32, &scale_of_surge);
}

/// Numbers beside the points of the front: clear of all points if they can be, at least of each other and of the front.
/// Where there is no room the number is left out; the list names the point.
fn labels(canvas: &mut Canvas, plot: &Plot, front: &[Point<'_>], discs: &[(i32, i32)]) {
    let at = |point: &Point<'_>| (plot.x.at(point.duration), plot.y.at(point.dip));
    let around = |(x, y): (i32, i32), radius: i32| [x - radius, y - radius, x + radius, y + radius];
    let others: Vec<_> = discs.iter().map(|disc| around(*disc, 4)).collect();
    let mut taken: Vec<_> = front.iter().map(|point| around(at(point), 7)).collect();
    for point in front {
        let text = point.result.scenario.to_string();
        let (x, y) = at(point);
        let width = text_width(&text, LABEL.size);
        let places =
            [(12, -12), (-width - 11, 13), (12, 13), (-width - 11, -12), (13, 0)].map(|(dx, dy)| (x + dx, y + dy));
        let area = |(x, y): (i32, i32)| [x - 1, y - 8, x + width + 1, y + 8];
        let free = |place: &(i32, i32)| {
            let area = area(*place);
            let inside = area[0] > plot.x.first() && area[2] < plot.x.last() && area[3] < plot.y.first();
            inside && taken.iter().all(|other| apart(&area, other))
        };
        let clear = |place: &&(i32, i32)| free(place) && others.iter().all(|other| apart(&area(**place), other));
        if let Some(place) = places.iter().find(clear).or(places.iter().find(|place| free(place))).copied() {
            canvas.tag(place, &text, LABEL.bold());
            taken.push(area(place));
        }
    }
}

const fn apart(a: &[i32; 4], b: &[i32; 4]) -> bool {
    a[2] < b[0] || b[2] < a[0] || a[3] < b[1] || b[3] < a[1]
}

fn key(canvas: &mut Canvas, top: i32, front: &[Point<'_>]) {
    let left = RIGHT + 32;
    let listed: Vec<_> = spread(front, NAMED).iter().map(|point| point.result).collect();
    let names = Names::of(&listed, 44);
    let mut y = top + 18;
    canvas.text((left, y), "Beaten by no other, fastest first", LABEL.bold());
    if let Some(heading) = &names.heading {
        for line in human::wrap(heading, 44) {
            y += 19;
            canvas.text((left, y), &line, LABEL.colour(GREY));
        }
    }
    for name in &names.names {
        y += 19;
        canvas.text((left, y), name, LABEL);
    }
    if listed.len() < front.len() {
        let rest = format!("{} of {}", listed.len(), human::count(front.len() as u64));
        canvas.text((left, y + 19), &rest, LABEL.colour(GREY));
    }
}

fn surge_bar(canvas: &mut Canvas, left: i32, surge: &Axis) {
    let (bottom, top) = (surge.first(), surge.last());
    canvas.text((left, top - 18), "mean surge [pod-seconds]", LABEL.bold());
    for step in 0..40 {
        let y = |step: i32| bottom + (top - bottom) * step / 40;
        canvas.rectangle((left, y(step + 1)), (left + 16, y(step)), scale(f64::from(step) / 39.0));
    }
    for (value, label) in surge.ticks(5) {
        canvas.line(&[(left + 16, surge.at(value)), (left + 21, surge.at(value))], INK, 1);
        canvas.text((left + 26, surge.at(value)), &label, LABEL);
    }
}
