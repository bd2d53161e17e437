//! What pods did, as the tables of a recording: times from the instant at which a pod was bound, or had its volumes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::names::Named;
use super::source::seconds;
use super::target::Kind;

/// The tables of a recording's pods, and what they could not say.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    pub(super) pods: Value,
    /// Pods that were Ready, by source of their times.
    pub(super) ready: usize,
    /// Pods that were not seen Ready, and for how long they are known not to have been.
    pub(super) never: Vec<(String, f64)>,
    /// Pods that went before others of their version took to become Ready.
    pub(super) unknown: Vec<(String, f64)>,
    /// Pods that wait for a node as long as they did, because no file tells why none took them.
    pub(super) waiting: usize,
}

/// Seconds from being bound, with its volumes, to Ready; `None`: it was not seen Ready.
fn start_up(pod: &Named<'_>) -> Option<f64> {
    let bound = pod.life.begun()?.nanos;
    let ready = pod.life.ready.iter().find(|(_, ready)| *ready)?.0.nanos;
    Some(seconds(ready - bound).max(0.0))
}

/// For how many seconds a pod is known not to have been Ready.
fn waited(pod: &Named<'_>, end: i64) -> f64 {
    let until = [pod.life.asked, pod.life.gone, pod.life.failed].into_iter().flatten().map(|at| at.nanos).min();
    let bound = pod.life.begun().map_or(end, |at| at.nanos);
    seconds(until.unwrap_or(end) - bound).max(0.0)
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

impl Tables {
    /// The tables; `end` is the last instant that is known, and `is_told` says whether the files tell what a message of the scheduler
    /// names.
    pub(super) fn of(
        kind: Kind,
        pods: &[Named<'_>],
        (running, end): (&dyn Fn(&str) -> u32, i64),
        is_told: impl Fn(&str) -> bool,
    ) -> Self {
        let mut tables = Self::default();
        let versions: BTreeSet<&str> = pods.iter().map(|pod| pod.version.as_str()).collect();
        let mut fields = Map::new();
        let (mut ready, mut rest, mut toggles) = (Map::new(), Map::new(), Map::new());
        let (mut started, mut stopped, mut waited) = (Map::new(), Map::new(), Map::new());
        for version in versions {
            let own: Vec<&Named<'_>> = pods.iter().filter(|pod| pod.version == version).collect();
            let mut known: Vec<f64> = own.iter().filter_map(|pod| start_up(pod)).collect();
            let longest = known.iter().copied().fold(0.0, f64::max);
            let usual = median(&mut known);
            rest.insert(version.into(), usual.map_or_else(|| json!("never"), |time| json!(time)));
            ready.insert(
                version.into(),
                tables.ready_times(kind, &own, (usual.is_some(), longest, running(version), end)),
            );
            insert(&mut toggles, version, by_index(&own, changes));
            insert(&mut started, version, by_index(&own, running_after));
            insert(&mut stopped, version, by_index(&own, stopping));
            let waits = by_index(&own, |pod| without_node(pod, &is_told));
            tables.waiting += waits.len();
            insert(&mut waited, version, waits);
        }
        let mut stops: Vec<f64> = pods.iter().filter_map(stopping_time).collect();
        if let Some(usual) = median(&mut stops) {
            stopped.insert("default".into(), json!(usual));
        }
        fields.insert("ready_after_seconds".into(), ready.into());
        fields.insert("default_ready_after_seconds".into(), rest.into());
        let optional = [
            ("readiness_toggles", toggles),
            ("running_after_by_index", started),
            ("terminate_after_seconds", stopped),
            ("no_node_for_seconds", waited),
        ];
        let is_deployment = kind == Kind::Deployment;
        for (name, table) in optional {
            if !table.is_empty() && (is_deployment || name == "terminate_after_seconds") {
                fields.insert(name.into(), table.into());
            }
        }
        tables.pods = fields.into();
        tables
    }

    /// The times of a version's pods, by place.
    fn ready_times(
        &mut self,
        kind: Kind,
        own: &[&Named<'_>],
        (any_ready, longest, first, end): (bool, f64, u32, i64),
    ) -> Value {
        let mut times: BTreeMap<u32, Vec<Value>> = BTreeMap::new();
        for pod in own {
            let time = match start_up(pod) {
                Some(_) if !pod.timed => json!(0),
                Some(time) => {
                    self.ready += 1;
                    json!(time)
                }
                None if !pod.timed || pod.found && !pod.life.was_unready => json!(0),
                None => self.not_ready(pod, any_ready, longest, end),
            };
            times.entry(pod.index).or_default().push(time);
        }
        let length = times.keys().next_back().map_or(0, |last| last + 1).max(first);
        let is_set = kind == Kind::StatefulSet;
        let filled = (0..length).map(|place| match times.get(&place) {
            Some(each) if is_set && each.len() > 1 => json!(each),
            Some(each) => each.first().cloned().unwrap_or(Value::Null),
            None if place < first => json!(0),
            None => json!("unknown"),
        });
        filled.collect()
    }

    /// A pod that was not seen Ready: others of its version were by then, or it went earlier and nothing is known.
    fn not_ready(&mut self, pod: &Named<'_>, any_ready: bool, longest: f64, end: i64) -> Value {
        let waited = waited(pod, end);
        let entry = (pod.name(), waited);
        if pod.life.bound.is_some() && (!any_ready || waited > longest) {
            self.never.push(entry);
            json!("never")
        } else {
            self.unknown.push(entry);
            json!("unknown")
        }
    }
}

fn insert(table: &mut Map<String, Value>, version: &str, own: Map<String, Value>) {
    if !own.is_empty() {
        table.insert(version.into(), own.into());
    }
}

fn by_index(own: &[&Named<'_>], value: impl Fn(&Named<'_>) -> Option<Value>) -> Map<String, Value> {
    own.iter().filter_map(|pod| Some((pod.index.to_string(), value(pod)?))).collect()
}

/// The instants of a pod whose readiness changed more than once.
fn changes(pod: &Named<'_>) -> Option<Value> {
    let bound = pod.life.begun()?.nanos;
    let is_one = pod.life.ready.len() < 2;
    let times = pod.life.ready.iter().map(|(at, _)| seconds(at.nanos - bound).max(0.0));
    let mut times: Vec<f64> = times.collect();
    // Two changes in one whole second have no order: they are told apart by a thousandth.
    for place in 1..times.len() {
        times[place] = times[place].max(times[place - 1] + 1e-3);
    }
    (!is_one && pod.timed).then(|| json!(times))
}

fn running_after(pod: &Named<'_>) -> Option<Value> {
    let bound = pod.life.begun()?.nanos;
    let running = pod.life.running?.nanos;
    pod.timed.then(|| json!(seconds(running - bound).max(0.0)))
}

/// How long no node took a pod, from its creation on, where the files do not tell why.
fn without_node(pod: &Named<'_>, is_told: impl Fn(&str) -> bool) -> Option<Value> {
    let (_, why) = pod.life.unschedulable.as_ref().filter(|_| pod.timed)?;
    if is_told(why) {
        return None;
    }
    let created = pod.life.created?.nanos;
    match &pod.life.bound {
        Some((bound, _)) => Some(json!(seconds(bound.nanos - created).max(0.0))),
        None => Some(json!("never")),
    }
}

fn stopping_time(pod: &Named<'_>) -> Option<f64> {
    let (asked, gone) = (pod.life.asked?, pod.life.gone?);
    pod.life.bound.as_ref()?;
    Some(seconds(gone.nanos - asked.nanos).max(0.0))
}

fn stopping(pod: &Named<'_>) -> Option<Value> {
    stopping_time(pod).map(|time| json!(time))
}
