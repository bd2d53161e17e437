//! Every default of an experiment, from the rows of the keys. Readers take their defaults from here.
//!
//! The defaults of Deployment and probe fields are those of the Kubernetes API; their readers apply them.

use std::rc::Rc;
use std::sync::LazyLock;

use super::key::{Given, Key};
use super::paths::paths;

use crate::input::tree::error::InputError;
use crate::input::tree::quantity::seconds;
use crate::input::tree::yaml::{Node, Source, documents};

/// One default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Default {
    /// Path of the field in an experiment; those in brackets are parts of a rule and cannot be set.
    pub field: String,
    /// Its value, as it would be written.
    pub value: &'static str,
    /// Where the value comes from.
    pub source: &'static str,
}

/// Every default, in the order of the experiment file.
pub static TABLE: LazyLock<Vec<Default>> = LazyLock::new(table);

fn table() -> Vec<Default> {
    let row = |field: &str, given: &Given| Default { field: field.into(), value: given.value, source: given.source };
    let of_key = |(path, key): (String, &'static Key)| {
        let more = key.more.iter().map(|(field, given)| row(field, given));
        key.default.iter().map(|given| row(&path, given)).chain(more).collect::<Vec<_>>()
    };
    paths().into_iter().flat_map(of_key).collect()
}

/// The table, read.
pub(crate) struct Defaults {
    nodes: Vec<(&'static str, Node)>,
    nothing: Node,
}

impl Defaults {
    /// Reads the table.
    pub(crate) fn read() -> Result<Self, InputError> {
        let mut nodes = Vec::new();
        for default in TABLE.iter() {
            nodes.push((default.field.as_str(), parse(default.value)?));
        }
        Ok(Self { nodes, nothing: parse("none")? })
    }

    /// The default of a field.
    pub(crate) fn get(&self, field: &str) -> &Node {
        self.nodes.iter().find(|(name, _)| *name == field).map_or(&self.nothing, |(_, node)| node)
    }

    /// Seconds that pulling `bytes` takes at `per_second` bytes: the fixed part, the median of the rest, and its sigma.
    pub(crate) fn pull(&self, bytes: u64, per_second: u64) -> Result<(f64, f64, f64), InputError> {
        let fixed = seconds(self.get("[pull: fixed part]"))?;
        Ok((fixed, bytes as f64 / per_second as f64, self.get("[pull: sigma]").number()?))
    }
}

fn parse(text: &str) -> Result<Node, InputError> {
    let source = Rc::new(Source { name: "defaults".into(), text: text.into() });
    documents(&source)?.into_iter().next().ok_or_else(|| InputError::new("a default is empty"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_field_stands_once_with_a_source() {
        let fields: BTreeSet<&str> = TABLE.iter().map(|default| default.field.as_str()).collect();
        assert_eq!(fields.len(), TABLE.len());
        assert!(TABLE.iter().all(|default| !default.source.is_empty()));
    }

    #[test]
    fn pulls_scale_with_the_image() {
        let (fixed, median, sigma) = Defaults::read().unwrap().pull(150_000_000, 40_000_000).unwrap();
        assert_eq!((fixed, median, sigma), (0.4, 3.75, 0.7));
    }
}
