//! One point of a sweep with every parameter fixed: what a simulation needs to know, and nothing that it must look up.

use crate::distribution::Distribution;
pub use crate::k8s::disruption::{Amount, Budget, UnhealthyPodEvictionPolicy};
pub use crate::k8s::horizontal::AutoscalerSpec;
use crate::k8s::objects::{DeploymentSpec, Strategy, Template};
pub use crate::k8s::prober::{Probe, Probes};
use crate::script::Script;
use crate::time::SimDuration;
pub use crate::traffic::Traffic;

/// The template that runs before the rollout.
pub const OLD_TEMPLATE: Template = 0;
/// The template that is rolled out.
pub const NEW_TEMPLATE: Template = 1;

/// One point of the sweep.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Scenario {
    /// Number in the plan's order, from 0; skipped (invalid) points have no number.
    pub id: u32,
    /// Swept parameters as they stand in the CSV: path and value, in the sweep's order.
    pub parameters: Vec<(String, String)>,
    /// The Deployment's spec with the new template in place.
    pub deployment: DeploymentSpec,
    /// Pods' behaviour by template number: `OLD_TEMPLATE`, `NEW_TEMPLATE`, then those of the timeline.
    pub pods: Vec<PodModel>,
    /// Nodes.
    pub cluster: Cluster,
    /// Latencies and limits of the control plane.
    pub control_plane: ControlPlane,
    /// What else happens, in order of time.
    pub timeline: Vec<Step>,
    /// When the rollout is undone by a pipeline that watches it.
    pub rollback: Rollback,
    /// Requests to the pods; `None`: nobody asks about them.
    pub traffic: Option<Traffic>,
    /// Changes `replicas` by what the pods' requests need; only where there is traffic.
    pub horizontal_autoscaler: Option<AutoscalerSpec>,
    /// Availability objective: least share of `replicas` that should be available, in [0, 1].
    pub availability_objective: f64,
    /// Longest rollout that is watched.
    pub horizon: SimDuration,
    /// Pods and nodes that follow a script, in a run that starts from nothing and lasts until the horizon. `None`: a
    /// rollout that starts from a steady state and lasts until it is over, with pods as [`Self::pods`] has them.
    pub script: Option<Script>,
}

/// How pods of one template behave.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PodModel {
    /// Fetching the image to a node that does not have it; pulls of one node wait for each other.
    pub pull: Distribution,
    /// Probability that a pull fails, for each attempt; it is tried again after a back-off.
    pub pull_failure: f64,
    /// What the registry's answer takes for an image that is there, where the kubelet asks for it all the same
    /// (`imagePullPolicy: Always`); `None`: it does not ask.
    pub pull_check: Option<Distribution>,
    /// Share of nodes that have the image from the start, in [0, 1].
    pub cached: f64,
    /// Bound to a node that has the image → containers running.
    pub start: Distribution,
    /// Containers running → probes would succeed. Not waited for where there are none.
    pub warm_up: Distribution,
    /// By what share of itself a start-up is longer for each other pod of the Deployment on the node that is not Ready
    /// when it begins.
    pub crowding: f64,
    /// SIGTERM → containers gone, cut at what is left of the grace period.
    pub termination: Distribution,
    /// `terminationGracePeriodSeconds`.
    pub grace: SimDuration,
    /// How long the preStop hook takes; it runs before SIGTERM and within the grace period.
    pub pre_stop: SimDuration,
    /// Probes; without one for readiness or startup a pod is Ready as soon as it runs.
    pub probes: Probes,
    /// Probability that a started container exits instead of going on, for each start.
    pub crash: f64,
    /// Container start → that exit.
    pub crash_after: Distribution,
    /// Probability that a pod never becomes Ready.
    pub never_ready: f64,
    /// Probability that a pod once loses readiness after having become Ready.
    pub flap: f64,
    /// Ready → that loss.
    pub flap_after: Distribution,
    /// The loss → Ready again.
    pub flap_for: Distribution,
    /// Where they may not go.
    pub constraints: Vec<Constraint>,
    /// Where they would rather not go.
    pub preferences: Vec<Preference>,
    /// Probability that the whole version is bad: none of its pods ever becomes Ready.
    pub bad_version: f64,
}

/// Where pods of a template may not go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// Whose pods are counted together.
    pub domain: Domain,
    /// How many may be there.
    pub limit: Limit,
    /// Only pods of the same template are counted (`matchLabelKeys: [pod-template-hash]`).
    pub own_revision: bool,
}

/// What a topology key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Domain {
    /// `kubernetes.io/hostname`
    Node,
    /// `topology.kubernetes.io/zone`
    Zone,
}

/// What a domain may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// So many more pods than the domain with the fewest, terminating ones not counted (`DoNotSchedule`).
    Skew {
        /// `maxSkew`
        most: u32,
        /// `minDomains`: with fewer domains than this the one with the fewest counts as empty.
        min_domains: u32,
    },
    /// One pod, until it is gone (required anti-affinity).
    One,
}

