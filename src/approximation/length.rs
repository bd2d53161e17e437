//! Lengths of time by interpolation in a table of quantiles.

use crate::distribution::Distribution;
use crate::time::SimDuration;

/// Parts of the unit interval that are interpolated in.
const PARTS: usize = 2048;

/// A length of time as a function of a uniform number: a distribution's quantiles, straight between those of the table. It is a
/// little shorter in the tails than the distribution, which changes the approximation and not the estimate.
#[derive(Debug)]
pub(super) enum Length {
    /// Always this long.
    Constant(SimDuration),
    /// Nanoseconds at the bounds of the parts.
    Table(Vec<f64>),
}

impl Length {
    pub(super) fn of(distribution: &Distribution) -> Self {
        if let Some(length) = distribution.as_constant() {
            return Self::Constant(length);
        }
        let edge = 0.25 / PARTS as f64;
        let number = |bound: usize| (bound as f64 / PARTS as f64).clamp(edge, 1.0 - edge);
        Self::Table((0..=PARTS).map(|bound| distribution.quantile(number(bound)).as_nanos() as f64).collect())
    }

    /// The number that is needed; `None`: it is constant.
    pub(super) const fn is_drawn(&self) -> bool {
        matches!(self, Self::Table(_))
    }

    /// The length at a number from 0 to 1, which is asked for only where it is needed.
    pub(super) fn at(&self, number: impl FnOnce() -> f64) -> SimDuration {
        match self {
            Self::Constant(length) => *length,
            Self::Table(nanos) => {
                let place = number() * PARTS as f64;
                let part = (place as usize).min(PARTS - 1);
                let within = place - part as f64;
                SimDuration::from_nanos((nanos[part] + (nanos[part + 1] - nanos[part]) * within) as u64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Shape;

    #[test]
    fn lengths_are_those_of_the_distribution() {
        let constant = Length::of(&Distribution::constant(SimDuration::from_secs(3)));
        assert!(!constant.is_drawn());
        assert_eq!(constant.at(|| unreachable!("nothing is drawn")), SimDuration::from_secs(3));
        let distribution = Distribution::new(Shape::LogNormal { mu: 3.0, sigma: 0.5 }, 0.0, None).expect("parameters");
        let length = Length::of(&distribution);
        for k in 1..1000 {
            let number = f64::from(k) / 1000.0;
            let (near, exact) = (length.at(|| number).as_secs_f64(), distribution.quantile(number).as_secs_f64());
            assert!((near / exact - 1.0).abs() < 1e-3, "{number}: {near} for {exact}");
        }
        assert!(length.at(|| 1.0) > length.at(|| 0.999));
    }
}
