//! What binds, and who takes it, in words.

use super::phrases::{NAMED, amount, is_refused, name, of_quota, short};
use crate::analysis::capacity::{Capacity, Demand, Driver, Supply, Trial};
use crate::report::format;
use crate::scenario::Room;

/// Workloads that take less than this share of what the first one takes are not named.
const LITTLE: f64 = 0.001;

/// What a supply is called: `CPU`, `memory`, `nvidia.com/gpu`, `ResourceQuota shop/most (pods)`.
pub(super) fn called(capacity: &Capacity, supply: Supply) -> String {
    match supply {
        Supply::Resource(place) => match capacity.resources.get(place) {
            Some(resource) if resource.place == Room::CPU => "CPU".into(),
            Some(resource) => format::printable(&resource.name),
            None => String::new(),
        },
        Supply::Quota(place) => capacity.quotas.get(place).map_or(String::new(), |quota| {
            format!("{} ({})", format::printable(&quota.quota), format::printable(&quota.resource))
        }),
    }
}

/// An amount of a supply with its unit.
pub(super) fn amount_of(capacity: &Capacity, supply: Supply, value: f64) -> String {
    match supply {
        Supply::Resource(place) => {
            capacity.resources.get(place).map_or(String::new(), |resource| amount(resource, value))
        }
        Supply::Quota(place) => {
            let whole = value.max(0.0).round() as u64;
            capacity.quotas.get(place).map_or(String::new(), |quota| of_quota(&quota.resource, whole))
        }
    }
}

/// What is counted: one unit of a supply in the units of its amounts, and the word behind a number of them.
pub(super) fn unit(capacity: &Capacity, supply: Supply) -> (f64, String) {
    const GIB: f64 = 1_073_741_824.0;
    let name = match supply {
        Supply::Resource(place) => capacity.resources.get(place).map(|resource| resource.name.as_str()),
        Supply::Quota(place) => capacity.quotas.get(place).map(|quota| quota.resource.as_str()),
    };
    let name = name.unwrap_or_default();
    match name.rsplit('.').next().unwrap_or(name) {
        "cpu" => (1000.0, "CPU".into()),
        "memory" | "storage" | "ephemeral-storage" => (GIB, "GiB".into()),
        "pods" => (1.0, "pods".into()),
        _ => (1.0, format::printable(name)),
    }
}

/// A mean amount of a supply, which need not be whole: `2.02 CPU`, `1.5 GiB`, `2.4 pods`.
fn mean(capacity: &Capacity, supply: Supply, value: f64) -> String {
    match unit(capacity, supply) {
        // A hundredth of a core is as much as a mean can say.
        (_, word) if word == "CPU" => format::cpu((value / 10.0).round() as u64 * 10),
        (_, word) if word == "GiB" => format::memory(value.max(0.0).round() as u64),
        (_, word) => format!("{} {word}", format::number(value)),
    }
}

/// What is asked of a supply in a trial, and what is left of it.
pub(super) fn demand_of<'a>(
    capacity: &Capacity,
    trial: &'a Trial,
    supply: Supply,
) -> (Option<&'a Demand>, Option<i64>) {
    match supply {
        Supply::Resource(place) => {
            (trial.demand.get(place), capacity.resources.get(place).and_then(|resource| resource.left))
        }
        Supply::Quota(place) => (trial.charged.get(place), capacity.quotas.get(place).map(|quota| quota.left)),
    }
}

/// What binds in the trial with the most at once, and who takes most of it.
pub(super) fn binds_and_drives(capacity: &Capacity) -> Option<String> {
    let trial = capacity.trials.first()?;
    let parts: Vec<String> = binds(capacity, trial).into_iter().chain(most_needed(capacity, trial)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// `CPU binds: all 5 at once ask for 5.75 CPU more (p99), and 5.98 CPU are left.`
pub(super) fn binds(capacity: &Capacity, trial: &Trial) -> Option<String> {
    let supply = trial.binding?;
    let (demand, left) = demand_of(capacity, trial, supply);
    let what = format::capital(&called(capacity, supply));
    let left = left?;
    let is = if left > 0 { amount_of(capacity, supply, left as f64) } else { "nothing".into() };
    if matches!(supply, Supply::Quota(_)) && is_refused(trial) {
        return Some(format!("{what} binds: it leaves {is}, and refuses more."));
    }
    let need = amount_of(capacity, supply, demand?.p99.value?);
    let verb = if trial.at_once == 1 { "asks" } else { "ask" };
    Some(format!("{what} binds: {} {verb} for {need} more (p99), of {is} left.", name(trial)))
}

/// Who takes most at the peak.
pub(super) fn most_needed(capacity: &Capacity, trial: &Trial) -> Option<String> {
    let supply = trial.driven();
    let most = trial.drivers.first().map_or(0.0, |driver| driver.amount);
    let needed: Vec<&Driver> = trial.drivers.iter().filter(|driver| driver.amount > (LITTLE * most).max(0.0)).collect();
    if needed.len() < 2 {
        return None;
    }
    let named = needed.iter().take(NAMED);
    let mut named: Vec<String> =
        named.map(|driver| format!("{} {}", short(&driver.workload), mean(capacity, supply, driver.amount))).collect();
    let rest = mean(capacity, supply, needed.iter().skip(NAMED).map(|driver| driver.amount).sum());
    match needed.len().saturating_sub(NAMED) {
        0 => {}
        1 => named.push(format!("one other {rest}")),
        more => named.push(format!("{more} others {rest} together")),
    }
    let refused = if is_refused(trial) { ", as far as quotas allow" } else { "" };
    Some(format!("Needed most at the peak ({}, mean{refused}): {}.", name(trial), named.join(", ")))
}
