//! Which pods a ReplicaSet deletes first.
//!
//! Upstream: `pkg/controller/controller_utils.go: ActivePodsWithRanks.Less, logarithmicRankDiff`,
//! `pkg/controller/replicaset/replica_set.go: getPodsToDelete`. Where all active pods must go, the controller ranks
//! none.
//!
//! Upstream's comparison is not transitive: the time since a pod became Ready decides between two pods unless both
//! became Ready in the same second, and then their restarts decide. [`deletes_before`] is that comparison.
//! [`VictimKey`] is a total order that differs from it only between Ready pods in one bucket, two of which became Ready
//! in the same second, where upstream's own result depends on the course of the sort.

use std::cmp::{Ordering, Reverse};

use crate::time::SimTime;

/// Phase of an active pod, in the order of deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActivePhase {
    /// `Pending`
    Pending,
    /// `Unknown`
    Unknown,
    /// `Running`
    Running,
}

/// The properties of a pod that the ranking compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankedPod {
    /// Bound to a node.
    pub assigned: bool,
    /// Phase.
    pub phase: ActivePhase,
    /// Ready condition is True.
    pub ready: bool,
    /// `controller.kubernetes.io/pod-deletion-cost`
    pub deletion_cost: i32,
    /// Active pods on its node, of all ReplicaSets of the Deployment, itself included.
    pub rank: u32,
    /// When Ready became True, to the second; `None` is the zero time. Read only for Ready pods.
    pub ready_since: Option<SimTime>,
    /// Highest restart count of a container.
    pub restarts: u32,
    /// Highest restart count of a sidecar.
    pub sidecar_restarts: u32,
    /// `creationTimestamp`, to the second; `None` is the zero time.
    pub created: Option<SimTime>,
    /// Stands for the UID. The API server draws UIDs at random, so the simulator draws this number at random.
    pub uid: u64,
}

/// Binary order of magnitude of the nanoseconds from `since` to `now`; -1 for none.
#[must_use]
pub fn age_bucket(now: SimTime, since: SimTime) -> i32 {
    now.since(since).as_nanos().checked_ilog2().map_or(-1, |log| log as i32)
}

/// Whether pod `a` is deleted before pod `b`, as upstream compares them at `now`.
#[must_use]
pub fn deletes_before(a: &RankedPod, b: &RankedPod, now: SimTime) -> bool {
    compare(a, b, now) == Ordering::Less
}

fn compare(a: &RankedPod, b: &RankedPod, now: SimTime) -> Ordering {
    let restarts = |pod: &RankedPod| (Reverse(pod.restarts), Reverse(pod.sidecar_restarts));
    head(a).cmp(&head(b)).then_with(|| {
        if a.ready && b.ready && a.ready_since != b.ready_since {
            return younger_first(a.ready_since, b.ready_since, a.uid.cmp(&b.uid), now);
        }
        restarts(a).cmp(&restarts(b)).then_with(|| {
            if a.created == b.created {
                return Ordering::Equal;
            }
            younger_first(a.created, b.created, a.uid.cmp(&b.uid), now)
        })
    })
}

/// The properties that are compared before any time.
fn head(pod: &RankedPod) -> (bool, ActivePhase, bool, i32, Reverse<u32>) {
    (pod.assigned, pod.phase, pod.ready, pod.deletion_cost, Reverse(pod.rank))
}

/// The zero time first, then by bucket of age; within a bucket by `uid`.
fn younger_first(a: Option<SimTime>, b: Option<SimTime>, uid: Ordering, now: SimTime) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => age_bucket(now, a).cmp(&age_bucket(now, b)).then(uid),
        _ => a.is_some().cmp(&b.is_some()),
    }
}

/// Key by which pods sort into the order of deletion, the first to delete being the least. It is valid for one instant,
/// since pods change their bucket of age with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VictimKey {
    head: (bool, ActivePhase, bool, i32, Reverse<u32>),
    ready_bucket: i32,
    restarts: (Reverse<u32>, Reverse<u32>),
    created_bucket: i32,
    uid: u64,
}

