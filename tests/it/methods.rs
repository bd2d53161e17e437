//! The methods page shows the program's current output; the module `documents` runs its example of targets.

use std::fs;

use crate::cli::{root, succeeds};

fn page() -> String {
    fs::read_to_string(root().join("docs/methods.md")).expect("the methods page")
}

#[test]
fn what_pairing_buys_is_as_measured() {
    let page = page();
    let pairs = [
        ["first-look", "0", "2"],
        ["node-loss", "0", "6"],
        ["crowding", "0", "1"],
        ["headroom", "0", "1"],
        ["control-plane", "0", "1"],
        ["autoscaler", "0", "1"],
        ["unsteady", "0", "1"],
        ["zone-loss", "0", "1"],
        ["spot", "0", "1"],
    ];
    for [name, first, second] in pairs {
        let arguments = [&format!("experiments/{name}.yaml"), first, second];
        let found = succeeds(&[&["compare"], &arguments[..], &["--format", "json"]].concat());
        let found: serde_json::Value = serde_json::from_str(&found).expect("JSON");
        let ratio = |metric: &str, statistic: &str| {
            let rows = found["differences"].as_array().expect("a list");
            let row =
                rows.iter().find(|row| row["metric"] == metric && row["statistic"] == statistic).expect("the figure");
            row["variance_ratio"].as_f64().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.1}"))
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
