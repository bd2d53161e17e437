//! What follows a rollout, and what happens without one: against formulas that can be computed by hand, and through the program.

use std::fs;

use rollcast::experiment::Experiment;
use rollcast::k8s::fenceposts::IntOrPercent;
use rollcast::k8s::horizontal::AutoscalerSpec;
use rollcast::k8s::objects::Strategy;
use rollcast::metrics::{After, Outcome, Record};
use rollcast::recommend::Criterion;
use rollcast::scenario::{
    Budget, MeasuredEvent, NodeLoss, OLD_TEMPLATE, Observe, Scenario, Step, StepAction, Until, Upgrade,
};
use rollcast::sim::StallCause;
use rollcast::time::SimDuration;
use rollcast::traffic::{OnSigterm, Rate, Traffic};

use crate::cli::rollcast;
use crate::world::{RETRIES, ROLLING, assert_units, exponential, mean_duration, pods, replicate, scenario, seconds};

const HOUR: SimDuration = SimDuration::from_secs(3600);

fn observed(mut world: Scenario, observe: Observe) -> Scenario {
    world.until = Until::Success { observe };
    world
}

/// A world in which `event` happens to 12 pods on 4 nodes, which start in 12 s and end in 2 s.
fn settling(event: MeasuredEvent) -> Scenario {
    let mut world = scenario(12, ROLLING(1, 0));
    world.deployment.template = OLD_TEMPLATE;
    world.pods[0] = pods(seconds(12.0), seconds(2.0));
    world.event = event;
    world.until = Until::Settled { observe: Observe::Not };
    world.horizon = HOUR;
    world
}

fn scaling(from: i32, to: i32) -> Scenario {
    let mut world = scenario(to, ROLLING(1, 0));
    world.deployment.template = OLD_TEMPLATE;
    world.event = MeasuredEvent::Scale { from };
    world
}

fn after(record: &Record) -> After {
    record.after.expect("the run was followed after its end")
}

fn assert_takes(record: &Record, expected: f64) {
    let duration = record.duration.as_secs_f64();
    assert_eq!(record.outcome, Outcome::Completed);
    assert!((expected..expected + RETRIES).contains(&duration), "{duration}, not {expected}: {record:?}");
}

/// Pods that all start at once take as long as the longest of them: mean * H(n).
#[test]
fn a_scaling_takes_the_longest_start() {
    let mut world = scaling(0, 10);
    world.pods[0] = pods(exponential(8.0), seconds(2.0));
    let records = replicate(&world, 4000);
    let (mean, error) = mean_duration(&records);
    let expected = 8.0 * (1..=10).map(|k| 1.0 / f64::from(k)).sum::<f64>();
    assert!((mean - expected - 0.01).abs() < 4.0 * error + 0.02, "{mean} +- {error}, not {expected}");
    for record in &records {
        assert_eq!((record.outcome, record.pods_created, record.min_available), (Outcome::Completed, 10, 0));
        assert_units(record, &world);
    }
}

/// Pods that are there already are not started again, and strategy limits do not bind.
#[test]
fn a_scaling_starts_only_what_is_missing() {
    let record = replicate(&scaling(6, 10), 1)[0];
    assert_takes(&record, 10.0);
    assert_eq!((record.pods_created, record.min_available, record.peak_footprint), (4, 6, 10));
}

/// `kubectl rollout status` does not wait for pods that are too many; the time until they are gone does.
#[test]
fn scaling_down_is_over_at_once_and_its_pods_go_later() {
    let mut world = observed(scaling(10, 4), Observe::OldPodsGone);
    world.pods[0] = pods(seconds(10.0), seconds(17.0));
    let record = replicate(&world, 1)[0];
    assert_takes(&record, 0.0);
    let gone = after(&record).old_pods_gone.expect("they are gone").as_secs_f64();
    assert!((17.0..17.0 + RETRIES).contains(&gone), "{gone}");
    assert_eq!((record.pods_created, after(&record).peak_footprint), (0, 10));
}

