//! Options that several commands have.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{assignment, threads};
use crate::plan::Runs;
use crate::report::{folder, study};

/// What an experiment is read with.
#[derive(Clone, Debug, Args)]
pub struct Source {
    /// Experiment file, or Kubernetes manifests with a Deployment; `-` reads standard input. Of several files one may be an
    /// experiment; the objects of all manifests are taken together.
    #[arg(value_name = "EXPERIMENT|MANIFEST", required_unless_present = "filename")]
    pub files: Vec<PathBuf>,
    /// The same, and directories, whose .yaml, .yml and .json files are read; may be given more than once.
    #[arg(long, short = 'f', value_name = "FILE|DIR|-")]
    pub filename: Vec<PathBuf>,
    /// Also read the directories inside those that are given.
    #[arg(long, short = 'R')]
    pub recursive: bool,
    /// The namespace of the Deployment, where there are several. A manifest that writes none is taken to be in it.
    #[arg(long, short, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Which Deployment, where the manifest holds several.
    #[arg(long, value_name = "[NAMESPACE/]NAME")]
    pub deployment: Option<String>,
    /// Seed of all randomness, instead of the experiment's.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Set a field of the experiment, such as `pods.new.crash=2%` or `maxSurge=1`; may be given more than once.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
    /// Accept that a field of the input is not modelled, such as `nvidia.com/gpu`: the answer is then not conditional on it; may
    /// be given more than once.
    #[arg(long, value_name = "FIELD")]
    pub assume: Vec<String>,
    /// Put a hash in place of every name in the manifests: of namespaces, workloads, pods, nodes, images and hosts, and of the values of labels.
    /// The same key gives the same hashes; without one they are new each time, and nobody can find the names by trying.
    #[arg(long, value_name = "KEY", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub anonymise: Option<String>,
}

/// Which replication of a scenario is looked at.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct Which {
    /// The replication of this number, from 0.
    #[arg(long, value_name = "K")]
    pub replication: Option<u32>,
    /// The slowest rollout of those that completed.
    #[arg(long)]
    pub slowest: bool,
    /// A rollout that stalled: the first one with the most frequent cause.
    #[arg(long)]
    pub stalled: bool,
    /// The rollout at a percentile of a metric, such as 'p95 duration_s', or the median of those that satisfy a condition, such as
    /// 'duration_s > 3m'.
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
}

/// How much is run.
#[derive(Debug, Args)]
pub struct Effort {
    /// Replications of each scenario, instead of the experiment's.
    #[arg(long, value_name = "N")]
    pub replications: Option<u32>,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No progress and no notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// Exit with 1 unless every scenario is shown to meet every objective, with 97.5 % confidence: a limit of the 95 %
    /// interval decides, not the estimate. Where no objectives are written, availability: 90%, completed_rate >= 95% and
    /// stalled_rate <= 5%; where none of them is about available pods, availability: 90% besides.
    #[arg(long)]
    pub check: bool,
}

/// Where an answer is written that can also be printed alone.
#[derive(Debug, Args)]
pub struct AnswerFolder {
    /// Directory for tables, charts and a page; an earlier result there is replaced. Without it the answer is printed alone.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// With --out: charts as PNG too, for print: 300 dots an inch, without fonts of the system.
    #[arg(long, requires = "out")]
    pub png: bool,
}

/// The result that a command writes.
#[derive(Debug, Args)]
pub struct ResultOptions {
    /// Directory to write; an earlier result there is replaced.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Leave replications.csv, or cluster.csv, out if it is larger than this many bytes; its SHA-256 stays in datapackage.json.
    #[arg(long, value_name = "BYTES")]
    pub replications_limit: Option<u64>,
    /// Charts as PNG too, for print: 300 dots an inch, without fonts of the system.
    #[arg(long)]
    pub png: bool,
    /// json: the answer on standard output, one object a line for each scenario; parquet: the tables, by a rollcast that was
    /// built with that feature.
    #[arg(long, short = 'o', value_enum, default_value_t = Output::Text)]
    pub format: Output,
}

/// Which what-if runs are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WhatIf {
    /// Unless they would take long: for more than 1000 replicas or more than 4 worlds none are made.
    Auto,
    /// None are made.
    None,
    /// All are made, however long they take.
    All,
}

impl From<WhatIf> for Runs {
    fn from(runs: WhatIf) -> Self {
        match runs {
            WhatIf::Auto => Self::Auto,
            WhatIf::None => Self::None,
            WhatIf::All => Self::All,
        }
    }
}

/// Form of what a sweep gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people; tables as CSV.
    Text,
    /// One JSON object on one line for each scenario; tables as CSV.
    Json,
    /// For people; tables as Parquet.
    Parquet,
}

impl From<Output> for folder::Tables {
    fn from(output: Output) -> Self {
        match output {
            Output::Text | Output::Json => Self::Csv,
            Output::Parquet => Self::Parquet,
        }
    }
}

/// An engine of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// Scripts for sbatch: an array of parts, and the merge behind it.
    Slurm,
    /// Manifests: an Indexed Job of the parts, and a Job for the merge.
    Kubernetes,
    /// A Python script that runs the parts on the workers of a Dask cluster.
    Dask,
    /// A shell script that runs the parts with GNU parallel.
    Parallel,
}

impl From<Engine> for study::Engine {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Slurm => Self::Slurm,
            Engine::Kubernetes => Self::Kubernetes,
            Engine::Dask => Self::Dask,
            Engine::Parallel => Self::Parallel,
        }
    }
}

/// Form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}
