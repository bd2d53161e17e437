//! `rollcast trace`: the event log of one replication, its chart, and how it ended.

use std::io::{self, Write};
use std::path::Path;

use super::answer::{Answer, CommandError};
use super::files::{refuse_input, unwritable};
use super::output;
use super::source::{choose_workload, given, load};
use super::terminal::terminal_width;
use super::why::question;
use super::{interrupt, progress};
use crate::cli;
use crate::diagnosis::{Account, PodRow, Role, rows};
use crate::experiment::Effort;
use crate::plan::Plan;
use crate::report::folder::refuse_link;
use crate::report::format;
use crate::report::json::versioned;
use crate::report::{self, chart};
use crate::scenario::{MeasuredEvent, NEW_TEMPLATE, OLD_TEMPLATE, Scenario};
use crate::sim::{Simulator, Span};
use crate::time::SimTime;
use crate::trace::{Ending, Trace};
use crate::why::{self, Question};

/// `rollcast trace`: follows one replication until the rollout is over and the last pod with a deletion timestamp is
/// gone.
///
/// # Errors
/// See [`CommandError`].
pub fn trace(options: &cli::Trace) -> Result<Answer, CommandError> {
    let plan = load(&options.source, None)?;
    let asked = (options.scenario, options.workload.as_deref());
    let scenario = choose_workload(&plan, asked, false)?;
    let replication = replication(&plan, scenario, &options.which)?;
    if let Some(group) = plan.sampling.group() {
        output::note(format_args!(
            "random numbers are stratified in groups of {group}: this is a rollout of a sweep of {} replications",
            format::count(plan.replications.into())
        ));
    }
    if let Some(file) = &options.chart {
        refuse_input(file, &given(&options.source)?, &plan)?;
        refuse_link(file)?;
    }
    let mut trace = Trace::of(scenario);
    let mut simulator = Simulator::sampled(plan.seed, plan.sampling);
    let span = simulator.run_until_drained(scenario, replication, &mut trace);
    let ending = trace.ending();
    let lines = trace.into_lines();
    if let Some(file) = &options.chart {
        let about = format!("Scenario {}, seed {}.", scenario.id, plan.seed);
        let account = Account::of(&mut simulator, scenario, replication);
        draw_pods(file, &rows(&account, scenario.id, replication, Role::Asked), &about)?;
    }
    let mut out = output::out();
    for line in &lines {
        match options.format {
            cli::Format::Text if line.is_chatter() && !options.verbose => {}
            cli::Format::Text => writeln!(out, "{line}")?,
            cli::Format::Json => {
                let object = serde_json::to_value(line).map_err(io::Error::from)?;
                writeln!(out, "{}", versioned(object))?;
            }
        }
    }
    if options.format == cli::Format::Text {
        let hidden = lines.iter().filter(|line| line.is_chatter() && !options.verbose).count() as u64;
        if hidden > 0 {
            writeln!(
                out,
                "Not shown: {} of the controllers' status and refused writes (--verbose).",
                format::plural(hidden, "line")
            )?;
        }
        writeln!(out, "{}", ending_sentences(scenario, span, &ending))?;
        // What the chain of deciding pods is made from knows nothing of a DaemonSet's nodes.
        if scenario.event == MeasuredEvent::Rollout && scenario.daemon_set().is_none() {
            let account = Account::of(&mut simulator, scenario, replication);
            report::why::closing(&account).iter().try_for_each(|sentence| writeln!(out, "{sentence}"))?;
        }
        write!(out, "{}", report::caveats::text(&plan.caveats, Some(scenario.id), terminal_width()))?;
    }
    out.flush()?;
    Ok(Answer::Yes)
}

/// The number of the replication that is asked for. One that the experiment does not run is refused: no result has it.
fn replication(plan: &Plan, scenario: &Scenario, which: &cli::Which) -> Result<u32, CommandError> {
    let question = question(which)?;
    if let Question::Replication(number) = question
        && number < plan.replications
    {
        return Ok(number);
    }
    if question == Question::Usual {
        return Ok(0);
    }
    let alone = Plan { scenarios: vec![scenario.clone()], baseline: None, ..plan.clone() };
    Ok(why::find(&alone, &question, Effort { threads: 0, stop: interrupt::stop() }, &progress::watch(false))?)
}

