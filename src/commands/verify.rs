//! `rollcast verify`: runs a result directory again and compares.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::answer::{Answer, CommandError};
use super::result_directory::{finish_shard, simulate, simulate_blocks};
use super::{capacity, interrupt, output, sensitivity};
use crate::blocks::{Saved, Writer};
use crate::capacity::Failure;
use crate::cli;
use crate::experiment::add_pods;
use crate::plan::{Overrides, Plan, Shard};
use crate::report;
use crate::report::build::Build;
use crate::report::capacity::Answered;
use crate::report::datapackage::{self, Asked, AskedSensitivity};
use crate::report::diff::{self, FirstDifference};
use crate::report::folder::{Folder, FolderError, Staging, Tables};
use crate::report::format::plural;
use crate::report::hash::sha256_of;
use crate::report::json::versioned;
use crate::report::package::{Package, PackageFile};
use crate::scenario::Scenario;
use crate::sweep::{self, KnownBlocks};

/// Names (without the ending) of the tables in which every row belongs to one scenario.
const BY_SCENARIO: [&str; 12] = [
    "replications",
    "summary",
    "statistics",
    "timeline",
    "scenarios",
    "durations",
    "precision",
    "cluster",
    "cluster-statistics",
    "cluster-timeline",
    "cluster-room",
    "cluster-stalls",
];
const PACKAGE: &str = "datapackage.json";

/// What the comparison found.
#[derive(Debug, Serialize)]
struct Findings {
    matched: bool,
    made_by: Maker,
    checked_by: Maker,
    /// Number of scenarios that were run again.
    scenarios: usize,
    replications: u64,
    files: Vec<Finding>,
}

/// The program that made a result, or that checks it.
#[derive(Debug, Serialize)]
struct Maker {
    version: String,
    #[serde(flatten)]
    build: Build,
}

/// What the comparison found about one file.
#[derive(Debug, Serialize)]
struct Finding {
    path: String,
    matched: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_difference: Option<FirstDifference>,
}

/// `rollcast verify`: whether the recorded inputs give the recorded files.
///
/// # Errors
/// When the directory is none of results, or what it was made from is not in it. See [`CommandError`].
pub fn verify(options: &cli::Verify) -> Result<Answer, CommandError> {
    let recorded = Package::read(&options.place)?;
    let mut findings = Findings {
        matched: true,
        made_by: Maker { version: recorded.version.clone(), build: recorded.build.clone().unwrap_or_default() },
        checked_by: Maker::this(),
        scenarios: 0,
        replications: 0,
        files: Vec::new(),
    };
    if !options.quiet {
        findings.tell_makers();
    }
    for path in recorded.changed_inputs()? {
        findings.add(path, "is not the input that was recorded, so nothing was run".into(), None);
    }
    if findings.matched {
        let repeated = repeat(&recorded, options, &mut findings)?;
        let only = repeated.only.as_ref();
        for file in recorded.files.iter().filter(|file| only.is_none() || is_by_scenario(&file.path)) {
            let found = repeated.compare(&recorded, file)?;
            match found {
                Some((why, difference)) => findings.add(&file.path, why, difference),
                None => findings.files.push(Finding::matched(&file.path)),
            }
        }
        if only.is_none() {
            repeated.compare_packages(&recorded, &mut findings)?;
        }
    }
    print(options, &recorded, &findings)?;
    Ok(if findings.matched { Answer::Yes } else { Answer::No })
}

fn is_by_scenario(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(stem, _)| BY_SCENARIO.contains(&stem))
}

/// The result directory that the repetition wrote.
struct Repeated {
    // The temporary directory is deleted when this value is dropped.
    scratch: tempfile::TempDir,
    result: Package,
    only: Option<BTreeSet<u32>>,
}

