//! Readable event logs, one for each behaviour, under `tests/golden/`.
//!
//! `UPDATE_EXPECT=1 cargo test --test it golden` writes them anew; read the difference before you commit it.

use rollcast::k8s::objects::{PodReplacementPolicy, Strategy};
use rollcast::scenario::{NodeLoss, Probe, Scenario, Step, StepAction};
use rollcast::sim::Simulator;
use rollcast::time::SimDuration;
use rollcast::trace::Trace;

use crate::golden_file::golden;
use crate::world::{ROLLING, scenario, seconds};

fn world(replicas: i32, strategy: Strategy) -> Scenario {
    let mut world = scenario(replicas, strategy);
    world.control_plane.api_latency = seconds(0.005);
    world.control_plane.watch_latency = seconds(0.010);
    world.horizon = SimDuration::from_secs(900);
    world
}

#[track_caller]
fn check(name: &str, world: &Scenario, marks: &[&str]) {
    let mut trace = Trace::of(world);
    let span = Simulator::new(1).run(world, 0, &mut trace);
    let mut log: String = trace.into_lines().iter().map(|line| format!("{line}\n")).collect();
    log.push_str(&match span.end {
        Some(end) => format!("ended after {}\n", end.since(span.start)),
        None => "not ended\n".to_owned(),
    });
    for mark in marks {
        assert!(log.contains(mark), "the story {name} does not tell of {mark}:\n{log}");
    }
    golden(&format!("tests/golden/{name}.txt"), &log);
}

fn with_latency(shared: &mut Scenario) {
    shared.control_plane.api_latency = seconds(0.005);
    shared.control_plane.watch_latency = seconds(0.010);
}

#[test]
fn a_stateful_set_replaces_pod_after_pod() {
    let spec = rollcast::k8s::stateful_set::StatefulSetSpec { min_ready_seconds: 5, ..crate::stateful_sets::spec(2) };
    let set = rollcast::scenario::StatefulSet::new(spec);
    let world = crate::stateful_sets::alone(set, |shared, _| with_latency(shared));
    check("trace-stateful-set", &world, &["OrderedReady", "pod/v1-1", "pod/v2-0", "ended after"]);
}

#[test]
fn a_daemon_set_replaces_node_after_node() {
    let world = crate::daemon_sets::alone(crate::daemon_sets::spec(1, 0), 2, |shared, _, _| with_latency(shared));
    check("trace-daemon-set", &world, &["maxSurge 1", "pod/v2-0", "pod/v2-1", "ended after"]);
}

#[test]
fn rolling_update_of_three() {
    check("trace-rolling", &world(3, ROLLING(1, 0)), &["NewReplicaSetAvailable", "3 -> 2", "1 -> 0"]);
}

#[test]
fn replacements_wait_for_terminating_pods() {
    let mut world = world(3, ROLLING(1, 0));
    world.deployment.pod_replacement_policy = Some(PodReplacementPolicy::TerminationComplete);
    check("trace-replacement-policy", &world, &["TerminationComplete (proposal)", "3 -> 2", "1 -> 0", "ended after"]);
}

#[test]
fn recreate_waits_for_the_old_pods() {
    check("trace-recreate", &world(2, Strategy::Recreate), &["2 -> 0", "replicas 2", "NewReplicaSetAvailable"]);
}

#[test]
fn a_bad_version_stalls_and_is_undone() {
    let mut world = world(3, ROLLING(1, 0));
    world.pods[1].bad_version = 1.0;
    world.deployment.progress_deadline_seconds = Some(60);
    world.rollback.after_stall = Some(SimDuration::from_secs(30));
    check("trace-undo", &world, &["Stalled            readiness", "template v1", "1 -> 0", "ended after"]);
}

#[test]
fn a_crash_loop_backs_off() {
    let mut world = world(1, ROLLING(1, 0));
    world.pods[1].crash = 1.0;
    // Without a probe the pod would be Ready, and the rollout complete, before the container exits.
    world.pods[1].probes.readiness = Some(Probe {
        initial_delay: SimDuration::from_secs(3),
        period: SimDuration::from_secs(10),
        success_threshold: 1,
        failure_threshold: 3,
        grace: None,
    });
    world.horizon = SimDuration::from_secs(200);
    check("trace-crash-loop", &world, &["ContainerExited", "ContainerRestarted", "not ended"]);
}

#[test]
fn a_node_is_lost_and_its_pods_are_replaced() {
    let mut world = world(4, ROLLING(1, 1));
    world.pods[1].start = seconds(100.0);
    world.cluster.loss = Some(NodeLoss {
        time_to_loss: rollcast::distribution::Distribution::new(
            rollcast::distribution::Shape::Exponential { mean: 600.0 },
            0.0,
            None,
        )
        .expect("a positive mean"),
        time_to_zone_loss: None,
        notice: None,
        detection: seconds(50.0),
        toleration: SimDuration::from_secs(60),
        recovery: Some(seconds(300.0)),
    });
    check("trace-node-loss", &world, &["Lost", "Unreachable", "Evicted", "Back", "ended after"]);
}

#[test]
fn scaling_and_pausing_in_the_middle() {
    let mut world = world(4, ROLLING(1, 1));
    let step = |at, action| Step { at: SimDuration::from_secs(at), action };
    world.timeline = vec![step(2, StepAction::Scale(8)), step(5, StepAction::Pause), step(30, StepAction::Resume)];
    check("trace-scale-pause", &world, &["DeploymentPaused", "DeploymentResumed", "replicas 8", "ended after"]);
}

#[test]
fn requests_follow_the_pods_and_the_autoscaler_follows_the_requests() {
    use rollcast::k8s::horizontal::AutoscalerSpec;
    use rollcast::traffic::{OnSigterm, Rate, Traffic};
    let mut world = world(3, ROLLING(1, 0));
    world.control_plane.endpoint_propagation = seconds(0.5);
    world.pods[0].pre_stop = SimDuration::from_secs(1);
    world.traffic = Some(Traffic {
        rate: Rate::constant(100.0),
        capacity: 30.0,
        warm_up: None,
        on_sigterm: OnSigterm::Stop,
        load_balancer: None,
        cpu_at_capacity: 1.0,
    });
    world.horizontal_autoscaler = Some(AutoscalerSpec { min_replicas: 1, max_replicas: 9, target: 30, behavior: None });
    check("trace-traffic", &world, &["Answers", "Silent", "Endpoint", "Rescaled", "not measured", "RolledOut"]);
}
