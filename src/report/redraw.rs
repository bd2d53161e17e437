//! Draws the charts and the page of a result folder again from its own tables.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use serde_json::Value;

use super::cluster;
use super::datapackage::{self, Resource};
use super::folder::FolderError;
use super::hash::sha256;
pub use super::loaded_table::RedrawError;
use super::loaded_table::{Adds, LoadedTable};
use super::pictures::{Picture, pictures};
use super::pods;
use super::provenance::Provenance;
use super::staging::refuse_links_to;
use super::summary::timeline_fields;
use super::what_if;
use crate::analysis::{LevelRow, NoNode, ScenarioResult, Scope, Statistics, StatisticsLine, TimelineRow};
use crate::diagnosis::{Doing, PodRow, Role};
use crate::k8s::tools::Tool;
use crate::metrics::Bounds;
use crate::stats::Estimate;

const PACKAGE: &str = "datapackage.json";
const SUMMARY: &str = "summary.csv";
/// The tables that are read. They have everything that the charts and the page show.
const TABLES: [&str; 5] = ["scenarios.csv", SUMMARY, "statistics.csv", "durations.csv", "timeline.csv"];
/// Read where they are there.
const STALLS: &str = "stalls.csv";
const WHAT_IF: &str = "what-if.csv";
const PODS: &str = "pods.csv";
/// Read where it is there. Earlier versions did not write it.
const LEVELS: &str = "levels.csv";
/// Columns of `scenarios.csv` after the parameters.
const BOUNDS: usize = 5;

/// What was drawn.
#[derive(Debug, PartialEq, Eq)]
pub struct Redrawn {
    /// Paths of the files in the folder.
    pub files: Vec<String>,
    /// Tables that are not as the sweep wrote them.
    pub changed: Vec<&'static str>,
}

/// Draws the charts and the page of the result folder `place` again, and lists them in its `datapackage.json`. Charts
/// are drawn as PNG too with `png`, or where the folder has such charts.
///
/// # Errors
/// When a file of the folder is missing or damaged, or a new one cannot be written.
pub fn redraw(place: &Path, png: bool) -> Result<Redrawn, RedrawError> {
    let bytes = read(place, PACKAGE)?;
    let unusable = |problem: String| RedrawError::Unusable { path: place.join(PACKAGE), problem };
    if !datapackage::is_ours(&bytes) {
        return Err(unusable("is not from rollcast; give the directory that a sweep wrote".into()));
    }
    let mut package: Value = serde_json::from_slice(&bytes).map_err(|error| unusable(error.to_string()))?;
    if let Some(asked) = package["rollcast"]["asked"].as_object() {
        let command = asked.keys().next().map_or("", String::as_str);
        return Err(unusable(format!(
            "is of `rollcast {command}`, which draws its page with its tables: give the same command again"
        )));
    }
    if !package["rollcast"]["overrides"]["fill"].is_null() {
        let why = "has scenarios that are predicted, which a sweep alone does: give the same command again";
        return Err(unusable(why.into()));
    }
    if package["rollcast"]["shard"].is_object() {
        let why = "is of a shard, which has no tables: draw the result of `rollcast merge`";
        return Err(unusable(why.into()));
    }
    let mut tables = Vec::new();
    let mut changed = Vec::new();
    for name in TABLES {
        let bytes = read(place, name)?;
        if recorded_hash(&package, name) != Some(sha256(&bytes)) {
            changed.push(name);
        }
        tables.push(LoadedTable::of(place.join(name), &bytes)?);
    }
    let parameters = parameters(&tables[0])?;
    let mut results = results(&tables, &parameters)?;
    let more = [(STALLS, add_stalls as Adds), (WHAT_IF, add_what_if), (LEVELS, add_levels), (PODS, add_pods)];
    for (name, add) in more.into_iter().chain(cluster::read::TABLES) {
        if let Some(hash) = recorded_hash(&package, name) {
            let bytes = read(place, name)?;
            if hash != sha256(&bytes) {
                changed.push(name);
            }
            add(&LoadedTable::of(place.join(name), &bytes)?, &mut results)?;
        }
    }
    let provenance = Provenance::read(&package, parameters).map_err(|error| unusable(error.to_string()))?;
    let png = png || has_png(place, &package);
    let pictures = pictures(&provenance, &results, &read(place, SUMMARY)?, png);
    replace(place, &mut package, &pictures)?;
    Ok(Redrawn { files: pictures.into_iter().map(|picture| picture.path).collect(), changed })
}

