//! What is said where no strategy qualifies: which objective is the reason, and which limit would be met.

use serde_json::{Value, json};

use super::report::{Report, name, object, word};
use super::sentences::value_text;
use crate::metrics::{Statistic, Unit};
use crate::plan::Objective;
use crate::recommend::{Assessment, Standing, Strategy, fewest};
use crate::report::format;

/// How many of the strategies that miss fewest objectives are named.
const NEAREST: usize = 3;

/// An objective without which some strategy would qualify, and the strategy that comes nearest to it.
struct Binding<'a> {
    objective: &'a Objective,
    others_met_by: usize,
    nearest: &'a Strategy,
    assessment: &'a Assessment,
}

pub(super) fn sentences(report: &Report<'_>) -> Vec<String> {
    let all = report.eligible();
    let mut sentences = vec![match &report.recommendation.search {
        None => "No strategy qualifies.".to_owned(),
        Some(_) => "No finalist qualifies; --exhaustive simulates all strategies to the end.".to_owned(),
    }];
    if eligible(report).next().is_none() {
        let rollouts = format::plural(u64::from(report.question.replications), "rollout");
        sentences.push(format!("Of {rollouts} with each none completed: find out why before choosing a strategy."));
        return sentences;
    }
    let completing = eligible(report).count();
    if completing < all {
        sentences.push(format!("{} of {all} never complete, so that none of them may be chosen.", all - completing));
    }
    let of_those = if completing < all { format!("the {completing} that complete") } else { all.to_string() };
    let all = completing;
    for (n, objective) in report.objectives().iter().enumerate() {
        let met = eligible(report).filter(|one| one.assessments[n].standing == Standing::Met).count();
        let open = eligible(report).filter(|one| one.assessments[n].standing == Standing::Open).count();
        let doubt = if open > 0 { format!(", open for {open}") } else { String::new() };
        sentences.push(format!("{}: met by {met} of {of_those}{doubt}.", format::printable(&objective.text)));
    }
    let binding = binding(report);
    for one in &binding {
        let relaxed = relaxed(one.objective, one.assessment)
            .map_or("no limit of it was shown to be met".into(), |text| format!("it would meet `{text}`"));
        let others = match report.objectives().len() {
            1 => String::new(),
            _ => format!("All other objectives are met by {} of {all}; ", one.others_met_by),
        };
        sentences.push(format!(
            "In the way: {}. {others}nearest is {} with {}: {relaxed}.",
            format::printable(&one.objective.text),
            name(one.nearest),
            one.assessment.value.map_or("no estimate".into(), |value| value_text(one.objective, value)),
        ));
    }
    if binding.is_empty() {
        sentences.push("No single objective is in the way: every strategy misses two or more.".into());
        for one in nearest(report) {
            let missed: Vec<_> = missed(report, one)
                .map(|(objective, assessment)| {
                    let relaxed = relaxed(objective, assessment);
                    let would = relaxed.map_or("nothing shown".into(), |text| format!("would meet `{text}`"));
                    format!("{} ({would})", format::printable(&objective.text))
                })
                .collect();
            sentences.push(format!("Nearest: {} misses {}.", name(one), missed.join(" and ")));
        }
    }
    sentences.extend(doubts(report));
    sentences
}

/// What more replications would tell, and what none can.
fn doubts(report: &Report<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    let open: Vec<&Objective> = eligible(report)
        .flat_map(|one| missed(report, one))
        .filter(|(_, assessment)| assessment.standing == Standing::Open)
        .map(|(objective, _)| objective)
        .collect();
    if open.iter().any(|objective| !is_certainty(objective)) {
        let run = u64::from(report.question.replications);
        let needed = open.iter().filter_map(|objective| fewest(objective, report.recommendation.tail)).max();
        let advice = match needed.filter(|needed| *needed > run) {
            Some(needed) => format!("it takes {} or more", format::count(needed)),
            None => "try more --replications".into(),
        };
        let replications = format::plural(run, "replication");
        sentences.push(format!("Where it is open, {replications} cannot tell: {advice}."));
    }
    if let Some(objective) = open.iter().find(|objective| is_certainty(objective)) {
        let text = format::printable(&objective.text);
        sentences.push(format!("No number of replications can show {text}: leave room for something, such as 0.1%."));
    }
    sentences
}

