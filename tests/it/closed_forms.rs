//! Where the answer can be computed by hand, the simulator must give it.

use rollcast::k8s::fenceposts::IntOrPercent;
use rollcast::k8s::objects::{PodReplacementPolicy, Strategy};
use rollcast::metrics::Outcome;
use rollcast::scenario::{Autoscaler, Budget, Node, NodeLoss, Probe, Probes, Rollback, Upgrade};
use rollcast::sim::StallCause;
use rollcast::time::SimDuration;
use rollcast::traffic::{OnSigterm, Rate, Traffic};

use crate::world::{RETRIES, ROLLING, exponential, mean_duration, pods, replicate, scenario, seconds};

fn assert_duration(replicas: i32, strategy: Strategy, expected: f64) {
    let record = replicate(&scenario(replicas, strategy), 1)[0];
    let duration = record.duration.as_secs_f64();
    assert_eq!(record.outcome, Outcome::Completed);
    assert!((expected..expected + RETRIES).contains(&duration), "{replicas} {strategy:?}: {duration}, not {expected}");
}

/// Equal start times: waves of surge + unavailable pods.
#[test]
fn fixed_start_times_give_waves() {
    for replicas in [1, 2, 5, 10, 31] {
        for surge in 0..4 {
            for unavailable in 0..4 {
                if surge + unavailable > 0 {
                    let slots = (surge + unavailable.min(replicas)).min(replicas);
                    let waves = (replicas as u32).div_ceil(slots as u32);
                    assert_duration(replicas, ROLLING(surge, unavailable), f64::from(waves) * 10.0);
                }
            }
        }
    }
}

/// A pod that becomes Ready within a second counts its `minReadySeconds` from the start of that second.
#[test]
fn min_ready_seconds_are_counted_from_the_whole_second() {
    let mut world = scenario(3, ROLLING(1, 0));
    world.deployment.min_ready_seconds = 20;
    for record in replicate(&world, 50) {
        let duration = record.duration.as_secs_f64();
        // Each of three waves takes 10 s, then 20 s less the part of a second that the API cuts off.
        assert!(duration > 3.0 * 29.0 && duration <= 90.0 + RETRIES, "{duration}");
    }
}

/// With exponential starts and as many slots as pods, the rollout takes the longest of n: mean * H(n).
#[test]
fn a_full_surge_takes_the_longest_start() {
    let mut world = scenario(10, ROLLING(10, 0));
    world.pods[1] = pods(exponential(8.0), seconds(2.0));
    let (mean, error) = mean_duration(&replicate(&world, 4000));
    let expected = 8.0 * (1..=10).map(|k| 1.0 / f64::from(k)).sum::<f64>();
    assert!((mean - expected - 0.01).abs() < 4.0 * error + 0.02, "{mean} +- {error}, not {expected}");
}

/// With exponential starts and c slots, n pods are n jobs on c machines: until n - c are left to finish all machines
/// are busy, so the mean is (mean / c) * (n - c) + mean * H(c).
#[test]
fn exponential_starts_are_list_scheduling() {
    for (surge, unavailable) in [(1, 0), (0, 1), (2, 0), (3, 2), (0, 4)] {
        let mut world = scenario(12, ROLLING(surge, unavailable));
        world.pods[1] = pods(exponential(8.0), seconds(2.0));
        let (mean, error) = mean_duration(&replicate(&world, 4000));
        let slots = surge + unavailable;
        let harmonic: f64 = (1..=slots).map(|k| 1.0 / f64::from(k)).sum();
        let expected = 8.0 / f64::from(slots) * f64::from(12 - slots) + 8.0 * harmonic;
        assert!(
            (mean - expected - 0.05).abs() < 4.0 * error + 0.06,
            "{slots} slots: {mean} +- {error}, not {expected}"
        );
    }
}

/// Under Recreate no pod is available from the change to the first new pod: termination, then start.
#[test]
fn recreate_is_down_for_termination_and_start() {
    let record = replicate(&scenario(5, Strategy::Recreate), 1)[0];
    assert_eq!(record.min_available, 0);
    assert_eq!(record.dip_count, 1);
    assert!((12.0..12.0 + RETRIES).contains(&record.dip.as_secs_f64()), "{}", record.dip);
    assert!((12.0..12.0 + RETRIES).contains(&record.duration.as_secs_f64()), "{}", record.duration);
    let down = record.dip_pod_nanos as f64 / 1e9;
    assert!((60.0..60.0 + 5.0 * RETRIES).contains(&down), "{down}");
}

