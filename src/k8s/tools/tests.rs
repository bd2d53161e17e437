//! Each tool against what its source says, a field at a time: `#` is done, `x` failed, `.` waiting, in the order of [`Tool::ALL`].

use super::{Seen, Tool, Verdict};
use crate::k8s::daemon_set::{DaemonSetSpec, DaemonSetStatus};
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::{
    ConditionStatus, Deployment, DeploymentSpec, DeploymentStatus, ProgressReason, Progressing, ReplicaSet,
    ReplicaSetStatus, Strategy,
};
use crate::k8s::stateful_set::{
    PodManagementPolicy, RollingUpdate, StatefulSetSpec, StatefulSetStatus, UpdateStrategy,
};

fn verdicts(seen: Seen<'_>) -> String {
    let sign = |tool: Tool| match tool.judge(seen) {
        Verdict::Waiting => '.',
        Verdict::Done => '#',
        Verdict::Failed => 'x',
    };
    Tool::ALL.map(sign).iter().collect()
}

fn condition(reason: ProgressReason) -> Option<Progressing> {
    let status =
        if reason == ProgressReason::ProgressDeadlineExceeded { ConditionStatus::False } else { ConditionStatus::True };
    Some(Progressing { status, reason, last_update: 0, last_transition: 0 })
}

/// Four pods with the default limits, all of them new and available.
fn complete() -> (Deployment, ReplicaSet) {
    let spec = DeploymentSpec {
        replicas: 4,
        strategy: Strategy::RollingUpdate {
            max_surge: IntOrPercent::Percent(25),
            max_unavailable: IntOrPercent::Percent(25),
        },
        min_ready_seconds: 0,
        progress_deadline_seconds: Some(600),
        revision_history_limit: Some(10),
        paused: false,
        template: 1,
        pod_replacement_policy: None,
    };
    let status = DeploymentStatus {
        observed_generation: 2,
        replicas: 4,
        updated_replicas: 4,
        ready_replicas: 4,
        available_replicas: 4,
        available: Some(true),
        progressing: condition(ProgressReason::NewReplicaSetAvailable),
        ..DeploymentStatus::default()
    };
    let of_set =
        ReplicaSetStatus { observed_generation: 3, replicas: 4, ready_replicas: 4, ..ReplicaSetStatus::default() };
    let set = ReplicaSet {
        id: 1,
        template: 1,
        created: 0,
        generation: 3,
        resource_version: 1,
        deleting: false,
        replicas: 4,
        min_ready_seconds: 0,
        revision: 2,
        desired_replicas: None,
        max_replicas: None,
        replicas_before_scale: None,
        status: of_set,
    };
    (Deployment { generation: 2, resource_version: 1, spec, status }, set)
}

#[test]
fn deployments() {
    type Change = fn(&mut Deployment, &mut ReplicaSet);
    let table: [(&str, Change, &str); 23] = [
        ("complete", |_, _| {}, "#####"),
        ("the controller has not seen the change", |d, _| d.status.observed_generation = 1, "....."),
        (
            "three of four Ready, of which one may be missing",
            |d, set| {
                set.status.ready_replicas = 3;
                (d.status.ready_replicas, d.status.available_replicas) = (3, 3);
                d.status.progressing = condition(ProgressReason::ReplicaSetUpdated);
            },
            "##...",
        ),
        (
            "two of four Ready",
            |d, set| {
                set.status.ready_replicas = 2;
                (d.status.ready_replicas, d.status.available_replicas) = (2, 2);
                d.status.available = Some(false);
                d.status.progressing = condition(ProgressReason::ReplicaSetUpdated);
            },
            ".....",
        ),
        (
            "old pods are there, and three new ones are Ready",
            |d, set| {
                set.status.ready_replicas = 3;
                (d.status.replicas, d.status.updated_replicas) = (5, 3);
                d.status.progressing = condition(ProgressReason::ReplicaSetUpdated);
            },
            "##...",
        ),
        (
            "an old pod is left",
            |d, _| {
                d.status.replicas = 5;
                d.status.progressing = condition(ProgressReason::ReplicaSetUpdated);
            },
            "##...",
        ),
        (
            "all Ready, one not for minReadySeconds",
            |d, _| {
                d.status.available_replicas = 3;
                d.status.progressing = condition(ProgressReason::ReplicaSetUpdated);
            },
            "##...",
        ),
        ("the condition lags", |d, _| d.status.progressing = condition(ProgressReason::ReplicaSetUpdated), "##.#."),
        (
            "no deadline, and so no condition",
            |d, _| {
                (d.status.progressing, d.spec.progress_deadline_seconds) = (None, None);
            },
            "#####",
        ),
        ("no condition where there is a deadline", |d, _| d.status.progressing = None, "##.#."),
        (
            "the deadline has passed, old pods are available",
            |d, set| {
                (d.status.updated_replicas, set.status.ready_replicas) = (2, 0);
                d.status.progressing = condition(ProgressReason::ProgressDeadlineExceeded);
            },
            "#.xxx",
        ),
        (
            "the deadline has passed, and then all were there",
            |d, _| {
                d.status.progressing = condition(ProgressReason::ProgressDeadlineExceeded);
            },
            "##xxx",
        ),
        (
            "a pod was lost after the rollout, of which the condition still tells",
            |d, set| {
                set.status.ready_replicas = 3;
                (d.status.ready_replicas, d.status.available_replicas) = (3, 3);
            },
            "##...",
        ),
        ("an old pod came back after the rollout", |d, _| d.status.replicas = 5, "##..."),
        ("a new pod is none yet, which the condition has not noticed", |d, _| d.status.updated_replicas = 3, "##..."),
        ("a pod is available before it is counted as Ready", |d, _| d.status.ready_replicas = 3, "##.#."),
        ("no ReplicaSet of the template", |_, set| set.template = 0, "#.###"),
        ("the ReplicaSet's controller has not seen its size", |_, set| set.generation = 4, "#.###"),
        (
            "paused",
            |d, set| {
                (d.spec.paused, set.status.ready_replicas) = (true, 0);
                d.status.updated_replicas = 0;
            },
            "##...",
        ),
        (
            "Recreate awaits every pod",
            |d, set| {
                d.spec.strategy = Strategy::Recreate;
                set.status.ready_replicas = 3;
                (d.status.ready_replicas, d.status.available_replicas) = (3, 3);
                d.status.available = Some(false);
            },
            ".....",
        ),
        (
            "three of three, of which none may be missing",
            |d, set| {
                (d.spec.replicas, d.status.replicas, d.status.updated_replicas) = (3, 3, 3);
                set.status.ready_replicas = 2;
                (d.status.ready_replicas, d.status.available_replicas) = (2, 2);
                d.status.available = Some(false);
            },
            ".....",
        ),
        ("Available is not set yet", |d, _| d.status.available = None, ".#.#."),
        ("fewer are wanted than there are", |d, _| d.spec.replicas = 3, "##.#."),
    ];
    for (name, change, expected) in table {
        let (mut deployment, mut set) = complete();
        change(&mut deployment, &mut set);
        let new = (set.template == deployment.spec.template).then_some(&set);
        assert_eq!(verdicts(Seen::Deployment(&deployment, new)), expected, "{name}");
    }
}

