//! When the kubelet's probes find that a container has started, is Ready, or needs a restart.
//!
//! Upstream: `pkg/kubelet/prober/worker.go: doProbe`, `prober_manager.go: UpdatePodStatus`. A probe takes no time here.
//!
//! A worker runs for each probe of a container from the moment its kubelet has seen the pod, and probes once each
//! period: at which point of the period a container starts depends on the earlier steps, such as the pull of its image.
//! Readiness is different: as long as a container is not Ready, every sync of its pod probes it at once and starts the
//! period anew. One sync follows when the kubelet sees the container run or its startup probe succeed. Where there is
//! no startup probe, the readiness worker's own first result, a failure, causes another sync, which waits for the
//! kubelet's next check of its containers.

use crate::time::{NANOS_PER_SECOND, SimDuration, SimTime};

/// Time between two checks of a kubelet's containers (`pkg/kubelet/kubelet.go: genericPlegRelistPeriod`), and so the longest
/// until it sees that one has ended.
pub const RELIST: SimDuration = SimDuration::from_secs(1);

/// A probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// `initialDelaySeconds`
    pub initial_delay: SimDuration,
    /// `periodSeconds`
    pub period: SimDuration,
    /// `successThreshold`
    pub success_threshold: u32,
    /// `failureThreshold`
    pub failure_threshold: u32,
    /// `terminationGracePeriodSeconds`: the time that a container which the probe gives up has to end; `None`: the pod's.
    pub grace: Option<SimDuration>,
}

/// The probes of a container, each optional.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Probes {
    /// `startupProbe`: the others wait for it, and a container that fails it is killed.
    pub startup: Option<Probe>,
    /// `readinessProbe`
    pub readiness: Option<Probe>,
    /// `livenessProbe`: a container that fails it is killed.
    pub liveness: Option<Probe>,
}

/// A probe whose failure makes the kubelet kill a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillingProbe {
    /// `startupProbe`
    Startup,
    /// `livenessProbe`
    Liveness,
}

impl KillingProbe {
    /// The name of the probe in Kubernetes' own events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Liveness => "liveness",
        }
    }
}

/// One start of a container, with the instants that its probes depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// When the kubelet saw the pod, and its probes' periods began.
    pub seen_at: SimTime,
    /// When the container was started; its initial delays count from here.
    pub started_at: SimTime,
    /// When its kubelet sees the container run: at its start, or when its postStart hook has ended.
    pub running_at: SimTime,
    /// From when the container answers the startup and readiness probes.
    pub answers_at: SimTime,
    /// From when the container answers the liveness probe.
    pub alive_at: SimTime,
}

/// The result of the probes for one start; [`SimTime::NEVER`] for an event that does not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// When the container becomes Ready, unless it is killed or exits before.
    pub ready_at: SimTime,
    /// When the container has failed its startup or liveness probe and is killed.
    pub killed_at: SimTime,
    /// The probe that has failed.
    pub killed_by: Option<KillingProbe>,
}

impl Probes {
    /// Whether the container has any probe.
    #[must_use]
    pub fn any(&self) -> bool {
        self.startup.is_some() || self.readiness.is_some() || self.liveness.is_some()
    }

    /// `Ok` is the instant at which the container counts as started, which a sidecar's successors wait for; `Err` the one at
    /// which it has failed its startup probe.
    pub fn passes_startup(&self, start: &Start) -> Result<SimTime, SimTime> {
        match &self.startup {
            None => Ok(start.running_at),
            Some(probe) => probe.verdict(start, start.running_at, start.answers_at),
        }
    }

    /// How long a container that a probe has given up may take to end, where the probe says so itself.
    #[must_use]
    pub fn grace(&self, by: KillingProbe) -> Option<SimDuration> {
        match by {
            KillingProbe::Startup => self.startup?.grace,
            KillingProbe::Liveness => self.liveness?.grace,
        }
    }

