//! Nodes, what fits on them, what changes them, and how they are lost.

mod reader;

mod capacity;
mod changes;
mod loss;
mod quota;

mod pools;

use crate::input::experiment::fields::Fields;
use crate::input::keys::cluster::{CLUSTER, MAX_NODES};
use crate::input::keys::defaults::Defaults;
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::scenario::{Cluster, Node};

pub(crate) use reader::Reader;

impl Reader<'_> {
    /// Reads `cluster`.
    pub(crate) fn read(&self, map: Option<Map<'_>>) -> Result<Cluster, Problem> {
        let cluster = &Fields::read(map, &CLUSTER, "cluster", self.context)?;
        let pools = self.pools(cluster)?;
        let count = pools.iter().fold(0_u64, |sum, pool| sum.saturating_add(pool.count));
        if count > MAX_NODES {
            let advice = "write fewer or larger nodes";
            return Err(Problem::Refused(format!("the cluster has {count} nodes, more than {MAX_NODES}: {advice}.")));
        }
        let zones = self.zones(cluster, &pools)?;
        let mut nodes = Vec::new();
        for pool in &pools {
            let fitted = self.fitted(pool);
            for _ in 0..pool.count {
                let zone = match &pool.zone {
                    Some(zone) => zones.get(zone).copied().unwrap_or(0),
                    None => (nodes.len() % zones.len().max(1)) as u16,
                };
                nodes.push(Node { zone, ..fitted });
            }
        }
        let mut nodes = round_robin(nodes);
        self.check_room(&nodes, &pools)?;
        let autoscaler = self.autoscaler(cluster, nodes.len())?;
        let kind = pools.iter().find(|pool| !pool.closed).map(|pool| self.fitted(pool));
        if let (Some(autoscaler), Some(kind)) = (&autoscaler, kind) {
            let zones = zones.len().max(1);
            nodes.extend((0..autoscaler.nodes).map(|number| Node { zone: (number as usize % zones) as u16, ..kind }));
        }
        Ok(Cluster {
            nodes,
            parallel_pulls: cluster.whole("maxParallelImagePulls")? as u32,
            slow_nodes: self.slow_nodes(cluster)?,
            bad_nodes: cluster.share("badNodes")?,
            loss: self.loss(cluster)?,
            autoscaler,
            upgrade: self.upgrade(cluster)?,
            disruption_budget: self.disruption_budget(cluster)?,
            pod_quota: self.pod_quota(cluster)?,
            lower_priority: self.lower_priority(cluster)?,
        })
    }
}

/// Takes a node of every zone in turn, which is the order that the scheduler knows nodes in.
///
/// Upstream: `pkg/scheduler/backend/cache/node_tree.go: list`.
fn round_robin(nodes: Vec<Node>) -> Vec<Node> {
    let mut zones: Vec<u32> = Vec::new();
    let mut turns: Vec<(u32, Node)> = Vec::new();
    for node in nodes {
        let zone = usize::from(node.zone);
        zones.resize(zones.len().max(zone + 1), 0);
        turns.push((zones[zone], node));
        zones[zone] += 1;
    }
    turns.sort_by_key(|(turn, node)| (*turn, node.zone));
    turns.into_iter().map(|(_, node)| node).collect()
}

/// Whether the scheduler spreads pods that do not say how they want to be.
pub(crate) fn default_spread(map: Option<Map<'_>>, defaults: &Defaults) -> Result<bool, InputError> {
    let node = map.and_then(|map| map.get("defaultSpread"));
    let node = node.unwrap_or_else(|| defaults.get("cluster.defaultSpread"));
    match node.plain_text() {
        Some("none") => Ok(false),
        Some("system") => Ok(true),
        _ => Err(node.wrong("none or system")),
    }
}

#[cfg(test)]
mod tests;
