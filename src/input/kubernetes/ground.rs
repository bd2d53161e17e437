//! What nodes' labels and the pods that stand on them make of a pod's terms: numbers of domains, and pods in each.
//!
//! Upstream: `pkg/scheduler/framework/plugins: podtopologyspread, interpodaffinity, nodeaffinity, tainttoleration`.

use std::collections::BTreeMap;

use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::namespaces::Namespaces;
use crate::input::kubernetes::node_affinity::NodeChoice;
use crate::input::kubernetes::pod_terms::Neighbour;
use crate::scenario::{Refusal, Topology};

pub(crate) const HOSTNAME: &str = "kubernetes.io/hostname";
pub(crate) const ZONE: &str = "topology.kubernetes.io/zone";

/// The nodes of a cluster and the pods of others on them.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    /// Every node of the cluster.
    pub(crate) places: &'a [Place],
    /// The Node objects of the file; empty: the nodes have no labels that are known, only names and zones.
    pub(crate) machines: &'a [Machine],
    /// Pods of other owners.
    pub(crate) neighbours: &'a [Neighbour],
    pub(crate) namespaces: &'a Namespaces,
    pub(crate) choice: &'a NodeChoice,
}

/// What a node of the cluster was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The position of its Node object; `None`: it has none.
    pub(crate) machine: Option<usize>,
    /// It is a further node of that kind, which an autoscaler may add.
    pub(crate) added: bool,
    pub(crate) zone: u16,
    /// What it has too little of when it is full.
    pub(crate) full: Refusal,
}

/// The domains of the topology keys that are used.
#[derive(Debug, Default)]
pub(super) struct Domains {
    keys: Vec<String>,
    pub(super) of_nodes: Vec<Vec<u32>>,
    of_machines: Vec<Vec<u32>>,
    counts: Vec<usize>,
}

impl Ground<'_> {
    /// Whether the value of this label is known of the nodes.
    pub(super) fn knows(&self, key: &str) -> bool {
        !self.machines.is_empty() || key == HOSTNAME || key == ZONE
    }

    /// The node that the pods name in `nodeName`; `None`: they name none, or no Node object is known.
    pub(crate) fn named_node(&self) -> Option<u32> {
        let is_it = |place: &Place| {
            place.machine.is_some_and(|machine| self.choice.does_not_match(&self.machines[machine]).is_none())
        };
        let known = self.choice.names_its_node() && !self.machines.is_empty();
        self.places.iter().position(is_it).filter(|_| known).map(|node| node as u32)
    }

    /// Whether zones are numbered by the experiment, since no Node object names one.
    fn numbers_zones(&self) -> bool {
        let has_zone = |place: &Place| place.machine.is_some_and(|machine| self.machines[machine].zone().is_some());
        !self.places.iter().any(has_zone)
    }

    /// The value of a label; every kubelet sets the name of its node as one.
    fn value<'m>(machine: &'m Machine, key: &str) -> Option<&'m str> {
        let named = (key == HOSTNAME).then(|| machine.name());
        machine.labels.get(key).map(String::as_str).or(named)
    }
}

impl Domains {
    /// The place of a topology key among those that are used.
    pub(super) fn key(&mut self, ground: &Ground<'_>, key: &str) -> usize {
        if let Some(place) = self.keys.iter().position(|known| known == key) {
            return place;
        }
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        let by_number = ground.machines.is_empty() || (key == ZONE && ground.numbers_zones());
        let mut of_machines = Vec::new();
        for machine in ground.machines {
            let next = numbers.len() as u32;
            let value = Ground::value(machine, key).filter(|_| !by_number);
            of_machines.push(value.map_or(Topology::NO_DOMAIN, |value| *numbers.entry(value).or_insert(next)));
        }
        let mut next = numbers.len() as u32;
        let mut of_nodes = Vec::new();
        for (number, place) in ground.places.iter().enumerate() {
            let domain = match (key, place.machine) {
                (HOSTNAME, None) => number as u32,
                (HOSTNAME, Some(_)) if place.added => {
                    next += 1;
                    next - 1
                }
                (ZONE, _) if by_number => u32::from(place.zone),
                (ZONE, Some(_)) if place.added => {
                    let alike = |other: &&Place| !other.added && other.zone == place.zone;
                    let alike = ground.places.iter().find(alike).and_then(|other| other.machine);
                    alike.map_or(Topology::NO_DOMAIN, |machine| of_machines[machine])
                }
                (_, Some(machine)) => of_machines[machine],
                (_, None) => Topology::NO_DOMAIN,
            };
            of_nodes.push(domain);
        }
        if by_number {
            for (place, domain) in ground.places.iter().zip(&of_nodes).filter(|(place, _)| !place.added) {
                place.machine.map(|machine| of_machines[machine] = *domain).unwrap_or_default();
            }
        }
        let known = of_nodes.iter().chain(&of_machines).filter(|domain| **domain != Topology::NO_DOMAIN);
        self.counts.push(known.max().map_or(0, |most| *most as usize + 1));
        self.keys.push(key.to_owned());
        self.of_nodes.push(of_nodes);
        self.of_machines.push(of_machines);
        self.keys.len() - 1
    }

    /// Whether every node has the label.
    pub(super) fn is_of_all(&self, key: usize) -> bool {
        !self.of_nodes[key].contains(&Topology::NO_DOMAIN)
    }

    /// The domain of a Node object; `None`: it has no such label.
    pub(super) fn of_machine(&self, key: usize, machine: usize) -> Option<usize> {
        let domain = *self.of_machines[key].get(machine)?;
        (domain != Topology::NO_DOMAIN).then_some(domain as usize)
    }

    /// One count for each domain.
    pub(super) fn empty(&self, key: usize) -> Vec<u32> {
        vec![0; self.counts[key]]
    }

    /// How many of the pods are in each domain.
    pub(super) fn count<'n>(&self, key: usize, pods: impl Iterator<Item = &'n Neighbour>) -> Vec<u32> {
        let mut counts = self.empty(key);
        for domain in pods.filter_map(|pod| self.of_machine(key, pod.node)) {
            counts[domain] += 1;
        }
        counts
    }
}
