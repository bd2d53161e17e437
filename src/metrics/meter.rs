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
    const COMPILED_IN: bool = true;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::int_or_percent::IntOrPercent;
    use crate::k8s::objects::{DeploymentStatus, Strategy};
    use crate::scenario::{NEW_TEMPLATE, SUBJECT};
    use crate::sim::FailureReason;

    /// A pod that was available on its node, one that was there but not Ready, and one that waited for a node.
    const SERVED: Was = Was { scheduled: true, ready: true, available: true };
    const BROKEN: Was = Was { scheduled: true, ready: false, available: false };
    const WAITING: Was = Was { scheduled: false, ready: false, available: false };

    /// Four replicas, of which one may be missing, and one more may be there.
    fn scenario(objective: f64) -> Scenario {
        let strategy =
            Strategy::RollingUpdate { max_surge: IntOrPercent::Int(1), max_unavailable: IntOrPercent::Int(1) };
        let builder = Scenario::builder(4).unwrap().strategy(strategy).horizon(SimDuration::from_secs(600));
        builder.availability_objective(objective).build()
    }

    fn created(pod: PodId, template: Template) -> Fact {
        Fact::PodCreated { pod, workload: SUBJECT, owner: 1, template, ordinal: None }
    }

    fn target(scenario: &Scenario, change: impl Fn(&mut Target)) -> Fact {
        let mut target = scenario.target();
        change(&mut target);
        Fact::Target { workload: SUBJECT, target }
    }

    fn progress() -> Fact {
        Fact::DeploymentStatus { workload: SUBJECT, status: DeploymentStatus::default(), progress: true }
    }

    /// The record of a rollout that starts at second 10, by facts in seconds, and ends then, if it ends.
    fn record(scenario: &Scenario, facts: &[(u64, Fact)], end: Option<u64>) -> Record {
        let mut meter = Meter::default();
        meter.begin(scenario);
        meter.fact(SimTime::from_secs(10), target(scenario, |_| {}));
        facts.iter().for_each(|(at, fact)| meter.fact(SimTime::from_secs(*at), *fact));
        let (start, end) = (SimTime::from_secs(10), end.map(SimTime::from_secs));
        let followed_until = end.unwrap_or(start + scenario.horizon);
        meter.finish(scenario, Span { start, end, followed_until, events: 1 })
    }

    fn pod_seconds(seconds: u64) -> u128 {
        u128::from(seconds) * 1_000_000_000
    }

    #[test]
    fn what_held_for_a_time_is_added_up() {
        let scenario = scenario(0.9);
        let seconds = SimDuration::from_secs;
        let stalled = |cause| Fact::Stalled { workload: SUBJECT, cause, held: 1, of: 1, refusals: Refusals::default() };
        let exit = |first| Fact::ContainerExited { pod: 1, first, killed_by: None };
        let not_ready = |pod| Fact::PodNotReady { pod, was_available: true };
        let facts = [
            (12, created(4, NEW_TEMPLATE)),
            (12, Fact::PodTerminating { pod: 0, was: SERVED }),
            (15, Fact::PodScheduled { pod: 4, node: 0 }),
            (20, progress()),
            (22, Fact::PodGone(0)),
            (25, Fact::PodReady(4)),
            (30, Fact::PodAvailable(4)),
            (31, not_ready(1)),
            (31, not_ready(2)),
            (31, not_ready(4)),
            (33, stalled(StallCause::Readiness)),
            (34, stalled(StallCause::Capacity)),
            (34, exit(true)),
            (34, Fact::ContainerRestarted(1)),
            (34, exit(false)),
            (35, Fact::PodReady(1)),
            (35, Fact::PodReady(2)),
            (35, Fact::PodAvailable(1)),
            (35, Fact::PodAvailable(2)),
            (36, Fact::PodFailed { pod: 4, was: BROKEN, first: true, reason: FailureReason::Evicted }),
            (36, Fact::NodeLost(0)),
            (38, Fact::NodeAdded(1)),
            (40, created(5, NEW_TEMPLATE)),
            (41, Fact::PodScheduled { pod: 5, node: 1 }),
            (44, Fact::PodReady(5)),
            (44, Fact::PodAvailable(5)),
        ];
        let expected = Record {
            outcome: Outcome::Completed,
            stall: Some((seconds(23), StallCause::Readiness)),
            duration: seconds(40),
            longest_progress_gap: seconds(30),
            desired: 4,
            min_available: 1,
            min_ready: 1,
            // Three of four pods were missing from 31 to 35.
            dip_depth_ppb: 750_000_000,
            // From 12 to 30 and from 31 to 44.
            dip_count: 2,
            dip: seconds(31),
            dip_pod_nanos: pod_seconds(18 + 3 * 4 + 9),
            below_floor: seconds(4),
            below_objective: seconds(31),
            peak_pods: 4,
            // The first new pod and the old one that terminated, from 15 to 22.
            peak_footprint: 5,
            surge_pod_nanos: pod_seconds(7),
            pending_pod_nanos: pod_seconds(3 + 1),
            longest_pending: seconds(3),
            pods_created: 2,
            pods_failed: 2,
            restarts: 1,
            nodes_lost: 1,
            nodes_added: 1,
            ..Record::default()
        };
        assert_eq!(record(&scenario, &facts, Some(50)), expected);
        // Three of four are just what an objective of 75 % asks for.
        let lower = self::scenario(0.75);
        assert_eq!(record(&lower, &facts, Some(50)), Record { below_objective: seconds(4), ..expected });
    }

    #[test]
    fn a_state_without_length_is_in_no_sum() {
        let facts = [Fact::PodNotReady { pod: 1, was_available: true }, Fact::PodReady(1), Fact::PodAvailable(1)];
        let found = record(&scenario(0.9), &facts.map(|fact| (12, fact)), Some(20));
        assert_eq!((found.min_available, found.min_ready, found.dip_count), (4, 4, 0));
        assert_eq!(found.dip, SimDuration::ZERO);
    }

    /// Old pods that wait for a node are none that the rollout is about, and one that is deleted before it has a node waits no longer.
    #[test]
    fn the_longest_wait_for_a_node_is_that_of_a_new_pod() {
        let scenario = scenario(0.9);
        let facts = [
            (20, created(4, OLD_TEMPLATE)),
            (30, created(5, NEW_TEMPLATE)),
            (37, Fact::PodTerminating { pod: 5, was: WAITING }),
            (37, Fact::PodGone(5)),
        ];
        let found = record(&scenario, &facts, Some(60));
        assert_eq!(found.longest_pending, SimDuration::from_secs(7));
        assert_eq!(found.pending_pod_nanos, pod_seconds(40 + 7));
        assert_eq!((found.peak_pods, found.peak_footprint), (6, 4));
        // One that still waits counts up to the end.
        assert_eq!(record(&scenario, &facts[..2], Some(60)).longest_pending, SimDuration::from_secs(30));
    }

    #[test]
    fn time_without_progress_does_not_count_while_the_rollout_is_paused() {
        let scenario = scenario(0.9);
        let (paused, resumed) = (target(&scenario, |target| target.paused = true), target(&scenario, |_| {}));
        let gap = |facts: &[(u64, Fact)]| record(&scenario, facts, Some(70)).longest_progress_gap.as_secs_f64();
        assert_eq!(gap(&[]), 60.0);
        assert_eq!(gap(&[(25, progress())]), 45.0);
        assert_eq!(gap(&[(20, paused), (58, resumed)]), 12.0, "from 58 to 70");
        assert_eq!(gap(&[(40, paused), (65, resumed)]), 30.0, "from 10 to 40");
    }

    #[test]
    fn the_last_target_says_how_a_rollout_ended() {
        let scenario = scenario(0.9);
        let outcome = |version, end| {
            let found = record(&scenario, &[(20, target(&scenario, |target| target.version = version))], end);
            (found.outcome, found.duration)
        };
        let seconds = SimDuration::from_secs;
        assert_eq!(outcome(NEW_TEMPLATE, Some(70)), (Outcome::Completed, seconds(60)));
        assert_eq!(outcome(OLD_TEMPLATE, Some(70)), (Outcome::RolledBack, seconds(60)));
        assert_eq!(outcome(NEW_TEMPLATE + 1, Some(70)), (Outcome::Superseded, seconds(60)));
        assert_eq!(outcome(NEW_TEMPLATE, None), (Outcome::Unfinished, seconds(600)));
    }

    /// Where fewer pods are wanted, the share that is missing is one of these.
    #[test]
    fn what_is_missing_is_a_share_of_what_is_wanted_then() {
        let scenario = scenario(0.5);
        let fewer = target(&scenario, |target| (target.desired, target.floor) = (2, 1));
        let gone = |pod| Fact::PodTerminating { pod, was: SERVED };
        let facts = [(20, gone(0)), (30, fewer), (30, gone(1)), (30, gone(2))];
        let found = record(&scenario, &facts, Some(50));
        // A quarter is missing until 30, and a half of two from then on.
        assert_eq!(found.dip_depth_ppb, 500_000_000);
        assert_eq!((found.dip_pod_nanos, found.dip_count), (pod_seconds(10 + 20), 1));
        assert_eq!((found.below_floor, found.below_objective), (SimDuration::ZERO, SimDuration::ZERO));
    }
}
