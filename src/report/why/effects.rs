//! What helps and what does not, each measured in the same replications.

use super::page::wrapped;
use crate::metrics::{Statistic, Unit};
use crate::report::format;
use crate::scenario::Scenario;
use crate::why::{Effect, Help, Remedy, Why};

/// What was tried, in words.
pub(super) fn words(remedy: Remedy, scenario: &Scenario) -> String {
    let model = scenario.pods.last();
    let share = |value: f64| format::share(value);
    let given = |value: Option<f64>| {
        value.map_or(String::new(), |value| format!(" ({} instead of {})", share(value / 2.0), share(value)))
    };
    match remedy {
        Remedy::OneMoreNode => "one more node".into(),
        Remedy::ImageThere => "the image on every node before the rollout".into(),
        Remedy::QuickPulls => "image pulls half as long".into(),
        Remedy::FewerFailedPulls => {
            format!("half as many failed pulls{}", given(model.map(|model| model.pull_failure)))
        }
        Remedy::QuickInitContainers => "init containers half as long".into(),
        Remedy::QuickStart => "containers that start in half the time".into(),
        Remedy::QuickWarmUp => "a warm-up half as long".into(),
        Remedy::QuickEnd => "old pods that end in half the time".into(),
        Remedy::NoMinReady { from } => format!("minReadySeconds 0 instead of {from}"),
        Remedy::AllAtOnce { from } => format!("maxSurge 100% instead of {from}"),
        Remedy::OneUnavailable => "maxUnavailable 1 instead of 0".into(),
        Remedy::OneForOne => "maxSurge 0 and maxUnavailable 1".into(),
        Remedy::Recreate => "strategy Recreate (an outage)".into(),
        Remedy::FewerNeverReady => {
            format!(
                "half as many pods that never become Ready{}",
                given(model.map(|model| model.never_ready).filter(|share| *share > 0.0))
            )
        }
        Remedy::FewerCrashes => format!("half as many containers that exit{}", given(model.map(|model| model.crash))),
        Remedy::PatientStartupProbe { from } => {
            format!("startupProbe.failureThreshold {} instead of {from}", from.saturating_mul(2))
        }
        Remedy::PatientLivenessProbe { from } => {
            format!("livenessProbe.failureThreshold {} instead of {from}", from.saturating_mul(2))
        }
        Remedy::LargerQuota { from, to } => format!("a quota for {to} pods instead of {from}"),
        Remedy::NoNodeLoss => "no node that is lost".into(),
        Remedy::NoClientLimits => "no client limits of controllers and scheduler".into(),
        Remedy::LongerDeadline { from, to } => format!("progressDeadlineSeconds {to} instead of {from}"),
    }
}

/// What was tried, by what came of it.
pub(super) fn text(why: &Why, scenario: &Scenario, width: usize) -> String {
    let Some(first) = why.effects.first() else { return String::new() };
    let all = format::count(u64::from(first.n));
    let mut text = String::new();
    for (help, heading) in [
        (Help::Helps, format!("What helps, tried in the same {all} rollouts:")),
        (Help::NotShown, "What makes no difference that shows:".to_owned()),
        (Help::Hurts, "What makes it worse:".to_owned()),
    ] {
        let of_kind: Vec<&Effect> = why.effects.iter().filter(|effect| effect.help() == help).collect();
        if !of_kind.is_empty() {
            text.push_str(&wrapped(&heading, width));
            of_kind.into_iter().for_each(|effect| text.push_str(&line(effect, scenario, width)));
        }
    }
    text + "\n"
}

fn line(effect: &Effect, scenario: &Scenario, width: usize) -> String {
    let unit = effect.figure.unit();
    let show =
        |value: f64| if unit == Unit::Share && value == 0.0 { "none".to_owned() } else { format::shown(unit, value) };
    let name = match effect.figure.statistic {
        Statistic::Rate => "stalled",
        Statistic::RestrictedMean => "mean",
        other => other.as_str(),
    };
    let values = match effect.paired.values {
        Some((before, after)) if before == after => format!("{name} {} as before", show(before)),
        Some((before, after)) => format!("{name} {} instead of {}", show(after), show(before)),
        None => format!("{name} not known from {} rollouts", format::count(u64::from(effect.n))),
    };
    let difference = &effect.paired.difference;
    let limits = match (difference.low, difference.high) {
        (Some(low), Some(high)) if low != high => format!(" ({} to {})", change(unit, low), change(unit, high)),
        _ => String::new(),
    };
    let line = format!("{}: {values}{limits}", words(effect.remedy, scenario));
    let lines = format::wrap(&line, width.saturating_sub(4));
    lines.iter().enumerate().map(|(place, line)| format!("  {}{line}\n", if place == 0 { "" } else { "  " })).collect()
}

/// A difference with its sign: `-1m 03s`, `+2 pp`.
fn change(unit: Unit, value: f64) -> String {
    if unit != Unit::Seconds {
        return format::difference(unit, value);
    }
    let size = format::time(value.abs());
    match value {
        _ if size == "0s" => size,
        value if value > 0.0 => format!("+{size}"),
        _ => format!("-{size}"),
    }
}
