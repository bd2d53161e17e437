//! A world with more nodes.

use std::cmp::Reverse;

use crate::scenario::{Demand, Node, Room, Rule, Topology, World};
use crate::sim::NodeId;

/// The node that others are bought like: of those that take pods of the most workloads the one with the most CPU.
pub(super) fn usual_node(world: &World) -> usize {
    let takes = |node: usize| {
        let is_open = |open: &[bool]| open.get(node).copied().unwrap_or(true);
        world.workloads.iter().filter(|workload| is_open(&workload.open)).count()
    };
    let nodes = 0..world.shared.cluster.nodes_at_start();
    nodes.max_by_key(|node| (takes(*node), world.room.allocatable[*node], Reverse(*node))).unwrap_or(0)
}

/// The world with so many more empty nodes like the node `like`, in the zones with the fewest nodes. The pods that a release finds
/// stand where they stood without the new ones: `standing` has their nodes by workload.
pub(super) fn with_more_nodes(world: &World, like: usize, count: u32, standing: &[Vec<NodeId>]) -> World {
    let mut more = world.clone();
    for (workload, nodes) in more.workloads.iter_mut().zip(standing) {
        workload.found_on.clone_from(nodes);
    }
    for _ in 0..count {
        let near = near(&more, like);
        add_room(&mut more.room, like);
        let nodes = &mut more.shared.cluster.nodes;
        let added = Node { zone: nodes[near].zone, base_load: 0.0, ..nodes[like] };
        nodes.push(added);
        let full = &mut more.shared.cluster.explanation.full;
        full.extend(full.get(like).copied());
        for open in more.workloads.iter_mut().map(|workload| &mut workload.open) {
            open.extend(open.get(like).copied());
        }
        more.shared.pods.iter_mut().filter_map(|model| model.topology.as_mut()).for_each(|own| add_node(own, near));
    }
    more
}

/// A node of the zone with the fewest nodes; the node `like` where that is in it.
fn near(world: &World, like: usize) -> usize {
    let nodes = &world.shared.cluster.nodes;
    let others = |zone: u16| nodes.iter().filter(|node| node.zone == zone).count();
    let places = 0..nodes.len();
    places.min_by_key(|place| (others(nodes[*place].zone), *place != like, *place)).unwrap_or(like)
}

fn add_room(room: &mut Room, like: usize) {
    let width = room.resources.len();
    for (place, name) in room.resources.iter().enumerate() {
        let own = room.free[like * width + place];
        let most = (0..room.allocatable.len()).map(|node| room.free[node * width + place]).max().unwrap_or(own);
        room.free.push(match place {
            _ if own == Room::UNLIMITED => own,
            Room::CPU | Room::MEMORY => room.allocatable[like][place],
            _ if name.starts_with(Room::PORT) => 1,
            _ => most,
        });
    }
    room.allocatable.push(room.allocatable[like]);
    room.taken.push([0, 0]);
}

/// A node like `near`, without pods of others. Where every node is a domain of its own the new one is as well.
fn add_node(topology: &mut Topology, near: usize) {
    for (key, domains) in topology.domains.iter_mut().enumerate() {
        let next = domains.iter().filter(|domain| **domain != Topology::NO_DOMAIN).max().map_or(0, |last| last + 1);
        let is_own = domains[near] != Topology::NO_DOMAIN && next as usize == domains.len();
        domains.push(if is_own { next } else { domains[near] });
        if is_own {
            let rules = topology.rules.iter_mut().map(|rule| &mut rule.group);
            let groups = rules.chain(topology.wishes.iter_mut().map(|wish| &mut wish.group));
            groups.filter(|group| group.key == key).for_each(|group| group.standing.push(0));
        }
    }
    for Rule { demand, .. } in &mut topology.rules {
        if let Demand::Skew { counted, .. } = demand {
            counted.extend(counted.get(near).copied());
        }
    }
    let points = &mut topology.points;
    for list in [&mut points.preferred, &mut points.taints] {
        list.extend(list.get(near).copied());
    }
    if !points.neighbours.is_empty() {
        points.neighbours.push(0);
    }
}
