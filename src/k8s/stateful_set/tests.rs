use super::*;
use crate::k8s::objects::Template;
use crate::k8s::tests::vectors::{boolean, cases, int, int_or_percent, list};
use serde_json::Value;

fn spec(replicas: i32) -> StatefulSetSpec {
    StatefulSetSpec {
        replicas,
        start_ordinal: 0,
        pod_management_policy: PodManagementPolicy::OrderedReady,
        update: UpdateStrategy::RollingUpdate(Some(RollingUpdate { partition: 0, max_unavailable: None })),
        min_ready_seconds: 0,
        template: 1,
    }
}

fn pod(ordinal: i32, template: Template) -> StatefulPod {
    StatefulPod { ordinal, template, phase: PodPhase::Running, ready: true, available: true, terminating: false }
}

/// A world in which every write is seen at once.
struct World {
    spec: StatefulSetSpec,
    status: StatefulSetStatus,
    pods: Vec<StatefulPod>,
    gate: bool,
    never_ready: Vec<Template>,
}

impl World {
    fn sync(&mut self) -> Vec<Action> {
        let mut actions = Vec::new();
        let view = StatefulSetView {
            spec: &self.spec,
            generation: 1,
            deleting: false,
            status: &self.status,
            pods: &self.pods,
            max_unavailable_gate: self.gate,
        };
        self.status = sync(&view, &mut actions);
        for action in &actions {
            match *action {
                Action::CreatePod { ordinal, template, .. } => {
                    let new = StatefulPod {
                        phase: PodPhase::Pending,
                        ready: false,
                        available: false,
                        ..pod(ordinal, template)
                    };
                    self.pods.push(new);
                }
                Action::DeletePod { ordinal, .. } => {
                    self.pods.iter_mut().filter(|pod| pod.ordinal == ordinal).for_each(|pod| pod.terminating = true);
                }
            }
        }
        self.pods.sort_by_key(|pod| pod.ordinal);
        actions
    }

    /// All pods that terminate vanish.
    fn end_terminating(&mut self) -> Vec<i32> {
        let gone = self.pods.iter().filter(|pod| pod.terminating).map(|pod| pod.ordinal).collect();
        self.pods.retain(|pod| !pod.terminating);
        gone
    }

    /// All pods that can become available do.
    fn become_available(&mut self) -> Vec<i32> {
        let mut ready = Vec::new();
        for pod in self.pods.iter_mut().filter(|pod| !pod.available && !self.never_ready.contains(&pod.template)) {
            (pod.phase, pod.ready, pod.available) = (PodPhase::Running, true, true);
            ready.push(pod.ordinal);
        }
        ready
    }

    fn unavailable(&self) -> usize {
        self.pods.iter().filter(|pod| !pod.available || pod.terminating).count()
    }

    /// What happens until nothing does, as the vectors write it.
    fn trace(&mut self) -> Vec<String> {
        let mut trace = Vec::new();
        for _ in 0..1000 {
            let before = self.status.current_revision;
            let actions = self.sync();
            let completed = before.is_some() && self.status.current_revision != before;
            if !actions.is_empty() {
                trace.push(actions.iter().map(written).collect::<Vec<_>>().join("+"));
                continue;
            }
            if completed {
                trace.push("complete".into());
            }
            let numbers = |pods: &[i32]| pods.iter().map(i32::to_string).collect::<Vec<_>>().join(",");
            let gone = self.end_terminating();
            if !gone.is_empty() {
                trace.push(format!("[gone {}]", numbers(&gone)));
                continue;
            }
            let ready = self.become_available();
            if ready.is_empty() {
                return trace;
            }
            trace.push(format!("[ready {}]", numbers(&ready)));
        }
        panic!("it never ends: {trace:?}");
    }

    fn written_pods(&self) -> String {
        let mark = |pod: &StatefulPod| match (pod.available, pod.terminating) {
            (true, false) => "",
            (false, false) => "!",
            (_, true) => "~",
        };
        let pods = self.pods.iter().map(|pod| format!("{}:v{}{}", pod.ordinal, pod.template, mark(pod)));
        pods.collect::<Vec<_>>().join(" ")
    }
}

