//! The tables of Kubernetes' own tests of the Deployment controller. Where a comment names a test, its file is in
//! `pkg/controller/deployment`.

use serde_json::Value;

use crate::k8s::deployment::sync::{Known, Sync, by_size};
use crate::k8s::deployment::util::{
    annotations_need_update, fraction, is_saturated, new_replica_set_replicas, timed_out,
};
use crate::k8s::deployment::*;
use crate::k8s::fenceposts::{max_replicas, max_unavailable};
use crate::k8s::objects::{
    ConditionStatus, Deployment, DeploymentStatus, PodReplacementPolicy, ProgressReason, ReplicaSet,
};
use crate::k8s::tests::vectors::{
    NEW, OLD, ORIGIN, boolean, cases, deployment, deployment_status, int, list, progressing, replica_set, replica_sets,
};
use crate::time::SimDuration;

mod worlds;

const NOW: SimTime = SimTime::from_secs(ORIGIN as u64 + 1000);

macro_rules! vectors {
    ($name:literal) => {
        cases(include_str!(concat!("../../../../tests/vectors/", $name, ".json")))
    };
}

/// Runs one step of a sync that found the new ReplicaSet without a write, and returns its actions.
fn step<T>(
    deployment: &Deployment,
    sets: &[ReplicaSet],
    now: SimTime,
    step: impl FnOnce(&mut Sync<'_>) -> T,
) -> (T, Vec<Action>) {
    let mut actions = Vec::new();
    let live = vec![0; sets.len()];
    let view = DeploymentView::new(deployment, sets, &live);
    let mut sync = Sync::new(&view, now, &mut actions);
    let new = sets.iter().find(|set| set.template == deployment.spec.template);
    sync.new = new.map(Known::cached);
    let result = step(&mut sync);
    (result, actions)
}

/// Size of a ReplicaSet after the actions.
fn size(set: &ReplicaSet, actions: &[Action]) -> i32 {
    let mut sizes = actions.iter().rev().filter_map(|action| match action {
        Action::UpdateReplicaSet { id, replicas, .. } if *id == set.id => Some(*replicas),
        _ => None,
    });
    sizes.next().unwrap_or(set.replicas)
}

fn sets(input: &Value) -> Vec<ReplicaSet> {
    replica_sets(&input["oldReplicaSets"], &input["newReplicaSet"])
}

fn new_of(sets: &[ReplicaSet]) -> Known<'_> {
    Known::cached(sets.iter().find(|set| set.template == NEW).unwrap())
}

// rolling_test.go: TestDeploymentController_reconcileNewReplicaSet
#[test]
fn reconcile_new_replica_set() {
    for case in vectors!("reconcile_new_replica_set") {
        let (input, expected) = (&case["input"], &case["expected"]);
        let sets = sets(input);
        let new = new_of(&sets);
        let deployment = deployment(&input["deployment"]);
        let (scaled, actions) = step(&deployment, &sets, NOW, |sync| sync.reconcile_new_replica_set(new));
        assert_eq!(scaled, boolean(&expected["scaled"]), "{case}");
        assert_eq!(size(new.set, &actions), int(&expected["newReplicas"]), "{case}");
    }
}

// rolling_test.go: TestDeploymentController_reconcileOldReplicaSets
#[test]
fn reconcile_old_replica_sets() {
    for case in vectors!("reconcile_old_replica_sets") {
        let (input, expected) = (&case["input"], &case["expected"]);
        let sets = sets(input);
        let deployment = deployment(&input["deployment"]);
        let (scaled, actions) = step(&deployment, &sets, NOW, |sync| sync.reconcile_old_replica_sets(new_of(&sets)));
        assert_eq!(scaled, boolean(&expected["scaled"]), "{case}");
        let old = sets.iter().find(|set| set.template == OLD).unwrap();
        assert_eq!(size(old, &actions), int(&expected["oldReplicas"]), "{case}");
    }
}

// rolling_test.go: TestDeploymentController_cleanupUnhealthyReplicas
#[test]
fn cleanup_unhealthy_replicas() {
    for case in vectors!("cleanup_unhealthy_replicas") {
        let input = &case["input"];
        let cap = int(&input["maxCleanupCount"]);
        let deployment = deployment(&input["deployment"]);
        let (cleaned, _) = step(&deployment, &sets(input), NOW, |sync| sync.cleanup_unhealthy_replicas(cap));
        assert_eq!(cleaned, Some(int(&case["expected"]["cleanupCount"])), "{case}");
    }
}

