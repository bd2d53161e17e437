//! A recommendation as Markdown, for a pull request.

use super::changes::Changes;
use super::report::Report;
use super::strategies::figure;
use super::{method, misses, patch, reasons, sentences, wanted};
use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95, PODS_P95};
use crate::recommend::Choice;
use crate::report::format;
use crate::report::markdown::{self, escaped};
use crate::report::marks::Marks;
use crate::report::sparkline::Glyphs;
use crate::report::what_if;

pub(super) fn text(report: &Report<'_>) -> String {
    let mut text = format!("### {}\n\n{}\n", heading(report), escaped(&wanted::title(report)));
    text.push_str(&format!("\n{}", table(report)));
    match &report.recommendation.choice {
        None => misses::sentences(report).iter().for_each(|one| text.push_str(&format!("\n{}\n", escaped(one)))),
        Some(choice) => answer(report, choice, &mut text),
    }
    text
}

fn heading(report: &Report<'_>) -> String {
    let name = escaped(&format::printable(&report.recommendation.deployment));
    let case = report.case().map_or(String::new(), |case| format!(" with {}", escaped(&case)));
    match &report.recommendation.choice {
        None => format!("{name}{case}: no strategy meets all objectives"),
        Some(choice) => {
            let strategy = escaped(&report.name(choice.best));
            let verb = if report.recommendation.own == Some(choice.best) { "keep" } else { "use" };
            let condition = if report.plan.caveats.is_conditional(None) { ", on a condition" } else { "" };
            format!("{name}{case}: {verb} {strategy}{condition}")
        }
    }
}

fn answer(report: &Report<'_>, choice: &Choice, text: &mut String) {
    let lines = patch::yaml(report.recommendation, choice.best);
    if !lines.is_empty() {
        let lines: String = lines.iter().map(|line| format!("  {line}\n")).collect();
        text.push_str(&format!("\n```yaml\nspec:\n{lines}```\n"));
    }
    let changes = Changes::of(report, choice);
    let mut item = |word: &str, list: &[String]| {
        if !list.is_empty() {
            text.push_str(&format!("\n**{word}** {}.\n", escaped(&list.join("; "))));
        }
    };
    item("Gain:", &changes.gains);
    item("Give up:", &changes.costs);
    item("Sure:", &[reasons::sure(report, choice)]);
    text.push_str(&format!("\n**Why:** {}\n", escaped(&sentences::why(report, choice))));
    for sentence in sentences::condition(report).into_iter().chain(sentences::remarks(report)) {
        text.push_str(&format!("\n{}\n", escaped(&sentence)));
    }
    text.push_str(&what_if::markdown(&report.what_if.recommended));
    text.push_str("\n<details><summary>Method</summary>\n\n");
    for sentence in method::lines(report, choice) {
        text.push_str(&format!("- {}\n", escaped(&sentence)));
    }
    text.push_str("\n</details>\n");
}

fn table(report: &Report<'_>) -> String {
    let figures = [DURATION_P95, AVAILABLE_P05, PODS_P95, report.failed()];
    let headings = figures.map(|one| one.column.replace('\n', " "));
    let heads: Vec<&str> =
        ["", "strategy"].into_iter().chain(headings.iter().map(String::as_str)).chain(["objectives"]).collect();
    let marks = Marks::of(Glyphs::Blocks);
    let row = |place: usize| {
        let one = &report.recommendation.strategies[place];
        let figures = figures.iter().map(|headline| figure(*headline, one).unwrap_or_else(|| marks.nothing.into()));
        let ends = [report.part(place, marks).trim().to_owned(), escaped(&report.name(place))];
        ends.into_iter().chain(figures).chain([escaped(&report.standing_in_words(place))]).collect::<Vec<String>>()
    };
    let places = report.shown();
    markdown::table(&heads, "llrrrrl", &places.into_iter().map(row).collect::<Vec<_>>())
}