fn draw_pods(file: &Path, rows: &[PodRow], about: &str) -> Result<(), CommandError> {
    let chart = chart::gantt::pods(rows, "pods.svg", about, 0.0)
        .ok_or_else(|| CommandError::Input("no pod to draw: the log has none".into()))?;
    let png = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    let bytes = if png { chart.png() } else { chart.svg.into_bytes() };
    std::fs::write(file, bytes).map_err(|error| unwritable(file, error))
}

/// When the rollout ended and when its last pod was gone, in sentences.
fn ending_sentences(scenario: &Scenario, span: Span, ending: &Ending) -> String {
    let after = |at: SimTime| format::duration(at.since(span.start).as_secs_f64());
    let horizon = format::duration(scenario.horizon.as_secs_f64());
    let end = match (span.end, ending.template) {
        (end, _) if scenario.event != MeasuredEvent::Rollout => end_of_event(scenario, end.map(after), &horizon),
        (None, _) => format!("The rollout was not finished when the horizon of {horizon} was reached."),
        (Some(end), NEW_TEMPLATE) => {
            format!("The rollout ended after {}: kubectl rollout status reported success.", after(end))
        }
        (Some(end), OLD_TEMPLATE) => format!(
            "The rollout ended after {}: it had been undone, and kubectl rollout status reported success of the old version.",
            after(end)
        ),
        (Some(end), other) => format!(
            "The rollout ended after {}: kubectl rollout status reported success of v{}, which had come after it.",
            after(end),
            other + 1
        ),
    };
    let gone = match (ending.going, ending.last_gone) {
        (0, None) => "No pod was told to go.".to_owned(),
        (0, Some(gone)) => format!("The last pod that was told to go was gone after {}.", after(gone)),
        (going, _) => {
            let were = if going == 1 { "was" } else { "were" };
            let pods = format::plural(u64::from(going), "pod");
            // A workload among others is watched for the horizon from its own beginning on.
            let until = if span.followed_until <= span.start + scenario.horizon {
                format!("when the horizon of {horizon} was reached")
            } else {
                format!("after {}, when the run ended", after(span.followed_until))
            };
            format!("{pods} that {were} told to go {were} not gone {until}.")
        }
    };
    format!("{end}\n{gone}")
}

/// When an event was over that is no rollout.
fn end_of_event(scenario: &Scenario, end: Option<String>, horizon: &str) -> String {
    let title = report::event::title(scenario).unwrap_or_default();
    match (end, &scenario.event) {
        (Some(end), _) => format!("{title}: over after {end}."),
        (None, MeasuredEvent::Nothing) => format!("{title}."),
        (None, _) => format!("{title}: not over when the horizon of {horizon} was reached."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SimDuration;

    #[test]
    fn both_ends_are_reported() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/manifests/checkout.yaml");
        let plan = crate::plan::Plan::load(&file, &crate::plan::Overrides::default()).unwrap();
        let mut scenario = plan.scenarios[0].clone();
        scenario.horizon = SimDuration::from_secs(3600);
        let at = |seconds| SimTime::from_nanos(500_000_000) + SimDuration::from_millis(seconds);
        let span = |end| Span { start: at(0), end, followed_until: at(0), events: 0 };
        let ending = |template, going, last_gone| Ending { template, going, last_gone };
        let table = [
            (
                span(Some(at(14_846))),
                ending(1, 0, Some(at(1_574_846))),
                "The rollout ended after 14.8s: kubectl rollout status reported success.\n\
                 The last pod that was told to go was gone after 26m 15s.",
            ),
            (
                span(Some(at(60_000))),
                ending(0, 1, Some(at(70_000))),
                "The rollout ended after 1m 00s: it had been undone, and kubectl rollout status reported success of the \
                 old version.\n1 pod that was told to go was not gone when the horizon of 1h 00m was reached.",
            ),
            (
                span(None),
                ending(1, 0, None),
                "The rollout was not finished when the horizon of 1h 00m was reached.\nNo pod was told to go.",
            ),
        ];
        for (span, ending, expected) in table {
            assert_eq!(ending_sentences(&scenario, span, &ending), expected);
        }
    }
}
