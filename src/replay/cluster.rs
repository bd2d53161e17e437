//! The cluster of a recording: its nodes, how they are watched, and how fast its control plane is.

use serde_json::Value;

use super::recording::{ClusterInput, Delay, Mode, Seconds};
use super::stop::{MOST_PODS, Result, unsupported, wrong};
use crate::distribution::{Distribution, Shape};
use crate::input::nano_units;
use crate::k8s::node_lifecycle::EVICTION_RATE;
use crate::k8s::version::Kubernetes;
use crate::scenario::{Cluster, ControlPlane, Node, Throttle};
use crate::script::NodeMonitor;
use crate::time::SimDuration;

const MOST_NODES: u32 = 100_000;
/// Pods that fit on a node where the recording does not say how many.
const PODS_PER_NODE: u32 = 110;
/// Requests per second and burst of a client.
const RATES: std::ops::RangeInclusive<f64> = 1e-3..=1e6;
const BURSTS: std::ops::RangeInclusive<u32> = 1..=1_000_000;
/// How long a request takes where the recording does not say, and at most [s].
const REQUEST: f64 = 0.0045;
const SLOWEST_REQUEST: f64 = 60.0;
/// Shortest time between two checks of the nodes [s].
const SHORTEST_PERIOD: f64 = 0.1;

/// How long a request takes where it takes so many times as long as usual.
pub(super) fn usual_request(times: f64) -> Seconds {
    Seconds(REQUEST * times)
}

/// Refuses numbers that no cluster has.
pub(super) fn check_ranges(cluster: &ClusterInput) -> Result<()> {
    let limits = [
        ("kube_api_qps_burst", cluster.kube_api_qps_burst),
        ("scheduler_client_qps_burst", cluster.scheduler_client_qps_burst),
    ];
    for (name, limit) in limits {
        let Some((qps, burst)) = limit else { continue };
        if !RATES.contains(&qps) || !BURSTS.contains(&burst) {
            let reason = format!(
                "[{qps}, {burst}] is no limit: write requests per second from {} to {} and a burst from 1 to {}",
                RATES.start(),
                RATES.end(),
                BURSTS.end()
            );
            return wrong(format!("cluster.{name}"), reason);
        }
    }
    let (zones, nodes) = (cluster.node_zones.len(), cluster.nodes as usize);
    if zones != 0 && zones != nodes {
        return wrong("cluster.node_zones", format!("names the zones of {zones} nodes: there are {nodes}"));
    }
    if let Some(zone) = cluster.node_zones.iter().find(|zone| usize::from(**zone) >= nodes) {
        return wrong(
            "cluster.node_zones",
            format!("{zone} is no zone: number them from 0, at most one for each node"),
        );
    }
    if cluster.node_monitor_period_seconds.is_some_and(|period| period.0 < SHORTEST_PERIOD) {
        return wrong("cluster.node_monitor_period_seconds", format!("must be at least {SHORTEST_PERIOD}"));
    }
    if cluster.pods_per_node.is_some_and(|pods| i64::from(pods) > MOST_PODS) {
        return wrong("cluster.pods_per_node", format!("must be at most {MOST_PODS}"));
    }
    if cluster.request_seconds.is_some_and(|seconds| seconds.0 > SLOWEST_REQUEST) {
        return wrong("cluster.request_seconds", format!("must be at most {SLOWEST_REQUEST}"));
    }
    Ok(())
}

/// The nodes, and how the node lifecycle controller watches them.
pub(super) fn read(input: &ClusterInput) -> Result<(Cluster, NodeMonitor)> {
    if input.nodes > MOST_NODES {
        return unsupported(format!("{} nodes", input.nodes));
    }
    let request = pod_cpu(input)?.unwrap_or(0.0);
    let nodes = (0..input.nodes as usize).map(|place| {
        let whole = node_cpu(input, place)?;
        let most = pods_on_node(input);
        // Millicores are whole numbers, so a millionth is smaller than every difference of quotients that matters.
        let fitting = whole.filter(|_| request > 0.0).map_or(most, |whole| (whole / request + 1e-6) as u32);
        let pod_load = whole.filter(|&whole| whole > 0.0).map_or(1e-3, |whole| request / whole);
        let zone = input.node_zones.get(place).copied().unwrap_or_default();
        Ok(Node { zone, slots: most.min(fitting), base_load: 0.0, pod_load })
    });
    let nodes = nodes.collect::<Result<Vec<Node>>>()?;
    let standard = NodeMonitor::default();
    let monitor = NodeMonitor {
        period: input.node_monitor_period_seconds.map_or(standard.period, Seconds::length),
        grace: input.node_monitor_grace_period_seconds.map_or(standard.grace, Seconds::length),
        toleration: input.toleration_seconds.map_or(standard.toleration, Delay::time),
    };
    Ok((Cluster::of(nodes), monitor))
}

/// Processors that each pod asks for.
pub(super) fn pod_cpu(input: &ClusterInput) -> Result<Option<f64>> {
    input.pod_cpu_request.as_ref().map(|cpu| processors("cluster.pod_cpu_request", cpu)).transpose()
}

