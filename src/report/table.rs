//! CSV in memory, one field at a time, without an allocation for each.

use std::io::Write;

use super::datapackage::Field;

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

    pub(super) fn text(&mut self, text: &str) {
        self.writer.write_field(text).expect("memory takes every field");
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

#[cfg(test)]
mod tests {
    use super::*;

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
