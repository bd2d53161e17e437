//! Virtual time: whole nanoseconds, so that every sum is exact and every order total.
//!
//! [`SimTime`] is an instant on the simulated wall clock, [`SimDuration`] a length of time. The API server's own
//! timestamps have whole seconds; [`SimTime::truncated`] rounds as it does.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// An instant of simulated wall-clock time, in nanoseconds since the simulation's epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(u64);

/// A length of simulated time, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SimDuration(u64);

impl SimTime {
    /// The simulation's epoch.
    pub const ZERO: Self = Self(0);
    /// Later than every instant a run can reach: "never".
    pub const NEVER: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The instant `seconds` whole seconds after the epoch.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * NANOS_PER_SECOND)
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch, as the API writes creation, readiness and condition times.
    #[must_use]
    pub const fn whole_seconds(self) -> u64 {
        self.0 / NANOS_PER_SECOND
    }

    /// The instant as the API stores it: truncated to the whole second.
    #[must_use]
    pub const fn truncated(self) -> Self {
        Self(self.0 - self.0 % NANOS_PER_SECOND)
    }

    /// The time that passed since `earlier`; zero where `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }

    /// Whether this stands for "never".
    #[must_use]
    pub const fn is_never(self) -> bool {
        self.0 == u64::MAX
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than every run: "for ever".
    pub const MAX: Self = Self(u64::MAX);

    /// `nanos` nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// `seconds` whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * NANOS_PER_SECOND)
    }

    /// `seconds` rounded to the nearest nanosecond; negative and not-a-number give zero, too large gives [`Self::MAX`].
    #[must_use]
    pub fn from_secs_f64(seconds: f64) -> Self {
        // A float-to-integer cast saturates at both ends and takes NaN to 0.
        Self((seconds * 1e9 + 0.5) as u64)
    }

    /// Length in nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Length in seconds.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// This length less `other`; zero where `other` is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// This length `factor` times over; saturates at [`Self::MAX`].
    #[must_use]
    pub const fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// The fewest whole steps that are no shorter than this length. A step is at least a nanosecond.
    #[must_use]
    pub fn rounded_up(self, step: Self) -> Self {
        step.times(self.0.div_ceil(step.0.max(1)))
    }

    /// This length `factor` times over, rounded to the nearest nanosecond; a factor of 1 changes nothing.
    #[must_use]
    pub fn stretched(self, factor: f64) -> Self {
        // A cast from a float to an integer saturates.
        if factor == 1.0 || self == Self::MAX { self } else { Self((self.0 as f64 * factor + 0.5) as u64) }
    }

    /// Whether this is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;

    fn add(self, length: SimDuration) -> Self {
        Self(self.0.saturating_add(length.0))
    }
}

impl AddAssign<SimDuration> for SimTime {
    fn add_assign(&mut self, length: SimDuration) {
        *self = *self + length;
    }
}

impl Add for SimDuration {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for SimTime {
    type Output = SimDuration;

    fn sub(self, earlier: Self) -> SimDuration {
        debug_assert!(earlier <= self, "time ran backwards");
        self.since(earlier)
    }
}

impl fmt::Display for SimDuration {
    /// Seconds with as many decimals as the exact value needs, such as `12.5s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncation_is_to_the_second_below() {
        assert_eq!(SimTime::from_nanos(14_940_000_000).truncated(), SimTime::from_secs(14));
        assert_eq!(SimTime::from_secs(15).truncated(), SimTime::from_secs(15));
    }

    #[test]
    fn float_seconds_round_to_the_nearest_nanosecond_and_never_wrap() {
        assert_eq!(SimDuration::from_secs_f64(0.000_000_001_4), SimDuration::from_nanos(1));
        assert_eq!(SimDuration::from_secs_f64(-3.0), SimDuration::ZERO);
        assert_eq!(SimDuration::from_secs_f64(f64::NAN), SimDuration::ZERO);
        assert_eq!(SimDuration::from_secs_f64(f64::INFINITY), SimDuration::MAX);
    }

    #[test]
    fn never_stays_never() {
        assert_eq!(SimTime::NEVER + SimDuration::from_secs(1), SimTime::NEVER);
        assert_eq!(SimTime::from_secs(1) + SimDuration::MAX, SimTime::NEVER);
    }
}
