//! How pods of each template version behave.

use crate::distribution::{Distribution, Shape};
use crate::input::experiment::distribution::distribution;
use crate::input::experiment::fields::Context;
use crate::input::experiment::init_containers::{self, init_containers};
use crate::input::experiment::layers::Layers;
use crate::input::keys::defaults::Defaults;
use crate::input::keys::pods::{POD, PODS};
use crate::input::kubernetes::pod_template::{PodTemplate, PullPolicy};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::files::Files;
use crate::input::tree::quantity::{byte_size, duration, parse_ratio, seconds, share};
use crate::input::tree::yaml::Node;
use crate::scenario::{Lease, PodModel, Probes, Scheduling};
use crate::time::SimDuration;

/// The `pods` of an experiment.
#[derive(Clone, Copy)]
pub(crate) struct Pods<'a> {
    both: Option<Map<'a>>,
    old: Option<Map<'a>>,
    new: Option<Map<'a>>,
    template: &'a PodTemplate,
    defaults: &'a Defaults,
    files: &'a Files,
}

impl<'a> Pods<'a> {
    pub(crate) fn read(
        node: Option<&'a Node>,
        template: &'a PodTemplate,
        defaults: &'a Defaults,
        files: &'a Files,
    ) -> Result<Self, InputError> {
        let both = node.map(Node::map).transpose()?.map(|map| map.with_names(&PODS));
        let part = |key: &str| both.map(|map| map.map(key)).transpose().map(Option::flatten);
        let (old, new) = (part("old")?, part("new")?);
        let both = both.map(|map| map.of(&PODS)).transpose()?;
        let version = |part: Option<Map<'a>>| part.map(|map| map.of(&POD)).transpose();
        let (old, new) = (version(old)?, version(new)?);
        Ok(Self { both, old, new, template, defaults, files })
    }

    /// The version that runs before the rollout. It was good, so `badVersion` at the top level is not about it.
    pub(crate) fn old_version(&self) -> Result<PodModel, InputError> {
        let mut model = self.model(&[self.old, self.both], "pods.old.cached")?;
        let own = self.old.map(|map| map.read("badVersion", share)).transpose()?.flatten();
        model.bad_version = own.unwrap_or(0.0);
        Ok(model)
    }

    /// The version that is rolled out.
    pub(crate) fn new_version(&self) -> Result<PodModel, InputError> {
        self.model(&[self.new, self.both], "pods.new.cached")
    }

    /// A further version: the new one with `overrides`.
    pub(crate) fn further_version(&self, overrides: Map<'a>) -> Result<PodModel, InputError> {
        let overrides = overrides.of(&POD)?;
        self.model(&[Some(overrides), self.new, self.both], "pods.new.cached")
    }

    fn layers<'l>(&self, maps: &'l [Option<Map<'a>>]) -> Layers<'l, 'a> {
        Layers { maps, context: Context { defaults: self.defaults, files: self.files } }
    }

