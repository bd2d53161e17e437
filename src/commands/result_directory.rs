//! Makes a result directory: runs the plan, or takes blocks that were saved earlier, and writes every file.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::answer::{Answer, CommandError};
use super::progress::Progress;
use super::rows_in_order::RowsInOrder;
use super::terminal::terminal_width;
use super::{check, interrupt, output};
use crate::analysis::{ScenarioResult, cluster_verdicts, verdicts};
use crate::blocks::{Saved, Writer};
use crate::cli;
use crate::experiment::{Effort, add_pods, run_plan};
use crate::plan::Plan;
use crate::report::datapackage::Contents;
use crate::report::folder::{Folder, FolderError, Left, Staging};
use crate::report::{self, cluster, format, replications};
use crate::sweep::Block;
use crate::what_if;

/// Name of the file with the blocks of a shard in its result directory.
pub(super) const BLOCKS: &str = "blocks.bin";

/// A finished result directory.
pub(super) struct Written {
    pub(super) place: PathBuf,
    pub(super) results: Vec<ScenarioResult>,
}

/// The staging directory of a sweep, and the blocks that an earlier run of the same sweep left there.
pub(super) struct Work {
    staging: Option<Staging>,
    saved: Saved,
    writer: Writer,
}

impl Work {
    /// Opens the staging directory of `out` and reads the blocks that an earlier run of the same plan left there.
    pub(super) fn open(out: &Path, plan: &Plan, options: &cli::Sweep) -> Result<Self, CommandError> {
        let identity = identity(plan);
        if options.resume {
            require_unfinished(out, Staging::look(out, &identity))?;
        }
        let staging = Staging::open(out, &identity)?;
        let path = staging.blocks();
        let mut saved = Saved::default();
        // A file that was cut off before its first complete block is begun again.
        let usable = staging.left() == Left::Ours && saved.add(&path).is_ok();
        let writer = if usable { Writer::append(&path, &saved) } else { Writer::create(&path) };
        let writer = writer.map_err(|source| FolderError::Io { action: "write", path, source })?;
        if !options.effort.quiet {
            match staging.left() {
                Left::Ours => {
                    output::note(format_args!("going on after {} rollouts that are done", saved.replications()))
                }
                Left::Other => output::note("unfinished work on other inputs was there; begun anew"),
                Left::Nothing => {}
            }
        }
        Ok(Self { staging: Some(staging), saved, writer })
    }

    /// Runs the blocks that are not there yet and writes the directory. Blocks that are finished before a failure are kept.
    pub(super) fn run(&mut self, plan: &Plan, options: &cli::Sweep) -> Result<Written, CommandError> {
        let Some(staging) = self.staging.take() else { return Err(CommandError::Interrupted) };
        let (place, blocks) = (staging.path().to_owned(), staging.blocks());
        let mut done = 0;
        let deferred = interrupt::defer();
        if self.saved.replications() > 0 {
            deferred.note_kept(&place);
        }
        let Self { saved, writer, .. } = self;
        let mut folder = Folder::create(staging, options.written.replications_limit)?;
        folder.set_tables(options.written.format.into())?;
        folder.set_png(options.written.png);
        let results =
            simulate(plan, (options.effort.threads, options.effort.quiet), saved, &mut folder, |folder, block| {
                let (id, records) = (plan.scenarios[block.scenario].id, &block.records);
                done += records.len() as u64;
                if saved.holds(id, block.first, records.len() as u32) {
                    return Ok(());
                }
                folder.staging().keep();
                deferred.note_kept(&place);
                let written = writer.write((id, block.first), records, &block.bands, &block.cluster);
                written.map_err(|source| FolderError::Io { action: "write", path: blocks.clone(), source })
            });
        let mut results = match results {
            Err(CommandError::Interrupted) if done.max(saved.replications()) > 0 => {
                let most = plan.scenarios.len() as u64 * u64::from(plan.replications);
                let all = if plan.precision.is_some() { format!("at most {most}") } else { most.to_string() };
                return Err(CommandError::Paused { done: done.max(saved.replications()), all, place });
            }
            Err(error) if done > 0 => {
                let place = place.display();
                output::note(format_args!("what was done is kept in {place}; the same command goes on from there"));
                return Err(error);
            }
            other => other?,
        };
        if plan.shard.is_some() {
            folder.add_file(BLOCKS, "Finished blocks, for rollcast merge", Contents::Blocks, &blocks)?;
        }
        add_pods(plan, &mut results);
        Ok(Written { place: report::finish(folder, plan, &results)?, results })
    }
}

