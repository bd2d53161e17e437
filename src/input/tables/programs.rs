//! Tables that known programs write: what their columns are, and those that hold no single lengths of time.

use crate::input::tables::rows::Row;
use crate::input::tables::table::{Table, no_value};
use crate::input::tables::unit::Unit;
use crate::input::tree::error::{InputError, quoted};

/// Latencies of kube-burner, from the creation of a pod, in milliseconds: the first that has values is meant.
const KUBE_BURNER: &[&str] =
    &["podReadyLatency", "containersReadyLatency", "containersStartedLatency", "schedulingLatency"];
/// How the names of kube-burner's measurements of single objects end.
pub(crate) const MEASUREMENT: &str = "LatencyMeasurement";
/// Columns that say that a row stands for a share or for several values, in lower case.
const SHARES: &[&str] = &[
    "percentile",
    "percentiles",
    "quantile",
    "quantiles",
    "le",
    "bucket",
    "count",
    "counts",
    "freq",
    "frequency",
    "occurrences",
];
/// First cells of rows that are statistics of the others, in lower case.
const STATISTICS: &[&str] = &[
    "count",
    "mean",
    "std",
    "stddev",
    "min",
    "max",
    "avg",
    "average",
    "median",
    "sum",
    "total",
    "totals",
    "aggregated",
    "25%",
    "50%",
    "75%",
    "90%",
    "95%",
    "99%",
    "p50",
    "p90",
    "p95",
    "p99",
    "summe",
    "gesamt",
    "mittelwert",
    "grand total",
];

/// Reads a table in text, and takes from it what it is known to hold.
pub(crate) fn read(name: &str, text: &str) -> Result<Table, InputError> {
    let mut table = Table::parse(name, text)?;
    recognise(name, &mut table)?;
    if table.usual.is_empty() {
        table.refuse_split_numbers(name)?;
    }
    Ok(table)
}

/// Takes from the table what it is known to hold, and refuses what cannot be used.
pub(crate) fn recognise(file: &str, table: &mut Table) -> Result<(), InputError> {
    let has = |name: &str| table.headers.iter().any(|header| header == name);
    if has("metric_name") && has("metric_value") {
        let problem = "this is k6's CSV, which has all metrics in one column: keep the values of one, such as `grep \
                       '^http_req_duration,'` and its third column, and say their unit with --unit ms";
        return Err(InputError::in_file(file, problem));
    }
    if has("command") && has("mean") && has("user") && has("system") {
        let problem = "this is hyperfine's CSV, which has statistics only: give the single times, which `hyperfine --export-json \
                       FILE` writes and `jq '.results[].times' FILE` prints";
        return Err(InputError::in_file(file, problem));
    }
    refuse_statistics(file, table)?;
    if has("timeStamp") && has("elapsed") {
        table.unit = Some(Unit::Milliseconds);
        table.usual = vec!["elapsed".into()];
        table.notes.push("JMeter's `elapsed` is in milliseconds".into());
        return Ok(());
    }
    if has(KUBE_BURNER[0]) || has("metricName") {
        kube_burner(table);
    }
    if table.unit.is_none() {
        table.unit = unit_column(file, table)?;
    }
    Ok(())
}

/// Keeps kube-burner's measurements of single objects. A latency of 0 until Ready means that it was not measured.
fn kube_burner(table: &mut Table) {
    if let Some(index) = table.position("metricName") {
        let measured: Vec<bool> =
            (0..table.rows.len()).map(|row| table.cell(row, index).ends_with(MEASUREMENT)).collect();
        if !measured.contains(&true) && table.position(KUBE_BURNER[0]).is_none() {
            return;
        }
        let others = measured.iter().filter(|measured| !**measured).count();
        let all = measured.contains(&true);
        if all && others > 0 {
            let mut measured = measured.into_iter();
            table.rows.retain(|_| measured.next().unwrap_or(false));
            table.notes.push(format!("{others} rows are left out: their metricName does not end in {MEASUREMENT}"));
        }
    }
    table.unit = Some(Unit::Milliseconds);
    table.notes.push("kube-burner's latencies are in milliseconds, from the creation of each object".into());
    let until_ready: Vec<usize> = KUBE_BURNER[..2].iter().filter_map(|name| table.position(name)).collect();
    let zeros =
        table.rows.iter_mut().filter(|row| until_ready.first().is_some_and(|index| row.cells.get(*index) == Some("0")));
    let mut never = 0;
    for row in zeros {
        never += 1;
        let cells = row.cells.iter().enumerate();
        row.cells =
            cells.map(|(index, cell)| if until_ready.contains(&index) && cell == "0" { "" } else { cell }).collect();
    }
    if never > 0 {
        table.notes.push(format!("{never} pods with a latency of 0 never became Ready and are left out"));
    }
    let filled = |name: &&&str| table.position(name).is_some_and(|index| table.filled(index).next().is_some());
    table.usual = match KUBE_BURNER.iter().find(filled) {
        Some(name) => vec![(*name).to_owned()],
        None => table.headers.iter().filter(|name| name.ends_with("Latency") || *name == "ready").cloned().collect(),
    };
}

/// Refuses tables whose rows are shares, counts or statistics: each row is taken for one length of time.
fn refuse_statistics(file: &str, table: &Table) -> Result<(), InputError> {
    let single = "each row must be one length of time: give the single values";
    if table.headers.len() > 1
        && let Some(header) = table.headers.iter().find(|header| SHARES.contains(&header.to_lowercase().as_str()))
    {
        let problem = format!(
            "the column {} says that a row stands for a share or for several values, but {single}",
            quoted(header)
        );
        return Err(InputError::in_file(file, problem));
    }
    let label = |row: &Row| row.cells.get(0).unwrap_or("").trim().to_lowercase();
    let is_label = |row: &&Row| STATISTICS.contains(&label(row).as_str());
    if let Some(row) = table.rows.iter().find(is_label).filter(|_| table.headers.len() > 1) {
        let label = quoted(row.cells.get(0).unwrap_or("").trim());
        let problem = format!("the row {label} is a statistic of others, but {single}");
        return Err(InputError::in_file(&format!("{file}:{}", row.line), problem));
    }
    Ok(())
}

/// The one unit that a column of units holds.
fn unit_column(file: &str, table: &Table) -> Result<Option<Unit>, InputError> {
    let is_unit = |header: &String| {
        ["unit", "units", "einheit", "time_unit", "timeunit"].contains(&header.to_lowercase().as_str())
    };
    let Some(index) = table.headers.iter().position(is_unit) else { return Ok(None) };
    let mut found: Option<(Unit, &str)> = None;
    for (line, text) in table.filled(index) {
        let place = format!("{file}:{line}");
        let unit = Unit::parse(text).ok_or_else(|| {
            InputError::in_file(
                &place,
                format!("{} in the column of units is no unit of time that is known here", quoted(text)),
            )
        })?;
        let (first, word) = *found.get_or_insert((unit, text));
        if first != unit {
            let problem = format!(
                "{} and {} stand in the column of units: give each row the same unit",
                quoted(word),
                quoted(text)
            );
            return Err(InputError::in_file(&place, problem));
        }
    }
    let lacking = (0..table.rows.len()).find(|row| found.is_some() && no_value(table.cell(*row, index)));
    match lacking {
        Some(row) => Err(InputError::in_file(
            &format!("{file}:{}", table.rows[row].line),
            "the column of units says none in this row",
        )),
        None => Ok(found.map(|(unit, _)| unit)),
    }
}
