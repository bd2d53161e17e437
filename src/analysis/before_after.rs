//! Two versions of a workload under common random numbers: what is better, what is worse, and what costs more.

use super::difference::differences_of;
use super::headlines::{
    AVAILABLE_P05, COMPLETED, DIP_P95, DURATION_P95, Headline, LOST_REQUESTS, PODS_P95, STALLED, SURGE,
};
use super::scope::Scope;
use super::statistics::Statistics;
use super::verdict::meets;
use crate::metrics::{About, Figure, Kind, Measure, Record, Statistic, metric};
use crate::plan::Objective;
use crate::stats::{Estimate, Paired, holm};

/// A difference whose probability, adjusted by Holm's procedure, is at most this is said to be shown.
const LEVEL: f64 = 0.05;

/// What people wish of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Little of it.
    Less,
    /// Much of it.
    More,
    /// Little of it, because it takes room; it is not what a rollout is for.
    Room,
}

/// What a difference means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The second version is better.
    Better,
    /// The second version is worse.
    Worse,
    /// The second version takes more room.
    CostsMore,
    /// The second version takes less room.
    CostsLess,
    /// The rollouts show none.
    NotShown,
}

/// One figure of both versions.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The figure; its names where it is a headline.
    pub figure: Figure,
    /// The same as a headline; `None`: it is only an objective's.
    pub headline: Option<Headline>,
    /// The estimate for the first version and for the second.
    pub estimates: [Option<Estimate>; 2],
    /// The second less the first; `None` where this statistic has no limits for differences.
    pub paired: Option<Paired>,
    /// The probability of a difference like this where there is none, adjusted over all rows.
    pub p_holm: Option<f64>,
    /// What the difference means.
    pub effect: Effect,
}

/// What is known of one version: its records in order of replication, and what bounds them.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    /// One record for each replication.
    pub records: &'a [Record],
    /// What is known before.
    pub scope: &'a Scope,
    /// Its statistics.
    pub statistics: &'a Statistics,
    /// Desired pods.
    pub replicas: u32,
}

/// An objective, and whether each version is shown to meet it; `None`: the data cannot decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The objective.
    pub objective: Objective,
    /// Whether the first and the second version meet it.
    pub met: [Option<bool>; 2],
}

/// The figures of two versions in the order in which people read them, those of `objectives` included. Where there is no first
/// version, there are no differences.
#[must_use]
pub fn rows(first: Option<Version<'_>>, second: Version<'_>, objectives: &[Objective]) -> Vec<Row> {
    let figures = figures(first.unwrap_or(second), second, objectives);
    let names: Vec<Figure> = figures.iter().map(|(figure, ..)| *figure).filter(|one| has_difference(*one)).collect();
    let found = first.map_or_else(Vec::new, |first| {
        differences_of(&names, (first.records, first.scope), (second.records, second.scope))
    });
    let p_values: Vec<_> = found.iter().map(|one| one.paired.p_value).collect();
    let adjusted: Vec<_> = found.iter().zip(holm(&p_values)).collect();
    let row = |(figure, headline, wish): (Figure, Option<Headline>, Wish)| {
        let difference = adjusted.iter().find(|(one, _)| one.figure == figure);
        let paired = difference.map(|(one, _)| one.paired);
        let p_holm = difference.and_then(|(_, p)| *p);
        let estimates = [first, Some(second)].map(|version| version?.statistics.get(figure).copied());
        Row { figure, headline, estimates, paired, p_holm, effect: effect(wish, paired, p_holm) }
    };
    figures.into_iter().map(row).collect()
}

/// Whether each objective is met by the statistics of each version; a version that is not there meets none.
#[must_use]
pub fn held(objectives: &[Objective], versions: [Option<&Statistics>; 2]) -> Vec<Held> {
    let of =
        |objective: &Objective| versions.map(|version| version.and_then(|statistics| meets(objective, statistics)));
    objectives.iter().map(|objective| Held { objective: objective.clone(), met: of(objective) }).collect()
}

fn figures(first: Version<'_>, second: Version<'_>, objectives: &[Objective]) -> Vec<(Figure, Option<Headline>, Wish)> {
    let known = |headline: Headline, wish| (headline.figure, Some(headline), wish);
    // Counts of pods of Deployments that differ in size cannot be compared; shares can.
    let available =
        if first.replicas == second.replicas { known(AVAILABLE_P05, Wish::More) } else { known(DIP_P95, Wish::Less) };
    let mut figures = vec![known(DURATION_P95, Wish::Less), available];
    if first.scope.can_stall || second.scope.can_stall {
        figures.push(known(STALLED, Wish::Less));
    }
    let completed = |version: &Version<'_>| version.statistics.value(COMPLETED.figure) == Some(1.0);
    let is_asked = objectives.iter().any(|objective| objective.figure == COMPLETED.figure);
    if is_asked || ![first, second].iter().all(completed) {
        figures.push(known(COMPLETED, Wish::More));
    }
    if [first, second].iter().all(|version| version.scope.columns.have(About::Traffic)) {
        figures.push(known(LOST_REQUESTS, Wish::Less));
    }
    figures.extend([known(PODS_P95, Wish::Room), known(SURGE, Wish::Room)]);
    for objective in objectives {
        // The floor of availability is about the row of available pods.
        let floor = [&metric::BELOW_OBJECTIVE, &metric::WATCHED_BELOW_OBJECTIVE];
        let is_floor = matches!(objective.figure.measure, Measure::Metric(metric) if floor.contains(&metric));
        if !is_floor && !figures.iter().any(|(figure, ..)| *figure == objective.figure) {
            figures.push((objective.figure, None, if objective.at_most { Wish::Less } else { Wish::More }));
        }
    }
    figures
}

/// Whether there are limits for differences of the figure.
fn has_difference(figure: Figure) -> bool {
    match (figure.measure, figure.statistic) {
        (Measure::Rate(_), _) => true,
        (Measure::Metric(metric), statistic) => match metric.kind {
            Kind::Duration => statistic.quantile().is_some() || statistic == Statistic::RestrictedMean,
            Kind::Value => statistic.quantile().is_some() || statistic == Statistic::Mean,
            _ => false,
        },
    }
}

fn effect(wish: Wish, paired: Option<Paired>, p_holm: Option<f64>) -> Effect {
    let value = paired.and_then(|paired| paired.difference.value).unwrap_or(0.0);
    if value == 0.0 || p_holm.is_none_or(|p| p > LEVEL) {
        return Effect::NotShown;
    }
    match (wish, value > 0.0) {
        (Wish::Less, false) | (Wish::More, true) => Effect::Better,
        (Wish::Less, true) | (Wish::More, false) => Effect::Worse,
        (Wish::Room, true) => Effect::CostsMore,
        (Wish::Room, false) => Effect::CostsLess,
    }
}
