//! Nodes, what fits on them, and how they are lost.

use std::collections::BTreeMap;

use crate::distribution::{Distribution, Shape};
use crate::input::defaults::Defaults;
use crate::input::distribution::distribution;
use crate::input::error::{InputError, Problem};
use crate::input::fields::Map;
use crate::input::files::Files;
use crate::input::manifest::{Capacity, Machine, Quota};
use crate::input::pod_template::PodTemplate;
use crate::input::quantity::{cpu_millis, duration, memory_bytes, seconds, share};
use crate::input::yaml::{Node as Tree, Value};
use crate::scenario::{Budget, Cluster, Node, NodeLoss};

/// Most nodes of a cluster; Kubernetes supports 5000.
pub(super) const MAX_NODES: u64 = 20_000;

/// Most pulls of a node at a time.
pub(crate) const MAX_PULLS: u64 = 100;

pub(crate) const FIELDS: &[&str] = &[
    "nodes",
    "zones",
    "allocatable",
    "used",
    "maxParallelImagePulls",
    "slowNodes",
    "badNodes",
    "quota",
    "lowerPriority",
    "defaultSpread",
    "autoscaler",
    "upgrade",
    "disruptionBudget",
    "loss",
];
/// Of a pool of nodes.
pub(crate) const POOL_FIELDS: &[&str] = &["count", "zone", "allocatable", "used"];
pub(crate) const CAPACITY_FIELDS: &[&str] = &["cpu", "memory", "pods"];
pub(crate) const LOSS_FIELDS: &[&str] = &[
    "timeToLoss",
    "meanTimeToLoss",
    "timeToZoneLoss",
    "meanTimeToZoneLoss",
    "notice",
    "detection",
    "toleration",
    "recovery",
];

/// What the scheduler counts for a pod that requests nothing (`pkg/scheduler/util/pod_resources.go`).
const UNREQUESTED: (u64, u64) = (100, 200 << 20);

/// What is needed to read a cluster.
pub(crate) struct Reader<'a> {
    pub(crate) template: &'a PodTemplate,
    /// Node objects beside the Deployment.
    pub(crate) machines: &'a [Machine],
    /// ResourceQuota objects beside it.
    pub(crate) quotas: &'a [Quota],
    /// The PodDisruptionBudget beside it.
    pub(crate) budget: Option<Budget>,
    /// Most replicas the Deployment is scaled to.
    pub(crate) replicas: u64,
    /// The same with what a HorizontalPodAutoscaler may do.
    pub(crate) most: u64,
    pub(crate) defaults: &'a Defaults,
    pub(crate) files: &'a Files,
}

/// Nodes of one kind.
struct Pool {
    count: u64,
    zone: Option<String>,
    capacity: Capacity,
    used: Capacity,
    /// They take none of the pods.
    closed: bool,
}

/// What a default node may have too little of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Resource {
    /// In thousandths of a core.
    Cpu,
    /// In bytes.
    Memory,
}

impl Resource {
    const ALL: [Self; 2] = [Self::Cpu, Self::Memory];

