//! Terms of a pod's spec that are about the pods of others, which are not part of a forecast.

use crate::input::kubernetes::border::{DOMAINS, Direction, Gap, Unmodelled};
use crate::input::kubernetes::label_selector::{asked_keys, selects, text};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// Such a term, by its field.
pub(super) struct Term {
    path: String,
    gap: Gap,
}

impl Term {
    pub(super) fn report(&self, object: &str) -> Unmodelled {
        self.gap.report(&self.path, object)
    }
}

const KEPT_APART: Gap = Gap {
    effect: "it keeps the pods away from pods of others, which are not in the forecast",
    direction: Direction::TooGood,
    decides: true,
    unless: &[],
};

const RATHER_APART: Gap = Gap {
    effect: "the pods would rather not be near pods of others, which are not in the forecast",
    direction: Direction::Either,
    decides: false,
    unless: &[],
};

const SPREAD: Gap = Gap {
    effect: "it counts pods of others, which are not in the forecast",
    direction: Direction::Either,
    decides: false,
    unless: &[],
};

const UNKNOWN_NAMESPACE: Gap = Gap {
    effect: "whether it is about this namespace hangs on the labels of its Namespace object, which is not in the input",
    direction: Direction::TooGood,
    decides: true,
    unless: &[],
};

const OTHER_DOMAIN: Gap = Gap {
    effect: "pods are spread over the values of this label of the nodes, which is not read",
    direction: Direction::TooGood,
    decides: true,
    unless: &[],
};

/// Anti-affinity and spread that depend on what is not in the forecast: pods of others, labels of a namespace, other domains
/// than nodes and zones. `spec` is the Deployment's.
pub(super) fn terms_about_others(spec: &Map<'_>, own: &Own<'_>) -> Result<Vec<Term>, InputError> {
    let Some(template) = spec.map("template")? else { return Ok(Vec::new()) };
    let Some(spec) = template.map("spec")? else { return Ok(Vec::new()) };
    let labels = template.map("metadata")?.map(|metadata| metadata.map("labels")).transpose()?.flatten();
    let mut found = Vec::new();
    let mut tell = |path: &str, gap: Gap| found.push(Term { path: format!("spec.template.spec.{path}"), gap });
    let affinity = spec.map("affinity")?.map(|affinity| affinity.map("podAntiAffinity")).transpose()?.flatten();
    if let Some(affinity) = affinity {
        for (key, gap) in [
            ("requiredDuringSchedulingIgnoredDuringExecution", KEPT_APART),
            ("preferredDuringSchedulingIgnoredDuringExecution", RATHER_APART),
        ] {
            for item in affinity.list(key)? {
                let item = item.map()?;
                let term = item.map("podAffinityTerm")?.unwrap_or(item);
                let path = format!("affinity.podAntiAffinity.{key}");
                if own.may_be_meant(&term)? {
                    let decides = gap.decides;
                    tell(&format!("{path}.namespaceSelector"), Gap { decides, ..UNKNOWN_NAMESPACE });
                } else if own.is_not_meant(&term, labels)? {
                    tell(&path, gap);
                }
            }
        }
    }
    for constraint in spec.list("topologySpreadConstraints")? {
        let constraint = constraint.map()?;
        if !text(&constraint, "topologyKey").is_none_or(|key| DOMAINS.contains(&key)) {
            let decides = text(&constraint, "whenUnsatisfiable") != Some("ScheduleAnyway");
            tell("topologySpreadConstraints.topologyKey", Gap { decides, ..OTHER_DOMAIN });
        } else if own.is_not_meant(&constraint, labels)? {
            tell("topologySpreadConstraints", SPREAD);
        }
    }
    Ok(found)
}

/// The namespace of the Deployment's own pods.
pub(super) struct Own<'a> {
    pub(super) namespace: &'a str,
    /// Its Namespace object, with its labels, is in the input.
    pub(super) known: bool,
}

impl Own<'_> {
    /// Whether a term chooses pods, and none of these. A term without a selector chooses none at all.
    fn is_not_meant(&self, term: &Map<'_>, labels: Option<Map<'_>>) -> Result<bool, InputError> {
        let Some(selector) = term.map("labelSelector")? else { return Ok(false) };
        let namespaces = term.list("namespaces")?;
        let here = namespaces.is_empty() || self.is_listed(term)?;
        let anywhere = term.get("namespaceSelector").is_some_and(|node: &Node| node.map().is_ok());
        Ok(!selects(&selector, labels) || !(here || anywhere))
    }

    fn is_listed(&self, term: &Map<'_>) -> Result<bool, InputError> {
        Ok(term.list("namespaces")?.iter().any(|name| name.text() == Ok(self.namespace)))
    }

    /// Whether a term selects namespaces by labels that are not known.
    fn may_be_meant(&self, term: &Map<'_>) -> Result<bool, InputError> {
        let Some(selector) = term.map("namespaceSelector")? else { return Ok(false) };
        let asked = asked_keys(&selector)?;
        Ok(!self.known && !self.is_listed(term)? && asked.iter().any(|key| *key != "kubernetes.io/metadata.name"))
    }
}
