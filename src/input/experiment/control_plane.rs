//! Latencies and limits of the control plane.

use crate::input::experiment::fields::{Context, Fields};
use crate::input::keys::control_plane::CONTROL_PLANE;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;
use crate::k8s::version::Kubernetes;
use crate::scenario::{ControlPlane, Throttle};

/// Reads `controlPlane` of a cluster of this version.
pub(crate) fn control_plane(
    map: Option<Map<'_>>,
    context: Context<'_>,
    kubernetes: Kubernetes,
) -> Result<ControlPlane, InputError> {
    let fields = Fields::read(map, &CONTROL_PLANE, "controlPlane", context)?;
    let count = |key: &str| Ok::<u32, InputError>(u32::try_from(fields.whole(key)?).unwrap_or(u32::MAX));
    let throttle = |qps: &str, burst: &str| {
        let burst = count(burst)?;
        Ok::<Throttle, InputError>(Throttle { qps: rate(fields.or_default(qps))?, burst })
    };
    Ok(ControlPlane {
        api_latency: fields.distribution("apiLatency")?,
        watch_latency: fields.distribution("watchLatency")?,
        scheduling: fields.distribution("scheduling")?,
        fleet: count("fleet")?,
        endpoint_propagation: fields.distribution("endpointPropagation")?,
        controller_qps: throttle("controllerQps", "controllerBurst")?,
        scheduler_qps: throttle("schedulerQps", "schedulerBurst")?,
        deployment_workers: count("concurrentDeploymentSyncs")?,
        replica_set_workers: count("concurrentReplicaSetSyncs")?,
        node_eviction_rate: rate(fields.or_default("nodeEvictionRate"))?,
        kubernetes,
    })
}

fn rate(node: &Node) -> Result<f64, InputError> {
    let rate = node.number()?;
    if (1e-6..=1e6).contains(&rate) {
        return Ok(rate);
    }
    Err(node.wrong("a rate per second from 0.000001 to 1000000"))
}
