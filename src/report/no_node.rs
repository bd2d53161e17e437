//! Why no node took the pods of stalled rollouts: in a sentence, and as `stalls.csv`, which is there only where it has a row.

use super::datapackage::{Field, FieldType};
use super::format;
use super::table::Table;
use crate::analysis::{NoNode, ScenarioResult};

/// The sentence.
pub(super) fn sentence(found: &NoNode) -> String {
    let share = format::share(found.rollouts as f64 / found.stalled as f64);
    format::printable(&format!("{share} of the stalled rollouts wait for a node: {}.", found.message))
}

/// The columns of `stalls.csv`.
pub(super) fn fields() -> Vec<Field> {
    vec![
        Field::new("scenario", FieldType::Integer, "", "Number of the scenario, from 0"),
        Field::new("message", FieldType::String, "", "The scheduler's most frequent message when a rollout stalled"),
        Field::new("rollouts", FieldType::Integer, "", "Stalled rollouts with this message"),
        Field::new("stalled", FieldType::Integer, "", "All stalled rollouts"),
    ]
}

/// `stalls.csv`; `None` where no rollout stalled for want of a node.
pub(super) fn stalls(results: &[ScenarioResult]) -> Option<Vec<u8>> {
    let mut table = Table::header(&fields());
    for (result, found) in results.iter().filter_map(|result| Some((result, result.no_node.as_ref()?))) {
        table.integer(u64::from(result.scenario));
        table.text(&found.message);
        table.integer(found.rollouts);
        table.integer(found.stalled);
        table.end_row();
    }
    results.iter().any(|result| result.no_node.is_some()).then(|| table.into_bytes())
}
