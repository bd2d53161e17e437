//! What a world of several workloads does not have yet: it is refused with what to do.

use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;
use crate::scenario::Scenario;

/// Words of a value that leaves a key without effect.
const OFF: [&str; 4] = ["none", "0", "0s", "false"];

/// Keys at the top, with what to do.
const KEYS: [(&str, &str); 4] = [
    (
        "traffic",
        "requests are simulated for one Deployment alone: leave traffic out, or write `deployment` in place of `workloads`",
    ),
    (
        "horizontalPodAutoscaler",
        "autoscalers are simulated for one Deployment alone: leave it out, or write `deployment` in place of `workloads`",
    ),
    ("observe", "several workloads are followed until the last one is over: leave observe out"),
    ("placement", "where pods stand at the end is reported of one Deployment alone: leave placement out"),
];

/// Keys of `cluster`.
const OF_CLUSTER: [(&str, &str); 2] = [
    (
        "spare",
        "the pods of several Deployments differ in size: write the number and the size of nodes as cluster.nodes",
    ),
    ("lowerPriority", "pods of lower priority are simulated beside one Deployment alone: leave lowerPriority out"),
];

/// Steps of a timeline that are about the whole cluster.
const OF_THE_CLUSTER: [&str; 4] = ["controllersDown", "schedulerDown", "apiSlow", "drain"];

/// Checks the keys of an experiment with `workloads`.
pub(super) fn check(map: &Map<'_>) -> Result<(), InputError> {
    refuse(map, &KEYS)?;
    let several = map.get("workloads").is_some();
    if let Some(event) = map.get("event").filter(|event| several && event.plain_text() != Some("rollout")) {
        let advice = "with several workloads each has its own: write `event` (rollout, none or scale) in its entry of `workloads`, \
                      and node upgrades as cluster.upgrade";
        return Err(event.at.error(format!("an event at the top is about one Deployment; {advice}")));
    }
    if let Some(replications) = map.get("replications").filter(|node| node.map().is_ok()) {
        return Err(replications.at.error(
            "a precision is reached for one Deployment alone: write the number of replications, such as replications: 1000",
        ));
    }
    if let Some(cluster) = map.map("cluster")? {
        refuse(&cluster, &OF_CLUSTER)?;
        let autoscaler = cluster.get("autoscaler").and_then(|node| node.map().ok());
        if let Some(autoscaler) = autoscaler {
            let advice = "nodes are added, but not taken away, where several workloads roll: leave scaleDown out";
            refuse(&autoscaler, &[("scaleDown", advice)])?;
        }
    }
    let control_plane = map.map("controlPlane")?;
    if let Some(fleet) = control_plane.and_then(|own| own.get("fleet")).filter(|fleet| fleet.plain_text() != Some("1"))
    {
        return Err(fleet.at.error("the workloads are the fleet: leave fleet out"));
    }
    map.list("timeline")?.iter().try_for_each(check_step)
}

fn refuse(map: &Map<'_>, keys: &[(&str, &str)]) -> Result<(), InputError> {
    for (key, advice) in keys {
        let is_on = |node: &&Node| !node.plain_text().is_some_and(|text| OFF.contains(&text));
        if let Some(node) = map.get(key).filter(is_on) {
            return Err(node.at.error(*advice));
        }
    }
    Ok(())
}

fn check_step(step: &Node) -> Result<(), InputError> {
    let Ok(map) = step.map() else { return Ok(()) };
    let about_one = |key: &str| key != "at" && !OF_THE_CLUSTER.contains(&key);
    match map.entries.iter().find(|entry| about_one(&entry.key)) {
        None => Ok(()),
        Some(entry) => {
            let those = OF_THE_CLUSTER.join(", ");
            let message = format!(
                "`{}` is about one Deployment, and the timeline of several workloads has steps about the cluster: {those}; leave it \
                 out, or write `deployment` in place of `workloads`",
                entry.key
            );
            Err(entry.at.error(message))
        }
    }
}

/// Checks a workload that was read.
pub(super) fn check_member(name: &str, scenario: &Scenario) -> Result<(), Problem> {
    if scenario.pods.iter().any(|model| model.leader.is_some()) {
        return Err(Problem::Refused(format!(
            "{name}: pods of which only the leader is Ready are simulated for one Deployment alone: leave onlyLeaderReady out"
        )));
    }
    Ok(())
}
