use super::*;
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::Template;
use crate::k8s::tests::vectors::{boolean, cases, int, int_or_percent, list};
use serde_json::Value;

const OLD: Template = 1;
const NEW: Template = 2;

fn spec(max_surge: IntOrPercent, max_unavailable: IntOrPercent) -> DaemonSetSpec {
    DaemonSetSpec { on_delete: false, max_surge, max_unavailable, min_ready_seconds: 0, template: NEW }
}

fn pod(node: usize, template: Template) -> DaemonPod {
    DaemonPod { node, template, phase: DaemonPodPhase::Live, ready: true, available: true, terminating: false }
}

fn node() -> DaemonNode {
    DaemonNode { should_run: true, should_continue: true, in_backoff: false }
}

/// A world in which every write is seen at once. Nodes are visited in order.
struct World {
    spec: DaemonSetSpec,
    nodes: Vec<DaemonNode>,
    pods: Vec<DaemonPod>,
    dead: Vec<usize>,
    new_never_ready: bool,
}

impl World {
    fn of(spec: DaemonSetSpec, nodes: usize) -> Self {
        let pods = (0..nodes).map(|number| pod(number, OLD)).collect();
        Self { spec, nodes: vec![node(); nodes], pods, dead: Vec::new(), new_never_ready: false }
    }

    fn actions(&self) -> Vec<Action> {
        let places: Vec<usize> = (0..self.nodes.len()).collect();
        self.actions_in(&places)
    }

    fn actions_in(&self, places: &[usize]) -> Vec<Action> {
        let mut actions = Vec::new();
        sync(&self.view(&|| places), &mut actions);
        actions
    }

    fn view<'a>(&'a self, places: &'a dyn Fn() -> &'a [usize]) -> DaemonSetView<'a> {
        let Self { spec, nodes, pods, .. } = self;
        DaemonSetView { spec, nodes, places, pods, expectations_satisfied: true }
    }

    fn carry_out(&mut self, actions: &[Action]) {
        for action in actions {
            if let Action::DeletePod { pod } = *action {
                self.pods[pod].terminating = true;
            }
        }
        for action in actions {
            if let Action::CreatePod { node } = *action {
                self.pods.push(DaemonPod { ready: false, available: false, ..pod(node, NEW) });
            }
        }
        self.pods.sort_by_key(|pod| pod.node);
    }

    /// As the vectors write it: deletions before creations.
    fn written(&self, actions: &[Action]) -> String {
        let has_new = |node| self.pods.iter().any(|pod| pod.node == node && pod.template == NEW && !pod.terminating);
        let has_any = |node| self.pods.iter().any(|pod| pod.node == node && !pod.terminating);
        let (creations, deletions): (Vec<&Action>, Vec<&Action>) =
            actions.iter().partition(|action| matches!(action, Action::CreatePod { .. }));
        let written = deletions.into_iter().chain(creations).map(|action| match *action {
            Action::DeletePod { pod } if has_new(self.pods[pod].node) => format!("delete old {}", self.pods[pod].node),
            Action::DeletePod { pod } => format!("delete {}", self.pods[pod].node),
            Action::CreatePod { node } if has_any(node) => format!("surge create {node}"),
            Action::CreatePod { node } => format!("create {node}"),
        });
        written.collect::<Vec<_>>().join("+")
    }

    fn become_available(&mut self) -> Vec<usize> {
        let mut available = Vec::new();
        let may = |pod: &DaemonPod| !(pod.available || pod.terminating || self.new_never_ready && pod.template == NEW);
        for pod in self.pods.iter_mut().filter(|pod| may(pod) && !self.dead.contains(&pod.node)) {
            (pod.ready, pod.available) = (true, true);
            available.push(pod.node);
        }
        available
    }

    fn end_terminating(&mut self) -> Vec<usize> {
        let dead = &self.dead;
        let ends = |pod: &DaemonPod| pod.terminating && !dead.contains(&pod.node);
        let gone = self.pods.iter().filter(|pod| ends(pod)).map(|pod| pod.node).collect();
        self.pods.retain(|pod| !ends(pod));
        gone
    }

    fn trace(&mut self) -> Vec<String> {
        let mut trace = Vec::new();
        for _ in 0..1000 {
            let actions = self.actions();
            if !actions.is_empty() {
                trace.push(self.written(&actions));
                self.carry_out(&actions);
                continue;
            }
            let numbers = |nodes: &[usize]| nodes.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
            let available = self.become_available();
            if !available.is_empty() {
                trace.push(format!("[available {}]", numbers(&available)));
                continue;
            }
            let gone = self.end_terminating();
            if gone.is_empty() {
                return trace;
            }
            trace.push(format!("[gone {}]", numbers(&gone)));
        }
        panic!("it never ends: {trace:?}");
    }

    fn written_pods(&self) -> Vec<String> {
        let mark = |is: bool, mark| if is { mark } else { "" };
        let pods = self.pods.iter();
        pods.map(|pod| {
            format!("{}:v{}{}{}", pod.node, pod.template, mark(!pod.available, "!"), mark(pod.terminating, "~"))
        })
        .collect()
    }
}