fn repeat(recorded: &Package, options: &cli::Verify, findings: &mut Findings) -> Result<Repeated, CommandError> {
    if let Some(asked) = &recorded.asked {
        return repeat_answer(recorded, asked, options, findings);
    }
    if let Some(shard) = recorded.shard {
        return repeat_shard(recorded, shard, options, findings);
    }
    let mut plan = recorded.plan()?;
    let only = options.sample.and_then(|count| sample(&plan, count));
    if let Some(only) = &only {
        plan.scenarios.retain(|scenario| only.contains(&scenario.id));
    }
    let _deferred = interrupt::defer();
    let scratch = scratch()?;
    let place = scratch.path().join("result");
    let mut folder = Folder::create(Staging::open(&place, b"verify")?, limit_of(recorded))?;
    let parquet = recorded.files.iter().any(|file| file.path.ends_with(".parquet"));
    folder.set_tables(if parquet { Tables::Parquet } else { Tables::Csv })?;
    folder.set_png(recorded.files.iter().any(|file| file.path.ends_with(".png")));
    let (effort, nobody) = ((options.threads, options.quiet), (Vec::new(), &mut ()));
    let mut results = simulate(&plan, effort, KnownBlocks::default(), &mut folder, nobody)?;
    add_pods(&plan, &mut results);
    report::finish(folder, &plan, &results)?;
    findings.scenarios = plan.scenarios.len();
    findings.replications = results.iter().map(|result| result.statistics.n).sum();
    Ok(Repeated { result: Package::read(&place)?, scratch, only })
}

/// The same for a shard, which has nothing but blocks.
fn repeat_shard(
    recorded: &Package,
    shard: Shard,
    options: &cli::Verify,
    findings: &mut Findings,
) -> Result<Repeated, CommandError> {
    refuse_sample(options, recorded, "a shard")?;
    let mut plan = recorded.plan()?;
    sweep::keep_shard(&mut plan, shard, options.threads, interrupt::stop())?;
    let _deferred = interrupt::defer();
    let scratch = scratch()?;
    let place = scratch.path().join("result");
    let mut folder = Folder::of_answer(Staging::open(&place, b"verify")?, None);
    let blocks = folder.staging().blocks();
    let unwritable = |source| FolderError::Io { action: "write", path: blocks.clone(), source };
    let mut writer = Writer::create(&blocks).map_err(unwritable)?;
    simulate_blocks(&plan, (options.threads, options.quiet), &Saved::default(), |block| {
        findings.replications += block.records.len() as u64;
        let id = plan.scenarios[block.scenario].id;
        writer.write((id, block.first), &block.records, &block.bands, &block.cluster).map_err(unwritable)
    })?;
    finish_shard(folder, &plan, &blocks)?;
    findings.scenarios = plan.scenarios.len();
    Ok(Repeated { result: Package::read(&place)?, scratch, only: None })
}

/// A temporary directory.
fn scratch() -> Result<tempfile::TempDir, FolderError> {
    let unusable = |source| FolderError::Io { action: "create a directory in", path: std::env::temp_dir(), source };
    tempfile::tempdir().map_err(unusable)
}

fn refuse_sample(options: &cli::Verify, recorded: &Package, what: &str) -> Result<(), CommandError> {
    if options.sample.is_none() {
        return Ok(());
    }
    let place = recorded.place.display();
    Err(CommandError::Input(format!("{place}: --sample: {what} is repeated as a whole; leave --sample out")))
}

/// The same for the answer to a question.
fn repeat_answer(
    recorded: &Package,
    asked: &Asked,
    options: &cli::Verify,
    findings: &mut Findings,
) -> Result<Repeated, CommandError> {
    refuse_sample(options, recorded, &format!("a result of `rollcast {}`", asked.command()))?;
    let scratch = scratch()?;
    let place = scratch.path().join("result");
    let png = recorded.files.iter().any(|file| file.path.ends_with(".png"));
    let effort = (options.threads, options.quiet);
    (findings.scenarios, findings.replications) = match asked {
        Asked::Capacity(at_once) => repeat_capacity((recorded, at_once), (&place, png), effort)?,
        Asked::Sensitivity(asked) => repeat_sensitivity((recorded, asked), (&place, png), effort)?,
    };
    Ok(Repeated { result: Package::read(&place)?, scratch, only: None })
}

/// How many numbers at a time and how many releases were simulated.
fn repeat_capacity(
    (recorded, at_once): (&Package, &[u32]),
    (place, png): (&Path, bool),
    (threads, quiet): (usize, bool),
) -> Result<(usize, u64), CommandError> {
    let plan = recorded.plan()?;
    let deferred = interrupt::defer();
    let folder = capacity::folder(place, at_once, png)?;
    let found = capacity::simulate(&plan, (at_once, threads, quiet), &deferred)?;
    let Some(world) = plan.world(0) else { return Err(Failure::NoWorld.into()) };
    report::capacity::write(folder, Answered { plan: &plan, world, capacity: &found })?;
    Ok((found.trials.len(), found.trials.iter().map(|trial| trial.releases).sum()))
}

