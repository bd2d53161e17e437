//! How well measurements know the parameters of a fitted member.

use super::likelihood::Likelihood;
use crate::distribution::Lifetime;

/// Steps of the differences, as parts of the spread of the logarithms and of the width.
const STEP: f64 = 0.02;

/// Standard errors of the parameters of the most likely member: from the curvature of the logarithm of the likelihood there (the
/// observed information; Efron and Hinkley, Biometrika 65 (1978), 457-482). They are for many values; with few they are too small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// Of the logarithm of the parameter that is a time (mean, median or scale): about its relative error.
    pub scale: f64,
    /// Of the logarithm of sigma or of the shape; `None`: the family has none.
    pub width: Option<f64>,
    /// Correlation of the two.
    pub correlation: Option<f64>,
}

/// A member whose logarithm of the scale is greater by `scale`, and that of the width by `width`.
fn moved(member: Lifetime, scale: f64, width: f64) -> Lifetime {
    let (longer, wider) = (libm::exp(scale), libm::exp(width));
    match member {
        Lifetime::Exponential { mean } => Lifetime::Exponential { mean: mean * longer },
        Lifetime::LogNormal { mu, sigma } => Lifetime::LogNormal { mu: mu + scale, sigma: sigma * wider },
        Lifetime::Gamma { shape, scale } => Lifetime::Gamma { shape: shape * wider, scale: scale * longer },
        Lifetime::Weibull { shape, scale } => Lifetime::Weibull { shape: shape * wider, scale: scale * longer },
    }
}

/// The errors of the most likely member; `None` where the likelihood has no curvature there that tells.
pub(super) fn errors(likelihood: &Likelihood<'_>, member: Lifetime) -> Option<Errors> {
    let (_, spread) = likelihood.guess();
    // The scale of a gamma distribution is known no better than its shape, however narrow the values are.
    let first = if matches!(member, Lifetime::Gamma { .. }) { STEP } else { STEP * spread.min(1.0) };
    let at = |one: f64, two: f64| likelihood.of(moved(member, one * first, two * STEP));
    let top = at(0.0, 0.0);
    let curvature = |one: f64, two: f64| 2.0 * top - at(one, two) - at(-one, -two);
    let scale = curvature(1.0, 0.0) / (first * first);
    let known = |variance: f64| (variance.is_finite() && variance > 0.0).then(|| libm::sqrt(variance));
    if matches!(member, Lifetime::Exponential { .. }) {
        return Some(Errors { scale: known(1.0 / scale)?, width: None, correlation: None });
    }
    let width = curvature(0.0, 1.0) / (STEP * STEP);
    let both = (curvature(1.0, 1.0) - curvature(1.0, -1.0)) / (4.0 * first * STEP);
    let determinant = scale * width - both * both;
    let (scale, width) = (known(width / determinant)?, known(scale / determinant)?);
    Some(Errors { scale, width: Some(width), correlation: Some(-both / determinant / (scale * width)) })
}
