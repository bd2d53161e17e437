//! HorizontalPodAutoscaler and PodDisruptionBudget.

use super::metadata::{METADATA, status};
use super::table::{Object, harmless, inner, modelled, moves};
use super::unmodelled::Direction;

pub(crate) const AUTOSCALER: Object = Object::new(
    "HorizontalPodAutoscaler",
    &[
        harmless("apiVersion", "it must be autoscaling/v2 or v1"),
        harmless("kind", "it must be HorizontalPodAutoscaler"),
        inner("metadata", &METADATA),
        inner("spec", &SPEC),
        harmless("status", "the controller writes it; the forecast computes its own"),
    ],
);

const SPEC: Object = Object::new(
    "HorizontalPodAutoscalerSpec",
    &[
        modelled("behavior"),
        modelled("maxReplicas"),
        inner("metrics", &METRIC),
        modelled("minReplicas"),
        modelled("scaleTargetRef"),
    ],
);

const OTHER_METRIC: &str = "the autoscaler scales by it; in the forecast it scales by CPU utilisation alone";

const METRIC: Object = Object::new(
    "MetricSpec",
    &[
        moves("containerResource", Direction::Either, OTHER_METRIC),
        moves("external", Direction::Either, OTHER_METRIC),
        moves("object", Direction::Either, OTHER_METRIC),
        moves("pods", Direction::Either, OTHER_METRIC),
        inner("resource", &RESOURCE),
        harmless("type", "it says which of the other fields is read"),
    ],
);

const RESOURCE: Object = Object::new(
    "ResourceMetricSource",
    &[super::table::moves_unless("name", Direction::Either, OTHER_METRIC, &["cpu"]), inner("target", &TARGET)],
);

const TARGET: Object = Object::new(
    "MetricTarget",
    &[
        modelled("averageUtilization"),
        moves("averageValue", Direction::Either, OTHER_METRIC),
        harmless("type", "it says which of the other fields is read"),
        moves("value", Direction::Either, OTHER_METRIC),
    ],
);

pub(crate) const BUDGET: Object = Object::new(
    "PodDisruptionBudget",
    &[
        harmless("apiVersion", "it must be policy/v1"),
        harmless("kind", "it must be PodDisruptionBudget"),
        inner("metadata", &METADATA),
        inner("spec", &BUDGET_SPEC),
        inner("status", &BUDGET_STATUS),
    ],
);

const BUDGET_SPEC: Object = Object::new(
    "PodDisruptionBudgetSpec",
    &[
        modelled("maxUnavailable"),
        modelled("minAvailable"),
        modelled("selector"),
        modelled("unhealthyPodEvictionPolicy"),
    ],
);

const BUDGET_STATUS: Object = Object::new(
    "PodDisruptionBudgetStatus",
    &[
        status("conditions"),
        status("currentHealthy"),
        status("desiredHealthy"),
        status("disruptedPods"),
        status("disruptionsAllowed"),
        status("expectedPods"),
        status("observedGeneration"),
    ],
);
