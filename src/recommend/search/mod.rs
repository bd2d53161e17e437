//! Which of many strategies are worth simulating to the end.
//!
//! Neighbours in a grid of numbers are much alike, so that few short looks say much about all. A look simulates a quarter of the
//! replications of a strategy. The first looks are spread out over the grid. Then surfaces (stochastic kriging; Ankenman, Nelson and
//! Staum 2010) say what every strategy may be like, and the rule of choice is applied to surfaces that are drawn from what they leave
//! open: the strategies that it picks are looked at next, each as often as it may be the right one (Thompson sampling; Thompson,
//! Biometrika 25 (1933), 285-294; Russo and others, Foundations and Trends in Machine Learning 11 (2018), 1-96), with the neighbours of the
//! best so far (as R-SPLINE does; Wang, Pasupathy and Schmeiser, ACM Transactions on Modeling and Computer Simulation 23 (2013), 17).
//! What the draws pick at the end are the finalists, which the other stages simulate as if there were no others.
//!
//! The looks are on replications of their own, so that the finalists are fixed for the stages that promise something. What these promise
//! is about finalists; that the right strategy is among them rests on the surfaces and is no promise.

mod looks;
mod rule;
mod surfaces;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::answer::{Question, Search};
use super::candidates::{Set, do_the_same};
use super::replicate::Replicator;
use crate::plan::{Objective, ranks, scaled};
use crate::scenario::Scenario;
use crate::stats::kriging::spread_out;

use looks::Looks;
use rule::{Place, Rule};
use surfaces::Surfaces;

/// As many strategies, or fewer, are all simulated to the end.
const MOST_EXHAUSTIVE: usize = 200;

/// Most strategies that are simulated to the end after a search.
const MOST_FINALISTS: usize = 64;

/// The first looks for each parameter, and their bounds in all.
const FIRST: (usize, usize, usize) = (25, 60, 120);

/// Most looks, and most of a round.
const MOST_LOOKS: usize = 400;
const MOST_OF_ROUND: usize = 32;

/// Surfaces drawn in a round, and at the end.
const DRAWN: usize = 24;
const DRAWN_LAST: usize = 64;

/// What of the strategies looked at is simulated to the end in any case: the best so far and the next ones by the same rule.
const NEXT_BEST: usize = 12;

/// Leaves the strategies of `set` that are worth simulating to the end.
pub(super) fn narrow(set: Set, objectives: &[Objective], question: &Question, run: &Replicator) -> (Set, Search) {
    let (distinct, own) = distinct(&set);
    let scenarios: Vec<Scenario> = distinct.iter().map(|place| set.scenarios[*place].clone()).collect();
    let tail = (1.0 - question.confidence) / 2.0 / MOST_FINALISTS as f64;
    let ranks = ranks(&scenarios);
    let hunt = Hunt {
        points: scaled(&ranks),
        by_rank: ranks.iter().cloned().zip(0..).collect(),
        ranks,
        rule: Rule::new((objectives, question, tail), &scenarios, set.own.map(|own| &set.scenarios[own])),
        run,
    };
    let (looks, finalists, held) = hunt.finalists(Looks::new(&scenarios, objectives, question), own);
    let search = Search {
        candidates: scenarios.len(),
        looks: looks.known.len(),
        replications: looks.replications,
        finalists: finalists.len(),
        held,
    };
    (chosen(set, &distinct, &finalists), search)
}

/// The places of the strategies to choose from that differ in what the controllers do, and where among them the present one is.
fn distinct(set: &Set) -> (Vec<usize>, Option<usize>) {
    let mut known: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
    let mut distinct = Vec::new();
    for (place, rank) in ranks(&set.scenarios[..set.eligible]).into_iter().enumerate() {
        let alike = known.entry(rank).or_default();
        let is_new = !alike.iter().any(|other| do_the_same(&set.scenarios[*other], &set.scenarios[place]));
        if is_new || set.own == Some(place) {
            alike.push(place);
            distinct.push(place);
        }
    }
    let own = set.own.and_then(|own| distinct.iter().position(|place| *place == own));
    (distinct, own)
}

/// The set with the finalists alone, and what runs now.
fn chosen(set: Set, distinct: &[usize], finalists: &[usize]) -> Set {
    let places: Vec<usize> = finalists.iter().map(|one| distinct[*one]).collect();
    let mut scenarios: Vec<Scenario> = places.iter().map(|place| set.scenarios[*place].clone()).collect();
    let eligible = scenarios.len();
    let own = set.own.map(|own| {
        places.iter().position(|place| *place == own).unwrap_or_else(|| {
            scenarios.push(set.scenarios[own].clone());
            scenarios.len() - 1
        })
    });
    Set { origin: set.origin, scenarios, eligible, own }
}

/// What the search goes by.
struct Hunt<'a> {
    points: Vec<Vec<f64>>,
    ranks: Vec<Vec<u32>>,
    by_rank: BTreeMap<Vec<u32>, usize>,
    rule: Rule<'a>,
    run: &'a Replicator,
}

