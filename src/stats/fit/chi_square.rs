//! Pearson's test of whether a fitted distribution describes what was measured.
//!
//! The time axis is cut into cells, and the number of lengths that ended in a cell is compared with the number that the
//! distribution expects there of those that were still running. Counted this way a lower bound is no special case: it is among
//! the running ones up to its bound (Akritas, JASA 83 (1988), 222-230; Hjort, International Statistical Review 58 (1990),
//! 355-387). The parameters were fitted to the same lengths, which takes up to one degree of freedom for each; how much of it
//! depends on the family, so that the p-value is known between two limits (Chernoff and Lehmann, Annals of Mathematical
//! Statistics 25 (1954), 579-586). Lengths in buckets are compared bucket by bucket, where it is exactly one for each.
//!
//! A p-value is rounded for people and decides nothing, so it comes from `statrs`, whose last digits differ between platforms.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::measured::{Lengths, Resolution, Seen};
use crate::distribution::{Distribution, Lifetime};

/// The least variance of the number in a cell; with less the test would be far from its limit distribution (Cochran, Annals
/// of Mathematical Statistics 23 (1952), 315-345).
const LEAST_VARIANCE: f64 = 5.0;
/// Beyond this many seconds, the rounding to whole seconds is too small to matter.
const LONG: f64 = 10_000.0;
/// The least share of lengths that counts; rounding errors hide smaller ones.
const LEAST_SHARE: f64 = 1e-12;

/// The answer of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChiSquare {
    /// Number of cells.
    pub cells: usize,
    /// The least that the p-value can be: the probability of numbers that are as far from those expected, or farther, if the
    /// distribution is right.
    pub p_low: f64,
    /// The most that it can be.
    pub p_high: f64,
}

/// The number of lengths found in a cell, the number expected there, and the variance of the number found.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    found: f64,
    expected: f64,
    variance: f64,
}

impl Cell {
    fn add(&mut self, other: Self) {
        self.found += other.found;
        self.expected += other.expected;
        self.variance += other.variance;
    }
}

/// Tests `member`, whose `parameters` were fitted to `lengths`. Gives `None` where there are too few lengths for more cells than
/// parameters.
pub(super) fn chi_square(lengths: &Lengths, member: Lifetime, parameters: usize) -> Option<ChiSquare> {
    let buckets = lengths.resolution() == Resolution::Buckets;
    let fine = match lengths.resolution() {
        Resolution::Buckets => of_buckets(lengths, member),
        Resolution::WholeSeconds if lengths.largest() <= LONG => of_whole_seconds(lengths, member),
        _ => of_values(lengths, member)?,
    };
    let cells = merged(&fine, most_cells(lengths));
    // The numbers in buckets add up to the number of lengths, which takes one degree of freedom more.
    let free = cells.len().checked_sub(usize::from(buckets))?;
    let strict = free.checked_sub(parameters).filter(|free| *free > 0)?;
    let off = |cell: &Cell| (cell.found - cell.expected) * (cell.found - cell.expected) / cell.variance;
    let statistic: f64 = cells.iter().map(off).sum();
    let p = |freedom: usize| {
        let limit = ChiSquared::new(freedom as f64).ok()?;
        Some(if statistic.is_finite() { limit.sf(statistic) } else { 0.0 })
    };
    Some(ChiSquare { cells: cells.len(), p_low: p(strict)?, p_high: p(if buckets { strict } else { free })? })
}

/// More cells than this make the test blind for broad deviations (Mann and Wald, Annals of Mathematical Statistics 13 (1942),
/// 306-317).
fn most_cells(lengths: &Lengths) -> usize {
    let known = (lengths.count() - lengths.censored()) as f64;
    (2.0 * libm::pow(known, 0.4)).ceil() as usize
}

