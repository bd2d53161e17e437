//! `rollcast compare OLD NEW`: what changed, what it does, how sure that is, and the gate.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cli::{refuses, rollcast, root, succeeds, text};
use crate::golden_file::golden;

const OLD: &str = "tests/fixtures/versions/old.yaml";
const NEW: &str = "tests/fixtures/versions/new.yaml";
const SMALL: [&str; 3] = ["-q", "--replications", "400"];

fn compare(arguments: &[&str]) -> Vec<u8> {
    succeeds(&[&["compare"], arguments, &SMALL].concat()).into_bytes()
}

fn answer(arguments: &[&str]) -> Value {
    serde_json::from_slice(&compare(&[arguments, &["--format", "json"]].concat())).expect("JSON")
}

fn code(arguments: &[&str]) -> Option<i32> {
    rollcast(&[&["compare"], arguments, &SMALL, &["--check"]].concat()).status.code()
}

fn written(place: &Path, name: &str, content: &str) -> String {
    let file = place.join(name);
    fs::create_dir_all(file.parent().expect("a folder")).expect("room on the disk");
    fs::write(&file, content).expect("room on the disk");
    file.display().to_string()
}

fn manifest() -> String {
    fs::read_to_string(root().join(OLD)).expect("a manifest")
}

/// Fields of all changes with this role.
fn changed(answer: &Value, role: &str) -> Vec<String> {
    let changes = answer["deployments"][0]["changes"].as_array().expect("changes");
    let of = |change: &&Value| change["role"] == role;
    changes.iter().filter(of).map(|change| change["field"].as_str().expect("a field").to_owned()).collect()
}

#[test]
fn a_comparison_is_as_people_read_it() {
    let objectives = ["--set", "objectives=[availability: 90%, p95 duration_s <= 70s, stalled_rate <= 5%]"];
    let ask = [&[OLD, NEW][..], &objectives].concat();
    golden("tests/golden/compare-versions.txt", &text(&compare(&ask)));
    golden("tests/golden/compare-versions.md", &text(&compare(&[&ask[..], &["--format", "markdown"]].concat())));
    let back =
        [&[NEW, OLD][..], &objectives, &["--instead", "--labels", "main,this branch", "--format", "markdown"]].concat();
    golden("tests/golden/compare-versions-missed.md", &text(&compare(&back)));
}

#[test]
fn the_gate_asks_whether_the_later_version_meets_the_objectives() {
    // Without objectives the default floor is asked for: 90 % of the pods available.
    assert_eq!((code(&[OLD, NEW]), code(&[NEW, OLD])), (Some(0), Some(1)));
    let objectives = |text: &'static str| ["--set", text];
    let loose = objectives("objectives=[availability: 70%, stalled_rate <= 5%]");
    assert_eq!(code(&[&[NEW, OLD][..], &loose].concat()), Some(0));
    let impossible = objectives("objectives=[availability: 0, p95 duration_s <= 1s]");
    assert_eq!(code(&[&[OLD, NEW][..], &impossible].concat()), Some(1));
    // Four hundred rollouts cannot show it.
    let open = objectives("objectives=[availability: 0, stalled_rate <= 0.1%]");
    assert_eq!(code(&[&[OLD, NEW][..], &open].concat()), Some(1));
    let said = text(&compare(&[OLD, NEW]));
    assert!(said.contains("No objectives are written: the default floor is asked for, availability: 90%"), "{said}");
    assert!(said.trim_end().ends_with("New is better: it meets all objectives, old does not meet availability: 90%."));
}

#[test]
fn an_answer_that_hangs_on_what_is_not_modelled_passes_no_gate() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let gpu = fs::read_to_string(root().join(NEW)).expect("a manifest");
    let gpu = written(place.path(), "gpu.yaml", &gpu.replace("{requests:", "{limits: {nvidia.com/gpu: 1}, requests:"));
    assert_eq!(code(&[NEW, &gpu]), Some(1));
    let said = text(&compare(&[NEW, &gpu]));
    assert!(said.contains("CONDITIONAL"), "{said}");
    assert!(said.contains("nvidia.com/gpu changed (– -> 1) and is not modelled"), "{said}");
    assert_eq!(code(&[NEW, &gpu, "--assume", "nvidia.com/gpu"]), Some(0));
}