/// Where pods of a template would rather not go. Nodes are compared by the scheduler's scores where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preference {
    /// Whose pods are counted together.
    pub domain: Domain,
    /// What the pods wish for.
    pub wish: Wish,
    /// Only pods of the same template are counted.
    pub own_revision: bool,
}

impl Preference {
    /// What a pod without topology spread constraints gets (`podtopologyspread/plugin.go: systemDefaultConstraints`). The
    /// ReplicaSet's selector, by which pods are counted, names the revision.
    pub const SYSTEM_DEFAULT: [Self; 2] = [
        Self { domain: Domain::Node, wish: Wish::Spread { max_skew: 3 }, own_revision: true },
        Self { domain: Domain::Zone, wish: Wish::Spread { max_skew: 5 }, own_revision: true },
    ];
}

/// What pods wish for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wish {
    /// To be spread (`ScheduleAnyway`); terminating pods are not counted.
    Spread {
        /// `maxSkew`
        max_skew: u32,
    },
    /// Not to be beside each other (preferred anti-affinity); terminating pods are counted.
    Apart {
        /// `weight`
        weight: u32,
    },
}

/// The nodes that pods run on, and how they fail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cluster {
    /// Every node, numbered by position.
    pub nodes: Vec<Node>,
    /// How many images a node pulls at the same time, at least 1.
    pub parallel_pulls: u32,
    /// Nodes that take longer; `None`: all are alike.
    pub slow_nodes: Option<SlowNodes>,
    /// Probability that a node is bad: no pod that starts there becomes Ready.
    pub bad_nodes: f64,
    /// How nodes are lost; `None`: never.
    pub loss: Option<NodeLoss>,
    /// Adds nodes where pods fit nowhere; `None`: nobody does.
    pub autoscaler: Option<Autoscaler>,
    /// Drains node after node; `None`: nobody does.
    pub upgrade: Option<Upgrade>,
    /// What evictions must leave.
    pub disruption_budget: Option<Budget>,
    /// Pods that a ResourceQuota leaves to the Deployment; `None`: there is none.
    pub pod_quota: Option<u32>,
    /// Pods that make room for the Deployment's; `None`: there are none.
    pub lower_priority: Option<LowerPriority>,
}

impl Cluster {
    /// How many nodes are there when a run starts.
    #[must_use]
    pub fn nodes_at_start(&self) -> usize {
        self.nodes.len() - self.autoscaler.as_ref().map_or(0, |autoscaler| autoscaler.nodes as usize)
    }
}

/// A node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// Zone number.
    pub zone: u16,
    /// How many of the Deployment's pods fit beside what else runs there.
    pub slots: u32,
    /// Share of the node taken by what else runs there, the mean of CPU and memory, in [0, 1].
    pub base_load: f64,
    /// Share of the node that one pod of the Deployment takes, likewise.
    pub pod_load: f64,
}

/// Pods of lower priority on every node, each as large as a pod of the Deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct LowerPriority {
    /// How many on a node, as far as the old version leaves room.
    pub pods: u32,
    /// Told to go → gone.
    pub termination: Distribution,
}

/// Nodes on which pulls and start-ups take longer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlowNodes {
    /// Probability that a node is one.
    pub share: f64,
    /// How many times as long.
    pub factor: f64,
}

/// A cluster autoscaler.
#[derive(Clone, Debug, PartialEq)]
pub struct Autoscaler {
    /// How many nodes it may add: the last ones of [`Cluster::nodes`], which are not there at first.
    pub nodes: u32,
    /// Time between two looks at pods that fit nowhere.
    pub scan_interval: SimDuration,
    /// Asked for → Ready.
    pub provisioning: Distribution,
}

/// An upgrade of the nodes, one after the other, by number.
#[derive(Clone, Debug, PartialEq)]
pub struct Upgrade {
    /// Since the rollout's start.
    pub start: SimDuration,
    /// How many nodes are upgraded at the same time.
    pub at_once: u32,
    /// Drained → back, as a machine without images.
    pub takes: Distribution,
}

/// How nodes are lost and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeLoss {
    /// Time until a node is lost, from the start of the rollout or from its return.
    pub time_to_loss: Distribution,
    /// Time between whole-zone losses, for each zone; `None`: never.
    pub time_to_zone_loss: Option<Distribution>,
    /// A node's own loss is announced so long before, and it is drained; `None`: it is not.
    pub notice: Option<SimDuration>,
    /// Lost → marked unreachable by the node lifecycle controller.
    pub detection: Distribution,
    /// `tolerationSeconds` of `node.kubernetes.io/unreachable`.
    pub toleration: SimDuration,
    /// Lost → back as an empty machine; `None`: not within the horizon.
    pub recovery: Option<Distribution>,
}

