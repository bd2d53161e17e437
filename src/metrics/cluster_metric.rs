//! The metrics of a cluster that several workloads share, each defined by one row of a table.

use serde::{Deserialize, Serialize};

use crate::metrics::cluster_record::{ClusterRecord, ReleaseOutcome};
use crate::metrics::metric::Kind;
use crate::metrics::rows::rows;
use crate::time::SimDuration;

/// What a value about a cluster is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ClusterUnit {
    /// Seconds.
    Seconds,
    /// Workloads.
    Workloads,
    /// Pods.
    Pods,
    /// Pods times seconds.
    PodSeconds,
    /// Cores of CPU.
    Cores,
    /// Cores of CPU times seconds.
    CoreSeconds,
    /// Bytes.
    Bytes,
    /// Nodes.
    Nodes,
    /// Pieces of a resource that has no unit.
    Pieces,
    /// A share, from 0 to 1.
    Share,
}

impl ClusterUnit {
    /// The unit as `datapackage.json` writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Workloads => "workloads",
            Self::Pods => "pods",
            Self::PodSeconds => "pod s",
            Self::Cores => "cores",
            Self::CoreSeconds => "core s",
            Self::Bytes => "bytes",
            Self::Nodes => "nodes",
            Self::Pieces => "pieces",
            Self::Share => "1",
        }
    }

    /// Whether the value of one release is always a whole number.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Workloads | Self::Pods | Self::Bytes | Self::Nodes | Self::Pieces)
    }
}

/// A number that every release has about its cluster.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ClusterMetric {
    /// Column name, unit last.
    pub name: &'static str,
    /// What its values are counted in.
    pub unit: ClusterUnit,
    /// What it is, one sentence.
    pub description: &'static str,
    /// How it is summarised.
    pub kind: Kind,
    /// Its value in a record.
    pub get: fn(&ClusterRecord) -> f64,
}

impl PartialEq for ClusterMetric {
    /// Names are unique.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl ClusterMetric {
    /// The metric with the column name `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        CLUSTER_METRICS.iter().find(|metric| metric.name == name)
    }
}

/// A share of all releases that something is true of.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ClusterRate {
    /// Its name in files.
    pub name: &'static str,
    /// What is true of these releases, one sentence.
    pub description: &'static str,
    /// Whether a release is one of them.
    pub counts: fn(&ClusterRecord) -> bool,
}

