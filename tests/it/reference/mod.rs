//! The pages of `docs/reference/` compared with the program and the sources.
//!
//! `UPDATE_EXPECT=1 cargo test --test it reference` writes their tables anew; read the difference before you commit it.

mod answers;
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

/// The commands that the help of the program lists, in groups between its usage and its options.
fn commands(help: &str) -> Vec<String> {
    let groups = help.split("Start here:\n").nth(1).and_then(|rest| rest.split("Options:\n").next()).expect("groups");
    let lines = groups.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<String> = lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(names.len() > 15, "{names:?}");
    names
}

#[test]
fn the_command_line_is_that_of_the_program() {
    let mut text = format!("```text\n{}```\n", succeeds(&["--help"]));
    for name in commands(&succeeds(&["--help"])) {
        text.push_str(&format!("\n## rollcast {name}\n\n```text\n{}```\n", succeeds(&[&name, "--help"])));
    }
    golden_part("docs/reference/command-line.md", "commands", &text);
}
