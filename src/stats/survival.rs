//! Times to an event that some observations did not reach.

use super::estimate::{Confidence, Estimate};
use super::quantile::OrderStatistic;

/// One observation: how long it was followed, and why that ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation<C> {
    /// When it ended, in any unit.
    pub time: f64,
    /// The event, or `None` where the observation ended before any event (right-censored).
    pub cause: Option<C>,
}

/// Observations in order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample<C>(Vec<Observation<C>>);

/// The observations that ended at one time; the censored ones among them count as at risk for its events.
pub(super) struct Group<'a, C> {
    pub(super) time: f64,
    pub(super) at_risk: f64,
    pub(super) observations: &'a [Observation<C>],
}

impl<C> Group<'_, C> {
    pub(super) fn count(&self, which: impl Fn(&C) -> bool) -> f64 {
        self.observations.iter().filter(|one| one.cause.as_ref().is_some_and(&which)).count() as f64
    }
}

impl<C> Sample<C> {
    /// Sorts `observations`.
    #[must_use]
    pub fn new(mut observations: Vec<Observation<C>>) -> Self {
        observations.sort_unstable_by(|a, b| a.time.total_cmp(&b.time));
        Self(observations)
    }

    /// The observations, ascending.
    #[must_use]
    pub fn observations(&self) -> &[Observation<C>] {
        &self.0
    }

    /// The quantile `q` of the times to `cause` over all observations, those that never have it counted as later than
    /// any, with the limits of [`OrderStatistic`], which are exact for every distribution. `None` where an observation
    /// was censored before the last event: what it would have come to is then not known, and the curve has to
    /// estimate it.
    #[must_use]
    pub fn quantile(&self, cause: &C, q: f64, confidence: Confidence) -> Option<Estimate>
    where
        C: PartialEq,
    {
        let is = |one: &&Observation<C>| one.cause.as_ref() == Some(cause);
        let last = self.0.iter().rev().find(is).map_or(f64::NEG_INFINITY, |one| one.time);
        if self.0.iter().any(|one| one.cause.is_none() && one.time < last) {
            return None;
        }
        let mut times: Vec<f64> = self.0.iter().filter(is).map(|one| one.time).collect();
        times.resize(self.0.len(), f64::INFINITY);
        Some(of_times(OrderStatistic::at(times.len(), q, confidence).estimate(&times)))
    }

    pub(super) fn is_complete(&self) -> bool {
        self.0.iter().all(|one| one.cause.is_some())
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = Group<'_, C>> {
        let mut at_risk = self.0.len();
        self.0.chunk_by(|a, b| a.time == b.time).filter_map(move |observations| {
            let group = Group { time: observations.first()?.time, at_risk: at_risk as f64, observations };
            at_risk -= observations.len();
            Some(group)
        })
    }
}

/// The `estimate` of a quantile of times, those that never come being infinite: what is infinite is not known.
#[must_use]
pub fn of_times(estimate: Estimate) -> Estimate {
    let finite = |limit: Option<f64>| limit.filter(|limit| limit.is_finite());
    let value = finite(estimate.value);
    Estimate {
        value,
        low: finite(estimate.low),
        high: finite(estimate.high),
        carriers: estimate.carriers.filter(|_| value.is_some()),
        ..estimate
    }
}

/// One rise of a [`Curve`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// When the share rises, in the unit of the observations.
    pub time: f64,
    /// Share of observations that has had the event from then on.
    pub share: f64,
    /// Variance of that share.
    pub variance: f64,
}

/// The share of observations that has had an event by a time: a rising step function.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Number of observations that it is computed from.
    pub n: u64,
    /// Whether every observation had an event, of any kind.
    pub complete: bool,
    /// Its rises, in order of time; the share is 0 before the first.
    pub steps: Vec<Step>,
}

/// Shares are sums of rounded numbers, so a difference up to this size does not count.
const ROUNDING: f64 = 1e-9;

impl Step {
    /// The share moved by `errors` standard errors on the scale of log(-log(1 - share)), which keeps it within 0 and 1.
    /// A share of 1 has an upper limit only.
    fn limit(&self, errors: f64) -> Option<f64> {
        let remaining = 1.0 - self.share;
        if remaining < ROUNDING {
            return (errors > 0.0).then_some(1.0);
        }
        let log = libm::log(remaining);
        Some(-libm::expm1(log * libm::exp(errors * libm::sqrt(self.variance) / (remaining * -log))))
    }
}

impl Curve {
    /// The share that has had the event by `time`, with log-log limits; without limits before the first event.
    #[must_use]
    pub fn at(&self, time: f64) -> Estimate {
        let passed = self.steps.partition_point(|step| step.time <= time);
        Self::share_at(passed.checked_sub(1).and_then(|last| self.steps.get(last)), self.n)
    }

    /// The share of `n` observations after the rise `step`, with log-log limits; without limits before the first.
    #[must_use]
    pub fn share_at(step: Option<&Step>, n: u64) -> Estimate {
        let Some(step) = step else {
            return if n == 0 { Estimate::unknown(0) } else { Estimate::point(0.0, n) };
        };
        let z = Confidence::USUAL.normal_limit();
        Estimate { low: step.limit(-z), high: step.limit(z), ..Estimate::point(step.share, n) }
    }

