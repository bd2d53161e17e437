//! Where pods of a template may not go, and where they would rather not: topology spread, affinity and anti-affinity.

use crate::input::kubernetes::ground::HOSTNAME;
use crate::input::kubernetes::label_selector::{Selector, maps, text};
use crate::input::kubernetes::namespaces::{Namespaces, owned};
use crate::input::kubernetes::pod_terms::{Neighbour, PodTerms, Seen, names_template};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::scenario::Own;

/// What a pod's spec says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Placement {
    /// A required anti-affinity leaves room for one pod on a node.
    pub(crate) one_per_node: bool,
    /// Nodes that are cordoned, or whose taints the pod does not tolerate, count as domains (`nodeTaintsPolicy:
    /// Ignore`).
    pub(crate) counts_closed_nodes: bool,
    /// Nodes that the pod does not choose count as domains (`nodeAffinityPolicy: Ignore`).
    pub(crate) counts_other_nodes: bool,
    /// No topology spread constraints are written.
    pub(crate) spread_by_default: bool,
    /// What the forecast assumes, in sentences that every answer repeats.
    pub(crate) assumed: Vec<String>,
    pub(in crate::input) pod: Seen,
    pub(super) terms: PodTerms,
    pub(super) spreads: Vec<Spread>,
}

/// A topology spread constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spread {
    pub(super) key: String,
    selector: Option<Selector>,
    /// Which of the Deployment's own pods are counted.
    pub(super) own: Own,
    pub(super) most: u32,
    pub(super) min_domains: u32,
    /// `DoNotSchedule`, not `ScheduleAnyway`.
    pub(super) hard: bool,
    pub(super) honors_affinity: bool,
    pub(super) honors_taints: bool,
}

/// The namespace that the pods are in, among those that are known.
#[derive(Clone, Copy)]
pub(crate) struct PodNamespace<'a> {
    pub(crate) name: &'a str,
    pub(crate) all: &'a Namespaces,
}

impl Placement {
    /// Reads a pod's spec; `labels` are the pod's.
    pub(crate) fn read(spec: &Map<'_>, labels: Option<Map<'_>>, home: PodNamespace<'_>) -> Result<Self, InputError> {
        let pod = Seen { namespace: home.name.to_owned(), labels: owned(labels) };
        let terms = PodTerms::read(spec, &pod)?;
        let spreads = maps(spec.list("topologySpreadConstraints")?)?;
        let spreads = spreads.iter().map(|one| Spread::read(one, &pod)).collect::<Result<Vec<_>, _>>()?;
        let hard = || spreads.iter().filter(|one| one.hard);
        let mut placement = Self {
            one_per_node: terms
                .apart
                .iter()
                .any(|term| term.key == HOSTNAME && term.own(&pod, home.all) == Some(Own::All)),
            counts_closed_nodes: hard().any(|one| one.own != Own::None && !one.honors_taints),
            counts_other_nodes: hard().any(|one| one.own != Own::None && !one.honors_affinity),
            spread_by_default: spreads.is_empty(),
            assumed: Vec::new(),
            pod,
            terms,
            spreads,
        };
        placement.tell_unknown_namespace(home.all);
        Ok(placement)
    }

    /// Whether a term or a constraint is about a pod of another owner, wherever it is.
    pub(crate) fn is_about(&self, other: &Seen, namespaces: &Namespaces) -> bool {
        let PodTerms { beside, apart, rather_beside, rather_apart } = &self.terms;
        let rather = rather_beside.iter().chain(rather_apart).map(|(_, term)| term);
        let mut terms = beside.iter().chain(apart).chain(rather);
        terms.any(|term| term.selects(other, namespaces) == Some(true))
            || self.spreads.iter().any(|spread| spread.selects(other, &self.pod.namespace))
    }

    /// Says of which terms it is not known whether they are about pods of this namespace.
    fn tell_unknown_namespace(&mut self, namespaces: &Namespaces) {
        let PodTerms { beside, apart, rather_beside, rather_apart } = &self.terms;
        let apart = apart.iter().chain(rather_apart.iter().map(|(_, term)| term)).map(|term| ("podAntiAffinity", term));
        let beside = beside.iter().chain(rather_beside.iter().map(|(_, term)| term)).map(|term| ("podAffinity", term));
        let unknown = apart.chain(beside).filter(|(_, term)| term.own(&self.pod, namespaces).is_none());
        self.assumed.extend(unknown.map(|(kind, _)| left_out(kind, &self.pod.namespace)));
    }
}

/// Why a term is left out.
pub(super) fn left_out(kind: &str, namespace: &str) -> String {
    format!(
        "{kind}: a term with a namespaceSelector was left out: the labels of namespace {namespace} are not known; put its \
         Namespace object into the file"
    )
}

impl Spread {
    fn read(map: &Map<'_>, pod: &Seen) -> Result<Self, InputError> {
        let key = map.require("topologyKey")?.text()?.to_owned();
        let most = map.require("maxSkew")?.integer(1, i32::MAX as u64)? as u32;
        let mut selector = map.map("labelSelector")?.map(|selector| Selector::read(&selector)).transpose()?;
        for key in map.list("matchLabelKeys")? {
            let key = key.text()?;
            if let (Some(value), Some(selector)) = (pod.labels.get(key), &mut selector) {
                selector.require(key, "In", vec![value.clone()]);
            }
        }
        let otherwise = map.require("whenUnsatisfiable")?;
        if !matches!(otherwise.text()?, "DoNotSchedule" | "ScheduleAnyway") {
            return Err(otherwise.wrong("DoNotSchedule or ScheduleAnyway"));
        }
        let label = |key: &str| pod.labels.get(key).map(String::as_str);
        let own = match selector.as_ref().is_some_and(|selector| selector.matches(label)) {
            false => Own::None,
            true if names_template(map)? => Own::SameTemplate,
            true => Own::All,
        };
        Ok(Self {
            key,
            selector,
            own,
            most,
            min_domains: map.read("minDomains", |node| node.integer(1, i32::MAX as u64))?.unwrap_or(1) as u32,
            hard: otherwise.text()? == "DoNotSchedule",
            honors_affinity: text(map, "nodeAffinityPolicy") != Some("Ignore"),
            honors_taints: text(map, "nodeTaintsPolicy") == Some("Honor"),
        })
    }

    /// Whether a pod of another owner is counted, wherever it is.
    pub(super) fn counts(&self, neighbour: &Neighbour, home: &str) -> bool {
        self.selects(&neighbour.pod, home) && !neighbour.terminating
    }

    /// Whether it is about a pod of another owner.
    pub(super) fn selects(&self, other: &Seen, home: &str) -> bool {
        let label = |key: &str| other.labels.get(key).map(String::as_str);
        let selects = self.selector.as_ref().is_some_and(|selector| selector.matches(label));
        selects && self.own != Own::SameTemplate && other.namespace == home
    }
}
