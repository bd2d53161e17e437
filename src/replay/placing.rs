//! Where the pods of a recording may go, as its `extra` has it: topology spread and anti-affinity among themselves.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::keys;
use super::stop::FieldError;
use crate::distribution::Distribution;
use crate::scenario::{Constraint, Domain, Limit, PodModel, Preference, Probes, Scheduling, Wish};
use crate::script::PodScript;
use crate::time::SimDuration;

/// The weight of a preferred anti-affinity. There is one term at most, so that any weight says the same.
const WEIGHT: u32 = 100;

/// What `extra` says about it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Placing {
    spread: Vec<Spread>,
    anti_affinity: Option<AntiAffinity>,
    /// The only nodes that the pods may go to: by their labels, or because a volume can be there alone.
    pub(super) allowed_nodes: Option<Vec<u32>>,
    /// Ports of the host that each pod has for itself.
    pub(super) host_ports: Vec<u16>,
}

/// A topology spread constraint; its selector is about the Deployment's pods.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Spread {
    max_skew: u32,
    topology_key: Key,
    when_unsatisfiable: Otherwise,
    #[serde(default)]
    min_domains: Option<u32>,
    #[serde(default)]
    match_label_keys: Vec<Label>,
}

/// An anti-affinity; its selector is about the Deployment's pods.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AntiAffinity {
    r#type: Type,
    #[serde(default)]
    topology_key: Key,
    #[serde(default)]
    match_label_keys: Vec<Label>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Key {
    #[default]
    #[serde(alias = "kubernetes.io/hostname")]
    Hostname,
    #[serde(alias = "topology.kubernetes.io/zone")]
    Zone,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
enum Otherwise {
    DoNotSchedule,
    ScheduleAnyway,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Required,
    Preferred,
}

/// The one label whose value is another for each template.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
enum Label {
    #[serde(rename = "pod-template-hash")]
    PodTemplateHash,
}

impl Key {
    const fn domain(self) -> Domain {
        match self {
            Self::Hostname => Domain::Node,
            Self::Zone => Domain::Zone,
        }
    }
}

impl Placing {
    /// Reads `extra`.
    pub(super) fn read(extra: &Map<String, Value>) -> Result<Self, FieldError> {
        keys::EXTRA.only(extra, "extra")?;
        let read = Self::deserialize(Value::Object(extra.clone()));
        let read = read.map_err(|error| FieldError::new("extra", error))?;
        if read.host_ports.contains(&0) {
            return Err(FieldError::new("extra.host_ports", "0 is no port: write numbers from 1 to 65535"));
        }
        match read.spread.iter().any(|spread| spread.max_skew == 0 || spread.min_domains == Some(0)) {
            true => Err(FieldError::new("extra.spread", "maxSkew and minDomains are 1 or more")),
            false => Ok(read),
        }
    }

    /// Whether nodes must know whose pods they may have, or hold ports.
    pub(super) fn is_about_nodes(&self) -> bool {
        self.allowed_nodes.is_some() || !self.host_ports.is_empty()
    }

    /// By node, whether the pods may go there; an empty list: to all. `nodes`: how many there are.
    pub(super) fn open(&self, nodes: u32) -> Result<Vec<bool>, FieldError> {
        let Some(allowed) = &self.allowed_nodes else { return Ok(Vec::new()) };
        if let Some(node) = allowed.iter().find(|node| **node >= nodes) {
            let reason = format!("there is no node {node}: the cluster has {nodes}, counted from 0");
            return Err(FieldError::new("extra.allowed_nodes", reason));
        }
        Ok((0..nodes).map(|node| allowed.contains(&node)).collect())
    }

    /// Gives pods what is said. Without any spread the scheduler's default holds.
    pub(super) fn fill(&self, model: &mut PodModel) {
        let (mut constraints, mut preferences) = (Vec::new(), Vec::new());
        for spread in &self.spread {
            let (domain, own_revision) = (spread.topology_key.domain(), !spread.match_label_keys.is_empty());
            match spread.when_unsatisfiable {
                Otherwise::DoNotSchedule => {
                    let limit = Limit::Skew { most: spread.max_skew, min_domains: spread.min_domains.unwrap_or(1) };
                    constraints.push(Constraint { domain, limit, own_revision });
                }
                Otherwise::ScheduleAnyway => {
                    let wish = Wish::Spread { max_skew: spread.max_skew };
                    preferences.push(Preference { domain, wish, own_revision });
                }
            }
        }
        if let Some(apart) = &self.anti_affinity {
            let (domain, own_revision) = (apart.topology_key.domain(), !apart.match_label_keys.is_empty());
            match apart.r#type {
                Type::Required => constraints.push(Constraint { domain, limit: Limit::One, own_revision }),
                Type::Preferred => {
                    preferences.push(Preference { domain, wish: Wish::Apart { weight: WEIGHT }, own_revision });
                }
            }
        }
        if self.spread.is_empty() {
            preferences.extend(Preference::SYSTEM_DEFAULT);
        }
        (model.constraints, model.preferences) = (constraints, preferences);
    }
}

/// A model for pods whose course the script gives: of it only where they may go is used.
/// Rules are about the first Deployment's pods.
pub(super) fn model(placing: &Placing, of_first: bool, script: &PodScript) -> PodModel {
    let mut model = unused_model();
    if !script.held.is_empty() {
        model.scheduling = Scheduling::Scripted;
    }
    if of_first {
        placing.fill(&mut model);
    } else {
        Placing::default().fill(&mut model);
    }
    model
}

/// A model that is never used.
pub(super) fn unused_model() -> PodModel {
    let at_once = Distribution::constant(SimDuration::ZERO);
    PodModel {
        pull: at_once.clone(),
        pull_failure: 0.0,
        pull_check: None,
        crowding: 0.0,
        cached: 1.0,
        start: at_once.clone(),
        warm_up: at_once.clone(),
        termination: at_once.clone(),
        grace: SimDuration::ZERO,
        pre_stop: SimDuration::ZERO,
        probes: Probes::default(),
        crash: 0.0,
        crash_after: at_once.clone(),
        never_ready: 0.0,
        flap: 0.0,
        flap_after: at_once.clone(),
        flap_for: at_once.clone(),
        constraints: Vec::new(),
        preferences: Vec::new(),
        volumes: Vec::new(),
        own_volumes: 0,
        topology: None,
        scheduling: Scheduling::Scheduler,
        bad_version: 0.0,
        init_containers: Vec::new(),
        post_start: None,
        readiness_gate: None,
        refused: 0.0,
        evicted: 0.0,
        evicted_after: at_once,
        leader: None,
    }
}
