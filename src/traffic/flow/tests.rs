use proptest::prelude::*;

use super::*;
use crate::traffic::{OnSigterm, WarmUp};

fn traffic(rate: f64, capacity: f64) -> Traffic {
    Traffic {
        rate: Rate::constant(rate),
        capacity,
        warm_up: None,
        on_sigterm: OnSigterm::Stop,
        load_balancer: None,
        cpu_at_capacity: 1.0,
    }
}

fn at(seconds: f64) -> SimTime {
    SimTime::from_secs(1000) + SimDuration::from_secs_f64(seconds)
}

fn assert_near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{what}: {found}, not {expected}");
}

fn assert_lost(found: Lost, asked: f64, dead: f64, nowhere: f64, over: f64) {
    assert_near(found.asked, asked, "asked");
    assert_near(found.dead, dead, "dead");
    assert_near(found.nowhere, nowhere, "nowhere");
    assert_near(found.over, over, "over");
}

/// One of four pods dies at 10 s and the senders know it at 13 s: a quarter of 100 requests a second is lost for 3 s.
#[test]
fn a_dead_pod_loses_its_share_until_it_is_known() {
    let mut flow = Flow::new(&traffic(100.0, 50.0), at(0.0), 4);
    flow.stop(at(10.0), 2);
    flow.list(at(13.0), 2, Listed::No);
    assert_lost(flow.until(at(20.0)), 2000.0, 75.0, 0.0, 0.0);
    // The other pods had 25/s, and 33 1/3 after 13 s.
    assert_near(flow.answered(0), 13.0 * 25.0 + 7.0 * 100.0 / 3.0, "answered");
    assert_near(flow.answered(2), 250.0, "answered by the dead one");
}

/// Two pods of capacity 30 get 50 each.
#[test]
fn what_is_over_capacity_is_lost() {
    let mut flow = Flow::new(&traffic(100.0, 30.0), at(0.0), 2);
    assert_lost(flow.until(at(5.0)), 500.0, 0.0, 0.0, 200.0);
    assert_near(flow.answered(1), 150.0, "answered");
}

#[test]
fn with_no_pod_known_all_is_lost() {
    let mut flow = Flow::new(&traffic(10.0, 30.0), at(0.0), 1);
    flow.list(at(1.0), 0, Listed::No);
    flow.serve(at(2.0), 1);
    flow.list(at(4.0), 1, Listed::Ready);
    assert_lost(flow.until(at(6.0)), 60.0, 0.0, 30.0, 0.0);
}

/// A terminating pod is used only where no other is Ready, and answers only until it ends.
#[test]
fn terminating_pods_are_a_last_resort() {
    let mut flow = Flow::new(&traffic(10.0, 30.0), at(0.0), 2);
    flow.list(at(1.0), 0, Listed::Terminating);
    assert_lost(flow.until(at(2.0)), 20.0, 0.0, 0.0, 0.0);
    assert_near(flow.answered(1), 5.0 + 10.0, "the other has all");
    flow.list(at(2.0), 1, Listed::No);
    flow.stop(at(4.0), 0);
    flow.list(at(7.0), 0, Listed::No);
    assert_lost(flow.until(at(8.0)), 80.0, 30.0, 10.0, 0.0);
}

#[test]
fn a_load_balancer_knows_no_last_resort() {
    use crate::distribution::Distribution;
    use crate::traffic::LoadBalancer;
    let at_once = Distribution::constant(SimDuration::ZERO);
    let balancer = LoadBalancer { registration: at_once.clone(), deregistration: at_once };
    let traffic = Traffic { load_balancer: Some(balancer), ..traffic(10.0, 30.0) };
    let mut flow = Flow::new(&traffic, at(0.0), 1);
    flow.list(at(1.0), 0, Listed::Terminating);
    assert_lost(flow.until(at(3.0)), 30.0, 0.0, 20.0, 0.0);
}

/// One pod gets 10/s; its capacity rises from 2/s to 10/s within 8 s: a triangle of 8/s by 8 s is lost.
#[test]
fn warming_up_loses_a_triangle() {
    let warm_up = Some(WarmUp { length: SimDuration::from_secs(8), from: 0.2 });
    let mut flow = Flow::new(&Traffic { warm_up, ..traffic(10.0, 10.0) }, at(0.0), 0);
    flow.serve(at(0.0), 0);
    flow.list(at(0.0), 0, Listed::Ready);
    assert_lost(flow.until(at(20.0)), 200.0, 0.0, 0.0, 32.0);
    assert_near(flow.answered(0), 168.0, "answered");
    // At 6/s the triangle ends where the capacity reaches the rate: 4/s by 4 s.
    let mut flow = Flow::new(&Traffic { warm_up, ..traffic(6.0, 10.0) }, at(0.0), 0);
    flow.serve(at(0.0), 0);
    flow.list(at(0.0), 0, Listed::Ready);
    assert_lost(flow.until(at(20.0)), 120.0, 0.0, 0.0, 8.0);
}