    /// The first time by which a share `q` has had the event, with the limits of Brookmeyer and Crowley (Biometrics 38
    /// (1982), 29-41): the times at which the limits of the share reach `q`. Unknown where the curve does not reach
    /// `q`.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Estimate {
        self.quantile_at(q, Confidence::USUAL)
    }

    /// [`Self::quantile`] at another level.
    #[must_use]
    pub fn quantile_at(&self, q: f64, confidence: Confidence) -> Estimate {
        let mut search = QuantileSearch::new(q, confidence);
        self.steps.iter().for_each(|step| search.pass(step));
        search.end(self.n, self.complete)
    }
}

/// The search for the quantile of a curve whose rises come one by one, in order: [`Curve::quantile_at`].
#[derive(Clone, Copy, Debug)]
pub struct QuantileSearch {
    /// The share, less what rounding can be.
    q: f64,
    confidence: Confidence,
    z: f64,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    last: Option<Step>,
}

impl QuantileSearch {
    /// The search for the quantile `q` with limits at a level.
    #[must_use]
    pub fn new(q: f64, confidence: Confidence) -> Self {
        let z = confidence.normal_limit();
        Self { q: q - ROUNDING, confidence, z, value: None, low: None, high: None, last: None }
    }

    /// Takes the next rise.
    pub fn pass(&mut self, step: &Step) {
        let reaches = |errors| step.limit(errors).is_some_and(|limit| limit >= self.q);
        if step.share < self.q {
            if self.low.is_none() && reaches(self.z) {
                self.low = Some(step.time);
            }
        } else {
            if self.high.is_none() && reaches(-self.z) {
                self.high = Some(step.time);
            }
            self.value = self.value.or(Some(step.time));
        }
        self.last = Some(*step);
    }

    /// The estimate after the last rise of a curve of `n` observations; `complete`: every one had an event.
    #[must_use]
    pub fn end(self, n: u64, complete: bool) -> Estimate {
        let Self { value, low, high, .. } = self;
        let carriers = value.map(|_| OrderStatistic::beyond(n, self.q + ROUNDING));
        let high = high.or_else(|| self.last_time(n, complete));
        Estimate { value, low: low.or(value), high, n, carriers }
    }

    /// The time at which the curve reaches 1, where a true share of at most `q` can be rejected. Greenwood's variance
    /// is 0 there and cannot be used; but all values of a complete sample lie below a share s with probability s^n.
    fn last_time(&self, n: u64, complete: bool) -> Option<f64> {
        let last = self.last.filter(|step| complete && step.share > 1.0 - ROUNDING)?;
        (libm::log(self.confidence.tail()) / n as f64 >= libm::log(self.q)).then_some(last.time)
    }
}

/// The product-limit estimate for right-censored times (Kaplan and Meier, Journal of the American Statistical
/// Association 53 (1958), 457-481) as the share that has had the event, with Greenwood's variance. Every cause counts as
/// as the event. Valid where censoring is independent of the remaining time to the event.
#[must_use]
pub fn kaplan_meier<C>(sample: &Sample<C>) -> Curve {
    let mut estimate = KaplanMeier::default();
    let steps = sample.groups().filter_map(|group| estimate.pass(group.time, group.at_risk, group.count(|_| true)));
    let steps = steps.collect();
    Curve { n: sample.0.len() as u64, complete: sample.is_complete(), steps }
}

/// The estimate of [`kaplan_meier`], whose times come one by one, in order.
#[derive(Clone, Copy, Debug)]
pub struct KaplanMeier {
    surviving: f64,
    greenwood: f64,
}

impl Default for KaplanMeier {
    fn default() -> Self {
        Self { surviving: 1.0, greenwood: 0.0 }
    }
}