fn written(action: &Action) -> String {
    match *action {
        Action::CreatePod { ordinal, template, .. } => format!("create {ordinal}@v{template}"),
        Action::DeletePod { ordinal, why: Why::Update, .. } => format!("update delete {ordinal}"),
        Action::DeletePod { ordinal, why: Why::ScaleDown, .. } => format!("scale-down delete {ordinal}"),
        Action::DeletePod { ordinal, why: Why::Ended, .. } => format!("delete ended {ordinal}"),
    }
}

fn revision(value: &Value) -> Template {
    value.as_str().unwrap().trim_start_matches('v').parse().unwrap()
}

// The rule book's model of whole runs, which was made apart from this code.
#[test]
fn whole_runs() {
    let all = cases(include_str!("../../../tests/vectors/derived_statefulset_traces.json"));
    assert_eq!(all.len(), 20);
    for case in all {
        let input = &case["input"];
        assert!(boolean(&input["block"]), "{case}");
        let parallel = input["policy"] == "Parallel";
        let block = RollingUpdate { partition: int(&input["part"]), max_unavailable: int_or_percent(&input["mu"]) };
        let current = revision(&input["cur"]);
        let mut world = World {
            spec: StatefulSetSpec {
                start_ordinal: int(&input["start"]),
                pod_management_policy: if parallel {
                    PodManagementPolicy::Parallel
                } else {
                    PodManagementPolicy::OrderedReady
                },
                update: UpdateStrategy::RollingUpdate(Some(block)),
                template: revision(&input["upd"]),
                ..spec(int(&input["n"]))
            },
            status: StatefulSetStatus { current_revision: Some(current), ..StatefulSetStatus::default() },
            pods: list(&input["podsBefore"])
                .iter()
                .map(|one| pod(int(&one["ordinal"]), revision(&one["revision"])))
                .collect(),
            gate: boolean(&input["gate"]),
            never_ready: list(&input["neverReadyRevisions"]).iter().map(revision).collect(),
        };
        let unready: Vec<i32> = list(&input["unreadyOrdinals"]).iter().map(int).collect();
        for pod in world.pods.iter_mut().filter(|pod| unready.contains(&pod.ordinal)) {
            (pod.ready, pod.available) = (false, false);
        }
        for step in list(&case["expected"]["steps"]) {
            if let Some(then) = step["then"].as_str() {
                world.spec.template = then.strip_prefix("template v").unwrap().parse().unwrap();
            }
            assert_eq!(Value::from(world.trace()), step["trace"], "{} {}", case["name"], step["then"]);
            assert_eq!(Value::from(world.written_pods()), step["final"], "{}", case["name"]);
        }
    }
}

// pkg/controller/statefulset/stateful_set_utils_test.go: TestGetStatefulSetMaxUnavailable
#[test]
fn max_unavailable_in_pods() {
    for case in cases(include_str!("../../../tests/vectors/statefulset_max_unavailable.json")) {
        let input = &case["input"];
        let written = (!input["maxUnavailable"].is_null()).then(|| int_or_percent(&input["maxUnavailable"]).unwrap());
        let pods = max_unavailable(written, int(&input["replicas"]));
        assert_eq!(pods, int(&case["expected"]["maxUnavailable"]), "{case}");
    }
}

// stateful_set_control_test.go: TestStatefulSetControlRollingUpdateWithMaxUnavailableInOrderedModeVerifyInvariant
#[test]
fn pods_that_one_sync_updates() {
    for case in cases(include_str!("../../../tests/vectors/statefulset_update_budget.json")) {
        let input = &case["input"];
        let block = RollingUpdate {
            partition: int(&input["partition"]),
            max_unavailable: int_or_percent(&input["maxUnavailable"]),
        };
        let replicas = int(&input["replicas"]);
        let terminating: Vec<i32> = list(&input["terminatingOrdinals"]).iter().map(int).collect();
        let pods: Vec<_> = (0..replicas)
            .map(|ordinal| StatefulPod { terminating: terminating.contains(&ordinal), ..pod(ordinal, 0) })
            .collect();
        let status = StatefulSetStatus { current_revision: Some(0), ..StatefulSetStatus::default() };
        let spec = StatefulSetSpec { update: UpdateStrategy::RollingUpdate(Some(block)), ..spec(replicas) };
        let view = StatefulSetView {
            spec: &spec,
            generation: 1,
            deleting: false,
            status: &status,
            pods: &pods,
            max_unavailable_gate: boolean(&input["gateMaxUnavailableStatefulSet"]),
        };
        // The Go test calls the update step alone, which in a whole sync comes after the wait for pods that terminate.
        let mut actions = Vec::new();
        let deleted = update::delete_outdated(&view, &mut actions);
        assert_eq!(deleted, int(&case["expected"]["podsDeleted"]), "{case}");
        assert_eq!(actions.len(), deleted as usize, "{case}");
    }
}

