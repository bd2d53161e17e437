//! How pods of each template version behave.

use crate::distribution::{Distribution, Shape};
use crate::input::experiment::distribution::distribution;
use crate::input::keys::defaults::Defaults;
use crate::input::keys::pods::{POD, PODS};
use crate::input::kubernetes::pod_template::{PodTemplate, PullPolicy};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::files::Files;
use crate::input::tree::quantity::{byte_size, duration, parse_ratio, seconds, share};
use crate::input::tree::yaml::Node;
use crate::scenario::{PodModel, Probes};
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

    /// Reads one version; the first layer that has a field wins.
    fn model(&self, layers: &[Option<Map<'a>>], cached: &str) -> Result<PodModel, InputError> {
        let field = |key: &str| layers.iter().flatten().find_map(|layer| layer.get(key));
        let or_default = |key: &str| field(key).unwrap_or_else(|| self.defaults.get(&format!("pods.{key}")));
        let time = |key: &str| distribution(or_default(key), self.files);
        let chance = |key: &str| share(or_default(key));
        let policy = match field("pullPolicy") {
            Some(node) => {
                node.text().ok().and_then(PullPolicy::named).ok_or_else(|| node.wrong(&PullPolicy::NAMES.join(", ")))?
            }
            None => self.template.pull_policy,
        };
        let cached = share(field("cached").unwrap_or_else(|| self.defaults.get(cached)))?;
        let (pull, pull_failure, cached) = match policy {
            // The kubelet fetches nothing, so the image had better be there.
            PullPolicy::Never => (Distribution::constant(SimDuration::ZERO), 0.0, 1.0),
            _ => (self.pull(layers)?, chance("pullFailure")?, cached),
        };
        let pull_check = if policy == PullPolicy::Always { Some(time("pullCheck")?) } else { None };
        Ok(PodModel {
            pull,
            pull_failure,
            pull_check,
            cached,
            crowding: extra(or_default("crowding"))?,
            start: time("start")?,
            warm_up: match field("warmUp") {
                Some(written) => distribution(written, self.files)?,
                None => self.default_warm_up()?.0,
            },
            termination: time("termination")?,
            grace: self.template.grace,
            pre_stop: field("preStop").map_or(Ok(self.template.pre_stop), duration)?,
            probes: self.template.probes,
            crash: chance("crash")?,
            crash_after: time("crashAfter")?,
            never_ready: chance("neverReady")?,
            flap: chance("flap")?,
            flap_after: time("flapAfter")?,
            flap_for: time("flapFor")?,
            constraints: self.template.constraints.clone(),
            preferences: self.template.preferences.clone(),
            bad_version: chance("badVersion")?,
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

    /// The sentence for every answer that says how a default warm-up was shortened; `None` where none was.
    pub(crate) fn assumed(&self) -> Result<Option<String>, InputError> {
        let written = |part: Option<Map<'_>>| part.is_some_and(|part| part.get("warmUp").is_some());
        if written(self.both) || (written(self.old) && written(self.new)) {
            return Ok(None);
        }
        Ok(self.default_warm_up()?.1)
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
        };
        let (defaults, files) = (Defaults::read().unwrap(), Files::new(Path::new(".")));
        let of = |probes: Probes, text: &str| {
            let (node, template) = (node(text), PodTemplate { probes, ..PodTemplate::default() });
            let pods = Pods::read(Some(&node), &template, &defaults, &files).unwrap();
            (pods.new_version().unwrap().warm_up, pods.assumed().unwrap())
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
