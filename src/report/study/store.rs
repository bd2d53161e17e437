//! Where the file of one part is written. Nobody locks anything: a part is written under a name of its own and renamed when it is
//! whole, and whoever comes second finds the same bytes there.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::place::PARTS;
use super::plan_file::Study;
use crate::blocks::{PartFault, PartFile, PartHeader};
use crate::report::folder::{FolderError, refuse_link};
use crate::report::staging::failed;

/// Most attempts at a name that nobody has.
const MOST_NAMES: u32 = 10_000;

/// The place of one part.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    name: String,
    header: PartHeader,
}

impl Store {
    /// The place of a part of `study`, whose directory is `place`.
    #[must_use]
    pub fn new(place: &Path, study: &Study, part: u32) -> Self {
        Self { folder: place.join(PARTS), name: study.part_name(part), header: study.header(part) }
    }

    /// The file of the part.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// What the part says of itself.
    #[must_use]
    pub const fn header(&self) -> &PartHeader {
        &self.header
    }

    /// The part, where it is there and whole. What is damaged or of something else counts as not there.
    ///
    /// # Errors
    /// When the system does not let it be read.
    pub fn whole(&self) -> Result<Option<PartFile>, FolderError> {
        match PartFile::read(&self.path()) {
            Ok(part) if part.header == self.header => Ok(Some(part)),
            Err(PartFault::Io(error)) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("read", &self.path())(error))
            }
            _ => Ok(None),
        }
    }

    /// What others have begun of the same part, dead or alive. Their blocks can be read and are never written to.
    ///
    /// # Errors
    /// When the directory cannot be listed.
    pub fn unfinished(&self) -> Result<Vec<PartFile>, FolderError> {
        let listed = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            listed => listed.and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed("read", &self.folder))?,
        };
        let begins = format!(".{}.", self.name);
        let is_one = |name: &str| name.starts_with(&begins) && name.ends_with(".tmp");
        let names = listed.iter().filter(|entry| is_one(&entry.file_name().to_string_lossy()));
        let mut paths: Vec<PathBuf> = names.map(fs::DirEntry::path).collect();
        paths.sort();
        let parts = paths.iter().filter_map(|path| PartFile::read_unfinished(path).ok());
        Ok(parts.filter(|part| part.header == self.header).collect())
    }

    /// Begins a file that no other process has.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn begin(&self) -> Result<(File, PathBuf), FolderError> {
        refuse_link(&self.folder)?;
        fs::create_dir_all(&self.folder).map_err(failed("create", &self.folder))?;
        let own = format!(".{}.{}.{}", self.name, host(), std::process::id());
        for number in 0..MOST_NAMES {
            let more = if number == 0 { String::new() } else { format!("-{number}") };
            let path = self.folder.join(format!("{own}{more}.tmp"));
            match File::create_new(&path) {
                Ok(file) => return Ok((file, path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed("create", &path)(error)),
            }
        }
        Err(FolderError::Busy(self.path()))
    }

    /// Gives a finished file its name, instead of whatever had it.
    ///
    /// # Errors
    /// When it cannot be renamed and the part is not there either.
    pub fn put(&self, file: &Path) -> Result<(), FolderError> {
        refuse_link(&self.path())?;
        match fs::rename(file, self.path()) {
            // Somebody else has finished the same part and tidied up.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.whole()?.is_some() => {}
            renamed => renamed.map_err(failed("put the part at", &self.path()))?,
        }
        if cfg!(unix) {
            File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(failed("write", &self.folder))?;
        }
        Ok(())
    }
}

/// The name of this machine, as far as it can stand in the name of a file.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok()).or_else(|| std::env::var("COMPUTERNAME").ok());
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
    let name: String = name.unwrap_or_default().trim().chars().take(60).map(plain).collect();
    if name.is_empty() { "host".into() } else { name }
}
