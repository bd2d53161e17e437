//! Which scenario of a plan another is compared with.

use super::cells::Cells;
use super::load::Plan;

impl Plan {
    /// Whether scenarios are compared with a baseline.
    #[must_use]
    pub fn has_baseline(&self) -> bool {
        self.baseline.is_some() || self.cells.is_some()
    }

    /// The scenario that this one is compared with; a baseline is compared with itself. `None`: with none.
    #[must_use]
    pub fn baseline_of(&self, scenario: u32) -> Option<u32> {
        let in_cell = || {
            let baselines = &self.cells.as_ref()?.baselines;
            baselines.iter().find(|(id, _)| *id == scenario).map(|(_, baseline)| *baseline)
        };
        self.baseline.or_else(in_cell)
    }

    /// Notes the scenarios in whose cell there is no baseline.
    pub(super) fn note_cells(&mut self) {
        let Some(cells) = &self.cells else { return };
        let without = self.scenarios.len() - cells.baselines.len();
        if without > 0 {
            let scenarios = if without == 1 { "1 scenario is" } else { &format!("{without} scenarios are") };
            self.notes.push(format!(
                "baseline: {scenarios} compared with none, because the point that would be the baseline of the cell is refused"
            ));
        }
    }

    /// The scenarios that others are compared with.
    #[must_use]
    pub fn baselines(&self) -> Vec<u32> {
        self.baseline.map_or_else(|| self.cells.as_ref().map_or_else(Vec::new, Cells::ids), |id| vec![id])
    }
}
