//! Options of the commands that simulate strategies, compare them and check what came of it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::shared::{Effort, Format, ResultOptions, Source, WhatIf};
use super::super::values::{assignment, confidence, duration, fill, labels, positive, shard, threads};
use super::forms::AnswerFormat;
use crate::plan::Shard;
use crate::recommend::Weight;
use crate::time::SimDuration;

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
    /// Run only part K of N (0 to N-1), which take about as long as each other; `rollcast merge` joins the N results. A part has no tables or
    /// charts of its own.
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub shard: Option<Shard>,
    /// Stop after this time, such as 55m, with exit code 75: the same command then goes on from there.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub stop_after: Option<SimDuration>,
    /// Whether to look for what would change the answer: the assumptions that decide are made worse, one at a time, until the
    /// recommended strategy and the present one do not meet the objectives any more. It makes what-if.csv and a chart.
    #[arg(long, value_enum, default_value_t = WhatIf::Auto)]
    pub what_if: WhatIf,
    /// Simulate this share of the scenarios, such as 0.2, spread out over the grid, and predict the others from them. Predictions stand
    /// in predicted.csv and in charts of their own, with limits, and it is said how well those that are simulated are predicted.
    #[arg(long, value_name = "SHARE", value_parser = fill, conflicts_with = "shard")]
    pub fill: Option<u32>,
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
    /// Which scenario of a sweep; 0 where none is named and --check asks for no answer. Of several workloads all are run together where none is named.
    #[arg(long, value_name = "ID")]
    pub scenario: Option<u32>,
    /// Whether to look for what would change the answer: the assumptions that decide are made worse, one at a time, until the
    /// objectives are not met any more. Where no objectives are written the default floor of --check counts.
    #[arg(long, value_enum, default_value_t = WhatIf::None)]
    pub what_if: WhatIf,
    /// Form of the answer.
    #[arg(long, short = 'o', value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `rollcast compare`
#[derive(Debug, Args)]
#[command(
    override_usage = "rollcast compare [OPTIONS] <OLD> <NEW>\n       rollcast compare [OPTIONS] <EXPERIMENT> <ID> <ID>"
)]
pub struct Compare {
    /// Two versions to compare, OLD and NEW: each a manifest, an experiment, a directory of manifests or of a result, or `-` for standard
    /// input. Or an experiment and the numbers of two of its scenarios: EXPERIMENT ID ID.
    #[arg(value_name = "INPUT", num_args = 2..=3, required = true)]
    pub inputs: Vec<String>,
    /// The namespace of the Deployments, where there are several. A manifest that writes none is taken to be in it.
    #[arg(long, short, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Which Deployment, where there are several; without it all that both versions have.
    #[arg(long, value_name = "[NAMESPACE/]NAME")]
    pub deployment: Option<String>,
    /// Which scenario of a version that sweeps.
    #[arg(long, value_name = "ID")]
    pub scenario: Option<u32>,
    /// What the two versions are called, such as `main,this branch`; without it by their paths.
    #[arg(long, value_name = "OLD,NEW", value_parser = labels)]
    pub labels: Option<[String; 2]>,
    /// Seed of all randomness of both, instead of the experiment's.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Set a field of both, such as `objectives=[availability: 90%]`; may be given more than once.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
    /// Accept that a field of the input is not modelled, such as `nvidia.com/gpu`; may be given more than once.
    #[arg(long, value_name = "FIELD")]
    pub assume: Vec<String>,
    /// Replications of each scenario, instead of the experiment's.
    #[arg(long, value_name = "N")]
    pub replications: Option<u32>,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No progress and no notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// Exit with 1 unless NEW is shown to meet every objective in all its Deployments, as under `rollcast run --check`.
    #[arg(long)]
    pub check: bool,
    /// Where NEW is not shown to meet the objectives: also look for a strategy that does, as `rollcast recommend`.
    #[arg(long)]
    pub instead: bool,
    /// Form of the answer; markdown is for the comment of a pull request.
    #[arg(long, short = 'o', value_enum, default_value_t = AnswerFormat::Text)]
    pub format: AnswerFormat,
}

/// `rollcast recommend`
#[derive(Debug, Args)]
pub struct Recommend {
    /// The experiment; the strategies are those it sweeps, or some around the manifest's own where it sweeps none.
    #[command(flatten)]
    pub source: Source,
    /// How the best of the strategies that meet the objectives is chosen.
    #[arg(long, value_enum, default_value_t = By::Duration)]
    pub by: By,
    /// For `--by cost`: what one unit of a metric costs, such as `surge_pod_seconds=0.01`; may be given more than once.
    #[arg(long, value_name = "METRIC=NUMBER", value_parser = Weight::parse)]
    pub weight: Vec<Weight>,
    /// A difference of what is asked for (seconds, pod-seconds, cost) that is too small to matter: the indifference zone.
    /// Without it one twentieth of the least; of seconds and pod-seconds at least 1, and of seconds at least a tenth of the limit
    /// that the objectives set to the duration.
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
    /// Simulate every strategy to the end, however many there are. Without it a search chooses, of more than 200, those that are worth it.
    #[arg(long)]
    pub exhaustive: bool,
    /// Whether to look for what would change the answer: the assumptions that decide are made worse, one at a time, until the
    /// recommended strategy and the present one do not meet the objectives any more.
    #[arg(long, value_enum, default_value_t = WhatIf::Auto)]
    pub what_if: WhatIf,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// List all strategies, not only those with a part in the answer.
    #[arg(long)]
    pub all: bool,
    /// Tell how the strategy was chosen, and what the confidence rests on.
    #[arg(long)]
    pub method: bool,
    /// Form of the answer.
    #[arg(long, short = 'o', value_enum, default_value_t = Advice::Text)]
    pub format: Advice,
}

/// Form of a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Advice {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For a pull request.
    Markdown,
    /// The lines of the manifest to change.
    Yaml,
    /// The command `kubectl patch`.
    Patch,
}

/// How the best strategy is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Of those about as fast as the fastest at p95, the one with the most pods available at worst; of these the one with the
    /// fewest extra pods.
    Duration,
    /// The least mean of the pod-seconds above the wanted number of pods.
    Surge,
    /// The least mean of the sum of metrics with the weights given.
    Cost,
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
    #[arg(long, short = 'o', value_enum, default_value_t = Format::Text)]
    pub format: Format,
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
    #[arg(long, short = 'o', value_enum, default_value_t = Format::Text)]
    pub format: Format,
}
