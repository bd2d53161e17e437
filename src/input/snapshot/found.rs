//! A snapshot of a workload as the simulator finds it: its versions and its pods.

use std::collections::{BTreeMap, BTreeSet};

use super::pod::Pod;
use super::spec::Spec;
use super::subject::Kind;
use super::{Snapshot, StandingNode};
use crate::k8s::objects::Template;
use crate::scenario::{
    Found, FoundImage, FoundPhase, FoundPlace, FoundPod, FoundWorkload, NEW_TEMPLATE, OLD_TEMPLATE, PodModel,
    SilentNode, Stamp,
};
use crate::time::SimDuration;

/// The seconds for which a pod tolerates a node that does not report, where it says nothing else.
///
/// Upstream: `plugin/pkg/admission/defaulttolerationseconds`.
const TOLERATION_S: u64 = 300;

/// Reasons for which an image is not there yet.
const NO_IMAGE: [&str; 4] = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"];

/// The versions that count: the places of their sets, oldest first, and the template of each.
#[derive(Debug)]
pub(super) struct Versions {
    sets: Vec<usize>,
    templates: Vec<Template>,
}

impl Versions {
    pub(super) fn each(&self) -> impl Iterator<Item = (usize, Template)> {
        self.sets.iter().copied().zip(self.templates.iter().copied())
    }

    /// The version before the new one, where there is one; else the new one.
    pub(super) fn old(&self) -> Option<Template> {
        self.templates.iter().copied().find(|template| *template == OLD_TEMPLATE).or_else(|| self.updated())
    }

    /// The new version, where it has a set already.
    pub(super) fn updated(&self) -> Option<Template> {
        self.templates.iter().copied().find(|template| *template == NEW_TEMPLATE)
    }

    /// The template of the set at a place.
    fn template_of(&self, set: usize) -> Option<Template> {
        self.each().find(|(known, _)| *known == set).map(|(_, template)| template)
    }
}

impl Snapshot {
    /// What a run finds. `nodes` are the names of the scenario's nodes, of those without a Node object none. Versions beside the new
    /// one and the one before get a model of their own in `models`, which is that of the one before. `None`: nothing is under way.
    pub(crate) fn found(&self, spec: Spec, nodes: &[Option<&str>], models: &mut Vec<PodModel>) -> Option<Found> {
        if self.is_at_rest() {
            return None;
        }
        let versions = self.versions(models);
        let numbers = self.numbers(nodes);
        let mut pods: Vec<&Pod> = self.pods.iter().collect();
        pods.sort_by(|one, other| (one.created, &one.name).cmp(&(other.created, &other.name)));
        let pods = pods.into_iter().filter_map(|pod| {
            let place = self.place(pod, &versions, &numbers)?;
            self.found_pod(pod, place, &numbers)
        });
        let pods: Vec<FoundPod> = pods.collect();
        let mut found = Found::of(match (spec.stateful_set, spec.daemon_set) {
            (Some(set), _) => FoundWorkload::stateful_set(self.found_stateful_set(set.spec, &versions), pods),
            (None, Some(set)) => FoundWorkload::daemon_set(self.found_daemon_set(set.spec, &versions), pods),
            (None, None) => FoundWorkload::deployment(self.found_deployment(spec.deployment, &versions), pods),
        });
        found.images = self.found_images(&versions, &numbers);
        found.silent_nodes = self.silent(&numbers);
        Some(found)
    }

