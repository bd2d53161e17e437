//! How large a sweep is before it runs.

use super::load::Plan;
use crate::scenario::Scenario;

/// Bytes of a row of `replications.csv`, measured on the bundled sweeps.
const ROW: u64 = 140;
/// Bytes that the other tables have of a scenario: most are those of `statistics.csv` (6,200), `timeline.csv` (2,300 to 7,200) and
/// `levels.csv`.
const OF_SCENARIO: u64 = 10_000;
/// Bytes in memory for each replication of the scenario that has most of them, all workloads of its world included.
const RECORD: u64 = 290;
/// Bytes in memory for each scenario: what it is, and its results until the page is written.
const SCENARIO: u64 = 40_000;
/// Tables or memory of more bytes than this are worth a word before the sweep begins.
const LARGE: u64 = 1 << 29;

/// What a sweep will take, about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Rollouts, at most where precision targets may end earlier.
    pub rollouts: u64,
    /// Bytes of `replications.csv`.
    pub rows: u64,
    /// Bytes of the other tables.
    pub tables: u64,
    /// Bytes of memory.
    pub memory: u64,
}

impl Plan {
    /// What the sweep will take.
    #[must_use]
    pub fn size(&self) -> Size {
        let (scenarios, rollouts) = (self.scenarios.len() as u64, self.rollouts());
        let members = |one: &Scenario| one.world.as_ref().map_or(1, |own| own.world.workloads.len() as u64);
        let members = self.scenarios.iter().map(members).max().unwrap_or(1);
        let most = rollouts.checked_div(scenarios).unwrap_or(0);
        Size {
            rollouts,
            rows: ROW * rollouts,
            tables: OF_SCENARIO * scenarios,
            memory: RECORD * most * members + SCENARIO * scenarios,
        }
    }
}

impl Size {
    /// Whether it is worth a word before the sweep begins.
    #[must_use]
    pub const fn is_large(&self) -> bool {
        self.rows > LARGE || self.tables > LARGE || self.memory > LARGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_is_large_by_its_rows_its_tables_or_its_memory() {
        let small = Size { rollouts: 464_000, rows: ROW * 464_000, tables: OF_SCENARIO * 464, memory: SCENARIO * 464 };
        assert!(!small.is_large());
        for large in [
            Size { rows: LARGE + 1, ..small },
            Size { tables: LARGE + 1, ..small },
            Size { memory: LARGE + 1, ..small },
        ] {
            assert!(large.is_large());
        }
    }
}
