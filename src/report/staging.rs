//! The staging directory, in which one process at a time writes a result folder before it is moved to its final place.
//!
//! The staging directory of `out` is `out.unfinished`. It contains `new`, the folder that is being written; while that
//! is moved, `old`, the folder that it replaces; and `blocks.bin`, the finished work that can be used again after a
//! crash. `identity.json` says for which inputs that work is.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::datapackage;
use super::links::{is_link, way};

/// The description of a result folder. A directory without it is no result folder.
pub(super) const PACKAGE: &str = "datapackage.json";
/// A file that marks a staging directory. A process holds a lock on it while it works there.
const LOCK: &str = "rollcast.lock";
const IDENTITY: &str = "identity.json";
const BLOCKS: &str = "blocks.bin";

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
    /// A file or directory of somebody else stands where the results should go.
    #[error("rollcast did not write {}; choose another directory, or move it away", .0.display())]
    Foreign(PathBuf),
    /// A file stands where the directory should go.
    #[error("{} is a file; choose another directory", .0.display())]
    NotADirectory(PathBuf),
    /// A symbolic link stands where something would be written.
    #[error("{} is a symbolic link, and nothing is written through links; name what it leads to, or remove it", .0.display())]
    Link(PathBuf),
    /// A path such as `..`.
    #[error("{} does not end in a name; write the directory's own", .0.display())]
    Nameless(PathBuf),
    /// The program was built without Parquet.
    #[error(
        "this rollcast was built without Parquet; `cargo install --path . --locked --features parquet` builds one with it"
    )]
    NoParquet,
    /// Another process works there.
    #[error("another rollcast is writing {}; wait for it, or choose another directory", .0.display())]
    Busy(PathBuf),
}

impl FolderError {
    /// Whether what was asked for is at fault, such as a place where no result can stand, and not the machine.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Foreign(_) | Self::NotADirectory(_) | Self::Nameless(_) | Self::Link(_) | Self::NoParquet => true,
            Self::Busy(_) => false,
            Self::Io { source, .. } => {
                use io::ErrorKind::{InvalidFilename, IsADirectory, NotADirectory};
                matches!(source.kind(), InvalidFilename | IsADirectory | NotADirectory)
            }
        }
    }
}

/// What an earlier process has left in a staging directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// Work with the same identity, which can be used again.
    Ours,
    /// Work on something else.
    Other,
}

/// A staging directory. When it is dropped it is removed, unless [`Staging::keep`] was called or there was work to use
/// again.
#[derive(Debug)]
pub struct Staging {
    place: PathBuf,
    path: PathBuf,
    left: Left,
    keep: bool,
    /// Names of files in the new folder that stay with what can be used again.
    rows: &'static [&'static str],
    _lock: File,
}

impl Staging {
    /// Says whether a process that did not finish has left work for `place`. Nothing is changed.
    #[must_use]
    pub fn look(place: &Path, identity: &[u8]) -> Left {
        path_beside(place).map_or(Left::Nothing, |path| left(&path, identity))
    }

    /// Opens the staging directory of `place` for the work that `identity` describes. Work with another identity is
    /// removed.
    ///
    /// # Errors
    /// When `place` is a file, or a directory that holds more than an earlier result, when another process works there,
    /// or when it cannot be written to.
    pub fn open(place: &Path, identity: &[u8]) -> Result<Self, FolderError> {
        Self::open_with_rows(place, identity, &[])
    }

