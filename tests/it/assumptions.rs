//! What an answer rests on, and what would change it, as the program says it. The values at which the answer turns are held by
//! runs in which a user writes them.

use std::fs;

use serde_json::Value;

use crate::cli::{rollcast, root, succeeds, text};

const FILE: &str = "tests/fixtures/spare-nodes.yaml";
const SMALL: [&str; 3] = ["--quiet", "--replications", "300"];

fn json(arguments: &[&str]) -> Value {
    let output = rollcast(&[arguments, &SMALL, &["--format", "json"]].concat());
    assert!(output.status.code() <= Some(1), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The source of a key.
fn source<'a>(answer: &'a Value, key: &str) -> &'a Value {
    let sources = answer["sources"].as_array().expect("sources");
    sources.iter().find(|one| one["key"] == key).unwrap_or(&Value::Null)
}

#[test]
fn every_value_has_its_source() {
    let answer = json(&["run", FILE, "--set", "pods.new.crash=1%"]);
    let written = source(&answer, "pods.warmUp");
    assert_eq!(
        (&written["source"], &written["from"], &written["line"]),
        (&"written".into(), &"spare-nodes.yaml".into(), &17.into())
    );
    assert_eq!(written["seconds"], serde_json::json!([38.0, 75.0]));
    let measured = source(&answer, "pods.termination");
    assert_eq!((&measured["source"], &measured["measured"]), (&"measured".into(), &240.into()));
    let option = source(&answer, "pods.new.crash");
    assert_eq!(
        (&option["source"], &option["from"], &option["line"]),
        (&"written".into(), &"--set".into(), &Value::Null)
    );
    let assumed = source(&answer, "pods.registryThroughput");
    assert_eq!((&assumed["source"], &assumed["value"]), (&"assumed".into(), &"40MB".into()));
    assert!(assumed["from"].as_str().is_some_and(|why| why.starts_with("Chosen between")), "{assumed}");
    assert_eq!(source(&answer, "pods.crash"), &Value::Null, "the option takes its place");
    assert_eq!(source(&answer, "pods.flapAfter"), &Value::Null, "it counts only with pods.flap");
    assert_eq!(source(&answer, "cluster.autoscaler.scanInterval"), &Value::Null, "there is no autoscaler");
    assert_eq!(source(&answer, "pods.flap")["off"], true);
}

#[test]
fn objects_of_the_cluster_are_read_and_a_bare_manifest_leaves_the_nodes_to_a_rule() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = place.path().join("shop.yaml");
    let manifest = fs::read_to_string(root().join("experiments/manifests/checkout.yaml")).expect("a manifest");
    let node = |name: &str| {
        format!(
            "\n---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\nstatus: {{allocatable: {{cpu: 8, memory: 32Gi, pods: 110}}}}\n"
        )
    };
    fs::write(&file, format!("{manifest}{}{}", node("a"), node("b"))).expect("room on the disk");
    let answer = json(&["run", &file.display().to_string()]);
    let nodes = source(&answer, "cluster.nodes");
    assert_eq!(
        (&nodes["source"], &nodes["value"], &nodes["from"]),
        (&"read".into(), &"2 Node objects".into(), &"shop.yaml".into())
    );
    let bare = json(&["run", "experiments/manifests/checkout.yaml"]);
    assert_eq!(source(&bare, "cluster.nodes")["source"], "assumed");
    let said = succeeds(&["run", "experiments/manifests/checkout.yaml", "--replications", "100", "--quiet"]);
    for part in ["Assumed: ", "warm-up p50 5s p99 24s", "! The start-up time is assumed", "! The nodes are assumed"] {
        assert!(said.contains(part), "{part} is missing: {said}");
    }
}

/// The rows of the recommended strategy by the name of the assumption.
fn turning(answer: &Value) -> Vec<(String, Value)> {
    let rows = answer["cases"][0]["what_if"]["recommended"].as_array().expect("rows");
    rows.iter().map(|row| (row["assumption"].as_str().expect("a name").to_owned(), row.clone())).collect()
}

/// Whether all objectives are met with these settings, and the p95 of the duration.
fn direct(settings: &[String]) -> (Option<bool>, Option<f64>) {
    let settings: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    let answer = json(&[&["run", FILE][..], &settings].concat());
    let met: Vec<Option<bool>> =
        answer["objectives"].as_array().expect("objectives").iter().map(|one| one["met"].as_bool()).collect();
    let all = if met.contains(&Some(false)) { Some(false) } else { met.iter().all(Option::is_some).then_some(true) };
    let statistics = answer["statistics"].as_array().expect("statistics");
    let p95 = statistics.iter().find(|one| one["metric"] == "duration_s" && one["statistic"] == "p95");
    (all, p95.and_then(|one| one["value"].as_f64()))
}

/// What a user writes to have an assumption at this level.
fn settings(assumption: &str, level: f64) -> Vec<String> {
    match assumption {
        "spare_nodes" if level == 0.0 => vec!["cluster.nodes=[{count: 6, used: {cpu: 2600m}}]".into()],
        "spare_nodes" => vec![format!(
            "cluster.nodes=[{{count: 6, used: {{cpu: 2600m}}}}, {{count: {level}, used: {{cpu: 1600m}}}}]"
        )],
        "start_up" => vec![
            format!("pods.warmUp={{lognormal: {{p50: {:.0}ms, p99: {:.0}ms}}}}", 38_000.0 * level, 75_000.0 * level),
            format!("pods.start={{lognormal: {{median: {:.0}ms, sigma: 0.35}}}}", 2000.0 * level),
        ],
        "never_ready" => vec![format!("pods.new.neverReady={level}")],
        "crash" => vec![format!("pods.new.crash={level}")],
        other => panic!("no settings for {other}"),
    }
}

