//! The Deployment of a recording as the API server stores it: it fills in defaults, merges patches and refuses what is
//! invalid.

use serde_json::{Map, Value};

use super::json_fields::JsonFields;
use super::merge::merge;
use super::stop::{MOST_PODS, Result, Stop, Templates, unsupported, wrong};
use crate::input::{SpecFields, WrittenStrategy, deployment_spec};
use crate::k8s::objects::DeploymentSpec;
use crate::k8s::validation::validate;
use crate::scenario::{OLD_TEMPLATE, SpecPatch};

/// The `apps/v1` fields of a Deployment's spec that are read.
#[derive(Clone, Debug)]
pub(super) struct Manifest(Map<String, Value>);

impl Manifest {
    /// The fields as sent, and the block that the API server adds to a rolling update (`apps/v1/defaults.go:
    /// SetDefaults_Deployment`), which a later change to `Recreate` must remove again.
    pub(super) fn new(mut fields: Map<String, Value>) -> Self {
        let strategy = fields.entry("strategy").or_insert(Value::Null);
        if strategy.is_null() {
            *strategy = Value::Object(Map::new());
        }
        if let Value::Object(strategy) = strategy {
            let rolling =
                matches!(strategy.get("type"), None | Some(Value::Null)) || strategy["type"] == "RollingUpdate";
            let block = strategy.entry("rollingUpdate").or_insert(Value::Null);
            if block.is_null() && rolling {
                *block = Value::Object(Map::new());
            }
        }
        Self(fields)
    }

    /// The spec; `path` is the path of its fields in the file.
    ///
    /// # Errors
    /// [`Stop::Rejected`] where the API server refuses it.
    pub(super) fn spec(&self, path: &str) -> Result<DeploymentSpec> {
        let fields = JsonFields { path, fields: &self.0 };
        if let Some(replicas) = fields.integer("replicas")?.filter(|replicas| i64::from(*replicas) > MOST_PODS) {
            return unsupported(format!("{replicas} replicas"));
        }
        let spec = deployment_spec::read(&fields, OLD_TEMPLATE)?;
        validate(&spec).map_err(|_| Stop::Rejected)?;
        Ok(spec)
    }

    /// Applies a merge patch (RFC 7386) of the spec at `path` of the file.
    ///
    /// # Errors
    ///
    /// [`Stop::Rejected`] where the API server refuses it; the Deployment is then unchanged.
    pub(super) fn patch(
        &mut self,
        path: &str,
        patch: &Map<String, Value>,
        templates: &mut Templates,
    ) -> Result<SpecPatch> {
        let mut merged = Value::Object(self.0.clone());
        merge(&mut merged, &Value::Object(patch.clone()));
        let Value::Object(fields) = merged else { return Err(Stop::Rejected) };
        self.check_patch(patch, &fields)?;
        let merged = Self::new(fields);
        let spec = merged.spec(path)?;
        let template = match patch.get("template") {
            None => None,
            Some(change) => match change.pointer("/metadata/labels/version").and_then(Value::as_str) {
                Some(name) => Some(templates.number(name)?),
                None => return unsupported("a patch of the template that does not name a version"),
            },
        };
        *self = merged;
        let has = |name| patch.contains_key(name);
        Ok(SpecPatch {
            update: None,
            daemon_update: None,
            replicas: has("replicas").then_some(spec.replicas),
            strategy: has("strategy").then_some(spec.strategy),
            min_ready_seconds: has("minReadySeconds").then_some(spec.min_ready_seconds),
            progress_deadline_seconds: has("progressDeadlineSeconds").then_some(spec.progress_deadline_seconds),
            revision_history_limit: has("revisionHistoryLimit").then_some(spec.revision_history_limit),
            paused: has("paused").then_some(spec.paused),
            template,
        })
    }

    fn check_patch(&self, patch: &Map<String, Value>, merged: &Map<String, Value>) -> Result<()> {
        match (patch.contains_key("selector"), self.0.get("selector")) {
            (false, _) => Ok(()),
            (true, None) => unsupported("a patch of the selector of a deployment written without one"),
            // The selector is immutable.
            (true, before) if before != merged.get("selector") => Err(Stop::Rejected),
            (true, _) => Ok(()),
        }
    }
}

impl SpecFields for JsonFields<'_> {
    type Error = Stop;

    fn integer(&self, field: &str) -> Result<Option<i32>> {
        self.whole(self.fields.get(field), field)
    }

    fn flag(&self, field: &str) -> Result<Option<bool>> {
        match self.fields.get(field).filter(|value| !value.is_null()) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => wrong(format!("{}.{field}", self.path), format!("{other} is neither true nor false")),
        }
    }

    fn strategy(&self) -> Result<WrittenStrategy> {
        let path = self.path;
        let Some(Value::Object(strategy)) = self.fields.get("strategy") else {
            return wrong(format!("{path}.strategy"), "is no object");
        };
        let block = strategy.get("rollingUpdate").filter(|block| !block.is_null());
        let mut written = WrittenStrategy { rolling_update: block.is_some(), ..WrittenStrategy::default() };
        match strategy.get("type").filter(|kind| !kind.is_null()).map(|kind| (kind, kind.as_str())) {
            None | Some((_, Some("RollingUpdate"))) => {
                let limit = |name| self.limit("strategy", block, name);
                written.max_surge = limit("maxSurge")?;
                written.max_unavailable = limit("maxUnavailable")?;
            }
            Some((_, Some("Recreate"))) => written.recreate = true,
            // ValidateDeploymentStrategy
            Some((_, Some(_))) => return Err(Stop::Rejected),
            Some((other, None)) => return wrong(format!("{path}.strategy.type"), format!("{other} is no text")),
        }
        Ok(written)
    }

    fn refused(_: &str) -> Stop {
        Stop::Rejected
    }
}
