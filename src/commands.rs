//! What each command does, from the plan to the last line printed.

mod redraw;

pub use redraw::redraw;

use std::convert::Infallible;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

mod recommend;
mod start;

pub use recommend::recommend;
pub use start::{completions, man, new, schema};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde_json::json;

use crate::analysis::{self, Difference, ScenarioResult, Statistics, TimelineRow};
use crate::cli;
use crate::input::{InputError, defaults};
use crate::metrics::{Bands, Bounds, Record};
use crate::plan::{Decision, Input, Overrides, Plan};
use crate::replay;
use crate::report::folder::FolderError;
use crate::report::package::PackageError;
use crate::report::sparkline::Glyphs;
use crate::report::{self, format};
use crate::scenario::Scenario;
use crate::sweep::{self, Block, SweepError};

mod compare;
mod fit;
mod gate;
mod interrupt;
mod merge;
mod output;
mod produce;
mod trace;
mod verify;

pub use compare::compare;
pub use fit::fit_file;
pub use interrupt::listen;
pub use merge::merge;
use produce::{Work, conclude};
pub use trace::trace;
pub use verify::verify;

/// What a command that asks a question found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All is as wanted, or nothing was asked.
    Yes,
    /// Not so.
    No,
}

/// Why a command gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The input or the usage is at fault.
    #[error("{0}")]
    Input(String),
    /// The result directory could not be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The user stopped it.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// The user stopped it, and what was done is kept.
    #[error("interrupted; {done} of {all} rollouts are kept in {}: the same command goes on from there", place.display())]
    Paused {
        /// Finished replications.
        done: u64,
        /// All of them; where targets decide, the most they can be.
        all: String,
        /// The directory.
        place: PathBuf,
    },
    /// Files that were to be read cannot be.
    #[error("cannot read {}: {source}", path.display())]
    Reading {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Threads could not be had.
    #[error("{0}")]
    Threads(String),
    /// An answer could not be put into words.
    #[error("cannot make the answer: {0}")]
    Answer(#[from] io::Error),
}

impl CommandError {
    /// Whether the input or the usage is at fault.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Input(_) => true,
            Self::Folder(error) => error.is_usage(),
            _ => false,
        }
    }
}

impl From<InputError> for CommandError {
    fn from(error: InputError) -> Self {
        Self::Input(error.to_string())
    }
}

impl From<PackageError> for CommandError {
    fn from(error: PackageError) -> Self {
        Self::Input(error.to_string())
    }
}

impl From<SweepError<FolderError>> for CommandError {
    fn from(error: SweepError<FolderError>) -> Self {
        match error {
            SweepError::Interrupted => Self::Interrupted,
            SweepError::Threads(text) => Self::Threads(text),
            SweepError::Consumer(error) => Self::Folder(error),
        }
    }
}

impl From<SweepError<Infallible>> for CommandError {
    fn from(error: SweepError<Infallible>) -> Self {
        match error {
            SweepError::Interrupted => Self::Interrupted,
            SweepError::Threads(text) => Self::Threads(text),
            SweepError::Consumer(never) => match never {},
        }
    }
}

/// `rollcast sweep`: runs every scenario and writes the result directory.
///
/// # Errors
/// See [`CommandError`].
pub fn sweep(options: &cli::Sweep) -> Result<Answer, CommandError> {
    let mut plan = load(&options.source, options.effort.replications)?;
    if let Some(shard) = options.shard {
        plan.keep_shard(shard)?;
    }
    print_notes(&plan.notes, options.effort.quiet);
    let mut work = Work::open(&options.out, &plan, options)?;
    let written = work.run(&plan, options)?;
    conclude(&plan, &written, options.format, &options.effort)
}