/// A version that never becomes Ready freezes the rollout at desired - maxUnavailable old pods and stalls it
/// one second after the deadline.
#[test]
fn a_bad_version_freezes_and_stalls() {
    let mut world = scenario(10, ROLLING(3, 2));
    world.pods[1].bad_version = 1.0;
    world.horizon = SimDuration::from_secs(3600);
    let record = replicate(&world, 1)[0];
    assert_eq!(record.outcome, Outcome::Unfinished);
    assert_eq!((record.min_available, record.peak_pods), (8, 13));
    let (at, _) = record.stall.expect("the deadline passes");
    assert!((600.0..602.5).contains(&at.as_secs_f64()), "{at}");
}

/// The throttle of the ReplicaSet controller admits 30 requests at once and 20 a second after that.
#[test]
fn a_throttled_controller_creates_pods_at_its_rate() {
    let mut world = scenario(200, ROLLING(200, 0));
    world.control_plane.controller_qps = rollcast::scenario::Throttle { qps: 20.0, burst: 30 };
    let duration = replicate(&world, 1)[0].duration.as_secs_f64();
    // 170 pods wait for a token; then the last one starts for 10 s; deletions and status writes queue behind them.
    assert!((18.5..30.0).contains(&duration), "{duration}");
}

/// Pods start in 10 s and end in 30 s: the policy alone decides whether a wave waits until the one before is gone. With
/// a surge of s, waves of s pods take one start each, and one termination between each two; with u unavailable each
/// wave takes both.
#[test]
fn termination_complete_adds_the_terminations_to_the_waves() {
    let (start, end) = (10.0, 30.0);
    for replicas in [1, 4, 10] {
        for (surge, unavailable) in [(1, 0), (3, 0), (10, 0), (0, 1), (0, 2), (0, 5)] {
            let slots = replicas.min(surge + unavailable);
            let waves = f64::from((replicas as u32).div_ceil(slots as u32));
            let waiting = if surge > 0 { waves - 1.0 } else { waves };
            let footprint = (replicas + surge.min(replicas)) as u32;
            for (policy, expected) in [
                (None, waves * start),
                (Some(PodReplacementPolicy::TerminationStarted), waves * start),
                (Some(PodReplacementPolicy::TerminationComplete), waves * start + waiting * end),
            ] {
                let mut world = scenario(replicas, ROLLING(surge, unavailable));
                world.pods[0] = pods(seconds(start), seconds(end));
                world.deployment.pod_replacement_policy = policy;
                let record = replicate(&world, 1)[0];
                let duration = record.duration.as_secs_f64();
                let case = format!("{replicas}, {surge}/{unavailable}, {policy:?}: {duration}, not {expected}");
                assert!((expected..expected + 2.0 * RETRIES).contains(&duration), "{case}");
                assert_eq!(record.min_available as i32, replicas - unavailable.min(replicas), "{case}");
                if policy == Some(PodReplacementPolicy::TerminationComplete) {
                    assert_eq!(record.peak_footprint, footprint, "{case}");
                }
            }
        }
    }
    // Ten replicas, surge 3, 2 unavailable, by hand: 3 new pods start at once and 2 old ones go. At 10 s 3 more go; at
    // 30 s there is room for 2 pods, at 40 s for 3 more, and those 2 are available, so 2 old ones go; the last 3 old
    // ones go at 50 s. The last 2 new ones start at 70 s and are available at 80 s.
    let mut world = scenario(10, ROLLING(3, 2));
    world.pods[0] = pods(seconds(start), seconds(end));
    world.deployment.pod_replacement_policy = Some(PodReplacementPolicy::TerminationComplete);
    let record = replicate(&world, 1)[0];
    assert_eq!((record.peak_footprint, record.min_available), (13, 8));
    assert!((80.0..80.0 + 2.0 * RETRIES).contains(&record.duration.as_secs_f64()), "{}", record.duration);
}

/// Recreate waits until the old pods are gone as in Kubernetes 1.36, or under `TerminationStarted` does not wait.
#[test]
fn recreate_under_each_policy() {
    for (policy, expected, footprint) in [
        (None, 40.0, 5),
        (Some(PodReplacementPolicy::TerminationStarted), 10.0, 10),
        (Some(PodReplacementPolicy::TerminationComplete), 40.0, 5),
    ] {
        let mut world = scenario(5, Strategy::Recreate);
        world.pods[0] = pods(seconds(10.0), seconds(30.0));
        world.deployment.pod_replacement_policy = policy;
        let record = replicate(&world, 1)[0];
        let duration = record.duration.as_secs_f64();
        assert!((expected..expected + RETRIES).contains(&duration), "{policy:?}: {duration}");
        assert_eq!((record.peak_footprint, record.min_available), (footprint, 0), "{policy:?}");
    }
}

