//! `report.html`: one page that needs no network and no script; with scripts it can be explored.
//!
//! The explorer draws with uPlot (MIT, `uplot/`), whose zoom and readout under the pointer static pictures cannot have;
//! everything else on the page is text, tables and the SVG charts.

mod data;
mod rows;

use std::fmt::Write;

use minijinja::{AutoEscape, Environment, Value, context};

use super::caveats;
use super::chart::Chart;
use super::event;
use super::findings::{Section, findings};
use super::format;
use super::provenance::Provenance;
use crate::analysis::{ScenarioResult, Verdict};

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = concat!(include_str!("uplot/uPlot.min.css"), "\n", include_str!("style.css"));
const UPLOT: &str = include_str!("uplot/uPlot.iife.min.js");
const UPLOT_LICENSE: &str = include_str!("uplot/LICENSE");
const EXPLORER: &str = include_str!("explorer.js");

/// The page. `summary` is `summary.csv`, which it offers for download.
#[must_use]
pub fn page(
    provenance: &Provenance,
    results: &[ScenarioResult],
    verdicts: &[Verdict<'_>],
    charts: &[Chart],
    summary: &[u8],
) -> Vec<u8> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page", TEMPLATE).expect("the template is tested");
    let template = environment.get_template("page").expect("it was just added");
    let inputs: Vec<_> =
        provenance.inputs.iter().map(|(path, hash)| context!(path => format::printable(path), hash)).collect();
    let skipped = provenance.skipped.iter();
    let skipped: Vec<_> = skipped
        .map(|s| context!(point => format::parameters(&s.parameters), reason => format::printable(&s.reason)))
        .collect();
    let findings = findings(provenance, results, verdicts);
    let page = template.render(context! {
        name => format::printable(&provenance.name),
        version => provenance.version.as_str(),
        seed => provenance.seed.to_string(),
        scenarios => format::plural(results.len() as u64, "scenario"),
        replications => format::count(provenance.replications),
        group => provenance.group.map(format::count),
        noun => provenance.noun.as_str(),
        events => format::printable(&provenance.events.join("; ")),
        findings => findings.into_iter().map(|f| spoken(f, &provenance.noun)).collect::<Vec<_>>(),
        charts => charts.iter().map(figure).collect::<Vec<_>>(),
        parameters => format::names(provenance.parameters.iter().map(String::as_str)).into_iter().map(format::printable).collect::<Vec<_>>(),
        columns => rows::columns(results, !verdicts.is_empty()),
        rows => rows::rows(results, verdicts),
        notes => provenance.notes.iter().map(|note| format::printable(note)).collect::<Vec<_>>(),
        caveats => caveats::parts(&provenance.caveats, None).into_iter().map(|(heading, sentences)| context!(heading, sentences)).collect::<Vec<_>>(),
        conditional => provenance.caveats.is_conditional(None),
        inputs,
        refused => format::count(provenance.skipped.len() as u64),
        skipped,
        explored => !provenance.parameters.is_empty(),
        download => Value::from_safe_string(data_url(summary)),
        data => Value::from_safe_string(in_script(&data::explorer(provenance, results))),
        style => Value::from_safe_string(STYLE.into()),
        uplot => Value::from_safe_string(format!("/*\n{UPLOT_LICENSE}*/\n{UPLOT}")),
        explorer => Value::from_safe_string(EXPLORER.into()),
    });
    page.expect("the template names only what it is given").into_bytes()
}

/// Findings, said of what is measured.
fn spoken(section: Section, noun: &str) -> Value {
    let sentences: Vec<_> = section.sentences.into_iter().map(|sentence| event::say(sentence, noun)).collect();
    context!(heading => event::say(section.heading.to_string(), noun), sentences)
}

