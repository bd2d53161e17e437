//! Drawings inside of a page, which has many of them: marks that look the same share their attributes, and what every browser
//! takes for granted is left out. A mark joins an earlier one wherever nothing between them overlaps it, so that what covers what
//! stays as it was drawn.

use std::fmt::Write;

use plotters::style::RGBColor;

use super::canvas::{Anchor, Drawing, Look, Mark, text_width};

/// What marks must have in common to share their attributes.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    Filled(RGBColor, f64),
    Stroked(RGBColor, u32),
    Written(Look),
}

/// A rectangle that a mark stays inside of.
#[derive(Clone, Copy)]
struct Bounds {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

/// A mark in a group.
#[derive(Clone, Copy)]
struct Member {
    bounds: Bounds,
    /// Whether its outline may run either way round, so that it would cut a hole into what it overlaps.
    is_free: bool,
}

/// Marks that share their attributes.
struct Group {
    style: Style,
    members: Vec<Member>,
    bounds: Bounds,
    /// Outlines.
    path: String,
    /// Discs and texts, each without what they share.
    others: Vec<String>,
}

/// The drawing as an `svg` element without a namespace, as HTML takes it.
pub(super) fn inline(drawing: &Drawing) -> String {
    let mut groups: Vec<Group> = Vec::new();
    for mark in &drawing.marks {
        let (style, member) = described(mark);
        let place = place_of(&groups, style, member).unwrap_or_else(|| {
            let (path, others) = (String::new(), Vec::new());
            groups.push(Group { style, members: Vec::new(), bounds: member.bounds, path, others });
            groups.len() - 1
        });
        groups[place].take(mark, member);
    }
    let (width, height) = drawing.size;
    let mut svg = format!("<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">");
    groups.iter().for_each(|group| svg.push_str(&group.text()));
    svg.push_str("</svg>");
    svg
}

/// The last group that a mark can join: one of its style, and nothing drawn after that overlaps the mark.
fn place_of(groups: &[Group], style: Style, member: Member) -> Option<usize> {
    for (place, group) in groups.iter().enumerate().rev() {
        if group.style == style {
            return (!group.is_hurt_by(member)).then_some(place);
        }
        if group.overlaps(member.bounds) {
            return None;
        }
    }
    None
}

impl Bounds {
    /// Around points, and as much wider on all sides.
    fn around(points: impl Iterator<Item = (i32, i32)>, margin: i32) -> Self {
        let none = Self { left: i32::MAX, top: i32::MAX, right: i32::MIN, bottom: i32::MIN };
        points.fold(none, |bounds, (x, y)| Self {
            left: bounds.left.min(x.saturating_sub(margin)),
            top: bounds.top.min(y.saturating_sub(margin)),
            right: bounds.right.max(x.saturating_add(margin)),
            bottom: bounds.bottom.max(y.saturating_add(margin)),
        })
    }

    fn overlaps(self, other: Self) -> bool {
        self.left <= other.right && other.left <= self.right && self.top <= other.bottom && other.top <= self.bottom
    }

    fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

impl Group {
    fn overlaps(&self, bounds: Bounds) -> bool {
        self.bounds.overlaps(bounds) && self.members.iter().any(|member| member.bounds.overlaps(bounds))
    }

    /// Whether a mark in this group would look otherwise than on its own.
    fn is_hurt_by(&self, one: Member) -> bool {
        let see_through = matches!(self.style, Style::Filled(_, opacity) if opacity < 1.0);
        let is_filled = matches!(self.style, Style::Filled(..));
        let hurts = |other: &&Member| see_through || is_filled && (one.is_free || other.is_free);
        self.members.iter().filter(hurts).any(|other| other.bounds.overlaps(one.bounds))
    }

    fn take(&mut self, mark: &Mark, member: Member) {
        self.bounds = self.bounds.with(member.bounds);
        self.members.push(member);
        match mark {
            Mark::Text { at: (x, y), text, .. } => {
                self.others.push(format!("<text x=\"{x}\" y=\"{y}\" dy=\".5ex\"#>{}</text>", escaped(text)));
            }
            Mark::Disc { at: (x, y), radius, .. } => {
                self.others.push(format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"#/>"));
            }
            Mark::Rectangle { from, to, .. } | Mark::Frame { from, to, .. } => {
                let (width, height) = (to.0 - from.0, to.1 - from.1);
                let _ = write!(self.path, "M{},{}h{width}v{height}h{}z", from.0, from.1, -width);
            }
            Mark::Line { points, .. } => run(&mut self.path, points, ""),
            Mark::Area { points, .. } => run(&mut self.path, points, "z"),
        }
    }

    fn text(&self) -> String {
        let shared = shared(self.style);
        let path = if self.path.is_empty() { String::new() } else { format!("<path d=\"{}\"#/>", self.path) };
        let all: Vec<&str> = std::iter::once(path.as_str())
            .chain(self.others.iter().map(String::as_str))
            .filter(|one| !one.is_empty())
            .collect();
        // `#` stands where an element that is alone has the attributes itself; a text may have one, behind it.
        match all.as_slice() {
            [only] => only.replacen('#', &shared, 1),
            several => {
                format!("<g{shared}>{}</g>", several.iter().map(|one| one.replacen('#', "", 1)).collect::<String>())
            }
        }
    }
}

/// The style and the bounds of a mark.
fn described(mark: &Mark) -> (Style, Member) {
    let of = |style, bounds, is_free| (style, Member { bounds, is_free });
    match mark {
        Mark::Text { at: (x, y), text, look } => {
            let width = text_width(text, look.size);
            let left = match look.anchor {
                Anchor::Left => *x,
                Anchor::Middle => x - width / 2,
                Anchor::Right => x - width,
            };
            let bounds = Bounds::around([(left, *y), (left + width, *y)].into_iter(), look.size as i32);
            of(Style::Written(*look), bounds, false)
        }
        Mark::Rectangle { from, to, colour } => {
            of(Style::Filled(*colour, 1.0), Bounds::around([*from, *to].into_iter(), 0), to.0 < from.0 || to.1 < from.1)
        }
        Mark::Frame { from, to, colour } => {
            of(Style::Stroked(*colour, 1), Bounds::around([*from, *to].into_iter(), 1), false)
        }
        Mark::Line { points, colour, width } => {
            let bounds = Bounds::around(points.iter().copied(), *width as i32 + 1);
            of(Style::Stroked(*colour, *width), bounds, false)
        }
        Mark::Area { points, colour, opacity } => {
            of(Style::Filled(*colour, *opacity), Bounds::around(points.iter().copied(), 0), true)
        }
        Mark::Disc { at, radius, colour } => {
            of(Style::Filled(*colour, 1.0), Bounds::around([*at].into_iter(), *radius as i32), false)
        }
    }
}

/// What marks of a style share, as attributes.
fn shared(style: Style) -> String {
    let hex = |RGBColor(red, green, blue): RGBColor| format!("#{red:02X}{green:02X}{blue:02X}");
    match style {
        Style::Filled(colour, opacity) if opacity < 1.0 => format!(" fill=\"{}\" opacity=\"{opacity}\"", hex(colour)),
        Style::Filled(colour, _) => format!(" fill=\"{}\"", hex(colour)),
        Style::Stroked(colour, 1) => format!(" fill=\"none\" stroke=\"{}\"", hex(colour)),
        Style::Stroked(colour, width) => format!(" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"", hex(colour)),
        Style::Written(look) => {
            let anchor = match look.anchor {
                Anchor::Left => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::Right => " text-anchor=\"end\"",
            };
            let bold = if look.bold { " font-weight=\"bold\"" } else { "" };
            format!("{anchor} font-size=\"{}\" fill=\"{}\"{bold}", look.size, hex(look.colour))
        }
    }
}

/// Appends a line through points, in steps from each to the next.
fn run(path: &mut String, points: &[(i32, i32)], end: &str) {
    let Some(first) = points.first() else { return };
    let _ = write!(path, "M{},{}", first.0, first.1);
    for step in points.windows(2) {
        let (dx, dy) = (step[1].0 - step[0].0, step[1].1 - step[0].1);
        let _ = match (dx, dy) {
            (0, 0) => Ok(()),
            (0, _) => write!(path, "v{dy}"),
            (_, 0) => write!(path, "h{dx}"),
            (_, 0..) => write!(path, "l{dx},{dy}"),
            // A minus parts numbers as well as a comma does.
            _ => write!(path, "l{dx}{dy}"),
        };
    }
    path.push_str(end);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::canvas::{Canvas, LABEL};

    const RED: RGBColor = RGBColor(0xff, 0, 0);
    const BLUE: RGBColor = RGBColor(0, 0, 0xff);

    /// What is drawn, without the element around it.
    fn of(draw: impl FnOnce(&mut Canvas)) -> String {
        let mut canvas = Canvas::default();
        draw(&mut canvas);
        let svg = inline(&Drawing { size: (90, 90), marks: canvas.marks });
        let inside = svg.strip_prefix("<svg width=\"90\" height=\"90\" viewBox=\"0 0 90 90\">");
        inside.and_then(|rest| rest.strip_suffix("</svg>")).expect("an element").to_owned()
    }

    #[test]
    fn marks_that_look_the_same_share_what_they_have_in_common() {
        let drawn = of(|canvas| {
            canvas.rectangle((1, 2), (11, 7), RED);
            canvas.rectangle((20, 2), (25, 7), BLUE);
            canvas.rectangle((30, 2), (35, 7), RED);
        });
        assert_eq!(
            drawn,
            "<path d=\"M1,2h10v5h-10zM30,2h5v5h-5z\" fill=\"#FF0000\"/><path d=\"M20,2h5v5h-5z\" fill=\"#0000FF\"/>"
        );
        let drawn = of(|canvas| {
            canvas.line(&[(1, 1), (1, 9), (5, 9), (7, 3), (8, 4)], RED, 1);
            canvas.line(&[(40, 1), (41, 1)], RED, 1);
            canvas.text((9, 80), "a", LABEL);
            canvas.text((60, 80), "b<#", LABEL);
        });
        assert_eq!(
            drawn,
            "<path d=\"M1,1v8h4l2-6l1,1M40,1h1\" fill=\"none\" stroke=\"#FF0000\"/>\
             <g font-size=\"13\" fill=\"#222222\"><text x=\"9\" y=\"80\" dy=\".5ex\">a</text>\
             <text x=\"60\" y=\"80\" dy=\".5ex\">b&lt;#</text></g>"
        );
    }

    #[test]
    fn what_lies_on_top_stays_on_top() {
        let drawn = of(|canvas| {
            canvas.rectangle((0, 0), (50, 50), RED);
            canvas.rectangle((10, 10), (20, 20), BLUE);
            canvas.rectangle((12, 12), (15, 15), RED);
            canvas.rectangle((30, 30), (40, 40), BLUE);
        });
        let fills: Vec<&str> = drawn.match_indices("fill=\"#").map(|(at, _)| &drawn[at + 6..at + 13]).collect();
        assert_eq!(fills, ["#FF0000", "#0000FF", "#FF0000"], "{drawn}");
    }

    #[test]
    fn areas_that_overlap_neither_cut_holes_nor_mix() {
        let overlapping = |opacity: f64| {
            of(|canvas| {
                canvas.area(&[(0, 0), (20, 0), (20, 20)], RED, opacity);
                canvas.area(&[(0, 0), (10, 20), (20, 0)], RED, opacity);
                canvas.area(&[(50, 0), (60, 20), (70, 0)], RED, opacity);
            })
        };
        assert_eq!(overlapping(1.0).matches("<path").count(), 2);
        assert_eq!(overlapping(0.5).matches(" opacity=\"0.5\"").count(), 2);
    }
}
