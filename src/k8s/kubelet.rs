//! When a kubelet restarts a pod's container, and when it ends it. Its probes are [`super::prober`].
//!
//! Upstream: `pkg/kubelet/kuberuntime/kuberuntime_manager.go: doBackOff`,
//! `client-go/util/flowcontrol/backoff.go`, `pkg/kubelet/pod_workers.go: completeWork`,
//! `pkg/kubelet/kuberuntime/kuberuntime_container.go: killContainer`.

use crate::time::{NANOS_PER_SECOND, SimDuration, SimTime};

/// First back-off of a container that exits again.
pub const CRASH_BACKOFF: SimDuration = SimDuration::from_secs(10);
/// Longest back-off.
pub const MAX_CRASH_BACKOFF: SimDuration = SimDuration::from_secs(300);
/// A container that exits longer than this after the last restart starts without back-off.
pub const CRASH_BACKOFF_RESET: SimDuration = SimDuration::from_secs(600);
/// Longest time between two checks of a container in back-off, before jitter.
const POLL: SimDuration = SimDuration::from_secs(60);
/// Time between two checks of a pod that has met another error (`backOffPeriod`).
const ERROR_POLL: SimDuration = SimDuration::from_secs(10);
/// The least time from SIGTERM to SIGKILL, however long the preStop hook took.
const MINIMUM_GRACE: SimDuration = SimDuration::from_secs(2);

/// The grace period of the containers of a pod that the kubelet evicts at a hard threshold
/// (`pkg/kubelet/eviction/eviction_manager.go: immediateEvictionGracePeriodSeconds`).
pub const EVICTION_GRACE: SimDuration = SimDuration::from_secs(1);
fn floor(length: SimDuration) -> u64 {
    length.as_nanos() / NANOS_PER_SECOND
}

/// The crash-loop back-off of one container. It belongs to the pod: a new pod starts without one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrashLoopBackOff {
    delay: SimDuration,
    updated: SimTime,
}

impl CrashLoopBackOff {
    /// That of a container that has been started again so many times, the last time at `restart`.
    #[must_use]
    pub fn after(restarts: u32, restart: SimTime) -> Self {
        match restarts {
            0 => Self::default(),
            _ => {
                Self { delay: CRASH_BACKOFF.times(1 << (restarts - 1).min(5)).min(MAX_CRASH_BACKOFF), updated: restart }
            }
        }
    }