/// `rollcast run`: one scenario, summarised.
///
/// # Errors
/// See [`CommandError`].
pub fn run(options: &cli::Run) -> Result<Answer, CommandError> {
    let mut plan = load(&options.source, options.effort.replications)?;
    let chosen = choose(&plan, options.scenario)?.clone();
    plan.scenarios = vec![chosen];
    print_notes(&plan.notes, options.effort.quiet);
    let mut results = Results::new(&plan);
    let progress = progress(&plan, options.effort.quiet);
    sweep::run(
        &plan,
        options.effort.threads,
        interrupt::stop(),
        |_, _, _| Vec::new(),
        |block| {
            advance(&progress, &plan, &block);
            results.take(block);
            progress.set_message(results.precision());
            Ok::<(), Infallible>(())
        },
    )?;
    progress.finish_and_clear();
    let judged = gate::judged(&plan, options.effort.check);
    let verdicts = analysis::verdicts(&judged.objectives, &results.finished);
    let remark = gate::remark(&plan, &judged);
    let mut out = output::out();
    for result in &results.finished {
        match options.format {
            cli::Format::Text => {
                let told = report::caveats::text(&plan.caveats, Some(result.scenario), terminal_width());
                write!(out, "{}{remark}{told}", report::text::single(result, &verdicts, glyphs()))?;
            }
            cli::Format::Json => {
                write!(out, "{}", report::json::result(result, &verdicts, !remark.is_empty(), &plan.caveats))?;
            }
        }
    }
    let conditional = plan.caveats.is_conditional(Some(options.scenario));
    Ok(gate::answer(options.effort.check, &verdicts, conditional))
}

/// Refuses to write over what was read, under whatever name; inputs are named as they lie to the `root` that names them.
fn refuse_input(file: &Path, root: &Path, plan: &Plan) -> Result<(), CommandError> {
    let Ok(file) = file.canonicalize() else { return Ok(()) };
    let is_file = |input: &Input| root.with_file_name(&input.path).canonicalize().is_ok_and(|input| input == file);
    if plan.inputs.iter().any(is_file) {
        let place = file.display();
        return Err(CommandError::Input(format!("{place} is an input of this command: give the chart another name")));
    }
    Ok(())
}

/// Why a file that the user named cannot be written: where there is no directory for it, the name is at fault.
fn unwritable(path: &Path, source: io::Error) -> CommandError {
    if source.kind() == io::ErrorKind::NotFound {
        return CommandError::Input(format!("cannot write {}: there is no such directory", path.display()));
    }
    FolderError::Io { action: "write", path: path.into(), source }.into()
}

/// `rollcast replay`: plays recordings and compares.
///
/// # Errors
/// See [`CommandError`].
pub fn replay(options: &cli::Replay) -> Result<Answer, CommandError> {
    let mut answers = Vec::new();
    for path in recordings(&options.paths)? {
        let recording = replay::load(&path).map_err(|error| CommandError::Input(error.to_string()))?;
        answers.push(replay::answer(&recording));
    }
    let mut summary = replay::Summary::default();
    answers.iter().for_each(|answer| summary.add(answer));
    let mut out = output::out();
    match (options.format, answers.as_slice()) {
        (cli::Format::Json, [only]) => serde_json::to_writer(&mut out, only).map_err(io::Error::from)?,
        (cli::Format::Json, all) => serde_json::to_writer(&mut out, all).map_err(io::Error::from)?,
        (cli::Format::Text, all) => {
            for answer in all.iter().filter(|answer| !options.quiet || answer.matched != Some(true)) {
                write!(out, "{}", answer.to_text())?;
            }
            write!(out, "{summary}")?;
        }
    }
    writeln!(out)?;
    let matched = summary.differed == 0 && (summary.unsupported == 0 || !options.strict);
    Ok(if matched { Answer::Yes } else { Answer::No })
}

/// The files named, and the JSON files of the directories named, in order.
fn recordings(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = |error: io::Error| CommandError::Input(format!("cannot read {}: {error}", path.display()));
        let entries = path.read_dir().and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed)?;
        let mut inside: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
        inside.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        if inside.is_empty() {
            return Err(CommandError::Input(format!("no recording (*.json) in {}", path.display())));
        }
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

