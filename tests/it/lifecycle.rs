//! A pod between its binding and its end, one mechanism at a time, with answers that were computed by hand.

use rollcast::metrics::{Outcome, Record};
use rollcast::plan::{Overrides, Plan};
use rollcast::scenario::{InitContainer, Lease, Probe, Probes, Scenario, Sidecar, Step, StepAction, Throttle};
use rollcast::sim::{Fact, FailureReason, Observer, Simulator, StallCause};
use rollcast::time::{SimDuration, SimTime};

use crate::world::{RETRIES, ROLLING, assert_takes, assert_takes_between, replicate, scenario, seconds};

fn secs(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

fn plain(length: f64) -> InitContainer {
    InitContainer::Plain { run: seconds(length) }
}

fn sidecar(start: f64, warm_up: f64, probes: Probes) -> Sidecar {
    let (start, warm_up) = (seconds(start), seconds(warm_up));
    Sidecar { start, warm_up, probes, pre_stop: SimDuration::ZERO, termination: seconds(0.0) }
}

fn with_sidecar(world: &mut Scenario, sidecar: Sidecar) {
    world.pods[1].init_containers.push(InitContainer::Sidecar(Box::new(sidecar)));
}

fn probe(period: u64, failure_threshold: u32) -> Probe {
    Probe {
        initial_delay: SimDuration::ZERO,
        period: secs(period),
        success_threshold: 1,
        failure_threshold,
        grace: None,
    }
}

/// Pods in the first replication: seconds from the start of the run, each with what happened.
#[derive(Default)]
struct Log {
    start: Option<SimTime>,
    entries: Vec<(f64, &'static str)>,
}

impl Log {
    fn of(world: &Scenario) -> Self {
        let mut log = Self::default();
        Simulator::new(1).run_until_drained(world, 0, &mut log);
        log
    }

    fn times(&self, what: &str) -> Vec<f64> {
        self.entries.iter().filter(|entry| entry.1 == what).map(|entry| entry.0).collect()
    }

    fn assert(&self, what: &str, expected: &[f64]) {
        let times = self.times(what);
        let near = times.iter().zip(expected).all(|(at, expected)| (at - expected).abs() < RETRIES);
        assert!(times.len() == expected.len() && near, "{what} at {times:?}, not {expected:?}");
    }
}

impl Observer for Log {
    const DETAIL: bool = false;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        let start = *self.start.get_or_insert(at);
        let what = match fact {
            Fact::PodCreated { .. } => "created",
            Fact::PodReady(_) => "ready",
            Fact::PodGone(_) => "gone",
            Fact::ContainerExited { .. } => "exited",
            Fact::PodFailed { reason: FailureReason::Refused, .. } => "refused",
            Fact::PodFailed { reason: FailureReason::Evicted, .. } => "evicted",
            _ => return,
        };
        self.entries.push((at.since(start).as_secs_f64(), what));
    }
}

/// 20 and 5 s, after each of which the kubelet's next look comes within a second, before a start of 10 s.
#[test]
fn init_containers_take_their_turns() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.pods[1].init_containers = vec![plain(20.0), plain(5.0)];
    assert_takes_between(&world, 35.0, 37.0);
    // A sidecar that runs after 3 s lets the next one start, and goes on.
    with_sidecar(&mut world, sidecar(3.0, 60.0, Probes::default()));
    assert_takes_between(&world, 38.0, 40.0);
}

/// A pull of 4 s comes after the init containers, so that a pod which pulls meanwhile is not held up: two pods on one node,
/// of which each first runs an init container for 20 s, pull at the same time, one after the other.
#[test]
fn a_pull_waits_for_the_init_containers() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.pods[1].init_containers = vec![plain(20.0)];
    (world.pods[1].pull, world.pods[1].cached) = (seconds(4.0), 0.0);
    assert_takes_between(&world, 34.0, 35.0);
}

/// The sidecar runs at 2 s and answers at 5 s. Its startup probe looks at 0, 4, 8 s and so on after its kubelet has seen the
/// pod: the containers have their turn at 8 s.
#[test]
fn a_sidecar_holds_the_containers_back() {
    let mut world = scenario(1, ROLLING(1, 0));
    with_sidecar(&mut world, sidecar(2.0, 3.0, Probes { startup: Some(probe(4, 30)), ..Probes::default() }));
    assert_takes(&world, 18.0);
}

