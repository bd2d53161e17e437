//! A snapshot of a Deployment as the simulator finds it.

use std::collections::BTreeMap;

use super::pod::Pod;
use super::set::Set;
use super::subject::Kind;
use super::{Snapshot, StandingNode};
use crate::k8s::objects::{
    ConditionStatus, DeploymentSpec, DeploymentStatus, ProgressReason, ReplicaSetStatus, Template,
};
use crate::scenario::{
    Found, FoundDeployment, FoundImage, FoundPhase, FoundPlace, FoundPod, FoundProgressing, FoundRefused,
    FoundReplicaSet, FoundWorkload, NEW_TEMPLATE, OLD_TEMPLATE, PodModel, SilentNode, Stamp,
};
use crate::time::SimDuration;

/// The seconds for which a pod tolerates a node that does not report, where it says nothing else.
///
/// Upstream: `plugin/pkg/admission/defaulttolerationseconds`.
const TOLERATION_S: u64 = 300;

/// Reasons for which an image is not there yet.
const NO_IMAGE: [&str; 4] = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"];

impl Snapshot {
    /// What a run finds. `nodes` are the names of the scenario's nodes, of those without a Node object none. Versions beside the new
    /// one and the one before get a model of their own in `models`, which is that of the one before. `None`: the workload is no
    /// Deployment, or nothing is under way.
    pub(crate) fn found(
        &self,
        spec: DeploymentSpec,
        nodes: &[Option<&str>],
        models: &mut Vec<PodModel>,
    ) -> Option<Found> {
        if self.workload.kind != Kind::Deployment || self.is_at_rest() {
            return None;
        }
        let (kept, templates) = self.versions(models);
        let numbers: BTreeMap<&str, u32> =
            nodes.iter().enumerate().filter_map(|(number, name)| Some(((*name)?, number as u32))).collect();
        let place = |set: usize| kept.iter().position(|known| *known == set);
        let mut pods: Vec<&Pod> = self.pods.iter().collect();
        pods.sort_by(|one, other| (one.created, &one.name).cmp(&(other.created, &other.name)));
        let pods = pods.into_iter().filter_map(|pod| {
            let set = u16::try_from(place(pod.set?)?).ok()?;
            self.found_pod(pod, FoundPlace::ReplicaSet(set), &numbers)
        });
        let pods: Vec<FoundPod> = pods.collect();
        let sets = kept.iter().zip(&templates).map(|(set, template)| self.found_set(&self.sets[*set], *template));
        let spec = DeploymentSpec { template: NEW_TEMPLATE, ..spec };
        let mut deployment = FoundDeployment::new(spec, sets.collect());
        deployment.generation = i64::from(self.workload.generation);
        deployment.status = self.status();
        deployment.progressing = self.progressing();
        let mut found = Found::of(FoundWorkload::deployment(deployment, pods));
        found.images = self.found_images(&kept, &templates, &numbers);
        found.silent_nodes = self.silent(&numbers);
        Some(found)
    }

