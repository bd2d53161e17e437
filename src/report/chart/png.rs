//! Drawings as PNG at print size, with a font of our own, so that they are the same on every machine.

use plotters::style::RGBColor;
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::outline::{DrawSettings, OutlineGlyphCollection, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use super::canvas::{Anchor, Drawing, Look, Mark};

const REGULAR: &[u8] = include_bytes!("font/RollcastSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("font/RollcastSans-Bold.ttf");
/// Pixels of the file for one of the drawing.
const SCALE: u32 = 3;
/// 300 dots an inch.
const PIXELS_PER_METRE: u32 = 11_811;
/// How far the foot of a letter lies below the middle of a line, as a share of the font's size: half the height of an
/// x.
const FOOT: f32 = 0.26;

/// The picture as PNG, [`SCALE`] times as large.
pub(super) fn png(drawing: &Drawing) -> Vec<u8> {
    let (width, height) = (drawing.size.0 * SCALE, drawing.size.1 * SCALE);
    let mut paper = Pixmap::new(width, height).expect("a picture of at least one pixel");
    paper.fill(Color::WHITE);
    let mut brush = Brush { fonts: Fonts::new(), paper: &mut paper };
    for mark in &drawing.marks {
        brush.draw(mark);
    }
    let rgb: Vec<u8> = paper.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    encode((width, height), &rgb)
}

fn encode((width, height): (u32, u32), rgb: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let unit = png::Unit::Meter;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: PIXELS_PER_METRE, yppu: PIXELS_PER_METRE, unit }));
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(rgb));
    written.expect("writing to memory succeeds");
    bytes
}

/// A font, read in its own units.
struct Face {
    letters: Charmap<'static>,
    widths: GlyphMetrics<'static>,
    outlines: OutlineGlyphCollection<'static>,
    units_per_em: f32,
}

impl Face {
    fn new(bytes: &'static [u8]) -> Self {
        let font = FontRef::new(bytes).expect("the fonts are tested");
        let (size, location) = (Size::unscaled(), LocationRef::default());
        Self {
            letters: font.charmap(),
            widths: font.glyph_metrics(size, location),
            outlines: font.outline_glyphs(),
            units_per_em: f32::from(font.metrics(size, location).units_per_em),
        }
    }

    /// The letter, or the font's sign for one that it does not have.
    fn glyph(&self, letter: char) -> GlyphId {
        self.letters.map(letter).unwrap_or_default()
    }

    fn outline(&self, glyph: GlyphId, outline: &mut Outline) {
        let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
        // A space has no outline.
        if let Some(shape) = self.outlines.get(glyph) {
            shape.draw(settings, outline).expect("the fonts are tested");
        }
    }
}

struct Fonts {
    regular: Face,
    bold: Face,
}

impl Fonts {
    fn new() -> Self {
        Self { regular: Face::new(REGULAR), bold: Face::new(BOLD) }
    }
}

struct Brush<'a> {
    fonts: Fonts,
    paper: &'a mut Pixmap,
}

impl Brush<'_> {
    fn draw(&mut self, mark: &Mark) {
        match mark {
            Mark::Text { at, text, look } => self.text(*at, text, *look),
            Mark::Rectangle { from, to, colour } => self.fill(rectangle(*from, *to), *colour, 1.0),
            Mark::Frame { from, to, colour } => self.stroke(rectangle(*from, *to), *colour, 1),
            Mark::Line { points, colour, width } => self.stroke(polygon(points, false), *colour, *width),
            Mark::Area { points, colour, opacity } => self.fill(polygon(points, true), *colour, *opacity),
            Mark::Disc { at, radius, colour } => {
                let circle = PathBuilder::from_circle(at.0 as f32, at.1 as f32, *radius as f32);
                self.fill(circle, *colour, 1.0);
            }
        }
    }

    /// Nothing where there is no path, which is one without length.
    fn fill(&mut self, path: Option<Path>, colour: RGBColor, opacity: f64) {
        let scale = Transform::from_scale(SCALE as f32, SCALE as f32);
        if let Some(path) = path {
            self.paper.fill_path(&path, &paint(colour, opacity), FillRule::Winding, scale, None);
        }
    }

    fn stroke(&mut self, path: Option<Path>, colour: RGBColor, width: u32) {
        // Between two pixels a line of an odd width would be blurred.
        let shift = if (width * SCALE).is_multiple_of(2) { 0.0 } else { 0.5 };
        let place = Transform::from_scale(SCALE as f32, SCALE as f32).post_translate(shift, shift);
        let stroke = Stroke { width: width as f32, ..Stroke::default() };
        if let Some(path) = path {
            self.paper.stroke_path(&path, &paint(colour, 1.0), &stroke, place, None);
        }
    }

    fn text(&mut self, (x, y): (i32, i32), text: &str, look: Look) {
        let face = if look.bold { &self.fonts.bold } else { &self.fonts.regular };
        let scale = look.size as f32 / face.units_per_em;
        let glyphs: Vec<GlyphId> = text.chars().map(|letter| face.glyph(letter)).collect();
        let advance = |glyph: &GlyphId| face.widths.advance_width(*glyph).unwrap_or_default() * scale;
        let width: f32 = glyphs.iter().map(advance).sum();
        let start = match look.anchor {
            Anchor::Left => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::Right => -width,
        };
        let mut outline = Outline { path: PathBuilder::new(), scale, x: start, y: FOOT * look.size as f32 };
        for id in &glyphs {
            face.outline(*id, &mut outline);
            outline.x += advance(id);
        }
        let place = Transform::from_translate(x as f32, y as f32);
        self.fill(outline.path.finish().and_then(|path| path.transform(place)), look.colour, 1.0);
    }
}

