//! Tables for the proposal, among them those of its own text.

use crate::k8s::deployment::{Action, DeploymentView, deployment_complete, deployment_progressing, sync};
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::{
    Deployment, DeploymentSpec, DeploymentStatus, PodReplacementPolicy, ReplicaSet, ReplicaSetStatus, Strategy,
};
use crate::time::SimTime;

const STARTED: Option<PodReplacementPolicy> = Some(PodReplacementPolicy::TerminationStarted);
const COMPLETE: Option<PodReplacementPolicy> = Some(PodReplacementPolicy::TerminationComplete);

fn rolling(surge: i32, unavailable: i32) -> Strategy {
    Strategy::RollingUpdate { max_surge: IntOrPercent::Int(surge), max_unavailable: IntOrPercent::Int(unavailable) }
}

fn deployment(replicas: i32, strategy: Strategy, policy: Option<PodReplacementPolicy>) -> Deployment {
    let spec = DeploymentSpec {
        replicas,
        strategy,
        min_ready_seconds: 0,
        progress_deadline_seconds: Some(600),
        revision_history_limit: Some(10),
        paused: false,
        template: 9,
        pod_replacement_policy: policy,
    };
    Deployment { generation: 1, resource_version: 1, spec, status: DeploymentStatus::default() }
}

/// A ReplicaSet with all its pods available, last scaled for a Deployment of `desired` with at most `most` pods.
fn set(id: u16, template: u16, replicas: i32, terminating: i32, (desired, most): (i32, i32)) -> ReplicaSet {
    ReplicaSet {
        id,
        template,
        created: u64::from(id),
        generation: 1,
        resource_version: 1,
        deleting: false,
        replicas,
        min_ready_seconds: 0,
        revision: i64::from(id) + 1,
        desired_replicas: Some(desired),
        max_replicas: Some(most),
        replicas_before_scale: None,
        status: ReplicaSetStatus {
            observed_generation: 1,
            replicas,
            ready_replicas: replicas,
            available_replicas: replicas,
            terminating_replicas: terminating,
            replica_failure: false,
        },
    }
}

/// Syncs until a sync writes no ReplicaSet. The controller sees each write at once, and ReplicaSets that grow have
/// their pods at once.
fn settle(deployment: &mut Deployment, sets: &mut Vec<ReplicaSet>) {
    let mut actions = Vec::new();
    for _ in 0..10 {
        let live: Vec<u32> = sets.iter().map(|set| set.status.replicas as u32).collect();
        let view = DeploymentView::new(deployment, sets, &live);
        sync(&view, SimTime::from_secs(1000), &mut actions);
        let mut wrote = false;
        for action in &actions {
            match *action {
                Action::UpdateReplicaSet {
                    id,
                    replicas,
                    desired_replicas,
                    max_replicas,
                    replicas_before_scale,
                    revision,
                    ..
                } => {
                    let set = sets.iter_mut().find(|set| set.id == id).unwrap();
                    (set.replicas, set.revision) = (replicas, revision);
                    (set.desired_replicas, set.max_replicas) = (desired_replicas, max_replicas);
                    set.replicas_before_scale = replicas_before_scale;
                    set.status.replicas = set.status.replicas.max(replicas);
                    wrote = true;
                }
                Action::CreateReplicaSet { .. } => panic!("no creation was expected"),
                Action::UpdateStatus { status } => deployment.status = status,
                _ => {}
            }
        }
        if !wrote {
            return;
        }
    }
    panic!("no end: {sets:?}");
}

