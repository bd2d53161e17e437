//! How often the 95 % limits contain the true value: by simulation on known distributions, and for rates by exact sums.
//! The figures of `docs/methods.md` are the output of `cargo test --lib stats::tests::coverage -- --nocapture`.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::distribution::{Distribution, Shape};
use crate::stats::*;

mod groups;
mod of_ones;
mod rates;

const TRIALS: u32 = 10_000;

/// Uniform numbers of one experiment.
struct Luck(ChaCha8Rng);

impl Luck {
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }
}

/// A distribution whose mean is known.
struct Known {
    name: &'static str,
    mean: f64,
    draw: Box<dyn Fn(&mut Luck) -> f64>,
}

fn known(name: &'static str, shape: Shape) -> Known {
    let one = Distribution::new(shape, 0.0, None).expect("valid");
    let mean = one.mean().expect("finite");
    Known { name, mean, draw: Box::new(move |luck| one.quantile(luck.uniform()).as_secs_f64()) }
}

/// 0 in most rollouts, and a waiting time of mean 1 in a share of them, as dips are distributed.
fn rare(name: &'static str, share: f64) -> Known {
    let wait = move |luck: &mut Luck| {
        let (happens, size) = (luck.uniform() < share, -libm::log(luck.uniform()));
        if happens { size } else { 0.0 }
    };
    Known { name, mean: share, draw: Box::new(wait) }
}

/// The share of experiments for which `holds` is true, each with random numbers of its own.
fn share(trials: u32, mut holds: impl FnMut(&mut Luck) -> bool) -> f64 {
    let mut luck = Luck(ChaCha8Rng::seed_from_u64(20_261_121));
    f64::from((0..trials).filter(|_| holds(&mut luck)).count() as u32) / f64::from(trials)
}

/// A missing limit bounds nothing on its side.
fn holds(estimate: &Estimate, truth: f64) -> bool {
    estimate.low.is_none_or(|low| low <= truth) && estimate.high.is_none_or(|high| truth <= high)
}

#[track_caller]
fn assert_nominal(what: &str, n: usize, coverage: f64) {
    assert_between(what, n, coverage, 0.97);
}

/// Intervals of discrete counts may contain the true value more often than their level.
#[track_caller]
fn assert_between(what: &str, n: usize, coverage: f64, most: f64) {
    println!("{what:<60} n = {n:<5} {:.1} %", 100.0 * coverage);
    assert!((0.93..=most).contains(&coverage), "{what}, n = {n}: {coverage}");
}

fn student_holds(values: &[f64], truth: f64) -> bool {
    let moments = Moments::of(values).expect("values");
    let error = moments.sd().value.unwrap_or_default() / (values.len() as f64).sqrt();
    let mean = moments.mean().value.unwrap_or_default();
    (mean - truth).abs() <= crate::stats::student::limit(values.len() as u64 - 1, Confidence::USUAL) * error
}

#[test]
fn means() {
    let cases = [
        (known("normal", Shape::Normal { mean: 100.0, sd: 10.0 }), [10, 30, 256]),
        (known("uniform", Shape::Uniform { low: 1.0, high: 3.0 }), [30, 100, 256]),
        (known("log-normal, sigma 0.35", Shape::LogNormal { mu: 0.0, sigma: 0.35 }), [10, 30, 256]),
        (known("exponential", Shape::Exponential { mean: 10.0 }), [20, 50, 256]),
        (known("log-normal, sigma 0.8", Shape::LogNormal { mu: 0.0, sigma: 0.8 }), [50, 200, 1000]),
        (known("log-normal, sigma 1", Shape::LogNormal { mu: 0.0, sigma: 1.0 }), [100, 256, 1000]),
        (rare("0, but exponential in 20 %", 0.2), [30, 100, 256]),
        (rare("0, but exponential in 5 %", 0.05), [100, 500, 1000]),
    ];
    let mut student_fails = 0;
    for (Known { name, mean, draw }, sizes) in cases {
        for n in sizes {
            let mut student = 0_u32;
            let coverage = share(TRIALS, |luck| {
                let values: Vec<f64> = (0..n).map(|_| draw(luck)).collect();
                student += u32::from(student_holds(&values, mean));
                Moments::of(&values).is_some_and(|moments| holds(&moments.mean(), mean))
            });
            let student = f64::from(student) / f64::from(TRIALS);
            // Where few values carry the mean, its limits are wider than they would have to be in most samples.
            assert_between(&format!("mean, {name} (Student: {:.1} %)", 100.0 * student), n, coverage, 0.995);
            student_fails += u32::from(student < 0.93);
        }
    }
    assert!(student_fails >= 8, "Student's interval would do: {student_fails}");
}

