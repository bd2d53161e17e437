//! The event log of one replication, for human readers.

use std::fmt::{self, Write};

use crate::k8s::daemon_set::{DaemonSetSpec, DaemonSetStatus};
use crate::k8s::horizontal::Decision;
use crate::k8s::objects::{
    ConditionStatus, DeploymentSpec, DeploymentStatus, Progressing, ReplicaSetStatus, Strategy, Template,
};
use crate::k8s::prober::KillingProbe;
use crate::k8s::replica_calculator::Proposal;
use crate::k8s::stateful_set::{RollingUpdate, StatefulSetSpec, StatefulSetStatus, UpdateStrategy};
use crate::scenario::{FoundObject, FoundPlace, FoundPod, Refusals, Scenario, Until};
use crate::sim::{Fact, FailureReason, NodeId, Observer, Outage, PodId, StallCause};
use crate::time::{SimDuration, SimTime};
use crate::traffic::Listed;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Line {
    /// Seconds since the rollout's start.
    pub t: f64,
    /// The object, as `kind/name`.
    pub object: String,
    /// The name of the event.
    pub event: &'static str,
    /// Details; may be empty.
    pub detail: String,
}

impl fmt::Display for Line {
    /// Fixed columns: seconds, object, event, details.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = format!("{:>12.3}  {:<20} {:<18} {}", self.t, self.object, self.event, self.detail);
        f.write_str(columns.trim_end())
    }
}

impl Line {
    /// Whether it says only what the controllers tell each other: a status, or a write that was refused and is tried again.
    #[must_use]
    pub fn is_chatter(&self) -> bool {
        matches!(self.event, "Status" | "Conflict")
    }
}

/// The state of a run when its log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The Deployment's pod template.
    pub template: u16,
    /// Pods with a deletion timestamp that are not gone.
    pub going: u32,
    /// When the last pod was gone, if any pod is gone.
    pub last_gone: Option<SimTime>,
}

/// Collects the log of a run.
#[derive(Debug, Default)]
pub struct Trace {
    start: Option<SimTime>,
    lines: Vec<Line>,
    /// Template and number of every pod, by id.
    names: Vec<(u16, u32)>,
    /// Template of every ReplicaSet, by id.
    templates: Vec<u16>,
    pods_of: Vec<u32>,
    progressing: Option<Progressing>,
    /// Names of resources beside CPU and memory.
    resources: Vec<String>,
    version: u16,
    going: u32,
    last_gone: Option<SimTime>,
    /// What is measured is not over with `kubectl rollout status`.
    settles: bool,
    /// What the log is about. Pods of a StatefulSet are named by their ordinals, those of a DaemonSet by their nodes.
    object: &'static str,
}

/// Template and number of the pods that a run finds.
fn names_at_start(scenario: &Scenario) -> Vec<(u16, u32)> {
    let Some(found) = scenario.found_here() else {
        let first = scenario.first_ordinal();
        return old_numbers(scenario).map(|number| (0, first + number)).collect();
    };
    let mut pods_of = Vec::new();
    let name = |pod: &FoundPod| {
        let template = found.template_of(pod);
        match pod.place {
            FoundPlace::Ordinal { ordinal, .. } => (template, ordinal),
            _ => (template, count_pod(&mut pods_of, template)),
        }
    };
    found.standing().map(name).collect()
}

/// The templates of the ReplicaSets that a run finds.
fn templates_at_start(scenario: &Scenario) -> Vec<u16> {
    match scenario.found_here().map(|found| &found.object) {
        Some(FoundObject::Deployment(found)) => found.replica_sets.iter().map(|set| set.template).collect(),
        _ => vec![0],
    }
}

/// The number of the next pod of a template.
fn count_pod(pods_of: &mut Vec<u32>, template: Template) -> u32 {
    let place = usize::from(template);
    if pods_of.len() <= place {
        pods_of.resize(place + 1, 0);
    }
    pods_of[place] += 1;
    pods_of[place] - 1
}

