//! Where pods of a template may not go, and where they would rather not: topology spread and anti-affinity.

use crate::input::kubernetes::label_selector::{asked_keys, maps, matches, selects, text};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::scenario::{Constraint, Domain, Limit, Preference, Wish};

/// What a pod's spec says about it.
#[derive(Debug, Default)]
pub(crate) struct Placement {
    /// A required anti-affinity leaves room for one pod on a node.
    pub(crate) one_per_node: bool,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) preferences: Vec<Preference>,
    /// Nodes that are cordoned, or whose taints the pod does not tolerate, count as domains (`nodeTaintsPolicy:
    /// Ignore`).
    pub(crate) counts_closed_nodes: bool,
    /// No topology spread constraints are written.
    pub(crate) spread_by_default: bool,
    /// What the forecast assumes, in sentences that every answer repeats.
    pub(crate) assumed: Vec<String>,
}

/// The namespace that the pods are in.
#[derive(Clone, Copy)]
pub(crate) struct PodNamespace<'a> {
    pub(crate) name: &'a str,
    /// Its Namespace object, where the manifest has it.
    pub(crate) object: Option<Map<'a>>,
}

impl PodNamespace<'_> {
    /// The label that every namespace has.
    const NAME_LABEL: &'static str = "kubernetes.io/metadata.name";

    /// Whether a `namespaceSelector` selects it; `None` where that depends on labels that are not known.
    fn is_selected(&self, selector: &Map<'_>) -> Result<Option<bool>, InputError> {
        let labels = self.object.map(|object| object.map("metadata")).transpose()?.flatten();
        let labels = labels.map(|metadata| metadata.map("labels")).transpose()?.flatten();
        let label = |key: &str| match key {
            Self::NAME_LABEL => Some(self.name),
            key => labels.as_ref().and_then(|labels| text(labels, key)),
        };
        let by_name_alone = asked_keys(selector)?.iter().all(|key| *key == Self::NAME_LABEL);
        Ok((by_name_alone || self.object.is_some()).then(|| matches(selector, label)))
    }
}

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

fn domain(key: &str) -> Option<Domain> {
    match key {
        HOSTNAME => Some(Domain::Node),
        ZONE => Some(Domain::Zone),
        _ => None,
    }
}

impl Placement {
    /// Reads a pod's spec; `labels` are the pod's.
    pub(crate) fn read(spec: &Map<'_>, labels: Option<Map<'_>>, home: PodNamespace<'_>) -> Result<Self, InputError> {
        let mut placement = Self { spread_by_default: true, ..Self::default() };
        placement.read_anti_affinity(spec, labels, home)?;
        for constraint in maps(spec.list("topologySpreadConstraints")?)? {
            placement.spread_by_default = false;
            placement.read_spread(&constraint, labels)?;
        }
        Ok(placement)
    }

    fn read_spread(&mut self, constraint: &Map<'_>, labels: Option<Map<'_>>) -> Result<(), InputError> {
        let key = constraint.require("topologyKey")?.text()?;
        let most = constraint.require("maxSkew")?.integer(1, i32::MAX as u64)? as u32;
        // The report of unmodelled fields (`border`) names what this reader leaves out.
        let Some(domain) = domain(key) else { return Ok(()) };
        if !constraint.map("labelSelector")?.is_some_and(|selector| selects(&selector, labels)) {
            return Ok(());
        }
        let own_revision = names_revision(constraint)?;
        let otherwise = constraint.require("whenUnsatisfiable")?;
        if !matches!(otherwise.text()?, "DoNotSchedule" | "ScheduleAnyway") {
            return Err(otherwise.wrong("DoNotSchedule or ScheduleAnyway"));
        }
        if otherwise.text()? == "ScheduleAnyway" {
            self.preferences.push(Preference { domain, wish: Wish::Spread { max_skew: most }, own_revision });
        } else {
            let min_domains =
                constraint.read("minDomains", |node| node.integer(1, i32::MAX as u64))?.unwrap_or(1) as u32;
            self.counts_closed_nodes |= text(constraint, "nodeTaintsPolicy") != Some("Honor");
            self.constraints.push(Constraint { domain, limit: Limit::Skew { most, min_domains }, own_revision });
        }
        Ok(())
    }

