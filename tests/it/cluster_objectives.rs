//! Objectives about the cluster that several workloads share, through the program that a user runs.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::{refuses, rollcast, succeeds, text};

fn deployment(name: &str, replicas: u32, surge: u32, requests: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{replicas: {replicas}, strategy: \
         {{rollingUpdate: {{maxSurge: {surge}, maxUnavailable: 0}}}}, selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: \
         {{app: {name}}}}}, spec: {{containers: [{{name: app, image: \"example/app:1\", resources: {{requests: {requests}}}}}]}}}}}}\n"
    )
}

/// Together they ask for 8 CPU at the most in every release, and for 10 GiB: twice what runs.
fn experiment(place: &Path) -> PathBuf {
    let manifest =
        deployment("a", 4, 2, "{cpu: 500m, memory: 1Gi}") + &deployment("b", 2, 1, "{cpu: 1, memory: 512Mi}");
    fs::write(place.join("shop.yaml"), manifest).expect("a file");
    let text = "name: shop\nworkloads: {manifest: shop.yaml}\npods: {start: 10s, termination: 2s, new: {crash: 0, pull: 0s}}\nreplications: \
                400\nseed: 1\ncluster: {nodes: 1, zones: 1, allocatable: {cpu: 64, memory: 64Gi, pods: 110}, used: {cpu: 0, memory: 0, pods: 0}}\n";
    let file = place.join("experiment.yaml");
    fs::write(&file, text).expect("a file");
    file
}

fn words(path: &Path) -> &str {
    path.to_str().expect("a path")
}

#[test]
fn what_is_asked_of_the_cluster_decides() {
    let place = tempfile::tempdir().expect("a folder");
    let file = experiment(place.path());
    let ask = |objective: &str, check: bool| {
        let set = format!("objectives=[availability: 50%, {objective}]");
        let mut arguments = vec!["run", words(&file), "--quiet", "--set", &set];
        arguments.extend(check.then_some("--check"));
        let output = rollcast(&arguments);
        (text(&output.stdout), output.status.code())
    };
    for (objective, said, yes) in [
        ("cluster max peak_cpu_cores <= 8", "met, 8 CPU", true),
        ("cluster p99 peak_cpu_cores <= 8", "met, 8 CPU", true),
        ("cluster p99 peak_cpu_cores <= 7.9", "not met, 8 CPU", false),
        ("cluster p95 duration_s <= 10m", "met, 2", true),
        ("cluster p95 duration_s <= 15s", "not met, 2", false),
        ("cluster all_done_rate >= 98%", "met, 100%", true),
        ("cluster all_done_rate >= 99.9%", "the data cannot tell, 100%", false),
        ("cluster max peak_memory_bytes <= 10Gi", "met, 10 GiB", true),
    ] {
        let (answer, code) = ask(objective, true);
        let line = format!("Objective {objective}: {said}");
        assert!(answer.replace('\n', " ").contains(&line), "{line}: {answer}");
        assert_eq!(code, Some(i32::from(!yes)), "{objective}");
    }
    assert_eq!(ask("cluster p99 peak_cpu_cores <= 1", false).1, Some(0), "nobody asked for a check");
}

#[test]
fn files_and_answers_for_programs_have_it() {
    let place = tempfile::tempdir().expect("a folder");
    let file = experiment(place.path());
    let set = "objectives=[cluster p99 peak_cpu_cores <= 8, cluster p95 duration_s <= 1s]";
    let lines = succeeds(&["run", words(&file), "--quiet", "--set", set, "-o", "json"]);
    let first: Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    let told: Vec<_> = first["cluster"]["objectives"].as_array().expect("a list").iter().collect();
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0]["objective"], &told[0]["met"]), (&"cluster p99 peak_cpu_cores <= 8".into(), &true.into()));
    assert_eq!(told[1]["met"], false);
    let out = place.path().join("out");
    let swept = [
        "sweep",
        words(&file),
        "--quiet",
        "--set",
        set,
        "--set",
        "sweep={release.atOnce: [1, 2]}",
        "--out",
        words(&out),
    ];
    let said = succeeds(&swept);
    assert!(said.contains("Objective cluster p99 peak_cpu_cores <= 8: met by 2 of 2 releases."), "{said}");
    let page = fs::read_to_string(out.join("report.html")).expect("a page");
    assert!(page.contains("Objective cluster p99 peak_cpu_cores &lt;= 8: met, 8 CPU"), "each release has its own line");
    assert!(page.contains("Of what is asked of the cluster 2 of 4 are shown to be met."));
    succeeds(&["report", words(&out)]);
    assert_eq!(fs::read_to_string(out.join("report.html")).expect("a page"), page, "drawn again from its tables");
    let output = rollcast(&[&swept[..], &["--check"]].concat());
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn one_deployment_has_no_cluster_of_its_own() {
    let refused = ["run", "experiments/first-look.yaml", "--set", "objectives=[cluster p99 peak_cpu_cores <= 8]"];
    refuses(
        &refused,
        &["`cluster p99 peak_cpu_cores <= 8` is about a cluster that several workloads share", "workloads"],
    );
    let place = tempfile::tempdir().expect("a folder");
    let file = experiment(place.path());
    let set = "objectives=[cluster p99 peak_cpu_core <= 8]";
    refuses(&["run", words(&file), "--set", set], &["unknown metric of a cluster `peak_cpu_core`", "peak_cpu_cores"]);
}
