use std::ops::Range;

use super::*;
use proptest::prelude::*;

fn plain(shape: Shape) -> Distribution {
    Distribution::new(shape, 0.0, None).expect("valid")
}

fn examples() -> Vec<Distribution> {
    vec![
        plain(Shape::Constant(2.5)),
        plain(Shape::Exponential { mean: 10.0 }),
        plain(Shape::Uniform { low: 1.0, high: 3.0 }),
        plain(Shape::Triangular { low: 1.0, mode: 2.0, high: 5.0 }),
        plain(Shape::Normal { mean: 5.0, sd: 4.0 }),
        plain(Shape::LogNormal { mu: 0.69, sigma: 0.35 }),
        plain(Shape::Gamma { shape: 2.5, scale: 3.0 }),
        plain(Shape::Gamma { shape: 0.2, scale: 3.0 }),
        plain(Shape::Weibull { shape: 1.7, scale: 4.0 }),
        plain(Shape::Pareto { minimum: 2.0, shape: 2.5 }),
        plain(Shape::Empirical(vec![4.0, 1.0, 2.0, 2.0])),
        plain(Shape::Mixture(vec![
            (3.0, plain(Shape::Constant(0.5))),
            (1.0, plain(Shape::Exponential { mean: 20.0 })),
        ])),
        Distribution::new(Shape::LogNormal { mu: 0.69, sigma: 0.35 }, 1.5, Some((2.0, 6.0))).expect("valid"),
    ]
}

/// A change of these values changes every published result, so it must be a deliberate decision.
#[test]
fn values_are_stable() {
    let expected = [
        [2_500_000_000, 2_500_000_000, 2_500_000_000],
        [100_503_359, 9_162_907_319, 69_077_552_790],
        [1_020_000_000, 2_200_000_000, 2_998_000_000],
        [1_200_000_000, 2_809_109_770, 4_890_455_488],
        [190_172_366, 6_458_024_070, 17_492_971_713],
        [883_183_968, 2_178_576_074, 5_880_144_328],
        [831_447_115, 7_697_800_612, 30_772_508_479],
        [0, 159_031_809, 12_305_892_974],
        [267_221_929, 3_799_501_626, 12_467_736_214],
        [2_008_056_452, 2_885_399_812, 31_697_863_849],
        [1_000_000_000, 2_000_000_000, 4_000_000_000],
        [500_000_000, 500_000_000, 110_429_218_357],
        [2_382_466_455, 3_666_806_415, 5_944_277_426],
    ];
    let got: Vec<[u64; 3]> =
        examples().iter().map(|one| [0.01, 0.6, 0.999].map(|u| one.quantile(u).as_nanos())).collect();
    assert_eq!(got, expected);
}

/// The same values to the last bit, before they are rounded to nanoseconds.
#[test]
fn bits_are_stable() {
    let shares = [f64::MIN_POSITIVE, 1e-9, 0.3, 0.5, 0.9, 1.0 - 1e-12];
    let got: Vec<[u64; 6]> = examples().iter().map(|one| shares.map(|u| one.seconds(u).to_bits())).collect();
    let normal = shares.map(|u| normal::quantile(u).to_bits());
    let text: String = got.iter().chain([&normal]).map(|row| format!("{row:x?}\n")).collect();
    crate::golden_file::golden("tests/golden/distribution-bits.txt", &text);
}

/// The parameters computed from percentiles must not change either.
#[test]
fn values_from_percentiles_are_stable() {
    let families = [Family::Uniform, Family::Normal, Family::LogNormal, Family::Gamma, Family::Weibull, Family::Pareto];
    let got = families.map(|family| {
        let shape = Shape::from_percentiles(family, (0.5, 8.0), (0.9, 14.0)).expect("valid");
        [0.05, 0.999].map(|u| plain(shape.clone()).quantile(u).as_nanos())
    });
    let expected = [
        [1_250_000_000, 15_485_000_000],
        [1_568_829_954, 22_649_943_605],
        [3_900_803_095, 30_841_305_781],
        [3_225_862_138, 26_442_726_409],
        [2_376_847_438, 23_363_116_919],
        [6_399_777_807, 69_429_767_931],
    ];
    assert_eq!(got, expected);
}

