//! The Deployment controller's work: its cache, its queue of one key, and its writes one after the other.
//!
//! Upstream: `deployment_controller.go: processNextWorkItem, handleErr`; decisions are [`crate::k8s::deployment`].

use crate::engine::Agenda;
use crate::k8s::backoff;
use crate::k8s::deployment::{self, Action, DeploymentView, Held, OnError};
use crate::k8s::fenceposts::Limits;
use crate::k8s::objects::{Deployment, DeploymentStatus, ReplicaSet, ReplicaSetId, ReplicaSetStatus, Strategy};
use crate::queue::Queue;
use crate::scenario::ControlPlane;
use crate::sim::event::Event;
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::run::{Run, State};
use crate::sim::throttle::{Bucket, SpamFilter};
use crate::sim::watch::Watch;
use crate::time::{SimDuration, SimTime};

/// What the API server sends to the Deployment controller. Larger objects travel beside it, in the same order.
#[derive(Clone, Copy, Debug)]
enum Change {
    Deployment,
    /// Its status alone.
    Status,
    ReplicaSet,
    /// With the resource version that it was accepted at.
    ReplicaSetStatus(ReplicaSetId, u64, ReplicaSetStatus),
    Removed(ReplicaSetId),
    /// A pod of a Recreate rollout is gone.
    PodGone,
}

/// The Deployment controller.
#[derive(Debug, Default)]
pub(super) struct DeploymentController {
    deployment: Option<Deployment>,
    limits: Limits,
    replica_sets: Vec<ReplicaSet>,
    live_pods: Vec<u32>,
    watch: Watch<Change>,
    deployments_sent: Queue<Deployment>,
    replica_sets_sent: Queue<ReplicaSet>,
    /// With the resource version that each was accepted at.
    statuses_sent: Queue<(u64, DeploymentStatus)>,
    bucket: Bucket,
    events: SpamFilter,
    /// A sync is under way.
    busy: bool,
    /// Something changed meanwhile.
    dirty: bool,
    retries: u32,
    /// The earliest delayed look that is still to come.
    timer: Option<SimTime>,
    /// What the sync under way decided, and how far it is.
    actions: Vec<Action>,
    /// Nothing but a status.
    only_publishes: bool,
    next: usize,
    skip_scaling: bool,
    /// The last sync found nothing to do but to look again at this time, and nothing has been received since.
    settled: Option<SimTime>,
    /// Resource versions that the sync read: of the Deployment, and of each ReplicaSet beside the one its last write returned.
    held_deployment: u64,
    held: Vec<(ReplicaSetId, u64, u64)>,
}

impl DeploymentController {
    pub(super) fn reset(&mut self, control_plane: &ControlPlane) {
        self.deployment = None;
        self.replica_sets.clear();
        self.watch.reset();
        self.bucket = Bucket::new(control_plane.controller_qps.shared(control_plane.fleet));
        self.events = SpamFilter::default();
        (self.busy, self.dirty, self.skip_scaling) = (false, false, false);
        self.retries = 0;
        self.timer = None;
        self.actions.clear();
        self.next = 0;
        self.settled = None;
        self.deployments_sent.clear();
        self.replica_sets_sent.clear();
        self.statuses_sent.clear();
    }

    /// Takes up a Deployment and its ReplicaSet that the cache already shows.
    pub(super) fn adopt(&mut self, deployment: Deployment, set: ReplicaSet) {
        self.limits = Limits::of(&deployment.spec);
        self.deployment = Some(deployment);
        self.replica_sets.push(set);
    }

    fn receive(&mut self, change: Change) {
        self.settled = None;
        match change {
            Change::Deployment => {
                self.deployment = self.deployments_sent.pop();
                self.limits = self.deployment.as_ref().map_or_else(Limits::default, |known| Limits::of(&known.spec));
            }
            Change::Status => {
                if let (Some(deployment), Some((version, status))) = (&mut self.deployment, self.statuses_sent.first())
                {
                    deployment.resource_version = *version;
                    deployment.status = *status;
                }
                self.statuses_sent.drop_first();
            }
            Change::ReplicaSetStatus(id, version, status) => {
                if let Some(set) = self.replica_sets.iter_mut().find(|known| known.id == id) {
                    set.resource_version = version;
                    set.status = status;
                }
            }
            Change::ReplicaSet => {
                let Some(set) = self.replica_sets_sent.pop() else { return };
                match self.replica_sets.iter_mut().find(|known| known.id == set.id) {
                    Some(known) => *known = set,
                    None => self.replica_sets.push(set),
                }
            }
            Change::Removed(id) => self.replica_sets.retain(|set| set.id != id),
            Change::PodGone => {}
        }
    }

