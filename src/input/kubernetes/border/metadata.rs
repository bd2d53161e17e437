//! Metadata and status, which all objects have.

use super::table::{Field, Object, harmless, modelled};

const IDENTITY: &str = "it names or versions the object and is read by no controller that a rollout waits for";
pub(super) const STATUS: &str = "the controllers write it; the forecast computes its own";

/// Metadata of an object, without what a pod's annotations may ask for.
pub(crate) const METADATA: Object = Object::new(
    "ObjectMeta",
    &[
        harmless("annotations", "no controller of a rollout reads those of this object"),
        harmless("creationTimestamp", IDENTITY),
        harmless("deletionGracePeriodSeconds", IDENTITY),
        modelled("deletionTimestamp"),
        harmless("finalizers", "they hold back only the deletion of the object"),
        harmless("generateName", IDENTITY),
        modelled("generation"),
        modelled("labels"),
        harmless("managedFields", IDENTITY),
        modelled("name"),
        modelled("namespace"),
        harmless("ownerReferences", "what owns the object does not roll it"),
        harmless("resourceVersion", IDENTITY),
        harmless("selfLink", IDENTITY),
        harmless("uid", IDENTITY),
    ],
);

/// A field of an object that only its own controller reads.
pub(super) const fn status(name: &'static str) -> Field {
    harmless(name, STATUS)
}
