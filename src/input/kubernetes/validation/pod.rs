//! The pod of a template (`pkg/apis/core/validation/validation.go: ValidatePodSpec`).

use std::collections::BTreeSet;

use super::require::{FRAGMENT, one_of, required};
use super::scheduling;
use crate::input::kubernetes::label_selector::maps;
use crate::input::kubernetes::validation::container::{self, Pod, Seen, is_sidecar};
use crate::input::kubernetes::validation::names::Name;
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

const DNS_POLICIES: &[&str] = &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];

/// The object that a pod's template is of.
pub(super) struct Owner<'o> {
    /// Its kind.
    pub(super) kind: &'o str,
    /// The names of its `volumeClaimTemplates`, which are volumes of each pod.
    pub(super) claims: BTreeSet<String>,
}

/// What the API server refuses in the pod spec of a template.
pub(super) fn check(spec: &Map<'_>, path: &str, owner: &Owner<'_>) -> Result<(), InputError> {
    let kind = owner.kind;
    if let Some(policy) = spec.get("restartPolicy").filter(|policy| policy.text().ok() != Some("Always")) {
        let message = format!(
            "{path}.restartPolicy is {}, and the API server takes only Always in a {kind}: leave it out",
            quoted(&policy.flow())
        );
        return Err(policy.at.error(message));
    }
    for (field, why) in [
        ("activeDeadlineSeconds", "its pods have no end"),
        ("ephemeralContainers", "they are added to pods that run, not to templates"),
    ] {
        if let Some(node) = spec.get(field) {
            return Err(node.at.error(format!("{path}.{field} is refused in a {kind}, since {why}: leave it out")));
        }
    }
    let containers = maps(spec.list("containers")?)?;
    if containers.is_empty() {
        return Err(spec.at.error(format!("{path}.containers is missing: {FRAGMENT}")));
    }
    let pod = Pod {
        host_network: spec.read("hostNetwork", Node::bool)? == Some(true),
        volumes: volumes(spec, path)?.union(&owner.claims).cloned().collect(),
        grace: spec.read("terminationGracePeriodSeconds", |node| node.integer(0, i64::MAX as u64))?.unwrap_or(30),
    };
    let mut seen = Seen::default();
    for (number, own) in containers.iter().enumerate() {
        container::check(own, &format!("{path}.containers[{number}]"), true, &pod, &mut seen)?;
    }
    for (number, own) in maps(spec.list("initContainers")?)?.iter().enumerate() {
        // An init container that ends before the others start may use the same ports.
        let sidecar = is_sidecar(own)?;
        if !sidecar {
            seen.host_ports.clear();
        }
        container::check(own, &format!("{path}.initContainers[{number}]"), sidecar, &pod, &mut seen)?;
    }
    if let Some(policy) = spec.get("dnsPolicy") {
        one_of(policy, &format!("{path}.dnsPolicy"), DNS_POLICIES)?;
    }
    scheduling::check(spec, path)
}

/// The names of the volumes.
fn volumes(spec: &Map<'_>, path: &str) -> Result<BTreeSet<String>, InputError> {
    let mut names = BTreeSet::new();
    for (number, volume) in maps(spec.list("volumes")?)?.iter().enumerate() {
        let path = format!("{path}.volumes[{number}]");
        let name = required(volume, "name", &path)?;
        Name::Label.check(name, &format!("{path}.name"))?;
        if !names.insert(name.text()?.to_owned()) {
            return Err(name.at.error(format!("{path}.name: another volume is called {} too", quoted(name.text()?))));
        }
    }
    Ok(names)
}
