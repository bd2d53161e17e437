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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::record::After;
    use crate::metrics::tests::record;
    use crate::scenario::{Cluster, Node, NodeLoss};
    use crate::time::SimDuration;

    fn constant(seconds: u64) -> Distribution {
        Distribution::constant(SimDuration::from_secs(seconds))
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    }

    #[test]
    fn what_may_befall_follows_from_the_input() {
        let node = |zone| Node { zone, slots: 10, base_load: 0.0, pod_load: 0.1 };
        let mut cluster = Cluster::of(vec![node(0), node(2), node(1), node(2)]);
        cluster.bad_nodes = 0.1;
        cluster.loss = Some(NodeLoss {
            time_to_loss: constant(50),
            time_to_zone_loss: Some(constant(70)),
            notice: None,
            detection: constant(40),
            toleration: SimDuration::from_secs(300),
            recovery: None,
        });
        let builder = Scenario::builder(4).unwrap().cluster(cluster).pods(|pods| pods.crash = 0.01);
        let mut scenario = builder.new_pods(|pods| (pods.never_ready, pods.bad_version) = (0.03, 0.5)).build();
        let risks = Risks::of(&scenario);
        assert_eq!(risks.losses, [(constant(50), 4.0), (constant(70), 3.0)], "four nodes in three zones");
        assert_eq!((risks.crash, risks.never_ready), (0.01, 0.03));
        // The version is good with probability 1/2, each of four nodes with 9/10.
        close(risks.bad, 1.0 - 0.5 * 0.6561);

        scenario.cluster.loss = None;
        (scenario.pods[0].refused, scenario.pods[0].evicted) = (0.2, 0.5);
        let risks = Risks::of(&scenario);
        assert!(risks.losses.is_empty());
        // The worse of the versions counts: it neither crashes nor is refused nor evicted with 0.99 * 0.8 * 0.5.
        close(risks.crash, 1.0 - 0.99 * 0.8 * 0.5);
        scenario.pods[0].refused = 0.0;
        close(Risks::of(&scenario).crash, 1.0 - 0.99 * 0.5);
        (scenario.pods[0].refused, scenario.pods[0].evicted) = (0.2, 0.0);
        close(Risks::of(&scenario).crash, 1.0 - 0.99 * 0.8);
    }

    #[test]
    fn of_many_each_may_be_the_one() {
        close(none_of(0.1, 3.0), 0.729);
        assert_eq!([none_of(0.0, 5.0), none_of(1.0, 1.0), none_of(1.0, 0.0), none_of(0.5, 0.0)], [1.0, 0.0, 1.0, 1.0]);
    }

    /// The share of 1000 rollouts in which something can have happened that none of them shows is what the input says, as long as
    /// that is less than what 1000 rollouts without it leave open (three in a thousand).
    #[test]
    fn what_no_rollout_shows_is_bounded_by_the_input() {
        let none = Risks::default();
        let records = vec![record(Outcome::Completed, 60); 1000];
        let unseen = |risks: &Risks| risks.unseen(&Befallen::of(&records), Confidence::USUAL);
        assert_eq!(unseen(&none), 0.0);
        let open = stats::shortfall(0, 1000, 1.0, Confidence::USUAL);
        assert!((0.002..0.004).contains(&open));
        // Each rollout created ten pods and took a minute.
        close(unseen(&Risks { crash: 1e-5, ..none.clone() }), 1.0 - none_of(1e-5, 10.0));
        close(unseen(&Risks { never_ready: 2e-5, ..none.clone() }), 1.0 - none_of(2e-5, 10.0));
        close(unseen(&Risks { bad: 1e-3, never_ready: 2e-5, ..none.clone() }), 1.0 - 0.999 * none_of(2e-5, 10.0));
        close(unseen(&Risks { losses: vec![(constant(60), 1.0)], ..none.clone() }), open);
        close(unseen(&Risks { losses: vec![(constant(61), 1.0)], ..none.clone() }), 0.0);
        close(unseen(&Risks { losses: vec![(constant(61), 1.0), (constant(59), 1.0)], ..none.clone() }), open);
        let all = Risks { losses: vec![(constant(59), 2.0)], crash: 1e-5, never_ready: 1.0, bad: 0.0 };
        close(unseen(&all), 2.0 * open + (1.0 - none_of(1e-5, 10.0)));
    }

    #[test]
    fn what_two_rollouts_show_is_in_the_records() {
        let all = Risks { losses: vec![(constant(1), 1.0)], crash: 1.0, never_ready: 1.0, bad: 0.0 };
        let mut records = vec![record(Outcome::Completed, 60); 1000];
        let unseen = |records: &[Record]| all.unseen(&Befallen::of(records), Confidence::USUAL);
        let (of_none, of_one) =
            (stats::shortfall(0, 1000, 1.0, Confidence::USUAL), stats::shortfall(1, 1000, 1.0, Confidence::USUAL));
        close(unseen(&records), 3.0 * of_none);
        records[0].nodes_lost = 1;
        close(unseen(&records), 2.0 * of_none + of_one);
        records[1].nodes_lost = 2;
        close(unseen(&records), 2.0 * of_none);
        (records[2].pods_failed, records[3].pods_failed) = (1, 1);
        close(unseen(&records), of_none);
        (records[4].outcome, records[5].outcome) = (Outcome::RolledBack, Outcome::Unfinished);
        close(unseen(&records), 0.0);
    }

    #[test]
    fn what_came_after_the_end_counts_where_it_was_followed() {
        let risks = Risks { losses: vec![(constant(100), 1.0)], ..Risks::default() };
        let mut followed = record(Outcome::Completed, 60);
        followed.after = Some(After { until: SimDuration::from_secs(160), ..After::default() });
        let mut records = vec![followed; 1000];
        let both = |records: &[Record]| {
            let befallen = Befallen::of(records);
            (risks.unseen(&befallen, Confidence::USUAL), risks.unseen_after(&befallen, Confidence::USUAL))
        };
        let open = |seen| stats::shortfall(seen, 1000, 1.0, Confidence::USUAL);
        assert_eq!(
            both(&records),
            (0.0, open(0)),
            "a node is lost after 100 s: after the end, within what was followed"
        );
        let lost = After { until: SimDuration::from_secs(160), nodes_lost: 1, ..After::default() };
        records[0].after = Some(lost);
        assert_eq!(both(&records), (0.0, open(1)));
        records[1].after = Some(lost);
        assert_eq!(both(&records), (0.0, 0.0));
        let failed = Risks { crash: 1.0, ..Risks::default() };
        records[2].after = Some(After { pods_failed: 1, ..After::default() });
        let befallen = Befallen::of(&records);
        assert_eq!(failed.unseen(&befallen, Confidence::USUAL), open(0));
        assert_eq!(failed.unseen_after(&befallen, Confidence::USUAL), open(1));
    }
}
