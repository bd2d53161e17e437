//! What can be said about a scenario before anything is simulated: why it cannot roll, or will hardly.

use std::collections::BTreeSet;

use crate::distribution::Distribution;
use crate::k8s::fenceposts::{IntOrPercent, max_surge, max_unavailable, min_available};
use crate::k8s::objects::Strategy;
use crate::k8s::replica_calculator::TOLERANCE;
use crate::scenario::{
    Access, Domain, InitContainer, Limit, MeasuredEvent, NEW_TEMPLATE, PodModel, Probe, Scenario, Step, StepAction,
    Volume, room_of,
};
use crate::time::SimDuration;

/// Everything that is found, in sentences.
pub(super) fn findings(scenario: &Scenario) -> Vec<String> {
    let mut found = Vec::new();
    let model = &scenario.pods[usize::from(NEW_TEMPLATE)];
    let rolls = rolls_out(scenario);
    let of_rollout = |finding: Option<String>| finding.filter(|_| rolls);
    found.extend(refused(scenario).or_else(|| of_rollout(room(scenario))));
    found.extend(few_zones(scenario));
    found.extend(of_rollout(volume(scenario)));
    found.extend(of_rollout(keeps_none(scenario)));
    found.extend(of_rollout(only_leader(scenario, model)));
    found.extend(cut_hook(model));
    found.extend(of_rollout(deadline(scenario, model)));
    found.extend(startup(model));
    found.extend(liveness(model));
    found.extend(strength(scenario));
    found.extend(autoscaler(scenario));
    found
}

/// Whether a version is rolled out at all: another event leaves the strategy unused.
fn rolls_out(scenario: &Scenario) -> bool {
    let changes = |step: &Step| {
        use StepAction::{Patch, SetTemplate, Undo, UndoTo};
        matches!(step.action, SetTemplate(_) | Patch(_) | Undo | UndoTo(_))
    };
    scenario.event == MeasuredEvent::Rollout || scenario.timeline.iter().any(changes)
}

/// Whether the API server refuses every new pod.
fn refused(scenario: &Scenario) -> Option<String> {
    let raises = |step: &Step| matches!(step.action, StepAction::SetPodQuota(quota) if quota != Some(0));
    let stays = scenario.cluster.pod_quota == Some(0) && !scenario.timeline.iter().any(raises);
    let consequence = if rolls_out(scenario) { "cannot roll: " } else { "" };
    (stays && scenario.deployment.replicas > 0)
        .then(|| format!("{consequence}the API server admits none of the new pods"))
}

/// What is said where there is no room for all extra pods, on the nodes and in the quota; `None`: there is.
#[must_use]
pub fn room(scenario: &Scenario) -> Option<String> {
    let spec = &scenario.deployment;
    let Strategy::RollingUpdate { max_unavailable: written, .. } = spec.strategy else { return None };
    let replicas = u64::try_from(spec.replicas).unwrap_or(0);
    let (surge, unavailable) = (max_surge(spec), max_unavailable(spec));
    // An old pod on a node that takes no others, such as one that is cordoned, leaves its place on the others free.
    let slots = room_of(&scenario.cluster.nodes, &scenario.cluster.found_on);
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
        let rounded = rounded(written, replicas);
        return Some(format!(
            "cannot roll: {place} no room for an extra pod and maxUnavailable is 0{rounded}, so that none may go first: \
             make room for one pod, or set maxUnavailable: 1"
        ));
    }
    Some(match surge {
        1 => format!("{place} no room for the extra pod: it waits for an old one to go"),
        _ => format!("{place} room for {room} of the {surge} extra pods: the others wait for old ones to go"),
    })
}

/// How a percentage of the replicas became 0.
fn rounded(written: IntOrPercent, replicas: u64) -> String {
    match written {
        IntOrPercent::Percent(percent) if percent > 0 => format!(" ({percent}% of {replicas}, rounded down)"),
        _ => String::new(),
    }
}

