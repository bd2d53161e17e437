//! The program writes nothing private of a manifest, and its results can still be repeated.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::cli::{files, rollcast, succeeds, text};

/// Every `hunter` is a secret. The Deployment `web` is used, and `api` by some experiments.
const MANIFEST: &str = r#"# hunter01 in a comment
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {password: hunter02}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, annotations: {note: hunter03}}
data: {url: "postgres://app:hunter04@db/app"}
---
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    namespace: shop
    labels: {app: web}
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: '{"spec": {"env": [{"value": "hunter05"}]}}'
    managedFields: [{manager: hunter06}]
  spec: &spec
    replicas: 4
    selector: {matchLabels: {app: web, env: prod}}
    template:
      metadata:
        labels: {app: web, env: prod}
        annotations: {vault.example/token: hunter07}
      spec:
        initContainers:
        - {name: migrate, image: "a:1", command: [migrate, --password, hunter08], env: [{name: A, value: hunter09}]}
        containers:
        - name: web
          image: a:1
          args: [--token=hunter10]
          command: [serve, hunter11]
          env: [{name: PASSWORD, value: hunter12}]
          envFrom: [{prefix: hunter13, secretRef: {name: db}}]
          enviroment: [{name: PASSWORD, value: hunter14}]
          resources: {requests: {cpu: 100m, memory: 64Mi}}
          readinessProbe:
            periodSeconds: 2
            httpGet: {path: "/ready?token=hunter15", port: 80, httpHeaders: [{name: Authorization, value: hunter16}]}
          livenessProbe: {exec: {command: [redis-cli, -a, hunter17, ping]}}
          lifecycle:
            postStart: {exec: {command: [register, hunter18]}}
            preStop: {exec: {command: [sh, -c, "sleep 3; curl -u app:hunter19 localhost"]}}
        volumes: [{name: data, csi: {driver: csi.example, volumeAttributes: {password: hunter20}}}]
  status: {replicas: 4, conditions: [{type: Available, status: "True", message: hunter21}]}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: api, namespace: shop}
  spec: *spec
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: hunter22, namespace: shop}
  spec: *spec
- {apiVersion: example.com/v1, kind: Database, spec: {password: hunter23}}
- {apiVersion: v1, kind: Node, metadata: {name: n1, annotations: {a: hunter24}}, status: {allocatable: {cpu: 2, memory: 4Gi, pods: 110}, images: [{names: [hunter25]}]}}
- {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{env: [{value: hunter26}]}]}}
"#;

/// An experiment that contains the Deployment.
const INLINE: &str = "deployment:
  metadata: {name: web, annotations: {a: hunter30}}
  spec:
    replicas: 4
    template:
      spec:
        containers:
        - {name: web, env: [{name: PASSWORD, value: hunter31}], args: [hunter32], readinessProbe: {periodSeconds: 2}}
";

/// An experiment that sweeps Deployments of its own, which become values in tables.
const SWEPT: &str = "deployment: {}
sweep:
  deployment:
  - {name: web, spec: {replicas: 4, template: {spec: {containers: [{name: web, env: [{name: A, value: hunter33}]}]}}}}
  - {name: web, spec: {replicas: 5, template: {spec: {containers: [{name: web, env: [{name: A, value: hunter34}]}]}}}}
";

fn path(path: &Path) -> String {
    path.display().to_string()
}

/// A folder with the manifest, and an experiment in it.
fn folder(experiment: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shop.yaml"), MANIFEST).unwrap();
    let file = folder.path().join("exp.yaml");
    fs::write(&file, experiment).unwrap();
    (folder, path(&file))
}

/// Every secret in any file of a directory, with the file.
fn secrets_in(place: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in files(place) {
        let contents = String::from_utf8_lossy(&fs::read(place.join(&file)).unwrap()).into_owned();
        let words = contents.match_indices("hunter").map(|(at, _)| contents[at..].chars().take(8).collect::<String>());
        found.extend(words.map(|word| format!("{word} in {file}")));
    }
    found
}

