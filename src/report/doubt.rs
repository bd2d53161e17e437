//! Why the simulated rollouts leave a question open, and how many rollouts would answer it.

use super::format;
use crate::analysis::headlines::{COMPLETED, DURATION_P95};
use crate::analysis::{Difference, ScenarioResult, Tally, Verdict, fewest, tally};
use crate::plan::Objective;
use crate::stats::{OrderStatistic, Paired};

/// `72 rollouts are needed, 60 were run`
fn more(needed: u64, run: u64) -> String {
    let were = if run == 1 { "was" } else { "were" };
    format!("{} are needed, {} {were} run", format::plural(needed, "rollout"), format::count(run))
}

/// Why there is no p95 duration; `None` where there is one.
pub(super) fn no_p95(result: &ScenarioResult) -> Option<String> {
    if result.value(DURATION_P95.figure).is_some() {
        return None;
    }
    let run = result.statistics.n;
    let needed = OrderStatistic::fewest(0.95).filter(|needed| *needed > run);
    Some(match needed {
        _ if result.value(COMPLETED.figure).is_some_and(|share| share < 0.95) => {
            "fewer than 95% of the rollouts completed".into()
        }
        Some(needed) => more(needed, run),
        None => "the rollouts that did not complete leave it open".into(),
    })
}

/// A sentence for each reason why scenarios have no p95 duration.
pub(super) fn unknown(all: &[&ScenarioResult]) -> Vec<String> {
    let mut reasons: Vec<(String, u64)> = Vec::new();
    for why in all.iter().filter_map(|result| no_p95(result)) {
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, count)) => *count += 1,
            None => reasons.push((why, 1)),
        }
    }
    let sentence =
        |(why, count): &(String, u64)| format!("No p95 duration for {}: {why}.", format::plural(*count, "scenario"));
    reasons.iter().map(sentence).collect()
}

/// Why there is no difference of a figure; `None` where there is one.
pub(super) fn no_difference(one: &Difference) -> Option<String> {
    let run = one.paired.difference.n;
    if one.paired.p_value.is_some() {
        return None;
    }
    let needed = one.figure.statistic.quantile().map_or(Some(2), Paired::fewest);
    Some(match needed.filter(|needed| *needed > run) {
        Some(needed) => more(needed, run),
        None => "too many rollouts did not complete".into(),
    })
}

/// How many rollouts are needed to decide the verdict; `None` unless too few rollouts are the only reason that it is
/// open.
pub(super) fn needed(verdict: &Verdict<'_>, result: &ScenarioResult) -> Option<String> {
    let run = result.statistics.n;
    let needed = fewest(verdict.objective).filter(|needed| verdict.met.is_none() && *needed > run)?;
    Some(more(needed, run))
}

/// `met by 3 of 5 scenarios; the data cannot tell for 1`, with the number of rollouts that are needed where they are
/// too few.
pub(super) fn held(objective: &Objective, verdicts: &[Verdict<'_>], all: &[&ScenarioResult]) -> String {
    let mut mine = verdicts.iter().filter(|one| one.objective == objective);
    let of = |verdict: &Verdict<'_>| all.iter().find(|result| result.scenario == verdict.scenario);
    let why = mine.find_map(|verdict| needed(verdict, of(verdict)?)).map_or(String::new(), |why| format!(" ({why})"));
    let Tally { met, open, .. } = tally(objective, verdicts);
    let doubt =
        if open > 0 { format!("; the data cannot tell for {}{why}", format::count(open)) } else { String::new() };
    format!("met by {} of {}{doubt}", format::count(met), format::plural(all.len() as u64, "scenario"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::headlines::DURATION_P50;
    use crate::report::tests::fixture;

    /// A result without a p95, of this number of rollouts, and with this share of them completed.
    fn result(run: u64, completed: f64) -> ScenarioResult {
        let mut result = fixture::one().1.remove(0);
        result.statistics.n = run;
        for line in &mut result.statistics.lines {
            if line.figure == DURATION_P95.figure {
                line.estimate.value = None;
            } else if line.figure == COMPLETED.figure {
                line.estimate.value = Some(completed);
            }
        }
        result
    }

    #[test]
    fn too_few_is_said_with_the_number_needed() {
        let (few, never, odd) = (result(60, 1.0), result(60, 0.94), result(1000, 0.97));
        assert_eq!(no_p95(&few).as_deref(), Some("72 rollouts are needed, 60 were run"));
        assert_eq!(no_p95(&result(1, 1.0)).as_deref(), Some("72 rollouts are needed, 1 was run"));
        assert_eq!(no_p95(&fixture::one().1[0]), None);
        assert_eq!(
            unknown(&[&few, &never, &few, &odd]),
            [
                "No p95 duration for 2 scenarios: 72 rollouts are needed, 60 were run.",
                "No p95 duration for 1 scenario: fewer than 95% of the rollouts completed.",
                "No p95 duration for 1 scenario: the rollouts that did not complete leave it open.",
            ]
        );
    }

    #[test]
    fn an_objective_that_is_open_for_want_of_rollouts_says_how_many_it_takes() {
        let objective = Objective::parse("stalled_rate <= 1%").unwrap();
        let held = |run, met| {
            let result = result(run, 1.0);
            let verdict = Verdict { objective: &objective, scenario: result.scenario, met };
            held(&objective, &[verdict], &[&result])
        };
        assert_eq!(
            held(200, None),
            "met by 0 of 1 scenario; the data cannot tell for 1 (299 rollouts are needed, 200 were run)"
        );
        assert_eq!(held(299, None), "met by 0 of 1 scenario; the data cannot tell for 1");
        assert_eq!(held(200, Some(false)), "met by 0 of 1 scenario");
    }

    #[test]
    fn a_difference_that_is_unknown_says_why() {
        let one = |figure, n| Difference { figure, paired: Paired::unknown(n) };
        let (median, p95) = (DURATION_P50.figure, DURATION_P95.figure);
        assert_eq!(no_difference(&one(p95, 71)).as_deref(), Some("72 rollouts are needed, 71 were run"));
        assert_eq!(no_difference(&one(median, 5)).as_deref(), Some("6 rollouts are needed, 5 were run"));
        assert_eq!(no_difference(&one(p95, 72)).as_deref(), Some("too many rollouts did not complete"));
    }
}
