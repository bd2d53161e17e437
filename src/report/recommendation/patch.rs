//! The change from the manifest's own strategy to another: as a patch for `kubectl patch`, and as lines of a manifest.

use serde_json::{Map, Value, json};

use crate::k8s::fenceposts::IntOrPercent;
use crate::k8s::objects::{DeploymentSpec, Strategy};
use crate::plan::{POLICY, max_unavailable_of, policy_of};
use crate::recommend::Recommendation;
use crate::report::kubectl;
use crate::scenario::{DaemonSet, SetSpec};

/// The patch from the manifest's own strategy to another; `None` where there is nothing to change, and where the API server takes no
/// patch of what changes. Without a valid own one it sets the strategy and the times that go with it.
pub(super) fn of(recommendation: &Recommendation, best: usize) -> Option<Value> {
    let spec = changed(recommendation, best).filter(|spec| !spec.contains_key(POLICY))?;
    Some(json!({ "spec": spec }))
}

/// The fields of the spec that differ from the manifest's own; `None` where none does.
fn changed(recommendation: &Recommendation, best: usize) -> Option<Map<String, Value>> {
    let strategy = &recommendation.strategies[best];
    let own = match recommendation.own {
        Some(own) if own == best => return None,
        own => own.map(|own| &recommendation.strategies[own]),
    };
    let mut spec = match strategy.set {
        None => of_deployment(&strategy.spec, own.map(|own| &own.spec)),
        Some(set) => of_set(&set, own.and_then(|own| own.set).as_ref()),
    };
    if own.is_none_or(|own| own.spec.min_ready_seconds != strategy.spec.min_ready_seconds) {
        spec.insert("minReadySeconds".into(), json!(strategy.spec.min_ready_seconds));
    }
    if own.is_none_or(|own| own.spec.progress_deadline_seconds != strategy.spec.progress_deadline_seconds)
        && strategy.set.is_none()
    {
        let seconds = strategy.spec.progress_deadline_seconds.unwrap_or(i32::MAX);
        spec.insert("progressDeadlineSeconds".into(), json!(seconds));
    }
    (!spec.is_empty()).then_some(spec)
}

fn of_deployment(spec: &DeploymentSpec, own: Option<&DeploymentSpec>) -> Map<String, Value> {
    let mut fields = Map::new();
    if own.is_none_or(|own| own.strategy != spec.strategy) {
        fields.insert("strategy".into(), strategy(spec, own));
    }
    fields
}

/// The fields of a set, below the paths that its kind has for them.
fn of_set(set: &SetSpec, own: Option<&SetSpec>) -> Map<String, Value> {
    let mut fields = Map::new();
    let limits = match (set, own) {
        (SetSpec::DaemonSet(set), own) => {
            let of = |set: &DaemonSet| (set.spec.max_surge, set.spec.max_unavailable);
            let is_kept = matches!(own, Some(SetSpec::DaemonSet(own)) if of(own) == of(set));
            let (max_surge, max_unavailable) = of(set);
            let limits =
                json!({"maxSurge": int_or_percent(max_surge), "maxUnavailable": int_or_percent(max_unavailable)});
            (!is_kept).then_some(limits)
        }
        (SetSpec::StatefulSet(set), own) => {
            let own = own.and_then(|own| match own {
                SetSpec::StatefulSet(own) => Some(own),
                SetSpec::DaemonSet(_) => None,
            });
            if own.is_none_or(|own| policy_of(own) != policy_of(set)) {
                fields.insert(POLICY.into(), json!(policy_of(set)));
            }
            let is_kept = own.is_some_and(|own| max_unavailable_of(own) == max_unavailable_of(set));
            let limit = json!({"maxUnavailable": int_or_percent(max_unavailable_of(set))});
            (set.max_unavailable_gate && !is_kept).then_some(limit)
        }
    };
    if let Some(limits) = limits {
        fields.insert("updateStrategy".into(), json!({ "rollingUpdate": limits }));
    }
    fields
}

/// The command that applies the patch; `None` where there is nothing to change, or no patch can.
pub(super) fn command(recommendation: &Recommendation, best: usize) -> Option<String> {
    let patch = of(recommendation, best)?;
    Some(format!("kubectl patch {} -p '{patch}'", object(recommendation)))
}

/// What is to be done where the strategy changes a field that the API server lets nobody change; `None` where it changes none.
pub(super) fn by_hand(recommendation: &Recommendation, best: usize) -> Option<String> {
    let spec = changed(recommendation, best)?;
    recommendation
        .own
        .filter(|_| spec.contains_key(POLICY))
        .map(|_| kubectl::with_other_policy(&object(recommendation)))
}

fn object(recommendation: &Recommendation) -> String {
    kubectl::object(recommendation.kind, &recommendation.deployment, &recommendation.namespace)
}

/// The lines below `spec` that change; none where there is nothing to change. What a patch must clear has no line: it is to be
/// taken out of the manifest.
pub(super) fn yaml(recommendation: &Recommendation, best: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(spec) = changed(recommendation, best) {
        write_lines(&spec, "", &mut lines);
    }
    lines
}

fn write_lines(fields: &Map<String, Value>, indent: &str, lines: &mut Vec<String>) {
    for (key, value) in fields {
        match value {
            Value::Null => {}
            Value::Object(below) => {
                lines.push(format!("{indent}{key}:"));
                write_lines(below, &format!("{indent}  "), lines);
            }
            Value::String(text) => lines.push(format!("{indent}{key}: {text}")),
            value => lines.push(format!("{indent}{key}: {value}")),
        }
    }
}

/// A change of type must clear the limits of a rolling update, or the API server refuses it.
fn strategy(spec: &DeploymentSpec, own: Option<&DeploymentSpec>) -> Value {
    match spec.strategy {
        Strategy::Recreate => json!({"type": "Recreate", "rollingUpdate": null}),
        Strategy::RollingUpdate { max_surge, max_unavailable } => {
            let limits =
                json!({"maxSurge": int_or_percent(max_surge), "maxUnavailable": int_or_percent(max_unavailable)});
            match own.is_some_and(DeploymentSpec::is_rolling_update) {
                true => json!({ "rollingUpdate": limits }),
                false => json!({"type": "RollingUpdate", "rollingUpdate": limits}),
            }
        }
    }
}

fn int_or_percent(value: IntOrPercent) -> Value {
    match value {
        IntOrPercent::Int(count) => json!(count),
        IntOrPercent::Percent(_) => json!(value.to_string()),
    }
}
