//! The methods page shows what the program says today.

use std::fs;

use crate::cli::{root, succeeds};

fn page() -> String {
    fs::read_to_string(root().join("results/METHODS.md")).expect("the methods page")
}

#[test]
fn what_pairing_buys_is_as_measured() {
    let page = page();
    for arguments in [["experiments/first-look.yaml", "0", "2"], ["experiments/node-loss.yaml", "0", "6"]] {
        let found = succeeds(&[&["compare"], &arguments[..], &["--format", "json"]].concat());
        let found: serde_json::Value = serde_json::from_str(&found).expect("JSON");
        let ratio = |metric: &str, statistic: &str| {
            let rows = found["differences"].as_array().expect("a list");
            let row =
                rows.iter().find(|row| row["metric"] == metric && row["statistic"] == statistic).expect("the figure");
            format!("{:.1}", row["variance_ratio"].as_f64().expect("a ratio"))
        };
        let means = ["dip_pod_seconds", "surge_pod_seconds", "peak_footprint"].map(|metric| ratio(metric, "mean"));
        let [dip, surge, footprint] = means;
        let row = format!(
            "| `{}` | {} | {dip} | {surge} | {footprint} |",
            arguments.join(" "),
            ratio("duration_s", "restricted_mean")
        );
        assert!(page.contains(&row), "the page should say\n{row}");
    }
}

#[test]
fn the_example_of_targets_is_what_comes_out() {
    let page = page();
    let example =
        page.split("```console\n$ rollcast ").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let (_, expected) = example.split_once('\n').expect("a command and its answer");
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("out").display().to_string();
    let set = "replications={min: 200, max: 20000, targets: [duration_s p95 ±2%, stalled_rate ±0.2%]}";
    assert!(example.contains(set), "{example}");
    let answer = succeeds(&["sweep", "experiments/first-look.yaml", "--quiet", "--out", &out, "--set", set]);
    assert!(answer.contains(expected), "the page should say\n{answer}");
}
