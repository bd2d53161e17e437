//! What a run makes of each thing that a snapshot can show, one at a time, against times that are computed by hand.

use rollcast::k8s::fenceposts::max_replicas;
use rollcast::k8s::objects::{ConditionStatus, ProgressReason, Template};
use rollcast::k8s::prober::{Probe, Probes};
use rollcast::metrics::{Outcome, Record};
use rollcast::scenario::{
    DoubtAbout, Found, FoundDeployment, FoundPhase, FoundPlace, FoundPod, FoundProgressing, FoundRefused,
    FoundReplicaSet, FoundWorkload, Scenario, SilentNode, Stamp, Step, StepAction,
};
use rollcast::sim::{Fact, Observer, PodId, Simulator, StallCause};
use rollcast::time::{SimDuration, SimTime};

use super::snapshot::from;
use crate::world::{RETRIES, ROLLING, exponential, replicate, scenario, seconds};

const LONG_AGO: Stamp = Stamp::whole(-86_400);

const READY: FoundPhase = FoundPhase::Ready { started: LONG_AGO, since: LONG_AGO };

fn warming(second: i64) -> FoundPhase {
    FoundPhase::Warming { started: Stamp::exact(second * 1_000_000_000) }
}

/// A Deployment of `world` in progress: its sets by template, each with its pods, oldest first. The size of a set is the number of its
/// pods without a deletion timestamp.
fn found(world: &Scenario, sets: &[(Template, &[FoundPhase])]) -> Found {
    let mut all = Vec::new();
    let mut list = Vec::new();
    for (place, (template, phases)) in (0..).zip(sets) {
        let stays = |phase: &&FoundPhase| !matches!(phase, FoundPhase::Terminating { .. });
        let mut set = FoundReplicaSet::new(*template, phases.iter().filter(stays).count() as i32);
        set.min_ready_seconds = world.deployment.min_ready_seconds;
        set.desired_replicas = Some(world.deployment.replicas);
        set.max_replicas = Some(max_replicas(&world.deployment));
        set.revision = i64::from(place) + 1;
        let available = phases.iter().filter(|phase| **phase == READY).count() as i32;
        (set.status.ready_replicas, set.status.available_replicas) = (available, available);
        list.push(set);
        for (number, phase) in (0..).zip(*phases) {
            let mut pod = FoundPod::new(FoundPlace::ReplicaSet(place), LONG_AGO);
            pod.phase = *phase;
            pod.node = (!matches!(phase, FoundPhase::Unscheduled { .. })).then_some(number % 4);
            all.push(pod);
        }
    }
    let of = |all: bool, count: fn(&FoundReplicaSet) -> i32| {
        list.iter().filter(|set| all || set.template == world.deployment.template).map(count).sum::<i32>()
    };
    let (updated, replicas) = (of(false, |set| set.replicas), of(true, |set| set.replicas));
    let available = of(true, |set| set.status.available_replicas);
    let mut deployment = FoundDeployment::new(world.deployment, list);
    let status = &mut deployment.status;
    (status.replicas, status.updated_replicas) = (replicas, updated);
    (status.ready_replicas, status.available_replicas) = (available, available);
    (status.unavailable_replicas, status.available) = (replicas - available, Some(true));
    status.revision = sets.len() as i64;
    deployment.progressing = Some(FoundProgressing {
        status: ConditionStatus::True,
        reason: ProgressReason::ReplicaSetUpdated,
        last_update: -1,
        last_transition: -100,
    });
    let mut found = Found::of(FoundWorkload::deployment(deployment, all));
    found.within_second = Some(0);
    found
}

fn deployment_of(found: &mut Found) -> &mut FoundDeployment {
    match &mut found.workloads[0].object {
        rollcast::scenario::FoundObject::Deployment(deployment) => deployment,
        _ => unreachable!("a Deployment"),
    }
}

/// Facts with their seconds since the snapshot.
#[derive(Default)]
struct Log {
    start: Option<SimTime>,
    facts: Vec<(f64, Fact)>,
}

impl Observer for Log {
    const DETAIL: bool = false;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        let start = *self.start.get_or_insert(at);
        self.facts.push((at.since(start).as_secs_f64(), fact));
    }
}

fn log(world: &Scenario, replication: u32) -> Vec<(f64, Fact)> {
    let mut log = Log::default();
    Simulator::new(2).run(world, replication, &mut log);
    log.facts
}

