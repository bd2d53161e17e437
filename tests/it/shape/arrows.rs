//! Which file depends on which: every path is followed to the file that defines what it names.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

use super::crate_tree::{CrateTree, Module, Names};

/// From a module to one that it depends on, with the line of the first mention.
pub(super) type Arrows = BTreeMap<(Names, Names), usize>;

pub(super) fn arrows(tree: &CrateTree) -> Arrows {
    let mut found = Arrows::new();
    for module in tree.modules.values() {
        for named in &module.uses {
            let target = resolve(tree, &module.path, &named.path, 0).filter(|place| !place.is_module);
            if let Some(Place { module: target, .. }) = target
                && target != module.path
            {
                found.entry((module.path.clone(), target)).or_insert(named.line);
            }
        }
    }
    found
}

/// The path from the crate's root that `path` names in `module`, without following what other modules pass on; what the root
/// passes on is followed, because every module can name it. `None` outside the crate.
pub(super) fn absolute(tree: &CrateTree, module: &Module, path: &[String]) -> Option<Names> {
    let (first, rest) = path.split_first()?;
    let above = |levels: usize| Some(module.path[..module.path.len().checked_sub(levels)?].to_vec());
    let found = match first.as_str() {
        "crate" => rest.to_vec(),
        "self" => [module.path.clone(), rest.to_vec()].concat(),
        "super" => {
            let levels = path.iter().take_while(|part| *part == "super").count();
            [above(levels)?, path[levels..].to_vec()].concat()
        }
        _ => {
            let target = module.imported.get(first).filter(|target| target[0] != *first)?;
            return absolute(tree, module, &[target.clone(), rest.to_vec()].concat());
        }
    };
    let root = &tree.modules[&Vec::new()];
    match root.imported.get(found.first()?) {
        Some(target) if !module.path.is_empty() => Some([target.clone(), found[1..].to_vec()].concat()),
        _ => Some(found),
    }
}

/// The module that defines what `path` names in `module`.
pub(super) fn defined_at(tree: &CrateTree, module: &Module, path: &[String]) -> Option<Names> {
    resolve(tree, &module.path, path, 0).map(|place| place.module)
}

struct Place {
    module: Names,
    /// Whether the path names the module itself and nothing that it defines, which is no dependency on its contents.
    is_module: bool,
}

/// How many re-exports may follow each other.
const DEPTH: usize = 8;

/// The definition that `path` leads to from the module at `from`; `None` outside the crate, and for local definitions.
fn resolve(tree: &CrateTree, from: &Names, path: &[String], depth: usize) -> Option<Place> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => descend(tree, Vec::new(), rest, depth),
        "self" if !rest.is_empty() => descend(tree, from.clone(), rest, depth),
        "super" => resolve_above(tree, from, rest, depth),
        _ => {
            let module = tree.modules.get(from)?;
            let child = [from.clone(), vec![first.clone()]].concat();
            if tree.modules.contains_key(&child) {
                return descend(tree, child, rest, depth);
            }
            let target = module.imported.get(first)?;
            if depth > DEPTH || target.first() == Some(first) && target.len() == 1 {
                return None;
            }
            follow(tree, from, target, rest, depth)
        }
    }
}

fn resolve_above(tree: &CrateTree, from: &Names, rest: &[String], depth: usize) -> Option<Place> {
    let parent = from[..from.len().checked_sub(1)?].to_vec();
    match rest.first().map(String::as_str) {
        Some("super") => resolve_above(tree, &parent, &rest[1..], depth),
        _ => descend(tree, parent, rest, depth),
    }
}

fn descend(tree: &CrateTree, at: Names, rest: &[String], depth: usize) -> Option<Place> {
    let Some((first, after)) = rest.split_first() else { return Some(Place { module: at, is_module: true }) };
    let child = [at.clone(), vec![first.clone()]].concat();
    if tree.modules.contains_key(&child) {
        return descend(tree, child, after, depth);
    }
    let passed_on = tree.modules[&at].imported.get(first).filter(|_| depth <= DEPTH);
    let found = passed_on.and_then(|target| follow(tree, &at, target, after, depth));
    found.or(Some(Place { module: at, is_module: false }))
}

fn follow(tree: &CrateTree, from: &Names, target: &[String], rest: &[String], depth: usize) -> Option<Place> {
    resolve(tree, from, &[target, rest].concat(), depth + 1)
}

/// Files that depend on each other, all of a circle together; `mod.rs` is a file like any other.
pub(super) fn circles(arrows: &Arrows) -> BTreeSet<BTreeSet<Names>> {
    components(arrows.keys().cloned().collect())
}

/// Parts of one folder (files, or folders with all that is in them) that depend on each other.
pub(super) fn circles_of_parts(arrows: &Arrows) -> BTreeSet<BTreeSet<Names>> {
    let between = arrows.keys().filter_map(|(from, to)| {
        let common = from.iter().zip(to).take_while(|(one, other)| one == other).count();
        let part = |path: &Names| path.get(..=common).map(<[String]>::to_vec);
        Some((part(from)?, part(to)?))
    });
    components(between.collect())
}

fn components(arrows: BTreeSet<(Names, Names)>) -> BTreeSet<BTreeSet<Names>> {
    let nodes: BTreeSet<&Names> = arrows.iter().flat_map(|(from, to)| [from, to]).collect();
    let nodes: Vec<&Names> = nodes.into_iter().collect();
    let number = |node: &Names| u32::try_from(nodes.binary_search(&node).expect("a node")).expect("few files");
    let graph = DiGraph::<(), ()>::from_edges(arrows.iter().map(|(from, to)| (number(from), number(to))));
    let circles = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1);
    circles.map(|circle| circle.into_iter().map(|node| nodes[node.index()].clone()).collect()).collect()
}
