//! How the phases of a pod look.

use plotters::style::RGBColor;

use crate::diagnosis::Phase;

const WAITING: RGBColor = RGBColor(0x6b, 0x72, 0x7a);
const WAITING_GROUND: RGBColor = RGBColor(0xe4, 0xe7, 0xea);
const PULLING: RGBColor = RGBColor(0xb0, 0x63, 0x9a);
const STARTING: RGBColor = RGBColor(0x54, 0x27, 0x4a);
const WARMING: RGBColor = RGBColor(0xcc, 0x84, 0x00);
const READY: RGBColor = RGBColor(0x56, 0xb4, 0xe9);
const AVAILABLE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
const OLD: RGBColor = RGBColor(0x84, 0x96, 0xa5);
const TERMINATING: RGBColor = RGBColor(0xc4, 0x4f, 0x00);
const LOST: RGBColor = RGBColor(0x4d, 0x4d, 0x4d);

/// How a phase looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A full bar.
    Full(RGBColor),
    /// A thin bar.
    Thin(RGBColor),
    /// A bar with slanted lines: ground and lines.
    Hatched(RGBColor, RGBColor),
}

/// How a phase of a pod looks, which is a new one or was there before.
pub(super) const fn look(phase: Phase, new: bool) -> Look {
    match phase {
        Phase::Scheduling | Phase::Waiting | Phase::WaitingForOld | Phase::Bound | Phase::Volume => {
            Look::Hatched(WAITING_GROUND, WAITING)
        }
        Phase::Initializing => Look::Thin(STARTING),
        Phase::Pulling => Look::Full(PULLING),
        Phase::Starting => Look::Full(STARTING),
        Phase::WarmingUp => Look::Full(WARMING),
        Phase::Ready => Look::Full(READY),
        Phase::Available if new => Look::Full(AVAILABLE),
        Phase::Available => Look::Full(OLD),
        Phase::NotReady => Look::Thin(WARMING),
        Phase::Restarting => Look::Hatched(WAITING_GROUND, TERMINATING),
        Phase::Lost => Look::Hatched(WAITING_GROUND, LOST),
        Phase::Terminating | Phase::Gone => Look::Thin(TERMINATING),
    }
}
