//! The tests run the commands in documents, or at least parse them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::Parser;
use rollcast::cli::Cli;

use super::page::{Block, Page, pages};
use super::words;
use crate::cli::{files, root, text};

/// Programs that a block which is run may use.
const RUN: [&str; 11] = ["rollcast", "cat", "cp", "diff", "echo", "grep", "head", "ls", "mkdir", "sed", "tail"];
/// Programs that need a server.
const SERVERS: [&str; 4] = ["kubectl", "helm", "curl", "jq"];
/// Programs that build or test this repository.
const BUILD: [&str; 8] =
    ["cargo", "git", "cd", ".ci/run", ".ci/more", "benches/ratios.sh", "packaging/release.sh", "TWICE=1"];

#[test]
fn the_commands_of_the_readme_and_the_guide_do_what_is_shown() {
    run_all(|path| path == "README.md" || path.starts_with("docs/guide/"));
}

#[test]
fn the_commands_of_the_other_documents_do_what_is_shown() {
    run_all(|path| path != "README.md" && !path.starts_with("docs/guide/"));
}

#[test]
fn commands_that_need_more_than_this_machine_are_parsed() {
    for page in pages() {
        let blocks = page.blocks();
        for block in blocks.iter().filter(|block| block.language == "sh" && !block.mark.is_empty()) {
            let known: &[&[&str]] = if block.mark == "cluster" { &[&RUN, &SERVERS] } else { &[&RUN, &BUILD] };
            for line in words::lines(&block.body) {
                let place = format!("{}:{}: {line}", page.path, block.line);
                for command in words::commands(&line) {
                    let name = command[0].as_str();
                    assert!(known.iter().any(|names| names.contains(&name)), "{place}: what is {name}?");
                    parsed(&command, &place);
                    assert!(
                        block.mark == "build" || files_are_there(&command),
                        "{place}: names a file that is not here"
                    );
                }
            }
        }
    }
}

/// Checks that rollcast accepts its arguments.
fn parsed(command: &[String], place: &str) {
    let end = command.iter().position(|word| word == ">").unwrap_or(command.len());
    let command = &command[..end];
    let arguments = match command.iter().position(|word| word == "--") {
        Some(position) if command[0] == "cargo" && command[1] == "run" => &command[position + 1..],
        _ if command[0] == "rollcast" => &command[1..],
        _ => return,
    };
    let words = std::iter::once("rollcast").chain(arguments.iter().map(String::as_str));
    if let Err(error) = Cli::try_parse_from(words) {
        assert!(!error.use_stderr(), "{place}: {error}");
    }
}

fn files_are_there(command: &[String]) -> bool {
    let end = command.iter().position(|word| word == ">").unwrap_or(command.len());
    let is_file = |word: &&String| [".yaml", ".json", ".csv", ".txt"].iter().any(|ending| word.ends_with(ending));
    command[..end].iter().filter(is_file).all(|word| root().join(word).exists())
}

fn run_all(wanted: fn(&str) -> bool) {
    let mut wrong = Vec::new();
    for page in pages().iter().filter(|page| wanted(&page.path)) {
        let blocks = page.blocks();
        let is_run = |block: &&Block| matches!(&*block.language, "console" | "sh") && block.mark.is_empty();
        let blocks: Vec<_> = blocks.iter().filter(is_run).collect();
        if blocks.is_empty() {
            continue;
        }
        let place = copy();
        for block in blocks {
            wrong.extend(run_block(page, block, place.path()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A copy of the files that commands name, in which the commands may write.
fn copy() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a temporary directory");
    for folder in ["experiments", "tests/fixtures", "tests/recordings", "results/first-look"] {
        for file in files(&root().join(folder)) {
            let to = place.path().join(folder).join(&file);
            fs::create_dir_all(to.parent().expect("a folder")).expect("room on the disk");
            fs::copy(root().join(folder).join(&file), to).expect("room on the disk");
        }
    }
    for entry in fs::read_dir(root().join("results")).expect("results") {
        let entry = entry.expect("an entry");
        let to = place.path().join("results").join(entry.file_name());
        if !to.exists() {
            std::os::unix::fs::symlink(entry.path(), to).expect("room on the disk");
        }
    }
    place
}

/// The failures of the commands of a block.
fn run_block(page: &Page, block: &Block, place: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for (line, shown) in steps(block) {
        let at = format!("{}:{}: {line}", page.path, block.line);
        for command in words::commands(&line) {
            assert!(RUN.contains(&command[0].as_str()), "{at}: what is {}?", command[0]);
        }
        if words::commands(&line).is_empty() {
            continue;
        }
        let output = shell(&line, place);
        let code = output.status.code().expect("an exit code");
        if code != expected_code(&line) {
            wrong.push(format!("{at}\nexit code {code}: {}{}", text(&output.stdout), text(&output.stderr)));
        } else if let Some(shown) = shown {
            let (out, all) = (text(&output.stdout), text(&output.stderr) + &text(&output.stdout));
            if !matches(&shown, &out) && !matches(&shown, &all) {
                wrong.push(format!("{at}\nprints\n{all}"));
            }
        }
    }
    wrong
}

/// The commands of a block; in a console with the output shown below each.
fn steps(block: &Block) -> Vec<(String, Option<String>)> {
    if block.language == "sh" {
        return words::lines(&block.body).into_iter().map(|line| (line, None)).collect();
    }
    let body = format!("\n{}", block.body.replace("\\\n", " "));
    let steps = body.split("\n$ ").skip(1).map(|step| step.split_once('\n').unwrap_or((step, "")));
    steps.map(|(line, shown)| (line.to_owned(), Some(shown.to_owned()))).collect()
}

fn expected_code(line: &str) -> i32 {
    line.split("# exit code ").nth(1).map_or(0, |code| code[..1].parse().expect("a digit"))
}

fn shell(line: &str, place: &Path) -> std::process::Output {
    let program = Path::new(env!("CARGO_BIN_EXE_rollcast")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    Command::new("sh")
        .args(["-c", line])
        .env("PATH", path)
        .current_dir(place)
        .stdin(Stdio::null())
        .output()
        .expect("a shell")
}

/// Whether `printed` has the form of `shown`, in which a line `...` stands for any number of lines.
fn matches(shown: &str, printed: &str) -> bool {
    fn go(shown: &[&str], printed: &[&str]) -> bool {
        match shown.split_first() {
            None => printed.is_empty(),
            Some((&"...", rest)) => (0..=printed.len()).any(|skip| go(rest, &printed[skip..])),
            Some((first, rest)) => printed.split_first().is_some_and(|(other, more)| first == other && go(rest, more)),
        }
    }
    go(&lines(shown), &lines(printed))
}

fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

#[test]
fn shown_lines_may_leave_some_out() {
    assert!(matches("a\n...\nd\n", "a\nb\nc\nd\n"));
    assert!(matches("a\n...\n", "a\n"));
    assert!(!matches("a\n...\nd\n", "a\nb\n"));
    assert!(!matches("a\n", "a\nb\n"));
}
