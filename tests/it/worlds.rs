//! Several Deployments in one experiment: what is read, and how it is put together.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rollcast::plan::{Overrides, Plan};
use rollcast::scenario::{Change, Demand, OnStall, Order, Room, WorkloadId, World};
use rollcast::sim::{Fact, NodeId, Simulator, WorldObserver};
use rollcast::time::SimTime;

/// A Deployment of the namespace shop with a label `app` of its name.
fn deployment(name: &str, rest: &str, pod: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{selector: {{matchLabels: {{app: {name}}}}}, {rest} template: \
         {{metadata: {{labels: {{app: {name}, tier: web}}}}, spec: {{{pod}}}}}}}\n"
    )
}

fn container(resources: &str) -> String {
    format!("containers: [{{name: app, image: \"example/app:1\", {resources}}}]")
}

fn node(name: &str, zone: &str, rest: &str) -> String {
    format!(
        "---\nkind: Node\nmetadata: {{name: {name}, labels: {{topology.kubernetes.io/zone: {zone}}}}}\n{rest}status: {{allocatable: {{cpu: 4, memory: \
         8Gi, pods: 10}}}}\n"
    )
}

fn pod(name: &str, app: &str, node: &str) -> String {
    format!(
        "---\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{app: {app}, tier: web}}}}\nspec: {{nodeName: {node}, containers: [{{name: \
         app, resources: {{requests: {{cpu: 500m, memory: 1Gi}}}}}}]}}\n"
    )
}

const SMALL: &str = "resources: {requests: {cpu: 500m, memory: 1Gi}}";

/// Reads an experiment beside a file shop.yaml.
fn read(experiment: &str, shop: &str) -> Result<Plan, String> {
    read_with(experiment, shop, &Overrides::default())
}

fn read_with(experiment: &str, shop: &str, overrides: &Overrides) -> Result<Plan, String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("shop.yaml"), shop).expect("a file");
    Plan::parse(experiment, folder.path(), overrides).map_err(|error| error.to_string())
}

fn plan(experiment: &str, shop: &str) -> Plan {
    read(experiment, shop).unwrap_or_else(|error| panic!("{error}"))
}

fn world(experiment: &str, shop: &str) -> Arc<World> {
    Arc::clone(plan(experiment, shop).world(0).expect("a world"))
}

fn set(path: &str, value: &str) -> Overrides {
    Overrides { set: vec![(path.into(), value.into())], ..Overrides::default() }
}

fn names(world: &World) -> Vec<&str> {
    world.workloads.iter().map(|workload| workload.name.as_str()).collect()
}

/// Three Deployments, of which `cart` asks for more than the others.
fn three() -> String {
    deployment("front", "replicas: 2,", &container(SMALL))
        + &deployment("cart", "replicas: 3,", &container("resources: {requests: {cpu: 1500m, memory: 1Gi}}"))
        + &deployment("mail", "replicas: 1,", &container(SMALL))
}

const ALL: &str = "workloads: {manifest: shop.yaml}\n";

#[test]
fn all_deployments_of_a_file_are_workloads_and_each_is_a_scenario() {
    let plan = plan(&format!("{ALL}sweep: {{workloads.*.maxSurge: [0, 1]}}\n"), &three());
    assert_eq!(plan.parameters, ["workloads.*.maxSurge", "workload"]);
    let rows: Vec<String> = plan
        .scenarios
        .iter()
        .map(|one| format!("{} {} {}", one.id, one.parameters[0].1, one.parameters[1].1))
        .collect();
    assert_eq!(
        rows,
        ["0 0 shop/front", "1 0 shop/cart", "2 0 shop/mail", "3 1 shop/front", "4 1 shop/cart", "5 1 shop/mail"]
    );
    let world = plan.world(1).expect("a second point");
    for (number, scenario) in plan.scenarios[3..].iter().enumerate() {
        let own = scenario.world.as_ref().expect("a member");
        assert!(Arc::ptr_eq(&own.world, world));
        assert_eq!(usize::from(own.workload), number);
        assert_eq!(scenario.pods.len(), 2);
        scenario.check().expect("a scenario that can be simulated alone");
    }
    assert_eq!(world.shared.pods.len(), 6);
    assert!(world.shared.world.is_none() && plan.world(2).is_none());
    for (number, workload) in world.workloads.iter().enumerate() {
        let old = 2 * number as u16;
        assert_eq!((workload.old, workload.new, workload.deployment.template), (old, old + 1, old + 1));
        assert_eq!(workload.change, Change::Rollout);
        assert!(workload.key > 0 && workload.at.is_none());
    }
}

