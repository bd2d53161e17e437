//! Probes and lifecycle hooks (`pkg/apis/core/validation/validation.go: validateProbe, validateHandler, validateLifecycle`).

use super::require::{one_of, required, string};
use crate::input::kubernetes::validation::names::Name;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];
const NUMBERS: [&str; 5] =
    ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];

/// The probes and hooks of a container; `grace` is the pod's grace period in seconds.
pub(super) fn check(container: &Map<'_>, path: &str, grace: u64) -> Result<(), InputError> {
    for kind in PROBES {
        if let Some(probe) = container.map(kind)? {
            check_probe(&probe, kind, &format!("{path}.{kind}"))?;
        }
    }
    let Some(lifecycle) = container.map("lifecycle")? else { return Ok(()) };
    for hook in ["postStart", "preStop"] {
        let path = format!("{path}.lifecycle.{hook}");
        let Some(handler) = lifecycle.map(hook)? else { continue };
        check_handler(&handler, &["exec", "httpGet", "tcpSocket", "sleep"], &path)?;
        let Some(seconds) = handler.map("sleep")?.map(|sleep| required(&sleep, "seconds", &path)).transpose()? else {
            continue;
        };
        if seconds.integer(0, i64::MAX as u64)? > grace {
            let message =
                format!("{path}.sleep.seconds is more than terminationGracePeriodSeconds {grace}: raise that");
            return Err(seconds.at.error(message));
        }
    }
    Ok(())
}

fn check_probe(probe: &Map<'_>, kind: &str, path: &str) -> Result<(), InputError> {
    check_handler(probe, &["exec", "httpGet", "tcpSocket", "grpc"], path)?;
    for field in NUMBERS {
        if let Some(number) = probe.get(field) {
            let located =
                |error: InputError| InputError { message: format!("{path}.{field}: {}", error.message), ..error };
            number.integer(0, i32::MAX as u64).map_err(located)?;
        }
    }
    let successes = probe.get("successThreshold").filter(|node| node.integer(0, 1).is_err());
    if let Some(node) = successes.filter(|_| kind != "readinessProbe") {
        return Err(node.at.error(format!("{path}.successThreshold must be 1 but for a readinessProbe: leave it out")));
    }
    match probe.get("terminationGracePeriodSeconds") {
        Some(node) if kind == "readinessProbe" => Err(node
            .at
            .error(format!("{path}.terminationGracePeriodSeconds: a readinessProbe kills nothing: leave it out"))),
        Some(node) => node.integer(1, i64::MAX as u64).map(drop),
        None => Ok(()),
    }
}

/// Exactly one of `kinds`, complete.
fn check_handler(handler: &Map<'_>, kinds: &[&str], path: &str) -> Result<(), InputError> {
    let given: Vec<&str> = kinds.iter().copied().filter(|kind| handler.get(kind).is_some()).collect();
    let [kind] = given[..] else {
        let found =
            if given.is_empty() { "none is there".to_owned() } else { format!("{} are there", given.join(" and ")) };
        return Err(handler.at.error(format!("{path} must have one of {}, and {found}", kinds.join(", "))));
    };
    let (own, path) = (required(handler, kind, path)?.map()?, format!("{path}.{kind}"));
    match kind {
        "exec" => {
            let command = required(&own, "command", &path)?.list()?;
            let Some(_) = command.first() else {
                return Err(own.at.error(format!("{path}.command is empty: write the command")));
            };
            command.iter().try_for_each(|word| string(word, &format!("{path}.command")).map(drop))
        }
        "httpGet" | "tcpSocket" => {
            if let Some(scheme) = own.get("scheme") {
                one_of(scheme, &format!("{path}.scheme"), &["HTTP", "HTTPS"])?;
            }
            check_port(required(&own, "port", &path)?, &format!("{path}.port"))
        }
        "grpc" => required(&own, "port", &path)?.integer(1, 65_535).map(drop),
        _ => Ok(()),
    }
}

/// The number or the name of a port.
fn check_port(port: &Node, path: &str) -> Result<(), InputError> {
    match port.plain_text() {
        Some(text) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => port
            .integer(1, 65_535)
            .map(drop)
            .map_err(|error| InputError { message: format!("{path}: {}", error.message), ..error }),
        _ => Name::Port.check(port, path),
    }
}
