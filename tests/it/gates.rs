//! Exit codes that answer a question, and programs that are interrupted: no exit code 0 by mistake, and no program that
//! does not end.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::cli::{files, refuses, rollcast, root, text};

const MANIFEST: &str = "deployment:\n  metadata: {name: web}\n  spec: {replicas: 9, template: {spec: {containers: \
                        [{name: web, image: web, resources: {requests: {cpu: 1300m}}}]}}}\n";
/// All nine pods run, and there is no room for a tenth.
const NO_ROOM: [&str; 6] = ["--set", "cluster.nodes=3", "--set", "maxSurge=1", "--set", "maxUnavailable=0"];
/// The rollout never falls below the wanted number of pods, where there is room.
const GENTLE: [&str; 2] = ["--set", "maxUnavailable=0"];
/// An objective that cannot be met.
const IMPOSSIBLE: [&str; 2] = ["--set", "objectives=[p95 duration_s <= 1s]"];

fn written(place: &Path, name: &str, content: &str) -> String {
    let file = place.join(name);
    fs::write(&file, content).expect("room on the disk");
    file.display().to_string()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcast"));
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// A sink for output that nobody reads.
#[derive(Clone, Copy, Debug)]
enum Sink {
    /// A pipe whose reader has gone.
    Closed,
    /// A disk that is full.
    #[cfg(target_os = "linux")]
    Full,
}

const SINKS: &[Sink] = &[
    Sink::Closed,
    #[cfg(target_os = "linux")]
    Sink::Full,
];

impl Sink {
    fn open(self) -> Stdio {
        match self {
            Self::Closed => {
                let (reader, writer) = std::io::pipe().expect("a pipe");
                drop(reader);
                writer.into()
            }
            #[cfg(target_os = "linux")]
            Self::Full => fs::File::options().write(true).open("/dev/full").expect("the device").into(),
        }
    }
}

/// The exit code is the same when nobody reads the answer, when nobody reads the notes, and when nobody reads either.
fn ends_the_same(arguments: &[&str], wanted: i32) {
    let code = |status: ExitStatus| status.code();
    let plain = rollcast(arguments);
    assert_eq!(plain.status.code(), Some(wanted), "{arguments:?}: {}", text(&plain.stderr));
    for sink in SINKS {
        let out = command(arguments).stdout(sink.open()).output().expect("an end");
        assert_eq!(code(out.status), Some(wanted), "{arguments:?}, stdout {sink:?}: {}", text(&out.stderr));
        let says = text(&out.stderr).contains("cannot write the answer");
        #[cfg(target_os = "linux")]
        assert_eq!(
            says,
            matches!(sink, Sink::Full) && !plain.stdout.is_empty(),
            "{arguments:?}: {}",
            text(&out.stderr)
        );
        let _ = says;
        let out = command(arguments).stderr(sink.open()).output().expect("an end");
        assert_eq!(code(out.status), Some(wanted), "{arguments:?}, stderr {sink:?}");
        assert_eq!(text(&out.stdout), text(&plain.stdout), "{arguments:?}, stderr {sink:?}");
        let neither = command(arguments).stdout(sink.open()).stderr(sink.open()).status().expect("an end");
        assert_eq!(code(neither), Some(wanted), "{arguments:?}, both {sink:?}");
    }
}

#[test]
fn one_scenario_does_not_answer_for_several() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let experiment = written(place.path(), "web.yaml", MANIFEST);
    let several = ["--set", "sweep={maxSurge: [1, 2]}", "--replications", "80"];
    let run = |rest: &[&'static str]| [&["run", &*experiment], &several[..], rest].concat();
    refuses(&run(&["--check"]), &["the experiment has 2 scenarios", "--scenario", "sweep --check"]);
    assert_ne!(rollcast(&run(&["--check", "--scenario", "1"])).status.code(), Some(2));
    assert_eq!(rollcast(&run(&[])).status.code(), Some(0));
}

#[test]
fn nobody_to_read_changes_no_exit_code() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let experiment = written(place.path(), "web.yaml", MANIFEST);
    let out = place.path().join("out").display().to_string();
    let few = ["--replications", "80"];
    let small = [&few[..], &IMPOSSIBLE].concat();
    let all = |command: &[&'static str], rest: &[&str]| {
        let mut all: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        all.insert(1, experiment.clone());
        all.extend(rest.iter().map(|word| (*word).to_owned()));
        all
    };
    let check = |arguments: Vec<String>, wanted: i32| {
        ends_the_same(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
    };
    check(all(&["run"], &small), 0);
    check(all(&["run", "--check"], &small), 1);
    check(all(&["run", "--check", "--format", "json"], &small), 1);
    check(all(&["recommend"], &small), 1);
    check(all(&["compare", "0", "1", "--set", "sweep={maxSurge: [1, 2]}"], &few), 0);
    check(all(&["trace"], &[]), 0);
    check(all(&["run", "--set", "nonsense=1"], &[]), 2);
    check(all(&["sweep", "--check", "--out", &*out.clone().leak()], &small), 1);
    for arguments in [
        &["schema"][..],
        &["defaults"],
        &["new"],
        &["completions", "bash"],
        &["replay", "tests/recordings"],
        &["fit", "tests/fixtures/pods.json"],
        &["--help"],
        &["verify", &out],
        &["report", &out],
    ] {
        let plain = rollcast(arguments).status.code().expect("a code");
        for sink in SINKS {
            let status = command(arguments).stdout(sink.open()).stderr(sink.open()).status().expect("an end");
            assert_eq!(status.code(), Some(plain), "{arguments:?} {sink:?}");
        }
    }
    fs::write(Path::new(&out).join("summary.csv"), "changed").expect("room on the disk");
    ends_the_same(&["verify", &out], 1);
}

/// A sweep whose notes nobody reads does all its work, though it writes a note before it begins.
#[test]
fn nobody_to_read_stops_no_work() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let experiment = written(place.path(), "web.yaml", MANIFEST);
    let sweep = |name: &str, sink: Option<Sink>| {
        let out = place.path().join(name);
        let arguments = ["sweep", &experiment, "--replications", "80", "--out", &out.display().to_string()];
        let mut command = command(&arguments);
        if let Some(sink) = sink {
            command.stdout(sink.open()).stderr(sink.open());
        }
        assert!(command.output().expect("an end").status.success());
        files(&out).into_iter().map(|file| fs::read(out.join(file)).expect("a file")).collect::<Vec<_>>()
    };
    let whole = sweep("whole", None);
    for (number, sink) in SINKS.iter().enumerate() {
        assert_eq!(sweep(&number.to_string(), Some(*sink)), whole, "{sink:?}");
    }
}