    /// Whether the controller would make nothing of its own status coming back at `at`: where this write is all that the
    /// sync does and nothing has changed since, the next sync would compute the same status, and ask to look again no
    /// earlier than it already will.
    fn would_ignore(&self, written: &Deployment, at: SimTime) -> bool {
        if self.dirty || !self.only_publishes {
            return false;
        }
        let status = &written.status;
        let due = match (status.progressing, written.spec.progress_deadline_seconds) {
            (Some(progressing), Some(deadline)) => {
                let deadline = progressing.last_update + deadline.max(0) as u64;
                let look = SimTime::from_secs(deadline) + SimDuration::from_secs(1);
                self.timer.is_none_or(|timer| look < timer) || at.whole_seconds() + 2 > deadline
            }
            _ => false,
        };
        let as_seen = self.deployment.as_ref().is_some_and(|seen| seen.generation == written.generation);
        as_seen && !due && !deployment::deployment_complete(written, status)
    }

    fn hold_versions(&mut self) {
        self.held.clear();
        let versions = self.replica_sets.iter().map(|set| (set.id, set.resource_version, set.resource_version));
        self.held.extend(versions);
    }

    /// Takes in what it was not told of because it would have made nothing of it. What of that is still on its way it
    /// will be told: now that it looks again, it may be news.
    fn catch_up(&mut self, agenda: &mut Agenda<Event>) {
        while let Some(change) = self.watch.catch_up(agenda) {
            self.receive(change);
        }
        self.watch.wake(agenda, Event::DeploymentWatch);
    }

    /// Looks again at `at`; of several delayed looks only the earliest counts.
    fn look_at(&mut self, at: SimTime, agenda: &mut Agenda<Event>) {
        if self.timer.is_none_or(|timer| at < timer) {
            self.timer = Some(at);
            agenda.schedule(at, Event::DeploymentTimer);
        }
    }
}

