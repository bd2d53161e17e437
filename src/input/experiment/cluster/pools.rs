//! Nodes in pools of one kind, with the zones that they are in.

use std::collections::BTreeMap;

use crate::input::experiment::cluster::capacity::Resource;
use crate::input::experiment::cluster::reader::Reader;
use crate::input::experiment::fields::Fields;
use crate::input::keys::cluster::{CLUSTER, MAX_NODES, POOL};
use crate::input::kubernetes::amounts::{Amounts, CPU, MEMORY, PODS};
use crate::input::kubernetes::host_ports::clash;
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::{Node as Tree, Value};
use crate::scenario::{Node, room_of};

/// What the scheduler counts for a pod that requests nothing (`pkg/scheduler/util/pod_resources.go`).
pub(crate) const UNREQUESTED: (u64, u64) = (100, 200 << 20);

/// An amount that is not known.
pub(crate) const UNKNOWN: u64 = u64::MAX;

/// Nodes of one kind.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(super) count: u64,
    pub(super) zone: Option<String>,
    pub(crate) capacity: Amounts,
    /// What others take of it already.
    pub(crate) used: Amounts,
    /// They take none of the pods.
    pub(crate) closed: bool,
    /// The Node object that it was made from, by position.
    pub(super) machine: Option<usize>,
}

