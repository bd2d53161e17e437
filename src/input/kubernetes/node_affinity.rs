//! Which Node objects take the pods of a template: node selector, required node affinity, taints and tolerations.
//!
//! Upstream: `component-helpers/scheduling/corev1/nodeaffinity`, `core/v1/toleration.go: ToleratesTaint`.

use std::collections::BTreeMap;

use crate::input::kubernetes::label_selector::{maps, meets, text};
use crate::input::kubernetes::machine::{Machine, Taint};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// What a pod template says about nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodeChoice {
    labels: Vec<(String, String)>,
    /// A node must meet all requirements of one of these; `None`: there are none to meet.
    terms: Option<Vec<Vec<Requirement>>>,
    /// Terms that nodes had better meet, with weights.
    preferred: Vec<(u32, Vec<Requirement>)>,
    tolerations: Vec<Toleration>,
    /// `nodeName`: the scheduler is passed by.
    node_name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: String,
    values: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Toleration {
    key: Option<String>,
    value: String,
    any_value: bool,
    effect: Option<String>,
}

const OPERATORS: [&str; 6] = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];

impl NodeChoice {
    /// Reads a pod's spec.
    pub(crate) fn read(spec: &Map<'_>) -> Result<Self, InputError> {
        let selector = spec.map("nodeSelector")?.map_or(&[][..], |map| map.entries);
        let label = |(key, value): (&String, &Node)| Ok((key.clone(), value.text()?.to_owned()));
        let labels =
            selector.iter().map(|entry| label((&entry.key, &entry.value))).collect::<Result<_, InputError>>()?;
        let affinity = spec.map("affinity")?.map(|affinity| affinity.map("nodeAffinity")).transpose()?.flatten();
        let required =
            affinity.map(|map| map.map("requiredDuringSchedulingIgnoredDuringExecution")).transpose()?.flatten();
        let terms = required.map(|required| required.list("nodeSelectorTerms")).transpose()?;
        let terms = terms.map(|terms| maps(terms)?.iter().map(term).collect()).transpose()?;
        let preferred = affinity.map(|map| map.list("preferredDuringSchedulingIgnoredDuringExecution")).transpose()?;
        let weighted = |one: &Map<'_>| {
            let weight = one.require("weight")?.integer(1, 100)? as u32;
            Ok((weight, term(&one.require("preference")?.map()?)?))
        };
        let preferred = maps(preferred.unwrap_or_default())?.iter().map(weighted).collect::<Result<_, InputError>>()?;
        let tolerations = maps(spec.list("tolerations")?)?.iter().map(toleration).collect();
        let node_name = text(spec, "nodeName").filter(|name| !name.is_empty()).map(str::to_owned);
        Ok(Self { labels, terms, preferred, tolerations, node_name })
    }

    /// Of a node selector by itself, as a PersistentVolume has one.
    pub(crate) fn of_terms(selector: &Map<'_>) -> Result<Self, InputError> {
        let terms = maps(selector.list("nodeSelectorTerms")?)?.iter().map(term).collect::<Result<_, _>>()?;
        Ok(Self { terms: Some(terms), ..Self::default() })
    }

    /// The same without what it asks of labels that are not `known`. A term of which nothing is left matches all nodes.
    pub(crate) fn about(&self, mut known: impl FnMut(&str) -> bool) -> Self {
        let mut choice = self.clone();
        for term in choice.terms.iter_mut().flatten() {
            term.retain(|one| known(&one.key));
        }
        let any = choice.terms.as_ref().is_some_and(|terms| terms.iter().any(Vec::is_empty));
        let lost_all = any && self.terms.as_ref().is_some_and(|terms| terms.iter().all(|term| !term.is_empty()));
        choice.terms = choice.terms.filter(|_| !lost_all);
        choice
    }

    /// Adds what the DaemonSet controller lets the pods of every DaemonSet tolerate, and those on the host's network besides.
    ///
    /// Upstream: `daemon/util/daemonset_util.go: AddOrUpdateDaemonPodTolerations`.
    pub(crate) fn tolerate_as_daemon(&mut self, host_network: bool) {
        let added = [
            ("not-ready", "NoExecute"),
            ("unreachable", "NoExecute"),
            ("disk-pressure", "NoSchedule"),
            ("memory-pressure", "NoSchedule"),
            ("pid-pressure", "NoSchedule"),
            ("unschedulable", "NoSchedule"),
        ];
        let of_network = host_network.then_some(("network-unavailable", "NoSchedule"));
        self.tolerations.extend(added.into_iter().chain(of_network).map(|(condition, effect)| Toleration {
            key: Some(format!("node.kubernetes.io/{condition}")),
            value: String::new(),
            any_value: true,
            effect: Some(effect.to_owned()),
        }));
    }

    /// Whether pods may be scheduled to a node that is not reachable.
    pub(crate) fn tolerates_unreachable(&self) -> bool {
        let (key, effect) = ("node.kubernetes.io/unreachable".to_owned(), "NoSchedule".to_owned());
        self.tolerates(&Taint { key, value: String::new(), effect })
    }

    /// Adds what a RuntimeClass says about nodes: a selector, and taints that are tolerated.
    pub(crate) fn restrict(&mut self, scheduling: &Map<'_>) -> Result<(), InputError> {
        let also = Self::read(scheduling)?;
        self.labels.extend(also.labels);
        self.tolerations.extend(also.tolerations);
        Ok(())
    }

    /// Whether it chooses nodes by their labels.
    pub(crate) fn asks_for_labels(&self) -> bool {
        let by_labels = self.labels.iter().any(|(key, value)| of_every_node(key) != Some(value));
        by_labels || self.terms.is_some() || self.node_name.is_some()
    }

    /// The field that chooses nodes by their names, so that only one or few may match.
    pub(crate) fn names_nodes(&self) -> Option<&'static str> {
        if self.node_name.is_some() {
            return Some("spec.template.spec.nodeName");
        }
        let is_name = |key: &str| [Machine::NAME, "kubernetes.io/hostname"].contains(&key);
        let chosen = |one: &Requirement| is_name(&one.key) && one.operator == "In";
        if self.labels.iter().any(|(key, _)| is_name(key)) {
            return Some("spec.template.spec.nodeSelector");
        }
        let terms = self.terms.as_ref().filter(|terms| terms.iter().any(|term| term.iter().any(chosen)));
        terms.map(|_| "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution")
    }

    /// Why a node does not take the pods; `None`: it does.
    pub(crate) fn refuses(&self, machine: &Machine) -> Option<String> {
        self.does_not_match(machine).or_else(|| self.is_closed(machine))
    }

    /// Why a node that would match takes none of the pods.
    pub(crate) fn is_closed(&self, machine: &Machine) -> Option<String> {
        // The kubelet of a node that is named looks at no other taints than those.
        let counts = |taint: &&Taint| self.node_name.is_none() || taint.effect == "NoExecute";
        if self.is_kept_off(machine) && self.node_name.is_none() {
            return Some("it is cordoned".into());
        }
        let taint = machine.taints.iter().filter(counts).find(|taint| !self.tolerates(taint))?;
        Some(format!("its taint {} is not tolerated", taint.key))
    }

    /// Whether a node is cordoned, and the pods do not tolerate that.
    ///
    /// Upstream: `plugins/nodeunschedulable/node_unschedulable.go: Filter`.
    pub(crate) fn is_kept_off(&self, machine: &Machine) -> bool {
        let (key, effect) = ("node.kubernetes.io/unschedulable".into(), "NoSchedule".into());
        machine.cordoned && !self.tolerates(&Taint { key, value: String::new(), effect })
    }

    /// Which nodes do not take the pods, and why, by reason.
    pub(crate) fn left_out(&self, machines: &[Machine]) -> Vec<String> {
        let mut reasons: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for machine in machines {
            if let Some(reason) = self.refuses(machine) {
                reasons.entry(reason).or_default().push(machine.name());
            }
        }
        let sentences = reasons.into_iter().map(|(reason, names)| match names[..] {
            [name] => format!("Node {name} was left out: {reason}"),
            _ => format!("{} Nodes were left out, {} among them: {reason}", names.len(), names[0]),
        });
        sentences.collect()
    }

    /// What the pods ask of nodes' labels that a node does not have.
    pub(crate) fn does_not_match(&self, machine: &Machine) -> Option<String> {
        if self.node_name.as_ref().is_some_and(|name| name != machine.name()) {
            return Some("the pods name another one in nodeName".into());
        }
        let label = |key: &str| label(machine, key);
        if self.labels.iter().any(|(key, value)| label(key) != Some(value)) {
            return Some("it does not match the nodeSelector".into());
        }
        // A term without requirements matches nothing.
        let meets = |term: &Vec<Requirement>| !term.is_empty() && term.iter().all(|one| one.holds(label(&one.key)));
        let unmet = self.terms.as_ref().is_some_and(|terms| !terms.iter().any(meets));
        unmet.then(|| "it does not match the nodeAffinity".into())
    }

    /// Whether the pods name their node, so that no scheduler looks for one.
    pub(crate) fn names_its_node(&self) -> bool {
        self.node_name.is_some()
    }

    /// Whether it prefers some nodes to others by their labels.
    pub(crate) fn prefers_labels(&self) -> bool {
        !self.preferred.is_empty()
    }

    /// The sum of the weights of the preferred terms that a node meets.
    ///
    /// Upstream: `component-helpers/scheduling/corev1/nodeaffinity: PreferredSchedulingTerms.Score`; there a term without
    /// requirements matches no node.
    pub(crate) fn preference_for(&self, machine: &Machine) -> i64 {
        let meets =
            |term: &Vec<Requirement>| !term.is_empty() && term.iter().all(|one| one.holds(label(machine, &one.key)));
        self.preferred.iter().filter(|(_, term)| meets(term)).map(|(weight, _)| i64::from(*weight)).sum()
    }

    /// How many `PreferNoSchedule` taints of a node it does not tolerate.
    pub(crate) fn unwelcome(&self, machine: &Machine) -> i64 {
        machine.discouraging.iter().filter(|taint| !self.tolerates(taint)).count() as i64
    }

    fn tolerates(&self, taint: &Taint) -> bool {
        self.tolerations.iter().any(|toleration| {
            toleration.effect.as_ref().is_none_or(|effect| *effect == taint.effect)
                && toleration.key.as_ref().is_none_or(|key| *key == taint.key)
                && (toleration.any_value || toleration.value == taint.value)
        })
    }
}

