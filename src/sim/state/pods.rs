//! The pods of a run: what is true of each, and what the ReplicaSet controller has seen of it.

use crate::k8s::kubelet::CrashLoopBackOff;
use crate::k8s::objects::Template;
use crate::k8s::prober::KillingProbe;
use crate::sim::observation::{NodeId, OwnerId, PodId, Was};
use crate::time::SimTime;

/// "No node yet."
pub(crate) const UNSCHEDULED: NodeId = NodeId::MAX;

/// How far a pod has come with its containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It is bound to no node.
    Unscheduled,
    /// Its init containers run, and those that run beside the containers start.
    Initializing,
    /// Its node does not have the image yet.
    Pulling,
    /// The containers of the current attempt do not run yet.
    Starting,
    /// They run.
    Running,
    /// A container has exited and waits to be restarted.
    BackingOff,
}

/// What a pod does next by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing.
    Rest,
    /// Fail, because its kubelet refuses it.
    Refused,
    /// Its init containers have ended.
    Initialized,
    /// Become Ready.
    Ready,
    /// A container exits.
    Exit,
    /// Lose readiness.
    FlapDown,
    /// Regain it.
    FlapUp,
    /// A container starts again.
    Restart,
    /// What its script says.
    Script,
}

/// Why a pod's volumes leave it no node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// The nodes that can have them take no more pods, and others would.
    Elsewhere,
    /// No node can have them now: another pod has one for itself, or a claim is not bound.
    Nowhere,
}

/// A pod. The first 64 bytes hold what its start and its end read and are one line of the cache; what is seldom read follows.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Pod {
    /// The image is on the node.
    pub(crate) pulled_at: SimTime,
    /// The containers of the current attempt run.
    pub(crate) started_at: SimTime,
    /// When a container of the current attempt will exit; never, mostly.
    pub(crate) exits_at: SimTime,
    /// Last transition to Ready.
    pub(crate) ready_at: SimTime,
    /// Its place among the pods of its template in order of creation, from 0: its address for random numbers.
    pub(crate) number: u32,
    pub(crate) node: NodeId,
    pub(crate) owner: OwnerId,
    pub(crate) template: Template,
    /// Counts the changes that overtake scheduled events.
    pub(crate) epoch: u16,
    pub(crate) restarts: u16,
    pub(crate) next: Next,
    /// Bound to its node; before that the scheduler has only taken room for it there.
    pub(crate) bound: bool,
    pub(crate) ready: bool,
    pub(crate) available: bool,
    /// It has a deletion timestamp, or it has failed: no controller counts it.
    pub(crate) terminating: bool,
    pub(crate) gone: bool,
    /// Never becomes Ready.
    pub(crate) never_ready: bool,
    /// Its node is lost.
    pub(crate) lost: bool,
    pub(crate) unschedulable: bool,
    /// A container has exited although its pod has no deletion timestamp.
    pub(crate) failed: bool,
    /// Which probe will end the current attempt, or has ended the last one.
    pub(crate) killed_by: Option<KillingProbe>,
    /// A container is down and waits to be restarted.
    pub(crate) backing_off: bool,
    pub(crate) seen_ready: bool,
    pub(crate) seen_available: bool,
    pub(crate) seen_terminating: bool,
    /// [`UID_NOT_DRAWN`] until somebody asks.
    pub(crate) uid: u64,
    pub(crate) created: SimTime,
    /// Readiness set by hand, which overrules the script.
    pub(crate) ready_by_hand: Option<bool>,
    /// The next pod that the event is for which this one waits for.
    pub(crate) joined: Option<PodId>,
    /// Which probe made the kubelet kill the container that exited last.
    pub(crate) last_killed_by: Option<KillingProbe>,
    /// Its kubelet has seen it.
    pub(crate) seen_at: SimTime,
    pub(crate) back_off: CrashLoopBackOff,
    /// `controller.kubernetes.io/pod-deletion-cost`
    pub(crate) deletion_cost: i32,
}

/// Stands for a UID that nobody has asked for yet. One that is drawn and happens to be this number is drawn again, to the same.
pub(crate) const UID_NOT_DRAWN: u64 = 0;

const _: () = assert!(std::mem::offset_of!(Pod, uid) == 64, "the busy half is one line");
const _: () = assert!(size_of::<Pod>() == 128, "a pod is two lines");

impl Pod {
    /// A pod that has just been created.
    pub(crate) fn new(owner: OwnerId, template: Template, number: u32, uid: u64, created: SimTime) -> Self {
        Self {
            owner,
            template,
            number,
            node: UNSCHEDULED,
            uid,
            created,
            seen_at: SimTime::NEVER,
            pulled_at: SimTime::NEVER,
            started_at: SimTime::NEVER,
            exits_at: SimTime::NEVER,
            ready_at: SimTime::NEVER,
            epoch: 0,
            restarts: 0,
            deletion_cost: 0,
            ready_by_hand: None,
            joined: None,
            back_off: CrashLoopBackOff::default(),
            next: Next::Rest,
            bound: false,
            ready: false,
            available: false,
            terminating: false,
            gone: false,
            never_ready: false,
            lost: false,
            unschedulable: false,
            failed: false,
            killed_by: None,
            last_killed_by: None,
            backing_off: false,
            seen_ready: false,
            seen_available: false,
            seen_terminating: false,
        }
    }

    /// How far it has come at an instant, as long as its node is not lost.
    #[inline]
    pub(crate) fn phase(&self, at: SimTime) -> Phase {
        if !self.bound {
            Phase::Unscheduled
        } else if self.backing_off {
            Phase::BackingOff
        } else if self.pulled_at > at {
            if self.next == Next::Initialized { Phase::Initializing } else { Phase::Pulling }
        } else if self.started_at > at {
            Phase::Starting
        } else {
            Phase::Running
        }
    }

    /// Whether it is bound to a node.
    pub(crate) fn is_scheduled(&self) -> bool {
        self.bound
    }

    /// Its phase is Pending: no container has run yet.
    pub(crate) fn is_pending(&self, now: SimTime) -> bool {
        self.restarts == 0 && self.started_at > now
    }

    /// What it is now, for those who will ask what it was.
    pub(crate) fn was(&self) -> Was {
        Was { scheduled: self.is_scheduled(), ready: self.ready, available: self.available }
    }
}
