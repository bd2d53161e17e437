//! Follows the pods of one replication, and what each decision of the controllers followed from.

use super::found_lives::FoundLives;
use super::life::{Change, Incident, Life, Release};
use super::phase::Phase;
use super::places::Places;
use super::set::Set;
use crate::k8s::objects::{PodReplacementPolicy, ReplicaSetStatus, Strategy, Template};
use crate::scenario::{Refusals, Scenario};
use crate::sim::{Fact, NodeId, Observer, OwnerId, PodId, StallCause};
use crate::time::SimTime;

/// The moment at which a rollout was reported as stalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stalled {
    /// When.
    pub at: SimTime,
    /// The last progress before, by the Deployment's status.
    pub progress: SimTime,
    /// What most of the pods that hold it up wait for.
    pub cause: StallCause,
    /// New pods with that cause.
    pub held: u32,
    /// New pods that are not available.
    pub of: u32,
    /// Why no node takes the pods that wait for one.
    pub refusals: Refusals,
}

/// Follows the pods of one replication.
#[derive(Clone, Debug)]
pub struct Lives<'a> {
    scenario: &'a Scenario,
    pub(super) start: Option<SimTime>,
    pub(super) pods: Vec<Life>,
    sets: Vec<Set>,
    pods_of: Vec<u32>,
    lost_nodes: Vec<NodeId>,
    pub(super) version: Template,
    /// What the Deployment controller has last learned that lets it go on.
    released: Release,
    /// What is known of the pods of a StatefulSet or a DaemonSet.
    places: Option<Places>,
    progress: SimTime,
    pub(super) stalled: Option<Stalled>,
    /// Pods that became available and changes of the Deployment, in order of time: a success follows from the last one before
    /// it that is about its version.
    pub(super) ends: Vec<(SimTime, Template, Release)>,
}

impl<'a> Lives<'a> {
    /// Gets ready for a replication of `scenario`.
    #[must_use]
    pub fn of(scenario: &'a Scenario) -> Self {
        let places = Places::of(scenario);
        let found = FoundLives::of(scenario);
        Self {
            scenario,
            start: None,
            pods: found.pods,
            sets: found.sets,
            pods_of: found.pods_of,
            lost_nodes: Vec::new(),
            version: 0,
            released: Release::Start,
            places,
            progress: SimTime::ZERO,
            stalled: None,
            ends: Vec::new(),
        }
    }

    fn set(&mut self, id: OwnerId) -> &mut Set {
        let place = usize::from(id);
        if self.sets.len() <= place {
            self.sets.resize(place + 1, Set::of(0, 0));
        }
        &mut self.sets[place]
    }

    /// A pod does something else from now on, unless it terminates.
    fn becomes(&mut self, at: SimTime, pod: PodId, phase: Phase) {
        let Some(life) = self.pods.get_mut(pod as usize) else { return };
        let last = life.changes.last().map(|change| change.phase);
        let ends = matches!(last, Some(Phase::Terminating | Phase::Gone));
        if (!ends || phase == Phase::Gone) && last != Some(phase) {
            life.changes.push(Change { at, phase });
        }
    }

    fn note(&mut self, at: SimTime, pod: PodId, incident: Incident) {
        if let Some(life) = self.pods.get_mut(pod as usize) {
            life.incidents.push((at, incident));
        }
    }

    fn owner(&self, pod: PodId) -> OwnerId {
        self.pods.get(pod as usize).map_or(0, |life| life.owner)
    }

    fn target(&mut self, at: SimTime, version: Template, paused: bool) {
        self.version = version;
        if self.start.is_none() {
            self.start = Some(at);
            self.progress = at;
            for life in &mut self.pods {
                life.changes[0].at = at;
            }
            return;
        }
        if !paused {
            self.progress = at;
        }
        self.released = Release::Changed(at);
        self.places.iter_mut().for_each(|known| known.change(at));
        self.ends.push((at, version, self.released));
    }

    /// The strategy lets new pods come only when those that go are gone.
    fn waits_for_gone(&self) -> bool {
        let spec = &self.scenario.deployment;
        spec.strategy == Strategy::Recreate
            || spec.pod_replacement_policy == Some(PodReplacementPolicy::TerminationComplete)
    }

    fn status(&mut self, id: OwnerId, status: &ReplicaSetStatus) {
        let wanted = self.version;
        let set = self.set(id);
        let before = std::mem::replace(&mut set.told, status.available_replicas);
        if status.available_replicas > before
            && set.version == wanted
            && let Some(release) = set.pod_of_status(status.available_replicas)
        {
            self.released = release;
        }
    }

