//! Tools that wait for a rollout: when each of them says that it is done, or has failed, by what the API server shows.
//!
//! `kubectl rollout status` is [`crate::k8s::kubectl`].

mod seen;

mod argo_cd;
mod helm;
mod kstatus;

#[cfg(test)]
mod tests;

use crate::time::SimDuration;

pub use seen::{Seen, Verdict};

/// A tool that waits for a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// `kubectl wait --for=condition=Available`.
    KubectlWait,
    /// `helm upgrade --wait` of version 3, which is `--wait=legacy` of version 4.
    Helm3,
    /// `helm upgrade --wait` of version 4.
    Helm4,
    /// Argo CD's health of the object.
    ArgoCd,
    /// Flux: `wait` of a Kustomization, and a HelmRelease.
    Flux,
}

impl Tool {
    /// All of them, in the order of files.
    pub const ALL: [Self; 5] = [Self::KubectlWait, Self::Helm3, Self::Helm4, Self::ArgoCd, Self::Flux];

    /// The word in an experiment.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KubectlWait => "kubectl-wait",
            Self::Helm3 => "helm-3",
            Self::Helm4 => "helm-4",
            Self::ArgoCd => "argo-cd",
            Self::Flux => "flux",
        }
    }

    /// Between two of its looks; zero: it watches.
    ///
    /// Upstream: `helm pkg/kube/wait.go: waitForResources`, `helm-controller internal/action/wait.go`.
    #[must_use]
    pub const fn period(self) -> SimDuration {
        match self {
            Self::Helm3 => SimDuration::from_secs(2),
            Self::Flux => SimDuration::from_secs(5),
            Self::KubectlWait | Self::Helm4 | Self::ArgoCd => SimDuration::ZERO,
        }
    }

    /// How long it waits where nobody says so; `None`: without end.
    ///
    /// Upstream: `kubectl pkg/cmd/wait/wait.go`, `helm pkg/cmd/flags.go`, `helm-controller api/v2: HelmReleaseSpec.Timeout`.
    #[must_use]
    pub const fn timeout(self) -> Option<SimDuration> {
        match self {
            Self::KubectlWait => Some(SimDuration::from_secs(30)),
            Self::Helm3 | Self::Helm4 | Self::Flux => Some(SimDuration::from_secs(300)),
            Self::ArgoCd => None,
        }
    }

    /// Whether it waits no longer once it sees a failure.
    #[must_use]
    pub const fn gives_up(self) -> bool {
        matches!(self, Self::Helm4 | Self::Flux)
    }

    /// What it makes of what it sees.
    #[must_use]
    pub fn judge(self, seen: Seen<'_>) -> Verdict {
        match self {
            Self::KubectlWait => condition_available(seen),
            Self::Helm3 => Verdict::done_if(helm::is_ready(seen)),
            Self::Helm4 | Self::Flux => kstatus::status(seen),
            Self::ArgoCd => argo_cd::health(seen),
        }
    }
}

/// `kubectl wait --for=condition=Available`: StatefulSets and DaemonSets never have a condition.
///
/// Upstream: `kubectl pkg/cmd/wait/condition.go: ConditionalWait.checkCondition`.
fn condition_available(seen: Seen<'_>) -> Verdict {
    let Seen::Deployment(deployment, _) = seen else { return Verdict::Waiting };
    let status = &deployment.status;
    Verdict::done_if(status.available == Some(true) && status.observed_generation >= deployment.generation)
}
