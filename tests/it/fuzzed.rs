//! The fuzz targets of `fuzz/`, on mutated bundled files: some hundred inputs of each in every run of the tests, the same every time.
//! `FUZZ_INPUTS=100000 cargo test --release --test it fuzzed` tries more, and `FUZZ_SEED` others.

#[allow(unreachable_pub, reason = "the file is a library of its own as well")]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::cli::root;

/// Inputs of each target where `FUZZ_INPUTS` does not say another number.
const INPUTS: u64 = 300;
/// At least one input of this many is accepted, so that what lies behind the reading is tried as well.
const ACCEPTED: u64 = 8;
/// A mutated file does not grow beyond this.
const LONGEST: usize = 60_000;
/// Numbers at which arithmetic and bounds turn.
const NUMBERS: [&str; 9] =
    ["0", "2147483647", "2147483648", "4294967295", "18446744073709551615", "1e308", "1e-308", "1e9", "999999"];
/// What stands where something else belongs.
const VALUES: [&str; 16] = [
    "-1",
    "-2147483648",
    "-0.0",
    "NaN",
    ".inf",
    "100%",
    "0%",
    "101%",
    "1ns",
    "30d",
    "\"\"",
    "null",
    "[]",
    "{}",
    "\u{202e}",
    "true",
];

/// Where the corpus of a target lies, and how the names of its files end.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let (folders, ends): (&[&str], &[&str]) = match target {
        "experiment" => (&["experiments", "experiments/manifests", "tests/fixtures"], &["yaml"]),
        "recording" => (&["tests/recordings", "tests/recordings/statefulset", "tests/fixtures"], &["json"]),
        "measurements" => (&["tests/fixtures", "experiments/data"], &["csv", "json", "txt"]),
        "result" => (&["results/first-look", "results/node-loss", "results/fleet-capacity"], &["json"]),
        other => panic!("no corpus for {other}"),
    };
    let mut files: Vec<PathBuf> = folders.iter().flat_map(|folder| files_in(&root().join(folder), ends)).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("a file")).filter(|bytes| bytes.len() <= LONGEST).collect()
}

fn files_in(folder: &Path, ends: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let files = entries.map(|entry| entry.expect("an entry").path());
    files.filter(|file| file.extension().is_some_and(|end| ends.iter().any(|known| end == *known))).collect()
}

