//! What a rollout waits for at the instant of a snapshot, with the pods and what the snapshot says about it.

use super::State;
use super::evidence::{always_exits, has_no_config, has_no_image, new_pods};
use crate::input::snapshot::{Kind, Pod, Rule, Snapshot};

/// Most messages that a cause repeats.
const MESSAGES: usize = 3;

/// A probe that has failed so often, or a pod that has waited so long, is named as a cause of its own.
const LONG_S: i64 = 30;

/// What a rollout waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CauseKind {
    /// Somebody has paused it.
    Paused,
    /// Pods are replaced only when somebody deletes them.
    OnDelete,
    /// A ResourceQuota leaves no room for another pod.
    Quota,
    /// The API server refuses new pods for another reason.
    CannotCreate,
    /// The image is not there, or cannot be pulled.
    Image,
    /// A container cannot be made.
    Config,
    /// Containers exit again and again.
    Crash,
    /// Containers run, and the readiness probe fails.
    NotReady,
    /// The pods keep each other from the nodes by their anti-affinity.
    AntiAffinity,
    /// Nodes have taints that the pods do not tolerate.
    Taint,
    /// The pods' volumes bind them to other nodes, or are not bound.
    Volume,
    /// No node has room, or no node is as the pods want it.
    NoNode,
    /// Their scheduling gates are not lifted.
    Gated,
    /// Nodes do not report.
    LostNode,
    /// The room of pods that are stopping.
    Room,
    /// Pods that are stopping.
    Stopping,
    /// The scheduler has not bound them yet.
    Scheduling,
    /// Pods that are starting.
    Starting,
    /// Pods that are Ready, and count only after `minReadySeconds`.
    MinReady,
    /// The controller has not seen the change yet.
    NotSeen,
}

impl CauseKind {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Paused,
        Self::OnDelete,
        Self::Quota,
        Self::CannotCreate,
        Self::Image,
        Self::Config,
        Self::Crash,
        Self::NotReady,
        Self::AntiAffinity,
        Self::Taint,
        Self::Volume,
        Self::NoNode,
        Self::Gated,
        Self::LostNode,
        Self::Room,
        Self::Stopping,
        Self::Scheduling,
        Self::Starting,
        Self::MinReady,
        Self::NotSeen,
    ];

    /// The word for it in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::OnDelete => "on_delete",
            Self::Quota => "quota",
            Self::CannotCreate => "cannot_create",
            Self::Image => "image",
            Self::Config => "config",
            Self::Crash => "crash",
            Self::NotReady => "not_ready",
            Self::AntiAffinity => "anti_affinity",
            Self::Taint => "taint",
            Self::Volume => "volume",
            Self::NoNode => "no_node",
            Self::Gated => "gated",
            Self::LostNode => "lost_node",
            Self::Room => "room",
            Self::Stopping => "stopping",
            Self::Scheduling => "scheduling",
            Self::Starting => "starting",
            Self::MinReady => "min_ready",
            Self::NotSeen => "not_seen",
        }
    }

    /// Whether time alone ends it.
    #[must_use]
    pub const fn passes(self) -> bool {
        matches!(self, Self::Room | Self::Stopping | Self::Scheduling | Self::Starting | Self::MinReady | Self::NotSeen)
    }
}

/// What a rollout waits for, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What it is.
    pub kind: CauseKind,
    /// The pods that wait, or that are waited for.
    pub pods: Vec<String>,
    /// Since when, the earliest of them.
    pub since: Option<i64>,
    /// What the snapshot's objects and events say, word for word.
    pub evidence: Vec<String>,
    /// When it ends, or is tried again, as far as that is known.
    pub until: Option<i64>,
}

