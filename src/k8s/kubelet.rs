//! When a kubelet finds a pod Ready, restarts its container, and ends it.
//!
//! Upstream: `pkg/kubelet/prober/worker.go`, `pkg/kubelet/kuberuntime/kuberuntime_manager.go: doBackOff`,
//! `client-go/util/flowcontrol/backoff.go`, `pkg/kubelet/pod_workers.go: completeWork`,
//! `pkg/kubelet/kuberuntime/kuberuntime_container.go: killContainer`.
//!
//! A probe takes no time here, and none is dropped because the one before took too long.

use crate::time::{NANOS_PER_SECOND, SimDuration, SimTime};

/// First back-off of a container that exits again.
pub const CRASH_BACKOFF: SimDuration = SimDuration::from_secs(10);
/// Longest back-off.
pub const MAX_CRASH_BACKOFF: SimDuration = SimDuration::from_secs(300);
/// A container that exits longer than this after the last restart starts without back-off.
pub const CRASH_BACKOFF_RESET: SimDuration = SimDuration::from_secs(600);
/// Longest time between two looks at a container that is backing off, before jitter.
const POLL: SimDuration = SimDuration::from_secs(60);
/// What SIGTERM gets at least, whatever the preStop hook took.
const MINIMUM_GRACE: SimDuration = SimDuration::from_secs(2);

/// A readiness probe.
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
}

/// How a loss of readiness is seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Ready becomes False.
    pub not_ready_at: SimTime,
    /// Ready becomes True again; [`SimTime::NEVER`] if it does not.
    pub ready_at: SimTime,
}

impl Probe {
    /// The first probe at or after `time` of a container that runs since `running_at`. The kubelet probes as soon as it
    /// sees the container run, then every period; before the initial delay, counted in whole seconds, nothing is asked.
    fn next(&self, running_at: SimTime, time: SimTime) -> SimTime {
        if time.is_never() {
            return time;
        }
        let steps = |length: SimDuration| length.as_nanos().div_ceil(self.period.as_nanos().max(1));
        let allowed = SimDuration::from_secs(floor(self.initial_delay));
        running_at + self.period.times(steps(time.since(running_at)).max(steps(allowed)))
    }

    /// When a run of `threshold` equal results is full, whose first is that of the probe at `first`.
    fn run(&self, first: SimTime, threshold: u32) -> SimTime {
        first + self.period.times(u64::from(threshold.max(1) - 1))
    }
}

fn floor(length: SimDuration) -> u64 {
    length.as_nanos() / NANOS_PER_SECOND
}

/// When a container becomes Ready that runs since `running_at` and would answer a probe from `answers_at` on. Without
/// a probe it is Ready as soon as it runs.
#[must_use]
pub fn ready_at(running_at: SimTime, answers_at: SimTime, probe: Option<&Probe>) -> SimTime {
    let Some(probe) = probe else { return running_at };
    probe.run(probe.next(running_at, answers_at.max(running_at)), probe.success_threshold)
}

/// What a Ready container's failure to answer from `from` until before `to` leads to. `None`: nobody notices, because
/// there is no probe or too few probes fall into that time.
#[must_use]
pub fn outage(running_at: SimTime, from: SimTime, to: SimTime, probe: Option<&Probe>) -> Option<Outage> {
    let probe = probe?;
    let not_ready_at = probe.run(probe.next(running_at, from), probe.failure_threshold);
    (not_ready_at < to)
        .then(|| Outage { not_ready_at, ready_at: probe.run(probe.next(running_at, to), probe.success_threshold) })
}

/// The crash-loop back-off of one container. It belongs to the pod: a new pod starts from none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrashLoopBackOff {
    delay: SimDuration,
    updated: SimTime,
}

impl CrashLoopBackOff {
    /// When a container that exited at `exit` is started again; `jitter` in [0, 1] is one uniform number, for how late
    /// the kubelet looks. The first restart is immediate, then come 10, 20, 40, 80, 160 and 300 s from the exit.
    pub fn restart_at(&mut self, exit: SimTime, jitter: f64) -> SimTime {
        if self.delay.is_zero() || exit.since(self.updated) > CRASH_BACKOFF_RESET {
            *self = Self { delay: CRASH_BACKOFF, updated: exit };
            return exit;
        }
        let restart = exit + noticed_after(self.delay, jitter);
        *self = Self { delay: self.delay.times(2).min(MAX_CRASH_BACKOFF), updated: restart };
        restart
    }
}

/// How long it takes until the end of a wait is noticed: the kubelet sleeps for what is left, at most a minute, and up
/// to half as long again, until nothing is left.
fn noticed_after(wait: SimDuration, jitter: f64) -> SimDuration {
    let jitter = jitter.clamp(0.0, 1.0);
    let mut slept = SimDuration::ZERO;
    while slept < wait {
        let sleep = wait.saturating_sub(slept).min(POLL);
        slept += sleep + SimDuration::from_nanos((sleep.as_nanos() as f64 * 0.5 * jitter) as u64);
    }
    slept
}

