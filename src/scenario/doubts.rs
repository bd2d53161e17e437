//! What a snapshot shows and a scenario's pods cannot do: such a pod never becomes Ready in a forecast, and whoever reads the forecast
//! must learn why.

use crate::distribution::{Distribution, LEAST_LEFT};
use crate::scenario::found::{FoundPhase, FoundPod, Stamp};
use crate::scenario::pods::PodModel;
use crate::scenario::warm_up::{LATE, Unready};
use crate::scenario::{Scenario, Start};
use crate::time::{NANOS_PER_SECOND, SimDuration, SimTime};

/// A pod that never becomes Ready in a forecast, because it has been for too long in the phase that the snapshot shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Its workload, by its place in [`Found::workloads`](crate::scenario::Found::workloads).
    pub workload: usize,
    /// The pod, by its place in [`FoundWorkload::pods`](crate::scenario::FoundWorkload::pods).
    pub pod: usize,
    /// What takes too long.
    pub about: DoubtAbout,
    /// For how long it has been in that phase.
    pub age: SimDuration,
    /// The longest that the phase takes in the scenario; `None`: there it never ends.
    pub reach: Option<SimDuration>,
}

/// What takes a pod of a snapshot longer than the scenario has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DoubtAbout {
    /// Its image cannot be pulled, and pulls do not fail by chance.
    Image,
    /// The start of its containers.
    Start,
    /// The time until it is Ready.
    WarmUp,
    /// The time until it is Ready again.
    Readiness,
}

/// Instants are counted from here, so that what is older has one too.
const SECOND_OF_SNAPSHOT: SimTime = SimTime::from_secs(20 * 365 * 86_400);

impl Scenario {
    /// The pods that never become Ready in any replication, because of what the snapshot shows of them. Parts of seconds that are not
    /// known are taken to be a half.
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        let shared = self.world.as_ref().map_or(self, |own| &own.world.shared);
        let Start::Found(found) = &shared.start else { return Vec::new() };
        let now = instant(Stamp { second: 0, nanos: found.within_second });
        let mut doubts = Vec::new();
        for (workload, own) in found.workloads.iter().enumerate() {
            for (number, pod) in own.pods.iter().enumerate() {
                let model = &shared.pods[usize::from(own.template_of(pod))];
                if let Some((about, since, reach)) = doubt(model, pod, now) {
                    let age = now.since(since);
                    doubts.push(Doubt { workload, pod: number, about, age, reach });
                }
            }
        }
        doubts
    }
}

fn instant(stamp: Stamp) -> SimTime {
    let second = SimTime::from_secs(SECOND_OF_SNAPSHOT.whole_seconds().saturating_add_signed(stamp.second));
    second + SimDuration::from_nanos(stamp.nanos.map_or(NANOS_PER_SECOND / 2, u64::from))
}

/// The longest that a distribution has.
fn reach(distribution: &Distribution) -> SimDuration {
    distribution.quantile(1.0 - LEAST_LEFT)
}

fn doubt(model: &PodModel, pod: &FoundPod, now: SimTime) -> Option<(DoubtAbout, SimTime, Option<SimDuration>)> {
    match pod.phase {
        FoundPhase::PullFailing { bound } if model.pull_failure <= 0.0 => {
            Some((DoubtAbout::Image, instant(bound), None))
        }
        FoundPhase::Starting { bound } if model.init_containers.is_empty() => {
            let (since, most) = (instant(bound), reach(&model.pull) + reach(&model.start));
            (now.since(since) > most + LATE).then_some((DoubtAbout::Start, since, Some(most)))
        }
        FoundPhase::Warming { started } => {
            let since = instant(started);
            let state = Unready { seen_at: since, started_at: since, now, slowness: 1.0 };
            let never = model.possible_warm_ups(&state).share < LEAST_LEFT;
            let most = if model.probes.any() { reach(&model.warm_up) } else { SimDuration::ZERO };
            never.then_some((DoubtAbout::WarmUp, since, Some(most)))
        }
        FoundPhase::NotReady { since, .. } if model.flap <= 0.0 => Some((DoubtAbout::Readiness, instant(since), None)),
        FoundPhase::NotReady { since, .. } => {
            let (since, most) = (instant(since), reach(&model.flap_for));
            (now.since(since) > most + LATE).then_some((DoubtAbout::Readiness, since, Some(most)))
        }
        _ => None,
    }
}
