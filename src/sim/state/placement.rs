//! Which node a pod goes to. The rules are [`crate::k8s::scheduler`].

use crate::k8s::objects::Template;
use crate::k8s::scheduler::{
    self, Candidates, Group, Scores, least_in_domain, nodes_to_find, select_among_groups, select_host, spread_allows,
    weight,
};
use crate::scenario::{Constraint, Domain, Limit, PodModel, Preference, Topology, Wish};
use crate::sim::observation::NodeId;
use crate::sim::state::amounts::Amounts;
use crate::sim::state::by_label::{ByLabel, Weighed};
use crate::sim::state::nodes::Nodes;

/// Memory of a search for a node.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// Nodes that the constraints leave; empty: all.
    allowed: Vec<bool>,
    /// Nodes that the pod fits on, and what the scores see of each.
    fitting: Vec<NodeId>,
    crowding: Vec<f64>,
    neighbours: Vec<i64>,
    free: Vec<i64>,
    scores: Scores,
    groups: Vec<Group>,
    pub(crate) by_label: ByLabel,
    zones: Vec<Zone>,
    /// Weights of topologies by number of domains.
    weights: Vec<f64>,
    /// Where the next search among many nodes begins.
    start: usize,
}

/// What the preferences have to say about a zone.
#[derive(Clone, Copy, Debug, Default)]
struct Zone {
    /// It has a node that the pod fits on.
    fits: bool,
    crowding: f64,
    neighbours: i64,
}

/// Which pods on a node count.
#[derive(Clone, Copy)]
enum Counted {
    /// All that have not ended.
    All,
    /// Those without a deletion timestamp.
    Staying,
    /// Those of them that are of the pod's own template.
    OwnStaying,
}

impl Counted {
    /// Of the own revision those that terminate are few and left out.
    fn by(own_revision: bool, terminating: bool) -> Self {
        match (own_revision, terminating) {
            (true, _) => Self::OwnStaying,
            (false, true) => Self::All,
            (false, false) => Self::Staying,
        }
    }

    fn by_preference(preference: &Preference) -> Self {
        Self::by(preference.own_revision, matches!(preference.wish, Wish::Apart { .. }))
    }
}

impl Search {
    /// Where the next search among many nodes begins.
    pub(crate) fn next(&self) -> usize {
        self.start
    }

    /// The next search among many nodes begins there.
    pub(crate) fn go_on_at(&mut self, node: usize) {
        self.start = node;
    }

    /// As [`Self::place_for`]; where `recorded` has the same score as the node that is best, it is taken. With it the node that would
    /// have been taken otherwise.
    pub(crate) fn place_as_recorded(
        &mut self,
        nodes: &Nodes,
        template: Template,
        model: &PodModel,
        (recorded, within): (NodeId, &[bool]),
    ) -> Option<(NodeId, NodeId)> {
        self.allow(nodes, template, model);
        if !within.is_empty() {
            self.narrow(nodes, within);
        }
        let own = self.best_allowed(nodes, template, model)?;
        let place = |wanted: NodeId| self.fitting.iter().position(|node| *node == wanted);
        let is_equal = match (place(own), place(recorded)) {
            (Some(own), Some(recorded)) => self.scores.are_equal(own, recorded),
            _ => false,
        };
        Some((if is_equal { recorded } else { own }, own))
    }

    /// Begins a run.
    pub(crate) fn reset(&mut self, nodes: usize) {
        self.start = 0;
        while self.weights.len() <= nodes {
            self.weights.push(weight(self.weights.len()));
        }
    }

    /// The node that the scheduler gives a pod of `template`; `None`: it fits nowhere.
    pub(crate) fn place_for(&mut self, nodes: &mut Nodes, template: Template, model: &PodModel) -> Option<NodeId> {
        if !model.is_placed_by_count() {
            return nodes.place(template);
        }
        if model.constraints.is_empty()
            && model.topology.is_none()
            && nodes.full == 0
            && let Some(skews) = spread_by_node_and_zone(&model.preferences)
            && nodes_to_find(nodes.there()) == nodes.states.len()
            && nodes.find_levels(template)
        {
            return self.place_by_levels(nodes, template, skews);
        }
        self.allow(nodes, template, model);
        self.best_allowed(nodes, template, model)
    }