/// A label of a node, or its name under [`Machine::NAME`].
fn label<'m>(machine: &'m Machine, key: &str) -> Option<&'m str> {
    machine.labels.get(key).map(String::as_str).or_else(|| of_every_node(key))
}

/// What a Node has though its object may not say so: kubelets set it.
fn of_every_node(key: &str) -> Option<&'static str> {
    (key == "kubernetes.io/os").then_some("linux")
}

impl Requirement {
    fn holds(&self, value: Option<&str>) -> bool {
        let numbers = || Some((value?.parse::<i64>().ok()?, self.values.first()?.parse::<i64>().ok()?));
        match self.operator.as_str() {
            "Gt" => numbers().is_some_and(|(value, bound)| value > bound),
            "Lt" => numbers().is_some_and(|(value, bound)| value < bound),
            operator => meets(operator, value, self.values.iter().map(String::as_str)),
        }
    }
}

/// Requirements on labels, and on the one field there is, the name, which a Node has as a label as well.
fn term(term: &Map<'_>) -> Result<Vec<Requirement>, InputError> {
    let requirement = |map: &Map<'_>, key: &str| {
        let values = map.list("values")?.iter().map(|value| value.text().map(str::to_owned));
        let operator = map.require("operator")?;
        if !OPERATORS.contains(&operator.text()?) {
            return Err(operator.wrong(&OPERATORS.join(", ")));
        }
        let operator = operator.text()?.to_owned();
        Ok(Requirement { key: key.to_owned(), operator, values: values.collect::<Result<_, _>>()? })
    };
    let mut read = Vec::new();
    for expression in maps(term.list("matchExpressions")?)? {
        read.push(requirement(&expression, expression.require("key")?.text()?)?);
    }
    for field in maps(term.list("matchFields")?)? {
        let key = field.require("key")?;
        if key.text()? != Machine::NAME {
            return Err(key.wrong(Machine::NAME));
        }
        read.push(requirement(&field, Machine::NAME)?);
    }
    Ok(read)
}

