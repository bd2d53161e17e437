//! What a sample of a mixture counts.

/// The weight of a sample: `ratios` say how much more probable each component of the mixture makes it, and `shares` which part of
/// the samples each has. The rest is drawn as the world is.
#[must_use]
pub fn weight(shares: &[f64], ratios: &[f64]) -> f64 {
    let plain = 1.0 - shares.iter().sum::<f64>();
    let mixed: f64 = shares.iter().zip(ratios).map(|(share, ratio)| share * ratio).sum();
    1.0 / (plain + mixed)
}
