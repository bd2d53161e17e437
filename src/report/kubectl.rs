//! Commands for `kubectl`, and what no command of it can do.

use crate::plan::POLICY;
use crate::report::format;

/// The namespace that `kubectl` uses where nothing else is said.
const USUAL_NAMESPACE: &str = "default";

/// An object as `kubectl` takes it: `deployment web -n shop`.
pub(super) fn object(kind: &str, name: &str, namespace: &str) -> String {
    let object = format!("{} {}", kind.to_lowercase(), format::shell_word(name));
    match namespace {
        USUAL_NAMESPACE => object,
        namespace => format!("{object} -n {}", format::shell_word(namespace)),
    }
}

/// How a StatefulSet gets another `podManagementPolicy`.
pub(super) fn with_other_policy(object: &str) -> String {
    format!(
        "The API server lets nobody change {POLICY}: `kubectl delete {object} --cascade=orphan` deletes the object and leaves its pods, and \
         the changed manifest takes them over when it is applied. Whether the application bears that its pods start and end side by side \
         is not known here."
    )
}