// rolling_test.go: TestDeploymentController_scaleDownOldReplicaSetsForRollingUpdate
#[test]
fn scale_down_old_for_rolling_update() {
    for case in vectors!("scale_down_old_replica_sets_for_rolling_update") {
        let (input, expected) = (&case["input"], &case["expected"]);
        let sets = sets(input);
        let deployment = deployment(&input["deployment"]);
        let available = sets.iter().map(|set| set.status.available_replicas).sum::<i32>();
        let budget = available - (deployment.spec.replicas - max_unavailable(&deployment.spec));
        let (scaled, actions) = step(&deployment, &sets, NOW, |sync| sync.scale_down_old_for_rolling_update(0, budget));
        assert_eq!(scaled > 0, boolean(&expected["scaled"]), "{case}");
        assert_eq!(size(&sets[0], &actions), int(&expected["oldReplicas"]), "{case}");
    }
}

// recreate_test.go: TestScaleDownOldReplicaSets
#[test]
fn scale_down_old_for_recreate() {
    for case in vectors!("scale_down_old_replica_sets_for_recreate") {
        let input = &case["input"];
        let sets = sets(input);
        let deployment = deployment(&input["deployment"]);
        let (_, actions) = step(&deployment, &sets, NOW, |sync| sync.scale_down_old_for_recreate());
        let sizes: Vec<_> = sets.iter().map(|set| size(set, &actions)).collect();
        assert_eq!(Value::from(sizes), case["expected"]["oldReplicas"], "{case}");
    }
}

// recreate_test.go: TestOldPodsRunning. Pods of owners that are not listed as ReplicaSets count as pods of an old one.
#[test]
fn old_pods_running() {
    for case in vectors!("old_pods_running") {
        let input = &case["input"];
        let mut old: Vec<_> =
            list(&input["oldReplicaSets"]).iter().enumerate().map(|(id, set)| replica_set(set, id, OLD)).collect();
        let live = |phases: &Value| list(phases).iter().filter(|p| *p != "Failed" && *p != "Succeeded").count() as u32;
        let pods = list(&input["podsByOwner"]);
        let mut live_pods = vec![0; old.len()];
        for owner in pods {
            old.push(replica_set(&Value::Null, old.len(), OLD));
            live_pods.push(live(&owner["phases"]));
        }
        let deployment = deployment(&serde_json::json!({"strategy": "Recreate"}));
        let view = DeploymentView::new(&deployment, &old, &live_pods);
        let mut actions = Vec::new();
        let running = Sync::new(&view, NOW, &mut actions).old_pods_running();
        assert_eq!(running, boolean(&case["expected"]["oldPodsRunning"]), "{case}");
    }
}

// sync_test.go: TestScale
#[test]
fn scale() {
    for case in vectors!("scale_proportional") {
        let (input, expected) = (&case["input"], &case["expected"]);
        let sets = sets(input);
        let (_, actions) = step(&deployment(&input["deployment"]), &sets, NOW, |sync| sync.scale());
        if !expected["newReplicas"].is_null() {
            assert_eq!(size(new_of(&sets).set, &actions), int(&expected["newReplicas"]), "{case}");
        }
        for (id, old) in list(&expected["oldReplicaSets"]).iter().enumerate() {
            let set = sets.iter().find(|set| usize::from(set.id) == id).unwrap();
            let wanted = old.get("replicas").or_else(|| old.get("spec").and_then(|spec| spec.get("replicas")));
            assert_eq!(Some(size(set, &actions)), wanted.map(int), "{case}");
        }
    }
}

