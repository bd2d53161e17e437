//! What a recording of a cluster rests on, on the terminal and for programs.

use std::fmt::Write as _;

use comfy_table::{LineStyle, Table, TableStyle};
use serde_json::{Value, json};

use super::json::versioned;
use crate::record::{Recorded, Target};

/// The account of a recording as text, no wider than `width` columns.
#[must_use]
pub fn text(target: &Target, recorded: &Recorded, width: u16) -> String {
    let mut text = format!("{target}\n");
    for sentence in &recorded.happened {
        let _ = writeln!(text, "  {sentence}");
    }
    text.push('\n');
    let mut parts = plain(width);
    parts.set_header(["part", "from", "how much, or what to add"]);
    for part in &recorded.parts {
        parts.add_row([&part.part, part.source.as_deref().unwrap_or("not known"), &part.remark]);
    }
    let _ = writeln!(text, "{parts}\n");
    let mut files = plain(width);
    files.set_header(["file", "holds", "lines or objects", "about it"]);
    for file in &recorded.files {
        files.add_row([&file.file, &file.holds, &file.entries.to_string(), &file.used.to_string()]);
    }
    let _ = writeln!(text, "{files}");
    if !recorded.remarks.is_empty() {
        text.push_str("\nNot known, or written in other words:\n");
        for remark in &recorded.remarks {
            let _ = writeln!(text, "- {remark}");
        }
    }
    text
}

fn plain(width: u16) -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic).set_width(width);
    table
}

/// The same for programs.
#[must_use]
pub fn json(target: &Target, recorded: &Recorded) -> Value {
    versioned(json!({
        "workload": format!("{}/{}/{}", target.namespace, target.kind.name(), target.name),
        "happened": recorded.happened,
        "parts": recorded.parts,
        "files": recorded.files,
        "remarks": recorded.remarks,
    }))
}
