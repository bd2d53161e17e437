//! Writes a recording.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::account::Part;
use super::actions;
use super::begin::Beginning;
use super::budgets;
use super::claims;
use super::expect::{self, Ending};
use super::history::History;
use super::names::{self, Named};
use super::no_node;
use super::recorded::Recorded;
use super::refusals;
use super::source::{At, Source, seconds};
use super::surroundings::{self, Nodes};
use super::tables::Tables;
use super::target::{Kind, Target};
use super::told;
use super::versions::key;

/// How long a replay goes on after the last thing that was seen of a rollout that had come to its end [s].
const AFTERWARDS: f64 = 5.0;

/// Writes the parts of a recording one after the other.
pub(super) struct Composer<'a> {
    target: &'a Target,
    history: &'a History,
    beginning: Beginning,
    /// Nodes of the pods of others that are recorded with it.
    more_nodes: &'a [String],
    parts: Vec<Part>,
    remarks: Vec<String>,
}

impl<'a> Composer<'a> {
    pub(super) fn new(
        target: &'a Target,
        history: &'a History,
        beginning: Beginning,
        more_nodes: &'a [String],
    ) -> Self {
        Self { target, history, beginning, more_nodes, parts: Vec::new(), remarks: Vec::new() }
    }

    /// The whole recording.
    pub(super) fn compose(mut self) -> Recorded {
        let (kind, history) = (self.target.kind, self.history);
        let pods = names::name(kind, history, &mut self.beginning);
        let nodes = Nodes::of(history, &pods, (self.beginning.zero, self.more_nodes));
        let ending = expect::ending(kind, history, &self.beginning);
        let is_mid = self.beginning.is_mid_rollout;
        let running = if is_mid { 0 } else { self.running(&pods) };
        let end = history.last.unwrap_or(self.beginning.zero);
        let (mut cluster, remarks) = surroundings::cluster(history, &nodes, &pods);
        self.remarks.extend(remarks);
        let has_room = cluster.contains_key("node_cpu");
        // Pods that nothing names come first, and have been Ready.
        let unnamed = &self.beginning.unnamed;
        let first = |version: &str| match version {
            "v1" if !is_mid => running,
            _ => unnamed.get(version).copied().unwrap_or(0),
        };
        let volumes = claims::written(history, &self.beginning, &nodes, &pods);
        let has_claims = !volumes.claims.is_empty();
        let tables = Tables::of(kind, &pods, (&first, end), |why| no_node::is_told(why, has_room, has_claims));
        let mut times = tables.pods.clone();
        for (version, count) in &self.beginning.unnamed {
            let all_ready = json!(vec![0; *count as usize]);
            if times["ready_after_seconds"].get(version).is_none() {
                times["ready_after_seconds"][version] = all_ready;
            }
        }
        let (mut extra, remarks) = surroundings::placing(&self.beginning.spec["template"], history, &nodes);
        self.remarks.extend(remarks);
        self.take_volumes(volumes, (&mut cluster, &mut extra, &mut times));
        let there = if is_mid { pods.iter().filter(|pod| pod.found).count() as u32 } else { running };
        let actions = self.actions(&nodes, &pods, there);
        let mut expected = expect::expect(kind, history, &mut self.beginning, &pods, (ending.as_ref(), &nodes));
        let placement = surroundings::placement(kind, &nodes, &pods, &self.beginning);
        if !placement.is_empty() {
            expected.insert("placement".into(), placement.into());
        }
        let last = actions.iter().filter_map(|action| action["at"].as_f64()).fold(0.0, f64::max);
        let ended_at = self.ended_at(end, last, ending.as_ref());
        let mut recording = Map::new();
        recording.insert("name".into(), json!(self.target.name));
        recording.insert("namespace".into(), json!(self.target.namespace));
        recording.insert("note".into(), json!(format!("{}, recorded from a cluster", self.target)));
        recording.insert("began".into(), json!(told::clock(self.beginning.zero)));
        recording.insert(kind.key().into(), actions::excerpt(kind, &self.beginning.spec).into());
        let start = if is_mid { Some(self.middle(&pods, &nodes)) } else { self.start(running) };
        if let Some(start) = start {
            recording.insert("start".into(), start);
        }
        recording.insert("cluster".into(), cluster.into());
        recording.insert("pods".into(), times);
        if !extra.is_empty() {
            recording.insert("extra".into(), extra.into());
        }
        recording.insert("actions".into(), actions.into());
        recording.insert("ended_at".into(), json!(ended_at));
        recording.insert("expect".into(), expected.into());
        self.account(&pods, &tables, &nodes, ending.as_ref());
        let happened = told::happened(self.target, history, &self.beginning, &pods, ending.as_ref());
        recording.insert("sources".into(), json!(self.parts));
        recording.insert("unknown".into(), json!(self.remarks));
        let remarks = self.remarks;
        Recorded { recording: recording.into(), files: Vec::new(), parts: self.parts, happened, remarks }
    }