impl<O: Observer> Run<'_, O> {
    pub(super) fn send_deployment(&mut self) {
        let deployment = *self.deployment();
        self.state.deployments.deployments_sent.push(deployment);
        self.send_to_deployments(Change::Deployment);
    }

    /// Sends the Deployment's status back to the controller, which has just written it.
    pub(super) fn send_status_back(&mut self) {
        let at = self.now() + self.watch_latency();
        let State { deployment, deployments: controller, agenda, .. } = &mut *self.state;
        let Some(deployment) = deployment else { return };
        controller.statuses_sent.push((deployment.resource_version, deployment.status));
        if controller.would_ignore(deployment, at) {
            controller.watch.send_quietly(at, Change::Status, agenda, Event::DeploymentWatch);
        } else {
            controller.watch.send(at, Change::Status, agenda, Event::DeploymentWatch);
        }
    }

    pub(super) fn send_replica_set_status(&mut self, id: ReplicaSetId, version: u64, status: ReplicaSetStatus) {
        self.send_to_deployments(Change::ReplicaSetStatus(id, version, status));
    }

    pub(super) fn send_replica_set(&mut self, set: ReplicaSet) {
        self.state.deployments.replica_sets_sent.push(set);
        self.send_to_deployments(Change::ReplicaSet);
    }

    /// Tells the controller that a pod is gone, which it looks for under Recreate.
    pub(super) fn send_pod_gone(&mut self) {
        if self.deployment().spec.strategy == Strategy::Recreate {
            self.send_to_deployments(Change::PodGone);
        }
    }

    fn send_to_deployments(&mut self, change: Change) {
        let at = self.now() + self.watch_latency();
        let state = &mut *self.state;
        state.deployments.watch.send(at, change, &mut state.agenda, Event::DeploymentWatch);
    }

    pub(super) fn deployment_watch(&mut self) {
        let now = self.now();
        let controller = &mut self.state.deployments;
        let mut news = false;
        while let Some((change, quiet)) = controller.watch.receive(now) {
            news |= !quiet;
            controller.receive(change);
        }
        if news {
            self.enqueue_deployment();
        }
    }

    pub(super) fn deployment_timer(&mut self) {
        let now = self.now();
        if self.state.deployments.timer.is_some_and(|timer| timer <= now) {
            self.state.deployments.timer = None;
            self.enqueue_deployment();
        }
    }

    fn enqueue_deployment(&mut self) {
        if self.state.deployments.busy {
            self.state.deployments.dirty = true;
        } else {
            self.sync_deployment();
        }
    }

    fn sync_deployment(&mut self) {
        let now = self.now();
        self.state.deployments.catch_up(&mut self.state.agenda);
        if self.is_settled() {
            return;
        }
        self.count_live_pods();
        let controller = &mut self.state.deployments;
        let Some(cached) = &controller.deployment else { return };
        controller.busy = true;
        controller.dirty = false;
        controller.skip_scaling = false;
        controller.settled = None;
        controller.next = 0;
        controller.actions.clear();
        controller.held_deployment = cached.resource_version;
        // Under Recreate pods decide, too.
        let rolls = cached.spec.is_rolling_update();
        let view = DeploymentView {
            deployment: cached,
            limits: controller.limits,
            replica_sets: &controller.replica_sets,
            live_pods: &controller.live_pods,
        };
        deployment::sync(&view, now, &mut controller.actions);
        controller.only_publishes = matches!(controller.actions.as_slice(), [Action::UpdateStatus { .. }]);
        match controller.actions.as_slice() {
            [] | [Action::UpdateStatus { .. }] => {}
            [Action::RequeueAfter(delay)] => controller.settled = rolls.then_some(now + *delay),
            _ => controller.hold_versions(),
        }
        self.go_on();
    }

    /// Whether a sync would find what the last one found: nothing to do but to look again at the same time, which is done.
    fn is_settled(&mut self) -> bool {
        let controller = &mut self.state.deployments;
        // Close to the deadline the clock decides.
        let later = self.state.agenda.now() + SimDuration::from_secs(2);
        let Some(at) = controller.settled.filter(|&at| later <= at) else { return false };
        controller.dirty = false;
        controller.retries = 0;
        controller.look_at(at, &mut self.state.agenda);
        true
    }

    /// Pods that a Recreate rollout waits for, by cached ReplicaSet. The controller's pod cache is taken to be up to date.
    fn count_live_pods(&mut self) {
        let controller = &mut self.state.deployments;
        let Some(spec) = controller.deployment.as_ref().map(|deployment| &deployment.spec) else { return };
        if spec.is_rolling_update() {
            return;
        }
        controller.live_pods.clear();
        let (sets, pods) = (&self.state.sets, &self.state.pods);
        let stays = |&&id: &&PodId| !pods[id as usize].terminating;
        controller.live_pods.extend(controller.replica_sets.iter().map(|set| {
            if spec.recreate_waits_for_terminating() {
                sets.live_pods(set.id)
            } else {
                sets.members(set.id).iter().filter(stays).count() as u32
            }
        }));
    }

    /// Carries out the decisions up to the next write, which takes time.
    fn go_on(&mut self) {
        let now = self.now();
        loop {
            let controller = &mut self.state.deployments;
            match controller.actions.get(controller.next) {
                None => return self.finish_sync(true),
                Some(Action::RequeueAfter(delay)) => {
                    let at = now + *delay;
                    controller.look_at(at, &mut self.state.agenda);
                }
                Some(Action::RequeueRateLimited) => {
                    controller.look_at(now + backoff::rate_limited_delay(0), &mut self.state.agenda);
                }
                Some(Action::UpdateReplicaSet { errors: OnError::SkipScaling, .. }) if controller.skip_scaling => {}
                Some(_) => break,
            }
            self.state.deployments.next += 1;
        }
        let granted = self.state.deployments.bucket.take(now);
        let at = granted + self.api_latency();
        self.schedule(at, Event::DeploymentWrite);
    }

    /// Ends the sync; after an error the key comes back by the rate limiter.
    fn finish_sync(&mut self, succeeded: bool) {
        let now = self.now();
        let controller = &mut self.state.deployments;
        controller.busy = false;
        if succeeded || controller.retries >= backoff::DEPLOYMENT_MAX_RETRIES {
            controller.retries = 0;
        } else {
            let at = now + backoff::rate_limited_delay(controller.retries);
            controller.retries += 1;
            controller.look_at(at, &mut self.state.agenda);
        }
        if controller.dirty {
            self.sync_deployment();
        }
    }

    pub(super) fn deployment_write(&mut self) {
        let controller = &mut self.state.deployments;
        let actions = std::mem::take(&mut controller.actions);
        let action = &actions[controller.next];
        controller.next += 1;
        let accepted = self.write(action);
        let goes_on = accepted || matches!(action, Action::UpdateReplicaSet { errors: OnError::SkipScaling, .. });
        self.state.deployments.actions = actions;
        if self.state.done {
            return;
        }
        if !accepted {
            self.tell(Fact::Conflict);
            self.state.deployments.skip_scaling = true;
        }
        if goes_on { self.go_on() } else { self.finish_sync(false) }
    }

    /// Whether the API server accepted the write.
    fn write(&mut self, action: &Action) -> bool {
        match action {
            Action::UpdateStatus { status } => {
                if self.deployment().resource_version != self.state.deployments.held_deployment {
                    return false;
                }
                self.set_deployment_status(status);
            }
            Action::CreateReplicaSet { .. } => return self.create_replica_set(*action),
            Action::UpdateReplicaSet { .. } => return self.update_replica_set(*action),
            Action::DeleteReplicaSet { id } => self.delete_replica_set(*id),
            Action::RequeueAfter(_) | Action::RequeueRateLimited => {}
        }
        true
    }

    fn create_replica_set(&mut self, action: Action) -> bool {
        let Action::CreateReplicaSet {
            template,
            replicas,
            revision,
            desired_replicas,
            max_replicas,
            min_ready_seconds,
        } = action
        else {
            return true;
        };
        if self.state.replica_sets.iter().any(|set| set.template == template) {
            return false;
        }
        let id = self.state.next_replica_set;
        self.state.next_replica_set += 1;
        let set = ReplicaSet {
            id,
            template,
            created: self.now().whole_seconds(),
            generation: 1,
            resource_version: self.next_version(),
            deleting: false,
            replicas,
            min_ready_seconds,
            revision,
            desired_replicas: Some(desired_replicas),
            max_replicas: Some(max_replicas),
            replicas_before_scale: None,
            status: Default::default(),
        };
        self.state.replica_sets.push(set);
        if replicas > 0 {
            self.report_scaling();
        }
        self.tell(Fact::ReplicaSetCreated { id, template, replicas });
        self.send_replica_set(set);
        self.send_to_sets(set);
        true
    }

    fn update_replica_set(&mut self, action: Action) -> bool {
        let Action::UpdateReplicaSet {
            id,
            replicas,
            desired_replicas,
            max_replicas,
            replicas_before_scale,
            revision,
            min_ready_seconds,
            held,
            ..
        } = action
        else {
            return true;
        };
        let Some((_, cached, returned)) = self.state.deployments.held.iter_mut().find(|(known, ..)| *known == id)
        else {
            return false;
        };
        let Some(set) = self.state.replica_sets.iter_mut().find(|set| set.id == id) else { return false };
        if set.resource_version != if held == Held::Returned { *returned } else { *cached } {
            return false;
        }
        let before = *set;
        *set = ReplicaSet {
            replicas,
            min_ready_seconds,
            revision,
            desired_replicas,
            max_replicas,
            replicas_before_scale,
            ..before
        };
        if *set == before {
            return true;
        }
        self.state.resource_version += 1;
        set.resource_version = self.state.resource_version;
        *returned = set.resource_version;
        let (from, old_window) = (before.replicas, before.min_ready_seconds);
        set.generation += i64::from(from != replicas || old_window != min_ready_seconds);
        let set = *set;
        if from != replicas {
            self.report_scaling();
            self.tell(Fact::ReplicaSetScaled { id, from, to: replicas });
        }
        if old_window != min_ready_seconds {
            self.change_window(id);
        }
        self.send_replica_set(set);
        self.send_to_sets(set);
        true
    }

    /// An Event tells people that a ReplicaSet was scaled.
    fn report_scaling(&mut self) {
        let now = self.now();
        let controller = &mut self.state.deployments;
        if controller.events.lets_through(now) {
            controller.bucket.write_event(now);
        }
    }

    fn delete_replica_set(&mut self, id: ReplicaSetId) {
        self.state.replica_sets.retain(|set| set.id != id);
        self.state.sets.drop_set(id);
        self.tell(Fact::ReplicaSetDeleted(id));
        self.send_to_deployments(Change::Removed(id));
    }
}
