//! From two percentiles, which is what users usually know, to the parameters of a family.

use super::{DistributionError, Family, Shape, gamma, normal};

/// The largest `-mean / sd` of a normal distribution for which a sufficient share of it is above 0.
const STEEPEST: f64 = 5.9;

/// A share of the values and the value they lie below.
type Percentile = (f64, f64);

impl Shape {
    /// The member of `family` with the two percentiles `(share in (0, 1), value in seconds)`, given in either order.
    /// Those of a normal distribution are percentiles after truncation at 0.
    ///
    /// # Errors
    ///
    /// Where no member has them: equal or reversed percentiles, or a spread that the family cannot have.
    pub fn from_percentiles(family: Family, first: Percentile, second: Percentile) -> Result<Self, DistributionError> {
        let (first, second) = if first.0 <= second.0 { (first, second) } else { (second, first) };
        check(first, second)?;
        let shape = match family {
            Family::Uniform => uniform(first, second),
            Family::Normal => normal(first, second),
            Family::LogNormal => log_normal(first, second),
            Family::Gamma => gamma(first, second),
            Family::Weibull => weibull(first, second),
            Family::Pareto => pareto(first, second),
        };
        shape.filter(|shape| shape.validate().is_ok()).ok_or_else(|| impossible(family, first, second))
    }
}

fn percent((share, value): Percentile) -> String {
    format!("p{} = {value} s", (share * 1e8).round() / 1e6)
}

fn check(first: Percentile, second: Percentile) -> Result<(), DistributionError> {
    let problem = if [first.0, second.0].iter().any(|share| !(*share > 0.0 && *share < 1.0)) {
        "percentiles must lie between p0 and p100, both excluded"
    } else if [first.1, second.1].iter().any(|value| !(value.is_finite() && *value > 0.0)) {
        "values of percentiles must be finite and greater than 0"
    } else if first.0 == second.0 {
        "two different percentiles are needed"
    } else if first.1 >= second.1 {
        "the value of the higher percentile must be the greater one"
    } else {
        return Ok(());
    };
    Err(DistributionError(format!("{problem}: {}, {}", percent(first), percent(second))))
}

fn impossible(family: Family, first: Percentile, second: Percentile) -> DistributionError {
    let (name, hint) = match family {
        Family::Uniform => ("uniform distribution from 0 up", "a lognormal one fits every pair"),
        Family::Normal => {
            ("normal distribution truncated at 0", "they are too far apart; a lognormal one fits every pair")
        }
        Family::LogNormal => ("lognormal distribution", "they are too far apart or too close"),
        Family::Gamma | Family::Weibull | Family::Pareto => {
            ("distribution of this family", "they are too far apart or too close; a lognormal one fits every pair")
        }
    };
    DistributionError(format!("no {name} has {} and {}: {hint}", percent(first), percent(second)))
}

/// Quantile of the exponential distribution with mean 1.
fn exponential(share: f64) -> f64 {
    -libm::log1p(-share)
}

fn log_ratio(first: Percentile, second: Percentile) -> f64 {
    libm::log(second.1 / first.1)
}

fn uniform(first: Percentile, second: Percentile) -> Option<Shape> {
    let width = (second.1 - first.1) / (second.0 - first.0);
    let low = first.1 - first.0 * width;
    // Rounding may bring a lower end of 0 slightly below it.
    let low = if low.abs() < 1e-12 * width { 0.0 } else { low };
    Some(Shape::Uniform { low, high: low + width })
}

/// With `k = -mean / sd` the share below 0 is Φ(k), which determines both standardised percentiles and so `mean` and
/// `sd`; the search then finds the `k` that these give back. The untruncated solution gives the lower bound of `k`.
fn normal(first: Percentile, second: Percentile) -> Option<Shape> {
    let solution = |k: f64| {
        let below = normal::cdf(k);
        let z = |share: f64| normal::quantile(below + share * (1.0 - below));
        let sd = (second.1 - first.1) / (z(second.0) - z(first.0));
        (first.1 - sd * z(first.0), sd)
    };
    let excess = |k: f64| {
        let (mean, sd) = solution(k);
        -mean / sd - k
    };
    let (mean, sd) = solution(f64::NEG_INFINITY);
    let k = root(-mean / sd - 1.0, STEEPEST, excess)?;
    let (mean, sd) = solution(k);
    Some(Shape::Normal { mean, sd })
}

fn log_normal(first: Percentile, second: Percentile) -> Option<Shape> {
    let z = normal::quantile(first.0);
    let sigma = log_ratio(first, second) / (normal::quantile(second.0) - z);
    Some(Shape::LogNormal { mu: libm::log(first.1) - sigma * z, sigma })
}

/// The ratio of two percentiles falls as the shape rises.
fn gamma(first: Percentile, second: Percentile) -> Option<Shape> {
    let wanted = log_ratio(first, second);
    let spread = |log_shape: f64| {
        let shape = libm::exp(log_shape);
        libm::log(gamma::quantile(shape, second.0)) - libm::log(gamma::quantile(shape, first.0))
    };
    let (low, high) = (libm::log(*gamma::SHAPES.start()), libm::log(*gamma::SHAPES.end()));
    let shape = libm::exp(root(low, high, |log_shape| spread(log_shape) - wanted)?);
    Some(Shape::Gamma { shape, scale: first.1 / gamma::quantile(shape, first.0) })
}

