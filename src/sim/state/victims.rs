//! Which Ready pods of a ReplicaSet are deleted first, without sorting them again for every deletion.
//!
//! The rule is [`crate::k8s::pod_rank`]: among Ready pods those on the node with most pods of the Deployment are deleted first,
//! then those that became Ready last, by powers of two of their age, then by UID. The order by age and UID within a node
//! holds until a pod becomes Ready, stops being so, or reaches the next power of two. The numbers of pods on nodes change with
//! every deletion. Therefore the pods are sorted by node, age and UID once, and only the first pod of each node competes in a
//! tournament.
//!
//! Why: a rolling update of n pods deletes them in about n / maxSurge steps. Sorting n pods at each step costs n² log n
//! comparisons in all; here a deletion costs the logarithm of the number of nodes. The key is one integer of 128 bits, so
//! that a comparison has no branch.

use crate::k8s::pod_rank::age_bucket;
use crate::sim::observation::{NodeId, PodId};
use crate::sim::state::pods::Pod;
use crate::sim::state::tournament::Tournament;
use crate::time::{SimDuration, SimTime};

/// A node's key in the tournament: the number of its pods, counted down because most come first, then the age and UID of its
/// first candidate.
type Claim = u128;

/// The node has no candidate.
const NO_CLAIM: Claim = Claim::MAX;

/// An entry of the order: a pod with what decides its place, as one number: its node, the power of two of its age, its UID. The
/// pod itself stands below them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate(u128);

/// The bits of a candidate at which its node, its age and its UID begin. A node's number has 26 bits.
const NODE: u32 = 102;
const AGE: u32 = 96;
const UID: u32 = 32;
/// The bit of a claim at which the number of pods begins.
const PODS: u32 = NODE - UID;

impl Candidate {
    fn new(pod: PodId, node: NodeId, bucket: u8, uid: u64) -> Self {
        debug_assert!(node >> (u128::BITS - NODE) == 0 && bucket >> (NODE - AGE) == 0, "node {node}, bucket {bucket}");
        Self(u128::from(node) << NODE | u128::from(bucket) << AGE | u128::from(uid) << UID | u128::from(pod))
    }

    fn node(self) -> usize {
        (self.0 >> NODE) as usize
    }

    fn pod(self) -> PodId {
        self.0 as PodId
    }

    /// The claim of its node, which has `active` pods.
    fn claim(self, active: u32) -> Claim {
        let rest = (self.0 >> UID) & ((1 << PODS) - 1);
        u128::from(u32::MAX - 1 - active) << PODS | rest
    }
}

/// The order of deletion among the Ready pods of one ReplicaSet.
#[derive(Debug, Default)]
pub(crate) struct Victims {
    order: Vec<Candidate>,
    /// By node: where in `order` its remaining candidates are.
    ranges: Vec<(u32, u32)>,
    claims: Tournament<Claim>,
    /// Nodes whose number of pods has changed since their claims were computed; if there are as many as nodes, it stands for
    /// all of them.
    changed: Vec<NodeId>,
    /// The order holds until some pod's age enters another bucket.
    valid_until: SimTime,
}

impl Victims {
    /// Forgets the order, because a pod became Ready or stopped being so.
    pub(crate) fn invalidate(&mut self) {
        self.valid_until = SimTime::ZERO;
    }

    /// Whether there is an order that node counts must be kept up to date in.
    pub(crate) fn is_in_use(&self) -> bool {
        self.valid_until > SimTime::ZERO
    }

    /// Whether the order still holds.
    pub(crate) fn is_valid(&self, now: SimTime) -> bool {
        now < self.valid_until
    }

    /// Sorts the ReplicaSet's Ready pods.
    pub(crate) fn rebuild(
        &mut self,
        now: SimTime,
        pods: &[Pod],
        members: &[PodId],
        nodes: usize,
        active: impl Fn(usize) -> u32,
    ) {
        self.order.clear();
        let mut valid = SimDuration::MAX;
        for &id in members {
            let pod = &pods[id as usize];
            if !pod.seen_ready || pod.seen_terminating {
                continue;
            }
            let since = pod.ready_at.truncated();
            let bucket = age_bucket(now, since).max(0) as u8;
            let next_bucket = SimDuration::from_nanos(1_u64 << (bucket + 1).min(63));
            valid = valid.min(next_bucket.saturating_sub(now.since(since)));
            self.order.push(Candidate::new(id, pod.node, bucket, pod.uid));
        }
        self.valid_until = now + valid;
        self.order.sort_unstable();
        self.ranges.clear();
        self.ranges.resize(nodes, (0, 0));
        for (place, candidate) in self.order.iter().enumerate() {
            let range = &mut self.ranges[candidate.node()];
            if range.1 == 0 {
                range.0 = place as u32;
            }
            range.1 = place as u32 + 1;
        }
        let (order, ranges) = (&self.order, &self.ranges);
        self.claims.rebuild((0..nodes).map(|node| claim(order, ranges[node], active(node))), NO_CLAIM);
        self.changed.clear();
    }

    /// The number of pods on a node has changed.
    #[inline]
    pub(crate) fn node_changed(&mut self, node: NodeId) {
        if self.changed.len() < self.ranges.len() {
            self.changed.push(node);
        }
    }

    /// Ranks nodes by their present numbers of pods.
    pub(crate) fn refresh(&mut self, nodes: usize, active: impl Fn(usize) -> u32) {
        let Self { order, ranges, claims, changed, .. } = self;
        let mut refresh = |node: usize| claims.set(node, claim(order, ranges[node], active(node)));
        if changed.len() < nodes {
            changed.iter().for_each(|&node| refresh(node as usize));
        } else {
            (0..nodes).for_each(refresh);
        }
        changed.clear();
    }

    /// Takes out the first pod. Numbers of pods stay as they were at the last [`Self::refresh`]: all victims of one sync are
    /// ranked by the same numbers. Pods that have gone by themselves are passed over.
    #[inline(always)]
    pub(crate) fn pop(&mut self, pods: &[Pod]) -> Option<PodId> {
        loop {
            let (node, least) = self.claims.least();
            if least == NO_CLAIM {
                return None;
            }
            let range = &mut self.ranges[node];
            let candidate = self.order[range.0 as usize];
            range.0 += 1;
            let claim = claim(&self.order, *range, u32::MAX - 1 - (least >> PODS) as u32);
            self.claims.set(node, claim);
            if !pods[candidate.pod() as usize].seen_terminating {
                return Some(candidate.pod());
            }
        }
    }
}

fn claim(order: &[Candidate], range: (u32, u32), active: u32) -> Claim {
    if range.0 >= range.1 {
        return NO_CLAIM;
    }
    order[range.0 as usize].claim(active)
}
