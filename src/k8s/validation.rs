//! Which Deployments the API server refuses.
//!
//! Upstream: `pkg/apis/apps/validation/validation.go: ValidateDeploymentSpec, ValidateRollingUpdateDeployment,
//! ValidatePositiveIntOrPercent, IsNotMoreThan100Percent`. [`Strategy`] cannot express a `rollingUpdate` block beside
//! `type: Recreate`; the reader of the manifest refuses it.

use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::{DeploymentSpec, Strategy};

/// Why the API server refuses a Deployment. The text names the field and the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidationError {
    /// A number below 0: the field's path and its value.
    #[error("{field} is {value}, and must not be negative: write 0 or more.")]
    Negative {
        /// Path of the field within the Deployment.
        field: &'static str,
        /// The value as written.
        value: IntOrPercent,
    },
    /// Both limits are 0, so a rolling update could not replace a pod.
    #[error(
        "spec.strategy.rollingUpdate.maxSurge and maxUnavailable are both 0, so no pod could ever be replaced: \
         write at least 1 or 1% for one of them."
    )]
    BothZero,
    /// `maxUnavailable` above 100%.
    #[error("spec.strategy.rollingUpdate.maxUnavailable is {0}%, and must not be above 100%: write 100% or less.")]
    OverHundredPercent(i32),
    /// The deadline would pass before a pod could become available.
    #[error(
        "spec.progressDeadlineSeconds is {deadline}, and must be greater than spec.minReadySeconds, which is \
         {min_ready}: raise the first or lower the second."
    )]
    DeadlineNotGreaterThanMinReady {
        /// `progressDeadlineSeconds`
        deadline: i32,
        /// `minReadySeconds`
        min_ready: i32,
    },
}

/// Checks a spec as the API server does on every write, and returns the first error.
///
/// # Errors
/// See [`ValidationError`].
pub fn validate(spec: &DeploymentSpec) -> Result<(), ValidationError> {
    non_negative("spec.replicas", IntOrPercent::Int(spec.replicas))?;
    if let Strategy::RollingUpdate { max_surge, max_unavailable } = spec.strategy {
        validate_rolling_update(max_surge, max_unavailable)?;
    }
    non_negative("spec.minReadySeconds", IntOrPercent::Int(spec.min_ready_seconds))?;
    if let Some(limit) = spec.revision_history_limit {
        non_negative("spec.revisionHistoryLimit", IntOrPercent::Int(limit))?;
    }
    let Some(deadline) = spec.progress_deadline_seconds else { return Ok(()) };
    non_negative("spec.progressDeadlineSeconds", IntOrPercent::Int(deadline))?;
    if deadline <= spec.min_ready_seconds {
        return Err(ValidationError::DeadlineNotGreaterThanMinReady { deadline, min_ready: spec.min_ready_seconds });
    }
    Ok(())
}

fn validate_rolling_update(max_surge: IntOrPercent, max_unavailable: IntOrPercent) -> Result<(), ValidationError> {
    non_negative("spec.strategy.rollingUpdate.maxUnavailable", max_unavailable)?;
    non_negative("spec.strategy.rollingUpdate.maxSurge", max_surge)?;
    // The API server compares the written numbers, not the pods that they give: 1% of 3 is 0 pods and still accepted.
    if max_surge.literal() == 0 && max_unavailable.literal() == 0 {
        return Err(ValidationError::BothZero);
    }
    match max_unavailable {
        IntOrPercent::Percent(percent) if percent > 100 => Err(ValidationError::OverHundredPercent(percent)),
        _ => Ok(()),
    }
}

fn non_negative(field: &'static str, value: IntOrPercent) -> Result<(), ValidationError> {
    if value.literal() < 0 { Err(ValidationError::Negative { field, value }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::tests::vectors::{boolean, cases, deployment, int_or_percent};

    /// The name of an error in the vectors.
    fn word(error: ValidationError) -> &'static str {
        match error {
            ValidationError::Negative { .. } => "negative",
            ValidationError::BothZero => "both-zero",
            ValidationError::OverHundredPercent(_) => "over-100-percent",
            ValidationError::DeadlineNotGreaterThanMinReady { .. } => "deadline-not-greater-than-min-ready",
        }
    }

    // pkg/apis/apps/validation/validation_test.go: TestValidateDeployment. The reader of a manifest handles what the
    // types here cannot express (an unknown strategy, Recreate with limits, text that is no percentage, rollbackTo).
    #[test]
    fn strategies_and_deadlines() {
        let mut checked = 0;
        for case in cases(include_str!("../../tests/vectors/validate_deployment_strategy.json")) {
            let (input, expected) = (&case["input"], &case["expected"]);
            let first = expected["firstError"].as_str();
            if matches!(first, Some("strategy-not-supported" | "rolling-update-forbidden" | "invalid-percent")) {
                continue;
            }
            let mut spec = deployment(input).spec;
            spec.replicas = 1;
            if let Strategy::RollingUpdate { max_surge, max_unavailable } = &mut spec.strategy {
                *max_surge = int_or_percent(&input["rollingUpdate"]["maxSurge"]).unwrap();
                *max_unavailable = int_or_percent(&input["rollingUpdate"]["maxUnavailable"]).unwrap();
            }
            let result = validate(&spec);
            if first == Some("negative") && input["rollbackToRevision"].as_i64() < Some(0) {
                continue;
            }
            assert_eq!(result.is_ok(), boolean(&expected["valid"]), "{case}");
            assert_eq!(result.err().map(word), first, "{case}");
            checked += 1;
        }
        assert!(checked >= 4, "only {checked} cases were checked");
    }

    #[test]
    fn the_written_zero_counts_and_the_first_error_is_reported() {
        let mut spec = deployment(&serde_json::json!({"replicas": 3, "maxSurge": "0%", "maxUnavailable": "1%"})).spec;
        assert_eq!(validate(&spec), Ok(()));
        spec.strategy =
            Strategy::RollingUpdate { max_surge: IntOrPercent::Int(0), max_unavailable: IntOrPercent::Percent(0) };
        assert_eq!(validate(&spec), Err(ValidationError::BothZero));
        spec.strategy = Strategy::Recreate;
        spec.progress_deadline_seconds = Some(0);
        let error = ValidationError::DeadlineNotGreaterThanMinReady { deadline: 0, min_ready: 0 };
        assert_eq!(validate(&spec), Err(error));
        spec.replicas = -1;
        assert_eq!(
            validate(&spec).unwrap_err().to_string(),
            "spec.replicas is -1, and must not be negative: write 0 or more."
        );
    }
}
