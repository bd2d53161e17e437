//! Limits from groups of observations. Observations of one group depend on one another; groups do not.
//!
//! The groups are those of stratified sampling, which makes their means less variable than those of independent observations,
//! so that limits made for independent ones would be too wide. All limits here come from the spread of the groups: the sum of
//! the residuals of a group is one observation of Student's t (the "ultimate cluster" of survey statistics: Hansen, Hurwitz and
//! Madow, Sample Survey Methods and Theory, 1953). Groups need not be equally large.
//!
//! A spread of few groups that is small by chance must not become certainty. Where fewer than eight observations carry a
//! figure there are no limits of groups, and the caller keeps those of independent observations: these are conservative, because the
//! variance of a Latin hypercube sample of n is at most n/(n-1) times that of independent observations (Owen, Annals of
//! Statistics 25 (1997), 1541-1562). And to the variance of the groups that of three observations is added, up to that of
//! independent observations: where all groups agree, up to three in as many groups may not (the rule of three).

use super::estimate::{Confidence, Estimate};
use super::group_passes::{GroupedMean, MeanPasses, SharePairPasses, SharePasses};
use super::paired::{Paired, difference_of_shares, differences};
use super::quantile::OrderStatistic;

/// No effective number of observations is taken to be more.
const GREATEST_EFFECTIVE: f64 = (1_u64 << 30) as f64;

/// The limits of the mean of `values`, which stand in order of replication in groups of `size`: Student's t over the groups
/// with their skewness taken out ([`Moments::mean_at`](super::Moments::mean_at)). `None` where the groups give none, and the limits of
/// independent values are to be used.
#[must_use]
pub fn mean_in_groups(values: &[f64], size: usize, confidence: Confidence) -> Option<GroupedMean> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let median = sorted.get(values.len() / 2).copied();
    let mut passes = MeanPasses::new(size);
    loop {
        values.iter().for_each(|value| passes.take(*value));
        if !passes.end(median) {
            return passes.limits(confidence);
        }
    }
}

/// The passes over observations in order of replication, in groups of `size`.
fn shares(is: impl Iterator<Item = bool> + Clone, size: usize) -> SharePasses {
    let mut passes = SharePasses::new(size);
    loop {
        is.clone().for_each(|one| passes.take(one));
        if !passes.end() {
            return passes;
        }
    }
}

/// The limits of the share of true ones, in order of replication, in groups of `size`: Wilson's with the effective number of
/// observations (Franco, Little, Louis and Slud, Journal of Survey Statistics and Methodology 7 (2019), 334-364). `None` as for
/// [`mean_in_groups`].
#[must_use]
pub fn share_in_groups(is: &[bool], size: usize, confidence: Confidence) -> Option<(f64, f64)> {
    shares(is.iter().copied(), size).limits(confidence)
}

/// The limits of the quantile `q` of `values`, which stand in order of replication in groups of `size`; what never came counts as
/// infinite. Woodruff (Journal of the American Statistical Association 47 (1952), 635-646): the limits of the
/// share below the estimate, here those of a binomial sample of the effective number, are turned into ranks. `sorted` are the
/// same values, ascending. `None` as for [`mean_in_groups`]; an infinite limit is `None` alone.
#[must_use]
pub fn quantile_in_groups(
    values: &[f64],
    sorted: &[f64],
    q: f64,
    size: usize,
    confidence: Confidence,
) -> Option<(Option<f64>, Option<f64>)> {
    let n = sorted.len();
    let at = *sorted.get(OrderStatistic::at(n, q, confidence).rank() - 1)?;
    let effective = shares(values.iter().map(|value| *value <= at), size).effective(confidence)?;
    let value = |rank: u64| sorted.get(rank as usize - 1).copied().filter(|value| value.is_finite());
    let (low, high) = ranks_in_groups(effective, n as u64, q, confidence)?;
    Some((value(low), value(high)))
}

