//! A mean with a control variate: another quantity of the same systems whose mean is known better.
//!
//! The mean of a quantity is that of its difference from the control and that of the control. The first varies little where the two agree, and
//! comes from the sample; the second comes from independent systems, of which there can be many because the control costs little. The
//! coefficient of the control is 1 and not estimated (the difference estimator; Cochran, Sampling Techniques, 3rd ed. 1977, section 7.2),
//! so that there is no bias and the observations stay independent.

use super::estimate::{Confidence, Estimate};
use super::known::Known;
use super::mean::{Moments, Once, Twice};

/// What is known of a control from independent samples of one size.
#[derive(Clone, Copy, Debug)]
pub struct ControlSamples<'a> {
    /// Their means.
    pub means: &'a [f64],
    /// The variance of the control in one system.
    pub variance: f64,
}

/// A quantity and its differences from its control, which are gone through once or twice in the same order.
#[derive(Clone, Debug, Default)]
pub struct ControlledPasses {
    quantity: Passes,
    difference: Passes,
}

/// Numbers that are gone through.
#[derive(Clone, Debug, Default)]
struct Passes {
    once: Once,
    twice: Option<Twice>,
    ended: bool,
}

impl Passes {
    fn take(&mut self, value: f64) {
        match &mut self.twice {
            Some(twice) => twice.add(value),
            None if self.ended => {}
            None => self.once.add(value),
        }
    }

    fn end(&mut self) -> bool {
        let first = !std::mem::replace(&mut self.ended, true);
        if first {
            self.twice = self.once.again();
        }
        first && self.twice.is_some()
    }

    /// How many of them equal one another decides nothing here: their spread does.
    fn moments(&self) -> Option<Moments> {
        Moments::of_passes(&self.once, self.twice.as_ref(), None)
    }
}

impl ControlledPasses {
    /// Takes the next system of a pass: the quantity and its control.
    pub fn take(&mut self, quantity: f64, control: f64) {
        self.quantity.take(quantity);
        self.difference.take(quantity - control);
    }

    /// Ends a pass; gives whether all systems have to come once more. After the last pass none may come.
    pub fn end(&mut self) -> bool {
        let more = self.quantity.end();
        self.difference.end() || more
    }

    /// The mean of a quantity whose `plain` estimate is that of the same sample, of which `known` is known, with what independent `samples`
    /// say of the control. `None` where the difference varies as much as the control: then the control tells nothing. (The variance of
    /// the quantity in the sample must not decide: it is small where a rare event was missed, and such samples would keep a mean
    /// that is too low.)
    ///
    /// The limits are those of the difference and of the control, each with its skewness taken out; the two are independent, so that the
    /// squares of their distances from the estimate add up (Zou and Donner, Statistics in Medicine 27 (2008), 1693-1702). What
    /// the sample cannot have seen moves the difference by as much as it moves the quantity. Where the plain limits are narrower they
    /// stay: one difference that stands out from all others leaves open how large such differences are.
    #[must_use]
    pub fn mean(
        &self,
        plain: &Estimate,
        samples: ControlSamples<'_>,
        known: &Known,
        confidence: Confidence,
    ) -> Option<Estimate> {
        let (low, high) = (plain.low?, plain.high?);
        let difference = self.difference.moments()?;
        let (control, error) = control(samples.means, confidence)?;
        let n = self.quantity.once.n() as f64;
        if difference.variance()? / n + error >= samples.variance / n {
            return None;
        }
        let value = self.difference.once.mean() + control[1];
        let shift = self.difference.once.mean() - self.quantity.once.mean();
        let known_of_it = Known { low: known.low + shift, high: known.high + shift, unseen: known.unseen };
        let own = limits(difference.mean_at(&known_of_it, confidence)).map(|difference| {
            let below = libm::hypot(difference[1] - difference[0], control[1] - control[0]);
            let above = libm::hypot(difference[2] - difference[1], control[2] - control[1]);
            ((value - below).max(known.low), (value + above).min(known.high))
        });
        let holds = low <= value && value <= high;
        let (low, high) = match own {
            Some((own_low, own_high)) if !holds || own_high - own_low < high - low => (own_low, own_high),
            _ if holds => (low, high),
            _ => return None,
        };
        Some(Estimate { value: Some(value), low: Some(low), high: Some(high), ..*plain })
    }
}

/// Lower limit, value and upper limit of an estimate that has all of them.
fn limits(estimate: Estimate) -> Option<[f64; 3]> {
    Some([estimate.low?, estimate.value?, estimate.high?])
}

