//! Writes a recording.

use serde_json::{Map, Value, json};

use super::account::Part;
use super::actions;
use super::begin::Beginning;
use super::expect::{self, Ending};
use super::history::History;
use super::names::{self, Named};
use super::recorded::Recorded;
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
    parts: Vec<Part>,
    remarks: Vec<String>,
}

impl<'a> Composer<'a> {
    pub(super) fn new(target: &'a Target, history: &'a History, beginning: Beginning) -> Self {
        Self { target, history, beginning, parts: Vec::new(), remarks: Vec::new() }
    }

    /// The whole recording.
    pub(super) fn compose(mut self) -> Recorded {
        let (kind, history) = (self.target.kind, self.history);
        let pods = names::name(kind, history, &mut self.beginning);
        let nodes = Nodes::of(history, &pods);
        let ending = expect::ending(kind, history, &self.beginning);
        let running = self.running(&pods);
        let end = history.last.unwrap_or(self.beginning.zero);
        let tables = Tables::of(kind, &pods, running, end);
        let (cluster, remarks) = surroundings::cluster(history, &nodes, &pods);
        self.remarks.extend(remarks);
        let (extra, remarks) = surroundings::placing(&self.beginning.spec["template"]);
        self.remarks.extend(remarks);
        let actions = self.actions(&nodes, &pods, running);
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
        if let Some(start) = self.start(running) {
            recording.insert("start".into(), start);
        }
        recording.insert("cluster".into(), cluster.into());
        recording.insert("pods".into(), tables.pods.clone());
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
    fn start(&mut self, running: u32) -> Option<Value> {
        if self.beginning.is_created {
            return None;
        }
        let mut start = json!({"template": "v1", "replicas": running});
        let own = key(&self.beginning.spec["template"]);
        let others: Map<String, Value> = self
            .beginning
            .sizes
            .iter()
            .filter(|(key, _)| **key != own)
            .map(|(key, size)| (self.beginning.versions.clone().name(key), json!(size)))
            .collect();
        if !others.is_empty() {
            self.remarks.push(
                "when the recording begins, pods of several versions ran: replay does not begin in the middle of a rollout; \
                 --since chooses another beginning"
                    .into(),
            );
            start["others"] = others.into();
        }
        Some(start)
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
        if kind == Kind::Deployment {
            actions.extend(surroundings::about_budgets(self.history, &self.beginning.spec["template"], zero));
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
        self.remarks.extend(told::about_times(tables));
    }
}
