//! What the commands answer about StatefulSets, alone, among others and out of files with several kinds.

use std::path::PathBuf;

use rollcast::diagnosis::{Account, Part, Release};
use rollcast::k8s::stateful_set::PodManagementPolicy;
use rollcast::scenario::StatefulSet;
use rollcast::sim::Simulator;
use serde_json::Value;

use crate::cli::{refuses, rollcast, succeeds, text};
use crate::stateful_sets::{alone, spec};

const LEDGER: &str = "experiments/manifests/ledger.yaml";
const SHOP: &str = "experiments/fleet-capacity.yaml";

/// A file with a Deployment of 4 pods, a StatefulSet of 3 and one of 2 that waits for somebody to delete its pods.
fn mixed(folder: &tempfile::TempDir) -> PathBuf {
    let object = |kind: &str, name: &str, replicas: u32, more: &str| {
        format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  replicas: {replicas}\n  selector: \
             {{matchLabels: {{app: {name}}}}}\n{more}  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: \
             [{{name: app, image: app, resources: {{requests: {{cpu: 500m, memory: 1Gi}}}}}}]}}\n---\n"
        )
    };
    let path = folder.path().join("mixed.yaml");
    let objects = object("StatefulSet", "db", 3, "  serviceName: db\n")
        + &object("Deployment", "web", 4, "")
        + &object("StatefulSet", "archive", 2, "  serviceName: archive\n  updateStrategy: {type: OnDelete}\n");
    std::fs::write(&path, objects).expect("room on the disk");
    path
}

fn answer(arguments: &[&str]) -> Value {
    serde_json::from_str(&succeeds(arguments)).expect("JSON")
}

fn rate(answer: &Value, name: &str) -> Value {
    let rows = answer["statistics"].as_array().expect("a list");
    rows.iter().find(|row| row["metric"] == name).expect("a row")["value"].clone()
}

/// Old pods end in 2 s and new ones start in 10 s: the chain goes from the end of each old pod to the availability of the new one.
#[test]
fn the_chain_of_a_stateful_set_goes_through_every_pod() {
    for policy in [PodManagementPolicy::OrderedReady, PodManagementPolicy::Parallel] {
        let mut spec = spec(3);
        (spec.pod_management_policy, spec.start_ordinal) = (policy, 5);
        let scenario = alone(StatefulSet::new(spec), |_, _| {});
        let account = Account::of(&mut Simulator::new(1), &scenario, 0);
        let parts: Vec<_> = account.parts().into_iter().map(|(part, length)| (part, length.as_secs_f64())).collect();
        assert_eq!(parts, [(Part::OldPods, 6.0), (Part::Start, 30.0)], "{policy:?}");
        let names: Vec<String> = account.deciding().iter().filter_map(|pod| Some(account.pod(*pod)?.name())).collect();
        assert_eq!(names, ["v1-7", "v2-7", "v1-6", "v2-6", "v1-5", "v2-5"], "{policy:?}");
        let lives = |name: &str| account.pods.iter().find(|life| life.name() == name).expect("a pod");
        assert!(matches!(lives("v2-6").released, Release::Gone(..)), "{policy:?}");
        assert!(matches!(lives("v1-6").dismissed, Release::Available(..)), "{policy:?}");
    }
}

/// A pod that a lost node took is no part of the update: the chain does not begin with the start of the rollout there.
#[test]
fn the_parts_of_the_time_are_the_whole_time() {
    for (policy, seed) in [(PodManagementPolicy::OrderedReady, 3), (PodManagementPolicy::Parallel, 4)] {
        let mut spec = spec(4);
        (spec.pod_management_policy, spec.min_ready_seconds) = (policy, 7);
        let scenario = alone(StatefulSet::new(spec), |shared, _| {
            shared.pods[1].crash = 0.2;
            shared.pods[1].crash_after = crate::world::exponential(20.0);
        });
        let mut simulator = Simulator::new(seed);
        for replication in 0..40 {
            let account = Account::of(&mut simulator, &scenario, replication);
            let Some(whole) = account.duration() else { continue };
            let sum: f64 = account.parts().iter().map(|(_, length)| length.as_secs_f64()).sum();
            assert!((sum - whole.as_secs_f64()).abs() < 1e-6, "{policy:?} {replication}: {sum} {whole}");
            let gapless = account.chain.windows(2).all(|pair| pair[0].to == pair[1].from);
            assert!(gapless, "{policy:?} {replication}");
        }
    }
}

