//! Pods of lower priority, which make room for the Deployment's and come back where room is left.
//!
//! Upstream: `pkg/scheduler/framework/preemption`, `plugins/defaultpreemption`, `schedule_one.go: evaluateNominatedNode`. All
//! are alike and as large as a pod of the Deployment, so one victim is enough wherever there is one. Of such nodes upstream
//! takes the one whose victim started last; here the least loaded one is taken.

use crate::random::Purpose;
use crate::sim::event::Event;
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::{Run, State};
use crate::sim::scheduling_queue::Queued;

/// The pods of lower priority.
#[derive(Debug, Default)]
pub(super) struct LowerPriority {
    on: Vec<OnNode>,
    /// Displaced, and to be tried on another node.
    to_try: u32,
    /// Displaced, and found no node.
    unplaced: u32,
}

/// Those on one node.
#[derive(Clone, Copy, Debug, Default)]
struct OnNode {
    staying: u32,
    /// Told to go, not gone.
    going: u32,
    /// Pods of the Deployment that their room is kept for.
    kept: u32,
    /// Told to go so far.
    victims: u32,
}

impl LowerPriority {
    pub(super) fn reset(&mut self) {
        *self = Self { on: std::mem::take(&mut self.on), ..Self::default() };
        self.on.clear();
    }

    /// Room may be there again.
    pub(super) fn wake(&mut self) {
        self.to_try += std::mem::take(&mut self.unplaced);
    }

    pub(super) fn has_one_to_try(&self) -> bool {
        self.to_try > 0
    }

    /// Those that want a node and have none.
    pub(super) fn displaced(&self) -> u32 {
        self.to_try + self.unplaced
    }
}

impl<O: Observer> Run<'_, O> {
    /// Puts pods of lower priority where the old version leaves room.
    pub(super) fn start_lower_priority(&mut self) {
        let Some(model) = &self.scenario.cluster.lower_priority else { return };
        self.state.lower_priority.on.resize(self.state.nodes.states.len(), OnNode::default());
        for node in 0..self.scenario.cluster.nodes_at_start() {
            let staying = model.pods.min(self.state.nodes.states[node].room());
            self.change_others(node as NodeId, |on| on.staying = staying);
        }
    }

    /// Makes room for a pod that found no node: the node where it will be, if there is one.
    pub(super) fn preempt(&mut self, queued: &Queued) -> Option<NodeId> {
        let model = self.scenario.cluster.lower_priority.as_ref()?;
        if let Some(node) = queued.nominated {
            let comes = self.state.lower_priority.on[node as usize].going > 0;
            if comes && !self.state.nodes.states[node as usize].takes_none() {
                return Some(node);
            }
            self.give_up_room(node);
        }
        let node = self.node_with_victim(queued.pod)?;
        let number = self.state.lower_priority.on[node as usize].victims;
        self.change_others(node, |on| {
            on.staying -= 1;
            on.going += 1;
            on.kept += 1;
            on.victims += 1;
        });
        // Its owner has another one in its place at once.
        self.state.lower_priority.to_try += 1;
        self.tell(Fact::Preempted { pod: queued.pod, node });
        let told = self.now() + self.api_latency() + self.watch_latency();
        let at = u64::from(number) << 32 | u64::from(node);
        let gone = told + self.draws.duration(&model.termination, 0, Purpose::Preemption, at);
        self.schedule(gone, Event::VictimGone { node });
        Some(node)
    }

    fn node_with_victim(&mut self, pod: PodId) -> Option<NodeId> {
        self.find_allowed(pod);
        let State { nodes, search, lower_priority: lower, .. } = &*self.state;
        let candidates = nodes.states.iter().zip(&lower.on).enumerate();
        candidates
            .filter(|(number, (node, on))| {
                on.staying > 0 && node.takes_one_for_one(on.going) && search.is_allowed(*number)
            })
            .min_by_key(|(number, (node, _))| (node.load_with_one_more(), *number))
            .map(|(number, _)| number as NodeId)
    }

    /// Finds the nodes that a pod's constraints leave.
    fn find_allowed(&mut self, pod: PodId) {
        let template = self.state.pods[pod as usize].template;
        let constraints = &self.scenario.pods[usize::from(template)].constraints;
        self.state.search.allow(&self.state.nodes, template, constraints);
    }

    /// A pod of lower priority is gone: the one that it made room for is tried again, and others with it.
    pub(super) fn victim_gone(&mut self, node: NodeId) {
        self.change_others(node, |on| on.going -= 1);
        self.room_appeared();
    }

    /// Whether a pod may have the room that was kept for it; then it is kept no longer.
    pub(super) fn take_kept_room(&mut self, pod: PodId, node: NodeId) -> bool {
        self.change_others(node, |on| on.kept -= 1);
        self.find_allowed(pod);
        let fits = self.state.search.is_allowed(node as usize) && self.state.nodes.fits(node as usize);
        if !fits {
            self.change_others(node, |on| on.kept += 1);
        }
        fits
    }

    /// Room is kept no longer for a pod that does not need it: others may have it.
    pub(super) fn give_up_room(&mut self, node: NodeId) {
        let now = self.now();
        self.change_others(node, |on| on.kept -= 1);
        self.state.scheduler.wake(now);
    }

    /// Tries one that was displaced. Where it finds no node, no other does.
    pub(super) fn try_displaced(&mut self) {
        let found = self.state.nodes.place();
        let lower = &mut self.state.lower_priority;
        match found {
            Some(node) => {
                lower.to_try -= 1;
                self.change_others(node, |on| on.staying += 1);
            }
            None => {
                lower.unplaced += std::mem::take(&mut lower.to_try);
                self.wake_autoscaler();
            }
        }
    }

    fn change_others(&mut self, node: NodeId, change: impl FnOnce(&mut OnNode)) {
        let on = &mut self.state.lower_priority.on[node as usize];
        change(on);
        let (there, others) = (on.staying + on.going, on.staying + on.going + on.kept);
        self.state.nodes.set_others(node, others);
        debug_assert!(
            there == 0 || self.state.nodes.states[node as usize].holds(there),
            "no node holds more than it can"
        );
    }
}
