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
    for part in ["archive", "deb", "wheel", "sbom", "vendor", "krew"] {
        assert!(script.contains(&format!("\n{part}() {{")), "packaging/release.sh has no part {part}");
        assert!(called.contains(&part), "release.yml does not build {part}: {called:?}");
    }
}

/// The manifest for krew names archives that the workflow builds, as the script names them.
#[test]
fn every_archive_of_the_plugin_manifest_is_built() {
    let (manifest, workflow) = (read("packaging/krew.yaml"), read(".github/workflows/release.yml"));
    let platforms: Vec<&str> =
        manifest.lines().filter_map(|line| line.trim().strip_prefix("sha256: SHA256_")).collect();
    assert_eq!(platforms.len(), 5, "{platforms:?}");
    for platform in platforms {
        assert!(manifest.contains(&format!("/vVERSION/rollcast-VERSION-{platform}.tar.gz\n")), "{platform}");
        assert!(workflow.contains(&format!("target: {platform} }}")), "release.yml builds nothing for {platform}");
    }
}

/// Major and minor number of a version of Rust.
fn rust(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or_else(|_| panic!("the version {version}")));
    (parts.next().expect("a number"), parts.next().expect("a second number"))
}

const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

#[test]
fn the_oldest_rust_is_the_same_wherever_it_is_named() {
    for (file, words) in [
        ("README.md", format!("needs Rust ({OLDEST} or later)")),
        ("docs/methods.md", format!("Rust {OLDEST} or later")),
        (".github/workflows/ci.yml", format!("rustup toolchain install {OLDEST} ")),
        (".github/workflows/ci.yml", format!("cargo +{OLDEST} check --locked --all-targets")),
        (".ci/more", format!("oldest={OLDEST}\n")),
    ] {
        assert!(read(file).contains(&words), "{file} has no `{words}`");
    }
}

/// Neither rollcast nor a dependency asks for a newer Rust than Cargo.toml says, and the Rust that tests is not older.
#[test]
fn no_dependency_needs_a_newer_rust() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let tests = Command::new(rustc).arg("--version").current_dir(root()).output().expect("rustc starts");
    let words = text(&tests.stdout);
    let here = words.split(' ').nth(1).expect("a version");
    assert!(rust(here) >= rust(OLDEST), "the tests run with Rust {here}, and Cargo.toml says {OLDEST}");
    let Some(metadata) = crate::licences::metadata() else { return };
    for package in metadata["packages"].as_array().expect("packages") {
        let Some(needs) = package["rust_version"].as_str() else { continue };
        assert!(rust(needs) <= rust(OLDEST), "{} needs Rust {needs}, and Cargo.toml says {OLDEST}", package["name"]);
    }
}
