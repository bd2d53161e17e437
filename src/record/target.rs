//! Which workload a recording is about.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::source::text_at;

/// The kinds of workloads that can be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A Deployment.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A DaemonSet.
    DaemonSet,
}

/// The workload that a recording is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Kind {
    /// As the API names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
        }
    }

    /// As the API names it in paths.
    pub(super) const fn resource(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::StatefulSet => "statefulsets",
            Self::DaemonSet => "daemonsets",
        }
    }

    /// The key of its spec in a recording.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::StatefulSet => "statefulset",
            Self::DaemonSet => "daemonset",
        }
    }
}

/// `KIND/NAME`, as `kubectl` takes it.
impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, name) = text.split_once('/').unwrap_or(("deployment", text));
        let kind = match kind.split('.').next().unwrap_or_default().to_lowercase().as_str() {
            "deployment" | "deployments" | "deploy" => Kind::Deployment,
            "statefulset" | "statefulsets" | "sts" => Kind::StatefulSet,
            "daemonset" | "daemonsets" | "ds" => Kind::DaemonSet,
            _ => return Err(format!("`{kind}` is no kind that is recorded: write deploy/NAME, sts/NAME or ds/NAME")),
        };
        if name.is_empty() || name.contains('/') {
            return Err("expected KIND/NAME, such as deploy/checkout".into());
        }
        Ok(Self { kind, namespace: "default".into(), name: name.into() })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind.name(), self.namespace, self.name)
    }
}

impl Target {
    /// Whether an object of the API is the workload itself.
    pub(super) fn is(&self, object: &Value) -> bool {
        text_at(object, "/kind") == Some(self.kind.name())
            && text_at(object, "/metadata/name") == Some(&self.name)
            && self.is_beside(object)
    }

    /// Whether an object lies in the workload's namespace.
    pub(super) fn is_beside(&self, object: &Value) -> bool {
        text_at(object, "/metadata/namespace") == Some(&self.namespace)
    }

    /// Whether a ReplicaSet or a ControllerRevision is the workload's own.
    pub(super) fn owns(&self, object: &Value) -> bool {
        let owner = owner(object);
        self.is_beside(object) && owner == Some((self.kind.name(), self.name.as_str()))
    }

    /// The ReplicaSet of the workload's pod, or the workload's own name; `None`: the pod is another's.
    pub(super) fn owner_of_pod<'a>(&self, pod: &'a Value) -> Option<&'a str> {
        let (kind, owner) = owner(pod)?;
        let own = match self.kind {
            Kind::Deployment => kind == "ReplicaSet" && owner.rsplit_once('-').is_some_and(|(of, _)| of == self.name),
            Kind::StatefulSet | Kind::DaemonSet => kind == self.kind.name() && owner == self.name,
        };
        (own && self.is_beside(pod)).then_some(owner)
    }

    /// The owner that the name of a pod tells where its object is not known; `None`: the name is none of the workload's.
    pub(super) fn owner_by_name<'a>(&'a self, pod: &'a str) -> Option<&'a str> {
        let (before, end) = pod.rsplit_once('-')?;
        match self.kind {
            Kind::Deployment => (before.rsplit_once('-')?.0 == self.name).then_some(before),
            Kind::StatefulSet => (before == self.name && end.parse::<u32>().is_ok()).then_some(&self.name),
            Kind::DaemonSet => (before == self.name).then_some(&self.name),
        }
    }
}

/// Kind and name of the controller that owns an object.
fn owner(object: &Value) -> Option<(&str, &str)> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners.iter().find(|owner| owner.get("controller") == Some(&Value::Bool(true)))?;
    Some((text_at(owner, "/kind")?, text_at(owner, "/name")?))
}
