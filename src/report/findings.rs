//! The findings of a sweep in sentences, each with its value and the limits of it.

use std::collections::BTreeMap;

use super::doubt::{held, no_p95};
use super::format;
use super::provenance::Provenance;
use super::text::called;
use crate::analysis::headlines::{
    DIP_MEAN, DIP_POD_SECONDS, DURATION_P50, DURATION_P95, Headline, PODS_P95, ROLLED_BACK, STALLED, SUPERSEDED, SURGE,
    UNFINISHED,
};
use crate::analysis::{
    ScenarioResult, TradeOff, Verdict, all_met, cases, fastest_that_meets, front, least, most, spread,
};
use crate::metrics::{Figure, Statistic, metric};
use crate::plan::{Case, Objective};
use crate::stats::Estimate;

/// Sentences under a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// The heading.
    pub(super) heading: &'static str,
    /// The sentences; never empty.
    pub(super) sentences: Vec<String>,
}

/// Of more cases than this an even selection is described.
const CASES: usize = 8;

/// Mean time below the floor of available pods, which one sentence reports.
const BELOW_FLOOR: Figure = Figure::of(&metric::BELOW_FLOOR, Statistic::Mean);

/// `1m 25s (1m 24s to 1m 26s)`; `None` where the data support no value.
fn limits(result: &ScenarioResult, figure: Figure) -> Option<String> {
    limits_of(result.statistics.get(figure)?, |value| format::value(figure.unit(), value))
}

/// `p95 duration 1m 25s (1m 24s to 1m 26s)`
fn phrase(result: &ScenarioResult, headline: &Headline) -> Option<String> {
    Some(format!("{} {}", headline.phrase, limits(result, headline.figure)?))
}

/// The phrases of those `headlines` that the scenario has.
fn phrases(result: &ScenarioResult, headlines: [Headline; 3]) -> String {
    let phrases: Vec<_> = headlines.iter().filter_map(|headline| phrase(result, headline)).collect();
    phrases.join("; ")
}

/// `1m 25s (1m 24s to 1m 26s)`; only one limit where the data support no other.
fn limits_of(estimate: &Estimate, show: impl Fn(f64) -> String) -> Option<String> {
    let value = show(estimate.value.filter(|value| value.is_finite())?);
    Some(match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{value} ({} to {})", show(low), show(high)),
        (Some(low), None) => format!("{value} (at least {})", show(low)),
        _ => value,
    })
}

