//! The answer on the terminal.

use super::Answered;
use super::causes::of_cause;
use super::sentences::{help, missing, read_at, start_up, subject, title};
use super::table::rows;
use crate::eta::{Eta, State};
use crate::report::{caveats, format};

/// The answer as text of so many columns.
#[must_use]
pub fn text(one: Answered<'_>, width: u16) -> String {
    let (eta, columns) = (one.eta, usize::from(width));
    let mut lines = format::wrap(&subject(eta), columns);
    lines.extend(format::wrap(&read_at(eta), columns));
    lines.push(String::new());
    lines.extend(format::wrap(&title(eta), columns));
    lines.push(String::new());
    let rows = rows(eta);
    let longest = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in rows {
        lines.push(format!("  {name:<longest$}   {value}"));
    }
    for block in blocks(eta) {
        lines.push(String::new());
        for (mark, text) in block {
            let indent = " ".repeat(mark.len());
            for (number, line) in format::wrap(&text, columns.saturating_sub(mark.len())).iter().enumerate() {
                lines.push(format!("{}{line}", if number == 0 { mark } else { &indent }));
            }
        }
    }
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    text + &one.caveats.map_or(String::new(), |caveats| caveats::text(caveats, None, width))
}

/// What stands below the figures: what it waits for, what would help, and what the answer rests on. Each text has a mark before it.
fn blocks(eta: &Eta) -> Vec<Vec<(&'static str, String)>> {
    let mut waits = vec![("", "It waits for:".to_owned())];
    for cause in &eta.causes {
        let (sentence, evidence) = of_cause(eta, cause);
        waits.push(("  - ", sentence));
        waits.extend(evidence.into_iter().map(|words| ("    > ", words)));
    }
    let helps = eta.help.iter().map(|one| ("  - ", help(eta, one)));
    let helps: Vec<_> = std::iter::once(("", "What would help:".to_owned())).chain(helps).collect();
    let remark = eta.remark.as_deref().map(noted);
    let rests = start_up(eta).into_iter().chain(remark).chain(missing(eta)).map(|text| ("", text)).collect();
    let mut blocks: Vec<Vec<_>> = vec![waits, helps].into_iter().filter(|block| block.len() > 1).collect();
    blocks.push(rests);
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// A remark as a sentence of its own.
pub(super) fn noted(remark: &str) -> String {
    format!("{}.", format::capital(&format::printable(remark)).trim_end_matches('.'))
}

/// The answer on one line, for a stream of snapshots.
#[must_use]
pub fn line(one: Answered<'_>) -> String {
    let eta = one.eta;
    let workload = &eta.snapshot.workload;
    let now = format!("{} of {} new, {} available", workload.updated, eta.snapshot.target(), workload.available);
    let state = if eta.state == State::AtRest { "complete".to_owned() } else { title(eta) };
    format::printable(&format!("{} UTC  {}  {now}  {state}", format::clock(eta.snapshot.at), workload.full_name()))
}
