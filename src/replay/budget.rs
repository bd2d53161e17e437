//! The PodDisruptionBudget of a recording, which selects the first Deployment's pods.

use serde::Deserialize;
use serde_json::Value;

use super::recording::{Action, Recording};
use super::stop::{Result, unsupported, wrong};
use crate::k8s::fenceposts::IntOrPercent;
use crate::scenario::{Amount, Budget, UnhealthyPodEvictionPolicy};

/// `spec` of the action, as Kubernetes has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Spec {
    min_available: Option<Value>,
    max_unavailable: Option<Value>,
    unhealthy_pod_eviction_policy: Option<Policy>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum Policy {
    IfHealthyBudget,
    AlwaysAllow,
}

/// The budget; `None`: there is none. One that is made or changed after pods have been evicted is not modelled.
pub(super) fn read(recording: &Recording) -> Result<Option<Budget>> {
    let is_budget = |action: &&Action| action.what == "pdb";
    let mut budgets = recording.actions.iter().enumerate().filter(|(_, action)| is_budget(action));
    let Some((place, budget)) = budgets.next() else { return Ok(None) };
    if budgets.next().is_some() {
        return unsupported("more than one action pdb");
    }
    let evicts = |action: &&Action| matches!(action.what.as_str(), "evict-pod" | "drain");
    if recording.actions.iter().filter(evicts).any(|action| action.at < budget.at) {
        return unsupported("action pdb after pods have been evicted");
    }
    let path = format!("actions[{place}].spec");
    let Some(spec) = budget.spec.clone() else { return wrong(path, "is missing: write {\"minAvailable\": 2}") };
    match Spec::deserialize(Value::Object(spec)) {
        Err(error) => wrong(path, error),
        Ok(spec) => spec.budget(&path).map(Some),
    }
}

impl Spec {
    fn budget(&self, path: &str) -> Result<Budget> {
        let amount = match (&self.min_available, &self.max_unavailable) {
            (Some(pods), None) => Amount::MinAvailable(int_or_percent(pods, &format!("{path}.minAvailable"))?),
            (None, Some(pods)) => Amount::MaxUnavailable(int_or_percent(pods, &format!("{path}.maxUnavailable"))?),
            _ => return wrong(path, "needs either minAvailable or maxUnavailable"),
        };
        let unhealthy = match self.unhealthy_pod_eviction_policy {
            Some(Policy::AlwaysAllow) => UnhealthyPodEvictionPolicy::AlwaysAllow,
            Some(Policy::IfHealthyBudget) | None => UnhealthyPodEvictionPolicy::IfHealthyBudget,
        };
        Ok(Budget { amount, unhealthy })
    }
}

fn int_or_percent(value: &Value, path: &str) -> Result<IntOrPercent> {
    let whole = value.as_i64().and_then(|pods| i32::try_from(pods).ok()).filter(|pods| *pods >= 0);
    let percent = || value.as_str().and_then(|text| IntOrPercent::parse_percent(text).ok());
    match whole.map(IntOrPercent::Int).or_else(percent) {
        Some(amount) => Ok(amount),
        None => wrong(path, format!("{value} is neither a number of pods nor a percentage such as \"50%\"")),
    }
}
