//! The meter: it keeps the numbers of pods during a run and adds them up over time.

use crate::metrics::curve::Curve;
use crate::metrics::listener::Listeners;
use crate::metrics::record::{After, Outcome, Record, Requests};
use crate::metrics::since::Since;
use crate::scenario::{FoundCounts, MeasuredEvent, OLD_TEMPLATE, Refusals, Scenario, Target, Template};
use crate::sim::{Fact, Observer, PodId, Span, StallCause, Was};
use crate::time::{SimDuration, SimTime};
use crate::traffic::Flow;

/// Pods at an instant.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    available: u32,
    ready: u32,
    /// Without Terminating ones.
    pods: u32,
    /// On nodes, Terminating ones included: everything that takes room.
    footprint: u32,
    pending: u32,
}

impl Counts {
    #[inline(always)]
    fn not_ready(&mut self, was_available: bool) {
        self.ready -= 1;
        self.available -= u32::from(was_available);
    }

    fn terminating(&mut self, was: Was) {
        self.pods -= 1;
        self.pending -= u32::from(!was.scheduled);
        // A pod on no node is gone in the same instant; its `PodGone` subtracts what is added here.
        self.footprint += u32::from(!was.scheduled);
        self.ready -= u32::from(was.ready);
        self.available -= u32::from(was.available);
    }
}

/// Measures one replication after the other.
#[derive(Debug, Default)]
pub struct Meter {
    start: SimTime,
    last: SimTime,
    progress_at: SimTime,
    counts: Counts,
    target: Target,
    /// Least count of available pods that meets the objective.
    needed: u32,
    objective: f64,
    /// Most pods missing so far of those that the present target wants.
    most_missing: u32,
    in_dip: bool,
    stall: Option<(SimDuration, StallCause)>,
    /// What has been added up so far; how the rollout ended is filled in at its end.
    sums: Record,
    /// When each pod of a new version that waits for a node was created.
    pending_since: Since,
    curve: Curve,
    /// Requests; `None`: there are none to measure.
    flow: Option<Flow>,
    /// What is measured is over; only requests are still measured.
    over: bool,
    /// The version that is wanted at last.
    version: Template,
    /// Pods of this version that wait for a node are none of those that the event is about.
    standing: Option<Template>,
    /// The run is followed after the end.
    observes: bool,
    /// What was added up until the end, in a run that is followed after it; from then on [`Self::sums`] are new ones.
    ended: Option<Record>,
    /// When the last pod was gone that the event replaced or removed.
    old_pods_gone: Option<SimDuration>,
    /// Tools that wait for the rollout.
    listeners: Listeners,
}

impl Meter {
    /// Gets ready for a replication of `scenario`.
    pub fn begin(&mut self, scenario: &Scenario) {
        let target = scenario.target();
        let desired = target.desired;
        let FoundCounts { all, pods, placed, ready, available } = scenario.counts_at_start();
        self.start = SimTime::NEVER;
        self.last = SimTime::NEVER;
        self.progress_at = SimTime::NEVER;
        self.counts = Counts { available, ready, pods, footprint: placed, pending: all - placed };
        self.objective = scenario.availability_objective;
        self.in_dip = false;
        self.stall = None;
        self.flow = scenario.traffic.as_ref().map(|traffic| Flow::new(traffic, SimTime::ZERO, ready));
        self.over = false;
        self.version = scenario.version();
        self.standing = (scenario.event == MeasuredEvent::Rollout).then_some(OLD_TEMPLATE);
        self.observes = scenario.observes();
        self.ended = None;
        self.old_pods_gone = None;
        self.listeners.begin(&scenario.tools);
        self.pending_since.clear();
        self.sums = Record { desired, min_available: available, min_ready: ready, ..Record::default() };
        self.pending_at_start(scenario);
        self.take_target(Target { paused: false, ..target });
    }

    /// Pods of a snapshot that wait for a node do so from the start of the run on, as far as is measured.
    fn pending_at_start(&mut self, scenario: &Scenario) {
        let Some(found) = scenario.found_here() else { return };
        for (number, pod) in (0..).zip(found.standing()) {
            let waits = pod.node.is_none() && self.standing != Some(found.template_of(pod));
            self.pending_since.created(number, if waits { SimTime::ZERO } else { SimTime::NEVER });
        }
    }

