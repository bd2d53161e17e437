//! The workload that a snapshot is asked about.

use super::condition::{Condition, conditions};
use super::object::{count, mark, owned};
use crate::input::kubernetes::label_selector::text;
use crate::input::kubernetes::object::{name_of, namespace_of};
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::fields::Map;
use crate::input::tree::near::nearest;
use crate::input::tree::yaml::Node;
use crate::k8s::int_or_percent::IntOrPercent;

/// Most workloads that a message lists.
const LISTED: usize = 12;

/// A kind of workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A Deployment.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A DaemonSet.
    DaemonSet,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Deployment, Self::StatefulSet, Self::DaemonSet];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
        }
    }

    /// What kubectl calls it.
    #[must_use]
    pub const fn resource(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::StatefulSet => "statefulset",
            Self::DaemonSet => "daemonset",
        }
    }

    /// The kind that kubectl knows by this word, such as `sts` or `deployments.apps`.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        match word.strip_suffix(".apps").unwrap_or(&word) {
            "deploy" | "deployment" | "deployments" => Some(Self::Deployment),
            "sts" | "statefulset" | "statefulsets" => Some(Self::StatefulSet),
            "ds" | "daemonset" | "daemonsets" => Some(Self::DaemonSet),
            _ => None,
        }
    }
}

/// The name of a workload as kubectl takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Its kind; `None`: it is not said.
    pub kind: Option<Kind>,
    /// Its namespace, where the word has one.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl Name {
    /// Reads `KIND/NAME`, `NAMESPACE/NAME`, `NAMESPACE/KIND/NAME` or `NAME`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let parts: Vec<&str> = word.split('/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        let owned = |kind, namespace: Option<&str>, name: &str| {
            Some(Self { kind, namespace: namespace.map(str::to_owned), name: name.to_owned() })
        };
        match parts[..] {
            [name] => owned(None, None, name),
            [first, name] => match Kind::named(first) {
                Some(kind) => owned(Some(kind), None, name),
                None => owned(None, Some(first), name),
            },
            [namespace, kind, name] => owned(Some(Kind::named(kind)?), Some(namespace), name),
            _ => None,
        }
    }
}

/// What is asked of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The kind of the workload; `None`: a Deployment before others.
    pub kind: Option<Kind>,
    /// Its namespace.
    pub namespace: Option<String>,
    /// Its name; `None`: the one that is being rolled out.
    pub name: Option<String>,
    /// The instant of the snapshot.
    pub at: Option<i64>,
}

/// How the pods of a workload are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A Deployment that takes all old pods down first.
    Recreate,
    /// A Deployment that rolls, with the pods that there may be more and fewer.
    Rolling {
        /// `maxSurge` in pods.
        surge: u32,
        /// `maxUnavailable` in pods.
        unavailable: u32,
    },
    /// A StatefulSet that rolls from its last ordinal to the first that its partition leaves.
    Ordered {
        /// Ordinals below this stay as they are.
        partition: u32,
        /// `maxUnavailable` in pods.
        unavailable: u32,
    },
    /// A DaemonSet that rolls.
    PerNode {
        /// `maxSurge` in nodes.
        surge: u32,
        /// `maxUnavailable` in nodes.
        unavailable: u32,
    },
    /// Nothing is replaced until somebody deletes it.
    OnDelete,
}

/// The workload as the snapshot has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Pods that it is to have; of a DaemonSet the nodes that are to have one.
    pub desired: u32,
    /// `metadata.generation`.
    pub generation: u32,
    /// The generation that its controller has seen.
    pub observed_generation: u32,
    /// `spec.paused`.
    pub paused: bool,
    /// `spec.minReadySeconds`.
    pub min_ready_seconds: u32,
    /// `spec.progressDeadlineSeconds`; `None`: there is none.
    pub progress_deadline_seconds: Option<u32>,
    /// How its pods are replaced.
    pub rule: Rule,
    /// The annotation `deployment.kubernetes.io/revision`.
    pub revision: Option<u64>,
    /// `status.updateRevision` of a StatefulSet.
    pub update_revision: Option<String>,
    /// `status.currentRevision` of a StatefulSet: what pods below its partition get.
    pub current_revision: Option<String>,
    /// `status.currentReplicas` of a StatefulSet.
    pub current: u32,
    /// Pods that there are, by its status.
    pub total: u32,
    /// Pods of the present template, by its status.
    pub updated: u32,
    /// Ready pods, by its status.
    pub ready: u32,
    /// Available pods, by its status.
    pub available: u32,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

