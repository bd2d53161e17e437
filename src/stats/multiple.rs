//! Several tests at the same time.

/// Holm's step-down adjustment (Scandinavian Journal of Statistics 6 (1979), 65-70): where every adjusted value of at
/// most 0.05 is reported as a difference, the probability of reporting at least one that does not exist is at most 5 %,
/// however the tests depend on each other. Missing values stay missing and do not count as tests.
#[must_use]
pub fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> =
        p_values.iter().enumerate().filter_map(|(place, p)| p.map(|p| (place, p))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut adjusted = vec![None; p_values.len()];
    let mut least = 0.0_f64;
    for (rank, (place, p)) in order.iter().enumerate() {
        least = least.max(p * (order.len() - rank) as f64).min(1.0);
        adjusted[*place] = Some(least);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_as_by_hand() {
        let p = [Some(0.01), None, Some(0.04), Some(0.03), Some(0.005)];
        // In order: 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, and no value is below the one before.
        let wanted = [Some(0.03), None, Some(0.06), Some(0.06), Some(0.02)];
        for (got, wanted) in holm(&p).into_iter().zip(wanted) {
            assert!(got == wanted || (got.unwrap_or(9.0) - wanted.unwrap_or(8.0)).abs() < 1e-15, "{got:?}");
        }
        assert_eq!(holm(&[Some(0.7), Some(0.6)]), [Some(1.0), Some(1.0)]);
        assert!(holm(&[]).is_empty());
    }
}