fn deleted(facts: &[(f64, Fact)]) -> Vec<PodId> {
    let told = |(_, fact): &(f64, Fact)| match fact {
        Fact::PodTerminating { pod, .. } => Some(*pod),
        _ => None,
    };
    facts.iter().filter_map(told).collect()
}

fn assert_ends(world: &Scenario, expected: f64) {
    for record in replicate(world, 5) {
        let duration = record.duration.as_secs_f64();
        assert_eq!(record.outcome, Outcome::Completed, "{record:?}");
        assert!((expected..expected + RETRIES).contains(&duration), "{duration}, not {expected}");
    }
}

/// A third template comes while the second one is rolled out: its pods that are not Ready go first.
#[test]
fn a_rollover_with_three_sets() {
    let mut world = scenario(4, ROLLING(1, 1));
    world.pods.push(world.pods[1].clone());
    let world = from(&world, found(&world, &[(0, &[READY; 3]), (2, &[warming(-3), warming(-3)]), (1, &[])]));
    let facts = log(&world, 0);
    let mut first = deleted(&facts)[..2].to_vec();
    first.sort_unstable();
    assert_eq!(first, [3, 4], "those of the second template");
    // Two new ones at a time: 10 s, and 10 s more for the last two.
    assert_ends(&world, 20.0);
}

/// After a rollback the set of the template that comes back is old, and has pods of its own.
#[test]
fn a_rollback_uses_the_set_that_is_there() {
    let mut world = scenario(4, ROLLING(1, 1));
    world.pods[0].pull_failure = 0.0;
    let failing = FoundPhase::PullFailing { bound: Stamp::whole(-16) };
    let world = from(&world, found(&world, &[(1, &[READY; 3]), (0, &[failing; 2])]));
    let facts = log(&world, 0);
    assert!(!facts.iter().any(|(_, fact)| matches!(fact, Fact::ReplicaSetCreated { .. })));
    assert_ends(&world, 10.0);
}

#[test]
fn a_paused_rollout_stays_as_it_is() {
    let mut world = scenario(4, ROLLING(1, 1));
    world.deployment.paused = true;
    world.horizon = SimDuration::from_secs(100);
    let world = from(&world, found(&world, &[(0, &[READY; 3]), (1, &[READY; 2])]));
    assert!(world.found_here().expect("a snapshot").is_paused());
    for Record { outcome, stall, pods_created, .. } in replicate(&world, 3) {
        assert_eq!((outcome, stall, pods_created), (Outcome::Unfinished, None, 0));
    }
}

#[test]
fn a_complete_rollout_is_over_at_once() {
    let world = scenario(3, ROLLING(1, 1));
    let mut found = found(&world, &[(0, &[]), (1, &[READY; 3])]);
    let status = &mut deployment_of(&mut found).status;
    (status.replicas, status.updated_replicas, status.available_replicas) = (3, 3, 3);
    let world = from(&world, found);
    for record in replicate(&world, 3) {
        assert_eq!((record.outcome, record.duration), (Outcome::Completed, SimDuration::ZERO));
    }
}

fn slow_to_warm_up() -> Scenario {
    let mut world = scenario(3, ROLLING(1, 0));
    let period = SimDuration::from_secs(1);
    let probe =
        Probe { initial_delay: SimDuration::ZERO, period, success_threshold: 1, failure_threshold: 3, grace: None };
    world.pods[1].probes = Probes { readiness: Some(probe), ..Probes::default() };
    world.pods[1].start = seconds(1.0);
    world.pods[1].warm_up = seconds(5.0);
    world.horizon = SimDuration::from_secs(300);
    world
}

/// A pod that runs for longer than any warm-up takes never becomes Ready. The deadline counts from the last progress.
#[test]
fn the_deadline_goes_on_and_a_pod_beyond_the_reach_never_becomes_ready() {
    let mut world = slow_to_warm_up();
    world.deployment.progress_deadline_seconds = Some(60);
    let mut found = found(&world, &[(0, &[READY; 3]), (1, &[warming(-49)])]);
    deployment_of(&mut found).progressing.as_mut().expect("a condition").last_update = -50;
    let stalls = from(&world, found.clone());
    let doubts = stalls.doubts();
    assert_eq!(doubts.len(), 1);
    assert_eq!((doubts[0].pod, doubts[0].about), (3, DoubtAbout::WarmUp));
    assert_eq!((doubts[0].age, doubts[0].reach), (SimDuration::from_secs(49), Some(SimDuration::from_secs(5))));
    for record in replicate(&stalls, 3) {
        assert_eq!(record.outcome, Outcome::Unfinished);
        let (after, cause) = record.stall.expect("a stall");
        assert_eq!(cause, StallCause::Readiness);
        assert!((10.0..=11.5).contains(&after.as_secs_f64()), "{after:?}");
    }
    let progressing = deployment_of(&mut found).progressing.as_mut().expect("a condition");
    (progressing.reason, progressing.status) = (ProgressReason::ProgressDeadlineExceeded, ConditionStatus::False);
    let stalled = from(&world, found);
    for record in replicate(&stalled, 3) {
        assert_eq!(
            (record.outcome, record.stall),
            (Outcome::Unfinished, Some((SimDuration::ZERO, StallCause::Readiness)))
        );
    }
}

