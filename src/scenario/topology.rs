//! Where pods of a template may not go, and where they would rather not go.

use crate::k8s::objects::Template;

/// Where pods of a template may not go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// Whose pods are counted together.
    pub domain: Domain,
    /// How many may be there.
    pub limit: Limit,
    /// Only pods of the same template are counted (`matchLabelKeys: [pod-template-hash]`).
    pub own_revision: bool,
}

/// What a topology key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Domain {
    /// `kubernetes.io/hostname`
    Node,
    /// `topology.kubernetes.io/zone`
    Zone,
}

/// What a domain may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// At most this many more pods than the domain with the fewest, terminating ones not counted (`DoNotSchedule`).
    Skew {
        /// `maxSkew`
        most: u32,
        /// `minDomains`: with fewer domains than this the one with the fewest counts as empty.
        min_domains: u32,
    },
    /// One pod, until it is gone (required anti-affinity).
    One,
}

/// Where pods of a template would rather not go. Nodes are compared by the scheduler's scores where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preference {
    /// Whose pods are counted together.
    pub domain: Domain,
    /// What the pods wish for.
    pub wish: Wish,
    /// Only pods of the same template are counted.
    pub own_revision: bool,
}

impl Preference {
    /// What a pod without topology spread constraints gets (`podtopologyspread/plugin.go: systemDefaultConstraints`). The
    /// ReplicaSet's selector, by which pods are counted, names the revision.
    pub const SYSTEM_DEFAULT: [Self; 2] = [
        Self { domain: Domain::Node, wish: Wish::Spread { max_skew: 3 }, own_revision: true },
        Self { domain: Domain::Zone, wish: Wish::Spread { max_skew: 5 }, own_revision: true },
    ];
}

/// What pods wish for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wish {
    /// To be spread (`ScheduleAnyway`); terminating pods are not counted.
    Spread {
        /// `maxSkew`
        max_skew: u32,
    },
    /// Not to be beside each other (preferred anti-affinity); terminating pods are counted.
    Apart {
        /// `weight`
        weight: u32,
    },
}

/// What decides about nodes beside names, zones and the Deployment's own pods: other labels of nodes, pods of others, and what
/// the nodes themselves offer. No label is in it: input has resolved them to numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// By topology key: the domain of each node, or [`Topology::NO_DOMAIN`] for a node without the label.
    pub domains: Vec<Vec<u32>>,
    /// Where the pods may not go.
    pub rules: Vec<Rule>,
    /// Where they would rather go, or rather not.
    pub wishes: Vec<GroupWish>,
    /// What each node scores by itself.
    pub points: NodePoints,
}

impl Topology {
    /// The domain of a node without the label.
    pub const NO_DOMAIN: u32 = u32::MAX;

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.wishes.is_empty() && self.points == NodePoints::default()
    }

    /// Whether the pods may go to a node by its labels and by the pods of others that stand in its domains, wherever their own are.
    #[must_use]
    pub fn is_open(&self, node: usize) -> bool {
        self.rules.iter().all(|rule| {
            let domain = self.domains[rule.group.key][node] as usize;
            let standing = rule.group.standing.get(domain).copied();
            match rule.demand {
                Demand::Skew { .. } => standing.is_some(),
                Demand::Apart | Demand::KeptOut => standing.is_none_or(|count| count == 0),
                Demand::Beside => standing.is_some_and(|count| count > 0 || rule.group.may_be_begun()),
            }
        })
    }
}

/// Pods that are counted together, by domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The topology key, a place in [`Topology::domains`].
    pub key: usize,
    /// Which of the Deployment's own pods are counted.
    pub own: Own,
    /// Pods of others that are counted, by domain: one number for each domain of the key.
    pub standing: Vec<u32>,
    /// In a world of several workloads the templates whose pods are counted, own and others'; else empty: [`Self::own`] says it.
    pub templates: Vec<Template>,
}

impl Group {
    /// No pod of others is in it, and the Deployment's own may be the first ones anywhere.
    fn may_be_begun(&self) -> bool {
        self.own != Own::None && self.standing.iter().all(|count| *count == 0)
    }
}

/// Which of the Deployment's own pods are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Own {
    /// None: the selector is not about them.
    None,
    /// All of them.
    All,
    /// Those of the same template (`matchLabelKeys: [pod-template-hash]`).
    SameTemplate,
    /// Those of all other templates (`mismatchLabelKeys: [pod-template-hash]`).
    OtherTemplates,
}

/// A rule about a group of pods that a node must keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The pods that are counted.
    pub group: Group,
    /// What their number decides.
    pub demand: Demand,
}

/// What the number of pods in a node's domain decides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Demand {
    /// At most this many more than in the domain with the fewest (`DoNotSchedule`). A node without the label takes none of the pods.
    Skew {
        /// `maxSkew`
        most: u32,
        /// `minDomains`
        min_domains: u32,
        /// By node: whether its domain is counted, and the pods on it; empty: all are.
        counted: Vec<bool>,
        /// Nodes that are cordoned or unreachable during the run are not counted (`nodeTaintsPolicy: Honor`).
        honors_taints: bool,
    },
    /// None (required anti-affinity). A node without the label takes the pods.
    Apart,
    /// None: those that are there have a required anti-affinity to these pods. A node without the label takes the pods.
    KeptOut,
    /// At least one (required affinity), unless there is none anywhere and the pod itself is one of them. A node without the
    /// label takes none of the pods.
    Beside,
}

/// A wish about a group of pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupWish {
    /// The pods that are counted.
    pub group: Group,
    /// What the pods wish for.
    pub aim: Aim,
}

/// What pods wish for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Aim {
    /// To be spread (`ScheduleAnyway`).
    Spread {
        /// `maxSkew`
        max_skew: u32,
    },
    /// Not to be beside these pods, by so many points for each; a negative number: to be beside them.
    Apart {
        /// The sum of the weights of all terms of either pod that are about the other.
        points: i64,
    },
}

/// What each node scores by itself, by node; empty: the same for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodePoints {
    /// The sum of the weights of preferred node affinity that it meets.
    pub preferred: Vec<i64>,
    /// Its `PreferNoSchedule` taints that the pods do not tolerate.
    pub taints: Vec<i64>,
    /// What pods of others on nodes of its domains count against it, by preferred affinity and anti-affinity of either side; a
    /// negative number: for it.
    pub neighbours: Vec<i64>,
}