fn paint(colour: RGBColor, opacity: f64) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(colour.0, colour.1, colour.2, (opacity * 255.0).round() as u8);
    paint
}

fn rectangle(from: (i32, i32), to: (i32, i32)) -> Option<Path> {
    let [left, right] = [from.0.min(to.0), from.0.max(to.0)];
    let [top, bottom] = [from.1.min(to.1), from.1.max(to.1)];
    Rect::from_ltrb(left as f32, top as f32, right as f32, bottom as f32).map(PathBuilder::from_rect)
}

fn polygon(points: &[(i32, i32)], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (number, (x, y)) in points.iter().enumerate() {
        if number == 0 { path.move_to(*x as f32, *y as f32) } else { path.line_to(*x as f32, *y as f32) }
    }
    if closed {
        path.close();
    }
    path.finish()
}

/// Letters on their way to a path: the font counts upwards and in units of its own.
struct Outline {
    path: PathBuilder,
    scale: f32,
    x: f32,
    y: f32,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlinePen for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::canvas::{LABEL, picture};
    use crate::report::chart::colour::{BLUE, INK};
    use crate::report::chart::{Marks, charts};
    use crate::report::provenance::Provenance;
    use crate::report::tests::fixture;

    /// Width, height, dots a metre, and the pixels as red, green and blue.
    fn decoded(bytes: &[u8]) -> (u32, u32, u32, Vec<[u8; 3]>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let info = reader.info();
        let dots = info.pixel_dims.unwrap();
        assert_eq!((dots.xppu, dots.unit), (dots.yppu, png::Unit::Meter));
        (info.width, info.height, dots.xppu, pixels.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect())
    }

    /// Share of the pixels in a rectangle of the drawing that are not paper.
    fn inked(drawing: &Drawing, from: (u32, u32), to: (u32, u32)) -> f64 {
        let (width, _, _, pixels) = decoded(&png(drawing));
        let columns = from.0 * SCALE..to.0 * SCALE;
        let rows = from.1 * SCALE..to.1 * SCALE;
        let inside = rows.flat_map(|y| columns.clone().map(move |x| (y * width + x) as usize));
        let (mut all, mut dark) = (0.0, 0.0);
        for place in inside {
            all += 1.0;
            dark += f64::from(u8::from(pixels[place] != [255; 3]));
        }
        dark / all
    }

    #[test]
    fn charts_are_pictures_of_three_times_the_size() {
        let (plan, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        for chart in charts(&Provenance::of(&plan), &results, &Marks::default()) {
            let bytes = chart.png();
            assert!(bytes == chart.png(), "{} is not the same twice", chart.file);
            let (width, height, dots, pixels) = decoded(&bytes);
            let size = format!("width=\"{}\" height=\"{}\"", width / 3, height / 3);
            assert!(chart.svg.contains(&size), "{}: {size}", chart.file);
            assert_eq!(dots, 11_811);
            let paper = pixels.iter().filter(|pixel| **pixel == [255; 3]).count() as f64 / pixels.len() as f64;
            assert!((0.3..0.98).contains(&paper), "{}: {paper}", chart.file);
        }
    }

    #[test]
    fn text_is_drawn_where_it_belongs() {
        let with = |text: &'static str| picture(300, 100, text, "", |_, _| {});
        // The heading stands from 20 on, on the line 24.
        assert!(inked(&with("Heading"), (20, 15), (90, 33)) > 0.15);
        assert_eq!(inked(&with(" "), (0, 0), (300, 100)), 0.0);
        // Every letter differs from the sign for an unknown one.
        assert!(png(&with("a")) != png(&with("\u{fffd}")));
        assert!(png(&with("\u{6f22}")) == png(&with("\u{fffd}")));
    }

    #[test]
    fn shapes_are_where_the_svg_has_them() {
        let drawing = picture(120, 100, "", "", |canvas, _| {
            canvas.rectangle((10, 60), (20, 70), BLUE);
            canvas.line(&[(40, 65), (60, 65)], INK, 2);
            canvas.disc((90, 65), 5, INK);
        });
        assert_eq!(inked(&drawing, (10, 60), (20, 70)), 1.0);
        assert_eq!(inked(&drawing, (21, 60), (39, 70)), 0.0);
        assert_eq!(inked(&drawing, (40, 64), (60, 66)), 1.0);
        assert_eq!(inked(&drawing, (42, 67), (60, 80)), 0.0);
        assert!((inked(&drawing, (85, 60), (95, 70)) - std::f64::consts::FRAC_PI_4).abs() < 0.06);
    }

    #[test]
    fn what_lies_outside_or_has_no_length_breaks_nothing() {
        let far = i32::MAX / 4;
        png(&picture(1, 1, "", "", |canvas, _| {
            canvas.line(&[(-far, 0), (far, far)], INK, 1);
            canvas.line(&[(5, 5)], INK, 1);
            canvas.line(&[], INK, 1);
            canvas.area(&[], INK, 0.5);
            canvas.rectangle((9, 9), (9, 9), INK);
            canvas.rectangle((20, 9), (10, 3), INK);
            canvas.text((0, 0), "", LABEL);
        }));
    }

    #[test]
    fn the_fonts_have_the_letters_that_charts_use() {
        let fonts = Fonts::new();
        let letters = (' '..='~').chain("–−…·↑×±≤≥%äöüßéèñçłşžа-яΑ-ω".chars());
        for letter in letters {
            for face in [&fonts.regular, &fonts.bold] {
                assert!(face.letters.map(letter).is_some(), "{letter}");
            }
        }
    }
}