#[test]
fn why_explains_a_stateful_set_and_measures_what_helps() {
    let said = succeeds(&["why", LEDGER, "--replications", "40", "--quiet", "--set", "minReadySeconds=20"]);
    for part in [
        "until old pods had ended",
        "v1-4",
        "came when v1-4 was gone",
        "podManagementPolicy OrderedReady and maxUnavailable 1 let 4 of these pods go only after another one",
        "minReadySeconds 0 instead of 20",
        "What helps, tried in the same 40 rollouts:",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("maxSurge") && !said.contains("Recreate"), "{said}");
    let out = tempfile::tempdir().expect("a temporary directory");
    let out = out.path().join("out").display().to_string();
    succeeds(&["sweep", LEDGER, "--replications", "20", "--quiet", "--out", &out]);
    let pods = std::fs::read_to_string(format!("{out}/pods.csv")).expect("a table");
    assert!(pods.lines().any(|line| line.contains("v2-4") && line.ends_with(",1,1")), "{pods}");
}

/// Nothing that is said of stalled rollouts is a number where nothing can stall.
#[test]
fn without_a_deadline_no_rate_of_stalled_rollouts_is_known() {
    let json = answer(&["run", LEDGER, "--replications", "30", "--quiet", "--format", "json"]);
    assert_eq!((rate(&json, "stalled_rate"), rate(&json, "stall_cause_quota")), (Value::Null, Value::Null));
    assert_eq!(rate(&json, "unfinished_rate"), 0.0);
    let said = succeeds(&["run", LEDGER, "--replications", "30", "--quiet"]);
    assert!(!said.lines().any(|line| line.trim_start().starts_with("stalled")), "{said}");
    let line = said.lines().find(|line| line.trim_start().starts_with("unfinished")).expect("a line");
    assert_eq!(line.split_whitespace().take(4).collect::<Vec<_>>(), ["unfinished", "none", "of", "30"], "{said}");
    let means = |json: &Value| {
        let rows = json["statistics"].as_array().expect("a list").clone();
        rows.into_iter().filter(|row| row["metric"] == "longest_progress_gap_s").map(|row| row["value"].clone())
    };
    assert!(means(&json).count() > 0 && means(&json).all(|value| value.is_null()), "{json}");
    // The floor of --check is about what can happen.
    let check = ["run", LEDGER, "--replications", "400", "--quiet", "--check"];
    let said = rollcast(&[&check[..], &["--set", "objectives=[availability: 60%, completed_rate >= 90%]"]].concat());
    assert_eq!(said.status.code(), Some(0), "{}", text(&said.stdout));
    let said = rollcast(&check);
    assert_eq!(said.status.code(), Some(0), "one pod of 5 is always missing, and 4 are asked for");
    let said = text(&said.stdout).replace('\n', " ");
    assert!(said.contains("p05 min_available >= 4 and completed_rate >= 95%, because each pod goes before"), "{said}");
    assert!(said.contains("completed_rate >= 95%") && !said.contains("stalled_rate"), "{said}");
    refuses(
        &["run", LEDGER, "--set", "objectives=[stalled_rate <= 1%]"],
        &["without a progress deadline none does", "completed_rate or unfinished_rate"],
    );
    // The same holds for a Deployment that has none.
    let checkout = "experiments/manifests/checkout.yaml";
    let none = "progressDeadlineSeconds=2147483647";
    let json = answer(&["run", checkout, "--replications", "30", "--quiet", "--format", "json", "--set", none]);
    assert_eq!(rate(&json, "stalled_rate"), Value::Null);
    let json = answer(&["run", checkout, "--replications", "30", "--quiet", "--format", "json"]);
    assert_eq!(rate(&json, "stalled_rate"), 0.0);
}

/// A workload is named, and who names none hears which one it is.
#[test]
fn of_several_workloads_the_one_that_is_named_is_looked_at() {
    let first = rollcast(&["trace", SHOP]);
    let said = text(&first.stderr);
    assert!(said.contains("this is about shop/frontend, the first of 12 workloads: --workload NAME"), "{said}");
    let of = |name: &str| succeeds(&["trace", SHOP, "--workload", name]);
    let cart = of("shop/cart");
    assert_ne!(cart, text(&first.stdout));
    assert_eq!(cart, of("cart"));
    assert_eq!(cart, succeeds(&["trace", SHOP, "--scenario", "4"]));
    refuses(&["trace", SHOP, "--workload", "crat"], &["--workload crat", "did you mean `cart`"]);
    refuses(&["trace", "experiments/first-look.yaml", "--workload", "x"], &["leave --workload out"]);
    let why = |more: &[&str]| rollcast(&[&["why", SHOP, "--replications", "20"][..], more].concat());
    assert!(text(&why(&[]).stderr).contains("--workload NAME chooses another one"));
    let why = why(&["--workload", "cart"]);
    assert!(text(&why.stdout).contains("--scenario 4"), "{}", text(&why.stdout));
    assert!(!text(&why.stderr).contains("--workload"), "{}", text(&why.stderr));
}