#[test]
fn means_agree_with_the_quantiles() {
    for one in examples().into_iter().filter(|one| one.mean().is_some()) {
        let steps = 200_000;
        let sum: f64 = (0..steps).map(|i| one.seconds((f64::from(i) + 0.5) / f64::from(steps))).sum();
        let (got, wanted) = (sum / f64::from(steps), one.mean().unwrap_or_default());
        assert!((got / wanted - 1.0).abs() < 2e-3, "{one:?}: {got} for {wanted}");
    }
    let heavy = plain(Shape::Pareto { minimum: 1.0, shape: 1.0 });
    assert_eq!(heavy.mean(), None);
}

#[test]
fn empirical_quantiles_are_the_inverse_of_the_step_function() {
    let one = plain(Shape::Empirical(vec![4.0, 1.0, 2.0, 2.0]));
    for (u, value) in [(0.1, 1.0), (0.25, 1.0), (0.26, 2.0), (0.75, 2.0), (0.76, 4.0), (1.0, 4.0)] {
        assert_eq!(one.seconds(u), value, "{u}");
    }
    assert_eq!((one.cdf(0.9), one.cdf(1.0), one.cdf(2.0), one.cdf(4.0)), (0.0, 0.25, 0.75, 1.0));
}

#[test]
fn the_remainder_of_the_choice_samples_the_component() {
    let uniform = |low, high| plain(Shape::Uniform { low, high });
    let one = plain(Shape::Mixture(vec![(1.0, uniform(10.0, 20.0)), (3.0, uniform(0.0, 8.0))]));
    for (u, value) in [(0.125, 15.0), (0.25, 0.0), (0.625, 4.0), (0.8125, 6.0)] {
        assert!((one.seconds(u) - value).abs() < 1e-12, "{u}");
    }
    assert!((one.cdf(8.0) - 0.75).abs() < 1e-15 && (one.cdf(12.0) - 0.8).abs() < 1e-15);
}

#[test]
fn truncation_conditions_a_mixture_on_the_interval() {
    let uniform = |low, high| plain(Shape::Uniform { low, high });
    let parts = vec![(1.0, uniform(0.0, 10.0)), (1.0, plain(Shape::Constant(9.0))), (1.0, uniform(20.0, 30.0))];
    let one = Distribution::new(Shape::Mixture(parts), 1.0, Some((6.0, 10.0))).expect("valid");
    // The limits leave 2/5 of the first component and all of the second.
    assert!((one.cdf(9.999_999) - 2.0 / 7.0).abs() < 1e-6);
    assert_eq!((one.cdf(5.9), one.cdf(10.0)), (0.0, 1.0));
    assert!((one.seconds(1.0 / 7.0) - 8.0).abs() < 1e-12);
    assert_eq!(one.seconds(0.5), 10.0);
}

#[test]
fn limits_include_values_that_a_shift_puts_on_them() {
    let one = Distribution::new(Shape::Empirical(vec![0.3, 0.7]), 0.1, Some((0.3 + 0.1, 0.5))).expect("valid");
    assert_eq!(one.as_constant(), Some(SimDuration::from_millis(400)));
    let part = Distribution::new(Shape::Constant(0.3), 0.1, None).expect("valid");
    let one = Distribution::new(Shape::Mixture(vec![(1.0, part)]), 0.2, None).expect("valid");
    assert_eq!(one.as_constant(), Some(SimDuration::from_millis(600)));
}

#[test]
fn constants_are_known_as_such() {
    let three = SimDuration::from_secs(3);
    assert_eq!(Distribution::constant(three).as_constant(), Some(three));
    assert_eq!(Distribution::constant(three).quantile(0.3), three);
    let kept = Distribution::new(Shape::Constant(2.0), 1.0, Some((2.5, 3.5))).expect("valid");
    assert_eq!((kept.as_constant(), kept.quantile(0.9)), (Some(three), three));
    assert_eq!(plain(Shape::Empirical(vec![3.0, 3.0])).as_constant(), Some(three));
    assert_eq!(plain(Shape::Exponential { mean: 3.0 }).as_constant(), None);
}