    /// As [`Self::best_allowed`], of all nodes, for pods that say nothing about topology. `skews`: of nodes and of zones.
    #[inline(always)]
    fn place_by_levels(&mut self, nodes: &Nodes, template: Template, skews: (u32, u32)) -> Option<NodeId> {
        self.allowed.clear();
        self.groups.clear();
        let (on_nodes, on_zones) = (self.weights[nodes.states.len()], self.weights[nodes.zones()]);
        let levels = nodes.levels();
        for (&count, of_zone) in nodes.own_in_zones(template).iter().zip(levels.by_zone()) {
            let zone = scheduler::crowding(count, skews.1, on_zones);
            for level in of_zone {
                let crowding = zone + scheduler::crowding(level.pods, skews.0, on_nodes);
                self.groups.push(Group::new(crowding, level.nodes));
            }
        }
        let free = |place| nodes.free[levels.node_at(place) as usize];
        select_among_groups(&self.groups, free).map(|place| levels.node_at(place))
    }

    /// As [`Self::place_for`], on one of the nodes that are true in `within`.
    pub(crate) fn place_within(
        &mut self,
        nodes: &Nodes,
        template: Template,
        model: &PodModel,
        within: &[bool],
    ) -> Option<NodeId> {
        self.allow(nodes, template, model);
        self.narrow(nodes, within);
        self.best_allowed(nodes, template, model)
    }

    /// Leaves, of the nodes that are allowed, those that are true in `within`.
    pub(crate) fn narrow(&mut self, nodes: &Nodes, within: &[bool]) {
        self.allowed.resize(nodes.states.len(), true);
        for (node, allowed) in self.allowed.iter_mut().enumerate() {
            *allowed &= within.get(node) == Some(&true);
        }
    }

    /// Whether a node that the constraints leave has room for one more pod.
    pub(crate) fn any_fits(&mut self, nodes: &Nodes, template: Template, model: &PodModel) -> bool {
        self.allow(nodes, template, model);
        (0..nodes.states.len()).any(|node| nodes.fits(node, template) && self.is_allowed(node))
    }

    /// Finds the nodes that all constraints leave.
    pub(crate) fn allow(&mut self, nodes: &Nodes, template: Template, model: &PodModel) {
        self.allowed.clear();
        for constraint in &model.constraints {
            self.allowed.resize(nodes.states.len(), true);
            self.allow_by(nodes, template, constraint);
        }
        if let Some(topology) = &model.topology
            && !topology.rules.is_empty()
        {
            let Self { allowed, by_label, .. } = self;
            allowed.resize(nodes.states.len(), true);
            by_label.refuse(nodes, template, topology, |node, _| allowed[node] = false);
        }
    }

    /// Finds the nodes that one constraint leaves.
    pub(crate) fn allow_by_one(&mut self, nodes: &Nodes, template: Template, constraint: &Constraint) {
        self.allowed.clear();
        self.allowed.resize(nodes.states.len(), true);
        self.allow_by(nodes, template, constraint);
    }

    /// The node of a pod that was placed long ago. Where nodes are alike, filling the emptiest is the same as spreading.
    pub(crate) fn place_old(&mut self, nodes: &mut Nodes, template: Template, model: &PodModel) -> Option<NodeId> {
        let alike = nodes.alike && model.constraints.is_empty() && model.topology.is_none();
        if alike { nodes.place(template) } else { self.place_for(nodes, template, model) }
    }

    /// Whether the constraints leave a node, by the last [`Self::allow`].
    pub(crate) fn is_allowed(&self, node: usize) -> bool {
        self.allowed.get(node).is_none_or(|allowed| *allowed)
    }

    fn allow_by(&mut self, nodes: &Nodes, template: Template, constraint: &Constraint) {
        let counted = Counted::by(constraint.own_revision, constraint.limit == Limit::One);
        let count = |node| nodes.count(template, constraint.domain, counted, node);
        let there = || (0..nodes.states.len()).filter(|&node| !nodes.states[node].absent);
        let least = there().map(count).min().unwrap_or(0);
        let least = match constraint.limit {
            Limit::Skew { min_domains, .. } if min_domains > 1 => {
                let domains = match constraint.domain {
                    Domain::Node => there().count(),
                    Domain::Zone => {
                        (0..nodes.zones()).filter(|&zone| there().any(|node| nodes.zone(node) == zone)).count()
                    }
                };
                least_in_domain(least, domains as u32, min_domains)
            }
            _ => least,
        };
        for node in 0..nodes.states.len() {
            let count = nodes.count(template, constraint.domain, counted, node);
            self.allowed[node] &= match constraint.limit {
                Limit::Skew { most, .. } => spread_allows(count, least, most),
                Limit::One => count == 0,
            };
        }
    }

