//! Where pods may go, and where they would rather go, by labels of nodes that are not counted all the time, by pods of others, and
//! by what the nodes themselves offer. Pods are counted when the scheduler asks, which costs a walk over the nodes.

use crate::k8s::objects::Template;
use crate::k8s::scheduler::{
    affinity_allows, crowding, least_in_domain, preferred_points, spread_allows, spread_allows_other, taint_points,
    weight,
};
use crate::scenario::{Aim, Demand, Group, NodePoints, Own, Rule, Topology};
use crate::sim::observation::NodeId;
use crate::sim::state::amounts::Amounts;
use crate::sim::state::nodes::{Health, Nodes};

/// Memory of it.
#[derive(Debug, Default)]
pub(crate) struct ByLabel {
    /// Pods by domain of the key that is looked at.
    counts: Vec<u32>,
    /// Domains that have a node which counts.
    there: Vec<bool>,
    /// By node that fits: its points for what it is.
    pub(crate) points: Vec<i64>,
    /// By node that fits: it lacks a label that the pods wish to be spread by.
    unlabelled: Vec<bool>,
}

/// Nodes that a pod fits on, and what has been said about each so far.
pub(crate) struct Weighed<'a> {
    pub(crate) fitting: &'a [NodeId],
    pub(crate) crowding: &'a mut Vec<f64>,
    pub(crate) neighbours: &'a mut Vec<i64>,
}

/// What a rule says once pods are counted.
#[derive(Clone, Copy)]
struct Verdict<'t> {
    rule: &'t Rule,
    domains: &'t [u32],
    /// For a skew: the fewest pods in a domain.
    least: u32,
    /// For affinity: there is a pod that all terms are about.
    anywhere: bool,
    /// The pod is one of the group itself.
    is_one: bool,
}

impl ByLabel {
    /// Tells `refuse` every node that a rule leaves out.
    pub(crate) fn refuse<'t>(
        &mut self,
        nodes: &Nodes,
        template: Template,
        topology: &'t Topology,
        mut refuse: impl FnMut(usize, &'t Rule),
    ) {
        let anywhere = self.is_one_anywhere(nodes, template, topology);
        for rule in &topology.rules {
            let domains = &topology.domains[rule.group.key][..];
            let least = self.count_by_rule(nodes, template, domains, rule);
            let is_one = is_one(&rule.group, template);
            let verdict = Verdict { rule, domains, least, anywhere, is_one };
            (0..nodes.states.len()).filter(|node| !self.allows(verdict, *node)).for_each(|node| refuse(node, rule));
        }
    }

    /// Whether there is a pod that the terms of required affinity are about, on a node with one of their labels.
    fn is_one_anywhere(&mut self, nodes: &Nodes, template: Template, topology: &Topology) -> bool {
        topology.rules.iter().filter(|rule| rule.demand == Demand::Beside).any(|rule| {
            self.count(nodes, template, &topology.domains[rule.group.key], &rule.group, true, |_| true);
            self.counts.iter().any(|count| *count > 0)
        })
    }

    /// Counts the pods that a rule is about; gives the fewest in a domain where that matters.
    fn count_by_rule(&mut self, nodes: &Nodes, template: Template, domains: &[u32], rule: &Rule) -> u32 {
        let Demand::Skew { min_domains, counted, honors_taints, .. } = &rule.demand else {
            self.count(nodes, template, domains, &rule.group, true, |_| true);
            return 0;
        };
        let counts = |node: usize| {
            let state = &nodes.states[node];
            let tainted = state.closed || state.health == Health::Unreachable;
            !state.absent && counted.get(node).is_none_or(|counted| *counted) && !(*honors_taints && tainted)
        };
        self.count(nodes, template, domains, &rule.group, false, counts);
        self.there.clear();
        self.there.resize(self.counts.len(), false);
        for node in (0..nodes.states.len()).filter(|node| counts(*node)) {
            if let Some(there) = self.there.get_mut(domains[node] as usize) {
                *there = true;
            }
        }
        let of_domains = || self.counts.iter().zip(&self.there).filter(|(_, there)| **there).map(|(count, _)| *count);
        least_in_domain(of_domains().min().unwrap_or(u32::MAX), of_domains().count() as u32, *min_domains)
    }

    /// Counts a group's pods by domain: those that the run moves on nodes that `counts` names.
    fn count(
        &mut self,
        nodes: &Nodes,
        template: Template,
        domains: &[u32],
        group: &Group,
        terminating: bool,
        counts: impl Fn(usize) -> bool,
    ) {
        self.counts.clone_from(&group.standing);
        if group.own == Own::None && group.templates.is_empty() {
            return;
        }
        for (node, domain) in domains.iter().enumerate() {
            if let Some(count) = self.counts.get_mut(*domain as usize).filter(|_| counts(node)) {
                *count += own(nodes, template, group, terminating, node);
            }
        }
    }

