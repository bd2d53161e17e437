//! Whether numbers are uniform between 0 and 1, where of some only an interval is known.

/// The least distance, over all values that the intervals allow, between the empirical distribution of the values and the uniform one
/// (Kolmogorov and Smirnov). A value that is known is an interval of no width. It is never larger than the distance of the true values,
/// so that what is not known contradicts nothing.
#[must_use]
pub fn distance(intervals: &[(f64, f64)]) -> f64 {
    let n = intervals.len() as f64;
    let mut upper: Vec<f64> = intervals.iter().map(|(_, high)| *high).collect();
    let mut lower: Vec<f64> = intervals.iter().map(|(low, _)| *low).collect();
    upper.sort_by(f64::total_cmp);
    lower.sort_by(f64::total_cmp);
    // At least so many are at most `u`, and below `u` at most so many.
    let above = upper.iter().enumerate().map(|(place, u)| (place + 1) as f64 / n - u);
    let below = lower.iter().enumerate().map(|(place, u)| u - place as f64 / n);
    above.chain(below).fold(0.0, f64::max)
}

/// The probability of a distance of at least `distance` between `n` uniform values and the uniform distribution: the limit of
/// Kolmogorov with the correction of Stephens (Journal of the Royal Statistical Society B 32 (1970), 115-122), which is right to a few
/// thousandths from five values on.
#[must_use]
pub fn p_value(distance: f64, n: usize) -> Option<f64> {
    /// Fewest values for which the correction is known to be good.
    const FEWEST: usize = 5;
    if n < FEWEST {
        return None;
    }
    let root = (n as f64).sqrt();
    let scaled = (root + 0.12 + 0.11 / root) * distance;
    if scaled < 0.2 {
        return Some(1.0);
    }
    let term = |k: i32| {
        let k = f64::from(k);
        libm::exp(-2.0 * k * k * scaled * scaled)
    };
    let sum: f64 = (1..=50).map(|k| if k % 2 == 1 { term(k) } else { -term(k) }).sum();
    Some((2.0 * sum).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_by_hand() {
        let exact = |values: &[f64]| values.iter().map(|u| (*u, *u)).collect::<Vec<_>>();
        for (values, expected) in [(&[0.5][..], 0.5), (&[0.25, 0.75], 0.25), (&[0.9, 0.95], 0.9), (&[0.0, 0.0], 1.0)] {
            assert!((distance(&exact(values)) - expected).abs() < 1e-12, "{values:?}");
        }
        // What may be anywhere contradicts nothing; what lies above 0.8 does.
        assert_eq!(distance(&[(0.0, 1.0), (0.0, 1.0)]), 0.0);
        assert!((distance(&[(0.8, 1.0), (0.8, 1.0)]) - 0.8).abs() < 1e-12);
    }

    /// Critical values of Kolmogorov's statistic (Miller, Journal of the American Statistical Association 51 (1956), table 1).
    #[test]
    fn critical_values_of_the_tables() {
        for (n, distance, expected) in
            [(5, 0.56328, 0.05), (10, 0.40925, 0.05), (20, 0.29408, 0.05), (20, 0.35241, 0.01), (40, 0.21012, 0.05)]
        {
            let p = p_value(distance, n).expect("enough values");
            assert!((p - expected).abs() < 0.004, "{n}: {p}");
        }
        assert_eq!(p_value(0.9, 4), None);
        assert_eq!(p_value(0.0, 10), Some(1.0));
    }
}
