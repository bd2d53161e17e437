//! Families of distributions fitted to measured lengths of time, by maximum likelihood.

mod chi_square;
mod errors;
mod likelihood;
mod measured;
#[cfg(test)]
mod tests;

pub use chi_square::ChiSquare;
pub use errors::Errors;
pub use measured::{Lengths, Measured, Resolution, Seen};

use self::likelihood::Likelihood;
use super::simplex;
use crate::distribution::Lifetime;

/// The fewest lengths that are no lower bounds with which a fit is made.
pub const FEWEST: u64 = 5;

/// Kolmogorov's limit: divided by the root of the number of lengths, it is the distance that the true distribution stays below
/// in 95 of 100 samples. It is rough here, because parameters that were fitted to the same sample make the distance smaller.
const KOLMOGOROV: f64 = 1.36;

/// From this difference of Akaike's criterion on, a family has clearly less support than the best (Burnham and Anderson, Model Selection
/// and Multimodel Inference, 2nd ed. 2002, section 2.6).
const CLEAR: f64 = 4.0;

/// Seconds that can be written as a duration with some digits left.
const WRITABLE: std::ops::RangeInclusive<f64> = 1e-7..=1e9;

/// A family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// [`Lifetime::Exponential`]
    Exponential,
    /// [`Lifetime::LogNormal`]
    LogNormal,
    /// [`Lifetime::Gamma`]
    Gamma,
    /// [`Lifetime::Weibull`]
    Weibull,
}

impl Family {
    /// All families that are tried. Pareto is not one: its least value would have to be the least measured length.
    pub const ALL: [Self; 4] = [Self::Exponential, Self::LogNormal, Self::Gamma, Self::Weibull];

    /// Its name in an experiment.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exponential => "exponential",
            Self::LogNormal => "lognormal",
            Self::Gamma => "gamma",
            Self::Weibull => "weibull",
        }
    }

    /// How many parameters it has.
    const fn parameters(self) -> usize {
        if matches!(self, Self::Exponential) { 1 } else { 2 }
    }

    /// Range of the parameter that determines the width. Within it a member differs from a constant, and an experiment can
    /// state it.
    const fn range(self) -> (f64, f64) {
        match self {
            Self::Exponential | Self::LogNormal => (1e-4, 12.0),
            Self::Gamma => (2e-3, 9e4),
            Self::Weibull => (2e-2, 5e3),
        }
    }
}

/// The outcome of fitting all families.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Fewer than [`FEWEST`] lengths are no lower bounds.
    TooFew,
    /// All lengths are the same, as far as the resolution shows.
    Constant(f64),
    /// All lie between the same bounds.
    OneBucket,
    /// At least one family has a most likely member.
    Fitted(Fitted),
}

/// Fitted families.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// By Akaike's criterion, the best first.
    pub fits: Vec<Fit>,
    /// Families without a most likely member, and why.
    pub left_out: Vec<(Family, &'static str)>,
    /// The largest distance with which a family is said to fit.
    pub limit: f64,
}

/// The most likely member of a family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Which family.
    pub family: Family,
    /// The member.
    pub member: Lifetime,
    /// Akaike's information criterion: twice the number of parameters less twice the logarithm of the likelihood.
    pub aic: f64,
    /// Largest distance from the measured distribution: of the shares that lie at or below a value.
    pub distance: f64,
    /// Pearson's test of the member; `None` where there are too few lengths for it.
    pub test: Option<ChiSquare>,
    /// How well the parameters are known; `None` where the lengths do not tell.
    pub errors: Option<Errors>,
}

impl Fitted {
    /// The best by Akaike's criterion of those that fit; `None` where none does. Where the lognormal fits and the criterion does not set the
    /// best clearly apart from it, it is the lognormal: few lengths show nothing of the tail, and its is the longest of the four.
    #[must_use]
    pub fn chosen(&self) -> Option<&Fit> {
        let best = self.best()?;
        let is_candidate = |fit: &&Fit| fit.family == Family::LogNormal && fit.aic - best.aic < CLEAR;
        self.fits.iter().filter(|fit| self.fits_well(fit)).find(is_candidate).or(Some(best))
    }

    /// The best by Akaike's criterion alone of those that fit.
    #[must_use]
    pub fn best(&self) -> Option<&Fit> {
        self.fits.iter().find(|fit| self.fits_well(fit))
    }

    /// [`Self::chosen`], or else the best by Akaike's criterion alone.
    #[must_use]
    pub fn nearest(&self) -> Option<&Fit> {
        self.chosen().or(self.fits.first())
    }

    fn fits_well(&self, fit: &Fit) -> bool {
        fit.distance <= self.limit
    }
}

