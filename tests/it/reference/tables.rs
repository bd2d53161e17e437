//! Metrics, and the files of a result with their columns, compared with the output of a sweep.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::cell;
use crate::cli::succeeds;
use crate::golden_part::golden_part;

/// A small sweep that writes every file: with traffic, what follows success, placement, stalls, targets and a baseline.
fn sweep(out: &Path) -> Value {
    let settings = [
        "sweep={maxSurge: [1, 25%], maxUnavailable: [0, 1]}",
        "traffic={rate: 400, capacity: 60}",
        "observe=30s",
        "placement=true",
        "pods.new.badVersion=2%",
        "replications={min: 100, max: 256, targets: [duration_s p50 ±50%]}",
        "baseline=0",
    ];
    let out_text = out.display().to_string();
    let mut arguments = vec!["sweep", "experiments/first-look.yaml", "--quiet", "--out", &out_text];
    for setting in settings {
        arguments.extend(["--set", setting]);
    }
    succeeds(&arguments);
    serde_json::from_slice(&fs::read(out.join("datapackage.json")).expect("a description")).expect("JSON")
}

fn string<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or("")
}

fn fields(resource: &Value) -> &[Value] {
    resource["schema"]["fields"].as_array().map_or(&[], Vec::as_slice)
}

const PARAMETER: &str = "Swept parameter, as written";

#[test]
fn files_and_columns_are_those_that_a_sweep_writes() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let package = sweep(&place.path().join("out"));
    let resources = package["resources"].as_array().expect("a list");
    let mut text = "| file | contents |\n|---|---|\n".to_owned();
    for resource in resources {
        text.push_str(&format!("| `{}` | {} |\n", string(resource, "path"), cell(string(resource, "title"))));
    }
    for resource in resources.iter().filter(|resource| !fields(resource).is_empty()) {
        text.push_str(&format!("\n## {}\n\n{}.\n\n", string(resource, "path"), string(resource, "title")));
        text.push_str("| column | type | unit | meaning |\n|---|---|---|---|\n");
        let mut parameters = false;
        for field in fields(resource) {
            let is_parameter = string(field, "description") == PARAMETER;
            if is_parameter && !parameters {
                text.push_str("| one for each swept parameter | | | The value as it was written |\n");
            } else if !is_parameter {
                text.push_str(&row(field));
            }
            parameters |= is_parameter;
        }
    }
    golden_part("docs/reference/files.md", "files", &text);
}

fn row(field: &Value) -> String {
    let values: Vec<&str> =
        field["constraints"]["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut meaning = cell(string(field, "description"));
    if !values.is_empty() {
        let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        meaning.push_str(&format!(". One of {}", values.join(", ")));
    }
    format!("| `{}` | {} | {} | {meaning} |\n", string(field, "name"), string(field, "type"), string(field, "unit"))
}

#[test]
fn metrics_are_those_that_statistics_are_made_of() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let package = sweep(&place.path().join("out"));
    let resources = package["resources"].as_array().expect("a list");
    let replications = resources.iter().find(|r| r["path"] == "replications.csv").expect("the replications");
    let statistics = statistics(&place.path().join("out/statistics.csv"));
    let mut text = "| metric | unit | meaning | statistics |\n|---|---|---|---|\n".to_owned();
    for field in fields(replications) {
        let name = string(field, "name");
        if let Some(statistics) = statistics.get(name) {
            let meaning = cell(string(field, "description"));
            text.push_str(&format!("| `{name}` | {} | {meaning} | {statistics} |\n", string(field, "unit")));
        }
    }
    golden_part("docs/reference/metrics.md", "metrics", &text);
    let mut rates: Vec<_> =
        statistics.iter().filter(|(_, statistics)| *statistics == "rate").map(|(name, _)| name).collect();
    rates.sort();
    let page = fs::read_to_string(crate::cli::root().join("docs/reference/metrics.md")).expect("the page");
    let section = page.split("\n## Rates\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("rates");
    let mut written: Vec<_> = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    written.sort();
    assert_eq!(written, rates, "the rates of docs/reference/metrics.md (written, of the program)");
}

/// The statistics of each metric, in the order of the file.
fn statistics(file: &Path) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(file).expect("the statistics");
    let headers = reader.headers().expect("a header").clone();
    let column = |name: &str| headers.iter().position(|header| header == name).expect("the column");
    let (scenario, metric, statistic) = (column("scenario"), column("metric"), column("statistic"));
    for row in reader.records().map(|row| row.expect("a row")).filter(|row| &row[scenario] == "0") {
        let list = found.entry(row[metric].to_owned()).or_default();
        let separator = if list.is_empty() { "" } else { ", " };
        list.push_str(separator);
        list.push_str(&row[statistic]);
    }
    found
}
