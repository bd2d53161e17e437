//! Drawing in pixels: marks are collected here, and become files in [`super::svg`] and [`super::png`].

use std::f64::consts::PI;

use plotters::style::RGBColor;

use super::colour::{GREY, INK, NOW, PAPER, RECOMMENDED};
use crate::report::format;

/// Where a text stands relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Left,
    Middle,
    Right,
}

/// How a text looks. All text is centred on its point vertically.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) size: u32,
    pub(super) colour: RGBColor,
    pub(super) anchor: Anchor,
    pub(super) bold: bool,
}

/// What is drawn, in this order; the origin is the upper left corner.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    Text { at: (i32, i32), text: String, look: Look },
    Rectangle { from: (i32, i32), to: (i32, i32), colour: RGBColor },
    Frame { from: (i32, i32), to: (i32, i32), colour: RGBColor },
    Line { points: Vec<(i32, i32)>, colour: RGBColor, width: u32 },
    Area { points: Vec<(i32, i32)>, colour: RGBColor, opacity: f64 },
    Disc { at: (i32, i32), radius: u32, colour: RGBColor },
}

/// A picture, whatever its file will be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawing {
    pub(super) size: (u32, u32),
    pub(super) marks: Vec<Mark>,
}

/// A picture being drawn.
#[derive(Default)]
pub(super) struct Canvas {
    pub(super) marks: Vec<Mark>,
}

/// Labels of axes and everything else that is not a heading.
pub(super) const LABEL: Look = Look { size: 13, colour: INK, anchor: Anchor::Left, bold: false };
const TITLE: Look = Look { size: 18, colour: INK, anchor: Anchor::Left, bold: true };
const SUBTITLE: Look = Look { size: 13, colour: GREY, anchor: Anchor::Left, bold: false };
const MARGIN: i32 = 20;
/// Width of a letter as a share of the font's size.
const EM: f64 = 0.6;

impl Look {
    pub(super) const fn at(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(super) const fn colour(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }

    pub(super) const fn size(self, size: u32) -> Self {
        Self { size, ..self }
    }

    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }
}

/// Draws a picture with a heading. `draw` gets the canvas and the first free line below the heading, which depends on
/// how many lines `subtitle` takes; `height` is that of the part below.
pub(super) fn picture(
    width: i32,
    height: i32,
    title: &str,
    subtitle: &str,
    draw: impl FnOnce(&mut Canvas, i32),
) -> Drawing {
    let columns = f64::from(width - 2 * MARGIN) / (f64::from(SUBTITLE.size) * EM);
    let lines = format::wrap(subtitle, columns.max(1.0) as usize);
    let top = 46 + 18 * lines.len() as i32;
    let mut canvas = Canvas { marks: Vec::new() };
    canvas.rectangle((0, 0), (width, top + height), PAPER);
    canvas.text((MARGIN, 24), title, TITLE);
    for (number, line) in (0..).zip(&lines) {
        canvas.text((MARGIN, 49 + 18 * number), line, SUBTITLE);
    }
    draw(&mut canvas, top);
    Drawing { size: (width.max(1) as u32, (top + height).max(1) as u32), marks: canvas.marks }
}

/// Width of `text` in pixels, rather too wide than too narrow: the font is the viewer's.
pub(super) fn text_width(text: &str, size: u32) -> i32 {
    (text.chars().count() as f64 * f64::from(size) * EM).ceil() as i32
}

impl Canvas {
    pub(super) fn text(&mut self, at: (i32, i32), text: &str, look: Look) {
        self.marks.push(Mark::Text { at, text: format::printable(text), look });
    }

    pub(super) fn rectangle(&mut self, from: (i32, i32), to: (i32, i32), colour: RGBColor) {
        self.marks.push(Mark::Rectangle { from, to, colour });
    }

    pub(super) fn frame(&mut self, from: (i32, i32), to: (i32, i32), colour: RGBColor) {
        self.marks.push(Mark::Frame { from, to, colour });
    }

    pub(super) fn line(&mut self, points: &[(i32, i32)], colour: RGBColor, width: u32) {
        self.marks.push(Mark::Line { points: points.to_vec(), colour, width });
    }