// The rule book's model of whole runs, which was made apart from this code.
#[test]
fn whole_runs() {
    let all = cases(include_str!("../../../tests/vectors/derived_daemonset_traces.json"));
    assert_eq!(all.len(), 10);
    for case in all {
        let input = &case["input"];
        let limits = ["maxSurge", "maxUnavailable"].map(|key| int_or_percent(&input[key]).unwrap());
        let mut world = World::of(spec(limits[0], limits[1]), int(&input["nodes"]) as usize);
        world.dead = list(&input["deadNodes"]).iter().map(|node| int(node) as usize).collect();
        world.new_never_ready = boolean(&input["newRevisionNeverReady"]);
        for &dead in &world.dead {
            // Its taint `unreachable:NoSchedule` is not tolerated, the NoExecute one is.
            world.nodes[dead].should_run = false;
            (world.pods[dead].ready, world.pods[dead].available) = (false, false);
        }
        assert_eq!(Value::from(world.trace()), case["expected"]["trace"], "{}", case["name"]);
        assert_eq!(Value::from(world.written_pods()), case["expected"]["final"], "{}", case["name"]);
    }
}

// pkg/controller/daemon/update_test.go: TestGetUnavailableNumbers
#[test]
fn limits_in_nodes() {
    for case in cases(include_str!("../../../tests/vectors/daemonset_update_numbers.json")) {
        let (input, expected) = (&case["input"], &case["expected"]);
        let limits = ["maxSurge", "maxUnavailable"].map(|key| int_or_percent(&input[key]).unwrap());
        let world = World::of(spec(limits[0], limits[1]), int(&input["nodesThatShouldRun"]) as usize);
        let desired = world.view(&unasked).desired();
        let found = Limits::of(limits[0], limits[1], desired);
        assert_eq!(found.max_surge, int(&expected["maxSurge"]), "{case}");
        assert_eq!(found.max_unavailable, int(&expected["maxUnavailable"]), "{case}");
        assert_eq!(desired, int(&expected["desiredNumberScheduled"]), "{case}");
    }
}

// pkg/controller/daemon/daemon_controller_test.go: TestNodeShouldRunDaemonPod. The controller's own tolerations cover cordons.
#[test]
fn nodes_that_should_run_a_pod() {
    for case in cases(include_str!("../../../tests/vectors/daemonset_node_should_run.json")) {
        let (input, expected) = (&case["input"], &case["expected"]);
        let template = &input["podTemplate"];
        let label = |key: &str| &input["nodeLabels"][key];
        let name = template["nodeName"].as_str().unwrap_or_default();
        let named = name.is_empty() || input["nodeName"] == name;
        let selected =
            template["nodeSelector"].as_object().is_none_or(|all| all.iter().all(|(key, value)| label(key) == value));
        let types = &template["requiredNodeAffinityTypeIn"];
        let affine = types.is_null() || list(types).contains(label("type"));
        let fit = Fit { placement: named && selected && affine, no_schedule: true, no_execute: true };
        let (run, keep) = should_run(fit);
        assert_eq!(run, boolean(&expected["shouldRun"]), "{case}");
        assert_eq!(keep, boolean(&expected["shouldContinueRunning"]), "{case}");
    }
    let fit = Fit { placement: true, no_schedule: false, no_execute: true };
    assert_eq!(should_run(fit), (false, true), "a taint that does not evict lets pods stay");
    assert_eq!(should_run(Fit { no_execute: false, ..fit }), (false, false));
}

