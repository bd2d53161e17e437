//! Scripted runs: pods that follow a script, and what a script's actions do to pods and nodes.

use crate::k8s::node_lifecycle;
use crate::k8s::objects::{Deployment, DeploymentStatus, Template};
use crate::random::Purpose;
use crate::scenario::{ScriptAction, ScriptedPod};
use crate::script::Script;
use crate::sim::event::Event;
use crate::sim::nodes::Health;
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::pods::Next;
use crate::sim::replica_set_controller::PodChange;
use crate::sim::run::Run;
use crate::time::{SimDuration, SimTime};

impl<O: Observer> Run<'_, O> {
    /// What only scripts ask for.
    pub(super) fn scripted(&mut self, action: ScriptAction) {
        match action {
            ScriptAction::Create => self.create_deployment(),
            ScriptAction::DeletePod(pod) => self.with_pod(pod, |run, id| {
                run.terminate(id, false);
            }),
            ScriptAction::SetReady(pod, ready) => self.with_pod(pod, |run, id| {
                // A pod that is not Ready cannot be made less so: its kubelet goes on as before.
                if ready || run.state.pods[id as usize].ready {
                    run.set_by_hand(id, ready);
                }
            }),
            ScriptAction::SetDeletionCost(pod, cost) => self.with_pod(pod, |run, id| {
                run.state.pods[id as usize].deletion_cost = cost;
                run.state.sets.mind_costs();
            }),
            ScriptAction::NodeSilent(node) => self.node_silent(node),
            ScriptAction::NodeHeard(node) => self.node_heard(node),
        }
    }

    /// Creates the Deployment; the API server refuses a second one of the same name.
    fn create_deployment(&mut self) {
        if self.state.deployment.is_some() {
            return;
        }
        let spec = self.scenario.deployment;
        let resource_version = self.next_version();
        let status = DeploymentStatus::default();
        self.state.deployment = Some(Deployment { generation: 1, resource_version, spec, status });
        self.tell(Fact::DeploymentSpec(spec));
        self.send_deployment();
    }

    /// Does something to a pod, if there is such a pod still.
    fn with_pod(&mut self, pod: ScriptedPod, act: impl FnOnce(&mut Self, PodId)) {
        let wanted = |known: &crate::sim::pods::Pod| known.template == pod.template && known.number == pod.number;
        let found = self.state.pods.iter().position(wanted);
        if let Some(id) = found.filter(|&id| !self.state.pods[id].gone) {
            act(self, id as PodId);
        }
    }

    /// The UID of a pod to be created.
    pub(super) fn uid(&mut self, template: Template, number: u32) -> u64 {
        let drawn = self.draws.bits(template, Purpose::Uid, u64::from(number));
        match self.scenario.script.as_ref().and_then(|script| script.pods.get(usize::from(template))) {
            None => drawn,
            Some(pods) => pods.uids.get(&number).map_or(drawn | 1 << 63, |&uid| u64::from(uid)),
        }
    }

    /// A pod has been bound to a node that works.
    pub(super) fn start_scripted(&mut self, script: &Script, id: PodId) {
        let now = self.now();
        let pod = &mut self.state.pods[id as usize];
        pod.pulled_at = now;
        let running = script.pods.get(usize::from(pod.template)).and_then(|pods| pods.running.of(pod.number));
        pod.started_at = running.map_or(SimTime::NEVER, |running| now + running);
        self.pod_updated(id);
        self.follow_script(id);
    }

    /// Brings a pod to what its script says now, and plans its next change.
    pub(super) fn follow_script(&mut self, id: PodId) {
        let now = self.now();
        let pod = self.state.pods[id as usize];
        let script = self.scenario.script.as_ref();
        let Some(script) = script.and_then(|script| script.pods.get(usize::from(pod.template))) else { return };
        if pod.lost || pod.terminating || !pod.is_scheduled() {
            return;
        }
        let state = script.state(pod.number, now.since(pod.pulled_at));
        let ready = pod.ready_by_hand.unwrap_or(state.ready);
        if state.running && pod.started_at == now {
            self.pod_updated(id);
        }
        if ready && pod.started_at > now {
            self.state.pods[id as usize].started_at = now;
        }
        if ready != pod.ready {
            if ready {
                self.set_ready(id);
            } else {
                self.set_not_ready(id);
            }
        }
        if let Some(age) = state.until {
            self.plan(id, Next::Script, pod.pulled_at + age);
        }
    }

    /// A pod changed in a way that moves no count. Every such change makes the ReplicaSet controller look again, which
    /// matters only while a quota refuses pods: each look that fails makes the next one later.
    pub(super) fn pod_updated(&mut self, id: PodId) {
        if self.state.quota.is_some() {
            let now = self.now();
            self.send_pod(now, id, PodChange::Updated);
        }
    }

    fn set_by_hand(&mut self, id: PodId, ready: bool) {
        self.state.pods[id as usize].ready_by_hand = Some(ready);
        self.refollow(id);
    }

    /// Follows the script anew; what was planned is dropped.
    fn refollow(&mut self, id: PodId) {
        let pod = &mut self.state.pods[id as usize];
        pod.epoch = pod.epoch.wrapping_add(1);
        self.follow_script(id);
    }

    fn node_silent(&mut self, node: NodeId) {
        let known = self.state.nodes.states.get(node as usize);
        if known.is_none_or(|state| state.health != Health::Up) {
            return;
        }
        self.state.nodes.set_health(node, Health::Lost);
        self.tell(Fact::NodeLost(node));
        self.each_pod_on(node, |run, id| run.state.pods[id as usize].lost = true);
        if let Some(script) = &self.scenario.script {
            let monitor = script.monitor;
            let noticed = self.next_look(monitor.period) + node_lifecycle::noticed_after(monitor.grace, monitor.period);
            self.state.nodes.states[node as usize].noticed = noticed;
            self.schedule(noticed, Event::NodeUnreachable { node });
        }
    }

    /// When the node lifecycle controller looks next and finds the last heartbeat; it looks at half of its period.
    pub(super) fn next_look(&self, period: SimDuration) -> SimTime {
        let period = period.as_nanos().max(1);
        let since = self.now().since(self.state.start).as_nanos() + period / 2;
        let looks = since.div_ceil(period).max(1);
        self.state.start + SimDuration::from_nanos(looks * period - period / 2)
    }

    fn node_heard(&mut self, node: NodeId) {
        let known = self.state.nodes.states.get(node as usize);
        if known.is_none_or(|state| state.health == Health::Up) {
            return;
        }
        let was_unreachable = self.node_reports(node);
        self.each_pod_on(node, |run, id| {
            let pod = &mut run.state.pods[id as usize];
            pod.lost = false;
            if pod.terminating {
                let due = pod.exits_at;
                run.schedule(due, Event::PodGone { pod: id });
            } else if pod.pulled_at.is_never() {
                let now = run.now();
                run.start_pod(id, now);
            } else {
                run.refollow(id);
            }
        });
        self.node_is_back(node, was_unreachable);
    }
}
