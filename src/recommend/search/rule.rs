//! The rule of choice on figures that are not those of a whole simulation: looks, and drawn surfaces.

use super::super::answer::Question;
use super::super::candidates::needs_new_object;
use super::super::criterion::Criterion;
use super::super::objectives;
use super::looks::figure;
use crate::analysis::pick::{has_room, zone_of};
use crate::metrics::Bounds;
use crate::plan::Objective;
use crate::scenario::Scenario;

/// A share of rollouts that fail more than in another strategy would be shown if it were so much more.
const SHOWN: f64 = 0.01;

/// More than this never complete.
const ALL: f64 = 0.999;

/// What the rule picks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Place {
    pub(super) recommended: Option<usize>,
    pub(super) fastest: Option<usize>,
    pub(super) least_room: Option<usize>,
}

/// The rule, for the strategies of a search.
pub(super) struct Rule<'a> {
    objectives: &'a [Objective],
    /// What a figure of each objective must be so that a whole simulation is expected to show that the objective is met.
    needed: Vec<Needed>,
    has_room: Vec<bool>,
    needs_new_object: Vec<bool>,
    indifference: Option<f64>,
    is_mean: bool,
}

#[derive(Clone, Copy)]
enum Needed {
    AtLeast(f64),
    AtMost(f64),
}

impl<'a> Rule<'a> {
    pub(super) fn new(
        (objectives, question, tail): (&'a [Objective], &Question, f64),
        scenarios: &[Scenario],
        now: Option<&Scenario>,
    ) -> Self {
        let needed = |objective: &Objective| match objectives::needed_share(objective, question.replications, tail) {
            Some(share) => Needed::AtLeast(share),
            None if objective.at_most => Needed::AtMost(objective.limit),
            None => Needed::AtLeast(objective.limit),
        };
        Self {
            objectives,
            needed: objectives.iter().map(needed).collect(),
            has_room: scenarios.iter().map(|one| has_room(&Bounds::of(one))).collect(),
            needs_new_object: scenarios.iter().map(|one| now.is_some_and(|now| needs_new_object(one, now))).collect(),
            indifference: question.indifference,
            is_mean: question.criterion != Criterion::Duration,
        }
    }

    /// What it picks of `places` by the values of their figures. Where none qualifies it picks the one that comes nearest.
    pub(super) fn pick(&self, places: &[usize], value: &dyn Fn(usize, usize) -> f64) -> Place {
        let missing = |place: usize| self.missing(place, value);
        let qualified = kept(places, |place| missing(place) <= 0.0 && value(figure::FAILED, place) < ALL);
        if qualified.is_empty() {
            return Place { recommended: least(places, missing), ..Place::default() };
        }
        let duration = |place: usize| value(figure::DURATION, place);
        let fastest = least(&qualified, duration);
        let recommended = match self.is_mean {
            true => least(&qualified, |place| value(figure::CRITERION, place)),
            false => self.by_rule(&qualified, value),
        };
        Place { recommended, fastest, least_room: least(&qualified, |place| value(figure::PODS, place).round()) }
    }

    fn by_rule(&self, qualified: &[usize], value: &dyn Fn(usize, usize) -> f64) -> Option<usize> {
        let duration = |place: usize| libm::exp(value(figure::DURATION, place));
        let least_of = |places: &[usize], of: &dyn Fn(usize) -> f64| {
            places.iter().map(|&one| of(one)).fold(f64::INFINITY, f64::min)
        };
        let fastest = least_of(qualified, &duration);
        let zone = zone_of(self.objectives, Some(fastest), self.indifference);
        let fast = kept(qualified, |place| duration(place) <= fastest + zone);
        let failed = |place: usize| value(figure::FAILED, place);
        let least_failed = least_of(&fast, &failed).max(0.0);
        let reliable = kept(&fast, |place| failed(place) <= least_failed + SHOWN);
        let unavailable = |place: usize| -value(figure::AVAILABLE, place).round();
        let most = least_of(&reliable, &unavailable);
        let available = kept(&reliable, |place| unavailable(place) <= most);
        let with_room = unless_none(&available, |place| self.has_room[place]);
        let in_place = unless_none(&with_room, |place| !self.needs_new_object[place]);
        least(&in_place, |place| value(figure::SURGE, place))
    }

    /// How much of the objectives is missing, in all.
    fn missing(&self, place: usize, value: &dyn Fn(usize, usize) -> f64) -> f64 {
        let of = |(objective, needed): (usize, &Needed)| {
            let own = value(figure::OBJECTIVES + objective, place);
            match *needed {
                Needed::AtLeast(limit) => (limit - own).max(0.0),
                Needed::AtMost(limit) => (own - limit).max(0.0),
            }
        };
        self.needed.iter().enumerate().map(of).sum()
    }
}

fn kept(places: &[usize], keep: impl Fn(usize) -> bool) -> Vec<usize> {
    places.iter().copied().filter(|&place| keep(place)).collect()
}

/// Those that are to be kept; all, where none is.
fn unless_none(places: &[usize], keep: impl Fn(usize) -> bool) -> Vec<usize> {
    let found = kept(places, keep);
    if found.is_empty() { places.to_vec() } else { found }
}

/// The first one with the least value.
fn least(places: &[usize], of: impl Fn(usize) -> f64) -> Option<usize> {
    places.iter().copied().min_by(|one, other| of(*one).total_cmp(&of(*other)))
}
