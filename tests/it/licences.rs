//! Every dependency may be used under a licence that `deny.toml` allows. Skipped with a message where cargo lacks the sources
//! of the dependencies.

use std::fs;
use std::process::Command;

use crate::cli::{root, text};

/// The licences that `deny.toml` allows.
fn allowed() -> Vec<String> {
    let rules = fs::read_to_string(root().join("deny.toml")).expect("the rules");
    let list = rules.split("allow = [").nth(1).and_then(|rest| rest.split(']').next()).expect("a list");
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether an SPDX expression can be met by the allowed licences. `/` is an old form of OR.
fn may_be_used(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    either(&mut words.as_slice(), allowed)
}

fn either(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut met = all(words, allowed);
    while let [first, rest @ ..] = *words
        && *first == "OR"
    {
        *words = rest;
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut met = one(words, allowed);
    while let [first, rest @ ..] = *words
        && *first == "AND"
    {
        *words = rest;
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut &[&str], allowed: &[String]) -> bool {
    let [first, rest @ ..] = *words else { return false };
    *words = rest;
    if *first == "(" {
        let met = either(words, allowed);
        *words = words.get(1..).unwrap_or(&[]);
        return met;
    }
    if let ["WITH", _, rest @ ..] = rest {
        *words = rest;
        return allowed.iter().any(|name| name == first);
    }
    allowed.iter().any(|name| name == first)
}

/// What cargo knows of the dependencies; nothing where it lacks their sources, or on another system than Linux.
pub(crate) fn metadata() -> Option<serde_json::Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let host = if cfg!(target_os = "linux") { "x86_64-unknown-linux-gnu" } else { return None };
    let output = Command::new(cargo)
        .args(["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", host])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    if !output.status.success() {
        println!("skipped: {}", text(&output.stderr));
        return None;
    }
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
fn dependencies_have_licences_that_are_allowed() {
    let Some(metadata) = metadata() else { return };
    let allowed = allowed();
    for package in metadata["packages"].as_array().expect("packages") {
        let licence = package["license"].as_str().unwrap_or("");
        assert!(may_be_used(licence, &allowed), "{} has the licence `{licence}`", package["name"]);
    }
}

#[test]
fn expressions_of_licences_are_understood() {
    let allowed = ["MIT".to_owned(), "Zlib".to_owned()];
    for good in ["MIT", "Apache-2.0/MIT", "(GPL-3.0 OR MIT) AND Zlib", "GPL-3.0 OR MIT AND Zlib", "MIT WITH exception"]
    {
        assert!(may_be_used(good, &allowed), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Zlib) AND GPL-3.0"] {
        assert!(!may_be_used(bad, &allowed), "{bad}");
    }
}
