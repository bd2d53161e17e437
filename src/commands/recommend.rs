//! `rollcast recommend`.

use std::io::Write;

use serde_json::{Value, json};

use super::answer::{Answer, CommandError};
use super::check;
use super::long::tell_if_long;
use super::output::{self, print_notes};
use super::source::load_cases;
use super::terminal::{glyphs, terminal_width};
use crate::cli;
use crate::plan::{Asked, Decision, Objective, Plan};
use crate::recommend::{self, Criterion, Question, Recommendation, Replicator};
use crate::report::caveats;
use crate::report::json::versioned;
use crate::report::recommendation::{self, Answered, View};
use crate::scenario::{MeasuredEvent, Scenario};
use crate::what_if::{self, OfChoice};

/// `rollcast recommend`: the best strategy that meets the objectives.
///
/// # Errors
/// See [`CommandError`].
pub fn recommend(options: &cli::Recommend) -> Result<Answer, CommandError> {
    let (mut plan, mut decisions) = load_cases(&options.source, options.replications)?;
    check_event(&plan, &decisions)?;
    plan.look_beyond_success(&mut decisions);
    let asked = plan.ask(&decisions);
    print_notes(&plan.notes, options.quiet);
    let question = Question {
        criterion: criterion(options)?,
        confidence: options.confidence,
        indifference: options.indifference,
        replications: plan.replications,
        ceiling: options.ceiling,
        exhaustive: options.exhaustive,
    };
    // A search takes a part of what all strategies would.
    if !decisions.iter().any(|decision| recommend::is_searched(decision, &question)) {
        tell_if_long(&plan, options.quiet);
    }
    let threads = |error: rayon::ThreadPoolBuildError| CommandError::Threads(error.to_string());
    let strategies = decisions.iter().map(recommend::most_strategies).max().unwrap_or(1);
    let run = Replicator::new(plan.seed, options.threads, strategies, plan.replications).map_err(threads)?;
    plan.overrides.what_if = options.what_if.into();
    let found: Vec<Recommendation> =
        decisions.iter().map(|decision| recommend::recommend(decision, &asked.objectives, &question, &run)).collect();
    let changes = changes(options, (&plan, &asked.objectives), &decisions, (&found, &run));
    print(options, &Printed { plan: &plan, asked: &asked, question: &question }, &found, &changes)?;
    let all = found.iter().all(|one| one.choice.is_some()) && !plan.caveats.is_conditional(None);
    Ok(if all { Answer::Yes } else { Answer::No })
}

/// What all answers have in common.
struct Printed<'a> {
    plan: &'a Plan,
    asked: &'a Asked,
    question: &'a Question,
}

/// What would change each answer; nothing for forms of the answer that are only the lines to change.
fn changes(
    options: &cli::Recommend,
    (plan, objectives): (&Plan, &[Objective]),
    decisions: &[Decision],
    (found, run): (&[Recommendation], &Replicator),
) -> Vec<OfChoice> {
    let wanted = !matches!(options.format, cli::Advice::Yaml | cli::Advice::Patch);
    let left_out = what_if::left_out(plan, decisions.len()).filter(|_| wanted);
    print_notes(&left_out.iter().cloned().collect::<Vec<_>>(), options.quiet);
    let of_one = |(decision, found): (&Decision, &Recommendation)| {
        let best = found.choice.as_ref().map(|choice| &found.strategies[choice.best]);
        let now = found.own.map(|own| &found.strategies[own]);
        what_if::of_choice((plan, objectives), decision, [best, now], run)
    };
    if !wanted || left_out.is_some() {
        return vec![OfChoice::default(); found.len()];
    }
    decisions.iter().zip(found).map(of_one).collect()
}

fn print(
    options: &cli::Recommend,
    printed: &Printed<'_>,
    found: &[Recommendation],
    changes: &[OfChoice],
) -> Result<(), CommandError> {
    let Printed { plan, asked, question } = *printed;
    let remark = check::sentence(asked, "");
    let all: Vec<Answered<'_>> = found
        .iter()
        .zip(changes)
        .map(|(recommendation, what_if)| Answered {
            plan,
            asked,
            question,
            remark: remark.as_deref(),
            recommendation,
            what_if,
        })
        .collect();
    let view = View { width: terminal_width(), glyphs: glyphs(), all: options.all, method: options.method };
    let parts = |part: &dyn Fn(Answered<'_>) -> String, between: &str| {
        all.iter().map(|one| part(*one)).collect::<Vec<_>>().join(between)
    };
    let mut out = output::out();
    match options.format {
        cli::Advice::Json => {
            let cases: Vec<Value> = all.iter().map(|one| recommendation::json(*one)).collect();
            let added: Vec<&str> = asked.added().iter().map(|one| one.text.as_str()).collect();
            let mut object = json!({"name": plan.name, "default_objectives": added, "cases": cases});
            caveats::extend(&mut object, &plan.caveats, None);
            writeln!(out, "{}", versioned(object))?;
        }
        cli::Advice::Text => {
            write!(out, "{}", parts(&|one| recommendation::text(one, view), "\n"))?;
            write!(out, "{}", caveats::text(&plan.caveats, None, terminal_width()))?;
            write!(out, "{}", recommendation::hints(found, view))?;
        }
        cli::Advice::Markdown => write!(out, "{}", parts(&recommendation::markdown, "\n"))?,
        cli::Advice::Yaml => write!(out, "{}", parts(&recommendation::yaml, "---\n"))?,
        cli::Advice::Patch => write!(out, "{}", parts(&recommendation::patch, ""))?,
    }
    Ok(())
}

/// A strategy is what replaces pods in a rollout. Where there is none, only strategies that are swept are compared.
fn check_event(plan: &Plan, decisions: &[Decision]) -> Result<(), CommandError> {
    if plan.scenarios.iter().filter_map(Scenario::set).any(|set| set.is_on_delete()) {
        let advice = "updateStrategy is OnDelete: no pod is replaced before somebody deletes it, so that there is no rollout to choose for; \
                      write --set updateStrategy=RollingUpdate";
        return Err(CommandError::Input(advice.into()));
    }
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