/// Runs every scenario, or takes its blocks from `saved`, and writes the rows to `folder`. `each` gets every block first.
pub(super) fn simulate(
    plan: &Plan,
    (threads, quiet): (usize, bool),
    saved: &Saved,
    folder: &mut Folder,
    mut each: impl FnMut(&mut Folder, &Block) -> Result<(), FolderError>,
) -> Result<Vec<ScenarioResult>, CommandError> {
    folder.write_replications(&replications::header(plan))?;
    let columns = cluster::rows::Columns::of(plan);
    if let Some(columns) = &columns {
        folder.write_cluster(&columns.header())?;
    }
    let progress = RefCell::new(Progress::new(plan, quiet));
    let mut rows = RowsInOrder::default();
    let mut results = Vec::with_capacity(plan.scenarios.len());
    let run = run_plan(
        plan,
        Effort { threads, stop: interrupt::stop() },
        saved,
        replications::rows,
        |block| {
            progress.borrow().advance(block);
            each(folder, block)?;
            if let Some(columns) = columns.as_ref().filter(|_| !block.cluster.records.is_empty()) {
                let first = &plan.scenarios[block.scenario];
                folder.write_cluster(&columns.rows(first, block.first, &block.cluster.records))?;
            }
            rows.take(block, |rows| folder.write_replications(rows))
        },
        |forecast| {
            progress.borrow_mut().show_precision(&forecast.result);
            results.push(forecast.result);
        },
    );
    progress.borrow().finish();
    run?;
    add_what_if(plan, threads, &mut results)?;
    Ok(results)
}

/// Makes the what-if runs, which depend on the plan and the results alone.
fn add_what_if(plan: &Plan, threads: usize, results: &mut [ScenarioResult]) -> Result<(), CommandError> {
    what_if::add_to(plan, results, threads).map_err(|error| CommandError::Threads(error.to_string()))
}

/// Prints the answer, and where the files are.
pub(super) fn print_answer(
    plan: &Plan,
    written: &Written,
    format: cli::Output,
    effort: &cli::Effort,
) -> Result<Answer, CommandError> {
    let judged = check::judged(plan, effort.check);
    let verdicts = verdicts(&judged.objectives, &written.results);
    let remark = check::remark(plan, effort.check);
    let by_default = effort.check && plan.objectives.is_empty();
    let mut out = output::out();
    if format == cli::Output::Json {
        for result in &written.results {
            write!(out, "{}", report::json::result(plan, result, &verdicts, by_default))?;
        }
    } else {
        write!(out, "{}{remark}", report::text::summary(&judged, &written.results, &verdicts, terminal_width()))?;
        write!(out, "{}", report::caveats::text(&plan.caveats, None, terminal_width()))?;
    }
    out.flush()?;
    if !effort.quiet {
        let mut err = output::err();
        writeln!(err, "Tables, charts and report.html are in {}.", written.place.display())?;
        if let Some(shard) = plan.shard {
            let scenarios = format::plural(written.results.len() as u64, "scenario");
            writeln!(err, "This is shard {shard}, {scenarios}: `rollcast merge` joins all {}.", shard.of)?;
        }
    }
    let of_cluster = cluster_verdicts(&plan.cluster_objectives, &written.results);
    Ok(check::answer(effort.check, &verdicts, &of_cluster, plan.caveats.is_conditional(None)))
}

/// Checks for `--resume` that there is unfinished work of the same inputs, options and program.
fn require_unfinished(out: &Path, left: Left) -> Result<(), CommandError> {
    let why = match left {
        Left::Ours => return Ok(()),
        Left::Nothing => "there is no unfinished work",
        Left::Other => {
            "the unfinished work there is on other inputs, options or another build of rollcast (its identity.json tells)"
        }
    };
    Err(CommandError::Input(format!("--resume: {}: {why}; leave --resume out to begin anew", out.display())))
}

/// The identity of unfinished work: everything that its numbers depend on. A sweep continues only work of its own identity.
fn identity(plan: &Plan) -> Vec<u8> {
    let inputs: Vec<Value> = plan.inputs.iter().map(|i| json!({ "path": i.path, "sha256": i.sha256 })).collect();
    let identity = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "program": program().unwrap_or_default(),
        "inputs": inputs,
        "overrides": plan.overrides,
        "shard": plan.shard,
        "group": plan.sampling.group(),
    });
    let mut bytes = serde_json::to_vec_pretty(&identity).expect("a JSON value is always writable");
    bytes.push(b'\n');
    bytes
}

/// Size and time of the program file, which distinguish two builds of the same version. Results do not contain them.
fn program() -> io::Result<String> {
    let file = std::env::current_exe()?.metadata()?;
    let since = file.modified()?.duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    Ok(format!("{} bytes, {}", file.len(), since.as_nanos()))
}
