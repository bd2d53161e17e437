//! How many pods of the new version are available, over time, in rollouts that go on from a snapshot.

use super::hypotheses::Worlds;
use crate::k8s::stateful_set::UpdateStrategy;
use crate::scenario::{FoundObject, NEW_TEMPLATE, OLD_TEMPLATE, Scenario, Start, Template};
use crate::sim::{Fact, Observer, PodId, Simulator};
use crate::stats::OrderStatistic;
use crate::time::SimTime;

/// Rollouts that are followed.
const ROLLOUTS: u32 = 400;
/// Instants at which they are looked at.
const INSTANTS: usize = 160;
/// How much later than the 95th percentile of the last changes the course ends.
const BEYOND: f64 = 1.15;

/// The share of rollouts that have no more pods, by level.
pub const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// How many pods of the new version are available, over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Seconds from the snapshot, of a workload at rest from the start of a rollout.
    pub seconds: Vec<f64>,
    /// By level of [`LEVELS`], then by instant: pods.
    pub levels: [Vec<f64>; 5],
    /// Pods that are wanted.
    pub wanted: u32,
    /// Rollouts that were followed.
    pub rollouts: u32,
}

impl Course {
    /// Follows the first of `count` rollouts.
    pub(super) fn of(worlds: &Worlds, count: u32, seed: u64) -> Self {
        let mut simulator = Simulator::new(seed);
        let mut runs: Vec<Counter> = Vec::new();
        let (mut wanted, mut horizon) = (0, 0.0);
        let each = count.div_ceil(ROLLOUTS).max(1);
        worlds.each(count, |scenario, range| {
            (wanted, horizon) = (wanted_of(scenario), scenario.simulated().horizon.as_secs_f64());
            for replication in range.filter(|number| number % each == 0) {
                let mut counter = Counter::of(scenario);
                counter.start = simulator.run(scenario, replication, &mut counter).start;
                runs.push(counter);
            }
        });
        Self::of_steps(&runs.iter().map(Counter::steps).collect::<Vec<_>>(), (wanted, horizon))
    }

    /// The course of rollouts whose steps are known; pods that are wanted, and how many seconds they are followed.
    pub(super) fn of_steps(runs: &[Steps], (wanted, horizon): (u32, f64)) -> Self {
        let mut last: Vec<f64> = runs.iter().map(Steps::last).collect();
        last.sort_by(f64::total_cmp);
        let end = OrderStatistic::new(last.len(), 0.95).estimate(&last).value.unwrap_or(horizon);
        let end = (BEYOND * end).clamp(1.0, horizon.max(1.0));
        let seconds: Vec<f64> = (0..=INSTANTS).map(|place| end * place as f64 / INSTANTS as f64).collect();
        let mut levels: [Vec<f64>; 5] = std::array::from_fn(|_| Vec::with_capacity(seconds.len()));
        for second in &seconds {
            let mut counts: Vec<i64> = runs.iter().map(|run| run.at(*second)).collect();
            counts.sort_unstable();
            for (level, share) in levels.iter_mut().zip(LEVELS) {
                let place = (share * counts.len().saturating_sub(1) as f64).round() as usize;
                level.push(counts.get(place).map_or(0.0, |count| *count as f64));
            }
        }
        Self { seconds, levels, wanted, rollouts: runs.len() as u32 }
    }
}

/// Pods that are to be of the new version: those below the partition of a StatefulSet are not.
fn wanted_of(scenario: &Scenario) -> u32 {
    let kept = scenario.stateful_set().map_or(0, |set| match set.spec.update {
        UpdateStrategy::RollingUpdate(Some(block)) => block.partition,
        _ => 0,
    });
    (scenario.deployment.replicas - kept).max(0) as u32
}

/// How many pods of the new version are available at first, and each change of that, with seconds from the start in order of time.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    pub(super) found: i64,
    pub(super) changes: Vec<(f64, i64)>,
}

impl Steps {
    /// When the last change came.
    fn last(&self) -> f64 {
        self.changes.last().map_or(0.0, |(at, _)| *at)
    }

    fn at(&self, second: f64) -> i64 {
        let earlier = self.changes.iter().take_while(|(at, _)| *at <= second);
        self.found + earlier.map(|(_, by)| by).sum::<i64>()
    }
}

/// Counts the available pods of the new version in one rollout.
struct Counter {
    new: Template,
    templates: Vec<Template>,
    found: i64,
    start: SimTime,
    changes: Vec<(SimTime, i64)>,
}

impl Counter {
    fn of(scenario: &Scenario) -> Self {
        let mut counter =
            Self { new: NEW_TEMPLATE, templates: Vec::new(), found: 0, start: SimTime::ZERO, changes: Vec::new() };
        let Start::Found(found) = &scenario.simulated().start else {
            counter.templates = vec![OLD_TEMPLATE; scenario.found_replicas().max(0) as usize];
            return counter;
        };
        let Some(own) = found.workloads.first() else { return counter };
        counter.new = match &own.object {
            FoundObject::Deployment(object) => object.spec.template,
            FoundObject::StatefulSet(object) => object.spec.template,
            FoundObject::DaemonSet(object) => object.spec.template,
            FoundObject::Nothing => NEW_TEMPLATE,
        };
        for pod in own.standing() {
            let template = own.template_of(pod);
            counter.templates.push(template);
            counter.found += i64::from(template == counter.new && pod.is_available(own.window_of(pod)));
        }
        counter
    }

    fn change(&mut self, at: SimTime, pod: PodId, by: i64) {
        if self.templates.get(pod as usize) == Some(&self.new) {
            self.changes.push((at, by));
        }
    }

    fn steps(&self) -> Steps {
        let seconds = |(at, by): &(SimTime, i64)| (at.since(self.start).as_secs_f64(), *by);
        Steps { found: self.found, changes: self.changes.iter().map(seconds).collect() }
    }
}

impl Observer for Counter {
    const DETAIL: bool = false;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        match fact {
            Fact::PodCreated { pod, template, .. } => {
                self.templates.resize(self.templates.len().max(pod as usize + 1), OLD_TEMPLATE);
                self.templates[pod as usize] = template;
            }
            Fact::PodAvailable(pod) => self.change(at, pod, 1),
            Fact::PodUnavailable(pod) | Fact::PodNotReady { pod, was_available: true } => self.change(at, pod, -1),
            Fact::PodTerminating { pod, was } | Fact::PodFailed { pod, was, .. } if was.available => {
                self.change(at, pod, -1);
            }
            _ => {}
        }
    }
}
