//! The Deployment of a recording as the API server keeps it: defaults filled in, patches merged, refusals refused.

use serde_json::{Map, Value};

use super::recording::Stop;
use super::world::{MOST_PODS, Result, Templates, unsupported, wrong};
use crate::k8s::fenceposts::IntOrPercent;
use crate::k8s::objects::{DeploymentSpec, Strategy};
use crate::k8s::validation::validate;
use crate::scenario::{OLD_TEMPLATE, SpecPatch};

/// `2147483647` is the API's word for "no limit".
const NO_LIMIT: i64 = i32::MAX as i64;

/// `apps/v1` fields of a Deployment's spec, those that are read.
#[derive(Clone, Debug)]
pub(super) struct Manifest(Map<String, Value>);

impl Manifest {
    /// The fields as sent, and the block that the API server adds to a rolling update
    /// (`apps/v1/defaults.go: SetDefaults_Deployment`), which a later change to `Recreate` must take away again.
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

    /// The spec; `path` is where its fields stand in the file.
    ///
    /// # Errors
    /// [`Stop::Rejected`] where the API server refuses it.
    pub(super) fn spec(&self, path: &str) -> Result<DeploymentSpec> {
        let number = |name, default| self.number(path, name, default);
        let replicas = number("replicas", 1)?;
        if replicas > MOST_PODS as i32 {
            return unsupported(format!("{replicas} replicas"));
        }
        let limit = |value: i32| (i64::from(value) != NO_LIMIT).then_some(value);
        let spec = DeploymentSpec {
            replicas,
            strategy: self.strategy(path)?,
            min_ready_seconds: number("minReadySeconds", 0)?,
            progress_deadline_seconds: limit(number("progressDeadlineSeconds", 600)?),
            revision_history_limit: limit(number("revisionHistoryLimit", 10)?),
            paused: self.paused(path)?,
            template: OLD_TEMPLATE,
            pod_replacement_policy: None,
        };
        validate(&spec).map_err(|_| Stop::Rejected)?;
        Ok(spec)
    }

    /// Applies a merge patch (RFC 7386) of the spec at `path` of the file.
    ///
    /// # Errors
    /// [`Stop::Rejected`] where the API server refuses it; then nothing has changed.
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
            // It cannot be changed.
            (true, before) if before != merged.get("selector") => Err(Stop::Rejected),
            (true, _) => Ok(()),
        }
    }

    fn number(&self, path: &str, name: &str, default: i32) -> Result<i32> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => match value.as_i64().and_then(|number| i32::try_from(number).ok()) {
                Some(number) => Ok(number),
                None => wrong(format!("{path}.{name}"), format!("{value} is no whole number of 32 bits")),
            },
        }
    }

    fn paused(&self, path: &str) -> Result<bool> {
        match self.0.get("paused") {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(paused)) => Ok(*paused),
            Some(other) => wrong(format!("{path}.paused"), format!("{other} is neither true nor false")),
        }
    }

    fn strategy(&self, path: &str) -> Result<Strategy> {
        let Some(Value::Object(strategy)) = self.0.get("strategy") else {
            return wrong(format!("{path}.strategy"), "is no object");
        };
        let block = strategy.get("rollingUpdate").filter(|block| !block.is_null());
        match strategy.get("type") {
            Some(Value::String(kind)) if kind == "Recreate" => match block {
                None => Ok(Strategy::Recreate),
                // ValidateDeploymentStrategy
                Some(_) => Err(Stop::Rejected),
            },
            Some(Value::String(kind)) if kind != "RollingUpdate" => Err(Stop::Rejected),
            Some(other) if !other.is_string() && !other.is_null() => {
                wrong(format!("{path}.strategy.type"), format!("{other} is no text"))
            }
            _ => {
                let limit = |name| int_or_percent(path, block.unwrap_or(&Value::Null), name);
                Ok(Strategy::RollingUpdate { max_surge: limit("maxSurge")?, max_unavailable: limit("maxUnavailable")? })
            }
        }
    }
}

fn int_or_percent(path: &str, block: &Value, name: &str) -> Result<IntOrPercent> {
    match block.get(name) {
        None | Some(Value::Null) => Ok(IntOrPercent::Percent(25)),
        // ValidatePositiveIntOrPercent
        Some(Value::String(text)) => IntOrPercent::parse_percent(text).map_err(|_| Stop::Rejected),
        Some(value) => match value.as_i64().and_then(|count| i32::try_from(count).ok()) {
            Some(count) => Ok(IntOrPercent::Int(count)),
            None => {
                let field = format!("{path}.strategy.rollingUpdate.{name}");
                wrong(field, format!("{value} is neither a whole number nor a percentage such as \"25%\""))
            }
        },
    }
}

/// RFC 7386.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}
