//! Limits that hold what measurements leave open of the inputs of a simulation, beside what chance leaves open of its outputs.
//!
//! A simulation is run with inputs that were fitted to measurements. Were they fitted to others, its answer would be another one,
//! however many replications it has. How much that matters is found by running it with inputs drawn from those that the
//! measurements allow (nested replications; Barton, Nelson and Xie, INFORMS Journal on Computing 26 (2014), 74-87), all with the
//! random numbers of the same replications, so that what differs is due to the inputs.

use serde::{Deserialize, Serialize};

use super::estimate::{Confidence, Estimate};
use super::mean::sum;
use super::paired::Paired;
use super::student;

/// How far a figure moves with the inputs that measurements allow.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputSpread {
    /// Standard deviation of the figure over the drawn inputs, around its value with the fitted ones; in the figure's unit.
    pub sd: f64,
    /// Draws that it is computed from.
    pub draws: u64,
    /// Whether some of the drawn inputs gave the figure no upper end: rollouts that are never completed.
    pub open: bool,
}

impl InputSpread {
    /// Of a figure that is `fitted` with the fitted inputs and `drawn` with others. Infinite values are those of what never came;
    /// the spread is then that of the values below the fitted one. `None` where the figure has no value with the fitted inputs, or
    /// where some draw gives none at all.
    #[must_use]
    pub fn of(fitted: f64, drawn: &[f64]) -> Option<Self> {
        if !fitted.is_finite() || drawn.is_empty() || drawn.iter().any(|value| value.is_nan()) {
            return None;
        }
        let square = |value: &f64| (value - fitted) * (value - fitted);
        let open = drawn.iter().any(|value| value.is_infinite());
        if !open {
            let draws = drawn.len() as u64;
            return Some(Self { sd: libm::sqrt(sum(drawn.iter().map(square)) / draws as f64), draws, open });
        }
        let below: Vec<f64> = drawn.iter().filter(|value| **value < fitted).map(square).collect();
        let draws = (below.len() as u64).max(1);
        Some(Self { sd: libm::sqrt(sum(below) / draws as f64), draws, open })
    }

    /// From the estimate to the limits that the inputs alone give it: Student's t with as many degrees of freedom as there are draws.
    #[must_use]
    pub fn half_width(&self, confidence: Confidence) -> f64 {
        if self.sd > 0.0 { student::limit(self.draws, confidence) * self.sd } else { 0.0 }
    }
}

impl Estimate {
    /// This estimate with limits that hold the spread of the inputs as well: the distances that the two give a limit are independent,
    /// so that their squares add up (the method of variance estimates recovery; Zou and Donner, Statistics in Medicine 27 (2008),
    /// 1693-1702).
    #[must_use]
    pub fn with_inputs(self, spread: &InputSpread) -> Self {
        let Some(value) = self.value else { return self };
        let inputs = spread.half_width(Confidence::USUAL);
        if inputs == 0.0 && !spread.open {
            return self;
        }
        let away = |limit: f64| libm::hypot(limit - value, inputs);
        let high = self.high.filter(|_| !spread.open).map(|high| value + away(high));
        Self { low: self.low.map(|low| value - away(low)), high, ..self }
    }
}

impl Paired {
    /// This difference with limits that hold the spread of the inputs as well, which is that of the difference: the two systems
    /// have the same inputs. The probability is that of a limit that 0 lies on.
    #[must_use]
    pub fn with_inputs(self, spread: &InputSpread) -> Self {
        let difference = self.difference.with_inputs(spread);
        if difference == self.difference {
            return self;
        }
        let Some(value) = difference.value else { return self };
        // What the limit in the direction of 0 would be as standard errors; a missing limit shows nothing.
        let towards = if value > 0.0 { difference.low } else { difference.high };
        let p_value = towards.map(|limit| {
            let error = (value - limit).abs() / student::limit(spread.draws, Confidence::USUAL);
            if error > 0.0 { student::beyond(value / error, spread.draws) } else { 1.0 }
        });
        let greater = self.p_value.zip(p_value).map(|(own, with)| own.max(with));
        Self { difference, p_value: greater, ..self }
    }
}

/// What the width of an estimate's limits consists of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WidthParts {
    /// Half-width by the number of replications alone, in the figure's unit.
    pub simulation: f64,
    /// Half-width by the measurements alone, likewise.
    pub inputs: f64,
}

impl WidthParts {
    /// Those of an estimate before [`Estimate::with_inputs`]; `None` where it lacks a limit. The farther limit counts.
    #[must_use]
    pub fn of(before: &Estimate, spread: &InputSpread) -> Option<Self> {
        let (value, low, high) = (before.value?, before.low?, before.high?);
        let simulation = (value - low).max(high - value);
        Some(Self { simulation, inputs: spread.half_width(Confidence::USUAL) })
    }

