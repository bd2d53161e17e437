//! Divides a sweep into parts that take about as long as each other. Whoever divides the same plan into as many parts gets the same
//! ones, so that nobody has to be asked for them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::convert::Infallible;
use std::ops::Range;
use std::sync::atomic::AtomicBool;

use super::block::{SweepError, replications_of_block};
use super::cost::costs;
use super::groups::groups;
use crate::plan::{Cost, Costs, Piece, Plan, Shard};

/// What is given to the parts at a time is about this share of one of them, so that the last one given makes no great difference.
const SHARES: u64 = 32;

/// Replications of a scenario and what they cost.
#[derive(Clone, Copy, Debug)]
struct Load {
    events: u64,
    piece: Piece,
}

/// All replications of every scenario; with precision targets the most that each may need.
#[must_use]
pub fn everything(plan: &Plan) -> Vec<Piece> {
    until(plan, plan.replications)
}

/// The replications that every scenario has before anything is decided about it: all of them without precision targets, else those
/// up to the first look.
#[must_use]
pub fn first_round(plan: &Plan) -> Vec<Piece> {
    until(plan, plan.looks().first().copied().unwrap_or(plan.replications))
}

/// The replications of every scenario before number `end`.
fn until(plan: &Plan, end: u32) -> Vec<Piece> {
    let of = |members: Range<usize>| Piece { scenario: plan.scenarios[members.start].id, first: 0, end };
    groups(&plan.scenarios).into_iter().map(of).collect()
}

/// Divides `wanted`, pieces of the scenarios of `plan` that begin and end where blocks do, into `parts` parts. The most expensive
/// ranges of blocks are given away first, each to the part that has least to do. Parts may be empty.
#[must_use]
pub fn divide(plan: &Plan, costs: &Costs, wanted: &[Piece], parts: u32) -> Vec<Vec<Piece>> {
    let by_number = |members: Range<usize>| (plan.scenarios[members.start].id, members.len());
    let members: BTreeMap<u32, usize> = groups(&plan.scenarios).into_iter().map(by_number).collect();
    let total: u64 = wanted.iter().map(|piece| events(costs, piece)).sum();
    let share = (total / (u64::from(parts.max(1)) * SHARES)).max(1);
    let cut = |piece: &Piece| {
        let block = replications_of_block(members.get(&piece.scenario).copied().unwrap_or(1));
        let of_block = events(costs, &Piece { first: 0, end: block, ..*piece }).max(1);
        let blocks = u32::try_from(share / of_block).unwrap_or(u32::MAX).max(1);
        let step = block.saturating_mul(blocks);
        let begins = (piece.first..piece.end).step_by(step as usize);
        let (scenario, end) = (piece.scenario, piece.end);
        begins.map(move |first| Piece { scenario, first, end: first.saturating_add(step).min(end) })
    };
    let cut = wanted.iter().flat_map(cut);
    give(cut.map(|piece| Load { events: events(costs, &piece), piece }).collect(), parts)
}

/// Divides whole scenarios.
fn divide_scenarios(costs: &Costs, wanted: &[Piece], parts: u32) -> Vec<Vec<Piece>> {
    give(wanted.iter().map(|piece| Load { events: events(costs, piece), piece: *piece }).collect(), parts)
}

/// Gives the greatest load first to the part that has least to do; where several are alike, to the one with the least number.
fn give(mut loads: Vec<Load>, parts: u32) -> Vec<Vec<Piece>> {
    loads.sort_by_key(|load| (Reverse(load.events), load.piece));
    let mut of_parts = vec![Vec::new(); parts.max(1) as usize];
    let mut least: BinaryHeap<_> = (0..of_parts.len()).map(|part| Reverse((0, part))).collect();
    for Load { events, piece } in loads {
        let Some(Reverse((own, part))) = least.pop() else { break };
        of_parts[part].push(piece);
        least.push(Reverse((own + events, part)));
    }
    of_parts.into_iter().map(joined).collect()
}

/// The pieces in order, neighbours as one.
fn joined(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort_unstable();
    let mut joined: Vec<Piece> = Vec::new();
    for piece in pieces {
        match joined.last_mut().filter(|last| (last.scenario, last.end) == (piece.scenario, piece.first)) {
            Some(last) => last.end = piece.end,
            None => joined.push(piece),
        }
    }
    joined
}

/// Events in a piece, as far as is known.
fn events(costs: &Costs, piece: &Piece) -> u64 {
    scaled(costs, piece, |cost| cost.events)
}

