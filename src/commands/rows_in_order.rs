//! The rows of replications, scenario by scenario.

use std::collections::BTreeMap;

use crate::sweep::Block;

/// Puts the rows of blocks in the plan's order. Blocks of the workloads of a world come together, so that rows of later workloads wait
/// until the earlier ones are whole.
#[derive(Debug, Default)]
pub(super) struct RowsInOrder {
    /// The scenario whose rows come next, by its place in the plan.
    next: usize,
    /// Rows of scenarios after it, and whether they are all.
    waiting: BTreeMap<usize, (Vec<u8>, bool)>,
}

impl RowsInOrder {
    /// The rows from the scenario at `place` in the plan on.
    pub(super) fn from(place: usize) -> Self {
        Self { next: place, waiting: BTreeMap::new() }
    }

    /// Takes the rows of the next block and hands over all whose turn it is.
    pub(super) fn take<E>(&mut self, block: &Block, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        if block.scenario != self.next {
            let (rows, whole) = self.waiting.entry(block.scenario).or_default();
            rows.extend_from_slice(&block.text);
            *whole = block.last;
            return Ok(());
        }
        write(&block.text)?;
        let mut whole = block.last;
        while whole {
            self.next += 1;
            let Some((rows, is_whole)) = self.waiting.remove(&self.next) else { break };
            write(&rows)?;
            whole = is_whole;
        }
        Ok(())
    }
}
