//! The change from the manifest's own strategy to another: as a patch for `kubectl patch`, and as lines of a manifest.

use serde_json::{Map, Value, json};

use crate::k8s::fenceposts::IntOrPercent;
use crate::k8s::objects::{DeploymentSpec, Strategy};
use crate::recommend::Recommendation;
use crate::report::format;

/// The namespace that `kubectl` uses where nothing else is said.
const USUAL_NAMESPACE: &str = "default";

/// The patch from the manifest's own strategy to another; `None` where there is nothing to change. Without a valid own
/// one it sets the strategy and the times that go with it.
pub(super) fn of(recommendation: &Recommendation, best: usize) -> Option<Value> {
    let spec = &recommendation.strategies[best].spec;
    let own = match recommendation.own {
        Some(own) if own == best => return None,
        own => own.map(|own| &recommendation.strategies[own].spec),
    };
    let mut patch = Map::new();
    if own.is_none_or(|own| own.strategy != spec.strategy) {
        patch.insert("strategy".into(), strategy(spec, own));
    }
    if own.is_none_or(|own| own.min_ready_seconds != spec.min_ready_seconds) {
        patch.insert("minReadySeconds".into(), json!(spec.min_ready_seconds));
    }
    if own.is_none_or(|own| own.progress_deadline_seconds != spec.progress_deadline_seconds) {
        let seconds = spec.progress_deadline_seconds.unwrap_or(i32::MAX);
        patch.insert("progressDeadlineSeconds".into(), json!(seconds));
    }
    (!patch.is_empty()).then(|| json!({ "spec": patch }))
}

/// The command that applies the patch; `None` where there is nothing to change.
pub(super) fn command(recommendation: &Recommendation, best: usize) -> Option<String> {
    let patch = of(recommendation, best)?;
    let name = format::shell_word(&recommendation.deployment);
    let namespace = match recommendation.namespace.as_str() {
        USUAL_NAMESPACE => String::new(),
        namespace => format!(" -n {}", format::shell_word(namespace)),
    };
    Some(format!("kubectl patch deployment {name}{namespace} -p '{patch}'"))
}

/// The lines below `spec` that change; none where there is nothing to change. What a patch must clear has no line: it is to be
/// taken out of the manifest.
pub(super) fn yaml(recommendation: &Recommendation, best: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(patch) = of(recommendation, best) {
        write_lines(&patch["spec"], "", &mut lines);
    }
    lines
}

fn write_lines(value: &Value, indent: &str, lines: &mut Vec<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::Object(_) => {
                lines.push(format!("{indent}{key}:"));
                write_lines(value, &format!("{indent}  "), lines);
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
