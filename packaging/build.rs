//! Tells the program what it was built from: the commit, the compiler and the lock file. What is not known is empty.
//!
//! Only a release build asks for the commit. A build for tests would otherwise be made anew after every commit, because
//! Cargo compiles a package again whenever its build script has run again, and no test needs to know the commit.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

/// What decides how the program is built. A change in any other file does not make a build `-dirty`.
const SOURCES: [&str; 4] = ["Cargo.toml", "Cargo.lock", "src", "packaging/build.rs"];

fn main() {
    for path in SOURCES.into_iter().filter(|path| Path::new(path).exists()) {
        watch(path);
    }
    let compiler = env::var("RUSTC").ok().and_then(|rustc| printed(&rustc, &["--version"]));
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = if release { commit() } else { None };
    let lock_file = fs::read("Cargo.lock").ok().map(|bytes| hex(&Sha256::digest(bytes)));
    let values = [("COMMIT", commit), ("TOOLCHAIN", compiler), ("LOCK_FILE", lock_file), ("SOURCES", sources())];
    for (name, value) in values {
        println!("cargo::rustc-env=ROLLCAST_{name}={}", value.unwrap_or_default());
    }
}

/// SHA-256 of everything that decides what is computed: the lock file and the sources, each with its path. It is known where no
/// commit is, and tells changed sources from those of the commit.
fn sources() -> Option<String> {
    let mut files = vec![PathBuf::from("Cargo.lock")];
    list(Path::new("src"), &mut files).ok()?;
    files.sort();
    let mut hash = Sha256::new();
    for file in files.iter().filter(|file| file.is_file()) {
        let parts: Vec<_> = file.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        hash.update(format!("{}\0", parts.join("/")));
        hash.update(Sha256::digest(fs::read(file).ok()?));
    }
    Some(hex(&hash.finalize()))
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { list(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// The commit of a checkout, or the one that `cargo package` wrote down.
fn commit() -> Option<String> {
    // A directory, or a file in a work tree of its own. An outer repository that happens to hold this one is not asked.
    if Path::new(".git").exists() { checked_out() } else { packaged() }
}

/// The commit, and `-dirty` where a source is not as it is there.
fn checked_out() -> Option<String> {
    let head = git(&["rev-parse", "HEAD"])?;
    // HEAD names a branch; the branch moves with a commit, and the log of HEAD with everything that changes the commit.
    let branch = git(&["rev-parse", "--symbolic-full-name", "HEAD"]).unwrap_or_default();
    for name in ["HEAD", "logs/HEAD", branch.as_str()] {
        let path = git(&["rev-parse", "--git-path", name]);
        path.iter().filter(|path| Path::new(path).is_file()).for_each(|path| watch(path));
    }
    let changed = git(&[&["status", "--porcelain", "--"], &SOURCES[..]].concat())?;
    Some(if changed.is_empty() { head } else { format!("{head}-dirty") })
}

/// The commit in the note that `cargo package` puts into a package.
fn packaged() -> Option<String> {
    let note = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let commit = note.split("\"sha1\"").nth(1)?.split('"').nth(1)?;
    let dirty = if note.contains("\"dirty\": true") { "-dirty" } else { "" };
    commit.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| format!("{commit}{dirty}"))
}

fn git(arguments: &[&str]) -> Option<String> {
    printed("git", &[&["--no-optional-locks"], arguments].concat())
}

/// What a program prints; `None` where there is no such program, or it fails.
fn printed(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

fn watch(path: &str) {
    println!("cargo::rerun-if-changed={path}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
