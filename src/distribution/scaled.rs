//! The same distribution, of times that are longer or shorter by a factor.

use super::{Distribution, Shape};

impl Distribution {
    /// The distribution of this one's values times `factor`, which must be finite and greater than 0. The same uniform number
    /// gives the value that this distribution gives, times the factor.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self {
            shape: self.shape.scaled(factor),
            shift: self.shift * factor,
            low: self.low * factor,
            high: self.high * factor,
            below: self.below,
            within: self.within,
            constant: self.constant.map(|length| length.stretched(factor)),
            source: self.source.clone(),
        }
    }
}

impl Shape {
    fn scaled(&self, factor: f64) -> Self {
        match self {
            Self::Constant(seconds) => Self::Constant(seconds * factor),
            Self::Exponential { mean } => Self::Exponential { mean: mean * factor },
            Self::Uniform { low, high } => Self::Uniform { low: low * factor, high: high * factor },
            Self::Triangular { low, mode, high } => {
                Self::Triangular { low: low * factor, mode: mode * factor, high: high * factor }
            }
            Self::Normal { mean, sd } => Self::Normal { mean: mean * factor, sd: sd * factor },
            Self::LogNormal { mu, sigma } => Self::LogNormal { mu: mu + libm::log(factor), sigma: *sigma },
            Self::Gamma { shape, scale } => Self::Gamma { shape: *shape, scale: scale * factor },
            Self::Weibull { shape, scale } => Self::Weibull { shape: *shape, scale: scale * factor },
            Self::Pareto { minimum, shape } => Self::Pareto { minimum: minimum * factor, shape: *shape },
            Self::Empirical(values) => Self::Empirical(values.iter().map(|value| value * factor).collect()),
            Self::Mixture(components) => {
                Self::Mixture(components.iter().map(|(weight, one)| (*weight, one.scaled(factor))).collect())
            }
        }
    }
}