/// Fits every family to `lengths`.
#[must_use]
pub fn fit(lengths: &Lengths) -> Outcome {
    let known = lengths.count() - lengths.censored();
    if known < FEWEST {
        return Outcome::TooFew;
    }
    if let Some(value) = constant(lengths) {
        return Outcome::Constant(value);
    }
    let likelihood = Likelihood::new(lengths);
    let (mut fits, mut left_out) = (Vec::new(), Vec::new());
    for family in Family::ALL {
        if let Some(reason) = hindrance(lengths, family) {
            left_out.push((family, reason));
            continue;
        }
        match member(&likelihood, family) {
            Some(member) => {
                let aic = 2.0 * (family.parameters() as f64 - likelihood.of(member));
                let test = chi_square::chi_square(lengths, member, family.parameters());
                let errors = errors::errors(&likelihood, member);
                fits.push(Fit { family, member, aic, distance: distance(lengths, member), test, errors });
            }
            None => left_out.push((family, "no peak of the likelihood")),
        }
    }
    if fits.is_empty() {
        return Outcome::OneBucket;
    }
    fits.sort_by(|a, b| a.aic.total_cmp(&b.aic));
    Outcome::Fitted(Fitted { fits, left_out, limit: KOLMOGOROV / libm::sqrt(known as f64) })
}

/// The one length that all may have had. Two neighbouring whole seconds do not show any spread: a constant length of 1.6 s is
/// measured as 1 s in 40 of 100 cases and as 2 s in the others.
fn constant(lengths: &Lengths) -> Option<f64> {
    let values: Vec<(f64, u64)> = lengths.values().collect();
    let (first, last) = (values.first()?.0, values.last()?.0);
    let value = match lengths.resolution() {
        Resolution::Exact if first == last => first,
        Resolution::WholeSeconds if last - first <= 1.0 => {
            let total: f64 = values.iter().map(|(value, count)| value * *count as f64).sum();
            total / values.iter().map(|(_, count)| *count as f64).sum::<f64>()
        }
        _ => return None,
    };
    (lengths.last_censored() < value || lengths.censored() == 0).then_some(value)
}

/// The parameter that is a time.
fn scale(member: Lifetime) -> f64 {
    match member {
        Lifetime::Exponential { mean } => mean,
        Lifetime::LogNormal { mu, .. } => libm::exp(mu),
        Lifetime::Gamma { scale, .. } | Lifetime::Weibull { scale, .. } => scale,
    }
}

fn hindrance(lengths: &Lengths, family: Family) -> Option<&'static str> {
    let inner = || lengths.bounds().iter().filter(|(_, share)| *share > 0.0 && *share < 1.0).count();
    match lengths.resolution() {
        Resolution::Exact if family != Family::Exponential && lengths.values().any(|(value, _)| value == 0.0) => {
            Some("never exactly 0")
        }
        Resolution::Buckets if inner() == 0 => Some("all are in one bucket"),
        Resolution::Buckets if family != Family::Exponential && inner() < 2 => {
            Some("two buckets fix one parameter only")
        }
        _ => None,
    }
}

/// The member under which `likelihood` is greatest; `None` where the greatest is at the end of a range.
fn member(likelihood: &Likelihood<'_>, family: Family) -> Option<Lifetime> {
    let (centre, spread) = likelihood.guess();
    // The location is measured in units of the spread, so that the same steps suit narrow and wide samples.
    let place = |u: f64| libm::exp(centre + u * spread);
    if family == Family::Exponential {
        let [u] = simplex::least([0.0], 0.5, |[u]| -likelihood.of(Lifetime::Exponential { mean: place(u) }));
        return Some(Lifetime::Exponential { mean: place(u) });
    }
    let (low, high) = family.range();
    let make = |u: f64, width: f64| match family {
        Family::LogNormal => Lifetime::LogNormal { mu: centre + u * spread, sigma: width },
        Family::Gamma => Lifetime::Gamma { shape: width, scale: place(u) / width },
        _ => Lifetime::Weibull { shape: width, scale: place(u) },
    };
    let start = match family {
        Family::LogNormal => spread,
        Family::Gamma => 1.0 / (spread * spread),
        // The standard deviation of the logarithm is π/√6 of the inverse of the shape.
        _ => 1.282_549_830_161_864 / spread,
    };
    let [u, log_width] = simplex::least([0.0, libm::log(start.clamp(low * 2.0, high / 2.0))], 0.5, |[u, log_width]| {
        let width = libm::exp(log_width);
        if (low..=high).contains(&width) { -likelihood.of(make(u, width)) } else { f64::INFINITY }
    });
    let width = libm::exp(log_width);
    let inside = width > low * 1.01 && width < high / 1.01;
    let found = make(u, width);
    (inside && WRITABLE.contains(&scale(found)) && likelihood.of(found).is_finite()).then_some(found)
}

/// Largest difference between the shares at or below a value: of single values on both sides of each, of whole seconds at
/// each, of buckets at their bounds.
fn distance(lengths: &Lengths, member: Lifetime) -> f64 {
    let largest = |gaps: &mut dyn Iterator<Item = f64>| gaps.map(f64::abs).fold(0.0, f64::max);
    if lengths.resolution() == Resolution::Buckets {
        return largest(&mut lengths.bounds().into_iter().map(|(bound, share)| member.cdf(bound) - share));
    }
    let whole = lengths.resolution() == Resolution::WholeSeconds;
    let (mut gaps, mut before) = (Vec::new(), 0.0);
    for step in &lengths.curve().steps {
        let (until, at) = if whole {
            (member.whole_cdf(step.time - 1.0), member.whole_cdf(step.time))
        } else {
            (member.cdf(step.time), member.cdf(step.time))
        };
        gaps.extend([until - before, at - step.share]);
        before = step.share;
    }
    largest(&mut gaps.into_iter())
}