/// A volume that the new pods cannot have before the old pods are gone, which the strategy does not let go.
fn volume(scenario: &Scenario) -> Option<String> {
    let spec = &scenario.deployment;
    let Strategy::RollingUpdate { max_unavailable: written, .. } = spec.strategy else { return None };
    let Volume { claim, access, .. } = scenario.exclusive_volume()?;
    let (replicas, kept) = (spec.replicas, min_available(spec));
    let advice = "set strategy.type: Recreate, or maxSurge: 0 and maxUnavailable: 100%";
    if kept <= 0 || max_surge(spec) == 0 && replicas <= 1 {
        return None;
    }
    let because = format!("maxUnavailable {written}{} keeps", rounded(written, u64::try_from(replicas).unwrap_or(0)));
    Some(match (access, replicas) {
        (Access::OnePod, _) => format!(
            "cannot roll: claim {claim} is for one pod alone (ReadWriteOncePod), so that a new pod is not scheduled as long as \
             the old pod uses it, and {because} that pod: {advice}"
        ),
        (_, 1) => format!(
            "the new pod waits for the volume of claim {claim}, which is attached to the old pod's node, as long as that pod is \
             there, and {because} it: wherever the new pod gets another node the rollout stalls; {advice}"
        ),
        _ => format!(
            "new pods on another node wait for the volume of claim {claim} until all {replicas} old pods are gone, and {because} \
             {kept} of them: wherever a new pod gets another node the rollout stalls; give the pods a claim that several nodes \
             can use (ReadWriteMany), or one replica"
        ),
    })
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

/// A strategy that lets all pods go at once, which Recreate says by its name.
fn keeps_none(scenario: &Scenario) -> Option<String> {
    let spec = &scenario.deployment;
    let Strategy::RollingUpdate { max_unavailable: written, .. } = spec.strategy else { return None };
    let (replicas, unavailable) = (spec.replicas, max_unavailable(spec));
    let written = match written {
        IntOrPercent::Int(count) => count.to_string(),
        IntOrPercent::Percent(percent) => format!("{percent}%"),
    };
    (replicas > 0 && unavailable >= replicas).then(|| {
        format!(
            "the strategy keeps no pod: maxUnavailable {written} of {replicas} comes to {unavailable}, so that all may go \
             before a new one is available"
        )
    })
}

/// A Deployment of which only the leader is Ready: the new version waits for the lease of the old one.
fn only_leader(scenario: &Scenario, model: &PodModel) -> Option<String> {
    let (spec, _) = (&scenario.deployment, model.leader?);
    let replicas = spec.replicas;
    if replicas > 1 {
        return Some(format!(
            "cannot complete: only one of the {replicas} pods is ever Ready (pods.onlyLeaderReady), and a rollout is complete \
             when all of them are available"
        ));
    }
    let goes_first = spec.strategy == Strategy::Recreate || max_unavailable(spec) > 0;
    (replicas == 1 && !goes_first).then(|| {
        "cannot roll: the new pod is Ready when it has the old one's lease (pods.onlyLeaderReady), and maxUnavailable 0 keeps the \
         old one until then: set maxSurge: 0 and maxUnavailable: 1, or Recreate"
            .to_owned()
    })
}

/// A preStop hook that the grace period ends.
fn cut_hook(model: &PodModel) -> Option<String> {
    let (hook, grace) = (model.pre_stop.as_secs_f64(), model.grace.as_secs_f64());
    (hook >= grace && hook > 0.0 && grace > 0.0).then(|| {
        format!(
            "the preStop hook takes {hook} s and terminationGracePeriodSeconds is {grace}: the kubelet cuts it after {grace} s, \
             and the containers have 2 s after SIGTERM"
        )
    })
}

/// The median of what a pod needs until it is Ready, against the deadline, which every pod that becomes Ready resets.
fn deadline(scenario: &Scenario, model: &PodModel) -> Option<String> {
    let seconds = scenario.deployment.progress_deadline_seconds?;
    let other = other_waits(model);
    let needed = median(&model.start) + warm_up(model) + other;
    let deadline = SimDuration::from_secs(u64::try_from(seconds).unwrap_or(0));
    (needed > deadline).then(|| {
        format!(
            "most rollouts will stall: a pod takes {:.0} s at the median until it is Ready (start and warmUp{}), more than \
             progressDeadlineSeconds {seconds}",
            needed.as_secs_f64(),
            if other.is_zero() { "" } else { ", init containers, hooks and gates" }
        )
    })
}

/// The medians of what few pods wait for: init containers, the start of sidecars, postStart hooks, readiness gates.
fn other_waits(model: &PodModel) -> SimDuration {
    let of = |container: &InitContainer| match container {
        InitContainer::Plain { run } => median(run),
        InitContainer::Sidecar(sidecar) => median(&sidecar.start),
    };
    let containers = model.init_containers.iter().map(of).fold(SimDuration::ZERO, |sum, length| sum + length);
    let others = model.post_start.iter().chain(&model.readiness_gate);
    others.map(median).fold(containers, |sum, length| sum + length)
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
