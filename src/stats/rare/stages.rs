//! The probability of a rare event that is reached in stages (subset simulation, or multilevel splitting).
//!
//! The event is the last of several, each a part of the one before. Some samples of the world reach the first; from these come others
//! that are all within the first, some of which reach the second, and so on. The product of the shares has no bias where the stages are
//! fixed beforehand (Cérou, Del Moral, Furon and Guyader, Statistics and Computing 22 (2012), 795-808). Samples of one run depend on one
//! another, so that the error comes from several runs, which do not.

use super::super::estimate::{Confidence, Estimate};
use super::super::known::Known;
use super::super::mean::Moments;
use super::found::Rare;

/// What a run came to: of how many samples of each stage how many reached the next one; the last stage is the event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stages(Vec<(u64, u64)>);

impl Stages {
    /// Adds a stage: `reached` of `samples` got to the next.
    pub fn add(&mut self, reached: u64, samples: u64) {
        self.0.push((reached, samples));
    }

    /// The product of the shares.
    #[must_use]
    pub fn probability(&self) -> f64 {
        self.0.iter().map(|(reached, samples)| *reached as f64 / (*samples).max(1) as f64).product()
    }

    /// Samples, and those that had the event.
    fn counts(&self) -> (u64, u64) {
        (self.0.iter().map(|stage| stage.1).sum(), self.0.last().map_or(0, |stage| stage.0))
    }
}

/// What independent runs say, `stages` of each where all were reached. Limits are those of a mean of as many values, at least one of
/// which is not 0; without one nothing is known but that it is a probability.
#[must_use]
pub fn of_runs(runs: &[Stages], stages: usize) -> Rare {
    let values: Vec<f64> = runs.iter().map(Stages::probability).collect();
    let samples: u64 = runs.iter().map(|run| run.counts().0).sum();
    let hits = runs.iter().filter(|run| run.0.len() == stages).map(|run| run.counts().1).sum();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let estimate = match Moments::of(&values).filter(|_| mean > 0.0) {
        Some(moments) => moments.mean_at(&Known { low: 0.0, high: 1.0, ..Known::default() }, Confidence::USUAL),
        None => Estimate { low: Some(0.0), high: Some(1.0), ..Estimate::point(0.0, 0) },
    };
    let count = values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let relative = (squares / (count - 1.0).max(1.0) / count).sqrt() / mean;
    let relative_error = Some(relative).filter(|error| error.is_finite() && *error > 0.0);
    Rare {
        probability: Estimate { n: samples, carriers: Some(hits), ..estimate },
        hits,
        effective: relative_error.map_or(0.0, |error| 1.0 / (error * error)),
        relative_error,
        plain: relative_error.map(|error| (1.0 - mean) / (mean * error * error)),
        unseen: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_the_product_of_its_shares_and_runs_have_the_limits_of_a_mean() {
        let run = |reached: &[u64]| {
            let mut stages = Stages::default();
            reached.iter().for_each(|reached| stages.add(*reached, 100));
            stages
        };
        assert!((run(&[20, 10, 50]).probability() - 0.01).abs() < 1e-15);
        let runs: Vec<Stages> = [[20, 10, 50], [10, 20, 40], [20, 20, 30], [30, 10, 40]].map(|one| run(&one)).to_vec();
        let rare = of_runs(&runs, 3);
        let mean = (0.01 + 0.008 + 0.012 + 0.012) / 4.0;
        let probability = rare.probability;
        assert!((probability.value.unwrap_or_default() - mean).abs() < 1e-15, "{rare:?}");
        assert!(
            probability.low < Some(mean) && probability.high > Some(mean) && probability.high < Some(0.02),
            "{rare:?}"
        );
        // The values vary by 0.0019 about their mean, and the mean of four by half of it.
        assert!((rare.relative_error.unwrap_or_default() - 0.0957 / 0.0105 * 0.01).abs() < 1e-3, "{rare:?}");
        assert_eq!((rare.hits, probability.n), (160, 1200));
        let none = of_runs(&[run(&[3, 0]), run(&[1, 0])], 3);
        assert_eq!((none.hits, none.probability.value, none.probability.high), (0, Some(0.0), Some(1.0)));
    }
}
