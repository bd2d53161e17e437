//! What the scheduler sets aside for a pod: containers, init containers, sidecars, the pod's own resources, overhead.
//!
//! Upstream: `component-helpers/resource/helpers.go: PodRequests`, `AggregateContainerRequests`;
//! `pkg/apis/core/v1/defaults.go: SetDefaults_Pod`, where a missing request is the limit.

use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// The effective request of a pod's spec for one resource, in the unit that `amount` reads.
pub(crate) fn effective(
    spec: &Map<'_>,
    resource: &str,
    amount: fn(&Node) -> Result<u64, InputError>,
) -> Result<u64, InputError> {
    let aggregate = aggregate(spec, resource, amount)?;
    let request = match spec.map("resources")? {
        Some(own) => of_pod(&own, resource, amount)?.unwrap_or(Own::OfContainers).or(aggregate),
        None => aggregate.unwrap_or(0),
    };
    let overhead = spec.map("overhead")?.map(|overhead| overhead.read(resource, amount)).transpose()?.flatten();
    Ok(request.saturating_add(overhead.unwrap_or(0)))
}

/// What a pod's own resources say of one.
enum Own {
    Request(u64),
    /// The request where no container asks for any.
    Limit(u64),
    OfContainers,
}

impl Own {
    fn or(self, aggregate: Option<u64>) -> u64 {
        match self {
            Self::Request(amount) => amount,
            Self::Limit(amount) => aggregate.unwrap_or(amount),
            Self::OfContainers => aggregate.unwrap_or(0),
        }
    }
}

fn of_pod(
    own: &Map<'_>,
    resource: &str,
    amount: fn(&Node) -> Result<u64, InputError>,
) -> Result<Option<Own>, InputError> {
    let of = |map: Option<Map<'_>>| map.and_then(|map| map.get(resource)).map(amount).transpose();
    Ok(of(own.map("requests")?)?.map(Own::Request).or(of(own.map("limits")?)?.map(Own::Limit)))
}

/// Of the containers: all that run together, or what an init container needs beside the sidecars that run before it, if that
/// is more. `None`: no container asks for any.
fn aggregate(
    spec: &Map<'_>,
    resource: &str,
    amount: fn(&Node) -> Result<u64, InputError>,
) -> Result<Option<u64>, InputError> {
    let mut asked = false;
    let mut request = |container: &Map<'_>| {
        let written = of_container(container, resource, amount)?;
        asked |= written.is_some();
        Ok::<_, InputError>(written.unwrap_or(0))
    };
    let mut together = 0_u64;
    for container in maps(spec.list("containers")?)? {
        together = together.saturating_add(request(&container)?);
    }
    let (mut sidecars, mut before) = (0_u64, 0_u64);
    for container in maps(spec.list("initContainers")?)? {
        let own = request(&container)?;
        let running = sidecars.saturating_add(own);
        if text(&container, "restartPolicy") == Some("Always") {
            sidecars = running;
        }
        before = before.max(running);
    }
    Ok(asked.then(|| together.saturating_add(sidecars).max(before)))
}

fn of_container(
    container: &Map<'_>,
    resource: &str,
    amount: fn(&Node) -> Result<u64, InputError>,
) -> Result<Option<u64>, InputError> {
    let Some(resources) = container.map("resources")? else { return Ok(None) };
    let (requests, limits) = (resources.map("requests")?, resources.map("limits")?);
    let written = requests.and_then(|map| map.get(resource)).or_else(|| limits.and_then(|map| map.get(resource)));
    written.map(amount).transpose()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::input::tree::quantity::{cpu_millis, memory_bytes};
    use crate::input::tree::yaml::node;

    fn requests(spec: &str) -> (u64, u64) {
        let spec = node(spec);
        let map = spec.map().unwrap();
        (effective(&map, "cpu", cpu_millis).unwrap(), effective(&map, "memory", memory_bytes).unwrap())
    }

    /// A container of the vectors as it is written in a manifest.
    fn container(vector: &Value) -> Value {
        let mut container = json!({"resources": {"requests": vector["requests"]}});
        if vector["restartAlways"] == true {
            container["restartPolicy"] = "Always".into();
        }
        container
    }

    /// Upstream's own table (`helpers_test.go: TestPodResourceRequests`), for CPU and memory.
    #[test]
    fn upstreams_table() {
        let file: Value = serde_json::from_str(include_str!("../../../tests/vectors/effective_request.json")).unwrap();
        let mut checked = 0;
        for case in file["cases"].as_array().unwrap() {
            let input = &case["input"];
            if input["excludeOverhead"] == true || input["skipPodLevel"] == true {
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
            let expected = |key: &str, amount: fn(&Node) -> Result<u64, InputError>| {
                case["expected"]["requests"].get(key).map_or(0, |text| amount(&node(&text.to_string())).unwrap())
            };
            let wanted = (expected("cpu", cpu_millis), expected("memory", memory_bytes));
            assert_eq!(requests(&spec.to_string()), wanted, "{}", case["name"]);
            checked += 1;
        }
        assert!(checked >= 15, "{checked} cases");
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
