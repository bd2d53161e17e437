//! Levels of availability: how many of the wanted pods are available, in few steps.
//!
//! A quantile of a small whole number jumps. The share of rollouts that have at least so many pods available does not.

use crate::time::SimDuration;

/// Levels at most; fewer pods than the least level names is one too.
const LEVELS: usize = 8;
/// From this number of wanted pods on levels are shares of it.
const MANY: u32 = 20;
/// Shares of the wanted pods, in percent, at which a level begins.
const SHARES: [u32; 6] = [100, 99, 95, 90, 75, 50];

/// One step of `levels.csv`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelStep {
    /// Since the rollout's start.
    pub at: SimDuration,
    /// Pods.
    pub level: u32,
    /// Share of the rollouts with at least [`Self::level`] available pods from [`Self::at`] until the next step of this level.
    pub share: f64,
}

/// The least number of available pods of each level, in descending order; fewer than the last is a level too. They depend
/// on the number of wanted pods alone, so that the levels of any two strategies can be compared: every count where there
/// are at most 7; where there are fewer than 20 those just below all of them, and about 75, 50 and 25 %; from 20 on all,
/// 99, 95, 90, 75 and 50 %. The last is one pod: below it nothing is available.
#[must_use]
pub fn levels(wanted: u32) -> Vec<u32> {
    let share = |percent: u32| (u64::from(wanted) * u64::from(percent)).div_ceil(100) as u32;
    let mut levels: Vec<u32> = if wanted < MANY {
        [share(100), share(75), share(50), share(25), 1].to_vec()
    } else {
        SHARES.map(share).into_iter().chain([1]).collect()
    };
    let mut next = wanted;
    while wanted < MANY && next > 0 {
        levels.sort_unstable();
        levels.dedup();
        if levels.len() >= LEVELS - 1 {
            break;
        }
        next -= 1;
        levels.push(next);
    }
    levels.retain(|level| (1..=wanted).contains(level));
    levels.sort_unstable_by(|a, b| b.cmp(a));
    levels.dedup();
    levels
}

/// The steps of one level: `shares` has the instants of a grid with the share at each.
pub(super) fn steps(level: u32, shares: impl Iterator<Item = (SimDuration, f64)>) -> Vec<LevelStep> {
    let mut steps: Vec<LevelStep> = Vec::new();
    for (at, share) in shares {
        if steps.last().is_none_or(|last| last.share != share) {
            steps.push(LevelStep { at, level, share });
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_few_and_begin_where_objectives_do() {
        for (wanted, expected) in [
            (0, vec![]),
            (1, vec![1]),
            (4, vec![4, 3, 2, 1]),
            (7, vec![7, 6, 5, 4, 3, 2, 1]),
            (8, vec![8, 7, 6, 5, 4, 2, 1]),
            (12, vec![12, 11, 10, 9, 6, 3, 1]),
            (19, vec![19, 18, 17, 15, 10, 5, 1]),
            (20, vec![20, 19, 18, 15, 10, 1]),
            (200, vec![200, 198, 190, 180, 150, 100, 1]),
            (20_000, vec![20_000, 19_800, 19_000, 18_000, 15_000, 10_000, 1]),
        ] {
            assert_eq!(levels(wanted), expected, "{wanted}");
        }
        for wanted in 0..300 {
            let levels = levels(wanted);
            assert!(levels.len() < LEVELS && levels.is_sorted_by(|a, b| a > b), "{wanted}: {levels:?}");
            assert_eq!(
                (levels.first(), levels.last()),
                if wanted == 0 { (None, None) } else { (Some(&wanted), Some(&1)) }
            );
        }
    }
}