/// The last old pod is told to go when the last new one is available, and needs its termination.
#[test]
fn the_last_old_pod_is_gone_one_termination_after_success() {
    for (observe, expected) in [
        (Observe::OldPodsGone, Some(17.0)),
        (Observe::For(HOUR), Some(17.0)),
        (Observe::For(SimDuration::from_secs(16)), None),
    ] {
        let mut world = observed(scenario(3, ROLLING(1, 0)), observe);
        world.pods[0] = pods(seconds(10.0), seconds(17.0));
        let record = replicate(&world, 1)[0];
        let gone =
            after(&record).old_pods_gone.map(|gone| (gone.as_secs_f64() - record.duration.as_secs_f64()).round());
        assert_eq!(gone, expected, "{observe:?}");
        let followed = after(&record).until.as_secs_f64() - record.duration.as_secs_f64();
        let length = match observe {
            Observe::For(length) => length.as_secs_f64(),
            _ => 17.0,
        };
        assert!((followed - length).abs() < RETRIES, "{observe:?}: {followed}");
        // Two old pods end at the same time, since one takes longer to end than a new one to start.
        assert_eq!((after(&record).min_available, after(&record).peak_footprint), (3, 5));
    }
}

/// Under Recreate the old pods are gone before the new ones are there.
#[test]
fn old_pods_may_be_gone_before_success() {
    let record = replicate(&observed(scenario(3, Strategy::Recreate), Observe::OldPodsGone), 1)[0];
    let gone = after(&record).old_pods_gone.expect("they are gone").as_secs_f64();
    assert!((2.0..2.0 + RETRIES).contains(&gone), "{gone}");
    assert_takes(&record, 12.0);
}

/// With a budget of b, k pods of a node go in ⌈k / b⌉ turns. A replacement takes 12 s, and whoever was refused asks again every
/// 5 s: a turn takes 15 s, and the last one 12 s.
#[test]
fn a_drain_takes_as_many_turns_as_its_budget_makes() {
    for (budget, turns) in [(1, 3), (2, 2), (3, 1)] {
        let mut world = settling(MeasuredEvent::Drain { nodes: vec![2] });
        world.cluster.disruption_budget = Some(Budget::max_unavailable(IntOrPercent::Int(budget)));
        let record = replicate(&world, 1)[0];
        assert_takes(&record, f64::from(turns - 1) * 15.0 + 12.0);
        assert_eq!((record.min_available, record.pods_created), (12 - budget as u32, 3));
    }
}

/// Several nodes are drained one after the other, and pods of the first do not go to the second: all are cordoned at once.
#[test]
fn nodes_are_drained_in_turn_and_cordoned_together() {
    let world = settling(MeasuredEvent::Drain { nodes: vec![0, 1] });
    let record = replicate(&world, 1)[0];
    // The pods of the first node are gone after 2 s, and the drain looks every second.
    assert_takes(&record, 2.0 + 12.0);
    assert_eq!(record.pods_created, 6);
}

/// The drain of a node without pods is over at once, and it is over: nothing happens afterwards that could end it.
#[test]
fn the_drain_of_an_empty_node_ends() {
    for nodes in [vec![3], vec![3, 2], vec![0, 3]] {
        let mut world = settling(MeasuredEvent::Drain { nodes: nodes.clone() });
        world.deployment.replicas = 1;
        let record = replicate(&world, 1)[0];
        assert_takes(&record, if nodes[0] == 0 { 12.0 } else { 0.0 });
        assert_eq!(record.pods_created, u32::from(nodes[0] == 0), "{nodes:?}");
    }
}

/// A budget that allows no eviction stops a drain for ever, and the answer is that it is unfinished.
#[test]
fn a_drain_that_is_refused_never_ends() {
    let mut world = settling(MeasuredEvent::Drain { nodes: vec![2] });
    world.cluster.disruption_budget = Some(Budget::max_unavailable(IntOrPercent::Int(0)));
    let record = replicate(&world, 1)[0];
    assert_eq!((record.outcome, record.duration, record.min_available), (Outcome::Unfinished, HOUR, 12));
}

