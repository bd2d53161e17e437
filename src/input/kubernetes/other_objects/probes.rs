//! Probes that cannot pass.

use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;

/// Probes of a pod's spec that ask a port by a name that the container does not have.
pub(super) fn unnamed_ports(spec: &Map<'_>) -> Result<Vec<String>, InputError> {
    let mut found = Vec::new();
    for container in maps(spec.list("containers")?)? {
        let ports = maps(container.list("ports")?)?;
        for kind in ["startupProbe", "readinessProbe", "livenessProbe"] {
            let Some(probe) = container.map(kind)? else { continue };
            for handler in ["httpGet", "tcpSocket"] {
                let Some(asked) = probe.map(handler)? else { continue };
                let name = text(&asked, "port").filter(|port| port.parse::<u16>().is_err());
                if name.is_some_and(|name| ports.iter().all(|port| text(port, "name") != Some(name))) {
                    found.push(format!("{kind}.{handler}.port"));
                }
            }
        }
    }
    Ok(found)
}