#[test]
fn every_kind_of_change_is_told() {
    let found = answer(&[OLD, NEW]);
    let used = changed(&found, "used");
    for field in ["maxSurge", "maxUnavailable", "containers[app].readinessProbe.periodSeconds", "containers[app].image"]
    {
        assert!(used.contains(&field.to_owned()), "{field}: {used:?}");
    }
    assert_eq!(changed(&found, "harmless"), ["metadata.labels", "containers[app].env[LOG].value"]);
    let place = tempfile::tempdir().expect("a temporary directory");
    let service = |port: u16| {
        format!(
            "\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: orders}}\nspec: {{ports: [{{port: {port}}}]}}\n"
        )
    };
    let old = written(place.path(), "old.yaml", &format!("{}{}", manifest(), service(80)));
    let new = written(place.path(), "new.yaml", &format!("{}{}", manifest(), service(81)));
    let found = answer(&[&old, &new]);
    assert_eq!(changed(&found, "not_read"), ["spec"]);
    assert_eq!(found["deployments"][0]["same_forecast"], true);
    let said = text(&compare(&[&old, &new]));
    assert!(said.contains("Nothing that the forecast uses differs."), "{said}");
    assert!(said.contains("Changed, but not read: Service default/orders: spec."), "{said}");
}

#[test]
fn keys_of_experiments_are_told_with_their_defaults() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let experiment = |more: &str| format!("deployment: orders.yaml\n{more}");
    written(place.path(), "orders.yaml", &manifest());
    let old = written(place.path(), "old.yaml", &experiment(""));
    let new = written(place.path(), "new.yaml", &experiment("pods: {warmUp: 9s}\ncluster: {nodes: 4}\n"));
    let found = answer(&[&old, &new]);
    let changes = found["deployments"][0]["changes"].as_array().expect("changes");
    let warm_up = changes.iter().find(|change| change["field"] == "pods.warmUp").expect("a change");
    assert_eq!(warm_up["old"], "lognormal: {median: 5s, sigma: 0.67} (default)");
    assert_eq!(warm_up["new"], "9s");
    // A manifest and an experiment that names it are the same.
    let bare = place.path().join("orders.yaml").display().to_string();
    let same = answer(&[&bare, &old]);
    assert_eq!(same["deployments"][0]["same_forecast"], true);
    assert_eq!(same["deployments"][0]["changes"], serde_json::json!([]));
}

/// The rollouts of two files are those of two scenarios of one file, pair by pair.
#[test]
fn two_files_have_the_random_numbers_of_two_scenarios() {
    let place = tempfile::tempdir().expect("a temporary directory");
    written(place.path(), "orders.yaml", &manifest());
    let file = |name: &str, more: &str| written(place.path(), name, &format!("deployment: orders.yaml\n{more}\n"));
    let sweep = file("sweep.yaml", "sweep: {maxSurge: [1, 50%]}");
    let (one, other) = (file("one.yaml", "sweep: {maxSurge: [1]}"), file("other.yaml", "sweep: {maxSurge: [50%]}"));
    let ids = answer(&[&sweep, "0", "1"]);
    let of_ids = ids["differences"].as_array().expect("differences");
    let files = answer(&[&one, &other]);
    let mut compared = 0;
    for row in files["deployments"][0]["figures"].as_array().expect("figures") {
        let same = |other: &&Value| other["metric"] == row["metric"] && other["statistic"] == row["statistic"];
        if let Some(difference) = of_ids.iter().find(same) {
            assert_eq!(difference["difference"], row["difference"]["value"], "{row}");
            assert_eq!(difference["low"], row["difference"]["low"], "{row}");
            assert_eq!(difference["correlation"], row["correlation"], "{row}");
            compared += 1;
        }
    }
    assert!(compared >= 3, "{files}");
    let other_seed = file("seed.yaml", "seed: 2\nsweep: {maxSurge: [50%]}");
    let apart = answer(&[&one, &other_seed]);
    assert_eq!(apart["deployments"][0]["same_random_numbers"], false);
    let said = text(&compare(&[&one, &other_seed]));
    assert!(said.contains("independent random numbers (seeds 1 and 2)"), "{said}");
}

