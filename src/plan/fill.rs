//! A part of a large grid: the points that are simulated, from which the others are predicted.

use super::coordinates::coordinates;
use super::load::Plan;
use crate::input::InputError;
use crate::stats::kriging::spread_out;

/// Fewest points of a grid that are worth it.
const FEWEST: usize = 30;

/// Fewest simulated points for each coordinate, and for all.
const EACH: usize = 5;

/// Most points that others are predicted from: the work grows with the third power of their number.
const MOST_SIMULATED: usize = 500;

/// The whole of a share, in which it is given.
pub const WHOLE: u32 = 1000;

impl Plan {
    /// Leaves `thousandths` of the scenarios, spread out over the grid, with those that the others are compared with. All others are
    /// in [`Plan::predicted`] then.
    ///
    /// # Errors
    /// When there are few scenarios, when a swept parameter has values that are no numbers, or when the plan is a shard or about
    /// several workloads.
    pub(crate) fn fill(&mut self, thousandths: u32) -> Result<(), InputError> {
        let refused = |what: &str| Err(InputError::new(format!("--fill: {what}")));
        if self.shard.is_some() {
            return refused("a part of a divided sweep cannot be filled: leave --shard out");
        }
        if self.scenarios.iter().any(|scenario| scenario.world.is_some()) {
            return refused("only sweeps of one Deployment can be filled");
        }
        if self.scenarios.len() < FEWEST {
            let few = format!("{} scenarios are too few to predict any: leave it out", self.scenarios.len());
            return refused(&few);
        }
        let points = coordinates(&self.scenarios)?;
        let wanted = (self.scenarios.len() as u64 * u64::from(thousandths)).div_ceil(u64::from(WHOLE)) as usize;
        let least = EACH * (self.parameters.len() + 1);
        let present = self.present.iter().flat_map(|present| present.scenarios.iter().copied());
        let must: Vec<u32> = present.chain(self.baselines()).collect();
        let must: Vec<usize> =
            (0..self.scenarios.len()).filter(|place| must.contains(&self.scenarios[*place].id)).collect();
        let chosen = spread_out(&points, &must, wanted.max(least).min(MOST_SIMULATED));
        let mut place = 0;
        let (simulated, predicted) = std::mem::take(&mut self.scenarios).into_iter().partition(|_| {
            place += 1;
            chosen.binary_search(&(place - 1)).is_ok()
        });
        (self.scenarios, self.predicted) = (simulated, predicted);
        self.notes.push(format!(
            "{} of {} scenarios are simulated; the others are predicted from them, and stand in predicted.csv and in the charts whose \
             names begin with predicted",
            self.scenarios.len(),
            self.scenarios.len() + self.predicted.len()
        ));
        Ok(())
    }
}
