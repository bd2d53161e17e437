//! Lost requests, each for one reason alone, compared with results computed by hand.

use rollcast::k8s::horizontal::AutoscalerSpec;
use rollcast::k8s::objects::Strategy;
use rollcast::metrics::{Record, Requests};
use rollcast::scenario::{NodeLoss, Scenario, Traffic};
use rollcast::sim::Simulator;
use rollcast::time::SimDuration;
use rollcast::trace::{Line, Trace};
use rollcast::traffic::{LoadBalancer, OnSigterm, Rate, WarmUp};

use crate::world::{RETRIES, ROLLING, replicate, scenario, seconds};

/// 100 requests a second to pods that could answer ten times as many; the senders know changes after a second.
fn asked(replicas: i32, strategy: Strategy) -> Scenario {
    let mut world = scenario(replicas, strategy);
    world.control_plane.endpoint_propagation = seconds(1.0);
    world.traffic = Some(Traffic {
        rate: Rate::constant(100.0),
        capacity: 1000.0,
        warm_up: None,
        on_sigterm: OnSigterm::Stop,
        load_balancer: None,
        cpu_at_capacity: 1.0,
    });
    world
}

fn traffic(world: &mut Scenario) -> &mut Traffic {
    world.traffic.as_mut().expect("there is traffic")
}

fn requests(world: &Scenario) -> Requests {
    let record: Record = replicate(world, 1)[0];
    record.requests.expect("requests are measured")
}

/// Requests sent to dead pods, requests while no pod was known, and requests above the capacity; `rate` is the number
/// of requests lost for each second of delay.
#[track_caller]
fn assert_lost(world: &Scenario, dead: f64, nowhere: f64, over: f64) {
    let found = requests(world);
    for (found, expected, what) in
        [(found.dead, dead, "dead"), (found.nowhere, nowhere, "nowhere"), (found.over, over, "over")]
    {
        let found = found as f64 / 1e6;
        let slack = if expected > 0.0 { 100.0 * RETRIES } else { 0.0 };
        assert!((found - expected).abs() <= slack, "{what}: {found}, not {expected}");
    }
}

/// Four pods go one after the other. Each gets a quarter of the requests for the second until the senders know, and
/// answers none of them, except while its preStop hook runs.
#[test]
fn pods_that_have_stopped_are_sent_requests_until_that_is_known() {
    for (pre_stop, dead) in [(0.0, 100.0), (0.4, 60.0), (1.0, 0.0), (5.0, 0.0)] {
        let mut world = asked(4, ROLLING(1, 0));
        world.pods[0].pre_stop = SimDuration::from_secs_f64(pre_stop);
        assert_lost(&world, dead, 0.0, 0.0);
        let all = requests(&world).asked as f64 / 1e6;
        assert!((4100.0..4100.0 + 100.0 * RETRIES).contains(&all), "until the last change is known, not {all}");
    }
}

/// A pod without a hook that answers until its containers are gone 2 s later loses no requests; one whose containers
/// are gone within half a second does.
#[test]
fn an_application_may_answer_while_it_ends() {
    let mut world = asked(4, ROLLING(1, 0));
    traffic(&mut world).on_sigterm = OnSigterm::Serve;
    assert_lost(&world, 0.0, 0.0, 0.0);
    world.pods[0].termination = seconds(0.5);
    assert_lost(&world, 50.0, 0.0, 0.0);
}

/// Recreate: all pods stop at 0 s and are gone at 2 s, new ones are Ready at 12 s; the senders know each change a
/// second later. They use terminating pods from 1 s to 3 s, because there are no others, but these answer no more;
/// afterwards there are none.
#[test]
fn terminating_pods_are_used_where_there_are_no_others() {
    let mut world = asked(5, Strategy::Recreate);
    assert_lost(&world, 300.0, 1000.0, 0.0);
    traffic(&mut world).on_sigterm = OnSigterm::Serve;
    assert_lost(&world, 100.0, 1000.0, 0.0);
    // A load balancer that knows changes at the same time does not use terminating pods: it has no pod from 1 s to 13
    // s.
    let load_balancer = LoadBalancer { registration: seconds(0.0), deregistration: seconds(0.0) };
    traffic(&mut world).load_balancer = Some(load_balancer);
    assert_lost(&world, 0.0, 1200.0, 0.0);
}

/// A load balancer that takes 6 s more to stop sending requests to a pod that goes: 7 s of a quarter for each of four
/// pods. From the second pod on, the one before still gets requests when its successor is Ready: one fifth, for the
/// time in which both are listed.
#[test]
fn a_load_balancer_learns_later() {
    let mut world = asked(4, ROLLING(1, 0));
    let load_balancer = LoadBalancer { registration: seconds(0.0), deregistration: seconds(6.0) };
    traffic(&mut world).load_balancer = Some(load_balancer);
    // Four pods are listed for a second, then with the new one five for six seconds, one of them dead.
    assert_lost(&world, 4.0 * (25.0 + 6.0 * 20.0), 0.0, 0.0);
    world.pods[0].pre_stop = SimDuration::from_secs(7);
    assert_lost(&world, 0.0, 0.0, 0.0);
}

