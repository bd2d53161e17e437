use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::distribution::Distribution;

const N: usize = 4_000;

const MEMBERS: [Lifetime; 6] = [
    Lifetime::Exponential { mean: 4.0 },
    Lifetime::LogNormal { mu: 0.7, sigma: 0.35 },
    Lifetime::LogNormal { mu: 3.0, sigma: 0.9 },
    Lifetime::Gamma { shape: 5.0, scale: 1.5 },
    Lifetime::Weibull { shape: 1.8, scale: 9.0 },
    Lifetime::Weibull { shape: 0.8, scale: 20.0 },
];

fn uniform(random: &mut ChaCha8Rng) -> f64 {
    random.random_range(1e-12..1.0)
}

fn draws(member: Lifetime, n: usize, seed: u64) -> Vec<f64> {
    let shape = Distribution::new(member.shape(), 0.0, None).expect("valid");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..n).map(|_| shape.quantile(uniform(&mut random)).as_secs_f64()).collect()
}

fn family_of(member: Lifetime) -> Family {
    match member {
        Lifetime::Exponential { .. } => Family::Exponential,
        Lifetime::LogNormal { .. } => Family::LogNormal,
        Lifetime::Gamma { .. } => Family::Gamma,
        Lifetime::Weibull { .. } => Family::Weibull,
    }
}

/// ψ'(x), by its recurrence and asymptotic series.
fn trigamma(x: f64) -> f64 {
    if x < 20.0 { trigamma(x + 1.0) + 1.0 / (x * x) } else { 1.0 / x + 0.5 / (x * x) + 1.0 / (6.0 * x * x * x) }
}

/// Parameters with their standard errors in a complete exact sample of `n`: the inverse of Fisher's information.
fn parameters(member: Lifetime, n: f64) -> [(f64, f64); 2] {
    match member {
        Lifetime::Exponential { mean } => [(mean, mean / n.sqrt()), (0.0, 0.0)],
        Lifetime::LogNormal { mu, sigma } => [(mu, sigma / n.sqrt()), (sigma, sigma / (2.0 * n).sqrt())],
        Lifetime::Gamma { shape, scale } => {
            let rest = n * (shape * trigamma(shape) - 1.0);
            [(shape, (shape / rest).sqrt()), (scale, scale * (trigamma(shape) / rest).sqrt())]
        }
        Lifetime::Weibull { shape, scale } => {
            [(shape, 0.7797 * shape / n.sqrt()), (scale, 1.0529 * scale / (shape * n.sqrt()))]
        }
    }
}

fn fitted(lengths: &Lengths) -> Fitted {
    match fit(lengths) {
        Outcome::Fitted(fitted) => fitted,
        other => panic!("{other:?}"),
    }
}

/// The family of `member` comes back within four standard errors, widened by `factor` for what coarse data lose, and fits.
#[track_caller]
fn recovers(member: Lifetime, lengths: &Lengths, factor: f64) {
    let fitted = fitted(lengths);
    let fit = fitted.fits.iter().find(|fit| fit.family == family_of(member)).expect("its family");
    assert!(fit.distance < fitted.limit, "{member:?}: {fit:?}, limit {}", fitted.limit);
    let (wanted, got) = (parameters(member, lengths.count() as f64), parameters(fit.member, 1.0));
    for ((wanted, error), (got, _)) in wanted.into_iter().zip(got) {
        assert!((got - wanted).abs() <= 4.0 * factor * error, "{member:?}: {fit:?}, standard error {error}");
    }
}

#[test]
fn exact_values() {
    for (seed, member) in MEMBERS.into_iter().enumerate() {
        let seen = draws(member, N, seed as u64).into_iter().map(|value| (Seen::Exactly(value), 1)).collect();
        recovers(member, &Lengths::new(Resolution::Exact, seen), 1.0);
    }
}

/// Beginnings and ends cut to whole seconds.
#[test]
fn whole_seconds() {
    for (seed, member) in MEMBERS.into_iter().enumerate() {
        let mut random = ChaCha8Rng::seed_from_u64(99);
        let whole = |value: f64| Seen::Whole((uniform(&mut random) + value).floor());
        let seen = draws(member, N, seed as u64).into_iter().map(whole).map(|seen| (seen, 1)).collect();
        recovers(member, &Lengths::new(Resolution::WholeSeconds, seen), 1.5);
    }
}