/// Whether it asks that something never happens, or always.
fn is_certainty(objective: &Objective) -> bool {
    let extreme = if objective.at_most { objective.limit <= 0.0 } else { objective.limit >= 1.0 };
    objective.figure.statistic == Statistic::Rate && extreme
}

pub(super) fn json(report: &Report<'_>) -> Value {
    let binding: Vec<Value> = binding(report)
        .iter()
        .map(|one| {
            json!({
                "objective": one.objective.text,
                "others_met_by": one.others_met_by,
                "nearest": object(&one.nearest.parameters),
                "value": one.assessment.value,
                "would_meet": relaxed(one.objective, one.assessment),
            })
        })
        .collect();
    let nearest: Vec<Value> = nearest(report)
        .iter()
        .map(|one| {
            let missed = missed(report, one).map(|(objective, assessment)| {
                let standing = word(assessment.standing);
                json!({"objective": objective.text, "standing": standing, "would_meet": relaxed(objective, assessment)})
            });
            json!({"parameters": object(&one.parameters), "misses": missed.collect::<Vec<_>>()})
        })
        .collect();
    json!({"binding": binding, "nearest": nearest})
}

/// Strategies to choose from that ever complete.
fn eligible<'a>(report: &Report<'a>) -> impl Iterator<Item = &'a Strategy> + use<'a> {
    report.recommendation.strategies.iter().filter(|one| one.eligible && one.completes())
}

fn missed<'a>(
    report: &Report<'a>,
    one: &'a Strategy,
) -> impl Iterator<Item = (&'a Objective, &'a Assessment)> + use<'a> {
    report.asked.objectives.iter().zip(&one.assessments).filter(|(_, assessment)| assessment.standing != Standing::Met)
}

/// Objectives without which some strategy would qualify, those first that most strategies miss alone.
fn binding<'a>(report: &Report<'a>) -> Vec<Binding<'a>> {
    let mut found = Vec::new();
    for (n, objective) in report.asked.objectives.iter().enumerate() {
        let others = |one: &Strategy| {
            one.assessments.iter().enumerate().all(|(m, other)| m == n || other.standing == Standing::Met)
        };
        let near: Vec<&Strategy> = eligible(report).filter(|one| others(one)).collect();
        let distance = |one: &Strategy| {
            let shown = one.assessments[n].shown.or(one.assessments[n].value);
            shown.map_or(f64::INFINITY, |value| if objective.at_most { value } else { -value })
        };
        let nearest = near.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        found.extend(nearest.map(|nearest| Binding {
            objective,
            others_met_by: near.len(),
            nearest,
            assessment: &nearest.assessments[n],
        }));
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.others_met_by));
    found
}

/// Those that miss fewest objectives, the better by the criterion first.
fn nearest<'a>(report: &Report<'a>) -> Vec<&'a Strategy> {
    let mut order: Vec<&Strategy> = eligible(report).collect();
    let misses = |one: &Strategy| missed(report, one).count();
    order.sort_by(|a, b| misses(a).cmp(&misses(b)).then(a.criterion.total_cmp(&b.criterion)));
    order.truncate(NEAREST);
    order
}

/// The objective with a limit that the strategy was shown to meet, rounded so that it still does.
fn relaxed(objective: &Objective, assessment: &Assessment) -> Option<String> {
    let shown = assessment.shown?;
    let round = |value: f64| if objective.at_most { value.ceil() } else { value.floor() };
    let limit = match objective.figure.unit() {
        Unit::Seconds => format!("{}s", round(shown * 10.0) / 10.0),
        Unit::Share => format!("{}%", round(shown * 1e4) / 100.0),
        Unit::Pods | Unit::PodSeconds | Unit::Nodes | Unit::Requests | Unit::Count(_) => {
            (round(shown * 10.0) / 10.0).to_string()
        }
    };
    let sign = if objective.at_most { "<=" } else { ">=" };
    Some(format!("{} {sign} {limit}", objective.figure.text()))
}
