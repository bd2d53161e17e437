//! Tests of files of blocks.

use std::path::Path;

use super::frame::MAGIC;
use super::*;
use crate::metrics::{Bands, ClusterPart, Record};
use crate::metrics::{ClusterRecord, Outcome};
use crate::plan::Piece;
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
    let second = two.end() as usize;
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

fn header() -> PartHeader {
    let pieces = vec![Piece { scenario: 0, first: 256, end: 300 }, Piece { scenario: 7, first: 0, end: 3 }];
    PartHeader { plan: "ab".repeat(32), build: "cd".into(), round: 1, part: 2, parts: 8, pieces }
}

/// A part of two blocks, finished or not, and its bytes.
fn part(folder: &Path, finished: bool) -> (std::path::PathBuf, Vec<u8>) {
    let path = folder.join("part");
    let mut writer = PartWriter::begin(std::fs::File::create(&path).unwrap(), &header()).unwrap();
    for (scenario, first, count) in [(0, 256, 44), (7, 0, 3)] {
        writer.write((scenario, first), &records(count), &Bands::new(10), &cluster(scenario)).unwrap();
    }
    if finished {
        writer.finish().unwrap();
    }
    (path.clone(), std::fs::read(path).unwrap())
}

#[test]
fn a_part_tells_what_it_is_and_gives_its_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = part(folder.path(), true);
    let read = PartFile::read(&path).unwrap();
    assert_eq!((&read.header, read.replications), (&header(), 47));
    assert_eq!(read.blocks().collect::<Vec<_>>(), [(0, 256, 44), (7, 0, 3)]);
    assert_eq!(PartFile::read_header(&path).unwrap(), header());
    let mut saved = Saved::default();
    saved.add_part(&read);
    assert_eq!(saved.block(0, 256, 44), Some((records(44), Bands::new(10), ClusterPart::default())));
    assert_eq!(saved.block(7, 0, 3), Some((records(3), Bands::new(10), cluster(7))));
}

#[test]
fn a_part_without_blocks_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part");
    let header = PartHeader { pieces: Vec::new(), ..header() };
    PartWriter::begin(std::fs::File::create(&path).unwrap(), &header).unwrap().finish().unwrap();
    let read = PartFile::read(&path).unwrap();
    assert_eq!((read.header, read.replications), (header, 0));
}

/// No byte can be lost, added or changed without being noticed; what was written before it is still there to go on from.
#[test]
fn a_part_is_whole_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, unfinished) = part(folder.path(), false);
    let (_, whole) = part(folder.path(), true);
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        (PartFile::read(&path).is_ok(), PartFile::read_unfinished(&path).map_or(0, |part| part.replications))
    };
    assert_eq!((read(&whole), read(&unfinished)), ((true, 47), (false, 47)));
    assert_eq!(read(&unfinished[..unfinished.len() - 1]), (false, 44));
    assert_eq!(read(&[&whole[..], &[0]].concat()), (false, 47));
    for at in (0..whole.len()).step_by(5) {
        let mut damaged = whole.clone();
        damaged[at] ^= 4;
        assert!(!read(&damaged).0 && !read(&whole[..at]).0, "byte {at}");
    }
    for foreign in [&b""[..], b"rollcast", b"PAR1 and so on, long enough"] {
        std::fs::write(&path, foreign).unwrap();
        assert!(matches!(PartFile::read(&path), Err(PartFault::Foreign)));
    }
    std::fs::write(&path, b"rollcast part 1\n").unwrap();
    assert!(matches!(PartFile::read(&path), Err(PartFault::OtherVersion)));
}

#[test]
fn however_many_files_there_are_few_are_open_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut saved = Saved::default();
    for number in 0..100 {
        let path = folder.path().join(number.to_string());
        let mut writer = Writer::create(&path).unwrap();
        writer.write((number, 0), &records(2), &Bands::new(10), &ClusterPart::default()).unwrap();
        saved.add(&path).unwrap();
    }
    for number in (0..100).chain([3, 99, 40]) {
        let (read, ..) = saved.block(number, 0, 2).unwrap();
        assert_eq!(read, records(2));
        assert!(saved.files.open() <= super::files::MOST_OPEN);
    }
}

#[test]
fn blocks_held_in_memory_are_like_those_of_files() {
    let mut saved = Saved::default();
    saved.hold((7, 0), &records(3), &Bands::new(10), &cluster(7)).unwrap();
    assert_eq!(saved.block(7, 0, 3), Some((records(3), Bands::new(10), cluster(7))));
    assert!(saved.block(7, 0, 4).is_none() && saved.block(7, 3, 3).is_none());
}