    /// Does the same as [`Self::open`]; the files of these names in the new folder belong to the work that can be used again.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn open_with_rows(place: &Path, identity: &[u8], rows: &'static [&'static str]) -> Result<Self, FolderError> {
        check_replaceable(place)?;
        let path = path_beside(place)?;
        refuse_link(&path)?;
        fs::create_dir_all(&path).map_err(failed("create", &path))?;
        for name in [LOCK, IDENTITY, BLOCKS, "new", "old"] {
            refuse_link(&path.join(name))?;
        }
        let lock = lock(&path, place)?;
        let left = left(&path, identity);
        let staging = Self { place: place.into(), path, left, keep: left == Left::Ours, rows, _lock: lock };
        staging.restore_old()?;
        staging.empty_new(left == Left::Ours)?;
        if left != Left::Ours {
            remove(&staging.blocks())?;
            // Even a crash of the machine must not leave the old work with the new identity.
            sync(&staging.path)?;
            let path = staging.path.join(IDENTITY);
            fs::write(&path, identity).map_err(failed("write", &path))?;
            sync(&path)?;
        }
        Ok(staging)
    }

    /// What an earlier process had left.
    #[must_use]
    pub fn left(&self) -> Left {
        self.left
    }

    /// The file for what can be used again.
    #[must_use]
    pub fn blocks(&self) -> PathBuf {
        self.path.join(BLOCKS)
    }

    /// From now on the directory stays when this is dropped, because it has work that can be used again.
    pub fn keep(&mut self) {
        self.keep = true;
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn new_path(&self) -> PathBuf {
        self.path.join("new")
    }

    /// Leaves the new folder empty, but for the rows where they are `kept`.
    fn empty_new(&self, kept: bool) -> Result<(), FolderError> {
        let new = self.new_path();
        if !kept || self.rows.is_empty() {
            remove(&new)?;
        }
        fs::create_dir_all(&new).map_err(failed("create", &new))?;
        for entry in fs::read_dir(&new).map_err(failed("read", &new))? {
            let entry = entry.map_err(failed("read", &new))?;
            if !self.rows.iter().any(|name| entry.file_name() == *name) {
                remove(&entry.path())?;
            }
        }
        for name in self.rows {
            refuse_link(&new.join(name))?;
        }
        Ok(())
    }

    /// Moves the new folder to its place, where it replaces an earlier result, and removes the staging directory.
    pub(super) fn finish(mut self) -> Result<PathBuf, FolderError> {
        sync_directories(&self.new_path())?;
        put_in_place(&self.path, &self.new_path(), &self.place)?;
        self.keep = false;
        Ok(self.place.clone())
    }

    /// An earlier process may have ended between moving the old result away and the new one to its place.
    fn restore_old(&self) -> Result<(), FolderError> {
        let old = self.path.join("old");
        if self.place.join(PACKAGE).exists() {
            return remove(&old);
        }
        match fs::rename(&old, &self.place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("restore", &self.place)(error)),
            _ => Ok(()),
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next process that works here.
        let _ = match (self.keep, self.rows.is_empty()) {
            (true, true) => remove(&self.new_path()),
            (true, false) => Ok(()),
            (false, _) => remove(&self.path),
        };
    }
}

fn path_beside(place: &Path) -> Result<PathBuf, FolderError> {
    let mut name = place.file_name().ok_or_else(|| FolderError::Nameless(place.into()))?.to_owned();
    name.push(".unfinished");
    Ok(place.with_file_name(name))
}

fn left(path: &Path, identity: &[u8]) -> Left {
    if !path.join(BLOCKS).exists() {
        return Left::Nothing;
    }
    match fs::read(path.join(IDENTITY)) {
        Ok(bytes) if bytes == identity => Left::Ours,
        _ => Left::Other,
    }
}

/// The system releases the lock when the process ends, however that happens. On a file system without locks there is
/// none.
fn lock(path: &Path, place: &Path) -> Result<File, FolderError> {
    let name = path.join(LOCK);
    let empty = fs::read_dir(path).map_err(failed("read", path))?.next().is_none();
    if !empty && !name.exists() {
        return Err(FolderError::Foreign(path.into()));
    }
    let file = File::create(&name).map_err(failed("create", &name))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(FolderError::Busy(place.into())),
        Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => {
            Err(failed("lock", &name)(error))
        }
        _ => Ok(file),
    }
}

fn remove(path: &Path) -> Result<(), FolderError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    move |source| FolderError::Io { action, path: path.into(), source }
}

/// Refuses a link that stands at `path`, where something is to be written.
///
/// # Errors
/// When there is one, or nothing can be seen there.
pub fn refuse_link(path: &Path) -> Result<(), FolderError> {
    if is_link(path).map_err(failed("read", path))? {
        return Err(FolderError::Link(path.into()));
    }
    Ok(())
}

/// Refuses links on the way to the file `path` in the directory `place`.
pub(super) fn refuse_links_to(place: &Path, path: &str) -> Result<(), FolderError> {
    way(place, path).iter().try_for_each(|path| refuse_link(path))
}

