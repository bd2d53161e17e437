//! A recommendation in sentences, as lines to change, and for programs.

mod block;
mod changes;
mod json;
mod markdown;
mod method;
mod misses;
mod patch;
mod pull_request;
mod reasons;
mod report;
mod sentences;
mod strategies;
mod wanted;

use super::sparkline::Glyphs;
use super::{event, format, what_if};
use crate::plan::{Asked, Plan};
use crate::recommend::{Choice, Question, Recommendation};
use crate::report::marks::Marks;
use crate::what_if::OfChoice;
use report::Report;

pub use json::json;

/// An answer with what it was asked.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The experiment.
    pub plan: &'a Plan,
    /// The objectives that decided.
    pub asked: &'a Asked,
    /// How the best was to be chosen.
    pub question: &'a Question,
    /// What is said of the objectives that nobody wrote.
    pub remark: Option<&'a str>,
    /// The answer for one case.
    pub recommendation: &'a Recommendation,
    /// What would change it.
    pub what_if: &'a OfChoice,
}

/// How much of a recommendation a terminal shows, and how.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Columns.
    pub width: u16,
    /// Characters that the terminal has.
    pub glyphs: Glyphs,
    /// Whether all strategies are listed.
    pub all: bool,
    /// Whether the method is told.
    pub method: bool,
}

impl<'a> From<Answered<'a>> for Report<'a> {
    fn from(answered: Answered<'a>) -> Self {
        let Answered { plan, asked, question, remark, recommendation, what_if } = answered;
        Self { plan, asked, question, remark, recommendation, what_if }
    }
}

/// A recommendation for the terminal.
#[must_use]
pub fn text(answered: Answered<'_>, view: View) -> String {
    let report = Report::from(answered);
    let (plan, width) = (answered.plan, usize::from(view.width));
    let marks = Marks::of(view.glyphs);
    let noun = event::noun(plan);
    let said = |sentence: String| event::say(sentence, noun);
    let mut text = String::new();
    for title in event::titles(plan) {
        text.push_str(&format!("{title}\n"));
    }
    if let Some(case) = report.case() {
        text.push_str(&format!("With {case}:\n\n"));
    }
    paragraph(&mut text, &said(wanted::title(&report)), width, "");
    text.push('\n');
    text.push_str(&report.table(view.all, width, marks));
    for remark in sentences::remarks(&report) {
        item(&mut text, "!", &said(remark), width);
    }
    text.push('\n');
    match &answered.recommendation.choice {
        Some(choice) => answer(&report, choice, view, &said, &mut text),
        None => {
            misses::sentences(&report).into_iter().for_each(|sentence| paragraph(&mut text, &said(sentence), width, ""))
        }
    }
    text
}

/// What is recommended, why, and how it was found.
fn answer(report: &Report<'_>, choice: &Choice, view: View, said: &dyn Fn(String) -> String, text: &mut String) {
    let width = usize::from(view.width);
    paragraph(text, &said(sentences::answer(report, choice)), width, "");
    text.push('\n');
    text.push_str(&said(block::text(report, choice, width)));
    text.push('\n');
    paragraph(text, &said(format!("Why: {}", sentences::why(report, choice))), width, "");
    if let Some(drawn) = sentences::drawn(report, choice) {
        paragraph(text, &said(drawn), width, "");
    }
    if let Some(condition) = sentences::condition(report) {
        paragraph(text, &said(condition), width, "");
    }
    let changes = what_if::text(&report.what_if.recommended, width);
    if !changes.is_empty() {
        text.push_str(&format!("\n{}", said(changes)));
    }
    if view.method {
        text.push_str("\nHow it was chosen:\n\n");
        for part in method::lines(report, choice) {
            item(text, "-", &said(part), width);
        }
    }
}

/// What else can be asked for, as the last lines of a text; empty where nothing was recommended.
#[must_use]
pub fn hints(recommendations: &[Recommendation], view: View) -> String {
    let mut hints = Vec::new();
    if !view.all {
        hints.push("All strategies: --all");
    }
    if recommendations.iter().any(|one| one.choice.is_some()) {
        if !view.method {
            hints.push("Method and confidence: --method");
        }
        hints.push("For a pull request: --format markdown");
        hints.push("kubectl: --format patch");
    }
    let mut text = String::new();
    let mut line = String::new();
    for hint in hints {
        if !line.is_empty() && line.chars().count() + 3 + hint.len() > usize::from(view.width) {
            text.push_str(&format!("{line}\n"));
            line.clear();
        }
        line.push_str(if line.is_empty() { "" } else { "   " });
        line.push_str(hint);
    }
    if line.is_empty() { text } else { format!("\n{text}{line}\n") }
}

/// A recommendation as Markdown, for a pull request.
#[must_use]
pub fn markdown(answered: Answered<'_>) -> String {
    event::say(markdown::text(&Report::from(answered)), event::noun(answered.plan))
}

/// The lines of the manifest to change, below comments that say of what.
#[must_use]
pub fn yaml(answered: Answered<'_>) -> String {
    let report = Report::from(answered);
    let recommendation = answered.recommendation;
    let mut text = format!("# {}\n", format::printable(&report.line()));
    if let Some(choice) = &recommendation.choice {
        let lines = patch::yaml(recommendation, choice.best);
        let lines: String = lines.iter().map(|line| format!("  {line}\n")).collect();
        text.push_str(&if lines.is_empty() { String::new() } else { format!("spec:\n{lines}") });
    }
    text
}

/// The command for `kubectl`, or a comment where there is nothing to change.
#[must_use]
pub fn patch(answered: Answered<'_>) -> String {
    let recommendation = answered.recommendation;
    let best = recommendation.choice.as_ref().map(|choice| choice.best);
    match best.and_then(|best| patch::command(recommendation, best)) {
        Some(command) => format!("{command}\n"),
        None => {
            let by_hand = best.and_then(|best| patch::by_hand(recommendation, best));
            let lines = [Some(Report::from(answered).line()), by_hand].into_iter().flatten();
            lines.map(|line| format!("# {}\n", format::printable(&line))).collect()
        }
    }
}

fn paragraph(text: &mut String, sentences: &str, width: usize, indent: &str) {
    for line in format::wrap(sentences, width) {
        text.push_str(indent);
        text.push_str(&line);
        text.push('\n');
    }
}

/// A sentence behind a mark; what does not fit the line goes on below the sentence.
fn item(text: &mut String, mark: &str, sentence: &str, width: usize) {
    for (number, line) in format::wrap(sentence, width.saturating_sub(mark.len() + 1)).iter().enumerate() {
        let start = if number == 0 { mark.to_owned() } else { " ".repeat(mark.len()) };
        text.push_str(&format!("{start} {line}\n"));
    }
}

#[cfg(test)]
mod tests;