    /// The result of the probes for one start.
    #[must_use]
    pub fn course(&self, start: &Start) -> Course {
        let started_at = match self.passes_startup(start) {
            Ok(started_at) => started_at,
            Err(killed_at) => {
                return Course { ready_at: SimTime::NEVER, killed_at, killed_by: Some(KillingProbe::Startup) };
            }
        };
        let ready_at = match &self.readiness {
            None => started_at,
            Some(probe) if self.startup.is_some() => probe.ready_after_startup(start, started_at),
            Some(probe) => probe.ready_without_startup(start),
        };
        let alive = self.liveness.map_or(Ok(started_at), |probe| probe.verdict(start, started_at, start.alive_at));
        match alive {
            Ok(_) => Course { ready_at, killed_at: SimTime::NEVER, killed_by: None },
            Err(killed_at) => Course { ready_at, killed_at, killed_by: Some(KillingProbe::Liveness) },
        }
    }
}

impl Probe {
    /// The first check by the probe's own worker at or after `from`, once the initial delay has passed.
    fn look(&self, start: &Start, from: SimTime) -> SimTime {
        on_grid(start.seen_at, self.period, from.max(start.started_at + self.delay()))
    }

    /// The initial delay, cut to whole seconds.
    fn delay(&self) -> SimDuration {
        SimDuration::from_secs(self.initial_delay.as_nanos() / NANOS_PER_SECOND)
    }

    /// For checks from `from` on and a container that answers from `answers_at` on: `Ok` is the instant at which it has
    /// passed the probe, `Err` the instant at which it has failed.
    fn verdict(&self, start: &Start, from: SimTime, answers_at: SimTime) -> Result<SimTime, SimTime> {
        let first = self.look(start, from);
        let last = after(first, self.period, self.failure_threshold);
        if answers_at > last {
            return Err(last);
        }
        Ok(after(self.look(start, first.max(answers_at)), self.period, self.success_threshold))
    }

    fn ready_after_startup(&self, start: &Start, started_at: SimTime) -> SimTime {
        if start.answers_at.is_never() {
            return SimTime::NEVER;
        }
        let first = on_grid(started_at, self.period, started_at.max(start.started_at + self.delay()));
        after(first, self.period, self.success_threshold)
    }

    fn ready_without_startup(&self, start: &Start) -> SimTime {
        if start.answers_at.is_never() {
            return SimTime::NEVER;
        }
        let from = start.answers_at.max(start.started_at + self.delay());
        let again = start.running_at + RELIST;
        if from > start.running_at {
            return after(on_grid(again, self.period, from), self.period, self.success_threshold);
        }
        match self.success_threshold {
            0 | 1 => start.running_at,
            more => after(again, self.period, more - 1),
        }
    }
}

/// The first instant at or after `from` that is `origin` or a whole number of periods later.
fn on_grid(origin: SimTime, period: SimDuration, from: SimTime) -> SimTime {
    origin + from.since(origin).rounded_up(period)
}