    fn read_anti_affinity(
        &mut self,
        spec: &Map<'_>,
        labels: Option<Map<'_>>,
        home: PodNamespace<'_>,
    ) -> Result<(), InputError> {
        let Some(affinity) =
            spec.map("affinity")?.map(|affinity| affinity.map("podAntiAffinity")).transpose()?.flatten()
        else {
            return Ok(());
        };
        for term in maps(affinity.list("requiredDuringSchedulingIgnoredDuringExecution")?)? {
            match self.excluded_domain(&term, labels, home)? {
                Some((Domain::Node, false)) => self.one_per_node = true,
                Some((domain, own_revision)) => {
                    self.constraints.push(Constraint { domain, limit: Limit::One, own_revision });
                }
                None => {}
            }
        }
        for preferred in maps(affinity.list("preferredDuringSchedulingIgnoredDuringExecution")?)? {
            let weight = preferred.require("weight")?.integer(1, 100)? as u32;
            let term = preferred.require("podAffinityTerm")?.map()?;
            if let Some((domain, own_revision)) = self.excluded_domain(&term, labels, home)? {
                self.preferences.push(Preference { domain, wish: Wish::Apart { weight }, own_revision });
            }
        }
        Ok(())
    }

    /// The domain that a term keeps the pod's own kind out of, and whether only those of its revision.
    fn excluded_domain(
        &mut self,
        term: &Map<'_>,
        labels: Option<Map<'_>>,
        home: PodNamespace<'_>,
    ) -> Result<Option<(Domain, bool)>, InputError> {
        if !term.map("labelSelector")?.is_some_and(|selector| selects(&selector, labels)) {
            return Ok(None);
        }
        if term.get("mismatchLabelKeys").is_some() || !self.concerns(term, home)? {
            return Ok(None);
        }
        let key = term.require("topologyKey")?.text()?;
        let own_revision = names_revision(term)?;
        Ok(domain(key).map(|domain| (domain, own_revision)))
    }

    /// Whether a term is about pods of `home`: those namespaces count that it lists or selects, and without either the
    /// pod's own (`component-helpers/scheduling: GetNamespacesFromPodAffinityTerm`).
    fn concerns(&mut self, term: &Map<'_>, home: PodNamespace<'_>) -> Result<bool, InputError> {
        let listed = term.list("namespaces")?;
        let selector = term.map("namespaceSelector")?;
        if listed.iter().any(|name| name.text().ok() == Some(home.name)) {
            return Ok(true);
        }
        match selector.map(|selector| home.is_selected(&selector)).transpose()? {
            None => Ok(listed.is_empty()),
            Some(Some(selected)) => Ok(selected),
            Some(None) => {
                self.assumed.push(format!(
                    "podAntiAffinity: a term with a namespaceSelector was left out: the labels of namespace {} are not \
                     known; put its Namespace object into the file",
                    home.name
                ));
                Ok(false)
            }
        }
    }
}

