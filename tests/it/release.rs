//! What a release says of itself in several places is one: the version, the list of changes, the citation, the tag.

use std::fs;
use std::process::Command;

use crate::cli::{root, text};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The headings of versions in the list of changes, newest first: version, and date or `unreleased`.
fn headings() -> Vec<(String, String)> {
    let changes = read("CHANGELOG.md");
    let heading = |line: &str| -> Option<(String, String)> {
        let (version, state) = line.strip_prefix("## ")?.split_once(" (")?;
        Some((version.to_owned(), state.trim_end_matches(')').to_owned()))
    };
    changes.lines().filter_map(heading).collect()
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    parts.iter().map(|part| part.len()).eq([4, 2, 2]) && parts.iter().all(digits)
}

#[test]
fn the_list_of_changes_begins_with_the_version_of_the_crate() {
    let headings = headings();
    assert_eq!(headings.first().map(|(version, _)| version.as_str()), Some(VERSION), "CHANGELOG.md: {headings:?}");
    for (number, (version, state)) in headings.iter().enumerate() {
        assert!(is_date(state) || (number == 0 && state == "unreleased"), "CHANGELOG.md: {version} ({state})");
    }
}

#[test]
fn the_citation_names_the_version_of_the_crate() {
    let citation = read("CITATION.cff");
    let version = citation.lines().find_map(|line| line.strip_prefix("version: "));
    assert_eq!(version, Some(VERSION), "CITATION.cff");
}

/// Where the commit that is tested has a tag of a version, it is that of the crate, and the list of changes has its date.
#[test]
fn a_tag_names_the_version_of_the_crate() {
    let git = Command::new("git").args(["tag", "--points-at", "HEAD"]).current_dir(root()).output();
    let Ok(output) = git else { return println!("no git here: tags are not looked at") };
    for tag in text(&output.stdout).lines().filter_map(|tag| tag.strip_prefix('v')) {
        assert_eq!(tag, VERSION, "the tag v{tag}");
        assert!(is_date(&headings()[0].1), "CHANGELOG.md: {} is released and has no date", headings()[0].0);
    }
}

/// The parts that a release consists of stand in the script, and the workflow calls no other.
#[test]
fn the_workflow_of_releases_builds_by_the_script() {
    let (script, workflow) = (read("packaging/release.sh"), read(".github/workflows/release.yml"));
    let called: Vec<&str> =
        workflow.split("packaging/release.sh ").skip(1).filter_map(|rest| rest.split_whitespace().next()).collect();
    for part in ["archive", "deb", "wheel", "sbom", "vendor"] {
        assert!(script.contains(&format!("\n{part}() {{")), "packaging/release.sh has no part {part}");
        assert!(called.contains(&part), "release.yml does not build {part}: {called:?}");
    }
}
