//! The mean duration with a control variate, where one is sampled with.

use super::scope::Scope;
use super::statistics::{Statistics, restricted};
use crate::metrics::{Befallen, Kind, Measure, Record, Statistic, metric};
use crate::stats::{Confidence, ControlSamples, ControlledPasses};

/// The durations of rollouts and of their control, which are gone through as often as [`Self::end`] asks for it.
#[derive(Clone, Debug, Default)]
pub struct Controlled {
    passes: ControlledPasses,
    befallen: Befallen,
    first: bool,
}

impl Controlled {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self { first: true, ..Self::default() }
    }

    /// Takes the next record of a pass of the scenario of `scope`, with the seconds of its control.
    pub fn take(&mut self, record: &Record, scope: &Scope, control: f64) {
        self.passes.take(restricted(record, scope.horizon), control);
        if self.first {
            self.befallen.add(record);
        }
    }

    /// Ends a pass; gives whether all records have to come once more, in the same order.
    pub fn end(&mut self) -> bool {
        self.first = false;
        self.passes.end()
    }

    /// Gives the mean and the restricted mean of the duration what the control knows, where that makes them better; `samples`
    /// are independent ones of the control.
    pub fn put_into(&self, statistics: &mut Statistics, scope: &Scope, samples: ControlSamples<'_>) {
        let seen = scope.seen_of(&self.befallen, Confidence::USUAL);
        let is_mean = |statistic| matches!(statistic, Statistic::Mean | Statistic::RestrictedMean);
        for line in &mut statistics.lines {
            let Measure::Metric(metric) = line.figure.measure else { continue };
            if metric.kind != Kind::Duration || !is_mean(line.figure.statistic) {
                continue;
            }
            let known = seen.of(&metric::DURATION);
            if let Some(found) = self.passes.mean(&line.estimate, samples, &known, seen.confidence) {
                line.estimate = found;
            }
        }
    }
}
