//! The strategies of a world in the plane of durations and pods available at worst: points, lines that join them, and names.

use std::collections::BTreeSet;

use plotters::style::RGBColor;

use super::axis::Plot;
use super::canvas::{Anchor, Canvas, LABEL, text_width};
use super::colour::{BAD, GREY, GRID, INK, NOW, PAPER, RECOMMENDED};
use super::marks::{Role, mark};
use super::objectives::TOO_SLOW;
use super::plane::Shared;
use super::scene::{Point, Scene};
use super::sheet::SMALL;
use crate::report::format;

/// Points that have their maxSurge beside them.
const NAMED: usize = 16;
/// With more points than this, those that lie where another of their kind does are drawn once: a page of 20,000 is half as large.
const DRAWN_EACH: usize = 1000;

impl Scene<'_> {
    pub(super) fn draw(&self, canvas: &mut Canvas, plot: &Plot, shared: &Shared, named: bool) {
        let count = self.lines.len() as i32;
        // Lines that have the same pods available lie a little apart.
        let apart = if self.points().count() > 60 { 0 } else { (14 / count.max(1)).min(5) };
        let at = |number: i32, point: &Point<'_>| {
            let shift = (2 * number - count + 1) * apart / 2;
            let x = point.duration.map_or(plot.x.last() - 6, |duration| plot.x.at(duration));
            (x, plot.y.at(shared.pods(point)) + shift)
        };
        for (number, (_, points)) in (0..).zip(&self.lines) {
            let line: Vec<_> =
                points.iter().filter(|point| point.duration.is_some()).map(|point| at(number, point)).collect();
            canvas.line(&line, GRID, 2);
        }
        let mut marked = Vec::new();
        let mut never = false;
        let (many, mut drawn) = (self.points().count() > DRAWN_EACH, BTreeSet::new());
        for (number, (_, points)) in (0..).zip(&self.lines) {
            for point in points {
                never |= point.duration.is_none();
                let place = at(number, point);
                let full = point.met == Some(true) || (point.met.is_none() && !shared.asked);
                match point.role {
                    Role::Other if many && !drawn.insert((place, full)) => {}
                    Role::Other if full => canvas.disc(place, 4, INK),
                    Role::Other => canvas.hollow(place, 4, GREY),
                    _ => marked.push((place, point)),
                }
            }
        }
        for (place, point) in &marked {
            mark(canvas, *place, point.role, PAPER);
        }
        if never {
            let corner = (plot.x.last() - 2, plot.y.last() - 8);
            canvas.text(corner, TOO_SLOW, LABEL.size(11).bold().at(Anchor::Right).colour(BAD));
        }
        self.names(canvas, plot, &marked, named);
        if named && self.points().count() <= NAMED {
            self.surges(canvas, plot, &at, &marked);
        }
    }

    /// The marked points are named, and lines of a single panel at its right edge.
    fn names(&self, canvas: &mut Canvas, plot: &Plot, marked: &[((i32, i32), &Point<'_>)], named: bool) {
        for ((x, y), point) in marked {
            let text = match point.role {
                Role::Now => "now",
                Role::Both => "now and recommended",
                _ => "recommended",
            };
            let colour = role_colour(point.role);
            let width = text_width(text, SMALL);
            let below = if point.role == Role::Now { 17 } else { -17 };
            let left = (x - width / 2).clamp(plot.x.first() + 2, (plot.x.last() - width).max(plot.x.first() + 2));
            let y = if y + below < plot.y.last() || y + below > plot.y.first() { y - below } else { y + below };
            canvas.tag((left, y), text, LABEL.size(SMALL).bold().colour(colour));
        }
        if !named || self.lines.len() < 2 {
            return;
        }
        let mut free = i32::MIN;
        let mut ends: Vec<(i32, &str)> = self
            .lines
            .iter()
            .map(|(name, points)| {
                (
                    points.iter().map(|point| plot.y.at(point.available)).sum::<i32>() / points.len().max(1) as i32,
                    name.as_str(),
                )
            })
            .collect();
        ends.sort_unstable();
        for (y, name) in ends {
            let y = y.max(free);
            canvas.text((plot.x.last() + 8, y), &format::shorten(name, 19), LABEL.size(SMALL).colour(GREY));
            free = y + 15;
        }
    }

    /// maxSurge at each point, where there is room.
    fn surges(
        &self,
        canvas: &mut Canvas,
        plot: &Plot,
        at: &dyn Fn(i32, &Point<'_>) -> (i32, i32),
        marked: &[((i32, i32), &Point<'_>)],
    ) {
        let mut taken: Vec<(i32, i32)> = marked.iter().map(|(place, _)| *place).collect();
        for (number, (_, points)) in (0..).zip(&self.lines) {
            for point in points.iter().filter(|point| point.role == Role::Other) {
                let surge = point.result.parameters.iter().find(|(path, _)| path.ends_with("maxSurge"));
                let (x, y) = at(number, point);
                let place = (x, y - 13);
                let free = taken.iter().all(|(a, b)| (a - x).abs() > 34 || (b - place.1).abs() > 12);
                if let (Some((_, value)), true, true) = (surge, free, place.1 > plot.y.last()) {
                    canvas.text(place, value, LABEL.size(11).at(Anchor::Middle).colour(GREY));
                    taken.push(place);
                }
            }
        }
    }
}

const fn role_colour(role: Role) -> RGBColor {
    match role {
        Role::Now => NOW,
        Role::Recommended | Role::Both => RECOMMENDED,
        Role::Other => INK,
    }
}
