//! The program does not write through symbolic links.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::cli::{refuses, rollcast, root, succeeds, text};

const LINK: &str = "is a symbolic link, and nothing is written through links";

fn path(path: &Path) -> String {
    path.display().to_string()
}

fn manifest() -> String {
    path(&root().join("experiments/manifests/checkout.yaml"))
}

fn sweep(out: &Path) {
    succeeds(&["sweep", &manifest(), "--quiet", "--replications", "5", "--out", &path(out)]);
}

/// Every file and link under a folder, with its contents or target.
fn everything(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.symlink_metadata().unwrap() {
            data if data.is_symlink() => found.push((path.clone(), path_bytes(&fs::read_link(&path).unwrap()))),
            data if data.is_dir() => found.extend(everything(&path)),
            _ => found.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

fn path_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_encoded_bytes().to_vec()
}

/// Checks that the program refuses the command as a usage error and leaves everything in the folder as it is.
#[track_caller]
fn refused(folder: &Path, arguments: &[&str]) {
    let before = everything(folder);
    refuses(arguments, &[LINK]);
    assert!(everything(folder) == before, "something was written all the same");
}

#[test]
fn a_report_is_not_drawn_through_links() {
    let scratch = tempfile::tempdir().unwrap();
    let place = scratch.path().join("out");
    sweep(&place);
    let elsewhere = scratch.path().join("elsewhere");
    fs::rename(place.join("charts"), &elsewhere).unwrap();
    symlink(&elsewhere, place.join("charts")).unwrap();
    fs::write(place.join("report.html"), "old").unwrap();
    refused(scratch.path(), &["report", &path(&place)]);
    fs::remove_file(place.join("charts")).unwrap();

    symlink(&place, scratch.path().join("link")).unwrap();
    refused(scratch.path(), &["report", &path(&scratch.path().join("link"))]);
    refused(scratch.path(), &["report", &format!("{}/", path(&scratch.path().join("link")))]);
    fs::remove_file(scratch.path().join("link")).unwrap();

    for name in ["report.html", "datapackage.json"] {
        fs::rename(place.join(name), scratch.path().join(name)).unwrap();
        symlink(scratch.path().join(name), place.join(name)).unwrap();
        refused(scratch.path(), &["report", &path(&place)]);
        fs::remove_file(place.join(name)).unwrap();
        fs::rename(scratch.path().join(name), place.join(name)).unwrap();
    }

    // The temporary name that a file has before it is renamed.
    fs::write(scratch.path().join("mine"), "mine").unwrap();
    symlink(scratch.path().join("mine"), place.join("report.new")).unwrap();
    succeeds(&["report", &path(&place)]);
    assert_eq!(fs::read_to_string(scratch.path().join("mine")).unwrap(), "mine");
    assert!(fs::read_to_string(place.join("report.html")).unwrap().contains("<html"));
}

#[test]
fn a_result_is_not_made_through_links() {
    let scratch = tempfile::tempdir().unwrap();
    let (place, link) = (scratch.path().join("out"), scratch.path().join("link"));
    sweep(&place);
    let manifest = manifest();
    let out = |out: &Path| ["sweep".to_owned(), manifest.clone(), "--quiet".into(), "--out".into(), path(out)];
    let refused_out = |at: &Path| {
        let arguments = out(at);
        refused(scratch.path(), &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    };
    for target in [place.as_path(), Path::new("nowhere")] {
        symlink(target, &link).unwrap();
        refused_out(&link);
        refused_out(&link.join(""));
        fs::remove_file(&link).unwrap();
    }
    let work = scratch.path().join("new.unfinished");
    symlink(&place, &work).unwrap();
    refused_out(&scratch.path().join("new"));
    fs::remove_file(&work).unwrap();
    fs::write(scratch.path().join("mine"), "mine").unwrap();
    for name in ["rollcast.lock", "identity.json", "blocks.bin", "new", "old"] {
        fs::create_dir(&work).unwrap();
        fs::write(work.join("rollcast.lock"), "").unwrap();
        let _ = fs::remove_file(work.join(name));
        symlink(scratch.path().join("mine"), work.join(name)).unwrap();
        refused_out(&scratch.path().join("new"));
        fs::remove_dir_all(&work).unwrap();
    }
}

/// A link above the directory is allowed, such as `/tmp` on macOS.
#[test]
fn directories_above_may_be_links() {
    let scratch = tempfile::tempdir().unwrap();
    fs::create_dir(scratch.path().join("place")).unwrap();
    symlink("place", scratch.path().join("link")).unwrap();
    let out = scratch.path().join("link/out");
    sweep(&out);
    succeeds(&["report", &path(&out)]);
    sweep(&out);
    succeeds(&["trace", &manifest(), "--chart", &path(&scratch.path().join("link/pods.svg"))]);
    assert!(scratch.path().join("place/pods.svg").is_file() && scratch.path().join("place/out/report.html").is_file());
}

#[test]
fn other_files_are_not_written_through_links() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| path(&scratch.path().join(name));
    fs::write(at("mine"), "mine").unwrap();
    for target in ["mine", "nowhere"] {
        symlink(target, at("pods.svg")).unwrap();
        refused(scratch.path(), &["trace", &manifest(), "--chart", &at("pods.svg")]);
        let output = rollcast(&["new", &at("pods.svg")]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        fs::remove_file(at("pods.svg")).unwrap();
    }
    succeeds(&["man", "--out", &at("man")]);
    succeeds(&["man", "--out", &at("man")]);
    symlink("man", at("link")).unwrap();
    refused(scratch.path(), &["man", "--out", &at("link")]);
    fs::remove_file(scratch.path().join("man/rollcast-run.1")).unwrap();
    symlink(at("mine"), scratch.path().join("man/rollcast-run.1")).unwrap();
    refused(scratch.path(), &["man", "--out", &at("man")]);
    assert_eq!(fs::read_to_string(at("mine")).unwrap(), "mine");
    assert!(!scratch.path().join("nowhere").exists());
}