    /// The one with the highest score.
    fn best_allowed(&mut self, nodes: &Nodes, template: Template, model: &PodModel) -> Option<NodeId> {
        let preferences = &model.preferences[..];
        self.find_fitting(nodes, template);
        self.weigh_zones(nodes, template, preferences);
        for preference in preferences.iter().filter(|preference| preference.domain == Domain::Node) {
            self.weigh_nodes(nodes, template, preference);
        }
        if let Some(topology) = &model.topology {
            return self.best_by_label(nodes, template, topology);
        }
        let Self { fitting, crowding, neighbours, free, scores, .. } = self;
        let candidates = Candidates { crowding, neighbours, free, points: &[], unlabelled: &[] };
        select_host(&candidates, scores).map(|place| fitting[place])
    }

    /// The same with what other labels, pods of others and the nodes themselves have to say.
    fn best_by_label(&mut self, nodes: &Nodes, template: Template, topology: &Topology) -> Option<NodeId> {
        let Self { fitting, crowding, neighbours, free, scores, by_label, .. } = self;
        // Each pod of the Deployment has the same terms, which count both ways.
        neighbours.iter_mut().for_each(|points| *points *= 2);
        by_label.weigh(nodes, template, topology, Weighed { fitting, crowding, neighbours });
        let candidates =
            Candidates { crowding, neighbours, free, points: &by_label.points, unlabelled: by_label.unlabelled() };
        select_host(&candidates, scores).map(|place| fitting[place])
    }

    /// Finds nodes that the pod fits on, as many as are to be compared.
    fn find_fitting(&mut self, nodes: &Nodes, template: Template) {
        let all = nodes.states.len();
        let wanted = nodes_to_find(nodes.there());
        self.fitting.clear();
        self.free.clear();
        self.zones.clear();
        self.zones.resize(nodes.zones(), Zone::default());
        // Nodes that are yet to come count as full.
        if wanted == all && self.allowed.is_empty() && nodes.full == 0 {
            self.fitting.extend(0..all as NodeId);
            self.free.extend_from_slice(&nodes.free);
            self.zones.iter_mut().for_each(|zone| zone.fits = true);
            return;
        }
        match nodes.amounts() {
            None => self.find_from_start(nodes, wanted, |node| nodes.fits(node, template).then(|| nodes.free[node])),
            Some(amounts) => self.find_from_start(nodes, wanted, |node| {
                let fits = !nodes.states[node].takes_none() && amounts.fits(node, template);
                fits.then(|| scheduler::free(amounts.load_with(node, template)))
            }),
        }
    }

    /// Finds so many nodes that are allowed and that `free` gives a score for the room that they have left.
    #[inline(always)]
    fn find_from_start(&mut self, nodes: &Nodes, wanted: usize, free: impl Fn(usize) -> Option<i64>) {
        let all = nodes.states.len();
        let mut processed = 0;
        for node in (self.start..all).chain(0..self.start) {
            if self.fitting.len() == wanted {
                break;
            }
            processed += 1;
            if let Some(free) = free(node)
                && self.is_allowed(node)
            {
                self.fitting.push(node as NodeId);
                self.free.push(free);
                self.zones[nodes.zone(node)].fits = true;
            }
        }
        self.start = if processed == all { self.start } else { (self.start + processed) % all };
    }

    /// Adds up what the preferences have to say about zones, and begins the nodes with it.
    fn weigh_zones(&mut self, nodes: &Nodes, template: Template, preferences: &[Preference]) {
        let Self { fitting, crowding, neighbours, zones, weights, .. } = self;
        let domains = zones.iter().filter(|zone| zone.fits).count();
        let weight = weights[domains];
        for preference in preferences.iter().filter(|preference| preference.domain == Domain::Zone) {
            let counted = Counted::by_preference(preference);
            for (number, zone) in zones.iter_mut().enumerate() {
                let count = nodes.count_in_zone(template, counted, number);
                match preference.wish {
                    Wish::Spread { max_skew } => zone.crowding += scheduler::crowding(count, max_skew, weight),
                    Wish::Apart { weight } => zone.neighbours += i64::from(weight) * i64::from(count),
                }
            }
        }
        let zone = |node: &NodeId| &zones[nodes.zone(*node as usize)];
        crowding.clear();
        crowding.extend(fitting.iter().map(|node| zone(node).crowding));
        neighbours.clear();
        if preferences.iter().any(|preference| matches!(preference.wish, Wish::Apart { .. })) {
            neighbours.extend(fitting.iter().map(|node| zone(node).neighbours));
        }
    }