    /// Ends the replication: its record. The curve is at [`Self::curve`].
    pub fn finish(&mut self, scenario: &Scenario, span: Span) -> Record {
        let record = self.finished(scenario, span);
        match scenario.set() {
            None => record,
            // No controller of a set says when it makes progress.
            Some(_) => Record { longest_progress_gap: Record::NO_PROGRESS, ..record },
        }
    }

    fn finished(&mut self, scenario: &Scenario, span: Span) -> Record {
        if let Some(ended) = self.ended.take() {
            return self.finish_window(ended, span);
        }
        if self.start.is_never() {
            return self.never_began(scenario, span);
        }
        let end = span.end.unwrap_or(span.start + scenario.horizon);
        let watched = scenario.event == MeasuredEvent::Nothing;
        let record = self.sum_up(end, span.end.is_some() || watched);
        // Pods that still terminate are gone some time after the end, which is not simulated.
        self.curve.end(self.counts.available, self.counts.ready, self.counts.pods - self.counts.pending);
        let requests = self.flow.as_mut().map(|flow| Requests::of(flow.until(span.followed_until)));
        Record { requests, ..record }
    }

    /// In a world of several workloads: what happens to this one never began, so that it was not complete within the horizon. Its
    /// pods are as they were last.
    #[cold]
    fn never_began(&mut self, scenario: &Scenario, span: Span) -> Record {
        self.first_fact(span.start);
        self.begun(span.start);
        let Counts { available, ready, pods, footprint, .. } = self.counts;
        self.curve.hold(span.start + scenario.horizon, available, ready, footprint);
        self.curve.end(available, ready, footprint);
        let (outcome, duration) = (self.outcome(false), scenario.horizon);
        Record { outcome, duration, peak_pods: pods, peak_footprint: footprint, ..self.sums }
    }

    /// Ends a replication that was followed after its end.
    fn finish_window(&mut self, ended: Record, span: Span) -> Record {
        self.advance(span.followed_until);
        self.curve.end(self.counts.available, self.counts.ready, self.counts.footprint);
        let measured = self.flow.as_mut().map(|flow| Requests::of(flow.until(span.followed_until)));
        let sums = &self.sums;
        let after = After {
            until: span.followed_until.since(span.start),
            old_pods_gone: self.old_pods_gone,
            min_available: sums.min_available,
            dip_pod_nanos: sums.dip_pod_nanos,
            below_objective: sums.below_objective,
            pods_failed: sums.pods_failed,
            restarts: sums.restarts,
            nodes_lost: sums.nodes_lost,
            peak_footprint: sums.peak_footprint,
        };
        Record { requests: ended.requests.or(measured), after: Some(after), ..ended }
    }

    /// What has been added up until the end at `end`, at which what is measured was over or the horizon was reached.
    fn sum_up(&mut self, end: SimTime, over: bool) -> Record {
        self.advance(end);
        self.note_progress(end);
        if self.counts.pending > 0
            && let Some(since) = self.pending_since.earliest()
        {
            self.sums.longest_pending = self.sums.longest_pending.max(end.since(since));
        }
        let duration = end.since(self.start);
        let said = self.listeners.finish(duration);
        Record { outcome: self.outcome(over), stall: self.stall, duration, said, ..self.sums }
    }

    /// What is measured is over. Where the run is followed further, what is added up from now on is apart.
    #[cold]
    fn rollout_over(&mut self, at: SimTime) {
        if !self.observes {
            self.advance(at);
            self.over = true;
            return;
        }
        self.ended = Some(self.sum_up(at, true));
        let Counts { available, footprint, .. } = self.counts;
        self.sums = Record { min_available: available, peak_footprint: footprint, ..Record::default() };
    }

    /// All who send requests know what happened: requests that come later are not among those of the rollout.
    #[cold]
    fn requests_settled(&mut self, at: SimTime) {
        if let (Some(ended), Some(flow)) = (&mut self.ended, &mut self.flow) {
            ended.requests = Some(Requests::of(flow.until(at)));
        }
    }

    /// The curve of the replication that was finished last.
    #[must_use]
    pub fn curve(&self) -> &Curve {
        &self.curve
    }

    fn outcome(&self, over: bool) -> Outcome {
        match self.target.version {
            _ if !over => Outcome::Unfinished,
            version if version == self.version => Outcome::Completed,
            OLD_TEMPLATE => Outcome::RolledBack,
            _ => Outcome::Superseded,
        }
    }

