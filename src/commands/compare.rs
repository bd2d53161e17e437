//! `rollcast compare`.

use std::io::Write;
use std::path::Path;

use super::answer::{Answer, CommandError};
use super::output::{self, print_notes};
use super::progress::Progress;
use super::source::{choose, refuse_too_many};
use super::terminal::terminal_width;
use super::{interrupt, versions};
use crate::analysis::{self, Scope};
use crate::cli;
use crate::experiment::{Effort, records, widen_differences};
use crate::plan::Plan;
use crate::report::comparison::{self, Comparison};
use crate::report::{caveats, event};
use crate::scenario::Scenario;

/// `rollcast compare`: the differences of two versions, or of two scenarios of an experiment, under common random numbers.
///
/// # Errors
/// See [`CommandError`].
pub fn compare(options: &cli::Compare) -> Result<Answer, CommandError> {
    match &options.inputs[..] {
        [old, new] => versions::compare(options, [old, new]),
        [experiment, first, second] => scenarios(options, Path::new(experiment), [number(first)?, number(second)?]),
        _ => Err(CommandError::Input("name two versions, OLD and NEW, or EXPERIMENT ID ID".into())),
    }
}

fn number(text: &str) -> Result<u32, CommandError> {
    text.parse().map_err(|_| {
        let advice = "compare OLD NEW takes two inputs; with EXPERIMENT ID ID the last two are numbers of scenarios";
        CommandError::Input(format!("`{text}` is not the number of a scenario: {advice}"))
    })
}

/// Two workloads of one release are no alternatives: only a workload can be compared with itself at another point of a sweep.
fn same_workload(plan: &Plan, first: &Scenario, second: &Scenario) -> Result<(), CommandError> {
    let name = |scenario: &Scenario| scenario.workload().map(str::to_owned);
    let (Some(one), Some(other)) = (name(first), name(second)) else { return Ok(()) };
    if one == other {
        return Ok(());
    }
    let same = plan.scenarios.iter().find(|scenario| scenario.id != first.id && scenario.workload() == Some(&one));
    let advice = match same {
        Some(same) => format!("compare {one} with itself at another point, such as {} {}", first.id, same.id),
        None => "sweep something, such as --set 'sweep={workloads.*.maxSurge: [0, 25%]}', and compare a workload at two points, or \
                 compare two experiments with `rollcast compare OLD NEW`"
            .into(),
    };
    let (a, b) = (first.id, second.id);
    Err(CommandError::Input(format!(
        "scenario {a} is workload {one} and scenario {b} is workload {other}, which roll together and are no alternatives: {advice}"
    )))
}

/// The differences of two scenarios of an experiment.
fn scenarios(options: &cli::Compare, experiment: &Path, [first, second]: [u32; 2]) -> Result<Answer, CommandError> {
    let asked = options.check || options.instead || options.scenario.is_some() || options.labels.is_some();
    if asked || options.format == cli::AnswerFormat::Markdown {
        let message = "--check, --instead, --scenario, --labels and --format markdown go with two inputs: rollcast compare OLD NEW";
        return Err(CommandError::Input(message.into()));
    }
    let mut plan = Plan::load(experiment, &versions::overrides(options)?)?;
    refuse_too_many(&plan)?;
    if first == second {
        return Err(CommandError::Input(format!("scenario {first} compared with itself: name two")));
    }
    let (first, second) = (choose(&plan, first)?.clone(), choose(&plan, second)?.clone());
    same_workload(&plan, &first, &second)?;
    plan.scenarios = vec![first.clone(), second.clone()];
    print_notes(&plan.notes, options.quiet);
    print_notes(&plan.late_notes(), options.quiet);
    let progress = Progress::new(&plan, options.quiet);
    let effort = Effort { threads: options.threads, stop: interrupt::stop() };
    let records = records(&plan, effort, |block| progress.advance(block))?;
    progress.finish();
    let scopes = [Scope::of(&first), Scope::of(&second)];
    let group = plan.sampling.group();
    let mut differences = analysis::sampled_differences((&records[0], &scopes[0]), (&records[1], &scopes[1]), group);
    widen_differences(&plan, effort, &mut differences)?;
    let comparison =
        Comparison { scenarios: [first, second].map(|scenario| (scenario.id, scenario.parameters)), differences };
    let mut out = output::out();
    match options.format {
        cli::AnswerFormat::Json => write!(out, "{}", comparison::json(&comparison, &plan.caveats, &plan.premises))?,
        _ => {
            let caveat_text = caveats::text(&plan.caveats, None, terminal_width());
            let text = comparison::text(&comparison, usize::from(terminal_width()));
            write!(out, "{}{caveat_text}", event::say(text, event::noun(&plan)))?;
        }
    }
    Ok(Answer::Yes)
}
