//! The controls of the page, with their values as written.

use serde_json::{Value, json};

use crate::k8s::objects::Strategy;
use crate::plan::{NodesAsWritten, POLICIES, POLICY, chosen_of};
use crate::scenario::{Scenario, SetSpec};

/// The most replicas that the page takes, where the input has no more; `rollcast run` takes more.
pub(super) const MOST_REPLICAS: u64 = 1000;
/// The most nodes that the page takes, where the input has no more.
pub(super) const MOST_NODES: u64 = 1000;
/// Of more pools than this the first ones have a control.
const POOLS: usize = 4;

/// What a control takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number of pods, or a percentage of the replicas.
    PodsOrPercent,
    /// A number of pods.
    Pods,
    /// One of these words.
    Words(&'static [&'static str]),
    /// Whole seconds.
    Seconds,
    /// The number of replicas.
    Replicas,
    /// The number of all nodes.
    Nodes,
    /// The number of nodes of a pool, which may be none.
    Pool(usize),
    /// How many times as long something takes.
    Factor,
}

impl Kind {
    /// What it takes, in words.
    pub(super) const fn form(self) -> &'static str {
        match self {
            Self::PodsOrPercent => "a whole number of pods or a percentage, such as 1 or 25%",
            Self::Pods => "a whole number of pods, such as 1",
            Self::Words(_) => "one of the words that the slider goes through",
            Self::Seconds => "whole seconds, such as 10",
            Self::Replicas => "a whole number of replicas, such as 12",
            Self::Nodes | Self::Pool(_) => "a whole number of nodes, such as 9",
            Self::Factor => "a factor from 0.01 to 100, such as 1.5",
        }
    }

    /// The words that it takes, where it takes words.
    pub(super) const fn words(self) -> &'static [&'static str] {
        if let Self::Words(words) = self { words } else { &[] }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::PodsOrPercent => "pods-or-percent",
            Self::Pods => "pods",
            Self::Words(_) => "words",
            Self::Seconds => "seconds",
            Self::Replicas => "replicas",
            Self::Nodes | Self::Pool(_) => "nodes",
            Self::Factor => "factor",
        }
    }
}

/// A control of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Control {
    /// Its name, also in the address of the page.
    pub(super) name: String,
    /// What people read beside it.
    pub(super) label: String,
    /// The value that stands in the input or follows from it.
    pub(super) written: String,
    /// What it takes.
    pub(super) kind: Kind,
    /// What `written` means, where the label does not say it.
    pub(super) about: String,
}

impl Control {
    /// The path that `--set` takes for it.
    pub(super) fn path(&self) -> String {
        if self.kind == Kind::Nodes { "cluster.nodes".into() } else { self.name.clone() }
    }

    /// The value as written, where it is a number; else 0.
    pub(super) fn number(&self) -> u64 {
        self.written.parse().unwrap_or(0)
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name, "label": self.label, "written": self.written, "kind": self.kind.as_str(),
            "form": self.kind.form(), "about": self.about, "words": self.kind.words(),
        })
    }
}

/// All controls, and why others are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Controls {
    pub(super) list: Vec<Control>,
    /// Sentences on what cannot be moved.
    pub(super) missing: Vec<String>,
}

impl Controls {
    /// The controls of a scenario whose nodes are written like this. `start_up` says how the start-up is written; an error
    /// says why no setting can change it.
    pub(super) fn of(scenario: &Scenario, nodes: &NodesAsWritten, start_up: Result<String, String>) -> Self {
        let mut controls = Self { list: Vec::new(), missing: Vec::new() };
        match scenario.set() {
            Some(set) => controls.add_set(&set),
            None => controls.add_strategy(&scenario.deployment.strategy),
        }
        let ready = scenario.deployment.min_ready_seconds;
        controls.add("minReadySeconds", "minReadySeconds", ready.to_string(), Kind::Seconds);
        if scenario.daemon_set().is_none() {
            controls.add("replicas", "replicas", scenario.deployment.replicas.to_string(), Kind::Replicas);
        }
        match start_up {
            Ok(about) => {
                controls.add("startUp", "start-up time of new pods, times as long", "1".into(), Kind::Factor);
                controls.list.last_mut().map(|one| one.about = about).unwrap_or_default();
            }
            Err(reason) => controls.missing.push(format!("The start-up time cannot be moved: {reason}.")),
        }
        controls.add_nodes(scenario, nodes);
        controls
    }

    fn add_strategy(&mut self, strategy: &Strategy) {
        match strategy {
            Strategy::RollingUpdate { max_surge, max_unavailable } => {
                self.add("maxSurge", "maxSurge", max_surge.to_string(), Kind::PodsOrPercent);
                self.add("maxUnavailable", "maxUnavailable", max_unavailable.to_string(), Kind::PodsOrPercent);
            }
            Strategy::Recreate => {
                let reason = "The strategy is Recreate, which has no maxSurge and no maxUnavailable: start with --set \
                              strategy=RollingUpdate to move them.";
                self.missing.push(reason.into());
            }
        }
    }

    /// What a set has in the place of a strategy.
    fn add_set(&mut self, set: &SetSpec) {
        for (name, value) in chosen_of(&set.as_deployment(), Some(set)) {
            let kind = if name == POLICY { Kind::Words(&POLICIES) } else { Kind::PodsOrPercent };
            self.add(&name, &name, value, kind);
        }
        if let SetSpec::StatefulSet(set) = set {
            self.add("partition", "partition", set.spec.partition().to_string(), Kind::Pods);
            if !set.max_unavailable_gate {
                let reason = "maxUnavailable cannot be moved, because it has no effect: the feature gate MaxUnavailableStatefulSet of the \
                              cluster is off; start with --set 'featureGates={MaxUnavailableStatefulSet: true}' where it is on.";
                self.missing.push(reason.into());
            }
        }
    }

    fn add_nodes(&mut self, scenario: &Scenario, nodes: &NodesAsWritten) {
        match nodes {
            NodesAsWritten::Alike => {
                self.add("nodes", "nodes", scenario.cluster.nodes_at_start().to_string(), Kind::Nodes);
            }
            NodesAsWritten::Pools(pools) => {
                for (number, (count, about)) in pools.iter().take(POOLS).enumerate() {
                    let label = format!("nodes of pool {}", number + 1);
                    self.add(&format!("nodes{}", number + 1), &label, count.to_string(), Kind::Pool(number));
                    self.list.last_mut().map(|one| one.about.clone_from(about)).unwrap_or_default();
                }
                if pools.len() > POOLS {
                    self.missing.push(format!("The first {POOLS} of {} pools of nodes can be moved.", pools.len()));
                }
            }
            NodesAsWritten::Objects => {
                let reason = "The nodes are Node objects, each of its own kind, so that their number cannot be moved: start \
                              with --set cluster.nodes=N to have N nodes that are alike.";
                self.missing.push(reason.into());
            }
        }
    }

    fn add(&mut self, name: &str, label: &str, written: String, kind: Kind) {
        let (name, label) = (name.into(), label.into());
        self.list.push(Control { name, label, written, kind, about: String::new() });
    }

    /// The name of the control whose setting an error calls `--set path=value`.
    pub(super) fn of_option(&self, option: &str) -> Option<&str> {
        let (path, _) = option.strip_prefix("--set ")?.split_once('=')?;
        self.list.iter().find(|control| control.path() == path).map(|control| control.name.as_str())
    }

    /// For the page.
    pub(super) fn json(&self) -> Vec<Value> {
        self.list.iter().map(Control::json).collect()
    }
}
