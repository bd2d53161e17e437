//! The types of the table, and one short constructor for each kind of row.

use super::unmodelled::{Direction, Unmodelled};

/// An object of the API, and for each of its fields whether the forecast uses it.
#[derive(Debug)]
pub(crate) struct Object {
    /// Its name in the API, such as `Container`. Where the API uses one type in several places with different meanings,
    /// several objects here have the same name.
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [Field],
    /// The object that has the rows of all other fields.
    like: Option<&'static Self>,
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

/// Whether the forecast uses a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Standing {
    Modelled,
    /// It is modelled by this rule of Kubernetes (upstream file and function), which this test holds (file and function).
    #[cfg_attr(not(test), expect(dead_code, reason = "a test writes it to docs/reference/border.md"))]
    ModelledBy {
        rule: &'static str,
        test: &'static str,
    },
    /// The same where the input says what is needed for it, and otherwise a gap, which the reader of the experiment drops
    /// where it is not one.
    ModelledWhere {
        #[cfg_attr(not(test), expect(dead_code, reason = "a test writes it to docs/reference/border.md"))]
        known: &'static str,
        #[cfg_attr(not(test), expect(dead_code, reason = "a test writes it to docs/reference/border.md"))]
        rule: &'static str,
        #[cfg_attr(not(test), expect(dead_code, reason = "a test writes it to docs/reference/border.md"))]
        test: &'static str,
        gap: Gap,
    },
    /// It cannot change a rollout, and why.
    Harmless(
        #[cfg_attr(not(test), expect(dead_code, reason = "a test writes it to docs/reference/border.md"))] &'static str,
    ),
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

pub(super) const fn row(name: &'static str, rule: Rule) -> Field {
    Field { name, rule }
}

pub(super) const fn modelled(name: &'static str) -> Field {
    row(name, Rule::Whole(Standing::Modelled))
}

/// A field that is modelled by an upstream rule (`file: function`) that a test here holds (`file: function`).
pub(super) const fn modelled_by(name: &'static str, rule: &'static str, test: &'static str) -> Field {
    row(name, Rule::Whole(Standing::ModelledBy { rule, test }))
}

pub(super) const fn harmless(name: &'static str, why: &'static str) -> Field {
    row(name, Rule::Whole(Standing::Harmless(why)))
}

pub(super) const fn inner(name: &'static str, object: &'static Object) -> Field {
    row(name, Rule::Inner(object))
}

pub(super) const fn keys(name: &'static str, keys: &'static [Key]) -> Field {
    row(name, Rule::Keys(keys))
}

pub(super) const fn key(pattern: &'static str, standing: Standing) -> Key {
    Key { pattern, standing }
}

pub(super) const fn refers(name: &'static str, kind: &'static str, field: &'static str) -> Field {
    row(name, Rule::Whole(Standing::Refers { kind, name: field }))
}

/// A field that can turn the answer around.
pub(super) const fn decides(name: &'static str, effect: &'static str) -> Field {
    decides_unless(name, effect, &[])
}

pub(super) const fn decides_unless(name: &'static str, effect: &'static str, unless: &'static [&'static str]) -> Field {
    row(name, Rule::Whole(Standing::Gap(Gap { effect, direction: Direction::TooGood, decides: true, unless })))
}

/// A field that can move the answer, but not turn it around.
pub(super) const fn moves(name: &'static str, direction: Direction, effect: &'static str) -> Field {
    moves_unless(name, direction, effect, &[])
}

pub(super) const fn moves_unless(
    name: &'static str,
    direction: Direction,
    effect: &'static str,
    unless: &'static [&'static str],
) -> Field {
    row(name, Rule::Whole(Standing::Gap(Gap { effect, direction, decides: false, unless })))
}

impl Gap {
    /// The report on the field at `path` in an object called `object`.
    pub(crate) fn report(&self, path: &str, object: &str) -> Unmodelled {
        Unmodelled::new(object, path, self.effect.into(), self.direction, self.decides)
    }
}

impl Object {
    pub(super) const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        Self { name, fields, like: None }
    }

    /// The same fields as `like`, except that `fields` have rows of their own.
    pub(super) const fn like(like: &'static Self, fields: &'static [Field]) -> Self {
        Self { name: like.name, fields, like: Some(like) }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        let own = self.fields.iter().find(|field| field.name == name);
        own.or_else(|| self.like.and_then(|like| like.field(name)))
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.like.unwrap_or(self).fields.iter().map(|field| field.name).collect()
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
