//! The command line as it is typed.

mod examples;
mod options;
mod shared;
mod values;

use std::sync::LazyLock;

use clap::{Parser, Subcommand};

use crate::report::build::Build;

pub use options::{
    Advice, AnswerFormat, By, Capacity, Compare, Completions, Defaults, Eta, Explain, Fit, FitFormat, Man, Merge, New,
    Part, Plan, Recommend, Record, Replay, Report, Run, Schema, Sensitivity, Serve, Status, Sweep, TableFormat, Tail,
    TailMethod, Trace, Validate, Verify, Why,
};
pub use shared::{AnswerFolder, Effort, Engine, Format, Output, ResultOptions, Source, WhatIf, Which};

/// Forecasts Kubernetes Deployment rollouts.
///
/// Runs the Deployment and ReplicaSet controllers' own rules in virtual time with sampled pod behaviour, many times over.
#[derive(Debug, Parser)]
#[command(
    name = "rollcast",
    version,
    long_version = long_version(),
    arg_required_else_help = true,
    help_template = help(),
    after_help = EXIT_CODES,
    max_term_width = examples::WIDTH
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The version, and below it the build, for `--version`; `-V` says the version alone.
fn long_version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| format!("{}\n{}", env!("CARGO_PKG_VERSION"), Build::this()));
    &TEXT
}

/// The help of the program: what to type first, and the commands in groups.
fn help() -> String {
    format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n  rollcast run deployment.yaml          what a rollout will be like\n  \
         rollcast recommend deployment.yaml    which strategy to take\n\n{}\n\nOptions:\n{{options}}{{after-help}}",
        examples::groups(&Command::augment_subcommands(clap::Command::new("rollcast")))
    )
}

const EXIT_CODES: &str = "Exit codes: 0 done, the answer is yes; 1 done, the answer is no (an objective is not met under --check, no \
strategy qualifies, the answer is conditional on a field that is not modelled under --check or recommend, verify or \
replay found a difference, validate found a forecast off); \
2 unusable input or usage; 3 failed or interrupted while running; 75 sweep, part or merge was stopped, or somebody else \
writes there: run the same command again. Whether somebody reads the words makes no difference.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run every scenario of an experiment and write tables and charts to a directory.
    #[command(after_help = examples::of("sweep"))]
    Sweep(Sweep),
    /// Run one scenario, of an experiment or of a bare Deployment manifest, and summarise it on the terminal.
    #[command(after_help = examples::of("run"))]
    Run(Run),
    /// Compare two versions, before and after a change, or two scenarios of an experiment, under the same random numbers.
    #[command(after_help = examples::of("compare"))]
    Compare(Compare),
    /// Say how many rollouts may run at once, and how much room they need together.
    #[command(after_help = examples::of("capacity"))]
    Capacity(Capacity),
    /// Say when a rollout that a snapshot of a cluster shows completes, and what holds it up.
    #[command(after_help = examples::of("eta"))]
    Eta(Eta),
    /// Say which assumptions and settings move a forecast, and so what is worth measuring.
    #[command(after_help = examples::of("sensitivity"))]
    Sensitivity(Sensitivity),
    /// Show the event log of one replication.
    #[command(after_help = examples::of("trace"))]
    Trace(Trace),
    /// Say where the time of a rollout goes, what stalls it, how often, and what helps.
    #[command(after_help = examples::of("why"))]
    Why(Why),
    /// Say how probable a rare event is, which a sweep would hardly see.
    #[command(after_help = examples::of("tail"))]
    Tail(Tail),
    /// Play recordings of a real control plane (or of an incident) to the simulated one, and compare.
    #[command(after_help = examples::of("replay"))]
    Replay(Replay),
    /// Turn what a cluster logged of an incident into a recording that replay plays.
    #[command(after_help = examples::of("record"))]
    Record(Record),
    /// Say whether many observed rollouts bear out the forecast of an experiment, and which input is off.
    #[command(after_help = examples::of("validate"))]
    Validate(Validate),
    /// Run a result directory again from its recorded inputs, and compare every byte.
    #[command(after_help = examples::of("verify"))]
    Verify(Verify),
    /// Divide an experiment into parts for many machines, with the scripts of an engine of jobs.
    #[command(after_help = examples::of("plan"))]
    Plan(Plan),
    /// Run one part of a plan, as a task of an engine of jobs.
    #[command(after_help = examples::of("part"))]
    Part(Part),
    /// Join the shards of a sweep, or the parts of a study, to the result of the whole.
    #[command(after_help = examples::of("merge"))]
    Merge(Merge),
    /// Say how many parts of a study are there, and which are missing.
    #[command(after_help = examples::of("status"))]
    Status(Status),
    /// Draw the charts and report.html of a result directory again, from its tables alone.
    #[command(after_help = examples::of("report"))]
    Report(Report),
    /// Find the best strategy that meets the objectives, as a patch with the evidence.
    #[command(after_help = examples::of("recommend"))]
    Recommend(Recommend),
    /// Show a page on this machine whose controls change the forecast at once.
    #[command(after_help = examples::of("serve"))]
    Serve(Serve),
    /// Fit latency distributions to what was measured, as YAML for an experiment.
    #[command(after_help = examples::of("fit"))]
    Fit(Fit),
    /// Write a commented experiment to start from.
    #[command(after_help = examples::of("new"))]
    New(New),
    /// Print the JSON Schema of experiments, for editors, or of answers, for programs.
    #[command(after_help = examples::of("schema"))]
    Schema(Schema),
    /// Print a completion script for a shell.
    #[command(after_help = examples::of("completions"))]
    Completions(Completions),
    /// Write manual pages.
    #[command(after_help = examples::of("man"))]
    Man(Man),
    /// Explain a key of an experiment: its form, default, source and meaning.
    #[command(after_help = examples::of("explain"))]
    Explain(Explain),
    /// Print every default that a bare manifest runs with, and where it comes from.
    #[command(after_help = examples::of("defaults"))]
    Defaults(Defaults),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
