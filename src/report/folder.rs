//! The result folder: written beside its final place, then put there in one step.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::datapackage::{self, Contents, Resource, parameter_fields};
use super::replications;
use crate::plan::Plan;

const PACKAGE: &str = "datapackage.json";
const REPLICATIONS: &str = "replications.csv";

/// Why a result folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Something else stands where the results should go.
    #[error("{} holds files that rollcast did not write; choose another directory, or empty this one", .0.display())]
    Foreign(PathBuf),
    /// A file stands where the directory should go.
    #[error("{} is a file; choose another directory", .0.display())]
    NotADirectory(PathBuf),
}

/// A result folder being written. Dropped before [`Folder::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Folder {
    place: PathBuf,
    // Holds `new`, which is being written, and at the end `old`, which it replaces.
    workshop: TempDir,
    replications: HashedFile,
    replications_limit: Option<u64>,
    resources: Vec<Resource>,
}

impl Folder {
    /// Begins a folder that will stand at `place`, beside it on the same file system. `replications.csv` is left
    /// out, and its size and hash kept, when it gets larger than `replications_limit` bytes.
    ///
    /// # Errors
    /// When `place` is a file, or a directory that is neither empty nor an earlier result, or cannot be written to.
    pub fn create(place: &Path, replications_limit: Option<u64>) -> Result<Self, FolderError> {
        check_replaceable(place)?;
        let parent = match place.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(failed("create", parent))?;
        let workshop = tempfile::Builder::new()
            .prefix(".rollcast-")
            .tempdir_in(parent)
            .map_err(failed("create a temporary directory in", parent))?;
        // A temporary directory is private to its owner; the results in it get the user's usual permissions.
        let new = workshop.path().join("new");
        fs::create_dir(&new).map_err(failed("create", &new))?;
        let replications = HashedFile::create(&new.join(REPLICATIONS))?;
        Ok(Self { place: place.into(), workshop, replications, replications_limit, resources: Vec::new() })
    }

    /// Appends to `replications.csv`.
    ///
    /// # Errors
    /// When the disk does not take the bytes.
    pub fn write_replications(&mut self, bytes: &[u8]) -> Result<(), FolderError> {
        self.replications.write(bytes)
    }

    /// Writes the file at `path` in the folder (with `/`, inner directories are created) and lists it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&mut self, path: &str, title: &str, contents: Contents, bytes: &[u8]) -> Result<(), FolderError> {
        let full = self.new_path().join(path);
        if let Some(parent) = full.parent() {
            fs::create_dir_all(parent).map_err(failed("create", parent))?;
        }
        let mut file = HashedFile::create(&full)?;
        file.write(bytes)?;
        self.resources.push(file.finish(path, title, contents)?);
        Ok(())
    }

    /// Writes `datapackage.json` and puts the folder in place, instead of an earlier result if there is one.
    ///
    /// # Errors
    /// When something cannot be written, or `place` has been filled by another hand in the meantime.
    pub fn finish(mut self, plan: &Plan) -> Result<PathBuf, FolderError> {
        let new = self.new_path();
        let fields = replications::fields(parameter_fields(plan));
        let mut rows = self.replications.finish(REPLICATIONS, "One row per replication", Contents::Table(fields))?;
        if self.replications_limit.is_some_and(|limit| rows.bytes > limit) {
            let path = new.join(REPLICATIONS);
            fs::remove_file(&path).map_err(failed("remove", &path))?;
            rows.omitted = true;
        }
        self.resources.insert(0, rows);
        let mut package = HashedFile::create(&new.join(PACKAGE))?;
        package.write(&datapackage::datapackage(plan, &self.resources))?;
        package.finish(PACKAGE, "", Contents::Page)?;
        sync_directories(&new)?;
        put_in_place(&self.workshop, &new, &self.place)?;
        Ok(self.place)
    }

    fn new_path(&self) -> PathBuf {
        self.workshop.path().join("new")
    }
}

/// A file whose size and hash are known as soon as it is written.
#[derive(Debug)]
struct HashedFile {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl HashedFile {
    fn create(path: &Path) -> Result<Self, FolderError> {
        let file = File::create(path).map_err(failed("create", path))?;
        Ok(Self { path: path.into(), file: BufWriter::with_capacity(1 << 18, file), hash: Sha256::new(), bytes: 0 })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), FolderError> {
        self.file.write_all(bytes).map_err(failed("write", &self.path))?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn finish(mut self, path: &str, title: &str, contents: Contents) -> Result<Resource, FolderError> {
        self.file.flush().and_then(|()| self.file.get_ref().sync_all()).map_err(failed("write", &self.path))?;
        let sha256 = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Resource { path: path.into(), title: title.into(), contents, bytes: self.bytes, sha256, omitted: false })
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    move |source| FolderError::Io { action, path: path.into(), source }
}

fn check_replaceable(place: &Path) -> Result<(), FolderError> {
    let mut entries = match fs::read_dir(place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(FolderError::NotADirectory(place.into()));
        }
        Err(error) => return Err(failed("read", place)(error)),
    };
    if entries.next().is_none() {
        return Ok(());
    }
    match fs::read(place.join(PACKAGE)) {
        Ok(bytes) if datapackage::is_ours(&bytes) => Ok(()),
        _ => Err(FolderError::Foreign(place.into())),
    }
}

/// A directory's own entry list must reach the disk too; where the system cannot open directories it needs no such call.
fn sync_directories(directory: &Path) -> Result<(), FolderError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    for entry in fs::read_dir(directory).map_err(failed("read", directory))? {
        let path = entry.map_err(failed("read", directory))?.path();
        if path.is_dir() {
            sync_directories(&path)?;
        }
    }
    File::open(directory).and_then(|file| file.sync_all()).map_err(failed("write", directory))
}

