//! `rollcast capacity`: numbers that can be reckoned by hand, through the program that a user runs.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rollcast::capacity::{self, Failure, Question};
use rollcast::metrics::WorldMeter;
use rollcast::plan::{Overrides, Plan};
use rollcast::report::capacity::Answered;
use rollcast::report::sparkline::Glyphs;
use rollcast::scenario::{Order, World};
use rollcast::sim::Simulator;
use serde_json::Value;

use crate::cli::{refuses, rollcast, root, text};
use crate::golden_file::golden;
use crate::workloads::{huge, vast, world};

const GIB: u64 = 1 << 30;

/// Pods start in 10 s, stop in 2 s and never fail.
const CONSTANT: &str = "pods: {start: 10s, termination: 2s, new: {crash: 0, pull: 0s}}\nreplications: 400\nseed: 1\n";

fn deployment(name: &str, replicas: u32, strategy: &str, requests: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{replicas: {replicas}, strategy: {strategy}, \
         selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: app, image: \
         \"example/app:1\", resources: {{requests: {requests}}}}}]}}}}}}\n"
    )
}

fn surge(pods: u32) -> String {
    format!("{{rollingUpdate: {{maxSurge: {pods}, maxUnavailable: 0}}}}")
}

/// At once, with pods of 10 s to start and 2 s to stop: at 0 s the surge is created; at 10 s it is available, so that as many old
/// pods terminate and as many new ones are created. Until 12 s there are twice the surge beside the replicas. So `a` needs 4 pods, 2
/// CPU and 4 GiB more, and `b` 2 pods, 2 CPU and 1 GiB. One at a time, `b` begins when `a` is over at 20 s, with 2 pods of `a` that
/// still terminate: 3 pods, 2 CPU, less than that.
fn two() -> String {
    deployment("a", 4, &surge(2), "{cpu: 500m, memory: 1Gi}")
        + &deployment("b", 2, &surge(1), "{cpu: 1, memory: 512Mi}")
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn with(manifest: &str, experiment: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("shop.yaml"), manifest).expect("a file");
        let text = format!("name: shop\nworkloads: {{manifest: shop.yaml}}\n{CONSTANT}{experiment}");
        fs::write(folder.path().join("experiment.yaml"), text).expect("a file");
        Self { folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("experiment.yaml")
    }

    /// The answer, and whether it is yes.
    fn ask(&self, options: &[&str]) -> (Value, bool) {
        let file = self.file();
        let arguments = ["capacity", file.to_str().expect("a path"), "--quiet", "--format", "json"];
        let output = rollcast(&[&arguments[..], options].concat());
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1)), "{}", text(&output.stderr));
        (serde_json::from_slice(&output.stdout).expect("JSON"), code == Some(0))
    }
}

/// One node with this much CPU for the world's pods and plenty of all else.
fn node(cpu: &str) -> String {
    format!(
        "cluster: {{nodes: 1, zones: 1, allocatable: {{cpu: {cpu}, memory: 64Gi, pods: 110}}, used: {{cpu: 0, memory: 0, pods: 0}}}}\n"
    )
}

fn trial(answer: &Value, at_once: u64) -> &Value {
    let trials = answer["trials"].as_array().expect("a list");
    trials.iter().find(|trial| trial["at_once"] == at_once).unwrap_or_else(|| panic!("{at_once} at a time: {answer}"))
}

/// CPU, memory and pods at the median and the two percentiles, which are one number where nothing is drawn.
fn demand(trial: &Value) -> [u64; 3] {
    ["cpu", "memory", "pods"].map(|name| {
        let all = trial["demand"].as_array().expect("a list");
        let own = all.iter().find(|one| one["resource"] == name).expect("a resource");
        let value = own["p99"]["value"].as_f64().expect("a number");
        assert_eq!((&own["p50"]["value"], &own["p95"]["value"]), (&own["p99"]["value"], &own["p99"]["value"]));
        value as u64
    })
}

fn done(trial: &Value) -> f64 {
    trial["done_p95_s"]["value"].as_f64().expect("a number")
}