/// What a narrow sample in whole seconds would become, taken as exact or as anywhere within a second: wrong by many standard
/// errors, to either side.
#[test]
fn whole_seconds_are_neither_exact_nor_intervals() {
    let member = MEMBERS[1];
    let mut random = ChaCha8Rng::seed_from_u64(99);
    let whole: Vec<f64> = draws(member, N, 1).into_iter().map(|value| (uniform(&mut random) + value).floor()).collect();
    let sigma = |resolution, seen: fn(f64) -> Seen| {
        let lengths = Lengths::new(resolution, whole.iter().map(|value| (seen(*value), 1)).collect());
        let fit = fitted(&lengths).fits.into_iter().find(|fit| fit.family == Family::LogNormal).expect("it");
        let [_, (sigma, _)] = parameters(fit.member, 1.0);
        sigma
    };
    let error = parameters(member, N as f64)[1].1;
    let right = sigma(Resolution::WholeSeconds, Seen::Whole);
    let exact = sigma(Resolution::Exact, |value| Seen::Exactly(value.max(0.1)));
    let within = sigma(Resolution::Buckets, |value| Seen::Between((value - 1.0).max(0.0), value + 1.0));
    assert!((right - 0.35).abs() < 6.0 * error, "{right}");
    assert!(exact > 0.35 + 8.0 * error && within < 0.35 - 8.0 * error, "{exact} {within}");
}

/// Each is followed for a time of its own; about a third are not over by then.
#[test]
fn censored_values() {
    for (seed, member) in MEMBERS.into_iter().enumerate() {
        let mean = member.shape();
        let mean = Distribution::new(mean, 0.0, None).expect("valid").mean().expect("finite");
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let cut = |value: f64| {
            let followed = 3.0 * mean * uniform(&mut random);
            if value <= followed { Seen::Exactly(value) } else { Seen::at_least(followed) }
        };
        let seen = draws(member, N, seed as u64).into_iter().map(cut).map(|seen| (seen, 1)).collect();
        let lengths = Lengths::new(Resolution::Exact, seen);
        assert!(lengths.censored() > 500, "{}", lengths.censored());
        recovers(member, &lengths, 1.6);
    }
}

#[test]
fn buckets() {
    let bounds = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, f64::INFINITY];
    for (seed, member) in MEMBERS.into_iter().enumerate() {
        let values = draws(member, N, seed as u64);
        let bucket = |pair: &[f64]| {
            let count = values.iter().filter(|value| pair[0] < **value && **value <= pair[1]).count();
            (Seen::Between(pair[0], pair[1]), count as u64)
        };
        recovers(member, &Lengths::new(Resolution::Buckets, bounds.windows(2).map(bucket).collect()), 1.6);
    }
}

#[test]
fn closed_forms() {
    let values = draws(MEMBERS[4], 200, 1);
    let seen: Vec<(Seen, u64)> = values.iter().map(|value| (Seen::Exactly(*value), 1)).collect();
    let exact = fitted(&Lengths::new(Resolution::Exact, seen.clone()));
    let n = values.len() as f64;
    let mu = values.iter().map(|value| value.ln()).sum::<f64>() / n;
    let sigma = (values.iter().map(|value| (value.ln() - mu).powi(2)).sum::<f64>() / n).sqrt();
    let found = |fits: &Fitted, family| fits.fits.iter().find(|fit| fit.family == family).expect("it").member;
    let Lifetime::LogNormal { mu: got_mu, sigma: got_sigma } = found(&exact, Family::LogNormal) else { panic!() };
    assert!((got_mu - mu).abs() < 1e-6 && (got_sigma - sigma).abs() < 1e-6, "{got_mu} {mu} {got_sigma} {sigma}");

    // Events by the total time under observation.
    let censored = [3.0, 5.0, 40.0].map(|low| (Seen::at_least(low), 2));
    let some = fitted(&Lengths::new(Resolution::Exact, [&seen[..], &censored].concat()));
    let Lifetime::Exponential { mean } = found(&some, Family::Exponential) else { panic!() };
    let total = values.iter().sum::<f64>() + 96.0;
    assert!((mean / (total / n) - 1.0).abs() < 1e-6, "{mean}");
}

