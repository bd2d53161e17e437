//! What is kept of one replication, and the table of its columns.

use serde::{Deserialize, Serialize};

use crate::sim::StallCause;
use crate::time::SimDuration;
use crate::traffic::Lost;

/// How a rollout ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Outcome {
    /// `kubectl rollout status` would have reported success.
    Completed,
    /// It was undone.
    RolledBack,
    /// Another template replaced the one being rolled out.
    Superseded,
    /// The horizon came first.
    Unfinished,
}

/// One simulated rollout. Times are from the rollout's start, counts are pods, integrals pod-nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// How it ended.
    pub outcome: Outcome,
    /// When `ProgressDeadlineExceeded` first appeared, and why; `None`: it did not before the end.
    pub stall: Option<(SimDuration, StallCause)>,
    /// Start to end; for an unfinished rollout the horizon, a censored value.
    pub duration: SimDuration,
    /// Longest time between two signs of progress.
    pub longest_progress_gap: SimDuration,
    /// Wanted pods at the start.
    pub desired: u32,
    /// Fewest available pods.
    pub min_available: u32,
    /// Fewest Ready pods.
    pub min_ready: u32,
    /// Largest of (desired - available) / desired over time, in billionths.
    pub dip_depth_ppb: u64,
    /// Intervals with available < desired.
    pub dip_count: u32,
    /// Their total length.
    pub dip: SimDuration,
    /// Integral of max(0, desired - available) [pod ns].
    pub dip_pod_nanos: u128,
    /// Time with available < desired - maxUnavailable.
    pub below_floor: SimDuration,
    /// Time with available / desired under the objective.
    pub below_objective: SimDuration,
    /// Most pods at once, on nodes or Pending, without Terminating ones.
    pub peak_pods: u32,
    /// Most pods on nodes at once, Terminating ones too.
    pub peak_footprint: u32,
    /// Integral of max(0, footprint - desired) [pod ns].
    pub surge_pod_nanos: u128,
    /// Integral of unscheduled pods [pod ns].
    pub pending_pod_nanos: u128,
    /// Pods created.
    pub pods_created: u32,
    /// Pods of which a container exited by itself.
    pub pods_failed: u32,
    /// Container restarts.
    pub restarts: u32,
    /// Nodes lost.
    pub nodes_lost: u32,
    /// Nodes that the autoscaler added.
    pub nodes_added: u32,
    /// Requests, where there is traffic.
    pub requests: Option<Requests>,
}

/// Requests in millionths, from the rollout's start until all who send them know what it did and its pods are warm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// All that came.
    pub asked: u128,
    /// Sent to pods that answer no more.
    pub dead: u128,
    /// Came while no pod was known.
    pub nowhere: u128,
    /// Over the capacity of the pod that they were sent to.
    pub over: u128,
}

impl Requests {
    /// Rounded.
    #[must_use]
    pub fn of(lost: Lost) -> Self {
        // A float-to-integer cast saturates at both ends.
        let millionths = |requests: f64| (requests * 1e6).round() as u128;
        Self {
            asked: millionths(lost.asked),
            dead: millionths(lost.dead),
            nowhere: millionths(lost.nowhere),
            over: millionths(lost.over),
        }
    }

    fn lost(&self) -> u128 {
        self.dead + self.nowhere + self.over
    }

    fn lost_fraction(&self) -> f64 {
        if self.asked == 0 { 0.0 } else { self.lost() as f64 / self.asked as f64 }
    }
}

/// How a metric's values are to be summarised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A time to an event that may not have happened within the horizon: right-censored, quantiles by Kaplan-Meier.
    Duration,
    /// A number every replication has.
    Value,
    /// A number only some replications have.
    Conditional,
}

/// A numeric column of `replications.csv` that statistics are made of.
#[derive(Clone, Copy)]
pub struct Metric {
    /// Column name, unit last.
    pub name: &'static str,
    /// Unit, as in the data package.
    pub unit: &'static str,
    /// What it is, one sentence.
    pub description: &'static str,
    /// How it is summarised.
    pub kind: Kind,
    /// Its value in a record; `None` where the record has none.
    pub get: fn(&Record) -> Option<f64>,
}

impl Metric {
    /// Whether it is a share, from 0 to 1, and not a length, an amount or a count.
    #[must_use]
    pub fn is_share(&self) -> bool {
        ["dip_depth", "lost_fraction"].contains(&self.name)
    }

    /// The most that it can be; none is less than 0.
    #[must_use]
    pub fn greatest(&self) -> f64 {
        if self.is_share() { 1.0 } else { f64::INFINITY }
    }
}

fn nanos(pod_nanos: u128) -> f64 {
    pod_nanos as f64 / 1e9
}

fn requests(millionths: u128) -> f64 {
    millionths as f64 / 1e6
}

/// The last ones of [`METRICS`], which are there only where there is traffic.
const OF_TRAFFIC: usize = 5;

/// The columns of an experiment with or without traffic.
#[must_use]
pub fn metrics(traffic: bool) -> &'static [Metric] {
    &METRICS[..METRICS.len() - if traffic { 0 } else { OF_TRAFFIC }]
}

