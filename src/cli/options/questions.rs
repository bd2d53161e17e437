//! Options of the commands that answer one question about a rollout or a cluster.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::shared::{AnswerFolder, Format, Source, Which};
use super::super::values::{assignment, factor, threads};
use super::forms::AnswerFormat;
use crate::plan::MAX_AT_ONCE;

/// `rollcast capacity`
#[derive(Debug, Args)]
pub struct Capacity {
    /// An experiment with `workloads`, or manifests, all of whose Deployments are rolled.
    #[command(flatten)]
    pub source: Source,
    /// How many roll at once, such as `12,5,1`; without it the largest number that fits is searched.
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    pub at_once: Vec<u32>,
    /// Simulated releases of each number, instead of the experiment's.
    #[arg(long, value_name = "N")]
    pub replications: Option<u32>,
    #[command(flatten)]
    pub folder: AnswerFolder,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// Form of the answer.
    #[arg(long, short = 'o', value_enum, default_value_t = AnswerFormat::Text)]
    pub format: AnswerFormat,
}

/// `rollcast sensitivity`
#[derive(Debug, Args)]
pub struct Sensitivity {
    /// What is forecast.
    #[command(flatten)]
    pub source: Source,
    /// Which scenario of a sweep; without it the first one.
    #[arg(long, value_name = "ID")]
    pub scenario: Option<u32>,
    /// Which workload, where there are several: its name, or NAMESPACE/NAME.
    #[arg(long, value_name = "NAME", conflicts_with = "scenario")]
    pub workload: Option<String>,
    /// What is varied, and from which level to which, such as `pods.start=0.5..2` (times as long as written), `pods.crash=0..1%` or `maxSurge=1..4`;
    /// may be given more than once. Without it everything that can be, from a half to twice as much as is written.
    #[arg(long, value_name = "FACTOR[=FROM..TO]", value_parser = factor)]
    pub factor: Vec<String>,
    /// Paths of the screening (Morris) through the ranges of all factors together; 0: no screening.
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(..=1000))]
    pub trajectories: u32,
    /// Rows of the design for the shares of the variance (Sobol'), of as many points each as factors are left, and two; 0: no shares.
    #[arg(long, default_value_t = 128, value_name = "N", value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub rows: u32,
    /// Rollouts at each point, instead of the experiment's.
    #[arg(long, value_name = "N")]
    pub replications: Option<u32>,
    #[command(flatten)]
    pub folder: AnswerFolder,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No progress and no notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// Form of the answer.
    #[arg(long, short = 'o', value_enum, default_value_t = AnswerFormat::Text)]
    pub format: AnswerFormat,
}

/// `rollcast eta`
#[derive(Debug, Args)]
pub struct Eta {
    /// What `kubectl get deploy,rs,pods,nodes,quota,events -A -o json` prints, as a file or as `-` for standard input (the guide
    /// has all kinds that count); and KIND/NAME, such as deploy/checkout, where several workloads are rolling.
    #[arg(value_name = "SNAPSHOT|KIND/NAME")]
    pub snapshot: Vec<String>,
    /// The same, and directories, whose .yaml, .yml and .json files are read; may be given more than once. An experiment may be
    /// among them, for what it sets.
    #[arg(long, short = 'f', value_name = "FILE|DIR|-")]
    pub filename: Vec<PathBuf>,
    /// The namespace of the workload.
    #[arg(long, short, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Which workload, as KIND/NAME or [NAMESPACE/]NAME.
    #[arg(long, value_name = "[NAMESPACE/]NAME")]
    pub deployment: Option<String>,
    /// When the snapshot was taken, such as 2026-01-31T09:30:00Z; without it the newest instant in the file.
    #[arg(long, value_name = "INSTANT")]
    pub at: Option<String>,
    /// Read one snapshot after the other from standard input, and answer each on a line of its own.
    #[arg(long)]
    pub watch: bool,
    /// Seed of all randomness.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Set a field of the experiment, such as `pods.warmUp=20s`; may be given more than once.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
    /// Accept that a field of the input is not modelled, such as `nvidia.com/gpu`; may be given more than once.
    #[arg(long, value_name = "FIELD")]
    pub assume: Vec<String>,
    /// Simulated rollouts; 1000 where nobody says.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub replications: Option<u32>,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// Also write the answer as a page, with the remaining course drawn.
    #[arg(long, value_name = "FILE", conflicts_with = "watch")]
    pub html: Option<PathBuf>,
    /// Put a hash in place of every name: of namespaces, workloads, pods, nodes, images and hosts. The same key gives the same hashes;
    /// without one they are new each time, and nobody can find the names by trying.
    #[arg(long, value_name = "KEY", num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with = "watch")]
    pub anonymise: Option<String>,
    /// Form of the answer.
    #[arg(long, short = 'o', value_enum, default_value_t = AnswerFormat::Text)]
    pub format: AnswerFormat,
}

