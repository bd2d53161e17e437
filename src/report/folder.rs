//! The result folder. It is written beside its final place and then moved there in one step, so that no reader ever
//! finds half a result.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest, Sha256};

use super::datapackage::{self, Asked, Contents, Resource, parameter_fields};
use super::hash::hex;
use super::staging::{PACKAGE, failed};
use super::{cluster, inputs, replications};
use crate::plan::Plan;

pub use super::staging::{FolderError, Left, Staging, refuse_link};

const REPLICATIONS: &str = "replications.csv";
const CLUSTER: &str = "cluster.csv";
/// The tables of rows, which are written while a plan runs.
pub const ROWS: &[&str] = &[REPLICATIONS, CLUSTER];

/// How far the tables of rows of a folder are written: [`Folder::mark`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsMark {
    replications: Option<FileMark>,
    cluster: Option<FileMark>,
}

/// How far a file is written, and the state of its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FileMark {
    bytes: u64,
    full: bool,
    hash: Vec<u8>,
}

/// Format of the tables in a result folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tables {
    /// CSV
    #[default]
    Csv,
    /// Parquet, where the program was built with that feature.
    Parquet,
}

/// A result folder that is being written. If it is dropped before [`Folder::finish`], only what its staging directory
/// keeps remains on the disk.
#[derive(Debug)]
pub struct Folder {
    staging: Staging,
    /// Rows of the replications, where the result has any.
    replications: Option<HashedFile>,
    /// Rows of the cluster, where there is a world.
    cluster: Option<HashedFile>,
    replications_limit: Option<u64>,
    tables: Tables,
    png: bool,
    resources: Vec<Resource>,
    /// What was asked, where no sweep wrote it.
    asked: Option<Asked>,
}

