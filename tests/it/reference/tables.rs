//! Metrics, and the files of a result with their columns, compared with the output of a sweep.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rollcast::metrics::CLUSTER_RATES;
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
        "done=[kubectl-wait, helm-3, helm-4, argo-cd, flux]",
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

/// A small sweep of several workloads that writes every file about their cluster.
fn sweep_of_release(out: &Path) -> Value {
    let out_text = out.display().to_string();
    succeeds(&["sweep", "tests/fixtures/release/short.yaml", "--quiet", "--out", &out_text]);
    serde_json::from_slice(&fs::read(out.join("datapackage.json")).expect("a description")).expect("JSON")
}

/// A small sweep with measured latencies, which writes what its limits hold of them.
fn sweep_of_measured(out: &Path) -> Value {
    let out_text = out.display().to_string();
    succeeds(&["sweep", "tests/fixtures/measured.yaml", "--quiet", "--out", &out_text]);
    serde_json::from_slice(&fs::read(out.join("datapackage.json")).expect("a description")).expect("JSON")
}

/// Whether a file is about the cluster that several workloads share.
fn is_of_cluster(resource: &&Value) -> bool {
    string(resource, "path").trim_start_matches("charts/").starts_with("cluster")
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
    let (package, release) = (sweep(&place.path().join("out")), sweep_of_release(&place.path().join("release")));
    let resources = package["resources"].as_array().expect("a list").iter();
    let of_cluster = release["resources"].as_array().expect("a list").iter().filter(is_of_cluster);
    let measured = sweep_of_measured(&place.path().join("measured"));
    let of_measured = measured["resources"].as_array().expect("a list").iter();
    let of_measured = of_measured.filter(|resource| resource["path"] == "input-uncertainty.csv");
    let resources: Vec<&Value> = resources.chain(of_measured).chain(of_cluster).collect();
    let mut text = "| file | contents |\n|---|---|\n".to_owned();
    for resource in &resources {
        text.push_str(&format!("| `{}` | {} |\n", string(resource, "path"), cell(string(resource, "title"))));
    }
    for resource in resources.into_iter().filter(|resource| !fields(resource).is_empty()) {
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

#[test]
fn metrics_of_a_cluster_are_those_that_its_statistics_are_made_of() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let package = sweep_of_release(&place.path().join("out"));
    let resources = package["resources"].as_array().expect("a list");
    let rows = resources.iter().find(|r| r["path"] == "cluster.csv").expect("the releases");
    let statistics = statistics(&place.path().join("out/cluster-statistics.csv"));
    let mut text = "| metric | unit | meaning | statistics |\n|---|---|---|---|\n".to_owned();
    for field in fields(rows) {
        let name = string(field, "name");
        if let Some(statistics) = statistics.get(name) {
            let meaning = cell(string(field, "description"));
            text.push_str(&format!("| `{name}` | {} | {meaning} | {statistics} |\n", string(field, "unit")));
        }
    }
    text.push_str("\n| rate | share of releases in which |\n|---|---|\n");
    for rate in CLUSTER_RATES {
        assert_eq!(statistics.get(rate.name).map(String::as_str), Some("rate"), "{}", rate.name);
        let (first, rest) = rate.description.split_at(1);
        text.push_str(&format!("| `{}` | {}{rest} |\n", rate.name, first.to_lowercase()));
    }
    golden_part("docs/reference/metrics.md", "cluster metrics", &text);
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