    /// When a container that exited at `exit` is started again; `jitter` in [0, 1] is one uniform number that decides
    /// how late the kubelet checks. The first restart is immediate, then come 10, 20, 40, 80, 160 and 300 s from the
    /// exit.
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

/// When the kubelet retries a pull that failed at `failed`, after `failures` failures before it: at its first check
/// after 10, 20, 40, 80, 160 and 300 s. It checks every 10 s, or up to half as long again, as `jitter`, one uniform
/// number in [0, 1], decides. The back-off belongs to the pod.
///
/// Upstream: `pkg/kubelet/images/image_manager.go: EnsureImageExists`; `pkg/kubelet/pod_workers.go: completeWork`, to which an
/// image's back-off is an error like any other.
#[must_use]
pub fn pull_again_at(failed: SimTime, failures: u32, jitter: f64) -> SimTime {
    let wait = CRASH_BACKOFF.times(1 << failures.min(5)).min(MAX_CRASH_BACKOFF);
    failed + wait.rounded_up(lengthened(ERROR_POLL, jitter))
}

/// How long it takes until the kubelet notices the end of a wait: it sleeps for the time that is left, at most a
/// minute, and up to half as long again, until none is left.
fn noticed_after(wait: SimDuration, jitter: f64) -> SimDuration {
    let mut slept = SimDuration::ZERO;
    while slept < wait {
        slept += lengthened(wait.saturating_sub(slept).min(POLL), jitter);
    }
    slept
}

/// A sleep that `jitter` in [0, 1] makes up to half as long again.
fn lengthened(sleep: SimDuration, jitter: f64) -> SimDuration {
    sleep + SimDuration::from_nanos((sleep.as_nanos() as f64 * 0.5 * jitter.clamp(0.0, 1.0)) as u64)
}

/// When the containers of a pod that is deleted at `deleted_at` get SIGTERM: after the preStop hook, or when the grace
/// period has ended it.
#[must_use]
pub fn sigterm_at(deleted_at: SimTime, grace: SimDuration, pre_stop: SimDuration) -> SimTime {
    deleted_at + pre_stop.min(grace.max(SimDuration::from_secs(1)))
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

/// How one sidecar (an init container with `restartPolicy: Always`) ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SidecarEnd {
    /// How long its preStop hook takes.
    pub pre_stop: SimDuration,
    /// How long it takes to end after SIGTERM.
    pub shutdown: SimDuration,
}

/// When the sidecars of a pod that is deleted at `deleted_at` are gone, given last one first, where the other containers are
/// gone at `containers_gone_at`. The preStop hooks run from the start; then each sidecar waits for the other containers and for
/// the sidecar after it, at most as long as its grace period lasts, and SIGTERM has what is left of that, at least 2 s.
///
/// Upstream: `pkg/kubelet/kuberuntime/kuberuntime_termination_order.go: newTerminationOrdering, waitForTurn`.
#[must_use]
pub fn sidecars_gone_at(
    deleted_at: SimTime,
    grace: SimDuration,
    containers_gone_at: SimTime,
    last_first: impl Iterator<Item = SidecarEnd>,
) -> SimTime {
    let whole = |length| SimDuration::from_secs(floor(length));
    let grace = grace.max(SimDuration::from_secs(1));
    let mut gone_before = containers_gone_at;
    for end in last_first {
        let hook = end.pre_stop.min(grace);
        let waits_from = deleted_at + hook;
        let left = grace.saturating_sub(whole(hook));
        let turn = gone_before.max(waits_from).min(waits_from + left);
        let left = left.saturating_sub(whole(turn.since(waits_from))).max(MINIMUM_GRACE);
        gone_before = gone_before.max(turn + end.shutdown.min(left));
    }
    gone_before
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: SimTime = SimTime::from_nanos(100_500_000_000);

    fn after(seconds: f64) -> SimTime {
        RUNNING + SimDuration::from_secs_f64(seconds)
    }

    #[test]
    fn sigterm_comes_after_the_hook_or_when_the_grace_period_has_ended_it() {
        let seconds = SimDuration::from_secs;
        for (grace, pre_stop, expected) in [(30, 0, 0), (30, 5, 5), (30, 40, 30), (0, 5, 1), (1, 0, 0)] {
            let found = sigterm_at(RUNNING, seconds(grace), seconds(pre_stop));
            assert_eq!(found, RUNNING + seconds(expected), "{grace} {pre_stop}");
        }
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
    fn a_back_off_is_known_by_the_number_of_restarts() {
        let (mut followed, mut exit) = (CrashLoopBackOff::default(), RUNNING);
        assert_eq!(CrashLoopBackOff::after(0, RUNNING), followed);
        for restarts in 1..10 {
            let restart = followed.restart_at(exit, 0.3);
            let known = CrashLoopBackOff::after(restarts, restart);
            assert_eq!(known.delay, followed.delay, "{restarts}");
            exit = restart + SimDuration::from_secs(2);
        }
    }

    #[test]
    fn pulls_back_off_from_the_failure() {
        let seconds = |failures| pull_again_at(RUNNING, failures, 0.0).since(RUNNING).as_secs_f64();
        assert_eq!([0, 1, 2, 3, 4, 5, 99].map(seconds), [10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0]);
        assert_eq!(pull_again_at(RUNNING, 0, 1.0), after(15.0));
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

    /// Sidecars by their preStop hook and shutdown, in seconds, last one first.
    #[test]
    fn sidecars_end_after_the_containers_and_the_last_one_first() {
        let seconds = SimDuration::from_secs_f64;
        type Row = (f64, f64, &'static [(f64, f64)], f64);
        let table: [Row; 9] = [
            (30.0, 15.0, &[], 15.0),
            (30.0, 15.0, &[(0.0, 3.0)], 18.0),
            (30.0, 15.0, &[(0.0, 3.0), (0.0, 4.0)], 22.0),
            // The hook runs beside the containers' shutdown.
            (30.0, 15.0, &[(10.0, 3.0)], 18.0),
            (30.0, 15.0, &[(20.0, 3.0)], 23.0),
            // The containers use up the grace period: every sidecar has 2 s at its end, all of them at once.
            (30.0, 32.0, &[(0.0, 9.0)], 32.0),
            (30.0, 30.0, &[(0.0, 9.0), (0.0, 9.0)], 32.0),
            // 5 s are left of 30, and the whole of the 20.5 s that it waited count.
            (30.0, 25.5, &[(5.0, 60.0)], 30.5),
            // A hook that uses up the grace period does not wait for its turn.
            (10.0, 12.0, &[(60.0, 60.0)], 12.0),
        ];
        for (grace, containers, sidecars, gone) in table {
            let ends = sidecars
                .iter()
                .map(|(hook, shutdown)| SidecarEnd { pre_stop: seconds(*hook), shutdown: seconds(*shutdown) });
            let at = sidecars_gone_at(RUNNING, seconds(grace), after(containers), ends);
            assert_eq!(at, after(gone), "{grace} {containers} {sidecars:?}");
        }
    }
}
