//! What the measurements behind a scenario's latencies leave open of its figures.
//!
//! The scenario is simulated with latencies that the measurements allow as well, draw by draw, always with the random numbers of the
//! same replications. How far a figure moves from draw to draw is added to its limits ([`Estimate::with_inputs`]).

use serde::{Deserialize, Serialize};

use super::difference::Difference;
use super::scope::Scope;
use super::statistics::{Statistics, restricted, watched};
use crate::metrics::{Figure, Kind, Measure, Metric, Outcome, Record, Statistic};
use crate::scenario::MeasuredLatency;
use crate::stats::{Estimate, InputSpread, Moments, Paired, WidthParts};

/// How often the latencies of a scenario are drawn. The spread of so many draws is known to an eighth, which Student's t reckons with.
pub const DRAWS: u32 = 32;

/// Replications of each draw: the first ones of the fitted latencies again. All draws have the same random numbers, so that few
/// replications tell how far a figure moves.
pub const REPLICATIONS_OF_A_DRAW: u32 = 100;

/// The figures of a scenario with its fitted latencies and with others that the measurements allow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrawnFigures {
    figures: Vec<Figure>,
    /// Of the fitted latencies, and then of each draw: the values of the figures. What never came is infinite, and what does not exist
    /// is no number.
    values: Vec<Vec<f64>>,
    replications: u32,
}

/// What the limits of a scenario's figures hold of the measurements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputUncertainty {
    /// The measurements.
    pub measurements: Vec<MeasuredLatency>,
    /// How often latencies were drawn.
    pub draws: u32,
    /// Replications of each draw.
    pub replications: u32,
    /// Of each line of the statistics, in their order.
    pub lines: Vec<InputLine>,
}

/// What the limits of one figure consist of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputLine {
    /// The figure.
    pub figure: Figure,
    /// The estimate with the limits that the replications alone give it.
    pub simulated: Estimate,
    /// How far the figure moves with the latencies; `None`: it has no limits, or some draw gives it no value, and then it has none.
    pub spread: Option<InputSpread>,
}

impl InputLine {
    /// The two parts of the half-width; `None` where there are no limits.
    #[must_use]
    pub fn parts(&self) -> Option<WidthParts> {
        WidthParts::of(&self.simulated, self.spread.as_ref().filter(|spread| !spread.open)?)
    }
}

impl InputUncertainty {
    /// What the limits of `figure` consist of; `None` where they are not known.
    #[must_use]
    pub fn parts(&self, figure: Figure) -> Option<WidthParts> {
        self.lines.iter().find(|line| line.figure == figure)?.parts()
    }
}

impl DrawnFigures {
    /// For the lines of `statistics`, before any draw.
    #[must_use]
    pub fn of(figures: Vec<Figure>, replications: u32) -> Self {
        Self { figures, values: Vec::new(), replications }
    }

    /// Takes the records of the fitted latencies, or of the next draw, in order of replication.
    pub fn take(&mut self, records: &[Record], scope: &Scope) {
        let mut values = Vec::with_capacity(self.figures.len());
        for figures in self.figures.chunk_by(|one, next| one.measure == next.measure) {
            let sample = Sample::of(figures[0].measure, records, scope);
            values.extend(figures.iter().map(|figure| sample.value(figure.statistic)));
        }
        self.values.push(values);
    }

    fn draws(&self) -> u32 {
        self.values.len().saturating_sub(1) as u32
    }

    fn values_of(&self, figure: Figure) -> Option<Vec<f64>> {
        let place = self.figures.iter().position(|known| *known == figure)?;
        Some(self.values.iter().map(|values| values[place]).collect())
    }

    /// How far `figure` moves with the latencies; `None` where that is not known.
    fn spread(&self, figure: Figure) -> Option<InputSpread> {
        let values = self.values_of(figure)?;
        let (fitted, drawn) = values.split_first()?;
        InputSpread::of(*fitted, drawn)
    }

    /// Gives the limits of `statistics` what the measurements leave open, and says what they consist of.
    #[must_use]
    pub fn widen(
        &self,
        statistics: &mut Statistics,
        scope: &Scope,
        measurements: Vec<MeasuredLatency>,
    ) -> InputUncertainty {
        let mut lines = Vec::with_capacity(statistics.lines.len());
        for line in &mut statistics.lines {
            let simulated = line.estimate;
            let has_limits = simulated.low.is_some() || simulated.high.is_some();
            // Least and greatest values are about the rollouts simulated and no others.
            let is_extreme = matches!(line.figure.statistic, Statistic::Min | Statistic::Max);
            let held = has_limits && !is_extreme;
            let spread = self.spread(line.figure).filter(|_| held);
            if held {
                line.estimate = widened(line.figure, simulated, spread.as_ref(), scope);
            }
            lines.push(InputLine { figure: line.figure, simulated, spread });
        }
        InputUncertainty { measurements, draws: self.draws(), replications: self.replications, lines }
    }
}

