//! The share of an output's variance that each input explains: Sobol' indices.
//!
//! Points: two samples and their mixtures, as Saltelli, Annoni, Azzini, Campolongo, Ratto and Tarantola have them ("Variance based
//! sensitivity analysis of model output", Computer Physics Communications 181 (2010), 259-270), whose estimator of the first-order
//! index is taken too; that of the total index is Jansen's ("Analysis of variance designs for model output", Computer Physics
//! Communications 117 (1999), 35-43). Both samples are Latin hypercubes.
//!
//! Limits are those of the mean of jackknife pseudo-values (Tukey; Miller, "The jackknife: a review", Biometrika 61 (1974), 1-15),
//! one for each row. Rows count as independent; those of a Latin hypercube spread more evenly, so that the limits are rather too
//! wide than too narrow.

use crate::stats::sequence::Sequence;
use crate::stats::{Confidence, Estimate, Known, Moments, sum};

/// Numbers of a [`Sequence`] that rows are made of.
const PURPOSE: u64 = 2;

/// Rows of a design: a point of each of two samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    inputs: usize,
    /// The points of both samples, row by row.
    pairs: Vec<[Vec<f64>; 2]>,
}

/// What an input explains of the variance of the output, as shares from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Index {
    /// First order: what would be explained by the input alone.
    pub first: Estimate,
    /// Total: the same with everything that it does together with others.
    pub total: Estimate,
}

impl Rows {
    /// `count` rows over so many `inputs`.
    #[must_use]
    pub fn new(inputs: usize, count: usize, seed: u64) -> Self {
        let mut numbers = Sequence::new(seed, PURPOSE);
        let mut pairs = vec![[Vec::with_capacity(inputs), Vec::with_capacity(inputs)]; count];
        // All inputs of the first sample come before those of the second.
        for place in 0..2 * inputs {
            for (pair, stratum) in pairs.iter_mut().zip(numbers.order(count)) {
                pair[place / inputs].push((stratum as f64 + numbers.uniform()) / count as f64);
            }
        }
        Self { inputs, pairs }
    }

    /// Points of each row: that of the first sample, the same with one input after the other from the second sample, and that of
    /// the second sample.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.inputs + 2
    }

    /// All points, row by row.
    #[must_use]
    pub fn points(&self) -> Vec<Vec<f64>> {
        let mut points = Vec::with_capacity(self.pairs.len() * self.width());
        for [first, second] in &self.pairs {
            points.push(first.clone());
            for input in 0..self.inputs {
                let mut mixed = first.clone();
                mixed[input] = second[input];
                points.push(mixed);
            }
            points.push(second.clone());
        }
        points
    }
}

/// The indices of every input, from the `outputs` at [`Rows::points`]. There are none where outputs are missing, where there are
/// fewer than three rows, or where the output does not vary.
#[must_use]
pub fn indices(rows: &Rows, outputs: &[f64]) -> Vec<Index> {
    let (width, count) = (rows.width(), rows.pairs.len());
    if outputs.len() != width * count || count < 3 {
        return Vec::new();
    }
    let all = || outputs.chunks_exact(width).flat_map(|row| [row[0], row[width - 1]]);
    let middle = sum(all()) / (2 * count) as f64;
    let (least, most) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
    // Sums of small numbers lose fewer digits.
    let centred: Vec<f64> = outputs.iter().map(|output| output - middle).collect();
    let terms = |input: usize| centred.chunks_exact(width).map(|row| Terms::of(row, input)).collect::<Vec<_>>();
    (0..rows.inputs).filter_map(|input| index(&terms(input), most - least)).collect()
}

/// What a row adds to the sums that both indices are made of.
#[derive(Clone, Copy, Debug, Default)]
struct Terms {
    /// Of the outputs at both points, and of their squares.
    both: f64,
    squares: f64,
    /// Of what the input changes, alone and times the output at the second point.
    change: f64,
    product: f64,
    /// Of the squares of what the input changes.
    change_squares: f64,
}

impl Terms {
    fn of(row: &[f64], input: usize) -> Self {
        let (first, second, change) = (row[0], row[row.len() - 1], row[1 + input] - row[0]);
        Self {
            both: first + second,
            squares: first * first + second * second,
            change,
            product: second * change,
            change_squares: change * change,
        }
    }

    fn sum(rows: &[Self]) -> Self {
        let of = |get: fn(&Self) -> f64| sum(rows.iter().map(get));
        Self {
            both: of(|row| row.both),
            squares: of(|row| row.squares),
            change: of(|row| row.change),
            product: of(|row| row.product),
            change_squares: of(|row| row.change_squares),
        }
    }

    fn without(self, row: &Self) -> Self {
        Self {
            both: self.both - row.both,
            squares: self.squares - row.squares,
            change: self.change - row.change,
            product: self.product - row.product,
            change_squares: self.change_squares - row.change_squares,
        }
    }

    /// Variance, first-order index and total index of `count` rows with these sums; `None` without variance.
    fn estimates(&self, count: f64) -> Option<(f64, f64, f64)> {
        let mean = self.both / (2.0 * count);
        let variance = self.squares / (2.0 * count) - mean * mean;
        (variance > 0.0).then(|| {
            let first = (self.product - mean * self.change) / count;
            (variance, first / variance, self.change_squares / (2.0 * count) / variance)
        })
    }
}

fn index(rows: &[Terms], range: f64) -> Option<Index> {
    let (sums, count) = (Terms::sum(rows), rows.len() as f64);
    let (variance, first, total) = sums.estimates(count)?;
    let mut pseudo: [Vec<f64>; 2] = Default::default();
    for row in rows {
        let (_, one, other) = sums.without(row).estimates(count - 1.0)?;
        pseudo[0].push(count * first - (count - 1.0) * one);
        pseudo[1].push(count * total - (count - 1.0) * other);
    }
    // What no row has shown moves the output by no more than all outputs differ.
    let greatest = [range * range / variance, range * range / (2.0 * variance)];
    let [first, total] = [0, 1].map(|which| estimate(&pseudo[which], greatest[which]));
    Some(Index { first: first?, total: total? })
}

/// The mean of pseudo-values. An index is from 0 to 1, and so are its estimate and limits. A mean beyond these is wrong by at least
/// as much as it is beyond, so that the limits reach as far to the other side.
fn estimate(pseudo: &[f64], greatest: f64) -> Option<Estimate> {
    let moments = Moments::of(pseudo)?;
    let raw = moments.mean_at(&Known::between(-greatest, greatest), Confidence::USUAL);
    let value = raw.value?;
    let beyond = Estimate {
        value: Some(value.clamp(0.0, 1.0)),
        low: raw.low.map(|low| low.min(2.0 - value)),
        high: raw.high.map(|high| high.max(-value)),
        carriers: None,
        ..raw
    };
    Some(beyond.within(0.0, 1.0))
}