/// One to six changes of a file, at places and of kinds that chance chooses.
fn mutated(corpus: &[Vec<u8>], chance: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = corpus.choose(chance).expect("a corpus").clone();
    // Mostly one or two: what is broken in many places is refused at the first.
    let changes =
        1 + u32::from(chance.random_bool(0.5)) + chance.random_range(0..4) * u32::from(chance.random_bool(0.2));
    for _ in 0..changes {
        match chance.random_range(0..20) {
            0..10 => replace_number(&mut bytes, chance),
            10..13 => replace_value(&mut bytes, chance),
            13..15 => lines(&mut bytes, chance),
            15 => drop(bytes.drain(range(&bytes, chance))),
            16 => repeat(&mut bytes, chance),
            17 => splice(&mut bytes, corpus.choose(chance).expect("a corpus"), chance),
            _ => flip(&mut bytes, chance),
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

/// A stretch of at most 200 bytes.
fn range(bytes: &[u8], chance: &mut ChaCha8Rng) -> std::ops::Range<usize> {
    let from = chance.random_range(0..=bytes.len());
    from..(from + chance.random_range(0..200)).min(bytes.len())
}

/// Puts a value of the list in place of a number or word after a colon.
fn replace_value(bytes: &mut Vec<u8>, chance: &mut ChaCha8Rng) {
    let colons: Vec<usize> =
        bytes.iter().enumerate().filter(|(_, byte)| **byte == b':').map(|(at, _)| at + 1).collect();
    if let Some(from) = colons.choose(chance) {
        let end =
            bytes[*from..].iter().position(|byte| b",}]\n".contains(byte)).map_or(bytes.len(), |length| from + length);
        let value = VALUES.choose(chance).expect("a value");
        bytes.splice(*from..end, [b" ", value.as_bytes()].concat());
    }
}

/// Puts another number in place of one.
fn replace_number(bytes: &mut Vec<u8>, chance: &mut ChaCha8Rng) {
    let starts: Vec<usize> =
        (1..bytes.len()).filter(|at| bytes[*at].is_ascii_digit() && b" :[,-".contains(&bytes[*at - 1])).collect();
    if let Some(from) = starts.choose(chance) {
        let length = bytes[*from..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let number = match chance.random_range(0..4) {
            0 => chance.random_range(0..4).to_string(),
            1 => chance.random_range(0..2_000).to_string(),
            2 => format!("0.{}", chance.random_range(0..1_000)),
            _ => (*NUMBERS.choose(chance).expect("a number")).to_owned(),
        };
        bytes.splice(*from..from + length, number.into_bytes());
    }
}

/// Swaps two lines, leaves one out or writes one twice.
fn lines(bytes: &mut Vec<u8>, chance: &mut ChaCha8Rng) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (one, other) = (chance.random_range(0..lines.len()), chance.random_range(0..lines.len()));
    match chance.random_range(0..3) {
        0 => lines.swap(one, other),
        1 => drop(lines.remove(one)),
        _ => lines.insert(other, lines[one].clone()),
    }
    *bytes = lines.join(&b'\n');
}

fn repeat(bytes: &mut Vec<u8>, chance: &mut ChaCha8Rng) {
    let part = bytes[range(bytes, chance)].to_vec();
    let at = chance.random_range(0..=bytes.len());
    bytes.splice(at..at, part);
}

fn splice(bytes: &mut Vec<u8>, other: &[u8], chance: &mut ChaCha8Rng) {
    let part = other[range(other, chance)].to_vec();
    let place = range(bytes, chance);
    bytes.splice(place, part);
}

fn flip(bytes: &mut [u8], chance: &mut ChaCha8Rng) {
    if !bytes.is_empty() {
        let at = chance.random_range(0..bytes.len());
        bytes[at] ^= 1 << chance.random_range(0..8);
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Every input of a target; one that panics is written down with its number, so that it can be tried alone.
fn tried((name, target): targets::Target) {
    let corpus = corpus(name);
    assert!(corpus.len() >= 2, "{name} has a corpus");
    // As they are, they must pass too.
    for bytes in &corpus {
        target(bytes);
    }
    let mut accepted = 0;
    let inputs = number("FUZZ_INPUTS", INPUTS);
    let seed = number("FUZZ_SEED", 1);
    for input in 0..inputs {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        chance.set_stream(input);
        let bytes = mutated(&corpus, &mut chance);
        let Ok(was_accepted) = catch_unwind(AssertUnwindSafe(|| target(&bytes))) else {
            let file = std::env::temp_dir().join(format!("rollcast-{name}-{seed}-{input}"));
            fs::write(&file, &bytes).expect("room on the disk");
            panic!("{name}: input {input} of seed {seed} panics; it is in {}", file.display());
        };
        accepted += u64::from(was_accepted);
    }
    println!("{name}: {accepted} of {inputs} accepted");
    assert!(accepted * ACCEPTED >= inputs, "{name}: only {accepted} of {inputs} inputs get beyond a refusal");
}

#[test]
fn experiments_that_somebody_spoilt_are_read_or_refused() {
    tried(targets::TARGETS[0]);
}

#[test]
fn recordings_that_somebody_spoilt_are_read_or_refused() {
    tried(targets::TARGETS[1]);
}

#[test]
fn measurements_that_somebody_spoilt_are_read_or_refused() {
    tried(targets::TARGETS[2]);
}

#[test]
fn results_that_somebody_spoilt_are_read_or_refused() {
    tried(targets::TARGETS[3]);
}