/// Gives the limits of the `differences` of a second scenario from a first what the measurements leave open: both have the same
/// latencies in the same draw. `None`: the latencies of the scenario are taken to be known.
pub fn widen_differences(first: Option<&DrawnFigures>, second: Option<&DrawnFigures>, differences: &mut [Difference]) {
    if first.is_none() && second.is_none() {
        return;
    }
    for one in differences {
        one.paired = match spread_of_difference(first, second, one.figure) {
            Some(spread) => one.paired.with_inputs(&spread),
            None => Paired {
                difference: Estimate { low: None, high: None, ..one.paired.difference },
                p_value: None,
                ..one.paired
            },
        };
    }
}

/// How far a difference moves with the latencies; `None` where that is not known.
fn spread_of_difference(
    first: Option<&DrawnFigures>,
    second: Option<&DrawnFigures>,
    figure: Figure,
) -> Option<InputSpread> {
    let differences: Vec<f64> = match (first, second) {
        (Some(first), Some(second)) => {
            let (first, second) = (first.values_of(figure)?, second.values_of(figure)?);
            second.iter().zip(&first).map(|(second, first)| second - first).collect()
        }
        // What is known is the same in every draw.
        (Some(one), None) | (None, Some(one)) => one.values_of(figure)?,
        (None, None) => return None,
    };
    // Of what never came in one of the two nothing is known.
    if differences.iter().any(|difference| !difference.is_finite()) {
        return None;
    }
    let (fitted, drawn) = differences.split_first()?;
    InputSpread::of(*fitted, drawn)
}

/// An estimate with limits that hold the spread; without limits where that is not known.
fn widened(figure: Figure, simulated: Estimate, spread: Option<&InputSpread>, scope: &Scope) -> Estimate {
    match (spread, simulated.value) {
        (Some(spread), Some(_)) => {
            let (low, high) = match figure.measure {
                Measure::Rate(_) => (0.0, 1.0),
                Measure::Metric(metric) => scope.extremes_of(metric),
            };
            simulated.with_inputs(spread).within(low, high)
        }
        _ => Estimate { low: None, high: None, ..simulated },
    }
}

/// The values of one measure in records.
enum Sample {
    Share(f64),
    Values {
        /// Ascending; what never came is infinite.
        sorted: Vec<f64>,
        /// The mean in which what never came counts as the horizon.
        restricted: Option<f64>,
    },
}

impl Sample {
    fn of(measure: Measure, records: &[Record], scope: &Scope) -> Self {
        let metric = match measure {
            Measure::Rate(rate) => return Self::Share(rate.count(records) as f64 / records.len() as f64),
            Measure::Metric(metric) => metric,
        };
        let mut sorted: Vec<f64> = records.iter().filter_map(|record| time(metric, record)).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mean = |values: Vec<f64>| Moments::of(&values).and_then(|moments| moments.mean().value);
        let restricted = (metric.kind == Kind::Duration)
            .then(|| mean(records.iter().map(|record| restricted(record, scope.horizon)).collect()))
            .flatten();
        Self::Values { sorted, restricted }
    }

    /// The value of a statistic; no number where there is none.
    fn value(&self, statistic: Statistic) -> f64 {
        let (sorted, restricted) = match self {
            Self::Share(share) => return *share,
            Self::Values { sorted, restricted } => (sorted, restricted),
        };
        let moments = || Moments::of(sorted);
        match (statistic, statistic.quantile()) {
            _ if sorted.is_empty() => f64::NAN,
            (Statistic::RestrictedMean, _) => restricted.unwrap_or(f64::NAN),
            (_, Some(q)) => {
                let rank = libm::ceil(q * sorted.len() as f64) as usize;
                sorted[rank.clamp(1, sorted.len()) - 1]
            }
            _ if sorted.last().is_some_and(|last| last.is_infinite()) => f64::INFINITY,
            (Statistic::Sd, _) => moments().and_then(|moments| moments.sd().value).unwrap_or(f64::NAN),
            _ => moments().and_then(|moments| moments.mean().value).unwrap_or(f64::NAN),
        }
    }
}

/// A metric's value in a record; a time to an event that did not come is infinite. `None` where the record has none.
fn time(metric: &Metric, record: &Record) -> Option<f64> {
    match metric.kind {
        Kind::Duration if record.outcome != Outcome::Completed => Some(f64::INFINITY),
        Kind::Watched => {
            let observed = watched(metric, record);
            Some(if observed.cause.is_some() { observed.time } else { f64::INFINITY })
        }
        Kind::Duration | Kind::Value | Kind::Conditional => (metric.get)(record),
    }
}
