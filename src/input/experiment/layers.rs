//! The keys of one version of the pods, which stand in several maps: the first that has a key wins.

use crate::distribution::Distribution;
use crate::input::experiment::distribution::distribution;
use crate::input::experiment::fields::Context;
use crate::input::keys::distributions::DISTRIBUTION;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::{duration, share};
use crate::input::tree::yaml::{Node, Value};
use crate::time::SimDuration;

/// The maps, the one that wins first, and the defaults of all keys.
#[derive(Clone, Copy)]
pub(super) struct Layers<'l, 'a> {
    pub(super) maps: &'l [Option<Map<'a>>],
    pub(super) context: Context<'a>,
}

impl<'a> Layers<'_, 'a> {
    /// What is written under a key.
    pub(super) fn field(&self, key: &str) -> Option<&'a Node> {
        self.maps.iter().flatten().find_map(|map| map.get(key))
    }

    /// What is written under a key, or its default.
    pub(super) fn or_default(&self, key: &str) -> &'a Node {
        self.field(key).unwrap_or_else(|| self.default(key))
    }

    /// The default of a key.
    pub(super) fn default(&self, key: &str) -> &'a Node {
        self.context.defaults.get(&format!("pods.{key}"))
    }

    /// A length of time that varies.
    pub(super) fn time(&self, key: &str) -> Result<Distribution, InputError> {
        distribution(self.or_default(key), self.context.files)
    }

    /// A length of time that varies; `None`: the key is not written.
    pub(super) fn written_time(&self, key: &str) -> Result<Option<Distribution>, InputError> {
        self.field(key).map(|node| distribution(node, self.context.files)).transpose()
    }

    /// A length of time.
    pub(super) fn length(&self, key: &str) -> Result<SimDuration, InputError> {
        duration(self.or_default(key))
    }

    /// A share from 0 to 1.
    pub(super) fn chance(&self, key: &str) -> Result<f64, InputError> {
        share(self.or_default(key))
    }

    /// What is written for one container, under its name or for all of them.
    pub(super) fn of_container(&self, key: &str, container: &str) -> Option<&'a Node> {
        let written = self.maps.iter().flatten().filter_map(|map| map.get(key));
        written.filter_map(|node| if is_by_name(node) { node.map().ok()?.get(container) } else { Some(node) }).next()
    }

    /// The names of containers that a key is written for.
    pub(super) fn containers(&self, key: &str) -> impl Iterator<Item = (&'a str, &'a Node)> {
        let written = self.maps.iter().flatten().filter_map(|map| map.get(key)).filter(|node| is_by_name(node));
        written.filter_map(|node| node.map().ok()).flat_map(|map| map.entries).map(|one| (&one.key[..], &one.value))
    }
}

/// Whether a value is a map of names of containers, and not a distribution.
fn is_by_name(node: &Node) -> bool {
    match &node.value {
        Value::Map(entries) => !entries.iter().any(|entry| DISTRIBUTION.key(&entry.key).is_some()),
        Value::Null | Value::Scalar(_) | Value::List(_) => false,
    }
}