fn names_revision(map: &Map<'_>) -> Result<bool, InputError> {
    Ok(map.list("matchLabelKeys")?.iter().any(|key| key.text().ok() == Some("pod-template-hash")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    fn placement(spec: &str) -> Placement {
        placement_beside(spec, None)
    }

    fn placement_beside(spec: &str, namespace: Option<&str>) -> Placement {
        let (spec, labels) = (node(spec), node("{app: web, tier: front}"));
        let object = namespace.map(node);
        let home = PodNamespace { name: "shop", object: object.as_ref().map(|object| object.map().unwrap()) };
        Placement::read(&spec.map().unwrap(), Some(labels.map().unwrap()), home).unwrap()
    }

    #[test]
    fn spread_constraints() {
        let of = |fields: &str| {
            placement(&format!(
                "topologySpreadConstraints: [{{maxSkew: 2, labelSelector: {{matchLabels: {{app: web}}}}, {fields}}}]"
            ))
        };
        let zone = of("topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule");
        let skew = |min_domains| Constraint {
            domain: Domain::Zone,
            limit: Limit::Skew { most: 2, min_domains },
            own_revision: false,
        };
        assert_eq!((zone.constraints, zone.assumed.len(), zone.spread_by_default), (vec![skew(1)], 0, false));
        let domains = of("topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, minDomains: 3");
        assert_eq!(domains.constraints, [skew(3)]);
        let own = of(
            "topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [pod-template-hash]",
        );
        assert_eq!(own.constraints, [Constraint { domain: Domain::Node, own_revision: true, ..skew(1) }]);
        let soft = of("topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway");
        let wish = Preference { domain: Domain::Node, wish: Wish::Spread { max_skew: 2 }, own_revision: false };
        assert_eq!((soft.constraints, soft.preferences, soft.assumed.len()), (vec![], vec![wish], 0));
        let rack = of("topologyKey: rack, whenUnsatisfiable: DoNotSchedule");
        assert_eq!((rack.constraints.len(), rack.spread_by_default), (0, false));
        assert!(placement("containers: []").spread_by_default);
    }

    #[test]
    fn anti_affinity() {
        let of = |terms: &str| placement(&format!("affinity: {{podAntiAffinity: {{{terms}}}}}"));
        let required = |selector: &str, key: &str| {
            of(&format!(
                "requiredDuringSchedulingIgnoredDuringExecution: [{{labelSelector: {selector}, topologyKey: {key}}}]"
            ))
        };
        assert!(required("{matchLabels: {app: web}}", HOSTNAME).one_per_node);
        assert!(required("{matchExpressions: [{key: app, operator: In, values: [web]}]}", HOSTNAME).one_per_node);
        assert!(!required("{matchLabels: {app: db}}", HOSTNAME).one_per_node);
        let zone = required("{}", ZONE);
        let one = Constraint { domain: Domain::Zone, limit: Limit::One, own_revision: false };
        assert_eq!((zone.one_per_node, zone.constraints), (false, vec![one]));
        let rack = required("{}", "rack");
        assert_eq!((rack.one_per_node, rack.constraints), (false, vec![]));
        let preferred =
            of("preferredDuringSchedulingIgnoredDuringExecution: [{weight: 40, podAffinityTerm: {labelSelector: \
             {matchLabels: {app: web}}, topologyKey: kubernetes.io/hostname}}]");
        let wish = Preference { domain: Domain::Node, wish: Wish::Apart { weight: 40 }, own_revision: false };
        assert_eq!(preferred.preferences, [wish]);
    }
    #[test]
    fn an_anti_affinity_holds_in_the_namespaces_that_it_names() {
        let term = |fields: &str| {
            format!(
                "affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{labelSelector: \
                 {{matchLabels: {{app: web}}}}, topologyKey: kubernetes.io/hostname{fields}}}]}}}}"
            )
        };
        let cases = [
            ("", true),
            (", namespaces: []", true),
            (", namespaces: [shop]", true),
            (", namespaces: [other, shop]", true),
            (", namespaces: [other]", false),
            (", namespaceSelector: {}", true),
            (", namespaces: [other], namespaceSelector: {}", true),
            (", namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}", true),
            (", namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}", false),
        ];
        for (fields, own) in cases {
            let read = placement(&term(fields));
            assert_eq!((read.one_per_node, read.assumed.len()), (own, 0), "{fields}");
        }
        let by_label = term(", namespaceSelector: {matchLabels: {team: front}}");
        let unknown = placement(&by_label);
        assert!(
            !unknown.one_per_node && unknown.assumed[0].contains("labels of namespace shop"),
            "{:?}",
            unknown.assumed
        );
        let of = |labels: &str| placement_beside(&by_label, Some(&format!("metadata: {{labels: {labels}}}")));
        assert!(of("{team: front}").one_per_node && of("{team: front}").assumed.is_empty());
        assert!(!of("{team: back}").one_per_node && of("{team: back}").assumed.is_empty());
    }
}
