//! What is noted of a release beside what every world is measured by.

use crate::analysis::capacity::ReleaseRecord;
use crate::metrics::WorldMeter;
use crate::scenario::{Quota, Scenario, Template, WorkloadId, World};
use crate::sim::{Fact, PodId, WorldObserver, WorldSpan};
use crate::time::{SimDuration, SimTime};

/// Measures one release after the other.
#[derive(Debug, Default)]
pub(super) struct Watch {
    meter: WorldMeter,
    workloads: Vec<Own>,
    quotas: Charges,
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

/// What is charged to the quotas of a world.
#[derive(Debug, Default)]
struct Charges {
    quotas: Vec<Quota>,
    /// By pod of the world, its template until it has ended.
    pods: Vec<Option<Template>>,
    /// Quota by quota, its resources one after the other.
    used: Vec<u64>,
    most: Vec<u64>,
}

impl Watch {
    /// Gets ready for a release of `world`, whose workloads are `members`.
    pub(super) fn begin(&mut self, world: &World, members: &[&Scenario]) {
        self.meter.begin(world, members.iter().copied());
        self.workloads.clear();
        let found = (0..).map(|number| world.found(number)).take(world.workloads.len());
        self.workloads.extend(found.map(|available| Own { available, ..Own::default() }));
        self.quotas.begin(world);
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
        let charged = std::mem::take(&mut self.quotas.most);
        ReleaseRecord { cluster, workloads: records, down, waits, left_without_node, charged }
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

impl Charges {
    fn begin(&mut self, world: &World) {
        self.quotas.clone_from(&world.quotas);
        self.pods.clear();
        let resources = self.quotas.iter().map(|quota| quota.resources.len()).sum();
        self.used.clear();
        self.used.resize(resources, 0);
        if self.quotas.is_empty() {
            self.most = Vec::new();
            return;
        }
        for (number, workload) in (0..).zip(&world.workloads) {
            (0..world.found(number)).for_each(|_| self.charge(workload.old));
        }
        self.most = self.used.clone();
    }

    fn charge(&mut self, template: Template) {
        self.pods.push(Some(template));
        self.change(template, |used, each| *used += each);
    }

    fn change(&mut self, template: Template, by: impl Fn(&mut u64, u64)) {
        let mut place = 0;
        for quota in &self.quotas {
            let charged = quota.charged.get(usize::from(template)).map_or(&[][..], Vec::as_slice);
            for (used, each) in self.used[place..].iter_mut().zip(charged) {
                by(used, *each);
            }
            place += quota.resources.len();
        }
    }

    fn fact(&mut self, fact: Fact) {
        match fact {
            Fact::PodCreated { template, .. } => {
                self.charge(template);
                self.most.iter_mut().zip(&self.used).for_each(|(most, used)| *most = (*most).max(*used));
            }
            Fact::PodFailed { pod, .. } | Fact::PodGone(pod) => {
                if let Some(template) = self.pods.get_mut(pod as usize).and_then(Option::take) {
                    self.change(template, |used, each| *used -= each);
                }
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
        if !self.quotas.quotas.is_empty() {
            self.quotas.fact(fact);
        }
    }
}
