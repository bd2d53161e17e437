//! Finished blocks of replications on disk: a sweep that was killed continues from them, and `rollcast merge` joins shards
//! from them.
//!
//! A file of blocks is only appended to. Each block is one frame: length, checksum, and the block in postcard's encoding. The
//! reader stops at the first frame that is cut off or does not match its checksum, so that a crash of the process or of the
//! machine costs only the last writes; their blocks are simulated again. The file does not say which experiment the blocks
//! are of; the caller makes sure of that.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::metrics::{Bands, ClusterPart, Record};

/// The first bytes of a file. The number is raised whenever records or bands are stored in another way.
const MAGIC: &[u8] = b"rollcast blocks 8\n";
const ANY_MAGIC: &[u8] = b"rollcast blocks ";
/// Length of the content [u32, little-endian] and the first bytes of its SHA-256.
const PREFIX: usize = 4 + CHECK;
const CHECK: usize = 8;
/// No block is larger than this. A longer length in a file is damage, and must not allocate memory.
const MAX_FRAME: usize = 64 << 20;

/// The beginning of a frame: which replications of which scenario it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    scenario: u32,
    first: u32,
    count: u32,
}

/// Where a block is.
#[derive(Clone, Copy, Debug)]
struct Place {
    file: usize,
    offset: u64,
    bytes: usize,
    count: u32,
}

/// The blocks of some files, found by their number.
#[derive(Debug, Default)]
pub struct Saved {
    files: Vec<Mutex<File>>,
    places: BTreeMap<(u32, u32), Place>,
    /// Where the complete frames of the last file end.
    end: u64,
}

impl Saved {
    /// Adds the blocks of a file, up to the first frame that is not whole.
    ///
    /// # Errors
    /// When the file cannot be read, or is not one of blocks.
    pub fn add(&mut self, path: &Path) -> io::Result<()> {
        let file = File::open(path)?;
        let mut reader = BufReader::with_capacity(1 << 18, &file);
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
        self.end = MAGIC.len() as u64;
        while let Some(content) = frame(&mut reader)? {
            let Ok((head, _)) = postcard::take_from_bytes::<Head>(&content) else { break };
            let offset = self.end + PREFIX as u64;
            let place = Place { file: self.files.len(), offset, bytes: content.len(), count: head.count };
            self.places.insert((head.scenario, head.first), place);
            self.end = offset + content.len() as u64;
        }
        drop(reader);
        self.files.push(Mutex::new(file));
        Ok(())
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
        let place = self.places.get(&(scenario, first)).filter(|place| place.count == count)?;
        let content = self.read(place).ok()?;
        let (_, rest) = postcard::take_from_bytes::<Head>(&content).ok()?;
        let (records, bands, cluster): (Vec<Record>, Bands, ClusterPart) = postcard::from_bytes(rest).ok()?;
        (records.len() == count as usize).then_some((records, bands, cluster))
    }

    fn read(&self, place: &Place) -> io::Result<Vec<u8>> {
        let mut content = vec![0; place.bytes];
        let mut file = self.files[place.file].lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place.offset))?;
        file.read_exact(&mut content)?;
        Ok(content)
    }
}

