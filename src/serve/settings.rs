//! What a page sets: values for its controls, which become settings as `--set` takes them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::controls::{Control, Controls, Kind, MOST_NODES, MOST_REPLICAS};

/// A question of a page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Which page asks: any text that no other page has.
    pub(super) page: String,
    /// The page counts its questions.
    pub(super) number: u64,
    /// Values by the names of controls; a control that is missing stays as written.
    pub(super) values: BTreeMap<String, String>,
}

/// What one value is set to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// A setting: path and value, as `--set` takes them.
    Set(String, String),
    /// How many nodes a pool has.
    Pool(usize, u64),
    /// How many times as long the start-up takes.
    StartUp(f64),
}

/// A value that is no use, with the control that it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unusable {
    pub(super) control: String,
    pub(super) message: String,
}

/// The longest value of a control, and the longest name of a page.
const LONGEST: usize = 64;

impl Question {
    /// Reads a body.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let question: Self = serde_json::from_slice(body)
            .map_err(|error| format!("the settings are no JSON of {{page, number, values}}: {error}"))?;
        if question.page.len() > LONGEST {
            return Err(format!("the name of a page has at most {LONGEST} bytes"));
        }
        Ok(question)
    }

    /// The changes that the values mean, in the order of the controls. What is as written is no change.
    pub(super) fn changes(&self, controls: &Controls) -> Result<Vec<Change>, Unusable> {
        if let Some(name) = self.values.keys().find(|name| !controls.list.iter().any(|one| one.name == **name)) {
            let known: Vec<&str> = controls.list.iter().map(|one| one.name.as_str()).collect();
            let message = format!("there is no such control: there are {}", known.join(", "));
            return Err(Unusable { control: name.clone(), message });
        }
        let moved = controls.list.iter().filter_map(|control| {
            let value = self.values.get(&control.name)?.trim();
            (value != control.written).then(|| change(control, value))
        });
        moved.collect()
    }
}

/// What a value means. Whether Kubernetes takes it is for the reader of experiments to say, as under `run`; only what bounds
/// the work is checked here.
fn change(control: &Control, value: &str) -> Result<Change, Unusable> {
    let refuse = |message: String| Unusable { control: control.name.clone(), message };
    if value.is_empty() || value.len() > LONGEST || !value.chars().all(|c| c.is_ascii_graphic()) {
        return Err(refuse(format!("expected {}", control.kind.form())));
    }
    let at_most = |most: u64, things: &str| match value.parse::<u64>() {
        Ok(number) if number > most => Err(refuse(format!(
            "this page takes at most {most} {things}, so that it stays quick: `rollcast run` takes more"
        ))),
        _ => Ok(()),
    };
    match control.kind {
        Kind::Factor => match value.parse::<f64>() {
            Ok(factor) if (0.01..=100.0).contains(&factor) => Ok(Change::StartUp(factor)),
            _ => Err(refuse(format!("expected {}", control.kind.form()))),
        },
        Kind::Pool(number) => {
            at_most(MOST_NODES, "nodes")?;
            let count = value.parse().map_err(|_| refuse(format!("expected {}", control.kind.form())))?;
            Ok(Change::Pool(number, count))
        }
        Kind::Replicas => {
            at_most(MOST_REPLICAS.max(control.number()), "replicas")?;
            Ok(Change::Set(control.path(), value.into()))
        }
        Kind::Nodes => {
            at_most(MOST_NODES.max(control.number()), "nodes")?;
            Ok(Change::Set(control.path(), value.into()))
        }
        Kind::PodsOrPercent => {
            at_most(10 * MOST_REPLICAS, "pods")?;
            Ok(Change::Set(control.path(), value.into()))
        }
        Kind::Words(words) if !words.contains(&value) => Err(refuse(format!("expected {}", words.join(" or ")))),
        Kind::Pods => {
            at_most(10 * MOST_REPLICAS, "pods")?;
            Ok(Change::Set(control.path(), value.into()))
        }
        Kind::Words(_) | Kind::Seconds => Ok(Change::Set(control.path(), value.into())),
    }
}

/// The settings of pools with other numbers of nodes. A pool without nodes is left out of the list, which is then written anew.
pub(super) fn pools(written: &[(u64, String)], changed: &BTreeMap<usize, u64>) -> Vec<(String, String)> {
    if !changed.values().any(|count| *count == 0) {
        let one = |(number, count): (&usize, &u64)| (format!("cluster.nodes.{number}.count"), count.to_string());
        return changed.iter().map(one).collect();
    }
    let left = written.iter().enumerate().filter_map(|(number, (count, others))| {
        let count = changed.get(&number).unwrap_or(count);
        let others = if others.is_empty() { String::new() } else { format!(", {others}") };
        (*count > 0).then(|| format!("{{count: {count}{others}}}"))
    });
    vec![("cluster.nodes".into(), format!("[{}]", left.collect::<Vec<_>>().join(", ")))]
}
