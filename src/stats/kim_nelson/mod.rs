//! Selection of the best of several simulated systems.

/// The fully sequential procedure KN of Kim and Nelson ("A fully sequential procedure for indifference-zone selection in
/// simulation", ACM Transactions on Modeling and Computer Simulation 11 (2001), 251-273), with their c = 1, for the least
/// mean.
///
/// The procedure takes one observation of every remaining system at a time. After the first stage it drops a system as
/// soon as the system's mean exceeds another's by more than a boundary that shrinks linearly with the observations
/// taken and depends on the variance of the two systems' difference in the first stage. Common random numbers make that
/// variance small and so end the procedure sooner; any dependence between systems is allowed.
///
/// Where observations are independent and normal over time, the best system remains with probability `1 - alpha` at
/// least, provided that its mean is at least `delta` below every other's. Nothing is guaranteed for systems that are
/// closer.
#[derive(Clone, Debug)]
pub struct KimNelson {
    delta: f64,
    /// h² = 2 η (n₀ - 1).
    h_squared: f64,
    first_stage: usize,
    /// Observations of the first stage, system by system.
    first: Vec<Vec<f64>>,
    /// Sample variances of the differences of systems i < j, at i (2 k - i - 1) / 2 + j - i - 1.
    variances: Vec<f64>,
    sums: Vec<f64>,
    remaining: Vec<usize>,
    observed: usize,
}

impl KimNelson {
    /// A procedure for `systems` systems, with `first_stage` observations of each in the first stage. `delta` is the
    /// indifference zone, in the unit of the observations.
    ///
    /// # Panics
    ///
    /// Unless there is a system, `delta` is positive, `alpha` is in (0, 1) and `first_stage` is 2 or more.
    #[must_use]
    pub fn new(systems: usize, delta: f64, alpha: f64, first_stage: usize) -> Self {
        assert!(systems > 0 && first_stage > 1 && delta > 0.0 && alpha > 0.0 && alpha < 1.0);
        let degrees = (first_stage - 1) as f64;
        let others = (systems - 1).max(1) as f64;
        // η = ((2 α / (k - 1))^(-2 / (n₀ - 1)) - 1) / 2.
        let eta = libm::expm1(-2.0 / degrees * libm::log(2.0 * alpha / others)) / 2.0;
        Self {
            delta,
            h_squared: 2.0 * eta * degrees,
            first_stage,
            first: vec![Vec::with_capacity(first_stage); systems],
            variances: Vec::new(),
            sums: vec![0.0; systems],
            remaining: (0..systems).collect(),
            observed: 0,
        }
    }

    /// Takes one more observation of every remaining system; `value` returns that of a system.
    pub fn observe(&mut self, value: impl Fn(usize) -> f64) {
        self.observed += 1;
        for &system in &self.remaining {
            let value = value(system);
            self.sums[system] += value;
            if self.observed <= self.first_stage {
                self.first[system].push(value);
            }
        }
        if self.observed == self.first_stage {
            self.variances = variances(&self.first);
        }
        if self.observed >= self.first_stage {
            self.screen();
        }
    }

    /// The systems not dropped yet, in ascending order.
    #[must_use]
    pub fn remaining(&self) -> &[usize] {
        &self.remaining
    }

    /// Number of observations taken of each remaining system.
    #[must_use]
    pub const fn observed(&self) -> usize {
        self.observed
    }

    /// Whether the procedure has ended: one system remains, or all remaining systems have had the same mean for as long
    /// as the procedure lasts.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let pairs =
            || self.remaining.iter().enumerate().flat_map(|(n, &a)| self.remaining[..n].iter().map(move |&b| (a, b)));
        self.observed >= self.first_stage && pairs().all(|(a, b)| self.boundary(a, b) <= 0.0)
    }

    /// The remaining system with the least mean; the first where several are equal.
    #[must_use]
    pub fn best(&self) -> usize {
        let least = |a: &&usize, b: &&usize| self.sums[**a].total_cmp(&self.sums[**b]);
        self.remaining.iter().min_by(least).copied().unwrap_or(0)
    }

    fn screen(&mut self) {
        let kept =
            |&i: &usize| self.remaining.iter().all(|&l| l == i || self.sums[i] - self.sums[l] <= self.boundary(i, l));
        self.remaining = self.remaining.iter().copied().filter(kept).collect();
    }

    /// r W(r): the largest difference between the sums of two systems at which both remain.
    fn boundary(&self, a: usize, b: usize) -> f64 {
        let (i, j, k) = (a.min(b), a.max(b), self.sums.len());
        let variance = self.variances[i * (2 * k - i - 1) / 2 + j - i - 1];
        (self.h_squared * variance / self.delta - self.delta * self.observed as f64).max(0.0) / 2.0
    }
}

fn variances(first: &[Vec<f64>]) -> Vec<f64> {
    let mut variances = Vec::with_capacity(first.len() * (first.len() - 1) / 2);
    for (n, a) in first.iter().enumerate() {
        for b in &first[n + 1..] {
            let differences = || a.iter().zip(b).map(|(a, b)| a - b);
            let count = a.len() as f64;
            let mean = differences().sum::<f64>() / count;
            variances.push(differences().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (count - 1.0));
        }
    }
    variances
}

#[cfg(test)]
mod tests;
