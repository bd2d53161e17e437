//! Containers (`pkg/apis/core/validation/validation.go: validateContainers, ValidateContainerResourceRequirements`).

use std::collections::BTreeSet;

use super::handler;
use super::require::{FRAGMENT, one_of, required, string};
use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::kubernetes::pod_template::PullPolicy;
use crate::input::kubernetes::validation::names::Name;
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::amount;
use crate::input::tree::yaml::Node;

/// What containers of a pod must not share.
#[derive(Default)]
pub(super) struct Seen {
    names: BTreeSet<String>,
    /// Port, protocol and address.
    pub(super) host_ports: BTreeSet<(String, String, String)>,
}

/// What the pod says that its containers must obey.
pub(super) struct Pod {
    pub(super) host_network: bool,
    pub(super) volumes: BTreeSet<String>,
    /// Seconds.
    pub(super) grace: u64,
}

/// One container; `runs_on` where it is none that ends before the others start.
pub(super) fn check(
    container: &Map<'_>,
    path: &str,
    runs_on: bool,
    pod: &Pod,
    seen: &mut Seen,
) -> Result<(), InputError> {
    let name = required(container, "name", path)?;
    Name::Label.check(name, &format!("{path}.name"))?;
    if !seen.names.insert(name.text()?.to_owned()) {
        return Err(name.at.error(format!("{path}.name: another container is called {} too", quoted(name.text()?))));
    }
    match container.get("image") {
        None => return Err(container.at.error(format!("{path}.image is missing: {FRAGMENT}"))),
        Some(image) => {
            let text = string(image, &format!("{path}.image"))?;
            if text.trim() != text || text.is_empty() {
                return Err(image
                    .at
                    .error(format!("{path}.image is {}: write it without spaces around it", quoted(text))));
            }
            if text.contains("{{") || text.contains("${") || text.contains("$(") {
                let message = format!(
                    "{path}.image is {}, a template that is not rendered: give rollcast what comes out, such as `helm \
                     template CHART | rollcast run -` or `envsubst < FILE | rollcast run -`",
                    quoted(text)
                );
                return Err(image.at.error(message));
            }
        }
    }
    if let Some(policy) = container.get("imagePullPolicy") {
        one_of(policy, &format!("{path}.imagePullPolicy"), &PullPolicy::NAMES)?;
    }
    for field in ["command", "args"] {
        for word in container.list(field)? {
            string(word, &format!("{path}.{field}"))?;
        }
    }
    check_environment(container, path)?;
    check_ports(container, path, pod, seen)?;
    check_mounts(container, path, pod)?;
    check_resources(container, path)?;
    let early = ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"];
    if let Some(node) = early.iter().find_map(|field| container.get(field)).filter(|_| !runs_on) {
        let message = format!("{path}: an init container has no probes and hooks unless its restartPolicy is Always");
        return Err(node.at.error(message));
    }
    handler::check(container, path, pod.grace)
}

fn check_environment(container: &Map<'_>, path: &str) -> Result<(), InputError> {
    for (number, variable) in maps(container.list("env")?)?.iter().enumerate() {
        let path = format!("{path}.env[{number}]");
        string(required(variable, "name", &path)?, &format!("{path}.name"))?;
        let Some(value) = variable.get("value") else { continue };
        let text = string(value, &format!("{path}.value"))?;
        if variable.get("valueFrom").is_some() && !text.is_empty() {
            return Err(value.at.error(format!("{path} has a value and a valueFrom: leave one out")));
        }
    }
    Ok(())
}

fn check_ports(container: &Map<'_>, path: &str, pod: &Pod, seen: &mut Seen) -> Result<(), InputError> {
    let mut names = BTreeSet::new();
    for (number, port) in maps(container.list("ports")?)?.iter().enumerate() {
        let path = format!("{path}.ports[{number}]");
        let located = |error: InputError| InputError { message: format!("{path}: {}", error.message), ..error };
        let own = required(port, "containerPort", &path)?.integer(1, 65_535).map_err(located)?;
        if let Some(name) = port.get("name") {
            Name::Port.check(name, &format!("{path}.name"))?;
            if !names.insert(name.text()?) {
                return Err(name.at.error(format!("{path}.name: another port is called {} too", quoted(name.text()?))));
            }
        }
        if let Some(protocol) = port.get("protocol") {
            one_of(protocol, &format!("{path}.protocol"), &["TCP", "UDP", "SCTP"])?;
        }
        let Some(host) = port.get("hostPort") else { continue };
        let host_port = host.integer(0, 65_535).map_err(located)?;
        if host_port == 0 {
            continue;
        }
        if pod.host_network && host_port != own {
            let message =
                format!("{path}.hostPort must be containerPort {own} where hostNetwork is true: leave it out");
            return Err(host.at.error(message));
        }
        let of = |field| text(port, field).unwrap_or_default().to_owned();
        let protocol = text(port, "protocol").unwrap_or("TCP").to_owned();
        if !seen.host_ports.insert((host_port.to_string(), protocol, of("hostIP"))) {
            return Err(host.at.error(format!("{path}.hostPort {host_port} is taken by another port of the pod")));
        }
    }
    Ok(())
}

fn check_mounts(container: &Map<'_>, path: &str, pod: &Pod) -> Result<(), InputError> {
    let mut paths = BTreeSet::new();
    for (number, mount) in maps(container.list("volumeMounts")?)?.iter().enumerate() {
        let path = format!("{path}.volumeMounts[{number}]");
        let (name, place) = (required(mount, "name", &path)?, required(mount, "mountPath", &path)?);
        if !pod.volumes.contains(name.text()?) {
            let message = format!("{path}.name: there is no volume {}: add it to volumes", quoted(name.text()?));
            return Err(name.at.error(message));
        }
        if !paths.insert(place.text()?) {
            return Err(place.at.error(format!("{path}.mountPath {} stands there twice", quoted(place.text()?))));
        }
    }
    Ok(())
}

/// Amounts, and requests against limits.
fn check_resources(container: &Map<'_>, path: &str) -> Result<(), InputError> {
    let Some(resources) = container.map("resources")? else { return Ok(()) };
    let (requests, limits) = (resources.map("requests")?, resources.map("limits")?);
    for (field, map) in [("limits", &limits), ("requests", &requests)] {
        for entry in map.map_or(&[][..], |map| map.entries) {
            let path = format!("{path}.resources.{field}.{}", entry.key);
            let known = ["cpu", "memory", "ephemeral-storage"].contains(&entry.key.as_str())
                || entry.key.starts_with("hugepages-")
                || entry.key.contains('/');
            if !known {
                let message =
                    format!("{path}: a resource is cpu, memory, ephemeral-storage, hugepages-SIZE or DOMAIN/NAME");
                return Err(entry.at.error(message));
            }
            amount(&entry.value)
                .map_err(|error| InputError { message: format!("{path}: {}", error.message), ..error })?;
        }
    }
    let (Some(requests), Some(limits)) = (requests, limits) else { return Ok(()) };
    for entry in requests.entries {
        let Some(limit) = limits.get(&entry.key) else { continue };
        if amount(&entry.value)? > amount(limit)? {
            return Err(entry.value.at.error(format!(
                "{path}.resources.requests.{} is {}, more than its limit {}: lower it or raise the limit",
                entry.key,
                quoted(entry.value.text()?),
                quoted(limit.text()?)
            )));
        }
    }
    Ok(())
}

/// Whether an init container is a sidecar, which runs as long as the others.
pub(super) fn is_sidecar(container: &Map<'_>) -> Result<bool, InputError> {
    Ok(container.read("restartPolicy", Node::text)? == Some("Always"))
}