/// Renames `new` to `place`. An earlier result steps aside first and comes back should the second step fail; it is
/// deleted with the `workshop`.
fn put_in_place(workshop: &TempDir, new: &Path, place: &Path) -> Result<(), FolderError> {
    check_replaceable(place)?;
    let old = workshop.path().join("old");
    let replaced = match fs::rename(place, &old) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed("replace", place)(error)),
    };
    if let Err(error) = fs::rename(new, place) {
        if replaced {
            fs::rename(&old, place).map_err(failed("restore", place))?;
        }
        return Err(failed("put the results at", place)(error));
    }
    match workshop.path().parent() {
        Some(parent) if cfg!(unix) => {
            File::open(parent).and_then(|file| file.sync_all()).map_err(failed("write", parent))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn write(place: &Path, limit: Option<u64>, rows: &[u8]) -> Result<PathBuf, FolderError> {
        let (plan, _) = fixture::sweep(&["1"], &["0"], &[]);
        let mut folder = Folder::create(place, limit)?;
        folder.write_replications(rows)?;
        folder.add("charts/a.svg", "A", Contents::Image, b"<svg/>")?;
        folder.finish(&plan)
    }

    #[test]
    fn finished_folder_is_whole_and_nothing_else_is_left() {
        let parent = tempfile::tempdir().unwrap();
        let place = write(&parent.path().join("deep/out"), None, b"abc").unwrap();
        assert_eq!(names(&place), ["charts", "datapackage.json", "replications.csv"]);
        assert_eq!(names(place.parent().unwrap()), ["out"]);
        let package: serde_json::Value = serde_json::from_slice(&fs::read(place.join(PACKAGE)).unwrap()).unwrap();
        let rows = &package["resources"][0];
        assert_eq!(rows["bytes"], 3);
        // The example of FIPS 180-4.
        assert_eq!(rows["hash"], "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn dropped_folder_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let mut folder = Folder::create(&parent.path().join("out"), None).unwrap();
        folder.write_replications(b"abc").unwrap();
        drop(folder);
        assert!(names(parent.path()).is_empty());
    }

    #[test]
    fn earlier_results_and_empty_directories_are_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("out");
        fs::create_dir(&place).unwrap();
        write(&place, None, b"first").unwrap();
        write(&place, None, b"second").unwrap();
        assert_eq!(fs::read(place.join(REPLICATIONS)).unwrap(), b"second");
        assert_eq!(names(parent.path()), ["out"]);
    }

    #[test]
    fn other_files_are_never_touched() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("notes.txt"), "mine").unwrap();
        let error = write(parent.path(), None, b"").unwrap_err();
        assert!(matches!(error, FolderError::Foreign(_)));
        assert!(error.to_string().contains("choose another directory"));
        let error = write(&parent.path().join("notes.txt"), None, b"").unwrap_err();
        assert!(matches!(error, FolderError::NotADirectory(_)));
        assert_eq!(names(parent.path()), ["notes.txt"]);
    }

    #[test]
    fn place_filled_meanwhile_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("out");
        let folder = Folder::create(&place, None).unwrap();
        fs::create_dir(&place).unwrap();
        fs::write(place.join("notes.txt"), "mine").unwrap();
        let (plan, _) = fixture::sweep(&["1"], &["0"], &[]);
        assert!(matches!(folder.finish(&plan), Err(FolderError::Foreign(_))));
        assert_eq!(names(&place), ["notes.txt"]);
    }

    #[test]
    fn large_rows_are_left_out_but_described() {
        let parent = tempfile::tempdir().unwrap();
        let place = write(&parent.path().join("out"), Some(2), b"abc").unwrap();
        assert_eq!(names(&place), ["charts", "datapackage.json"]);
        let package: serde_json::Value = serde_json::from_slice(&fs::read(place.join(PACKAGE)).unwrap()).unwrap();
        assert_eq!(package["rollcast"]["omitted"][0]["path"], REPLICATIONS);
        assert_eq!(package["resources"].as_array().unwrap().len(), 1);
    }
}