/// The ranks, from 1, of the limits of the quantile `q` among `n` values whose share below the estimate spreads as that of so many
/// independent ones.
#[must_use]
pub fn ranks_in_groups(effective: f64, n: u64, q: f64, confidence: Confidence) -> Option<(u64, u64)> {
    let (low, high) = OrderStatistic::at(effective.min(GREATEST_EFFECTIVE) as usize, q, confidence).shares()?;
    let (low, high) = ((low * n as f64).floor(), (high * n as f64).ceil());
    (low >= 1.0).then(|| (low as u64, high.min(n as f64) as u64))
}

impl Paired {
    /// This difference of means of `pairs` with the limits and the probability of [`mean_in_groups`], where the groups give any.
    #[must_use]
    pub fn in_groups(self, pairs: &[(f64, f64)], size: usize) -> Self {
        self.with_groups(mean_in_groups(&differences(pairs), size, Confidence::USUAL))
    }

    /// This difference of means with what groups say of it.
    #[must_use]
    pub fn with_groups(self, found: Option<GroupedMean>) -> Self {
        match found {
            Some(GroupedMean { low, high, p_value }) => self.limited(low, high, p_value),
            None => self,
        }
    }

    /// This difference of shares of `pairs` with Tango's limits for the number of independent pairs that would give the
    /// difference the spread that it has over the groups, where at least eight pairs differ; probability by Student's t.
    #[must_use]
    pub fn shares_in_groups(self, pairs: &[(bool, bool)], size: usize) -> Self {
        let mut passes = SharePairPasses::new(size);
        loop {
            pairs.iter().for_each(|pair| passes.take(*pair));
            if !passes.end() {
                return self.with_groups_of_shares(&passes);
            }
        }
    }

    /// This difference of shares with what groups say of it.
    #[must_use]
    pub fn with_groups_of_shares(self, passes: &SharePairPasses) -> Self {
        let Some(found) = passes.found() else { return self };
        let limits = difference_of_shares(found.first, found.second, found.all);
        match limits.low.zip(limits.high) {
            Some((low, high)) => self.limited(low, high, found.p_value),
            None => self,
        }
    }