    fn scaled(&mut self, id: OwnerId, from: i32, to: i32) {
        let release = self.released;
        let set = self.set(id);
        set.size = to;
        if to > from {
            set.grown = release;
        } else {
            set.shrunk = release;
            set.lost.truncate((to - set.live).max(0) as usize);
        }
    }

    fn created(&mut self, at: SimTime, owner: OwnerId, version: Template, ordinal: Option<u32>) {
        let set = self.set(owner);
        set.live += 1;
        let grown = set.lost.pop_front().unwrap_or(set.grown);
        let place = usize::from(version);
        if self.pods_of.len() <= place {
            self.pods_of.resize(place + 1, 0);
        }
        let of_ordinal = ordinal.zip(self.places.as_ref()).map(|(ordinal, known)| (ordinal, known.cause(ordinal)));
        let (number, released) = of_ordinal.unwrap_or((self.pods_of[place], grown));
        self.pods_of[place] += 1;
        self.pods.push(Life {
            version,
            number,
            owner,
            node: None,
            found: false,
            changes: vec![Change { at, phase: Phase::Scheduling }],
            incidents: Vec::new(),
            released,
            dismissed: Release::Start,
        });
    }

    fn unschedulable(&mut self, at: SimTime, pod: PodId, refusals: Refusals) {
        self.note(at, pod, Incident::Unschedulable(refusals));
        if let Some(last) = self.pods.get_mut(pod as usize).and_then(|life| life.changes.last_mut()) {
            last.phase = Phase::Waiting;
        }
    }

    fn scheduled(&mut self, at: SimTime, pod: PodId, node: NodeId) {
        let Some(life) = self.pods.get_mut(pod as usize) else { return };
        life.node = Some(node);
        let model = self.scenario.pods.get(usize::from(life.version));
        let volumes = model.is_some_and(|model| model.uses_volumes());
        self.becomes(at, pod, if volumes { Phase::Volume } else { Phase::Bound });
    }

    fn available(&mut self, at: SimTime, pod: PodId) {
        let set = self.set(self.owner(pod));
        set.available += 1;
        set.became_available.push((set.available, pod, at));
        let of_set = set.version;
        let release = Release::Available(pod, at);
        // All pods of a StatefulSet or a DaemonSet have one owner, whatever their version.
        let version = match self.places.as_mut().zip(self.pods.get(pod as usize)) {
            Some((known, life)) => {
                known.available(life.number, release);
                life.version
            }
            None => of_set,
        };
        self.ends.push((at, version, release));
        self.becomes(at, pod, Phase::Available);
    }

    fn unavailable(&mut self, pod: PodId, was: bool) {
        self.set(self.owner(pod)).available -= i32::from(was);
    }

    /// A pod becomes Ready. What `kubectl rollout status` waits for of a StatefulSet is that, and not that the pod is available.
    fn ready(&mut self, at: SimTime, pod: PodId) {
        let waits = self.places.as_ref().filter(|known| known.until_ready);
        if let Some(version) = waits.and(self.pods.get(pod as usize)).map(|life| life.version) {
            self.ends.push((at, version, Release::Available(pod, at)));
        }
        self.becomes(at, pod, Phase::Ready);
    }

    /// A pod is counted no longer. Where its ReplicaSet has fewer pods than it wants, it will be replaced.
    fn ends(&mut self, at: SimTime, pod: PodId, was_available: bool) {
        self.unavailable(pod, was_available);
        let set = self.set(self.owner(pod));
        set.live -= 1;
        if set.live < set.size {
            set.lost.push_back(Release::Replaced(pod, at));
        }
        let shrunk = set.shrunk;
        let place = self.pods.get(pod as usize).map_or(0, |life| life.number);
        let dismissed = self.places.as_ref().map_or(shrunk, |known| known.dismissal(place));
        if let Some(life) = self.pods.get_mut(pod as usize) {
            life.dismissed = dismissed;
        }
        self.becomes(at, pod, Phase::Terminating);
    }

    /// A pod of a StatefulSet or a DaemonSet has ended: its place is free. One of another version than the wanted one was told to go so that it is
    /// replaced, unless its node was lost.
    fn frees_its_place(&mut self, at: SimTime, pod: PodId, failed: bool) {
        let Some((known, life)) = self.places.as_mut().zip(self.pods.get(pod as usize)) else { return };
        let lost = failed || life.changes.iter().any(|change| change.phase == Phase::Lost);
        let replaced = lost || life.version == self.version;
        known.end(life.number, if replaced { Release::Replaced(pod, at) } else { Release::Gone(pod, at) });
    }

