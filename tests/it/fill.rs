//! `rollcast sweep --fill`: a part of a grid is simulated, and the rest is predicted and marked as such.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::{refuses, rollcast, succeeds, text};

const GRID: &str = "
name: grid
deployment: {spec: {replicas: 12, template: {spec: {containers: [{name: app, image: example/app}]}}}}
pods: {start: {lognormal: {p50: 8s, p99: 20s}}, pull: 0s, crash: 0}
sweep: {maxSurge: [1, 2, 3, 4, 6, 8], maxUnavailable: [1, 2, 3, 4, 5, 6]}
replications: 100
seed: 5
";

fn experiment(place: &Path, text: &str) -> PathBuf {
    let file = place.join("grid.yaml");
    fs::write(&file, text).expect("a file");
    file
}

fn words(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// Columns of a table by the scenario of the row.
fn table(file: &Path) -> BTreeMap<u32, BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(file).expect("a table");
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let row = |record: csv::StringRecord| {
        let row: BTreeMap<String, String> = header.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
        (row["scenario"].parse().expect("a number"), row)
    };
    reader.records().map(|record| row(record.expect("a row"))).collect()
}

#[test]
fn what_is_not_simulated_is_predicted_and_says_so() {
    let place = tempfile::tempdir().expect("a folder");
    let file = experiment(place.path(), GRID);
    let (part, whole) = (place.path().join("part"), place.path().join("whole"));
    let said = succeeds(&["sweep", words(&file), "--fill", "50%", "--out", words(&part)]);
    assert!(said.contains("Predicted p95 duration: with each of 18 simulated scenarios left out in turn"), "{said}");
    succeeds(&["sweep", words(&file), "--out", words(&whole), "--quiet"]);
    let (simulated, predicted) = (table(&part.join("summary.csv")), table(&part.join("predicted.csv")));
    assert_eq!((simulated.len(), predicted.len()), (18, 18));
    let all = table(&whole.join("summary.csv"));
    let number = |row: &BTreeMap<String, String>, column: &str| row[column].parse::<f64>().expect("a number");
    let (mut errors, mut held) = (Vec::new(), 0);
    for (scenario, row) in &predicted {
        assert!(!simulated.contains_key(scenario), "{scenario} is simulated");
        let truth = number(&all[scenario], "duration_s_p95");
        errors.push((number(row, "duration_s_p95") / truth - 1.0).abs());
        // The simulation itself is not certain: its own interval may reach into the limits of the prediction.
        let (low, high) = (number(row, "duration_s_p95_low"), number(row, "duration_s_p95_high"));
        let [own_low, own_high] = ["duration_s_p95_low", "duration_s_p95_high"].map(|one| number(&all[scenario], one));
        held += u32::from(low <= own_high && high >= own_low);
    }
    errors.sort_by(f64::total_cmp);
    assert!(errors[9] < 0.1, "median error {}", errors[9]);
    assert!(held >= 16, "{held} of 18");
    for (scenario, row) in &simulated {
        assert_eq!(row, &all[scenario], "simulated as in the whole sweep");
    }
    let chart = fs::read_to_string(part.join("charts/predicted-duration_s_p95.svg")).expect("a chart");
    assert!(chart.contains("predicted, not simulated"));
    let page = fs::read_to_string(part.join("report.html")).expect("a page");
    assert!(page.contains("18 of 36 scenarios are simulated"), "the page says it");
    assert!(!whole.join("predicted.csv").exists());
    let verified = succeeds(&["verify", words(&part), "--quiet"]);
    assert!(verified.contains("same bytes"), "{verified}");
    refuses(&["report", words(&part)], &["scenarios that are predicted", "give the same command again"]);
}

#[test]
fn what_cannot_be_filled_is_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let out = place.path().join("out");
    let few = experiment(place.path(), &GRID.replace("maxSurge: [1, 2, 3, 4, 6, 8]", "maxSurge: [1, 2]"));
    let ask = |options: &[&str], expected: &[&str]| {
        refuses(&[&["sweep", words(&few), "--out", words(&out), "--quiet"], options].concat(), expected);
    };
    ask(&["--fill", "0.2"], &["--fill: 12 scenarios are too few"]);
    ask(&["--fill", "2"], &["a share from 0.01 to 0.9"]);
    let both = rollcast(&["sweep", words(&few), "--out", words(&out), "--fill", "0.2", "--shard", "0/2"]);
    assert_eq!(both.status.code(), Some(2), "{}", text(&both.stderr));
    let words_of = "pods.new.start: [{lognormal: {p50: 8s, p99: 20s}}, 9s, 10s]";
    let named = GRID.replace("maxUnavailable: [1, 2, 3, 4, 5, 6]", &format!("maxUnavailable: [1, 2], {words_of}"));
    let named = experiment(place.path(), &named);
    let ask = ["sweep", words(&named), "--out", words(&out), "--quiet", "--fill", "0.5"];
    refuses(&ask, &["pods.new.start has values that are no numbers"]);
}
