//! Why the rule of choice picks a strategy, what is gained and given up with it, and how sure that is.

use crate::analysis::headlines::{
    AVAILABLE_P05, COMPLETED, DURATION_P50, DURATION_P95, Headline, PODS_P95, STALLED, SURGE,
};
use crate::analysis::{ScenarioResult, Verdict, meets};
use crate::plan::{Objective, Present};
use crate::report::format;
use crate::report::subject::Choice;
use crate::report::words;
use crate::stats::proportion;

/// Strategies that a sentence names at most.
const NAMED: usize = 5;

/// More rollouts than this are not proposed.
const WORTH_PROPOSING: u64 = 10_000_000;

/// Why the recommended one is picked, in sentences.
pub(super) fn why(choice: &Choice<'_>, objectives: usize) -> Vec<String> {
    let Some(best) = choice.recommended() else { return Vec::new() };
    let pick = &choice.pick;
    let all = words::all_objectives(objectives);
    let (met, of) = (pick.qualified.len(), choice.alternatives.len());
    let mut reasons = vec![match met {
        1 => format!("It is the only one of {} that is shown to meet {all}.", strategies(of)),
        met => format!("{} of {} meet {all}.", format::capital(&words::counted(met)), strategies(of)),
    }];
    if met == 1 {
        return reasons;
    }
    let zone = format::limit(crate::metrics::Unit::Seconds, pick.zone_s);
    reasons.push(match pick.equally_fast.len() {
        1 => format!("It is the fastest of these, by more than {zone}."),
        fast => format!(
            "{} of these are equally fast, within {zone} ({}): {}.",
            format::capital(&words::counted(fast)),
            words::names(best),
            named(&choice.all_at(&pick.equally_fast))
        ),
    });
    if pick.as_reliable.len() < pick.equally_fast.len() {
        let left_out = pick.equally_fast.len() - pick.as_reliable.len();
        reasons.push(format!(
            "{} of these {} shown to stall, or not to complete, more often than another.",
            format::capital(&words::counted(left_out)),
            if left_out == 1 { "is" } else { "are" }
        ));
    }
    if pick.most_available.len() < pick.as_reliable.len() {
        reasons.push(format!(
            "Of these, {} {} the most pods available at worst: {}.",
            named(&choice.all_at(&pick.most_available)),
            if pick.most_available.len() == 1 { "keeps" } else { "keep" },
            words::available(best)
        ));
    }
    if pick.with_room.len() < pick.most_available.len() {
        let fitting = named(&choice.all_at(&pick.with_room));
        reasons.push(format!("The nodes have room for all pods of {fitting} alone."));
    }
    reasons.extend(fewest_extra(choice, best));
    reasons
}

/// The last step of the rule: the fewest extra pods over time.
fn fewest_extra(choice: &Choice<'_>, best: &ScenarioResult) -> Option<String> {
    let others = choice.all_at(&choice.pick.with_room);
    let next = others.iter().filter(|one| one.scenario != best.scenario).filter_map(|one| one.value(SURGE.figure));
    let (own, next) = (best.value(SURGE.figure)?, next.reduce(f64::min)?);
    let (own, next) = (words::pod_minutes(own), words::pod_minutes(next));
    (own != next).then(|| format!("It needs the fewest extra pods over time: {own} pod-minutes, not {next}."))
}

/// `least room 2 / 1 (17 pods at once, p95 4m 35s, 11 of 12)`
pub(super) fn others(choice: &Choice<'_>) -> Vec<String> {
    let best = choice.recommended().map(|best| best.scenario);
    let pick = &choice.pick;
    let mut said = Vec::new();
    for (word, place) in [("least room", pick.least_room), ("fastest", pick.fastest)] {
        let Some(other) = choice.at(place).filter(|other| Some(other.scenario) != best) else { continue };
        let pods = other
            .value(PODS_P95.figure)
            .map_or(String::new(), |pods| format!("{} pods at once, ", format::number(pods)));
        let figures = format!("{pods}p95 {}, {} available", words::duration(other), words::available(other));
        said.push(format!("{word}: {} ({figures})", words::called(other)));
    }
    said
}

