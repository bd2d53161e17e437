//! What can be said about a scenario before anything is simulated: why it cannot roll, or will hardly.

use std::collections::BTreeSet;

use crate::distribution::Distribution;
use crate::k8s::fenceposts::{IntOrPercent, max_surge, max_unavailable, min_available};
use crate::k8s::objects::Strategy;
use crate::k8s::replica_calculator::TOLERANCE;
use crate::scenario::{Domain, Limit, NEW_TEMPLATE, PodModel, Probe, Scenario};
use crate::time::SimDuration;

/// Everything that is found, in sentences.
pub(super) fn findings(scenario: &Scenario) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(room(scenario));
    found.extend(few_zones(scenario));
    let model = &scenario.pods[usize::from(NEW_TEMPLATE)];
    found.extend(deadline(scenario, model));
    found.extend(startup(model));
    found.extend(liveness(model));
    found.extend(strength(scenario));
    found.extend(autoscaler(scenario));
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
    let apart = scenario.pods[usize::from(NEW_TEMPLATE)].constraints.iter().find(|constraint| {
        constraint.domain == Domain::Zone && constraint.limit == Limit::One && !constraint.own_revision
    });
    let in_zones = apart.map(|_| ((zones(scenario) as u64).saturating_sub(replicas), "the anti-affinity leaves"));
    let others = in_quota.into_iter().chain(in_zones);
    let (room, place) = others.fold(on_nodes, |least, other| if other.0 < least.0 { other } else { least });
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

/// Zones of nodes that are there from the start.
fn zones(scenario: &Scenario) -> usize {
    let there = &scenario.cluster.nodes[..scenario.cluster.nodes_at_start()];
    there.iter().map(|node| node.zone).collect::<BTreeSet<_>>().len()
}

/// A spread that asks for more zones than there are.
fn few_zones(scenario: &Scenario) -> Option<String> {
    let zones = zones(scenario);
    let constraints = scenario.pods[usize::from(NEW_TEMPLATE)].constraints.iter();
    let asked = constraints.filter(|constraint| constraint.domain == Domain::Zone).find_map(|constraint| {
        let Limit::Skew { most, min_domains } = constraint.limit else { return None };
        (min_domains as usize > zones).then_some((most, min_domains))
    });
    asked.map(|(most, domains)| {
        format!(
            "minDomains is {domains} and there are {zones} zones, so that no zone may hold more than maxSkew {most} of the \
             pods: describe more zones, or lower minDomains"
        )
    })
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

/// Whether the pods can answer the arriving requests, both all of them and as few as the strategy leaves.
fn strength(scenario: &Scenario) -> Option<String> {
    let traffic = scenario.traffic.as_ref()?;
    let (spec, most) = (&scenario.deployment, traffic.rate.most());
    let largest =
        scenario.horizontal_autoscaler.as_ref().map_or(spec.replicas, |own| own.max_replicas.max(spec.replicas));
    let answered = |pods: i32| f64::from(pods.max(0)) * traffic.capacity;
    if answered(largest) < most {
        return Some(format!(
            "traffic: {largest} pods answer {} requests/s at full strength, up to {most} come: the rest is lost \
             whatever the strategy; more replicas, or another capacity?",
            answered(largest)
        ));
    }
    let fewest = min_available(spec);
    (scenario.horizontal_autoscaler.is_none() && answered(fewest) < most).then(|| {
        format!(
            "traffic: the strategy leaves as few as {fewest} pods, which answer {} of up to {most} requests/s",
            answered(fewest)
        )
    })
}

/// Whether the autoscaler would leave the size that the rollout finds alone.
fn autoscaler(scenario: &Scenario) -> Option<String> {
    let (traffic, spec) = (scenario.traffic.as_ref()?, scenario.horizontal_autoscaler.as_ref()?);
    let replicas = scenario.deployment.replicas;
    let full = f64::from(replicas) * traffic.capacity;
    let rate = traffic.rate.at(SimDuration::ZERO);
    let ratio = 100.0 * traffic.cpu_at_capacity * (rate / full).min(1.0) / f64::from(spec.target);
    let wanted = (ratio * f64::from(replicas)).ceil() as i32;
    let wanted = wanted.clamp(spec.min_replicas, spec.max_replicas);
    ((ratio - 1.0).abs() > TOLERANCE && wanted != replicas && replicas > 0).then(|| {
        format!(
            "horizontalPodAutoscaler: {replicas} replicas use {:.0} % of their CPU requests when the rollout starts, {} % is \
             the target: it will scale to {wanted} or further from the start on",
            ratio * f64::from(spec.target),
            spec.target
        )
    })
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
