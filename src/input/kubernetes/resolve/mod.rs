//! A pod's terms, and the nodes and pods that there are, as numbers for the simulator.
//!
//! Upstream: `pkg/scheduler/framework/plugins: podtopologyspread, interpodaffinity, nodeaffinity, tainttoleration`.

mod among;

use std::collections::BTreeSet;

use crate::input::kubernetes::ground::{Domains, Ground, HOSTNAME, Place, ZONE};
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::placement::{Placement, Spread, left_out};
use crate::input::kubernetes::pod_terms::{Neighbour, PodTerm, PodTerms, Seen};
use crate::scenario::{
    Aim, Constraint, Demand, Domain, Group, GroupWish, Limit, NodePoints, Own, PodModel, Preference, Rule, Template,
    Topology, Wish,
};

pub(crate) use among::{Among, Other};

/// A pod's terms as numbers of nodes, domains and pods.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) preferences: Vec<Preference>,
    /// `None`: names, zones and the Deployment's own pods say it all.
    pub(crate) topology: Option<Box<Topology>>,
    pub(crate) assumed: Vec<String>,
    /// Terms that are left out since no Node object says the values of their topology keys.
    pub(crate) unknown_keys: Vec<UnknownKey>,
}

/// A topology key whose values no Node object says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownKey {
    pub(crate) key: String,
    /// The field of the pod's spec that names it.
    pub(crate) field: &'static str,
    /// The term is required.
    pub(crate) decides: bool,
}

impl Resolved {
    /// Gives it to the pods of every version, and what it assumes to every answer.
    pub(crate) fn fill(self, models: &mut [PodModel], assumed: &mut Vec<String>) {
        for model in models {
            model.constraints.clone_from(&self.constraints);
            model.preferences.clone_from(&self.preferences);
            model.topology.clone_from(&self.topology);
        }
        assumed.extend(self.assumed);
    }
}

/// Finds out what the nodes and the pods on them make of a pod's terms.
pub(crate) fn resolve(placement: &Placement, ground: &Ground<'_>) -> Resolved {
    resolve_among(placement, ground, Among::default())
}

/// The same for the two versions of a Deployment that is simulated together with others: pods are counted by the numbers of their
/// templates, and of plain constraints and preferences none are left but those that the scheduler has by itself.
pub(crate) fn resolve_versions(placement: &Placement, ground: &Ground<'_>, among: Among<'_>) -> [Resolved; 2] {
    let found = resolve_among(placement, ground, among);
    let of = |number: usize| Resolved {
        constraints: found.constraints.clone(),
        preferences: found.preferences.clone(),
        topology: found.topology.as_ref().map(|topology| Box::new(among.for_version(number, topology))),
        assumed: found.assumed.clone(),
        unknown_keys: found.unknown_keys.clone(),
    };
    [of(0), of(1)]
}

fn resolve_among(placement: &Placement, ground: &Ground<'_>, among: Among<'_>) -> Resolved {
    let mut resolving = Resolving {
        placement,
        ground,
        among,
        domains: Domains::default(),
        topology: Topology::default(),
        found: Resolved::default(),
        unknown_namespaces: BTreeSet::new(),
    };
    resolving.apart();
    resolving.beside();
    resolving.rather();
    resolving.spreads();
    resolving.neighbours();
    resolving.nodes();
    resolving.finish()
}

/// The work of [`resolve`].
struct Resolving<'a> {
    placement: &'a Placement,
    ground: &'a Ground<'a>,
    among: Among<'a>,
    domains: Domains,
    topology: Topology,
    found: Resolved,
    unknown_namespaces: BTreeSet<String>,
}

