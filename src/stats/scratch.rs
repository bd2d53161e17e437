//! A file for sorted numbers that do not fit in memory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How the names of scratch files begin.
pub const SCRATCH: &str = "scratch-";
/// Bytes of a run that are read at a time.
const READ: usize = 1 << 15;

/// The file is made when something is written, and removed when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    opened: Mutex<Option<Opened>>,
}

#[derive(Debug)]
struct Opened {
    file: File,
    path: PathBuf,
    end: u64,
}

/// Where a sorted run stands in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    from: u64,
    end: u64,
}

impl Scratch {
    /// A file in `folder`, in which nobody else writes files that begin with `scratch`.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder, opened: Mutex::new(None) }
    }

    /// Its size.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.lock().as_ref().map_or(0, |opened| opened.end)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Opened>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes numbers, which ascend, each with how often it came.
    ///
    /// # Errors
    /// When the disk does not take them.
    pub(super) fn write(&self, sorted: &[(u64, u64)]) -> io::Result<Run> {
        let mut bytes = Vec::new();
        let mut before = 0;
        for (number, times) in sorted {
            put(&mut bytes, number - before);
            put(&mut bytes, *times);
            before = *number;
        }
        let mut lock = self.lock();
        if lock.is_none() {
            *lock = Some(Opened::create(&self.folder)?);
        }
        let Some(opened) = lock.as_mut() else { return Err(io::ErrorKind::NotFound.into()) };
        opened.file.seek(SeekFrom::Start(opened.end))?;
        opened.file.write_all(&bytes)?;
        let run = Run { from: opened.end, end: opened.end + bytes.len() as u64 };
        opened.end = run.end;
        Ok(run)
    }

    pub(super) const fn read(&self, Run { from, end }: Run) -> RunReader<'_> {
        RunReader { scratch: self, from, end, bytes: Vec::new(), next: 0, before: 0 }
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut lock = self.lock();
        let Some(opened) = lock.as_mut() else { return Err(io::ErrorKind::NotFound.into()) };
        opened.file.seek(SeekFrom::Start(offset))?;
        opened.file.read_exact(bytes)
    }
}

impl Opened {
    fn create(folder: &std::path::Path) -> io::Result<Self> {
        let mut number = 0_u32;
        loop {
            let path = folder.join(format!("{SCRATCH}{number}"));
            match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { file, path, end: 0 }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // Whoever owns the folder removes what cannot be removed now.
        let _ = fs::remove_file(&self.path);
    }
}

/// Reads a run from its beginning.
#[derive(Debug)]
pub(super) struct RunReader<'a> {
    scratch: &'a Scratch,
    from: u64,
    end: u64,
    bytes: Vec<u8>,
    next: usize,
    before: u64,
}

impl RunReader<'_> {
    /// The next number, and how often it came.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, u64)>> {
        if self.next == self.bytes.len() && self.from == self.end {
            return Ok(None);
        }
        self.before += self.take()?;
        Ok(Some((self.before, self.take()?)))
    }

    /// A number as [`put`] wrote it.
    fn take(&mut self) -> io::Result<u64> {
        let (mut number, mut shift) = (0, 0);
        loop {
            if self.next == self.bytes.len() {
                let count = (self.end - self.from).min(READ as u64);
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                self.bytes.resize(count as usize, 0);
                self.scratch.read_at(self.from, &mut self.bytes)?;
                (self.from, self.next) = (self.from + count, 0);
            }
            let byte = self.bytes[self.next];
            self.next += 1;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
            shift += 7;
        }
    }
}

/// Appends a number, seven bits to a byte, the low ones first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
