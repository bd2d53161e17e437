//! Scales: from numbers to pixels, with round ticks.

use super::canvas::{Anchor, Canvas, LABEL};
use super::colour::{GRID, INK};
use crate::analysis::spread;
use crate::metrics::Unit;
use crate::report::format;

/// What an axis counts, which decides its ticks and their labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// Seconds.
    Time,
    /// A share in [0, 1].
    Share,
    /// Whole things, such as pods.
    Count,
    /// Anything else.
    Number,
}

impl Quantity {
    /// The quantity of values in `unit`. Statistics of counts need not be whole numbers, so they are no
    /// [`Self::Count`].
    pub(super) const fn of(unit: Unit) -> Self {
        match unit {
            Unit::Seconds => Self::Time,
            Unit::Share => Self::Share,
            Unit::Pods | Unit::PodSeconds | Unit::Nodes | Unit::Requests | Unit::Count(_) => Self::Number,
        }
    }
}

/// A scale from `low..high` to pixels, linear or logarithmic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    quantity: Quantity,
    logarithmic: bool,
    low: f64,
    high: f64,
    pixels: (i32, i32),
}

/// The rectangle of a chart between two axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plot {
    pub(super) x: Axis,
    pub(super) y: Axis,
}

const TIME_STEPS: [f64; 22] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10_800.0,
    21_600.0, 43_200.0, 86_400.0, 172_800.0,
];

/// Ticks of a logarithmic axis of time.
const LONG_TIMES: &[f64] = &[
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0,
    3600.0, 7200.0, 18_000.0, 36_000.0, 86_400.0, 172_800.0, 432_000.0, 864_000.0,
];
const LONG_TIMES_SPARSE: [f64; 9] = [0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 36_000.0, 864_000.0];

impl Axis {
    /// A scale over `low..high`, at `pixels` from first to last. An empty range is made 1 long.
    pub(super) fn new(quantity: Quantity, low: f64, high: f64, pixels: (i32, i32)) -> Self {
        let low = if low.is_finite() { low } else { 0.0 };
        let high = if high.is_finite() && high > low { high } else { low + 1.0 };
        Self { quantity, logarithmic: false, low, high, pixels }
    }

    /// As [`Axis::new`], but equal ratios take equal room. Linear where `low` is not above 0.
    pub(super) fn logarithmic(quantity: Quantity, low: f64, high: f64, pixels: (i32, i32)) -> Self {
        Self { logarithmic: low > 0.0 && low.is_finite(), ..Self::new(quantity, low, high, pixels) }
    }

    pub(super) const fn is_logarithmic(&self) -> bool {
        self.logarithmic
    }

    pub(super) fn at(&self, value: f64) -> i32 {
        (f64::from(self.pixels.0) + self.share(value) * f64::from(self.pixels.1 - self.pixels.0)).round() as i32
    }

