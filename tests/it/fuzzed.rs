//! The fuzz targets of `fuzz/`, on mutated bundled files: some hundred inputs of each in every run of the tests, the same every time.
//! `FUZZ_INPUTS=100000 cargo test --release --test it fuzzed` tries more, and `FUZZ_SEED` others. With `FUZZ_CORPUS=fuzz/corpus` they
//! only write the corpora there, for a fuzzer that is guided by coverage.

#[allow(
    unreachable_pub,
    dead_code,
    reason = "the file is a library of its own as well, with parts that only a fuzzer calls"
)]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use targets::corpus::corpus;
use targets::mutate::numbered;

/// Inputs of each target where `FUZZ_INPUTS` does not say another number.
const INPUTS: u64 = 300;
/// Inputs of a target of which each is many rollouts.
const COSTLY: [(&str, u64); 2] = [("experiment", 150), ("snapshot", 50)];
/// At least one input of this many is accepted, so that what lies behind the reading is tried as well.
const ACCEPTED: u64 = 8;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Writes a corpus for a fuzzer that is guided by coverage.
fn write(folder: &Path, files: &[(String, Vec<u8>)]) {
    fs::create_dir_all(folder).expect("a folder");
    files.iter().for_each(|(file, bytes)| fs::write(folder.join(file), bytes).expect("room on the disk"));
}

/// Every input of a target; one that panics is written down with its number, so that it can be tried alone.
fn tried((name, target): targets::Target) {
    let files = corpus(name);
    if let Some(folder) = std::env::var_os("FUZZ_CORPUS") {
        return write(&Path::new(&folder).join(name), &files);
    }
    let corpus: Vec<Vec<u8>> = files.into_iter().map(|(_, bytes)| bytes).collect();
    assert!(corpus.len() >= 2, "{name} has a corpus");
    // As they are, they must pass too.
    for bytes in &corpus {
        target(bytes);
    }
    let mut accepted = 0;
    let usual = COSTLY.iter().find(|(costly, _)| *costly == name).map_or(INPUTS, |(_, inputs)| *inputs);
    let inputs = number("FUZZ_INPUTS", usual);
    let seed = number("FUZZ_SEED", 1);
    for input in 0..inputs {
        let bytes = numbered(&corpus, seed, input);
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
fn manifests_that_somebody_spoilt_are_read_or_refused() {
    tried(targets::TARGETS[1]);
}

#[test]
fn snapshots_that_somebody_spoilt_are_read_or_refused() {
    tried(targets::TARGETS[2]);
}

#[test]
fn logs_of_a_cluster_that_somebody_spoilt_are_read_or_refused() {
    tried(targets::TARGETS[3]);
}

#[test]
fn recordings_that_somebody_spoilt_are_read_or_refused() {
    tried(targets::TARGETS[4]);
}

#[test]
fn tables_of_latencies_that_somebody_spoilt_are_read_or_refused() {
    tried(targets::TARGETS[5]);
}

#[test]
fn histograms_that_somebody_spoilt_are_read_or_refused() {
    tried(targets::TARGETS[6]);
}

#[test]
fn measured_objects_that_somebody_spoilt_are_read_or_refused() {
    tried(targets::TARGETS[7]);
}

#[test]
fn results_that_somebody_spoilt_are_read_or_refused() {
    tried(targets::TARGETS[8]);
}
