//! A chart that was drawn.

use super::canvas::Drawing;
use super::{png, svg};

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// File name, such as `durations.svg`.
    pub file: String,
    /// What it shows.
    pub title: String,
    /// The picture.
    pub svg: String,
    drawing: Drawing,
}

impl Chart {
    pub(super) fn of(file: &str, title: &str, drawing: Drawing) -> Self {
        Self { file: file.into(), title: title.into(), svg: svg::svg(&drawing), drawing }
    }

    /// The same picture as PNG, three times as large: 300 dots an inch where the SVG has 100.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        png::png(&self.drawing)
    }
}
