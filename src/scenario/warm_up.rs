//! Which warm-ups agree with a pod that runs and is not Ready.

use crate::distribution::LEAST_LEFT;
use crate::k8s::prober::{Course, Start};
use crate::scenario::pods::PodModel;
use crate::time::{SimDuration, SimTime};

/// Stamps and reports are late by up to a second: a pod that would be Ready since then may be about to be shown so.
pub(in crate::scenario) const LATE: SimDuration = SimDuration::from_secs(1);

/// A pod whose containers run, at an instant at which it is not Ready.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unready {
    /// When its kubelet saw it.
    pub seen_at: SimTime,
    /// When its containers were started.
    pub started_at: SimTime,
    /// The instant.
    pub now: SimTime,
    /// The factor by which its warm-up takes longer.
    pub slowness: f64,
}

/// The warm-ups with which a pod would look as it does, in seconds without what slows them down: above the first and at most the
/// second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PossibleWarmUps {
    /// A pod with this warm-up would be Ready.
    pub above: f64,
    /// With a longer one a probe would have given it up.
    pub most: f64,
    /// The share of all warm-ups.
    pub share: f64,
}

impl PodModel {
    /// The warm-ups with which a pod would not be Ready yet and would not have been killed by a probe. Where there is none, those with
    /// which it would have become Ready within the last second.
    #[must_use]
    pub fn possible_warm_ups(&self, pod: &Unready) -> PossibleWarmUps {
        let possible = self.possible_at(pod, pod.now);
        if possible.share >= LEAST_LEFT {
            return possible;
        }
        let earlier = SimTime::from_nanos(pod.now.as_nanos().saturating_sub(LATE.as_nanos()));
        self.possible_at(pod, earlier.max(pod.started_at))
    }

    /// Whether a pod that never becomes Ready would still run.
    #[must_use]
    pub fn runs_unready(&self, pod: &Unready) -> bool {
        self.course(pod, SimTime::NEVER, SimTime::ZERO).killed_at > pod.now
    }

    fn possible_at(&self, pod: &Unready, now: SimTime) -> PossibleWarmUps {
        if !self.probes.any() {
            // It is Ready as soon as it runs.
            return PossibleWarmUps {
                above: -1.0,
                most: f64::INFINITY,
                share: f64::from(u8::from(pod.started_at >= now)),
            };
        }
        let with = |warm_up: u64| {
            let answers = pod.started_at + SimDuration::from_nanos(warm_up);
            self.course(pod, answers, answers)
        };
        let longest = now.since(pod.started_at).as_nanos();
        let seconds = |nanos: u64| SimDuration::from_nanos(nanos).as_secs_f64() / pod.slowness;
        let above = last_that(longest, |warm_up| with(warm_up).ready_at <= now).map_or(-1.0, seconds);
        let most = match last_that(longest, |warm_up| with(warm_up).killed_at > now) {
            Some(last) if last < longest => seconds(last),
            _ => f64::INFINITY,
        };
        PossibleWarmUps { above, most, share: self.warm_up.left(above, most) }
    }

    fn course(&self, pod: &Unready, answers_at: SimTime, alive_at: SimTime) -> Course {
        let Unready { seen_at, started_at, .. } = *pod;
        self.probes.course(&Start { seen_at, started_at, running_at: started_at, answers_at, alive_at })
    }
}

/// The greatest number up to `most` for which something holds that holds up to some number and for none above it; `None`: it holds
/// for none.
fn last_that(most: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if !holds(0) {
        return None;
    }
    if holds(most) {
        return Some(most);
    }
    let (mut yes, mut no) = (0, most);
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        if holds(middle) { yes = middle } else { no = middle }
    }
    Some(yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_for_which_something_holds() {
        for most in [0, 1, 2, 9, 1 << 40] {
            for last in [0, 1, 7, 1 << 39].into_iter().filter(|last| *last <= most) {
                assert_eq!(last_that(most, |number| number <= last), Some(last), "{most}");
            }
            assert_eq!(last_that(most, |_| false), None);
        }
    }
}
