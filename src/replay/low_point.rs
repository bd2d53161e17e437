//! When fewest pods were available, and who was down then.

use std::collections::BTreeMap;

use serde::Serialize;

use super::pod_life::PodLife;

/// Names in a sentence; more are counted.
const NAMED: usize = 6;

/// When fewest pods were available. Instants are in seconds from the start.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LowPoint {
    /// How many were available.
    pub available: i64,
    /// From when on.
    pub at: f64,
    /// Until when; `None`: until the end.
    pub until: Option<f64>,
    /// Pods that were told to stop since the first action.
    pub told_to_stop: Vec<String>,
    /// Pods that had been Ready and were not any more.
    pub not_ready: Vec<String>,
    /// Pods that no node had been found for.
    pub without_node: Vec<String>,
    /// Pods that were not available yet.
    pub not_yet: Vec<String>,
}

/// What a pod was at an instant, of those that were not available.
enum Down {
    Told,
    NotReady,
    WithoutNode,
    NotYet,
}

impl LowPoint {
    /// Says who was down at `at`; `from` is the instant of the first action, and `window` the time that a Ready pod waits until it is
    /// available.
    pub(super) fn find(
        (available, at, until): (i64, f64, Option<f64>),
        (from, window): (f64, f64),
        lives: &BTreeMap<String, PodLife>,
    ) -> Self {
        let mut found = Self { available, at, until, ..Self::default() };
        for (name, life) in lives {
            let list = match down(life, (from, at), window) {
                Some(Down::Told) => &mut found.told_to_stop,
                Some(Down::NotReady) => &mut found.not_ready,
                Some(Down::WithoutNode) => &mut found.without_node,
                Some(Down::NotYet) => &mut found.not_yet,
                None => continue,
            };
            list.push(name.clone());
        }
        let lists = [&mut found.told_to_stop, &mut found.not_ready, &mut found.without_node, &mut found.not_yet];
        lists.into_iter().for_each(|list| list.sort_by_key(|name| place(name)));
        found
    }

    /// The same with instants to the millisecond.
    pub(super) fn rounded(&self) -> Self {
        let to_millis = |seconds: f64| (seconds * 1e3).round() / 1e3;
        Self { at: to_millis(self.at), until: self.until.map(to_millis), ..self.clone() }
    }

    /// The low point in sentences.
    pub(super) fn text(&self) -> String {
        let until = self.until.map_or_else(|| "to the end".into(), |until| format!("to {until:.1} s"));
        let who = [
            ("told to stop", &self.told_to_stop),
            ("not Ready any more", &self.not_ready),
            ("without a node", &self.without_node),
            ("not available yet", &self.not_yet),
        ];
        let who = who.into_iter().filter(|(_, names)| !names.is_empty());
        let who: Vec<String> = who.map(|(what, names)| format!("{what}: {}", listed(names))).collect();
        let down = if who.is_empty() { String::new() } else { format!(" Down then: {}.", who.join("; ")) };
        format!("Fewest pods were available from {:.1} s {until}: {}.{down}", self.at, self.available)
    }
}

/// The version and the number of a pod, by which names are in order.
fn place(name: &str) -> (String, u32) {
    let (template, number) = name.rsplit_once('-').unwrap_or((name, ""));
    (template.to_owned(), number.parse().unwrap_or(0))
}

fn listed(names: &[String]) -> String {
    match names.len().checked_sub(NAMED) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..NAMED].join(", ")),
    }
}

fn down(life: &PodLife, (from, at): (f64, f64), window: f64) -> Option<Down> {
    if life.created > at {
        return None;
    }
    if let Some(deleted) = life.deleted.filter(|deleted| *deleted <= at) {
        return (deleted >= from).then_some(Down::Told);
    }
    let changes = || life.ready.iter().filter(|(instant, _)| *instant <= at);
    match changes().next_back() {
        Some((_, false)) => Some(Down::NotReady),
        Some((since, true)) if since.floor() + window <= at => None,
        Some((_, true)) => Some(Down::NotYet),
        None if life.bound.is_none_or(|bound| bound > at) => Some(Down::WithoutNode),
        None => Some(Down::NotYet),
    }
}
