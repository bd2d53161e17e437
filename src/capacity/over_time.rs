//! What the pods of a release take of one supply over its time.

use crate::analysis::capacity::OverTime;
use crate::scenario::{Template, WorkloadId, World};
use crate::sim::{Fact, WorldObserver};
use crate::stats::OrderStatistic;
use crate::time::{SimDuration, SimTime};

/// Instants of a curve.
const INSTANTS: u32 = 160;

/// Amounts by instant, then by workload.
pub(super) type Course = Vec<Vec<u64>>;

/// Notes what the pods of each workload ask for at instants that are equally far apart.
pub(super) struct Sampler {
    step: SimDuration,
    start: Option<SimTime>,
    /// What a pod takes, by template.
    asked: Vec<u64>,
    /// By pod of the world: what it asks for, and of which workload it is; nothing from when it is gone.
    pods: Vec<Option<(u64, WorkloadId)>>,
    now: Vec<u64>,
    course: Course,
}

impl Sampler {
    /// For one release of `world`, until so many seconds after its start. A pod of a template takes `each`.
    pub(super) fn new(world: &World, seconds: f64, each: &[u64]) -> Self {
        let mut own = Self {
            step: step(seconds),
            start: None,
            asked: each.to_vec(),
            pods: Vec::new(),
            now: vec![0; world.workloads.len()],
            course: Vec::new(),
        };
        for (number, workload) in (0..).zip(&world.workloads) {
            (0..world.found(number)).for_each(|_| own.create(number, workload.old));
        }
        own
    }

    fn create(&mut self, workload: WorkloadId, template: Template) {
        let asked = self.asked.get(usize::from(template)).copied().unwrap_or(0);
        self.pods.push(Some((asked, workload)));
        self.now[usize::from(workload)] += asked;
    }

    /// Notes the instants before `at`.
    fn advance(&mut self, at: SimTime) {
        let start = *self.start.get_or_insert(at);
        while self.course.len() < INSTANTS as usize && start + self.step.times(self.course.len() as u64) < at {
            self.course.push(self.now.clone());
        }
    }

    /// The course; after the last fact nothing changes any more.
    pub(super) fn finish(mut self) -> Course {
        self.course.resize(INSTANTS as usize, self.now);
        self.course
    }
}

impl WorldObserver for Sampler {
    fn of_workload(&mut self, _at: SimTime, _workload: WorkloadId, _fact: Fact) {}

    fn of_world(&mut self, at: SimTime, fact: Fact) {
        self.advance(at);
        match fact {
            Fact::PodCreated { workload, template, .. } => self.create(workload, template),
            // A pod that has failed takes no room any more.
            Fact::PodFailed { pod, .. } | Fact::PodGone(pod) => {
                if let Some((asked, workload)) = self.pods.get_mut(pod as usize).and_then(Option::take) {
                    self.now[usize::from(workload)] -= asked;
                }
            }
            _ => {}
        }
    }
}

fn step(seconds: f64) -> SimDuration {
    SimDuration::from_secs_f64((seconds / f64::from(INSTANTS - 1)).max(0.001))
}

/// Quantiles and means by instant.
pub(super) fn bands(all: &[Course], seconds: f64) -> OverTime {
    let step = step(seconds).as_secs_f64();
    let workloads = all.first().and_then(|course| course.first()).map_or(0, Vec::len);
    let mut found =
        OverTime { releases: all.len() as u32, by_workload: vec![Vec::new(); workloads], ..OverTime::default() };
    let quantiles = [0.5, 0.95, 0.99].map(|q| OrderStatistic::new(all.len(), q));
    for instant in 0..INSTANTS as usize {
        found.seconds.push(step * instant as f64);
        let mut totals: Vec<f64> = all.iter().map(|course| course[instant].iter().sum::<u64>() as f64).collect();
        totals.sort_by(f64::total_cmp);
        let [p50, p95, p99] = quantiles.map(|one| one.estimate(&totals).value);
        found.p50.push(p50);
        found.p95.push(p95);
        found.p99.push(p99);
        for (workload, own) in found.by_workload.iter_mut().enumerate() {
            let sum: u64 = all.iter().map(|course| course[instant][workload]).sum();
            own.push(sum as f64 / all.len().max(1) as f64);
        }
    }
    found
}
