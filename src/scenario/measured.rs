//! Latencies that were fitted to measurements, and scenarios with others that the measurements allow as well.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cluster::{Autoscaler, Cluster, LowerPriority, NodeLoss, Upgrade};
use super::control_plane::ControlPlane;
use super::pods::{InitContainer, PodModel, Scheduling, Sidecar};
use super::volumes::Volumes;
use super::{Membership, Scenario, World};
use crate::distribution::Distribution;
use crate::random::parameter;
use crate::traffic::{LoadBalancer, Traffic};

/// Measurements of a latency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredLatency {
    /// What was measured: its key in an experiment, without the version of the pods, such as `pods.warmUp`.
    pub key: Cow<'static, str>,
    /// How many values.
    pub values: u32,
}

/// What is done with every latency of a scenario: its key, and the distribution.
type Visit<'a> = dyn FnMut(&'static str, &mut Distribution) + 'a;

impl Scenario {
    /// The measurements that its latencies were fitted to, each once; none where all are taken to be known.
    #[must_use]
    pub fn measurements(&self) -> Vec<MeasuredLatency> {
        let mut found: Vec<MeasuredLatency> = Vec::new();
        let mut note = |key: &'static str, distribution: &mut Distribution| {
            for values in distribution.measured_values() {
                let one = MeasuredLatency { key: key.into(), values };
                if !found.contains(&one) {
                    found.push(one);
                }
            }
        };
        match &self.world {
            Some(own) => own.world.shared.clone().latencies(&mut note),
            None => self.clone().latencies(&mut note),
        }
        found
    }

    /// Whether any of its latencies was fitted to measurements.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        !self.measurements().is_empty()
    }

    /// Every latency of its own, without those of a world.
    fn latencies(&mut self, visit: &mut Visit<'_>) {
        for model in &mut self.pods {
            of_pods(model, visit);
        }
        of_cluster(&mut self.cluster, visit);
        let Volumes { list: _, attach, detach, provision, force_detach: _ } = &mut self.volumes;
        visit("cluster.volumes.attach", attach);
        visit("cluster.volumes.detach", detach);
        visit("cluster.volumes.provision", provision);
        of_control_plane(&mut self.control_plane, visit);
        if let Some(Traffic { load_balancer: Some(LoadBalancer { registration, deregistration }), .. }) =
            &mut self.traffic
        {
            visit("traffic.loadBalancer.registration", registration);
            visit("traffic.loadBalancer.deregistration", deregistration);
        }
    }

    /// Draws every latency that was fitted to measurements anew.
    fn draw(&mut self, seed: u64, draw: u32) {
        let number = |key, position| parameter(seed, draw, key, position);
        self.latencies(&mut |_, distribution| {
            if !distribution.measured_values().is_empty() {
                *distribution = distribution.drawn(&number);
            }
        });
    }
}

/// `scenarios`, which are simulated together, with latencies that the measurements allow as well: those of draw number `draw`. Equal
/// measurements give equal latencies in all of them, and in every other scenario of the same seed.
#[must_use]
pub fn drawn(scenarios: &[Scenario], seed: u64, draw: u32) -> Vec<Scenario> {
    let world = scenarios.first().and_then(|first| first.world.as_ref()).map(|own| {
        let mut world = World::clone(&own.world);
        world.shared.draw(seed, draw);
        Arc::new(world)
    });
    let one = |scenario: &Scenario| {
        let mut drawn = scenario.clone();
        drawn.draw(seed, draw);
        if let (Some(Membership { world: own, .. }), Some(world)) = (&mut drawn.world, &world) {
            *own = Arc::clone(world);
        }
        drawn
    };
    scenarios.iter().map(one).collect()
}

