//! Frames: the unit in which blocks are written, each with its length and checksum.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::metrics::{Bands, ClusterPart, Record};

/// The first bytes of a file of blocks. The number is raised whenever records or bands are stored in another way, together with
/// that of [`PART_MAGIC`].
pub(super) const MAGIC: &[u8] = b"rollcast blocks 8\n";
pub(super) const ANY_MAGIC: &[u8] = b"rollcast blocks ";
/// The first bytes of the file of a part of a study.
pub(super) const PART_MAGIC: &[u8] = b"rollcast part 8\n";
pub(super) const ANY_PART_MAGIC: &[u8] = b"rollcast part ";
/// Length of the content [u32, little-endian] and the first bytes of its SHA-256.
pub(super) const PREFIX: usize = 4 + CHECK;
const CHECK: usize = 8;
/// No block is larger than this. A longer length in a file is damage, and must not allocate memory.
const MAX_FRAME: usize = 64 << 20;

/// The beginning of a frame: which replications of which scenario it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) scenario: u32,
    pub(super) first: u32,
    pub(super) count: u32,
}

/// The content of the next frame; `None` where there is no whole one.
pub(super) fn frame(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut prefix = Vec::with_capacity(PREFIX);
    reader.by_ref().take(PREFIX as u64).read_to_end(&mut prefix)?;
    let Some((length, check)) = prefix.split_first_chunk::<4>().filter(|(_, check)| check.len() == CHECK) else {
        return Ok(None);
    };
    let length = u32::from_le_bytes(*length) as usize;
    if length > MAX_FRAME {
        return Ok(None);
    }
    let mut content = Vec::with_capacity(length);
    reader.take(length as u64).read_to_end(&mut content)?;
    Ok((content.len() == length && sum(&content) == check).then_some(content))
}

/// Makes a frame of a block in `frame`, whose earlier content is lost.
///
/// # Errors
/// When the block is too large for a file.
pub(super) fn encode(
    frame: Vec<u8>,
    (scenario, first): (u32, u32),
    records: &[Record],
    bands: &Bands,
    cluster: &ClusterPart,
) -> io::Result<Vec<u8>> {
    let head = Head { scenario, first, count: u32::try_from(records.len()).map_err(io::Error::other)? };
    let frame = postcard::to_extend(&(head, records, bands, cluster), room(frame)).map_err(io::Error::other)?;
    sealed(frame)
}

/// Bytes of a block on disk; 0 where it is too large for a file.
#[must_use]
pub fn encoded_bytes(records: &[Record], bands: &Bands, cluster: &ClusterPart) -> u64 {
    encode(Vec::new(), (0, 0), records, bands, cluster).map_or(0, |frame| frame.len() as u64)
}

/// A frame with that content.
///
/// # Errors
/// When it is too large for a file.
pub(super) fn of_bytes(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut frame = room(Vec::new());
    frame.extend_from_slice(content);
    sealed(frame)
}

/// Room for the prefix, before the content.
fn room(mut frame: Vec<u8>) -> Vec<u8> {
    frame.clear();
    frame.resize(PREFIX, 0);
    frame
}

/// Writes the prefix of a frame whose content is there.
fn sealed(mut frame: Vec<u8>) -> io::Result<Vec<u8>> {
    let content = &frame[PREFIX..];
    if content.len() > MAX_FRAME {
        return Err(io::Error::other("a block is larger than a file of blocks can hold"));
    }
    let (length, check) = (u32::try_from(content.len()).map_err(io::Error::other)?.to_le_bytes(), sum(content));
    frame[..4].copy_from_slice(&length);
    frame[4..PREFIX].copy_from_slice(&check);
    Ok(frame)
}

fn sum(content: &[u8]) -> [u8; CHECK] {
    let hash = Sha256::digest(content);
    std::array::from_fn(|i| hash[i])
}
