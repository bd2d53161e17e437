//! `rollcast capacity --out`: the answer as a result folder, with its tables, charts and page.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::{files, refuses, rollcast, succeeds, text};
use crate::golden_file::golden;
use crate::golden_part::golden_part;

const TABLES: [&str; 9] = [
    "capacity-demand.csv",
    "capacity-drivers.csv",
    "capacity-needs.csv",
    "capacity-outages.csv",
    "capacity-timeline-workloads.csv",
    "capacity-timeline.csv",
    "capacity-what-if.csv",
    "capacity-workloads.csv",
    "capacity.csv",
];

fn deployment(name: &str, replicas: u32, strategy: &str, requests: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{replicas: {replicas}, strategy: {strategy}, \
         selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: app, image: \
         \"example/app:1\", resources: {{requests: {requests}}}}}]}}}}}}\n"
    )
}

fn surge(pods: u32) -> String {
    format!("{{rollingUpdate: {{maxSurge: {pods}, maxUnavailable: 0}}}}")
}

/// Together they need 4 CPU and 5 GiB more, 6 pods; one at a time 2 CPU, 4 GiB, 4 pods. `store` is an outage.
fn shop() -> String {
    deployment("a", 4, &surge(2), "{cpu: 500m, memory: 1Gi}")
        + &deployment("b", 2, &surge(1), "{cpu: 1, memory: 512Mi}")
        + &deployment("store", 1, "{type: Recreate}", "{cpu: 100m, memory: 64Mi}")
}

fn experiment(place: &Path, manifest: &str, more: &str) -> PathBuf {
    fs::write(place.join("shop.yaml"), manifest).expect("a file");
    let text = format!(
        "name: shop\nworkloads: {{manifest: shop.yaml}}\npods: {{start: 10s, termination: 2s, new: {{crash: 0, pull: 0s}}}}\nseed: 1\n{more}"
    );
    let file = place.join("experiment.yaml");
    fs::write(&file, text).expect("a file");
    file
}

/// One node with this much CPU for the world's pods and plenty of all else.
fn node(cpu: &str, replications: u32) -> String {
    format!(
        "replications: {replications}\ncluster: {{nodes: 1, zones: 1, allocatable: {{cpu: {cpu}, memory: 64Gi, pods: 110}}, used: {{cpu: 0, memory: \
         0, pods: 0}}}}\n"
    )
}

fn words(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// The rows of a table, by the names of its columns.
fn table(folder: &Path, name: &str) -> Vec<Vec<(String, String)>> {
    let text = fs::read_to_string(folder.join(name)).expect("a table");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let row = |record: csv::StringRecord| header.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
    reader.records().map(|record| row(record.expect("a row"))).collect()
}

fn cell<'a>(row: &'a [(String, String)], column: &str) -> &'a str {
    row.iter().find(|(name, _)| name == column).map(|(_, value)| value.as_str()).unwrap_or_else(|| panic!("{column}"))
}

/// The columns of every table, as `datapackage.json` describes them.
fn columns(folder: &Path) -> String {
    let package = fs::read_to_string(folder.join("datapackage.json")).expect("a package");
    let package: Value = serde_json::from_str(&package).expect("JSON");
    let mut text = String::new();
    for resource in package["resources"].as_array().expect("a list").iter().filter(|one| one["format"] == "csv") {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        text.push_str(&format!("\n`{}`: {}.\n\n", word(&resource["path"]), word(&resource["title"])));
        text.push_str("| column | type | unit | meaning |\n|---|---|---|---|\n");
        for field in resource["schema"]["fields"].as_array().expect("a list") {
            let [name, kind, unit, meaning] = ["name", "type", "unit", "description"].map(|key| word(&field[key]));
            text.push_str(&format!("| `{name}` | {kind} | {unit} | {meaning} |\n"));
        }
    }
    text + "\n"
}

/// The page without what has golden files of its own or is the style of all pages.
fn frame(page: &str) -> String {
    let (before, after) = page.split_once("<style>").expect("a style");
    let mut frame = format!("{before}[style]");
    let mut rest = after.split_once("</style>").expect("an end").1;
    while let Some((before, after)) = rest.split_once("<svg") {
        frame.push_str(before);
        frame.push_str("[svg]");
        rest = after.split_once("</svg>").expect("an end").1;
    }
    (frame + rest).replace(concat!("rollcast ", env!("CARGO_PKG_VERSION")), "rollcast VERSION")
}

