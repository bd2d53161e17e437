//! CSV in memory, one field at a time, without an allocation for each.

use std::borrow::Cow;
use std::io::Write;

use super::datapackage::Field;
use crate::input::steers;

/// A CSV table being written.
pub(super) struct Table {
    writer: csv::Writer<Vec<u8>>,
    scratch: Vec<u8>,
}

impl Table {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        // The caller knows the columns, so that rows are not checked and none can be refused.
        let writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::with_capacity(bytes));
        Self { writer, scratch: Vec::with_capacity(32) }
    }

    pub(super) fn header(fields: &[Field]) -> Self {
        let mut table = Self::with_capacity(1024);
        for field in fields {
            table.text(&field.name);
        }
        table.end_row();
        table
    }

    /// A text as [`harmless`] makes it.
    pub(super) fn text(&mut self, text: &str) {
        self.writer.write_field(harmless(text).as_bytes()).expect("memory takes every field");
    }

    /// A number in the fewest digits that read back as the same number; integers without a decimal point.
    pub(super) fn number(&mut self, value: f64) {
        self.scratch.clear();
        // Most numbers are whole, and whole ones are quicker to write as integers.
        let whole = value as i64;
        let written = if whole as f64 == value && whole.abs() < 1 << 53 {
            write!(self.scratch, "{whole}")
        } else {
            write!(self.scratch, "{value}")
        };
        written.expect("memory takes every byte");
        self.writer.write_field(&self.scratch).expect("memory takes every field");
    }

    /// A number, or nothing.
    pub(super) fn optional(&mut self, value: Option<f64>) {
        match value {
            Some(value) => self.number(value),
            None => self.text(""),
        }
    }

    pub(super) fn integer(&mut self, value: u64) {
        self.scratch.clear();
        write!(self.scratch, "{value}").expect("memory takes every byte");
        self.writer.write_field(&self.scratch).expect("memory takes every field");
    }

    pub(super) fn end_row(&mut self) {
        self.writer.write_record(None::<&[u8]>).expect("memory takes every row");
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.writer.into_inner().expect("memory takes every byte")
    }
}

/// A text that does nothing where a table is opened: characters that steer what shows them are replaced, and a text that
/// a spreadsheet would execute as a formula stands behind an apostrophe, as OWASP advises against CSV injection. A number
/// stays a number.
fn harmless(text: &str) -> Cow<'_, str> {
    let steers = |c: char| steers(c) && !matches!(c, '\n' | '\t');
    let is_formula = is_formula(text);
    if !is_formula && !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let before = if is_formula { "'" } else { "" };
    Cow::Owned(format!("{before}{}", text.replace(steers, "\u{fffd}")))
}

/// The text of a cell that [`harmless`] wrote, without the apostrophe that it put there.
pub(super) fn as_given(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

fn is_formula(text: &str) -> bool {
    text.len() > 1 && text.starts_with(['=', '+', '-', '@']) && text.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_turns_the_text_around() {
        let cases = [
            ("25%", "25%"),
            ("-1.5", "-1.5"),
            ("+1", "+1"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("@SUM(1)", "'@SUM(1)"),
            ("+1+1", "'+1+1"),
            ("-", "-"),
            ("invoice\u{202e}fdp", "invoice\u{fffd}fdp"),
            ("=\u{2066}1", "'=\u{fffd}1"),
        ];
        for (text, cell) in cases {
            assert_eq!(harmless(text), cell);
            assert_eq!(as_given(cell), text.replace(steers, "\u{fffd}"));
        }
    }

    #[test]
    fn numbers_are_short_and_read_back() {
        let mut table = Table::with_capacity(0);
        for value in [33.0, -0.0, 1e17, 32.8, 0.1 + 0.2, 1e-9, 1_234_567_890.123_456_7] {
            table.number(value);
        }
        table.optional(None);
        table.text("a,\"b\"");
        table.end_row();
        let text = String::from_utf8(table.into_bytes()).unwrap();
        assert_eq!(
            text,
            "33,0,100000000000000000,32.8,0.30000000000000004,0.000000001,1234567890.1234567,,\"a,\"\"b\"\"\"\n"
        );
    }
}