#[test]
fn unusable_parameters_are_explained() {
    let part = || plain(Shape::Constant(1.0));
    let table = [
        (Shape::Constant(-1.0), 0.0, None, "a constant must be a finite number of at least 0, not -1"),
        (Shape::Constant(f64::INFINITY), 0.0, None, "finite"),
        (Shape::Constant(1.0), f64::NAN, None, "the shift must be a finite number"),
        (Shape::Constant(1.0), -2.0, None, "values down to -1 s are possible"),
        (Shape::Constant(1.0), 0.0, Some((2.0, 3.0)), "truncation to 2..3 s leaves none"),
        (Shape::Constant(1.0), 0.0, Some((3.0, 2.0)), "the lower end must come first"),
        (Shape::Exponential { mean: 0.0 }, 0.0, None, "`mean` must be a finite number greater than 0, not 0"),
        (Shape::Exponential { mean: 1.0 }, 0.0, Some((40.0, 50.0)), "leaves none"),
        (Shape::Uniform { low: 2.0, high: 2.0 }, 0.0, None, "`low` (2) must be less than `high` (2)"),
        (Shape::Triangular { low: 1.0, mode: 4.0, high: 3.0 }, 0.0, None, "`mode` (4) must lie between"),
        (Shape::Normal { mean: 5.0, sd: -1.0 }, 0.0, None, "`sd`"),
        (Shape::Normal { mean: -70.0, sd: 1.0 }, 0.0, None, "leaves none"),
        (Shape::LogNormal { mu: f64::NAN, sigma: 1.0 }, 0.0, None, "`mu`"),
        (Shape::Gamma { shape: 1e6, scale: 1.0 }, 0.0, None, "`shape` must be between 0.001 and 100000"),
        (Shape::Weibull { shape: 1.0, scale: 0.0 }, 0.0, None, "`scale`"),
        (Shape::Pareto { minimum: 0.0, shape: 1.0 }, 0.0, None, "`minimum`"),
        (Shape::Empirical(vec![]), 0.0, None, "needs a value"),
        (Shape::Mixture(vec![(0.0, part())]), 0.0, None, "weight greater than 0"),
        (Shape::Mixture(vec![(2.0, part()), (-1.0, part())]), 0.0, None, "a weight must be"),
    ];
    for (shape, shift, truncate, message) in table {
        let error = Distribution::new(shape, shift, truncate).expect_err(message).to_string();
        assert!(error.contains(message), "{error:?} should contain {message:?}");
    }
}

fn scale() -> impl Strategy<Value = f64> {
    (-4.0..4.0_f64).prop_map(|exponent| 10.0_f64.powf(exponent))
}

/// `exponents` are those of the parameters without a unit, to the base 10. Extreme ones put most values on 0 or
/// infinity.
fn single(exponents: Range<f64>) -> impl Strategy<Value = Shape> {
    let number = || exponents.clone().prop_map(|exponent| 10.0_f64.powf(exponent));
    prop_oneof![
        scale().prop_map(Shape::Constant),
        scale().prop_map(|mean| Shape::Exponential { mean }),
        (scale(), scale()).prop_map(|(low, width)| Shape::Uniform { low, high: low + width }),
        (scale(), scale(), 0.0..=1.0).prop_map(|(low, width, share): (f64, f64, f64)| Shape::Triangular {
            low,
            mode: low + share * width,
            high: low + width
        }),
        (-5.0..20.0, scale()).prop_map(|(mean, sd): (f64, f64)| Shape::Normal { mean: mean * sd, sd }),
        (-5.0..10.0, number()).prop_map(|(mu, sigma)| Shape::LogNormal { mu, sigma: 1.0 / sigma }),
        (number(), scale()).prop_map(|(shape, scale)| Shape::Gamma { shape, scale }),
        (number(), scale()).prop_map(|(shape, scale)| Shape::Weibull { shape, scale }),
        (scale(), number()).prop_map(|(minimum, shape)| Shape::Pareto { minimum, shape }),
        prop::collection::vec(scale(), 1..8).prop_map(Shape::Empirical),
    ]
}

/// The shifted distribution, truncated to any interval between two of its quantiles or not truncated.
fn distribution(shapes: impl Strategy<Value = Shape>) -> impl Strategy<Value = Distribution> {
    (shapes, prop_oneof![Just(0.0), scale()], prop::option::of((0.001..0.5, 0.5..0.999))).prop_map(
        |(shape, shift, shares): (_, _, Option<(f64, f64)>)| {
            let whole = Distribution::new(shape.clone(), shift, None).expect("valid");
            let Some((from, to)) = shares else { return whole };
            let (from, to) = (whole.seconds(from), whole.seconds(to));
            Distribution::new(shape, shift, Some((from.min(to), from.max(to)))).unwrap_or(whole)
        },
    )
}

