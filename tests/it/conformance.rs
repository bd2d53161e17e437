//! Recordings of a real control plane against the simulated one.

use std::path::{Path, PathBuf};

use rollcast::replay::{self, Summary};

fn recordings(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of recordings");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    paths
}

/// Set `ROLLCAST_RECORDINGS` to a folder to have all its differences printed.
#[test]
fn every_recording_matches() {
    let elsewhere = std::env::var_os("ROLLCAST_RECORDINGS");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let folder = elsewhere.as_ref().map_or(own, PathBuf::from);
    let mut summary = Summary::default();
    let mut differences = String::new();
    for path in recordings(&folder) {
        let recording = replay::load(&path).expect("a readable recording");
        let answer = replay::answer(&recording);
        summary.add(&answer);
        if answer.matched != Some(true) {
            differences += &answer.to_text();
        }
    }
    println!("{differences}{summary}");
    assert!(summary.matched > 0 && differences.is_empty(), "{differences}{summary}");
}