    /// The half-width of both together.
    #[must_use]
    pub fn whole(&self) -> f64 {
        libm::hypot(self.simulation, self.inputs)
    }

    /// Whether the measurements make the greater part.
    #[must_use]
    pub fn is_of_inputs(&self) -> bool {
        self.inputs > self.simulation
    }

    /// How many times as many measurements make the limits half as wide, with as many replications; `None`: no number does. The
    /// part of either falls with the root of its number.
    #[must_use]
    pub fn measurements_for_half(&self) -> Option<f64> {
        times(self.inputs, self.simulation)
    }

    /// How many times as many replications make them half as wide, with the measurements that there are; `None`: no number does.
    #[must_use]
    pub fn replications_for_half(&self) -> Option<f64> {
        times(self.simulation, self.inputs)
    }
}

/// By what to multiply the number behind the part `own` so that it and the part `rest` make half of what they make now.
fn times(own: f64, rest: f64) -> Option<f64> {
    let left = (own * own + rest * rest) / 4.0 - rest * rest;
    (left > 0.0).then(|| own * own / left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(low: f64, value: f64, high: f64) -> Estimate {
        Estimate { low: Some(low), high: Some(high), ..Estimate::point(value, 1000) }
    }

    #[test]
    fn limits_are_as_wide_as_both_parts_together() {
        let spread = InputSpread { sd: 4.0, draws: 30, open: false };
        let inputs = spread.half_width(Confidence::USUAL);
        assert!((inputs - 4.0 * 2.042_272).abs() < 1e-5, "{inputs}");
        let wide = estimate(97.0, 100.0, 105.0).with_inputs(&spread);
        assert!((100.0 - wide.low.unwrap() - libm::hypot(3.0, inputs)).abs() < 1e-12);
        assert!((wide.high.unwrap() - 100.0 - libm::hypot(5.0, inputs)).abs() < 1e-12);
        let none = InputSpread { sd: 0.0, ..spread };
        assert_eq!(estimate(97.0, 100.0, 105.0).with_inputs(&none), estimate(97.0, 100.0, 105.0));
        assert_eq!(Estimate::unknown(9).with_inputs(&spread), Estimate::unknown(9));
    }

    #[test]
    fn spread_is_around_the_fitted_value() {
        let all = InputSpread::of(10.0, &[8.0, 12.0, 13.0, 9.0]).unwrap();
        assert!((all.sd * all.sd - 4.5).abs() < 1e-12 && all.draws == 4 && !all.open);
        // What never comes leaves the upper end open, and the values below tell the lower one.
        let open = InputSpread::of(10.0, &[8.0, f64::INFINITY, 13.0, 9.0]).unwrap();
        assert!((open.sd * open.sd - 2.5).abs() < 1e-12 && open.draws == 2 && open.open);
        let wide = estimate(9.0, 10.0, 11.0).with_inputs(&open);
        assert!(wide.high.is_none() && wide.low.is_some_and(|low| low < 4.0), "{wide:?}");
        assert_eq!(InputSpread::of(f64::INFINITY, &[8.0]), None);
        assert_eq!(InputSpread::of(10.0, &[8.0, f64::NAN]), None);
        assert_eq!(InputSpread::of(10.0, &[]), None);
    }

    #[test]
    fn what_would_halve_the_limits() {
        let mostly = WidthParts { simulation: 1.0, inputs: 7.0 };
        assert!(mostly.is_of_inputs() && mostly.replications_for_half().is_none());
        let times = mostly.measurements_for_half().unwrap();
        assert!((libm::hypot(1.0, 7.0 / libm::sqrt(times)) - mostly.whole() / 2.0).abs() < 1e-12);
        let even = WidthParts { simulation: 1.0, inputs: 1.0 };
        assert_eq!((even.measurements_for_half(), even.replications_for_half()), (None, None));
        let alone = WidthParts { simulation: 3.0, inputs: 0.0 };
        assert_eq!((alone.measurements_for_half(), alone.replications_for_half()), (None, Some(4.0)));
    }

    #[test]
    fn a_difference_is_less_sure_with_the_inputs() {
        let pairs: Vec<(f64, f64)> =
            (0..400).map(|k| (f64::from(k % 20), f64::from(k % 20) + 2.0 + f64::from(k % 3))).collect();
        let plain = Paired::of(&pairs, &crate::stats::Known::default());
        let sure = plain.with_inputs(&InputSpread { sd: 0.1, draws: 30, open: false });
        let unsure = plain.with_inputs(&InputSpread { sd: 3.0, draws: 30, open: false });
        assert!(sure.p_value < Some(0.001) && unsure.p_value > Some(0.1), "{sure:?} {unsure:?}");
        assert!(unsure.difference.low < Some(0.0) && sure.difference.low > Some(2.0));
        assert_eq!((plain.values, plain.correlation), (unsure.values, unsure.correlation));
    }
}
