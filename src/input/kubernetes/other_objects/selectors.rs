//! Terms of a pod's spec that are about the pods of others, which are not part of a forecast.

use crate::input::kubernetes::border::{Direction, Gap, Unmodelled};
use crate::input::kubernetes::label_selector::{asked_keys, selects};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// Such a term, by its field.
pub(super) struct Term {
    path: String,
    gap: Gap,
}

impl Term {
    /// Whether it would be modelled if the pods of others were known.
    pub(super) fn lacks_pods(&self) -> bool {
        self.gap.effect != UNKNOWN_NAMESPACE.effect
    }

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

const BESIDE: Gap = Gap {
    effect: "the pods fit only beside pods of others, which are not in the forecast",
    direction: Direction::TooGood,
    decides: true,
    unless: &[],
};

const RATHER_BESIDE: Gap = Gap {
    effect: "the pods would rather be near pods of others, which are not in the forecast",
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

/// Affinity, anti-affinity and spread that depend on what is not in the forecast: pods of others, and labels of a namespace.
/// `spec` is the Deployment's.
pub(super) fn terms_about_others(spec: &Map<'_>, own: &Own<'_>) -> Result<Vec<Term>, InputError> {
    let Some(template) = spec.map("template")? else { return Ok(Vec::new()) };
    let Some(spec) = template.map("spec")? else { return Ok(Vec::new()) };
    let labels = template.map("metadata")?.map(|metadata| metadata.map("labels")).transpose()?.flatten();
    let mut found = Vec::new();
    let mut tell = |path: &str, gap: Gap| found.push(Term { path: format!("spec.template.spec.{path}"), gap });
    let affinity = spec.map("affinity")?;
    for (kind, required, preferred) in
        [("podAffinity", BESIDE, RATHER_BESIDE), ("podAntiAffinity", KEPT_APART, RATHER_APART)]
    {
        let Some(affinity) = affinity.map(|affinity| affinity.map(kind)).transpose()?.flatten() else { continue };
        for (key, gap) in [
            ("requiredDuringSchedulingIgnoredDuringExecution", required),
            ("preferredDuringSchedulingIgnoredDuringExecution", preferred),
        ] {
            for item in affinity.list(key)? {
                let item = item.map()?;
                let term = item.map("podAffinityTerm")?.unwrap_or(item);
                let path = format!("affinity.{kind}.{key}");
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
        if own.is_not_meant(&constraint.map()?, labels)? {
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