/// What `of` says of the pilot's replications, for all replications of a piece.
fn scaled(costs: &Costs, piece: &Piece, of: impl Fn(&Cost) -> u64) -> u64 {
    let Some(cost) = costs.get(&piece.scenario) else { return 0 };
    let scaled = u128::from(of(cost)) * u128::from(piece.replications()) / u128::from(cost.replications.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// Events in some pieces, and their bytes on disk, at most.
#[must_use]
pub fn foreseen(costs: &Costs, pieces: &[Piece]) -> (u64, u64) {
    let sum = |of: fn(&Cost) -> u64| pieces.iter().map(|piece| scaled(costs, piece, of)).sum();
    (sum(|cost| cost.events), sum(|cost| cost.bytes))
}

/// Leaves of `plan` what `shard` runs.
///
/// # Errors
/// As for [`costs`].
pub fn keep_shard(
    plan: &mut Plan,
    shard: Shard,
    threads: usize,
    stop: &AtomicBool,
) -> Result<(), SweepError<Infallible>> {
    let wanted = everything(plan);
    let costs = if shard.of == 1 { Costs::new() } else { costs(plan, threads, stop)? };
    let mut parts = match &plan.precision {
        Some(_) => divide_scenarios(&costs, &wanted, shard.of),
        None => divide(plan, &costs, &wanted, shard.of),
    };
    plan.keep_shard(shard, parts.swap_remove(shard.number as usize));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Costs of scenarios, in events of one replication.
    fn costs_of(events: &[u64]) -> Costs {
        let cost = |events: u64| Cost { replications: 4, events: 4 * events, bytes: 400 };
        (0..).zip(events).map(|(scenario, events)| (scenario, cost(*events))).collect()
    }

    fn plan(replications: u32) -> Plan {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/first-look.yaml");
        Plan { replications, ..Plan::load(&path, &crate::plan::Overrides::default()).expect("a plan") }
    }

    /// The replications that parts have of each scenario, in order.
    fn together(parts: &[Vec<Piece>]) -> Vec<Piece> {
        joined(parts.concat())
    }

    #[test]
    fn every_replication_is_in_one_part() {
        for (replications, parts) in [(1, 1), (1, 7), (256, 3), (257, 3), (1000, 2), (100_000, 64), (4_000_000_000, 9)]
        {
            let plan = plan(replications);
            let wanted = everything(&plan);
            let divided = divide(&plan, &costs_of(&[1, 30, 2, 7, 900]), &wanted, parts);
            assert_eq!(divided.len(), parts as usize);
            assert_eq!(together(&divided), wanted, "{replications} in {parts}");
            let aligned = |piece: &Piece| piece.first.is_multiple_of(256) && piece.end.is_multiple_of(256);
            let ends = |piece: &Piece| piece.first.is_multiple_of(256) && piece.end == replications;
            assert!(divided.iter().flatten().all(|piece| aligned(piece) || ends(piece)), "{divided:?}");
        }
    }

    #[test]
    fn parts_cost_the_same_however_unequal_the_scenarios_are() {
        let plan = plan(1_000_000);
        let costs = costs_of(&[1, 30, 2, 7, 900]);
        let divided = divide(&plan, &costs, &everything(&plan), 64);
        let loads: Vec<u64> = divided.iter().map(|part| foreseen(&costs, part).0).collect();
        let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
        assert!(most * 100 <= least * 105, "{least} to {most}");
    }

    /// By hand: blocks cost 900, 30, 7, 2 and 1 times 256, and three parts get the greatest first.
    #[test]
    fn the_greatest_comes_first() {
        let plan = plan(256);
        let divided = divide(&plan, &costs_of(&[1, 30, 2, 7, 900]), &everything(&plan), 3);
        let numbers = |part: &Vec<Piece>| part.iter().map(|piece| piece.scenario).collect::<Vec<_>>();
        assert_eq!(divided.iter().map(numbers).collect::<Vec<_>>(), [vec![4], vec![1], vec![0, 2, 3]]);
    }

    #[test]
    fn scenarios_stay_whole_where_their_records_decide() {
        let plan = plan(100_000);
        let divided = divide_scenarios(&costs_of(&[1, 30, 2, 7, 900]), &everything(&plan), 2);
        assert!(divided.iter().flatten().all(|piece| piece.replications() == 100_000));
        assert_eq!((divided[0].len(), divided[1].len()), (1, 4));
    }
}
