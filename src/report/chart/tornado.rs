//! How far each of several things moves a number, the one that moves it farthest on top.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, LABEL, text_width};
use super::colour::{GREY, GRID, INK, LEVELS};
use super::drawn::{Chart, ChartTable};
use super::sheet::{SMALL, Sheet, Sign};
use crate::report::format;

/// Height of a row: its name, and the bar below it.
const ROW: i32 = 42;
/// Half the height of a bar.
const HALF: i32 = 7;
/// Room at both sides for the values at the ends of bars.
const SIDE: i32 = 58;
/// What is left of the room at the right is for what never comes.
const NEVER: i32 = 6;

/// The number at one end of a range.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Side {
    /// The number as text.
    pub(in crate::report) label: String,
    /// `None`: it is beyond every number.
    pub(in crate::report) value: Option<f64>,
    /// Its limits.
    pub(in crate::report) limits: Option<[f64; 2]>,
}

/// What one thing does.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Bar {
    pub(in crate::report) name: String,
    /// At the least and at the greatest level.
    pub(in crate::report) ends: [Side; 2],
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Tornado {
    pub(in crate::report) title: String,
    pub(in crate::report) bars: Vec<Bar>,
    /// The number as everything is written.
    pub(in crate::report) written: f64,
    pub(in crate::report) written_label: String,
    pub(in crate::report) is_time: bool,
    pub(in crate::report) is_share: bool,
    pub(in crate::report) note: String,
    pub(in crate::report) table: ChartTable,
}

/// The chart; `None` where nothing moves the number.
pub(in crate::report) fn chart(file: &str, one: &Tornado) -> Option<Chart> {
    if one.bars.is_empty() {
        return None;
    }
    Some(Chart::sheet(file, &one.title, one.table.clone(), |sheet| {
        sheet.heading(&one.title);
        sheet.legend(&[
            (Sign::Patch(LEVELS[2]), "least level of the range".into()),
            (Sign::Patch(LEVELS[6]), "greatest level".into()),
        ]);
        draw(sheet, one);
        sheet.note(&one.note);
    }))
}

impl Tornado {
    /// The least and the greatest number that is drawn.
    fn ends(&self) -> (f64, f64) {
        let sides = self.bars.iter().flat_map(|bar| &bar.ends);
        let all = sides.flat_map(|side| side.value.into_iter().chain(side.limits.into_iter().flatten()));
        let (low, high) = all
            .filter(|value| value.is_finite())
            .fold((self.written, self.written), |(low, high), value| (low.min(value), high.max(value)));
        if high > low { (low, high) } else { (low * 0.5, low * 1.5 + 1e-9) }
    }

    fn axis(&self, pixels: (i32, i32)) -> Axis {
        let (low, high) = self.ends();
        let quantity = match (self.is_time, self.is_share) {
            (true, _) => Quantity::Time,
            (_, true) => Quantity::Share,
            _ => Quantity::Number,
        };
        Axis::new(quantity, low, high, pixels)
    }
}

fn draw(sheet: &mut Sheet, one: &Tornado) {
    let pixels = (SIDE, sheet.right() - SIDE);
    let x = one.axis(pixels);
    let (top, bottom) = (sheet.y, sheet.y + ROW * one.bars.len() as i32);
    for (value, label) in x.ticks(if sheet.is_narrow() { 4 } else { 7 }) {
        sheet.canvas.line(&[(x.at(value), top), (x.at(value), bottom)], GRID, 1);
        sheet.canvas.text((x.at(value), bottom + 12), &label, LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
    }
    let written = x.at(one.written);
    for (number, bar) in (0..).zip(&one.bars) {
        draw_bar(sheet, bar, &x, (written, top + ROW * number));
    }
    sheet.canvas.line(&[(written, top), (written, bottom)], INK, 1);
    let half = text_width(&one.written_label, SMALL) / 2;
    let middle = written.clamp(4 + half, (sheet.right() - half).max(4 + half));
    sheet.canvas.text((middle, bottom + 30), &one.written_label, LABEL.size(SMALL).at(Anchor::Middle).bold());
    sheet.y = bottom + 52;
}

/// The bar of one thing, with its name above it and its numbers at its ends.
fn draw_bar(sheet: &mut Sheet, bar: &Bar, x: &Axis, (written, top): (i32, i32)) {
    let columns = (f64::from(sheet.width - 12) / (f64::from(SMALL) * 0.6)) as usize;
    let line = top + 27;
    let canvas = &mut sheet.canvas;
    let at = |side: &Side| side.value.map_or(x.last() + NEVER, |value| x.at(value));
    // The longer end is drawn first, so that a shorter one on the same side is seen before it.
    let mut sides = [(&bar.ends[0], LEVELS[2]), (&bar.ends[1], LEVELS[6])];
    sides.sort_by_key(|(side, _)| -(at(side) - written).abs());
    for (side, colour) in sides {
        let (from, to) = (at(side).min(written), at(side).max(written));
        canvas.rectangle((from, line - HALF), (to, line + HALF), colour);
    }
    for (below, side) in (1..).zip(&bar.ends) {
        if let Some([low, high]) = side.limits {
            let y = line + HALF + 3 * below;
            canvas.line(&[(x.at(low), y), (x.at(high), y)], GREY, 1);
        }
    }
    canvas.tag((6, top + 9), &format::shorten(&bar.name, columns), LABEL.size(SMALL));
    let (mut left, mut right): (Option<&Side>, Option<&Side>) = (None, None);
    for side in &bar.ends {
        let place = if at(side) < written { &mut left } else { &mut right };
        let is_farther = place.is_none_or(|other| (at(side) - written).abs() > (at(other) - written).abs());
        if is_farther && at(side) != written {
            *place = Some(side);
        }
    }
    if let Some(side) = left {
        canvas.text((at(side) - 5, line), &side.label, LABEL.size(SMALL).at(Anchor::Right));
    }
    if let Some(side) = right {
        canvas.text((at(side) + 5, line), &side.label, LABEL.size(SMALL));
    }
}
