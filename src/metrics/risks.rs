//! Rare things that a scenario makes possible, and how probable they are at most.
//!
//! A metric's own values cannot tell what a rare event does that no rollout has shown. But what may happen, and with
//! what probability, is input. [`Risks::unseen`] bounds the share of rollouts in which something of it can have
//! happened beyond what the records show.

use super::record::{Outcome, Record};
use crate::distribution::Distribution;
use crate::scenario::{PodModel, Scenario};
use crate::stats::{self, Confidence};

/// What may befall the rollouts of a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Risks {
    /// Lengths until a node is lost, each with the number of nodes or zones that have it.
    losses: Vec<(Distribution, f64)>,
    /// Probability that a pod fails: a container of it exits in error, or its kubelet refuses or evicts it.
    crash: f64,
    /// Probability that a pod never becomes Ready, whatever happens to the others.
    never_ready: f64,
    /// Probability that pods of a rollout never become Ready for a reason that they share.
    bad: f64,
}

impl Risks {
    /// Those of `scenario`.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let cluster = &scenario.cluster;
        let nodes = cluster.nodes.len() as f64;
        let zones = cluster.nodes.iter().map(|node| node.zone).max().map_or(0.0, |last| f64::from(last) + 1.0);
        let loss = cluster.loss.as_ref();
        let of_zones = loss.and_then(|loss| loss.time_to_zone_loss.clone());
        let pods = scenario.pods.get(usize::from(scenario.version()));
        let most = |value: fn(&PodModel) -> f64| scenario.pods.iter().map(value).fold(0.0, f64::max);
        Self {
            losses: loss
                .map(|loss| (loss.time_to_loss.clone(), nodes))
                .into_iter()
                .chain(of_zones.map(|time| (time, zones)))
                .collect(),
            crash: most(failure),
            never_ready: most(|pods| pods.never_ready),
            bad: 1.0 - (1.0 - pods.map_or(0.0, |pods| pods.bad_version)) * none_of(cluster.bad_nodes, nodes),
        }
    }

    /// The greatest share of rollouts in which something rare can have happened beyond those that show it. A thing that
    /// befell two rollouts or more adds nothing: what it does is then in the records.
    #[must_use]
    pub fn unseen(&self, befallen: &Befallen, confidence: Confidence) -> f64 {
        self.unseen_of(&befallen.until_the_end, befallen.n, confidence)
    }

    /// The same, of rollouts with what was followed of what came after them.
    #[must_use]
    pub fn unseen_after(&self, befallen: &Befallen, confidence: Confidence) -> f64 {
        self.unseen_of(&befallen.with_what_came_after, befallen.n, confidence)
    }

    fn unseen_of(&self, things: &[Thing; 3], n: u64, confidence: Confidence) -> f64 {
        let share = |thing: &Thing, probability: &dyn Fn(f64, f64) -> f64| {
            if thing.seen > 1 {
                return 0.0;
            }
            stats::shortfall(thing.seen, n, probability(thing.seconds, thing.pods), confidence)
        };
        let lost =
            |seconds: f64, _| 1.0 - self.losses.iter().map(|(time, n)| none_of(time.cdf(seconds), *n)).product::<f64>();
        let stuck = |_, pods| 1.0 - (1.0 - self.bad) * none_of(self.never_ready, pods);
        let crashed = |_, pods| 1.0 - none_of(self.crash, pods);
        let [of_losses, of_ends, of_crashes] = things;
        share(of_losses, &lost) + share(of_ends, &stuck) + share(of_crashes, &crashed)
    }
}

/// What befell rollouts, as far as [`Risks`] asks for it: lost nodes, ends other than completion, and failed pods.
#[derive(Clone, Copy, Debug, Default)]
pub struct Befallen {
    n: u64,
    until_the_end: [Thing; 3],
    with_what_came_after: [Thing; 3],
}

/// How many rollouts a thing befell, and how long the longest of the others was and how many pods the largest of them created.
#[derive(Clone, Copy, Debug, Default)]
struct Thing {
    seen: u64,
    seconds: f64,
    pods: f64,
}

impl Befallen {
    /// What befell the rollouts of `records`.
    #[must_use]
    pub fn of(records: &[Record]) -> Self {
        let mut befallen = Self::default();
        records.iter().for_each(|record| befallen.add(record));
        befallen
    }

    /// Adds a rollout.
    pub fn add(&mut self, record: &Record) {
        self.n += 1;
        for (things, after) in [(&mut self.until_the_end, None), (&mut self.with_what_came_after, record.after)] {
            let seconds = after.map_or(record.duration, |after| after.until).as_secs_f64();
            let pods = f64::from(record.pods_created);
            let befell = [
                record.nodes_lost + after.map_or(0, |after| after.nodes_lost) > 0,
                record.outcome != Outcome::Completed,
                record.pods_failed + after.map_or(0, |after| after.pods_failed) > 0,
            ];
            for (thing, befell) in things.iter_mut().zip(befell) {
                if befell {
                    thing.seen += 1;
                } else {
                    (thing.seconds, thing.pods) = (thing.seconds.max(seconds), thing.pods.max(pods));
                }
            }
        }
    }
}

/// The probability that something of a pod fails: a container exits, or its kubelet refuses or evicts it.
fn failure(pods: &PodModel) -> f64 {
    if pods.refused <= 0.0 && pods.evicted <= 0.0 {
        return pods.crash;
    }
    1.0 - (1.0 - pods.crash) * (1.0 - pods.refused) * (1.0 - pods.evicted)
}

/// The probability that none of `n` has what each has with this `probability`.
fn none_of(probability: f64, n: f64) -> f64 {
    if probability >= 1.0 {
        return if n > 0.0 { 0.0 } else { 1.0 };
    }
    libm::exp(n * libm::log1p(-probability))
}