const ANY: Range<f64> = -3.0..5.0;
const MODERATE: Range<f64> = -1.0..1.5;

fn mixture() -> impl Strategy<Value = Shape> {
    prop::collection::vec((0.0..5.0, distribution(single(MODERATE))), 1..5).prop_map(|mut parts| {
        parts[0].0 += 0.1;
        Shape::Mixture(parts)
    })
}

proptest! {
    #[test]
    fn quantiles_rise_and_stay_within_the_limits(one in distribution(single(ANY)), a in 0.0..=1.0, b in 0.0..=1.0) {
        let (first, second) = (one.quantile(f64::min(a, b)), one.quantile(f64::max(a, b)));
        prop_assert!(first <= second, "{one:?}: {first} and {second}");
        for value in [one.seconds(a), one.seconds(b)] {
            prop_assert!((one.low..=one.high).contains(&value));
        }
    }

    #[test]
    fn cdf_undoes_quantile(one in distribution(single(MODERATE)), u in 0.001..0.999) {
        let value = one.seconds(u);
        // A relative step above and below, because rounding matters where the density is high.
        let step = 1e-12 * value;
        prop_assert!(one.cdf(value + step) >= u - 1e-8, "{one:?}: {value} has {}", one.cdf(value + step));
        prop_assert!(one.share(f64::NEG_INFINITY, value - step) <= u + 1e-8 || value == one.low, "{one:?}: {value}");
    }

    #[test]
    fn mixtures_give_each_value_its_share(one in distribution(mixture()), at in 0.0..1.0) {
        // Slightly above, for values that differ by rounding only.
        let value = one.seconds(at) * (1.0 + 1e-12);
        let steps = 400;
        let below = (0..steps).filter(|i| one.seconds((f64::from(*i) + 0.5) / f64::from(steps)) <= value).count();
        let share = below as f64 / f64::from(steps);
        prop_assert!((one.cdf(value) - share).abs() < 0.02, "{one:?}: {share} at {value}");
    }

    #[test]
    fn no_number_makes_it_panic(
        (a, b, c) in (prop::num::f64::ANY, prop::num::f64::ANY, prop::num::f64::ANY),
        shift in prop_oneof![Just(0.0), prop::num::f64::ANY],
        truncate in prop::option::of((prop::num::f64::ANY, prop::num::f64::ANY)),
        u in prop::num::f64::ANY,
    ) {
        let shapes = [
            Shape::Constant(a),
            Shape::Exponential { mean: a },
            Shape::Uniform { low: a, high: b },
            Shape::Triangular { low: a, mode: b, high: c },
            Shape::Normal { mean: a, sd: b },
            Shape::LogNormal { mu: a, sigma: b },
            Shape::Gamma { shape: a, scale: b },
            Shape::Weibull { shape: a, scale: b },
            Shape::Pareto { minimum: a, shape: b },
            Shape::Empirical(vec![a, b, c]),
        ];
        for one in shapes.into_iter().filter_map(|shape| Distribution::new(shape, shift, truncate).ok()) {
            for u in [u, 0.0, 0.3, 1.0] {
                let _ = one.quantile(u);
            }
            let _ = (one.cdf(a), one.mean());
        }
        for family in [Family::Uniform, Family::Normal, Family::LogNormal, Family::Gamma, Family::Weibull, Family::Pareto] {
            let _ = Shape::from_percentiles(family, (0.5, a), (0.9, b));
        }
    }
}

#[test]
fn a_scaled_distribution_gives_scaled_values() {
    for one in examples() {
        let twice = one.scaled(2.0);
        for u in [0.01, 0.3, 0.5, 0.9, 0.999] {
            let (wanted, got) = (2.0 * one.quantile(u).as_secs_f64(), twice.quantile(u).as_secs_f64());
            assert!((got - wanted).abs() <= 1e-8 * wanted.max(1.0), "{one:?} at {u}: {got}, not {wanted}");
        }
        assert_eq!(one.mean().is_some(), twice.mean().is_some(), "{one:?}");
    }
}
