//! The answer as a result folder.

use std::path::PathBuf;

use super::Answered;
use super::page::page;
use super::pictures::charts;
use super::tables::tables;
use crate::report::datapackage::Contents;
use crate::report::folder::{Folder, FolderError};

/// Adds the tables, charts and page of the answer to `folder` and puts it in place; gives the finished directory.
///
/// # Errors
/// When a file cannot be written, or the directory cannot be put in place.
pub fn write(mut folder: Folder, one: Answered<'_>) -> Result<PathBuf, FolderError> {
    for table in tables(one.found) {
        folder.add(table.file, table.title, Contents::Table(table.fields), &table.bytes)?;
    }
    let charts = charts(one.found);
    for chart in &charts {
        let path = format!("charts/{}", chart.file);
        folder.add(&path, &chart.title, Contents::Image, chart.svg.as_bytes())?;
        if folder.png() {
            folder.add(&path.replace(".svg", ".png"), &chart.title, Contents::Png, &chart.png())?;
        }
    }
    folder.add("report.html", "Report", Contents::Page, &page(one, &charts))?;
    folder.finish(one.plan)
}
