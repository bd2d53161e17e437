//! Amounts over time, one on top of the other, against what there is.

use plotters::style::RGBColor;

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, LABEL, text_width};
use super::colour::{GREY, GRID, INK, LINES, NEUTRAL};
use super::drawn::{Chart, ChartTable};
use super::over_time::{LEFT, times};
use super::sheet::{SMALL, Sheet, Sign};

const HEIGHT: i32 = 210;
const NEAR: f64 = 1.8;
/// Layers with a colour of their own.
pub(in crate::report) const LAYERS: usize = 5;

/// One part of the whole.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Layer {
    pub(in crate::report) name: String,
    /// By instant.
    pub(in crate::report) amounts: Vec<f64>,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Stacked {
    pub(in crate::report) title: String,
    pub(in crate::report) seconds: Vec<f64>,
    /// The largest first, at most [`LAYERS`], and then all others together.
    pub(in crate::report) layers: Vec<Layer>,
    /// A quantile of the whole, with what it is called.
    pub(in crate::report) most: Option<(String, Vec<f64>)>,
    pub(in crate::report) room: Option<f64>,
    /// What the room is called, with its amount.
    pub(in crate::report) room_label: String,
    pub(in crate::report) note: String,
    pub(in crate::report) table: ChartTable,
}

/// The chart; `None` where nothing is ever taken.
pub(in crate::report) fn chart(file: &str, one: &Stacked) -> Option<Chart> {
    let whole = |instant: usize| -> f64 { one.layers.iter().map(|layer| at(layer, instant)).sum() };
    let line = one.most.iter().flat_map(|(_, line)| line.iter().copied());
    let most = (0..one.seconds.len()).map(whole).chain(line).fold(0.0, f64::max);
    if !(most > 0.0 && most.is_finite()) || one.seconds.len() < 2 {
        return None;
    }
    Some(Chart::sheet(file, &one.title, one.table.clone(), |sheet| {
        sheet.heading(&one.title);
        let mut legend: Vec<(Sign, String)> =
            (0..).zip(&one.layers).map(|(number, layer)| (Sign::Patch(colour(number)), layer.name.clone())).collect();
        legend.extend(one.most.iter().map(|(name, _)| (Sign::Line(INK), name.clone())));
        sheet.legend(&legend);
        draw(sheet, one, most);
        sheet.note(&one.note);
    }))
}

fn at(layer: &Layer, instant: usize) -> f64 {
    layer.amounts.get(instant).copied().unwrap_or(0.0).max(0.0)
}

fn colour(number: usize) -> RGBColor {
    if number < LAYERS { LINES[number] } else { NEUTRAL[2] }
}

fn draw(sheet: &mut Sheet, one: &Stacked, most: f64) {
    let (top, bottom) = (sheet.y + 6, sheet.y + 6 + HEIGHT);
    let near = one.room.filter(|room| *room > 0.0 && *room <= NEAR * most);
    let end = one.seconds.last().copied().unwrap_or(1.0);
    let plot = Plot {
        x: Axis::new(Quantity::Time, 0.0, end, (LEFT, sheet.right())),
        y: Axis::new(Quantity::Number, 0.0, 1.1 * near.map_or(most, |room| room.max(most)), (bottom, top)),
    };
    let canvas = &mut sheet.canvas;
    for (value, label) in plot.y.ticks(5) {
        let y = plot.y.at(value);
        canvas.line(&[(LEFT, y), (plot.x.last(), y)], GRID, 1);
        canvas.text((LEFT - 6, y), &label, LABEL.size(SMALL).at(Anchor::Right).colour(GREY));
    }
    let points = |levels: &[f64]| -> Vec<(i32, i32)> {
        one.seconds.iter().zip(levels).map(|(second, level)| (plot.x.at(*second), plot.y.at(*level))).collect()
    };
    let mut lower = vec![0.0; one.seconds.len()];
    for (number, layer) in one.layers.iter().enumerate().rev() {
        let upper: Vec<f64> = lower.iter().enumerate().map(|(instant, below)| below + at(layer, instant)).collect();
        let mut outline = points(&upper);
        outline.extend(points(&lower).into_iter().rev());
        canvas.area(&outline, colour(number), 1.0);
        lower = upper;
    }
    if let Some((_, line)) = &one.most {
        canvas.line(&points(line), INK, 2);
    }
    canvas.line(&[(LEFT, top), (LEFT, bottom), (plot.x.last(), bottom)], INK, 1);
    let left_of = |text: &str| plot.x.last() - text_width(text, SMALL) - 4;
    if let Some(room) = near {
        canvas.dashes((LEFT, plot.y.at(room)), (plot.x.last(), plot.y.at(room)), INK);
        canvas.tag((left_of(&one.room_label), plot.y.at(room) - 10), &one.room_label, LABEL.size(SMALL).bold());
    } else if one.room.is_some() {
        let text = format!("{}{}", if one.room > Some(0.0) { "↑ " } else { "" }, one.room_label);
        canvas.tag((left_of(&text), top), &text, LABEL.size(SMALL).bold());
    }
    times(canvas, &plot);
    sheet.y = bottom + 36;
}
