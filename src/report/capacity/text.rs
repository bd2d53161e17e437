//! The answer on the terminal.

use super::Answered;
use super::phrases::name;
use super::sentences::{below, outage as of_outage, situation, title};
use super::supply::{called, demand_of};
use super::table::{Rows, rows};
use crate::analysis::capacity::{Capacity, Supply};
use crate::report::format;
use crate::report::sparkline::Glyphs;

/// Below this width memory has its 99th percentile alone.
const WIDE: u16 = 100;

/// Columns of the course over time.
const COLUMNS: usize = 40;

/// The answer as text of so many columns.
#[must_use]
pub fn text(one: Answered<'_>, width: u16, glyphs: Glyphs) -> String {
    let columns = usize::from(width);
    let mut lines = format::wrap(&situation(one), columns);
    lines.push(String::new());
    lines.extend(format::wrap(&title(one.capacity), columns));
    lines.push(String::new());
    lines.extend(table(&rows(one.capacity, width < WIDE), glyphs));
    if let Some(line) = course(one.capacity, glyphs).filter(|_| width >= WIDE) {
        lines.extend([String::new(), line]);
    }
    let [before, after] = below(one);
    let mut add = |sentence: &str, mark: &str| {
        lines.push(String::new());
        let indent = " ".repeat(mark.len());
        for (number, line) in format::wrap(sentence, columns.saturating_sub(mark.len())).iter().enumerate() {
            lines.push(format!("{}{line}", if number == 0 { mark } else { &indent }));
        }
    };
    before.iter().for_each(|sentence| add(sentence, ""));
    one.capacity.outages.iter().for_each(|own| add(&of_outage(one, own), "! "));
    after.iter().for_each(|sentence| add(sentence, ""));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The table, with its numbers at the right of their columns.
fn table(Rows { headings, rows }: &Rows, glyphs: Glyphs) -> Vec<String> {
    let length = |text: &str| text.chars().count();
    let widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(column, [_, heading])| {
            let cells = rows.iter().map(|row| length(&row[column]));
            cells.chain([length(heading)]).max().unwrap_or(0)
        })
        .collect();
    let mut groups = String::new();
    let mut end = 0;
    for ([group, _], width) in headings.iter().zip(&widths) {
        if !group.is_empty() && *group != "GiB" {
            groups.push_str(&" ".repeat(end.max(length(&groups)) - length(&groups)));
            groups.push_str(group);
        } else if !group.is_empty() {
            groups.push_str(&" ".repeat((end + width).saturating_sub(length(&groups) + length(group))));
            groups.push_str(group);
        }
        end += width + 2;
    }
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| {
                let space = " ".repeat(width - length(cell));
                if column == 0 { format!("{cell}{space}") } else { format!("{space}{cell}") }
            })
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![groups, line(headings.iter().map(|heading| heading[1]).collect())];
    lines.push(glyphs.rule().repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)));
    lines.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    lines.into_iter().map(|line| if glyphs == Glyphs::Ascii { line.replace('★', "*") } else { line }).collect()
}

/// What binds, CPU where nothing does, over time: what is asked for beside what runs, of the order with the most at once. A full column
/// is what is left, or the most that is asked for where that is more.
fn course(capacity: &Capacity, glyphs: Glyphs) -> Option<String> {
    let trial = capacity.trials.first()?;
    let (course, supply) = (trial.course()?, trial.driven());
    let found = match supply {
        Supply::Resource(place) => capacity.resources.get(place)?.found,
        Supply::Quota(place) => capacity.quotas.get(place)?.found,
    } as f64;
    let extra: Vec<f64> = course.p95.iter().map(|value| value.map(|value| value - found)).collect::<Option<_>>()?;
    let most = extra.iter().copied().fold(0.0, f64::max);
    let (_, left) = demand_of(capacity, trial, supply);
    let end = course.seconds.last().copied()?;
    let columns: Vec<f64> =
        extra.chunks(extra.len().div_ceil(COLUMNS)).map(|part| part.iter().copied().fold(0.0, f64::max)).collect();
    let over =
        course.seconds.iter().zip(&extra).filter(|(_, extra)| left.is_some_and(|left| **extra > left.max(0) as f64));
    let over = match over.map(|(at, _)| *at).next_back() {
        Some(last) => format!("   more than is left until {}", format::time(last)),
        None => String::new(),
    };
    Some(format!(
        "Extra {}, {}, p95   0s |{}| {}{over}",
        called(capacity, supply),
        name(trial),
        glyphs.plot(&columns, most.max(left.map_or(0.0, |left| left as f64))),
        format::time(end)
    ))
}
