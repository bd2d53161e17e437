//! A scenario: one point of a sweep with every parameter fixed. It holds everything that a simulation needs to know, so that a
//! simulation reads no file.

mod asked_tool;
mod shared;
mod topology;

mod volumes;

mod pods;

mod warm_up;

mod refusal;

mod cluster;

mod control_plane;

mod target;

mod timeline;

mod found;

mod event;

mod course;

mod doubts;

mod check;

mod check_found;

mod most;

mod rollback;

mod room;

mod release;

mod stateful_set;

mod daemon_set;

mod set_spec;

mod workload;

mod world;

mod changed;

mod measured;

#[doc(inline)]
pub use crate::k8s::disruption::{Amount, Budget, UnhealthyPodEvictionPolicy};
pub use crate::k8s::horizontal::AutoscalerSpec;
pub use crate::k8s::prober::{Probe, Probes};
pub use crate::k8s::tools::{Tool, Verdict};
pub use crate::traffic::Traffic;
pub use asked_tool::AskedTool;
pub use check::{LONGEST_HORIZON, MOST_REQUESTS, ScenarioError};
pub(crate) use cluster::room_of;
pub use cluster::{Autoscaler, Cluster, LowerPriority, Node, NodeLoss, ScaleDown, SlowNodes, Upgrade};
pub use control_plane::{ControlPlane, Throttle};
pub use daemon_set::DaemonSet;
pub use doubts::{Doubt, DoubtAbout};
pub use event::{AskedPlacement, MeasuredEvent, Observe, Start, Until};
pub use found::{
    Found, FoundCounts, FoundDaemonSet, FoundDeployment, FoundImage, FoundObject, FoundPhase, FoundPlace, FoundPod,
    FoundProgressing, FoundRefused, FoundReplicaSet, FoundStatefulSet, FoundWorkload, SilentNode, Stamp,
};
pub use measured::{MeasuredLatency, drawn};
pub use pods::{InitContainer, Lease, PodModel, Scheduling, Sidecar};
pub use refusal::{Explanation, Refusal, Refusals};
pub use release::{OnStall, Order, Release};
pub use rollback::Rollback;
pub use room::{Quota, Room};
pub use set_spec::SetSpec;
pub use shared::Shared;
pub use stateful_set::StatefulSet;
pub use target::{SUBJECT, Target, WorkloadId};
pub use timeline::{
    DaemonUpdate, DeploymentAction, ScriptAction, ScriptedBudget, ScriptedPod, SpecPatch, Step, StepAction, TaintEffect,
};
pub use topology::{
    Aim, Constraint, Demand, Domain, Group, GroupWish, Limit, NodePoints, Own, Preference, Rule, Topology, Wish,
};
pub use volumes::{Access, Binding, Volume, VolumeId, Volumes};
pub use warm_up::{PossibleWarmUps, Unready};
pub use workload::{Change, Workload};

use std::sync::Arc;

use crate::k8s::objects::DeploymentSpec;
pub use crate::k8s::objects::Template;
use crate::script::{NodeMonitor, Script};
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
    /// Persistent volumes that the pods use.
    pub volumes: Volumes,
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
    /// What a run finds.
    pub start: Start,
    /// What happens then, and is measured.
    pub event: MeasuredEvent,
    /// When that is over, and for how long it is followed then.
    pub until: Until,
    /// Where the pods stand at the end is asked for; `None`: it is not.
    pub placement: Option<AskedPlacement>,
    /// Tools that wait for the rollout, of which is asked what they say; in the order of [`Tool::ALL`](crate::k8s::tools::Tool::ALL).
    pub tools: Vec<AskedTool>,
    /// Pods that follow a script; `None`: they do what is drawn for them, as [`Self::pods`] has it.
    pub script: Option<Script>,
    /// The node lifecycle controller looks at nodes like this, and notices silent ones by itself; `None`: it notices a lost
    /// node after the time that the model of node losses has.
    pub node_monitor: Option<NodeMonitor>,
    /// The world that the Deployment rolls in with others; `None`: alone. Then nodes have room for so many of its pods, and nothing
    /// else moves on them.
    pub world: Option<Membership>,
}

/// The world that a scenario is a part of, and which of its workloads the scenario is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    /// The world.
    pub world: Arc<World>,
    /// The workload.
    pub workload: WorkloadId,
}

/// Several workloads that share one cluster.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct World {
    /// What they share: nodes, volumes, control plane, horizon. Its `pods` are those of all templates, workload by workload, each
    /// workload's old version first; its Deployment is that of the first workload. It is a member of no world itself.
    pub shared: Scenario,
    /// The workloads; at least one.
    pub workloads: Vec<Workload>,
    /// What the nodes have left for them, and what each of their pods asks for.
    pub room: Room,
    /// What the namespaces' ResourceQuotas leave to them.
    pub quotas: Vec<Quota>,
    /// In which order they roll.
    pub release: Release,
}

impl Scenario {
    /// Pods that are Ready when the rollout starts: all of them, or only the leader.
    #[must_use]
    pub fn ready_at_start(&self) -> u32 {
        let found = self.found_replicas().max(0) as u32;
        match self.pods.first().and_then(|model| model.leader) {
            None => found,
            Some(_) => found.min(1),
        }
    }

    /// What is simulated: the scenario itself, or what it shares with the workloads of its world.
    pub(crate) fn simulated(&self) -> &Self {
        self.world.as_ref().map_or(self, |own| &own.world.shared)
    }

    /// The same, to be changed for this scenario alone.
    pub(crate) fn simulated_mut(&mut self) -> &mut Self {
        match self {
            Self { world: Some(own), .. } => &mut Arc::make_mut(&mut own.world).shared,
            alone => alone,
        }
    }

    /// The StatefulSet that the scenario is about; `None`: it is about a Deployment.
    #[must_use]
    pub fn stateful_set(&self) -> Option<&StatefulSet> {
        let Membership { world, workload } = self.world.as_ref()?;
        world.workloads[usize::from(*workload)].stateful_set.as_ref()
    }

    /// The DaemonSet that the scenario is about; `None`: it is about something else.
    #[must_use]
    pub fn daemon_set(&self) -> Option<&DaemonSet> {
        let Membership { world, workload } = self.world.as_ref()?;
        world.workloads[usize::from(*workload)].daemon_set.as_ref()
    }

    /// The ordinal of the first pod of a StatefulSet; 0 for others.
    #[must_use]
    pub fn first_ordinal(&self) -> u32 {
        self.stateful_set().map_or(0, |set| set.spec.start_ordinal.max(0) as u32)
    }

    /// The kind of its workload.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let own = self.world.as_ref().and_then(|own| own.world.workloads.get(usize::from(own.workload)));
        own.map_or("Deployment", Workload::kind)
    }

    /// What the Deployment asks for when its rollout starts.
    #[must_use]
    pub fn target(&self) -> Target {
        Target::of_deployment(&self.deployment)
    }
}
