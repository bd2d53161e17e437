//! How much room a node has: as written, of Node objects, or of the default node, which is made large enough for the pod.

use crate::input::experiment::cluster::reader::Reader;
use crate::input::keys::cluster::AMOUNTS;
use crate::input::keys::defaults::Defaults;
use crate::input::kubernetes::machine::Capacity;
use crate::input::kubernetes::pod_template::PodTemplate;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::{cpu_millis, memory_bytes, share};
use crate::input::tree::yaml::{Node as Tree, Value};

/// What a default node may have too little of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    /// In thousandths of a core.
    Cpu,
    /// In bytes.
    Memory,
}

impl Resource {
    pub(super) const ALL: [Self; 2] = [Self::Cpu, Self::Memory];

    const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
        }
    }

    pub(super) fn key(self) -> String {
        format!("cluster.allocatable.{}", self.name())
    }

    pub(super) const fn of(self, capacity: &Capacity) -> u64 {
        match self {
            Self::Cpu => capacity.cpu_millis,
            Self::Memory => capacity.memory_bytes,
        }
    }

    /// What a pod asks for.
    pub(super) const fn asked(self, template: &PodTemplate) -> u64 {
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

    /// The smallest power of two of cores or GiB that has room for `pods` pods.
    pub(super) fn holding(self, template: &PodTemplate, pods: u64) -> u64 {
        let unit = match self {
            Self::Cpu => 1000,
            Self::Memory => 1 << 30,
        };
        let units = self.asked(template).saturating_mul(pods).div_ceil(unit);
        units.checked_next_power_of_two().and_then(|units| units.checked_mul(unit)).unwrap_or(u64::MAX)
    }

    /// The usual amount, or, where that is too little for one pod, the amount that two pods need.
    fn enlarged(self, template: &PodTemplate, usual: u64) -> u64 {
        if self.asked(template) > usual { self.holding(template, 2) } else { usual }
    }

    /// As the API writes it.
    pub(super) fn written(self, amount: u64) -> String {
        let units: &[(u64, &str)] = match self {
            Self::Cpu => &[(1000, ""), (1, "m")],
            Self::Memory => &[(1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"), (1, "")],
        };
        let fitting = units.iter().find(|(unit, _)| amount.is_multiple_of(*unit));
        fitting.map_or(amount.to_string(), |(unit, suffix)| format!("{}{suffix}", amount / unit))
    }
}

impl Reader<'_> {
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
        let mut message = Vec::new();
        for resource in Resource::ALL {
            let usual = resource.usual(self.context.defaults)?;
            let mut by_pools = !pools.is_empty();
            for pool in &pools {
                by_pools &= writes(Some(*pool), resource)?;
            }
            if resource.asked(self.template) > usual && !by_pools && !writes(map, resource)? {
                message.push(format!(
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
        Ok(message)
    }

    /// Amounts under `key`, from the first layer that has each; percentages are of `whole`.
    pub(super) fn capacity<'m>(
        &self,
        layers: impl Iterator<Item = Map<'m>>,
        key: &str,
        whole: Option<Capacity>,
    ) -> Result<Capacity, InputError> {
        let mut maps = Vec::new();
        for layer in layers {
            if let Some(map) = layer.map(key)? {
                maps.push(map.of(&AMOUNTS)?);
            }
        }
        let field = |name: &str| maps.iter().find_map(|map| map.get(name));
        let or_default =
            |name: &str| field(name).unwrap_or_else(|| self.context.defaults.get(&format!("cluster.{key}.{name}")));
        let read = |name: &str, whole: Option<u64>, own: fn(&Tree) -> Result<u64, InputError>| {
            let node = or_default(name);
            match whole {
                Some(whole) if node.text().is_ok_and(|text| text.ends_with('%')) => {
                    Ok((share(node)? * whole as f64).ceil() as u64)
                }
                _ => own(node),
            }
        };
        // A default node is large enough for the pod; a written amount is not changed.
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
}
