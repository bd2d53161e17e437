//! `cluster.csv`: one row for each simulated release of a world.

use crate::metrics::{CLUSTER_METRICS, ClusterRecord, ClusterSeries, ClusterUnit, ReleaseOutcome, other_series};
use crate::plan::{Plan, WORKLOAD};
use crate::report::datapackage::{Field, FieldType, parameter_fields};
use crate::report::table::Table;
use crate::scenario::Scenario;

/// Bytes that are reserved for a row. Most rows are shorter.
const BYTES_PER_ROW: usize = 200;

/// The columns of a plan.
#[derive(Debug)]
pub struct Columns {
    fields: Vec<Field>,
    /// What not every world has, of all worlds: resources beside CPU, memory and pods, and quotas.
    others: Vec<ClusterSeries>,
}

impl Columns {
    /// `None` where the plan has no world of several workloads.
    #[must_use]
    pub fn of(plan: &Plan) -> Option<Self> {
        plan.world(0).filter(|world| world.workloads.len() > 1)?;
        let others = others(plan);
        let mut fields =
            vec![Field::new("scenario", FieldType::Integer, "", "Number of the first workload's scenario")];
        fields.extend(parameter_fields(plan).into_iter().filter(|field| field.name != WORKLOAD));
        fields.push(Field::new("replication", FieldType::Integer, "", "Number of the replication, from 0"));
        let outcomes = ReleaseOutcome::ALL.map(ReleaseOutcome::as_str);
        fields.push(Field::new("outcome", FieldType::String, "", "How the release ended").one_of(&outcomes));
        let kind = |unit: ClusterUnit| if unit.is_whole() { FieldType::Integer } else { FieldType::Number };
        let of_all = CLUSTER_METRICS.iter();
        fields.extend(of_all.map(|one| Field::new(one.name, kind(one.unit), one.unit.as_str(), one.description)));
        fields.extend(others.iter().map(|series| {
            let what = match series.name.strip_prefix("quota ") {
                Some(_) => "Most of it that the quota counted at once, of the pods of all workloads",
                None => "Most of it that all pods asked for at once, Pending and Terminating ones included",
            };
            Field::new(&series.column(), kind(series.unit), series.unit.as_str(), what)
        }));
        Some(Self { fields, others })
    }

    /// The columns of `cluster.csv`.
    #[must_use]
    pub fn into_fields(self) -> Vec<Field> {
        self.fields
    }

    /// The header line.
    #[must_use]
    pub fn header(&self) -> Vec<u8> {
        Table::header(&self.fields).into_bytes()
    }

    /// The rows of the releases of one world, the first of which is replication `first_replication`; `scenario` is its first
    /// workload.
    #[must_use]
    pub fn rows(&self, scenario: &Scenario, first_replication: u32, records: &[ClusterRecord]) -> Vec<u8> {
        let own = scenario.world.as_ref().map(|own| other_series(&own.world)).unwrap_or_default();
        let place = |series: &ClusterSeries| own.iter().position(|one| one.name == series.name);
        let others: Vec<(f64, Option<usize>)> = self.others.iter().map(|one| (one.in_one, place(one))).collect();
        let mut table = Table::with_capacity(records.len() * BYTES_PER_ROW);
        for (replication, record) in (u64::from(first_replication)..).zip(records) {
            table.integer(u64::from(scenario.id));
            for (_, value) in scenario.parameters.iter().filter(|(path, _)| path != WORKLOAD) {
                table.text(value);
            }
            table.integer(replication);
            table.text(record.outcome.as_str());
            for metric in CLUSTER_METRICS {
                table.number((metric.get)(record));
            }
            for (in_one, place) in &others {
                let peak = place.and_then(|place| record.peaks().nth(place));
                table.optional(peak.map(|peak| peak as f64 / in_one));
            }
            table.end_row();
        }
        table.into_bytes()
    }
}

fn others(plan: &Plan) -> Vec<ClusterSeries> {
    let worlds = plan.scenarios.iter().filter_map(|scenario| scenario.world.as_ref().filter(|own| own.workload == 0));
    let mut all: Vec<ClusterSeries> = Vec::new();
    for series in worlds.flat_map(|own| other_series(&own.world)) {
        if all.iter().all(|known| known.name != series.name) {
            all.push(series);
        }
    }
    all
}
