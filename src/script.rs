//! Pods and nodes that follow a script to the nanosecond. Nothing about them is drawn at random.

use std::collections::BTreeMap;

use crate::k8s::objects::Template;
use crate::time::SimDuration;

/// The script of a run's pods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// Pods, by template number. A template that is not in the list has pods that never become Ready.
    pub pods: Vec<PodScript>,
    /// By node, when it was found silent, from the start and in order of time: how old its last heartbeat was when it fell silent is
    /// chance. A node that falls silent after the last of them is found by the rules.
    pub noticed: BTreeMap<u32, Vec<SimDuration>>,
    /// When each node had its turn in the updates of a DaemonSet, in order of time: in which order its controller goes through nodes is
    /// chance.
    pub turns: Vec<Turn>,
    /// Pods without an owner that are there from the start, and that nobody creates again.
    pub bare: Vec<BarePod>,
    /// The priority of the pods that have an owner.
    pub priority: i32,
    /// A template as large as those pods, which none of them has: room on a node that is kept for one of them is of this template.
    pub kept: Template,
    /// What all pods use of CPU together, from an instant after the start on [thousandths of a core], in order of time.
    pub cpu: Vec<(SimDuration, u64)>,
    /// What each of them asks for of it.
    pub cpu_request: u64,
}

/// A pod without an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarePod {
    /// A template of its size.
    pub template: Template,
    /// Its node; `None`: the emptiest one.
    pub node: Option<u32>,
    /// Its priority.
    pub priority: i32,
    /// Deletion timestamp → gone.
    pub termination: SimDuration,
}

/// A pod of a DaemonSet was created or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// From the start.
    pub at: SimDuration,
    /// Where.
    pub node: u32,
    /// The template of the pod that was created; `None`: one was deleted.
    pub created: Option<Template>,
}

/// What the pods of one template do. Times count from the instant at which a pod was bound to its node, and of one with volumes from when
/// it has them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodScript {
    /// Containers run.
    pub running: Times,
    /// Ready.
    pub ready: Times,
    /// Deletion timestamp → gone; never is zero.
    pub termination: Times,
    /// Pods that become Ready and stop being so by turns, in order of [`Toggles::number`]; they come before
    /// [`Self::ready`].
    pub toggles: Vec<Toggles>,
    /// Stand for UIDs: of two pods that every rule finds equal the lower one is deleted first. Pods not listed come after all that
    /// are, at random.
    pub uids: BTreeMap<u32, u32>,
    /// The nodes of pods: of nodes that every rule of the scheduler finds equal this one is taken.
    pub nodes: BTreeMap<u32, u32>,
    /// Pods that no node takes for so long after their creation, whatever room there is; `None`: none ever does. They count where the
    /// template's pods are [`Scripted`](crate::scenario::Scheduling::Scripted).
    pub held: BTreeMap<u32, Option<SimDuration>>,
    /// Pods that a run finds on their nodes: how long before its start they were bound.
    pub bound: BTreeMap<u32, SimDuration>,
    /// How long a volume that is free takes to be attached for a pod; for one that is not listed it is as for all pods.
    pub attach: BTreeMap<u32, SimDuration>,
}

/// A time for each pod in order of creation; `None` is never.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times {
    /// The first pods.
    pub listed: Vec<Option<SimDuration>>,
    /// All others.
    pub rest: Option<SimDuration>,
}

/// A pod whose readiness changes several times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Toggles {
    /// The pod's place among those of its template.
    pub number: u32,
    /// Ready, not Ready, Ready and so on; ascending.
    pub at: Vec<SimDuration>,
}

/// How the node lifecycle controller watches nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodeMonitor {
    /// `--node-monitor-period`
    pub period: SimDuration,
    /// `--node-monitor-grace-period`
    pub grace: SimDuration,
    /// `tolerationSeconds` of `node.kubernetes.io/unreachable`; `None` is for ever.
    pub toleration: Option<SimDuration>,
}

impl Default for NodeMonitor {
    fn default() -> Self {
        use crate::k8s::node_lifecycle::{DEFAULT_TOLERATION, MONITOR_GRACE_PERIOD, MONITOR_PERIOD};
        Self { period: MONITOR_PERIOD, grace: MONITOR_GRACE_PERIOD, toleration: Some(DEFAULT_TOLERATION) }
    }
}

impl Times {
    /// The same time for every pod.
    #[must_use]
    pub const fn same(time: SimDuration) -> Self {
        Self { listed: Vec::new(), rest: Some(time) }
    }

    /// The time of pod `number`.
    #[must_use]
    pub fn of(&self, number: u32) -> Option<SimDuration> {
        self.listed.get(number as usize).copied().unwrap_or(self.rest)
    }
}

