//! The control variate of a scenario, where the experiment is sampled with one.

use crate::analysis::{Controlled, Scope, Statistics};
use crate::approximation::Approximation;
use crate::metrics::Record;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::stats::ControlSamples;

/// Independent samples of the control for each stretch of replications: limits come from their spread.
const SAMPLES: u32 = 20;

/// Half as many rollouts are in a sample of the control as there are replications, so that ten are approximated for each that is
/// simulated; but not more than these. More cost as much as they give.
const ROLLOUTS_OF_A_SAMPLE: u32 = 1024;

/// The control of a scenario, beside which its records come in order of replication.
#[derive(Debug)]
pub(super) struct Control {
    approximation: Approximation,
    controlled: Controlled,
    scope: Scope,
    /// The replication of the next record, and how many there are.
    next: u32,
    replications: u32,
}

impl Control {
    /// That of `scenario`; `None` where the plan asks for none.
    pub(super) fn of(plan: &Plan, scenario: &Scenario) -> Option<Self> {
        let approximation = plan.sampling.is_controlled().then(|| Approximation::of(scenario, plan.seed)).flatten()?;
        Some(Self {
            approximation,
            controlled: Controlled::new(),
            scope: Scope::of(scenario),
            next: 0,
            replications: plan.replications,
        })
    }

    /// Takes the next records of a pass.
    pub(super) fn take(&mut self, records: &[Record]) {
        for record in records {
            let control = self.approximation.at(self.next);
            self.controlled.take(record, &self.scope, control);
            self.next += 1;
        }
    }

    /// Ends a pass; gives whether all records have to come once more.
    pub(super) fn end(&mut self) -> bool {
        self.next = 0;
        self.controlled.end()
    }

    /// Gives the statistics of all records what the control knows.
    pub(super) fn put_into(mut self, statistics: &mut Statistics) {
        let half = self.replications.div_ceil(2);
        let size = u16::try_from(half.min(ROLLOUTS_OF_A_SAMPLE)).unwrap_or(u16::MAX);
        let samples = SAMPLES * half.div_ceil(ROLLOUTS_OF_A_SAMPLE);
        let found = self.approximation.means(samples, size);
        let samples = ControlSamples { means: &found.means, variance: found.variance };
        self.controlled.put_into(statistics, &self.scope, samples);
    }

    /// The same for records that are kept.
    pub(super) fn apply(mut self, records: &[Record], statistics: &mut Statistics) {
        loop {
            self.take(records);
            if !self.end() {
                return self.put_into(statistics);
            }
        }
    }
}