    /// Reads one version; the first layer that has a field wins.
    fn model(&self, maps: &[Option<Map<'a>>], cached: &str) -> Result<PodModel, InputError> {
        let layers = self.layers(maps);
        let template = self.template;
        let (pull, pull_failure, cached, policy) = self.images(&layers, cached)?;
        Ok(PodModel {
            pull,
            pull_failure,
            pull_check: if policy == PullPolicy::Always { Some(layers.time("pullCheck")?) } else { None },
            cached,
            crowding: extra(layers.or_default("crowding"))?,
            start: layers.time("start")?,
            warm_up: match layers.written_time("warmUp")? {
                Some(written) => written,
                None => self.default_warm_up()?.0,
            },
            termination: layers.time("termination")?,
            grace: template.grace,
            pre_stop: layers.field("preStop").map_or(Ok(template.pre_stop), duration)?,
            probes: template.probes,
            crash: layers.chance("crash")?,
            crash_after: layers.time("crashAfter")?,
            never_ready: layers.chance("neverReady")?,
            flap: layers.chance("flap")?,
            flap_after: layers.time("flapAfter")?,
            flap_for: layers.time("flapFor")?,
            // Where the pods may go is found out once the nodes are known.
            constraints: Vec::new(),
            preferences: Vec::new(),
            topology: None,
            volumes: Vec::new(),
            own_volumes: 0,
            scheduling: scheduling(&layers, template.gated)?,
            bad_version: layers.chance("badVersion")?,
            init_containers: init_containers(&layers, &template.init_containers)?,
            post_start: match layers.written_time("postStart")? {
                None if template.post_start.is_zero() => None,
                None => Some(Distribution::constant(template.post_start)),
                written => written,
            },
            readiness_gate: layers.written_time("readinessGate")?,
            refused: layers.chance("refused")?,
            evicted: layers.chance("evicted")?,
            evicted_after: layers.time("evictedAfter")?,
            leader: lease(&layers)?,
        })
    }

    /// How images are pulled: the time, the share of pulls that fail, the share of nodes that have the image, and the policy.
    fn images(
        &self,
        layers: &Layers<'_, 'a>,
        cached: &str,
    ) -> Result<(Distribution, f64, f64, PullPolicy), InputError> {
        let policy = match layers.field("pullPolicy") {
            Some(node) => {
                node.text().ok().and_then(PullPolicy::named).ok_or_else(|| node.wrong(&PullPolicy::NAMES.join(", ")))?
            }
            None => self.template.pull_policy,
        };
        let cached = share(layers.field("cached").unwrap_or_else(|| self.defaults.get(cached)))?;
        Ok(match policy {
            // The kubelet fetches nothing, so the image had better be there.
            PullPolicy::Never => (Distribution::constant(SimDuration::ZERO), 0.0, 1.0, policy),
            _ => (self.pull(layers.maps)?, layers.chance("pullFailure")?, cached, policy),
        })
    }

    /// The default warm-up, shorter where the template's own probes would give it up: pods pass them every day. Beside it
    /// the sentence that says so.
    fn default_warm_up(&self) -> Result<(Distribution, Option<String>), InputError> {
        let usual = self.defaults.get("pods.warmUp");
        let distribution = distribution(usual, self.files)?;
        let Some((probe, allowed)) = patience(&self.template.probes) else { return Ok((distribution, None)) };
        let slow = distribution.quantile(0.99).as_secs_f64();
        if slow <= allowed.as_secs_f64() {
            return Ok((distribution, None));
        }
        let own = usual.map()?.require("lognormal")?.map()?;
        let (median, sigma) = (seconds(own.require("median")?)?, own.require("sigma")?.number()?);
        let milliseconds = (1000.0 * median * allowed.as_secs_f64() / slow).floor().max(1.0);
        let shape = Shape::LogNormal { mu: libm::log(milliseconds / 1000.0), sigma };
        let shorter = Distribution::new(shape, 0.0, None).map_err(|error| usual.at.error(error.to_string()))?;
        let message = format!(
            "pods.warmUp lognormal: {{median: {milliseconds}ms, sigma: {sigma}}}: the default's median of {median} s is \
             shortened, since the {probe} gives a container up after {} s, so that 99 % pass; measure yours and write \
             --set pods.warmUp=...",
            allowed.as_secs_f64()
        );
        Ok((shorter, Some(message)))
    }

    /// Whether a key is written for both versions.
    fn is_written(&self, key: &str) -> bool {
        let written = |part: Option<Map<'_>>| part.is_some_and(|part| part.get(key).is_some());
        written(self.both) || (written(self.old) && written(self.new))
    }

    /// Whether the version that is rolled out has a key.
    pub(crate) fn new_version_has(&self, key: &str) -> bool {
        self.layers(&[self.new, self.both]).field(key).is_some()
    }

    /// What the template's hooks made the forecast assume, and a key says in their place.
    pub(crate) fn answered(&self) -> impl Iterator<Item = &'a String> {
        self.template.hook_doubts.iter().filter(|(key, _)| self.is_written(key)).map(|(_, sentence)| sentence)
    }

    /// Sentences for every answer that say what was taken where nothing is written.
    pub(crate) fn assumed(&self) -> Result<Vec<String>, InputError> {
        let warm_up = if self.is_written("warmUp") { None } else { self.default_warm_up()?.1 };
        let of_containers =
            init_containers::assumed(&self.layers(&[self.new, self.both]), &self.template.init_containers);
        Ok(warm_up.into_iter().chain(of_containers).collect())
    }

