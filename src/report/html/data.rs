//! The data of the page's explorer: the curves of every scenario in a compact form.

use serde_json::{Value, json};

use crate::analysis::headlines::STALLED;
use crate::analysis::{ScenarioResult, spread};
use crate::report::format;
use crate::report::provenance::Provenance;

/// Points of duration curves on the whole page.
const POINTS: usize = 24_000;
const FEWEST: usize = 16;
/// With more scenarios than this only every second instant of the timeline is kept, with twice as many every third.
const EVERY_INSTANT: usize = 1000;

/// The explorer's data as JSON.
///
/// `parameters`: name and values, ascending where they are numbers of one unit, else in order of appearance.
/// `scenarios`: `id`, `at` (places of the parameters' values), `desired`, `floor`, `objective`, `ceiling`, `capacity`
/// (pods), `step` (seconds between the timeline's rows), `rows` (their number), `available` (p05, p25, p50, p75,
/// p95; each count after the number of rows it holds for), `footprint` (the median alone), `ready` (the median alone, where it is
/// not that of `available` throughout), `completed` (times in hundredths of a second and shares in ten-thousandths, each less the
/// one before it, the shares after the number of times that they hold for), `stalled` (rate, low, high). `refused`: places
/// and reason. `opens`: the scenario that is shown at first, else the first one. `elsewhere`: how many scenarios of the sweep are not
/// among those that are `shown`.
pub(super) fn explorer(
    provenance: &Provenance,
    results: &[ScenarioResult],
    shown: &[&ScenarioResult],
    opens: Option<u32>,
) -> String {
    let names = format::names(provenance.parameters.iter().map(String::as_str));
    let values: Vec<Vec<&str>> = (0..names.len()).map(|position| levels(provenance, results, position)).collect();
    let at = |parameters: &[(String, String)]| -> Vec<usize> {
        let place = |(levels, (_, value)): (&Vec<&str>, &(String, String))| levels.iter().position(|v| v == value);
        values.iter().zip(parameters).filter_map(place).collect()
    };
    let parameters: Vec<Value> = names
        .iter()
        .zip(&values)
        .map(|(name, values)| {
            let values: Vec<_> = values.iter().map(|value| format::printable(value)).collect();
            json!({ "name": format::printable(name), "values": values })
        })
        .collect();
    let points = (POINTS / shown.len().max(1)).max(FEWEST);
    let every = 1 + shown.len() / EVERY_INSTANT;
    let scenarios: Vec<Value> =
        shown.iter().map(|result| scenario(result, &at(&result.parameters), points, every)).collect();
    let refused: Vec<Value> = provenance
        .skipped
        .iter()
        .map(|skipped| json!({ "at": at(&skipped.parameters), "reason": format::printable(&skipped.reason) }))
        .collect();
    let mut data = json!({ "parameters": parameters, "scenarios": scenarios, "refused": refused, "opens": opens });
    if results.len() > shown.len() {
        data["elsewhere"] = (results.len() - shown.len()).into();
    }
    data.to_string()
}

fn levels<'a>(provenance: &'a Provenance, results: &'a [ScenarioResult], position: usize) -> Vec<&'a str> {
    let mut levels: Vec<&str> = Vec::new();
    let run = results.iter().map(|result| &result.parameters);
    for (_, value) in run.chain(provenance.skipped.iter().map(|s| &s.parameters)).filter_map(|p| p.get(position)) {
        if !levels.contains(&value.as_str()) {
            levels.push(value);
        }
    }
    let measured: Option<Vec<(f64, &str)>> = levels.iter().map(|level| measured(level)).collect();
    if let Some(measured) = measured {
        let mut units = measured.iter().filter(|(number, _)| *number != 0.0).map(|(_, unit)| unit);
        let first = units.next();
        if units.all(|unit| Some(unit) == first) {
            let mut keyed: Vec<_> = measured.iter().map(|(number, _)| *number).zip(levels).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            return keyed.into_iter().map(|(_, level)| level).collect();
        }
    }
    levels
}

/// The number that a value begins with, and its unit.
pub(super) fn measured(value: &str) -> Option<(f64, &str)> {
    let end = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    Some((value[..end].parse().ok()?, &value[end..]))
}

