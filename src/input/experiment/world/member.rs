//! A workload that was read as if it were alone.

use std::collections::BTreeSet;

use crate::input::experiment::cluster::UNKNOWN;
use crate::input::experiment::scenario::{Part, Resolved};
use crate::input::experiment::world::entries::Entry;
use crate::scenario::Template;

/// A workload that was read.
pub(super) struct Member<'e> {
    pub(super) entry: &'e Entry,
    pub(super) resolved: Resolved,
    /// What it was read from. The nodes are the same for all workloads, and the first one has them.
    pub(super) part: Part,
    /// By node: whether its pods may go there.
    pub(super) open: Vec<bool>,
    /// Resources that its pods ask for and of which nobody says how much the nodes have.
    pub(super) unknown: BTreeSet<String>,
}

impl<'e> Member<'e> {
    pub(super) fn of(entry: &'e Entry, resolved: Resolved, mut part: Part, is_first: bool) -> Self {
        let (volumes, machines) = (&part.workload.template.volumes, &part.workload.machines);
        let attaches = |machine: Option<usize>| {
            let machine = machine.filter(|_| !part.own_nodes).and_then(|number| machines.get(number));
            machine.is_none_or(|machine| volumes.pods_on(machine.name()) > 0)
        };
        let pools = part.of_pool.iter().map(|pool| &part.pools[*pool]);
        let open = pools.zip(&part.places).map(|(pool, place)| !pool.closed && attaches(place.machine)).collect();
        let of_pools = part.pools.iter().flat_map(|pool| pool.capacity.iter());
        let unknown = of_pools.filter(|(_, amount)| *amount == UNKNOWN).map(|(name, _)| name.to_owned()).collect();
        if !is_first {
            (part.places, part.pools, part.of_pool) = Default::default();
        }
        Self { entry, resolved, part, open, unknown }
    }

    /// How many versions it has beside the old and the new one: a snapshot shows pods of them.
    pub(super) fn others(&self) -> Template {
        Template::try_from(self.resolved.scenario.pods.len().saturating_sub(2)).unwrap_or(Template::MAX)
    }
}
