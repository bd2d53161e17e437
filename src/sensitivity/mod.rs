//! Which assumptions and settings move a forecast: each alone from one end of its range to the other, then all together.
//!
//! Every point has the random numbers of the others (the same seed and the same replications), so that what differs between two
//! points is what was varied. First each factor alone is put to both ends of its range. Then all are varied together: a
//! screening finds those that move something ([`crate::stats::sensitivity::trajectories`]), and for these the shares of the
//! variance are computed ([`crate::stats::sensitivity::indices`]).

mod answer;
mod apply;
mod asked;
mod driver;
mod factor;
mod range;

pub use answer::{Design, End, Outcome, Sensitivity};
pub use asked::{Asked, Level};
pub use driver::{Failure, Question};
pub use factor::{DAYS, Factor};
pub use range::Range;

use driver::Driver;

use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95, STALLED};
use crate::analysis::{Headline, Scope, differences_of};
use crate::metrics::Record;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::stats::sensitivity::{Index, Rows, effects, indices, trajectories};

/// The figures that are looked at.
const OUTCOMES: [Headline; 3] = [DURATION_P95, STALLED, AVAILABLE_P05];

/// Fewest rollouts at a point: of fewer a 95th percentile has no limits.
const FEWEST: u32 = 100;

/// A factor with less than this share of the largest effect of a screening is left as written for the indices.
const NEGLIGIBLE: f64 = 0.05;

/// Answers the question for a scenario of `plan`.
///
/// # Errors
/// When a factor cannot be varied as it is asked for, when the scenario is one workload of several, when there are too few replications,
/// when somebody stops it, or when the operating system gives no threads.
pub fn answer(plan: &Plan, scenario: &Scenario, question: &Question<'_>) -> Result<Sensitivity, Failure> {
    if scenario.has_neighbours() {
        return Err(Failure::Neighbours);
    }
    if scenario.script.is_some() {
        return Err(Failure::Input("the pods follow a recording, in which nothing can be varied".into()));
    }
    if plan.replications < FEWEST {
        return Err(Failure::Input(format!(
            "{} rollouts at a point are too few for a 95th percentile: give --replications {FEWEST} or more",
            plan.replications
        )));
    }
    let ranges = asked::ranges(question.factors, scenario).map_err(Failure::Input)?;
    if ranges.is_empty() {
        return Err(Failure::Input("there is nothing that could be varied".into()));
    }
    let mut driver = Driver::new(plan, scenario, &ranges, question)?;
    let outcomes = ends(&mut driver, scenario)?;
    let mut found = Sensitivity {
        replications: driver.replications(),
        ranges: ranges.clone(),
        outcomes,
        screening: None,
        indices: None,
    };
    screen(&mut driver, &mut found, question.trajectories)?;
    share_out(&mut driver, &mut found, question.rows)?;
    Ok(found)
}

/// Every factor alone at both ends of its range.
fn ends(driver: &mut Driver<'_>, scenario: &Scenario) -> Result<Vec<Outcome>, Failure> {
    let ranges = driver.ranges().to_vec();
    let written: Vec<f64> = ranges.iter().map(|range| range.given).collect();
    let before = driver.records(std::slice::from_ref(&written))?.pop().unwrap_or_default();
    let scope = Scope::of(scenario);
    let mut outcomes = as_written(driver, &before, &scope);
    for (place, range) in ranges.iter().enumerate() {
        let mut both: Vec<[Option<End>; 2]> = vec![[None; 2]; outcomes.len()];
        for (side, level) in [range.low, range.high].into_iter().enumerate() {
            let mut levels = written.clone();
            levels[place] = level;
            let records = if level == range.given { Vec::new() } else { driver.one(&levels)? };
            for (outcome, own) in outcomes.iter().zip(&mut both) {
                own[side] = Some(end(outcome, level, (&before, &scope), (&records, &driver.scope(&levels)?)));
            }
        }
        for (outcome, own) in outcomes.iter_mut().zip(both) {
            if let [Some(low), Some(high)] = own {
                outcome.ends.push([low, high]);
            }
        }
    }
    Ok(outcomes)
}

