use serde_json::Value;

use crate::k8s::scheduler;
use crate::scenario::{Change, Cluster, Node, Release, Rollback, Room, Scenario, Template, Workload, World};
use crate::sim::state::nodes::{Health, Nodes};

/// Workloads with these numbers of templates on nodes in the zones 0, 1, 0, ...; each template asks for its row of `asked`.
pub(crate) fn world(nodes: &[&[u64]], asked: &[&[u64]], templates: &[Template]) -> World {
    let mut shared = Scenario::builder(1).unwrap().build();
    let zoned = |zone: usize| Node { zone: zone as u16 % 2, slots: 0, base_load: 0.0, pod_load: 0.0 };
    shared.cluster = Cluster::of((0..nodes.len()).map(zoned).collect());
    shared.pods = vec![shared.pods[0].clone(); asked.len()];
    let deployment = shared.deployment;
    let two = |amounts: &[u64]| [amounts[Room::CPU], amounts[Room::MEMORY]];
    let names = ["cpu", "memory", "pods", "nvidia.com/gpu", "port/80/TCP"];
    let mut next = 0;
    let workload = |count: &Template| {
        let old = next;
        next += count;
        Workload {
            name: format!("shop/{old}"),
            key: u64::from(old),
            deployment,
            stateful_set: None,
            daemon_set: None,
            old,
            new: next - 1,
            others: 0,
            change: Change::Rollout,
            at: None,
            found_on: Vec::new(),
            open: Vec::new(),
            closed_by: Vec::new(),
            budget: None,
            rollback: Rollback::default(),
            availability_objective: 0.9,
        }
    };
    World {
        workloads: templates.iter().map(workload).collect(),
        room: Room {
            resources: names[..nodes[0].len()].iter().map(|name| (*name).to_owned()).collect(),
            free: nodes.concat(),
            asked: asked.concat(),
            allocatable: nodes.iter().map(|node| two(node)).collect(),
            taken: vec![[0; 2]; nodes.len()],
            scored: asked.iter().map(|pod| two(pod)).collect(),
            guessed: false,
        },
        shared,
        quotas: Vec::new(),
        release: Release::default(),
    }
}

fn nodes_of(world: &World) -> Nodes {
    let mut nodes = Nodes::default();
    nodes.reset(&world.shared.cluster, &world.shared.pods, Some(world));
    nodes
}

fn score(nodes: &Nodes, node: usize, template: Template) -> i64 {
    scheduler::free(nodes.amounts().unwrap().load_with(node, template))
}

const MANY: u64 = Room::UNLIMITED;
const NODE: &[u64] = &[100, 100, 9];
const POD: &[u64] = &[10, 10, 1];

#[test]
fn a_pod_fits_where_every_resource_that_it_asks_for_is_left() {
    let each: [(&[u64], &[u64], u32, &str); 8] = [
        (&[1_000, 1_000, 10], &[250, 100, 1], 4, "CPU"),
        (&[1_000, 1_000, 10], &[10, 300, 1], 3, "memory"),
        (&[1_000, 1_000, 2], &[10, 10, 1], 2, "pods"),
        (&[1_000, 1_000, 10, 3], &[10, 10, 1, 2], 1, "devices"),
        (&[1_000, 1_000, 10, 3, 1], &[10, 10, 1, 0, 1], 1, "a port"),
        (&[1_000, 1_000, 10, 0, 0], &[10, 10, 1, 0, 0], 10, "what is not asked for is not looked at"),
        (&[MANY, MANY, 7], &[10_000, 10_000, 1], 7, "nothing says how much there is"),
        (&[MANY, MANY, MANY], &[1, 1, 0], u32::MAX, "of anything"),
    ];
    for (node, pod, expected, why) in each {
        let mut nodes = nodes_of(&world(&[node], &[pod], &[1]));
        assert_eq!(nodes.room(0, 0), expected, "{why}");
        for _ in 0..expected.min(20) {
            assert!(nodes.fits(0, 0), "{why}");
            nodes.occupy(0, 0);
        }
        assert_eq!(nodes.fits(0, 0), expected > 20, "{why}");
        nodes.vacate(0, 0);
        assert!(nodes.fits(0, 0), "{why}: one is gone");
    }
}