/// Refuses a `place` that has any file that an earlier result does not list.
fn check_replaceable(place: &Path) -> Result<(), FolderError> {
    refuse_link(place)?;
    match fs::metadata(place) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(FolderError::NotADirectory(place.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(FolderError::NotADirectory(place.into()));
        }
        Err(error) => return Err(failed("read", place)(error)),
    }
    let mut ours = fs::read(place.join(PACKAGE)).map(|bytes| datapackage::files(&bytes)).unwrap_or_default();
    if !ours.is_empty() {
        ours.insert(PACKAGE.into());
    }
    check_listed(place, "", &ours)
}

fn check_listed(directory: &Path, prefix: &str, ours: &BTreeSet<String>) -> Result<(), FolderError> {
    let mut entries =
        fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed("read", directory))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let inner = format!("{name}/");
        let is_directory = entry.file_type().map_err(failed("read", &path))?.is_dir();
        if is_directory && ours.range(inner.clone()..).next().is_some_and(|next| next.starts_with(&inner)) {
            check_listed(&path, &inner, ours)?;
        } else if is_directory || !ours.contains(&name) {
            return Err(FolderError::Foreign(path));
        }
    }
    Ok(())
}

fn sync_directories(directory: &Path) -> Result<(), FolderError> {
    for entry in fs::read_dir(directory).map_err(failed("read", directory))? {
        let path = entry.map_err(failed("read", directory))?.path();
        if path.is_dir() {
            sync_directories(&path)?;
        }
    }
    sync(directory)
}

/// Makes a directory's list of entries reach the disk. Systems on which directories cannot be opened do not need it.
fn sync(path: &Path) -> Result<(), FolderError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    File::open(path).and_then(|file| file.sync_all()).map_err(failed("write", path))
}

/// Renames `new` to `place`. An earlier result is moved into the `staging` directory first, and moved back if the
/// second step fails.
fn put_in_place(staging: &Path, new: &Path, place: &Path) -> Result<(), FolderError> {
    check_replaceable(place)?;
    let old = staging.join("old");
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
    match staging.parent() {
        Some(parent) if cfg!(unix) => {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            File::open(parent).and_then(|file| file.sync_all()).map_err(failed("write", parent))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture::names;

    #[test]
    fn work_is_found_again_by_who_does_the_same() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("out");
        let mut first = Staging::open(&place, b"one").unwrap();
        assert_eq!(first.left(), Left::Nothing);
        fs::write(first.blocks(), "work").unwrap();
        first.keep();
        drop(first);
        assert_eq!(names(parent.path()), ["out.unfinished"]);
        assert_eq!((Staging::look(&place, b"one"), Staging::look(&place, b"two")), (Left::Ours, Left::Other));
        let again = Staging::open(&place, b"one").unwrap();
        assert_eq!((again.left(), fs::read(again.blocks()).unwrap()), (Left::Ours, b"work".to_vec()));
        drop(again);
        let other = Staging::open(&place, b"two").unwrap();
        assert_eq!((other.left(), other.blocks().exists()), (Left::Other, false));
        drop(other);
        assert!(names(parent.path()).is_empty());
    }

    #[test]
    fn one_process_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("out");
        let _first = Staging::open(&place, b"one").unwrap();
        assert!(matches!(Staging::open(&place, b"one"), Err(FolderError::Busy(_))));
    }

    #[test]
    fn an_old_result_that_was_moved_away_comes_back() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("out");
        let old = parent.path().join("out.unfinished/old");
        fs::create_dir_all(&old).unwrap();
        fs::write(parent.path().join("out.unfinished/rollcast.lock"), "").unwrap();
        fs::write(old.join(PACKAGE), r#"{"rollcast": {"version": "0"}}"#).unwrap();
        drop(Staging::open(&place, b"").unwrap());
        assert_eq!((names(parent.path()), names(&place)), (vec!["out".to_owned()], vec![PACKAGE.to_owned()]));
    }

    #[test]
    fn foreign_directories_and_paths_without_a_name_are_refused() {
        let parent = tempfile::tempdir().unwrap();
        let staging = parent.path().join("out.unfinished");
        fs::create_dir(&staging).unwrap();
        fs::write(staging.join("notes.txt"), "mine").unwrap();
        assert!(matches!(Staging::open(&parent.path().join("out"), b""), Err(FolderError::Foreign(_))));
        assert_eq!(names(&staging), ["notes.txt"]);
        let empty = parent.path().join("empty");
        fs::create_dir(&empty).unwrap();
        assert!(matches!(
            Staging::open(&empty.join(".."), b""),
            Err(FolderError::Foreign(_) | FolderError::Nameless(_))
        ));
    }
}
