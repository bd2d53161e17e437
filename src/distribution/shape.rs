//! Families of distributions: the parameters that they allow, their quantiles, shares and means.

use super::{Distribution, DistributionError, LEAST_SHARE, Shape, gamma, normal};

fn error<T>(message: String) -> Result<T, DistributionError> {
    Err(DistributionError(message))
}

fn positive(name: &str, value: f64) -> Result<(), DistributionError> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        error(format!("`{name}` must be a finite number greater than 0, not {value}"))
    }
}

fn not_negative(name: &str, value: f64) -> Result<(), DistributionError> {
    if value.is_finite() && value >= 0.0 {
        Ok(())
    } else {
        error(format!("{name} must be a finite number of at least 0, not {value}"))
    }
}

fn finite(name: &str, value: f64) -> Result<(), DistributionError> {
    if value.is_finite() { Ok(()) } else { error(format!("`{name}` must be a finite number, not {value}")) }
}

fn interval(low: f64, high: f64) -> Result<(), DistributionError> {
    not_negative("`low`", low)?;
    finite("`high`", high)?;
    if low < high {
        Ok(())
    } else {
        error(format!("`low` ({low}) must be less than `high` ({high}); for a constant write the plain duration"))
    }
}

/// Refuses an exponent of a power law or a shape of a gamma distribution outside the range that all of them can compute
/// accurately.
fn exponent(name: &str, value: f64) -> Result<(), DistributionError> {
    positive(name, value)?;
    if gamma::SHAPES.contains(&value) {
        Ok(())
    } else {
        error(format!("`{name}` must be between {} and {}, not {value}", gamma::SHAPES.start(), gamma::SHAPES.end()))
    }
}

impl Shape {
    /// Refuses parameters outside their domain.
    pub(super) fn validate(&self) -> Result<(), DistributionError> {
        match *self {
            Self::Constant(seconds) => not_negative("a constant", seconds),
            Self::Exponential { mean } => positive("mean", mean),
            Self::Uniform { low, high } => interval(low, high),
            Self::Triangular { low, mode, high } => {
                interval(low, high)?;
                if (low..=high).contains(&mode) {
                    Ok(())
                } else {
                    error(format!("`mode` ({mode}) must lie between `low` ({low}) and `high` ({high})"))
                }
            }
            Self::Normal { mean, sd } => finite("mean", mean).and_then(|()| positive("sd", sd)),
            Self::LogNormal { mu, sigma } => finite("mu", mu).and_then(|()| positive("sigma", sigma)),
            Self::Gamma { shape, scale } | Self::Weibull { shape, scale } => {
                exponent("shape", shape).and_then(|()| positive("scale", scale))
            }
            Self::Pareto { minimum, shape } => positive("minimum", minimum).and_then(|()| exponent("shape", shape)),
            Self::Empirical(ref values) if values.is_empty() => error("an empirical distribution needs a value".into()),
            Self::Empirical(ref values) => {
                values.iter().try_for_each(|value| not_negative("an empirical value", *value))
            }
            Self::Mixture(ref parts) => validate_weights(parts),
        }
    }

    /// The same values moved by `shift`, and the remaining shift that must be added to each. Values with a probability
    /// of their own are moved here, so that whether a limit includes them does not depend on rounding.
    pub(super) fn moved(self, shift: f64) -> (Self, f64) {
        match self {
            Self::Constant(seconds) => (Self::Constant(seconds + shift), 0.0),
            Self::Empirical(values) => (Self::Empirical(values.into_iter().map(|value| value + shift).collect()), 0.0),
            Self::Mixture(parts) => {
                let parts = parts.into_iter().map(|(weight, part)| (weight, part.moved(shift))).collect();
                (Self::Mixture(parts), 0.0)
            }
            other => (other, shift),
        }
    }

    /// The part within `[low, high]`, for families whose parameters that changes: empirical values are dropped, and the
    /// components of a mixture are conditioned and weighed anew by the remaining share of each. Other families are left
    /// as they are.
    pub(super) fn kept(self, low: f64, high: f64) -> Result<Self, DistributionError> {
        Ok(match self {
            Self::Empirical(mut values) => {
                values.retain(|value| (low..=high).contains(value));
                values.sort_unstable_by(f64::total_cmp);
                Self::Empirical(values)
            }
            Self::Mixture(parts) => {
                let mut kept = Vec::with_capacity(parts.len());
                for (weight, part) in parts {
                    let share = part.share(low, high);
                    if weight > 0.0 && share >= LEAST_SHARE {
                        kept.push((weight * share, part.truncated(low, high)?));
                    }
                }
                let total: f64 = kept.iter().map(|(weight, _)| weight).sum();
                kept.iter_mut().for_each(|(weight, _)| *weight /= total);
                Self::Mixture(kept)
            }
            other => other,
        })
    }

    /// The least and the greatest value; `None` when no values are left.
    pub(super) fn support(&self) -> Option<(f64, f64)> {
        Some(match *self {
            Self::Constant(seconds) => (seconds, seconds),
            Self::Uniform { low, high } | Self::Triangular { low, high, .. } => (low, high),
            Self::Pareto { minimum, .. } => (minimum, f64::INFINITY),
            Self::Empirical(ref values) => (*values.first()?, *values.last()?),
            Self::Mixture(ref parts) => {
                let (_, first) = parts.first()?;
                parts
                    .iter()
                    .fold((first.low, first.high), |(low, high), (_, part)| (low.min(part.low), high.max(part.high)))
            }
            _ => (0.0, f64::INFINITY),
        })
    }