impl KaplanMeier {
    /// Takes the next time, before which `at_risk` were left and at which this many had the event. Gives the rise.
    pub fn pass(&mut self, time: f64, at_risk: f64, events: f64) -> Option<Step> {
        if events <= 0.0 {
            return None;
        }
        self.surviving *= (at_risk - events) / at_risk;
        self.greenwood += events / (at_risk * (at_risk - events));
        let surviving = self.surviving;
        let variance = if surviving > 0.0 { surviving * surviving * self.greenwood } else { 0.0 };
        Some(Step { time, share: 1.0 - surviving, variance })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Weeks of remission under 6-mercaptopurine and placebo (Freireich et al., Blood 21 (1963); Cox and Oakes).
    const CENSORED: [f64; 12] = [6.0, 9.0, 10.0, 11.0, 17.0, 19.0, 20.0, 25.0, 32.0, 32.0, 34.0, 35.0];
    const RELAPSED: [f64; 9] = [6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0];
    const PLACEBO: [f64; 21] = [
        1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 5.0, 8.0, 8.0, 8.0, 8.0, 11.0, 11.0, 12.0, 12.0, 15.0, 17.0, 22.0, 23.0,
    ];

    fn observations<C: Copy>(times: &[f64], cause: Option<C>) -> impl Iterator<Item = Observation<C>> {
        times.iter().map(move |time| Observation { time: *time, cause })
    }

    pub(in crate::stats) fn mercaptopurine() -> Sample<()> {
        Sample::new(observations(&RELAPSED, Some(())).chain(observations(&CENSORED, None)).collect())
    }

    fn placebo() -> Sample<()> {
        Sample::new(observations(&PLACEBO, Some(())).collect())
    }

    #[test]
    fn mercaptopurine_table() {
        let curve = kaplan_meier(&mercaptopurine());
        // Surviving share and standard error as in textbooks.
        let table = [
            (6.0, 0.857_1, 0.076_4),
            (7.0, 0.806_7, 0.086_9),
            (10.0, 0.752_9, 0.096_3),
            (13.0, 0.690_2, 0.106_8),
            (16.0, 0.627_5, 0.114_1),
            (22.0, 0.537_8, 0.128_2),
            (23.0, 0.448_2, 0.134_6),
        ];
        assert_eq!(curve.steps.len(), table.len());
        for (step, (time, surviving, error)) in curve.steps.iter().zip(table) {
            assert_eq!(step.time, time);
            assert!((1.0 - step.share - surviving).abs() < 6e-5, "{step:?}");
            assert!((step.variance.sqrt() - error).abs() < 6e-5, "{step:?}");
        }
    }

    #[test]
    fn log_log_limits() {
        // At 6 weeks, as published for this table: surviving 0.620 to 0.952.
        let at = kaplan_meier(&mercaptopurine()).at(6.5);
        assert!((1.0 - at.high.unwrap_or_default() - 0.620).abs() < 6e-4, "{at:?}");
        assert!((1.0 - at.low.unwrap_or_default() - 0.952).abs() < 6e-4, "{at:?}");
        assert_eq!(kaplan_meier(&mercaptopurine()).at(5.9), Estimate::point(0.0, 21));
    }

    fn limits(estimate: Estimate) -> (Option<f64>, Option<f64>, Option<f64>) {
        (estimate.value, estimate.low, estimate.high)
    }

    #[test]
    fn quantiles_of_times_that_some_never_reach() {
        let times: Vec<f64> = (1..=90).map(f64::from).collect();
        let mut all: Vec<_> = observations(&times, Some('a')).collect();
        all.extend(observations(&[5.0; 5], Some('b')).chain(observations(&[90.0; 5], None)));
        let of = |q| Sample::new(all.clone()).quantile(&'a', q, Confidence::USUAL).map(limits);
        assert_eq!(of(0.5), Some((Some(50.0), Some(40.0), Some(61.0))));
        assert_eq!(of(0.9), Some((Some(90.0), Some(84.0), None)));
        assert_eq!(of(0.95), Some((None, Some(90.0), None)));
        all.extend(observations(&[89.0], None));
        assert_eq!(Sample::new(all).quantile(&'a', 0.5, Confidence::USUAL), None);
    }

    #[test]
    fn quantiles_are_empty_where_the_curve_does_not_get_there() {
        let curve = kaplan_meier(&mercaptopurine());
        assert_eq!(limits(curve.quantile(0.5)), (Some(23.0), Some(13.0), None));
        assert_eq!(curve.quantile(0.6).value, None);
        assert_eq!(curve.quantile(0.6).high, None);
        let complete = kaplan_meier(&placebo());
        assert_eq!(limits(complete.quantile(0.5)), (Some(8.0), Some(4.0), Some(11.0)));
        // At 17 the lower limit of the share is 0.739, at 22 it is 0.803.
        assert_eq!(limits(complete.quantile(0.75)), (Some(12.0), Some(8.0), Some(22.0)));
        assert_eq!(complete.quantile(0.99).value, Some(23.0));
        assert_eq!(complete.quantile(0.99).high, None);
    }

    #[test]
    fn equal_times_have_a_quantile_with_limits() {
        let equal = |n| Sample::new(observations(&vec![7.0; n], Some(())).collect());
        let quantile = |n| kaplan_meier(&equal(n)).quantile(0.95);
        assert_eq!(limits(quantile(72)), (Some(7.0), Some(7.0), Some(7.0)));
        assert_eq!(quantile(71).high, None);
        let censored = equal(99).observations().iter().copied().chain(observations(&[3.0], None)).collect();
        assert_eq!(kaplan_meier(&Sample::new(censored)).quantile(0.95).high, None);
    }

    #[test]
    fn complete_data_give_the_empirical_distribution() {
        let curve = kaplan_meier(&placebo());
        for step in &curve.steps {
            let share = PLACEBO.iter().filter(|time| **time <= step.time).count() as f64 / 21.0;
            assert!((step.share - share).abs() < 1e-14);
            assert!((step.variance - share * (1.0 - share) / 21.0).abs() < 1e-14);
        }
    }

    #[test]
    fn no_observations_no_curve() {
        let curve = kaplan_meier(&Sample::<()>::new(vec![]));
        assert_eq!((curve.at(1.0), curve.quantile(0.5)), (Estimate::unknown(0), Estimate::unknown(0)));
    }
}
