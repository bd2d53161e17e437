//! A file of frames that hold anything: what a long command has finished, so that it goes on from there.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::frame::{PREFIX, frame, of_bytes};

/// The first bytes of a journal. The number is raised whenever entries are stored in another way.
const MAGIC: &[u8] = b"rollcast journal 1\n";

/// A journal that grows.
#[derive(Debug)]
pub struct Journal {
    file: File,
}

impl Journal {
    /// Begins a journal.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = File::create(path)?;
        file.write_all(MAGIC)?;
        Ok(Self { file })
    }

    /// Opens a journal and reads its entries, up to the first that is not whole, which is cut off.
    ///
    /// # Errors
    /// When it cannot be read or written, or is none.
    pub fn open<T: DeserializeOwned>(path: &Path) -> io::Result<(Self, Vec<T>)> {
        let mut reader = BufReader::new(File::open(path)?);
        let mut magic = Vec::new();
        reader.by_ref().take(MAGIC.len() as u64).read_to_end(&mut magic)?;
        if magic != MAGIC {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a journal of this version of rollcast"));
        }
        let (mut entries, mut end) = (Vec::new(), MAGIC.len() as u64);
        while let Some(content) = frame(&mut reader)? {
            let Ok(entry) = postcard::from_bytes(&content) else { break };
            entries.push(entry);
            end += (PREFIX + content.len()) as u64;
        }
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.set_len(end)?;
        file.seek(SeekFrom::End(0))?;
        Ok((Self { file }, entries))
    }

    /// Appends an entry, and waits until the disk has it.
    ///
    /// # Errors
    /// When the disk does not take it, or it is larger than an entry can be.
    pub fn append<T: Serialize>(&mut self, entry: &T) -> io::Result<()> {
        let content = postcard::to_allocvec(entry).map_err(io::Error::other)?;
        self.file.write_all(&of_bytes(&content)?)?;
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_up_to_the_first_that_is_not_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::create(&path).unwrap();
        journal.append(&(1_u32, "one")).unwrap();
        journal.append(&(2_u32, "two")).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let (mut journal, entries) = Journal::open::<(u32, String)>(&path).unwrap();
        assert_eq!(entries, [(1, "one".to_owned())]);
        journal.append(&(2_u32, "two")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), whole);
        assert_eq!(Journal::open::<(u32, String)>(&path).unwrap().1.len(), 2);
        std::fs::write(&path, "something else").unwrap();
        assert!(Journal::open::<(u32, String)>(&path).is_err());
    }
}
