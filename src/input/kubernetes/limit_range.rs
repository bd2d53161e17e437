//! LimitRange objects: what they fill in where containers write nothing, and which pods they refuse.
//!
//! Upstream: `plugin/pkg/admission/limitranger/admission.go: PodMutateLimitFunc`, `PodValidateLimitFunc`;
//! `pkg/apis/core/v1/defaults.go: SetDefaults_LimitRangeItem`.

use std::collections::BTreeMap;

use crate::input::kubernetes::amounts::{Amounts, CPU, MEMORY, written};
use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::kubernetes::requests::{PodResources, Resources};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::amount;

/// What a LimitRange says of pods and their containers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LimitRange {
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    about: About,
    min: Amounts,
    max: Amounts,
    /// Limits of containers that have none.
    default: Amounts,
    /// Requests of containers that have none.
    default_request: Amounts,
    /// How many times the request a limit may be, in units of 10^-9.
    ratio: BTreeMap<String, u128>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Container,
    Pod,
}

/// The units of a ratio.
const NANO: u128 = 1_000_000_000;

impl LimitRange {
    /// Reads a LimitRange with the defaults of the API server.
    pub(crate) fn read(object: &Map<'_>) -> Result<Self, InputError> {
        let mut range = Self::as_written(object)?;
        range.items.iter_mut().for_each(Item::set_defaults);
        Ok(range)
    }

    /// Items about anything but pods and containers are left out.
    fn as_written(object: &Map<'_>) -> Result<Self, InputError> {
        let Some(spec) = object.map("spec")? else { return Ok(Self::default()) };
        let mut items = Vec::new();
        for item in maps(spec.list("limits")?)? {
            match text(&item, "type") {
                Some("Container") => items.push(Item::read(&item, About::Container)?),
                Some("Pod") => items.push(Item::read(&item, About::Pod)?),
                _ => {}
            }
        }
        Ok(Self { items })
    }

    /// Gives the containers the limits and requests that they lack. Says whether any got one.
    pub(crate) fn fill(&self, pod: &mut PodResources) -> bool {
        let before = pod.containers.clone();
        // The last item about a resource counts.
        let mut defaults = Resources::default();
        for item in self.items.iter().filter(|item| item.about == About::Container) {
            item.default.iter().for_each(|(name, amount)| defaults.limits.set(name, amount));
            item.default_request.iter().for_each(|(name, amount)| defaults.requests.set(name, amount));
        }
        for container in &mut pod.containers {
            container.resources.limits.fill(&defaults.limits);
            container.resources.requests.fill(&defaults.requests);
        }
        pod.containers != before
    }

    /// What it refuses a pod for, each in a sentence without its subject.
    pub(crate) fn refusals(&self, pod: &PodResources) -> Vec<String> {
        let mut found = Vec::new();
        for item in &self.items {
            match item.about {
                About::Container => {
                    for container in &pod.containers {
                        item.check(&format!("container {}", container.name), &container.resources, &mut found);
                    }
                }
                About::Pod => item.check("the pod", &of_pod(pod), &mut found),
            }
        }
        found
    }
}

/// What the items about pods look at: without overhead, and of the pod's own amounts only CPU and memory.
fn of_pod(pod: &PodResources) -> Resources {
    let containers = PodResources { own: None, ..pod.clone() };
    let mut total =
        Resources { requests: containers.requests_without_overhead(), limits: containers.limits_without_overhead() };
    if let Some(own) = &pod.own {
        for (of, amounts) in [(&mut total.requests, &own.requests), (&mut total.limits, &own.limits)] {
            let counted = amounts.iter().filter(|(name, _)| matches!(*name, CPU | MEMORY));
            counted.for_each(|(name, amount)| of.set(name, amount));
        }
    }
    total
}

impl Item {
    fn read(map: &Map<'_>, about: About) -> Result<Self, InputError> {
        let ratios = map.map("maxLimitRequestRatio")?.map_or(&[][..], |map| map.entries);
        let ratio = ratios.iter().map(|entry| Ok((entry.key.clone(), amount(&entry.value)?)));
        Ok(Self {
            about,
            min: Amounts::under(map, "min")?,
            max: Amounts::under(map, "max")?,
            default: Amounts::under(map, "default")?,
            default_request: Amounts::under(map, "defaultRequest")?,
            ratio: ratio.collect::<Result<_, InputError>>()?,
        })
    }

    /// A missing default limit is the greatest that is allowed; a missing default request is the default limit, and without
    /// that the least that is allowed.
    fn set_defaults(&mut self) {
        if self.about == About::Container {
            self.default.fill(&self.max);
            self.default_request.fill(&self.default);
            self.default_request.fill(&self.min);
        }
    }

