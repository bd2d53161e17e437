//! What is under way in a snapshot.

use crate::input::snapshot::{Rule, Snapshot};

/// What a workload does at the instant of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing: `kubectl rollout status` reports success, and all pods are available.
    AtRest,
    /// Its pods are being replaced, or some of them are not available.
    Rolling,
    /// Somebody has paused the rollout.
    Paused,
    /// No progress came within its deadline: `kubectl rollout status` has given up at this instant. The controller goes on trying.
    Stalled(i64),
    /// Its pods are replaced only when somebody deletes them.
    OnDelete,
}

impl State {
    /// What the workload of a snapshot does.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let workload = &snapshot.workload;
        if let Some(since) = workload.deadline_passed() {
            return Self::Stalled(since);
        }
        let is_replaced = workload.updated >= snapshot.target();
        if snapshot.is_at_rest() && (is_replaced || workload.rule != Rule::OnDelete) {
            return Self::AtRest;
        }
        if workload.rule == Rule::OnDelete && !is_replaced {
            return Self::OnDelete;
        }
        if workload.paused { Self::Paused } else { Self::Rolling }
    }

    /// The word for it in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtRest => "at_rest",
            Self::Rolling => "rolling",
            Self::Paused => "paused",
            Self::Stalled(_) => "stalled",
            Self::OnDelete => "on_delete",
        }
    }
}
