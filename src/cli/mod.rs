//! The command line as it is typed.

mod options;
mod shared;
mod values;

use std::sync::LazyLock;

use clap::{Parser, Subcommand};

use crate::report::build::Build;

pub use options::{
    By, Compare, Completions, Defaults, Fit, Man, Merge, New, Recommend, Replay, Report, Run, Sweep, TableFormat,
    Trace, Verify,
};
pub use shared::{Effort, Format, Output, ResultOptions, Source};

/// Forecasts Kubernetes Deployment rollouts.
///
/// Runs the Deployment and ReplicaSet controllers' own rules in virtual time with sampled pod behaviour, many times over.
#[derive(Debug, Parser)]
#[command(name = "rollcast", version, long_version = long_version(), arg_required_else_help = true, after_help = EXIT_CODES)]
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

const EXIT_CODES: &str = "Exit codes: 0 done, the answer is yes; 1 done, the answer is no (an objective is not met under --check, no \
strategy qualifies, the answer is conditional on a field that is not modelled under --check or recommend, verify or \
replay found a difference); \
2 unusable input or usage; 3 failed or interrupted while running. Whether somebody reads the words makes no difference.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run every scenario of an experiment and write tables and charts to a directory.
    Sweep(Sweep),
    /// Run one scenario, of an experiment or of a bare Deployment manifest, and summarise it on the terminal.
    Run(Run),
    /// Compare two scenarios of an experiment under the same luck.
    Compare(Compare),
    /// Show the event log of one replication.
    Trace(Trace),
    /// Play recordings of a real control plane (or of an incident) to the simulated one, and compare.
    Replay(Replay),
    /// Run a result directory again from its recorded inputs, and compare every byte.
    Verify(Verify),
    /// Join the shards of a sweep to the result that the whole sweep gives.
    Merge(Merge),
    /// Draw the charts and report.html of a result directory again, from its tables alone.
    Report(Report),
    /// Find the best strategy that meets the objectives, as a patch with the evidence.
    Recommend(Recommend),
    /// Fit latency distributions to what was measured, as YAML for an experiment.
    Fit(Fit),
    /// Write a commented experiment to start from.
    New(New),
    /// Print the JSON Schema of experiments, for editors.
    Schema,
    /// Print a completion script for a shell.
    Completions(Completions),
    /// Write manual pages.
    Man(Man),
    /// Print every default that a bare manifest runs with, and where it comes from.
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
