//! Files of blocks, of which few are open at once.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Most files of blocks that are open at once, however many there are: systems allow a process about a thousand.
pub(super) const MOST_OPEN: usize = 64;

/// The files of blocks, which are opened when a block is read.
#[derive(Debug, Default)]
pub(super) struct Files {
    paths: Vec<PathBuf>,
    /// Those that are open, the one that was used last at the end.
    open: Mutex<VecDeque<(usize, Arc<Mutex<File>>)>>,
}

impl Files {
    /// Adds a file, whose number this gives.
    pub(super) fn add(&mut self, path: &Path) -> usize {
        self.paths.push(path.into());
        self.paths.len() - 1
    }

    /// Reads `bytes` bytes of file number `file` from `offset` on.
    ///
    /// # Errors
    /// When the file cannot be opened or read.
    pub(super) fn read(&self, file: usize, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let opened = self.opened(file)?;
        let mut opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
        let mut content = vec![0; bytes];
        opened.seek(SeekFrom::Start(offset))?;
        opened.read_exact(&mut content)?;
        Ok(content)
    }

    /// Files that are open now.
    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn opened(&self, number: usize) -> io::Result<Arc<Mutex<File>>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let found = open.iter().position(|(known, _)| *known == number).and_then(|place| open.remove(place));
        let file = match found {
            Some((_, file)) => file,
            None => {
                if open.len() >= MOST_OPEN {
                    open.pop_front();
                }
                Arc::new(Mutex::new(File::open(&self.paths[number])?))
            }
        };
        open.push_back((number, Arc::clone(&file)));
        Ok(file)
    }
}