impl Hunt<'_> {
    /// All looks, the finalists in ascending order, and the share of the last surfaces whose pick is among them.
    fn finalists<'l>(&self, mut looks: Looks<'l>, own: Option<usize>) -> (Looks<'l>, Vec<usize>, f64) {
        let parameters = self.points.first().map_or(1, Vec::len);
        let first = (FIRST.0 * (parameters + 1)).clamp(FIRST.1, FIRST.2);
        looks.take(&spread_out(&self.points, own.as_slice(), first), self.run);
        let mut surfaces = Surfaces::default();
        let mut round = 0;
        while looks.known.len() < MOST_LOOKS {
            surfaces.fit(&looks, &self.points, self.run);
            let picks = self.picks(&surfaces, (DRAWN, round));
            let most = MOST_OF_ROUND.min(MOST_LOOKS - looks.known.len());
            let next = self.next(&looks, &picks, most);
            if next.is_empty() {
                break;
            }
            looks.take(&next, self.run);
            round += 1;
        }
        surfaces.fit(&looks, &self.points, self.run);
        let picks = self.picks(&surfaces, (DRAWN_LAST, round));
        let finalists = self.last(&looks, &picks, own);
        let held = picks.iter().filter(|pick| pick.recommended.is_none_or(|one| finalists.contains(&one))).count();
        let held = held as f64 / picks.len().max(1) as f64;
        (looks, finalists, held)
    }

    /// What the rule picks by each of `count` drawn surfaces.
    fn picks(&self, surfaces: &Surfaces, (count, round): (usize, u64)) -> Vec<Place> {
        let values = surfaces.drawn(&self.points, (count, self.run.seed().wrapping_add(round)), self.run);
        let all: Vec<usize> = (0..self.points.len()).collect();
        let one = |draw: usize| self.rule.pick(&all, &|figure, place| values.at(figure, place, draw));
        self.run.map(count, one)
    }

    /// Which strategies are looked at next: the picks without a look, the most frequent first, and neighbours of the best so far.
    fn next(&self, looks: &Looks<'_>, picks: &[Place], most: usize) -> Vec<usize> {
        let mut wanted: Vec<usize> = by_frequency(picks);
        wanted.extend(self.best_so_far(looks, 1).into_iter().flat_map(|best| self.neighbours(best)));
        let mut next: Vec<usize> = Vec::new();
        for place in wanted {
            if next.len() < most && !looks.known.contains_key(&place) && !next.contains(&place) {
                next.push(place);
            }
        }
        next
    }

    /// The finalists: the best so far and the next ones, what runs now, and the picks of the last surfaces.
    fn last(&self, looks: &Looks<'_>, picks: &[Place], own: Option<usize>) -> Vec<usize> {
        let mut wanted = self.best_so_far(looks, NEXT_BEST);
        wanted.extend(own);
        wanted.extend(by_frequency(picks));
        let mut last: Vec<usize> = Vec::new();
        for place in wanted {
            if last.len() < MOST_FINALISTS && !last.contains(&place) {
                last.push(place);
            }
        }
        last.sort_unstable();
        last
    }

    /// What the rule picks of those that had a look, again and again without what it has picked.
    fn best_so_far(&self, looks: &Looks<'_>, count: usize) -> Vec<usize> {
        let mut rest: Vec<usize> = looks.known.keys().copied().collect();
        let mut best = Vec::new();
        let value = |figure: usize, place: usize| looks.known.get(&place).map_or(f64::NAN, |look| look[figure].value);
        for round in 0..count {
            let pick = self.rule.pick(&rest, &value);
            // The fastest and the one with the least room stand beside the recommended one in the answer.
            let beside = [pick.fastest, pick.least_room].into_iter().flatten().filter(|_| round == 0);
            let found: Vec<usize> = pick.recommended.into_iter().chain(beside).collect();
            rest.retain(|place| pick.recommended != Some(*place));
            best.extend(found);
        }
        best
    }

    /// The strategies that differ from one by one step in one parameter.
    fn neighbours(&self, place: usize) -> Vec<usize> {
        let own = &self.ranks[place];
        let steps = (0..own.len()).flat_map(|parameter| [(parameter, 1), (parameter, -1)]);
        let step = |(parameter, by): (usize, i32)| {
            let mut there = own.clone();
            there[parameter] = there[parameter].checked_add_signed(by)?;
            self.by_rank.get(&there).copied()
        };
        steps.filter_map(step).collect()
    }
}

/// The picks, those that most surfaces have first; of equals the recommended ones, and then the first.
fn by_frequency(picks: &[Place]) -> Vec<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for pick in picks {
        // A recommended one counts as much as all that stands beside others.
        pick.recommended.into_iter().for_each(|one| *counts.entry(one).or_default() += picks.len());
        [pick.fastest, pick.least_room].into_iter().flatten().for_each(|one| *counts.entry(one).or_default() += 1);
    }
    let mut all: Vec<(usize, usize)> = counts.into_iter().collect();
    all.sort_by_key(|one| Reverse(one.1));
    all.into_iter().map(|(place, _)| place).collect()
}

/// Whether a question about so many strategies is answered by a search.
pub(super) fn is_large(eligible: usize, question: &Question) -> bool {
    !question.exhaustive && eligible > MOST_EXHAUSTIVE
}
