//! The calls of kubectl that are made, of which there are no others.

use super::words::Called;

/// One call: the objects of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// The kind, as kubectl names it.
    pub(super) resource: &'static str,
    /// Which objects of it.
    pub(super) reach: Reach,
    /// What a forecast lacks without them.
    pub(super) without: &'static str,
}

/// Which objects of a kind are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of the cluster: they belong to no namespace.
    Cluster,
    /// Those of all namespaces, and where that is not allowed, of the workload's own.
    AllNamespaces,
    /// Those of the workload's namespace.
    Namespace,
}

impl Call {
    const fn cluster(resource: &'static str, without: &'static str) -> Self {
        Self { resource, reach: Reach::Cluster, without }
    }

    const fn all(resource: &'static str, without: &'static str) -> Self {
        Self { resource, reach: Reach::AllNamespaces, without }
    }

    const fn own(resource: &'static str, without: &'static str) -> Self {
        Self { resource, reach: Reach::Namespace, without }
    }

    /// The same in the namespace of the workload alone, where that is less.
    pub(super) fn narrowed(self) -> Option<Self> {
        (self.reach == Reach::AllNamespaces).then_some(Self { reach: Reach::Namespace, ..self })
    }

    /// The words that select the objects, with `NAMESPACE` for the workload's.
    pub(super) fn selected(&self) -> String {
        match self.reach {
            Reach::Cluster => self.resource.into(),
            Reach::AllNamespaces => format!("{} --all-namespaces", self.resource),
            Reach::Namespace => format!("{} --namespace NAMESPACE", self.resource),
        }
    }

    /// The words behind `kubectl`.
    pub(super) fn words(&self, called: &Called) -> Vec<String> {
        let mut words = vec!["get".to_owned(), self.resource.to_owned()];
        match self.reach {
            Reach::Cluster => {}
            Reach::AllNamespaces => words.push("--all-namespaces".into()),
            Reach::Namespace => {
                words.push("--namespace".into());
                words.push(called.namespace.clone().unwrap_or_else(|| "NAMESPACE".into()));
            }
        }
        words.extend(["-o".into(), "json".into()]);
        words.extend(called.passed_on());
        words
    }

    /// The call as a user types it.
    pub(super) fn shown(&self, called: &Called) -> String {
        let words = self.words(called);
        words.iter().map(|word| crate::report::format::shell_word(word)).collect::<Vec<_>>().join(" ")
    }
}

/// The calls for a command about a workload in its cluster.
pub(super) fn all_calls() -> Vec<Call> {
    vec![
        Call::all("deployments.apps", "other Deployments count for their pods alone"),
        Call::all("statefulsets.apps", "other StatefulSets count for their pods alone"),
        Call::all("daemonsets.apps", "pods of DaemonSets that are missing on a node take no room there"),
        Call::own("replicasets.apps", "which version a pod is of is not known"),
        Call::own("controllerrevisions.apps", "which revision a pod is of is not known"),
        Call::all("pods", "the nodes carry nothing beside the workload"),
        Call::cluster("nodes", "there is room for every pod"),
        Call::own("resourcequotas", "no quota stops a pod"),
        Call::own("limitranges", "containers have no defaults of the namespace"),
        Call::own("poddisruptionbudgets.policy", "no budget holds up an eviction"),
        Call::own("horizontalpodautoscalers.autoscaling", "the replicas stay as they are"),
        Call::own("persistentvolumeclaims", "pods wait for no volume"),
        Call::cluster("persistentvolumes", "volumes may be used on every node"),
        Call::cluster("storageclasses.storage.k8s.io", "volumes may be used on every node"),
        Call::cluster("csinodes.storage.k8s.io", "nodes attach any number of volumes"),
        Call::cluster("volumeattachments.storage.k8s.io", "no volume is attached elsewhere"),
        Call::cluster("namespaces", "rules that select namespaces by their labels select none"),
        Call::own("events", "nothing is known of what was refused"),
    ]
}

/// The calls for a comparison with a manifest, which has no cluster beside it either.
pub(super) fn calls_of_a_workload(resource: &'static str) -> Vec<Call> {
    vec![Call::own(resource, "there is nothing to compare with")]
}