impl Trace {
    /// A log of a run of `scenario`.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let names = names_at_start(scenario);
        let mut pods_of = vec![0];
        for (template, _) in &names {
            count_pod(&mut pods_of, *template);
        }
        Self {
            settles: matches!(scenario.until, Until::Settled { .. }),
            object: object_of(scenario),
            names,
            templates: templates_at_start(scenario),
            pods_of,
            resources: scenario.cluster.explanation.resources.clone(),
            ..Self::default()
        }
    }

    /// The state of the run so far.
    #[must_use]
    pub fn ending(&self) -> Ending {
        Ending { template: self.version, going: self.going, last_gone: self.last_gone }
    }

    /// The lines of the log, in order of time.
    #[must_use]
    pub fn into_lines(self) -> Vec<Line> {
        self.lines
    }

    fn log(&mut self, at: SimTime, object: String, event: &'static str, detail: impl Into<String>) {
        let start = *self.start.get_or_insert(at);
        self.lines.push(Line { t: at.since(start).as_secs_f64(), object, event, detail: detail.into() });
    }

    fn pod(&self, id: PodId) -> String {
        let (template, number) = self.names.get(id as usize).copied().unwrap_or_default();
        format!("pod/v{}-{number}", template + 1)
    }

    fn set(&self, id: u16) -> String {
        let template = self.templates.get(usize::from(id)).copied().unwrap_or_default();
        format!("replicaset/v{}", template + 1)
    }

    fn name_set(&mut self, id: u16, template: Template) {
        let place = usize::from(id);
        self.templates.resize(self.templates.len().max(place + 1), template);
        self.templates[place] = template;
    }

    fn name_pod(&mut self, template: Template, ordinal: Option<u32>) {
        if let Some(ordinal) = ordinal {
            return self.names.push((template, ordinal));
        }
        let number = count_pod(&mut self.pods_of, template);
        self.names.push((template, number));
    }

    fn autoscaled(&mut self, at: SimTime, from: i32, decision: &Decision) {
        let event = if decision.replicas == from { "Held" } else { "Rescaled" };
        let mut detail = format!("{from} -> {}", decision.replicas);
        if let Some(Proposal { replicas, utilization, count }) = decision.proposal {
            let _ = write!(
                detail,
                ", asked for {replicas}: CPU {utilization}% of {} pods, {} not ready, {} not measured",
                count.ready, count.unready, count.missing
            );
        }
        self.log(at, "hpa".into(), event, detail);
    }

    fn over(&mut self, at: SimTime) {
        let (event, detail) = if self.settles {
            ("Settled", "the nodes are done with, and all wanted pods are available")
        } else {
            ("RolledOut", "kubectl rollout status reports success")
        };
        self.log(at, self.object.into(), event, detail);
    }

    fn stalled(&mut self, at: SimTime, cause: StallCause, (held, of): (u32, u32), refusals: &Refusals) {
        self.log(at, "deployment".into(), "Stalled", explained(cause, held, of, refusals, &self.resources));
    }

    fn outage(&mut self, at: SimTime, outage: Outage, length: SimDuration) {
        self.log(at, "control-plane".into(), outage_event(outage), format!("for {length}"));
    }

    fn of_set(&mut self, at: SimTime, fact: &Fact) {
        match fact {
            Fact::StatefulSetSpec { spec, .. } => {
                self.log(at, "statefulset".into(), "SpecChanged", describe_stateful_set(spec));
            }
            Fact::StatefulSetStatus { status, .. } => {
                self.log(at, "statefulset".into(), "Status", counted_of_stateful_set(status));
            }
            Fact::FailedPodDeleted(pod) => self.log(at, self.pod(*pod), "Gone", "its failed object was deleted"),
            Fact::DaemonSetSpec { spec, .. } => {
                self.log(at, self.object.into(), "SpecChanged", describe_daemon_set(spec));
            }
            Fact::DaemonSetStatus { status, .. } => {
                self.log(at, self.object.into(), "Status", counted_of_daemon_set(status));
            }
            _ => {}
        }
    }

    fn created(&mut self, at: SimTime, pod: PodId, template: Template, ordinal: Option<u32>) {
        self.name_pod(template, ordinal);
        self.log(at, self.pod(pod), "Created", "");
    }

    fn terminating(&mut self, at: SimTime, pod: PodId) {
        self.going += 1;
        self.log(at, self.pod(pod), "Terminating", "");
    }

    fn gone(&mut self, at: SimTime, pod: PodId) {
        self.going -= 1;
        self.last_gone = Some(at);
        self.log(at, self.pod(pod), "Gone", "");
    }

    /// What is asked for; with the first one the run starts.
    fn asked(&mut self, at: SimTime, version: Template) {
        self.start.get_or_insert(at);
        self.version = version;
    }

    fn deployment_status(&mut self, at: SimTime, status: &DeploymentStatus) {
        let counts = format!(
            "updated {} ready {} available {} of {}",
            status.updated_replicas, status.ready_replicas, status.available_replicas, status.replicas
        );
        self.log(at, "deployment".into(), "Status", counts);
        let condition = |p: &Progressing| (p.status, p.reason);
        if let Some(now) = status.progressing
            && self.progressing.as_ref().map(condition) != Some(condition(&now))
        {
            let status = match now.status {
                ConditionStatus::True => "True",
                ConditionStatus::False => "False",
                ConditionStatus::Unknown => "Unknown",
            };
            self.log(at, "deployment".into(), "Progressing", format!("{status} {:?}", now.reason));
        }
        self.progressing = status.progressing;
    }
}

