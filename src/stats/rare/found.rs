//! What samples say about the probability of a rare event.

use super::super::estimate::Estimate;

/// What samples say about the probability of an event, which are weighted or come from runs in stages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rare {
    /// The probability, from 0 to 1, with its limits. Where no sample has the event, the upper limit is one-sided.
    pub probability: Estimate,
    /// Samples with the event.
    pub hits: u64,
    /// How many samples of equal weight would know the probability as well as these hits do.
    pub effective: f64,
    /// The standard error by the probability; `None` without hits.
    pub relative_error: Option<f64>,
    /// How many samples drawn as the world is would have this relative error.
    pub plain: Option<f64>,
    /// What the probability of the event may be, at most, in samples that the mixture makes no more probable than they are,
    /// beyond those that were seen; `None`: some were seen, and the limits tell.
    pub unseen: Option<f64>,
}
