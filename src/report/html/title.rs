//! The title, which is the answer as a sentence, and the sentence below it.

use crate::analysis::headlines::{AVAILABLE_P05, COMPLETED, DURATION_P95, STALLED};
use crate::analysis::{ScenarioResult, Verdict, all_met};
use crate::metrics::{Figure, Statistic, metric};
use crate::report::html::release;
use crate::report::html::statement::{Title, binding};
use crate::report::html::values;
use crate::report::provenance::Provenance;
use crate::report::subject::{Choice, Subject};
use crate::report::words;
use crate::report::{event, format};

/// The Deployment's name, or that of the experiment.
pub(super) fn subject_name(provenance: &Provenance) -> String {
    let name = provenance.present.as_ref().map_or(&provenance.name, |present| &present.deployment);
    format::printable(name)
}

/// The title of the page, said of what is measured.
pub(super) fn title(provenance: &Provenance, subject: &Subject<'_>, verdicts: &[Verdict<'_>]) -> Title {
    let name = subject_name(provenance);
    let Title { title, lead } = match subject {
        Subject::Nothing => Title::of("no scenario was simulated", ""),
        Subject::One(result) => forecast(result, provenance, verdicts),
        Subject::Strategies(choice) => strategies(choice, provenance, verdicts),
        Subject::Worlds(choices) => worlds(choices, verdicts),
        Subject::Release(all) => release::title(all, provenance, verdicts),
        Subject::Values(all) => values::title(all, provenance, verdicts),
    };
    let say = |text| event::say(text, &provenance.noun);
    Title { title: say(format!("{name}: {title}")), lead: say(lead) }
}

fn strategies(choice: &Choice<'_>, provenance: &Provenance, verdicts: &[Verdict<'_>]) -> Title {
    let objectives = provenance.objectives.len();
    let Some(best) = choice.recommended() else {
        return if objectives == 0 { without_objectives(choice) } else { none_meets(choice, provenance, verdicts) };
    };
    let all = words::all_objectives(objectives);
    match choice.now() {
        Some(now) if now.scenario == best.scenario => {
            let lead = format!("It meets {all}, and no other strategy is shown to be better by what matters.");
            Title::of(format!("keep {}", words::called(best)), lead)
        }
        now => {
            let present = now.map_or_else(String::new, |now| format!(" {}", present(now, best, verdicts)));
            Title::of(format!("use {}", words::called(best)), format!("It meets {all}.{present}"))
        }
    }
}

/// What is wrong with the present strategy.
fn present(now: &ScenarioResult, best: &ScenarioResult, verdicts: &[Verdict<'_>]) -> String {
    let unmet = words::unmet(now, verdicts);
    let missed: Vec<_> = unmet.iter().filter(|one| one.met == Some(false)).collect();
    if !missed.is_empty() {
        let states: Vec<_> = missed.iter().map(|one| words::state(one.objective, now)).collect();
        return format!("The present strategy does not: {}.", words::listed(&states));
    }
    if !unmet.is_empty() {
        let states: Vec<_> = unmet.iter().map(|one| words::state(one.objective, now)).collect();
        return format!("For the present strategy the data cannot tell: {}.", words::listed(&states));
    }
    let pods = |result: &ScenarioResult| result.value(AVAILABLE_P05.figure).unwrap_or(0.0);
    let seconds = |result: &ScenarioResult| result.value(DURATION_P95.figure).unwrap_or(f64::INFINITY);
    let saved = seconds(now) - seconds(best);
    let why = match pods(best) - pods(now) {
        more if more >= 1.0 => {
            format!("keeps {} pods available at worst instead of {}", words::available(best), format::number(pods(now)))
        }
        _ if saved > 0.0 && saved.is_finite() => {
            format!("is faster: {} instead of {}", words::duration(best), words::duration(now))
        }
        _ => "needs fewer extra pods".into(),
    };
    format!("The present strategy meets them too; this one {why}.")
}

fn without_objectives(choice: &Choice<'_>) -> Title {
    let count = choice.alternatives.len();
    let known = choice.alternatives.iter().filter(|result| result.value(DURATION_P95.figure).is_some());
    let fastest = known.min_by(|a, b| {
        let p95 = |result: &ScenarioResult| result.value(DURATION_P95.figure).unwrap_or(f64::INFINITY);
        p95(a).total_cmp(&p95(b))
    });
    let lead = fastest.map_or_else(String::new, |fastest| {
        format!(
            "The fastest is {}: 95 of 100 rollouts complete within {}, with {} pods available at worst. Write objectives, and the \
             page chooses among those that meet them.",
            words::called(fastest),
            words::duration(fastest),
            words::available(fastest)
        )
    });
    Title::of(format!("{} strategies, and no objective to choose by", format::count(count as u64)), lead)
}

fn none_meets(choice: &Choice<'_>, provenance: &Provenance, verdicts: &[Verdict<'_>]) -> Title {
    let all = words::all_objectives(provenance.objectives.len());
    let met: Vec<_> = choice.alternatives.iter().map(|one| all_met(one, verdicts)).collect();
    let title = if met.contains(&Some(true)) {
        return Title::of(format!("no strategy that meets {all} ever completes a rollout"), String::new());
    } else if met.iter().all(|met| *met == Some(false)) {
        format!("no strategy meets {all}")
    } else {
        format!("no strategy is shown to meet {all}")
    };
    Title::of(title, binding(&choice.alternatives, provenance, verdicts))
}

