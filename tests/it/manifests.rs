//! Manifests as users have them: what the program reads, what it refuses, and what it reports beside the answer.

use std::fs;

use crate::cli::{refuses, rollcast, succeeds, text};

const DEPLOYMENT: &str = r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
 "spec": {"replicas": 4, "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}},
 "spec": {"containers": [{"name": "web", "image": "web:1"}]}}}}"#;

/// A file with this text, and the path it has.
fn file(text: &str) -> (tempfile::TempDir, String) {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("given.yaml");
    fs::write(&path, text).expect("room on the disk");
    let name = path.display().to_string();
    (place, name)
}

/// The output of a run of the manifest on both streams.
fn output_of(manifest: &str, more: &[&str]) -> String {
    let (_place, name) = file(manifest);
    let output = rollcast(&[&["run", &name, "--replications", "20"][..], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout) + &text(&output.stderr)
}

fn is_refused(manifest: &str, words: &[&str]) {
    let (_place, name) = file(manifest);
    refuses(&["run", &name], words);
}

#[test]
fn streams_and_arrays_of_objects_are_as_good_as_a_list() {
    let api = DEPLOYMENT.replace("web", "api");
    for text in [format!("[{DEPLOYMENT}, {api}]"), format!("{DEPLOYMENT}\n{api}\n"), format!("{DEPLOYMENT}{api}")] {
        let (_place, name) = file(&text);
        succeeds(&["run", &name, "--deployment", "shop/api", "--replications", "5"]);
        refuses(&["run", &name], &["several Deployments match: shop/web, shop/api"]);
    }
}

#[test]
fn replicas_that_nobody_writes_are_named_with_their_origin() {
    let without = DEPLOYMENT.replace("\"replicas\": 4, ", "");
    let scaler = "---\n{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: s, namespace: shop}, spec: \
                  {minReplicas: 6, maxReplicas: 9, scaleTargetRef: {kind: Deployment, name: web}}}\n";
    let both = without.clone() + "\n" + scaler;
    let answer = output_of(&both, &[]);
    assert!(
        answer.contains("6 replicas") && answer.contains("HorizontalPodAutoscaler s has minReplicas 6"),
        "{answer}"
    );
    let elsewhere = output_of(&both.replace("namespace: shop}", "namespace: other}"), &[]);
    assert!(elsewhere.contains("1 replica") && elsewhere.contains("the API server sets 1"), "{elsewhere}");
    assert!(!output_of(&both, &["--set", "replicas=3"]).contains("leaves replicas out"));
    assert!(!output_of(DEPLOYMENT, &[]).contains("leaves replicas out"));
}

#[test]
fn what_is_no_deployment_is_named_with_what_to_do() {
    is_refused("{apiVersion: batch/v1, kind: Job, metadata: {name: db}}", &["only 1 Job", "Deployments"]);
    for kind in ["StatefulSet", "DaemonSet"] {
        let unfinished = format!("{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: db}}}}");
        is_refused(&unfinished, &["spec is missing", "kubectl kustomize"]);
    }
    is_refused("replicaCount: 3\nimage: {repository: nginx}\n", &["helm template"]);
    is_refused("resources: [web.yaml]\npatches: []\n", &["kubectl kustomize"]);
    is_refused(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec: {}\n",
        &["given.yaml:5:3: spec.selector is missing", "kustomize build"],
    );
    is_refused(
        &DEPLOYMENT.replace("{\"app\": \"web\"}}, \"template\"", "{\"app\": \"x\"}}, \"template\""),
        &["does not match"],
    );
    is_refused("deployment: web.yaml\nreplicaCount: 6\n", &["given.yaml:2:1", "did you mean `deployment.replicas`?"]);
    refuses(&["run", "experiments/manifests"], &["several Deployments match: shop/checkout, default/readiness-2s"]);
}

#[test]
fn a_default_fits_the_pod_and_its_probes() {
    let large = DEPLOYMENT.replace("\"web:1\"", "\"web:1\", \"resources\": {\"requests\": {\"memory\": \"40Gi\"}}");
    assert!(output_of(&large, &[]).contains("cluster.allocatable.memory 128Gi: a pod asks for 40Gi"));
    let (_place, name) = file(&large);
    let small = ["run", &name, "--set", "cluster.allocatable.memory=32Gi"];
    refuses(&small, &["each asks for CPU 0 and memory 40Gi", "--set cluster.allocatable.memory=64Gi"]);
    let probe = "\"startupProbe\": {\"tcpSocket\": {\"port\": 80}, \"periodSeconds\": 1, \"failureThreshold\": 5}";
    let strict = DEPLOYMENT.replace("\"web:1\"", &format!("\"web:1\", {probe}"));
    assert!(output_of(&strict, &[]).contains("the startupProbe gives a container up after 4 s"));
}