#[test]
fn deployments_are_paired_by_their_names() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let named = |name: &str| manifest().replace("name: orders,", &format!("name: {name},"));
    let old = written(place.path(), "old.yaml", &[named("cart"), named("gone")].join("\n---\n"));
    let new = written(place.path(), "new.yaml", &[named("added"), named("cart")].join("\n---\n"));
    let found = answer(&[&old, &new]);
    let names = |key: &str| {
        found["deployments"].as_array().expect("answers").iter().map(|one| one[key].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names("deployment"), ["shop/added", "shop/cart"]);
    assert_eq!(names("judgement"), ["new", "no_difference_shown"]);
    assert_eq!(found["only_in_old"], serde_json::json!(["shop/gone"]));
    let said = text(&compare(&[&old, &new]));
    for words in [
        "shop/added, 12 replicas, is in new alone.",
        "shop/gone is in old alone: it is not compared.",
        "2 of 2 Deployments are not shown to meet all objectives: shop/added, shop/cart.",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // One Deployment in each needs no name, and a name chooses one of several.
    assert_eq!(answer(&[&old, &new, "--deployment", "cart"])["deployments"].as_array().expect("answers").len(), 1);
    refuses(&["compare", &old, &new, "--deployment", "gone", "-q"], &["no Deployment `gone`"]);
}

#[test]
fn a_namespace_chooses_its_deployments_in_both_versions() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let named = |namespace: &str, name: &str| {
        manifest()
            .replace("name: orders,", &format!("name: {name},"))
            .replace("namespace: shop", &format!("namespace: {namespace}"))
    };
    let both = [named("shop", "cart"), named("shop", "orders"), named("bank", "cart")].join("\n---\n");
    let old = written(place.path(), "old.yaml", &both);
    let new = written(place.path(), "new.yaml", &both);
    let names = |arguments: &[&str]| {
        let found = answer(&[&[&*old, &new], arguments].concat());
        let answers = found["deployments"].as_array().expect("answers").clone();
        answers.iter().map(|one| one["deployment"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["-n", "shop"]), ["shop/cart", "shop/orders"]);
    assert_eq!(names(&["--namespace", "bank"]).len(), 1);
    assert_eq!(names(&["-n", "bank", "--deployment", "cart"]).len(), 1);
    let said = text(&compare(&[&old, &new, "-n", "bank", "--format", "markdown"]));
    assert!(said.contains("--namespace bank"), "{said}");
    refuses(&["compare", &old, &new, "-n", "none", "-q"], &["no Deployment is in the namespace `none`"]);
    refuses(&["compare", &old, &new, "-n", "bank", "--deployment", "shop/cart", "-q"], &["name two namespaces"]);
    // As for the other commands, a manifest that writes no namespace is taken to be in the one that is asked for.
    let plain = written(place.path(), "plain.yaml", &manifest().replace(", namespace: shop", ""));
    assert_eq!(answer(&[&plain, &plain, "-n", "shop"])["deployments"].as_array().expect("answers").len(), 1);
}

#[test]
fn objects_may_stand_in_several_files_of_a_directory() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let autoscaler = |least: u32| {
        format!(
            "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: orders, namespace: shop}}\nspec: \
             {{scaleTargetRef: {{kind: Deployment, name: orders, apiVersion: apps/v1}}, minReplicas: {least}, maxReplicas: 20}}\n"
        )
    };
    let unsized_manifest = manifest().replace("  replicas: 12\n", "");
    for (folder, least) in [("before", 12), ("after", 6)] {
        written(place.path(), &format!("{folder}/orders.yaml"), &unsized_manifest);
        written(place.path(), &format!("{folder}/scaling.yaml"), &autoscaler(least));
    }
    let folders = ["before", "after"].map(|name| place.path().join(name).display().to_string());
    let found = answer(&[&folders[0], &folders[1]]);
    assert_eq!((&found["old"], &found["new"]), (&"before".into(), &"after".into()));
    let changes = found["deployments"][0]["changes"].as_array().expect("changes");
    let told = |object: &str, field: &str| {
        let change = changes.iter().find(|change| change["object"] == object && change["field"] == field);
        change.map(|change| (change["old"].clone(), change["new"].clone()))
    };
    assert_eq!(told("", "replicas"), Some(("12".into(), "6".into())), "{changes:?}");
    let least = told("HorizontalPodAutoscaler shop/orders", "spec.minReplicas");
    assert_eq!(least, Some(("12".into(), "6".into())), "{changes:?}");
    // Counts of pods of Deployments that differ in size are not compared; shares are.
    let figures = found["deployments"][0]["figures"].as_array().expect("figures");
    assert!(figures.iter().any(|row| row["metric"] == "dip_depth"), "{figures:?}");
    assert!(text(&compare(&[&folders[0], &folders[1]])).starts_with("orders, 12 and 6 replicas."));
}

#[test]
fn results_and_standard_input_are_versions_too() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("result").display().to_string();
    succeeds(&["sweep", OLD, "-q", "--replications", "80", "--out", &out, "--set", "maxSurge=2"]);
    let found = answer(&[&out, NEW]);
    assert_eq!(found["notes"], serde_json::json!(["old is a result: its recorded inputs were run again."]));
    let changes = found["deployments"][0]["changes"].as_array().expect("changes");
    assert_eq!((&changes[0]["field"], &changes[0]["old"]), (&"maxSurge".into(), &"2".into()));
    fs::write(place.path().join("result/inputs/old.yaml"), "changed").expect("room on the disk");
    refuses(&["compare", &out, NEW], &["is not the input that was recorded"]);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcast"));
        let command = command.args(arguments).current_dir(root()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        child.stdin.take().expect("a pipe").write_all(manifest().as_bytes()).expect("a reader");
        text(&child.wait_with_output().expect("an end").stdout)
    };
    let ask = [&["compare", "-", NEW, "--labels", "old,new"][..], &SMALL].concat();
    assert_eq!(run(&ask), text(&compare(&[OLD, NEW])));
    refuses(&["compare", "-", "-"], &["only one of the two can be standard input"]);
}