/// Whether one of the charts that are listed as PNG is there.
fn has_png(place: &Path, package: &Value) -> bool {
    let paths = package["resources"].as_array().into_iter().flatten().filter_map(|resource| resource["path"].as_str());
    paths.into_iter().any(|path| is_picture(path) && path.ends_with(".png") && place.join(path).is_file())
}

fn is_picture(path: &str) -> bool {
    path == "report.html" || path.starts_with("charts/") && !path.contains("..")
}

/// Writes the pictures, removes those that are no longer drawn, and lists them.
fn replace(place: &Path, package: &mut Value, pictures: &[Picture]) -> Result<(), RedrawError> {
    let resources = package["resources"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let (old, mut kept): (Vec<_>, Vec<_>) =
        resources.into_iter().partition(|resource| resource["path"].as_str().is_some_and(is_picture));
    let old_paths = || old.iter().filter_map(|resource| resource["path"].as_str());
    for path in pictures.iter().map(|picture| picture.path.as_str()).chain(old_paths()).chain([PACKAGE]) {
        refuse_links_to(place, path)?;
    }
    for picture in pictures {
        write(&place.join(&picture.path), &picture.bytes)?;
        kept.push(datapackage::resource(&Resource {
            path: picture.path.clone(),
            title: picture.title.clone(),
            contents: picture.contents.clone(),
            bytes: picture.bytes.len() as u64,
            sha256: sha256(&picture.bytes),
            omitted: false,
        }));
    }
    for path in old_paths() {
        if pictures.iter().all(|picture| picture.path != path) && place.join(path).is_file() {
            let path = place.join(path);
            fs::remove_file(&path).map_err(|source| FolderError::Io { action: "remove", path, source })?;
        }
    }
    package["resources"] = Value::Array(kept);
    write(&place.join(PACKAGE), &datapackage::written(package))
}

/// Writes a new file beside `path` and renames it, so that a reader finds either the old or the new file whole.
fn write(path: &Path, bytes: &[u8]) -> Result<(), RedrawError> {
    let failed = |source| FolderError::Io { action: "write", path: path.into(), source };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let beside = path.with_extension("new");
    let written = write_new(&beside, bytes);
    Ok(written.and_then(|()| fs::rename(&beside, path)).map_err(failed)?)
}

/// Writes a file and replaces what a process that did not finish has left there.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    File::create_new(path)?.write_all(bytes)
}

fn read(place: &Path, name: &str) -> Result<Vec<u8>, RedrawError> {
    let path = place.join(name);
    fs::read(&path).map_err(|error| RedrawError::Unusable {
        path,
        problem: format!("cannot be read ({error}); run the sweep again to have all its files"),
    })
}

fn recorded_hash(package: &Value, name: &str) -> Option<String> {
    let resource = package["resources"].as_array()?.iter().find(|resource| resource["path"] == name)?;
    Some(resource["hash"].as_str()?.strip_prefix("sha256:")?.to_owned())
}

/// Takes over what the pods did.
fn add_pods(table: &LoadedTable, results: &mut [ScenarioResult]) -> Result<(), RedrawError> {
    let columns = pods::fields().iter().map(|field| table.column(&field.name)).collect::<Result<Vec<_>, _>>()?;
    let word = |row: &csv::StringRecord, place: usize| row.get(columns[place]).unwrap_or_default().to_owned();
    for row in &table.rows {
        let wrong = |place: usize| table.wrong(row, columns[place]);
        let read = PodRow {
            scenario: table.required(row, columns[0])?,
            replication: table.required(row, columns[1])?,
            role: Role::named(&word(row, 2)).ok_or_else(|| wrong(2))?,
            pod: word(row, 3),
            version: table.optional(row, columns[4])?,
            node: table.optional(row, columns[5])?,
            phase: Doing::named(&word(row, 6)).ok_or_else(|| wrong(6))?,
            from_s: table.required(row, columns[7])?,
            to_s: table.required(row, columns[8])?,
            deciding: table.required::<u32>(row, columns[9])? == 1,
            pods: table.required(row, columns[10])?,
        };
        let of_row = |result: &&mut ScenarioResult| result.scenario == read.scenario;
        if let Some(result) = results.iter_mut().find(of_row) {
            result.pods.push(read);
        }
    }
    Ok(())
}

/// Takes over why pods found no node.
fn add_stalls(stalls: &LoadedTable, results: &mut [ScenarioResult]) -> Result<(), RedrawError> {
    for row in &stalls.rows {
        let scenario: u32 = stalls.required(row, 0)?;
        let message = stalls.required(row, stalls.column("message")?)?;
        let (rollouts, stalled) = (stalls.column("rollouts")?, stalls.column("stalled")?);
        let found = NoNode::new(message, stalls.required(row, rollouts)?, stalls.required(row, stalled)?);
        results
            .iter_mut()
            .filter(|result| result.scenario == scenario)
            .for_each(|result| result.no_node = Some(found.clone()));
    }
    Ok(())
}