/// The rate rises from 0 to 20/s within 10 s and falls back: it is over 10/s in the middle half, a triangle of 10 s by
/// 10/s.
#[test]
fn a_curve_is_followed_exactly() {
    let points = vec![(SimDuration::ZERO, 0.0), (SimDuration::from_secs(10), 20.0)];
    let rate = Rate::curve(points, SimDuration::from_secs(20), SimDuration::ZERO).unwrap();
    let mut flow = Flow::new(&Traffic { rate, ..traffic(0.0, 10.0) }, at(0.0), 1);
    assert_lost(flow.until(at(60.0)), 600.0, 0.0, 0.0, 150.0);
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Serve,
    Stop,
    List(Listed),
}

fn changes() -> impl Strategy<Value = Vec<(u32, u32, Change)>> {
    let change = prop_oneof![
        Just(Change::Serve),
        Just(Change::Stop),
        Just(Change::List(Listed::No)),
        Just(Change::List(Listed::Ready)),
        Just(Change::List(Listed::Terminating)),
    ];
    proptest::collection::vec((0..400_u32, 0..4_u32, change), 0..25).prop_map(|mut changes| {
        changes.sort_by_key(|change| change.0);
        changes
    })
}

/// The same computed in small steps of time, one pod after the other.
fn by_steps(traffic: &Traffic, changes: &[(u32, u32, Change)], steps: u32, per_second: u32) -> Lost {
    #[derive(Clone, Copy)]
    struct Known {
        listed: Listed,
        serving_since: Option<f64>,
    }
    let nobody = Known { listed: Listed::No, serving_since: None };
    let old = Known { listed: Listed::Ready, serving_since: Some(-1e9) };
    let mut pods = [old, old, nobody, nobody];
    let mut lost = Lost::default();
    let length = 1.0 / f64::from(per_second);
    for step in 0..steps {
        for (_, pod, change) in changes.iter().filter(|change| change.0 * per_second / 10 == step) {
            let pod = &mut pods[*pod as usize];
            match change {
                Change::Serve => pod.serving_since = Some(f64::from(step) * length),
                Change::Stop => pod.serving_since = None,
                Change::List(listed) => pod.listed = *listed,
            }
        }
        let middle = (f64::from(step) + 0.5) * length;
        let requests = traffic.rate.at(SimDuration::from_secs_f64(middle)) * length;
        lost.asked += requests;
        let of = |listed| pods.iter().filter(move |pod| pod.listed == listed);
        let used = if of(Listed::Ready).count() > 0 { Listed::Ready } else { Listed::Terminating };
        let count = of(used).count() as f64;
        lost.nowhere += if count > 0.0 { 0.0 } else { requests };
        for pod in of(used) {
            let Some(since) = pod.serving_since else {
                lost.dead += requests / count;
                continue;
            };
            let warm_up = traffic.warm_up.unwrap();
            let share = ((middle - since) / warm_up.length.as_secs_f64()).min(1.0);
            let capacity = traffic.capacity * (warm_up.from + (1.0 - warm_up.from) * share);
            lost.over += (requests / count - capacity * length).max(0.0);
        }
    }
    lost
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// For any changes, the sum by pieces equals the sum over small steps.
    #[test]
    fn pieces_add_up_to_what_small_steps_do(changes in changes(), low in 0.0..20.0, high in 0.0..40.0, from in 0.0..1.0) {
        let points = vec![(SimDuration::ZERO, low), (SimDuration::from_secs(13), high)];
        let rate = Rate::curve(points, SimDuration::from_secs(17), SimDuration::from_secs(3)).unwrap();
        let warm_up = Some(WarmUp { length: SimDuration::from_secs(6), from });
        let traffic = Traffic { rate, warm_up, ..traffic(0.0, 7.0) };
        let mut flow = Flow::new(&traffic, at(0.0), 2);
        for (tenths, pod, change) in &changes {
            let at = at(f64::from(*tenths) / 10.0);
            match change {
                Change::Serve => flow.serve(at, *pod),
                Change::Stop => flow.stop(at, *pod),
                Change::List(listed) => flow.list(at, *pod, *listed),
            }
        }
        let found = flow.until(at(45.0));
        let expected = by_steps(&traffic, &changes, 45 * 200, 200);
        for (found, expected) in [
            (found.asked, expected.asked),
            (found.dead, expected.dead),
            (found.nowhere, expected.nowhere),
            (found.over, expected.over),
        ] {
            prop_assert!((found - expected).abs() < 0.05, "{found}, not {expected}");
        }
        let answered: f64 = (0..4).map(|pod| flow.answered(pod)).sum();
        prop_assert!(answered <= found.asked - found.dead - found.nowhere - found.over + 1e-6);
    }
}
