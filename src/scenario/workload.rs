//! A workload of a world of several.

use crate::k8s::daemon_set::DaemonSetSpec;
use crate::k8s::disruption::Budget;
use crate::k8s::objects::{DeploymentSpec, Template};
use crate::k8s::stateful_set::UpdateStrategy;
use crate::scenario::daemon_set::DaemonSet;
use crate::scenario::refusal::Refusal;
use crate::scenario::rollback::Rollback;
use crate::scenario::stateful_set::StatefulSet;
use crate::time::SimDuration;

/// A workload of a world.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Workload {
    /// Its namespace and name, as `shop/cart`.
    pub name: String,
    /// Which random numbers are its own: 0 for the experiment's own Deployment, which has the numbers that it has alone, else made
    /// from kind, namespace and name, so that its place among the others does not matter.
    pub key: u64,
    /// The spec with the new template in place. Of a StatefulSet that is what a Deployment has too, as
    /// [`StatefulSet::as_deployment`] puts it, and of a DaemonSet, as [`DaemonSet::as_deployment`] does.
    pub deployment: DeploymentSpec,
    /// The StatefulSet that it is; `None`: it is a Deployment.
    pub stateful_set: Option<StatefulSet>,
    /// The DaemonSet that it is, beside which there is no StatefulSet.
    pub daemon_set: Option<DaemonSet>,
    /// The template that runs at first.
    pub old: Template,
    /// The template that is rolled out.
    pub new: Template,
    /// How many other templates a run finds pods of; their numbers follow that of `new`.
    pub others: Template,
    /// What happens to it.
    pub change: Change,
    /// When that happens, from the start of the run; `None`: when the [release](crate::scenario::Release) has it.
    pub at: Option<SimDuration>,
    /// The nodes of the pods that a run finds, one by one, as [`Cluster::found_on`](crate::scenario::Cluster::found_on).
    pub found_on: Vec<u32>,
    /// By node: whether its pods may go there; empty: everywhere.
    pub open: Vec<bool>,
    /// By node: why its pods may not go there, where they may not; empty: its labels are not those that they choose.
    pub closed_by: Vec<Refusal>,
    /// The PodDisruptionBudget that selects its pods.
    pub budget: Option<Budget>,
    /// When a pipeline undoes its rollout.
    pub rollback: Rollback,
    /// Least share of its replicas that should be available, in [0, 1].
    pub availability_objective: f64,
}

/// What happens to a workload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The new template is applied.
    #[default]
    Rollout,
    /// It gets its `replicas`, with the template that it has.
    Scale {
        /// Replicas before.
        from: i32,
    },
    /// Nothing.
    Nothing,
}

impl Workload {
    /// A Deployment that is rolled from the template `old` to that of its spec, whenever the release has it.
    #[must_use]
    pub fn new(name: &str, key: u64, deployment: DeploymentSpec, old: Template) -> Self {
        Self {
            name: name.to_owned(),
            key,
            new: deployment.template,
            others: 0,
            deployment,
            stateful_set: None,
            daemon_set: None,
            old,
            change: Change::Rollout,
            at: None,
            found_on: Vec::new(),
            open: Vec::new(),
            closed_by: Vec::new(),
            budget: None,
            rollback: Rollback::default(),
            availability_objective: 1.0,
        }
    }

    /// The same for a StatefulSet.
    #[must_use]
    pub fn of_stateful_set(name: &str, key: u64, set: StatefulSet, old: Template) -> Self {
        Self { stateful_set: Some(set), ..Self::new(name, key, set.as_deployment(), old) }
    }

    /// The same for a DaemonSet. `open`: by node, whether its pods may go there; the first `at_start` of the nodes are there when a run
    /// starts, and have a pod each where they are open.
    #[must_use]
    pub fn of_daemon_set(
        name: &str,
        key: u64,
        spec: DaemonSetSpec,
        old: Template,
        open: Vec<bool>,
        at_start: usize,
    ) -> Self {
        let numbered = || (0..).zip(&open).filter(|(_, open)| **open).map(|(node, _)| node);
        let found_on: Vec<u32> = numbered().filter(|&node: &u32| (node as usize) < at_start).collect();
        let set = DaemonSet { most: numbered().count() as i32, ..DaemonSet::new(spec, found_on.len() as i32) };
        Self { daemon_set: Some(set), open, found_on, ..Self::new(name, key, set.as_deployment(), old) }
    }

    /// Whether ReplicaSets own its pods: it is a Deployment.
    #[must_use]
    pub const fn has_replica_sets(&self) -> bool {
        self.stateful_set.is_none() && self.daemon_set.is_none()
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        if self.daemon_set.is_some() {
            "DaemonSet"
        } else if self.stateful_set.is_some() {
            "StatefulSet"
        } else {
            "Deployment"
        }
    }

    /// Replicas before anything happens.
    #[must_use]
    pub const fn found_replicas(&self) -> i32 {
        match self.change {
            Change::Scale { from } => from,
            Change::Rollout | Change::Nothing => self.deployment.replicas,
        }
    }

    /// Its templates, in the order in which it numbers them when it is alone.
    pub fn templates(&self) -> std::ops::RangeInclusive<Template> {
        self.old..=self.new.max(self.old) + self.others
    }

    /// Whether a new version makes its controller replace no pod until somebody deletes one.
    #[must_use]
    pub fn waits_for_deletion(&self) -> bool {
        self.stateful_set.is_some_and(|set| set.spec.update == UpdateStrategy::OnDelete)
            && self.change == Change::Rollout
    }

    /// Whether something happens to it.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.change != Change::Nothing
    }
}