/// Latencies and limits of the control plane.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlPlane {
    /// A controller's API request, sent → answered.
    pub api_latency: Distribution,
    /// A write committed → seen by a watching controller.
    pub watch_latency: Distribution,
    /// One scheduling cycle.
    pub scheduling: Distribution,
    /// Deployments that roll at the same time, this one counted: each of its requests waits for one of every other's.
    pub fleet: u32,
    /// A pod's readiness or deletion accepted → known to those who send requests to pods.
    pub endpoint_propagation: Distribution,
    /// Client limit of each workload controller: requests per second, and burst.
    pub controller_qps: Throttle,
    /// Client limit of the scheduler.
    pub scheduler_qps: Throttle,
    /// Evictions of lost nodes per second and zone (`--node-eviction-rate`).
    pub node_eviction_rate: f64,
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

/// When a pipeline that watches a rollout undoes it; each `None` is "never". It acts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rollback {
    /// So long after a stall.
    pub after_stall: Option<SimDuration>,
    /// So long after the rollout's start, if it is not complete by then.
    pub after: Option<SimDuration>,
    /// As soon as the share of desired pods that are available has been below the availability objective for so long.
    pub after_breach: Option<SimDuration>,
}

/// Something that happens at a set time after the rollout's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Since the rollout's start.
    pub at: SimDuration,
    /// What happens.
    pub action: StepAction,
}

/// What a user or another controller does to the Deployment or its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepAction {
    /// `kubectl scale`
    Scale(i32),
    /// `kubectl rollout pause`
    Pause,
    /// `kubectl rollout resume`
    Resume,
    /// `kubectl rollout undo`
    Undo,
    /// Another template is applied.
    SetTemplate(Template),
    /// The strategy is changed.
    SetStrategy(Strategy),
    /// `minReadySeconds` is changed.
    SetMinReadySeconds(i32),
    /// The Deployment is created (only where the run starts from nothing).
    Create,
    /// `kubectl rollout undo --to-revision`
    UndoTo(i64),
    /// `kubectl patch`; refused as a whole where the result is invalid.
    Patch(SpecPatch),
    /// A pod is deleted by hand.
    DeletePod(ScriptedPod),
    /// A pod starts (true) or stops (false) being Ready, whatever its script says.
    SetReady(ScriptedPod, bool),
    /// `controller.kubernetes.io/pod-deletion-cost` is set on a pod.
    SetDeletionCost(ScriptedPod, i32),
    /// A node's kubelet falls silent; its containers go on.
    NodeSilent(u32),
    /// A silent node's kubelet is heard again.
    NodeHeard(u32),
    /// No controller runs for so long: their leader is gone and the next one has not been elected.
    ControllersDown(SimDuration),
    /// No pod is scheduled for so long.
    SchedulerDown(SimDuration),
    /// Every request takes longer.
    ApiSlow {
        /// By so much.
        by: SimDuration,
        /// For so long.
        length: SimDuration,
    },
    /// `kubectl drain` of a node, which stays cordoned.
    Drain(u32),
    /// A ResourceQuota limits the number of pods; `None` takes it away.
    SetPodQuota(Option<u32>),
}

/// A pod by its template and its place among the template's pods in order of creation, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptedPod {
    /// Its template.
    pub template: Template,
    /// Its place.
    pub number: u32,
}

/// New values for some fields of a Deployment's spec.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpecPatch {
    /// `replicas`
    pub replicas: Option<i32>,
    /// `strategy`
    pub strategy: Option<Strategy>,
    /// `minReadySeconds`
    pub min_ready_seconds: Option<i32>,
    /// `progressDeadlineSeconds`; the inner `None` is no deadline.
    pub progress_deadline_seconds: Option<Option<i32>>,
    /// `revisionHistoryLimit`; the inner `None` keeps all.
    pub revision_history_limit: Option<Option<i32>>,
    /// `paused`
    pub paused: Option<bool>,
    /// `template`
    pub template: Option<Template>,
}

impl SpecPatch {
    /// The spec with the new values.
    #[must_use]
    pub fn applied_to(&self, spec: DeploymentSpec) -> DeploymentSpec {
        DeploymentSpec {
            replicas: self.replicas.unwrap_or(spec.replicas),
            strategy: self.strategy.unwrap_or(spec.strategy),
            min_ready_seconds: self.min_ready_seconds.unwrap_or(spec.min_ready_seconds),
            progress_deadline_seconds: self.progress_deadline_seconds.unwrap_or(spec.progress_deadline_seconds),
            revision_history_limit: self.revision_history_limit.unwrap_or(spec.revision_history_limit),
            paused: self.paused.unwrap_or(spec.paused),
            template: self.template.unwrap_or(spec.template),
            pod_replacement_policy: spec.pod_replacement_policy,
        }
    }
}