/// Two of four pods answer 60 of 100 requests a second for the twenty seconds of the rollout.
#[test]
fn what_is_over_the_capacity_of_those_left_is_lost() {
    let mut world = asked(4, ROLLING(0, 2));
    world.control_plane.endpoint_propagation = seconds(0.0);
    traffic(&mut world).capacity = 30.0;
    assert_lost(&world, 0.0, 0.0, 20.0 * 40.0);
}

/// Two new pods replace both old ones at 10 s, and get 50 requests a second with a capacity that rises from 10 to 50
/// within 8 s: two triangles, both after the rollout's end.
#[test]
fn cold_pods_lose_requests_after_the_end() {
    let mut world = asked(2, ROLLING(2, 0));
    world.control_plane.endpoint_propagation = seconds(0.0);
    traffic(&mut world).capacity = 50.0;
    traffic(&mut world).warm_up = Some(WarmUp { length: SimDuration::from_secs(8), from: 0.2 });
    assert_lost(&world, 0.0, 0.0, 2.0 * 40.0 * 8.0 / 2.0);
}

/// Nodes die at 5 s, which the control plane notices 50 s later and the senders know after one more; then there is no
/// pod until the horizon.
#[test]
fn dead_nodes_swallow_requests_until_they_are_noticed() {
    let mut world = asked(4, ROLLING(1, 0));
    world.cluster.loss = Some(NodeLoss {
        time_to_loss: seconds(5.0),
        time_to_zone_loss: None,
        notice: None,
        detection: seconds(50.0),
        toleration: SimDuration::from_secs(300),
        recovery: None,
    });
    world.horizon = SimDuration::from_secs(100);
    assert_lost(&world, 5100.0, 4400.0, 0.0);
}

/// A new pod that is Ready at 10 s and known at 11 s exits at 13 s: half of the requests are lost for the second until
/// the senders know.
#[test]
fn a_container_that_exits_answers_no_more() {
    let mut world = asked(1, ROLLING(1, 0));
    world.deployment.min_ready_seconds = 30;
    world.pods[1].crash = 1.0;
    world.pods[1].crash_after = seconds(3.0);
    world.horizon = SimDuration::from_secs(20);
    assert_lost(&world, 50.0, 0.0, 0.0);
}

/// A rate that rises from 0 by 10/s each second: 40 s of rollout and one second more are 5 * 41 * 41 requests.
#[test]
fn a_curve_is_summed_up_along_its_lines() {
    let mut world = asked(4, ROLLING(1, 0));
    let points = vec![(SimDuration::from_secs(10), 0.0), (SimDuration::from_secs(110), 1000.0)];
    traffic(&mut world).rate =
        Rate::curve(points, SimDuration::from_secs(200), SimDuration::from_secs(10)).expect("a curve");
    let asked = requests(&world).asked as f64 / 1e6;
    assert!((5.0 * 41.0 * 41.0..5.0 * 41.2 * 41.2).contains(&asked), "{asked}");
}

/// Without traffic the rollout is the same, to the nanosecond.
#[test]
fn traffic_changes_no_rollout() {
    let world = asked(5, ROLLING(2, 1));
    let mut without = world.clone();
    without.traffic = None;
    let (mut with, without) = (replicate(&world, 20), replicate(&without, 20));
    with.iter_mut().for_each(|record| record.requests = None);
    assert_eq!(with, without);
}

/// An autoscaler whose target is half of the pods' capacity.
fn autoscaled(replicas: i32, rate: f64) -> Scenario {
    let mut world = asked(replicas, ROLLING(1, 0));
    traffic(&mut world).rate = Rate::constant(rate);
    traffic(&mut world).capacity = 100.0;
    world.horizontal_autoscaler =
        Some(AutoscalerSpec { min_replicas: 2, max_replicas: 20, target: 50, behavior: None });
    world.horizon = SimDuration::from_secs(400);
    world
}

fn rescaled(world: &Scenario) -> Vec<(f64, String)> {
    let mut trace = Trace::of(world);
    Simulator::new(1).run(world, 0, &mut trace);
    let is_rescaled = |line: &Line| line.object == "hpa" && line.event == "Rescaled";
    let lines = trace.into_lines().into_iter().filter(is_rescaled);
    lines.map(|line| (line.t, line.detail.split(',').next().unwrap_or_default().to_owned())).collect()
}

/// Four pods at full load, and one of a rollout that is stuck: it counts as idle, so 80 % of five pods must become 50
/// %, which needs eight. The first sync is within 15 s.
#[test]
fn the_autoscaler_adds_to_what_is_overloaded() {
    let mut world = autoscaled(4, 400.0);
    world.pods[1].never_ready = 1.0;
    let found = rescaled(&world);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].1, "4 -> 8");
    assert!(found[0].0 < 15.0, "{found:?}");
}

/// Six pods at 20 % need to be fewer, which the size found at the start prevents for five minutes.
#[test]
fn the_autoscaler_waits_before_it_scales_down() {
    let mut world = autoscaled(6, 120.0);
    world.pods[1].never_ready = 1.0;
    let found = rescaled(&world);
    assert!((300.0..315.1).contains(&found[0].0), "{found:?}");
}

/// Within 10 % of its target the autoscaler changes nothing.
#[test]
fn the_autoscaler_leaves_well_alone() {
    for rate in [285.0, 300.0, 327.0] {
        assert_eq!(rescaled(&autoscaled(6, rate)), [], "{rate}");
    }
}