#[test]
fn an_answer_turns_where_the_program_says() {
    let answer = json(&["recommend", FILE, "--set", "sweep={maxSurge: [75%]}"]);
    let rows = turning(&answer);
    assert_eq!(rows[0].0, "as_written");
    assert_eq!(rows[0].1["met"], true, "{}", rows[0].1);
    let mut held = 0;
    for (name, row) in
        rows.iter().filter(|(name, _)| ["spare_nodes", "start_up", "never_ready", "crash"].contains(&name.as_str()))
    {
        let level = row["level"].as_f64().expect("a level");
        assert_eq!(row["turns"], true, "{row}");
        let (met, p95) = direct(&settings(name, level));
        assert_ne!(met, Some(true), "{name} at {level}");
        assert_eq!(met, row["met"].as_bool(), "{name} at {level}");
        assert!(
            (p95.unwrap_or(0.0) - row["duration_p95_s"].as_f64().unwrap_or(0.0)).abs() < 0.1,
            "{name}: {p95:?} {row}"
        );
        let before = row["before"].as_f64().unwrap_or(f64::NAN);
        if before.is_finite() {
            assert_eq!(direct(&settings(name, before)).0, Some(true), "{name} at {before} turns nothing");
        }
        held += 1;
    }
    assert_eq!(held, 4, "{rows:?}");
    let gone = json(&["recommend", FILE, "--set", "sweep={maxSurge: [75%]}", "--what-if", "none"]);
    assert_eq!(gone["cases"][0]["what_if"], serde_json::json!({"recommended": [], "now": []}));
}

/// `run` looks for the same as `recommend` does for what runs now, and says nothing of it unless it is asked.
#[test]
fn a_run_says_what_would_change_its_answer_where_it_is_asked() {
    let recommended = json(&["recommend", FILE, "--set", "sweep={maxSurge: [75%]}"]);
    let scenario = ["run", FILE, "--set", "maxSurge=75%"];
    let own = json(&[&scenario[..], &["--what-if", "auto"]].concat());
    assert_eq!(own["what_if"], recommended["cases"][0]["what_if"]["recommended"]);
    assert_eq!(json(&scenario)["what_if"], Value::Null);
    let sources = |answer: &Value| -> Vec<String> {
        let all = answer["sources"].as_array().expect("sources");
        all.iter().map(|one| one["key"].to_string()).filter(|key| !key.contains("max")).collect()
    };
    assert_eq!(sources(&recommended["cases"][0]), sources(&own));
    let said = succeeds(&[&scenario[..], &["--what-if", "auto"], &SMALL].concat());
    let (before, after) = said.split_once("It would not hold with").expect("what would change it");
    assert!(before.contains("Given:") && after.contains("spare node"), "{said}");
    assert!(said.trim_end().lines().last().is_some_and(|line| line.contains("objectives are met")), "{said}");
}

/// A result has the rows of the recommended scenario, and drawing it again changes no byte.
#[test]
fn a_result_keeps_what_would_change_its_answer() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("out").display().to_string();
    let sweep = ["--set", "sweep={maxSurge: [25%, 75%]}", "--out", &out];
    succeeds(&[&["sweep", FILE][..], &sweep, &SMALL].concat());
    let table = fs::read_to_string(format!("{out}/what-if.csv")).expect("the table");
    assert!(table.lines().any(|line| line.starts_with("1,as_written,")), "{table}");
    assert!(table.lines().any(|line| line.starts_with("1,spare_nodes,cluster.nodes,")), "{table}");
    let page = fs::read(format!("{out}/report.html")).expect("the page");
    succeeds(&["report", &out]);
    assert!(fs::read(format!("{out}/report.html")).expect("the page") == page, "drawn again it differs");
    succeeds(&["verify", &out, "--quiet"]);
    succeeds(&[&["sweep", FILE, "--what-if", "none"][..], &sweep, &SMALL].concat());
    assert!(fs::metadata(format!("{out}/what-if.csv")).is_err(), "nobody asked for it");
    succeeds(&["verify", &out, "--quiet"]);
}

/// The text of `run`: figures beside objectives, what it rests on, and the verdict in the last line.
#[test]
fn run_ends_with_the_verdict() {
    let said = succeeds(&["run", FILE, "--quiet", "--replications", "300"]);
    for part in [
        "orders, 12 replicas: maxSurge 75%, maxUnavailable 0",
        "300 simulated rollouts",
        "at most 5m",
        "at least 11",
        "12 extra",
        "Given: ",
        "stopping p50 3s p99 9.6s (measured, 240 values, spare-nodes.yaml)",
        "Assumed: ",
        "registry per second 40MB",
    ] {
        assert!(
            said.split_whitespace().collect::<Vec<_>>().join(" ").contains(part.trim()),
            "{part} is missing: {said}"
        );
    }
    assert_eq!(said.lines().last(), Some("All 3 objectives are met."), "{said}");
    assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
}
