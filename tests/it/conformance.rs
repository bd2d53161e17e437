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

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

/// Set `ROLLCAST_RECORDINGS` to a folder to have all its differences printed.
#[test]
fn every_recording_matches() {
    let elsewhere = std::env::var_os("ROLLCAST_RECORDINGS");
    let folder = elsewhere.as_ref().map_or_else(own, PathBuf::from);
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

/// With UIDs as luck would have it the very same pods go in nearly all recordings. The others hang on milliseconds: on
/// how many new pods were bound, and so crowded old ones, when the first were chosen.
#[test]
fn most_recordings_agree_pod_by_pod() {
    let (mut same, mut all) = (0, 0);
    for path in recordings(&own()) {
        let recording = replay::load(&path).expect("a readable recording");
        let observed = replay::run(&recording).expect("a supported recording");
        let expected = recording.expect.and_then(|expect| expect.deletions).unwrap_or_default();
        let near = |(at, pod): &(f64, String)| observed.deletions.iter().any(|d| d.1 == *pod && (d.0 - at).abs() < 0.5);
        all += 1;
        same += u32::from(expected.iter().all(near));
    }
    assert!(same * 4 >= all * 3, "{same} of {all} recordings agree");
}
