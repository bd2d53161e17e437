//! Which replication somebody wants to look at: `p95 duration_s`, or `duration_s > 3m`.

use crate::input::{parse_duration, parse_share, unknown_word};
use crate::metrics::{METRICS, Metric, Outcome, Record, Statistic, Unit, metric};

/// A condition that chooses a replication.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// As it was written.
    pub text: String,
    metric: &'static Metric,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// The replication at this share of the values, least first.
    At(f64),
    /// Those whose values compare so with a limit; the one with the median value of them is shown.
    Compared(Sign, f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Greater,
    AtLeast,
    Less,
    AtMost,
}

/// The signs as they are written. A longer one comes before the one that it begins with.
const SIGNS: [(&str, Sign); 4] = [(">=", Sign::AtLeast), ("<=", Sign::AtMost), (">", Sign::Greater), ("<", Sign::Less)];

/// What a condition has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The replication.
    pub replication: u32,
    /// How many replications satisfy the condition; `None` where the condition asks for a quantile.
    pub matching: Option<u32>,
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let sign =
            SIGNS.iter().find_map(|(word, sign)| text.split_once(word).map(|(left, right)| (left, *sign, right)));
        let (left, limit) = sign.map_or((text, None), |(left, sign, right)| (left, Some((sign, right.trim()))));
        let words: Vec<&str> = left.split_whitespace().collect();
        let (name, kind) = match (&words[..], limit) {
            ([word, name], None) => (*name, Kind::At(share_of(word)?)),
            ([name], Some(_)) => (*name, Kind::At(0.0)),
            _ => {
                return Err(format!(
                    "`{text}` chooses no rollout: write such as `p95 duration_s` or `duration_s > 3m`"
                ));
            }
        };
        let names: Vec<&str> = METRICS.iter().map(|known| known.name).collect();
        let metric = Metric::named(name).ok_or_else(|| unknown_word("metric", name, &names))?;
        let kind = match limit {
            Some((sign, limit)) => Kind::Compared(sign, value(metric.unit, limit)?),
            None => kind,
        };
        Ok(Self { text: text.trim().to_owned(), metric, kind })
    }

    /// The replication that the condition chooses among `records`, which stand in order of replication.
    #[must_use]
    pub fn choose(&self, records: &[Record]) -> Option<Found> {
        let mut values: Vec<(f64, u32)> =
            (0..).zip(records).filter_map(|(number, record)| Some((self.value(record)?, number))).collect();
        values.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let (share, matching) = match self.kind {
            Kind::At(share) => (share, None),
            Kind::Compared(sign, limit) => {
                values.retain(|(value, _)| sign.holds(*value, limit));
                (0.5, Some(values.len() as u32))
            }
        };
        let rank = (share * values.len() as f64).ceil() as usize;
        let (_, replication) = *values.get(rank.saturating_sub(1))?;
        Some(Found { replication, matching })
    }

    /// Whether it compares a metric with a limit, and does not ask for a quantile.
    #[must_use]
    pub const fn compares(&self) -> bool {
        matches!(self.kind, Kind::Compared(..))
    }

    /// Whether a record satisfies it. One that has no value of the metric does not, and none does where it asks for a quantile.
    #[must_use]
    pub fn holds(&self, record: &Record) -> bool {
        match (self.kind, self.value(record)) {
            (Kind::Compared(sign, limit), Some(value)) => sign.holds(value, limit),
            _ => false,
        }
    }

    /// How near a record comes to satisfying it: the more, the nearer. One that has no value is the farthest.
    #[must_use]
    pub fn nearness(&self, record: &Record) -> f64 {
        match (self.kind, self.value(record)) {
            (Kind::Compared(Sign::Greater | Sign::AtLeast, _), Some(value)) => value,
            (Kind::Compared(Sign::Less | Sign::AtMost, _), Some(value)) => -value,
            _ => f64::NEG_INFINITY,
        }
    }

    /// The value of a record. A rollout that did not end takes longer than any.
    fn value(&self, record: &Record) -> Option<f64> {
        if *self.metric == metric::DURATION && record.outcome == Outcome::Unfinished {
            return Some(f64::INFINITY);
        }
        (self.metric.get)(record)
    }
}

impl Sign {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Greater => value > limit,
            Self::AtLeast => value >= limit,
            Self::Less => value < limit,
            Self::AtMost => value <= limit,
        }
    }
}

/// The share of values that are at most the statistic.
fn share_of(word: &str) -> Result<f64, String> {
    let share = Statistic::named(word).and_then(|statistic| match statistic {
        Statistic::Min => Some(0.0),
        Statistic::Max => Some(1.0),
        other => other.quantile(),
    });
    share.ok_or_else(|| unknown_word("statistic", word, &["min", "p05", "p50", "p75", "p95", "p99", "max"]))
}

/// A limit, in the metric's unit.
fn value(unit: Unit, text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    match unit {
        Unit::Share => parse_share(text),
        Unit::Seconds => number.map_or_else(|| parse_duration(text).map(|time| time.as_secs_f64()), Ok),
        _ => number.ok_or_else(|| format!("`{text}` is no number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SimDuration;

    fn records() -> Vec<Record> {
        let of = |seconds| Record {
            outcome: Outcome::Completed,
            duration: SimDuration::from_secs(seconds),
            ..Record::default()
        };
        let mut records: Vec<Record> = [50, 10, 40, 20, 30].map(of).into();
        records.push(Record { duration: SimDuration::from_secs(5), ..Record::default() });
        records
    }

    #[test]
    fn a_quantile_or_a_limit_chooses() {
        for (text, replication, matching) in [
            ("min duration_s", 1, None),
            ("p50 duration_s", 4, None),
            ("max duration_s", 5, None),
            ("duration_s > 35s", 0, Some(3)),
            ("duration_s >= 40", 0, Some(3)),
            ("duration_s<=20s", 1, Some(2)),
            ("duration_s < 20s", 1, Some(1)),
        ] {
            let found = Condition::parse(text).unwrap().choose(&records());
            assert_eq!(found, Some(Found { replication, matching }), "{text}");
        }
        assert_eq!(Condition::parse("duration_s < 1s").unwrap().choose(&records()), None);
        assert_eq!(Condition::parse("p95 time_to_stall_s").unwrap().choose(&records()), None);
    }

    #[test]
    fn mistakes_are_explained() {
        for (text, said) in [
            ("duration_s", "write such as `p95 duration_s`"),
            ("p95 duration", "did you mean `duration_s`?"),
            ("p96 duration_s", "unknown statistic"),
            ("duration_s > soon", "is no duration"),
            ("dip_depth > 50", "write 50% for that percentage"),
            ("restarts > many", "`many` is no number"),
        ] {
            let error = Condition::parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