    fn limited(self, low: f64, high: f64, p_value: f64) -> Self {
        let difference = Estimate { low: Some(low), high: Some(high), ..self.difference };
        Self { difference, p_value: Some(p_value), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Estimate, Known, Moments, proportion};

    /// Values in an order without pattern.
    fn scattered(n: usize) -> Vec<f64> {
        (0..n).map(|k| ((k * 7919) % n) as f64).collect()
    }

    /// Groups in each of which the values are spread evenly.
    fn even(groups: usize, size: usize) -> Vec<f64> {
        (0..groups * size).map(|k| (k % size) as f64 + if k % size == 0 { k as f64 / 1e3 } else { 0.0 }).collect()
    }

    fn width((low, high): (f64, f64)) -> f64 {
        high - low
    }

    fn mean(values: &[f64], size: usize) -> Option<(f64, f64)> {
        mean_in_groups(values, size, Confidence::USUAL).map(|mean| (mean.low, mean.high))
    }

    #[test]
    fn groups_of_one_give_nearly_the_limits_of_independent_observations() {
        let values = scattered(2000);
        let plain = Moments::of(&values).expect("values").mean();
        let plain = (plain.low.expect("a limit"), plain.high.expect("a limit"));
        let got = mean(&values, 1).expect("limits");
        assert!((width(got) / width(plain) - 1.0).abs() < 0.01, "{got:?} for {plain:?}");
        let is: Vec<bool> = values.iter().map(|value| *value < 300.0).collect();
        let Estimate { low: Some(low), high: Some(high), .. } = proportion(300, 2000) else { panic!("no limits") };
        let got = share_in_groups(&is, 1, Confidence::USUAL).expect("limits");
        assert!((width(got) / (high - low) - 1.0).abs() < 0.01, "{got:?} for {low} to {high}");
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let plain = OrderStatistic::new(2000, 0.9).estimate(&sorted);
        let got = quantile_in_groups(&values, &sorted, 0.9, 1, Confidence::USUAL).expect("limits");
        let distance = |a: Option<f64>, b: Option<f64>| (a.expect("a limit") - b.expect("a limit")).abs();
        assert!(distance(got.0, plain.low) <= 2.0 && distance(got.1, plain.high) <= 2.0, "{got:?} for {plain:?}");
    }

    #[test]
    fn even_groups_give_narrow_limits_and_never_none() {
        let values = even(20, 50);
        let plain = Moments::of(&values).expect("values").mean();
        let got = mean(&values, 50).expect("limits");
        assert!(width(got) < 0.2 * (plain.high.unwrap_or(0.0) - plain.low.unwrap_or(0.0)), "{got:?}");
        // All groups agree to the last digit.
        let same: Vec<f64> = (0..1000).map(|k| f64::from(k % 50)).collect();
        let got = mean(&same, 50).expect("limits");
        assert!((got.0 + got.1 - 49.0).abs() < 1e-9 && width(got) > 0.1, "{got:?}");
        let is: Vec<bool> = same.iter().map(|value| *value < 5.0).collect();
        let (low, high) = share_in_groups(&is, 50, Confidence::USUAL).expect("limits");
        assert!(low < 0.098 && high > 0.102 && high - low < 0.01, "{low} to {high}");
    }

    #[test]
    fn few_that_carry_and_a_single_group_give_none() {
        let few: Vec<f64> = (0..1000).map(|k| f64::from(u8::from(k % 150 == 0))).collect();
        let is: Vec<bool> = few.iter().map(|value| *value > 0.0).collect();
        let sorted = {
            let mut sorted = few.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            sorted
        };
        assert_eq!(mean(&few, 50), None);
        assert_eq!(share_in_groups(&is, 50, Confidence::USUAL), None);
        assert_eq!(quantile_in_groups(&few, &sorted, 0.99, 50, Confidence::USUAL), None);
        assert_eq!((mean(&scattered(100), 100), mean(&[], 5)), (None, None));
    }

    #[test]
    fn what_never_came_has_no_upper_limit() {
        let values: Vec<f64> = scattered(1000).into_iter().map(|v| if v < 954.0 { v } else { f64::INFINITY }).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let (low, high) = quantile_in_groups(&values, &sorted, 0.95, 50, Confidence::USUAL).expect("limits");
        assert!(low.is_some_and(|low| (900.0..949.0).contains(&low)) && high.is_none(), "{low:?} {high:?}");
    }

    #[test]
    fn paired_limits_come_from_the_groups() {
        let firsts = even(20, 50);
        let pairs: Vec<(f64, f64)> =
            firsts.iter().enumerate().map(|(k, first)| (*first, 2.0 * first + (k / 50) as f64 / 100.0)).collect();
        let plain = Paired::of(&pairs, &Known::default());
        let got = plain.in_groups(&pairs, 50);
        let width = |paired: Paired| paired.difference.high.unwrap_or(0.0) - paired.difference.low.unwrap_or(0.0);
        assert!(width(got) > 0.0 && width(got) < 0.3 * width(plain), "{got:?}");
        assert_eq!((got.difference.value, got.correlation), (plain.difference.value, plain.correlation));
        assert!(got.p_value < Some(1e-6), "{got:?}");
        // Five pairs of every group differ, and always in the same direction.
        let shares: Vec<(bool, bool)> = (0..1000).map(|k| (false, k % 50 < 5)).collect();
        let (plain, got) = (Paired::shares(&shares), Paired::shares(&shares).shares_in_groups(&shares, 50));
        assert!(width(got) > 0.0 && width(got) < 0.5 * width(plain), "{got:?}");
        assert!(got.difference.low < Some(0.1) && got.difference.high > Some(0.1), "{got:?}");
        let few: Vec<(bool, bool)> = (0..1000).map(|k| (false, k % 200 == 0)).collect();
        assert_eq!(Paired::shares(&few).shares_in_groups(&few, 50), Paired::shares(&few));
        let all: Vec<(bool, bool)> = vec![(true, false); 1000];
        assert_eq!(Paired::shares(&all).shares_in_groups(&all, 50), Paired::shares(&all), "nothing varies");
    }
}
