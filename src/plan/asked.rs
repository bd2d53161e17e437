//! What results are held against: the objectives that are written, and what is asked for besides.

use super::choices::Decision;
use super::load::Plan;
use crate::input::{NoFloor, Objective};
use crate::scenario::{MeasuredEvent, Scenario};

/// The objectives that decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The written ones first, then those that nobody wrote.
    pub objectives: Vec<Objective>,
    /// How many are written. 0: all of them are the default ones.
    pub written: usize,
    /// Why the default floor of availability is not asked for as it is; `None`: it is, or something else is written.
    pub without_floor: Option<NoFloor>,
}

impl Asked {
    /// The objectives that nobody wrote.
    #[must_use]
    pub fn added(&self) -> &[Objective] {
        &self.objectives[self.written..]
    }
}

impl Plan {
    /// What the results of this plan and of `decisions` are held against by whoever asks whether they are good enough.
    ///
    /// The default floor of availability stays unless an objective says otherwise about availability: without it the fastest
    /// strategy would be one that takes all pods down at once. Where no objectives are written, rollouts must also complete and
    /// not stall. Where available pods may fail after the end, and runs are followed until then, availability is asked for until
    /// then.
    #[must_use]
    pub fn ask(&self, decisions: &[Decision]) -> Asked {
        let mut objectives = self.objectives.clone();
        let written = objectives.len();
        let mut without_floor = None;
        if !objectives.iter().any(Objective::is_about_availability) {
            let mut defaults = self.default_objectives();
            let scenarios = self.scenarios.iter().chain(decisions.iter().flat_map(Decision::scenarios));
            without_floor = Objective::relax_availability(&mut defaults, scenarios);
            let mut all = self.scenarios.iter().chain(decisions.iter().flat_map(Decision::scenarios));
            let can_stall = all.any(Scenario::can_stall);
            defaults
                .retain(|one| (written == 0 || one.is_about_availability()) && (can_stall || !one.is_about_stalls()));
            objectives.extend(defaults);
        }
        if self.columns().after {
            objectives.iter_mut().for_each(Objective::include_what_follows);
        }
        objectives.extend(self.missing_among(&objectives, decisions));
        Asked { objectives, written, without_floor }
    }

    /// The objectives that are asked for where the experiment has none.
    #[must_use]
    pub fn default_objectives(&self) -> Vec<Objective> {
        let grows =
            |one: &Scenario| matches!(one.event, MeasuredEvent::Scale { from } if from < one.deployment.replicas);
        if self.scenarios.iter().any(grows) { Objective::defaults_of_scaling() } else { Objective::defaults() }
    }
}