impl Folder {
    /// Begins a folder that will replace the place of `staging`. Where `replications.csv` or `cluster.csv` becomes larger than
    /// `replications_limit` bytes it is left out, and only its size and hash are kept.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(staging: Staging, replications_limit: Option<u64>) -> Result<Self, FolderError> {
        let replications = Some(HashedFile::create(&staging.new_path().join(REPLICATIONS))?);
        Ok(Self { replications, replications_limit, ..Self::of_answer(staging, None) })
    }

    /// Goes on with a folder of [`Self::create`], whose rows are written as far as `mark` says. What stands behind is cut off.
    ///
    /// # Errors
    /// When the rows are not there, or cannot be written.
    pub fn go_on(staging: Staging, replications_limit: Option<u64>, mark: &RowsMark) -> Result<Self, FolderError> {
        let new = staging.new_path();
        let go_on = |name: &str, mark: &Option<FileMark>| {
            mark.as_ref().map(|mark| HashedFile::go_on(&new.join(name), mark)).transpose()
        };
        let (replications, cluster) = (go_on(REPLICATIONS, &mark.replications)?, go_on(CLUSTER, &mark.cluster)?);
        Ok(Self { replications, cluster, replications_limit, ..Self::of_answer(staging, None) })
    }

    /// How far the rows are written, when the disk has them.
    ///
    /// # Errors
    /// When the disk does not take them.
    pub fn mark(&mut self) -> Result<RowsMark, FolderError> {
        let mark = |file: &mut Option<HashedFile>| file.as_mut().map(HashedFile::mark).transpose();
        Ok(RowsMark { replications: mark(&mut self.replications)?, cluster: mark(&mut self.cluster)? })
    }

    /// Begins a folder without rows of single replications, for the answer to a question: `asked`.
    #[must_use]
    pub fn of_answer(staging: Staging, asked: Option<Asked>) -> Self {
        Self {
            staging,
            replications: None,
            cluster: None,
            replications_limit: None,
            tables: Tables::Csv,
            png: false,
            resources: Vec::new(),
            asked,
        }
    }

    /// Sets the format in which the tables will be written.
    ///
    /// # Errors
    /// When this program cannot write it.
    pub fn set_tables(&mut self, tables: Tables) -> Result<(), FolderError> {
        if tables == Tables::Parquet && !cfg!(feature = "parquet") {
            return Err(FolderError::NoParquet);
        }
        self.tables = tables;
        Ok(())
    }

    /// The bytes beyond which the rows of a table are no longer written. Whether Parquet is larger than the limit turns out when
    /// all rows are there.
    fn most_bytes(&self) -> Option<u64> {
        self.replications_limit.filter(|_| self.tables == Tables::Csv)
    }

    /// Whether charts are written as PNG too; not so unless this is called.
    pub fn set_png(&mut self, png: bool) {
        self.png = png;
    }

    pub(super) const fn png(&self) -> bool {
        self.png
    }

    /// The staging directory in which the folder is written.
    pub fn staging(&mut self) -> &mut Staging {
        &mut self.staging
    }

    /// Appends to `replications.csv`.
    ///
    /// # Errors
    /// When the disk does not take the bytes.
    pub fn write_replications(&mut self, bytes: &[u8]) -> Result<(), FolderError> {
        let most = self.most_bytes();
        self.replications.iter_mut().try_for_each(|file| file.write_up_to(most, bytes))
    }

    /// Appends to `cluster.csv`.
    ///
    /// # Errors
    /// When the disk does not take the bytes.
    pub fn write_cluster(&mut self, bytes: &[u8]) -> Result<(), FolderError> {
        if self.cluster.is_none() {
            self.cluster = Some(HashedFile::create(&self.staging.new_path().join(CLUSTER))?);
        }
        let most = self.most_bytes();
        self.cluster.iter_mut().try_for_each(|file| file.write_up_to(most, bytes))
    }

    /// Writes the file at `path` in the folder (with `/`, inner directories are created) and lists it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&mut self, path: &str, title: &str, contents: Contents, bytes: &[u8]) -> Result<(), FolderError> {
        let new = self.staging.new_path();
        let resource = match contents {
            Contents::Table(fields) if self.tables == Tables::Parquet => as_parquet(&new, path, title, fields, bytes)?,
            contents => {
                let mut file = file_in(&new, path)?;
                file.write(bytes)?;
                file.finish(path, title, contents)?
            }
        };
        self.resources.push(resource);
        Ok(())
    }

    /// Writes a table in `parts`, which together are its CSV, and lists it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn add_rows(
        &mut self,
        path: &str,
        title: &str,
        fields: Vec<datapackage::Field>,
        parts: impl Iterator<Item = Vec<u8>>,
    ) -> Result<(), FolderError> {
        let new = self.staging.new_path();
        let mut file = file_in(&new, path)?;
        for part in parts {
            file.write(&part)?;
        }
        self.resources.push(rows(&new, file, (path, title), fields, (self.tables, None))?);
        Ok(())
    }

    /// Copies the file `from` to `path` in the folder and lists it.
    ///
    /// # Errors
    /// When one cannot be read or the other not written.
    pub fn add_file(&mut self, path: &str, title: &str, contents: Contents, from: &Path) -> Result<(), FolderError> {
        let mut file = file_in(&self.staging.new_path(), path)?;
        let mut source = File::open(from).map_err(failed("read", from))?;
        let mut bytes = vec![0; 1 << 18];
        loop {
            match source.read(&mut bytes).map_err(failed("read", from))? {
                0 => break,
                n => file.write(&bytes[..n])?,
            }
        }
        self.resources.push(file.finish(path, title, contents)?);
        Ok(())
    }

    /// Writes copies of the inputs and `datapackage.json`, and puts the folder in place, instead of an earlier result
    /// if there is one.
    ///
    /// # Errors
    /// When something cannot be written, or somebody else has put files at the place in the meantime.
    pub fn finish(mut self, plan: &Plan) -> Result<PathBuf, FolderError> {
        let new = self.staging.new_path();
        let fields = replications::fields(parameter_fields(plan), plan.columns());
        let kept = (self.tables, self.replications_limit);
        if let Some(file) = self.replications {
            self.resources.insert(0, rows(&new, file, (REPLICATIONS, "One row per replication"), fields, kept)?);
        }
        if let Some((file, columns)) = self.cluster.zip(cluster::rows::Columns::of(plan)) {
            let named = (CLUSTER, "One row per release of all workloads");
            self.resources.insert(1, rows(&new, file, named, columns.into_fields(), kept)?);
        }
        for (input, place) in plan.inputs.iter().zip(inputs::places(&plan.inputs)) {
            let mut copy = file_in(&new, &place)?;
            copy.write(&input.copy)?;
            copy.finish(&place, "", Contents::Page)?;
        }
        let mut package = HashedFile::create(&new.join(PACKAGE))?;
        package.write(&datapackage::datapackage(plan, &self.resources, self.asked.as_ref()))?;
        package.finish(PACKAGE, "", Contents::Page)?;
        self.staging.finish()
    }
}