    const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
        }
    }

    fn key(self) -> String {
        format!("cluster.allocatable.{}", self.name())
    }

    const fn of(self, capacity: &Capacity) -> u64 {
        match self {
            Self::Cpu => capacity.cpu_millis,
            Self::Memory => capacity.memory_bytes,
        }
    }

    /// What a pod asks for.
    const fn asked(self, template: &PodTemplate) -> u64 {
        match self {
            Self::Cpu => template.cpu_millis,
            Self::Memory => template.memory_bytes,
        }
    }

    /// What the default node has.
    fn usual(self, defaults: &Defaults) -> Result<u64, InputError> {
        let node = defaults.get(&self.key());
        match self {
            Self::Cpu => cpu_millis(node),
            Self::Memory => memory_bytes(node),
        }
    }

    /// The least power of two of cores or GiB that holds so many pods.
    fn holding(self, template: &PodTemplate, pods: u64) -> u64 {
        let unit = match self {
            Self::Cpu => 1000,
            Self::Memory => 1 << 30,
        };
        let units = self.asked(template).saturating_mul(pods).div_ceil(unit);
        units.checked_next_power_of_two().and_then(|units| units.checked_mul(unit)).unwrap_or(u64::MAX)
    }

    /// The usual amount, or where that is too little for one pod what holds two.
    fn enlarged(self, template: &PodTemplate, usual: u64) -> u64 {
        if self.asked(template) > usual { self.holding(template, 2) } else { usual }
    }

    /// As the API writes it.
    fn written(self, amount: u64) -> String {
        let units: &[(u64, &str)] = match self {
            Self::Cpu => &[(1000, ""), (1, "m")],
            Self::Memory => &[(1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"), (1, "")],
        };
        let fitting = units.iter().find(|(unit, _)| amount.is_multiple_of(*unit));
        fitting.map_or(amount.to_string(), |(unit, suffix)| format!("{}{suffix}", amount / unit))
    }
}

impl Reader<'_> {
    /// Reads `cluster`.
    pub(crate) fn read(&self, map: Option<Map<'_>>) -> Result<Cluster, Problem> {
        map.map_or(Ok(()), |map| map.only(FIELDS))?;
        let pools = self.pools(map)?;
        let count = pools.iter().fold(0_u64, |sum, pool| sum.saturating_add(pool.count));
        if count > MAX_NODES {
            let advice = "write fewer or larger nodes";
            return Err(Problem::Refused(format!("the cluster has {count} nodes, more than {MAX_NODES}: {advice}.")));
        }
        let zones = self.zones(map, &pools)?;
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
        let autoscaler = self.autoscaler(map, nodes.len())?;
        let kind = pools.iter().find(|pool| !pool.closed).map(|pool| self.fitted(pool));
        if let (Some(autoscaler), Some(kind)) = (&autoscaler, kind) {
            let zones = zones.len().max(1);
            nodes.extend((0..autoscaler.nodes).map(|number| Node { zone: (number as usize % zones) as u16, ..kind }));
        }
        let pulls = map.and_then(|map| map.get("maxParallelImagePulls"));
        let bad = map.and_then(|map| map.get("badNodes"));
        Ok(Cluster {
            nodes,
            parallel_pulls: pulls
                .unwrap_or_else(|| self.defaults.get("cluster.maxParallelImagePulls"))
                .integer(1, MAX_PULLS)? as u32,
            slow_nodes: self.slow_nodes(map)?,
            bad_nodes: share(bad.unwrap_or_else(|| self.defaults.get("cluster.badNodes")))?,
            loss: self.loss(map)?,
            autoscaler,
            upgrade: self.upgrade(map)?,
            disruption_budget: self.disruption_budget(map)?,
            pod_quota: self.pod_quota(map)?,
            lower_priority: self.lower_priority(map)?,
        })
    }

    /// The old version runs when a rollout starts, so the cluster must hold it.
    fn check_room(&self, nodes: &[Node], pools: &[Pool]) -> Result<(), Problem> {
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

    /// Where the default node is too small for a pod: the sentence that says how large it is made.
    pub(crate) fn assumed(&self, map: Option<Map<'_>>) -> Result<Vec<String>, InputError> {
        let nodes = map.and_then(|map| map.get("nodes"));
        if nodes.is_none() && !self.machines.is_empty() {
            return Ok(Vec::new());
        }
        let writes = |map: Option<Map<'_>>, resource: Resource| {
            let own = map.map(|map| map.map("allocatable")).transpose()?.flatten();
            Ok::<_, InputError>(own.is_some_and(|own| own.get(resource.name()).is_some()))
        };
        let pools = match nodes.map(|node| &node.value) {
            Some(Value::List(items)) => items.iter().map(Tree::map).collect::<Result<Vec<_>, _>>()?,
            _ => Vec::new(),
        };
        let mut told = Vec::new();
        for resource in Resource::ALL {
            let usual = resource.usual(self.defaults)?;
            let mut by_pools = !pools.is_empty();
            for pool in &pools {
                by_pools &= writes(Some(*pool), resource)?;
            }
            if resource.asked(self.template) > usual && !by_pools && !writes(map, resource)? {
                told.push(format!(
                    "{} {}: a pod asks for {}, more than the {} of the default node; write your nodes' own with --set {}={}",
                    resource.key(),
                    resource.written(resource.enlarged(self.template, usual)),
                    resource.written(resource.asked(self.template)),
                    resource.written(usual),
                    resource.key(),
                    resource.written(resource.holding(self.template, 1)),
                ));
            }
        }
        Ok(told)
    }

    fn pools(&self, map: Option<Map<'_>>) -> Result<Vec<Pool>, Problem> {
        let nodes = map.and_then(|map| map.get("nodes"));
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
                    Some((_, node)) => node.integer(1, MAX_NODES)?,
                    None => self.enough(&pool)?,
                };
                Ok(vec![pool])
            }
        }
    }

    fn pool(&self, own: Map<'_>, shared: Option<Map<'_>>) -> Result<Pool, InputError> {
        own.only(POOL_FIELDS)?;
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

    /// The Node objects that take the pods, and those that count as domains to be spread over all the same.
    fn machine_pools(&self, map: Option<Map<'_>>) -> Result<Vec<Pool>, Problem> {
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

    /// Amounts under `key`, from the first layer that has each; percentages are of `whole`.
    fn capacity<'m>(
        &self,
        layers: impl Iterator<Item = Map<'m>>,
        key: &str,
        whole: Option<Capacity>,
    ) -> Result<Capacity, InputError> {
        let mut maps = Vec::new();
        for layer in layers {
            if let Some(map) = layer.map(key)? {
                map.only(CAPACITY_FIELDS)?;
                maps.push(map);
            }
        }
        let field = |name: &str| maps.iter().find_map(|map| map.get(name));
        let or_default =
            |name: &str| field(name).unwrap_or_else(|| self.defaults.get(&format!("cluster.{key}.{name}")));
        let read = |name: &str, whole: Option<u64>, own: fn(&Tree) -> Result<u64, InputError>| {
            let node = or_default(name);
            match whole {
                Some(whole) if node.text().is_ok_and(|text| text.ends_with('%')) => {
                    Ok((share(node)? * whole as f64).ceil() as u64)
                }
                _ => own(node),
            }
        };
        // A default node is large enough for the pod; what is written stays.
        let large_enough = |resource: Resource, amount: u64| match (key, field(resource.name())) {
            ("allocatable", None) => resource.enlarged(self.template, amount),
            _ => amount,
        };
        Ok(Capacity {
            cpu_millis: large_enough(Resource::Cpu, read("cpu", whole.map(|whole| whole.cpu_millis), cpu_millis)?),
            memory_bytes: large_enough(
                Resource::Memory,
                read("memory", whole.map(|whole| whole.memory_bytes), memory_bytes)?,
            ),
            pods: read("pods", whole.map(|whole| whole.pods), |node| node.integer(0, 1_000_000))?,
        })
    }

    /// How many default nodes the Deployment gets; where not even one pod fits the cluster is refused later.
    fn enough(&self, pool: &Pool) -> Result<u64, InputError> {
        let least = self.defaults.get("[cluster.nodes: least]").integer(1, MAX_NODES)?;
        let room = self.defaults.get("[cluster.nodes: room for replicas]").integer(1, 100)?;
        let slots = u64::from(self.fitted(pool).slots).max(1);
        Ok(least.max((room * self.most).div_ceil(slots)))
    }

    /// A node of the pool: how many of the pods fit and what share each takes.
    fn fitted(&self, pool: &Pool) -> Node {
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
    fn zones(&self, map: Option<Map<'_>>, pools: &[Pool]) -> Result<BTreeMap<String, u16>, InputError> {
        let written = map.and_then(|map| map.get("zones"));
        let mut zones = BTreeMap::new();
        if pools.iter().all(|pool| pool.zone.is_none()) {
            let count = written.unwrap_or_else(|| self.defaults.get("cluster.zones")).integer(1, 1000)?;
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

    fn loss(&self, map: Option<Map<'_>>) -> Result<Option<NodeLoss>, InputError> {
        let Some(node) = map.and_then(|map| map.get("loss")).filter(|node| node.plain_text() != Some("none")) else {
            return Ok(None);
        };
        let loss = node.map()?;
        loss.only(LOSS_FIELDS)?;
        let field = |key: &str| loss.get(key).unwrap_or_else(|| self.defaults.get(&format!("cluster.loss.{key}")));
        let node_loss = self.time_to(&loss, "timeToLoss", "meanTimeToLoss")?;
        let zone_loss = self.time_to(&loss, "timeToZoneLoss", "meanTimeToZoneLoss")?;
        if node_loss.is_none() && zone_loss.is_none() {
            return Err(loss.at.error("how often nodes are lost is missing: add meanTimeToLoss, such as 30d"));
        }
        let recovery = field("recovery");
        Ok(Some(NodeLoss {
            time_to_loss: node_loss.unwrap_or_else(|| Distribution::constant(crate::time::SimDuration::MAX)),
            time_to_zone_loss: zone_loss,
            notice: loss.read("notice", duration)?,
            detection: distribution(field("detection"), self.files)?,
            toleration: duration(field("toleration"))?,
            recovery: match recovery.plain_text() {
                Some("never") => None,
                _ => Some(distribution(recovery, self.files)?),
            },
        }))
    }

    /// A distribution under `key`, or an exponential one by its mean, which is a second at least: what is lost more often
    /// than that is no machine, and a rollout on it has no end.
    fn time_to(&self, loss: &Map<'_>, key: &str, mean: &str) -> Result<Option<Distribution>, InputError> {
        match (loss.get(key), loss.get(mean)) {
            (Some(_), Some(second)) => Err(second.at.error(format!("write either `{key}` or `{mean}`, not both"))),
            (Some(node), None) if node.plain_text() == Some("never") => Ok(None),
            (Some(node), None) => seldom(node, distribution(node, self.files)?).map(Some),
            (None, Some(node)) => {
                let shape = Shape::Exponential { mean: seconds(node)? };
                let times = Distribution::new(shape, 0.0, None).map_err(|error| node.at.error(error.to_string()))?;
                seldom(node, times).map(Some)
            }
            (None, None) => Ok(None),
        }
    }
}

/// Refuses times to loss that are too short on average.
fn seldom(node: &Tree, times: Distribution) -> Result<Distribution, InputError> {
    if times.usual() < 1.0 {
        return Err(node.wrong("a time to loss of at least 1s on average"));
    }
    Ok(times)
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
pub(super) mod tests {
    use super::*;
    use crate::input::node_choice::Taint;
    use crate::input::yaml::node;
    use crate::time::SimDuration;
    use std::path::Path;

    pub(crate) fn read(text: &str, replicas: u64, machines: &[Machine]) -> Result<Cluster, String> {
        read_for(&PodTemplate::default(), text, replicas, machines)
    }

    fn read_for(template: &PodTemplate, text: &str, replicas: u64, machines: &[Machine]) -> Result<Cluster, String> {
        let template = PodTemplate { cpu_millis: 500, memory_bytes: 1 << 30, ..template.clone() };
        let (defaults, files, tree) = (Defaults::read().unwrap(), Files::new(Path::new(".")), node(text));
        let reader = Reader {
            template: &template,
            machines,
            quotas: &[],
            budget: None,
            replicas,
            most: replicas,
            defaults: &defaults,
            files: &files,
        };
        reader.read(Some(tree.map().unwrap())).map_err(|problem| problem.to_string())
    }

    #[test]
    fn default_nodes_hold_twice_the_replicas() {
        let nodes = |replicas| read("{}", replicas, &[]).unwrap().nodes;
        assert_eq!(nodes(1).len(), 3);
        assert_eq!(nodes(100).len(), 25);
        assert_eq!(nodes(1)[1], Node { zone: 1, slots: 8, base_load: 0.0, pod_load: 0.09375 });
    }

    #[test]
    fn a_default_node_is_large_enough_for_the_pod_and_a_written_one_stays() {
        let template = PodTemplate { cpu_millis: 3000, memory_bytes: 40 << 30, ..PodTemplate::default() };
        let (defaults, files) = (Defaults::read().unwrap(), Files::new(Path::new(".")));
        let of = |text: &str| {
            let tree = node(text);
            let reader = Reader {
                template: &template,
                machines: &[],
                quotas: &[],
                budget: None,
                replicas: 1,
                most: 1,
                defaults: &defaults,
                files: &files,
            };
            let map = Some(tree.map().unwrap());
            let slots = reader.read(map).map(|cluster| cluster.nodes.iter().map(|node| node.slots).collect::<Vec<_>>());
            (slots.map_err(|problem| problem.to_string()), reader.assumed(map).unwrap())
        };
        let (slots, told) = of("{}");
        assert_eq!(slots, Ok(vec![1, 1, 1]), "as many as the CPU holds");
        assert_eq!(
            told,
            [
                "cluster.allocatable.memory 128Gi: a pod asks for 40Gi, more than the 16Gi of the default node; write your \
              nodes' own with --set cluster.allocatable.memory=64Gi"
            ]
        );
        assert_eq!(of("{nodes: 5, allocatable: {cpu: 8}}").0, Ok(vec![2; 5]));
        let (refused, told) = of("{allocatable: {memory: 32Gi}}");
        let expected =
            "each asks for CPU 3 and memory 40Gi; write larger nodes, --set cluster.allocatable.memory=64Gi, or";
        assert!(refused.as_ref().unwrap_err().contains(expected), "{refused:?}");
        assert!(told.is_empty());
        assert!(of("{nodes: [{allocatable: {memory: 64Gi}}]}").1.is_empty());
    }

    #[test]
    fn pools_and_what_runs_there() {
        let text =
            "{nodes: [{count: 2, zone: a, used: {cpu: 50%}}, {zone: b, allocatable: {cpu: 1}}], used: {memory: 4Gi}}";
        let nodes = read(text, 3, &[]).unwrap().nodes;
        let slots: Vec<(u16, u32)> = nodes.iter().map(|node| (node.zone, node.slots)).collect();
        assert_eq!(slots, [(0, 4), (1, 2), (0, 4)]);
        assert_eq!((nodes[0].base_load, nodes[1].base_load, nodes[1].pod_load), (0.375, 0.125, 0.28125));
    }

    #[test]
    fn node_objects_are_used_unless_nodes_are_written() {
        let capacity = Capacity { cpu_millis: 1000, memory_bytes: 8 << 30, pods: 110 };
        let machine = |zone: &str| Machine {
            labels: [("topology.kubernetes.io/zone".to_owned(), zone.to_owned())].into(),
            capacity,
            ..Machine::default()
        };
        let machines = [machine("x"), machine("y")];
        let nodes = read("{}", 1, &machines).unwrap().nodes;
        assert_eq!(nodes.iter().map(|node| (node.zone, node.slots)).collect::<Vec<_>>(), [(0, 2), (1, 2)]);
        assert_eq!(read("nodes: 7", 1, &machines).unwrap().nodes.len(), 7);
    }

    #[test]
    fn nodes_that_do_not_take_the_pods_are_left_out() {
        let taint = Taint { key: "gpu".into(), value: String::new(), effect: "NoSchedule".into() };
        let capacity = Capacity { cpu_millis: 1000, memory_bytes: 8 << 30, pods: 110 };
        let machine = |taints: &[Taint]| Machine { taints: taints.to_vec(), capacity, ..Machine::default() };
        let (open, tainted) = (machine(&[]), machine(&[taint]));
        assert_eq!(read("{}", 1, &[open.clone(), tainted.clone()]).unwrap().nodes.len(), 1);
        let spread = PodTemplate { counts_closed_nodes: true, ..PodTemplate::default() };
        let cordoned = Machine { cordoned: true, ..open.clone() };
        let nodes = read_for(&spread, "{}", 1, &[tainted.clone(), open, cordoned]).unwrap().nodes;
        assert_eq!(nodes.iter().map(|node| node.slots).collect::<Vec<_>>(), [0, 2, 0], "a domain to be spread over");
        let none = read("{}", 1, std::slice::from_ref(&tainted)).unwrap_err();
        let expected = "none of the Nodes takes these pods (Node  was left out: its taint gpu is not tolerated)";
        assert!(none.contains(expected), "{none}");
        assert_eq!(read("nodes: 2", 1, &[tainted]).unwrap().nodes.len(), 2);
    }

    #[test]
    fn nodes_come_zone_by_zone_in_turn() {
        let nodes = read("{nodes: [{count: 3, zone: a}, {zone: b}, {count: 2, zone: c}]}", 3, &[]).unwrap().nodes;
        assert_eq!(nodes.iter().map(|node| node.zone).collect::<Vec<_>>(), [0, 1, 2, 0, 2, 0]);
    }

    #[test]
    fn default_spread_is_the_scheduler_s() {
        let of = |text: &str| default_spread(Some(node(text).map().unwrap()), &Defaults::read().unwrap());
        assert!(of("{}").unwrap() && of("{defaultSpread: system}").unwrap() && !of("{defaultSpread: none}").unwrap());
        assert!(of("{defaultSpread: even}").unwrap_err().message.contains("none or system"));
    }

    #[test]
    fn too_small_and_too_large_are_refused() {
        let small = read("nodes: 2", 20, &[]).unwrap_err();
        assert!(small.starts_with("2 nodes have room for 16 of these pods, fewer than replicas 20"), "{small}");
        assert!(read("{}", 1_000_000, &[]).unwrap_err().contains("250000 nodes, more than 20000"));
        assert!(read("nodes: 20001", 1, &[]).unwrap_err().contains("a whole number from 1 to 20000"));
    }

    #[test]
    fn loss() {
        assert_eq!(read("loss: none", 1, &[]).unwrap().loss, None);
        let loss = read("loss: {meanTimeToLoss: 30d, recovery: 2m}", 1, &[]).unwrap().loss.unwrap();
        let mean = Distribution::new(Shape::Exponential { mean: 2_592_000.0 }, 0.0, None).unwrap();
        assert_eq!((loss.time_to_loss, loss.time_to_zone_loss), (mean, None));
        assert_eq!(loss.toleration, SimDuration::from_secs(300));
        assert_eq!(loss.recovery, Some(Distribution::constant(SimDuration::from_secs(120))));
        assert!(read("loss: {detection: 1s}", 1, &[]).unwrap_err().contains("add meanTimeToLoss"));
        for short in [
            "timeToLoss: 200ms",
            "meanTimeToLoss: 999ms",
            "timeToZoneLoss: 0s",
            "meanTimeToZoneLoss: 500ms",
            "timeToLoss: {uniform: {low: 0s, high: 1900ms}}",
            "timeToLoss: {exponential: {mean: 1m}, truncate: {high: 1s}}",
        ] {
            let refused = read(&format!("loss: {{{short}}}"), 1, &[]).unwrap_err();
            assert!(refused.contains("at least 1s on average"), "{short}: {refused}");
        }
        for kept in [
            "meanTimeToLoss: 1s",
            "timeToLoss: {uniform: {low: 0s, high: 2s}}",
            "timeToLoss: never, meanTimeToZoneLoss: 1h",
        ] {
            assert!(read(&format!("loss: {{{kept}}}"), 1, &[]).is_ok(), "{kept}");
        }
    }
}