    fn take_target(&mut self, target: Target) {
        self.needed = (self.objective * f64::from(target.desired) - 1e-9).ceil() as u32;
        self.most_missing = 0;
        self.target = target;
    }

    /// Adds up the time since the last change. Only states that last count: a state that begins and ends in the same instant
    /// is in no sum and no extreme.
    #[inline(always)]
    fn advance(&mut self, at: SimTime) {
        if at > self.last {
            self.add_up(at);
        }
    }

    fn add_up(&mut self, at: SimTime) {
        let time = at.since(self.last);
        let length = time.as_nanos();
        let (counts, sums, desired) = (&self.counts, &mut self.sums, self.target.desired);
        sums.min_available = sums.min_available.min(counts.available);
        sums.min_ready = sums.min_ready.min(counts.ready);
        sums.peak_pods = sums.peak_pods.max(counts.pods);
        sums.peak_footprint = sums.peak_footprint.max(counts.footprint);
        sums.pending_pod_nanos += u128::from(counts.pending) * u128::from(length);
        sums.surge_pod_nanos += u128::from(counts.footprint.saturating_sub(desired)) * u128::from(length);
        if counts.available < desired {
            let missing = desired - counts.available;
            sums.dip_count += u32::from(!self.in_dip);
            sums.dip += time;
            sums.dip_pod_nanos += u128::from(missing) * u128::from(length);
            // The depth costs a division of 64 bits, and it can only grow where more pods are missing than ever before.
            if missing > self.most_missing {
                self.most_missing = missing;
                sums.dip_depth_ppb = sums.dip_depth_ppb.max(u64::from(missing) * 1_000_000_000 / u64::from(desired));
            }
            sums.below_floor += if counts.available < self.target.floor { time } else { SimDuration::ZERO };
            sums.below_objective += if counts.available < self.needed { time } else { SimDuration::ZERO };
        }
        self.in_dip = counts.available < desired;
        self.curve.hold(at, counts.available, counts.ready, counts.footprint);
        self.last = at;
    }

    /// While the workload is paused its deadline does not run, and the time does not count.
    fn note_progress(&mut self, at: SimTime) {
        if !self.target.paused {
            self.sums.longest_progress_gap = self.sums.longest_progress_gap.max(at.since(self.progress_at));
        }
        self.progress_at = at;
    }

    #[inline(always)]
    fn created(&mut self, at: SimTime, pod: PodId, template: Template) {
        let counts = self.counts_until(at);
        counts.pods += 1;
        counts.pending += 1;
        self.sums.pods_created += 1;
        self.pending_since.created(pod, if self.standing == Some(template) { SimTime::NEVER } else { at });
    }

    #[inline(always)]
    fn scheduled(&mut self, at: SimTime, pod: PodId) {
        let counts = self.counts_until(at);
        counts.pending -= 1;
        counts.footprint += 1;
        self.no_longer_pending(pod, at);
    }

    #[inline(always)]
    fn failed(&mut self, at: SimTime, was: Was, first: bool) {
        let counts = self.counts_until(at);
        counts.terminating(was);
        counts.footprint -= 1;
        self.sums.pods_failed += u32::from(first);
    }

    fn terminating(&mut self, at: SimTime, pod: PodId, was: Was) {
        self.counts_until(at).terminating(was);
        if !was.scheduled {
            self.no_longer_pending(pod, at);
        }
    }

    /// A pod was bound to a node, or deleted before it was.
    fn no_longer_pending(&mut self, pod: PodId, at: SimTime) {
        if let Some(since) = self.pending_since.end(pod) {
            self.sums.longest_pending = self.sums.longest_pending.max(at.since(since));
        }
    }

    /// The counts, which have held until `at`, to be changed.
    fn counts_until(&mut self, at: SimTime) -> &mut Counts {
        self.advance(at);
        &mut self.counts
    }

    fn target_changed(&mut self, at: SimTime, target: Target) {
        if self.start.is_never() {
            self.first_fact(at);
        }
        self.advance(at);
        if target.paused != self.target.paused {
            self.note_progress(at);
        }
        self.take_target(target);
    }

    /// The run starts with the first target.
    fn first_fact(&mut self, at: SimTime) {
        self.start = at;
        self.listeners.restart();
        self.last = at;
        self.progress_at = at;
        self.curve.reset(at);
        self.pending_since.restart(at);
        if let Some(flow) = &mut self.flow {
            flow.begin(at);
        }
    }