    /// The sets that count, by their places, and the template of each: those with pods, and the new one.
    fn versions(&self, models: &mut Vec<PodModel>) -> (Vec<usize>, Vec<Template>) {
        let has_pods = |place: usize| self.pods.iter().any(|pod| pod.set == Some(place));
        let mut kept: Vec<usize> = (0..self.sets.len())
            .filter(|place| self.sets[*place].is_new || self.sets[*place].replicas > 0 || has_pods(*place))
            .collect();
        kept.sort_by(|one, other| {
            let key = |place: &usize| (self.sets[*place].created, self.sets[*place].name.clone());
            key(one).cmp(&key(other))
        });
        let size = |place: usize| {
            let pods = self.live().filter(|pod| pod.set == Some(place)).count();
            (self.sets[place].replicas.max(i32::try_from(pods).unwrap_or(i32::MAX)), self.sets[place].revision)
        };
        let old = kept.iter().copied().filter(|place| !self.sets[*place].is_new).max_by_key(|place| size(*place));
        let templates = kept.iter().map(|place| {
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
        (kept, templates)
    }

    fn second(&self, at: i64) -> Stamp {
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

    fn found_set(&self, set: &Set, template: Template) -> FoundReplicaSet {
        let [replicas, ready, available, terminating] = set.counts.map(signed);
        let mut found = FoundReplicaSet::new(template, set.replicas);
        found.created = set.created - self.at;
        found.generation = i64::from(set.generation.max(1));
        found.min_ready_seconds = signed(set.min_ready_seconds);
        found.revision = i64::try_from(set.revision).unwrap_or(i64::MAX);
        found.desired_replicas = set.desired_replicas;
        found.max_replicas = set.max_replicas;
        found.status = ReplicaSetStatus {
            observed_generation: i64::from(set.observed_generation),
            replicas,
            ready_replicas: ready,
            available_replicas: available,
            terminating_replicas: terminating,
            replica_failure: set.failure.is_some(),
        };
        found.refused = self.refused(set);
        found
    }

    /// Since when the API server refuses the pods of a set, by its events, else by the condition.
    fn refused(&self, set: &Set) -> Option<FoundRefused> {
        let (since, _) = set.failure.as_ref()?;
        let mut events = self.events.iter().filter(|event| event.object == set.name && event.reason == "FailedCreate");
        let first = events.clone().map(|event| event.first).filter(|first| first >= since).min();
        let last = events.next_back().map(|event| event.last);
        Some(FoundRefused {
            first: self.second(first.unwrap_or(*since)),
            last: last.map(|last| self.second(last.max(*since))),
        })
    }

    fn status(&self) -> DeploymentStatus {
        let workload = &self.workload;
        let sum = |of: fn(&Set) -> u32| signed(self.sets.iter().map(of).sum());
        let wanted: i32 = self.sets.iter().map(|set| set.replicas).sum();
        let available = signed(workload.available);
        DeploymentStatus {
            observed_generation: i64::from(workload.observed_generation),
            replicas: signed(workload.total),
            updated_replicas: signed(workload.updated),
            ready_replicas: signed(workload.ready),
            available_replicas: available,
            unavailable_replicas: (wanted - available).max(0),
            terminating_replicas: sum(|set| set.counts[3]),
            available: workload.condition("Available").map(|condition| condition.holds),
            progressing: None,
            replica_failure: workload.condition("ReplicaFailure").is_some_and(|condition| condition.holds),
            revision: workload.revision.and_then(|revision| i64::try_from(revision).ok()).unwrap_or(0),
        }
    }

    fn progressing(&self) -> Option<FoundProgressing> {
        let condition = self.workload.condition("Progressing")?;
        let reason = match condition.reason.as_str() {
            "NewReplicaSetCreated" => ProgressReason::NewReplicaSetCreated,
            "FoundNewReplicaSet" => ProgressReason::FoundNewReplicaSet,
            "NewReplicaSetAvailable" => ProgressReason::NewReplicaSetAvailable,
            "ProgressDeadlineExceeded" => ProgressReason::ProgressDeadlineExceeded,
            "ReplicaSetCreateError" => ProgressReason::ReplicaSetCreateError,
            "DeploymentPaused" => ProgressReason::DeploymentPaused,
            "DeploymentResumed" => ProgressReason::DeploymentResumed,
            _ => ProgressReason::ReplicaSetUpdated,
        };
        let status = match (condition.holds, reason) {
            (true, _) => ConditionStatus::True,
            (false, ProgressReason::DeploymentPaused | ProgressReason::DeploymentResumed) => ConditionStatus::Unknown,
            (false, _) => ConditionStatus::False,
        };
        let updated = condition.updated.or(condition.changed)?;
        Some(FoundProgressing {
            status,
            reason,
            last_update: updated - self.at,
            last_transition: condition.changed.unwrap_or(updated) - self.at,
        })
    }

    /// Which nodes have the images of a version, as far as their statuses list images.
    fn found_images(&self, kept: &[usize], templates: &[Template], numbers: &BTreeMap<&str, u32>) -> Vec<FoundImage> {
        let mut found = Vec::new();
        for (set, template) in kept.iter().zip(templates) {
            let images = &self.sets[*set].images;
            let listing = self.nodes.iter().filter(|node| !node.images.is_empty() && !images.is_empty());
            for node in listing {
                let Some(number) = numbers.get(node.name.as_str()) else { continue };
                let present = images.iter().all(|image| node.images.contains(image));
                found.push(FoundImage { template: *template, node: *number, present });
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
fn signed(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The first 16 hexadecimal digits of a UID.
fn first_digits(uid: &str) -> Option<u64> {
    let digits: String = uid.chars().filter(|c| *c != '-').take(16).collect();
    u64::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 16)
}
