//! A recommendation in sentences and for programs.

mod json;
mod misses;
mod patch;
mod report;
mod sentences;
mod strategies;

use super::{event, format};
use crate::plan::Plan;
use crate::recommend::{Question, Recommendation};
use report::Report;

pub use json::json;

/// A recommendation, `width` columns wide at most where that is possible.
#[must_use]
pub fn text(plan: &Plan, question: &Question, recommendation: &Recommendation, width: u16) -> String {
    let report = Report { plan, question, recommendation };
    let width = usize::from(width);
    let mut text = String::new();
    let noun = event::noun(plan);
    let said = |sentence: String| event::say(sentence, noun);
    for title in event::titles(plan) {
        text.push_str(&format!("{title}\n"));
    }
    if !recommendation.case.is_empty() {
        let pairs: Vec<_> = recommendation.case.iter().map(|(path, value)| format!("{path} {value}")).collect();
        text.push_str(&format!("With {}:\n\n", format::printable(&pairs.join(", "))));
    }
    paragraph(&mut text, &said(sentences::intention(&report)), width, "");
    text.push('\n');
    text.push_str(&report.table(width));
    paragraph(&mut text, &report.legend(), width, "");
    text.push('\n');
    match &recommendation.choice {
        Some(choice) => {
            paragraph(&mut text, &said(sentences::answer(&report, choice)), width, "");
            if let Some(patch) = patch::of(recommendation, choice.best) {
                let name = format::printable(&recommendation.deployment);
                text.push_str(&format!("\n  kubectl patch deployment {name} -p '{patch}'\n"));
            }
            text.push_str("\nFor the pull request:\n\n");
            for part in sentences::pull_request(&report, choice) {
                paragraph(&mut text, &said(part), width - 2, "  ");
            }
            text.push_str("\nHow it was chosen:\n\n");
            for part in sentences::method(&report, choice) {
                paragraph(&mut text, &said(part), width - 2, "  ");
            }
        }
        None => {
            misses::sentences(&report).into_iter().for_each(|sentence| paragraph(&mut text, &said(sentence), width, ""))
        }
    }
    text
}

fn paragraph(text: &mut String, sentences: &str, width: usize, indent: &str) {
    for line in format::wrap(sentences, width) {
        text.push_str(indent);
        text.push_str(&line);
        text.push('\n');
    }
}

#[cfg(test)]
mod tests;