/// A pod that would be Ready since less than a second is about to be so: stamps and reports are late.
#[test]
fn a_pod_that_is_late_by_less_than_a_second_is_ready_at_once() {
    let world = slow_to_warm_up();
    let started = |nanos| FoundPhase::Warming { started: Stamp::exact(nanos) };
    for (nanos, ready) in [(-5_600_000_000, 0.0), (-2_500_000_000, 3.5)] {
        let world = from(&world, found(&world, &[(0, &[READY; 3]), (1, &[started(nanos)])]));
        assert_eq!(world.doubts(), []);
        let facts = log(&world, 0);
        let first = facts.iter().find(|(_, fact)| matches!(fact, Fact::PodReady(_))).expect("it becomes Ready").0;
        assert!((ready - 1.0..=ready).contains(&first), "{first}, not about {ready}");
    }
}

/// Pods that are refused are asked for again when the back-off ends that has grown since the first refusal: the twelfth try came
/// 10.235 s after it, the thirteenth comes 20.475 s after it, and the fourteenth 40.955 s.
#[test]
fn a_back_off_after_refusals_goes_on() {
    let mut world = scenario(3, ROLLING(1, 0));
    world.cluster.pod_quota = Some(3);
    world.timeline = vec![Step { at: SimDuration::from_secs(5), action: StepAction::SetPodQuota(None) }];
    let mut found = found(&world, &[(0, &[READY; 3]), (1, &[])]);
    let set = &mut deployment_of(&mut found).replica_sets[1];
    set.replicas = 1;
    set.refused = Some(FoundRefused { first: Stamp::exact(-20_000_000_000), last: None });
    let world = from(&world, found);
    let facts = log(&world, 0);
    let created = facts.iter().find(|(_, fact)| matches!(fact, Fact::PodCreated { .. })).expect("a pod").0;
    assert!((created - 20.955).abs() < 1e-6, "{created}");
}

/// The restart after the third one waits for 40 s from the exit, or up to half as long again.
#[test]
fn a_crash_loop_goes_on() {
    let world = scenario(3, ROLLING(1, 0));
    let exited = FoundPhase::BackingOff { exited: Stamp::whole(-15), killed_by: None };
    let mut found = found(&world, &[(0, &[READY; 3]), (1, &[exited])]);
    found.workloads[0].pods[3].restarts = 3;
    let world = from(&world, found);
    for replication in 0..50 {
        let facts = log(&world, replication);
        let restart = facts.iter().find(|(_, fact)| matches!(fact, Fact::ContainerRestarted(3))).expect("a restart").0;
        assert!((25.0..=46.0).contains(&restart), "{restart}");
    }
}

/// Where pulls fail by chance the next attempt may succeed; where they do not, the image is not there.
#[test]
fn an_image_that_cannot_be_pulled() {
    let mut world = scenario(2, ROLLING(1, 0));
    world.horizon = SimDuration::from_secs(600);
    let failing = FoundPhase::PullFailing { bound: Stamp::whole(-12) };
    let sets: [(Template, &[FoundPhase]); 2] = [(0, &[READY; 2]), (1, &[failing])];
    let never = from(&world, found(&world, &sets));
    assert_eq!((never.doubts()[0].about, never.doubts()[0].reach), (DoubtAbout::Image, None));
    assert!(replicate(&never, 5).iter().all(|record| record.outcome == Outcome::Unfinished));
    world.pods[1].pull_failure = 0.3;
    let again = from(&world, found(&world, &sets));
    assert_eq!(again.doubts(), []);
    let complete = replicate(&again, 50).iter().filter(|record| record.outcome == Outcome::Completed).count();
    assert!(complete > 45, "{complete} of 50");
}

