//! The answer for programs.

use serde_json::{Value, json};

use super::Answered;
use super::sentences::title;
use crate::analysis::capacity::{
    Capacity, Demand, Fit, Limit, Missing, Outage, OverTime, Supply, Trial, Turn, WorkloadResult,
};
use crate::report::caveats;
use crate::report::json::versioned;
use crate::scenario::Order;
use crate::stats::Estimate;

/// The answer as one object.
#[must_use]
pub fn json(one: Answered<'_>) -> Value {
    let Answered { plan, capacity, world } = one;
    let resources = capacity.resources.iter().map(|resource| {
        json!({"name": resource.name, "found": resource.found, "left": resource.left, "largest_node": resource.largest_node})
    });
    let quotas = capacity.quotas.iter().map(
        |quota| json!({"quota": quota.quota, "resource": quota.resource, "found": quota.found, "left": quota.left}),
    );
    let workloads: Vec<&str> = world.workloads.iter().map(|workload| workload.name.as_str()).collect();
    let mut object = json!({
        "name": plan.name, "answer": title(capacity), "workloads": workloads, "moving": capacity.moving,
        "nodes": capacity.nodes, "more_nodes": capacity.more_nodes, "guessed": capacity.guessed, "resources": resources.collect::<Vec<_>>(),
        "quotas": quotas.collect::<Vec<_>>(),
        "trials": capacity.trials.iter().map(|own| trial(capacity, own)).collect::<Vec<_>>(),
        "recommended": capacity.best, "without_wait": capacity.without_wait,
        "outages": capacity.outages.iter().map(outage).collect::<Vec<_>>(),
        "missing": capacity.missing.as_ref().map(missing), "turns": capacity.turns.iter().map(turn).collect::<Vec<_>>(),
    });
    caveats::extend(&mut object, &plan.caveats, None);
    versioned(object)
}

fn estimate(of: &Estimate) -> Value {
    json!({"value": of.value, "low": of.low, "high": of.high, "n": of.n})
}

fn trial(capacity: &Capacity, own: &Trial) -> Value {
    let demand = capacity.resources.iter().zip(&own.demand).zip(&own.sum_of_p99).map(|((resource, demand), sum)| {
        json!({
            "resource": resource.name, "p50": estimate(&demand.p50), "p95": estimate(&demand.p95),
            "p99": estimate(&demand.p99), "sum_of_p99": sum,
        })
    });
    let at_peak = own.at_peak.iter().map(|share| {
        json!({
            "workload": share.workload, "pods": share.pods, "cpu_millis": share.cpu_millis,
            "memory_bytes": share.memory_bytes,
        })
    });
    let charged = capacity.quotas.iter().zip(&own.charged).map(|(quota, demand)| {
        json!({
            "quota": quota.quota, "resource": quota.resource, "p50": estimate(&demand.p50), "p95": estimate(&demand.p95),
            "p99": estimate(&demand.p99),
        })
    });
    let drivers = own.drivers.iter().map(|driver| json!({"workload": driver.workload, "amount": driver.amount}));
    let waiting = own.waiting.iter().map(|wait| json!({"workload": wait.workload, "releases": wait.releases}));
    let (fits, limit) = fit(capacity, &own.fit);
    json!({
        "order": order(&own.order), "at_once": own.at_once, "releases": own.releases, "fits": fits, "limit": limit,
        "demand": demand.collect::<Vec<_>>(), "done_p50_s": estimate(&own.done_p50), "done_p95_s": estimate(&own.done_p95),
        "all_done": estimate(&own.all_done), "stopped": estimate(&own.stopped), "stalled": estimate(&own.stalled),
        "pods_wait": estimate(&own.troubles.waits), "longest_wait_p99_s": estimate(&own.longest_wait_p99), "waiting": waiting.collect::<Vec<_>>(),
        "no_node": estimate(&own.troubles.no_node), "quota_refused": estimate(&own.troubles.refused),
        "over_room_p95_s": estimate(&own.over_room_p95), "at_peak": at_peak.collect::<Vec<_>>(),
        "over_time": own.over_time.as_ref().map(over_time), "charged": charged.collect::<Vec<_>>(),
        "binding": own.binding.map(|supply| name(capacity, supply)), "driven": name(capacity, own.driven()),
        "drivers": drivers.collect::<Vec<_>>(), "results": own.workloads.iter().map(result).collect::<Vec<_>>(),
        "binding_over_time": own.binding_over_time.as_ref().map(binding_over_time),
    })
}