impl Reader<'_> {
    /// The old version runs when a rollout starts, so the cluster must hold it: the nodes of `found_on` do hold a pod each time.
    pub(super) fn check_room(&self, nodes: &[Node], found_on: &[u32], pools: &[Pool]) -> Result<(), Problem> {
        let slots = room_of(nodes, found_on);
        // What a snapshot shows is there, and nothing more is said of it.
        if slots >= self.replicas || self.beside.snapshot.is_some() {
            return Ok(());
        }
        let is_short = |resource: &Resource<'_>| {
            pools.iter().all(|pool| pool.capacity.get(resource.name()) < resource.asked(self.template))
        };
        let short: Vec<Resource<'_>> = Resource::of(self.template).filter(is_short).collect();
        let larger = |resource: &Resource<'_>| {
            format!("--set {}={}", resource.key(), resource.written(resource.holding(self.template, 1)))
        };
        let advice = if short.is_empty() {
            "write more or larger nodes".to_owned()
        } else if pools.iter().any(|pool| pool.machine.is_some()) {
            let names: Vec<&str> = short.iter().map(|resource| resource.name()).collect();
            format!("each asks for {}, and no Node has that much {}; correct the Nodes", self.asked(), names.join(", "))
        } else {
            let larger: Vec<String> = short.iter().map(larger).collect();
            format!("each asks for {}; write larger nodes, {}", self.asked(), larger.join(" "))
        };
        let from_objects = pools.iter().any(|pool| pool.machine.is_some());
        let left_out = self.template.node_choice.left_out(if from_objects { self.machines } else { &[] });
        let left_out = if left_out.is_empty() { String::new() } else { format!(" ({})", left_out.join("; ")) };
        Err(Problem::Refused(format!(
            "{} nodes have room for {slots} of these pods, fewer than replicas {}{left_out}: {advice}, or fewer replicas.",
            nodes.len(),
            self.replicas
        )))
    }

    /// What a pod asks for, in words.
    fn asked(&self) -> String {
        let words = |resource: Resource<'_>| {
            let name = if resource.name() == CPU { "CPU" } else { resource.name() };
            format!("{name} {}", resource.written(resource.asked(self.template)))
        };
        let asked: Vec<String> = Resource::of(self.template).map(words).collect();
        match &asked[..] {
            [most @ .., last] => format!("{} and {last}", most.join(", ")),
            [] => String::new(),
        }
    }

    pub(super) fn pools(&self, cluster: &Fields<'_>) -> Result<Vec<Pool>, Problem> {
        let (map, nodes) = (cluster.map(), cluster.get("nodes"));
        match nodes.map(|node| (&node.value, node)) {
            Some((Value::List(items), _)) if cluster.get("spare").is_none() => {
                let pools = items.iter().map(|item| self.pool(item.map()?, map));
                Ok(self.with_unknown(pools.collect::<Result<_, InputError>>()?))
            }
            nodes if cluster.get("spare").is_some() => self.filled_and_spare(cluster, nodes.map(|(_, node)| node)),
            None if !self.machines.is_empty() => self.machine_pools(map),
            counted => {
                let capacity = self.capacity(map.into_iter(), "allocatable", None)?;
                let used = self.capacity(map.into_iter(), "used", Some(&capacity))?;
                let pool = Pool { count: 0, zone: None, capacity, used, closed: false, machine: None };
                let mut pools = self.with_unknown(vec![pool]);
                for pool in &mut pools {
                    pool.count = match counted {
                        Some((_, node)) => cluster.whole_in("nodes", node)?,
                        None => self.beside.nodes.map_or_else(|| self.enough(pool), Ok)?,
                    };
                }
                Ok(pools)
            }
        }
    }

    /// Where no pool says how much it has of a resource that the pods ask for, that is not known: the pods are taken to find
    /// enough, and [`Reader::unknown`] names it. Where one pool does, the others have none.
    pub(super) fn with_unknown(&self, mut pools: Vec<Pool>) -> Vec<Pool> {
        for resource in Resource::of(self.template) {
            if pools.iter().all(|pool| pool.capacity.written(resource.name()).is_none()) {
                pools.iter_mut().for_each(|pool| pool.capacity.set(resource.name(), UNKNOWN));
            }
        }
        pools
    }

    /// Resources that the pods ask for and of which the nodes have an amount that nobody wrote.
    pub(crate) fn unknown(&self, map: Option<Map<'_>>) -> Result<Vec<&str>, Problem> {
        let pools = self.pools(&Fields::read(map, &CLUSTER, "cluster", self.context)?)?;
        let is_unknown = |name: &&str| pools.iter().any(|pool| pool.capacity.written(name) == Some(UNKNOWN));
        Ok(Resource::of(self.template).map(Resource::name).filter(is_unknown).collect())
    }

    pub(super) fn pool(&self, own: Map<'_>, shared: Option<Map<'_>>) -> Result<Pool, InputError> {
        let own = own.of(&POOL)?;
        let layers = || std::iter::once(own).chain(shared);
        let capacity = self.capacity(layers(), "allocatable", None)?;
        Ok(Pool {
            count: own.read("count", |node| node.integer(1, MAX_NODES))?.unwrap_or(1),
            zone: own.read("zone", Tree::text)?.map(str::to_owned),
            used: self.capacity(layers(), "used", Some(&capacity))?,
            capacity,
            closed: false,
            machine: None,
        })
    }

    /// The Node objects that take the pods, and those that take none but count as domains of a spread.
    pub(super) fn machine_pools(&self, map: Option<Map<'_>>) -> Result<Vec<Pool>, Problem> {
        let choice = &self.template.node_choice;
        let mut pools = Vec::new();
        let placement = &self.template.placement;
        for (number, machine) in self.machines.iter().enumerate() {
            let (chosen, open) = (choice.does_not_match(machine).is_none(), choice.is_closed(machine).is_none());
            let closed = !(chosen && open) || clash(&self.template.host_ports, &machine.ports);
            let counts = (chosen || placement.counts_other_nodes) && (open || placement.counts_closed_nodes);
            if counts || self.beside.is_world() || self.found_on.contains(&number) {
                let used = match map.and_then(|map| map.get("used")) {
                    Some(_) => self.capacity(map.into_iter(), "used", Some(&machine.capacity))?,
                    None => machine.used.clone(),
                };
                let zone = machine.zone().cloned();
                let capacity = machine.capacity.clone();
                pools.push(Pool { count: 1, zone, capacity, used, closed, machine: Some(number) });
            }
        }
        if pools.iter().all(|pool| pool.closed) && self.found_on.is_empty() {
            return Err(Problem::Refused(format!(
                "none of the Nodes takes these pods ({}): correct the manifest, or write cluster.nodes.",
                choice.left_out(self.machines).join("; ")
            )));
        }
        Ok(pools)
    }

    /// Whether a node that an autoscaler adds may be one of the pool. Of several Deployments each must get the same answer.
    pub(super) fn is_usual(&self, pool: &Pool) -> bool {
        let machine = pool.machine.and_then(|number| self.machines.get(number));
        match machine.filter(|_| self.beside.is_world()) {
            Some(machine) => !machine.cordoned && machine.taints.is_empty(),
            None => !pool.closed,
        }
    }

    /// How many default nodes the Deployment gets alone; `None`: the nodes are written, or there are Node objects.
    pub(crate) fn default_nodes(&self, map: Option<Map<'_>>) -> Result<Option<u64>, Problem> {
        if map.is_some_and(|map| map.get("nodes").is_some()) || !self.machines.is_empty() {
            return Ok(None);
        }
        let pools = self.pools(&Fields::read(map, &CLUSTER, "cluster", self.context)?)?;
        Ok(Some(pools.iter().map(|pool| pool.count).sum()))
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
        let free = |name: &str| capacity.get(name).saturating_sub(used.get(name));
        let slots = pod.requests.iter().filter_map(|(name, each)| free(name).checked_div(each));
        let slots = slots
            .fold(free(PODS), u64::min)
            .min(if pod.one_per_node { 1 } else { u64::MAX })
            .min(pool.machine.map_or(u64::MAX, |machine| pod.volumes.pods_on(self.machines[machine].name())))
            .min(if pool.closed { 0 } else { u64::MAX });
        let part = |amount: u64, whole: u64| if whole == 0 { 1.0 } else { (amount as f64 / whole as f64).min(1.0) };
        let load =
            |cpu: u64, memory: u64| f64::midpoint(part(cpu, capacity.get(CPU)), part(memory, capacity.get(MEMORY)));
        let counted = |amount: u64, otherwise: u64| if amount == 0 { otherwise } else { amount };
        Node {
            zone: 0,
            slots: u32::try_from(slots).unwrap_or(u32::MAX),
            base_load: load(used.get(CPU), used.get(MEMORY)),
            pod_load: load(
                counted(pod.requests.get(CPU), UNREQUESTED.0),
                counted(pod.requests.get(MEMORY), UNREQUESTED.1),
            ),
        }
    }

    /// The most pods of the Deployment with which a node of the pool is little used: their requests of CPU and of memory are less
    /// than `share` of it. `None`: other pods use it.
    pub(super) fn little_used(&self, pool: &Pool, share: f64) -> Option<u32> {
        if pool.used.iter().any(|(_, amount)| amount > 0) {
            return None;
        }
        let fewer = |resource: &str| match self.template.requests.get(resource) {
            0 => u32::MAX,
            each => {
                let limit = (share * pool.capacity.get(resource) as f64).ceil() as u64;
                (limit.saturating_sub(1) / each).min(u64::from(u32::MAX)) as u32
            }
        };
        Some(fewer(CPU).min(fewer(MEMORY)))
    }

    /// The names of the zones by number, where the nodes name theirs.
    pub(crate) fn zone_names(&self, map: Option<Map<'_>>) -> Result<Vec<Option<String>>, Problem> {
        let cluster = &Fields::read(map, &CLUSTER, "cluster", self.context)?;
        let pools = self.pools(cluster)?;
        let mut names = vec![None; pools.len()];
        if pools.iter().any(|pool| pool.zone.is_some()) {
            for (name, number) in self.zones(cluster, &pools)? {
                names[usize::from(number)] = Some(name).filter(|name| !name.is_empty());
            }
        }
        Ok(names)
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
