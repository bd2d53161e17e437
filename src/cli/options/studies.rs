//! Options of the commands that divide a sweep among machines.

use std::path::PathBuf;

use clap::Args;

use super::super::shared::{Engine, Format, ResultOptions, Source, WhatIf};
use super::super::values::{duration, memory, parts, threads};
use crate::time::SimDuration;

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