/// Pods that a run finds may take more than there is.
#[test]
fn a_node_that_is_over_full_takes_pods_that_ask_for_other_resources() {
    let mut nodes = nodes_of(&world(&[&[100, 100, 9]], &[&[80, 0, 1], &[0, 10, 1]], &[1, 1]));
    nodes.occupy(0, 0);
    nodes.occupy(0, 0);
    assert!(!nodes.fits(0, 0) && nodes.fits(0, 1));
    nodes.vacate(0, 0);
    assert!(!nodes.fits(0, 0), "20 are left");
    nodes.vacate(0, 0);
    assert!(nodes.fits(0, 0));
}

#[test]
fn a_node_is_open_to_the_workloads_that_may_go_there() {
    let mut world = world(&[NODE; 2], &[POD; 4], &[2, 2]);
    world.workloads[1].open = vec![false, true];
    let mut nodes = nodes_of(&world);
    let fits = |nodes: &Nodes| [0, 1, 2, 3].map(|template| [nodes.fits(0, template), nodes.fits(1, template)]);
    assert_eq!(fits(&nodes), [[true, true], [true, true], [false, true], [false, true]]);
    assert_eq!((nodes.place(0), nodes.place(2)), (Some(0), Some(1)));
    nodes.close(1);
    assert_eq!(fits(&nodes), [[true, false], [true, false], [false, false], [false, false]]);
    assert_eq!((nodes.place(0), nodes.place(2)), (Some(0), None));
    nodes.open(1);
    nodes.set_health(0, Health::Unreachable);
    assert_eq!(fits(&nodes), [[false, true]; 4]);
}

/// One size of pods: the same load, score and node as for one workload alone, whose nodes have slots.
#[test]
fn pods_of_one_size_are_placed_as_on_slots() {
    let pod: &[u64] = &[333, 700, 1];
    let mut world = world(&[&[3_900, 7_000, 110], &[1_900, 9_000, 110], &[3_900, 7_000, 3]], &[pod; 2], &[2]);
    world.room.taken = vec![[100, 1_000], [0, 0], [700, 0]];
    for (node, taken) in world.room.free.chunks_mut(3).zip(&world.room.taken) {
        (node[0], node[1]) = (node[0] - taken[0], node[1] - taken[1]);
    }
    let share = |amounts: [u64; 2], whole: [u64; 2]| {
        f64::midpoint(amounts[0] as f64 / whole[0] as f64, amounts[1] as f64 / whole[1] as f64)
    };
    let mut cluster = world.shared.cluster.clone();
    for (number, node) in cluster.nodes.iter_mut().enumerate() {
        let (whole, free) = (world.room.allocatable[number], world.room.free_on(number));
        node.slots = (free[0] / 333).min(free[1] / 700).min(free[2]) as u32;
        node.base_load = share(world.room.taken[number], whole);
        node.pod_load = share([333, 700], whole);
    }
    let (mut amounts, mut slots) = (nodes_of(&world), Nodes::default());
    slots.reset(&cluster, &world.shared.pods, None);
    let mut placed = Vec::new();
    while let Some(node) = slots.place(0) {
        assert_eq!(amounts.place(0), Some(node));
        for node in 0..3 {
            assert_eq!(amounts.fits(node, 1), slots.fits(node, 1));
            assert!(!slots.fits(node, 0) || score(&amounts, node, 0) == slots.free[node]);
            assert_eq!(amounts.room(node, 0), slots.room(node, 0));
        }
        let template = placed.len() as Template % 2;
        placed.push(node);
        amounts.occupy(node, template);
        slots.occupy(node, template);
    }
    assert_eq!((placed.len(), amounts.place(0)), (8 + 5 + 3, None));
}

