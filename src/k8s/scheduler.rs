//! Which node a pod is bound to, and how long a pod that found none waits.
//!
//! Upstream: `pkg/scheduler/framework/plugins: noderesources, podtopologyspread, interpodaffinity`,
//! `pkg/scheduler/backend/queue/backoff_queue.go`.
//!
//! Where pods have no preferences, the least allocated of the nodes with room wins, and among equals the one with the
//! lowest number. Where pods have preferences, scores are compared as upstream does, and equal scores are resolved by
//! the order of a heap, which [`select_host`] reproduces. Plugins that give all nodes of a rollout the same score are
//! left out.

use crate::time::SimDuration;

/// A whole node in billionths; with integers, equal loads compare as equal.
const WHOLE: u64 = 1_000_000_000;
/// Highest score of a plugin (`MaxNodeScore`).
const MOST: i64 = 100;
/// Weights of plugins (`apis/config/v1/default_plugins.go`); that of least allocation is 1.
const SPREAD_WEIGHT: i64 = 2;
const APART_WEIGHT: i64 = 2;
const NODE_AFFINITY_WEIGHT: i64 = 2;
const TAINT_WEIGHT: i64 = 3;

/// Load of a node in billionths: `base_load`, which other pods take, and `pods` pods that each take `pod_load`, both as
/// shares of the node.
#[must_use]
pub fn load(base_load: f64, pod_load: f64, pods: u32) -> u64 {
    // A cast from a float to an integer saturates.
    ((base_load + pod_load * f64::from(pods)) * WHOLE as f64).round() as u64
}

/// Whether a domain that holds `count` matching pods may get one more, where the domain with the fewest holds `least`.
///
/// Upstream: `pkg/scheduler/framework/plugins/podtopologyspread/filtering.go: Filter`; terminating pods are not counted
/// (`common.go: countPodsMatchSelector`), and every node counts whatever its taints (`nodeTaintsPolicy: Ignore`).
#[must_use]
pub const fn spread_allows(count: u32, least: u32, max_skew: u32) -> bool {
    count < least.saturating_add(max_skew)
}

/// The same for a pod that is not among those that are counted.
#[must_use]
pub const fn spread_allows_other(count: u32, least: u32, max_skew: u32) -> bool {
    count <= least.saturating_add(max_skew)
}

/// Whether required affinity lets a pod into a domain that holds `count` pods which all its terms are about. Where there is no
/// such pod `anywhere`, the pod may be the first if it `is_one` itself.
///
/// Upstream: `interpodaffinity/filtering.go: satisfyPodAffinity`.
#[must_use]
pub const fn affinity_allows(count: u32, anywhere: bool, is_one: bool) -> bool {
    count > 0 || (is_one && !anywhere)
}

/// The fewest pods in a domain, as the filter computes it.
///
/// Upstream: `podtopologyspread/filtering.go: minMatchNum`.
#[must_use]
pub const fn least_in_domain(least: u32, domains: u32, min_domains: u32) -> u32 {
    if domains < min_domains { 0 } else { least }
}

/// Nodes that a pod fits on, in the scheduler's order, with the inputs of their scores.
#[derive(Clone, Copy, Debug)]
pub struct Candidates<'a> {
    /// For each node, the sum of [`crowding`] over the pod's spread constraints.
    pub crowding: &'a [f64],
    /// For each node, the sum of the weights of pods that the pod prefers not to be beside; empty: it has no such
    /// preference.
    pub neighbours: &'a [i64],
    /// For each node, [`free`] with the pod on it.
    pub free: &'a [i64],
    /// For each node, its [`preferred_points`] and [`taint_points`]; empty: the same for all.
    pub points: &'a [i64],
    /// Nodes without a label that the pods wish to be spread by, which get no points for it; empty: none.
    pub unlabelled: &'a [bool],
}

/// Weighted points for a node that meets preferred terms of the weight `met`, where the best node meets `most`.
///
/// Upstream: `nodeaffinity/node_affinity.go: NormalizeScore`, `helper/normalize_score.go: DefaultNormalizeScore`.
#[must_use]
pub const fn preferred_points(met: i64, most: i64) -> i64 {
    if most == 0 { 0 } else { NODE_AFFINITY_WEIGHT * (MOST * met / most) }
}

/// Weighted points for a node with so many `PreferNoSchedule` taints that the pod does not tolerate, where the worst node has
/// `most`.
///
/// Upstream: `tainttoleration/taint_toleration.go: NormalizeScore`.
#[must_use]
pub const fn taint_points(taints: i64, most: i64) -> i64 {
    if most == 0 { TAINT_WEIGHT * MOST } else { TAINT_WEIGHT * (MOST - MOST * taints / most) }
}