fn of_pods(model: &mut PodModel, visit: &mut Visit<'_>) {
    let PodModel { pull, start, warm_up, termination, crash_after, flap_after, flap_for, evicted_after, .. } = model;
    visit("pods.pull", pull);
    visit("pods.start", start);
    visit("pods.warmUp", warm_up);
    visit("pods.termination", termination);
    visit("pods.crashAfter", crash_after);
    visit("pods.flapAfter", flap_after);
    visit("pods.flapFor", flap_for);
    visit("pods.evictedAfter", evicted_after);
    let some = [
        ("pods.pullCheck", &mut model.pull_check),
        ("pods.postStart", &mut model.post_start),
        ("pods.readinessGate", &mut model.readiness_gate),
    ];
    for (key, distribution) in some {
        distribution.iter_mut().for_each(|distribution| visit(key, distribution));
    }
    if let Scheduling::Gated(Some(lifted)) = &mut model.scheduling {
        visit("pods.gatesLifted", lifted);
    }
    for container in &mut model.init_containers {
        match container {
            InitContainer::Plain { run } => visit("pods.initContainers", run),
            InitContainer::Sidecar(sidecar) => {
                let Sidecar { start, warm_up, probes: _, pre_stop: _, termination } = &mut **sidecar;
                visit("pods.sidecarStart", start);
                visit("pods.sidecarWarmUp", warm_up);
                visit("pods.sidecarTermination", termination);
            }
        }
    }
}

fn of_cluster(cluster: &mut Cluster, visit: &mut Visit<'_>) {
    if let Some(NodeLoss { time_to_loss, time_to_zone_loss, notice: _, detection, toleration: _, recovery }) =
        &mut cluster.loss
    {
        visit("cluster.loss.timeToLoss", time_to_loss);
        time_to_zone_loss.iter_mut().for_each(|time| visit("cluster.loss.timeToZoneLoss", time));
        visit("cluster.loss.detection", detection);
        recovery.iter_mut().for_each(|time| visit("cluster.loss.recovery", time));
    }
    if let Some(Autoscaler { provisioning, .. }) = &mut cluster.autoscaler {
        visit("cluster.autoscaler.provisioning", provisioning);
    }
    if let Some(Upgrade { takes, .. }) = &mut cluster.upgrade {
        visit("cluster.upgrade.takes", takes);
    }
    if let Some(LowerPriority { termination, .. }) = &mut cluster.lower_priority {
        visit("cluster.lowerPriority.termination", termination);
    }
}

fn of_control_plane(control_plane: &mut ControlPlane, visit: &mut Visit<'_>) {
    let ControlPlane { api_latency, watch_latency, scheduling, endpoint_propagation, .. } = control_plane;
    visit("controlPlane.apiLatency", api_latency);
    visit("controlPlane.watchLatency", watch_latency);
    visit("controlPlane.scheduling", scheduling);
    visit("controlPlane.endpointPropagation", endpoint_propagation);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Measured, Shape};

    /// Whoever adds a latency to the scenario must add it here: this one is compared by the text of the whole scenario.
    #[test]
    fn every_latency_of_a_scenario_is_visited() {
        let text =
            "deployment: {spec: {replicas: 2, template: {spec: {containers: [{name: app, image: example/app}]}}}}\n";
        let mut scenario = crate::experiment::Experiment::from_yaml(text).expect("valid").scenarios()[0].clone();
        let fitted = Distribution::new(Shape::LogNormal { mu: 1.0, sigma: 0.3 }, 0.0, None)
            .and_then(|one| one.measured_on(Measured { values: 26, errors: None }))
            .expect("valid");
        let count = |scenario: &Scenario| format!("{scenario:?}").matches("Distribution {").count();
        let before = count(&scenario);
        let mut visited = 0;
        scenario.latencies(&mut |_, distribution| {
            *distribution = fitted.clone();
            visited += 1;
        });
        assert_eq!((count(&scenario), visited), (before, before));
        assert_eq!(scenario.measurements().len(), 16);
        let drawn = &drawn(std::slice::from_ref(&scenario), 7, 1)[0];
        assert_ne!(drawn.pods[0].start, scenario.pods[0].start);
        assert_eq!(drawn.pods[0].start, drawn.pods[1].warm_up, "the same measurements");
    }
}
