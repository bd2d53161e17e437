//! A chart that was drawn.

use super::canvas::Drawing;
use super::sheet::{Sheet, both};
use super::{inline, png, svg};

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// File name, such as `durations.svg`.
    pub file: String,
    /// What it shows.
    pub title: String,
    /// The picture, for screens and paper.
    pub svg: String,
    /// What it shows in numbers, for those who cannot see it.
    pub table: ChartTable,
    drawing: Drawing,
    /// The same for narrow screens.
    pub(super) narrow: Drawing,
}

/// The numbers of a chart as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartTable {
    /// Heading of each column.
    pub header: Vec<String>,
    /// As many cells in each row as there are headings.
    pub rows: Vec<Vec<String>>,
}

impl ChartTable {
    /// A table with these headings.
    pub(in crate::report) fn new<T: Into<String>>(header: impl IntoIterator<Item = T>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }
}

impl Chart {
    /// A chart with one drawing for all screens.
    pub(super) fn of(file: &str, title: &str, drawing: Drawing) -> Self {
        let (svg, table) = (svg::svg(&drawing), ChartTable::default());
        Self { file: file.into(), title: title.into(), svg, table, narrow: drawing.clone(), drawing }
    }

    /// A chart that is drawn for wide and narrow screens, with its numbers.
    pub(super) fn sheet(file: &str, title: &str, table: ChartTable, draw: impl Fn(&mut Sheet)) -> Self {
        let [drawing, narrow] = both(draw);
        Self { file: file.into(), title: title.into(), svg: svg::svg(&drawing), table, drawing, narrow }
    }

    /// The picture as an `svg` element of a page.
    #[must_use]
    pub fn in_page(&self) -> String {
        inline::inline(&self.drawing)
    }

    /// The picture for narrow screens as an `svg` element of a page; `None` where it is the same.
    #[must_use]
    pub fn in_narrow_page(&self) -> Option<String> {
        (self.narrow != self.drawing).then(|| inline::inline(&self.narrow))
    }

    /// The same picture as PNG, three times as large: 300 dots an inch where the SVG has 100.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        png::png(&self.drawing)
    }
}