/// Points for the room that a node of this [`load`] has left.
///
/// Upstream: `noderesources/least_allocated.go: leastRequestedScore`, of processors and memory at once.
#[must_use]
pub fn free(load: u64) -> i64 {
    (MOST as u64 * WHOLE.saturating_sub(load) / WHOLE) as i64
}

/// Crowding that `count` pods in a domain add to its nodes, where a topology has this [`weight`].
///
/// Upstream: `podtopologyspread/scoring.go: scoreForCount`.
#[must_use]
pub fn crowding(count: u32, max_skew: u32, weight: f64) -> f64 {
    f64::from(count) * weight + f64::from(max_skew) - 1.0
}

/// Weight of a topology that has `domains` domains.
///
/// Upstream: `podtopologyspread/scoring.go: topologyNormalizingWeight`.
#[must_use]
pub fn weight(domains: usize) -> f64 {
    libm::log(domains as f64 + 2.0)
}

/// How many feasible nodes the scheduler looks for among `nodes`; each search starts where the one before ended.
///
/// Upstream: `schedule_one.go: numFeasibleNodesToFind`.
#[must_use]
pub fn nodes_to_find(nodes: usize) -> usize {
    const FEWEST: usize = 100;
    const LEAST_PERCENT: usize = 5;
    if nodes < FEWEST {
        return nodes;
    }
    let percent = 50_usize.saturating_sub(nodes / 125).max(LEAST_PERCENT);
    (nodes * percent / 100).max(FEWEST)
}

/// Memory of [`select_host`].
#[derive(Debug, Default)]
pub struct Scores {
    scores: Vec<i64>,
    /// The positions of a heap in the order in which equal scores win.
    order: Vec<u32>,
}

impl Scores {
    /// Whether the last [`select_host`] gave two nodes the same score, each by its position.
    #[must_use]
    pub fn are_equal(&self, one: usize, other: usize) -> bool {
        self.scores[one] == self.scores[other]
    }
}

/// The position of the node with the highest score. It is the top of a binary heap of scores, so among equal scores it
/// is not always the first. No random number decides: upstream sets the one that should decide between equals only
/// where the scheduler has extenders.
///
/// Upstream: `schedule_one.go: prioritizeNodes, newSortedNodeScores`; `podtopologyspread/scoring.go: NormalizeScore`;
/// `interpodaffinity/scoring.go: NormalizeScore`.
#[must_use]
pub fn select_host(nodes: &Candidates<'_>, memory: &mut Scores) -> Option<usize> {
    let Scores { scores, order } = memory;
    let (mut least, mut most) = (i64::MAX, 0);
    scores.clear();
    scores.extend(nodes.crowding.iter().map(|&crowding| {
        let crowding = rounded(crowding);
        (least, most) = (least.min(crowding), most.max(crowding));
        crowding
    }));
    if nodes.unlabelled.is_empty() {
        for (score, free) in scores.iter_mut().zip(nodes.free) {
            *score = spread_points(*score, least, most) + free;
        }
    } else {
        spread_labelled(nodes, scores);
    }
    for (score, points) in scores.iter_mut().zip(nodes.points) {
        *score += points;
    }
    if let (Some(fewest), Some(greatest)) = (nodes.neighbours.iter().min(), nodes.neighbours.iter().max())
        && fewest < greatest
    {
        let range = (greatest - fewest) as f64;
        for (score, neighbours) in scores.iter_mut().zip(nodes.neighbours) {
            *score += APART_WEIGHT * (MOST as f64 * ((greatest - neighbours) as f64 / range)) as i64;
        }
    }
    top_of_heap(scores, order)
}

/// Makes points of the crowding of nodes some of which lack a label: they are not compared with the others.
fn spread_labelled(nodes: &Candidates<'_>, scores: &mut [i64]) {
    let labelled = || scores.iter().zip(nodes.unlabelled).filter(|(_, unlabelled)| !**unlabelled);
    let least = labelled().map(|(crowding, _)| *crowding).min().unwrap_or(0);
    let most = labelled().map(|(crowding, _)| *crowding).max().unwrap_or(0);
    for ((score, unlabelled), free) in scores.iter_mut().zip(nodes.unlabelled).zip(nodes.free) {
        *score = free + if *unlabelled { 0 } else { spread_points(*score, least, most) };
    }
}

/// A sum of [`crowding`] as upstream rounds it, which for what is not negative is to add a half and cut off.
fn rounded(crowding: f64) -> i64 {
    (crowding + 0.5) as i64
}