fn probe(period: u64, failure_threshold: u32) -> Option<Probe> {
    Some(Probe {
        initial_delay: SimDuration::ZERO,
        period: SimDuration::from_secs(period),
        success_threshold: 1,
        failure_threshold,
        grace: None,
    })
}

/// Containers run 10 s after their kubelet saw the pod and need 24 s more: a liveness probe with a period of 10 s fails
/// after two failures, at the latest 20 s into each attempt; the fourth failure would come too late.
#[test]
fn a_liveness_probe_decides_whether_a_slow_start_succeeds() {
    for (failures, killed) in [(2, true), (4, false)] {
        let mut world = scenario(1, ROLLING(1, 0));
        world.pods[1].warm_up = seconds(24.0);
        world.pods[1].probes = Probes { startup: None, readiness: probe(1, 3), liveness: probe(10, failures) };
        world.horizon = SimDuration::from_secs(300);
        let record = replicate(&world, 1)[0];
        assert_eq!(record.outcome, if killed { Outcome::Unfinished } else { Outcome::Completed });
        // Each attempt takes 10 s, up to 20 s of probes and 2 s of termination; the back-off is 0, 10, 20, 40, 80 s,
        // with jitter.
        assert!(if killed { (4..=6).contains(&record.restarts) } else { record.restarts == 0 }, "{}", record.restarts);
    }
}

/// Containers run at 10 s and would answer at 45 s. A liveness probe with a period of 10 s fails at 30 s, so the
/// kubelet sends SIGTERM; they take 25 s to stop, so they would answer before they are gone. Later attempts meet the
/// probe at other points of its period, at least 5 s apart. Only an application that ignores SIGTERM becomes Ready in
/// that time, or one whose preStop hook is still running. Where it does, the rollout of one pod is complete.
#[test]
fn a_container_after_sigterm_does_not_become_ready() {
    for (on_sigterm, pre_stop, expected) in [
        (None, 0.0, Outcome::Unfinished),
        (Some(OnSigterm::Stop), 0.0, Outcome::Unfinished),
        (Some(OnSigterm::Serve), 0.0, Outcome::Completed),
        (None, 20.0, Outcome::Completed),
        (None, 4.0, Outcome::Unfinished),
    ] {
        let mut world = scenario(1, ROLLING(1, 0));
        world.pods[1] = pods(seconds(10.0), seconds(25.0));
        world.pods[1].warm_up = seconds(35.0);
        world.pods[1].grace = SimDuration::from_secs(60);
        world.pods[1].pre_stop = SimDuration::from_secs_f64(pre_stop);
        world.pods[1].probes = Probes { startup: None, readiness: probe(1, 3), liveness: probe(10, 3) };
        world.traffic = on_sigterm.map(|on_sigterm| Traffic {
            rate: Rate::constant(1.0),
            capacity: 10.0,
            warm_up: None,
            on_sigterm,
            load_balancer: None,
            cpu_at_capacity: 1.0,
        });
        world.horizon = SimDuration::from_secs(1200);
        let record = replicate(&world, 1)[0];
        assert_eq!(record.outcome, expected, "{on_sigterm:?}, preStop {pre_stop} s: {record:?}");
    }
}

/// A stall names the probe that failed, and not a crash.
#[test]
fn a_stall_names_the_probe_that_gave_up() {
    for (probes, expected) in [
        (Probes { startup: probe(5, 2), readiness: probe(1, 3), liveness: None }, StallCause::StartupProbe),
        (Probes { startup: probe(5, 2), readiness: None, liveness: probe(5, 1) }, StallCause::StartupProbe),
        (Probes { startup: None, readiness: probe(1, 3), liveness: probe(5, 2) }, StallCause::LivenessProbe),
    ] {
        let mut world = scenario(1, ROLLING(1, 0));
        world.pods[1].warm_up = seconds(300.0);
        world.pods[1].probes = probes;
        let record = replicate(&world, 1)[0];
        assert_eq!(record.stall.expect("it is never Ready").1, expected, "{probes:?}");
    }
}

