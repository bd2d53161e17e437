//! The program reports what matters and is not modelled, even under `--quiet`, and marks the answer as conditional.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cli::{rollcast, text};

/// A Deployment whose pod template has `spec`, with what stands beside it.
fn manifest(folder: &Path, spec: &str, beside: &str) -> PathBuf {
    let file = folder.join("app.yaml");
    let pod = format!("containers: [{{name: web, image: \"web:1\", resources: {{requests: {{cpu: 100m}}{spec}");
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec:\n  replicas: 2\n  selector: \
         {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec: {{{pod}}}\n{beside}"
    );
    fs::write(&file, text).expect("room");
    file
}

/// Exit code, standard output and standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = rollcast(arguments);
    (output.status.code().expect("an exit code"), text(&output.stdout), text(&output.stderr))
}

const PLAIN: &str = "}}]";
const GPU: &str = ", limits: {nvidia.com/gpu: 1}}}]";
const GATE: [&str; 4] = ["--check", "--quiet", "--replications", "300"];

fn with<'a>(first: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [first, more].concat()
}

#[test]
fn a_gate_says_no_to_what_is_conditional_until_it_is_accepted() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = manifest(folder.path(), GPU, "");
    let file = file.to_str().expect("plain names");
    let (code, out, err) = run(&with(&["run", file], &GATE));
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    for words in ["CONDITIONAL", "nvidia.com/gpu", "may be slower, dip deeper or stall", "--assume nvidia.com/gpu"] {
        assert!(out.contains(words), "{out}");
    }
    let (code, out, _) = run(&with(&["run", file, "--assume", "nvidia.com/gpu"], &GATE));
    assert_eq!(code, 0, "{out}");
    assert!(!out.contains("CONDITIONAL") && out.contains("accepted with --assume"), "{out}");
    // A run without `--check` asks no question, so its exit code is 0.
    assert_eq!(run(&["run", file, "--quiet", "--replications", "20"]).0, 0);
    let plain = manifest(folder.path(), PLAIN, "");
    let (code, out, _) = run(&with(&["run", plain.to_str().expect("plain names")], &GATE));
    assert_eq!(code, 0, "{out}");
    assert!(!out.contains("CONDITIONAL") && !out.contains("Not modelled"), "{out}");
}

#[test]
fn every_kind_of_what_decides_is_conditional_in_json() {
    let folder = tempfile::tempdir().expect("a folder");
    let quota = |hard: &str| {
        format!(
            "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: q, namespace: shop}}\nspec: {{hard: {{{hard}}}}}\n"
        )
    };
    let cases = [
        (GPU, String::new(), "spec.template.spec.containers.resources.limits.nvidia.com/gpu"),
        (
            "}}], volumes: [{name: d, persistentVolumeClaim: {claimName: d}}]",
            String::new(),
            "spec.template.spec.volumes.persistentVolumeClaim",
        ),
        ("}}], nodeName: n1", String::new(), "spec.template.spec.nodeName"),
        ("}}], readinessGates: [{conditionType: g}]", String::new(), "spec.template.spec.readinessGates"),
        ("}}], resourceClaims: [{name: g, resourceClaimName: g}]", String::new(), "spec.template.spec.resourceClaims"),
        (PLAIN, quota("count/replicasets.apps: 24"), "spec.hard.count/replicasets.apps"),
    ];
    for (spec, beside, field) in cases {
        let file = manifest(folder.path(), spec, &beside);
        let file = file.to_str().expect("plain names");
        let (code, out, err) = run(&["run", file, "--quiet", "--format", "json", "--replications", "5"]);
        assert_eq!((code, err.as_str()), (0, ""), "{field}");
        let answer: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(answer["conditional"], true, "{field}");
        let reports = answer["unmodelled"].as_array().expect("a list");
        assert!(reports.iter().any(|one| one["field"] == field && one["decides"] == true), "{field}: {reports:?}");
    }
}

#[test]
fn a_recommendation_is_conditional_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = manifest(folder.path(), GPU, "");
    let file = file.to_str().expect("plain names");
    let ask = ["--quiet", "--replications", "200", "--set", "objectives=[completed_rate >= 90%]"];
    let (code, out, _) = run(&with(&["recommend", file], &ask));
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("Recommended on a condition") && !out.contains("nothing to change"), "{out}");
    let (code, out, _) = run(&with(&["recommend", file, "--assume", "nvidia.com/gpu"], &ask));
    assert_eq!(code, 0, "{out}");
    let (code, out, _) = run(&with(&["recommend", file, "--format", "json"], &ask));
    let answer: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &answer["conditional"]), (1, &Value::Bool(true)));
}

#[test]
fn a_result_keeps_its_caveats_and_its_page_shows_it_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let beside = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: there, namespace: shop}\n";
    let volumes = ", limits: {nvidia.com/gpu: 1}}}], volumes: [{name: a, secret: {secretName: there}}, {name: b, secret: {secretName: gone}}]";
    let file = manifest(folder.path(), volumes, beside);
    let (out, file) = (folder.path().join("out"), file.to_str().expect("plain names").to_owned());
    let out = out.to_str().expect("plain names");
    let (code, reports, _) = run(&["sweep", &file, "--out", out, "--replications", "40", "--quiet", "--check"]);
    assert_eq!(code, 1, "{reports}");
    assert!(reports.contains("CONDITIONAL") && reports.contains("Secret gone is not in the input"), "{reports}");
    let page = fs::read_to_string(format!("{out}/report.html")).expect("a page");
    let (condition, pictures) = (page.find("the answer is conditional"), page.find("<figure"));
    assert!(condition.is_some() && pictures.is_none_or(|pictures| condition < Some(pictures)));
    // The copy of the input does not contain the Secret, and the answer is still the same.
    let (code, _, err) = run(&["verify", out, "--quiet"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(run(&["report", out]).0, 0);
    assert_eq!(fs::read_to_string(format!("{out}/report.html")).expect("a page"), page);
}

#[test]
fn an_assumption_that_means_nothing_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = manifest(folder.path(), PLAIN, "");
    let (code, _, err) =
        run(&["run", file.to_str().expect("plain names"), "--replications", "5", "--assume", "nvidia.com/gpu"]);
    assert_eq!(code, 0);
    assert!(err.contains("--assume nvidia.com/gpu: no such field"), "{err}");
}
