//! Persistent volumes: which nodes can have them, and how long they take to move.

use crate::distribution::Distribution;
use crate::time::SimDuration;

/// A volume, by its place in [`Volumes::list`].
pub type VolumeId = u16;

/// The persistent volumes that pods share, and how long volumes take to be made, attached and detached.
#[derive(Clone, Debug, PartialEq)]
pub struct Volumes {
    /// The volumes of claims that several pods name, numbered by position.
    pub list: Vec<Volume>,
    /// Time from when the volume is wanted on a node, and free, until a pod there can use it.
    pub attach: Distribution,
    /// Time from when no pod on the volume's node wants it any more until it can be attached to another node.
    pub detach: Distribution,
    /// Time from when a pod has been given a node until the volume that is made for it is bound.
    pub provision: Distribution,
    /// How long the controller waits until it detaches a volume from a node that is lost.
    pub force_detach: SimDuration,
}

/// A volume that several pods share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// The name of its claim, for messages.
    pub claim: String,
    /// By whom it can be used at the same time.
    pub access: Access,
    /// Which nodes can have it.
    pub binding: Binding,
    /// The node that it is attached to when the run starts, where that is known; `None`: that of the pods that stand then.
    pub attached: Option<u32>,
}

/// By whom a volume can be used at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// By the pods of one node (`ReadWriteOnce`).
    OneNode,
    /// By one pod (`ReadWriteOncePod`).
    OnePod,
    /// By any (`ReadWriteMany`, `ReadOnlyMany`).
    Many,
}

/// Which nodes can have a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Binding {
    /// All of them.
    Anywhere,
    /// Those that are true here, by number.
    Nodes(Vec<bool>),
    /// It is made for the first pod that gets a node, in that node's zone (`WaitForFirstConsumer`).
    FirstConsumer,
    /// None, because its claim is not bound and nothing here binds it (`Immediate`).
    Unbound,
}

impl Binding {
    /// Whether a node can have the volume, before it is known which node gets a volume that is still to be made.
    #[must_use]
    pub fn may_take(&self, node: usize) -> bool {
        match self {
            Self::Anywhere | Self::FirstConsumer => true,
            Self::Nodes(allowed) => allowed.get(node) == Some(&true),
            Self::Unbound => false,
        }
    }
}

impl Volumes {
    /// How long kube-controller-manager waits for a volume on a lost node by default.
    ///
    /// Upstream: `pkg/controller/volume/attachdetach/attach_detach_controller.go: DefaultTimerConfig`.
    pub const FORCE_DETACH: SimDuration = SimDuration::from_secs(360);

    /// No pod uses a persistent volume.
    #[must_use]
    pub fn none() -> Self {
        let at_once = || Distribution::constant(SimDuration::ZERO);
        Self {
            list: Vec::new(),
            attach: at_once(),
            detach: at_once(),
            provision: at_once(),
            force_detach: Self::FORCE_DETACH,
        }
    }
}
