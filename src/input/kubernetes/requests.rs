//! What the scheduler sets aside for a pod, and what quotas count of it: containers, init containers, sidecars, the pod's own
//! resources, overhead.
//!
//! Upstream: `component-helpers/resource/helpers.go: PodRequests`, `PodLimits`;
//! `pkg/apis/core/v1/defaults.go: SetDefaults_Pod`, where a missing request is the limit.

use crate::input::kubernetes::amounts::{Amounts, CPU, MEMORY};
use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;

/// What the parts of a pod ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PodResources {
    /// Containers, then init containers, each in their order.
    pub(crate) containers: Vec<Container>,
    /// Of the pod as a whole: CPU, memory and huge pages in place of the containers' sums.
    pub(crate) own: Option<Resources>,
    pub(crate) overhead: Amounts,
}

/// A container and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) resources: Resources,
}

/// When a container runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// With all others.
    Main,
    /// Before them, and then no more.
    Init,
    /// From its turn among the init containers on.
    Sidecar,
}

/// Requests and limits of a container, or of a pod as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resources {
    pub(crate) requests: Amounts,
    pub(crate) limits: Amounts,
}

impl Resources {
    fn read(map: &Map<'_>) -> Result<Self, InputError> {
        Ok(Self { requests: Amounts::under(map, "requests")?, limits: Amounts::under(map, "limits")? })
    }
}

impl Container {
    fn read(map: &Map<'_>, is_init: bool) -> Result<Self, InputError> {
        let role = match (is_init, text(map, "restartPolicy")) {
            (false, _) => Role::Main,
            (true, Some("Always")) => Role::Sidecar,
            (true, _) => Role::Init,
        };
        let resources = map.map("resources")?.map(|own| Resources::read(&own)).transpose()?.unwrap_or_default();
        Ok(Self { name: text(map, "name").unwrap_or_default().to_owned(), role, resources })
    }
}

impl PodResources {
    /// Those of a pod's spec, with the defaults of the API server.
    pub(crate) fn read(spec: &Map<'_>) -> Result<Self, InputError> {
        Self::as_written(spec).map(Self::with_defaults)
    }

    /// Those that a pod's spec writes.
    pub(crate) fn as_written(spec: &Map<'_>) -> Result<Self, InputError> {
        let of = |key: &str| {
            let containers = maps(spec.list(key)?)?;
            let read = containers.iter().map(|map| Container::read(map, key == "initContainers"));
            read.collect::<Result<Vec<_>, InputError>>()
        };
        Ok(Self {
            containers: [of("containers")?, of("initContainers")?].concat(),
            own: spec.map("resources")?.map(|own| Resources::read(&own)).transpose()?,
            overhead: Amounts::under(spec, "overhead")?,
        })
    }

    /// A container's missing request is its limit. Where the pod as a whole has limits, its missing request is the sum of the
    /// containers', and its limit where they have none.
    ///
    /// Upstream: `pkg/apis/core/v1/defaults.go: SetDefaults_Pod`, `defaultPodRequests`, `defaultHugePagePodLimits`.
    pub(crate) fn with_defaults(mut self) -> Self {
        for container in &mut self.containers {
            let limits = &container.resources.limits;
            container.resources.requests.fill(limits);
        }
        let (requests, limits) = (self.sum(|own| &own.requests), self.sum(|own| &own.limits));
        let Some(own) = self.own.as_mut().filter(|own| !own.requests.is_empty() || !own.limits.is_empty()) else {
            return self;
        };
        let pages = limits.iter().filter(|(name, _)| is_of_pods(name) && !is_overcommitted(name));
        let pages: Vec<_> = pages.filter(|(name, _)| own.requests.written(name).is_none()).collect();
        pages.into_iter().for_each(|(name, amount)| own.limits.fill(&Amounts::from([(name, amount)])));
        if !own.limits.is_empty() {
            let sums = requests.iter().filter(|(name, _)| is_overcommitted(name));
            sums.for_each(|(name, amount)| own.requests.fill(&Amounts::from([(name, amount)])));
            let limits = own.limits.clone();
            own.requests.fill(&limits);
        }
        self
    }