const fn order(order: &Order) -> &'static str {
    match order {
        Order::AtOnce(_) => "at_once",
        Order::Waves(_) => "waves",
        _ => "together",
    }
}

/// Whether it fits, and the resource or the word for what limits it.
fn fit<'a>(capacity: &'a Capacity, fit: &Fit) -> (Option<bool>, Option<&'a str>) {
    let word = |limit: &Limit| match limit {
        Limit::Room { resource, .. } => capacity.resources.get(*resource).map(|one| one.name.as_str()),
        Limit::Node(_) => Some("node"),
        Limit::Quota(_) => Some("quota"),
    };
    match fit {
        Fit::Fits | Fit::Waits => (Some(true), None),
        Fit::Not(limit) => (Some(false), word(limit)),
        Fit::Open(limit) => (None, word(limit)),
        Fit::Unknown => (None, None),
    }
}

fn outage(own: &Outage) -> Value {
    json!({
        "workload": own.workload, "desired": own.desired, "share": estimate(&own.share), "p50_s": estimate(&own.p50),
        "p95_s": estimate(&own.p95),
    })
}

fn over_time(own: &OverTime) -> Value {
    json!({
        "releases": own.releases, "seconds": own.seconds, "cpu_millis_p50": own.p50, "cpu_millis_p95": own.p95,
        "cpu_millis_p99": own.p99, "cpu_millis_by_workload": own.by_workload,
    })
}

fn binding_over_time(own: &OverTime) -> Value {
    json!({
        "releases": own.releases, "seconds": own.seconds, "p50": own.p50, "p95": own.p95, "p99": own.p99,
        "by_workload": own.by_workload,
    })
}

/// What files call a supply.
pub(super) fn name(capacity: &Capacity, supply: Supply) -> String {
    match supply {
        Supply::Resource(place) => {
            capacity.resources.get(place).map_or(String::new(), |resource| resource.name.clone())
        }
        Supply::Quota(place) => capacity
            .quotas
            .get(place)
            .map_or(String::new(), |quota| format!("quota {} {}", quota.quota, quota.resource)),
    }
}

fn result(own: &WorkloadResult) -> Value {
    let Demand { p50, p95, p99 } = &own.extra_pods;
    json!({
        "workload": own.workload, "desired": own.desired, "extra_pods_p50": estimate(p50), "extra_pods_p95": estimate(p95),
        "extra_pods_p99": estimate(p99), "available_p05": estimate(&own.available_p05),
        "duration_p50_s": estimate(&own.duration_p50), "duration_p95_s": estimate(&own.duration_p95),
        "completed": estimate(&own.completed), "stalled": estimate(&own.stalled), "pods_wait": own.waits,
    })
}

fn missing(own: &Missing) -> Value {
    let quotas =
        own.quotas.iter().map(|need| json!({"quota": need.quota, "resource": need.resource, "more": need.more}));
    let nodes = own.nodes.as_ref().map(|nodes| {
        json!({
            "cpu_millis": nodes.cpu_millis, "memory_bytes": nodes.memory_bytes, "enough": nodes.enough,
            "without_wait": nodes.without_wait, "tried": nodes.tried,
        })
    });
    json!({
        "order": order(&own.order), "at_once": own.at_once, "quotas": quotas.collect::<Vec<_>>(),
        "quotas_suffice": own.quotas_suffice, "nodes": nodes,
    })
}

fn turn(own: &Turn) -> Value {
    json!({
        "assumption": own.assumption.as_str(), "times": own.times, "turns": own.turns, "then": own.then,
        "releases": own.releases,
    })
}
