//! The version of the cluster, and its feature gates.

use crate::input::experiment::distribution::distribution;
use crate::input::experiment::fields::Context;
use crate::input::keys::deployment::FEATURE_GATES;
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::{At, Node};
use crate::k8s::version::{Feature, GateError, Kubernetes, Version};
use crate::scenario::Cluster;

/// How soon a lost node is noticed.
pub(super) const DETECTION: &str = "cluster.loss.detection";
/// The same where a node counts as silent after 40 s.
pub(super) const OLDER_DETECTION: &str = "[cluster.loss.detection: up to Kubernetes 1.31]";

/// The version of a cluster, and where it is from.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClusterVersion {
    pub(crate) kubernetes: Kubernetes,
    /// It was read from the kubelets of Node objects.
    pub(crate) is_read: bool,
    /// What every answer says about it.
    pub(crate) told: Vec<String>,
}

/// What an experiment says about the version and the feature gates.
#[derive(Clone, Debug)]
pub(crate) struct AskedVersion {
    version: Option<Version>,
    gates: Vec<Gate>,
}

#[derive(Clone, Debug)]
struct Gate {
    name: &'static str,
    on: bool,
    at: At,
}

impl AskedVersion {
    /// Reads `kubernetes` and `featureGates`.
    pub(super) fn read(map: &Map<'_>) -> Result<Self, InputError> {
        let version = map.read("kubernetes", version)?;
        let written = map.map("featureGates")?.map(|gates| gates.of(&FEATURE_GATES)).transpose()?;
        let mut gates = Vec::new();
        for name in FEATURE_GATES.names() {
            let Some(node) = written.and_then(|gates| gates.get(name)) else { continue };
            gates.push(Gate { name, on: node.bool()?, at: node.at.clone() });
        }
        Ok(Self { version, gates })
    }

    /// The version of the cluster: the written one, or that of the newest kubelet among its Nodes, or the newest. The control plane is
    /// never older than a kubelet, and its patch is not known.
    pub(crate) fn of_cluster(&self, kubelet: Option<Version>) -> Result<ClusterVersion, InputError> {
        let read = kubelet.filter(|_| self.version.is_none()).map(Version::latest_patch);
        let version = self.version.or(read.map(Version::nearest)).unwrap_or(Version::NEWEST);
        let mut kubernetes = Kubernetes::of(version);
        for gate in &self.gates {
            kubernetes.set_gate(gate.name, gate.on).map_err(|error| gate.refused(error, version))?;
        }
        let unknown = read.filter(|read| *read != version);
        let told = unknown.map(|read| {
            format!(
                "the Nodes' kubelets are of Kubernetes {read}, whose rules are not known here: those of {version} are taken; write \
                 kubernetes: {version}"
            )
        });
        Ok(ClusterVersion { kubernetes, is_read: read.is_some(), told: told.into_iter().collect() })
    }
}

impl Gate {
    fn refused(&self, error: GateError, version: Version) -> InputError {
        let name = self.name;
        self.at.error(match error {
            GateError::Unknown => format!(
                "Kubernetes {version} has no feature gate {name}: leave it out, or write another version, such as kubernetes: {}",
                Version::NEWEST
            ),
            GateError::Locked => format!("the feature gate {name} is always on in Kubernetes {version}: leave it out"),
        })
    }
}

/// A version as an experiment writes it.
fn version(node: &Node) -> Result<Version, InputError> {
    let text = node.text()?;
    let known = Version::parse(text).filter(|version| version.nearest() == *version);
    known.ok_or_else(|| {
        let (oldest, newest) = (Version::OLDEST, Version::NEWEST);
        node.at.error(format!(
            "{} is no version of Kubernetes whose rules are known here: write {oldest} to {newest}, or one with its patch, such as \
             1.33.2",
            quoted(text)
        ))
    })
}

/// Where nothing is written, older clusters notice a lost node sooner.
pub(super) fn notice_losses_as_in(
    kubernetes: Kubernetes,
    cluster: &mut Cluster,
    map: &Map<'_>,
    context: Context<'_>,
) -> Result<(), InputError> {
    let loss = map.map("cluster")?.and_then(|own| own.get("loss")?.map().ok());
    let written = loss.is_some_and(|loss| loss.get("detection").is_some());
    match &mut cluster.loss {
        Some(loss) if !written && !kubernetes.has(Feature::LongerNodeMonitorGrace) => {
            loss.detection = distribution(context.defaults.get(OLDER_DETECTION), context.files)?;
        }
        _ => {}
    }
    Ok(())
}
