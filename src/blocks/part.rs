//! The file of a part of a study, read back.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::frame::{ANY_PART_MAGIC, Head, PART_MAGIC, PREFIX, frame};
use crate::plan::Piece;

/// What stands in place of a length before the trailer. No frame is as long.
pub(super) const TRAILER: [u8; 4] = u32::MAX.to_le_bytes();
/// Length of a trailer: its mark, the number of replications [u64, little-endian], and the SHA-256 of all bytes before.
const TRAILER_BYTES: usize = 4 + 8 + 32;

/// What a part is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartHeader {
    /// The digest of the study's plan, hexadecimal.
    pub plan: String,
    /// The build of rollcast that made it.
    pub build: String,
    /// The round of the study, from 1.
    pub round: u32,
    /// The number of the part, from 0.
    pub part: u32,
    /// How many parts there are.
    pub parts: u32,
    /// What it has to hold, in this order. A part with nothing to do has none.
    pub pieces: Vec<Piece>,
}

/// A part that is there and whole.
#[derive(Clone, Debug)]
pub struct PartFile {
    /// The file.
    pub path: PathBuf,
    /// What it says of itself.
    pub header: PartHeader,
    /// Replications in it. Those of several workloads of a world count for each of them.
    pub replications: u64,
    /// Its blocks: what each holds, and where its content stands (offset and length).
    pub(super) blocks: Vec<(Head, u64, usize)>,
}

/// Why a file cannot be used as a part.
#[derive(Debug, thiserror::Error)]
pub enum PartFault {
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("not a part of a study")]
    Foreign,
    /// Another version wrote it.
    #[error("a part by another version of rollcast: use that one, or run the part again")]
    OtherVersion,
    /// Not all of it is there, or not as it was written.
    #[error("not whole or damaged: run the part again")]
    Damaged,
}

impl PartFile {
    /// Reads a part, all of it once, and proves it by its trailer.
    ///
    /// # Errors
    /// When it cannot be read, is something else, or is not whole.
    pub fn read(path: &Path) -> Result<Self, PartFault> {
        let mut reader = Hashing { inner: BufReader::with_capacity(1 << 18, File::open(path)?), hash: Sha256::new() };
        let (header, mut end) = begin(&mut reader)?;
        let (mut blocks, mut replications) = (Vec::new(), 0);
        while let Some(content) = reader.frame_or_end()? {
            let (head, _) = postcard::take_from_bytes::<Head>(&content).map_err(|_| PartFault::Damaged)?;
            let offset = end + PREFIX as u64;
            end = offset + content.len() as u64;
            replications += u64::from(head.count);
            blocks.push((head, offset, content.len()));
        }
        reader.check_trailer(replications)?;
        Ok(Self { path: path.into(), header, replications, blocks })
    }

    /// Reads what there is of an unfinished part: the header, and the blocks up to the first that is not whole. Another process may
    /// be writing it.
    ///
    /// # Errors
    /// When it cannot be read, or has no header.
    pub fn read_unfinished(path: &Path) -> Result<Self, PartFault> {
        let mut reader = BufReader::with_capacity(1 << 18, File::open(path)?);
        let (header, mut end) = begin(&mut reader)?;
        let (mut blocks, mut replications) = (Vec::new(), 0);
        while let Some(content) = frame(&mut reader)? {
            let Ok((head, _)) = postcard::take_from_bytes::<Head>(&content) else { break };
            let offset = end + PREFIX as u64;
            end = offset + content.len() as u64;
            replications += u64::from(head.count);
            blocks.push((head, offset, content.len()));
        }
        Ok(Self { path: path.into(), header, replications, blocks })
    }

    /// The header alone, which says nothing of the rest.
    ///
    /// # Errors
    /// When it cannot be read, or is no part.
    pub fn read_header(path: &Path) -> Result<PartHeader, PartFault> {
        begin(&mut BufReader::new(File::open(path)?)).map(|(header, _)| header)
    }

    /// The blocks in it: scenario, first replication and number of replications.
    pub fn blocks(&self) -> impl Iterator<Item = (u32, u32, u32)> + '_ {
        self.blocks.iter().map(|(head, _, _)| (head.scenario, head.first, head.count))
    }
}

/// Reads the header, and says where it ends.
fn begin(reader: &mut impl Read) -> Result<(PartHeader, u64), PartFault> {
    let mut magic = Vec::new();
    reader.by_ref().take(PART_MAGIC.len() as u64).read_to_end(&mut magic)?;
    if magic != PART_MAGIC {
        return Err(if magic.starts_with(ANY_PART_MAGIC) { PartFault::OtherVersion } else { PartFault::Foreign });
    }
    let content = frame(reader)?.ok_or(PartFault::Damaged)?;
    let header = serde_json::from_slice(&content).map_err(|_| PartFault::Damaged)?;
    Ok((header, (PART_MAGIC.len() + PREFIX + content.len()) as u64))
}

/// A reader that hashes what it reads.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }
}

impl<R: Read> Hashing<R> {
    /// The next frame; `None` before a trailer.
    fn frame_or_end(&mut self) -> Result<Option<Vec<u8>>, PartFault> {
        let mut mark = Vec::with_capacity(4);
        self.inner.by_ref().take(4).read_to_end(&mut mark)?;
        if mark == TRAILER {
            return Ok(None);
        }
        self.hash.update(&mark);
        let content = frame(&mut io::Cursor::new(mark).chain(self))?;
        content.map(Some).ok_or(PartFault::Damaged)
    }

    /// Reads the rest of the trailer, and holds it against what was read.
    fn check_trailer(self, replications: u64) -> Result<(), PartFault> {
        let Self { mut inner, hash } = self;
        let mut rest = Vec::new();
        inner.by_ref().take(TRAILER_BYTES as u64).read_to_end(&mut rest)?;
        let whole = rest == [&replications.to_le_bytes()[..], &hash.finalize()].concat();
        if whole { Ok(()) } else { Err(PartFault::Damaged) }
    }
}
