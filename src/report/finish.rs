//! The last step of a result folder: its tables, charts and page.

use std::path::PathBuf;

use super::datapackage::{Contents, Field};
use super::folder::{Folder, FolderError};
use super::pictures::{Picture, pictures};
use super::provenance::Provenance;
use super::{cluster, comparison, input_uncertainty, no_node, pods, precision, predicted, summary, what_if};
use crate::analysis::ScenarioResult;
use crate::plan::Plan;

/// Adds the tables, charts and page of `results` to `folder` and puts it in place; gives the finished directory.
/// `replications.csv`, and `cluster.csv` of worlds, must have been written already.
///
/// # Errors
/// When a file cannot be written, or the directory cannot be put in place.
pub fn finish(mut folder: Folder, plan: &Plan, results: &[ScenarioResult]) -> Result<PathBuf, FolderError> {
    let summary = summary::summary(plan, results);
    let pictures = pictures(&Provenance::of(plan), results, &summary, folder.png());
    let scenarios = Contents::Table(summary::scenarios_fields(plan));
    folder.add("scenarios.csv", "One row per scenario, in pods", scenarios, &summary::scenarios(plan, results))?;
    folder.add("summary.csv", "One row per scenario", Contents::Table(summary::summary_fields(plan)), &summary)?;
    let long: [(_, _, Vec<Field>, Table); 4] = [
        ("statistics.csv", "Every statistic, long", summary::statistics_fields(), summary::statistics),
        ("durations.csv", "Rollouts completed over time", summary::durations_fields(), summary::durations),
        ("timeline.csv", "Quantile bands over time", summary::timeline_fields(), summary::timeline),
        (
            "levels.csv",
            "Available pods over time, as shares of the rollouts",
            summary::levels_fields(),
            summary::levels,
        ),
    ];
    for (path, title, fields, table) in long {
        folder.add_rows(path, title, fields, in_parts(results, table))?;
    }
    for table in cluster::tables::tables(results) {
        folder.add(table.file, table.title, Contents::Table(table.fields), &table.bytes)?;
    }
    if let Some(bytes) = no_node::stalls(results) {
        folder.add("stalls.csv", "Why pods found no node", Contents::Table(no_node::fields()), &bytes)?;
    }
    if let Some(bytes) = input_uncertainty::table(results) {
        let fields = Contents::Table(input_uncertainty::fields());
        folder.add("input-uncertainty.csv", "What the limits hold of the measurements", fields, &bytes)?;
    }
    if let Some(bytes) = what_if::table(results) {
        folder.add("what-if.csv", "What would change the answer", Contents::Table(what_if::fields()), &bytes)?;
    }
    if let Some(bytes) = pods::pods(results) {
        folder.add("pods.csv", "What the pods did in single rollouts", Contents::Table(pods::fields()), &bytes)?;
    }
    if plan.precision.is_some() {
        let (title, fields) = ("What the precision targets came to", Contents::Table(precision::fields(plan)));
        folder.add("precision.csv", title, fields, &precision::precision(plan, results))?;
    }
    if plan.has_baseline() {
        let (title, fields) = ("Every scenario against the baseline", Contents::Table(comparison::fields()));
        folder.add("comparisons.csv", title, fields, &comparison::comparisons(plan, results))?;
    }
    add_predicted(&mut folder, plan, results)?;
    for Picture { path, title, contents, bytes } in pictures {
        folder.add(&path, &title, contents, &bytes)?;
    }
    folder.finish(plan)
}

/// What is predicted of scenarios that are not simulated: a table and maps.
fn add_predicted(folder: &mut Folder, plan: &Plan, results: &[ScenarioResult]) -> Result<(), FolderError> {
    let predictions = predicted::of(plan, results);
    if predictions.is_empty() {
        return Ok(());
    }
    let fields = Contents::Table(predicted::fields(plan, &predictions));
    let title = "One row per scenario that was not simulated";
    folder.add("predicted.csv", title, fields, &predicted::table(plan, &predictions))?;
    for chart in predicted::charts(plan, results, &predictions) {
        let path = format!("charts/{}", chart.file);
        folder.add(&path, &chart.title, Contents::Image, chart.svg.as_bytes())?;
        if folder.png() {
            folder.add(&path.replace(".svg", ".png"), &chart.title, Contents::Png, &chart.png())?;
        }
    }
    Ok(())
}

/// A table of results, its header included.
type Table = fn(&[ScenarioResult]) -> Vec<u8>;

/// Scenarios whose rows are in memory at a time.
const AT_A_TIME: usize = 500;

/// The table in parts, so that it is never whole in memory: the header stands before the first alone.
fn in_parts(results: &[ScenarioResult], table: Table) -> impl Iterator<Item = Vec<u8>> {
    let without_header = |mut rows: Vec<u8>| {
        let end = rows.iter().position(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        drop(rows.drain(..end));
        rows
    };
    let rest = results.chunks(AT_A_TIME).skip(1).map(move |part| without_header(table(part)));
    std::iter::once_with(move || table(&results[..results.len().min(AT_A_TIME)])).chain(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture;

    #[test]
    fn a_table_in_parts_is_the_whole_table() {
        let (_, one) = fixture::one();
        let numbered = |scenario: u32| ScenarioResult { scenario, ..one[0].clone() };
        let results: Vec<_> = (0..AT_A_TIME as u32 * 2 + 1).map(numbered).collect();
        for count in [0, 1, AT_A_TIME, AT_A_TIME + 1, results.len()] {
            let some = &results[..count];
            let parts: Vec<u8> = in_parts(some, summary::statistics).flatten().collect();
            assert!(parts == summary::statistics(some), "{count} scenarios");
        }
    }
}
