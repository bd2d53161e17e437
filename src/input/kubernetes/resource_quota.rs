//! ResourceQuota objects: which pods they count, what they count of one, and how many they allow.
//!
//! Upstream: `pkg/quota/v1/evaluator/core/pods.go: PodUsageFunc`, `Constraints`, `podMatchesScopeFunc`;
//! `apiserver/pkg/admission/plugin/resourcequota/controller.go: checkQuotas`.

use std::collections::BTreeMap;

use crate::input::kubernetes::amounts::{Amounts, CPU, MEMORY, PODS, amount_of, written};
use crate::input::kubernetes::label_selector::{maps, meets, text};
use crate::input::kubernetes::requests::{PodResources, Resources};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;

/// The greatest amount that the pods of a namespace may have of each thing that a quota counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quota {
    hard: Amounts,
    /// What all pods of the namespace use, as the quota controller counted it last.
    used: Option<Amounts>,
    /// The quota counts only pods that meet all of them.
    scopes: Vec<Scope>,
}

/// Which pods a quota counts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Scope {
    name: String,
    operator: String,
    values: Vec<String>,
}

/// What scopes ask about a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits {
    best_effort: bool,
    /// An affinity term names or selects namespaces.
    crosses_namespaces: bool,
    pub(crate) priority_class: Option<String>,
}

const PRIORITY_CLASS: &str = "PriorityClass";

impl Quota {
    /// Reads a ResourceQuota.
    pub(crate) fn read(object: &Map<'_>) -> Result<Self, InputError> {
        let (spec, status) = (object.map("spec")?, object.map("status")?);
        let under = |part: Option<Map<'_>>, key: &str| {
            part.map(|part| part.map(key)).transpose()?.flatten().map(|map| hard(&map)).transpose()
        };
        Ok(Self {
            // The quota controller copies the spec's to the status.
            hard: under(spec, "hard")?.or(under(status, "hard")?).unwrap_or_default(),
            used: under(status, "used")?,
            scopes: spec.map_or(Ok(Vec::new()), |spec| scopes(&spec))?,
        })
    }

    /// A quota that nobody uses yet, by the map that is its `hard`.
    pub(crate) fn of(map: &Map<'_>) -> Result<Self, InputError> {
        Ok(Self { hard: hard(map)?, ..Self::default() })
    }

    /// The greatest amounts.
    pub(crate) fn hard(&self) -> &Amounts {
        &self.hard
    }

    /// What all pods of the namespace use; `None`: it does not say.
    pub(crate) fn used(&self) -> Option<&Amounts> {
        self.used.as_ref()
    }

    /// Whether it counts such pods.
    pub(crate) fn counts(&self, pod: &Traits) -> bool {
        self.scopes.iter().all(|scope| scope.is_met(pod))
    }

    /// Whether it hangs on the class of priority which pods it counts.
    pub(crate) fn asks_for_a_priority_class(&self) -> bool {
        self.scopes.iter().any(|scope| scope.name == PRIORITY_CLASS)
    }

    /// What each container must state and some do not, with the names of these.
    pub(crate) fn missing(&self, pod: &PodResources) -> BTreeMap<String, Vec<String>> {
        let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
        if pod.has_own() {
            return missing;
        }
        for container in &pod.containers {
            let stated = charge(&container.resources);
            let required = self.hard.iter().filter(|(name, _)| MUST_BE_STATED.contains(name));
            for (name, _) in required.filter(|(name, _)| stated.written(name).is_none()) {
                missing.entry(name.to_owned()).or_default().push(container.name.clone());
            }
        }
        missing.values_mut().for_each(|names| names.sort());
        missing
    }

    /// How many of the pods it allows at a time, where `running` of them are among those that use it; `None`: any number.
    pub(crate) fn allows(&self, pod: &PodResources, running: u64) -> Option<Allowance> {
        let each = usage(pod);
        let of = |(name, hard): (&str, u64)| {
            let each = each.get(name);
            let own = each.saturating_mul(running);
            let used = self.used.as_ref().map(|used| used.get(name));
            let left = hard.saturating_sub(used.map_or(0, |used| used.saturating_sub(own)));
            let pods = left.checked_div(each)?;
            Some(Allowance { pods, name: name.to_owned(), used, own })
        };
        self.hard.iter().filter_map(of).min_by_key(|allowance| allowance.pods)
    }
}

