//! The spec of a Deployment with the defaults of the API: one reader for manifests, experiments and recordings, which look
//! their fields up in different ways.
//!
//! Upstream: `pkg/apis/apps/v1/defaults.go: SetDefaults_Deployment`.

use crate::input::kubernetes::border::only_known_in_strategy;
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::near::unknown;
use crate::input::tree::quantity::int_or_percent;
use crate::input::tree::yaml::{Node, Value};
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::{DeploymentSpec, Strategy, Template};

/// The API's way to say "none": the largest int32.
const NONE: i32 = i32::MAX;

/// Why the API server refuses limits beside the type `Recreate`.
const BOTH: &str = "spec.strategy.rollingUpdate must not be given when the type is Recreate: leave out the limits or \
    change the type.";

/// A place where the fields of a spec are written. `None` stands for a field that is not.
pub(crate) trait SpecFields {
    /// Why a field cannot be read.
    type Error;

    /// A whole number of 32 bits.
    fn integer(&self, field: &str) -> Result<Option<i32>, Self::Error>;

    /// True or false.
    fn flag(&self, field: &str) -> Result<Option<bool>, Self::Error>;

    /// The strategy, with as much of it as is written.
    fn strategy(&self) -> Result<WrittenStrategy, Self::Error>;

    /// The error that the API server refuses the spec.
    fn refused(reason: &str) -> Self::Error;
}

/// Reads a spec of pods of `template`.
pub(crate) fn read<F: SpecFields>(fields: &F, template: Template) -> Result<DeploymentSpec, F::Error> {
    let integer = |field: &str, default: i32| fields.integer(field).map(|number| number.unwrap_or(default));
    let limited = |number: i32| (number != NONE).then_some(number);
    Ok(DeploymentSpec {
        replicas: integer("replicas", 1)?,
        strategy: fields.strategy()?.with_defaults().map_err(F::refused)?,
        min_ready_seconds: integer("minReadySeconds", 0)?,
        progress_deadline_seconds: limited(integer("progressDeadlineSeconds", 600)?),
        revision_history_limit: limited(integer("revisionHistoryLimit", 10)?),
        paused: fields.flag("paused")?.unwrap_or(false),
        template,
        pod_replacement_policy: None,
    })
}

/// A strategy as it is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WrittenStrategy {
    /// The type is `Recreate`.
    pub(crate) recreate: bool,
    /// There is a block `rollingUpdate`.
    pub(crate) rolling_update: bool,
    pub(crate) max_surge: Option<IntOrPercent>,
    pub(crate) max_unavailable: Option<IntOrPercent>,
}

impl WrittenStrategy {
    /// `{type, rollingUpdate: {maxSurge, maxUnavailable}}`, or just the type.
    fn read(node: &Node) -> Result<Self, InputError> {
        if matches!(node.value, Value::Scalar(_)) {
            return Ok(Self { recreate: is_recreate(node)?, ..Self::default() });
        }
        let map = node.map()?;
        let recreate = map.read("type", is_recreate)?.unwrap_or(false);
        let block = map.map("rollingUpdate")?;
        let mut written = Self { recreate, rolling_update: block.is_some(), ..Self::default() };
        // What is refused as a whole need not be read.
        if let Some(limits) = block.filter(|_| !recreate) {
            written.max_surge = limits.read("maxSurge", int_or_percent)?;
            written.max_unavailable = limits.read("maxUnavailable", int_or_percent)?;
        }
        Ok(written)
    }

    /// With the API's default of 25 % for both limits.
    fn with_defaults(self) -> Result<Strategy, &'static str> {
        let quarter = IntOrPercent::Percent(25);
        let limits = self.rolling_update || self.max_surge.is_some() || self.max_unavailable.is_some();
        match (self.recreate, limits) {
            (true, false) => Ok(Strategy::Recreate),
            (true, true) => Err(BOTH),
            (false, _) => Ok(Strategy::RollingUpdate {
                max_surge: self.max_surge.unwrap_or(quarter),
                max_unavailable: self.max_unavailable.unwrap_or(quarter),
            }),
        }
    }
}

