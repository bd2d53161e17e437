//! How likely each factor of an assumed time is, by what was seen of it.

use crate::distribution::{Distribution, normal};
use crate::scenario::PodModel;

/// Factors of an assumed time, with their weights before anything is seen: a log-normal distribution whose middle 90 % reach from
/// a third to three times.
const FACTORS: [(f64, f64); 13] = [
    (0.088, 0.003),
    (0.125, 0.011),
    (0.177, 0.044),
    (0.25, 0.135),
    (0.354, 0.325),
    (0.5, 0.607),
    (0.707, 0.882),
    (1.0, 1.0),
    (1.414, 0.882),
    (2.0, 0.607),
    (2.828, 0.325),
    (4.0, 0.135),
    (8.0, 0.011),
];

/// Values of a time that a likelihood is worked out from.
const POINTS: u32 = 2000;

/// The least probability of an observation: the shape of a default may be wrong as well.
const LEAST: f64 = 1e-6;

/// How long something took, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    /// At least so long.
    pub(super) least: f64,
    /// At most so long; `None`: it was not over.
    pub(super) most: Option<f64>,
}

impl Span {
    /// A time between two instants that are cut to whole seconds.
    pub(super) fn whole(seconds: u32) -> Self {
        Self::about(f64::from(seconds))
    }

    /// A time that may be a second more or less.
    pub(super) fn about(seconds: f64) -> Self {
        Self { least: (seconds - 1.0).max(0.0), most: Some(seconds + 1.0) }
    }

    /// One that was not over.
    pub(super) fn at_least(seconds: u32) -> Self {
        Self { most: None, ..Self::whole(seconds) }
    }
}

/// How many times as long as it is assumed something takes.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct Factor {
    /// The factor.
    pub(super) times: f64,
    /// The times of one version differ less than is assumed.
    pub(super) narrow: bool,
}

impl Factor {
    /// As it is assumed.
    const USUAL: Self = Self { times: 1.0, narrow: false };

    pub(super) fn is_usual(self) -> bool {
        self == Self::USUAL
    }
}

/// Factors with their probabilities.
#[derive(Clone, Debug)]
pub(super) struct Likely {
    /// Each with the sum of the probabilities up to it.
    factors: Vec<(Factor, f64)>,
    /// The probability of what was seen.
    pub(super) evidence: f64,
}

impl Likely {
    /// The standard deviation of the logarithm of times that differ little.
    pub(super) const NARROW: f64 = 0.3;

    /// Nothing but the time as it is.
    pub(super) fn usual() -> Self {
        Self { factors: vec![(Factor::USUAL, 1.0)], evidence: 1.0 }
    }

    /// By what was seen. Where nothing is assumed the times are as they are, and the evidence alone counts.
    pub(super) fn of(times: impl Fn(f64) -> Times, seen: &[Span], is_assumed: bool) -> Self {
        let usual = times(1.0);
        if !is_assumed {
            return Self { evidence: usual.likelihood(seen), ..Self::usual() };
        }
        let median = usual.median();
        let wide = FACTORS
            .map(|(factor, weight)| (Factor { times: factor, narrow: false }, weight, times(factor).likelihood(seen)));
        let narrow = FACTORS.map(|(factor, weight)| {
            (Factor { times: factor, narrow: true }, weight, narrow_likelihood(median * factor, seen))
        });
        Self::weighed(wide.into_iter().chain(narrow))
    }

    fn weighed(all: impl Iterator<Item = (Factor, f64, f64)>) -> Self {
        let all: Vec<(Factor, f64, f64)> = all.collect();
        let prior: f64 = all.iter().map(|(_, weight, _)| weight).sum();
        let sum: f64 = all.iter().map(|(_, weight, likelihood)| weight * likelihood).sum();
        let mut until = 0.0;
        let factors = all.into_iter().map(|(factor, weight, likelihood)| {
            until += weight * likelihood / sum;
            (factor, until)
        });
        Self { factors: factors.collect(), evidence: sum / prior }
    }

    /// The factor that a share of the probability lies at.
    pub(super) fn at(&self, u: f64) -> Factor {
        let found = self.factors.iter().find(|(_, until)| u <= *until).or(self.factors.last());
        found.map_or(Factor::USUAL, |(factor, _)| *factor)
    }
}

/// Times of a stage, ascending, in seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Times(Vec<f64>);

impl Times {
    /// Bound to running, where that takes so many times as long.
    pub(super) fn of_start(model: &PodModel, factor: f64) -> Self {
        Self::of(|[pull, start, ..]| factor * (seconds(&model.pull, pull) + seconds(&model.start, start)))
    }

    /// Running to Ready, where the warm-up takes so many times as long; the wait for the probe, whose period is known, does not.
    pub(super) fn of_warm_up(model: &PodModel, factor: f64) -> Self {
        let probe = model.probes.startup.or(model.probes.readiness);
        let [period, delay] =
            probe.map_or([0.0; 2], |probe| [probe.period, probe.initial_delay].map(|length| length.as_secs_f64()));
        // Without a probe a pod is Ready as soon as it runs.
        let counts = if probe.is_some() { 1.0 } else { 0.0 };
        Self::of(|[warm_up, phase, ..]| {
            counts * (factor * seconds(&model.warm_up, warm_up)).max(delay) + period * phase
        })
    }

    /// Told to go until gone, where the containers take so many times as long.
    pub(super) fn of_stop(model: &PodModel, factor: f64) -> Self {
        let (hook, grace) = (model.pre_stop.as_secs_f64(), model.grace.as_secs_f64());
        Self::of(|[stop, ..]| (hook + factor * seconds(&model.termination, stop)).min(grace))
    }

    fn of(time: impl Fn([f64; 4]) -> f64) -> Self {
        let mut times: Vec<f64> = (0..POINTS).map(|point| time(uniform(point))).collect();
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// The middle one.
    pub(super) fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(0.0)
    }

    /// The share of the times that are less than `seconds`.
    fn below(&self, seconds: f64) -> f64 {
        self.0.partition_point(|time| *time < seconds) as f64 / self.0.len().max(1) as f64
    }

    /// The probability of what was seen.
    fn likelihood(&self, seen: &[Span]) -> f64 {
        likelihood(seen, |seconds| self.below(seconds))
    }
}

/// The same of times that differ little, with this median.
fn narrow_likelihood(median: f64, seen: &[Span]) -> f64 {
    likelihood(seen, |seconds| match seconds > 0.0 && median > 0.0 {
        true => normal::cdf(libm::log(seconds / median) / Likely::NARROW),
        false => 0.0,
    })
}

/// The probability of what was seen, by the share of the times that are less than so many seconds.
fn likelihood(seen: &[Span], below: impl Fn(f64) -> f64) -> f64 {
    seen.iter().fold(1.0, |product, span| {
        let until = span.most.map_or(1.0, &below);
        product * (until - below(span.least)).max(LEAST)
    })
}

fn seconds(distribution: &Distribution, u: f64) -> f64 {
    distribution.quantile(u).as_secs_f64()
}

/// Four numbers in (0, 1) that fill the cube evenly: multiples of the powers of a root of x⁵ = x + 1, without their whole parts
/// (M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018).
pub(super) fn uniform(point: u32) -> [f64; 4] {
    const STEPS: [f64; 4] =
        [0.856_674_883_854_502_9, 0.733_891_856_627_126, 0.628_706_721_036_806_7, 0.538_597_244_696_917_5];
    STEPS.map(|step| {
        let value = 0.5 + step * f64::from(point);
        (value - value.floor()).clamp(1e-9, 1.0 - 1e-9)
    })
}
