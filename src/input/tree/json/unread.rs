//! Fields of objects that nothing reads, so that large files need not be kept as a whole.

use std::collections::BTreeMap;

use crate::input::tree::yaml::{Node, Value};

/// What is not kept of objects, by their kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unread {
    of_all: Fields,
    of_kinds: BTreeMap<&'static str, Fields>,
    /// Of kinds that have no row.
    of_others: Fields,
}

/// Fields of a map that are not kept, and what is not kept inside those that are. Items of lists are as the list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    /// The only ones that are kept; empty: all but those below.
    only: &'static [&'static str],
    below: BTreeMap<&'static str, Option<Fields>>,
}

/// Fields of which kind of objects are left out.
pub(crate) struct Row {
    /// The kind; `*`: all.
    pub(crate) kind: &'static str,
    /// Paths of fields; items of lists have no part of their own.
    paths: Vec<Vec<&'static str>>,
}

impl Row {
    /// A row of several fields.
    pub(crate) fn new(kind: &'static str, paths: &[&[&'static str]]) -> Self {
        Self { kind, paths: paths.iter().map(|path| path.to_vec()).collect() }
    }

    /// A row of one field.
    pub(crate) fn of(kind: &'static str, path: Vec<&'static str>) -> Self {
        Self { kind, paths: vec![path] }
    }
}

impl Unread {
    /// Of kinds without a row only the fields `of_others` are kept.
    pub(crate) fn new(rows: &[Row], of_others: &'static [&'static str]) -> Self {
        let mut of_all = Fields::default();
        rows.iter().filter(|row| row.kind == "*").for_each(|row| of_all.add(&row.paths));
        let mut of_kinds = BTreeMap::new();
        for row in rows.iter().filter(|row| row.kind != "*") {
            of_kinds.entry(row.kind).or_insert_with(|| of_all.clone()).add(&row.paths);
        }
        let of_others = Fields { only: of_others, ..of_all.clone() };
        Self { of_all, of_kinds, of_others }
    }

    /// What is not kept of an object of `kind`; `None`: its kind is not known yet, or it is a list of objects.
    pub(crate) fn of(&self, kind: Option<&str>) -> &Fields {
        match kind {
            Some(kind) if !kind.ends_with("List") => self.of_kinds.get(kind).unwrap_or(&self.of_others),
            _ => &self.of_all,
        }
    }
}

impl Fields {
    fn add(&mut self, paths: &[Vec<&'static str>]) {
        paths.iter().for_each(|path| self.leave_out(path));
    }

    fn leave_out(&mut self, path: &[&'static str]) {
        match path {
            [] => {}
            [last] => drop(self.below.insert(last, None)),
            [key, rest @ ..] => {
                if let Some(below) = self.below.entry(key).or_insert_with(|| Some(Self::default())) {
                    below.leave_out(rest);
                }
            }
        }
    }

    /// What is not kept inside the field `key`; `None`: it is not kept itself.
    pub(crate) fn below(&self, key: &str) -> Option<&Self> {
        const ALL: &Fields = &Fields { only: &[], below: BTreeMap::new() };
        match self.below.get(key) {
            Some(fields) => fields.as_ref(),
            None if self.only.is_empty() || self.only.contains(&key) => Some(ALL),
            None => None,
        }
    }

    /// Whether all is kept.
    pub(crate) fn keep_all(&self) -> bool {
        self.only.is_empty() && self.below.is_empty()
    }

    /// Takes what is not kept out of `node`.
    pub(crate) fn remove_from(&self, node: &mut Node) {
        if self.keep_all() {
            return;
        }
        match &mut node.value {
            Value::List(items) => items.iter_mut().for_each(|item| self.remove_from(item)),
            Value::Map(entries) => entries.retain_mut(|entry| {
                let below = self.below(&entry.key);
                below.inspect(|below| below.remove_from(&mut entry.value)).is_some()
            }),
            _ => {}
        }
    }
}