/// Processors of a node; `None`: enough.
pub(super) fn node_cpu(input: &ClusterInput, node: usize) -> Result<Option<f64>> {
    of_node(input.node_cpu.as_ref(), node).map(|cpu| processors("cluster.node_cpu", cpu)).transpose()
}

/// What a pod asks for: thousandths of a processor, and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) cpu: u64,
    pub(super) memory: u64,
}

/// What the scheduler's score counts of CPU and memory for a pod that asks for nothing (`schedutil.DefaultMilliCPURequest`,
/// `DefaultMemoryRequest`).
const USUAL: Size = Size { cpu: 100, memory: 200 << 20 };

impl Size {
    /// What the scheduler's score counts of it.
    pub(super) fn scored(self) -> [u64; 2] {
        let or = |own: u64, usual: u64| if own == 0 { usual } else { own };
        [or(self.cpu, USUAL.cpu), or(self.memory, USUAL.memory)]
    }
}

/// What each pod of a workload asks for.
pub(super) fn pod_size(input: &ClusterInput) -> Result<Size> {
    Ok(Size {
        cpu: cpu_of(input.pod_cpu_request.as_ref(), "cluster.pod_cpu_request")?,
        memory: memory_of(input.pod_memory_request.as_ref(), "cluster.pod_memory_request")?,
    })
}

/// Thousandths of a processor; nothing written is none.
pub(super) fn cpu_of(written: Option<&Value>, path: &str) -> Result<u64> {
    let read = |value: &Value| processors(path, value).map(|processors| (processors * 1000.0).round() as u64);
    written.map_or(Ok(0), read)
}

/// Bytes; nothing written is none.
pub(super) fn memory_of(written: Option<&Value>, path: &str) -> Result<u64> {
    let Some(value) = written else { return Ok(0) };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let bytes = nano_units(&text).and_then(|nano| u64::try_from(nano.div_ceil(1_000_000_000)).ok());
    bytes.map_or_else(|| wrong(path, format!("{value} is no amount of memory such as \"512Mi\"")), Ok)
}

/// Bytes of memory of a node; `None`: enough.
pub(super) fn node_memory(input: &ClusterInput, node: usize) -> Result<Option<u64>> {
    of_node(input.node_memory.as_ref(), node).map(|value| memory_of(Some(value), "cluster.node_memory")).transpose()
}

/// What is written for a node: a list has an entry for each, and the last one is that of all others.
fn of_node(written: Option<&Value>, node: usize) -> Option<&Value> {
    match written {
        Some(Value::Array(each)) => each.get(node).or(each.last()),
        other => other,
    }
}

/// Most pods on a node.
pub(super) fn pods_on_node(input: &ClusterInput) -> u32 {
    input.pods_per_node.unwrap_or(PODS_PER_NODE)
}

/// A quantity of processors: `2`, `"2"`, `"0.5"` or `"900m"`.
fn processors(path: &str, value: &Value) -> Result<f64> {
    let parsed = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.strip_suffix('m') {
            Some(thousandths) => thousandths.parse::<f64>().ok().map(|number| number / 1000.0),
            None => text.parse().ok(),
        },
        _ => None,
    };
    let positive = parsed.filter(|number| number.is_finite() && *number >= 0.0);
    positive.map_or_else(|| wrong(path, format!("{value} is no quantity of processors such as \"2\" or \"500m\"")), Ok)
}

/// Latencies of a control plane without other load, as measured in the recordings. They vary a little, as they do
/// there: equal latencies would synchronise with the clients' rate limits, and show rhythms that no real control plane
/// has.
pub(super) fn control_plane(input: &ClusterInput) -> ControlPlane {
    let slower = input.request_seconds.map_or(1.0, |seconds| seconds.0 / REQUEST);
    let about = |millis: f64| {
        let millis = millis * slower;
        let shape = Shape::Uniform { low: 0.8e-3 * millis, high: 1.2e-3 * millis };
        let mean = || Distribution::constant(SimDuration::from_secs_f64(1e-3 * millis));
        Distribution::new(shape, 0.0, None).unwrap_or_else(|_| mean())
    };
    let fast = input.mode == Some(Mode::Fast);
    let throttle = |given: Option<(f64, u32)>, standard: (f64, u32)| {
        let (qps, burst) = given.unwrap_or(if fast { (500.0, 1000) } else { standard });
        Throttle { qps, burst }
    };
    ControlPlane {
        api_latency: about(1e3 * REQUEST),
        watch_latency: about(3.0),
        scheduling: about(5.0),
        endpoint_propagation: Distribution::constant(SimDuration::ZERO),
        controller_qps: throttle(input.kube_api_qps_burst, (20.0, 30)),
        scheduler_qps: throttle(input.scheduler_client_qps_burst, (50.0, 100)),
        fleet: 1,
        deployment_workers: 5,
        replica_set_workers: 5,
        node_eviction_rate: EVICTION_RATE,
        kubernetes: Kubernetes::default(),
    }
}
