//! Recorded snapshots of a real control plane, with what came next: `rollcast eta` on each of them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cli::{refuses, root, succeeds, text};
use crate::golden_file::golden;

const FOLDER: &str = "tests/recordings/snapshots";

/// The stamps of a snapshot are whole seconds, and so is its instant.
const STAMP_S: f64 = 1.0;

fn truth() -> BTreeMap<String, Value> {
    let text = fs::read_to_string(root().join(FOLDER).join("truth.json")).expect("the truth");
    serde_json::from_str(&text).expect("JSON")
}

fn seconds(instant: &str) -> f64 {
    let (date, clock) = instant.trim_end_matches('Z').split_once('T').expect("an instant");
    let day: f64 = date.rsplit('-').next().and_then(|day| day.parse().ok()).expect("a day");
    clock.split(':').fold(day * 24.0, |sum, part| sum * 60.0 + part.parse::<f64>().expect("a number"))
}

/// The answer for a case, as JSON, with further words on the command line.
fn asked(case: &str, words: &[&str]) -> Value {
    let truth = truth();
    let object = truth[case]["object"].as_str().expect("its object");
    let [namespace, kind, name] = object.split('/').collect::<Vec<_>>()[..] else { panic!("{object}") };
    let file = format!("{FOLDER}/{case}.json");
    let workload = format!("{kind}/{name}");
    let own = ["eta", &file, &workload, "-n", namespace, "-o", "json", "--replications", "400"];
    serde_json::from_str(&succeeds(&[&own, words].concat())).expect("JSON")
}

/// 5th, 50th and 95th percentiles of the time from the snapshot; nothing where rollouts do not complete.
fn range(forecast: &Value) -> [Option<f64>; 3] {
    ["p05_s", "p50_s", "p95_s"].map(|key| forecast[key]["value"].as_f64())
}

/// How long after the instant of the snapshot the rollout was complete.
fn left(case: &str, answer: &Value) -> f64 {
    let truth = &truth()[case];
    let end = seconds(truth["t0"].as_str().expect("t0")) + truth["at_t"].as_f64().expect("its end");
    end - seconds(answer["at"].as_str().expect("its instant"))
}

#[track_caller]
fn holds(case: &str, forecast: &Value, left: f64) {
    let [Some(low), Some(_), Some(high)] = range(forecast) else { panic!("{case} does not complete: {forecast}") };
    assert!((low - STAMP_S..=high + STAMP_S).contains(&left), "{case}: {left} is not within {low} to {high}");
}

fn causes(answer: &Value) -> Vec<String> {
    let all = answer["waits_for"].as_array().expect("a list");
    all.iter().map(|cause| cause["cause"].as_str().expect("a word").to_owned()).collect()
}

fn evidence(answer: &Value) -> String {
    answer["waits_for"].to_string()
}

#[track_caller]
fn never(case: &str, forecast: &Value) {
    assert_eq!(range(forecast)[1], None, "{case} completes by itself");
    assert!(forecast["never"]["value"].as_f64() > Some(0.5), "{case}");
}

#[test]
fn rollouts_that_completed_by_themselves_end_within_the_forecast() {
    for (case, cause) in [
        ("02-healthy-early", "starting"),
        ("04-min-ready", "min_ready"),
        ("11-rollback", "starting"),
        ("14-rollover", "starting"),
        ("16-slow-stop", "room"),
        ("18-sts-partition", "starting"),
        ("19-daemonset", "starting"),
    ] {
        let answer = asked(case, &[]);
        assert_eq!(answer["state"], "rolling", "{case}");
        holds(case, &answer["forecast"], left(case, &answer));
        assert!(causes(&answer).contains(&cause.to_owned()), "{case}: {answer}");
        assert_ne!(answer["conditional"], true, "{case}");
    }
}

#[test]
fn at_rest_the_answer_is_how_long_a_rollout_takes() {
    let answer = asked("01-steady", &[]);
    assert_eq!((&answer["state"], &answer["waits_for"]), (&"at_rest".into(), &Value::Array(Vec::new())));
    assert!(answer["answer"].as_str().expect("text").starts_with("Nothing is rolling"));
    let taken = truth()["01-steady"]["seconds_from_change"].as_f64().expect("a time");
    holds("01-steady", &answer["forecast"], taken);
    assert_eq!(answer["start_up"]["source"], "present");
}

