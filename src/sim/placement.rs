//! Which node a pod goes to. Rules are [`crate::k8s::scheduler`].

use crate::k8s::objects::Template;
use crate::k8s::scheduler::{
    self, ScoredNode, Scores, crowding, least_in_domain, nodes_to_find, rounded, select_host, spread_allows, weight,
};
use crate::scenario::{Constraint, Domain, Limit, PodModel, Preference, Wish};
use crate::sim::nodes::Nodes;
use crate::sim::observation::NodeId;

/// Memory of a search for a node.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// Nodes that the constraints leave; empty: all.
    allowed: Vec<bool>,
    /// Nodes that the pod fits on, and what the scores see of each.
    fitting: Vec<NodeId>,
    scored: Vec<ScoredNode>,
    scores: Scores,
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

impl Search {
    pub(super) fn reset(&mut self, nodes: usize) {
        self.start = 0;
        while self.weights.len() <= nodes {
            self.weights.push(weight(self.weights.len()));
        }
    }
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
    fn by(preference: &Preference) -> Self {
        match preference.wish {
            Wish::Apart { .. } if !preference.own_revision => Self::All,
            _ => Self::staying(preference.own_revision),
        }
    }

    fn staying(own_revision: bool) -> Self {
        if own_revision { Self::OwnStaying } else { Self::Staying }
    }
}

impl Nodes {
    /// The node that the scheduler gives a pod of `template`; `None`: it fits nowhere.
    pub(super) fn place_for(&mut self, template: Template, model: &PodModel) -> Option<NodeId> {
        if model.constraints.is_empty() && model.preferences.is_empty() {
            return self.place();
        }
        self.allow(template, &model.constraints);
        if model.preferences.is_empty() {
            self.least_allowed()
        } else {
            self.best_allowed(template, &model.preferences)
        }
    }

    /// Finds the nodes that all constraints leave.
    pub(super) fn allow(&mut self, template: Template, constraints: &[Constraint]) {
        self.search.allowed.clear();
        for constraint in constraints {
            self.search.allowed.resize(self.states.len(), true);
            self.allow_by(template, constraint);
        }
    }

    /// The node of a pod that was placed long ago. Where nodes are alike, filling the emptiest is the same as spreading.
    pub(super) fn place_old(&mut self, template: Template, model: &PodModel) -> Option<NodeId> {
        if self.alike && model.constraints.is_empty() { self.place() } else { self.place_for(template, model) }
    }

    /// Whether the constraints leave a node, by the last [`Self::allow`].
    pub(super) fn is_allowed(&self, node: usize) -> bool {
        self.search.allowed.get(node).is_none_or(|allowed| *allowed)
    }

    fn allow_by(&mut self, template: Template, constraint: &Constraint) {
        let counted = match constraint.limit {
            Limit::One => Counted::All,
            Limit::Skew { .. } => Counted::staying(constraint.own_revision),
        };
        let count = |node| self.count(template, constraint.domain, counted, node);
        let there = || (0..self.states.len()).filter(|&node| !self.states[node].absent);
        let least = there().map(count).min().unwrap_or(0);
        let least = match constraint.limit {
            Limit::Skew { min_domains, .. } if min_domains > 1 => {
                let domains = match constraint.domain {
                    Domain::Node => there().count(),
                    Domain::Zone => {
                        (0..self.zones()).filter(|&zone| there().any(|node| self.zone(node) == zone)).count()
                    }
                };
                least_in_domain(least, domains as u32, min_domains)
            }
            _ => least,
        };
        for node in 0..self.states.len() {
            let count = self.count(template, constraint.domain, counted, node);
            self.search.allowed[node] &= match constraint.limit {
                Limit::Skew { most, .. } => spread_allows(count, least, most),
                Limit::One => count == 0,
            };
        }
    }

