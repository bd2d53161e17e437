//! The documents show what the program does.
//!
//! The language and mark of a fence say how its text is checked:
//!
//! - `console`: each line that begins with `$ ` is run, and what stands below it is what it prints; a line `...` stands for
//!   any number of lines.
//! - `sh`: each line is run and ends with exit code 0, or with the one that its comment names (`# exit code 1`).
//! - `sh cluster`: needs a cluster or another server; the arguments of rollcast are parsed, and nothing is run.
//! - `sh build`: commands of cargo and scripts of this repository, which other tests and `.ci/run` run.
//! - `yaml`: an experiment, a part of one, or a manifest, which the program reads and simulates; `yaml other`: something else.
//! - `json`: is JSON. `rust`: stands in `examples/` or in the documentation of the crate. `python` and `r`: `tables` runs them.
//! - `text`: figures and forms; no command and no answer.

#[cfg(unix)]
mod commands;
mod experiments;
mod links;
mod page;
mod words;

use std::fs;

use crate::cli::root;
use page::{Block, pages};

/// The module `tables` reads the blocks of code in these languages on this page.
const TABLES: &str = "docs/guide/reading-the-report.md";

#[test]
fn the_readme_is_short() {
    let readme = fs::read_to_string(root().join("README.md")).expect("a README");
    assert!(readme.lines().count() <= 150, "README.md has {} lines", readme.lines().count());
    assert!(readme.len() <= 9000, "README.md has {} bytes", readme.len());
}

/// The documents contain none of the phrases that are hard to understand. Generated parts are left out, because they
/// repeat texts of the program.
#[test]
fn documents_are_in_plain_english() {
    let others = ["docs/reference/", "docs/model/upstream.md", "CONTRIBUTING.md", "benches/", "experiments/", "tests/"];
    for page in pages().iter().filter(|page| !others.iter().any(|path| page.path.starts_with(path))) {
        for (number, line) in page.prose() {
            for phrase in ["so many", "of which", "how many-th", "are told", "is told"] {
                assert!(!line.contains(phrase), "{}:{number}: write `{phrase}` in other words", page.path);
            }
        }
    }
}

#[test]
fn every_block_of_code_is_held_by_something() {
    for page in pages() {
        for block in page.blocks() {
            let place = format!("{}:{}", page.path, block.line);
            match (block.language.as_str(), block.mark.as_str()) {
                ("console" | "sh" | "yaml" | "json" | "text" | "rust" | "r" | "python", "") => {}
                ("sh", "cluster" | "build") | ("yaml", "other") => {}
                (language, mark) => panic!("{place}: nothing holds a block of `{language} {mark}`"),
            }
            if ["python", "r"].contains(&block.language.as_str()) {
                assert_eq!(page.path, TABLES, "{place}: the module tables does not run this");
            }
            if block.language == "text" {
                let command = block.body.lines().find(|line| line.trim_start_matches("$ ").starts_with("rollcast "));
                assert_eq!(command, None, "{place}: a command in a block of text is not run");
            }
        }
    }
}

/// The mark `cluster` cannot be seen on the rendered page.
#[test]
fn a_sentence_before_says_which_commands_need_a_cluster() {
    for page in pages() {
        let lines: Vec<&str> = page.text.lines().collect();
        for block in page.blocks().iter().filter(|block| block.mark == "cluster") {
            let sentences = lines[..block.line - 1].iter().rev().filter(|line| !line.is_empty());
            let says_so = sentences.take(2).any(|line| line.contains("a cluster"));
            assert!(says_so, "{}:{}: the text before does not say that this needs a cluster", page.path, block.line);
        }
    }
}

#[test]
fn json_and_rust_are_what_they_say() {
    let code = rust_code();
    for page in pages() {
        for Block { line, language, body, .. } in page.blocks() {
            let place = format!("{}:{line}", page.path);
            match language.as_str() {
                "json" => {
                    let read: Result<serde_json::Value, _> = serde_json::from_str(&body);
                    assert!(read.is_ok(), "{place}: {read:?}");
                }
                "rust" => assert!(code.contains(&trimmed(&body)), "{place}: the code stands in no example"),
                _ => {}
            }
        }
    }
}

/// The code of the examples and of the crate's documentation, which the tests compile.
fn rust_code() -> String {
    let mut code = String::new();
    let library = fs::read_to_string(root().join("src/lib.rs")).expect("the crate");
    code.extend(library.lines().filter_map(|line| line.strip_prefix("//!")).map(|line| format!("{}\n", line.trim())));
    for entry in fs::read_dir(root().join("examples")).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            code.push_str(&trimmed(&fs::read_to_string(path).expect("an example")));
        }
    }
    code
}

fn trimmed(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.trim())).collect()
}