/// When the containers of a pod that is deleted at `deleted_at` are gone, and its phase is terminal: the preStop hook
/// runs first and uses up the grace period, then SIGTERM has what is left, at least 2 s, for an application that takes
/// `shutdown` to end.
#[must_use]
pub fn containers_gone_at(
    deleted_at: SimTime,
    grace: SimDuration,
    pre_stop: SimDuration,
    shutdown: SimDuration,
) -> SimTime {
    let grace = grace.max(SimDuration::from_secs(1));
    let pre_stop = pre_stop.min(grace);
    let left = grace.saturating_sub(SimDuration::from_secs(floor(pre_stop))).max(MINIMUM_GRACE);
    deleted_at + pre_stop + shutdown.min(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: SimTime = SimTime::from_nanos(100_500_000_000);

    fn after(seconds: f64) -> SimTime {
        RUNNING + SimDuration::from_secs_f64(seconds)
    }

    fn probe(initial_delay: u64, period: u64, success_threshold: u32, failure_threshold: u32) -> Probe {
        Probe {
            initial_delay: SimDuration::from_secs(initial_delay),
            period: SimDuration::from_secs(period),
            success_threshold,
            failure_threshold,
        }
    }

    #[test]
    fn readiness_waits_for_the_grid_of_probes() {
        let table = [
            (probe(0, 10, 1, 3), 5.0, 10.0),
            (probe(0, 10, 1, 3), 0.0, 0.0),
            (probe(0, 10, 1, 3), 10.0, 10.0),
            (probe(0, 1, 1, 3), 4.2, 5.0),
            (probe(15, 10, 1, 3), 0.0, 20.0),
            (probe(20, 10, 1, 3), 0.0, 20.0),
            (probe(0, 5, 3, 3), 4.0, 15.0),
        ];
        for (probe, answers, ready) in table {
            assert_eq!(ready_at(RUNNING, after(answers), Some(&probe)), after(ready), "{probe:?} {answers}");
        }
        assert_eq!(ready_at(RUNNING, after(7.0), None), RUNNING);
        assert_eq!(ready_at(RUNNING, SimTime::NEVER, Some(&probe(0, 10, 2, 3))), SimTime::NEVER);
    }

    #[test]
    fn the_initial_delay_counts_in_whole_seconds() {
        let probe = Probe {
            initial_delay: SimDuration::from_millis(2500),
            period: SimDuration::from_millis(700),
            success_threshold: 1,
            failure_threshold: 1,
        };
        assert_eq!(ready_at(RUNNING, RUNNING, Some(&probe)), after(2.1));
        assert_eq!(ready_at(RUNNING, after(2.2), Some(&probe)), after(2.8));
    }

    #[test]
    fn an_outage_is_noticed_after_enough_failures_and_ends_on_the_grid() {
        let probe = probe(0, 10, 2, 3);
        let seen = |from, to| outage(RUNNING, after(from), after(to), Some(&probe));
        assert_eq!(seen(31.0, 75.0), Some(Outage { not_ready_at: after(60.0), ready_at: after(90.0) }));
        assert_eq!(seen(31.0, 60.0), None);
        assert_eq!(seen(30.0, 50.5), Some(Outage { not_ready_at: after(50.0), ready_at: after(70.0) }));
        assert_eq!(outage(RUNNING, after(1.0), after(99.0), None), None);
        let forever = outage(RUNNING, after(31.0), SimTime::NEVER, Some(&probe));
        assert_eq!(forever, Some(Outage { not_ready_at: after(60.0), ready_at: SimTime::NEVER }));
    }

    /// Restart delays of a container that dies 2 s after each start.
    fn delays(jitter: f64) -> Vec<f64> {
        let mut backoff = CrashLoopBackOff::default();
        let mut exit = RUNNING;
        (0..8)
            .map(|_| {
                let restart = backoff.restart_at(exit, jitter);
                let delay = restart.since(exit).as_secs_f64();
                exit = restart + SimDuration::from_secs(2);
                delay
            })
            .collect()
    }

    #[test]
    fn restarts_back_off_from_the_exit() {
        assert_eq!(delays(0.0), [0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0]);
        assert_eq!(delays(1.0), [0.0, 15.0, 30.0, 60.0, 90.0, 180.0, 315.0, 315.0]);
    }

    #[test]
    fn ten_minutes_of_running_end_the_back_off() {
        let mut backoff = CrashLoopBackOff::default();
        backoff.restart_at(after(0.0), 0.0);
        let restart = backoff.restart_at(after(2.0), 0.0);
        assert_eq!(restart, after(12.0));
        assert_eq!(backoff.restart_at(after(612.0), 0.0), after(632.0));
        assert_eq!(backoff.restart_at(after(1232.1), 0.0), after(1232.1));
        assert_eq!(backoff.restart_at(after(1234.0), 0.0), after(1244.0));
    }

    #[test]
    fn pre_stop_and_sigterm_share_the_grace_period() {
        let seconds = SimDuration::from_secs_f64;
        let table = [
            (30.0, 0.0, 5.0, 5.0),
            (30.0, 0.0, 60.0, 30.0),
            (30.0, 10.5, 60.0, 30.5),
            (30.0, 60.0, 60.0, 32.0),
            (30.0, 60.0, 1.0, 31.0),
            (0.0, 0.0, 9.0, 2.0),
        ];
        for (grace, pre_stop, shutdown, gone) in table {
            let at = containers_gone_at(RUNNING, seconds(grace), seconds(pre_stop), seconds(shutdown));
            assert_eq!(at, after(gone), "{grace} {pre_stop} {shutdown}");
        }
    }
}
