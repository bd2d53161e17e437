//! Samples whose percentiles are all that is known.

use crate::input::measured::sample::{Sample, plausible};
use crate::stats::fit::{Lengths, Resolution, Seen};

/// Lengths that stand for all, so that the shares of the usual percentiles are whole numbers.
const ALL: f64 = 1000.0;

/// The sample of `percentiles`: shares, and the value in seconds that each share lies at or below.
pub(super) fn sample(name: &str, percentiles: &[(f64, f64)]) -> Result<Sample, String> {
    let mut known: Vec<(f64, f64)> =
        percentiles.iter().copied().filter(|(share, value)| *share > 0.0 && *share < 1.0 && *value > 0.0).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    if known.windows(2).any(|pair| pair[1].1 < pair[0].1) {
        return Err("a higher percentile is below a lower one".into());
    }
    // Of percentiles with one value the highest says most.
    let kept: Vec<(f64, f64)> = (0..known.len())
        .filter(|index| known.get(index + 1).is_none_or(|next| next.1 > known[*index].1))
        .map(|index| known[index])
        .collect();
    if kept.len() < 2 {
        return Err("two percentiles with different values above 0 are needed, such as p50 and p99".into());
    }
    plausible(kept[kept.len() - 1].1)?;
    let (mut low, mut below) = (0.0, 0.0);
    let mut seen = Vec::new();
    for (share, value) in &kept {
        seen.push((Seen::Between(low, *value), libm::round((share - below) * ALL) as u64));
        (low, below) = (*value, *share);
    }
    seen.push((Seen::at_least(low), libm::round((1.0 - below) * ALL).max(1.0) as u64));
    let percentiles = kept.iter().map(|(share, _)| libm::round(share * 1e6) / 1e4).collect();
    Ok(Sample { percentiles, ..Sample::new(name, Lengths::new(Resolution::Buckets, seen)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::fit::{Outcome, fit};

    /// The percentiles of a log-normal distribution with median 3 s and sigma 0.5 give it back.
    #[test]
    fn percentiles_of_a_family_give_it_back() {
        let z: [(f64, f64); 3] = [(0.5, 0.0), (0.9, 1.281_551_6), (0.99, 2.326_347_9)];
        let stated: Vec<(f64, f64)> = z.iter().map(|(share, z)| (*share, 3.0 * (0.5 * z).exp())).collect();
        let found = sample("a", &stated).unwrap();
        assert_eq!(found.percentiles, [50.0, 90.0, 99.0]);
        let Outcome::Fitted(fitted) = fit(&found.lengths) else { panic!("no fit") };
        let chosen = fitted.chosen().expect("a family");
        assert_eq!(chosen.family.name(), "lognormal");
        let crate::distribution::Lifetime::LogNormal { mu, sigma } = chosen.member else { panic!("{chosen:?}") };
        assert!((mu.exp() - 3.0).abs() < 0.01 && (sigma - 0.5).abs() < 0.005, "{mu} {sigma}");
    }

    #[test]
    fn too_little_is_refused() {
        for stated in
            [&[(0.5, 0.0), (0.9, 0.0), (0.99, 1.0)][..], &[(0.5, 1.0), (0.99, 1.0)], &[], &[(0.5, 2.0), (0.9, 1.0)]]
        {
            assert!(sample("a", stated).is_err(), "{stated:?}");
        }
        assert_eq!(sample("a", &[(0.5, 0.0), (0.9, 1.0), (0.99, 3.0)]).unwrap().percentiles, [90.0, 99.0]);
    }
}
