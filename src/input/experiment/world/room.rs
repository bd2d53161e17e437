//! What nodes have for the pods of all workloads, and what each of these asks for.

use std::collections::{BTreeMap, BTreeSet};

use crate::input::experiment::cluster::{Pool, UNREQUESTED};
use crate::input::experiment::world::member::Member;
use crate::input::kubernetes::amounts::{Amounts, CPU, MEMORY, PODS, written};
use crate::input::kubernetes::host_ports::{HostPort, clash};
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::pod_template::PodTemplate;
use crate::input::tree::error::Problem;
use crate::scenario::{Room, Workload};

/// Reads the room of the nodes of the first member, which all of them stand on. `guessed`: nobody wrote them.
pub(super) fn room(members: &[Member<'_>], guessed: bool) -> Room {
    let templates: Vec<&PodTemplate> = members.iter().map(|member| &member.part.workload.template).collect();
    let resources = Resources::of(&templates);
    let mut room = Room { resources: resources.names(), guessed, ..Room::default() };
    let Some(first) = members.first() else { return room };
    let unknown: BTreeSet<&str> = members.iter().flat_map(|member| &member.unknown).map(String::as_str).collect();
    let part = &first.part;
    for (number, place) in part.places.iter().enumerate() {
        let pool = &part.pools[part.of_pool[number]];
        let machine = place.machine.filter(|_| !part.own_nodes).and_then(|place| part.workload.machines.get(place));
        room.free.extend(resources.free(pool, machine, &unknown, &templates));
        room.allocatable.push([CPU, MEMORY].map(|name| pool.capacity.get(name)));
        room.taken.push([CPU, MEMORY].map(|name| pool.used.get(name)));
    }
    // All versions ask for the same; those beside the old and the new one have their numbers behind all workloads.
    let versions = members.iter().map(|member| (&member.part.workload.template, 2));
    let others = members.iter().map(|member| (&member.part.workload.template, member.others()));
    for (template, versions) in versions.chain(others) {
        for _version in 0..versions {
            room.asked.extend(resources.asked(template));
            room.scored.push(scored(&template.requests));
        }
    }
    room
}

/// What the scheduler's score counts of a pod.
fn scored(requests: &Amounts) -> [u64; 2] {
    let counted = |name: &str, usual: u64| if requests.get(name) == 0 { usual } else { requests.get(name) };
    [counted(CPU, UNREQUESTED.0), counted(MEMORY, UNREQUESTED.1)]
}

/// The resources that any of the pods asks for.
struct Resources {
    /// CPU, memory, pods, and the others by name.
    amounts: Vec<String>,
    /// Drivers of volumes that are made for each pod alone: of each a node can attach a number.
    drivers: Vec<String>,
    /// A port of the host is a resource of which each node has one, for each of its addresses that a pod names.
    ports: Vec<(String, HostPort)>,
}

impl Resources {
    fn of(templates: &[&PodTemplate]) -> Self {
        let usual = [CPU, MEMORY, PODS];
        let requested = templates.iter().flat_map(|template| template.requests.iter());
        let others: BTreeSet<&str> =
            requested.filter(|(name, amount)| *amount > 0 && !usual.contains(name)).map(|(name, _)| name).collect();
        let amounts = usual.into_iter().chain(others).map(str::to_owned).collect();
        let mut by_name: BTreeMap<String, Vec<HostPort>> = BTreeMap::new();
        for port in templates.iter().flat_map(|template| &template.host_ports) {
            by_name.entry(port.name()).or_default().push(port.clone());
        }
        let mut ports = Vec::new();
        for (name, same) in by_name {
            let addresses: BTreeSet<&str> = same.iter().filter_map(HostPort::ip).collect();
            if addresses.is_empty() {
                ports.push((name.clone(), same[0].clone()));
            }
            for ip in addresses {
                ports.push((format!("{name}/{ip}"), same[0].at(Some(ip))));
            }
        }
        let own = templates.iter().flat_map(|template| &template.volumes.own);
        let drivers: BTreeSet<&String> = own.filter_map(|own| own.driver.as_ref()).collect();
        Self { amounts, drivers: drivers.into_iter().cloned().collect(), ports }
    }

    fn names(&self) -> Vec<String> {
        let drivers = self.drivers.iter().map(|driver| format!("volumes of {driver}"));
        let ports = self.ports.iter().map(|(name, _)| name.clone());
        self.amounts.iter().cloned().chain(drivers).chain(ports).collect()
    }

    /// What a node has beside what stands there.
    fn free(
        &self,
        pool: &Pool,
        machine: Option<&Machine>,
        unknown: &BTreeSet<&str>,
        templates: &[&PodTemplate],
    ) -> Vec<u64> {
        let left = |name: &String| {
            if unknown.contains(name.as_str()) {
                return Room::UNLIMITED;
            }
            pool.capacity.get(name).saturating_sub(pool.used.get(name))
        };
        let is_free = |(_, port): &(String, HostPort)| {
            let taken = machine.is_some_and(|machine| clash(std::slice::from_ref(port), &machine.ports));
            u64::from(!taken)
        };
        let attachable = |driver: &String| {
            let uses_it = |template: &&&PodTemplate| template.volumes.own_of(driver) > 0;
            let of_template =
                |template: &&PodTemplate| machine.and_then(|machine| template.volumes.left_on(machine.name(), driver));
            templates.iter().filter(uses_it).filter_map(of_template).min().unwrap_or(Room::UNLIMITED)
        };
        let amounts = self.amounts.iter().map(left);
        amounts.chain(self.drivers.iter().map(attachable)).chain(self.ports.iter().map(is_free)).collect()
    }

    /// What one pod asks for.
    fn asked(&self, template: &PodTemplate) -> Vec<u64> {
        let amount = |name: &String| if name == PODS { 1 } else { template.requests.get(name) };
        let port = |(_, port): &(String, HostPort)| u64::from(clash(std::slice::from_ref(port), &template.host_ports));
        let volumes = |driver: &String| template.volumes.own_of(driver);
        let amounts = self.amounts.iter().map(amount);
        amounts.chain(self.drivers.iter().map(volumes)).chain(self.ports.iter().map(port)).collect()
    }
}

/// The old versions run when a run starts, so that the nodes must hold them all together.
pub(super) fn check(room: &Room, workloads: &[Workload]) -> Result<(), Problem> {
    let width = room.resources.len();
    for (resource, name) in room.resources.iter().enumerate() {
        let mut free: Vec<u64> = room.free.iter().skip(resource).step_by(width).copied().collect();
        if free.contains(&Room::UNLIMITED) {
            continue;
        }
        let mut wanted = 0_u64;
        for workload in workloads {
            let asked = room.asked_by(workload.old)[resource];
            let found = u64::try_from(workload.found_replicas()).unwrap_or(0);
            let placed = workload.found_on.len() as u64;
            wanted = wanted.saturating_add(asked.saturating_mul(found.saturating_sub(placed)));
            for node in &workload.found_on {
                let left = &mut free[*node as usize];
                *left = left.saturating_sub(asked);
            }
        }
        let there = free.iter().fold(0_u64, |sum, amount| sum.saturating_add(*amount));
        if wanted > there {
            return Err(Problem::Refused(format!(
                "the pods that run before anything happens ask for {} of {name}, and the {} nodes have {} left for them: write more or \
                 larger nodes, or fewer workloads.",
                written(name, wanted),
                room.allocatable.len(),
                written(name, there)
            )));
        }
    }
    Ok(())
}
