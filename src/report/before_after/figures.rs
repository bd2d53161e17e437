//! How the figures of two versions and their differences are written.

use super::Answer;
use crate::analysis::Statistics;
use crate::analysis::before_after::{Effect, Row};
use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95, Headline, PODS_P95, SURGE};
use crate::metrics::{Measure, Unit};
use crate::report::format;
use crate::stats::Estimate;

const NOTHING: &str = "–";

/// What a row is called.
pub(super) fn name(row: &Row) -> String {
    match (row.headline, row.figure.measure) {
        (Some(headline), _) => headline.row.into(),
        (None, Measure::Rate(rate)) => rate.name().into(),
        (None, Measure::Metric(metric)) => {
            format!("{}, {}", metric.name, row.figure.statistic.as_str().replace('_', " "))
        }
    }
}

/// The estimate of one version: the first (0) or the second (1).
pub(super) fn value(row: &Row, side: usize, answer: &Answer) -> String {
    let Some(value) = row.estimates[side].and_then(|estimate: Estimate| estimate.value) else { return NOTHING.into() };
    if row.figure == AVAILABLE_P05.figure {
        return format!("{} of {}", format::number(value), answer.new.replicas);
    }
    plain(row, value)
}

/// A value of the row's figure. Extra pods are counted in pod-minutes.
fn plain(row: &Row, value: f64) -> String {
    if row.figure == SURGE.figure {
        return format::number(value / 60.0);
    }
    format::shown(row.figure.unit(), value)
}

/// The difference of a row: how much less or more, with its limits, or why there is none.
pub(super) fn difference(row: &Row) -> String {
    let Some(difference) = row.paired.map(|paired| paired.difference) else { return NOTHING.into() };
    let Some(value) = difference.value else { return "unknown".into() };
    if row.effect == Effect::NotShown {
        return "no difference shown".into();
    }
    let apart = |value: f64| {
        let size = plain(row, value.abs());
        if row.figure.unit() == Unit::Share { size.replace('%', " points") } else { size }
    };
    let word = |value: f64| if value < 0.0 { "less" } else { "more" };
    let limits = match difference.low.zip(difference.high) {
        None => String::new(),
        Some((low, high)) if low * high < 0.0 => {
            format!(" ({} {} to {} {})", apart(low), word(low), apart(high), word(high))
        }
        Some((low, high)) => {
            let (near, far) = if value < 0.0 { (apart(high), apart(low)) } else { (apart(low), apart(high)) };
            if near == far { String::new() } else { format!(" ({near} to {far})") }
        }
    };
    let value = as_shown(row).unwrap_or(value);
    format!("{} {}{limits}", apart(value), word(value))
}

/// The difference of two times as they are shown, in whole seconds, so that the three go together.
fn as_shown(row: &Row) -> Option<f64> {
    let (old, new) = row.paired?.values?;
    let whole = row.figure.unit() == Unit::Seconds && old >= 10.0 && new >= 10.0;
    let difference = new.round() - old.round();
    (whole && difference != 0.0).then_some(difference)
}

/// What a difference means, in a word; empty where none is shown.
pub(super) const fn meaning(effect: Effect) -> &'static str {
    match effect {
        Effect::Better => "better",
        Effect::Worse => "worse",
        Effect::CostsMore => "costs more",
        Effect::CostsLess => "costs less",
        Effect::NotShown => "",
    }
}

/// Whether an objective is met, in words.
pub(super) const fn met(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "met",
        Some(false) => "not met",
        None => "cannot tell",
    }
}

/// What a strategy comes to, in words: how long it takes, how many pods stay available, and how many there are at once.
#[must_use]
pub fn figures_of(statistics: &Statistics, replicas: u32) -> Vec<String> {
    let value = |headline: Headline| statistics.value(headline.figure);
    let duration = value(DURATION_P95).map(|seconds| format!("p95 {}", format::time(seconds)));
    let available =
        value(AVAILABLE_P05).map(|pods| format!("{} of {replicas} available at worst", format::number(pods)));
    let pods = value(PODS_P95).map(|pods| format!("{} pods at once", format::number(pods)));
    [duration, available, pods].into_iter().flatten().collect()
}

/// Whether a version meets an objective, and the value that it is held against where there is one.
pub(super) fn standing(met: Option<bool>, value: &str) -> String {
    let met = self::met(met);
    if value == "–" { met.into() } else { format!("{met} ({value})") }
}
