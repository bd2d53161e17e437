//! An event that no single number brings about, reached in stages (subset simulation; Au and Beck, Probabilistic Engineering Mechanics 16
//! (2001), 263-277).
//!
//! A pilot finds the stages: each is what about a fifth of the rollouts of the stage before reach. Then independent runs go through
//! the same stages. Rollouts that reached a stage are the beginnings of walks within it, whose steps move all random numbers a little.

use super::event::Nearness;
use super::trials::{Stand, Trials};
use crate::experiment::RunError;
use crate::stats::rare::{Rare, Stages, of_runs};

/// The share of rollouts that reach the next stage.
const SHARE: f64 = 0.2;

/// Rollouts of a stage in the pilot: a tenth of the others, within bounds.
const OF_PILOT: (u32, u32) = (300, 1000);

/// Independent runs, and the least and most rollouts of one of their stages.
const RUNS: u32 = 25;
const OF_STAGE: (u32, u32) = (50, 1000);

/// Most stages: 0.2 to this power is 2e-10.
const MOST_STAGES: usize = 14;

/// A first step moves numbers by so much of their spread: √(1 - r²).
const FIRST_MOVE: f64 = 0.6;

/// Bounds of that, and the share of steps that should move (Papaioannou and others 2015).
const MOVES: (f64, f64) = (0.05, 1.0);
const WANTED: f64 = 0.44;

/// The numbers of these replications begin here, beyond those of the other pilots.
const NUMBERS: u32 = (1 << 31) + (1 << 30);

/// A stage: what reaches it, and how far a step within it moves.
#[derive(Clone, Copy, Debug)]
struct Stage {
    reached_by: Nearness,
    moves: f64,
}

/// What stages say.
pub(super) struct Staged {
    pub(super) rare: Rare,
    /// Rollouts that count, and those of the pilot.
    pub(super) n: u32,
    pub(super) pilots: u32,
    /// How many stages there are, the event included.
    pub(super) stages: u32,
}

/// Replications that were not used yet.
struct Next(u32);

impl Next {
    fn take(&mut self, count: u32) -> u32 {
        self.0 += count;
        self.0 - count
    }

    const fn used(&self) -> u32 {
        self.0 - NUMBERS
    }
}

/// The probability of the event by about `n` rollouts beside those of the pilot; `None` where the pilot did not reach it.
pub(super) fn staged(trials: &Trials<'_>, n: u32) -> Result<Option<Staged>, RunError> {
    let mut next = Next(NUMBERS);
    let of_pilot = (n / 10).clamp(OF_PILOT.0, OF_PILOT.1);
    let Some(stages) = pilot(trials, of_pilot, &mut next)? else { return Ok(None) };
    let pilots = next.used();
    let size = (n / RUNS / stages.len() as u32).clamp(OF_STAGE.0, OF_STAGE.1);
    let runs = (0..RUNS).map(|_| run(trials, &stages, size, &mut next)).collect::<Result<Vec<_>, _>>()?;
    let rare = of_runs(&runs, stages.len());
    Ok(Some(Staged { rare, n: next.used() - pilots, pilots, stages: stages.len() as u32 }))
}

/// The stages up to the event; `None` where it was not reached.
fn pilot(trials: &Trials<'_>, size: u32, next: &mut Next) -> Result<Option<Vec<Stage>>, RunError> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut moves = FIRST_MOVE;
    let (mut stands, _) = trials.walk(&vec![None; size as usize], (&Nearness::EVENT, 0.0, 1), next.take(size))?;
    while stages.len() < MOST_STAGES {
        let before = stages.last().map(|stage| stage.reached_by);
        let Some(reached_by) = following(&stands, before.as_ref()) else { return Ok(None) };
        stages.push(Stage { reached_by, moves });
        if reached_by.happened {
            return Ok(Some(stages));
        }
        let (found, moved, _) = within(trials, &stands, stages[stages.len() - 1], size, next)?;
        moves = (moves * libm::exp(moved - WANTED)).clamp(MOVES.0, MOVES.1);
        if let Some(last) = stages.last_mut() {
            last.moves = moves;
        }
        stands = found;
    }
    Ok(None)
}

/// The stage that about a fifth of these reach, farther than the one before; `None` where there is none.
fn following(stands: &[Stand], before: Option<&Nearness>) -> Option<Nearness> {
    let mut all: Vec<Nearness> = stands.iter().map(|stand| stand.nearness).collect();
    all.sort_by(|one, other| other.compare(one));
    let at = ((all.len() as f64 * SHARE) as usize).min(all.len().checked_sub(1)?);
    if all[at].happened {
        return Some(Nearness::EVENT);
    }
    let farther = |one: &Nearness| before.is_none_or(|before| one.compare(before).is_gt());
    // Many may be equally near: where all reach it, a stage is what comes next after them.
    let found = if farther(&all[at]) && all.last().is_some_and(|last| last.compare(&all[at]).is_lt()) {
        Some(all[at])
    } else {
        all[..at].iter().rev().copied().find(|one| farther(one) && one.compare(&all[at]).is_gt())
    };
    found.map(|found| if found.happened { Nearness::EVENT } else { found })
}

/// Rollouts within a stage, about `size` of them, from those of `stands` that reach it; with the share of steps that moved, and how many
/// reached it.
fn within(
    trials: &Trials<'_>,
    stands: &[Stand],
    stage: Stage,
    size: u32,
    next: &mut Next,
) -> Result<(Vec<Stand>, f64, u64), RunError> {
    let reached = stands.iter().filter(|stand| stand.nearness.reaches(&stage.reached_by));
    let from: Vec<Option<Stand>> = reached.cloned().map(Some).collect();
    let count = from.len() as u32;
    // Every walk has as many steps, so that none counts more than another.
    let steps = (size / count.max(1)).max(1);
    let correlation = (1.0 - stage.moves * stage.moves).max(0.0).sqrt();
    let (found, moved) = trials.walk(&from, (&stage.reached_by, correlation, steps), next.take(count * steps))?;
    Ok((found, moved, u64::from(count)))
}

/// One run through all stages.
fn run(trials: &Trials<'_>, stages: &[Stage], size: u32, next: &mut Next) -> Result<Stages, RunError> {
    let mut run = Stages::default();
    let (mut stands, _) = trials.walk(&vec![None; size as usize], (&Nearness::EVENT, 0.0, 1), next.take(size))?;
    for (place, stage) in stages.iter().enumerate() {
        let samples = stands.len() as u64;
        if place + 1 == stages.len() {
            let hits = stands.iter().filter(|stand| stand.nearness.happened).count();
            run.add(hits as u64, samples);
            break;
        }
        let (found, _, reached) = within(trials, &stands, *stage, size, next)?;
        run.add(reached, samples);
        if reached == 0 {
            break;
        }
        stands = found;
    }
    Ok(run)
}
