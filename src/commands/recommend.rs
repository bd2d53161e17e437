//! `rollcast recommend`.

use std::io::Write;

use super::answer::{Answer, CommandError};
use super::check;
use super::output::{self, print_notes};
use super::source::load_cases;
use super::terminal::terminal_width;
use crate::cli;
use crate::plan::Objective;
use crate::recommend::{self, Criterion, Question, Replicator};
use crate::report::{caveats, recommendation};

/// `rollcast recommend`: the best strategy that meets the objectives.
///
/// # Errors
/// See [`CommandError`].
pub fn recommend(options: &cli::Recommend) -> Result<Answer, CommandError> {
    let (mut plan, decisions) = load_cases(&options.source, options.replications)?;
    if plan.objectives.is_empty() {
        plan.objectives = Objective::defaults();
        let asked = check::listed(&plan.objectives);
        plan.notes.push(format!("no objectives are written: the default floor is asked for, {asked}"));
    }
    print_notes(&plan.notes, options.quiet);
    let question = Question {
        criterion: criterion(options)?,
        confidence: options.confidence,
        indifference: options.indifference,
        replications: plan.replications,
        ceiling: options.ceiling,
    };
    let threads = |error: rayon::ThreadPoolBuildError| CommandError::Threads(error.to_string());
    let strategies = decisions.iter().map(recommend::most_strategies).max().unwrap_or(1);
    let run = Replicator::new(plan.seed, options.threads, strategies, plan.replications).map_err(threads)?;
    let mut out = output::out();
    let mut objects = Vec::new();
    let mut answer = Answer::Yes;
    for (number, decision) in decisions.iter().enumerate() {
        let found = recommend::recommend(decision, &plan.objectives, &question, &run);
        if found.choice.is_none() {
            answer = Answer::No;
        }
        match options.format {
            cli::Format::Json => objects.push(recommendation::json(&plan, &question, &found)),
            cli::Format::Text => {
                let gap = if number > 0 { "\n" } else { "" };
                write!(out, "{gap}{}", recommendation::text(&plan, &question, &found, terminal_width()))?;
            }
        }
    }
    if options.format == cli::Format::Json {
        let mut object = serde_json::json!({"name": plan.name, "cases": objects});
        caveats::extend(&mut object, &plan.caveats, None);
        writeln!(out, "{object}")?;
    } else {
        write!(out, "{}", caveats::text(&plan.caveats, None, terminal_width()))?;
    }
    Ok(if plan.caveats.is_conditional(None) { Answer::No } else { answer })
}

fn criterion(options: &cli::Recommend) -> Result<Criterion, CommandError> {
    let weights = options.weight.clone();
    let usage = |text: &str| Err(CommandError::Input(text.into()));
    match (options.by, weights.is_empty()) {
        (cli::By::Cost, true) => {
            usage("--by cost needs --weight METRIC=NUMBER, such as --weight surge_pod_seconds=0.01")
        }
        (cli::By::Cost, false) => Ok(Criterion::Cost(weights)),
        (_, false) => usage("--weight goes with --by cost"),
        (cli::By::Duration, true) => Ok(Criterion::Duration),
        (cli::By::Surge, true) => Ok(Criterion::Surge),
    }
}