/// The figures that have a value as everything is written.
fn as_written(driver: &Driver<'_>, records: &[Record], scope: &Scope) -> Vec<Outcome> {
    let statistics = driver.statistics(records, scope);
    let known = |headline: Headline| {
        let as_written = *statistics.get(headline.figure)?;
        // A length of time that too few rollouts reach is an answer too. A rate of stalls has none without a deadline.
        let is_known = as_written.value.is_some() || headline == DURATION_P95;
        let empty = Outcome { headline, as_written, ends: Vec::new(), effects: Vec::new(), indices: Vec::new() };
        is_known.then_some(empty)
    };
    OUTCOMES.into_iter().filter_map(known).collect()
}

fn end(outcome: &Outcome, level: f64, before: (&[Record], &Scope), after: (&[Record], &Scope)) -> End {
    if after.0.is_empty() {
        return End { level, value: outcome.as_written.value, difference: None };
    }
    let paired = differences_of(&[outcome.headline.figure], before, after);
    let paired = paired.first().map(|one| one.paired);
    let value = crate::analysis::Statistics::of(after.0, after.1).value(outcome.headline.figure);
    let difference = paired.map(|paired| paired.difference).filter(|difference| difference.value.is_some());
    End { level, value, difference }
}

/// Varies all factors together, along trajectories.
fn screen(driver: &mut Driver<'_>, found: &mut Sensitivity, count: u32) -> Result<(), Failure> {
    if count == 0 {
        return Ok(());
    }
    let varied: Vec<usize> = (0..found.ranges.len()).collect();
    let design = trajectories(varied.len(), count as usize, driver.seed());
    let points: Vec<Vec<f64>> = design.iter().flat_map(|one| one.points.clone()).collect();
    let outputs = driver.outputs(&varied, &points, &headlines(found))?;
    for (outcome, own) in found.outcomes.iter_mut().zip(&outputs) {
        outcome.effects = effects(&design, own);
    }
    found.screening = Some(Design { count, varied, points, outputs });
    Ok(())
}

/// Computes the shares of the variance, for the factors that the screening has left.
fn share_out(driver: &mut Driver<'_>, found: &mut Sensitivity, count: u32) -> Result<(), Failure> {
    let varied: Vec<usize> = (0..found.ranges.len()).filter(|place| matters(found, *place)).collect();
    if count == 0 || varied.is_empty() {
        return Ok(());
    }
    let rows = Rows::new(varied.len(), count as usize, driver.seed());
    let points = rows.points();
    let outputs = driver.outputs(&varied, &points, &headlines(found))?;
    let factors = found.ranges.len();
    for (outcome, own) in found.outcomes.iter_mut().zip(&outputs) {
        let mut all: Vec<Option<Index>> = vec![None; factors];
        for (place, index) in varied.iter().zip(indices(&rows, own)) {
            all[*place] = Some(index);
        }
        outcome.indices = all;
    }
    found.indices = Some(Design { count, varied, points, outputs });
    Ok(())
}

/// Whether a factor moves any figure by more than little, as the screening has it.
fn matters(found: &Sensitivity, factor: usize) -> bool {
    let of = |outcome: &Outcome, place: usize| {
        outcome.effects.get(place).and_then(|effect| effect.mu_star.value).unwrap_or(f64::INFINITY)
    };
    found.outcomes.iter().any(|outcome| {
        let most = (0..found.ranges.len()).map(|place| of(outcome, place)).fold(0.0, f64::max);
        most > 0.0 && of(outcome, factor) >= NEGLIGIBLE * most
    })
}

fn headlines(found: &Sensitivity) -> Vec<Headline> {
    found.outcomes.iter().map(|outcome| outcome.headline).collect()
}
