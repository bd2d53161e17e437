//! `rollcast validate`.

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use super::answer::{Answer, CommandError};
use super::{interrupt, output};
use crate::cli;
use crate::experiment::{Experiment, RunError, RunOptions};
use crate::plan::Overrides;
use crate::report::validation;
use crate::validate::{self, Verdict};

/// `rollcast validate`: observed rollouts against the forecast of an experiment that was written before.
///
/// # Errors
/// See [`CommandError`].
pub fn validate(options: &cli::Validate) -> Result<Answer, CommandError> {
    let observed = validate::read(&options.observed)?;
    let overrides = Overrides { set: options.set.clone(), ..Overrides::default() };
    let experiment = Experiment::from_file_with(&options.experiment, &overrides)?;
    output::print_notes(experiment.notes(), options.quiet);
    let stop = interrupt::stop();
    let mut run = RunOptions::new()
        .threads(options.threads)
        .on_progress(|_| if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
    if let Some(replications) = options.replications {
        run = run.replications(replications);
    }
    let forecasts = experiment.run_with(run).map_err(|error| match error {
        RunError::Interrupted => CommandError::Interrupted,
        RunError::Threads(text) => CommandError::Threads(text),
        other => CommandError::Input(other.to_string()),
    })?;
    let judged = validate::judge(&forecasts, experiment.scenarios(), &observed).map_err(CommandError::Input)?;
    let replications = forecasts.first().map_or(0, |forecast| forecast.records.len());
    let mut out = output::out();
    match options.format {
        cli::Format::Text => write!(out, "{}", validation::text(experiment.name(), &judged))?,
        cli::Format::Json => writeln!(out, "{}", validation::json(experiment.name(), replications, &judged))?,
    }
    let holds = |verdict: Verdict| matches!(verdict, Verdict::NotContradicted | Verdict::TooFew);
    Ok(if judged.iter().all(|one| holds(one.verdict)) { Answer::Yes } else { Answer::No })
}
