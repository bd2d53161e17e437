//! Whether quotas and limit ranges matter to the containers of a Deployment, by what those ask for.

use crate::input::kubernetes::border::{Direction, Unmodelled};
use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::kubernetes::requests::effective;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::{cpu_millis, memory_bytes};
use crate::input::tree::yaml::Node;

/// The spec of the pods of a Deployment, and how many of them there are.
pub(super) struct Pods<'a> {
    spec: Map<'a>,
    replicas: u64,
}

/// The keys of a quota that every container must state, and the resource that they are of.
const MUST_SPECIFY: [(&str, &str); 4] =
    [("cpu", "cpu"), ("requests.cpu", "cpu"), ("memory", "memory"), ("requests.memory", "memory")];

impl<'a> Pods<'a> {
    /// `None`: the Deployment has no pod template.
    pub(super) fn of(deployment: &Map<'a>) -> Result<Option<Self>, InputError> {
        let spec = deployment.require("spec")?.map()?;
        let template = spec.map("template")?.map(|template| template.map("spec")).transpose()?.flatten();
        let live = deployment.map("status")?.map(|status| status.read("replicas", Node::i32)).transpose()?.flatten();
        let replicas = live.or(spec.read("replicas", Node::i32)?).unwrap_or(1);
        Ok(template.map(|spec| Self { spec, replicas: u64::try_from(replicas).unwrap_or(0) }))
    }

    fn containers(&self) -> Result<Vec<Map<'a>>, InputError> {
        Ok([maps(self.spec.list("containers")?)?, maps(self.spec.list("initContainers")?)?].concat())
    }

    /// Whether every container writes `resource` in one of the maps.
    fn all_write(&self, resource: &str, written: &[&str]) -> Result<bool, InputError> {
        for container in self.containers()? {
            let Some(resources) = container.map("resources")? else { return Ok(false) };
            let mut found = false;
            for key in written {
                found |= resources.map(key)?.is_some_and(|map| map.get(resource).is_some());
            }
            if !found {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What a quota refuses all pods for: a container that does not ask for what the quota counts
    /// (`pkg/quota/v1/evaluator/core/pods.go: Constraints`, which pods with resources of their own pass by).
    pub(super) fn unspecified(&self, quota: &Map<'_>, title: &str) -> Result<Vec<Unmodelled>, InputError> {
        let hard = quota.map("spec")?.map(|spec| spec.map("hard")).transpose()?.flatten();
        let Some(hard) = hard.filter(|_| self.spec.get("resources").is_none()) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for (key, resource) in MUST_SPECIFY {
            if hard.get(key).is_some() && !self.all_write(resource, &["requests", "limits"])? {
                found.push(Unmodelled::new(
                    title,
                    &format!("spec.hard.{key}"),
                    format!("it refuses every pod of which a container does not ask for {resource}, and one does not"),
                    Direction::TooGood,
                    true,
                ));
            }
        }
        Ok(found)
    }

    /// Whether what a quota says is used may all be by the Deployment's own pods.
    pub(super) fn uses(&self, key: &str, used: &Node) -> Result<bool, InputError> {
        Ok(match key {
            "pods" | "count/pods" => memory_bytes(used)? <= self.replicas,
            "cpu" | "requests.cpu" => cpu_millis(used)? <= self.all(effective(&self.spec, "cpu", cpu_millis)?),
            "memory" | "requests.memory" => {
                memory_bytes(used)? <= self.all(effective(&self.spec, "memory", memory_bytes)?)
            }
            _ => false,
        })
    }

    fn all(&self, each: u64) -> u64 {
        each.saturating_mul(self.replicas)
    }

    /// Whether a default of a LimitRange changes nothing, since every container writes what it is for.
    pub(super) fn need_no_default(&self, field: &str, defaults: &Node) -> Result<bool, InputError> {
        let written: &[&str] = match field {
            "default" => &["limits"],
            "defaultRequest" => &["requests", "limits"],
            _ => return Ok(false),
        };
        for entry in defaults.map()?.entries {
            if !self.all_write(&entry.key, written)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Probes that ask a port by a name that the container does not have.
    pub(super) fn unnamed_ports(&self) -> Result<Vec<String>, InputError> {
        let mut found = Vec::new();
        for container in maps(self.spec.list("containers")?)? {
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
}