    /// What the scheduler sets aside for the pod, and what a quota on requests counts.
    pub(crate) fn requests(&self) -> Amounts {
        let mut requests = self.requests_without_overhead();
        requests.add(&self.overhead);
        requests
    }

    /// What a quota on limits counts. Overhead adds to limits that there are.
    pub(crate) fn limits(&self) -> Amounts {
        let mut limits = self.limits_without_overhead();
        for (name, amount) in self.overhead.iter() {
            if limits.get(name) > 0 {
                limits.add(&Amounts::from([(name, amount)]));
            }
        }
        limits
    }

    pub(crate) fn requests_without_overhead(&self) -> Amounts {
        self.total(|resources| &resources.requests)
    }

    pub(crate) fn limits_without_overhead(&self) -> Amounts {
        self.total(|resources| &resources.limits)
    }

    /// The containers' sum, but the pod's own amount where it writes one.
    fn total(&self, of: fn(&Resources) -> &Amounts) -> Amounts {
        let mut total = self.sum(of);
        for (name, amount) in self.own.iter().flat_map(|own| of(own).iter()) {
            if is_of_pods(name) {
                total.set(name, amount);
            }
        }
        total
    }

    /// Of the containers: all that run together, or what an init container needs beside the sidecars that run before it, if
    /// that is more.
    fn sum(&self, of: fn(&Resources) -> &Amounts) -> Amounts {
        let (mut together, mut sidecars, mut before) = (Amounts::default(), Amounts::default(), Amounts::default());
        for container in &self.containers {
            let own = of(&container.resources);
            if container.role != Role::Init {
                together.add(own);
            }
            match container.role {
                Role::Main => {}
                Role::Sidecar => {
                    sidecars.add(own);
                    before.raise(&sidecars);
                }
                Role::Init => {
                    let mut running = sidecars.clone();
                    running.add(own);
                    before.raise(&running);
                }
            }
        }
        together.raise(&before);
        together
    }

    /// Whether the pod as a whole has amounts of its own, so that no container needs any.
    ///
    /// Upstream: `component-helpers/resource/helpers.go: IsPodLevelResourcesSet`.
    pub(crate) fn has_own(&self) -> bool {
        let own = self.own.iter().flat_map(|own| own.requests.iter().chain(own.limits.iter()));
        own.into_iter().any(|(name, _)| is_of_pods(name))
    }
}

/// Whether a pod as a whole may have amounts of a resource.
fn is_of_pods(resource: &str) -> bool {
    is_overcommitted(resource) || resource.starts_with("hugepages-")
}