fn set(block: Option<RollingUpdate>) -> StatefulSetSpec {
    StatefulSetSpec {
        replicas: 3,
        start_ordinal: 0,
        pod_management_policy: PodManagementPolicy::OrderedReady,
        update: UpdateStrategy::RollingUpdate(block),
        min_ready_seconds: 0,
        template: 1,
    }
}

#[test]
fn stateful_sets() {
    let whole = StatefulSetStatus {
        observed_generation: 2,
        replicas: 3,
        ready_replicas: 3,
        available_replicas: 3,
        current_replicas: 3,
        updated_replicas: 3,
        current_revision: Some(1),
        update_revision: Some(1),
    };
    let block = |partition| Some(RollingUpdate { partition, max_unavailable: None });
    let (usual, canary, none) = (set(block(0)), set(block(2)), set(None));
    let on_delete = StatefulSetSpec { update: UpdateStrategy::OnDelete, ..usual };
    let not_seen = StatefulSetStatus { observed_generation: 1, ..whole };
    let updating = StatefulSetStatus { updated_replicas: 2, current_replicas: 1, current_revision: Some(0), ..whole };
    let one_updated =
        StatefulSetStatus { updated_replicas: 1, current_replicas: 2, current_revision: Some(0), ..whole };
    let old_revision = StatefulSetStatus { current_revision: Some(0), ..whole };
    let missing = StatefulSetStatus { ready_replicas: 2, ..whole };
    let terminating = StatefulSetStatus { replicas: 4, ready_replicas: 3, ..whole };
    for (name, spec, status, expected) in [
        ("complete", usual, whole, ".####"),
        ("not seen", usual, not_seen, "....."),
        ("one is not Ready", usual, missing, "....."),
        ("one is not updated", usual, updating, "....."),
        ("the current revision lags: only Helm 3 waits for it", usual, old_revision, "..###"),
        ("a pod above the size terminates: only kstatus waits for it", usual, terminating, ".#.#."),
        ("a canary of one", canary, one_updated, ".####"),
        ("no block: revisions must be equal", none, old_revision, "....."),
        ("no block, complete", none, whole, ".####"),
        ("OnDelete is done with old pods", on_delete, updating, ".####"),
        ("OnDelete, one is not Ready: only Argo CD waits for it", on_delete, missing, ".##.#"),
    ] {
        assert_eq!(verdicts(Seen::StatefulSet(&spec, 2, &status)), expected, "{name}");
    }
}

#[test]
fn daemon_sets() {
    let usual = DaemonSetSpec {
        on_delete: false,
        max_surge: IntOrPercent::Int(0),
        max_unavailable: IntOrPercent::Percent(10),
        min_ready_seconds: 0,
        template: 1,
    };
    let whole = DaemonSetStatus {
        observed_generation: 2,
        desired_number_scheduled: 11,
        current_number_scheduled: 11,
        number_misscheduled: 0,
        number_ready: 11,
        number_available: 11,
        updated_number_scheduled: 11,
    };
    let on_delete = DaemonSetSpec { on_delete: true, ..usual };
    for (name, spec, status, expected) in [
        ("complete", usual, whole, ".####"),
        ("not seen", usual, DaemonSetStatus { observed_generation: 1, ..whole }, "....."),
        (
            "two of eleven may be missing: 10 % rounded up",
            usual,
            DaemonSetStatus { number_ready: 9, number_available: 9, ..whole },
            ".#...",
        ),
        ("three are missing", usual, DaemonSetStatus { number_ready: 8, number_available: 8, ..whole }, "....."),
        ("one is not updated", usual, DaemonSetStatus { updated_number_scheduled: 10, ..whole }, "....."),
        ("one is not available yet", usual, DaemonSetStatus { number_available: 10, ..whole }, ".#..."),
        ("a node without a pod", usual, DaemonSetStatus { current_number_scheduled: 10, ..whole }, ".#.#."),
        ("OnDelete", on_delete, DaemonSetStatus { updated_number_scheduled: 0, ..whole }, ".####"),
    ] {
        assert_eq!(verdicts(Seen::DaemonSet(&spec, 2, &status)), expected, "{name}");
    }
}
