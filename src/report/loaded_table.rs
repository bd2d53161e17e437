//! Tables of a result folder, read back.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use super::folder::FolderError;
use super::table::as_given;
use crate::analysis::ScenarioResult;

/// Why nothing was drawn.
#[derive(Debug, thiserror::Error)]
pub enum RedrawError {
    /// A file cannot be read or does not hold what rollcast writes.
    #[error("{}: {problem}", path.display())]
    Unusable {
        /// Which file or directory.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// A table in memory.
pub(super) struct LoadedTable {
    pub(super) path: PathBuf,
    pub(super) header: csv::StringRecord,
    pub(super) rows: Vec<csv::StringRecord>,
}

impl LoadedTable {
    pub(super) fn of(path: PathBuf, bytes: &[u8]) -> Result<Self, RedrawError> {
        let mut reader = csv::Reader::from_reader(bytes);
        let header = reader.headers().cloned();
        let as_given = |row: csv::StringRecord| {
            let mut read: csv::StringRecord = row.iter().map(as_given).collect();
            read.set_position(row.position().cloned());
            read
        };
        let mut rows = || reader.records().map(|row| row.map(as_given)).collect::<Result<Vec<_>, _>>();
        match header.and_then(|header| Ok((header, rows()?))) {
            Ok((header, rows)) => Ok(Self { path, header, rows }),
            Err(error) => Err(RedrawError::Unusable { path, problem: error.to_string() }),
        }
    }

    pub(super) fn column(&self, name: &str) -> Result<usize, RedrawError> {
        let found = self.header.iter().position(|column| column == name);
        found.ok_or_else(|| {
            let problem =
                format!("has no column {name}: another rollcast wrote it, or it was edited; run the sweep again");
            RedrawError::Unusable { path: self.path.clone(), problem }
        })
    }

    /// The field in `column`; `None` where it is empty.
    pub(super) fn optional<T: FromStr>(
        &self,
        row: &csv::StringRecord,
        column: usize,
    ) -> Result<Option<T>, RedrawError> {
        let text = row.get(column).unwrap_or_default();
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| self.wrong(row, column))
    }

    pub(super) fn required<T: FromStr>(&self, row: &csv::StringRecord, column: usize) -> Result<T, RedrawError> {
        self.optional(row, column)?.ok_or_else(|| self.wrong(row, column))
    }

    pub(super) fn wrong(&self, row: &csv::StringRecord, column: usize) -> RedrawError {
        let line = row.position().map_or(0, csv::Position::line);
        let name = self.header.get(column).unwrap_or_default();
        let problem = format!("line {line}: {name} has no meaning: `{}`", row.get(column).unwrap_or_default());
        RedrawError::Unusable { path: self.path.clone(), problem }
    }

    /// The rows of each scenario. The number of the scenario is the first column of every table.
    pub(super) fn by_scenario(&self) -> Result<BTreeMap<u32, Vec<&csv::StringRecord>>, RedrawError> {
        let mut groups: BTreeMap<u32, Vec<_>> = BTreeMap::new();
        for row in &self.rows {
            groups.entry(self.required(row, 0)?).or_default().push(row);
        }
        Ok(groups)
    }
}

/// Takes over the rows of a table that not every result has.
pub(super) type Adds = fn(&LoadedTable, &mut [ScenarioResult]) -> Result<(), RedrawError>;