#[test]
fn what_never_ends_is_said_with_its_cause() {
    let stuck = asked("05-never-ready", &[]);
    assert_eq!(stuck["state"], "stalled");
    assert_eq!(stuck["deadline_passed_at"], "2026-11-29T11:57:28Z");
    assert_eq!(causes(&stuck)[0], "not_ready");
    assert!(evidence(&stuck).contains("Readiness probe failed: HTTP probe failed with statuscode: 503"));
    never("05", &stuck["forecast"]);
    assert!(stuck["forecast"]["stuck"].as_f64() > Some(0.5));

    let apart = asked("09-anti-affinity", &[]);
    assert_eq!(causes(&apart)[0], "anti_affinity");
    assert!(evidence(&apart).contains("6 node(s) didn't match pod anti-affinity rules"));
    never("09", &apart["forecast"]);
    assert_eq!(apart["help"][0]["action"], "old_pod_first");
    assert!(range(&apart["help"][0]["forecast"])[1].is_some(), "an old pod that goes first ends it");
}

#[test]
fn what_ended_because_somebody_acted_is_said_not_to_end_by_itself() {
    let quota = asked("07-quota", &[]);
    never("07", &quota["forecast"]);
    assert_eq!(causes(&quota)[0], "quota");
    assert!(evidence(&quota).contains("exceeded quota: mem-limits"));
    let raised = asked("07-quota", &["--set", "timeline=[{at: 14s, quota: none}]"]);
    holds("07 with the quota raised", &raised["forecast"], left("07-quota", &raised));

    let paused = asked("13-paused", &[]);
    assert_eq!((&paused["state"], causes(&paused)[0].as_str()), (&"paused".into(), "paused"));
    never("13", &paused["forecast"]);
    let resumed = asked("13-paused", &["--set", "timeline=[{at: 18s, resume: true}]"]);
    holds("13 resumed", &resumed["forecast"], left("13-paused", &resumed));

    let tainted = asked("10-taint", &[]);
    never("10", &tainted["forecast"]);
    assert_eq!(causes(&tainted)[0], "taint");
    assert!(evidence(&tainted).contains("untolerated taint"));
}

#[test]
fn with_the_taints_taken_away_the_rest_of_the_rollout_takes_its_time() {
    let text = fs::read_to_string(root().join(FOLDER).join("10-taint.json")).expect("the snapshot");
    let mut list: Value = serde_json::from_str(&text).expect("JSON");
    for item in list["items"].as_array_mut().expect("a list") {
        if item["kind"] == "Node" {
            item["spec"].as_object_mut().expect("a spec").remove("taints");
        }
    }
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("open.json");
    fs::write(&file, list.to_string()).expect("room on the disk");
    let file = file.to_str().expect("a path");
    let answer = succeeds(&["eta", file, "deploy/checkout", "-o", "json", "--replications", "400"]);
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    // The taints went 40 s after the beginning of the recording.
    let truth = &truth()["10-taint"];
    let taken = truth["at_t"].as_f64().expect("a time") - 40.1;
    holds("10 without taints", &answer["forecast"], taken);
}