/// One look at 4 s, which comes too early each time: the sidecar is killed and started again until the horizon, the containers
/// never start, and the rollout stalls.
#[test]
fn a_sidecar_that_never_starts_holds_them_back_for_good() {
    let mut world = scenario(1, ROLLING(1, 0));
    with_sidecar(&mut world, sidecar(2.0, 30.0, Probes { startup: Some(probe(4, 1)), ..Probes::default() }));
    let record = replicate(&world, 1)[0];
    assert_eq!(record.outcome, Outcome::Unfinished);
    assert_eq!(record.stall.map(|(_, cause)| cause), Some(StallCause::Readiness));
}

/// The containers run at 12 s. The sidecar runs at 2 s and answers at 22.5 s: its readiness probe finds that at 23 s.
#[test]
fn a_pod_is_ready_when_its_sidecars_are() {
    let mut world = scenario(1, ROLLING(1, 0));
    with_sidecar(&mut world, sidecar(2.0, 20.5, Probes { readiness: Some(probe(1, 3)), ..Probes::default() }));
    assert_takes(&world, 23.0);
}

/// The old pod's containers take 4 s to end. Its sidecar gets SIGTERM then, or when its own hook has ended, and takes 3 s; under
/// Recreate the new pod starts for 10 s after that.
#[test]
fn sidecars_end_last() {
    for (hook, gone) in [(0, 7.0), (9, 12.0)] {
        let mut world = scenario(1, rollcast::k8s::objects::Strategy::Recreate);
        world.pods[0].termination = seconds(4.0);
        let own = Sidecar { pre_stop: secs(hook), termination: seconds(3.0), ..sidecar(0.0, 0.0, Probes::default()) };
        world.pods[0].init_containers = vec![InitContainer::Sidecar(Box::new(own))];
        assert_takes(&world, gone + 10.0);
    }
}

/// The container starts at 10 s and its hook takes 7 s. It would answer at once, but no probe looks before 17 s; the initial
/// delay of 12 s counts from the container's start, so that the first look after it is at 22 s.
#[test]
fn post_start_hooks_hold_the_probes_back() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.pods[1].post_start = Some(seconds(7.0));
    assert_takes(&world, 17.0);
    let readiness = Probe { initial_delay: secs(12), ..probe(1, 3) };
    world.pods[1].probes.readiness = Some(readiness);
    assert_takes(&world, 22.0);
}

/// The new pod's hook runs from 10 s to 40 s. The pod is deleted at 15 s, but its kubelet waits for the hook, and then the
/// container takes 2 s to end.
#[test]
fn a_hook_under_way_is_waited_for() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.pods[1].post_start = Some(seconds(30.0));
    world.timeline = vec![Step { at: secs(15), action: StepAction::Undo }];
    Log::of(&world).assert("gone", &[42.0]);
}

/// The containers are Ready at 10 s, and the gate is true 45 s later.
#[test]
fn a_readiness_gate_comes_after_the_containers() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.pods[1].readiness_gate = Some(seconds(45.0));
    assert_takes(&world, 55.0);
    // A container that exits 20 s after its start is never Ready for that long.
    (world.pods[1].crash, world.pods[1].crash_after) = (1.0, seconds(20.0));
    assert_eq!(replicate(&world, 1)[0].outcome, Outcome::Unfinished);
}

/// A startup probe looks every 20 s, and once is enough. The container would take 50 s to end: it has the pod's 30 s, or the
/// probe's 3 s, after which it runs again from 33 s on.
#[test]
fn a_probe_may_give_a_container_less_time_to_end() {
    for (grace, exited) in [(None, &[50.0][..]), (Some(secs(3)), &[23.0, 43.0])] {
        let mut world = scenario(1, ROLLING(1, 0));
        world.pods[1].warm_up = seconds(1e6);
        world.pods[1].termination = seconds(50.0);
        world.pods[1].probes.startup = Some(Probe { grace, ..probe(20, 1) });
        world.horizon = secs(55);
        Log::of(&world).assert("exited", exited);
    }
}

/// Half of the pods are refused. The ReplicaSet controller replaces each of them at once, so that the rollout takes as long as
/// ever; the failed ones have no part in the quota.
#[test]
fn refused_pods_are_replaced_at_once() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.cluster.pod_quota = Some(2);
    world.pods[1].refused = 0.5;
    let records = replicate(&world, 1000);
    let late = records.iter().filter(|record| record.duration.as_secs_f64() > 10.0 + RETRIES).count();
    assert_eq!(late, 0);
    let refused = records.iter().filter(|record| record.pods_failed > 0).count();
    assert!((refused as f64 - 500.0).abs() < 4.0 * 16.0, "{refused}");
    let one_more = |record: &Record| record.pods_created == record.pods_failed + 1;
    assert!(records.iter().all(one_more));
}