#[test]
fn a_block_that_is_not_written_keeps_low_pods_at_the_current_revision() {
    let recreated = |update, current_replicas| {
        let mut world = World {
            spec: StatefulSetSpec { update, ..spec(3) },
            status: StatefulSetStatus { current_revision: Some(0), current_replicas, ..StatefulSetStatus::default() },
            pods: vec![pod(1, 0), pod(2, 1)],
            gate: false,
            never_ready: Vec::new(),
        };
        written(&world.sync()[0])
    };
    let block = |partition| UpdateStrategy::RollingUpdate(Some(RollingUpdate { partition, max_unavailable: None }));
    assert_eq!(recreated(UpdateStrategy::RollingUpdate(None), 2), "create 0@v0");
    assert_eq!(recreated(UpdateStrategy::RollingUpdate(None), 0), "create 0@v1");
    assert_eq!(recreated(block(0), 2), "create 0@v1", "with a block a lost pod returns at the new template");
    assert_eq!(recreated(block(1), 2), "create 0@v0");
    assert_eq!(recreated(UpdateStrategy::OnDelete, 2), "create 0@v1");
}

#[test]
fn two_unhealthy_pods_that_are_not_wanted_block_each_other() {
    let mut world = World {
        spec: StatefulSetSpec { template: 0, ..spec(1) },
        status: StatefulSetStatus::default(),
        pods: (0..3)
            .map(|ordinal| StatefulPod { ready: ordinal == 0, available: ordinal == 0, ..pod(ordinal, 0) })
            .collect(),
        gate: false,
        never_ready: vec![0],
    };
    assert_eq!(world.sync(), []);
    world.pods[1] = pod(1, 0);
    assert_eq!(written(&world.sync()[0]), "scale-down delete 2", "a single one goes");
}

#[test]
fn ended_pods_are_deleted_and_parallel_batches_double() {
    let ended = StatefulPod { phase: PodPhase::Ended, ready: false, available: false, ..pod(0, 1) };
    let mut world = World {
        spec: spec(9),
        status: StatefulSetStatus::default(),
        pods: vec![ended],
        gate: false,
        never_ready: Vec::new(),
    };
    assert_eq!(world.sync(), [Action::DeletePod { ordinal: 0, why: Why::Ended, batch: 0 }]);
    assert_eq!(world.sync(), []);
    world.spec.pod_management_policy = PodManagementPolicy::Parallel;
    let batches: Vec<u32> = world.sync().iter().map(|action| action.batch()).collect();
    assert_eq!(batches, [1, 1, 2, 2, 2, 2, 3, 3], "the pod that terminates has the first batch");
}

#[test]
fn status_counts_pods_that_terminate_and_completion_asks_for_ready_only() {
    let pods =
        [pod(0, 1), StatefulPod { available: false, ..pod(1, 1) }, StatefulPod { terminating: true, ..pod(2, 0) }];
    let mut spec = spec(3);
    let status = StatefulSetStatus { current_revision: Some(0), ..StatefulSetStatus::default() };
    let sync_of = |spec: &StatefulSetSpec, pods: &[StatefulPod]| {
        let view =
            StatefulSetView { spec, generation: 7, deleting: true, status: &status, pods, max_unavailable_gate: false };
        sync(&view, &mut Vec::new())
    };
    let seen = sync_of(&spec, &pods);
    let counts =
        (seen.replicas, seen.ready_replicas, seen.available_replicas, seen.current_replicas, seen.updated_replicas);
    assert_eq!(counts, (3, 3, 2, 0, 2));
    assert_eq!((seen.current_revision, seen.observed_generation), (Some(0), 7));
    let updated = [pods[0], pods[1], pod(2, 1)];
    assert_eq!(sync_of(&spec, &updated).current_revision, Some(1));
    spec.update = UpdateStrategy::OnDelete;
    assert_eq!(sync_of(&spec, &updated).current_revision, Some(0));
}

