//! The blocks of some files, found by their number.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::files::Files;
use super::frame::{ANY_MAGIC, Head, MAGIC, PREFIX, encode, frame};
use super::part::PartFile;
use crate::metrics::{Bands, ClusterPart, Record};

/// Where a block is.
#[derive(Clone, Copy, Debug)]
struct Place {
    file: usize,
    offset: u64,
    bytes: usize,
    count: u32,
}

/// The blocks of some files, found by their number, and blocks that are held in memory.
#[derive(Debug, Default)]
pub struct Saved {
    pub(super) files: Files,
    places: BTreeMap<(u32, u32), Place>,
    /// Blocks in memory, each encoded as in a file.
    held: BTreeMap<(u32, u32), Vec<u8>>,
    /// Where the complete frames of the last file end.
    end: u64,
}

impl Saved {
    /// Adds the blocks of a file, up to the first frame that is not whole.
    ///
    /// # Errors
    /// When the file cannot be read, or is not one of blocks.
    pub fn add(&mut self, path: &Path) -> io::Result<()> {
        let mut reader = BufReader::with_capacity(1 << 18, File::open(path)?);
        let mut magic = Vec::new();
        reader.by_ref().take(MAGIC.len() as u64).read_to_end(&mut magic)?;
        if magic != MAGIC {
            let problem = if magic.starts_with(ANY_MAGIC) {
                "blocks of another version of rollcast: use that one, or run again what wrote them"
            } else {
                "not a file of blocks"
            };
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        let file = self.files.add(path);
        self.end = MAGIC.len() as u64;
        while let Some(content) = frame(&mut reader)? {
            let Ok((head, _)) = postcard::take_from_bytes::<Head>(&content) else { break };
            let offset = self.end + PREFIX as u64;
            let place = Place { file, offset, bytes: content.len(), count: head.count };
            self.places.insert((head.scenario, head.first), place);
            self.end = offset + content.len() as u64;
        }
        Ok(())
    }

    /// Adds the blocks of a part of a study, which was read and checked.
    pub fn add_part(&mut self, part: &PartFile) {
        let file = self.files.add(&part.path);
        for (head, offset, bytes) in &part.blocks {
            let place = Place { file, offset: *offset, bytes: *bytes, count: head.count };
            self.places.insert((head.scenario, head.first), place);
        }
    }

    /// Keeps a block in memory, encoded as in a file.
    ///
    /// # Errors
    /// When it is larger than a block can be.
    pub fn hold(
        &mut self,
        place: (u32, u32),
        records: &[Record],
        bands: &Bands,
        cluster: &ClusterPart,
    ) -> io::Result<()> {
        let frame = encode(Vec::new(), place, records, bands, cluster)?;
        self.held.insert(place, frame);
        Ok(())
    }

    /// Where the complete frames of the file that was added last end.
    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    /// Replications in all blocks.
    #[must_use]
    pub fn replications(&self) -> u64 {
        self.places.values().map(|place| u64::from(place.count)).sum()
    }

    /// Whether the block of `count` replications of a scenario from `first` on is there.
    #[must_use]
    pub fn holds(&self, scenario: u32, first: u32, count: u32) -> bool {
        self.places.get(&(scenario, first)).is_some_and(|place| place.count == count)
    }

    /// How many replications of a scenario are there, from the first on without a gap.
    #[must_use]
    pub fn reaches(&self, scenario: u32) -> u32 {
        let blocks = self.places.range((scenario, 0)..=(scenario, u32::MAX));
        blocks.fold(0, |end, ((_, first), place)| if *first == end { end + place.count } else { end })
    }

    /// Reads that block. Gives `None` also where the file has become unreadable; the caller then simulates the block.
    #[must_use]
    pub fn block(&self, scenario: u32, first: u32, count: u32) -> Option<(Vec<Record>, Bands, ClusterPart)> {
        let read;
        let content = match self.held.get(&(scenario, first)) {
            Some(frame) => frame.get(PREFIX..)?,
            None => {
                let place = self.places.get(&(scenario, first)).filter(|place| place.count == count)?;
                read = self.files.read(place.file, place.offset, place.bytes).ok()?;
                &read
            }
        };
        let (_, rest) = postcard::take_from_bytes::<Head>(content).ok()?;
        let (records, bands, cluster): (Vec<Record>, Bands, ClusterPart) = postcard::from_bytes(rest).ok()?;
        (records.len() == count as usize).then_some((records, bands, cluster))
    }
}