/// `rollcast trace`
#[derive(Debug, Args)]
pub struct Trace {
    /// The experiment.
    #[command(flatten)]
    pub source: Source,
    /// Which scenario of a sweep; 0 where none is named.
    #[arg(long, value_name = "ID")]
    pub scenario: Option<u32>,
    /// Which workload, where there are several; the first one where none is named.
    #[arg(long, value_name = "[NAMESPACE/]NAME")]
    pub workload: Option<String>,
    /// Which replication; 0 where none is chosen.
    #[command(flatten)]
    pub which: Which,
    /// Also the controllers' status updates and refused writes; a log as JSON has them always.
    #[arg(long, short)]
    pub verbose: bool,
    /// Also draw what each pod did when: as PNG where the name ends in .png, else as SVG.
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// Form of the log; json gives one object a line.
    #[arg(long, short = 'o', value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `rollcast why`
#[derive(Debug, Args)]
pub struct Why {
    /// The experiment.
    #[command(flatten)]
    pub source: Source,
    /// Which scenario of a sweep; 0 where none is named.
    #[arg(long, value_name = "ID")]
    pub scenario: Option<u32>,
    /// Which workload, where there are several; the first one where none is named.
    #[arg(long, value_name = "[NAMESPACE/]NAME")]
    pub workload: Option<String>,
    /// Which replication; a typical one and the slowest one where none is chosen.
    #[command(flatten)]
    pub which: Which,
    /// Replications, instead of the experiment's.
    #[arg(long, value_name = "N")]
    pub replications: Option<u32>,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// Form of the answer.
    #[arg(long, short = 'o', value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `rollcast tail`
#[derive(Debug, Args)]
pub struct Tail {
    /// The experiment.
    #[command(flatten)]
    pub source: Source,
    /// The event: stalled, completed, rolled_back, unfinished, a cause of stalls, or a metric with a limit, such as 'min_available < 8'
    /// or 'duration_s > 10m'.
    #[arg(long, value_name = "EVENT")]
    pub event: String,
    /// Which scenario of a sweep; 0 where none is named.
    #[arg(long, value_name = "ID")]
    pub scenario: Option<u32>,
    /// Which workload, where there are several; the first one where none is named.
    #[arg(long, value_name = "[NAMESPACE/]NAME")]
    pub workload: Option<String>,
    /// Rollouts beside those that look for what brings the event about; 10,000 where no number is given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_AT_ONCE as i64))]
    pub replications: Option<u32>,
    /// How the event is made frequent: `jumps` puts a few random numbers where they seldom lie, `stages` comes nearer to it step by step,
    /// and `auto` takes jumps where one of them brings it about and stages where none does.
    #[arg(long, value_enum, default_value_t = TailMethod::Auto)]
    pub method: TailMethod,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// Form of the answer.
    #[arg(long, short = 'o', value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How a rare event is made frequent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TailMethod {
    /// Jumps where one of them brings the event about, and stages where none does.
    Auto,
    /// A few random numbers lie where they seldom lie.
    Jumps,
    /// Rollouts come nearer to the event in stages.
    Stages,
}
