//! What the scenarios of a sweep are compared with: one scenario, or one in each cell of the other parameters.

use crate::scenario::Scenario;

/// A baseline that is described by some of the swept parameters, and so is another scenario for each choice of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// The parameters that describe it: path and value as written.
    pub named: Vec<(String, String)>,
    /// Each scenario with the baseline of its cell, in order; without those in whose cell there is none.
    pub baselines: Vec<(u32, u32)>,
}

impl Cells {
    /// Finds the baseline of every scenario: the one with the values `named` that has the same other parameters.
    pub(crate) fn of(named: Vec<(String, String)>, scenarios: &[Scenario]) -> Self {
        let others = |scenario: &Scenario| {
            let is_other = |(path, _): &&(String, String)| named.iter().all(|(name, _)| name != path);
            scenario.parameters.iter().filter(is_other).cloned().collect::<Vec<_>>()
        };
        let is_baseline = |one: &Scenario| named.iter().all(|wanted| one.parameters.contains(wanted));
        let candidates: Vec<(u32, Vec<(String, String)>)> =
            scenarios.iter().filter(|one| is_baseline(one)).map(|one| (one.id, others(one))).collect();
        let baseline = |one: &Scenario| {
            let mine = others(one);
            let found = candidates.iter().find(|(_, theirs)| *theirs == mine);
            found.map(|(id, _)| (one.id, *id))
        };
        let baselines = scenarios.iter().filter_map(baseline).collect();
        Self { named, baselines }
    }

    /// The scenarios that others are compared with, in order.
    #[must_use]
    pub fn ids(&self) -> Vec<u32> {
        self.baselines.iter().filter(|(scenario, baseline)| scenario == baseline).map(|(id, _)| *id).collect()
    }
}
