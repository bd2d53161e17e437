//! The remaining course of a rollout: how many new pods are available, over time, with the range of what is likely.

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, LABEL};
use super::colour::{BLUE, GREY, GRID, INK};
use super::drawn::{Chart, ChartTable};
use super::over_time::{LEFT, held, times};
use super::sheet::{SMALL, Sheet, Sign};

const HEIGHT: i32 = 190;
const NARROW_HEIGHT: i32 = 150;
const TITLE: &str = "New pods available";

/// What is drawn.
pub(in crate::report) struct Remaining {
    pub(in crate::report) seconds: Vec<f64>,
    /// By level: 5th, 25th, 50th, 75th and 95th percentile, then by instant: pods.
    pub(in crate::report) levels: [Vec<f64>; 5],
    pub(in crate::report) wanted: u32,
    /// What the time counts from.
    pub(in crate::report) since: String,
    pub(in crate::report) note: String,
    pub(in crate::report) table: ChartTable,
}

/// The chart; `None` where no pod is wanted.
pub(in crate::report) fn chart(file: &str, one: &Remaining) -> Option<Chart> {
    let end = one.seconds.last().copied().filter(|end| *end > 0.0 && one.wanted > 0)?;
    Some(Chart::sheet(file, TITLE, one.table.clone(), |sheet| {
        sheet.heading(TITLE);
        sheet.legend(&[
            (Sign::Line(BLUE), "median".to_owned()),
            (Sign::Band(BLUE), "half of the rollouts; lighter: 90 of 100".to_owned()),
            (Sign::Dashes, "wanted".to_owned()),
        ]);
        draw(sheet, one, end);
        sheet.note(&one.note);
    }))
}

fn draw(sheet: &mut Sheet, one: &Remaining, end: f64) {
    let height = if sheet.is_narrow() { NARROW_HEIGHT } else { HEIGHT };
    let (top, bottom) = (sheet.y - 4, sheet.y - 4 + height);
    let most = one.levels.iter().flatten().copied().fold(f64::from(one.wanted), f64::max);
    let plot = Plot {
        x: Axis::new(Quantity::Time, 0.0, end, (LEFT, sheet.right())),
        y: Axis::new(Quantity::Number, 0.0, 1.06 * most, (bottom, top)),
    };
    let canvas = &mut sheet.canvas;
    for (value, label) in plot.y.ticks(4) {
        let y = plot.y.at(value);
        canvas.line(&[(LEFT, y), (plot.x.last(), y)], GRID, 1);
        canvas.text((LEFT - 6, y), &label, LABEL.size(SMALL).at(Anchor::Right).colour(GREY));
    }
    let stepped = |level: usize| held(&plot, one.seconds.iter().copied().zip(one.levels[level].iter().copied()));
    for (low, high, opacity) in [(0, 4, 0.16), (1, 3, 0.3)] {
        let mut outline = stepped(low);
        outline.extend(stepped(high).into_iter().rev());
        canvas.area(&outline, BLUE, opacity);
    }
    canvas.line(&stepped(2), BLUE, 2);
    let wanted = plot.y.at(f64::from(one.wanted));
    canvas.dashes((LEFT, wanted), (plot.x.last(), wanted), INK);
    canvas.line(&[(LEFT, top), (LEFT, bottom), (plot.x.last(), bottom)], INK, 1);
    times(canvas, &plot);
    let middle = i32::midpoint(LEFT, plot.x.last());
    canvas.text((middle, bottom + 32), &one.since, LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
    sheet.y = bottom + 54;
}
