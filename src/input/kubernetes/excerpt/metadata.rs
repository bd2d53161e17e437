//! What is copied of metadata.

use super::fields::{entries, field, retain};
use crate::input::tree::yaml::Node;

/// How the names of annotations begin that say which proxy a webhook adds, and what it asks for.
const INJECTION: &[&str] =
    &["sidecar.istio.io/inject", "sidecar.istio.io/proxy", "linkerd.io/inject", "config.linkerd.io/proxy-"];
/// Fields of metadata that name an object or say how old it is.
pub(super) const METADATA: &[&str] =
    &["name", "generateName", "namespace", "labels", "generation", "creationTimestamp", "deletionTimestamp"];

pub(super) fn reduce_metadata(metadata: Option<&mut Node>) -> bool {
    let Some(metadata) = metadata else { return false };
    let is_read = |key: &str| INJECTION.iter().any(|read| key.starts_with(read));
    let mut left_out = false;
    let mut has_any = false;
    if let Some(annotations) = field(metadata, "annotations")
        && entries(Some(annotations)).any(|(key, _)| is_read(key))
    {
        has_any = true;
        left_out = retain(annotations, is_read);
    }
    left_out | retain(metadata, |key| METADATA.contains(&key) || (has_any && key == "annotations"))
}
