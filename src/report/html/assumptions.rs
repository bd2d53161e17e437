//! What the answer rests on: what nobody gave, and every value with where it comes from.

use minijinja::{Value, context};

use crate::plan::{Premise, PremiseSource};
use crate::report::provenance::Provenance;
use crate::report::words;
use crate::report::{format, premises};

/// Defaults that the answer names; the table has all.
const NAMED: usize = 5;

/// The defaults that the answer for `scenario` rests on, in one sentence; `None` where there are none.
pub(super) fn assumed(provenance: &Provenance, scenario: Option<u32>) -> Option<String> {
    let assumed = premises::assumed(&provenance.premises, scenario);
    let mut phrases: Vec<_> = assumed.iter().take(NAMED).map(|one| words::tight(&premises::phrase(one))).collect();
    let more = assumed.len().saturating_sub(NAMED);
    if more > 0 {
        phrases.push(format!("{} more", words::counted(more)));
    }
    (!phrases.is_empty()).then(|| words::listed(&phrases))
}

/// Every value that `scenario` rests on, those first that somebody gave. What never happens is left out.
pub(in crate::report) fn table(provenance: &Provenance, scenario: Option<u32>) -> Vec<Value> {
    let is_here =
        |one: &&Premise| (!one.off || one.source != PremiseSource::Assumed) && scenario.is_none_or(|id| one.is_of(id));
    let mut rows: Vec<_> = provenance.premises.iter().filter(is_here).collect();
    rows.sort_by_key(|one| one.source == PremiseSource::Assumed);
    let row = |one: &&Premise| {
        let line = one.line.map_or(String::new(), |line| format!(", line {line}"));
        context! {
            key => format::printable(&one.key),
            name => one.has_noun().then(|| format::printable(&one.name())),
            value => words::tight(&premises::value(one)),
            source => one.source.as_str(),
            is_assumed => one.source == PremiseSource::Assumed,
            from => format!("{}{line}", format::printable(&one.from)),
        }
    };
    rows.iter().map(row).collect()
}