/// Weighted points for being spread, where the crowding of all nodes lies between `least` and `most`.
fn spread_points(crowding: i64, least: i64, most: i64) -> i64 {
    SPREAD_WEIGHT * if most == 0 { MOST } else { MOST * (most + least - crowding) / most }
}

/// A set of nodes. The bit of a node is its place in the [`heap_order`].
pub type NodeSet = u128;

/// Nodes that are equally crowded.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    crowding: i64,
    nodes: NodeSet,
}

impl Group {
    /// The nodes with this sum of [`crowding`].
    #[must_use]
    pub fn new(crowding: f64, nodes: NodeSet) -> Self {
        Self { crowding: rounded(crowding), nodes }
    }
}

/// As [`select_host`] for nodes that fall into few groups and have no unwanted neighbours: points are computed once for each
/// group. Both `free`, what is [`free`] of a node with the pod on it, and the result are by place in the [`heap_order`].
#[must_use]
pub fn select_among_groups(groups: &[Group], free: impl Fn(u32) -> i64) -> Option<u32> {
    let (mut least, mut most) = (i64::MAX, 0);
    for group in groups {
        (least, most) = (least.min(group.crowding), most.max(group.crowding));
    }
    // Score and place as one number, of which the greatest is taken: of equal scores the first place.
    const PLACES: i64 = NodeSet::BITS as i64;
    let mut best = i64::MIN;
    for group in groups {
        let points = spread_points(group.crowding, least, most);
        if (points + MOST + 1) * PLACES <= best {
            // None of these nodes can be better.
            continue;
        }
        for (first, mut left) in [(0, group.nodes as u64), (u64::BITS, (group.nodes >> u64::BITS) as u64)] {
            while left > 0 {
                let place = first + left.trailing_zeros();
                left &= left - 1;
                best = best.max((points + free(place)) * PLACES + PLACES - 1 - i64::from(place));
            }
        }
    }
    (best > i64::MIN).then(|| (PLACES - 1 - best.rem_euclid(PLACES)) as u32)
}

/// Position of the score that a binary heap has at its top when it is built as Go's `container/heap: Init` does it: a
/// position keeps its score unless the greater of the tops below it is greater, and of equal tops the left one counts.
///
/// So the highest score wins, and of equal scores the first in an order in which each position comes before those below it,
/// and those below its left child before those below its right one. The list `order` is kept as long as the number of scores
/// stays the same.
#[inline]
fn top_of_heap(scores: &[i64], order: &mut Vec<u32>) -> Option<usize> {
    heap_order(scores.len(), order);
    let (mut top, mut highest) = (0, i64::MIN);
    for &place in &*order {
        let score = scores[place as usize];
        if score > highest {
            (top, highest) = (place, score);
        }
    }
    (!scores.is_empty()).then_some(top as usize)
}

/// Makes `order` the list of the positions of a heap in the order in which equal scores win, unless it is that list already.
pub fn heap_order(len: usize, order: &mut Vec<u32>) {
    if order.len() != len {
        order.clear();
        list_heap(0, len, order);
    }
}

/// Lists the places of a heap from `place` down, each before those below it.
fn list_heap(place: usize, len: usize, order: &mut Vec<u32>) {
    if place < len {
        order.push(place as u32);
        list_heap(2 * place + 1, len, order);
        list_heap(2 * place + 2, len, order);
    }
}

