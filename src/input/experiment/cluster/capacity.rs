//! How much room a node has: as written, of Node objects, or of the default node, which is made large enough for the pod.

use std::collections::BTreeSet;

use crate::input::experiment::cluster::reader::Reader;
use crate::input::keys::cluster::AMOUNTS;
use crate::input::keys::defaults::Defaults;
use crate::input::kubernetes::amounts::{Amounts, CPU, MEMORY, PODS, amount_of, is_in_bytes, written};
use crate::input::kubernetes::pod_template::PodTemplate;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::share;
use crate::input::tree::yaml::{Node as Tree, Value};

/// A resource that a node may have too little of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Resource<'a>(&'a str);

impl<'a> Resource<'a> {
    /// Those that a default node has.
    const USUAL: [Self; 2] = [Self(CPU), Self(MEMORY)];

    /// CPU, memory and what else the pods ask for.
    pub(super) fn of(template: &'a PodTemplate) -> impl Iterator<Item = Self> {
        let others = template.requests.iter().filter(|(name, _)| !matches!(*name, CPU | MEMORY));
        Self::USUAL.into_iter().chain(others.map(|(name, _)| Resource(name)))
    }

    pub(super) fn name(self) -> &'a str {
        self.0
    }

    pub(super) fn key(self) -> String {
        format!("cluster.allocatable.{}", self.0)
    }

    /// What a pod asks for.
    pub(super) fn asked(self, template: &PodTemplate) -> u64 {
        template.requests.get(self.0)
    }

    /// What the default node has.
    fn usual(self, defaults: &Defaults) -> Result<u64, InputError> {
        amount_of(self.0, defaults.get(&self.key()))
    }

    /// Room for `pods` pods: of CPU and bytes the smallest power of two of cores or GiB.
    pub(super) fn holding(self, template: &PodTemplate, pods: u64) -> u64 {
        self.units(self.asked(template).saturating_mul(pods))
    }

    fn units(self, all: u64) -> u64 {
        let unit = match self.0 {
            CPU => 1000,
            name if is_in_bytes(name) => 1 << 30,
            _ => return all,
        };
        let units = all.div_ceil(unit);
        units.checked_next_power_of_two().and_then(|units| units.checked_mul(unit)).unwrap_or(u64::MAX)
    }

    /// The usual amount, or, where that is too little for one pod, the amount that two pods need.
    fn enlarged(self, asked: u64, usual: u64) -> u64 {
        if asked > usual { self.units(asked.saturating_mul(2)) } else { usual }
    }

    /// As the API writes it.
    pub(super) fn written(self, amount: u64) -> String {
        written(self.0, amount)
    }
}

/// Said where the number of nodes decides how many pods there can be at once, and nobody wrote it.
const ENOUGH_NODES: &str = "each pod needs a node to itself (host ports, or anti-affinity by node), and nothing says how many nodes \
                            there are: there are taken to be enough for twice the pods; where there are fewer, new pods wait \
                            for old ones to go, or the rollout stalls: write --set cluster.nodes=...";

impl Reader<'_> {
    /// What is taken to be so of nodes that nobody wrote: their size where a pod asks for more than the default node has, and
    /// their number where each pod needs a node to itself.
    pub(crate) fn assumed(&self, map: Option<Map<'_>>) -> Result<Vec<String>, InputError> {
        let nodes = map.and_then(|map| map.get("nodes"));
        if nodes.is_none() && !self.machines.is_empty() {
            return Ok(Vec::new());
        }
        let writes = |map: Option<Map<'_>>, resource: Resource<'_>| {
            let own = map.map(|map| map.map("allocatable")).transpose()?.flatten();
            Ok::<_, InputError>(own.is_some_and(|own| own.get(resource.name()).is_some()))
        };
        let pools = match nodes.map(|node| &node.value) {
            Some(Value::List(items)) => items.iter().map(Tree::map).collect::<Result<Vec<_>, _>>()?,
            _ => Vec::new(),
        };
        let mut message = Vec::new();
        message.extend(self.told_of_spare(map)?);
        let spare = map.and_then(|map| map.get("spare"));
        if nodes.is_none() && spare.is_none() && self.template.one_per_node {
            message.push(ENOUGH_NODES.to_owned());
        }
        for resource in Resource::USUAL {
            let usual = resource.usual(self.context.defaults)?;
            let mut by_pools = !pools.is_empty();
            for pool in &pools {
                by_pools &= writes(Some(*pool), resource)?;
            }
            if resource.asked(self.template) > usual && !by_pools && !writes(map, resource)? {
                message.push(format!(
                    "{} {}: a pod asks for {}, more than the {} of the default node; write your nodes' own with --set {}={}",
                    resource.key(),
                    resource.written(resource.enlarged(self.largest(resource), usual)),
                    resource.written(resource.asked(self.template)),
                    resource.written(usual),
                    resource.key(),
                    resource.written(resource.holding(self.template, 1)),
                ));
            }
        }
        Ok(message)
    }

    /// The most that a pod of any Deployment that is simulated asks for.
    fn largest(&self, resource: Resource<'_>) -> u64 {
        resource.asked(self.template).max(self.beside.largest.get(resource.name()))
    }

    /// Amounts under `key`, from the first layer that has each; percentages are of `whole`.
    pub(super) fn capacity<'m>(
        &self,
        layers: impl Iterator<Item = Map<'m>>,
        key: &str,
        whole: Option<&Amounts>,
    ) -> Result<Amounts, InputError> {
        let mut maps = Vec::new();
        for layer in layers {
            if let Some(map) = layer.map(key)? {
                maps.push(map.of(&AMOUNTS)?);
            }
        }
        let field = |name: &str| maps.iter().find_map(|map| map.get(name));
        let mut names = BTreeSet::from([CPU, MEMORY, PODS]);
        names.extend(maps.iter().flat_map(|map| map.entries).map(|entry| entry.key.as_str()));
        let mut amounts = Amounts::default();
        for name in names {
            let node = match field(name) {
                Some(node) => node,
                None if [CPU, MEMORY, PODS].contains(&name) => {
                    self.context.defaults.get(&format!("cluster.{key}.{name}"))
                }
                None => continue,
            };
            let amount = match whole {
                Some(whole) if node.text().is_ok_and(|text| text.ends_with('%')) => {
                    (share(node)? * whole.get(name) as f64).ceil() as u64
                }
                _ => amount_of(name, node)?,
            };
            // A default node is large enough for the pod; a written amount is not changed.
            let enlarged = key == "allocatable" && field(name).is_none() && name != PODS;
            let asked = self.largest(Resource(name));
            amounts.set(name, if enlarged { Resource(name).enlarged(asked, amount) } else { amount });
        }
        Ok(amounts)
    }
}
