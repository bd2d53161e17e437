//! What groups of observations say of a mean or a share, from observations that are gone through several times, in order of
//! replication, so that none has to be kept. [`super::groups`] says what the limits are.

use super::estimate::{Confidence, FEW};
use super::mean::{Moments, Once, Sum, Twice};
use super::proportion::score_limits;
use super::student;

/// The observations whose variance is added to that of the groups.
const UNSEEN: f64 = 3.0;

/// Residuals that vary less than this share of what is unseen vary by rounding alone.
const ROUNDING: f64 = 1e-12;

/// The group under way: how many are in it, and their sum.
#[derive(Clone, Copy, Debug)]
struct UnderWay {
    size: u64,
    members: u64,
    sum: Sum,
}

impl UnderWay {
    fn new(size: usize) -> Self {
        Self { size: size.max(1) as u64, members: 0, sum: Sum::default() }
    }

    /// Adds a member; gives the sum of the group, and its size, where it is whole now.
    fn add(&mut self, value: f64) -> Option<(f64, u64)> {
        self.members += 1;
        self.sum.add(value);
        if self.members == self.size { self.rest() } else { None }
    }

    /// What is left of a group that is not whole.
    fn rest(&mut self) -> Option<(f64, u64)> {
        let (sum, members) = (self.sum.value(), self.members);
        (self.sum, self.members) = (Sum::default(), 0);
        (members > 0).then_some((sum, members))
    }
}

/// The squares of the residuals of groups.
#[derive(Clone, Copy, Debug, Default)]
struct Squares {
    groups: u64,
    sum: Sum,
}

impl Squares {
    fn add(&mut self, residual: f64) {
        self.groups += 1;
        self.sum.add(residual * residual);
    }

    /// The variance of the sum of independent residuals, which add up to 0.
    fn variance_of_sum(&self) -> f64 {
        let groups = self.groups as f64;
        self.sum.value() * groups / (groups - 1.0)
    }
}

/// A variance that the groups show, with that of what they do not show. The sum is not more than the variance of
/// `independent` observations, unless the groups show more.
fn with_unseen(seen: f64, unseen: f64, independent: f64) -> f64 {
    seen.max((seen + unseen).min(independent))
}

/// What makes a normal limit as wide as one of Student's t with a degree of freedom less than there are groups.
fn degrees_factor(groups: u64, confidence: Confidence) -> f64 {
    let ratio = confidence.normal_limit() / student::limit(groups - 1, confidence);
    ratio * ratio
}

/// What the groups say of a mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupedMean {
    /// The lower limit.
    pub low: f64,
    /// The upper limit.
    pub high: f64,
    /// The probability of a mean at least as far from 0 where the true one is 0.
    pub p_value: f64,
}

/// A mean, from values that come up to four times: [`super::mean_in_groups`].
#[derive(Clone, Debug)]
pub struct MeanPasses {
    n: u64,
    mean: f64,
    under_way: UnderWay,
    groups: u64,
    pass: Pass,
}

/// What a pass looks for.
#[derive(Clone, Debug)]
enum Pass {
    Sum(Sum),
    Residuals(Residuals),
    /// Numbers whose mean is that of all values and whose spread is that of the groups with what is unseen.
    Once {
        scale: f64,
        once: Once,
    },
    Twice {
        scale: f64,
        once: Once,
        twice: Twice,
    },
    /// All groups agree: the variance that the sum of their residuals is taken to have.
    Agree(f64),
    Moments(Option<Moments>),
    /// The groups give nothing.
    Nothing,
}

/// Residuals of the groups, and how far the values are from their median and from their mean.
#[derive(Clone, Copy, Debug)]
struct Residuals {
    median: f64,
    squares: Sum,
    fourths: Sum,
    apart: u64,
    independent: Sum,
    of_groups: Squares,
}