/// The picture as part of the page, with its title for those who cannot see it.
fn figure(chart: &Chart) -> Value {
    let body = chart.svg.find("<svg").map_or("", |start| &chart.svg[start + 4..]);
    context! { title => chart.title.as_str(), body => Value::from_safe_string(body.into()) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::verdicts;
    use crate::plan::{Objective, Plan};
    use crate::report::tests::fixture::{self, golden};
    use crate::report::{chart, summary};

    fn page_of(plan: &Plan, results: &[ScenarioResult]) -> String {
        let provenance = Provenance::of(plan);
        let verdicts = verdicts(&provenance.objectives, results);
        let charts = chart::charts(&provenance, results);
        let summary = summary::summary(plan, results);
        String::from_utf8(page(&provenance, results, &verdicts, &charts, &summary)).unwrap()
    }

    /// The page without the parts that have golden files of their own or come from elsewhere.
    fn frame(page: &str) -> String {
        let version = concat!("rollcast ", env!("CARGO_PKG_VERSION"));
        let mut text = page.replace(version, "rollcast VERSION");
        for asset in [STYLE, UPLOT, EXPLORER] {
            text = text.replace(asset, "[asset]");
        }
        let mut frame = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("<svg") {
            let (_, after) = after.split_once("</svg>").unwrap();
            frame.push_str(before);
            frame.push_str("[svg]");
            rest = after;
        }
        frame + rest
    }

    #[test]
    fn page_is_as_it_was() {
        let (mut plan, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        plan.objectives = vec![Objective::parse("p95 duration_s <= 1m").unwrap()];
        golden("report.html", frame(&page_of(&plan, &results)).as_bytes());
    }

    #[test]
    fn names_from_outside_stay_text() {
        let hostile = "</script><script>alert(1)</script><img src=x onerror='alert(2)'>\"&{{ seed }}";
        let (mut plan, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
        plan.name = hostile.into();
        plan.notes = vec![hostile.into()];
        plan.inputs[0].path = hostile.into();
        plan.skipped[0].reason = hostile.into();
        plan.parameters.push(hostile.into());
        plan.objectives = vec![Objective { text: hostile.into(), ..Objective::parse("stalled_rate <= 1%").unwrap() }];
        for result in &mut results {
            result.parameters.push((hostile.into(), hostile.into()));
        }
        let page = page_of(&plan, &results);
        assert_eq!(page.matches("<script").count(), 3, "the page's own three");
        assert_eq!(page.matches("</script").count(), 3);
        assert!(!page.contains("<img"));
        assert!(page.contains("{{ seed }}"), "no template in a name is run");
    }

    #[test]
    fn nothing_is_fetched() {
        let (plan, results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
        let page = page_of(&plan, &results).replace(UPLOT, "").replace("http://www.w3.org/2000/svg", "");
        for fetch in ["src=", "@import", "url(", "fetch(", "XMLHttpRequest", "<link"] {
            assert!(!page.contains(fetch), "{fetch}");
        }
        let addresses: Vec<_> =
            page.match_indices("http").map(|(at, _)| &page[at..(at + 40).min(page.len())]).collect();
        assert!(
            addresses.iter().all(|a| a.starts_with("http-equiv") || a.starts_with("https://github.com")),
            "{addresses:?}"
        );
    }

    #[test]
    fn five_hundred_scenarios_stay_small() {
        let counts: Vec<String> = (1..=16).map(|n| n.to_string()).collect();
        let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
        let (plan, results) = fixture::sweep(&counts, &counts, &["0", "30"]);
        assert!(results.len() >= 500);
        let bytes = page_of(&plan, &results).len();
        assert!(bytes < 3_000_000, "{bytes} bytes");
    }

    #[test]
    fn pages_without_results_or_sweep_are_pages() {
        let (plan, results) = fixture::one();
        assert!(page_of(&plan, &results).contains("</html>"));
        assert!(page_of(&plan, &[]).contains("</html>"));
        let (plan, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
        for result in &mut results {
            result.statistics.lines.clear();
            result.statistics.completion.clear();
            result.timeline.clear();
        }
        assert!(page_of(&plan, &results).contains("</html>"));
    }
}