/// The exception that the methods page states.
#[test]
fn means_of_very_few_skewed_values_fall_short() {
    for (Known { name, mean, draw }, least, most) in [
        (known("exponential", Shape::Exponential { mean: 10.0 }), 0.92, 0.95),
        (known("log-normal, sigma 1", Shape::LogNormal { mu: 0.0, sigma: 1.0 }), 0.89, 0.93),
    ] {
        let coverage = share(TRIALS, |luck| {
            let values: Vec<f64> = (0..10).map(|_| draw(luck)).collect();
            Moments::of(&values).is_some_and(|moments| holds(&moments.mean(), mean))
        });
        println!("mean, {name}: too few{:>32} n = 10    {:.1} %", "", 100.0 * coverage);
        assert!((least..=most).contains(&coverage), "{name}: {coverage}");
    }
}

#[test]
fn quantiles() {
    let one = Distribution::new(Shape::LogNormal { mu: 2.0, sigma: 0.8 }, 0.0, None).expect("valid");
    for (q, n) in [(0.5, 100), (0.5, 1000), (0.95, 200), (0.95, 1000), (0.99, 2000)] {
        let order = OrderStatistic::new(n, q);
        let truth = one.quantile(q).as_secs_f64();
        let coverage = share(TRIALS / 4, |luck| {
            let mut values: Vec<f64> = (0..n).map(|_| one.quantile(luck.uniform()).as_secs_f64()).collect();
            values.sort_unstable_by(f64::total_cmp);
            holds(&order.estimate(&values), truth)
        });
        // The ranks are whole numbers: with fewer values their coverage exceeds the level by more.
        assert_between(&format!("p{:02.0}, log-normal, sigma 0.8", 100.0 * q), n, coverage, 0.98);
        assert!(coverage >= 0.94, "{q} {n}: {coverage}");
    }
}

/// Durations observed up to a horizon, which a share of them exceeds; some end by another event before.
fn watched(luck: &mut Luck, one: &Distribution, horizon: f64, others: f64) -> Observation<bool> {
    let time = one.quantile(luck.uniform()).as_secs_f64();
    let other = luck.uniform() < others;
    if time > horizon { Observation { time: horizon, cause: None } } else { Observation { time, cause: Some(!other) } }
}

#[test]
fn censored_durations() {
    let one = Distribution::new(Shape::LogNormal { mu: 2.0, sigma: 0.8 }, 0.0, None).expect("valid");
    let horizon = one.quantile(0.85).as_secs_f64();
    for (q, n) in [(0.5, 100), (0.5, 1000), (0.75, 256), (0.75, 1000)] {
        let truth = one.quantile(q).as_secs_f64();
        let coverage = share(TRIALS / 4, |luck| {
            let sample = Sample::new((0..n).map(|_| watched(luck, &one, horizon, 0.0)).collect());
            holds(&kaplan_meier(&sample).quantile(q), truth)
        });
        assert_nominal(&format!("p{:02.0}, 15 % censored", 100.0 * q), n, coverage);
        // A tenth of all end by another event, so the curve never reaches their share.
        let truth = one.quantile(q / 0.9).as_secs_f64();
        let coverage = share(TRIALS / 4, |luck| {
            let sample = Sample::new((0..n).map(|_| watched(luck, &one, horizon, 0.1)).collect());
            holds(&aalen_johansen(&sample, &true).quantile(q), truth)
        });
        assert_nominal(&format!("p{:02.0}, 15 % censored, 10 % rolled back", 100.0 * q), n, coverage);
    }
}

