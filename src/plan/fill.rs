//! A part of a large grid: the points that are simulated, from which the others are predicted.

use super::load::Plan;
use crate::input::InputError;
use crate::k8s::objects::Strategy;
use crate::scenario::Scenario;
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

/// Where scenarios lie in the grid that their parameters span: the rank of each value among those of its parameter, from 0 to 1.
///
/// # Errors
/// When a parameter has values that are no numbers of one unit.
pub(crate) fn coordinates(scenarios: &[Scenario]) -> Result<Vec<Vec<f64>>, InputError> {
    let mut points = vec![Vec::new(); scenarios.len()];
    let parameters = scenarios.first().map_or(0, |scenario| scenario.parameters.len());
    for place in 0..parameters {
        let values = scenarios.iter().map(|scenario| number(scenario, place)).collect::<Option<Vec<f64>>>();
        let Some(values) = values else {
            let path = &scenarios[0].parameters[place].0;
            return Err(InputError::new(format!("--fill: {path} has values that are no numbers: sweep numbers alone")));
        };
        let mut distinct = values.clone();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        let last = (distinct.len().max(2) - 1) as f64;
        for (point, value) in points.iter_mut().zip(&values) {
            let rank = distinct.iter().position(|known| known == value).unwrap_or(0);
            point.push(rank as f64 / last);
        }
    }
    Ok(points)
}

/// The value of a parameter as a number: of limits the pods that it means, as a share of the replicas.
fn number(scenario: &Scenario, place: usize) -> Option<f64> {
    let (path, text) = scenario.parameters.get(place)?;
    let replicas = scenario.deployment.replicas.max(1);
    let share = |pods: i32| f64::from(pods) / f64::from(replicas);
    match (path.rsplit('.').next(), scenario.deployment.strategy) {
        (Some("maxSurge"), Strategy::RollingUpdate { max_surge, .. }) => Some(share(max_surge.scaled(replicas, true))),
        (Some("maxUnavailable"), Strategy::RollingUpdate { max_unavailable, .. }) => {
            Some(share(max_unavailable.scaled(replicas, false)))
        }
        _ => {
            let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
            let factor = match &text[end..] {
                "" | "s" => 1.0,
                "ms" => 0.001,
                "m" => 60.0,
                "h" => 3600.0,
                "%" => 0.01,
                _ => return None,
            };
            Some(text[..end].parse::<f64>().ok()? * factor)
        }
    }
}