/// Two nodes are full, so a surge pod is Pending until the end: it takes no room, but counts as a requested pod.
#[test]
fn pending_pods_take_no_room() {
    let mut world = scenario(4, ROLLING(2, 0));
    world.cluster.nodes = vec![Node { slots: 2, ..world.cluster.nodes[0] }; 2].into();
    world.horizon = SimDuration::from_secs(1000);
    let record = replicate(&world, 1)[0];
    assert_eq!((record.outcome, record.peak_footprint, record.peak_pods), (Outcome::Unfinished, 4, 6));
    assert_eq!(record.surge_pod_nanos, 0);
    assert!(record.pending_pod_nanos > 2 * 990_000_000_000, "{record:?}");
    // The surge pod waits from its creation to the end, which is the horizon.
    let waited = record.longest_pending.as_secs_f64();
    assert!((999.0..=1000.0).contains(&waited), "{waited}");
}

/// The startup probe runs at multiples of its period since the kubelet saw the pod, 10 s before containers run: an
/// application that answers 3 s after that passes it at 15 s where the period is 5 s, and at 20 s where it is 10 s.
#[test]
fn a_startup_probe_finds_a_container_on_its_own_grid() {
    for (period, expected) in [(5, 15.0), (10, 20.0)] {
        let mut world = scenario(1, ROLLING(1, 0));
        world.pods[1].warm_up = seconds(3.0);
        world.pods[1].probes = Probes { startup: probe(period, 30), readiness: probe(10, 3), liveness: None };
        let duration = replicate(&world, 1)[0].duration.as_secs_f64();
        assert!((expected..expected + RETRIES).contains(&duration), "{period}: {duration}");
    }
}

/// A pull of 4 s fails with probability 1/2, and a wait of 10, 20, 40 ... s, up to half as long again, follows each
/// failure.
#[test]
fn failing_pulls_back_off() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.pods[1].cached = 0.0;
    world.pods[1].pull = seconds(4.0);
    world.pods[1].start = seconds(0.0);
    world.pods[1].pull_failure = 0.5;
    world.deployment.progress_deadline_seconds = Some(60);
    let mut failed = [0; 3];
    for record in replicate(&world, 2000) {
        match record.duration.as_secs_f64() {
            first if (4.0..4.0 + RETRIES).contains(&first) => failed[0] += 1,
            second if (18.0..23.0 + RETRIES).contains(&second) => failed[1] += 1,
            _ => failed[2] += 1,
        }
        if let Some((_, cause)) = record.stall {
            assert_eq!(cause, StallCause::ImagePull);
        }
    }
    for (count, expected) in failed.into_iter().zip([1000.0, 500.0, 500.0]) {
        assert!((f64::from(count) - expected).abs() < 4.0 * 22.0, "{failed:?}");
    }
    world.pods[1].pull_failure = 1.0;
    assert_eq!(replicate(&world, 1)[0].outcome, Outcome::Unfinished, "a tag that does not exist");
}

/// With a quota of as many pods as there are replicas, the API server refuses a surge pod: no old pod may go first, so
/// the rollout stalls. Terminating pods count: with room for one more pod and a termination of 30 s each of the three
/// later waves waits for it.
#[test]
fn a_quota_without_headroom_stalls_or_slows() {
    let mut world = scenario(4, ROLLING(1, 0));
    world.cluster.pod_quota = Some(4);
    world.horizon = SimDuration::from_secs(1200);
    let record = replicate(&world, 1)[0];
    assert_eq!(record.stall.expect("it cannot roll").1, StallCause::Quota);
    assert_eq!((record.outcome, record.peak_footprint, record.min_available), (Outcome::Unfinished, 4, 4));
    world.cluster.pod_quota = Some(5);
    world.pods[0] = pods(seconds(10.0), seconds(30.0));
    let record = replicate(&world, 1)[0];
    let duration = record.duration.as_secs_f64();
    // The ReplicaSet controller tries again after 5 ms, doubled each time: its retry may come late by as much as it had
    // waited before.
    assert!((4.0 * 10.0 + 3.0 * 30.0..4.0 * 10.0 + 3.0 * 62.0).contains(&duration), "{duration}");
    assert_eq!((record.outcome, record.peak_footprint), (Outcome::Completed, 5));
    // An old pod gets its deletion timestamp at 10 s and makes room at 40 s; the controller's next retry is at 51 s.
    world.deployment.progress_deadline_seconds = Some(35);
    let (at, cause) = replicate(&world, 1)[0].stall.expect("longer than the deadline");
    assert!((44.0..47.0).contains(&at.as_secs_f64()), "{at}");
    assert_eq!(cause, StallCause::Quota);
}

