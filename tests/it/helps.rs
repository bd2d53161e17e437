//! The helps: every command is listed once, has examples, fits 80 columns, and its examples run as they are shown.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cli::{root, succeeds, text};

/// All commands; those that make what others read come first.
const COMMANDS: [&str; 27] = [
    "sweep",
    "plan",
    "part",
    "status",
    "merge",
    "report",
    "verify",
    "run",
    "eta",
    "recommend",
    "why",
    "new",
    "explain",
    "compare",
    "capacity",
    "sensitivity",
    "serve",
    "trace",
    "tail",
    "fit",
    "defaults",
    "record",
    "replay",
    "validate",
    "schema",
    "completions",
    "man",
];

/// The lines of a command's examples that are typed.
fn examples(command: &str) -> Vec<String> {
    let help = succeeds(&[command, "--help"]);
    let shown = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{command} has no examples"));
    let typed = shown.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    typed.map(str::to_owned).collect()
}

#[test]
fn the_help_lists_every_command_once_and_nothing_is_wider_than_80_columns() {
    let help = succeeds(&["--help"]);
    for command in COMMANDS {
        let lines = help.lines().filter(|line| line.starts_with(&format!("  {command} "))).count();
        assert_eq!(lines, 1, "{command} in\n{help}");
    }
    let commands = help.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")).filter(|line| {
        let name = line.trim().split(' ').next().unwrap_or_default();
        !name.starts_with('-') && name != "rollcast"
    });
    assert_eq!(commands.count(), COMMANDS.len(), "a command is missing in this test:\n{help}");
    assert!(!help.contains("Others:"), "a command belongs to no group:\n{help}");
    let all = COMMANDS.iter().flat_map(|command| [succeeds(&[command, "--help"]), succeeds(&[command, "-h"])]);
    for line in all.chain([help.clone()]).flat_map(|help| help.lines().map(str::to_owned).collect::<Vec<_>>()) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// What the examples read.
fn prepare(place: &Path) {
    let copy = |from: &str, to: &str| {
        fs::copy(root().join(from), place.join(to)).expect("a file to copy");
    };
    let manifest = fs::read_to_string(root().join("experiments/manifests/checkout.yaml")).expect("the manifest");
    fs::create_dir(place.join("manifests")).expect("a directory");
    fs::write(place.join("deployment.yaml"), &manifest).expect("room on the disk");
    fs::write(place.join("manifests/checkout.yaml"), &manifest).expect("room on the disk");
    let changed = manifest.replace("replicas: 10", "replicas: 8");
    assert_ne!(changed, manifest);
    fs::write(place.join("changed.yaml"), changed).expect("room on the disk");
    let experiment = "deployment: deployment.yaml\nsweep: {maxSurge: [1, 25%]}\nreplications: 40\n";
    fs::write(place.join("experiment.yaml"), experiment).expect("room on the disk");
    let cart = "{name: cart, replicas: 2, spec: {template: {spec: {containers: [{name: app, image: app}]}}}}";
    let release = format!("workloads:\n  - deployment: {{manifest: deployment.yaml}}\n  - deployment: {cart}\n");
    let release = release.replace("}\n", "}\n    event: rollout\n");
    fs::write(place.join("release.yaml"), release).expect("room on the disk");
    copy("tests/fixtures/incident.json", "incident.json");
    copy("tests/recordings/incidents/11-rollback/audit.log", "audit.log");
    copy("tests/fixtures/rollouts.csv", "rollouts.csv");
    copy("tests/fixtures/pods.json", "pods.json");
    copy("tests/recordings/snapshots/02-healthy-early.json", "snapshot.json");
    let times = fs::read_to_string(root().join("tests/fixtures/latencies.csv")).expect("the table");
    fs::write(place.join("times.csv"), times.replace("warm_up", "ready")).expect("room on the disk");
}

/// The command of an example, with the binary under test, fewer rollouts, and a file in place of a cluster.
fn command(line: &str, place: &Path) -> Command {
    let is_long = ["run", "recommend", "why", "compare", "capacity", "validate", "tail", "sweep deployment"]
        .iter()
        .any(|start| line.starts_with(&format!("rollcast {start} ")));
    let few = if is_long {
        " --replications 40"
    } else if line.starts_with("rollcast sensitivity ") {
        " --replications 100 --trajectories 2 --rows 3"
    } else {
        ""
    };
    let line = line.replace("kubectl get pods -l app=checkout -o json", "cat pods.json") + few;
    let mut shell = Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_rollcast").replace('\'', r"'\''");
    shell.args(["-c", &format!("rollcast() {{ '{binary}' \"$@\"; }}\n{line}")]).current_dir(place).stdin(Stdio::null());
    shell
}

#[test]
fn every_example_runs() {
    let place = tempfile::tempdir().expect("a temporary directory");
    prepare(place.path());
    for name in COMMANDS {
        let lines = examples(name);
        assert!(!lines.is_empty(), "{name}");
        for line in lines.iter().filter(|_| name != "serve") {
            let output = command(line, place.path()).output().expect("a shell");
            // 1 is an answer: no strategy meets the objectives.
            assert!(output.status.code() <= Some(1), "{line}: {}", text(&output.stderr));
        }
    }
    let binary = env!("CARGO_BIN_EXE_rollcast");
    for line in examples("serve") {
        let words: Vec<&str> = line.split(' ').skip(1).collect();
        let mut page = Command::new(binary)
            .args(words)
            .args(["--port", "0", "--quiet"])
            .current_dir(place.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut first = String::new();
        let out = page.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut first).expect("a line");
        page.kill().and_then(|()| page.wait()).expect("its end");
        assert!(first.starts_with("http://"), "{line}: {first}");
    }
}
