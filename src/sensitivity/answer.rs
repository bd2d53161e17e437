//! What was found out.

use super::range::Range;
use crate::analysis::Headline;
use crate::stats::Estimate;
use crate::stats::sensitivity::{Effect, Index};

/// Which factors move the outcomes of a scenario, and by how much.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// Rollouts at each point; all points have the same random numbers.
    pub replications: u32,
    /// What was varied.
    pub ranges: Vec<Range>,
    /// What was looked at.
    pub outcomes: Vec<Outcome>,
    /// Points of the screening, trajectory by trajectory; none where there was no screening.
    pub screening: Option<Design>,
    /// Points of the indices, row by row; none where no indices were computed.
    pub indices: Option<Design>,
}

/// What is known of one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The figure.
    pub headline: Headline,
    /// Its value as everything is written, with the limits that the rollouts leave it.
    pub as_written: Estimate,
    /// For each factor the figure at the least and the greatest level, all else being as written.
    pub ends: Vec<[End; 2]>,
    /// The elementary effects of each factor; empty without a screening.
    pub effects: Vec<Effect>,
    /// What each factor explains of the variance; `None` for one that the screening found to move nothing much, and where the
    /// figure does not vary.
    pub indices: Vec<Option<Index>>,
}

/// A figure at an end of a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    /// The level.
    pub level: f64,
    /// The figure; `None` for a length of time that too few rollouts reach.
    pub value: Option<f64>,
    /// How far it is from that as written, replication by replication; `None` where the level is the one that is written, or where
    /// one of the two has no value.
    pub difference: Option<Estimate>,
}

/// Points at which all outcomes were computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// Trajectories or rows.
    pub count: u32,
    /// The factors that were varied, by their places in [`Sensitivity::ranges`]. All others were as written.
    pub varied: Vec<usize>,
    /// The place of each of them in its range, point by point.
    pub points: Vec<Vec<f64>>,
    /// For each outcome its value at each point. A length of time that too few rollouts reach is the horizon.
    pub outputs: Vec<Vec<f64>>,
}

impl Sensitivity {
    /// How many points were simulated.
    #[must_use]
    pub fn points(&self) -> usize {
        let designs = [&self.screening, &self.indices].into_iter().flatten().map(|design| design.points.len());
        let ends = self.ranges.iter().flat_map(|range| [range.low, range.high].map(|level| level != range.given));
        1 + ends.filter(|moved| *moved).count() + designs.sum::<usize>()
    }
}

impl Outcome {
    /// How far a factor moves the figure, from one end to the other; infinite where too few rollouts are complete at one end
    /// alone.
    #[must_use]
    pub fn swing(&self, factor: usize) -> f64 {
        let Some([low, high]) = self.ends.get(factor) else { return 0.0 };
        let all = [low.value, high.value, self.as_written.value];
        if all.iter().all(Option::is_none) {
            return 0.0;
        }
        let known = all.map(|value| value.unwrap_or(f64::INFINITY));
        let (least, most) = known.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), one| (a.min(*one), b.max(*one)));
        most - least
    }

    /// Factors by how far they move the figure, the farthest first.
    #[must_use]
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.ends.len()).collect();
        order.sort_by(|one, other| self.swing(*other).total_cmp(&self.swing(*one)));
        order
    }
}
