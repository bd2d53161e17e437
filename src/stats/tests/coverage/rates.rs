//! Limits of rates contain the true rate as often as exact sums over all outcomes say; nothing is simulated.

use super::{assert_between, assert_nominal, holds};
use crate::stats::paired::difference_of_shares;
use crate::stats::proportion;

/// Probabilities of counts.
struct Counts {
    log_factorials: Vec<f64>,
}

impl Counts {
    fn up_to(n: u64) -> Self {
        Self { log_factorials: (0..=n).map(|k| libm::lgamma(k as f64 + 1.0)).collect() }
    }

    /// The probability that `first` of `n` have one and `second` the other of two properties that exclude each other.
    fn probability(&self, n: u64, (first, p): (u64, f64), (second, q): (u64, f64)) -> f64 {
        let [all, first_log, second_log, none] =
            [n, first, second, n - first - second].map(|count| self.log_factorials[count as usize]);
        let power = |count: u64, share: f64| if count == 0 { 0.0 } else { count as f64 * libm::log(share) };
        let rest = (n - first - second) as f64 * libm::log1p(-p - q);
        libm::exp(all - first_log - second_log - none + power(first, p) + power(second, q) + rest)
    }
}

/// The limits for every count out of `n`.
struct Limits {
    n: u64,
    counts: Counts,
    all: Vec<(f64, f64)>,
}

impl Limits {
    fn of(n: u64) -> Self {
        let limits = |k| proportion(k, n).low.zip(proportion(k, n).high).expect("limits");
        Self { n, counts: Counts::up_to(n), all: (0..=n).map(limits).collect() }
    }

    fn coverage(&self, p: f64) -> f64 {
        // The limits rise with the count.
        let first = self.all.partition_point(|(_, high)| *high < p) as u64;
        let last = self.all.partition_point(|(low, _)| *low <= p) as u64;
        (first..last).map(|k| self.counts.probability(self.n, (k, p), (0, 0.0))).sum()
    }

    /// The least coverage of all true rates, and the rate at which it occurs. Between two neighbouring limits the same
    /// counts contain the rate, and the probability of neighbouring counts rises and then falls, so the least coverage
    /// is beside a limit.
    fn worst(&self) -> (f64, f64) {
        let limits = self.all.iter().flat_map(|(low, high)| [*low, *high]).filter(|limit| *limit > 0.0 && *limit < 1.0);
        let beside = limits.flat_map(|limit| [limit - 1e-12, limit + 1e-12]);
        beside.map(|p| (self.coverage(p), p)).min_by(|a, b| a.0.total_cmp(&b.0)).expect("limits")
    }

    /// The average over all rates up to `most`.
    fn average(&self, most: f64) -> f64 {
        (0..2000_u32).map(|i| self.coverage(most * (f64::from(i) + 0.5) / 2000.0)).sum::<f64>() / 2000.0
    }

    /// The greatest coverage where three events or more, and three of the opposite or more, are expected.
    fn best(&self) -> f64 {
        let least = 3.0 / self.n as f64;
        (0..=5000_u32)
            .map(|i| self.coverage(least + (0.5 - least) * f64::from(i).powi(3) / 5000_f64.powi(3)))
            .fold(0.0, f64::max)
    }
}

#[test]
fn rates() {
    let thousand = Limits::of(1000);
    for p in [0.5, 0.1, 0.05, 0.02, 0.01, 0.005] {
        assert_nominal(&format!("rate, true rate {} %", 100.0 * p), 1000, thousand.coverage(p));
    }
    for n in [150, 200, 256, 500, 1000, 2000, 5000] {
        let limits = Limits::of(n);
        assert!(limits.all.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1), "{n}");
        let (worst, at) = limits.worst();
        assert_nominal(&format!("rate, worst of all ({:.3} %)", 100.0 * at), n as usize, worst);
        assert_between("rate, highest of all from 3 of n on", n as usize, limits.best(), 0.975);
        assert_nominal("rate, average over all", n as usize, limits.average(1.0));
        assert_nominal("rate, average up to 10 of n", n as usize, limits.average(10.0 / n as f64));
    }
}

/// The exception that the methods page states.
#[test]
fn rates_of_few_trials_fall_short_by_a_little() {
    let worst = (10..150).map(|n| (Limits::of(n).worst(), n)).min_by(|a, b| a.0.0.total_cmp(&b.0.0)).expect("some");
    let ((coverage, at), n) = worst;
    println!(
        "rate, worst of n from 10 to 149: {:.1} % where n = {n} and the rate {:.1} %",
        100.0 * coverage,
        100.0 * at
    );
    assert!(coverage > 0.91, "{worst:?}");
}

/// The coverage of a difference of rates, where a share `p` has the property in the one alone and a share `q` in the
/// other alone.
fn paired_coverage(n: u64, p: f64, q: f64) -> f64 {
    let counts = Counts::up_to(n);
    let likely = |share: f64| {
        let (mean, spread) = (n as f64 * share, 7.0 * libm::sqrt(n as f64 * share));
        ((mean - spread).max(0.0) as u64, ((mean + spread + 12.0) as u64).min(n))
    };
    let ((from, to), (second_from, second_to)) = (likely(p), likely(q));
    let mut sum = 0.0;
    for first in from..=to {
        for second in second_from..=second_to.min(n - first) {
            let probability = counts.probability(n, (first, p), (second, q));
            if probability > 1e-9 && holds(&difference_of_shares(first as f64, second as f64, n as f64), q - p) {
                sum += probability;
            }
        }
    }
    sum
}

#[test]
fn paired_rates() {
    let cases = [(0.3, 0.3), (0.1, 0.15), (0.05, 0.05), (0.0, 0.07), (0.03, 0.0), (0.01, 0.03)];
    for (p, q) in cases {
        for n in [256, 1000] {
            assert_nominal(
                &format!("paired difference of rates, {p} against {q}"),
                n as usize,
                paired_coverage(n, p, q),
            );
        }
    }
    for (p, q) in [(0.005, 0.005), (0.005, 0.015), (0.0, 0.01), (0.001, 0.004), (0.002, 0.003)] {
        assert_nominal(&format!("paired difference of rates, {p} against {q}"), 1000, paired_coverage(1000, p, q));
    }
    // One or two pairs that differ contain little information, so the limits are wide.
    for (p, q) in [(0.001, 0.001), (0.0, 0.001), (0.0, 0.0005)] {
        assert_between(&format!("paired difference of rates, {p} against {q}"), 1000, paired_coverage(1000, p, q), 1.0);
    }
}
