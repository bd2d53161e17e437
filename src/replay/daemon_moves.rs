//! Whether the pods of a DaemonSet were created and deleted as in a recording. In which order the nodes have their turn is chance: the
//! controller goes through a map.

use std::collections::BTreeMap;

use super::answer::MoveLine;
use super::moves::text;

/// What happened on one node: `create` or `delete`, and the template.
type Sequence<'a> = Vec<(&'a str, &'a str)>;

/// The first difference: of each kind of move, creations and deletions of each template, the n-th must come at the same time within
/// `tolerance` seconds, and what happens on each node must have happened on a node of the recording.
pub(super) fn difference(expected: &[MoveLine], got: &[MoveLine], tolerance: f64) -> Option<String> {
    by_kind(expected, got, tolerance).or_else(|| by_node(expected, got))
}

fn by_kind(expected: &[MoveLine], got: &[MoveLine], tolerance: f64) -> Option<String> {
    let kind = |one: &MoveLine| (one.1.clone(), one.3.clone());
    let mut kinds: Vec<_> = expected.iter().chain(got).map(kind).collect();
    kinds.sort();
    kinds.dedup();
    for wanted in kinds {
        let of = |moves: &[MoveLine]| {
            let mut own: Vec<MoveLine> = moves.iter().filter(|one| kind(one) == wanted).cloned().collect();
            own.sort_by(|one, other| one.0.total_cmp(&other.0));
            own
        };
        let (left, right) = (of(expected), of(got));
        for place in 0..left.len().max(right.len()) {
            let difference = match (left.get(place), right.get(place)) {
                (Some(left), Some(right)) if (left.0 - right.0).abs() > tolerance => {
                    format!("{} observed, simulated at {:.3} s: more than {tolerance} s apart", text(left), right.0)
                }
                (Some(left), None) => format!("{} observed, not simulated", text(left)),
                (None, Some(right)) => format!("{} simulated, not observed", text(right)),
                _ => continue,
            };
            return Some(format!("move {} of {} {}: {difference}", place + 1, wanted.0, wanted.1));
        }
    }
    None
}

fn by_node(expected: &[MoveLine], got: &[MoveLine]) -> Option<String> {
    let mut left = sequences(expected);
    for (node, own) in nodes(got) {
        match left.iter().position(|other| *other == own) {
            Some(place) => drop(left.swap_remove(place)),
            None => {
                let words: Vec<_> = own.iter().map(|(what, template)| format!("{what} {template}")).collect();
                return Some(format!(
                    "node {node}: simulated {}, which was observed on no other node",
                    words.join(", ")
                ));
            }
        }
    }
    None
}

fn nodes(moves: &[MoveLine]) -> BTreeMap<u32, Sequence<'_>> {
    let mut nodes: BTreeMap<u32, Sequence<'_>> = BTreeMap::new();
    for (_, what, node, template) in moves {
        nodes.entry(*node).or_default().push((what, template));
    }
    nodes
}

fn sequences(moves: &[MoveLine]) -> Vec<Sequence<'_>> {
    nodes(moves).into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(list: &[(f64, &str, u32, &str)]) -> Vec<MoveLine> {
        list.iter().map(|(at, what, node, template)| (*at, (*what).into(), *node, (*template).into())).collect()
    }

    #[test]
    fn nodes_may_have_their_turns_in_another_order() {
        let one = moves(&[
            (0.0, "delete", 0, "v1"),
            (1.0, "create", 0, "v2"),
            (3.0, "delete", 1, "v1"),
            (4.0, "create", 1, "v2"),
        ]);
        let other = moves(&[
            (0.1, "delete", 1, "v1"),
            (1.1, "create", 1, "v2"),
            (3.1, "delete", 0, "v1"),
            (4.1, "create", 0, "v2"),
        ]);
        assert_eq!(difference(&one, &other, 1.0), None);
        assert!(
            difference(&one, &other, 0.05).expect("late").starts_with("move 1 of create v2: create 0 of v2 at 1.000 s")
        );
        assert!(difference(&one, &other[..3], 1.0).expect("one too few").contains("observed, not simulated"));
        assert!(difference(&one[..3], &other, 1.0).expect("one too many").contains("simulated, not observed"));
        let on_one_node = moves(&[
            (0.0, "delete", 0, "v1"),
            (1.0, "create", 1, "v2"),
            (3.0, "delete", 1, "v1"),
            (4.0, "create", 0, "v2"),
        ]);
        let expected = "node 1: simulated create v2, delete v1, which was observed on no other node";
        assert_eq!(difference(&one, &on_one_node, 1.0).as_deref(), Some(expected));
    }
}