/// Finishes a table that was written row by row: it becomes Parquet where that is wanted, and is left out where it is larger than the
/// limit.
fn rows(
    new: &Path,
    file: HashedFile,
    (name, title): (&str, &str),
    fields: Vec<datapackage::Field>,
    (tables, limit): (Tables, Option<u64>),
) -> Result<Resource, FolderError> {
    let mut rows = file.finish(name, title, Contents::Table(fields.clone()))?;
    if tables == Tables::Parquet {
        let path = new.join(name);
        let csv = File::open(&path).map_err(failed("read", &path))?;
        rows = as_parquet(new, name, title, fields, csv)?;
        fs::remove_file(&path).map_err(failed("remove", &path))?;
    }
    if limit.is_some_and(|limit| rows.bytes > limit) {
        let path = new.join(&rows.path);
        fs::remove_file(&path).map_err(failed("remove", &path))?;
        rows.omitted = true;
    }
    Ok(rows)
}

/// Writes the contents of `csv` as Parquet, under the name `path` with another ending.
#[cfg(feature = "parquet")]
fn as_parquet(
    new: &Path,
    path: &str,
    title: &str,
    fields: Vec<datapackage::Field>,
    csv: impl Read,
) -> Result<Resource, FolderError> {
    let path = path.replace(".csv", ".parquet");
    let mut file = file_in(new, &path)?;
    super::parquet::from_csv(&fields, csv, &mut file).map_err(failed("write", &new.join(&path)))?;
    file.finish(&path, title, Contents::Parquet(fields))
}

#[cfg(not(feature = "parquet"))]
fn as_parquet(_: &Path, _: &str, _: &str, _: Vec<datapackage::Field>, _: impl Read) -> Result<Resource, FolderError> {
    Err(FolderError::NoParquet)
}

fn file_in(folder: &Path, path: &str) -> Result<HashedFile, FolderError> {
    let full = folder.join(path);
    if let Some(parent) = full.parent() {
        fs::create_dir_all(parent).map_err(failed("create", parent))?;
    }
    HashedFile::create(&full)
}

/// A file whose size and hash are computed while it is written.
#[derive(Debug)]
struct HashedFile {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
    /// Whether what comes is only counted and hashed, because the file would become too large.
    full: bool,
}

impl HashedFile {
    fn create(path: &Path) -> Result<Self, FolderError> {
        let file = File::create(path).map_err(failed("create", path))?;
        let file = BufWriter::with_capacity(1 << 18, file);
        Ok(Self { path: path.into(), file, hash: Sha256::new(), bytes: 0, full: false })
    }

    /// Goes on with a file that is written as far as `mark` says.
    fn go_on(path: &Path, mark: &FileMark) -> Result<Self, FolderError> {
        let damaged = || failed("go on with", path)(std::io::ErrorKind::InvalidData.into());
        let file = OpenOptions::new().write(true).open(path).map_err(failed("write", path))?;
        let there = file.metadata().map_err(failed("read", path))?.len();
        let wanted = if mark.full { 0 } else { mark.bytes };
        if there < wanted {
            return Err(damaged());
        }
        file.set_len(wanted).map_err(failed("write", path))?;
        let mut file = BufWriter::with_capacity(1 << 18, file);
        file.seek(SeekFrom::End(0)).map_err(failed("write", path))?;
        let state = SerializedState::<Sha256>::try_from(&mark.hash[..]).map_err(|_| damaged())?;
        let hash = Sha256::deserialize(&state).map_err(|_| damaged())?;
        Ok(Self { path: path.into(), file, hash, bytes: mark.bytes, full: mark.full })
    }

    /// How far it is written, when the disk has it.
    fn mark(&mut self) -> Result<FileMark, FolderError> {
        self.file.flush().and_then(|()| self.file.get_ref().sync_data()).map_err(failed("write", &self.path))?;
        Ok(FileMark { bytes: self.bytes, full: self.full, hash: self.hash.serialize().to_vec() })
    }

    /// Writes `bytes`, or only counts and hashes them where the file would become larger than `most`. Such a file is left out at
    /// the end, so that what it has is given back to the disk at once.
    fn write_up_to(&mut self, most: Option<u64>, bytes: &[u8]) -> Result<(), FolderError> {
        if !self.full && most.is_some_and(|most| self.bytes + bytes.len() as u64 > most) {
            self.full = true;
            self.file.flush().and_then(|()| self.file.get_ref().set_len(0)).map_err(failed("write", &self.path))?;
        }
        if !self.full {
            return self.write(bytes);
        }
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), FolderError> {
        self.file.write_all(bytes).map_err(failed("write", &self.path))?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn finish(mut self, path: &str, title: &str, contents: Contents) -> Result<Resource, FolderError> {
        self.file.flush().and_then(|()| self.file.get_ref().sync_all()).map_err(failed("write", &self.path))?;
        let sha256 = hex(&self.hash.finalize());
        Ok(Resource { path: path.into(), title: title.into(), contents, bytes: self.bytes, sha256, omitted: false })
    }
}

#[cfg(feature = "parquet")]
impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture::{self, names};