    fn gone(&mut self, at: SimTime, pod: PodId) {
        self.becomes(at, pod, Phase::Gone);
        self.frees_its_place(at, pod, false);
        let old = self.pods.get(pod as usize).is_some_and(|life| life.version != self.version);
        if old && self.waits_for_gone() {
            self.released = Release::Gone(pod, at);
        }
        if old && self.places.as_ref().is_some_and(|known| known.until_gone) {
            self.ends.push((at, self.version, Release::Gone(pod, at)));
        }
    }

    fn not_ready(&mut self, at: SimTime, pod: PodId, was_available: bool) {
        self.unavailable(pod, was_available);
        let life = self.pods.get(pod as usize);
        let lost = life.and_then(|life| life.node).is_some_and(|node| self.lost_nodes.contains(&node));
        if !lost {
            self.note(at, pod, Incident::NotReady);
            self.becomes(at, pod, Phase::NotReady);
        }
    }

    fn node_lost(&mut self, at: SimTime, node: NodeId) {
        self.lost_nodes.push(node);
        for pod in 0..self.pods.len() as PodId {
            let life = &self.pods[pod as usize];
            let there = life.changes.last().is_some_and(|change| change.phase < Phase::Terminating);
            if life.node == Some(node) && there {
                self.note(at, pod, Incident::NodeLost(node));
                self.becomes(at, pod, Phase::Lost);
            }
        }
    }

    fn pod_fact(&mut self, at: SimTime, fact: Fact) {
        match fact {
            Fact::PodFound { pod, node } => {
                if let Some(life) = self.pods.get_mut(pod as usize) {
                    life.node = Some(node);
                }
            }
            Fact::PodCreated { owner, template, ordinal, .. } => self.created(at, owner, template, ordinal),
            Fact::PodUnschedulable { pod, refusals } => self.unschedulable(at, pod, refusals),
            Fact::PodScheduled { pod, node } => self.scheduled(at, pod, node),
            Fact::VolumeElsewhere { pod, node } => self.note(at, pod, Incident::VolumeElsewhere(node)),
            Fact::Initializing(pod) => self.becomes(at, pod, Phase::Initializing),
            Fact::Pulling(pod) => self.becomes(at, pod, Phase::Pulling),
            Fact::Pulled { pod, .. } | Fact::ContainerRestarted(pod) => self.becomes(at, pod, Phase::Starting),
            Fact::ContainersStarted(pod) => self.becomes(at, pod, Phase::WarmingUp),
            Fact::ContainerKilled { pod, by } => {
                self.note(at, pod, Incident::Killed(by));
                self.becomes(at, pod, Phase::Restarting);
            }
            Fact::ContainerExited { pod, killed_by, .. } => {
                if killed_by.is_none() {
                    self.note(at, pod, Incident::Exited);
                }
                self.becomes(at, pod, Phase::Restarting);
            }
            Fact::PodReady(pod) => self.ready(at, pod),
            Fact::PodUnavailable(pod) => {
                self.unavailable(pod, true);
                self.becomes(at, pod, Phase::Ready);
            }
            Fact::PodNotReady { pod, was_available } => self.not_ready(at, pod, was_available),
            Fact::PodAvailable(pod) => self.available(at, pod),
            Fact::PodTerminating { pod, was } => self.ends(at, pod, was.available),
            Fact::PodFailed { pod, was, .. } => {
                self.ends(at, pod, was.available);
                self.becomes(at, pod, Phase::Gone);
                self.frees_its_place(at, pod, true);
            }
            Fact::PodGone(pod) => self.gone(at, pod),
            _ => {}
        }
    }
}

impl Observer for Lives<'_> {
    const DETAIL: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        match fact {
            Fact::Target { target, .. } => self.target(at, target.version, target.paused),
            Fact::DeploymentStatus { progress: true, .. } => self.progress = at,
            Fact::Stalled { cause, held, of, refusals, .. } => {
                let progress = self.progress;
                self.stalled.get_or_insert(Stalled { at, progress, cause, held, of, refusals });
            }
            Fact::ReplicaSetCreated { id, template, replicas, .. } => {
                self.set(id).version = template;
                self.scaled(id, 0, replicas);
            }
            Fact::ReplicaSetScaled { id, from, to } => self.scaled(id, from, to),
            Fact::ReplicaSetStatus { id, status } => self.status(id, &status),
            Fact::NodeLost(node) => self.node_lost(at, node),
            Fact::NodeBack(node) => self.lost_nodes.retain(|known| *known != node),
            other => self.pod_fact(at, other),
        }
    }
}