/// The same of the mean of `controls`, which are means of independent samples of one size, and its variance.
fn control(controls: &[f64], confidence: Confidence) -> Option<([f64; 3], f64)> {
    let moments = Moments::of(controls)?;
    let (value, variance) = (moments.mean().value?, moments.variance()?);
    if variance == 0.0 {
        return Some(([value; 3], 0.0));
    }
    let (low, high, _) = moments.of_spread(confidence)?;
    Some(([low, value, high], variance / controls.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(values: &[f64], differences: &[f64]) -> ControlledPasses {
        let mut passes = ControlledPasses::default();
        loop {
            values.iter().zip(differences).for_each(|(value, difference)| passes.take(*value, value - difference));
            if !passes.end() {
                return passes;
            }
        }
    }

    fn plain(values: &[f64]) -> Estimate {
        Moments::of(values).expect("values").mean_at(&KNOWN, Confidence::USUAL)
    }

    fn samples(means: &[f64]) -> ControlSamples<'_> {
        ControlSamples { means, variance: 33.0 }
    }

    const KNOWN: Known = Known::between(0.0, 1000.0);

    /// Numbers between 0 and 1 in an order without pattern.
    fn scattered(n: u32, step: u32) -> Vec<f64> {
        (0..n).map(|k| f64::from(k * step % n) / f64::from(n)).collect()
    }

    #[test]
    fn a_good_control_makes_limits_narrow_and_the_mean_that_of_both_parts() {
        let errors = scattered(1000, 7919 % 1000);
        let values: Vec<f64> = scattered(1000, 377).iter().zip(&errors).map(|(x, e)| 50.0 + 20.0 * x + e).collect();
        let differences: Vec<f64> = errors.iter().map(|error| error + 1.0).collect();
        let controls: Vec<f64> = scattered(20, 7).iter().map(|x| 59.0 + 0.1 * x).collect();
        let plain = plain(&values);
        let found = passes(&values, &differences)
            .mean(&plain, samples(&controls), &KNOWN, Confidence::USUAL)
            .expect("narrower");
        let mean = differences.iter().sum::<f64>() / 1000.0 + controls.iter().sum::<f64>() / 20.0;
        assert!((found.value.unwrap_or(0.0) - mean).abs() < 1e-9, "{found:?}");
        let width = |estimate: &Estimate| estimate.high.unwrap_or(0.0) - estimate.low.unwrap_or(0.0);
        // Two independent errors: 0.29 / sqrt(1000) and 0.03 / sqrt(20) by the right factors.
        let wanted = 2.0 * libm::hypot(1.962 * 0.2887 / 1000_f64.sqrt(), 2.093 * 0.02958 / 20_f64.sqrt());
        assert!((width(&found) / wanted - 1.0).abs() < 0.02, "{} for {wanted}", width(&found));
        assert!(width(&found) < 0.1 * width(&plain));
        assert_eq!((found.n, found.carriers), (plain.n, plain.carriers));
    }

    #[test]
    fn a_bad_control_changes_nothing() {
        let values: Vec<f64> = scattered(400, 77).iter().map(|x| 50.0 + 20.0 * x).collect();
        let differences: Vec<f64> =
            scattered(400, 77).iter().zip(scattered(400, 33)).map(|(x, y)| 20.0 * (x - y)).collect();
        let found = passes(&values, &differences).mean(
            &plain(&values),
            samples(&[50.0, 51.0, 52.0]),
            &KNOWN,
            Confidence::USUAL,
        );
        assert_eq!(found, None);
    }

    /// All agree, or all but one, and what such a one may be otherwise is not known: the exact limit of its share reaches far.
    #[test]
    fn what_agrees_nearly_always_keeps_the_plain_limits() {
        let values: Vec<f64> = scattered(400, 77).iter().map(|x| 50.0 + 20.0 * x).collect();
        let mut one = vec![0.0; 400];
        one[7] = 4.0;
        let plain = plain(&values);
        for (differences, mean) in [(&one[..], 60.01), (&[0.0; 400], 60.0)] {
            let found = passes(&values, differences).mean(&plain, samples(&[59.99, 60.01]), &KNOWN, Confidence::USUAL);
            let found = found.expect("a better value");
            assert!((found.value.unwrap_or(0.0) - mean).abs() < 1e-9, "{found:?}");
            assert_eq!((found.low, found.high), (plain.low, plain.high));
        }
        // A value outside of the plain limits has its own, however wide they are.
        let far = passes(&values, &one).mean(&plain, samples(&[80.0, 80.1]), &KNOWN, Confidence::USUAL);
        let far = far.expect("a value with limits of its own");
        assert!(far.low < far.value && far.value < far.high && far.high > plain.high, "{far:?}");
    }

    #[test]
    fn what_a_sample_may_have_missed_stays_in_the_limits() {
        let values: Vec<f64> = scattered(1000, 377).iter().map(|x| 50.0 + 20.0 * x).collect();
        let differences = scattered(1000, 919);
        let known = Known { unseen: 1e-4, ..KNOWN };
        let limits = |known: &Known| {
            let plain = Moments::of(&values).expect("values").mean_at(known, Confidence::USUAL);
            let found =
                passes(&values, &differences).mean(&plain, samples(&[59.5, 59.6, 59.4]), known, Confidence::USUAL);
            found.and_then(|found| found.low.zip(found.high)).expect("narrower")
        };
        let (without, with) = (limits(&KNOWN), limits(&known));
        // A tenth of a second is a share of 1e-4 of the way to the horizon.
        assert!(with.1 > without.1 && with.0 < without.0, "{with:?} for {without:?}");
    }
}
