//! Means of zeros and ones, by exact sums: how often their limits hold, and how wide they are.

use crate::stats::{Confidence, Known, Moments};
use statrs::distribution::{Binomial, Discrete};

/// The limits of `ones` ones among `n` values, as they are, and as the spread alone gives them.
fn limits(ones: usize, n: usize) -> [(f64, f64); 2] {
    let values: Vec<f64> = (0..n).map(|at| f64::from(u8::from(at < ones))).collect();
    let moments = Moments::of(&values).expect("values");
    let mean = moments.mean_at(&Known::between(0.0, 1.0), Confidence::USUAL);
    let value = ones as f64 / n as f64;
    let spread = moments.of_spread(Confidence::USUAL).map_or((value, value), |(low, high, _)| (low, high));
    [(mean.low.unwrap_or(0.0), mean.high.unwrap_or(1.0)), (spread.0.max(0.0), spread.1.min(1.0))]
}

/// Coverage and median width of limits of which that of k ones in n is at place k, where the true share is `p`.
fn summed(limits: &[(f64, f64)], probabilities: &[f64], p: f64) -> (f64, f64) {
    let covers = |(low, high): &(f64, f64)| *low <= p && p <= *high;
    let coverage = limits.iter().zip(probabilities).filter(|(limits, _)| covers(limits)).map(|(_, p)| p).sum();
    let mut widths: Vec<(f64, f64)> = limits.iter().zip(probabilities).map(|((a, b), p)| (b - a, *p)).collect();
    widths.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut below = 0.0;
    let median = widths.into_iter().find(|(_, p)| {
        below += p;
        below >= 0.5
    });
    (coverage, median.map_or(0.0, |(width, _)| width))
}

#[test]
fn of_zeros_and_ones() {
    for (n, p, widest) in [
        (100, 0.0067, f64::INFINITY),
        (100, 0.01, 1.0),
        (400, 0.01, 1.55),
        (1000, 0.01, 1.15),
        (100, 0.05, 1.25),
        (400, 0.05, 1.25),
        (1000, 0.05, 1.25),
        (1000, 0.2, 1.01),
    ] {
        let binomial = Binomial::new(p, n as u64).expect("a distribution");
        // Beyond these nothing that counts is left.
        let outcomes = 0..=(n as f64 * p + 12.0 * (n as f64 * p).sqrt()).min(n as f64) as usize;
        let probabilities: Vec<f64> = outcomes.clone().map(|ones| binomial.pmf(ones as u64)).collect();
        let [ours, spread] = [0, 1]
            .map(|of| summed(&outcomes.clone().map(|ones| limits(ones, n)[of]).collect::<Vec<_>>(), &probabilities, p));
        let points = |(coverage, width): (f64, f64)| format!("{:.1} points, {:.1} %", 100.0 * width, 100.0 * coverage);
        println!("n = {n:<5} p = {:<5.2} % spread alone {:<22} these {}", 100.0 * p, points(spread), points(ours));
        assert!(ours.0 >= 0.93, "n = {n}, p = {p}: {ours:?}");
        assert!(ours.1 <= widest * spread.1.max(1e-9), "n = {n}, p = {p}: {ours:?} {spread:?}");
    }
}
