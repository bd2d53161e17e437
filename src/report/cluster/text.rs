//! What the workloads of a world take of their cluster together, for the terminal.

use super::words::{COMPARED, called, compared, demands, sentences};
use crate::analysis::{ClusterResult, ScenarioResult};
use crate::report::format;

/// Releases of a sweep that are shown; all are in `cluster-statistics.csv`.
const SHOWN: usize = 20;

/// Of one world its demand and what else is said of it; several in a row each.
pub(in crate::report) fn all(results: &[ScenarioResult], width: usize) -> String {
    let worlds: Vec<(&ScenarioResult, &ClusterResult)> =
        results.iter().filter_map(|result| Some((result, result.cluster.as_deref()?))).collect();
    match &worlds[..] {
        [] => String::new(),
        [(_, only)] => format!("\n{}", one(only, width)),
        several => format!("\n{}", rows(several, width)),
    }
}

/// The demand, then the sentences.
fn one(cluster: &ClusterResult, width: usize) -> String {
    let rows = demands(cluster);
    let head = ["", "p50", "p95", "p99", "left", "95% limits of the last"].map(str::to_owned).to_vec();
    let mut cells = vec![head];
    cells.extend(rows.iter().map(|row| {
        let [p50, p95, p99] = row.cells();
        vec![row.label.clone(), p50, p95, p99, row.room(), row.limits()]
    }));
    let table = fitting(&mut cells, width);
    let mut text = format!("All workloads together, the most at once beside what runs:\n{table}");
    for sentence in sentences(cluster) {
        for line in format::wrap(&sentence, width) {
            text.push_str(&format!("{line}\n"));
        }
    }
    text
}

/// A row for each release.
fn rows(worlds: &[(&ScenarioResult, &ClusterResult)], width: usize) -> String {
    let mut cells = vec![std::iter::once("").chain(COMPARED).map(str::to_owned).collect::<Vec<_>>()];
    cells.extend(
        worlds
            .iter()
            .take(SHOWN)
            .map(|(first, cluster)| std::iter::once(called(first)).chain(compared(cluster)).collect::<Vec<_>>()),
    );
    let table = fitting(&mut cells, width);
    let more = match worlds.len().saturating_sub(SHOWN) {
        0 => "",
        _ => " The first releases; cluster-statistics.csv has all.",
    };
    let about = format!("All workloads together, the most at once beside what runs, in 95 of 100 releases:{more}");
    let about: String = format::wrap(&about, width).iter().map(|line| format!("{line}\n")).collect();
    format!("{about}{table}")
}

/// The cells in columns: those that are empty are left out, and the last one where it does not fit.
fn fitting(cells: &mut [Vec<String>], width: usize) -> String {
    let count = cells.first().map_or(0, Vec::len);
    for column in (1..count).rev() {
        if cells.iter().skip(1).all(|line| line[column].is_empty()) {
            cells.iter_mut().for_each(|line| drop(line.remove(column)));
        }
    }
    let mut lines = columns(cells);
    if lines.iter().any(|line| line.chars().count() > width) {
        cells.iter_mut().for_each(|line| drop(line.pop()));
        lines = columns(cells);
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn columns(cells: &[Vec<String>]) -> Vec<String> {
    let count = cells.first().map_or(0, Vec::len);
    let width = |column: usize| cells.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |line: &Vec<String>| {
        let cell = |(column, width): (usize, &usize)| match column {
            0 => format!("{:<width$}", line[column]),
            _ => format!("{:>width$}", line[column]),
        };
        let parts: Vec<String> = widths.iter().enumerate().map(cell).collect();
        format!("  {}", parts.join("  ")).trim_end().to_owned()
    };
    cells.iter().map(line).collect()
}