impl<'a> Resolving<'a> {
    /// The place of a topology key; `None`: no Node object says its values, and the term is left out. `field`: the one that names
    /// it, in a list whose entries are `required`.
    fn key(&mut self, key: &str, field: &'static str, required: bool) -> Option<usize> {
        if self.ground.knows(key) {
            return Some(self.domains.key(self.ground, key));
        }
        let unknown = UnknownKey { key: key.to_owned(), field, decides: required };
        if !self.found.unknown_keys.contains(&unknown) {
            self.found.unknown_keys.push(unknown);
        }
        None
    }

    /// Names and zones, where every node has one, are what the simulator counts the Deployment's own pods by. Pods of several
    /// Deployments are counted by template.
    fn plain(&self, name: &str, key: usize, own: Own) -> Option<(Domain, bool)> {
        if self.among.is_world() {
            return None;
        }
        let domain = match name {
            HOSTNAME => Domain::Node,
            ZONE if self.domains.is_of_all(key) => Domain::Zone,
            _ => return None,
        };
        matches!(own, Own::All | Own::SameTemplate).then_some((domain, own == Own::SameTemplate))
    }

    fn own(&self, term: &PodTerm) -> Own {
        term.own(&self.placement.pod, self.ground.namespaces).unwrap_or(Own::None)
    }

    /// Whether a term of one owner's pod is about a pod of another owner.
    fn is_about(&mut self, term: &PodTerm, pod: &Seen) -> bool {
        let is_about = term.selects(pod, self.ground.namespaces);
        if is_about.is_none() {
            self.unknown_namespaces.insert(pod.namespace.clone());
        }
        is_about == Some(true)
    }

