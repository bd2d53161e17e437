//! Ports of the node that a pod asks for, of which no two pods on a node may have the same.
//!
//! Upstream: `plugins/nodeports/node_ports.go: fitsPorts`; `framework/types.go: HostPortInfo.CheckConflict`.

use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// A port of the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPort {
    protocol: String,
    /// Of which address of the node; `None`: of all.
    ip: Option<String>,
    port: u64,
}

impl HostPort {
    /// As `port/8080/TCP`, without the address.
    pub(crate) fn name(&self) -> String {
        format!("port/{}/{}", self.port, self.protocol)
    }

    /// Of which address of the node; `None`: of all.
    pub(crate) fn ip(&self) -> Option<&str> {
        self.ip.as_deref()
    }

    /// The same port of another address.
    pub(crate) fn at(&self, ip: Option<&str>) -> Self {
        Self { ip: ip.map(str::to_owned), ..self.clone() }
    }

    /// Those that a pod's spec asks for, in its containers and sidecars. On the host's network the API server makes each port
    /// of a container one of the node (`pkg/apis/core/v1/defaults.go: defaultHostNetworkPorts`).
    pub(crate) fn of(spec: &Map<'_>) -> Result<Vec<Self>, InputError> {
        let host_network = spec.read("hostNetwork", Node::bool)?.unwrap_or(false);
        let sidecars = maps(spec.list("initContainers")?)?;
        let sidecars = sidecars.into_iter().filter(|container| text(container, "restartPolicy") == Some("Always"));
        let mut found = Vec::new();
        for container in maps(spec.list("containers")?)?.into_iter().chain(sidecars) {
            for port in maps(container.list("ports")?)? {
                found.extend(Self::read(&port, host_network)?);
            }
        }
        Ok(found)
    }

    fn read(map: &Map<'_>, host_network: bool) -> Result<Option<Self>, InputError> {
        let number =
            |key: &str| map.read(key, |node| node.integer(0, u64::from(u16::MAX))).map(Option::unwrap_or_default);
        let port = match number("hostPort")? {
            0 if host_network => number("containerPort")?,
            port => port,
        };
        let of_all = ["", "0.0.0.0"];
        Ok((port > 0).then(|| Self {
            protocol: text(map, "protocol").unwrap_or("TCP").to_owned(),
            ip: text(map, "hostIP").filter(|ip| !of_all.contains(ip)).map(str::to_owned),
            port,
        }))
    }

    fn clashes(&self, other: &Self) -> bool {
        let one_address = self.ip.is_none() || other.ip.is_none() || self.ip == other.ip;
        self.protocol == other.protocol && self.port == other.port && one_address
    }
}

/// Whether a pod that asks for `own` finds no room where `used` are taken.
pub(crate) fn clash(own: &[HostPort], used: &[HostPort]) -> bool {
    own.iter().any(|port| used.iter().any(|other| port.clashes(other)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::input::tree::yaml::node;

    fn ports(spec: &Value) -> Vec<HostPort> {
        HostPort::of(&node(&spec.to_string()).map().unwrap()).unwrap()
    }

    /// Upstream's own table (`node_ports_test.go: TestNodePorts`).
    #[test]
    fn upstreams_table() {
        let file: Value = serde_json::from_str(include_str!("../../../tests/vectors/node_ports.json")).unwrap();
        let cases = file["cases"].as_array().unwrap();
        for case in cases {
            let input = &case["input"];
            let sidecar = |one: &Value| {
                let policy = if one["sidecar"] == true { json!("Always") } else { Value::Null };
                json!({"restartPolicy": policy, "ports": one["ports"]})
            };
            let inits: Vec<Value> = input["podInitContainers"].as_array().unwrap().iter().map(sidecar).collect();
            let own = ports(&json!({"containers": [{"ports": input["podPorts"]}], "initContainers": inits}));
            let used = ports(&json!({"containers": [{"ports": input["portsInUseOnNode"]}]}));
            assert_eq!(!clash(&own, &used), case["expected"]["schedulable"] == true, "{}", case["name"]);
        }
        assert_eq!(cases.len(), 15);
    }

    #[test]
    fn on_the_network_of_the_host_every_port_is_the_nodes() {
        let spec = |network: bool, port: Value| json!({"hostNetwork": network, "containers": [{"ports": [port]}]});
        assert_eq!(ports(&spec(true, json!({"containerPort": 80})))[0].port, 80);
        assert_eq!(ports(&spec(true, json!({"containerPort": 80, "hostPort": 81})))[0].port, 81);
        assert!(ports(&spec(false, json!({"containerPort": 80, "hostPort": 0}))).is_empty());
    }
}