impl Workload {
    pub(super) fn read(kind: Kind, object: &Map<'_>) -> Result<Self, InputError> {
        let metadata = object.map("metadata")?;
        let spec = object.require("spec")?.map()?;
        let status = object.map("status")?;
        let of_status = |key: &str| status.as_ref().map_or(Ok(0), |status| count(status, key));
        let daemon = kind == Kind::DaemonSet;
        let desired = if daemon {
            of_status("desiredNumberScheduled")?
        } else {
            spec.read("replicas", Node::i32)?.map_or(Ok(1), |replicas| Ok(u32::try_from(replicas).unwrap_or(0)))?
        };
        let key = |usual: &'static str, of_daemons: &'static str| if daemon { of_daemons } else { usual };
        let deadline = spec.read("progressDeadlineSeconds", |node| node.integer(0, i32::MAX as u64))?;
        let deadline = deadline.and_then(|seconds| u32::try_from(seconds).ok());
        let metadata = metadata.as_ref();
        Ok(Self {
            kind,
            namespace: namespace_of(object)?.to_owned(),
            name: name_of(object).unwrap_or("unnamed").to_owned(),
            uid: metadata.map(|metadata| owned(metadata, "uid")).unwrap_or_default(),
            desired,
            generation: metadata.map_or(Ok(0), |metadata| count(metadata, "generation"))?,
            observed_generation: of_status("observedGeneration")?,
            paused: spec.read("paused", Node::bool)?.unwrap_or(false),
            min_ready_seconds: count(&spec, "minReadySeconds")?,
            // The API server fills in 600; the largest number of 32 bits means that there is no deadline.
            progress_deadline_seconds: (kind == Kind::Deployment)
                .then(|| deadline.unwrap_or(600))
                .filter(|seconds| *seconds != i32::MAX.unsigned_abs()),
            rule: rule(kind, &spec, desired)?,
            revision: metadata
                .and_then(|metadata| mark(metadata, "annotations", "deployment.kubernetes.io/revision"))
                .and_then(|text| text.parse().ok()),
            update_revision: status.as_ref().and_then(|status| text(status, "updateRevision")).map(str::to_owned),
            current_revision: status.as_ref().and_then(|status| text(status, "currentRevision")).map(str::to_owned),
            current: of_status("currentReplicas")?,
            total: of_status(key("replicas", "currentNumberScheduled"))?,
            updated: of_status(key("updatedReplicas", "updatedNumberScheduled"))?,
            ready: of_status(key("readyReplicas", "numberReady"))?,
            available: of_status(key("availableReplicas", "numberAvailable"))?,
            conditions: status.as_ref().map_or_else(|| Ok(Vec::new()), conditions)?,
        })
    }

    /// A condition by its type.
    #[must_use]
    pub fn condition(&self, name: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.name == name)
    }

    /// `NAMESPACE/NAME`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// When the deadline passed: then `kubectl rollout status` gave up.
    #[must_use]
    pub fn deadline_passed(&self) -> Option<i64> {
        let progressing = self.condition("Progressing")?;
        let passed = !progressing.holds && progressing.reason == "ProgressDeadlineExceeded";
        progressing.changed.or(progressing.updated).filter(|_| passed)
    }

    /// When the progress deadline passes if nothing more happens; `None`: there is none.
    #[must_use]
    pub fn deadline(&self) -> Option<i64> {
        let since = self.condition("Progressing")?.updated?;
        Some(since + i64::from(self.progress_deadline_seconds?))
    }

    /// Whether an owner that is called so is this workload.
    pub(super) fn is_called(&self, uid: &str, name: &str) -> bool {
        if self.uid.is_empty() { name == self.name } else { uid == self.uid }
    }

    /// Whether a pod that may be gone had a name as this workload gives them. Those of a Deployment are named after its sets.
    pub(super) fn owned_pod(&self, pod: &str) -> bool {
        let Some(rest) = pod.strip_prefix(self.name.as_str()).and_then(|rest| rest.strip_prefix('-')) else {
            return false;
        };
        match self.kind {
            Kind::Deployment => false,
            Kind::StatefulSet => !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()),
            Kind::DaemonSet => rest.len() == 5 && !rest.contains('-'),
        }
    }
}

/// How the pods are replaced, with percentages as upstream rounds them.
fn rule(kind: Kind, spec: &Map<'_>, desired: u32) -> Result<Rule, InputError> {
    let strategy = spec.map(if kind == Kind::Deployment { "strategy" } else { "updateStrategy" })?;
    let name = strategy.as_ref().and_then(|strategy| text(strategy, "type")).unwrap_or("RollingUpdate");
    let rolling = strategy.map(|strategy| strategy.map("rollingUpdate")).transpose()?.flatten();
    let amount = |key: &str, default: &str, up: bool| {
        let written = rolling.as_ref().and_then(|rolling| text(rolling, key)).unwrap_or(default);
        let scaled = match written.strip_suffix('%').map(str::parse::<i32>) {
            Some(Ok(percent)) => IntOrPercent::Percent(percent),
            _ => IntOrPercent::Int(written.parse().unwrap_or(0)),
        };
        u32::try_from(scaled.scaled(i32::try_from(desired).unwrap_or(i32::MAX), up)).unwrap_or(0)
    };
    Ok(match (kind, name) {
        (_, "OnDelete") => Rule::OnDelete,
        (_, "Recreate") => Rule::Recreate,
        (Kind::Deployment, _) => {
            let (surge, unavailable) = (amount("maxSurge", "25%", true), amount("maxUnavailable", "25%", false));
            // Upstream: `ResolveFenceposts` lets one pod go where neither would be allowed.
            Rule::Rolling { surge, unavailable: if surge == 0 { unavailable.max(1) } else { unavailable } }
        }
        (Kind::StatefulSet, _) => {
            let partition = rolling.as_ref().map_or(Ok(0), |rolling| count(rolling, "partition"))?;
            Rule::Ordered { partition, unavailable: amount("maxUnavailable", "1", true).max(1) }
        }
        (Kind::DaemonSet, _) => {
            let (surge, unavailable) = (amount("maxSurge", "0", true), amount("maxUnavailable", "1", true));
            Rule::PerNode { surge, unavailable: if surge == 0 { unavailable.max(1) } else { unavailable } }
        }
    })
}