#[test]
fn scenarios_of_sweeps_are_chosen_or_paired() {
    let place = tempfile::tempdir().expect("a temporary directory");
    written(place.path(), "orders.yaml", &manifest());
    let file = |name: &str, more: &str| written(place.path(), name, &format!("deployment: orders.yaml\n{more}\n"));
    let old = file("old.yaml", "sweep: {maxSurge: [1, 2]}");
    let later = "deployment: {manifest: orders.yaml, minReadySeconds: 5}\nsweep: {maxSurge: [2, 3]}\n";
    let new = written(place.path(), "new.yaml", later);
    let found = answer(&[&old, &new]);
    assert_eq!(found["deployments"].as_array().expect("answers").len(), 1);
    assert_eq!(found["deployments"][0]["old"]["parameters"]["maxSurge"], "2");
    assert_eq!(changed(&found, "used"), ["minReadySeconds"]);
    refuses(&["compare", &old, OLD, "-q"], &["old has 2 scenarios", "--scenario ID (0 to 1)"]);
    let chosen = answer(&[&old, OLD, "--scenario", "1"]);
    assert_eq!(chosen["deployments"][0]["old"]["scenario"], 1);
    let apart = file("apart.yaml", "sweep: {maxSurge: [7, 8]}");
    refuses(&["compare", &old, &apart, "-q"], &["no scenario has the same parameters in both"]);
    refuses(&["compare", OLD, "0", "x"], &["`x` is not the number of a scenario"]);
    refuses(&["compare", &old, "0", "1", "--check"], &["go with two inputs"]);
}

/// Two services that roll together on nodes of four CPU: ten pods of one CPU.
fn world(place: &Path, nodes: u32, limit: u32) -> String {
    let deployment = |name: &str, replicas: u32| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: \
             {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers: [{{name: main, image: \
             x, resources: {{requests: {{cpu: \"1\"}}}}}}]\n"
        )
    };
    written(place, "shop.yaml", &format!("{}---\n{}", deployment("cart", 6), deployment("search", 4)));
    let experiment = format!(
        "name: shop\nworkloads: {{manifest: shop.yaml}}\ncluster: {{nodes: {nodes}, allocatable: {{cpu: \"4\"}}}}\nobjectives: \
         [\"cluster mean peak_cpu_cores <= {limit}\"]\n"
    );
    written(place, &format!("nodes-{nodes}.yaml"), &experiment)
}

#[test]
fn worlds_are_compared_workload_by_workload_and_as_a_whole() {
    let place = tempfile::tempdir().expect("room on the disk");
    let [wide, narrow] = [world(place.path(), 6, 20), world(place.path(), 3, 11)];
    let result = answer(&[&wide, &narrow]);
    let names: Vec<&str> = result["deployments"]
        .as_array()
        .expect("answers")
        .iter()
        .filter_map(|one| one["deployment"].as_str())
        .collect();
    assert_eq!(names, ["default/cart", "default/search"]);
    let together = &result["together"][0];
    assert_eq!(together["objectives"][0]["objective"], "cluster mean peak_cpu_cores <= 11");
    // Each rollout asks for at least one pod beside its own.
    assert_eq!(together["objectives"][0]["new"], false);
    let value = |side: &str| {
        let is = |one: &&Value| one["metric"] == "peak_cpu_cores" && one["statistic"] == "mean";
        let figures = together["figures"].as_array().expect("figures");
        figures.iter().find(is).and_then(|one| one[side]["value"].as_f64()).expect("a value")
    };
    assert!(value("old") > 11.0 && value("new") > 11.0);
    let said = text(&compare(&[&wide, &narrow]));
    assert!(said.contains("All workloads together, the most at once"), "{said}");
    let unwrapped = said.replace('\n', " ");
    assert!(unwrapped.contains("together are not shown to meet cluster mean peak_cpu_cores <= 11."), "{said}");
    assert_eq!(code(&[&wide, &narrow]), Some(1));
}

#[test]
fn a_note_about_both_versions_is_said_once() {
    let place = tempfile::tempdir().expect("room on the disk");
    let [wide, narrow] = [6, 3].map(|nodes| world(place.path(), nodes, 20));
    let output = rollcast(&["compare", &wide, &narrow, "--replications", "50"]);
    let notes = text(&output.stderr);
    let mut lines: Vec<&str> = notes.lines().filter(|line| line.starts_with("note: ")).collect();
    let all = lines.len();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), all, "{notes}");
}
