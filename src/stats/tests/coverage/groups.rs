//! Limits from groups of Latin hypercube samples.

use rand::Rng;

use super::{Luck, assert_between, assert_nominal, holds, share};
use crate::stats::*;

/// Groups and observations in a group.
const GROUPS: usize = 20;

/// Independent addresses of an observation.
const ADDRESSES: usize = 3;

/// The uniform numbers of a group: for each observation one at each address, each address stratified by a permutation.
fn group(luck: &mut Luck, size: usize) -> Vec<[f64; ADDRESSES]> {
    let mut numbers = vec![[0.0; ADDRESSES]; size];
    for address in 0..ADDRESSES {
        let mut strata: Vec<usize> = (0..size).collect();
        for last in (1..size).rev() {
            strata.swap(last, (luck.0.next_u64() % (last as u64 + 1)) as usize);
        }
        for (observation, stratum) in numbers.iter_mut().zip(strata) {
            observation[address] = (stratum as f64 + luck.uniform()) / size as f64;
        }
    }
    numbers
}

/// Rollouts in miniature: the later of two waiting times, and after it a third.
fn sample(luck: &mut Luck, size: usize) -> Vec<f64> {
    let wait = |uniform: f64| -libm::log1p(-uniform);
    let all: Vec<[f64; ADDRESSES]> = (0..GROUPS).flat_map(|_| group(luck, size)).collect();
    all.iter().map(|[a, b, c]| wait(*a).max(wait(*b)) + wait(*c)).collect()
}

/// P(max(A, B) + C <= t) for standard exponential A, B, C.
fn below(t: f64) -> f64 {
    // The density of the later one is 2 exp(-x) - 2 exp(-2x).
    1.0 - 2.0 * t * libm::exp(-t) - libm::exp(-2.0 * t)
}

fn quantile(q: f64) -> f64 {
    let (mut low, mut high) = (0.0, 50.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if below(middle) < q { low = middle } else { high = middle }
    }
    low
}

fn estimate((low, high): (Option<f64>, Option<f64>)) -> Estimate {
    Estimate { low, high, ..Estimate::unknown(0) }
}

#[test]
fn limits_of_stratified_samples() {
    const TRIALS: u32 = 1000;
    for size in [20, 50] {
        let n = GROUPS * size;
        let (mut covered, long) = ([0_u32; 3], quantile(0.9));
        let mean = share(TRIALS, |luck| {
            let times = sample(luck, size);
            let events: Vec<bool> = times.iter().map(|time| *time > long).collect();
            let mut sorted = times.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let of_q = |q| {
                let limits = quantile_in_groups(&times, &sorted, q, size, Confidence::USUAL).expect("limits");
                holds(&estimate(limits), quantile(q))
            };
            let rate = share_in_groups(&events, size, Confidence::USUAL).expect("limits");
            let found = [of_q(0.5), of_q(0.95), holds(&estimate((Some(rate.0), Some(rate.1))), 0.1)];
            for (count, found) in covered.iter_mut().zip(found) {
                *count += u32::from(found);
            }
            let mean = mean_in_groups(&times, size, Confidence::USUAL).expect("limits");
            holds(&estimate((Some(mean.low), Some(mean.high))), 2.5)
        });
        let of = |count: u32| f64::from(count) / f64::from(TRIALS);
        assert_nominal("mean of stratified groups", n, mean);
        // Ranks are whole numbers, and what is unseen is much of what lies beyond the 95th percentile.
        assert_between("p50 of stratified groups", n, of(covered[0]), 0.99);
        assert_between("p95 of stratified groups", n, of(covered[1]), 0.99);
        assert_between("rate of 10 % of stratified groups", n, of(covered[2]), 0.99);
    }
}
