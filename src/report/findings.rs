//! What the results say to each question that the page asks, in sentences.

use std::collections::BTreeMap;

use super::chart::Topic;
use super::doubt::held;
use super::format;
use super::limits;
use super::provenance::Provenance;
use super::stall;
use super::text::called;
use super::words;
use crate::analysis::headlines::{
    AVAILABLE_P05, DIP_POD_SECONDS, DURATION_P50, DURATION_P95, Headline, PODS_P95, ROLLED_BACK, STALLED, SUPERSEDED,
    UNFINISHED,
};
use crate::analysis::{ScenarioResult, TradeOff, Verdict, front, is_release, least, most, tally};
use crate::metrics::{Figure, Statistic, metric};
use crate::plan::Objective;

/// A sentence that answers a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) topic: Topic,
    pub(super) sentence: String,
}

/// Mean time below the floor of available pods, which one sentence reports.
const BELOW_FLOOR: Figure = Figure::of(&metric::BELOW_FLOOR, Statistic::Mean);

/// `1m 25s`, with limits where they say something; `None` where the data support no value.
fn figure(result: &ScenarioResult, figure: Figure) -> Option<String> {
    let value = format::shown(figure.unit(), result.value(figure)?);
    let limits = result.statistics.get(figure).and_then(|estimate| limits::worth(figure, estimate, None));
    Some(limits.map_or_else(|| value.clone(), |(low, high)| format!("{value} ({low} to {high})")))
}

