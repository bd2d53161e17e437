//! `rollcast run`.

use std::cell::RefCell;
use std::convert::Infallible;
use std::io::Write;

use super::answer::{Answer, CommandError};
use super::long::tell_if_long;
use super::output::{self, print_notes};
use super::progress::Progress;
use super::source::{choose, load, words};
use super::terminal::{glyphs, terminal_width};
use super::{check, interrupt};
use crate::analysis::headlines::DURATION_P95;
use crate::analysis::{self, Assumption, ScenarioResult};
use crate::experiment::{Effort, run_plan};
use crate::plan::{Plan, PremiseSource, Runs, WORKLOAD};
use crate::recommend::Replicator;
use crate::report::format;
use crate::report::release::Release;
use crate::report::single::{Forecast, StartUp};
use crate::scenario::Scenario;
use crate::sweep::KnownBlocks;
use crate::what_if;
use crate::{cli, report};

/// `rollcast run`: one scenario, summarised.
///
/// # Errors
/// See [`CommandError`].
pub fn run(options: &cli::Run) -> Result<Answer, CommandError> {
    let mut plan = load(&options.source, options.effort.replications)?;
    let id = asked(&plan, options)?;
    let chosen = choose(&plan, id)?.clone();
    let release = if options.scenario.is_none() { together(&plan, &chosen) } else { Vec::new() };
    if options.scenario.is_none() && !options.effort.quiet {
        which(&plan, &chosen, release.len()).iter().for_each(output::note);
    }
    let is_release = release.len() > 1;
    plan.scenarios = if is_release { release } else { vec![chosen] };
    check::look_beyond_success(&mut plan, options.effort.check);
    print_notes(&notes(&plan, options.format), options.effort.quiet);
    print_notes(&plan.late_notes(), options.effort.quiet);
    tell_if_long(&plan, options.effort.quiet);
    let mut results = forecast(&plan, &options.effort)?;
    add_what_if(&plan, options, &mut results)?;
    let judged = check::judged(&plan, options.effort.check);
    let verdicts = analysis::verdicts(&judged.objectives, &results);
    let of_cluster = analysis::cluster_verdicts(&plan.cluster_objectives, &results);
    let remark = check::remark(&plan, options.effort.check);
    let by_default = options.effort.check && plan.objectives.is_empty();
    let mut out = output::out();
    if is_release && options.format == cli::Format::Text {
        let release = Release { plan: &judged, results: &results, verdicts: &verdicts, remark: &remark };
        write!(out, "{}", report::release::text(&release, terminal_width()))?;
        return Ok(check::answer(options.effort.check, &verdicts, &of_cluster, plan.caveats.is_conditional(None)));
    }
    for result in &results {
        match options.format {
            cli::Format::Text => {
                let caveats = report::caveats::text(&plan.caveats, Some(result.scenario), terminal_width());
                let forecast = Forecast {
                    plan: &plan,
                    scenario: &plan.scenarios[0],
                    result,
                    verdicts: &verdicts,
                    remark: &remark,
                    caveats: &caveats,
                    arguments: &arguments(options),
                    start_up: slower_start(&plan, result, options.effort.threads)?,
                };
                write!(out, "{}", report::single::text(&forecast, usize::from(terminal_width()), glyphs()))?;
            }
            cli::Format::Json => {
                write!(out, "{}", report::json::result(&plan, result, &verdicts, by_default))?;
            }
        }
    }
    let conditional = plan.caveats.is_conditional(Some(id).filter(|_| !is_release));
    Ok(check::answer(options.effort.check, &verdicts, &of_cluster, conditional))
}

/// The workloads of the world that `chosen` is of, which roll together; one scenario where it is of none.
fn together(plan: &Plan, chosen: &Scenario) -> Vec<Scenario> {
    plan.scenarios.iter().filter(|scenario| scenario.point() == chosen.point()).cloned().collect()
}

/// Which scenario of a sweep is run where nobody names one, and which one has the strategy that runs now. Of a world `workloads` are
/// run together.
fn which(plan: &Plan, chosen: &Scenario, workloads: usize) -> Option<String> {
    if plan.scenarios.len() < 2 || plan.scenarios.len() == workloads {
        return None;
    }
    if workloads > 1 {
        let swept: Vec<_> = chosen.parameters.iter().filter(|(path, _)| path != WORKLOAD).cloned().collect();
        return Some(format!(
            "this is the first of {} points ({}): --set chooses another, `rollcast sweep` runs all",
            format::count((plan.scenarios.len() / workloads) as u64),
            format::parameters(&swept),
        ));
    }
    let own = plan.present.as_ref().and_then(|present| present.scenarios.first()).filter(|own| **own != chosen.id);
    let own = own.map_or(String::new(), |own| format!("; --scenario {own} has the strategy that the manifest has now"));
    Some(format!(
        "this is scenario {} of {} ({}): --scenario ID chooses another, `rollcast sweep` runs all{own}",
        chosen.id,
        format::count(plan.scenarios.len() as u64),
        format::parameters(&chosen.parameters),
    ))
}

