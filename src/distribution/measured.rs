//! What measurements leave open of a distribution's parameters, and distributions that they allow as well.
//!
//! A distribution that was fitted to measurements is one of many that could have given them. Its parameters are known with standard
//! errors, and drawing others from what is known of them shows what the measurements leave open.

use super::source::{FEWEST_VALUES, Measured, ParameterErrors, Source};
use super::{Distribution, DistributionError, Shape, gamma, normal};

/// Beyond so many degrees of freedom Student's t is taken to be normal.
const NEARLY_NORMAL: f64 = 1e5;

/// Steps towards the fitted parameters until a distribution can have the drawn ones.
const STEPS: u32 = 40;

/// The numbers of one draw that a distribution's parameters are made from.
const NUMBERS: [u64; 3] = [0, 1, 2];

impl Distribution {
    /// This distribution as one that was fitted to measurements, or that consists of them.
    ///
    /// # Errors
    ///
    /// Where nothing is known of how measurements leave the family's parameters open, or where the errors are no errors.
    pub fn measured_on(self, measured: Measured) -> Result<Self, DistributionError> {
        let refused = |text: &str| Err(DistributionError(text.into()));
        let known = match self.shape {
            Shape::Empirical(_) if measured.errors.is_some() => {
                return refused(
                    "an empirical distribution has no parameters with errors: write the number of values alone",
                );
            }
            Shape::Empirical(_) => true,
            _ => exact_errors(&self.shape, f64::from(measured.values)).is_some(),
        };
        if !known {
            return refused(
                "only lognormal, gamma, weibull, exponential and empirical distributions can be `measured`",
            );
        }
        if measured.values < FEWEST_VALUES {
            return refused("`values` must be 3 at least");
        }
        if let Some(ParameterErrors { scale, width, correlation }) = measured.errors {
            let possible = |error: f64| error.is_finite() && (0.0..=GREATEST_ERROR).contains(&error);
            if !possible(scale) || !possible(width) || !(-1.0..=1.0).contains(&correlation) {
                return refused("errors are shares from 0 to 1000%, and a correlation lies between -1 and 1");
            }
        }
        let key = key(&self.shape, &measured);
        Ok(Self { source: Some(Box::new(Source { measured, key })), ..self })
    }

    /// The measurements that it was fitted to; `None`: it is taken to be known. Of a mixture its components are asked.
    #[must_use]
    pub fn measured(&self) -> Option<Measured> {
        self.source.as_ref().map(|source| source.measured)
    }

    /// The numbers of values of all measurements in it.
    #[must_use]
    pub fn measured_values(&self) -> Vec<u32> {
        match (&self.source, &self.shape) {
            (Some(source), _) => vec![source.measured.values],
            (None, Shape::Mixture(parts)) => parts.iter().flat_map(|(_, part)| part.measured_values()).collect(),
            (None, _) => Vec::new(),
        }
    }

    /// A distribution that the measurements allow as well. `number` gives uniform numbers in (0, 1) by the key of the measurements and
    /// a position; equal measurements ask for the same numbers, so that they stay equal.
    ///
    /// The logarithms of the parameters are drawn from Student's t around the fitted ones, with as many degrees of freedom as there are
    /// values beyond the parameters, because the width of the errors is itself known from the values alone. Parameters that the
    /// distribution cannot have are moved half of the way towards the fitted ones until it can. Of an empirical distribution as many
    /// values as there are are drawn from its values (the bootstrap; Barton and Schruben, Winter Simulation Conference 1993).
    #[must_use]
    pub fn drawn(&self, number: &dyn Fn(u64, u64) -> f64) -> Self {
        match (&self.source, &self.shape) {
            (None, Shape::Mixture(parts)) if !self.measured_values().is_empty() => {
                let parts = parts.iter().map(|(weight, part)| (*weight, part.drawn(number))).collect();
                self.with(Shape::Mixture(parts)).unwrap_or_else(|| self.clone())
            }
            (None, _) => self.clone(),
            (Some(source), Shape::Empirical(values)) => {
                let one =
                    |place| values[((number(source.key, place) * values.len() as f64) as usize).min(values.len() - 1)];
                let drawn = (0..values.len() as u64).map(one).collect();
                self.with(Shape::Empirical(drawn)).unwrap_or_else(|| self.clone())
            }
            (Some(source), _) => self.with_other_parameters(source, number),
        }
    }

