//! The targets of links and paths exist.

use std::collections::BTreeSet;
use std::path::Path;

use super::page::{Page, pages};
use crate::cli::root;

#[test]
fn links_lead_to_files_and_headings_that_are_there() {
    let pages = pages();
    for page in &pages {
        for (number, target) in links(page) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let place = format!("{}:{number}", page.path);
            let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
            let path = if file.is_empty() { page.path.clone() } else { resolved(&page.path, file) };
            assert!(root().join(&path).exists(), "{place}: there is no {path}");
            if let (Some(anchor), Some(to)) = (anchor, pages.iter().find(|other| other.path == path)) {
                assert!(headings(to).contains(anchor), "{place}: {path} has no heading #{anchor}");
            }
        }
    }
}

/// Paths of the repository in code marks, such as `src/sim/`.
#[test]
fn paths_that_documents_name_are_there() {
    const FOLDERS: [&str; 9] =
        ["src/", "tests/", "experiments/", "results/", "docs/", "benches/", "examples/", ".ci/", ".github/"];
    for page in pages().iter().filter(|page| page.path != "CHANGELOG.md") {
        for (number, line) in page.prose() {
            for named in line.split('`').skip(1).step_by(2) {
                let is_path = FOLDERS.iter().any(|folder| named.starts_with(folder));
                if is_path && !named.contains(['*', ' ', '{', '<', ':']) {
                    assert!(root().join(named).exists(), "{}:{number}: there is no `{named}`", page.path);
                }
            }
        }
    }
}

/// Every page of `docs/` can be reached from README.md.
#[test]
fn no_page_is_lost() {
    let pages = pages();
    let mut reached = BTreeSet::from(["README.md".to_owned()]);
    let mut next = vec!["README.md".to_owned()];
    while let Some(path) = next.pop() {
        let Some(page) = pages.iter().find(|page| page.path == path) else { continue };
        for (_, target) in links(page) {
            let path = resolved(&page.path, target.split('#').next().expect("a first part"));
            if reached.insert(path.clone()) {
                next.push(path);
            }
        }
    }
    for page in pages.iter().filter(|page| page.path.starts_with("docs/")) {
        assert!(reached.contains(&page.path), "no document links to {}", page.path);
    }
}

fn links(page: &Page) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    for (number, line) in page.prose() {
        for part in line.split("](").skip(1) {
            let target = part.split(')').next().expect("a first part");
            links.push((number, target));
        }
    }
    links
}

fn resolved(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = Path::new(from).parent().and_then(Path::to_str).unwrap_or("").split('/').collect();
    parts.retain(|part| !part.is_empty());
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The anchors that GitHub makes from headings.
fn headings(page: &Page) -> BTreeSet<String> {
    let headings = page.prose().into_iter().filter(|(_, line)| line.starts_with('#'));
    let anchor = |line: &str| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(|(_, line)| anchor(line)).collect()
}