/// What is better, and what is worse, with `best` than with `now`.
pub(super) fn gain_and_loss(
    best: &ScenarioResult,
    now: &ScenarioResult,
    present: Option<&Present>,
) -> (Vec<String>, Vec<String>) {
    let (mut gain, mut loss) = (Vec::new(), Vec::new());
    let mut put = |is_better: bool, sentence: String| if is_better { gain.push(sentence) } else { loss.push(sentence) };
    let both = |headline: Headline| Some((best.value(headline.figure)?, now.value(headline.figure)?));
    if let Some((new, old)) = both(AVAILABLE_P05).filter(|(new, old)| (new - old).abs() >= 1.0) {
        put(new > old, format!("{} pods available at worst, not {}", words::available(best), format::number(old)));
    }
    for (headline, word) in [(DURATION_P95, "at p95"), (DURATION_P50, "at the median")] {
        let Some((new, old)) = both(headline).filter(|_| differ(best, now, headline)) else { continue };
        let (apart, direction) = (format::time((new - old).abs()), if new < old { "less" } else { "more" });
        put(new < old, format!("{apart} {direction} {word} ({}, not {})", format::time(new), format::time(old)));
    }
    if words::never_completes(now) && !words::never_completes(best) {
        let completed = now.value(COMPLETED.figure).map_or("–".into(), format::share);
        put(true, format!("95 of 100 rollouts complete, of the present ones only {completed}"));
    }
    if let Some((new, old)) = both(STALLED).filter(|_| differ(best, now, STALLED)) {
        put(new < old, format!("{} of the rollouts stall, not {}", format::share(new), format::share(old)));
    }
    if let Some((new, old)) = both(PODS_P95).filter(|(new, old)| (new - old).abs() >= 1.0) {
        let (apart, direction) = (format::number((new - old).abs()), if new < old { "fewer" } else { "more" });
        let instead = format!("{}, not {}", format::number(new), format::number(old));
        let room = requested(present, (new - old).abs());
        put(new < old, format!("{apart} {direction} pods at once ({instead}){room}"));
    }
    if let Some((new, old)) = both(SURGE).filter(|_| differ(best, now, SURGE)) {
        let (apart, direction) = (words::pod_minutes((new - old).abs()), if new < old { "fewer" } else { "more" });
        put(new < old, format!("{apart} {direction} extra pod-minutes a rollout"));
    }
    (gain, loss)
}

/// `, so 2.4 CPU and 4.5 GiB`: what so many pods request; empty where they request nothing.
fn requested(present: Option<&Present>, pods: f64) -> String {
    let Some(present) = present else { return String::new() };
    let count = pods.round() as u64;
    let amounts = [
        (present.cpu_millis, format::cpu(present.cpu_millis * count)),
        (present.memory_bytes, format::memory(present.memory_bytes * count)),
    ];
    let amounts: Vec<_> = amounts.into_iter().filter(|(one, _)| *one > 0).map(|(_, text)| text).collect();
    if amounts.is_empty() { String::new() } else { format!(", so {}", words::listed(&amounts)) }
}

/// Whether the limits of a figure do not overlap.
fn differ(one: &ScenarioResult, other: &ScenarioResult, headline: Headline) -> bool {
    let ends = |result: &ScenarioResult| {
        let estimate = result.statistics.get(headline.figure)?;
        Some((estimate.low?, estimate.high?))
    };
    ends(one).zip(ends(other)).is_some_and(|(one, other)| one.1 < other.0 || other.1 < one.0)
}

/// How sure the answer is, and what it is not sure of.
pub(super) fn sure(result: &ScenarioResult, choice: Option<&Choice<'_>>, objectives: usize) -> Vec<String> {
    let rollouts = format::plural(result.statistics.n, "rollout");
    let of_each = if choice.is_some() { format!("{rollouts} of each strategy") } else { rollouts };
    let mut said = vec![match objectives {
        0 => format!("{of_each}."),
        1 => format!("{of_each}. The verdict holds with 97.5% confidence."),
        _ => format!("{of_each}. Each verdict holds with 97.5% confidence."),
    }];
    if choice.is_some_and(|choice| choice.pick.qualified.len() > 1) {
        let none = "The choice among those that meet the objectives was made on the same rollouts and has no promise of its own";
        said.push(format!("{none}: rollcast recommend gives one."));
    }
    let p95 = result.statistics.get(DURATION_P95.figure);
    let ends =
        p95.and_then(|one| Some((format::time(one.low?), format::time(one.high?)))).filter(|(low, high)| low != high);
    let range =
        ends.map_or(String::new(), |(low, high)| format!("p95 of the duration is {low} to {high} by sampling error. "));
    said.push(format!("{range}Assumptions can be further off than sampling."));
    said
}