#[test]
fn why_names_the_cause_of_a_rollout_in_progress() {
    for (case, words) in [
        ("02-healthy-early", &["4 new pods", "Start-up: assumed"][..]),
        ("04-min-ready", &["not long enough (minReadySeconds 10)"]),
        ("05-never-ready", &["Readiness probe failed: HTTP probe failed with statuscode: 503"]),
        ("07-quota", &["exceeded quota: mem-limits", "What would help:", "A larger quota"]),
        ("09-anti-affinity", &["6 node(s) didn't match pod anti-affinity rules"]),
        ("10-taint", &["untolerated taint"]),
        ("13-paused", &["paused"]),
        ("16-slow-stop", &["Insufficient cpu"]),
        ("18-sts-partition", &["StatefulSet payments/ledger"]),
        ("19-daemonset", &["DaemonSet kube-system/node-agent"]),
    ] {
        let object = truth()[case]["object"].as_str().expect("its object").to_owned();
        let [namespace, kind, name] = object.split('/').collect::<Vec<_>>()[..] else { panic!("{object}") };
        let file = format!("{FOLDER}/{case}.json");
        let answer = succeeds(&["why", &file, &format!("{kind}/{name}"), "-n", namespace, "--replications", "50"]);
        let flat = answer.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("It waits for:"), "{case}: {answer}");
        words.iter().for_each(|words| assert!(flat.contains(words), "{case}: {words} is not in {answer}"));
    }
    // A workload at rest, and a question about one replication, are about simulated rollouts.
    let at_rest = succeeds(&["why", &format!("{FOLDER}/01-steady.json"), "deploy/checkout", "--replications", "20"]);
    assert!(at_rest.contains("where the time went"), "{at_rest}");
    let file = format!("{FOLDER}/02-healthy-early.json");
    let slowest = succeeds(&["why", &file, "--deployment", "shop/checkout", "--slowest", "--replications", "20"]);
    assert!(slowest.contains("where the time went"), "{slowest}");
    refuses(&["why", &file, "deploy/checkout", "sts/ledger"], &["names a second workload"]);
    refuses(&["why", "deploy/checkout"], &["no file is given"]);
}

/// The picture of a page.
fn picture(case: &str, workload: &str) -> String {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("eta.html");
    let (snapshot, html) = (format!("{FOLDER}/{case}.json"), file.to_str().expect("a path"));
    succeeds(&["eta", &snapshot, workload, "--replications", "200", "--html", html]);
    let page = fs::read_to_string(&file).expect("a page");
    let picture = &page[page.find("<svg").expect("a picture")..];
    picture[..picture.find("</svg>").expect("its end")].replace("><", ">\n<") + "</svg>\n"
}

#[test]
fn the_picture_of_what_is_left() {
    golden("tests/golden/eta-course.svg", &picture("04-min-ready", "deploy/checkout"));
    // Of sets too: their pods one after the other.
    for (case, workload) in [("18-sts-partition", "sts/ledger"), ("19-daemonset", "ds/node-agent")] {
        assert!(picture(case, workload).contains("New pods available"), "{case}");
    }
}

#[test]
fn answers_read_as_sentences() {
    let mut page = String::new();
    for (case, workload) in [
        ("01-steady", "deploy/checkout"),
        ("04-min-ready", "deploy/checkout"),
        ("05-never-ready", "deploy/checkout"),
        ("07-quota", "deploy/checkout"),
        ("13-paused", "deploy/checkout"),
        ("18-sts-partition", "sts/ledger"),
    ] {
        let file = format!("{FOLDER}/{case}.json");
        page.push_str(&format!("# {case}\n\n{}\n", succeeds(&["eta", &file, workload, "--replications", "400"])));
    }
    page.push_str(&succeeds(&["eta", &format!("{FOLDER}/07-quota.json"), "deploy/checkout", "-o", "markdown"]));
    golden("tests/golden/eta.txt", &page);
}

#[test]
fn a_stream_of_snapshots_is_answered_line_by_line() {
    let read = |case: &str| fs::read_to_string(root().join(FOLDER).join(format!("{case}.json"))).expect("a snapshot");
    let stream = format!("{}\n{}{}", read("02-healthy-early"), read("05-never-ready"), read("01-steady"));
    let mut program = Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(["eta", "--watch", "shop/deploy/checkout", "--replications", "200"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    program.stdin.take().expect("a pipe").write_all(stream.as_bytes()).expect("a reader");
    let lines = text(&program.wait_with_output().expect("its end").stdout);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].contains("4 of 8 new, 6 available") && lines[0].contains("Complete at about"), "{}", lines[0]);
    assert!(lines[1].contains("Stalled: the progress deadline passed at 11:57:28 UTC"), "{}", lines[1]);
    assert!(lines[2].ends_with("complete"), "{}", lines[2]);
}

