//! The context of a run in progress: the scenario, the state, the random numbers and the observer, which every actor is
//! given, and the few things that each of them does with these.

use crate::k8s;
use crate::k8s::objects::{Deployment, ReplicaSet, ReplicaSetId};
use crate::random::{Draws, Purpose};
use crate::scenario;
use crate::scenario::{
    Budget, DaemonSet, NEW_TEMPLATE, OLD_TEMPLATE, Rollback, SUBJECT, Scenario, StatefulSet, Template, Until,
    WorkloadId, World,
};
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::quotas;
use crate::sim::state::steady::steady_deployment;
use crate::sim::state::workload::Workload;
use crate::time::{SimDuration, SimTime};

/// A run in progress.
pub(crate) struct Run<'a, O> {
    pub(crate) scenario: &'a Scenario,
    /// The world that it is a run of; `None`: one workload alone.
    pub(crate) world: Option<&'a World>,
    pub(crate) state: &'a mut State,
    pub(crate) draws: &'a mut Draws,
    pub(crate) observer: &'a mut O,
    /// Where the run continues after its end until deleted pods are gone.
    pub(crate) drain: Option<Drain>,
}

/// A workload whose deleted pods are waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drain {
    pub(crate) workload: WorkloadId,
    /// All pods before this one are gone, or need not go.
    pub(crate) first: PodId,
}

impl Drain {
    pub(crate) const fn of(workload: WorkloadId) -> Self {
        Self { workload, first: 0 }
    }
}

impl<'a, O: Observer> Run<'a, O> {
    /// Does something to every pod on a node that is not gone.
    pub(crate) fn each_pod_on(&mut self, node: NodeId, mut visit: impl FnMut(&mut Self, PodId)) {
        for id in 0..self.state.pods.len() {
            let pod = &self.state.pods[id];
            if pod.node == node && !pod.gone {
                visit(self, id as PodId);
            }
        }
    }

    /// A workload of the run.
    #[inline(always)]
    pub(crate) fn workload(&mut self, workload: WorkloadId) -> &mut Workload {
        self.state.workloads.of_mut(O::MANY, workload)
    }

    /// The workload that a ReplicaSet belongs to.
    #[inline(always)]
    pub(crate) fn workload_of_set(&self, id: ReplicaSetId) -> WorkloadId {
        if O::MANY { self.state.sets.workload_of(id) } else { SUBJECT }
    }

    /// The workload that a pod belongs to.
    #[inline(always)]
    pub(crate) fn workload_of(&self, pod: PodId) -> WorkloadId {
        if O::MANY { self.state.sets.workload_of(self.state.pods[pod as usize].owner) } else { SUBJECT }
    }