#[test]
fn the_room_is_what_the_pods_that_stand_leave() {
    let shop =
        three() + &node("n1", "a", "") + &node("n2", "b", "") + &pod("f-1", "front", "n1") + &pod("db-1", "db", "n2");
    let world = world(ALL, &shop);
    assert_eq!(world.room.resources, ["cpu", "memory", "pods"]);
    // Only the pod of the database stands: the one of `front` is simulated.
    assert_eq!(world.room.free_on(0), [4000, 8 << 30, 10]);
    assert_eq!(world.room.free_on(1), [3500, 7 << 30, 9]);
    assert_eq!(world.room.asked_by(2), [1500, 1 << 30, 1]);
    assert_eq!(world.room.asked_by(3), [1500, 1 << 30, 1]);
    assert_eq!(world.room.taken, [[0, 0], [500, 1 << 30]]);
    assert_eq!(world.workloads[0].found_on, [0]);
    assert!(!world.room.guessed);
}

#[test]
fn ports_of_the_host_are_resources_and_unknown_amounts_are_not_limited() {
    let ports =
        "ports: [{containerPort: 80, hostPort: 8080}], resources: {requests: {cpu: 100m}, limits: {nvidia.com/gpu: 1}}";
    let shop = deployment("a", "replicas: 1,", &container(ports)) + &deployment("b", "replicas: 1,", &container(SMALL));
    let world = world(ALL, &shop);
    assert_eq!(world.room.resources, ["cpu", "memory", "pods", "nvidia.com/gpu", "port/8080/TCP"]);
    assert_eq!(world.room.asked_by(0), [100, 0, 1, 1, 1]);
    assert_eq!(world.room.asked_by(2)[3..], [0, 0]);
    assert_eq!(world.room.free_on(0)[3..], [Room::UNLIMITED, 1]);
    // What requests nothing counts as the scheduler counts it.
    assert_eq!(world.room.scored[0], [100, 200 << 20]);
    assert!(world.room.guessed);
}

#[test]
fn volumes_that_a_node_can_attach_are_a_resource() {
    let own = "volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], storageClassName: fast, \
               resources: {requests: {storage: 1Gi}}}}}}]";
    let shop = deployment("a", "replicas: 1,", &format!("{}, {own}", container(SMALL)))
        + &deployment("b", "replicas: 1,", &container(SMALL))
        + &node("n1", "a", "")
        + &node("n2", "a", "")
        + "---\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: disk.example\n"
        + "---\nkind: CSINode\nmetadata: {name: n1}\nspec: {drivers: [{name: disk.example, allocatable: {count: 2}}]}\n"
        + "---\nkind: CSINode\nmetadata: {name: n2}\nspec: {drivers: [{name: disk.example, allocatable: {count: 0}}]}\n";
    let world = world(ALL, &shop);
    assert_eq!(world.room.resources[3..], ["volumes of disk.example"]);
    assert_eq!((world.room.asked_by(1)[3], world.room.asked_by(3)[3]), (1, 0));
    assert_eq!((world.room.free_on(0)[3], world.room.free_on(1)[3]), (2, 0));
    assert_eq!(world.workloads[0].open, [true, false]);
    assert!(world.workloads[1].open.is_empty());
}

#[test]
fn nodes_that_are_closed_to_one_are_nodes_of_all() {
    let shop = deployment("a", "replicas: 1,", &container(SMALL))
        + &deployment(
            "gpu",
            "replicas: 1,",
            &format!("{}, tolerations: [{{key: gpu, operator: Exists}}]", container(SMALL)),
        )
        + &node("n1", "a", "")
        + &node("n2", "a", "spec: {taints: [{key: gpu, effect: NoSchedule}]}\n");
    let world = world(ALL, &shop);
    assert_eq!(world.shared.cluster.nodes.len(), 2);
    assert_eq!(world.workloads[0].open, [true, false]);
    assert!(world.workloads[1].open.is_empty());
}