/// Whether limits of such a resource may be more than there is, so that requests may be less.
fn is_overcommitted(resource: &str) -> bool {
    matches!(resource, CPU | MEMORY)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::input::tree::yaml::node;

    fn read(spec: &str) -> PodResources {
        PodResources::read(&node(spec).map().unwrap()).unwrap()
    }

    fn requests(spec: &str) -> (u64, u64) {
        let requests = read(spec).requests();
        (requests.get(CPU), requests.get(MEMORY))
    }

    fn amounts(map: &Value) -> Amounts {
        Amounts::read(&node(&map.to_string()).map().unwrap()).unwrap()
    }

    /// A container of the vectors as it is written in a manifest.
    fn container(vector: &Value) -> Value {
        let mut container = json!({"resources": {"requests": vector["requests"]}});
        if vector["restartAlways"] == true {
            container["restartPolicy"] = "Always".into();
        }
        container
    }

    /// Upstream's own table (`helpers_test.go: TestPodResourceRequests`), for every resource in it.
    #[test]
    fn upstreams_table() {
        let file: Value = serde_json::from_str(include_str!("../../../tests/vectors/effective_request.json")).unwrap();
        let (mut checked, mut names) = (0, std::collections::BTreeSet::new());
        for case in file["cases"].as_array().unwrap() {
            let input = &case["input"];
            if input["skipPodLevel"] == true {
                continue;
            }
            let all = |key: &str| -> Vec<Value> {
                input[key].as_array().map_or_else(Vec::new, |list| list.iter().map(container).collect())
            };
            let mut spec = json!({
                "containers": all("containers"), "initContainers": all("initContainers"), "overhead": input["overhead"],
            });
            if !input["podRequests"].is_null() {
                spec["resources"] = json!({"requests": input["podRequests"]});
            }
            let pod = read(&spec.to_string());
            let found = if input["excludeOverhead"] == true { pod.requests_without_overhead() } else { pod.requests() };
            let wanted = amounts(&case["expected"]["requests"]);
            for (name, amount) in wanted.iter() {
                names.insert(name.to_owned());
                assert_eq!(found.get(name), amount, "{} {name}", case["name"]);
            }
            assert!(found.iter().all(|(name, amount)| amount == wanted.get(name)), "{}: {found:?}", case["name"]);
            checked += 1;
        }
        assert!(checked >= 20, "{checked} cases");
        assert!(names.len() > 2, "{names:?}");
    }

    #[test]
    fn a_missing_request_is_the_limit_and_the_pods_own_resources_come_first() {
        let cases = [
            ("{containers: [{resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 500m}}}]}", (500, 1 << 30)),
            ("{containers: [{resources: {requests: {cpu: 1}}}], resources: {requests: {cpu: 3}}}", (3000, 0)),
            ("{containers: [{}], resources: {limits: {cpu: 2}}}", (2000, 0)),
            ("{containers: [{resources: {requests: {cpu: 1}}}], resources: {limits: {cpu: 2}}}", (1000, 0)),
            (
                "{containers: [{}], resources: {requests: {cpu: 1}}, overhead: {cpu: 100m, memory: 1Mi}}",
                (1100, 1 << 20),
            ),
        ];
        for (spec, wanted) in cases {
            assert_eq!(requests(spec), wanted, "{spec}");
        }
    }

    #[test]
    fn limits_are_summed_like_requests_and_overhead_adds_only_to_those_there_are() {
        let spec = "{containers: [{resources: {limits: {cpu: 1}}}, {resources: {limits: {cpu: 2}}}], initContainers: \
                    [{resources: {limits: {cpu: 4, a/b: 1}}}], overhead: {cpu: 500m, memory: 1Mi}}";
        assert_eq!(read(spec).limits(), Amounts::from([(CPU, 4500), ("a/b", 1)]));
        let own = "{containers: [{resources: {limits: {cpu: 1, memory: 2Gi}}}], resources: {limits: {cpu: 3}}}";
        assert_eq!(read(own).limits(), Amounts::from([(CPU, 3000), (MEMORY, 2 << 30)]));
        let pages = "{containers: [{resources: {limits: {hugepages-2Mi: 4Mi}}}], resources: {requests: {cpu: 3}}}";
        assert_eq!(read(pages).requests(), Amounts::from([(CPU, 3000), ("hugepages-2Mi", 4 << 20)]));
    }

    #[test]
    fn an_init_container_runs_beside_the_sidecars_before_it() {
        let sidecar = "{restartPolicy: Always, resources: {requests: {cpu: 1500m}}}";
        let init = "{resources: {requests: {cpu: 2}}}";
        let of = |order: &str| {
            requests(&format!(
                "{{containers: [{{resources: {{requests: {{cpu: 250m}}}}}}], initContainers: [{order}]}}"
            ))
            .0
        };
        assert_eq!(of(&format!("{sidecar}, {init}")), 3500);
        assert_eq!(of(&format!("{init}, {sidecar}")), 2000);
    }
}