/// The notes, without those that the text of the answer has.
fn notes(plan: &Plan, format: cli::Format) -> Vec<String> {
    let in_text = |note: &&String| format == cli::Format::Text && note.starts_with("ignored: ");
    plan.notes.iter().filter(|note| !in_text(note)).cloned().collect()
}

/// The input and what changes it, as another command takes them.
fn arguments(options: &cli::Run) -> String {
    let mut text = words(&options.source);
    if let Some(id) = options.scenario {
        text.push_str(&format!(" --scenario {id}"));
    }
    if let Some(count) = options.effort.replications {
        text.push_str(&format!(" --replications {count}"));
    }
    text
}

/// What a start-up twice as slow would change, where the start-up is assumed: it is run for that.
fn slower_start(plan: &Plan, result: &ScenarioResult, threads: usize) -> Result<Option<StartUp>, CommandError> {
    const TIMES: f64 = 2.0;
    let is_assumed = plan.premises.iter().any(|premise| {
        ["pods.warmUp", "pods.start"].contains(&premise.key.as_str())
            && premise.source == PremiseSource::Assumed
            && premise.is_of(result.scenario)
    });
    let p95 = DURATION_P95.figure;
    let Some(p95_s) = result.value(p95).filter(|_| is_assumed && plan.overrides.what_if != Runs::None) else {
        return Ok(None);
    };
    let run = Replicator::new(plan.seed, threads, 1, plan.replications)
        .map_err(|error| CommandError::Threads(error.to_string()))?;
    let at = what_if::at(&plan.scenarios[0], Assumption::StartUp, TIMES, plan.replications, &run);
    let slower = at.and_then(|statistics| statistics.value(p95));
    Ok(slower.map(|slower_s| StartUp { times: TIMES, p95_s, slower_s }))
}

/// Looks for what would change the answer, where that is asked for.
fn add_what_if(plan: &Plan, options: &cli::Run, results: &mut [ScenarioResult]) -> Result<(), CommandError> {
    let (Some(scenario), true) = (plan.scenarios.first(), options.what_if != cli::WhatIf::None) else { return Ok(()) };
    let mut asked = plan.clone();
    asked.overrides.what_if = options.what_if.into();
    print_notes(&what_if::left_out(&asked, 1).into_iter().collect::<Vec<_>>(), options.effort.quiet);
    let run = Replicator::new(plan.seed, options.effort.threads, 1, plan.replications)
        .map_err(|error| CommandError::Threads(error.to_string()))?;
    let rows = what_if::of_one((&asked, &plan.ask(&[]).objectives), scenario, &run);
    results.iter_mut().for_each(|result| result.what_if.clone_from(&rows));
    Ok(())
}

/// The scenario to run. Whoever asks whether objectives are met must not get the answer of one scenario for that of several.
fn asked(plan: &Plan, options: &cli::Run) -> Result<u32, CommandError> {
    let several = plan.scenarios.iter().any(|scenario| scenario.point() != 0) && options.effort.check;
    if options.scenario.is_none() && several {
        return Err(CommandError::Input(format!(
            "the experiment has {} scenarios, and `run --check` asks about one: name it with --scenario, or ask about all \
             with `rollcast sweep --check`",
            plan.scenarios.len()
        )));
    }
    Ok(options.scenario.unwrap_or(0))
}

fn forecast(plan: &Plan, effort: &cli::Effort) -> Result<Vec<ScenarioResult>, CommandError> {
    let progress = RefCell::new(Progress::new(plan, effort.quiet));
    let mut results = Vec::new();
    run_plan(
        plan,
        Effort { threads: effort.threads, stop: interrupt::stop() },
        KnownBlocks::default(),
        |_, _, _| Vec::new(),
        |block| {
            progress.borrow().advance(block);
            Ok::<(), Infallible>(())
        },
        |forecast| {
            progress.borrow_mut().show_precision(&forecast.result);
            results.push(forecast.result);
        },
    )?;
    progress.borrow().finish();
    Ok(results)
}