#[test]
fn what_two_rollouts_need_is_what_it_is_by_hand() {
    let place = Place::with(&two(), &node("8"));
    let (answer, yes) = place.ask(&[]);
    assert!(yes);
    let (together, one) = (trial(&answer, 2), trial(&answer, 1));
    assert_eq!(demand(together), [4000, 5 * GIB, 6]);
    assert_eq!(demand(one), [2000, 4 * GIB, 4]);
    assert!((20.0..20.5).contains(&done(together)), "{}", done(together));
    assert!((40.0..41.0).contains(&done(one)), "{}", done(one));
    // 4 CPU run and 4 more are needed: 8 CPU are just enough.
    assert_eq!((&together["fits"], &answer["recommended"]), (&Value::Bool(true), &Value::from(0)));
    assert_eq!(together["pods_wait"]["value"], 0.0);
    assert_eq!(answer["answer"], "All 2 rollouts fit at once.");
    assert_eq!(answer["resources"][0]["left"], 4000);
    // At the peak each has twice its surge.
    let at_peak: Vec<_> = together["at_peak"].as_array().unwrap().iter().map(|one| one["pods"].as_f64()).collect();
    assert_eq!(at_peak, [Some(4.0), Some(2.0)]);
    assert!(answer["missing"].is_null() && answer["outages"].as_array().unwrap().is_empty());
}

#[test]
fn a_node_that_is_a_little_too_small_takes_one_rollout_at_a_time() {
    let (answer, yes) = Place::with(&two(), &node("7900m")).ask(&[]);
    assert!(yes);
    let together = trial(&answer, 2);
    assert_eq!((&together["fits"], &together["limit"]), (&Value::Bool(false), &Value::from("cpu")));
    assert_eq!(answer["answer"], "Roll at most 1 at a time.");
    // One more node of the same size is enough, and pods do not wait then.
    let nodes = &answer["missing"]["nodes"];
    assert_eq!((&nodes["enough"], &nodes["without_wait"], &nodes["cpu_millis"]), (&1.into(), &1.into(), &7900.into()));
}

#[test]
fn room_in_pieces_that_are_too_small_is_no_room() {
    // Each node has 1 CPU left, and the pods ask for 2.
    let two = deployment("alpha", 1, &surge(1), "{cpu: 2, memory: 1Gi}")
        + &deployment("beta", 1, &surge(1), "{cpu: 2, memory: 1Gi}");
    let nodes = node("3").replace("nodes: 1", "nodes: 2");
    let (answer, yes) = Place::with(&two, &nodes).ask(&[]);
    assert!(!yes, "nothing fits");
    assert!(answer["recommended"].is_null());
    let one = trial(&answer, 1);
    assert_eq!(demand(one)[0], 2000);
    assert_eq!(answer["resources"][0]["left"], 2000);
    assert_eq!((&one["fits"], &one["limit"], &one["no_node"]["value"]), (&false.into(), &"node".into(), &1.0.into()));
    // With one more node the first new pod goes there, and the second one waits until the first old pod has left its node.
    let missing = &answer["missing"];
    assert_eq!(
        (&missing["at_once"], &missing["nodes"]["enough"], &missing["nodes"]["without_wait"]),
        (&2.into(), &1.into(), &2.into())
    );
}

fn quota(pods: u32) -> String {
    format!(
        "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: most, namespace: shop}}\nspec: {{hard: {{pods: {pods}}}}}\nstatus: \
         {{hard: {{pods: {pods}}}, used: {{pods: 6}}}}\n"
    )
}

#[test]
fn a_quota_that_is_one_pod_too_small_must_allow_one_more() {
    // 6 pods run and 6 more are needed.
    let (answer, yes) = Place::with(&(two() + &quota(12)), &node("64")).ask(&[]);
    assert!(yes);
    assert_eq!((&trial(&answer, 2)["fits"], &trial(&answer, 2)["quota_refused"]["value"]), (&true.into(), &0.0.into()));
    let (answer, yes) = Place::with(&(two() + &quota(11)), &node("64")).ask(&[]);
    assert!(yes, "one at a time fits");
    let together = trial(&answer, 2);
    assert_eq!((&together["fits"], &together["limit"]), (&false.into(), &"quota".into()));
    assert_eq!(together["quota_refused"]["value"], 1.0);
    let missing = &answer["missing"];
    let quota = &missing["quotas"][0];
    assert_eq!(
        (&quota["quota"], &quota["resource"], &quota["more"]),
        (&"ResourceQuota shop/most".into(), &"pods".into(), &1.into())
    );
    assert_eq!((&missing["quotas_suffice"], &missing["nodes"]), (&true.into(), &Value::Null));
}