/// Case 22: both new pods must count each other.
#[test]
fn a_spread_that_selects_pods_of_another_workload_counts_its_templates() {
    let spread = |rest: &str| {
        format!(
            "topologySpreadConstraints: [{{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, \
             labelSelector: {{matchLabels: {{tier: web}}}}{rest}}}], {}",
            container(SMALL)
        )
    };
    let shop = deployment("a", "replicas: 1,", &spread(""))
        + &deployment("b", "replicas: 1,", &spread(""))
        + &deployment("alone", "replicas: 1,", &spread(", matchLabelKeys: [pod-template-hash]"))
        + &node("n1", "a", "")
        + &node("n2", "b", "");
    let world = world(ALL, &shop);
    let templates = |template: usize| {
        let topology = world.shared.pods[template].topology.as_ref().expect("rules");
        assert!(matches!(topology.rules[0].demand, Demand::Skew { most: 1, .. }));
        topology.rules[0].group.templates.clone()
    };
    assert_eq!(templates(0), [0, 1, 2, 3, 4, 5]);
    assert_eq!(templates(3), [0, 1, 2, 3, 4, 5]);
    assert_eq!((templates(4), templates(5)), (vec![4], vec![5]));
    assert!(world.shared.pods.iter().all(|model| model.constraints.is_empty()));
}