    /// Whether a rule allows a node, once its pods are counted.
    fn allows(&self, verdict: Verdict<'_>, node: usize) -> bool {
        let Verdict { rule, domains, least, anywhere, is_one } = verdict;
        // A node without the label has no count.
        match (&rule.demand, self.counts.get(domains[node] as usize)) {
            (Demand::Apart | Demand::KeptOut, count) => count.is_none_or(|count| *count == 0),
            (Demand::Beside, Some(count)) => affinity_allows(*count, anywhere, is_one),
            (Demand::Skew { most, .. }, Some(count)) if !is_one => spread_allows_other(*count, least, *most),
            (Demand::Skew { most, .. }, Some(count)) => spread_allows(*count, least, *most),
            (Demand::Beside | Demand::Skew { .. }, None) => false,
        }
    }

    /// Adds what wishes about labels and about pods of others say, and finds the points of the nodes themselves.
    pub(crate) fn weigh(&mut self, nodes: &Nodes, template: Template, topology: &Topology, weighed: Weighed<'_>) {
        let Weighed { fitting, crowding: crowded, neighbours } = weighed;
        self.unlabelled.clear();
        neighbours.resize(fitting.len(), 0);
        for wish in &topology.wishes {
            let domains = &topology.domains[wish.group.key];
            self.count(nodes, template, domains, &wish.group, matches!(wish.aim, Aim::Apart { .. }), |_| true);
            let domain = |node: &NodeId| domains[*node as usize] as usize;
            match wish.aim {
                Aim::Apart { points } => {
                    for (sum, node) in neighbours.iter_mut().zip(fitting) {
                        *sum += points * self.counts.get(domain(node)).map_or(0, |count| i64::from(*count));
                    }
                }
                Aim::Spread { max_skew } => {
                    let weight = self.weight(fitting.iter().map(domain));
                    self.unlabelled.resize(fitting.len(), false);
                    for (place, node) in fitting.iter().enumerate() {
                        match self.counts.get(domain(node)) {
                            Some(count) => crowded[place] += crowding(*count, max_skew, weight),
                            None => self.unlabelled[place] = true,
                        }
                    }
                }
            }
        }
        for (sum, node) in neighbours.iter_mut().zip(fitting) {
            *sum += topology.points.neighbours.get(*node as usize).copied().unwrap_or(0);
        }
        self.find_points(&topology.points, fitting);
    }

    /// Nodes without a label that the pods wish to be spread by; empty: none.
    pub(crate) fn unlabelled(&self) -> &[bool] {
        if self.unlabelled.contains(&true) { &self.unlabelled } else { &[] }
    }

    /// The weight of a topology whose nodes that fit are in these domains.
    fn weight(&mut self, domains: impl Iterator<Item = usize>) -> f64 {
        self.there.clear();
        self.there.resize(self.counts.len(), false);
        for domain in domains {
            if let Some(there) = self.there.get_mut(domain) {
                *there = true;
            }
        }
        weight(self.there.iter().filter(|there| **there).count())
    }

    /// Finds the points that nodes get for what they are, compared with each other.
    fn find_points(&mut self, of_nodes: &NodePoints, fitting: &[NodeId]) {
        self.points.clear();
        self.points.resize(fitting.len(), 0);
        for (of_node, points) in
            [(&of_nodes.preferred, preferred_points as fn(i64, i64) -> i64), (&of_nodes.taints, taint_points)]
        {
            let of_node = |node: &NodeId| of_node.get(*node as usize).copied();
            let Some(most) = fitting.iter().filter_map(of_node).max() else { continue };
            for (sum, node) in self.points.iter_mut().zip(fitting) {
                *sum += points(of_node(node).unwrap_or(0), most);
            }
        }
    }
}

/// Whether a pod of a template is one of a group itself.
fn is_one(group: &Group, template: Template) -> bool {
    if group.templates.is_empty() {
        matches!(group.own, Own::All | Own::SameTemplate)
    } else {
        group.templates.contains(&template)
    }
}

/// The pods on a node that are counted and that the run moves. Of those of one template that terminate few are left, and they are left
/// out.
fn own(nodes: &Nodes, template: Template, group: &Group, terminating: bool, node: usize) -> u32 {
    let state = &nodes.states[node];
    let all = match nodes.amounts() {
        None if terminating => state.occupied,
        None => state.active,
        Some(amounts) if group.templates.is_empty() => {
            of_templates(nodes, amounts, amounts.siblings(template), terminating, node)
        }
        Some(amounts) => return of_templates(nodes, amounts, group.templates.iter().copied(), terminating, node),
    };
    let same = || nodes.own_on_nodes(template)[node];
    match group.own {
        Own::None => 0,
        Own::All => all,
        Own::SameTemplate => same(),
        Own::OtherTemplates => all.saturating_sub(same()),
    }
}

/// Pods of some templates on a node.
fn of_templates(
    nodes: &Nodes,
    amounts: &Amounts,
    templates: impl Iterator<Item = Template>,
    terminating: bool,
    node: usize,
) -> u32 {
    let count = |template: Template| {
        if terminating { amounts.present_on_node(template, node) } else { nodes.own_on_nodes(template)[node] }
    };
    templates.map(count).sum()
}
