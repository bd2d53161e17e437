//! The fields that an object of the input sets, each with what it means to the forecast.

use super::table::{Field, Object, Rule, Standing};
use crate::input::tree::yaml::{Node, Value};

/// What a field of the input means to the forecast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// The forecast uses it.
    Used,
    /// It cannot change a rollout.
    Harmless,
    /// It may change a rollout, and the forecast does not use it.
    Unmodelled {
        /// What Kubernetes does with it, and the forecast does not.
        effect: String,
        /// Whether it alone can turn the answer around.
        decides: bool,
    },
    /// The forecast does not read the object that it stands in.
    Unread,
}

/// A field and its value on one line.
pub(crate) type Leaf = (String, String, Role);

/// A value of more characters than this is shown field by field.
const ONE_LINE: usize = 60;

/// The fields that `node` sets, as `object` of the table has them. Items of lists are named by their `name`, else by their place.
pub(crate) fn leaves(node: &Node, object: &'static Object) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    walk(node, &Here::Object(object), "", &mut leaves);
    leaves
}

/// The fields below `node`, all of this role.
pub(crate) fn leaves_of(node: &Node, role: Role) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    walk(node, &Here::Role(role), "", &mut leaves);
    leaves
}

enum Here {
    Object(&'static Object),
    Role(Role),
}

fn walk(node: &Node, here: &Here, path: &str, leaves: &mut Vec<Leaf>) {
    let role = match here {
        Here::Object(_) => Role::Unread,
        Here::Role(role) => role.clone(),
    };
    match &node.value {
        Value::Null => {}
        Value::Scalar(scalar) => leaves.push((path.into(), scalar.text.clone(), role)),
        Value::List(items) => {
            if items.iter().all(|item| matches!(item.value, Value::Scalar(_))) {
                return leaves.push((path.into(), node.flow(), role));
            }
            for (place, item) in items.iter().enumerate() {
                walk(item, here, &format!("{path}[{}]", name(item, place, items)), leaves);
            }
        }
        Value::Map(entries) => {
            let flow = node.flow();
            if matches!(here, Here::Role(_)) && !path.is_empty() && flow.chars().count() <= ONE_LINE {
                return leaves.push((path.into(), flow, role));
            }
            for entry in entries {
                let below = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
                match here {
                    Here::Role(role) => walk(&entry.value, &Here::Role(role.clone()), &below, leaves),
                    Here::Object(object) => match object.field(&entry.key) {
                        Some(field) => by_rule(&entry.value, field, &below, leaves),
                        None => walk(&entry.value, &Here::Role(Role::Unread), &below, leaves),
                    },
                }
            }
        }
    }
}

fn by_rule(node: &Node, field: &'static Field, path: &str, leaves: &mut Vec<Leaf>) {
    match &field.rule {
        Rule::Inner(object) => walk(node, &Here::Object(object), path, leaves),
        Rule::Whole(standing) => walk(node, &Here::Role(role(standing)), path, leaves),
        Rule::Keys(keys) => {
            let Value::Map(entries) = &node.value else { return };
            for entry in entries {
                let known = keys.iter().find(|key| key.matches(&entry.key));
                let role = known.map_or(Role::Unread, |key| role(&key.standing));
                walk(&entry.value, &Here::Role(role), &format!("{path}.{}", entry.key), leaves);
            }
        }
    }
}

fn role(standing: &Standing) -> Role {
    match standing {
        Standing::Modelled | Standing::ModelledBy { .. } | Standing::ModelledWhere { .. } => Role::Used,
        Standing::Harmless(_) | Standing::Refers { .. } => Role::Harmless,
        Standing::Gap(gap) => Role::Unmodelled { effect: gap.effect.into(), decides: gap.decides },
    }
}

/// The name of a list's item where no other item has it, else its place from 0.
fn name(item: &Node, place: usize, items: &[Node]) -> String {
    let name_of = |item: &Node| item.map().ok()?.get("name")?.text().ok().map(str::to_owned);
    match name_of(item) {
        Some(name) if items.iter().filter(|other| name_of(other).as_ref() == Some(&name)).count() == 1 => name,
        _ => place.to_string(),
    }
}
