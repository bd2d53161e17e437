//! Latencies and limits of the control plane.

use crate::input::experiment::defaults::Defaults;
use crate::input::experiment::distribution::distribution;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::files::Files;
use crate::input::tree::yaml::Node;
use crate::scenario::{ControlPlane, Throttle};

/// Most Deployments that roll at the same time.
pub(crate) const MAX_FLEET: u64 = 100_000;

pub(crate) const FIELDS: &[&str] = &[
    "apiLatency",
    "watchLatency",
    "scheduling",
    "fleet",
    "endpointPropagation",
    "controllerQps",
    "controllerBurst",
    "schedulerQps",
    "schedulerBurst",
    "nodeEvictionRate",
];

/// Reads `controlPlane`.
pub(crate) fn control_plane(
    map: Option<Map<'_>>,
    defaults: &Defaults,
    files: &Files,
) -> Result<ControlPlane, InputError> {
    map.map_or(Ok(()), |map| map.only(FIELDS))?;
    let field =
        |key: &str| map.and_then(|map| map.get(key)).unwrap_or_else(|| defaults.get(&format!("controlPlane.{key}")));
    let throttle = |qps: &str, burst: &str| {
        let burst = u32::try_from(field(burst).integer(1, 1_000_000)?).unwrap_or(u32::MAX);
        Ok::<Throttle, InputError>(Throttle { qps: rate(field(qps))?, burst })
    };
    Ok(ControlPlane {
        api_latency: distribution(field("apiLatency"), files)?,
        watch_latency: distribution(field("watchLatency"), files)?,
        scheduling: distribution(field("scheduling"), files)?,
        fleet: u32::try_from(field("fleet").integer(1, MAX_FLEET)?).unwrap_or(u32::MAX),
        endpoint_propagation: distribution(field("endpointPropagation"), files)?,
        controller_qps: throttle("controllerQps", "controllerBurst")?,
        scheduler_qps: throttle("schedulerQps", "schedulerBurst")?,
        node_eviction_rate: rate(field("nodeEvictionRate"))?,
    })
}

fn rate(node: &Node) -> Result<f64, InputError> {
    let rate = node.number()?;
    if (1e-6..=1e6).contains(&rate) {
        return Ok(rate);
    }
    Err(node.wrong("a rate per second from 0.000001 to 1000000"))
}