/// Whether the senders of requests use the pod from now on.
fn known(listed: Listed) -> &'static str {
    match listed {
        Listed::No => "gone: is sent no requests",
        Listed::Ready => "ready: is sent requests",
        Listed::Terminating => "terminating: is sent requests only where no pod is ready",
    }
}

fn describe(spec: &DeploymentSpec) -> String {
    let mut text = format!("template v{} replicas {}", spec.template + 1, spec.replicas);
    let _ = match spec.strategy {
        Strategy::Recreate => write!(text, " Recreate"),
        Strategy::RollingUpdate { max_surge, max_unavailable } => {
            write!(text, " maxSurge {max_surge} maxUnavailable {max_unavailable}")
        }
    };
    let _ = write!(text, " minReadySeconds {}", spec.min_ready_seconds);
    if spec.paused {
        text.push_str(" paused");
    }
    if let Some(policy) = spec.pod_replacement_policy {
        let _ = write!(text, " podReplacementPolicy {} (proposal)", policy.as_str());
    }
    text
}

fn describe_stateful_set(spec: &StatefulSetSpec) -> String {
    let mut text = format!("template v{} replicas {}", spec.template + 1, spec.replicas);
    text.push_str(if spec.is_ordered() { " OrderedReady" } else { " Parallel" });
    let _ = match spec.update {
        UpdateStrategy::OnDelete => write!(text, " OnDelete"),
        UpdateStrategy::RollingUpdate(None) => write!(text, " RollingUpdate"),
        UpdateStrategy::RollingUpdate(Some(block)) => write!(text, " partition {}", block.partition),
    };
    if let UpdateStrategy::RollingUpdate(Some(RollingUpdate { max_unavailable: Some(pods), .. })) = spec.update {
        let _ = write!(text, " maxUnavailable {pods}");
    }
    let _ = write!(text, " minReadySeconds {}", spec.min_ready_seconds);
    text
}

fn counted_of_stateful_set(status: &StatefulSetStatus) -> String {
    format!(
        "updated {} current {} ready {} available {} of {}",
        status.updated_replicas,
        status.current_replicas,
        status.ready_replicas,
        status.available_replicas,
        status.replicas
    )
}

fn describe_daemon_set(spec: &DaemonSetSpec) -> String {
    let mut text = format!("template v{}", spec.template + 1);
    let _ = if spec.on_delete {
        write!(text, " OnDelete")
    } else {
        write!(text, " maxSurge {} maxUnavailable {}", spec.max_surge, spec.max_unavailable)
    };
    let _ = write!(text, " minReadySeconds {}", spec.min_ready_seconds);
    text
}

fn counted_of_daemon_set(status: &DaemonSetStatus) -> String {
    format!(
        "updated {} ready {} available {} of {} nodes, {} misscheduled",
        status.updated_number_scheduled,
        status.number_ready,
        status.number_available,
        status.desired_number_scheduled,
        status.number_misscheduled
    )
}

/// What a log of a run of `scenario` is about.
fn object_of(scenario: &Scenario) -> &'static str {
    match (scenario.stateful_set(), scenario.daemon_set()) {
        (None, None) => "deployment",
        (Some(_), _) => "statefulset",
        (None, Some(_)) => "daemonset",
    }
}

/// The numbers by which the old pods are named.
fn old_numbers(scenario: &Scenario) -> impl Iterator<Item = u32> {
    let own = scenario.world.iter().filter(|_| scenario.daemon_set().is_some());
    let on = own.flat_map(|own| &own.world.workloads[usize::from(own.workload)].found_on);
    let by_place = if scenario.daemon_set().is_some() { 0 } else { scenario.found_replicas().max(0) as u32 };
    on.copied().chain(0..by_place)
}

