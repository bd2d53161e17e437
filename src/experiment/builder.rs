//! A scenario that is built in code instead of being read.

use std::path::Path;

use crate::k8s::horizontal::AutoscalerSpec;
use crate::k8s::objects::{DeploymentSpec, Strategy};
use crate::plan::{InputError, Overrides, Plan};
use crate::scenario::{Cluster, ControlPlane, NEW_TEMPLATE, PodModel, Rollback, Scenario, Step};
use crate::time::SimDuration;
use crate::traffic::Traffic;

/// Builds a [`Scenario`]. What is not set has the value that an experiment gets which does not write it: `rollcast defaults`
/// lists these values with their sources.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioBuilder {
    scenario: Scenario,
}

impl Scenario {
    /// Begins a rollout of a Deployment with `replicas` pods: a rolling update with the API's defaults, pods without probes,
    /// on a cluster with room for them.
    ///
    /// # Errors
    /// When `replicas` is negative, or more than an experiment may have.
    pub fn builder(replicas: i32) -> Result<ScenarioBuilder, InputError> {
        let text = format!(
            "deployment: {{spec: {{replicas: {replicas}, template: {{spec: {{containers: [{{name: app, image: app}}]}}}}}}}}"
        );
        let plan = Plan::parse(&text, Path::new(""), &Overrides::default())?;
        let scenario = plan.scenarios.into_iter().next().ok_or_else(|| InputError::new("there is no scenario"))?;
        Ok(ScenarioBuilder { scenario })
    }
}

impl ScenarioBuilder {
    /// Names what sets the scenario apart from others of the same experiment; may be called several times. For a
    /// recommendation the paths `maxSurge`, `maxUnavailable`, `minReadySeconds`, `progressDeadlineSeconds` and `strategy` name
    /// what can be chosen; every other path names the world in which it is chosen.
    #[must_use]
    pub fn parameter(mut self, path: impl Into<String>, value: impl ToString) -> Self {
        self.scenario.parameters.push((path.into(), value.to_string()));
        self
    }

    /// Sets the whole spec of the Deployment. The cluster stays as large as it is.
    #[must_use]
    pub fn deployment(mut self, spec: DeploymentSpec) -> Self {
        self.scenario.deployment = spec;
        self
    }

    /// Sets how pods are replaced.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.scenario.deployment.strategy = strategy;
        self
    }

    /// Sets `minReadySeconds`.
    #[must_use]
    pub fn min_ready_seconds(mut self, seconds: i32) -> Self {
        self.scenario.deployment.min_ready_seconds = seconds;
        self
    }

    /// Sets `progressDeadlineSeconds`; `None` means that there is no deadline.
    #[must_use]
    pub fn progress_deadline_seconds(mut self, seconds: Option<i32>) -> Self {
        self.scenario.deployment.progress_deadline_seconds = seconds;
        self
    }

    /// Changes how the pods of both versions behave.
    #[must_use]
    pub fn pods(mut self, change: impl Fn(&mut PodModel)) -> Self {
        self.scenario.pods.iter_mut().for_each(change);
        self
    }

    /// Changes how the pods of the new version behave.
    #[must_use]
    pub fn new_pods(mut self, change: impl FnOnce(&mut PodModel)) -> Self {
        if let Some(model) = self.scenario.pods.get_mut(usize::from(NEW_TEMPLATE)) {
            change(model);
        }
        self
    }

    /// Sets the nodes and what happens to them.
    #[must_use]
    pub fn cluster(mut self, cluster: Cluster) -> Self {
        self.scenario.cluster = cluster;
        self
    }

    /// Sets latencies and limits of the control plane.
    #[must_use]
    pub fn control_plane(mut self, control_plane: ControlPlane) -> Self {
        self.scenario.control_plane = control_plane;
        self
    }

    /// Sets what else happens, in any order.
    #[must_use]
    pub fn timeline(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.scenario.timeline = steps.into_iter().collect();
        self.scenario.timeline.sort_by_key(|step| step.at);
        self
    }

    /// Sets when a pipeline that watches the rollout undoes it.
    #[must_use]
    pub fn rollback(mut self, rollback: Rollback) -> Self {
        self.scenario.rollback = rollback;
        self
    }

    /// Sends requests to the pods, and counts those that are lost.
    #[must_use]
    pub fn traffic(mut self, traffic: Traffic) -> Self {
        self.scenario.traffic = Some(traffic);
        self
    }

    /// Adds a HorizontalPodAutoscaler, which needs traffic.
    #[must_use]
    pub fn horizontal_autoscaler(mut self, autoscaler: AutoscalerSpec) -> Self {
        self.scenario.horizontal_autoscaler = Some(autoscaler);
        self
    }

    /// Sets the least share of the replicas that should be available, in [0, 1].
    #[must_use]
    pub fn availability_objective(mut self, share: f64) -> Self {
        self.scenario.availability_objective = share;
        self
    }

    /// Sets after what time a rollout that is not over is given up.
    #[must_use]
    pub fn horizon(mut self, horizon: SimDuration) -> Self {
        self.scenario.horizon = horizon;
        self
    }

    /// The scenario. [`Experiment::from_scenarios`](super::Experiment::from_scenarios) checks that Kubernetes would accept its
    /// Deployment, and that every value is allowed ([`Scenario::check`]).
    #[must_use]
    pub fn build(self) -> Scenario {
        self.scenario
    }
}