    fn check(&self, whose: &str, own: &Resources, found: &mut Vec<String>) {
        for (name, least) in self.min.iter() {
            let bound = written(name, least);
            match (own.requests.written(name), own.limits.written(name)) {
                (None, _) => found.push(format!("min {name} is {bound}, and {whose} does not ask for any")),
                (Some(request), _) if request < least => {
                    found.push(format!("min {name} is {bound}, and {whose} asks for {}", written(name, request)));
                }
                (_, Some(limit)) if limit < least => {
                    found.push(format!("min {name} is {bound}, and the limit of {whose} is {}", written(name, limit)));
                }
                _ => {}
            }
        }
        for (name, most) in self.max.iter() {
            let bound = written(name, most);
            match (own.requests.written(name), own.limits.written(name)) {
                (_, None) => found.push(format!("max {name} is {bound}, and {whose} has no limit")),
                (_, Some(limit)) if limit > most => {
                    found.push(format!("max {name} is {bound}, and the limit of {whose} is {}", written(name, limit)));
                }
                (Some(request), _) if request > most => {
                    found.push(format!("max {name} is {bound}, and {whose} asks for {}", written(name, request)));
                }
                _ => {}
            }
        }
        for (name, ratio) in &self.ratio {
            let (request, limit) = (own.requests.get(name), own.limits.get(name));
            let is_kept = request > 0 && limit > 0 && u128::from(limit) * NANO <= ratio * u128::from(request);
            if !is_kept {
                let (request, limit) = (written(name, request), written(name, limit));
                let bound = *ratio as f64 / NANO as f64;
                found.push(format!(
                    "maxLimitRequestRatio {name} is {bound}, and {whose} has the request {request} and the limit {limit}"
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::input::tree::yaml::node;

    fn range(items: &str) -> LimitRange {
        LimitRange::read(&node(&format!("{{spec: {{limits: [{items}]}}}}")).map().unwrap()).unwrap()
    }

    fn pod(spec: &str) -> PodResources {
        PodResources::read(&node(spec).map().unwrap()).unwrap()
    }

    /// Upstream's own table (`admission_test.go: TestPodLimitFunc`), which is about objects without the API server's defaults.
    #[test]
    fn upstreams_table() {
        let file: Value = serde_json::from_str(include_str!("../../../tests/vectors/limit_range.json")).unwrap();
        let cases = file["cases"].as_array().unwrap();
        for case in cases {
            let input = &case["input"];
            let containers = |key: &str| -> Vec<Value> {
                let resources = |one: &Value| {
                    let policy = if one["restartAlways"] == true { json!("Always") } else { Value::Null };
                    json!({"restartPolicy": policy, "resources": {"requests": one["requests"], "limits": one["limits"]}})
                };
                input[key].as_array().unwrap().iter().map(resources).collect()
            };
            let spec = json!({
                "containers": containers("containers"), "initContainers": containers("initContainers"),
                "resources": input["podResources"],
            });
            let mut pod = PodResources::as_written(&node(&spec.to_string()).map().unwrap()).unwrap();
            let range = json!({"spec": {"limits": [input["limitRange"]]}});
            let range = LimitRange::as_written(&node(&range.to_string()).map().unwrap()).unwrap();
            range.fill(&mut pod);
            let found = range.refusals(&pod);
            assert_eq!(found.is_empty(), case["expected"]["admitted"] == true, "{}: {found:?}", case["name"]);
        }
        assert_eq!(cases.len(), 85);
    }

    #[test]
    fn a_greatest_amount_is_limit_and_request_of_containers_that_are_silent() {
        let mut silent = pod("{containers: [{name: a}], initContainers: [{name: b, resources: {limits: {cpu: 1}}}]}");
        assert!(range("{type: Container, max: {cpu: 2}, min: {memory: 1Mi}}").fill(&mut silent));
        let (first, second) = (&silent.containers[0].resources, &silent.containers[1].resources);
        assert_eq!((first.requests.get(CPU), first.limits.get(CPU), first.requests.get(MEMORY)), (2000, 2000, 1 << 20));
        assert_eq!((second.requests.get(CPU), second.limits.get(CPU)), (1000, 1000), "its limit was its request");
        assert_eq!(first.limits.written(MEMORY), None);
        let mut whole = pod("{containers: [{resources: {requests: {cpu: 1}, limits: {cpu: 1}}}]}");
        assert!(!range("{type: Container, default: {cpu: 3}}, {type: Pod, default: {memory: 1}}").fill(&mut whole));
    }

    #[test]
    fn a_refusal_says_which_item_and_what_it_found() {
        let asks = pod("{containers: [{name: web, resources: {requests: {cpu: 1}, limits: {cpu: 4}}}]}");
        let of = |item: &str| range(item).refusals(&asks);
        assert_eq!(of("{type: Container, max: {cpu: 2}}"), ["max cpu is 2, and the limit of container web is 4"]);
        assert_eq!(of("{type: Container, min: {cpu: 1500m}}"), ["min cpu is 1500m, and container web asks for 1"]);
        assert_eq!(of("{type: Pod, max: {memory: 1Gi}}"), ["max memory is 1Gi, and the pod has no limit"]);
        assert_eq!(
            of("{type: Pod, maxLimitRequestRatio: {cpu: 2.5}}"),
            ["maxLimitRequestRatio cpu is 2.5, and the pod has the request 1 and the limit 4"]
        );
        assert!(
            of("{type: Container, maxLimitRequestRatio: {cpu: 4}}, {type: PersistentVolumeClaim, min: {a: x}}")
                .is_empty()
        );
    }
}