/// Akaike's criterion and the distance, worked out by hand.
#[test]
fn criterion_and_distance() {
    let seen = [1.0, 2.0, 3.0, 4.0, 5.0].map(|value| (Seen::Exactly(value), 1)).to_vec();
    let fitted = fitted(&Lengths::new(Resolution::Exact, seen));
    let exponential = fitted.fits.iter().find(|fit| fit.family == Family::Exponential).expect("it");
    assert!((exponential.aic - (2.0 + 10.0 * (3.0_f64.ln() + 1.0))).abs() < 1e-9, "{exponential:?}");
    // Just before 2 the exponential with mean 3 has 1 - e^(-2/3), the sample one in five.
    assert!((exponential.distance - (0.8 - (-2.0_f64 / 3.0).exp())).abs() < 1e-7, "{exponential:?}");
    assert!((fitted.limit - 1.36 / 5.0_f64.sqrt()).abs() < 1e-12);
}

/// Of gamma lengths 26 do not tell that they are no lognormal ones, and 4,000 do.
#[test]
fn the_lognormal_is_chosen_until_another_is_clearly_better() {
    let gamma = Distribution::new(MEMBERS[3].shape(), 0.0, None).expect("valid");
    let of = |n: usize| {
        let value = |place| gamma.quantile((place as f64 + 0.5) / n as f64).as_secs_f64();
        fitted(&Lengths::new(Resolution::Exact, (0..n).map(|place| (Seen::Exactly(value(place)), 1)).collect()))
    };
    let families = |fitted: &Fitted| [fitted.best(), fitted.chosen()].map(|fit| fit.map(|fit| fit.family));
    assert_eq!(families(&of(26)), [Some(Family::Gamma), Some(Family::LogNormal)]);
    assert_eq!(families(&of(N)), [Some(Family::Gamma); 2]);
}

#[test]
fn a_family_that_is_not_it_does_not_fit() {
    let seen = draws(MEMBERS[1], N, 5).into_iter().map(|value| (Seen::Exactly(value), 1)).collect();
    let narrow = fitted(&Lengths::new(Resolution::Exact, seen));
    assert_eq!(narrow.chosen().map(|fit| fit.family), Some(Family::LogNormal));
    assert!(narrow.fits.iter().any(|fit| fit.family == Family::Exponential && fit.distance > 0.2));
    // Two kinds of pods, quick and slow, are none of these.
    let (quick, slow) = (draws(MEMBERS[1], 500, 6), draws(MEMBERS[1], 500, 7));
    let both = quick.into_iter().chain(slow.into_iter().map(|value| value + 60.0));
    let mixed = fitted(&Lengths::new(Resolution::Exact, both.map(|value| (Seen::Exactly(value), 1)).collect()));
    assert_eq!(mixed.chosen(), None);
    assert!(mixed.nearest().is_some());
}

#[test]
fn samples_with_too_little_information() {
    let exact = |values: &[f64]| {
        Lengths::new(Resolution::Exact, values.iter().map(|value| (Seen::Exactly(*value), 1)).collect())
    };
    assert_eq!(fit(&exact(&[])), Outcome::TooFew);
    assert_eq!(fit(&exact(&[1.0, 2.0, 3.0, 4.0])), Outcome::TooFew);
    assert_eq!(fit(&exact(&[2.5; 9])), Outcome::Constant(2.5));
    assert_eq!(fit(&exact(&[0.0; 9])), Outcome::Constant(0.0));
    let whole = |values: &[f64]| {
        Lengths::new(Resolution::WholeSeconds, values.iter().map(|value| (Seen::Whole(*value), 1)).collect())
    };
    assert_eq!(fit(&whole(&[1.0, 2.0, 2.0, 1.0, 2.0])), Outcome::Constant(1.6));
    let one = Lengths::new(Resolution::Buckets, vec![(Seen::Between(1.0, 2.0), 500)]);
    assert_eq!(fit(&one), Outcome::OneBucket);
    let two = Lengths::new(Resolution::Buckets, vec![(Seen::Between(1.0, 2.0), 500), (Seen::Between(2.0, 4.0), 100)]);
    let two = fitted(&two);
    assert_eq!(two.fits.len(), 1);
    assert_eq!(two.left_out[0], (Family::LogNormal, "two buckets fix one parameter only"));
    let zeros = fitted(&exact(&[0.0, 0.0, 1.0, 2.0, 3.0, 9.0]));
    assert_eq!(zeros.fits.iter().map(|fit| fit.family).collect::<Vec<_>>(), [Family::Exponential]);
}

