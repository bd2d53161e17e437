//! What the terminal can show.

use std::io::{self, IsTerminal};

use crate::report::sparkline::Glyphs;

/// Block characters, unless the environment says that the terminal cannot show them. Files and pipes get the same characters
/// everywhere.
pub(super) fn glyphs() -> Glyphs {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    let utf8 = |locale: String| locale.to_ascii_uppercase().replace('-', "").contains("UTF8");
    let plain = set("TERM").is_some_and(|term| term == "dumb") || !locale.is_none_or(utf8);
    if io::stdout().is_terminal() && plain { Glyphs::Ascii } else { Glyphs::Blocks }
}

/// Width of answers in files and pipes, which must not depend on a window.
const FILE_WIDTH: u16 = 100;
/// Width of terminals that do not say theirs: what every terminal has.
const UNKNOWN_WIDTH: u16 = 80;
/// The least width: a narrower one would break words.
const LEAST_WIDTH: u16 = 20;

/// Width of the answer in columns.
pub(super) fn terminal_width() -> u16 {
    if !io::stdout().is_terminal() {
        return FILE_WIDTH;
    }
    width(std::env::var("COLUMNS").ok().as_deref(), comfy_table::Table::new().width())
}

/// The width that the variable COLUMNS gives, else the one that the terminal gives. A terminal without a window gives 0, which
/// means that its width is unknown.
fn width(columns: Option<&str>, terminal: Option<u16>) -> u16 {
    let given = columns.and_then(|text| text.trim().parse().ok());
    let known = [given, terminal].into_iter().flatten().find(|width| *width > 0);
    known.map_or(UNKNOWN_WIDTH, |width| width.max(LEAST_WIDTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_without_a_width_has_80_columns() {
        for (columns, terminal, wanted) in [
            (None, Some(80), 80),
            (None, Some(0), 80),
            (None, None, 80),
            (Some("120"), Some(0), 120),
            (Some("120"), Some(80), 120),
            (Some("0"), Some(120), 120),
            (Some(""), Some(80), 80),
            (Some("wide"), None, 80),
            (Some("1"), None, 20),
        ] {
            assert_eq!(width(columns, terminal), wanted, "{columns:?} {terminal:?}");
        }
    }
}
