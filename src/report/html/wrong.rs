//! What if an assumption is wrong: what would change the answer, and what was tried without changing it.

use minijinja::{Value, context};

use crate::analysis::{ScenarioResult, WhatIfRow};
use crate::plan::{Premise, PremiseSource};
use crate::report::subject::Subject;
use crate::report::{format, premises, what_if, words};

/// Assumptions that the answer names; the section on them has all.
const NAMED: usize = 4;

/// The assumptions on which the answer depends most, the nearest first; `None` where no runs were made.
pub(super) fn deciding(result: &ScenarioResult) -> Option<Value> {
    let (_, changed) = result.what_if.split_first()?;
    let row = |row: &WhatIfRow| {
        let change = row.changed.as_ref()?;
        let premise = change.premise.as_ref();
        Some(context! {
            turn => format::capital(&what_if::words(row)),
            outcome => what_if::outcome(row),
            used => used(&what_if::given(change, false)),
            source => premise.map(source),
            is_assumed => premise.is_some_and(|one| one.source == PremiseSource::Assumed),
        })
    };
    let turning: Vec<_> = changed.iter().filter(|row| row.turns()).filter_map(row).take(NAMED).collect();
    let still: Vec<_> = changed.iter().filter(|row| !row.turns()).map(what_if::words).collect();
    let still = (!still.is_empty()).then(|| words::listed(&still));
    Some(context!(rows => turning, still))
}

/// What is used, without the word for where it comes from, which has a column of its own.
fn used(given: &str) -> String {
    let value = given.split_once(": ").map_or(given, |(_, value)| value);
    words::tight(value)
}

/// `written: orders.yaml`
fn source(premise: &Premise) -> String {
    let text = words::tight(&premises::source(premise));
    if premise.source == PremiseSource::Written { format!("written: {text}") } else { text }
}

/// Every run with another assumption, of what is recommended and of what runs now; `None` where there is none.
pub(super) fn section(results: &[ScenarioResult], subject: &Subject<'_>) -> Option<Value> {
    let of = |result: &ScenarioResult| {
        let now = subject.is_now(result.scenario);
        let recommended = subject.is_recommended(result.scenario);
        let name = if results.len() > 1 { format::parameters(&result.parameters) } else { "As written".into() };
        let row = |row: &WhatIfRow| {
            context! {
                what => format::capital(&what_if::words(row)),
                duration => row.duration_p95_s.map_or_else(|| if row.completes { "–" } else { "never" }.into(), format::time),
                stalled => row.stalled_rate.map_or_else(|| "–".into(), format::share),
                verdict => words::verdict(row.met),
                turns => row.turns(),
            }
        };
        // Where no rollout can stall, no share of them has a meaning.
        let has_stalled = result.what_if.iter().any(|row| row.stalled_rate.is_some());
        context!(name, now, recommended, has_stalled, rows => result.what_if.iter().map(row).collect::<Vec<_>>())
    };
    let run: Vec<_> = results.iter().filter(|result| !result.what_if.is_empty()).collect();
    let replications = run.first()?.what_if.first().map(|row| format::plural(row.replications, "rollout"));
    let mut tables: Vec<_> = run;
    tables.sort_by_key(|result| !subject.is_recommended(result.scenario));
    Some(context!(tables => tables.into_iter().map(of).collect::<Vec<_>>(), replications))
}
