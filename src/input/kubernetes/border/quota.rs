//! ResourceQuota and LimitRange.

use super::metadata::METADATA;
use super::table::{Gap, Key, Object, Standing, harmless, inner, key, keys, modelled_by};
use super::unmodelled::Direction;

const OTHER_OBJECTS: Standing = Standing::Harmless("it counts objects that a rollout does not make");

pub(crate) const QUOTA: Object = Object::new(
    "ResourceQuota",
    &[
        harmless("apiVersion", "it must be v1"),
        harmless("kind", "it must be ResourceQuota"),
        inner("metadata", &METADATA),
        inner("spec", &SPEC),
        inner("status", &STATUS),
    ],
);

const USAGE: Standing = Standing::ModelledBy {
    rule: "pkg/quota/v1/evaluator/core/pods.go: PodUsageFunc, Constraints",
    test: "src/input/kubernetes/resource_quota.rs: upstreams_table_of_usage",
};

const REPLICA_SETS: &str = "it counts ReplicaSets, of which every rollout makes one";

const HARD: &[Key] = &[
    key("pods", USAGE),
    key("count/pods", USAGE),
    key("cpu", USAGE),
    key("memory", USAGE),
    key("limits.*", USAGE),
    key("ephemeral-storage", USAGE),
    key("requests.storage", Standing::Harmless("it counts claims, which a Deployment does not make")),
    key("requests.*", USAGE),
    key("hugepages-*", USAGE),
    key(
        "count/replicasets.apps",
        Standing::ModelledWhere {
            known: "status.used says that one more has room",
            rule: "pkg/quota/v1/generic/evaluator.go: objectCountEvaluator.Usage",
            test: "src/input/kubernetes/other_objects/tests.rs: a_quota_of_replica_sets_decides_unless_it_has_room",
            // A quota of 0 forbids; it does not stand for none.
            gap: Gap { effect: REPLICA_SETS, direction: Direction::TooGood, decides: true, unless: &[] },
        },
    ),
    key("*", OTHER_OBJECTS),
];

const SCOPES: (&str, &str) = (
    "pkg/quota/v1/evaluator/core/pods.go: podMatchesScopeFunc",
    "src/input/kubernetes/resource_quota.rs: a_quota_counts_the_pods_that_meet_all_of_its_scopes",
);

const SPEC: Object = Object::new(
    "ResourceQuotaSpec",
    &[keys("hard", HARD), modelled_by("scopeSelector", SCOPES.0, SCOPES.1), modelled_by("scopes", SCOPES.0, SCOPES.1)],
);

const STATUS: Object = Object::new(
    "ResourceQuotaStatus",
    &[
        harmless("hard", "it repeats spec.hard, and is read where there is no spec"),
        modelled_by(
            "used",
            "apiserver/pkg/admission/plugin/resourcequota/controller.go: checkQuotas",
            "src/input/kubernetes/resource_quota.rs: what_others_use_is_what_is_used_without_the_running_pods",
        ),
    ],
);

#[cfg_attr(not(test), expect(dead_code, reason = "all of it is modelled; a test holds it against the API"))]
pub(crate) const LIMIT_RANGE: Object = Object::new(
    "LimitRange",
    &[
        harmless("apiVersion", "it must be v1"),
        harmless("kind", "it must be LimitRange"),
        inner("metadata", &METADATA),
        inner("spec", &LIMIT_RANGE_SPEC),
    ],
);

const LIMIT_RANGE_SPEC: Object = Object::new("LimitRangeSpec", &[inner("limits", &LIMIT_RANGE_ITEM)]);

const FILLS: (&str, &str) = (
    "plugin/pkg/admission/limitranger/admission.go: PodMutateLimitFunc",
    "src/input/kubernetes/limit_range.rs: a_greatest_amount_is_limit_and_request_of_containers_that_are_silent",
);
const REFUSES: (&str, &str) = (
    "plugin/pkg/admission/limitranger/admission.go: PodValidateLimitFunc",
    "src/input/kubernetes/limit_range.rs: upstreams_table",
);

const LIMIT_RANGE_ITEM: Object = Object::new(
    "LimitRangeItem",
    &[
        modelled_by("default", FILLS.0, FILLS.1),
        modelled_by("defaultRequest", FILLS.0, FILLS.1),
        modelled_by("max", REFUSES.0, REFUSES.1),
        modelled_by("maxLimitRequestRatio", REFUSES.0, REFUSES.1),
        modelled_by("min", REFUSES.0, REFUSES.1),
        harmless("type", "it says what the other fields are about; those about claims concern no pod"),
    ],
);
