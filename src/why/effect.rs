//! What a remedy does, measured: the same replications with the same random numbers, with it and without.

use super::remedy::Remedy;
use crate::analysis::headlines::{DURATION_P95, STALLED};
use crate::analysis::{Scope, differences_of};
use crate::experiment::{Effort, RunError, records};
use crate::metrics::{Figure, Record, Statistic, metric};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::stats::Paired;
use crate::sweep::Block;
use crate::what_if::MOST;

/// What follows a run: it gets the plan before the run begins, and gives what gets each of its blocks.
pub type Watch<'a> = &'a dyn Fn(&Plan) -> Box<dyn Fn(&Block)>;

/// Whether something helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Help {
    /// The whole 95% interval of the difference is on the better side.
    Helps,
    /// The interval has both signs, or no difference at all was seen.
    NotShown,
    /// The whole interval is on the worse side.
    Hurts,
}

/// What a remedy does to a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The remedy.
    pub remedy: Remedy,
    /// The figure: the rate of stalled rollouts, or of the duration the 95th percentile, or where that has no limits the mean.
    pub figure: Figure,
    /// The figure with the remedy less that without it, replication by replication.
    pub paired: Paired,
    /// In how many replications both were run.
    pub n: u32,
}

impl Effect {
    /// Whether it helps: of every figure here less is better.
    #[must_use]
    pub fn help(&self) -> Help {
        match (self.paired.difference.low, self.paired.difference.high) {
            (_, Some(high)) if high < 0.0 => Help::Helps,
            (Some(low), _) if low > 0.0 => Help::Hurts,
            _ => Help::NotShown,
        }
    }
}

/// Runs `plan`, which has one scenario with these `records`, once more with each of `remedies`. Where the question is about
/// `stalls`, the rate of stalled rollouts is compared, else durations. Remedies that would change nothing are left out. Of more
/// than [`MOST`] replications the first ones are run again: what a remedy does shows in these.
///
/// # Errors
/// When the run is stopped, or the operating system gives no threads.
pub fn effects(
    plan: &Plan,
    kept: &[Record],
    remedies: &[Remedy],
    stalls: bool,
    (effort, watch): (Effort<'_>, Watch<'_>),
) -> Result<Vec<Effect>, RunError> {
    let Some(scenario) = plan.scenarios.first() else { return Ok(Vec::new()) };
    let mut tried: Vec<(Remedy, Scenario)> = Vec::new();
    for remedy in remedies {
        let known = tried.iter().any(|(other, _)| other == remedy);
        if let Some(changed) = remedy.applied(scenario).filter(|changed| !known && changed.check().is_ok()) {
            tried.push((*remedy, Scenario { id: tried.len() as u32, ..changed }));
        }
    }
    let scenarios: Vec<Scenario> = tried.iter().map(|(_, scenario)| scenario.clone()).collect();
    let kept = &kept[..compared(kept.len(), plan.sampling.group())];
    let others = Plan {
        scenarios,
        replications: kept.len().try_into().unwrap_or(u32::MAX),
        precision: None,
        baseline: None,
        ..plan.clone()
    };
    let measured = records(&others, effort, watch(&others))?;
    let mean = Figure::of(&metric::DURATION, Statistic::RestrictedMean);
    let figures: &[Figure] = if stalls { &[STALLED.figure] } else { &[DURATION_P95.figure, mean] };
    let effect = |((remedy, changed), records): (&(Remedy, Scenario), &Vec<Record>)| {
        let scopes = (Scope::of(scenario), Scope::of(changed));
        let all = differences_of(figures, (kept, &scopes.0), (records, &scopes.1));
        // Few replications know no limits of a percentile's difference, and those of the mean.
        let known = all.iter().find(|one| one.paired.difference.low.is_some()).or(all.first());
        let (figure, paired) = known.map_or((mean, Paired::unknown(0)), |one| (one.figure, one.paired));
        Effect { remedy: *remedy, figure, paired, n: others.replications }
    };
    Ok(tried.iter().zip(&measured).map(effect).collect())
}

/// How many of `all` replications are run again: whole groups of them, where they were drawn in groups.
fn compared(all: usize, group: Option<u32>) -> usize {
    let (most, group) = (MOST as usize, group.map_or(1, |group| group.max(1) as usize));
    if all <= most { all } else { (most / group * group).max(group).min(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_replications_are_compared_than_a_remedy_needs() {
        for (all, group, run) in [
            (0, None, 0),
            (2000, None, 2000),
            (10_000, None, 10_000),
            (1_000_000, None, 10_000),
            (1_000_000, Some(64), 9984),
            (50_000, Some(40_000), 40_000),
        ] {
            assert_eq!(compared(all, group), run, "{all} {group:?}");
        }
    }
}
