//! Fields that must be there, and values of the right type.

use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::fields::Map;
use crate::input::tree::near::unknown;
use crate::input::tree::plain;
use crate::input::tree::yaml::Node;

/// What to do where the object is a part of one.
pub(super) const FRAGMENT: &str = "the API server refuses an object without it. A patch or fragment is no workload: give rollcast \
    what `kustomize build` makes, `kubectl kustomize DIRECTORY | rollcast run -`";

/// The error that a field which makes a workload is not there.
pub(super) fn missing(map: &Map<'_>, field: &str) -> InputError {
    map.at.error(format!("{field} is missing: {FRAGMENT}"))
}

/// A field that must be there.
pub(super) fn required<'a>(map: &Map<'a>, field: &str, path: &str) -> Result<&'a Node, InputError> {
    map.get(field).ok_or_else(|| map.at.error(format!("{path}.{field} is missing: add it, the API server requires it")))
}

pub(super) fn one_of(node: &Node, path: &str, words: &[&str]) -> Result<(), InputError> {
    let word = node.text()?;
    // What is written as nothing gets its default, except where a word must be chosen.
    let defaulted = word.is_empty() && !path.ends_with("whenUnsatisfiable") && !path.ends_with("operator");
    if defaulted || words.contains(&word) { Ok(()) } else { Err(node.at.error(unknown(path, word, words))) }
}

/// Text, which a number or a boolean without quotes is not.
pub(super) fn string<'a>(node: &'a Node, path: &str) -> Result<&'a str, InputError> {
    let text = node.text().map_err(|error| InputError { message: format!("{path}: {}", error.message), ..error })?;
    if node.plain_text().is_some_and(|text| !plain::is_string(text)) {
        let message =
            format!("{path} is {} without quotes, which is no text to the API server: write \"{text}\"", quoted(text));
        return Err(node.at.error(message));
    }
    Ok(text)
}
