//! `report.html` of the answer: one page whose title is the answer. It needs no network and no script.

use minijinja::{Value, context};

use super::Answered;
use super::sentences::{method, more, situation, title};
use super::table::rows;
use super::words::as_written;
use crate::report::chart::Chart;
use crate::report::html::{assumptions, origin, sections, style, template::render};
use crate::report::provenance::Provenance;
use crate::report::{caveats, format};
use crate::sensitivity::{Outcome, Sensitivity};

const TEMPLATE: &str = include_str!("page.html");

/// The page.
pub(super) fn page(one: Answered<'_>, charts: &[Chart]) -> Vec<u8> {
    let Answered { plan, scenario, found } = one;
    let provenance = Provenance::of(plan);
    let conditions = caveats::parts(&plan.caveats, Some(scenario.id)).into_iter();
    let values = context! {
        command => "sensitivity",
        style => style(),
        title => title(found).trim_end_matches('.'),
        situation => situation(one),
        more => more(found),
        figures => charts.iter().map(sections::figure).collect::<Vec<_>>(),
        tables => found.outcomes.iter().map(|outcome| table(found, outcome)).collect::<Vec<_>>(),
        method => method(found),
        assumptions => assumptions::table(&provenance, Some(scenario.id)),
        notes => plan.notes.iter().map(|note| format::printable(note)).collect::<Vec<_>>(),
        caveats => conditions.map(|(heading, sentences)| context!(heading, sentences)).collect::<Vec<_>>(),
        provenance => origin(&provenance),
    };
    render(TEMPLATE, values)
}

/// All numbers of a figure.
fn table(found: &Sensitivity, outcome: &Outcome) -> Value {
    let own = rows(found, outcome, true);
    let still: Vec<String> = own.still.iter().map(|name| (*name).to_owned()).collect();
    context! {
        heading => as_written(outcome),
        header => own.headings,
        rows => own.rows,
        still => (!still.is_empty()).then(|| format!("Not moved by {}.", format::listed(&still))),
    }
}