/// How many pods a quota allows at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) pods: u64,
    /// What it has least of.
    name: String,
    /// How much of that all pods use; `None`: the quota does not say.
    used: Option<u64>,
    /// How much of it the running pods of the Deployment are taken to use.
    own: u64,
}

impl Allowance {
    /// What is assumed about the use of the quota called `title` by `running` pods.
    pub(crate) fn assumed(&self, title: &str, running: u64) -> String {
        let Self { pods, name, used, own } = self;
        let amount = |amount: u64| written(base(name), amount);
        match used {
            None => format!("{title} has no status.used: nothing but this Deployment is taken to use it"),
            Some(used) => format!(
                "{title}: of the {} of {name} in use, the {running} running pods are taken to use {}; that leaves room for \
                 {pods} of these pods at a time",
                amount(*used),
                amount(*own.min(used)),
            ),
        }
    }
}

/// What a quota makes every container state.
const MUST_BE_STATED: [&str; 6] = [CPU, MEMORY, "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// The resource that a quota's name is about.
pub(crate) fn base(name: &str) -> &str {
    name.strip_prefix("requests.").or(name.strip_prefix("limits.")).unwrap_or(name)
}

fn hard(map: &Map<'_>) -> Result<Amounts, InputError> {
    let mut amounts = Amounts::default();
    for entry in map.entries {
        if let Some(node) = map.get(&entry.key) {
            let resource = if entry.key == COUNT { PODS } else { base(&entry.key) };
            amounts.set(&entry.key, amount_of(resource, node)?);
        }
    }
    Ok(amounts)
}

const COUNT: &str = "count/pods";

/// What a quota counts of one pod.
pub(crate) fn usage(pod: &PodResources) -> Amounts {
    let mut usage = charge(&Resources { requests: pod.requests(), limits: pod.limits() });
    usage.add(&Amounts::from([(PODS, 1), (COUNT, 1)]));
    usage
}

/// Requests and limits by the names that quotas have for them. Extended resources are only counted as requests.
///
/// Upstream: `podComputeUsageHelper`.
fn charge(resources: &Resources) -> Amounts {
    let mut charge = Amounts::default();
    for (name, amount) in resources.requests.iter() {
        if !name.contains('/') {
            charge.set(name, amount);
        }
        charge.set(&format!("requests.{name}"), amount);
    }
    for (name, amount) in resources.limits.iter() {
        if matches!(name, CPU | MEMORY | "ephemeral-storage") {
            charge.set(&format!("limits.{name}"), amount);
        }
    }
    charge
}

fn scopes(spec: &Map<'_>) -> Result<Vec<Scope>, InputError> {
    let mut scopes = Vec::new();
    for name in spec.list("scopes")? {
        scopes.push(Scope { name: name.text()?.to_owned(), operator: "Exists".into(), values: Vec::new() });
    }
    let Some(selector) = spec.map("scopeSelector")? else { return Ok(scopes) };
    for expression in maps(selector.list("matchExpressions")?)? {
        let values = expression.list("values")?.iter().map(|value| value.text().map(str::to_owned));
        scopes.push(Scope {
            name: expression.require("scopeName")?.text()?.to_owned(),
            operator: expression.require("operator")?.text()?.to_owned(),
            values: values.collect::<Result<_, _>>()?,
        });
    }
    Ok(scopes)
}

impl Scope {
    fn is_met(&self, pod: &Traits) -> bool {
        match self.name.as_str() {
            "BestEffort" => pod.best_effort,
            "NotBestEffort" => !pod.best_effort,
            // The API server refuses a Deployment whose pods have a deadline of their own.
            "NotTerminating" => true,
            "CrossNamespacePodAffinity" => pod.crosses_namespaces,
            PRIORITY_CLASS => {
                meets(&self.operator, pod.priority_class.as_deref(), self.values.iter().map(String::as_str))
            }
            _ => false,
        }
    }
}

impl Traits {
    /// Those of a pod's spec whose containers ask for `resources`.
    pub(crate) fn read(spec: &Map<'_>, resources: &PodResources) -> Result<Self, InputError> {
        Ok(Self {
            best_effort: is_best_effort(resources),
            crosses_namespaces: crosses_namespaces(spec)?,
            priority_class: text(spec, "priorityClassName").filter(|name| !name.is_empty()).map(str::to_owned),
        })
    }
}

/// Whether neither CPU nor memory is asked for or limited anywhere.
///
/// Upstream: `pkg/apis/core/v1/helper/qos/qos.go: ComputePodQOS`.
fn is_best_effort(pod: &PodResources) -> bool {
    let asks = |one: &Resources| [&one.requests, &one.limits].iter().any(|all| all.get(CPU) > 0 || all.get(MEMORY) > 0);
    match &pod.own {
        Some(own) => !asks(own),
        None => !pod.containers.iter().any(|container| asks(&container.resources)),
    }
}

/// Whether an affinity term names or selects namespaces.
fn crosses_namespaces(spec: &Map<'_>) -> Result<bool, InputError> {
    let Some(affinity) = spec.map("affinity")? else { return Ok(false) };
    for kind in ["podAffinity", "podAntiAffinity"] {
        let Some(own) = affinity.map(kind)? else { continue };
        let required = maps(own.list("requiredDuringSchedulingIgnoredDuringExecution")?)?;
        let preferred = maps(own.list("preferredDuringSchedulingIgnoredDuringExecution")?)?;
        let preferred = preferred.iter().filter_map(|term| term.map("podAffinityTerm").transpose());
        for term in required.into_iter().map(Ok).chain(preferred) {
            let term = term?;
            if !term.list("namespaces")?.is_empty() || term.get("namespaceSelector").is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::input::tree::yaml::node;

    fn quota(text: &str) -> Quota {
        Quota::read(&node(text).map().unwrap()).unwrap()
    }

    fn pod(spec: &str) -> PodResources {
        PodResources::read(&node(spec).map().unwrap()).unwrap()
    }

    /// The pod of a case of upstream's tables.
    fn pod_of(input: &Value) -> PodResources {
        let containers = |key: &str| -> Vec<Value> {
            let resources = |one: &Value| {
                let policy = if one["restartAlways"] == true { json!("Always") } else { Value::Null };
                json!({"name": one["name"], "restartPolicy": policy, "resources": {"requests": one["requests"], "limits": one["limits"]}})
            };
            input[key].as_array().unwrap().iter().map(resources).collect()
        };
        let spec = json!({
            "containers": containers("containers"), "initContainers": containers("initContainers"),
            "overhead": input["overhead"], "resources": input["podResources"],
        });
        pod(&spec.to_string())
    }

    /// Upstream's own table (`pods_test.go: TestPodEvaluatorUsage`), but for pods that have ended.
    #[test]
    fn upstreams_table_of_usage() {
        let file: Value = serde_json::from_str(include_str!("../../../tests/vectors/quota_pod_usage.json")).unwrap();
        let mut checked = 0;
        for case in file["cases"].as_array().unwrap() {
            let input = &case["input"];
            if input["phase"] == "Succeeded" || input["deletionTimestampSecondsAgo"] == 60 {
                continue;
            }
            let expected = hard(&node(&case["expected"]["usage"].to_string()).map().unwrap()).unwrap();
            assert_eq!(usage(&pod_of(input)), expected, "{}", case["name"]);
            checked += 1;
        }
        assert_eq!(checked, 18);
    }

    /// Upstream's own table (`pods_test.go: TestPodConstraintsFunc`).
    #[test]
    fn upstreams_table_of_what_must_be_stated() {
        let file: Value =
            serde_json::from_str(include_str!("../../../tests/vectors/quota_pod_constraints.json")).unwrap();
        let cases = file["cases"].as_array().unwrap();
        for case in cases {
            let names = case["input"]["quotaResources"].as_array().unwrap();
            let hard = names.iter().map(|name| (name.as_str().unwrap().to_owned(), 1)).collect();
            let missing = Quota { hard, ..Quota::default() }.missing(&pod_of(&case["input"]));
            assert_eq!(json!(missing), case["expected"]["missing"], "{}", case["name"]);
        }
        assert_eq!(cases.len(), 6);
    }

    #[test]
    fn what_others_use_is_what_is_used_without_the_running_pods() {
        let each = pod("{containers: [{resources: {requests: {cpu: 1}, limits: {cpu: 3}}}]}");
        let of = |text: &str, running| quota(text).allows(&each, running).map(|allowance| allowance.pods);
        let used = "{spec: {hard: {limits.cpu: 24}}, status: {used: {limits.cpu: 21500m}}}";
        assert_eq!(of(used, 4), Some(4), "others use 9.5 of 24, and 4 times 3 go into the rest");
        assert_eq!(of(used, 0), Some(0), "all of it is others'");
        assert_eq!(of("{spec: {hard: {limits.cpu: 24}}}", 4), Some(8));
        assert_eq!(of("{spec: {hard: {limits.cpu: 9, pods: 2}}, status: {hard: {pods: 7}}}", 4), Some(2));
        assert_eq!(of("{spec: {hard: {limits.cpu: 6}}, status: {used: {limits.cpu: 30}}}", 4), Some(0), "over-full");
        assert_eq!(of("{spec: {hard: {limits.cpu: 24}}, status: {used: {limits.cpu: 3}}}", 4), Some(8), "counted late");
        assert_eq!(of("{spec: {hard: {limits.memory: 1Gi, count/services: 1}}}", 4), None);
    }

    #[test]
    fn devices_storage_and_huge_pages_are_counted_as_requests() {
        let each = pod(
            "{containers: [{resources: {limits: {nvidia.com/gpu: 2, ephemeral-storage: 1Gi, hugepages-2Mi: 4Mi}}}]}",
        );
        for (hard, pods) in [
            ("requests.nvidia.com/gpu: 5", Some(2)),
            ("nvidia.com/gpu: 5", None),
            ("limits.ephemeral-storage: 3Gi", Some(3)),
            ("ephemeral-storage: 2Gi", Some(2)),
            ("hugepages-2Mi: 4Mi", Some(1)),
            ("requests.hugepages-2Mi: 9Mi", Some(2)),
            ("count/pods: 7", Some(7)),
            ("requests.storage: 1Gi", None),
        ] {
            let allowance = quota(&format!("{{spec: {{hard: {{{hard}}}}}}}")).allows(&each, 0);
            assert_eq!(allowance.map(|allowance| allowance.pods), pods, "{hard}");
        }
    }

    #[test]
    fn a_quota_counts_the_pods_that_meet_all_of_its_scopes() {
        let counts = |scopes: &str, spec: &str| {
            let traits = Traits::read(&node(spec).map().unwrap(), &pod(spec)).unwrap();
            quota(&format!("{{spec: {{hard: {{pods: 1}}, {scopes}}}}}")).counts(&traits)
        };
        let class = |operator: &str, values: &str| {
            format!(
                "scopeSelector: {{matchExpressions: [{{scopeName: PriorityClass, operator: {operator}, values: [{values}]}}]}}"
            )
        };
        let (silent, asks) = ("{containers: [{}]}", "{containers: [{resources: {limits: {cpu: 1}}}]}");
        let high = "{priorityClassName: high, containers: []}";
        let afar = "{affinity: {podAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{podAffinityTerm: {namespaces: [b]}}]}}}";
        for (scopes, spec, expected) in [
            ("scopes: []", silent, true),
            ("scopes: [Terminating]", silent, false),
            ("scopes: [NotTerminating]", silent, true),
            ("scopes: [BestEffort]", silent, true),
            ("scopes: [BestEffort]", asks, false),
            ("scopes: [NotBestEffort, NotTerminating]", asks, true),
            ("scopes: [BestEffort]", "{containers: [{}], resources: {requests: {memory: 1}}}", false),
            ("scopes: [PriorityClass]", high, true),
            ("scopes: [PriorityClass]", silent, false),
            (&class("In", "high, low"), high, true),
            (&class("In", "low"), high, false),
            (&class("NotIn", "low"), silent, true),
            (&class("DoesNotExist", ""), high, false),
            ("scopes: [CrossNamespacePodAffinity]", afar, true),
            ("scopes: [CrossNamespacePodAffinity]", silent, false),
            ("scopes: [VolumeAttributesClass]", silent, false),
        ] {
            assert_eq!(counts(scopes, spec), expected, "{scopes} {spec}");
        }
    }
}
