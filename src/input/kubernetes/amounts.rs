//! Amounts of resources by name: what a pod asks for, what a node offers, what a quota allows.

use std::collections::BTreeMap;

use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::{amount, cpu_millis, memory_bytes};
use crate::input::tree::yaml::{Node, Value};

/// Amounts by the name of the resource: CPU in thousandths of a core, memory, ephemeral storage and huge pages in bytes,
/// everything else (pods, devices) in pieces. A resource that is not there is not written anywhere, which some rules tell from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amounts(BTreeMap<String, u64>);

pub(crate) const CPU: &str = "cpu";
pub(crate) const MEMORY: &str = "memory";
pub(crate) const PODS: &str = "pods";

impl Amounts {
    /// Reads a map such as `requests` or `allocatable`.
    pub(crate) fn read(map: &Map<'_>) -> Result<Self, InputError> {
        let written = map.entries.iter().filter(|entry| !matches!(entry.value.value, Value::Null));
        written.map(|entry| Ok((entry.key.clone(), amount_of(&entry.key, &entry.value)?))).collect()
    }

    /// Reads the map under a key; empty where there is none.
    pub(crate) fn under(map: &Map<'_>, key: &str) -> Result<Self, InputError> {
        map.map(key)?.map_or_else(|| Ok(Self::default()), |own| Self::read(&own))
    }

    /// How much of a resource there is; 0 where it is not written.
    pub(crate) fn get(&self, resource: &str) -> u64 {
        self.written(resource).unwrap_or(0)
    }

    /// How much of a resource is written.
    pub(crate) fn written(&self, resource: &str) -> Option<u64> {
        self.0.get(resource).copied()
    }

    pub(crate) fn set(&mut self, resource: &str, amount: u64) {
        self.0.insert(resource.to_owned(), amount);
    }

    /// Adds each amount of `other`.
    pub(crate) fn add(&mut self, other: &Self) {
        for (resource, amount) in other.iter() {
            self.set(resource, self.get(resource).saturating_add(amount));
        }
    }

    /// Raises each amount to that of `other`.
    pub(crate) fn raise(&mut self, other: &Self) {
        for (resource, amount) in other.iter() {
            self.set(resource, self.get(resource).max(amount));
        }
    }

    /// Takes over from `other` what is not written.
    pub(crate) fn fill(&mut self, other: &Self) {
        for (resource, amount) in other.iter() {
            self.0.entry(resource.to_owned()).or_insert(amount);
        }
    }

    /// Names and amounts, in the order of the names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(resource, amount)| (resource.as_str(), *amount))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, u64)> for Amounts {
    fn from_iter<I: IntoIterator<Item = (String, u64)>>(amounts: I) -> Self {
        Self(amounts.into_iter().collect())
    }
}

impl<const N: usize> From<[(&str, u64); N]> for Amounts {
    fn from(amounts: [(&str, u64); N]) -> Self {
        amounts.into_iter().map(|(resource, amount)| (resource.to_owned(), amount)).collect()
    }
}

/// Whether amounts of a resource are sizes in bytes.
pub(crate) fn is_in_bytes(resource: &str) -> bool {
    matches!(resource, MEMORY | "ephemeral-storage" | "storage") || resource.starts_with("hugepages-")
}

/// The amount of a resource, rounded up to whole units of [`Amounts`].
pub(crate) fn amount_of(resource: &str, node: &Node) -> Result<u64, InputError> {
    match resource {
        CPU => cpu_millis(node),
        resource if is_in_bytes(resource) => memory_bytes(node),
        PODS => pieces(node, "a number of pods"),
        _ => pieces(node, &format!("a number of {resource}")),
    }
}

/// A number of things, which the API keeps as an amount like any other.
fn pieces(node: &Node, expected: &str) -> Result<u64, InputError> {
    const NANO: u128 = 1_000_000_000;
    let whole = amount(node).ok().and_then(|nanos| u64::try_from(nanos.div_ceil(NANO)).ok());
    whole.ok_or_else(|| node.wrong(expected))
}

/// An amount as the API writes it.
pub(crate) fn written(resource: &str, amount: u64) -> String {
    let units: &[(u64, &str)] = match resource {
        _ if amount == 0 => &[(1, "")],
        CPU => &[(1000, ""), (1, "m")],
        resource if is_in_bytes(resource) => &[(1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"), (1, "")],
        _ => &[(1, "")],
    };
    let fitting = units.iter().find(|(unit, _)| amount.is_multiple_of(*unit));
    fitting.map_or(amount.to_string(), |(unit, suffix)| format!("{}{suffix}", amount / unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    fn amounts(text: &str) -> Amounts {
        Amounts::read(&node(text).map().unwrap()).unwrap()
    }

    #[test]
    fn every_resource_has_its_unit() {
        let read = amounts(
            "{cpu: 1500m, memory: 1Ki, hugepages-2Mi: 4Mi, ephemeral-storage: 1k, nvidia.com/gpu: '2', pods: 9, x: ~}",
        );
        let expected = Amounts::from([
            (CPU, 1500),
            (MEMORY, 1024),
            ("hugepages-2Mi", 4 << 20),
            ("ephemeral-storage", 1000),
            ("nvidia.com/gpu", 2),
            (PODS, 9),
        ]);
        assert_eq!(read, expected);
        for (resource, amount, text) in
            [(CPU, 1500, "1500m"), (CPU, 2000, "2"), (MEMORY, 3 << 29, "1536Mi"), ("a/b", 1024, "1024"), (CPU, 0, "0")]
        {
            assert_eq!(written(resource, amount), text);
        }
        let wrong = Amounts::read(&node("{nvidia.com/gpu: many}").map().unwrap()).unwrap_err();
        assert!(wrong.message.contains("expected a number of nvidia.com/gpu, found `many`"), "{}", wrong.message);
    }

    #[test]
    fn amounts_are_added_raised_and_filled_by_name() {
        let (mut sum, mut most, mut filled) =
            (amounts("{cpu: 1}"), amounts("{cpu: 1, memory: 9}"), amounts("{cpu: 0}"));
        let other = amounts("{cpu: 2, memory: 4, a/b: 1}");
        sum.add(&other);
        most.raise(&other);
        filled.fill(&other);
        assert_eq!(sum, amounts("{cpu: 3, memory: 4, a/b: 1}"));
        assert_eq!(most, amounts("{cpu: 2, memory: 9, a/b: 1}"));
        assert_eq!(filled, amounts("{cpu: 0, memory: 4, a/b: 1}"));
        assert_eq!((filled.written(CPU), filled.written("pods"), filled.get("pods")), (Some(0), None, 0));
    }
}
