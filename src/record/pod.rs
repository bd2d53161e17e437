//! The life of a pod, put together from all that was seen of it.

use serde_json::Value;

use super::sighting::{By, Happening, Sighting, asked};
use super::source::{At, SECOND, Source, nanos, nanos_at, text_at};

/// A change that is seen this soon after the stamp that it bears is seen as it happens.
const AT_ONCE: i64 = 2 * SECOND;

/// The only annotation that decides which pod goes first.
const DELETION_COST: &str = "/metadata/annotations/controller.kubernetes.io~1pod-deletion-cost";

/// What is known of a pod. Each instant is that of the most trusted source that tells it.
#[derive(Clone, Debug, Default)]
pub(super) struct PodLife {
    pub(super) name: String,
    pub(super) uid: Option<String>,
    /// Its ReplicaSet's name, or the hash of its revision.
    pub(super) owner: Option<String>,
    /// Of a StatefulSet's pod: the number at the end of its name.
    pub(super) ordinal: Option<u32>,
    pub(super) created: Option<At>,
    /// Its creation itself was seen, and not only an object that has its stamp.
    pub(super) saw_creation: bool,
    pub(super) bound: Option<(At, String)>,
    /// It had all its volumes, of which one node alone can have some.
    pub(super) mounted: Option<At>,
    pub(super) running: Option<At>,
    /// Changes of its condition Ready, in order.
    pub(super) ready: Vec<(At, bool)>,
    pub(super) asked: Option<At>,
    /// The request itself was seen, and not only an object that has its stamp, which is this one.
    saw_request: bool,
    asked_stamp: Option<i64>,
    /// Who asked for its deletion.
    pub(super) asked_by: Option<By>,
    /// It was evicted, and whether that was allowed.
    pub(super) evicted: Vec<(At, u16)>,
    pub(super) failed: Option<At>,
    pub(super) gone: Option<At>,
    /// Why no node was found for it.
    pub(super) unschedulable: Option<(At, String)>,
    pub(super) restarts: i64,
    /// Changes of its deletion cost.
    pub(super) costs: Vec<(At, String)>,
    /// Its spec, with what admission added to it.
    pub(super) spec: Option<Value>,
    /// It was seen not to be Ready, before its deletion was asked for.
    pub(super) was_unready: bool,
    /// More than events tell of it.
    pub(super) is_seen: bool,
}

impl PodLife {
    pub(super) fn new(name: &str, owner: Option<&str>) -> Self {
        let ordinal = name.rsplit_once('-').and_then(|(_, end)| end.parse().ok());
        Self { name: name.into(), owner: owner.map(str::to_owned), ordinal, ..Self::default() }
    }

    /// Takes what was seen of it, which comes after all that was taken before from the same source.
    pub(super) fn take(&mut self, sighting: &Sighting) {
        let at = sighting.at;
        self.is_seen = true;
        match &sighting.what {
            Happening::Created => {
                self.saw_creation = true;
                self.created.get_or_insert(at);
            }
            Happening::Bound(node) => {
                self.bound.get_or_insert((at, node.clone()));
            }
            Happening::DeletionAsked => {
                self.saw_request = true;
                self.deletion(sighting);
            }
            Happening::Gone => {
                self.gone.get_or_insert(at);
                self.deletion(sighting);
            }
            Happening::Evicted(code) => {
                self.evicted.push((at, *code));
                if *code < 400 {
                    self.asked.get_or_insert(at);
                    self.asked_by.get_or_insert(By::Machine);
                }
            }
            Happening::Seen | Happening::Patched | Happening::Scaled(_) | Happening::Refused(_) => {}
        }
        if sighting.object.is_object() {
            self.take_object(&sighting.object, at);
            if asked(&sighting.object).is_some() {
                self.deletion(sighting);
            }
        }
    }

    fn deletion(&mut self, sighting: &Sighting) {
        if self.asked.is_some() {
            return;
        }
        let stamp = asked(&sighting.object);
        self.asked_stamp = stamp;
        let at = sighting.at;
        // What was deleted at once bears no stamp of when that was asked for.
        self.asked = Some(if at.exact { at } else { stamp.map_or(at, |stamp| fresh(at, stamp.min(at.nanos))) });
        self.asked_by = Some(sighting.by);
    }

