//! Makes a result directory: runs the plan, or takes blocks that were saved earlier, and writes every file.

use std::cell::RefCell;
use std::io::Write;
use std::path::{Path, PathBuf};

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
use crate::metrics::Record;
use crate::plan::Plan;
use crate::report::build::Build;
use crate::report::datapackage::Contents;
use crate::report::folder::{Folder, FolderError, Left, Staging};
use crate::report::{self, cluster, format, replications};
use crate::scenario::Scenario;
use crate::sweep::{self, Block, KnownBlocks, SweepError};
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
                Left::Other => output::note(
                    "unfinished work on other inputs, or by another build of rollcast, was there; begun anew",
                ),
                Left::Nothing => {}
            }
        }
        Ok(Self { staging: Some(staging), saved, writer })
    }

    /// Runs the blocks that are not there yet and writes the directory. Blocks that are finished before a failure are kept.
    pub(super) fn run(&mut self, plan: &Plan, options: &cli::Sweep) -> Result<Written, CommandError> {
        let Some(staging) = self.staging.take() else { return Err(CommandError::Interrupted) };
        let mut keeper = Keeper::new(self, &staging);
        let mut folder = Folder::create(staging, options.written.replications_limit)?;
        folder.set_tables(options.written.format.into())?;
        folder.set_png(options.written.png);
        let effort = (options.effort.threads, options.effort.quiet);
        let known = KnownBlocks { saved: &[keeper.saved], ..KnownBlocks::default() };
        let results = simulate(plan, effort, known, &mut folder, (Vec::new(), &mut Keeping(&mut keeper, plan)));
        let mut results = results.map_err(|error| keeper.failed(plan, error))?;
        add_pods(plan, &mut results);
        Ok(Written { place: report::finish(folder, plan, &results)?, results })
    }

    /// Runs the blocks of a shard that are not there yet, and writes its directory: the blocks, and what they were made from.
    pub(super) fn run_shard(&mut self, plan: &Plan, effort: &cli::Effort) -> Result<PathBuf, CommandError> {
        let Some(staging) = self.staging.take() else { return Err(CommandError::Interrupted) };
        let mut keeper = Keeper::new(self, &staging);
        let mut folder = Folder::of_answer(staging, None);
        let (saved, blocks) = (keeper.saved, keeper.blocks.clone());
        let run =
            simulate_blocks(plan, (effort.threads, effort.quiet), saved, |block| keeper.take(&mut folder, plan, block));
        run.map_err(|error| keeper.failed(plan, error))?;
        finish_shard(folder, plan, &blocks)
    }
}

/// Writes the directory of a shard whose blocks are all in the file `blocks`.
pub(super) fn finish_shard(mut folder: Folder, plan: &Plan, blocks: &Path) -> Result<PathBuf, CommandError> {
    folder.add_file(BLOCKS, "Finished blocks, for rollcast merge", Contents::Blocks, blocks)?;
    Ok(folder.finish(plan)?)
}

/// Keeps finished blocks while a sweep runs.
struct Keeper<'w> {
    saved: &'w Saved,
    writer: &'w mut Writer,
    deferred: interrupt::Deferred,
    place: PathBuf,
    blocks: PathBuf,
    /// Rollouts that are done.
    done: u64,
}

impl<'w> Keeper<'w> {
    fn new(Work { saved, writer, .. }: &'w mut Work, staging: &Staging) -> Self {
        let (place, blocks) = (staging.path().to_owned(), staging.blocks());
        let deferred = interrupt::defer();
        if saved.replications() > 0 {
            deferred.note_kept(&place);
        }
        Self { saved, writer, deferred, place, blocks, done: 0 }
    }

    /// Writes a block, unless it is there.
    fn take(&mut self, folder: &mut Folder, plan: &Plan, block: &Block) -> Result<(), FolderError> {
        let (id, records) = (plan.scenarios[block.scenario].id, &block.records);
        self.done += records.len() as u64;
        if self.saved.holds(id, block.first, records.len() as u32) {
            return Ok(());
        }
        folder.staging().keep();
        self.deferred.note_kept(&self.place);
        let written = self.writer.write((id, block.first), records, &block.bands, &block.cluster);
        written.map_err(|source| FolderError::Io { action: "write", path: self.blocks.clone(), source })
    }

    /// Says what is kept where a run has failed.
    fn failed(&self, plan: &Plan, error: CommandError) -> CommandError {
        let done = self.done.max(self.saved.replications());
        match error {
            CommandError::Interrupted if done > 0 => {
                let most = plan.rollouts();
                let all = if plan.precision.is_some() { format!("at most {most}") } else { most.to_string() };
                CommandError::Paused { done, all, place: self.place.clone() }
            }
            error => {
                if self.done > 0 {
                    let place = self.place.display();
                    output::note(format_args!("what was done is kept in {place}; the same command goes on from there"));
                }
                error
            }
        }
    }
}

