//! The rule of choice: which of several strategies a person would sign.
//!
//! 1. A strategy must be shown to meet every objective.
//! 2. Strategies are equally fast whose p95 of the duration is at most the zone above that of the fastest.
//! 3. Of these, none may be shown to stall, or not to complete, more often than another.
//! 4. Of these, the most pods are available at worst. That is the number that 95 of 100 rollouts never go below, which is what
//!    an objective of availability asks about; a mean would be a number of pods that no rollout has.
//! 5. Of these, no strategy asks for more pods than the nodes take where another does not.
//! 6. Of these, no strategy for which the object must be created anew where another does not need that.
//! 7. Of these, the fewest extra pods, counted over time; of equals the fastest, then the first.

use super::headlines::{AVAILABLE_P05, COMPLETED, DURATION_P95, Headline, PODS_P95, STALLED, SURGE};
use super::result::ScenarioResult;
use super::statistics::Statistics;
use super::verdict::{Verdict, all_met};
use crate::metrics::{Bounds, Kind, Measure};
use crate::plan::{Objective, POLICY};

/// The share of a limit of the duration that matters to nobody who set the limit.
const OF_LIMIT: f64 = 0.1;

/// The share of the duration of the fastest strategy that matters to nobody.
const OF_FASTEST: f64 = 0.05;

/// Seconds that matter to nobody.
const LEAST_ZONE: f64 = 1.0;

/// What the rule knows of a strategy.
#[derive(Clone, Copy, Debug)]
pub struct Contender<'a> {
    /// What was found of its rollouts.
    pub statistics: &'a Statistics,
    /// How many pods it may ask for, and how many the nodes take.
    pub bounds: Bounds,
    /// Whether it is one to choose from and shown to meet every objective.
    pub qualifies: bool,
    /// Whether the object must be deleted and created again to get it, because the API server lets nobody change a field.
    pub needs_new_object: bool,
}

/// What the rule picks. All strategies are places in the list of contenders.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Pick {
    /// The one that the rule recommends; `None` where none qualifies.
    pub recommended: Option<usize>,
    /// The one that qualifies and has the fewest pods at once; of equals the fastest.
    pub least_room: Option<usize>,
    /// The one that qualifies and has the least p95 of the duration; of equals the one that the rule prefers.
    pub fastest: Option<usize>,
    /// The one that runs now, whether it qualifies or not; `None` where it is not among the contenders.
    pub now: Option<usize>,
    /// A difference of the p95 of the duration that does not matter, in seconds.
    pub zone_s: f64,
    /// Those that qualify.
    pub qualified: Vec<usize>,
    /// Of these, those within the zone of the fastest.
    pub equally_fast: Vec<usize>,
    /// Of these, those that are not shown to stall, or not to complete, more often than another.
    pub as_reliable: Vec<usize>,
    /// Of these, those with the most pods available at worst.
    pub most_available: Vec<usize>,
    /// Of these, those for which the nodes have room; all, where they have room for none.
    pub with_room: Vec<usize>,
    /// Of these, those for which the object need not be created anew; all, where there are none.
    pub in_place: Vec<usize>,
}

impl Contender<'_> {
    fn value(&self, headline: Headline, missing: f64) -> f64 {
        self.statistics.value(headline.figure).unwrap_or(missing)
    }

    fn duration(&self) -> f64 {
        self.value(DURATION_P95, f64::INFINITY)
    }
}

/// Whether the nodes have room for all pods that a strategy may ask for, those included that a node autoscaler may add.
#[must_use]
pub fn has_room(bounds: &Bounds) -> bool {
    u64::from(bounds.ceiling) <= bounds.capacity
}

