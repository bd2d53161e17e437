//! What is noted of a release beside what every world is measured by.

use super::peaks::Peaks;
use crate::analysis::capacity::ReleaseRecord;
use crate::metrics::WorldMeter;
use crate::scenario::{Scenario, WorkloadId, World};
use crate::sim::{Fact, PodId, WorldObserver, WorldSpan};
use crate::time::{SimDuration, SimTime};

/// Measures one release after the other.
#[derive(Debug, Default)]
pub(super) struct Watch {
    meter: WorldMeter,
    workloads: Vec<Own>,
    peaks: Peaks,
}

/// What is noted of one workload.
#[derive(Debug, Default)]
struct Own {
    available: u32,
    /// Since when none is available, while its rollout goes on.
    none_since: Option<SimTime>,
    begun: bool,
    down: SimDuration,
    /// Pods that have found no node, since when.
    waiting: Vec<(PodId, SimTime)>,
    longest_wait: SimDuration,
}

impl Watch {
    /// Gets ready for a release of `world`, whose workloads are `members`.
    pub(super) fn begin(&mut self, world: &World, members: &[&Scenario]) {
        self.meter.begin(world, members.iter().copied());
        self.workloads.clear();
        let found = (0..).map(|number| world.found(number)).take(world.workloads.len());
        self.workloads.extend(found.map(|available| Own { available, ..Own::default() }));
        self.peaks.begin(world);
    }

    /// What was measured of it.
    pub(super) fn finish(&mut self, world: &World, members: &[&Scenario], span: &WorldSpan) -> ReleaseRecord {
        let (records, cluster) = self.meter.finish(world, members.iter().copied(), span);
        let (mut down, mut waits, mut left_without_node) = (Vec::new(), Vec::new(), false);
        for (own, span) in self.workloads.iter_mut().zip(&span.workloads) {
            let end = span.end.unwrap_or(span.followed_until);
            left_without_node |= span.end.is_none() && !own.waiting.is_empty();
            own.end(end);
            down.push(own.down);
            waits.push(own.longest_wait);
        }
        let at_peak = self.peaks.finish();
        ReleaseRecord { cluster, workloads: records, down, waits, left_without_node, at_peak }
    }
}

impl Own {
    fn look(&mut self, at: SimTime) {
        if self.available == 0 && self.begun {
            self.none_since.get_or_insert(at);
        } else if let Some(since) = self.none_since.take() {
            self.down += at.since(since);
        }
    }

    fn add(&mut self, at: SimTime, pods: u32) {
        self.available += pods;
        self.look(at);
    }

    fn lose(&mut self, at: SimTime, was_available: bool) {
        self.available -= u32::from(was_available);
        self.look(at);
    }

    fn waits(&mut self, at: SimTime, pod: PodId) {
        if self.waiting.iter().all(|(waiting, _)| *waiting != pod) {
            self.waiting.push((pod, at));
        }
    }

    fn waits_no_more(&mut self, at: SimTime, pod: PodId) {
        if let Some(place) = self.waiting.iter().position(|(waiting, _)| *waiting == pod) {
            let (_, since) = self.waiting.swap_remove(place);
            self.longest_wait = self.longest_wait.max(at.since(since));
        }
    }

    fn end(&mut self, at: SimTime) {
        if let Some(since) = self.none_since.take() {
            self.down += at.max(since).since(since);
        }
        for (_, since) in self.waiting.drain(..) {
            self.longest_wait = self.longest_wait.max(at.max(since).since(since));
        }
    }

    fn fact(&mut self, at: SimTime, fact: Fact) {
        match fact {
            Fact::Begun(_) => {
                self.begun = true;
                self.look(at);
            }
            Fact::PodAvailable(_) => self.add(at, 1),
            Fact::PodUnavailable(_) => self.lose(at, true),
            Fact::PodNotReady { was_available, .. } => self.lose(at, was_available),
            Fact::PodUnschedulable { pod, .. } => self.waits(at, pod),
            Fact::PodScheduled { pod, .. } => self.waits_no_more(at, pod),
            Fact::PodTerminating { pod, was } | Fact::PodFailed { pod, was, .. } => {
                self.lose(at, was.available);
                self.waits_no_more(at, pod);
            }
            _ => {}
        }
    }
}

impl WorldObserver for Watch {
    fn of_workload(&mut self, at: SimTime, workload: WorkloadId, fact: Fact) {
        self.workloads[usize::from(workload)].fact(at, fact);
        self.meter.of_workload(at, workload, fact);
    }

    fn of_world(&mut self, at: SimTime, fact: Fact) {
        self.meter.of_world(at, fact);
        self.peaks.fact(at, fact);
    }
}