/// Runs a sweep, and checks that its directory contains no secret and can be verified from another place.
#[track_caller]
fn sweep(folder: &Path, arguments: &[&str]) -> PathBuf {
    let out = folder.join("made");
    succeeds(&[&["sweep", "--quiet", "--replications", "20", "--out", &path(&out)], arguments].concat());
    assert_eq!(secrets_in(&out), [""; 0]);
    let moved = folder.join("result");
    fs::rename(&out, &moved).unwrap();
    verifies(&moved);
    moved
}

#[track_caller]
fn verifies(place: &Path) {
    let output = rollcast(&["verify", "--quiet", &path(place)]);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn nothing_private_is_in_a_result_which_repeats_itself() {
    let (folder, file) = folder("deployment: {manifest: shop.yaml, name: shop/web}\nsweep: {maxSurge: [1, 2]}\n");
    let result = sweep(folder.path(), &[&file]);
    let package = fs::read_to_string(result.join("datapackage.json")).unwrap();
    let package: serde_json::Value = serde_json::from_str(&package).unwrap();
    let sha256 = |file: &Path| rollcast::report::hash::sha256_of(file).unwrap();
    let [experiment, manifest] = &package["rollcast"]["inputs"].as_array().unwrap()[..] else { panic!("two inputs") };
    assert!(experiment.get("copySha256").is_none());
    assert_eq!(manifest["sha256"], sha256(&folder.path().join("shop.yaml")));
    assert_eq!(manifest["bytes"], MANIFEST.len());
    let copy = result.join("inputs/shop.yaml");
    assert_eq!(manifest["copySha256"], sha256(&copy));
    assert_eq!(manifest["copyBytes"], fs::metadata(&copy).unwrap().len());
    let notes = package["rollcast"]["notes"].to_string();
    assert!(notes.contains("ignored: 1 ConfigMap, 1 Database, 1 Secret"), "{notes}");
    let copy = fs::read_to_string(copy).unwrap();
    assert!(copy.contains(manifest["sha256"].as_str().unwrap()), "{copy}");
    for kept in ["env: prod", "sleep", "cpu: 100m", "periodSeconds: 2", "kind: Node", "path: \"/ready\""] {
        assert!(copy.contains(kept), "no {kept} in {copy}");
    }
    // Charts and page are drawn again, the copies can be run by themselves, and `verify` finds a changed copy.
    let before = fs::read(result.join("report.html")).unwrap();
    succeeds(&["report", &path(&result)]);
    assert!(fs::read(result.join("report.html")).unwrap() == before);
    verifies(&result);
    succeeds(&["run", "--quiet", "--replications", "5", &path(&result.join("inputs/exp.yaml"))]);
    fs::write(result.join("inputs/shop.yaml"), copy + "# mine\n").unwrap();
    assert_eq!(rollcast(&["verify", "--quiet", &path(&result)]).status.code(), Some(1));
}

#[test]
fn of_several_deployments_those_that_are_used_are_copied() {
    let (folder, file) = folder("deployment: {manifest: shop.yaml}\nsweep: {deployment.name: [web, shop/api]}\n");
    let result = sweep(folder.path(), &[&file]);
    let copy = fs::read_to_string(result.join("inputs/shop.yaml")).unwrap();
    // The third one has no name there: its pods take room on the Node.
    assert_eq!(copy.matches("kind: Deployment").count(), 3, "{copy}");
    assert!(copy.contains("name: web\n") && copy.contains("name: api\n"), "{copy}");
}

#[test]
fn a_bare_manifest_and_an_experiment_with_its_own_deployment_are_copied_in_part() {
    let (bare, _) = folder("");
    sweep(bare.path(), &[&path(&bare.path().join("shop.yaml")), "--deployment", "web"]);
    let (inline, file) = folder(INLINE);
    let result = sweep(inline.path(), &[&file]);
    let copy = fs::read_to_string(result.join("inputs/exp.yaml")).unwrap();
    assert!(copy.contains("    replicas: 4\n") && copy.contains("readinessProbe"), "{copy}");
    let (swept, file) = folder(SWEPT);
    let result = sweep(swept.path(), &[&file]);
    let table = fs::read_to_string(result.join("scenarios.csv")).unwrap();
    assert!(table.contains("{name: web, spec: {replicas: 4"), "{table}");
    let (other, _) = folder("");
    fs::write(other.path().join("other.yaml"), MANIFEST.replace("hunter", "none")).unwrap();
    let manifest = path(&other.path().join("shop.yaml"));
    sweep(other.path(), &[&manifest, "--set", "deployment.manifest=other.yaml", "--deployment", "web"]);
}

#[test]
fn standard_input_is_copied_in_part() {
    let (folder, _) = folder("");
    let out = folder.path().join("out");
    let status = Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(["sweep", "-", "--quiet", "--deployment", "web", "--replications", "20", "--out", &path(&out)])
        .stdin(fs::File::open(folder.path().join("shop.yaml")).unwrap())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(secrets_in(&out), [""; 0]);
    verifies(&out);
}

#[test]
fn what_is_left_out_changes_nothing_else() {
    let experiment = "deployment: {manifest: shop.yaml, name: web}\n";
    let (one, file) = folder(experiment);
    let first = sweep(one.path(), &[&file]);
    let (two, file) = folder(experiment);
    fs::write(two.path().join("shop.yaml"), MANIFEST.replace("hunter", "another")).unwrap();
    let second = sweep(two.path(), &[&file]);
    assert_eq!(files(&first), files(&second));
    let differs = |name: &String| fs::read(first.join(name)).unwrap() != fs::read(second.join(name)).unwrap();
    let differing: Vec<String> = files(&first).into_iter().filter(differs).collect();
    assert_eq!(differing, ["datapackage.json", "inputs/shop.yaml", "report.html"]);
    let page = |place: &Path, folder: &Path| {
        let sha256 = rollcast::report::hash::sha256_of(&folder.join("shop.yaml")).unwrap();
        fs::read_to_string(place.join("report.html")).unwrap().replace(&sha256, "")
    };
    assert!(
        page(&first, one.path()) == page(&second, two.path()),
        "the page differs in more than the SHA-256 of the manifest"
    );
    let body = |place: &Path| {
        let copy = fs::read_to_string(place.join("inputs/shop.yaml")).unwrap();
        copy.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(body(&first), body(&second));
}

#[test]
fn shards_are_joined_from_what_was_copied() {
    let (folder, file) = folder("deployment: {manifest: shop.yaml}\nsweep: {deployment.name: [web, api]}\n");
    let out = |name: &str| path(&folder.path().join(name));
    let options = ["--quiet", "--replications", "20", "--out"];
    for (shard, name) in [("0/2", "a"), ("1/2", "b")] {
        succeeds(&[&["sweep", &file, "--shard", shard], &options[..], &[&out(name)]].concat());
        assert_eq!(secrets_in(&folder.path().join(name)), [""; 0]);
        verifies(&folder.path().join(name));
    }
    succeeds(&["merge", &out("a"), &out("b"), "--quiet", "--out", &out("merged")]);
    succeeds(&[&["sweep", &file], &options[..], &[&out("whole")]].concat());
    let [merged, whole] = ["merged", "whole"].map(|name| folder.path().join(name));
    assert_eq!(files(&merged), files(&whole));
    for name in files(&whole) {
        assert!(fs::read(merged.join(&name)).unwrap() == fs::read(whole.join(&name)).unwrap(), "{name} differs");
    }
}

#[test]
fn unfinished_work_holds_nothing_private_and_is_gone_on_with() {
    let (folder, file) = folder("deployment: {manifest: shop.yaml, name: web}\nsweep: {maxSurge: [1, 2, 3, 4]}\n");
    let (out, work) = (folder.path().join("out"), folder.path().join("out.unfinished"));
    let arguments = ["sweep", &file, "--quiet", "--replications", "4000", "--threads", "1", "--out", &path(&out)];
    let mut child = Command::new(env!("CARGO_BIN_EXE_rollcast")).args(arguments).stdout(Stdio::null()).spawn().unwrap();
    let begun = || fs::metadata(work.join("blocks.bin")).is_ok_and(|blocks| blocks.len() > 10_000);
    for _ in 0..60_000 {
        if begun() || child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(work.join("identity.json").exists(), "the sweep was over before it could be killed");
    assert_eq!(secrets_in(&work), [""; 0]);
    succeeds(&[&arguments[..], &["--resume"]].concat());
    assert_eq!(secrets_in(&out), [""; 0]);
    verifies(&out);
}
