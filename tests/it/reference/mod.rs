//! The pages of `docs/reference/` compared with the program and the sources.
//!
//! `UPDATE_EXPECT=1 cargo test --test it reference` writes their tables anew; read the difference before you commit it.

mod json;
mod limits;
mod tables;
mod upstream;

use crate::cli::succeeds;
use crate::golden_part::golden_part;

/// Text as it stands in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[test]
fn defaults_are_those_of_the_program() {
    golden_part("docs/reference/defaults.md", "defaults", &succeeds(&["defaults", "--format", "markdown"]));
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
    golden_part("docs/reference/command-line.md", "commands", &text);
}
