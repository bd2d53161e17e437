//! What a scenario rests on: every value that is written, and every default that counts where nothing is written.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::input::experiment::distribution::distribution;
use crate::input::experiment::fields::Context;
use crate::input::experiment::use_of_keys::Use;
use crate::input::keys::key::{Form, Given, Key, Section};
use crate::input::keys::paths::paths;
use crate::input::keys::root::ROOT;
use crate::input::premise::{Premise, PremiseSource};
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::{At, Node, Value};

/// A value that the scenario rests on, with the place of its key in the table of keys.
pub(crate) struct RankedPremise {
    pub(crate) rank: usize,
    pub(crate) premise: Premise,
}

/// Keys at the top that say what is run and asked, and not what the forecast rests on.
const OF_THE_QUESTION: [&str; 10] =
    ["name", "observe", "placement", "done", "sweep", "baseline", "objectives", "replications", "sampling", "seed"];

/// How the origin of a time begins that events tell.
pub(super) const OF_EVENTS: &str = "events Pulled of ";

/// Most characters of a value.
const LONGEST: usize = 120;

/// Places of the paths of all keys in the table.
static RANKS: LazyLock<BTreeMap<String, usize>> =
    LazyLock::new(|| paths().into_iter().enumerate().map(|(rank, (path, _))| (path, rank)).collect());

/// Collects what a scenario rests on.
pub(super) struct Collector<'a> {
    context: Context<'a>,
    used: Use<'a>,
    found: Vec<RankedPremise>,
}

impl<'a> Collector<'a> {
    /// What the scenario that `tree` describes rests on. `used` knows which keys count in it.
    pub(super) fn collect(tree: &'a Node, context: Context<'a>, used: Use<'a>) -> Vec<RankedPremise> {
        let mut collector = Self { context, used, found: Vec::new() };
        let Ok(map) = tree.map() else { return Vec::new() };
        for key in ROOT.keys().filter(|key| !OF_THE_QUESTION.contains(&key.name)) {
            match key.name {
                "pods" => collector.pods(key, map.map(key.name).ok().flatten()),
                _ => collector.key(key, key.name, Some(map)),
            }
        }
        collector.read_objects();
        collector.found
    }

    /// Every key of a map that may be written in `map`; `None`: the map is missing.
    fn section(&mut self, section: &'static Section, path: &str, map: Option<Map<'a>>) {
        for key in section.keys() {
            self.key(key, &format!("{path}.{}", key.name), map);
        }
    }

    /// A key that may be written in `map`.
    fn key(&mut self, key: &'static Key, path: &str, map: Option<Map<'a>>) {
        let entries = map.map_or(&[][..], |map| map.entries);
        let mut written =
            entries.iter().filter(|entry| !matches!(entry.value.value, Value::Null) && key.is_named(&entry.key));
        let inside = match key.form {
            Form::Map(section) | Form::MapOrNone(section) | Form::Deployment(section) => Some(section),
            _ => None,
        };
        match (written.next(), inside) {
            (Some(entry), Some(section)) if matches!(entry.value.value, Value::Map(_)) => {
                self.section(section, path, entry.value.map().ok());
            }
            (Some(first), _) => {
                for entry in std::iter::once(first).chain(written) {
                    let own = path.strip_suffix(key.name).unwrap_or(path);
                    self.written(key, path, &format!("{own}{}", entry.key), &entry.value);
                }
            }
            (None, _) => {
                if let (Form::Map(section), None) = (&key.form, key.default) {
                    self.section(section, path, None);
                }
                key.default.iter().for_each(|given| self.by_default(key, path, path, given));
            }
        }
    }

    /// The keys of `pods`, which stand for both versions or for one.
    fn pods(&mut self, pods: &'static Key, both: Option<Map<'a>>) {
        let part = |name: &str| both.and_then(|map| map.map(name).ok().flatten());
        let layers = [("pods.new", part("new")), ("pods", both), ("pods.old", part("old"))];
        let sections = pods.form.inside();
        let keys = sections.iter().flat_map(|section| section.keys());
        for key in keys.filter(|key| !matches!(key.form, Form::Version(..))) {
            let path = format!("pods.{}", key.name);
            let mut written = Vec::new();
            for (layer, map) in layers {
                let Some(node) = map.and_then(|map| map.get(key.name)) else { continue };
                self.written(key, &path, &format!("{layer}.{}", key.name), node);
                written.push(layer);
            }
            if !written.iter().any(|layer| *layer != "pods.old") {
                key.default.iter().for_each(|given| self.by_default(key, &path, &path, given));
            }
            // Parts of its rule, and what differs between the versions.
            for (field, given) in key.more {
                let own = written.iter().any(|layer| *layer == "pods" || field.starts_with(layer));
                if field.starts_with('[') || !own {
                    self.by_default(key, &path, field, given);
                }
            }
        }
    }