/// What would decide where no strategy is shown to meet all objectives.
pub(super) fn what_decides(choice: &Choice<'_>, objectives: &[Objective], verdicts: &[Verdict<'_>]) -> Vec<String> {
    let mut said = Vec::new();
    for objective in objectives {
        let but_one = |result: &&&ScenarioResult| {
            let unmet = words::unmet(result, verdicts);
            unmet.iter().all(|one| one.objective == objective) && !unmet.is_empty()
        };
        let near: Vec<&ScenarioResult> = choice.alternatives.iter().filter(but_one).copied().collect();
        let Some(best) = nearest(&near, objective) else { continue };
        said.extend(more_rollouts(best, objective));
        said.extend(wider(best, objective));
    }
    if said.is_empty() {
        let fewest = choice.alternatives.iter().map(|result| words::unmet(result, verdicts).len()).min().unwrap_or(0);
        said.push(format!(
            "Every strategy misses {} objectives or more, so that no single limit decides.",
            words::counted(fewest)
        ));
    }
    said
}

/// Of those that miss this objective alone, the one that comes nearest to it.
fn nearest<'a>(near: &[&'a ScenarioResult], objective: &Objective) -> Option<&'a ScenarioResult> {
    let sign = if objective.at_most { 1.0 } else { -1.0 };
    let speed = |result: &ScenarioResult| result.value(DURATION_P95.figure).unwrap_or(f64::INFINITY);
    let known = near.iter().filter_map(|result| Some((sign * result.value(objective.figure)?, *result)));
    known.min_by(|a, b| a.0.total_cmp(&b.0).then(speed(a.1).total_cmp(&speed(b.1)))).map(|(_, result)| result)
}

/// How many rollouts would decide, where a share stays as it was found.
fn more_rollouts(best: &ScenarioResult, objective: &Objective) -> Option<String> {
    if meets(objective, &best.statistics).is_some() || objective.figure.unit() != crate::metrics::Unit::Share {
        return None;
    }
    let (rate, run) = (best.value(objective.figure)?, best.statistics.n);
    let decides = |n: u64| {
        let estimate = proportion((rate * n as f64).round() as u64, n);
        estimate.high.is_some_and(|high| high <= objective.limit)
            || estimate.low.is_some_and(|low| low > objective.limit)
    };
    let doubled = std::iter::successors(Some(run.max(1)), |n| n.checked_mul(2));
    let needed = doubled.take_while(|n| *n <= WORTH_PROPOSING).find(|n| decides(*n))?;
    let share = format::share(rate);
    Some(format!(
        "Run more rollouts: --replications {needed} would decide it for {}, if the share stays {share}.",
        words::called(best)
    ))
}

/// The limit that would be met.
fn wider(best: &ScenarioResult, objective: &Objective) -> Option<String> {
    if objective.is_availability() {
        return Some(format!("Accept fewer pods: with {} {}.", words::called(best), words::state(objective, best)));
    }
    let estimate = best.statistics.get(objective.figure)?;
    let end = if objective.at_most { estimate.high? } else { estimate.low? };
    let direction = if objective.at_most { "at most" } else { "at least" };
    let limit = format::limit(objective.figure.unit(), loose(end, objective.at_most));
    Some(format!("Ask for {} {direction} {limit}: then {} qualifies.", words::topic(objective), words::called(best)))
}

/// A limit with two significant digits that `end` keeps.
fn loose(end: f64, at_most: bool) -> f64 {
    if end <= 0.0 || !end.is_finite() {
        return end;
    }
    let mut step = 1e-9;
    while end >= 100.0 * step {
        step *= 10.0;
    }
    let steps = end / step;
    if at_most { steps.ceil() * step } else { steps.floor() * step }
}

fn strategies(count: usize) -> String {
    format::plural(count as u64, "strategy").replace("strategys", "strategies")
}

/// `75% / 1, 75% / 0 and two more`
fn named(results: &[&ScenarioResult]) -> String {
    let mut names: Vec<_> = results.iter().take(NAMED).map(|result| words::values(result)).collect();
    let more = results.len().saturating_sub(NAMED);
    if more > 0 {
        names.push(format!("{} more", words::counted(more)));
    }
    words::listed(&names)
}
