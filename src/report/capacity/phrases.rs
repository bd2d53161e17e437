//! Amounts, orders and names in a few words.

use crate::analysis::capacity::{Resource, Trial};
use crate::report::format;
use crate::scenario::{Order, Room};
use crate::stats::Estimate;

/// Workloads that are named as those that need most, or whose pods wait most often.
pub(super) const NAMED: usize = 5;

/// An amount of a resource with its unit: `2.4 CPU`, `4.5 GiB`, `3 pods`, `2 nvidia.com/gpu`.
pub(super) fn amount(resource: &Resource, value: f64) -> String {
    let whole = value.max(0.0).round() as u64;
    match resource.place {
        Room::CPU => format::cpu(whole),
        Room::MEMORY => format::memory(whole),
        Room::PODS => format::plural(whole, "pod"),
        _ => format!("{} {}", format::count(whole), format::printable(&resource.name)),
    }
}

pub(super) fn share(estimate: &Estimate) -> String {
    estimate.value.map_or("some".into(), format::share)
}

/// How long pods wait in 99 of 100 releases, after some word; nothing where that is not known, or where so few releases have a wait
/// that they are beyond it.
pub(super) fn wait_p99(before: &str, trial: &Trial) -> String {
    let wait = trial.longest_wait_p99.value.filter(|wait| *wait > 0.0);
    wait.map_or(String::new(), |wait| format!("{before}{}", format::time(wait)))
}

/// The last part of a workload's name.
pub(super) fn short(name: &str) -> String {
    format::printable(name.rsplit('/').next().unwrap_or(name))
}

/// The name of an order: `all 12 at once`, `5 at a time`.
#[must_use]
pub fn name_of(order: &Order, at_once: usize) -> String {
    match order {
        Order::AtOnce(_) => format!("{at_once} at a time"),
        Order::Waves(waves) => format!("in {}", format::plural(waves.len() as u64, "wave")),
        _ if at_once == 1 => "the one".into(),
        _ => format!("all {at_once} at once"),
    }
}

pub(super) fn name(trial: &Trial) -> String {
    name_of(&trial.order, trial.at_once)
}

/// An amount of what a quota counts.
pub(super) fn of_quota(resource: &str, amount: u64) -> String {
    match resource.rsplit('.').next().unwrap_or(resource) {
        "cpu" => format!("{} ({})", format::cpu(amount), format::printable(resource)),
        "memory" => format!("{} ({})", format::memory(amount), format::printable(resource)),
        "pods" => format::plural(amount, "pod"),
        _ => format!("{} {}", format::count(amount), format::printable(resource)),
    }
}

/// Whether a quota refuses pods of a trial, so that less is asked for than is needed.
pub(super) fn is_refused(trial: &Trial) -> bool {
    trial.troubles.refused.value.is_some_and(|share| share > 0.0)
}
