//! `rollcast why`: where the time of a rollout goes, and what stalls it.

use std::io::Write;

use super::answer::{Answer, CommandError};
use super::output::{self, print_notes};
use super::source::{choose_workload, given, load, overrides, words};
use super::terminal::{glyphs, terminal_width};
use super::{anonymise, interrupt, progress};
use crate::cli;
use crate::eta::{self, Eta};
use crate::experiment::{Effort, RunError};
use crate::input::snapshot::{Asked, Name};
use crate::plan::Seen;
use crate::report::eta::Answered;
use crate::report::why::Page;
use crate::report::{self, event};
use crate::scenario::MeasuredEvent;
use crate::why::{Condition, Question, Why, WhyError};

/// `rollcast why`: explains chosen replications of one scenario.
///
/// # Errors
/// See [`CommandError`].
pub fn why(options: &cli::Why) -> Result<Answer, CommandError> {
    let (source, name) = named(&options.source)?;
    if let Some(seen) = under_way(options, &source, name)? {
        return holds_up(options, &seen);
    }
    let mut plan = load(&source, options.replications)?;
    let asked = (options.scenario, options.workload.as_deref());
    let scenario = choose_workload(&plan, asked, options.quiet)?.clone();
    if scenario.event != MeasuredEvent::Rollout {
        let title = event::title(&scenario).unwrap_or_default();
        return Err(CommandError::Input(format!(
            "{title}: `why` explains rollouts only; `rollcast trace` shows what happens in one replication"
        )));
    }
    if scenario.set().is_some_and(|set| set.is_on_delete()) {
        let advice = "updateStrategy is OnDelete: no pod is replaced before somebody deletes it, so that there is no rollout to explain; \
                      write --set updateStrategy=RollingUpdate";
        return Err(CommandError::Input(advice.into()));
    }
    let question = question(&options.which)?;
    plan.scenarios = vec![scenario.clone()];
    plan.baseline = None;
    print_notes(&plan.notes, options.quiet);
    let effort = Effort { threads: options.threads, stop: interrupt::stop() };
    let why = Why::answer(&plan, &question, effort, &progress::watch(options.quiet))?;
    let mut out = output::out();
    match options.format {
        cli::Format::Json => write!(out, "{}", report::why::json(&why, &plan, &scenario))?,
        cli::Format::Text => {
            let condition = match &question {
                Question::Where(condition) => Some(condition),
                _ => None,
            };
            let width = usize::from(terminal_width());
            let input = words(&source);
            let page = Page { width, bars: glyphs().into(), input: &input, condition };
            let caveats = report::caveats::text(&plan.caveats, Some(scenario.id), terminal_width());
            write!(out, "{}{caveats}", report::why::text(&why, &scenario, page))?;
        }
    }
    Ok(Answer::Yes)
}

/// The input without a `KIND/NAME` among its files, which names the workload.
fn named(source: &cli::Source) -> Result<(cli::Source, Option<Name>), CommandError> {
    let mut source = source.clone();
    let mut found = None;
    for file in std::mem::take(&mut source.files) {
        let name = file.to_str().and_then(Name::parse).filter(|name| name.kind.is_some() && !file.exists());
        match name {
            None => source.files.push(file),
            Some(_) if found.is_some() || source.deployment.is_some() => {
                let advice = format!("`{}` names a second workload: ask about one at a time", file.display());
                return Err(CommandError::Input(advice));
            }
            Some(name) => found = Some(name),
        }
    }
    if let Some(name) = &found {
        let full = name.namespace.as_ref().map(|namespace| format!("{namespace}/{}", name.name));
        source.deployment = Some(full.unwrap_or_else(|| name.name.clone()));
        if source.files.is_empty() && source.filename.is_empty() {
            return Err(CommandError::Input("no file is given: name a snapshot, an experiment or a manifest".into()));
        }
    }
    let written = || source.deployment.as_deref().and_then(Name::parse);
    let name = found.or_else(written);
    Ok((source, name))
}

/// What a snapshot shows of a rollout in progress, where the question is not about one replication; `None`: nothing is under way.
fn under_way(options: &cli::Why, source: &cli::Source, name: Option<Name>) -> Result<Option<Seen>, CommandError> {
    let is_usual = matches!(question(&options.which)?, Question::Usual);
    let files = given(source)?;
    // Standard input can be read once only.
    if !is_usual
        || options.scenario.is_some()
        || options.workload.is_some()
        || files.iter().any(|file| file.as_os_str() == "-")
    {
        return Ok(None);
    }
    let hidden = |text: String| match &source.anonymise {
        Some(key) => anonymise::path(key, &text),
        None => Ok(text),
    };
    let namespace = name.as_ref().and_then(|name| name.namespace.clone()).or(source.namespace.clone());
    let asked = Asked {
        kind: name.as_ref().and_then(|name| name.kind),
        namespace: namespace.map(hidden).transpose()?,
        name: name.map(|name| hidden(name.name)).transpose()?,
        at: None,
    };
    // What is no snapshot of that workload is explained as any other input.
    let seen = Seen::read(&files, &overrides(source, options.replications)?, &asked).ok();
    Ok(seen.filter(|seen| !seen.snapshot.pods.is_empty() && !seen.snapshot.is_at_rest()))
}

/// What holds up the rollout that a snapshot shows, what would help, and when it is complete.
fn holds_up(options: &cli::Why, seen: &Seen) -> Result<Answer, CommandError> {
    if !options.quiet {
        output::note(format_args!(
            "a rollout is in progress, and this is about it: --slowest, --stalled and --replication explain simulated rollouts from \
             a workload at rest"
        ));
    }
    let effort = eta::Effort { threads: options.threads, replications: options.replications, course: false };
    let eta = Eta::answer(seen, effort).map_err(CommandError::Threads)?;
    let one = Answered::of(&eta, seen);
    let mut out = output::out();
    match options.format {
        cli::Format::Json => writeln!(out, "{}", report::eta::json(one))?,
        cli::Format::Text => write!(out, "{}", report::eta::text(one, terminal_width()))?,
    }
    Ok(Answer::Yes)
}

/// Which replication is asked about.
///
/// # Errors
/// When the condition has no meaning.
pub(super) fn question(which: &cli::Which) -> Result<Question, CommandError> {
    if let Some(text) = &which.condition {
        return Condition::parse(text)
            .map(Question::Where)
            .map_err(|error| CommandError::Input(format!("--where: {error}")));
    }
    Ok(match (which.slowest, which.stalled, which.replication) {
        (true, ..) => Question::Slowest,
        (_, true, _) => Question::Stalled,
        (.., Some(number)) => Question::Replication(number),
        _ => Question::Usual,
    })
}

impl From<WhyError> for CommandError {
    fn from(error: WhyError) -> Self {
        match error {
            WhyError::None(text) => Self::Input(text),
            WhyError::Run(RunError::Interrupted) => Self::Interrupted,
            WhyError::Run(error) => Self::Threads(error.to_string()),
        }
    }
}
