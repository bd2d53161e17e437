//! A StatefulSet or a DaemonSet whose pods are replaced one after the other: what each takes, added up.

use std::path::Path;

use super::State;
use super::course::{Course, Steps};
use super::forecast::Forecast;
use super::hypotheses::Worlds;
use super::start_up::StartUp;
use crate::input::snapshot::{Rule, Snapshot};
use crate::plan::{Overrides, Plan};
use crate::random::{Draws, Purpose};
use crate::scenario::{NEW_TEMPLATE, OLD_TEMPLATE, PodModel, Scenario};

/// Simulated sequences.
const COUNT: u32 = 1000;

/// How long they are followed, in seconds, as a rollout is by default.
const HORIZON_S: f64 = 3600.0;

/// Most values that are drawn for what a pod that starts already still needs.
const TRIES: u64 = 64;

/// From the instant when a pod is gone to the creation of the next one, and from Ready to the next deletion, together: some tens of
/// milliseconds each in recordings of a real control plane (`tests/recordings/`), and more where it has other work.
const BETWEEN_S: f64 = 0.1;

/// What is left to do, in the order in which it is done.
struct Left {
    /// Of each pod of the new version that is not available: since when it was bound, and since when it is Ready.
    starting: Vec<(f64, Option<f64>)>,
    /// Of each that is being deleted: since when.
    stopping: Vec<f64>,
    /// Pods of older versions that are to go.
    old: usize,
    /// How many may be missing at a time.
    at_once: usize,
}

/// What is told of a set whose pods are followed.
pub(super) struct InTurn {
    pub(super) forecast: Forecast,
    pub(super) start_up: StartUp,
    pub(super) course: Course,
}

/// When the last pod is available, and how many are on the way there.
pub(super) fn forecast(snapshot: &Snapshot) -> InTurn {
    let start_up = StartUp::of(snapshot, &[], State::Rolling);
    let left = Left::of(snapshot);
    let mut draws = Draws::new(1);
    let (mut done, mut stuck, mut runs) = (Vec::new(), 0.0, Vec::new());
    let found = snapshot.live().filter(|pod| snapshot.is_new(pod) && snapshot.is_available(pod)).count() as i64;
    if let Some(usual) = usual(snapshot) {
        let worlds = Worlds::of(&usual, snapshot, &start_up);
        stuck = worlds.stuck();
        worlds.each(COUNT, |scenario, range| {
            for replication in range {
                draws.start(replication);
                let ends = left.replay(scenario, snapshot, &mut draws);
                let changes = ends.iter().filter(|end| end.is_finite()).map(|end| (*end, 1)).collect();
                runs.push(Steps { found, changes });
                done.push(ends.last().copied().unwrap_or(0.0));
            }
        });
    }
    done.retain(|seconds| *seconds <= HORIZON_S);
    let mut forecast = Forecast::of_times(done, u64::from(COUNT), HORIZON_S);
    forecast.stuck = stuck;
    InTurn { forecast, start_up, course: Course::of_steps(&runs, (snapshot.target(), HORIZON_S)) }
}

/// A scenario with the default times, and the probe of the workload.
fn usual(snapshot: &Snapshot) -> Option<Scenario> {
    let probe = snapshot.workload.probe_period_seconds;
    let probe = probe.map_or(String::new(), |period| {
        format!(", readinessProbe: {{periodSeconds: {period}, tcpSocket: {{port: 80}}}}")
    });
    let text =
        format!("deployment: {{spec: {{template: {{spec: {{containers: [{{name: app, image: app{probe}}}]}}}}}}}}");
    let plan = Plan::parse(&text, Path::new(""), &Overrides::default()).ok()?;
    plan.scenarios.into_iter().next()
}

