//! How the pods of one template behave.

use crate::distribution::Distribution;
use crate::k8s::prober::Probes;
use crate::scenario::topology::{Constraint, Preference};
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
    /// Probability from 0 to 1 that the whole version is bad: none of its pods ever becomes Ready.
    pub bad_version: f64,
}