/// Node after node: its pods are gone after 2 s, its machine is back after 60 s. The last replacement is available long before.
#[test]
fn an_upgrade_lasts_until_the_last_node_is_back() {
    let mut world = settling(MeasuredEvent::Upgrade);
    world.cluster.upgrade = Some(Upgrade { start: SimDuration::ZERO, at_once: 1, takes: seconds(60.0) });
    let record = replicate(&world, 1)[0];
    let seconds = record.duration.as_secs_f64();
    assert_eq!(record.outcome, Outcome::Completed);
    assert!((4.0 * 62.0..4.0 * 63.0 + RETRIES).contains(&seconds), "{seconds}");
}

fn reclaim(notice: u64) -> Scenario {
    let notice = SimDuration::from_secs(notice);
    let mut world = settling(MeasuredEvent::Reclaim { nodes: 1, notice });
    world.cluster.loss = Some(NodeLoss {
        time_to_loss: rollcast::distribution::Distribution::constant(SimDuration::MAX),
        time_to_zone_loss: None,
        notice: Some(notice),
        detection: seconds(50.0),
        toleration: SimDuration::from_secs(300),
        recovery: None,
    });
    world
}

/// With time enough the pods have moved when the machine goes. Without, they are missed when that is noticed and tolerated.
#[test]
fn a_reclaim_lasts_until_the_machine_is_gone_and_its_pods_are_replaced() {
    let record = replicate(&reclaim(120), 1)[0];
    assert_takes(&record, 120.0);
    assert_eq!((record.nodes_lost, record.min_available, record.pods_created), (1, 9, 3));
    let mut refused = reclaim(30);
    refused.cluster.disruption_budget = Some(Budget::max_unavailable(IntOrPercent::Int(0)));
    let record = replicate(&refused, 1)[0];
    let seconds = record.duration.as_secs_f64();
    // The taint comes within a second of the unreachable node's turn.
    assert!((30.0 + 350.0 + 12.0..30.0 + 350.0 + 12.0 + 11.0).contains(&seconds), "{seconds}");
    assert_eq!(record.nodes_lost, 1);
}

/// Without an event the run lasts for as long as was asked, and shows what nodes do to standing pods.
#[test]
fn without_an_event_there_is_what_nodes_do() {
    let mut world = settling(MeasuredEvent::Nothing);
    world.until = Until::Horizon;
    let calm = replicate(&world, 1)[0];
    assert_eq!((calm.outcome, calm.duration, calm.min_available, calm.pods_created), (Outcome::Completed, HOUR, 12, 0));
    world.timeline = vec![Step { at: SimDuration::from_secs(600), action: StepAction::Drain(1) }];
    let drained = replicate(&world, 1)[0];
    assert_eq!((drained.min_available, drained.pods_created), (9, 3));
    assert!((drained.dip.as_secs_f64() - 12.0).abs() < RETRIES, "{drained:?}");
}

/// All that a rollout is measured by is the same whether it is followed afterwards or not.
#[test]
fn whoever_looks_on_sees_the_same_rollout() {
    for (name, world) in worlds() {
        let records = replicate(&world, 60);
        for observe in [Observe::OldPodsGone, Observe::For(SimDuration::from_secs(5)), Observe::For(HOUR)] {
            let world = observed(world.clone(), observe);
            for (record, followed) in records.iter().zip(replicate(&world, 60)) {
                assert_eq!(followed.after.is_some(), followed.outcome != Outcome::Unfinished, "{name}, {observe:?}");
                assert_units(&followed, &world);
                let mut measured = followed;
                measured.after = None;
                assert_eq!(*record, measured, "{name}, {observe:?}");
            }
        }
    }
}

