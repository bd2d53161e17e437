//! A map of numbers: rows of cells with colours, marks and outlines.

use plotters::style::RGBColor;

use super::canvas::{Anchor, Canvas, LABEL, text_width};
use super::colour::{GREY, INK, ON_CELL};
use super::marks::Role;
use super::sheet::{SMALL, Sheet};
use crate::report::format;

/// Left of the cells, for the values of maxUnavailable.
const GUTTER: i32 = 52;
const GAP: i32 = 18;
/// Height of a cell.
const ROW: i32 = 26;
/// Width of a cell at most.
const WIDEST: i32 = 74;

/// What is known of a point of the grid.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Value(Value),
    /// Kubernetes would refuse it.
    Refused,
    /// Not in the sweep.
    Absent,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) colour: RGBColor,
    pub(super) role: Role,
    pub(super) met: bool,
}

/// A map: its heading and its cells, row by row.
pub(super) struct Map {
    pub(super) title: String,
    pub(super) cells: Vec<Cell>,
}

/// The values along the two sides of a map.
pub(super) struct Sides<'a> {
    pub(super) surges: &'a [&'a str],
    pub(super) unavailables: &'a [&'a str],
}

/// Draws maps of the same rows and columns side by side, as many as there is room for. Where they are of several `worlds` their
/// headings are long.
pub(super) fn draw(sheet: &mut Sheet, sides: &Sides<'_>, maps: &[&Map], worlds: bool) {
    let (columns, rows) = (sides.surges.len() as i32, sides.unavailables.len() as i32);
    let room = sheet.right() - GUTTER;
    let most = ((room + GAP) / (columns * 34 + GAP)).clamp(1, if worlds { 3 } else { 4 }) as usize;
    let across = match maps.len() {
        _ if sheet.is_narrow() => 1,
        4 if most < 4 => most.min(2),
        count => count.min(most),
    };
    let cell = (((room + GAP) / across as i32 - GAP) / columns).min(WIDEST);
    let pitch = (columns * cell).max((room + GAP) / across as i32 - GAP) + GAP;
    for chunk in maps.chunks(across) {
        let limit = ((pitch - GAP) as f64 / 7.4) as usize;
        let titles: Vec<_> = chunk.iter().map(|map| two_lines(&map.title, limit)).collect();
        let lines = titles.iter().map(Vec::len).max().unwrap_or(1) as i32;
        let top = sheet.y + 17 * lines - 6;
        for (place, (map, title)) in (0..).zip(chunk.iter().zip(&titles)) {
            let left = GUTTER + place * pitch;
            for (line, text) in (0..).zip(title) {
                let y = sheet.y + 17 * (lines - title.len() as i32 + line);
                sheet.canvas.text((left, y), text, LABEL.size(SMALL).bold());
            }
            map.draw(&mut sheet.canvas, sides, (left, top), (cell, place == 0));
        }
        sheet.y = top + rows * ROW + 34;
    }
    sheet.y += 6;
}

/// The text in two lines at most.
fn two_lines(text: &str, limit: usize) -> Vec<String> {
    let mut lines = format::wrap(text, limit);
    if lines.len() > 2 {
        lines[1] = lines[1..].join(" ");
        lines.truncate(2);
    }
    lines.iter().map(|line| format::shorten(line, limit)).collect()
}

impl Map {
    fn draw(&self, canvas: &mut Canvas, sides: &Sides<'_>, (left, top): (i32, i32), (cell, labels): (i32, bool)) {
        let columns = sides.surges.len() as i32;
        let look = LABEL.size(11).colour(GREY);
        let widest =
            self.cells.iter().map(|one| if let Cell::Value(value) = one { text_width(&value.text, 11) } else { 0 });
        let fits = widest.max().unwrap_or(0) + 4 <= cell;
        for (number, one) in (0..).zip(&self.cells) {
            let from = (left + number % columns * cell, top + number / columns * ROW);
            let to = (from.0 + cell - 3, from.1 + ROW - 3);
            match one {
                Cell::Absent => {}
                Cell::Refused => {
                    canvas.hatch(from, to, GREY);
                    canvas.frame(from, to, GREY);
                }
                Cell::Value(value) => value.draw(canvas, from, to, fits),
            }
        }
        let bottom = top + sides.unavailables.len() as i32 * ROW;
        // Labels that would touch each other are thinned.
        let widest = sides.surges.iter().map(|surge| text_width(surge, 11)).max().unwrap_or(0) + 4;
        let every = ((widest + cell - 1) / cell.max(1)).max(1) as usize;
        for (number, surge) in sides.surges.iter().enumerate().step_by(every) {
            let x = left + number as i32 * cell + cell / 2 - 1;
            canvas.text((x, bottom + 8), surge, look.at(Anchor::Middle));
        }
        let middle = left + columns * cell / 2;
        canvas.text((middle, bottom + 22), "maxSurge", look.at(Anchor::Middle));
        if labels {
            for (number, unavailable) in (0..).zip(sides.unavailables) {
                let y = top + number * ROW + ROW / 2 - 1;
                canvas.text((left - 8, y), &format::shorten(unavailable, 6), look.at(Anchor::Right));
            }
        }
    }
}

impl Value {
    fn draw(&self, canvas: &mut Canvas, from: (i32, i32), to: (i32, i32), fits: bool) {
        canvas.rectangle(from, to, self.colour);
        if self.met {
            canvas.outline(from, to, INK, 2);
        }
        let centre = (i32::midpoint(from.0, to.0), i32::midpoint(from.1, to.1));
        if fits {
            canvas.text(centre, &self.text, LABEL.size(11).colour(ON_CELL).at(Anchor::Middle));
        }
        let corner = (to.0 - 2, from.1 + 2);
        match self.role {
            Role::Recommended => canvas.star(corner, 6),
            Role::Now => canvas.ring(corner, 5),
            Role::Both => {
                canvas.ring(corner, 8);
                canvas.star(corner, 5);
            }
            Role::Other => {}
        }
    }
}
