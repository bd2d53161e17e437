//! The tables of the cluster, read back from a result folder.

use super::tables::{ROOM, STALLS, STATISTICS, TIMELINE};
use crate::analysis::{ClusterInstant, ClusterLine, ClusterResult, ClusterRoom, ClusterStall, ScenarioResult};
use crate::metrics::{CLUSTER_METRICS, CLUSTER_RATES, ClusterSeries, ClusterUnit, StallCause, Statistic};
use crate::report::loaded_table::{Adds, LoadedTable, RedrawError};
use crate::stats::Estimate;

/// The tables with how they are taken over, in the order in which they must be read.
pub(in crate::report) const TABLES: [(&str, Adds); 4] =
    [(STATISTICS, add_statistics), (TIMELINE, add_timeline), (ROOM, add_room), (STALLS, add_stalls)];

/// What the amounts of a series are counted in.
fn unit_of_series(name: &str) -> ClusterUnit {
    ClusterSeries::named(name).unit
}

/// What a metric, a rate or a peak is counted in.
fn unit_of_metric(name: &str) -> ClusterUnit {
    let metric = CLUSTER_METRICS.iter().find(|metric| metric.name == name).map(|metric| metric.unit);
    let rate = CLUSTER_RATES.iter().find(|rate| rate.name == name).map(|_| ClusterUnit::Share);
    metric.or(rate).unwrap_or_else(|| unit_of_series(name.strip_prefix("peak_").unwrap_or(name)))
}

/// The cluster of the world whose first workload is a scenario.
fn of(results: &mut [ScenarioResult], scenario: u32) -> Option<&mut ClusterResult> {
    results.iter_mut().find(|result| result.scenario == scenario)?.cluster.as_deref_mut()
}

fn add_statistics(table: &LoadedTable, results: &mut [ScenarioResult]) -> Result<(), RedrawError> {
    let columns = ["metric", "statistic", "value", "low", "high", "n", "carriers"].map(|name| table.column(name));
    let [metric, statistic, value, low, high, n, carriers] = columns;
    let (metric, statistic, n) = (metric?, statistic?, n?);
    let [value, low, high, carriers] = [value?, low?, high?, carriers?];
    for row in &table.rows {
        let scenario: u32 = table.required(row, 0)?;
        let name: String = table.required(row, metric)?;
        let word = row.get(statistic).unwrap_or_default();
        let line = ClusterLine {
            unit: unit_of_metric(&name),
            name,
            statistic: Statistic::named(word).ok_or_else(|| table.wrong(row, statistic))?,
            estimate: Estimate {
                value: table.optional(row, value)?,
                low: table.optional(row, low)?,
                high: table.optional(row, high)?,
                n: table.required(row, n)?,
                carriers: table.optional(row, carriers)?,
            },
        };
        let own = results.iter_mut().find(|result| result.scenario == scenario);
        if let Some(result) = own {
            let empty = || Box::new(ClusterResult::empty(line.estimate.n));
            result.cluster.get_or_insert_with(empty).lines.push(line);
        }
    }
    Ok(())
}

fn add_timeline(table: &LoadedTable, results: &mut [ScenarioResult]) -> Result<(), RedrawError> {
    let (at, series) = (table.column("t_s")?, table.column("series")?);
    let first = table.column("p05")?;
    table.column("p99")?;
    for row in &table.rows {
        let at_s: f64 = table.required(row, at)?;
        let name: String = table.required(row, series)?;
        let mut levels = [0.0; 6];
        for (place, level) in levels.iter_mut().enumerate() {
            *level = table.required(row, first + place)?;
        }
        let Some(cluster) = of(results, table.required(row, 0)?) else { continue };
        if cluster.timeline.last().is_none_or(|last| last.at_s != at_s) {
            cluster.timeline.push(ClusterInstant { at_s, series: Vec::new() });
        }
        if cluster.timeline.len() == 1 {
            cluster.series.push(ClusterSeries::named(&name));
        }
        cluster.timeline.last_mut().into_iter().for_each(|instant| instant.series.push(levels));
    }
    Ok(())
}

fn add_room(table: &LoadedTable, results: &mut [ScenarioResult]) -> Result<(), RedrawError> {
    let (series, found, room) = (table.column("series")?, table.column("found")?, table.column("room")?);
    for row in &table.rows {
        let name: String = table.required(row, series)?;
        let unit = unit_of_series(&name);
        let read = ClusterRoom { name, unit, found: table.required(row, found)?, room: table.optional(row, room)? };
        of(results, table.required(row, 0)?).into_iter().for_each(|cluster| cluster.room.push(read.clone()));
    }
    Ok(())
}

fn add_stalls(table: &LoadedTable, results: &mut [ScenarioResult]) -> Result<(), RedrawError> {
    let columns =
        ["workload", "stall_cause", "releases", "other", "with_more", "more_pods"].map(|name| table.column(name));
    let [workload, cause, releases, other, with_more, more_pods] = columns;
    let (workload, cause, releases) = (workload?, cause?, releases?);
    let (other, with_more, more_pods) = (other?, with_more?, more_pods?);
    for row in &table.rows {
        let word = row.get(cause).unwrap_or_default();
        let read = ClusterStall {
            workload: table.required(row, workload)?,
            cause: StallCause::ALL
                .into_iter()
                .find(|cause| cause.as_str() == word)
                .ok_or_else(|| table.wrong(row, cause))?,
            releases: table.required(row, releases)?,
            other: table.optional(row, other)?,
            with_more: table.required(row, with_more)?,
            more_pods: table.required(row, more_pods)?,
        };
        of(results, table.required(row, 0)?).into_iter().for_each(|cluster| cluster.stalls.push(read.clone()));
    }
    Ok(())
}
