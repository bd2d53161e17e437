//! How the pods of one template behave.

use crate::distribution::Distribution;
use crate::k8s::prober::Probes;
use crate::scenario::topology::{Constraint, Preference, Topology};
use crate::scenario::volumes::VolumeId;
use crate::time::SimDuration;

/// How pods of one template behave.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PodModel {
    /// Fetching the image to a node that does not have it; pulls of one node wait for each other.
    pub pull: Distribution,
    /// Probability from 0 to 1 that a pull fails, for each attempt; it is tried again after a back-off.
    pub pull_failure: f64,
    /// How long the registry takes to answer for an image that the node has, where the kubelet asks nevertheless
    /// (`imagePullPolicy: Always`); `None`: it does not ask.
    pub pull_check: Option<Distribution>,
    /// Share of nodes that have the image from the start, from 0 to 1.
    pub cached: f64,
    /// Bound to a node that has the image → containers running.
    pub start: Distribution,
    /// Containers running → probes would succeed. Not waited for where there are none.
    pub warm_up: Distribution,
    /// A start-up takes longer by this share of itself for each other pod of the Deployment on the node that is not Ready when
    /// the start-up begins, from 0 to 100: 0.2 is a fifth of the time for each.
    pub crowding: f64,
    /// Time from SIGTERM until the containers are gone, cut at the rest of the grace period.
    pub termination: Distribution,
    /// `terminationGracePeriodSeconds`.
    pub grace: SimDuration,
    /// How long the preStop hook takes; it runs before SIGTERM and within the grace period.
    pub pre_stop: SimDuration,
    /// Probes; without one for readiness or startup a pod is Ready as soon as it runs.
    pub probes: Probes,
    /// Probability from 0 to 1 that a started container exits, for each start.
    pub crash: f64,
    /// Container start → that exit.
    pub crash_after: Distribution,
    /// Probability from 0 to 1 that a pod never becomes Ready.
    pub never_ready: f64,
    /// Probability from 0 to 1 that a pod once loses readiness after having become Ready.
    pub flap: f64,
    /// Ready → that loss.
    pub flap_after: Distribution,
    /// The loss → Ready again.
    pub flap_for: Distribution,
    /// Where they may not go.
    pub constraints: Vec<Constraint>,
    /// Where they would rather not go.
    pub preferences: Vec<Preference>,
    /// What else decides about their nodes; `None`: nothing.
    pub topology: Option<Box<Topology>>,
    /// Volumes that every one of them uses.
    pub volumes: Vec<VolumeId>,
    /// How many volumes are made for each of them alone (generic ephemeral volumes).
    pub own_volumes: u32,
    /// Who finds a node for them.
    pub scheduling: Scheduling,
    /// Probability from 0 to 1 that the whole version is bad: none of its pods ever becomes Ready.
    pub bad_version: f64,
    /// What runs before the containers, or beside them, in the order in which it starts.
    pub init_containers: Vec<InitContainer>,
    /// How long the containers' postStart hooks take, one after the other; `None`: there are none. Until the last one has ended
    /// no probe begins.
    pub post_start: Option<Distribution>,
    /// Containers Ready for the first time → the pod's readiness gates are true; `None`: there are none.
    pub readiness_gate: Option<Distribution>,
    /// Probability from 0 to 1 that the kubelet refuses a pod that was bound to its node.
    pub refused: f64,
    /// Probability from 0 to 1 that the kubelet evicts a pod to get memory or disk back.
    pub evicted: f64,
    /// Containers running for the first time → that eviction.
    pub evicted_after: Distribution,
    /// Only one pod of the Deployment is Ready, the holder of a lease; `None`: all of them are.
    pub leader: Option<Lease>,
}

/// Who finds a node for pods.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Scheduling {
    /// The scheduler, as soon as it sees them.
    Scheduler,
    /// The scheduler, so long after their creation, when their `schedulingGates` are lifted; `None`: they never are.
    Gated(Option<Distribution>),
    /// The scheduler, which finds no node for some of them before the script's time
    /// ([`PodScript::held`](crate::script::PodScript::held)): why, a recording does not tell.
    Scripted,
    /// Nobody: they name this node (`nodeName`), and its kubelet refuses those that it has no room for.
    Bound(u32),
}

/// A container of `spec.initContainers`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum InitContainer {
    /// One that the next container waits for until it has ended.
    Plain {
        /// Its turn → it has ended.
        run: Distribution,
    },
    /// One that runs beside the containers (`restartPolicy: Always`): the next container waits until it has started.
    Sidecar(Box<Sidecar>),
}

impl InitContainer {
    /// Has it take `factor` times as long.
    pub fn scale(&mut self, factor: f64) {
        match self {
            Self::Plain { run } => *run = run.scaled(factor),
            Self::Sidecar(sidecar) => {
                (sidecar.start, sidecar.warm_up) = (sidecar.start.scaled(factor), sidecar.warm_up.scaled(factor));
            }
        }
    }
}

/// A sidecar.
#[derive(Clone, Debug, PartialEq)]
pub struct Sidecar {
    /// Its turn → it runs.
    pub start: Distribution,
    /// It runs → its probes would succeed. Not waited for where there are none.
    pub warm_up: Distribution,
    /// Its probes. The startup probe holds back the containers after it, the readiness probe the pod's readiness; the liveness
    /// probe is taken to succeed always.
    pub probes: Probes,
    /// How long its preStop hook takes, which runs from the pod's deletion on.
    pub pre_stop: SimDuration,
    /// Time from SIGTERM, which it gets after the other containers have ended, until it is gone.
    pub termination: Distribution,
}

/// A lease that the leader of a Deployment's pods holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// How long the others wait for a holder that has not given the lease up (`LeaseDuration`).
    pub duration: SimDuration,
    /// How often each of the others tries to take it (`RetryPeriod`).
    pub retry: SimDuration,
}

impl PodModel {
    /// Whether they use persistent volumes.
    #[must_use]
    pub fn uses_volumes(&self) -> bool {
        !self.volumes.is_empty() || self.own_volumes > 0
    }

    /// Whether the scheduler counts pods by node or by zone for it.
    #[must_use]
    pub fn is_placed_by_count(&self) -> bool {
        !self.constraints.is_empty() || !self.preferences.is_empty() || self.topology.is_some()
    }

    /// Whether there are nodes that it may not go to though they have room.
    #[must_use]
    pub fn is_constrained(&self) -> bool {
        !self.constraints.is_empty() || self.topology.as_ref().is_some_and(|topology| !topology.rules.is_empty())
    }
}
