//! Precision targets where other machines run the replications: what they have to run next.

use super::block::BLOCK;
use crate::analysis::{self, Scope};
use crate::blocks::Saved;
use crate::metrics::Record;
use crate::plan::{Piece, Plan};
use crate::scenario::Scenario;

/// What the scenarios of `plan` need beyond the blocks that are `saved`, decided as one machine decides it: at every look by all records
/// before it. Nothing where all are precise enough, or have the most replications that they may have.
#[must_use]
pub fn next_round(plan: &Plan, saved: &Saved) -> Vec<Piece> {
    plan.scenarios.iter().filter_map(|scenario| wanted(plan, saved, scenario)).collect()
}

fn wanted(plan: &Plan, saved: &Saved, scenario: &Scenario) -> Option<Piece> {
    let (looks, confidence, scope) = (plan.looks(), plan.confidence_of_each_look(), Scope::of(scenario));
    let there = saved.reaches(scenario.id);
    let mut records: Vec<Record> = Vec::new();
    for look in &looks {
        let piece = Piece { scenario: scenario.id, first: records.len() as u32, end: *look };
        if *look > there {
            return Some(Piece { first: there, ..piece });
        }
        if !read(saved, piece, &mut records) {
            return Some(Piece { first: records.len() as u32, ..piece });
        }
        if looks.last() == Some(look) || analysis::precise(plan, &records, &scope, confidence) {
            return None;
        }
    }
    None
}

/// Appends the records of a piece; false where a block cannot be read.
fn read(saved: &Saved, Piece { scenario, first, end }: Piece, records: &mut Vec<Record>) -> bool {
    (first..end).step_by(BLOCK as usize).all(|first| {
        let block = saved.block(scenario, first, BLOCK.min(end - first));
        block.is_some_and(|(block, ..)| {
            records.extend(block);
            true
        })
    })
}
