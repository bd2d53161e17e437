//! The structure of the code: `src/lib.rs` lists the modules in order of dependency, no file imports one below it, no
//! two files depend on each other, functions stay short, and calls whose results differ between machines are forbidden.
//!
//! The guard reads all production code of all folders as the compiler would, and is itself tested on code that breaks
//! each rule (`bad_code`).

mod arrows;
mod bad_code;
mod crate_tree;
mod names;
mod rules;

use crate::cli::root;

#[test]
fn production_code_holds_to_the_rules() {
    let sources = crate_tree::sources(&root().join("src"));
    let faults = rules::faults(&sources);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A guard that read no files would find no faults.
#[test]
fn all_files_are_read() {
    let sources = crate_tree::sources(&root().join("src"));
    let tree = crate_tree::CrateTree::of(&sources);
    assert!(tree.modules.len() > 180, "{} modules", tree.modules.len());
    let listed = &tree.modules[&Vec::new()].children;
    assert!(listed.len() > 15, "{listed:?}");
    let arrows = arrows::arrows(&tree);
    assert!(arrows.len() > 500, "{} arrows", arrows.len());
}