/// `a` needs 4 pods more at the peak and `b` 2, whatever they ask for.
#[test]
fn what_binds_ranks_the_rollouts() {
    let shop = deployment("a", 4, &surge(2), "{cpu: 100m, memory: 2Gi}")
        + &deployment("b", 2, &surge(1), "{cpu: 1, memory: 512Mi}");
    let drivers = |trial: &Value| -> Vec<(String, f64)> {
        let of = |one: &Value| (one["workload"].as_str().unwrap().to_owned(), one["amount"].as_f64().unwrap());
        trial["drivers"].as_array().unwrap().iter().map(of).collect()
    };
    let gib = |amount: f64| amount * GIB as f64;
    // 9 GiB more of 55 that are left are a greater share than 2.4 CPU of 61.6.
    let (answer, _) = Place::with(&shop, &node("64")).ask(&[]);
    let together = trial(&answer, 2);
    assert_eq!((&together["binding"], &together["driven"]), (&"memory".into(), &"memory".into()));
    assert_eq!(drivers(together), [("shop/a".to_owned(), gib(8.0)), ("shop/b".to_owned(), gib(1.0))]);
    assert_eq!(together["at_peak"][0]["workload"], "shop/b", "CPU alone ranks them the other way round");
    assert!(!together["binding_over_time"].is_null());
    // With 4.9 CPU, of which 2.5 are left, CPU binds.
    let (answer, _) = Place::with(&shop, &node("4900m")).ask(&[]);
    let together = trial(&answer, 2);
    assert_eq!((&together["binding"], &together["binding_over_time"]), (&"cpu".into(), &Value::Null));
    assert_eq!(drivers(together), [("shop/b".to_owned(), 2000.0), ("shop/a".to_owned(), 400.0)]);
    // Where memory is short by more than CPU, it is what is named.
    let small = node("4").replace("memory: 64Gi", "memory: 10Gi");
    let (answer, _) = Place::with(&shop, &small).ask(&[]);
    assert_eq!((&trial(&answer, 2)["fits"], &trial(&answer, 2)["limit"]), (&false.into(), &"memory".into()));
    // A quota with room for 6 pods more of which all 6 are needed.
    let (answer, _) = Place::with(&(shop + &quota(12)), &node("64")).ask(&[]);
    let together = trial(&answer, 2);
    assert_eq!(together["binding"], "quota ResourceQuota shop/most pods");
    assert_eq!(drivers(together), [("shop/a".to_owned(), 4.0), ("shop/b".to_owned(), 2.0)]);
}

#[test]
fn without_any_available_pod_a_rollout_is_an_outage() {
    // All old pods are gone after 2 s, and the new ones are there 10 s later.
    let shop = deployment("store", 3, "{type: Recreate}", "{cpu: 100m, memory: 64Mi}")
        + &deployment("web", 2, "{rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}", "{cpu: 100m, memory: 64Mi}");
    let (answer, _) = Place::with(&shop, &node("8")).ask(&[]);
    let outages = answer["outages"].as_array().expect("a list");
    assert_eq!(outages.len(), 1, "{outages:?}");
    assert_eq!((&outages[0]["workload"], &outages[0]["desired"]), (&"shop/store".into(), &3.into()));
    assert_eq!(outages[0]["share"]["value"], 1.0);
    let down = outages[0]["p50_s"]["value"].as_f64().expect("a number");
    assert!((12.0..12.2).contains(&down), "{down}");
}

