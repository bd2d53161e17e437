//! The files that a command line names, directories opened.

use std::fs;
use std::path::{Path, PathBuf};

use crate::input::tree::error::InputError;

/// Endings of files that are read of a directory.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];
/// Most files of a directory.
const MOST_FILES: usize = 10_000;
/// Deepest directory that is read.
const DEEPEST: usize = 64;
/// Files of which a tool makes manifests.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// `paths` with each directory replaced by its files whose names end in `.yaml`, `.yml` or `.json`, in the order of their names.
/// `inside`: also those of the directories in it. `-` is standard input.
///
/// # Errors
/// When a directory cannot be read or has no such file, when another program must make manifests of it first, or when a file
/// is named twice.
pub fn given_files(paths: &[PathBuf], inside: bool) -> Result<Vec<PathBuf>, InputError> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() != "-" && path.is_dir() {
            let before = files.len();
            open(path, inside, DEEPEST, &mut files)?;
            if files.len() == before {
                return Err(error(path, empty(path, inside)));
            }
        } else {
            files.push(path.clone());
        }
    }
    let mut seen = Vec::new();
    for file in &files {
        let whole = file.canonicalize().unwrap_or_else(|_| file.clone());
        if seen.contains(&whole) {
            return Err(error(file, "is given twice: name it once".into()));
        }
        seen.push(whole);
    }
    Ok(files)
}

fn open(folder: &Path, inside: bool, deepest: usize, files: &mut Vec<PathBuf>) -> Result<(), InputError> {
    let unreadable = |problem: std::io::Error| error(folder, format!("cannot be read ({problem})"));
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?.path());
    }
    entries.sort();
    for entry in entries {
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let ending = entry.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if entry.is_dir() {
            // A link to a directory may lead back.
            if inside && deepest > 0 && !entry.is_symlink() && !name.starts_with('.') {
                open(&entry, inside, deepest - 1, files)?;
            }
        } else if KUSTOMIZATIONS.contains(&name) {
            let shown = folder.display();
            return Err(error(folder, format!("is a kustomization: `kubectl kustomize {shown} | rollcast run -`")));
        } else if name == "Chart.yaml" {
            let shown = folder.display();
            return Err(error(folder, format!("is a chart of Helm: `helm template {shown} | rollcast run -`")));
        } else if ENDINGS.contains(&ending) {
            files.push(entry);
        }
        if files.len() > MOST_FILES {
            return Err(error(folder, format!("holds more than {MOST_FILES} files: name a smaller directory")));
        }
    }
    Ok(())
}

fn empty(folder: &Path, inside: bool) -> String {
    let below = |entry: fs::DirEntry| entry.path().is_dir();
    let has_directories = fs::read_dir(folder).is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(below)));
    let advice = if has_directories && !inside { "; -R reads the directories in it too" } else { "" };
    format!("holds no file whose name ends in .yaml, .yml or .json{advice}")
}

fn error(path: &Path, message: String) -> InputError {
    InputError::in_file(&path.display().to_string(), message)
}

/// The names under which files are recorded: where they lie is no part of an experiment, so that the names alone count, or, where
/// two have the same, the paths below the directory that all share.
pub(super) fn recorded_names(paths: &[PathBuf]) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let names: Vec<String> = paths.iter().map(name).collect();
    let is_twice = |name: &String| names.iter().filter(|other| *other == name).count() > 1;
    if !names.iter().any(is_twice) {
        return names;
    }
    let parents = || paths.iter().filter(|path| path.as_os_str() != "-").filter_map(|path| path.parent());
    let mut shared = parents().next().map(Path::to_owned).unwrap_or_default();
    while !parents().all(|parent| parent.starts_with(&shared)) && shared.pop() {}
    let below = |path: &PathBuf| path.strip_prefix(&shared).unwrap_or(path).to_string_lossy().into_owned();
    paths.iter().map(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        for file in files {
            let path = place.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        place
    }

    #[test]
    fn directories_are_opened_in_order_of_names() {
        let place = folder(&["b.yml", "a.yaml", "c.json", "d.txt", "in/e.yaml", ".git/f.yaml"]);
        let names = |inside| {
            let files = given_files(&[place.path().into()], inside).unwrap();
            recorded_names(&files).join(" ")
        };
        assert_eq!(names(false), "a.yaml b.yml c.json");
        assert_eq!(names(true), "a.yaml b.yml c.json e.yaml");
    }

    #[test]
    fn what_is_no_directory_of_manifests_is_refused() {
        for (files, message) in [
            (&["a.txt"][..], "holds no file whose name ends in"),
            (&["in/a.yaml"], "-R reads the directories in it too"),
            (&["kustomization.yaml", "a.yaml"], "kubectl kustomize"),
            (&["Chart.yaml"], "helm template"),
        ] {
            let place = folder(files);
            let error = given_files(&[place.path().into()], false).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        let place = folder(&["a.yaml"]);
        let twice = [place.path().join("a.yaml"), place.path().into()];
        assert!(given_files(&twice, false).unwrap_err().to_string().contains("is given twice"));
    }

    #[test]
    fn names_are_recorded_without_the_place_where_they_lie() {
        let of = |paths: &[&str]| recorded_names(&paths.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(of(&["/x/a.yaml", "y/b.yaml", "-"]), ["a.yaml", "b.yaml", "-"]);
        assert_eq!(of(&["/x/web/a.yaml", "/x/api/a.yaml", "-"]), ["web/a.yaml", "api/a.yaml", "-"]);
    }
}
