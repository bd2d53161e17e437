//! Terms of a pod's affinity and anti-affinity to pods: which pods each is about, and by which label of the nodes.
//!
//! Upstream: `pkg/scheduler/framework/types.go: AffinityTerm.Matches`,
//! `component-helpers/scheduling/corev1: GetNamespacesFromPodAffinityTerm`,
//! `pkg/registry/core/pod/strategy.go: applyMatchLabelKeysAndMismatchLabelKeys`.

use crate::input::kubernetes::label_selector::{Selector, maps};
use crate::input::kubernetes::namespaces::{Labels, Namespaces};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;
use crate::scenario::Own;

/// The label by which a ReplicaSet knows its pods; a template does not have it.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// A pod as the terms of others see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) namespace: String,
    pub(crate) labels: Labels,
}

/// What one term is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodTerm {
    /// `topologyKey`
    pub(crate) key: String,
    /// With `matchLabelKeys` and `mismatchLabelKeys` merged in, as the API server does it; `None` matches nothing.
    selector: Option<Selector>,
    namespaces: Vec<String>,
    by_namespace_labels: Option<Selector>,
    /// Of the pods of the same Deployment those of which templates, where the selector matches them.
    templates: Own,
}

/// All terms of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PodTerms {
    /// Required affinity.
    pub(crate) beside: Vec<PodTerm>,
    /// Required anti-affinity.
    pub(crate) apart: Vec<PodTerm>,
    /// Preferred affinity, with weights.
    pub(crate) rather_beside: Vec<(u32, PodTerm)>,
    /// Preferred anti-affinity, with weights.
    pub(crate) rather_apart: Vec<(u32, PodTerm)>,
}

impl PodTerms {
    /// Reads the terms of a pod's spec; `pod` is the pod itself.
    pub(crate) fn read(spec: &Map<'_>, pod: &Seen) -> Result<Self, InputError> {
        let Some(affinity) = spec.map("affinity")? else { return Ok(Self::default()) };
        let required = |kind: &str| {
            let own = affinity.map(kind)?;
            let terms = own.map(|own| own.list("requiredDuringSchedulingIgnoredDuringExecution")).transpose()?;
            maps(terms.unwrap_or_default())?
                .iter()
                .map(|term| PodTerm::read(term, pod))
                .collect::<Result<Vec<_>, InputError>>()
        };
        let preferred = |kind: &str| {
            let own = affinity.map(kind)?;
            let terms = own.map(|own| own.list("preferredDuringSchedulingIgnoredDuringExecution")).transpose()?;
            let weighted = |term: &Map<'_>| {
                let weight = term.require("weight")?.integer(1, 100)? as u32;
                Ok((weight, PodTerm::read(&term.require("podAffinityTerm")?.map()?, pod)?))
            };
            maps(terms.unwrap_or_default())?.iter().map(weighted).collect::<Result<Vec<_>, InputError>>()
        };
        Ok(Self {
            beside: required("podAffinity")?,
            apart: required("podAntiAffinity")?,
            rather_beside: preferred("podAffinity")?,
            rather_apart: preferred("podAntiAffinity")?,
        })
    }
}

impl PodTerm {
    fn read(term: &Map<'_>, pod: &Seen) -> Result<Self, InputError> {
        let mut templates = Own::All;
        let mut selector = term.map("labelSelector")?.map(|selector| Selector::read(&selector)).transpose()?;
        for (keys, operator, hashed) in
            [("matchLabelKeys", "In", Own::SameTemplate), ("mismatchLabelKeys", "NotIn", Own::OtherTemplates)]
        {
            for key in term.list(keys)? {
                let key = key.text()?;
                match (pod.labels.get(key), &mut selector) {
                    (Some(value), Some(selector)) => selector.require(key, operator, vec![value.clone()]),
                    (None, Some(_)) if key == TEMPLATE_HASH => templates = hashed,
                    _ => {}
                }
            }
        }
        let namespaces = term.list("namespaces")?.iter().map(|name| name.text().map(str::to_owned));
        let mut namespaces = namespaces.collect::<Result<Vec<_>, InputError>>()?;
        let by_namespace_labels = term.map("namespaceSelector")?.map(|own| Selector::read(&own)).transpose()?;
        if namespaces.is_empty() && by_namespace_labels.is_none() {
            namespaces.push(pod.namespace.clone());
        }
        let key = term.require("topologyKey")?.text()?.to_owned();
        Ok(Self { key, selector, namespaces, by_namespace_labels, templates })
    }

    /// Which pods of the Deployment that has the term it is about; `None` where labels of its namespace are not known.
    pub(crate) fn own(&self, pod: &Seen, namespaces: &Namespaces) -> Option<Own> {
        Some(if self.is_about(pod, namespaces)? { self.templates } else { Own::None })
    }

    /// Whether it is about a pod of another owner; `None` where labels of its namespace are not known.
    pub(crate) fn selects(&self, other: &Seen, namespaces: &Namespaces) -> Option<bool> {
        // Another owner's pods never have the template hash of this one's.
        Some(self.templates != Own::SameTemplate && self.is_about(other, namespaces)?)
    }

    fn is_about(&self, pod: &Seen, namespaces: &Namespaces) -> Option<bool> {
        let label = |key: &str| pod.labels.get(key).map(String::as_str);
        if !self.selector.as_ref().is_some_and(|selector| selector.matches(label)) {
            return Some(false);
        }
        if self.namespaces.contains(&pod.namespace) {
            return Some(true);
        }
        self.by_namespace_labels.as_ref().map_or(Some(false), |own| namespaces.is_selected(&pod.namespace, own))
    }
}

/// A pod of another owner that stands on a node while the rollout runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Neighbour {
    pub(crate) pod: Seen,
    /// Its node, by position among the Node objects of the file.
    pub(crate) node: usize,
    /// It has a deletion timestamp.
    pub(crate) terminating: bool,
    pub(crate) terms: PodTerms,
}

impl Neighbour {
    /// A pod with its namespace and labels, on a node, with the terms of its spec.
    pub(crate) fn read(pod: Seen, spec: Option<&Map<'_>>, node: usize, terminating: bool) -> Result<Self, InputError> {
        let terms = spec.map(|spec| PodTerms::read(spec, &pod)).transpose()?.unwrap_or_default();
        Ok(Self { pod, node, terminating, terms })
    }
}

/// Whether keys of a term or a constraint keep the pods of other templates out of it.
pub(crate) fn names_template(map: &Map<'_>) -> Result<bool, InputError> {
    Ok(map.list("matchLabelKeys")?.iter().map(Node::text).any(|key| key.ok() == Some(TEMPLATE_HASH)))
}
