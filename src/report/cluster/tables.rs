//! `cluster-statistics.csv`, `cluster-timeline.csv`, `cluster-room.csv` and `cluster-stalls.csv`.

use crate::analysis::{ClusterResult, ScenarioResult};
use crate::metrics::StallCause;
use crate::report::datapackage::{Field, FieldType};
use crate::report::table::Table;

pub(in crate::report) const STATISTICS: &str = "cluster-statistics.csv";
pub(in crate::report) const TIMELINE: &str = "cluster-timeline.csv";
pub(in crate::report) const ROOM: &str = "cluster-room.csv";
pub(in crate::report) const STALLS: &str = "cluster-stalls.csv";

/// The quantiles of a row of the timeline.
const QUANTILES: [&str; 6] = ["p05", "p25", "p50", "p75", "p95", "p99"];

/// A table with its file, its title and its columns.
pub(in crate::report) struct ClusterTable {
    pub(in crate::report) file: &'static str,
    pub(in crate::report) title: &'static str,
    pub(in crate::report) fields: Vec<Field>,
    pub(in crate::report) bytes: Vec<u8>,
}

/// All tables; none where there is no world. That of stalls is there where a rollout stalled for want of room.
pub(in crate::report) fn tables(results: &[ScenarioResult]) -> Vec<ClusterTable> {
    let worlds: Vec<(u32, &ClusterResult)> =
        results.iter().filter_map(|result| Some((result.scenario, result.cluster.as_deref()?))).collect();
    if worlds.is_empty() {
        return Vec::new();
    }
    let mut tables = vec![
        ClusterTable {
            file: STATISTICS,
            title: "Every statistic of the cluster that several workloads share, long",
            fields: statistics_fields(),
            bytes: statistics(&worlds),
        },
        ClusterTable {
            file: TIMELINE,
            title: "What all workloads take of the cluster over time",
            fields: timeline_fields(),
            bytes: timeline(&worlds),
        },
        ClusterTable {
            file: ROOM,
            title: "What the cluster has for all workloads",
            fields: room_fields(),
            bytes: room(&worlds),
        },
    ];
    if worlds.iter().any(|(_, cluster)| !cluster.stalls.is_empty()) {
        let title = "Rollouts that stalled for want of room, and who took some";
        tables.push(ClusterTable { file: STALLS, title, fields: stalls_fields(), bytes: stalls(&worlds) });
    }
    tables
}

fn scenario() -> Field {
    Field::new("scenario", FieldType::Integer, "", "Number of the first workload's scenario")
}

fn statistics_fields() -> Vec<Field> {
    let unit = "in the metric's unit (cluster.csv has it; a rate is a share)";
    vec![
        scenario(),
        Field::new("metric", FieldType::String, "", "Column of cluster.csv, or what a rate is of"),
        Field::new("statistic", FieldType::String, "", "What was computed of it over all releases"),
        Field::new("value", FieldType::Number, "", &format!("Estimate, {unit}; empty where the data support none")),
        Field::new("low", FieldType::Number, "", "Lower 95 % limit, in the metric's unit"),
        Field::new(
            "high",
            FieldType::Number,
            "",
            "Upper 95 % limit, in the metric's unit; of a mean that nothing bounds, empty where all releases are alike",
        ),
        Field::new("n", FieldType::Integer, "", "Releases"),
        Field::new("carriers", FieldType::Integer, "", "Releases that carry the estimate, as in statistics.csv"),
    ]
}

fn statistics(worlds: &[(u32, &ClusterResult)]) -> Vec<u8> {
    let mut table = Table::header(&statistics_fields());
    for (scenario, line) in worlds.iter().flat_map(|(id, cluster)| cluster.lines.iter().map(move |line| (*id, line))) {
        let estimate = &line.estimate;
        table.integer(u64::from(scenario));
        table.text(&line.name);
        table.text(line.statistic.as_str());
        for number in [estimate.value, estimate.low, estimate.high] {
            table.optional(number);
        }
        table.integer(estimate.n);
        table.optional(estimate.carriers.map(|carriers| carriers as f64));
        table.end_row();
    }
    table.into_bytes()
}

