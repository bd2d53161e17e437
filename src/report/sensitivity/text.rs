//! The answer on the terminal.

use super::Answered;
use super::sentences::{method, more, situation, title};
use super::table::{Rows, rows};
use super::words::as_written;
use crate::report::format;
use crate::report::sparkline::Glyphs;

/// The answer as text of so many columns.
#[must_use]
pub fn text(one: Answered<'_>, width: usize, glyphs: Glyphs) -> String {
    let mut lines = format::wrap(&situation(one), width);
    let add = |lines: &mut Vec<String>, sentence: &str| {
        lines.push(String::new());
        lines.extend(format::wrap(sentence, width));
    };
    add(&mut lines, &title(one.found));
    more(one.found).iter().for_each(|sentence| add(&mut lines, sentence));
    for outcome in &one.found.outcomes {
        // Where lines are too wide the limits of shares are left out.
        let wide = rows(one.found, outcome, true);
        let is_too_wide = in_columns(&wide, glyphs).iter().any(|line| line.chars().count() > width);
        let table = if is_too_wide { rows(one.found, outcome, false) } else { wide };
        if table.rows.is_empty() {
            continue;
        }
        add(&mut lines, &as_written(outcome));
        lines.extend(in_columns(&table, glyphs));
        if !table.still.is_empty() {
            let names: Vec<String> = table.still.iter().map(|name| (*name).to_owned()).collect();
            lines.extend(format::wrap(&format!("Not moved by {}.", format::listed(&names)), width));
        }
    }
    add(&mut lines, &method(one.found));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The table, with its first two columns at the left and its numbers at the right.
fn in_columns(Rows { headings, rows, .. }: &Rows, glyphs: Glyphs) -> Vec<String> {
    let length = |text: &str| text.chars().count();
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| {
            let cells = rows.iter().map(|row| length(&row[column]));
            cells.chain([length(headings[column])]).max().unwrap_or(0)
        })
        .collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            let space = " ".repeat(width - length(cell));
            if column < 2 { format!("{cell}{space}") } else { format!("{space}{cell}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(headings.clone())];
    lines.push(glyphs.rule().repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)));
    lines.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    lines
}
