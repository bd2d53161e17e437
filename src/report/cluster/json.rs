//! What the workloads of a world take of their cluster together, for programs.

use serde_json::{Value, json};

use crate::analysis::{ClusterResult, ClusterStall};

/// The object `cluster` of an answer.
pub(in crate::report) fn object(cluster: &ClusterResult) -> Value {
    let room = cluster
        .room
        .iter()
        .map(|room| json!({ "series": room.name, "unit": room.unit.as_str(), "found": room.found, "room": room.room }));
    let statistics = cluster.lines.iter().map(|line| {
        let estimate = &line.estimate;
        json!({
            "metric": line.name, "unit": line.unit.as_str(), "statistic": line.statistic.as_str(),
            "value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n,
            "carriers": estimate.carriers,
        })
    });
    json!({
        "releases": cluster.n,
        "room": room.collect::<Vec<Value>>(),
        "statistics": statistics.collect::<Vec<Value>>(),
        "stalls": cluster.stalls.iter().map(stall).collect::<Vec<Value>>(),
    })
}

fn stall(stall: &ClusterStall) -> Value {
    json!({
        "workload": stall.workload, "stall_cause": stall.cause.as_str(), "releases": stall.releases,
        "other": stall.other, "with_more": stall.with_more, "more_pods": stall.more_pods,
    })
}