#[test]
fn fewer_at_a_time_need_no_more_and_take_longer() {
    let shop: String = (1..=5)
        .map(|number| deployment(&format!("d{number}"), 4, &surge(number), "{cpu: 500m, memory: 1Gi}"))
        .collect();
    let (answer, _) = Place::with(&shop, &node("64")).ask(&["--at-once", "5,4,3,2,1"]);
    let trials = answer["trials"].as_array().expect("a list");
    assert_eq!(trials.len(), 5);
    for pair in trials.windows(2) {
        let (more, fewer) = (demand(&pair[0]), demand(&pair[1]));
        assert!((0..3).all(|resource| more[resource] >= fewer[resource]), "{more:?}, {fewer:?}");
        // The controllers' latencies are drawn.
        assert!(done(&pair[0]) <= done(&pair[1]) + 1.0, "{} {}", done(&pair[0]), done(&pair[1]));
    }
    assert!(demand(&trials[0])[0] > demand(&trials[4])[0]);
}

/// What is drawn is drawn alike in every order, and by any number of threads.
#[test]
fn an_order_is_simulated_alike_whichever_others_are() {
    let drawn =
        "pods: {start: {lognormal: {p50: 5s, p99: 20s}}, termination: {exponential: {mean: 3s}}}\nreplications: 100\n";
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("shop.yaml"), two()).expect("a file");
    let text = format!("name: shop\nworkloads: {{manifest: shop.yaml}}\n{drawn}{}", node("7900m"));
    fs::write(folder.path().join("experiment.yaml"), text).expect("a file");
    let place = Place { folder };
    let (both, _) = place.ask(&["--at-once", "2,1", "--threads", "2"]);
    let (one, _) = place.ask(&["--at-once", "1", "--threads", "1"]);
    let (again, _) = place.ask(&["--at-once", "2,1", "--threads", "1"]);
    assert_eq!(both, again);
    let without_course = |trial: &Value| {
        let mut trial = trial.clone();
        trial.as_object_mut().expect("an object").remove("over_time");
        trial
    };
    assert_eq!(without_course(trial(&both, 1)), without_course(trial(&one, 1)));
    // The order of the experiment is the one that is tried where it is not `together`.
    let (written, _) = place.ask(&["--set", "release={order: {atOnce: 1}}"]);
    assert_eq!(without_course(&written["trials"][0]), without_course(trial(&one, 1)));
    let (swept, _) = place.ask(&["--set", "sweep={release.atOnce: [1, 2]}"]);
    assert_eq!(swept["trials"], both["trials"]);
}

#[test]
fn slower_pods_turn_the_answer_where_they_overlap() {
    // One at a time, `b` begins at 20 s. With 2.5 s to stop the first two old pods of `a` are gone then, also where they take 3 times
    // as long; where they take 5 times as long, until 22.5 s, all four are there beside the new pod of `b`: 3 CPU.
    let (answer, _) = Place::with(&two(), &node("6500m")).ask(&["--set", "pods.termination=2500ms"]);
    assert_eq!(answer["answer"], "Roll at most 1 at a time.");
    let turns = answer["turns"].as_array().expect("a list");
    let of = |name: &str| turns.iter().find(|turn| turn["assumption"] == name);
    assert_eq!(of("start_up").map(|turn| &turn["turns"]), Some(&false.into()));
    let stopping = of("stopping").expect("it takes time");
    assert_eq!((&stopping["turns"], &stopping["times"], &stopping["then"]), (&true.into(), &5.0.into(), &Value::Null));
}

#[test]
fn what_cannot_be_answered_is_refused_with_what_to_do() {
    let place = Place::with(&two(), "sweep: {workloads.*.maxSurge: [1, 2]}\n");
    refuses(&["capacity", place.file().to_str().unwrap()], &["release.atOnce", "--set"]);
    let still = Place::with(&two(), "");
    refuses(&["capacity", still.file().to_str().unwrap(), "--set", "workloads.*.event=none"], &["no workload rolls"]);
    refuses(&["capacity", still.file().to_str().unwrap(), "--at-once", "0"], &["--at-once"]);
}