    /// Pods of other owners that a term is about.
    fn selected(&mut self, term: &PodTerm) -> Vec<&'a Neighbour> {
        let neighbours = self.ground.neighbours;
        neighbours.iter().filter(|one| self.is_about(term, &one.pod)).collect()
    }

    /// The templates of the other simulated Deployments that a term is about.
    fn simulated(&mut self, term: &PodTerm) -> Vec<Template> {
        let others: Vec<Other<'_>> = self.among.others().collect();
        let is_meant = |other: &Other<'_>| self.is_about(term, &other.placement.pod);
        others.into_iter().filter(is_meant).flat_map(|other| other.templates).collect()
    }

    fn rule(&mut self, group: Group, demand: Demand) {
        self.topology.rules.push(Rule { group, demand });
    }

    fn wish(&mut self, group: Group, aim: Aim) {
        self.topology.wishes.push(GroupWish { group, aim });
    }

    /// The Deployment's own pods by a topology key, with other simulated ones of these templates.
    fn moving(&self, key: usize, own: Own, templates: Vec<Template>) -> Group {
        Group { key, own, standing: self.domains.empty(key), templates }
    }

    /// Required anti-affinity.
    fn apart(&mut self) {
        for term in &self.placement.terms.apart {
            let Some(key) = self.key(&term.key, APART, true) else { continue };
            let mut own = self.own(term);
            if let Some((domain, own_revision)) = self.plain(&term.key, key, own) {
                own = Own::None;
                // Room for one pod on a node is a matter of its size.
                if domain != Domain::Node || own_revision {
                    self.found.constraints.push(Constraint { domain, limit: Limit::One, own_revision });
                }
            }
            let selected = self.selected(term);
            let standing = self.domains.count(key, selected.into_iter());
            let templates = self.simulated(term);
            if own != Own::None || !templates.is_empty() || standing.iter().any(|count| *count > 0) {
                self.rule(Group { key, own, standing, templates }, Demand::Apart);
            }
        }
    }

    /// Required affinity: a pod counts that all terms are about. Where no pod of others is known it is not known either whether
    /// there is one to be beside, and the report of what is not modelled says so.
    fn beside(&mut self) {
        let terms = &self.placement.terms.beside;
        let owns: Vec<Own> = terms.iter().map(|term| self.own(term)).collect();
        let all = [Own::None, Own::OtherTemplates, Own::SameTemplate].into_iter().find(|own| owns.contains(own));
        let own = all.unwrap_or(Own::All);
        let mut selected: Vec<&Neighbour> = self.ground.neighbours.iter().collect();
        for term in terms {
            selected.retain(|one| self.is_about(term, &one.pod));
        }
        let mut others: Vec<Other<'_>> = self.among.others().collect();
        for term in terms {
            others.retain(|other| self.is_about(term, &other.placement.pod));
        }
        let templates: Vec<Template> = others.into_iter().flat_map(|other| other.templates).collect();
        for (term, of_term) in terms.iter().zip(owns) {
            let Some(key) = self.key(&term.key, BESIDE, true) else { continue };
            if own != Own::None || !self.ground.neighbours.is_empty() || !templates.is_empty() {
                let standing = self.domains.count(key, selected.iter().copied());
                self.rule(Group { key, own, standing, templates: templates.clone() }, Demand::Beside);
            }
            if of_term != Own::None {
                // Pods that are there wish for this one too (`hardPodAffinityWeight`).
                let group = self.moving(key, of_term, Vec::new());
                self.wish(group, Aim::Apart { points: -HARD_AFFINITY_WEIGHT });
            }
        }
    }

    /// Preferred affinity and anti-affinity. Each pod of the Deployment has the terms too, so that they count both ways.
    fn rather(&mut self) {
        let PodTerms { rather_beside, rather_apart, .. } = &self.placement.terms;
        for (weight, term) in rather_apart {
            let Some(key) = self.key(&term.key, RATHER_APART, false) else { continue };
            let own = self.own(term);
            match self.plain(&term.key, key, own) {
                Some((domain, own_revision)) => {
                    let wish = Wish::Apart { weight: *weight };
                    self.found.preferences.push(Preference { domain, wish, own_revision });
                }
                None if own != Own::None => {
                    let group = self.moving(key, own, Vec::new());
                    self.wish(group, Aim::Apart { points: 2 * i64::from(*weight) });
                }
                None => {}
            }
            self.rather_of_others(key, i64::from(*weight), term);
        }
        for (weight, term) in rather_beside {
            let Some(key) = self.key(&term.key, RATHER_BESIDE, false) else { continue };
            let own = self.own(term);
            if own != Own::None {
                let group = self.moving(key, own, Vec::new());
                self.wish(group, Aim::Apart { points: -2 * i64::from(*weight) });
            }
            self.rather_of_others(key, -i64::from(*weight), term);
        }
    }

    /// What a term counts of pods of other owners.
    fn rather_of_others(&mut self, key: usize, points: i64, term: &PodTerm) {
        let selected = self.selected(term);
        self.add_points(key, points, &selected);
        let templates = self.simulated(term);
        if !templates.is_empty() {
            let group = self.moving(key, Own::None, templates);
            self.wish(group, Aim::Apart { points });
        }
    }

    /// Adds points against the nodes that share a domain with each of the pods.
    fn add_points(&mut self, key: usize, points: i64, pods: &[&Neighbour]) {
        let counts = self.domains.count(key, pods.iter().copied());
        if counts.iter().all(|count| *count == 0) {
            return;
        }
        let neighbours = &mut self.topology.points.neighbours;
        neighbours.resize(self.ground.places.len(), 0);
        for (sum, domain) in neighbours.iter_mut().zip(&self.domains.of_nodes[key]) {
            *sum += points * counts.get(*domain as usize).map_or(0, |count| i64::from(*count));
        }
    }

    fn spreads(&mut self) {
        let hard = self.placement.spreads.iter().filter(|spread| spread.hard);
        let keys: Vec<Option<usize>> = hard.map(|spread| self.key(&spread.key, SPREAD, true)).collect();
        let keys: Vec<usize> = keys.into_iter().flatten().collect();
        for spread in &self.placement.spreads {
            let Some(key) = self.key(&spread.key, SPREAD, spread.hard) else { continue };
            self.spread(spread, key, &keys);
        }
    }

    /// `keys`: those of all constraints of the kind `DoNotSchedule`.
    fn spread(&mut self, spread: &Spread, key: usize, keys: &[usize]) {
        let home = &self.placement.pod.namespace;
        let is_counted = |one: &&Neighbour| {
            let machine = self.ground.machines.get(one.node);
            spread.counts(one, home) && machine.is_some_and(|machine| self.counts_node(spread, one.node, machine, keys))
        };
        let standing = self.domains.count(key, self.ground.neighbours.iter().filter(is_counted));
        let others = self.among.others().filter(|other| spread.selects(&other.placement.pod, home));
        let templates: Vec<Template> = others.flat_map(|other| other.templates).collect();
        let alone = templates.is_empty() && standing.iter().all(|count| *count == 0);
        let counted = self.counted_nodes(spread, keys);
        let plain = self.plain(&spread.key, key, spread.own).filter(|_| alone);
        match (plain, spread.hard) {
            (None, _) if alone && spread.own == Own::None && self.domains.is_of_all(key) => {}
            (Some((domain, own_revision)), false) => {
                let wish = Wish::Spread { max_skew: spread.most };
                self.found.preferences.push(Preference { domain, wish, own_revision });
            }
            (Some((domain, own_revision)), true) if counted.is_empty() && !spread.honors_taints => {
                let limit = Limit::Skew { most: spread.most, min_domains: spread.min_domains };
                self.found.constraints.push(Constraint { domain, limit, own_revision });
            }
            (_, true) => {
                let Spread { own, most, min_domains, honors_taints, .. } = *spread;
                let group = Group { key, own, standing, templates };
                self.rule(group, Demand::Skew { most, min_domains, counted, honors_taints });
            }
            (None, false) => {
                let group = Group { key, own: spread.own, standing, templates };
                self.wish(group, Aim::Spread { max_skew: spread.most });
            }
        }
    }

    /// Whether a Node object's domain counts for a constraint, and the pods on it.
    fn counts_node(&self, spread: &Spread, number: usize, machine: &Machine, keys: &[usize]) -> bool {
        let choice = self.ground.choice;
        (!spread.honors_affinity || choice.does_not_match(machine).is_none())
            && (!spread.honors_taints || choice.is_closed(machine).is_none())
            && keys.iter().all(|key| self.domains.of_machine(*key, number).is_some())
    }

    /// The same by node of the cluster; empty: all count.
    fn counted_nodes(&self, spread: &Spread, keys: &[usize]) -> Vec<bool> {
        let counts = self.ground.places.iter().map(|place| {
            let machine = place.machine.and_then(|number| Some((number, self.ground.machines.get(number)?)));
            machine.is_none_or(|(number, machine)| self.counts_node(spread, number, machine, keys))
        });
        let counts: Vec<bool> = counts.collect();
        if counts.contains(&false) { counts } else { Vec::new() }
    }

    /// What pods of other owners want of this one.
    fn neighbours(&mut self) {
        let pod = &self.placement.pod;
        for neighbour in self.ground.neighbours {
            for term in &neighbour.terms.apart {
                if self.is_about(term, pod) {
                    self.keep_out(&term.key, neighbour);
                }
            }
            for (points, term) in wishes(&neighbour.terms) {
                if self.is_about(term, pod)
                    && let Some(key) = self.key(&term.key, RATHER_BESIDE, false)
                {
                    self.add_points(key, points, &[neighbour]);
                }
            }
        }
        for other in self.among.others() {
            self.wanted_by(other);
        }
    }

    /// What the pods of another simulated Deployment want of this one.
    fn wanted_by(&mut self, other: Other<'_>) {
        let (pod, terms) = (&self.placement.pod, &other.placement.terms);
        for term in &terms.apart {
            if self.is_about(term, pod)
                && let Some(key) = self.key(&term.key, APART, true)
            {
                let group = self.kept_out(key);
                let missing = other.templates.into_iter().filter(|template| !group.templates.contains(template));
                let missing: Vec<Template> = missing.collect();
                group.templates.extend(missing);
            }
        }
        for (points, term) in wishes(terms) {
            if self.is_about(term, pod)
                && let Some(key) = self.key(&term.key, RATHER_BESIDE, false)
            {
                let group = self.moving(key, Own::None, other.templates.to_vec());
                self.wish(group, Aim::Apart { points });
            }
        }
    }

    /// The required anti-affinity of a pod that is there.
    fn keep_out(&mut self, key: &str, neighbour: &Neighbour) {
        let Some(key) = self.key(key, APART, true) else { return };
        let Some(domain) = self.domains.of_machine(key, neighbour.node) else { return };
        self.kept_out(key).standing[domain] += 1;
    }

    /// The pods with a required anti-affinity to these by a topology key, which are counted together.
    fn kept_out(&mut self, key: usize) -> &mut Group {
        let is_it = |rule: &Rule| rule.group.key == key && rule.demand == Demand::KeptOut;
        let rules = &self.topology.rules;
        let place = rules.iter().position(is_it).unwrap_or(rules.len());
        if place == rules.len() {
            let group = self.moving(key, Own::None, Vec::new());
            self.rule(group, Demand::KeptOut);
        }
        &mut self.topology.rules[place].group
    }

    /// What nodes score by themselves.
    fn nodes(&mut self) {
        let Ground { places, machines, choice, .. } = self.ground;
        let by_node = |points: &dyn Fn(&Machine) -> i64| {
            let of_place = |place: &Place| place_machine(place, machines).map_or(0, points);
            let by_node: Vec<i64> = places.iter().map(of_place).collect();
            let differ = by_node.iter().any(|points| *points != by_node[0]);
            if differ { by_node } else { Vec::new() }
        };
        let NodePoints { preferred, taints, .. } = &mut self.topology.points;
        *preferred = by_node(&|machine| choice.preference_for(machine));
        *taints = by_node(&|machine| choice.unwelcome(machine));
        if machines.is_empty() && choice.prefers_labels() {
            self.found.assumed.push(NO_LABELS.into());
        }
    }

    fn finish(mut self) -> Resolved {
        let unknown = self.unknown_namespaces.iter().map(|namespace| left_out("affinity", namespace));
        self.found.assumed.extend(unknown);
        self.topology.domains = self.domains.of_nodes;
        self.found.topology = (!self.topology.is_empty()).then(|| Box::new(self.topology));
        self.found
    }
}

