//! What a recording calls pods: by version and place in order of creation, or by ordinal.

use std::collections::BTreeMap;

use super::begin::Beginning;
use super::history::History;
use super::pod::PodLife;
use super::target::Kind;
use super::versions::key;

/// A pod as a recording names it.
#[derive(Clone, Debug)]
pub(super) struct Named<'a> {
    pub(super) life: &'a PodLife,
    pub(super) version: String,
    /// Its place among the pods of its version in order of creation; of a StatefulSet its ordinal.
    pub(super) index: u32,
    /// It was there when the recording begins.
    pub(super) found: bool,
}

impl Named<'_> {
    /// `v2-0`
    pub(super) fn name(&self) -> String {
        format!("{}-{}", self.version, self.index)
    }
}

/// All pods that were there in the recording's time, in order of creation.
pub(super) fn name<'a>(kind: Kind, history: &'a History, beginning: &mut Beginning) -> Vec<Named<'a>> {
    let zero = beginning.zero;
    let mut pods: Vec<&PodLife> = history.pods.values().collect();
    pods.retain(|pod| [pod.gone, pod.asked].into_iter().flatten().all(|at| at.nanos >= zero));
    // Events stay for an hour: pods that no better source shows may be those of an earlier workload of the same name.
    let is_before = |pod: &PodLife| appeared(pod).0 < zero;
    if pods.iter().any(|pod| pod.is_seen && is_before(pod)) {
        pods.retain(|pod| pod.is_seen || !is_before(pod));
    }
    pods.sort_by(|one, other| (appeared(one), &one.name).cmp(&(appeared(other), &other.name)));
    let start = key(&beginning.spec["template"]);
    let found = if beginning.is_created { 0 } else { beginning.sizes.get(&start).copied().unwrap_or(0) };
    let mut next: BTreeMap<String, u32> = BTreeMap::new();
    let mut met = 0;
    let mut named = Vec::new();
    for life in pods {
        let known = life.owner.as_ref().and_then(|owner| history.templates.get(owner));
        let version = match known {
            Some(key) => beginning.versions.name(key),
            None => beginning.versions.name(&start),
        };
        let is_found = !beginning.is_created && appeared(life).0 < zero;
        let at_start = version == "v1";
        if at_start && !is_found && met == 0 {
            // Pods that were there and were not seen have the first places all the same.
            let first = next.entry(version.clone()).or_insert(0);
            *first = (*first).max(found as u32);
            met = 1;
        }
        let place = next.entry(version.clone()).or_insert(0);
        let index = if kind == Kind::StatefulSet { life.ordinal.unwrap_or(0) } else { *place };
        *place += 1;
        named.push(Named { life, version, index, found: is_found });
    }
    named
}

/// When a pod was first there, as far as is known.
pub(super) fn appeared(pod: &PodLife) -> (i64, u64) {
    let bound = pod.bound.as_ref().map(|(at, _)| *at);
    let ready = pod.ready.first().map(|(at, _)| *at);
    let first = pod.created.or(bound).or(ready).or(pod.asked).or(pod.gone);
    first.map_or((i64::MIN, 0), |at| (at.nanos, at.order))
}
