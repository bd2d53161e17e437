//! The answer to a question of the page: texts and pictures, and the numbers as `rollcast run --format json` gives them.

use serde_json::{Value, json};

use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95, PODS_P95, STALLED, UNFINISHED};
use crate::analysis::{self, Headline, ScenarioResult, Verdict, all_met};
use crate::diagnosis::{Account, Role, rows};
use crate::experiment::Forecast;
use crate::metrics::{Outcome, Record};
use crate::plan::{Objective, Plan};
use crate::report::chart::{self, Chart, Marks, Topic};
use crate::report::provenance::Provenance;
use crate::report::{caveats, event, format, json as for_programs, limits};
use crate::sim::Simulator;

/// The four figures of an answer, with what the page calls each.
const FIGURES: [(Headline, &str); 4] = [
    (DURATION_P95, "Duration: 95 of 100 rollouts complete within"),
    (AVAILABLE_P05, "Available pods at worst, in 95 of 100 rollouts"),
    (STALLED, "Rollouts that stall"),
    (PODS_P95, "Pods at once, Terminating ones included (p95)"),
];

/// What stands in the place of stalled rollouts, where none can stall.
const WITHOUT_END: (Headline, &str) = (UNFINISHED, "Rollouts that are not complete at the horizon");

/// The figures of a result. No rollout of a StatefulSet or a DaemonSet stalls, so that a rate of stalled ones has no value.
fn figures_of(result: &ScenarioResult) -> [(Headline, &'static str); 4] {
    let can_stall = result.value(STALLED.figure).is_some();
    FIGURES.map(|one| if one.0 == STALLED && !can_stall { WITHOUT_END } else { one })
}

/// What is shown beside the forecast.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    /// The command that gives the same numbers.
    pub(super) command: String,
    /// What the page has set.
    pub(super) settings: &'a [(String, String)],
    /// The values of the figures as written; empty where they are not known.
    pub(super) written: &'a [String],
}

