//! The meter: it keeps the numbers of pods during a run and adds them up over time.

use crate::metrics::curve::Curve;
use crate::metrics::record::{Outcome, Record, Requests};
use crate::metrics::since::Since;
use crate::scenario::{NEW_TEMPLATE, OLD_TEMPLATE, Scenario, Target, Template};
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
    /// The rollout is over; only requests are still measured.
    over: bool,
}

impl Meter {
    /// Gets ready for a replication of `scenario`.
    pub fn begin(&mut self, scenario: &Scenario) {
        let target = scenario.target();
        let desired = target.desired;
        self.start = SimTime::NEVER;
        self.counts = Counts { available: desired, ready: desired, pods: desired, footprint: desired, pending: 0 };
        self.objective = scenario.availability_objective;
        self.in_dip = false;
        self.stall = None;
        self.flow = scenario.traffic.as_ref().map(|traffic| Flow::new(traffic, SimTime::ZERO, desired));
        self.over = false;
        self.pending_since.clear();
        self.sums = Record { desired, min_available: desired, min_ready: desired, ..Record::default() };
        self.take_target(Target { paused: false, ..target });
    }

    /// Ends the replication: its record. The curve is at [`Self::curve`].
    pub fn finish(&mut self, scenario: &Scenario, span: Span) -> Record {
        let end = span.end.unwrap_or(span.start + scenario.horizon);
        self.advance(end);
        // Pods that still terminate are gone some time after the end, which is not simulated.
        self.curve.end(self.counts.available, self.counts.ready, self.counts.pods - self.counts.pending);
        self.note_progress(end);
        if self.counts.pending > 0
            && let Some(since) = self.pending_since.earliest()
        {
            self.sums.longest_pending = self.sums.longest_pending.max(end.since(since));
        }
        let requests = self.flow.as_mut().map(|flow| Requests::of(flow.until(span.followed_until)));
        Record {
            requests,
            outcome: self.outcome(span),
            stall: self.stall,
            duration: end.since(span.start),
            ..self.sums
        }
    }

    /// The curve of the replication that was finished last.
    #[must_use]
    pub fn curve(&self) -> &Curve {
        &self.curve
    }

    fn outcome(&self, span: Span) -> Outcome {
        match (span.end, self.target.version) {
            (None, _) => Outcome::Unfinished,
            (Some(_), NEW_TEMPLATE) => Outcome::Completed,
            (Some(_), OLD_TEMPLATE) => Outcome::RolledBack,
            (Some(_), _) => Outcome::Superseded,
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
        self.pending_since.created(pod, if template == OLD_TEMPLATE { SimTime::NEVER } else { at });
    }

    #[inline(always)]
    fn scheduled(&mut self, at: SimTime, pod: PodId) {
        let counts = self.counts_until(at);
        counts.pending -= 1;
        counts.footprint += 1;
        self.no_longer_pending(pod, at);
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
        self.last = at;
        self.progress_at = at;
        self.curve.reset(at);
        if let Some(flow) = &mut self.flow {
            flow.begin(at);
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
            Fact::RolloutOver(_) => {
                self.advance(at);
                self.over = true;
            }
            Fact::Target { target, .. } => self.target_changed(at, target),
            Fact::DeploymentStatus { progress: true, .. } => self.note_progress(at),
            Fact::Stalled { cause, .. } => {
                self.stall.get_or_insert((at.since(self.start), cause));
            }
            Fact::PodCreated { pod, template, .. } => self.created(at, pod, template),
            Fact::PodScheduled { pod, .. } => self.scheduled(at, pod),
            Fact::PodReady(_) => self.counts_until(at).ready += 1,
            Fact::PodNotReady { was_available, .. } => {
                let counts = self.counts_until(at);
                counts.ready -= 1;
                counts.available -= u32::from(was_available);
            }
            Fact::PodAvailable(_) => self.counts_until(at).available += 1,
            Fact::PodUnavailable(_) => self.counts_until(at).available -= 1,
            Fact::PodTerminating { pod, was } => {
                self.counts_until(at).terminating(was);
                if !was.scheduled {
                    self.no_longer_pending(pod, at);
                }
            }
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
            | Fact::Conflict
            | Fact::Outage(..)
            | Fact::PodUnschedulable(_)
            | Fact::Preempted { .. }
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
            | Fact::PodAnswers(_)
            | Fact::PodSilent(_)
            | Fact::Endpoint { .. }
            | Fact::Autoscaled { .. } => {}
        }
    }
}
