//! What the API server refuses of a StatefulSet's spec.
//!
//! Upstream: `pkg/apis/apps/validation/validation.go: ValidateStatefulSetSpec, validateRollingUpdateStatefulSet`.

use super::view::{RollingUpdate, StatefulSetSpec, UpdateStrategy};
use crate::k8s::int_or_percent::IntOrPercent;

/// Checks a spec. Without its feature gate the API server drops `maxUnavailable`, and refuses no value of it.
///
/// # Errors
/// The field that the API server refuses, and why.
pub fn validate(spec: &StatefulSetSpec, max_unavailable_gate: bool) -> Result<(), (&'static str, String)> {
    not_negative("spec.replicas", spec.replicas)?;
    not_negative("spec.minReadySeconds", spec.min_ready_seconds)?;
    not_negative("spec.ordinals.start", spec.start_ordinal)?;
    let UpdateStrategy::RollingUpdate(Some(RollingUpdate { partition, max_unavailable })) = spec.update else {
        return Ok(());
    };
    not_negative("spec.updateStrategy.rollingUpdate.partition", partition)?;
    const FIELD: &str = "spec.updateStrategy.rollingUpdate.maxUnavailable";
    match max_unavailable.filter(|_| max_unavailable_gate) {
        Some(pods) if pods.literal() <= 0 => Err((FIELD, format!("{pods} must be greater than 0"))),
        Some(IntOrPercent::Percent(percent)) if percent > 100 => {
            Err((FIELD, format!("{percent}% must not be more than 100%")))
        }
        _ => Ok(()),
    }
}

fn not_negative(field: &'static str, number: i32) -> Result<(), (&'static str, String)> {
    if number < 0 { Err((field, format!("{number} must not be negative"))) } else { Ok(()) }
}
