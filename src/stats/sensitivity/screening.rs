//! Screening by elementary effects: Morris ("Factorial sampling plans for preliminary computational experiments",
//! Technometrics 33 (1991), 161-174), with the mean of their sizes of Campolongo, Cariboni and Saltelli ("An effective screening
//! design for sensitivity analysis of large models", Environmental Modelling & Software 22 (2007), 1509-1518).

use crate::stats::sequence::Sequence;
use crate::stats::{Estimate, Moments, sum};

/// Values that each input can take in a trajectory: 0, 1/3, 2/3 and 1.
pub const LEVELS: usize = 4;

/// By how much one step changes an input: half the levels, so that every value is as likely as the others.
const STEP: f64 = 2.0 / 3.0;

/// Numbers of a [`Sequence`] that trajectories are made of.
const PURPOSE: u64 = 1;

/// Points of which each differs from the one before in a single input, until every input has changed once.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// One more point than there are inputs; each has a number from 0 to 1 for every input.
    pub points: Vec<Vec<f64>>,
    /// The input that each step changes.
    pub moved: Vec<usize>,
}

/// The elementary effects of an input: what the output changes by for each whole range of the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Mean of the effects: those in opposite directions cancel.
    pub mu: f64,
    /// Mean of their sizes. It has no limits where all are equal, because that says nothing of what was not tried.
    pub mu_star: Estimate,
    /// Standard deviation of the effects: how much the effect depends on where in the ranges it is looked at; `None` with one
    /// trajectory.
    pub sigma: Option<f64>,
}

/// `count` random trajectories over so many `inputs`.
#[must_use]
pub fn trajectories(inputs: usize, count: usize, seed: u64) -> Vec<Trajectory> {
    let mut numbers = Sequence::new(seed, PURPOSE);
    (0..count).map(|_| trajectory(inputs, &mut numbers)).collect()
}

fn trajectory(inputs: usize, numbers: &mut Sequence) -> Trajectory {
    let mut point: Vec<f64> = (0..inputs).map(|_| numbers.below(LEVELS) as f64 / (LEVELS - 1) as f64).collect();
    let moved = numbers.order(inputs);
    let mut points = vec![point.clone()];
    for input in &moved {
        // From the lower half of the levels there is room above, from the upper half below.
        point[*input] += if point[*input] < 0.5 { STEP } else { -STEP };
        // What rounding leaves beyond the range is not there.
        point[*input] = point[*input].clamp(0.0, 1.0);
        points.push(point.clone());
    }
    Trajectory { points, moved }
}

/// The effects of every input, from the `outputs` at the points of all trajectories in their order. There are none where outputs
/// are missing.
#[must_use]
pub fn effects(trajectories: &[Trajectory], outputs: &[f64]) -> Vec<Effect> {
    let inputs = trajectories.first().map_or(0, |first| first.moved.len());
    let needed: usize = trajectories.iter().map(|one| one.points.len()).sum();
    if outputs.len() != needed {
        return Vec::new();
    }
    let mut all: Vec<Vec<f64>> = vec![Vec::new(); inputs];
    let mut rest = outputs;
    for one in trajectories {
        let (own, after) = rest.split_at(one.points.len());
        rest = after;
        for (step, input) in one.moved.iter().enumerate() {
            let by = one.points[step + 1][*input] - one.points[step][*input];
            all[*input].push((own[step + 1] - own[step]) / by);
        }
    }
    all.iter().filter_map(|effects| effect(effects)).collect()
}

fn effect(effects: &[f64]) -> Option<Effect> {
    let sizes: Vec<f64> = effects.iter().map(|effect| effect.abs()).collect();
    let moments = Moments::of(effects)?;
    let mu_star = Moments::of(&sizes)?.mean().within(0.0, f64::INFINITY);
    let mu = sum(effects.iter().copied()) / effects.len() as f64;
    Some(Effect { mu, mu_star, sigma: moments.variance().map(libm::sqrt) })
}
