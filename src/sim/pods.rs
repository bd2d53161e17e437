//! The pods of a run: what is true of each, and what the ReplicaSet controller has seen of it.

use crate::k8s::kubelet::CrashLoopBackOff;
use crate::k8s::objects::{ReplicaSetId, Template};
use crate::k8s::prober::KillingProbe;
use crate::sim::observation::{NodeId, Was};
use crate::time::SimTime;

/// "No node yet."
pub(super) const UNSCHEDULED: NodeId = NodeId::MAX;

/// What a pod does next by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing.
    Rest,
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

/// A pod. What its start and its end look at lies in one line of the cache, what is seldom asked for in the next.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Pod {
    /// The image is on the node.
    pub(super) pulled_at: SimTime,
    /// The containers of the current attempt run.
    pub(super) started_at: SimTime,
    /// When a container of the current attempt will exit; never, mostly.
    pub(super) exits_at: SimTime,
    /// Last transition to Ready.
    pub(super) ready_at: SimTime,
    /// The how many-th pod of its template, from 0: its address for random numbers.
    pub(super) number: u32,
    pub(super) node: NodeId,
    pub(super) replica_set: ReplicaSetId,
    pub(super) template: Template,
    /// Counts the changes that overtake scheduled events.
    pub(super) epoch: u16,
    pub(super) restarts: u16,
    pub(super) next: Next,
    /// Bound to its node; before that the scheduler has only taken room for it there.
    pub(super) bound: bool,
    pub(super) ready: bool,
    pub(super) available: bool,
    pub(super) terminating: bool,
    pub(super) gone: bool,
    /// Never becomes Ready.
    pub(super) hopeless: bool,
    /// Its node is lost.
    pub(super) lost: bool,
    pub(super) unschedulable: bool,
    /// A container has exited without having been told to go with its pod.
    pub(super) failed: bool,
    /// Which probe will end the current attempt, or has ended the last one.
    pub(super) killed_by: Option<KillingProbe>,
    /// A container is down and waits to be restarted.
    pub(super) backing_off: bool,
    pub(super) seen_ready: bool,
    pub(super) seen_available: bool,
    pub(super) seen_terminating: bool,
    pub(super) uid: u64,
    pub(super) created: SimTime,
    /// Readiness set by hand, which overrules the script.
    pub(super) ready_by_hand: Option<bool>,
    /// Which probe made the kubelet kill the container that exited last.
    pub(super) last_killed_by: Option<KillingProbe>,
    /// Its kubelet has seen it.
    pub(super) seen_at: SimTime,
    pub(super) back_off: CrashLoopBackOff,
    /// `controller.kubernetes.io/pod-deletion-cost`
    pub(super) deletion_cost: i32,
}

const _: () = assert!(std::mem::offset_of!(Pod, uid) == 64, "the busy half is one line");

impl Pod {
    pub(super) fn new(replica_set: ReplicaSetId, template: Template, number: u32, uid: u64, created: SimTime) -> Self {
        Self {
            replica_set,
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
            back_off: CrashLoopBackOff::default(),
            next: Next::Rest,
            bound: false,
            ready: false,
            available: false,
            terminating: false,
            gone: false,
            hopeless: false,
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

    pub(super) fn is_scheduled(&self) -> bool {
        self.bound
    }

    /// Its phase is Pending: no container has run yet.
    pub(super) fn is_pending(&self, now: SimTime) -> bool {
        self.restarts == 0 && self.started_at > now
    }

    pub(super) fn was(&self) -> Was {
        Was { scheduled: self.is_scheduled(), ready: self.ready, available: self.available }
    }
}
