//! `kubectl rollcast` with a `kubectl` that serves files, refuses kinds, hangs or fails. No cluster is needed, and none was used.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::cli::{succeeds, text};
use crate::large::LIST;

/// Serves the file of a kind, or an empty list; says on standard error what stands in `refuse-KIND`, or, for all namespaces alone, in
/// `refuse-all-KIND`.
const SCRIPT: &str = r#"#!/bin/sh
echo "$*" >> "$FAKE/calls"
if [ -f "$FAKE/hang" ]; then echo $$ > "$FAKE/pid"; exec sleep 60; fi
if [ -f "$FAKE/dead" ]; then cat "$FAKE/dead" >&2; exit 1; fi
if [ "$1" = config ]; then printf shop; exit 0; fi
if [ -f "$FAKE/refuse-$2" ]; then cat "$FAKE/refuse-$2" >&2; exit 1; fi
case "$*" in *--all-namespaces*) if [ -f "$FAKE/refuse-all-$2" ]; then cat "$FAKE/refuse-all-$2" >&2; exit 1; fi;; esac
if [ -f "$FAKE/$2.json" ]; then cat "$FAKE/$2.json"; else echo '{"apiVersion": "v1", "items": [], "kind": "List"}'; fi
"#;

struct Fake {
    folder: tempfile::TempDir,
}

