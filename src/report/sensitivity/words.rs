//! The words for factors, their levels and what they move.

use crate::analysis::headlines::AVAILABLE_P05;
use crate::analysis::{Assumption, Headline};
use crate::metrics::Unit;
use crate::report::format;
use crate::sensitivity::{DAYS, Factor, Outcome, Range};

/// What a table calls a factor.
pub(super) const fn name(factor: Factor) -> &'static str {
    match factor {
        Factor::Start => "container start",
        Factor::WarmUp => "warm-up",
        Factor::Of(Assumption::StartUp) => "start-up",
        Factor::Of(Assumption::Pull) => "image pulls",
        Factor::Of(Assumption::Stopping) => "stopping",
        Factor::Of(Assumption::NeverReady) => "pods never Ready",
        Factor::Of(Assumption::Crash) => "starts that crash",
        Factor::Of(Assumption::NodeLoss) => "node losses",
        Factor::Of(Assumption::SpareNodes) => "spare nodes",
        Factor::Of(Assumption::Quota) => "pods of the quota",
        Factor::MaxSurge => "maxSurge",
        Factor::MaxUnavailable => "maxUnavailable",
        Factor::MinReadySeconds => "minReadySeconds",
        Factor::Replicas => "replicas",
    }
}

/// Whether the name is one of several things.
pub(super) const fn is_plural(factor: Factor) -> bool {
    matches!(
        factor,
        Factor::Of(
            Assumption::Pull
                | Assumption::NeverReady
                | Assumption::Crash
                | Assumption::NodeLoss
                | Assumption::SpareNodes
                | Assumption::Quota
        ) | Factor::Replicas
    )
}

/// `0.5`, `0.1%`, `25%`, `3`
pub(super) fn level(range: &Range, level: f64) -> String {
    match range.factor {
        factor if factor.is_share() => format::share(level),
        _ if range.is_percent => format!("{}%", format::number(level)),
        _ => format::number(level),
    }
}

/// `0.5 to 2 times`, `0% to 0.1%`, `0 to 1 in 30 days`
pub(super) fn span(range: &Range) -> String {
    let unit = match range.factor {
        factor if factor.is_time() => " times".to_owned(),
        Factor::Of(Assumption::NodeLoss) => format!(" in {DAYS} days"),
        Factor::MinReadySeconds => " s".into(),
        _ => String::new(),
    };
    format!("{} to {}{unit}", level(range, range.low), level(range, range.high))
}

/// What is so at a level: `if it takes twice as long`, `with maxSurge 50%`.
pub(super) fn at(range: &Range, value: f64) -> String {
    let text = level(range, value);
    match range.factor {
        factor if factor.is_time() => {
            let takes = if is_plural(factor) { "they take" } else { "it takes" };
            let times = match value {
                2.0 => "twice".into(),
                0.5 => "half".into(),
                _ => format!("{text} times"),
            };
            format!("if {takes} {times} as long")
        }
        Factor::Of(Assumption::NeverReady) => format!("with {text} of pods never Ready"),
        Factor::Of(Assumption::Crash) => format!("with a crash in {text} of starts"),
        Factor::Of(Assumption::NodeLoss) => match value {
            0.0 => "without node losses".into(),
            _ => format!(
                "with each node lost {} in {DAYS} days",
                if value == 1.0 { "once".into() } else { format!("{text} times") }
            ),
        },
        Factor::Of(Assumption::SpareNodes) if value == 0.0 => "with no spare node".into(),
        Factor::Of(Assumption::SpareNodes) => format!("with {}", format::plural(value as u64, "spare node")),
        Factor::Of(Assumption::Quota) => format!("with a quota of {}", format::plural(value as u64, "pod")),
        Factor::Replicas => format!("with {}", format::plural(value as u64, "replica")),
        factor => format!("with {} {text}", name(factor)),
    }
}

/// A value of a figure; `never` for a length of time that too few rollouts reach.
pub(super) fn value(headline: &Headline, value: Option<f64>) -> String {
    value.map_or_else(|| "never".into(), |value| format::shown(headline.figure.unit(), value))
}

/// How far a figure moves, without a sign; of a share in percentage points.
pub(super) fn distance(headline: &Headline, by: f64) -> String {
    match headline.figure.unit() {
        Unit::Seconds => format::time(by.abs()),
        Unit::Pods => format!("{} {}", format::number(by.abs()), if by.abs() == 1.0 { "pod" } else { "pods" }),
        unit => format::difference(unit, by.abs()).trim_start_matches('+').to_owned(),
    }
}

/// `12s (9s to 15s)`, or without limits where there are none.
pub(super) fn with_limits(text: String, limits: Option<(String, String)>) -> String {
    match limits {
        Some((low, high)) => format!("{text} ({low} to {high})"),
        None => text,
    }
}

/// What a sentence calls a figure.
pub(super) fn called(headline: &Headline) -> String {
    if *headline == AVAILABLE_P05 { format!("what is {}", headline.phrase) } else { format!("the {}", headline.phrase) }
}

/// The figure as everything is written: `Duration, p95: 2m 20s (2m 16s to 2m 25s) as written`.
pub(super) fn as_written(outcome: &Outcome) -> String {
    let one = &outcome.as_written;
    let limits = one
        .low
        .zip(one.high)
        .map(|(low, high)| (value(&outcome.headline, Some(low)), value(&outcome.headline, Some(high))));
    let text = with_limits(value(&outcome.headline, one.value), limits);
    format!("{}: {text} as written", format::capital(outcome.headline.row))
}