/// Every state of three places: absent, old or new, and of these available, not available, terminating.
fn all_states() -> impl Iterator<Item = Vec<StatefulPod>> {
    let one = |ordinal, state: u32| {
        let (template, state) = ((state % 2) as Template, state / 2);
        (state < 3).then(|| StatefulPod {
            ready: state == 0,
            available: state == 0,
            terminating: state == 2,
            ..pod(ordinal, template)
        })
    };
    (0..7 * 7 * 7 * 7)
        .map(move |number| (0..4).filter_map(|place| one(place, number / 7_u32.pow(place as u32) % 7)).collect())
}

#[test]
fn small_worlds() {
    for pods in all_states() {
        for number in 0..16 {
            let bit = |bit: u32| number >> bit & 1 == 1;
            let block = RollingUpdate {
                partition: i32::from(bit(0)),
                max_unavailable: Some(crate::k8s::int_or_percent::IntOrPercent::Int(1 + i32::from(bit(3)))),
            };
            let mut world = World {
                spec: StatefulSetSpec {
                    pod_management_policy: if bit(1) {
                        PodManagementPolicy::Parallel
                    } else {
                        PodManagementPolicy::OrderedReady
                    },
                    update: UpdateStrategy::RollingUpdate(Some(block)),
                    ..spec(3)
                },
                status: StatefulSetStatus { current_revision: Some(0), ..StatefulSetStatus::default() },
                pods: pods.clone(),
                gate: bit(2),
                never_ready: Vec::new(),
            };
            let before = world.unavailable();
            let actions = world.sync();
            let updates =
                actions.iter().filter(|action| matches!(action, Action::DeletePod { why: Why::Update, .. })).count();
            if world.spec.is_ordered() {
                let most = if world.gate { 1 + usize::from(bit(3)) } else { 1 };
                assert!(actions.len() <= most, "{actions:?}");
                assert!(
                    updates == 0 || before == 0,
                    "an ordered set updates only when all pods are available: {pods:?}"
                );
            }
            assert!(
                !world.gate || updates == 0 || before + updates <= 1 + usize::from(bit(3)) + 1,
                "{pods:?} {actions:?}"
            );
            // Whatever the state, what follows ends with the wanted pods, old ones below the partition only if they were there.
            world.trace();
            let wanted: Vec<i32> = (0..3).collect();
            assert_eq!(world.pods.iter().map(|pod| pod.ordinal).collect::<Vec<_>>(), wanted, "{pods:?}");
            let first_updated = block.partition as usize;
            assert!(world.pods[first_updated..].iter().all(|pod| pod.template == 1 && pod.available), "{pods:?}");
            // A pod that is not wanted can stand in for a missing one: upstream counts both, and completes too early.
            if pods.iter().all(|pod| pod.ordinal < 3) {
                assert_eq!(world.status.current_revision == Some(1), world.pods[0].template == 1, "{pods:?}");
            }
        }
    }
}

#[test]
fn the_controller_looks_again_while_a_ready_pod_is_not_available() {
    let seconds = SimDuration::from_secs;
    let waiting = StatefulSetSpec { min_ready_seconds: 30, ..spec(3) };
    let status = |ready_replicas, available_replicas| StatefulSetStatus {
        ready_replicas,
        available_replicas,
        ..StatefulSetStatus::default()
    };
    let next = Some(seconds(7));
    // From 1.36 on it knows when the next pod becomes available; before it looks again until all wanted pods are available.
    for (spec, status, exact, known, unknown) in [
        (waiting, status(3, 2), true, next, Some(seconds(30))),
        (waiting, status(3, 2), false, Some(seconds(30)), Some(seconds(30))),
        (waiting, status(2, 2), true, None, None),
        (waiting, status(2, 2), false, Some(seconds(30)), Some(seconds(30))),
        (waiting, status(4, 3), true, next, Some(seconds(30))),
        (waiting, status(4, 3), false, None, None),
        (spec(3), status(3, 2), true, None, None),
        (spec(3), status(3, 2), false, None, None),
        (StatefulSetSpec { min_ready_seconds: -1, ..waiting }, status(3, 2), true, None, None),
    ] {
        let found = [next, None].map(|next| look_again_after(&spec, &status, next, exact));
        assert_eq!(found, [known, unknown], "{spec:?} {status:?} {exact}");
    }
}