// sync_test.go: TestDeploymentController_cleanupDeployment, TestDeploymentController_cleanupDeploymentOrder
#[test]
fn cleanup_deployment() {
    let mut all = vectors!("cleanup_deployment");
    all.extend(vectors!("cleanup_deployment_order"));
    for case in all {
        let (input, expected) = (&case["input"], &case["expected"]);
        let sets = replica_sets(&input["oldReplicaSets"], &Value::Null);
        let deployment = deployment(&input["deployment"]);
        let (_, actions) = step(&deployment, &sets, NOW, |sync| sync.cleanup_deployment());
        if let Some(names) = expected["deletedNames"].as_array() {
            let mut deleted: Vec<_> = actions
                .iter()
                .map(|action| match action {
                    Action::DeleteReplicaSet { id } => {
                        input["oldReplicaSets"][usize::from(*id)]["name"].as_str().unwrap()
                    }
                    other => panic!("{other:?}"),
                })
                .collect();
            deleted.sort_unstable();
            let mut wanted: Vec<_> = names.iter().map(|name| name.as_str().unwrap()).collect();
            wanted.sort_unstable();
            assert_eq!(deleted, wanted, "{case}");
        } else {
            assert_eq!(actions.len() as i32, int(&expected["deletions"]), "{case}");
        }
    }
}

// progress_test.go: TestRequeueStuckDeployment
#[test]
fn requeue_stuck_deployment() {
    for case in vectors!("requeue_stuck_deployment") {
        let (input, expected) = (&case["input"], &case["expected"]);
        let nanos = input["nowNanoseconds"].as_u64().unwrap_or(0);
        let now = SimTime::from_secs(ORIGIN as u64) + SimDuration::from_nanos(nanos);
        let status = deployment_status(&input["newStatus"]);
        let (_, actions) =
            step(&deployment(&input["deployment"]), &[], now, |sync| sync.requeue_stuck_deployment(&status));
        let wanted = boolean(&expected["requeue"]).then(|| expected["afterNanoseconds"].as_u64().unwrap());
        let wanted = wanted.map(|after| match after {
            0 => Action::RequeueRateLimited,
            after => Action::RequeueAfter(SimDuration::from_nanos(after) + SimDuration::from_secs(1)),
        });
        assert_eq!(actions.first().copied(), wanted, "{case}");
    }
}

// progress_test.go: TestSyncRolloutStatus
#[test]
fn sync_rollout_status() {
    for case in vectors!("sync_rollout_status") {
        let (input, expected) = (&case["input"], &case["expected"]);
        let before = deployment(&input["deployment"]);
        let sets = replica_sets(&input["otherReplicaSets"], &input["newReplicaSet"]);
        let now = SimTime::from_secs((ORIGIN + i64::from(int(&input["nowSeconds"])).max(1000)) as u64);
        let (after, _) = step(&before, &sets, now, |sync| {
            sync.sync_rollout_status();
            sync.status.progressing
        });
        let wanted = &expected["progressing"];
        assert_eq!(after.is_some(), wanted.is_object(), "{case}");
        if let Some(after) = after {
            let wanted = progressing(wanted);
            assert_eq!((after.status, after.reason), (wanted.status, wanted.reason), "{case}");
            let before = before.status.progressing.unwrap_or(after);
            let unchanged = &expected["progressing"]["lastUpdateTimeUnchanged"];
            assert!(unchanged != true || after.last_update == before.last_update, "{case}");
        }
    }
}

// util/deployment_util_test.go: TestDeploymentComplete
#[test]
fn complete() {
    for case in vectors!("deployment_complete") {
        let status = deployment_status(&case["input"]["status"]);
        let complete = deployment_complete(&deployment(&case["input"]["deployment"]), &status);
        assert_eq!(complete, boolean(&case["expected"]["complete"]), "{case}");
    }
}

// util/deployment_util_test.go: TestDeploymentProgressing
#[test]
fn progress() {
    for case in vectors!("deployment_progressing") {
        let [old, new] = ["oldStatus", "newStatus"].map(|name| deployment_status(&case["input"][name]));
        assert_eq!(
            deployment_progressing(&under_way().spec, &old, &new),
            boolean(&case["expected"]["progressing"]),
            "{case}"
        );
    }
}

// util/deployment_util_test.go: TestDeploymentTimedOut
#[test]
fn timing_out() {
    for case in vectors!("deployment_timed_out") {
        let input = &case["input"];
        let spec = deployment(input).spec;
        let condition = Some(&input["condition"]).filter(|condition| condition.is_object()).map(progressing);
        let now = SimTime::from_secs((ORIGIN + i64::from(int(&input["nowSeconds"]))) as u64);
        assert_eq!(timed_out(&spec, condition, now), boolean(&case["expected"]["timedOut"]), "{case}");
    }
}

