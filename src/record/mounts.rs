//! When pods had their volumes: those that one node alone can have are attached to it first, and detached from another one before.

use std::collections::BTreeMap;

use serde_json::Value;

use super::object_seen::ObjectSeen;
use super::pod::PodLife;
use super::source::{At, nanos_at, text_at};

/// What was seen of volumes.
#[derive(Clone, Copy, Debug)]
pub(super) struct VolumesSeen<'a> {
    pub(super) claims: &'a [ObjectSeen],
    pub(super) volumes: &'a [ObjectSeen],
    pub(super) attachments: &'a [ObjectSeen],
    /// By pod and volume, as events tell.
    pub(super) events: &'a BTreeMap<(String, String), At>,
}

/// A volume on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attachment {
    pub(super) volume: String,
    pub(super) node: String,
    /// From when on it is attached; `None`: that was not seen.
    pub(super) from: Option<At>,
    /// When it was attached no more.
    pub(super) gone: Option<At>,
}

/// The claims that a pod's spec names.
pub(super) fn claims_of(spec: &Value) -> impl Iterator<Item = &str> {
    let volumes = spec.get("volumes").and_then(Value::as_array).into_iter().flatten();
    volumes.filter_map(|volume| text_at(volume, "/persistentVolumeClaim/claimName"))
}

impl<'a> VolumesSeen<'a> {
    /// A claim as it was at an instant, or else as it was seen first.
    pub(super) fn claim(&self, name: &str, nanos: i64) -> Option<&'a Value> {
        at_or_first(self.claims, name, nanos)
    }

    /// The PersistentVolume of a claim.
    pub(super) fn volume_of(&self, claim: &Value) -> Option<&'a Value> {
        at_or_first(self.volumes, text_at(claim, "/spec/volumeName")?, i64::MAX)
    }

    /// The access mode that decides who can use the volume of a claim.
    ///
    /// Upstream: `pkg/volume/util/util.go: IsMultiAttachAllowed`.
    pub(super) fn access(&self, claim: &Value) -> Option<&'static str> {
        let word = |object: &Value| {
            let modes = object.pointer("/spec/accessModes").and_then(Value::as_array)?;
            let has = |mode: &str| modes.iter().any(|one| one == mode);
            let known = ["ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod", "ReadWriteOnce"];
            known.into_iter().find(|mode| has(mode))
        };
        let by_claim = word(claim);
        if by_claim == Some("ReadWriteOncePod") { by_claim } else { self.volume_of(claim).and_then(word).or(by_claim) }
    }

    /// The volumes of a pod that one node alone can have.
    fn exclusive(&self, spec: &Value) -> Vec<&'a str> {
        let claims = claims_of(spec).filter_map(|name| self.claim(name, i64::MAX));
        let own = claims.filter(|claim| matches!(self.access(claim), Some("ReadWriteOnce" | "ReadWriteOncePod")));
        own.filter_map(|claim| text_at(claim, "/spec/volumeName")).collect()
    }

    /// All attachments that were seen, in order.
    pub(super) fn attachments(&self) -> Vec<Attachment> {
        let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
        let mut all: Vec<Attachment> = Vec::new();
        for seen in self.attachments {
            let Some(object) = &seen.object else {
                if let Some(place) = by_name.remove(seen.name.as_str()) {
                    all[place].gone = Some(seen.at);
                }
                continue;
            };
            let is_first = !by_name.contains_key(seen.name.as_str());
            let (Some(volume), Some(node)) =
                (text_at(object, "/spec/source/persistentVolumeName"), text_at(object, "/spec/nodeName"))
            else {
                continue;
            };
            let place = *by_name.entry(&seen.name).or_insert_with(|| {
                all.push(Attachment { volume: volume.into(), node: node.into(), from: None, gone: None });
                all.len() - 1
            });
            if object.pointer("/status/attached") == Some(&Value::Bool(true)) {
                // One that is seen for the first time has been so since its creation at most.
                let created = nanos_at(object, "/metadata/creationTimestamp").filter(|_| is_first);
                let at = created.map_or(seen.at, |nanos| At { nanos, exact: false, ..seen.at });
                all[place].from.get_or_insert(at);
            }
        }
        all
    }
}

fn at_or_first<'a>(seen: &'a [ObjectSeen], name: &str, nanos: i64) -> Option<&'a Value> {
    let mut own = seen.iter().filter(|one| one.name == name).filter_map(|one| Some((one.at, one.object.as_ref()?)));
    let first = own.next()?;
    Some(own.take_while(|(at, _)| at.nanos <= nanos).last().unwrap_or(first).1)
}

/// Finds when each pod had those of its volumes that one node alone can have; false: of one that ran that is not known, and then of none.
pub(super) fn find(pods: &mut BTreeMap<String, PodLife>, seen: VolumesSeen<'_>) -> bool {
    let attachments = seen.attachments();
    let mut found: Vec<(String, At)> = Vec::new();
    for (key, pod) in pods.iter() {
        let (Some(spec), Some((bound, node))) = (&pod.spec, &pod.bound) else { continue };
        let volumes = seen.exclusive(spec);
        if volumes.is_empty() {
            continue;
        }
        let usable = |volume: &&str| {
            let mut own = attachments.iter().filter(|one| one.volume == **volume && one.node == *node);
            let last = own.rfind(|one| one.gone.is_none_or(|gone| gone.nanos >= bound.nanos)).and_then(|one| one.from);
            last.or_else(|| seen.events.get(&(pod.name.clone(), (*volume).to_owned())).copied())
        };
        let all: Option<Vec<At>> = volumes.iter().map(usable).collect();
        let ran = pod.running.or(pod.ready.first().map(|(at, _)| *at));
        match (all.and_then(|all| all.into_iter().max()), ran) {
            (Some(at), ran) => found.push((key.clone(), ran.map_or(at.max(*bound), |ran| at.min(ran).max(*bound)))),
            (None, Some(_)) => return false,
            (None, None) => {}
        }
    }
    for (key, at) in found {
        if let Some(pod) = pods.get_mut(&key) {
            pod.mounted = Some(at);
        }
    }
    true
}