#[test]
fn the_folder_has_all_that_the_answer_says() {
    let place = tempfile::tempdir().expect("a folder");
    let file = experiment(place.path(), &shop(), &node("7900m", 400));
    let out = place.path().join("out");
    let ask = ["capacity", words(&file), "--quiet", "--out", words(&out), "--at-once", "3,2,1"];
    let answer: Value = serde_json::from_str(&succeeds(&[&ask[..], &["-o", "json"]].concat())).expect("JSON");
    let mut wanted: Vec<&str> = TABLES.to_vec();
    wanted.extend(["charts/capacity-drivers.svg", "charts/capacity-turns.svg", "charts/capacity.svg"]);
    wanted.extend(["datapackage.json", "inputs/experiment.yaml", "inputs/shop.yaml", "report.html"]);
    wanted.sort_unstable();
    assert_eq!(files(&out), wanted);
    // By hand: all need 4 CPU of 3.8 that are left beside 4.1 that run.
    let demand = table(&out, "capacity-demand.csv");
    let cpu = |at_once: &str| {
        let is = |row: &&Vec<(String, String)>| cell(row, "at_once") == at_once && cell(row, "supply") == "cpu";
        demand.iter().find(is).expect("a row")
    };
    assert_eq!(["found", "left", "p99"].map(|column| cell(cpu("3"), column)), ["4.1", "3.8", "4"]);
    assert_eq!(cell(cpu("1"), "unit"), "cores");
    let trials = table(&out, "capacity.csv");
    let told: Vec<_> =
        trials.iter().map(|row| ["at_once", "recommended", "fits"].map(|column| cell(row, column))).collect();
    assert_eq!(told[0], ["3", "false", "no"]);
    let best = answer["recommended"].as_u64().expect("one fits") as usize;
    assert_eq!(cell(&trials[best], "recommended"), "true");
    assert_eq!(trials.iter().filter(|row| cell(row, "recommended") == "true").count(), 1);
    let drivers: Vec<_> =
        table(&out, "capacity-drivers.csv").iter().take(2).map(|row| cell(row, "workload").to_owned()).collect();
    assert_eq!(drivers, ["shop/a", "shop/b"], "2 CPU each");
    assert_eq!(cell(&table(&out, "capacity-outages.csv")[0], "workload"), "shop/store");
    let needs = table(&out, "capacity-needs.csv");
    assert_eq!(["need", "more", "node_cpu"].map(|column| cell(&needs[0], column)), ["nodes_enough", "1", "7.9"]);
    let page = fs::read_to_string(out.join("report.html")).expect("a page");
    let title = answer["answer"].as_str().expect("a text").trim_end_matches('.');
    assert!(page.contains(&format!("<h1>{title}</h1>")), "the title is the answer");
    assert!(!page.contains("<script"));
    assert_eq!(page.matches("<figure").count(), 3);
    assert_eq!(page.matches("Numbers of this picture").count(), 3, "a table behind each picture");
    golden("tests/golden/capacity-report.html", &frame(&page));
    for chart in files(&out.join("charts")) {
        golden(
            &format!("tests/golden/{chart}"),
            &fs::read_to_string(out.join("charts").join(&chart)).expect("a chart"),
        );
    }
    golden_part("docs/reference/files.md", "capacity files", &columns(&out));
    // Repeated from its own inputs every byte is the same.
    let verified = succeeds(&["verify", words(&out), "--quiet"]);
    assert!(
        verified.contains("3 numbers at a time, 1,200 releases run again, 14 files with the same bytes"),
        "{verified}"
    );
    refuses(&["verify", words(&out), "--quiet", "--sample", "1"], &["repeated as a whole"]);
    fs::write(out.join("capacity.csv"), "at_once\n").expect("a file");
    let output = rollcast(&["verify", words(&out), "--quiet"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("capacity.csv: was changed after it was written"),
        "{}",
        text(&output.stdout)
    );
    refuses(&["report", words(&out)], &["is of `rollcast capacity`", "give the same command again"]);
    // Nothing of an earlier result stays. Twenty releases are too few to say that one at a time fits.
    let ask =
        ["capacity", words(&file), "--quiet", "--out", words(&out), "--at-once", "1", "--png", "--replications", "20"];
    assert_eq!(rollcast(&ask).status.code(), Some(1));
    assert_eq!(table(&out, "capacity.csv").len(), 1);
    assert!(files(&out.join("charts")).iter().any(|name| name.ends_with(".png")));
}

#[test]
fn foreign_directories_are_refused_before_anything_is_simulated() {
    let place = tempfile::tempdir().expect("a folder");
    // So many releases would take hours.
    let file = experiment(place.path(), &shop(), &node("64", 1_000_000));
    refuses(
        &["capacity", words(&file), "--quiet", "--out", words(place.path())],
        &["did not write", "choose another directory"],
    );
    refuses(&["capacity", words(&file), "--quiet", "--png"], &["--out"]);
}

/// Unknown nodes, a quota that refuses, waves, one rollout, too few releases, thirty at a time: each has a page.
#[test]
fn unusual_answers_have_a_page() {
    let place = tempfile::tempdir().expect("a folder");
    let quota = "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: most, namespace: shop}\nspec: {hard: {pods: 9}}\nstatus: {hard: {pods: \
                 9}, used: {pods: 7}}\n";
    let many: String =
        (0..30).map(|number| deployment(&format!("d{number}"), 1, &surge(1), "{cpu: 100m, memory: 1Gi}")).collect();
    let waves = "release: {order: {waves: [[shop/a], [shop/b, shop/store]]}}\n";
    let cases = [
        (shop(), "replications: 400\n".to_owned(), vec![], "obody wrote what the nodes have"),
        (shop() + quota, node("64", 400), vec![], "ResourceQuota shop/most"),
        (shop(), node("64", 400) + waves, vec![], "waves of this release"),
        (deployment("a", 4, &surge(2), "{cpu: 500m, memory: 1Gi}"), node("64", 400), vec![], "The rollout fits"),
        (shop(), node("64", 20), vec![], "too few releases"),
        (many, node("64", 20), vec!["--at-once", "30,29,28,27,26,25,24,23,22,21,20,19,18,17,16"], "d29"),
    ];
    for (number, (manifest, more, options, said)) in cases.into_iter().enumerate() {
        let file = experiment(place.path(), &manifest, &more);
        let out = place.path().join(format!("out{number}"));
        let arguments = ["capacity", words(&file), "--quiet", "--out", words(&out)];
        let output = rollcast(&[&arguments[..], &options[..]].concat());
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", text(&output.stderr));
        let page = fs::read_to_string(out.join("report.html")).expect("a page");
        assert!(page.contains(said), "{number}: no {said}");
        assert!(page.ends_with("</html>\n") || page.ends_with("</html>"), "{number}");
        assert!(!page.contains("NaN") && !page.contains("inf "), "{number}");
        let demand = table(&out, "capacity-demand.csv");
        assert!(demand.len() >= 3, "{number}");
    }
}