    /// Keys that change nothing, in sentences.
    pub(crate) fn idle_keys(&self) -> Vec<String> {
        init_containers::idle_keys(&self.layers(&[self.new, self.old, self.both]), &self.template.init_containers)
    }

    /// As written, or from the image's size, whichever the first layer has.
    fn pull(&self, layers: &[Option<Map<'a>>]) -> Result<Distribution, InputError> {
        for layer in layers.iter().flatten() {
            match (layer.get("pull"), layer.get("imageSize")) {
                (Some(_), Some(size)) => return Err(size.at.error("write either `pull` or `imageSize`, not both")),
                (Some(pull), None) => return distribution(pull, self.files),
                (None, Some(size)) => return self.pull_of(size, layers),
                (None, None) => {}
            }
        }
        self.pull_of(self.defaults.get("pods.imageSize"), layers)
    }

    fn pull_of(&self, size: &Node, layers: &[Option<Map<'a>>]) -> Result<Distribution, InputError> {
        let written = layers.iter().flatten().find_map(|layer| layer.get("registryThroughput"));
        let throughput = written.unwrap_or_else(|| self.defaults.get("pods.registryThroughput"));
        let per_second = byte_size(throughput)?;
        if per_second == 0 {
            return Err(throughput.wrong("a size that comes in a second, more than 0, such as 40MB"));
        }
        let (fixed, median, sigma) = self.defaults.pull(byte_size(size)?.max(1), per_second)?;
        Distribution::new(Shape::LogNormal { mu: libm::log(median), sigma }, fixed, None)
            .map_err(|error| size.at.error(error.to_string()))
    }
}

/// Whether pods wait for gates to be lifted, and how long.
fn scheduling(layers: &Layers<'_, '_>, gated: bool) -> Result<Scheduling, InputError> {
    let lifted = layers.written_time("gatesLifted")?;
    match (gated, layers.field("gatesLifted")) {
        (true, _) => Ok(Scheduling::Gated(lifted)),
        (false, None) => Ok(Scheduling::Scheduler),
        (false, Some(node)) => {
            Err(node.at.error("the pod template has no schedulingGates that could be lifted: leave it out"))
        }
    }
}

/// The lease of the only pod that is Ready, if it is the only one.
fn lease(layers: &Layers<'_, '_>) -> Result<Option<Lease>, InputError> {
    let lease = Lease { duration: layers.length("leaseDuration")?, retry: layers.length("leaseRetryPeriod")? };
    Ok(layers.or_default("onlyLeaderReady").bool()?.then_some(lease))
}

/// The probe that kills a container which is not up in time, and the least time that it leaves it. A liveness probe waits
/// for the startup probe where there is one.
fn patience(probes: &Probes) -> Option<(&'static str, SimDuration)> {
    const LEAST: SimDuration = SimDuration::from_millis(100);
    let (name, probe) = match (&probes.startup, &probes.liveness) {
        (Some(probe), _) => ("startupProbe", probe),
        (None, Some(probe)) => ("livenessProbe", probe),
        (None, None) => return None,
    };
    // The first look may come as soon as the delay is over.
    let looks = u64::from(probe.failure_threshold.max(1)) - 1;
    Some((name, (probe.initial_delay + probe.period.times(looks)).max(LEAST)))
}

/// A share that may be more than the whole.
fn extra(node: &Node) -> Result<f64, InputError> {
    parse_ratio(node.text().unwrap_or_default())
        .filter(|share| (0.0..=100.0).contains(share))
        .ok_or_else(|| node.wrong("a share from 0 to 10000%, such as 20%"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;
    use std::path::Path;

    fn versions(text: &str) -> Result<(PodModel, PodModel), InputError> {
        let (node, template) = (node(text), PodTemplate::default());
        let (defaults, files) = (Defaults::read()?, Files::new(Path::new(".")));
        let pods = Pods::read(Some(&node), &template, &defaults, &files)?;
        Ok((pods.old_version()?, pods.new_version()?))
    }

    #[test]
    fn versions_override_what_holds_for_both() {
        let (old, new) = versions("{start: 3s, crash: 1%, badVersion: 5%, new: {start: 4s, imageSize: 80MB}}").unwrap();
        assert_eq!(old.start, Distribution::constant(SimDuration::from_secs(3)));
        assert_eq!(new.start, Distribution::constant(SimDuration::from_secs(4)));
        assert_eq!((old.crash, new.crash), (0.01, 0.01));
        assert_eq!((old.bad_version, new.bad_version), (0.0, 0.05));
        assert_eq!((old.cached, new.cached), (1.0, 0.0));
        let pull = Distribution::new(Shape::LogNormal { mu: libm::log(2.0), sigma: 0.7 }, 0.4, None).unwrap();
        assert_eq!(new.pull, pull);
        assert_ne!(old.pull, pull);
    }

    #[test]
    fn a_default_warm_up_passes_the_manifest_s_own_probes() {
        let probe = |period, failures| crate::scenario::Probe {
            initial_delay: SimDuration::ZERO,
            period: SimDuration::from_secs(period),
            success_threshold: 1,
            failure_threshold: failures,
            grace: None,
        };
        let (defaults, files) = (Defaults::read().unwrap(), Files::new(Path::new(".")));
        let of = |probes: Probes, text: &str| {
            let (node, template) = (node(text), PodTemplate { probes, ..PodTemplate::default() });
            let pods = Pods::read(Some(&node), &template, &defaults, &files).unwrap();
            (pods.new_version().unwrap().warm_up, pods.assumed().unwrap().pop())
        };
        let startup = |failures| Probes { startup: Some(probe(1, failures)), ..Probes::default() };
        let (usual, silent) = of(Probes::default(), "{}");
        assert_eq!((usual.quantile(0.5), silent), (SimDuration::from_secs(5), None));
        let (short, message) = of(startup(5), "{}");
        assert!(short.quantile(0.99) <= SimDuration::from_secs(4) && short.quantile(0.992) > SimDuration::from_secs(4));
        let message = message.unwrap();
        assert!(message.starts_with("pods.warmUp lognormal: {median: 841ms, sigma: 0.67}: "), "{message}");
        assert!(message.contains("startupProbe gives a container up after 4 s"), "{message}");
        assert_eq!(of(startup(60), "{}"), (usual.clone(), None));
        let patient = Probes { liveness: Some(probe(1, 2)), ..startup(60) };
        assert_eq!(of(patient, "{}"), (usual.clone(), None), "a liveness probe waits for the startup probe");
        let liveness = Probes { liveness: Some(probe(5, 3)), ..Probes::default() };
        assert!(of(liveness, "{}").1.unwrap().contains("livenessProbe gives a container up after 10 s"));
        let written = of(startup(5), "{warmUp: 7s}");
        assert_eq!(written, (Distribution::constant(SimDuration::from_secs(7)), None));
    }

    #[test]
    fn pulls_by_policy_and_throughput() {
        let new = |text: &str| versions(text).unwrap().1;
        assert_eq!(new("{}").pull_check, None);
        let always = new("{pullPolicy: Always, pullCheck: 1s}");
        assert_eq!(always.pull_check, Some(Distribution::constant(SimDuration::from_secs(1))));
        let never = new("{pullPolicy: Never, pullFailure: 10%}");
        assert_eq!(
            (never.pull, never.cached, never.pull_failure),
            (Distribution::constant(SimDuration::ZERO), 1.0, 0.0)
        );
        let slow = Distribution::new(Shape::LogNormal { mu: libm::log(16.0), sigma: 0.7 }, 0.4, None).unwrap();
        assert_eq!(new("{imageSize: 80MB, registryThroughput: 5MB}").pull, slow);
        assert_eq!(new("crowding: 250%").crowding, 2.5);
        assert!(versions("pullPolicy: Sometimes").unwrap_err().message.contains("Never, IfNotPresent, Always"));
        assert!(versions("registryThroughput: 0B").unwrap_err().message.contains("more than 0"));
        assert!(versions("crowding: -1").unwrap_err().message.contains("such as 20%"));
    }

    #[test]
    fn mistakes_are_reported() {
        let unknown = versions("new: {crahs: 1%}").unwrap_err().to_string();
        assert!(unknown.starts_with("test.yaml:1:7: unknown key `crahs`; did you mean `crash`?"), "{unknown}");
        assert!(versions("{pull: 1s, imageSize: 1MB}").unwrap_err().message.contains("either `pull` or `imageSize`"));
        assert!(versions("crash: 2").unwrap_err().message.contains("is not between 0 and 1"));
    }
}
