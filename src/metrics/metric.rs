//! The metrics: the numeric columns of `replications.csv`, each defined by one row of a table.

use crate::metrics::extremes::{self, Extremes};
use crate::metrics::record::Record;
use crate::metrics::rows::rows;
use crate::scenario::{Scenario, Tool};
use crate::stats::Known;
use crate::time::SimDuration;

/// What a value is counted in. It decides how a file types the value and how a text writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Pods.
    Pods,
    /// Pods times seconds.
    PodSeconds,
    /// Nodes.
    Nodes,
    /// Requests. They come at a rate, so that a number of them need not be whole.
    Requests,
    /// A share from 0 to 1, which texts write in percent.
    Share,
    /// A whole number of what the word says, in the plural.
    Count(&'static str),
}

impl Unit {
    /// The unit as `datapackage.json` writes it. Shares and counts have none, which is `1` there.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Pods => "pods",
            Self::PodSeconds => "pod s",
            Self::Nodes => "nodes",
            Self::Requests => "requests",
            Self::Share | Self::Count(_) => "1",
        }
    }

    /// Whether the value of one rollout is always a whole number. Statistics of such values need not be whole.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Pods | Self::Nodes | Self::Count(_))
    }
}

/// What a metric is about, which decides where its column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum About {
    /// The rollout. Every experiment has the column.
    Rollout,
    /// Requests to the pods. Only an experiment with `traffic` has the column.
    Traffic,
    /// What comes after the end. Only an experiment with `observe` has the column.
    After,
    /// Where the pods stand at the end. Only an experiment with `placement` has the column.
    Placement,
    /// What a tool says that waits for the rollout. Only an experiment that asks for it with `done` has the column.
    Tool(Tool),
}

/// Which columns an experiment has beside those that every experiment has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Columns {
    /// Those about requests.
    pub traffic: bool,
    /// Those about what comes after the end.
    pub after: bool,
    /// Those about where the pods stand at the end.
    pub placement: bool,
    /// Those about tools that wait for the rollout, in the order of [`Tool::ALL`].
    pub tools: [bool; Tool::ALL.len()],
}

impl Columns {
    /// Those of the results of `scenario`.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        Self {
            tools: Tool::ALL.map(|tool| scenario.tools.iter().any(|asked| asked.tool == tool)),
            traffic: scenario.traffic.is_some(),
            after: scenario.observes(),
            placement: scenario.placement.is_some(),
        }
    }

    /// Whether columns about this are among them.
    #[must_use]
    pub const fn have(self, about: About) -> bool {
        match about {
            About::Rollout => true,
            About::Traffic => self.traffic,
            About::After => self.after,
            About::Placement => self.placement,
            About::Tool(tool) => self.tools[tool as usize],
        }
    }
}

/// How a metric's values are to be summarised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A time to an event that may not have happened within the horizon: right-censored, quantiles by Kaplan-Meier.
    Duration,
    /// A time to an event that may come after the time for which a replication was followed: right-censored then, quantiles
    /// by Kaplan-Meier.
    Watched,
    /// A number every replication has.
    Value,
    /// A number only some replications have.
    Conditional,
}

/// A numeric column of `replications.csv` that statistics are made of.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// Column name, unit last.
    pub name: &'static str,
    /// What its values are counted in.
    pub unit: Unit,
    /// What it is, one sentence.
    pub description: &'static str,
    /// How it is summarised.
    pub kind: Kind,
    /// What it is about.
    pub about: About,
    /// The least and the greatest value that it can have in a scenario; infinite where nothing bounds it.
    pub range: fn(&Extremes) -> Known,
    /// Its value in a record; `None` where the record has none.
    pub get: fn(&Record) -> Option<f64>,
}

impl PartialEq for Metric {
    /// Names are unique.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Metric {
    /// The metric with the column name `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.name == name)
    }
}

/// The metrics of an experiment with these columns.
pub fn metrics(columns: Columns) -> impl Iterator<Item = &'static Metric> + Clone {
    METRICS.iter().filter(move |metric| columns.have(metric.about))
}

