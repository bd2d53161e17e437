//! What each target begins with: the bundled files of its kind, and some small ones of `fuzz/seeds/`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A larger file teaches a fuzzer little and costs it much.
pub const LONGEST: usize = 60_000;

/// The workloads that the recorded snapshots and incidents are about.
pub const WORKLOADS: [[&str; 3]; 3] = [
    ["shop", "Deployment", "checkout"],
    ["payments", "StatefulSet", "ledger"],
    ["kube-system", "DaemonSet", "node-agent"],
];
/// Objects of one kind that a snapshot keeps, from the first on.
const OF_A_KIND: usize = 12;
/// Lines of a watch or of an audit log that are kept, from the first on.
const LINES: usize = 40;

/// Folders, and how the names of the files end that are taken from them.
type Places = (&'static [&'static str], &'static [&'static str]);

/// The corpus of a target, in the order of the files' names: name and bytes.
///
/// # Panics
/// When there is no such target, or a file cannot be read.
#[must_use]
pub fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let (folders, ends): Places = match target {
        "experiment" => (&["experiments", "experiments/validation", "tests/fixtures"], &["yaml"]),
        "manifest" => {
            (&["experiments/manifests", "tests/fixtures", "tests/fixtures/serve", "tests/fixtures/versions"], &["yaml"])
        }
        "snapshot" => (&["tests/recordings/snapshots"], &["json"]),
        "record" => (&["tests/recordings/incidents"], &["jsonl", "log"]),
        "recording" => (
            &["tests/recordings", "tests/recordings/statefulset", "tests/recordings/daemonset", "tests/fixtures"],
            &["json"],
        ),
        "csv" => (&["fuzz/seeds/csv", "tests/fixtures"], &["csv"]),
        "exposition" => (&["fuzz/seeds/exposition", "tests/fixtures"], &["txt"]),
        "objects" => (&["fuzz/seeds/objects", "tests/fixtures"], &["json"]),
        "result" => (&["results/first-look", "results/node-loss", "results/fleet-capacity"], &["json"]),
        other => panic!("no corpus for {other}"),
    };
    let mut files: Vec<PathBuf> = folders.iter().flat_map(|folder| files_in(&root().join(folder), ends)).collect();
    files.sort();
    let entry = |file: &PathBuf| {
        let name = file.strip_prefix(root()).expect("below it").to_string_lossy().replace('/', "-");
        (name, prepared(target, file, fs::read(file).expect("a file")))
    };
    let belongs = |(_, bytes): &(String, Vec<u8>)| bytes.len() <= LONGEST && belongs(target, bytes);
    files.iter().map(entry).filter(belongs).collect()
}

/// The folder of the repository, for this package and for the tests that use this file.
#[must_use]
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    if package.join("experiments").is_dir() { package.to_path_buf() } else { package.join("..") }
}

/// The files of a folder, and of the folders in it where it has no file of its own with such an end.
fn files_in(folder: &Path, ends: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    let of_kind = |file: &&PathBuf| file.extension().is_some_and(|end| ends.iter().any(|known| end == *known));
    let own: Vec<PathBuf> = paths.iter().filter(of_kind).cloned().collect();
    if !own.is_empty() {
        return own;
    }
    paths.iter().filter(|path| path.is_dir()).flat_map(|folder| files_in(folder, ends)).collect()
}

/// A manifest is no experiment; apart from that the end of a name says what a file is.
fn belongs(target: &str, bytes: &[u8]) -> bool {
    let is_manifest = bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"apiVersion:"));
    match target {
        "experiment" => !is_manifest,
        "manifest" => is_manifest,
        "snapshot" => !bytes.is_empty(),
        _ => true,
    }
}

/// A file as it stands in the corpus: of what a cluster printed, which is long, a part.
fn prepared(target: &str, file: &Path, bytes: Vec<u8>) -> Vec<u8> {
    match target {
        "snapshot" => shortened(file, &bytes).unwrap_or_default(),
        "record" => bytes.split_inclusive(|byte| *byte == b'\n').take(LINES).flatten().copied().collect(),
        _ => bytes,
    }
}

/// A snapshot with the Nodes and with what names the workload that it is about, without the bookkeeping that no answer reads: so the
/// changes of a fuzzer meet what decides.
fn shortened(file: &Path, bytes: &[u8]) -> Option<Vec<u8>> {
    let truth: Value = serde_json::from_slice(&fs::read(file.with_file_name("truth.json")).ok()?).ok()?;
    let about = truth[file.file_stem()?.to_str()?]["object"].as_str()?.rsplit('/').next()?.to_owned();
    let mut list: Value = serde_json::from_slice(bytes).ok()?;
    let items = list.get_mut("items")?.as_array_mut()?;
    let mut kept: Vec<Value> = Vec::new();
    for mut item in std::mem::take(items) {
        let of_kind = kept.iter().filter(|other| other["kind"] == item["kind"]).count();
        if (item["kind"] == "Node" || item.to_string().contains(&about)) && of_kind < OF_A_KIND {
            if let Some(metadata) = item["metadata"].as_object_mut() {
                metadata.remove("managedFields");
            }
            kept.push(item);
        }
    }
    *items = kept;
    serde_json::to_vec(&list).ok()
}