    /// Puts what is known of volumes where it belongs.
    fn take_volumes(
        &mut self,
        volumes: claims::Written,
        (cluster, extra, times): (&mut Map<String, Value>, &mut Map<String, Value>, &mut Value),
    ) {
        self.remarks.extend(volumes.remarks);
        cluster.extend(volumes.cluster);
        if !volumes.claims.is_empty() {
            extra.insert("claims".into(), volumes.claims.into());
        }
        if !volumes.attach.is_empty() {
            times["attach_seconds"] = volumes.attach.into();
        }
    }

    /// How many pods ran at the instant 0.
    fn running(&self, pods: &[Named<'_>]) -> u32 {
        if self.beginning.is_created {
            return 0;
        }
        let start = key(&self.beginning.spec["template"]);
        let of_sets = self.beginning.sizes.get(&start).copied().filter(|_| self.target.kind == Kind::Deployment);
        let wanted = self.beginning.spec.get("replicas").and_then(Value::as_u64);
        match (of_sets, self.target.kind) {
            (Some(size), _) => size.max(0) as u32,
            (None, Kind::DaemonSet) => pods.iter().filter(|pod| pod.found).count() as u32,
            (None, _) => wanted.unwrap_or(1) as u32,
        }
    }

    /// What ran when the recording begins; `None`: it is created.
    fn start(&self, running: u32) -> Option<Value> {
        (!self.beginning.is_created).then(|| json!({"template": "v1", "replicas": running}))
    }

    /// The pods of old and new versions that there were, where the recording begins in the middle of a rollout.
    fn middle(&self, pods: &[Named<'_>], nodes: &Nodes) -> Value {
        let (beginning, zero) = (&self.beginning, self.beginning.zero);
        let own = key(&beginning.spec["template"]);
        let name = |key: &str| beginning.versions.known(key).unwrap_or_else(|| "v1".into());
        let there = |pod: &&Named<'_>| pod.found;
        let mut start = json!({"template": name(&own)});
        match self.target.kind {
            Kind::Deployment => {
                let others = beginning.sizes.iter().filter(|(key, _)| **key != own);
                start["replicas"] = json!(beginning.sizes.get(&own).copied().unwrap_or(0).max(0));
                start["others"] = others.map(|(key, size)| (name(key), json!(size))).collect::<Map<_, _>>().into();
                let refused = self
                    .history
                    .refusing
                    .iter()
                    .filter(|(_, from, until)| from.nanos < zero && until.is_none_or(|until| until.nanos >= zero));
                let refused: Map<String, Value> = refused
                    .filter_map(|(set, from, _)| {
                        Some((name(self.history.templates.get(set)?), json!(from.since(zero))))
                    })
                    .collect();
                if !refused.is_empty() {
                    start["refused"] = refused.into();
                }
                let before = self.history.status_at(beginning.settled());
                if let Some((at, status, reason)) = before.and_then(|seen| expect::progressed(&seen.status)) {
                    start["progressing"] = json!([seconds(at - zero).min(0.0), status, reason]);
                }
            }
            Kind::StatefulSet | Kind::DaemonSet => {
                let mut others: BTreeMap<String, u32> = BTreeMap::new();
                for pod in pods.iter().filter(there).filter(|pod| pod.version != name(&own)) {
                    *others.entry(pod.version.clone()).or_insert(0) += 1;
                }
                start["others"] = json!(others);
            }
        }
        let unnamed =
            beginning.unnamed.iter().flat_map(|(version, count)| (0..*count).map(move |n| format!("{version}-{n}")));
        let unnamed = unnamed.map(|name| json!({"pod": name}));
        start["pods"] =
            unnamed.chain(pods.iter().filter(there).map(|pod| pod_there(self.target.kind, pod, zero, nodes))).collect();
        start
    }

    /// What people did, in order of time.
    fn actions(&mut self, nodes: &Nodes, pods: &[Named<'_>], running: u32) -> Vec<Value> {
        let (kind, zero) = (self.target.kind, self.beginning.zero);
        let mut actions: Vec<(At, Value)> = Vec::new();
        if self.beginning.is_created {
            let at = At { nanos: zero, order: 0, exact: true, source: Source::Audit };
            actions.push((at, json!({"at": 0.0, "do": "create", "template": "v1"})));
        }
        actions.extend(surroundings::about_nodes(self.history, nodes, zero));
        let (quotas, remarks) = surroundings::about_quotas(self.history, pods, zero);
        let needed = i64::from(running) + 1;
        let binds = !self.history.refused.is_empty()
            || quotas.iter().any(|(_, action)| action["pods"].as_i64().is_some_and(|pods| pods < needed));
        if binds && kind == Kind::Deployment {
            actions.extend(quotas);
            self.remarks.extend(remarks);
        }
        if self.history.quotas.is_empty() {
            let (limits, remarks) = refusals::about_refusals(self.history, pods, zero);
            actions.extend(limits);
            self.remarks.extend(remarks);
        }
        if kind != Kind::DaemonSet {
            actions.extend(budgets::about_budgets(self.history, &self.beginning.spec["template"], zero));
        }
        actions.extend(expect::about_pods(kind, zero, pods));
        let changes = std::mem::take(&mut self.beginning.changes);
        for change in &changes {
            let made = actions::of_change(kind, change, change.at.since(zero), &mut self.beginning.versions);
            actions.extend(made.into_iter().map(|action| (change.at, action)));
        }
        self.beginning.changes = changes;
        // What was so before the beginning comes first, in order.
        actions.sort_by_key(|(at, _)| *at);
        actions.into_iter().map(|(_, action)| action).collect()
    }

    /// When the replay ends: a little after the last sighting where the rollout was complete by then, because the simulated one may be
    /// a moment later.
    fn ended_at(&self, end: i64, last_action: f64, ending: Option<&Ending>) -> f64 {
        let complete = ending.is_some_and(|ending| ending.complete_at.is_some());
        let seen = seconds(end - self.beginning.zero).max(last_action).max(0.0);
        // Where instants are known to the second, the last of them may lie at its end.
        let is_exact = self.history.statuses.iter().all(|seen| seen.at.exact);
        match (complete, is_exact) {
            (true, _) => seen + AFTERWARDS,
            (false, true) => seen,
            (false, false) => seen + 1.0,
        }
    }

    /// What each part rests on.
    fn account(&mut self, pods: &[Named<'_>], tables: &Tables, nodes: &Nodes, ending: Option<&Ending>) {
        let (history, beginning) = (self.history, &self.beginning);
        self.parts = told::parts(self.target, history, beginning, pods, (tables, nodes, ending));
        self.remarks.extend(self.beginning.assumed.iter().cloned());
        let unnamed: u32 = self.beginning.unnamed.values().sum();
        if unnamed > 0 {
            self.remarks.push(format!(
                "{unnamed} of the pods that were there at the beginning are named by no file: they are taken to have been Ready for long"
            ));
        }
        self.remarks.extend(told::about_times(tables));
    }
}

/// A pod that was there when the recording begins.
fn pod_there(kind: Kind, pod: &Named<'_>, zero: i64, nodes: &Nodes) -> Value {
    let before = |at: &At| at.since(zero).min(0.0);
    // A DaemonSet's pod is for its node from its creation on.
    let is_bound = |at: &At| at.nanos < zero || kind == Kind::DaemonSet;
    let created = pod.life.created.or(pod.life.bound.as_ref().map(|(at, _)| *at));
    let mut there = json!({"pod": pod.name(), "created": created.as_ref().map(before)});
    let asked = pod.life.asked.filter(|at| at.nanos < zero);
    match pod.life.bound.as_ref().filter(|(at, _)| is_bound(at)) {
        Some((at, node)) => {
            // One that has its volumes has been on its way since then.
            let begun = pod.life.mounted.filter(|mounted| mounted.nanos < zero).unwrap_or(*at);
            there["bound"] = json!(before(&begun));
            there["node"] = json!(nodes.number(node));
        }
        // One that is still there while it stops is on a node, also where no file tells which.
        None if asked.is_some() => {}
        None => there["bound"] = json!("never"),
    }
    if let Some(asked) = asked {
        there["deleted"] = json!(before(&asked));
    }
    there
}