fn scenario(result: &ScenarioResult, at: &[usize], points: usize, every: usize) -> Value {
    let rows: Vec<_> = result.timeline.iter().step_by(every).collect();
    let step = rows.get(1).map_or(0.0, |row| row.at_s);
    let available: Vec<_> = (0..5).map(|level| runs(rows.iter().map(|row| row.available[level]))).collect();
    let completed = spread(&result.statistics.completion, points);
    let times = steps(completed.iter().map(|(time, _)| time * 1e2));
    let shares = runs(steps(completed.iter().map(|(_, share)| share * 1e4)).into_iter().map(|step| step as f64));
    let bounds = &result.bounds;
    let stalled = result.statistics.get(STALLED.figure);
    let mut scenario = json!({
        "id": result.scenario, "at": at, "desired": result.replicas, "floor": bounds.floor, "objective": bounds.objective,
        "ceiling": bounds.ceiling, "capacity": bounds.capacity, "step": step, "rows": rows.len(),
        "available": available, "footprint": runs(rows.iter().map(|row| row.footprint[2])),
        "completed": [times, shares], "stalled": [stalled.and_then(|e| e.value), stalled.and_then(|e| e.low), stalled.and_then(|e| e.high)],
    });
    if rows.iter().any(|row| row.ready[2] != row.available[2]) {
        scenario["ready"] = runs(rows.iter().map(|row| row.ready[2])).into();
    }
    scenario
}

/// Run-length encoding: how often a number comes in a row, and the number.
fn runs(values: impl Iterator<Item = f64>) -> Vec<Value> {
    let mut runs: Vec<(u32, f64)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((count, last)) if *last == value => *count += 1,
            _ => runs.push((1, value)),
        }
    }
    runs.into_iter().flat_map(|(count, value)| [json!(count), short(value)]).collect()
}

/// Whole numbers, each less the one before it, the first less 0.
fn steps(values: impl Iterator<Item = f64>) -> Vec<i64> {
    let mut last = 0;
    let step = |value: f64| {
        let whole = value.round() as i64;
        whole - std::mem::replace(&mut last, whole)
    };
    values.map(step).collect()
}

/// A number to four decimals, whole ones as such.
fn short(value: f64) -> Value {
    let rounded = (value * 1e4).round() / 1e4;
    if rounded == rounded.trunc() && rounded.abs() < 1e15 { json!(rounded as i64) } else { json!(rounded) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture;

    #[test]
    fn ready_pods_are_there_where_they_are_not_the_available_ones() {
        let (_, results) = fixture::one();
        let mut result = results[0].clone();
        let unpacked = |runs: &Value| -> Vec<f64> {
            let runs: Vec<f64> = serde_json::from_value(runs.clone()).unwrap();
            runs.chunks(2).flat_map(|run| vec![run[1]; run[0] as usize]).collect()
        };
        let medians: Vec<_> = result.timeline.iter().map(|row| row.ready[2]).collect();
        assert_eq!(unpacked(&scenario(&result, &[], 20, 1)["ready"]), medians);
        result.timeline.iter_mut().for_each(|row| row.ready = row.available);
        assert!(scenario(&result, &[], 20, 1).get("ready").is_none());
    }

    #[test]
    fn curves_are_in_steps() {
        assert_eq!(steps([23.694, 23.694, 30.0].into_iter().map(|time| time * 1e2)), [2369, 0, 631]);
        let (_, results) = fixture::one();
        let packed = &scenario(&results[0], &[], 20, 1)["completed"];
        let numbers = |of: &Value| -> Vec<i64> { serde_json::from_value(of.clone()).unwrap() };
        let (times, shares) = (numbers(&packed[0]), numbers(&packed[1]));
        let drawn = spread(&results[0].statistics.completion, 20);
        assert_eq!(times.len(), drawn.len());
        assert_eq!(times.iter().sum::<i64>(), (drawn[drawn.len() - 1].0 * 1e2).round() as i64);
        assert_eq!(shares.chunks(2).map(|run| run[0]).sum::<i64>(), drawn.len() as i64);
        assert_eq!(
            shares.chunks(2).map(|run| run[0] * run[1]).sum::<i64>(),
            (drawn[drawn.len() - 1].1 * 1e4).round() as i64
        );
    }

    #[test]
    fn runs_are_counted() {
        assert_eq!(json!(runs([3.0, 3.0, 4.5, 3.0].into_iter())), json!([2, 3, 1, 4.5, 1, 3]));
        assert!(runs(std::iter::empty()).is_empty());
        assert_eq!(json!(runs([f64::NAN].into_iter())), json!([1, null]));
    }
}