/// The state of a pod at an age, and the age at which it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodState {
    /// Its containers run.
    pub running: bool,
    /// It is Ready.
    pub ready: bool,
    /// The age of the next change; `None`: it stays so.
    pub until: Option<SimDuration>,
}

/// How much earlier a turn may have come than the simulated sync that gives it.
const EARLY: SimDuration = SimDuration::from_millis(500);

impl Script {
    /// The node of a pod.
    #[must_use]
    pub fn node_of(&self, template: Template, number: u32) -> Option<u32> {
        self.pods.get(usize::from(template))?.nodes.get(&number).copied()
    }

    /// When a node has its turn, from the instant `now` after the start on, where pods of `template` are created: the next creation of
    /// one, or where there is none the next deletion. `None`: it has none.
    #[must_use]
    pub fn next_turn(&self, node: u32, template: Template, now: SimDuration) -> Option<SimDuration> {
        let later = || self.turns.iter().filter(|turn| turn.node == node && turn.at + EARLY >= now);
        let creation = later().find(|turn| turn.created == Some(template));
        creation.or_else(|| later().find(|turn| turn.created.is_none())).map(|turn| turn.at)
    }
}

impl PodScript {
    /// The state of pod `number` when it has been bound for `age`. A Ready pod runs.
    #[must_use]
    pub fn state(&self, number: u32, age: SimDuration) -> PodState {
        let (ready, ready_until) = self.readiness(number, age);
        let started = self.running.of(number).filter(|&start| start > age);
        let running = ready || (started.is_none() && self.running.of(number).is_some());
        let until = [ready_until, started].into_iter().flatten().min();
        PodState { running, ready, until }
    }

    /// The age at which the readiness of pod `number` last changed up to `age`, and whether it has been Ready since; `None`: it has not
    /// been Ready.
    #[must_use]
    pub fn last_change(&self, number: u32, age: SimDuration) -> Option<(SimDuration, bool)> {
        match self.toggles.binary_search_by_key(&number, |toggles| toggles.number) {
            Ok(place) => {
                let at = &self.toggles[place].at;
                let passed = at.partition_point(|&at| at <= age);
                Some((*at.get(passed.checked_sub(1)?)?, passed % 2 == 1))
            }
            Err(_) => self.ready.of(number).filter(|&at| at <= age).map(|at| (at, true)),
        }
    }

    fn readiness(&self, number: u32, age: SimDuration) -> (bool, Option<SimDuration>) {
        match self
            .toggles
            .binary_search_by_key(&number, |toggles| toggles.number)
            .ok()
            .map(|place| &self.toggles[place])
        {
            Some(toggles) => {
                let passed = toggles.at.partition_point(|&at| at <= age);
                (passed % 2 == 1, toggles.at.get(passed).copied())
            }
            None => {
                let ready = self.ready.of(number);
                (ready.is_some_and(|at| at <= age), ready.filter(|&at| at > age))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: f64) -> SimDuration {
        SimDuration::from_secs_f64(seconds)
    }

    #[test]
    fn states_by_age() {
        let script = PodScript {
            running: Times::same(s(0.1)),
            ready: Times { listed: vec![Some(s(2.0)), None, Some(s(0.05))], rest: Some(s(3.0)) },
            termination: Times::same(s(1.0)),
            toggles: vec![Toggles { number: 4, at: vec![s(3.0), s(5.0), s(9.0)] }],
            uids: BTreeMap::new(),
            nodes: BTreeMap::new(),
            held: BTreeMap::new(),
            bound: BTreeMap::new(),
            attach: BTreeMap::new(),
        };
        let table = [
            (0, 0.0, false, false, Some(0.1)),
            (0, 0.1, true, false, Some(2.0)),
            (0, 2.0, true, true, None),
            (1, 50.0, true, false, None),
            (2, 0.05, true, true, Some(0.1)),
            (3, 2.9, true, false, Some(3.0)),
            (4, 3.0, true, true, Some(5.0)),
            (4, 5.0, true, false, Some(9.0)),
            (4, 9.5, true, true, None),
        ];
        for (number, age, running, ready, until) in table {
            let expected = PodState { running, ready, until: until.map(s) };
            assert_eq!(script.state(number, s(age)), expected, "pod {number} at {age} s");
        }
        let changes = [(4, 2.0, None), (4, 4.0, Some((s(3.0), true))), (4, 8.0, Some((s(5.0), false)))];
        for (number, age, expected) in changes.into_iter().chain([(0, 2.5, Some((s(2.0), true))), (1, 9.0, None)]) {
            assert_eq!(script.last_change(number, s(age)), expected, "pod {number} at {age} s");
        }
        assert_eq!(PodScript::default().state(0, s(1.0)), PodState { running: false, ready: false, until: None });
    }
}
