//! How long the pods of a workload took to start, as a snapshot tells it.

use std::collections::BTreeMap;

use super::event::Event;
use super::pod::Pod;
use super::set::Set;
use super::subject::{Kind, Rule, Workload};
use crate::input::tables::pulled::pull_seconds;

/// Fewest complete start-ups to which the times are fitted.
const FEWEST: usize = crate::stats::fit::FEWEST as usize;

/// What the pods of the new version tell of their start-up, in whole seconds that may be one more or one less.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartUpSeen {
    /// Of each pod that is Ready and never restarted: bound to running, running to Ready.
    pub complete: Vec<(u32, u32)>,
    /// Of each that is not Ready yet and was not restarted: bound to running, and from then until the snapshot; where it does not run
    /// yet, bound until the snapshot alone.
    pub running: Vec<(u32, Option<u32>)>,
    /// What the events say of the pods' images: of each pod whose images were all pulled or were there.
    pub pulls: Vec<PullSeen>,
    /// How long stopping took at least, and at most where it is over: of pods that are being deleted, and of those that are gone and
    /// of whose stop an event tells.
    pub stopping: Vec<(u32, Option<u32>)>,
}

/// How long a pod's images took, in the words of its kubelet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PullSeen {
    /// Seconds of all its pulls; `None`: the images were there.
    pub seconds: Option<f64>,
    /// Bound to running, in whole seconds; `None`: it does not run yet.
    pub start: Option<u32>,
}

impl PullSeen {
    /// Seconds from bound to running without the pull, which may be one more or one less; `None`: it does not run yet.
    #[must_use]
    pub fn rest(&self) -> Option<f64> {
        self.start.map(|start| (f64::from(start) - self.seconds.unwrap_or(0.0)).max(0.0))
    }
}

impl StartUpSeen {
    pub(super) fn of(at: i64, pods: &[Pod], sets: &[Set]) -> Self {
        let mut seen = Self::default();
        for pod in pods {
            if let Some(told) = pod.told {
                seen.stopping.push((seconds(told, at).saturating_sub(1), None));
                continue;
            }
            let is_new = pod.set.and_then(|set| sets.get(set)).is_some_and(|set| set.is_new);
            // A pull that fails says nothing of how long one takes.
            if !is_new || pod.restarts > 0 || pod.waiting.is_some() {
                continue;
            }
            match (pod.bound, pod.started, pod.ready) {
                (Some(bound), Some(started), Some(ready)) if started >= bound && ready >= started => {
                    seen.complete.push((seconds(bound, started), seconds(started, ready)));
                }
                (Some(bound), Some(started), None) if !pod.was_ready && started >= bound => {
                    seen.running.push((seconds(bound, started), Some(seconds(started, at))));
                }
                (Some(bound), None, None) if pod.node.is_some() => seen.running.push((seconds(bound, at), None)),
                _ => {}
            }
        }
        seen
    }

    /// Takes up how long the images of the new version's pods took: the event `Pulled` says it in its message, to the millisecond.
    pub(super) fn add_pulls(&mut self, pods: &[Pod], sets: &[Set], events: &[Event]) {
        let mut pulled: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
        let of_pods = events.iter().filter(|event| event.kind == "Pod" && event.reason == "Pulled" && event.count == 1);
        of_pods.for_each(|event| pulled.entry(&event.object).or_default().push(event));
        for pod in pods.iter().filter(|pod| pod.told.is_none() && pod.restarts == 0 && pod.waiting.is_none()) {
            let is_new = pod.set.and_then(|set| sets.get(set)).is_some_and(|set| set.is_new);
            // The pod before may have had the same name.
            let own = pulled.get(pod.name.as_str()).into_iter().flatten().filter(|event| event.first >= pod.created);
            let own: Vec<&&Event> = own.filter(|_| is_new).collect();
            if own.is_empty() {
                continue;
            }
            let pulled: Vec<f64> = own.iter().filter_map(|event| pull_seconds(&event.message)).collect();
            let there = own.iter().filter(|event| event.message.contains("already present on machine")).count();
            if pulled.len() + there < own.len() {
                continue;
            }
            let start = pod.bound.zip(pod.started).filter(|(bound, started)| started >= bound);
            self.pulls.push(PullSeen {
                seconds: (!pulled.is_empty()).then(|| pulled.iter().sum()),
                start: start.map(|(bound, started)| seconds(bound, started)),
            });
        }
    }

    /// Whether enough pulls are there that their times are fitted.
    #[must_use]
    pub fn has_pulls(&self) -> bool {
        self.pulls.iter().filter(|pull| pull.seconds.is_some()).count() >= FEWEST
    }

    /// Takes up how long the pods took to stop that are gone: those of whose stop an event tells. A StatefulSet makes a pod of the same
    /// name as soon as the old one is gone, a DaemonSet one in its place; of a Deployment's pods it is known only that they are gone.
    pub(super) fn add_stopped(&mut self, at: i64, workload: &Workload, pods: &[Pod], events: &[Event]) {
        let killed = events.iter().filter(|event| event.kind == "Pod" && event.reason == "Killing");
        let there: BTreeMap<&str, &Pod> = pods.iter().map(|pod| (pod.name.as_str(), pod)).collect();
        let gone = |event: &&Event| !there.contains_key(event.object.as_str());
        match (workload.kind, workload.rule) {
            (Kind::StatefulSet, _) => {
                for event in killed {
                    let next = there.get(event.object.as_str()).filter(|pod| pod.created >= event.last);
                    self.stopping.extend(next.map(|next| whole(seconds(event.last, next.created))));
                }
            }
            (Kind::DaemonSet, Rule::PerNode { surge: 0, unavailable: 1 }) => {
                let killed: Vec<i64> = killed.filter(gone).map(|event| event.last).collect();
                let mut created: Vec<i64> = pods.iter().map(|pod| pod.created).collect();
                created.sort_unstable();
                for told in killed {
                    let next = created.iter().find(|created| **created >= told);
                    self.stopping.extend(next.map(|next| whole(seconds(told, *next))));
                }
            }
            _ => {
                let over = killed.filter(gone).map(|event| (0, Some(seconds(event.last, at).saturating_add(1))));
                self.stopping.extend(over);
            }
        }
    }

    /// Whether enough is there that the times are fitted.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.complete.len() >= FEWEST
    }
}

fn seconds(from: i64, to: i64) -> u32 {
    u32::try_from((to - from).max(0)).unwrap_or(u32::MAX)
}

/// The bounds of a time between two instants that are cut to whole seconds.
fn whole(seconds: u32) -> (u32, Option<u32>) {
    (seconds.saturating_sub(1), Some(seconds.saturating_add(1)))
}