impl PartialEq for ClusterRate {
    /// Names are unique.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

fn cores(millis: u64) -> f64 {
    millis as f64 / 1e3
}

fn bytes(bytes: u64) -> f64 {
    bytes as f64
}

rows! {
    /// Every number about a cluster that each release has, in the order of the columns.
    CLUSTER_METRICS: ClusterMetric;

    DURATION = ClusterMetric {
        name: "duration_s",
        unit: ClusterUnit::Seconds,
        description: "Start to the end of the last rollout; for a release of which not every rollout was complete the time that it was followed (right-censored)",
        kind: Kind::Duration,
        get: |r| r.duration.as_secs_f64(),
    };

    STALLED_WORKLOADS = ClusterMetric {
        name: "stalled_workloads",
        unit: ClusterUnit::Workloads,
        description: "Workloads whose rollout has stalled",
        kind: Kind::Value,
        get: |r| f64::from(r.stalled_workloads),
    };

    UNFINISHED_WORKLOADS = ClusterMetric {
        name: "unfinished_workloads",
        unit: ClusterUnit::Workloads,
        description: "Workloads whose rollout was not complete in its time, was undone, or never began",
        kind: Kind::Value,
        get: |r| f64::from(r.unfinished_workloads),
    };

    PEAK_PODS = ClusterMetric {
        name: "peak_pods",
        unit: ClusterUnit::Pods,
        description: "Most pods at once, Pending and Terminating ones included",
        kind: Kind::Value,
        get: |r| f64::from(r.peak_pods),
    };

    EXTRA_PODS = ClusterMetric {
        name: "extra_pods",
        unit: ClusterUnit::Pods,
        description: "Most pods at once, above those that the release found",
        kind: Kind::Value,
        get: |r| f64::from(r.peak_pods.saturating_sub(r.found_pods)),
    };

    PEAK_PLACED = ClusterMetric {
        name: "peak_placed",
        unit: ClusterUnit::Pods,
        description: "Most pods on nodes at once, Terminating ones included",
        kind: Kind::Value,
        get: |r| f64::from(r.peak_placed),
    };

    PEAK_PENDING = ClusterMetric {
        name: "peak_pending",
        unit: ClusterUnit::Pods,
        description: "Most pods at once that had no node",
        kind: Kind::Value,
        get: |r| f64::from(r.peak_pending),
    };

    PENDING_POD_SECONDS = ClusterMetric {
        name: "pending_pod_s",
        unit: ClusterUnit::PodSeconds,
        description: "Integral of pods that had no node",
        kind: Kind::Value,
        get: |r| r.pending_pod_nanos as f64 / 1e9,
    };

    PEAK_CPU = ClusterMetric {
        name: "peak_cpu_cores",
        unit: ClusterUnit::Cores,
        description: "Most CPU that all pods asked for at once, Pending and Terminating ones included",
        kind: Kind::Value,
        get: |r| cores(r.peak_cpu_millis),
    };

    EXTRA_CPU = ClusterMetric {
        name: "extra_cpu_cores",
        unit: ClusterUnit::Cores,
        description: "Most CPU that all pods asked for at once, above what those ask for that the release found",
        kind: Kind::Value,
        get: |r| cores(r.peak_cpu_millis.saturating_sub(r.found_cpu_millis)),
    };

    PEAK_PLACED_CPU = ClusterMetric {
        name: "peak_placed_cpu_cores",
        unit: ClusterUnit::Cores,
        description: "Most CPU that the pods on nodes asked for at once",
        kind: Kind::Value,
        get: |r| cores(r.peak_placed_cpu_millis),
    };

    EXTRA_CPU_SECONDS = ClusterMetric {
        name: "extra_cpu_core_s",
        unit: ClusterUnit::CoreSeconds,
        description: "Integral of the CPU that all pods ask for above what those ask for that the release found",
        kind: Kind::Value,
        get: |r| r.extra_cpu_milli_nanos as f64 / 1e12,
    };

    PEAK_MEMORY = ClusterMetric {
        name: "peak_memory_bytes",
        unit: ClusterUnit::Bytes,
        description: "Most memory that all pods asked for at once, Pending and Terminating ones included",
        kind: Kind::Value,
        get: |r| bytes(r.peak_memory_bytes),
    };

    EXTRA_MEMORY = ClusterMetric {
        name: "extra_memory_bytes",
        unit: ClusterUnit::Bytes,
        description: "Most memory that all pods asked for at once, above what those ask for that the release found",
        kind: Kind::Value,
        get: |r| bytes(r.peak_memory_bytes.saturating_sub(r.found_memory_bytes)),
    };

    OVER_ROOM = ClusterMetric {
        name: "over_room_s",
        unit: ClusterUnit::Seconds,
        description: "Time in which all pods asked for more CPU or more memory than the nodes have for them",
        kind: Kind::Value,
        get: |r| r.over_room.as_secs_f64(),
    };

    UNSCHEDULABLE_PODS = ClusterMetric {
        name: "unschedulable_pods",
        unit: ClusterUnit::Pods,
        description: "Pods that found no node when they were tried first",
        kind: Kind::Value,
        get: |r| f64::from(r.unschedulable_pods),
    };

    QUOTA_REFUSED_PODS = ClusterMetric {
        name: "quota_refused_pods",
        unit: ClusterUnit::Pods,
        description: "Pods that a ResourceQuota refused, each as often as it was refused",
        kind: Kind::Value,
        get: |r| f64::from(r.quota_refused_pods),
    };

    QUOTA_BLOCKED = ClusterMetric {
        name: "quota_blocked_s",
        unit: ClusterUnit::Seconds,
        description: "Time in which a ReplicaSet lacked pods of a workload whose pods a ResourceQuota had refused",
        kind: Kind::Value,
        get: |r| r.quota_blocked.as_secs_f64(),
    };

    NODES_LOST = ClusterMetric {
        name: "nodes_lost",
        unit: ClusterUnit::Nodes,
        description: "Nodes lost",
        kind: Kind::Value,
        get: |r| f64::from(r.nodes_lost),
    };

    NODES_ADDED = ClusterMetric {
        name: "nodes_added",
        unit: ClusterUnit::Nodes,
        description: "Nodes that the autoscaler, or an upgrade, added",
        kind: Kind::Value,
        get: |r| f64::from(r.nodes_added),
    };

    PEAK_NODES = ClusterMetric {
        name: "peak_nodes",
        unit: ClusterUnit::Nodes,
        description: "Most nodes that were there at once",
        kind: Kind::Value,
        get: |r| f64::from(r.peak_nodes),
    };
}

rows! {
    /// Every share of releases, in the order of the files.
    CLUSTER_RATES: ClusterRate;

    ALL_DONE_RATE = ClusterRate {
        name: "all_done_rate",
        description: "Every rollout was complete",
        counts: |r| r.outcome == ReleaseOutcome::AllDone,
    };

    STOPPED_RATE = ClusterRate {
        name: "stopped_rate",
        description: "A rollout stalled, and those that had not begun did not begin",
        counts: |r| r.outcome == ReleaseOutcome::Stopped,
    };

    UNFINISHED_RATE = ClusterRate {
        name: "unfinished_rate",
        description: "A rollout was not complete in its time, or was undone",
        counts: |r| r.outcome == ReleaseOutcome::Unfinished,
    };

    STALLED_RATE = ClusterRate {
        name: "stalled_rate",
        description: "A rollout stalled",
        counts: |r| r.stalled_workloads > 0,
    };

    NO_NODE_RATE = ClusterRate {
        name: "no_node_rate",
        description: "A pod found no node when it was tried first",
        counts: |r| r.unschedulable_pods > 0,
    };

    QUOTA_REFUSED_RATE = ClusterRate {
        name: "quota_refused_rate",
        description: "A ResourceQuota refused a pod",
        counts: |r| r.quota_refused_pods > 0,
    };

    OVER_ROOM_RATE = ClusterRate {
        name: "over_room_rate",
        description: "All pods together asked for more CPU or more memory than the nodes have for them",
        counts: |r| r.over_room > SimDuration::ZERO,
    };
}
