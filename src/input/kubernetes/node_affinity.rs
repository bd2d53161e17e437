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
    tolerations: Vec<Toleration>,
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
        let tolerations = maps(spec.list("tolerations")?)?.iter().map(toleration).collect();
        Ok(Self { labels, terms, tolerations })
    }

    /// Whether it chooses nodes by their labels.
    pub(crate) fn asks_for_labels(&self) -> bool {
        self.labels.iter().any(|(key, value)| of_every_node(key) != Some(value)) || self.terms.is_some()
    }

    /// The field that chooses nodes by their names, so that only one or few may match.
    pub(crate) fn names_nodes(&self) -> Option<&'static str> {
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
        if machine.cordoned {
            return Some("it is cordoned".into());
        }
        let taint = machine.taints.iter().find(|taint| !self.tolerates(taint))?;
        Some(format!("its taint {} is not tolerated", taint.key))
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
        let label = |key: &str| machine.labels.get(key).map(String::as_str).or_else(|| of_every_node(key));
        if self.labels.iter().any(|(key, value)| label(key) != Some(value)) {
            return Some("it does not match the nodeSelector".into());
        }
        // A term without requirements matches nothing.
        let meets = |term: &Vec<Requirement>| !term.is_empty() && term.iter().all(|one| one.holds(label(&one.key)));
        let unmet = self.terms.as_ref().is_some_and(|terms| !terms.iter().any(meets));
        unmet.then(|| "it does not match the nodeAffinity".into())
    }

    fn tolerates(&self, taint: &Taint) -> bool {
        self.tolerations.iter().any(|toleration| {
            toleration.effect.as_ref().is_none_or(|effect| *effect == taint.effect)
                && toleration.key.as_ref().is_none_or(|key| *key == taint.key)
                && (toleration.any_value || toleration.value == taint.value)
        })
    }
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
