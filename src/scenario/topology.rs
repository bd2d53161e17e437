//! Where pods of a template may not go, and where they would rather not go.

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