/// Why the rollout made no progress until the deadline, as a sentence after the name of the cause.
/// `resources` names what [`Refusals`] only number.
pub(crate) fn explained(cause: StallCause, held: u32, of: u32, refusals: &Refusals, resources: &[String]) -> String {
    let pods = match (held, of) {
        (1, 1) => "the one new pod that is not available".to_owned(),
        (held, of) if held == of => format!("all {of} new pods that are not available"),
        (held, of) => format!("{held} of the {of} new pods that are not available"),
    };
    let by_number = |one: &str, more: &str| format!("{pods} {}", if held == 1 { one } else { more });
    let sentence = match cause {
        StallCause::Capacity if held == 0 => "kubelets refuse the new pods as soon as these are bound".to_owned(),
        StallCause::Capacity if refusals.are_gates() => {
            by_number("waits until its scheduling gates are lifted", "wait until their scheduling gates are lifted")
        }
        StallCause::Capacity => by_number("fits on no node", "fit on no node"),
        StallCause::Quota => by_number("is refused by the quota", "are refused by the quota"),
        StallCause::Volume => by_number("is waiting for its volume", "are waiting for their volume"),
        StallCause::ImagePull => by_number("is waiting for its image", "are waiting for their image"),
        StallCause::Crash => by_number("keeps exiting", "keep exiting"),
        StallCause::StartupProbe => by_number(
            "is killed and restarted because its startup probe gives up",
            "are killed and restarted because their startup probe gives up",
        ),
        StallCause::LivenessProbe => by_number(
            "is killed and restarted because its liveness probe gives up",
            "are killed and restarted because their liveness probe gives up",
        ),
        StallCause::Readiness => by_number("is running and not Ready", "are running and not Ready"),
        StallCause::NodeLoss if held == 0 => "old pods on lost nodes hold the rollout up".to_owned(),
        StallCause::NodeLoss => by_number("is on a lost node", "are on lost nodes"),
        StallCause::ControlPlane => "nothing is wrong with a new pod: controllers or their limits are slow".to_owned(),
    };
    match cause {
        StallCause::Capacity | StallCause::Volume if held > 0 && !refusals.is_empty() => {
            format!("{}: {sentence}: {}", cause.as_str(), refusals.message(resources))
        }
        _ => format!("{}: {sentence}", cause.as_str()),
    }
}

fn outage_event(outage: Outage) -> &'static str {
    match outage {
        Outage::Controllers => "ControllersDown",
        Outage::Scheduler => "SchedulerDown",
        Outage::Api => "ApiSlow",
    }
}

fn counted(status: &ReplicaSetStatus) -> String {
    format!(
        "replicas {} ready {} available {} terminating {}",
        status.replicas, status.ready_replicas, status.available_replicas, status.terminating_replicas
    )
}

fn preempting(node: NodeId) -> String {
    format!("a pod of lower priority on node-{node} has to go")
}

fn refused(pods: u32) -> String {
    let pods = if pods == 1 { "1 pod".to_owned() } else { format!("{pods} pods") };
    format!("a ResourceQuota refuses {pods}")
}

fn elsewhere(node: NodeId) -> String {
    format!("its volume is attached to node-{node}, and to one node at a time")
}

fn pulled(present: bool) -> &'static str {
    if present { "the image was on the node" } else { "" }
}

fn exited(killed_by: Option<KillingProbe>) -> String {
    killed_by.map_or("by itself".to_owned(), |by| format!("killed by its {} probe", by.as_str()))
}

fn killing(by: KillingProbe) -> String {
    format!("the {} probe gave up: the container is told to stop", by.as_str())
}

fn failed(reason: FailureReason) -> &'static str {
    match reason {
        FailureReason::Refused => "its kubelet refused it",
        FailureReason::Evicted => "its kubelet evicted it",
    }
}

/// What happened to a node, and what is said of it.
fn node_event(fact: &Fact) -> (&'static str, &'static str) {
    match fact {
        Fact::NodeLost(_) => ("Lost", ""),
        Fact::NodeUnreachable(_) => ("Unreachable", ""),
        Fact::NodeEvicted(_) => ("Evicted", "its pods are told to go"),
        Fact::NodeBack(_) => ("Back", ""),
        Fact::NodeAdded(_) => ("Added", "by the autoscaler"),
        Fact::NodeCordoned(_) => ("Cordoned", ""),
        Fact::NodeDrained(_) => ("Drained", ""),
        Fact::NodeRemoved(_) => ("Removed", "by an autoscaler"),
        _ => ("Uncordoned", ""),
    }
}

