//! A picture that is drawn twice, once for wide and once for narrow screens: heading, legend, panels, notes, from top to bottom.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Drawing, LABEL, text_width};
use super::colour::{GREY, INK, PAPER};
use crate::report::format;

/// Widths in pixels.
pub(super) const WIDE: i32 = 820;
pub(super) const NARROW: i32 = 358;
/// Left of headings, legends and notes.
const EDGE: i32 = 4;
const LINE: i32 = 18;
/// Size of all text but headings.
pub(super) const SMALL: u32 = 12;

/// A picture being drawn.
pub(super) struct Sheet {
    pub(super) canvas: Canvas,
    pub(super) width: i32,
    /// The next free line.
    pub(super) y: i32,
}

/// What a legend explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sign {
    Star,
    Ring,
    Line(RGBColor),
    Dashes,
    Patch(RGBColor),
    Band(RGBColor),
    Outline,
    Hatch,
    Disc(RGBColor),
    Hollow(RGBColor),
}

impl Sheet {
    pub(super) fn new(width: i32) -> Self {
        Self { canvas: Canvas::default(), width, y: 14 }
    }

    pub(super) const fn is_narrow(&self) -> bool {
        self.width <= NARROW
    }

    /// The right edge of panels.
    pub(super) const fn right(&self) -> i32 {
        self.width - 14
    }

    /// Text in as many lines as it needs.
    fn lines(&mut self, text: &str, size: u32, bold: bool, colour: RGBColor) {
        let columns = f64::from(self.width - 2 * EDGE) / (f64::from(size) * 0.6);
        let look = if bold { LABEL.bold() } else { LABEL };
        for line in format::wrap(text, columns as usize) {
            self.canvas.text((EDGE, self.y), &line, look.size(size).colour(colour));
            self.y += LINE;
        }
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.lines(text, 13, true, INK);
        self.y += 2;
    }

    /// A heading of a panel.
    pub(super) fn subheading(&mut self, text: &str, colour: RGBColor) {
        self.lines(text, SMALL, true, colour);
    }

    /// What a reader should know of the picture.
    pub(super) fn note(&mut self, text: &str) {
        self.lines(text, SMALL, false, GREY);
    }

    pub(super) fn legend(&mut self, entries: &[(Sign, String)]) {
        let mut x = EDGE;
        for (sign, text) in entries {
            let width = 24 + text_width(text, SMALL) + 14;
            if x > EDGE && x + width > self.width {
                (x, self.y) = (EDGE, self.y + LINE);
            }
            self.sign((x, self.y), *sign);
            self.canvas.text((x + 24, self.y), text, LABEL.size(SMALL));
            x += width;
        }
        if !entries.is_empty() {
            self.y += LINE + 2;
        }
    }

    fn sign(&mut self, (x, y): (i32, i32), sign: Sign) {
        let (from, to, centre) = ((x + 1, y - 6), (x + 17, y + 6), (x + 9, y));
        let canvas = &mut self.canvas;
        match sign {
            Sign::Star => canvas.star(centre, 7),
            Sign::Ring => canvas.ring(centre, 6),
            Sign::Line(colour) => canvas.line(&[(from.0, y), (to.0, y)], colour, 3),
            Sign::Dashes => canvas.dashes((from.0, y), (to.0, y), INK),
            Sign::Patch(colour) => canvas.rectangle(from, to, colour),
            Sign::Band(colour) => canvas.area(&[from, (to.0, from.1), to, (from.0, to.1)], colour, 0.25),
            Sign::Outline => canvas.outline(from, to, INK, 2),
            Sign::Hatch => {
                canvas.hatch(from, to, GREY);
                canvas.frame(from, to, GREY);
            }
            Sign::Disc(colour) => canvas.disc(centre, 4, colour),
            Sign::Hollow(colour) => canvas.hollow(centre, 5, colour),
        }
    }

    fn finish(self) -> Drawing {
        let mut paper = Canvas::default();
        paper.rectangle((0, 0), (self.width, self.y), PAPER);
        paper.marks.extend(self.canvas.marks);
        Drawing { size: (self.width.max(1) as u32, self.y.max(1) as u32), marks: paper.marks }
    }
}

/// The picture for wide and for narrow screens.
pub(super) fn both(draw: impl Fn(&mut Sheet)) -> [Drawing; 2] {
    [WIDE, NARROW].map(|width| {
        let mut sheet = Sheet::new(width);
        draw(&mut sheet);
        sheet.finish()
    })
}