/// Takes over what would change the answers.
fn add_what_if(table: &LoadedTable, results: &mut [ScenarioResult]) -> Result<(), RedrawError> {
    for field in what_if::fields() {
        table.column(&field.name)?;
    }
    for row in &table.rows {
        let scenario: u32 = table.required(row, 0)?;
        let field = |name: &str| table.column(name).ok().and_then(|column| row.get(column)).unwrap_or_default();
        let read = what_if::read(field).ok_or_else(|| table.wrong(row, 1))?;
        results
            .iter_mut()
            .filter(|result| result.scenario == scenario)
            .for_each(|result| result.what_if.push(read.clone()));
    }
    Ok(())
}

/// Takes over how many pods are available over time.
fn add_levels(levels: &LoadedTable, results: &mut [ScenarioResult]) -> Result<(), RedrawError> {
    let mut groups = levels.by_scenario()?;
    for result in results {
        let rows = groups.remove(&result.scenario).unwrap_or_default();
        result.levels = rows.into_iter().map(|row| level_row(levels, row)).collect::<Result<_, _>>()?;
    }
    Ok(())
}

/// The swept parameters, which are the columns of `scenarios.csv` between the number and the counts of pods.
fn parameters(scenarios: &LoadedTable) -> Result<Vec<String>, RedrawError> {
    let end = scenarios.column("desired_pods")?;
    if scenarios.header.len() != end + BOUNDS {
        let problem = "has other columns than rollcast writes".into();
        return Err(RedrawError::Unusable { path: scenarios.path.clone(), problem });
    }
    Ok(scenarios.header.iter().take(end).skip(1).map(str::to_owned).collect())
}

fn results(tables: &[LoadedTable], parameters: &[String]) -> Result<Vec<ScenarioResult>, RedrawError> {
    let [scenarios, summary, statistics, durations, timeline] = tables else { return Ok(Vec::new()) };
    let n_column = summary.column("n")?;
    let instants = timeline_fields().iter().map(|field| timeline.column(&field.name)).collect::<Result<Vec<_>, _>>()?;
    let (summaries, lines) = (summary.by_scenario()?, statistics.by_scenario()?);
    let (completions, timelines) = (durations.by_scenario()?, timeline.by_scenario()?);
    let result = |row: &csv::StringRecord| {
        let scenario: u32 = scenarios.required(row, 0)?;
        let first = 1 + parameters.len();
        let pods = |place| scenarios.required::<u32>(row, first + place);
        let of = |groups: &BTreeMap<u32, Vec<_>>| groups.get(&scenario).cloned().unwrap_or_default();
        let Some(own) = of(&summaries).first().copied() else {
            let problem = format!("has no row for scenario {scenario}");
            return Err(RedrawError::Unusable { path: summary.path.clone(), problem });
        };
        Ok(ScenarioResult {
            scenario,
            parameters: parameters.iter().cloned().zip(row.iter().skip(1).map(str::to_owned)).collect(),
            replicas: pods(0)?,
            bounds: Bounds {
                floor: pods(1)?,
                objective: pods(2)?,
                ceiling: pods(3)?,
                capacity: scenarios.required(row, first + 4)?,
            },
            statistics: Statistics {
                n: summary.required(own, n_column)?,
                lines: statistic_lines(statistics, &of(&lines))?,
                completion: of(&completions)
                    .into_iter()
                    .map(|row| Ok((durations.required(row, 1)?, durations.required(row, 2)?)))
                    .collect::<Result<_, RedrawError>>()?,
            },
            timeline: of(&timelines)
                .into_iter()
                .map(|row| timeline_row(timeline, &instants, row))
                .collect::<Result<_, _>>()?,
            levels: Vec::new(),
            // Neither the charts nor the page show these two.
            achieved: Vec::new(),
            differences: Vec::new(),
            no_node: None,
            inputs: None,
            what_if: Vec::new(),
            chosen: Default::default(),
            pods: Vec::new(),
            cluster: None,
        })
    };
    scenarios.rows.iter().map(result).collect()
}