fn weibull(first: Percentile, second: Percentile) -> Option<Shape> {
    let shape = libm::log(exponential(second.0) / exponential(first.0)) / log_ratio(first, second);
    Some(Shape::Weibull { shape, scale: first.1 / libm::pow(exponential(first.0), 1.0 / shape) })
}

fn pareto(first: Percentile, second: Percentile) -> Option<Shape> {
    let shape = (exponential(second.0) - exponential(first.0)) / log_ratio(first, second);
    Some(Shape::Pareto { minimum: first.1 * libm::exp(-exponential(first.0) / shape), shape })
}

/// Where a falling function crosses 0, by bisection down to neighbouring numbers; `None` when it does not in between.
fn root(mut low: f64, mut high: f64, falling: impl Fn(f64) -> f64) -> Option<f64> {
    // Where percentiles underflow to 0 the function is infinite or NaN, and counts as above 0.
    if low >= high || falling(low) < 0.0 || falling(high) >= 0.0 {
        return None;
    }
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return Some(middle);
        }
        if falling(middle) < 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Distribution;

    const FAMILIES: [Family; 6] =
        [Family::Uniform, Family::Normal, Family::LogNormal, Family::Gamma, Family::Weibull, Family::Pareto];

    fn message(family: Family, first: Percentile, second: Percentile) -> String {
        Shape::from_percentiles(family, first, second).expect_err("impossible").to_string()
    }

    #[test]
    fn every_family_has_the_percentiles_it_was_made_from() {
        for family in FAMILIES {
            for (first, second) in [((0.5, 8.0), (0.99, 14.0)), ((0.9, 31.0), (0.1, 25.0)), ((0.25, 4.0), (0.75, 11.0))]
            {
                let shape = Shape::from_percentiles(family, first, second).expect("possible");
                let distribution = Distribution::new(shape.clone(), 0.0, None).expect("valid");
                for (share, value) in [first, second] {
                    let got = distribution.seconds(share);
                    assert!((got / value - 1.0).abs() < 1e-10, "{shape:?}: {got} for {value}");
                }
            }
        }
    }

    #[test]
    fn parameters_of_textbook_members_come_back() {
        let e = std::f64::consts::E;
        let Ok(Shape::LogNormal { mu, sigma }) =
            Shape::from_percentiles(Family::LogNormal, (0.5, e), (0.841_344_746_068_542_9, e * e))
        else {
            panic!("possible")
        };
        assert!((mu - 1.0).abs() < 1e-12 && (sigma - 1.0).abs() < 1e-12);
        let (half, tenth) = (std::f64::consts::LN_2, std::f64::consts::LN_10);
        for family in [Family::Gamma, Family::Weibull] {
            let (Ok(Shape::Gamma { shape, scale }) | Ok(Shape::Weibull { shape, scale })) =
                Shape::from_percentiles(family, (0.5, 3.0 * half), (0.9, 3.0 * tenth))
            else {
                panic!("possible")
            };
            assert!((shape - 1.0).abs() < 1e-10 && (scale - 3.0).abs() < 1e-9, "{family:?}");
        }
    }

    #[test]
    fn a_normal_counts_its_percentiles_after_truncation() {
        // Half-normal: mean 0 before truncation, median 0.6744898 and 95th percentile 1.959964 standard deviations.
        let shape =
            Shape::from_percentiles(Family::Normal, (0.5, 0.674_489_750_196_081_7), (0.95, 1.959_963_984_540_054));
        let Ok(Shape::Normal { mean, sd }) = shape else { panic!("possible") };
        assert!(mean.abs() < 1e-9 && (sd - 1.0).abs() < 1e-9);
    }

    #[test]
    fn impossible_pairs_are_explained() {
        assert!(message(Family::Gamma, (0.5, 8.0), (0.5, 9.0)).starts_with("two different percentiles"));
        assert!(
            message(Family::Gamma, (0.5, 8.0), (0.9, 8.0)).contains("must be the greater one: p50 = 8 s, p90 = 8 s")
        );
        assert!(message(Family::Weibull, (0.99, 8.0), (0.5, 9.0)).contains("must be the greater one"));
        assert!(message(Family::Pareto, (0.0, 8.0), (0.5, 9.0)).contains("between p0 and p100"));
        assert!(message(Family::LogNormal, (0.1, 0.0), (0.5, 9.0)).contains("greater than 0"));
        assert!(message(Family::LogNormal, (0.1, f64::NAN), (0.5, 9.0)).contains("finite"));
        assert!(message(Family::Uniform, (0.5, 1.0), (0.99, 60.0)).contains("no uniform"));
        assert!(message(Family::Normal, (0.5, 1.0), (0.99, 60.0)).contains("no normal"));
        assert!(message(Family::Gamma, (0.5, 1.0), (0.51, 1e300)).contains("too far apart"));
        assert!(message(Family::Gamma, (0.01, 1.0), (0.99, 1.000_01)).contains("too close"));
    }
}
