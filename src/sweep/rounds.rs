//! How many replications each scenario has where other machines ran them: what precision targets decide, and what is still to run.

use std::io;
use std::sync::Arc;

use super::block::BLOCK;
use super::known::Room;
use crate::analysis::unkept::{Asked, Unkept};
use crate::analysis::{self, Achieved, Scope};
use crate::blocks::Saved;
use crate::metrics::Record;
use crate::plan::{Piece, Plan, Precision};
use crate::scenario::Scenario;
use crate::stats::{Confidence, Scratch};

/// What is decided about the scenarios of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// The scenarios that have enough, each with all its replications.
    pub enough: Vec<Piece>,
    /// What the others need beyond what is there.
    pub wanted: Vec<Piece>,
}

/// Decides as one machine does, at every look by all records before it, which scenarios of `plan` have enough replications in the blocks
/// that are `saved`. Without precision targets a scenario has enough when it has all of them. What does not fit in `room` is read again.
///
/// # Errors
/// When what does not fit in memory cannot be written, or not be read again.
pub fn decide(plan: &Plan, saved: &Saved, room: Room<'_>) -> io::Result<Decided> {
    let mut decided = Decided::default();
    for scenario in &plan.scenarios {
        match wanted(plan, saved, scenario, room)? {
            Need::Enough(end) => decided.enough.push(Piece { scenario: scenario.id, first: 0, end }),
            Need::More(piece) => decided.wanted.push(piece),
        }
    }
    Ok(decided)
}

/// What a scenario needs.
enum Need {
    /// Nothing beyond so many replications.
    Enough(u32),
    More(Piece),
}

fn wanted(plan: &Plan, saved: &Saved, scenario: &Scenario, room: Room<'_>) -> io::Result<Need> {
    let (looks, confidence, scope) = (plan.looks(), plan.confidence_of_each_look(), Scope::of(scenario));
    let there = saved.reaches(scenario.id);
    let mut records: Vec<Record> = Vec::new();
    let mut before = 0;
    for look in looks.iter().copied() {
        let piece = |first| Piece { scenario: scenario.id, first, end: look };
        if look > there {
            return Ok(Need::More(piece(there.max(before))));
        }
        let Some(precision) = plan.precision.as_ref().filter(|_| looks.last() != Some(&look)) else {
            return Ok(Need::Enough(look));
        };
        let precise = if room.fits(u64::from(look)) {
            if !read(saved, piece(records.len() as u32), |block| records.extend(block)) {
                return Ok(Need::More(piece(records.len() as u32)));
            }
            analysis::precise(plan, &records, &scope, confidence)
        } else {
            records = Vec::new();
            match precise_again(plan, precision, (saved, piece(0)), &scope, (confidence, room))? {
                Some(precise) => precise,
                None => return Ok(Need::More(piece(0))),
            }
        };
        if precise {
            return Ok(Need::Enough(look));
        }
        before = look;
    }
    Ok(Need::Enough(before))
}

/// Whether the records of a piece, which are not kept, meet every target; `None` where a block cannot be read.
fn precise_again(
    plan: &Plan,
    precision: &Precision,
    (saved, piece): (&Saved, Piece),
    scope: &Scope,
    (confidence, room): (Confidence, Room<'_>),
) -> io::Result<Option<bool>> {
    let figures = precision.targets.iter().map(|target| target.figure).collect();
    let asked = Asked { figures: Some(figures), ..Asked::all(plan.sampling.group()).and_at(confidence) };
    let scratch = Arc::new(Scratch::new(room.folder.to_owned()));
    let mut unkept = Unkept::new(scope.clone(), asked, &scratch, room.bytes / 2);
    loop {
        let mut taken = Ok(());
        let all_there = read(saved, piece, |block| {
            if taken.is_ok() {
                taken = unkept.take(&block);
            }
        });
        taken?;
        if !all_there {
            return Ok(None);
        }
        if !unkept.end()? {
            return Ok(Some(unkept.achieved(&precision.targets, 1).iter().all(Achieved::met)));
        }
    }
}

/// Reads the blocks of a piece in order; false where one cannot be read.
fn read(saved: &Saved, Piece { scenario, first, end }: Piece, mut take: impl FnMut(Vec<Record>)) -> bool {
    (first..end).step_by(BLOCK as usize).all(|first| {
        let block = saved.block(scenario, first, BLOCK.min(end - first));
        block.is_some_and(|(block, ..)| {
            take(block);
            true
        })
    })
}