    /// A workload of several, as the world has it; `None`: it is alone.
    #[inline(always)]
    fn among_others(&self, workload: WorkloadId) -> Option<&'a scenario::Workload> {
        let world = self.world.filter(|_| O::MANY)?;
        Some(&world.workloads[usize::from(workload)])
    }

    /// The StatefulSet that a workload is, as the world has it; `None`: it is a Deployment.
    #[inline(always)]
    pub(crate) fn stateful_set(&self, workload: WorkloadId) -> Option<StatefulSet> {
        self.among_others(workload)?.stateful_set
    }

    /// A StatefulSet as the API server has it; `None`: the workload is a Deployment.
    pub(crate) fn stateful_set_object(&self, workload: WorkloadId) -> Option<k8s::stateful_set::StatefulSet> {
        self.stateful_set(workload)?;
        self.state.stateful_sets.sets[usize::from(workload)].object
    }

    /// The same for an owner of pods.
    pub(crate) fn stateful_set_of(&self, owner: ReplicaSetId) -> Option<k8s::stateful_set::StatefulSet> {
        self.stateful_set_object(self.workload_of_set(owner))
    }

    /// The DaemonSet that a workload is, as the world has it; `None`: it is something else.
    #[inline(always)]
    pub(crate) fn daemon_set(&self, workload: WorkloadId) -> Option<DaemonSet> {
        self.among_others(workload)?.daemon_set
    }

    /// A DaemonSet as the API server has it; `None`: the workload is something else.
    pub(crate) fn daemon_set_object(&self, workload: WorkloadId) -> Option<k8s::daemon_set::DaemonSet> {
        self.daemon_set(workload)?;
        self.state.daemon_sets.sets[usize::from(workload)].object
    }

    /// The node that a pod is for because a DaemonSet has it; `None`: it is not of a DaemonSet.
    #[inline(always)]
    pub(crate) fn node_of_daemon(&self, pod: PodId) -> Option<NodeId> {
        let workload = self.workload_of(pod);
        self.daemon_set(workload)?;
        self.state.daemon_sets.sets[usize::from(workload)].node_of(pod)
    }

    /// Whether the pods of a workload may go to a node, by what they say about its labels and its taints.
    pub(crate) fn is_open(&self, workload: WorkloadId, node: NodeId) -> bool {
        self.among_others(workload).is_none_or(|own| own.open.get(node as usize).is_none_or(|open| *open))
    }

    /// Whether ReplicaSets own the pods of a workload: it is a Deployment.
    #[inline(always)]
    pub(crate) fn has_replica_sets(&self, workload: WorkloadId) -> bool {
        self.among_others(workload).is_none_or(scenario::Workload::has_replica_sets)
    }

    /// How many pods a workload asks for, and of which version.
    pub(crate) fn wanted(&mut self, workload: WorkloadId) -> (i32, Template) {
        if O::MANY && self.stateful_set(workload).is_some() {
            let object = self.state.stateful_sets.sets[usize::from(workload)].object;
            return object.map_or((0, OLD_TEMPLATE), |object| (object.spec.replicas, object.spec.template));
        }
        if O::MANY && self.daemon_set(workload).is_some() {
            let set = &self.state.daemon_sets.sets[usize::from(workload)];
            return set.object.map_or((0, OLD_TEMPLATE), |object| (set.told, object.spec.template));
        }
        let spec = &self.deployment(workload).spec;
        (spec.replicas, spec.template)
    }

    /// The template that a workload has at first, which its requests are drawn for.
    #[inline(always)]
    pub(crate) fn first_template(&self, workload: WorkloadId) -> Template {
        self.among_others(workload).map_or(OLD_TEMPLATE, |own| own.old)
    }

    /// The template that is rolled out of a workload.
    pub(crate) fn new_template(&self, workload: WorkloadId) -> Template {
        self.among_others(workload).map_or(NEW_TEMPLATE, |own| own.new)
    }

    /// When a pipeline undoes the rollout of a workload.
    pub(crate) fn rollback(&self, workload: WorkloadId) -> Rollback {
        self.among_others(workload).map_or(self.scenario.rollback, |own| own.rollback)
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
            let workload = self.workload_of_fact(&fact);
            self.follow_available(workload, more);
        }
    }

    /// The workload whose pods a fact is about that changes how many are available.
    #[inline(always)]
    fn workload_of_fact(&self, fact: &Fact) -> WorkloadId {
        match *fact {
            Fact::Target { workload, .. } => workload,
            Fact::PodAvailable(pod)
            | Fact::PodUnavailable(pod)
            | Fact::PodNotReady { pod, .. }
            | Fact::PodFailed { pod, .. }
            | Fact::PodTerminating { pod, .. } => self.workload_of(pod),
            _ => SUBJECT,
        }
    }

    /// Whether all actors work. Between the end of what is measured and the moment at which all who send requests know about it,
    /// some wait, whether the run is followed for longer or not: what the requests come to must not depend on that.
    pub(crate) fn is_watching(&self) -> bool {
        !self.state.done || self.state.followed
    }

    /// What is measured is over then at the latest: each workload is watched for the horizon, one after the other at worst.
    pub(crate) fn latest_end(&self) -> SimTime {
        let start = self.state.start;
        match self.world {
            Some(world) if O::MANY => start + world.longest(),
            _ => start + self.scenario.horizon,
        }
    }

    /// The last instant that may be watched.
    pub(crate) fn last_instant(&self) -> SimTime {
        self.latest_end() + self.scenario.longest_window()
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
            let desired = self.deployment(SUBJECT).spec.replicas.max(0) as u32;
            self.state.done = self.workload(SUBJECT).available.count >= desired;
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

    /// A Deployment as the API server has it; a steady one where a script has not created it yet.
    pub(crate) fn deployment(&mut self, workload: WorkloadId) -> &mut Deployment {
        let scenario = self.scenario;
        let deployment = &mut self.state.workloads.of_mut(O::MANY, workload).deployment;
        deployment.get_or_insert_with(|| steady_deployment(&scenario.deployment, OLD_TEMPLATE, SimTime::ZERO))
    }

    /// How long the next API request takes that is about a workload.
    #[inline(always)]
    pub(crate) fn api_latency(&mut self, workload: WorkloadId) -> SimDuration {
        let latency = match self.state.latencies.api {
            Some(constant) => constant,
            None => self.next_api_latency(workload),
        };
        latency + self.state.outages.api_delay(self.now())
    }

    /// How long the next watch delivery takes that is about a workload.
    #[inline(always)]
    pub(crate) fn watch_latency(&mut self, workload: WorkloadId) -> SimDuration {
        match self.state.latencies.watch {
            Some(constant) => constant,
            None => self.next_watch_latency(workload),
        }
    }

    /// The same where it is drawn.
    #[inline(never)]
    fn next_api_latency(&mut self, workload: WorkloadId) -> SimDuration {
        let own = self.workload(workload);
        own.requests += 1;
        let position = own.requests;
        let (latency, template) = (&self.scenario.control_plane.api_latency, self.first_template(workload));
        self.draws.duration(latency, template, Purpose::Api, position)
    }

    #[inline(never)]
    fn next_watch_latency(&mut self, workload: WorkloadId) -> SimDuration {
        let own = self.workload(workload);
        own.deliveries += 1;
        let position = own.deliveries;
        let (latency, template) = (&self.scenario.control_plane.watch_latency, self.first_template(workload));
        self.draws.duration(latency, template, Purpose::Watch, position)
    }

    /// The ReplicaSet as the API server has it.
    pub(crate) fn replica_set(&mut self, id: ReplicaSetId) -> Option<&mut ReplicaSet> {
        let workload = self.workload_of_set(id);
        self.workload(workload).replica_sets.iter_mut().find(|set| set.id == id)
    }

    /// The number of active pods on a node has changed, by one of a ReplicaSet, which others of its workload are ranked by.
    #[inline(always)]
    pub(crate) fn node_changed(&mut self, set: ReplicaSetId, node: NodeId) {
        if O::MANY {
            let workload = self.workload_of_set(set);
            let State { workloads, sets, .. } = &mut *self.state;
            sets.node_changed_for(&workloads.of(O::MANY, workload).replica_sets, node);
        } else {
            self.state.sets.node_changed(node);
        }
    }

    /// Pods that a ResourceQuota still allows; those that have not ended count.
    pub(crate) fn quota_left(&self, template: Template) -> u32 {
        if let Some(world) = self.world
            && O::MANY
        {
            return self.state.quotas.left(&world.quotas, template).min(self.pod_quota_left());
        }
        self.pod_quota_left()
    }

    /// Pods that the quota on the number of all pods still allows.
    #[inline(always)]
    fn pod_quota_left(&self) -> u32 {
        self.state.quota.map_or(u32::MAX, |quota| quota.saturating_sub(self.state.sets.all_live_pods()))
    }

    /// Whether a ResourceQuota counts pods of a template.
    pub(crate) fn has_quota(&self, template: Template) -> bool {
        match self.world {
            Some(world) if O::MANY => self.state.quota.is_some() || quotas::count(&world.quotas, template),
            _ => self.state.quota.is_some(),
        }
    }

    /// Pods of a template are created, or found when the run starts.
    pub(crate) fn charge_quotas(&mut self, template: Template, pods: u32) {
        if let Some(world) = self.world
            && O::MANY
        {
            self.state.quotas.charge(&world.quotas, template, pods);
        }
    }

    /// A pod of a template has ended: no quota counts it any more.
    pub(crate) fn release_quotas(&mut self, template: Template) {
        if let Some(world) = self.world
            && O::MANY
        {
            self.state.quotas.release(&world.quotas, template);
        }
    }

    /// Follows the number of available pods, for those who wait until enough of them are, or until too few.
    #[inline(never)]
    fn follow_available(&mut self, workload: WorkloadId, more: i32) {
        let watch = &mut self.workload(workload).available;
        watch.count = watch.count.saturating_add_signed(more);
        if let Some(patience) = self.rollback(workload).after_breach {
            self.follow_objective(workload, patience);
        }
        self.check_settled();
    }

    /// Looks whether availability falls short of its objective, for a pipeline that undoes what does.
    fn follow_objective(&mut self, workload: WorkloadId, patience: SimDuration) {
        let desired = self.wanted(workload).0.max(0);
        let needed = self.availability_objective(workload) * f64::from(desired);
        let watch = &mut self.workload(workload).available;
        let short = f64::from(watch.count) < needed;
        if short == watch.short {
            return;
        }
        watch.short = short;
        watch.changes += 1;
        let changes = watch.changes;
        if short {
            let at = self.now() + patience;
            self.schedule(at, Event::Breached { workload, changes });
        }
    }

    /// The PodDisruptionBudget of a workload.
    pub(crate) fn disruption_budget(&self, workload: WorkloadId) -> Option<Budget> {
        self.among_others(workload).map_or(self.scenario.cluster.disruption_budget, |own| own.budget)
    }

    fn availability_objective(&self, workload: WorkloadId) -> f64 {
        self.among_others(workload).map_or(self.scenario.availability_objective, |own| own.availability_objective)
    }
}
