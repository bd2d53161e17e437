//! The objects of a manifest that may change or limit the rollout of a Deployment in it, or that its pods name.

use std::collections::{BTreeMap, BTreeSet};

use crate::input::kubernetes::label_selector::text;
use crate::input::kubernetes::object::{name_of, namespace_of};
use crate::input::kubernetes::standing::OtherWorkload;
use crate::input::kubernetes::volumes::Storage;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// Kinds that run pods of their own.
const WORKLOADS: [&str; 8] =
    ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "ReplicationController", "Rollout"];
/// Kinds that pods name.
const NAMED: [&str; 4] = ["Secret", "ConfigMap", "ServiceAccount", "ClusterTrustBundle"];

/// The objects of a manifest, each kept once, but for its Deployments.
#[derive(Debug, Default)]
pub(crate) struct OtherObjects {
    /// Kind, namespace and name of objects that pods may name.
    pub(super) named: BTreeSet<(String, String, String)>,
    pub(crate) storage: Storage,
    pub(crate) quotas: Vec<Node>,
    pub(crate) limit_ranges: Vec<Node>,
    runtime_classes: Vec<Node>,
    pub(crate) budgets: Vec<Node>,
    pub(crate) autoscalers: Vec<Node>,
    pub(super) nodes: Vec<Node>,
    pub(crate) namespaces: Vec<Node>,
    /// Workloads, each with its kind, that keep pods running and are no Deployments.
    pub(crate) keeping_pods: Vec<(String, Node)>,
    /// The number of objects, by kind, that run pods of their own; the Deployments are counted too.
    pub(super) workloads: BTreeMap<String, usize>,
}

impl OtherObjects {
    /// Keeps an object of a kind that matters here.
    pub(crate) fn take(&mut self, kind: &str, node: &Node, object: &Map<'_>) -> Result<(), InputError> {
        if self.storage.take(kind, node) {
            return Ok(());
        }
        match kind {
            "ResourceQuota" => self.quotas.push(node.clone()),
            "LimitRange" => self.limit_ranges.push(node.clone()),
            "RuntimeClass" => self.runtime_classes.push(node.clone()),
            "PodDisruptionBudget" => self.budgets.push(node.clone()),
            "HorizontalPodAutoscaler" => self.autoscalers.push(node.clone()),
            "Node" => self.nodes.push(node.clone()),
            "Namespace" => {
                object.map("metadata")?.map(|metadata| metadata.map("labels")).transpose()?;
                self.namespaces.push(node.clone());
            }
            named if NAMED.contains(&named) => {
                let name = name_of(object).unwrap_or_default().to_owned();
                self.named.insert((named.to_owned(), namespace_of(object)?.to_owned(), name));
            }
            workload if WORKLOADS.contains(&workload) && !belongs_to_a_workload(object) => {
                *self.workloads.entry(workload.to_owned()).or_default() += 1;
                if workload != "Deployment" && OtherWorkload::keeps_pods(workload) {
                    self.keeping_pods.push((workload.to_owned(), node.clone()));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The RuntimeClass that a pod's spec names, if it is here.
    pub(crate) fn runtime_class_of(&self, spec: &Map<'_>) -> Result<Option<Map<'_>>, InputError> {
        let Some(wanted) = text(spec, "runtimeClassName") else { return Ok(None) };
        let classes = self.runtime_classes.iter().map(Node::map).collect::<Result<Vec<_>, _>>()?;
        Ok(classes.into_iter().find(|class| name_of(class) == Some(wanted)))
    }
}

/// Whether another workload owns the object, as a Deployment owns its ReplicaSets, so that its pods are counted there. An
/// operator that owns a Deployment is none.
pub(crate) fn belongs_to_a_workload(object: &Map<'_>) -> bool {
    let metadata = object.map("metadata").ok().flatten();
    let owners = metadata.and_then(|metadata| metadata.list("ownerReferences").ok()).unwrap_or_default();
    let is_workload = |owner: &Map<'_>| text(owner, "kind").is_some_and(|kind| WORKLOADS.contains(&kind));
    owners.iter().filter_map(|owner| owner.map().ok()).any(|owner| is_workload(&owner))
}
