//! Kubernetes objects in documents: lists are opened, and names and namespaces read.

use crate::input::kubernetes::other_files::other_file;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::{Node, Value};

/// Whether documents are Kubernetes objects, or lists of them, rather than an experiment.
pub(crate) fn is_manifest(documents: &[Node]) -> bool {
    let is_experiment = |node: &Node| node.map().is_ok_and(|map| map.get("deployment").is_some());
    let is_array = |node: &Node| node.list().is_ok_and(|items| items.iter().all(|item| item.text().is_err()));
    let is_object =
        |node: &Node| is_array(node) || node.map().is_ok_and(|map| map.get("kind").is_some() || is_bare_list(&map));
    documents.iter().any(is_object) && !documents.first().is_some_and(is_experiment)
}

/// A List that does not say so, as some dumps have it.
fn is_bare_list(map: &Map<'_>) -> bool {
    map.get("kind").is_none() && map.get("items").is_some_and(|items| items.list().is_ok())
}

/// The objects of `documents`, lists opened, each with its kind.
pub(crate) fn objects(documents: &[Node]) -> Result<Vec<(&str, &Node)>, InputError> {
    let mut found = Vec::new();
    documents.iter().try_for_each(|document| open(document, None, &mut found))?;
    Ok(found)
}

/// Adds an object to `found`, or the items of a list of objects.
fn open<'n>(node: &'n Node, of_list: Option<&'n str>, found: &mut Vec<(&'n str, &'n Node)>) -> Result<(), InputError> {
    match &node.value {
        Value::Null => return Ok(()),
        // What `jq .items` leaves of a List.
        Value::List(items) => return items.iter().try_for_each(|item| open(item, of_list, found)),
        _ => {}
    }
    let object = node.map().map_err(|_| node.wrong("a Kubernetes object with apiVersion and kind"))?;
    let kind = match (object.read("kind", Node::text)?, of_list) {
        (Some(kind), _) | (None, Some(kind)) => kind,
        (None, None) if is_bare_list(&object) => "List",
        (None, None) => {
            let known = other_file(&object, object.at.file());
            let message = known.unwrap_or_else(|| "no `kind` here: a manifest is made of Kubernetes objects".into());
            return Err(object.at.error(message));
        }
    };
    if let Some(item) = kind.strip_suffix("List").filter(|_| object.get("items").is_some()) {
        let of_list = (!item.is_empty()).then_some(item);
        return object.list("items")?.iter().try_for_each(|item| open(item, of_list, found));
    }
    found.push((kind, node));
    Ok(())
}

/// The namespace of an object, `default` where none is written.
pub(crate) fn namespace_of<'a>(object: &Map<'a>) -> Result<&'a str, InputError> {
    let metadata = object.map("metadata")?;
    let namespace = metadata.map(|map| map.read("namespace", Node::text)).transpose()?.flatten();
    Ok(namespace.filter(|name| !name.is_empty()).unwrap_or("default"))
}

/// The name of an object, where it is written.
pub(crate) fn name_of<'a>(object: &Map<'a>) -> Option<&'a str> {
    object.get("metadata")?.map().ok()?.get("name")?.text().ok()
}

/// The objects of a namespace.
pub(crate) fn in_namespace<'n>(nodes: &'n [Node], namespace: &str) -> Result<Vec<&'n Node>, InputError> {
    let mut found = Vec::new();
    for node in nodes {
        if namespace_of(&node.map()?)? == namespace {
            found.push(node);
        }
    }
    Ok(found)
}

/// Kind, namespace and name of an object.
pub(crate) fn title(kind: &str, node: &Node) -> Result<String, InputError> {
    let object = node.map()?;
    let name = name_of(&object).unwrap_or_default();
    let namespace = object.map("metadata")?.and_then(|metadata| metadata.get("namespace"));
    Ok(match namespace.and_then(|namespace| namespace.text().ok()) {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    })
}