    /// A straight broken line.
    pub(super) fn dashes(&mut self, from: (i32, i32), to: (i32, i32), colour: RGBColor) {
        let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        let count = (libm::hypot(dx, dy) / 9.0).ceil().clamp(1.0, 1000.0);
        let point = |share: f64| (from.0 + (dx * share).round() as i32, from.1 + (dy * share).round() as i32);
        for dash in 0..count as i32 {
            let start = f64::from(dash) / count;
            self.line(&[point(start), point(start + 0.55 / count)], colour, 1);
        }
    }

    /// The mark of a recommended scenario.
    pub(super) fn star(&mut self, (x, y): (i32, i32), radius: i32) {
        let point = |number: i32, radius: f64| {
            let angle = PI * (f64::from(number) / 5.0 - 0.5);
            let (along, down) = (radius * libm::cos(angle), radius * libm::sin(angle));
            (x + along.round() as i32, y + down.round() as i32)
        };
        let outline = |radius: f64| -> Vec<_> {
            (0..10).map(|number| point(number, if number % 2 == 0 { radius } else { 0.45 * radius })).collect()
        };
        self.area(&outline(f64::from(radius) + 3.0), PAPER, 1.0);
        self.area(&outline(f64::from(radius)), RECOMMENDED, 1.0);
    }

    /// The mark of the scenario that has the strategy of the manifest.
    pub(super) fn ring(&mut self, at: (i32, i32), radius: u32) {
        self.marks.push(Mark::Disc { at, radius: radius + 1, colour: PAPER });
        self.marks.push(Mark::Disc { at, radius, colour: NOW });
        self.marks.push(Mark::Disc { at, radius: radius.saturating_sub(3), colour: PAPER });
    }

    /// A disc that is not filled.
    pub(super) fn hollow(&mut self, at: (i32, i32), radius: u32, colour: RGBColor) {
        self.marks.push(Mark::Disc { at, radius, colour });
        self.marks.push(Mark::Disc { at, radius: radius.saturating_sub(2), colour: PAPER });
    }

    /// The edge of a rectangle as a line of this width, inside it.
    pub(super) fn outline(&mut self, from: (i32, i32), to: (i32, i32), colour: RGBColor, width: i32) {
        for (from, to) in [
            (from, (to.0, from.1 + width - 1)),
            ((from.0, to.1 - width + 1), to),
            (from, (from.0 + width - 1, to.1)),
            ((to.0 - width + 1, from.1), to),
        ] {
            self.rectangle(from, to, colour);
        }
    }

    /// Text on a patch of paper that keeps it readable above other marks.
    pub(super) fn tag(&mut self, (x, y): (i32, i32), text: &str, look: Look) {
        let (right, half) = (x + text_width(text, look.size), look.size as i32 / 2 + 1);
        self.area(&[(x - 2, y - half), (right, y - half), (right, y + half), (x - 2, y + half)], PAPER, 0.8);
        self.text((x, y), text, look);
    }

    /// A filled area, see-through: `opacity` in (0, 1].
    pub(super) fn area(&mut self, points: &[(i32, i32)], colour: RGBColor, opacity: f64) {
        self.marks.push(Mark::Area { points: points.to_vec(), colour, opacity });
    }

    /// A disc with a thin white rim, so that discs on top of each other stay apart.
    pub(super) fn disc(&mut self, at: (i32, i32), radius: u32, colour: RGBColor) {
        self.marks.push(Mark::Disc { at, radius: radius + 1, colour: PAPER });
        self.marks.push(Mark::Disc { at, radius, colour });
    }

    /// Slanted lines inside a rectangle.
    pub(super) fn hatch(&mut self, from: (i32, i32), to: (i32, i32), colour: RGBColor) {
        let (width, height) = (to.0 - from.0, to.1 - from.1);
        for offset in (-height..width).step_by(7).skip(1) {
            let start = (from.0 + offset.max(0), to.1 - (-offset).max(0));
            let run = (width - offset.max(0)).min(height - (-offset).max(0));
            self.line(&[start, (start.0 + run, start.1 - run)], colour, 1);
        }
    }
}