/// What the rollout of a snapshot waits for, what does not pass by itself first.
pub(super) fn causes(snapshot: &Snapshot, state: State) -> Vec<Cause> {
    let mut all: Vec<Cause> = Vec::new();
    if state == State::AtRest {
        return all;
    }
    let mut add =
        |kind: CauseKind, since: Option<i64>, evidence: Option<String>, until: Option<i64>, pod: Option<&Pod>| {
            let place = all.iter().position(|known| known.kind == kind);
            let place = place.unwrap_or_else(|| {
                all.push(Cause { kind, pods: Vec::new(), since: None, evidence: Vec::new(), until: None });
                all.len() - 1
            });
            let own = &mut all[place];
            own.pods.extend(pod.map(|pod| pod.name.clone()));
            own.since = [own.since, since].into_iter().flatten().min();
            own.until = own.until.max(until);
            let evidence = evidence.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            let is_new = |text: &String| !own.evidence.contains(text) && own.evidence.len() < MESSAGES;
            own.evidence.extend(evidence.filter(is_new));
        };
    match state {
        State::Paused => add(CauseKind::Paused, None, None, None, None),
        State::OnDelete => add(CauseKind::OnDelete, None, None, None, None),
        _ => {}
    }
    if snapshot.workload.paused && state != State::Paused {
        add(CauseKind::Paused, None, None, None, None);
    }
    if snapshot.workload.observed_generation < snapshot.workload.generation {
        add(CauseKind::NotSeen, None, None, None, None);
    }
    for (since, message, until) in refused(snapshot) {
        let kind = if message.contains("exceeded quota") { CauseKind::Quota } else { CauseKind::CannotCreate };
        add(kind, Some(since), Some(message), until, None);
    }
    for pod in new_pods(snapshot) {
        if let Some((kind, since, evidence, until)) = of_pod(snapshot, pod) {
            add(kind, Some(since), evidence, until, Some(pod));
        }
    }
    let on_lost = |pod: &&Pod| is_on_lost_node(snapshot, pod);
    for pod in snapshot.pods.iter().filter(on_lost) {
        add(CauseKind::LostNode, pod.lost.or(pod.told), pod.node.clone(), None, Some(pod));
    }
    let waits_for_room = all_waits_for_room(snapshot);
    for pod in snapshot.pods.iter().filter(|pod| pod.told.is_some() && !is_on_lost_node(snapshot, pod)) {
        let kind = if waits_for_room { CauseKind::Room } else { CauseKind::Stopping };
        add(kind, pod.told, None, pod.told.map(|told| told + i64::from(pod.grace)), Some(pod));
    }
    all.sort_by_key(|cause| (cause.kind.passes(), cause.kind));
    all
}

/// Whether pods find no node while others that stop hold room.
fn all_waits_for_room(snapshot: &Snapshot) -> bool {
    let waits = new_pods(snapshot).any(|pod| {
        pod.unschedulable
            .as_ref()
            .is_some_and(|(_, message)| message.contains("Insufficient") || message.contains("Too many pods"))
    });
    waits && snapshot.pods.iter().any(|pod| pod.told.is_some())
}

fn is_on_lost_node(snapshot: &Snapshot, pod: &Pod) -> bool {
    let lost = |name: &str| snapshot.nodes.iter().any(|node| node.name == name && !node.is_ready);
    pod.node.as_deref().is_some_and(lost)
}

/// Since when the API server refuses pods of a set that is to grow, its message, and when the controller tries again: after each
/// refusal it waits twice as long.
fn refused(snapshot: &Snapshot) -> Vec<(i64, String, Option<i64>)> {
    const LONGEST_S: i64 = 1000;
    let of_sets = snapshot.sets.iter().filter_map(|set| Some((&set.name, set.failure.clone()?)));
    // StatefulSets and DaemonSets create their pods themselves.
    let of_workload = snapshot.refusal().filter(|_| snapshot.workload.kind != Kind::Deployment);
    let mut found = Vec::new();
    for (name, (since, message)) in of_sets.chain(of_workload.map(|refusal| (&snapshot.workload.name, refusal))) {
        let events = snapshot.events.iter().filter(|event| event.object == *name && event.reason == "FailedCreate");
        let first = events.clone().map(|event| event.first).min().unwrap_or(since);
        let last = events.map(|event| event.last).max();
        let next = last.map(|last| last + (last - first).clamp(1, LONGEST_S));
        found.push((since, message, next));
    }
    found
}