fn nanos(pod_nanos: u128) -> f64 {
    pod_nanos as f64 / 1e9
}

fn requests(millionths: u128) -> f64 {
    millionths as f64 / 1e6
}

rows! {
    /// Every numeric column, in the order of `replications.csv`.
    METRICS: Metric;

    DURATION = Metric {
        name: "duration_s",
        unit: Unit::Seconds,
        description: "Rollout duration; for an unfinished rollout the horizon (right-censored)",
        kind: Kind::Duration,
        about: About::Rollout,
        range: extremes::time,
        get: |r| Some(r.duration.as_secs_f64()),
    };
    TIME_TO_STALL = Metric {
        name: "time_to_stall_s",
        unit: Unit::Seconds,
        description: "Start to ProgressDeadlineExceeded, where that came before the end",
        kind: Kind::Conditional,
        about: About::Rollout,
        range: extremes::time,
        get: |r| r.stall.map(|(at, _)| at.as_secs_f64()),
    };
    LONGEST_PROGRESS_GAP = Metric {
        name: "longest_progress_gap_s",
        unit: Unit::Seconds,
        description: "Longest time without progress, which progressDeadlineSeconds is compared with; empty for a StatefulSet and a DaemonSet",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::time,
        get: |r| (r.longest_progress_gap != Record::NO_PROGRESS).then(|| r.longest_progress_gap.as_secs_f64()),
    };
    MIN_AVAILABLE = Metric {
        name: "min_available",
        unit: Unit::Pods,
        description: "Fewest available pods",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::remaining,
        get: |r| Some(f64::from(r.min_available)),
    };
    MIN_READY = Metric {
        name: "min_ready",
        unit: Unit::Pods,
        description: "Fewest Ready pods",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::remaining,
        get: |r| Some(f64::from(r.min_ready)),
    };
    DIP_DEPTH = Metric {
        name: "dip_depth",
        unit: Unit::Share,
        description: "Largest missing share of the desired pods",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::share,
        get: |r| Some(r.dip_depth_ppb as f64 / 1e9),
    };
    DIP_COUNT = Metric {
        name: "dip_count",
        unit: Unit::Count("dips"),
        description: "Intervals with fewer available pods than desired",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::unbounded,
        get: |r| Some(f64::from(r.dip_count)),
    };
    DIP_TIME = Metric {
        name: "dip_s",
        unit: Unit::Seconds,
        description: "Total time with fewer available pods than desired",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::time,
        get: |r| Some(r.dip.as_secs_f64()),
    };
    DIP_POD_SECONDS = Metric {
        name: "dip_pod_seconds",
        unit: Unit::PodSeconds,
        description: "Integral over time of the missing pods",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::missing,
        get: |r| Some(nanos(r.dip_pod_nanos)),
    };
    BELOW_FLOOR = Metric {
        name: "below_floor_s",
        unit: Unit::Seconds,
        description: "Time with available < desired - maxUnavailable",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::time,
        get: |r| Some(r.below_floor.as_secs_f64()),
    };
    BELOW_OBJECTIVE = Metric {
        name: "below_objective_s",
        unit: Unit::Seconds,
        description: "Time with available / desired under the availability objective",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::time,
        get: |r| Some(r.below_objective.as_secs_f64()),
    };
    PEAK_PODS = Metric {
        name: "peak_pods",
        unit: Unit::Pods,
        description: "Most pods at once, Pending ones counted, Terminating ones not",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::pods,
        get: |r| Some(f64::from(r.peak_pods)),
    };
    PEAK_FOOTPRINT = Metric {
        name: "peak_footprint",
        unit: Unit::Pods,
        description: "Most pods on nodes at once, Terminating ones included",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::placed,
        get: |r| Some(f64::from(r.peak_footprint)),
    };
    SURGE_POD_SECONDS = Metric {
        name: "surge_pod_seconds",
        unit: Unit::PodSeconds,
        description: "Integral over time of the pods on nodes, Terminating ones included, above desired",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::surplus,
        get: |r| Some(nanos(r.surge_pod_nanos)),
    };
    PENDING_POD_SECONDS = Metric {
        name: "pending_pod_seconds",
        unit: Unit::PodSeconds,
        description: "Integral over time of the unscheduled pods",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::waiting,
        get: |r| Some(nanos(r.pending_pod_nanos)),
    };
    LONGEST_PENDING = Metric {
        name: "longest_pending_s",
        unit: Unit::Seconds,
        description: "Longest time that a pod of the new version waited for a node; one that still waits counts up to the end",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::time,
        get: |r| Some(r.longest_pending.as_secs_f64()),
    };
    PODS_CREATED = Metric {
        name: "pods_created",
        unit: Unit::Pods,
        description: "Pods created",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::unbounded,
        get: |r| Some(f64::from(r.pods_created)),
    };
    PODS_FAILED = Metric {
        name: "pods_failed",
        unit: Unit::Pods,
        description: "Pods of which a container exited in error",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::unbounded,
        get: |r| Some(f64::from(r.pods_failed)),
    };
    RESTARTS = Metric {
        name: "restarts",
        unit: Unit::Count("restarts"),
        description: "Container restarts",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::unbounded,
        get: |r| Some(f64::from(r.restarts)),
    };
    NODES_LOST = Metric {
        name: "nodes_lost",
        unit: Unit::Nodes,
        description: "Nodes lost",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::losses,
        get: |r| Some(f64::from(r.nodes_lost)),
    };
    NODES_ADDED = Metric {
        name: "nodes_added",
        unit: Unit::Nodes,
        description: "Nodes that the autoscaler added",
        kind: Kind::Value,
        about: About::Rollout,
        range: extremes::added,
        get: |r| Some(f64::from(r.nodes_added)),
    };
    LOST_REQUESTS = Metric {
        name: "lost_requests",
        unit: Unit::Requests,
        description: "Requests sent to pods that answer no more, while no pod was known, or over a pod's capacity",
        kind: Kind::Value,
        about: About::Traffic,
        range: extremes::unbounded,
        get: |r| r.requests.map(|all| requests(all.lost())),
    };
    LOST_FRACTION = Metric {
        name: "lost_fraction",
        unit: Unit::Share,
        description: "Share of all requests that were lost",
        kind: Kind::Value,
        about: About::Traffic,
        range: extremes::share,
        get: |r| r.requests.map(|all| all.lost_fraction()),
    };
    LOST_TO_DEAD_ENDPOINTS = Metric {
        name: "lost_to_dead_endpoints",
        unit: Unit::Requests,
        description: "Requests sent to pods that answer no more",
        kind: Kind::Value,
        about: About::Traffic,
        range: extremes::unbounded,
        get: |r| r.requests.map(|all| requests(all.dead)),
    };
    LOST_TO_NO_ENDPOINTS = Metric {
        name: "lost_to_no_endpoints",
        unit: Unit::Requests,
        description: "Requests that came while no pod was known",
        kind: Kind::Value,
        about: About::Traffic,
        range: extremes::unbounded,
        get: |r| r.requests.map(|all| requests(all.nowhere)),
    };
    LOST_TO_OVERLOAD = Metric {
        name: "lost_to_overload",
        unit: Unit::Requests,
        description: "Requests over the capacity of the pod that they were sent to",
        kind: Kind::Value,
        about: About::Traffic,
        range: extremes::unbounded,
        get: |r| r.requests.map(|all| requests(all.over)),
    };
    OLD_PODS_GONE = Metric {
        name: "old_pods_gone_s",
        unit: Unit::Seconds,
        description: "Start until the last pod is gone that the event replaced or removed; where one was there to the last, how long the run was followed (right-censored)",
        kind: Kind::Watched,
        about: About::After,
        range: extremes::time_followed,
        get: |r| Some(r.after.map_or(r.duration, |after| after.old_pods_gone.unwrap_or(after.until)).as_secs_f64()),
    };
    AFTER_MIN_AVAILABLE = Metric {
        name: "after_min_available",
        unit: Unit::Pods,
        description: "Fewest available pods after the end, while the run was followed",
        kind: Kind::Conditional,
        about: About::After,
        range: extremes::pods,
        get: |r| r.after.map(|after| f64::from(after.min_available)),
    };
    AFTER_DIP_POD_SECONDS = Metric {
        name: "after_dip_pod_seconds",
        unit: Unit::PodSeconds,
        description: "Integral over time of the missing pods after the end, while the run was followed",
        kind: Kind::Conditional,
        about: About::After,
        range: extremes::missing_after,
        get: |r| r.after.map(|after| nanos(after.dip_pod_nanos)),
    };
    AFTER_BELOW_OBJECTIVE = Metric {
        name: "after_below_objective_s",
        unit: Unit::Seconds,
        description: "Time with available / desired under the availability objective after the end, while the run was followed; 0 where there was no end",
        kind: Kind::Value,
        about: About::After,
        range: extremes::time_after,
        get: |r| Some(r.after.map_or(0.0, |after| after.below_objective.as_secs_f64())),
    };
    WATCHED_BELOW_OBJECTIVE = Metric {
        name: "watched_below_objective_s",
        unit: Unit::Seconds,
        description: "below_objective_s and after_below_objective_s together, which the objective `availability` is about where a run is followed after its end",
        kind: Kind::Value,
        about: About::After,
        range: extremes::time_followed,
        get: |r| Some((r.below_objective + r.after.map_or(SimDuration::ZERO, |after| after.below_objective)).as_secs_f64()),
    };
    AFTER_PODS_FAILED = Metric {
        name: "after_pods_failed",
        unit: Unit::Pods,
        description: "Pods of which a container exited in error for the first time after the end, while the run was followed",
        kind: Kind::Conditional,
        about: About::After,
        range: extremes::unbounded,
        get: |r| r.after.map(|after| f64::from(after.pods_failed)),
    };
    AFTER_RESTARTS = Metric {
        name: "after_restarts",
        unit: Unit::Count("restarts"),
        description: "Container restarts after the end, while the run was followed",
        kind: Kind::Conditional,
        about: About::After,
        range: extremes::unbounded,
        get: |r| r.after.map(|after| f64::from(after.restarts)),
    };
    AFTER_PEAK_FOOTPRINT = Metric {
        name: "after_peak_footprint",
        unit: Unit::Pods,
        description: "Most pods on nodes at once after the end, Terminating ones included, while the run was followed",
        kind: Kind::Conditional,
        about: About::After,
        range: extremes::placed,
        get: |r| r.after.map(|after| f64::from(after.peak_footprint)),
    };
    ZONE_SKEW = Metric {
        name: "zone_skew",
        unit: Unit::Pods,
        description: "At the end the most minus the fewest pods in a zone: bound pods of the version that is wanted then, without those that terminate, over the zones that have one of them or are open to them; empty where there is no such pod",
        kind: Kind::Conditional,
        about: About::Placement,
        range: extremes::pods,
        get: |r| r.placed.map(|placed| f64::from(placed.zone_skew)),
    };
    NODE_SKEW = Metric {
        name: "node_skew",
        unit: Unit::Pods,
        description: "The same for nodes",
        kind: Kind::Conditional,
        about: About::Placement,
        range: extremes::pods,
        get: |r| r.placed.map(|placed| f64::from(placed.node_skew)),
    };
    ONE_ZONE = Metric {
        name: "one_zone",
        unit: Unit::Share,
        description: "Whether at the end all these pods are in one zone, 1 or 0, so that the mean is the share of such rollouts; empty where all nodes are in one zone, or there is no such pod",
        kind: Kind::Conditional,
        about: About::Placement,
        range: extremes::share,
        get: |r| Some(f64::from(u8::from(r.placed?.one_zone?))),
    };
    KUBECTL_WAIT_DONE = Metric {
        name: "kubectl_wait_done_s",
        unit: Unit::Seconds,
        description: "Start until `kubectl wait --for=condition=Available` says that the rollout is done; empty where it does not",
        kind: Kind::Conditional,
        about: About::Tool(Tool::KubectlWait),
        range: extremes::unbounded,
        get: |r| r.said_by(Tool::KubectlWait).done().map(SimDuration::as_secs_f64),
    };
    KUBECTL_WAIT_FAILED = Metric {
        name: "kubectl_wait_failed",
        unit: Unit::Share,
        description: "Whether `kubectl wait --for=condition=Available` reports a failure or its timeout passes, 1 or 0, so that the mean is the share of such rollouts",
        kind: Kind::Value,
        about: About::Tool(Tool::KubectlWait),
        range: extremes::share,
        get: |r| Some(f64::from(u8::from(r.said_by(Tool::KubectlWait).failed().is_some()))),
    };
    HELM_3_DONE = Metric {
        name: "helm_3_done_s",
        unit: Unit::Seconds,
        description: "Start until `helm --wait` of version 3 says that the rollout is done; empty where it does not",
        kind: Kind::Conditional,
        about: About::Tool(Tool::Helm3),
        range: extremes::unbounded,
        get: |r| r.said_by(Tool::Helm3).done().map(SimDuration::as_secs_f64),
    };
    HELM_3_FAILED = Metric {
        name: "helm_3_failed",
        unit: Unit::Share,
        description: "Whether `helm --wait` of version 3 reports a failure or its timeout passes, 1 or 0, so that the mean is the share of such rollouts",
        kind: Kind::Value,
        about: About::Tool(Tool::Helm3),
        range: extremes::share,
        get: |r| Some(f64::from(u8::from(r.said_by(Tool::Helm3).failed().is_some()))),
    };
    HELM_4_DONE = Metric {
        name: "helm_4_done_s",
        unit: Unit::Seconds,
        description: "Start until `helm --wait` of version 4 says that the rollout is done; empty where it does not",
        kind: Kind::Conditional,
        about: About::Tool(Tool::Helm4),
        range: extremes::unbounded,
        get: |r| r.said_by(Tool::Helm4).done().map(SimDuration::as_secs_f64),
    };
    HELM_4_FAILED = Metric {
        name: "helm_4_failed",
        unit: Unit::Share,
        description: "Whether `helm --wait` of version 4 reports a failure or its timeout passes, 1 or 0, so that the mean is the share of such rollouts",
        kind: Kind::Value,
        about: About::Tool(Tool::Helm4),
        range: extremes::share,
        get: |r| Some(f64::from(u8::from(r.said_by(Tool::Helm4).failed().is_some()))),
    };
    ARGO_CD_DONE = Metric {
        name: "argo_cd_done_s",
        unit: Unit::Seconds,
        description: "Start until Argo CD says that the rollout is done; empty where it does not",
        kind: Kind::Conditional,
        about: About::Tool(Tool::ArgoCd),
        range: extremes::unbounded,
        get: |r| r.said_by(Tool::ArgoCd).done().map(SimDuration::as_secs_f64),
    };
    ARGO_CD_FAILED = Metric {
        name: "argo_cd_failed",
        unit: Unit::Share,
        description: "Whether Argo CD shows the workload as Degraded or its timeout passes, 1 or 0, so that the mean is the share of such rollouts; it may be Healthy later",
        kind: Kind::Value,
        about: About::Tool(Tool::ArgoCd),
        range: extremes::share,
        get: |r| Some(f64::from(u8::from(r.said_by(Tool::ArgoCd).failed().is_some()))),
    };
    FLUX_DONE = Metric {
        name: "flux_done_s",
        unit: Unit::Seconds,
        description: "Start until Flux says that the rollout is done; empty where it does not",
        kind: Kind::Conditional,
        about: About::Tool(Tool::Flux),
        range: extremes::unbounded,
        get: |r| r.said_by(Tool::Flux).done().map(SimDuration::as_secs_f64),
    };
    FLUX_FAILED = Metric {
        name: "flux_failed",
        unit: Unit::Share,
        description: "Whether Flux reports a failure or its timeout passes, 1 or 0, so that the mean is the share of such rollouts",
        kind: Kind::Value,
        about: About::Tool(Tool::Flux),
        range: extremes::share,
        get: |r| Some(f64::from(u8::from(r.said_by(Tool::Flux).failed().is_some()))),
    };
}
