//! Several files and directories as one input, a namespace, and kubectl's names of options.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{files, refuses, rollcast, succeeds, text};

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web:1, env: [{name: KEY, value: private}]}]}
";
const AUTOSCALER: &str = "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {minReplicas: 6, maxReplicas: 9, scaleTargetRef: {kind: Deployment, name: web}}
";
const QUOTA: &str = "\
apiVersion: v1
kind: ResourceQuota
metadata: {name: pods, namespace: shop}
spec: {hard: {pods: 7}}
status: {hard: {pods: 7}, used: {pods: 6}}
";
const NODES: &str = "\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Node, metadata: {name: a}, status: {allocatable: {cpu: 4, memory: 8Gi, pods: 10}}}
- {apiVersion: v1, kind: Node, metadata: {name: b}, status: {allocatable: {cpu: 4, memory: 8Gi, pods: 10}}}
";
const PODS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: data}
spec: {nodeName: a, containers: [{name: db, image: db, env: [{name: KEY, value: private}]}]}
status: {phase: Running}
";

/// A directory with the objects in files of their own, and one inside it.
fn directory() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a temporary directory");
    fs::create_dir(place.path().join("more")).expect("a directory");
    for (name, text) in [
        ("deploy.yaml", DEPLOYMENT),
        ("hpa.yml", AUTOSCALER),
        ("nodes.yaml", NODES),
        ("pods.yaml", PODS),
        ("quota.yaml", QUOTA),
        ("notes.txt", "no YAML: {"),
        ("more/api.yaml", &DEPLOYMENT.replace("web", "api").replace(", namespace: shop", "")),
        ("more/experiment.yaml", "pods: {warmUp: 9s}\nsweep: {maxSurge: [1, 25%]}\n"),
    ] {
        fs::write(place.path().join(name), text).expect("room on the disk");
    }
    place
}

fn named(place: &Path, name: &str) -> String {
    place.join(name).display().to_string()
}

const FEW: [&str; 3] = ["--replications", "20", "--quiet"];

fn run(arguments: &[&str]) -> String {
    succeeds(&[&["run"], arguments, &FEW].concat())
}

#[test]
fn the_objects_of_several_files_are_taken_together() {
    let place = directory();
    let whole = place.path().join("whole.yaml.txt");
    let one = [DEPLOYMENT, AUTOSCALER, NODES, PODS, QUOTA].join("---\n");
    fs::write(&whole, one).expect("room on the disk");
    // The sources name the files.
    let answer = |arguments: &[&str]| {
        let mut answer: Value = serde_json::from_str(&run(arguments)).expect("JSON");
        answer.as_object_mut().expect("an object").remove("sources");
        answer
    };
    let expected = answer(&[&whole.display().to_string(), "-o", "json"]);
    assert_eq!(expected["replicas"], 6, "{expected}");
    let of = |name: &str| named(place.path(), name);
    let folder = place.path().display().to_string();
    let all: Vec<String> = ["deploy.yaml", "hpa.yml", "nodes.yaml", "pods.yaml", "quota.yaml"].map(of).to_vec();
    let positional: Vec<&str> = all.iter().map(String::as_str).collect();
    let flags: Vec<&str> = positional.iter().flat_map(|file| ["-f", file]).collect();
    for arguments in [&positional[..], &flags, &["-f", &folder], &["--filename", &folder], &[&folder]] {
        assert_eq!(answer(&[arguments, &["--format", "json"]].concat()), expected, "{arguments:?}");
    }
}