impl MeanPasses {
    /// No value yet, of groups of `size`.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { n: 0, mean: f64::NAN, under_way: UnderWay::new(size), groups: 0, pass: Pass::Sum(Sum::default()) }
    }

    /// Takes the next value of a pass.
    pub fn take(&mut self, value: f64) {
        match &mut self.pass {
            Pass::Sum(sum) => {
                self.n += 1;
                sum.add(value);
                return;
            }
            Pass::Residuals(residuals) => {
                let square = (value - residuals.median) * (value - residuals.median);
                residuals.squares.add(square);
                residuals.fourths.add(square * square);
                residuals.apart += u64::from(square > 0.0);
                residuals.independent.add((value - self.mean) * (value - self.mean));
            }
            Pass::Once { .. } | Pass::Twice { .. } => {}
            Pass::Agree(_) | Pass::Moments(_) | Pass::Nothing => return,
        }
        if let Some((residual, _)) = self.under_way.add(value - self.mean) {
            self.group(residual);
        }
    }

    fn group(&mut self, residual: f64) {
        match &mut self.pass {
            Pass::Residuals(residuals) => residuals.of_groups.add(residual),
            Pass::Once { scale, once } => once.add(self.mean + *scale * residual),
            Pass::Twice { scale, twice, .. } => twice.add(self.mean + *scale * residual),
            Pass::Sum(_) | Pass::Agree(_) | Pass::Moments(_) | Pass::Nothing => {}
        }
    }

    /// Ends a pass; `median` is that of the values, of an even number the greater of the two in the middle. Gives whether all values
    /// have to come once more, in the same order.
    pub fn end(&mut self, median: Option<f64>) -> bool {
        if let Some((residual, _)) = self.under_way.rest() {
            self.group(residual);
        }
        let pass = std::mem::replace(&mut self.pass, Pass::Nothing);
        self.pass = match (pass, median) {
            (Pass::Sum(sum), Some(median)) => {
                self.mean = sum.value() / self.n as f64;
                let (zero, of_groups) = (Sum::default(), Squares::default());
                let none = Residuals { median, squares: zero, fourths: zero, apart: 0, independent: zero, of_groups };
                Pass::Residuals(none)
            }
            (Pass::Residuals(residuals), _) => self.after(&residuals),
            (Pass::Once { scale, once }, _) => match once.again() {
                Some(twice) => Pass::Twice { scale, once, twice },
                None => Pass::Moments(Moments::of_passes(&once, None, None)),
            },
            // What lies in their middle decides nothing of limits that the spread alone gives.
            (Pass::Twice { once, twice, .. }, _) => Pass::Moments(Moments::of_passes(&once, Some(&twice), None)),
            (pass @ (Pass::Agree(_) | Pass::Moments(_) | Pass::Nothing), _) => pass,
            (Pass::Sum(_), None) => Pass::Nothing,
        };
        matches!(self.pass, Pass::Residuals(_) | Pass::Once { .. } | Pass::Twice { .. })
    }

    fn after(&mut self, residuals: &Residuals) -> Pass {
        let square = residuals.squares.value();
        // How many equally large deviations would have the same second and fourth moment.
        let carrying = square * square / residuals.fourths.value();
        self.groups = residuals.of_groups.groups;
        if carrying.is_nan() || carrying < FEW as f64 || self.groups < 2 {
            return Pass::Nothing;
        }
        let each = square / residuals.apart as f64;
        let seen = residuals.of_groups.variance_of_sum();
        let with_unseen = with_unseen(seen, UNSEEN * each, residuals.independent.value());
        if seen <= with_unseen * ROUNDING {
            return Pass::Agree(with_unseen);
        }
        let scale = self.groups as f64 / self.n as f64 * libm::sqrt(with_unseen / seen);
        Pass::Once { scale, once: Once::default() }
    }

    /// The limits, after the last pass; `None` where the groups give none.
    #[must_use]
    pub fn limits(&self, confidence: Confidence) -> Option<GroupedMean> {
        match &self.pass {
            Pass::Agree(with_unseen) => {
                let degrees = self.groups - 1;
                let error = libm::sqrt(*with_unseen) / self.n as f64;
                let half = student::limit(degrees, confidence) * error;
                let p_value = student::beyond(self.mean / error, degrees);
                Some(GroupedMean { low: self.mean - half, high: self.mean + half, p_value })
            }
            Pass::Moments(moments) => {
                let (low, high, p_value) = moments.as_ref()?.of_spread(confidence)?;
                Some(GroupedMean { low, high, p_value })
            }
            Pass::Sum(_) | Pass::Residuals(_) | Pass::Once { .. } | Pass::Twice { .. } | Pass::Nothing => None,
        }
    }
}

/// A share, from observations that come twice: [`super::share_in_groups`].
#[derive(Clone, Copy, Debug)]
pub struct SharePasses {
    n: u64,
    true_ones: u64,
    under_way: UnderWay,
    of_groups: Squares,
    /// How many passes have ended.
    passes: u32,
}

