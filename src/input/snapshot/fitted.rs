//! Times fitted to what a snapshot shows.

use super::start_up::StartUpSeen;
use crate::distribution::{Distribution, MOST_MEASURED, Measured, ParameterErrors, Shape};
use crate::stats::fit::{Errors, Lengths, Outcome, Resolution, Seen, fit};

impl StartUpSeen {
    /// The pulls that events tell of, fitted; `None`: there are too few.
    pub(crate) fn fitted_pull(&self) -> Option<Distribution> {
        distribution(&self.pulled()?)
    }

    /// The same as an experiment writes it, with how many pods tell it.
    pub(crate) fn written_pull(&self) -> Option<(String, usize)> {
        let lengths = self.pulled()?;
        let count = usize::try_from(lengths.count()).ok()?;
        Some((written(&shape(&lengths)?.0)?, count))
    }

    fn pulled(&self) -> Option<Lengths> {
        let pulls = self.pulls.iter().filter_map(|pull| Some((Seen::Exactly(pull.seconds?), 1))).collect();
        self.has_pulls().then(|| Lengths::new(Resolution::Exact, pulls))
    }
}

/// The most likely distribution, with how well the lengths know it; `None`: they do not tell one.
pub(crate) fn distribution(lengths: &Lengths) -> Option<Distribution> {
    let (shape, errors) = shape(lengths)?;
    let distribution = Distribution::new(shape, 0.0, None).ok()?;
    let Some(errors) = errors else { return Some(distribution) };
    let values = (lengths.count() - lengths.censored()).min(u64::from(MOST_MEASURED)) as u32;
    let errors = ParameterErrors {
        scale: errors.scale,
        width: errors.width.unwrap_or(0.0),
        correlation: errors.correlation.unwrap_or(0.0),
    };
    let measured = Measured { values, errors: Some(errors) };
    Some(distribution.clone().measured_on(measured).unwrap_or(distribution))
}

/// Where whole seconds show no spread, any time within the second is as likely.
fn shape(lengths: &Lengths) -> Option<(Shape, Option<Errors>)> {
    match fit(lengths) {
        Outcome::Fitted(found) => found.nearest().map(|fit| (fit.member.shape(), fit.errors)),
        Outcome::Constant(value) => Some((Shape::Uniform { low: (value - 0.5).max(0.0), high: value + 0.5 }, None)),
        Outcome::TooFew | Outcome::OneBucket => None,
    }
}

/// A fitted shape in the words of an experiment, with times to the microsecond.
fn written(shape: &Shape) -> Option<String> {
    Some(match shape {
        Shape::Exponential { mean } => format!("{{exponential: {{mean: {mean:.6}s}}}}"),
        Shape::LogNormal { mu, sigma } => {
            format!("{{lognormal: {{median: {:.6}s, sigma: {sigma:.6}}}}}", libm::exp(*mu))
        }
        Shape::Gamma { shape, scale } => format!("{{gamma: {{shape: {shape:.6}, scale: {scale:.6}s}}}}"),
        Shape::Weibull { shape, scale } => format!("{{weibull: {{shape: {shape:.6}, scale: {scale:.6}s}}}}"),
        Shape::Uniform { low, high } => format!("{{uniform: {{low: {low:.6}s, high: {high:.6}s}}}}"),
        _ => return None,
    })
}
