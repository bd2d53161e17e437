//! The context of a run in progress: the scenario, the state, the random numbers and the observer, which every actor is
//! given, and the few things that each of them does with these.

use crate::k8s::objects::{Deployment, ReplicaSet, ReplicaSetId};
use crate::random::{Draws, Purpose};
use crate::scenario::{Scenario, Until};
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::steady::steady_deployment;
use crate::time::{SimDuration, SimTime};

/// A run in progress.
pub(crate) struct Run<'a, O> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) state: &'a mut State,
    pub(crate) draws: &'a mut Draws,
    pub(crate) observer: &'a mut O,
    /// Where the run continues after the rollout's end until deleted pods are gone: all pods before this one are.
    pub(crate) drain: Option<PodId>,
}

impl<O: Observer> Run<'_, O> {
    /// Does something to every pod on a node that is not gone.
    pub(crate) fn each_pod_on(&mut self, node: NodeId, mut visit: impl FnMut(&mut Self, PodId)) {
        for id in 0..self.state.pods.len() {
            let pod = &self.state.pods[id];
            if pod.node == node && !pod.gone {
                visit(self, id as PodId);
            }
        }
    }

    /// The time.
    pub(crate) fn now(&self) -> SimTime {
        self.state.agenda.now()
    }

    /// Reports a fact. It is inlined, so that a fact that the observer ignores is not even put together: with a call in
    /// between, every fact would be written to memory first.
    #[inline(always)]
    pub(crate) fn emit(&mut self, fact: Fact) {
        let now = self.now();
        self.observer.fact(now, fact);
        if let Some(more) = fact.more_available()
            && self.state.counts_available
        {
            self.follow_available(more);
        }
    }

    /// Whether all actors work. Between the end of what is measured and the moment at which all who send requests know about it,
    /// some wait, whether the run is followed for longer or not: what the requests come to must not depend on that.
    pub(crate) fn is_watching(&self) -> bool {
        !self.state.done || self.state.followed
    }

    /// The last instant that may be watched.
    pub(crate) fn last_instant(&self) -> SimTime {
        self.state.start + self.scenario.horizon + self.scenario.longest_window()
    }

    /// The measured event has done with one of its nodes.
    pub(crate) fn node_done(&mut self) {
        self.state.outstanding = self.state.outstanding.saturating_sub(1);
        self.check_settled();
    }

    /// Ends what is measured where it lasts until the event has done with its nodes and all wanted pods are available.
    fn check_settled(&mut self) {
        let settles = matches!(self.scenario.until, Until::Settled { .. }) && self.state.outstanding == 0;
        if settles && !self.state.done {
            let desired = self.deployment().spec.replicas.max(0) as u32;
            self.state.done = self.state.available.count >= desired;
        }
    }

    /// Schedules an event. "Never" is dropped.
    #[inline(always)]
    pub(crate) fn schedule(&mut self, at: SimTime, event: Event) {
        self.state.agenda.schedule(at, event);
    }

    /// The resource version of the next write.
    pub(crate) fn next_version(&mut self) -> u64 {
        self.state.resource_version += 1;
        self.state.resource_version
    }

    /// The Deployment as the API server has it; a steady one where a script has not created it yet.
    pub(crate) fn deployment(&mut self) -> &mut Deployment {
        self.state.deployment.get_or_insert_with(|| steady_deployment(&self.scenario.deployment, SimTime::ZERO))
    }

    /// How long the next API request takes.
    pub(crate) fn api_latency(&mut self) -> SimDuration {
        self.state.requests += 1;
        let latency = &self.scenario.control_plane.api_latency;
        self.draws.duration(latency, 0, Purpose::Api, self.state.requests) + self.state.outages.api_delay(self.now())
    }

    /// How long the next watch delivery takes.
    pub(crate) fn watch_latency(&mut self) -> SimDuration {
        self.state.deliveries += 1;
        let latency = &self.scenario.control_plane.watch_latency;
        self.draws.duration(latency, 0, Purpose::Watch, self.state.deliveries)
    }

    /// The ReplicaSet as the API server has it.
    pub(crate) fn replica_set(&mut self, id: ReplicaSetId) -> Option<&mut ReplicaSet> {
        self.state.replica_sets.iter_mut().find(|set| set.id == id)
    }

    /// Pods that a ResourceQuota still allows; those that have not ended count.
    pub(crate) fn quota_left(&self) -> u32 {
        self.state.quota.map_or(u32::MAX, |quota| quota.saturating_sub(self.state.sets.all_live_pods()))
    }

    /// Follows the number of available pods, for those who wait until enough of them are, or until too few.
    #[inline(never)]
    fn follow_available(&mut self, more: i32) {
        let watch = &mut self.state.available;
        watch.count = watch.count.saturating_add_signed(more);
        if let Some(patience) = self.scenario.rollback.after_breach {
            self.follow_objective(patience);
        }
        self.check_settled();
    }

    /// Looks whether availability falls short of its objective, for a pipeline that undoes what does.
    fn follow_objective(&mut self, patience: SimDuration) {
        let desired = self.deployment().spec.replicas.max(0);
        let watch = &mut self.state.available;
        let needed = self.scenario.availability_objective * f64::from(desired);
        let short = f64::from(watch.count) < needed;
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
}
