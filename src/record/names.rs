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
    /// The recording says how long it took: it came later, or was there in the middle of a rollout.
    pub(super) timed: bool,
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
    let is_mid = beginning.is_mid_rollout;
    // Where a rollout is in progress those on their way out hold room.
    pods.retain(|pod| {
        let over = [pod.gone, pod.asked.filter(|_| !is_mid)].into_iter().flatten();
        over.chain(pod.failed.filter(|_| is_mid)).all(|at| at.nanos >= zero) && (pod.is_seen || !is_mid)
    });
    // Events stay for an hour: pods that no better source shows may be those of an earlier workload of the same name.
    let is_before = |pod: &PodLife| appeared(pod).0 < zero;
    if pods.iter().any(|pod| pod.is_seen && is_before(pod)) {
        pods.retain(|pod| pod.is_seen || !is_before(pod));
    }
    pods.sort_by(|one, other| (appeared(one), &one.name).cmp(&(appeared(other), &other.name)));
    let start = key(&beginning.spec["template"]);
    let found = if beginning.is_created || is_mid { 0 } else { beginning.sizes.get(&start).copied().unwrap_or(0) };
    if is_mid && kind == Kind::Deployment && history.watch_began.is_none() {
        beginning.unnamed = unnamed(history, beginning, &pods);
    }
    // Pods that were there and were not seen have the first places.
    let mut next = beginning.unnamed.clone();
    let mut met = 0;
    let mut named = Vec::new();
    for life in pods {
        let known = life.owner.as_ref().and_then(|owner| history.templates.get(owner));
        let version = match known {
            Some(key) => beginning.versions.name(key),
            None => beginning.versions.name(&start),
        };
        let is_found = !beginning.is_created && appeared(life).0 < zero;
        let at_start = version == "v1" && !is_mid;
        if at_start && !is_found && met == 0 {
            // Pods that were there and were not seen have the first places all the same.
            let first = next.entry(version.clone()).or_insert(0);
            *first = (*first).max(found as u32);
            met = 1;
        }
        let place = next.entry(version.clone()).or_insert(0);
        let index = if kind == Kind::StatefulSet { life.ordinal.unwrap_or(0) } else { *place };
        *place += 1;
        named.push(Named { life, version, index, found: is_found, timed: is_mid || !is_found });
    }
    named
}

/// How many pods of each version there were that nothing names: an audit log has those that somebody wrote about.
fn unnamed(history: &History, beginning: &mut Beginning, pods: &[&PodLife]) -> BTreeMap<String, u32> {
    let zero = beginning.zero;
    let mut unnamed = BTreeMap::new();
    for (key, size) in beginning.sizes.clone() {
        let is_its = |pod: &&&PodLife| pod.owner.as_ref().and_then(|owner| history.templates.get(owner)) == Some(&key);
        let live = |pod: &&&PodLife| appeared(pod).0 < zero && pod.asked.is_none_or(|at| at.nanos >= zero);
        let named = pods.iter().filter(is_its).filter(live).count();
        let rest = u32::try_from(size).unwrap_or(0).saturating_sub(named as u32);
        if rest > 0 {
            unnamed.insert(beginning.versions.name(&key), rest);
        }
    }
    unnamed
}

/// When a pod was first there, as far as is known.
pub(super) fn appeared(pod: &PodLife) -> (i64, u64) {
    let bound = pod.bound.as_ref().map(|(at, _)| *at);
    let ready = pod.ready.first().map(|(at, _)| *at);
    let first = pod.created.or(bound).or(ready).or(pod.asked).or(pod.gone);
    first.map_or((i64::MIN, 0), |at| (at.nanos, at.order))
}