/// Where each pod is refused a rollout never ends. Its deadline does not come either: the Deployment controller sees one more
/// updated pod each time, which counts as progress (`deployment_util.go: DeploymentProgressing`).
#[test]
fn a_rollout_whose_pods_are_refused_goes_on_for_ever() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.control_plane.controller_qps = Throttle { qps: 1.0, burst: 1 };
    world.deployment.progress_deadline_seconds = Some(20);
    world.horizon = secs(100);
    world.pods[1].refused = 1.0;
    let record = replicate(&world, 1)[0];
    assert_eq!((record.outcome, record.stall), (Outcome::Unfinished, None));
    assert!(record.pods_failed > 20 && record.min_ready == 1, "{record:?}");
}

/// Each new pod is evicted 30 s after its containers run, which take 2 s at most to end after that: with minReadySeconds 60 no
/// pod lives long enough, and each one is replaced when it has failed.
#[test]
fn evicted_pods_fail_and_are_replaced() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.pods[1].termination = seconds(9.0);
    (world.pods[1].evicted, world.pods[1].evicted_after) = (1.0, seconds(30.0));
    assert_takes(&world, 10.0);
    world.deployment.min_ready_seconds = 60;
    world.horizon = secs(100);
    let log = Log::of(&world);
    log.assert("evicted", &[42.0, 84.0]);
    log.assert("created", &[0.0, 42.0, 84.0]);
    log.assert("gone", &[]);
    assert_eq!(replicate(&world, 1)[0].outcome, Outcome::Unfinished);
}

fn leader_of(world: &mut Scenario) {
    for pods in &mut world.pods {
        pods.leader = Some(Lease { duration: secs(15), retry: secs(2) });
    }
}

/// With one replica that may not go first, the new pod waits for the lease and the rollout for the new pod. With two, one of
/// which may be unavailable, the one that is not the leader is unavailable already.
#[test]
fn a_leader_that_may_not_go_first_stalls_the_rollout() {
    for (replicas, strategy) in [(1, ROLLING(1, 0)), (2, ROLLING(1, 1))] {
        let mut world = scenario(replicas, strategy);
        leader_of(&mut world);
        let record = replicate(&world, 1)[0];
        assert_eq!(record.outcome, Outcome::Unfinished);
        assert_eq!(record.stall.map(|(_, cause)| cause), Some(StallCause::Readiness));
        assert_eq!((record.min_ready, record.min_available), (1, 1), "the old leader stays");
    }
}

/// The old leader may go first and takes 25 s to end; the new pod, up since 10 s, tries for the lease every 2 s. With 5 s the
/// lease is free before the new pod is up.
#[test]
fn the_lease_is_taken_when_the_old_leader_is_gone() {
    for (termination, from, to) in [(25.0, 25.0, 27.0), (5.0, 10.0, 10.0)] {
        let mut world = scenario(1, ROLLING(0, 1));
        leader_of(&mut world);
        world.pods[0].termination = seconds(termination);
        assert_takes_between(&world, from, to);
    }
}

/// A leader that crashes does not give its lease up. It is Ready at 10 s and crashes at 30 s; its container runs again at 40 s
/// and has to wait until the lease runs out at 45 s.
#[test]
fn a_leader_that_crashes_waits_for_its_own_lease() {
    let mut world = scenario(1, ROLLING(0, 1));
    leader_of(&mut world);
    (world.pods[1].crash, world.pods[1].crash_after) = (1.0, seconds(20.0));
    world.deployment.min_ready_seconds = 1000;
    world.horizon = secs(50);
    let times = Log::of(&world).times("ready");
    assert!((times[0] - 10.0).abs() < RETRIES && (45.0..47.0 + RETRIES).contains(&times[1]), "{times:?}");
    assert_eq!(times.len(), 2);
}

const MANIFEST: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {sidecar.istio.io/inject: "true"}}
    spec:
      readinessGates: [{conditionType: example.com/registered}]
      initContainers:
      - {name: wait, image: "busybox:1", command: [sleep, "20"]}
      - {name: migrate, image: "app:1"}
      - {name: agent, image: "agent:1", restartPolicy: Always, startupProbe: {httpGet: {port: 80}, periodSeconds: 1, failureThreshold: 30}}
      containers:
      - name: web
        image: "app:1"
        livenessProbe: {httpGet: {port: 80}, terminationGracePeriodSeconds: 4}
        resources: {requests: {cpu: 400m}}
        lifecycle: {postStart: {exec: {command: [sh, -c, sleep 7 && ./register]}}, preStop: {httpGet: {port: 80}}}
"#;