#[test]
fn paired_differences() {
    let one = Distribution::new(Shape::LogNormal { mu: 2.0, sigma: 0.8 }, 0.0, None).expect("valid");
    let pair = move |luck: &mut Luck| {
        let (shared, own) = (one.quantile(luck.uniform()).as_secs_f64(), one.quantile(luck.uniform()).as_secs_f64());
        (shared, 0.8 * shared + 0.1 * own)
    };
    let mean = libm::exp(2.0 + 0.32);
    for n in [100, 256, 1000] {
        let coverage = share(TRIALS / 2, |luck| {
            let pairs: Vec<_> = (0..n).map(|_| pair(luck)).collect();
            holds(&Paired::of(&pairs, &crate::stats::Known::default()).difference, -0.1 * mean)
        });
        assert_nominal("paired difference of means", n, coverage);
    }
    // The true quantile of the second, from a large sample.
    let mut luck = Luck(ChaCha8Rng::seed_from_u64(5));
    let mut second: Vec<f64> = (0..2_000_000).map(|_| pair(&mut luck).1).collect();
    second.sort_unstable_by(f64::total_cmp);
    for (q, n) in [(0.5, 20), (0.5, 256), (0.5, 1000), (0.95, 100), (0.95, 1000), (0.95, 2000)] {
        let first = libm::exp(2.0 + 0.8 * crate::distribution::normal::quantile(q));
        let truth = second[(q * 2e6) as usize] - first;
        let coverage = share(TRIALS / 4, |luck| {
            let pairs: Vec<_> = (0..n).map(|_| pair(luck)).collect();
            holds(&Paired::quantile(&pairs, q).difference, truth)
        });
        // The limits of either quantile are order statistics, and one pair more of each kind is taken to differ.
        assert_between(&format!("paired difference of p{:02.0}", 100.0 * q), n, coverage, 1.0);
    }
}

/// Sampling until the interval is narrow enough, checked each time the sample has doubled: the interval at the last
/// check must contain the true value as often as its level says, although its width decided that it was the last.
#[test]
fn repeated_looks() {
    const LOOKS: usize = 7;
    let exponential = rare("exponential", 1.0);
    for (known, half) in [(exponential, 0.08), (rare("0, but exponential in 5 %", 0.05), 0.02)] {
        let (mut plain, mut used) = (0_u32, 0_u64);
        let shared = Confidence::USUAL.shared_by(LOOKS);
        let coverage = share(2000, |luck| {
            let mut values = Vec::new();
            for look in 0..LOOKS {
                let n = 256 << look;
                values.resize_with(n, || (known.draw)(luck));
                let moments = Moments::of(&values).expect("values");
                let now = moments.mean_at(&crate::stats::Known::default(), shared);
                let wide = now.high.zip(now.low).is_none_or(|(high, low)| high - low > 2.0 * half);
                if !wide || look + 1 == LOOKS {
                    plain += u32::from(holds(&moments.mean(), known.mean));
                    used += n as u64;
                    return holds(&now, known.mean);
                }
            }
            unreachable!("the last look ends it")
        });
        println!(
            "repeated looks, {:<29} mean n = {:<5} {:.1} % (95 % limits of the last look alone: {:.1} %)",
            known.name,
            used / 2000,
            100.0 * coverage,
            f64::from(plain) / 20.0
        );
        assert!(coverage >= 0.95, "{}: {coverage}", known.name);
    }
}