/// A bucket between two full ones is empty: no family has a best member, or the best fits badly. No panic, no infinity.
#[test]
fn odd_samples_end_in_numbers() {
    let samples = [
        Lengths::new(Resolution::Buckets, vec![(Seen::Between(0.0, 1.0), 50), (Seen::Between(2.0, 3.0), 50)]),
        Lengths::new(Resolution::Buckets, vec![(Seen::Between(0.0, 1e-9), 5), (Seen::at_least(1e9), 5)]),
        Lengths::new(Resolution::Exact, [1e-6, 1e-3, 1.0, 1e3, 1e6, 1e9].map(|x| (Seen::Exactly(x), 3)).to_vec()),
        Lengths::new(Resolution::Exact, vec![(Seen::Exactly(1.0), 9), (Seen::Exactly(1.000_001), 1)]),
        Lengths::new(Resolution::Exact, vec![(Seen::Exactly(1.0), 9), (Seen::at_least(1e9), 1)]),
        Lengths::new(Resolution::WholeSeconds, vec![(Seen::Whole(0.0), 900), (Seen::Whole(1e9), 1)]),
        Lengths::new(Resolution::WholeSeconds, vec![(Seen::Whole(1e6), 50), (Seen::Whole(1e6 + 2.0), 50)]),
        Lengths::new(Resolution::WholeSeconds, vec![(Seen::Whole(3.0), 9), (Seen::at_least(0.0), 90)]),
    ];
    for lengths in samples {
        match fit(&lengths) {
            Outcome::Fitted(fitted) => {
                for fit in &fitted.fits {
                    assert!(fit.aic.is_finite() && fit.distance.is_finite(), "{lengths:?}: {fit:?}");
                    assert!(Distribution::new(fit.member.shape(), 0.0, None).is_ok(), "{lengths:?}: {fit:?}");
                }
            }
            Outcome::Constant(value) => assert_eq!(value, 3.0),
            other => panic!("{lengths:?}: {other:?}"),
        }
    }
}

/// The sums of the likelihood say what the densities of another library say, value by value.
#[test]
fn the_likelihood_of_exact_values_is_that_of_statrs() {
    use statrs::distribution::{Continuous, Exp, Gamma, LogNormal, Weibull};
    let values = draws(MEMBERS[3], 300, 11);
    let lengths = Lengths::new(Resolution::Exact, values.iter().map(|value| (Seen::Exactly(*value), 1)).collect());
    let likelihood = Likelihood::new(&lengths);
    for member in MEMBERS {
        let density: Box<dyn Fn(f64) -> f64> = match member {
            Lifetime::Exponential { mean } => {
                let of = Exp::new(1.0 / mean).expect("valid");
                Box::new(move |x| of.ln_pdf(x))
            }
            Lifetime::LogNormal { mu, sigma } => {
                let of = LogNormal::new(mu, sigma).expect("valid");
                Box::new(move |x| of.ln_pdf(x))
            }
            Lifetime::Gamma { shape, scale } => {
                let of = Gamma::new(shape, 1.0 / scale).expect("valid");
                Box::new(move |x| of.ln_pdf(x))
            }
            Lifetime::Weibull { shape, scale } => {
                let of = Weibull::new(shape, scale).expect("valid");
                Box::new(move |x| of.ln_pdf(x))
            }
        };
        let wanted: f64 = values.iter().map(|value| density(*value)).sum();
        let got = likelihood.of(member);
        assert!((got - wanted).abs() < 1e-9 * wanted.abs(), "{member:?}: {got}, not {wanted}");
    }
}

