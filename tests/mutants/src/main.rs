//! How many mutants do the tests catch? Like cargo-mutants, whose list of mutants this takes, but with one build for all of them.
//!
//! A build of rollcast and its tests takes minutes, so that cargo-mutants, which builds each mutant anew, would take weeks. Here all
//! mutants are compiled at once, each beside the original, and the environment variable `MUTANT` chooses one when a test runs. A
//! first run of each test notes which mutants it reaches, and a mutant is tried only with the tests that reach it, first those of its
//! own folder in the library, until one fails.
//!
//! ```sh
//! cargo mutants --list --json -f 'src/{k8s,stats,metrics,engine,sim}/**' >list.json
//! git worktree add --detach COPY                        # the tree that is rewritten
//! cargo run -- build list.json . COPY state.json 700 25  # of each folder 700 at random, with the seed 25
//! (cd COPY && cargo test --no-run --lib --test it)      # prints the two test binaries
//! cargo run -- reach COPY LIB IT reach.json  # each test alone
//! cargo run -- try state.json COPY reach.json outcomes.jsonl FOLDER
//! cargo run -- report state.json outcomes.jsonl
//! ```
//!
//! `try` goes on where it was stopped, and ends after the seconds in `MUTANTS_SECONDS`, if that is set.

mod build;
mod list;
mod measure;
mod weave;

use list::Mutant;
use std::path::Path;
use std::{env, error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["build", list, original, copy, state, sample, seed] => {
            let mut mutants = read(list)?;
            list::draw(&mut mutants, sample.parse()?, seed.parse()?);
            let built = build::build(Path::new(original), Path::new(copy), &mut mutants);
            fs::write(state, serde_json::to_string(&mutants)?)?;
            built
        }
        ["reach", copy, lib, it, reach] => measure::reach(copy, [lib, it], reach),
        ["try", state, copy, reach, outcomes, folder] => measure::try_all(&read(state)?, copy, reach, outcomes, folder),
        ["report", state, outcomes] => measure::report(&read(state)?, outcomes),
        _ => Err("usage: build | reach | try | report, as at the head of src/main.rs".into()),
    }
}

fn read(path: &str) -> Result<Vec<Mutant>, Box<dyn Error>> {
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}