/// Keeps the blocks of a plan.
struct Keeping<'k, 'w>(&'k mut Keeper<'w>, &'k Plan);

impl Watcher for Keeping<'_, '_> {
    fn block(&mut self, folder: &mut Folder, block: &Block) -> Result<(), FolderError> {
        self.0.take(folder, self.1, block)
    }
}

/// Runs the blocks of a part of a divided sweep, or takes them from `saved`; `each` gets every block in order.
pub(super) fn simulate_blocks<E>(
    plan: &Plan,
    (threads, quiet): (usize, bool),
    saved: &Saved,
    mut each: impl FnMut(&Block) -> Result<(), E>,
) -> Result<(), CommandError>
where
    E: Send,
    CommandError: From<SweepError<E>>,
{
    let progress = Progress::new(plan, quiet);
    let no_text = |_: &Scenario, _: u32, _: &[Record]| Vec::new();
    let known = KnownBlocks { saved: &[saved], ..KnownBlocks::default() };
    let run = sweep::resume(plan, threads, interrupt::stop(), known, no_text, |block| {
        progress.advance(&block);
        each(&block)
    });
    progress.finish();
    Ok(run?)
}

/// What a run of a plan hands over while it goes on.
pub(super) trait Watcher {
    /// The next block, before its rows are written.
    fn block(&mut self, _: &mut Folder, _: &Block) -> Result<(), FolderError> {
        Ok(())
    }

    /// All rows of these scenarios are written, and no others.
    fn finished(&mut self, _: &mut Folder, _: &[ScenarioResult]) -> Result<(), FolderError> {
        Ok(())
    }
}

/// Nobody needs to know.
impl Watcher for () {}

/// Runs every scenario, or takes its blocks from those that are `known`, and writes the rows to `folder`. The first scenarios are left
/// out where their results are there from `earlier`.
pub(super) fn simulate(
    plan: &Plan,
    (threads, quiet): (usize, bool),
    known: KnownBlocks<'_>,
    folder: &mut Folder,
    (earlier, watcher): (Vec<ScenarioResult>, &mut impl Watcher),
) -> Result<Vec<ScenarioResult>, CommandError> {
    let columns = cluster::rows::Columns::of(plan);
    if earlier.is_empty() {
        folder.write_replications(&replications::header(plan))?;
        if let Some(columns) = &columns {
            folder.write_cluster(&columns.header())?;
        }
    }
    let progress = RefCell::new(Progress::new(plan, quiet));
    progress.borrow().go_on_after(earlier.iter().map(|result| result.statistics.n).sum());
    let mut rows = RowsInOrder::from(earlier.len());
    let known = KnownBlocks { finished: earlier.len(), ..known };
    let results = RefCell::new(earlier);
    let run = run_plan(
        plan,
        Effort { threads, stop: interrupt::stop() },
        known,
        replications::rows,
        |block| {
            progress.borrow().advance(block);
            if block.scenario == results.borrow().len() && block.first == 0 {
                watcher.finished(folder, &results.borrow())?;
            }
            watcher.block(folder, block)?;
            if let Some(columns) = columns.as_ref().filter(|_| !block.cluster.records.is_empty()) {
                let first = &plan.scenarios[block.scenario];
                folder.write_cluster(&columns.rows(first, block.first, &block.cluster.records))?;
            }
            rows.take(block, |rows| folder.write_replications(rows))
        },
        |forecast| {
            progress.borrow_mut().show_precision(&forecast.result);
            results.borrow_mut().push(forecast.result);
        },
    );
    progress.borrow().finish();
    run?;
    let mut results = results.into_inner();
    watcher.finished(folder, &results)?;
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
        let predicted = report::predicted::of(plan, &written.results);
        for sentence in report::predicted::sentences(plan, &predicted) {
            let lines = format::wrap(&sentence, usize::from(terminal_width())).join("\n");
            writeln!(out, "\n{lines}")?;
        }
    }
    out.flush()?;
    if !effort.quiet {
        writeln!(output::err(), "Tables, charts and report.html are in {}.", written.place.display())?;
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
    identity_of(plan, None)
}

/// The same of work that is done in another way, which `of` says.
pub(super) fn identity_of(plan: &Plan, of: Option<Value>) -> Vec<u8> {
    let inputs: Vec<Value> = plan.inputs.iter().map(|i| json!({ "path": i.path, "sha256": i.sha256 })).collect();
    let mut identity = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "build": Build::id(),
        "inputs": inputs,
        "overrides": plan.overrides,
        "shard": plan.shard,
        "group": plan.sampling.group(),
    });
    if let Some(of) = of {
        identity["of"] = of;
    }
    let mut bytes = serde_json::to_vec_pretty(&identity).expect("a JSON value is always writable");
    bytes.push(b'\n');
    bytes
}