/// Worlds in which much goes on when the rollout is over.
fn worlds() -> Vec<(&'static str, Scenario)> {
    let mut unsteady = scenario(8, ROLLING(2, 1));
    unsteady.control_plane.api_latency = exponential(0.05);
    unsteady.control_plane.watch_latency = exponential(0.05);
    unsteady.pods[0] = pods(exponential(8.0), exponential(9.0));
    unsteady.pods[1] = pods(exponential(8.0), exponential(9.0));
    unsteady.pods[1].crash = 0.3;
    unsteady.pods[1].crash_after = exponential(20.0);
    unsteady.pods[1].flap = 0.3;
    unsteady.pods[1].flap_after = exponential(30.0);
    unsteady.horizon = HOUR;
    let mut lost = unsteady.clone();
    lost.cluster.loss = Some(NodeLoss {
        time_to_loss: exponential(900.0),
        time_to_zone_loss: Some(exponential(4000.0)),
        notice: None,
        detection: seconds(50.0),
        toleration: SimDuration::from_secs(30),
        recovery: Some(exponential(60.0)),
    });
    let mut outage = unsteady.clone();
    let down = StepAction::ControllersDown(SimDuration::from_secs(40));
    outage.timeline = vec![Step { at: SimDuration::from_secs(30), action: down }];
    let mut asked = unsteady.clone();
    asked.traffic = Some(Traffic {
        rate: Rate::constant(400.0),
        capacity: 100.0,
        warm_up: None,
        on_sigterm: OnSigterm::Stop,
        load_balancer: None,
        cpu_at_capacity: 1.0,
    });
    asked.control_plane.endpoint_propagation = exponential(2.0);
    let mut scaled = asked.clone();
    scaled.horizontal_autoscaler =
        Some(AutoscalerSpec { min_replicas: 2, max_replicas: 20, target: 50, behavior: None });
    let mut late = unsteady.clone();
    late.horizon = SimDuration::from_secs(40);
    vec![
        ("unsteady", unsteady),
        ("lost", lost),
        ("outage", outage),
        ("asked", asked),
        ("scaled", scaled),
        ("late", late),
    ]
}

/// Controllers go on after success: pods that are lost then are replaced.
#[test]
fn what_fails_after_success_is_seen_and_mended() {
    let mut world = observed(scenario(4, ROLLING(1, 0)), Observe::For(SimDuration::from_secs(300)));
    world.pods[1].crash = 1.0;
    world.pods[1].crash_after = seconds(90.0);
    let record = replicate(&world, 1)[0];
    assert_takes(&record, 40.0);
    assert_eq!((record.pods_failed, record.min_available, after(&record).pods_failed), (0, 4, 4));
    assert!(after(&record).restarts >= 4 && after(&record).min_available < 4, "{record:?}");
    let mut drained = observed(scenario(4, ROLLING(1, 0)), Observe::For(SimDuration::from_secs(300)));
    drained.timeline = vec![Step { at: SimDuration::from_secs(100), action: StepAction::Drain(1) }];
    let record = replicate(&drained, 1)[0];
    let moved = 4 - after(&record).min_available;
    let missing = after(&record).dip_pod_nanos as f64 / 1e9;
    assert!(record.pods_created == 4 && moved > 0, "{record:?}");
    assert!((missing - 10.0 * f64::from(moved)).abs() < RETRIES, "replacements start in 10 s: {missing}");
}

/// An undo that was planned for a rollout that takes too long does not come when it is over.
#[test]
fn nothing_undoes_a_rollout_that_is_over() {
    let mut world = observed(scenario(3, ROLLING(1, 0)), Observe::For(HOUR));
    world.rollback.after = Some(SimDuration::from_secs(60));
    let record = replicate(&world, 1)[0];
    assert_takes(&record, 30.0);
    assert_eq!((record.pods_created, after(&record).peak_footprint, after(&record).min_available), (3, 4, 3));
}

/// A scaling can stall too: its pods find no room.
#[test]
fn a_scaling_without_room_is_unfinished() {
    let mut world = scaling(2, 10);
    world.cluster.nodes.iter_mut().for_each(|node| node.slots = 2);
    world.horizon = HOUR;
    let record = replicate(&world, 1)[0];
    assert_eq!((record.outcome, record.min_available), (Outcome::Unfinished, 2));
    assert!(record.stall.is_none_or(|(_, cause)| cause == StallCause::Capacity), "{record:?}");
    assert!(record.longest_pending > SimDuration::from_secs(3000), "{record:?}");
}

