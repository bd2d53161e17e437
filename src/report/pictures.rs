//! The files of a result folder that people look at: the charts and the page.

use super::datapackage::Contents;
use super::provenance::Provenance;
use super::subject::Subject;
use super::{chart, html};
use crate::analysis::{ScenarioResult, verdicts};

/// A chart or the page.
pub(super) struct Picture {
    pub(super) path: String,
    pub(super) title: String,
    pub(super) contents: Contents,
    pub(super) bytes: Vec<u8>,
}

/// The charts, with `png` as PNG too, and the page. They depend on the arguments alone.
pub(super) fn pictures(provenance: &Provenance, results: &[ScenarioResult], summary: &[u8], png: bool) -> Vec<Picture> {
    let verdicts = verdicts(&provenance.objectives, results);
    let subject = Subject::of(provenance, results, &verdicts);
    let sections = chart::sections(provenance, results, &chart::Marks::of(provenance, results));
    let page = html::page(provenance, results, &verdicts, &subject, &sections, summary);
    let picture = |chart: &chart::Chart, ending, contents, bytes| Picture {
        path: format!("charts/{}{ending}", chart.file.trim_end_matches("svg")),
        title: chart.title.clone(),
        contents,
        bytes,
    };
    let mut pictures = Vec::new();
    for chart in sections.iter().flat_map(|section| &section.charts) {
        pictures.push(picture(chart, "svg", Contents::Image, chart.svg.as_bytes().to_vec()));
        if png {
            pictures.push(picture(chart, "png", Contents::Png, chart.png()));
        }
    }
    pictures.push(Picture {
        path: "report.html".into(),
        title: "Report".into(),
        contents: Contents::Page,
        bytes: page,
    });
    pictures
}