#[test]
fn failed_pods_go_by_backoff_and_nodes_lose_what_they_must_not_keep() {
    let one = IntOrPercent::Int(1);
    let mut world = World::of(spec(IntOrPercent::Int(0), one), 3);
    world.pods = (0..3).map(|number| pod(number, NEW)).collect();
    world.pods[0].phase = DaemonPodPhase::Failed;
    world.pods[1].phase = DaemonPodPhase::Failed;
    world.nodes[1].in_backoff = true;
    (world.nodes[2].should_run, world.nodes[2].should_continue) = (false, false);
    assert_eq!(world.actions(), [Action::DeletePod { pod: 0 }, Action::DeletePod { pod: 2 }]);
    world.pods[0].terminating = true;
    world.pods[2].terminating = true;
    assert_eq!(world.actions(), [Action::CreatePod { node: 0 }], "a failed pod that terminates is not seen");
}

#[test]
fn one_sync_creates_and_deletes_no_more_than_its_burst() {
    let mut world = World::of(spec(IntOrPercent::Int(0), IntOrPercent::Percent(100)), 700);
    let deletions = world.actions();
    assert_eq!(deletions.len(), BURST_REPLICAS);
    world.pods.truncate(100);
    world.nodes[..100].iter_mut().for_each(|node| (node.should_run, node.should_continue) = (false, false));
    let actions = world.actions();
    let creations = actions.iter().filter(|action| matches!(action, Action::CreatePod { .. })).count();
    assert_eq!((creations, actions.len()), (BURST_REPLICAS, BURST_REPLICAS + 100));
    assert!(matches!(actions[0], Action::CreatePod { .. }), "creations come first");
    let view = DaemonSetView { expectations_satisfied: false, ..world.view(&unasked) };
    let mut none = actions;
    sync(&view, &mut none);
    assert_eq!(none, []);
}

/// Nodes without pods and with several, anywhere among the others.
#[test]
fn the_pods_of_a_node_are_found_wherever_they_stand() {
    let lists: [&[usize]; 6] = [
        &[],
        &[5],
        &[0, 0, 0, 4, 4, 9, 11],
        &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        &[7; 9],
        &[8, 9, 9, 10, 11, 11, 11],
    ];
    for on in lists {
        let mut world = World::of(spec(IntOrPercent::Int(0), IntOrPercent::Int(1)), 12);
        world.pods = on.iter().map(|number| pod(*number, OLD)).collect();
        let mut nodes = 0;
        for (node, found) in world.view(&unasked).by_node().enumerate() {
            let places: Vec<usize> = found.pods().map(|(place, _)| place).collect();
            let expected: Vec<usize> = (0..on.len()).filter(|place| on[*place] == node).collect();
            assert_eq!((found.number, places), (node, expected), "of {on:?}");
            nodes += 1;
        }
        assert_eq!(nodes, 12);
    }
}