/// How many points and how many rollouts were simulated.
fn repeat_sensitivity(
    (recorded, asked): (&Package, &AskedSensitivity),
    (place, png): (&Path, bool),
    effort: (usize, bool),
) -> Result<(usize, u64), CommandError> {
    let plan = recorded.plan()?;
    let _deferred = interrupt::defer();
    let folder = sensitivity::folder(place, asked.clone(), png)?;
    let replan = |overrides: &Overrides| Plan::reload(&recorded.copies(), overrides);
    let found = sensitivity::simulate(&plan, asked, &replan, effort)?;
    let scenario = super::source::choose(&plan, asked.scenario)?;
    report::sensitivity::write(folder, report::sensitivity::Answered { plan: &plan, scenario, found: &found })?;
    let points = found.points();
    Ok((points, points as u64 * u64::from(found.replications)))
}

/// The limit for rows that leaves out what was left out, and nothing else.
fn limit_of(recorded: &Package) -> Option<u64> {
    let omitted = recorded.files.iter().filter(|file| file.omitted);
    omitted.map(|file| file.bytes.saturating_sub(1)).min()
}

/// Chooses `count` scenarios: those with the least SHA-256 of seed and number, so that the choice is the same every time. The
/// workloads of a world are chosen together. `None`: there are no more than `count`.
fn sample(plan: &Plan, count: u32) -> Option<BTreeSet<u32>> {
    let key = |point: u32| (Sha256::digest(format!("{}/{point}", plan.seed)).to_vec(), point);
    let mut keys: Vec<_> = plan.scenarios.iter().map(|scenario| key(scenario.point())).collect();
    keys.sort();
    keys.dedup();
    if keys.len() <= count as usize {
        return None;
    }
    let chosen: BTreeSet<u32> = keys.into_iter().take(count as usize).map(|(_, point)| point).collect();
    let is_chosen = |scenario: &&Scenario| chosen.contains(&scenario.point());
    Some(plan.scenarios.iter().filter(is_chosen).map(|scenario| scenario.id).collect())
}

type Found = Option<(String, Option<FirstDifference>)>;

impl Repeated {
    fn compare(&self, recorded: &Package, file: &PackageFile) -> Result<Found, CommandError> {
        let (old, new) = (recorded.place.join(&file.path), self.result.place.join(&file.path));
        let Some(again) = self.result.files.iter().find(|other| other.path == file.path) else {
            return Ok(Some(("is not made any more".into(), None)));
        };
        if file.omitted {
            let same = self.only.is_some() || again.sha256 == file.sha256;
            let why = "was left out when the directory was written, and would have another SHA-256 now";
            return Ok((!same).then(|| (why.into(), None)));
        }
        let reading = |source| CommandError::Reading { path: old.clone(), source };
        let present = match sha256_of(&old) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(("is missing".into(), None))),
            present => present.map_err(reading)?,
        };
        if present != file.sha256 && present == again.sha256 {
            return Ok(Some(("comes out as it is here, but datapackage.json records another SHA-256".into(), None)));
        }
        if present != file.sha256 {
            let difference = self.difference(file, &old, &new).map_err(reading)?;
            return Ok(Some(("was changed after it was written".into(), difference)));
        }
        if self.only.is_none() && present == again.sha256 {
            return Ok(None);
        }
        let difference = self.difference(file, &old, &new).map_err(reading)?;
        if self.only.is_some() && difference.is_none() {
            return Ok(None);
        }
        Ok(Some(("comes out different".into(), difference)))
    }

    /// The first row that differs; where all rows are equal but the bytes are not, the first byte that differs.
    fn difference(&self, file: &PackageFile, old: &Path, new: &Path) -> io::Result<Option<FirstDifference>> {
        let only = self.only.as_ref();
        let rows = match file.path.rsplit_once('.') {
            Some((_, "csv")) => diff::tables(old, new, only)?,
            Some((_, "parquet")) => {
                let [old, new] = [(old, "old.csv"), (new, "new.csv")]
                    .map(|(table, name)| as_csv(table, self.scratch.path().join(name)));
                // A damaged file cannot be read as Parquet; its bytes are compared instead.
                if let (Ok(old), Ok(new)) = (old, new) { diff::tables(&old, &new, only)? } else { None }
            }
            _ => None,
        };
        if rows.is_some() || self.only.is_some() { Ok(rows) } else { diff::bytes(old, new) }
    }

    /// Compares the descriptions (`datapackage.json`) of both directories, and the lists of their files.
    fn compare_packages(&self, recorded: &Package, findings: &mut Findings) -> Result<(), CommandError> {
        for new in self.result.files.iter().filter(|new| !recorded.files.iter().any(|old| old.path == new.path)) {
            findings.add(&new.path, "is not in the directory, but is made now".into(), None);
        }
        let [old, new] = [&recorded.place, &self.result.place].map(|place| place.join(PACKAGE));
        let reading = |source| CommandError::Reading { path: old.clone(), source };
        // Which build made the result is told and not compared.
        let as_theirs = datapackage::as_of(&fs::read(&new).map_err(reading)?, recorded.build.as_ref());
        as_theirs.map_err(io::Error::from).and_then(|bytes| fs::write(&new, bytes)).map_err(reading)?;
        match diff::bytes(&old, &new).map_err(reading)? {
            None => findings.files.push(Finding::matched(PACKAGE)),
            Some(_) if !findings.matched || recorded.version != env!("CARGO_PKG_VERSION") => {}
            difference => findings.add(PACKAGE, "comes out different".into(), difference),
        }
        Ok(())
    }
}

