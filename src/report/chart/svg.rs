//! Drawings as SVG. The only file that knows plotters' back end.

use plotters::backend::DrawingBackend;
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle};

use super::canvas::{Anchor, Drawing, Look, Mark};

/// The picture as SVG.
pub(super) fn svg(drawing: &Drawing) -> String {
    let mut svg = String::new();
    let mut backend = SVGBackend::with_string(&mut svg, drawing.size);
    for mark in &drawing.marks {
        draw(&mut backend, mark);
    }
    // Writing to memory cannot fail; dropping the back end would close the tags just the same.
    drop(backend.present());
    drop(backend);
    svg
}

fn draw(backend: &mut SVGBackend<'_>, mark: &Mark) {
    drop(match mark {
        Mark::Text { at, text, look } => backend.draw_text(text, &style(look), *at),
        Mark::Rectangle { from, to, colour } => backend.draw_rect(*from, *to, &colour.filled(), true),
        Mark::Frame { from, to, colour } => backend.draw_rect(*from, *to, &stroke(*colour, 1), false),
        Mark::Line { points, colour, width } => backend.draw_path(points.iter().copied(), &stroke(*colour, *width)),
        Mark::Area { points, colour, opacity } => backend.fill_polygon(points.iter().copied(), &colour.mix(*opacity)),
        Mark::Disc { at, radius, colour } => backend.draw_circle(*at, *radius, &colour.filled(), true),
    });
}

fn style(look: &Look) -> TextStyle<'_> {
    let horizontal = match look.anchor {
        Anchor::Left => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::Right => HPos::Right,
    };
    let style = if look.bold { FontStyle::Bold } else { FontStyle::Normal };
    // The back end divides the size by 1.24.
    let font = ("sans-serif", f64::from(look.size) * 1.24).into_font().style(style);
    TextStyle::from(font).color(&look.colour).pos(Pos::new(horizontal, VPos::Center))
}

fn stroke(colour: RGBColor, width: u32) -> ShapeStyle {
    colour.stroke_width(width)
}