const SPREAD: &str = "topologySpreadConstraints.topologyKey";
const APART: &str = "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.topologyKey";
const BESIDE: &str = "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution.topologyKey";
const RATHER_APART: &str = "affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.topologyKey";
const RATHER_BESIDE: &str = "affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution.topologyKey";

/// What a pod with a required affinity that is there adds to the score of its neighbourhood.
///
/// Upstream: `apis/config/v1/defaults.go: SetDefaults_InterPodAffinityArgs`.
const HARD_AFFINITY_WEIGHT: i64 = 1;

const NO_LABELS: &str =
    "preferred nodeAffinity makes no difference between nodes: there are no Node objects to look at";

/// What preferred terms, and required ones that are met, add to the score against a node for each pod that has them.
fn wishes(terms: &PodTerms) -> impl Iterator<Item = (i64, &PodTerm)> {
    let PodTerms { beside, rather_beside, rather_apart, .. } = terms;
    let beside = beside.iter().map(|term| (-HARD_AFFINITY_WEIGHT, term));
    let wished = rather_beside.iter().map(|(weight, term)| (-i64::from(*weight), term));
    let unwished = rather_apart.iter().map(|(weight, term)| (i64::from(*weight), term));
    beside.chain(wished).chain(unwished)
}

fn place_machine<'m>(place: &Place, machines: &'m [Machine]) -> Option<&'m Machine> {
    machines.get(place.machine?)
}

#[cfg(test)]
mod tests;
