//! `rollcast recommend`.

use std::io::Write;

use super::answer::{Answer, CommandError};
use super::check;
use super::output::{self, print_notes};
use super::source::load_cases;
use super::terminal::terminal_width;
use crate::cli;
use crate::plan::{Decision, Objective, Plan};
use crate::recommend::{self, Criterion, Question, Replicator};
use crate::report::{caveats, recommendation};
use crate::scenario::MeasuredEvent;

/// `rollcast recommend`: the best strategy that meets the objectives.
///
/// # Errors
/// See [`CommandError`].
pub fn recommend(options: &cli::Recommend) -> Result<Answer, CommandError> {
    let (mut plan, mut decisions) = load_cases(&options.source, options.replications)?;
    check_event(&plan, &decisions)?;
    if plan.objectives.is_empty() {
        plan.objectives = plan.default_objectives();
        let scenarios = decisions.iter().flat_map(Decision::scenarios);
        let dropped = Objective::drop_availability(&mut plan.objectives, scenarios);
        let asked = check::listed(&plan.objectives);
        let without = if dropped {
            ", and no availability, because a volume keeps new pods from running beside old ones"
        } else {
            ""
        };
        plan.notes.push(format!("no objectives are written: the default floor is asked for, {asked}{without}"));
    }
    plan.look_beyond_success(&mut decisions);
    let missing = plan.missing_objective(&decisions);
    plan.objectives.extend(missing);
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

/// A strategy is what replaces pods in a rollout. Where there is none, only strategies that are swept are compared.
fn check_event(plan: &Plan, decisions: &[Decision]) -> Result<(), CommandError> {
    let rollouts = plan.scenarios.iter().all(|scenario| scenario.event == MeasuredEvent::Rollout);
    if rollouts || decisions.iter().all(|decision| !decision.case.alternatives.is_empty()) {
        return Ok(());
    }
    let advice = "the event is no rollout, and no strategy is swept: there is nothing to choose; `rollcast sweep` compares what the \
                  experiment sweeps";
    Err(CommandError::Input(advice.into()))
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