#[test]
fn anti_affinity_counts_both_ways_and_one_pod_on_a_node_is_a_rule() {
    let apart = |app: &str| {
        format!(
            "affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: kubernetes.io/hostname, \
             labelSelector: {{matchLabels: {{app: {app}}}}}}}]}}}}, {}",
            container(SMALL)
        )
    };
    let shop = deployment("a", "replicas: 1,", &apart("a")) + &deployment("b", "replicas: 1,", &apart("a"));
    let world = world(ALL, &shop);
    let rules = |template: usize| {
        let topology = world.shared.pods[template].topology.as_ref().expect("rules");
        let rule = |rule: &rollcast::scenario::Rule| (rule.demand.clone(), rule.group.templates.clone());
        topology.rules.iter().map(rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(1), [(Demand::Apart, vec![0, 1]), (Demand::KeptOut, vec![2, 3])]);
    assert_eq!(rules(2), [(Demand::Apart, vec![0, 1])]);
}

#[test]
fn quotas_leave_what_others_do_not_use() {
    let quota = "---\nkind: ResourceQuota\nmetadata: {name: q, namespace: shop}\nspec: {hard: {requests.cpu: 10, pods: 20}}\nstatus: {used: \
                 {requests.cpu: 7, pods: 8}}\n";
    let world = world(ALL, &(three() + quota));
    let [quota] = &world.quotas[..] else { panic!("{:?}", world.quotas) };
    // The pods that run use 2 * 0.5 + 3 * 1.5 + 0.5 = 6 cores and 6 places, so that others use 1 core and 2 places.
    assert_eq!(quota.name, "ResourceQuota shop/q");
    assert_eq!(
        (quota.resources.clone(), quota.hard.clone()),
        (vec!["pods".into(), "requests.cpu".into()], vec![18, 9000])
    );
    assert_eq!(quota.charged[..4], [vec![1, 500], vec![1, 500], vec![1, 1500], vec![1, 1500]]);
}

#[test]
fn entries_have_events_times_and_pods_of_their_own() {
    let experiment = "
deployment: {manifest: shop.yaml, name: mail}
pods: {start: 1s, new: {crash: 1%}}
workloads:
  - rest: {manifest: shop.yaml}
  - deployment: {manifest: shop.yaml, name: cart, replicas: 4, maxSurge: 1}
    event: {scale: {from: 2}}
    at: 2m
    pods: {start: 3s}
";
    let world = world(experiment, &three());
    assert_eq!(names(&world), ["shop/mail", "shop/front", "shop/cart"]);
    let changes: Vec<Change> = world.workloads.iter().map(|workload| workload.change).collect();
    assert_eq!(changes, [Change::Rollout, Change::Nothing, Change::Scale { from: 2 }]);
    assert_eq!(world.workloads[0].key, 0);
    assert_eq!(world.workloads[2].deployment.replicas, 4);
    assert_eq!(world.workloads[2].deployment.template, world.workloads[2].old);
    assert_eq!(world.workloads[2].at.map(|at| at.as_secs_f64()), Some(120.0));
    let start = |template: usize| world.shared.pods[template].start.quantile(0.5).as_secs_f64();
    assert_eq!((start(1), start(5)), (1.0, 3.0));
    assert_eq!((world.shared.pods[1].crash, world.shared.pods[5].crash), (0.01, 0.01));
}

#[test]
fn the_order_of_the_file_changes_nothing_but_the_order_of_the_workloads() {
    let (a, b) =
        (deployment("a", "replicas: 2,", &container(SMALL)), deployment("b", "replicas: 1,", &container(SMALL)));
    let one = world(ALL, &(a.clone() + &b));
    let other = world(ALL, &(b + &a));
    assert_eq!((names(&one), names(&other)), (vec!["shop/a", "shop/b"], vec!["shop/b", "shop/a"]));
    for (number, workload) in one.workloads.iter().enumerate() {
        let twin = &other.workloads[1 - number];
        assert_eq!(
            (workload.key, &workload.name, workload.found_replicas()),
            (twin.key, &twin.name, twin.found_replicas())
        );
        assert_eq!(one.shared.pods[2 * number].start, other.shared.pods[2 * (1 - number)].start);
    }
    assert_eq!((&one.room.free, &one.room.allocatable), (&other.room.free, &other.room.allocatable));
    assert_ne!(one.workloads[0].key, one.workloads[1].key);
    // The first 8 bytes of the SHA-256 of Deployment/shop/cart: results hang on it.
    assert_eq!(world(ALL, &three()).workloads[1].key, 9_384_305_823_430_734_626);
}

#[test]
fn releases_are_read_and_set() {
    let release = |text: &str| world(&format!("{ALL}release: {text}\n"), &three()).release.clone();
    assert_eq!(release("{}").order, Order::Together);
    assert_eq!(release("{order: inTurn}").order, Order::AtOnce(1));
    let full = release("{order: {waves: [[cart, shop/mail], [front]]}, pause: 1m, onStall: undo}");
    assert_eq!((full.order, full.on_stall), (Order::Waves(vec![vec![1, 2], vec![0]]), OnStall::Undo));
    assert_eq!(full.pause.as_secs_f64(), 60.0);
    for (path, value) in [("release.order", "{atOnce: 3}"), ("release.atOnce", "3"), ("release.order.atOnce", "3")] {
        for own in ["together", "{waves: [[cart]]}"] {
            let experiment = format!("{ALL}release: {{order: {own}}}\n");
            let plan = read_with(&experiment, &three(), &set(path, value)).unwrap();
            assert_eq!(plan.world(0).unwrap().release.order, Order::AtOnce(3), "{path}={value}");
        }
    }
}

#[test]
fn settings_reach_one_workload_or_all_that_move() {
    let surge = |path: &str| {
        let plan = read_with(ALL, &three(), &set(path, "0")).unwrap();
        let of = |workload: &rollcast::scenario::Workload| rollcast::k8s::fenceposts::max_surge(&workload.deployment);
        plan.world(0).unwrap().workloads.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(surge("workloads.*.maxSurge"), [0, 0, 0]);
    assert_eq!(surge("workloads.shop/cart.maxSurge"), [1, 0, 1]);
    let list = "workloads: [{deployment: {manifest: shop.yaml, name: cart}, at: 2m}]\n";
    let plan = read_with(list, &three(), &set("workloads.0.at", "3m")).unwrap();
    assert_eq!(plan.world(0).unwrap().workloads[0].at.map(|at| at.as_secs_f64()), Some(180.0));
    let plan = read_with(ALL, &three(), &set("workloads.cart.pods.new.crash", "5%")).unwrap();
    let crash: Vec<f64> = plan.world(0).unwrap().shared.pods.iter().map(|model| model.crash).collect();
    let changed: Vec<usize> = (0..crash.len()).filter(|template| crash[*template] != crash[0]).collect();
    assert_eq!((changed, crash[3]), (vec![3], 0.05));
}

#[test]
fn mistakes_name_their_place_and_what_to_do() {
    let of = |experiment: &str| read(experiment, &three()).map(|_| ()).unwrap_err();
    for (experiment, expected) in [
        ("workload: {manifest: shop.yaml}\n", "unknown key `workload`; did you mean `workloads`?"),
        ("deployments: {manifest: shop.yaml}\n", "unknown key `deployments`; did you mean `deployment`?"),
        ("workloads: []\n", "there is no workload: write"),
        ("workloads: {namespace: shop}\n", "the key `manifest` is missing here"),
        ("workloads: {manifest: shop.yaml, namespace: shopp}\n", "no Deployment is in the namespace `shopp`"),
        ("workloads: {manifest: shop.yaml, names: [card]}\n", "no Deployment `card` is there; did you mean `cart`?"),
        (
            "workloads: [{deployment: {manifest: shop.yaml, name: cart}}, {deployment: {manifest: shop.yaml, name: shop/cart}}]\n",
            "shop/cart is a workload already: write it once",
        ),
        ("workloads: [{event: none}]\n", "an entry has either `deployment`, `statefulSet` or `daemonSet`, or `rest`"),
        (
            "workloads: [{deployment: {manifest: shop.yaml, name: cart}, event: upgrade}]\n",
            "unknown event of a workload `upgrade`",
        ),
        ("workloads: {manifest: shop.yaml}\nrelease: {order: serial}\n", "unknown order `serial`"),
        (
            "workloads: {manifest: shop.yaml}\nrelease: {order: {waves: [[cart], [cart]]}}\n",
            "shop/cart is in a wave already",
        ),
        (
            "workloads: {manifest: shop.yaml}\nrelease: {order: {waves: [[card]]}}\n",
            "no workload is called `card`; did you mean `cart`?",
        ),
        (
            "workloads: {manifest: shop.yaml}\ntraffic: {rate: 1, capacity: 1}\n",
            "requests are simulated for one Deployment alone",
        ),
        ("workloads: {manifest: shop.yaml}\nobserve: 10m\n", "leave observe out"),
        ("workloads: {manifest: shop.yaml}\nevent: none\n", "with several workloads each has its own"),
        ("workloads: {manifest: shop.yaml}\ntimeline: [{at: 1m, scale: 4}]\n", "`scale` is about one Deployment"),
        (
            "workloads: {manifest: shop.yaml}\nreplications: {targets: [duration_s p95 ±2%]}\n",
            "a precision is reached for one Deployment alone",
        ),
        (
            "workloads: {manifest: shop.yaml}\nsweep: {maxSurge: [0, 1]}\n",
            "`maxSurge` does not say of which workload: write `workloads.*.maxSurge` for all that move, or `workloads.NAMESPACE/NAME.maxSurge`",
        ),
        (
            "workloads: {manifest: shop.yaml}\nsweep: {workloads.card.maxSurge: [0, 1]}\n",
            "no workload is called `card`; did you mean `cart`?",
        ),
        (
            "workloads: {manifest: shop.yaml}\ncluster: {nodes: 1, allocatable: {cpu: 5, memory: 8Gi}}\n",
            "ask for 6 of cpu, and the 1 nodes have 5",
        ),
    ] {
        let error = of(experiment);
        assert!(error.contains(expected), "{experiment}: {error}");
    }
    let error = read_with(ALL, &three(), &set("maxSurge", "1")).unwrap_err();
    assert!(error.contains("--set maxSurge=1"), "{error}");
}

#[test]
fn manifests_alone_are_read_as_a_world() {
    let folder = tempfile::tempdir().expect("a folder");
    let (shop, experiment) = (folder.path().join("shop.yaml"), folder.path().join("one.yaml"));
    std::fs::write(&shop, three()).expect("a file");
    std::fs::write(&experiment, "deployment: {manifest: shop.yaml, name: cart}\npods: {start: 1s}\n").expect("a file");
    let load = |path: &Path, overrides: &Overrides| {
        Plan::load_world(&[path.into()], overrides).map_err(|error| error.to_string())
    };
    let plan = load(&shop, &Overrides::default()).unwrap();
    assert_eq!(names(plan.world(0).unwrap()), ["shop/front", "shop/cart", "shop/mail"]);
    assert!(plan.overrides.world);
    let of_experiment = load(&experiment, &Overrides::default()).unwrap();
    assert_eq!(names(of_experiment.world(0).unwrap()), ["shop/front", "shop/cart", "shop/mail"]);
    let chosen = Overrides { deployment: Some("shop/cart".into()), ..Overrides::default() };
    assert_eq!(names(load(&shop, &chosen).unwrap().world(0).unwrap()), ["shop/cart"]);
    let again = load(&shop, &set("release.order", "{atOnce: 2}")).unwrap();
    assert_eq!(again.world(0).unwrap().release.order, Order::AtOnce(2));
}

#[test]
fn what_is_assumed_is_told_once() {
    let plan = plan(ALL, &three());
    let assumed = plan.caveats.assumed.join("\n");
    assert!(assumed.contains("controlPlane.apiLatency uniform: {low: 4ms, high: 6ms}"), "{assumed}");
    assert!(assumed.contains("nobody wrote the nodes"), "{assumed}");
    assert!(!assumed.contains("no part of this forecast"), "{assumed}");
    let world = plan.world(0).unwrap();
    assert!(world.shared.control_plane.api_latency.as_constant().is_none());
    let value = |key: &str| plan.premises.iter().find(|one| one.key == key).map(|one| (one.value.clone(), one.seconds));
    let (text, seconds) = value("controlPlane.apiLatency").expect("a premise");
    assert_eq!((text.as_str(), seconds.map(|[median, _]| median)), ("uniform: {low: 4ms, high: 6ms}", Some(0.005)));
    let own = read_with(ALL, &three(), &set("controlPlane.apiLatency", "7ms")).unwrap();
    assert!(own.world(0).unwrap().shared.control_plane.api_latency.as_constant().is_some());
    assert_eq!(plan.name, "3 Deployments");
}

/// The node of each pod that is bound.
#[derive(Default)]
struct Bound(Vec<(WorkloadId, NodeId)>);

impl WorldObserver for Bound {
    fn of_workload(&mut self, _: SimTime, workload: WorkloadId, fact: Fact) {
        if let Fact::PodScheduled { node, .. } = fact {
            self.0.push((workload, node));
        }
    }

    fn of_world(&mut self, _: SimTime, _: Fact) {}
}

/// firestoned/bindy#488: two Deployments whose pods one spread selects both stand in zone b. Rolled together both new pods must go to
/// zone a, and both end there; one of them alone leaves one pod in each zone.
#[test]
fn two_deployments_that_one_spread_selects_end_in_the_same_zone() {
    let spread = "topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: \
                  DoNotSchedule, labelSelector: {matchLabels: {tier: web}}}], ";
    let both = ["primary-0", "primary-1"].map(|name| {
        deployment(name, "replicas: 1,", &format!("{spread}{}", container(SMALL))) + &pod(name, name, "n-b")
    });
    let shop = both.concat() + &node("n-a", "a", "") + &node("n-b", "b", "");
    let zones = |experiment: &str| {
        let world = world(experiment, &shop);
        (0..20)
            .map(|replication| {
                let mut bound = Bound::default();
                let span = Simulator::new(3).run_world(&AtomicBool::new(false), &world, replication, &mut bound);
                assert!(span.expect("nobody stops it").end.is_some(), "it is complete");
                bound.0.sort_unstable();
                bound.0
            })
            .collect::<Vec<_>>()
    };
    let together = zones("workloads: {manifest: shop.yaml}\n");
    assert!(together.iter().all(|bound| bound == &[(0, 0), (1, 0)]), "{together:?}");
    let one =
        zones("workloads: [{deployment: {manifest: shop.yaml, name: primary-0}}, {rest: {manifest: shop.yaml}}]\n");
    assert!(one.iter().all(|bound| bound == &[(0, 0)]), "{one:?}");
}

/// The order of the file decides nothing where nobody waits for anybody: one large node, no limits, and no time for scheduling.
#[test]
fn the_order_of_a_file_changes_nothing_where_nothing_is_shared() {
    let experiment = "workloads: {manifest: shop.yaml}\n\
        pods: {pull: 0s, start: {exponential: {mean: 3s}}, warmUp: {exponential: {mean: 5s}}, termination: {exponential: {mean: 2s}}, crash: 10%}\n\
        cluster: {nodes: 1, allocatable: {cpu: 1000, memory: 1Ti, pods: 1000}}\n\
        controlPlane: {scheduling: 0s, controllerQps: 100000, controllerBurst: 1000000, schedulerQps: 100000, schedulerBurst: 1000000}\n";
    let documents = ["front", "cart", "mail", "search"];
    let shop = |order: &[usize]| {
        let of = |place: &usize| {
            let name = documents[*place];
            deployment(name, &format!("replicas: {},", 3 + place), &container(SMALL))
        };
        order.iter().map(of).collect::<String>()
    };
    let records = |order: &[usize]| {
        let plan = plan(experiment, &shop(order));
        let mut records: Vec<_> = plan
            .scenarios
            .iter()
            .flat_map(|scenario| {
                (0..20).map(|replication| {
                    let (_, name) = scenario.parameters.last().expect("its name");
                    (name.clone(), replication, crate::workloads::record_of(scenario, replication))
                })
            })
            .collect();
        records.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
        records
    };
    let expected = records(&[0, 1, 2, 3]);
    for order in [[3, 2, 1, 0], [1, 3, 0, 2]] {
        assert!(records(&order) == expected, "{order:?}");
    }
}

/// What the scheduler says when each workload stalls.
#[derive(Default)]
struct Unplaced(std::collections::BTreeMap<WorkloadId, String>);

impl WorldObserver for Unplaced {
    fn of_workload(&mut self, _: SimTime, workload: WorkloadId, fact: Fact) {
        if let Fact::Stalled { refusals, .. } = fact {
            self.0.entry(workload).or_insert_with(|| refusals.message(&[]));
        }
    }

    fn of_world(&mut self, _: SimTime, _: Fact) {}
}

/// A node with a taint, a cordoned one, one that a workload's labels leave out and one that is full each say why, for each workload.
#[test]
fn each_node_says_why_it_takes_no_pod() {
    let big = "resources: {requests: {cpu: 3, memory: 1Gi}}";
    let rest = "replicas: 1, progressDeadlineSeconds: 30, strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}},";
    let bound = |pod: &str| format!("nodeSelector: {{topology.kubernetes.io/zone: a}}, {pod}");
    let tolerant = |pod: &str| format!("tolerations: [{{operator: Exists}}], {pod}");
    let shop = deployment("front", rest, &bound(&container(big)))
        + &deployment("cart", rest, &tolerant(&container(big)))
        + &node("n-full", "a", "")
        + &node("n-tainted", "a", "spec: {taints: [{key: gpu, effect: NoSchedule}]}\n")
        + &node("n-cordoned", "a", "spec: {unschedulable: true}\n")
        + &node("n-other", "b", "")
        + &pod("front-0", "front", "n-full").replace("cpu: 500m", "cpu: 3")
        + &pod("cart-0", "cart", "n-other").replace("cpu: 500m", "cpu: 3")
        + &pod("cart-x", "none", "n-tainted").replace("cpu: 500m", "cpu: 3")
        + &pod("cart-y", "none", "n-cordoned").replace("cpu: 500m", "cpu: 3");
    let world = world("workloads: {manifest: shop.yaml}\nrelease: {onStall: continue}\n", &shop);
    let mut unplaced = Unplaced::default();
    Simulator::new(3).run_world(&AtomicBool::new(false), &world, 0, &mut unplaced).expect("nobody stops it");
    assert_eq!(
        unplaced.0[&0],
        "0/4 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s), \
         1 node(s) were unschedulable"
    );
    assert_eq!(unplaced.0[&1], "0/4 nodes are available: 4 Insufficient cpu");
}