/// Every numeric column, in the order of `replications.csv`.
pub const METRICS: &[Metric] = &[
    Metric {
        name: "duration_s",
        unit: "s",
        description: "Rollout duration; for an unfinished rollout the horizon (right-censored)",
        kind: Kind::Duration,
        get: |r| Some(r.duration.as_secs_f64()),
    },
    Metric {
        name: "time_to_stall_s",
        unit: "s",
        description: "Start to ProgressDeadlineExceeded, where that came before the end",
        kind: Kind::Conditional,
        get: |r| r.stall.map(|(at, _)| at.as_secs_f64()),
    },
    Metric {
        name: "longest_progress_gap_s",
        unit: "s",
        description: "Longest time without progress, which progressDeadlineSeconds is compared with",
        kind: Kind::Value,
        get: |r| Some(r.longest_progress_gap.as_secs_f64()),
    },
    Metric {
        name: "min_available",
        unit: "pods",
        description: "Fewest available pods",
        kind: Kind::Value,
        get: |r| Some(f64::from(r.min_available)),
    },
    Metric {
        name: "min_ready",
        unit: "pods",
        description: "Fewest Ready pods",
        kind: Kind::Value,
        get: |r| Some(f64::from(r.min_ready)),
    },
    Metric {
        name: "dip_depth",
        unit: "1",
        description: "Largest missing share of the desired pods",
        kind: Kind::Value,
        get: |r| Some(r.dip_depth_ppb as f64 / 1e9),
    },
    Metric {
        name: "dip_count",
        unit: "1",
        description: "Intervals with fewer available pods than desired",
        kind: Kind::Value,
        get: |r| Some(f64::from(r.dip_count)),
    },
    Metric {
        name: "dip_s",
        unit: "s",
        description: "Total time with fewer available pods than desired",
        kind: Kind::Value,
        get: |r| Some(r.dip.as_secs_f64()),
    },
    Metric {
        name: "dip_pod_seconds",
        unit: "pod s",
        description: "Integral over time of the missing pods",
        kind: Kind::Value,
        get: |r| Some(nanos(r.dip_pod_nanos)),
    },
    Metric {
        name: "below_floor_s",
        unit: "s",
        description: "Time with available < desired - maxUnavailable",
        kind: Kind::Value,
        get: |r| Some(r.below_floor.as_secs_f64()),
    },
    Metric {
        name: "below_objective_s",
        unit: "s",
        description: "Time with available / desired under the availability objective",
        kind: Kind::Value,
        get: |r| Some(r.below_objective.as_secs_f64()),
    },
    Metric {
        name: "peak_pods",
        unit: "pods",
        description: "Most pods at once, Pending ones counted, Terminating ones not",
        kind: Kind::Value,
        get: |r| Some(f64::from(r.peak_pods)),
    },
    Metric {
        name: "peak_footprint",
        unit: "pods",
        description: "Most pods on nodes at once, Terminating ones included",
        kind: Kind::Value,
        get: |r| Some(f64::from(r.peak_footprint)),
    },
    Metric {
        name: "surge_pod_seconds",
        unit: "pod s",
        description: "Integral over time of the pods on nodes, Terminating ones included, above desired",
        kind: Kind::Value,
        get: |r| Some(nanos(r.surge_pod_nanos)),
    },
    Metric {
        name: "pending_pod_seconds",
        unit: "pod s",
        description: "Integral over time of the unscheduled pods",
        kind: Kind::Value,
        get: |r| Some(nanos(r.pending_pod_nanos)),
    },
    Metric {
        name: "pods_created",
        unit: "pods",
        description: "Pods created",
        kind: Kind::Value,
        get: |r| Some(f64::from(r.pods_created)),
    },
    Metric {
        name: "pods_failed",
        unit: "pods",
        description: "Pods of which a container exited in error",
        kind: Kind::Value,
        get: |r| Some(f64::from(r.pods_failed)),
    },
    Metric {
        name: "restarts",
        unit: "1",
        description: "Container restarts",
        kind: Kind::Value,
        get: |r| Some(f64::from(r.restarts)),
    },
    Metric {
        name: "nodes_lost",
        unit: "nodes",
        description: "Nodes lost",
        kind: Kind::Value,
        get: |r| Some(f64::from(r.nodes_lost)),
    },
    Metric {
        name: "nodes_added",
        unit: "nodes",
        description: "Nodes that the autoscaler added",
        kind: Kind::Value,
        get: |r| Some(f64::from(r.nodes_added)),
    },
    Metric {
        name: "lost_requests",
        unit: "requests",
        description: "Requests sent to pods that answer no more, while no pod was known, or over a pod's capacity",
        kind: Kind::Value,
        get: |r| r.requests.map(|all| requests(all.lost())),
    },
    Metric {
        name: "lost_fraction",
        unit: "1",
        description: "Share of all requests that were lost",
        kind: Kind::Value,
        get: |r| r.requests.map(|all| all.lost_fraction()),
    },
    Metric {
        name: "lost_to_dead_endpoints",
        unit: "requests",
        description: "Requests sent to pods that answer no more",
        kind: Kind::Value,
        get: |r| r.requests.map(|all| requests(all.dead)),
    },
    Metric {
        name: "lost_to_no_endpoints",
        unit: "requests",
        description: "Requests that came while no pod was known",
        kind: Kind::Value,
        get: |r| r.requests.map(|all| requests(all.nowhere)),
    },
    Metric {
        name: "lost_to_overload",
        unit: "requests",
        description: "Requests over the capacity of the pod that they were sent to",
        kind: Kind::Value,
        get: |r| r.requests.map(|all| requests(all.over)),
    },
];

impl Outcome {
    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::RolledBack => "rolled_back",
            Self::Superseded => "superseded",
            Self::Unfinished => "unfinished",
        }
    }
}
