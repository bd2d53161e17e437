//! The page of limits lists every constant of the sources that is a limit.

use std::collections::BTreeSet;
use std::fs;

use crate::cli::{files, root};

#[test]
fn every_limit_of_the_sources_is_written_down() {
    let mut limits = BTreeSet::new();
    for file in files(&root().join("src")).iter().filter(|file| file.ends_with(".rs") && !is_test(file)) {
        let source = fs::read_to_string(root().join("src").join(file)).expect("a source");
        limits.extend(source.lines().filter_map(limit));
    }
    let page = fs::read_to_string(root().join("docs/reference/limits.md")).expect("the page");
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let written: BTreeSet<String> =
        rows.filter_map(|row| row.rsplit('`').nth(1)).filter(|cell| cell.contains(" = ")).map(str::to_owned).collect();
    let missing: Vec<_> = limits.difference(&written).collect();
    let gone: Vec<_> = written.difference(&limits).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "docs/reference/limits.md lacks {missing:?}; no source has {gone:?}"
    );
}

fn is_test(file: &str) -> bool {
    file.ends_with("tests.rs") || file.contains("tests/") || file.contains("coverage")
}

/// `NAME = VALUE` of a constant whose name begins with `MAX_` or `MOST`.
fn limit(line: &str) -> Option<String> {
    let (_, definition) = line.split_once("const ")?;
    let (name, rest) = definition.split_once(':')?;
    let (_, value) = rest.split_once(" = ")?;
    let is_limit = name.starts_with("MAX_") || name == "MOST" || name.starts_with("MOST_");
    is_limit.then(|| format!("{name} = {}", value.trim_end_matches(';')))
}

#[test]
fn limits_are_seen_whoever_may_use_them() {
    assert_eq!(limit("    pub(crate) const MAX_ROWS: usize = 1_000_000;").as_deref(), Some("MAX_ROWS = 1_000_000"));
    assert_eq!(limit("const MOST: f64 = 1e9;").as_deref(), Some("MOST = 1e9"));
    assert_eq!(limit("    pub const MAX: Self = Self(u64::MAX);"), None);
}
