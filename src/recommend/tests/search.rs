//! The search over a grid that is too large to simulate all of it to the end.

use super::*;

/// 240 strategies, of which the sweep of 4 replicas leaves 225: `minReadySeconds` makes all but the first 15 slower than need be.
const GRID: &str = "
objectives: [availability: 75%, p95 duration_s <= 2m]
sweep:
  maxSurge: [0, 1, 2, 3]
  maxUnavailable: [0, 1, 2, 3]
  minReadySeconds: {from: 0, to: 14, step: 1}
";

fn asked(exhaustive: bool, threads: usize) -> Recommendation {
    let question = Question { exhaustive, ceiling: 400, ..question() };
    answers(GRID, &question, threads).1.pop().expect("a case")
}

fn chosen(found: &Recommendation) -> &Strategy {
    &found.strategies[found.choice.as_ref().expect("a choice").best]
}

#[test]
fn a_search_recommends_what_all_simulated_to_the_end_recommend() {
    let (all, found) = (asked(true, 0), asked(false, 0));
    assert_eq!((all.search, all.strategies.iter().filter(|one| one.eligible).count()), (None, 225));
    let search = found.search.expect("a search");
    assert_eq!((search.candidates, search.replications), (225, 200));
    assert!(search.looks < 225 && search.finalists <= 64 && search.held > 0.5, "{search:?}");
    // Close strategies may be taken for one another; the ends of the grid may not.
    assert_eq!(chosen(&found).parameters, chosen(&all).parameters, "{search:?}");
    // The present strategy is simulated to the end, and its place is its own.
    let own = |found: &Recommendation| found.strategies[found.own.expect("a place")].spec;
    assert_eq!(own(&found), own(&all));
}

#[test]
fn a_search_does_not_depend_on_threads() {
    assert_eq!(asked(false, 1), asked(false, 3));
}
