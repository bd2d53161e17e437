//! Nodes in pools of one kind, with the zones that they are in.

use std::collections::BTreeMap;

use crate::input::experiment::cluster::capacity::Resource;
use crate::input::experiment::cluster::reader::Reader;
use crate::input::experiment::fields::Fields;
use crate::input::keys::cluster::{MAX_NODES, POOL};
use crate::input::kubernetes::machine::Capacity;
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::{Node as Tree, Value};
use crate::scenario::Node;

/// What the scheduler counts for a pod that requests nothing (`pkg/scheduler/util/pod_resources.go`).
const UNREQUESTED: (u64, u64) = (100, 200 << 20);

/// Nodes of one kind.
pub(super) struct Pool {
    pub(super) count: u64,
    pub(super) zone: Option<String>,
    pub(super) capacity: Capacity,
    used: Capacity,
    /// They take none of the pods.
    pub(super) closed: bool,
}

impl Reader<'_> {
    /// The old version runs when a rollout starts, so the cluster must hold it.
    pub(super) fn check_room(&self, nodes: &[Node], pools: &[Pool]) -> Result<(), Problem> {
        let slots: u64 = nodes.iter().map(|node| u64::from(node.slots)).sum();
        if slots >= self.replicas {
            return Ok(());
        }
        let larger: Vec<String> = Resource::ALL
            .iter()
            .filter(|resource| pools.iter().all(|pool| resource.of(&pool.capacity) < resource.asked(self.template)))
            .map(|resource| {
                format!("--set {}={}", resource.key(), resource.written(resource.holding(self.template, 1)))
            })
            .collect();
        let advice = if larger.is_empty() {
            "write more or larger nodes".to_owned()
        } else {
            let asked = Resource::ALL.map(|resource| resource.written(resource.asked(self.template)));
            format!("each asks for CPU {} and memory {}; write larger nodes, {}", asked[0], asked[1], larger.join(" "))
        };
        Err(Problem::Refused(format!(
            "{} nodes have room for {slots} of these pods, fewer than replicas {}: {advice}, or fewer replicas.",
            nodes.len(),
            self.replicas
        )))
    }

    pub(super) fn pools(&self, cluster: &Fields<'_>) -> Result<Vec<Pool>, Problem> {
        let (map, nodes) = (cluster.map(), cluster.get("nodes"));
        match nodes.map(|node| (&node.value, node)) {
            Some((Value::List(items), _)) => {
                let pools = items.iter().map(|item| self.pool(item.map()?, map));
                Ok(pools.collect::<Result<_, InputError>>()?)
            }
            None if !self.machines.is_empty() => self.machine_pools(map),
            counted => {
                let capacity = self.capacity(map.into_iter(), "allocatable", None)?;
                let used = self.capacity(map.into_iter(), "used", Some(capacity))?;
                let mut pool = Pool { count: 0, zone: None, capacity, used, closed: false };
                pool.count = match counted {
                    Some((_, node)) => cluster.whole_in("nodes", node)?,
                    None => self.enough(&pool)?,
                };
                Ok(vec![pool])
            }
        }
    }

    pub(super) fn pool(&self, own: Map<'_>, shared: Option<Map<'_>>) -> Result<Pool, InputError> {
        let own = own.of(&POOL)?;
        let layers = || std::iter::once(own).chain(shared);
        let capacity = self.capacity(layers(), "allocatable", None)?;
        Ok(Pool {
            count: own.read("count", |node| node.integer(1, MAX_NODES))?.unwrap_or(1),
            zone: own.read("zone", Tree::text)?.map(str::to_owned),
            capacity,
            used: self.capacity(layers(), "used", Some(capacity))?,
            closed: false,
        })
    }

    /// The Node objects that take the pods, and those that take none but count as domains of a spread.
    pub(super) fn machine_pools(&self, map: Option<Map<'_>>) -> Result<Vec<Pool>, Problem> {
        let choice = &self.template.node_choice;
        let mut pools = Vec::new();
        for machine in self.machines.iter().filter(|machine| choice.does_not_match(machine).is_none()) {
            let closed = choice.is_closed(machine).is_some();
            if !closed || self.template.counts_closed_nodes {
                let used = self.capacity(map.into_iter(), "used", Some(machine.capacity))?;
                let zone = machine.zone().cloned();
                pools.push(Pool { count: 1, zone, capacity: machine.capacity, used, closed });
            }
        }
        if pools.iter().all(|pool| pool.closed) {
            return Err(Problem::Refused(format!(
                "none of the Nodes takes these pods ({}): correct the manifest, or write cluster.nodes.",
                choice.left_out(self.machines).join("; ")
            )));
        }
        Ok(pools)
    }

    /// How many default nodes the Deployment gets; where not even one pod fits the cluster is refused later.
    pub(super) fn enough(&self, pool: &Pool) -> Result<u64, InputError> {
        let least = self.context.defaults.get("[cluster.nodes: least]").integer(1, MAX_NODES)?;
        let room = self.context.defaults.get("[cluster.nodes: room for replicas]").integer(1, 100)?;
        let slots = u64::from(self.fitted(pool).slots).max(1);
        Ok(least.max((room * self.most).div_ceil(slots)))
    }

    /// A node of the pool: how many of the pods fit and what share each takes.
    pub(super) fn fitted(&self, pool: &Pool) -> Node {
        let (capacity, used, pod) = (&pool.capacity, &pool.used, self.template);
        let fit = |whole: u64, used: u64, each: u64| whole.saturating_sub(used).checked_div(each).unwrap_or(u64::MAX);
        let slots = fit(capacity.cpu_millis, used.cpu_millis, pod.cpu_millis)
            .min(fit(capacity.memory_bytes, used.memory_bytes, pod.memory_bytes))
            .min(fit(capacity.pods, used.pods, 1))
            .min(if pod.one_per_node { 1 } else { u64::MAX })
            .min(if pool.closed { 0 } else { u64::MAX });
        let part = |amount: u64, whole: u64| if whole == 0 { 1.0 } else { (amount as f64 / whole as f64).min(1.0) };
        let load =
            |cpu: u64, memory: u64| f64::midpoint(part(cpu, capacity.cpu_millis), part(memory, capacity.memory_bytes));
        let counted = |amount: u64, otherwise: u64| if amount == 0 { otherwise } else { amount };
        Node {
            zone: 0,
            slots: u32::try_from(slots).unwrap_or(u32::MAX),
            base_load: load(used.cpu_millis, used.memory_bytes),
            pod_load: load(counted(pod.cpu_millis, UNREQUESTED.0), counted(pod.memory_bytes, UNREQUESTED.1)),
        }
    }

    /// Numbers of the zones: named ones in order of appearance, or as many as `zones` says.
    pub(super) fn zones(&self, cluster: &Fields<'_>, pools: &[Pool]) -> Result<BTreeMap<String, u16>, InputError> {
        let written = cluster.get("zones");
        let mut zones = BTreeMap::new();
        if pools.iter().all(|pool| pool.zone.is_none()) {
            let count = cluster.whole("zones")?;
            zones.extend((0..count as u16).map(|zone| (zone.to_string(), zone)));
            return Ok(zones);
        }
        if let Some(node) = written {
            return Err(node.at.error("nodes name their zones, so `zones` has no meaning: leave it out"));
        }
        for pool in pools {
            let next = zones.len() as u16;
            // Nodes without a zone count as one zone of their own, as in the node lifecycle controller.
            zones.entry(pool.zone.clone().unwrap_or_default()).or_insert(next);
        }
        Ok(zones)
    }
}
