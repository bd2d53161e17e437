//! The ReplicaSet controller: how many pods to create or delete, and which status to publish.
//!
//! Upstream: `pkg/controller/replicaset/replica_set.go: syncReplicaSet, manageReplicas, slowStartBatch`,
//! `replica_set_utils.go: calculateStatus`, `pkg/controller/controller_utils.go: ControllerExpectations,
//! FindMinNextPodAvailabilityCheck`, `pkg/api/v1/pod/util.go: IsPodAvailable`.

use crate::k8s::objects::ReplicaSetStatus;
use crate::time::{SimDuration, SimTime};

/// Pods that one sync creates or deletes at most (`BurstReplicas`).
pub const BURST_REPLICAS: u32 = 500;
/// How long the controller waits for pods that it created or deleted to appear in its cache (`ExpectationsTimeout`).
pub const EXPECTATIONS_TIMEOUT: SimDuration = SimDuration::from_secs(300);

/// What the ReplicaSet controller's caches show when a sync starts. Counts are pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicaSetView {
    /// `spec.replicas`
    pub replicas: i32,
    /// `metadata.generation`
    pub generation: i64,
    /// Whether a deletion timestamp is set.
    pub deleting: bool,
    /// Pods that have neither ended nor a deletion timestamp.
    pub active: i32,
    /// Ready pods among the active ones.
    pub ready: i32,
    /// Available pods among the active ones, at the time of the sync.
    pub available: i32,
    /// Pods with a deletion timestamp that have not ended.
    pub terminating: i32,
    /// Whether the cache has shown all earlier creations and deletions; see [`Expectations::satisfied`].
    pub expectations_satisfied: bool,
    /// Cached status.
    pub status: ReplicaSetStatus,
}

/// The change of the number of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manage {
    /// No change.
    None,
    /// Create this many pods, in the batches of [`slow_start`].
    Create(u32),
    /// Delete this many pods, chosen by [`crate::k8s::pod_rank`], all at once.
    Delete(u32),
}

/// Outcome of one sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The change of pods, which comes first.
    pub manage: Manage,
    /// The status to publish afterwards, unless it equals the cached one. It counts the pods that existed before the
    /// change. Where `manage` fails, [`calculate_status`] gives the status instead, and the sync is retried,
    /// rate-limited.
    pub status: ReplicaSetStatus,
}

/// One sync, which creates or deletes at most `burst` pods.
#[must_use]
pub fn sync(view: &ReplicaSetView, burst: u32) -> Decision {
    Decision { manage: manage(view, burst), status: calculate_status(view, false) }
}

fn manage(view: &ReplicaSetView, burst: u32) -> Manage {
    let missing = i64::from(view.replicas) - i64::from(view.active);
    let count = (missing.unsigned_abs() as u32).min(burst);
    if !view.expectations_satisfied || view.deleting || count == 0 {
        Manage::None
    } else if missing > 0 {
        Manage::Create(count)
    } else {
        Manage::Delete(count)
    }
}

/// The status to publish. `failed` means that the API server refused a creation or deletion of this sync, because of a
/// quota for example. A sync that had nothing to create or delete clears the failure.
#[must_use]
pub fn calculate_status(view: &ReplicaSetView, failed: bool) -> ReplicaSetStatus {
    ReplicaSetStatus {
        observed_generation: view.generation,
        replicas: view.active,
        ready_replicas: view.ready,
        available_replicas: view.available,
        terminating_replicas: view.terminating,
        replica_failure: failed,
    }
}

/// Sizes of the batches in which `count` pods are created: 1, 2, 4 and so on. A batch starts when the whole batch
/// before it has succeeded; after a failure no more follow.
pub fn slow_start(count: u32) -> impl Iterator<Item = u32> {
    let (mut left, mut size) = (count, 1_u32);
    std::iter::from_fn(move || {
        let batch = size.min(left);
        left -= batch;
        size = size.saturating_mul(2);
        (batch > 0).then_some(batch)
    })
}

/// Creations and deletions that the controller has requested and not yet seen in its cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expectations {
    adds: i64,
    dels: i64,
    at: SimTime,
}

impl Expectations {
    /// Expects `adds` creations and `dels` deletions requested at `at`; earlier expectations are dropped.
    #[must_use]
    pub const fn new(adds: u32, dels: u32, at: SimTime) -> Self {
        Self { adds: adds as i64, dels: dels as i64, at }
    }

    /// Records that a creation was seen, failed, or was never tried.
    pub const fn creation_observed(&mut self) {
        self.adds -= 1;
    }

