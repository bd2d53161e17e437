//! The options of each command, in the order of the commands.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::{Effort, Format, ResultOptions, Source};
use super::values::{confidence, positive, shard, threads};
use crate::plan::Shard;
use crate::recommend::Weight;

/// `rollcast sweep`
#[derive(Debug, Args)]
pub struct Sweep {
    /// The experiment.
    #[command(flatten)]
    pub source: Source,
    /// How much is run.
    #[command(flatten)]
    pub effort: Effort,
    /// What is written.
    #[command(flatten)]
    pub written: ResultOptions,
    /// Run only every N-th scenario, from the K-th on (0 to N-1); `rollcast merge` joins the N results.
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub shard: Option<Shard>,
    /// Fail where no unfinished work is there to go on with. Without this a sweep goes on where it can, else begins anew.
    #[arg(long)]
    pub resume: bool,
}

/// `rollcast run`
#[derive(Debug, Args)]
pub struct Run {
    /// The experiment.
    #[command(flatten)]
    pub source: Source,
    /// How much is run.
    #[command(flatten)]
    pub effort: Effort,
    /// Which scenario of a sweep; 0 where none is named and --check asks for no answer.
    #[arg(long, value_name = "ID")]
    pub scenario: Option<u32>,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `rollcast compare`
#[derive(Debug, Args)]
pub struct Compare {
    /// The experiment.
    #[command(flatten)]
    pub source: Source,
    /// The scenario to start from.
    #[arg(value_name = "ID")]
    pub first: u32,
    /// The scenario whose difference from it is asked for.
    #[arg(value_name = "ID")]
    pub second: u32,
    /// Replications of each scenario, instead of the experiment's.
    #[arg(long, value_name = "N")]
    pub replications: Option<u32>,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No progress and no notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `rollcast trace`
#[derive(Debug, Args)]
pub struct Trace {
    /// The experiment.
    #[command(flatten)]
    pub source: Source,
    /// Which scenario of a sweep.
    #[arg(long, default_value_t = 0, value_name = "ID")]
    pub scenario: u32,
    /// Which replication.
    #[arg(long, default_value_t = 0, value_name = "K")]
    pub replication: u32,
    /// Also draw what each pod did when: as PNG where the name ends in .png, else as SVG.
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// Form of the log; json gives one object a line.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `rollcast replay`
#[derive(Debug, Args)]
pub struct Replay {
    /// Recordings, or directories of them.
    #[arg(value_name = "TRACE.json|DIR", required = true)]
    pub paths: Vec<PathBuf>,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Exit with 1 also for a recording that asks for what is not modelled.
    #[arg(long)]
    pub strict: bool,
    /// Only the recordings that do not match, and the closing line.
    #[arg(long, short)]
    pub quiet: bool,
}

/// `rollcast verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// What `rollcast sweep --out DIR` wrote.
    #[arg(value_name = "DIR")]
    pub place: PathBuf,
    /// Repeat only so many scenarios, chosen by the seed, and compare their rows.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub sample: Option<u32>,
    /// Worker threads; 0 means one for each core.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No progress and no notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `rollcast merge`
#[derive(Debug, Args)]
pub struct Merge {
    /// The results of all shards, in any order.
    #[arg(value_name = "DIR", required = true)]
    pub shards: Vec<PathBuf>,
    /// What is written.
    #[command(flatten)]
    pub written: ResultOptions,
    /// Worker threads; 0 means one for each core.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No progress and no notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// Exit with 1 unless every scenario is shown to meet every objective, as under `rollcast sweep --check`.
    #[arg(long)]
    pub check: bool,
}

/// `rollcast report`
#[derive(Debug, Args)]
pub struct Report {
    /// Directory that a sweep wrote.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Charts as PNG too, for print: 300 dots an inch, without fonts of the system. Where there are some, they are drawn
    /// again without being asked for.
    #[arg(long)]
    pub png: bool,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `rollcast recommend`
#[derive(Debug, Args)]
pub struct Recommend {
    /// The experiment; the strategies are those it sweeps, or some around the manifest's own where it sweeps none.
    #[command(flatten)]
    pub source: Source,
    /// What the best strategy has the least of, in the mean over rollouts.
    #[arg(long, value_enum, default_value_t = By::Duration)]
    pub by: By,
    /// For `--by cost`: what one unit of a metric costs, such as `surge_pod_seconds=0.01`; may be given more than once.
    #[arg(long, value_name = "METRIC=NUMBER", value_parser = Weight::parse)]
    pub weight: Vec<Weight>,
    /// A difference of what is asked for (seconds, pod-seconds, cost) that is too small to matter: the indifference zone.
    /// Without it one twentieth of the least; of seconds and pod-seconds at least 1.
    #[arg(long, value_name = "NUMBER", value_parser = positive)]
    pub indifference: Option<f64>,
    /// Probability that all that is claimed holds.
    #[arg(long, value_name = "SHARE", default_value = "0.95", value_parser = confidence)]
    pub confidence: f64,
    /// Replications of each strategy for the objectives and for the evidence, instead of the experiment's. The choice takes as
    /// many as it needs.
    #[arg(long, value_name = "N")]
    pub replications: Option<u32>,
    /// Replications of a strategy at which the choice is given up.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    pub ceiling: u32,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// What the best strategy has the least of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Time to completion; a rollout that does not complete counts with the horizon.
    Duration,
    /// Pod-seconds above the wanted number of pods.
    Surge,
    /// The sum of metrics with the weights given.
    Cost,
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
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `rollcast new`
#[derive(Debug, Args)]
pub struct New {
    /// File to write, which must not exist yet; standard output without it.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
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

/// `rollcast defaults`
#[derive(Debug, Args)]
pub struct Defaults {
    /// Form of the table.
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    pub format: TableFormat,
}

/// Form of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For programs.
    Json,
    /// For terminals.
    Text,
    /// For documents.
    Markdown,
}
