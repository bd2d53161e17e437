//! What the answer rests on: what was given, what is assumed, what was left out, and what follows from it.

use super::forecast::Forecast;
use super::lines::block;
use crate::plan::{Premise, PremiseSource};
use crate::report::{format, premises};

/// Notes that begin so name objects that no forecast depends on.
const IGNORED: &str = "ignored: ";

/// A longer start-up matters where it makes the p95 of the duration longer by more than this share.
const MATTERS: f64 = 0.2;

/// Lines that begin with `Given:`, `Assumed:` and `Ignored:`, and those with a `!`, which say what follows.
pub(super) fn lines(forecast: &Forecast<'_>, width: usize) -> String {
    let id = forecast.scenario.id;
    let premises = &forecast.plan.premises;
    let text = told(premises, id, &forecast.plan.notes, width);
    let assumed: Vec<&Premise> = premises::assumed(premises, Some(id));
    let consequences: String =
        start_up(forecast, &assumed, width).into_iter().chain(nodes(forecast, &assumed, width)).collect();
    let gap = if text.is_empty() { "" } else { "\n" };
    let between = if consequences.is_empty() { "" } else { "\n" };
    format!("{gap}{text}{between}{consequences}")
}

/// Lines that begin with `Given:`, `Assumed:` and `Ignored:`, of the scenario `id`.
pub(in crate::report) fn told(premises: &[Premise], id: u32, notes: &[String], width: usize) -> String {
    let mut text = String::new();
    let given = premises::given(premises, Some(id)).join("; ");
    if !given.is_empty() {
        text.push_str(&block("  Given:    ", &given, width));
    }
    let phrases: Vec<String> = premises::assumed(premises, Some(id)).into_iter().map(premises::phrase).collect();
    if !phrases.is_empty() {
        text.push_str(&block("  Assumed:  ", &format!("{} (rollcast defaults)", phrases.join(", ")), width));
    }
    let ignored: Vec<String> =
        notes.iter().filter_map(|note| note.strip_prefix(IGNORED)).map(format::printable).collect();
    if !ignored.is_empty() {
        text.push_str(&block("  Ignored:  ", &ignored.join("; "), width));
    }
    text
}

/// The start-up is assumed and decides the duration.
fn start_up(forecast: &Forecast<'_>, assumed: &[&Premise], width: usize) -> Option<String> {
    let of = |key: &str| assumed.iter().find(|premise| premise.key == key);
    let (warm_up, start) = (of("pods.warmUp"), of("pods.start"));
    let named: Vec<String> = start.into_iter().chain(warm_up).map(|premise| premises::phrase(premise)).collect();
    // A warm-up that somebody gave is the longer part of the start-up, as a rule.
    let is_given = |premise: &&Premise| premise.key.ends_with(".warmUp") && premise.source != PremiseSource::Assumed;
    if named.is_empty() || forecast.plan.premises.iter().any(|premise| is_given(&premise)) {
        return None;
    }
    let measured = forecast.start_up.filter(|start_up| start_up.slower_s > (1.0 + MATTERS) * start_up.p95_s)?;
    let sentence = format!(
        "The start-up time is assumed ({}), and it decides the duration: {} times as slow gives a p95 of {}. Give yours:",
        named.join(", "),
        format::number(measured.times),
        format::time(measured.slower_s)
    );
    let key = if warm_up.is_some() { "pods.warmUp" } else { "pods.start" };
    Some(format!(
        "{}    kubectl get pods -o json | rollcast fit -\n    rollcast run {} --set {key}=45s\n",
        block("! ", &sentence, width),
        forecast.arguments
    ))
}

/// The nodes are assumed.
fn nodes(forecast: &Forecast<'_>, assumed: &[&Premise], width: usize) -> Option<String> {
    let of = |key: &str| assumed.iter().find(|premise| premise.key == key && premise.source == PremiseSource::Assumed);
    let count = of("cluster.nodes")?;
    let size: Vec<String> = ["cluster.allocatable.cpu", "cluster.allocatable.memory"]
        .iter()
        .filter_map(|key| of(key))
        .map(|one| premises::value(one))
        .collect();
    let each = match &size[..] {
        [cpu, memory] => format!(" of {cpu} CPU and {memory}"),
        _ => String::new(),
    };
    let sentence = format!(
        "The nodes are assumed: {}{each}, with nothing else on them. Add yours to the input:",
        premises::value(count)
    );
    let kinds = match (forecast.scenario.stateful_set(), forecast.scenario.daemon_set()) {
        (Some(_), _) => "sts",
        (None, Some(_)) => "ds",
        (None, None) => "deploy",
    };
    Some(format!("{}    kubectl get {kinds},nodes,pods -A -o yaml\n", block("! ", &sentence, width)))
}
