//! What people and their tools do: steps of the timeline, the automatic undo, `kubectl rollout status`.

use crate::k8s::deployment::deployment_progressing;
use crate::k8s::kubectl::{self, RolloutPhase};
use crate::k8s::objects::{DeploymentStatus, ProgressReason, Template};
use crate::scenario::StepAction;
use crate::sim::event::Event;
use crate::sim::observation::{Fact, Observer, StallCause};
use crate::sim::run::Run;

impl<O: Observer> Run<'_, O> {
    pub(super) fn step(&mut self, number: u16) {
        let Some(step) = self.scenario.timeline.get(usize::from(number)) else { return };
        match step.action {
            StepAction::Scale(replicas) => self.change_spec(|spec| spec.replicas = replicas),
            StepAction::Pause => self.change_spec(|spec| spec.paused = true),
            StepAction::Resume => self.change_spec(|spec| spec.paused = false),
            StepAction::Undo => self.undo(),
            StepAction::SetTemplate(template) => self.change_spec(|spec| spec.template = template),
            StepAction::SetStrategy(strategy) => self.change_spec(|spec| spec.strategy = strategy),
            StepAction::SetMinReadySeconds(seconds) => self.change_spec(|spec| spec.min_ready_seconds = seconds),
        }
    }

    /// `kubectl rollout undo`, which kubectl refuses while the Deployment is paused.
    pub(super) fn undo(&mut self) {
        let deployment = *self.deployment();
        if let Some(template) = kubectl::undo_target(&deployment, &self.state.replica_sets) {
            self.change_spec(|spec| spec.template = template);
        }
    }

    /// The API server takes the Deployment controller's status; `kubectl rollout status` watches it.
    pub(super) fn set_deployment_status(&mut self, status: DeploymentStatus) {
        let before = self.deployment().status;
        if before == status {
            return;
        }
        let version = self.next_version();
        let deployment = self.deployment();
        deployment.status = status;
        deployment.resource_version = version;
        let deployment = *deployment;
        self.tell(Fact::DeploymentStatus { status, progress: deployment_progressing(&before, &status) });
        let exceeded = |status: &DeploymentStatus| {
            status.progressing.is_some_and(|p| p.reason == ProgressReason::ProgressDeadlineExceeded)
        };
        if exceeded(&status) && !exceeded(&before) {
            let cause = self.stall_cause(deployment.spec.template);
            self.tell(Fact::Stalled(cause));
            if !self.state.stalled
                && let Some(delay) = self.scenario.rollback_after_stall
            {
                let at = self.now() + delay;
                self.schedule(at, Event::Undo);
            }
            self.state.stalled = true;
        }
        self.state.done = kubectl::rollout_status(&deployment) == RolloutPhase::Done;
        self.send_deployment();
    }

    /// What most of the new pods that are not available are waiting for.
    fn stall_cause(&self, template: Template) -> StallCause {
        let now = self.now();
        let mut counts = [0_u32; StallCause::ALL.len()];
        for pod in &self.state.pods {
            if pod.template != template || pod.terminating || pod.available {
                continue;
            }
            let cause = if pod.lost {
                StallCause::NodeLoss
            } else if !pod.is_scheduled() {
                if !pod.unschedulable {
                    continue;
                }
                StallCause::Capacity
            } else if now < pod.pulled_at {
                StallCause::ImagePull
            } else if pod.backing_off || (pod.restarts > 0 && !pod.ready) {
                StallCause::Crash
            } else {
                StallCause::Readiness
            };
            counts[cause as usize] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or(0);
        StallCause::ALL
            .into_iter()
            .find(|&cause| most > 0 && counts[cause as usize] == most)
            .unwrap_or(StallCause::ControlPlane)
    }
}
