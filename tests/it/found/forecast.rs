//! Whether what is forecast from a snapshot is what happens: rollouts are stopped at an instant, photographed with whole seconds, and
//! forecast from the picture. Among the forecasts the true time that was left has every rank equally often (the probability
//! integral transform is uniform).

use rollcast::k8s::daemon_set::DaemonSetSpec;
use rollcast::k8s::prober::{Probe, Probes};
use rollcast::k8s::stateful_set::PodManagementPolicy;
use rollcast::scenario::{Node, Scenario, StatefulSet};
use rollcast::sim::Simulator;
use rollcast::time::{SimDuration, SimTime};

use super::snapshot::{from, from_member, photograph};
use crate::world::{ROLLING, exponential, pods, scenario, seconds};
use crate::{daemon_sets, stateful_sets};

/// Forecasts of each picture.
const FORECASTS: u32 = 19;

/// The rank of the truth among the forecasts of as many rollouts as are still in progress `after` so long, as a share in (0, 1).
/// Ties (most of them "never within the horizon") are broken evenly.
fn ranks(world: &Scenario, after: SimDuration, rollouts: u32) -> Vec<f64> {
    let (mut truth, mut forecast) = (Simulator::new(11), Simulator::new(12));
    let mut shares = Vec::new();
    for replication in 0.. {
        if shares.len() == rollouts as usize {
            break;
        }
        assert!(replication < 20 * rollouts, "hardly any rollout lasts as long");
        let Some((found, at, span)) = photograph(&mut truth, world, replication, after) else { continue };
        let left = |end: Option<SimTime>, from: SimTime| end.map_or(SimDuration::MAX, |end| end.since(from));
        let true_time = left(span.end, at);
        let found = if world.world.is_some() { from_member(world, found) } else { from(world, found) };
        let (mut below, mut equal) = (0, 0);
        for number in 0..FORECASTS {
            let span = forecast.run(&found, replication * FORECASTS + number, &mut Nobody);
            let time = left(span.end, span.start);
            below += u32::from(time < true_time);
            equal += u32::from(time == true_time);
        }
        // A number between 0 and 1 that has nothing to do with the rollouts.
        let between = (f64::from(replication) * 0.618_033_988_749_895).fract();
        shares.push((f64::from(below) + f64::from(equal + 1) * between) / f64::from(FORECASTS + 1));
    }
    shares
}

struct Nobody;

impl rollcast::sim::Observer for Nobody {
    const DETAIL: bool = false;

    fn fact(&mut self, _: SimTime, _: rollcast::sim::Fact) {}
}

/// The greatest distance of the shares from those of a uniform distribution, times the root of their number. Above 1.63 with a
/// probability of 1 %, above 1.95 with one of 0.1 %.
fn kolmogorov(mut shares: Vec<f64>) -> f64 {
    shares.sort_unstable_by(f64::total_cmp);
    let n = shares.len() as f64;
    let distance =
        shares.iter().enumerate().map(|(place, share)| (share - place as f64 / n).max((place + 1) as f64 / n - share));
    distance.fold(0.0, f64::max) * n.sqrt()
}

fn assert_uniform(name: &str, world: &Scenario, after: f64) {
    let shares = ranks(world, SimDuration::from_secs_f64(after), 1000);
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    let distance = kolmogorov(shares);
    println!("{name}: KS {distance:.2}, mean {mean:.3}");
    assert!(distance < 1.95, "{name}: {distance}, mean {mean}");
}

#[test]
fn a_plain_rollout() {
    let mut world = scenario(4, ROLLING(1, 1));
    world.pods[1] = pods(exponential(8.0), seconds(2.0));
    assert_uniform("plain", &world, 12.3);
}

#[test]
fn min_ready_seconds() {
    let mut world = scenario(3, ROLLING(1, 0));
    world.deployment.min_ready_seconds = 10;
    world.pods[1] = pods(exponential(6.0), seconds(2.0));
    assert_uniform("minReadySeconds", &world, 15.7);
}

/// Readiness every 2 s, some pods that never become Ready, versions that are bad, and containers that exit.
#[test]
fn troubles() {
    let mut world = scenario(3, ROLLING(1, 1));
    let mut model = pods(exponential(3.0), seconds(1.0));
    let period = SimDuration::from_secs(2);
    let probe =
        Probe { initial_delay: SimDuration::ZERO, period, success_threshold: 1, failure_threshold: 3, grace: None };
    model.probes = Probes { readiness: Some(probe), ..Probes::default() };
    model.warm_up = exponential(9.0);
    (model.never_ready, model.bad_version) = (0.1, 0.15);
    (model.crash, model.crash_after) = (0.3, exponential(10.0));
    world.pods[1] = model;
    world.horizon = SimDuration::from_secs(400);
    assert_uniform("troubles", &world, 14.4);
}

/// Old pods take long to stop, nodes are full, and new pods wait for their room.
#[test]
fn slow_stops_on_full_nodes() {
    let mut world = scenario(4, ROLLING(1, 1));
    world.pods = vec![pods(seconds(1.0), exponential(9.0)), pods(exponential(3.0), seconds(1.0))];
    world.cluster.nodes = vec![Node { zone: 0, slots: 1, base_load: 0.0, pod_load: 1e-6 }; 4].into();
    assert_uniform("slow stops", &world, 12.2);
}

#[test]
fn a_stateful_set_with_a_partition() {
    let mut spec = stateful_sets::spec(4);
    spec.update = stateful_sets::rolling(1, 1);
    let world = stateful_sets::alone(StatefulSet::new(spec), |shared, _| {
        shared.pods = vec![pods(seconds(1.0), exponential(6.0)), pods(exponential(6.0), seconds(1.0))];
    });
    assert_uniform("StatefulSet", &world, 14.3);
}

/// All pods of a StatefulSet may be replaced at once, and are Ready for some seconds before they count.
#[test]
fn a_stateful_set_whose_pods_come_at_once() {
    let mut spec = stateful_sets::spec(4);
    spec.update = stateful_sets::rolling(0, 2);
    spec.pod_management_policy = PodManagementPolicy::Parallel;
    spec.min_ready_seconds = 4;
    let mut set = StatefulSet::new(spec);
    set.max_unavailable_gate = true;
    let world = stateful_sets::alone(set, |shared, _| {
        shared.pods = vec![pods(seconds(1.0), exponential(6.0)), pods(exponential(6.0), seconds(1.0))];
    });
    assert_uniform("parallel StatefulSet", &world, 13.3);
}

fn daemon_set(surge: i32, unavailable: i32, min_ready_seconds: i32) -> Scenario {
    let spec = DaemonSetSpec { min_ready_seconds, ..daemon_sets::spec(surge, unavailable) };
    daemon_sets::alone(spec, 5, |shared, _, _| {
        shared.pods = vec![pods(seconds(1.0), exponential(6.0)), pods(exponential(6.0), seconds(1.0))];
    })
}

#[test]
fn a_daemon_set_node_by_node() {
    assert_uniform("DaemonSet", &daemon_set(0, 2, 3), 14.3);
}

#[test]
fn a_daemon_set_with_second_pods_on_its_nodes() {
    assert_uniform("DaemonSet with maxSurge", &daemon_set(2, 0, 3), 14.3);
}