    /// The numbers of the nodes by their names. Where no node has a name, because no Node objects are there, the nodes that pods name are
    /// taken for the first ones, and again from the first where there are more.
    fn numbers<'n>(&'n self, nodes: &[Option<&'n str>]) -> BTreeMap<&'n str, u32> {
        let named = nodes.iter().enumerate().filter_map(|(number, name)| Some(((*name)?, number as u32)));
        let named: BTreeMap<&str, u32> = named.collect();
        if !named.is_empty() {
            return named;
        }
        let of_pods: BTreeSet<&str> =
            self.pods.iter().filter_map(|pod| pod.node.as_deref().or(pod.meant_for.as_deref())).collect();
        of_pods.into_iter().zip((0..nodes.len() as u32).cycle()).collect()
    }

    /// What a pod belongs to. A pod of a version that nothing tells of belongs to nothing that is simulated, nor does one that is for a
    /// node that is no node of the scenario.
    fn place(&self, pod: &Pod, versions: &Versions, numbers: &BTreeMap<&str, u32>) -> Option<FoundPlace> {
        let set = pod.set?;
        let template = versions.template_of(set)?;
        Some(match self.workload.kind {
            Kind::Deployment => {
                let place = versions.sets.iter().position(|known| *known == set)?;
                FoundPlace::ReplicaSet(u16::try_from(place).ok()?)
            }
            Kind::StatefulSet => FoundPlace::Ordinal { ordinal: pod.ordinal?, template },
            Kind::DaemonSet => {
                let node = pod.node.as_deref().or(pod.meant_for.as_deref())?;
                FoundPlace::Node { node: *numbers.get(node)?, template }
            }
        })
    }

    /// The sets that count, with their templates: those with pods, the new one, and of a StatefulSet the one that pods below its
    /// partition get.
    fn versions(&self, models: &mut Vec<PodModel>) -> Versions {
        let has_pods = |place: usize| self.pods.iter().any(|pod| pod.set == Some(place));
        let is_current = |place: usize| Some(&self.sets[place].name) == self.workload.current_revision.as_ref();
        let counts = |place: &usize| {
            let set = &self.sets[*place];
            set.is_new || set.replicas > 0 || is_current(*place) || has_pods(*place)
        };
        let mut sets: Vec<usize> = (0..self.sets.len()).filter(counts).collect();
        sets.sort_by(|one, other| {
            let key = |place: &usize| (self.sets[*place].created, self.sets[*place].name.clone());
            key(one).cmp(&key(other))
        });
        let size = |place: usize| {
            let pods = self.live().filter(|pod| pod.set == Some(place)).count();
            let size = self.sets[place].replicas.max(i32::try_from(pods).unwrap_or(i32::MAX));
            (is_current(place), size, self.sets[place].revision)
        };
        let old = sets.iter().copied().filter(|place| !self.sets[*place].is_new).max_by_key(|place| size(*place));
        let templates = sets.iter().map(|place| {
            if self.sets[*place].is_new {
                return NEW_TEMPLATE;
            }
            if Some(*place) == old {
                return OLD_TEMPLATE;
            }
            let number = Template::try_from(models.len()).unwrap_or(Template::MAX);
            models.extend(models.first().cloned());
            number
        });
        let templates = templates.collect();
        Versions { sets, templates }
    }

    pub(super) fn second(&self, at: i64) -> Stamp {
        Stamp::whole(at - self.at)
    }

    fn found_pod(&self, pod: &Pod, place: FoundPlace, numbers: &BTreeMap<&str, u32>) -> Option<FoundPod> {
        let node = pod.node.as_deref().and_then(|name| numbers.get(name).copied());
        // A node that takes none of these pods is no node of the scenario; what is on its way out there takes no room elsewhere.
        if pod.node.is_some() && node.is_none() {
            return None;
        }
        let mut found = FoundPod::new(place, self.second(pod.created));
        found.node = node;
        found.uid = first_digits(&pod.uid);
        found.deletion_cost = pod.deletion_cost;
        found.restarts = u16::try_from(pod.restarts).unwrap_or(u16::MAX);
        found.phase = self.phase(pod);
        Some(found)
    }

    fn phase(&self, pod: &Pod) -> FoundPhase {
        let at = |at: i64| self.second(at);
        if let Some(told) = pod.told {
            let grace = SimDuration::from_secs(u64::from(pod.grace));
            return FoundPhase::Terminating { told: at(told), grace, ran: pod.started.is_some() || pod.was_ready };
        }
        let Some(bound) = pod.bound.filter(|_| pod.node.is_some()) else {
            return FoundPhase::Unscheduled { unschedulable: pod.unschedulable.is_some() };
        };
        let waiting = pod.waiting.as_ref().map_or("", |waiting| waiting.reason.as_str());
        if NO_IMAGE.contains(&waiting) {
            return FoundPhase::PullFailing { bound: at(bound) };
        }
        let exited = pod.exit.as_ref().and_then(|exit| exit.at);
        if waiting == "CrashLoopBackOff"
            && let Some(exited) = exited
        {
            return FoundPhase::BackingOff { exited: at(exited), killed_by: None };
        }
        match (pod.started, pod.ready, pod.lost) {
            (started, Some(since), _) => {
                FoundPhase::Ready { started: at(started.unwrap_or(since).min(since)), since: at(since) }
            }
            (Some(started), None, Some(since)) => FoundPhase::NotReady { started: at(started), since: at(since) },
            (Some(started), None, None) => FoundPhase::Warming { started: at(started) },
            (None, None, _) => FoundPhase::Starting { bound: at(bound) },
        }
    }

    /// Which nodes have the images of a version, as far as their statuses list images.
    fn found_images(&self, versions: &Versions, numbers: &BTreeMap<&str, u32>) -> Vec<FoundImage> {
        let mut found = Vec::new();
        for (set, template) in versions.each() {
            let images = &self.sets[set].images;
            let listing = self.nodes.iter().filter(|node| !node.images.is_empty() && !images.is_empty());
            for node in listing {
                let Some(number) = numbers.get(node.name.as_str()) else { continue };
                let present = images.iter().all(|image| node.images.contains(image));
                found.push(FoundImage { template, node: *number, present });
            }
        }
        found
    }

    fn silent(&self, numbers: &BTreeMap<&str, u32>) -> Vec<SilentNode> {
        let silent = |node: &StandingNode| {
            let number = *numbers.get(node.name.as_str())?;
            let tainted = node.unreachable.map(|at| self.second(at));
            let toleration = SimDuration::from_secs(TOLERATION_S);
            (!node.is_ready).then_some(SilentNode { node: number, tainted, toleration })
        };
        self.nodes.iter().filter_map(silent).collect()
    }
}

/// A count as Kubernetes has it.
pub(super) fn signed(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The first 16 hexadecimal digits of a UID.
fn first_digits(uid: &str) -> Option<u64> {
    let digits: String = uid.chars().filter(|c| *c != '-').take(16).collect();
    u64::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 16)
}