/// A workload object that was found.
pub(super) struct Found<'a> {
    pub(super) kind: Kind,
    pub(super) object: Map<'a>,
}

/// The workload that is asked for. Where nobody names one it is the only one that there is, or the only one that is being rolled
/// out.
pub(super) fn choose<'a>(all: &[(&str, &'a Node)], asked: &Asked, file: &str) -> Result<Found<'a>, InputError> {
    let mut known = Vec::new();
    for kind in Kind::ALL {
        for (_, node) in all.iter().filter(|(name, _)| *name == kind.as_str()) {
            let object = node.map()?;
            let title =
                format!("{}/{}/{}", namespace_of(&object)?, kind.resource(), name_of(&object).unwrap_or_default());
            known.push((title, Found { kind, object }));
        }
    }
    if known.is_empty() {
        return Err(InputError::in_file(
            file,
            "no Deployment, StatefulSet or DaemonSet is in the file: give what `kubectl get deploy,rs,sts,ds,controllerrevisions,pods,\
             nodes,pvc,quota,limitrange,pdb,hpa,events -A -o json` prints",
        ));
    }
    let titles: Vec<String> = known.iter().map(|(title, _)| title.clone()).collect();
    known.retain(|(_, found)| is_asked(found, asked));
    let named = asked.name.is_some();
    if !named && known.len() > 1 {
        let is_rolling =
            |found: &Found<'_>| Workload::read(found.kind, &found.object).is_ok_and(|workload| is_under_way(&workload));
        let rolling = known.iter().filter(|(_, found)| is_rolling(found)).count();
        if rolling == 1 {
            known.retain(|(_, found)| is_rolling(found));
        }
    } else if named && known.len() > 1 && asked.kind.is_none() {
        // A Deployment comes first where a StatefulSet has the same name.
        let deployments = known.iter().filter(|(_, found)| found.kind == Kind::Deployment).count();
        if deployments == 1 {
            known.retain(|(_, found)| found.kind == Kind::Deployment);
        }
    }
    let several = known.len() > 1;
    match known.pop() {
        Some((_, found)) if !several => Ok(found),
        Some(_) => Err(InputError::in_file(
            file,
            format!(
                "several workloads are there, and which one is meant is not clear: {}\nname one, such as {}",
                listed(&titles),
                titles.first().map_or("", |title| title.as_str())
            ),
        )),
        None => Err(InputError::in_file(file, not_found(asked, &titles))),
    }
}

fn is_asked(found: &Found<'_>, asked: &Asked) -> bool {
    let namespace = namespace_of(&found.object).unwrap_or_default();
    asked.kind.is_none_or(|kind| kind == found.kind)
        && asked.namespace.as_deref().is_none_or(|wanted| wanted == namespace)
        && asked.name.as_deref().is_none_or(|wanted| Some(wanted) == name_of(&found.object))
}

/// Whether the status says that a change is under way.
fn is_under_way(workload: &Workload) -> bool {
    let target = match workload.rule {
        Rule::Ordered { partition, .. } => workload.desired.saturating_sub(partition),
        _ => workload.desired,
    };
    workload.observed_generation < workload.generation
        || workload.updated < target
        || workload.total > workload.desired
        || workload.available < workload.desired
}

fn not_found(asked: &Asked, titles: &[String]) -> String {
    let kind = asked.kind.map_or("workload", Kind::as_str);
    let place = asked
        .namespace
        .as_deref()
        .map_or(String::new(), |namespace| format!(" in the namespace {}", quoted(namespace)));
    let Some(name) = &asked.name else { return format!("no {kind} is there{place}; there are: {}", listed(titles)) };
    let names: Vec<&str> = titles.iter().filter_map(|title| title.rsplit('/').next()).collect();
    match nearest(name, &names) {
        Some(near) if near != name => format!("no {kind} {} is there{place}; did you mean `{near}`?", quoted(name)),
        _ => format!("no {kind} {} is there{place}; there are: {}", quoted(name), listed(titles)),
    }
}

fn listed(titles: &[String]) -> String {
    let more = titles.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    titles.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ") + &more
}