impl Left {
    fn of(snapshot: &Snapshot) -> Self {
        let since = |at: i64| (snapshot.at - at).max(0) as f64;
        let partition = match snapshot.workload.rule {
            Rule::Ordered { partition, .. } => partition,
            _ => 0,
        };
        let is_meant = |ordinal: Option<u32>| ordinal.is_none_or(|ordinal| ordinal >= partition);
        let new = snapshot.live().filter(|pod| snapshot.is_new(pod) && !snapshot.is_available(pod));
        let starting = new.map(|pod| (since(pod.bound.unwrap_or(pod.created)), pod.ready.map(since)));
        let going = snapshot.pods.iter().filter_map(|pod| pod.told).map(since);
        let old = snapshot.live().filter(|pod| !snapshot.is_new(pod) && is_meant(pod.ordinal)).count();
        let at_once = match snapshot.workload.rule {
            Rule::Ordered { unavailable, .. } => unavailable,
            Rule::PerNode { surge, unavailable } => surge.max(unavailable),
            _ => 1,
        };
        Self { starting: starting.collect(), stopping: going.collect(), old, at_once: at_once.max(1) as usize }
    }

    /// When each pod becomes available that is not, in one replication, in order.
    fn replay(&self, scenario: &Scenario, snapshot: &Snapshot, draws: &mut Draws) -> Vec<f64> {
        let least = f64::from(snapshot.workload.min_ready_seconds);
        let new = &scenario.pods[usize::from(NEW_TEMPLATE)];
        let old = &scenario.pods[usize::from(OLD_TEMPLATE)];
        if new.never_ready >= 1.0 {
            return vec![f64::INFINITY];
        }
        let mut busy: Vec<f64> = Vec::new();
        let mut number = 0;
        let mut next = || {
            number += TRIES;
            number
        };
        for (bound, ready) in &self.starting {
            busy.push(match ready {
                Some(ready) => (least - ready).max(0.0),
                None => rest(new, draws, next(), *bound) + least,
            });
        }
        for told in &self.stopping {
            let position = next();
            let stop = stop(old, draws, position, *told);
            busy.push(stop + BETWEEN_S + rest(new, draws, position, 0.0) + least);
        }
        // What is under way counts for the pods that may be missing; each of the others begins when one of those is done.
        let mut ends = busy.clone();
        let mut slots = busy;
        slots.resize(slots.len().max(self.at_once), 0.0);
        for _ in 0..self.old {
            slots.sort_by(f64::total_cmp);
            let more = slots.len() - self.at_once;
            let begins = slots[more];
            let position = next();
            let takes = stop(old, draws, position, 0.0) + rest(new, draws, position, 0.0);
            slots.remove(more);
            slots.push(begins + BETWEEN_S + takes + least);
            ends.push(begins + BETWEEN_S + takes + least);
        }
        ends.sort_by(f64::total_cmp);
        ends
    }
}

/// What a pod that was bound `since` so many seconds still needs until it is Ready.
fn rest(model: &PodModel, draws: &mut Draws, position: u64, since: f64) -> f64 {
    let period = model.probes.readiness.map_or(0.0, |probe| probe.period.as_secs_f64());
    let mut seconds =
        |purpose, distribution, position| draws.duration(distribution, NEW_TEMPLATE, purpose, position).as_secs_f64();
    for attempt in 0..TRIES {
        let place = position + attempt;
        let run = seconds(Purpose::Pull, &model.pull, place) + seconds(Purpose::Start, &model.start, place);
        let ready = run + seconds(Purpose::WarmUp, &model.warm_up, place);
        // The probe comes at any instant of its period.
        let phase = period * ((place.wrapping_mul(2_654_435_761) % 1000) as f64 / 1000.0);
        if ready + phase > since {
            return ready + phase - since;
        }
    }
    // It has taken longer than the times that are assumed; it may be any moment.
    1.0
}

/// What a pod that was told to go `since` so many seconds still needs until it is gone.
fn stop(model: &PodModel, draws: &mut Draws, position: u64, since: f64) -> f64 {
    for attempt in 0..TRIES {
        let length = draws.duration(&model.termination, OLD_TEMPLATE, Purpose::Termination, position + attempt);
        let length = length.as_secs_f64().min(model.grace.as_secs_f64());
        if length > since {
            return length - since;
        }
    }
    1.0
}