/// All findings on `results`.
#[must_use]
pub(super) fn findings(provenance: &Provenance, results: &[ScenarioResult], verdicts: &[Verdict<'_>]) -> Vec<Section> {
    let all: Vec<_> = results.iter().collect();
    let parts = [
        ("What to choose", choices(&all, verdicts)),
        ("Objectives", provenance.objectives.iter().map(|objective| held_against(objective, &all, verdicts)).collect()),
        ("What hurts", harms(provenance, &all)),
        ("Worth knowing", surprises(&all)),
    ];
    let part =
        |(heading, sentences): (_, Vec<String>)| (!sentences.is_empty()).then_some(Section { heading, sentences });
    parts.into_iter().filter_map(part).collect()
}

fn choices(all: &[&ScenarioResult], verdicts: &[Verdict<'_>]) -> Vec<String> {
    let good: Vec<_> = all.iter().copied().filter(|result| all_met(result, verdicts) == Some(true)).collect();
    let of = format::plural(all.len() as u64, "scenario");
    let mut sentences = Vec::new();
    if !verdicts.is_empty() {
        sentences.push(match good.len() {
            0 => format!("None of {of} meets all objectives."),
            count => format!("{} of {of} meet all objectives.", format::count(count as u64)),
        });
    }
    let cases = cases(all);
    if cases.len() > 1 && cases.iter().any(|case| case.alternatives.len() > 1) {
        sentences.extend(spread(&cases.iter().collect::<Vec<_>>(), CASES).into_iter().map(|one| choice(one, verdicts)));
        if cases.len() > CASES {
            let all = format::count(cases.len() as u64);
            sentences
                .push(format!("These are {CASES} of {all} worlds to choose in; the table below has all scenarios."));
        }
        return sentences;
    }
    let (candidates, whose) = if good.is_empty() { (all, "") } else { (good.as_slice(), " of these") };
    for (least_of, word, headlines) in [
        (DURATION_P95, "Fastest", [DURATION_P95, DIP_MEAN, PODS_P95]),
        (DIP_MEAN, "Least dip", [DIP_MEAN, DURATION_P95, PODS_P95]),
        (SURGE, "Least surge", [PODS_P95, DURATION_P95, DIP_MEAN]),
    ] {
        let Some(best) = least(candidates, least_of.figure) else { continue };
        sentences.push(format!("{word}{whose}: {}: {}.", called(best), phrases(best, headlines)));
    }
    sentences
}

/// The sentence on what to choose in a case, in which all other swept parameters are fixed.
fn choice(case: &Case<&ScenarioResult>, verdicts: &[Verdict<'_>]) -> String {
    let at = format::parameters(&case.parameters);
    let good = fastest_that_meets(&case.alternatives, verdicts);
    let best = good.or_else(|| least(&case.alternatives, DURATION_P95.figure));
    let (Some(best), scenarios) = (best, format::plural(case.alternatives.len() as u64, "scenario")) else {
        let why = case.alternatives.iter().find_map(|result| no_p95(result)).unwrap_or_default();
        return format!("{at}: no p95 duration: {why}.");
    };
    let met = case.alternatives.iter().filter(|result| all_met(result, verdicts) == Some(true)).count() as u64;
    let word = match (verdicts.is_empty(), good.is_some()) {
        (true, _) => "fastest".into(),
        (false, true) => format!("{} of {scenarios} meet all objectives, fastest", format::count(met)),
        (false, false) => format!("none of {scenarios} is shown to meet all objectives; fastest"),
    };
    format!("{at}: {word}: {}: {}.", called(best), phrases(best, [DURATION_P95, DIP_MEAN, PODS_P95]))
}

fn held_against(objective: &Objective, all: &[&ScenarioResult], verdicts: &[Verdict<'_>]) -> String {
    let text = format!("{}: {}", objective.text, held(objective, verdicts, all));
    let best = if objective.at_most { least } else { most }(all, objective.figure);
    let figure = best.and_then(|best| Some(format!(". Best: {}, {}", called(best), limits(best, objective.figure)?)));
    text + &figure.unwrap_or_default() + "."
}

/// The mean of a figure at the levels of one parameter, while all other parameters are the same.
struct Effect<'a> {
    parameter: &'a str,
    low: (&'a str, f64),
    high: (&'a str, f64),
    /// Least and greatest difference between the two levels, over the combinations of the other parameters.
    range: (f64, f64),
    /// Number of combinations of the other parameters in which every level was run.
    sets: u64,
}

/// For each figure the parameter that changes it most. Only scenarios that differ in that parameter alone are compared.
fn harms(provenance: &Provenance, all: &[&ScenarioResult]) -> Vec<String> {
    let mut sentences = Vec::new();
    for headline in [DURATION_P95, DIP_MEAN, STALLED, PODS_P95] {
        let effects = (0..provenance.parameters.len()).filter_map(|position| effect(all, position, headline.figure));
        let most = effects.max_by(|a, b| (a.high.1 - a.low.1).total_cmp(&(b.high.1 - b.low.1)));
        let Some(effect) = most.filter(|effect| effect.high.1 > effect.low.1) else { continue };
        let Effect { parameter, low, high, range, sets } = effect;
        let show = |value| format::value(headline.figure.unit(), value);
        let over = if sets == 1 {
            String::new()
        } else {
            let apart = |value: f64| if value < 0.0 { format!("−{}", show(-value)) } else { show(value) };
            format!(
                ", on average over {} combinations of the other parameters (differences from {} to {})",
                format::count(sets),
                apart(range.0),
                apart(range.1)
            )
        };
        sentences.push(format::printable(&format!(
            "{}: most of all {parameter}. The {} goes from {} at {} to {} at {}{over}.",
            headline.harm,
            headline.phrase,
            show(low.1),
            low.0,
            show(high.1),
            high.0,
        )));
    }
    sentences.extend(no_node(all));
    sentences
}

/// Why no node took the pods of the scenario most of whose rollouts stalled for that.
fn no_node(all: &[&ScenarioResult]) -> Option<String> {
    let found = all.iter().filter_map(|result| Some((result, result.no_node.as_ref()?)));
    let (result, found) = found.rev().max_by_key(|(_, found)| found.rollouts)?;
    let sentence = super::no_node::sentence(found);
    Some(if all.len() == 1 { sentence } else { format!("{}: {sentence}", called(result)) })
}

fn effect<'a>(all: &[&'a ScenarioResult], position: usize, figure: Figure) -> Option<Effect<'a>> {
    let mut levels: Vec<&str> = Vec::new();
    let mut sets: BTreeMap<Vec<&str>, BTreeMap<&str, f64>> = BTreeMap::new();
    for result in all {
        let (_, level) = result.parameters.get(position)?;
        if !levels.contains(&level.as_str()) {
            levels.push(level);
        }
        let others = result.parameters.iter().enumerate().filter(|(other, _)| *other != position);
        let others = others.map(|(_, (_, value))| value.as_str()).collect();
        if let Some(value) = result.value(figure) {
            sets.entry(others).or_default().insert(level, value);
        }
    }
    let whole: Vec<_> = sets.values().filter(|set| set.len() == levels.len()).collect();
    if whole.is_empty() || levels.len() < 2 {
        return None;
    }
    let mean = |level: &'a str| (level, whole.iter().map(|set| set[level]).sum::<f64>() / whole.len() as f64);
    let means: Vec<_> = levels.iter().map(|level| mean(level)).collect();
    let low = means.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let high = means.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let differences = || whole.iter().map(|set| set[high.0] - set[low.0]);
    let range = (differences().fold(f64::INFINITY, f64::min), differences().fold(f64::NEG_INFINITY, f64::max));
    let parameter = all.first()?.parameters.get(position)?.0.as_str();
    Some(Effect { parameter, low, high, range, sets: whole.len() as u64 })
}

fn surprises(all: &[&ScenarioResult]) -> Vec<String> {
    [
        terminating(all),
        below_floor(all),
        beaten_defaults(all),
        long_tail(all),
        ended_so(all, UNFINISHED.figure, "not finished when the watch ended"),
        ended_so(all, ROLLED_BACK.figure, "rolled back"),
        ended_so(all, SUPERSEDED.figure, "superseded by another"),
        none_is_not_never(all),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The scenario with the greatest number; of equals the first.
fn greatest<'a>(
    all: &[&'a ScenarioResult],
    number: impl Fn(&ScenarioResult) -> Option<f64>,
) -> Option<(f64, &'a ScenarioResult)> {
    let known = all.iter().filter_map(|result| Some((number(result)?, *result)));
    known.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.scenario.cmp(&a.1.scenario)))
}

/// Kubernetes does not count Terminating pods against maxSurge, so there can be more pods than it says.
fn terminating(all: &[&ScenarioResult]) -> Option<String> {
    let over = |r: &ScenarioResult| Some(r.value(PODS_P95.figure)? - f64::from(r.bounds.ceiling));
    let (excess, worst) = greatest(all, over)?;
    (excess >= 1.0).then(|| {
        let pods = limits(worst, PODS_P95.figure)?;
        Some(format!(
            "More pods than maxSurge says: {} has {pods} pods at once (p95) where the strategy allows {}, because \
             Kubernetes does not count Terminating pods, which still take room on nodes.",
            called(worst),
            format::count(worst.bounds.ceiling.into()),
        ))
    })?
}

fn below_floor(all: &[&ScenarioResult]) -> Option<String> {
    let worst = most(all, BELOW_FLOOR)?;
    (worst.statistics.get(BELOW_FLOOR)?.low? > 0.0).then(|| {
        let count = all.iter().filter(|result| result.value(BELOW_FLOOR) > Some(0.0)).count();
        Some(format!(
            "Fewer pods than maxUnavailable says, by faults or because more were asked for: in {count} of {} available pods fell below that floor; longest in {}, \
             {} a rollout on average.",
            format::plural(all.len() as u64, "scenario"),
            called(worst),
            limits(worst, BELOW_FLOOR)?,
        ))
    })?
}

/// Kubernetes' default strategy, 25% and 25%, compared with the scenarios that no other beats.
fn beaten_defaults(all: &[&ScenarioResult]) -> Option<String> {
    let is = |result: &ScenarioResult, name: &str| {
        result.parameters.iter().any(|(path, value)| path.rsplit('.').next() == Some(name) && value == "25%")
    };
    let default = all.iter().find(|r| is(r, "maxSurge") && is(r, "maxUnavailable"))?;
    let same = |other: &&&ScenarioResult| {
        let rest = |r: &ScenarioResult| -> Vec<_> {
            let strategy = |path: &str| matches!(path.rsplit('.').next(), Some("maxSurge" | "maxUnavailable"));
            r.parameters.iter().filter(|(path, _)| !strategy(path)).cloned().collect()
        };
        rest(other) == rest(default)
    };
    let points: Vec<_> = all.iter().filter(same).filter_map(|result| TradeOff::of(result)).collect();
    let clearly = |headline: Headline, better: &ScenarioResult| {
        let estimate = |result: &ScenarioResult| result.statistics.get(headline.figure).copied();
        let ends = estimate(better).and_then(|one| one.high).zip(estimate(default).and_then(|one| one.low));
        ends.is_some_and(|(high, low)| high < low)
    };
    let better = front(&points)
        .into_iter()
        .find(|point| clearly(DURATION_P95, point.result) && clearly(DIP_POD_SECONDS, point.result))?;
    Some(format!(
        "Kubernetes' default strategy is beaten in both speed and availability: {} has {}, {} and {}; {} has {}, {} and {}.",
        called(default),
        phrase(default, &DURATION_P95)?,
        phrase(default, &DIP_POD_SECONDS)?,
        phrase(default, &PODS_P95)?,
        called(better.result),
        phrase(better.result, &DURATION_P95)?,
        phrase(better.result, &DIP_POD_SECONDS)?,
        phrase(better.result, &PODS_P95)?,
    ))
}

fn long_tail(all: &[&ScenarioResult]) -> Option<String> {
    let ratio = |r: &ScenarioResult| {
        let (half, nearly_all) = (r.value(DURATION_P50.figure)?, r.value(DURATION_P95.figure)?);
        (half > 0.0).then_some(nearly_all / half)
    };
    let (ratio, worst) = greatest(all, ratio)?;
    (ratio >= 2.0).then(|| {
        Some(format!(
            "The median tells little: in {} half of the rollouts are over within {}, but one in twenty takes longer than {}.",
            called(worst),
            limits(worst, DURATION_P50.figure)?,
            limits(worst, DURATION_P95.figure)?,
        ))
    })?
}

fn ended_so(all: &[&ScenarioResult], rate: Figure, how: &str) -> Option<String> {
    let worst = most(all, rate)?;
    (worst.value(rate)? > 0.0).then(|| {
        let count = all.iter().filter(|result| result.value(rate) > Some(0.0)).count();
        Some(format!(
            "In {count} of {} some rollouts were {how}; most often in {}, {}.",
            format::plural(all.len() as u64, "scenario"),
            called(worst),
            limits(worst, rate)?
        ))
    })?
}

/// The stall rate that is still possible where none of n rollouts stalled.
fn none_is_not_never(all: &[&ScenarioResult]) -> Option<String> {
    let none = all.iter().filter(|result| result.value(STALLED.figure) == Some(0.0));
    let least = none.min_by_key(|r| r.statistics.n)?;
    let high = least.statistics.get(STALLED.figure)?.high?;
    Some(format!(
        "No stall seen is not none at all: {} without one are compatible with a rate of up to {} (95 %).",
        format::plural(least.statistics.n, "rollout"),
        format::percent(high)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::verdicts;
    use crate::report::tests::fixture;
    use crate::report::text::summary;

    fn all(objectives: &[&str], results: &[ScenarioResult], parameters: &[&str]) -> String {
        let (plan, _) = fixture::one();
        let objectives: Vec<_> = objectives.iter().map(|text| Objective::parse(text).unwrap()).collect();
        let mut provenance = Provenance { objectives, ..Provenance::of(&plan) };
        provenance.parameters = parameters.iter().map(|path| (*path).to_owned()).collect();
        let verdicts = verdicts(&provenance.objectives, results);
        let parts = findings(&provenance, results, &verdicts);
        parts.iter().flat_map(|part| &part.sentences).map(|sentence| format!("{sentence}\n")).collect()
    }

    #[test]
    fn choices_come_with_numbers_and_limits() {
        let (_, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        let text = all(&["p95 duration_s <= 1m"], &results, &["maxSurge", "maxUnavailable"]);
        let expected = format!("p95 duration {}", limits(&results[3], DURATION_P95.figure).unwrap());
        assert!(text.contains("of 5 scenarios meet all objectives."), "{text}");
        assert!(text.contains(&expected), "{expected} is not in\n{text}");
    }

    /// What the terminal says: a limit of the interval decides, not the estimate.
    #[test]
    fn objectives_are_held_as_on_the_terminal() {
        let (mut plan, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        let estimate = results[3].statistics.get(DURATION_P95.figure).unwrap();
        let between = f64::midpoint(estimate.value.unwrap(), estimate.high.unwrap());
        let objective = Objective::parse(&format!("p95 duration_s <= {between}")).unwrap();
        plan.objectives = vec![objective];
        let verdicts = verdicts(&plan.objectives, &results);
        assert_eq!(verdicts[3].met, None);
        let page = &findings(&Provenance::of(&plan), &results, &verdicts)[1].sentences[0];
        let terminal = summary(&plan, &results, &verdicts, 1000);
        let terminal = terminal.lines().find_map(|line| line.strip_prefix("Objective ")).unwrap();
        assert!(page.starts_with(terminal.trim_end_matches('.')), "{terminal}\n{page}");
    }

    #[test]
    fn effects_compare_only_what_differs_in_nothing_else() {
        // 0/0 is refused, so that maxUnavailable 0 and 25% are compared under maxSurge 25% and 100% alone.
        let (_, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        let every: Vec<_> = results.iter().collect();
        let effect = effect(&every, 1, DIP_MEAN.figure).unwrap();
        assert_eq!((effect.low.0, effect.high.0, effect.sets), ("0", "25%", 2));
        let dip = |id: usize| results[id].value(DIP_MEAN.figure).unwrap();
        assert!((effect.high.1 - f64::midpoint(dip(2), dip(4))).abs() < 1e-12);
    }

    #[test]
    fn nothing_known_says_nothing_strange() {
        let (_, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
        for result in &mut results {
            result.statistics.lines.clear();
        }
        assert_eq!(all(&[], &results, &["maxSurge"]), "");
        assert_eq!(all(&["stalled_rate <= 1%"], &[], &[]), "stalled_rate <= 1%: met by 0 of 0 scenarios.\n");
    }
}
