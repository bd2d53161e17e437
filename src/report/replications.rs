//! `replications.csv`: one row per replication.

use super::datapackage::{Field, FieldType, parameter_fields};
use super::table::Table;
use crate::metrics::{Columns, Outcome, Record, metrics, stall_causes};
use crate::plan::Plan;
use crate::scenario::Scenario;

/// Bytes that are reserved for a row. Most rows are shorter.
const BYTES_PER_ROW: usize = 160;

/// The columns; `parameters` are the fields of the swept parameters, `columns` adds those that not all experiments have.
#[must_use]
pub fn fields(parameters: Vec<Field>, columns: Columns) -> Vec<Field> {
    let mut fields = vec![Field::new("scenario", FieldType::Integer, "", "Number of the scenario, from 0")];
    fields.extend(parameters);
    fields.push(Field::new("replication", FieldType::Integer, "", "Number of the replication, from 0"));
    let outcomes = Outcome::ALL.map(Outcome::as_str);
    fields.push(Field::new("outcome", FieldType::String, "", "How the rollout ended").one_of(&outcomes));
    let stalled = "Whether ProgressDeadlineExceeded appeared before the end";
    fields.push(Field::new("stalled", FieldType::Boolean, "", stalled));
    let cause = "What the pods that held up progress were waiting for at the stall";
    fields.push(Field::new("stall_cause", FieldType::String, "", cause).one_of(&stall_causes()));
    fields.extend(metrics(columns).map(Field::of_metric));
    fields
}

/// The header line of a plan.
#[must_use]
pub fn header(plan: &Plan) -> Vec<u8> {
    Table::header(&fields(parameter_fields(plan), plan.columns())).into_bytes()
}

/// The rows of `records`, the first of which is replication `first_replication`.
#[must_use]
pub fn rows(scenario: &Scenario, first_replication: u32, records: &[Record]) -> Vec<u8> {
    let mut table = Table::with_capacity(records.len() * BYTES_PER_ROW);
    for (replication, record) in (u64::from(first_replication)..).zip(records) {
        table.integer(u64::from(scenario.id));
        for (_, value) in &scenario.parameters {
            table.text(value);
        }
        table.integer(replication);
        row(&mut table, record, Columns::of(scenario));
        table.end_row();
    }
    table.into_bytes()
}

fn row(table: &mut Table, record: &Record, columns: Columns) {
    table.text(record.outcome.as_str());
    table.text(if record.stall.is_some() { "true" } else { "false" });
    table.text(record.stall.map_or("", |(_, cause)| cause.as_str()));
    for metric in metrics(columns) {
        table.optional((metric.get)(record));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture::{self, golden};

    #[test]
    fn rows_follow_the_header() {
        let scenario = fixture::scenario(3, &[("maxSurge", "25%"), ("maxUnavailable", "0")]);
        let records = [fixture::record(0), fixture::record(1), fixture::record(2)];
        let mut bytes = header(&fixture::sweep(&["25%"], &["0"], &[]).0);
        bytes.extend(rows(&scenario, 254, &records));
        golden("replications.csv", &bytes);
    }

    #[test]
    fn blocks_join_into_the_same_bytes() {
        let scenario = fixture::scenario(0, &[]);
        let records: Vec<_> = (0..10).map(fixture::record).collect();
        let joined = [rows(&scenario, 0, &records[..4]), rows(&scenario, 4, &records[4..])].concat();
        assert_eq!(joined, rows(&scenario, 0, &records));
    }

    #[test]
    fn every_row_has_a_field_for_every_column() {
        let scenario = fixture::scenario(0, &[("a,b", "x\"y\n")]);
        let plan = Plan { parameters: vec!["a,b".into()], ..fixture::one().0 };
        let mut bytes = header(&plan);
        bytes.extend(rows(&scenario, 0, &[fixture::record(0)]));
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        assert_eq!(&reader.headers().unwrap()[1], "a,b");
        assert_eq!(&reader.records().next().unwrap().unwrap()[1], "x\"y\n");
    }
}
