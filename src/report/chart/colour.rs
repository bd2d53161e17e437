//! Colours that people with any colour vision can distinguish.

use plotters::style::RGBColor;

pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(super) const GREY: RGBColor = RGBColor(0x66, 0x66, 0x66);
pub(super) const GRID: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);
pub(super) const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
/// Text on a coloured ground, which stays where a dark page turns ink and paper around.
const ON_LIGHT: RGBColor = RGBColor(0x11, 0x11, 0x11);
const ON_DARK: RGBColor = RGBColor(0xfe, 0xfe, 0xfe);
pub(super) const EMPTY: RGBColor = RGBColor(0xf2, 0xf2, 0xf2);

pub(super) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
pub(super) const VERMILLION: RGBColor = RGBColor(0xd5, 0x5e, 0x00);

/// Okabe and Ito's set, its yellow, which is too light for a line on white, replaced by a grey.
pub(super) const LINES: [RGBColor; 8] = [
    BLUE,
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    VERMILLION,
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0x00, 0x00, 0x00),
    RGBColor(0x88, 0x88, 0x88),
];

/// Ten colours of viridis, light first: more is darker.
const VIRIDIS: [(u8, u8, u8); 10] = [
    (0xfd, 0xe7, 0x25),
    (0xb4, 0xde, 0x2c),
    (0x6d, 0xcd, 0x59),
    (0x35, 0xb7, 0x79),
    (0x1f, 0x9e, 0x89),
    (0x26, 0x82, 0x8e),
    (0x31, 0x68, 0x8e),
    (0x3e, 0x4a, 0x89),
    (0x48, 0x28, 0x78),
    (0x44, 0x01, 0x54),
];

/// The colour at `position` in [0, 1] of the scale from little to much.
pub(super) fn scale(position: f64) -> RGBColor {
    let steps = VIRIDIS.len() - 1;
    let position = if position.is_nan() { 0.0 } else { position.clamp(0.0, 1.0) };
    let at = position * steps as f64;
    let below = (at as usize).min(steps - 1);
    let part = at - below as f64;
    let mix = |low: u8, high: u8| (f64::from(low) + part * (f64::from(high) - f64::from(low))).round() as u8;
    let (low, high) = (VIRIDIS[below], VIRIDIS[below + 1]);
    RGBColor(mix(low.0, high.0), mix(low.1, high.1), mix(low.2, high.2))
}

/// Black or white, whichever reads better on `background`.
pub(super) fn ink_on(background: RGBColor) -> RGBColor {
    let RGBColor(red, green, blue) = background;
    let luma = 0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue);
    if luma > 120.0 { ON_LIGHT } else { ON_DARK }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_runs_from_light_to_dark_and_stays_inside() {
        assert_eq!(scale(0.0), RGBColor(0xfd, 0xe7, 0x25));
        assert_eq!(scale(1.0), RGBColor(0x44, 0x01, 0x54));
        assert_eq!(scale(f64::NAN), scale(0.0));
        assert_eq!(scale(7.0), scale(1.0));
        assert_eq!(ink_on(scale(0.0)), ON_LIGHT);
        assert_eq!(ink_on(scale(1.0)), ON_DARK);
    }
}
