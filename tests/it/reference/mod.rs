//! The pages of `docs/reference/` beside the program and the sources.
//!
//! `UPDATE=1 cargo test --test it reference` writes their tables anew; read the difference before you commit it.

mod json;
mod limits;
mod tables;
mod upstream;

use std::fs;

use crate::cli::{root, succeeds};

/// Holds the part of `page` between `<!-- name -->` and `<!-- end of name -->` to `text`.
#[track_caller]
fn held(page: &str, name: &str, text: &str) {
    let file = root().join(page);
    let mut document = fs::read_to_string(&file).expect("the document");
    let from = format!("<!-- {name} -->\n");
    let from = document.find(&from).map(|at| at + from.len()).unwrap_or_else(|| panic!("{page} has no mark {name}"));
    let to = document.find(&format!("<!-- end of {name} -->")).expect("the end of the mark");
    if std::env::var_os("UPDATE").is_some() {
        document.replace_range(from..to, text);
        fs::write(&file, document).expect("the document is writable");
        return;
    }
    let difference = text.lines().zip(document[from..to].lines()).find(|(new, old)| new != old);
    assert!(
        document[from..to] == *text,
        "{page}, {name}: UPDATE=1 writes it anew; first difference (new, written): {difference:?}"
    );
}

/// Text as it stands in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[test]
fn defaults_are_those_of_the_program() {
    held("docs/reference/defaults.md", "defaults", &succeeds(&["defaults", "--format", "markdown"]));
}

#[test]
fn the_command_line_is_that_of_the_program() {
    let mut text = format!("```text\n{}```\n", succeeds(&["--help"]));
    let summary = succeeds(&["--help"]);
    let commands = summary.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("commands");
    for line in commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = line.split_whitespace().next().expect("a name");
        if name != "help" {
            text.push_str(&format!("\n## rollcast {name}\n\n```text\n{}```\n", succeeds(&[name, "--help"])));
        }
    }
    held("docs/reference/command-line.md", "commands", &text);
}