/// KEP-5882, RollingUpdate rollout logic: of 10 replicas with a surge of 3, the new ReplicaSet has 3.
#[test]
fn terminating_pods_of_all_replica_sets_leave_less_room() {
    // Old: spec, status.replicas, terminating. New: terminating. Size of the new one with the policy.
    let table = [
        ((8, 8, 2), 0, 3),
        ((8, 8, 1), 0, 4),
        ((8, 8, 0), 0, 5),
        // The deletions have been asked for, and the status does not show them yet.
        ((8, 10, 0), 0, 3),
        ((8, 8, 0), 1, 4),
        // Pods that others delete terminate beside their replacements: there are more than allowed, but the controller
        // removes none.
        ((8, 8, 5), 2, 3),
    ];
    for ((spec, actual, ending), new_ending, wanted) in table {
        for (policy, wanted) in [(None, 5), (STARTED, 5), (COMPLETE, wanted)] {
            let deployment = deployment(10, rolling(3, 2), policy);
            let mut old = set(0, 0, spec, ending, (10, 13));
            old.status.replicas = actual;
            let new = set(1, 9, 3, new_ending, (10, 13));
            let sets = [old, new];
            let view = DeploymentView::new(&deployment, &sets, &[0, 0]);
            let mut actions = Vec::new();
            sync(&view, SimTime::from_secs(1000), &mut actions);
            let mut sizes = actions.iter().rev().filter_map(|action| match action {
                Action::UpdateReplicaSet { id: 1, replicas, .. } => Some(*replicas),
                _ => None,
            });
            let case = format!("{policy:?} {spec} {actual} {ending} {new_ending}: {actions:?}");
            assert_eq!(sizes.next().unwrap_or(3), wanted, "{case}");
        }
    }
}

/// A rollout of 100 replicas in three versions, with 60, 30 and 20 or 50, 30 and 20 pods; the limit is 110.
fn three_versions(
    largest: i32,
    terminating: i32,
    policy: Option<PodReplacementPolicy>,
) -> (Deployment, Vec<ReplicaSet>) {
    let sets = [(largest, terminating, 0), (30, 0, 1), (20, 0, 9)];
    let sets = sets.iter().zip(0..).map(|(&(size, ending, template), id)| set(id, template, size, ending, (100, 110)));
    (deployment(100, rolling(10, 0), policy), sets.collect())
}

fn scaled(deployment: &mut Deployment, sets: &mut Vec<ReplicaSet>, replicas: i32, terminating: i32) -> Vec<i32> {
    deployment.spec.replicas = replicas;
    sets[0].status.terminating_replicas = terminating;
    settle_scaling(deployment, sets);
    sets.iter().map(|set| set.replicas).collect()
}

/// As [`settle`], but stops after the scaling: a rollout would continue and remove old pods.
fn settle_scaling(deployment: &mut Deployment, sets: &mut Vec<ReplicaSet>) {
    deployment.spec.paused = true;
    settle(deployment, sets);
    deployment.spec.paused = false;
}

/// First table of KEP-5882, Deployment Scaling Changes: without the policy, terminating pods do not matter.
#[test]
fn scaling_without_the_policy_is_as_the_text_has_it() {
    for policy in [None, STARTED] {
        let (mut deployment, mut sets) = three_versions(60, 15, policy);
        assert_eq!(scaled(&mut deployment, &mut sets, 120, 15), [71, 35, 24]);
        assert_eq!(scaled(&mut deployment, &mut sets, 130, 15), [76, 38, 26]);
    }
}

/// Second table: one scaling, in several parts.
#[test]
fn a_scaling_goes_on_as_terminating_pods_go() {
    let (mut deployment, mut sets) = three_versions(50, 15, COMPLETE);
    assert_eq!(scaled(&mut deployment, &mut sets, 120, 15), [59, 35, 21]);
    let marks: Vec<_> = sets.iter().map(|set| (set.replicas_before_scale, set.max_replicas)).collect();
    assert_eq!(marks, [(Some(50), Some(110)), (None, Some(130)), (Some(20), Some(110))]);
    assert_eq!(scaled(&mut deployment, &mut sets, 120, 5), [66, 35, 24]);
    assert_eq!(scaled(&mut deployment, &mut sets, 120, 0), [71, 35, 24]);
    assert!(sets.iter().all(|set| set.replicas_before_scale.is_none() && set.max_replicas == Some(130)));
    assert!(sets.iter().all(|set| set.desired_replicas == Some(120)));
}

