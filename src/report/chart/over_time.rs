//! What pictures over time have in common: where the axis ends, its labels, and the headings of panels.

use super::axis::Plot;
use super::canvas::{Anchor, Canvas, LABEL, text_width};
use super::colour::{GREY, INK, PAPER};
use super::marks::{Role, Shown};
use super::sheet::{SMALL, Sheet};
use crate::analysis::ScenarioResult;
use crate::report::format;

/// Left edge of the panels.
pub(super) const LEFT: i32 = 46;

/// Where the time axis ends: beyond what 99 in 100 of the rollouts that complete take, so that the few that never end leave
/// room for the others.
pub(super) fn end(shown: &[Shown<'_>]) -> f64 {
    let last = |result: &ScenarioResult| {
        let whole = result.timeline.last().map_or(0.0, |row| row.at_s);
        let whole = result.statistics.completion.last().map_or(whole, |point| point.0.max(whole));
        match reached(result, 0.99) {
            Some(most) => whole.min(1.3 * most),
            None => whole,
        }
    };
    shown.iter().map(|one| last(one.result)).fold(0.0, f64::max).max(1.0)
}

/// When the share of completed rollouts passes `share` of those that complete; `None` where none does.
pub(super) fn reached(result: &ScenarioResult, share: f64) -> Option<f64> {
    let curve = &result.statistics.completion;
    let all = curve.last()?.1;
    curve.iter().find(|point| point.1 >= all * share && point.1 > 0.0).map(|point| point.0)
}

/// The name of a panel's scenario after its mark.
pub(super) fn title(sheet: &mut Sheet, shown: &Shown<'_>) {
    let name = shown.name();
    if name.is_empty() {
        return;
    }
    let marked = shown.role != Role::Other;
    if marked {
        shown.mark(&mut sheet.canvas, (14, sheet.y), PAPER);
    }
    let left = if marked { 28 } else { 4 };
    let columns = f64::from(sheet.width - left) / (f64::from(SMALL) * 0.6);
    for line in format::wrap(&name, columns as usize) {
        sheet.canvas.text((left, sheet.y), &line, LABEL.size(SMALL).bold().colour(shown.colour(INK)));
        sheet.y += 17;
    }
}

/// The labels of the time axis.
pub(super) fn times(canvas: &mut Canvas, plot: &Plot) {
    let most = ((plot.x.last() - plot.x.first()) / 52).clamp(2, 9) as u32;
    for (value, label) in plot.x.ticks(most) {
        let x = plot.x.at(value);
        canvas.line(&[(x, plot.y.first()), (x, plot.y.first() + 4)], INK, 1);
        // The last label stays in the picture.
        let middle = x.min(plot.x.last() + 12 - text_width(&label, SMALL) / 2);
        canvas.text((middle, plot.y.first() + 14), &label, LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
    }
}

/// Points of a share that changes in steps and stays to the right edge.
pub(super) fn steps(plot: &Plot, curve: &[(f64, f64)]) -> Vec<(i32, i32)> {
    let mut points = vec![(plot.x.first(), plot.y.first())];
    let mut height = plot.y.first();
    for (time, share) in curve.iter().filter(|(time, _)| plot.x.at(*time) < plot.x.last()) {
        let (x, y) = (plot.x.at(*time), plot.y.at(*share));
        points.extend([(x, height), (x, y)]);
        height = y;
    }
    points.push((plot.x.last(), height));
    points.dedup();
    points
}

/// Points of a line that changes in steps and stays to the right edge. It begins at its first level; [`steps`] begins at nothing.
pub(super) fn held(plot: &Plot, levels: impl Iterator<Item = (f64, f64)>) -> Vec<(i32, i32)> {
    let mut points: Vec<(i32, i32)> = Vec::new();
    for (at, level) in levels {
        let (x, y) = (plot.x.at(at), plot.y.at(level));
        if let Some((_, before)) = points.last().copied() {
            points.push((x, before));
        }
        points.push((x, y));
        if x >= plot.x.last() {
            break;
        }
    }
    if let Some((_, y)) = points.last().copied() {
        points.push((plot.x.last(), y));
    }
    points.dedup();
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::axis::{Axis, Quantity};

    #[test]
    fn a_line_stays_level_to_the_right_edge() {
        let axes = |q, pixels| Axis::new(q, 0.0, 1.0, pixels);
        let plot = Plot { x: axes(Quantity::Number, (0, 100)), y: axes(Quantity::Share, (100, 0)) };
        assert_eq!(steps(&plot, &[(0.5, 0.4)]), [(0, 100), (50, 100), (50, 60), (100, 60)]);
    }
}