/// A rollout that stalls for want of room is available all the time: it must not pass because no objectives are
/// written.
#[test]
fn a_gate_without_objectives_asks_for_the_default_floor() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let experiment = written(place.path(), "web.yaml", MANIFEST);
    let out = place.path().join("out").display().to_string();
    for arguments in [&["run", &experiment, "-q"][..], &["sweep", &experiment, "-q", "--out", &out]] {
        let check = |more: &[&str]| {
            let output = rollcast(&[arguments, &["--replications", "200", "--check"], more].concat());
            (output.status.code(), text(&output.stdout))
        };
        let (code, said) = check(&NO_ROOM);
        assert_eq!(code, Some(1), "{said}");
        let (code, good) = check(&GENTLE);
        assert_eq!(code, Some(0), "{good}");
        for said in [said, good] {
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            let floor =
                "the default floor is asked for, availability: 90% and completed_rate >= 95% and stalled_rate <= 5%";
            assert!(said.contains(floor), "{said}");
        }
        let (code, said) = check(&[&GENTLE[..], &["--format", "json"]].concat());
        let value: serde_json::Value = serde_json::from_str(&said).expect("valid JSON");
        assert_eq!((code, &value["default_objectives"]), (Some(0), &serde_json::json!(true)));
        assert_eq!(
            value["objectives"][0],
            serde_json::json!({"objective": "availability: 90%", "met": true, "default": true})
        );
        // Objectives that are written replace the default ones, except that of availability.
        let (code, said) = check(&["--set", "objectives=[stalled_rate <= 5%]"]);
        assert_eq!(code, Some(1), "{said}");
        let besides = "No objective is about available pods: under --check the default floor is asked for besides, availability: 90%.";
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(besides), "{said}");
        for availability in ["availability: 0", "mean dip_depth <= 50%"] {
            let objectives = format!("objectives=[{availability}, stalled_rate <= 5%]");
            let (code, said) = check(&["--set", &objectives]);
            assert_eq!(code, Some(0), "{said}");
            assert!(!said.contains("default floor"), "{said}");
        }
    }
}