// util/deployment_util_test.go: TestNewRSNewReplicas
#[test]
fn new_replicas() {
    for case in vectors!("new_rs_new_replicas") {
        let input = &case["input"];
        let total = list(&input["allReplicaSets"]).iter().map(|set| int(&set["spec"]["replicas"])).sum();
        let current = int(&input["newReplicaSet"]["spec"]["replicas"]);
        let spec = deployment(&input["deployment"]).spec;
        let replicas = new_replica_set_replicas(&spec, max_replicas(&spec), total, current);
        assert_eq!(replicas, int(&case["expected"]["newReplicas"]), "{case}");
    }
}

// util/deployment_util_test.go: TestGetReplicaSetFraction. An annotation that is no number counts as missing.
#[test]
fn fractions() {
    for case in vectors!("replica_set_fraction") {
        let input = &case["input"];
        let set = replica_set(&input["replicaSet"], 0, OLD);
        assert_eq!(fraction(&deployment(&input["deployment"]), &set), int(&case["expected"]["fraction"]), "{case}");
    }
}

// util/deployment_util_test.go: TestReplicasAnnotationsNeedUpdate
#[test]
fn annotations() {
    for case in vectors!("replicas_annotations_need_update") {
        let input = &case["input"];
        let mut set = replica_set(input, 0, NEW);
        set.replicas = 0;
        let surge = int(&input["maxReplicas"]) - int(&input["desiredReplicas"]);
        let spec = deployment(&serde_json::json!({
            "replicas": input["desiredReplicas"], "maxSurge": surge, "maxUnavailable": 0,
        }))
        .spec;
        assert_eq!(
            annotations_need_update(&set, spec.replicas, max_replicas(&spec)),
            boolean(&case["expected"]["needsUpdate"]),
            "{case}"
        );
    }
}

// util/deployment_util_test.go: TestAnnotationUtils
#[test]
fn saturation() {
    for case in vectors!("is_saturated") {
        let set = replica_set(&case["input"]["newReplicaSet"], 0, NEW);
        let replicas = int(&case["input"]["deployment"]["replicas"]);
        assert_eq!(is_saturated(replicas, &set), boolean(&case["expected"]["saturated"]), "{case}");
        assert!(!is_saturated(replicas + 1, &set));
    }
}

// util/deployment_util_test.go: TestGetReplicaCountForReplicaSets, TestGetTerminatingReplicaCountForReplicaSets. Every
// ReplicaSet reports its terminating pods here, so the cases in which one does not are left out.
#[test]
fn counts() {
    for case in vectors!("replica_counts") {
        let (input, expected) = (&case["input"], &case["expected"]);
        let sets = replica_sets(&input["replicaSets"], &Value::Null);
        let (status, _) = step(&deployment(&Value::Null), &sets, NOW, |sync| {
            assert_eq!(sync.size(), int(&expected["replicas"]), "{case}");
            sync.calculate_status()
        });
        assert_eq!(status.replicas, int(&expected["actualReplicas"]), "{case}");
        if let Some(terminating) = expected["terminatingReplicas"].as_i64() {
            assert_eq!(i64::from(status.terminating_replicas), terminating, "{case}");
        }
    }
}

// util/deployment_util_test.go: TestFindNewReplicaSet, TestFindOldReplicaSets
#[test]
fn old_and_new() {
    let mut all = vectors!("find_new_replica_set");
    all.extend(vectors!("find_old_replica_sets"));
    for case in all {
        let (input, expected) = (&case["input"], &case["expected"]);
        let values = list(&input["replicaSets"]);
        let template = |value: &Value| if boolean(&value["templateMatches"]) { NEW } else { OLD };
        let mut sets: Vec<_> =
            values.iter().enumerate().map(|(id, value)| replica_set(value, id, template(value))).collect();
        sets.sort_by_key(|set| (set.created, set.id));
        let name = |set: &ReplicaSet| values[usize::from(set.id)]["name"].clone();
        let deployment = deployment(&serde_json::json!({"strategy": "Recreate"}));
        let ((new, old, active), _) = step(&deployment, &sets, NOW, |sync| {
            sync.sync_revision();
            let old: Vec<_> = sync.old().map(name).collect();
            let active: Vec<_> = sync.active_old().map(|old| name(old.set)).collect();
            (sync.new.map(|new| name(new.set)), old, active)
        });
        if let Some(wanted) = expected.get("newReplicaSet") {
            assert_eq!(new.unwrap_or(Value::Null), *wanted, "{case}");
        }
        if let Some(wanted) = expected.get("oldReplicaSets") {
            assert_eq!(Value::from(old), *wanted, "{case}");
            assert_eq!(Value::from(active), expected["oldReplicaSetsWithReplicas"], "{case}");
        }
    }
}

