//! The life of a new pod, as far as the approximation follows it.

use super::length::Length;
use super::numbers::Numbers;
use crate::k8s::kubelet::CrashLoopBackOff;
use crate::k8s::prober::{Probes, Start};
use crate::random::Purpose;
use crate::scenario::{Scenario, Template};
use crate::time::{NANOS_PER_SECOND, SimDuration, SimTime};

/// Starts of a pod's containers that are followed. Later ones succeed.
const STARTS_FOLLOWED: u32 = 5;

/// How late a kubelet looks at the end of a back-off: in the middle.
const LATENESS: f64 = 0.5;

/// What new pods do.
#[derive(Debug)]
pub(super) struct Pods {
    pub(super) template: Template,
    pull: Length,
    start: Length,
    warm_up: Length,
    crash_after: Length,
    crash: f64,
    never_ready: f64,
    bad_version: f64,
    probes: Probes,
    min_ready: SimDuration,
    /// The first pods pull the image, one on each node.
    pulling: usize,
    purposes: Vec<Purpose>,
}

/// When a pod is available for the first time, and where it exits then, when that is and when it is available again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) first: SimTime,
    pub(super) relapse: Option<(SimTime, SimTime)>,
}

impl Pods {
    /// Those of the new version of a scenario.
    pub(super) fn of(scenario: &Scenario) -> Option<Self> {
        let template = scenario.version();
        let model = scenario.pods.get(usize::from(template))?;
        let length = Length::of;
        let mut pods = Self {
            template,
            pull: length(&model.pull),
            start: length(&model.start),
            warm_up: length(&model.warm_up),
            crash_after: length(&model.crash_after),
            crash: model.crash,
            never_ready: model.never_ready,
            bad_version: model.bad_version,
            probes: model.probes,
            min_ready: SimDuration::from_secs(u64::try_from(scenario.deployment.min_ready_seconds).ok()?),
            // Where some nodes have the image, which of them pods come to is not known here.
            pulling: if model.cached > 0.0 { 0 } else { scenario.cluster.nodes_at_start() },
            purposes: Vec::new(),
        };
        let stratified = [
            (Purpose::Pull, pods.pull.is_drawn() && pods.pulling > 0),
            (Purpose::Start, pods.start.is_drawn()),
            (Purpose::WarmUp, pods.warm_up.is_drawn() && pods.probes.any()),
            (Purpose::Crash, pods.crash > 0.0 && pods.crash < 1.0),
            (Purpose::NeverReady, pods.never_ready > 0.0 && pods.never_ready < 1.0),
        ];
        pods.purposes = stratified.into_iter().filter(|(_, is)| *is).map(|(purpose, _)| purpose).collect();
        Some(pods)
    }

    /// What nearly every pod asks for.
    pub(super) fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// Whether the version is bad, so that no pod ever becomes Ready: one number decides for all of them.
    pub(super) fn are_bad(&self, numbers: &mut impl Numbers) -> bool {
        chance(self.bad_version, || numbers.number(Purpose::BadVersion, 0, 0))
    }

    /// The life of a pod that is created at `from`, where seconds of the API's clock end at `phase` before those of the simulator's.
    pub(super) fn life(&self, pod: usize, from: SimTime, phase: u64, numbers: &mut impl Numbers) -> Life {
        let pulled =
            if pod < self.pulling { self.pull.at(|| numbers.number(Purpose::Pull, 0, pod)) } else { SimDuration::ZERO };
        if chance(self.never_ready, || numbers.number(Purpose::NeverReady, 0, pod)) {
            return Life { first: SimTime::NEVER, relapse: None };
        }
        let (mut at, mut back_off) = (from + pulled, CrashLoopBackOff::default());
        let mut left: Option<(SimTime, SimTime)> = None;
        for attempt in 0..STARTS_FOLLOWED {
            let begun = at + self.start.at(|| numbers.number(Purpose::Start, attempt, pod));
            let (ready, killed) = self.ready(from, begun, attempt, pod, numbers);
            let exits =
                attempt + 1 < STARTS_FOLLOWED && chance(self.crash, || numbers.number(Purpose::Crash, attempt, pod));
            let exit = if exits {
                begun + self.crash_after.at(|| numbers.number(Purpose::CrashAfter, attempt, pod))
            } else {
                SimTime::NEVER
            };
            let (exit, available) = (exit.min(killed), self.available(ready, phase));
            match left {
                _ if available >= exit => {}
                None if exit.is_never() => return Life { first: available, relapse: None },
                None => left = Some((available, exit)),
                Some((first, exit)) => return Life { first, relapse: Some((exit, available)) },
            }
            if exit.is_never() {
                break;
            }
            at = back_off.restart_at(exit, LATENESS);
        }
        // Its probes never let it become Ready.
        match left {
            None => Life { first: SimTime::NEVER, relapse: None },
            Some((first, exit)) => Life { first, relapse: Some((exit, SimTime::NEVER)) },
        }
    }

    /// When containers that begin to run at `begun` are Ready, and when a probe ends them.
    fn ready(
        &self,
        seen_at: SimTime,
        begun: SimTime,
        attempt: u32,
        pod: usize,
        numbers: &mut impl Numbers,
    ) -> (SimTime, SimTime) {
        if !self.probes.any() {
            return (begun, SimTime::NEVER);
        }
        let answers_at = begun + self.warm_up.at(|| numbers.number(Purpose::WarmUp, attempt, pod));
        let start = Start { seen_at, started_at: begun, running_at: begun, answers_at, alive_at: answers_at };
        let course = self.probes.course(&start);
        (course.ready_at, course.killed_at)
    }

    /// When a pod that is Ready since then is available: the API's time of that has whole seconds.
    fn available(&self, ready: SimTime, phase: u64) -> SimTime {
        if self.min_ready.is_zero() || ready.is_never() {
            return ready;
        }
        let on_clock = ready.as_nanos().saturating_add(phase);
        let whole = on_clock - on_clock % NANOS_PER_SECOND;
        (SimTime::from_nanos(whole.saturating_sub(phase)) + self.min_ready).max(ready)
    }
}

/// True with this probability; the number is asked for only where it decides.
fn chance(probability: f64, number: impl FnOnce() -> f64) -> bool {
    probability > 0.0 && (probability >= 1.0 || number() < probability)
}
