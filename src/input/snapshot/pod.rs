//! The pods of a workload as a snapshot has them.

use super::newest::asked_to_go;
use super::object::{at, controller, count, mark, owned};
use super::set::Set;
use super::subject::{Kind, Workload};
use crate::input::kubernetes::label_selector::text;
use crate::input::kubernetes::object::{name_of, namespace_of};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its name.
    pub name: String,
    /// Its UID, which decides which of two equal pods goes first.
    pub uid: String,
    /// The place of its set among the snapshot's; `None`: its set is not known.
    pub set: Option<usize>,
    /// Its node.
    pub node: Option<String>,
    /// The node that a DaemonSet made it for, as its affinity says.
    pub meant_for: Option<String>,
    /// When it was created.
    pub created: i64,
    /// When it was bound to its node.
    pub bound: Option<i64>,
    /// Since when no node takes it, and the scheduler's message.
    pub unschedulable: Option<(i64, String)>,
    /// Its scheduling gates are not lifted.
    pub gated: bool,
    /// When the last of its containers started; `None`: not all run.
    pub started: Option<i64>,
    /// Since when it is Ready; `None`: it is not.
    pub ready: Option<i64>,
    /// It was Ready once.
    pub was_ready: bool,
    /// When it was told to go.
    pub told: Option<i64>,
    /// The seconds that it has from then on.
    pub grace: u32,
    /// Why a container waits.
    pub waiting: Option<Waiting>,
    /// Restarts of all containers.
    pub restarts: u32,
    /// The last exit of a container.
    pub exit: Option<Exit>,
    /// The ordinal, of a pod of a StatefulSet.
    pub ordinal: Option<u32>,
    /// The annotation `controller.kubernetes.io/pod-deletion-cost`.
    pub deletion_cost: i32,
    /// When it lost readiness; `None`: it has not.
    pub lost: Option<i64>,
}

/// Why a container waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The reason, such as `ImagePullBackOff`.
    pub reason: String,
    /// The message.
    pub message: String,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// When.
    pub at: Option<i64>,
    /// Its exit code.
    pub code: u32,
    /// The reason, such as `OOMKilled`.
    pub reason: String,
}

/// The pods of the workload that have not ended. Sets that only their pods tell of are added to `sets`.
pub(super) fn read(all: &[(&str, &Node)], workload: &Workload, sets: &mut Vec<Set>) -> Result<Vec<Pod>, InputError> {
    let mut pods = Vec::new();
    for (_, node) in all.iter().filter(|(kind, _)| *kind == "Pod") {
        let object = node.map()?;
        let Some(metadata) = object.map("metadata")? else { continue };
        if namespace_of(&object)? != workload.namespace {
            continue;
        }
        let Some(owner) = controller(&metadata) else { continue };
        let Some(set) = own_set(workload, owner, &metadata, sets)? else { continue };
        pods.extend(pod(&object, &metadata, workload, set)?);
    }
    Ok(pods)
}

/// The set of a pod: `None` where another workload owns it, `Some(None)` where the pod does not say which set.
fn own_set(
    workload: &Workload,
    (uid, owner): (&str, &str),
    metadata: &Map<'_>,
    sets: &mut Vec<Set>,
) -> Result<Option<Option<usize>>, InputError> {
    let label = if workload.kind == Kind::Deployment { "pod-template-hash" } else { "controller-revision-hash" };
    let hash = mark(metadata, "labels", label);
    if workload.kind == Kind::Deployment {
        let known = sets.iter().position(|set| if set.uid.is_empty() { set.name == owner } else { set.uid == uid });
        let named = owner.strip_prefix(workload.name.as_str()).and_then(|rest| rest.strip_prefix('-'));
        match (known, named) {
            (Some(place), _) => return Ok(Some(Some(place))),
            // Where the file has ReplicaSets, a pod of none of them is another's.
            (None, Some(rest)) if sets.iter().all(|set| set.uid.is_empty()) && Some(rest) == hash => {}
            _ => return Ok(None),
        }
    } else if !workload.is_called(uid, owner) {
        return Ok(None);
    }
    let Some(hash) = hash else { return Ok(Some(None)) };
    let place = sets.iter().position(|set| set.hash == hash);
    Ok(Some(Some(place.map_or_else(|| add_set(sets, owner, hash, metadata), Ok)?)))
}

/// A set that the file does not have: the youngest is taken for the new one.
fn add_set(sets: &mut Vec<Set>, owner: &str, hash: &str, metadata: &Map<'_>) -> Result<usize, InputError> {
    let created = at(metadata, "creationTimestamp")?.unwrap_or(0);
    let is_new = !sets.iter().any(|set| set.created >= created || (set.is_new && !set.uid.is_empty()));
    if is_new {
        sets.iter_mut().for_each(|set| set.is_new = false);
    }
    sets.push(Set {
        name: owner.to_owned(),
        hash: hash.to_owned(),
        uid: String::new(),
        revision: 0,
        created,
        replicas: 0,
        max_replicas: None,
        desired_replicas: None,
        is_new,
        images: Vec::new(),
        failure: None,
        generation: 0,
        min_ready_seconds: 0,
        observed_generation: 0,
        counts: [0; 4],
    });
    Ok(sets.len() - 1)
}