/// The statistics of a scenario. Every scenario has the same lines, so that those of no records name all of them.
fn statistic_lines(table: &LoadedTable, rows: &[&csv::StringRecord]) -> Result<Vec<StatisticsLine>, RedrawError> {
    let mut scope = Scope::default();
    (scope.columns.after, scope.columns.placement) = (true, true);
    scope.columns.tools = [true; Tool::ALL.len()];
    let known = Statistics::of(&[], &scope).lines;
    let line = |row: &&csv::StringRecord| {
        let is = |one: &&StatisticsLine| {
            row.get(1) == Some(one.figure.measure.name()) && row.get(2) == Some(one.figure.statistic.as_str())
        };
        let figure = known.iter().find(is).ok_or_else(|| table.wrong(row, 1))?.figure;
        let estimate = Estimate {
            value: table.optional(row, 3)?,
            low: table.optional(row, 4)?,
            high: table.optional(row, 5)?,
            n: table.required(row, 6)?,
            carriers: table.optional(row, 7)?,
        };
        Ok(StatisticsLine { figure, estimate })
    };
    rows.iter().map(line).collect()
}

/// `columns` are those of [`timeline_fields`].
fn timeline_row(table: &LoadedTable, columns: &[usize], row: &csv::StringRecord) -> Result<TimelineRow, RedrawError> {
    let levels = |first: usize| {
        let mut levels = [0.0; 5];
        for (level, column) in levels.iter_mut().zip(&columns[first..]) {
            *level = table.required(row, *column)?;
        }
        Ok::<_, RedrawError>(levels)
    };
    let at_s = table.required(row, columns[1])?;
    Ok(TimelineRow { at_s, available: levels(2)?, ready: levels(7)?, footprint: levels(12)? })
}

fn level_row(table: &LoadedTable, row: &csv::StringRecord) -> Result<LevelRow, RedrawError> {
    Ok(LevelRow { at_s: table.required(row, 1)?, level: table.required(row, 2)?, share: table.required(row, 3)? })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::report::folder::{Folder, Staging};
    use crate::report::tests::fixture;
    use crate::report::{finish, replications};

    fn swept(place: &Path) -> Vec<ScenarioResult> {
        let (plan, mut results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        // The made-up statistics have no name of their own in every case; the real ones do.
        for result in &mut results {
            let known = Statistics::of(&[], &Scope::default()).lines;
            result.statistics.lines.retain(|line| known.iter().any(|other| other.figure == line.figure));
        }
        let mut folder = Folder::create(Staging::open(place, b"").unwrap(), None).unwrap();
        folder.write_replications(&replications::header(&plan)).unwrap();
        finish(folder, &plan, &results).unwrap();
        results
    }

    fn contents(place: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let files = |folder: PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let all = files(place.to_owned()).chain(files(place.join("charts"))).filter(|path| path.is_file());
        all.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }

    #[test]
    fn drawn_again_every_byte_is_the_same() {
        let scratch = tempfile::tempdir().unwrap();
        let place = scratch.path().join("out");
        swept(&place);
        let before = contents(&place);
        fs::remove_dir_all(place.join("charts")).unwrap();
        fs::write(place.join("report.html"), "gone").unwrap();
        let redrawn = redraw(&place, false).unwrap();
        assert!(redrawn.changed.is_empty());
        assert_eq!(redrawn.files.last().map(String::as_str), Some("report.html"));
        let after = contents(&place);
        assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
        for (path, bytes) in &before {
            assert!(after[path] == *bytes, "{} differs", path.display());
        }
    }

    #[test]
    fn tables_that_were_edited_are_reported_and_damaged_ones_refused() {
        let scratch = tempfile::tempdir().unwrap();
        let place = scratch.path().join("out");
        swept(&place);
        let path = place.join("timeline.csv");
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, whole.lines().take(3).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        assert_eq!(redraw(&place, false).unwrap().changed, ["timeline.csv"]);
        fs::write(&path, whole.replacen("\n0,0,", "\n0,x,", 1)).unwrap();
        let error = redraw(&place, false).unwrap_err().to_string();
        assert!(error.contains("timeline.csv: line 2: t_s has no meaning: `x`"), "{error}");
        fs::write(&path, whole.replacen("ready_p05", "steady", 1)).unwrap();
        let error = redraw(&place, false).unwrap_err().to_string();
        assert!(error.contains("timeline.csv: has no column ready_p05: another rollcast wrote it"), "{error}");
        fs::remove_file(&path).unwrap();
        assert!(redraw(&place, false).unwrap_err().to_string().contains("timeline.csv: cannot be read"));
    }

    #[test]
    fn foreign_directories_are_not_touched() {
        let scratch = tempfile::tempdir().unwrap();
        assert!(redraw(scratch.path(), false).is_err());
        fs::write(scratch.path().join(PACKAGE), r#"{"name": "other"}"#).unwrap();
        assert!(redraw(scratch.path(), false).unwrap_err().to_string().contains("not from rollcast"));
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }
}
