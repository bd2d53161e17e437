//! What may happen to a rollout, and is asked about: `stalled`, or `duration_s > 10m`.

use crate::input::unknown_word;
use crate::metrics::{Record, RolloutRate};
use crate::scenario::Scenario;
use crate::why::Condition;

/// An event: something that a rollout's record shows or does not show.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// As it was written.
    pub text: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// The rollout is one of those that a rate counts.
    Counted(RolloutRate),
    /// A metric of it compares so with a limit.
    Compared(Condition),
}

/// How near a rollout came to an event: first whether it has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearness {
    /// Whether it has the event: then it has reached every stage.
    pub happened: bool,
    first: f64,
    second: f64,
}

impl Nearness {
    /// That of the event itself.
    pub const EVENT: Self = Self { happened: true, first: f64::NEG_INFINITY, second: f64::NEG_INFINITY };

    /// Whether it is as near as a stage, or nearer.
    #[must_use]
    pub fn reaches(&self, stage: &Self) -> bool {
        self.happened || !stage.happened && self.compare(stage).is_ge()
    }

    /// Which of two is the nearer one.
    #[must_use]
    pub fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let own = |one: &Self| one.happened;
        own(self).cmp(&own(other)).then(self.first.total_cmp(&other.first)).then(self.second.total_cmp(&other.second))
    }
}

/// What the names of rates end with.
const RATE: &str = "_rate";

impl Event {
    /// Reads an event: the name of a rate, with or without `_rate` at its end, or a metric, a sign and a limit.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let is_comparison = text.contains(['<', '>', '=']);
        let kind = if is_comparison || text.contains(char::is_whitespace) {
            Kind::Compared(Self::comparison(text)?)
        } else {
            Kind::Counted(Self::rate(text)?)
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    fn comparison(text: &str) -> Result<Condition, String> {
        let condition = Condition::parse(text)?;
        if condition.compares() {
            return Ok(condition);
        }
        Err(format!("`{text}` is a percentile and no event: write a metric and a limit, such as `duration_s > 10m`"))
    }

    fn rate(word: &str) -> Result<RolloutRate, String> {
        let is_named = |rate: &RolloutRate| rate.name() == word || rate.name().strip_suffix(RATE) == Some(word);
        RolloutRate::counted().find(is_named).ok_or_else(|| {
            let names: Vec<&str> =
                RolloutRate::counted().map(|rate| rate.name().strip_suffix(RATE).unwrap_or(rate.name())).collect();
            format!(
                "{}; or write a metric and a limit, such as `duration_s > 10m`",
                unknown_word("event", word, &names)
            )
        })
    }

    /// Whether it happened to the rollout of a record.
    #[must_use]
    pub fn happened(&self, record: &Record) -> bool {
        match &self.kind {
            Kind::Counted(rate) => rate.counts(record),
            Kind::Compared(condition) => condition.holds(record),
        }
    }

    /// How near a rollout came to it, for what reaches it in stages. Of rollouts with the same value the one that lacked more pods for
    /// longer is the nearer one. What a rate counts comes nearer with the longest time without progress, or with the duration.
    #[must_use]
    pub fn nearness(&self, record: &Record) -> Nearness {
        let first = match &self.kind {
            Kind::Compared(condition) => condition.nearness(record),
            Kind::Counted(rate) if rate.is_of_stalls() && record.longest_progress_gap < Record::NO_PROGRESS => {
                record.longest_progress_gap.as_secs_f64()
            }
            Kind::Counted(_) => record.duration.as_secs_f64(),
        };
        Nearness { happened: self.happened(record), first, second: record.dip_pod_nanos as f64 }
    }

    /// Whether no rollout of a scenario can have it, and why.
    #[must_use]
    pub fn impossible(&self, scenario: &Scenario) -> Option<&'static str> {
        match &self.kind {
            Kind::Counted(rate) if rate.is_of_stalls() && !scenario.can_stall() => Some(
                "no rollout stalls without progressDeadlineSeconds: set one, or ask for a duration, such as `duration_s > 10m`",
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Outcome, StallCause};
    use crate::time::SimDuration;

    #[test]
    fn words_of_rates_and_metrics_are_events() {
        let record = Record {
            outcome: Outcome::Completed,
            stall: Some((SimDuration::from_secs(600), StallCause::Crash)),
            duration: SimDuration::from_secs(700),
            min_available: 7,
            ..Record::default()
        };
        for (text, happened) in [
            ("stalled", true),
            ("stalled_rate", true),
            ("stall_cause_crash", true),
            ("stall_cause_quota", false),
            ("completed", true),
            ("rolled_back", false),
            (" duration_s > 10m ", true),
            ("duration_s>700", false),
            ("duration_s >= 700", true),
            ("min_available < 8", true),
            ("min_available <= 6", false),
            ("time_to_stall_s < 1h", true),
        ] {
            assert_eq!(Event::parse(text).map(|event| event.happened(&record)), Ok(happened), "{text}");
        }
        assert!(!Event::parse("time_to_stall_s < 1h").unwrap().happened(&Record::default()));
    }

    #[test]
    fn what_lacks_more_pods_is_nearer_and_what_has_the_event_is_nearest() {
        let event = Event::parse("min_available < 8").unwrap();
        let record = |min_available, lacking: u128| {
            event.nearness(&Record { min_available, dip_pod_nanos: lacking, ..Record::default() })
        };
        let order = [record(9, 5), record(8, 5), record(8, 6), record(7, 0)];
        for (one, next) in order.iter().zip(&order[1..]) {
            assert!(one.compare(next).is_lt() && next.reaches(one) && !one.reaches(next), "{one:?} {next:?}");
        }
        assert!(order[3].reaches(&Nearness::EVENT) && !order[2].reaches(&Nearness::EVENT));
    }

    #[test]
    fn mistakes_are_explained() {
        for (text, said) in [
            ("stuck", "unknown event `stuck`"),
            ("staled", "did you mean `stalled`?"),
            ("duration_s", "such as `duration_s > 10m`"),
            ("p95 duration_s", "is a percentile and no event"),
            ("min_availble < 8", "did you mean `min_available`?"),
            ("duration_s > soon", "is no duration"),
        ] {
            let error = Event::parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