    fn take_object(&mut self, pod: &Value, at: At) {
        if let Some(hash) = text_at(pod, "/metadata/labels/controller-revision-hash") {
            self.owner = Some(hash.to_owned());
        }
        if let Some(uid) = text_at(pod, "/metadata/uid") {
            self.uid = Some(uid.to_owned());
        }
        if pod.pointer("/spec/containers").is_some() {
            self.spec = pod.get("spec").cloned();
        }
        let stamped = |nanos: i64| fresh(at, nanos);
        if self.created.is_none() {
            self.created = nanos_at(pod, "/metadata/creationTimestamp").map(stamped);
        }
        self.take_conditions(pod, at);
        if self.running.is_none() {
            self.running = running_since(pod).map(stamped);
        }
        if text_at(pod, "/status/phase") == Some("Failed")
            && pod.pointer("/metadata/deletionTimestamp").is_none()
            && self.failed.is_none()
        {
            self.failed = Some(at);
        }
        let cost = text_at(pod, DELETION_COST);
        if let Some(cost) = cost.filter(|cost| self.costs.last().is_none_or(|(_, last)| last != cost)) {
            self.costs.push((at, cost.to_owned()));
        }
        let statuses = pod.pointer("/status/containerStatuses").and_then(Value::as_array).into_iter().flatten();
        let restarts = statuses.filter_map(|status| status.get("restartCount").and_then(Value::as_i64)).sum();
        self.restarts = self.restarts.max(restarts);
    }

    fn take_conditions(&mut self, pod: &Value, at: At) {
        let is_stopping = pod.pointer("/metadata/deletionTimestamp").is_some();
        let conditions = pod.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
        for condition in conditions {
            let holds = text_at(condition, "/status") == Some("True");
            let since = nanos_at(condition, "/lastTransitionTime").map_or(at, |nanos| fresh(at, nanos));
            match text_at(condition, "/type") {
                Some("PodScheduled") if holds => {
                    if let Some(node) = text_at(pod, "/spec/nodeName").filter(|_| self.bound.is_none()) {
                        self.bound = Some((since, node.to_owned()));
                    }
                }
                Some("PodScheduled") if text_at(condition, "/reason") == Some("Unschedulable") => {
                    let why = text_at(condition, "/message").unwrap_or_default().to_owned();
                    let first = self.unschedulable.as_ref().map_or(since, |(first, _)| *first);
                    self.unschedulable = Some((first, why));
                }
                // A pod that stops is Ready until its containers have ended: that is no failure.
                Some("Ready") if !is_stopping => self.readiness(since, holds),
                _ => {}
            }
        }
        self.was_unready |= !is_stopping && pod.get("status").is_some() && self.ready.is_empty();
    }

    fn readiness(&mut self, at: At, ready: bool) {
        let last = self.ready.last().map(|(_, ready)| *ready);
        let is_known = self.ready.iter().any(|(known, was)| *was == ready && (known.nanos - at.nanos).abs() < AT_ONCE);
        let is_later = self.ready.last().is_none_or(|(known, _)| known.source == at.source || known.nanos < at.nanos);
        if last.unwrap_or(false) != ready && !is_known && is_later {
            self.ready.push((at, ready));
        }
    }

    /// An audit log that began at an instant has every write since: what it does not have came before.
    pub(super) fn was_logged_from(&mut self, first: i64) {
        let known = self.created.or(self.bound.as_ref().map(|(at, _)| *at)).or(self.gone);
        let Some(known) = known.filter(|at| at.source == Source::Audit && !self.saw_creation) else { return };
        let before = |at: At| At { nanos: at.nanos.min(first - 1), exact: false, ..at };
        self.created = Some(before(known));
        // Its kubelet writes about a pod whose deletion was asked for earlier, and removes it.
        if !self.saw_request && self.evicted.is_empty() && self.asked_by == Some(By::Machine) {
            let stamped = |at: At| At { nanos: self.asked_stamp.unwrap_or(at.nanos), ..at };
            self.asked = self.asked.map(stamped).map(before);
        }
    }

    /// From when on its times count: it was bound, and had its volumes.
    pub(super) fn begun(&self) -> Option<At> {
        self.mounted.or(self.bound.as_ref().map(|(at, _)| *at))
    }

    /// Since when it has been Ready at an instant; `None`: it is not.
    pub(super) fn ready_since(&self, nanos: i64) -> Option<i64> {
        let last = self.ready.iter().rev().find(|(at, _)| at.nanos <= nanos)?;
        last.1.then_some(last.0.nanos)
    }

    /// Whether it is there and its deletion has not been asked for.
    pub(super) fn is_active(&self, nanos: i64) -> bool {
        let over = [self.asked, self.gone, self.failed].into_iter().flatten().any(|at| at.nanos <= nanos);
        self.created.is_some_and(|at| at.nanos <= nanos) && !over
    }
}

/// The instant of a stamp in whole seconds, as exactly as it is known: what was seen to happen just then happened when it was seen.
pub(super) fn fresh(seen: At, stamp: i64) -> At {
    let at_once = if seen.exact { AT_ONCE } else { SECOND };
    let is_fresh = (0..at_once).contains(&(seen.nanos - stamp));
    if is_fresh { seen } else { At { nanos: stamp, exact: false, ..seen } }
}

/// When the last of a pod's containers started; `None`: not all run.
fn running_since(pod: &Value) -> Option<i64> {
    let statuses = pod.pointer("/status/containerStatuses")?.as_array()?;
    let started = statuses.iter().map(|status| status.pointer("/state/running/startedAt")?.as_str().and_then(nanos));
    started.collect::<Option<Vec<_>>>()?.into_iter().max()
}
