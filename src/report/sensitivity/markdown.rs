//! The answer for documents.

use super::Answered;
use super::sentences::{method, more, situation, title};
use super::table::rows;
use super::words::as_written;
use crate::report::markdown::{escaped, table};

/// The answer as Markdown.
#[must_use]
pub fn markdown(one: Answered<'_>) -> String {
    let mut text = format!("**{}**\n\n{}\n", escaped(&title(one.found)), escaped(&situation(one)));
    for sentence in more(one.found) {
        text.push_str(&format!("\n{}\n", escaped(&sentence)));
    }
    for outcome in &one.found.outcomes {
        let own = rows(one.found, outcome, true);
        if own.rows.is_empty() {
            continue;
        }
        let alignment = format!("ll{}", "r".repeat(own.headings.len().saturating_sub(2)));
        text.push_str(&format!(
            "\n{}\n\n{}",
            escaped(&as_written(outcome)),
            table(&own.headings, &alignment, &own.rows)
        ));
    }
    text.push_str(&format!("\n{}\n", escaped(&method(one.found))));
    text
}
