//! What can be said about a scenario before anything is simulated: why it cannot roll, or will hardly.

use crate::distribution::Distribution;
use crate::k8s::fenceposts::{IntOrPercent, max_surge, max_unavailable};
use crate::k8s::objects::Strategy;
use crate::scenario::{NEW_TEMPLATE, PodModel, Probe, Scenario};
use crate::time::SimDuration;

/// Everything that is found, in sentences.
pub(super) fn findings(scenario: &Scenario) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(room(scenario));
    let model = &scenario.pods[usize::from(NEW_TEMPLATE)];
    found.extend(deadline(scenario, model));
    found.extend(startup(model));
    found.extend(liveness(model));
    found
}

/// Room for surge pods, on nodes and in the quota.
fn room(scenario: &Scenario) -> Option<String> {
    let spec = &scenario.deployment;
    let Strategy::RollingUpdate { max_unavailable: written, .. } = spec.strategy else { return None };
    let replicas = u64::try_from(spec.replicas).unwrap_or(0);
    let (surge, unavailable) = (max_surge(spec), max_unavailable(spec));
    let slots: u64 = scenario.cluster.nodes.iter().map(|node| u64::from(node.slots)).sum();
    let on_nodes = (slots.saturating_sub(replicas), "the nodes have");
    let in_quota = scenario.cluster.pod_quota.map(|quota| (u64::from(quota).saturating_sub(replicas), "the quota has"));
    let (room, place) =
        in_quota.into_iter().fold(on_nodes, |least, other| if other.0 < least.0 { other } else { least });
    if replicas == 0 || room >= u64::try_from(surge).unwrap_or(0) {
        return None;
    }
    if room == 0 && unavailable == 0 {
        let rounded = match written {
            IntOrPercent::Percent(percent) if percent > 0 => {
                format!(" ({percent}% of {replicas}, rounded down)")
            }
            _ => String::new(),
        };
        return Some(format!(
            "cannot roll: {place} no room for a surge pod and maxUnavailable is 0{rounded}, so that none may go first: \
             make room for one pod, or set maxUnavailable: 1"
        ));
    }
    Some(format!("{place} room for {room} of the {surge} surge pods: the others wait for old ones to go"))
}

/// The median of what a pod needs until it is Ready, against the deadline, which every pod that becomes Ready resets.
fn deadline(scenario: &Scenario, model: &PodModel) -> Option<String> {
    let seconds = scenario.deployment.progress_deadline_seconds?;
    let needed = median(&model.start) + warm_up(model);
    let deadline = SimDuration::from_secs(u64::try_from(seconds).unwrap_or(0));
    (needed > deadline).then(|| {
        format!(
            "most rollouts will stall: a pod takes {:.0} s at the median until it is Ready (start and warmUp), more than \
             progressDeadlineSeconds {seconds}",
            needed.as_secs_f64()
        )
    })
}

fn warm_up(model: &PodModel) -> SimDuration {
    if model.probes.any() { median(&model.warm_up) } else { SimDuration::ZERO }
}

/// The middle one of evenly spread numbers: for mixtures the value at 0.5 is not the median.
fn median(distribution: &Distribution) -> SimDuration {
    let mut values: Vec<_> = (0..101).map(|number| distribution.quantile((f64::from(number) + 0.5) / 101.0)).collect();
    values.sort_unstable();
    values[50]
}

/// How long a container may take until a probe has failed for good, at most.
fn patience(probe: &Probe) -> SimDuration {
    probe.initial_delay + probe.period.times(u64::from(probe.failure_threshold))
}

fn startup(model: &PodModel) -> Option<String> {
    too_slow("startupProbe", model.probes.startup.as_ref()?, model)
}

fn liveness(model: &PodModel) -> Option<String> {
    if model.probes.startup.is_some() {
        return None;
    }
    too_slow("livenessProbe", model.probes.liveness.as_ref()?, model)
}

fn too_slow(name: &str, probe: &Probe, model: &PodModel) -> Option<String> {
    let (needed, allowed) = (warm_up(model), patience(probe));
    (needed > allowed).then(|| {
        format!(
            "most containers will be killed before they are up: warmUp takes {:.0} s at the median, the {name} gives up \
             after {:.0} s at most",
            needed.as_secs_f64(),
            allowed.as_secs_f64()
        )
    })
}