    fn written(&mut self, key: &Key, row: &str, path: &str, node: &Node) {
        if !self.used.counts_written(path) {
            return;
        }
        let seconds = self.seconds(key, node);
        let (comment, values) = (node.at.comment(), values_of(node));
        let measured = values.or_else(|| comment.and_then(measured));
        self.push(
            row,
            Premise {
                key: path.to_owned(),
                value: self.name_of(&text_of(key, node)),
                seconds,
                source: if measured.is_some() { PremiseSource::Measured } else { PremiseSource::Written },
                from: self.place(&node.at),
                line: self.line(&node.at),
                measured,
                off: is_off(&node.flow()),
                scenarios: Vec::new(),
            },
        );
    }

    /// A default, where it counts.
    fn by_default(&mut self, key: &Key, row: &str, field: &str, given: &Given) {
        if self.used.counts_by_default(field) {
            self.assumed(key, row, field, given);
        }
    }

    fn assumed(&mut self, key: &Key, row: &str, field: &str, given: &Given) {
        let shortened = self.used.shortened(field);
        let older = self.used.of_older_version(field);
        let given = older.map_or(*given, |row| Given { value: row.value, source: row.source });
        let seconds = match &shortened {
            Some(own) => Some([0.5, 0.99].map(|share| own.quantile(share).as_secs_f64())),
            None if field == row => {
                self.seconds(key, self.context.defaults.get(older.map_or(field, |row| row.field.as_str())))
            }
            None => None,
        };
        self.push(
            row,
            Premise {
                key: field.to_owned(),
                value: given.value.to_owned(),
                seconds,
                source: PremiseSource::Assumed,
                from: given.source.to_owned(),
                line: None,
                measured: None,
                off: is_off(given.value),
                scenarios: Vec::new(),
            },
        );
    }

    /// What was read from objects of the cluster.
    fn read_objects(&mut self) {
        for (key, value) in self.used.read_from_objects() {
            self.push(
                key,
                Premise {
                    key: key.to_owned(),
                    value,
                    seconds: None,
                    source: PremiseSource::Read,
                    from: self.used.manifest().map_or_else(String::new, |file| self.name_of(file)),
                    line: None,
                    measured: None,
                    off: false,
                    scenarios: Vec::new(),
                },
            );
        }
        if let Some((nodes, why)) = self.used.nodes_by_rule() {
            self.push(
                "cluster.nodes",
                Premise {
                    key: "cluster.nodes".into(),
                    value: nodes.to_string(),
                    seconds: None,
                    source: PremiseSource::Assumed,
                    from: why.into(),
                    line: None,
                    measured: None,
                    off: false,
                    scenarios: Vec::new(),
                },
            );
        }
    }

    fn push(&mut self, row: &str, premise: Premise) {
        let rank = RANKS.get(row).copied().unwrap_or(usize::MAX);
        self.found.push(RankedPremise { rank, premise });
    }

    /// The median and the 99th percentile of a length of time that varies.
    fn seconds(&self, key: &Key, node: &Node) -> Option<[f64; 2]> {
        if !matches!(key.form, Form::Distribution | Form::DistributionOrNever) {
            return None;
        }
        let read = distribution(node, self.context.files).ok()?;
        Some([0.5, 0.99].map(|share| read.quantile(share).as_secs_f64()))
    }

    fn place(&self, at: &At) -> String {
        self.name_of(at.file())
    }

    /// The name of a file as a result has it; any other text stays. Of an option its name alone, since the value stands beside it.
    fn name_of(&self, file: &str) -> String {
        if file.starts_with("--") {
            return file.split(' ').next().unwrap_or(file).to_owned();
        }
        self.context.files.recorded(file).unwrap_or_else(|| file.to_owned())
    }

    fn line(&self, at: &At) -> Option<u32> {
        let is_file = !at.file().starts_with("--") && !at.file().starts_with(OF_EVENTS);
        is_file.then(|| at.line())
    }
}

/// The value on one line. A spec of a Deployment is not repeated.
fn text_of(key: &Key, node: &Node) -> String {
    if matches!(key.form, Form::Object | Form::Objects) {
        return "as written".into();
    }
    let text = node.flow();
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Whether the value means that something never happens.
fn is_off(value: &str) -> bool {
    ["0", "0%", "0s", "none", "never", "false", "[]"].contains(&value)
}

/// How many values an empirical distribution lists.
fn values_of(node: &Node) -> Option<u64> {
    let empirical = node.map().ok()?.map("empirical").ok()??;
    let values = empirical.get("values")?.list().ok()?;
    u64::try_from(values.len()).ok()
}

/// The number of values in the comment that `rollcast fit` writes behind what it has fitted, such as `# 120 values`.
fn measured(comment: &str) -> Option<u64> {
    let (number, rest) = comment.trim().split_once(' ')?;
    let is_of_fit = rest.starts_with("value");
    number.replace(',', "").parse().ok().filter(|_| is_of_fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_of_a_fit_has_the_number_of_values() {
        for (comment, wanted) in [
            (" 120 values", Some(120)),
            ("1,240 values, 3 of them lower bounds, to the second", Some(1240)),
            ("1 value", Some(1)),
            ("120 pods of last week", None),
            ("the values of last week", None),
            ("only p50, p99 are known", None),
        ] {
            assert_eq!(measured(comment), wanted, "{comment}");
        }
    }
}
