//! Options of the commands beside forecasts: those that fit, serve or print a text.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::shared::{Format, Source};
use super::super::values::threads;
use super::forms::TableFormat;

/// `rollcast serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// The experiment.
    #[command(flatten)]
    pub source: Source,
    /// Port on the loopback addresses; 0 takes one that is free.
    #[arg(long, value_name = "N", default_value_t = 7070)]
    pub port: u16,
    /// Replications of each forecast. The experiment's own number would make the page slow.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub replications: u32,
    /// Which scenario of a sweep the page begins with; without it the values that are written outside of the sweep.
    #[arg(long, value_name = "ID")]
    pub scenario: Option<u32>,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
}

/// `rollcast fit`
#[derive(Debug, Args)]
pub struct Fit {
    /// What `kubectl get pods -o json` (or events, or yaml) prints, a table (CSV), JSON records, metrics in Prometheus' text
    /// format or the answer of its HTTP API, kube-burner's or clusterloader2's JSON: seen from its content; `-` reads
    /// standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Of a table: fit this column; may be given more than once. Of two columns of instants the difference. Without it every
    /// column of numbers or durations, and the difference of the only two columns of instants.
    #[arg(long, value_name = "NAME")]
    pub column: Vec<String>,
    /// Of a table: the column that marks, by 1 or true, values that are only lower bounds.
    #[arg(long, value_name = "NAME")]
    pub censored: Option<String>,
    /// Of a table: values are differences of instants without fractions of a second, so that each may be a second off.
    #[arg(long)]
    pub whole_seconds: bool,
    /// Of several metrics: which one; also a gauge that several instances have.
    #[arg(long, value_name = "NAME")]
    pub metric: Option<String>,
    /// Unit of plain numbers (ns, us, ms, s, m, h, d); without it that of the column's or metric's name, else seconds.
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// No notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// Print this experiment with the fitted distributions under its `pods`, all else as it is.
    #[arg(long, value_name = "EXPERIMENT", conflicts_with = "format")]
    pub into: Option<PathBuf>,
    /// Form of the answer; yaml is the part to paste alone.
    #[arg(long, short = 'o', value_enum, default_value_t = FitFormat::Text)]
    pub format: FitFormat,
}

/// Form of fitted distributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FitFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// The part of an experiment alone.
    Yaml,
}

/// `rollcast new`
#[derive(Debug, Args)]
pub struct New {
    /// File to write, which must not exist yet; standard output without it.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// `rollcast schema`
#[derive(Debug, Args)]
pub struct Schema {
    /// The schema of what the commands print under `--format json`, in place of that of experiments.
    #[arg(long)]
    pub answers: bool,
}

/// `rollcast completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `rollcast man`
#[derive(Debug, Args)]
pub struct Man {
    /// Directory for the pages; made where it is missing.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// `rollcast explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// The path of a key, such as `pods.warmUp`, `maxSurge` or `cluster.nodes[].used`, or of a group, such as `pods`; without it
    /// the keys at the top.
    #[arg(value_name = "KEY")]
    pub key: Option<String>,
    /// Form of the answer.
    #[arg(long, short = 'o', value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `rollcast defaults`
#[derive(Debug, Args)]
pub struct Defaults {
    /// Form of the table.
    #[arg(long, short = 'o', value_enum, default_value_t = TableFormat::Text)]
    pub format: TableFormat,
}
