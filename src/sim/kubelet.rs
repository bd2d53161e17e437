//! The kubelets' work: pods start, become Ready, fail, come back, end.
//!
//! Timing rules are [`crate::k8s::kubelet`]. Everything that happens to a pod by itself is drawn when it starts, and only
//! its next visible step is an event.

use crate::k8s::kubelet;
use crate::k8s::objects::{ReplicaSetId, Template};
use crate::k8s::prober::{Course, KillingProbe, Start};
use crate::random::Purpose;
use crate::sim::event::{Detail, Event};
use crate::sim::nodes::Health;
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::pods::{Next, Pod, UNSCHEDULED};
use crate::sim::replica_set_controller::{PodChange, Touched};
use crate::sim::run::Run;
use crate::time::{SimDuration, SimTime};
use crate::traffic::{Listed, OnSigterm};

/// A probe has given up on a container: how the kubelet ends it.
#[derive(Clone, Copy, Debug)]
struct Kill {
    at: SimTime,
    by: KillingProbe,
    sigterm_at: SimTime,
    gone_at: SimTime,
}

/// A pod's address for random numbers: first attempts lie side by side, later ones far away.
fn position(pod: &Pod) -> u64 {
    u64::from(pod.restarts) << 32 | u64::from(pod.number)
}

impl<O: Observer> Run<'_, O> {
    /// The kubelet of a pod's node has seen it, at `seen`.
    pub(super) fn start_pod(&mut self, id: PodId, seen: SimTime) {
        let (template, number, node) = {
            let pod = &self.state.pods[id as usize];
            (pod.template, pod.number, pod.node)
        };
        if self.state.nodes.states[node as usize].health != Health::Up {
            self.state.pods[id as usize].lost = true;
            return;
        }
        if let Some(script) = &self.scenario.script {
            return self.start_scripted(script, id);
        }
        let pulled = self.pull(template, number, node, seen);
        let model = &self.scenario.pods[usize::from(template)];
        let at = u64::from(number);
        let hopeless = self.draws.chance(model.bad_version, template, Purpose::BadVersion, 0)
            || self.draws.chance(model.never_ready, template, Purpose::NeverReady, at)
            || self.draws.chance(self.scenario.cluster.bad_nodes, 0, Purpose::BadNode, u64::from(node));
        let pod = &mut self.state.pods[id as usize];
        pod.seen_at = seen;
        pod.pulled_at = pulled;
        pod.hopeless = hopeless;
        let epoch = pod.epoch;
        if O::DETAIL {
            if pulled > seen {
                self.schedule(seen, Event::Detail { pod: id, epoch, what: Detail::Pulling });
            }
            let what = Detail::Pulled { present: pulled == seen };
            self.schedule(pulled, Event::Detail { pod: id, epoch, what });
        }
        self.attempt(id, pulled);
    }

    /// How many times as long as elsewhere things take on a node.
    fn slowness(&mut self, node: NodeId) -> f64 {
        match self.scenario.cluster.slow_nodes {
            Some(slow) if self.draws.chance(slow.share, 0, Purpose::SlowNode, u64::from(node)) => slow.factor,
            _ => 1.0,
        }
    }

    /// When the image is on the node for a pod that needs it at `seen`. A node has only so many pulls at a time.
    fn pull(&mut self, template: u16, number: u32, node: NodeId, seen: SimTime) -> SimTime {
        let model = &self.scenario.pods[usize::from(template)];
        let known = *self.state.nodes.image(template, node);
        // Where pulls may fail a pod does not wait for another's, which may be backing off.
        if known <= seen || (!known.is_never() && model.pull_failure <= 0.0) {
            return self.check_image(template, number, node, known.max(seen));
        }
        let fresh = self.state.nodes.states[node as usize].fresh;
        let cached =
            known.is_never() && !fresh && self.draws.chance(model.cached, template, Purpose::Cached, u64::from(node));
        if cached {
            *self.state.nodes.image(template, node) = SimTime::ZERO;
            return self.check_image(template, number, node, seen);
        }
        let slowness = self.slowness(node);
        let length = self.draws.duration(&model.pull, template, Purpose::Pull, u64::from(number)).stretched(slowness);
        let first = self.state.nodes.queue_pull(node, seen, length);
        let present = self.pull_at_last(template, number, first, slowness).min(known);
        *self.state.nodes.image(template, node) = present;
        present.max(seen)
    }

    /// When the registry has answered for an image that is on the node at `from`.
    ///
    /// Upstream: `pkg/kubelet/images/image_manager.go: EnsureImageExists`: the answer is waited for in the queue of pulls.
    fn check_image(&mut self, template: u16, number: u32, node: NodeId, from: SimTime) -> SimTime {
        let Some(check) = &self.scenario.pods[usize::from(template)].pull_check else { return from };
        let length = self.draws.duration(check, template, Purpose::PullCheck, u64::from(number));
        self.state.nodes.queue_pull(node, from, length)
    }

    /// When a pod's pull succeeds whose first attempt ends at `end`. Later attempts do not wait for other pods' pulls.
    fn pull_at_last(&mut self, template: u16, number: u32, mut end: SimTime, slowness: f64) -> SimTime {
        let model = &self.scenario.pods[usize::from(template)];
        let horizon = self.state.start + self.scenario.horizon;
        for failures in 0.. {
            let at = u64::from(failures) << 32 | u64::from(number);
            if !self.draws.chance(model.pull_failure, template, Purpose::PullFailure, at) {
                break;
            }
            if end > horizon {
                return SimTime::NEVER;
            }
            let jitter = self.draws.uniform(template, Purpose::PullRetry, at);
            let next = u64::from(failures + 1) << 32 | u64::from(number);
            end = kubelet::pull_again_at(end, failures, jitter)
                + self.draws.duration(&model.pull, template, Purpose::Pull, next).stretched(slowness);
        }
        end
    }

    /// Starts a pod's containers at `from`, for the first time or again, and draws what becomes of them.
    fn attempt(&mut self, id: PodId, from: SimTime) {
        let pod = self.state.pods[id as usize];
        let (template, at) = (pod.template, position(&pod));
        let model = &self.scenario.pods[usize::from(template)];
        let slowness = self.slowness(pod.node) * self.crowd(&pod);
        let started = from + self.draws.duration(&model.start, template, Purpose::Start, at).stretched(slowness);
        let mut exits = SimTime::NEVER;
        if self.draws.chance(model.crash, template, Purpose::Crash, at) {
            exits = started + self.draws.duration(&model.crash_after, template, Purpose::CrashAfter, at);
        }
        let (ready, killed) = self.probed(&pod, started, slowness);
        let killed = killed.filter(|killed| killed.at < exits);
        exits = killed.map_or(exits, |killed| exits.min(killed.gone_at));
        let pod = &mut self.state.pods[id as usize];
        pod.started_at = started;
        pod.exits_at = exits;
        pod.backing_off = false;
        pod.killed_by = killed.map(|killed| killed.by);
        let epoch = pod.epoch;
        if O::DETAIL {
            self.schedule(started, Event::Detail { pod: id, epoch, what: Detail::Started });
        }
        if let Some(killed) = killed {
            self.plan_kill(id, &killed, ready);
        }
        let (next, due) = if exits <= ready { (Next::Exit, exits) } else { (Next::Ready, ready) };
        self.plan(id, next, due);
    }

    /// How many times as long a pod's start-up takes because others start on its node.
    fn crowd(&self, pod: &Pod) -> f64 {
        let crowding = self.scenario.pods[usize::from(pod.template)].crowding;
        if crowding <= 0.0 {
            return 1.0;
        }
        let node = &self.state.nodes.states[pod.node as usize];
        1.0 + crowding * f64::from((node.active - node.ready).saturating_sub(1))
    }

    /// What is to be told while a probe's kill is under way. A container that became Ready during its preStop hook answers
    /// until the signal.
    fn plan_kill(&mut self, id: PodId, kill: &Kill, ready: SimTime) {
        if O::DETAIL {
            let epoch = self.state.pods[id as usize].epoch;
            self.schedule(kill.at, Event::Detail { pod: id, epoch, what: Detail::Killed(kill.by) });
        }
        if ready < kill.sigterm_at {
            self.plan_silence(id, kill.sigterm_at, kill.gone_at);
        }
    }

    /// Whether the application goes on as before when it gets SIGTERM.
    fn ignores_sigterm(&self) -> bool {
        self.scenario.traffic.as_ref().is_some_and(|traffic| traffic.on_sigterm == OnSigterm::Serve)
    }

    /// When a pod becomes Ready whose containers run since `started`, and how a probe ends them. An application that heeds
    /// SIGTERM does not go on starting after it.
    fn probed(&mut self, pod: &Pod, started: SimTime, slowness: f64) -> (SimTime, Option<Kill>) {
        let model = &self.scenario.pods[usize::from(pod.template)];
        if !model.probes.any() {
            return (if pod.hopeless { SimTime::NEVER } else { started }, None);
        }
        let at = position(pod);
        let warm = started + self.draws.duration(&model.warm_up, pod.template, Purpose::WarmUp, at).stretched(slowness);
        // What makes a version never Ready need not make it fail its liveness probe.
        let answers_at = if pod.hopeless { SimTime::NEVER } else { warm };
        let start = Start { seen_at: pod.seen_at, running_at: started, answers_at, alive_at: warm };
        let Course { mut ready_at, killed_at, killed_by } = model.probes.course(&start);
        if pod.hopeless {
            ready_at = SimTime::NEVER;
        }
        let Some(by) = killed_by else { return (ready_at, None) };
        let shutdown = self.draws.duration(&model.termination, pod.template, Purpose::Kill, at);
        let sigterm_at = kubelet::sigterm_at(killed_at, model.grace, model.pre_stop);
        let gone_at = kubelet::containers_gone_at(killed_at, model.grace, model.pre_stop, shutdown);
        if ready_at >= sigterm_at && !self.ignores_sigterm() {
            ready_at = SimTime::NEVER;
        }
        (ready_at, Some(Kill { at: killed_at, by, sigterm_at, gone_at }))
    }

    /// Sets a pod's next own step.
    pub(super) fn plan(&mut self, id: PodId, next: Next, due: SimTime) {
        let pod = &mut self.state.pods[id as usize];
        pod.next = next;
        let epoch = pod.epoch;
        self.schedule(due, Event::Pod { pod: id, epoch });
    }

    pub(super) fn detail(&mut self, id: PodId, epoch: u16, what: Detail) {
        if self.state.pods[id as usize].epoch == epoch {
            self.tell(match what {
                Detail::Pulling => Fact::Pulling(id),
                Detail::Pulled { present } => Fact::Pulled { pod: id, present },
                Detail::Started => Fact::ContainersStarted(id),
                Detail::Killed(by) => Fact::ContainerKilled { pod: id, by },
            });
        }
    }

    pub(super) fn pod_step(&mut self, id: PodId, epoch: u16) {
        let pod = &self.state.pods[id as usize];
        if pod.epoch != epoch {
            return;
        }
        match pod.next {
            Next::Rest => {}
            Next::Ready => self.first_ready(id),
            Next::Exit => self.container_exited(id),
            Next::Restart => self.restart(id),
            Next::Script => self.follow_script(id),
            Next::FlapDown => self.flap_down(id),
            Next::FlapUp => {
                self.set_ready(id);
                self.plan_exit(id);
            }
        }
    }

    fn first_ready(&mut self, id: PodId) {
        self.pod_answers(id);
        self.set_ready(id);
        let pod = self.state.pods[id as usize];
        let model = &self.scenario.pods[usize::from(pod.template)];
        let (template, at) = (pod.template, position(&pod));
        if self.draws.chance(model.flap, template, Purpose::Flap, at) {
            let due = self.now() + self.draws.duration(&model.flap_after, template, Purpose::FlapAfter, at);
            if due < pod.exits_at {
                return self.plan(id, Next::FlapDown, due);
            }
        }
        self.plan_exit(id);
    }

    fn plan_exit(&mut self, id: PodId) {
        let due = self.state.pods[id as usize].exits_at;
        let next = if due.is_never() { Next::Rest } else { Next::Exit };
        self.plan(id, next, due);
    }

    fn flap_down(&mut self, id: PodId) {
        self.set_not_ready(id);
        let pod = self.state.pods[id as usize];
        let model = &self.scenario.pods[usize::from(pod.template)];
        let length = self.draws.duration(&model.flap_for, pod.template, Purpose::FlapFor, position(&pod));
        let up = self.now() + length;
        let (next, due) = if up < pod.exits_at { (Next::FlapUp, up) } else { (Next::Exit, pod.exits_at) };
        self.plan(id, next, due);
    }

    fn container_exited(&mut self, id: PodId) {
        let pod = &mut self.state.pods[id as usize];
        pod.backing_off = true;
        let first = !pod.failed;
        pod.failed = true;
        pod.exits_at = SimTime::NEVER;
        pod.last_killed_by = pod.killed_by;
        let killed_by = pod.killed_by;
        let (was_ready, restarts, template, at) = (pod.ready, pod.restarts, pod.template, position(pod));
        self.tell(Fact::ContainerExited { pod: id, first, killed_by });
        self.pod_falls_silent(id);
        if was_ready {
            self.set_not_ready(id);
        }
        // The first restart is immediate and needs no luck.
        let jitter = if restarts == 0 { 0.0 } else { self.draws.uniform(template, Purpose::Restart, at) };
        let now = self.now();
        let due = self.state.pods[id as usize].back_off.restart_at(now, jitter);
        self.plan(id, Next::Restart, due);
    }

    fn restart(&mut self, id: PodId) {
        let now = self.now();
        let pod = &mut self.state.pods[id as usize];
        pod.restarts = pod.restarts.saturating_add(1);
        self.tell(Fact::ContainerRestarted(id));
        self.attempt(id, now);
    }

    /// Restarts a pod's containers after its node has come back.
    pub(super) fn revive(&mut self, id: PodId) {
        let pod = &mut self.state.pods[id as usize];
        pod.lost = false;
        let (pulled, started) = (pod.pulled_at, pod.started_at);
        let now = self.now();
        if pulled.is_never() {
            self.start_pod(id, now);
        } else if started.is_never() {
            self.attempt(id, pulled.max(now));
        } else {
            self.restart(id);
        }
    }

    pub(super) fn set_ready(&mut self, id: PodId) {
        let now = self.now();
        let pod = &mut self.state.pods[id as usize];
        pod.ready = true;
        pod.ready_at = now;
        let set = pod.replica_set;
        let node = pod.node;
        if let Some(node) = self.state.nodes.states.get_mut(node as usize) {
            node.ready += 1;
        }
        self.tell(Fact::PodReady(id));
        let due = now.truncated() + self.window(set);
        if due <= now {
            self.set_available(id);
        } else {
            self.schedule(due, Event::PodAvailable { pod: id });
        }
        let published = now + self.api_latency();
        self.send_pod(published, id, PodChange::Ready);
        self.publish(published, id, Listed::Ready);
    }

    fn set_available(&mut self, id: PodId) {
        self.state.pods[id as usize].available = true;
        self.tell(Fact::PodAvailable(id));
    }

    /// `minReadySeconds` of a ReplicaSet.
    fn window(&mut self, id: ReplicaSetId) -> SimDuration {
        let seconds = self.replica_set(id).map_or(0, |set| set.min_ready_seconds);
        SimDuration::from_secs(seconds.max(0) as u64)
    }

    /// Pods that became Ready in the same second become available together, and the controller counts them at once.
    pub(super) fn pods_available(&mut self, first: PodId) {
        let mut touched = Touched::default();
        let mut next = Some(first);
        while let Some(id) = next {
            self.pod_available(id, &mut touched);
            next = self.state.agenda.next_now(|event| match event {
                Event::PodAvailable { pod } => Some(*pod),
                _ => None,
            });
        }
        self.enqueue_touched(touched);
    }

    fn pod_available(&mut self, id: PodId, touched: &mut Touched) {
        let now = self.now();
        let pod = self.state.pods[id as usize];
        let due = pod.ready && !pod.available && !pod.terminating;
        if due && pod.ready_at.truncated() + self.window(pod.replica_set) <= now {
            self.set_available(id);
            if self.see_available(id) && !self.was_refused(pod.replica_set) {
                touched.add(pod.replica_set);
            }
        }
    }

    /// Applies a changed `minReadySeconds` to the pods of a ReplicaSet.
    pub(super) fn change_window(&mut self, set: ReplicaSetId) {
        let (now, window) = (self.now(), self.window(set));
        for place in 0..self.state.sets.members(set).len() {
            let id = self.state.sets.members(set)[place];
            let pod = self.state.pods[id as usize];
            if !pod.ready || pod.terminating {
                continue;
            }
            let due = pod.ready_at.truncated() + window;
            if pod.available && due > now {
                self.state.pods[id as usize].available = false;
                self.tell(Fact::PodUnavailable(id));
                self.see_unavailable(id);
            }
            self.schedule(due, Event::PodAvailable { pod: id });
        }
    }

    /// A pod stops being Ready; its kubelet tells the API server.
    pub(super) fn set_not_ready(&mut self, id: PodId) {
        self.lose_readiness(id);
        let published = self.now() + self.api_latency();
        self.send_pod(published, id, PodChange::NotReady);
        self.publish(published, id, Listed::No);
    }

    /// A pod stops being Ready, and nobody is told.
    pub(super) fn lose_readiness(&mut self, id: PodId) {
        let pod = &mut self.state.pods[id as usize];
        let was_available = pod.available;
        if let Some(node) = self.state.nodes.states.get_mut(pod.node as usize) {
            node.ready -= u32::from(pod.ready);
        }
        pod.ready = false;
        pod.available = false;
        self.tell(Fact::PodNotReady { pod: id, was_available });
    }

    /// Gives a pod its deletion timestamp; false if it had one. `own`: the ReplicaSet controller asked for it.
    pub(super) fn terminate(&mut self, id: PodId, own: bool) -> bool {
        let now = self.now();
        let pod = &mut self.state.pods[id as usize];
        if pod.terminating {
            return false;
        }
        let was = pod.was();
        pod.terminating = true;
        pod.epoch = pod.epoch.wrapping_add(1);
        pod.ready = false;
        pod.available = false;
        let pod = *pod;
        self.tell(Fact::PodTerminating { pod: id, was });
        self.send_pod(now, id, PodChange::Terminating { own });
        self.publish_termination(id);
        if pod.node == UNSCHEDULED {
            self.end_pod(id);
            return true;
        }
        let active = self.state.nodes.retire(pod.node, pod.template, was.ready);
        self.state.sets.node_changed(pod.node, active);
        if !pod.is_scheduled() || self.goes_at_once(pod.template) {
            self.state.nodes.vacate(pod.node);
            self.end_pod(id);
            self.room_appeared();
            return true;
        }
        let due = self.containers_gone(id, &pod);
        self.state.pods[id as usize].exits_at = due;
        if !pod.lost {
            self.schedule(due, Event::PodGone { pod: id });
        }
        true
    }

    /// Without a grace period the API server does not wait for the kubelet.
    ///
    /// Upstream: `pkg/registry/core/pod/strategy.go: CheckGracefulDelete`, `apiserver/pkg/registry/generic/registry/store.go: Delete`.
    fn goes_at_once(&self, template: Template) -> bool {
        self.scenario.script.is_none() && self.scenario.pods[usize::from(template)].grace.is_zero()
    }

    fn containers_gone(&mut self, id: PodId, pod: &Pod) -> SimTime {
        if let Some(script) = &self.scenario.script {
            return self.now()
                + script
                    .pods
                    .get(usize::from(pod.template))
                    .map_or(SimDuration::ZERO, |pods| pods.termination.of(pod.number).unwrap_or_default());
        }
        let seen = self.now() + self.watch_latency();
        let model = &self.scenario.pods[usize::from(pod.template)];
        if pod.backing_off {
            // No container runs: nobody gets the hook or the signal.
            return seen;
        }
        if pod.pulled_at > seen && model.pull_failure > 0.0 {
            // Nothing is under way between two attempts at a pull.
            return seen;
        }
        if pod.started_at > seen {
            // A start under way is not interrupted; containers that have not started have nothing to shut down.
            return pod.pulled_at.max(seen);
        }
        let number = u64::from(pod.number);
        let shutdown = self.draws.duration(&model.termination, pod.template, Purpose::Termination, number);
        let gone = kubelet::containers_gone_at(seen, model.grace, model.pre_stop, shutdown);
        self.plan_silence(id, kubelet::sigterm_at(seen, model.grace, model.pre_stop), gone);
        gone
    }

    pub(super) fn pod_gone(&mut self, id: PodId) {
        let pod = &self.state.pods[id as usize];
        if pod.lost || pod.gone {
            return;
        }
        let node = pod.node;
        self.state.nodes.vacate(node);
        self.end_pod(id);
        self.room_appeared();
    }

    fn end_pod(&mut self, id: PodId) {
        let now = self.now();
        let pod = &mut self.state.pods[id as usize];
        pod.gone = true;
        let set = pod.replica_set;
        self.state.sets.forget_pod(set);
        self.tell(Fact::PodGone(id));
        self.send_pod(now, id, PodChange::Gone);
        self.pod_falls_silent(id);
        self.publish(now, id, Listed::No);
        self.send_pod_gone();
    }
}