fn timeline_fields() -> Vec<Field> {
    let series = "pods, available, placed and pending pods, nodes, cpu in cores, memory in bytes, other resources by their names, and `quota NAME \
                  RESOURCE` for what a quota counts";
    let mut fields = vec![
        scenario(),
        Field::new("t_s", FieldType::Number, "s", "Time since the release's start"),
        Field::new("series", FieldType::String, "", series),
    ];
    for quantile in QUANTILES {
        let what = format!(
            "{quantile} over the releases of what all pods together ask for, or of what there is; rounded down to a 512th of what all \
             workloads take at their largest"
        );
        fields.push(Field::new(quantile, FieldType::Number, "", &what));
    }
    fields
}

fn timeline(worlds: &[(u32, &ClusterResult)]) -> Vec<u8> {
    let mut table = Table::header(&timeline_fields());
    for (scenario, cluster) in worlds {
        for instant in &cluster.timeline {
            for (series, levels) in cluster.series.iter().zip(&instant.series) {
                table.integer(u64::from(*scenario));
                table.number(instant.at_s);
                table.text(&series.name);
                levels.iter().for_each(|level| table.number(*level));
                table.end_row();
            }
        }
    }
    table.into_bytes()
}

fn room_fields() -> Vec<Field> {
    let room = "What the nodes have for all pods of the workloads, with those that an autoscaler may add, or a quota leaves to them; of nodes, how many there can be; empty where \
                nobody wrote it";
    vec![
        scenario(),
        Field::new("series", FieldType::String, "", "A series of cluster-timeline.csv"),
        Field::new(
            "found",
            FieldType::Number,
            "",
            "What the pods take that a release finds; of nodes, how many there are at the start",
        ),
        Field::new("room", FieldType::Number, "", room),
    ]
}

fn room(worlds: &[(u32, &ClusterResult)]) -> Vec<u8> {
    let mut table = Table::header(&room_fields());
    for (scenario, room) in worlds.iter().flat_map(|(id, cluster)| cluster.room.iter().map(move |room| (*id, room))) {
        table.integer(u64::from(scenario));
        table.text(&room.name);
        table.number(room.found);
        table.optional(room.room);
        table.end_row();
    }
    table.into_bytes()
}

fn stalls_fields() -> Vec<Field> {
    let causes = [StallCause::Capacity, StallCause::Quota].map(StallCause::as_str);
    vec![
        scenario(),
        Field::new("workload", FieldType::String, "", "The workload whose rollout stalled"),
        Field::new("stall_cause", FieldType::String, "", "What its pods lacked: a node, or room in a quota")
            .one_of(&causes),
        Field::new("releases", FieldType::Integer, "", "Releases in which it stalled first for that"),
        Field::new(
            "other",
            FieldType::String,
            "",
            "Another workload, one of the eight that had most more in some stall; empty: all others together",
        ),
        Field::new(
            "with_more",
            FieldType::Integer,
            "",
            "Releases among these in which the other had more pods at that instant than the release had found",
        ),
        Field::new("more_pods", FieldType::Number, "pods", "How many more it had, the mean over all these releases"),
    ]
}

fn stalls(worlds: &[(u32, &ClusterResult)]) -> Vec<u8> {
    let mut table = Table::header(&stalls_fields());
    for (scenario, stall) in worlds.iter().flat_map(|(id, cluster)| cluster.stalls.iter().map(move |one| (*id, one))) {
        table.integer(u64::from(scenario));
        table.text(&stall.workload);
        table.text(stall.cause.as_str());
        table.integer(stall.releases);
        table.text(stall.other.as_deref().unwrap_or_default());
        table.integer(stall.with_more);
        table.number(stall.more_pods);
        table.end_row();
    }
    table.into_bytes()
}
