//! Marks beside words, for terminals with and without Unicode. A mark never stands without its word.

use super::sparkline::Glyphs;

/// The marks that a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Beside what is recommended.
    pub star: &'static str,
    /// Beside what runs now.
    pub ring: &'static str,
    /// Beside an objective that is not met.
    pub cross: &'static str,
    /// Where there is no number.
    pub nothing: &'static str,
    /// What a horizontal line is made of.
    pub rule: char,
}

impl Marks {
    /// Those that go with `glyphs`.
    #[must_use]
    pub const fn of(glyphs: Glyphs) -> Self {
        match glyphs {
            Glyphs::Blocks => Self { star: "★", ring: "○", cross: "✗", nothing: "–", rule: '─' },
            Glyphs::Ascii => Self { star: "*", ring: "o", cross: "x", nothing: "-", rule: '-' },
        }
    }
}