/// How long a pod waits after its `attempts`-th failed attempt while other pods wait too: 1, 2, 4, 8, then 10 s. With
/// no other pod waiting the scheduler tries it at once (`SchedulerPopFromBackoffQ`); in both cases only after an event
/// that could help.
#[must_use]
pub fn unschedulable_backoff(attempts: u32) -> SimDuration {
    SimDuration::from_secs((1_u64 << attempts.saturating_sub(1).min(4)).min(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(crowding: &[f64], neighbours: &[i64], allocated: &[f64]) -> Option<usize> {
        let free: Vec<i64> = allocated.iter().map(|&share| free(load(share, 0.0, 0))).collect();
        select_host(
            &Candidates { crowding, neighbours, free: &free, points: &[], unlabelled: &[] },
            &mut Scores::default(),
        )
    }

    /// Crowding of the nodes of one zone under the system's default constraints.
    fn by_default(siblings: &[u32]) -> Vec<f64> {
        let zone = crowding(siblings.iter().sum(), 5, weight(1));
        siblings.iter().map(|&own| zone + crowding(own, 3, weight(siblings.len()))).collect()
    }

    /// The nodes of the first pods of a ReplicaSet on equal nodes of a real cluster, in several recordings.
    #[test]
    fn equal_nodes_are_filled_in_the_order_of_the_heap() {
        for (count, expected) in [(4, vec![0, 1, 3, 2, 0, 1, 3, 2]), (5, vec![0, 1, 3])] {
            let (mut siblings, mut allocated) = (vec![0; count], vec![0.0; count]);
            let mut order = Vec::new();
            for _ in 0..expected.len() {
                let place = choose(&by_default(&siblings), &[], &allocated).unwrap();
                siblings[place] += 1;
                allocated[place] += 0.003;
                order.push(place);
            }
            assert_eq!(order, expected, "{count} nodes");
        }
        assert_eq!(choose(&[], &[], &[]), None);
    }

    /// Weights: zone ln 3 + 4, node 2 or ln 4 + 2. The spread scores are 87 and 100, which count twice: 26 points
    /// apart.
    #[test]
    fn a_sibling_outweighs_some_load() {
        let crowding = by_default(&[1, 0]);
        assert_eq!(crowding.iter().map(|crowding| crowding.round()).collect::<Vec<_>>(), [8.0, 7.0]);
        assert_eq!(choose(&crowding, &[], &[0.1, 0.34]), Some(1));
        assert_eq!(choose(&crowding, &[], &[0.1, 0.38]), Some(0));
    }

    #[test]
    fn a_node_with_unwanted_neighbours_is_taken_only_where_all_have_some() {
        let none = [0.0, 0.0];
        assert_eq!(choose(&none, &[100, 0], &[0.0, 1.0]), Some(1), "200 points against 100");
        assert_eq!(choose(&none, &[100, 100], &[0.0, 0.5]), Some(0));
        assert_eq!(choose(&none, &[200, 100], &[0.0, 0.9]), Some(1));
        assert_eq!(
            choose(&[0.0, 8.0], &[100, 0], &[0.0, 0.9]),
            Some(0),
            "200 points for being spread and 100 against 200 and 10"
        );
    }

    #[test]
    fn points_of_preferences_are_added_to_those_for_room() {
        let choose = |free: &[i64], points: &[i64]| {
            let mut memory = Scores::default();
            let nodes = Candidates { crowding: &[0.0; 2], neighbours: &[], free, points, unlabelled: &[] };
            (select_host(&nodes, &mut memory), memory.are_equal(0, 1), memory.are_equal(1, 1))
        };
        assert_eq!(choose(&[50, 90], &[200, 0]), (Some(0), false, true));
        assert_eq!(choose(&[90, 50], &[0, 10]), (Some(0), false, true));
        assert_eq!(choose(&[50, 90], &[40, 0]), (Some(0), true, true));
    }

    #[test]
    fn a_topology_of_more_domains_weighs_more() {
        for (domains, expected) in [(1, 3.0), (3, 5.0), (98, 100.0)] {
            assert!((weight(domains) - libm::log(expected)).abs() < 1e-12, "{domains}");
        }
        assert_eq!([crowding(0, 1, 2.5), crowding(2, 1, 2.5), crowding(2, 5, 2.5)], [0.0, 5.0, 9.0]);
    }

    /// Go's `container/heap: Init`, place by place.
    fn top_of_built_heap(scores: &[i64]) -> Option<usize> {
        let mut tops: Vec<usize> = (0..scores.len()).collect();
        for parent in (0..scores.len() / 2).rev() {
            let mut top = tops[2 * parent + 1];
            if let Some(&right) = tops.get(2 * parent + 2)
                && scores[right] > scores[top]
            {
                top = right;
            }
            if scores[top] > scores[parent] {
                tops[parent] = top;
            }
        }
        tops.first().copied()
    }

    /// Numbers below `end` without any order.
    fn scattered(seed: usize, end: usize) -> impl FnMut() -> usize {
        let mut state = seed as u64;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % end
        }
    }

    #[test]
    fn the_top_of_a_heap_is_known_without_building_it() {
        let mut order = Vec::new();
        for round in 0..2_000 {
            let mut number = scattered(round, 4);
            let scores: Vec<i64> = (0..round % 23).map(|_| number() as i64).collect();
            assert_eq!(top_of_heap(&scores, &mut order), top_of_built_heap(&scores), "{scores:?}");
        }
    }

    #[test]
    fn groups_of_nodes_have_the_same_host() {
        let (mut memory, mut order) = (Scores::default(), Vec::new());
        for round in 0..2_000 {
            let size = 1 + round % 100;
            let (mut level, mut percent) = (scattered(round, [1, 3, 5, 40][round % 4]), scattered(round, 100));
            let each: Vec<f64> = (0..size).map(|_| crowding(level() as u32, 3, weight(size))).collect();
            let free: Vec<i64> = (0..size).map(|_| percent() as i64).collect();
            let candidates = Candidates { crowding: &each, neighbours: &[], free: &free, points: &[], unlabelled: &[] };
            let expected = select_host(&candidates, &mut memory);
            heap_order(size, &mut order);
            let mut groups = Vec::new();
            for first in (0..size).filter(|&node| !each[..node].contains(&each[node])) {
                let alike = order.iter().map(|&node| NodeSet::from(each[node as usize] == each[first]));
                let nodes = alike.enumerate().map(|(place, is_in)| is_in << place).sum();
                groups.push(Group::new(each[first], nodes));
            }
            let place = select_among_groups(&groups, |place| free[order[place as usize] as usize]);
            assert_eq!(place.map(|place| order[place as usize] as usize), expected, "round {round}");
        }
    }

    #[test]
    fn an_empty_node_of_a_later_group_is_not_passed_over() {
        let groups = [Group::new(0.0, 0b01), Group::new(0.0, 0b10)];
        for (free, expected) in [([99, 100], 1), ([100, 99], 0), ([100, 100], 0), ([98, 100], 1)] {
            assert_eq!(select_among_groups(&groups, |place| free[place as usize]), Some(expected), "{free:?}");
        }
        assert_eq!(select_among_groups(&[], |_| 0), None);
    }

    #[test]
    fn large_clusters_are_searched_in_part() {
        let table = [(3, 3), (99, 99), (100, 100), (300, 144), (1000, 420), (5000, 500), (20_000, 1000)];
        for (nodes, wanted) in table {
            assert_eq!(nodes_to_find(nodes), wanted, "{nodes} nodes");
        }
    }

    #[test]
    fn nodes_without_a_label_get_no_points_for_being_spread() {
        let choose = |crowding: &[f64], free: &[i64], unlabelled: &[bool]| {
            let nodes = Candidates { crowding, neighbours: &[], free, points: &[], unlabelled };
            select_host(&nodes, &mut Scores::default())
        };
        // Without the label the third node would be the emptiest: 200 points and 50 against 100 and 90.
        assert_eq!(choose(&[4.0, 8.0, 0.0], &[50, 90, 99], &[false, false, true]), Some(0));
        assert_eq!(choose(&[4.0, 8.0, 0.0], &[0, 0, 99], &[]), Some(2));
        assert_eq!(choose(&[8.0, 8.0, 0.0], &[10, 20, 99], &[false, false, true]), Some(1));
    }

    /// The best node gets 100 points, which count twice; a taint less is worth 300 points where no node has more than one.
    #[test]
    fn preferred_nodes_and_taints() {
        assert_eq!([0, 40, 80].map(|met| preferred_points(met, 80)), [0, 100, 200]);
        assert_eq!(preferred_points(1, 3), 66);
        assert_eq!(preferred_points(0, 0), 0);
        assert_eq!([0, 1, 2, 3].map(|taints| taint_points(taints, 3)), [300, 201, 102, 0]);
        assert_eq!([taint_points(0, 1), taint_points(1, 1), taint_points(0, 0)], [300, 0, 300]);
    }

    #[test]
    fn the_first_of_a_group_needs_no_neighbour() {
        assert!(affinity_allows(1, true, false) && affinity_allows(0, false, true));
        assert!(!affinity_allows(0, true, true) && !affinity_allows(0, false, false));
    }

    #[test]
    fn a_pod_that_is_not_counted_adds_nothing_to_the_skew() {
        assert_eq!([1, 2, 3].map(|count| spread_allows(count, 1, 1)), [true, false, false]);
        assert_eq!([1, 2, 3].map(|count| spread_allows_other(count, 1, 1)), [true, true, false]);
    }

    #[test]
    fn too_few_domains_count_as_one_that_is_empty() {
        assert_eq!([least_in_domain(2, 2, 1), least_in_domain(2, 2, 2), least_in_domain(2, 2, 3)], [2, 2, 0]);
    }

    #[test]
    fn equal_sums_of_loads_are_equal() {
        assert_eq!(load(0.1, 0.2, 1), load(0.3, 0.0, 5));
        assert_eq!(load(0.5, 0.25, 2), 1_000_000_000);
    }

    #[test]
    fn backoff_doubles_to_ten_seconds() {
        let seconds: Vec<_> = (1..=6).map(|attempt| unschedulable_backoff(attempt).as_secs_f64()).collect();
        assert_eq!(seconds, [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]);
        assert_eq!(unschedulable_backoff(u32::MAX), SimDuration::from_secs(10));
    }
}
