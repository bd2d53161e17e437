//! Latencies and limits of the control plane.

use crate::distribution::Distribution;
use crate::k8s::version::Kubernetes;

/// Latencies and limits of the control plane.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlPlane {
    /// A controller's API request, sent → answered.
    pub api_latency: Distribution,
    /// A write committed → seen by a watching controller.
    pub watch_latency: Distribution,
    /// One scheduling cycle.
    pub scheduling: Distribution,
    /// How many Deployments roll at the same time, this one counted. Each of its requests waits for one request of every other
    /// Deployment.
    pub fleet: u32,
    /// A pod's readiness or deletion accepted → known to those who send requests to pods.
    pub endpoint_propagation: Distribution,
    /// Client limit of each workload controller: requests per second, and burst.
    pub controller_qps: Throttle,
    /// Client limit of the scheduler.
    pub scheduler_qps: Throttle,
    /// How many Deployments their controller syncs at the same time (`--concurrent-deployment-syncs`). It matters only where there
    /// are several workloads.
    pub deployment_workers: u32,
    /// How many ReplicaSets (`--concurrent-replicaset-syncs`), likewise.
    pub replica_set_workers: u32,
    /// Evictions of lost nodes per second and zone (`--node-eviction-rate`).
    pub node_eviction_rate: f64,
    /// The version of Kubernetes, with its feature gates.
    pub kubernetes: Kubernetes,
}

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    /// Requests per second in the long run.
    pub qps: f64,
    /// Requests at once.
    pub burst: u32,
}

impl Throttle {
    /// What is left of the limit for one of `clients` that ask for as much in turn.
    #[must_use]
    pub fn shared(self, clients: u32) -> Self {
        let clients = clients.max(1);
        Self { qps: self.qps / f64::from(clients), burst: (self.burst / clients).max(1) }
    }
}
