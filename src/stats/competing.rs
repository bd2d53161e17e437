//! Times to one of several events that exclude each other.

use super::survival::{Curve, Sample, Step};

/// The cumulative incidence of `cause`: the share of observations that has had it by a time, where others had another
/// event before (Aalen and Johansen, Scandinavian Journal of Statistics 5 (1978), 141-150), with the variance of
/// Marubini and Valsecchi ("Analysing Survival Data from Clinical Trials and Observational Studies", 1995, section
/// 10.3), which is Greenwood's where there is one cause and the binomial one where nothing is censored.
#[must_use]
pub fn aalen_johansen<C: PartialEq>(sample: &Sample<C>, cause: &C) -> Curve {
    let mut estimate = AalenJohansen::default();
    let steps = sample.groups().filter_map(|group| {
        let (all, wanted) = (group.count(|_| true), group.count(|one| one == cause));
        estimate.pass(group.time, group.at_risk, all, wanted)
    });
    let steps = steps.collect();
    Curve { n: sample.observations().len() as u64, complete: sample.is_complete(), steps }
}

/// The estimate of [`aalen_johansen`], whose times come one by one, in order.
pub struct AalenJohansen {
    surviving: f64,
    share: f64,
    sums: VarianceSums,
}

impl Default for AalenJohansen {
    fn default() -> Self {
        Self { surviving: 1.0, share: 0.0, sums: VarianceSums::default() }
    }
}

impl AalenJohansen {
    /// Takes the next time, before which `at_risk` were left, and at which this many had `all` events and this many the `wanted`
    /// one. Gives the rise.
    pub fn pass(&mut self, time: f64, at_risk: f64, all: f64, wanted: f64) -> Option<Step> {
        if all == 0.0 {
            return None;
        }
        self.share += self.surviving * wanted / at_risk;
        self.sums.add(at_risk, all, wanted, self.surviving, self.share);
        self.surviving *= (at_risk - all) / at_risk;
        (wanted > 0.0).then(|| Step { time, share: self.share, variance: self.sums.variance(self.share) })
    }
}

/// The variance at a time t sums terms in F(t) - F(tᵢ) over the earlier events i. When it is multiplied out, the sums
/// do not depend on t, so one pass is enough for all t.
#[derive(Default)]
struct VarianceSums {
    /// Σ hᵢ, Σ hᵢ F(tᵢ) and Σ hᵢ F(tᵢ)² of Greenwood's terms hᵢ.
    greenwood: [f64; 3],
    /// Σ of the variances of the rises themselves.
    rises: f64,
    /// Σ cᵢ and Σ cᵢ F(tᵢ) of the covariances cᵢ between the two.
    covariance: [f64; 2],
}

impl VarianceSums {
    fn add(&mut self, at_risk: f64, all: f64, wanted: f64, surviving: f64, share: f64) {
        // Where no observation is at risk any more, no later rise can depend on this one.
        if at_risk > all {
            let term = all / (at_risk * (at_risk - all));
            self.greenwood[0] += term;
            self.greenwood[1] += term * share;
            self.greenwood[2] += term * share * share;
        }
        let rate = wanted / (at_risk * at_risk);
        self.rises += surviving * surviving * rate * (at_risk - wanted) / at_risk;
        self.covariance[0] += surviving * rate;
        self.covariance[1] += surviving * rate * share;
    }

    fn variance(&self, share: f64) -> f64 {
        let [g0, g1, g2] = self.greenwood;
        let [c0, c1] = self.covariance;
        (share * (share * g0 - 2.0 * g1) + g2 + self.rises - 2.0 * (share * c0 - c1)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::survival::tests::mercaptopurine;
    use super::super::{Observation, kaplan_meier};
    use super::*;

    fn sample(table: &[(f64, Option<char>)]) -> Sample<char> {
        Sample::new(table.iter().map(|(time, cause)| Observation { time: *time, cause: *cause }).collect())
    }

    fn assert_near(got: f64, wanted: f64) {
        assert!((got - wanted).abs() < 1e-12, "{got} for {wanted}");
    }

    #[test]
    fn one_cause_is_kaplan_meier() {
        let (ours, reference) = (aalen_johansen(&mercaptopurine(), &()), kaplan_meier(&mercaptopurine()));
        assert_eq!(ours.steps.len(), reference.steps.len());
        for (ours, reference) in ours.steps.iter().zip(&reference.steps) {
            assert_near(ours.share, reference.share);
            assert_near(ours.variance, reference.variance);
        }
    }

    #[test]
    fn complete_data_give_binomial_shares() {
        let table = [(1.0, Some('a')), (2.0, Some('b')), (3.0, Some('a')), (3.0, Some('b')), (4.0, Some('a'))];
        let curve = aalen_johansen(&sample(&table), &'a');
        assert_eq!(curve.steps.iter().map(|step| step.time).collect::<Vec<_>>(), [1.0, 3.0, 4.0]);
        for (step, share) in curve.steps.iter().zip([0.2, 0.4, 0.6]) {
            assert_near(step.share, share);
            assert_near(step.variance, share * (1.0 - share) / 5.0);
        }
    }

    #[test]
    fn censored_data_by_hand() {
        // The numbers at risk are 6, 5, (4 censored), 3, 2, 1; the surviving shares before each event are 1, 5/6, 2/3,
        // 4/9, 2/9.
        let table =
            [(1.0, Some('a')), (2.0, Some('b')), (3.0, None), (4.0, Some('a')), (5.0, Some('b')), (6.0, Some('a'))];
        let a = aalen_johansen(&sample(&table), &'a');
        for (step, share) in a.steps.iter().zip([1.0 / 6.0, 1.0 / 6.0 + 2.0 / 9.0, 1.0 / 6.0 + 4.0 / 9.0]) {
            assert_near(step.share, share);
        }
        let b = aalen_johansen(&sample(&table), &'b');
        assert_near(a.at(9.0).value.unwrap_or_default() + b.at(9.0).value.unwrap_or_default(), 1.0);
        // At 4, term by term: Greenwood (2/9)²/30 + (2/9)²/20, rises 5/216 + (2/3)² × 2/27, covariance (2/9)/36 at 1.
        let square = 4.0 / 81.0;
        let wanted = square / 30.0 + square / 20.0 + 5.0 / 216.0 + 8.0 / 243.0 - 2.0 * (2.0 / 9.0) / 36.0;
        assert_near(a.steps[1].variance, wanted);
    }
}
