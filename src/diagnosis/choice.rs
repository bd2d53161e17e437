//! Which replications of a scenario are worth a look.

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::rows::{PodRow, Role, rows};
use crate::metrics::{Outcome, Record};
use crate::scenario::Scenario;
use crate::sim::{Simulator, StallCause};
use crate::time::SimDuration;

/// Replications that stand for the others of their scenario, by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// The median of those that completed, by duration.
    pub typical: Option<u32>,
    /// The slowest of those that completed.
    pub slowest: Option<u32>,
    /// The first of those that stalled for the most frequent cause.
    pub stalled: Option<u32>,
}

impl Chosen {
    /// Chooses among the records of a scenario, which stand in order of replication.
    #[must_use]
    pub fn of(records: &[Record]) -> Self {
        let ended = (0_u32..).zip(records).filter(|(_, record)| record.outcome == Outcome::Completed);
        let mut by_duration: Vec<_> = ended.map(|(number, record)| (record.duration, number)).collect();
        by_duration.sort_unstable();
        let longest = by_duration.last().map(|(duration, _)| *duration);
        let median = by_duration.len().checked_sub(1).map(|last| by_duration[last / 2].1);
        let slowest = by_duration.iter().find(|(duration, _)| Some(*duration) == longest);
        let cause = most_frequent_cause(records);
        let stalled =
            (0..).zip(records).find(|(_, record)| record.stall.map(|(_, why)| why) == cause && cause.is_some());
        Self {
            typical: median,
            slowest: slowest.map(|(_, number)| *number),
            stalled: stalled.map(|(number, _)| number),
        }
    }

    /// Those that were found, with their roles.
    pub fn roles(&self) -> impl Iterator<Item = (Role, u32)> {
        let all = [(Role::Typical, self.typical), (Role::Slowest, self.slowest), (Role::Stalled, self.stalled)];
        all.into_iter().filter_map(|(role, number)| Some((role, number?)))
    }

    /// The rows of `pods.csv` for the chosen replications of `scenario`.
    #[must_use]
    pub fn rows(&self, simulator: &mut Simulator, scenario: &Scenario) -> Vec<PodRow> {
        let one = |(role, number)| rows(&Account::of(simulator, scenario, number), scenario.id, number, role);
        self.roles().flat_map(one).collect()
    }
}

/// What [`Chosen`] needs of records that come one by one, in order of replication, beside the median.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choosing {
    next: u32,
    slowest: Option<(SimDuration, u32)>,
    /// How many stalled for each cause, and the first of them.
    stalls: [(u64, Option<u32>); StallCause::ALL.len()],
}

impl Choosing {
    /// Takes the next record.
    pub fn take(&mut self, record: &Record) {
        let number = self.next;
        self.next += 1;
        let slower = self.slowest.is_none_or(|(slowest, _)| record.duration > slowest);
        if record.outcome == Outcome::Completed && slower {
            self.slowest = Some((record.duration, number));
        }
        let place = record.stall.and_then(|(_, why)| StallCause::ALL.iter().position(|cause| *cause == why));
        if let Some((count, first)) = place.and_then(|place| self.stalls.get_mut(place)) {
            *count += 1;
            first.get_or_insert(number);
        }
    }

    /// The replications that stand for the others; `typical` is the median of those that completed.
    #[must_use]
    pub fn chosen(&self, typical: Option<u32>) -> Chosen {
        // Of equally frequent causes the first one counts, as `causes` sorts them.
        let most = self.stalls.iter().map(|(count, _)| *count).max();
        let stalled = self.stalls.iter().find(|(count, _)| Some(*count) == most).and_then(|(_, first)| *first);
        Chosen { typical, slowest: self.slowest.map(|(_, number)| number), stalled }
    }
}

/// How many of `records` stalled for each cause, the most frequent first; causes that none had are left out.
#[must_use]
pub fn causes(records: &[Record]) -> Vec<(StallCause, u32)> {
    let count =
        |cause| records.iter().filter(|record| record.stall.is_some_and(|(_, why)| why == cause)).count() as u32;
    let mut counts: Vec<_> = StallCause::ALL.map(|cause| (cause, count(cause))).into();
    counts.retain(|(_, count)| *count > 0);
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn most_frequent_cause(records: &[Record]) -> Option<StallCause> {
    causes(records).first().map(|(cause, _)| *cause)
}
