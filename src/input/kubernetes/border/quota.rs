//! ResourceQuota and LimitRange.

use super::metadata::METADATA;
use super::table::{Key, Object, Standing, decides, harmless, inner, key, keys, uncounted};

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

const LIMITS: &str = "it counts the containers' limits and refuses pods beyond it, and pods that write none";
const COUNTED_BESIDE: &str =
    "it counts this resource of the pods and refuses those beyond it, and pods that do not ask for it";

const HARD: &[Key] = &[
    key("pods", Standing::Modelled),
    key("count/pods", Standing::Modelled),
    key("cpu", Standing::Modelled),
    key("requests.cpu", Standing::Modelled),
    key("memory", Standing::Modelled),
    key("requests.memory", Standing::Modelled),
    key("limits.*", uncounted_even_at_zero(LIMITS)),
    key("ephemeral-storage", uncounted_even_at_zero(COUNTED_BESIDE)),
    key("requests.storage", Standing::Harmless("it counts claims, which a Deployment does not make")),
    key("requests.*", uncounted_even_at_zero(COUNTED_BESIDE)),
    key("hugepages-*", uncounted_even_at_zero(COUNTED_BESIDE)),
    key("count/replicasets.apps", uncounted_even_at_zero("it counts ReplicaSets, of which every rollout makes one")),
    key("*", OTHER_OBJECTS),
];

/// A quota of 0 forbids; it does not stand for none.
const fn uncounted_even_at_zero(effect: &'static str) -> Standing {
    match uncounted(effect) {
        Standing::Gap(gap) => Standing::Gap(super::table::Gap { unless: &[], ..gap }),
        other => other,
    }
}

const SPEC: Object = Object::new(
    "ResourceQuotaSpec",
    &[
        keys("hard", HARD),
        decides("scopeSelector", "it says which pods the quota counts; the whole quota is left out"),
        decides("scopes", "they say which pods the quota counts; the whole quota is left out"),
    ],
);

const USED: &str =
    "others in the namespace use part of the quota already; the forecast leaves all of it to this Deployment";

const STATUS: Object = Object::new(
    "ResourceQuotaStatus",
    &[
        harmless("hard", "it repeats spec.hard"),
        keys(
            "used",
            &[
                key("pods", uncounted(USED)),
                key("count/pods", uncounted(USED)),
                key("cpu", uncounted(USED)),
                key("memory", uncounted(USED)),
                key("requests.cpu", uncounted(USED)),
                key("requests.memory", uncounted(USED)),
                key("*", Standing::Harmless("the resource is judged under spec.hard")),
            ],
        ),
    ],
);

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "its items are examined one by one; a test holds the whole against the API")
)]
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

const REFUSES: &str = "it refuses pods whose containers ask for less or more";

pub(crate) const LIMIT_RANGE_ITEM: Object = Object::new(
    "LimitRangeItem",
    &[
        decides("default", "containers that write no limit get this one, which is their request too"),
        decides("defaultRequest", "containers that write no request get this one, for which a node must have room"),
        decides("max", REFUSES),
        decides("maxLimitRequestRatio", REFUSES),
        decides("min", REFUSES),
        harmless("type", "it says what the other fields are about"),
    ],
);