    /// Where `value` lies between the ends, in [0, 1]; what is outside is at the nearer end.
    pub(super) fn share(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            libm::log(value / self.low) / libm::log(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    pub(super) const fn first(&self) -> i32 {
        self.pixels.0
    }

    pub(super) const fn last(&self) -> i32 {
        self.pixels.1
    }

    /// Round values on the scale, no more than `most` (at least 2) and their labels.
    pub(super) fn ticks(&self, most: u32) -> Vec<(f64, String)> {
        if self.logarithmic {
            return self.ratios(most).into_iter().map(|value| (value, self.label(value))).collect();
        }
        let step = self.step((self.high - self.low) / f64::from(most.max(2) - 1));
        let first = (self.low / step - 1e-9).ceil();
        let last = (self.high / step + 1e-9).floor();
        let count = (last - first).clamp(-1.0, 100.0) as i32;
        (0..=count).map(|number| (first + f64::from(number)) * step).map(|value| (value, self.label(value))).collect()
    }

    /// Round values that grow by ratios: as many of each ten as there is room for, at least the first and the last that
    /// fit.
    fn ratios(&self, most: u32) -> Vec<f64> {
        let inside = |value: &f64| (self.low * (1.0 - 1e-9)..=self.high * (1.0 + 1e-9)).contains(value);
        let tens = |digits: &'static [f64]| {
            (-9..10).flat_map(move |power| digits.iter().map(move |digit| digit * libm::pow(10.0, f64::from(power))))
        };
        let ladders: [Vec<f64>; 3] = if self.quantity == Quantity::Time {
            [LONG_TIMES, &LONG_TIMES_SPARSE, &[1.0, 60.0, 3600.0, 86_400.0]].map(<[f64]>::to_vec)
        } else {
            [tens(&[1.0, 2.0, 5.0]).collect(), tens(&[1.0, 3.0]).collect(), tens(&[1.0]).collect()]
        };
        let fitting = ladders.iter().map(|ladder| ladder.iter().copied().filter(inside).collect::<Vec<f64>>());
        let mut last = Vec::new();
        for ticks in fitting {
            if ticks.len() <= most as usize {
                return if ticks.len() < 2 && !last.is_empty() { last } else { ticks };
            }
            last = ticks;
        }
        spread(&last, most.max(2) as usize)
    }

    fn step(&self, least: f64) -> f64 {
        if self.quantity == Quantity::Count && least <= 1.0 {
            return 1.0;
        }
        if self.quantity == Quantity::Time
            && let Some(step) = TIME_STEPS.into_iter().find(|step| *step >= least)
        {
            return step;
        }
        let power = libm::pow(10.0, libm::log10(least).floor());
        [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|step| *step >= least).unwrap_or(10.0 * power)
    }

    fn label(&self, value: f64) -> String {
        match self.quantity {
            Quantity::Time => time(value),
            Quantity::Share => format::share(value),
            Quantity::Number | Quantity::Count => format::number(value),
        }
    }
}

impl Plot {
    /// Only what belongs to the horizontal axis, and both lines.
    pub(super) fn x_frame(&self, canvas: &mut Canvas, x_title: &str) {
        let (left, right) = (self.x.first(), self.x.last());
        let (bottom, top) = (self.y.first(), self.y.last());
        for (value, label) in self.x.ticks(((right - left) / 56).clamp(2, 10) as u32) {
            let x = self.x.at(value);
            canvas.line(&[(x, bottom), (x, top)], GRID, 1);
            canvas.text((x, bottom + 16), &label, LABEL.at(Anchor::Middle));
        }
        canvas.line(&[(left, top), (left, bottom), (right, bottom)], INK, 1);
        canvas.text(((left + right) / 2, bottom + 38), x_title, LABEL.at(Anchor::Middle));
    }
}

/// `0`, `30s`, `1m 30s`, `2h`.
fn time(seconds: f64) -> String {
    if seconds < 1e-9 {
        return "0".into();
    }
    if seconds < 60.0 {
        return format::duration(seconds);
    }
    let whole = seconds.round() as u64;
    let parts = [(whole / 3600, "h"), (whole / 60 % 60, "m"), (whole % 60, "s")];
    let parts = parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number}{unit}"));
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(quantity: Quantity, low: f64, high: f64, most: u32) -> String {
        let axis = Axis::new(quantity, low, high, (0, 100));
        axis.ticks(most).into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(Quantity::Number, 0.0, 10.0, 6), "0 2 4 6 8 10");
        assert_eq!(labels(Quantity::Number, 17.0, 31.0, 5), "20 25 30");
        assert_eq!(labels(Quantity::Number, 0.0, 0.03, 4), "0 0.01 0.02 0.03");
        assert_eq!(labels(Quantity::Share, 0.0, 1.0, 6), "0% 20% 40% 60% 80% 100%");
        assert_eq!(labels(Quantity::Time, 0.0, 290.0, 6), "0 1m 2m 3m 4m");
        assert_eq!(labels(Quantity::Time, 0.0, 95.0, 5), "0 30s 1m 1m 30s");
        assert_eq!(labels(Quantity::Time, 0.0, 9000.0, 6), "0 30m 1h 1h 30m 2h 2h 30m");
    }

    #[test]
    fn counts_have_no_fractions() {
        assert_eq!(labels(Quantity::Count, 0.0, 2.0, 8), "0 1 2");
        assert_eq!(labels(Quantity::Count, 0.0, 400.0, 5), "0 100 200 300 400");
    }

    #[test]
    fn logarithmic_axes_give_equal_ratios_equal_room() {
        let axis = Axis::logarithmic(Quantity::Share, 0.001, 1.0, (0, 300));
        assert_eq!([0.001, 0.01, 0.1, 1.0, 0.0, -1.0].map(|share| axis.at(share)), [0, 100, 200, 300, 0, 0]);
        let labels =
            |axis: Axis, most| axis.ticks(most).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ");
        assert_eq!(labels(axis, 5), "0.1% 1% 10% 100%");
        let time = Axis::logarithmic(Quantity::Time, 20.0, 3700.0, (0, 300));
        assert_eq!(labels(time, 10), "20s 30s 1m 2m 5m 10m 20m 30m 1h");
        assert_eq!(labels(time, 5), "1m 10m 1h");
        assert!(!Axis::logarithmic(Quantity::Time, 0.0, 5.0, (0, 300)).is_logarithmic());
    }

    #[test]
    fn values_outside_stay_at_the_edge() {
        let axis = Axis::new(Quantity::Number, 10.0, 20.0, (100, 0));
        assert_eq!((axis.at(10.0), axis.at(15.0), axis.at(20.0)), (100, 50, 0));
        assert_eq!((axis.at(-1e300), axis.at(f64::INFINITY), axis.at(f64::NAN)), (100, 0, 100));
    }

    #[test]
    fn ranges_without_length_are_drawn_all_the_same() {
        for (low, high) in [(0.0, 0.0), (5.0, 5.0), (f64::NAN, f64::NAN), (0.0, 1e300), (1e300, 1e300)] {
            assert!(Axis::new(Quantity::Number, low, high, (0, 100)).ticks(5).len() < 102);
        }
    }
}
