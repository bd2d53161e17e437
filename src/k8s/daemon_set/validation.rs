//! What the API server refuses of a DaemonSet's spec.
//!
//! Upstream: `pkg/apis/apps/validation/validation.go: ValidateDaemonSetSpec, ValidateRollingUpdateDaemonSet`.

use super::view::DaemonSetSpec;
use crate::k8s::int_or_percent::IntOrPercent;

const SURGE: &str = "spec.updateStrategy.rollingUpdate.maxSurge";
const UNAVAILABLE: &str = "spec.updateStrategy.rollingUpdate.maxUnavailable";

/// Checks a spec: exactly one of `maxSurge` and `maxUnavailable` must be more than 0.
///
/// # Errors
/// The field that the API server refuses, and why.
pub fn validate(spec: &DaemonSetSpec) -> Result<(), (&'static str, String)> {
    if spec.min_ready_seconds < 0 {
        return Err(("spec.minReadySeconds", format!("{} must not be negative", spec.min_ready_seconds)));
    }
    if spec.on_delete {
        return Ok(());
    }
    for (field, limit) in [(UNAVAILABLE, spec.max_unavailable), (SURGE, spec.max_surge)] {
        if limit.literal() < 0 {
            return Err((field, format!("{limit} must not be negative")));
        }
        if matches!(limit, IntOrPercent::Percent(percent) if percent > 100) {
            return Err((field, format!("{limit} must not be more than 100%")));
        }
    }
    match (spec.max_unavailable.literal() > 0, spec.max_surge.literal() > 0) {
        (true, true) => Err((
            SURGE,
            format!(
                "{} must not be set beside maxUnavailable {}, which is 1 where it is not written: write maxUnavailable: 0 beside it",
                spec.max_surge, spec.max_unavailable
            ),
        )),
        (false, false) => Err((UNAVAILABLE, "must not be 0 where maxSurge is 0: no pod could be replaced".into())),
        _ => Ok(()),
    }
}