/// The nodes whose pods an update replaces, of five in the order 3, 1, 4, 0, 2.
#[test]
fn the_order_of_the_nodes_decides_which_pods_are_replaced_and_is_asked_for_only_then() {
    let places = [3, 1, 4, 0, 2];
    let replaced = |world: &World| {
        let nodes = world.actions_in(&places).into_iter().map(|action| match action {
            Action::CreatePod { node } => node,
            Action::DeletePod { pod } => world.pods[pod].node,
        });
        nodes.collect::<Vec<_>>()
    };
    for (surge, unavailable) in [(0, 2), (2, 0)] {
        let mut world = World::of(spec(IntOrPercent::Int(surge), IntOrPercent::Int(unavailable)), 5);
        assert_eq!(replaced(&world), [3, 1]);
        // Two that do not answer go whatever the limit, and leave no room for others.
        for old in [1, 4] {
            (world.pods[old].ready, world.pods[old].available) = (false, false);
        }
        let first = if surge == 0 { vec![1, 4] } else { vec![1, 4, 3, 0] };
        assert_eq!(replaced(&world), first, "{surge} {unavailable}");
        world.pods[4] = DaemonPod { ready: false, available: false, ..pod(4, NEW) };
        world.pods[1] = DaemonPod { ready: false, available: false, ..pod(1, NEW) };
        if surge == 0 {
            let mut none = vec![Action::CreatePod { node: 0 }];
            sync(&world.view(&unasked), &mut none);
            assert_eq!(none, [], "two are unavailable");
        }
    }
}

/// Where the order plays no part nobody asks for it.
fn unasked<'a>() -> &'a [usize] {
    panic!("the order of the nodes decides nothing here")
}

#[test]
fn status_looks_at_the_oldest_pod_of_each_node() {
    let mut world = World::of(spec(IntOrPercent::Int(1), IntOrPercent::Int(0)), 4);
    world.pods = vec![pod(0, OLD), pod(0, NEW), DaemonPod { available: false, ..pod(1, NEW) }, pod(3, OLD)];
    world.pods[0].terminating = true;
    world.nodes[3].should_run = false;
    let found = status(&world.view(&unasked), 5);
    let expected = DaemonSetStatus {
        observed_generation: 5,
        desired_number_scheduled: 3,
        current_number_scheduled: 2,
        number_misscheduled: 1,
        number_ready: 2,
        number_available: 1,
        updated_number_scheduled: 1,
    };
    assert_eq!((found, found.number_unavailable()), (expected, 2));
}

/// Every state of a node: no pod, one, or an old one with a new one, each available, not available or terminating; and whether it
/// should run one.
fn states_of_a_node(number: usize) -> Vec<(bool, Vec<DaemonPod>)> {
    let ways = |template| {
        [(true, false), (false, false), (true, true)].map(|(available, terminating)| DaemonPod {
            ready: available,
            available,
            terminating,
            ..pod(number, template)
        })
    };
    let mut pods: Vec<Vec<DaemonPod>> = vec![Vec::new()];
    pods.extend([OLD, NEW].into_iter().flat_map(|template| ways(template).map(|one| vec![one])));
    pods.extend(ways(OLD).into_iter().flat_map(|old| ways(NEW).map(|new| vec![old, new])));
    pods.into_iter().flat_map(|pods| [(true, pods.clone()), (false, pods)]).collect()
}

#[test]
fn small_worlds() {
    let strategies = [(0, 1), (0, 2), (1, 0), (2, 0)]
        .map(|(surge, unavailable)| spec(IntOrPercent::Int(surge), IntOrPercent::Int(unavailable)));
    for first in states_of_a_node(0) {
        for second in states_of_a_node(1) {
            for third in states_of_a_node(2) {
                for spec in strategies {
                    let states = [&first, &second, &third];
                    let mut world = World::of(spec, 3);
                    world.nodes = states.map(|(run, _)| DaemonNode { should_run: *run, ..node() }).to_vec();
                    world.pods = states.iter().flat_map(|(_, pods)| pods.clone()).collect();
                    for action in world.actions() {
                        if let Action::DeletePod { pod } = action {
                            assert!(!world.pods[pod].terminating, "{:?}", world.pods);
                        }
                    }
                    // Whatever the state, it ends with one new pod on each node that should run one.
                    world.trace();
                    for number in 0..3 {
                        let on_node: Vec<_> = world.pods.iter().filter(|pod| pod.node == number).collect();
                        if world.nodes[number].should_run {
                            assert_eq!(on_node, [&pod(number, NEW)], "{states:?} {spec:?}");
                        }
                    }
                }
            }
        }
    }
}
