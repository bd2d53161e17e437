//! Argo CD's health. What is Degraded may become Healthy again.
//!
//! Upstream: `gitops-engine pkg/health/health_deployment.go, health_statefulset.go, health_daemonset.go`.

use super::seen::{Seen, Verdict};
use crate::k8s::kubectl::{RolloutPhase, SetPhase, daemon_set_status, rollout_status, stateful_set_status};
use crate::k8s::stateful_set::{StatefulSetSpec, StatefulSetStatus};

pub(super) fn health(seen: Seen<'_>) -> Verdict {
    match seen {
        // Suspended.
        Seen::Deployment(deployment, _) if deployment.spec.paused => Verdict::Waiting,
        Seen::Deployment(deployment, _) => match rollout_status(deployment) {
            RolloutPhase::Done => Verdict::Done,
            RolloutPhase::DeadlineExceeded => Verdict::Failed,
            _ => Verdict::Waiting,
        },
        Seen::StatefulSet(spec, generation, status) => {
            Verdict::done_if(match stateful_set_status(spec, generation, status) {
                SetPhase::Done => true,
                SetPhase::OnDelete => has_ready_pods(spec, generation, status),
                _ => false,
            })
        }
        Seen::DaemonSet(spec, generation, status) => {
            Verdict::done_if(match daemon_set_status(spec, generation, status) {
                SetPhase::Done => true,
                SetPhase::OnDelete => status.observed_generation >= generation,
                _ => false,
            })
        }
    }
}

/// Of OnDelete nothing else is awaited.
fn has_ready_pods(spec: &StatefulSetSpec, generation: i64, status: &StatefulSetStatus) -> bool {
    status.observed_generation > 0 && status.observed_generation >= generation && status.ready_replicas >= spec.replicas
}