    fn with_other_parameters(&self, source: &Source, number: &dyn Fn(u64, u64) -> f64) -> Self {
        let Some((mut scale, mut width)) =
            deviation(&self.shape, &source.measured, NUMBERS.map(|at| number(source.key, at)))
        else {
            return self.clone();
        };
        for _ in 0..STEPS {
            if let Some(drawn) = self.shape.altered(scale, width).and_then(|shape| self.with(shape)) {
                return drawn;
            }
            (scale, width) = (scale / 2.0, width / 2.0);
        }
        self.clone()
    }

    /// The same with another shape of the same support.
    fn with(&self, shape: Shape) -> Option<Self> {
        let drawn = Self::new(shape, self.shift, Some((self.low, self.high))).ok()?;
        Some(Self { source: self.source.clone(), ..drawn })
    }
}

/// The greatest standard error of the logarithm of a parameter: a factor of 22,000.
const GREATEST_ERROR: f64 = 10.0;

/// By how much the logarithms of scale and width differ from the fitted ones, from three uniform numbers.
fn deviation(shape: &Shape, measured: &Measured, [first, second, third]: [f64; 3]) -> Option<(f64, f64)> {
    let values = f64::from(measured.values);
    let errors = measured.errors.or_else(|| exact_errors(shape, values))?;
    let parameters = if matches!(shape, Shape::Exponential { .. }) { 1.0 } else { 2.0 };
    let degrees = (values - parameters).max(1.0);
    // The square of the errors is known as well as a sum of so many squares.
    let known = if degrees > NEARLY_NORMAL { 1.0 } else { gamma::quantile(degrees / 2.0, third) / (degrees / 2.0) };
    let factor = libm::sqrt(values / degrees / known);
    let (one, other) = (normal::quantile(first), normal::quantile(second));
    let ParameterErrors { scale, width, correlation } = errors;
    let both = correlation * one + libm::sqrt(1.0 - correlation * correlation) * other;
    Some((factor * scale * one, factor * width * both))
}

/// The errors of the parameters that are most likely by `n` exact values: the inverse of Fisher's information. `None` for families
/// that are not fitted.
fn exact_errors(shape: &Shape, n: f64) -> Option<ParameterErrors> {
    let of = |scale: f64, width: f64, both: f64| {
        let correlation = if both == 0.0 { 0.0 } else { both / libm::sqrt(scale * width) };
        ParameterErrors { scale: libm::sqrt(scale / n), width: libm::sqrt(width / n), correlation }
    };
    match *shape {
        Shape::Exponential { .. } => Some(of(1.0, 0.0, 0.0)),
        Shape::LogNormal { sigma, .. } => Some(of(sigma * sigma, 0.5, 0.0)),
        Shape::Gamma { shape, .. } => {
            // The information of (log shape, log scale) is (k² ψ'(k), k; k, k).
            let curvature = shape * gamma::trigamma(shape);
            let determinant = shape * shape * (curvature - 1.0);
            Some(of(shape * curvature / determinant, shape / determinant, -shape / determinant))
        }
        Shape::Weibull { shape, .. } => {
            // Cohen, Technometrics 7 (1965), 579-588: of the logarithm of the scale times the shape, and of that of the shape.
            const ABOUT_SCALE: f64 = 1.108_665_153_163_616_6;
            const ABOUT_SHAPE: f64 = 0.607_927_101_854_026_6;
            const BOTH: f64 = 0.257_022_057_956_389_2;
            Some(of(ABOUT_SCALE / (shape * shape), ABOUT_SHAPE, BOTH / shape))
        }
        _ => None,
    }
}

