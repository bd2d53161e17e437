//! When tools that wait for a rollout say that it is done, or has failed: through the binary, against times computed by hand.

use std::fs;

use serde_json::Value;

use crate::cli::{refuses, rollcast, succeeds, text};

/// Pods that are Ready after 12 s and available after 42 s; all may be replaced at once.
const FIXED: &str = "
deployment:
  spec:
    replicas: 8
    minReadySeconds: 30
    strategy: {rollingUpdate: {maxSurge: 100%, maxUnavailable: 25%}}
    selector: {matchLabels: {app: a}}
    template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: 'a:1'}]}}
cluster: {nodes: 4, allocatable: {cpu: 64}}
pods: {start: 12s, pull: 0s, crash: 0, termination: 5s}
replications: 20
done: [kubectl-wait, helm-3, helm-4, argo-cd, flux]
";

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    fn write(&self, name: &str, content: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, content).expect("room on the disk");
        path.display().to_string()
    }
}

fn json(arguments: &[&str]) -> Value {
    let output = rollcast(&[arguments, &["--quiet", "--format", "json"]].concat());
    assert!(output.status.code() <= Some(1), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn statistic(answer: &Value, metric: &str, statistic: &str) -> Option<f64> {
    let rows = answer["statistics"].as_array().expect("a list");
    let is_it = |row: &&Value| row["metric"] == metric && row["statistic"] == statistic;
    rows.iter().find(is_it).expect("a statistic")["value"].as_f64()
}

/// When each tool is done (p50), and how often it fails.
fn said(answer: &Value) -> [(Option<f64>, f64); 5] {
    ["kubectl_wait", "helm_3", "helm_4", "argo_cd", "flux"].map(|tool| {
        let failed = statistic(answer, &format!("{tool}_failed"), "mean").expect("a share");
        (statistic(answer, &format!("{tool}_done_s"), "p50"), failed)
    })
}

/// Pods are Ready at about 12 s and available at about 42 s. Old pods stay until then, so that `kubectl wait` is content at once, and
/// Helm 3 looks neither at them nor at `minReadySeconds`.
#[test]
fn tools_differ_by_what_they_look_at_and_how_often() {
    let place = Place::new();
    let answer = json(&["run", &place.write("fixed.yaml", FIXED)]);
    let kubectl = statistic(&answer, "duration_s", "p50").expect("a median");
    assert!((41.0..44.0).contains(&kubectl), "{kubectl}");
    let [wait, helm_3, helm_4, argo_cd, flux] = said(&answer).map(|(done, failed)| {
        assert_eq!(failed.to_bits(), 0);
        done.expect("it is done")
    });
    assert!(wait < 0.2, "the old pods satisfy it: {wait}");
    assert_eq!(helm_3, 14.0, "it looks each 2 s, and pods are Ready a little after 12 s");
    assert_eq!((helm_4, argo_cd), (kubectl, kubectl));
    assert_eq!(flux, 45.0, "it looks each 5 s");
}

/// Six of eight are enough for Helm 3, where two never start.
#[test]
fn helm_3_is_content_while_pods_are_missing() {
    let place = Place::new();
    let full =
        FIXED.replace("maxSurge: 100%", "maxSurge: 0").replace("allocatable: {cpu: 64}", "allocatable: {pods: 2}");
    let broken = full.replace("crash: 0,", "crash: 0, badVersion: 0, neverReady: 0.25,");
    let answer =
        json(&["run", &place.write("some.yaml", &broken), "--replications", "200", "--set", "minReadySeconds=0"]);
    let completed = statistic(&answer, "completed_rate", "rate").expect("a rate");
    let [_, (helm_3, helm_3_fails), (_, helm_4_fails), ..] = said(&answer);
    assert!(helm_3.is_some());
    assert!(helm_3_fails < helm_4_fails, "{helm_3_fails} {helm_4_fails}");
    assert!(1.0 - helm_3_fails > completed, "{completed} {helm_3_fails}");
}

/// A rollout that stalls: Helm 4 and Flux see the deadline, Helm 3 only its own patience, and Argo CD shows Degraded for ever.
#[test]
fn a_stall_is_seen_by_those_who_look_at_conditions() {
    let place = Place::new();
    let never = FIXED
        .replace("crash: 0,", "crash: 0, new: {neverReady: 1},")
        .replace("minReadySeconds: 30", "progressDeadlineSeconds: 60");
    let file = place.write("never.yaml", &never);
    let answer = json(&["run", &file]);
    let [(wait, wait_fails), rest @ ..] = said(&answer);
    assert!(wait.is_some_and(|wait| wait < 0.2) && wait_fails.to_bits() == 0, "6 of 8 old pods stay");
    assert_eq!(rest, [(None, 1.0); 4]);
    let out = place.0.path().join("out").display().to_string();
    succeeds(&["sweep", &file, "--quiet", "--out", &out]);
    let table = fs::read_to_string(format!("{out}/replications.csv")).expect("a table");
    assert!(table.lines().next().is_some_and(|header| header.contains("helm_3_done_s,helm_3_failed")), "{table}");
    succeeds(&["verify", &out]);
    let statistics = fs::read_to_string(format!("{out}/statistics.csv")).expect("a table");
    assert!(statistics.contains("flux_failed"), "{statistics}");
}

/// A map has the timeouts; patience that ends before the rollout does is a failure.
#[test]
fn patience_can_be_written() {
    let place = Place::new();
    let with = |done: &str| {
        let file =
            place.write("patience.yaml", &FIXED.replace("done: [kubectl-wait, helm-3, helm-4, argo-cd, flux]", done));
        json(&["run", &file])
    };
    let answer = with("done: {helm-3: 13s, helm-4: 50s, flux: 42s, argo-cd: 10s, kubectl-wait: 1s}");
    let [(wait, _), helm_3, (helm_4, _), argo_cd, flux] = said(&answer);
    assert!(wait.is_some() && helm_4.is_some());
    assert_eq!([helm_3, argo_cd, flux], [(None, 1.0); 3]);
}

/// A StatefulSet has no conditions, and is never done for `kubectl wait`, whose patience of 30 s ends.
#[test]
fn stateful_sets_and_worlds_are_heard_too() {
    let place = Place::new();
    let file = "experiments/statefulset-canary.yaml";
    let answer =
        json(&["run", file, "--replications", "10", "--set", "done={helm-3: 1h, argo-cd: 1h, kubectl-wait: 30s}"]);
    let of = |name: &str| statistic(&answer, name, "p50");
    assert_eq!(of("argo_cd_done_s"), of("duration_s"));
    assert_eq!((of("kubectl_wait_done_s"), statistic(&answer, "kubectl_wait_failed", "mean")), (None, Some(1.0)));
    let (helm, kubectl) = (of("helm_3_done_s").expect("done"), of("duration_s").expect("a median"));
    assert!(helm >= kubectl && helm < kubectl + 2.0, "{helm} {kubectl}");
    let folder = crate::cli::root().join("experiments/manifests").display().to_string();
    let world = format!(
        "workloads:\n- deployment: {folder}/checkout.yaml\n- statefulSet: {folder}/ledger.yaml\nrelease: {{order: inTurn}}\n\
         replications: 10\ndone: {{helm-4: 30m}}\n"
    );
    let out = place.0.path().join("world").display().to_string();
    succeeds(&["sweep", &place.write("world.yaml", &world), "--quiet", "--out", &out]);
    let table = fs::read_to_string(format!("{out}/replications.csv")).expect("a table");
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let place_of = |name: &str| header.iter().position(|column| *column == name).expect("a column");
    let (duration, done) = (place_of("duration_s"), place_of("helm_4_done_s"));
    for line in lines {
        let row: Vec<&str> = line.split(',').collect();
        assert_eq!(row[duration], row[done], "{line}");
    }
}

/// Who does not ask gets no column, and the numbers of who asks are the same.
#[test]
fn without_the_key_nothing_is_there() {
    let place = Place::new();
    let plain = FIXED.replace("done: [kubectl-wait, helm-3, helm-4, argo-cd, flux]", "");
    let [asked, plain] = [("asked", FIXED), ("plain", plain.as_str())].map(|(name, content)| {
        let out = place.0.path().join(name).display().to_string();
        succeeds(&["sweep", &place.write(&format!("{name}.yaml"), content), "--quiet", "--out", &out]);
        fs::read_to_string(format!("{out}/replications.csv")).expect("a table")
    });
    for (asked, plain) in asked.lines().zip(plain.lines()) {
        assert!(asked.starts_with(plain) && asked.len() > plain.len(), "{asked}\n{plain}");
    }
}

#[test]
fn what_cannot_be_heard_is_refused_with_what_to_do() {
    let place = Place::new();
    let file = place.write("fixed.yaml", FIXED);
    for (set, words) in [
        ("done=[helm-2]", &["unknown tool `helm-2`", "helm-3"][..]),
        ("done={helm-3: 0s}", &["how long the tool waits, such as 5m"]),
        ("done={helm: 5m}", &["unknown key `helm`"]),
        ("event={drain: 0}", &["these tools wait for a change of the workload", "event: rollout"]),
    ] {
        refuses(&["run", &file, "--set", set], words);
    }
    let asking = |name: &str, objective: &str| place.write(name, &format!("{FIXED}objectives: [{objective}]\n"));
    refuses(
        &["run", &asking("a.yaml", "mean helm_3_failed <= 1%"), "--set", "done=[flux]"],
        &["is about what a tool says, which is not asked for", "done: [helm-3]"],
    );
    succeeds(&["run", &asking("b.yaml", "p95 flux_done_s <= 60s"), "--quiet", "--set", "done=flux"]);
}

/// Each of 4 nodes takes 17 s, one after the other: 5 s until the old pod is gone, and 12 s until the new one is available. There is no
/// condition to wait for. Helm 3 lets as many pods be missing as the update, so that it is done when the last one is created.
#[test]
fn daemon_sets_are_heard_too() {
    let place = Place::new();
    let agent = place.write(
        "agent.yaml",
        "daemonSet: {spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: \
         'a:1'}]}}}}\ncluster: {nodes: 4, allocatable: {cpu: 64}}\npods: {start: 12s, pull: 0s, crash: 0, termination: 5s}\nreplications: \
         20\ndone: [kubectl-wait, helm-3, helm-4, argo-cd, flux]\n",
    );
    let answer = json(&["run", &agent]);
    let [wait, helm_3, helm_4, argo_cd, flux] = said(&answer);
    assert_eq!(wait, (None, 1.0));
    let within = |(done, failed): (Option<f64>, f64), least: f64, most: f64| {
        assert!(
            failed == 0.0 && done.is_some_and(|at| (least..=most).contains(&at)),
            "{done:?} {failed}: {least} to {most}"
        );
    };
    within(helm_3, 56.0, 60.0);
    within(helm_4, 68.0, 70.0);
    within(argo_cd, 68.0, 70.0);
    within(flux, 68.0, 75.0);
    assert!(statistic(&answer, "duration_s", "p50").is_some_and(|at| (68.0..70.0).contains(&at)));
}
