//! The paths of all keys from the top of an experiment, and the keys that a sweep may set.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::key::{Key, Section};
use super::root::ROOT;

/// Paths of all keys, each with its row. Keys inside distributions and lists are not among them, nor those of `pods.old` and
/// `pods.new`, which are those of `pods`.
pub(crate) fn paths() -> Vec<(String, &'static Key)> {
    let mut found = Vec::new();
    below(&ROOT, "", &mut found);
    found
}

/// What sentences call the value of the key at a path.
pub(crate) fn noun(path: &str) -> Option<&'static str> {
    static NOUNS: LazyLock<BTreeMap<String, &'static str>> =
        LazyLock::new(|| paths().into_iter().filter_map(|(path, key)| Some((path, key.noun?))).collect());
    NOUNS.get(path).copied()
}

/// The keys that may differ from scenario to scenario.
pub(crate) fn swept() -> Vec<&'static str> {
    ROOT.keys().filter(|key| key.swept).map(|key| key.name).collect()
}

fn below(section: &Section, above: &str, found: &mut Vec<(String, &'static Key)>) {
    for key in section.keys() {
        let path = if above.is_empty() { key.name.to_owned() } else { format!("{above}.{}", key.name) };
        found.push((path.clone(), key));
        key.form.inside().into_iter().for_each(|inside| below(inside, &path, found));
    }
}
