//! Which components of a mixture make an event frequent, learned from samples.

use super::weight::weight;

/// The shares of a mixture's components, moved to where samples with the event come from.
///
/// Each step gives a component the part of the event's probability that it accounts for, which makes the mixture the most like the
/// distribution of samples with the event (Cappé, Douc, Guillin, Marin and Robert, Statistics and Computing 18 (2008), 447-459).
#[derive(Clone, Debug, PartialEq)]
pub struct Adaptation {
    shares: Vec<f64>,
    accounted: Vec<f64>,
    sum: f64,
}

impl Adaptation {
    /// From samples of a mixture with these shares.
    #[must_use]
    pub fn of(shares: Vec<f64>) -> Self {
        Self { accounted: vec![0.0; shares.len()], shares, sum: 0.0 }
    }

    /// Adds a sample with the event: how much more probable each component makes it.
    pub fn hit(&mut self, ratios: &[f64]) {
        let weight = weight(&self.shares, ratios);
        self.sum += weight;
        for ((accounted, share), ratio) in self.accounted.iter_mut().zip(&self.shares).zip(ratios) {
            *accounted += weight * weight * share * ratio;
        }
    }

    /// The part of the event's probability, from 0 to 1, that each component accounts for; `None` without a hit.
    #[must_use]
    pub fn parts(&self) -> Option<Vec<f64>> {
        (self.sum > 0.0).then(|| self.accounted.iter().map(|part| part / self.sum).collect())
    }

    /// The shares of the next mixture: `plain` for samples drawn as the world is, `even` for all components alike, in case that one
    /// brings about the event that has not shown it yet, and the rest as the parts are. Without a hit all are alike.
    #[must_use]
    pub fn next(&self, plain: f64, even: f64) -> Vec<f64> {
        let count = self.shares.len().max(1) as f64;
        let parts = self.parts();
        let whole: f64 = parts.iter().flatten().sum();
        match parts.filter(|_| whole > 0.0) {
            Some(parts) => parts.iter().map(|part| even / count + (1.0 - plain - even) * part / whole).collect(),
            None => vec![(1.0 - plain) / count; self.shares.len()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_follow_the_parts() {
        let mut adaptation = Adaptation::of(vec![0.3, 0.3, 0.3]);
        assert_eq!(adaptation.parts(), None);
        assert_eq!(adaptation.next(0.1, 0.1), [0.3; 3]);
        adaptation.hit(&[100.0, 0.0, 0.0]);
        adaptation.hit(&[0.0, 0.0, 0.0]);
        // The first weighs 1 / 30.1 and comes from the first component but for 0.1 of 30.1; the second weighs 10.
        let parts = adaptation.parts().unwrap_or_default();
        let expected = 30.0 / 30.1 / 30.1 / (1.0 / 30.1 + 10.0);
        assert!((parts[0] - expected).abs() < 1e-12 && parts[1..] == [0.0; 2], "{parts:?}");
        let next = adaptation.next(0.1, 0.3);
        assert!((next[0] - 0.7).abs() < 1e-12 && (next[1] - 0.1).abs() < 1e-12, "{next:?}");
    }
}