type OfPod = (CauseKind, i64, Option<String>, Option<i64>);

/// What a pod of the new version waits for; `None`: it is available.
fn of_pod(snapshot: &Snapshot, pod: &Pod) -> Option<OfPod> {
    if snapshot.is_available(pod) {
        return None;
    }
    if let Some(ready) = pod.ready {
        let until = ready + i64::from(snapshot.workload.min_ready_seconds);
        return Some((CauseKind::MinReady, ready, None, Some(until)));
    }
    if is_on_lost_node(snapshot, pod) {
        return None;
    }
    if pod.gated {
        return Some((CauseKind::Gated, pod.created, None, None));
    }
    if pod.node.is_none() {
        return Some(without_node(snapshot, pod));
    }
    let bound = pod.bound.unwrap_or(pod.created);
    if let Some(waiting) = &pod.waiting {
        let kind = if always_exits(pod) || waiting.reason == "CrashLoopBackOff" {
            CauseKind::Crash
        } else if has_no_image(pod) || waiting.reason.contains("Image") {
            CauseKind::Image
        } else if has_no_config(pod) {
            CauseKind::Config
        } else {
            CauseKind::Starting
        };
        let message = snapshot.last_event_of(pod, &["Failed", "BackOff"]).map(|event| event.message.clone());
        let message = Some(waiting.message.clone()).filter(|text| !text.is_empty()).or(message);
        let exit = pod.exit.as_ref().filter(|_| kind == CauseKind::Crash);
        let exit = exit.map(|exit| format!("{} with exit code {}", exit.reason, exit.code));
        return Some((kind, bound, exit.or(message).map(|text| format!("{}: {text}", waiting.reason)), None));
    }
    if always_exits(pod) {
        let exit = pod.exit.as_ref().map(|exit| format!("{} with exit code {}", exit.reason, exit.code));
        return Some((CauseKind::Crash, bound, exit, None));
    }
    if let Some(event) =
        snapshot.last_event_of(pod, &["FailedMount", "FailedAttachVolume"]).filter(|_| pod.started.is_none())
    {
        return Some((CauseKind::Volume, event.first, Some(event.message.clone()), None));
    }
    let unhealthy = snapshot.last_event_of(pod, &["Unhealthy"]);
    let since = pod.lost.or(pod.started).unwrap_or(bound);
    match unhealthy.filter(|event| pod.started.is_some() && (event.count > 3 || event.last - since >= LONG_S)) {
        Some(event) => Some((CauseKind::NotReady, since, Some(event.message.clone()), None)),
        None if pod.lost.is_some() => Some((CauseKind::NotReady, since, None, None)),
        None => Some((CauseKind::Starting, bound, None, None)),
    }
}

/// Why a pod has no node.
fn without_node(snapshot: &Snapshot, pod: &Pod) -> OfPod {
    let event = snapshot.last_event_of(pod, &["FailedScheduling"]);
    let (since, message) = match (&pod.unschedulable, event) {
        (Some((since, message)), _) => (*since, message.clone()),
        (None, Some(event)) => (event.first, event.message.clone()),
        (None, None) => return (CauseKind::Scheduling, pod.created, None, None),
    };
    let says = |words: &str| message.contains(words);
    let kind = if says("anti-affinity") {
        CauseKind::AntiAffinity
    } else if says("untolerated taint") || says("had taint") {
        CauseKind::Taint
    } else if says("volume node affinity") || says("PersistentVolumeClaim") || says("persistentvolumeclaim") {
        CauseKind::Volume
    } else {
        CauseKind::NoNode
    };
    // Where pods that stop hold the room that is missing, time ends it.
    let kind = if kind == CauseKind::NoNode && all_waits_for_room(snapshot) { CauseKind::Room } else { kind };
    (kind, since, Some(message), None)
}

/// Whether the rule lets no old pod go before a new one is available.
pub(super) fn gives_nothing_first(snapshot: &Snapshot) -> bool {
    matches!(snapshot.workload.rule, Rule::Rolling { unavailable: 0, .. } | Rule::PerNode { unavailable: 0, .. })
}