/// All findings on `results`.
#[must_use]
pub(super) fn findings(provenance: &Provenance, results: &[ScenarioResult], verdicts: &[Verdict<'_>]) -> Vec<Finding> {
    let all: Vec<_> = results.iter().collect();
    // Workloads of a release are no alternatives to one another.
    let several = all.len() > 1 && !is_release(results);
    let objectives = provenance.objectives.iter().filter(|_| several);
    let parts: [(Topic, Vec<String>); 5] = [
        (
            Topic::Decision,
            objectives
                .map(|one| held_against(one, &all, verdicts))
                .chain(beaten_defaults(&all).filter(|_| several))
                .collect(),
        ),
        (Topic::Settings, if several { effects(provenance, &all) } else { Vec::new() }),
        (
            Topic::Availability,
            [
                below_floor(&all),
                long_tail(&all),
                ended_so(&all, UNFINISHED.figure, "not finished when the watch ended"),
                ended_so(&all, ROLLED_BACK.figure, "rolled back"),
                ended_so(&all, SUPERSEDED.figure, "superseded by another"),
            ]
            .into_iter()
            .flatten()
            .collect(),
        ),
        (Topic::Stalls, [most_stalls(&all), cause(&all), no_node(&all)].into_iter().flatten().collect()),
        (Topic::Room, terminating(&all).into_iter().collect()),
    ];
    let part = |(topic, sentences): (Topic, Vec<String>)| {
        sentences.into_iter().map(move |sentence| Finding { topic, sentence })
    };
    parts.into_iter().flat_map(part).collect()
}

fn held_against(objective: &Objective, all: &[&ScenarioResult], verdicts: &[Verdict<'_>]) -> String {
    let asked = format!("{} {}", words::topic(objective), words::limit(objective, None));
    let text = format!("{}: {}", format::capital(&asked), held(objective, verdicts, all));
    let best = if objective.at_most { least } else { most }(all, objective.figure);
    let best = best.filter(|_| !objective.is_availability() && tally(objective, verdicts).met == 0);
    let best = best.and_then(|best| Some(format!(". Best: {}, {}", called(best), figure(best, objective.figure)?)));
    text + &best.unwrap_or_default() + "."
}

/// How often the scenario stalls that stalls most.
fn most_stalls(all: &[&ScenarioResult]) -> Option<String> {
    let worst = most(all, STALLED.figure)?;
    let rate = worst.value(STALLED.figure).filter(|rate| *rate > 0.0)?;
    if all.len() == 1 {
        let stalled = (rate * worst.statistics.n as f64).round() as u64;
        let of = format::plural(worst.statistics.n, "rollout");
        return Some(format!("{} of {of} stall, {}.", format::count(stalled), figure(worst, STALLED.figure)?));
    }
    let count = all.iter().filter(|result| result.value(STALLED.figure) > Some(0.0)).count() as u64;
    Some(format!(
        "Some rollouts stall in {} of {}; most in {}, {}.",
        format::count(count),
        format::plural(all.len() as u64, "scenario"),
        called(worst),
        figure(worst, STALLED.figure)?
    ))
}

/// What most of the stalled rollouts wait for, where most of them are.
fn cause(all: &[&ScenarioResult]) -> Option<String> {
    let worst = most(all, STALLED.figure)?;
    let sentence = stall::sentence(worst)?;
    Some(if all.len() == 1 { sentence } else { format!("{}: {sentence}", called(worst)) })
}

/// The mean of a figure at the levels of one parameter, while all other parameters are the same.
struct Effect<'a> {
    parameter: &'a str,
    low: (&'a str, f64),
    high: (&'a str, f64),
    /// Number of combinations of the other parameters in which every level was run.
    sets: u64,
}

/// For each figure the parameter that changes it most. Only scenarios that differ in that parameter alone are compared.
fn effects(provenance: &Provenance, all: &[&ScenarioResult]) -> Vec<String> {
    let mut sentences = Vec::new();
    for headline in [DURATION_P95, AVAILABLE_P05, STALLED, PODS_P95] {
        let effects = (0..provenance.parameters.len()).filter_map(|position| effect(all, position, headline.figure));
        let most = effects.max_by(|a, b| (a.high.1 - a.low.1).total_cmp(&(b.high.1 - b.low.1)));
        let Some(effect) = most.filter(|effect| effect.high.1 > effect.low.1) else { continue };
        let Effect { parameter, low, high, sets } = effect;
        let show = |value| format::shown(headline.figure.unit(), value);
        let means = if sets == 1 {
            String::new()
        } else {
            format!(" (means over {} settings of the others)", format::count(sets))
        };
        sentences.push(format::printable(&format!(
            "{} changes most with {parameter}: {} at {}, {} at {}{means}.",
            format::capital(headline.phrase),
            show(low.1),
            low.0,
            show(high.1),
            high.0,
        )));
    }
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
    let parameter = all.first()?.parameters.get(position)?.0.as_str();
    Some(Effect { parameter, low, high, sets: whole.len() as u64 })
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
        let pods = figure(worst, PODS_P95.figure)?;
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
            figure(worst, BELOW_FLOOR)?,
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
    let missing = |result: &ScenarioResult| Some(words::pod_minutes(result.value(DIP_POD_SECONDS.figure)?));
    Some(format!(
        "Kubernetes' default strategy is beaten in both speed and availability: {} has a p95 of {} and {} missing pod-minutes a rollout; {} has \
         {} and {}.",
        called(default),
        figure(default, DURATION_P95.figure)?,
        missing(default)?,
        called(better.result),
        figure(better.result, DURATION_P95.figure)?,
        missing(better.result)?,
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
            figure(worst, DURATION_P50.figure)?,
            figure(worst, DURATION_P95.figure)?,
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
            figure(worst, rate)?
        ))
    })?
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
        findings(&provenance, results, &verdicts).iter().map(|one| format!("{}\n", one.sentence)).collect()
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
        let page = &findings(&Provenance::of(&plan), &results, &verdicts)[0];
        assert_eq!(page.topic, Topic::Decision);
        let terminal = summary(&plan, &results, &verdicts, 1000);
        let terminal = terminal.lines().find_map(|line| line.strip_prefix("Objective ")).unwrap();
        let held = |text: &str| text.split_once(": met by").unwrap().1.trim_end_matches('.').to_owned();
        assert!(held(&page.sentence).starts_with(&held(terminal)), "{terminal}\n{page:?}");
    }

    #[test]
    fn effects_compare_only_what_differs_in_nothing_else() {
        // 0/0 is refused, so that maxUnavailable 0 and 25% are compared under maxSurge 25% and 100% alone.
        let (_, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        let every: Vec<_> = results.iter().collect();
        let effect = effect(&every, 1, DIP_POD_SECONDS.figure).unwrap();
        assert_eq!((effect.low.0, effect.high.0, effect.sets), ("0", "25%", 2));
        let missing = |id: usize| results[id].value(DIP_POD_SECONDS.figure).unwrap();
        assert!((effect.high.1 - f64::midpoint(missing(2), missing(4))).abs() < 1e-9);
        let text = all(&[], &results, &["maxSurge", "maxUnavailable"]);
        assert!(text.contains("P95 duration changes most with maxSurge: "), "{text}");
    }

    #[test]
    fn nothing_known_says_nothing_strange() {
        let (_, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
        for result in &mut results {
            result.statistics.lines.clear();
        }
        assert_eq!(all(&[], &results, &["maxSurge"]), "");
        assert_eq!(all(&["stalled_rate <= 1%"], &[], &[]), "");
    }
}
