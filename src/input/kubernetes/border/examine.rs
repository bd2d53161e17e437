//! What a tree of the input holds that the table has as not modelled, as a reference, or not at all.

use std::collections::BTreeSet;

use super::table::{Field, Gap, Object, Rule, Standing};
use super::unmodelled::Unmodelled;
use crate::input::tree::yaml::{At, Node, Value};

/// What was found in an object.
#[derive(Debug, Default)]
pub(crate) struct Examined<'n> {
    /// Fields that are set and not modelled.
    pub(crate) gaps: Vec<UnmodelledField>,
    /// Objects that are named and taken to exist.
    pub(crate) references: BTreeSet<Reference>,
    /// Keys that the API does not know.
    pub(crate) unknown: Vec<Unknown<'n>>,
}

/// A field that is set and not modelled.
#[derive(Debug)]
pub(crate) struct UnmodelledField {
    /// Path without the numbers of list items.
    pub(crate) path: String,
    pub(crate) gap: Gap,
}

/// An object that another one names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
}

/// A key that is no field of the API.
#[derive(Debug)]
pub(crate) struct Unknown<'n> {
    /// Path of the map that it is in.
    pub(crate) path: String,
    pub(crate) key: &'n str,
    pub(crate) at: &'n At,
    pub(crate) object: &'static Object,
}

impl UnmodelledField {
    /// The report on it, for an object called `object`.
    pub(crate) fn report(&self, object: &str) -> Unmodelled {
        self.gap.report(&self.path, object)
    }
}

/// Holds `node` against the table of `object`; `path` is where it stands, empty for a whole object.
pub(crate) fn examine<'n>(node: &'n Node, object: &'static Object, path: &str) -> Examined<'n> {
    let mut examined = Examined::default();
    examined.object(node, object, path);
    examined
}

impl<'n> Examined<'n> {
    fn object(&mut self, node: &'n Node, object: &'static Object, path: &str) {
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| self.object(item, object, path)),
            Value::Map(entries) => {
                for entry in entries {
                    match object.field(&entry.key) {
                        Some(field) => self.field(&entry.value, field, &below(path, &entry.key)),
                        None => {
                            self.unknown.push(Unknown { path: path.into(), key: &entry.key, at: &entry.at, object })
                        }
                    }
                }
            }
            Value::Null | Value::Scalar(_) => {}
        }
    }

    fn field(&mut self, node: &'n Node, field: &'static Field, path: &str) {
        match &field.rule {
            Rule::Inner(object) => self.object(node, object, path),
            Rule::Whole(standing) => self.standing(node, standing, path),
            Rule::Keys(keys) => {
                let Value::Map(entries) = &node.value else { return };
                for entry in entries {
                    if let Some(key) = keys.iter().find(|key| key.matches(&entry.key)) {
                        self.standing(&entry.value, &key.standing, &below(path, &entry.key));
                    }
                }
            }
        }
    }

    fn standing(&mut self, node: &'n Node, standing: &'static Standing, path: &str) {
        match standing {
            Standing::Modelled | Standing::ModelledBy { .. } | Standing::Harmless(_) => {}
            Standing::Refers { kind, name } => self.refer(node, kind, name),
            Standing::Gap(gap) | Standing::ModelledWhere { gap, .. } => {
                if is_set(node, gap.unless) {
                    self.gaps.push(UnmodelledField { path: path.into(), gap: *gap });
                }
            }
        }
    }

    fn refer(&mut self, node: &'n Node, kind: &'static str, field: &str) {
        let node = match &node.value {
            Value::List(items) => return items.iter().for_each(|item| self.refer(item, kind, field)),
            Value::Map(_) => {
                let Ok(map) = node.map() else { return };
                let optional = map.get("optional").is_some_and(|optional| optional.bool() == Ok(true));
                let Some(name) = map.get(field).filter(|_| !optional) else { return };
                name
            }
            Value::Null | Value::Scalar(_) => node,
        };
        let name = node.text().unwrap_or_default();
        // The API server makes the account `default` in every namespace.
        if !name.is_empty() && (kind, name) != ("ServiceAccount", "default") {
            self.references.insert(Reference { kind, name: name.into() });
        }
    }
}

/// Whether a value has an effect: it is not null, empty or one of `unless`.
fn is_set(node: &Node, unless: &[&str]) -> bool {
    match &node.value {
        Value::Null => false,
        Value::Scalar(scalar) => !scalar.text.is_empty() && !unless.contains(&scalar.text.as_str()),
        Value::List(items) => !items.is_empty(),
        Value::Map(_) => true,
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.into() } else { format!("{path}.{key}") }
}
