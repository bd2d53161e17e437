//! The border of the model: every field of the objects that rollcast reads, and what becomes of it.
//!
//! One table, by the API's own types (k8s-openapi, Kubernetes 1.37, which has all fields of 1.36): a field is *modelled*,
//! or it *cannot change a rollout* and the row says why, or it is *not modelled* and the row says in which direction the
//! answer may then be wrong. A test walks the API's schemas, so that no field can be missing, and writes the table out as
//! `docs/border.md`.

mod autoscaling;
mod container;
mod deployment;
mod examine;
mod node;
mod pod;
mod quota;
mod unknown;
mod unmodelled;
mod volume;

pub use unmodelled::{Direction, Unmodelled};

pub(crate) use autoscaling::{AUTOSCALER, BUDGET};
pub(crate) use deployment::{DEPLOYMENT, SPEC, STRATEGY};
pub(crate) use examine::{Examined, Found, Reference, examine};
pub(crate) use node::NODE;
pub(crate) use pod::DOMAINS;
#[cfg(test)]
use quota::LIMIT_RANGE;
pub(crate) use quota::{LIMIT_RANGE_ITEM, QUOTA};
pub(crate) use unknown::{only_known, only_known_in_strategy, remove_unknown, slips, unknown_field};
pub(crate) use volume::CLAIM;

#[cfg(test)]
mod tests;

/// An object of the API, and what becomes of each of its fields.
#[derive(Debug)]
pub(crate) struct Object {
    /// Its name in the API, such as `Container`. Where the API uses one type in several places with different meanings,
    /// several objects here have the same name.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test compares it with the API and writes docs/border.md"))]
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [Field],
}

/// A field and its row.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) rule: Rule,
}

/// Where the answer for a field stands.
#[derive(Debug)]
pub(crate) enum Rule {
    /// In the table of the object under it; a list holds such objects.
    Inner(&'static Object),
    /// Here, for the field and all that is below it.
    Whole(Standing),
    /// Here, by the key of a map whose keys are free, such as resources and annotations.
    Keys(&'static [Key]),
}

/// The standing of the keys of a free map that match.
#[derive(Debug)]
pub(crate) struct Key {
    /// The key; a `*` at its end stands for any ending.
    pub(crate) pattern: &'static str,
    pub(crate) standing: Standing,
}

/// What becomes of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Standing {
    Modelled,
    /// It cannot change a rollout, and why.
    Harmless(#[cfg_attr(not(test), expect(dead_code, reason = "a test writes it to docs/border.md"))] &'static str),
    /// It names another object, which is taken to exist: its kind, and the field below that holds the name (empty: the field
    /// itself).
    Refers {
        kind: &'static str,
        name: &'static str,
    },
    Gap(Gap),
}

/// What the answer lacks because a field is not modelled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gap {
    /// What Kubernetes does with the field, and the forecast does not.
    pub(crate) effect: &'static str,
    pub(crate) direction: Direction,
    /// It alone can turn the answer around: a rollout that completes in the forecast may never complete, or the reverse.
    pub(crate) decides: bool,
    /// Values that change nothing.
    pub(crate) unless: &'static [&'static str],
}

const fn row(name: &'static str, rule: Rule) -> Field {
    Field { name, rule }
}

const fn modelled(name: &'static str) -> Field {
    row(name, Rule::Whole(Standing::Modelled))
}

const fn harmless(name: &'static str, why: &'static str) -> Field {
    row(name, Rule::Whole(Standing::Harmless(why)))
}

const fn inner(name: &'static str, object: &'static Object) -> Field {
    row(name, Rule::Inner(object))
}

const fn keys(name: &'static str, keys: &'static [Key]) -> Field {
    row(name, Rule::Keys(keys))
}

const fn key(pattern: &'static str, standing: Standing) -> Key {
    Key { pattern, standing }
}

const fn refers(name: &'static str, kind: &'static str, field: &'static str) -> Field {
    row(name, Rule::Whole(Standing::Refers { kind, name: field }))
}

/// A field that can turn the answer around.
const fn decides(name: &'static str, effect: &'static str) -> Field {
    decides_unless(name, effect, &[])
}

const fn decides_unless(name: &'static str, effect: &'static str, unless: &'static [&'static str]) -> Field {
    row(name, Rule::Whole(Standing::Gap(Gap { effect, direction: Direction::TooGood, decides: true, unless })))
}

/// A field that can move the answer, but not turn it around.
const fn moves(name: &'static str, direction: Direction, effect: &'static str) -> Field {
    moves_unless(name, direction, effect, &[])
}

const fn moves_unless(
    name: &'static str,
    direction: Direction,
    effect: &'static str,
    unless: &'static [&'static str],
) -> Field {
    row(name, Rule::Whole(Standing::Gap(Gap { effect, direction, decides: false, unless })))
}

/// A resource that the scheduler or an admission counts and the forecast does not.
const fn uncounted(effect: &'static str) -> Standing {
    Standing::Gap(Gap { effect, direction: Direction::TooGood, decides: true, unless: &["0"] })
}

impl Gap {
    /// As it is told, of the field at `path` in an object called `object`.
    pub(crate) fn told(&self, path: &str, object: &str) -> Unmodelled {
        Unmodelled::new(object, path, self.effect.into(), self.direction, self.decides)
    }
}

impl Object {
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.fields.iter().map(|field| field.name).collect()
    }
}

impl Key {
    pub(crate) fn matches(&self, key: &str) -> bool {
        match self.pattern.strip_suffix('*') {
            Some(start) => key.starts_with(start),
            None => key == self.pattern,
        }
    }
}
