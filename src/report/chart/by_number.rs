//! Amounts by a number of choices, as bars with their quantiles, against what there is.

use plotters::style::RGBColor;

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, LABEL, text_width};
use super::colour::{BAD, BEYOND, GREY, GRID, INK, NEUTRAL, WITHIN};
use super::drawn::{Chart, ChartTable};
use super::over_time::LEFT;
use super::sheet::{SMALL, Sheet, Sign};
use crate::report::format;

const HEIGHT: i32 = 190;
/// What there is is drawn up to this many times the largest amount, and else named alone.
const NEAR: f64 = 1.8;

/// One choice.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Bar {
    /// The number.
    pub(in crate::report) label: String,
    /// What stands below it.
    pub(in crate::report) below: String,
    /// Median, 95th and 99th percentile.
    pub(in crate::report) levels: [Option<f64>; 3],
    /// Whether it fits; `None`: nobody knows.
    pub(in crate::report) fits: Option<bool>,
    /// It is recommended.
    pub(in crate::report) is_best: bool,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct ByNumber {
    pub(in crate::report) title: String,
    pub(in crate::report) bars: Vec<Bar>,
    /// What there is.
    pub(in crate::report) room: Option<f64>,
    /// What the room is called, with its amount.
    pub(in crate::report) room_label: String,
    pub(in crate::report) note: String,
    pub(in crate::report) table: ChartTable,
}

impl Bar {
    /// Colours of what the median and what the 99th percentile add.
    const fn colours(&self) -> [RGBColor; 2] {
        match self.fits {
            Some(true) => [WITHIN[2], WITHIN[0]],
            Some(false) => [BEYOND[1], BEYOND[0]],
            None => [NEUTRAL[2], NEUTRAL[0]],
        }
    }

    fn most(&self) -> Option<f64> {
        self.levels.iter().flatten().copied().reduce(f64::max)
    }
}

/// The chart; `None` where nothing is known.
pub(in crate::report) fn chart(file: &str, one: &ByNumber) -> Option<Chart> {
    let most = one.bars.iter().filter_map(Bar::most).reduce(f64::max).filter(|most| most.is_finite())?;
    Some(Chart::sheet(file, &one.title, one.table.clone(), |sheet| {
        sheet.heading(&one.title);
        sheet.legend(&legend(one));
        draw(sheet, one, most);
        sheet.note(&one.note);
    }))
}

fn legend(one: &ByNumber) -> Vec<(Sign, String)> {
    let has = |fits: Option<bool>| one.bars.iter().any(|bar| bar.fits == fits);
    let mut entries = Vec::new();
    if has(Some(true)) {
        entries.push((Sign::Patch(WITHIN[2]), "fits: median".to_owned()));
        entries.push((Sign::Patch(WITHIN[0]), "99th percentile".into()));
    }
    if has(Some(false)) {
        entries.push((Sign::Patch(BEYOND[1]), "does not fit (hatched): median".into()));
        entries.push((Sign::Patch(BEYOND[0]), "99th percentile".into()));
    }
    if has(None) {
        entries.push((Sign::Patch(NEUTRAL[2]), "not known whether it fits: median".into()));
        entries.push((Sign::Patch(NEUTRAL[0]), "99th percentile".into()));
    }
    entries.push((Sign::Line(INK), "95th percentile".into()));
    if one.bars.iter().any(|bar| bar.is_best) {
        entries.push((Sign::Star, "recommended".into()));
    }
    entries
}

fn draw(sheet: &mut Sheet, one: &ByNumber, most: f64) {
    let (top, bottom) = (sheet.y + 6, sheet.y + 6 + HEIGHT);
    let near = one.room.filter(|room| *room > 0.0 && *room <= NEAR * most);
    // Above the bars stand their numbers and the star.
    let y = Axis::new(Quantity::Number, 0.0, 1.22 * near.map_or(most, |room| room.max(most)), (bottom, top));
    let right = sheet.right();
    for (value, label) in y.ticks(5) {
        sheet.canvas.line(&[(LEFT, y.at(value)), (right, y.at(value))], GRID, 1);
        sheet.canvas.text((LEFT - 6, y.at(value)), &label, LABEL.size(SMALL).at(Anchor::Right).colour(GREY));
    }
    let slot = (right - LEFT) / one.bars.len().max(1) as i32;
    let is_wide = one.bars.iter().all(|bar| text_width(&bar.below, SMALL) <= slot - 4);
    for (number, bar) in (0..).zip(&one.bars) {
        let middle = LEFT + slot * number + slot / 2;
        draw_bar(sheet, bar, &y, (middle, (slot / 3).clamp(2, 34)));
        let every = (text_width(&bar.label, SMALL) + 4) / slot.max(1) + 1;
        if number % every == 0 {
            sheet.canvas.text((middle, bottom + 12), &bar.label, LABEL.size(SMALL).at(Anchor::Middle).bold());
        }
        if is_wide {
            let look = LABEL.size(SMALL).at(Anchor::Middle).colour(GREY);
            sheet.canvas.text((middle, bottom + 28), &bar.below, look);
        }
    }
    sheet.canvas.line(&[(LEFT, bottom), (right, bottom)], INK, 1);
    if let Some(room) = near {
        sheet.canvas.dashes((LEFT, y.at(room)), (right, y.at(room)), INK);
        sheet.canvas.tag((LEFT + 6, y.at(room) - 10), &one.room_label, LABEL.size(SMALL).bold());
    } else if one.room.is_some() {
        let arrow = if one.room > Some(0.0) { "↑ " } else { "" };
        let text = format!("{arrow}{}", one.room_label);
        sheet.canvas.text((LEFT + 6, top - 4), &text, LABEL.size(SMALL).bold());
    }
    sheet.y = bottom + if is_wide { 48 } else { 32 };
}

fn draw_bar(sheet: &mut Sheet, bar: &Bar, y: &Axis, (middle, half): (i32, i32)) {
    let Some(most) = bar.most() else { return };
    let canvas = &mut sheet.canvas;
    let (left, right, bottom) = (middle - half, middle + half, y.first());
    let [dark, light] = bar.colours();
    let [p50, p95, p99] = bar.levels;
    for (level, colour) in [(p99, light), (p50, dark)] {
        if let Some(level) = level {
            canvas.rectangle((left, y.at(level)), (right, bottom), colour);
        }
    }
    if bar.fits == Some(false) {
        canvas.hatch((left, y.at(most)), (right, bottom), GREY);
    }
    if let Some(level) = p95 {
        canvas.line(&[(left, y.at(level)), (right, y.at(level))], INK, 2);
    }
    if bar.is_best {
        canvas.outline((left, y.at(most)), (right, bottom), INK, 2);
        canvas.star((middle, y.at(most) - 28), 7);
    }
    let colour = if bar.fits == Some(false) { BAD } else { INK };
    let text = format::number(most);
    if text_width(&text, SMALL) <= 3 * half + 4 {
        let look = LABEL.size(SMALL).at(Anchor::Middle).colour(colour);
        canvas.text((middle, y.at(most) - 10), &text, look.bold());
    }
}