/// The log of one workload goes on until the pods are gone that were told to go, however early the others are over.
#[test]
fn the_log_of_a_workload_ends_with_its_last_pod() {
    for name in ["cart", "frontend", "email"] {
        let log = succeeds(&["trace", SHOP, "--workload", name, "--verbose"]);
        let lines = |event: &str| log.lines().filter(|line| line.split_whitespace().nth(2) == Some(event)).count();
        assert!(log.contains("kubectl rollout status reports success"), "{log}");
        assert!(lines("Terminating") > 0, "{log}");
        assert_eq!(lines("Terminating"), lines("Gone"), "{name}: {log}");
        assert!(log.contains("The last pod that was told to go was gone after"), "{log}");
    }
}

#[test]
fn all_workloads_of_a_file_are_of_all_kinds() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = mixed(&folder);
    let file = path.display().to_string();
    let said = succeeds(&["capacity", "-f", &file, "--replications", "20", "--quiet"]);
    assert!(said.starts_with("3 workloads (1 without a rollout), 9 pods"), "{said}");
    assert!(said.contains("shop/archive: updateStrategy is OnDelete"), "{said}");
    let said = succeeds(&["capacity", "-f", LEDGER, "--replications", "20", "--quiet"]);
    assert!(said.starts_with("ledger: 1 StatefulSet, 5 pods, 2.5 CPU"), "{said}");
    let experiment = |workloads: &str| {
        let path = folder.path().join("all.yaml");
        std::fs::write(&path, format!("workloads: {workloads}\nreplications: 10\n")).expect("room on the disk");
        path.display().to_string()
    };
    let all = experiment("{manifest: mixed.yaml}");
    let rows = |file: &str| {
        let text = succeeds(&[
            "sweep",
            file,
            "--quiet",
            "--format",
            "json",
            "--out",
            &folder.path().join("out").display().to_string(),
        ]);
        let mut rows: Vec<String> = Vec::new();
        for line in text.lines() {
            let row: Value = serde_json::from_str(line).expect("JSON");
            rows.extend(row["parameters"]["workload"].as_str().map(str::to_owned));
        }
        rows
    };
    assert_eq!(rows(&all), ["shop/db", "shop/web", "shop/archive"]);
    assert_eq!(rows(&experiment("{manifest: mixed.yaml, names: [db, shop/web]}")), ["shop/db", "shop/web"]);
    let rest = "[{statefulSet: {manifest: mixed.yaml, name: db}}, {rest: {manifest: mixed.yaml}}]";
    assert_eq!(rows(&experiment(rest)), ["shop/db", "shop/web", "shop/archive"]);
    refuses(&["run", &experiment("{manifest: mixed.yaml, names: [dbs]}")], &["no workload `dbs`", "did you mean `db`"]);
    refuses(
        &["run", &file, "--deployment", "db"],
        &["`db` is a StatefulSet", "statefulSet: {manifest: FILE, name: shop/db}"],
    );
}

/// With OnDelete nothing happens before somebody deletes a pod: no pod is lost, and the rollout is not finished.
#[test]
fn on_delete_waits_for_somebody() {
    let set = ["--quiet", "--replications", "10", "--set", "updateStrategy=OnDelete", "--format", "json"];
    let json = answer(&[&["run", LEDGER][..], &set].concat());
    assert_eq!((rate(&json, "completed_rate"), rate(&json, "unfinished_rate")), (0.0.into(), 1.0.into()));
    assert_eq!(rate(&json, "min_available"), 5.0);
    let said = succeeds(&["run", LEDGER, "--quiet", "--replications", "10", "--set", "updateStrategy=OnDelete"]);
    assert!(said.contains("kubectl rollout status refuses to watch it"), "{said}");
}

/// A claim of `volumeClaimTemplates` is a volume of each pod, which containers mount by its name. What it does to a rollout is told.
#[test]
fn claims_are_volumes_of_the_pods() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("db.yaml");
    let ledger = std::fs::read_to_string(crate::cli::root().join(LEDGER)).expect("a manifest");
    let mounted = |name: &str| {
        let mount = format!("        volumeMounts: [{{name: {name}, mountPath: /data}}]\n        resources:");
        let claims = "  volumeClaimTemplates:\n  - metadata: {name: data}\n    spec: {accessModes: [ReadWriteOnce]}\n";
        let text = ledger.replace("        resources:", &mount).trim_end().to_owned() + "\n" + claims;
        std::fs::write(&path, text).expect("room on the disk");
        path.display().to_string()
    };
    let file = mounted("data");
    let said = succeeds(&["run", &file, "--replications", "20", "--quiet"]);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["spec.volumeClaimTemplates is not modelled", "the real rollout may be slower, dip deeper or stall"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    refuses(&["run", &mounted("date")], &["there is no volume `date`"]);
}