const DIES_LATER: &str = "deployment: {metadata: {name: web}, spec: {replicas: 4, template: {spec: {containers: [{name: a, image: \
    'a:2', readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 5}}]}}}}\n\
    pods: {warmUp: 10s, new: {crash: 100%, crashAfter: 90s}}\nreplications: 300\n";

/// Every pod dies 90 s after its start: with a short minReadySeconds each rollout completes, and then all is down.
#[test]
fn a_version_that_dies_after_success_is_never_recommended() {
    for rest in [
        "objectives: [availability: 75%]",
        "objectives: [p95 duration_s <= 10m]",
        "objectives: []",
        "objectives: [availability: 75%]\nobserve: 20s",
        "objectives: [p95 duration_s <= 10m]\nobserve: oldPodsGone",
    ] {
        let text = format!("{DIES_LATER}sweep: {{minReadySeconds: [0, 60, 120]}}\n{rest}\n");
        let experiment = Experiment::from_yaml(&text).expect("a valid experiment");
        let answers = experiment.recommend(Criterion::Duration).expect("threads");
        assert!(answers[0].choice.is_none(), "{rest}: {:?}", answers[0].choice);
    }
}

fn run(text: &str, arguments: &[&str]) -> (i32, String, String) {
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = place.path().join("experiment.yaml");
    fs::write(&file, text).expect("room on the disk");
    let file = file.display().to_string();
    let mut all = vec![arguments[0], file.as_str()];
    all.extend(&arguments[1..]);
    let output = rollcast(&all);
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), said(&output.stdout), said(&output.stderr))
}

#[test]
fn a_version_that_dies_after_success_passes_no_check() {
    for objectives in ["availability: 75%", "p95 duration_s <= 10m"] {
        let text = format!("{DIES_LATER}objectives: [\"{objectives}\"]\n")
            .replace("\"availability: 75%\"", "availability: 75%");
        let (code, out, err) = run(&text, &["run", "--check"]);
        assert_eq!(code, 1, "{out}{err}");
        assert!(out.contains("followed for 1") && err.contains("every pod exits 90 s after its start"), "{out}{err}");
    }
    let (code, out, err) = run(DIES_LATER, &["run", "--replications", "20"]);
    assert_eq!(code, 0, "{out}");
    assert!(!out.contains("last old pod gone") && err.contains("what is measured ends with success"), "{out}{err}");
    let (_, out, _) = run(DIES_LATER, &["run", "--replications", "20", "--set", "observe=5m"]);
    assert!(out.contains("last old pod gone") && out.contains("then: failed pods   mean 4"), "{out}");
}

/// A start-up failure, which the default crash is, is nothing that comes after success.
#[test]
fn default_crashes_are_not_followed() {
    let text = DIES_LATER.replace("new: {crash: 100%, crashAfter: 90s}", "new: {}");
    let (_, out, err) = run(&text, &["run", "--check", "--replications", "100"]);
    assert!(!out.contains("followed") && !err.contains("after its start"), "{out}{err}");
}

