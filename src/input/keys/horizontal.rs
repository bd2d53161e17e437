//! Keys of `horizontalPodAutoscaler`: the spec of an `autoscaling/v2` object.

use super::key::{Form, Key, Section};

/// Most pods that a Deployment may be scaled to.
pub(crate) const MOST_PODS: u64 = 1_000_000;
/// Values of `selectPolicy`.
pub(crate) const SELECT: &[&str] = &["Max", "Min", "Disabled"];
/// Types of a policy.
pub(crate) const POLICY_TYPES: &[&str] = &["Pods", "Percent"];

/// Keys of the spec; `targetCPUUtilizationPercentage` is the short form of `metrics` in `autoscaling/v1`.
pub(crate) const HORIZONTAL: Section = Section::new(&[
    Key::new("minReplicas", Form::Whole(1, MOST_PODS), "The smallest number of replicas.")
        .default("1", "Kubernetes default (autoscaling/v2)"),
    Key::new("maxReplicas", Form::Whole(1, MOST_PODS), "The largest number of replicas.").example("20"),
    Key::new(
        "targetCPUUtilizationPercentage",
        Form::Whole(1, 10_000),
        "The percentage of their CPU requests that the pods should use on average.",
    )
    .default("80", "Kubernetes default (DefaultCPUUtilization)"),
    Key::new("metrics", Form::Objects, "Metrics of the object; only CPU utilisation is modelled.")
        .example("[{resource: {name: cpu, target: {averageUtilization: 80}}}]"),
    Key::new("behavior", Form::Map(&BEHAVIOR), "How fast the number of replicas may change."),
    Key::new("scaleTargetRef", Form::Object, "As in an object; it is not read.")
        .example("{kind: Deployment, name: web}"),
]);

pub(crate) const BEHAVIOR: Section = Section::new(&[
    Key::new("scaleUp", Form::Map(&RULES), "Rules for more replicas."),
    Key::new("scaleDown", Form::Map(&RULES), "Rules for fewer replicas."),
]);

pub(crate) const RULES: Section = Section::new(&[
    Key::new(
        "stabilizationWindowSeconds",
        Form::Whole(0, 3600),
        "How far back recommendations count, in seconds; by the API's default 0 for up and 300 for down.",
    )
    .example("300"),
    Key::new("selectPolicy", Form::Words(SELECT), "Which of several policies counts.").api_default("Max"),
    Key::new("policies", Form::FilledList(&POLICY), "How much may change within a period.")
        .example("[{type: Pods, value: 4, periodSeconds: 60}]"),
    Key::new("tolerance", Form::Amount, "The deviation from the target that changes nothing.").api_default("0.1"),
]);

pub(crate) const POLICY: Section = Section::new(&[
    Key::new("type", Form::Words(POLICY_TYPES), "What the value counts.").example("Pods"),
    Key::new("value", Form::Whole(1, MOST_PODS), "How many pods, or what percentage of them.").example("4"),
    Key::new("periodSeconds", Form::Whole(1, 1800), "The period in seconds.").example("60"),
]);