/// When `threshold` consecutive equal results are complete, where the first is at `first`.
fn after(first: SimTime, period: SimDuration, threshold: u32) -> SimTime {
    first + period.times(u64::from(threshold.max(1) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: SimTime = SimTime::from_nanos(100_500_000_000);
    const RUNNING: SimTime = SimTime::from_nanos(103_500_000_000);

    fn after_running(seconds: f64) -> SimTime {
        if seconds.is_infinite() { SimTime::NEVER } else { RUNNING + SimDuration::from_secs_f64(seconds) }
    }

    fn probe(initial_delay: u64, period: u64, success_threshold: u32, failure_threshold: u32) -> Probe {
        Probe {
            initial_delay: SimDuration::from_secs(initial_delay),
            period: SimDuration::from_secs(period),
            success_threshold,
            failure_threshold,
            grace: None,
        }
    }

    fn start(answers: f64) -> Start {
        let answers_at = after_running(answers);
        Start { seen_at: SEEN, started_at: RUNNING, running_at: RUNNING, answers_at, alive_at: answers_at }
    }

    /// Which of the three probes there are, and the time that each of those that kill gives a container to end.
    #[test]
    fn a_probe_counts_and_may_give_a_container_its_own_time_to_end() {
        let of = |grace| Some(Probe { grace: Some(SimDuration::from_secs(grace)), ..probe(0, 10, 1, 3) });
        let none = Probes::default();
        assert!(!none.any());
        let (startup, readiness, liveness) = (
            Probes { startup: of(7), ..Probes::default() },
            Probes { readiness: of(8), ..Probes::default() },
            Probes { liveness: of(9), ..Probes::default() },
        );
        for (probes, by_startup, by_liveness) in
            [(startup, Some(7), None), (readiness, None, None), (liveness, None, Some(9))]
        {
            assert!(probes.any());
            let seconds = |grace: Option<u64>| grace.map(SimDuration::from_secs);
            let found = [KillingProbe::Startup, KillingProbe::Liveness].map(|by| probes.grace(by));
            assert_eq!(found, [seconds(by_startup), seconds(by_liveness)]);
        }
    }

    #[test]
    fn without_probes_a_container_that_runs_is_ready() {
        let course = Probes::default().course(&start(7.0));
        assert_eq!(course, Course { ready_at: RUNNING, killed_at: SimTime::NEVER, killed_by: None });
    }

    #[test]
    fn readiness_is_asked_for_at_once_a_second_later_and_then_each_period() {
        let never = f64::INFINITY;
        let table = [
            (probe(0, 10, 1, 3), 0.0, 0.0),
            (probe(0, 10, 1, 3), 0.3, 1.0),
            (probe(0, 10, 1, 3), 1.0, 1.0),
            (probe(0, 10, 1, 3), 5.0, 11.0),
            (probe(0, 1, 1, 3), 4.2, 5.0),
            (probe(15, 10, 1, 3), 0.0, 21.0),
            (probe(21, 10, 1, 3), 0.0, 21.0),
            (probe(0, 5, 3, 3), 4.0, 16.0),
            (probe(0, 5, 2, 3), 0.0, 1.0),
            (probe(0, 5, 3, 3), 0.0, 6.0),
            (probe(0, 10, 2, 3), never, never),
        ];
        for (probe, answers, ready) in table {
            let course = Probes { readiness: Some(probe), ..Probes::default() }.course(&start(answers));
            let expected = Course { ready_at: after_running(ready), killed_at: SimTime::NEVER, killed_by: None };
            assert_eq!(course, expected, "{probe:?} {answers}");
        }
    }

    /// The periods of startup probes began 3 s before the container ran.
    #[test]
    fn a_startup_probe_gates_readiness_or_kills() {
        let never = f64::INFINITY;
        let slow = probe(0, 10, 1, 3);
        let table = [
            // The checks are at 7, 17 and 27 s.
            (slow, None, 5.0, 7.0, never),
            (slow, None, 7.1, 17.0, never),
            (slow, None, 27.0, 27.0, never),
            (slow, None, 27.1, never, 27.0),
            (slow, Some(probe(0, 4, 1, 3)), 5.0, 7.0, never),
            (slow, Some(probe(0, 4, 2, 3)), 5.0, 11.0, never),
            (slow, Some(probe(9, 4, 1, 3)), 5.0, 11.0, never),
            (probe(8, 10, 1, 1), None, 5.0, 17.0, never),
            (slow, Some(probe(0, 1, 1, 3)), never, never, 27.0),
        ];
        for (startup, readiness, answers, ready, killed) in table {
            let probes = Probes { startup: Some(startup), readiness, liveness: None };
            let killed_by = (killed < never).then_some(KillingProbe::Startup);
            let expected = Course { ready_at: after_running(ready), killed_at: after_running(killed), killed_by };
            assert_eq!(probes.course(&start(answers)), expected, "{startup:?} {readiness:?} {answers}");
        }
    }

    #[test]
    fn a_liveness_probe_kills_what_starts_too_slowly() {
        // The checks are at 7, 17 and 27 s.
        let liveness = Some(probe(0, 10, 1, 3));
        let probes = Probes { liveness, ..Probes::default() };
        assert_eq!(probes.course(&start(27.0)).killed_at, SimTime::NEVER);
        let killed = probes.course(&start(27.1));
        assert_eq!((killed.killed_at, killed.killed_by), (after_running(27.0), Some(KillingProbe::Liveness)));
        let gated = Probes { startup: Some(probe(0, 1, 1, 60)), ..probes };
        assert_eq!(gated.course(&start(45.0)).killed_at, SimTime::NEVER, "the startup probe holds it back");
    }
}