    /// In a world of several workloads: what happens to this one happens now. What came before is in the counts of pods, and in
    /// nothing that is measured.
    #[cold]
    fn begun(&mut self, at: SimTime) {
        let Counts { available, ready, .. } = self.counts;
        let desired = self.sums.desired;
        self.sums = Record { desired, min_available: available, min_ready: ready, ..Record::default() };
        self.stall = None;
        self.pending_since.restart(at);
    }

    /// The first stall counts.
    fn stalled(&mut self, at: SimTime, cause: StallCause, refusals: Refusals) {
        if self.stall.is_none() {
            self.stall = Some((at.since(self.start), cause));
            self.sums.refusals = refusals;
        }
    }
}

impl Observer for Meter {
    const DETAIL: bool = false;

    #[inline(always)]
    fn fact(&mut self, at: SimTime, fact: Fact) {
        if let Some(flow) = &mut self.flow {
            fact.pass_to(flow, at);
            if self.over {
                return;
            }
        }
        match fact {
            Fact::RolloutOver(_) => self.rollout_over(at),
            Fact::Begun(_) => self.begun(at),
            Fact::Said { tool, verdict, .. } => self.listeners.hear(self.start, at, tool, verdict),
            Fact::Placed(_, placed) => self.sums.placed = Some(placed),
            Fact::RequestsSettled(_) => self.requests_settled(at),
            Fact::OldPodsGone { when, .. } => self.old_pods_gone = Some(when.since(self.start)),
            Fact::Target { target, .. } => self.target_changed(at, target),
            Fact::DeploymentStatus { progress: true, .. } => self.note_progress(at),
            Fact::Stalled { cause, refusals, .. } => self.stalled(at, cause, refusals),
            Fact::PodCreated { pod, template, .. } => self.created(at, pod, template),
            Fact::PodScheduled { pod, .. } => self.scheduled(at, pod),
            Fact::PodReady(_) => self.counts_until(at).ready += 1,
            Fact::PodNotReady { was_available, .. } => self.counts_until(at).not_ready(was_available),
            Fact::PodAvailable(_) => self.counts_until(at).available += 1,
            Fact::PodUnavailable(_) => self.counts_until(at).available -= 1,
            Fact::PodTerminating { pod, was } => self.terminating(at, pod, was),
            Fact::PodFailed { was, first, .. } => self.failed(at, was, first),
            Fact::PodGone(_) => self.counts_until(at).footprint -= 1,
            Fact::ContainerExited { first, .. } => self.sums.pods_failed += u32::from(first),
            Fact::ContainerRestarted(_) => self.sums.restarts += 1,
            Fact::NodeLost(_) => self.sums.nodes_lost += 1,
            Fact::NodeAdded(_) => self.sums.nodes_added += 1,
            Fact::DeploymentSpec { .. }
            | Fact::DeploymentStatus { progress: false, .. }
            | Fact::ReplicaSetCreated { .. }
            | Fact::ReplicaSetScaled { .. }
            | Fact::ReplicaSetDeleted(_)
            | Fact::ReplicaSetStatus { .. }
            | Fact::StatefulSetSpec { .. }
            | Fact::StatefulSetStatus { .. }
            | Fact::DaemonSetSpec { .. }
            | Fact::DaemonSetStatus { .. }
            | Fact::FailedPodDeleted(_)
            | Fact::Conflict
            | Fact::QuotaRefused { .. }
            | Fact::Outage(..)
            | Fact::PodUnschedulable { .. }
            | Fact::VolumeElsewhere { .. }
            | Fact::Preempted { .. }
            | Fact::NodeGiven(_)
            | Fact::PodFound { .. }
            | Fact::Initializing(_)
            | Fact::Pulling(_)
            | Fact::Pulled { .. }
            | Fact::ContainersStarted(_)
            | Fact::ContainerKilled { .. }
            | Fact::NodeUnreachable(_)
            | Fact::NodeEvicted(_)
            | Fact::NodeBack(_)
            | Fact::NodeCordoned(_)
            | Fact::NodeDrained(_)
            | Fact::NodeUncordoned(_)
            | Fact::NodeRemoved(_)
            | Fact::PodAnswers(_)
            | Fact::PodSilent(_)
            | Fact::Endpoint { .. }
            | Fact::Autoscaled { .. } => {}
        }
    }
}
