//! A file of blocks that grows.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use super::frame::{MAGIC, encode};
use super::saved::Saved;
use crate::metrics::{Bands, ClusterPart, Record};

/// A file of blocks that grows.
#[derive(Debug)]
pub struct Writer {
    file: File,
    frame: Vec<u8>,
}

impl Writer {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = File::create(path)?;
        file.write_all(MAGIC)?;
        Ok(Self { file, frame: Vec::new() })
    }

    /// Continues the file that `saved` was read from last. Bytes after its complete frames are cut off.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(path: &Path, saved: &Saved) -> io::Result<Self> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.set_len(saved.end())?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file, frame: Vec::new() })
    }

    /// Writes a block at `place`, the number of its scenario and that of its first replication; `cluster` is what it has of the cluster. The whole
    /// frame is written at once, so that the operating system keeps it even if the process is killed directly afterwards.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn write(
        &mut self,
        place: (u32, u32),
        records: &[Record],
        bands: &Bands,
        cluster: &ClusterPart,
    ) -> io::Result<()> {
        let frame = std::mem::take(&mut self.frame);
        let frame = encode(frame, place, records, bands, cluster)?;
        self.file.write_all(&frame)?;
        self.frame = frame;
        Ok(())
    }
}
