//! What objects of a snapshot have in common: numbers that the API leaves out when they are 0, owners, labels, instants.

use crate::input::kubernetes::label_selector::text;
use crate::input::tables::instant::instant;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;

/// A number that the API leaves out when it is 0.
pub(super) fn count(map: &Map<'_>, key: &str) -> Result<u32, InputError> {
    let read = map.read(key, |node| node.integer(0, u64::from(u32::MAX)))?;
    Ok(read.and_then(|number| u32::try_from(number).ok()).unwrap_or(0))
}

/// An instant in whole seconds since 1970.
pub(super) fn at(map: &Map<'_>, key: &str) -> Result<Option<i64>, InputError> {
    map.read(key, instant)
}

/// Text that is owned.
pub(super) fn owned(map: &Map<'_>, key: &str) -> String {
    text(map, key).unwrap_or_default().to_owned()
}

/// The value of a label or an annotation.
pub(super) fn mark<'a>(metadata: &Map<'a>, part: &str, key: &str) -> Option<&'a str> {
    text(&metadata.map(part).ok()??, key)
}

/// The owner that controls an object: its uid and its name.
pub(super) fn controller<'a>(metadata: &Map<'a>) -> Option<(&'a str, &'a str)> {
    let owners = metadata.list("ownerReferences").ok()?;
    let owners = owners.iter().filter_map(|owner| owner.map().ok());
    let mut controlling = owners.filter(|owner| text(owner, "controller") == Some("true"));
    let owner = controlling.next()?;
    Some((text(&owner, "uid")?, text(&owner, "name")?))
}