/// A difference of the p95 of the duration that does not matter, in seconds: `written` where it is; else a tenth of the
/// strictest limit that an objective sets to the duration, or a twentieth of the least p95, or a second, whichever is most.
#[must_use]
pub fn zone_s(objectives: &[Objective], contenders: &[Contender<'_>], written: Option<f64>) -> f64 {
    let durations = contenders.iter().filter(|one| one.qualifies).map(Contender::duration);
    zone_of(objectives, durations.min_by(f64::total_cmp), written)
}

/// The same, where the least p95 of those that qualify is `least`.
#[must_use]
pub fn zone_of(objectives: &[Objective], least: Option<f64>, written: Option<f64>) -> f64 {
    let of_duration = |objective: &&Objective| {
        objective.at_most && matches!(objective.figure.measure, Measure::Metric(one) if one.kind == Kind::Duration)
    };
    let limits = objectives.iter().filter(of_duration).map(|objective| OF_LIMIT * objective.limit);
    let of_limit = limits.min_by(f64::total_cmp).unwrap_or(0.0);
    let of_fastest = least.filter(|least| least.is_finite()).unwrap_or(0.0) * OF_FASTEST;
    written.unwrap_or_else(|| of_limit.max(of_fastest).max(LEAST_ZONE))
}

/// Applies the rule to `contenders`; `now` is the place of the strategy that runs now.
#[must_use]
pub fn pick(contenders: &[Contender<'_>], now: Option<usize>, zone_s: f64) -> Pick {
    let of = |place: usize| &contenders[place];
    let qualified: Vec<usize> = (0..contenders.len()).filter(|&place| of(place).qualifies).collect();
    let least = qualified.iter().map(|&place| of(place).duration()).fold(f64::INFINITY, f64::min);
    let equally_fast = kept(&qualified, |place| of(place).duration() <= least + zone_s);
    let reliable = kept(&equally_fast, |place| {
        !equally_fast.iter().any(|&other| is_shown_to_fail_more(of(place).statistics, of(other).statistics))
    });
    // Of two strategies one may stall more often and the other complete more seldom.
    let as_reliable = if reliable.is_empty() { equally_fast.clone() } else { reliable };
    let available = |place: usize| of(place).value(AVAILABLE_P05, 0.0);
    let most = as_reliable.iter().map(|&place| available(place)).fold(0.0, f64::max);
    let most_available = kept(&as_reliable, |place| available(place) >= most);
    let fitting = kept(&most_available, |place| has_room(&of(place).bounds));
    let with_room = if fitting.is_empty() { most_available.clone() } else { fitting };
    let changeable = kept(&with_room, |place| !of(place).needs_new_object);
    let in_place = if changeable.is_empty() { with_room.clone() } else { changeable };
    let least_of = |places: &[usize], key: &dyn Fn(usize) -> [f64; 3]| {
        places.iter().copied().min_by(|&a, &b| key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal))
    };
    let extra = |place: usize| of(place).value(SURGE, f64::INFINITY);
    let pods = |place: usize| of(place).value(PODS_P95, f64::INFINITY);
    let duration = |place: usize| of(place).duration();
    Pick {
        recommended: least_of(&in_place, &|place| [extra(place), duration(place), 0.0]),
        least_room: least_of(&qualified, &|place| [pods(place), duration(place), extra(place)]),
        fastest: least_of(&qualified, &|place| [duration(place), -available(place), extra(place)]),
        now,
        zone_s,
        qualified,
        equally_fast,
        as_reliable,
        most_available,
        with_room,
        in_place,
    }
}

/// Applies the rule to the results of a sweep, which must differ in the strategy alone (see [`super::cases`]). Without
/// objectives none is recommended, because none is shown to meet anything. `now` is the number of the scenario that stands for
/// what runs now.
#[must_use]
pub fn pick_of(
    results: &[&ScenarioResult],
    verdicts: &[Verdict<'_>],
    objectives: &[Objective],
    now: Option<u32>,
) -> Pick {
    let qualifies =
        |result: &ScenarioResult| all_met(result, verdicts) == Some(true) && result.value(COMPLETED.figure) > Some(0.0);
    let contenders: Vec<Contender<'_>> = results
        .iter()
        .map(|&result| Contender {
            statistics: &result.statistics,
            bounds: result.bounds,
            qualifies: qualifies(result),
            needs_new_object: needs_new_object(
                result,
                now.and_then(|now| results.iter().find(|one| one.scenario == now)),
            ),
        })
        .collect();
    let now = results.iter().position(|result| Some(result.scenario) == now);
    pick(&contenders, now, zone_s(objectives, &contenders, None))
}

/// Whether results differ in a field that the API server lets nobody change.
fn needs_new_object(one: &ScenarioResult, now: Option<&&ScenarioResult>) -> bool {
    let policy = |result: &ScenarioResult| {
        let is_policy = |path: &str| path.rsplit('.').next() == Some(POLICY);
        result.parameters.iter().find(|(path, _)| is_policy(path)).map(|(_, value)| value.clone())
    };
    now.is_some_and(|now| policy(one) != policy(now))
}

fn kept(places: &[usize], keep: impl Fn(usize) -> bool) -> Vec<usize> {
    places.iter().copied().filter(|&place| keep(place)).collect()
}

/// Whether the limits of both show that the first stalls more often than the second, or completes more seldom.
fn is_shown_to_fail_more(one: &Statistics, other: &Statistics) -> bool {
    let low = |statistics: &Statistics, headline: Headline| statistics.get(headline.figure).and_then(|one| one.low);
    let high = |statistics: &Statistics, headline: Headline| statistics.get(headline.figure).and_then(|one| one.high);
    let above = |low: Option<f64>, high: Option<f64>| low.zip(high).is_some_and(|(low, high)| low > high);
    above(low(one, STALLED), high(other, STALLED)) || above(low(other, COMPLETED), high(one, COMPLETED))
}
