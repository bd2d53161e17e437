//! The characters that bars on the terminal are made of.

use crate::diagnosis::Phase;
use crate::report::sparkline::Glyphs;

/// Characters of bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bars {
    full: char,
}

impl From<Glyphs> for Bars {
    fn from(glyphs: Glyphs) -> Self {
        Self { full: if glyphs == Glyphs::Blocks { '█' } else { '#' } }
    }
}

impl Bars {
    /// A bar of so many characters.
    pub(super) fn bar(self, length: usize) -> String {
        std::iter::repeat_n(self.full, length).collect()
    }

    /// The character for a phase.
    pub(super) const fn of(self, phase: Phase) -> char {
        match phase {
            Phase::Scheduling | Phase::Bound => '.',
            Phase::Waiting | Phase::WaitingForOld => '/',
            Phase::Volume => 'v',
            Phase::Initializing => 'i',
            Phase::Pulling => 'p',
            Phase::Starting => 's',
            Phase::WarmingUp => 'w',
            Phase::Ready => 'm',
            Phase::Available => self.full,
            Phase::NotReady => 'n',
            Phase::Restarting => 'x',
            Phase::Lost => '!',
            Phase::Terminating => 't',
            Phase::Gone => ' ',
        }
    }
}
