//! The `pods` of one workload, laid over those at the top.

use crate::input::tree::error::InputError;
use crate::input::tree::yaml::{Entry, Node, Value};

/// Versions that have keys of their own.
const VERSIONS: [&str; 2] = ["old", "new"];

/// Keys that say the same thing in two ways.
const ALIKE: [&str; 2] = ["pull", "imageSize"];

/// `top` with the keys of `own` in place of those that say the same.
pub(super) fn laid_over(top: Option<&Node>, own: Option<&Node>) -> Result<Option<Node>, InputError> {
    let (Some(top), Some(own)) = (top, own) else { return Ok(top.or(own).cloned()) };
    let (mut whole, own_map) = (top.clone(), own.map()?);
    top.map()?;
    let Value::Map(entries) = &mut whole.value else { return Ok(Some(whole)) };
    let (versions, both): (Vec<&Entry>, Vec<&Entry>) =
        own_map.entries.iter().partition(|entry| VERSIONS.contains(&entry.key.as_str()));
    for entry in both {
        // What holds for both versions of a workload stands in place of what the top says of either.
        for version in entries.iter_mut().filter(|one| VERSIONS.contains(&one.key.as_str())) {
            if let Value::Map(inside) = &mut version.value.value {
                take_away(inside, &entry.key);
            }
        }
        put(entries, entry);
    }
    for version in versions {
        match entries.iter_mut().find(|entry| entry.key == version.key) {
            Some(Entry { value: Node { value: Value::Map(inside), .. }, .. }) => {
                version.value.map()?.entries.iter().for_each(|entry| put(inside, entry));
            }
            _ => put(entries, version),
        }
    }
    Ok(Some(whole))
}

fn put(entries: &mut Vec<Entry>, entry: &Entry) {
    take_away(entries, &entry.key);
    entries.push(entry.clone());
}

fn take_away(entries: &mut Vec<Entry>, key: &str) {
    let alike = |other: &str| other == key || (ALIKE.contains(&key) && ALIKE.contains(&other));
    entries.retain(|entry| !alike(&entry.key));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    #[test]
    fn keys_of_a_workload_stand_in_place_of_those_at_the_top() {
        for (top, own, expected) in [
            ("{start: 1s, crash: 1%}", "{start: 2s}", "{crash: 1%, start: 2s}"),
            ("{start: 1s, new: {start: 3s, crash: 1%}}", "{start: 2s}", "{new: {crash: 1%}, start: 2s}"),
            ("{new: {start: 3s}}", "{new: {crash: 1%}}", "{new: {start: 3s, crash: 1%}}"),
            ("{start: 1s}", "{old: {start: 2s}}", "{start: 1s, old: {start: 2s}}"),
            ("{imageSize: 1GB}", "{pull: 2s}", "{pull: 2s}"),
        ] {
            let found = laid_over(Some(&node(top)), Some(&node(own))).unwrap().unwrap();
            assert_eq!(found.flow(), expected, "{top} and {own}");
        }
        assert!(laid_over(None, None).unwrap().is_none());
    }
}