    fn write(place: &Path, limit: Option<u64>, rows: &[u8]) -> Result<PathBuf, FolderError> {
        let (plan, _) = fixture::sweep(&["1"], &["0"], &[]);
        let mut folder = Folder::create(Staging::open(place, b"")?, limit)?;
        folder.write_replications(rows)?;
        folder.add("charts/a.svg", "A", Contents::Image, b"<svg/>")?;
        folder.finish(&plan)
    }

    #[test]
    fn finished_folder_is_whole_and_nothing_else_is_left() {
        let parent = tempfile::tempdir().unwrap();
        let place = write(&parent.path().join("deep/out"), None, b"abc").unwrap();
        assert_eq!(names(&place), ["charts", "datapackage.json", "inputs", "replications.csv"]);
        assert_eq!(names(place.parent().unwrap()), ["out"]);
        assert_eq!(fs::read(place.join("inputs/web.yaml")).unwrap(), b"web");
        let package: serde_json::Value = serde_json::from_slice(&fs::read(place.join(PACKAGE)).unwrap()).unwrap();
        let rows = &package["resources"][0];
        assert_eq!(rows["bytes"], 3);
        // The example of FIPS 180-4.
        assert_eq!(rows["hash"], "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn dropped_folder_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let mut folder = Folder::create(Staging::open(&parent.path().join("out"), b"").unwrap(), None).unwrap();
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
    fn files_that_an_earlier_result_does_not_list_are_never_touched() {
        for mine in ["notes.txt", "charts/mine.svg", "nested/datapackage.json", "inputs/old/web.yaml"] {
            let parent = tempfile::tempdir().unwrap();
            let place = write(&parent.path().join("out"), None, b"first").unwrap();
            let mine = place.join(mine);
            fs::create_dir_all(mine.parent().unwrap()).unwrap();
            fs::copy(place.join(PACKAGE), &mine).unwrap();
            let error = write(&place, None, b"second").unwrap_err();
            assert!(matches!(&error, FolderError::Foreign(path) if mine.starts_with(path)), "{error}");
            assert!(mine.exists());
            assert_eq!(fs::read(place.join(REPLICATIONS)).unwrap(), b"first");
            assert_eq!(names(parent.path()), ["out"]);
        }
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("out");
        fs::create_dir_all(place.join("empty")).unwrap();
        assert!(matches!(write(&place, None, b""), Err(FolderError::Foreign(_))));
    }

    #[test]
    fn place_filled_meanwhile_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("out");
        let folder = Folder::create(Staging::open(&place, b"").unwrap(), None).unwrap();
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
        assert_eq!(names(&place), ["charts", "datapackage.json", "inputs"]);
        let package: serde_json::Value = serde_json::from_slice(&fs::read(place.join(PACKAGE)).unwrap()).unwrap();
        assert_eq!(package["rollcast"]["omitted"][0]["path"], REPLICATIONS);
        assert_eq!(package["resources"].as_array().unwrap().len(), 1);
    }

    /// Scratch space must not grow with rows that are thrown away at the end.
    #[test]
    fn rows_beyond_the_limit_are_counted_and_hashed_but_not_written() {
        let parent = tempfile::tempdir().unwrap();
        let (plan, _) = fixture::sweep(&["1"], &["0"], &[]);
        let mut folder = Folder::create(Staging::open(&parent.path().join("out"), b"").unwrap(), Some(2)).unwrap();
        let rows = folder.staging().new_path().join(REPLICATIONS);
        for row in [b"ab", b"c,", b"de"] {
            folder.write_replications(row).unwrap();
        }
        assert_eq!(fs::metadata(&rows).unwrap().len(), 0);
        let place = folder.finish(&plan).unwrap();
        let package: serde_json::Value = serde_json::from_slice(&fs::read(place.join(PACKAGE)).unwrap()).unwrap();
        let omitted = &package["rollcast"]["omitted"][0];
        assert_eq!((&omitted["bytes"], &omitted["path"]), (&6.into(), &REPLICATIONS.into()));
        assert_eq!(omitted["hash"], format!("sha256:{}", crate::report::hash::sha256(b"abc,de")), "{omitted}");
    }
}