fn pod(
    object: &Map<'_>,
    metadata: &Map<'_>,
    workload: &Workload,
    set: Option<usize>,
) -> Result<Option<Pod>, InputError> {
    let (spec, status) = (object.map("spec")?, object.map("status")?);
    let told = asked_to_go(metadata)?;
    let phase = status.as_ref().and_then(|status| text(status, "phase"));
    // A pod that goes has the phase Succeeded or Failed for an instant before it is gone.
    if told.is_none() && matches!(phase, Some("Succeeded" | "Failed")) {
        return Ok(None);
    }
    let name = name_of(object).unwrap_or_default().to_owned();
    let node = spec.as_ref().and_then(|spec| text(spec, "nodeName")).filter(|node| !node.is_empty());
    let found = status.as_ref().map_or_else(|| Ok(Vec::new()), super::condition::conditions)?;
    let condition = |name: &str| found.iter().find(|condition| condition.name == name);
    let scheduled = condition("PodScheduled");
    let ready = condition("Ready");
    let containers = status.as_ref().map_or_else(|| Ok(Containers::default()), Containers::read)?;
    let wanted = spec.as_ref().map(|spec| spec.list("containers").map(<[Node]>::len)).transpose()?.unwrap_or(0);
    let started = containers.started.filter(|_| containers.running >= wanted.max(1));
    let created = at(metadata, "creationTimestamp")?.unwrap_or(0);
    let since = ready.filter(|ready| ready.holds).and_then(|ready| ready.changed);
    let lost = ready.filter(|ready| !ready.holds).and_then(|ready| ready.changed);
    let lost = lost.filter(|lost| started.is_some_and(|started| *lost > started));
    let unschedulable = scheduled.filter(|one| !one.holds && one.reason != "SchedulingGated");
    let ordinal = name.rsplit('-').next().and_then(|text| text.parse().ok());
    Ok(Some(Pod {
        uid: owned(metadata, "uid"),
        set,
        bound: scheduled.filter(|one| one.holds).and_then(|one| one.changed).or_else(|| node.map(|_| created)),
        node: node.map(str::to_owned),
        meant_for: match (workload.kind, &spec) {
            (Kind::DaemonSet, Some(spec)) if node.is_none() => meant_for(spec)?,
            _ => None,
        },
        created,
        unschedulable: unschedulable.map(|one| (one.changed.unwrap_or(created), one.message.clone())),
        gated: scheduled.is_some_and(|one| !one.holds && one.reason == "SchedulingGated"),
        started,
        ready: since,
        // A pod that lost readiness did so after its containers ran; one that never was Ready has the stamp of its start.
        was_ready: since.is_some() || lost.is_some(),
        lost,
        deletion_cost: mark(metadata, "annotations", "controller.kubernetes.io/pod-deletion-cost")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0),
        told,
        grace: count(metadata, "deletionGracePeriodSeconds")?,
        waiting: containers.waiting,
        restarts: containers.restarts,
        exit: containers.exit,
        ordinal: if workload.kind == Kind::StatefulSet { ordinal } else { None },
        name,
    }))
}

/// The node that a DaemonSet's pod is for.
///
/// Upstream: `daemon/util/daemonset_util.go: ReplaceDaemonSetPodNodeNameNodeAffinity`.
fn meant_for(spec: &Map<'_>) -> Result<Option<String>, InputError> {
    let mut inner = *spec;
    for key in ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"] {
        let Some(next) = inner.map(key)? else { return Ok(None) };
        inner = next;
    }
    for term in inner.list("nodeSelectorTerms")? {
        for field in term.map()?.list("matchFields")? {
            let field = field.map()?;
            if text(&field, "key") == Some("metadata.name") {
                return Ok(field.list("values")?.first().and_then(|name| name.text().ok()).map(str::to_owned));
            }
        }
    }
    Ok(None)
}

/// What the statuses of a pod's containers say together.
#[derive(Default)]
struct Containers {
    running: usize,
    started: Option<i64>,
    restarts: u32,
    waiting: Option<Waiting>,
    exit: Option<Exit>,
}

impl Containers {
    fn read(status: &Map<'_>) -> Result<Self, InputError> {
        let mut all = Self::default();
        for (key, counts) in [("initContainerStatuses", false), ("containerStatuses", true)] {
            for container in status.list(key)? {
                all.add(&container.map()?, counts)?;
            }
        }
        Ok(all)
    }

    /// Takes up one container; of those before the others only what holds them up.
    fn add(&mut self, container: &Map<'_>, counts: bool) -> Result<(), InputError> {
        self.restarts += count(container, "restartCount")?;
        let state = container.map("state")?;
        let part = |name: &str| state.map_or(Ok(None), |state| state.map(name));
        if let Some(running) = part("running")?.filter(|_| counts) {
            self.running += 1;
            self.started = self.started.max(at(&running, "startedAt")?);
        }
        if let Some(waiting) = part("waiting")? {
            let reason = owned(&waiting, "reason");
            if !matches!(reason.as_str(), "" | "ContainerCreating" | "PodInitializing") {
                self.waiting = Some(Waiting { reason, message: owned(&waiting, "message") });
            }
        }
        let last = container.map("lastState")?.map(|last| last.map("terminated")).transpose()?.flatten();
        for ended in [last, part("terminated")?].into_iter().flatten() {
            let exit = Exit {
                at: at(&ended, "finishedAt")?,
                code: count(&ended, "exitCode")?,
                reason: owned(&ended, "reason"),
            };
            if counts || exit.code != 0 {
                self.exit = Some(exit);
            }
        }
        Ok(())
    }
}