impl Fake {
    fn new() -> Self {
        let fake = Self { folder: tempfile::tempdir().unwrap() };
        let kubectl = fake.path("bin/kubectl");
        fs::create_dir(fake.path("bin")).unwrap();
        fs::write(&kubectl, SCRIPT).unwrap();
        fs::set_permissions(&kubectl, fs::Permissions::from_mode(0o755)).unwrap();
        symlink(env!("CARGO_BIN_EXE_rollcast"), fake.path("bin/kubectl-rollcast")).unwrap();
        let list: serde_json::Value = serde_json::from_str(LIST).unwrap();
        for (kind, resource) in [("Deployment", "deployments.apps"), ("Node", "nodes"), ("Pod", "pods")] {
            let of_kind = |item: &&serde_json::Value| item["kind"] == kind;
            let items: Vec<_> = list["items"].as_array().unwrap().iter().filter(of_kind).collect();
            let list = serde_json::json!({"apiVersion": "v1", "items": items, "kind": "List"});
            fake.serve(&format!("{resource}.json"), &serde_json::to_string_pretty(&list).unwrap());
        }
        fake
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn serve(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path("bin/kubectl-rollcast"));
        let path = format!("{}:/usr/bin:/bin", self.path("bin").display());
        command.args(arguments).env("PATH", path).env("FAKE", self.folder.path()).stdin(Stdio::null());
        command.current_dir(self.folder.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }
}

const RUN: [&str; 7] = ["run", "deploy/front", "--replications", "40", "--format", "json", "-q"];

#[test]
fn the_plugin_gives_what_a_dump_gives() {
    let fake = Fake::new();
    let output = fake.run(&RUN);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    let dump = fake.path("cluster.json");
    fs::write(&dump, LIST).unwrap();
    let dump = dump.display().to_string();
    let arguments = ["run", &dump, "--deployment", "shop/front", "--replications", "40", "--format", "json", "-q"];
    assert_eq!(text(&output.stdout), succeeds(&arguments));
    let calls = fake.calls();
    assert_eq!(calls[0], "config view --minify -o jsonpath={..namespace} --request-timeout=60s");
    assert_eq!(calls.len(), 19, "{calls:#?}");
    assert!(calls.contains(&"get nodes -o json --request-timeout=60s".to_owned()), "{calls:#?}");
    assert!(calls.iter().all(|call| !call.contains("secret") && !call.contains("configmap")), "{calls:#?}");
}

#[test]
fn the_context_goes_to_kubectl_and_what_was_read_can_be_kept() {
    let fake = Fake::new();
    let arguments = [
        "run",
        "deploy/front",
        "-n",
        "shop",
        "--context",
        "prod",
        "--as=jane",
        "--save",
        "kept.json",
        "--replications",
        "40",
    ];
    let output = fake.run(&arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(fake.calls().iter().all(|call| call.ends_with("-o json --context=prod --as=jane --request-timeout=60s")));
    let kept = fake.path("kept.json").display().to_string();
    let again = succeeds(&["run", &kept, "--deployment", "shop/front", "--replications", "40"]);
    assert_eq!(text(&output.stdout), again);
    let hidden = Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(["kubectl", "run", "deploy/front", "-n", "shop", "--dry-run"])
        .env("PATH", "")
        .output()
        .unwrap();
    assert!(hidden.status.success(), "{}", text(&hidden.stderr));
    assert!(text(&hidden.stdout).starts_with("kubectl get deployments.apps --all-namespaces -o json"));
}

#[test]
fn what_may_not_be_listed_is_assumed_and_said() {
    let fake = Fake::new();
    let forbidden = |kind: &str| {
        format!(
            "Error from server (Forbidden): {kind} is forbidden: User \"jane\" cannot list resource \"{kind}\" in API group \"\" at the cluster scope\n"
        )
    };
    fake.serve("refuse-nodes", &forbidden("nodes"));
    fake.serve("refuse-all-pods", &forbidden("pods"));
    fake.serve("refuse-csinodes.storage.k8s.io", "error: the server doesn't have a resource type \"csinodes\"\n");
    let output = fake.run(&["run", "deployment/front", "-n", "shop", "--replications", "40"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let notes = text(&output.stderr);
    for note in [
        "note: you may not list nodes: it is assumed that there is room for every pod\n",
        "note: you may list pods in the namespace shop alone: those of others are assumed not to be there\n",
        "note: the cluster has no csinodes.storage.k8s.io: it is assumed that nodes attach any number of volumes\n",
        "note: what was read is not kept: --save cluster.json keeps it for further commands\n",
    ] {
        assert!(notes.contains(note), "{note}{notes}");
    }
    assert!(fake.calls().contains(&"get pods --namespace shop -o json --request-timeout=60s".to_owned()));
}

#[test]
fn without_the_workload_there_is_no_answer() {
    let fails = |fake: &Fake, words: &[&str]| {
        let output = fake.run(&["run", "deploy/front", "-n", "shop"]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
        let message = text(&output.stderr);
        words.iter().for_each(|word| assert!(message.contains(word), "{word}: {message}"));
    };
    let fake = Fake::new();
    fake.serve(
        "refuse-deployments.apps",
        "Error from server (Forbidden): deployments.apps is forbidden: User \"jane\" cannot list\n",
    );
    fails(&fake, &["you may not list deployments.apps in the namespace shop: ask for the verb `list`"]);
    fs::remove_file(fake.path("refuse-deployments.apps")).unwrap();
    fake.serve(
        "dead",
        "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?\n",
    );
    fails(
        &fake,
        &[
            "did you specify the right host or port?",
            "try it by itself",
            "kubectl get deployments.apps --all-namespaces",
        ],
    );
    fs::remove_file(fake.path("dead")).unwrap();
    fs::remove_file(fake.path("bin/kubectl")).unwrap();
    let output = fake.command(&["run", "deploy/front", "-n", "shop"]).env("PATH", fake.path("bin")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("install it or put it on the PATH"), "{}", text(&output.stderr));
}

#[test]
fn an_interrupt_ends_kubectl_too() {
    let fake = Fake::new();
    fake.serve("hang", "");
    let mut child = fake.command(&["run", "deploy/front", "-n", "shop"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut looked = 0;
    let pid = loop {
        looked += 1;
        assert!(looked < 3000, "kubectl is not started");
        let pid = fs::read_to_string(fake.path("pid")).unwrap_or_default();
        if pid.ends_with('\n') {
            break pid.trim().to_owned();
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let killed = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(3));
    let process = Path::new("/proc").join(&pid).join("cmdline");
    let gone = |path: &Path| fs::read(path).map_or(true, |line| line.is_empty());
    assert!(gone(&process), "kubectl goes on");
}

#[test]
fn the_page_lists_every_call() {
    let fake = Fake::new();
    let output = fake.run(&["run", "deploy/orders", "-n", "NAMESPACE", "--dry-run"]);
    assert!(fake.calls().is_empty());
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/kubectl.md")).unwrap();
    let calls = text(&output.stdout).replace(" --request-timeout=60s", "");
    assert_eq!(calls.lines().count(), 18);
    calls.lines().for_each(|call| assert!(page.contains(&format!("{call}\n")), "{call}"));
    let help = text(&fake.run(&["--help"]).stdout);
    calls.lines().for_each(|call| assert!(help.contains(call), "{call}: {help}"));
}

#[test]
fn the_manifest_for_krew_has_the_form_that_krew_reads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/krew.yaml");
    let manifest: serde_json::Value = serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(
        (&manifest["apiVersion"], &manifest["kind"]),
        (&"krew.googlecontainertools.github.com/v1alpha2".into(), &"Plugin".into())
    );
    assert_eq!(manifest["metadata"]["name"], "rollcast");
    assert!(manifest["spec"]["version"].as_str().unwrap().starts_with('v'));
    let short = manifest["spec"]["shortDescription"].as_str().unwrap();
    assert!(short.len() <= 50 && !short.ends_with('.'), "{short}");
    let platforms = manifest["spec"]["platforms"].as_array().unwrap();
    assert!(platforms.len() >= 4);
    for platform in platforms {
        let labels = &platform["selector"]["matchLabels"];
        let windows = labels["os"] == "windows";
        assert!(["linux", "darwin", "windows"].contains(&labels["os"].as_str().unwrap()), "{labels}");
        assert!(["amd64", "arm64"].contains(&labels["arch"].as_str().unwrap()), "{labels}");
        assert_eq!(platform["bin"], if windows { "kubectl-rollcast.exe" } else { "kubectl-rollcast" });
        let files = platform["files"].as_array().unwrap();
        assert!(files.iter().any(|file| file["to"] == "." || file["to"] == platform["bin"]), "{files:?}");
        assert!(platform["uri"].as_str().unwrap().starts_with("https://"));
        assert!(platform["sha256"].is_string());
    }
}

#[test]
fn what_is_watched_is_stamped_and_can_be_ended() {
    let fake = Fake::new();
    // The watch goes on after its first events, as that of a cluster does.
    let script = SCRIPT.replace(
        "if [ -f \"$FAKE/refuse-$2\" ]",
        "case \"$*\" in *--watch*) if [ -f \"$FAKE/refuse-$2\" ]; then cat \"$FAKE/refuse-$2\" >&2; exit 1; fi\n\
         cat \"$FAKE/$2.watch\" 2>/dev/null; exec sleep 60;; esac\nif [ -f \"$FAKE/refuse-$2\" ]",
    );
    fs::write(fake.path("bin/kubectl"), script).unwrap();
    let event = |kind: &str, version: u32| {
        format!(
            "{{\n  \"object\": {{\"kind\": \"Deployment\", \"metadata\": {{\"name\": \"front\", \"resourceVersion\": \"{version}\"}}}},\n  \"type\": \"{kind}\"\n}}\n"
        )
    };
    fake.serve("deployments.apps.watch", &(event("ADDED", 1) + &event("MODIFIED", 2)));
    fake.serve("refuse-nodes", "Error from server (Forbidden): nodes is forbidden\n");
    let arguments =
        ["record", "deploy/front", "-n", "shop", "--save", "lines.jsonl", "--for", "3s", "--out", "incident.json"];
    let output = fake.run(&arguments);
    let notes = text(&output.stderr);
    assert!(notes.contains("note: nodes are not in the recording: Error from server (Forbidden)"), "{notes}");
    assert!(notes.contains("note: 2 events are in lines.jsonl\n"), "{notes}");
    let lines = fs::read_to_string(fake.path("lines.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| line["type"].as_str().unwrap()).collect::<Vec<_>>(), ["ADDED", "MODIFIED"]);
    assert!(lines.iter().all(|line| line["at"].as_f64().is_some_and(|at| at > 1.7e9)), "{lines:?}");
    assert_eq!(lines[1]["object"]["metadata"]["resourceVersion"], "2");
    let calls = fake.calls();
    assert!(
        calls.contains(&"get deployments.apps --namespace shop --watch --output-watch-events -o json".to_owned()),
        "{calls:?}"
    );
    assert_eq!(calls.len(), 5, "{calls:?}");
}