/// Upstream: `noderesources/least_allocated_test.go`; nodes are compared by the mean of both resources at once, which may lie one
/// point above the mean of both points.
#[test]
fn scores_are_upstreams() {
    let file: Value =
        serde_json::from_str(include_str!("../../../../tests/vectors/least_allocated_score.json")).unwrap();
    let sum = |containers: &Value| {
        let of = |name: &str| containers.as_array().unwrap().iter().filter_map(|one| one[name].as_u64()).sum::<u64>();
        [of("cpu"), of("memory"), 1]
    };
    let mut seen = 0;
    for case in file["cases"].as_array().unwrap() {
        let (input, expected) = (&case["input"], &case["expected"]["scores"]);
        let sizes = input["nodes"].as_array().unwrap();
        let amounts = sizes.iter().map(|node| [node["cpu"].as_u64().unwrap(), node["memory"].as_u64().unwrap(), 110]);
        let amounts: Vec<[u64; 3]> = amounts.collect();
        let there = input["existingPods"].as_array().unwrap();
        let pods: Vec<[u64; 3]> =
            std::iter::once(sum(&input["pod"])).chain(there.iter().map(|pod| sum(&pod["containers"]))).collect();
        let world = world(
            &amounts.iter().map(<[u64; 3]>::as_slice).collect::<Vec<_>>(),
            &pods.iter().map(<[u64; 3]>::as_slice).collect::<Vec<_>>(),
            &vec![1; pods.len()],
        );
        let mut nodes = nodes_of(&world);
        for (template, pod) in (1..).zip(there) {
            let node = sizes.iter().position(|node| node["name"] == pod["node"]).unwrap();
            nodes.occupy(node as u32, template);
        }
        // The filter comes before the score.
        for (node, size) in sizes.iter().enumerate().filter(|(node, _)| nodes.fits(*node, 0)) {
            let points = expected[size["name"].as_str().unwrap()].as_i64().unwrap();
            let own = score(&nodes, node, 0);
            assert!(own == points || own == points + 1, "{}: node {node}: {own}, upstream {points}", case["name"]);
            seen += 1;
        }
    }
    assert_eq!(seen, 12);
}

#[test]
fn pods_are_counted_by_template_until_they_have_ended() {
    let mut nodes = nodes_of(&world(&[NODE; 2], &[POD; 4], &[2, 2]));
    for (node, template) in [(0, 0), (0, 1), (0, 1), (1, 1), (0, 2), (1, 3)] {
        nodes.occupy(node, template);
    }
    let active = |nodes: &Nodes, template| [0, 1].map(nodes.active_of_siblings(template).unwrap());
    assert_eq!((active(&nodes, 0), active(&nodes, 3)), ([3, 1], [1, 1]));
    nodes.retire(0, 1, false);
    assert_eq!((active(&nodes, 1), active(&nodes, 2)), ([2, 1], [1, 1]));
    assert_eq!(nodes.own_on_nodes(1), [1, 1]);
    assert_eq!(nodes.own_in_zones(1), [1, 1]);
    let present = |nodes: &Nodes| {
        let amounts = nodes.amounts().unwrap();
        [0, 1].map(|place| (amounts.present_on_node(1, place), amounts.present_in_zone(1, place)))
    };
    assert_eq!(present(&nodes), [(2, 2), (1, 1)], "one is terminating");
    nodes.vacate(0, 1);
    assert_eq!(present(&nodes), [(1, 1), (1, 1)]);
}