/// Third table: a second scaling before the first is complete. The table's row at T3 reads 66, 38, 21, but no rule in
/// the text gives two pods to the largest ReplicaSet while the smallest still lacks some of its share. The other rows
/// are met.
#[test]
fn a_second_scaling_counts_from_before_the_first() {
    let (mut deployment, mut sets) = three_versions(50, 15, COMPLETE);
    assert_eq!(scaled(&mut deployment, &mut sets, 120, 15), [59, 35, 21]);
    assert_eq!(scaled(&mut deployment, &mut sets, 130, 15), [64, 38, 23]);
    assert_eq!(scaled(&mut deployment, &mut sets, 130, 5), [72, 38, 25]);
    assert_eq!(scaled(&mut deployment, &mut sets, 130, 0), [77, 38, 25]);
}

/// The final sizes are the same, and the limit holds, in whatever portions the pods go.
#[test]
fn portions_do_not_change_the_end() {
    for portion in 1..=15 {
        let (mut deployment, mut sets) = three_versions(50, 15, COMPLETE);
        let mut ending = 15;
        loop {
            let sizes = scaled(&mut deployment, &mut sets, 120, ending);
            assert_eq!(sizes.iter().sum::<i32>() + ending, 130, "portions of {portion}, {ending} left");
            if ending == 0 {
                assert_eq!(sizes, [71, 35, 24], "portions of {portion}");
                break;
            }
            ending = (ending - portion).max(0);
        }
    }
}

#[test]
fn a_scaling_taken_back_halfway_leaves_no_mark() {
    let (mut deployment, mut sets) = three_versions(50, 15, COMPLETE);
    scaled(&mut deployment, &mut sets, 120, 15);
    let sizes = scaled(&mut deployment, &mut sets, 100, 15);
    assert_eq!(sizes.iter().sum::<i32>(), 110, "{sizes:?}");
    assert!(sets.iter().all(|set| set.replicas_before_scale.is_none() && set.max_replicas == Some(110)));
}

/// Scaling logic without a rollout: 10 to 5 and back to 10 while 5 pods terminate.
#[test]
fn scaling_up_again_waits_for_what_terminates() {
    // Strategy, size with 5 terminating, with 2, with 0.
    let table = [(Strategy::Recreate, [5, 8, 10]), (rolling(1, 0), [6, 9, 10]), (rolling(3, 2), [8, 10, 10])];
    for (strategy, wanted) in table {
        for template in [9, 0] {
            let mut deployment = deployment(10, strategy, COMPLETE);
            // A paused Deployment with a changed template scales the old ReplicaSet.
            deployment.spec.paused = template == 0;
            let mut sets = vec![set(0, template, 5, 5, (5, 5))];
            let sizes = [5, 2, 0].map(|ending| {
                sets[0].status.terminating_replicas = ending;
                settle(&mut deployment, &mut sets);
                sets[0].replicas
            });
            assert_eq!(sizes, wanted, "{strategy:?} {template}");
        }
        for policy in [None, STARTED] {
            let mut deployment = deployment(10, strategy, policy);
            let mut sets = vec![set(0, 9, 5, 5, (5, 5))];
            settle(&mut deployment, &mut sets);
            assert_eq!(sets[0].replicas, 10, "{strategy:?} {policy:?}");
        }
    }
}

#[test]
fn complete_when_nothing_terminates_and_every_pod_gone_is_progress() {
    let status = |terminating_replicas| DeploymentStatus {
        observed_generation: 1,
        replicas: 10,
        updated_replicas: 10,
        available_replicas: 10,
        terminating_replicas,
        ..DeploymentStatus::default()
    };
    for (policy, waits) in [(None, false), (STARTED, false), (COMPLETE, true)] {
        let deployment = deployment(10, rolling(3, 2), policy);
        assert_eq!(deployment_complete(&deployment, &status(1)), !waits);
        assert!(deployment_complete(&deployment, &status(0)));
        assert_eq!(deployment_progressing(&deployment.spec, &status(2), &status(1)), waits);
        assert!(!deployment_progressing(&deployment.spec, &status(1), &status(2)));
    }
}

#[test]
fn policy_names_read_back() {
    for policy in [STARTED, COMPLETE] {
        assert_eq!(policy.and_then(|policy| PodReplacementPolicy::parse(policy.as_str())), policy);
    }
    assert_eq!(PodReplacementPolicy::parse("Failed"), None);
}
