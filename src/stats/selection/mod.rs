//! Selection of the best of several simulated systems.

/// Shares of the capital that are put on the bets: half of it on the boldest, the rest evenly on the others.
const SHARES: [f64; BETS] = {
    let mut shares = [0.5 / (BETS as f64 - 1.0); BETS];
    shares[0] = 0.5;
    shares
};
/// Bets of different boldness; each risks half as much as the one before.
const BETS: usize = 8;
/// What the boldest bet risks of its capital in one observation.
const BOLDEST: f64 = 0.9;

/// The values that an observation of a system can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// No observation is less.
    pub least: f64,
    /// None is more.
    pub greatest: f64,
}

/// Selection of the system with the least mean by betting, one observation of every remaining system at a time.
///
/// Against each system runs a bet that it is *not* the best by the indifference zone. Before every observation the system is
/// set against the other with the least sum so far; what it then has more than its rival, plus the zone, is won, and what it
/// has less is lost. Were the system better than every other by the zone or more, no bet would be favourable, and the capital
/// would grow from 1 to `1 / alpha` with probability `alpha` at most, however long it is played (Ville's inequality). So where
/// the capital comes to that, the system is refuted: it is dropped unless it has the least sum itself. The best system
/// therefore remains with probability `1 - alpha` at least, provided that its mean is at least the zone below every other's.
/// Nothing is guaranteed for systems that are closer.
///
/// That holds for any number of systems, any distribution within [`Reach`], and at any number of observations, because a stake
/// never exceeds what a single observation can lose: a rare and costly event that was not seen yet is reckoned with. It
/// needs no normality, no variance and no first stage. Systems of one observation may depend on each other: common random
/// numbers make differences small, which allows bolder bets. Observations after each other must be independent.
///
/// Sources: I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random variables by betting", Journal of the Royal
/// Statistical Society B 86 (2024), 1-27, with a mixture of fixed stakes (as T. M. Cover, "Universal portfolios",
/// Mathematical Finance 1 (1991), 1-29). With one stake, the zone divided by the variance, and normal observations, the rule is
/// that of procedure KN (S.-H. Kim and B. L. Nelson, ACM Transactions on Modeling and Computer Simulation 11 (2001), 251-273),
/// which has no guarantee where the variance is that of a sample without the rare event.
#[derive(Clone, Debug)]
pub struct Selection {
    zone: f64,
    /// The capital at which a system is refuted.
    enough: f64,
    systems: Vec<System>,
    /// Whether systems a and b were equal in every observation, at a times the number of systems plus b.
    alike: Vec<bool>,
    remaining: Vec<usize>,
    observed: usize,
    beyond: bool,
}

#[derive(Clone, Debug)]
struct System {
    reach: Reach,
    sum: f64,
    /// What has become of each bet against it, of the share that was put on it.
    capital: [f64; BETS],
    refuted: bool,
    /// Observations taken of it.
    observed: usize,
}

impl Selection {
    /// A selection among systems with these reaches. `before` are sums of observations made before the selection, as many of
    /// each system; they only say which system leads at first. `zone` is the indifference zone, in the unit of the observations.
    ///
    /// # Panics
    ///
    /// Unless there is a system, each has a sum before, `zone` is positive and `alpha` is in (0, 1).
    #[must_use]
    pub fn new(reaches: &[Reach], before: &[f64], zone: f64, alpha: f64) -> Self {
        let count = reaches.len();
        assert!(count > 0 && before.len() == count && zone > 0.0 && alpha > 0.0 && alpha < 1.0);
        let system =
            |(&reach, &sum): (&Reach, &f64)| System { reach, sum, capital: SHARES, refuted: false, observed: 0 };
        Self {
            zone,
            enough: 1.0 / alpha,
            systems: reaches.iter().zip(before).map(system).collect(),
            alike: vec![true; count * count],
            remaining: (0..count).collect(),
            observed: 0,
            beyond: false,
        }
    }

    /// Takes one more observation of every remaining system; `value` returns that of a system.
    pub fn observe(&mut self, value: impl Fn(usize) -> f64) {
        let (leader, second) = self.leaders();
        self.observed += 1;
        let values: Vec<f64> = self.remaining.iter().map(|&system| value(system)).collect();
        self.note_differences(&values);
        let of = |system| self.remaining.iter().position(|&known| known == system).map_or(0.0, |place| values[place]);
        let (least, next) = (of(leader), of(second));
        for (&system, &own) in self.remaining.iter().zip(&values) {
            let (rival, other) = if system == leader { (second, next) } else { (leader, least) };
            let greatest = self.systems[rival].reach.greatest;
            let one = &mut self.systems[system];
            if rival != system {
                one.bet(own - other, greatest, self.zone);
            }
            one.sum += own;
            one.observed += 1;
            one.refuted |= one.capital.iter().sum::<f64>() >= self.enough;
            self.beyond |= !one.reach.holds(own);
        }
        let (leader, _) = self.leaders();
        self.remaining.retain(|&system| system == leader || !self.systems[system].refuted);
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

    /// Whether an observation was outside its system's reach, so that nothing is guaranteed.
    #[must_use]
    pub const fn is_beyond(&self) -> bool {
        self.beyond
    }

    /// Whether the procedure has ended: one system remains.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.remaining.len() == 1
    }

    /// The remaining system with the least sum; the first where several are equal.
    #[must_use]
    pub fn best(&self) -> usize {
        self.leaders().0
    }

    /// In how many observations of both the systems were equal; `None` where they differed in one.
    #[must_use]
    pub fn alike(&self, a: usize, b: usize) -> Option<usize> {
        let observed = self.systems[a].observed.min(self.systems[b].observed);
        self.alike[a.min(b) * self.systems.len() + a.max(b)].then_some(observed)
    }

    /// The two remaining systems with the least sums, the least first; the same twice where one remains.
    fn leaders(&self) -> (usize, usize) {
        let sum = |system: usize| self.systems[system].sum;
        let (mut first, mut second) = (self.remaining[0], None);
        for &system in &self.remaining[1..] {
            if sum(system) < sum(first) {
                (first, second) = (system, Some(first));
            } else if second.is_none_or(|second| sum(system) < sum(second)) {
                second = Some(system);
            }
        }
        (first, second.unwrap_or(first))
    }

    fn note_differences(&mut self, values: &[f64]) {
        for (n, &a) in self.remaining.iter().enumerate() {
            for (m, &b) in self.remaining.iter().enumerate().skip(n + 1) {
                self.alike[a * self.systems.len() + b] &= values[n] == values[m];
            }
        }
    }
}

impl Reach {
    fn holds(self, value: f64) -> bool {
        let slack = 1e-9 * (self.greatest - self.least);
        value >= self.least - slack && value <= self.greatest + slack
    }
}

impl System {
    /// Plays one round of each bet: the system had `more` than its rival, whose observations are `greatest` at most.
    fn bet(&mut self, more: f64, greatest: f64, zone: f64) {
        let most = (greatest - self.reach.least - zone).max(zone);
        let mut stake = BOLDEST / most;
        for capital in &mut self.capital {
            *capital *= (1.0 + stake * (more + zone)).max(0.0);
            stake /= 2.0;
        }
    }
}

#[cfg(test)]
mod tests;
