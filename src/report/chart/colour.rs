//! Colours that people with any colour vision can distinguish.

use plotters::style::RGBColor;

pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(super) const GREY: RGBColor = RGBColor(0x66, 0x66, 0x66);
pub(super) const GRID: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);
pub(super) const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
/// Recommended: always with a star or a word.
pub(super) const RECOMMENDED: RGBColor = RGBColor(0x0a, 0x5c, 0xad);
/// What runs now: always with a ring or a word.
pub(super) const NOW: RGBColor = RGBColor(0x9a, 0x4a, 0x00);
/// What does not happen: always with a word.
pub(super) const BAD: RGBColor = RGBColor(0xb3, 0x26, 0x1e);
/// The region in which all objectives are met.
pub(super) const MEETS: RGBColor = RGBColor(0xe8, 0xf1, 0xfa);
/// Levels of availability, from all pods to none: the fewer the darker.
pub(super) const LEVELS: [RGBColor; 8] = [
    RGBColor(0xd9, 0xe2, 0xec),
    RGBColor(0xb4, 0xd2, 0xea),
    RGBColor(0x8c, 0xbb, 0xe1),
    RGBColor(0x5c, 0x9f, 0xd3),
    RGBColor(0x3f, 0x86, 0xc0),
    RGBColor(0x1f, 0x6c, 0xb0),
    RGBColor(0x15, 0x50, 0x88),
    RGBColor(0x0b, 0x33, 0x5f),
];
/// Within a limit, the lighter the nearer to it.
pub(super) const WITHIN: [RGBColor; 3] =
    [RGBColor(0xcf, 0xe3, 0xf5), RGBColor(0x9c, 0xc6, 0xea), RGBColor(0x6a, 0xa9, 0xdc)];
/// Beyond a limit, the darker the further.
pub(super) const BEYOND: [RGBColor; 2] = [RGBColor(0xfb, 0xe0, 0xc8), RGBColor(0xf3, 0xb9, 0x8a)];
/// Without a limit, more is darker.
pub(super) const NEUTRAL: [RGBColor; 3] =
    [RGBColor(0xee, 0xf1, 0xf4), RGBColor(0xdd, 0xe2, 0xe7), RGBColor(0xc5, 0xcc, 0xd4)];
/// Text on the colours of cells.
pub(super) const ON_CELL: RGBColor = RGBColor(0x14, 0x18, 0x1d);

/// What the colours above are on a dark page: light colour and dark one.
pub(super) const DARK: [(RGBColor, RGBColor); 21] = [
    (RECOMMENDED, RGBColor(0x6c, 0xb6, 0xff)),
    (NOW, RGBColor(0xf0, 0xa3, 0x5e)),
    (BAD, RGBColor(0xff, 0x8a, 0x80)),
    (MEETS, RGBColor(0x15, 0x22, 0x2f)),
    (LEVELS[0], RGBColor(0x2a, 0x33, 0x3d)),
    (LEVELS[1], RGBColor(0x1d, 0x45, 0x66)),
    (LEVELS[2], RGBColor(0x2a, 0x65, 0x97)),
    (LEVELS[3], RGBColor(0x3f, 0x86, 0xbf)),
    (LEVELS[4], RGBColor(0x63, 0xa4, 0xd6)),
    (LEVELS[5], RGBColor(0x86, 0xbf, 0xea)),
    (LEVELS[6], RGBColor(0xae, 0xd6, 0xf5)),
    (LEVELS[7], RGBColor(0xd9, 0xee, 0xff)),
    (WITHIN[0], RGBColor(0x1a, 0x3a, 0x58)),
    (WITHIN[1], RGBColor(0x17, 0x50, 0x7f)),
    (WITHIN[2], RGBColor(0x15, 0x66, 0xa6)),
    (BEYOND[0], RGBColor(0x4a, 0x2f, 0x18)),
    (BEYOND[1], RGBColor(0x71, 0x43, 0x1a)),
    (NEUTRAL[0], RGBColor(0x20, 0x26, 0x2d)),
    (NEUTRAL[1], RGBColor(0x2b, 0x32, 0x3a)),
    (NEUTRAL[2], RGBColor(0x39, 0x42, 0x4c)),
    (ON_CELL, RGBColor(0xf2, 0xf5, 0xf8)),
];