impl Observer for Trace {
    const DETAIL: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        match fact {
            Fact::Target { target, .. } => self.asked(at, target.version),
            Fact::DeploymentSpec { spec, .. } => self.log(at, "deployment".into(), "SpecChanged", describe(&spec)),
            Fact::DeploymentStatus { status, .. } => self.deployment_status(at, &status),
            Fact::Stalled { cause, held, of, refusals, .. } => self.stalled(at, cause, (held, of), &refusals),
            Fact::Outage(outage, length) => self.outage(at, outage, length),
            Fact::ReplicaSetCreated { id, template, replicas, .. } => {
                self.name_set(id, template);
                self.log(at, self.set(id), "Created", format!("replicas {replicas}"));
            }
            Fact::ReplicaSetScaled { id, from, to } => self.log(at, self.set(id), "Scaled", format!("{from} -> {to}")),
            Fact::ReplicaSetDeleted(id) => self.log(at, self.set(id), "Deleted", ""),
            Fact::ReplicaSetStatus { id, status } => self.log(at, self.set(id), "Status", counted(&status)),
            Fact::StatefulSetSpec { .. }
            | Fact::StatefulSetStatus { .. }
            | Fact::DaemonSetSpec { .. }
            | Fact::DaemonSetStatus { .. }
            | Fact::FailedPodDeleted(_) => self.of_set(at, &fact),
            Fact::QuotaRefused { pods, .. } => self.log(at, "api".into(), "QuotaRefused", refused(pods)),
            Fact::Conflict => self.log(at, "api".into(), "Conflict", "a write was refused and is tried again"),
            Fact::PodCreated { pod, template, ordinal, .. } => self.created(at, pod, template, ordinal),
            Fact::VolumeElsewhere { pod, node } => self.log(at, self.pod(pod), "FailedAttachVolume", elsewhere(node)),
            Fact::PodUnschedulable { pod, refusals } => {
                self.log(at, self.pod(pod), "Unschedulable", refusals.message(&self.resources));
            }
            Fact::Preempted { pod, node } => self.log(at, self.pod(pod), "Preempting", preempting(node)),
            Fact::PodScheduled { pod, node } => self.log(at, self.pod(pod), "Scheduled", format!("node-{node}")),
            Fact::Initializing(pod) => self.log(at, self.pod(pod), "Initializing", "its init containers start"),
            Fact::Pulling(pod) => self.log(at, self.pod(pod), "Pulling", ""),
            Fact::Pulled { pod, present } => self.log(at, self.pod(pod), "Pulled", pulled(present)),
            Fact::ContainersStarted(pod) => self.log(at, self.pod(pod), "Started", ""),
            Fact::ContainerKilled { pod, by } => self.log(at, self.pod(pod), "Killing", killing(by)),
            Fact::ContainerExited { pod, killed_by, .. } => {
                self.log(at, self.pod(pod), "ContainerExited", exited(killed_by));
            }
            Fact::ContainerRestarted(pod) => self.log(at, self.pod(pod), "ContainerRestarted", ""),
            Fact::PodReady(pod) => self.log(at, self.pod(pod), "Ready", ""),
            Fact::PodNotReady { pod, .. } => self.log(at, self.pod(pod), "NotReady", ""),
            Fact::PodAvailable(pod) => self.log(at, self.pod(pod), "Available", ""),
            Fact::PodUnavailable(pod) => self.log(at, self.pod(pod), "Unavailable", "minReadySeconds was raised"),
            Fact::PodFailed { pod, reason, .. } => self.log(at, self.pod(pod), "Failed", failed(reason)),
            Fact::PodTerminating { pod, .. } => self.terminating(at, pod),
            Fact::PodGone(pod) => self.gone(at, pod),
            Fact::NodeLost(node)
            | Fact::NodeUnreachable(node)
            | Fact::NodeEvicted(node)
            | Fact::NodeBack(node)
            | Fact::NodeAdded(node)
            | Fact::NodeCordoned(node)
            | Fact::NodeRemoved(node)
            | Fact::NodeDrained(node)
            | Fact::NodeUncordoned(node) => {
                let (event, detail) = node_event(&fact);
                self.log(at, format!("node/node-{node}"), event, detail);
            }
            Fact::PodAnswers(pod) => self.log(at, self.pod(pod), "Answers", ""),
            Fact::PodSilent(pod) => self.log(at, self.pod(pod), "Silent", "answers no more requests"),
            Fact::Endpoint { pod, listed } => self.log(at, self.pod(pod), "Endpoint", known(listed)),
            Fact::RolloutOver(_) => self.over(at),
            Fact::Begun(_)
            | Fact::PodFound { .. }
            | Fact::Placed(..)
            | Fact::Said { .. }
            | Fact::NodeGiven(_)
            | Fact::RequestsSettled(_)
            | Fact::OldPodsGone { .. } => {}
            Fact::Autoscaled { from, decision, .. } => self.autoscaled(at, from, &decision),
        }
    }
}
