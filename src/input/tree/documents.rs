//! The documents of a text: of JSON by its own reader, of all else by the parser of YAML.

use std::rc::Rc;

use crate::input::tree::error::InputError;
use crate::input::tree::json::reader::{Most, read};
use crate::input::tree::json::unread::Unread;
use crate::input::tree::yaml::{self, MAX_NODES, Node, Source, Value};

/// The documents of a source; empty ones are left out. A stream of JSON values is as good as YAML documents.
///
/// # Errors
/// When it is no YAML, with its place.
pub(crate) fn documents(source: &Rc<Source>) -> Result<Vec<Node>, InputError> {
    json(source).map_or_else(|| yaml::documents(source), Ok)
}

/// The same of JSON; `None` where the text is none, or where something is wrong with it: the parser of YAML says what.
fn json(source: &Rc<Source>) -> Option<Vec<Node>> {
    if !source.text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let most = Most { objects: MAX_NODES, values: MAX_NODES };
    let mut documents = read(source, source.text.as_bytes(), &Unread::default(), most).ok()?;
    documents.retain(|node| !matches!(node.value, Value::Null));
    Some(documents)
}
