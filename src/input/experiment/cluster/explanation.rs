//! Why nodes take no pod, for the report of a stall: what a full node has too little of, and which nodes are left out.

use std::collections::BTreeMap;

use crate::input::experiment::cluster::pools::Pool;
use crate::input::experiment::cluster::reader::Reader;
use crate::input::kubernetes::amounts::{CPU, MEMORY, PODS};
use crate::input::kubernetes::ground::Place;
use crate::input::kubernetes::machine::Machine;
use crate::scenario::{Explanation, Refusal};

impl Reader<'_> {
    /// What is known of the nodes at these places, of which the pools have the Node objects that count.
    pub(super) fn explanation(&self, places: &[Place], pools: &[Pool]) -> Explanation {
        let full = places.iter().map(|place| place.full).collect();
        let mut left_out: BTreeMap<Refusal, u32> = BTreeMap::new();
        let of_objects = pools.iter().any(|pool| pool.machine.is_some());
        for (number, machine) in self.machines.iter().enumerate().filter(|_| of_objects) {
            if pools.iter().all(|pool| pool.machine != Some(number)) {
                *left_out.entry(self.closed_by(machine)).or_default() += 1;
            }
        }
        let resources = self.other_resources().map(str::to_owned).collect();
        Explanation { full, left_out: left_out.into_iter().collect(), resources }
    }

    /// What a node of the pool that takes no more pods has too little of.
    pub(super) fn limiting(&self, pool: &Pool) -> Refusal {
        let machine = pool.machine.and_then(|number| self.machines.get(number));
        if let Some(machine) = machine.filter(|_| pool.closed) {
            return self.closed_by(machine);
        }
        let slots = u64::from(self.fitted(pool).slots);
        let template = self.template;
        let fits = |name: &str| {
            let free = pool.capacity.get(name).saturating_sub(pool.used.get(name));
            let each = if name == PODS { 1 } else { template.requests.get(name) };
            free.checked_div(each).is_some_and(|fit| fit <= slots)
        };
        let others = self.other_resources().zip(0..).map(|(name, number)| (name, Refusal::Other(number)));
        let by_size = [(PODS, Refusal::Pods), (CPU, Refusal::Cpu), (MEMORY, Refusal::Memory)].into_iter().chain(others);
        let short = by_size.into_iter().find(|(name, _)| fits(name)).map(|(_, refusal)| refusal);
        match (!template.host_ports.is_empty(), template.placement.one_per_node, short) {
            (true, _, _) if slots == 1 => Refusal::Ports,
            (_, _, Some(refusal)) => refusal,
            (_, true, None) => Refusal::AntiAffinity,
            (_, false, None) => Refusal::Room,
        }
    }

    /// Why a Node object takes none of the pods, by the order of the scheduler's plugins.
    fn closed_by(&self, machine: &Machine) -> Refusal {
        let choice = &self.template.node_choice;
        if choice.is_kept_off(machine) {
            Refusal::Unschedulable
        } else if choice.is_closed(machine).is_some() {
            Refusal::Taint
        } else if choice.does_not_match(machine).is_some() {
            Refusal::NodeAffinity
        } else {
            Refusal::Ports
        }
    }

    /// The resources beside CPU and memory that the pods ask for.
    fn other_resources(&self) -> impl Iterator<Item = &str> {
        let names = self.template.requests.iter().filter(|(_, amount)| *amount > 0).map(|(name, _)| name);
        names.filter(|name| ![CPU, MEMORY, PODS].contains(name))
    }
}
