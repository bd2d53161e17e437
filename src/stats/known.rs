//! What is known of a quantity beside its sample.

use super::estimate::Confidence;
use super::proportion::exact_limits;

/// The values that a quantity can have, and how much of its distribution a sample has not shown.
///
/// A sample can only know what it has seen. Where something happens in few of the systems sampled, a sample may have
/// missed it altogether, and no statistic of the sample's own values says so. What the values can be at all, and how
/// probable the rare thing is at most, bound how wrong the sample can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// Least value that it can have; -∞ where nothing bounds it.
    pub low: f64,
    /// Greatest value that it can have; ∞ where nothing bounds it.
    pub high: f64,
    /// The greatest share of all systems, from 0 to 1, that something rare can have changed beyond those that the
    /// sample shows.
    pub unseen: f64,
}

impl Default for Known {
    fn default() -> Self {
        Self { low: f64::NEG_INFINITY, high: f64::INFINITY, unseen: 0.0 }
    }
}

impl Known {
    /// A quantity that is `low` at least and `high` at most.
    #[must_use]
    pub const fn between(low: f64, high: f64) -> Self {
        Self { low, high, unseen: 0.0 }
    }

    /// The difference of two quantities, second less first, whose samples miss the same things.
    #[must_use]
    pub fn difference(first: Self, second: Self) -> Self {
        Self { low: second.low - first.high, high: second.high - first.low, unseen: first.unseen.max(second.unseen) }
    }

    /// The limits `low` and `high` of a mean, wider by what was not seen and within what is possible. A side that nothing
    /// bounds stays as it is.
    #[must_use]
    pub fn widened(self, low: f64, high: f64) -> (f64, f64) {
        let inside = |limit: f64| limit.clamp(self.low, self.high);
        let (fall, rise) = (self.fall(low, self.unseen), self.rise(high, self.unseen));
        (inside(low - fall.unwrap_or(0.0)), inside(high + rise.unwrap_or(0.0)))
    }

    /// What `share` of all systems at the least value lower a mean of `value`; `None` where nothing bounds it.
    pub(super) fn fall(self, value: f64, share: f64) -> Option<f64> {
        distance(value - self.low, share)
    }

    /// What `share` of all systems at the greatest value raise a mean of `value`; `None` where nothing bounds it.
    pub(super) fn rise(self, value: f64, share: f64) -> Option<f64> {
        distance(self.high - value, share)
    }
}

fn distance(to_bound: f64, share: f64) -> Option<f64> {
    if share == 0.0 {
        return Some(0.0);
    }
    to_bound.is_finite().then(|| share * to_bound.max(0.0))
}

/// The greatest share of systems of which none is in a sample of `n`, unless the sample is one of the rare ones that
/// the level leaves out: about `3 / n` at 95 % (Hanley and Lippman-Hand, Journal of the American Medical Association
/// 249 (1983), 1743-1745).
pub(super) fn share_of_none(n: u64, confidence: Confidence) -> f64 {
    -libm::expm1(libm::log(2.0 * confidence.tail()) / n as f64)
}

/// The greatest share of systems of which `few` are in a sample of `n`, likewise (Clopper and Pearson 1934).
pub(super) fn share_of_few(few: u64, n: u64, confidence: Confidence) -> f64 {
    exact_limits(few, n, confidence.tail()).1
}

/// By how much the share of something that befell `seen` of `n` may exceed `seen / n`, where it is known to befall a
/// share of `most` at most. Once two or more have been seen the sample's own values tell what it does, and nothing is
/// added.
#[must_use]
pub fn shortfall(seen: u64, n: u64, most: f64, confidence: Confidence) -> f64 {
    if seen > 1 || n == 0 {
        return 0.0;
    }
    let (_, high) = exact_limits(seen, n, 2.0 * confidence.tail());
    (high.min(most) - seen as f64 / n as f64).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_seen_is_three_in_n_or_what_is_known() {
        let none = |n, most| shortfall(0, n, most, Confidence::USUAL);
        assert!((none(1000, 1.0) - 0.002_991).abs() < 1e-6, "{}", none(1000, 1.0));
        assert!((none(1000, 1.0) - share_of_none(1000, Confidence::USUAL)).abs() < 1e-9);
        assert_eq!((none(1000, 1e-5), none(1000, 0.0), none(0, 1.0)), (1e-5, 0.0, 0.0));
        // Of one in a hundred the exact upper limit is 4.66 %.
        assert!((shortfall(1, 100, 1.0, Confidence::USUAL) - 0.036_56).abs() < 1e-5);
        assert!((shortfall(1, 100, 0.013, Confidence::USUAL) - 0.003).abs() < 1e-12);
        assert_eq!((shortfall(1, 100, 0.01, Confidence::USUAL), shortfall(2, 100, 1.0, Confidence::USUAL)), (0.0, 0.0));
    }

    #[test]
    fn bounds_of_a_difference() {
        let (first, second) = (Known { unseen: 0.1, ..Known::between(0.0, 2.0) }, Known::between(1.0, 5.0));
        assert_eq!(Known::difference(first, second), Known { low: -1.0, high: 5.0, unseen: 0.1 });
        let open = Known::difference(Known::between(0.0, f64::INFINITY), Known::between(0.0, f64::INFINITY));
        assert_eq!((open.low, open.high), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!((open.rise(1.0, 0.5), open.rise(1.0, 0.0)), (None, Some(0.0)));
        assert_eq!((second.rise(2.0, 0.5), second.fall(2.0, 0.5)), (Some(1.5), Some(0.5)));
    }
}
