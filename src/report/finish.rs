//! The last step of a result folder: its tables, charts and page.

use std::path::PathBuf;

use super::datapackage::Contents;
use super::folder::{Folder, FolderError};
use super::pictures::{Picture, pictures};
use super::provenance::Provenance;
use super::{cluster, comparison, no_node, pods, precision, summary, what_if};
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
    let tables = [
        (
            "scenarios.csv",
            summary::scenarios_fields(plan),
            summary::scenarios(plan, results),
            "One row per scenario, in pods",
        ),
        ("summary.csv", summary::summary_fields(plan), summary, "One row per scenario"),
        ("statistics.csv", summary::statistics_fields(), summary::statistics(results), "Every statistic, long"),
        ("durations.csv", summary::durations_fields(), summary::durations(results), "Rollouts completed over time"),
        ("timeline.csv", summary::timeline_fields(), summary::timeline(results), "Quantile bands over time"),
        (
            "levels.csv",
            summary::levels_fields(),
            summary::levels(results),
            "Available pods over time, as shares of the rollouts",
        ),
    ];
    for (path, fields, bytes, title) in tables {
        folder.add(path, title, Contents::Table(fields), &bytes)?;
    }
    for table in cluster::tables::tables(results) {
        folder.add(table.file, table.title, Contents::Table(table.fields), &table.bytes)?;
    }
    if let Some(bytes) = no_node::stalls(results) {
        folder.add("stalls.csv", "Why pods found no node", Contents::Table(no_node::fields()), &bytes)?;
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
    for Picture { path, title, contents, bytes } in pictures {
        folder.add(&path, &title, contents, &bytes)?;
    }
    folder.finish(plan)
}