#[test]
fn all_at_a_time_is_together() {
    let mut together = world(&[("a", 1, 4), ("b", 2, 7), ("c", 3, 2)], huge);
    let members: Vec<_> = together.workloads.iter().map(|own| vast(own.deployment.replicas)).collect();
    let mut at_once = together.clone();
    at_once.release.order = Order::AtOnce(3);
    together.release.order = Order::Together;
    let of = |world: &World, replication| {
        let mut meter = WorldMeter::default();
        meter.begin(world, &members);
        let span = Simulator::new(7).run_world(&AtomicBool::new(false), world, replication, &mut meter);
        meter.finish(world, &members, &span.expect("nobody stops it"))
    };
    for replication in 0..20 {
        assert_eq!(of(&together, replication), of(&at_once, replication));
    }
}

/// A quota keeps pods from being created, so that less is asked for than is needed: nothing may be concluded from that.
#[test]
fn what_a_quota_refuses_is_not_taken_for_what_is_needed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shop.yaml");
    let ask = |pods: u32| {
        fs::write(&file, two() + &quota(pods)).expect("a file");
        let settings = ["pods={start: 10s, termination: 2s, new: {crash: 0, pull: 0s}}", "replications=400"];
        let settings: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
        let arguments = [&["capacity", "-f", file.to_str().expect("a path"), "--quiet"], &settings[..]].concat();
        let output = rollcast(&arguments);
        (text(&output.stdout), output.status.code())
    };
    // 6 pods run. Together they need 6 more, and one at a time 4.
    let (answer, code) = ask(12);
    assert!(answer.contains("Nobody wrote what the nodes have") && answer.contains("must allow"), "{answer}");
    assert_eq!(code, Some(0));
    let (answer, code) = ask(10);
    assert!(answer.contains("Quotas allow 1 at a time at most"), "{answer}");
    assert!(answer.contains("ResourceQuota shop/most must allow 2 pods more"), "{answer}");
    assert_eq!(code, Some(0));
    let (answer, code) = ask(9);
    assert!(answer.contains("Not even 1 at a time fits: a quota refuses pods in 100% of the releases."), "{answer}");
    assert!(!answer.contains("if there is one"), "{answer}");
    assert_eq!(code, Some(1));
}

/// Somebody who interrupts it is told what was simulated until then.
#[test]
fn an_interrupt_ends_it_after_the_order_that_is_done() {
    let place = Place::with(&two(), &node("8"));
    let overrides = Overrides { world: true, ..Overrides::default() };
    let plan = Plan::load_all(&[place.file()], &overrides).expect("a plan");
    let stop = AtomicBool::new(false);
    let done = Mutex::new(Vec::new());
    let finished = |order: &Order| {
        done.lock().expect("no panic").push(order.clone());
        stop.store(true, Ordering::Relaxed);
    };
    let question = Question { at_once: &[2, 1], threads: 1, stop: &stop, progress: &|| {}, finished: &finished };
    let found = capacity::answer(&plan, &question);
    assert!(matches!(found, Err(Failure::Interrupted)), "{found:?}");
    assert_eq!(*done.lock().expect("no panic"), [Order::Together]);
}

/// The answer as people read it, on narrow and wide terminals and in a document.
#[test]
fn answers_are_texts_that_people_can_read() {
    let file = root().join("tests/fixtures/shop-cluster.yaml");
    let overrides =
        Overrides { deployment: Some("shop/".into()), replications: Some(400), world: true, ..Overrides::default() };
    let plan = Plan::load_all(&[file], &overrides).expect("a plan");
    let stop = AtomicBool::new(false);
    let question = Question { at_once: &[], threads: 0, stop: &stop, progress: &|| {}, finished: &|_| {} };
    let found = capacity::answer(&plan, &question).expect("an answer");
    let one = Answered { plan: &plan, world: plan.world(0).expect("a world"), capacity: &found };
    for width in [80, 120] {
        let answer = rollcast::report::capacity::text(one, width, Glyphs::Blocks);
        assert!(answer.lines().all(|line| line.chars().count() <= usize::from(width)), "{answer}");
        golden(&format!("tests/golden/capacity-{width}.txt"), &answer);
    }
    let plain = rollcast::report::capacity::text(one, 80, Glyphs::Ascii);
    assert!(plain.is_ascii() && plain.contains("* all 5 at once"), "{plain}");
    golden("tests/golden/capacity.md", &rollcast::report::capacity::markdown(one));
}
