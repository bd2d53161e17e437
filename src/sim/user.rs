//! What people and their tools do: steps of the timeline, the automatic undo, `kubectl rollout status`.

use crate::k8s::deployment::deployment_progressing;
use crate::k8s::kubectl::{self, RolloutPhase};
use crate::k8s::objects::{DeploymentSpec, DeploymentStatus, ProgressReason, Template};
use crate::k8s::prober::KillingProbe;
use crate::k8s::validation::validate;
use crate::scenario::{NEW_TEMPLATE, SpecPatch, StepAction};
use crate::sim::event::Event;
use crate::sim::observation::{Fact, Observer, Outage, StallCause};
use crate::sim::run::Run;
use crate::time::SimDuration;

impl<O: Observer> Run<'_, O> {
    pub(super) fn step(&mut self, number: u16) {
        let Some(step) = self.scenario.timeline.get(usize::from(number)) else { return };
        match step.action {
            StepAction::Scale(replicas) => self.patch(&SpecPatch { replicas: Some(replicas), ..SpecPatch::default() }),
            StepAction::Pause => self.edit_spec(|spec| spec.paused = true),
            StepAction::Resume => self.edit_spec(|spec| spec.paused = false),
            StepAction::Undo => self.undo_to(None),
            StepAction::UndoTo(revision) => self.undo_to(Some(revision)),
            StepAction::SetTemplate(template) => self.edit_spec(|spec| spec.template = template),
            StepAction::SetStrategy(strategy) => self.edit_spec(|spec| spec.strategy = strategy),
            StepAction::SetMinReadySeconds(seconds) => self.edit_spec(|spec| spec.min_ready_seconds = seconds),
            StepAction::Patch(patch) => self.patch(&patch),
            StepAction::ControllersDown(length) => self.outage(Outage::Controllers, length),
            StepAction::SchedulerDown(length) => self.outage(Outage::Scheduler, length),
            StepAction::ApiSlow { by, length } => self.slow_api(by, length),
            StepAction::Drain(node) => self.drain_by_hand(node),
            StepAction::SetPodQuota(quota) => self.state.quota = quota,
            StepAction::Scripted(action) => self.scripted(action),
        }
    }

    /// Changes the Deployment's spec; the API server answers with an error where there is no Deployment.
    fn edit_spec(&mut self, change: impl FnOnce(&mut DeploymentSpec)) {
        if self.state.deployment.is_some() {
            self.change_spec(change);
        }
    }

    fn patch(&mut self, patch: &SpecPatch) {
        let Some(deployment) = &self.state.deployment else { return };
        let spec = patch.applied_to(deployment.spec);
        if validate(&spec).is_ok() {
            self.change_spec(|current| *current = spec);
        }
    }

    /// A pipeline undoes a template, once, unless somebody has replaced it meanwhile.
    pub(super) fn automatic_undo(&mut self, template: Template) {
        if self.deployment().spec.template == template && !self.state.rolled_back {
            self.state.rolled_back = true;
            self.undo_to(None);
        }
    }

    /// Follows the number of available pods for a pipeline that undoes what falls short of the objective.
    #[inline(never)]
    pub(super) fn watch_objective(&mut self, more: i32, patience: SimDuration) {
        let desired = self.deployment().spec.replicas.max(0);
        let watch = &mut self.state.objective;
        watch.available = watch.available.saturating_add_signed(more);
        let needed = self.scenario.availability_objective * f64::from(desired);
        let short = f64::from(watch.available) < needed;
        if short == watch.short {
            return;
        }
        watch.short = short;
        watch.changes += 1;
        let changes = watch.changes;
        if short {
            let at = self.now() + patience;
            self.schedule(at, Event::Breached { changes });
        }
    }

    pub(super) fn breached(&mut self, changes: u32) {
        if self.state.objective.changes == changes {
            self.automatic_undo(NEW_TEMPLATE);
        }
    }

    /// `kubectl rollout undo`, which kubectl refuses while the Deployment is paused. Without a revision the previous one
    /// comes back.
    fn undo_to(&mut self, revision: Option<i64>) {
        let Some(deployment) = self.state.deployment else { return };
        let sets = &self.state.replica_sets;
        let target = match revision {
            None | Some(0) => kubectl::undo_target(&deployment, sets),
            Some(revision) => kubectl::undo_target_of(&deployment, sets, revision),
        };
        if let Some(template) = target {
            self.change_spec(|spec| spec.template = template);
        }
    }

    /// The API server takes the Deployment controller's status; `kubectl rollout status` watches it.
    pub(super) fn set_deployment_status(&mut self, status: &DeploymentStatus) {
        if self.deployment().status == *status {
            return;
        }
        let version = self.next_version();
        let deployment = self.deployment();
        let progress = deployment_progressing(&deployment.spec, &deployment.status, status);
        let stalls = deadline_exceeded(status) && !deadline_exceeded(&deployment.status);
        deployment.status = *status;
        deployment.resource_version = version;
        let template = deployment.spec.template;
        let done = kubectl::rollout_status(deployment) == RolloutPhase::Done;
        self.tell(Fact::DeploymentStatus { status: *status, progress });
        if stalls {
            self.note_stall(template);
        }
        self.state.done |= done && self.scenario.script.is_none();
        self.send_status_back();
    }

    fn note_stall(&mut self, template: Template) {
        let stalled = self.stall_cause(template);
        self.tell(stalled);
        if !self.state.stalled
            && let Some(delay) = self.scenario.rollback.after_stall
        {
            let at = self.now() + delay;
            self.schedule(at, Event::Undo { template });
        }
        self.state.stalled = true;
    }

    /// What most of the new pods that are not available are waiting for.
    fn stall_cause(&self, template: Template) -> Fact {
        let now = self.now();
        let mut of = 0;
        let mut counts = [0_u32; StallCause::ALL.len()];
        for pod in &self.state.pods {
            if pod.template != template || pod.terminating || pod.available {
                continue;
            }
            of += 1;
            let cause = if pod.lost {
                StallCause::NodeLoss
            } else if !pod.is_scheduled() {
                if !pod.unschedulable {
                    continue;
                }
                StallCause::Capacity
            } else if now < pod.pulled_at {
                StallCause::ImagePull
            } else if pod.backing_off || (pod.failed && !pod.ready) {
                match pod.last_killed_by {
                    None => StallCause::Crash,
                    Some(KillingProbe::Startup) => StallCause::StartupProbe,
                    Some(KillingProbe::Liveness) => StallCause::LivenessProbe,
                }
            } else {
                StallCause::Readiness
            };
            counts[cause as usize] += 1;
        }
        let refused = self.refused_by_quota(template);
        counts[StallCause::Quota as usize] = refused;
        of += refused;
        let most = counts.iter().copied().max().unwrap_or(0);
        if most == 0 && self.state.pods.iter().any(|pod| pod.lost && !pod.gone) {
            // Old pods that are lost hold a rollout up too: none may be taken away, or Recreate waits for them.
            return Fact::Stalled { cause: StallCause::NodeLoss, held: 0, of };
        }
        let largest = |cause: &StallCause| most > 0 && counts[*cause as usize] == most;
        let cause = StallCause::ALL.into_iter().find(largest).unwrap_or(StallCause::ControlPlane);
        Fact::Stalled { cause, held: most, of }
    }
}

impl<O: Observer> Run<'_, O> {
    /// Pods of a template that are missing while the quota is used up, or not asked for again since it was.
    fn refused_by_quota(&self, template: Template) -> u32 {
        let sets = || self.state.replica_sets.iter().filter(|set| set.template == template);
        if self.quota_left() > 0 && !sets().any(|set| self.was_refused(set.id)) {
            return 0;
        }
        let wanted = sets().map(|set| set.replicas);
        let there = self.state.pods.iter().filter(|pod| pod.template == template && !pod.terminating).count();
        (wanted.sum::<i32>().max(0) as u32).saturating_sub(there as u32)
    }
}

fn deadline_exceeded(status: &DeploymentStatus) -> bool {
    status.progressing.is_some_and(|progressing| progressing.reason == ProgressReason::ProgressDeadlineExceeded)
}
