//! Every small rollout of a DaemonSet and of a StatefulSet, and the invariants that hold in all of them.

use rollcast::k8s::daemon_set::DaemonSetSpec;
use rollcast::k8s::stateful_set::{PodManagementPolicy, StatefulSetSpec};
use rollcast::metrics::Outcome;
use rollcast::scenario::{Scenario, StatefulSet};
use rollcast::sim::{NodeId, Simulator};
use rollcast::time::SimDuration;

use crate::daemon_sets::{self, Nodes};
use crate::stateful_sets::{self, record_of, rolling};
use crate::world::{assert_units, exponential, pods, seconds};

fn slow(shared: &mut Scenario, latency: f64) {
    shared.pods = vec![pods(exponential(5.0), exponential(2.0)); 2];
    shared.control_plane.api_latency = seconds(latency);
    shared.control_plane.watch_latency = seconds(latency);
    shared.horizon = SimDuration::from_secs(3600);
}

/// Every update of up to 5 nodes ends with one new pod on each of them, and on the way no more nodes are without a Ready pod, or have two
/// pods, than the limits say.
#[test]
fn every_small_daemon_set_keeps_its_limits() {
    let mut rollouts = 0;
    for nodes in 1..=5_i32 {
        let limits = (1..=nodes).flat_map(|limit| [(0, limit), (limit, 0)]);
        for (surge, unavailable) in limits {
            for latency in [0.0, 0.02] {
                for replication in 0..8 {
                    let spec = daemon_sets::spec(surge, unavailable);
                    let scenario = daemon_sets::alone(spec, nodes as usize, |shared, _, _| slow(shared, latency));
                    let case = format!("{nodes} nodes, {surge}/{unavailable}, {latency}, replication {replication}");
                    let record = record_of(&scenario, replication);
                    assert_eq!(record.outcome, Outcome::Completed, "{case}");
                    assert_units(&record, &scenario);
                    assert!(record.min_available as i32 >= nodes - unavailable, "{case}: {record:?}");
                    assert!(record.below_floor.is_zero(), "{case}");
                    assert!(record.peak_pods as i32 <= nodes + surge, "{case}: {record:?}");
                    assert_eq!(record.pods_created as i32, nodes, "{case}");
                    let mut seen = Nodes::default();
                    Simulator::new(7).run(&scenario, replication, &mut seen);
                    assert!(seen.most_taken <= unavailable as usize, "{case}: {}", seen.most_taken);
                    assert!(seen.most_on_node <= 1 + usize::from(surge > 0), "{case}: {}", seen.most_on_node);
                    let mut ends: Vec<_> = seen.pods.values().filter(|pod| !pod.2).map(|pod| (pod.0, pod.1)).collect();
                    ends.sort_unstable();
                    assert!(ends.into_iter().eq((0..nodes as NodeId).map(|node| (node, 1))), "{case}");
                    rollouts += 1;
                }
            }
        }
    }
    assert_eq!(rollouts, 30 * 2 * 8);
}

/// A StatefulSet of up to 5 pods loses one at a time, or as many as `maxUnavailable` says where the gate is on, and those below the
/// partition stay.
#[test]
fn every_small_stateful_set_keeps_its_limits() {
    let mut rollouts = 0;
    for replicas in 1..=5_i32 {
        for policy in [PodManagementPolicy::OrderedReady, PodManagementPolicy::Parallel] {
            for (partition, limit) in (0..replicas).flat_map(|partition| [(partition, 1), (partition, 2)]) {
                for (gate, latency) in [(false, 0.0), (true, 0.02)] {
                    let spec = StatefulSetSpec {
                        pod_management_policy: policy,
                        update: rolling(partition, limit),
                        ..stateful_sets::spec(replicas)
                    };
                    let mut set = StatefulSet::new(spec);
                    set.max_unavailable_gate = gate;
                    let scenario = stateful_sets::alone(set, |shared, _| slow(shared, latency));
                    for replication in 0..4 {
                        let case = format!("{replicas}, {policy:?}, {partition}, {limit}, {gate}, {replication}");
                        let record = record_of(&scenario, replication);
                        assert_eq!(record.outcome, Outcome::Completed, "{case}");
                        assert_units(&record, &scenario);
                        let at_once = if gate { limit.min(replicas - partition) } else { 1 };
                        assert!(record.min_available as i32 >= replicas - at_once, "{case}: {record:?}");
                        assert!(record.peak_footprint as i32 <= replicas, "{case}: {record:?}");
                        assert_eq!(record.pods_created as i32, replicas - partition, "{case}");
                        rollouts += 1;
                    }
                }
            }
        }
    }
    assert_eq!(rollouts, 15 * 2 * 2 * 2 * 4);
}

/// With `minReadySeconds` the controller asks itself once, after the first of several new pods, whether they are available: where no other
/// event of a pod follows, the last old pods stay. One node at a time, or none with two pods, has no such end.
#[test]
fn several_new_pods_at_a_time_may_be_forgotten() {
    let unfinished = |surge: i32, unavailable: i32| {
        let spec = DaemonSetSpec { min_ready_seconds: 20, ..daemon_sets::spec(surge, unavailable) };
        let scenario = daemon_sets::alone(spec, 5, |shared, _, _| slow(shared, 0.02));
        (0..20).filter(|replication| record_of(&scenario, *replication).outcome == Outcome::Unfinished).count()
    };
    assert_eq!([unfinished(1, 0), unfinished(0, 1), unfinished(0, 3)], [0, 0, 0]);
    assert!(unfinished(3, 0) > 0 && unfinished(5, 0) > 0);
}
