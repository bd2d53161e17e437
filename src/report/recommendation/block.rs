//! The lines to change, and beside them what that gains, what it gives up, and how sure that is.

use super::changes::Changes;
use super::report::Report;
use super::{patch, reasons};
use crate::recommend::Choice;
use crate::report::format;

/// Columns of the lines to change, at least, with their indent and the gap behind them.
const LEFT: usize = 30;
/// Columns of a word such as `give up:` with the gap behind it.
const WORD: usize = 10;
/// Less room than this beside the lines to change is no room.
const LEAST: usize = 36;

/// The block, in `width` columns.
pub(super) fn text(report: &Report<'_>, choice: &Choice, width: usize) -> String {
    let lines: Vec<String> =
        patch::yaml(report.recommendation, choice.best).iter().map(|line| format!("  {line}")).collect();
    let left = lines.iter().map(|line| line.chars().count() + 3).max().unwrap_or(2).max(LEFT);
    if lines.is_empty() || width < left + LEAST {
        let gap = if lines.is_empty() { "" } else { "\n" };
        let said: String =
            said(report, choice, width.saturating_sub(2)).iter().map(|line| format!("  {line}\n")).collect();
        return lines.iter().map(|line| format!("{line}\n")).collect::<String>() + gap + &said;
    }
    let right = said(report, choice, width - left);
    let rows = lines.len().max(right.len());
    let mut text = String::new();
    for row in 0..rows {
        let (one, other) = (lines.get(row).map_or("", String::as_str), right.get(row).map_or("", String::as_str));
        text.push_str(format!("{one:left$}{other}").trim_end());
        text.push('\n');
    }
    text
}

/// What is gained, given up and sure, in lines.
fn said(report: &Report<'_>, choice: &Choice, width: usize) -> Vec<String> {
    let changes = Changes::of(report, choice);
    let compared = choice.evidence.own.is_some();
    let nothing = || vec!["nothing that shows".to_owned()];
    let some = |list: Vec<String>| if list.is_empty() { nothing() } else { list };
    let mut lines = Vec::new();
    if compared {
        said_of("gain:", &some(changes.gains), width, &mut lines);
        said_of("give up:", &some(changes.costs), width, &mut lines);
    }
    said_of("sure:", &[reasons::sure(report, choice)], width, &mut lines);
    lines
}

/// Items in lines, of which the first begins with `word`.
fn said_of(word: &str, items: &[String], width: usize, lines: &mut Vec<String>) {
    let mut word = word;
    for line in items.iter().flat_map(|item| format::wrap(item, width.saturating_sub(WORD))) {
        lines.push(format!("{word:WORD$}{line}"));
        word = "";
    }
}
