//! The answer for documents.

use super::Answered;
use super::causes::of_cause;
use super::sentences::{help, missing, read_at, start_up, subject, title};
use super::table::rows;
use super::text::noted;
use crate::report::caveats;

/// The answer as Markdown.
#[must_use]
pub fn markdown(one: Answered<'_>) -> String {
    let eta = one.eta;
    let mut text = format!("**{}**\n\n{}. {}.\n\n| | |\n|---|---|\n", title(eta), subject(eta), read_at(eta));
    for (name, value) in rows(eta) {
        text.push_str(&format!("| {name} | {} |\n", value.replace('|', "\\|")));
    }
    if !eta.causes.is_empty() {
        text.push_str("\nIt waits for:\n\n");
        for cause in &eta.causes {
            let (sentence, evidence) = of_cause(eta, cause);
            text.push_str(&format!("- {sentence}\n"));
            evidence.iter().for_each(|words| text.push_str(&format!("  > {words}\n")));
        }
    }
    if !eta.help.is_empty() {
        text.push_str("\nWhat would help:\n\n");
        eta.help.iter().for_each(|one| text.push_str(&format!("- {}\n", help(eta, one))));
    }
    for note in start_up(eta).into_iter().chain(eta.remark.as_deref().map(noted)).chain(missing(eta)) {
        text.push_str(&format!("\n{note}\n"));
    }
    for (heading, sentences) in one.caveats.map_or_else(Vec::new, |caveats| caveats::parts(caveats, None)) {
        text.push_str(&format!("\n{heading}\n\n"));
        sentences.iter().for_each(|sentence| text.push_str(&format!("- {sentence}\n")));
    }
    text
}