#[test]
fn an_experiment_goes_with_manifests_and_the_result_repeats() {
    let place = directory();
    let of = |name: &str| named(place.path(), name);
    let out = of("out");
    let folder = place.path().display().to_string();
    let experiment = of("more/experiment.yaml");
    let arguments = ["sweep", "-f", &experiment, "-f", &folder, "--out", &out];
    succeeds(&[&arguments[..], &FEW].concat());
    let inputs = files(&place.path().join("out/inputs"));
    assert_eq!(inputs, ["deploy.yaml", "experiment.yaml", "hpa.yml", "nodes.yaml", "pods.yaml", "quota.yaml"]);
    for name in &inputs {
        let copy = fs::read_to_string(place.path().join("out/inputs").join(name)).expect("a copy");
        assert!(!copy.contains("private"), "{name} is copied with what is private: {copy}");
    }
    let verified = succeeds(&["verify", &out, "--quiet"]);
    assert!(verified.contains("the same bytes"), "{verified}");
    let spec = of("spec.yaml");
    fs::write(&spec, "deployment: {spec: {template: {spec: {containers: [{name: a, image: b}]}}}}\n").expect("room");
    refuses(&["run", &spec, &of("hpa.yml")], &["spec.yaml:1:", "has no other objects beside it"]);
    refuses(&["run", &experiment, &spec], &["is a second experiment beside"]);
}

#[test]
fn an_experiment_s_own_manifest_stays_and_others_come_beside_it() {
    let place = directory();
    let of = |name: &str| named(place.path(), name);
    let experiment = of("own.yaml");
    for deployment in ["deploy.yaml", "{manifest: deploy.yaml}", "{manifest: [deploy.yaml], maxSurge: 1}"] {
        fs::write(&experiment, format!("deployment: {deployment}\n")).expect("room on the disk");
        assert!(run(&[&experiment, "-o", "json"]).contains("\"replicas\":1,"), "{deployment}");
        assert!(run(&[&experiment, &of("hpa.yml"), "-o", "json"]).contains("\"replicas\":6,"), "{deployment}");
    }
    fs::write(&experiment, "deployment: {manifest: [deploy.yaml, hpa.yml]}\n").expect("room on the disk");
    assert!(run(&[&experiment, "-o", "json"]).contains("\"replicas\":6,"));
    fs::write(place.path().join("more/deploy.yaml"), DEPLOYMENT).expect("room on the disk");
    fs::write(&experiment, "deployment: deploy.yaml\n").expect("room on the disk");
    refuses(&["run", &experiment, &of("more/deploy.yaml")], &["own.yaml:1:13", "which is another one"]);
}

#[test]
fn a_namespace_chooses_and_goes_before_the_name() {
    let place = directory();
    let folder = place.path().join("more").display().to_string();
    let file = named(place.path(), "deploy.yaml");
    let both = ["-f", &folder, "-f", &file];
    let name = |arguments: &[&str]| {
        let output = rollcast(&[&["recommend", "-o", "json"][..], arguments, &FEW].concat());
        text(&output.stdout)
    };
    fs::remove_file(place.path().join("more/experiment.yaml")).expect("the file");
    refuses(&[&["run"][..], &both].concat(), &["several Deployments match: default/api, shop/web"]);
    assert!(name(&[&both[..], &["-n", "shop"]].concat()).contains("web"));
    assert!(name(&[&both[..], &["-n", "shop", "--deployment", "web"]].concat()).contains("web"));
    // What writes no namespace is taken to be in the one that is asked for, as kubectl has it.
    assert!(name(&[&both[..], &["-n", "shop", "--deployment", "api"]].concat()).contains("api"));
    refuses(&[&["run"][..], &both, &["-n", "a", "--deployment", "b/web"]].concat(), &["name two namespaces"]);
    refuses(&["run", &file, "-n", "data"], &["no Deployment is in the namespace `data`; there are: shop/web"]);
}

#[test]
fn directories_that_hold_no_manifests_are_refused() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let folder = place.path().display().to_string();
    refuses(&["run", "-f", &folder], &["holds no file whose name ends in"]);
    fs::write(place.path().join("kustomization.yaml"), "resources: []\n").expect("room on the disk");
    refuses(&["run", "-f", &folder], &["kubectl kustomize"]);
    refuses(&["run"], &["EXPERIMENT|MANIFEST"]);
}