/// Whatever comes and goes: nothing takes more than there is, and what has gone leaves nothing behind.
#[test]
fn a_walk_never_takes_more_than_there_is() {
    let free: [&[u64]; 3] = [&[1_000, 900, 6, 2, 1], &[500, 2_000, 9, 0, 1], &[MANY, 700, 4, 1, 1]];
    let asked: [&[u64]; 4] = [&[90, 200, 1, 0, 0], &[110, 10, 1, 1, 0], &[10, 40, 1, 0, 1], &[300, 300, 1, 0, 0]];
    let mut nodes = nodes_of(&world(&free, &asked, &[2, 1, 1]));
    let mut there: Vec<(u32, Template)> = Vec::new();
    let (mut state, mut full) = (7_u64, 0);
    for _ in 0..5_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let drawn = (state >> 33) as usize;
        let template = (drawn % 4) as Template;
        if drawn / 4 % 5 < 3 {
            match nodes.place(template) {
                Some(node) => {
                    nodes.occupy(node, template);
                    there.push((node, template));
                }
                None => full += 1,
            }
        } else if !there.is_empty() {
            let (node, template) = there.swap_remove(drawn / 32 % there.len());
            nodes.retire(node, template, false);
            nodes.vacate(node, template);
        }
        for (node, free) in free.iter().enumerate() {
            let on = || there.iter().filter(|(on, _)| *on as usize == node).map(|(_, template)| usize::from(*template));
            for (resource, free) in free.iter().enumerate() {
                let taken: u64 = on().map(|template| asked[template][resource]).sum();
                assert!(taken <= *free, "resource {resource} of node {node}: {taken} of {free}");
            }
            assert_eq!(nodes.states[node].occupied as usize, on().count());
        }
    }
    assert!(full > 100, "{full} found no room");
    there.drain(..).for_each(|(node, template)| {
        nodes.retire(node, template, false);
        nodes.vacate(node, template);
    });
    let empty = nodes_of(&world(&free, &asked, &[2, 1, 1]));
    for template in 0..4 {
        for node in 0..3 {
            assert_eq!(nodes.room(node, template), empty.room(node, template));
            assert_eq!(score(&nodes, node, template), score(&empty, node, template));
        }
    }
}

#[test]
fn an_autoscaler_packs_pods_into_the_first_node_with_room() {
    let node: &[u64] = &[1_000, 1_000, 10];
    let mut world = world(&[node; 5], &[&[600, 10, 1], &[400, 10, 1], &[2_000, 10, 1], &[100, 10, 1]], &[1, 1, 1, 1]);
    world.workloads[3].open = vec![true, true, true, true, false];
    let nodes = nodes_of(&world);
    let needed = |list: &[usize], coming: usize, pods: &[Template]| {
        nodes.amounts().unwrap().nodes_needed(list, coming, pods.iter().copied(), &mut Vec::new())
    };
    let new = [1, 2, 3, 4];
    assert_eq!(needed(&new, 0, &[]), 0);
    assert_eq!(needed(&new, 0, &[0, 1, 0, 1]), 2);
    assert_eq!(needed(&new, 0, &[0, 0, 1, 1, 0]), 3);
    assert_eq!(needed(&new, 2, &[0, 0, 1, 1, 0]), 1, "two are on their way");
    assert_eq!(needed(&new, 2, &[0]), 0);
    assert_eq!(needed(&new, 0, &[2]), 0, "no node is large enough");
    assert_eq!(needed(&new, 0, &[0; 9]), 4, "it may not add more");
    assert_eq!(needed(&[4], 0, &[3, 1]), 1, "the first pod may not go there");
    assert_eq!(needed(&[4], 0, &[3]), 0);
}

#[test]
fn a_copy_is_the_same() {
    let world = world(&[NODE; 3], &[POD; 2], &[2]);
    let mut nodes = nodes_of(&world);
    nodes.occupy(1, 0);
    let mut copy = Nodes::default();
    for _ in 0..2 {
        copy.copy_from(&nodes);
        assert_eq!((copy.place(1), copy.room(1, 1), copy.zones()), (Some(0), 8, 2));
        copy.occupy(2, 1);
    }
    let mut alone = Nodes::default();
    alone.reset(&world.shared.cluster, &world.shared.pods, None);
    copy.copy_from(&alone);
    assert!(copy.amounts().is_none());
}