/// Joins neighbouring cells until each has enough variance, and at least half of that of one of `most` equal cells.
fn merged(fine: &[Cell], most: usize) -> Vec<Cell> {
    let total: f64 = fine.iter().map(|cell| cell.variance).sum();
    let least = LEAST_VARIANCE.max(total / (2 * most.max(1)) as f64);
    let (mut cells, mut open) = (Vec::new(), Cell::default());
    for cell in fine {
        open.add(*cell);
        if open.variance >= least {
            cells.push(std::mem::take(&mut open));
        }
    }
    if let Some(last) = cells.last_mut() {
        last.add(open);
    }
    cells
}

/// The numbers in buckets. What lies beyond the last bound is a bucket too.
fn of_buckets(lengths: &Lengths, member: Lifetime) -> Vec<Cell> {
    let n = lengths.count() as f64;
    let (mut cells, mut below, mut expected_below) = (Vec::new(), 0.0, 0.0);
    for (bound, share) in
        lengths.bounds().into_iter().map(|(bound, share)| (member.cdf(bound), share)).chain([(1.0, 1.0)])
    {
        let expected = n * (bound - expected_below);
        cells.push(Cell { found: n * (share - below), expected, variance: expected });
        (below, expected_below) = (share, bound);
    }
    cells
}

/// Second by second: each running length ends in a second with the probability that the distribution gives it.
fn of_whole_seconds(lengths: &Lengths, member: Lifetime) -> Vec<Cell> {
    let mut running = lengths.count() as f64;
    let mut rows = lengths.rows().iter().peekable();
    let (mut cells, mut before, mut second) = (Vec::new(), 0.0, 0.0);
    while second <= lengths.largest() {
        let (mut found, mut bounds) = (0.0, 0.0);
        while let Some((seen, count)) = rows.next_if(|(seen, _)| start(*seen) <= second) {
            let ended = if seen.is_censored() { &mut bounds } else { &mut found };
            *ended += *count as f64;
        }
        // Lower bounds up to here were seen last before this second was over.
        running -= bounds;
        let share = member.whole_cdf(second);
        let ends = ((share - before) / (1.0_f64 - before).max(LEAST_SHARE)).clamp(0.0, 1.0);
        let expected = running * ends;
        cells.push(Cell { found, expected, variance: expected * (1.0 - ends) });
        running -= found;
        (before, second) = (share, second + 1.0);
    }
    cells
}

fn start(seen: Seen) -> f64 {
    match seen {
        Seen::Exactly(value) | Seen::Whole(value) | Seen::Between(value, _) => value,
    }
}

/// Cells of equal probability; a running length ends in one with the hazard that it passes there.
fn of_values(lengths: &Lengths, member: Lifetime) -> Option<Vec<Cell>> {
    let shape = Distribution::new(member.shape(), 0.0, None).ok()?;
    let hazard = |x: f64| -member.ln_between(x, f64::INFINITY);
    let count = most_cells(lengths);
    let ends: Vec<f64> = (1..count).map(|end| shape.quantile(end as f64 / count as f64).as_secs_f64()).collect();
    let mut cells = vec![Cell::default(); count];
    // How many lengths end in each cell, lower bounds too.
    let mut last = vec![0.0; count];
    for (seen, times) in lengths.rows() {
        let (value, times) = (start(*seen), *times as f64);
        let place = ends.partition_point(|end| *end < value);
        let begin = place.checked_sub(1).map_or(0.0, |before| ends[before]);
        cells[place].found += if seen.is_censored() { 0.0 } else { times };
        cells[place].expected += times * (hazard(value) - hazard(begin));
        last[place] += times;
    }
    let mut running = 0.0;
    for place in (0..ends.len()).rev() {
        running += last[place + 1];
        let begin = place.checked_sub(1).map_or(0.0, |before| ends[before]);
        cells[place].expected += running * (hazard(ends[place]) - hazard(begin));
    }
    cells.iter_mut().for_each(|cell| cell.variance = cell.expected);
    Some(cells)
}
