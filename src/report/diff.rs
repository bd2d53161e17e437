//! The first difference of two files that should be equal.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};
use serde::Serialize;

/// The first difference between a recorded file and the same file made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstDifference {
    /// Two rows of a table.
    Row {
        /// Number of the row in the recorded file; 0 is the header.
        row: u64,
        /// Line of that file on which it begins, from 1.
        line: u64,
        /// The recorded row; `None`: the table ended before.
        recorded: Option<String>,
        /// The repeated row; `None`: the table ended before.
        repeated: Option<String>,
    },
    /// A byte of another file, counted from 0; where the shorter file ends if that is all.
    Byte(u64),
}

/// The first difference of two tables, or `None`. With `only` the rows of all other scenarios are ignored. The first
/// column has the number of the scenario.
///
/// # Errors
/// When a file cannot be read.
pub fn tables(recorded: &Path, repeated: &Path, only: Option<&BTreeSet<u32>>) -> io::Result<Option<FirstDifference>> {
    let (mut recorded, mut repeated) = (Rows::open(recorded, only)?, Rows::open(repeated, only)?);
    loop {
        let (old, new) = (recorded.next()?, repeated.next()?);
        if old.is_none() && new.is_none() {
            return Ok(None);
        }
        if old != new {
            let (row, line) = (recorded.number - 1, recorded.line);
            return Ok(Some(FirstDifference::Row { row, line, recorded: old, repeated: new }));
        }
    }
}

/// The first byte in which two files differ, or `None`.
///
/// # Errors
/// When a file cannot be read.
pub fn bytes(recorded: &Path, repeated: &Path) -> io::Result<Option<FirstDifference>> {
    let open = |path| File::open(path).map(|file| BufReader::new(file).bytes());
    let (mut old, mut new) = (open(recorded)?, open(repeated)?);
    for at in 0.. {
        match (old.next().transpose()?, new.next().transpose()?) {
            (None, None) => break,
            (a, b) if a != b => return Ok(Some(FirstDifference::Byte(at))),
            _ => {}
        }
    }
    Ok(None)
}

/// Rows as text, one after the other.
struct Rows<'a> {
    reader: csv::Reader<File>,
    record: ByteRecord,
    only: Option<&'a BTreeSet<u32>>,
    /// Rows read, the header included, and the line on which the last one began.
    number: u64,
    line: u64,
}

impl<'a> Rows<'a> {
    fn open(path: &Path, only: Option<&'a BTreeSet<u32>>) -> io::Result<Self> {
        fs::metadata(path)?;
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_path(path)?;
        Ok(Self { reader, record: ByteRecord::new(), only, number: 0, line: 0 })
    }

    fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            let more = self.reader.read_byte_record(&mut self.record)?;
            self.number += 1;
            self.line = self.record.position().map_or(self.line + 1, csv::Position::line);
            if !more {
                return Ok(None);
            }
            if self.number == 1 || self.wanted() {
                return Ok(Some(text(&self.record)));
            }
        }
    }

    fn wanted(&self) -> bool {
        let Some(only) = self.only else { return true };
        let scenario = self.record.get(0).and_then(|field| std::str::from_utf8(field).ok()?.parse().ok());
        // A row without the number of a scenario is a fault of the file, so it is not ignored.
        scenario.is_none_or(|scenario| only.contains(&scenario))
    }
}

fn text(record: &ByteRecord) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer.write_byte_record(record).ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    String::from_utf8_lossy(&written).trim_end_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(old: &str, new: &str, only: Option<&[u32]>) -> Option<FirstDifference> {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = [("a", old), ("b", new)].map(|(name, text)| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        });
        let only = only.map(|only| only.iter().copied().collect());
        tables(&a, &b, only.as_ref()).unwrap()
    }

    fn row(row: u64, line: u64, old: Option<&str>, new: Option<&str>) -> Option<FirstDifference> {
        let [recorded, repeated] = [old, new].map(|text| text.map(str::to_owned));
        Some(FirstDifference::Row { row, line, recorded, repeated })
    }

    #[test]
    fn the_first_differing_row_is_named() {
        assert_eq!(difference("s,v\n0,1\n", "s,v\n0,1\n", None), None);
        assert_eq!(difference("s,v\n0,1\n0,2\n", "s,v\n0,1\n0,3\n", None), row(2, 3, Some("0,2"), Some("0,3")));
        assert_eq!(difference("s,w\n", "s,v\n", None), row(0, 1, Some("s,w"), Some("s,v")));
        assert_eq!(difference("s,v\n0,1\n", "s,v\n", None), row(1, 2, Some("0,1"), None));
        assert_eq!(difference("s,v\n", "s,v\n0,1\n", None), row(1, 2, None, Some("0,1")));
        // A row may have several lines.
        let old = "s,v\n0,\"a\nb\"\n1,2\n";
        assert_eq!(difference(old, &old.replace("1,2", "1,3"), None), row(2, 4, Some("1,2"), Some("1,3")));
    }

    #[test]
    fn other_scenarios_are_passed_over() {
        let old = "s,v\n0,1\n0,2\n1,3\n2,4\n2,5\n";
        assert_eq!(difference(old, "s,v\n0,1\n0,2\n2,4\n2,5\n", Some(&[0, 2])), None);
        assert_eq!(difference(old, "s,v\n2,4\n2,6\n", Some(&[2])), row(5, 6, Some("2,5"), Some("2,6")));
        assert_eq!(difference("s,v\nx,1\n2,4\n", "s,v\n2,4\n", Some(&[2])), row(1, 2, Some("x,1"), Some("2,4")));
    }

    #[test]
    fn other_files_differ_in_a_byte() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
        for (old, new, expected) in
            [("abc", "abc", None), ("abc", "axc", Some(1)), ("abc", "ab", Some(2)), ("", "a", Some(0))]
        {
            fs::write(&a, old).unwrap();
            fs::write(&b, new).unwrap();
            assert_eq!(bytes(&a, &b).unwrap(), expected.map(FirstDifference::Byte));
        }
    }
}