/// The plan of an experiment about the manifest, with these keys beside it.
fn plan(keys: &str) -> Result<Plan, String> {
    let place = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(place.path().join("web.yaml"), MANIFEST).expect("room on the disk");
    let experiment = place.path().join("experiment.yaml");
    std::fs::write(&experiment, format!("deployment: web.yaml\n{keys}\n")).expect("room on the disk");
    Plan::load(&experiment, &Overrides::default()).map_err(|error| error.to_string())
}

/// What the plan says is assumed or not modelled and contains this text.
fn said(plan: &Plan, text: &str) -> usize {
    let unmodelled = plan.caveats.unmodelled.iter().map(|one| one.sentence());
    plan.caveats.assumed.iter().cloned().chain(unmodelled).filter(|sentence| sentence.contains(text)).count()
}

#[test]
fn a_manifest_says_what_runs_before_its_containers() {
    let silent = plan("").expect("a plan");
    let [_, pods] = &silent.scenarios[0].pods[..] else { panic!("two versions") };
    let [InitContainer::Plain { run: wait }, InitContainer::Plain { run: migrate }, InitContainer::Sidecar(agent)] =
        &pods.init_containers[..]
    else {
        panic!("{:?}", pods.init_containers)
    };
    assert_eq!((wait, migrate.quantile(0.5)), (&seconds(20.0), secs(2)));
    assert_eq!((&agent.start, agent.probes.startup), (&seconds(0.5), Some(probe(1, 30))));
    assert_eq!(pods.post_start, Some(seconds(7.0)));
    assert_eq!(pods.probes.liveness.map(|probe| probe.grace), Some(Some(secs(4))));
    assert_eq!(
        (said(&silent, "container wait"), said(&silent, "container migrate"), said(&silent, "sidecar agent")),
        (0, 1, 1)
    );
    assert_eq!((said(&silent, "postStart: the hook takes at least 7 s"), said(&silent, "preStop: the hook")), (1, 1));
    assert_eq!((said(&silent, "readinessGates"), said(&silent, "Istio's proxy")), (1, 1));
    assert!(silent.caveats.is_conditional(None), "nobody says when the gates are true");
}

#[test]
fn keys_say_what_a_manifest_cannot() {
    let keys = "pods: {initContainers: {migrate: 30s}, sidecarStart: 1s, sidecarWarmUp: {agent: 2s}, postStart: 9s, preStop: 3s, \
                readinessGate: 40s, refused: 1%, onlyLeaderReady: true}";
    let written = plan(keys).expect("a plan");
    let pods = &written.scenarios[0].pods[1];
    let [InitContainer::Plain { run: wait }, InitContainer::Plain { run: migrate }, InitContainer::Sidecar(agent)] =
        &pods.init_containers[..]
    else {
        panic!("{:?}", pods.init_containers)
    };
    assert_eq!((wait, migrate), (&seconds(20.0), &seconds(30.0)));
    assert_eq!((&agent.start, &agent.warm_up), (&seconds(1.0), &seconds(2.0)));
    assert_eq!((&pods.post_start, pods.pre_stop), (&Some(seconds(9.0)), secs(3)));
    assert_eq!((&pods.readiness_gate, pods.refused), (&Some(seconds(40.0)), 0.01));
    assert_eq!(pods.leader, Some(Lease { duration: secs(15), retry: secs(2) }));
    for text in ["container migrate", "sidecar agent", "the hook", "readinessGates"] {
        assert_eq!(said(&written, text), 0, "{text}");
    }
    assert!(!written.caveats.is_conditional(None));
    // A distribution holds for all of them, and a name that no container has is refused.
    let all = plan("pods: {initContainers: {uniform: {low: 1s, high: 3s}}}").expect("a plan");
    let of_both = all.scenarios[0].pods[1].init_containers[..2].iter();
    assert!(of_both.clone().all(|one| matches!(one, InitContainer::Plain { run } if run.quantile(0.5) == secs(2))));
    let error = plan("pods: {initContainers: {migrat: 30s}}").expect_err("a mistake");
    assert!(error.contains("unknown container `migrat`; did you mean `migrate`?"), "{error}");
    let error = plan("pods: {sidecarStart: {migrate: 30s}}").expect_err("no sidecar");
    assert!(error.contains("unknown container `migrate`"), "{error}");
}

/// 400m of the container and 100m of Istio's proxy: two pods do not fit on a node of 900m.
#[test]
fn an_injected_proxy_takes_room() {
    let slots = |cpu: &str| {
        let one = plan(&format!("cluster: {{nodes: [{{allocatable: {{cpu: {cpu}}}}}]}}")).expect("a plan");
        one.scenarios[0].cluster.nodes[0].slots
    };
    assert_eq!((slots("900m"), slots("1000m")), (1, 2));
}
