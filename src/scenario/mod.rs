//! A scenario: one point of a sweep with every parameter fixed. It holds everything that a simulation needs to know, so that a
//! simulation reads no file.

mod topology;

mod pods;

mod cluster;

mod control_plane;

mod timeline;

mod target;

mod check;

mod most;

#[doc(inline)]
pub use crate::k8s::disruption::{Amount, Budget, UnhealthyPodEvictionPolicy};
pub use crate::k8s::horizontal::AutoscalerSpec;
pub use crate::k8s::prober::{Probe, Probes};
pub use crate::traffic::Traffic;
pub use check::{LONGEST_HORIZON, MOST_REQUESTS, ScenarioError};
pub use cluster::{Autoscaler, Cluster, LowerPriority, Node, NodeLoss, SlowNodes, Upgrade};
pub use control_plane::{ControlPlane, Throttle};
pub use pods::PodModel;
pub use target::{SUBJECT, Target, WorkloadId};
pub use timeline::{ScriptAction, ScriptedPod, SpecPatch, Step, StepAction};
pub use topology::{Constraint, Domain, Limit, Preference, Wish};

use crate::k8s::objects::DeploymentSpec;
pub use crate::k8s::objects::Template;
use crate::script::Script;
use crate::time::SimDuration;

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
    /// Requests to the pods; `None`: requests are not simulated.
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

/// When a pipeline that watches a rollout undoes it; each `None` is "never". It acts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rollback {
    /// Time from a stall to the undo.
    pub after_stall: Option<SimDuration>,
    /// Time from the rollout's start to the undo, if the rollout is not complete by then.
    pub after: Option<SimDuration>,
    /// How long the share of desired pods that are available must have been below the availability objective.
    pub after_breach: Option<SimDuration>,
}

impl Scenario {
    /// What the Deployment asks for when its rollout starts.
    #[must_use]
    pub fn target(&self) -> Target {
        Target::of_deployment(&self.deployment)
    }
}