    /// Adds what one preference has to say about the nodes that fit.
    fn weigh_nodes(&mut self, nodes: &Nodes, template: Template, preference: &Preference) {
        let Self { fitting, crowding, neighbours, weights, .. } = self;
        let weight = weights[fitting.len()];
        let counted = Counted::by_preference(preference);
        let count = |node: NodeId| nodes.count(template, Domain::Node, counted, node as usize);
        match (preference.wish, counted) {
            // Every pod that says nothing about topology comes here.
            (Wish::Spread { max_skew }, Counted::OwnStaying) => {
                let own = nodes.own_on_nodes(template);
                for (sum, &node) in crowding.iter_mut().zip(&*fitting) {
                    *sum += scheduler::crowding(own[node as usize], max_skew, weight);
                }
            }
            (Wish::Spread { max_skew }, _) => {
                for (sum, &node) in crowding.iter_mut().zip(&*fitting) {
                    *sum += scheduler::crowding(count(node), max_skew, weight);
                }
            }
            (Wish::Apart { weight }, _) => {
                for (sum, &node) in neighbours.iter_mut().zip(&*fitting) {
                    *sum += i64::from(weight) * i64::from(count(node));
                }
            }
        }
    }
}

/// The skews of nodes and of zones where pods wish to be spread by both among their own revision, as the system's default has
/// it, and wish for nothing else.
fn spread_by_node_and_zone(preferences: &[Preference]) -> Option<(u32, u32)> {
    match *preferences {
        [
            Preference { domain: Domain::Node, wish: Wish::Spread { max_skew: on_nodes }, own_revision: true },
            Preference { domain: Domain::Zone, wish: Wish::Spread { max_skew: on_zones }, own_revision: true },
        ] => Some((on_nodes, on_zones)),
        _ => None,
    }
}

impl Nodes {
    fn count_in_zone(&self, template: Template, counted: Counted, zone: usize) -> u32 {
        if let Some(amounts) = self.amounts() {
            return self.count_siblings_in_zone(amounts, template, counted, zone);
        }
        match counted {
            Counted::All => self.in_zones[zone].occupied,
            Counted::Staying => self.in_zones[zone].active,
            Counted::OwnStaying => self.own_in_zones(template)[zone],
        }
    }

    /// Pods in the domain of a node.
    fn count(&self, template: Template, domain: Domain, counted: Counted, node: usize) -> u32 {
        if let (Some(amounts), Domain::Node) = (self.amounts(), domain) {
            return self.count_siblings_on_node(amounts, template, counted, node);
        }
        match (domain, counted) {
            (Domain::Zone, _) => self.count_in_zone(template, counted, self.zone(node)),
            (Domain::Node, Counted::All) => self.states[node].occupied,
            (Domain::Node, Counted::Staying) => self.states[node].active,
            (Domain::Node, Counted::OwnStaying) => self.own_on_nodes(template)[node],
        }
    }

    /// Pods of the own workload of a template on a node, in a world of several.
    fn count_siblings_on_node(&self, amounts: &Amounts, template: Template, counted: Counted, node: usize) -> u32 {
        let siblings = amounts.siblings(template);
        match counted {
            Counted::All => siblings.map(|one| amounts.present_on_node(one, node)).sum(),
            Counted::Staying => siblings.map(|one| self.own_on_nodes(one)[node]).sum(),
            Counted::OwnStaying => self.own_on_nodes(template)[node],
        }
    }

    /// The same in a zone.
    fn count_siblings_in_zone(&self, amounts: &Amounts, template: Template, counted: Counted, zone: usize) -> u32 {
        let siblings = amounts.siblings(template);
        match counted {
            Counted::All => siblings.map(|one| amounts.present_in_zone(one, zone)).sum(),
            Counted::Staying => siblings.map(|one| self.own_in_zones(one)[zone]).sum(),
            Counted::OwnStaying => self.own_in_zones(template)[zone],
        }
    }
}