/// The content of the next frame; `None` where there is no whole one.
fn frame(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
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

fn sum(content: &[u8]) -> [u8; CHECK] {
    let hash = Sha256::digest(content);
    std::array::from_fn(|i| hash[i])
}

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
        file.set_len(saved.end)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file, frame: Vec::new() })
    }

    /// Writes a block, which begins with replication `first`; `cluster` is what it has of the cluster. The whole
    /// frame is written at once, so that the operating system keeps it even if the process is killed directly afterwards.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn write(
        &mut self,
        (scenario, first): (u32, u32),
        records: &[Record],
        bands: &Bands,
        cluster: &ClusterPart,
    ) -> io::Result<()> {
        let head = Head { scenario, first, count: u32::try_from(records.len()).map_err(io::Error::other)? };
        let mut frame = std::mem::take(&mut self.frame);
        frame.clear();
        frame.resize(PREFIX, 0);
        let mut frame = postcard::to_extend(&(head, records, bands, cluster), frame).map_err(io::Error::other)?;
        let content = &frame[PREFIX..];
        let (length, check) = (u32::try_from(content.len()).map_err(io::Error::other)?.to_le_bytes(), sum(content));
        frame[..4].copy_from_slice(&length);
        frame[4..PREFIX].copy_from_slice(&check);
        self.file.write_all(&frame)?;
        self.frame = frame;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{ClusterRecord, Outcome};
    use crate::sim::StallCause;
    use crate::time::SimDuration;

    fn records(count: u32) -> Vec<Record> {
        let record = |k: u32| Record {
            outcome: Outcome::Unfinished,
            stall: k.is_multiple_of(2).then_some((SimDuration::from_nanos(u64::MAX), StallCause::NodeLoss)),
            duration: SimDuration::from_millis(u64::from(k)),
            desired: k,
            min_available: u32::MAX,
            dip_pod_nanos: u128::MAX,
            ..Record::default()
        };
        (0..count).map(record).collect()
    }

    /// Scenario 7 is a workload of a world.
    fn cluster(scenario: u32) -> ClusterPart {
        let record = |k: u32| ClusterRecord {
            peak_pods: k,
            peak_others: vec![u64::MAX, 1],
            pods_at_peak: vec![k, 2],
            ..ClusterRecord::default()
        };
        let records = if scenario == 7 { (0..3).map(record).collect() } else { Vec::new() };
        ClusterPart { records, bands: None }
    }

    /// A file of three blocks and the bytes of it.
    fn file(folder: &Path) -> (std::path::PathBuf, Vec<u8>) {
        let path = folder.join("blocks.bin");
        let mut writer = Writer::create(&path).unwrap();
        for (scenario, first, count) in [(0, 0, 256), (0, 256, 44), (7, 0, 3)] {
            writer.write((scenario, first), &records(count), &Bands::new(10), &cluster(scenario)).unwrap();
        }
        (path.clone(), std::fs::read(path).unwrap())
    }

    #[test]
    fn blocks_are_read_back_by_number() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = file(folder.path());
        let mut saved = Saved::default();
        assert_eq!(saved.block(0, 0, 256), None);
        saved.add(&path).unwrap();
        assert_eq!(saved.replications(), 303);
        assert_eq!(saved.block(7, 0, 3), Some((records(3), Bands::new(10), cluster(7))));
        assert_eq!(saved.block(0, 256, 44), Some((records(44), Bands::new(10), ClusterPart::default())));
        assert_eq!([0, 1, 7].map(|scenario| saved.reaches(scenario)), [300, 0, 3]);
        assert!(!saved.holds(0, 256, 45) && saved.block(0, 256, 45).is_none() && saved.block(1, 0, 3).is_none());
    }

    /// Whatever a crash leaves of the last frame, the blocks before it count, and what is written then gives the same file.
    #[test]
    fn a_file_cut_off_anywhere_goes_on_after_its_last_whole_block() {
        let folder = tempfile::tempdir().unwrap();
        let (path, whole) = file(folder.path());
        let mut two = Saved::default();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        two.add(&path).unwrap();
        let second = two.end as usize;
        for cut in (second..whole.len()).step_by(7).chain([second + 1, whole.len() - 1]) {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut saved = Saved::default();
            saved.add(&path).unwrap();
            assert_eq!(saved.replications(), 300, "cut at {cut}");
            let mut writer = Writer::append(&path, &saved).unwrap();
            writer.write((7, 0), &records(3), &Bands::new(10), &cluster(7)).unwrap();
            assert!(std::fs::read(&path).unwrap() == whole, "cut at {cut}");
        }
    }

    #[test]
    fn damage_ends_a_file_and_foreign_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, whole) = file(folder.path());
        for at in (MAGIC.len()..whole.len()).step_by(23) {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            let mut saved = Saved::default();
            saved.add(&path).unwrap();
            assert!(saved.replications() < 303, "byte {at}");
        }
        for foreign in [&b""[..], b"rollcast", b"PAR1 and so on, long enough"] {
            std::fs::write(&path, foreign).unwrap();
            assert_eq!(Saved::default().add(&path).unwrap_err().to_string(), "not a file of blocks");
        }
        std::fs::write(&path, [b"rollcast blocks 1\n", &whole[MAGIC.len()..]].concat()).unwrap();
        let error = Saved::default().add(&path).unwrap_err().to_string();
        assert!(error.contains("another version of rollcast: use that one"), "{error}");
    }
}