fn toleration(map: &Map<'_>) -> Toleration {
    let owned = |key| text(map, key).filter(|text| !text.is_empty()).map(str::to_owned);
    Toleration {
        key: owned("key"),
        value: owned("value").unwrap_or_default(),
        any_value: text(map, "operator") == Some("Exists"),
        effect: owned("effect"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    fn refused(spec: &str, labels: &[(&str, &str)], taints: &str) -> Option<String> {
        let (spec, taints) = (node(spec), node(taints));
        let machine = Machine {
            labels: labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
            taints: Taint::read(&taints.map().unwrap()).unwrap(),
            ..Machine::default()
        };
        NodeChoice::read(&spec.map().unwrap()).unwrap().refuses(&machine)
    }

    #[test]
    fn taints_and_tolerations() {
        let gpu = "taints: [{key: gpu, value: a100, effect: NoSchedule}]";
        let cases = [
            ("{}", "{}", true),
            ("{}", "taints: [{key: gpu, effect: PreferNoSchedule}]", true),
            ("{}", gpu, false),
            ("tolerations: [{key: gpu, operator: Exists}]", gpu, true),
            ("tolerations: [{key: gpu, value: a100, effect: NoSchedule}]", gpu, true),
            ("tolerations: [{key: gpu, value: a100, effect: NoExecute}]", gpu, false),
            ("tolerations: [{key: gpu, operator: Equal, value: h100}]", gpu, false),
            ("tolerations: [{operator: Exists}]", gpu, true),
            ("tolerations: [{key: spot, operator: Exists}]", gpu, false),
        ];
        for (spec, taints, taken) in cases {
            let refused = refused(spec, &[], taints);
            assert_eq!(refused.is_none(), taken, "{spec} {taints}");
            assert!(taken || refused.unwrap() == "its taint gpu is not tolerated");
        }
    }

    #[test]
    fn selectors_and_affinity() {
        let labels = [("disk", "ssd"), ("cores", "16"), (Machine::NAME, "n1")];
        let of = |terms: &str| {
            format!(
                "affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{terms}]}}}}}}"
            )
        };
        let cases = [
            ("nodeSelector: {disk: ssd}".to_owned(), true),
            ("nodeSelector: {disk: hdd}".to_owned(), false),
            ("nodeSelector: {kubernetes.io/os: linux}".to_owned(), true),
            ("nodeSelector: {kubernetes.io/os: windows}".to_owned(), false),
            ("nodeSelector: {disk: ssd, zone: a}".to_owned(), false),
            (of("{matchExpressions: [{key: disk, operator: In, values: [ssd, nvme]}]}"), true),
            (of("{matchExpressions: [{key: disk, operator: NotIn, values: [ssd]}]}"), false),
            (of("{matchExpressions: [{key: gpu, operator: NotIn, values: [a100]}]}"), true),
            (
                of(
                    "{matchExpressions: [{key: gpu, operator: Exists}]}, {matchExpressions: [{key: disk, operator: Exists}]}",
                ),
                true,
            ),
            (
                of(
                    "{matchExpressions: [{key: cores, operator: Gt, values: [\"8\"]}, {key: cores, operator: Lt, values: [\"16\"]}]}",
                ),
                false,
            ),
            (of("{matchExpressions: [{key: cores, operator: Gt, values: [\"8\"]}]}"), true),
            (of("{matchFields: [{key: metadata.name, operator: In, values: [n1]}]}"), true),
            (of("{matchFields: [{key: metadata.name, operator: In, values: [n2]}]}"), false),
            (of("{}"), false),
        ];
        for (spec, taken) in cases {
            assert_eq!(refused(&spec, &labels, "{}").is_none(), taken, "{spec}");
        }
    }
}
