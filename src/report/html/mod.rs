//! `report.html`: one page whose title is the answer. It needs no network and no script; with scripts it can be explored.
//!
//! The explorer draws with uPlot (MIT, `uplot/`), whose zoom and readout under the pointer static pictures cannot have;
//! everything else on the page is text, tables and the SVG charts.

mod data;
pub(in crate::report) mod template;

pub(in crate::report) mod assumptions;
mod figures;
mod reasons;
mod release;
mod statement;
mod yaml;

mod values;
mod wrong;

mod answer;
mod rows;
pub(in crate::report) mod sections;
mod title;

#[cfg(test)]
mod tests;

use std::fmt::Write;

use minijinja::{Value, context};

use super::caveats;
use super::chart::{Section, Topic, dark_rules};
use super::event;
use super::findings::findings;
use super::format;
use super::provenance::Provenance;
use super::subject::Subject;
use crate::analysis::{ScenarioResult, Verdict};
use crate::plan::Present;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = concat!(include_str!("uplot/uPlot.min.css"), "\n", include_str!("style.css"));
const UPLOT: &str = include_str!("uplot/uPlot.iife.min.js");
const UPLOT_LICENSE: &str = include_str!("uplot/LICENSE");
/// The file with a row for each scenario, beside the page.
const SUMMARY: &str = "summary.csv";
const EXPLORER: &str = include_str!("explorer.js");

/// The mark of what is recommended, and that of what runs now.
pub(in crate::report) const STAR: &str =
    r##"<svg class="ic" viewBox="-9 -9 18 18" aria-hidden="true"><use href="#star"/></svg>"##;
const RING: &str = r##"<svg class="ic" viewBox="-9 -9 18 18" aria-hidden="true"><circle r="6" class="m-now"/></svg>"##;

/// The page. `pictures` are the charts under their questions; `summary` is `summary.csv`, which it offers for download.
#[must_use]
pub(super) fn page(
    provenance: &Provenance,
    results: &[ScenarioResult],
    verdicts: &[Verdict<'_>],
    subject: &Subject<'_>,
    pictures: &[Section],
    summary: &[u8],
) -> Vec<u8> {
    let scenario = subject.opens_at().or(results.first().map(|result| result.scenario));
    let title = title::title(provenance, subject, verdicts);
    let findings = findings(provenance, results, verdicts);
    let mut shown = rows::on_page(results, verdicts, subject);
    shown.sort_by_key(|result| result.scenario);
    let values = context! {
        star => Value::from_safe_string(STAR.into()),
        ring => Value::from_safe_string(RING.into()),
        title => title.title,
        lead => title.lead,
        frame => frame(provenance, results, subject),
        answer => answer::answer(provenance, subject, verdicts),
        worlds => answer::worlds(subject, verdicts),
        release => match subject { Subject::Release(all) => Some(release::answer(all, provenance)), _ => None },
        deciding => results.iter().find(|result| Some(result.scenario) == scenario).and_then(wrong::deciding),
        wrong => wrong::section(results, subject),
        // Their numbers stand in the tables below them.
        wrong_pictures => sections::pictures_of(pictures, Topic::WhatIf, scenario),
        assumed => assumptions::assumed(provenance, scenario),
        assumptions => assumptions::table(provenance, scenario),
        scenario => (results.len() > 1).then_some(scenario),
        sections => sections::sections(pictures, &findings, &provenance.noun, scenario),
        table => rows::table(provenance, results, verdicts, subject),
        notes => provenance.notes.iter().map(|note| format::printable(note)).collect::<Vec<_>>(),
        caveats => caveats::parts(&provenance.caveats, None).into_iter().map(|(heading, sentences)| context!(heading, sentences)).collect::<Vec<_>>(),
        conditional => provenance.caveats.is_conditional(None),
        provenance => origin(provenance),
        explored => !provenance.parameters.is_empty() && !results.is_empty(),
        download => Value::from_safe_string(if shown.len() == results.len() { data_url(summary) } else { SUMMARY.into() }),
        data => Value::from_safe_string(in_script(&data::explorer(provenance, results, &shown, subject.opens_at()))),
        style => style(),
        uplot => Value::from_safe_string(format!("/*\n{UPLOT_LICENSE}*/\n{UPLOT}")),
        explorer => Value::from_safe_string(EXPLORER.into()),
    };
    template::render(TEMPLATE, values)
}

/// The style of pages, with the colours of their charts on dark screens.
pub(in crate::report) fn style() -> Value {
    let dark = dark_rules();
    Value::from_safe_string(format!("{STYLE}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n"))
}

/// What the page is about, in the line above its title.
fn frame(provenance: &Provenance, results: &[ScenarioResult], subject: &Subject<'_>) -> Value {
    let name = title::subject_name(provenance);
    let experiment = (provenance.name != name).then(|| format::printable(&provenance.name));
    let count = results.len() as u64;
    let alternatives = match subject {
        Subject::Release(all) => of_release(all),
        Subject::Strategies(_) if count == 1 => "1 strategy".into(),
        Subject::Strategies(_) => format!("{} strategies", format::count(count)),
        _ => format::plural(count, "scenario"),
    };
    let mut replicas: Vec<u32> = results.iter().map(|result| result.replicas).collect();
    replicas.sort_unstable();
    replicas.dedup();
    let is_release = matches!(subject, Subject::Release(_));
    let one = if is_release { "release" } else { &provenance.noun };
    context! {
        name,
        is_known => provenance.present.is_some(),
        kind => provenance.present.as_ref().map(Present::kind),
        experiment,
        is_release,
        replicas => match replicas[..] { [only] => Some(format::plural(only.into(), "replica")), _ => None },
        alternatives,
        several => count > 1,
        replications => format::plural(provenance.replications, &format!("simulated {one}")),
        noun => provenance.noun.as_str(),
        events => format::printable(&provenance.events.join("; ")),
    }
}

/// `12 workloads`, `3 releases of 12 workloads`
fn of_release(all: &[&ScenarioResult]) -> String {
    let releases = all.iter().filter(|result| result.cluster.is_some()).count().max(1);
    let workloads = format::plural((all.len() / releases) as u64, "workload");
    if releases == 1 { workloads } else { format!("{} of {workloads}", format::plural(releases as u64, "release")) }
}

/// What repeats the page, and what was refused.
pub(in crate::report) fn origin(provenance: &Provenance) -> Value {
    let inputs: Vec<_> =
        provenance.inputs.iter().map(|(path, hash)| context!(path => format::printable(path), hash)).collect();
    let point = |s: &crate::plan::Skipped| context!(point => format::parameters(&s.parameters), reason => format::printable(&s.reason));
    context! {
        version => provenance.version.as_str(),
        seed => provenance.seed.to_string(),
        replications => format::count(provenance.replications),
        group => provenance.group.map(format::count),
        inputs,
        objectives => provenance.objectives.iter().map(|one| format::printable(&one.text)).collect::<Vec<_>>(),
        refused => format::count(provenance.skipped.len() as u64),
        skipped => provenance.skipped.iter().map(point).collect::<Vec<_>>(),
        say_rollout => event::ROLLOUT == provenance.noun,
    }
}

/// CSV as an address that a browser can save without the network.
fn data_url(csv: &[u8]) -> String {
    let mut url = String::with_capacity(csv.len() + csv.len() / 8);
    url.push_str("data:text/csv;charset=utf-8,");
    for &byte in csv {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b',' | b':' | b'/') {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

/// JSON that cannot end the script element that contains it.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}