/// A spec in a manifest or an experiment, and the fields of the experiment that are written in its place.
pub(crate) struct Overridden<'a> {
    /// The spec.
    pub(crate) spec: Map<'a>,
    /// Fields by their bare names, `maxSurge` and `maxUnavailable` among them.
    pub(crate) overrides: Option<Map<'a>>,
}

impl<'a> Overridden<'a> {
    fn field(&self, name: &str) -> Option<&'a Node> {
        self.overrides.and_then(|map| map.get(name)).or_else(|| self.spec.get(name))
    }
}

impl SpecFields for Overridden<'_> {
    type Error = Problem;

    fn integer(&self, field: &str) -> Result<Option<i32>, Problem> {
        Ok(self.field(field).map(Node::i32).transpose()?)
    }

    fn flag(&self, field: &str) -> Result<Option<bool>, Problem> {
        Ok(self.field(field).map(Node::bool).transpose()?)
    }

    fn strategy(&self) -> Result<WrittenStrategy, Problem> {
        let mut written = self.field("strategy").map(WrittenStrategy::read).transpose()?.unwrap_or_default();
        if let Some(map) = self.overrides {
            written.max_surge = map.read("maxSurge", int_or_percent)?.or(written.max_surge);
            written.max_unavailable = map.read("maxUnavailable", int_or_percent)?.or(written.max_unavailable);
        }
        Ok(written)
    }

    fn refused(reason: &str) -> Problem {
        Problem::Refused(reason.into())
    }
}

fn is_recreate(node: &Node) -> Result<bool, InputError> {
    match node.text()? {
        "Recreate" => Ok(true),
        "RollingUpdate" => Ok(false),
        other => Err(node.at.error(unknown("strategy type", other, &["Recreate", "RollingUpdate"]))),
    }
}

/// Reads a strategy by itself, as the timeline of an experiment has it.
pub(crate) fn strategy(node: &Node) -> Result<Strategy, Problem> {
    only_known_in_strategy(node)?;
    WrittenStrategy::read(node)?.with_defaults().map_err(|reason| Problem::Refused(reason.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::keys::deployment::DEPLOYMENT_FIELDS;

    /// Fields of which nothing is written.
    struct Nothing;

    impl SpecFields for Nothing {
        type Error = String;

        fn integer(&self, _field: &str) -> Result<Option<i32>, String> {
            Ok(None)
        }

        fn flag(&self, _field: &str) -> Result<Option<bool>, String> {
            Ok(None)
        }

        fn strategy(&self) -> Result<WrittenStrategy, String> {
            Ok(WrittenStrategy::default())
        }

        fn refused(reason: &str) -> String {
            reason.into()
        }
    }

    /// The reference of the keys writes the defaults that a spec gets.
    #[test]
    fn the_keys_name_the_defaults_that_are_applied() {
        let spec = read(&Nothing, 1).unwrap();
        let Strategy::RollingUpdate { max_surge, max_unavailable } = spec.strategy else { panic!("{spec:?}") };
        let applied = [
            ("replicas", spec.replicas.to_string()),
            ("maxSurge", max_surge.to_string()),
            ("maxUnavailable", max_unavailable.to_string()),
            ("minReadySeconds", spec.min_ready_seconds.to_string()),
            ("progressDeadlineSeconds", spec.progress_deadline_seconds.unwrap().to_string()),
            ("revisionHistoryLimit", spec.revision_history_limit.unwrap().to_string()),
            ("paused", spec.paused.to_string()),
            ("strategy", "RollingUpdate".to_owned()),
        ];
        let known =
            DEPLOYMENT_FIELDS.keys().filter_map(|key| key.api_default.map(|value| (key.name, value.to_owned())));
        assert_eq!(known.collect::<Vec<_>>(), applied);
    }
}