    /// Records, once for each pod, that a deletion timestamp or a deletion was seen for the first time, or that the
    /// request failed.
    pub const fn deletion_observed(&mut self) {
        self.dels -= 1;
    }

    /// Whether no expectation is pending, or the timeout has passed.
    #[must_use]
    pub fn satisfied(&self, now: SimTime) -> bool {
        self.satisfied_within(now, EXPECTATIONS_TIMEOUT)
    }

    fn satisfied_within(&self, now: SimTime, timeout: SimDuration) -> bool {
        (self.adds <= 0 && self.dels <= 0) || now.since(self.at) > timeout
    }
}

/// When a pod that became Ready at `ready` counts as available. The API stores readiness in whole seconds, so this may
/// be almost a second early.
#[must_use]
pub fn available_at(ready: SimTime, min_ready_seconds: i32) -> SimTime {
    ready.max(ready.truncated() + SimDuration::from_secs(min_ready_seconds.max(0) as u64))
}

/// How long the controller waits until its next check, where Ready pods become available at `available_at`: until the
/// earliest instant among those still to come when the status was computed at `evaluated`. `None`: no check is needed.
#[must_use]
pub fn next_availability_check(
    available_at: impl Iterator<Item = SimTime>,
    evaluated: SimTime,
    now: SimTime,
) -> Option<SimDuration> {
    available_at.filter(|&at| at > evaluated).min().map(|at| at.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::tests::vectors::{boolean, cases, int, list};
    use serde_json::Value;

    fn view(replicas: i32, active: i32) -> ReplicaSetView {
        ReplicaSetView {
            replicas,
            generation: 1,
            deleting: false,
            active,
            ready: 0,
            available: 0,
            terminating: 0,
            expectations_satisfied: true,
            status: ReplicaSetStatus::default(),
        }
    }

    // pkg/controller/replicaset/replica_set_test.go: TestControllerBurstReplicas
    #[test]
    fn at_most_burst_replicas_in_one_sync() {
        for case in cases(include_str!("../../tests/vectors/burst_replicas.json")) {
            let input = &case["input"];
            let burst = int(&input["burstReplicas"]) as u32;
            let mut active = 0;
            let mut syncs = Vec::new();
            for wanted in [int(&input["replicasUp"]), int(&input["replicasDown"])] {
                loop {
                    let pending = ReplicaSetView { expectations_satisfied: false, ..view(wanted, active) };
                    assert_eq!(manage(&pending, burst), Manage::None);
                    let (creates, deletes) = match manage(&view(wanted, active), burst) {
                        Manage::None => break,
                        Manage::Create(count) => (count, 0),
                        Manage::Delete(count) => (0, count),
                    };
                    active = active + creates as i32 - deletes as i32;
                    syncs.push(serde_json::json!({"creates": creates, "deletes": deletes}));
                }
            }
            assert_eq!(Value::from(syncs), case["expected"]["syncs"], "{case}");
        }
    }

    // replica_set_test.go: TestSlowStartBatch
    #[test]
    fn batches_double_until_one_fails() {
        for case in cases(include_str!("../../tests/vectors/slow_start_batch.json")) {
            let (input, expected) = (&case["input"], &case["expected"]);
            let (mut calls, mut failed) = (0, false);
            for batch in slow_start(int(&input["count"]) as u32) {
                calls += batch as i32;
                failed = calls > int(&input["callLimit"]);
                if failed {
                    break;
                }
            }
            assert_eq!((calls, failed), (int(&expected["callCount"]), boolean(&expected["error"])), "{case}");
            assert_eq!(calls.min(int(&input["callLimit"])), int(&expected["successes"]), "{case}");
        }
        assert_eq!(slow_start(10).collect::<Vec<_>>(), [1, 2, 4, 3]);
    }

    // replica_set_test.go: TestSyncReplicaSetDoesNothing, TestSyncReplicaSetCreateFailures,
    // TestSyncReplicaSetDormancy, TestRSSyncExpectations, TestDoNotAdoptOrCreateIfBeingDeleted. Adoption is not modelled.
    #[test]
    fn creations_and_deletions_of_one_sync() {
        for case in cases(include_str!("../../tests/vectors/sync_replica_set.json")) {
            let input = &case["input"];
            let pods = list(&input["pods"]);
            if pods.iter().any(|pod| pod["owner"] != "this") {
                continue;
            }
            // A pod that appears while the expectations are read is counted, since pods are listed afterwards.
            let late = &input["steps"][0]["podAddedDuringExpectationCheck"];
            let pods = pods.iter().chain(Some(late).filter(|late| late.is_object()));
            let active = pods.filter(|pod| pod["phase"] != "Succeeded" && pod["phase"] != "Failed").count();
            let first = ReplicaSetView {
                deleting: boolean(&input["replicaSetDeleting"]),
                expectations_satisfied: boolean(&input["expectationsSatisfied"]),
                ..view(int(&input["replicas"]), active as i32)
            };
            let limit = input["createLimit"].as_u64().map_or(u32::MAX, |limit| limit as u32);
            let decision = manage(&first, int(&input["burstReplicas"]) as u32);
            let (creates, deletes) = match decision {
                Manage::None => (0, 0),
                Manage::Create(count) => (count.min(limit), 0),
                Manage::Delete(count) => (0, count),
            };
            let expected = &case["expected"]["steps"][0];
            assert_eq!(creates as i32, int(&expected["creates"]), "{case}");
            assert_eq!(deletes as i32, int(&expected["deletes"]), "{case}");
        }
    }

    // replica_set_utils_test.go: TestCalculateStatus. Labels are not modelled; the count of terminating pods is
    // enabled.
    #[test]
    fn counts_in_the_status() {
        for case in cases(include_str!("../../tests/vectors/replica_set_calculate_status.json")) {
            let (input, expected) = (&case["input"], &case["expected"]["status"]);
            let active = list(&input["activePods"]);
            let min_ready = int(&input["replicaSet"]["spec"]["minReadySeconds"]);
            let ready: Vec<_> = active.iter().filter(|pod| boolean(&pod["ready"])).collect();
            let available = ready.iter().filter(|pod| match ready_since(pod) {
                Some(ready) => available_at(ready, min_ready) <= NOW,
                None => min_ready == 0,
            });
            let view = ReplicaSetView {
                ready: ready.len() as i32,
                available: available.count() as i32,
                terminating: list(&input["terminatingPods"]).len() as i32,
                ..view(int(&input["replicaSet"]["spec"]["replicas"]), active.len() as i32)
            };
            let status = sync(&view, BURST_REPLICAS).status;
            assert_eq!(status.replicas, int(&expected["replicas"]), "{case}");
            assert_eq!(status.ready_replicas, int(&expected["readyReplicas"]), "{case}");
            assert_eq!(status.available_replicas, int(&expected["availableReplicas"]), "{case}");
            if !expected["terminatingReplicas"].is_null() {
                assert_eq!(status.terminating_replicas, int(&expected["terminatingReplicas"]), "{case}");
            }
        }
    }

    // replica_set_utils_test.go: TestCalculateStatusConditions
    #[test]
    fn expectations_are_awaited_for_five_minutes() {
        let requested = SimTime::from_secs(100);
        let after =
            |expectations: Expectations, seconds| expectations.satisfied(requested + SimDuration::from_secs(seconds));
        let fulfilled = Expectations::new(0, 0, requested);
        for pending in [Expectations::new(1, 0, requested), Expectations::new(0, 1, requested)] {
            assert_eq!([0, 300, 301].map(|seconds| after(pending, seconds)), [false, false, true], "{pending:?}");
        }
        assert!(after(fulfilled, 0));
        let mut seen = Expectations::new(1, 1, requested);
        seen.creation_observed();
        assert!(!after(seen, 1));
        seen.deletion_observed();
        assert!(after(seen, 1));
    }

    #[test]
    fn a_failure_is_published_and_cleared() {
        for case in cases(include_str!("../../tests/vectors/replica_set_failure_condition.json")) {
            let (input, expected) = (&case["input"], &case["expected"]);
            let view = view(int(&input["replicas"]), int(&input["activePods"]));
            let status = calculate_status(&view, !input["manageReplicasError"].is_null());
            let failures = list(&expected["conditions"]).iter().filter(|c| c["type"] == "ReplicaFailure").count();
            assert_eq!(status.replica_failure, failures == 1, "{case}");
        }
    }

    // pkg/controller/controller_utils_test.go: TestControllerExpectations. The caller decides which pod a deletion
    // belongs to (TestUIDExpectations).
    #[test]
    fn expectations() {
        for case in cases(include_str!("../../tests/vectors/controller_expectations.json")) {
            let input = &case["input"];
            let steps = list(&input["steps"]);
            if steps.iter().any(|step| !step["uids"].is_null()) {
                continue;
            }
            let timeout = SimDuration::from_secs(int(&input["ttlSeconds"]) as u64);
            let mut now = SimTime::from_secs(1);
            let mut expectations = Expectations::default();
            let mut checks = list(&case["expected"]["checks"]).iter();
            for step in steps {
                let times = int(&step["times"]);
                match step["op"].as_str().unwrap() {
                    "setExpectations" => {
                        expectations = Expectations::new(int(&step["adds"]) as u32, int(&step["dels"]) as u32, now);
                    }
                    "creationObserved" => (0..times).for_each(|_| expectations.creation_observed()),
                    "deletionObserved" => (0..times).for_each(|_| expectations.deletion_observed()),
                    "advanceClockNanoseconds" => {
                        now += SimDuration::from_nanos(step["nanoseconds"].as_u64().unwrap());
                    }
                    _ => {
                        let check = checks.next().unwrap();
                        let satisfied = expectations.satisfied_within(now, timeout);
                        assert_eq!(satisfied, boolean(&check["satisfied"]), "{check} of {case}");
                        for (name, value) in [("adds", expectations.adds), ("dels", expectations.dels)] {
                            assert!(check[name].is_null() || check[name] == value, "{check} of {case}");
                        }
                    }
                }
            }
            assert!(checks.next().is_none());
        }
    }

    const NOW: SimTime = SimTime::from_secs(100_000);

    /// When the pod became Ready; `None`: it is not Ready, or the time is unknown, which cannot be expressed here.
    fn ready_since(pod: &Value) -> Option<SimTime> {
        let ago = pod["readySinceSecondsAgo"].as_f64().filter(|_| boolean(&pod["ready"]))?;
        Some(SimTime::from_nanos(NOW.as_nanos() - SimDuration::from_secs_f64(ago).as_nanos()))
    }

    // pkg/api/v1/pod/util_test.go: TestIsPodAvailable
    #[test]
    fn available_after_min_ready_seconds() {
        for case in cases(include_str!("../../tests/vectors/pod_available.json")) {
            let Some(ready) = ready_since(&case["input"]["pod"]) else { continue };
            let available = available_at(ready, int(&case["input"]["minReadySeconds"])) <= NOW;
            assert_eq!(available, boolean(&case["expected"]["available"]), "{case}");
        }
        assert_eq!(available_at(SimTime::from_nanos(4_940_000_000), 10), SimTime::from_secs(14));
        assert_eq!(available_at(SimTime::from_nanos(4_940_000_000), 0), SimTime::from_nanos(4_940_000_000));
    }

    fn check(pods: &[Value], input: &Value, delay: SimDuration) -> Option<SimDuration> {
        let min_ready = int(&input["minReadySeconds"]);
        let times = pods.iter().filter_map(ready_since).map(|ready| available_at(ready, min_ready));
        next_availability_check(times, NOW, NOW + delay)
    }

    // controller_utils_test.go: TestNextPodAvailabilityCheck
    #[test]
    fn next_check_of_one_pod() {
        for case in cases(include_str!("../../tests/vectors/next_pod_availability_check.json")) {
            let input = &case["input"];
            let next = check(std::slice::from_ref(&input["pod"]), input, SimDuration::ZERO);
            let wanted = case["expected"]["nextCheckSeconds"].as_f64().map(SimDuration::from_secs_f64);
            assert_eq!(next, wanted, "{case}");
        }
    }

    // controller_utils_test.go: TestFindMinNextPodAvailabilitySimpleCheck, TestFindMinNextPodAvailability
    #[test]
    fn next_check_of_many_pods() {
        for case in cases(include_str!("../../tests/vectors/min_next_pod_availability_check.json")) {
            let input = &case["input"];
            let delay = SimDuration::from_secs_f64(input["statusEvaluationDelaySeconds"].as_f64().unwrap());
            let wanted = case["expected"]["nextCheckSeconds"].as_f64().map(SimDuration::from_secs_f64);
            assert_eq!(check(list(&input["pods"]), input, delay), wanted, "{case}");
        }
    }

    // replica_set_test.go: TestReplicaSetAvailabilityCheck, whose pods are not truncated to whole seconds.
    #[test]
    fn the_sync_looks_again_when_the_first_pod_is_old_enough() {
        for case in cases(include_str!("../../tests/vectors/replica_set_availability_requeue.json")) {
            let input = &case["input"];
            let min_ready = SimDuration::from_secs(int(&input["minReadySeconds"]) as u64);
            let times = list(&input["pods"]).iter().filter_map(ready_since).map(|ready| ready + min_ready);
            let wanted = case["expected"]["requeueAfterSeconds"].as_f64().map(SimDuration::from_secs_f64);
            assert_eq!(next_availability_check(times, NOW, NOW), wanted, "{case}");
        }
    }
}
