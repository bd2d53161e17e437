//! Tables as Parquet: the columns and values of the CSV, with types. An empty field of the CSV is a null.

use std::io::{self, Read, Write};
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder};
use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::record::Field as Cell;
use parquet::schema::types::{Type, TypePtr};

use super::datapackage::{Field, FieldType};
use super::table::{Table, as_given};

/// Number of rows that are kept in memory and written together.
const ROW_GROUP: usize = 1 << 16;

/// Writes the table that `csv` holds, header included, as Parquet.
///
/// # Errors
/// When something cannot be read or written, or a value is not of its column's type.
pub(super) fn from_csv(fields: &[Field], csv: impl Read, out: impl Write + Send) -> io::Result<()> {
    let properties = WriterProperties::builder()
        .set_created_by(format!("rollcast version {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::SNAPPY)
        .build();
    let schema = schema(fields).map_err(io::Error::other)?;
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties)).map_err(io::Error::other)?;
    let mut reader = ReaderBuilder::new().from_reader(csv);
    let mut columns: Vec<ColumnBuffer> = fields.iter().map(ColumnBuffer::new).collect();
    let (mut record, mut rows) = (ByteRecord::new(), 0);
    loop {
        let more = reader.read_byte_record(&mut record)?;
        if rows == ROW_GROUP || (!more && rows > 0) {
            let group = writer.next_row_group().map_err(io::Error::other)?;
            write_group(group, &mut columns).map_err(io::Error::other)?;
            rows = 0;
        }
        if !more {
            break;
        }
        for (column, value) in columns.iter_mut().zip(&record) {
            column.push(value)?;
        }
        rows += 1;
    }
    writer.close().map_err(io::Error::other)?;
    Ok(())
}

/// The CSV that a Parquet file was made from.
///
/// # Errors
/// When it cannot be read.
pub fn to_csv(file: impl ChunkReader + 'static) -> io::Result<Vec<u8>> {
    let reader = SerializedFileReader::new(file).map_err(io::Error::other)?;
    let schema = reader.metadata().file_metadata().schema();
    let name = |field: &TypePtr| Field::new(field.name(), FieldType::String, "", "");
    let mut table = Table::header(&schema.get_fields().iter().map(name).collect::<Vec<_>>());
    for row in reader.get_row_iter(None).map_err(io::Error::other)? {
        for (_, cell) in row.map_err(io::Error::other)?.get_column_iter() {
            match cell {
                Cell::Long(value) => table.text(&value.to_string()),
                Cell::Double(value) => table.number(*value),
                Cell::Bool(value) => table.text(if *value { "true" } else { "false" }),
                Cell::Str(text) => table.text(text),
                _ => table.text(""),
            }
        }
        table.end_row();
    }
    Ok(table.into_bytes())
}

fn schema(fields: &[Field]) -> Result<TypePtr, ParquetError> {
    let column = |field: &Field| {
        let (physical, converted) = match field.kind {
            FieldType::Integer => (Physical::INT64, ConvertedType::NONE),
            FieldType::Number => (Physical::DOUBLE, ConvertedType::NONE),
            FieldType::Boolean => (Physical::BOOLEAN, ConvertedType::NONE),
            FieldType::String => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
        };
        let column = Type::primitive_type_builder(&field.name, physical).with_repetition(Repetition::OPTIONAL);
        column.with_converted_type(converted).build().map(Arc::new)
    };
    let columns = fields.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("rollcast").with_fields(columns).build().map(Arc::new)
}

/// The values of a column that are not written yet. `present` is 0 for a null and 1 for a value.
struct ColumnBuffer {
    name: String,
    present: Vec<i16>,
    values: Values,
}

enum Values {
    Integers(Vec<i64>),
    Numbers(Vec<f64>),
    Booleans(Vec<bool>),
    Texts(Vec<ByteArray>),
}

impl ColumnBuffer {
    fn new(field: &Field) -> Self {
        let values = match field.kind {
            FieldType::Integer => Values::Integers(Vec::new()),
            FieldType::Number => Values::Numbers(Vec::new()),
            FieldType::Boolean => Values::Booleans(Vec::new()),
            FieldType::String => Values::Texts(Vec::new()),
        };
        Self { name: field.name.clone(), present: Vec::new(), values }
    }

    fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.present.push(i16::from(!bytes.is_empty()));
        if bytes.is_empty() {
            return Ok(());
        }
        let wrong = || {
            let text = String::from_utf8_lossy(bytes);
            io::Error::new(io::ErrorKind::InvalidData, format!("`{text}` does not fit column {}", self.name))
        };
        let text = std::str::from_utf8(bytes).map_err(|_| wrong())?;
        match &mut self.values {
            Values::Integers(values) => values.push(text.parse().map_err(|_| wrong())?),
            Values::Numbers(values) => values.push(text.parse().map_err(|_| wrong())?),
            Values::Booleans(values) => values.push(text.parse().map_err(|_| wrong())?),
            Values::Texts(values) => values.push(ByteArray::from(as_given(text))),
        }
        Ok(())
    }
}

fn write_group<W: Write + Send>(
    mut group: SerializedRowGroupWriter<'_, W>,
    columns: &mut [ColumnBuffer],
) -> Result<(), ParquetError> {
    for column in columns {
        let present = Some(column.present.as_slice());
        let mut writer = group.next_column()?.ok_or_else(|| ParquetError::General("a column too many".into()))?;
        match (writer.untyped(), &mut column.values) {
            (ColumnWriter::Int64ColumnWriter(to), Values::Integers(values)) => {
                to.write_batch(values, present, None)?;
                values.clear();
            }
            (ColumnWriter::DoubleColumnWriter(to), Values::Numbers(values)) => {
                to.write_batch(values, present, None)?;
                values.clear();
            }
            (ColumnWriter::BoolColumnWriter(to), Values::Booleans(values)) => {
                to.write_batch(values, present, None)?;
                values.clear();
            }
            (ColumnWriter::ByteArrayColumnWriter(to), Values::Texts(values)) => {
                to.write_batch(values, present, None)?;
                values.clear();
            }
            _ => return Err(ParquetError::General(format!("column {} has another type", column.name))),
        }
        writer.close()?;
        column.present.clear();
    }
    group.close()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::datapackage::parameter_fields;
    use crate::report::tests::fixture;
    use crate::report::{replications, summary};

    fn there_and_back(fields: &[Field], csv: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        from_csv(fields, csv, &mut bytes).unwrap();
        let mut again = Vec::new();
        from_csv(fields, csv, &mut again).unwrap();
        assert!(bytes == again, "the bytes differ from time to time");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        std::fs::write(&path, &bytes).unwrap();
        to_csv(std::fs::File::open(&path).unwrap()).unwrap()
    }

    #[test]
    fn every_table_has_the_values_of_its_csv() {
        let (plan, results) = fixture::sweep(&["0", "25%"], &["0", "1"], &[]);
        let mut rows = replications::header(&plan);
        for scenario in &plan.scenarios {
            rows.extend(replications::rows(scenario, 0, &(0..50).map(fixture::record).collect::<Vec<_>>()));
        }
        for (fields, csv) in [
            (replications::fields(parameter_fields(&plan), plan.columns()), rows),
            (summary::summary_fields(&plan), summary::summary(&plan, &results)),
            (summary::statistics_fields(), summary::statistics(&results)),
            (summary::timeline_fields(), summary::timeline(&results)),
            (summary::levels_fields(), summary::levels(&results)),
        ] {
            let again = there_and_back(&fields, &csv);
            assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&csv));
        }
    }

    #[test]
    fn odd_values_and_many_rows_survive() {
        let fields = [
            Field::new("n", FieldType::Integer, "", ""),
            Field::new("x", FieldType::Number, "", ""),
            Field::new("yes", FieldType::Boolean, "", ""),
            Field::new("te,xt", FieldType::String, "", ""),
        ];
        let mut csv = "n,x,yes,\"te,xt\"\n".to_owned();
        csv.push_str("-9223372036854775808,0.1,true,\"a \"\"b\"\"\nc\"\n,,,\n0,1e300,false,é\n");
        let csv = csv.replace("1e300", &format!("{}", 1e300));
        let many: String = (0..ROW_GROUP * 2 + 3).map(|k| format!("{k},{},,x{}\n", k as f64 / 8.0, k % 5)).collect();
        let csv = csv + &many;
        assert!(there_and_back(&fields, csv.as_bytes()) == csv.as_bytes());
        assert!(there_and_back(&fields, b"n,x,yes,\"te,xt\"\n") == b"n,x,yes,\"te,xt\"\n");
        let error = from_csv(&fields, b"n,x,yes,t\n1.5,2,true,a\n".as_slice(), Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "`1.5` does not fit column n");
    }
}
