//! Every small rollout, and the invariants that hold in all of them.

use std::collections::BTreeSet;

use rollcast::k8s::objects::{PodReplacementPolicy, Strategy};
use rollcast::metrics::{METRICS, Metric, Outcome};
use rollcast::scenario::{Observe, Until};
use rollcast::time::SimDuration;
use rollcast::traffic::{OnSigterm, Rate, Traffic};

use crate::world::{ROLLING, assert_units, exponential, pods, replicate, scenario, seconds};

/// Unless a pod fails or the spec changes, available pods never drop below desired - maxUnavailable, and the
/// ReplicaSets never request more than desired + maxSurge.
#[test]
fn neither_limit_is_ever_broken() {
    let mut rollouts = 0;
    for replicas in 1..=6 {
        for surge in 0..=4 {
            for unavailable in 0..=4 {
                if surge + unavailable == 0 {
                    continue;
                }
                for latency in [0.0, 0.02] {
                    let mut world = scenario(replicas, ROLLING(surge, unavailable));
                    world.pods[1] = pods(exponential(5.0), seconds(0.5));
                    world.control_plane.api_latency = seconds(latency);
                    world.control_plane.watch_latency = seconds(latency);
                    for record in replicate(&world, 20) {
                        let case = format!("{replicas} replicas, {surge}/{unavailable}, latency {latency}: {record:?}");
                        assert_eq!(record.outcome, Outcome::Completed, "{case}");
                        assert_units(&record, &world);
                        assert!(record.min_available as i32 >= replicas - unavailable.min(replicas), "{case}");
                        assert!(record.below_floor.is_zero(), "{case}");
                        assert!(
                            record.peak_pods as i32 <= replicas + surge + overlap(latency, surge + unavailable),
                            "{case}"
                        );
                        assert!(record.pods_created as i32 == replicas, "{case}");
                        rollouts += 1;
                    }
                }
            }
        }
    }
    assert_eq!(rollouts, 6 * 24 * 2 * 20);
}

/// Under `TerminationComplete` there are never more than desired + maxSurge pods, terminating ones included, at any
/// latency, where no pod fails and the spec does not change: no ReplicaSet that has been cut grows again, and its
/// status counts a pod as active or terminating until it is gone. Without the policy there are more.
#[test]
fn terminating_pods_count_under_termination_complete() {
    let mut beyond = 0;
    for replicas in 1..=5 {
        for (surge, unavailable) in [(0, 1), (1, 0), (1, 1), (2, 3), (4, 0), (0, 4)] {
            for latency in [0.0, 0.02] {
                for policy in [None, Some(PodReplacementPolicy::TerminationComplete)] {
                    let mut world = scenario(replicas, ROLLING(surge, unavailable));
                    let model = pods(exponential(5.0), exponential(8.0));
                    world.pods = vec![model.clone(), model];
                    world.control_plane.api_latency = seconds(latency);
                    world.control_plane.watch_latency = seconds(latency);
                    world.deployment.pod_replacement_policy = policy;
                    for record in replicate(&world, 20) {
                        let case = format!("{replicas}, {surge}/{unavailable}, {latency}, {policy:?}: {record:?}");
                        assert_eq!(record.outcome, Outcome::Completed, "{case}");
                        assert_units(&record, &world);
                        assert!(record.min_available as i32 >= replicas - unavailable.min(replicas), "{case}");
                        let above = record.peak_footprint as i32 > replicas + surge;
                        assert!(policy.is_none() || !above, "{case}");
                        beyond += u32::from(above);
                    }
                }
            }
        }
    }
    assert!(beyond > 500, "only {beyond} rollouts of 1200 have more");
}

/// Worlds with many troubles, in which every metric has values of the unit that it declares, and every metric whose
/// values need not be whole has one that is not: seconds or shares that are declared as a count are found here.
#[test]
fn values_agree_with_the_declared_units() {
    let mut broken: BTreeSet<&str> = BTreeSet::new();
    for strategy in [ROLLING(2, 2), Strategy::Recreate] {
        let mut world = scenario(7, strategy);
        let mut model = pods(exponential(5.0), exponential(3.0));
        (model.crash, model.never_ready, model.flap) = (0.2, 0.1, 0.3);
        (model.flap_after, model.flap_for) = (exponential(4.0), exponential(2.0));
        world.pods = vec![model.clone(), model];
        world.deployment.progress_deadline_seconds = Some(20);
        world.until = Until::Success { observe: Observe::For(SimDuration::from_secs(60)) };
        world.cluster.nodes.iter_mut().for_each(|node| node.slots = 2);
        world.control_plane.api_latency = exponential(0.3);
        world.control_plane.endpoint_propagation = exponential(1.0);
        world.traffic = Some(Traffic {
            rate: Rate::constant(100.0),
            capacity: 20.0,
            warm_up: None,
            on_sigterm: OnSigterm::Stop,
            load_balancer: None,
            cpu_at_capacity: 1.0,
        });
        for record in replicate(&world, 200) {
            assert_units(&record, &world);
            let is_broken = |metric: &&Metric| (metric.get)(&record).is_some_and(|value| value.fract() != 0.0);
            broken.extend(METRICS.iter().filter(is_broken).map(|metric| metric.name));
        }
    }
    // Of one rollout it is 1 or 0; the mean is a share.
    let yes_or_no = |name: &str| name == "one_zone" || (name.ends_with("_failed") && !name.ends_with("pods_failed"));
    // No tool is asked for here.
    let absent = |name: &str| name.ends_with("_done_s");
    let whole = |metric: &&Metric| metric.unit.is_whole() || yes_or_no(metric.name) || absent(metric.name);
    let declared: BTreeSet<&str> = METRICS.iter().filter(|metric| !whole(metric)).map(|metric| metric.name).collect();
    assert_eq!(broken, declared);
}

/// The number of pods by which the two ReplicaSets' workers may overlap while a deletion and a creation decided
/// together are in progress: the limit holds for requested pods, and a pod is created as soon as another one's deletion
/// has been decided.
fn overlap(latency: f64, slots: i32) -> i32 {
    if latency > 0.0 { slots } else { 0 }
}