    /// The least loaded of the nodes that the constraints leave.
    fn least_allowed(&self) -> Option<NodeId> {
        let fitting = (0..self.states.len()).filter(|&node| self.is_allowed(node) && self.fits(node));
        fitting.min_by_key(|&node| self.load(node)).map(|node| node as NodeId)
    }

    /// The one with the highest score.
    fn best_allowed(&mut self, template: Template, preferences: &[Preference]) -> Option<NodeId> {
        let mut search = std::mem::take(&mut self.search);
        self.find_fitting(&mut search);
        self.weigh_zones(template, preferences, &mut search);
        self.weigh_nodes(template, preferences, &mut search);
        let best = select_host(&search.scored, &mut search.scores).map(|place| search.fitting[place]);
        self.search = search;
        best
    }

    /// Finds nodes that the pod fits on, as many as are to be compared.
    fn find_fitting(&self, search: &mut Search) {
        let nodes = self.states.len();
        let wanted = nodes_to_find(nodes);
        search.fitting.clear();
        search.zones.clear();
        search.zones.resize(self.zones(), Zone::default());
        let mut processed = 0;
        for node in (search.start..nodes).chain(0..search.start) {
            if search.fitting.len() == wanted {
                break;
            }
            processed += 1;
            if self.fits(node) && search.allowed.get(node).is_none_or(|allowed| *allowed) {
                search.fitting.push(node as NodeId);
                search.zones[self.zone(node)].fits = true;
            }
        }
        search.start = if processed == nodes { search.start } else { (search.start + processed) % nodes };
    }

    /// Adds up what the preferences have to say about zones.
    fn weigh_zones(&self, template: Template, preferences: &[Preference], search: &mut Search) {
        let domains = search.zones.iter().filter(|zone| zone.fits).count();
        let weight = search.weights[domains];
        for preference in preferences.iter().filter(|preference| preference.domain == Domain::Zone) {
            let counted = Counted::by(preference);
            for (number, zone) in search.zones.iter_mut().enumerate() {
                let count = self.count_in_zone(template, counted, number);
                match preference.wish {
                    Wish::Spread { max_skew } => zone.crowding += crowding(count, max_skew, weight),
                    Wish::Apart { weight } => zone.neighbours += i64::from(weight) * i64::from(count),
                }
            }
        }
    }

    /// Adds what they have to say about the nodes that fit.
    fn weigh_nodes(&self, template: Template, preferences: &[Preference], search: &mut Search) {
        let weight = search.weights[search.fitting.len()];
        search.scored.clear();
        search.scored.extend(search.fitting.iter().map(|&node| {
            let node = node as usize;
            let Zone { mut crowding, mut neighbours, .. } = search.zones[self.zone(node)];
            for preference in preferences.iter().filter(|preference| preference.domain == Domain::Node) {
                let count = self.count(template, Domain::Node, Counted::by(preference), node);
                match preference.wish {
                    Wish::Spread { max_skew } => crowding += scheduler::crowding(count, max_skew, weight),
                    Wish::Apart { weight } => neighbours += i64::from(weight) * i64::from(count),
                }
            }
            ScoredNode { crowding: rounded(crowding), neighbours, load: self.load(node) }
        }));
    }

    fn count_in_zone(&self, template: Template, counted: Counted, zone: usize) -> u32 {
        match counted {
            Counted::All => self.in_zones[zone].occupied,
            Counted::Staying => self.in_zones[zone].active,
            Counted::OwnStaying => self.own_in_zones(template)[zone],
        }
    }

    /// Pods in the domain of a node.
    fn count(&self, template: Template, domain: Domain, counted: Counted, node: usize) -> u32 {
        match (domain, counted) {
            (Domain::Zone, _) => self.count_in_zone(template, counted, self.zone(node)),
            (Domain::Node, Counted::All) => self.states[node].occupied,
            (Domain::Node, Counted::Staying) => self.states[node].active,
            (Domain::Node, Counted::OwnStaying) => self.own_on_nodes(template)[node],
        }
    }
}