/// `--check` changes no byte of the result.
#[test]
fn a_gate_leaves_the_result_as_it_is() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let experiment = written(place.path(), "web.yaml", MANIFEST);
    let sweep = |name: &str, more: &[&str]| {
        let out = place.path().join(name);
        let shown = out.display().to_string();
        rollcast(&[&["sweep", &experiment, "--replications", "60", "-q", "--out", &shown], more].concat());
        fs::read(out.join("report.html")).expect("the page")
    };
    assert!(sweep("with", &["--check"]) == sweep("without", &[]));
}

#[test]
fn places_where_no_result_can_stand_are_usage_errors() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let experiment = written(place.path(), "web.yaml", MANIFEST);
    let mine = place.path().display().to_string();
    let inside = place.path().join("web.yaml/out").display().to_string();
    let long = place.path().join("x".repeat(300)).display().to_string();
    let nowhere = place.path().join("no/such/pods.svg").display().to_string();
    for out in [&mine, &experiment, &inside, &long, ".", "/", ".."] {
        refuses(&["sweep", &experiment, "--replications", "1", "-q", "--out", out], &[]);
    }
    refuses(&["trace", &experiment, "--chart", &nowhere], &["no such directory"]);
    refuses(&["trace", &experiment, "--chart", &mine], &[]);
    refuses(&["new", &nowhere], &["no such directory"]);
    refuses(&["new", &experiment], &["exists already"]);
    refuses(&["man", "--out", &experiment], &[]);
    assert_eq!(files(place.path()), ["web.yaml"]);
}

/// One replication of this takes minutes.
const ENDLESS: &str = "deployment:\n  metadata: {name: web}\n  spec: {replicas: 10, template: {spec: {containers: \
                       [{name: web, image: web}]}}}\ncluster: {nodes: 200, loss: {meanTimeToLoss: 1s, recovery: 1s}}\nhorizon: 30d\n\
                       replications: 1\n";

/// Waits until the program has written `words` to standard error.
fn wait_for(child: &mut Child, words: &str) {
    let mut lines = BufReader::new(child.stderr.as_mut().expect("a pipe")).lines();
    assert!(lines.any(|line| line.expect("text").contains(words)), "no {words}");
}

#[cfg(unix)]
fn signalled(mut child: Child, signal: &str) -> (Option<i32>, String) {
    // Waiting closes the standard input of a child, and a program that reads it would then end by itself.
    let _stays_open = child.stdin.take();
    #[expect(clippy::disallowed_methods, reason = "it is measured how soon the program answers")]
    let sent = Instant::now();
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().expect("an end").success());
    let status = child.wait().expect("an end");
    assert!(sent.elapsed() < Duration::from_secs(1), "{:?}", sent.elapsed());
    let mut rest = String::new();
    child.stderr.as_mut().expect("a pipe").read_to_string(&mut rest).expect("text");
    (status.code(), rest)
}