impl SharePasses {
    /// No observation yet, of groups of `size`.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { n: 0, true_ones: 0, under_way: UnderWay::new(size), of_groups: Squares::default(), passes: 0 }
    }

    /// Takes the next observation of a pass. After the second pass it takes none.
    pub fn take(&mut self, is: bool) {
        match self.passes {
            0 => {
                self.n += 1;
                self.true_ones += u64::from(is);
            }
            1 => {
                if let Some(group) = self.under_way.add(f64::from(u8::from(is))) {
                    self.group(group);
                }
            }
            _ => {}
        }
    }

    fn group(&mut self, (true_ones, members): (f64, u64)) {
        let residual = true_ones - self.share() * members as f64;
        self.of_groups.add(residual);
    }

    /// The share of true ones, after the first pass.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.true_ones as f64 / self.n as f64
    }

    /// Ends a pass; after the first one all observations have to come once more.
    pub fn end(&mut self) -> bool {
        if let Some(rest) = self.under_way.rest() {
            self.group(rest);
        }
        self.passes += 1;
        self.passes == 1
    }

    /// How many independent observations would give the share of true ones the spread that it has over the groups, less what the
    /// degrees of freedom of the groups take away (Korn and Graubard, Survey Methodology 24 (1998), 193-201). `None` where
    /// fewer than eight are true, or false.
    #[must_use]
    pub fn effective(&self, confidence: Confidence) -> Option<f64> {
        let (n, share, of_groups) = (self.n as f64, self.share(), self.of_groups);
        if self.true_ones.min(self.n - self.true_ones) < FEW || of_groups.groups < 2 {
            return None;
        }
        let (seen, independent) = (of_groups.variance_of_sum(), n * share * (1.0 - share));
        let variance = with_unseen(seen, UNSEEN, independent);
        Some(n * independent / variance * degrees_factor(of_groups.groups, confidence))
    }

    /// Wilson's limits with that number of observations.
    #[must_use]
    pub fn limits(&self, confidence: Confidence) -> Option<(f64, f64)> {
        Some(score_limits(self.share(), self.effective(confidence)?, confidence.normal_limit()))
    }
}

/// A difference of shares, from pairs that come twice: [`super::Paired::shares_in_groups`].
#[derive(Clone, Copy, Debug)]
pub struct SharePairPasses {
    n: u64,
    /// Pairs of which only the first is true, and of which only the second is.
    one_way: [u64; 2],
    under_way: UnderWay,
    of_groups: Squares,
    /// How many passes have ended.
    passes: u32,
}

/// What groups say of a difference of shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupedShares {
    /// Independent pairs that would give the difference its spread: of which only the first is true, only the second, and all.
    pub(super) first: f64,
    pub(super) second: f64,
    pub(super) all: f64,
    pub(super) p_value: f64,
}

impl SharePairPasses {
    /// No pair yet, of groups of `size`.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { n: 0, one_way: [0; 2], under_way: UnderWay::new(size), of_groups: Squares::default(), passes: 0 }
    }

    /// Takes the next pair of a pass. After the second pass it takes none.
    pub fn take(&mut self, (first, second): (bool, bool)) {
        match self.passes {
            0 => {
                self.n += 1;
                self.one_way[0] += u64::from(first && !second);
                self.one_way[1] += u64::from(second && !first);
            }
            1 => {
                let sign = f64::from(u8::from(second)) - f64::from(u8::from(first));
                if let Some(group) = self.under_way.add(sign) {
                    self.group(group);
                }
            }
            _ => {}
        }
    }

    fn group(&mut self, (sum, members): (f64, u64)) {
        let residual = sum - self.mean() * members as f64;
        self.of_groups.add(residual);
    }

    fn mean(&self) -> f64 {
        (self.one_way[1] as f64 - self.one_way[0] as f64) / self.n as f64
    }

    /// Ends a pass; after the first one all pairs have to come once more.
    pub fn end(&mut self) -> bool {
        if let Some(rest) = self.under_way.rest() {
            self.group(rest);
        }
        self.passes += 1;
        self.passes == 1
    }

    /// What the groups say; `None` where fewer than eight pairs differ, all of them in the same direction, or there is one group.
    pub(super) fn found(&self) -> Option<GroupedShares> {
        let ([first, second], of_groups) = (self.one_way, self.of_groups);
        if first + second < FEW || of_groups.groups < 2 {
            return None;
        }
        let (n, mean) = (self.n as f64, self.mean());
        let independent = (first + second) as f64 - n * mean * mean;
        let variance = with_unseen(of_groups.variance_of_sum(), UNSEEN, independent);
        // Where every pair differs in the same direction, nothing varies.
        if variance <= 0.0 {
            return None;
        }
        let effective = independent / variance * degrees_factor(of_groups.groups, Confidence::USUAL);
        Some(GroupedShares {
            first: first as f64 * effective,
            second: second as f64 * effective,
            all: n * effective,
            p_value: student::beyond(mean * n / libm::sqrt(variance), of_groups.groups - 1),
        })
    }
}