impl Shape {
    /// A member of the same family whose logarithm of the time is greater by `scale`, and that of sigma or the shape by `width`.
    fn altered(&self, scale: f64, width: f64) -> Option<Self> {
        let (longer, wider) = (libm::exp(scale), libm::exp(width));
        match *self {
            Self::Exponential { mean } => Some(Self::Exponential { mean: mean * longer }),
            Self::LogNormal { mu, sigma } => Some(Self::LogNormal { mu: mu + scale, sigma: sigma * wider }),
            Self::Gamma { shape, scale } => Some(Self::Gamma { shape: shape * wider, scale: scale * longer }),
            Self::Weibull { shape, scale } => Some(Self::Weibull { shape: shape * wider, scale: scale * longer }),
            _ => None,
        }
    }
}

/// A number that tells measurements apart: made of the fitted distribution and what is known of it (FNV-1a, 64 bits).
fn key(shape: &Shape, measured: &Measured) -> u64 {
    let parameters = match shape {
        Shape::Exponential { mean } => vec![1.0, *mean],
        Shape::LogNormal { mu, sigma } => vec![2.0, *mu, *sigma],
        Shape::Gamma { shape, scale } => vec![3.0, *shape, *scale],
        Shape::Weibull { shape, scale } => vec![4.0, *shape, *scale],
        Shape::Empirical(values) => values.clone(),
        _ => Vec::new(),
    };
    let errors = measured.errors.map_or(Vec::new(), |errors| vec![errors.scale, errors.width, errors.correlation]);
    let bits = parameters.iter().chain(&errors).map(|number| number.to_bits());
    let bytes = bits.chain([u64::from(measured.values)]).flat_map(u64::to_le_bytes);
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::parameter;

    fn of(shape: Shape, values: u32) -> Distribution {
        let measured = Measured { values, errors: None };
        Distribution::new(shape, 0.0, None).and_then(|one| one.measured_on(measured)).expect("valid")
    }

    fn draws(one: &Distribution, count: u32) -> Vec<Distribution> {
        (1..=count).map(|draw| one.drawn(&|key, position| parameter(7, draw, key, position))).collect()
    }

    /// Mean and standard deviation.
    fn moments(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let square = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        (mean, libm::sqrt(square / (values.len() as f64 - 1.0)))
    }

    #[test]
    fn drawn_parameters_have_the_errors_that_are_known() {
        const VALUES: u32 = 400;
        let logs = |one: &Distribution| match one.shape {
            Shape::LogNormal { mu, sigma } => (mu, libm::log(sigma)),
            Shape::Gamma { shape, scale } | Shape::Weibull { shape, scale } => (libm::log(scale), libm::log(shape)),
            Shape::Exponential { mean } => (libm::log(mean), 0.0),
            _ => (0.0, 0.0),
        };
        for shape in [
            Shape::LogNormal { mu: 2.0, sigma: 0.4 },
            Shape::Gamma { shape: 3.0, scale: 2.0 },
            Shape::Weibull { shape: 1.7, scale: 4.0 },
            Shape::Exponential { mean: 3.0 },
        ] {
            let errors = exact_errors(&shape, f64::from(VALUES)).expect("a fitted family");
            let fitted = of(shape, VALUES);
            let (scales, widths): (Vec<f64>, Vec<f64>) = draws(&fitted, 4000).iter().map(logs).unzip();
            let ((scale, sd), (width, sd_of_width)) = (moments(&scales), moments(&widths));
            let wanted = logs(&fitted);
            assert!((scale - wanted.0).abs() < 0.1 * errors.scale, "{fitted:?}: {scale}");
            assert!((sd / errors.scale - 1.0).abs() < 0.05, "{fitted:?}: {sd} for {errors:?}");
            assert!((width - wanted.1).abs() <= 0.1 * errors.width, "{fitted:?}: {width}");
            let both = scales.iter().zip(&widths).map(|(a, b)| (a - scale) * (b - width)).sum::<f64>() / 4000.0;
            if errors.width > 0.0 {
                assert!((sd_of_width / errors.width - 1.0).abs() < 0.05, "{fitted:?}: {sd_of_width} for {errors:?}");
                assert!((both / sd / sd_of_width - errors.correlation).abs() < 0.05, "{fitted:?} for {errors:?}");
            }
        }
    }

    #[test]
    fn few_values_leave_more_open_than_their_errors_say() {
        let logs = |one: &Distribution| if let Shape::LogNormal { mu, .. } = one.shape { mu } else { 0.0 };
        let few = of(Shape::LogNormal { mu: 2.0, sigma: 0.4 }, 6);
        let beyond =
            draws(&few, 4000).iter().filter(|one| (logs(one) - 2.0).abs() > 1.96 * 0.4 / libm::sqrt(6.0)).count();
        // Student's t with 4 degrees of freedom, wider by √(6/4): 19 of 100.
        assert!((600..=920).contains(&beyond), "{beyond}");
    }

    #[test]
    fn equal_measurements_stay_equal_and_what_is_known_stays() {
        let one = of(Shape::LogNormal { mu: 2.0, sigma: 0.4 }, 26);
        let number = |key, position| parameter(7, 3, key, position);
        assert_eq!(one.drawn(&number), one.clone().drawn(&number));
        assert_ne!(one.drawn(&number), one);
        // A latency that takes twice as long in a what-if run is the same measurement.
        let longer = one.scaled(2.0).drawn(&number);
        assert!(
            (longer.quantile(0.5).as_secs_f64() / one.drawn(&number).quantile(0.5).as_secs_f64() - 2.0).abs() < 1e-8
        );
        let known = Distribution::new(Shape::LogNormal { mu: 2.0, sigma: 0.4 }, 0.0, None).expect("valid");
        assert_eq!(known.drawn(&number), known);
        let shifted = Distribution::new(Shape::Exponential { mean: 3.0 }, 1.0, Some((2.0, 20.0))).expect("valid");
        let shifted = shifted.measured_on(Measured { values: 5, errors: None }).expect("valid");
        for drawn in draws(&shifted, 200) {
            assert!(drawn.quantile(1e-9).as_secs_f64() >= 2.0 && drawn.quantile(1.0 - 1e-9).as_secs_f64() <= 20.0);
        }
    }

    #[test]
    fn measured_values_and_components_are_drawn_anew() {
        let values = of(Shape::Empirical(vec![1.0, 2.0, 4.0, 8.0]), 4);
        let drawn = draws(&values, 50);
        assert!(drawn.iter().any(|one| one != &values) && drawn.iter().all(|one| one.high <= 8.0 && one.low >= 1.0));
        let part = of(Shape::LogNormal { mu: 2.0, sigma: 0.4 }, 26);
        let rest = Distribution::new(Shape::Exponential { mean: 60.0 }, 0.0, None).expect("valid");
        let mixture = Distribution::new(Shape::Mixture(vec![(0.9, part), (0.1, rest)]), 0.0, None).expect("valid");
        assert_eq!((mixture.measured(), mixture.measured_values()), (None, vec![26]));
        assert!(draws(&mixture, 3).iter().all(|one| *one != mixture && one.measured_values() == [26]));
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        let uniform = Distribution::new(Shape::Uniform { low: 1.0, high: 2.0 }, 0.0, None).expect("valid");
        let refused = uniform.measured_on(Measured { values: 26, errors: None });
        assert!(refused.is_err_and(|error| error.0.contains("only lognormal, gamma")));
        let errors = Some(ParameterErrors { scale: 0.1, width: 0.1, correlation: 1.5 });
        let known = Distribution::new(Shape::Exponential { mean: 60.0 }, 0.0, None).expect("valid");
        assert!(known.clone().measured_on(Measured { values: 26, errors }).is_err());
        assert!(known.measured_on(Measured { values: 2, errors: None }).is_err());
    }
}
