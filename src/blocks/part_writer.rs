//! The file of a part of a study, while it is written.

use std::fs::File;
use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::frame::{PART_MAGIC, encode, of_bytes};
use super::part::{PartHeader, TRAILER};
use crate::metrics::{Bands, ClusterPart, Record};

/// A part that grows. Until [`Self::finish`] it has no trailer, so that nobody takes it for whole.
#[derive(Debug)]
pub struct PartWriter {
    file: File,
    hash: Sha256,
    replications: u64,
    frame: Vec<u8>,
}

impl PartWriter {
    /// Begins a part in an empty file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(file: File, header: &PartHeader) -> io::Result<Self> {
        let mut writer = Self { file, hash: Sha256::new(), replications: 0, frame: Vec::new() };
        writer.put(PART_MAGIC)?;
        let header = serde_json::to_vec(header).map_err(io::Error::from)?;
        writer.put(&of_bytes(&header)?)?;
        Ok(writer)
    }

    /// Writes a block at `place`, the number of its scenario and that of its first replication; `cluster` is what it has of the
    /// cluster.
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
        let frame = encode(std::mem::take(&mut self.frame), place, records, bands, cluster)?;
        self.put(&frame)?;
        self.replications += records.len() as u64;
        self.frame = frame;
        Ok(())
    }

    /// Writes the trailer, and waits until the disk has all of it.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn finish(mut self) -> io::Result<()> {
        let hash = self.hash.clone().finalize();
        let trailer = [&TRAILER[..], &self.replications.to_le_bytes(), &hash].concat();
        self.file.write_all(&trailer)?;
        self.file.sync_all()
    }

    /// Writes all bytes at once, so that the operating system keeps them even if the process is killed directly afterwards.
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.file.write_all(bytes)
    }
}