#[cfg(unix)]
#[test]
fn a_long_replication_is_interrupted_within_a_second() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let endless = written(place.path(), "endless.yaml", ENDLESS);
    let out = place.path().join("out").display().to_string();
    let two = "sweep={maxSurge: [1, 2]}";
    for arguments in [
        &["run", &endless][..],
        &["recommend", &endless],
        &["compare", &endless, "0", "1", "--set", two],
        &["sweep", &endless, "--out", &out],
    ] {
        for signal in ["-INT", "-TERM"] {
            let mut child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a start");
            wait_for(&mut child, "no readinessProbe");
            std::thread::sleep(Duration::from_millis(200));
            let (code, said) = signalled(child, signal);
            let wanted = if arguments[0] == "sweep" { 75 } else { 3 };
            assert_eq!(code, Some(wanted), "{arguments:?} {signal}: {said}");
            assert!(said.contains("interrupted"), "{arguments:?} {signal}: {said}");
        }
    }
    assert_eq!(files(place.path()), ["endless.yaml"]);
}

/// A release of two Deployments that nobody waits for.
#[cfg(unix)]
#[test]
fn capacity_is_interrupted_within_a_second_and_leaves_nothing() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let deployment = |name: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{replicas: 10, selector: {{matchLabels: {{app: {name}}}}}, \
             template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: web, image: web}}]}}}}}}\n"
        )
    };
    written(place.path(), "shop.yaml", &format!("{}\n---\n{}", deployment("a"), deployment("b")));
    let more = "workloads: {manifest: shop.yaml}\ncluster: {nodes: 200, loss: {meanTimeToLoss: 1s, recovery: 1s}}\nhorizon: 30d\n";
    let endless = written(place.path(), "endless.yaml", &format!("{more}replications: 100\n"));
    let out = place.path().join("out").display().to_string();
    for arguments in [&["capacity", &endless][..], &["capacity", &endless, "--out", &out]] {
        let child = command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a start");
        std::thread::sleep(Duration::from_millis(1500));
        let (code, said) = signalled(child, "-INT");
        assert_eq!(code, Some(3), "{arguments:?}: {said}");
        assert!(said.contains("interrupted"), "{arguments:?}: {said}");
    }
    assert_eq!(files(place.path()), ["endless.yaml", "shop.yaml"]);
}

#[cfg(unix)]
#[test]
fn reading_and_tracing_are_interrupted_too() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let endless = written(place.path(), "endless.yaml", ENDLESS);
    for (arguments, input) in [(["run", "-"], Stdio::piped()), (["trace", &*endless], Stdio::null())] {
        let mut command = command(&arguments);
        let child = command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a start");
        std::thread::sleep(Duration::from_millis(500));
        let (code, said) = signalled(child, "-INT");
        assert_eq!(code, Some(3), "{arguments:?}: {said}");
        assert!(said.contains("interrupted"), "{arguments:?}: {said}");
    }
}

/// The first scenario ends at once, the second never.
#[cfg(unix)]
#[test]
fn what_was_finished_before_a_long_replication_is_kept() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let endless = written(place.path(), "endless.yaml", ENDLESS);
    let out = place.path().join("out");
    let shown = out.display().to_string();
    let sweep = ["sweep", &endless, "--threads", "1", "--out", &shown, "--set", "sweep={horizon: [1m, 30d]}"];
    let blocks = place.path().join("out.unfinished/blocks.bin");
    let start = || command(&sweep).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a start");
    let child = start();
    let empty = 100;
    while fs::metadata(&blocks).map_or(0, |file| file.len()) < empty {
        std::thread::sleep(Duration::from_millis(20));
    }
    let (code, said) = signalled(child, "-INT");
    assert_eq!(code, Some(75), "{said}");
    assert!(said.contains("interrupted; 1 of 2 rollouts are kept in"), "{said}");
    let mut again = start();
    wait_for(&mut again, "going on after 1 rollouts that are done");
    std::thread::sleep(Duration::from_millis(200));
    let (code, said) = signalled(again, "-TERM");
    assert_eq!(code, Some(75), "{said}");
    assert!(said.contains("1 of 2 rollouts are kept in"), "{said}");
    let kept: PathBuf = place.path().join("out.unfinished");
    assert_eq!(files(&kept), ["blocks.bin", "identity.json", "rollcast.lock"]);
}

