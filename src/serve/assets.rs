//! The files of the page, which are part of the program.

use crate::report::chart::dark_rules;

/// A file of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asset {
    /// What it is, as HTTP says it.
    pub(super) kind: &'static str,
    /// Its text.
    pub(super) text: String,
}

pub(super) fn page() -> Asset {
    Asset { kind: "text/html; charset=utf-8", text: include_str!("page.html").into() }
}

/// The style of `report.html`, the colours of its charts in dark mode, and what this page has besides.
pub(super) fn style() -> Asset {
    let (report, own) = (include_str!("../report/html/style.css"), include_str!("page.css"));
    let dark = format!("@media screen and (prefers-color-scheme: dark) {{\n{}}}\n", dark_rules());
    Asset { kind: "text/css; charset=utf-8", text: [report, "\n", &dark, own].concat() }
}

pub(super) fn script() -> Asset {
    Asset { kind: "text/javascript; charset=utf-8", text: include_str!("page.js").into() }
}
