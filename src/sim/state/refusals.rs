//! Why no node takes a pod: for the report of a stall and for the event log, never for a decision.

use crate::k8s::objects::Template;
use crate::scenario::{Cluster, Demand, Limit, PodModel, Refusal, Refusals, Room, Rule, Topology};
use crate::sim::state::amounts::Amounts;
use crate::sim::state::nodes::{Health, Nodes};
use crate::sim::state::placement::Search;
use crate::sim::state::volumes::Reachable;

/// Counts nodes by why they take no pod of a template now; a node that would take one is not counted.
pub(crate) fn refusals(
    search: &mut Search,
    nodes: &Nodes,
    template: Template,
    model: &PodModel,
    cluster: &Cluster,
    volumes: Reachable<'_>,
) -> Refusals {
    let mut refusals = Refusals::default();
    let within = match volumes {
        Reachable::Nowhere(refusal) => {
            refusals.add(refusal, nodes.there() as u32);
            return refusals;
        }
        Reachable::Within(within) => within,
    };
    let mut why: Vec<Option<Refusal>> =
        (0..nodes.states.len()).map(|node| of_node(nodes, node, template, cluster)).collect();
    let mut refuse = |node: usize, refusal: Refusal| {
        why[node].get_or_insert(refusal);
    };
    for node in (0..within.len()).filter(|&node| !within[node] && !nodes.states[node].absent) {
        refuse(node, Refusal::VolumeAffinity);
    }
    // The plugin for spread comes before the one for affinity.
    for spreads in [true, false] {
        for constraint in model.constraints.iter().filter(|one| matches!(one.limit, Limit::Skew { .. }) == spreads) {
            search.allow_by_one(nodes, template, constraint);
            let refusal = if spreads { Refusal::Spread } else { Refusal::AntiAffinity };
            (0..nodes.states.len()).filter(|node| !search.is_allowed(*node)).for_each(|node| refuse(node, refusal));
        }
        if let Some(topology) = &model.topology {
            search.by_label.refuse(nodes, template, topology, |node, rule| {
                if matches!(rule.demand, Demand::Skew { .. }) == spreads {
                    refuse(node, by_rule(topology, rule, node));
                }
            });
        }
    }
    why.iter().flatten().for_each(|refusal| refusals.add(*refusal, 1));
    cluster.explanation.left_out.iter().for_each(|(refusal, nodes)| refusals.add(*refusal, *nodes));
    refusals
}

/// Why a node takes no pod of any kind; `None`: it has room, or is not there.
fn of_node(nodes: &Nodes, node: usize, template: Template, cluster: &Cluster) -> Option<Refusal> {
    let state = &nodes.states[node];
    let full = cluster.explanation.full.get(node).copied().unwrap_or(Refusal::Room);
    if state.absent {
        None
    } else if state.health == Health::Unreachable {
        Some(Refusal::Taint)
    } else if state.closed {
        Some(Refusal::Unschedulable)
    } else {
        match nodes.amounts() {
            None => (!nodes.fits(node, template)).then_some(full),
            Some(amounts) if !amounts.is_open(node, template) => Some(amounts.closed_by(node, template)),
            Some(amounts) => short(amounts, node, template, cluster),
        }
    }
}

/// The resource that a node has too little of, in a world of several workloads. Ports of the host come before all others.
fn short(amounts: &Amounts, node: usize, template: Template, cluster: &Cluster) -> Option<Refusal> {
    let resource = amounts.first_short(node, template)?;
    if amounts.lacks_port(node, template) {
        return Some(Refusal::Ports);
    }
    Some(match resource {
        Room::CPU => Refusal::Cpu,
        Room::MEMORY => Refusal::Memory,
        Room::PODS => Refusal::Pods,
        other => {
            let named = |known: &String| known == amounts.name(other);
            let place = cluster.explanation.resources.iter().position(named);
            Refusal::Other(place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX))
        }
    })
}

fn by_rule(topology: &Topology, rule: &Rule, node: usize) -> Refusal {
    let unlabelled = topology.domains[rule.group.key][node] == Topology::NO_DOMAIN;
    match rule.demand {
        Demand::Skew { .. } if unlabelled => Refusal::SpreadLabel,
        Demand::Skew { .. } => Refusal::Spread,
        Demand::Apart => Refusal::AntiAffinity,
        Demand::KeptOut => Refusal::ExistingAntiAffinity,
        Demand::Beside => Refusal::Affinity,
    }
}
