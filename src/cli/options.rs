//! The options of each command, in the order of the commands.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::{AnswerFolder, Effort, Engine, Format, ResultOptions, Source, WhatIf, Which};
use super::values::{assignment, confidence, duration, factor, fill, labels, memory, parts, positive, shard, threads};
use crate::plan::{MAX_AT_ONCE, Shard};
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

/// `rollcast replay`
#[derive(Debug, Args)]
pub struct Replay {
    /// Recordings, or directories of them.
    #[arg(value_name = "TRACE.json|DIR", required = true)]
    pub paths: Vec<PathBuf>,
    /// What if: play the same pods, with their recorded times, under another setting too, such as `maxUnavailable=1`, and compare the two;
    /// may be given more than once.
    #[arg(long = "set", value_name = "SETTING=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
    /// Form of the answer.
    #[arg(long, short = 'o', value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Exit with 1 also for a recording that asks for what is not modelled.
    #[arg(long)]
    pub strict: bool,
    /// Only the recordings that do not match, and the closing line.
    #[arg(long, short)]
    pub quiet: bool,
}

/// `rollcast record`
#[derive(Debug, Args)]
pub struct Record {
    /// The workload: deploy/NAME, sts/NAME or ds/NAME.
    #[arg(value_name = "KIND/NAME")]
    pub workload: String,
    /// What the cluster told: audit logs of the API server, what `kubectl get -o json --watch` printed, events, objects; `-` is
    /// standard input. What a file is, its content says. May be given more than once.
    #[arg(long = "filename", short = 'f', value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// A Deployment of the same namespace that is recorded with it, deploy/NAME: its rollout shares nodes, quota and controllers.
    /// May be given more than once.
    #[arg(long, value_name = "KIND/NAME")]
    pub beside: Vec<String>,
    /// Its namespace.
    #[arg(long, short, value_name = "NAMESPACE", default_value = "default")]
    pub namespace: String,
    /// Where the recording is written; without it on standard output, and what it rests on goes to standard error.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The instant 0 of the recording, such as 2026-01-31T09:30:00Z; without it the first change of the workload.
    #[arg(long, value_name = "INSTANT")]
    pub since: Option<String>,
    /// Leave out what came later.
    #[arg(long, value_name = "INSTANT")]
    pub until: Option<String>,
    /// Put a hash in place of the names in the recording: of the workload, its namespace, quotas, budgets and claims. Pods, nodes and versions are
    /// numbered in any case. The same key gives the same hashes;
    /// without one they are new each time, and nobody can find the names by trying.
    #[arg(long, value_name = "KEY", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub anonymise: Option<String>,
    /// Only the recording.
    #[arg(long, short)]
    pub quiet: bool,
    /// Form of the account of what the recording rests on.
    #[arg(long, short = 'o', value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `rollcast validate`
#[derive(Debug, Args)]
pub struct Validate {
    /// The experiment, as it was written before the rollouts.
    #[arg(long, short, value_name = "FILE")]
    pub experiment: PathBuf,
    /// The rollouts that followed: a CSV table with the column `duration_s`, or with `started` and `completed`, and if wanted `workload`,
    /// `followed_s` (of those that were not complete) and `start_up_s`; or a directory of recordings.
    #[arg(long, value_name = "FILE|DIR")]
    pub observed: PathBuf,
    /// Set a field of the experiment; may be given more than once.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
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

/// `rollcast plan`
#[derive(Debug, Args)]
pub struct Plan {
    /// The experiment.
    #[command(flatten)]
    pub source: Source,
    /// Replications of each scenario, instead of the experiment's.
    #[arg(long, value_name = "N")]
    pub replications: Option<u32>,
    /// Parts that take about as long as each other; there may be more of them than scenarios.
    #[arg(long, value_name = "N", value_parser = parts)]
    pub parts: u32,
    /// The engine of jobs for which scripts or manifests are written; without it the plan is written alone.
    #[arg(long, value_enum)]
    pub engine: Option<Engine>,
    /// Directory to write: plan.json, copies of the inputs, and what the engine needs.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Follow runs for as long as available pods may fail, as `rollcast merge --check` needs it.
    #[arg(long)]
    pub check: bool,
    /// Which what-if runs `rollcast merge` makes, which no part can make because they depend on all results.
    #[arg(long, value_enum, default_value_t = WhatIf::Auto)]
    pub what_if: WhatIf,
    /// Worker threads; 0 means one for each core. The plan does not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
}

/// `rollcast part`
#[derive(Debug, Args)]
pub struct Part {
    /// The plan that `rollcast plan` wrote, or its directory.
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// The number of the part, from 0; without it the number that the engine of jobs gives in its variable: SLURM_ARRAY_TASK_ID,
    /// JOB_COMPLETION_INDEX, SGE_TASK_ID, PBS_ARRAY_INDEX, HQ_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX or BATCH_TASK_INDEX.
    #[arg(value_name = "K")]
    pub number: Option<u32>,
    /// Stop after this time, such as 55m, with exit code 75: the same command then goes on from there.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub stop_after: Option<SimDuration>,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No progress and no notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
}

/// `rollcast merge`
#[derive(Debug, Args)]
pub struct Merge {
    /// The results of all shards, in any order; or the directory of a study, or all files of its parts.
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
    /// Memory for the rollouts of a scenario, such as 500MB. Where they do not fit, their blocks are read several times, and what has to
    /// be sorted is sorted in the directory that is written.
    #[arg(long, default_value = "1GB", value_name = "SIZE", value_parser = memory)]
    pub memory: u64,
    /// Of a study: wait until all parts are there, and say on standard error how many are.
    #[arg(long)]
    pub watch: bool,
}

/// `rollcast status`
#[derive(Debug, Args)]
pub struct Status {
    /// The directory of a study, or its plan.json.
    #[arg(value_name = "STUDY")]
    pub study: PathBuf,
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

/// Form of an answer that people also read elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For comments and documents.
    Markdown,
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