/// Style rules that turn the colours of charts into those of a dark page. Ink, paper and grid are the page's own.
#[must_use]
pub fn dark_rules() -> String {
    let hex = |RGBColor(red, green, blue)| format!("#{red:02X}{green:02X}{blue:02X}");
    let rule = |(light, dark)| {
        let (light, dark) = (hex(light), hex(dark));
        format!("svg [fill=\"{light}\"] {{ fill: {dark}; }} svg [stroke=\"{light}\"] {{ stroke: {dark}; }}\n")
    };
    DARK.into_iter().map(rule).collect()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Red, green and blue light.
    type Light = [f64; 3];

    /// Machado, Oliveira and Fernandes, IEEE TVCG 15 (2009), severity 1: people who lack the cones for red, green or blue.
    const VISIONS: [[Light; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
    ];

    fn light(RGBColor(red, green, blue): RGBColor) -> Light {
        [red, green, blue].map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { libm::pow((part + 0.055) / 1.055, 2.4) }
        })
    }

    fn dot(a: Light, b: Light) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    fn seen(colour: RGBColor, vision: &[Light; 3]) -> Light {
        vision.map(|row| dot(row, light(colour)).clamp(0.0, 1.0))
    }

    /// CIE L*a*b* under D65.
    fn lab(light: Light) -> [f64; 3] {
        let f = |t: f64| if t > 0.008_856 { libm::cbrt(t) } else { 7.787 * t + 16.0 / 116.0 };
        let x = f(dot([0.4124, 0.3576, 0.1805], light) / 0.950_47);
        let y = f(dot([0.2126, 0.7152, 0.0722], light));
        let z = f(dot([0.0193, 0.1192, 0.9505], light) / 1.088_83);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// The least distance (CIE76) of two colours that anybody sees.
    fn distance(a: RGBColor, b: RGBColor) -> f64 {
        let of = |vision: &[Light; 3]| {
            let (a, b) = (lab(seen(a, vision)), lab(seen(b, vision)));
            libm::sqrt(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum())
        };
        VISIONS.iter().map(of).fold(f64::INFINITY, f64::min)
    }

    /// Of two colours, as the Web Content Accessibility Guidelines have it.
    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let luminance = |colour| dot([0.2126, 0.7152, 0.0722], light(colour)) + 0.05;
        let (a, b) = (luminance(a), luminance(b));
        a.max(b) / a.min(b)
    }

    fn dark(colour: RGBColor) -> RGBColor {
        DARK.into_iter().find(|pair| pair.0 == colour).map(|pair| pair.1).expect("a colour of charts")
    }

    /// A name, the page, and what a colour is in it.
    type Mode = (&'static str, RGBColor, fn(RGBColor) -> RGBColor);

    fn modes() -> [Mode; 2] {
        [("light", PAPER, |colour| colour), ("dark", RGBColor(0x0f, 0x13, 0x18), dark)]
    }

    #[test]
    fn what_means_something_else_looks_different_to_everybody() {
        for (mode, _, of) in modes() {
            for (a, b, least) in [
                (RECOMMENDED, NOW, 40.0),
                (WITHIN[0], BEYOND[0], 14.0),
                (WITHIN[1], BEYOND[1], 20.0),
                (WITHIN[2], BEYOND[1], 20.0),
                (LEVELS[0], LEVELS[7], 50.0),
            ] {
                let distance = distance(of(a), of(b));
                assert!(distance >= least, "{mode}: {a:?} and {b:?}: {distance}");
            }
            for levels in LEVELS.windows(2) {
                let distance = distance(of(levels[0]), of(levels[1]));
                assert!(distance >= 7.0, "{mode}: {levels:?}: {distance}");
            }
        }
    }

    #[test]
    fn text_is_readable_on_its_ground_in_both_modes() {
        for (mode, page, of) in modes() {
            for (text, ground) in [RECOMMENDED, NOW, BAD]
                .map(|text| (of(text), page))
                .into_iter()
                .chain([(of(RECOMMENDED), of(MEETS)), (of(NOW), of(MEETS))])
            {
                assert!(contrast(text, ground) >= 4.5, "{mode}: {text:?} on {ground:?}: {}", contrast(text, ground));
            }
            for ground in WITHIN.into_iter().chain(BEYOND).chain(NEUTRAL) {
                let contrast = contrast(of(ON_CELL), of(ground));
                assert!(contrast >= 4.5, "{mode}: {ground:?}: {contrast}");
            }
        }
    }

    #[test]
    fn every_colour_has_its_rule_once() {
        let rules = dark_rules();
        assert_eq!(rules.lines().count(), DARK.len());
        let mut light: Vec<_> = DARK.iter().map(|pair| (pair.0.0, pair.0.1, pair.0.2)).collect();
        light.sort_unstable();
        light.dedup();
        assert_eq!(light.len(), DARK.len(), "two meanings of one colour cannot be told apart");
        assert!(rules.contains("svg [fill=\"#0A5CAD\"] { fill: #6CB6FF; }"), "{rules}");
    }
}