fn worlds(choices: &[Choice<'_>], verdicts: &[Verdict<'_>]) -> Title {
    let count = format::count(choices.len() as u64);
    let world = choices.first().into_iter().flat_map(|choice| &choice.world);
    let names: Vec<_> = world.map(|(path, _)| words::world(path)).collect();
    let on = words::listed(&names);
    let best: Vec<_> = choices.iter().filter_map(Choice::recommended).collect();
    let none = choices.len() - best.len();
    if verdicts.is_empty() {
        let lead = "Write objectives, and the page chooses a strategy in each world.";
        return Title::of(format!("strategies in {count} worlds, and no objective to choose by"), lead);
    }
    if best.is_empty() {
        let mut why: Vec<_> = choices.iter().map(|choice| choice.none_does(verdicts)).collect();
        why.dedup();
        let title = match why[..] {
            [why] => format!("in none of {count} worlds is there a strategy that {why}"),
            _ => format!("a strategy can be recommended in none of {count} worlds"),
        };
        return Title::of(title, String::new());
    }
    let same = best.iter().all(|one| words::called(one) == words::called(best[0]));
    let open = match none {
        0 => String::new(),
        none => format!(" In {} of {count} no strategy is shown to meet all objectives.", words::counted(none)),
    };
    if same {
        let place = match (none, choices.len()) {
            (0, 2) => "in both worlds".into(),
            (0, _) => format!("in all {count} worlds"),
            _ => "wherever one meets all objectives".into(),
        };
        return Title::of(
            format!("use {} {place}", words::called(best[0])),
            format!("The worlds differ in {on}.{open}"),
        );
    }
    let lead = format!("One row below for each of {count} worlds, which differ in {on}.{open}");
    Title::of(format!("which strategy to use depends on {on}"), lead)
}

fn forecast(result: &ScenarioResult, provenance: &Provenance, verdicts: &[Verdict<'_>]) -> Title {
    let objectives = provenance.objectives.len();
    let lead = match all_met(result, verdicts) {
        _ if objectives == 0 => "No objective is written, so that nothing says whether this is good enough.".into(),
        Some(true) => format!("It meets {}.", words::all_objectives(objectives)),
        _ => {
            let unmet = words::unmet(result, verdicts);
            let say = |one: &Verdict<'_>| {
                let verdict = if one.met == Some(false) { "not met" } else { "cannot tell" };
                let (topic, limit) = (words::topic(one.objective), words::limit(one.objective, Some(result)));
                format!("{topic} {limit}: {verdict}, {}", words::state(one.objective, result))
            };
            let parts: Vec<_> = unmet.iter().map(say).collect();
            format::capital(&parts.join("; ")) + "."
        }
    };
    Title::of(outcome(result), lead)
}

/// What comes of one scenario.
fn outcome(result: &ScenarioResult) -> String {
    let rate = |figure: Figure| result.value(figure);
    if rate(STALLED.figure) == Some(1.0) {
        return "every rollout stalls".into();
    }
    if rate(COMPLETED.figure) == Some(0.0) {
        return "no rollout completes".into();
    }
    if words::never_completes(result) {
        let completed = rate(COMPLETED.figure).map_or("–".into(), format::share);
        return format!("only {completed} of the rollouts complete");
    }
    let Some(p95) = result.value(DURATION_P95.figure) else { return "too few rollouts for a duration".into() };
    let down = |statistic| result.value(Figure::of(&metric::DIP_TIME, statistic)).filter(|time| *time > 0.0);
    if let (1, Some(half), Some(most)) = (result.replicas, down(Statistic::P50), down(Statistic::P95)) {
        let (half, most) = (format::time(half), format::time(most));
        return format!("down for {half}, in 5 of 100 rollouts for {most} or more");
    }
    format!("complete within {}, {} pods available at worst", format::time(p95), words::available(result))
}