#[test]
fn the_workload_is_named_as_for_kubectl_or_found() {
    let file = &format!("{FOLDER}/02-healthy-early.json");
    let named = |words: &[&str]| {
        let all = [&["eta", file, "-o", "json", "--replications", "100"], words].concat();
        serde_json::from_str::<Value>(&succeeds(&all)).expect("JSON")["workload"].clone()
    };
    for words in [
        &[][..],
        &["deploy/checkout"],
        &["deployment.apps/checkout", "-n", "shop"],
        &["--deployment", "shop/checkout"],
        &["shop/deploy/checkout"],
    ] {
        assert_eq!(named(words), "shop/checkout", "{words:?}");
    }
    assert_eq!(named(&["ds/node-agent"]), "kube-system/node-agent");
    refuses(&["eta", file, "deploy/chekout"], &["did you mean `checkout`"]);
    refuses(&["eta", file, "deploy/checkout", "sts/ledger"], &["names a second workload"]);
    refuses(&["eta", file, "shop/deploy/checkout", "-n", "payments"], &["two namespaces"]);
    refuses(&["eta", file, "--at", "yesterday"], &["--at yesterday: expected an instant"]);
    refuses(&["eta"], &["no snapshot is given"]);
}

#[test]
fn what_the_file_does_not_hold_is_told_once() {
    let text = fs::read_to_string(root().join(FOLDER).join("04-min-ready.json")).expect("the snapshot");
    let mut list: Value = serde_json::from_str(&text).expect("JSON");
    let left_out = ["Event", "Node", "ResourceQuota", "ReplicaSet"];
    list["items"].as_array_mut().expect("a list").retain(|item| !left_out.iter().any(|kind| item["kind"] == *kind));
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("less.json");
    fs::write(&file, list.to_string()).expect("room on the disk");
    let file = file.to_str().expect("a path");
    let answer = succeeds(&["eta", file, "deploy/checkout", "--replications", "100"]);
    for words in ["kubectl get events", "kubectl get nodes", "kubectl get quota", "kubectl get rs"] {
        assert_eq!(answer.matches(words).count(), 1, "{words}: {answer}");
    }
    assert!(answer.contains("2 new pods Ready"), "{answer}");
}

#[test]
fn the_user_s_times_win_over_what_the_snapshot_shows() {
    let answer = asked("11-rollback", &["--set", "pods.warmUp=5m"]);
    assert_eq!(answer["start_up"]["source"], "written");
    assert!(range(&answer["forecast"])[0] > Some(200.0), "{answer}");
}

#[test]
fn few_measurements_widen_the_forecast() {
    let forecast = |measured: &str| {
        let warm_up = format!("pods.warmUp={{lognormal: {{median: 30s, sigma: 0.3}}{measured}}}");
        range(&asked("11-rollback", &["--set", &warm_up])["forecast"]).map(|one| one.expect("a time"))
    };
    let (known, measured) = (forecast(""), forecast(", measured: {values: 5}"));
    assert!(measured[0] < known[0] && measured[2] > known[2], "{measured:?} for {known:?}");
}

/// One warm-up of ten took longer than the minute that two pods have taken so far: draws without that one are not possible.
#[test]
fn no_draw_makes_a_pod_that_waits_impossible() {
    let warm_up = "pods.warmUp={empirical: {values: [1, 1, 1, 1, 1, 1, 1, 1, 1, 90], unit: s}, measured: {values: 10}}";
    let answer = asked("11-rollback", &["--set", warm_up, "--at", "2026-11-29T12:03:38Z"]);
    assert_eq!(answer["forecast"]["never"]["value"], 0.0, "{answer}");
    assert!(range(&answer["forecast"])[0] > Some(20.0), "{answer}");
}

#[test]
fn a_later_instant_leaves_less_time() {
    let early = asked("04-min-ready", &[]);
    let late = asked("04-min-ready", &["--at", "2026-11-29T12:09:56Z"]);
    assert_eq!(late["at"], "2026-11-29T12:09:56Z");
    let [early, late] = [early, late].map(|answer| range(&answer["forecast"])[1].expect("a time"));
    assert!(late < early, "{late} is not before {early}");
}