/// Pipelines undo a version that never becomes Ready: after a fixed time, or when availability has been low for a given
/// time.
#[test]
fn a_pipeline_rolls_back_after_a_time_or_a_breach() {
    let mut world = scenario(10, ROLLING(0, 5));
    world.pods[1].bad_version = 1.0;
    world.availability_objective = 0.8;
    for (rollback, at) in [
        (Rollback { after: Some(SimDuration::from_secs(45)), ..Rollback::default() }, 45.0),
        (Rollback { after_breach: Some(SimDuration::from_secs(20)), ..Rollback::default() }, 20.0),
    ] {
        world.rollback = rollback;
        let record = replicate(&world, 1)[0];
        assert_eq!(record.outcome, Outcome::RolledBack);
        // Five old pods are created again, which takes 10 s.
        let duration = record.duration.as_secs_f64();
        assert!((at + 10.0..at + 10.0 + RETRIES).contains(&duration), "{duration}");
    }
    world.availability_objective = 0.5;
    assert_eq!(replicate(&world, 1)[0].outcome, Outcome::Unfinished, "half of the pods are enough");
}

/// Two full nodes, and a surge pod that fits on neither: it waits for a scan (every 10 s), then 60 s for the node that
/// the scan requests, and starts for 10 s. The second new pod takes the first old one's room after its termination of 2
/// s.
#[test]
fn an_autoscaler_brings_the_node_that_a_surge_needs() {
    let mut world = scenario(2, ROLLING(1, 0));
    world.cluster.nodes.truncate(3);
    world.cluster.nodes.iter_mut().for_each(|node| node.slots = 1);
    world.cluster.autoscaler = Some(Autoscaler {
        nodes: 1,
        scan_interval: SimDuration::from_secs(10),
        provisioning: seconds(60.0),
        scale_down: None,
    });
    for record in replicate(&world, 20) {
        let duration = record.duration.as_secs_f64();
        assert!((70.0 + 12.0..80.0 + 12.0 + RETRIES).contains(&duration), "{duration}");
        assert_eq!((record.nodes_added, record.min_available), (1, 2));
        // The first surge pod waits for the scan and the node, the second for the termination of an old pod.
        let waited = record.longest_pending.as_secs_f64();
        assert!((60.0..70.0 + RETRIES).contains(&waited), "{waited}");
    }
    world.cluster.nodes.truncate(2);
    world.cluster.autoscaler = None;
    let stuck = replicate(&world, 1)[0];
    assert_eq!(stuck.stall.expect("no room").1, StallCause::Capacity);
}

/// All nodes are drained at once, each with one pod. Without a budget all pods go; with one that allows a single
/// unavailable pod, an eviction and the rollout, which does not consult it, may take one each.
#[test]
fn a_disruption_budget_holds_a_drain_but_not_the_rollout() {
    let mut world = scenario(4, ROLLING(0, 1));
    world.cluster.upgrade = Some(Upgrade { start: SimDuration::ZERO, at_once: 4, takes: seconds(1.0) });
    assert_eq!(replicate(&world, 1)[0].min_available, 0);
    world.cluster.disruption_budget = Some(Budget::max_unavailable(IntOrPercent::Int(1)));
    let least = replicate(&world, 1)[0].min_available;
    assert!((2..=3).contains(&least), "{least}");
    world.cluster.disruption_budget = Some(Budget::min_available(IntOrPercent::Int(4)));
    assert_eq!(replicate(&world, 1)[0].min_available, 3, "no eviction is allowed, the rollout takes its one");
}

/// Machines that announce their end two minutes before are empty by then: their pods were replaced, in 2 s and 10 s.
#[test]
fn a_notice_moves_pods_before_their_machine_goes() {
    let mut world = scenario(8, ROLLING(1, 0));
    world.pods[1].start = exponential(60.0);
    let mut below = [0.0; 2];
    for (notice, below) in [None, Some(SimDuration::from_secs(120))].into_iter().zip(&mut below) {
        world.cluster.loss = Some(NodeLoss {
            time_to_loss: exponential(2400.0),
            time_to_zone_loss: None,
            notice,
            detection: seconds(50.0),
            toleration: SimDuration::from_secs(300),
            recovery: Some(seconds(60.0)),
        });
        *below = replicate(&world, 400).iter().map(|record| record.below_floor.as_secs_f64()).sum();
    }
    assert!(below[0] > 2000.0 && below[1] > 0.0 && below[1] < 0.75 * below[0], "{below:?}");
}
