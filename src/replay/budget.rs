//! The PodDisruptionBudgets of a recording: each selects the pods of one workload.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::recording::{Action, Recording};
use super::stop::{Result, wrong};
use crate::k8s::fenceposts::IntOrPercent;
use crate::scenario::{
    Amount, Budget, ScriptAction, ScriptedBudget, StepAction, UnhealthyPodEvictionPolicy, WorkloadId,
};

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

/// A budget that an action creates or changes, or with `delete-pdb` deletes.
pub(super) fn step(recording: &Recording, path: &str, action: &Action, workload: WorkloadId) -> Result<StepAction> {
    let budget = if action.what == "pdb" { Some(read(path, action)?) } else { None };
    let number = number(recording, action);
    Ok(StepAction::Scripted(ScriptAction::SetBudget(ScriptedBudget { workload, number, budget })))
}

fn read(path: &str, action: &Action) -> Result<Budget> {
    let path = format!("{path}.spec");
    let Some(spec) = action.spec.clone() else { return wrong(path, "is missing: write {\"minAvailable\": 2}") };
    match Spec::deserialize(Value::Object(spec)) {
        Err(error) => wrong(path, error),
        Ok(spec) => spec.budget(&path),
    }
}

/// The place of a budget among those of a recording, by its name.
fn number(recording: &Recording, action: &Action) -> u16 {
    let about_budgets = recording.actions.iter().filter(|one| matches!(one.what.as_str(), "pdb" | "delete-pdb"));
    let names: BTreeSet<&Option<String>> = about_budgets.map(|one| &one.budget).collect();
    // A recording has fewer actions than there are numbers.
    names.iter().position(|name| **name == action.budget).unwrap_or_default() as u16
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