/// However many threads the environment requests, there are no more of them than blocks of work.
#[cfg(target_os = "linux")]
#[test]
fn the_environment_does_not_multiply_threads() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let endless = written(place.path(), "endless.yaml", ENDLESS);
    let out = place.path().join("out").display().to_string();
    let more = ["--set", "sweep={maxSurge: [1, 2, 3, 4, 5]}"];
    for arguments in [&["sweep", &endless, "--out", &out][..], &["recommend", &endless]] {
        let mut command = command(&[arguments, &more].concat());
        command.env("RAYON_NUM_THREADS", "100000").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("a start");
        wait_for(&mut child, "no readinessProbe");
        std::thread::sleep(Duration::from_millis(500));
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it runs");
        let threads = status.lines().find_map(|line| line.strip_prefix("Threads:")).expect("a line");
        let threads: u32 = threads.trim().parse().expect("a number");
        // Beside the working threads there are the program's own, the one that waits for signals, and the one that
        // distributes work.
        let most = if arguments[0] == "sweep" { 5 + 3 } else { 25 + 3 };
        assert!(threads <= most, "{arguments:?}: {threads}");
        let wanted = if arguments[0] == "sweep" { 75 } else { 3 };
        assert_eq!(signalled(child, "-INT").0, Some(wanted));
    }
}

/// Results of the largest numbers that a spec may contain are cut to the range of their fields, as the controller's own
/// sums are.
#[test]
fn the_largest_surge_overflows_nothing() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let experiment = written(place.path(), "web.yaml", MANIFEST);
    for surge in ["2147483647", "2147483640", "2147483647%"] {
        for more in [
            "maxUnavailable=2147483647",
            "timeline=[{at: 5s, scale: 30}]",
            "timeline=[{at: 5s, pause: true}, {at: 6s, scale: 20}, {at: 20s, scale: 3}, {at: 30s, resume: true}]",
            "proposals.podReplacementPolicy=TerminationComplete",
        ] {
            let surge = format!("maxSurge={surge}");
            let small = ["--replications", "2", "--set", "cluster.nodes=20", "--set", "horizon=2m"];
            let output = rollcast(&[&["run", &experiment, "--set", &surge, "--set", more][..], &small].concat());
            assert_eq!(output.status.code(), Some(0), "{surge}, {more}: {}", text(&output.stderr));
        }
    }
}

/// Times below a second are used as drawn, and not rounded up to a second.
#[test]
fn short_times_to_loss_are_kept() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let experiment = written(place.path(), "web.yaml", MANIFEST);
    let loss = "cluster.loss.timeToLoss={uniform: {low: 0s, high: 2s}}";
    let log = rollcast(&["trace", &experiment, "--set", loss, "--set", "cluster.nodes=40"]);
    let log = text(&log.stdout);
    let lost = |line: &&str| line.contains("node/") && line.ends_with("Lost");
    let times: Vec<f64> = log
        .lines()
        .filter(lost)
        .map(|line| line.split_whitespace().next().expect("a time").parse().expect("seconds"))
        .collect();
    assert_eq!(times.len(), 40, "{log}");
    // The test draws forty times, uniform from 0 to 2 s.
    assert!((8..32).contains(&times.iter().filter(|time| **time < 1.0).count()), "{times:?}");
    assert!(times.iter().all(|time| *time != 1.0), "{times:?}");
    refuses(&["run", &experiment, "--set", "cluster.loss.timeToLoss=200ms"], &["at least 1s on average"]);
}

#[test]
fn tracing_what_the_experiment_does_not_run_is_refused() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let experiment = written(place.path(), "web.yaml", MANIFEST);
    let note = |replication: &str| text(&rollcast(&["trace", &experiment, "--replication", replication]).stderr);
    assert_eq!(note("999"), "");
    refuses(&["trace", &experiment, "--replication", "1000"], &["there is no replication 1000"]);
}