#[test]
fn answers_name_the_event() {
    let spec = "deployment: {metadata: {name: web}, spec: {replicas: 8, template: {spec: {containers: [{name: a, image: a}]}}}}\n\
                cluster: {nodes: 4, disruptionBudget: {maxUnavailable: 0}}\nreplications: 100\nhorizon: 10m\n";
    for (event, words) in [
        ("{scale: {from: 0}}", ["Scaling from 0 to 8", "simulated scalings", "kubectl rollout status reports success"]),
        (
            "{drain: [0, 2]}",
            ["Drain of nodes 0 and 2", "simulated drains", "(maxUnavailable: 0) asks for 8 of 8 Ready pods"],
        ),
        (
            "{upgrade: {takes: 10s}}",
            ["Upgrade of all nodes", "simulated node upgrades", "that no such node is ever drained"],
        ),
        (
            "{reclaim: {nodes: 2}}",
            ["Reclaim of 2 nodes, announced 2m 00s before", "simulated reclaims", "the nodes are gone"],
        ),
        ("none", ["No event, watched for 10m 00s", "simulated runs", "Completed: the time is over"]),
    ] {
        let (code, out, err) = run(&format!("{spec}event: {event}\n"), &["run"]);
        assert_eq!(code, 0, "{event}: {err}");
        let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(out.contains(word), "{event}: {word} is missing in {out}");
        }
        let (_, json, _) = run(&format!("{spec}event: {event}\n"), &["run", "--format", "json"]);
        assert!(json.contains(words[0]), "{json}");
    }
    let crowded = "deployment: {spec: {replicas: 8, template: {spec: {containers: [{name: a, image: a, resources: {requests: {cpu: 1}}}]}}}}\n\
                   cluster: {nodes: 2, allocatable: {cpu: 3}}\nreplications: 20\nhorizon: 10m\nevent: {scale: {from: 0}}\n";
    let (_, out, err) = run(crowded, &["run"]);
    assert!(out.contains("Unfinished: the nodes have room for 6 of the 8 pods."), "{out}");
    assert!(!err.contains("extra pod"), "a scaling has none: {err}");
    for event in ["{drain: [0, 1, 2]}", "{reclaim: {nodes: 3, notice: 10s}}"] {
        let few = spec.replace(", disruptionBudget: {maxUnavailable: 0}", ", allocatable: {pods: 7}");
        let (_, out, _) = run(&format!("{few}event: {event}\n"), &["run"]);
        assert!(out.contains("Unfinished: the other nodes have room for 7 of the 8 pods."), "{out}");
    }
    let (code, out, err) = run(&format!("{spec}event: {{scale: {{from: 0}}}}\n"), &["run", "--check"]);
    assert!(
        code == 0 && !out.contains("availability"),
        "what is missing at first is no fault of a scaling: {out}{err}"
    );
    let (code, _, err) = run(&format!("{spec}event: {{scale: {{from: 0}}}}\n"), &["recommend"]);
    assert!(code == 2 && err.contains("the event is no rollout"), "{code} {err}");
}

#[test]
fn events_that_have_no_meaning_are_refused() {
    let spec = "deployment: {metadata: {name: web}, spec: {replicas: 8, template: {spec: {containers: [{name: a, image: a}]}}}}\n\
                cluster: {nodes: 4}\n";
    for (rest, message) in [
        ("event: {scale: {from: 8}}", "scales from 8 to 8, which changes nothing"),
        ("event: {scale: {from: 0, too: 3}}", "unknown key `too`; did you mean `to`?"),
        ("event: {drain: 4}", "drains node 4, but there are 4: write 0 to 3"),
        ("event: {drain: [1, 1]}", "node 1 is drained already"),
        ("event: {reclaim: {nodes: 5}}", "takes 5 nodes away, but there are 4"),
        ("event: {scale: {from: 0}, drain: 1}", "an event is one of scale, drain, upgrade, reclaim"),
        ("event: drian", "unknown event `drian`; did you mean `drain`?"),
        ("event: none\nobserve: oldPodsGone", "nothing happens, so that no pod goes"),
        ("event: none\nrollback: {after: 1m}", "nothing to undo"),
        ("event: upgrade\ncluster: {nodes: 4, upgrade: {atOnce: 2}}", "leave cluster.upgrade out"),
        ("observe: soon", "a duration such as 10m, or oldPodsGone"),
        ("sweep: {observe: [0s, 10m]}", "some scenarios have `observe` and some have none"),
        ("objectives: [p95 old_pods_gone_s <= 1m]", "there is no `observe`: add it"),
    ] {
        let spec = if rest.contains("cluster:") { spec.replace("cluster: {nodes: 4}\n", "") } else { spec.to_owned() };
        let (code, out, err) = run(&format!("{spec}{rest}\n"), &["run"]);
        assert!(code == 2 && err.contains(message), "{rest}: {code} {out}{err}");
    }
}
