//! How pods of each template version behave.

use crate::distribution::{Distribution, Shape};
use crate::input::defaults::Defaults;
use crate::input::distribution::distribution;
use crate::input::error::InputError;
use crate::input::fields::Map;
use crate::input::files::Files;
use crate::input::pod_template::PodTemplate;
use crate::input::quantity::{byte_size, share};
use crate::input::yaml::Node;
use crate::scenario::PodModel;

/// Fields of one version.
pub(crate) const FIELDS: &[&str] = &[
    "start",
    "warmUp",
    "pull",
    "imageSize",
    "pullFailure",
    "cached",
    "termination",
    "crash",
    "crashAfter",
    "neverReady",
    "flap",
    "flapAfter",
    "flapFor",
    "badVersion",
];

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
        let both = node.map(Node::map).transpose()?;
        let part = |key: &str| both.map(|map| map.map(key)).transpose().map(Option::flatten);
        let (old, new) = (part("old")?, part("new")?);
        if let Some(map) = both {
            map.only(&FIELDS.iter().chain(&["old", "new"]).copied().collect::<Vec<_>>())?;
        }
        for version in [old, new].into_iter().flatten() {
            version.only(FIELDS)?;
        }
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
        overrides.only(FIELDS)?;
        self.model(&[Some(overrides), self.new, self.both], "pods.new.cached")
    }

    /// Reads one version; the first layer that has a field wins.
    fn model(&self, layers: &[Option<Map<'a>>], cached: &str) -> Result<PodModel, InputError> {
        let field = |key: &str| layers.iter().flatten().find_map(|layer| layer.get(key));
        let or_default = |key: &str| field(key).unwrap_or_else(|| self.defaults.get(&format!("pods.{key}")));
        let time = |key: &str| distribution(or_default(key), self.files);
        let chance = |key: &str| share(or_default(key));
        Ok(PodModel {
            pull: self.pull(layers)?,
            pull_failure: chance("pullFailure")?,
            cached: share(field("cached").unwrap_or_else(|| self.defaults.get(cached)))?,
            start: time("start")?,
            warm_up: time("warmUp")?,
            termination: time("termination")?,
            grace: self.template.grace,
            pre_stop: self.template.pre_stop,
            probes: self.template.probes,
            crash: chance("crash")?,
            crash_after: time("crashAfter")?,
            never_ready: chance("neverReady")?,
            flap: chance("flap")?,
            flap_after: time("flapAfter")?,
            flap_for: time("flapFor")?,
            bad_version: chance("badVersion")?,
        })
    }

    /// As written, or from the image's size, whichever the first layer has.
    fn pull(&self, layers: &[Option<Map<'a>>]) -> Result<Distribution, InputError> {
        for layer in layers.iter().flatten() {
            match (layer.get("pull"), layer.get("imageSize")) {
                (Some(_), Some(size)) => return Err(size.at.error("write either `pull` or `imageSize`, not both")),
                (Some(pull), None) => return distribution(pull, self.files),
                (None, Some(size)) => return self.pull_of(size),
                (None, None) => {}
            }
        }
        self.pull_of(self.defaults.get("pods.imageSize"))
    }

    fn pull_of(&self, size: &Node) -> Result<Distribution, InputError> {
        let (fixed, median, sigma) = self.defaults.pull(byte_size(size)?.max(1))?;
        Distribution::new(Shape::LogNormal { mu: libm::log(median), sigma }, fixed, None)
            .map_err(|error| size.at.error(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::yaml::node;
    use crate::time::SimDuration;
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
    fn slips_are_told() {
        let unknown = versions("new: {crahs: 1%}").unwrap_err().to_string();
        assert!(unknown.starts_with("test.yaml:1:7: unknown key `crahs`; did you mean `crash`?"), "{unknown}");
        assert!(versions("{pull: 1s, imageSize: 1MB}").unwrap_err().message.contains("either `pull` or `imageSize`"));
        assert!(versions("crash: 2").unwrap_err().message.contains("is not between 0 and 1"));
    }
}