#[test]
fn proportional_products_wrap_and_do_not_panic() {
    let spec = serde_json::json!({"replicas": i32::MAX, "maxSurge": i32::MAX, "maxUnavailable": 0});
    let mut set = replica_set(&Value::Null, 0, OLD);
    (set.replicas, set.max_replicas) = (i32::MAX, Some(1));
    let _ = fraction(&deployment(&spec), &set);
}

#[test]
fn pausing_and_resuming_write_the_condition_once() {
    let mut paused = deployment(&serde_json::json!({"strategy": "Recreate", "progressDeadlineSeconds": 600}));
    paused.spec.paused = true;
    let mut actions = Vec::new();
    let mut check = |deployment: &Deployment| -> Option<DeploymentStatus> {
        let view = DeploymentView::new(deployment, &[], &[]);
        sync(&view, NOW, &mut actions);
        match actions.first() {
            Some(Action::UpdateStatus { status }) => Some(*status),
            _ => None,
        }
    };
    paused.status = check(&paused).unwrap();
    let condition = paused.status.progressing.unwrap();
    assert_eq!((condition.status, condition.reason), (ConditionStatus::Unknown, ProgressReason::DeploymentPaused));
    let again = check(&paused).unwrap();
    assert_eq!(again.progressing, paused.status.progressing);
    paused.spec.paused = false;
    let resumed = check(&paused).unwrap().progressing.unwrap();
    assert_eq!((resumed.status, resumed.reason), (ConditionStatus::Unknown, ProgressReason::DeploymentResumed));
}

/// A Deployment in the middle of a rollout with a surge of 3 and 2 unavailable.
fn under_way() -> Deployment {
    deployment(&serde_json::json!({
        "replicas": 10, "maxSurge": 3, "maxUnavailable": 2, "progressDeadlineSeconds": 600, "revisionHistoryLimit": 0,
    }))
}

/// A ReplicaSet that has the size of its last scaling; its revision follows from its number.
fn set_of(id: usize, template: u16, replicas: i32, available: i32) -> ReplicaSet {
    replica_set(
        &serde_json::json!({
            "spec": {"replicas": replicas}, "revision": id + 1, "creationTimeSeconds": id,
            "annotations": {"desiredReplicas": 10, "maxReplicas": 13},
            "status": {"replicas": replicas, "readyReplicas": available, "availableReplicas": available},
        }),
        id,
        template,
    )
}

fn actions_of(deployment: &Deployment, sets: &[ReplicaSet]) -> Vec<Action> {
    let mut actions = Vec::new();
    let live = vec![0; sets.len()];
    sync(&DeploymentView::new(deployment, sets, &live), NOW, &mut actions);
    actions
}