/// Samples of a family itself are contradicted at 5 % in about 5 of 100 cases: less often by the upper limit of the p-value,
/// more often by the lower.
#[test]
fn a_chi_square_test_errs_as_often_as_it_says() {
    const SAMPLES: u64 = 200;
    let bounds = [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, f64::INFINITY];
    for member in [MEMBERS[3], MEMBERS[4]] {
        let mut rejected = [[0; 2]; 4];
        for seed in 0..SAMPLES {
            let values = draws(member, 120, 1_000 + seed);
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let cut = |value: f64, followed: f64| {
                if value <= followed { Seen::Exactly(value) } else { Seen::at_least(followed) }
            };
            let bucket = |pair: &[f64]| {
                let count = values.iter().filter(|value| pair[0] < **value && **value <= pair[1]).count();
                (Seen::Between(pair[0], pair[1]), count as u64)
            };
            let each = |seen: Vec<Seen>| seen.into_iter().map(|seen| (seen, 1)).collect::<Vec<_>>();
            let censored = values.iter().map(|value| cut(*value, 25.0 * uniform(&mut random))).collect();
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let whole = values.iter().map(|value| Seen::Whole((uniform(&mut random) + value).floor())).collect();
            let samples = [
                Lengths::new(Resolution::Exact, each(values.iter().copied().map(Seen::Exactly).collect())),
                Lengths::new(Resolution::Exact, each(censored)),
                Lengths::new(Resolution::WholeSeconds, each(whole)),
                Lengths::new(Resolution::Buckets, bounds.windows(2).map(bucket).collect()),
            ];
            for (count, lengths) in rejected.iter_mut().zip(&samples) {
                let family = family_of(member);
                let found = super::member(&Likelihood::new(lengths), family).expect("a member");
                let test = chi_square::chi_square(lengths, found, family.parameters()).expect("cells enough");
                assert!(test.p_low <= test.p_high && test.cells > 3, "{test:?}");
                count[0] += u32::from(test.p_low < 0.05);
                count[1] += u32::from(test.p_high < 0.05);
            }
        }
        // Five of 100 are 10 of 200, with a standard deviation of 3.1.
        for [by_low, by_high] in rejected {
            assert!((3..=24).contains(&by_low) && by_high <= 20, "{member:?}: {rejected:?}");
        }
    }
}

/// A distribution of another form is contradicted.
#[test]
fn a_chi_square_test_sees_what_does_not_fit() {
    let (quick, slow) = (draws(MEMBERS[1], 100, 6), draws(MEMBERS[1], 100, 7));
    let both = quick.into_iter().chain(slow.into_iter().map(|value| value + 20.0));
    let mixed = fitted(&Lengths::new(Resolution::Exact, both.map(|value| (Seen::Exactly(value), 1)).collect()));
    assert!(mixed.fits.iter().all(|fit| fit.test.is_some_and(|test| test.p_high < 0.001)), "{mixed:?}");
    let few =
        fitted(&Lengths::new(Resolution::Exact, [1.0, 2.0, 3.0, 4.0, 5.0].map(|x| (Seen::Exactly(x), 1)).to_vec()));
    assert!(few.fits.iter().all(|fit| fit.test.is_none()));
}

/// Standard errors have their closed forms, and intervals of twice their size hold the truth about as often as they should.
#[test]
fn standard_errors_are_the_spread_of_estimates() {
    const SAMPLES: u64 = 150;
    for member in [MEMBERS[0], MEMBERS[2], MEMBERS[3], MEMBERS[4]] {
        let family = family_of(member);
        let (mut held, mut widths) = (0, 0);
        for seed in 0..SAMPLES {
            let values = draws(member, 80, 5_000 + seed).into_iter().map(|value| (Seen::Exactly(value), 1));
            let lengths = Lengths::new(Resolution::Exact, values.collect());
            let likelihood = Likelihood::new(&lengths);
            let found = super::member(&likelihood, family).expect("a member");
            let errors = errors::errors(&likelihood, found).expect("a peak");
            let off = libm::log(scale(found) / scale(member)).abs();
            held += u32::from(off < 1.96 * errors.scale);
            match (found, errors.width) {
                (Lifetime::Exponential { .. }, None) => assert!((errors.scale * libm::sqrt(80.0) - 1.0).abs() < 1e-3),
                (Lifetime::LogNormal { sigma, .. }, Some(width)) => {
                    assert!((errors.scale * libm::sqrt(80.0) / sigma - 1.0).abs() < 1e-3, "{errors:?}");
                    assert!((width * libm::sqrt(160.0) - 1.0).abs() < 2e-3, "{errors:?}");
                    widths += u32::from(libm::log(sigma / 0.9).abs() < 1.96 * width);
                }
                (Lifetime::Gamma { shape, .. }, Some(width)) => {
                    assert!(errors.correlation < Some(-0.8), "{errors:?}");
                    widths += u32::from(libm::log(shape / 5.0).abs() < 1.96 * width);
                }
                (Lifetime::Weibull { shape, .. }, Some(width)) => {
                    widths += u32::from(libm::log(shape / 1.8).abs() < 1.96 * width);
                }
                other => panic!("{other:?}"),
            }
        }
        // 95 % of 150 are 142, with a standard deviation of 2.7.
        assert!(held >= 134, "{member:?}: {held}");
        assert!(family == Family::Exponential || widths >= 134, "{member:?}: {widths}");
    }
}