/// Who is deleted first is known from when each became Ready, and among equals from the UIDs.
#[test]
fn victims_are_those_of_the_snapshot() {
    let mut world = scenario(3, ROLLING(0, 1));
    world.cluster.nodes.truncate(3);
    let ready = |second| FoundPhase::Ready { started: Stamp::whole(second), since: Stamp::whole(second) };
    let young = from(&world, found(&world, &[(0, &[ready(-5000), ready(-40), ready(-5000)])]));
    assert_eq!(deleted(&log(&young, 0))[0], 1, "the one that became Ready last");
    let mut alike = found(&world, &[(0, &[READY; 3])]);
    for (pod, uid) in alike.workloads[0].pods.iter_mut().zip([7, 9, 3]) {
        pod.uid = Some(uid);
    }
    let alike = from(&world, alike);
    let first: Vec<PodId> = (0..5).map(|replication| deleted(&log(&alike, replication))[0]).collect();
    assert_eq!(first, [first[0]; 5], "no number is drawn for it");
    assert!([1, 2].contains(&first[0]), "the greatest or the least");
}

/// What is on a node that does not report is lost until its toleration is over; then it is replaced.
#[test]
fn a_silent_node_gives_up_its_pods() {
    let mut world = scenario(4, ROLLING(1, 1));
    world.event = rollcast::scenario::MeasuredEvent::Nothing;
    world.until = rollcast::scenario::Until::Horizon;
    world.deployment.template = 0;
    world.horizon = SimDuration::from_secs(200);
    let lost = FoundPhase::NotReady { started: LONG_AGO, since: Stamp::whole(-100) };
    let mut found = found(&world, &[(0, &[lost, READY, READY, READY])]);
    let toleration = SimDuration::from_secs(300);
    found.silent_nodes = vec![SilentNode { node: 0, tainted: Some(Stamp::whole(-250)), toleration }];
    let world = from(&world, found);
    let facts = log(&world, 0);
    assert_eq!(deleted(&facts), [0]);
    let created = facts.iter().find(|(_, fact)| matches!(fact, Fact::PodCreated { .. })).expect("a pod").0;
    assert!((created - 50.0).abs() < 0.1, "{created}");
}

fn share_unfinished(world: &Scenario, count: u32) -> f64 {
    let unfinished = replicate(world, count).iter().filter(|record| record.outcome == Outcome::Unfinished).count();
    unfinished as f64 / f64::from(count)
}

/// How often a pod, a version or a node turns out to be one that never becomes Ready, against Bayes' rule.
#[test]
fn what_was_seen_speaks_for_and_against() {
    let mut world = slow_to_warm_up();
    world.horizon = SimDuration::from_secs(2000);
    world.pods[1].warm_up = exponential(10.0);
    world.deployment.replicas = 1;
    // A pod is Ready at the first check after its warm-up: at 10 s those with a warm-up of more than 10 s are not.
    let left = f64::exp(-1.0);
    let old: (Template, &[FoundPhase]) = (0, &[READY]);
    let one = from(
        &{
            let mut w = world.clone();
            w.pods[1].never_ready = 0.2;
            w
        },
        found(&world, &[old, (1, &[warming(-10)])]),
    );
    let expected = 0.2 / (0.2 + 0.8 * left);
    let share = share_unfinished(&one, 3000);
    assert!((share - expected).abs() < 0.035, "{share}, not {expected}");

    let mut versions = world.clone();
    versions.pods[1].bad_version = 0.1;
    versions.deployment.replicas = 3;
    versions.deployment.strategy = ROLLING(2, 0);
    let both = from(&versions, found(&versions, &[(0, &[READY; 3]), (1, &[warming(-10), warming(-10)])]));
    let expected = 0.1 / (0.1 + 0.9 * left * left);
    let share = share_unfinished(&both, 3000);
    assert!((share - expected).abs() < 0.035, "{share}, not {expected}");
    let good = from(&versions, found(&versions, &[(0, &[READY; 2]), (1, &[READY, warming(-10)])]));
    assert_eq!(share_unfinished(&good, 500), 0.0, "a version of which a pod has been Ready is not bad");

    let mut nodes = world.clone();
    nodes.cluster.bad_nodes = 0.3;
    let node = from(&nodes, found(&nodes, &[old, (1, &[warming(-10)])]));
    let expected = 0.3 / (0.3 + 0.7 * left);
    let share = share_unfinished(&node, 3000);
    assert!((share - expected).abs() < 0.035, "{share}, not {expected}");
}