fn last_status(actions: &[Action]) -> DeploymentStatus {
    match actions.last() {
        Some(Action::UpdateStatus { status }) => *status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn pods_that_an_emptied_replica_set_has_yet_to_lose_do_not_count() {
    let mut emptied = set_of(0, OLD, 0, 0);
    emptied.status.available_replicas = 4;
    let sets = [emptied, set_of(1, OLD, 8, 6), set_of(2, NEW, 5, 2)];
    // The controller removes the two unhealthy pods. The other 6 + 2 available pods are just the minimum; if the 4 pods
    // that are about to go counted, it would remove 4 more.
    assert_eq!(size(&sets[1], &actions_of(&under_way(), &sets)), 6);
}

#[test]
fn a_saturated_new_replica_set_empties_the_old_ones_at_once() {
    let mut sets = [set_of(0, OLD, 2, 2), set_of(1, OLD, 1, 1), set_of(2, NEW, 10, 10)];
    sets[0].desired_replicas = Some(9);
    let actions = actions_of(&under_way(), &sets);
    assert_eq!((size(&sets[0], &actions), size(&sets[1], &actions)), (0, 0));
    let ids = actions.iter().filter_map(|action| match action {
        Action::UpdateReplicaSet { id, .. } => Some(*id),
        _ => None,
    });
    assert_eq!(ids.collect::<Vec<_>>(), [1, 0], "newest first");
}

#[test]
fn a_rollout_that_is_scaled_to_zero_keeps_no_pods_of_its_surge() {
    let mut deployment = under_way();
    deployment.spec.replicas = 0;
    let sets = [set_of(0, OLD, 6, 6), set_of(1, NEW, 5, 5)];
    // Without the rule for zero, the surge of 3 would leave three pods of a Deployment that wants none.
    let actions = actions_of(&deployment, &sets);
    assert_eq!((size(&sets[0], &actions), size(&sets[1], &actions)), (0, 0));
}

/// Which pods on their way out a rollout waits for: (of Recreate, of a RollingUpdate).
#[test]
fn a_policy_says_whether_pods_on_their_way_out_take_room() {
    for (policy, expected) in [
        (None, (true, false)),
        (Some(PodReplacementPolicy::TerminationStarted), (false, false)),
        (Some(PodReplacementPolicy::TerminationComplete), (true, true)),
    ] {
        let mut spec = under_way().spec;
        spec.pod_replacement_policy = policy;
        assert_eq!((spec.recreate_waits_for_terminating(), spec.counts_terminating()), expected, "{policy:?}");
    }
}

#[test]
fn a_replica_set_that_has_not_seen_its_last_change_is_not_deleted() {
    let mut deployment = under_way();
    deployment.status =
        DeploymentStatus { replicas: 10, updated_replicas: 10, available_replicas: 10, ..deployment.status };
    let mut sets = [set_of(0, OLD, 0, 0), set_of(1, NEW, 10, 10)];
    let deletes = |sets: &[ReplicaSet]| actions_of(&deployment, sets).contains(&Action::DeleteReplicaSet { id: 0 });
    assert!(deletes(&sets));
    sets[0].generation = 1;
    assert!(!deletes(&sets));
}

#[test]
fn a_replica_set_found_without_a_condition_starts_the_deadline() {
    let mut deployment = under_way();
    let sets = [set_of(0, OLD, 8, 8), set_of(1, NEW, 5, 0)];
    let found = |actions: &[Action]| match actions.first() {
        Some(Action::UpdateStatus { status }) => status.progressing.map(|progressing| progressing.reason),
        _ => None,
    };
    assert_eq!(found(&actions_of(&deployment, &sets)), Some(ProgressReason::FoundNewReplicaSet));
    deployment.spec.progress_deadline_seconds = None;
    assert_eq!(found(&actions_of(&deployment, &sets)), None);
}

#[test]
fn a_changed_min_ready_seconds_goes_to_the_new_replica_set_alone() {
    let mut deployment = under_way();
    deployment.spec.min_ready_seconds = 7;
    let sets = [set_of(0, OLD, 8, 8), set_of(1, NEW, 5, 0)];
    let actions = actions_of(&deployment, &sets);
    assert_eq!(actions.len(), 2);
    for action in actions {
        let wanted = matches!(
            action,
            Action::UpdateReplicaSet { id: 1, replicas: 5, min_ready_seconds: 7, errors: OnError::Abort, .. }
        );
        assert!(wanted, "{action:?}");
    }
}

#[test]
fn conditions_of_the_status() {
    let deployment = under_way();
    let mut sets = [set_of(0, OLD, 8, 8), set_of(1, NEW, 5, 0)];
    let status = last_status(&actions_of(&deployment, &sets));
    assert_eq!((status.available, status.replica_failure, status.unavailable_replicas), (Some(true), false, 5));
    sets[0].status.available_replicas = 7;
    assert_eq!(last_status(&actions_of(&deployment, &sets)).available, Some(false));
    for failing in [0, 1] {
        let mut sets = sets;
        sets[failing].status.replica_failure = true;
        assert!(last_status(&actions_of(&deployment, &sets)).replica_failure);
    }
}

#[test]
fn a_pause_does_not_hide_an_exceeded_deadline() {
    let mut deployment = under_way();
    deployment.spec.paused = true;
    let exceeded = serde_json::json!({"status": "False", "reason": "ProgressDeadlineExceeded"});
    deployment.status.progressing = Some(progressing(&exceeded));
    let actions = actions_of(&deployment, &[set_of(0, NEW, 10, 10)]);
    assert_eq!(last_status(&actions).progressing, deployment.status.progressing);
}

#[test]
fn a_paused_deployment_whose_new_replica_set_gets_two_writes_holds_what_the_first_returned() {
    let mut deployment = under_way();
    (deployment.spec.paused, deployment.spec.min_ready_seconds, deployment.spec.replicas) = (true, 7, 12);
    let held = |actions: &[Action]| {
        let writes = actions.iter().filter_map(|action| match action {
            Action::UpdateReplicaSet { held, replicas, .. } => Some((*replicas, *held)),
            _ => None,
        });
        writes.collect::<Vec<_>>()
    };
    let actions = actions_of(&deployment, &[set_of(0, NEW, 10, 10)]);
    assert_eq!(held(&actions), [(10, Held::Cached), (12, Held::Returned)]);
}

#[test]
fn a_created_replica_set_is_told_in_the_status_without_a_deadline_too() {
    let mut deployment = under_way();
    deployment.spec.progress_deadline_seconds = None;
    deployment.status.revision = 4;
    let revision = |actions: &[Action]| match actions {
        [Action::CreateReplicaSet { .. }, Action::UpdateStatus { status }, ..] => Some(status.revision),
        _ => None,
    };
    let mut old = set_of(0, OLD, 10, 10);
    old.revision = 4;
    assert_eq!(revision(&actions_of(&deployment, &[old])), Some(5));
}

/// The order of scaling among ReplicaSets: size, instant of creation, number.
#[test]
fn equal_replica_sets_grow_from_the_newest_and_shrink_from_the_oldest() {
    let sets = [(0, 4, 30), (1, 4, 10), (2, 9, 20), (3, 4, 10)].map(|(id, replicas, created)| {
        let mut set = set_of(id, OLD, replicas, replicas);
        set.created = created;
        set
    });
    let order = |grow| {
        let mut sorted = sets.to_vec();
        sorted.sort_by_key(|set| by_size(set, grow));
        sorted.iter().map(|set| set.id).collect::<Vec<_>>()
    };
    assert_eq!(order(true), [2, 0, 3, 1]);
    assert_eq!(order(false), [2, 1, 3, 0]);
}

#[test]
fn pods_that_go_on_ending_are_no_progress() {
    let mut spec = under_way().spec;
    let ending = |terminating_replicas| DeploymentStatus { terminating_replicas, ..under_way().status };
    for (policy, left, progress) in [
        (PodReplacementPolicy::TerminationComplete, 2, true),
        (PodReplacementPolicy::TerminationComplete, 3, false),
        (PodReplacementPolicy::TerminationComplete, 4, false),
        (PodReplacementPolicy::TerminationStarted, 2, false),
    ] {
        spec.pod_replacement_policy = Some(policy);
        assert_eq!(deployment_progressing(&spec, &ending(3), &ending(left)), progress, "{policy:?} {left}");
    }
}

#[test]
fn a_deadline_stays_exceeded_and_a_complete_rollout_has_none() {
    let spec = under_way().spec;
    let late = |reason: &str, last_update: i64| {
        let mut condition = progressing(&serde_json::json!({"status": "False", "reason": reason}));
        condition.last_update = last_update as _;
        timed_out(&spec, Some(condition), NOW)
    };
    let (recent, long_ago) = (ORIGIN + 999, ORIGIN);
    // A clock that was put back does not undo what was found.
    assert!(late("ProgressDeadlineExceeded", recent) && late("ProgressDeadlineExceeded", long_ago));
    assert!(!late("NewReplicaSetAvailable", recent) && !late("NewReplicaSetAvailable", long_ago));
    assert!(!late("ReplicaSetUpdated", recent) && late("ReplicaSetUpdated", long_ago));
}
