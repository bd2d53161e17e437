//! Terms of a pod's spec that are about the pods of others, which are not in the world of a forecast.

use crate::input::border::{Direction, Gap};
use crate::input::error::InputError;
use crate::input::fields::Map;
use crate::input::manifest::namespace_of;
use crate::input::selector::selects;
use crate::input::yaml::Node;

/// Such a term, by its field.
pub(super) struct Term {
    path: String,
    gap: Gap,
}

impl Term {
    pub(super) fn told(&self, object: &str) -> super::Unmodelled {
        super::Unmodelled {
            object: object.into(),
            field: self.path.clone(),
            effect: self.gap.effect.into(),
            direction: self.gap.direction,
            decides: self.gap.decides,
            assumed: false,
            scenarios: Vec::new(),
        }
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

/// Anti-affinity and spread whose selectors do not choose the Deployment's own pods.
pub(super) fn terms_about_others(deployment: &Map<'_>) -> Result<Vec<Term>, InputError> {
    let Some(template) = deployment.require("spec")?.map()?.map("template")? else { return Ok(Vec::new()) };
    let Some(spec) = template.map("spec")? else { return Ok(Vec::new()) };
    let labels = template.map("metadata")?.map(|metadata| metadata.map("labels")).transpose()?.flatten();
    let own = Own { labels, namespace: namespace_of(deployment)? };
    let affinity = spec.map("affinity")?.map(|affinity| affinity.map("podAntiAffinity")).transpose()?.flatten();
    let mut found = Vec::new();
    let mut tell = |path: &str, gap: Gap| found.push(Term { path: format!("spec.template.spec.{path}"), gap });
    if let Some(affinity) = affinity {
        for (key, gap) in [
            ("requiredDuringSchedulingIgnoredDuringExecution", KEPT_APART),
            ("preferredDuringSchedulingIgnoredDuringExecution", RATHER_APART),
        ] {
            for item in affinity.list(key)? {
                let item = item.map()?;
                let term = item.map("podAffinityTerm")?.unwrap_or(item);
                if own.is_not_meant(&term)? {
                    tell(&format!("affinity.podAntiAffinity.{key}"), gap);
                }
            }
        }
    }
    for constraint in spec.list("topologySpreadConstraints")? {
        if own.is_not_meant(&constraint.map()?)? {
            tell("topologySpreadConstraints", SPREAD);
        }
    }
    Ok(found)
}

/// The Deployment's own pods.
struct Own<'a> {
    labels: Option<Map<'a>>,
    namespace: &'a str,
}

impl Own<'_> {
    /// Whether a term chooses pods, and none of these. A term without a selector chooses none at all.
    fn is_not_meant(&self, term: &Map<'_>) -> Result<bool, InputError> {
        let Some(selector) = term.map("labelSelector")? else { return Ok(false) };
        let namespaces = term.list("namespaces")?;
        let here = namespaces.is_empty() || namespaces.iter().any(|name| name.text() == Ok(self.namespace));
        let anywhere = term.get("namespaceSelector").is_some_and(|node: &Node| node.map().is_ok());
        Ok(!selects(&selector, self.labels) || !(here || anywhere))
    }
}
