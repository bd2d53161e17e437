//! Lists of objects that are too large to be kept are read object by object, and give what small ones give.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cli::{refuses, rollcast, succeeds, text};

/// A file of more than 64 MiB is not kept as a whole.
const KEPT: usize = 64 << 20;

/// Two Deployments, of which `env` and annotations hold words that no copy may have, a Node, and a pod of another workload on it.
pub(crate) const LIST: &str = r#"{"apiVersion": "v1", "items": [
 {"apiVersion": "v1", "data": {"password": "aHVudGVyMDE="}, "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}},
 {"apiVersion": "apps/v1", "kind": "Deployment",
  "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "hunter02"},
   "managedFields": [{"manager": "hunter03"}], "name": "front", "namespace": "shop"},
  "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "front"}}, "template": {"metadata": {"labels": {"app": "front"}},
   "spec": {"containers": [{"name": "app", "image": "example/front:1", "env": [{"name": "KEY", "value": "hunter04"}],
    "resources": {"requests": {"cpu": "500m", "memory": "256Mi"}}}]}}}},
 {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "cart", "namespace": "shop"},
  "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "cart"}}, "template": {"metadata": {"labels": {"app": "cart"}},
   "spec": {"containers": [{"name": "app", "image": "example/cart:1"}]}}}},
 {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "managedFields": []},
  "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}, "images": [{"names": ["hunter05"]}]}},
 {"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"app": "db"}, "name": "db-0", "namespace": "shop"},
  "spec": {"containers": [{"args": ["hunter06"], "name": "db", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}], "nodeName": "n1"},
  "status": {"phase": "Running"}}
], "kind": "List"}
"#;

/// The text with so many spaces in front of the first object that it is not kept.
fn enlarged(text: &str) -> String {
    text.replacen("\"items\": [", &format!("\"items\": [{}", " ".repeat(KEPT)), 1)
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

/// What is common to the answers: the name of the file is not.
fn answer(path: &Path) -> String {
    let path = path.display().to_string();
    succeeds(&["run", &path, "--deployment", "shop/front", "--replications", "40", "-q", "--format", "json"])
        .replace(&path, "FILE")
}

#[test]
fn a_large_list_gives_what_a_small_one_gives() {
    let folder = tempfile::tempdir().unwrap();
    let small = written(folder.path(), "small.json", LIST);
    fs::create_dir(folder.path().join("large")).unwrap();
    let large = written(&folder.path().join("large"), "small.json", &enlarged(LIST));
    assert_eq!(answer(&large), answer(&small));
}

#[test]
fn a_large_list_is_read_from_standard_input_and_nothing_private_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let large = written(folder.path(), "large.json", &enlarged(LIST));
    let out = folder.path().join("out");
    let sweep = Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(["sweep", "-", "--deployment", "shop/front", "--replications", "20", "-q", "--what-if", "none", "--out"])
        .arg(&out)
        .stdin(Stdio::from(fs::File::open(large).unwrap()))
        .output()
        .unwrap();
    assert!(sweep.status.success(), "{}", text(&sweep.stderr));
    for file in crate::cli::files(&out) {
        let bytes = fs::read(out.join(&file)).unwrap();
        assert!(bytes.len() < KEPT, "{file}");
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter"), "{file} holds what is private");
    }
    succeeds(&["verify", &out.display().to_string(), "-q"]);
}

#[test]
fn mistakes_in_large_files_are_told_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let broken = enlarged(&LIST.replace("\"replicas\": 3", "\"replicas\": \"3\""));
    let path = written(folder.path(), "broken.json", &broken);
    let column = LIST.lines().nth(5).unwrap().find("3,").unwrap();
    assert_eq!(column, 23);
    refuses(
        &["run", &path.display().to_string(), "--deployment", "shop/front"],
        &["broken.json:6:24: ", "whole number"],
    );
    let cut = written(folder.path(), "cut.json", enlarged(LIST).trim_end().trim_end_matches('}'));
    refuses(&["run", &cut.display().to_string()], &["cut.json:17:18: expected `,` or `}`, and the text ends"]);
    let yaml = written(folder.path(), "large.yaml", &format!("# {}\n{LIST}", " ".repeat(KEPT)));
    refuses(
        &["run", &yaml.display().to_string()],
        &["large.yaml: is larger than 64 MiB, and no list of Kubernetes objects in JSON"],
    );
    let experiment =
        written(folder.path(), "experiment.json", &format!("{{{} \"deployment\": \"a.yaml\"}}", " ".repeat(KEPT)));
    let output = rollcast(&["run", &experiment.display().to_string()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("is larger than 64 MiB"), "{}", text(&output.stderr));
}
