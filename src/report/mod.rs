//! From results to files and words: CSV, a Frictionless data package, charts, and the terminal.
//!
//! Every writer turns data into bytes and touches no disk; [`folder`] alone writes files. Nothing here depends on the
//! clock, the machine or the terminal, so equal results give equal bytes.

pub mod caveats;
pub mod chart;
pub mod comparison;
pub mod datapackage;
pub mod difference;
mod doubt;
mod findings;
pub mod fit;
pub mod folder;
pub mod format;
pub mod html;
mod inputs;
pub mod json;
mod links;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod precision;
pub mod recommendation;
pub mod recorded;
pub mod replications;
pub mod saved;
pub mod spark;
pub mod subject;
pub mod summary;
mod table;
pub mod text;
mod workshop;

#[cfg(test)]
mod fixture;

use std::path::PathBuf;

use crate::analysis::{ScenarioResult, verdicts};
use crate::plan::Plan;
use datapackage::Contents;
use folder::{Folder, FolderError};
use subject::Subject;

/// Adds the tables, charts and page of `results` to `folder` and puts it in place; gives the finished directory.
/// `replications.csv` must have been written already.
///
/// # Errors
/// When a file cannot be written, or the directory cannot be put in place.
pub fn finish(mut folder: Folder, plan: &Plan, results: &[ScenarioResult]) -> Result<PathBuf, FolderError> {
    let summary = summary::summary(plan, results);
    let pictures = pictures(&Subject::of(plan), results, &summary, folder.png());
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
    ];
    for (path, fields, bytes, title) in tables {
        folder.add(path, title, Contents::Table(fields), &bytes)?;
    }
    if plan.precision.is_some() {
        let (title, fields) = ("What the precision targets came to", Contents::Table(precision::fields(plan)));
        folder.add("precision.csv", title, fields, &precision::precision(plan, results))?;
    }
    if let Some(baseline) = plan.baseline {
        let (title, fields) = ("Every scenario against the baseline", Contents::Table(comparison::fields()));
        folder.add("comparisons.csv", title, fields, &comparison::comparisons(baseline, results))?;
    }
    for Picture { path, title, contents, bytes } in pictures {
        folder.add(&path, &title, contents, &bytes)?;
    }
    folder.finish(plan)
}

/// A file to look at.
struct Picture {
    path: String,
    title: String,
    contents: Contents,
    bytes: Vec<u8>,
}

/// The charts, as PNG too where `png`, and the page, which depend on nothing but what is given.
fn pictures(subject: &Subject, results: &[ScenarioResult], summary: &[u8], png: bool) -> Vec<Picture> {
    let charts = chart::charts(subject, results);
    let page = html::page(subject, results, &verdicts(&subject.objectives, results), &charts, summary);
    let picture = |chart: &chart::Chart, ending, contents, bytes| Picture {
        path: format!("charts/{}{ending}", chart.file.trim_end_matches("svg")),
        title: chart.title.clone(),
        contents,
        bytes,
    };
    let mut pictures = Vec::new();
    for chart in &charts {
        pictures.push(picture(chart, "svg", Contents::Image, chart.svg.as_bytes().to_vec()));
        if png {
            pictures.push(picture(chart, "png", Contents::Png, chart.png()));
        }
    }
    pictures.push(Picture {
        path: "report.html".into(),
        title: "Report".into(),
        contents: Contents::Page,
        bytes: page,
    });
    pictures
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With `RESULTS=DIR` in the environment the folder is written there, for other tools to check.
    #[test]
    fn finished_folder_describes_every_file_in_it() {
        let (plan, results) = fixture::sweep(&["0", "25%"], &["0", "1"], &[]);
        let scratch = tempfile::tempdir().unwrap();
        let place = std::env::var_os("RESULTS").map_or_else(|| scratch.path().join("out"), PathBuf::from);
        let mut folder = Folder::create(folder::Workshop::open(&place, b"").unwrap(), None).unwrap();
        folder.write_replications(&replications::header(&plan)).unwrap();
        for scenario in &plan.scenarios {
            let records: Vec<_> = (0..5).map(fixture::record).collect();
            folder.write_replications(&replications::rows(scenario, 0, &records)).unwrap();
        }
        finish(folder, &plan, &results).unwrap();
        let package = std::fs::read(place.join("datapackage.json")).unwrap();
        let package: serde_json::Value = serde_json::from_slice(&package).unwrap();
        let resources = package["resources"].as_array().unwrap();
        assert_eq!(resources.len(), 7 + chart::charts(&Subject::of(&plan), &results).len());
        for resource in resources {
            let bytes = std::fs::read(place.join(resource["path"].as_str().unwrap())).unwrap();
            assert_eq!(resource["bytes"], bytes.len());
            if let Some(fields) = resource["schema"]["fields"].as_array() {
                let names: Vec<_> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
                let header = csv::Reader::from_reader(bytes.as_slice()).headers().unwrap().clone();
                assert_eq!(header, names);
            }
        }
    }
}