/// `rollcast defaults`: the table of defaults.
///
/// # Errors
/// See [`CommandError`].
pub fn defaults(options: &cli::Defaults) -> Result<Answer, CommandError> {
    let mut out = output::out();
    match options.format {
        cli::TableFormat::Text => {
            for row in defaults::TABLE {
                writeln!(out, "{:<36} {:<36} {}", row.field, row.value, row.source)?;
            }
        }
        cli::TableFormat::Json => {
            for row in defaults::TABLE {
                writeln!(out, "{}", json!({"field": row.field, "value": row.value, "source": row.source}))?;
            }
        }
        cli::TableFormat::Markdown => {
            writeln!(out, "| field | default | source |\n|---|---|---|")?;
            for row in defaults::TABLE {
                writeln!(out, "| `{}` | `{}` | {} |", row.field, row.value, row.source)?;
            }
        }
    }
    Ok(Answer::Yes)
}

fn load(source: &cli::Source, replications: Option<u32>) -> Result<Plan, InputError> {
    Plan::load(&source.file, &overrides(source, replications))
}

fn load_cases(source: &cli::Source, replications: Option<u32>) -> Result<(Plan, Vec<Decision>), InputError> {
    Plan::load_cases(&source.file, &overrides(source, replications))
}

fn overrides(source: &cli::Source, replications: Option<u32>) -> Overrides {
    Overrides {
        seed: source.seed,
        replications: replications.map(u64::from),
        set: source.set.clone(),
        deployment: source.deployment.clone(),
        assume: source.assume.clone(),
    }
}

fn choose(plan: &Plan, id: u32) -> Result<&Scenario, CommandError> {
    plan.scenarios.iter().find(|scenario| scenario.id == id).ok_or_else(|| {
        CommandError::Input(format!(
            "no scenario {id}: the experiment has scenarios 0 to {}",
            plan.scenarios.len().saturating_sub(1)
        ))
    })
}

/// Collects blocks into finished scenarios; only the scenario under way is held record by record.
#[derive(Debug)]
struct Results<'a> {
    plan: &'a Plan,
    records: Vec<Record>,
    bands: Option<Bands>,
    /// Records of the plan's baseline, where scenarios are compared with it.
    baseline: Option<Vec<Record>>,
    finished: Vec<ScenarioResult>,
    /// The widest interval so far, with what it is compared by.
    widest: Option<(f64, String)>,
}

impl<'a> Results<'a> {
    fn new(plan: &'a Plan) -> Self {
        let finished = Vec::with_capacity(plan.scenarios.len());
        Self { plan, records: Vec::new(), bands: None, baseline: None, finished, widest: None }
    }

    /// With the records of the baseline, so that every scenario can be compared with it as soon as it is finished.
    fn with_baseline(plan: &'a Plan, baseline: Option<Vec<Record>>) -> Self {
        Self { baseline, ..Self::new(plan) }
    }

    fn differences(&self, scenario: &Scenario) -> Vec<Difference> {
        let chosen = self.plan.baseline.filter(|id| *id != scenario.id);
        let baseline = chosen.and_then(|id| self.plan.scenarios.iter().find(|known| known.id == id));
        baseline.zip(self.baseline.as_ref()).map_or_else(Vec::new, |(baseline, records)| {
            analysis::differences(records, &self.records, baseline.horizon.min(scenario.horizon))
        })
    }