/// The key of a pod at `now`.
#[must_use]
pub fn victim_key(pod: &RankedPod, now: SimTime) -> VictimKey {
    let bucket = |since: Option<SimTime>| since.map_or(i32::MIN, |since| age_bucket(now, since));
    // Among Ready pods of one bucket the UID decides, and nothing is compared after it.
    let (ready_bucket, restarts, created_bucket) = if pod.ready {
        (bucket(pod.ready_since), (Reverse(0), Reverse(0)), 0)
    } else {
        (0, (Reverse(pod.restarts), Reverse(pod.sidecar_restarts)), bucket(pod.created))
    };
    VictimKey { head: head(pod), ready_bucket, restarts, created_bucket, uid: pod.uid }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::tests::vectors::{boolean, cases, int, list};
    use crate::time::SimDuration;
    use serde_json::Value;

    const NOW: SimTime = SimTime::from_secs(1_000_000_000);

    fn ago(seconds: &Value) -> Option<SimTime> {
        let seconds = SimDuration::from_secs_f64(seconds.as_f64()?);
        Some(SimTime::from_nanos(NOW.as_nanos() - seconds.as_nanos()))
    }

    fn pod(value: &Value, rank: u32) -> RankedPod {
        let restarts = |name: &str| list(&value[name]).iter().map(int).max().unwrap_or(0) as u32;
        RankedPod {
            assigned: value["nodeName"] != "",
            phase: match value["phase"].as_str() {
                Some("Pending") => ActivePhase::Pending,
                Some("Running") => ActivePhase::Running,
                _ => ActivePhase::Unknown,
            },
            ready: boolean(&value["ready"]),
            deletion_cost: int(&value["deletionCost"]),
            rank,
            ready_since: ago(&value["readySinceSecondsAgo"]),
            restarts: restarts("containerRestartCounts"),
            sidecar_restarts: restarts("sidecarRestartCounts"),
            created: ago(&value["createdSecondsAgo"]),
            uid: 0,
        }
    }

    // pkg/controller/controller_utils_test.go: TestSortingActivePodsWithRanks, with both features enabled as they are
    // in 1.36.
    #[test]
    fn comparisons() {
        let mut checked = 0;
        for case in cases(include_str!("../../tests/vectors/compare_active_pods_with_ranks.json")) {
            let (input, expected) = (&case["input"], &case["expected"]);
            if !boolean(&input["logarithmicScaleDown"]) || !boolean(&input["podDeletionCost"]) {
                continue;
            }
            let [first, second] = ["first", "second"].map(|name| pod(&input[name], int(&input[name]["rank"]) as u32));
            let before = boolean(&expected["firstBeforeSecond"]);
            assert_eq!(deletes_before(&first, &second, NOW), before, "{case}");
            assert_eq!(deletes_before(&second, &first, NOW), boolean(&expected["secondBeforeFirst"]), "{case}");
            if before && first.ready_since != second.ready_since {
                assert!(victim_key(&first, NOW) < victim_key(&second, NOW), "{case}");
            }
            checked += 1;
        }
        assert!(checked >= 20, "only {checked} cases were checked");
    }

    // pkg/controller/replicaset/replica_set_test.go: TestGetPodsToDelete
    #[test]
    fn victims() {
        for case in cases(include_str!("../../tests/vectors/get_pods_to_delete.json")) {
            let input = &case["input"];
            let related = list(&input["relatedPods"]);
            let mut pods: Vec<_> = list(&input["pods"])
                .iter()
                .map(|value| {
                    let rank = related.iter().filter(|other| other["nodeName"] == value["nodeName"]).count();
                    (victim_key(&pod(value, rank as u32), NOW), value["name"].clone())
                })
                .collect();
            let count = int(&input["diff"]) as usize;
            if count < pods.len() {
                pods.sort_by_key(|(key, _)| *key);
            }
            let names: Vec<_> = pods.into_iter().take(count).map(|(_, name)| name).collect();
            assert_eq!(Value::from(names), case["expected"]["podsToDelete"], "{case}");
        }
    }

    #[test]
    fn ages_in_one_power_of_two_are_equal() {
        let bucket = |seconds: u64| age_bucket(NOW, SimTime::from_nanos(NOW.as_nanos() - seconds * 1_000_000_000));
        assert_eq!(bucket(70), 36);
        assert_eq!(bucket(100), 36);
        assert_eq!(bucket(138), 37);
        assert_eq!(bucket(0), -1);
    }
}
