//! The persistent volumes of a pod template, as claims, PersistentVolumes, classes, CSINodes and VolumeAttachments describe them.

mod reach;
mod storage;

#[cfg(test)]
mod tests;

use crate::scenario::Access;

pub(crate) use reach::{NodeLabels, Reach};
pub(crate) use storage::{DEFAULT_CLASS, Storage};

/// The persistent volumes of the pods of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PodVolumes {
    /// The claims that the template names, each once: all its pods share them.
    pub(crate) claims: Vec<Claim>,
    /// Volumes that are made for each pod alone (`ephemeral`).
    pub(crate) own: Vec<OwnVolume>,
    /// How many volumes can still be attached to nodes.
    pub(crate) limits: Vec<AttachLimit>,
}

/// A claim that a template names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) name: String,
    /// By whom it can be used at the same time; `None`: the input does not say.
    pub(crate) access: Option<Access>,
    pub(crate) state: ClaimState,
    /// Which nodes can have its volume; `None`: its PersistentVolume is not in the input.
    pub(crate) reach: Option<Reach>,
    /// It names its PersistentVolume.
    pub(crate) names_volume: bool,
    /// The node that its volume is attached to, where the input says so.
    pub(crate) attached_to: Option<String>,
    /// The CSI driver of its volume.
    pub(crate) driver: Option<String>,
}

/// Whether a claim has a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimState {
    /// The claim is not in the input.
    Missing,
    /// It has one.
    Bound,
    /// Its object has no status, as before it is applied.
    Unsaid,
    /// It gets one when the first pod that uses it has a node.
    WaitsForConsumer,
    /// Its class binds at once and has not bound it.
    Pending,
    /// It has none, and its class is not in the input.
    OfUnknownClass,
    /// Its volume is gone.
    Lost,
}

/// A volume that is made for each pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnVolume {
    pub(crate) driver: Option<String>,
    /// The class of the input makes no volumes (`kubernetes.io/no-provisioner`).
    pub(crate) is_never_made: bool,
}

/// How many volumes of a driver can still be attached to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AttachLimit {
    pub(crate) node: String,
    pub(crate) driver: String,
    pub(crate) left: u64,
}

impl PodVolumes {
    /// How many of the pods a node can attach the volumes of. A claim that all share counts once, wherever the pods are.
    ///
    /// Upstream: `pkg/scheduler/framework/plugins/nodevolumelimits/csi.go: Filter`.
    pub(crate) fn pods_on(&self, node: &str) -> u64 {
        let of_node = self.limits.iter().filter(|limit| limit.node == node);
        let pods = of_node.map(|limit| {
            let is_its = |driver: &Option<String>| driver.as_deref() == Some(&limit.driver);
            let shared = self.claims.iter().filter(|claim| is_its(&claim.driver)).count() as u64;
            let own = self.own.iter().filter(|own| is_its(&own.driver)).count() as u64;
            match (limit.left.checked_sub(shared), own) {
                (None, _) => 0,
                (Some(_), 0) => u64::MAX,
                (Some(left), own) => left / own,
            }
        });
        pods.min().unwrap_or(u64::MAX)
    }

    /// How many volumes of a driver are made for each pod alone.
    pub(crate) fn own_of(&self, driver: &str) -> u64 {
        self.own.iter().filter(|own| own.driver.as_deref() == Some(driver)).count() as u64
    }

    /// How many volumes of a driver a node can still attach beside those of the claims; `None`: nothing says it.
    pub(crate) fn left_on(&self, node: &str, driver: &str) -> Option<u64> {
        let limit = self.limits.iter().find(|limit| limit.node == node && limit.driver == driver)?;
        let shared = self.claims.iter().filter(|claim| claim.driver.as_deref() == Some(driver)).count() as u64;
        Some(limit.left.saturating_sub(shared))
    }
}