    /// Whether single values have a probability of their own, so that truncation cannot use [`Shape::cdf`].
    pub(super) fn has_atoms(&self) -> bool {
        matches!(self, Self::Constant(_) | Self::Empirical(_) | Self::Mixture(_))
    }

    /// The value below which a share `u` in (0, 1) lies; for a normal distribution before truncation.
    pub(super) fn quantile(&self, u: f64) -> f64 {
        match *self {
            Self::Constant(seconds) => seconds,
            Self::Exponential { mean } => -mean * libm::log1p(-u),
            Self::Uniform { low, high } => low + u * (high - low),
            Self::Triangular { low, mode, high } => triangular_quantile(low, mode, high, u),
            Self::Normal { mean, sd } => mean + sd * normal::quantile(u),
            Self::LogNormal { mu, sigma } => libm::exp(mu + sigma * normal::quantile(u)),
            Self::Gamma { shape, scale } => scale * gamma::quantile(shape, u),
            Self::Weibull { shape, scale } => scale * libm::pow(-libm::log1p(-u), 1.0 / shape),
            Self::Pareto { minimum, shape } => minimum * libm::exp(-libm::log1p(-u) / shape),
            Self::Empirical(ref values) => {
                let rank = (u * values.len() as f64).ceil() as usize;
                values.get(rank.clamp(1, values.len().max(1)) - 1).copied().unwrap_or(0.0)
            }
            Self::Mixture(ref parts) => mixture_quantile(parts, u),
        }
    }

    /// The share of values within `[low, high]`; for a normal distribution before truncation.
    pub(super) fn share(&self, low: f64, high: f64) -> f64 {
        match *self {
            Self::Constant(seconds) => f64::from(u8::from((low..=high).contains(&seconds))),
            Self::Empirical(ref values) => {
                let within = values.iter().filter(|value| (low..=high).contains(*value)).count();
                within as f64 / values.len().max(1) as f64
            }
            Self::Mixture(ref parts) => parts.iter().map(|(weight, part)| weight * part.share(low, high)).sum(),
            _ => (self.cdf(high) - self.cdf(low)).max(0.0),
        }
    }

    /// The share of values at or below `x`, for families without atoms; for a normal distribution before truncation.
    pub(super) fn cdf(&self, x: f64) -> f64 {
        let positive = x.max(0.0);
        match *self {
            Self::Exponential { mean } => -libm::expm1(-positive / mean),
            Self::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Self::Triangular { low, mode, high } => triangular_cdf(low, mode, high, x),
            Self::Normal { mean, sd } => normal::cdf((x - mean) / sd),
            Self::LogNormal { mu, sigma } => normal::cdf((libm::log(positive) - mu) / sigma),
            Self::Gamma { shape, scale } => gamma::cdf(shape, x / scale),
            Self::Weibull { shape, scale } => -libm::expm1(-libm::pow(positive / scale, shape)),
            Self::Pareto { minimum, shape } => -libm::expm1(-shape * libm::log((x / minimum).max(1.0))),
            Self::Constant(_) | Self::Empirical(_) | Self::Mixture(_) => self.share(f64::NEG_INFINITY, x),
        }
    }

    /// The mean; `None` where it is infinite or a component has none.
    pub(super) fn mean(&self) -> Option<f64> {
        let mean = match *self {
            Self::Constant(seconds) => seconds,
            Self::Exponential { mean } => mean,
            Self::Uniform { low, high } => (low + high) / 2.0,
            Self::Triangular { low, mode, high } => (low + mode + high) / 3.0,
            Self::Normal { mean, sd } => mean + sd * normal::density(-mean / sd) / normal::cdf(mean / sd),
            Self::LogNormal { mu, sigma } => libm::exp(mu + sigma * sigma / 2.0),
            Self::Gamma { shape, scale } => shape * scale,
            Self::Weibull { shape, scale } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Self::Pareto { shape, .. } if shape <= 1.0 => return None,
            Self::Pareto { minimum, shape } => minimum * shape / (shape - 1.0),
            Self::Empirical(ref values) => values.iter().sum::<f64>() / values.len().max(1) as f64,
            Self::Mixture(ref parts) => {
                return parts.iter().map(|(weight, part)| part.mean().map(|mean| weight * mean)).sum();
            }
        };
        mean.is_finite().then_some(mean)
    }
}

fn validate_weights(parts: &[(f64, Distribution)]) -> Result<(), DistributionError> {
    parts.iter().try_for_each(|(weight, _)| not_negative("a weight", *weight))?;
    let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
    if total > 0.0 && total.is_finite() {
        Ok(())
    } else {
        error("a mixture needs a component with a weight greater than 0".into())
    }
}

fn triangular_quantile(low: f64, mode: f64, high: f64, u: f64) -> f64 {
    let width = high - low;
    if u * width < mode - low {
        low + libm::sqrt(u * width * (mode - low))
    } else {
        high - libm::sqrt((1.0 - u) * width * (high - mode))
    }
}

fn triangular_cdf(low: f64, mode: f64, high: f64, x: f64) -> f64 {
    let width = high - low;
    if x <= low {
        0.0
    } else if x < mode {
        (x - low) * (x - low) / (width * (mode - low))
    } else if x < high {
        1.0 - (high - x) * (high - x) / (width * (high - mode))
    } else {
        1.0
    }
}

/// `u` chooses the component; its position within the component's share is the component's own uniform number.
fn mixture_quantile(parts: &[(f64, Distribution)], u: f64) -> f64 {
    let mut rest = u;
    for (weight, part) in parts {
        if rest < *weight {
            return part.seconds(rest / weight);
        }
        rest -= weight;
    }
    parts.last().map_or(0.0, |(_, part)| part.seconds(1.0))
}
