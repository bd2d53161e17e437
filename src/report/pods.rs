//! `pods.csv`: what the pods did in the replications that stand for the others. It is there only where it has a row.

use super::datapackage::{Field, FieldType};
use super::table::Table;
use crate::analysis::ScenarioResult;
use crate::diagnosis::{Part, Phase, PodRow, Role};

/// The columns.
pub(super) fn fields() -> Vec<Field> {
    let phases = Phase::ALL.map(Phase::as_str);
    let others = ["rollout", "no_progress", Part::Controllers.as_str(), Part::Before.as_str()];
    let words: Vec<&'static str> = others.into_iter().chain(phases).collect();
    let phase = "What it does. Without a pod: rollout is the whole rollout, to the horizon where it did not end; no_progress lasts \
                 from the last progress to the report of the stall; controllers and before are parts of the deciding chain in \
                 which no pod is waited for";
    vec![
        Field::new("scenario", FieldType::Integer, "", "Number of the scenario, from 0"),
        Field::new("replication", FieldType::Integer, "", "Number of the replication, from 0"),
        Field::new("role", FieldType::String, "", "Why it is shown: the median or the slowest of those that completed, or the first of those that stalled for the most frequent cause")
            .one_of(&[Role::Typical, Role::Slowest, Role::Stalled].map(Role::as_str)),
        Field::new("pod", FieldType::String, "", "The pod; of more than 20 of a version some are left out"),
        Field::new("version", FieldType::Integer, "", "Its version, from 1: the old one"),
        Field::new("node", FieldType::Integer, "", "Its node"),
        Field::new("phase", FieldType::String, "", phase).one_of(&words),
        Field::new("from_s", FieldType::Number, "s", "From when on, since the rollout's start"),
        Field::new("to_s", FieldType::Number, "s", "Until when"),
        Field::new("deciding", FieldType::Integer, "", "1 in the chain that decided how long the rollout took, whose rows follow each other from its start to its end; of a stalled rollout 1 for the pods that held it up; else 0"),
        Field::new("pods", FieldType::Integer, "pods", "For how many pods the row stands. Where pods are left out, rows without a pod count those of a version in a phase"),
    ]
}

/// `pods.csv`; `None` where there is no row.
pub(super) fn pods(results: &[ScenarioResult]) -> Option<Vec<u8>> {
    let mut table = Table::header(&fields());
    let rows: Vec<&PodRow> = results.iter().flat_map(|result| &result.pods).collect();
    for row in &rows {
        table.integer(u64::from(row.scenario));
        table.integer(u64::from(row.replication));
        table.text(row.role.as_str());
        table.text(&row.pod);
        table.optional(row.version.map(f64::from));
        table.optional(row.node.map(f64::from));
        table.text(row.phase.as_str());
        table.number(row.from_s);
        table.number(row.to_s);
        table.integer(u64::from(row.deciding));
        table.integer(u64::from(row.pods));
        table.end_row();
    }
    (!rows.is_empty()).then(|| table.into_bytes())
}