#[cfg(feature = "parquet")]
fn as_csv(table: &Path, to: PathBuf) -> io::Result<PathBuf> {
    fs::write(&to, report::parquet::to_csv(fs::File::open(table)?)?)?;
    Ok(to)
}

#[cfg(not(feature = "parquet"))]
fn as_csv(_: &Path, _: PathBuf) -> io::Result<PathBuf> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Finding {
    fn matched(path: &str) -> Self {
        Self { path: path.into(), matched: true, why: None, first_difference: None }
    }
}

impl Maker {
    fn this() -> Self {
        Self { version: env!("CARGO_PKG_VERSION").into(), build: Build::this() }
    }
}

impl fmt::Display for Maker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rollcast {} ({})", self.version, self.build)
    }
}

impl Findings {
    /// Says on standard error which program made the result, and which one checks it.
    fn tell_makers(&self) {
        let why = if self.made_by.version == self.checked_by.version { "" } else { ", which may be why files differ" };
        output::note(format_args!("made by {}", self.made_by));
        output::note(format_args!("checked by {}{why}", self.checked_by));
    }

    fn add(&mut self, path: &str, why: String, first_difference: Option<FirstDifference>) {
        self.matched = false;
        self.files.push(Finding { path: path.into(), matched: false, why: Some(why), first_difference });
    }
}

fn print(options: &cli::Verify, recorded: &Package, findings: &Findings) -> io::Result<()> {
    let mut out = output::out();
    if options.format == cli::Format::Json {
        let object = versioned(serde_json::to_value(findings).map_err(io::Error::from)?);
        return writeln!(out, "{object:#}");
    }
    for finding in findings.files.iter().filter(|finding| !finding.matched) {
        writeln!(out, "{}: {}", finding.path, finding.why.as_deref().unwrap_or_default())?;
        match &finding.first_difference {
            Some(FirstDifference::Row { row, line, recorded, repeated }) => {
                let or_none = |row: &Option<String>| row.clone().unwrap_or_else(|| "(no such row)".into());
                writeln!(out, "  first in row {row} (line {line}):")?;
                writeln!(out, "  recorded: {}\n  repeated: {}", or_none(recorded), or_none(repeated))?;
            }
            Some(FirstDifference::Byte(at)) => writeln!(out, "  first in byte {at}")?,
            None => {}
        }
    }
    let place = recorded.place.display();
    let differing = findings.files.iter().filter(|finding| !finding.matched).count();
    let (scenarios, rollouts) =
        (plural(findings.scenarios as u64, "scenario"), plural(findings.replications, "rollout"));
    let what = match &recorded.asked {
        None => format!("{scenarios}, {rollouts} run again"),
        Some(Asked::Capacity(_)) => {
            let numbers = plural(findings.scenarios as u64, "number");
            format!("{numbers} at a time, {} run again", plural(findings.replications, "release"))
        }
        Some(Asked::Sensitivity(_)) => {
            format!("{}, {rollouts} run again", plural(findings.scenarios as u64, "point"))
        }
    };
    match (options.sample, differing) {
        (None, 0) => writeln!(out, "{place}: {what}, {} files with the same bytes.", findings.files.len()),
        (Some(_), 0) => writeln!(out, "{place}: {what}, all their rows the same."),
        (_, differing) => writeln!(out, "{place}: {what}, {differing} of {} files differ.", findings.files.len()),
    }
}
