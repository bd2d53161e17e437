//! Proposals: rules that Kubernetes does not have, off unless written.

use crate::input::keys::defaults::Defaults;
use crate::input::keys::root::{PROPOSALS, REPLACEMENT_POLICIES};
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::fields::Map;
use crate::input::tree::near::unknown;
use crate::k8s::objects::PodReplacementPolicy;

/// Reads `proposals`; `None` and the word `none` are Kubernetes as it is.
pub(crate) fn proposals(map: Option<Map<'_>>, defaults: &Defaults) -> Result<Option<PodReplacementPolicy>, InputError> {
    let map = map.map(|map| map.of(&PROPOSALS)).transpose()?;
    let node = map.and_then(|map| map.get("podReplacementPolicy"));
    let node = node.unwrap_or_else(|| defaults.get("proposals.podReplacementPolicy"));
    let word = node.text()?;
    match (word, PodReplacementPolicy::parse(word)) {
        ("none", _) => Ok(None),
        (_, Some(policy)) => Ok(Some(policy)),
        (_, None) => Err(node.at.error(unknown("podReplacementPolicy", word, REPLACEMENT_POLICIES))),
    }
}

/// The note on a proposal that is switched on.
pub(crate) fn note(policy: PodReplacementPolicy) -> String {
    format!(
        "podReplacementPolicy {} is a proposal (KEP-5882): Kubernetes 1.36 has no such field",
        quoted(policy.as_str())
    )
}
