//! Scenarios in which something is another. Of the one workload of a world that world is changed too.

use std::sync::Arc;

use crate::scenario::{Membership, Room, Scenario, World};

impl Scenario {
    /// Whether other workloads share its cluster.
    #[must_use]
    pub fn has_neighbours(&self) -> bool {
        self.world.as_ref().is_some_and(|own| own.world.workloads.len() > 1)
    }

    /// The scenario after a change; `None` where the change is not possible, or where the scenario is about one workload of several,
    /// whose world would stay as it is.
    #[must_use]
    pub fn changed(&self, change: impl Fn(&mut Self) -> Option<()>) -> Option<Self> {
        let mut changed = self.clone();
        change(&mut changed)?;
        if let Some(Membership { world, .. }) = &mut changed.world {
            if world.workloads.len() > 1 {
                return None;
            }
            let world = Arc::make_mut(world);
            change(&mut world.shared)?;
            follow(world, self);
        }
        Some(changed)
    }
}

/// What stands in a world of one workload beside the scenario that is simulated, after that was changed. `before`: the scenario before.
fn follow(world: &mut World, before: &Scenario) {
    let World { shared, workloads, room, .. } = world;
    let known = &before.cluster.nodes;
    for (number, node) in shared.cluster.nodes.iter().enumerate() {
        match known.get(number) {
            Some(old) if node.slots == 0 && old.slots > 0 => room.close(number),
            Some(_) => {}
            None => {
                let like = known.iter().rposition(|old| old == node).unwrap_or(0);
                room.add_like(like);
                for workload in workloads.iter_mut() {
                    copied(&mut workload.open, like);
                    copied(&mut workload.closed_by, like);
                }
            }
        }
    }
    for workload in workloads {
        workload.deployment.min_ready_seconds = shared.deployment.min_ready_seconds;
        if let Some(set) = &mut workload.stateful_set {
            set.spec.min_ready_seconds = shared.deployment.min_ready_seconds;
        }
        if let Some(set) = &mut workload.daemon_set {
            set.spec.min_ready_seconds = shared.deployment.min_ready_seconds;
        }
    }
}

/// Adds what an element is once more; an empty list says the same of all and stays empty.
fn copied<T: Copy>(list: &mut Vec<T>, place: usize) {
    let one = list.get(place).copied();
    list.extend(one);
}

impl Room {
    /// A node has no room any more.
    fn close(&mut self, node: usize) {
        let width = self.resources.len();
        self.free.iter_mut().skip(node * width).take(width).for_each(|amount| *amount = 0);
    }

    /// One more node, which is like another one.
    fn add_like(&mut self, node: usize) {
        let width = self.resources.len();
        let free: Vec<u64> = self.free.iter().skip(node * width).take(width).copied().collect();
        self.free.extend(free);
        copied(&mut self.allocatable, node);
        copied(&mut self.taken, node);
    }
}
