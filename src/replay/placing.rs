//! Where the pods of a recording may go, as its `extra` has it: topology spread and anti-affinity among themselves.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::keys;
use super::stop::FieldError;
use crate::scenario::{Constraint, Domain, Limit, PodModel, Preference, Wish};

/// The weight of a preferred anti-affinity. There is one term at most, so that any weight says the same.
const WEIGHT: u32 = 100;

/// What `extra` says about it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Placing {
    spread: Vec<Spread>,
    anti_affinity: Option<AntiAffinity>,
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
        match read.spread.iter().any(|spread| spread.max_skew == 0 || spread.min_domains == Some(0)) {
            true => Err(FieldError::new("extra.spread", "maxSkew and minDomains are 1 or more")),
            false => Ok(read),
        }
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
