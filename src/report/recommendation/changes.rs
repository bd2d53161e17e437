//! What the recommended strategy gains and gives up against the manifest's own, from replications that had no part in the choice.

use super::report::Report;
use super::strategies::of_desired;
use crate::analysis::Statistics;
use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P50, DURATION_P95, Headline, PODS_P95, SURGE};
use crate::recommend::{Choice, TIME_TO_COMPLETE};
use crate::report::format;

/// A difference of durations below which nothing is said, in seconds.
const LEAST_TIME: f64 = 0.5;

/// Sentences without a full stop.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) gains: Vec<String>,
    pub(super) costs: Vec<String>,
}

/// Both statistics of the evidence.
#[derive(Clone, Copy)]
struct Both<'a> {
    best: &'a Statistics,
    own: &'a Statistics,
}

impl Both<'_> {
    fn values(self, headline: Headline) -> Option<(f64, f64)> {
        let value = |statistics: &Statistics| statistics.value(headline.figure).filter(|value| value.is_finite());
        value(self.best).zip(value(self.own))
    }

    /// The recommended one less the manifest's own.
    fn difference(self, headline: Headline) -> f64 {
        self.values(headline).map_or(0.0, |(best, own)| best - own)
    }
}

impl Changes {
    /// Empty where there is nothing to compare with.
    pub(super) fn of(report: &Report<'_>, choice: &Choice) -> Self {
        let mut changes = Self::default();
        let evidence = &choice.evidence;
        let Some(own) = &evidence.own else { return changes };
        let both = Both { best: &evidence.best, own };
        changes.take(available(report, choice, both));
        changes.take(duration(choice, both));
        changes.take(failed(report, both));
        changes.take(pods(report, both));
        changes.take(extra(choice));
        changes
    }

    /// Takes a sentence about what is gained (true) or given up.
    fn take(&mut self, change: Option<(bool, String)>) {
        match change {
            Some((true, text)) => self.gains.push(text),
            Some((false, text)) => self.costs.push(text),
            None => {}
        }
    }
}

fn available(report: &Report<'_>, choice: &Choice, both: Both<'_>) -> Option<(bool, String)> {
    let (best, own) = both.values(AVAILABLE_P05).filter(|(best, own)| best != own)?;
    let of = of_desired(best, &report.recommendation.strategies[choice.best]);
    let verb = if best > own { "stay available" } else { "are available at worst" };
    Some((best > own, format!("{of} pods {verb}, not {}", format::number(own))))
}

/// The difference at p95 and at the median, where that of the mean is shown to have the same sign.
fn duration(choice: &Choice, both: Both<'_>) -> Option<(bool, String)> {
    let (_, paired) = choice.evidence.differences.iter().find(|(figure, _)| *figure == TIME_TO_COMPLETE)?;
    let (low, high) = paired.difference.low.zip(paired.difference.high)?;
    let sign = if high < 0.0 { -1.0 } else { 1.0 };
    if low <= 0.0 && high >= 0.0 {
        return None;
    }
    let at = |headline, name| {
        let size = sign * both.difference(headline);
        (size >= LEAST_TIME).then(|| (format::time(size), name))
    };
    let parts: Vec<_> = [at(DURATION_P95, "at p95"), at(DURATION_P50, "at the median")].into_iter().flatten().collect();
    let word = if sign < 0.0 { "less" } else { "more" };
    let text: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(n, (size, name))| if n == 0 { format!("{size} {word} {name}") } else { format!("{size} {name}") })
        .collect();
    (!text.is_empty()).then(|| (sign < 0.0, text.join(", ")))
}

/// The share of rollouts that stall, or that have no end at the horizon where none can stall; where the limits of both do not meet.
fn failed(report: &Report<'_>, both: Both<'_>) -> Option<(bool, String)> {
    let headline = report.failed();
    let limits = |statistics: &Statistics| {
        let estimate = statistics.get(headline.figure)?;
        estimate.low.zip(estimate.high)
    };
    let (best, own) = (limits(both.best)?, limits(both.own)?);
    let fewer = best.1 < own.0;
    let (of_best, of_own) = both.values(headline).filter(|_| fewer || best.0 > own.1)?;
    let verb = if report.can_stall() { "stall" } else { "are unfinished at the horizon" };
    Some((fewer, format!("{} of rollouts {verb}, not {}", format::share(of_best), format::share(of_own))))
}

/// Pods at once, with what they request.
fn pods(report: &Report<'_>, both: Both<'_>) -> Option<(bool, String)> {
    let more = both.difference(PODS_P95).round();
    let count = more.abs() as u64;
    let requests = report.recommendation.requests;
    let asked = [
        (requests.cpu_millis, format::cpu(requests.cpu_millis * count)),
        (requests.memory_bytes, format::memory(requests.memory_bytes * count)),
    ];
    let asked: Vec<String> = asked.into_iter().filter(|(one, _)| *one > 0).map(|(_, text)| text).collect();
    let asked = if asked.is_empty() { String::new() } else { format!(" ({})", asked.join(", ")) };
    let word = if more > 0.0 { "more" } else { "fewer" };
    let noun = if count == 1 { "pod" } else { "pods" };
    (count > 0).then(|| (more < 0.0, format!("{} {word} {noun} at once{asked}", format::count(count))))
}

/// Extra pods over time, where the limits of the difference leave 0 out.
fn extra(choice: &Choice) -> Option<(bool, String)> {
    let (_, paired) = choice.evidence.differences.iter().find(|(figure, _)| *figure == SURGE.figure)?;
    let (value, low, high) = (paired.difference.value?, paired.difference.low?, paired.difference.high?);
    let minutes = format::number((value / 60.0).abs());
    let word = if value > 0.0 { "more" } else { "fewer" };
    (low > 0.0 || high < 0.0)
        .then(|| (value < 0.0, format!("{minutes} {word} pod-minutes of extra pods in each rollout")))
}