    fn take(&mut self, block: Block) {
        self.records.extend(block.records);
        match &mut self.bands {
            Some(bands) => bands.merge(block.bands),
            None => self.bands = Some(block.bands),
        }
        if !block.last {
            return;
        }
        let scenario = &self.plan.scenarios[block.scenario];
        let rows = self.bands.take().map(|bands| bands.rows()).unwrap_or_default();
        self.finished.push(ScenarioResult {
            scenario: scenario.id,
            parameters: scenario.parameters.clone(),
            replicas: scenario.deployment.replicas.max(0) as u32,
            bounds: Bounds::of(scenario),
            statistics: Statistics::of(&self.records, scenario.horizon),
            timeline: rows
                .into_iter()
                .map(|row| TimelineRow {
                    at_s: row.at.as_secs_f64(),
                    available: row.available,
                    ready: row.ready,
                    footprint: row.footprint,
                })
                .collect(),
            achieved: analysis::achieved(self.plan, &self.records, scenario.horizon),
            differences: self.differences(scenario),
        });
        self.records.clear();
        let own = self.finished.last().and_then(report::precision::widest);
        if own.as_ref().map(|own| own.0) > self.widest.as_ref().map(|widest| widest.0) {
            self.widest = own;
        }
    }

    /// `; widest p95 duration ±4.2 %`, of the least certain scenario that is finished.
    fn precision(&self) -> String {
        self.widest.as_ref().map_or(String::new(), |(_, text)| format!("; widest {text}"))
    }
}

fn print_notes(notes: &[String], quiet: bool) {
    if !quiet {
        notes.iter().for_each(output::note);
    }
}

fn progress(plan: &Plan, quiet: bool) -> ProgressBar {
    let total = plan.scenarios.len() as u64 * u64::from(plan.replications);
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "{bar:20} {human_pos} of {human_len} rollouts, {rate}, {eta} left{msg}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let style = style.with_key("rate", |state: &ProgressState, text: &mut dyn std::fmt::Write| {
        // A line that cannot be written is no reason to stop.
        let _ = write!(text, "{}/s", format::count(state.per_sec().round() as u64));
    });
    ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr()).with_style(style)
}

/// What a scenario that is precise enough did not need is taken off the total.
fn advance(progress: &ProgressBar, plan: &Plan, block: &Block) {
    let count = block.records.len() as u32;
    progress.inc(u64::from(count));
    let unneeded = plan.replications.saturating_sub(block.first + count);
    if let Some(length) = progress.length().filter(|_| block.last && unneeded > 0) {
        progress.set_length(length - u64::from(unneeded));
    }
}

/// Block characters, unless this is a terminal that says it has none. What goes to a file or a pipe is the same everywhere.
fn glyphs() -> Glyphs {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    let utf8 = |locale: String| locale.to_ascii_uppercase().replace('-', "").contains("UTF8");
    let plain = set("TERM").is_some_and(|term| term == "dumb") || !locale.is_none_or(utf8);
    if io::stdout().is_terminal() && plain { Glyphs::Ascii } else { Glyphs::Blocks }
}

/// Columns where the answer goes to a file or a pipe, so that it does not depend on a window, and where none are known.
const USUAL_WIDTH: u16 = 100;
/// What is narrower than this breaks words and not lines.
const LEAST_WIDTH: u16 = 20;

/// Columns of the terminal.
fn terminal_width() -> u16 {
    if !io::stdout().is_terminal() {
        return USUAL_WIDTH;
    }
    width(std::env::var("COLUMNS").ok().as_deref(), comfy_table::Table::new().width())
}

/// What the variable COLUMNS says, else what the terminal says; 0 says nothing, as terminals without a window do.
fn width(columns: Option<&str>, terminal: Option<u16>) -> u16 {
    let told = columns.and_then(|text| text.trim().parse().ok());
    let known = [told, terminal].into_iter().flatten().find(|width| *width > 0);
    known.map_or(USUAL_WIDTH, |width| width.max(LEAST_WIDTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_without_a_width_has_the_usual_one() {
        for (columns, terminal, wanted) in [
            (None, Some(80), 80),
            (None, Some(0), 100),
            (None, None, 100),
            (Some("120"), Some(0), 120),
            (Some("120"), Some(80), 120),
            (Some("0"), Some(80), 80),
            (Some(""), Some(80), 80),
            (Some("wide"), None, 100),
            (Some("1"), None, 20),
        ] {
            assert_eq!(width(columns, terminal), wanted, "{columns:?} {terminal:?}");
        }
    }
}
