//! The files of Kubernetes and their counterparts here, from the lines `Upstream:` of the sources.

use std::collections::BTreeSet;
use std::fs;

use crate::cli::{files, root};
use crate::golden_part::golden_part;

#[test]
fn the_map_of_upstream_is_that_of_the_sources() {
    let mut rows = BTreeSet::new();
    for file in files(&root().join("src")).iter().filter(|file| file.ends_with(".rs")) {
        let source = fs::read_to_string(root().join("src").join(file)).expect("a source");
        for (upstream, names) in citations(&source) {
            rows.insert((upstream, file.clone(), names));
        }
    }
    let mut text = "| Kubernetes | names | here |\n|---|---|---|\n".to_owned();
    for (upstream, file, names) in rows {
        text.push_str(&format!("| `{upstream}` | {names} | `src/{file}` |\n"));
    }
    golden_part("docs/model/upstream.md", "upstream", &text);
}

/// Files of Kubernetes that comments name after `Upstream:`, with the functions named after them.
fn citations(source: &str) -> Vec<(String, String)> {
    let comments: Vec<Option<&str>> = source.lines().map(comment).collect();
    let mut found = Vec::new();
    for (at, line) in comments.iter().enumerate() {
        let Some((_, first)) = line.and_then(|line| line.split_once("Upstream:")) else { continue };
        let rest = comments[at + 1..].iter().map_while(|line| line.filter(|line| !line.is_empty()));
        let paragraph: Vec<&str> = std::iter::once(first.trim()).chain(rest).collect();
        let paragraph = paragraph.join(" ");
        let quoted = paragraph.split('`').skip(1).step_by(2);
        for quoted in
            quoted.filter(|quoted| quoted.contains(".go") || (quoted.contains('/') && !quoted.contains("crate")))
        {
            let (file, names) = quoted.split_once(": ").unwrap_or((quoted, ""));
            let names: Vec<String> =
                names.split(", ").filter(|name| !name.is_empty()).map(|n| format!("`{n}`")).collect();
            found.push((file.to_owned(), names.join(", ")));
        }
    }
    found
}

fn comment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    ["//!", "///", "//"].iter().find_map(|mark| line.strip_prefix(mark)).map(str::trim)
}

#[test]
fn citations_run_on_to_the_end_of_their_paragraph() {
    let source =
        "//! Upstream: `pkg/a.go: b, c`, then\n//! `pkg/d.go`.\n//!\n//! `pkg/e.go` is not cited.\nfn f() {}\n";
    let expected = [("pkg/a.go".to_owned(), "`b`, `c`".to_owned()), ("pkg/d.go".to_owned(), String::new())];
    assert_eq!(citations(source), expected);
}
