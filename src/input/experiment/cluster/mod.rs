//! Nodes, what fits on them, what changes them, and how they are lost.

mod reader;

mod capacity;
mod changes;
mod loss;
mod quota;

mod pools;

mod spare;

mod explanation;

use crate::input::experiment::fields::Fields;
use crate::input::keys::cluster::{CLUSTER, MAX_NODES};
use crate::input::keys::defaults::Defaults;
use crate::input::kubernetes::ground::Place;
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::scenario::{Cluster, Node};

pub(crate) use pools::{Pool, UNKNOWN, UNREQUESTED};
pub(crate) use reader::Reader;

/// Nodes as they were read.
#[derive(Debug)]
pub(crate) struct Nodes {
    /// What the Deployment finds of them.
    pub(crate) cluster: Cluster,
    /// By node: what it was made from.
    pub(crate) places: Vec<Place>,
    pub(crate) pools: Vec<Pool>,
    /// By node: its pool.
    pub(crate) of_pool: Vec<usize>,
}

impl Reader<'_> {
    /// Reads `cluster`.
    pub(crate) fn read(&self, map: Option<Map<'_>>) -> Result<Nodes, Problem> {
        let cluster = &Fields::read(map, &CLUSTER, "cluster", self.context)?;
        let pools = self.pools(cluster)?;
        let count = pools.iter().fold(0_u64, |sum, pool| sum.saturating_add(pool.count));
        if count > MAX_NODES {
            let advice = "write fewer or larger nodes";
            return Err(Problem::Refused(format!("the cluster has {count} nodes, more than {MAX_NODES}: {advice}.")));
        }
        let zones = self.zones(cluster, &pools)?;
        let mut nodes = Vec::new();
        for (number, pool) in pools.iter().enumerate() {
            let (fitted, full) = (self.fitted(pool), self.limiting(pool));
            for _ in 0..pool.count {
                let zone = match &pool.zone {
                    Some(zone) => zones.get(zone).copied().unwrap_or(0),
                    None => (nodes.len() % zones.len().max(1)) as u16,
                };
                let place = Place { machine: pool.machine, added: false, zone, full };
                nodes.push((Node { zone, ..fitted }, (place, number)));
            }
        }
        let (mut nodes, places): (Vec<Node>, Vec<(Place, usize)>) = round_robin(nodes).into_iter().unzip();
        let (mut places, mut of_pool): (Vec<Place>, Vec<usize>) = places.into_iter().unzip();
        let found_on = self.found_on(&places);
        self.check_room(&nodes, &found_on, &pools)?;
        let open_at = pools.iter().position(|pool| self.is_usual(pool));
        let open = open_at.map(|number| &pools[number]);
        let little_used = |share: f64| {
            let of_nodes = of_pool.iter().map(|number| Some(&pools[*number]));
            of_nodes.chain([open]).map(|pool| self.little_used(pool?, share)).collect()
        };
        let autoscaler = self.autoscaler(cluster, nodes.len(), little_used)?;
        if let (Some(autoscaler), Some(pool)) = (&autoscaler, open) {
            let zones = zones.len().max(1);
            let zone = |number: u32| (number as usize % zones) as u16;
            let (kind, full) = (self.fitted(pool), self.limiting(pool));
            nodes.extend((0..autoscaler.nodes).map(|number| Node { zone: zone(number), ..kind }));
            let place = |number| Place { machine: pool.machine, added: true, zone: zone(number), full };
            places.extend((0..autoscaler.nodes).map(place));
            of_pool.extend(open_at.iter().cycle().take(autoscaler.nodes as usize));
        }
        let cluster = Cluster {
            nodes: nodes.into(),
            found_on,
            parallel_pulls: cluster.whole("maxParallelImagePulls")? as u32,
            slow_nodes: self.slow_nodes(cluster)?,
            bad_nodes: cluster.share("badNodes")?,
            loss: self.loss(cluster)?,
            autoscaler,
            upgrade: self.upgrade(cluster)?,
            disruption_budget: self.disruption_budget(cluster)?,
            pod_quota: self.pod_quota(cluster)?,
            lower_priority: self.lower_priority(cluster)?,
            explanation: self.explanation(&places, &pools).into(),
        };
        Ok(Nodes { cluster, places, pools, of_pool })
    }
}

impl Reader<'_> {
    /// The nodes of the pods that run, as far as they are wanted.
    fn found_on(&self, places: &[Place]) -> Vec<u32> {
        let node = |machine: &usize| places.iter().position(|place| place.machine == Some(*machine));
        let nodes = self.found_on.iter().filter_map(node).map(|node| node as u32);
        nodes.take(usize::try_from(self.replicas).unwrap_or(usize::MAX)).collect()
    }
}

/// Takes a node of every zone in turn, which is the order that the scheduler knows nodes in. Each has the number of its pool.
///
/// Upstream: `pkg/scheduler/backend/cache/node_tree.go: list`.
fn round_robin<T>(nodes: Vec<(Node, T)>) -> Vec<(Node, T)> {
    let mut zones: Vec<u32> = Vec::new();
    let mut turns: Vec<(u32, (Node, T))> = Vec::new();
    for (node, place) in nodes {
        let zone = usize::from(node.zone);
        zones.resize(zones.len().max(zone + 1), 0);
        turns.push((zones[zone], (node, place)));
        zones[zone] += 1;
    }
    turns.sort_by_key(|(turn, (node, _))| (*turn, node.zone));
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
