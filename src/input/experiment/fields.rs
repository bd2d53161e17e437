//! The keys of a map of the experiment, with the defaults of the table in place of those that are not written.

use crate::distribution::Distribution;
use crate::input::experiment::distribution::distribution;
use crate::input::keys::defaults::Defaults;
use crate::input::keys::key::Section;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::files::Files;
use crate::input::tree::quantity::{duration, share};
use crate::input::tree::yaml::Node;
use crate::time::SimDuration;

/// What readers of an experiment share.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) defaults: &'a Defaults,
    pub(crate) files: &'a Files,
}

/// A map of the experiment, or its absence, where all keys have their defaults.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    map: Option<Map<'a>>,
    section: &'static Section,
    /// Path of the map from the top of the experiment.
    path: &'static str,
    context: Context<'a>,
}

impl<'a> Fields<'a> {
    /// Refuses keys that are not of `section`.
    pub(crate) fn read(
        map: Option<Map<'a>>,
        section: &'static Section,
        path: &'static str,
        context: Context<'a>,
    ) -> Result<Self, InputError> {
        let map = map.map(|map| map.of(section)).transpose()?;
        Ok(Self { map, section, path, context })
    }

    /// The map under a key, if it is there and not `none`.
    pub(crate) fn part(
        &self,
        key: &str,
        section: &'static Section,
        path: &'static str,
    ) -> Result<Option<Self>, InputError> {
        match self.get(key) {
            Some(node) if node.plain_text() != Some("none") => {
                Self::read(Some(node.map()?), section, path, self.context).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The map itself, where it is written.
    pub(crate) fn map(&self) -> Option<Map<'a>> {
        self.map
    }

    /// An error about the map as a whole.
    pub(crate) fn error(&self, message: &str) -> InputError {
        self.map.map_or_else(|| InputError::new(format!("{}: {message}", self.path)), |map| map.at.error(message))
    }

    /// What is written under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        debug_assert!(self.section.key(key).is_some(), "{}.{key} has no row in the table of keys", self.path);
        self.map.and_then(|map| map.get(key))
    }

    /// What is written under a key that must be written.
    pub(crate) fn require(&self, key: &str) -> Result<&'a Node, InputError> {
        self.map.ok_or_else(|| self.error("is missing: add it"))?.require(key)
    }

    /// What is written under a key, or its default.
    pub(crate) fn or_default(&self, key: &str) -> &'a Node {
        self.get(key).unwrap_or_else(|| self.context.defaults.get(&format!("{}.{key}", self.path)))
    }

    /// A length of time that varies.
    pub(crate) fn distribution(&self, key: &str) -> Result<Distribution, InputError> {
        distribution(self.or_default(key), self.context.files)
    }

    /// A length of time.
    pub(crate) fn duration(&self, key: &str) -> Result<SimDuration, InputError> {
        duration(self.or_default(key))
    }

    /// A share from 0 to 1.
    pub(crate) fn share(&self, key: &str) -> Result<f64, InputError> {
        share(self.or_default(key))
    }

    /// A whole number within the bounds of the key.
    pub(crate) fn whole(&self, key: &str) -> Result<u64, InputError> {
        self.whole_in(key, self.or_default(key))
    }

    /// The whole number `node` within the bounds of the key.
    pub(crate) fn whole_in(&self, key: &str, node: &Node) -> Result<u64, InputError> {
        let (least, most) = self.section.bounds(key);
        node.integer(least, most)
    }
}