/// The answer for the page.
pub(super) fn answer(plan: &Plan, forecast: &Forecast, shown: &Shown<'_>) -> Value {
    let result = &forecast.result;
    let judged = Plan { objectives: plan.ask(&[]).objectives, ..plan.clone() };
    let verdicts = analysis::verdicts(&judged.objectives, std::slice::from_ref(result));
    let own = analysis::verdicts(&plan.objectives, std::slice::from_ref(result));
    let said = verdicts.iter().enumerate().map(|one| objective(one, plan.objectives.len()));
    let asked: Vec<(&Verdict<'_>, Value)> = verdicts.iter().zip(said).collect();
    let is_other =
        |verdict: &Verdict<'_>| !figures_of(result).iter().any(|(headline, _)| is_about(verdict.objective, headline));
    let others = asked.iter().filter(|(verdict, _)| is_other(verdict)).map(|(_, said)| said);
    let sections = chart::sections(&Provenance::of(&judged), std::slice::from_ref(result), &Marks::default());
    let levels = sections.iter().find(|section| section.topic == Topic::Availability);
    let (number, about) = typical(&forecast.records);
    let caveats = caveats::parts(&plan.caveats, Some(result.scenario));
    json!({
        "title": title(plan, result),
        "verdict": verdict(&verdicts),
        "met": all_met(result, &verdicts),
        "figures": figures(result, &asked, shown),
        "objectives": others.collect::<Vec<_>>(),
        "levels": levels.and_then(|section| section.charts.iter().find(|chart| chart.file == LEVELS)).map(drawn),
        "levels_said": levels.map(|section| section.takeaways.join(" ")),
        "pods": pods(plan, number, about).as_ref().map(drawn),
        "settings": shown.settings.iter().map(|(path, value)| format!("{path}={value}")).collect::<Vec<_>>(),
        "command": shown.command,
        "notes": plan.notes.iter().map(|note| format::printable(note)).collect::<Vec<_>>(),
        "caveats": caveats.into_iter().map(|(heading, sentences)| json!({"heading": heading, "sentences": sentences})).collect::<Vec<_>>(),
        "conditional": plan.caveats.is_conditional(Some(result.scenario)),
        "result": serde_json::from_str::<Value>(&for_programs::result(plan, result, &own, false)).unwrap_or_default(),
    })
}

/// The chart that shows how many pods are available when. Where that is the same all the time a sentence says it.
const LEVELS: &str = "availability.svg";

fn drawn(chart: &Chart) -> Value {
    let table = json!({"header": chart.table.header, "rows": chart.table.rows});
    json!({"title": chart.title, "wide": chart.in_page(), "narrow": chart.in_narrow_page(), "table": table})
}

fn title(plan: &Plan, result: &ScenarioResult) -> String {
    let is_of_nodes = plan.scenarios.first().is_some_and(|scenario| scenario.daemon_set().is_some());
    let replicas = format::plural(u64::from(result.replicas), if is_of_nodes { "node" } else { "replica" });
    let noun = event::noun(plan);
    format!("{replicas}, {}", format::plural(result.statistics.n, &format!("simulated {noun}")))
}

/// Whether all objectives are met, in a sentence.
fn verdict(verdicts: &[Verdict<'_>]) -> String {
    let count = |met| verdicts.iter().filter(|one| one.met == met).count() as u64;
    let (missed, open, all) = (count(Some(false)), count(None), verdicts.len() as u64);
    let of = |number: u64| format!("{number} of {}", format::plural(all, "objective"));
    match (missed, open) {
        _ if all == 0 => "Nothing is asked for.".into(),
        (0, 0) if all == 1 => "The objective is met.".into(),
        (1, _) if all == 1 => "The objective is not met.".into(),
        (0, 1) if all == 1 => "The objective cannot be decided with so few rollouts.".into(),
        (0, 0) => format!("All {} are met.", format::plural(all, "objective")),
        (0, open) if open == all => "No objective can be decided with so few rollouts.".into(),
        (0, open) => format!("{} cannot be decided with so few rollouts, the others are met.", of(open)),
        (missed, _) => format!("{} {} not met.", of(missed), if missed == 1 { "is" } else { "are" }),
    }
}

fn word(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "\u{2713} met",
        Some(false) => "\u{2717} not met",
        None => "? cannot be decided with so few rollouts",
    }
}

/// An objective with its verdict; `written` is how many objectives the input has, before those that are asked for besides.
fn objective((place, verdict): (usize, &Verdict<'_>), written: usize) -> Value {
    json!({"text": verdict.objective.text, "met": verdict.met, "word": word(verdict.met), "default": place >= written})
}

/// The figures, each with its value as written where the page has set something.
fn figures(result: &ScenarioResult, asked: &[(&Verdict<'_>, Value)], shown: &Shown<'_>) -> Vec<Value> {
    let written = shown.written.iter().filter(|_| !shown.settings.is_empty()).map(Some).chain(std::iter::repeat(None));
    let figures = figures_of(result);
    let figures = figures.iter().map(|one| figure(one, result, asked)).zip(written);
    figures
        .map(|(mut figure, written)| {
            figure["written"] = json!(written);
            figure
        })
        .collect()
}

/// The values of the figures.
pub(super) fn values(result: &ScenarioResult) -> Vec<String> {
    figures_of(result).iter().map(|(headline, _)| value(headline, result)).collect()
}

fn value(headline: &Headline, result: &ScenarioResult) -> String {
    match result.value(headline.figure) {
        Some(0.0) if [STALLED, UNFINISHED].contains(headline) => {
            format!("none of {}", format::count(result.statistics.n))
        }
        Some(value) => format::shown(headline.figure.unit(), value),
        None => "\u{2013}".into(),
    }
}

/// A figure, with what stands beside it and the objectives that are about it.
fn figure((headline, name): &(Headline, &str), result: &ScenarioResult, asked: &[(&Verdict<'_>, Value)]) -> Value {
    let figure = headline.figure;
    let about: Vec<_> = asked.iter().filter(|(verdict, _)| is_about(verdict.objective, headline)).collect();
    let limit = about.iter().map(|(verdict, _)| verdict.objective).find(|objective| objective.figure == figure);
    let estimate = result.statistics.get(figure);
    let limits = estimate.and_then(|estimate| limits::worth(figure, estimate, limit.map(|objective| objective.limit)));
    let beside = match *headline {
        available if available == AVAILABLE_P05 => Some(format!("of {}", format::count(result.replicas.into()))),
        pods if pods == PODS_P95 => Some(format!("room on nodes for {}", format::count(result.bounds.capacity))),
        _ => limits.map(|(low, high)| format!("{low} to {high}")),
    };
    let objectives: Vec<&Value> = about.iter().map(|(_, said)| said).collect();
    json!({"name": name, "value": value(headline, result), "beside": beside, "objectives": objectives})
}

/// Whether an objective is shown beside a figure: of the same measure, or availability beside the fewest available pods.
fn is_about(objective: &Objective, headline: &Headline) -> bool {
    objective.figure == headline.figure || *headline == AVAILABLE_P05 && objective.is_about_availability()
}

/// The replication that stands for the others: of those that complete the one with the median of the durations, else the
/// first. With what is said of it.
fn typical(records: &[Record]) -> (u32, &'static str) {
    let completed = |record: &Record| record.outcome == Outcome::Completed;
    let mut ended: Vec<(u32, &Record)> = (0..).zip(records).filter(|(_, record)| completed(record)).collect();
    ended.sort_by_key(|(number, record)| (record.duration, *number));
    match ended.get(ended.len().saturating_sub(1) / 2) {
        Some((number, _)) => (*number, "the median of those that complete"),
        None => (0, "no rollout completes"),
    }
}

/// What each pod of one replication did when.
fn pods(plan: &Plan, number: u32, about: &str) -> Option<Chart> {
    let scenario = plan.scenarios.first()?;
    let account = Account::of(&mut Simulator::sampled(plan.seed, plan.sampling), scenario, number);
    let about = format!("Replication {}: {about}.", format::count(number.into()));
    chart::gantt::pods(&rows(&account, scenario.id, number, Role::Typical), "pods.svg", &about, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SimDuration;

    #[test]
    fn the_typical_replication_is_the_median_of_those_that_complete() {
        let record =
            |outcome, seconds| Record { outcome, duration: SimDuration::from_secs(seconds), ..Record::default() };
        let done = |seconds| record(Outcome::Completed, seconds);
        let endless = record(Outcome::Unfinished, 3600);
        assert_eq!(typical(&[done(9), done(3), endless, done(5), done(30)]).0, 3);
        assert_eq!(typical(&[done(5), done(5), done(5)]).0, 1);
        assert_eq!(typical(&[endless, endless]), (0, "no rollout completes"));
        assert_eq!(typical(&[]), (0, "no rollout completes"));
    }

    #[test]
    fn the_verdict_counts_what_is_met() {
        let objectives = ["stalled_rate <= 1%", "p95 duration_s <= 5m", "p99 duration_s <= 9m"]
            .map(|text| Objective::parse(text).unwrap());
        let say = |met: &[Option<bool>]| {
            let verdicts: Vec<Verdict<'_>> = objectives
                .iter()
                .zip(met)
                .map(|(objective, met)| Verdict { objective, scenario: 0, met: *met })
                .collect();
            verdict(&verdicts)
        };
        let (yes, no, open) = (Some(true), Some(false), None);
        for (met, sentence) in [
            (&[yes, yes, yes][..], "All 3 objectives are met."),
            (&[yes], "The objective is met."),
            (&[yes, no, open], "1 of 3 objectives is not met."),
            (&[no, no, yes], "2 of 3 objectives are not met."),
            (&[yes, open, yes], "1 of 3 objectives cannot be decided with so few rollouts, the others are met."),
            (&[open], "The objective cannot be decided with so few rollouts."),
            (&[no], "The objective is not met."),
            (&[open, open], "No objective can be decided with so few rollouts."),
        ] {
            assert_eq!(say(met), sentence);
        }
    }
}
